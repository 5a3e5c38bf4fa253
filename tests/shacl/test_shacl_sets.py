"""Constraints on all values of a node together: how many, which, compared to another property."""

from __future__ import annotations

import pytest
from shacl_cases import check, faults, iri

DATA = """
:a :p 1 , 2 ; :q 2 , 3 . :b :p 1 ; :q 1 . :c :q 5 .
:l :p 'a'@en , 'b'@en , 'c'@EN , 'd'@de , 'e'@fr , 'f'@fr , 'g' , 'h' .
"""
TARGET = ":S a sh:PropertyShape ; sh:targetNode :a , :b , :c ; sh:path :p"


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("sh:minCount 1", ["c - MinCount"]),
        ("sh:minCount 0", []),
        ("sh:maxCount 1", ["a - MaxCount"]),
        ("sh:maxCount 0", ["a - MaxCount", "b - MaxCount"]),
        ("sh:hasValue 2", ["b - HasValue", "c - HasValue"]),
        ("sh:hasValue 1 , 2", ["b - HasValue", "c - HasValue", "c - HasValue"]),
        ("sh:equals :q", ["a 1 Equals", "a 3 Equals", "c 5 Equals"]),
        ("sh:disjoint :q", ["a 2 Disjoint", "b 1 Disjoint"]),
        ("sh:lessThan :q", ["a 2 LessThan", "b 1 LessThan"]),
        ("sh:lessThanOrEquals :q", []),
        ("sh:equals :nothing", ["a 1 Equals", "a 2 Equals", "b 1 Equals"]),
    ],
)
def test_a_constraint_finds_what_breaks_it(constraint: str, expected: list[str]) -> None:
    """Counts name no value; comparisons name the value that is wrong."""
    assert faults(DATA, f"{TARGET} ; {constraint} .") == expected


def test_each_pair_that_is_not_less_is_reported() -> None:
    """sh:lessThan is about pairs, and IRIs cannot be compared (SHACL §4.5.3)."""
    shapes = ":S sh:targetNode :x ; sh:path :p ; sh:lessThan :q ."
    assert faults(":x :p 5 ; :q 1 , 9 , 2 .", shapes) == ["x 5 LessThan"] * 2
    assert faults(":x :p :y ; :q :z .", shapes) == ["x y LessThan"]


def test_each_language_may_come_once() -> None:
    """A language of several values is one violation, in whatever letters its tag is."""
    shapes = ":S sh:targetNode :l ; sh:path :p ; sh:uniqueLang {} ."
    assert faults(DATA, shapes.format("true")) == ["l - UniqueLang"] * 2
    assert faults(DATA, shapes.format("false")) == []
    # SHACL §4.4.5 names true only.
    assert faults(DATA, shapes.format("'1'^^xsd:boolean")) == []


def test_a_closed_shape_reports_each_property_that_it_lacks() -> None:
    """The path of the result is the property, its value what the property leads to."""
    shapes = """:S sh:targetNode :a , :c ; sh:closed true ; sh:ignoredProperties ( rdf:type ) ;
        sh:property [ sh:path :p ] , [ sh:path ( :q :p ) ] ."""
    report = check(DATA + ":a a :C .", shapes)
    assert [(each.focus, each.path, str(each.value)[1]) for each in report.results] == [
        (iri("a"), iri("q"), "2"),
        (iri("a"), iri("q"), "3"),
        (iri("c"), iri("q"), "5"),
    ]
    assert faults(DATA, ":S sh:targetNode :a ; sh:closed false .") == []


def test_node_shapes_compare_the_node_itself() -> None:
    """In a node shape the focus node is the value (SHACL §4.5)."""
    data = ":x :p :x . :y :p :x ."
    assert faults(data, ":S sh:targetNode :x , :y ; sh:equals :p .") == ["y x Equals", "y y Equals"]
    assert faults(data, ":S sh:targetNode :x , :y ; sh:disjoint :p .") == ["x x Disjoint"]
