"""Constraints that refer to other shapes (SHACL §4.6, 4.7): which value nodes conform to them.

sh:property is none of these: the results of property shapes are the shape's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgkg.languages import N_
from cgkg.rdf.terms import IRI, Literal, Subject
from cgkg.rdf.vocab import SH
from cgkg.shacl.data import Ids, Mask
from cgkg.shacl.evaluation import Run, ValueNodes, ValuesConstraint, Violations
from cgkg.shacl.graph import describe
from cgkg.shacl.messages import say
from cgkg.shacl.value_constraints import ValueConstraint


@dataclass(frozen=True, slots=True, eq=False)
class NodeConstraint(ValueConstraint):
    """sh:node: each value conforms to the shape."""

    shapes: tuple[Subject, ...]
    component = SH.NodeConstraintComponent

    def bad(self, run: Run, numbers: Ids) -> Mask:
        return ~run.conforming(self.shapes[0], numbers)

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("it does not conform to {shape}"), shape=describe(self.shapes[0]))


@dataclass(frozen=True, slots=True, eq=False)
class NotConstraint(ValueConstraint):
    """sh:not: no value conforms to the shape."""

    shapes: tuple[Subject, ...]
    component = SH.NotConstraintComponent

    def bad(self, run: Run, numbers: Ids) -> Mask:
        return run.conforming(self.shapes[0], numbers)

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("it conforms to {shape}"), shape=describe(self.shapes[0]))


@dataclass(frozen=True, slots=True, eq=False)
class LogicalConstraint(ValueConstraint):
    """sh:and, sh:or and sh:xone: to how many of some shapes each value conforms."""

    component: IRI
    shapes: tuple[Subject, ...]

    def bad(self, run: Run, numbers: Ids) -> Mask:
        count = np.zeros(len(numbers), np.int64)
        for node in self.shapes:
            count += run.conforming(node, numbers)
        wrong: Mask = count != 1
        if self.component == SH.AndConstraintComponent:
            wrong = count < len(self.shapes)
        elif self.component == SH.OrConstraintComponent:
            wrong = count == 0
        return wrong

    def messages(self) -> tuple[Literal, ...]:
        said = N_("it conforms to none of the shapes, or to several")
        if self.component == SH.OrConstraintComponent:
            said = N_("it conforms to none of the shapes")
        elif self.component == SH.AndConstraintComponent:
            said = N_("it does not conform to all of the shapes")
        return say(said)


@dataclass(frozen=True, slots=True, eq=False)
class QualifiedConstraint(ValuesConstraint):
    """sh:qualifiedMinCount and sh:qualifiedMaxCount: how many values conform to a shape.

    Values that conform to one of the `siblings`, the shapes after the first, do not count.
    """

    component: IRI
    limit: int
    least: bool
    shapes: tuple[Subject, ...]

    def find(self, run: Run, values: ValueNodes) -> Violations:
        shape, *siblings = self.shapes
        counted = run.conforming(shape, values.distinct)
        for sibling in siblings:
            counted &= ~run.conforming(sibling, values.distinct)
        own = values.index[counted[values.places]]
        counts = np.bincount(own, minlength=len(values.focus))
        return values.at(counts < self.limit if self.least else counts > self.limit)

    def messages(self) -> tuple[Literal, ...]:
        said = N_("fewer values than {limit} conform to {shape}")
        if not self.least:
            said = N_("more values than {limit} conform to {shape}")
        return say(said, limit=self.limit, shape=describe(self.shapes[0]))
