"""What was known at a time in the past, as facts that rule bodies can be matched against."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cgkg.rdf.terms import IRI
from cgkg.reasoning.core.columns import Ids, Mask
from cgkg.reasoning.core.facts import History, Literals
from cgkg.reasoning.core.join import Table
from cgkg.reasoning.core.plans import BoundAtom, BoundEdge, BoundMember
from cgkg.reasoning.core.timeline import Stamps, Timeline


class Past:
    """The history, by the atoms of rules."""

    def __init__(self, history: History, literals: Literals) -> None:
        self.literals = literals
        self._history = history

    def before(self, stamp: int) -> Before:
        """What was known before a stamp."""
        return Before(self, stamp)

    def edges(self, relation: int) -> Timeline:
        """The edges of a property."""
        return self._history.timeline(relation)

    def members(self, kind: int) -> Timeline:
        """The members of a class."""
        return self._history.timeline(None, kind)

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
        return self._kept(self._past.edges(relation).expand(starts))

    def back(self, relation: int, ends: Ids) -> tuple[Ids, Ids]:
        """Edges that reach the ends."""
        return self._kept(self._past.edges(relation).expand(ends, turned=True))

    def linked(self, relation: int, keys: Ids) -> Mask:
        """For each key, whether it is an edge."""
        return self._past.edges(relation).stamps_of(keys) < self._stamp

    def within(self, kind: int, items: Ids) -> Mask:
        """For each item, whether it belongs to the class."""
        return self._past.members(kind).stamps_of(items) < self._stamp

    def edges(self, relation: int) -> Ids:
        """All keys of the property."""
        return self._past.edges(relation).before(self._stamp)

    def members(self, kind: int) -> Ids:
        """All members of the class."""
        return self._past.members(kind).before(self._stamp)

    def in_datatype(self, datatype: IRI, items: Ids, holds: bool) -> Mask:
        """For each item, whether it is a literal known (not) to lie in the datatype."""
        return self._past.literals.in_datatype(datatype, items, holds)

    def _kept(self, found: tuple[Ids, Ids, Stamps]) -> tuple[Ids, Ids]:
        index, ends, stamps = found
        kept = stamps < self._stamp
        return index[kept], ends[kept]


def columns_of(table: Table, length: int) -> Callable[[int], Ids]:
    """What gives the column of a slot: of a variable its own, of a constant the same throughout."""

    def column(slot: int) -> Ids:
        return table[slot] if slot >= 0 else np.full(length, ~slot, np.int64)

    return column
