"""Citations: plain text to copy that names document, section, span, version and address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from flask import request

from cgkg.document.spans import Span
from cgkg.document.statements import Statement
from cgkg.presentation.resource import Resource
from cgkg.rdf.terms import IRI, Literal
from cgkg.web.parts.facts import Step
from cgkg.web.parts.view import Language, View
from cgkg.web.site import Site

_LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True)
class Citation:
    """How to cite a page, in one language."""

    language: Language
    text: str


def cite_entity(
    site: Site, found: Resource, clauses: Iterable[Span], first: Language
) -> tuple[Citation, ...]:
    """Citations of an entity with the clauses that speak of it, `first` language first."""
    said = (*found.outgoing, *found.incoming)
    spans = [found.span] if found.span else [span for each in said for span in each.spans]
    spans += [] if found.span else list(clauses)
    address = site.path(found.iri)

    def text(view: View) -> str:
        title = f"{view.label(found.iri)} <{found.iri.value}>"
        lead = view.t("Stated in: ", "出处：")
        return _text(view, title, lead, spans, (), address)

    return _both(site, first, text)


def cite_fact(
    site: Site, fact: Statement, proof: Step | None, first: Language
) -> tuple[Citation, ...]:
    """Citations of one fact with its clauses, or with those that its proof stands on."""
    leaves = tuple(proof.leaves()) if proof else ()
    spans = [span for each in (fact, *leaves) for span in each.spans]
    graphs = [graph for each in (fact, *leaves) for graph in each.graphs]

    def text(view: View) -> str:
        terms = (fact.triple.subject, fact.triple.predicate, fact.triple.object)
        title = " ".join(_said(view, term) for term in terms)
        lead = (
            view.t("Inferred from: ", "推断依据：")
            if fact.inferred
            else view.t("Stated in: ", "出处：")
        )
        address = View(site, view.language).fact(fact.triple)
        return _text(view, title, lead, spans, graphs, address)

    return _both(site, first, text)


def _both(site: Site, first: Language, text: Callable[[View], str]) -> tuple[Citation, ...]:
    languages = sorted(_LANGUAGES, key=lambda language: language != first)
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
    version = f"{view.t('generation', '版本')} {site.generation.id}"
    program = f"cgkg {site.settings.version}".strip()
    places = [*_places(view, spans), *(view.label(graph) for graph in dict.fromkeys(graphs))]
    lines = [title, view.t(", ", "，").join((name, version, program))]
    lines += [f"{lead}{place}" for place in places]
    lines.append(f"{view.t('Address: ', '网址：')}{request.url_root.rstrip('/')}{address}")
    return "\n".join(lines)


def _places(view: View, spans: Iterable[Span]) -> Iterator[str]:
    """The spans by document and section, in the order of the text."""
    distinct = {span.iri: span for span in spans}.values()
    ordered = sorted(distinct, key=lambda span: (span.document.value, span.start, span.end))
    for document, part in groupby(ordered, lambda span: span.document):
        for section, cited in groupby(part, lambda span: span.section):
            held = list(cited)
            where = [f"{view.label(document)} <{document.value}>"]
            if section:
                # The label of a section begins with its number.
                titled = view.pick(view.labels(view.section(held[0]))) or section
                where.append(f"{view.t('section', '章节')} {titled}")
            clauses = view.t(", ", "、").join(
                f"{span.start}–{span.end} <{span.iri.value}>" for span in held
            )
            where.append(f"{view.t('characters', '字符')} {clauses}")
            yield view.t(", ", "，").join(where)


def _said(view: View, term: object) -> str:
    if isinstance(term, IRI):
        return view.label(term)
    return f"“{term.value}”" if isinstance(term, Literal) else "…"
