"""Constraints on all values of a focus node together (SHACL §4.2, 4.4.5, 4.5, 4.8.1, 4.8.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgkg.languages import N_
from cgkg.rdf.terms import IRI, Literal, Term
from cgkg.rdf.vocab import SH
from cgkg.reasoning.core.columns import expand, pack, sources, targets
from cgkg.shacl.changes import DataChange, Touched
from cgkg.shacl.data import EMPTY, Ids, contains, unique
from cgkg.shacl.evaluation import (
    NONE,
    Constraint,
    Particulars,
    Run,
    ValueNodes,
    ValuesConstraint,
    Violations,
)
from cgkg.shacl.graph import describe, shorten
from cgkg.shacl.messages import say


@dataclass(frozen=True, slots=True, eq=False)
class CountConstraint(ValuesConstraint):
    """sh:minCount and sh:maxCount."""

    component: IRI
    limit: int
    least: bool

    def find(self, run: Run, values: ValueNodes) -> Violations:
        counts = values.counts
        return values.at(counts < self.limit if self.least else counts > self.limit)

    def messages(self) -> tuple[Literal, ...]:
        said = N_("fewer values than {limit}")
        if not self.least:
            said = N_("more values than {limit}")
        return say(said, limit=self.limit)


@dataclass(frozen=True, slots=True, eq=False)
class UniqueLangConstraint(ValuesConstraint):
    """sh:uniqueLang: a violation for each language that several values are in."""

    component = SH.UniqueLangConstraintComponent

    def find(self, run: Run, values: ValueNodes) -> Violations:
        codes = run.facts.languages(values.values)
        tagged = np.flatnonzero(codes)
        keys = np.sort(pack(values.index[tagged], codes[tagged]))
        return Violations(sources(unique(keys[1:][keys[1:] == keys[:-1]])))

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("several values in one language"))


@dataclass(frozen=True, slots=True, eq=False)
class HasValueConstraint(ValuesConstraint):
    """sh:hasValue: the term is one of the values."""

    term: Term
    component = SH.HasValueConstraintComponent

    def find(self, run: Run, values: ValueNodes) -> Violations:
        lacking = np.ones(len(values.focus), np.bool_)
        lacking[values.index[values.values == run.data.id(self.term)]] = False
        return values.at(lacking)

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("it lacks the value {value}"), value=describe(self.term))


def _others(run: Run, values: ValueNodes, predicate: IRI) -> tuple[Ids, Ids]:
    """The focus nodes' values of another property, as value nodes are."""
    return expand(run.data.column(predicate), values.focus)


class PairConstraint(Constraint):
    """A constraint that compares the value nodes with the focus node's values of a property."""

    predicate: IRI

    def touched(self, change: DataChange) -> Touched:
        return Touched(change.starts(self.predicate), EMPTY)


@dataclass(frozen=True, slots=True, eq=False)
class EqualsConstraint(PairConstraint):
    """sh:equals: a violation for each value that only one of the two sets has."""

    predicate: IRI
    component = SH.EqualsConstraintComponent

    def find(self, run: Run, values: ValueNodes) -> Violations:
        own, other = pack(values.index, values.values), pack(*_others(run, values, self.predicate))
        keys = np.setxor1d(own, other, assume_unique=True)
        return Violations(sources(keys), targets(keys))

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("it is not a value of both: {property}"), property=shorten(self.predicate))


@dataclass(frozen=True, slots=True, eq=False)
class DisjointConstraint(PairConstraint):
    """sh:disjoint: no value is one of the other property's, too."""

    predicate: IRI
    component = SH.DisjointConstraintComponent

    def find(self, run: Run, values: ValueNodes) -> Violations:
        other = pack(*_others(run, values, self.predicate))
        rows = np.flatnonzero(contains(other, pack(values.index, values.values)))
        return Violations(values.index[rows], values.values[rows])

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("it is a value of {property}, too"), property=shorten(self.predicate))


@dataclass(frozen=True, slots=True, eq=False)
class LessThanConstraint(PairConstraint):
    """sh:lessThan and sh:lessThanOrEquals: a violation for each pair of which it does not hold."""

    component: IRI
    sign: str
    predicate: IRI

    def find(self, run: Run, values: ValueNodes) -> Violations:
        rows, other = expand(run.data.column(self.predicate), values.focus[values.index])
        own = values.values[rows]
        wrong = ~run.facts.compare(own, self.sign, other)
        return Violations(values.index[rows[wrong]], own[wrong])

    def messages(self) -> tuple[Literal, ...]:
        said = N_("it is not less than the value of {property}")
        if self.sign == "<=":
            said = N_("it is greater than the value of {property}")
        return say(said, property=shorten(self.predicate))


@dataclass(frozen=True, slots=True, eq=False)
class ClosedConstraint(Constraint):
    """sh:closed: the value nodes have no properties but those of the shape and those ignored."""

    allowed: frozenset[IRI]
    component = SH.ClosedConstraintComponent

    def find(self, run: Run, values: ValueNodes) -> Violations:
        data = run.data
        allowed = {data.id(predicate) for predicate in self.allowed}
        index: list[Ids] = []
        closed_out: list[Ids] = []
        told: list[Particulars] = []
        for predicate in data.predicates():
            if predicate not in allowed:
                rows, objects = expand(data.column(predicate), values.values)
                path = data.term(predicate)
                assert isinstance(path, IRI)
                told += [Particulars(path)] * len(rows)
                index.append(values.index[rows])
                closed_out.append(objects)
        return Violations(np.concatenate(index), np.concatenate(closed_out), told) if told else NONE

    def touched(self, change: DataChange) -> Touched:
        return Touched(EMPTY, change.subjects(but=self.allowed))

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("the shape is closed and does not have this property"))
