"""The pipeline on a small project: what is published, what is refused, what stays as it was."""

from __future__ import annotations

import gc
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT
from projects import BASE, FILES, PREFIXES, Small, span

from cgkg.errors import BuildRejectedError, SourceError
from cgkg.pipeline import build, check
from cgkg.project.sources import load, read_shapes
from cgkg.project.texts import open_text
from cgkg.rdf.terms import IRI, BlankNode, Literal, Triple, parts
from cgkg.rdf.vocab import GRAPH, RDF, RDFS
from cgkg.reasoning.stored import reclose
from cgkg.store.generations import GenerationStore
from cgkg.validation.report import Finding

SHARES = IRI(BASE + "def/sharesRiverWith")
ELBE, DRESDEN, HAMBURG = (
    IRI(BASE + f"id/{name}") for name in ("river/elbe", "place/dresden", "place/hamburg")
)


def only(findings: tuple[Finding, ...]) -> Finding:
    assert len(findings) == 1, [finding.text("en") for finding in findings]
    return findings[0]


def test_a_build_publishes_facts_inferences_and_evidence(small: Small) -> None:
    """The default graph has each triple once; named graphs say who asserts or infers it."""
    generation, report = build(small.project, small.folder / "store")
    graph = generation.open()
    assert report.conforms
    assert Triple(DRESDEN, SHARES, HAMBURG) in graph
    assert graph.graphs_with(Triple(DRESDEN, SHARES, HAMBURG)) == [GRAPH.inferred]
    fact = Triple(ELBE, IRI(BASE + "def/flowsThrough"), DRESDEN)
    assert [g.value for g in graph.graphs_with(fact)] == [BASE + "source/elbe/c/9-39"]
    assert not [t for t in graph.triples(p=RDF.type) if t.predicate == RDFS.label]
    asserted = generation.open(asserted=True)
    assert Triple(DRESDEN, SHARES, HAMBURG) not in asserted
    assert fact in asserted


def test_self_pairs_of_marked_properties_are_not_published(small: Small) -> None:
    """OWL entails that a place shares a river with itself; nothing published says so."""
    checked = check(small.project)
    itself = Triple(DRESDEN, SHARES, DRESDEN)
    assert itself in checked.closure.inferred
    assert itself not in checked.inferred
    generation, _ = build(small.project, small.folder / "store")
    assert not [t for t in generation.open().triples(p=SHARES) if t.subject == t.object]


def test_the_same_inputs_give_the_same_bytes(small: Small, tmp_path: Path) -> None:
    """Hash seed, folder and the document at hand change nothing in a generation."""
    digests = set()
    for seed, source in (("1", []), ("2", ["--source", str(small.folder / "document.txt")])):
        folder = tmp_path / f"store{seed}"
        command = [sys.executable, "-m", "cgkg", "build", "--project", str(small.folder)]
        command += ["--store", str(folder), *source]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run(command, check=True, capture_output=True, env=environment, cwd=ROOT)
        current = GenerationStore(folder).current()
        files = sorted(current.folder.iterdir())
        content = b"".join(path.name.encode() + path.read_bytes() for path in files)
        digests.add((current.id, hashlib.sha256(content).hexdigest()))
    assert len(digests) == 1


def test_files_of_one_name_share_no_blank_node(small: Small) -> None:
    """A module of the ontology and the shapes for it may be called alike, in folders of theirs."""
    for path in ("ontology/base.ttl", "shapes/required/base.ttl", "shapes/inferred/base.ttl"):
        old = small.folder / path
        content = old.read_text("utf-8") if old.is_file() else PREFIXES
        small.write(path, content + "[] rdfs:comment [ rdfs:comment 'why' ] .\n")
    sources = load(small.project)
    shapes = [read_shapes(small.project, name) for name in ("required", "inferred")]
    nodes = [
        {term for triple in part for term in parts(triple) if isinstance(term, BlankNode)}
        for part in (sources.ontology, *shapes)
    ]
    assert all(nodes)
    assert len(set().union(*nodes)) == sum(map(len, nodes))


def test_a_label_of_a_blank_node_is_of_its_file(small: Small, tmp_path: Path) -> None:
    """RDF 1.1 Concepts, 3.4: two files of facts that both say `_:b` speak of two nodes."""
    small.facts(span("The Elbe flows", "id:river\\/elbe rdfs:seeAlso _:b . _:b rdfs:label 'one' ."))
    other = span("It is 1,094 km", "id:river\\/elbe rdfs:seeAlso _:b . _:b rdfs:label 'two' .")
    small.write("data/2.trig", PREFIXES + other)
    generation, _ = build(small.project, tmp_path / "store")
    rows = generation.open().query(
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>"
        " SELECT ?one ?two { ?elbe rdfs:seeAlso ?node . ?node rdfs:label ?one , ?two }"
    )
    assert sorted((one.value, two.value) for one, two in rows) == [("one", "one"), ("two", "two")]


def test_shapes_are_read_from_a_file_and_a_folder(small: Small) -> None:
    """All of one name count, in a stable order, and each decides what a build makes."""
    before = small.project.fingerprint()
    small.write(
        "shapes/required/rivers.ttl",
        PREFIXES + ":Long a sh:PropertyShape ; sh:targetClass :River ; sh:path :lengthKm ;\n"
        '    sh:minInclusive 2000 ; sh:message "too short"@en , "\u592a\u77ed"@zh .\n',
    )
    small.write("shapes/required/a.ttl", PREFIXES)
    after = small.project
    paths = [path.relative_to(after.folder).as_posix() for path in after.shapes("required")]
    assert paths == ["shapes/required.ttl", "shapes/required/a.ttl", "shapes/required/rivers.ttl"]
    assert after.fingerprint() != before
    assert only(check(after).report.findings).message["en"] == "too short"


def test_nothing_changed_means_nothing_built(small: Small) -> None:
    """A second build finds the generation; a changed file makes another."""
    said: list[str] = []
    first, _ = build(small.project, small.folder / "store")
    again, _ = build(small.project, small.folder / "store", say=lambda s, c, t: said.append(s))
    assert (again.id, said) == (first.id, ["unchanged"])
    small.write("data/registry.csv", FILES["data/registry.csv"].replace("Elbe", "River Elbe"))
    other, _ = build(small.project, small.folder / "store")
    assert other.id != first.id


def test_a_check_leaves_the_collector_of_cycles_as_it_was(small: Small) -> None:
    """On where it was on, after an error too; off where it was off."""
    assert gc.isenabled()
    check(small.project)
    assert gc.isenabled()
    gc.disable()
    try:
        check(small.project)
        assert not gc.isenabled()
    finally:
        gc.enable()
    small.write("data/1.trig", "no statement")
    with pytest.raises(SourceError):
        check(small.project)
    assert gc.isenabled()


def test_a_generation_can_be_closed_again(small: Small) -> None:
    """The closure computed from a generation's own files explains what it infers."""
    generation, _ = build(small.project, small.folder / "store")
    proof = reclose(generation).explain(Triple(DRESDEN, SHARES, HAMBURG))
    assert proof
    assert proof.rule == "prp-spo2"
    assert len(proof.premises) == 2


BROKEN = [
    pytest.param(
        "data/1.trig",
        span("Hamburg", "id:river\\/elbe :flowThrough id:place\\/hamburg ."),
        ("1.trig", 12),
        "flowsThrough",
        id="unknown term",
    ),
    pytest.param(
        "data/1.trig",
        span("1,094 km", 'id:river\\/elbe :lengthKm "long" .'),
        ("1.trig", 12),
        "long",
        id="wrong datatype",
    ),
    pytest.param(
        "data/registry.csv",
        FILES["data/registry.csv"].replace("德累斯顿", ""),
        ("registry.csv", 3),
        "Chinese label",
        id="missing label",
    ),
    pytest.param(
        "data/1.trig",
        span("Hamburg", "id:river\\/elbe :flowsThrough id:place\\/hamborg ."),
        ("1.trig", 12),
        "place/hamburg",
        id="unknown individual",
    ),
    pytest.param(
        "data/1.trig",
        span("Hamburg", "id:river\\/elbe :flowsThrough id:place\\/hamburg .").replace(
            "44-51", "44-999"
        ),
        ("1.trig", 13),
        "44-999",
        id="offset outside the text",
    ),
    pytest.param(
        "data/1.trig",
        span("Hamburg", "id:place\\/dresden :flowsThrough id:place\\/hamburg ."),
        ("1.trig", 12),
        "cax-dw",
        id="contradiction",
    ),
]


@pytest.mark.parametrize(("name", "content", "place", "says"), BROKEN)
def test_a_violation_is_found_with_its_line(
    small: Small, name: str, content: str, place: tuple[str, int], says: str
) -> None:
    """Each kind of mistake is a violation with file and line, and forbids the build."""
    generation, _ = build(small.project, small.folder / "store")
    if name.endswith(".trig"):
        small.facts(content)
    else:
        small.write(name, content)
    with pytest.raises(BuildRejectedError) as caught:
        build(small.project, small.folder / "store")
    violations = caught.value.report.violations
    assert {(f.path.name, f.line) for f in violations if f.path} == {place}
    assert says in caught.value.report.text("en")
    assert GenerationStore(small.folder / "store").current().id == generation.id


def test_a_wrong_offset_is_found_when_the_document_is_at_hand(small: Small) -> None:
    """A span whose words have another digest is a violation that says where the words are."""
    small.facts(
        span("Hamburg", "id:river\\/elbe :flowsThrough id:place\\/hamburg .").replace(
            "44-51", "45-52"
        )
    )
    assert check(small.project).report.conforms
    text = open_text(small.project, small.folder / "document.txt")
    finding = only(check(small.project, text=text).report.violations)
    assert (finding.code, finding.path and finding.path.name, finding.line) == (
        "span-digest", "1.trig", 13,
    )  # fmt: skip
    assert "44-51" in finding.hint["en"]


def test_another_document_is_refused(small: Small) -> None:
    """A source that is not the cited document stops the build."""
    other = small.write("other.txt", "other words")
    with pytest.raises(SourceError, match="another document"):
        build(small.project, small.folder / "store", source=other)


def test_a_document_in_the_texts_folder_is_found(small: Small) -> None:
    """A copy in texts/ is used without being named, whatever it is called."""
    assert open_text(small.project, None) is None
    small.write("texts/unrelated.txt", "something else")
    small.write("texts/whatever.txt", (small.folder / "document.txt").read_text("utf-8"))
    assert open_text(small.project, None)


def test_literals_the_database_would_rewrite_are_warned_about(small: Small) -> None:
    """The author learns, with the line, that answers show a literal in another form."""
    small.facts(span("1,094 km", "id:river\\/elbe :lengthKm 01094 ."))
    report = check(small.project).report
    assert report.conforms
    finding = only(report.warnings)
    assert (finding.code, finding.line, finding.value) == (
        "literal-form", 12, Literal("01094", datatype=IRI("http://www.w3.org/2001/XMLSchema#integer")),
    )  # fmt: skip


def test_numbers_of_restrictions_are_written_as_owl_says(small: Small) -> None:
    """The mapping of OWL 2 to RDF gives their form, so nothing is said of it."""
    number = '"1"^^xsd:nonNegativeInteger'
    restriction = f"[ a owl:Restriction ; owl:onProperty :flowsInto ; owl:maxCardinality {number} ]"
    path = "ontology/rivers.ttl"
    text = FILES[path] + f":River rdfs:subClassOf {restriction} ; rdfs:comment {number} .\n"
    small.write(path, text)
    warnings = check(small.project).report.warnings
    forms = tuple(each for each in warnings if each.code == "literal-form")
    assert only(forms).predicate == IRI("http://www.w3.org/2000/01/rdf-schema#comment")


def test_a_killed_build_leaves_the_store_as_it_was(small: Small, tmp_path: Path) -> None:
    """A build killed in any stage leaves the current generation and only rubbish to clear."""
    folder = small.folder / "store"
    first, _ = build(small.project, folder)
    small.write("data/registry.csv", FILES["data/registry.csv"].replace("Elbe", "River Elbe"))
    command = [sys.executable, "-m", "cgkg", "build", "--project", str(small.folder)]
    for after in ("read", "validated", "reasoned"):
        process = subprocess.Popen(
            [*command, "--store", str(folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert process.stderr is not None
        for line in process.stderr:
            if after in line:
                process.send_signal(signal.SIGKILL)
                break
        process.stderr.close()
        assert process.wait() == -signal.SIGKILL
        assert GenerationStore(folder).current().id == first.id
    second, _ = build(small.project, folder)
    assert second.id != first.id
    assert not list((folder / "generations").glob(".tmp-*"))
