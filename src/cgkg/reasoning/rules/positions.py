"""Where class expressions stand, and where no rule of OWL 2 RL reads them.

A restriction is used in one direction when it is a superclass and in the other when it is a
subclass; OWL 2 RL has rules for some directions only (OWL 2 Profiles, section 4.2.3). What stands
where no rule looks is reported, so that a missing conclusion is never a surprise.
"""

from __future__ import annotations

from collections.abc import Iterator

from cgkg.rdf.terms import IRI, BlankNode, Term
from cgkg.rdf.vocab import OWL, RDF, RDFS
from cgkg.reasoning.rules.axioms import Axiom, AxiomIndex, MalformedListError
from cgkg.reasoning.rules.diagnostics import UnsupportedAxiom
from cgkg.reasoning.rules.schema import classes, properties

_EXPRESSIONS = (
    OWL.intersectionOf,
    OWL.unionOf,
    OWL.complementOf,
    OWL.oneOf,
    OWL.someValuesFrom,
    OWL.allValuesFrom,
    OWL.maxCardinality,
    OWL.maxQualifiedCardinality,
)

# For each constructor: is it read as a subclass, is it read as a superclass?
_READ = {
    OWL.intersectionOf: (True, True),
    OWL.unionOf: (True, False),
    OWL.complementOf: (False, True),
    OWL.oneOf: (True, False),
    OWL.someValuesFrom: (True, False),
    OWL.allValuesFrom: (False, True),
    OWL.maxCardinality: (False, True),
    OWL.maxQualifiedCardinality: (False, True),
}


def unsupported_positions(axioms: AxiomIndex) -> list[UnsupportedAxiom]:
    """The class expressions that stand where no rule uses them."""
    walk = _Walk(axioms)
    for term, wider in _roots(axioms):
        walk.visit(term, wider)
    return list(walk.unsupported)


def _roots(axioms: AxiomIndex) -> Iterator[tuple[Term, bool]]:
    """The classes named by axioms, and whether each stands on the wider side."""
    included, relations = classes(axioms), properties(axioms)

    def by_parts(narrower: Term, wider: Term) -> bool:
        """Whether it is so by an intersection or a union itself, as the schema rules say."""
        return any(
            wider in included.above(part) for part in _parts(axioms, narrower, OWL.intersectionOf)
        ) or any(part in included.above(narrower) for part in _parts(axioms, wider, OWL.unionOf))

    for axiom in axioms.saying(RDFS.subClassOf):
        if not by_parts(axiom.subject, axiom.object):
            yield axiom.subject, False
            yield axiom.object, True
    for axiom in axioms.saying(OWL.equivalentClass):
        for narrower, wider in (
            (axiom.subject, axiom.object),
            (axiom.object, axiom.subject),
        ):
            if not by_parts(narrower, wider):
                yield narrower, False
                yield wider, True
    for axiom in axioms.saying(OWL.disjointWith):
        yield axiom.subject, False
        yield axiom.object, False
    for predicate in (RDFS.domain, RDFS.range):
        for axiom in axioms.saying(predicate):
            others = (
                one.object
                for wider in relations.above(axiom.subject)
                for one in axioms.about(wider, predicate)
                if one.object != axiom.object
            )
            if not any(by_parts(other, axiom.object) for other in others):
                yield axiom.object, True
    for axiom in axioms.saying(RDF.type):
        if isinstance(axiom.object, BlankNode):
            yield axiom.object, True


def _parts(axioms: AxiomIndex, whole: Term, predicate: IRI) -> Iterator[Term]:
    for axiom in axioms.about(whole, predicate):
        try:
            yield from axioms.items(axiom.object)
        except MalformedListError:  # the compiler reports it
            continue


class _Walk:
    """Follows expressions into their parts, once for each direction."""

    def __init__(self, axioms: AxiomIndex) -> None:
        self.axioms = axioms
        self.unsupported: dict[UnsupportedAxiom, None] = {}
        self.seen: set[tuple[Term, bool]] = set()

    def visit(self, term: Term, wider: bool) -> None:
        """Look at an expression that stands on the wider or on the narrower side."""
        if (term, wider) in self.seen or not isinstance(term, IRI | BlankNode):
            return
        self.seen.add((term, wider))
        if term in self.axioms.datatypes:
            return
        for predicate in _EXPRESSIONS:
            for axiom in self.axioms.about(term, predicate):
                if not _READ[predicate][wider]:
                    side = "superclass" if wider else "subclass"
                    construct = f"owl:{OWL.local(predicate)} as a {side}"
                    self.unsupported[UnsupportedAxiom(axiom.triple, construct)] = None
                for part, below in self._parts(axiom, wider):
                    self.visit(part, below)

    def _parts(self, axiom: Axiom, wider: bool) -> Iterator[tuple[Term, bool]]:
        if axiom.predicate in (OWL.intersectionOf, OWL.unionOf):
            try:
                yield from ((part, wider) for part in self.axioms.items(axiom.object))
            except MalformedListError:  # the compiler reports it
                return
        elif axiom.predicate == OWL.complementOf:
            yield axiom.object, not wider
        elif axiom.predicate == OWL.someValuesFrom:
            yield axiom.object, False
        elif axiom.predicate == OWL.allValuesFrom:
            yield axiom.object, True
        elif axiom.predicate == OWL.maxQualifiedCardinality:
            for named in self.axioms.about(axiom.subject, OWL.onClass):
                yield named.object, False
