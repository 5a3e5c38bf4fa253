"""Several documents: each text is checked, shown and counted by itself; edited copies are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from projects import PREFIXES, TEXT, Small

from cgkg.authoring.documents import add_document
from cgkg.cli.commands import main
from cgkg.document.sentences import digest
from cgkg.document.text import SourceTexts
from cgkg.pipeline import build, check
from cgkg.project.sources import load
from cgkg.project.texts import open_texts
from cgkg.rdf.terms import IRI
from cgkg.validation.coverage import cover

ELBE, LETTER = (IRI(f"https://example.org/rivers/source/{name}") for name in ("elbe", "letter"))
LETTER_TEXT = "The Elbe floods. Dams are planned."


@pytest.fixture
def two(small: Small) -> Small:
    """The small project with a second document, of which one clause is cited."""
    add_document(small.project, small.write("letter.txt", LETTER_TEXT))
    small.write("texts/elbe.txt", TEXT)
    small.write("data/2.trig", PREFIXES.replace("source/elbe", "source/letter") + block("Elbe"))
    return small


def block(words: str) -> str:
    start = LETTER_TEXT.index(words)
    name = f"c:{start}-{start + len(words)}"
    return (
        f"{name} {{ id:river\\/elbe :lengthKm 1094 . }}\n{name} a cg:TextSpan ;\n"
        f'    cg:assertionMode mode:stated ; cg:wordsDigest "{digest(words)}" ;\n'
        '    cg:gist "gist"@en , "gist"@zh .\n'
    )


def texts(small: Small, source: Path | None = None) -> SourceTexts:
    found = open_texts(small.project, source)
    assert found is not None
    return found


def run(small: Small, *words: str) -> str:
    done = CliRunner().invoke(main, [*words, "--project", str(small.folder)])
    return f"{done.exit_code}\n{done.output}"


def test_all_texts_are_at_hand(two: Small) -> None:
    """Each for its own document; one that is given does not hide the others."""
    for source in (None, two.folder / "document.txt"):
        held = texts(two, source)
        for document, text in ((ELBE, TEXT), (LETTER, LETTER_TEXT)):
            words = held.of(document)
            assert words is not None
            assert words.words(0, len(words)) == text
    assert texts(two).of(IRI("https://example.org/rivers/source/none")) is None


def test_each_clause_is_held_against_its_own_document(two: Small) -> None:
    """A wrong digest is found in either, with one file in its own text."""
    assert check(two.project, text=texts(two)).report.conforms
    path = two.folder / "data" / "2.trig"
    path.write_text(path.read_text("utf-8").replace("c:4-8", "c:5-9"), "utf-8")
    report = check(two.project, text=texts(two)).report
    assert [(f.code, f.path and f.path.name) for f in report.violations] == [
        ("span-digest", "2.trig")
    ]


def test_sections_and_sentences_do_not_mix(two: Small) -> None:
    """Both documents have sentences 1 and 2; each row names its document."""
    coverage = cover(load(two.project), texts(two))
    rows = [(row.document, row.sentence.number, bool(row.graphs)) for row in coverage.rows]
    assert rows == [
        (ELBE, 1, False),
        (ELBE, 2, True),
        (ELBE, 3, True),
        (LETTER, 1, True),
        (LETTER, 2, False),
    ]
    assert [row["document"] for row in coverage.as_dict()["rows"]] == [r.value for r, _, _ in rows]


def test_coverage_names_the_document_and_shows_the_words(two: Small) -> None:
    """Of what is not cited, where the text is at hand; without it the positions alone."""
    said = run(two, "coverage")
    assert "elbe:\n" in said
    assert "letter: sentence 2 (0 \u00b61): no graph cites it" in said
    assert "    Dams are planned.\n" in said
    assert "The Elbe floods" not in said
    (two.folder / "texts" / "letter.txt").unlink()
    said = run(two, "coverage")
    assert "letter: sentence 2" in said
    assert "Dams" not in said


def test_words_never_enter_the_coverage_that_is_stored(two: Small) -> None:
    """Nor the JSON for programs."""
    assert "Dams" not in run(two, "coverage", "--json")
    small = two
    small.write("data/source/elbe.excused.csv", "sentence,reason\n1,heading\n")
    generation, _ = build(small.project, small.folder / "store")
    assert "Dams" not in str(generation.coverage)
    assert generation.coverage["reasons"] == {"heading": 1}


def test_an_edited_copy_is_an_error_that_says_what_is_lost(two: Small) -> None:
    """Which clauses no longer stand; the build stops, and no word of it is shown."""
    two.write("texts/letter.txt", "A flood: " + LETTER_TEXT)
    report = check(two.project, text=texts(two)).report
    (finding,) = report.violations
    assert (finding.code, finding.path) == ("text-edited", two.folder / "texts" / "letter.txt")
    assert "1 of 1 clauses no longer stand in it (4-8)" in finding.message["en"]
    assert "--relocate" in finding.hint["en"]
    assert run(two, "build").startswith("1\n")
    said = run(two, "coverage")
    assert "texts/letter.txt is not the text that is cited" in said
    assert "Dams" not in said
    assert "not the text that is cited" in run(two, "span", "Elbe")


def test_an_edit_behind_all_clauses_is_an_error_too(two: Small) -> None:
    """The digest of the whole is another; the clauses all stand."""
    two.write("texts/letter.txt", LETTER_TEXT + " More.")
    (finding,) = check(two.project, text=texts(two)).report.violations
    assert "all 1 clauses stand in it" in finding.message["en"]


def test_an_edited_copy_of_what_nothing_cites_is_to_be_taken_in_again(small: Small) -> None:
    """Which makes it right."""
    add_document(small.project, small.write("letter.txt", LETTER_TEXT))
    path = small.write("texts/letter.txt", "Other words.")
    (finding,) = check(small.project, text=texts(small)).report.violations
    assert "cgkg document texts/letter.txt" in finding.hint["en"]
    add_document(small.project, path)
    assert path.read_text("utf-8") == "Other words."
    assert check(small.project, text=texts(small)).report.conforms


def test_reasons_other_than_headings_are_counted_by_name(small: Small) -> None:
    """In the line of their section."""
    source = small.write("plan.md", "---\ntitle: Plan\n---\n# Plan\n\nWords.\n")
    add_document(small.project, source)
    lines = list(cover(load(small.project)).lines())
    assert any(line.endswith("2 excused (1 front matter, 1 heading)") for line in lines)
