"""Targets: which nodes a shape is about."""

from __future__ import annotations

import pytest
from shacl_cases import check, faults, iri, triples

from cgkg.shacl.graph import ShapesError
from cgkg.shacl.validator import validate

DATA = """
:D rdfs:subClassOf :C . :E rdfs:subClassOf :D .
:a a :C . :b a :E . :c a :F ; :p :x , 5 , _:n .
"""


@pytest.mark.parametrize(
    ("target", "nodes"),
    [
        ("sh:targetNode :a , :nowhere , 'text'@en", ["a", "nowhere", "text"]),
        ("sh:targetClass :C", ["a", "b"]),
        ("sh:targetClass :D", ["b"]),
        ("sh:targetClass :Nothing", []),
        ("sh:targetSubjectsOf :p", ["c"]),
        ("sh:targetObjectsOf :p", ["5", "n", "x"]),
        ("sh:targetSubjectsOf :nothing", []),
        ("sh:targetClass :C ; sh:targetNode :a", ["a", "b"]),
    ],
)
def test_a_target_finds_its_nodes(target: str, nodes: list[str]) -> None:
    """Every kind of target finds the nodes it should, each once, in the data or not."""
    shapes = f":S a sh:NodeShape ; {target} ; sh:in ( ) ."
    assert sorted({line.split()[0] for line in faults(DATA, shapes)}) == nodes
    assert len(check(DATA, shapes).results) == len(nodes)


@pytest.mark.parametrize("kind", ["rdfs:Class", "owl:Class", ":Meta"])
def test_a_class_that_is_a_shape_is_its_own_target(kind: str) -> None:
    """Instances of a class that is a shape, too, are focus nodes (SHACL §2.1.3.3)."""
    shapes = f":Meta rdfs:subClassOf rdfs:Class . :C a {kind} , sh:NodeShape ; sh:in ( ) ."
    assert faults(DATA, shapes) == ["a a In", "b b In"]


def test_the_ontology_gives_the_class_hierarchy_only() -> None:
    """Subclasses may be told beside the data; nothing else of the ontology is looked at."""
    shapes = triples(":S a sh:NodeShape ; sh:targetClass :C ; sh:in ( ) .")
    ontology = triples(":K rdfs:subClassOf :C . :other a :K .")
    report = validate(triples(":k a :K ."), shapes, ontology=ontology)
    assert [each.focus for each in report.results] == [iri("k")]


def test_a_target_may_be_told_in_sparql() -> None:
    """sh:target with a query, or with a type of targets and its parameters (SHACL-AF §3)."""
    own = ":S sh:target [ sh:prefixes :ns ; sh:select 'SELECT ?this { ?this :p 5 }' ] ; sh:in ( ) ."
    assert faults(DATA, own) == ["c c In"]
    typed = """
        :Of a sh:SPARQLTargetType ; sh:parameter [ sh:path :kind ] ; sh:prefixes :ns ;
            sh:select 'SELECT ?this { ?this a $kind }' .
        :S sh:target [ a :Of ; sh:prefixes :ns ; :kind :F ] ; sh:in ( ) .
    """
    assert faults(DATA, typed) == ["c c In"]


@pytest.mark.parametrize(
    "target",
    [
        "sh:targetClass 'C'",
        "sh:targetClass []",
        "sh:targetSubjectsOf 5",
        "sh:targetNode []",
        "sh:target [ a :Unknown ]",
        "sh:target [ sh:select 'SELECT' ]",
    ],
)
def test_what_is_no_target_is_an_error(target: str) -> None:
    """A target that nothing can be found by is refused by name."""
    with pytest.raises(ShapesError, match="S>"):
        check(DATA, f":S a sh:NodeShape ; {target} .")


def test_a_deactivated_shape_has_no_results() -> None:
    """Neither as the target's nor as another's; whatever it says of values, they conform."""
    off = ":S a sh:NodeShape ; sh:targetNode :a ; sh:deactivated true ; sh:in ( ) ."
    assert faults(DATA, off) == []
    nested = ":S sh:targetNode :a ; sh:not [ sh:deactivated true ; sh:in ( ) ] ."
    assert faults(DATA, nested) == ["a a Not"]
