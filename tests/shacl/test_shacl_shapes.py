"""Ill-formed shapes are errors that say what and where; what asks for nothing is told."""

from __future__ import annotations

from pathlib import Path

import pyshacl
import pytest
from shacl_cases import DECLARED, check, faults, iri, triples

from cgkg.errors import CgkgError
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import SH
from cgkg.shacl.graph import ShapesError
from cgkg.shacl.validator import compile_shapes
from cgkg.shacl.vocabulary import NAMES, find_ineffective


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("a sh:PropertyShape", "one sh:path"),
        ("sh:path :p , :q", "sh:path may be said once"),
        ("sh:minCount 1", "sh:minCount needs a shape with sh:path"),
        ("sh:lessThan :p", "needs a shape with sh:path"),
        ("sh:qualifiedValueShape [] ; sh:qualifiedMinCount 1", "needs a shape with sh:path"),
        ("sh:path :p ; sh:minCount 'one'", "whole number"),
        ("sh:path :p ; sh:minCount 1.0", "whole number"),
        ("sh:path :p ; sh:minCount 1 , 2", "sh:minCount may be said once, not 2 times"),
        ("sh:datatype xsd:integer , xsd:decimal", "sh:datatype may be said once"),
        ("sh:datatype 'integer'", "sh:datatype is an IRI"),
        ("sh:class []", "sh:class is an IRI"),
        ("sh:nodeKind :Thing", "sh:nodeKind is not"),
        ("sh:minInclusive :p", "literal"),
        ("sh:pattern '['", "no regular expression"),
        ("sh:pattern 'a' ; sh:flags 'z'", "no regular expression"),
        ("sh:pattern 5", "plain string"),
        ("sh:languageIn ( 5 )", "plain string"),
        ("sh:in 5", "no well-formed list"),
        ("sh:in [ rdf:first 1 ; rdf:rest _:l ] . _:l rdf:first 1 ; rdf:rest _:l", "circle"),
        ("sh:and :p", "no well-formed list"),
        ("sh:or ( 5 )", "is a shape, not"),
        ("sh:not 5", "is a shape, not"),
        ("sh:property 5", "is a shape, not"),
        ("sh:property [ sh:minCount 0 ; a sh:NodeShape ]", "without sh:path"),
        ("sh:closed 'yes'", "true or false"),
        ("sh:closed true ; sh:ignoredProperties ( 'p' )", "is an IRI"),
        ("sh:severity 'high'", "sh:severity is an IRI"),
        ("sh:message 5", "sh:message is a text"),
        ("sh:entailment <http://www.w3.org/ns/entailment/RDFS>", "entailment regime"),
        ("sh:js [ sh:jsFunctionName 'f' ]", "JavaScript"),
        ("sh:sparql [ sh:message 'm' ]", "sh:select is the text of a query"),
    ],
)  # fmt: skip
def test_ill_formed_shapes_are_errors(said: str, complaint: str) -> None:
    """The error names the shape, also one that nothing uses and a nested one."""
    for target in ("sh:or ( :S )", "sh:targetNode :a ; sh:not :S"):
        with pytest.raises(ShapesError, match=complaint) as caught:
            check(":a :p 1 .", f":T {target} . :S {said} .")
        assert "<https://example.org/S>" in str(caught.value)
        assert caught.value.node == iri("S")
        assert isinstance(caught.value, CgkgError)


def test_a_fault_in_a_nameless_shape_is_told_by_the_nearest_name() -> None:
    """A blank node has no name worth telling; what is said wrongly is kept for its line."""
    with pytest.raises(ShapesError, match=r"example\.org/S>: sh:minCount is a whole") as caught:
        check("", ":S sh:or ( [ sh:not [ sh:path :p ; sh:minCount 'x' ] ] ) .")
    assert caught.value.statement is not None
    assert caught.value.statement.predicate == SH.minCount


def test_shapes_nested_by_the_hundreds_are_an_error() -> None:
    """Where Python's stack ends first, the error says so; a hundred deep is no matter."""

    def nested(depth: int) -> str:
        return f":S sh:targetNode :a ; {'sh:not [ ' * depth} sh:in ( ) {'] ' * depth} ."

    assert faults("", nested(100)) == ["a a Not"]
    assert faults("", nested(101)) == []
    with pytest.raises(ShapesError, match="nested too deep"):
        check("", nested(2000))


def test_shapes_can_be_compiled_once() -> None:
    """What is wrong with shapes shows before there are data; data of many kinds are validated."""
    shapes = compile_shapes(triples(":S sh:targetSubjectsOf :p ; sh:path :p ; sh:maxCount 1 ."))
    assert shapes.validate(triples(":a :p 1 .")).conforms
    assert not shapes.validate(triples(":a :p 1 , 2 .")).conforms
    with pytest.raises(ShapesError):
        compile_shapes(triples(":S sh:in 5 ."))


def test_data_may_be_shapes_as_well() -> None:
    """Shapes in the data are data, whatever they say."""
    assert faults(":S sh:in 5 ; :p 1 .", ":T sh:targetSubjectsOf :p ; sh:in ( ) .") == ["S S In"]


@pytest.mark.parametrize(
    ("said", "term", "nearest"),
    [
        ("sh:path :p ; sh:mincount 1", "mincount", "minCount"),
        ("sh:targetClas :C", "targetClas", "targetClass"),
        ("a sh:NodeShapes", "NodeShapes", "NodeShape"),
        ("sh:xyzzy 1", "xyzzy", None),
    ],
)
def test_names_that_shacl_does_not_have_are_found(
    said: str, term: str, nearest: str | None
) -> None:
    """A misspelt parameter would ask for less in silence."""
    (remark,) = find_ineffective(triples(f":S {said} ."))
    assert remark.term == SH(term)
    assert remark.nearest == (SH(nearest) if nearest else None)


@pytest.mark.parametrize("namespace", ["http://www.w3.org/ns/shacl/", "https://w3.org/ns/shacl#"])
def test_names_of_a_namespace_like_that_of_shacl_are_found(namespace: str) -> None:
    """Shapes written with it are none, and would demand nothing in silence."""
    remarks = find_ineffective(triples(f":S a <{namespace}NodeShape> ; <{namespace}nodekind> 1 ."))
    assert [each.nearest for each in remarks] == [SH.NodeShape, SH.NodeKind]
    assert not list(find_ineffective(triples(":S :p <http://www.w3.org/ns/shacl> .")))


@pytest.mark.parametrize(
    ("shapes", "empty"),
    [
        ("sh:node :T", ["T"]),
        ("sh:not :T", ["T"]),
        ("sh:or ( :T :U ) . :U sh:nodeKind sh:IRI", ["T"]),
        ("sh:node [] ; sh:not :U . :U a sh:NodeShape", []),
    ],
)
def test_shapes_of_which_nothing_is_said_are_found(shapes: str, empty: list[str]) -> None:
    """A name that is written otherwise elsewhere: everything conforms to it."""
    remarks = find_ineffective(triples(f":S sh:targetNode :a ; {shapes} ."))
    assert [each.triple.object for each in remarks if each.empty] == [iri(name) for name in empty]


@pytest.mark.parametrize(
    ("said", "needed"),
    [
        ("sh:qualifiedValueShape [ sh:nodeKind sh:IRI ]", SH.qualifiedMinCount),
        ("sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ; sh:qualifiedMaxCount 1", None),
        ("sh:targetNode :a ; sh:select 'SELECT $this { }'", SH.sparql),
        ("sh:targetNode :a ; sh:sparql [ sh:select 'SELECT $this { }' ]", None),
    ],
)
def test_what_a_shape_says_without_what_it_belongs_to_is_found(
    said: str, needed: IRI | None
) -> None:
    """A qualified shape without a count, and a query that is of no constraint."""
    remarks = list(find_ineffective(triples(f":S sh:path :p ; {said} .")))
    assert [each.needed for each in remarks] == ([] if needed is None else [needed])


def test_parameters_that_ask_for_nothing_are_found() -> None:
    """What needs another parameter, and a boolean in another form than true and false."""
    shapes = ":S sh:flags 'i' ; sh:ignoredProperties ( :p ) ; sh:closed '1'^^xsd:boolean ."
    flags, closed = find_ineffective(triples(shapes))
    assert (flags.needed, closed.needed) == (SH.pattern, None)
    assert closed.triple.predicate == SH.closed


@pytest.mark.parametrize(
    ("shapes", "unused"),
    [
        (":S a sh:NodeShape ; sh:in ( ) .", ["S"]),
        (":S a sh:PropertyShape ; sh:path :p .", ["S"]),
        (":S a sh:NodeShape ; sh:targetNode :a .", []),
        (":S a sh:NodeShape , owl:Class .", []),
        (":S a sh:NodeShape ; sh:deactivated true .", []),
        (":T a sh:NodeShape ; sh:targetNode :a ; sh:or ( :S ) . :S a sh:NodeShape .", []),
        (":S a sh:NodeShape ; sh:target [ sh:select 'SELECT ?this { ?this ?p 1 }' ] .", []),
    ],
)
def test_shapes_that_never_say_anything_are_found(shapes: str, unused: list[str]) -> None:
    """A shape with a name, but no target, that no other shape refers to."""
    found = [each.triple.subject for each in find_ineffective(triples(shapes)) if each.unused]
    assert found == [iri(name) for name in unused]


def test_what_no_validator_here_does_is_found() -> None:
    """Annotations of results and derived values are passed over, and that is told."""
    shapes = triples(":S sh:targetNode :a ; sh:sparql [ sh:resultAnnotation [] ] .")
    assert [each.passed_over for each in find_ineffective(shapes)] == [True]


def test_all_names_of_the_vocabulary_are_known() -> None:
    """Those of the vocabulary's file, which pySHACL brings along; they are nothing to remark."""
    path = Path(pyshacl.__file__).parent / "assets" / "shacl.ttl"
    declared = {quad.subject for quad in parse_file(path)}
    names = {SH.local(each) for each in declared if isinstance(each, IRI) and each in SH}
    assert len(names) > 200
    assert names - {""} <= NAMES


def test_every_name_that_the_validator_knows_is_one_of_shacl() -> None:
    """Shapes that use all of SHACL leave nothing to remark."""
    everything = (
        DECLARED
        + """
        :S a sh:NodeShape ; sh:targetClass :C ; sh:name "s" ; sh:description "d" ; sh:order 1 ;
            sh:property [ sh:path [ sh:zeroOrOnePath :p ] ; sh:group :g ; sh:defaultValue 1 ;
                sh:qualifiedValueShape [ sh:class :C ] ; sh:qualifiedMaxCount 1 ;
                sh:qualifiedValueShapesDisjoint true ; sh:uniqueLang false ] .
        :g a sh:PropertyGroup . :k a sh:ConstraintComponent ; sh:labelTemplate "l" .
        :t a sh:SPARQLTargetType . :r sh:rule [ a sh:TripleRule ; sh:subject sh:this ] .
    """
    )
    assert list(find_ineffective(triples(everything))) == []
