"""Shapes that refer to others: sh:node, sh:property, logic, qualified values, recursion."""

from __future__ import annotations

import pytest
from shacl_cases import check, faults, iri

from cgkg.rdf.vocab import SH
from cgkg.shacl.graph import ShapesError

DATA = """
:a :p :x , :y , :z ; :q :x . :b :p :y .
:x :n 1 . :y :n 'one' . :z :n 1 , 2 .
"""
NUMBER = ":Number sh:property [ sh:path :n ; sh:datatype xsd:integer ] ."
ONE = ":One sh:property [ sh:path :n ; sh:maxCount 1 ] ."


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("sh:node :Number", ["a y Node", "b y Node"]),
        ("sh:node :Number , :One", ["a y Node", "a z Node", "b y Node"]),
        ("sh:not :Number", ["a x Not", "a z Not"]),
        ("sh:and ( :Number :One )", ["a y And", "a z And", "b y And"]),
        ("sh:or ( :Number :One )", []),
        ("sh:or ( :Number [ sh:in ( ) ] )", ["a y Or", "b y Or"]),
        ("sh:xone ( :Number :One )", ["a x Xone"]),
        ("sh:and ( )", []),
        ("sh:or ( )", ["a x Or", "a y Or", "a z Or", "b y Or"]),
    ],
)
def test_values_conform_to_other_shapes_or_not(constraint: str, expected: list[str]) -> None:
    """Whether a value conforms to a shape is found from the inside out."""
    shapes = f":S sh:targetNode :a , :b ; sh:path :p ; {constraint} . {NUMBER} {ONE}"
    assert faults(DATA, shapes) == expected


@pytest.mark.parametrize(
    ("qualified", "expected"),
    [
        ("sh:qualifiedMinCount 2", ["b - QualifiedMinCount"]),
        ("sh:qualifiedMaxCount 1", ["a - QualifiedMaxCount"]),
        ("sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 2", ["b - QualifiedMinCount"]),
    ],
)
def test_qualified_values_are_counted(qualified: str, expected: list[str]) -> None:
    """Only values that conform to the shape count (SHACL §4.7.3)."""
    shapes = (
        f":S sh:targetNode :a , :b ; sh:path :p ; sh:qualifiedValueShape :Number ; {qualified} ."
    )
    assert faults(DATA, shapes + NUMBER) == expected


def test_disjoint_qualified_values_count_for_one_shape_only() -> None:
    """A value that conforms to a sibling's shape, too, does not count."""
    shapes = """:S sh:targetNode :a ; sh:property
        [ sh:path :p ; sh:qualifiedValueShape :Number ; sh:qualifiedValueShapesDisjoint true ;
          sh:qualifiedMinCount 2 ] ,
        [ sh:path :p ; sh:qualifiedValueShape :One ; sh:qualifiedMinCount 1 ] ."""
    assert faults(DATA, shapes + NUMBER + ONE) == ["a - QualifiedMinCount"]


def test_results_of_property_shapes_are_reported_for_each_node_that_leads_there() -> None:
    """A value node of two focus nodes is validated for each of them (SHACL §3.4)."""
    shapes = f":S sh:targetNode :a , :b ; sh:path :p ; {NUMBER.removeprefix(':Number ')}"
    assert faults(DATA, shapes) == ["y one Datatype"] * 2
    deeper = """:S sh:targetNode :r , :s ; sh:path :to ; sh:property [ sh:path :p ;
        sh:property [ sh:path :n ; sh:datatype xsd:integer ] ] ."""
    data = DATA + ":r :to :a , :b . :s :to :b ."
    assert faults(data, deeper) == ["y one Datatype"] * 3


def test_sh_node_tells_why() -> None:
    """The result is of the outer shape; what the value breaks is its detail."""
    shapes = f""":S sh:targetNode :b ; sh:severity sh:Warning ; sh:path :p ; sh:node :Deep .
        :Deep sh:node :Number . {NUMBER}"""
    (result,) = check(DATA, shapes).results
    assert (result.value, result.severity) == (iri("y"), SH.Warning)
    (detail,) = result.details
    assert (detail.focus, detail.component) == (iri("y"), SH.NodeConstraintComponent)
    (inner,) = detail.details
    assert (inner.focus, inner.path, inner.severity) == (iri("y"), iri("n"), SH.Violation)


def test_details_belong_to_the_value_that_breaks_the_shape() -> None:
    """Also where the fault is some steps away from the value."""
    data = ":r :to :a , :b . :a :p :x . :b :p :y . :x :n 1 . :y :n 'one' ."
    shapes = """:S sh:targetNode :r ; sh:path :to ; sh:node :Far .
        :Far sh:property [ sh:path :p ; sh:property [ sh:path :n ; sh:datatype xsd:integer ] ] ."""
    (result,) = check(data, shapes).results
    assert result.value == iri("b")
    assert [each.focus for each in result.details] == [iri("y")]


def test_results_of_any_severity_mean_that_a_value_does_not_conform() -> None:
    """Severities are no part of conformance (SHACL §3.4.1)."""
    shapes = ":S sh:targetNode :a ; sh:not [ sh:in ( ) ; sh:severity sh:Info ] ."
    assert faults(DATA, shapes) == []


@pytest.mark.parametrize(
    "shapes",
    [
        ":S sh:targetNode :a ; sh:path :p ; sh:node :S .",
        ":S sh:targetNode :a ; sh:property :P . :P sh:path :p ; sh:or ( :Q ) . :Q sh:not :S .",
        ":S sh:path :p ; sh:qualifiedValueShape :S ; sh:qualifiedMinCount 1 .",
    ],
)
def test_recursive_shapes_are_refused_by_name(shapes: str) -> None:
    """What they mean is not agreed on (SHACL §3.4.3); the error shows the circle."""
    with pytest.raises(ShapesError, match=r"recursive .*S>.* -> .*S>"):
        check(DATA, shapes)
