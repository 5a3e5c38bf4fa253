"""An index that follows a change finds what one made anew finds, in the same order."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad
from cgkg.rdf.vocab import CG, GRAPH, RDF, RDFS, SKOS
from cgkg.search import index as index_module
from cgkg.search.finder import Search
from cgkg.search.index import Index
from cgkg.store.graph import Graph

WORDS = [
    "London",
    "Londres",
    "Lyon",
    "Lille",
    "Berlin",
    "Ruhr",
    "Rhine",
    "伦敦",
    "都市圈",
    "城市群",
]
GRAPHS: list[IRI | DefaultGraph] = [DefaultGraph(), IRI("urn:g"), GRAPH.inferred, GRAPH.shapes]
CLASSES = [IRI("urn:City"), IRI("urn:Region"), IRI("urn:Group")]


def some_quad(draw: random.Random) -> Quad:
    subject, graph = IRI(f"urn:{draw.randrange(60)}"), draw.choice(GRAPHS)
    if draw.random() < 0.2:
        return Quad(subject, RDF.type, draw.choice(CLASSES), graph)
    words = " ".join(draw.choices(WORDS, k=draw.choice([1, 1, 2, 3])))
    predicate = draw.choice([RDFS.label, RDFS.label, SKOS.altLabel, CG.gist, RDFS.comment])
    return Quad(subject, predicate, Literal(words, language=draw.choice(["en", "zh"])), graph)


def found(index: Index, graph: Graph) -> list[object]:
    """What is found of each query; how things are numbered is the index's own affair."""
    search = Search(graph)
    assert search.index
    search._index = index
    queries = [*WORDS, "Lndon", "Berlim", "Lyon Lille", "L", "市", "London Ruhr 伦敦"]
    answers = [
        search.find(query, kind, count=50) for query in queries for kind in (None, CLASSES[0])
    ]
    return [
        (
            [replace(hit, entry=hit.entry._replace(thing=0)) for hit in answer.hits],
            replace(answer, hits=()),
        )
        for answer in answers
    ]


@pytest.mark.parametrize("step", [1 << 10, 4])
@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 2, 3))])
def test_after_any_changes_it_finds_what_one_made_anew_finds(
    monkeypatch: pytest.MonkeyPatch, seed: int, step: int
) -> None:
    """Names, texts and classes come and go; where no number is left the index is made anew."""
    monkeypatch.setattr(index_module, "_STEP", step)
    draw = random.Random(seed)
    quads = {some_quad(draw) for _ in range(120)}
    index = Index(Graph.of(quads))
    followed = 0
    for _ in range(6):
        new = {quad for quad in quads if draw.random() < 0.95}
        new |= {some_quad(draw) for _ in range(4)}
        graph = Graph.of(new)
        before = found(index, Graph.of(quads))
        changed = index.changed(graph, list(quads ^ new))
        assert found(index, Graph.of(quads)) == before
        followed += changed is not None
        index = changed or Index(graph)
        anew = Index(graph)
        assert index.size == anew.size
        assert found(index, graph) == found(anew, graph)
        quads = new
    assert followed == 6 if step > 4 else followed


def test_an_index_that_is_cut_follows_as_far_as_it_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after its last text stays out; when it is much shorter, it is made anew."""
    monkeypatch.setattr(index_module, "MOST", 100)

    def named(number: int) -> Quad:
        return Quad(IRI(f"urn:{number}"), RDFS.label, Literal(f"name {number}"), DefaultGraph())

    quads = [named(number) for number in range(1000, 1150)]
    index = Index(Graph.of(quads), most=100)
    assert (index.complete, index.size) == (False, 100)
    for change, size in (([named(999)], 101), ([named(5000)], 100), ([quads[0]], 99)):
        new = Graph.of(set(quads) ^ set(change))
        changed = index.changed(new, change)
        assert changed is not None
        assert (changed.complete, changed.size) == (False, size)
    assert index.changed(Graph.of(quads[5:]), quads[:5]) is None


def test_a_search_follows_the_one_before_it() -> None:
    """It waits for the index of that, and has its own; of too much it makes one itself."""
    first = Graph.of([Quad(IRI("urn:a"), RDFS.label, Literal("London"), DefaultGraph())])
    added = [Quad(IRI("urn:b"), RDFS.label, Literal("Paris"), DefaultGraph())]
    second = Graph.of([*first.quads(), *added])
    before = Search(first).begin()
    assert [hit.iri.value for hit in Search(second, before=(before, added)).find("paris").hits] == [
        "urn:b"
    ]
    assert not before.find("paris").hits
    many = [
        Quad(IRI(f"urn:{n}"), RDFS.label, Literal(f"name {n}"), DefaultGraph()) for n in range(600)
    ]
    assert before.index.changed(Graph.of([*first.quads(), *many]), many) is None
    assert Search(Graph.of(many), before=(before, [*first.quads(), *many])).find("name 599").hits


def test_a_search_that_nobody_asked_yet_is_followed_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its index is made then, and that of the next is not made anew."""
    first = Graph.of([Quad(IRI("urn:a"), RDFS.label, Literal("London"), DefaultGraph())])
    added = [Quad(IRI("urn:b"), RDFS.label, Literal("Paris"), DefaultGraph())]
    before = Search(first)
    after = Search(Graph.of([*first.quads(), *added]), before=(before, added))
    changed: list[Index] = []
    follow = Index.changed

    def note(index: Index, *arguments: Any) -> Index | None:
        changed.append(index)
        return follow(index, *arguments)

    monkeypatch.setattr(Index, "changed", note)
    assert [hit.iri.value for hit in after.find("paris").hits] == ["urn:b"]
    assert changed == [before.index]
