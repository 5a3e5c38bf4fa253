"""Remedies: what is proposed was tried, and does what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from projects import Small, make_small, span

from cgkg.authoring.fixing import Fixes, find_fixes
from cgkg.cli.commands import main
from cgkg.document.sentences import Sentence, SentenceTable, digest
from cgkg.document.text import SourceText, SourceTexts
from cgkg.errors import ConfigError, SourceError
from cgkg.pipeline import check
from cgkg.rdf.terms import IRI

SHAPES = """
:Length a sh:NodeShape ; sh:targetClass :River ; sh:property
    [ sh:path :lengthKm ; sh:datatype xsd:integer ; sh:message "a whole number" ] ,
    [ sh:path :colour ; sh:in ( "greenish" "brownish" ) ] ,
    [ sh:path :begins ; sh:lessThan :ends ] ,
    [ sh:path :metres ; sh:maxCount 1 ] , [ sh:path :depths ; sh:maxCount 2 ] ,
    [ sh:path :days ; sh:maxCount 1 ; sh:datatype xsd:decimal ] .
"""
TERMS = """
:colour a owl:DatatypeProperty . :begins a owl:DatatypeProperty . :ends a owl:DatatypeProperty .
:metres a owl:DatatypeProperty . :depths a owl:DatatypeProperty .
:days a owl:DatatypeProperty .
"""


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A small project with more shapes and terms than others have."""
    made = make_small(tmp_path / "small")
    for name, more in (("shapes/required.ttl", SHAPES), ("ontology/rivers.ttl", TERMS)):
        made.write(name, (made.folder / name).read_text("utf-8") + more)
    return made


def elbe(facts: str) -> str:
    return span("Hamburg", f"id:river\\/elbe {facts} .")


def lines(fixes: Fixes) -> list[str]:
    """What is removed and added."""
    text = "".join(change.diff() for change in fixes.changes).splitlines()
    return [each.strip() for each in text if each[:1] in "+-" and each[:3] not in ("+++", "---")]


def test_misspelt_names_are_put_right(small: Small) -> None:
    """A property said of two values, one of which is misspelt as well; the project is unchanged."""
    path = small.facts(elbe(":flowsThrouh id:place\\/hamburg , id:place\\/dresdn"))
    before = path.read_text("utf-8")
    fixes = find_fixes(small.project)
    assert len(fixes.changes) == 1
    removed, added = lines(fixes)
    assert removed.startswith("-")
    assert ":flowsThrouh" in removed
    assert ":flowsThrough id:place\\/hamburg , id:place\\/dresden" in added
    assert {each.code for each in fixes.fixed} == {"unknown-term", "unknown-individual"}
    assert {each.path for each in fixes.fixed} == {path}
    assert fixes.left == 0
    assert path.read_text("utf-8") == before


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (':lengthKm "1094"', ":lengthKm 1094"),
        (":lengthKm 1094.0", None),
        (':colour "grenish"', ':colour "greenish"'),
        (':colour "blue"', None),
        (":begins 7 ; :ends 3", ":begins 3 ; :ends 7"),
        (":begins 7 ; :ends 7", None),
        (":metres 5 , 5.00", ":metres 5 , 5 "),
        (":metres 5 , 6", None),
        (":metres 5 , 5.0 , 6", None),
        (':metres "five" , "Five"', None),
        (":metres 5 , 5e0", None),
        (":depths 5.0 , 6 , 5", ":depths 5 , 6 , 5 "),
        (":depths 5.0 , 6 , 7 , 5", None),
        (":days 2.5 , 2.50", ":days 2.5 , 2.5 "),
        (":days 2.50 , 2.5e0", None),
        (":days 5 , 5.0", ":days 5.0 , 5.0 "),
    ],
)
def test_values_are_put_right_where_it_can_be_told_how(
    small: Small, wrong: str, right: str | None
) -> None:
    """A literal in the datatype asked for, the most similar of a list, a pair in its order, one
    value in one form."""
    small.facts(elbe(wrong))
    found = check(small.project).report.violations
    assert found
    fixes = find_fixes(small.project)
    if right is None:
        assert (fixes.changes, fixes.fixed) == ((), ())
        assert fixes.left == len(found)
    else:
        assert right in lines(fixes)[1]
        assert len([each for each in fixes.fixed if each.severity == "violation"]) == len(found)
        assert fixes.left == 0


@pytest.mark.parametrize(
    ("words", "wrong", "right"),
    [
        ("The Elbe is 1,094 km long", "109400", "1094"),
        ("The Elbe is 1,094 km long", "1049", "1094"),
        ("The Elbe is 1,094 km long", "1890", None),  # may well be meant
        ("The Elbe is 1,094 km long", "1094", None),
        ("of 1,094 km, 3 are dry", "10940", None),
        ("of 1,094 km, twenty are dry", "10940", None),
        ("It is 40 percent", "400", None),
    ],
)
def test_a_number_that_slipped_from_the_only_one_in_the_words_is_put_right(
    small: Small, words: str, wrong: str, right: str | None
) -> None:
    """Noughts, the point, two figures that changed places; nothing else is guessed."""
    document = IRI(f"{small.project.base}source/elbe")
    name = f"c:0-{len(words)}"
    small.write("data/source/language.ttl",
                f'<{document.value}> <http://purl.org/dc/terms/language> "en" .\n')  # fmt: skip
    small.facts(
        f"{name} {{ id:river\\/elbe :lengthKm {wrong} }}\n"
        f'{name} a cg:TextSpan ; cg:assertionMode mode:stated ; cg:wordsDigest "{digest(words)}" ;'
        ' cg:gist "gist"@en , "\u8981\u65e8"@zh .\n'
    )
    table = SentenceTable(document, (Sentence(1, "0", 1, 0, len(words), digest(words)),))
    small.write("data/source/elbe.sentences.csv", table.as_csv())
    fixes = find_fixes(small.project, SourceTexts({document: SourceText(words, document)}))
    if right is None:
        assert fixes.changes == ()
    else:
        assert f":lengthKm {right}" in lines(fixes)[1]
        assert [each.code for each in fixes.fixed] == ["number-not-said"]


def test_a_remedy_that_breaks_something_else_is_not_proposed(small: Small) -> None:
    """The nearest name would be wrong; what helps elsewhere is proposed all the same."""
    small.write(
        "shapes/required.ttl",
        (small.folder / "shapes/required.ttl").read_text("utf-8")
        + ":NotHamburg a sh:NodeShape ; sh:targetSubjectsOf :flowsThrough ;"
        " sh:not [ sh:path :flowsThrough ; sh:hasValue id:place\\/hamburg ] .",
    )
    small.facts(
        elbe(":flowsThrough id:place\\/hambrg"), span("1,094 km", 'id:river\\/elbe :lengthKm "9" .')
    )
    fixes = find_fixes(small.project)
    assert [each for each in lines(fixes) if "hamb" in each] == []
    assert ":lengthKm 9" in lines(fixes)[1]
    assert fixes.left == 1


def test_what_is_right_is_left_alone(small: Small) -> None:
    """No findings, no changes."""
    assert find_fixes(small.project) == Fixes((), (), 0)


def test_a_file_that_cannot_be_read_is_named_as_in_the_project(small: Small) -> None:
    """Not as in the copy; and a project that reads files elsewhere is told what to do."""
    path = small.write("data/1.trig", "<urn:a> <urn:b> ;\n")
    with pytest.raises(SourceError) as caught:
        find_fixes(small.project)
    assert caught.value.path == path
    small.facts(elbe(":lengthKm 5"))
    catalog = (small.folder / "ontology/catalog-v001.xml").read_text("utf-8")
    (small.folder / "ontology/base.ttl").rename(small.folder.parent / "elsewhere.ttl")
    small.write("ontology/catalog-v001.xml", catalog.replace("base.ttl", "../../elsewhere.ttl"))
    assert check(small.project).report.conforms
    with pytest.raises(ConfigError) as refused:
        find_fixes(small.project)
    assert "absolute paths" in refused.value.hint


def test_the_command_shows_and_writes_only_when_told(small: Small) -> None:
    """Exit 1 as long as something is to be done, 0 when it is."""
    path = small.facts(elbe(":flowThrough id:place\\/hamburg"))
    project = ("--project", str(small.folder))
    before = path.read_text("utf-8")
    shown = CliRunner().invoke(main, ["check", "--fix", *project])
    assert shown.exit_code == 1
    assert "+c:" in shown.stdout
    assert ":flowsThrough" in shown.stdout
    assert "1 findings would be put right, 0 left" in shown.stderr
    assert path.read_text("utf-8") == before
    written = CliRunner().invoke(main, ["check", "--fix", "--write", *project])
    assert (written.exit_code, written.stdout) == (0, shown.stdout)
    assert path.read_text("utf-8") == before.replace(":flowThrough", ":flowsThrough")
    again = CliRunner().invoke(main, ["check", "--fix", *project])
    assert (again.exit_code, again.stdout) == (0, "")
    assert CliRunner().invoke(main, ["check", "--write", *project]).exit_code == 2
