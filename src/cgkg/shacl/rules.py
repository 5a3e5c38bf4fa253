"""Rules of shapes (SHACL-AF §8): triples that are added to the data before it is validated.

Rules of one order see the data without what the others of that order add; each order is applied
once, as pySHACL does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import groupby

import numpy as np

from cgkg.rdf.terms import IRI, BlankNode, Literal, Subject, Term, Triple
from cgkg.rdf.vocab import RDF, SH
from cgkg.reasoning.core.columns import contains, expand, pack, sources, targets, unique
from cgkg.shacl.data import Ids, Mask, Pairs, union
from cgkg.shacl.evaluation import Run
from cgkg.shacl.graph import ShapesGraph, describe
from cgkg.shacl.paths import read_path
from cgkg.shacl.prebinding import THIS, BoundQuery
from cgkg.shacl.sparql_constraints import failures, read_query

Expression = Callable[[Run, Ids], Pairs]
"""A node expression: for focus nodes, sorted, the nodes that it gives each, as a path would."""

_PARTS = (SH.subject, SH.predicate, SH.object)
_OF_NODES = (SH.nodes, SH.path, SH.filterShape)


class UnsupportedRuleError(Exception):
    """A rule, or a node expression in one, that is not done here; `kind` names what it says."""

    def __init__(self, kind: IRI) -> None:
        super().__init__(describe(kind))
        self.kind = kind


@dataclass(frozen=True, slots=True, eq=False)
class ShapeRule:
    """A rule of a shape: either three expressions, or a query.

    Attributes:
        shape: whose rule it is; its targets are the focus nodes.
        order: rules with lower ones come first.
        conditions: shapes that a focus node conforms to.
        parts: expressions for subject, predicate and object.
        query: a CONSTRUCT query.
    """

    shape: Subject
    order: Decimal
    conditions: tuple[Subject, ...]
    parts: tuple[Expression, ...] = ()
    query: BoundQuery | None = None

    def infer(self, run: Run, focus: Ids) -> Iterator[Triple]:
        """The triples that it gives for the focus nodes.

        Raises:
            ShapesError: its query fails.
        """
        for node in self.conditions:
            focus = focus[run.conforming(node, focus)]
        if self.query is not None:
            rows = {THIS: run.data.terms.decode(focus)}
            with failures(self.shape):
                yield from run.asker.construct(self.query, rows)
            return
        first, second, third = (part(run, focus) for part in self.parts)
        rows_of = _joined(_joined((first[0], first[1][:, None]), second), third)
        term = run.data.term
        for subject, predicate, value in rows_of[1].tolist():
            one, verb, other = term(subject), term(predicate), term(value)
            if isinstance(one, IRI | BlankNode) and isinstance(verb, IRI):
                yield Triple(one, verb, other)


def _joined(left: Pairs, right: Pairs) -> Pairs:
    """Each row of the left with each value of the right that is of the same focus node."""
    low = np.searchsorted(right[0], left[0])
    counts = np.searchsorted(right[0], left[0], "right") - low
    rows = np.repeat(np.arange(len(left[0])), counts)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    values = right[1][np.repeat(low, counts) + offset]
    return left[0][rows], np.column_stack((left[1][rows], values))


def read_rules(graph: ShapesGraph) -> Iterator[ShapeRule]:
    """The rules of all shapes, in their order.

    Raises:
        ShapesError: a rule is ill-formed.
        UnsupportedRuleError: one is of a kind that is not done here.
    """
    rules = []
    for shape in dict.fromkeys(graph.sayers(SH.rule)):
        for node in graph.values(shape, SH.rule):
            if not (graph.flag(node, SH.deactivated) or graph.flag(shape, SH.deactivated)):
                rules.append(_read(graph, shape, node))
    return iter(sorted(rules, key=lambda rule: rule.order))


def _read(graph: ShapesGraph, shape: Subject, node: Term) -> ShapeRule:
    conditions = tuple(
        each for each in graph.values(node, SH.condition) if isinstance(each, IRI | BlankNode)
    )
    order = _order(graph, node)
    if SH.construct in graph.said(node):
        query = read_query(graph, node, SH.construct, varying=(THIS,), constant=(), path=None)
        return ShapeRule(shape, order, conditions, query=query)
    if SH.subject not in graph.said(node):
        raise UnsupportedRuleError(SH.rule)
    parts = []
    for predicate in _PARTS:
        value = graph.value(node, predicate)
        if value is None:
            raise graph.error(f"a rule has {describe(predicate)}", shape, SH.rule)
        parts.append(_expression(graph, shape, value))
    return ShapeRule(shape, order, conditions, tuple(parts))


def _order(graph: ShapesGraph, node: Term) -> Decimal:
    value = graph.value(node, SH.order)
    try:
        return Decimal(value.value) if isinstance(value, Literal) else Decimal(0)
    except InvalidOperation:
        raise graph.error(f"sh:order is a number, not {value}", node, SH.order) from None


def _expression(graph: ShapesGraph, shape: Subject, node: Term) -> Expression:
    """A node expression (SHACL-AF §6)."""
    if node == SH.this:
        return _itself
    if not isinstance(node, BlankNode):
        return lambda run, focus: (
            np.arange(len(focus)),
            np.full(len(focus), run.data.id(node)),
        )
    start: Expression = _itself
    nodes, way, filtering = (graph.value(node, each) for each in _OF_NODES)
    if nodes is not None:
        start = _expression(graph, shape, nodes)
    if way is not None:
        path = read_path(graph, way, shape)
        return _then(start, lambda run, nodes: run.data.walk(path, nodes))
    if isinstance(filtering, IRI | BlankNode):
        return _then(start, lambda run, nodes: _keep(nodes, run.conforming(filtering, nodes)))
    for verb in (SH.union, SH.intersection):
        head = graph.value(node, verb)
        if head is not None:
            members = graph.list_of(head, shape)
            parts = [_expression(graph, shape, each) for each in members]
            return _combined(parts, together=verb == SH.union)
    raise UnsupportedRuleError(
        next((verb for verb in graph.said(node) if verb != RDF.type), SH.rule)
    )


def _itself(run: Run, focus: Ids) -> Pairs:
    return np.arange(len(focus)), focus


def _keep(nodes: Ids, kept: Mask) -> Pairs:
    places = np.flatnonzero(kept)
    return places, nodes[places]


def _then(first: Expression, second: Expression) -> Expression:
    def evaluate(run: Run, focus: Ids) -> Pairs:
        index, values = first(run, focus)
        nodes = unique(values)
        places, ends = second(run, nodes)
        rows, steps = expand(pack(places, ends), np.searchsorted(nodes, values))
        keys = unique(pack(index[rows], steps))
        return sources(keys), targets(keys)

    return evaluate


def _combined(parts: Iterable[Expression], *, together: bool) -> Expression:
    def evaluate(run: Run, focus: Ids) -> Pairs:
        columns = [unique(pack(*part(run, focus))) for part in parts]
        keys = columns[0]
        for column in columns[1:]:
            keys = union([keys, column]) if together else keys[contains(column, keys)]
        return sources(keys), targets(keys)

    return evaluate


def by_order(rules: Iterable[ShapeRule]) -> Iterator[list[ShapeRule]]:
    """The rules of each order, the lowest first."""
    for _, group in groupby(rules, key=lambda rule: rule.order):
        yield list(group)
