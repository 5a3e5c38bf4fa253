"""The hierarchy of classes and properties, and which restrictions include which (scm-*).

Most schema rules need no work of their own: what they say of classes, the rules over facts say of
individuals one step at a time. The exceptions are scm-hv, scm-svf1, scm-svf2, scm-avf1, scm-avf2:
they conclude from one restriction to another even where no individual fulfils the first by facts.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgkg.rdf import Subject, Term
from cgkg.reasoning.axioms import THING, Axiom, Axioms, MalformedListError
from cgkg.vocab import OWL, RDFS


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


class Hierarchy:
    """A directed graph of "is included in", every edge with the axioms behind it."""

    def __init__(self) -> None:
        self._wider: dict[Term, dict[Term, tuple[Axiom, ...]]] = defaultdict(dict)
        self._reached: dict[Term, dict[Term, tuple[Axiom, ...]]] = {}

    def add(self, narrower: Term, wider: Term, *axioms: Axiom) -> None:
        """Record an inclusion, unless it is known."""
        if wider not in self._wider[narrower]:
            self._wider[narrower][wider] = axioms
            self._reached.clear()

    def above(self, term: Term) -> dict[Term, tuple[Axiom, ...]]:
        """All that includes the term (itself too), each with the axioms of a shortest path."""
        found = self._reached.get(term)
        if found is None:
            found = self._reached[term] = {term: ()}
            waiting = deque([term])
            while waiting:
                here = waiting.popleft()
                for wider, axioms in self._wider.get(here, {}).items():
                    if wider not in found:
                        found[wider] = found[here] + axioms
                        waiting.append(wider)
        return found


def classes(axioms: Axioms) -> Hierarchy:
    """The inclusions of classes that single axioms state (scm-eqc1, scm-int, scm-uni)."""
    found = Hierarchy()
    for axiom in axioms.saying(RDFS.subClassOf):
        found.add(axiom.subject, axiom.object, axiom)
    for axiom in axioms.saying(OWL.equivalentClass):
        found.add(axiom.subject, axiom.object, axiom)
        found.add(axiom.object, axiom.subject, axiom)
    for predicate in (OWL.intersectionOf, OWL.unionOf):
        for axiom in axioms.saying(predicate):
            try:
                parts = axioms.items(axiom.object)
            except MalformedListError:  # the compiler reports it
                continue
            for part in parts:
                pair = (axiom.subject, part)
                found.add(*(pair if predicate == OWL.intersectionOf else pair[::-1]), axiom)
    return found


def properties(axioms: Axioms) -> Hierarchy:
    """The inclusions of properties that single axioms state (scm-eqp1)."""
    found = Hierarchy()
    for axiom in axioms.saying(RDFS.subPropertyOf):
        found.add(axiom.subject, axiom.object, axiom)
    for axiom in axioms.saying(OWL.equivalentProperty):
        found.add(axiom.subject, axiom.object, axiom)
        found.add(axiom.object, axiom.subject, axiom)
    return found


def restriction_inclusions(axioms: Axioms, restrictions: Sequence[Restriction]) -> list[Inclusion]:
    """All inclusions between restrictions that the schema rules entail, to a fixed point."""
    included, relations = classes(axioms), properties(axioms)
    found: dict[tuple[Subject, Subject], Inclusion] = {}
    pairs = list(_comparable(restrictions))
    growing = bool(pairs)
    while growing:
        growing = False
        for one, other in pairs:
            for inclusion in _compare(one, other, included, relations):
                key = (inclusion.narrower, inclusion.wider)
                if key not in found:
                    found[key] = inclusion
                    included.add(*key, *inclusion.axioms)
                    growing = True
    return list(found.values())


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
        by_filler = ()  # scm-cls: every class is included in owl:Thing
    if same_filler and by_relation is not None:
        name = {"hasValue": "scm-hv", "someValuesFrom": "scm-svf2", "allValuesFrom": "scm-avf2"}
        nodes = (other, one) if one.kind == "allValuesFrom" else (one, other)
        yield Inclusion(name[one.kind], nodes[0].node, nodes[1].node, both + by_relation)
    elif same_relation and by_filler is not None:
        name = {"someValuesFrom": "scm-svf1", "allValuesFrom": "scm-avf1"}
        yield Inclusion(name[one.kind], one.node, other.node, both + by_filler)
