"""A running server takes over what changed, whole, and is the same as one that loads all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from changed import Lines, add_changed, add_whole, change
from endpoint import processes
from limits import AMPLE, wait_until
from servers import Server, query, serving

from cgkg.search.finder import Search
from cgkg.serving.graphs import PageGraphs
from cgkg.store.generations import Generation, GenerationStore
from cgkg.store.graph import Graph
from cgkg.workers.placement import plan

P = "<http://example.org/p>"
FIRST = {f"<http://example.org/{n}> {P} <http://example.org/o> .\n".encode() for n in range(300)}


def with_value(value: str) -> Lines:
    return FIRST | {f'<http://example.org/1> {P} "{value}" .\n'.encode()}


@pytest.fixture
def store(tmp_path: Path) -> GenerationStore:
    return GenerationStore(tmp_path / "store")


def generations(store: GenerationStore, *values: str) -> Iterator[Generation]:
    """A whole one, and each time another that is a change of the one before."""
    held = with_value(values[0])
    with store.lock():
        before = add_whole(store, values[0], held, held)
    yield before
    for value in values[1:]:
        both = change(held, with_value(value))
        with store.lock():
            before = add_changed(store, value, before, both, both)
        held = with_value(value)
        yield before


def quads(graph: Graph) -> set[str]:
    return {str(quad) for quad in graph.quads()}


def test_the_pages_graph_is_that_of_the_generation_before_changed(store: GenerationStore) -> None:
    """Two graphs take turns: what is looked at is left alone."""
    graphs = PageGraphs()
    plans = [plan(each, 1, "memory") for each in generations(store, "a", "b", "c", "d", "e")]
    held = [graphs.open(plans[0])]
    for old, new in pairwise(plans):
        before = quads(held[-1])
        held.append(graphs.open(new))
        assert quads(held[-1]) == quads(new.generation.open())
        assert quads(held[-2]) == before
        graphs.keep(old, held[-2], Search(held[-2]).begin())
    assert graphs.changed == 3
    assert held[2] is held[0]


def test_a_graph_that_is_not_of_the_same_file_is_loaded(
    store: GenerationStore, tmp_path: Path
) -> None:
    """And one of which the change cannot be read."""
    graphs = PageGraphs()
    one = plan(next(generations(store, "a")), 1, "memory")
    other = plan(next(generations(GenerationStore(tmp_path / "other"), "b")), 1, "memory")
    graphs.prepare(one)
    assert quads(graphs.open(other)) == quads(other.generation.open())
    assert graphs.changed == 0


@pytest.mark.parametrize("storage", ["memory", "disk"])
def test_each_change_is_served_as_if_all_were_loaded(
    store: GenerationStore, tmp_path: Path, storage: str
) -> None:
    """Answers and pages change together, also back again; earlier versions are asked as ever; and
    when it ends no process is left."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.ttl").write_text("<urn:a> <urn:b> <urn:c> .")
    made = generations(store, "one", "two", "three", "four")
    next(made)
    options = ("--store", store.folder, "--no-build", "--watch-seconds", "0.01")
    more = ("--storage", storage, "--timeout", AMPLE, "--workers", 2)
    with serving(folder, *options, *more) as server:
        assert value(server) == "one"
        first = server.workers
        for generation in made:
            assert wait_until(lambda g=generation: value(server) == g.id)  # type: ignore[misc]
            assert page_says(server, generation.id)
            digest = str(generation.manifest["dataset_sha256"])
            assert value(server, version=digest) == generation.id
        assert value(server, version="one") == "one"
        assert wait_until(lambda: not any(map(processes.lives, first)))
        assert server.metric("cgkg_generation_switches_total") == 3
        pids = server.program.tree()
        assert server.stop() == 0
        assert not any(map(processes.lives, pids))


def value(server: Server, **more: str) -> str:
    text = f"SELECT ?o {{ <http://example.org/1> {P} ?o FILTER isLiteral(?o) }}"
    answer = server.ask(query(text, format="json", **more))
    assert answer.status == 200, answer.text
    return str(json.loads(answer.body)["results"]["bindings"][0]["o"]["value"])


def page_says(server: Server, text: str) -> bool:
    answer = server.ask("/resource?iri=http://example.org/1", headers={"Accept": "text/html"})
    return answer.status == 200 and text in answer.text
