"""When each fact came to hold: every triple as first derived, and the links of equal individuals.

Stamps: the asserted triples have 0; what round n derives has 2n; what the same round's new
equalities turn an older or a new triple into has 2n + 1. The premises of a conclusion always have
smaller stamps than the conclusion.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable

import numpy as np

from cgkg.rdf.terms import IRI
from cgkg.reasoning.core.columns import Ids, Mask
from cgkg.reasoning.core.facts import Literals
from cgkg.reasoning.core.join import Table
from cgkg.reasoning.core.plans import BoundAtom, BoundEdge, BoundMember
from cgkg.reasoning.core.stamps import StampedColumn, Stamps


class History:
    """Every triple as first derived, by stamp, and the links between equal individuals."""

    def __init__(self, literals: Literals) -> None:
        self.literals = literals
        self.edges: dict[int, StampedColumn] = defaultdict(StampedColumn)
        self.members: dict[int, StampedColumn] = defaultdict(StampedColumn)
        self._links: dict[int, list[tuple[int, int]]] = defaultdict(list)

    def column(self, relation: int | None, kind: int = 0) -> StampedColumn:
        """The edges of a property; without one, the members of a class."""
        if relation is None:
            return self.members.get(kind) or _EMPTY
        return self.edges.get(relation) or _EMPTY

    def record_edges(self, relation: int, stamp: int, keys: Ids) -> None:
        """Keep edges that were derived at this stamp."""
        if len(keys):
            self.edges[relation].record(stamp, keys)

    def record_members(self, kind: int, stamp: int, ids: Ids) -> None:
        """Keep members that were derived at this stamp."""
        if len(ids):
            self.members[kind].record(stamp, ids)

    def record_links(self, stamp: int, pairs: Ids) -> None:
        """Keep the pairs that made individuals the same at this stamp."""
        for key in pairs.tolist():
            one, other = key >> 32, key & 0xFFFFFFFF
            self._links[one].append((other, stamp))
            self._links[other].append((one, stamp))

    def alike(self, resource: int, below: int) -> list[int]:
        """All that were the same as the resource before the stamp, itself first."""
        if not self.links(resource):
            return [resource]
        return list(self._reach(resource, below))

    def path(self, start: int, end: int, below: int) -> list[tuple[int, int, int]]:
        """The links from start to end as `(from, to, stamp)`; empty when there is no path."""
        before = self._reach(start, below)
        steps = []
        here = end
        while here != start and here in before:
            previous, stamp = before[here]
            steps.append((previous, here, stamp))
            here = previous
        return steps[::-1] if here == start else []

    def _reach(self, start: int, below: int) -> dict[int, tuple[int, int]]:
        reached = {start: (start, 0)}
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            for other, stamp in self.links(here):
                if stamp < below and other not in reached:
                    reached[other] = (here, stamp)
                    waiting.append(other)
        return reached

    def links(self, resource: int) -> list[tuple[int, int]]:
        """What the resource was directly made the same as, with stamps."""
        return self._links.get(resource, [])

    def asserted_edges(self, relation: int) -> Ids:
        """The edges that were stated."""
        return self.column(relation).stated()

    def asserted_members(self, kind: int) -> Ids:
        """The members that were stated."""
        return self.column(None, kind).stated()

    # -- by the atoms of rules --------------------------------------------------------------------

    def before(self, stamp: int) -> Before:
        """What was known before a stamp."""
        return Before(self, stamp)

    def stamp(self, source: int, relation: int | None, target: int) -> int:
        """When an edge, or without a relation a membership, was derived; `NEVER` if it was not."""
        if relation is None:
            return self.column(None, target).stamp(source)
        return self.column(relation).stamp(source << 32 | target)

    def stamps_of(self, atom: BoundAtom, column: Callable[[int], Ids]) -> Ids | int:
        """The stamps of what the atom is, given the column of each slot; 0 for a datatype."""
        if isinstance(atom, BoundEdge):
            keys = (column(atom.source) << 32) | column(atom.target)
            return self.column(atom.relation).stamps_of(keys)
        if isinstance(atom, BoundMember):
            return self.column(None, atom.kind).stamps_of(column(atom.item))
        return 0


_EMPTY = StampedColumn()  # never added to


class Before:
    """A `FactView` of what was known before a stamp, exactly as it was derived."""

    def __init__(self, history: History, stamp: int) -> None:
        self._history = history
        self._stamp = stamp

    def canonical(self, resource: int) -> int:
        """The id itself: the history knows no representatives."""
        return resource

    def follow(self, relation: int, starts: Ids) -> tuple[Ids, Ids]:
        """Edges that leave the starts."""
        return self._keep_earlier(self._history.column(relation).expand(starts))

    def back(self, relation: int, ends: Ids) -> tuple[Ids, Ids]:
        """Edges that reach the ends."""
        return self._keep_earlier(self._history.column(relation).expand(ends, turned=True))

    def linked(self, relation: int, keys: Ids) -> Mask:
        """For each key, whether it is an edge."""
        return self._history.column(relation).stamps_of(keys) < self._stamp

    def within(self, kind: int, items: Ids) -> Mask:
        """For each item, whether it belongs to the class."""
        return self._history.column(None, kind).stamps_of(items) < self._stamp

    def edges(self, relation: int) -> Ids:
        """All keys of the property."""
        return self._history.column(relation).before(self._stamp)

    def members(self, kind: int) -> Ids:
        """All members of the class."""
        return self._history.column(None, kind).before(self._stamp)

    def in_datatype(self, datatype: IRI, items: Ids, holds: bool) -> Mask:
        """For each item, whether it is a literal known (not) to lie in the datatype."""
        return self._history.literals.in_datatype(datatype, items, holds)

    def _keep_earlier(self, rows: tuple[Ids, Ids, Stamps]) -> tuple[Ids, Ids]:
        index, ends, stamps = rows
        kept = stamps < self._stamp
        return index[kept], ends[kept]


def columns_of(table: Table, length: int) -> Callable[[int], Ids]:
    """What gives the column of a slot: of a variable its own, of a constant the same throughout."""

    def column(slot: int) -> Ids:
        return table[slot] if slot >= 0 else np.full(length, ~slot, np.int64)

    return column
