"""The front page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from flask import Response

from cgkg.languages import N_
from cgkg.project.configuration import Home, HomeColumn
from cgkg.project.pages import Pages
from cgkg.rdf.terms import IRI, Literal
from cgkg.rdf.vocab import CG, RDF
from cgkg.store.excerpt import Lookups, about, to
from cgkg.store.reader import DEFAULT, QuadPattern
from cgkg.web.discovery import schema_org
from cgkg.web.parts.examples import Example
from cgkg.web.parts.figures import SUBJECTS, Figure, figures_of
from cgkg.web.parts.links import Here, list_path, written
from cgkg.web.parts.listing import index
from cgkg.web.parts.paging import ListPage
from cgkg.web.parts.view import View
from cgkg.web.rendering import page, view_of
from cgkg.web.request import page_number
from cgkg.web.site import Site

_SHOWN_INDICATORS = 5
_SHOWN_BEGINNINGS = 20
_SHOWN_LISTS = 12
_SHOWN_ROWS = 50
_SHOWN_DOCUMENTS = 50
_NOWHERE = 1 << 62  # after every position
# What the manifest counts, in the words of the front page.
_COUNTS = (
    ("statements", N_("statements, as written")),
    ("files", N_("files")),
    ("not_read", N_("files and folders not read")),
    ("left_out", N_("wrong statements left out")),
    ("facts", N_("facts asserted")),
    ("inferred", N_("facts inferred")),
    ("individuals", N_("individuals")),
    ("span_graphs", N_("clauses cited")),
    ("sentences", N_("sentences")),
    ("concepts", N_("concept statements")),
    ("ontology", N_("ontology statements")),
)


@dataclass(frozen=True)
class ComparedRow:
    """One of what the front page compares: its figures by indicator, and its cells by column."""

    iri: IRI
    figures: Mapping[IRI, Figure]
    cells: tuple[str, ...]


def home(examples: Iterable[Example]) -> Response:
    """What there is, compared and counted, with these example queries."""
    view = view_of()
    held = view.site.project.get("home")
    wanted = Home.of(held) if held else None
    kept, bare = view.site.kept, view.site.bare
    lists = () if bare else kept.once("lists", lambda: index(view.site))[:_SHOWN_LISTS]
    everything = kept.once("compared", lambda: _rows(view.site, wanted)) if wanted else ()
    indicators = _compared(everything)
    part = ListPage.of(everything, page_number(), _SHOWN_ROWS)
    rows = part.rows
    ontologies = view.site.vocabulary.ontologies[:1]
    wholes = {figure.relative_to for row in rows for figure in row.figures.values()}
    columns = [column.property for column in wanted.columns] if wanted else []
    compared = [row.iri for row in rows] + ([wanted.compare] if wanted else [])
    listed = [each.settings.of for each in lists]
    beginnings = kept.once("beginnings", lambda: _beginnings(view.site)) if bare else None
    some = (*beginnings.graphs, *beginnings.subjects) if beginnings else ()
    shown = (*kept.documents[:_SHOWN_DOCUMENTS], *ontologies, *filter(None, wholes), *some)
    view.read_names((*shown, *listed, *columns, *compared, *indicators))
    return page(
        "home.html",
        view,
        examples=examples,
        compared=wanted,
        rows=rows,
        indicators=indicators,
        part=part,
        documents=kept.documents[:_SHOWN_DOCUMENTS],
        document_class=CG.SourceDocument,
        more_documents=len(kept.documents) > _SHOWN_DOCUMENTS,
        ontologies=list(ontologies),
        beginnings=beginnings,
        schema_org=schema_org.of_site(view),
        count_names=_COUNTS,
        lists=lists,
        path=lambda of: Here(view, list_path(view.site, of), ()).only(),
        sides=_sides(view),
    )


def _sides(view: View) -> list[tuple[str, str]]:
    """What the project compares, by each of its rows: a name and an address."""
    said = Pages.of(view.site.project.get("pages") or {}).compare
    return [
        (
            view.pick(each.name) or view.label(each.property),
            Here(view, "/compare", (("by", written(view.site, each.property)),)).to(),
        )
        for each in (said.rows if said else ())
    ]


@dataclass(frozen=True)
class Beginnings:
    """Some of the names that a folder's RDF has pages for."""

    graphs: tuple[IRI, ...]
    subjects: tuple[IRI, ...]


def _beginnings(site: Site) -> Beginnings:
    reader = site.graph.reader
    rows = reader.select(f"SELECT ?g WHERE {{ GRAPH ?g {{ }} }} LIMIT {_SHOWN_BEGINNINGS}")
    graphs = (row["g"] for row in rows)
    (first,) = reader.quads([QuadPattern()], limit=50 * _SHOWN_BEGINNINGS)
    named = dict.fromkeys(quad.subject for quad in first if isinstance(quad.subject, IRI))
    return Beginnings(_sorted(graphs), _sorted(islice(named, _SHOWN_BEGINNINGS)))


def _sorted(iris: Iterable[object]) -> tuple[IRI, ...]:
    return tuple(sorted((i for i in iris if isinstance(i, IRI)), key=lambda iri: iri.value))


def _rows(site: Site, wanted: Home) -> tuple[ComparedRow, ...]:
    """What is compared, in the order in which the document gives figures for it.

    What has none is left out, unless nothing has any. It is read in six batches.
    """
    placed: list[tuple[int, str, ComparedRow]] = []
    graph = site.graph
    compared = _sorted(t.subject for t in graph.triples(p=RDF.type, o=wanted.compare))
    shown = [column.property for column in wanted.columns]
    graph.take((*to(compared, *SUBJECTS, g=DEFAULT), *about(compared, *shown, g=DEFAULT)))
    held = {iri: [t for p in SUBJECTS for t in graph.triples(p=p, o=iri)] for iri in compared}
    subjects = [t.subject for part in held.values() for t in part if isinstance(t.subject, IRI)]
    figures_of_all = figures_of(graph, subjects, frozenset(subjects))
    for iri in compared:
        about_it = [figures_of_all[t.subject] for t in held[iri] if t.subject in figures_of_all]  # type: ignore[index]
        figures = sorted(about_it, key=_position)
        first: dict[IRI, Figure] = {}
        for figure in figures:
            if figure.indicator:
                first.setdefault(figure.indicator, figure)
        cells = tuple(_cell(graph, iri, column) for column in wanted.columns)
        place = _position(figures[0]) if figures else _NOWHERE
        placed.append((place, iri.value, ComparedRow(iri, first, cells)))
    rows = [row for *_, row in sorted(placed, key=lambda each: each[:2])]
    return tuple([row for row in rows if row.figures] or rows)


def _cell(graph: Lookups, iri: IRI, column: HomeColumn) -> str:
    """The literals of the property, or how many things it leads to; empty if there is nothing."""
    values = {triple.object for triple in graph.triples(iri, column.property)}
    said = sorted(value.value for value in values if isinstance(value, Literal))
    others = len(values) - len(said)
    return ", ".join([*said, *([str(others)] if others else [])])


def _compared(rows: Iterable[ComparedRow]) -> list[IRI]:
    """The indicators that most rows have a figure for."""
    counts = Counter(indicator for row in rows for indicator in row.figures)
    return [indicator for indicator, _ in counts.most_common(_SHOWN_INDICATORS)]


def _position(figure: Figure) -> int:
    return figure.spans[0].start if figure.spans else _NOWHERE
