"""Spans, sentence tables and the words."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgkg.errors import SourceError
from cgkg.evidence import SentenceTable, SourceText, Span, block_headers, digest
from cgkg.project import Project
from cgkg.rdf import IRI

DOCUMENT = IRI("https://example.org/source/x")
TEXT = "一、总论\n(一)东京\n甲乙丙。丁戊! 己\n1.交通\n庚辛。\n"


def table() -> SentenceTable:
    return SourceText(TEXT).table(DOCUMENT)


def test_sections_paragraphs_and_sentences_are_cut() -> None:
    """Headings open numbered sections as paragraph 0; sentences end at their stop."""
    rows = [(s.section, s.paragraph, TEXT[s.start : s.end]) for s in table().sentences]
    assert rows == [
        ("1", 0, "一、总论"),
        ("1.1", 0, "(一)东京"),
        ("1.1", 1, "甲乙丙。"),
        ("1.1", 1, "丁戊!"),
        ("1.1", 1, "己"),
        ("1.1.1", 0, "1.交通"),
        ("1.1.1", 1, "庚辛。"),
    ]


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
        assert table().place(Span(DOCUMENT, DOCUMENT, start, end)) is None


def test_another_document_is_refused(tmp_path: Path) -> None:
    """A file with another digest, or not in UTF-8, is not shown as the document."""
    path = tmp_path / "x.txt"
    path.write_text("other words", "utf-8")
    with pytest.raises(SourceError, match="another document"):
        SourceText.load(path, sha256=digest("these words"))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SourceError, match="not UTF-8"):
        SourceText.load(path, sha256=digest("these words"))


def test_block_headers_give_every_occurrence() -> None:
    """The author gets one header per place, with digest and section."""
    headers = list(block_headers("庚", SourceText(TEXT), [table()]))
    assert len(headers) == 1
    assert digest("庚") in headers[0]
    assert headers[0].startswith("# 1.1.1 ¶1")


def test_the_sentence_table_is_that_of_the_document(document: Path) -> None:
    """The table in data/source is what the document is cut into, 175 sentences."""
    project = Project.find()
    path = project.sentence_tables[0]
    iri = IRI(project.document(path))
    text = SourceText(document.read_text("utf-8"))
    assert text.table(iri) == SentenceTable.read(path, iri)
    assert len(text.table(iri).sentences) == 175
