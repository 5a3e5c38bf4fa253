"""Lists of what there is: the index at /browse, and a page for each class and scheme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, request

from cgkg.errors import ResourceNotFoundError
from cgkg.http.requests import ProtocolError
from cgkg.languages import N_, known
from cgkg.rdf.terms import IRI, Literal, Term, Triple
from cgkg.rdf.vocab import RDF, SKOS
from cgkg.web.pages.search import LONGEST
from cgkg.web.parts.asking import names_of
from cgkg.web.parts.facets import facet_links, filters, wanted_of
from cgkg.web.parts.links import (
    Here,
    list_path,
    read_list_path,
    read_written,
    written,
)
from cgkg.web.parts.listing import (
    Chosen,
    Listed,
    ListEntry,
    index,
    is_known,
    listed,
    pattern_of,
    settings_of,
)
from cgkg.web.parts.sheets import sheet
from cgkg.web.parts.view import View
from cgkg.web.rendering import fresh_page, open_to_scripts, page, page_or_sheet, view_of
from cgkg.web.request import language_of, page_number, site_of

_COUNT = 50
_SHOWN_VALUES = 10
_SHOWN_CLAUSES = 6
_SORTS: Mapping[str, str] = {"name": N_("name"), "document": N_("order of the document")}


def routes() -> Blueprint:
    """The addresses of the lists."""
    lists = Blueprint("lists", __name__)

    @lists.get("/browse")
    def overview() -> Response:
        of = request.args.get("of", "")
        if not of:
            return fresh_page(_index)
        return _answer(read_written(site_of(), "of", of))

    @lists.get("/browse/<path:name>")
    def one(name: str) -> Response:
        return _answer(read_list_path(site_of(), name))

    lists.after_request(open_to_scripts)
    return lists


def _answer(of: IRI) -> Response:
    return page_or_sheet(lambda: _page(of), lambda: _csv(of))


def _index() -> Response:
    site = site_of()
    entries = site.kept.once("lists", lambda: index(site))
    view = view_of(names_of(site, _classes(entries)))
    return page(
        "browse.html",
        view,
        entries=entries,
        path=lambda of: _to(view, of),
    )


def _classes(entries: tuple[ListEntry, ...]) -> Iterator[IRI]:
    for each in entries:
        yield each.settings.of
        yield from _classes(each.below)


def _to(view: View, of: IRI) -> str:
    return Here(view, list_path(view.site, of), ()).only()


def _chosen(start: int, count: int, clauses: int | None = None) -> Chosen:
    """What the address asks for.

    Raises:
        ProtocolError: it names what is no IRI, or a sort that there is not.
    """
    site = site_of()
    given = request.args.get("sort") or "name"
    sort = given if given in _SORTS else read_written(site, "sort", given)
    text = request.args.get("has", "").strip()
    if len(text) > LONGEST:
        raise ProtocolError(f"has: {len(text):,} characters", hint=f"at most {LONGEST}")
    return Chosen(wanted_of(site, filters(site)), text, sort, start, count, clauses)


def _here(view: View, of: IRI) -> Here:
    kept = [(n, request.args[n]) for n in ("has", "sort") if request.args.get(n)]
    return Here(view, list_path(view.site, of), (*filters(view.site), *kept))


def _read(of: IRI, chosen: Chosen) -> tuple[Listed, Any]:
    """The list, if there is one.

    Raises:
        ResourceNotFoundError: the graph knows no such class or scheme.
    """
    site = site_of()
    settings = settings_of(site, of)
    listing = listed(site, settings, chosen, language_of(request)[0])
    if not listing.everything and not is_known(site, of):
        raise ResourceNotFoundError(of.value)
    return listing, settings


def _page(of: IRI) -> Response:
    number = page_number()
    chosen = _chosen((number - 1) * _COUNT, _COUNT, _SHOWN_CLAUSES)
    listing, settings = _read(of, chosen)
    view = view_of(listing.names)
    here = _here(view, of)
    title = view.pick(settings.name) or view.label(of)
    sorts = [(each, view.gettext(name)) for each, name in _SORTS.items()]
    sorts += [(written(view.site, c), view.property(c)) for c in listing.columns]
    return page(
        "list.html",
        view,
        of=of,
        title=title,
        listing=listing,
        here=here,
        chosen=chosen,
        sorts=sorts,
        sorted_by=request.args.get("sort", "name"),
        facets=[facet_links(here, each, chosen.wanted) for each in listing.facets],
        shown_values=_SHOWN_VALUES,
        stated=lambda item, column, value: listing.statements.get(Triple(item, column, value)),
        definition=lambda item: view.pick(listing.definitions.get(item)),
        triple=Triple,
        kind_of=RDF.type,
        number=number,
        pages=-(-listing.matching // _COUNT),
        query=_query(view, settings, chosen),
    )


def _query(view: View, settings: Any, chosen: Chosen) -> str:
    """The query that finds the same things, with their names."""
    label = f"OPTIONAL {{ ?i {SKOS.prefLabel} ?name }}"
    return (
        f"SELECT DISTINCT ?i ?name WHERE {{\n  {pattern_of(settings, chosen)}\n  {label}\n}}\n"
        "ORDER BY ?i"
    )


def _csv(of: IRI) -> Response:
    """Everything that is asked for: names in all languages, values by column, clauses."""
    listed_all, _ = _read(of, _chosen(0, 1 << 40))
    view = view_of(listed_all.names)
    columns = [written(view.site, column) for column in listed_all.columns]
    header = ["iri", *(f"name_{each}" for each in known()), "classes"]
    for column in columns:
        header += [column, f"{column} ({view.language})"]
    rows = (_csv_row(view, listed_all, item) for item in listed_all.items)
    return sheet([*header, "clauses"], rows, of.value.rstrip("/#").rsplit("/", 1)[-1])


def _csv_row(view: View, of: Listed, item: IRI) -> list[str]:
    names = view.labels(item)
    row = [item.value, *(names.get(each, "") for each in known())]
    row.append(" ".join(kind.value for kind in of.kinds[item]))
    for column in of.columns:
        cell = of.cells[item][column]
        row += [" ".join(map(_value, cell)), "; ".join(_said(view, term) for term in cell)]
    return [*row, " ".join(span.iri.value for span in of.clauses[item])]


def _value(term: Term) -> str:
    return term.value if isinstance(term, IRI | Literal) else str(term)


def _said(view: View, term: Term) -> str:
    return view.label(term) if isinstance(term, IRI) else _value(term)
