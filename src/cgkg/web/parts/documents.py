"""The documents of a generation as they are read: sentences by section, in pages of one size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, Literal

from werkzeug.exceptions import NotFound

from cgkg.rdf.terms import IRI
from cgkg.web.site import Site

Row = Mapping[str, Any]
Show = Literal["all", "missed", "excused"]
"""Which sentences: all, those with something that nothing accounts for, those that are excused."""
MOST = 90
"""What a page weighs: 1 for a sentence, 1 for each clause of it, 1 for every `_LONG` characters."""
_LONG = 300


@dataclass(frozen=True)
class Section:
    """Sentences of one section that follow each other."""

    number: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class ReadDocument:
    """A document with what is said of each of its sentences.

    Attributes:
        iri: the document.
        rows: its sentences, in the order of the text, as of the report of a build.
        lacking: what no statement mentions, by the number of the sentence.
    """

    iri: IRI
    rows: Sequence[Row]
    lacking: Mapping[int, Sequence[Row]]

    @property
    def name(self) -> str:
        """What it is called in addresses and in the files of its project."""
        return name_of(self.iri.value)

    @cached_property
    def sections(self) -> Mapping[str, Section]:
        """The sections by number, in the order of the text."""
        held: dict[str, list[Row]] = {}
        for row in self.rows:
            held.setdefault(row["section"], []).append(row)
        return {number: Section(number, rows) for number, rows in held.items()}

    @cached_property
    def cited(self) -> int:
        """How many sentences a clause is cited from."""
        return sum(bool(row["graphs"]) for row in self.rows)

    @cached_property
    def clauses(self) -> int:
        """How many clauses are cited."""
        return self.clauses_in(self)

    def clauses_in(self, part: ReadDocument | Section) -> int:
        """How many clauses are cited from a part of it."""
        return len({graph for row in part.rows for graph in row["graphs"]})

    @cached_property
    def reasons(self) -> Mapping[str, int]:
        """How many sentences are excused, by reason."""
        return Counter(row["reason"] for row in self.rows if row["reason"])

    @cached_property
    def kinds(self) -> Mapping[str, int]:
        """How many mentions nothing accounts for, by kind."""
        return Counter(each["kind"] for held in self.lacking.values() for each in held)

    @cached_property
    def unaccounted(self) -> int:
        """How many sentences are neither cited nor excused."""
        return sum(not (row["graphs"] or row["reason"]) for row in self.rows)

    def shown(self, show: Show) -> Sequence[Row]:
        """The sentences that are asked for."""
        if show == "missed":
            return [row for row in self.rows if self.is_missed(row)]
        if show == "excused":
            return [row for row in self.rows if row["reason"]]
        return self.rows

    def is_missed(self, row: Row) -> bool:
        """Whether the sentence, or a mention in it, is not accounted for."""
        return not (row["graphs"] or row["reason"]) or row["sentence"] in self.lacking

    def missed_in(self, section: Section) -> int:
        """How many sentences of a section `is_missed` holds of."""
        return sum(map(self.is_missed, section.rows))

    @cached_property
    def pages(self) -> Sequence[Sequence[Row]]:
        """All sentences, in pages."""
        return pages_of(self.rows)

    def page_with(self, name: str, value: object) -> int:
        """The number of the first page with a sentence that has the value.

        Raises:
            NotFound: none has it.
        """
        for number, rows in enumerate(self.pages, 1):
            if any(row[name] == value for row in rows):
                return number
        raise NotFound(f"{self.name} has no {name} {str(value)[:50]!r}")


def pages_of(rows: Sequence[Row]) -> Sequence[Sequence[Row]]:
    """The sentences in pages of at most `MOST`; a section is cut only where it is longer."""
    pages: list[list[Row]] = [[]]
    weight = 0
    for section in sections_of(rows):
        whole = sum(map(_weight, section.rows))
        if pages[-1] and weight + whole > MOST:
            pages.append([])
            weight = 0
        for row in section.rows:
            if pages[-1] and weight + _weight(row) > MOST:
                pages.append([])
                weight = 0
            pages[-1].append(row)
            weight += _weight(row)
    return pages


def sections_of(rows: Iterable[Row]) -> list[Section]:
    """The sentences by section, as they follow each other."""
    return [Section(of, list(held)) for of, held in groupby(rows, key=lambda row: row["section"])]


def _weight(row: Row) -> int:
    length: int = row["end"] - row["start"]
    return 1 + len(row["graphs"]) + length // _LONG


def documents_of(site: Site) -> Mapping[str, ReadDocument]:
    """The documents of the generation that is served, by name; read when first asked for."""
    return site.kept.once("documents", lambda: _documents(site.generation.coverage))


def name_of(document: str) -> str:
    """The name of a document in its project: the end of its IRI."""
    return document.rsplit("/", 1)[-1]


def _documents(report: Mapping[str, Any]) -> Mapping[str, ReadDocument]:
    rows: dict[str, list[Row]] = {}
    lacking: dict[str, dict[int, list[Row]]] = {}
    for row in report["rows"]:
        rows.setdefault(row["document"], []).append(row)
    for each in report.get("unmentioned", ()):
        lacking.setdefault(each["document"], {}).setdefault(each["sentence"], []).append(each)
    held = (ReadDocument(IRI(iri), part, lacking.get(iri, {})) for iri, part in rows.items())
    return {document.name: document for document in held}
