"""The reference engine: owlrl behind the contract of `cgkg.reasoning.close`.

It is slow and gives no proofs. Of what it adds, the triples that `cgkg.reasoning` leaves out are
dropped here too, so that two closures can be compared as sets.
"""

from __future__ import annotations

from collections.abc import Iterable

import owlrl
import rdflib

from cgkg.rdf import IRI, BlankNode, Literal, Term, Triple
from cgkg.reasoning.axioms import DIFFERENT, SAME, THING, declares, parts, states_axiom
from cgkg.reasoning.closure import Closure
from cgkg.reasoning.diagnostics import Inconsistency
from cgkg.reasoning.proof import Proof
from cgkg.vocab import OWL, RDF, RDFS, XSD

_ERROR = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")

# The beginning or a part of what owlrl says, and the rule it says it of.
_MESSAGES = (
    ("and 'differentFrom'", "eq-diff1"),
    ("'AllDifferent'", "eq-diff2"),
    ("Irreflexive property", "prp-irp"),
    ("asymmetric property", "prp-asyp"),
    ("AllDisjointProperties", "prp-adp"),
    ("disjoint properties", "prp-pdw"),
    ("negative property assertion", "prp-npa1"),
    ("of type Nothing", "cls-nothing2"),
    ("complementOf", "cls-com"),
    ("maximum qualified cardinality", "cls-maxqc1"),
    ("maximum cardinality", "cls-maxc1"),
    ("AllDisjointClasses", "cax-adc"),
    ("Disjoint classes", "cax-dw"),
    ("Lexical value", "dt-not-type"),
)


def close(ontology: Iterable[Triple], data: Iterable[Triple]) -> Closure:
    """The closure by owlrl; `explain` knows asserted triples only."""
    asserted = {*ontology, *data}
    graph = rdflib.Graph()
    for triple in asserted:
        subject, predicate, target = map(_to_rdflib, parts(triple))
        graph.add((subject, predicate, target))
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    messages = sorted(str(text) for text in graph.objects(None, _ERROR))
    inferred = sorted(_new(graph, asserted), key=_by_text)

    def explain(triple: Triple) -> Proof | None:
        return Proof(triple, None, (), ()) if triple in asserted else None

    return Closure(
        inconsistencies=tuple(Inconsistency(_rule(text), text, (), ()) for text in messages),
        unsupported=(),
        rounds=0,
        _infer=lambda: inferred,
        _explain=explain,
    )


def _by_text(triple: Triple) -> tuple[str, ...]:
    return tuple(str(term) for term in triple)


def _rule(message: str) -> str:
    return next((rule for part, rule in _MESSAGES if part in message), "owlrl")


def _new(graph: rdflib.Graph, asserted: set[Triple]) -> Iterable[Triple]:
    """What owlrl added, less what the contract leaves out."""
    errors = set(graph.subjects(_ERROR, None))
    for subject, predicate, target in graph:
        if isinstance(subject, rdflib.Literal) or not isinstance(predicate, rdflib.URIRef):
            continue
        if subject in errors:
            continue
        terms = [_from_rdflib(term) for term in (subject, predicate, target)]
        assert not isinstance(terms[0], Literal)
        assert isinstance(terms[1], IRI)
        triple = Triple(terms[0], terms[1], terms[2])
        if triple not in asserted and not _left_out(triple):
            yield triple


def _left_out(triple: Triple) -> bool:
    """Whether the triple is one of those `cgkg.reasoning` does not count as inferred."""
    subject, predicate, target = parts(triple)
    if predicate == SAME:
        return subject == target or isinstance(target, Literal)
    if predicate == RDF.type:
        trivial = isinstance(target, BlankNode | Literal) or target in (THING, RDFS.Resource)
        return trivial or declares(target) or _of_the_language(subject)
    if predicate == DIFFERENT:
        return False
    return states_axiom(predicate)


def _of_the_language(term: Term) -> bool:
    return isinstance(term, IRI) and any(term in part for part in (RDF, RDFS, OWL, XSD))


def _to_rdflib(term: Term) -> rdflib.term.Node:
    if isinstance(term, IRI):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    datatype = rdflib.URIRef(term.datatype.value)
    if datatype == rdflib.XSD.string:
        return rdflib.Literal(term.value)
    return rdflib.Literal(term.value, datatype=datatype, normalize=False)


def _from_rdflib(term: rdflib.term.Node) -> Term:
    if isinstance(term, rdflib.URIRef):
        return IRI(str(term))
    if isinstance(term, rdflib.BNode):
        return BlankNode(str(term))
    assert isinstance(term, rdflib.Literal)
    if term.language:
        return Literal(str(term), language=term.language)
    if term.datatype is None:
        return Literal(str(term))
    return Literal(str(term), datatype=IRI(str(term.datatype)))
