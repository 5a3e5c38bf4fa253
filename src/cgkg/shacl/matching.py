"""Which triples the queries of shapes can match, so that others need not be looked at."""

from __future__ import annotations

from cgkg.rdf.vocab import RDF
from cgkg.sparql.tree.nodes import (
    AlternativePath,
    BracketedPath,
    CountedPath,
    InversePath,
    ListTerm,
    NamedGraphPattern,
    NamedNode,
    NegatedPath,
    Path,
    PropertyObjects,
    Query,
    SequencePath,
    TriplesBlock,
    Variable,
    walk,
)


def matched_predicates(query: Query) -> frozenset[str] | None:
    """The predicates of triples without which the query has the same solutions; None for all."""
    predicates: set[str] = set()
    for node in walk(query):
        match node:
            case NegatedPath() | ListTerm():
                return None
            case PropertyObjects(verb=verb):
                if isinstance(verb, Variable) or may_be_empty(verb):
                    return None  # what may be empty leads from every node to itself
                predicates.update(each.iri for each in walk(verb) if isinstance(each, NamedNode))
            case NamedGraphPattern(name=Variable(), group=group):
                if not any(isinstance(each, TriplesBlock) for each in group.elements):
                    return None
    return frozenset(predicates)


def matched_kinds(query: Query) -> frozenset[str] | None:
    """The classes that the query names wherever it speaks of types; None if it may mean any."""
    kinds: set[str] = set()
    for node in walk(query):
        if isinstance(node, PropertyObjects):
            if isinstance(node.verb, NamedNode) and node.verb.iri == RDF.type.value:
                for each in node.objects:
                    if not isinstance(each, NamedNode):
                        return None
                    kinds.add(each.iri)
            elif any(isinstance(e, NamedNode) and e.iri == RDF.type.value for e in walk(node.verb)):
                return None
    return frozenset(kinds)


def may_be_empty(path: Path) -> bool:
    """Whether a path leads from a node to itself without a triple."""
    match path:
        case CountedPath():
            return path.may_be_empty or may_be_empty(path.path)
        case SequencePath(steps=steps):
            return all(map(may_be_empty, steps))
        case AlternativePath(choices=choices):
            return any(map(may_be_empty, choices))
        case InversePath(path=inner) | BracketedPath(path=inner):
            return may_be_empty(inner)
    return False
