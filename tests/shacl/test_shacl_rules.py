"""Rules of SHACL-AF: what they add to the data, in which order, and what of them is pySHACL's."""

from __future__ import annotations

import pytest
from shacl_cases import DECLARED, check, faults, iri, quads, triples

from cgkg.shacl import pyshacl_engine, validator
from cgkg.shacl.graph import ShapesError

DATA = ":a a :C ; :p :x , :y ; :n 1 . :b a :C ; :p :x . :x :q :z ; a :K . :y :q 'text' ."
SEEN = ":Seen sh:targetSubjectsOf :new ; sh:path :new ; sh:in ( ) ."


def rule(said: str, more: str = "") -> str:
    return f":S a sh:NodeShape ; sh:targetClass :C ; sh:rule [ a sh:TripleRule ; {said} ] . {more}"


@pytest.mark.parametrize(
    ("said", "added"),
    [
        ("sh:subject sh:this ; sh:predicate :new ; sh:object 5", ["a 5", "b 5"]),
        ("sh:subject :all ; sh:predicate :new ; sh:object sh:this", ["all a", "all b"]),
        (
            "sh:subject sh:this ; sh:predicate :new ; sh:object [ sh:path ( :p :q ) ]",
            ["a text", "a z", "b z"],
        ),
        (
            "sh:subject [ sh:path :p ] ; sh:predicate :new ; sh:object [ sh:path :n ]",
            ["x 1", "y 1"],
        ),
        (
            "sh:subject sh:this ; sh:predicate :new ; "
            "sh:object [ sh:filterShape [ sh:class :K ] ; sh:nodes [ sh:path :p ] ]",
            ["a x", "b x"],
        ),
        (
            "sh:subject sh:this ; sh:predicate :new ; "
            "sh:object [ sh:union ( [ sh:path :n ] [ sh:path :p ] ) ]",
            ["a 1", "a x", "a y", "b x"],
        ),
        (
            "sh:subject sh:this ; sh:predicate :new ; "
            "sh:object [ sh:intersection ( [ sh:path :p ] :x ) ]",
            ["a x", "b x"],
        ),
        (
            "sh:condition [ sh:path :n ; sh:minCount 1 ] ; "
            "sh:subject sh:this ; sh:predicate :new ; sh:object true",
            ["a true"],
        ),
        ("sh:subject 5 ; sh:predicate :new ; sh:object 5", []),
        ("sh:deactivated true ; sh:subject :a ; sh:predicate :new ; sh:object 5", []),
    ],
)
def test_a_rule_adds_triples_for_each_focus_node(said: str, added: list[str]) -> None:
    """Subject, predicate and object are expressions about the focus node."""
    found = faults(DATA, rule(said, SEEN))
    assert [line.removesuffix(" In") for line in found] == added


def test_a_rule_may_be_a_query() -> None:
    """CONSTRUCT, with $this bound, for all focus nodes at once."""
    shapes = """:S a sh:NodeShape ; sh:targetClass :C ; sh:rule [ a sh:SPARQLRule ;
        sh:prefixes :ns ; sh:construct "CONSTRUCT { $this :new ?z } WHERE { $this :p/:q ?z }" ] ."""
    assert faults(DATA, shapes + SEEN) == ["a text In", "a z In", "b z In"]


def test_rules_of_a_higher_order_see_what_was_added() -> None:
    """Those of the same order do not (SHACL-AF §8.3)."""
    first = "sh:subject sh:this ; sh:predicate :mid ; sh:object 1"
    then = "sh:subject sh:this ; sh:predicate :new ; sh:object [ sh:path :mid ]"
    two = ":S a sh:NodeShape ; sh:targetClass :C ; sh:rule [ {} ] , [ {} ] ."
    assert faults(DATA, two.format(first, then + " ; sh:order 1.5") + SEEN) == ["a 1 In", "b 1 In"]
    assert faults(DATA, two.format(first + " ; sh:order 2", then) + SEEN) == []
    assert faults(DATA, two.format(first, then) + SEEN) == []


def test_the_report_tells_how_many_triples_were_added() -> None:
    """Triples that were there already are not counted."""
    said = "sh:subject sh:this ; sh:predicate :n ; sh:object 1"
    report = check(DATA, rule(said, ":S sh:entailment sh:Rules ."))
    assert report.notes == ("rules (sh:rule) added 1 triples before validation",)


@pytest.mark.parametrize(
    "said",
    [
        "sh:subject sh:this ; sh:predicate :new ; sh:object [ sh:path ( :p :q ) ]",
        "sh:subject sh:this ; sh:predicate :new ; sh:object [ sh:path [ sh:inversePath :q ] ]",
        "sh:subject sh:this ; sh:predicate :new ; sh:object [ sh:union ( [ sh:path :n ] 2 ) ]",
        "sh:condition [ a sh:NodeShape ; sh:class :C ] ; "
        "sh:subject sh:this ; sh:predicate :new ; sh:object 1",
    ],
)
def test_pyshacl_infers_the_same(said: str) -> None:
    """The reference adds the same triples."""
    data, shapes = quads(DATA), triples(DECLARED + rule(said, SEEN))
    ours = validator.validate(data, shapes)
    reference = pyshacl_engine.validate(data, shapes)
    assert [(each.focus, each.value) for each in ours.results] == [
        (each.focus, each.value) for each in reference.results
    ]


def test_other_expressions_are_given_to_pyshacl() -> None:
    """What is not done here, such as functions of one's own, is named in the report."""
    said = "sh:subject sh:this ; sh:predicate :new ; sh:object [ :twice ( [ sh:path :n ] ) ]"
    function = """:twice a sh:SPARQLFunction ; sh:returnType xsd:integer ; sh:prefixes :ns ;
        sh:parameter [ sh:path :x ; sh:datatype xsd:integer ] ;
        sh:select "SELECT ($x * 2 AS ?r) WHERE {}" ."""
    report = check(DATA + ":b :n 4 .", rule(said, SEEN + function))
    found = [(each.focus, str(each.value)[1]) for each in report.results]
    assert found == [(iri("a"), "2"), (iri("b"), "8")]
    (note,) = report.notes
    assert "sh:SPARQLFunction" in note
    assert "example.org/twice" in note


def test_what_pyshacl_does_not_do_either_is_an_error() -> None:
    """The error names who could not."""
    said = "sh:subject sh:this ; sh:predicate :new ; sh:object [ sh:count [ sh:path :p ] ]"
    with pytest.raises(ShapesError, match="pySHACL"):
        check(DATA, rule(said, SEEN))


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("sh:subject sh:this ; sh:object 1", "a rule has"),
        ("sh:subject [ sh:path 5 ] ; sh:predicate :p ; sh:object 1", "no property path"),
        ("sh:order 'first' ; sh:subject :a ; sh:predicate :p ; sh:object 1", "sh:order"),
        ("sh:construct 'SELECT $this { $this ?p 1 }'", "CONSTRUCT query is needed"),
    ],
)
def test_ill_formed_rules_are_errors(said: str, complaint: str) -> None:
    """They name the shape, as all errors of shapes do."""
    with pytest.raises(ShapesError, match=complaint):
        check(DATA, rule(said))
