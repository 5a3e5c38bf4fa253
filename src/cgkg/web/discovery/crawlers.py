"""What programs look for first: robots.txt, the sitemap, and llms.txt, which says how to ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort, request

from cgkg.languages import SOURCE, known, pick
from cgkg.presentation.vocabulary import TermDescription
from cgkg.rdf.terms import IRI
from cgkg.web.parts.examples import Example
from cgkg.web.parts.view import View
from cgkg.web.rendering import fresh
from cgkg.web.request import DATA, site_of
from cgkg.web.site import Site

# The most addresses that the sitemap protocol allows in one file.
MOST = 50_000
_MARKUP = re.compile(r"[\\\[\]<`]")
_XML = "http://www.sitemaps.org/schemas/sitemap/0.9"
_FIRST = (
    *("/", "/compare", "/timeline", "/browse"),
    *("/read", "/ontology", "/query", "/data"),
)
_CLASSES, _PROPERTIES, _QUERIES = 20, 30, 3
_OPEN = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}


def add(pages: Blueprint, examples: tuple[Example, ...]) -> None:
    """Add the addresses to the pages; three of the examples go into llms.txt."""

    @pages.get("/robots.txt")
    def robots() -> Response:
        return _text("text/plain", "User-agent: *\nDisallow: /fact\nDisallow: /explain\n"
                     "Disallow: /search?\n"
                     f"Disallow: /sparql?\nSitemap: {_absolute('/sitemap.xml')}\n")  # fmt: skip

    @pages.get("/sitemap.xml")
    def sitemap() -> Response:
        return fresh("sitemap", _OPEN, lambda: _xml(_sitemap()))

    @pages.get("/sitemap-<int:number>.xml")
    def part(number: int) -> Response:
        parts = _parts(site_of())
        if not 1 <= number <= len(parts):
            abort(404)
        return fresh("sitemap", _OPEN, lambda: _xml(_urls(parts[number - 1])))

    @pages.get("/llms.txt")
    def llms() -> Response:
        return fresh("llms", _OPEN, lambda: _text("text/markdown", _guide(site_of(), examples)))


def _absolute(path: str) -> str:
    return request.url_root.rstrip("/") + path


def _text(kind: str, body: str) -> Response:
    return Response(body, content_type=f"{kind}; charset=utf-8")


def _xml(body: str) -> Response:
    return Response('<?xml version="1.0" encoding="UTF-8"?>\n' + body,
                    content_type="application/xml; charset=utf-8")  # fmt: skip


def _parts(site: Site) -> list[list[str]]:
    """Every address, in as many parts as one file may hold."""
    paths = [*_FIRST, *(path for path in map(site.path, site.names) if path not in _FIRST)]
    return [paths[start : start + MOST] for start in range(0, len(paths), MOST)]


def _sitemap() -> str:
    parts = _parts(site_of())
    if len(parts) == 1:
        return _urls(parts[0])
    numbered = (_absolute(f"/sitemap-{number}.xml") for number in range(1, len(parts) + 1))
    rows = "".join(f"<sitemap><loc>{escape(each)}</loc></sitemap>\n" for each in numbered)
    return f'<sitemapindex xmlns="{_XML}">\n{rows}</sitemapindex>\n'


def _urls(paths: Iterable[str]) -> str:
    rows = "".join(f"<url><loc>{escape(_absolute(path))}</loc></url>\n" for path in paths)
    return f'<urlset xmlns="{_XML}">\n{rows}</urlset>\n'


def _guide(site: Site, examples: Iterable[Example]) -> str:
    """llms.txt: what the graph is, where to ask, in which words, with examples."""
    view = View(site, "en")
    terms = [term for term in site.vocabulary.terms() if term.uses and not term.deprecated]
    terms.sort(key=lambda term: (-term.uses, term.iri.value))
    classes = [term for term in terms if term.is_class][:_CLASSES]
    properties = [term for term in terms if not term.is_class][:_PROPERTIES]
    view.read_names((), defined=[term.iri for term in (*classes, *properties)])
    return "\n".join(
        (
            *_introduction(view),
            *_asking(),
            *_prefixes((term.iri for term in (*classes, *properties)), site.generation.prefixes),
            "",
            "## Main classes",
            "",
            *(_line(view, term, "instances") for term in classes),
            "",
            "## Main properties",
            "",
            *(_line(view, term, "statements") for term in properties),
            *_queries(examples),
            "",
        )
    )


def _introduction(view: View) -> Iterator[str]:
    project = view.site.project
    yield f"# {_plain(view.pick(project.get('name'))) or 'A knowledge graph'}"
    about = view.pick(project.get("about"))
    if about:
        yield from ("", f"> {_plain(about)}")
    license_iri = view.site.license_of()
    if license_iri:
        yield from ("", f"License: <{license_iri}>")


def _asking() -> Iterator[str]:
    *suffixes, last = (f"`.{form.suffix}`" for form in DATA)
    languages = "` or `".join(known())
    yield from (
        "",
        "## How to ask",
        "",
        f"- SPARQL 1.1 endpoint: <{_absolute('/sparql')}>, by GET `?query=` or POST; SELECT, ASK,"
        " CONSTRUCT, DESCRIBE; `Accept` chooses JSON, XML, CSV, TSV or an RDF syntax. An answer is"
        " complete or an error. `reasoning=off` asks asserted facts alone.",
        "- The default graph holds asserted and inferred facts; a named graph holds what one source"
        " states: `GRAPH ?g { ?s ?p ?o }`. `graph/inferred` holds what is inferred.",
        f"- Every IRI has a page; add {', '.join(suffixes)} or {last} for data,"
        f" or <{_absolute('/resource')}?iri=> for IRIs of other places. `?lang={languages}`."
        ' Long lists have pages: follow `rel="next"` of the `Link` header.',
        f"- The terms: [ontology]({_absolute('/ontology')}). Every address:"
        f" [sitemap]({_absolute('/sitemap.xml')}).",
        f"- Downloads and counts: <{_absolute('/data')}>, <{_absolute('/.well-known/void')}>.",
        f"- Why a fact holds: <{_absolute('/explain')}?s=&p=&o=>.",
        "",
        "## Prefixes",
        "",
    )


def _prefixes(iris: Iterable[IRI], known: Mapping[str, str]) -> Iterator[str]:
    names = [iri.value for iri in iris]
    yield "```sparql"
    for prefix, namespace in known.items():
        if any(name.startswith(namespace) for name in names) or prefix in ("rdfs", "skos"):
            yield f"PREFIX {prefix}: <{namespace}>"
    yield "```"


def _line(view: View, term: TermDescription, counted: str) -> str:
    name = view.short(term.iri)
    meaning = view.definition(term.iri)
    labels = " / ".join(text for _, text in sorted(view.labels(term.iri).items()))
    said = f": {_plain(meaning)}" if meaning else ""
    titled = f" ({_plain(labels)})" if labels else ""
    return f"- `{name}`{titled}, {term.uses} {counted}{said}"


def _plain(text: str) -> str:
    """Text of the data as Markdown that holds no link and no markup."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def _queries(examples: Iterable[Example]) -> Iterator[str]:
    held = list(examples)
    shown = [each for each in held if each.folder == "examples"] or held
    if not shown:
        return
    yield from ("", "## Example queries")
    for each in shown[:_QUERIES]:
        yield from ("", _plain(pick(each.title, SOURCE)), "", "```sparql", each.text(SOURCE), "```")
