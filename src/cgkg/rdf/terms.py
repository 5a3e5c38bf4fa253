"""RDF terms: those of pyoxigraph, by the names of the specification.

Terms are kept exactly as parsed (lexical forms, datatypes, language tags); the database rewrites
some of them, so findings, exports and digests are made from these terms and never from a store.
"""

from __future__ import annotations

from pyoxigraph import BlankNode, DefaultGraph, Literal, Quad, Triple
from pyoxigraph import NamedNode as IRI

__all__ = [
    "IRI",
    "BlankNode",
    "DefaultGraph",
    "GraphName",
    "Literal",
    "Quad",
    "Subject",
    "Term",
    "Triple",
    "parts",
]

Subject = IRI | BlankNode
Term = IRI | BlankNode | Literal
GraphName = IRI | BlankNode | DefaultGraph


def parts(statement: Triple | Quad) -> tuple[Subject, IRI, Term]:
    """Subject, predicate and object; `parse_file` lets no triple terms in."""
    return statement.subject, statement.predicate, statement.object  # type: ignore[return-value]
