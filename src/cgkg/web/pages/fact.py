"""The page of one fact: the clauses that say it, or the proof that it follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import Response

from cgkg.document.statements import Statement, statement, statements
from cgkg.presentation.axioms import Axioms, read_axioms, rule_text
from cgkg.presentation.resource import LABELS, mentioned, nearest
from cgkg.presentation.sentences import PATTERNS
from cgkg.rdf.terms import IRI, Triple
from cgkg.store.excerpt import about
from cgkg.store.reader import DEFAULT
from cgkg.web.parts.citation import cite_fact
from cgkg.web.parts.facts import Step, axioms_of, steps, terms_of
from cgkg.web.parts.figures import NUMBERS
from cgkg.web.parts.reading_ahead import places, words_of
from cgkg.web.parts.trace import MOST, Grounds, claim
from cgkg.web.parts.view import View
from cgkg.web.rendering import page, view_of
from cgkg.web.request import site_of
from cgkg.web.site import Site

if TYPE_CHECKING:
    from cgkg.reasoning import Proof


def fact_page(triple: Triple) -> Response:
    """The fact with its evidence; 404 with the nearest names where it does not hold."""
    site = site_of()
    view = view_of()
    fact = statement(site.graph, triple)
    if fact is None:
        return _no_fact(view, triple)
    proofs = _proofs(site, triple) if fact.inferred else ()
    proof = proofs[0] if proofs else None
    turned = _turned(site, triple) if fact.inferred else None
    given = tuple(axioms_of(proof)) if proof else ()
    read_axioms(site.graph, (*given, triple))
    axioms = Axioms(site.graph, view.language, given)
    grounds = Grounds(site.graph, proofs) if proofs else None
    top = steps(site.graph, proof, axioms) if proof else None
    _read_ahead(view, fact, turned, top, axioms, grounds)
    return page(
        "fact.html",
        view,
        fact=fact,
        claim=claim(site.graph, view.language, axioms, triple),
        turned=turned,
        trace=grounds.trace(site.graph, view.language, axioms) if grounds else None,
        proof=top,
        axioms=axioms,
        rule_text=lambda rule: rule_text(rule, view.language),
        can_explain=site.settings.explain is not None,
        most=MOST,
        formal=proof.size if proof else 0,
        citations=cite_fact(site, fact, top, view.language),
    )


def _proofs(site: Site, triple: Triple) -> Sequence[Proof]:
    """Proofs of the fact, one more than are told."""
    if site.settings.explain_all:
        return site.settings.explain_all(triple, MOST + 1)
    proof = site.settings.explain(triple) if site.settings.explain else None
    return (proof,) if proof else ()


def _read_ahead(
    view: View,
    fact: Statement,
    turned: Statement | None,
    top: Step | None,
    axioms: Axioms,
    grounds: Grounds | None,
) -> None:
    """Read what the page names, and which of it are figures, in four batches."""
    shown = [fact, *([turned] if turned else [])]
    names = mentioned(shown) | (terms_of(top) if top else set())
    names |= {part for part in axioms.term(fact.triple.object) if isinstance(part, IRI)}
    names |= grounds.names() if grounds else set()
    spans = [span for each in (*shown, *(top.leaves() if top else ())) for span in each.spans]
    spans += grounds.spans() if grounds else ()
    named = (*names, *places(spans))
    view.site.graph.take(
        (*about(names, *NUMBERS, g=DEFAULT), *about(named, *LABELS), *words_of(view, spans),
         *(grounds.patterns() if grounds else (PATTERNS,)))
    )  # fmt: skip
    view.read_figures(names)


def _turned(site: Site, triple: Triple) -> Statement | None:
    """The fact as a clause says it: with a property that is the inverse of this one."""
    if not isinstance(triple.object, IRI):
        return None
    inverses = sorted(site.inverses.get(triple.predicate, ()), key=str)
    turned = [Triple(triple.object, inverse, triple.subject) for inverse in inverses]
    turned_statements = statements(site.graph, turned)
    return next((each for each in turned_statements if each.spans), None)


def _no_fact(view: View, triple: Triple) -> Response:
    graph = view.site.graph
    ends = [term for term in (triple.subject, triple.predicate, triple.object)
            if isinstance(term, IRI)]  # fmt: skip
    graph.take((*about(ends), *about(ends, *NUMBERS, g=DEFAULT), *about(ends, *LABELS)))
    unknown = [iri for iri in ends if next(graph.quads(s=iri), None) is None]
    near = {iri: nearest(graph, iri) for iri in unknown}
    view.read_names(each for held in near.values() for each in held)
    return page(
        "no_fact.html",
        view,
        status=404,
        triple=triple,
        unknown=list(near.items()),
    )
