"""Contradictions of what excludes each other: individuals, and what classes or properties share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from cgkg.rdf.terms import Triple
from cgkg.reasoning.contradictions.cases import Case, Group
from cgkg.reasoning.contradictions.closure_facts import ClosureFacts
from cgkg.reasoning.core.columns import (
    EMPTY,
    Ids,
    contains,
    groups,
    pack,
    sources,
    targets,
    union,
    unique,
)
from cgkg.reasoning.core.materialise import Changes
from cgkg.reasoning.core.terms import LITERAL, is_literal
from cgkg.reasoning.rules.axioms import DIFFERENT, SAME
from cgkg.reasoning.rules.diagnostics import inconsistency
from cgkg.reasoning.rules.ruleset import Exclusion


class Different:
    """eq-diff1: said to be different, and the same; once for all that are the same."""

    def __init__(self, at: ClosureFacts) -> None:
        self.at = at
        self.relation = at.terms.id(DIFFERENT)

    def everything(self) -> Iterator[Case]:
        """Every edge between equal ends."""
        keys = self.at.facts.edges(self.relation)
        for one in sources(keys[sources(keys) == targets(keys)]).tolist():
            alike = sorted(map(self.at.terms.resource, self.at.facts.alike(one)), key=str)
            first, second = alike[0], alike[min(1, len(alike) - 1)]
            equal = () if first == second else (Triple(first, SAME, second),)
            premises = (Triple(first, DIFFERENT, second), *equal)
            yield Case((), (), inconsistency("eq-diff1", premises, ()))

    def touched(self, changes: Changes) -> Iterator[Group]:
        """All of it, if equality or difference changed."""
        relations = (changes.edges, changes.lost_edges, changes.statements)
        if changes.equality or any(self.relation in one for one in relations):
            yield ()

    def of(self, touched: Iterable[Group]) -> Iterator[Case]:
        """Every edge between equal ends."""
        return self.everything()


class Coinciding:
    """eq-diff2, eq-diff3: individuals of the list that are the same, or one that it has twice."""

    def __init__(self, at: ClosureFacts, exclusion: Exclusion) -> None:
        self.at = at
        self.exclusion = exclusion
        self.ids = np.array([at.terms.id(member) for member in exclusion.members], np.int64)

    def everything(self) -> Iterator[Case]:
        """Every pair of neighbours among those that are the same."""
        resource = self.at.terms.resource
        for _, same in groups(self.at.facts.represent(self.ids), self.ids):
            listed = sorted(map(resource, same.tolist()), key=str)
            for one, other in dict.fromkeys(pairwise(listed)):
                premise = Triple(one, SAME, other)
                what = inconsistency(self.exclusion.name, (premise,), self.exclusion.axioms)
                yield Case((), (), what)

    def touched(self, changes: Changes) -> Iterator[Group]:
        """All of it, if equality changed."""
        if changes.equality:
            yield ()

    def of(self, touched: Iterable[Group]) -> Iterator[Case]:
        """Every pair of neighbours among those that are the same."""
        return self.everything()


class SharedValues:
    """prp-pdw, prp-adp, cax-adc: what two of several properties or classes share.

    Literals are compared by value (dt-eq).
    """

    def __init__(self, at: ClosureFacts, exclusion: Exclusion) -> None:
        self.at = at
        self.exclusion = exclusion
        self.classes = exclusion.kind == "classes"
        self.ids = [at.terms.id(member) for member in exclusion.members]
        self.spoken = at.spoken if self.classes else self._spoken_edge

    def everything(self) -> Iterator[Case]:
        """Every value that several columns hold."""
        if self.classes:
            columns = [self.at.facts.members(one) for one in self.ids]
        else:
            columns = self._comparable([self.at.facts.edges(one) for one in self.ids])
        owners = np.repeat(np.array(self.ids, np.int64), [len(one) for one in columns])
        told = np.concatenate([EMPTY, *columns])
        for value, places in _find_shared(told if self.classes else self._values(told)):
            yield from self._cases(value, owners[places].tolist(), told[places].tolist())

    def _comparable(self, columns: list[Ids]) -> list[Ids]:
        """The edges but those to literals of whatever has literals by one property only.

        So the values of most need not be known.
        """
        literal = [is_literal(targets(keys)) for keys in columns]
        owners = [unique(sources(keys[of])) for keys, of in zip(columns, literal, strict=True)]
        several, counts = np.unique(np.concatenate([EMPTY, *owners]), return_counts=True)
        several = several[counts > 1]
        return [
            keys[~of | contains(several, sources(keys))]
            for keys, of in zip(columns, literal, strict=True)
        ]

    def _values(self, keys: Ids) -> Ids:
        return pack(sources(keys), self.at.closure.literals.by_value(targets(keys)))

    def touched(self, changes: Changes) -> Iterator[Group]:
        """The values that came into one of the columns."""
        came = changes.members if self.classes else changes.edges
        for one in self.ids:
            values = union(came.get(one, []))
            yield from (values if self.classes else self._values(values)).tolist()

    def of(self, touched: Iterable[Group]) -> Iterator[Case]:
        """The values that several columns hold."""
        for value in touched:
            assert isinstance(value, int)
            owners: list[int] = []
            told: list[int] = []
            for one in self.ids:
                holding = self._holding(one, value)
                owners += [one] * len(holding)
                told += holding
            yield from self._cases(value, owners, told)

    def _holding(self, one: int, value: int) -> list[int]:
        """What is in a column and has this value."""
        if self.classes or value & 0xFFFFFFFF < LITERAL:
            return [value] if self.at.holds((~one if self.classes else one, value)) else []
        _, ends = self.at.facts.follow(one, np.array([value >> 32], np.int64))
        keys = value >> 32 << 32 | ends
        held: list[int] = keys[self._values(keys) == value].tolist()
        return held

    def _cases(self, value: int, owners: list[int], told: list[int]) -> Iterator[Case]:
        tell = self.at.member if self.classes else self.at.edge
        forms: dict[int, list[int]] = {}  # what each property holds, in the order of the list
        for place, one in enumerate(owners):
            forms.setdefault(one, []).append(told[place])
        for pair in pairwise(forms) if len(forms) > 1 else self._alone(forms):
            both = self._closest(*(forms[one] for one in pair))
            premises = dict.fromkeys(
                triple
                for owner, one in zip(pair, both, strict=True)
                for triple in tell(owner, self.spoken(one))
            )
            axioms = self.exclusion.axioms
            what = inconsistency(self.exclusion.name, tuple(premises), axioms)
            facts = tuple(
                (~owner if self.classes else owner, one)
                for owner, one in zip(pair, both, strict=True)
            )
            yield Case(value, facts, what)

    def _alone(self, forms: dict[int, list[int]]) -> list[tuple[int, int]]:
        """A property that is disjoint with itself."""
        alone = self.exclusion.name == "prp-pdw" and self.ids[0] == self.ids[1]
        return [(one, one) for one in forms] if alone else []

    def _closest(self, some: list[int], others: list[int]) -> tuple[int, int]:
        """A form that both have, or else the first of each by its text."""
        shared = set(some) & set(others)
        return self._first(shared or some), self._first(shared or others)

    def _first(self, forms: Iterable[int]) -> int:
        return min(forms, key=lambda one: str(self.at.terms.term(one & 0xFFFFFFFF)))

    def _spoken_edge(self, key: int) -> int:
        return self.at.spoken(key >> 32) << 32 | self.at.spoken(key & 0xFFFFFFFF)


def _find_shared(values: Ids) -> Iterator[tuple[int, Ids]]:
    """The values that come several times, each with the places where it stands, ascending."""
    order = np.argsort(values, kind="stable")
    values = values[order]
    again = np.zeros(len(values), np.bool_)
    twice = values[1:] == values[:-1]
    again[1:] |= twice
    again[:-1] |= twice
    yield from groups(values[again], order[again])
