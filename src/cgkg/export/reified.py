"""The facts in RDF 1.2: every statement that rests on evidence has a reifier that says on which.

RDF 1.2 Concepts, "Triple Terms and Reification": a reifier is a node with rdf:reifies and a triple
term. It carries `cg:statedIn` once for each graph that holds the statement, so a stranger's store
that knows no named graphs keeps the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator

from cgkg.export.content import Content
from cgkg.rdf.terms import IRI, BlankNode, Triple
from cgkg.rdf.vocab import CG, GRAPH, RDF


def reify(content: Content) -> list[Triple]:
    """The merged graph, followed by the reifiers in the order of their statements."""
    return [*content.merged, *_reifiers(content)]


def _reifiers(content: Content) -> Iterator[Triple]:
    held: dict[Triple, list[IRI]] = {}
    for name in sorted(content.evidence, key=content.position):
        for triple in content.evidence[name]:
            held.setdefault(triple, []).append(name)
    for triple in content.inferred:
        held.setdefault(triple, []).append(GRAPH.inferred)
    for number, triple in enumerate(sorted(held, key=str), 1):
        node = BlankNode(f"statement{number}")
        yield Triple(node, RDF.reifies, triple)
        for name in held[triple]:
            yield Triple(node, CG.statedIn, name)
