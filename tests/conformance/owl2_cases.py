"""The W3C OWL 2 test cases, read from the suite's one file, and what entailment means for them.

A case gives ontologies in RDF/XML or only in functional syntax; the few that only exist in the
latter are transcribed in `_TRANSCRIBED`. A conclusion is entailed when each of its statements is:

- **by lookup**, when the closure with its schema has the triple, or the datatype map says it;
- **by refutation** otherwise: the premise together with the statement's negation must be
  inconsistent. Negations speak of fresh individuals ("x is a C and no D" for a subclass). Of a
  statement that is a conjunction (an equivalence, pairwise differences) each part is refuted.
- A range that is a datatype is refuted once for every kind of literal: the datatypes of the map
  are cut at the same few numbers, so a literal on each side of every cut stands for all.

Declarations, the ontology's header, and class expressions that stand in no axiom say nothing. Under
the Direct Semantics alone neither do annotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations
from pathlib import Path

import pyoxigraph as ox
from reasoning_cases import triples

from cgkg.rdf.terms import IRI, BlankNode, Literal, Subject, Term, Triple, parts
from cgkg.rdf.vocab import OWL, RDF, RDFS, XSD, Namespace
from cgkg.reasoning import Closure, close
from cgkg.reasoning.rules import datatypes
from cgkg.reasoning.rules.axioms import DECLARATIONS, OWL_HEADER

SUITE = Path(__file__).resolve().parents[3] / "shared" / "suites" / "owl2" / "all.rdf"
_TEST = Namespace("http://www.w3.org/2007/OWL/testOntology#")
_BASE = "http://test.invalid/"
_ENTITY = re.compile(rb"<!ENTITY (\w+) '([^']*)'>")

_TRANSCRIBED = {
    "functionality-clash": ":hasAge a owl:DatatypeProperty , owl:FunctionalProperty ."
    " :a a owl:NamedIndividual , [ a owl:Restriction ; owl:onProperty :hasAge ; owl:hasValue 18 ] ,"
    " [ a owl:Restriction ; owl:onProperty :hasAge ; owl:hasValue 19 ] .",
    "Plus and Minus Zero are Distinct": ":numberOfChildren a owl:DatatypeProperty ,"
    " owl:FunctionalProperty . :Meg a owl:NamedIndividual ;"
    ' :numberOfChildren "+0.0"^^xsd:float , "-0.0"^^xsd:float .',
    "string-integer-clash": ":hasAge a owl:DatatypeProperty ; rdfs:range xsd:integer ."
    " :a a owl:NamedIndividual , [ a owl:Restriction ; owl:onProperty :hasAge ;"
    ' owl:hasValue "aString" ] .',
}

_EXPRESSION = {
    RDF.first,
    RDF.rest,
    OWL.intersectionOf,
    OWL.unionOf,
    OWL.complementOf,
    OWL.oneOf,
    OWL.onProperty,
    OWL.someValuesFrom,
    OWL.allValuesFrom,
    OWL.hasValue,
    OWL.minCardinality,
    OWL.maxCardinality,
    OWL.cardinality,
}

# The bounds of the integer datatypes of XML Schema, and a value on each side of every one.
_BOUNDS = (0, *(2**bits for bits in (7, 8, 15, 16, 31, 32, 63, 64)))
_NUMBERS = sorted(
    {sign * bound + step for bound in _BOUNDS for sign in (1, -1) for step in (-1, 0, 1)}
)
_WITNESSES = (
    *(Literal(str(number), datatype=XSD.integer) for number in _NUMBERS),
    Literal("0.5", datatype=XSD.decimal),
    Literal("0.0", datatype=XSD.float),
    Literal("0.0", datatype=XSD.double),
    Literal("true", datatype=XSD.boolean),
    Literal("text"),
    Literal("text", language="en"),
    Literal("2020-01-01T00:00:00Z", datatype=XSD.dateTime),
    Literal("https://example.org/", datatype=XSD.anyURI),
    Literal("00", datatype=XSD.hexBinary),
)


@dataclass(frozen=True)
class Case:
    """One test case of the RL profile.

    Attributes:
        kinds: what it asks, such as ConsistencyTest.
        premise: the ontology, with what it imports.
        conclusion: what follows, or for a negative test does not; None where nothing is asked.
        direct: whether only the Direct Semantics gives its answer.
    """

    name: str
    kinds: frozenset[str]
    premise: tuple[Triple, ...]
    conclusion: tuple[Triple, ...] | None
    direct: bool

    @cached_property
    def closure(self) -> Closure:
        """The closure of the premise."""
        return close(self.premise, [], include_schema=True)

    def statements(self) -> Iterator[Triple]:
        """What the conclusion says."""
        return _Said(self.conclusion or ()).statements(annotations=not self.direct)

    def entailed(self) -> bool:
        """Whether each statement of the conclusion follows from the premise."""
        said = _Said(self.conclusion or ())
        return all(self._follows(said, one) for one in self.statements())

    def _follows(self, said: _Said, statement: Triple) -> bool:
        if _of_the_map(statement) or self.closure.explain(statement) is not None:
            return True
        parts = list(said.negations(statement))
        return bool(parts) and all(close(self.premise, part).inconsistencies for part in parts)


@cache
def cases() -> tuple[Case, ...]:
    """The cases of the RL profile, in the order of the suite; none if it is not at hand."""
    if not SUITE.is_file():
        return ()
    document = _ENTITY.sub(rb'<!ENTITY \1 "\2">', SUITE.read_bytes())
    about: dict[Term, dict[IRI, list[Term]]] = {}
    for quad in ox.parse(document, format=ox.RdfFormat.RDF_XML, base_iri=_BASE):
        about.setdefault(quad.subject, {}).setdefault(quad.predicate, []).append(quad.object)
    return tuple(
        _case(about, entry)
        for entry in about.values()
        if _TEST.RL in entry.get(_TEST.profile, ()) and _TEST.identifier in entry
    )


def _case(about: dict[Term, dict[IRI, list[Term]]], entry: dict[IRI, list[Term]]) -> Case:
    name = entry[_TEST.identifier][0].value
    premise = _ontologies(entry, "rdfXmlPremiseOntology")
    for imported in entry.get(_TEST.importedOntology, ()):
        premise += _ontologies(about[imported], "rdfXmlInputOntology")
    if not premise:
        premise = tuple(triples(_TRANSCRIBED[name]))
    conclusion = _ontologies(entry, "rdfXmlConclusionOntology")
    conclusion += _ontologies(entry, "rdfXmlNonConclusionOntology")
    kinds = frozenset(_TEST.local(kind) for kind in entry[RDF.type] if isinstance(kind, IRI))
    direct = entry[_TEST.semantics] == [_TEST.DIRECT]
    return Case(name, kinds, premise, conclusion or None, direct)


def _ontologies(entry: dict[IRI, list[Term]], kind: str) -> tuple[Triple, ...]:
    return tuple(
        quad.triple
        for text in entry.get(_TEST(kind), ())
        for quad in ox.parse(text.value, format=ox.RdfFormat.RDF_XML, base_iri=_BASE)
    )


def _of_the_map(statement: Triple) -> bool:
    """dt-type1: the datatypes of the map are datatypes."""
    named = isinstance(statement.subject, IRI) and datatypes.known(statement.subject)
    return named and (statement.predicate, statement.object) == (RDF.type, RDFS.Datatype)


class _Said:
    """What a conclusion says."""

    def __init__(self, given: Iterable[Triple]) -> None:
        self.given = tuple(given)
        self._objects: dict[tuple[Term, IRI], Term] = {
            (s, p): o for s, p, o in map(parts, self.given)
        }
        self._fresh = 0

    def statements(self, *, annotations: bool) -> Iterator[Triple]:
        """Its statements, without declarations and the make-up of expressions."""
        notes = {t.subject for t in self.given if t.object == OWL.AnnotationProperty}
        notes |= {RDFS.comment, RDFS.label}
        for triple in self.given:
            declared = triple.predicate == RDF.type and triple.object in DECLARATIONS
            if declared and triple.object != RDFS.Datatype:
                continue
            if triple.predicate in _EXPRESSION or triple.predicate in OWL_HEADER:
                continue
            if triple.predicate in notes and not annotations:
                continue
            if triple.predicate != OWL.members:  # told by the type of its subject
                yield triple

    def negations(self, statement: Triple) -> Iterator[list[Triple]]:
        """What must be refuted, each by itself, for the statement to follow; none if unknown."""
        s, p, o = parts(statement)
        context = [t for t in self.given if t.predicate in _EXPRESSION]
        x, y, z = self._node(), self._node(), self._node()
        if p == OWL.differentFrom:
            yield [Triple(s, OWL.sameAs, o)]
        elif p == OWL.sameAs:
            yield [Triple(s, OWL.differentFrom, o)]
        elif p == RDFS.range and isinstance(s, IRI) and isinstance(o, IRI) and datatypes.known(o):
            for literal in _WITNESSES:
                if datatypes.belongs(literal, o) is False:
                    yield [Triple(x, s, literal)]
        elif p == RDF.type and o == OWL.AllDifferent:
            for one, other in combinations(self._members(s), 2):
                yield [Triple(one, OWL.sameAs, other)]
        elif p == RDF.type and o == OWL.TransitiveProperty and isinstance(s, IRI):
            yield [Triple(x, s, y), Triple(y, s, z), *self._never(x, s, z)]
        elif p == RDF.type:
            yield [*self._outside(s, o), *context]

    def _node(self) -> IRI:
        self._fresh += 1
        return IRI(f"{_BASE}fresh{self._fresh}")

    def _members(self, subject: Subject) -> list[Subject]:
        head, found = self._objects[subject, OWL.members], list[Subject]()
        while head != RDF.nil:
            member = self._objects[head, RDF.first]
            assert not isinstance(member, Literal)
            found.append(member)
            head = self._objects[head, RDF.rest]
        return found

    def _outside(self, individual: Subject, kind: Term) -> list[Triple]:
        """That an individual is not in a class."""
        whole = self._objects.get((kind, OWL.complementOf))
        if whole is not None:
            return [Triple(individual, RDF.type, whole)]
        node = BlankNode()
        return [Triple(individual, RDF.type, node), Triple(node, OWL.complementOf, kind)]

    def _never(self, source: Term, relation: Term, target: Term) -> list[Triple]:
        """That a property does not hold between two individuals."""
        node = BlankNode()
        return [
            Triple(node, OWL.sourceIndividual, source),
            Triple(node, OWL.assertionProperty, relation),
            Triple(node, OWL.targetIndividual, target),
        ]
