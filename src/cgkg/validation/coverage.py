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

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress, groupby
from operator import is_, is_not
from pathlib import Path
from typing import Any

from cgkg.document.sentences import Sentence, SentenceTable
from cgkg.document.spans import Span
from cgkg.document.text import SourceText, TextsAtHand
from cgkg.project.folder import Project
from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI, Triple
from cgkg.store.files import as_json
from cgkg.tables import read_table
from cgkg.validation.cited import NUMBER, CitedStatements, classes_below
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

Keep = Callable[[Path, object, Callable[[], Any]], Any]
"""As `KeptFiles.make`."""
_MOST_SHOWN = 300  # characters of a sentence


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

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "document": self.document.value,
            "sentence": self.sentence.number,
            "section": self.sentence.section,
            "paragraph": self.sentence.paragraph,
            "start": self.sentence.start,
            "end": self.sentence.end,
            "graphs": [graph.value for graph in self.graphs],
            "reason": self.reason,
        }


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

    def as_dict(self, rows: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """For JSON; positions, numbers and names only. `rows` if they are at hand already."""
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
            "rows": [row.as_dict() for row in self.rows] if rows is None else rows,
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
    return KeptCoverage().cover(sources, text)


class KeptCoverage:
    """Coverage of a project that changes; sentences of which nothing else is said are kept.

    Args:
        keep: gives what was read from a file before, if the file did not change.
    """

    def __init__(self, keep: Keep = lambda path, kind, of: of()) -> None:
        self._keep = keep
        self._said: CitedStatements | None = None
        self._frame: tuple[object, ...] = ()
        self._documents: dict[IRI, _DocumentCoverage] = {}
        self._spans: dict[IRI, list[Span]] = {}  # that name a graph, by document
        self._before: Sources | None = None

    def read_tables(self, project: Project) -> None:
        """Read the tables of mentions and excuses, so that `cover` has no error of theirs.

        Raises:
            SourceError: one is malformed.
        """
        for path in project.sentence_tables:
            self._tables(project, IRI(project.document(path)))

    def cover(self, sources: Sources, text: TextsAtHand | None = None) -> Coverage:
        """As the function `cover`."""
        frame = (sources.registry, sources.concepts, sources.vocabulary, sources.project.mentions)
        if not self._said or any(a is not b for a, b in zip(frame, self._frame, strict=True)):
            self._said, self._frame, self._documents = CitedStatements(sources), frame, {}
        complaints: list[str] = []
        touched = self._touched(sources)
        if touched is None:
            self._spans = _by_document(sources)
        covered: dict[IRI, _DocumentCoverage] = {}
        for document, table in sources.tables.items():
            mentions, excuses = self._tables(sources.project, document)
            held = self._documents.get(document)
            same = touched is not None and document not in touched
            if held is None or not held.fits(table, mentions, excuses):
                held, same = _DocumentCoverage(table, mentions, excuses), False
            if not same:
                held.update(self._spans.get(document, ()), sources, self._said)
            covered[document] = held
            complaints += _check_document(sources, document, table, held, text)
        self._documents, self._before = covered, sources
        return Coverage(
            tuple(row for each in covered.values() for row in each.rows),
            sum(len(each.mentions) for each in covered.values()),
            tuple(complaints),
        )

    def _touched(self, sources: Sources) -> set[IRI] | None:
        """The documents of graphs that say something else than before; None if there are other
        spans or graphs."""
        before, now = self._before, sources.graphs
        if before is None or before.spans is not sources.spans or len(before.graphs) != len(now):
            return None
        changed = list(compress(now, map(is_not, map(before.graphs.get, now), now.values())))
        if any(name not in before.graphs for name in changed):
            return None
        return {span.document for name in changed if (span := Span.parse(name))}

    def encode(self, coverage: Coverage) -> bytes:
        """The coverage that was made last as a build writes it: `Coverage.as_dict` in JSON."""
        rows = b", ".join(filter(None, (each.encoded() for each in self._documents.values())))
        others = as_json(coverage.as_dict([]), indented=False)
        # No string of it can have this: in those a quotation mark has a backslash before it.
        return others.replace(b'"rows": []', b'"rows": [%s]' % rows, 1)

    def _tables(
        self, project: Project, document: IRI
    ) -> tuple[tuple[Mention, ...], Mapping[int, str]]:
        folder, stem = project.folder / "data" / "source", _stem(document)
        mentions, excuses = (folder / f"{stem}.{kind}.csv" for kind in ("mentions", "excused"))
        return (
            self._keep(mentions, "mentions", lambda: read_mentions(mentions)),
            self._keep(excuses, "excuses", lambda: read_excuses(excuses)),
        )


class _DocumentCoverage:
    """The rows of one document, each kept while the statements that cite its sentence stay."""

    def __init__(
        self, table: SentenceTable, mentions: tuple[Mention, ...], excuses: Mapping[int, str]
    ) -> None:
        self.table, self.mentions, self.excuses = table, mentions, excuses
        self.rows: list[CoverageRow] = []
        self._cited_by: list[tuple[Span, ...]] = []
        self._stated: list[tuple[tuple[Triple, ...], ...]] = []
        self._encoded: bytes | None = None
        self._by_sentence: dict[int, list[Mention]] = {}
        self._spans: Sequence[Span] | None = None
        self._everything: tuple[tuple[Triple, ...], ...] = ()
        for mention in mentions:
            self._by_sentence.setdefault(mention.sentence, []).append(mention)

    def fits(
        self, table: SentenceTable, mentions: tuple[Mention, ...], excuses: Mapping[int, str]
    ) -> bool:
        """Whether it is made from these tables."""
        return (table, mentions, excuses) == (self.table, self.mentions, self.excuses)

    def update(self, spans: Sequence[Span], sources: Sources, said: CitedStatements) -> None:
        """Make anew the rows of which something else is said."""
        everything = tuple(sources.graphs[span.iri] for span in spans)
        if _are_same(everything, self._everything) and spans == self._spans:
            return
        self._everything = everything
        if spans != self._spans:
            self._spans = spans
            self._cited_by = list(_citing(self.table, spans))
        rows, stated = self.rows, self._stated
        self.rows, self._stated, self._encoded = [], [], None
        for place, sentence in enumerate(self.table.sentences):
            citing = self._cited_by[place]
            now = tuple(sources.graphs[span.iri] for span in citing)
            same = place < len(rows) and _are_same(now, stated[place])
            if same and rows[place].graphs == tuple(span.iri for span in citing):
                row = rows[place]
            else:
                row = self._row(sentence, citing, now, said)
            self.rows.append(row)
            self._stated.append(now)

    def encoded(self) -> bytes:
        """The rows in JSON, with commas between them."""
        if self._encoded is None:
            rows = [row.as_dict() for row in self.rows]
            self._encoded = json.dumps(rows, ensure_ascii=False, sort_keys=True)[1:-1].encode()
        return self._encoded

    def _row(
        self,
        sentence: Sentence,
        citing: tuple[Span, ...],
        stated: Iterable[tuple[Triple, ...]],
        said: CitedStatements,
    ) -> CoverageRow:
        reason = "" if citing else self.excuses.get(sentence.number, "")
        held = said.of(stated)
        missing = (
            m
            for m in self._by_sentence.get(sentence.number, ())
            if not (_cited(m, citing) if m.kind == "clause" else held.holds(m))
        )
        return CoverageRow(
            self.table.document,
            sentence,
            tuple(span.iri for span in citing),
            reason,
            () if reason else tuple(missing),
        )


def _by_document(sources: Sources) -> dict[IRI, list[Span]]:
    spans: dict[IRI, list[Span]] = {}
    for span in sources.spans:
        if span.iri in sources.graphs:
            spans.setdefault(span.document, []).append(span)
    return spans


def _are_same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return len(one) == len(other) and all(map(is_, one, other))


def _citing(table: SentenceTable, spans: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """For each sentence the spans that reach into it, in their order."""
    longest = max((span.end - span.start for span in spans), default=0)
    starts = [span.start for span in spans]
    for sentence in table.sentences:
        first = bisect_left(starts, sentence.start - longest)
        last = bisect_left(starts, sentence.end)
        yield tuple(span for span in spans[first:last] if sentence.start < span.end)


def _check_document(
    sources: Sources,
    document: IRI,
    table: SentenceTable,
    held: _DocumentCoverage,
    text: TextsAtHand | None,
) -> Iterator[str]:
    """What is wrong with the tables of a document."""
    stem = _stem(document)
    words = text.of(document) if text else None
    file = sources.project.folder / "data" / "source" / f"{stem}.mentions.csv"
    # Without a table, mentions are not asked for; what counts as one fits Chinese texts only.
    if (
        words is not None
        and file.is_file()
        and held.mentions != tuple(find_mentions(words, table, sources.project.mentions))
    ):
        yield f"{stem}.mentions.csv is not that of the document; write it anew"
    if text and document in text.edited:
        path = text.edited[document].path.name
        yield f"texts/{path} is not the text that is cited; cgkg check says more"
    of = f"{stem}: " if len(sources.tables) > 1 else ""
    cited = {row.sentence.number for row in held.rows if row.graphs}
    for number in held.excuses:
        if number in cited:
            yield f"{of}sentence {number} is excused although it is cited"


def read_excuses(path: Path) -> dict[int, str]:
    """The reasons by sentence; none if there is no such file."""
    reasons: dict[int, str] = {}
    for row in read_table(path, EXCUSES_HEADER).rows if path.is_file() else ():
        reason = row["reason"].strip()
        if reason not in REASONS:
            raise row.error(f"{reason!r} is no reason", hint=", ".join(REASONS))
        reasons[row.number("sentence")] = reason
    return reasons


def _cited(clause: Mention, spans: Iterable[Span]) -> bool:
    """Whether spans together cover at least half of the clause."""
    covered: set[int] = set()
    for span in spans:
        covered.update(range(max(span.start, clause.start), min(span.end, clause.end)))
    return 2 * len(covered) >= clause.end - clause.start


__all__ = [
    "EXCUSES_HEADER",
    "NUMBER",
    "REASONS",
    "Coverage",
    "CoverageRow",
    "KeptCoverage",
    "Mention",
    "classes_below",
    "cover",
    "find_mentions",
    "read_excuses",
    "write_mentions",
]
