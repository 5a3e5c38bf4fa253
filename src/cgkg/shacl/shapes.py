"""Shapes read from a shapes graph, once: what each demands, and of which nodes.

Everything in the graph that is a shape is read, whether it is used or not, so that what is wrong
with one is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from cgkg.rdf.terms import IRI, BlankNode, Subject, Term, Triple
from cgkg.rdf.vocab import RDF, SH
from cgkg.shacl.components import AskConstraint, read_components
from cgkg.shacl.evaluation import Constraint, Shape, references
from cgkg.shacl.graph import ShapesGraph, describe, shorten
from cgkg.shacl.messages import read_messages
from cgkg.shacl.parameters import OF_PROPERTIES, OTHERS, READERS
from cgkg.shacl.paths import read_path
from cgkg.shacl.prebinding import BoundQuery
from cgkg.shacl.rules import ShapeRule, UnsupportedRuleError, read_rules
from cgkg.shacl.sparql_constraints import SparqlConstraint, read_sparql
from cgkg.shacl.targets import PREDICATES, Target, read_targets

_OF_LISTS = (SH.and_, SH.or_, SH.xone)
_OF_SHAPES = (SH.condition, SH.filterShape, SH.node, SH.not_, SH.property, SH.qualifiedValueShape)
# What only pySHACL does, and what nobody does (SHACL-AF, SHACL-JS).
_ADVANCED = (SH.expression,)
_NEVER = (SH.js, SH.jsFunctionName)


@dataclass(frozen=True, slots=True)
class Shapes:
    """All shapes of a graph by their nodes, and the targets of those that have any.

    `rules` are applied to the data before; `advanced` names what the shapes use that cgkg does not
    do and pySHACL does.
    """

    graph: ShapesGraph
    by_node: Mapping[Subject, Shape]
    targets: Mapping[Subject, tuple[Target, ...]]
    rules: tuple[ShapeRule, ...] = ()
    advanced: tuple[IRI, ...] = ()

    def queries(self) -> Iterator[BoundQuery]:
        """The queries of all constraints and targets."""
        for shape in self.by_node.values():
            for each in shape.constraints:
                if isinstance(each, SparqlConstraint | AskConstraint):
                    yield each.query
        yield from (each.query for each in self.rules if each.query is not None)
        for targets in self.targets.values():
            yield from (each.query for each in targets if each.query is not None)


def read_shapes(triples: Iterable[Triple]) -> Shapes:
    """The shapes of a shapes graph.

    Raises:
        ShapesError: a shape is ill-formed, refers to itself, or asks for what is not supported.
    """
    graph = ShapesGraph.of(triples)
    for node, regime in _entailments(graph):
        if regime == SH.Rules:
            continue
        what = f"the entailment regime {describe(regime)} is not supported"
        raise graph.error(what, node, SH.entailment)
    components = tuple(read_components(graph))
    nodes = list(_find_nodes(graph, {each for one in components for each in one.required}))
    shapes: dict[Subject, Shape] = {}
    targets: dict[Subject, tuple[Target, ...]] = {}
    for node in nodes:
        shape = _read(graph, node)
        more = [each for one in components for each in one.read(shape)]
        shapes[node] = _with(shape, more)
        own = tuple(dict.fromkeys(read_targets(graph, node)))
        if own and not shape.deactivated:
            targets[node] = own
    _refuse_recursion(graph, shapes)
    advanced = list(_advanced(graph))
    rules: tuple[ShapeRule, ...] = ()
    try:
        rules = tuple(read_rules(graph))
    except UnsupportedRuleError as error:
        advanced.append(error.kind)
    return Shapes(graph, shapes, targets, rules, tuple(advanced))


def _advanced(graph: ShapesGraph) -> Iterator[IRI]:
    """What is beyond SHACL Core, SHACL-SPARQL and targets in SPARQL.

    Raises:
        ShapesError: it is what no engine here does.
    """
    for predicate in _NEVER:
        for node in graph.sayers(predicate):
            what = f"{shorten(predicate)}: constraints in JavaScript are not supported"
            raise graph.error(what, node, predicate)
    yield from (predicate for predicate in _ADVANCED if graph.sayers(predicate))
    if any(graph.instances(SH.SPARQLFunction)):
        yield SH.SPARQLFunction


def _entailments(graph: ShapesGraph) -> Iterator[tuple[Subject, Term]]:
    for node in graph.sayers(SH.entailment):
        for regime in graph.values(node, SH.entailment):
            yield node, regime


def _find_nodes(graph: ShapesGraph, parameters: Iterable[IRI]) -> Iterator[Subject]:
    """Everything that is a shape, in the order of the graph (SHACL §2.1)."""
    telling = {
        *PREDICATES,
        SH.target,
        SH.rule,
        *READERS,
        *OTHERS,
        SH.property,
        SH.sparql,
        *parameters,
    }
    kinds = {*graph.instances(SH.NodeShape), *graph.instances(SH.PropertyShape)}
    expected: set[Term] = set()
    for predicate in _OF_SHAPES:
        for node in graph.sayers(predicate):
            expected.update(graph.values(node, predicate))
    for predicate in _OF_LISTS:
        for node in graph.sayers(predicate):
            for head in graph.values(node, predicate):
                expected.update(graph.list_of(head, node))
    nodes: dict[Subject, None] = {}
    for node in graph.subjects():
        if node in kinds or node in expected or not telling.isdisjoint(graph.said(node)):
            nodes[node] = None
    for value in expected:
        if isinstance(value, IRI | BlankNode):
            nodes.setdefault(value)
    return iter(nodes)


def _read(graph: ShapesGraph, node: Subject) -> Shape:
    said = graph.said(node)
    path = graph.value(node, SH.path)
    if path is None:
        if SH.PropertyShape in graph.values(node, RDF.type):
            raise graph.error("a property shape has one sh:path", node)
        if any(verb == SH.property for _, verb in graph.saying(node)):
            raise graph.error("sh:property leads to a shape without sh:path", node, SH.property)
        for verb in OF_PROPERTIES:
            if verb in said:
                raise graph.error(f"{shorten(verb)} needs a shape with sh:path", node, verb)
    severity = graph.value(node, SH.severity)
    if severity is not None and not isinstance(severity, IRI):
        raise graph.error(f"sh:severity is an IRI, not {describe(severity)}", node, SH.severity)
    constraints: list[Constraint] = []
    for verb, reader in READERS.items():
        if verb in said:
            constraints += reader(graph, node)
    read = Shape(
        node,
        None if path is None else read_path(graph, path, node),
        severity or SH.Violation,
        read_messages(graph, node),
        graph.flag(node, SH.deactivated),
        tuple(constraints),
        tuple(_property_shapes(graph, node)),
    )
    return _with(read, list(read_sparql(graph, read)))


def _with(shape: Shape, more: list[Constraint]) -> Shape:
    return replace(shape, constraints=(*shape.constraints, *more)) if more else shape


def _property_shapes(graph: ShapesGraph, node: Subject) -> Iterator[Subject]:
    for value in graph.values(node, SH.property):
        if not isinstance(value, IRI | BlankNode):
            raise graph.error(f"sh:property is a shape, not {value}", node, SH.property)
        yield value


def _refuse_recursion(graph: ShapesGraph, shapes: Mapping[Subject, Shape]) -> None:
    """Shapes that refer to themselves, through whatever others, have no agreed meaning (§3.4.3)."""
    done: set[Subject] = set()
    for start in shapes:
        trail = {} if start in done else {start: iter(references(shapes[start]))}
        while trail:
            node = next(reversed(trail))
            following = next(trail[node], None)
            if following is None:
                done.add(node)
                del trail[node]
            elif following in trail:
                nodes = [*trail, following]
                way = " -> ".join(map(describe, nodes[nodes.index(following) :]))
                raise graph.error(f"recursive shapes are not supported: {way}", following)
            elif following not in done:
                trail[following] = iter(references(shapes[following]))
