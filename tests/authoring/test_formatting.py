"""`cgkg fmt`: files in order, comments kept or refused, the catalog, edits brought back."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from commands import run
from paths import ROOT
from projects import BASE, FILES, PREFIXES, Small

from cgkg.authoring.catalog import render_catalog
from cgkg.authoring.check import inspect
from cgkg.authoring.edits import bring_back
from cgkg.authoring.formatting import changes, format_turtle, write
from cgkg.errors import SourceError
from cgkg.export.merged import merge
from cgkg.pipeline import build
from cgkg.project.folder import Project
from cgkg.rdf.io import read_turtle
from cgkg.rdf.turtle import canonical
from cgkg.store.generations import Generation


def test_the_repository_is_in_order() -> None:
    """Ontology, concept schemes, catalog and the shapes they imply are as `cgkg fmt` has them."""
    assert [change.path.name for change in changes(Project.at(ROOT))] == []


def test_fmt_is_idempotent(small: Small) -> None:
    """A second run finds nothing; --check says so by its exit code and prints the diff before."""
    project = ("--project", str(small.folder))
    before = run("fmt", "--check", *project)
    assert before.returncode == 1
    assert "+++ b/" in before.stdout
    assert run("fmt", *project).returncode == 0
    after = run("fmt", "--check", *project)
    assert (after.returncode, after.stdout) == (0, "")


def test_comments_go_with_their_statements(small: Small) -> None:
    """A comment before a statement stays with its subject; the file's head stays at the head."""
    path = small.write(
        "ontology/base.ttl",
        "# head\n" + PREFIXES + f"# last\n:Z a owl:Class .\n# first\n:A a owl:Class .\n"
        f"<{BASE}ontology/base> a owl:Ontology .\n",
    )
    text = format_turtle(path, small.project)
    assert text.startswith("# head\n")
    assert "\n# first\n:A a owl:Class" in text
    assert text.index("# first") < text.index("# last\n:Z")
    path.write_text(text, "utf-8")
    assert format_turtle(path, small.project) == text


def test_a_comment_that_has_no_place_is_refused(small: Small) -> None:
    """A comment inside a statement is never lost silently."""
    path = small.write("ontology/base.ttl", PREFIXES + ":A a owl:Class ; # why\n :b :c .\n")
    with pytest.raises(SourceError, match="# why") as caught:
        format_turtle(path, small.project)
    assert caught.value.line == PREFIXES.count("\n") + 1
    assert "#" not in format_turtle(path, small.project, drop_comments=True).split("# Classes\n")[1]


@pytest.mark.parametrize(
    "statement",
    [
        ":a :p ( 1 # why\n 2 ) .",
        ":a :p 1 ; # why\n :q 2 .",
        ":a :p [ # why\n :q 2 ] .",
        ":a :p 1 . # why",
        "<https://example.org/o> owl:imports # why\n <https://example.org/i> .",
    ],
)
def test_comments_between_the_terms_of_a_statement_are_refused(
    small: Small, statement: str
) -> None:
    """In lists, between predicates, and behind a full stop."""
    path = small.write("ontology/base.ttl", PREFIXES + statement + "\n")
    with pytest.raises(SourceError, match="# why"):
        format_turtle(path, small.project)


COMMENTED = """# head
@prefix base: <https://example.org/base#> .
@prefix prefix: <https://example.org/prefix#> .
# about a prefix that is called as a directive is
base:A a owl:Class .
# another
prefix:A a owl:Class .
# Individuals
#    indented
#
# behind a gap
:B a owl:Class ; rdfs:label "# none" , 'say "#"' ; rdfs:seeAlso <https://example.org/\\u00e9#none> .
#################################################################
#    Object Properties
#################################################################

###  https://example.org/rivers/def/p
:p a owl:ObjectProperty .
### a note
:q a owl:ObjectProperty .
# imported
<https://example.org/o> owl:imports <https://example.org/i> .
# an annotation
[] a owl:Axiom ; owl:annotatedSource :B ; owl:annotatedProperty rdfs:label ;
    owl:annotatedTarget "# none" .
# a list
( 1 2 ) :p :q .
# a blank node with brackets
[ a :Z ; :p [ :q 1 ] ] :q 2 .
# one half of a circle
_:a :p _:b .
# its other half
_:b :p _:a .
:C :p _:shared .
:D :p _:shared .
# shared
_:shared :q "by two" .
# foot
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_comment_before_a_statement_keeps_its_place(small: Small, end: str) -> None:
    """Before all kinds of subjects, at head and foot, and whatever the comment looks like."""
    path = small.folder / "ontology" / "base.ttl"
    path.write_bytes((PREFIXES + COMMENTED).replace("\n", end).encode())
    before = read_turtle(path.read_bytes().decode(), BASE)[0]
    text = format_turtle(path, small.project)
    after = dict(pairwise(text.splitlines()))
    assert text.splitlines()[0] == "# head"
    assert text.endswith("\n\n# foot\n")
    assert after["# about a prefix that is called as a directive is"].startswith("base:A a")
    assert after["# another"].startswith("prefix:A a")
    assert after["# Individuals"] == ""  # ours, of the same words: some of these are individuals
    assert after["#    indented"] == "#"
    assert after["# behind a gap"].startswith(":B a owl:Class ;")
    assert after["### a note"].startswith(":q a owl:ObjectProperty")
    assert "Object Properties" not in text
    assert "###  " not in text
    assert after["# imported"].startswith("<https://example.org/o>")
    assert after["# an annotation"].startswith("[] a owl:Axiom")
    assert after["# a list"].startswith("[] rdf:first 1 ;")
    assert after["# a blank node with brackets"].startswith("[] a :Z")
    halves = [after[f"# {half}"][:5] for half in ("one half of a circle", "its other half")]
    assert sorted(halves) == ["_:b2 ", "_:b3 "]
    assert after["# shared"] == '_:b1 :q "by two" .'
    path.write_text(text, "utf-8")
    assert format_turtle(path, small.project) == text
    assert canonical(read_turtle(text, BASE)[0]) == canonical(before)


def test_a_title_of_a_section_that_is_not_there_is_a_comment(small: Small) -> None:
    """Only a title that is written anyway is taken for one."""
    path = small.write("ontology/base.ttl", PREFIXES + "# Classes\n\n:p a owl:ObjectProperty .\n")
    text = format_turtle(path, small.project)
    assert "\n# Classes\n:p a owl:ObjectProperty .\n" in text
    path.write_text(text, "utf-8")
    assert format_turtle(path, small.project) == text


@pytest.mark.parametrize("rest", ["", "# next\n<urn:a:b> <urn:c:d> 1 .\n# end\n"])
def test_a_head_without_prefixes_below_it_stays_above(small: Small, rest: str) -> None:
    """Prefixes that nothing uses go; what stood above them does not move again in a second run."""
    path = small.write("ontology/base.ttl", "# head\n@prefix x: <urn:x:> .\n" + rest)
    text = format_turtle(path, small.project)
    said = [line for line in text.splitlines() if line.startswith("# ")]
    assert said == (["# Individuals", "# head", "# next", "# end"] if rest else ["# head"])
    path.write_text(text, "utf-8")
    assert format_turtle(path, small.project) == text


def test_a_byte_order_mark_is_left_out(small: Small) -> None:
    """What a file says is the same with it, in UTF-16 too; what is written is UTF-8 without one."""
    path = small.write("ontology/base.ttl", PREFIXES + ":a :p :b .\n")
    plain = format_turtle(path, small.project)
    for encoding in ("utf-8-sig", "utf-16"):
        path.write_bytes((PREFIXES + ":a :p :b .\n").encode(encoding))
        (change,) = changes(small.project, [path])
        assert change.after == plain


def test_language_tags_keep_their_letters(small: Small) -> None:
    """Parsers tell tags in small letters; a file that says en-GB goes on saying so."""
    path = small.write(
        "ontology/base.ttl",
        PREFIXES + '# why\n[] rdfs:label "colour"@en-GB , "颜色"@zh-Hans , "x@fr-CA" .\n',
    )
    text = format_turtle(path, small.project)
    assert '\n# why\n[] rdfs:label "x@fr-CA" , "colour"@en-GB , "颜色"@zh-Hans .\n' in text
    path.write_text(text, "utf-8")
    assert format_turtle(path, small.project) == text


def test_relative_iris_are_refused(small: Small) -> None:
    """They would be written as places on this machine."""
    path = small.write("ontology/base.ttl", PREFIXES + "<#A> a owl:Class .\n")
    with pytest.raises(SourceError, match="a place on this machine"):
        format_turtle(path, small.project)


def test_the_catalog_keeps_what_leads_elsewhere(small: Small) -> None:
    """Entries for files elsewhere, and for more than one ontology, are for people to write."""
    small.write("vendor/my act.ttl", "")
    kept = (
        '<uri name="https://vocab.example.com/act" uri="../vendor/my%20act.ttl"/>',
        '<rewriteURI uriStartString="https://vocab.example.com/" rewritePrefix="../vendor/"/>',
        '<nextCatalog catalog="../vendor/catalog.xml"/>',
    )
    text = FILES["ontology/catalog-v001.xml"]
    gone = '<uri name="https://vocab.example.com/gone" uri="../vendor/gone.ttl"/>'
    small.write("ontology/catalog-v001.xml", text.replace("<uri", "".join(kept) + gone + "<uri", 1))
    made = render_catalog(small.project)
    assert [entry in made for entry in (*kept, gone)] == [True, True, True, False]
    small.write("ontology/catalog-v001.xml", made)
    assert render_catalog(small.project) == made


def test_the_catalog_follows_the_files(small: Small) -> None:
    """It names every ontology and version; a stale one is a finding of `cgkg check`."""
    project = small.project
    for change in changes(project):
        write(change)
    assert "base.ttl" in render_catalog(project)
    assert not [f for f in inspect(project).report.findings if f.code == "catalog"]
    small.write(
        "ontology/more.ttl",
        PREFIXES
        + f"<{BASE}ontology/more> a owl:Ontology ; owl:versionIRI <{BASE}ontology/more/1> .\n",
    )
    found = inspect(project).report.findings
    assert [(f.severity, f.code) for f in found if f.code == "catalog"] == [("warning", "catalog")]
    assert f'name="{BASE}ontology/more/1" uri="more.ttl"' in render_catalog(project)


def test_two_files_with_one_iri_are_refused(small: Small) -> None:
    """A catalog cannot say which of the two is meant."""
    small.write("ontology/twin.ttl", PREFIXES + f"<{BASE}ontology/base> a owl:Ontology .\n")
    with pytest.raises(SourceError, match=r"as base\.ttl does"):
        render_catalog(small.project)


@pytest.fixture(scope="module")
def whole(clusters: Generation) -> str:
    return merge(clusters).decode()


def edited(text: str, tmp_path: Path) -> list[str]:
    path = tmp_path / "edited.ttl"
    path.write_text(text, "utf-8")
    return [
        line
        for change in bring_back(Project.at(ROOT), path).changes
        for line in change.diff().splitlines()
        if line[:1] in "+-"
    ]


@pytest.mark.long
def test_the_merged_file_is_no_edit(whole: str, tmp_path: Path) -> None:
    """What was exported brings nothing back."""
    assert edited(whole, tmp_path) == []


@pytest.mark.long
def test_a_changed_label_goes_to_its_module(whole: str, tmp_path: Path) -> None:
    """One line of one file changes."""
    assert "中央职位" in whole
    found = edited(whole.replace("中央职位", "国家职位"), tmp_path)
    assert found == [
        f"--- a/{ROOT}/ontology/governance.ttl",
        f"+++ b/{ROOT}/ontology/governance.ttl",
        '-    rdfs:label "national office"@en , "中央职位"@zh ;',
        '+    rdfs:label "national office"@en , "国家职位"@zh ;',
    ]


@pytest.mark.long
def test_new_terms_axioms_and_concepts_find_their_files(whole: str, tmp_path: Path) -> None:
    """By isDefinedBy, by what stands above, by the scheme; axioms between modules to the root."""
    path = tmp_path / "edited.ttl"
    path.write_text(
        whole
        + """
cg:Airport a owl:Class ; rdfs:subClassOf cg:City , [ a owl:Restriction ;
    owl:onProperty cg:inCountry ; owl:someValuesFrom cg:Country ] .
cg:Airline a owl:Class ; rdfs:isDefinedBy <https://w3id.org/cgkg/ontology/core> .
[] a owl:AllDisjointClasses ; owl:members ( cg:Airport cg:Office ) .
theme:airports a cg:Theme ; skos:inScheme <https://w3id.org/cgkg/concept/theme> .
place:seoul cg:inCountry place:japan .
""",
        "utf-8",
    )
    edit = bring_back(Project.at(ROOT), path)
    added = {
        change.path.name: [line[1:] for line in change.diff().splitlines() if line[0] == "+"][1:]
        for change in edit.changes
    }
    assert sorted(added) == ["cgkg.ttl", "core.ttl", "regions.ttl", "themes.ttl"]
    assert "    owl:members ( cg:Airport cg:Office ) ." in added["cgkg.ttl"]
    assert added["regions.ttl"][0] == "cg:Airport a owl:Class ;"
    assert "theme:airports a cg:Theme ;" in added["themes.ttl"]
    assert [line.split(" ")[0] for line in edit.placed] == ["https://w3id.org/cgkg/def/Airport"]
    assert edit.facts == ["+ place:seoul cg:inCountry place:japan"]


def test_a_fact_that_is_gone_says_where_it_stands(small: Small, tmp_path: Path) -> None:
    """Facts are no axioms of the ontology; the report leads to the line in data/."""
    assert run("fmt", "--project", str(small.folder)).returncode == 0
    generation, _ = build(small.project, tmp_path / "store")
    merged, gone = merge(generation).decode(), f" ,\n        <{BASE}id/place/hamburg>"
    assert merged.count(gone) == 1
    path = tmp_path / "edited.ttl"
    path.write_text(merged.replace(gone, ""), "utf-8")
    edit = bring_back(small.project, path)
    assert edit.changes == []
    (fact,) = edit.facts
    assert fact.startswith("- ")
    assert "data/1.trig:10" in fact


@pytest.mark.long
def test_a_fact_of_the_clusters_that_is_gone_says_where_it_stands(
    whole: str, tmp_path: Path
) -> None:
    """The same in the graph of the city clusters, with names as its files write them."""
    path = tmp_path / "edited.ttl"
    path.write_text(whole.replace("cg:formedFrom time:mid-1970s ;\n", ""), "utf-8")
    edit = bring_back(Project.at(ROOT), path)
    assert edit.changes == []
    (fact,) = edit.facts
    assert fact.startswith("- reg:seoul cg:formedFrom time:mid-1970s")
    assert "data/1-5-seoul.trig:" in fact


def test_a_stranger_is_refused(tmp_path: Path) -> None:
    """An ontology of another project, or none, is no edit of this one."""
    path = tmp_path / "other.ttl"
    path.write_text("<https://example.org/o> a <http://www.w3.org/2002/07/owl#Ontology> .", "utf-8")
    with pytest.raises(SourceError, match="no edit of this project"):
        bring_back(Project.at(ROOT), path)


def test_an_edit_is_written_by_the_command(small: Small, tmp_path: Path) -> None:
    """A module edited as Turtle comes back; --check prints the diff and writes nothing."""
    project = ("--project", str(small.folder))
    assert run("fmt", *project).returncode == 0
    module = small.folder / "ontology" / "base.ttl"
    before = module.read_text("utf-8")
    saved = tmp_path / "saved.ttl"
    saved.write_text(before.replace('"place"@en', '"spot"@en'), "utf-8")
    shown = run("fmt", "--check", "--from", str(saved), *project)
    assert shown.returncode == 1
    assert module.read_text("utf-8") == before
    assert run("fmt", "--from", str(saved), *project).returncode == 0
    assert '"spot"@en' in module.read_text("utf-8")
