"""Evidence: documents, sections, sentences and spans, and the words when they are at hand.

The words of a source document are not part of a project. A span is a start and an end (code
points of the file as is, end exclusive) and the SHA-256 of the words between; a sentence table
gives every sentence its section, paragraph, position and digest. Whoever holds the document can
have its words shown: they are read when a page is made and never stored anywhere.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cgkg.errors import SourceError
from cgkg.marks import CLOSE, CLOSING, ENUMERATION, FULL_STOP, INDENT, OPEN, POINT, STOPS
from cgkg.numerals import DIGITS, chinese
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import CG, PROV, RDF, SKOS, XSD

if TYPE_CHECKING:
    from cgkg.store import Graph

_SPAN = re.compile(r"^(?P<document>.+)/c/(?P<start>\d+)-(?P<end>\d+)$")
# The numbers of headings, from the outermost to the innermost; a paragraph's indent may precede.
_PART = re.compile(f"^{INDENT}*([{DIGITS}]+){ENUMERATION}")
_CHAPTER = re.compile(f"^{INDENT}*[{OPEN}]([{DIGITS}]+)[{CLOSE}]")
_TITLE = re.compile(rf"^{INDENT}*(\d+)[{POINT}{ENUMERATION}](?=\D)")
_SUBTITLE = re.compile(rf"^{INDENT}*[{OPEN}](\d+)[{CLOSE}]")
HEADING_NUMBER = re.compile(rf"^(?:\d+[{POINT}{ENUMERATION}]|[{OPEN}]\d+[{CLOSE}])(?=\D)")
"""The Arabic number that a heading begins with; it counts nothing."""
_STOP = re.compile(rf"[{STOPS}]+[{CLOSING}]*|(?<=[a-z)\d])\.(?=\s+[A-Z]|\s*$)")
TABLE_HEADER = ("sentence", "section", "paragraph", "start", "end", "sha256")


def digest(words: str) -> str:
    """SHA-256 of the words in UTF-8, in hexadecimal."""
    return hashlib.sha256(words.encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class Sentence:
    """A sentence's place: number, section ("1.5.2"), paragraph in it, start and end, digest."""

    number: int
    section: str
    paragraph: int
    start: int
    end: int
    sha256: str


@dataclass(frozen=True)
class Span:
    """A cited clause: where it is, what it says in our words, and how the graph uses it."""

    iri: IRI
    document: IRI
    start: int
    end: int
    digest: str = ""
    section: str = ""
    sentence: int = 0
    paragraph: int = 0
    mode: IRI | None = None
    gist: Mapping[str, str] | None = None

    @classmethod
    def parse(cls, iri: IRI) -> Span | None:
        """The span an IRI names (`<document>/c/<start>-<end>`), or None if it names none."""
        match = _SPAN.match(iri.value)
        if not match:
            return None
        document, start, end = match.group("document", "start", "end")
        return cls(iri, IRI(document), int(start), int(end))


@dataclass(frozen=True)
class SentenceTable:
    """The sentences of one document in order; it holds no words."""

    document: IRI
    sentences: tuple[Sentence, ...]

    @classmethod
    def read(cls, path: Path, document: IRI) -> SentenceTable:
        """Read a table written by `as_csv`.

        Raises:
            SourceError: the table is malformed; says the line.
        """
        rows: list[Sentence] = []
        with path.open(encoding="utf-8", newline="") as handle:
            reader = csv.reader(handle)
            header = next(reader, [])
            if tuple(header) != TABLE_HEADER:
                raise SourceError(
                    f"expected the columns {', '.join(TABLE_HEADER)}", path=path, line=1
                )
            for row in reader:
                try:
                    number, section, paragraph, start, end, sha256 = row
                    rows.append(
                        Sentence(int(number), section, int(paragraph), int(start), int(end), sha256)
                    )
                except ValueError as error:
                    raise SourceError(str(error), path=path, line=reader.line_num) from None
        return cls(document, tuple(rows))

    def as_csv(self) -> str:
        """The table as CSV, one row per sentence."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(TABLE_HEADER)
        for s in self.sentences:
            writer.writerow((s.number, s.section, s.paragraph, s.start, s.end, s.sha256))
        return out.getvalue()

    def at(self, position: int) -> Sentence | None:
        """The sentence that holds the character at this position."""
        index = bisect_right(self.sentences, position, key=lambda s: s.start) - 1
        if index < 0:
            return None
        found = self.sentences[index]
        return found if position < found.end else None

    def place(self, span: Span) -> tuple[Sentence, Sentence] | None:
        """The sentences a span starts and ends in, or None if it leaves the text."""
        first, last = self.at(span.start), self.at(span.end - 1)
        return (first, last) if first and last and span.end > span.start else None

    def triples(self) -> Iterator[Triple]:
        """The sentences as RDF: section, paragraph, position and digest of each."""
        for s in self.sentences:
            node = self.sentence_iri(s)
            yield Triple(node, RDF.type, CG.Sentence)
            yield Triple(node, CG.inSection, self.section_iri(s.section))
            yield Triple(node, CG.inParagraph, integer(s.paragraph))
            yield Triple(node, CG.charStart, integer(s.start))
            yield Triple(node, CG.charEnd, integer(s.end))
            yield Triple(node, CG.wordsDigest, Literal(s.sha256))
            yield Triple(node, SKOS.prefLabel, Literal(f"sentence {s.number}", language="en"))
            yield Triple(node, SKOS.prefLabel, Literal(f"第{s.number}句", language="zh"))

    def sentence_iri(self, sentence: Sentence) -> IRI:
        """The IRI of a sentence: `<document>/s/0012`."""
        return IRI(f"{self.document.value}/s/{sentence.number:04d}")

    def section_iri(self, section: str) -> IRI:
        """The IRI of a section: `<document>/sec/1-5-2`."""
        return IRI(f"{self.document.value}/sec/{section.replace('.', '-')}")


def describe_spans(spans: Iterable[Span], tables: Mapping[IRI, SentenceTable]) -> Iterator[Triple]:
    """What the IRI of a span and the sentence table say of it, as RDF."""
    for span in spans:
        yield Triple(span.iri, RDF.type, CG.TextSpan)
        yield Triple(span.iri, PROV.wasQuotedFrom, span.document)
        yield Triple(span.iri, CG.charStart, integer(span.start))
        yield Triple(span.iri, CG.charEnd, integer(span.end))
        table = tables.get(span.document)
        placed = table.place(span) if table else None
        if table and placed:
            first, _ = placed
            yield Triple(span.iri, CG.inSection, table.section_iri(first.section))
            yield Triple(span.iri, CG.inSentence, table.sentence_iri(first))
            yield Triple(span.iri, CG.inParagraph, integer(first.paragraph))


def integer(number: int) -> Literal:
    """The number as an xsd:integer."""
    return Literal(str(number), datatype=XSD.integer)


def span_of(graph: Graph, iri: IRI) -> Span | None:
    """The span as the graph describes it, or None if the IRI is no span."""
    bare = Span.parse(iri)
    if bare is None:
        return None
    values: dict[str, str] = {}
    gist: dict[str, str] = {}
    mode: IRI | None = None
    for triple in graph.triples(iri):
        if triple.predicate == CG.gist and isinstance(triple.object, Literal):
            gist[triple.object.language or ""] = triple.object.value
        elif triple.predicate == CG.assertionMode and isinstance(triple.object, IRI):
            mode = triple.object
        elif triple.predicate in CG and not isinstance(triple.object, Triple):
            values[CG.local(triple.predicate)] = triple.object.value
    if not values:
        return None
    return Span(
        iri,
        bare.document,
        bare.start,
        bare.end,
        digest=values.get("wordsDigest", ""),
        section=values.get("inSection", "").rsplit("/", 1)[-1].replace("-", "."),
        sentence=int(values.get("inSentence", "/0").rsplit("/", 1)[-1]),
        paragraph=int(values.get("inParagraph", "0")),
        mode=mode,
        gist=gist,
    )


class SourceText:
    """The words of a document whose identity was checked; keeps them in memory only."""

    def __init__(self, text: str, document: IRI | None = None) -> None:
        self._text, self._document = text, document

    def is_of(self, document: IRI) -> bool:
        """Whether these are the words of the document, as far as is known."""
        return self._document in (None, document)

    @classmethod
    def load(cls, path: Path, *, sha256: str, document: IRI | None = None) -> SourceText:
        """Read the document and check that it is the one the project cites.

        Raises:
            SourceError: it cannot be read, is not UTF-8, or its SHA-256 is another one.
        """
        try:
            content = path.read_bytes()
            text = content.decode("utf-8")
        except OSError as error:
            raise SourceError(error.strerror or str(error), path=path) from None
        except UnicodeDecodeError as error:
            raise SourceError(f"not UTF-8 at byte {error.start}", path=path) from None
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise SourceError(
                f"this is another document: its SHA-256 is {found}",
                path=path,
                hint=f"the project cites the file with SHA-256 {sha256}",
            )
        return cls(text, document)

    def __len__(self) -> int:
        return len(self._text)

    def words(self, start: int, end: int) -> str:
        """The words from `start` up to `end`, in code points."""
        return self._text[start:end]

    def occurrences(self, words: str) -> list[tuple[int, int]]:
        """Where the words stand, as (start, end)."""
        found = []
        position = self._text.find(words) if words else -1
        while position >= 0:
            found.append((position, position + len(words)))
            position = self._text.find(words, position + 1)
        return found

    def table(self, document: IRI) -> SentenceTable:
        """Cut the text into sections, paragraphs and sentences."""
        return SentenceTable(document, tuple(_sentences(self._text)))


def _sentences(text: str) -> Iterator[Sentence]:
    """Sentences in order; a heading is paragraph 0 of the section it opens."""
    number, position, paragraph = 0, 0, 0
    section: list[int] = []
    for line in text.splitlines(keepends=True):
        words = line.rstrip("\r\n")
        opened = _heading(words, section)
        if opened is not None:
            section, paragraph = opened, 0
        elif words.strip():
            paragraph += 1
        name = ".".join(map(str, section)) or "0"
        for start, end in _cut(words):
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
            number = int(mark) if mark.isdigit() else chinese(mark)
            return [*section[:depth], number]
    return None


def _cut(line: str) -> Iterator[tuple[int, int]]:
    """Starts and ends of the sentences of a line, without surrounding blanks."""
    start = 0
    for end in [*(match.end() for match in _STOP.finditer(line)), len(line)]:
        words = line[start:end]
        left = start + len(words) - len(words.lstrip())
        right = end - (len(words) - len(words.rstrip()))
        if right > left:
            yield left, right
        start = end


def block_headers(words: str, text: SourceText, tables: Iterable[SentenceTable]) -> Iterator[str]:
    """For every place where the words stand, the lines an author puts into a .trig file."""
    for table in tables:
        for start, end in text.occurrences(words) if text.is_of(table.document) else ():
            sentence = table.at(start)
            where = f"{sentence.section} ¶{sentence.paragraph}" if sentence else "?"
            name = f"c:{start}-{end}"
            yield (
                f"# {where}  (c: is <{table.document.value}/c/>)\n"
                f"{name} {{\n    \n}}\n"
                f"{name} a cg:TextSpan ;\n"
                f'    cg:wordsDigest "{digest(words)}" ;\n'
                f"    cg:assertionMode mode:stated ;\n"
                f'    cg:gist ""@en , ""@zh .'
            )
