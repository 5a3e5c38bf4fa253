"""A release: what is in it, that it is the same every time, and that a failure leaves nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.sax import SAXParseException

import pytest
import rdflib
from paths import ROOT, SHARED
from projects import BASE, PREFIXES, Small, make_small, span
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from cgkg import bare
from cgkg.authoring.difference import compare, open_side
from cgkg.errors import ConfigError, VersionNotFoundError
from cgkg.export.annotations import OFFLINE_CONTEXT
from cgkg.export.content import Content
from cgkg.export.release import Release, export, is_release
from cgkg.export.syntaxes import DATASET_SYNTAXES, GRAPH_SYNTAXES, encode
from cgkg.export.verify import verify
from cgkg.formats import Format
from cgkg.pipeline import build
from cgkg.project.folder import Project
from cgkg.rdf.io import canonicalize, parse_bytes, parse_file
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Quad, Triple
from cgkg.rdf.vocab import RDF
from cgkg.rdf.xmlnames import unwritable
from cgkg.store.generations import Generation, GenerationStore
from cgkg.store.lines import Parts

# rdflib calls names of its own that it has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")
SRC = ROOT / "src"
SCOPES = ("asserted", "inferred", "dataset")
RDFLIB = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld", "trig": "trig",
          "nq": "nquads"}  # fmt: skip
JENA = SHARED / "peers" / "jena.sh"
HARD = r""" "tab\tline\nreturn\rquote\"back\\" """


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The small project's release."""
    folder = tmp_path_factory.mktemp("released")
    generation, _ = build(make_small(folder / "rivers").project, folder / "store")
    return export(generation, folder / "release")


@pytest.fixture(scope="module")
def release(clusters: Generation, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The release of the five city clusters."""
    return export(clusters, tmp_path_factory.mktemp("clusters") / "release")


def hashes(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


# What a second parser reads


def quads_of_rdflib(path: Path) -> list[Quad]:
    """What rdflib reads, as our terms: written out by it as N-Quads and read again."""
    suffix = path.suffix.lstrip(".")
    if suffix in GRAPH_SYNTAXES:
        graph = rdflib.Graph().parse(path, format=RDFLIB[suffix])
        return parse_bytes(graph.serialize(format="nt").encode(), Format.N_QUADS, path)
    dataset = rdflib.Dataset()
    dataset.parse(path, format=RDFLIB[suffix])
    blocks = []
    for s, p, o, name in dataset.quads():
        # Turtle's way of writing literals, so TriG is what reads it again.
        block = f"{s.n3()} {p.n3()} {o.n3()}"
        whole = name is None or name == DATASET_DEFAULT_GRAPH_ID
        blocks.append(block + " ." if whole or name is None else f"{name.n3()} {{ {block} }}")
    return parse_bytes("\n".join(blocks).encode(), Format.TRIG, path)


def expected(folder: Path, scope: str, suffix: str) -> list[Quad]:
    """The part of the N-Quads that a file must hold, by a selection of its own."""
    quads = parse_file(folder / f"{scope}.nq")
    if suffix in DATASET_SYNTAXES:
        return quads
    kept = [q for q in quads if q.graph_name == DefaultGraph() or scope == "inferred"]
    return [Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in kept]


@pytest.fixture
def exact_literals() -> Iterator[None]:
    """rdflib keeps literals as they are written."""
    before = rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False
    yield
    rdflib.NORMALIZE_LITERALS = before


@pytest.mark.parametrize("suffix", [*GRAPH_SYNTAXES, *DATASET_SYNTAXES])
@pytest.mark.usefixtures("exact_literals")
def test_rdflib_reads_the_same_from_every_format(released: Release, suffix: str) -> None:
    """Each file is isomorphic to the N-Quads, by a parser that shares no code with the writer."""
    for scope in SCOPES:
        found = quads_of_rdflib(released.folder / f"{scope}.{suffix}")
        assert found
        assert canonicalize(found) == canonicalize(expected(released.folder, scope, suffix)), scope


@pytest.mark.long
@pytest.mark.parametrize("suffix", ["ttl", "rdf", "jsonld", "trig"])
@pytest.mark.usefixtures("exact_literals")
def test_rdflib_reads_the_whole_graph(release: Release, suffix: str) -> None:
    """The real graph too, in each syntax that is more than a line for each triple."""
    found = quads_of_rdflib(release.folder / f"dataset.{suffix}")
    assert canonicalize(found) == canonicalize(expected(release.folder, "dataset", suffix))


@pytest.mark.usefixtures("exact_literals")
def test_rdflib_reads_evidence_and_descriptions(release: Release) -> None:
    """The evidence graphs and every other Turtle file but RDF 1.2 parse."""
    one = canonicalize(quads_of_rdflib(release.folder / "evidence.trig"))
    assert one == parse_file(release.folder / "evidence.nq")
    names = {q.graph_name for q in parse_file(release.folder / "dataset.nq")}
    clauses = {n for n in names if isinstance(n, IRI) and "/c/" in n.value}
    graph = "https://w3id.org/cgkg/graph/"
    others = {IRI(graph + "background"), IRI(graph + "interpretation")}
    assert {q.graph_name for q in one} == clauses | others
    for name in ("void.ttl", "catalog.ttl", "provenance.ttl"):
        assert canonicalize(quads_of_rdflib(release.folder / name)) == canonicalize(
            parse_file(release.folder / name)
        ), name


def count_of(command: list[str], path: Path) -> int:
    """How many statements a program prints as N-Triples or N-Quads."""
    done = subprocess.run([*command, str(path)], capture_output=True, check=True, timeout=120)
    return len({line for line in done.stdout.splitlines() if line.strip()})


@pytest.mark.parametrize("suffix", ["ttl", "nt", "rdf", "trig", "nq"])
def test_raptor_reads_the_same(released: Release, suffix: str) -> None:
    """Raptor, in C, reads as many statements, and the same where there are no blank nodes."""
    if not shutil.which("rapper"):
        pytest.skip("rapper is not installed (Debian: raptor2-utils)")
    names = {"ttl": "turtle", "nt": "ntriples", "rdf": "rdfxml", "trig": "trig", "nq": "nquads"}
    for scope in SCOPES:
        path = released.folder / f"{scope}.{suffix}"
        output = "nquads" if suffix in DATASET_SYNTAXES else "ntriples"
        command = ["rapper", "-q", "-i", names[suffix], "-o", output]
        done = subprocess.run([*command, path], capture_output=True, check=True, timeout=60)
        form = Format.N_QUADS if output == "nquads" else Format.N_TRIPLES
        found = parse_bytes(done.stdout, form, path)
        assert canonicalize(found) == canonicalize(expected(released.folder, scope, suffix)), scope


@pytest.mark.long
def test_jena_reads_the_same(released: Release) -> None:
    """Jena, in Java, reads the whole; Raptor knows no JSON-LD."""
    if not JENA.is_file() or not shutil.which("java"):
        pytest.skip("Apache Jena is not at hand (../shared/peers/jena.sh, java)")
    # Debian's JSON-LD 1.1 parser for Jena lacks a part; ours needs no more than 1.0.
    for name, syntax in (("dataset.jsonld", "jsonld10"), ("dataset.trig", "trig")):
        path = released.folder / name
        done = subprocess.run(
            ["bash", str(JENA), "riot", f"--syntax={syntax}", "--output=nquads", str(path)],
            capture_output=True, check=True, timeout=120,
        )  # fmt: skip
        found = parse_bytes(done.stdout, Format.N_QUADS, path)
        suffix = path.suffix.lstrip(".")
        assert canonicalize(found) == canonicalize(expected(released.folder, "dataset", suffix)), (
            suffix
        )


@pytest.mark.long
def test_the_real_release_is_what_it_says(release: Release) -> None:
    """`cgkg verify` finds nothing wrong with that of the five city clusters."""
    assert verify(release.folder) == []


def test_asserted_and_inferred_make_the_whole(release: Release) -> None:
    """Nothing is in both, and together they are the merged graph."""
    one, two, both = (set(parse_file(release.folder / f"{scope}.nt")) for scope in SCOPES)
    assert one
    assert two
    assert not one & two
    assert one | two == both


def test_the_digest_is_that_of_the_canonical_n_quads(
    release: Release, clusters: Generation
) -> None:
    """One digest in release.json, in the manifest of the build, in VoID, and of dataset.nq."""
    lines = (release.folder / "dataset.nq").read_bytes().splitlines(keepends=True)
    digest = Parts.of(lines).digest
    assert release.digest == digest == clusters.manifest["dataset_sha256"]
    assert f'"sha256:{digest}"' in (release.folder / "void.ttl").read_text("utf-8")


# Evidence


def test_web_annotations_say_where_and_never_what(release: Release) -> None:
    """An annotation per clause with position and digest, by the Web Annotation vocabulary."""
    body = json.loads((release.folder / "annotations.jsonld").read_text("utf-8"))
    items = body["first"]["items"]
    assert body["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    assert body["total"] == len(items) == 513
    selector = items[0]["target"]["selector"]
    assert selector["type"] == "TextPositionSelector"
    assert (selector["start"], selector["end"], len(selector["wordsDigest"])) == (29, 34, 64)
    assert not any("exact" in item["target"]["selector"] for item in items)
    body["@context"][0] = dict(OFFLINE_CONTEXT)
    graph = rdflib.Graph().parse(data=json.dumps(body), format="json-ld")
    oa = rdflib.Namespace("http://www.w3.org/ns/oa#")
    assert len(list(graph.subjects(rdflib.RDF.type, oa.Annotation))) == 513
    starts = sorted(int(str(value)) for value in graph.objects(None, oa.start))
    assert starts == sorted(item["target"]["selector"]["start"] for item in items)


def test_rdf_1_2_has_a_reifier_per_statement(released: Release) -> None:
    """Read as plain lines: each statement with evidence is reified once and leads to its graph."""
    lines = (released.folder / "rdf12.nt").read_text("utf-8").splitlines()
    reified = [line for line in lines if "<<(" in line]
    statements = {
        str(q.triple)
        for q in parse_file(released.folder / "dataset.nq")
        if isinstance(q.graph_name, IRI)
        and ("/c/" in q.graph_name.value or q.graph_name.value.endswith("/inferred"))
    }
    assert {line.split("<<( ")[1].split(" )>>")[0] for line in reified} == statements
    assert len(reified) == len(statements) > 3
    nodes = {line.split()[0] for line in reified}
    stated = [line for line in lines if line.split()[0] in nodes and "/statedIn>" in line]
    assert {line.split()[0] for line in stated} == nodes


def test_tables_have_both_languages(release: Release, clusters: Generation) -> None:
    """Entities, statements with spans, and clusters by theme."""
    tables = {n: (release.folder / f"{n}.csv").read_bytes().decode("utf-8").split("\r\n")
              for n in ("entities", "statements", "themes")}  # fmt: skip
    assert len(tables["entities"]) - 2 == clusters.manifest["counts"]["individuals"]
    assert any(
        "/id/region/tokyo,Tokyo metropolitan area,东京都市圈" in r for r in tables["statements"]
    )
    row = next(r for r in tables["statements"] if ",29,49," in r)
    assert "https://w3id.org/cgkg/source/city-clusters,1.1,2,29,49,f07ad39e" in row
    names = {r.split(",")[2] for r in tables["themes"][1:-1]}
    assert {"东京都市圈", "纽约城市群", "伦敦城市群", "五大湖城市群"} <= names
    assert len(names) >= 5


# The same bytes


CODE = """
import sys
from pathlib import Path
from cgkg import bare
from cgkg.pipeline import build
from cgkg.export.release import export
from cgkg.project.folder import Project
generation, report = build(Project.at(Path(sys.argv[1])), Path(sys.argv[2]) / "store")
export(generation, Path(sys.argv[2]) / "release")
"""


def test_the_same_inputs_give_the_same_bytes(small: Small, tmp_path: Path) -> None:
    """Two hash seeds, folders, clocks and orders of files in them: not a byte differs."""
    other = tmp_path / "elsewhere" / "a copy"
    names = sorted(p.relative_to(small.folder) for p in small.folder.rglob("*") if p.is_file())
    for name in reversed(names):
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(small.folder / name, other / name)
        os.utime(other / name, (1e9, 1e9))
    made = []
    for seed, zone, folder in (("1", "UTC", small.folder), ("2", "Asia/Tokyo", other)):
        out = tmp_path / f"out{seed}"
        out.mkdir()
        env = {**os.environ, "PYTHONPATH": str(SRC), "PYTHONHASHSEED": seed, "TZ": zone,
               "LC_ALL": "C"}  # fmt: skip
        subprocess.run([sys.executable, "-c", CODE, folder, out], env=env, check=True, cwd=out)
        made.append(hashes(out / "release"))
    assert made[0] == made[1]
    assert len(made[0]) > 30


def test_prefixes_are_written_in_order() -> None:
    """The serialiser writes prefixes in the order of a hash; ours are sorted."""
    prefixes = {f"p{n}": f"https://example.org/{n}/" for n in range(30)}
    triples = [Triple(IRI("urn:a"), IRI(f"https://example.org/{n}/p"), IRI("urn:a"))
               for n in range(30)]  # fmt: skip
    lines = encode(triples, Format.TURTLE, prefixes).decode().splitlines()[:30]
    assert lines == sorted(lines)
    assert all(line.startswith("@prefix") for line in lines)
    root = encode(triples, Format.RDF_XML, prefixes).decode().splitlines()[1]
    names = [part.split("=")[0] for part in root.removesuffix(">").split()[1:]]
    assert names == sorted(names)
    assert len(names) == 32


# What RDF/XML cannot hold

A = IRI("urn:a")


@pytest.mark.parametrize(
    ("triple", "why"),
    [
        (Triple(A, IRI("https://example.org/123"), A), "the property does not end in an XML name"),
        (Triple(A, IRI("https://example.org/"), A), "the property does not end in an XML name"),
        (Triple(A, RDF.li, A), "the property is a name of the syntax itself"),
        (Triple(A, RDF.type, IRI("urn:x:1")), "the class does not end in an XML name"),
        (Triple(A, IRI("urn:p"), Literal("a\x0b")), "the text has a character that XML"),
        (Triple(A, IRI("urn:p"), Literal("a\ufffe")), "the text has a character that XML"),
    ],
)
def test_what_rdf_xml_cannot_hold_is_named(triple: Triple, why: str) -> None:
    """The triples that would make a document no parser of XML reads, or another triple."""
    assert unwritable(triple).startswith(why)
    with pytest.raises((SAXParseException, OSError)):
        rdflib.Graph().parse(data=encode([triple], Format.RDF_XML, {}), format="xml")


@pytest.mark.parametrize(
    "triple",
    [
        Triple(A, IRI("https://example.org/x123"), Literal("a\rb\r\nc\td ")),
        Triple(A, IRI("https://example.org/a/中文"), Literal("<&>]]>", language="en")),
        Triple(A, IRI("https://example.org/1a-b.c"), Literal("\x7f")),
        Triple(A, RDF.type, RDF.Description),
        Triple(BlankNode("x"), IRI("https://example.org/a%20b"), BlankNode("x")),
    ],
)
@pytest.mark.usefixtures("exact_literals")
def test_rdf_xml_holds_the_rest_exactly(triple: Triple, tmp_path: Path) -> None:
    """Carriage returns, markup and names in any script arrive as they were."""
    assert unwritable(triple) == ""
    path = tmp_path / "one.rdf"
    path.write_bytes(encode([triple], Format.RDF_XML, {}))
    (found,) = canonicalize(quads_of_rdflib(path))
    (meant,) = canonicalize([Quad(triple.subject, triple.predicate, triple.object, DefaultGraph())])
    assert found == meant


def test_a_release_says_what_rdf_xml_lacks(small: Small, tmp_path: Path) -> None:
    """Such triples are left out of the RDF/XML files alone and listed with the reason."""
    number = IRI(f"{BASE}def/1")
    small.write(
        "ontology/base.ttl",
        PREFIXES + "<https://example.org/rivers/ontology/base> a owl:Ontology .\n"
        f':Place a owl:Class ; rdfs:label "place"@en , "地点"@zh ; rdfs:comment{HARD}.\n'
        f"{number} a owl:AnnotationProperty . :Place {number} {HARD}.\n",
    )
    generation, _ = build(small.project, tmp_path / "store")
    made = export(generation, tmp_path / "release")
    assert [len(v) for v in made.listing["left_out"].values()] == [1, 1]
    assert "`asserted.rdf` lacks 1 triple;" in (made.folder / "README.md").read_text("utf-8")
    assert len(parse_file(made.folder / "dataset.rdf")) + 1 == len(
        parse_file(made.folder / "dataset.nt")
    )
    assert verify(made.folder) == []


# Writing


def test_an_older_release_is_replaced_and_nothing_else(small: Small, tmp_path: Path) -> None:
    """A release or an empty folder gives way; a folder with anything else is left alone."""
    generation, _ = build(small.project, tmp_path / "store")
    out = tmp_path / "out"
    out.mkdir()
    export(generation, out)
    (out / "more").write_text("left over")
    assert not (export(generation, out).folder / "more").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    for place in (mine, mine / "thesis.txt"):
        with pytest.raises(ConfigError, match="is not a release"):
            export(generation, place)
    assert [p.name for p in mine.iterdir()] == ["thesis.txt"]
    assert is_release(out)
    assert not is_release(mine)


def test_a_failed_export_leaves_nothing(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error half way leaves the older release as it was and no other file."""
    generation, _ = build(small.project, tmp_path / "store")
    out = tmp_path / "place" / "out"
    before = hashes(export(generation, out).folder)

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cgkg.export.files.tables.statements", full)
    with pytest.raises(ConfigError, match="No space left"):
        export(generation, out)
    assert hashes(out) == before
    assert [p.name for p in out.parent.iterdir()] == ["out"]


def test_a_bare_folder_has_a_release_too(tmp_path: Path) -> None:
    """RDF as written, blank nodes and all: canonical in the release, nothing inferred, verified."""
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "a.ttl").write_text('<urn:a> <urn:p> [ <urn:q> "1" ] , ( 1 2 ) .')
    (folder / "b.trig").write_text("<urn:g> { <urn:a> <urn:p> <urn:b> }")
    made = export(bare.build(Project.at(folder), tmp_path / "store"), tmp_path / "release")
    assert len(parse_file(made.folder / "dataset.nq")) == 8
    assert (made.folder / "inferred.nt").read_bytes() == b""
    assert (made.folder / "asserted.nq").read_bytes() == (made.folder / "dataset.nq").read_bytes()
    assert verify(made.folder) == []


# Releases as versions


def test_a_release_can_be_compared(small: Small, tmp_path: Path) -> None:
    """`cgkg diff` takes release folders: an added fact and what follows from it, in sentences."""
    one, _ = build(small.project, tmp_path / "one")
    before = export(one, tmp_path / "before").folder
    small.facts(span("The Elbe flows through Dresden",
                     "id:river\\/elbe :flowsThrough id:place\\/dresden ."))  # fmt: skip
    two, _ = build(small.project, tmp_path / "two")
    after = export(two, tmp_path / "after").folder
    found = compare(*(open_side(str(f), small.project) for f in (before, after)))
    assert any("Elbe flows through Hamburg" in line for line in found.lines())
    assert not compare(*(open_side(str(after), small.project) for _ in "ab")).changes


def test_a_version_is_found_by_any_of_its_names(small: Small, tmp_path: Path) -> None:
    """Generation id, dataset digest, or eight of its digits; older ones too."""
    store = GenerationStore(tmp_path / "store")
    old, _ = build(small.project, store.folder)
    small.facts(span("1,094 km", "id:river\\/elbe :lengthKm 1094 ."))
    new, _ = build(small.project, store.folder)
    assert old.id != new.id
    for generation in (old, new):
        digest = Content.load(generation).digest
        for name in (generation.id, digest, digest[:16], digest[:8], f"sha256:{digest}"):
            assert store.find(name).id == generation.id
    for name in (old.id[:7], digest[:7], "../..", "", "zzzzzzzz", "0" * 64):
        with pytest.raises(VersionNotFoundError):
            store.find(name)
