"""The closure of what a store holds, and which of its inferences are published."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cgkg.errors import without_ontology
from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import CG, GRAPH
from cgkg.reasoning import Closure, close
from cgkg.store.generations import (
    Generation,
)
from cgkg.store.graph import Graph

_NOT_FACTS = {GRAPH.ontology, GRAPH.spans, GRAPH.shapes, GRAPH.mappings, GRAPH.inferred}


def reclose(generation: Generation) -> Closure:
    """The closure a generation was made from, computed again from its own files.

    Raises:
        ConfigError: it was made from a bare folder, without reasoning.
    """
    if generation.manifest.get("bare"):
        raise without_ontology(generation.folder)
    return close_asserted(generation.open(asserted=True))


def close_asserted(asserted: Graph) -> Closure:
    """The closure of a dataset of asserted facts, whose ontology is in a graph of its own."""
    parts: dict[bool, dict[Triple, None]] = {True: {}, False: {}}
    for quad in asserted.quads():
        if quad.graph_name == GRAPH.ontology:
            parts[True][quad.triple] = None
        elif isinstance(quad.graph_name, IRI) and quad.graph_name not in _NOT_FACTS:
            parts[False][quad.triple] = None
    return close(parts[True], parts[False])


def select_published(inferred: Iterable[Triple], ontology: Iterable[Triple]) -> Iterator[Triple]:
    """What is inferred, without the self-pairs of properties that are marked to omit them.

    A chain such as hasMember, isMemberOf pairs everything with itself; OWL cannot say "with
    another one", so the ontology marks such a property with cg:omitsSelfPairs.
    """
    omitted = omits_self_pairs(ontology)
    return (triple for triple in inferred if not omitted(triple))


def omits_self_pairs(ontology: Iterable[Triple]) -> Callable[[Triple], bool]:
    """Tells of a triple whether it is such a pair."""
    marked = {t.subject for t in ontology if t.predicate == CG.omitsSelfPairs}
    return lambda triple: triple.predicate in marked and triple.subject == triple.object
