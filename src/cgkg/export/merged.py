"""The one file that Protégé opens: ontology, concepts, individuals and evidence, without imports.

What Protégé shows by a label has one: it looks for rdfs:label, while the graph names individuals
and concepts by skos:prefLabel and spans by a gist. What a fact rests on is written on the fact:
Protégé shows the annotations of an axiom behind the @ beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cgkg.errors import without_ontology
from cgkg.rdf.terms import IRI, BlankNode, Quad, Term, Triple
from cgkg.rdf.turtle import write_turtle
from cgkg.rdf.vocab import CG, DCTERMS, GRAPH, OWL, RDF, RDFS, SKOS, STANDARD, VANN
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph

_HEADER_ONLY = (OWL.imports, OWL.versionIRI, DCTERMS.bibliographicCitation)
_NOT_EVIDENCE = frozenset({GRAPH.ontology, GRAPH.spans, GRAPH.concepts, GRAPH.registry})


def merge(generation: Generation) -> bytes:
    """Ontology, concepts, individuals and evidence in one Turtle file without imports.

    Every asserted fact between individuals carries axiom annotations: `cg:statedIn` with its span
    and `cg:gist` with what the span says, in each language. Nothing inferred is in the file, but
    for labels. The same generation gives the same bytes.

    Raises:
        ConfigError: the generation was made from a bare folder.
    """
    if generation.manifest.get("bare"):
        raise without_ontology(generation.folder)
    graph = generation.open(asserted=True)
    triples = dict.fromkeys(_without_modules(graph, generation))
    triples.update(dict.fromkeys(_labels(graph)))
    triples.update(dict.fromkeys(_annotations(graph, set(triples))))
    project: Mapping[str, Mapping[str, str]] = generation.manifest["project"]
    prefixes = {**project.get("prefixes", STANDARD), "vann": VANN.base}
    return write_turtle(triples, prefixes).encode()


def _without_modules(graph: Graph, generation: Generation) -> Iterator[Triple]:
    """The asserted default graph under one ontology header."""
    base = generation.manifest["project"]["base"]
    whole = IRI(f"{base}ontology/merged")
    headers = {t.subject for t in graph.triples(p=RDF.type, o=OWL.Ontology)}
    # The root is the one that no other imports; a project may call it what it likes.
    roots = headers - {t.object for t in graph.triples(p=OWL.imports)}
    yield Triple(whole, RDF.type, OWL.Ontology)
    for triple in graph.triples():
        if triple.subject not in headers:
            yield triple
        elif triple.subject in roots and triple.predicate not in _HEADER_ONLY:
            yield Triple(whole, triple.predicate, triple.object)


def _labels(graph: Graph) -> Iterator[Triple]:
    """rdfs:label for what has another name: a preferred label, or a gist."""
    for predicate in (SKOS.prefLabel, CG.gist):
        for triple in graph.triples(p=predicate):
            named = graph.triples(triple.subject, SKOS.prefLabel)  # type: ignore[arg-type]  # no triple terms
            if predicate == SKOS.prefLabel or not any(named):
                yield Triple(triple.subject, RDFS.label, triple.object)


def _annotations(graph: Graph, kept: set[Triple]) -> Iterator[Triple]:
    """One owl:Axiom per fact that stands in graphs of evidence."""
    notes = {t.subject for t in graph.triples(p=RDF.type, o=OWL.AnnotationProperty)}
    nodes: dict[Triple, BlankNode] = {}
    for quad in graph.quads():
        fact = quad.triple
        if not _evidence(quad) or quad.predicate in notes or fact not in kept:
            continue
        node = nodes.get(fact)
        if node is None:
            node = nodes[fact] = BlankNode(f"axiom{len(nodes)}")
            yield Triple(node, RDF.type, OWL.Axiom)
            yield Triple(node, OWL.annotatedSource, fact.subject)
            yield Triple(node, OWL.annotatedProperty, fact.predicate)
            yield Triple(node, OWL.annotatedTarget, fact.object)
        yield Triple(node, CG.statedIn, quad.graph_name)  # type: ignore[arg-type]  # evidence is named
        for gist in _gists(graph, quad.graph_name):  # type: ignore[arg-type]  # as above
            yield Triple(node, CG.gist, gist)


def _evidence(quad: Quad) -> bool:
    """Whether a quad stands in the graph of a span, or of an editor's reading."""
    name = quad.graph_name
    return isinstance(name, IRI) and name not in _NOT_EVIDENCE and isinstance(quad.subject, IRI)


def _gists(graph: Graph, name: IRI) -> Iterator[Term]:
    for triple in graph.triples(name, CG.gist):
        yield triple.object  # type: ignore[misc]  # no triple terms


__all__ = ["merge"]
