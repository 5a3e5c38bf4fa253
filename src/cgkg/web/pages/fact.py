"""The page of one fact: the clauses that say it, or the proof that it follows."""

from __future__ import annotations

from flask import Response

from cgkg.document.statements import Statement, statement
from cgkg.presentation.axioms import Axioms, rule_text
from cgkg.presentation.resource import labels_of, nearest
from cgkg.rdf.terms import IRI, Triple
from cgkg.web.parts.citation import cite_fact
from cgkg.web.parts.facts import axioms_of, steps, terms_of
from cgkg.web.parts.view import View
from cgkg.web.rendering import page, view_of
from cgkg.web.request import site_of
from cgkg.web.site import Site


def fact_page(triple: Triple) -> Response:
    """The fact with its evidence; 404 with the nearest names where it does not hold."""
    site = site_of()
    view = view_of()
    fact = statement(site.graph, triple)
    if fact is None:
        return _no_fact(view, triple)
    explain = site.settings.explain
    proof = explain(triple) if explain and fact.inferred else None
    turned = _turned(site, triple) if fact.inferred else None
    axioms = Axioms(site.graph, view.language, axioms_of(proof) if proof else ())
    top = steps(site.graph, proof, axioms) if proof else None
    names = terms_of(top) if top else ()
    view = view_of({iri: dict(n) for iri, n in labels_of(site.graph, names).items()})
    return page(
        "fact.html",
        view,
        fact=fact,
        turned=turned,
        proof=top,
        axioms=axioms,
        rule_text=lambda rule: rule_text(rule, view.language),
        leaves=list({leaf.triple: leaf for leaf in top.leaves()}.values()) if top else [],
        can_explain=explain is not None,
        citations=cite_fact(site, fact, top, view.language),
    )


def _turned(site: Site, triple: Triple) -> Statement | None:
    """The fact as a clause says it: with a property that is the inverse of this one."""
    if not isinstance(triple.object, IRI):
        return None
    for inverse in sorted(site.inverses.get(triple.predicate, ()), key=str):
        found = statement(site.graph, Triple(triple.object, inverse, triple.subject))
        if found and found.spans:
            return found
    return None


def _no_fact(view: View, triple: Triple) -> Response:
    graph = view.site.graph
    ends = [term for term in (triple.subject, triple.predicate, triple.object)
            if isinstance(term, IRI)]  # fmt: skip
    unknown = [iri for iri in ends if next(graph.quads(s=iri), None) is None]
    return page(
        "no_fact.html",
        view,
        status=404,
        triple=triple,
        unknown=[(iri, nearest(graph, iri)) for iri in unknown],
    )
