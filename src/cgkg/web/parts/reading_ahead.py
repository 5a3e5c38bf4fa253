"""What the page of an entity looks up while it is made, read before that in few batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cgkg.document.spans import Span, span_of
from cgkg.document.statements import Statement
from cgkg.presentation.resource import LABELS, Resource, mentioned
from cgkg.rdf.terms import IRI, BlankNode, parts
from cgkg.rdf.vocab import CG, DCTERMS, SKOS
from cgkg.store.excerpt import about
from cgkg.store.reader import DEFAULT, QuadPattern
from cgkg.web.parts.figures import NUMBERS, SUBJECTS
from cgkg.web.parts.view import View

_NEAR = (CG.inSection, CG.inSentence)


def read_ahead(view: View, described: Resource, named: Iterable[IRI]) -> None:
    """Read what is said of spans, figures, expressions, and all names, in five batches.

    Args:
        view: of the page.
        described: what it is about.
        named: other IRIs that it names and defines.
    """
    graph = view.site.graph
    shown = (*described.outgoing, *described.incoming, *described.uses, *described.content)
    iris = mentioned(shown) | {described.iri}
    defined = {each.triple.predicate for each in shown} | set(named)
    clauses = clauses_of(described)
    clauses |= _clauses_of_lines(view, described)
    spans = [*_spans(shown), *([described.span] if described.span else [])]
    graph.take(
        (
            *about(iris, *NUMBERS, g=DEFAULT),
            *about(defined, SKOS.definition, g=DEFAULT),
            *about((*places(spans), *defined), *LABELS),
            *about(clauses, g=DEFAULT),
            *words_of(view, spans),
        )
    )
    view.read_figures(iris, described_by_figures(described))
    figures = [figure for figure in map(view.figure, iris) if figure]
    ends = {end for f in figures for end in (f.indicator, f.relative_to) if end}
    more = [span for figure in figures for span in figure.spans]
    more += [span for iri in clauses if (span := span_of(graph, iri))]
    ends |= {span.mode for span in more if span.mode}
    graph.take(
        (*about((*places(more), *ends, *_expressed(view, shown)), *LABELS),
         *words_of(view, more))
    )  # fmt: skip


def _clauses_of_lines(view: View, described: Resource) -> set[IRI]:
    lines = (view.site.page_words.lines or {}).get(described.iri, ())
    return {each.clause for each in lines if each.clause}


def described_by_figures(described: Resource) -> list[IRI]:
    """What may be a figure about the thing."""
    about_it = (e.triple.subject for e in described.incoming if e.triple.predicate in SUBJECTS)
    return [subject for subject in about_it if isinstance(subject, IRI)]


def clauses_of(described: Resource) -> set[IRI]:
    """What stands in a section or sentence."""
    held = (e.triple.subject for e in described.incoming if e.triple.predicate in _NEAR)
    return {subject for subject in held if isinstance(subject, IRI)}


def places(spans: Iterable[Span]) -> Iterator[IRI]:
    """What is named where it is said where spans stand."""
    for span in spans:
        yield span.document
        if span.section_iri:
            yield span.section_iri
        if span.sentence:
            yield sentence_of(span)


def words_of(view: View, spans: Iterable[Span]) -> Iterator[QuadPattern]:
    """Patterns for what the words of spans are cut by, if these are at hand."""
    for span in spans if view.site.settings.source else ():
        yield QuadPattern(span.document, DCTERMS.language, None, DEFAULT)
        for predicate in (CG.charStart, CG.charEnd):
            yield QuadPattern(sentence_of(span), predicate, None, DEFAULT)


def sentence_of(span: Span) -> IRI:
    """The IRI of the sentence that a span lies in."""
    return IRI(f"{span.document.value}/s/{span.sentence:04d}")


def _spans(statements: Iterable[Statement]) -> Iterator[Span]:
    yield from {span.iri: span for each in statements for span in each.spans}.values()


def _expressed(view: View, statements: Iterable[Statement]) -> Iterator[IRI]:
    """What the class expressions among the statements name; they are read in one batch."""
    ends = {end for each in statements for end in parts(each.triple)}
    blanks = sorted((end for end in ends if isinstance(end, BlankNode)), key=str)
    graph = view.site.graph
    graph.expand(blanks)
    seen: set[BlankNode] = set()
    while blanks:
        node = blanks.pop()
        if node in seen:
            continue
        seen.add(node)
        for triple in graph.triples(node):
            yield triple.predicate
            if isinstance(triple.object, BlankNode):
                blanks.append(triple.object)
            elif isinstance(triple.object, IRI):
                yield triple.object
