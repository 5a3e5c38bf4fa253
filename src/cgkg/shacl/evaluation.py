"""How shapes are evaluated: for all focus nodes at once, each constraint in a few operations.

A shape is given a sorted array of focus nodes and finds its value nodes as two columns. Each
constraint then says in columns where it is broken. What shapes say of others is found bottom-up:
which of some nodes do not conform to a shape is one sorted array, remembered.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cgkg.rdf.terms import IRI, Literal, Subject, Term
from cgkg.shacl.asking import Asker
from cgkg.shacl.changes import NOTHING, DataChange, Touched
from cgkg.shacl.data import EMPTY, Data, Ids, Mask, contains, merge, unique
from cgkg.shacl.paths import Path
from cgkg.shacl.terms import TermFacts


class ValueNodes:
    """The value nodes of some focus nodes: `focus[index[i]]` has `values[i]`, each pair once.

    Attributes:
        focus: the focus nodes, sorted and distinct.
        index: a place in `focus` for each value node, sorted.
        values: the value nodes.
    """

    def __init__(self, focus: Ids, index: Ids, values: Ids) -> None:
        self.focus, self.index, self.values = focus, index, values

    @cached_property
    def distinct(self) -> Ids:
        """The distinct value nodes, sorted."""
        return self.focus if self.values is self.focus else unique(self.values)

    @cached_property
    def places(self) -> Ids:
        """Where in `distinct` each value node stands."""
        return np.searchsorted(self.distinct, self.values)

    @cached_property
    def counts(self) -> Ids:
        """How many value nodes each focus node has."""
        return np.bincount(self.index, minlength=len(self.focus))

    def where(self, bad: Mask) -> Violations:
        """The violations by value nodes, of whose distinct ones the mask says which."""
        if not bad.any():
            return NONE
        rows = np.flatnonzero(bad[self.places])
        return Violations(self.index[rows], self.values[rows])

    def at(self, bad: Mask) -> Violations:
        """The violations by focus nodes, of which the mask says which."""
        return Violations(np.flatnonzero(bad))


@dataclass(frozen=True, slots=True, eq=False)
class Violations:
    """Where a constraint is broken, in columns.

    Attributes:
        index: places in the array of focus nodes.
        values: the value nodes at fault; None if none is.
        told: what single violations say otherwise than the constraint, if they do.
    """

    index: Ids
    values: Ids | None = None
    told: list[Particulars] | None = None


NONE = Violations(EMPTY, EMPTY)


@dataclass(frozen=True, slots=True)
class Particulars:
    """What one violation says for itself; `value` where it is in no column."""

    path: Path | None = None
    value: Term | None = None
    messages: tuple[Literal, ...] = ()


class Constraint(ABC):
    """A constraint of a shape: what it gives one constraint component as parameters.

    Attributes:
        component: the constraint component.
        node: the node of a SPARQL-based constraint.
        shapes: the shapes that it refers to.
    """

    component: IRI
    node: Term | None = None
    shapes: tuple[Subject, ...] = ()

    @abstractmethod
    def find(self, run: Run, values: ValueNodes) -> Violations:
        """Where it is broken."""

    @abstractmethod
    def messages(self) -> tuple[Literal, ...]:
        """What it says where the shape has no message."""

    def touched(self, change: DataChange) -> Touched | None:
        """Of which nodes a change may make it say something else; None if that may be any.

        Left out is what other value nodes do, and value nodes that now conform to one of `shapes`
        or no longer do.
        """
        return None


class ValuesConstraint(Constraint):
    """A constraint that looks at value nodes and at shapes, and at nothing else of the data."""

    def touched(self, change: DataChange) -> Touched | None:
        return NOTHING


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A node shape or, with a path, a property shape.

    `properties` are the property shapes that it has by sh:property.
    """

    node: Subject
    path: Path | None
    severity: IRI
    messages: tuple[Literal, ...]
    deactivated: bool
    constraints: tuple[Constraint, ...]
    properties: tuple[Subject, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Broken:
    """A constraint of a shape, the focus nodes it was checked for, and where it is broken.

    `roots` are the places, among the nodes that validation began with, from which each violation
    was reached.
    """

    shape: Shape
    constraint: Constraint
    focus: Ids
    violations: Violations
    roots: Ids

    def reach(self, reached: Reached) -> Broken:
        """The same for each node from which a focus node is reached."""
        violations = self.violations
        rows, pairs = _join(violations.index, reached[1])
        told = [violations.told[row] for row in rows.tolist()] if violations.told else None
        columns = None if violations.values is None else violations.values[rows]
        again = Violations(violations.index[rows], columns, told)
        return Broken(self.shape, self.constraint, self.focus, again, reached[0][pairs])


Reached = tuple[Ids, Ids]
"""From which node which focus node is reached, both by their places; sorted by the latter."""


def _join(places: Ids, sorted_places: Ids) -> tuple[Ids, Ids]:
    """All rows of the first column and of the second, which is sorted, that have the same value."""
    low = np.searchsorted(sorted_places, places)
    counts = np.searchsorted(sorted_places, places, "right") - low
    rows = np.repeat(np.arange(len(places)), counts)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, np.repeat(low, counts) + offset


class Run:
    """One evaluation of shapes over data.

    Args:
        data: what is validated.
        shapes: all shapes by their nodes.
        asker: asks queries of the data.
    """

    def __init__(self, data: Data, shapes: Mapping[Subject, Shape], asker: Asker) -> None:
        self.data, self.shapes, self.asker = data, shapes, asker
        self.facts = TermFacts(data)
        self._values: dict[tuple[Path | None, int], ValueNodes] = {}
        self._judged: dict[Subject, tuple[Ids, Ids]] = {}
        self._own: dict[tuple[Subject, int], list[Broken]] = {}
        self._kept: list[Ids] = []  # arrays that are known by their place in memory

    def values(self, path: Path | None, focus: Ids) -> ValueNodes:
        """The value nodes; found once for shapes with the same path and focus nodes."""
        key = path, id(focus)
        held = self._values.get(key)
        if held is None:
            pairs = (np.arange(len(focus)), focus) if path is None else self.data.walk(path, focus)
            held = self._values[key] = ValueNodes(focus, *pairs)
            self._kept.append(focus)
        return held

    def broken(self, shape: Shape, focus: Ids, reached: Reached | None = None) -> Iterator[Broken]:
        """What the focus nodes break, and what their values break of property shapes.

        Args:
            shape: the shape.
            focus: nodes, sorted and distinct.
            reached: from where each is reached, if validation did not begin with them: a value node
                of several focus nodes is validated for each of them (SHACL §3.4).
        """
        if shape.deactivated or not len(focus):
            return
        for each in self._broken_by(shape, focus):
            yield each if reached is None else each.reach(reached)
        if not shape.properties:
            return
        values = self.values(shape.path, focus)
        if shape.path is not None:
            reached = _reach_values(values, reached)
        for node in shape.properties:
            yield from self.broken(self.shapes[node], values.distinct, reached)

    def _broken_by(self, shape: Shape, focus: Ids) -> list[Broken]:
        """What the focus nodes break of the shape's own constraints; found once."""
        key = shape.node, id(focus)
        held = self._own.get(key)
        if held is None:
            values = self.values(shape.path, focus)
            by_constraint = ((each, each.find(self, values)) for each in shape.constraints)
            held = [
                Broken(shape, each, focus, what, what.index)
                for each, what in by_constraint
                if len(what.index)
            ]
            self._own[key] = held
        return held

    def failing(self, node: Subject, numbers: Ids) -> Ids:
        """Which of some nodes, sorted and distinct, do not conform to a shape."""
        judged, bad = self._judged.get(node, (EMPTY, EMPTY))
        new = numbers[~contains(judged, numbers)] if len(judged) else numbers
        if len(new):
            more = self._find_failing(self.shapes[node], new)
            judged, bad = merge(judged, new), merge(bad, more)
            self._judged[node] = judged, bad
        return numbers[contains(bad, numbers)]

    def conforming(self, node: Subject, numbers: Ids) -> Mask:
        """For each of some nodes, sorted and distinct, whether it conforms to a shape."""
        return ~contains(self.failing(node, numbers), numbers)

    def _find_failing(self, shape: Shape, focus: Ids) -> Ids:
        if shape.deactivated:
            return EMPTY
        bad = np.zeros(len(focus), np.bool_)
        for each in self._broken_by(shape, focus):
            bad[each.violations.index] = True
        if shape.properties:
            values = self.values(shape.path, focus)
            for node in shape.properties:
                bad[values.where(~self.conforming(node, values.distinct)).index] = True
        return focus[bad]


def _reach_values(values: ValueNodes, reached: Reached | None) -> Reached:
    """From where the distinct value nodes are reached."""
    if reached is None:
        roots, places = values.index, values.places
    else:
        pairs, rows = _join(reached[1], values.index)
        roots, places = reached[0][pairs], values.places[rows]
    order = np.argsort(places, kind="stable")
    return roots[order], places[order]


def references(shape: Shape) -> Iterable[Subject]:
    """The shapes that a shape refers to."""
    yield from shape.properties
    for constraint in shape.constraints:
        yield from constraint.shapes


def reachable(shape: Shape, shapes: Mapping[Subject, Shape]) -> list[Shape]:
    """A shape and all those that it refers to, each once."""
    found = {shape.node: shape}
    waiting = [shape]
    while waiting:
        for node in references(waiting.pop()):
            if node not in found and not shapes[node].deactivated:
                found[node] = shapes[node]
                waiting.append(shapes[node])
    return list(found.values())
