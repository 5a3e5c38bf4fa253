"""The search: a page of results, the same as JSON, suggestions, and what tells browsers of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Response, request

from cgkg.document.spans import Span
from cgkg.errors import ResourceNotFoundError
from cgkg.http.negotiation import HTML, choose
from cgkg.http.requests import ProtocolError
from cgkg.languages import N_
from cgkg.presentation.labels import names_of
from cgkg.presentation.resource import LABELS, Names, labels_of, texts
from cgkg.project.pages import Pages
from cgkg.rdf.terms import IRI, Term
from cgkg.rdf.vocab import CG, SKOS
from cgkg.search.finder import Hit, How, SearchAnswer
from cgkg.search.index import TextKind
from cgkg.store.excerpt import about
from cgkg.store.reader import DEFAULT
from cgkg.web.parts.asking import names_of as names_of_all
from cgkg.web.parts.asking import properties_of, rows
from cgkg.web.parts.facets import Facet, Wanted, facet, facet_links, filters, fits, wanted_of
from cgkg.web.parts.links import Here, Pair, as_iri, written
from cgkg.web.parts.view import View
from cgkg.web.rendering import SCRIPTED, fresh, fresh_page, open_to_scripts, page, view_of
from cgkg.web.request import language_of, page_number, site_of
from cgkg.web.site import Site

JSON = "application/json"
SUGGESTIONS = "application/x-suggestions+json"
DESCRIPTION = "application/opensearchdescription+xml"
LONGEST = 200
"""The most characters of a query."""
_COUNT, _SUGGESTED = 20, 8
_SHOWN_CLASSES = 12
_AROUND = 140  # characters of a long text on either side of what is marked
# What a text is to its thing, as pages say and as JSON does.
_KINDS: Mapping[TextKind, tuple[str, str]] = {
    TextKind.NAME: (N_("Name"), "name"),
    TextKind.OTHER_NAME: (N_("Other name"), "other-name"),
    TextKind.ADDRESS: (N_("Address"), "address"),
    TextKind.DEFINITION: (N_("Definition"), "definition"),
    TextKind.SUMMARY: (N_("Summary"), "summary"),
    TextKind.NOTE: (N_("Note"), "note"),
}
_ALIKE = (How.ONE_EDIT, How.ALIKE)
_OPEN = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
_Values = dict[IRI, set[Term]]
_OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"


def routes() -> Blueprint:
    """The addresses of the search."""
    search = Blueprint("search", __name__)

    @search.get("/search")
    def negotiated() -> Response:
        return _answer(choose(request.headers.get("Accept"), (HTML, JSON)))

    @search.get("/search.html")
    def html() -> Response:
        return _answer(HTML)

    @search.get("/search.json")
    def as_json() -> Response:
        return _answer(JSON)

    @search.get("/search/suggest")
    def suggest() -> Response:
        query = _query()
        headers = {**_OPEN, "Vary": "Accept-Language"}
        return fresh(f"{SUGGESTIONS} {language_of(request)[0]}", headers, lambda: _suggest(query))

    @search.get("/opensearch.xml")
    def description() -> Response:
        headers = {**_OPEN, "Vary": "Accept-Language"}
        return fresh(f"{DESCRIPTION} {language_of(request)[0]}", headers, _describe)

    search.after_request(open_to_scripts)
    return search


def _answer(media_type: str) -> Response:
    query, kind, number = _query(), _class(), page_number()
    if media_type == HTML:
        return fresh_page(lambda: _page(query, kind, number), {"Content-Security-Policy": SCRIPTED})
    headers = {**_OPEN, "Vary": "Accept"}
    return fresh(JSON, headers, lambda: _as_json(query, kind, number))


def _query() -> str:
    query = request.args.get("q", "")
    if len(query) > LONGEST:
        raise ProtocolError(
            f"q: {len(query):,} characters", hint=f"a search takes {LONGEST} characters at most"
        )
    return query.strip()


def _class() -> IRI | None:
    """The class asked for, by its IRI or its prefixed name.

    Raises:
        ResourceNotFoundError: it is neither.
    """
    text = request.args.get("class", "").strip()
    iri = as_iri(site_of(), text)
    if text and iri is None:
        raise ResourceNotFoundError(text)
    return iri


@dataclass
class _Narrowing:
    """What the address narrows results down by, and the facets that are left."""

    site: Site
    wanted: Wanted = field(init=False)
    facets: tuple[Facet, ...] = ()

    def __post_init__(self) -> None:
        self.wanted = wanted_of(self.site, filters(self.site))

    def __call__(self, things: Sequence[IRI]) -> Collection[IRI]:
        """Those of the things that have the values; makes the facets of them."""
        named = Pages.of(self.site.project.get("pages") or {}).search
        held = {each: _values_of(self.site, each) for each in named}
        others: dict[IRI, _Values] = {each: {} for each in self.wanted if each not in held}
        for iri, predicate, value in properties_of(self.site, things, others) if others else ():
            others[predicate].setdefault(iri, set()).add(value)
        held |= others
        left = [each for each in things if fits(each, held, self.wanted)]
        self.facets = tuple(facet(each, left, held, self.wanted) for each in held)
        return frozenset(left)

    def terms(self) -> Iterator[IRI]:
        """What the facets name."""
        for each in self.facets:
            yield each.property
            yield from (value for value in each.counts if value)


def _values_of(site: Site, named: IRI) -> _Values:
    """What the graph says by a property that the project names, read once."""

    def read() -> _Values:
        values: _Values = {}
        for iri, value in rows(site, "?i ?v", f"?i {named} ?v"):
            values.setdefault(iri, set()).add(value)
        return values

    return site.kept.once(f"facet {named}", read)


def _find(
    query: str, kind: IRI | None, number: int, narrow: _Narrowing | None = None
) -> SearchAnswer:
    start = (number - 1) * _COUNT
    return site_of().search.find(query, kind, start=start, count=_COUNT, narrow=narrow)


def _names(results: SearchAnswer) -> Names:
    graph, hits = site_of().graph, {hit.iri for hit in results.hits}
    shown = hits | set(results.classes) | {c for hit in results.hits for c in hit.classes}
    graph.take((*about(shown, *LABELS), *about(hits, SKOS.definition, g=DEFAULT)))
    return labels_of(graph, shown)


def _titles(results: SearchAnswer) -> Names:
    """The names of what is shown; of a clause, which has none, its gist."""
    names, graph = _names(results), site_of().graph
    clauses = [h.iri for h in results.hits if not names.get(h.iri) and Span.parse(h.iri)]
    graph.take(about(clauses, CG.gist, g=DEFAULT))
    return {**names, **{iri: texts(graph.triples(iri, CG.gist), (CG.gist,)) for iri in clauses}}


def _page(query: str, kind: IRI | None, number: int) -> Response:
    narrowing = _Narrowing(site_of())
    results = _find(query, kind, number, narrowing)
    view = view_of({**_titles(results), **names_of_all(site_of(), narrowing.terms())})
    here = Here(view, "/search", tuple(_parameters(view.site, query, kind)))
    classes = [(each, count, written(view.site, each)) for each, count in results.classes.items()]
    return page(
        "search.html",
        view,
        query=query,
        kind=kind,
        written=written(view.site, kind) if kind else "",
        here=here,
        facets=[facet_links(here, each, narrowing.wanted) for each in narrowing.facets],
        answer=results,
        classes=classes,
        shown_classes=_SHOWN_CLASSES,
        results=[_result(view, hit) for hit in results.hits],
        number=number,
        pages=-(-results.total // _COUNT),
    )


def _parameters(site: Site, query: str, kind: IRI | None) -> Iterator[Pair]:
    yield "q", query
    if kind:
        yield "class", written(site, kind)
    yield from filters(site)


def _result(view: View, hit: Hit) -> dict[str, Any]:
    """What the page says of one thing: its name, and the text that is why it is found."""
    entry = hit.entry
    title = view.label(hit.iri)
    titled = entry.text == title
    definition = view.definition(hit.iri)
    return {
        "iri": hit.iri,
        "classes": hit.classes,
        "place": view.clause(hit.iri),
        "title": pieces(title, hit.marks if titled else ()),
        "kind": _KINDS[entry.kind][0],
        "language": entry.language,
        "text": None if titled else pieces(entry.text, hit.marks),
        "alike": hit.how in _ALIKE,
        "definition": "" if definition == entry.text else definition,
    }


def pieces(text: str, marks: tuple[tuple[int, int], ...]) -> list[tuple[str, bool]]:
    """The text cut where marks begin and end, each piece with whether it is marked.

    Of a long text, what is around the first mark.
    """
    first = marks[0] if marks else (0, 0)
    start, end = max(0, first[0] - _AROUND), min(len(text), first[1] + _AROUND)
    cut = [("\u2026", False)] if start else []
    reached = start
    for begin, stop in marks:
        if stop <= end:
            cut += [(text[reached:begin], False), (text[begin:stop], True)]
            reached = stop
    cut += [(text[reached:end], False), ("\u2026" if end < len(text) else "", False)]
    return [(piece, mark) for piece, mark in cut if piece]


def _as_json(query: str, kind: IRI | None, number: int) -> Response:
    site = site_of()
    narrowing = _Narrowing(site)
    results = _find(query, kind, number, narrowing)
    names = {**_names(results), **names_of_all(site, narrowing.terms())}

    def labels(iri: IRI) -> Mapping[str, str]:
        return names.get(iri) or names_of(iri)

    content = {
        "query": query,
        "class": kind.value if kind else None,
        "total": results.total,
        "complete": not results.cut,
        "page": number,
        "pages": -(-results.total // _COUNT),
        "classes": [
            {"iri": iri.value, "labels": labels(iri), "count": count}
            for iri, count in results.classes.items()
        ],
        "facets": [
            {
                "property": each.property.value,
                "labels": labels(each.property),
                "values": [
                    {"iri": v.value if v else None, "labels": labels(v) if v else {}, "count": n}
                    for v, n in each.counts.items()
                ],
            }
            for each in narrowing.facets
        ],
        "results": [
            {
                "iri": hit.iri.value,
                "href": site.path(hit.iri),
                "labels": labels(hit.iri),
                "classes": [iri.value for iri in hit.classes],
                "match": {
                    "kind": _KINDS[hit.entry.kind][1],
                    "text": hit.entry.text,
                    "language": hit.entry.language,
                    "marks": hit.marks,
                    "alike": hit.how in _ALIKE,
                },
            }
            for hit in results.hits
        ],
    }
    return Response(json.dumps(content, ensure_ascii=False), content_type=JSON)


def _suggest(query: str) -> Response:
    """What may be meant, as browsers read it: names, what each is, addresses (OpenSearch)."""
    results = site_of().search.find(query, count=_SUGGESTED)
    view = view_of(_titles(results))
    names, told = [], []
    for hit in results.hits:
        called = (hit.entry.kind.names and hit.entry.text) or view.label(hit.iri)
        also = view.label(hit.iri) if called != view.label(hit.iri) else view.other(hit.iri)
        kinds = [view.label(each) for each in hit.classes[:1]]
        names.append(called)
        told.append(" \u00b7 ".join(filter(None, (also, *kinds))))
    addresses = [request.url_root.rstrip("/") + view.href(hit.iri) for hit in results.hits]
    body = json.dumps([query, names, told, addresses], ensure_ascii=False)
    return Response(body, content_type=SUGGESTIONS)


def _describe() -> Response:
    """The OpenSearch description document, by which browsers add the search to theirs."""
    view = view_of()
    root = request.url_root.rstrip("/")
    lang = f"&lang={view.language}" if view.chosen else ""
    name = view.pick(view.site.project.get("name")) or "cgkg"
    about = view.pick(view.site.project.get("about")) or name
    urls = (
        (HTML, f"/search?q={{searchTerms}}{lang}"),
        (JSON, "/search.json?q={searchTerms}"),
        (SUGGESTIONS, f"/search/suggest?q={{searchTerms}}{lang}"),
    )
    rows = "".join(
        f"<Url type={quoteattr(kind)} template={quoteattr(root + path)}/>\n" for kind, path in urls
    )
    # At most 16 and 1,024 characters, says the specification.
    short = name if len(name) <= 16 else name[:17].rpartition(" ")[0] or name[:16]
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<OpenSearchDescription xmlns="{_OPENSEARCH}">\n'
        f"<ShortName>{escape(short)}</ShortName>\n"
        f"<Description>{escape(about[:1024])}</Description>\n"
        f"{rows}<InputEncoding>UTF-8</InputEncoding>\n</OpenSearchDescription>\n"
    )
    return Response(body, content_type=f"{DESCRIPTION}; charset=utf-8")
