"""What lists, comparison and timeline ask of the graph: whole sets at a time, never row by row."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from cgkg.document.spans import Span, span_of
from cgkg.document.statements import Evidence, Statement, graphs_of
from cgkg.presentation.resource import LABELS, Names, texts
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Quad, Term, Triple
from cgkg.rdf.vocab import GRAPH
from cgkg.store.excerpt import Excerpt
from cgkg.store.graph import Graph
from cgkg.web.site import Site

_TOGETHER = 2_000  # terms of one request
_AGGREGATE = re.compile(r"\(\w+\([^)]*\) AS (\?\w+)\)")
Row = tuple[Any, ...]


def rows(site: Site, variables: str, pattern: str, tail: str = "") -> list[Row]:
    """The distinct solutions of a pattern in one request: a term or None for each variable.

    Args:
        site: whose graph is asked.
        variables: what SELECT has: `?i ?v`, `?c (COUNT(?i) AS ?n)`.
        pattern: what WHERE has.
        tail: what comes after it.
    """
    query = f"SELECT DISTINCT {variables} {{ {pattern} }} {tail}"
    names = re.findall(r"\?(\w+)", _AGGREGATE.sub(r"\1", variables))
    return [tuple(row.get(name) for name in names) for row in site.graph.select(query)]


def values(variable: str, terms: Iterable[Term]) -> str:
    """A VALUES block that binds the variable to each of the terms."""
    return f"VALUES ?{variable} {{ {' '.join(map(str, terms))} }}"


def among(variable: str, terms: Iterable[Term]) -> str:
    """A filter that keeps the solutions whose variable is one of the terms."""
    return f"FILTER(?{variable} IN ({', '.join(map(str, terms))}))"


def properties_of(site: Site, iris: Iterable[IRI], properties: Iterable[IRI]) -> list[Row]:
    """Thing, property and value, of each of the things and properties."""
    asked = f"?i ?p ?v {among('p', properties)}"
    return [
        row
        for part in _parts(iris)
        for row in rows(site, "?i ?p ?v", f"{values('i', part)} {asked}")
    ]


def texts_among(properties_and_texts: Iterable[Row], properties: tuple[IRI, ...]) -> Names:
    """Of what `properties_of` found: a text of each thing by language, of the first property."""
    held: dict[IRI, list[Triple]] = defaultdict(list)
    for iri, predicate, value in properties_and_texts:
        if predicate in properties and isinstance(value, Literal):
            held[iri].append(Triple(iri, predicate, value))
    return {iri: texts(triples, properties) for iri, triples in held.items()}


def names_of(site: Site, iris: Iterable[IRI]) -> dict[IRI, Mapping[str, str]]:
    """The names of each thing by language; of one without a name, none."""
    asked = list(dict.fromkeys(iris))
    texts = texts_among(properties_of(site, asked, LABELS), LABELS)
    return {iri: texts.get(iri, {}) for iri in asked}


@dataclass(frozen=True)
class Told:
    """Statements with their evidence, and the clauses that were asked for, by name."""

    statements: Mapping[Triple, Statement]
    spans: Mapping[IRI, Span]

    def names(self) -> Iterator[IRI]:
        """What the clauses and graphs mention that has a name, sections too."""
        for span in chain(self.spans.values(), *(s.spans for s in self.statements.values())):
            yield from filter(None, (span.mode, span.section_iri))
        for each in self.statements.values():
            yield from each.graphs


def evidence_of(site: Site, triples: Iterable[Triple], clauses: Iterable[IRI] = ()) -> Told:
    """Each of the triples with the clauses and graphs that say it, or say its inverse.

    One that only an inverse of it is said of is not inferred: it is said the other way round.

    Args:
        site: whose graph is asked.
        triples: what evidence is asked for.
        clauses: which are described, too.
    """
    asked = dict.fromkeys(triples)
    ways: dict[Triple, Triple] = {}
    for triple in asked:
        for inverse in site.inverses.get(triple.predicate, ()):
            if isinstance(triple.object, IRI | BlankNode):
                ways[Triple(triple.object, inverse, triple.subject)] = triple
    quads = _quads_of(site, [*asked, *(way for way in ways if way not in asked)])
    told = [quad for quad in quads if quad.triple in asked]
    for quad in quads:
        turned = ways.get(quad.triple)
        if turned and quad.graph_name != GRAPH.inferred:
            told.append(Quad(turned.subject, turned.predicate, turned.object, quad.graph_name))
    names = list(clauses)
    graphs = {quad.graph_name for quad in told if isinstance(quad.graph_name, IRI)}
    described = _descriptions(site, graphs.union(names))
    pairs = ((iri, span_of(described, iri)) for iri in names)
    held = Evidence(described).make(graphs_of(dict.fromkeys(told)).items())
    return Told(
        {each.triple: each for each in held},
        {iri: span for iri, span in pairs if span},
    )


def _quads_of(site: Site, triples: Iterable[Triple]) -> list[Quad]:
    by_predicate: dict[IRI, list[Triple]] = defaultdict(list)
    for triple in triples:
        by_predicate[triple.predicate].append(triple)
    quads: list[Quad] = []
    lists = [(predicate, part) for predicate, held in by_predicate.items() for part in _parts(held)]
    if not lists:
        return quads
    unions = " UNION ".join(
        f"{{ VALUES (?s ?o) {{ {' '.join(f'({t.subject} {t.object})' for t in part)} }}"
        f" BIND({predicate} AS ?p) GRAPH ?g {{ ?s {predicate} ?o }} }}"
        for predicate, part in lists
    )
    for s, p, o, g in rows(site, "?s ?p ?o ?g", unions):
        quads.append(Quad(s, p, o, g))
    return quads


def _descriptions(site: Site, iris: Iterable[IRI]) -> Excerpt:
    """What the graph says of those of the IRIs that name clauses."""
    names = [iri for iri in iris if Span.parse(iri)]
    told: dict[IRI, list[Quad]] = {name: [] for name in names}
    for part in _parts(names):
        for s, p, o in rows(site, "?s ?p ?o", f"{values('s', part)} ?s ?p ?o"):
            told[s].append(Quad(s, p, o, DefaultGraph()))
    return Excerpt.holding(site.graph.reader, told)


def excerpt(triples: Iterable[Row]) -> Graph:
    """A small graph of these triples, for what looks up one thing after the other."""
    return Graph.of(Quad(s, p, o, DefaultGraph()) for s, p, o in triples)


def _parts(terms: Iterable[Any]) -> Iterator[list[Any]]:
    held = list(terms)
    for start in range(0, len(held), _TOGETHER):
        yield held[start : start + _TOGETHER]
