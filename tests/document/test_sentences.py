"""Spans, sentence tables and the words."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import wide

from cgkg.document.citing import TextSearch
from cgkg.document.quotes import Quotation
from cgkg.document.sentences import SentenceTable, digest
from cgkg.document.spans import Span
from cgkg.document.text import SourceText
from cgkg.errors import SourceError
from cgkg.project.folder import Project
from cgkg.rdf.terms import IRI

DOCUMENT = IRI("https://example.org/source/x")
TEXT = "一、总论\n(一)东京\n甲乙丙。丁戊! 己\n1.交通\n庚辛。\n"


def table() -> SentenceTable:
    return SourceText(TEXT).table(DOCUMENT)


def cut(text: str) -> list[tuple[str, int, str]]:
    """Section, paragraph and words of every sentence."""
    found = SourceText(text).table(DOCUMENT).sentences
    return [(s.section, s.paragraph, text[s.start : s.end]) for s in found]


@pytest.mark.parametrize("text", [TEXT, wide(TEXT)], ids=["ASCII", "full-width"])
def test_sections_paragraphs_and_sentences_are_cut(text: str) -> None:
    """Headings open numbered sections as paragraph 0; sentences end at their stop."""
    assert [(section, paragraph) for section, paragraph, _ in cut(text)] == [
        ("1", 0),
        ("1.1", 0),
        ("1.1", 1),
        ("1.1", 1),
        ("1.1", 1),
        ("1.1.1", 0),
        ("1.1.1", 1),
    ]
    assert cut(TEXT) == [
        ("1", 0, "一、总论"),
        ("1.1", 0, "(一)东京"),
        ("1.1", 1, "甲乙丙。"),
        ("1.1", 1, "丁戊!"),
        ("1.1", 1, "己"),
        ("1.1.1", 0, "1.交通"),
        ("1.1.1", 1, "庚辛。"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "甲!|乙?|丙。",
        "甲\uff01|乙\uff1f|丙\u3002",
        "甲\uff01\uff1f|乙?!|丙",
        "\u201c甲\uff01\u201d|\u300c乙\uff1f\u300d|\u2018丙\u3002\u2019|丁",
        "\uff08甲\uff01\uff09|(乙?)|\u300a丙\uff1f\u300b|丁",
        "甲\uff0c乙\uff1b丙\uff1a丁\u3001戊\u3002|己",
        "\u3000\u3000甲\u3002|\u3000乙\uff01",
    ],
)
def test_a_sentence_ends_at_its_stop_in_either_form(text: str) -> None:
    """Full-width and ASCII stops alike, with the brackets and quote marks that close there."""
    words = [each.strip("\u3000") for each in text.split("|")]
    assert cut(text.replace("|", "")) == [("0", 1, each) for each in words]


HEADINGS = [
    ("一\u3001甲", "1"),
    ("\u3000\u3000二\u3001甲", "2"),
    ("十\u3001甲", "10"),
    ("二十一\u3001甲", "21"),
    ("(三)甲", "8.3"),
    ("\uff08三\uff09甲", "8.3"),
    ("\uff08十二\uff09甲", "8.12"),
    ("4.甲", "8.9.4"),
    ("4\uff0e甲", "8.9.4"),
    ("4\u3001甲", "8.9.4"),
    ("\uff14\uff0e甲", "8.9.4"),
    ("(5)甲", "8.9.7.5"),
    ("\uff085\uff09甲", "8.9.7.5"),
]


@pytest.mark.parametrize(("heading", "section"), HEADINGS)
def test_a_heading_is_numbered_in_either_form(heading: str, section: str) -> None:
    """Of part, chapter, title and subtitle, with ASCII and full-width marks, also beyond nine."""
    above = "八\u3001上\n(九)中\n7.下\n"
    assert cut(f"{above}{heading}\n乙\u3002")[3:] == [
        (section, 0, heading.strip("\u3000")),
        (section, 1, "乙\u3002"),
    ]


@pytest.mark.parametrize(
    "line", ["4.5万人", "4\uff0e5万人", "\uff08三\uff09甲\u3002乙", "4\uff0c甲"]
)
def test_what_only_looks_like_a_number_of_a_heading(line: str) -> None:
    """Decimals, a paragraph that begins with a number, a list of figures."""
    assert {section for section, _, _ in cut(f"一\u3001上\n{line}\n")[1:]} == {"1"}


def test_words_are_located_among_full_width_marks() -> None:
    """A word after a full-width stop in a second chapter has that chapter, and its sentence."""
    text = wide("一\u3001总论\n(一)东京\n甲乙\u3002\n(二)伦敦\n甲?\n丙!庚辛,壬\u3002\n")
    source = SourceText(text)
    table = source.table(DOCUMENT)
    (place,) = TextSearch(source, [table]).find(Quotation("庚辛")).places
    assert place.header().startswith("# 1.2 ¶2")
    sentence = table.at(text.index("壬"))
    assert sentence
    assert text[sentence.start : sentence.end] == "庚辛\uff0c壬\u3002"


def test_positions_are_code_points() -> None:
    """A character outside the basic plane counts as one."""
    text = SourceText("𠮷野家。河。")
    assert [(s.start, s.end) for s in text.table(DOCUMENT).sentences] == [(0, 4), (4, 6)]


def test_a_table_survives_its_file(tmp_path: Path) -> None:
    """What `as_csv` writes, `read` reads; it holds no words."""
    path = tmp_path / "x.sentences.csv"
    path.write_text(table().as_csv(), "utf-8")
    assert SentenceTable.read(path, DOCUMENT) == table()
    assert "甲" not in path.read_text("utf-8")


def test_a_broken_table_names_the_line(tmp_path: Path) -> None:
    """A row that is no sentence is an error with its line."""
    path = tmp_path / "x.sentences.csv"
    path.write_text(table().as_csv() + "oops,1\n", "utf-8")
    with pytest.raises(SourceError) as caught:
        SentenceTable.read(path, DOCUMENT)
    assert caught.value.line == 9


def test_a_span_is_named_by_its_iri() -> None:
    """Start and end come from the IRI; other IRIs are no spans."""
    span = Span.parse(IRI("https://example.org/source/x/c/73-85"))
    assert span
    assert (span.document, span.start, span.end) == (DOCUMENT, 73, 85)
    assert Span.parse(IRI("https://example.org/id/region/tokyo")) is None


def test_a_span_outside_the_sentences_has_no_place() -> None:
    """Positions between or after the sentences, and empty spans, are nowhere."""
    for start, end in ((4, 5), (0, 0), (5, 999)):
        assert table().place(start, end) is None


def test_another_document_is_refused(tmp_path: Path) -> None:
    """A file with another digest, or not in UTF-8, is not shown as the document."""
    path = tmp_path / "x.txt"
    path.write_text("other words", "utf-8")
    with pytest.raises(SourceError, match="another document"):
        SourceText.load(path, sha256=digest("these words"))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SourceError, match="not UTF-8"):
        SourceText.load(path, sha256=digest("these words"))


def test_headers_of_blocks_give_every_occurrence() -> None:
    """The author gets one header per place, with digest and section."""
    places = TextSearch(SourceText(TEXT), [table()]).find(Quotation("庚")).places
    assert len(places) == 1
    assert digest("庚") in places[0].header()
    assert places[0].header().startswith("# 1.1.1 ¶1")


def test_the_sentence_table_is_that_of_the_document(document: Path) -> None:
    """The table in data/source is what the document is cut into, 175 sentences."""
    project = Project.find()
    path = project.sentence_tables[0]
    iri = IRI(project.document(path))
    text = SourceText(document.read_text("utf-8"))
    assert text.table(iri) == SentenceTable.read(path, iri)
    assert len(text.table(iri).sentences) == 175
