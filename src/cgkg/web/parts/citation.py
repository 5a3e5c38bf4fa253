"""Citations: plain text to copy that names document, section, span, version and address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from flask import request

from cgkg.document.spans import Span
from cgkg.document.statements import Statement
from cgkg.languages import known
from cgkg.presentation.resource import Resource
from cgkg.rdf.terms import IRI, Literal
from cgkg.web.parts.facts import Step
from cgkg.web.parts.view import View
from cgkg.web.site import Site


@dataclass(frozen=True)
class Citation:
    """How to cite a page, in one language."""

    language: str
    text: str


def cite_entity(
    site: Site, described: Resource, clauses: Iterable[Span], first: str
) -> tuple[Citation, ...]:
    """Citations of an entity with the clauses that speak of it, `first` language first."""
    said = (*described.outgoing, *described.incoming)
    spans = [described.span] if described.span else [span for each in said for span in each.spans]
    spans += [] if described.span else list(clauses)
    address = site.path(described.iri)

    def text(view: View) -> str:
        title = f"{view.label(described.iri)} <{described.iri.value}>"
        lead = view.gettext("Stated in: ")
        return _text(view, title, lead, spans, (), address)

    return _each(site, first, text)


def cite_fact(site: Site, fact: Statement, proof: Step | None, first: str) -> tuple[Citation, ...]:
    """Citations of one fact with its clauses, or with those that its proof stands on."""
    leaves = tuple(proof.leaves()) if proof else ()
    spans = [span for each in (fact, *leaves) for span in each.spans]
    graphs = [graph for each in (fact, *leaves) for graph in each.graphs]

    def text(view: View) -> str:
        terms = (fact.triple.subject, fact.triple.predicate, fact.triple.object)
        title = " ".join(_said(view, term) for term in terms)
        lead = view.gettext("Inferred from: ") if fact.inferred else view.gettext("Stated in: ")
        address = View(site, view.language).fact(fact.triple)
        return _text(view, title, lead, spans, graphs, address)

    return _each(site, first, text)


def _each(site: Site, first: str, text: Callable[[View], str]) -> tuple[Citation, ...]:
    languages = sorted(known(), key=lambda language: language != first)
    return tuple(Citation(language, text(View(site, language))) for language in languages)


def _text(
    view: View,
    title: str,
    lead: str,
    spans: Iterable[Span],
    graphs: Iterable[IRI],
    address: str,
) -> str:
    site = view.site
    name = view.pick(site.project.get("name")) or "cgkg"
    version = view.pgettext("citation", "version") + f" {site.version}"
    program = f"cgkg {site.settings.version}".strip()
    places = [*_places(view, spans), *(view.label(graph) for graph in dict.fromkeys(graphs))]
    lines = [title, view.gettext(", ").join((name, version, program))]
    lines += [f"{lead}{place}" for place in places]
    lines.append(view.gettext("Address: ") + request.url_root.rstrip("/") + address)
    return "\n".join(lines)


def _places(view: View, spans: Iterable[Span]) -> Iterator[str]:
    """The spans by document and section, in the order of the text."""
    distinct = {span.iri: span for span in spans}.values()
    ordered = sorted(distinct, key=lambda span: span.place)
    for document, part in groupby(ordered, lambda span: span.document):
        for section, cited in groupby(part, lambda span: span.section_iri):
            held = list(cited)
            where = [f"{view.label(document)} <{document.value}>"]
            if section:
                # The label of a section begins with its number.
                titled = view.pick(view.labels(section)) or held[0].section
                where.append(view.gettext("section") + f" {titled}")
            clauses = view.pgettext("list", ", ").join(
                f"{span.start}–{span.end} <{span.iri.value}>" for span in held
            )
            where.append(view.gettext("characters") + f" {clauses}")
            yield view.gettext(", ").join(where)


def _said(view: View, term: object) -> str:
    if isinstance(term, IRI):
        return view.label(term)
    return f"“{term.value}”" if isinstance(term, Literal) else "…"
