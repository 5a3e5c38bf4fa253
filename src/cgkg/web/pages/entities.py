"""The description of an IRI at its address: a page, or data in every RDF syntax.

How each kind of IRI answers is in docs/decisions/dereferencing.md.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from cgkg.document.sentences import integer
from cgkg.document.spans import Span, span_of
from cgkg.document.statements import Statement
from cgkg.http.negotiation import HTML, content_type
from cgkg.languages import N_
from cgkg.presentation.axioms import Axioms
from cgkg.presentation.resource import Resource
from cgkg.project.page_words import PageWords
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import CG, DCTERMS, OWL, RDF, RDFS, SKOS
from cgkg.web.discovery import schema_org, signposts
from cgkg.web.pages import ontology
from cgkg.web.parts.addresses import (
    Address,
    format_path,
    formats,
    has_formats,
    read_name,
    read_path,
)
from cgkg.web.parts.citation import cite_entity
from cgkg.web.parts.data import LIMIT, write_data
from cgkg.web.parts.examples import Example
from cgkg.web.parts.figures import SUBJECTS, Figure
from cgkg.web.parts.reading_ahead import clauses_of, described_by_figures, read_ahead
from cgkg.web.parts.sections import arrange
from cgkg.web.parts.view import View
from cgkg.web.parts.way import way_to
from cgkg.web.rendering import fresh, fresh_page, page, view_of
from cgkg.web.request import language_of, media_type_of, page_number, site_of
from cgkg.web.site import Site

# What a reader wants to know of a document.
_ABOUT_DOCUMENT = (
    (DCTERMS.creator, N_("Author")),
    (DCTERMS.publisher, N_("Publisher")),
    (DCTERMS.issued, N_("Date")),
)
_SHORT = 4  # clauses that tell what a thing is, where no editor does
SHOWN = 100
"""The statements of a list on a page."""
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Link, ETag, Content-Location, Content-Language",
}


def entity(name: str, examples: Iterable[Example]) -> AnyResponse:
    """What a local path asks for, in the format that its suffix or Accept asks for.

    Raises:
        ResourceNotFoundError: the graph says nothing of it; names the nearest.
        NotAcceptableError: it is not to be had in any format that the client accepts.
    """
    sent = str(request.environ.get("REQUEST_URI", "")).partition("?")[0]
    sent = sent.removeprefix(request.root_path.rstrip("/") + "/")
    return _answer(read_path(site_of(), name, sent), examples)


def resource(examples: Iterable[Example]) -> AnyResponse:
    """The description of any IRI that the graph mentions, given as `iri`.

    Raises:
        ResourceNotFoundError, NotAcceptableError: as above.
    """
    iri = read_name(request.args.get("iri", ""))
    return _answer(Address(iri, iri), examples)


def linkset() -> Response:
    """All links of an IRI's description, given as `iri`.

    Raises:
        ResourceNotFoundError: the graph says nothing of it.
    """
    site = site_of()
    iri = read_name(request.args.get("iri", ""))

    def make() -> Response:
        described = site.describe(iri, limit=LIMIT)
        links = signposts.links(site, Address(iri, iri), described, HTML)
        body = signposts.linkset(iri.value, links, request.url_root)
        return Response(
            json.dumps(body, ensure_ascii=False, indent=1), content_type=signposts.LINKSET
        )

    return fresh(signposts.LINKSET, {"Cache-Control": "no-cache", **_OPEN}, make)


def _answer(address: Address, examples: Iterable[Example]) -> AnyResponse:
    site = site_of()
    chosen = address.media_type or media_type_of(request)
    where = format_path(site, address.iri, chosen)
    if not address.suffix and _is_thing_here(site, address):
        site.describe(address.about, limit=1)
        return _elsewhere(where)
    headers = (
        {"Content-Location": _located(where, chosen)} if has_formats(site, address.iri) else {}
    )
    if chosen == HTML:
        return fresh_page(lambda: _html(address, examples), headers)
    headers |= {"Vary": "Accept", "Cache-Control": "no-cache", **_OPEN}
    return fresh(chosen, headers, lambda: _data(address, chosen))


def _is_thing_here(site: Site, address: Address) -> bool:
    """Whether the address is the very name of something that is no document.

    Behind a redirecting base such as w3id.org the address is that of the description already.
    """
    if request.base_url != address.iri.value or address.versioned:
        return False
    documents = (OWL.Ontology, CG.AssertionGraph)
    types = (quad.object for quad in site.graph.quads(address.about))
    return not any(kind in documents for kind in types)


def _elsewhere(path: str) -> AnyResponse:
    query = request.query_string.decode("ascii", "replace")
    response = redirect(f"{path}?{query}" if query else path, 303)
    response.headers["Vary"] = "Accept"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _located(path: str, chosen: str) -> str:
    """The address of exactly this representation."""
    kept: dict[str, str] = {}
    if chosen == HTML:
        kept["lang"] = language_of(request)[0]
    if page_number() > 1:
        kept["page"] = str(page_number())
    return f"{path}?{urlencode(kept)}" if kept else path


def _data(address: Address, media_type: str) -> Response:
    site = site_of()
    described = site.describe(address.about, limit=LIMIT, page=page_number())
    body = write_data(site, described, media_type)
    response = Response(body, content_type=content_type(media_type))
    _linked(response, address, described, media_type)
    return response


def _linked(response: Response, address: Address, described: Resource, media_type: str) -> None:
    site = site_of()
    links = signposts.links(site, address, described, media_type)
    whole = "/linkset?" + urlencode({"iri": address.about.value})
    response.headers["Link"] = signposts.header(links, whole)


def _html(address: Address, examples: Iterable[Example]) -> Response:
    site = site_of()
    described = site.describe(address.about, limit=SHOWN, page=page_number())
    view = view_of({iri: dict(labels) for iri, labels in described.names.items()})
    read_ahead(view, described, ontology.named_by(view, described))
    common: dict[str, Any] = {
        "r": described,
        "address": address,
        "alternates": list(formats(site, address.iri)),
        "way": way_to(view, described),
        "schema_org": schema_org.of_entity(view, described, _sets(described)),
    }
    if OWL.Ontology in described.types:
        response = ontology.ontology_page(view, described, common)
    else:
        parts = ontology.term_parts(view, described, address, examples)
        response = page("entity.html", view, **common, **_parts(view, described), **parts)
    _linked(response, address, described, HTML)
    return response


def _sets(described: Resource) -> list[IRI]:
    """The scheme or ontology that a term belongs to."""
    held = (SKOS.inScheme, RDFS.isDefinedBy)
    ends = (each.triple.object for each in described.outgoing if each.triple.predicate in held)
    return [end for end in ends if isinstance(end, IRI)]


def _parts(view: View, described: Resource) -> Mapping[str, Any]:
    """What the page of any entity shows."""
    site = view.site
    figures = _figures(view, described)
    types = view.kinds(described.outgoing)
    clauses = _clauses(site, described)
    # Lists are parts of axioms, which the page of a term tells as sentences.
    elsewhere = {RDF.first, *(SUBJECTS if figures else ())}
    if clauses:
        elsewhere |= {CG.inSection, CG.inSentence}
    words = site.page_words
    arranged = arrange(
        view,
        described,
        words,
        outgoing=view.hidden(described.span) | {RDF.type},
        incoming=elsewhere,
    )
    return {
        "types": types,
        "kinds_shown": _telling(site, types),
        "figures": figures,
        "itself": view.figure(described.iri),
        "clauses": clauses,
        "citations": cite_entity(site, described, clauses, view.language),
        "sentence": _sentence(described) or _heading(view, described),
        "lines": _lines(view, described, words),
        "arranged": arranged,
        "axioms": Axioms(site.graph, view.language),
        "unknowns": _unknowns(view, described),
        "sentence_iri": lambda span: IRI(f"{span.document.value}/s/{span.sentence:04d}"),
        "omitted_in": lambda where: sum(o.count for o in described.omitted if o.where == where),
    }


def _telling(site: Site, types: Iterable[Statement]) -> list[Statement]:
    """The types that say more than others do: none that is above another of them."""
    held = list(types)
    classes = [each.triple.object for each in held if isinstance(each.triple.object, IRI)]
    above = site.kept.above(classes)
    return [each for each in held if each.triple.object not in above or not each.inferred]


def _lines(
    view: View, described: Resource, words: PageWords
) -> list[tuple[Mapping[str, str], Span | None]]:
    """The thing in short, with clauses: an editor's lines, else the gist of what is said of it."""
    own = (words.lines or {}).get(described.iri)
    if own:
        spans = {each.clause: span_of(view.site.graph, each.clause) for each in own if each.clause}
        return [(each.text, spans.get(each.clause) if each.clause else None) for each in own]
    if described.span or described.content or described.page > 1:
        return []
    said = [s for each in described.outgoing for s in each.spans if s.gist and s.paragraph]
    told = Counter(span.iri for span in said)
    most = sorted({s.iri: s for s in said}.values(), key=lambda s: (-told[s.iri], s.start))
    ordered = sorted(most[:_SHORT], key=lambda span: span.place)
    return [(span.gist or {}, span) for span in ordered]


def _figures(view: View, described: Resource) -> tuple[Figure, ...]:
    """The figures that are about what is described, with their clauses."""
    return tuple(filter(None, map(view.figure, described_by_figures(described))))


def _clauses(site: Site, described: Resource) -> tuple[Span, ...]:
    """The spans of a section or sentence, in document order."""
    spans = (span_of(site.graph, iri) for iri in clauses_of(described))
    return tuple(sorted((span for span in spans if span), key=lambda span: span.start))


def _unknowns(view: View, described: Resource) -> list[str]:
    """What nobody knows of a source document, as labels."""
    if CG.SourceDocument not in described.types:
        return []
    said = {each.triple.predicate for each in described.outgoing}
    return [view.gettext(name) for predicate, name in _ABOUT_DOCUMENT if predicate not in said]


def _sentence(described: Resource) -> Span | None:
    """A sentence as a span, so that its words can be shown like those of a span."""
    if CG.Sentence not in described.types:
        return None
    return _as_span(described.iri, (each.triple for each in described.outgoing))


def _heading(view: View, described: Resource) -> Span | None:
    """The heading of a section as a span, where its words are at hand: names made of numbers do not
    tell what the section is about."""
    if CG.SourceSection not in described.types:
        return None
    graph = view.site.graph
    within = (t.subject for t in graph.triples(p=CG.inSection, o=described.iri))
    sentences = [iri for iri in within if isinstance(iri, IRI) and "/s/" in iri.value]
    sentences.sort(key=lambda iri: (len(iri.value), iri.value))
    about = next((list(graph.triples(iri)) for iri in sentences), [])
    opens = any(t.predicate == CG.inParagraph and t.object == integer(0) for t in about)
    span = _as_span(sentences[0], about) if opens else None
    return span if span and view.words(span) else None


def _as_span(sentence: IRI, about: Iterable[Triple]) -> Span | None:
    held = {t.predicate: t.object.value for t in about if isinstance(t.object, Literal)}
    try:
        start, end = int(held[CG.charStart]), int(held[CG.charEnd])
    except (KeyError, ValueError):
        return None
    document = IRI(sentence.value.rsplit("/s/", 1)[0])
    return Span(sentence, document, start, end, digest=held.get(CG.wordsDigest, ""))
