"""Constraint components of the shapes' own: parameters, validators, messages."""

from __future__ import annotations

import pytest
from shacl_cases import check, faults, iri

from cgkg.rdf.terms import Literal
from cgkg.shacl.graph import ShapesError

DATA = ":a :p 'x'@de , 'y'@en , 'z' . :b :p 'x'@de ."
LANG = """
:Lang a sh:ConstraintComponent ; sh:parameter [ sh:path :lang ] ;
    sh:validator [ sh:prefixes :ns ; sh:message "{$value} is not in {$lang}" ;
        sh:ask "ASK { FILTER (isLiteral($value) && langMatches(lang($value), $lang)) }" ] .
"""
SELECT = """
:Same a sh:ConstraintComponent ; sh:parameter [ sh:path :sameAs ] ,
        [ sh:path :least ; sh:optional true ] ;
    sh:nodeValidator [ sh:prefixes :ns ; sh:select "SELECT $this { FILTER ($this != $sameAs) }" ] ;
    sh:propertyValidator [ sh:prefixes :ns ; sh:select \"\"\"SELECT $this ?value {
        $this $PATH ?value FILTER (?value != $sameAs)
        FILTER (!bound($least) || STRLEN(STR(?value)) >= $least) }\"\"\" ] .
"""


def test_an_ask_validator_is_true_for_each_value() -> None:
    """Every value node for which it is not is a violation, of property and node shapes."""
    shapes = LANG + ":S sh:targetNode :a , :b ; sh:path :p ; :lang 'de' ."
    assert faults(DATA, shapes) == ["a y Lang", "a z Lang"]
    (first, _) = check(DATA, shapes).results
    assert first.messages in ((Literal("y is not in de"),), (Literal("z is not in de"),))
    assert (first.component, first.constraint) == (iri("Lang"), None)
    assert faults(DATA, LANG + ":S sh:targetNode :a , 'x'@de ; :lang 'de' .") == ["a a Lang"]


def test_an_ask_validator_may_be_about_the_focus_node() -> None:
    """Then a value is judged for each node that has it."""
    component = """:Other a sh:ConstraintComponent ; sh:parameter [ sh:path :otherThan ] ;
        sh:validator [ sh:prefixes :ns ; sh:ask "ASK { FILTER ($value != $this) }" ] ."""
    shapes = component + ":S sh:targetSubjectsOf :to ; sh:path :to ; :otherThan true ."
    assert faults(":a :to :a , :b . :b :to :a , :c .", shapes) == ["a a Other"]


def test_each_value_of_a_single_parameter_is_a_constraint() -> None:
    """As of sh:class; of several parameters each has one value (SHACL §6.2.1)."""
    shapes = LANG + ":S sh:targetNode :b ; sh:path :p ; :lang 'de' , 'en' , 'fr' ."
    assert faults(DATA, shapes) == ["b x Lang"] * 2
    with pytest.raises(ShapesError, match="once"):
        check(DATA, SELECT + ":S sh:targetNode :b ; sh:path :p ; :sameAs 1 , 2 .")


def test_select_validators_are_chosen_by_the_kind_of_shape() -> None:
    """One for node shapes, one for property shapes; optional parameters may be unbound."""
    assert faults(DATA, SELECT + ":S sh:targetNode :a , :b ; :sameAs :a .") == ["b b Same"]
    of_path = SELECT + ":S sh:targetNode :a ; sh:path :p ; :sameAs 'z' "
    assert faults(DATA, of_path + ".") == ["a x Same", "a y Same"]
    assert faults(DATA, of_path + "; :least 5 .") == []


def test_a_component_needs_its_parameters() -> None:
    """A shape with optional parameters alone has no constraint of the component."""
    assert faults(DATA, SELECT + ":S sh:targetNode :b ; :least 5 .") == []


def test_parameters_may_be_blank_nodes_and_ill_suited_literals() -> None:
    """A parameter is any term, wherever the query has it."""
    component = """:Has a sh:ConstraintComponent ; sh:parameter [ sh:path :has ] ;
        sh:validator [ sh:prefixes :ns ; sh:ask "ASK { $has ?any $value }" ] ."""
    shapes = component + ":S sh:targetNode :a ; sh:path :p ; :has 5 , [] ."
    assert len(faults(":a :p 1 .", shapes)) == 2


def test_the_message_of_the_shape_goes_first() -> None:
    """Who wrote the shape knows more than who wrote the component (SHACL §2.1.5)."""
    shapes = (
        LANG + ":S sh:targetNode :b ; sh:path :p ; :lang 'en' ; sh:message 'say it in {$lang}' ."
    )
    (found,) = check(DATA, shapes).results
    assert found.messages == (Literal("say it in en"),)


@pytest.mark.parametrize(
    ("component", "complaint"),
    [
        (":K a sh:ConstraintComponent .", "not optional"),
        ("[] a sh:ConstraintComponent .", "IRI"),
        (":K a sh:ConstraintComponent ; sh:parameter [ sh:path :a-b ] .", "variable"),
        (":K a sh:ConstraintComponent ; sh:parameter [ sh:path :value ] .", "variable"),
        (":K a sh:ConstraintComponent ; sh:parameter [ sh:path :k ] .", "no validator"),
        (
            ":K a sh:ConstraintComponent ; sh:parameter [ sh:path :k ] ; "
            "sh:validator [ sh:ask 'ASK { BIND (1 AS ?value) }' ] .",
            "no AS",
        ),
    ],
)
def test_ill_formed_components_are_errors(component: str, complaint: str) -> None:
    """A component that could never be used is refused by name."""
    with pytest.raises(ShapesError, match=complaint):
        check(DATA, component + ":S sh:targetNode :a ; :k 1 .")
