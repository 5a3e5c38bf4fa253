"""What was known at a time in the past, as facts that rule bodies can be matched against."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from cgkg.rdf import IRI
from cgkg.reasoning.columns import EMPTY, Ids, Mask, expand_rows, swap, targets
from cgkg.reasoning.facts import NEVER, History, Literals
from cgkg.reasoning.join import Table
from cgkg.reasoning.plans import BoundAtom, BoundEdge, BoundMember


class Timeline:
    """One column of the history: its distinct values, sorted, with the stamp of each."""

    def __init__(self, values: Ids, stamps: Ids) -> None:
        order = np.lexsort((stamps, values))
        values, stamps = values[order], stamps[order]
        first = np.ones(len(values), np.bool_)
        first[1:] = values[1:] != values[:-1]
        self.values, self.stamps = values[first], stamps[first]

    @cached_property
    def turned(self) -> Timeline:
        """The same edges the other way round."""
        return Timeline(swap(self.values), self.stamps)

    def stamp(self, value: int) -> int:
        """When the value came; `NEVER` if it did not."""
        at = int(np.searchsorted(self.values, value))
        found = at < len(self.values) and self.values[at] == value
        return int(self.stamps[at]) if found else NEVER

    def stamps_of(self, values: Ids) -> Ids:
        """When each value came; `NEVER` where it did not."""
        if not len(self.values):
            return np.full(len(values), NEVER)
        at = np.searchsorted(self.values, values)
        at[at == len(self.values)] = 0
        return np.where(self.values[at] == values, self.stamps[at], NEVER)


def _timeline(runs: list[tuple[int, Ids]]) -> Timeline:
    stamps = np.array([stamp for stamp, _ in runs], np.int64)
    lengths = [len(column) for _, column in runs]
    return Timeline(
        np.concatenate([EMPTY, *(column for _, column in runs)]), np.repeat(stamps, lengths)
    )


class Past:
    """The history as timelines, each made when it is first looked at."""

    def __init__(self, history: History, literals: Literals) -> None:
        self.literals = literals
        self._history = history
        self._edges: dict[int, Timeline] = {}
        self._members: dict[int, Timeline] = {}

    def before(self, stamp: int) -> Before:
        """What was known before a stamp."""
        return Before(self, stamp)

    def edges(self, relation: int) -> Timeline:
        """The edges of a property."""
        if relation not in self._edges:
            self._edges[relation] = _timeline(self._history.edges.get(relation, []))
        return self._edges[relation]

    def members(self, kind: int) -> Timeline:
        """The members of a class."""
        if kind not in self._members:
            self._members[kind] = _timeline(self._history.members.get(kind, []))
        return self._members[kind]

    def stamp(self, source: int, relation: int | None, target: int) -> int:
        """When an edge, or without a relation a membership, was derived; `NEVER` if it was not."""
        if relation is None:
            return self.members(target).stamp(source)
        return self.edges(relation).stamp(source << 32 | target)

    def stamps_of(self, atom: BoundAtom, column: Callable[[int], Ids]) -> Ids | int:
        """The stamps of what the atom is, given the column of each slot; 0 for a datatype."""
        if isinstance(atom, BoundEdge):
            keys = (column(atom.source) << 32) | column(atom.target)
            return self.edges(atom.relation).stamps_of(keys)
        if isinstance(atom, BoundMember):
            return self.members(atom.kind).stamps_of(column(atom.item))
        return 0


class Before:
    """A `View` of what was known before a stamp, exactly as it was derived."""

    def __init__(self, past: Past, stamp: int) -> None:
        self._past = past
        self._stamp = stamp

    def canonical(self, resource: int) -> int:
        """The id itself: the history knows no representatives."""
        return resource

    def follow(self, relation: int, starts: Ids) -> tuple[Ids, Ids]:
        """Edges that leave the starts."""
        return self._expanded(self._past.edges(relation), starts)

    def back(self, relation: int, ends: Ids) -> tuple[Ids, Ids]:
        """Edges that reach the ends."""
        return self._expanded(self._past.edges(relation).turned, ends)

    def linked(self, relation: int, keys: Ids) -> Mask:
        """For each key, whether it is an edge."""
        return self._past.edges(relation).stamps_of(keys) < self._stamp

    def within(self, kind: int, items: Ids) -> Mask:
        """For each item, whether it belongs to the class."""
        return self._past.members(kind).stamps_of(items) < self._stamp

    def edges(self, relation: int) -> Ids:
        """All keys of the property."""
        return self._known(self._past.edges(relation))

    def members(self, kind: int) -> Ids:
        """All members of the class."""
        return self._known(self._past.members(kind))

    def in_datatype(self, datatype: IRI, items: Ids, holds: bool) -> Mask:
        """For each item, whether it is a literal known (not) to lie in the datatype."""
        return self._past.literals.in_datatype(datatype, items, holds)

    def _known(self, timeline: Timeline) -> Ids:
        return timeline.values[timeline.stamps < self._stamp]

    def _expanded(self, timeline: Timeline, starts: Ids) -> tuple[Ids, Ids]:
        index, rows = expand_rows(timeline.values, starts)
        kept = timeline.stamps[rows] < self._stamp
        return index[kept], targets(timeline.values[rows[kept]])


def columns_of(table: Table, length: int) -> Callable[[int], Ids]:
    """What gives the column of a slot: of a variable its own, of a constant the same throughout."""

    def column(slot: int) -> Ids:
        return table[slot] if slot >= 0 else np.full(length, ~slot, np.int64)

    return column
