"""Validating again what a change reaches: the same report as on all data from the beginning."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import ROOT
from shacl_cases import (
    CLASSES,
    DECLARED,
    LITERALS,
    NODES,
    PREDICATES,
    quads,
    random_data,
    random_shapes,
    triples,
)

from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import Quad, Triple
from cgkg.shacl.data import Ids
from cgkg.shacl.evaluation import Reached, Run, Shape
from cgkg.shacl.graph import ShapesError
from cgkg.shacl.report import ValidationReport, to_triples
from cgkg.shacl.validator import compile_shapes, validate

QUERIES = [
    "SELECT $this ?value { $this :p ?value FILTER (?value > 1) }",
    "SELECT $this { FILTER NOT EXISTS { $this :q ?x } }",
    "SELECT $this ?value { ?value :q $this . ?value :r ?x }",
    "SELECT $this ?value { $this :r|:q ?value GRAPH ?g { ?x :p ?value } }",
    "SELECT $this { GRAPH :g { ?s ?p $this } }",
    "SELECT $this ?value { $this :p* ?value . ?value :q ?x }",
]
FORMS = ["01", "+1", "1.00", "02", "true", '"1"^^xsd:boolean', '"true"^^xsd:boolean']


def same(report: ValidationReport, statements: list[Quad], shapes: list[Triple]) -> bool:
    """Whether the report is that on the statements from the beginning, to the last word."""
    expected = validate(statements, shapes)
    assert report == expected
    return to_triples(report) == to_triples(expected)


def more_shapes(source: random.Random) -> str:
    """Shapes that share others, have queries, or targets that queries find."""
    said = [
        ":Shared a sh:NodeShape ; sh:property [ sh:path :q ; sh:maxCount 1 ; sh:class :C ] .",
        ":Again sh:targetClass :C ; sh:path ( [ sh:inversePath :p ] :r ) ; sh:node :Shared .",
        f":Queried sh:targetSubjectsOf :p ; sh:property :Asked . :Asked sh:path :p ; "
        f"sh:sparql [ sh:prefixes :ns ; sh:select '{source.choice(QUERIES)}' ] .",
        ":Found sh:target [ a sh:SPARQLTarget ; sh:prefixes :ns ; "
        "sh:select 'SELECT ?this { ?x :r ?this }' ] ; sh:path :p ; sh:lessThan :q .",
        ":Own a sh:ConstraintComponent ; sh:parameter [ sh:path :least ] ; sh:validator "
        "[ a sh:SPARQLAskValidator ; sh:prefixes :ns ; sh:ask 'ASK { $value :q ?x }' ] . "
        ":Owned sh:targetSubjectsOf :r ; sh:path :p ; :least 1 .",
        ":C a rdfs:Class , sh:NodeShape ; sh:closed true ; sh:ignoredProperties ( rdf:type :p ) .",
        ":Whole sh:targetNode :a ; sh:and ( :Shared [ sh:path [ sh:zeroOrMorePath "
        "[ sh:alternativePath ( :p [ sh:inversePath :q ] ) ] ] ; sh:maxCount 3 ] ) .",
    ]
    return "\n".join(source.sample(said, source.randrange(len(said)))) + (
        "\n:Shared a sh:NodeShape ." if source.random() < 0.5 else "\n:Shared sh:nodeKind sh:IRI ."
    )


def random_statement(source: random.Random) -> str:
    """One statement in TriG: of some graph, of a node, its class, or the hierarchy of classes."""
    values = source.choice([NODES, LITERALS, FORMS])
    said = source.choice(
        [
            f"{source.choice(NODES)} {source.choice(PREDICATES)} {source.choice(values)} .",
            f"{source.choice(NODES)} {source.choice(PREDICATES)} {source.choice(values)} .",
            f"{source.choice(NODES)} a {source.choice(CLASSES)} .",
            f"{source.choice(CLASSES)} rdfs:subClassOf {source.choice(CLASSES)} .",
        ]
    )
    return said if source.random() < 0.7 else f"{source.choice([':g', ':h'])} {{ {said} }}"


def edit_at_random(seed: int, edits: int) -> None:
    """Make edits, and compare after each."""
    source = random.Random(seed)
    shapes = triples(DECLARED + random_shapes(source) + more_shapes(source))
    held = dict.fromkeys(quads(random_data(source)))
    validation = compile_shapes(shapes).begin(held)
    assert same(validation.report, list(held), shapes)
    for _ in range(edits):
        removed = source.sample(list(held), min(len(held), source.choice([0, 0, 1, 1, 2, 8])))
        text = [random_statement(source) for _ in range(source.choice([0, 1, 1, 2, 6]))]
        added = quads("\n".join(text))
        for each in removed:
            del held[each]
        held.update(dict.fromkeys(added))
        assert same(validation.update(added, removed), list(held), shapes)


@given(st.integers(0, 1 << 32))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_a_sequence_of_edits_gives_what_validating_from_the_beginning_gives(seed: int) -> None:
    """Random shapes, data and edits; every report in all that it says."""
    edit_at_random(seed, 6)


@pytest.mark.long
@given(st.integers(0, 1 << 32))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_many_long_sequences_of_edits(seed: int) -> None:
    """As above, for longer."""
    edit_at_random(seed, 25)


def edit_the_project(seed: int, edits: int) -> None:
    """Take statements out of this project's graph and put some back, by all of its shapes."""
    source = random.Random(seed)
    read = [quad for path in sorted((ROOT / "shapes").rglob("*.ttl")) for quad in parse_file(path)]
    ontology = [each.triple for path in ROOT.glob("ontology/*.ttl") for each in parse_file(path)]
    files = sorted([*(ROOT / "data").rglob("*.trig"), *(ROOT / "data").rglob("*.ttl")])
    held = dict.fromkeys(quad for path in files for quad in parse_file(path))
    shapes = compile_shapes([each.triple for each in read])
    validation = shapes.begin(held, ontology=ontology)
    away: list[Quad] = []
    for _ in range(edits):
        removed = source.sample(list(held), source.choice([1, 1, 5, 40]))
        added = source.sample(away, min(len(away), source.choice([0, 1, 3])))
        added += [
            Quad(one.subject, other.predicate, other.object, one.graph_name)
            for one, other in zip(*(source.sample(list(held), 2) for _ in range(2)), strict=True)
        ]
        away += removed
        for each in removed:
            del held[each]
        held.update(dict.fromkeys(added))
        report = validation.update(added, removed)
        assert to_triples(report) == to_triples(shapes.validate(held, ontology=ontology))
    assert not report.conforms


def test_edits_of_this_project_by_its_own_shapes() -> None:
    """Statements out, others in: some with the value of another statement."""
    edit_the_project(1, 3)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 8))
def test_many_edits_of_this_project(seed: int) -> None:
    """As above, for longer."""
    edit_the_project(seed, 30)


REACHED = """
:Site sh:targetClass :C ; sh:property :Way .
:Way sh:path ( [ sh:oneOrMorePath :p ] :q ) ; sh:node :Named .
:Named sh:property [ sh:path [ sh:inversePath :r ] ; sh:maxCount 1 ] .
"""


@pytest.mark.parametrize(
    ("added", "removed", "reached"),
    [
        ("", "", ""),
        (":z :other :a .", "", ""),
        (":d :q :x .", "", "ab"),
        ("", ":b :p :d .", "ab"),
        ("", ":c :q :y .", "c"),
        (":v :r :y .", "", "c"),
        ("", ":w :r :x .", "abd"),
        ("", ":d a :C .", ""),
        (":y a :E . :E rdfs:subClassOf :C .", "", "y"),
    ],
)
def test_only_nodes_that_a_change_reaches_are_validated(
    monkeypatch: pytest.MonkeyPatch, added: str, removed: str, reached: str
) -> None:
    """Those from which paths lead to it, before or after, and those that are focus nodes anew."""
    data = quads(
        ":a a :C ; :p :b . :b a :C ; :p :d . :d a :C ; :p :e . :e :q :x . :w :r :x ."
        " :c a :C ; :p :c ; :q :y ."
    )
    validation = compile_shapes(triples(REACHED)).begin(data)
    looked_at: set[str] = set()
    broken = Run.broken

    def record(run: Run, shape: Shape, focus: Ids, *more: Reached) -> object:
        if str(shape.node).endswith("/Site>"):
            looked_at.update(str(each)[-2] for each in run.data.terms.decode(focus))
        return broken(run, shape, focus, *more)

    monkeypatch.setattr(Run, "broken", record)
    validation.update(quads(added), quads(removed))
    assert looked_at == set(reached)


def test_a_literal_elsewhere_changes_what_a_query_is_known_to_mean() -> None:
    """The database has one form for 01 and 1, so of both it is not sure which a solution means."""
    shapes = triples(
        DECLARED + ":S sh:targetNode :a ; sh:sparql [ sh:prefixes :ns ; "
        "sh:select 'SELECT $this ?value { $this :p ?value }' ] ."
    )
    data, other = quads(":a :p 01 ."), quads(":z :other 1 .")
    validation = compile_shapes(shapes).begin(data)
    assert [str(each.value)[:4] for each in validation.report.results] == ['"01"']
    assert same(validation.update(other), [*data, *other], shapes)
    assert [str(each.value)[:3] for each in validation.report.results] == ['"1"']
    assert same(validation.update(removed=other), data, shapes)


def test_a_statement_that_comes_to_another_graph_is_a_change_for_queries() -> None:
    """Also one that leaves the merge of all graphs as it is."""
    shapes = triples(
        DECLARED + ":S sh:targetNode :a ; sh:sparql [ sh:prefixes :ns ; "
        "sh:select 'SELECT $this ?value { GRAPH ?value { $this :in ?x } }' ] ."
    )
    data = quads(":g { :a :in :x }")
    other = quads(":h { :a :in :x }")
    validation = compile_shapes(shapes).begin(data)
    assert same(validation.update(other), [*data, *other], shapes)
    assert len(validation.report.results) == 2
    assert same(validation.update(removed=data), other, shapes)
    assert same(validation.update(removed=other), [], shapes)


def test_results_that_differ_in_details_alone_have_one_order() -> None:
    """Also where only some of the nodes that lead to them are validated again."""
    shapes = triples(
        """:R sh:targetNode :a , :b ; sh:property [ sh:path :to ; sh:property
            [ sh:path :n ; sh:message "wrong" ; sh:node :Long , :Word ] ] .
        :Long sh:minLength 9 . :Word sh:pattern "^[a-z]+$" ."""
    )
    data = quads(":a :to :x . :b :to :x . :x :n 1 .")
    validation = compile_shapes(shapes).begin(data)
    assert len(validation.report.results) == 4
    validation.update(removed=data[:1])
    assert same(validation.update(data[:1]), data, shapes)


def test_a_triple_of_several_graphs_is_there_until_the_last_one_lacks_it() -> None:
    """Shapes see the merge of all graphs; a triple is a statement of the default graph."""
    shapes = compile_shapes(triples(":S sh:targetNode :a ; sh:path :p ; sh:maxCount 0 ."))
    data = quads(":g { :a :p 1 } :h { :a :p 1 }")
    validation = shapes.begin(data)
    assert not validation.update(removed=[data[0], data[1].triple]).conforms
    assert validation.update(removed=[data[1]]).conforms
    assert not validation.update([data[1].triple]).conforms


def test_what_is_both_removed_and_added_is_there_and_what_is_not_there_is_passed_over() -> None:
    """As SPARQL Update deletes before it inserts."""
    shapes = compile_shapes(triples(":S sh:targetNode :a ; sh:path :p ; sh:maxCount 0 ."))
    one, other = quads(":a :p 1 . :a :p 2 .")
    validation = shapes.begin([one])
    assert not validation.update([one], [one, other]).conforms
    assert validation.update([], [one, other]).conforms


def test_the_hierarchy_of_an_ontology_stays() -> None:
    """A statement of the data that the ontology makes, too, can be taken out of the data alone."""
    shapes = compile_shapes(triples(":S sh:targetClass :C ; sh:path :p ; sh:minCount 1 ."))
    (lower,) = triples(":D rdfs:subClassOf :C .")
    data = [*triples(":a a :D ."), lower]
    validation = shapes.begin(data, ontology=[lower])
    assert not validation.update(removed=[lower]).conforms
    assert shapes.begin(data).update(removed=[lower]).conforms


def test_after_a_query_that_fails_the_next_update_is_right() -> None:
    """The data have changed, as the caller said, and everything is validated."""
    shapes = triples(
        DECLARED + ":S sh:targetSubjectsOf :p ; sh:sparql [ sh:prefixes :ns ; sh:select "
        "'SELECT $this ?failure { $this :p 2 BIND (true AS ?failure) }' ] ."
        ":T sh:targetSubjectsOf :p ; sh:path :p ; sh:maxCount 1 ."
    )
    data = quads(":a :p 1 . :b :p 1 . :b :p 3 .")
    bad = quads(":a :p 2 .")
    validation = compile_shapes(shapes).begin(data)
    with pytest.raises(ShapesError, match="failure"):
        validation.update(bad, data[1:])
    with pytest.raises(ShapesError, match="failure"):
        validation.update()
    assert same(validation.update(removed=bad), data[:1], shapes)


def test_with_rules_everything_is_validated_again() -> None:
    """What a rule infers from a change is not followed."""
    shapes = triples(
        ":S sh:targetSubjectsOf :p ; sh:rule [ a sh:TripleRule ; sh:subject sh:this ; "
        "sh:predicate :q ; sh:object [ sh:path :p ] ] . :T sh:targetObjectsOf :q ; sh:class :C ."
    )
    data = quads(":a :p :b . :b a :C . :a :p :c .")
    validation = compile_shapes(shapes).begin(data)
    assert same(validation.report, data, shapes)
    assert same(validation.update(removed=data[1:2]), [data[0], data[2]], shapes)
    assert len(validation.report.results) == 2
