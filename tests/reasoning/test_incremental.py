"""Updates: a closure that is kept equals one from scratch, and costs what changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reasoning_cases import triples
from reasoning_checker import Checker

import cgkg.reasoning
from cgkg.rdf.terms import Term, Triple, parts
from cgkg.rdf.vocab import OWL
from cgkg.reasoning import Closure, Reasoner, close
from cgkg.reasoning.core.columns import Column, Ids
from cgkg.reasoning.core.stamps import NEVER, StampedColumn

# -- against closures from scratch -----------------------------------------------------------------

_NAMES = {
    letter: [f":{name}{number}" for number in range(count)]
    for letters, name, count in (("cde", "C", 4), ("pqr", "p", 4), ("ij", "i", 5))
    for letter in letters
}
_AXIOMS = [
    "{c} rdfs:subClassOf {d} .",
    "{c} owl:equivalentClass {d} .",
    "{c} owl:disjointWith {d} .",
    "[] a owl:AllDisjointClasses ; owl:members ( {c} {d} {e} ) .",
    "{c} owl:intersectionOf ( {d} {e} ) .",
    "{c} owl:unionOf ( {d} {e} ) .",
    "{c} owl:oneOf ( {i} {j} ) .",
    "{c} owl:complementOf {d} .",
    "[ owl:onProperty {p} ; owl:someValuesFrom {d} ] rdfs:subClassOf {c} .",
    "{c} owl:equivalentClass [ owl:onProperty {p} ; owl:hasValue {i} ] .",
    "{c} rdfs:subClassOf [ owl:onProperty {p} ; owl:allValuesFrom {d} ] .",
    "{c} rdfs:subClassOf [ owl:onProperty {p} ; owl:maxQualifiedCardinality"
    ' "1"^^xsd:nonNegativeInteger ; owl:onClass {d} ] .',
    "{c} owl:hasKey ( {p} {q} ) .",
    "{c} owl:hasKey ( :size ) .",
    "{p} rdfs:subPropertyOf {q} .",
    "{p} owl:inverseOf {q} .",
    "{p} owl:propertyChainAxiom ( {q} {r} ) .",
    "{p} owl:propertyChainAxiom ( {p} {q} {r} ) .",
    "{p} a owl:TransitiveProperty .",
    "{p} a owl:SymmetricProperty .",
    "{p} a owl:FunctionalProperty .",
    "{p} a owl:InverseFunctionalProperty .",
    "{p} a owl:AsymmetricProperty .",
    "{p} a owl:IrreflexiveProperty .",
    "{p} owl:propertyDisjointWith {q} .",
    ":size owl:propertyDisjointWith :width .",
    "[] owl:sourceIndividual {i} ; owl:assertionProperty :size ; owl:targetValue 1.0 .",
    "{p} rdfs:domain {c} .",
    "{p} rdfs:range {c} .",
    "{p} rdfs:subPropertyOf owl:sameAs .",
    ":size a owl:FunctionalProperty .",
    "{c} owl:equivalentClass [ owl:onProperty :size ; owl:hasValue 1 ] .",
    "[] owl:sourceIndividual {i} ; owl:assertionProperty {p} ; owl:targetIndividual {j} .",
    "[] a owl:AllDifferent ; owl:members ( :i0 :i1 :i2 ) .",
]
_FACTS = [
    "{i} a {c} .",
    "{i} {p} {j} .",
    "{i} {p} {j} .",
    "{i} {q} {j} .",
    "{i} owl:sameAs {j} .",
    "{i} owl:differentFrom {j} .",
    "{i} :size 1 .",
    "{i} :size 01 .",
    "{i} :size 2 .",
    "{i} :width 01 .",
    "{i} :size 'two'^^xsd:integer .",
]
_CLASSES_AND_PROPERTIES_MERGE = ["{c} owl:sameAs {d} .", "{p} owl:sameAs {q} ."]


@st.composite
def _sets(draw: st.DrawFn, templates: list[str], most: int) -> list[list[Triple]]:
    """Some statements, each of one triple or more."""
    chosen = draw(st.lists(st.sampled_from(templates), min_size=1, max_size=most))
    names = st.fixed_dictionaries({one: st.sampled_from(some) for one, some in _NAMES.items()})
    return [triples(template.format(**draw(names))) for template in chosen]


def _equal(closure: Closure, stated: Iterable[Triple]) -> dict[Term, Term]:
    """For each individual the first, by its text, of those that are the same."""
    first: dict[Term, Term] = {}
    for subject, predicate, target in map(parts, [*closure.inferred, *stated]):
        if predicate == OWL.sameAs:
            for one, other in ((subject, target), (target, subject)):
                first[one] = min(first.get(one, one), other, key=str)
    return first


def _contradictions(closure: Closure, stated: list[Triple]) -> set[Any]:
    """The inconsistencies, whichever of equal individuals they speak of."""
    first = _equal(closure, stated)
    return {
        (
            one.rule,
            frozenset(
                (first.get(s, s), p, first.get(o, o))
                for s, p, o in map(parts, one.premises)
                if p != OWL.sameAs
            ),
            one.axioms,
        )
        for one in closure.inconsistencies
    }


def _agree(reasoner: Reasoner, ontology: list[Triple], facts: list[Triple]) -> None:
    """The closure that was kept is the closure from scratch, and every proof of it is sound."""
    kept, scratch = reasoner.closure, close(ontology, facts)
    stated = [*ontology, *facts]
    assert kept.inferred == scratch.inferred
    assert _contradictions(kept, stated) == _contradictions(scratch, stated)
    assert set(kept.unsupported) == set(scratch.unsupported)
    checker = Checker(stated)
    for triple in kept.inferred:
        proof = kept.explain(triple)
        assert proof is not None
        assert proof.triple == triple
        assert checker.problems(proof) == []


_SEQUENCE = st.lists(
    st.tuples(st.booleans(), st.lists(st.integers(0, 40), min_size=1, max_size=3)), max_size=7
)
_RANDOM = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def _follow(
    ontology: list[list[Triple]], pool: list[list[Triple]], sequence: list[Any], held: int
) -> None:
    """Open with the first few facts, apply the sequence, and compare after every step."""
    axioms = [triple for one in ontology for triple in one]
    facts = dict.fromkeys(triple for one in pool[:held] for triple in one)
    reasoner = Reasoner.open(axioms, list(facts))
    inferred = set(reasoner.closure.inferred)
    reasoner.compare(inferred)
    for adds, places in sequence:
        chosen = [triple for place in places for triple in pool[place % len(pool)]]
        if adds:
            reasoner.add(chosen)
            facts.update(dict.fromkeys(chosen))
        else:
            reasoner.remove(chosen)
            facts = {triple: None for triple in facts if triple not in chosen}
        _agree(reasoner, axioms, list(facts))
        inferred = _follow_inferred(reasoner, inferred)


def _follow_inferred(reasoner: Reasoner, before: set[Triple]) -> set[Triple]:
    """What is inferred now, as the difference has it, which must be right."""
    now, told = set(reasoner.closure.inferred), reasoner.compare(before)
    if told is not None:
        gained, lost = told
        assert len(gained) == len(now - before)
        assert (before - set(lost)) | set(gained) == now
    return now


@settings(_RANDOM, max_examples=60)
@given(_sets(_AXIOMS, 7), _sets(_FACTS, 14), _SEQUENCE, st.integers(0, 14))
def test_random_sequences(
    ontology: list[list[Triple]], pool: list[list[Triple]], sequence: list[Any], held: int
) -> None:
    """After any sequence of updates all is as if it had been closed from scratch."""
    _follow(ontology, pool, sequence, held)


@pytest.mark.long
@settings(_RANDOM, max_examples=400)
@given(
    _sets(_AXIOMS, 9),
    _sets(_FACTS + _CLASSES_AND_PROPERTIES_MERGE, 18),
    _SEQUENCE,
    st.integers(0, 18),
)
def test_random_sequences_in_which_anything_may_be_equal(
    ontology: list[list[Triple]], pool: list[list[Triple]], sequence: list[Any], held: int
) -> None:
    """The same holds, many times over, where classes and properties become the same, too."""
    _follow(ontology, pool, sequence, held)


@settings(_RANDOM, max_examples=40)
@given(_sets(_AXIOMS, 6), _sets(_FACTS, 8), _SEQUENCE)
def test_random_changes_of_the_ontology(
    pool: list[list[Triple]], facts: list[list[Triple]], sequence: list[Any]
) -> None:
    """Axioms may come and go as facts do."""
    data = [triple for one in facts for triple in one]
    reasoner = Reasoner.open([], data)
    held: dict[Triple, None] = {}
    for adds, places in sequence:
        chosen = [triple for place in places for triple in pool[place % len(pool)]]
        if adds:
            reasoner.add(chosen)
            held.update(dict.fromkeys(chosen))
        else:
            reasoner.remove(chosen)
            held = {triple: None for triple in held if triple not in chosen}
        _agree(reasoner, list(held), data)


# -- what an update does ---------------------------------------------------------------------------

_TREE = ":in a owl:TransitiveProperty . :in rdfs:domain :Part . :mayor a owl:FunctionalProperty ."


class _Counted(Reasoner):
    """Counts how often everything is derived anew."""

    starts = 0

    def _start(self, *stated: Any) -> None:
        self.starts += 1
        super()._start(*stated)


def test_alternative_derivation_survives() -> None:
    """What follows in two ways stays when one of them goes, and goes with the second."""
    reasoner = cgkg.reasoning.open(triples(_TREE), triples(":a :in :b , :c . :b :in :c , :d ."))
    part = triples(":a a :Part .")[0]
    reasoner.remove(triples(":a :in :c ."))
    assert set(triples(":a :in :c , :d .")) <= set(reasoner.closure.inferred)
    reasoner.remove(triples(":a :in :b ."))
    assert part not in reasoner.closure.inferred
    assert reasoner.closure.explain(part) is None


def test_circle_does_not_hold_itself_up() -> None:
    """Triples that follow from each other go when nothing else gives them."""
    ontology = triples(":A rdfs:subClassOf :B . :B rdfs:subClassOf :A . :C rdfs:subClassOf :A .")
    reasoner = cgkg.reasoning.open(ontology, triples(":x a :C ."))
    assert len(reasoner.closure.inferred) == 2
    reasoner.remove(triples(":x a :C ."))
    assert reasoner.closure.inferred == []


def test_derived_then_stated_then_derived() -> None:
    """A triple that follows may be stated, which makes it a leaf, and taken back."""
    reasoner = cgkg.reasoning.open(triples(_TREE), triples(":a :in :b . :b :in :c ."))
    triple = triples(":a :in :c .")[0]
    for stated in (False, True, False):
        assert (triple in reasoner.closure.inferred) is not stated
        proof = reasoner.closure.explain(triple)
        assert proof is not None
        assert (proof.rule is None) is stated
        (reasoner.remove if stated else reasoner.add)([triple])
    assert triple not in reasoner.closure.inferred


def test_contradictions_come_and_go() -> None:
    """Only the contradictions that changed are other ones."""
    ontology = triples(":A owl:disjointWith :B . :size a owl:FunctionalProperty .")
    reasoner = cgkg.reasoning.open(ontology, triples(":x a :A , :B . :y :size 1 , 2 ."))
    assert [one.rule for one in reasoner.closure.inconsistencies] == ["cax-dw", "dt-diff"]
    reasoner.remove(triples(":x a :B ."))
    assert [one.rule for one in reasoner.closure.inconsistencies] == ["dt-diff"]
    reasoner.add(triples(":y owl:sameAs :x . :x a :B ."))
    assert [one.rule for one in reasoner.closure.inconsistencies] == ["cax-dw", "dt-diff"]
    reasoner.remove(triples(":y :size 2 ."))
    assert [one.rule for one in reasoner.closure.inconsistencies] == ["cax-dw"]


def test_equality_is_made_anew_only_when_it_may_be_lost() -> None:
    """Facts about equal individuals go without starting over; a link that is lost starts over."""
    facts = ":town :mayor :ann , :anna . :ann :in :town . :anna :in :land . :town :in :land ."
    reasoner = _Counted.open(triples(_TREE), triples(facts))
    reasoner.remove(triples(":anna :in :land ."))
    reasoner.add(triples(":ann :in :house . :other :mayor :ann , :annie ."))
    assert reasoner.starts == 1
    assert triples(":annie :in :land .")[0] in reasoner.closure.inferred
    reasoner.remove(triples(":town :mayor :anna ."))
    assert reasoner.starts == 2
    assert triples(":anna :in :house .")[0] not in reasoner.closure.inferred
    left = ":town :mayor :ann ; :in :land . :ann :in :town , :house . :other :mayor :ann , :annie ."
    _agree(reasoner, triples(_TREE), triples(left))


def test_update_without_effect() -> None:
    """Stating what is stated and taking back what is not leave the closure as it is."""
    reasoner = cgkg.reasoning.open(triples(_TREE), triples(":a :in :b ."))
    closure = reasoner.closure
    reasoner.add(triples(":a :in :b ."))
    reasoner.remove(triples(":a a :Part . :never :seen :before ."))
    assert reasoner.closure is closure


def test_closure_of_the_past_answers_no_more() -> None:
    """A closure taken before an update refuses to answer rather than answer for another time."""
    reasoner = cgkg.reasoning.open(triples(_TREE), triples(":a :in :b ."))
    closure = reasoner.closure
    reasoner.add(triples(":b :in :c ."))
    with pytest.raises(RuntimeError, match="changed since"):
        _ = closure.inferred
    with pytest.raises(RuntimeError, match="changed since"):
        closure.explain(triples(":a :in :b .")[0])


def test_rules_about_typing_are_kept_up_to_date() -> None:
    """Where a property is one of rdf:type, an update changes the classes of individuals."""
    ontology = triples(":kind rdfs:subPropertyOf rdf:type . rdf:type rdfs:subPropertyOf :said .")
    reasoner = cgkg.reasoning.open(ontology, triples(":a :kind :C ."))
    facts = triples(":b a :D . :b owl:sameAs :c .")
    reasoner.add(facts)
    _agree(reasoner, ontology, [*triples(":a :kind :C ."), *facts])
    assert triples(":c :said :D .")[0] in reasoner.closure.inferred
    reasoner.remove(triples(":a :kind :C ."))
    _agree(reasoner, ontology, facts)
    reasoner.add(axioms := triples(":other owl:sameAs rdf:type . :d :other :D ."))
    _agree(reasoner, ontology, [*facts, *axioms])


def test_schema_follows_the_ontology() -> None:
    """With `include_schema`, what follows about names changes with the axioms."""
    reasoner = cgkg.reasoning.open(
        triples(":A rdfs:subClassOf :B ."), triples(":x a :A ."), include_schema=True
    )
    reasoner.add(triples(":B rdfs:subClassOf :C ."))
    assert set(triples(":A rdfs:subClassOf :C . :x a :C .")) <= set(reasoner.closure.inferred)
    reasoner.remove(triples(":A rdfs:subClassOf :B ."))
    assert reasoner.closure.inferred == []


# -- what came to light on the way -----------------------------------------------------------------


def test_constant_that_becomes_another_late() -> None:
    """A fact matches the constant of a rule as soon as they are the same, however late that is."""
    axioms = (
        ":f a owl:FunctionalProperty . [ owl:onProperty :p ; owl:hasValue :n ] rdfs:subClassOf :C ."
    )
    facts = triples(":m a :E . :y :p :m . :x :f :m , :n .")
    assert triples(":y a :C .")[0] in close([], [*facts, *triples(axioms)]).inferred


def test_proof_heeds_datatypes() -> None:
    """A proof by a restriction to a datatype rests on a literal of that datatype."""
    axioms = triples("[ owl:onProperty :p ; owl:someValuesFrom xsd:integer ] rdfs:subClassOf :C .")
    facts = triples(":x :p 'three' , 3 .")
    proof = close(axioms, facts).explain(triples(":x a :C .")[0])
    assert proof is not None
    assert Checker([*axioms, *facts]).problems(proof) == []


# -- columns that change ---------------------------------------------------------------------------

_SMALL = st.lists(st.integers(0, 60), max_size=12)


def _sorted(values: Iterable[int]) -> Ids:
    return np.array(sorted(set(values)), np.int64)


@settings(_RANDOM, max_examples=100)
@given(st.lists(st.tuples(st.booleans(), _SMALL), max_size=8), st.integers(0, 2000))
def test_column_is_a_set(changes: list[tuple[bool, list[int]]], size: int) -> None:
    """Whatever was added and taken out, large or small, a column holds what a set would."""
    held = set(range(1000, 1000 + size))
    column = Column(_sorted(held))
    for inserts, values in changes:
        if inserts:
            column.insert(_sorted(set(values) - held))
            held |= set(values)
        else:
            column.discard(_sorted(set(values) & held))
            held -= set(values)
        assert len(column) == len(held)
        assert column.contains(np.arange(70)).tolist() == [one in held for one in range(70)]
    assert column.values().tolist() == sorted(held)


def test_column_expands_with_what_is_kept_aside() -> None:
    """Edges that came or went lately are followed, or not, like all others."""
    column = Column(np.arange(1000, dtype=np.int64) << 32 | 7)
    column.insert(np.array([5 << 32 | 8]))
    column.discard(np.array([6 << 32 | 7]))
    index, ends = column.expand(np.array([5, 6]))
    assert sorted(zip(index.tolist(), ends.tolist(), strict=True)) == [(0, 7), (0, 8)]


@settings(_RANDOM, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 3), _SMALL), max_size=10), st.integers(0, 3))
def test_stamped_column_is_a_mapping(changes: list[tuple[int, list[int]]], runs: int) -> None:
    """A column knows of each value the first stamp since it was last taken out."""
    column, held = StampedColumn(), dict[int, int]()
    for stamp, (kind, values) in enumerate(changes):
        if kind or stamp < runs:
            column.record(stamp, _sorted(values))
            held = {**dict.fromkeys(values, stamp), **held}
        else:
            column.remove(_sorted(values))
            held = {value: known for value, known in held.items() if value not in values}
        if stamp >= runs:
            stamps = [held.get(value, NEVER) for value in range(70)]
            assert column.stamps_of(np.arange(70)).tolist() == stamps
            assert [column.stamp(value) for value in range(70)] == stamps
    assert column.stated().tolist() == sorted(v for v, stamp in held.items() if stamp == 0)
    assert column.before(3).tolist() == sorted(v for v, stamp in held.items() if stamp < 3)
    ends = column.expand(np.array([0]))[1].tolist()
    assert sorted(ends) == sorted(held)
