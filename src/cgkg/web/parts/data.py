"""The description of an IRI as RDF: its statements, what they mention, and their evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cgkg.document.statements import Statement
from cgkg.errors import NotAcceptableError
from cgkg.formats import GRAPHS, Format
from cgkg.presentation.resource import LABELS, Resource, closure_of_blanks
from cgkg.rdf.io import serialize
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Quad, Triple
from cgkg.rdf.vocab import GRAPH, OWL
from cgkg.rdf.xmlnames import unwritable
from cgkg.store.excerpt import Excerpt, about
from cgkg.web.request import FORMATS
from cgkg.web.site import Site

# A page of data has so many statements of a list; few lists are as long.
LIMIT = 10_000


def write_data(site: Site, described: Resource, media_type: str) -> bytes:
    """The description in an RDF syntax, with the labels of everything it mentions.

    Formats that can name graphs hold each statement again in the graphs that say it. An ontology
    is its whole document.
    """
    statements = (*described.outgoing, *described.incoming, *described.uses)
    if not described.span:
        # A span is a thing of its own; any other graph is what it holds.
        statements = (*statements, *described.content)
    said = [each.triple for each in statements]
    if OWL.Ontology in described.types:
        said += site.vocabulary.document(described.iri)
    ends = dict.fromkeys(t.object for t in said)
    site.graph.expand(end for end in ends if isinstance(end, BlankNode))
    said += closure_of_blanks(site.graph, ends)
    triples = dict.fromkeys((*said, *_labels(site.graph, said)))
    form, known = FORMATS[media_type], site.generation.prefixes
    if form.named_graphs:
        quads = [Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples]
        quads += _evidence((*statements, *described.content))
        return serialize(quads, form, prefixes=prefixes_of(quads, known))
    if form is Format.RDF_XML:
        _check(triples)
    return serialize(triples, form, prefixes=prefixes_of(triples, known))


def _check(triples: Iterable[Triple]) -> None:
    """Refuse what would be no XML, as a query for it is refused."""
    for triple in triples:
        if why := unwritable(triple):
            others = [form.media_type for form in GRAPHS if form is not Format.RDF_XML]
            raise NotAcceptableError(f"RDF/XML, which cannot hold {triple}: {why}", others)


def prefixes_of(
    statements: Iterable[Quad] | Iterable[Triple], known: Mapping[str, str]
) -> dict[str, str]:
    """Those of the known prefixes that the statements have a use for."""
    names = {iri.value for each in statements for iri in _iris(each)}
    return {p: ns for p, ns in known.items() if any(name.startswith(ns) for name in names)}


def _labels(graph: Excerpt, triples: Iterable[Triple]) -> Iterator[Triple]:
    """The labels of everything mentioned, and of the properties that say them."""
    iris = {iri for triple in triples for iri in _iris(triple)} | set(LABELS)
    graph.take(about(iris, *LABELS))
    for iri in sorted(iris, key=lambda name: name.value):
        for predicate in LABELS:
            labels = {quad.triple for quad in graph.quads(iri, predicate)}
            # Where the graph is must not show in the answer.
            yield from sorted(labels, key=str)


def _iris(statement: Quad | Triple) -> Iterator[IRI]:
    graph = statement.graph_name if isinstance(statement, Quad) else None
    terms = (statement.subject, statement.predicate, statement.object, graph)
    yield from (term for term in terms if isinstance(term, IRI))


def _evidence(statements: Iterable[Statement]) -> list[Quad]:
    """Each statement again in every named graph that holds it."""
    return [
        Quad(each.triple.subject, each.triple.predicate, each.triple.object, name)
        for each in statements
        for name in (
            *(span.iri for span in each.spans),
            *each.graphs,
            *([GRAPH.inferred] if each.inferred else []),
        )
    ]
