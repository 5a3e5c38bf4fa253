"""Targets: which nodes of the data a shape is about (SHACL §2.1.3, SHACL-AF §3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cgkg.rdf.terms import IRI, BlankNode, Subject, Term
from cgkg.rdf.vocab import OWL, RDF, RDFS, SH
from cgkg.shacl.data import Data, Ids, union
from cgkg.shacl.graph import ShapesGraph, describe, shorten

PREDICATES = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)


@dataclass(frozen=True, slots=True)
class Target:
    """A target declaration: one of the four predicates, and what it says."""

    predicate: IRI
    value: Term


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


def focus_nodes(data: Data, targets: Iterable[Target]) -> Ids:
    """All nodes of the targets, sorted, each once."""
    return union([_find(data, each) for each in targets])


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
