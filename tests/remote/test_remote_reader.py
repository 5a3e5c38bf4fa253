"""Look-ups over an engine are those of the graph here, blank nodes with their labels among them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engines import engine

from cgkg.rdf.terms import IRI, BlankNode, Quad
from cgkg.rdf.vocab import GRAPH, OWL, RDF, RDFS, SKOS
from cgkg.remote.client import Client
from cgkg.remote.engine import Engine
from cgkg.remote.push import Version, push
from cgkg.remote.reader import FileReader, RemoteReader, blank_graph, subjects_and_graphs
from cgkg.remote.scope import DEFAULT_GRAPH, GraphScope
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.store.reader import DEFAULT, LocalReader, QuadPattern


@pytest.fixture(scope="module")
def graph(rivers: Generation) -> Graph:
    return rivers.open()


@pytest.fixture(
    scope="module", params=[GraphScope(), GraphScope(DEFAULT_GRAPH)], ids=["own", "named"]
)
def reader(request: pytest.FixtureRequest, rivers: Generation) -> Iterator[RemoteReader]:
    client = Client("")
    with engine() as remote:
        there = Engine(client, remote.url)
        version = Version(rivers.dataset_file, rivers.digest)
        push(there, version, scope=request.param, compare=False)
        yield RemoteReader(there, request.param, blank_graph(rivers.dataset_file))
    client.close()


def some(graph: Graph) -> list[QuadPattern]:
    """Patterns of every shape, with literals and blank nodes."""
    quads = sorted(graph.quads(), key=str)[:: max(len(graph) // 150, 1)]
    patterns = [QuadPattern(), QuadPattern(g=GRAPH.registry), QuadPattern(g=DEFAULT)]
    for number, (s, p, o, g) in enumerate(quads):
        patterns.append(
            (
                QuadPattern(s), QuadPattern(s, p), QuadPattern(s, p, o), QuadPattern(s, p, o, g),
                QuadPattern(o=o), QuadPattern(p=p, o=o), QuadPattern(s, g=DEFAULT),
                QuadPattern(p=p, g=g),
            )[number % 8]
        )  # fmt: skip
    return patterns


def test_patterns_match_the_same_quads(reader: RemoteReader, graph: Graph) -> None:
    patterns = some(graph)
    here, there = LocalReader(graph).quads(patterns), reader.quads(patterns)
    for pattern, ours, theirs in zip(patterns, here, there, strict=True):
        assert len(theirs) == len(ours), pattern
        assert set(theirs) == set(ours), pattern


def test_parts_together_are_the_whole(reader: RemoteReader, graph: Graph) -> None:
    """With blank nodes among what is found, which come first."""
    pattern = QuadPattern()
    found: list[Quad] = []
    while part := reader.quads([pattern], limit=50, offset=len(found))[0]:
        found += part
    assert sorted(found, key=str) == sorted(graph.match(pattern), key=str)
    assert any(isinstance(quad.subject, BlankNode) for quad in found[:50])


def test_class_expressions_are_at_hand(reader: RemoteReader, graph: Graph) -> None:
    classes = (t.subject for t in graph.triples(p=RDF.type, o=OWL.Class))
    nodes = [node for node in classes if isinstance(node, IRI)][:20]
    for up in (False, True):
        ours = LocalReader(graph).nested(nodes, up=up)
        assert set(reader.nested(nodes, up=up)) == set(ours)


def test_a_file_is_read_for_what_the_whole_graph_says(rivers: Generation, graph: Graph) -> None:
    reader = FileReader(rivers.dataset_file, {RDFS.label, SKOS.prefLabel})
    patterns = [QuadPattern(p=SKOS.prefLabel), QuadPattern(p=RDFS.label, g=DEFAULT)]
    for ours, theirs in zip(
        LocalReader(graph).quads(patterns), reader.quads(patterns), strict=True
    ):
        assert set(theirs) == set(ours)
    parts = [reader.quads([QuadPattern()], limit=500, offset=n)[0] for n in range(0, 10**4, 500)]
    assert sorted((q for part in parts for q in part), key=str) == sorted(graph.quads(), key=str)
    names = {q.subject for q in graph.quads() if isinstance(q.subject, IRI)}
    assert set(subjects_and_graphs(rivers.dataset_file)) == names | set(graph.names())
