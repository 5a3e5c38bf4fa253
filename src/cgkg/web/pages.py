"""The pages: the front page, one page per entity, one page per fact."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from cgkg.errors import ResourceNotFoundError
from cgkg.evidence import Span, span_of
from cgkg.phrases import Axioms, rule_text
from cgkg.query.negotiation import HTML, content_type
from cgkg.rdf import IRI, DefaultGraph, Literal, Quad, Triple, serialize
from cgkg.resource import (
    LABELS,
    Resource,
    Statement,
    closure_of_blanks,
    describe,
    labels_of,
    nearest,
    statement,
)
from cgkg.vocab import CG, DCTERMS, GRAPH, RDF
from cgkg.web.citation import cite_entity, cite_fact
from cgkg.web.examples import Example
from cgkg.web.facts import axioms_of, read_fact, steps, terms_of
from cgkg.web.figures import SUBJECTS, Figure, figures_about
from cgkg.web.negotiated import FORMATS, SUFFIXES, language_of, media_type_of, site_of
from cgkg.web.site import Site
from cgkg.web.view import View

_SHOWN_INDICATORS = 5
_SHOWN_BEGINNINGS = 20
# What the manifest counts, in the words of the front page.
_COUNTS = (
    ("statements", "statements, as written", "陈述,一如原文件"),
    ("files", "files", "文件"),
    ("facts", "facts asserted", "录入的事实"),
    ("inferred", "facts inferred", "推断的事实"),
    ("individuals", "individuals", "实体"),
    ("span_graphs", "clauses cited", "引用的语句"),
    ("sentences", "sentences", "句子"),
    ("concepts", "concept statements", "概念陈述"),
    ("ontology", "ontology statements", "本体陈述"),
)
# What a reader wants to know of a document.
_ABOUT_DOCUMENT = (
    (DCTERMS.creator, "Author", "作者"),
    (DCTERMS.publisher, "Publisher", "出版者"),
    (DCTERMS.issued, "Date", "日期"),
)


@dataclass(frozen=True)
class Region:
    """An urban region on the front page."""

    iri: IRI
    figures: Mapping[IRI, Figure]
    members: int


def routes(examples: tuple[Example, ...]) -> Blueprint:
    """The pages, with these example queries on the front page."""
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def home() -> Response:
        view = _view()
        regions = _regions(view.site)
        return _page(
            "home.html",
            view,
            examples=examples,
            regions=regions,
            indicators=_compared(regions),
            documents=_instances(view.site, CG.SourceDocument),
            ontologies=_ontologies(view.site),
            beginnings=_beginnings(view.site) if view.site.bare else None,
            count_names=_COUNTS,
        )

    @pages.get("/coverage")
    def coverage() -> Response:
        view = _view()
        found = view.site.generation.coverage
        sections = groupby(found["rows"], key=lambda row: row["section"])
        return _page(
            "coverage.html",
            view,
            coverage=found,
            sections=[(name, list(rows)) for name, rows in sections],
            gaps={m["sentence"]: m for m in found.get("unmentioned", ())},
            iri=IRI,
        )

    @pages.get("/health")
    def health() -> Response:
        site = site_of()
        found = jsonify(status="ok", generation=site.generation.id)
        found.headers["Cache-Control"] = "no-store"
        return found

    @pages.get("/favicon.ico")
    def favicon() -> AnyResponse:
        return redirect(url_for("static", filename="favicon.svg"), 301)

    @pages.get("/fact")
    def fact() -> Response:
        return _fact(read_fact(request.args, site_of().generation.prefixes))

    @pages.get("/resource")
    def resource() -> Response:
        return _entity(_given_iri(request.args.get("iri", "")), None)

    @pages.get("/<path:name>")
    def entity(name: str) -> Response:
        iri, media_type = _named(site_of(), name)
        return _entity(iri, media_type)

    return pages


def _view(names: dict[IRI, dict[str, str]] | None = None) -> View:
    language, chosen = language_of(request)
    return View(site_of(), language, chosen=chosen, names=names)


def _page(template: str, view: View, *, status: int = 200, **values: object) -> Response:
    body = render_template(template, v=view, **values)
    response = Response(body, status, content_type=content_type(HTML))
    response.headers["Vary"] = "Accept, Accept-Language"
    # With the document at hand a page may show its words, which nobody is to keep.
    kept = "no-cache" if view.site.settings.source is None else "no-store"
    response.headers["Cache-Control"] = kept
    response.headers["Content-Language"] = view.language
    return response


# Entities


def _named(site: Site, name: str) -> tuple[IRI, str | None]:
    """The IRI of a local path, and the media type of its suffix where it has one."""
    whole = _iri(site.settings.base + name)
    stem, dot, suffix = name.rpartition(".")
    if dot and suffix in SUFFIXES and not _known(site, whole):
        return _iri(site.settings.base + stem), SUFFIXES[suffix]
    return whole, None


def _iri(text: str) -> IRI:
    try:
        return IRI(text)
    except ValueError:
        raise ResourceNotFoundError(text) from None


def _given_iri(text: str) -> IRI:
    return _iri(text.strip().removeprefix("<").removesuffix(">"))


def _known(site: Site, iri: IRI) -> bool:
    return next(site.graph.quads(s=iri), None) is not None


def _entity(iri: IRI, media_type: str | None) -> Response:
    """The entity in the format asked for."""
    site = site_of()
    chosen = media_type or media_type_of(request)
    if chosen == HTML:
        response = _html(describe(site.graph, iri))
    else:
        response = _data(site, describe(site.graph, iri, limit=sys.maxsize), chosen)
    links = [f'<{iri.value}>; rel="canonical"']
    links += [
        f'<{path}>; rel="alternate"; type="{kind}"'
        for kind, path in _alternates(site, iri)
        if kind != chosen
    ]
    response.headers["Link"] = ", ".join(links)
    return response


def _alternates(site: Site, iri: IRI) -> Iterator[tuple[str, str]]:
    path = site.path(iri)
    if "?" not in path:
        for suffix, media_type in SUFFIXES.items():
            yield media_type, f"{path}.{suffix}"


def _html(found: Resource) -> Response:
    view = _view({iri: dict(labels) for iri, labels in found.names.items()})
    graph = view.site.graph
    figures = figures_about(graph, found.incoming)
    hidden = view.hidden(found.span)
    incoming = tuple(view.not_repeated(found.incoming, found.outgoing))
    repeated = len(found.incoming) - len(incoming)
    types = view.kinds(found.outgoing)
    clauses = _clauses(view.site, found)
    elsewhere = set(SUBJECTS) if figures else set()
    if clauses:
        elsewhere |= {CG.inSection, CG.inSentence}
    return _page(
        "entity.html",
        view,
        r=found,
        types=types,
        figures=figures,
        itself=view.figure(found.iri),
        clauses=clauses,
        citations=cite_entity(view.site, found, clauses, view.language),
        sentence=_sentence(view, found),
        outgoing=view.groups(_others(found.outgoing, types), found.omitted, hidden=hidden),
        incoming=view.groups(incoming, found.omitted, hidden=elsewhere, where="incoming"),
        repeated=repeated,
        axioms=Axioms(graph, view.language),
        alternates=list(_alternates(view.site, found.iri)),
        unknowns=_unknowns(view, found),
        sentence_iri=lambda span: IRI(f"{span.document.value}/s/{span.sentence:04d}"),
        omitted_in=lambda where: sum(o.count for o in found.omitted if o.where == where),
    )


def _others(statements: Iterable[Statement], shown: Iterable[Statement]) -> Iterator[Statement]:
    triples = {each.triple for each in shown}
    return (each for each in statements if each.triple not in triples)


def _clauses(site: Site, found: Resource) -> tuple[Span, ...]:
    """The spans of a section or sentence, in document order."""
    near = (CG.inSection, CG.inSentence)
    subjects = {each.triple.subject for each in found.incoming if each.triple.predicate in near}
    spans = (span_of(site.graph, s) for s in subjects if isinstance(s, IRI))
    return tuple(sorted((span for span in spans if span), key=lambda span: span.start))


def _unknowns(view: View, found: Resource) -> list[str]:
    """What nobody knows of a source document, as labels."""
    if CG.SourceDocument not in found.types:
        return []
    said = {each.triple.predicate for each in found.outgoing}
    return [view.t(en, zh) for predicate, en, zh in _ABOUT_DOCUMENT if predicate not in said]


def _instances(site: Site, kind: IRI) -> list[IRI]:
    subjects = (triple.subject for triple in site.graph.triples(p=RDF.type, o=kind))
    return sorted((s for s in subjects if isinstance(s, IRI)), key=lambda iri: iri.value)


def _sentence(view: View, found: Resource) -> Span | None:
    """A sentence as a span, so that its words can be shown like those of a span."""
    if CG.Sentence not in found.types:
        return None
    held = {
        each.triple.predicate: each.triple.object.value
        for each in found.outgoing
        if isinstance(each.triple.object, Literal)
    }
    try:
        start, end = int(held[CG.charStart]), int(held[CG.charEnd])
    except (KeyError, ValueError):
        return None
    document = IRI(found.iri.value.rsplit("/s/", 1)[0])
    return Span(found.iri, document, start, end, digest=held.get(CG.wordsDigest, ""))


def _data(site: Site, found: Resource, media_type: str) -> Response:
    """The description as RDF; formats that can name graphs carry the evidence along."""
    statements = (*found.outgoing, *found.incoming, *found.uses)
    if not found.span:
        # A span is a thing of its own; any other graph is what it holds.
        statements = (*statements, *found.content)
    triples = dict.fromkeys(each.triple for each in statements)
    triples.update(dict.fromkeys(_context(site, found)))
    quads = [Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples]
    form = FORMATS[media_type]
    if form.supports_datasets and media_type != "application/ld+json":
        quads += _evidence((*statements, *found.content))
        body = serialize(quads, form, prefixes=_prefixes(quads, site.generation.prefixes))
    else:
        body = serialize(triples, form, prefixes=_prefixes(quads, site.generation.prefixes))
    response = Response(body, content_type=content_type(media_type))
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _prefixes(quads: Iterable[Quad], known: Mapping[str, str]) -> dict[str, str]:
    """The prefixes that the quads have a use for."""
    names = {
        term.value
        for q in quads
        for term in (q.subject, q.predicate, q.object, q.graph_name)
        if isinstance(term, IRI)
    }
    return {p: ns for p, ns in known.items() if any(name.startswith(ns) for name in names)}


def _context(site: Site, found: Resource) -> Iterator[Triple]:
    """Labels of everything mentioned, and what blank nodes stand for."""
    for iri in sorted(found.names, key=lambda name: name.value):
        for predicate in LABELS:
            yield from site.graph.triples(iri, predicate)
    yield from closure_of_blanks(site.graph, [each.triple.object for each in found.outgoing])


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


# Facts


def _fact(triple: Triple) -> Response:
    site = site_of()
    view = _view()
    found = statement(site.graph, triple)
    if found is None:
        return _no_fact(view, triple)
    explain = site.settings.explain
    proof = explain(triple) if explain and found.inferred else None
    axioms = Axioms(site.graph, view.language, axioms_of(proof) if proof else ())
    top = steps(site.graph, proof, axioms) if proof else None
    names = terms_of(top) if top else ()
    view = _view({iri: dict(n) for iri, n in labels_of(site.graph, names).items()})
    return _page(
        "fact.html",
        view,
        fact=found,
        proof=top,
        axioms=axioms,
        rule_text=lambda rule: rule_text(rule, view.language),
        leaves=list({leaf.triple: leaf for leaf in top.leaves()}.values()) if top else [],
        can_explain=explain is not None,
        citations=cite_fact(site, found, top, view.language),
    )


def _no_fact(view: View, triple: Triple) -> Response:
    graph = view.site.graph
    ends = [term for term in (triple.subject, triple.predicate, triple.object)
            if isinstance(term, IRI)]  # fmt: skip
    unknown = [iri for iri in ends if next(graph.quads(s=iri), None) is None]
    return _page(
        "no_fact.html",
        view,
        status=404,
        triple=triple,
        unknown=[(iri, nearest(graph, iri)) for iri in unknown],
    )


# The front page


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


def _ontologies(site: Site) -> list[IRI]:
    """The ontology's own page, where there is one."""
    base = site.settings.base
    return [iri for iri in (IRI(f"{base}ontology"),) if _known(site, iri)] if base else []


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
