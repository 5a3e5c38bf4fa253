"""The ontology as an index: which triples say what, and what the lists in it hold.

A triple whose predicate, or whose class, belongs to the language of OWL is an axiom: the compiler
reads it, and it is no fact. `states_axiom` and `declares` draw that line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

from cgkg.rdf.terms import IRI, BlankNode, Literal, Subject, Term, Triple, parts
from cgkg.rdf.vocab import OWL, RDF, RDFS

SAME, DIFFERENT = OWL.sameAs, OWL.differentFrom
THING, NOTHING = OWL.Thing, OWL.Nothing
_TYPE, _DATATYPE = RDF.type, RDFS.Datatype


def _owl(names: str) -> frozenset[IRI]:
    return frozenset(map(OWL, names.split()))


RDFS_SCHEMA = frozenset({RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range})

# Predicates of OWL that the compiler reads.
OWL_SCHEMA = _owl(
    "equivalentClass equivalentProperty inverseOf propertyDisjointWith disjointWith"
    " propertyChainAxiom hasKey intersectionOf unionOf complementOf oneOf onProperty"
    " someValuesFrom allValuesFrom hasValue maxCardinality maxQualifiedCardinality"
    " onClass onDataRange members distinctMembers sourceIndividual assertionProperty"
    " targetIndividual targetValue"
)

# Predicates of OWL that say nothing a rule could use: annotations and the ontology's header.
OWL_HEADER = _owl(
    "versionIRI versionInfo imports deprecated priorVersion backwardCompatibleWith"
    " incompatibleWith annotatedSource annotatedProperty annotatedTarget"
)

# Kinds that a declaration names and that say no more than that.
DECLARATIONS = _owl(
    "Class Restriction ObjectProperty DatatypeProperty AnnotationProperty OntologyProperty"
    " Ontology NamedIndividual Axiom Annotation Thing DataRange DeprecatedClass"
    " DeprecatedProperty"
) | {
    RDF.Property,
    RDF.List,
    RDFS.Class,
    RDFS.ContainerMembershipProperty,
    RDFS.Datatype,
    RDFS.Literal,
    RDFS.Resource,
}
CHARACTERISTICS = _owl(
    "FunctionalProperty InverseFunctionalProperty SymmetricProperty TransitiveProperty"
    " AsymmetricProperty IrreflexiveProperty ReflexiveProperty"
)
COLLECTIONS = _owl(
    "AllDifferent AllDisjointClasses AllDisjointProperties NegativePropertyAssertion"
)


class MalformedListError(ValueError):
    """An RDF list does not end in rdf:nil, branches, or runs in a circle."""


def states_axiom(predicate: IRI) -> bool:
    """Whether triples with this predicate belong to the ontology rather than to the facts."""
    if predicate in (SAME, DIFFERENT):
        return False
    return predicate in RDFS_SCHEMA or predicate in OWL


def declares(kind: Term) -> bool:
    """Whether being of this kind is a declaration rather than a fact."""
    if kind in (THING, NOTHING):
        return False
    return isinstance(kind, IRI) and (kind in OWL or kind in DECLARATIONS)


def is_reserved(term: Term) -> bool:
    """Whether the term is a word that says what an axiom says, not one for facts."""
    if isinstance(term, Literal) or term == NOTHING:
        return False
    axiomatic = isinstance(term, IRI) and states_axiom(term) and term != THING
    return axiomatic or declares(term) or term in (RDF.first, RDF.rest)


@dataclass(frozen=True, slots=True)
class Axiom:
    """A triple of the ontology, and its parts."""

    triple: Triple
    subject: Subject = field(compare=False)
    predicate: IRI = field(compare=False)
    object: Term = field(compare=False)

    @property
    def resource(self) -> Subject | None:
        """The object, unless it is a literal."""
        return self.object if isinstance(self.object, IRI | BlankNode) else None


class AxiomIndex:
    """The triples of an ontology, by predicate and by subject, each once."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._all = {triple: Axiom(triple, *parts(triple)) for triple in dict.fromkeys(triples)}
        self._by_predicate: dict[IRI, list[Axiom]] = defaultdict(list)
        self._by_subject: dict[tuple[Subject, IRI], list[Axiom]] = defaultdict(list)
        self.datatypes: set[Term] = set()
        for axiom in self._all.values():
            self._by_predicate[axiom.predicate].append(axiom)
            self._by_subject[axiom.subject, axiom.predicate].append(axiom)
            if axiom.predicate == _TYPE and axiom.object == _DATATYPE:
                self.datatypes.add(axiom.subject)

    def __iter__(self) -> Iterator[Axiom]:
        return iter(self._all.values())

    def __contains__(self, triple: Triple) -> bool:
        return triple in self._all

    def saying(self, predicate: IRI) -> list[Axiom]:
        """The axioms with this predicate, in document order."""
        return self._by_predicate.get(predicate, [])

    def about(self, subject: Term, predicate: IRI) -> list[Axiom]:
        """The axioms of a subject with this predicate."""
        return self._by_subject.get(cast("tuple[Subject, IRI]", (subject, predicate)), [])

    def typed(self, kind: IRI) -> Iterator[Axiom]:
        """The axioms that declare something of this kind."""
        return (axiom for axiom in self.saying(RDF.type) if axiom.object == kind)

    def items(self, head: Term) -> list[Term]:
        """The members of an RDF list.

        Raises:
            MalformedListError: the list is not one.
        """
        members: list[Term] = []
        seen: set[Term] = set()
        while head != RDF.nil:
            first, rest = self.about(head, RDF.first), self.about(head, RDF.rest)
            if head in seen or len(first) != 1 or len(rest) != 1:
                raise MalformedListError(str(head))
            seen.add(head)
            members.append(first[0].object)
            head = rest[0].object
        return members
