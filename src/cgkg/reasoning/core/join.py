"""Rule bodies over columns: a table of bindings grows atom by atom, whole columns at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np

from cgkg.rdf.terms import IRI
from cgkg.reasoning.core.columns import EMPTY, Ids, Mask, pack, sources, targets, unique
from cgkg.reasoning.core.plans import BoundAtom, BoundDatatype, BoundEdge, BoundMember, JoinStep
from cgkg.reasoning.core.terms import is_literal

Table: TypeAlias = dict[int, Ids]
"""For each variable a column; all columns are equally long, and each row is one binding."""


class FactView(Protocol):
    """Facts a body is matched against."""

    def canonical(self, resource: int) -> int:
        """The id by which these facts speak of a constant."""

    def follow(self, relation: int, starts: Ids) -> tuple[Ids, Ids]:
        """As `columns.expand`: edges that leave the starts."""

    def back(self, relation: int, ends: Ids) -> tuple[Ids, Ids]:
        """As `follow`, against the direction: edges that reach the ends."""

    def linked(self, relation: int, keys: Ids) -> Mask:
        """For each key, whether it is an edge."""

    def within(self, kind: int, items: Ids) -> Mask:
        """For each item, whether it belongs to the class."""

    def edges(self, relation: int) -> Ids:
        """All keys of the property."""

    def members(self, kind: int) -> Ids:
        """All members of the class."""

    def in_datatype(self, datatype: IRI, items: Ids, holds: bool) -> Mask:
        """For each item, whether it is a literal known (not) to lie in the datatype."""


def solve(
    view: FactView, steps: Sequence[JoinStep], table: Table, length: int
) -> tuple[Table, int]:
    """The table extended by all steps, and its number of rows."""
    for step in steps:
        if not length:
            return dict.fromkeys(step.keep | table.keys(), EMPTY), 0
        table, length = _match(view, step.atom, table, length)
        table = {variable: column for variable, column in table.items() if variable in step.keep}
        if step.distinct and length > 1:
            table, length = _distinct(table, length)
    return table, length


def _distinct(table: Table, length: int) -> tuple[Table, int]:
    if len(table) == 1:
        ((variable, column),) = table.items()
        column = unique(column)
        return {variable: column}, len(column)
    (one, left), (other, right) = table.items()
    if is_literal(left).any():  # a key has no room for a literal on the left
        return table, length
    keys = unique(pack(left, right))
    return {one: sources(keys), other: targets(keys)}, len(keys)


def _match(view: FactView, atom: BoundAtom, table: Table, length: int) -> tuple[Table, int]:
    match atom:
        case BoundMember(item, kind):
            column = _column(view, item, table, length)
            if column is not None:
                return _filter(table, view.within(kind, column))
            return _cross(table, length, {item: view.members(kind)})
        case BoundDatatype(item, datatype, holds):
            return _filter(table, view.in_datatype(datatype, table[item], holds))
        case BoundEdge(source, relation, target):
            left = _column(view, source, table, length)
            right = _column(view, target, table, length)
            if left is not None and right is not None:
                return _filter(table, view.linked(relation, pack(left, right)))
            if left is not None:
                index, ends = view.follow(relation, left)
                return {**_rows(table, index), target: ends}, len(index)
            if right is not None:
                index, ends = view.back(relation, right)
                return {**_rows(table, index), source: ends}, len(index)
            return _cross(table, length, edge_table(view.edges(relation), source, target))


def edge_table(keys: Ids, source: int, target: int) -> Table:
    """The bindings that these edges give to the slots that are variables."""
    if source == target >= 0:
        return {source: sources(keys[sources(keys) == targets(keys)])}
    table = {source: sources(keys), target: targets(keys)}
    return {slot: column for slot, column in table.items() if slot >= 0}


def _column(view: FactView, slot: int, table: Table, length: int) -> Ids | None:
    if slot >= 0:
        return table.get(slot)
    return np.full(length, view.canonical(~slot), np.int64)


def _filter(table: Table, mask: Mask) -> tuple[Table, int]:
    return _rows(table, mask), int(mask.sum())


def _rows(table: Table, rows: Ids | Mask) -> Table:
    return {variable: column[rows] for variable, column in table.items()}


def _cross(table: Table, length: int, new: Table) -> tuple[Table, int]:
    """Every row with every row of `new`; only bodies that fall apart need more than one row."""
    added = len(next(iter(new.values())))
    kept = {variable: np.repeat(column, added) for variable, column in table.items()}
    return {**kept, **{v: np.tile(c, length) for v, c in new.items()}}, length * added
