"""The hierarchy of classes and properties, and what the schema rules conclude from it (scm-*).

Most schema rules need no work of their own: what they say of classes, the rules over facts say of
individuals one step at a time. The exceptions are scm-hv, scm-svf1, scm-svf2, scm-avf1, scm-avf2:
they conclude from one restriction to another even where no individual fulfils the first by facts.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgkg.rdf.terms import IRI, Subject, Term, Triple
from cgkg.rdf.vocab import OWL, RDFS
from cgkg.reasoning.rules.axioms import NOTHING, THING, Axiom, AxiomIndex, MalformedListError


@dataclass(frozen=True, slots=True)
class Restriction:
    """A class defined by the values of one property; `kind` is the local name in OWL."""

    node: Subject
    kind: str
    relation: Subject
    filler: Term
    axioms: tuple[Axiom, ...]


@dataclass(frozen=True, slots=True)
class Inclusion:
    """`narrower rdfs:subClassOf wider`, by a schema rule from these axioms."""

    name: str
    narrower: Subject
    wider: Subject
    axioms: tuple[Axiom, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """How one name is included in another: the rule that says so in the end, and all axioms."""

    name: str
    axioms: tuple[Axiom, ...]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A triple about names, the schema rule that ends its derivation, and all axioms behind it."""

    name: str
    triple: Triple
    axioms: tuple[Triple, ...]


class Hierarchy:
    """A directed graph of "is included in", every edge with its rule and the axioms behind it."""

    def __init__(self, transitive: str) -> None:
        self._transitive = transitive
        self._wider: dict[Term, dict[Term, Path]] = defaultdict(dict)
        self._reached: dict[Term, dict[Term, Path]] = {}

    def add(self, narrower: Term, wider: Term, name: str, *axioms: Axiom) -> None:
        """Record an inclusion by a rule, unless it is known."""
        if wider not in self._wider[narrower]:
            self._wider[narrower][wider] = Path(name, axioms)
            self._reached.clear()

    def narrower(self) -> set[Term]:
        """All that something else includes."""
        return set(self._wider)

    def above(self, term: Term) -> dict[Term, Path]:
        """All that includes the term, itself too, each by a shortest path."""
        above = self._reached.get(term)
        if above is None:
            above = self._reached[term] = {term: Path("", ())}
            waiting = deque([term])
            while waiting:
                here = waiting.popleft()
                for wider, edge in self._wider.get(here, {}).items():
                    if wider not in above:
                        name = edge.name if here == term else self._transitive
                        above[wider] = Path(name, above[here].axioms + edge.axioms)
                        waiting.append(wider)
        return above


def classes(axioms: AxiomIndex) -> Hierarchy:
    """The inclusions of classes that single axioms state (scm-eqc1, scm-int, scm-uni)."""
    hierarchy = Hierarchy("scm-sco")
    for axiom in axioms.saying(RDFS.subClassOf):
        hierarchy.add(axiom.subject, axiom.object, "stated", axiom)
    for axiom in axioms.saying(OWL.equivalentClass):
        hierarchy.add(axiom.subject, axiom.object, "scm-eqc1", axiom)
        hierarchy.add(axiom.object, axiom.subject, "scm-eqc1", axiom)
    for axiom in axioms.saying(OWL.intersectionOf):
        for part in _items(axioms, axiom):
            hierarchy.add(axiom.subject, part, "scm-int", axiom)
    for axiom in axioms.saying(OWL.unionOf):
        for part in _items(axioms, axiom):
            hierarchy.add(part, axiom.subject, "scm-uni", axiom)
    return hierarchy


def _items(axioms: AxiomIndex, axiom: Axiom) -> list[Term]:
    try:
        return axioms.items(axiom.object)
    except MalformedListError:  # the compiler reports it
        return []


def properties(axioms: AxiomIndex) -> Hierarchy:
    """The inclusions of properties that single axioms state (scm-eqp1)."""
    hierarchy = Hierarchy("scm-spo")
    for axiom in axioms.saying(RDFS.subPropertyOf):
        hierarchy.add(axiom.subject, axiom.object, "stated", axiom)
    for axiom in axioms.saying(OWL.equivalentProperty):
        hierarchy.add(axiom.subject, axiom.object, "scm-eqp1", axiom)
        hierarchy.add(axiom.object, axiom.subject, "scm-eqp1", axiom)
    return hierarchy


def restriction_inclusions(axioms: AxiomIndex) -> list[Inclusion]:
    """All inclusions between restrictions that the schema rules entail, to a fixed point."""
    included, relations = classes(axioms), properties(axioms)
    inclusions: dict[tuple[Subject, Subject], Inclusion] = {}
    pairs = list(_comparable(list(_restrictions(axioms))))
    growing = bool(pairs)
    while growing:
        growing = False
        for one, other in pairs:
            for inclusion in _compare(one, other, included, relations):
                key = (inclusion.narrower, inclusion.wider)
                if key not in inclusions:
                    inclusions[key] = inclusion
                    included.add(*key, inclusion.name, *inclusion.axioms)
                    growing = True
    return list(inclusions.values())


def _restrictions(axioms: AxiomIndex) -> Iterator[Restriction]:
    for on in axioms.saying(OWL.onProperty):
        for kind in ("hasValue", "someValuesFrom", "allValuesFrom"):
            for axiom in axioms.about(on.subject, OWL(kind)):
                if on.resource is not None:
                    yield Restriction(on.subject, kind, on.resource, axiom.object, (axiom, on))


def _comparable(
    restrictions: Sequence[Restriction],
) -> Iterator[tuple[Restriction, Restriction]]:
    """Ordered pairs of different restrictions of one kind that share property or filler."""
    shared: dict[tuple[str, str, Term], list[Restriction]] = defaultdict(list)
    for one in restrictions:
        shared[one.kind, "relation", one.relation].append(one)
        shared[one.kind, "filler", one.filler].append(one)
    seen: set[tuple[Restriction, Restriction]] = set()
    for alike in shared.values():
        for one in alike:
            for other in alike:
                if one.node != other.node and (one, other) not in seen:
                    seen.add((one, other))
                    yield one, other


def _compare(
    one: Restriction, other: Restriction, included: Hierarchy, relations: Hierarchy
) -> Iterator[Inclusion]:
    """What the schema rules say when `one` is their first restriction and `other` the second."""
    both = one.axioms + other.axioms
    same_relation, same_filler = one.relation == other.relation, one.filler == other.filler
    by_relation = relations.above(one.relation).get(other.relation)
    by_filler = included.above(one.filler).get(other.filler) if one.kind != "hasValue" else None
    if by_filler is None and other.filler == THING and one.kind != "hasValue":
        by_filler = Path("scm-cls", ())  # scm-cls: every class is included in owl:Thing
    if same_filler and by_relation is not None:
        name = {"hasValue": "scm-hv", "someValuesFrom": "scm-svf2", "allValuesFrom": "scm-avf2"}
        nodes = (other, one) if one.kind == "allValuesFrom" else (one, other)
        yield Inclusion(name[one.kind], nodes[0].node, nodes[1].node, both + by_relation.axioms)
    elif same_relation and by_filler is not None:
        name = {"someValuesFrom": "scm-svf1", "allValuesFrom": "scm-avf1"}
        yield Inclusion(name[one.kind], one.node, other.node, both + by_filler.axioms)


# -- triples about names ---------------------------------------------------------------------------


def entailed_conclusions(axioms: AxiomIndex) -> dict[Triple, Conclusion]:
    """What the schema rules say of named classes and properties beyond what is stated.

    Left out is what is so of every class or property: that it includes itself, that owl:Thing
    includes every class and that owl:Nothing is included in every class.
    """
    included, relations = classes(axioms), properties(axioms)
    for inclusion in restriction_inclusions(axioms):
        included.add(inclusion.narrower, inclusion.wider, inclusion.name, *inclusion.axioms)
    stated = {axiom.triple for axiom in axioms}
    conclusions: dict[Triple, Conclusion] = {}
    for conclusion in (
        *_inclusions(included, RDFS.subClassOf, OWL.equivalentClass, "scm-eqc2"),
        *_inclusions(relations, RDFS.subPropertyOf, OWL.equivalentProperty, "scm-eqp2"),
        *_ends(axioms, RDFS.domain, "dom", included, relations),
        *_ends(axioms, RDFS.range, "rng", included, relations),
    ):
        if conclusion.triple not in stated:
            conclusions.setdefault(conclusion.triple, conclusion)
    return conclusions


def _inclusions(
    hierarchy: Hierarchy, included: IRI, equal: IRI, mutual: str
) -> Iterator[Conclusion]:
    """scm-sco, scm-eqc1, scm-eqc2, scm-int, scm-uni; scm-spo, scm-eqp1, scm-eqp2."""
    for narrower in hierarchy.narrower():
        for wider, path in hierarchy.above(narrower).items():
            if _named(narrower, wider):
                yield _conclusion(path.name, narrower, included, wider, path.axioms)
                back = hierarchy.above(wider).get(narrower)
                if back is not None:
                    axioms = path.axioms + back.axioms
                    yield _conclusion(mutual, narrower, equal, wider, axioms)


def _ends(
    axioms: AxiomIndex, predicate: IRI, name: str, included: Hierarchy, relations: Hierarchy
) -> Iterator[Conclusion]:
    """scm-dom1, scm-dom2; scm-rng1, scm-rng2."""
    relevant = {axiom.subject for axiom in axioms.saying(predicate)} | relations.narrower()
    for relation in relevant:
        for wider, path in relations.above(relation).items():
            for axiom in axioms.about(wider, predicate):
                for kind, above in included.above(axiom.object).items():
                    if _named(relation, kind):
                        rule = f"scm-{name}{1 if wider == relation else 2}"
                        support = (axiom, *path.axioms, *above.axioms)
                        yield _conclusion(rule, relation, predicate, kind, support)


def _named(one: Term, other: Term) -> bool:
    """Whether a statement about the two can be made, and says something."""
    iris = isinstance(one, IRI) and isinstance(other, IRI)
    return iris and one != other and other != THING and one != NOTHING


def _conclusion(
    name: str, subject: Term, predicate: IRI, target: Term, axioms: tuple[Axiom, ...]
) -> Conclusion:
    assert isinstance(subject, IRI)
    unique = tuple(dict.fromkeys(axiom.triple for axiom in axioms))
    return Conclusion(name, Triple(subject, predicate, target), unique)
