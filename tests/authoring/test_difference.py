"""What an edit changes, in sentences, between projects, stores and git revisions."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from projects import BASE, PREFIXES, Small, span

from cgkg.authoring.difference import Difference, Structure, compare, open_side, side_of
from cgkg.errors import ConfigError
from cgkg.pipeline import build
from cgkg.rdf.terms import IRI, BlankNode, Literal, Quad
from cgkg.rdf.vocab import GRAPH, OWL, RDF

ELBE = "id:river\\/elbe"


@pytest.fixture
def copy(small: Small, tmp_path: Path) -> Small:
    """The small project again, to be edited."""
    shutil.copytree(small.folder, tmp_path / "copy")
    return Small(tmp_path / "copy")


def compare_projects(before: Small, after: Small) -> Difference:
    sides = [open_side(str(each.folder), each.project) for each in (before, after)]
    return compare(*sides)


def commit(folder: Path) -> None:
    """Make a repository of the folder, with all that is in it."""
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(folder)]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *command], check=True)


def test_nothing_differs_from_itself(small: Small, copy: Small) -> None:
    """The same project, a rewritten file and other blank node labels are no difference."""
    path = copy.folder / "ontology" / "rivers.ttl"
    path.write_text(path.read_text() + "# a comment\n", "utf-8")
    found = compare_projects(small, copy)
    assert found.changes == ()
    assert list(found.lines("zh")) == ["陈述与推断均无差别"]


def test_a_new_statement_brings_its_inferences(small: Small, copy: Small) -> None:
    """Added statements name their clause, inferences are marked, the summary counts both."""
    copy.facts(
        span("The Elbe flows through Dresden", f"{ELBE} :flowsThrough id:place\\/dresden ."),
        span("1,094 km", f"{ELBE} :lengthKm 1094 ."),
    )
    found = compare_projects(copy, small)
    lines = list(found.lines())
    assert "Elbe  <https://example.org/rivers/id/river/elbe>" in lines
    assert "  + Elbe flows through Hamburg [§1 44–51]" in lines
    assert "  + Hamburg lies on Elbe [inferred]" in lines
    assert "  + Dresden shares a river with Hamburg [inferred]" in lines
    # The statement itself, and digest, mode and two gists of its clause.
    assert lines[-1] == "this edit adds 5 statements and 3 inferences"
    turned = compare_projects(small, copy)
    assert "  - 易北河 流经 汉堡 [§1 44–51]" in list(turned.lines("zh"))
    assert turned.summary("zh") == "此次修改删除 5 条陈述、3 条推断"


def test_other_evidence_is_no_other_statement(small: Small, copy: Small) -> None:
    """A statement that another clause says now is neither added nor removed."""
    path = copy.folder / "data" / "1.trig"
    text = path.read_text("utf-8")
    path.write_text(text.replace("c:44-51 {", "c:9-39 {"), "utf-8")
    found = compare_projects(small, copy)
    (change,) = found.changes
    assert change.sign == "~"
    assert list(found.lines())[1] == (
        "  ~ Elbe flows through Hamburg [was in §1 44–51; now in §1 9–39]"
    )
    assert "原出处" in list(found.lines("zh"))[1]
    assert found.summary() == "this edit changes the evidence of 1 statement"


def test_what_was_inferred_may_be_stated_and_the_reverse(small: Small, copy: Small) -> None:
    """A statement that already held by inference says so, and is no inference lost."""
    with (copy.folder / "data" / "1.trig").open("a") as file:
        file.write(f"c:44-51 {{ id:place\\/hamburg :liesOn {ELBE} . }}\n")
    added, removed = compare_projects(small, copy), compare_projects(copy, small)
    assert [(c.sign, c.inference, c.otherwise) for c in added.changes] == [("+", False, True)]
    assert "was inferred before" in list(added.lines())[1]
    assert "still inferred" in list(removed.lines())[1]


def test_axioms_are_compared_by_what_they_mean(small: Small, copy: Small) -> None:
    """Labels of blank nodes do not count; a longer chain is another axiom, in words."""
    path = copy.folder / "ontology" / "rivers.ttl"
    text = path.read_text("utf-8")
    path.write_text(
        text.replace("( :liesOn :flowsThrough )", "( :liesOn :flowsThrough :liesOn )"), "utf-8"
    )
    lines = list(compare_projects(small, copy).lines())
    assert any("follows from the chain (lies on, flows through) [the ontology]" in s for s in lines)
    assert any("(lies on, flows through, lies on)" in line for line in lines)


def test_blank_nodes_without_a_name_are_structures() -> None:
    """An axiom that is a blank node itself counts once; one that leads to itself ends."""
    node, other = BlankNode("a"), BlankNode("b")
    quads = [
        Quad(node, RDF.type, OWL.AllDisjointClasses, GRAPH.ontology),
        Quad(node, OWL.members, other, GRAPH.ontology),
        Quad(other, RDF.first, other, GRAPH.ontology),
    ]
    (key,) = side_of(quads).asserted
    assert isinstance(key[0], Structure)
    assert key[1:] == (RDF.type, OWL.AllDisjointClasses)
    one = compare(side_of([]), side_of(quads))
    assert one.count("+") == 1


def test_json_has_terms_and_sentences(small: Small, copy: Small) -> None:
    """Programs get N-Triples terms, graphs, counts and the sentence."""
    copy.write(
        "data/registry.csv",
        (copy.folder / "data/registry.csv").read_text("utf-8").replace(",Hamburg,", ",Hambourg,"),
    )
    found = compare_projects(small, copy).as_dict("zh")
    assert found["same"] is False
    assert found["added"] == {"statements": 1, "inferences": 0}
    new = next(row for row in found["changes"] if row["sign"] == "+")
    assert new["triple"][2] == '"Hambourg"@en'
    assert new["after"] == [GRAPH.registry.value]
    assert new["sentence"].startswith("汉堡 ")


def test_sides_can_be_stores_generations_and_revisions(small: Small, copy: Small) -> None:
    """A store folder, a generation's folder and `REV:` are the project they were made from."""
    generation, _ = build(small.project, small.folder / "build" / "store")
    copy.facts(span("1,094 km", f"{ELBE} :lengthKm 1094 ."))
    shutil.copy(small.folder / "data" / "1.trig", copy.folder / "data" / "1.trig")
    commit(copy.folder)
    copy.facts(span("1,094 km", f"{ELBE} :lengthKm 1094 ."))
    project = copy.project
    store = open_side(str(small.folder / "build" / "store"), project)
    assert store == open_side(str(generation.folder), project)
    assert store == open_side("HEAD:", project)
    assert compare(store, open_side(str(copy.folder), project)).count("-") == 10


def test_a_revision_imports_from_outside_its_folder(small: Small, tmp_path: Path) -> None:
    """A file of the repository beside the project is that of the revision; one beside the
    repository, and one that a link in it leads to, are there, too."""
    repository, outside = tmp_path / "repository", tmp_path / "outside"
    project = Small(repository / "projects" / "rivers")
    shutil.copytree(small.folder, project.folder)
    label = "<https://example.org/rivers/ontology/{0}> a owl:Ontology ; rdfs:label '{0}'@en .\n"
    places = {"shared": repository, "around": outside, "linked": outside}
    for name, folder in places.items():
        Small(folder).write(f"{name}.ttl", PREFIXES + label.format(name))
    (project.folder / "ontology/linked.ttl").symlink_to(outside / "linked.ttl")
    uris = ("../../../shared.ttl", "../../../../outside/around.ttl", "linked.ttl")
    entries = "".join(
        f'<uri name="{BASE}ontology/{name}" uri="{uri}"/>'
        for name, uri in zip(places, uris, strict=True)
    )
    for path, old, new in (
        ("ontology/catalog-v001.xml", "</catalog>", entries + "</catalog>"),
        ("ontology/rivers.ttl", "owl:imports ", "owl:imports "
         + "".join(f"<{BASE}ontology/{name}> , " for name in places)),
    ):  # fmt: skip
        project.write(path, (project.folder / path).read_text("utf-8").replace(old, new))
    commit(repository)
    assert (
        compare(open_side("HEAD:", project.project), open_side(str(project.folder), None)).changes
        == ()
    )
    Small(repository).write("shared.ttl", PREFIXES + label.format("shared").replace("'s", "'S"))
    found = compare(open_side("HEAD:", project.project), open_side(str(project.folder), None))
    assert [(each.sign, each.key[2]) for each in found.changes] == [
        ("-", Literal("shared", language="en")),
        ("+", Literal("Shared", language="en")),
    ]


@pytest.mark.parametrize("given", ["nowhere", "nowhere:", "--help:"])
def test_a_side_that_is_none_says_what_one_is(small: Small, given: str) -> None:
    """No folder of the three kinds and no revision: the error names what can be given."""
    with pytest.raises(ConfigError) as caught:
        open_side(given, small.project)
    assert "revision" in caught.value.hint


def test_positions_are_not_statements(small: Small) -> None:
    """What is computed from a span's name and the sentence table is left out; gists are not."""
    said = {key[1].value for key in open_side(str(small.folder), small.project).asserted}
    assert not {f"https://w3id.org/cgkg/def/{n}" for n in ("charStart", "inSentence")} & said
    assert "https://w3id.org/cgkg/def/gist" in said
    assert IRI(f"{BASE}def/lengthKm").value in said
