"""Coverage: for every sentence of a document, what the graph says of it or why it says nothing.

A sentence is accounted for when a span in it names a graph, or when it is excused for one of a few
reasons. A mention (a number, a quoted or foreign name) is accounted for when a statement that cites
its sentence holds it: as a value, as a short wording, or in a name of what it is about. One of a
kind that the project adds is also when the statement is about something of that kind.
A clause is accounted for when spans cover at least half of it.

The mention table keeps where mentions stand and what they are; numbers and names are facts. So
coverage can be computed without the document; with it at hand, the table itself is checked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from cgkg.document.marks import CLOSE, DASHES, DOTS, OPEN, QUOTES, narrow
from cgkg.document.numerals import values
from cgkg.document.sentences import Sentence, SentenceTable
from cgkg.document.spans import Span
from cgkg.document.text import SourceText, TextsAtHand
from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI, Literal, Triple, parts
from cgkg.rdf.vocab import RDF, RDFS, SKOS
from cgkg.tables import read_table
from cgkg.validation.mentions import (
    Mention,
    find_mentions,
    read_mentions,
    write_mentions,
)

REASONS = (
    "heading", "connective", "restatement", "overview",
    "front matter", "navigation", "contents", "table head",
)  # fmt: skip
"""For which nothing need be said of a sentence; the last four are about pages, not about words."""
EXCUSES_HEADER = ("sentence", "reason")

NUMBER = re.compile(r"-?\d+(\.\d+)?")
"""A number as a value of the graph is written."""
_MOST_SHOWN = 300  # characters of a sentence
_IN_BRACKETS = re.compile(f"[{OPEN}][^{CLOSE}]*[{CLOSE}]")
# Looked for in text made narrow: the ASCII forms stand for both.
_APART = re.compile(rf"[\s{QUOTES}(){DOTS}.,{DASHES}]+")


@dataclass(frozen=True)
class CoverageRow:
    """A sentence: the graphs that cite it, or the reason why none does."""

    document: IRI
    sentence: Sentence
    graphs: tuple[IRI, ...]
    reason: str = ""
    unmentioned: tuple[Mention, ...] = ()

    @property
    def accounted(self) -> bool:
        """Whether the sentence is cited or excused."""
        return bool(self.graphs or self.reason)


@dataclass(frozen=True)
class Coverage:
    """The rows of all documents, in the order of the text."""

    rows: tuple[CoverageRow, ...]
    mentions: int = 0
    complaints: tuple[str, ...] = field(default=())

    @property
    def whole(self) -> bool:
        """Whether every sentence and every mention is accounted for."""
        return not self.complaints and all(r.accounted and not r.unmentioned for r in self.rows)

    def lines(self, words: TextsAtHand | None = None) -> Iterator[str]:
        """For people: a line per section, then every gap, with its words where they are at hand.

        Of several documents each is named before its sections and in its gaps.
        """
        several = len({row.document for row in self.rows}) > 1
        for document, part in groupby(self.rows, key=lambda row: row.document):
            if several:
                yield f"{_stem(document)}:"
            for section, rows in groupby(part, key=lambda row: row.sentence.section):
                yield _section_line(section, list(rows))
        for row in self.rows:
            place = (
                f"sentence {row.sentence.number} ({row.sentence.section} ¶{row.sentence.paragraph})"
            )
            if several:
                place = f"{_stem(row.document)}: {place}"
            text = words.of(row.document) if words else None
            if not row.accounted:
                yield f"{place}: no graph cites it and nothing excuses it"
                yield from _shown(text, row.sentence.start, row.sentence.end)
            for mention in row.unmentioned:
                where = f"{mention.start}-{mention.end}"
                lacking = f"no statement mentions the {mention.kind} {mention.text}"
                if mention.kind == "clause":  # its words are the document's
                    lacking = "no span covers half of the clause"
                yield f"{place}: {lacking} at {where}"
                if mention.kind == "clause":
                    yield from _shown(text, mention.start, mention.end)
        yield from self.complaints
        done = sum(row.accounted for row in self.rows)
        gaps = sum(len(row.unmentioned) for row in self.rows)
        yield (
            f"{done} of {len(self.rows)} sentences accounted for; "
            f"{self.mentions - gaps} of {self.mentions} clauses, numbers, names and other mentions"
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON; positions, numbers and names only."""
        return {
            "sentences": len(self.rows),
            "accounted": sum(row.accounted for row in self.rows),
            "excused": sum(bool(row.reason) for row in self.rows),
            "reasons": dict(Counter(row.reason for row in self.rows if row.reason)),
            "mentions": self.mentions,
            "unmentioned": [
                {
                    "document": row.document.value,
                    "sentence": m.sentence,
                    "start": m.start,
                    "end": m.end,
                    "kind": m.kind,
                    "text": m.text,
                }
                for row in self.rows
                for m in row.unmentioned
            ],
            "unaccounted": [row.sentence.number for row in self.rows if not row.accounted],
            "complaints": list(self.complaints),
            "rows": [
                {
                    "document": row.document.value,
                    "sentence": row.sentence.number,
                    "section": row.sentence.section,
                    "paragraph": row.sentence.paragraph,
                    "start": row.sentence.start,
                    "end": row.sentence.end,
                    "graphs": [graph.value for graph in row.graphs],
                    "reason": row.reason,
                }
                for row in self.rows
            ],
        }


def _section_line(section: str, rows: list[CoverageRow]) -> str:
    cited = sum(bool(row.graphs) for row in rows)
    spans = len({graph for row in rows for graph in row.graphs})
    reasons = Counter(row.reason for row in rows if row.reason)
    excused = f"{reasons.total()} excused"
    if reasons.keys() - {"heading"}:
        excused += f" ({', '.join(f'{count} {reason}' for reason, count in reasons.items())})"
    return (
        f"{section:<10} {len(rows):>3} sentences, {cited:>3} cited by {spans:>3} spans, {excused}"
    )


def _shown(text: SourceText | None, start: int, end: int) -> Iterator[str]:
    """The words, indented, if they are at hand; the first of many."""
    if text is not None:
        words = text.words(start, end)
        yield f"    {words if len(words) <= _MOST_SHOWN else words[:_MOST_SHOWN] + '…'}"


def _stem(document: IRI) -> str:
    """The name of a document within the project, as its files have it."""
    return document.value.rsplit("/", 1)[1]


def cover(sources: Sources, text: TextsAtHand | None = None) -> Coverage:
    """What the graph says of every sentence of the project's documents.

    Args:
        sources: the project as read.
        text: the documents at hand; then the mention tables are checked against them.

    Raises:
        SourceError: a table of mentions or excuses is malformed.
    """
    rows: list[CoverageRow] = []
    complaints: list[str] = []
    total = 0
    said = _Statements(sources)
    spans: dict[IRI, list[Span]] = {}
    for span in sources.spans:
        if span.iri in sources.graphs:
            spans.setdefault(span.document, []).append(span)
    for document, table in sources.tables.items():
        stem = _stem(document)
        held = text.of(document) if text else None
        folder = sources.project.folder / "data" / "source"
        file = folder / f"{stem}.mentions.csv"
        mentions = read_mentions(file)
        # Without a table, mentions are not asked for; what counts as one fits Chinese texts only.
        if (
            held is not None
            and file.is_file()
            and mentions != tuple(find_mentions(held, table, sources.project.mentions))
        ):
            complaints.append(f"{stem}.mentions.csv is not that of the document; write it anew")
        excuses = read_excuses(folder / f"{stem}.excused.csv")
        total += len(mentions)
        own = list(_rows(table, spans.get(document, ()), said, mentions, excuses))
        cited = {row.sentence.number for row in own if row.graphs}
        if text and document in text.edited:
            path = text.edited[document].path.name
            complaints.append(f"texts/{path} is not the text that is cited; cgkg check says more")
        of = f"{stem}: " if len(sources.tables) > 1 else ""
        complaints += [
            f"{of}sentence {number} is excused although it is cited"
            for number in excuses
            if number in cited
        ]
        rows += own
    return Coverage(tuple(rows), total, tuple(complaints))


def read_excuses(path: Path) -> dict[int, str]:
    """The reasons by sentence; none if there is no such file."""
    found: dict[int, str] = {}
    for row in read_table(path, EXCUSES_HEADER).rows if path.is_file() else ():
        reason = row["reason"].strip()
        if reason not in REASONS:
            raise row.error(f"{reason!r} is no reason", hint=", ".join(REASONS))
        found[row.number("sentence")] = reason
    return found


def _rows(
    table: SentenceTable,
    spans: Sequence[Span],
    said: _Statements,
    mentions: Iterable[Mention],
    excuses: Mapping[int, str],
) -> Iterator[CoverageRow]:
    by_sentence: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_sentence.setdefault(mention.sentence, []).append(mention)
    for sentence in table.sentences:
        citing = [s for s in spans if s.start < sentence.end and sentence.start < s.end]
        reason = "" if citing else excuses.get(sentence.number, "")
        held = said.of(citing)
        missing = (
            m
            for m in by_sentence.get(sentence.number, ())
            if not (_cited(m, citing) if m.kind == "clause" else held.holds(m))
        )
        yield CoverageRow(
            table.document,
            sentence,
            tuple(span.iri for span in citing),
            reason,
            () if reason else tuple(missing),
        )


def _cited(clause: Mention, spans: Iterable[Span]) -> bool:
    """Whether spans together cover at least half of the clause."""
    covered: set[int] = set()
    for span in spans:
        covered.update(range(max(span.start, clause.start), min(span.end, clause.end)))
    return 2 * len(covered) >= clause.end - clause.start


@dataclass(frozen=True)
class _CitedContent:
    """What the statements that cite a sentence hold."""

    numbers: frozenset[Decimal]
    names: str
    kinds: frozenset[str]

    def holds(self, mention: Mention) -> bool:
        if mention.kind == "name":
            return any(_plain(part) in self.names for part in _variants(mention.text))
        if mention.kind == "number" and self.numbers & set(values(mention.text)):
            return True
        return mention.kind in self.kinds or _plain(mention.text) in self.names


class _Statements:
    """Looks up what a set of span graphs says, with the names of all it mentions."""

    def __init__(self, sources: Sources) -> None:
        self._graphs = sources.graphs
        self._names: dict[IRI, list[str]] = {}
        labels = (SKOS.prefLabel, SKOS.altLabel, RDFS.label)
        kinds: dict[IRI, set[str]] = {}
        for triple in (*sources.registry, *sources.concepts):
            s, p, o = parts(triple)
            if isinstance(s, IRI) and p in labels and isinstance(o, Literal):
                self._names.setdefault(s, []).append(o.value)
            elif isinstance(s, IRI) and p == RDF.type and isinstance(o, IRI):
                kinds.setdefault(s, set()).add(o.value)
        classes = {
            name: classes_below(kind.of, sources.ontology)
            for name, kind in sources.project.mentions.items()
            if kind.of
        }
        self._kinds = {
            s: frozenset(name for name, below in classes.items() if names & below)
            for s, names in kinds.items()
        }

    def of(self, spans: Iterable[Span]) -> _CitedContent:
        numbers: set[Decimal] = set()
        names: list[str] = []
        of: set[str] = set()
        for span in spans:
            for triple in self._graphs[span.iri]:
                s, _, o = parts(triple)
                for term in (s, o):
                    if isinstance(term, IRI):
                        names += self._names.get(term, ())
                        of |= self._kinds.get(term, frozenset())
                if isinstance(o, Literal):
                    names.append(o.value)
                    numbers |= _number(o.value)
        return _CitedContent(frozenset(numbers), "|".join(map(_plain, names)), frozenset(of))


def classes_below(root: IRI, ontology: Iterable[Triple]) -> set[str]:
    """The IRIs of a class and of all that the ontology says lie below it."""
    pairs = [(t.subject, t.object) for t in ontology if t.predicate == RDFS.subClassOf]
    below = {root}
    while more := {s for s, o in pairs if o in below and isinstance(s, IRI)} - below:
        below |= more
    return {one.value for one in below}


def _number(text: str) -> set[Decimal]:
    return {Decimal(text)} if NUMBER.fullmatch(text) else set()


def _plain(text: str) -> str:
    return _APART.sub("", narrow(text)).lower()


def _variants(text: str) -> Iterator[str]:
    """A quoted name as a whole, and without what stands in brackets inside it."""
    yield text
    bare = _IN_BRACKETS.sub("", text)
    if bare != text:
        yield bare


__all__ = [
    "EXCUSES_HEADER",
    "NUMBER",
    "REASONS",
    "Coverage",
    "CoverageRow",
    "Mention",
    "classes_below",
    "cover",
    "find_mentions",
    "read_excuses",
    "write_mentions",
]
