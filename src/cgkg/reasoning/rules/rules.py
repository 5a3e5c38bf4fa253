"""From axioms to rules: each compiled rule bears its W3C name and the axioms it was made from.

The names are those of OWL 2 RL/RDF (OWL 2 Profiles, section 4.3, tables 4 to 9). A rule that
quantifies over the schema ("if p is transitive …") becomes one rule for each such axiom, with only
facts left in its body. How each of the 78 rules is met, and every deliberate difference, is told in
`cgkg.reasoning`; a construct that no rule handles becomes an `UnsupportedAxiom`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Literal as OneOf
from typing import TypeVar

from cgkg.rdf.terms import IRI, Literal, Subject, Term, Triple
from cgkg.rdf.vocab import OWL, RDF, RDFS
from cgkg.reasoning.rules import datatypes
from cgkg.reasoning.rules.axioms import (
    CHARACTERISTICS,
    COLLECTIONS,
    DECLARATIONS,
    DIFFERENT,
    NOTHING,
    OWL_HEADER,
    OWL_SCHEMA,
    SAME,
    THING,
    Axiom,
    AxiomIndex,
    MalformedListError,
    declares,
    states_axiom,
)
from cgkg.reasoning.rules.diagnostics import UnsupportedAxiom, short
from cgkg.reasoning.rules.positions import unsupported_positions
from cgkg.reasoning.rules.ruleset import (
    Atom,
    Check,
    Edge,
    Exclusion,
    Grouping,
    InDatatype,
    Member,
    Rule,
    Ruleset,
    Slot,
)
from cgkg.reasoning.rules.schema import restriction_inclusions

_Compiled = Rule | Check | Exclusion | UnsupportedAxiom
Kept = TypeVar("Kept", bound=Atom)


def compile(ontology: AxiomIndex | Iterable[Triple]) -> Ruleset:
    """The rules of an ontology.

    Args:
        ontology: its triples; those that are no axioms are passed over.
    """
    axioms = ontology if isinstance(ontology, AxiomIndex) else AxiomIndex(ontology)
    compiled: dict[_Compiled, None] = {}
    # Of two proofs of one size the earlier rule's is taken: hierarchies explain best.
    for table in (_ClassAxioms, _Expressions, _Properties, _Equality, _Vocabulary):
        compiled.update(dict.fromkeys(table(axioms)))
    compiled.update(dict.fromkeys(unsupported_positions(axioms)))
    return Ruleset(
        rules=tuple(item for item in compiled if isinstance(item, Rule)),
        checks=tuple(item for item in compiled if isinstance(item, Check)),
        exclusions=tuple(item for item in compiled if isinstance(item, Exclusion)),
        unsupported=tuple(item for item in compiled if isinstance(item, UnsupportedAxiom)),
    )


def _unsupported(axiom: Axiom, construct: str) -> UnsupportedAxiom:
    return UnsupportedAxiom(axiom.triple, construct)


def _passed_over(axiom: Axiom, construct: str) -> UnsupportedAxiom:
    """As `_unsupported`, of what a rule of OWL 2 RL would read."""
    return UnsupportedAxiom(axiom.triple, construct, has_rule=True)


class _RuleTable:
    """One table of the specification; iterating gives what its axioms compile to."""

    def __init__(self, axioms: AxiomIndex) -> None:
        self.axioms = axioms

    def __iter__(self) -> Iterator[_Compiled]:
        raise NotImplementedError

    def rule(
        self, name: str, head: Member | Edge, body: Iterable[Atom], *axioms: Axiom
    ) -> Iterator[_Compiled]:
        """The rule, unless it is trivial; refused when it reasons about the language itself."""
        head, kept = _as_member(head), _without_thing(map(_as_member, body))
        if kept is None:
            yield _passed_over(axioms[0], "owl:Thing as a subclass")
        elif reserved := _reserved(kept, head):
            yield _passed_over(axioms[0], f"an axiom about {reserved}")
        elif head not in kept and not _is_top(head):
            yield Rule(name, head, kept, _triples(axioms))

    def same(
        self,
        name: str,
        pattern: tuple[Atom, ...],
        keys: tuple[int, ...],
        member: int,
        *axioms: Axiom,
    ) -> Iterator[_Compiled]:
        """The rule that makes members with equal keys the same."""
        kept = _without_thing(pattern)
        assert kept is not None, "a pattern binds its variables by edges"
        if reserved := _reserved(kept):
            yield _passed_over(axioms[0], f"an axiom about {reserved}")
            return
        variables = {slot for atom in kept for slot in _variables(atom)}
        others = sorted(variables - {*keys})
        rename = {one: max(variables) + 1 + place for place, one in enumerate(others)}
        twin = (_rename(atom, rename) for atom in kept)
        body = (*kept, *(atom for atom in twin if atom not in kept))
        head = Edge(member, SAME, rename[member])
        yield Rule(name, head, body, _triples(axioms), Grouping(kept, keys, member))

    def check(self, name: str, body: Iterable[Atom], *axioms: Axiom) -> Iterator[_Compiled]:
        """The check; refused when it reasons about the language itself."""
        kept = _without_thing(map(_as_member, body))
        if kept is None:
            yield _passed_over(axioms[0], "an axiom by which owl:Thing is empty")
        elif reserved := _reserved(kept):
            yield _passed_over(axioms[0], f"an axiom about {reserved}")
        else:
            yield Check(name, kept, _triples(axioms))

    def exclusion(self, excluded: Exclusion, axiom: Axiom) -> Iterator[_Compiled]:
        """The exclusion; refused when it is about the language itself."""
        atoms: Iterable[Atom] = ()
        if excluded.kind == "classes":
            atoms = (Member(0, one) for one in excluded.members)
        elif excluded.kind == "properties":
            atoms = (Edge(0, one, 1) for one in excluded.members)
        if reserved := _reserved(atoms):
            yield _passed_over(axiom, f"an axiom about {reserved}")
        else:
            yield excluded

    def listed(
        self, name: str, kind: OneOf["classes", "properties", "individuals"], listing: Axiom
    ) -> Iterator[_Compiled]:
        """The exclusion of the members of a list."""
        members, refused = self.resources(listing)
        yield from refused
        yield from self.exclusion(Exclusion(name, kind, members, (listing.triple,)), listing)
        if kind != "individuals":  # what a list has twice is disjoint with itself
            for one in (member for member, times in Counter(members).items() if times > 1):
                atom = Member(0, one) if kind == "classes" else Edge(0, one, 1)
                yield from self.check(name, (atom,), listing)

    def requirement(
        self, name: str, item: int, kind: Subject, body: tuple[Atom, ...], *axioms: Axiom
    ) -> Iterator[_Compiled]:
        """Whatever matches is in a class; or in a datatype, and a literal outside is wrong."""
        if not self.is_datatype(kind):
            yield from self.rule(name, Member(item, kind), body, *axioms)
            return
        for datatype in self.datatypes_in(kind, axioms[0]):
            if isinstance(datatype, UnsupportedAxiom):
                yield datatype
                continue
            if not declares(datatype):  # rdfs:Literal, owl:real: for resources it says nothing
                yield from self.rule(name, Member(item, datatype), body, *axioms)
            # dt-not-type, by the rdf:type that prp-rng or cls-avf gives to the literal
            outside = InDatatype(item, datatype, holds=False)
            yield from self.check("dt-not-type", (*body, outside), *axioms)

    def with_filler(
        self, item: int, axiom: Axiom, then: Callable[[tuple[Atom, ...]], Iterator[_Compiled]]
    ) -> Iterator[_Compiled]:
        """What a restriction compiles to, given the atoms that say an item is in its filler.

        Args:
            axiom: the triple whose object is the filler; there is no atom for owl:Thing.
        """
        atoms: list[Atom] = []
        kind = axiom.resource
        if kind is None:
            yield _unsupported(axiom, "a literal where a class is expected")
            return
        if not self.is_datatype(kind):
            atoms += [] if kind == THING else [Member(item, kind)]
        else:
            for part in self.datatypes_in(kind, axiom):
                if isinstance(part, UnsupportedAxiom):
                    yield part
                    return
                atoms += [] if part == RDFS.Literal else [InDatatype(item, part)]
        yield from then(tuple(atoms))

    def is_datatype(self, term: Term) -> bool:
        """Whether the term names or describes a set of literals."""
        return term in self.axioms.datatypes or (isinstance(term, IRI) and datatypes.known(term))

    def datatypes_in(self, term: Term, axiom: Axiom) -> Iterator[IRI | UnsupportedAxiom]:
        """The datatypes whose intersection a data range is."""
        if isinstance(term, IRI):
            if not datatypes.known(term):
                yield _passed_over(axiom, f"the datatype <{term.value}>, which is not in the map")
            else:
                yield term
            return
        lists = self.axioms.about(term, OWL.intersectionOf)
        if not lists:
            yield _passed_over(axiom, "a data range other than a datatype or an intersection")
        for listing in lists:
            for part in self.members_of(listing):
                if isinstance(part, UnsupportedAxiom):
                    yield part
                else:
                    yield from self.datatypes_in(part, axiom)

    def members_of(self, axiom: Axiom) -> list[Term | UnsupportedAxiom]:
        """The members of the list an axiom points to, or the refusal of a malformed one."""
        try:
            return list(self.axioms.items(axiom.object))
        except MalformedListError:
            return [_unsupported(axiom, "a malformed list")]

    def resources(self, axiom: Axiom) -> tuple[tuple[Subject, ...], list[UnsupportedAxiom]]:
        """The resources in a list; none, but refusals, where the list is not of resources."""
        kept: list[Subject] = []
        refused: list[UnsupportedAxiom] = []
        for item in self.members_of(axiom):
            if isinstance(item, UnsupportedAxiom):
                refused.append(item)
            elif isinstance(item, Literal):
                refused.append(_unsupported(axiom, "a literal where a resource is expected"))
            else:
                kept.append(item)
        return (() if refused else tuple(kept)), refused


class _ClassAxioms(_RuleTable):
    """Table 7 (cax-*)."""

    def __iter__(self) -> Iterator[_Compiled]:
        for axiom in self.axioms.saying(RDFS.subClassOf):
            yield from self._inclusion("cax-sco", axiom.subject, axiom.resource, axiom)
        for axiom in self.axioms.saying(OWL.equivalentClass):
            if self.is_datatype(axiom.subject) or self.is_datatype(axiom.object):
                yield _passed_over(axiom, "the definition of a datatype")
                continue
            yield from self._inclusion("cax-eqc1", axiom.subject, axiom.resource, axiom)
            yield from self._inclusion("cax-eqc2", axiom.resource, axiom.subject, axiom)
        for axiom in self.axioms.saying(OWL.disjointWith):
            if axiom.resource is None:
                yield _unsupported(axiom, "a literal where a class is expected")
            else:
                body = (Member(0, axiom.subject), Member(0, axiom.resource))
                yield from self.check("cax-dw", body, axiom)
        for axiom in self.axioms.typed(OWL.AllDisjointClasses):
            for listing in self.axioms.about(axiom.subject, OWL.members):
                yield from self.listed("cax-adc", "classes", listing)

    def _inclusion(
        self, name: str, narrower: Subject | None, wider: Subject | None, axiom: Axiom
    ) -> Iterator[_Compiled]:
        if narrower is None or wider is None:
            yield _unsupported(axiom, "a literal where a class is expected")
        else:
            yield from self.rule(name, Member(0, wider), (Member(0, narrower),), axiom)


class _Expressions(_RuleTable):
    """Table 6 (cls-*), and of table 9 the rules by which one restriction includes another."""

    def __iter__(self) -> Iterator[_Compiled]:
        yield Check("cls-nothing2", (Member(0, NOTHING),), ())
        yield from self._intersections()
        yield from self._unions()
        yield from self._enumerations()
        yield from self._complements()
        for on in self.axioms.saying(OWL.onProperty):
            if on.resource is None:
                yield _unsupported(on, "a literal where a property is expected")
                continue
            yield from self._values(on, Member(0, on.subject), on.resource)
            yield from self._cardinalities(on, Member(0, on.subject), on.resource)
        for one in restriction_inclusions(self.axioms):
            body = (Member(0, one.narrower),)
            yield from self.rule(one.name, Member(0, one.wider), body, *one.axioms)

    def _intersections(self) -> Iterator[_Compiled]:
        for axiom in self.axioms.saying(OWL.intersectionOf):
            if self.is_datatype(axiom.subject):
                continue  # read where it is a range
            parts, refused = self.resources(axiom)
            yield from refused
            if parts:
                whole = Member(0, axiom.subject)
                body = tuple(Member(0, part) for part in parts)
                yield from self.rule("cls-int1", whole, body, axiom)
                for part in body:
                    yield from self.rule("cls-int2", part, (whole,), axiom)

    def _unions(self) -> Iterator[_Compiled]:
        for axiom in self.axioms.saying(OWL.unionOf):
            if self.is_datatype(axiom.subject):
                yield _passed_over(axiom, "owl:unionOf of datatypes")
                continue
            parts, refused = self.resources(axiom)
            yield from refused
            for part in parts:
                body = (Member(0, part),)
                yield from self.rule("cls-uni", Member(0, axiom.subject), body, axiom)

    def _enumerations(self) -> Iterator[_Compiled]:
        for axiom in self.axioms.saying(OWL.oneOf):
            if self.is_datatype(axiom.subject):
                yield _passed_over(axiom, "owl:oneOf of literals")
                continue
            members, refused = self.resources(axiom)
            yield from refused
            for member in members:
                yield from self.rule("cls-oo", Member(member, axiom.subject), (), axiom)

    def _complements(self) -> Iterator[_Compiled]:
        for axiom in self.axioms.saying(OWL.complementOf):
            if axiom.resource is None or self.is_datatype(axiom.object):
                yield _passed_over(axiom, "owl:complementOf of a datatype")
                continue
            body = (Member(0, axiom.subject), Member(0, axiom.resource))
            yield from self.check("cls-com", body, axiom)

    def _values(self, on: Axiom, member: Member, relation: Subject) -> Iterator[_Compiled]:
        edge = Edge(0, relation, 1)
        for axiom in self.axioms.about(on.subject, OWL.hasValue):
            value = Edge(0, relation, axiom.object)
            yield from self.rule("cls-hv1", value, (member,), axiom, on)
            yield from self.rule("cls-hv2", member, (value,), axiom, on)
        for axiom in self.axioms.about(on.subject, OWL.someValuesFrom):

            def some(filler: tuple[Atom, ...], axiom: Axiom = axiom) -> Iterator[_Compiled]:
                name = "cls-svf1" if filler else "cls-svf2"
                return self.rule(name, member, (edge, *filler), axiom, on)

            yield from self.with_filler(1, axiom, some)
        for axiom in self.axioms.about(on.subject, OWL.allValuesFrom):
            if axiom.resource is None:
                yield _unsupported(axiom, "a literal where a class is expected")
            else:
                body = (member, edge)
                yield from self.requirement("cls-avf", 1, axiom.resource, body, axiom, on)

    def _cardinalities(self, on: Axiom, member: Member, relation: Subject) -> Iterator[_Compiled]:
        pattern = (member, Edge(0, relation, 1))
        for axiom in self.axioms.about(on.subject, OWL.maxCardinality):
            yield from self._at_most("cls-maxc1", "cls-maxc2", pattern, axiom, on)
        for axiom in self.axioms.about(on.subject, OWL.maxQualifiedCardinality):
            for predicate in (OWL.onClass, OWL.onDataRange):
                for named in self.axioms.about(on.subject, predicate):

                    def few(
                        filler: tuple[Atom, ...], axiom: Axiom = axiom, named: Axiom = named
                    ) -> Iterator[_Compiled]:
                        names = ("cls-maxqc1", "cls-maxqc3") if filler else _MAXQC_THING
                        return self._at_most(*names, (*pattern, *filler), axiom, on, named)

                    yield from self.with_filler(1, named, few)

    def _at_most(
        self, none: str, one: str, pattern: tuple[Atom, ...], axiom: Axiom, *others: Axiom
    ) -> Iterator[_Compiled]:
        match _count(axiom.object):
            case 0:
                yield from self.check(none, pattern, axiom, *others)
            case 1:
                yield from self.same(one, pattern, (0,), 1, axiom, *others)
            case _:
                yield _unsupported(axiom, f"owl:{OWL.local(axiom.predicate)} other than 0 or 1")


_MAXQC_THING = ("cls-maxqc2", "cls-maxqc4")


class _Properties(_RuleTable):
    """Table 5 (prp-*)."""

    def __iter__(self) -> Iterator[_Compiled]:
        yield from self._pairs()
        for axiom in self.axioms.saying(RDF.type):
            if axiom.object in CHARACTERISTICS:
                yield from self._characteristic(axiom, axiom.subject)
        yield from self._chains()
        yield from self._keys()
        yield from self._domains_and_ranges()
        yield from self._disjoint()
        yield from self._negative()

    def _pairs(self) -> Iterator[_Compiled]:
        for predicate, conversions in _CONVERSIONS.items():
            for axiom in self.axioms.saying(predicate):
                if axiom.resource is None:
                    yield _unsupported(axiom, "a literal where a property is expected")
                    continue
                for name, backwards, turned in conversions:
                    body, head = axiom.subject, axiom.resource
                    if backwards:
                        body, head = head, body
                    conclusion = Edge(1, head, 0) if turned else Edge(0, head, 1)
                    yield from self.rule(name, conclusion, (Edge(0, body, 1),), axiom)

    def _domains_and_ranges(self) -> Iterator[_Compiled]:
        for predicate, name, item in ((RDFS.domain, "prp-dom", 0), (RDFS.range, "prp-rng", 1)):
            for axiom in self.axioms.saying(predicate):
                body = (Edge(0, axiom.subject, 1),)
                if axiom.resource is None:
                    yield _unsupported(axiom, "a literal where a class is expected")
                elif item == 0:
                    yield from self.rule(name, Member(0, axiom.resource), body, axiom)
                else:
                    yield from self.requirement(name, 1, axiom.resource, body, axiom)

    def _characteristic(self, axiom: Axiom, p: Subject) -> Iterator[_Compiled]:
        edge = Edge(0, p, 1)
        kind = axiom.object
        if kind == OWL.FunctionalProperty:
            yield from self.same("prp-fp", (edge,), (0,), 1, axiom)
        elif kind == OWL.InverseFunctionalProperty:
            yield from self.same("prp-ifp", (edge,), (1,), 0, axiom)
        elif kind == OWL.SymmetricProperty:
            yield from self.rule("prp-symp", Edge(1, p, 0), (edge,), axiom)
        elif kind == OWL.TransitiveProperty:
            yield from self.rule("prp-trp", Edge(0, p, 2), (edge, Edge(1, p, 2)), axiom)
        elif kind == OWL.IrreflexiveProperty:
            yield from self.check("prp-irp", (Edge(0, p, 0),), axiom)
        elif kind == OWL.AsymmetricProperty:
            yield from self.check("prp-asyp", (edge, Edge(1, p, 0)), axiom)
        else:
            yield _unsupported(axiom, "owl:ReflexiveProperty")

    def _chains(self) -> Iterator[_Compiled]:
        for axiom in self.axioms.saying(OWL.propertyChainAxiom):
            links, refused = self.resources(axiom)
            yield from refused
            if links:
                body = tuple(Edge(place, link, place + 1) for place, link in enumerate(links))
                yield from self.rule("prp-spo2", Edge(0, axiom.subject, len(links)), body, axiom)

    def _keys(self) -> Iterator[_Compiled]:
        for axiom in self.axioms.saying(OWL.hasKey):
            links, refused = self.resources(axiom)
            yield from refused
            if links:
                keys = tuple(range(1, len(links) + 1))
                edges = tuple(Edge(0, link, key) for link, key in zip(links, keys, strict=True))
                pattern: tuple[Atom, ...] = (Member(0, axiom.subject), *edges)
                yield from self.same("prp-key", pattern, keys, 0, axiom)

    def _disjoint(self) -> Iterator[_Compiled]:
        for axiom in self.axioms.saying(OWL.propertyDisjointWith):
            if axiom.resource is None:
                yield _unsupported(axiom, "a literal where a property is expected")
            else:
                pair = (axiom.subject, axiom.resource)
                excluded = Exclusion("prp-pdw", "properties", pair, (axiom.triple,))
                yield from self.exclusion(excluded, axiom)
        for axiom in self.axioms.typed(OWL.AllDisjointProperties):
            for listing in self.axioms.about(axiom.subject, OWL.members):
                yield from self.listed("prp-adp", "properties", listing)

    def _negative(self) -> Iterator[_Compiled]:
        about = self.axioms.about
        for source in self.axioms.saying(OWL.sourceIndividual):
            for relation in about(source.subject, OWL.assertionProperty):
                for name, predicate in _NEGATIVE:
                    for target in about(source.subject, predicate):
                        if source.resource is None or relation.resource is None:
                            yield _unsupported(source, "a negative assertion about a literal")
                        else:
                            body = (Edge(source.resource, relation.resource, target.object),)
                            yield from self.check(name, body, source, relation, target)


_NEGATIVE = (("prp-npa1", OWL.targetIndividual), ("prp-npa2", OWL.targetValue))

# Axioms that carry the pairs of one property over to another: the rule's name, whether it goes from
# the object to the subject, and whether it turns the pair round.
_CONVERSIONS: dict[IRI, tuple[tuple[str, bool, bool], ...]] = {
    RDFS.subPropertyOf: (("prp-spo1", False, False),),
    OWL.equivalentProperty: (("prp-eqp1", False, False), ("prp-eqp2", True, False)),
    OWL.inverseOf: (("prp-inv1", False, True), ("prp-inv2", True, True)),
}


class _Equality(_RuleTable):
    """Table 4 (eq-*): sameAs itself is by representatives; here is what must not be the same."""

    def __iter__(self) -> Iterator[_Compiled]:
        for axiom in self.axioms.typed(OWL.AllDifferent):
            for name, predicate in (("eq-diff2", OWL.members), ("eq-diff3", OWL.distinctMembers)):
                for listing in self.axioms.about(axiom.subject, predicate):
                    yield from self.listed(name, "individuals", listing)


class _Vocabulary(_RuleTable):
    """What the ontology says in words of OWL that no rule of OWL 2 RL reads."""

    def __iter__(self) -> Iterator[_Compiled]:
        for axiom in self.axioms:
            if axiom.predicate == RDF.type:
                kind = axiom.object
                if isinstance(kind, IRI) and kind in OWL and kind not in _KINDS:
                    yield _unsupported(axiom, f"owl:{OWL.local(kind)}")
            elif axiom.predicate in OWL and axiom.predicate not in _PREDICATES:
                name = OWL.local(axiom.predicate)
                at_least = name in ("minCardinality", "minQualifiedCardinality")
                if not (at_least and _count(axiom.object) == 0):  # at least none: always so
                    yield _unsupported(axiom, f"owl:{name}")


_KINDS = DECLARATIONS | CHARACTERISTICS | COLLECTIONS | {THING, NOTHING}
_PREDICATES = OWL_SCHEMA | OWL_HEADER | {SAME, DIFFERENT}


def _triples(axioms: tuple[Axiom, ...]) -> tuple[Triple, ...]:
    return tuple(axiom.triple for axiom in axioms)


def _count(term: Term) -> int | None:
    """The number a cardinality literal denotes, however it is written."""
    denoted = datatypes.value(term) if isinstance(term, Literal) else None
    if denoted is None or denoted[0] != "real":
        return None
    number = denoted[1]
    return int(number) if isinstance(number, Fraction) and number.denominator == 1 else None


def _variables(atom: Atom) -> Iterator[int]:
    slots = (atom.source, atom.target) if isinstance(atom, Edge) else (atom.item,)
    return (slot for slot in slots if isinstance(slot, int))


def _rename(atom: Atom, names: dict[int, int]) -> Atom:
    def of(slot: Slot) -> Slot:
        return names.get(slot, slot) if isinstance(slot, int) else slot

    match atom:
        case Edge(source, relation, target):
            return Edge(of(source), relation, of(target))
        case Member(item, kind):
            return Member(of(item), kind)
        case InDatatype(item, datatype, holds):
            return InDatatype(names.get(item, item), datatype, holds)


def _as_member(atom: Kept) -> Kept | Member:
    """The atom; an edge of rdf:type to one class as the membership that it is."""
    if isinstance(atom, Edge) and atom.relation == RDF.type and isinstance(atom.target, Subject):
        return Member(atom.source, atom.target)
    return atom


def _without_thing(atoms: Iterable[Atom]) -> tuple[Atom, ...] | None:
    """The body without `x a owl:Thing`, which every individual is; None if x is in nothing else."""
    body = tuple(atoms)
    kept = tuple(atom for atom in body if not (isinstance(atom, Member) and atom.kind == THING))
    if len(kept) == len(body):
        return body
    bound = {variable for atom in kept for variable in _variables(atom)}
    needed = {variable for atom in body for variable in _variables(atom)}
    return kept if needed <= bound else None


def _is_top(head: Member | Edge | None) -> bool:
    """Whether the conclusion holds of everything."""
    if isinstance(head, Edge):
        return head.relation in (OWL.topObjectProperty, OWL.topDataProperty)
    return head is not None and head.kind in (THING, RDFS.Resource)


def _reserved(body: Iterable[Atom], head: Member | Edge | None = None) -> str | None:
    """The word of the language itself that a rule would reason about, if it does."""
    for atom in body:
        if isinstance(atom, Edge) and isinstance(atom.relation, IRI):
            if atom.relation == SAME or states_axiom(atom.relation):
                return short(atom.relation)
        elif isinstance(atom, Member) and declares(atom.kind):
            return short(atom.kind)
    if head is None or _is_top(head):
        return None
    if isinstance(head, Member):
        return short(head.kind) if declares(head.kind) else None
    relation = head.relation
    if isinstance(relation, IRI) and (states_axiom(relation) or relation in (RDF.first, RDF.rest)):
        return short(relation)
    return None
