"""Reading in batches: look-ups of the engine, the same as SPARQL, and what a page keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from counting import Counting
from tale import ALPHA, BETA, GAMMA, JOIN, make_generation

from cgkg.rdf.terms import IRI, BlankNode, Literal, Quad, Triple
from cgkg.rdf.vocab import CG, OWL, RDF, RDFS, SKOS
from cgkg.store.excerpt import Excerpt, about, saying, to
from cgkg.store.graph import Graph
from cgkg.store.reader import DEFAULT, LocalReader, QuadPattern, Reader, SparqlReader

E = "https://example.org/"
A, B, C, P, Q, G = (IRI(E + name) for name in "abcpqg")
KLASS, PART, RESTRICTION, LIST, REST, PLACE, DEEPER = (
    BlankNode(name) for name in ("klass", "part", "restriction", "list", "rest", "place", "deeper")
)


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    return make_generation(tmp_path).open()


def expressions() -> Graph:
    """A class that means an intersection of another and a restriction; a place without a name."""
    return Graph.of(
        Quad(s, p, o, DEFAULT)
        for s, p, o in (
            (A, OWL.equivalentClass, KLASS),
            (KLASS, RDF.type, OWL.Class),
            (KLASS, OWL.intersectionOf, LIST),
            (LIST, RDF.first, B),
            (LIST, RDF.rest, REST),
            (REST, RDF.first, RESTRICTION),
            (REST, RDF.rest, RDF.nil),
            (RESTRICTION, OWL.onProperty, P),
            (RESTRICTION, OWL.someValuesFrom, C),
            (C, Q, PLACE),
            (PLACE, P, DEEPER),
            (DEEPER, P, Literal("deep")),
            (PART, RDF.type, B),
        )
    )


def sparql(graph: Graph) -> SparqlReader:
    """The same dataset, asked in SPARQL alone."""
    return SparqlReader(LocalReader(graph).select)


PATTERNS = (
    QuadPattern(s=ALPHA),
    QuadPattern(s=ALPHA, p=CG.hasMember),
    QuadPattern(o=BETA),
    QuadPattern(p=CG.hasMember),
    QuadPattern(p=CG.hasMember, g=DEFAULT),
    QuadPattern(p=SKOS.prefLabel, o=Literal("Alpha", language="en")),
    QuadPattern(ALPHA, CG.hasMember, BETA),
    QuadPattern(g=JOIN),
    QuadPattern(s=GAMMA, g=DEFAULT),
    QuadPattern(s=IRI(E + "nothing")),
)


def test_sparql_finds_what_the_look_ups_find(graph: Graph) -> None:
    """QuadPattern by pattern, in one query for all of them."""
    direct, asked = LocalReader(graph).quads(PATTERNS), sparql(graph).quads(PATTERNS)
    assert [sorted(map(str, part)) for part in asked] == [sorted(map(str, part)) for part in direct]
    assert all(direct[:5])
    assert not direct[-1]


@pytest.mark.parametrize("of", [LocalReader, sparql])
def test_pages_of_a_pattern_make_up_the_whole(graph: Graph, of: type[Reader]) -> None:
    """Each with the limit of each pattern, none twice."""
    reader = of(graph)  # type: ignore[call-arg]
    pattern = QuadPattern(s=ALPHA)
    (whole,) = reader.quads([pattern])
    pages = [reader.quads([pattern, pattern], limit=3, offset=n) for n in range(0, len(whole), 3)]
    assert all(len(one) <= 3 and one == other for one, other in pages)
    assert sorted(str(q) for one, _ in pages for q in one) == sorted(map(str, whole))


def test_nested_has_expressions_and_what_they_are_part_of() -> None:
    """Down from a class; up from a property and down again, but not to an instance."""
    held = expressions()
    local = LocalReader(held)
    down = {str(t) for t in local.nested([A])}
    assert down == {str(t) for t in sparql(held).nested([A])}
    assert len(down) == 8
    up = {str(t) for t in local.nested([P], up=True)}
    assert up == {str(t) for t in sparql(held).nested([P], up=True)}
    assert up == down | {str(Triple(A, OWL.equivalentClass, KLASS))}
    assert not any("part" in t for t in map(str, local.nested([B], up=True)))


def test_nested_follows_any_property_where_nodes_are_at_hand() -> None:
    """A blank node may be asked for, too; SPARQL has no name for it and says so."""
    held = expressions()
    assert {t.subject for t in LocalReader(held).nested([C])} == {PLACE, DEEPER}
    assert {t.subject for t in LocalReader(held).nested([DEEPER])} == {DEEPER}
    assert {t.subject for t in sparql(held).nested([C])} == {PLACE}
    assert not sparql(held).nested([DEEPER])
    with pytest.raises(ValueError, match="blank node"):
        sparql(held).quads([QuadPattern(s=DEEPER)])


def test_what_is_read_is_not_asked_for_again(graph: Graph) -> None:
    """Look-ups within what was taken find the same as the graph, and ask nothing."""
    counting = Counting(LocalReader(graph))
    reading = Excerpt(counting)
    fact = Triple(ALPHA, CG.hasMember, BETA)
    reading.take([*about([ALPHA]), *to([BETA]), *about([GAMMA], SKOS.prefLabel, RDFS.label)])
    reading.take([*about([ALPHA], CG.hasMember), *saying([fact])])
    assert counting.asked == 1
    assert list(reading.triples(ALPHA)) == list(graph.triples(ALPHA))
    assert list(reading.quads(ALPHA, CG.hasMember)) == list(graph.quads(ALPHA, CG.hasMember))
    assert set(reading.quads(o=BETA, p=CG.hasMember)) == set(graph.quads(o=BETA, p=CG.hasMember))
    assert list(reading.quads(GAMMA, RDFS.label)) == list(graph.quads(GAMMA, RDFS.label))
    assert reading.graphs_with(fact) == graph.graphs_with(fact)
    assert fact in reading
    assert counting.asked == 1
    assert list(reading.triples(GAMMA)) == list(graph.triples(GAMMA))
    assert counting.asked == 2


def test_expressions_are_read_once() -> None:
    """All triples about and to each of their blank nodes are held then."""
    held = expressions()
    counting = Counting(LocalReader(held))
    reading = Excerpt(counting)
    reading.expand([P], up=True)
    reading.expand([P, KLASS])
    for node in (KLASS, LIST, REST, RESTRICTION):
        assert set(reading.triples(node)) == set(held.triples(node))
        assert set(reading.triples(o=node)) == set(held.triples(o=node))
    assert counting.asked == 1
