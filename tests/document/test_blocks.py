"""Blocks: the sections they are in, the sentences they are cut into, and the table of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgkg.document.blocks import (
    Block,
    blocks_csv,
    cut_blocks,
    excuses,
    number_sections,
    own_number,
    read_blocks,
)
from cgkg.document.reading.passages import Passage, written
from cgkg.document.sentences import SentenceTable
from cgkg.errors import SourceError
from cgkg.rdf.terms import IRI

DOCUMENT = IRI("https://example.org/source/x")


def sections(*headings: tuple[int, str]) -> list[str]:
    """The numbers of the sections that headings of these levels open."""
    passages = [Passage(words, "heading", level) for level, words in headings]
    text, blocks = written(passages)
    return [block.section for block in number_sections(blocks, text)]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("5.1 Pilot", "5.1"),
        ("PARTE II", "II"),
        ("ANNEXE 1", "A1"),
        ("ANNEXE", ""),
        ("Sections of it", ""),
        ("CAPITULO II", "II"),
        ("\u039c\u0395\u03a1\u039f\u03a3 \u03a0\u03a1\u03a9\u03a4\u039f", "1"),
        ("1. Aims", "1"),
        ("\u00a7 9a Portal", "9a"),
        ("A. Rights", "A"),
        ("IV. Scope", "IV"),
        ("Chapter 3", "3"),
        ("Article 12: Scope", "12"),
        ("\u4e8c\u3001\u603b\u5219", "2"),
        ("\uff08\u5341\u4e8c\uff09\u4ea4\u901a", "12"),
        ("\u7b2c\u4e09\u7ae0 \u603b\u5219", "3"),
        ("\u0413\u043b\u0430\u0432\u0430 2. \u041e\u0431\u0449\u0435\u0435", "2"),
        ("## \u00a7 1 Geltung", "1"),
        ("Art. 12 Zweck", "12"),
        ("Article 1er", "1"),
        ("Titre Ier - Dispositions", "I"),
        ("Art\u00edculo 2\u00ba. Plazo", "2"),
        ("Appendix B", "B"),
        ("Anlage 2", "A2"),
        ("Zweiter Abschnitt: Pflichten", "2"),
        ("T\u00cdTULO PRIMERO", "1"),
        ("\u0627\u0644\u0628\u0627\u0628 \u0627\u0644\u062b\u0627\u0644\u062b", "3"),
        ("Erster Abschnitt der Strecke", ""),
        ("A plan", ""),
        ("I have a plan", ""),
        ("2030 and after", ""),
        ("Goals", ""),
    ],
)
def test_a_heading_has_the_number_it_begins_with(words: str, number: str) -> None:
    """Of figures, letters, Roman and Chinese numerals, with a word or a section sign before."""
    assert own_number(words) == number


def test_sections_are_nested_by_level_and_keep_their_numbers() -> None:
    """Numbers below a parent are joined to its own; what has none is counted past those taken."""
    assert sections(
        (1, "Policy"), (2, "1. Aims"), (3, "Notes"), (2, "4. Reuse"), (3, "A. Rights"),
        (3, "Notes"), (2, "5 Open"), (3, "5.1 Pilot"), (3, "Notes"), (4, "Deep"), (3, "5.2 Rest"),
    ) == ["0", "1", "1.1", "4", "4.A", "4.1", "5", "5.1", "5.3", "5.3.1", "5.2"]  # fmt: skip


def test_the_same_number_is_not_given_twice() -> None:
    """A second article 1 is counted; levels may be left out."""
    assert sections((1, "1. One"), (3, "Deep"), (1, "1. Again"), (1, "Last")) == [
        "1", "1.1", "2", "3",
    ]  # fmt: skip


def test_a_single_outermost_heading_is_the_title() -> None:
    """If it has a number, or another of its level follows, it opens a section."""
    assert sections((1, "Title"), (2, "Part")) == ["0", "1"]
    assert sections((1, "Title")) == ["0"]
    assert sections((1, "1. Part")) == ["1"]
    greek = "\u039a\u0395\u03a6\u0391\u039b\u0391\u0399\u039f \u0391\u0384"
    assert sections((1, greek), (2, "Aims")) == ["1", "1.1"]
    assert sections((1, "Part"), (1, "Part")) == ["1", "2"]


def sample() -> tuple[str, tuple[Block, ...]]:
    text, blocks = written(
        [
            Passage("layout: page", "front matter"),
            Passage("1. Aims. And means", "heading", 1),
            Passage("One is here. Two\nis here.", "para", origin="L3-4"),
            Passage("  ", "para"),
            Passage("A maybe", "heading?", 2),
            Passage("Rest.", "item", 1, mark="\u2022"),
        ]
    )
    return text, number_sections(blocks, text)


def test_blocks_are_one_a_line_of_the_canonical_text() -> None:
    """Without the empty ones; the words of each are where it says."""
    text, blocks = sample()
    assert text == "layout: page\n1. Aims. And means\nOne is here. Two is here.\nA maybe\nRest.\n"
    assert [text[b.start : b.end] for b in blocks] == text.splitlines()


def test_sentences_are_cut_within_blocks() -> None:
    """A heading is one sentence, paragraph 0 of its section; the table says the cutter."""
    text, blocks = sample()
    table = cut_blocks(text, blocks, DOCUMENT, "en")
    assert [(s.section, s.paragraph, text[s.start : s.end]) for s in table.sentences] == [
        ("0", 1, "layout: page"),
        ("1", 0, "1. Aims. And means"),
        ("1", 1, "One is here."),
        ("1", 1, "Two is here."),
        ("1.1", 0, "A maybe"),
        ("1.1", 1, "Rest."),
    ]
    assert (table.cutter, table.language) == (2, "en")


def test_the_cutter_is_written_and_read_with_the_table(tmp_path: Path) -> None:
    """A table that names none was made by the first."""
    text, blocks = sample()
    table = cut_blocks(text, blocks, DOCUMENT, "de-AT")
    path = tmp_path / "x.sentences.csv"
    path.write_text(table.as_csv(), "utf-8")
    assert SentenceTable.read(path, DOCUMENT) == table
    path.write_text(table.as_csv().replace("# cutter 2 de-AT", "# cutter 2 de-AT,,,,,"), "utf-8")
    assert SentenceTable.read(path, DOCUMENT) == table
    path.write_text(table.as_csv().partition("\n")[2], "utf-8")
    assert SentenceTable.read(path, DOCUMENT).cutter == 1


def test_only_headings_that_are_ones_and_what_is_no_text_are_excused() -> None:
    """Each with its reason; a proposed heading, an item, a note must be accounted for."""
    text, blocks = sample()
    table = cut_blocks(text, blocks, DOCUMENT, "en")
    assert dict(excuses(table, blocks)) == {1: "front matter", 2: "heading"}


def test_the_table_of_blocks_survives_its_file(tmp_path: Path) -> None:
    """It holds no words."""
    text, blocks = sample()
    path = tmp_path / "x.blocks.csv"
    path.write_text(blocks_csv(blocks), "utf-8")
    assert read_blocks(path, len(text)) == blocks
    assert "Aims" not in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (",para,", ",paragraph,", "no kind of block"),
        ("\n13,31,", "\n13,999,", "must follow"),
        ("\n13,31,", "\n12,31,", ""),
        ("\n13,31,", "\n5,31,", "must follow"),
    ],
)
def test_a_table_of_blocks_that_cannot_be_is_an_error(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """With its line: unknown kinds, blocks that overlap or leave the text."""
    text, blocks = sample()
    path = tmp_path / "x.blocks.csv"
    assert old in blocks_csv(blocks)
    path.write_text(blocks_csv(blocks).replace(old, new), "utf-8")
    if not said:
        read_blocks(path, len(text))
        return
    with pytest.raises(SourceError, match=said) as caught:
        read_blocks(path, len(text))
    assert caught.value.line
