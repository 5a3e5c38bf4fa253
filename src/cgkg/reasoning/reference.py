"""The reference engine: owlrl behind the contract of `cgkg.reasoning.close`.

It is slow and gives no proofs. Of what it adds, the triples that `cgkg.reasoning` leaves out are
dropped here too, so that two closures can be compared as sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

import owlrl
import rdflib

from cgkg.rdf.terms import IRI, BlankNode, Literal, Term, Triple, parts
from cgkg.rdf.vocab import OWL, RDF, RDFS, XSD
from cgkg.reasoning.closure import Closure, sort_key
from cgkg.reasoning.core.encoded import Encoded
from cgkg.reasoning.core.terms import TermDictionary
from cgkg.reasoning.proofs.proof import Proof
from cgkg.reasoning.rules.axioms import NOTHING, RDFS_SCHEMA, SAME, THING, declares, states_axiom
from cgkg.reasoning.rules.diagnostics import Inconsistency

_ERROR = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")

# The beginning or a part of what owlrl says, and the rule it says it of.
_MESSAGES = (
    ("and 'differentFrom'", "eq-diff1"),
    ("'AllDifferent'", "eq-diff2"),
    ("Irreflexive property", "prp-irp"),
    ("asymmetric property", "prp-asyp"),
    ("AllDisjointProperties", "prp-adp"),
    ("disjoint properties", "prp-pdw"),
    ("Negative (object)", "prp-npa1"),
    ("Negative (datatype)", "prp-npa2"),
    ("of type 'Nothing'", "cls-nothing2"),
    ("complementarity", "cls-com"),
    ("maximum qualified cardinality", "cls-maxqc1"),
    ("maximum cardinality", "cls-maxc1"),
    ("Disjoint classes", "cax-dw"),  # said for cax-adc too
    ("Lexical value", "dt-not-type"),
)


def close(
    ontology: Iterable[Triple], data: Iterable[Triple], *, include_schema: bool = False
) -> Closure:
    """The closure by owlrl; `explain` knows asserted triples only."""
    asserted = {*ontology, *data}
    graph = rdflib.Graph()
    for triple in asserted:
        subject, predicate, target = map(_to_rdflib, parts(triple))
        graph.add((subject, predicate, target))
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    messages = sorted(str(text) for text in graph.objects(None, _ERROR))
    cells = set(Encoded.of(TermDictionary(), asserted).cells())
    new = (triple for triple in _new(graph) if triple not in asserted)
    inferred = sorted(
        (
            one
            for one in new
            if not _left_out(one, include_schema)
            and not (one.predicate in (RDF.first, RDF.rest) and one.subject in cells)
        ),
        key=sort_key,
    )

    def explain(triple: Triple) -> Proof | None:
        return Proof(triple, None, (), ()) if triple in asserted else None

    return Closure(
        inconsistencies=tuple(Inconsistency(_rule(text), text, (), ()) for text in messages),
        unsupported=(),
        rounds=0,
        _infer=lambda: inferred,
        _explain=explain,
        _alternatives=lambda triple: (proof for proof in (explain(triple),) if proof),
    )


def _rule(message: str) -> str:
    return next((rule for part, rule in _MESSAGES if part in message), "owlrl")


def _new(graph: rdflib.Graph) -> Iterator[Triple]:
    """The triples of the graph that are RDF, without the error messages."""
    errors = set(graph.subjects(_ERROR, None))
    for subject, predicate, target in graph:
        if isinstance(subject, rdflib.Literal) or not isinstance(predicate, rdflib.URIRef):
            continue
        if subject not in errors:
            terms = cast("Any", [_from_rdflib(term) for term in (subject, predicate, target)])
            yield Triple(*terms)


def _left_out(triple: Triple, include_schema: bool) -> bool:
    """Whether the triple is one of those `cgkg.reasoning` does not count as inferred."""
    subject, predicate, target = parts(triple)
    if predicate == SAME:
        return subject == target or isinstance(target, Literal)
    if predicate == RDF.type:
        trivial = isinstance(target, BlankNode | Literal) or target in (THING, RDFS.Resource)
        return trivial or declares(target) or _of_the_language(subject)
    if not states_axiom(predicate):
        return False
    named = isinstance(subject, IRI) and isinstance(target, IRI) and subject != target
    says = named and not {subject, target} & {THING, NOTHING} and not _of_the_language(subject)
    return not (include_schema and says and predicate in _SCHEMA)


_SCHEMA = RDFS_SCHEMA | {OWL.equivalentClass, OWL.equivalentProperty}


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
