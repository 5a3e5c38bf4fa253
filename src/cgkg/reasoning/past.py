"""What was known at a time in the past, as facts that rule bodies can be matched against."""

from __future__ import annotations

import numpy as np

from cgkg.rdf import IRI
from cgkg.reasoning.columns import EMPTY, Ids, Mask, contains, expand, pack, swap
from cgkg.reasoning.facts import NEVER, History, Literals
from cgkg.reasoning.join import Table
from cgkg.reasoning.plans import BoundAtom, BoundEdge, BoundMember


class Past:
    """The history, with its columns also turned round, and the stamps of triples."""

    def __init__(self, history: History, literals: Literals) -> None:
        self.history = history
        self.literals = literals
        self._inverse: dict[int, tuple[Ids, Ids]] = {}

    def before(self, stamp: int) -> Before:
        """What was known before a stamp."""
        return Before(self, stamp)

    def inverse(self, keys: Ids) -> Ids:
        """A column of the history turned round, sorted; worked out once."""
        known = self._inverse.get(id(keys))
        if known is None:  # the column is kept with it, so that its id stays its own
            known = self._inverse[id(keys)] = keys, np.sort(swap(keys))
        return known[1]

    def stamp(self, source: int, relation: int | None, target: int) -> int:
        """When an edge, or without a relation a membership, was derived; `NEVER` if it was not."""
        if relation is None:
            runs, value = self.history.members.get(target, ()), source
        else:
            runs, value = self.history.edges.get(relation, ()), source << 32 | target
        for stamp, column in runs:
            at = int(np.searchsorted(column, value))
            if at < len(column) and column[at] == value:
                return stamp
        return NEVER

    def stamps_of(self, atom: BoundAtom, table: Table, length: int) -> Ids:
        """The stamp of what the atom is in each row; 0 for a datatype."""

        def column(slot: int) -> Ids:
            return table[slot] if slot >= 0 else np.full(length, ~slot, np.int64)

        if isinstance(atom, BoundEdge):
            values = pack(column(atom.source), column(atom.target))
            runs = self.history.edges.get(atom.relation, [])
        elif isinstance(atom, BoundMember):
            values, runs = column(atom.item), self.history.members.get(atom.kind, [])
        else:
            return np.zeros(length, np.int64)
        found = np.full(length, NEVER)
        for stamp, keys in reversed(runs):
            found[contains(keys, values)] = stamp
        return found


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
        return _joined([expand(keys, starts) for keys in self._edges(relation)])

    def back(self, relation: int, ends: Ids) -> tuple[Ids, Ids]:
        """Edges that reach the ends."""
        return _joined([expand(self._past.inverse(keys), ends) for keys in self._edges(relation)])

    def linked(self, relation: int, keys: Ids) -> Mask:
        """For each key, whether it is an edge."""
        return _any([contains(run, keys) for run in self._edges(relation)], len(keys))

    def within(self, kind: int, items: Ids) -> Mask:
        """For each item, whether it belongs to the class."""
        return _any([contains(run, items) for run in self._members(kind)], len(items))

    def edges(self, relation: int) -> Ids:
        """All keys of the property, not sorted."""
        return np.concatenate([EMPTY, *self._edges(relation)])

    def members(self, kind: int) -> Ids:
        """All members of the class, not sorted."""
        return np.concatenate([EMPTY, *self._members(kind)])

    def in_datatype(self, datatype: IRI, items: Ids, holds: bool) -> Mask:
        """For each item, whether it is a literal known (not) to lie in the datatype."""
        return self._past.literals.in_datatype(datatype, items, holds)

    def _edges(self, relation: int) -> list[Ids]:
        runs = self._past.history.edges.get(relation, ())
        return [run for stamp, run in runs if stamp < self._stamp]

    def _members(self, kind: int) -> list[Ids]:
        runs = self._past.history.members.get(kind, ())
        return [run for stamp, run in runs if stamp < self._stamp]


def _joined(found: list[tuple[Ids, Ids]]) -> tuple[Ids, Ids]:
    return (
        np.concatenate([EMPTY, *(index for index, _ in found)]),
        np.concatenate([EMPTY, *(values for _, values in found)]),
    )


def _any(masks: list[Mask], length: int) -> Mask:
    holds = np.zeros(length, np.bool_)
    for mask in masks:
        holds |= mask
    return holds
