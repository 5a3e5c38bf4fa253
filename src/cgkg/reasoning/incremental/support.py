"""Whether triples still follow: one step back by the rules, for many triples at once.

Every triple has a stamp that is greater than those of the premises it was derived from. A triple
for which a rule still has premises with smaller stamps therefore follows, and not by way of itself.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from cgkg.reasoning.core.columns import EMPTY, Ids, Mask, pack
from cgkg.reasoning.core.join import Table, edge_table
from cgkg.reasoning.core.materialise import Materialisation
from cgkg.reasoning.core.plans import (
    BoundAtom,
    BoundDatatype,
    BoundEdge,
    BoundMember,
    BoundRule,
    loosen,
    plan,
    premises_by_value,
    variables,
)
from cgkg.reasoning.core.stamps import NEVER
from cgkg.reasoning.core.terms import LITERAL

_ROW = 1 << 20  # the variable that holds a goal's place; rules do not have so many


class Support:
    """Looks for derivations in what is known of a closure."""

    def __init__(self, closure: Materialisation) -> None:
        self._closure = closure
        self._facts = closure.facts
        self._history = closure.history
        self._rules: dict[tuple[type[BoundAtom], int], list[BoundRule]] = {}
        self._counted = 0
        self._orders: dict[int, tuple[BoundAtom, ...]] = {}

    def edges(self, relation: int, keys: Ids, below: Ids, *, apart: bool = False) -> Mask:
        """For each edge, whether a rule or equality gives it from what has a smaller stamp.

        Args:
            apart: only a rule will do, and no premise may be an edge between the same two.
        """
        ends = (keys >> 32, keys & 0xFFFFFFFF)
        supported = self._by_rules(BoundEdge, relation, ends, below, apart)
        if relation == self._closure.same or apart:  # equality is no reason for itself
            return supported
        for place in self._doubtful(supported, keys >> 32, keys & 0xFFFFFFFF):
            key, stamp = int(keys[place]), int(below[place])
            supported[place] = self._carried(relation, key >> 32, key & 0xFFFFFFFF, stamp)
        return supported

    def members(self, kind: int, ids: Ids, below: Ids, *, apart: bool = False) -> Mask:
        """As `edges`, for members of a class; with `apart` only a rule will do."""
        supported = self._by_rules(BoundMember, kind, (ids,), below)
        for place in () if apart else self._doubtful(supported, ids):
            others = self._history.alike(int(ids[place]), int(below[place]))[1:]
            stamps = self._history.column(None, kind).stamps_of(np.array(others, np.int64))
            supported[place] = (stamps < below[place]).any()
        return supported

    def _doubtful(self, supported: Mask, *ends: Ids) -> list[int]:
        """Where no rule gives it, and something is the same as one of its ends."""
        if not self._facts.merged:
            return []
        places = np.flatnonzero(~supported)
        some = np.zeros(len(places), np.bool_)
        for column in ends:
            some |= self._facts.in_clique(column[places])
        several: list[int] = places[some].tolist()
        return several

    def _carried(self, relation: int, source: int, target: int, below: int) -> bool:
        """Whether the same edge between equal individuals came before."""
        alike = self._history.alike
        targets = alike(target, below) if target < LITERAL else [target]
        keys = [one << 32 | other for one in alike(source, below) for other in targets]
        stamps = self._history.column(relation).stamps_of(np.array(keys[1:], np.int64))
        return bool((stamps < below).any())

    def _by_rules(
        self,
        head: type[BoundAtom],
        name: int,
        ends: tuple[Ids, ...],
        below: Ids,
        apart: bool = False,
    ) -> Mask:
        supported = np.zeros(len(below), np.bool_)
        derived = (below > 0) & (below % 2 == 0)  # rules derive at even stamps only
        for bound in self._concluding(head, name):
            left = np.flatnonzero(~supported & derived)
            if not len(left):
                break
            goals = tuple(end[left] for end in ends)
            matched = self._match_rule(bound, goals, below[left], apart)
            supported[left[matched]] = True
        return supported

    def _concluding(self, head: type[BoundAtom], name: int) -> list[BoundRule]:
        rules = self._closure.rules
        if self._counted != len(rules):
            self._rules, self._counted = defaultdict(list), len(rules)
            for bound in rules:
                one = bound.head
                if isinstance(one, BoundEdge):
                    self._rules[BoundEdge, one.relation].append(bound)
                elif isinstance(one, BoundMember):
                    self._rules[BoundMember, one.kind].append(bound)
        return self._rules.get((head, name), [])

    # -- one rule ---------------------------------------------------------------------------------

    def _match_rule(self, bound: BoundRule, ends: tuple[Ids, ...], below: Ids, apart: bool) -> Ids:
        """The places of the goals that the rule gives, possibly several times."""
        table = self._start(bound.head, ends)
        if not len(table[_ROW]):
            return EMPTY
        if not bound.body:
            return table[_ROW]
        premises, twins = premises_by_value(bound)
        atoms, constants = loosen(premises, self._closure.same, self._facts.alike)
        for atom in self._order(bound, atoms, bool(constants)):
            table = self._match(atom, table, below)
            if not len(table[_ROW]):
                return EMPTY
        kept = np.ones(len(table[_ROW]), np.bool_)
        for atom in premises:
            if isinstance(atom, BoundEdge) and atom.relation == self._closure.same:  # eq-rep-*
                column = np.full(len(kept), ~atom.target)
                kept &= self._same_as(~atom.source, column, below[table[_ROW]])
        for variable, constant in constants.items():
            kept &= self._same_as(constant, table[variable], below[table[_ROW]])
        by_value = self._closure.literals.by_value
        for one, other in twins.items():
            kept &= by_value(table[one]) == by_value(table[other])
        for atom in premises if apart else ():
            if isinstance(atom, BoundEdge):
                kept &= ~_same_pair(atom, table, [end[table[_ROW]] for end in ends])
        return table[_ROW][kept]

    def _start(self, head: BoundAtom, ends: tuple[Ids, ...]) -> Table:
        """The bindings that make the head the goals."""
        assert not isinstance(head, BoundDatatype), "datatypes are never concluded"
        slots = (head.source, head.target) if isinstance(head, BoundEdge) else (head.item,)
        table: Table = {}
        fits = np.ones(len(ends[0]), np.bool_)
        for slot, column in zip(slots, ends, strict=True):
            if slot < 0:
                fits &= column == ~slot
            elif slot in table:
                fits &= column == table[slot]
            else:
                table[slot] = column
        table[_ROW] = np.arange(len(fits))
        return table if fits.all() else {one: column[fits] for one, column in table.items()}

    def _order(
        self, bound: BoundRule, atoms: list[BoundAtom], loosened: bool
    ) -> tuple[BoundAtom, ...]:
        """The atoms in the order in which to match them from the head's bindings."""
        known = self._orders.get(id(bound))
        if known is None or loosened:
            filters = [atom for atom in bound.body if isinstance(atom, BoundDatatype)]
            everything: frozenset[int] = frozenset().union(*map(variables, atoms))
            steps = plan([*atoms, *filters], variables(bound.head), everything)
            known = tuple(step.atom for step in steps)
            if not loosened:
                self._orders[id(bound)] = known
        return known

    def _same_as(self, constant: int, column: Ids, below: Ids) -> Mask:
        """For each id, whether it was the same as the constant before its stamp."""
        same = np.zeros(len(column), np.bool_)
        for stamp in set(below.tolist()):
            alike = np.array(self._history.alike(constant, stamp))
            same |= (below == stamp) & np.isin(column, alike)
        return same

    def _match(self, atom: BoundAtom, table: Table, below: Ids) -> Table:
        """The table extended by an atom that came before each goal's stamp."""
        limit = below[table[_ROW]]

        def column(slot: int) -> Ids | None:
            return table.get(slot) if slot >= 0 else np.full(len(limit), ~slot, np.int64)

        if isinstance(atom, BoundDatatype):
            inside = self._closure.literals.in_datatype
            return _rows(table, inside(atom.datatype, table[atom.item], atom.holds))
        if isinstance(atom, BoundMember):
            item, known = column(atom.item), self._history.column(None, atom.kind)
            if item is not None:
                return _rows(table, known.stamps_of(item) < limit)
            return self._cross(atom, table, below, {atom.item: known.before(int(limit.max()))})
        known = self._history.column(atom.relation)
        left, right = column(atom.source), column(atom.target)
        if left is not None and right is not None:
            return _rows(table, known.stamps_of(pack(left, right)) < limit)
        if left is None and right is None:
            keys = known.before(int(limit.max()))
            return self._cross(atom, table, below, edge_table(keys, atom.source, atom.target))
        starts, free = (left, atom.target) if left is not None else (right, atom.source)
        assert starts is not None
        index, ends, stamps = known.expand(starts, turned=left is None)
        kept = stamps < limit[index]
        return {**_rows(table, index[kept]), free: ends[kept]}

    def _cross(self, atom: BoundAtom, table: Table, below: Ids, new: Table) -> Table:
        """Every row with every row of `new`, where the atom came before the goal."""
        length, added = len(table[_ROW]), len(next(iter(new.values())))
        both = {variable: np.repeat(column, added) for variable, column in table.items()}
        both.update({variable: np.tile(column, length) for variable, column in new.items()})
        return self._match(atom, both, below)


def _same_pair(atom: BoundEdge, table: Table, goal: list[Ids]) -> Mask:
    """For each row, whether the atom is an edge between the ends of the goal."""
    source, target = (
        table[slot] if slot >= 0 else np.full(len(goal[0]), ~slot)
        for slot in (atom.source, atom.target)
    )
    there: Mask = (source == goal[0]) & (target == goal[1])
    back: Mask = (source == goal[1]) & (target == goal[0])
    return there | back


def _rows(table: Table, rows: Ids | Mask) -> Table:
    return {variable: column[rows] for variable, column in table.items()}


def still_known(stamps: Ids) -> Mask:
    """For each stamp, whether it is that of something known that was not stated."""
    return (stamps > 0) & (stamps < NEVER)
