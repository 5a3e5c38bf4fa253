"""The front page, and the page of what the graph says of every sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby, islice

from flask import Response

from cgkg.document.statements import Statement
from cgkg.languages import N_
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import CG, RDF
from cgkg.web.discovery import schema_org
from cgkg.web.parts.examples import Example
from cgkg.web.parts.figures import Figure, figures_about
from cgkg.web.rendering import page, view_of
from cgkg.web.site import Site

_SHOWN_INDICATORS = 5
_SHOWN_BEGINNINGS = 20
# What the manifest counts, in the words of the front page.
_COUNTS = (
    ("statements", N_("statements, as written")),
    ("files", N_("files")),
    ("facts", N_("facts asserted")),
    ("inferred", N_("facts inferred")),
    ("individuals", N_("individuals")),
    ("span_graphs", N_("clauses cited")),
    ("sentences", N_("sentences")),
    ("concepts", N_("concept statements")),
    ("ontology", N_("ontology statements")),
)


@dataclass(frozen=True)
class Region:
    """An urban region on the front page."""

    iri: IRI
    figures: Mapping[IRI, Figure]
    members: int


def home(examples: Iterable[Example]) -> Response:
    """What there is, compared and counted, with these example queries."""
    view = view_of()
    regions = _regions(view.site)
    return page(
        "home.html",
        view,
        examples=examples,
        regions=regions,
        indicators=_compared(regions),
        documents=_instances(view.site, CG.SourceDocument),
        ontologies=list(view.site.vocabulary.ontologies[:1]),
        beginnings=_beginnings(view.site) if view.site.bare else None,
        schema_org=schema_org.of_site(view),
        count_names=_COUNTS,
    )


def coverage() -> Response:
    """Every sentence of the document with the graphs that cite it."""
    view = view_of()
    found = view.site.generation.coverage
    sections = groupby(found["rows"], key=lambda row: row["section"])
    return page(
        "coverage.html",
        view,
        coverage=found,
        sections=[(name, list(rows)) for name, rows in sections],
        gaps={m["sentence"]: m for m in found.get("unmentioned", ())},
        iri=IRI,
    )


@dataclass(frozen=True)
class Beginnings:
    """Some of the names that a folder's RDF has pages for."""

    graphs: tuple[IRI, ...]
    subjects: tuple[IRI, ...]


def _beginnings(site: Site) -> Beginnings:
    graphs = islice(site.graph.names(), _SHOWN_BEGINNINGS)
    first = (quad.subject for quad in islice(site.graph.quads(), 50 * _SHOWN_BEGINNINGS))
    named = dict.fromkeys(name for name in first if isinstance(name, IRI))
    subjects = islice(named, _SHOWN_BEGINNINGS)
    return Beginnings(
        tuple(sorted(graphs, key=lambda iri: iri.value)),
        tuple(sorted(subjects, key=lambda iri: iri.value)),
    )


def _instances(site: Site, kind: IRI) -> list[IRI]:
    subjects = (triple.subject for triple in site.graph.triples(p=RDF.type, o=kind))
    return sorted((s for s in subjects if isinstance(s, IRI)), key=lambda iri: iri.value)


def _regions(site: Site) -> tuple[Region, ...]:
    """The urban regions that the document gives figures for, in the order it speaks of them."""
    found: list[tuple[int, str, Region]] = []
    graph = site.graph
    for iri in _instances(site, CG.UrbanRegion):
        about = [Statement(t, inferred=False) for t in graph.triples(p=CG.aboutPlace, o=iri)]
        figures = sorted(figures_about(graph, about), key=_position)
        if figures:
            first: dict[IRI, Figure] = {}
            for figure in figures:
                if figure.indicator:
                    first.setdefault(figure.indicator, figure)
            members = len({t.object for t in graph.triples(iri, CG.hasMember)})
            region = Region(iri, first, members)
            found.append((_position(figures[0]), iri.value, region))
    return tuple(region for *_, region in sorted(found, key=lambda each: each[:2]))


def _compared(regions: Iterable[Region]) -> list[IRI]:
    """The indicators that most regions have a figure for."""
    counts = Counter(indicator for region in regions for indicator in region.figures)
    return [indicator for indicator, _ in counts.most_common(_SHOWN_INDICATORS)]


def _position(figure: Figure) -> int:
    return figure.spans[0].start if figure.spans else 1 << 62
