"""Targets: which nodes of the data a shape is about (SHACL §2.1.3; SHACL-AF §3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cgkg.rdf.terms import IRI, BlankNode, Subject, Term
from cgkg.rdf.vocab import OWL, RDF, RDFS, SH
from cgkg.shacl.asking import Asker
from cgkg.shacl.changes import DataChange
from cgkg.shacl.components import read_parameters
from cgkg.shacl.data import Data, Ids, union
from cgkg.shacl.graph import ShapesGraph, describe, shorten
from cgkg.shacl.prebinding import THIS, BoundQuery
from cgkg.shacl.sparql_constraints import failures, read_query

PREDICATES = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)


@dataclass(frozen=True, slots=True)
class Target:
    """A target declaration: one of the predicates, and what it says.

    One in SPARQL has a query, and the values of its parameters.
    """

    predicate: IRI
    value: Term
    query: BoundQuery | None = field(default=None, compare=False)
    constants: Mapping[str, Term] = field(default_factory=dict, compare=False)


def read_targets(graph: ShapesGraph, node: Subject) -> Iterator[Target]:
    """The targets of a shape; a class that is a shape is its own.

    Raises:
        ShapesError: a target is not what its predicate asks for.
    """
    for predicate in PREDICATES:
        for value in graph.values(node, predicate):
            fits = isinstance(value, IRI)
            if predicate == SH.targetNode:
                fits = not isinstance(value, BlankNode)
            if not fits:
                what = f"{shorten(predicate)} cannot be {describe(value)}"
                raise graph.error(what, node, predicate)
            yield Target(predicate, value)
    if isinstance(node, IRI) and _is_class(graph, node):
        yield Target(SH.targetClass, node)
    for value in graph.values(node, SH.target):
        yield _read_sparql(graph, node, value)


def _read_sparql(graph: ShapesGraph, node: Subject, value: Term) -> Target:
    """A sh:target: a query of its own, or that of its type for some parameters."""
    if SH.select in graph.said(value):
        query = read_query(graph, value, SH.select, varying=(), constant=(), path=None)
        return Target(SH.target, value, query)
    for kind in graph.values(value, RDF.type):
        if SH.select in graph.said(kind) and isinstance(kind, IRI):
            constants: dict[str, Term] = {}
            for each in read_parameters(graph, kind):
                given = graph.value(value, each.predicate)
                if given is not None:
                    constants[each.name] = given
                elif not each.optional:
                    what = f"the target lacks {shorten(each.predicate)}"
                    raise graph.error(what, node, SH.target)
            query = read_query(graph, kind, SH.select, varying=(), constant=constants, path=None)
            return Target(SH.target, value, query, constants)
    raise graph.error("sh:target is no target in SPARQL", node, SH.target)


def _is_class(graph: ShapesGraph, node: IRI) -> bool:
    """Whether the node is a SHACL instance of rdfs:Class, of which owl:Class is a subclass."""
    waiting = list(graph.values(node, RDF.type))
    seen: set[Term] = set()
    while waiting:
        kind = waiting.pop()
        if kind in (RDFS.Class, OWL.Class):
            return True
        if kind not in seen:
            seen.add(kind)
            waiting += graph.values(kind, RDFS.subClassOf)
    return False


def focus_nodes(data: Data, asker: Asker, node: Subject, targets: Iterable[Target]) -> Ids:
    """All nodes of the targets of a shape, sorted, each once.

    Raises:
        ShapesError: a query fails.
    """
    targeted = []
    for each in targets:
        if each.query is None:
            targeted.append(_find(data, each))
            continue
        with failures(node):
            solutions = asker.ask(each.query, {}, each.constants, THIS)
            terms = [asker.as_parsed(one[THIS]) for _, one in solutions if THIS in one]
        targeted.append(data.ids(terms))
    return union(targeted)


def is_moved(target: Target, change: DataChange) -> bool:
    """Whether a change may have given the target other nodes."""
    if target.query is not None:
        return change.concerns(target.query)
    match target.predicate:
        case SH.targetNode:
            return False
        case SH.targetClass:
            return len(change.moved) > 0
    assert isinstance(target.value, IRI)
    return len(change.starts(target.value)) > 0


def _find(data: Data, target: Target) -> Ids:
    value = target.value
    match target.predicate:
        case SH.targetNode:
            return data.ids((value,))
        case SH.targetClass:
            return data.instances(data.id(value))
    assert isinstance(value, IRI)
    if target.predicate == SH.targetSubjectsOf:
        return data.subjects_of(value)
    return data.objects_of(value)
