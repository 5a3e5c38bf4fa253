"""A dataset as lines: the same as the canonical form of the whole, made of quads."""

from __future__ import annotations

import random
from itertools import product

import pyoxigraph as ox
import pytest

from cgkg.rdf.canonical import canonicalize
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Quad, Triple
from cgkg.rdf.vocab import GRAPH, RDF, XSD
from cgkg.store.dataset import DatasetLines, merge

P, Q = IRI("urn:p"), IRI("urn:p#")
WORDS = (
    "",
    "a",
    "a b",
    "_:b",
    ' _:b "',
    "a\n_:c",
    "\r\u2028\x0b",
    "城",
    "\U0001f600",
    "\uffff",
    "\\",
    ".",
)
LITERALS = [
    *(Literal(word) for word in WORDS),
    *(Literal("a", language=tag) for tag in ("en", "en-gb", "eng")),
    *(Literal("1", datatype=kind) for kind in (XSD.integer, XSD.int)),
]
NAMES = [IRI("urn:a"), IRI("urn:a#"), IRI("urn:城"), IRI("urn:_:b")]


def some_triples(draw: random.Random, count: int, nodes: int) -> list[Triple]:
    """Triples of terms that are the beginnings of each other, with so many blank nodes."""
    resources: list[IRI | BlankNode] = [*NAMES, *(BlankNode(f"n{each}") for each in range(nodes))]
    terms: list[IRI | BlankNode | Literal] = [*LITERALS, *resources]
    return [
        Triple(draw.choice(resources), draw.choice([P, Q]), draw.choice(terms))
        for _ in range(count)
    ]


def canonical(quads: list[Quad]) -> list[bytes]:
    """The lines of the canonical form, by RDFC-1.0 over all quads."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return [f"{quad} .\n".encode() for quad in sorted(dataset, key=str)]


def quads(name: IRI | DefaultGraph, triples: list[Triple]) -> list[Quad]:
    return [Quad(t.subject, t.predicate, t.object, name) for t in triples]


@pytest.mark.parametrize(("seed", "nodes"), [*product(range(12), (0, 3))])
def test_lines_are_those_of_the_canonical_form(seed: int, nodes: int) -> None:
    """All lines, in the order of the canonical form, and those that are asserted among them."""
    draw = random.Random(seed)
    graphs = {name: some_triples(draw, 40, nodes) for name in (*NAMES, GRAPH.ontology)}
    inferred, apart = some_triples(draw, 60, nodes), {GRAPH.shapes: some_triples(draw, 20, nodes)}
    merged = merge(graphs, inferred, apart)
    asserted = [t for part in graphs.values() for t in part]
    expected = canonical(
        [
            *quads(DefaultGraph(), asserted + inferred),
            *quads(GRAPH.inferred, inferred),
            *(quad for name, part in {**graphs, **apart}.items() for quad in quads(name, part)),
        ]
    )
    assert merged.lines == expected
    assert [f"{quad} .\n".encode() for quad in merged.quads()] == expected
    assert merged.default_graph == len(set(asserted + inferred))
    said = set(quads(DefaultGraph(), asserted)) | {q for n in graphs for q in quads(n, graphs[n])}
    assert len(merged.asserted) == len(said)
    assert canonical(DatasetLines(merged.asserted, [], 0).quads()) == canonical(list(said))
    assert merged.asserted == [line for line in merged.lines if line in set(merged.asserted)]


def test_what_is_inferred_of_a_node_without_a_name_is_not_asserted() -> None:
    """It is in the default graph and in that of inferences, and in no file of asserted facts."""
    node = BlankNode("x")
    stated, new = Triple(node, P, NAMES[0]), Triple(node, Q, NAMES[0])
    merged = merge({NAMES[0]: [stated]}, [new, stated])
    assert (len(merged.lines), merged.default_graph) == (5, 2)
    line = b"_:c14n0 <urn:p> <urn:a>"
    assert merged.asserted == [line + b" .\n", line + b" <urn:a> .\n"]


def test_members_of_classes_are_counted_in_the_default_graph() -> None:
    """By their IRI, in one namespace, each once; words that look like a statement are none."""
    kind, other = IRI("urn:ns/Kind"), IRI("urn:other/Kind")
    member = Triple(NAMES[0], RDF.type, kind)
    triples = [member, Triple(NAMES[1], RDF.type, kind), Triple(NAMES[0], RDF.type, other)]
    words = Triple(NAMES[0], P, Literal(f" {RDF.type} {kind} ."))
    merged = merge({NAMES[0]: [*triples, words], NAMES[1]: [member]})
    assert merged.classes("urn:ns/") == {"urn:ns/Kind": 2}


@pytest.mark.parametrize("seed", range(8))
def test_quads_without_blank_nodes_have_no_part_in_the_labels(seed: int) -> None:
    """Only the others are labelled, and the labels are those of the whole dataset."""
    draw = random.Random(seed)
    one, other = some_triples(draw, 60, 4), some_triples(draw, 60, 4)
    given = quads(NAMES[0], one) + quads(DefaultGraph(), other)
    assert [f"{quad} .\n".encode() for quad in canonicalize(given)] == canonical(given)
