"""Every rule of OWL 2 RL/RDF by a case of its own: what it infers, or what it finds wrong."""

from __future__ import annotations

import pytest
from reasoning_cases import CONTRADICTIONS, INFERENCES, triples

from cgkg.reasoning import Closure, close
from cgkg.reasoning.rules.rules import compile
from cgkg.reasoning.rules.ruleset import Check, Exclusion, Rule

# ontology and data in Turtle, and the construct that must be named
UNSUPPORTED = [
    (
        ":C rdfs:subClassOf [ owl:onProperty :p ; owl:someValuesFrom :D ] .",
        "someValuesFrom as a sup",
    ),
    (":C rdfs:subClassOf [ owl:unionOf ( :D :E ) ] .", "unionOf as a superclass"),
    (":C owl:equivalentClass [ owl:oneOf ( :a :b ) ] .", "oneOf as a superclass"),
    ("[ owl:onProperty :p ; owl:allValuesFrom :D ] rdfs:subClassOf :C .", "allValuesFrom as a sub"),
    (
        "[ owl:onProperty :p ; owl:maxCardinality 1 ] rdfs:subClassOf :C .",
        "maxCardinality as a sub",
    ),
    ("[ owl:complementOf :D ] rdfs:subClassOf :C .", "complementOf as a subclass"),
    (
        "[ owl:intersectionOf ( :D [ owl:complementOf :E ] ) ] rdfs:subClassOf :C .",
        "complementOf as a subclass",
    ),
    (":C rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality 2 ] .", "other than 0 or 1"),
    (":C rdfs:subClassOf [ owl:onProperty :p ; owl:minCardinality 1 ] .", "owl:minCardinality"),
    (":C rdfs:subClassOf [ owl:onProperty :p ; owl:cardinality 1 ] .", "owl:cardinality"),
    (":C rdfs:subClassOf [ owl:onProperty :p ; owl:hasSelf true ] .", "owl:hasSelf"),
    (":C owl:disjointUnionOf ( :D :E ) .", "owl:disjointUnionOf"),
    (":p a owl:ReflexiveProperty .", "owl:ReflexiveProperty"),
    ("owl:Thing rdfs:subClassOf :C .", "owl:Thing as a subclass"),
    (":p rdfs:range :odd . :odd a rdfs:Datatype .", "which is not in the map"),
    (":p rdfs:range [ a rdfs:Datatype ; owl:oneOf ( 1 2 ) ] .", "owl:oneOf of literals"),
    (":p rdfs:subPropertyOf rdfs:subClassOf .", "an axiom about rdfs:subClassOf"),
    (":p rdfs:subPropertyOf rdf:first .", "an axiom about rdf:first"),
    (":p rdfs:domain owl:Class .", "an axiom about owl:Class"),
    (":p owl:propertyDisjointWith rdfs:label , rdfs:domain .", "an axiom about rdfs:domain"),
    (":p owl:sameAs rdfs:subClassOf .", "owl:sameAs with a word of the language itself"),
    (":p owl:propertyChainAxiom ( :q rdfs:subClassOf ) .", "an axiom about"),
    (":p owl:propertyChainAxiom :q .", "a malformed list"),
    (":a owl:sameAs 'a' .", "owl:sameAs with a literal"),
]


def _both(turtle: str) -> Closure:
    return close(triples(turtle), [], include_schema=True)


@pytest.mark.parametrize(("rule", "given", "expected"), INFERENCES)
def test_rule_infers(rule: str, given: str, expected: str) -> None:
    """What a rule concludes is inferred, and nothing is found wrong."""
    closure = _both(given)
    assert set(triples(expected)) <= set(closure.inferred)
    assert closure.inconsistencies == ()


@pytest.mark.parametrize(("rule", "given", "expected"), INFERENCES)
def test_rule_is_named_in_a_proof(rule: str, given: str, expected: str) -> None:
    """A proof of what follows names the rule, except where the values of literals do it."""
    closure = _both(given)
    proofs = [closure.explain(triple) for triple in triples(expected)]
    named = {step.rule for proof in proofs if proof for step in proof.steps()}
    assert all(proofs)
    assert rule in named or rule.startswith("dt-")


@pytest.mark.parametrize(("rule", "given"), CONTRADICTIONS)
def test_rule_finds_contradiction(rule: str, given: str) -> None:
    """A contradiction is found under the name of the rule, once, with premises that hold."""
    closure = _both(given)
    assert [found.rule for found in closure.inconsistencies] == [rule]
    (found,) = closure.inconsistencies
    assert found.premises
    assert all(closure.explain(premise) for premise in found.premises)
    assert found.message.startswith(f"{rule}: ")


@pytest.mark.parametrize(("rule", "given"), CONTRADICTIONS)
def test_contradiction_needs_every_fact(rule: str, given: str) -> None:
    """Without any one of a contradiction's stated premises it is no longer found."""
    stated = triples(given)
    (found,) = close(stated, []).inconsistencies
    for premise in found.premises:
        rest = [triple for triple in stated if triple != premise]
        if len(rest) < len(stated):
            assert found not in close(rest, []).inconsistencies


@pytest.mark.parametrize(("given", "construct"), UNSUPPORTED)
def test_unsupported_construct_is_named(given: str, construct: str) -> None:
    """A construct that no rule reads is reported by name, with the axiom."""
    closure = _both(given)
    assert any(construct in one.construct for one in closure.unsupported)
    assert all(one.axiom in triples(given) for one in closure.unsupported)
    assert all(one.construct in one.message for one in closure.unsupported)


def test_it_is_told_whether_owl_has_a_rule() -> None:
    """What no rule of OWL 2 RL reads is told apart from what a rule is not applied to."""
    closure = _both(
        ":p a owl:ReflexiveProperty ; rdfs:range rdfs:Class , rdfs:Literal , owl:real ."
    )
    assert [one.message.partition(":")[0] for one in closure.unsupported] == [
        "no rule of OWL 2 RL uses owl",
        "cgkg applies no rule to an axiom about rdfs",
    ]


def test_an_inferred_axiom_is_named_and_not_written() -> None:
    """That a property is transitive may be inferred; it is not read, so it is not written."""
    closure = _both(":kind rdfs:subPropertyOf rdf:type . :p :kind owl:TransitiveProperty .")
    assert closure.inferred == []
    (one,) = closure.unsupported
    assert one.message == (
        "cgkg applies no rule to an axiom that is inferred and not stated:"
        " <https://example.org/p> a owl:TransitiveProperty"
    )


def test_supported_constructs_are_not_reported() -> None:
    """The cases of the rules give no complaint where OWL 2 RL allows what they say."""
    allowed = [
        given
        for rule, given, _ in INFERENCES
        if not rule.startswith("scm-") and rule not in ("cls-uni", "cls-oo")
    ]
    for given in allowed:
        assert _both(given).unsupported == (), given


def test_compiled_rules_carry_their_axioms() -> None:
    """Every rule and check made from an axiom names that axiom."""
    given = triples(" ".join(given for _, given, _ in INFERENCES))
    ruleset = compile(given)
    made: list[Rule | Check | Exclusion] = [*ruleset.rules, *ruleset.checks, *ruleset.exclusions]
    for one in made:
        assert set(one.axioms) <= set(given)
        assert one.axioms or one.name == "cls-nothing2"


def test_trivial_conclusions_are_left_out() -> None:
    """What is so of everything, or cannot be asked for, is not among the inferred triples."""
    closure = _both(
        ":C a owl:Class ; rdfs:subClassOf owl:Thing , [ owl:onProperty :p ; owl:hasValue :v ] ."
        " :p a owl:ObjectProperty ; rdfs:domain owl:Thing ; rdfs:subPropertyOf"
        " owl:topObjectProperty . [ owl:inverseOf :p ] rdfs:domain rdfs:Resource . :a a :C ."
    )
    assert closure.inferred == triples(":a :p :v .")
    assert closure.unsupported == ()
