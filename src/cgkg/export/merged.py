"""A generation as files for others: for now, the one merged ontology that Protégé opens."""

from __future__ import annotations

from collections.abc import Iterator

from cgkg.project import without_ontology
from cgkg.rdf import IRI, BlankNode, DefaultGraph, Format, Quad, Triple, canonical, serialize
from cgkg.store import Generation, Graph
from cgkg.vocab import CG, GRAPH, OWL, PREFIXES, RDF, RDFS, SKOS

_OWL_USES = ("rdf", "rdfs", "owl", "xsd", "skos", "dcterms", "cg")


def merged(generation: Generation) -> bytes:
    """Ontology, concepts, individuals and evidence in one Turtle file without imports.

    Every asserted fact between individuals carries an axiom annotation `cg:statedIn` with its
    span, which Protégé shows at the fact. Nothing inferred is in the file, but for the labels
    (skos:prefLabel is also rdfs:label), which Protégé looks for.

    Raises:
        ConfigError: the generation was made from a bare folder.
    """
    if generation.manifest.get("bare"):
        raise without_ontology(generation.folder)
    graph = generation.open(asserted=True)
    triples = dict.fromkeys(_without_modules(graph, generation))
    triples.update(dict.fromkeys(_annotations(graph, set(triples))))
    quads = canonical([Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples])
    ordered = sorted(quads, key=lambda q: (isinstance(q.subject, BlankNode), str(q)))
    prefixes = {name: PREFIXES[name] for name in _OWL_USES}
    return serialize((quad.triple for quad in ordered), Format.TURTLE, prefixes=prefixes)


def _without_modules(graph: Graph, generation: Generation) -> Iterator[Triple]:
    """The asserted default graph under one ontology header."""
    base = generation.manifest["project"]["base"]
    whole, root = IRI(f"{base}ontology/merged"), IRI(f"{base}ontology")
    headers = {t.subject for t in graph.triples(p=RDF.type, o=OWL.Ontology)}
    for triple in graph.triples():
        if triple.subject == root and triple.predicate not in (OWL.imports, OWL.versionIRI):
            yield Triple(whole, triple.predicate, triple.object)
        elif triple.subject not in headers:
            yield triple
            if triple.predicate == SKOS.prefLabel:
                yield Triple(triple.subject, RDFS.label, triple.object)


def _annotations(graph: Graph, kept: set[Triple]) -> Iterator[Triple]:
    """One owl:Axiom per fact that stands in graphs of evidence."""
    skip = {GRAPH.ontology, GRAPH.spans, GRAPH.concepts, GRAPH.registry}
    said = {t.subject for t in graph.triples(p=RDF.type, o=OWL.AnnotationProperty)}
    nodes: dict[Triple, BlankNode] = {}
    for quad in graph.quads():
        name = quad.graph_name
        if not isinstance(name, IRI) or name in skip or quad.predicate in said:
            continue
        triple = quad.triple
        if triple not in kept or isinstance(quad.subject, BlankNode):
            continue
        node = nodes.get(triple)
        if node is None:
            node = nodes[triple] = BlankNode(f"axiom{len(nodes)}")
            yield Triple(node, RDF.type, OWL.Axiom)
            yield Triple(node, OWL.annotatedSource, triple.subject)
            yield Triple(node, OWL.annotatedProperty, triple.predicate)
            yield Triple(node, OWL.annotatedTarget, triple.object)
        yield Triple(node, CG.statedIn, name)


__all__ = ["merged"]
