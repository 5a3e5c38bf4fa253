"""What of the data is looked at to judge some nodes by a shape: fetched step by step, no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from cgkg.rdf.terms import IRI, Literal, Quad, Subject, Term, parts
from cgkg.rdf.vocab import RDF
from cgkg.shacl.evaluation import Constraint, Shape
from cgkg.shacl.paths import Path, PathAlternatives, PathInverse, PathRepetition, PathSeries
from cgkg.shacl.set_constraints import ClosedConstraint, PairConstraint
from cgkg.shacl.value_constraints import ClassConstraint
from cgkg.store.reader import QuadPattern

_TOGETHER = 1000  # patterns of a request


class Source(Protocol):
    """Gives what is asked of the statements without blank nodes; each call is a request or few."""

    def quads(self, patterns: Sequence[QuadPattern]) -> list[Quad]:
        """Those that match one of some patterns without literals."""

    def said(self, predicates: Iterable[IRI]) -> list[Quad]:
        """Those with some predicates."""


class Neighbourhood:
    """The part of the data that has been fetched.

    Attributes:
        fetched: its quads, each once.
    """

    def __init__(self, source: Source, shapes: Mapping[Subject, Shape]) -> None:
        """Fetch nothing yet.

        Args:
            source: asked for what is missing.
            shapes: all shapes by their nodes.
        """
        self._source, self._shapes = source, shapes
        self.fetched: dict[Quad, None] = {}
        self._values: dict[tuple[IRI, Term], set[Term]] = defaultdict(set)
        self._sayers: dict[tuple[IRI, Term], set[Term]] = defaultdict(set)
        self._whole: set[IRI] = set()
        self._asked: set[QuadPattern] = set()
        self._judged: dict[Subject, set[Term]] = defaultdict(set)

    def add(self, quads: Iterable[Quad], whole: Iterable[IRI] = ()) -> None:
        """Add statements that were fetched otherwise.

        Args:
            quads: the statements.
            whole: the predicates of which these are all.
        """
        self._whole |= set(whole)
        for quad in quads:
            if quad not in self.fetched:
                self.fetched[quad] = None
                subject, predicate, value = parts(quad)
                self._values[predicate, subject].add(value)
                self._sayers[predicate, value].add(subject)

    def fetch(self, shape: Shape, nodes: set[Term]) -> None:
        """Fetch whatever validating the nodes by the shape looks at."""
        new = nodes - self._judged[shape.node]
        if shape.deactivated or not new:
            return
        self._judged[shape.node] |= new
        self._follow(shape, new)

    def fetch_part(self, shape: Shape, nodes: set[Term]) -> None:
        """The same for a shape without some of its constraints."""
        self._follow(shape, nodes)

    def _follow(self, shape: Shape, nodes: set[Term]) -> None:
        values = nodes if shape.path is None else self.walk(shape.path, nodes)
        for constraint in shape.constraints:
            self._look(constraint, nodes, values)
            for each in constraint.shapes:
                self.fetch(self._shapes[each], values)
        for each in shape.properties:
            self.fetch(self._shapes[each], values)

    def _look(self, constraint: Constraint, nodes: set[Term], values: set[Term]) -> None:
        """What a constraint looks at beside the values and other shapes."""
        if isinstance(constraint, ClassConstraint):
            self._step(RDF.type, values)
        elif isinstance(constraint, PairConstraint):
            self._step(constraint.predicate, nodes)
        elif isinstance(constraint, ClosedConstraint):
            self._ask(QuadPattern(s=node) for node in values if isinstance(node, IRI))

    def walk(self, path: Path, nodes: set[Term], *, backward: bool = False) -> set[Term]:
        """Where a path leads from some nodes."""
        match path:
            case PathInverse(inner):
                return self.walk(inner, nodes, backward=not backward)
            case PathAlternatives(choices):
                return set().union(*(self.walk(c, nodes, backward=backward) for c in choices))
            case PathSeries(steps):
                for step in reversed(steps) if backward else steps:
                    nodes = self.walk(step, nodes, backward=backward)
                return nodes
            case PathRepetition(inner, sign):
                found = set(nodes)
                new = nodes
                while new:
                    new = self.walk(inner, new, backward=backward) - found
                    found |= new
                    if sign == "?":
                        break
                return found
        return self._back(path, nodes) if backward else self._step(path, nodes)

    def _step(self, predicate: IRI, nodes: set[Term]) -> set[Term]:
        if predicate not in self._whole:
            self._ask(QuadPattern(s=each, p=predicate) for each in nodes if isinstance(each, IRI))
        found = (self._values.get((predicate, node), ()) for node in nodes)
        return {value for values in found for value in values}

    def _back(self, predicate: IRI, nodes: set[Term]) -> set[Term]:
        if predicate not in self._whole and any(isinstance(each, Literal) for each in nodes):
            # By a literal an engine may find others of the same value.
            self.add(self._source.said([predicate]), [predicate])
        if predicate not in self._whole:
            self._ask(QuadPattern(p=predicate, o=each) for each in nodes if isinstance(each, IRI))
        found = (self._sayers.get((predicate, node), ()) for node in nodes)
        return {node for nodes_of in found for node in nodes_of}

    def _ask(self, patterns: Iterable[QuadPattern]) -> None:
        """Ask for what matches, but for what was asked for before."""
        new = sorted({each for each in patterns if not self._is_known(each)}, key=_order)
        self._asked.update(new)
        for start in range(0, len(new), _TOGETHER):
            self.add(self._source.quads(new[start : start + _TOGETHER]))

    def _is_known(self, pattern: QuadPattern) -> bool:
        every = pattern.s is not None and QuadPattern(pattern.s) in self._asked
        return every or pattern in self._asked


def _order(pattern: QuadPattern) -> tuple[str, ...]:
    return tuple(map(str, pattern))
