"""The sentences of a document: where each one is, in which section, and the digest of its words."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cgkg.document.cutting import cutter
from cgkg.document.marks import CLOSE, ENUMERATION, FULL_STOP, INDENT, OPEN, POINT
from cgkg.document.numerals import DIGITS, read_chinese
from cgkg.languages import N_, numbered
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import CG, RDF, SKOS, XSD
from cgkg.tables import read_table

# The numbers of headings, from the outermost to the innermost; a paragraph's indent may precede.
_PART = re.compile(f"^{INDENT}*([{DIGITS}]+){ENUMERATION}")
_CHAPTER = re.compile(f"^{INDENT}*[{OPEN}]([{DIGITS}]+)[{CLOSE}]")
_TITLE = re.compile(rf"^{INDENT}*(\d+)[{POINT}{ENUMERATION}](?=\D)")
_SUBTITLE = re.compile(rf"^{INDENT}*[{OPEN}](\d+)[{CLOSE}]")
HEADING_NUMBER = re.compile(rf"^(?:\d+[{POINT}{ENUMERATION}]|[{OPEN}]\d+[{CLOSE}])(?=\D)")
"""The Arabic number that a heading begins with; it counts nothing."""
_NAME = N_("sentence {number}")
_CUT_BY = re.compile(r"# cutter (\d+)(?: (\S+))?")
TABLE_HEADER = ("sentence", "section", "paragraph", "start", "end", "sha256")


def digest(words: str) -> str:
    """SHA-256 of the words in UTF-8, in hexadecimal."""
    return hashlib.sha256(words.encode("utf-8")).hexdigest()


class Sentence(NamedTuple):
    """A sentence's place: number, section ("1.5.2"), paragraph in it, start and end, digest."""

    number: int
    section: str
    paragraph: int
    start: int
    end: int
    sha256: str


@dataclass(frozen=True)
class SentenceTable:
    """The sentences of one document in order; it holds no words.

    `cutter` is the number of the one that cut them, `language` the tag it was told; what has been
    cut is not cut again.
    """

    document: IRI
    sentences: tuple[Sentence, ...]
    cutter: int = 1
    language: str = ""

    @classmethod
    def read(cls, path: Path, document: IRI) -> SentenceTable:
        """Read a table written by `as_csv`.

        Raises:
            SourceError: the table is malformed; says the line.
        """
        table = read_table(path, TABLE_HEADER)
        # A spreadsheet that saved it put separators behind.
        comments = (line.rstrip(",;\t ") for line in table.comments)
        said = next((m for line in comments if (m := _CUT_BY.fullmatch(line))), None)
        sentences = (
            Sentence(
                number=row.number("sentence"),
                section=row["section"],
                paragraph=row.number("paragraph"),
                start=row.number("start"),
                end=row.number("end"),
                sha256=row["sha256"],
            )
            for row in table.rows
        )
        version, language = (int(said[1]), said[2] or "") if said else (1, "")
        return cls(document, tuple(sentences), version, language)

    def as_csv(self) -> str:
        """The table as CSV, one row per sentence; a line before says which cutter cut them."""
        out = io.StringIO()
        if self.cutter != 1:
            out.write(f"# cutter {self.cutter} {self.language}".rstrip() + "\n")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(TABLE_HEADER)
        writer.writerows(self.sentences)
        return out.getvalue()

    def at(self, position: int) -> Sentence | None:
        """The sentence that holds the character at this position."""
        index = bisect_right(self.sentences, position, key=lambda s: s.start) - 1
        if index < 0:
            return None
        sentence = self.sentences[index]
        return sentence if position < sentence.end else None

    def place(self, start: int, end: int) -> tuple[Sentence, Sentence] | None:
        """The sentences a span from `start` up to `end` starts and ends in, or None if it leaves
        the text."""
        first, last = self.at(start), self.at(end - 1)
        return (first, last) if first and last and end > start else None

    def triples(self, languages: Iterable[str]) -> Iterator[Triple]:
        """The sentences as RDF: section, paragraph, position, digest; names in the languages."""
        tags = tuple(languages)
        for s in self.sentences:
            node = self.sentence_iri(s)
            yield Triple(node, RDF.type, CG.Sentence)
            yield Triple(node, CG.inSection, self.section_iri(s.section))
            yield Triple(node, CG.inParagraph, integer(s.paragraph))
            yield Triple(node, CG.charStart, integer(s.start))
            yield Triple(node, CG.charEnd, integer(s.end))
            yield Triple(node, CG.wordsDigest, Literal(s.sha256))
            for language, label in numbered(_NAME, s.number, tags).items():
                yield Triple(node, SKOS.prefLabel, Literal(label, language=language))

    def sentence_iri(self, sentence: Sentence) -> IRI:
        """The IRI of a sentence: `<document>/s/0012`."""
        return IRI(f"{self.document.value}/s/{sentence.number:04d}")

    def section_iri(self, section: str) -> IRI:
        """The IRI of a section: `<document>/sec/1-5-2`."""
        return IRI(f"{self.document.value}/sec/{section.replace('.', '-')}")


def integer(number: int) -> Literal:
    """The number as an xsd:integer."""
    return Literal(str(number), datatype=XSD.integer)


def cut_first(text: str, document: IRI) -> SentenceTable:
    """The sentences and sections of a text as cutter 1 has them, which knows no blocks."""
    return SentenceTable(document, tuple(_sentences(text)))


def _sentences(text: str) -> Iterator[Sentence]:
    """Sentences in order; a heading is paragraph 0 of the section it opens."""
    number, position, paragraph = 0, 0, 0
    section: list[int] = []
    cut = cutter(1, "")
    for line in text.splitlines(keepends=True):
        words = line.rstrip("\r\n")
        opened = _heading(words, section)
        if opened is not None:
            section, paragraph = opened, 0
        elif words.strip():
            paragraph += 1
        name = ".".join(map(str, section)) or "0"
        for start, end in cut(words):
            number += 1
            clause = words[start:end]
            place = (position + start, position + end)
            yield Sentence(number, name, paragraph, *place, digest(clause))
        position += len(line)


def _heading(line: str, section: list[int]) -> list[int] | None:
    """The section number this line opens, or None if it is no heading."""
    for depth, pattern in enumerate((_PART, _CHAPTER, _TITLE, _SUBTITLE)):
        match = pattern.match(line)
        if match and len(line) < 60 and not set(FULL_STOP) & set(line):
            mark = match.group(1)
            number = int(mark) if mark.isdigit() else read_chinese(mark)
            return [*section[:depth], number]
    return None
