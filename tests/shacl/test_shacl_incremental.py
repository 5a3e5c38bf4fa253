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
from cgkg.shacl import evaluation
from cgkg.shacl.evaluation import Run, Shape
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
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_sequence_of_edits_gives_what_validating_from_the_beginning_gives(seed: int) -> None:
    """Random shapes, data and edits; every report in all that it says."""
    edit_at_random(seed, 6)


@pytest.mark.long
@given(st.integers(0, 1 << 32))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_many_long_sequences_of_edits(seed: int) -> None:
    """As above, for longer."""
    edit_at_random(seed, 25)
