"""Generations, the pointer to the current one, and what the database does to literals."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cgkg.errors import StoreError, StoreNotFoundError, VersionNotFoundError
from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad, Triple
from cgkg.store.generations import ASSERTED, DATASET, MANIFEST, GenerationStore
from cgkg.store.graph import Graph, stored_forms, write_database
from cgkg.store.lines import StoredLines

XSD = "http://www.w3.org/2001/XMLSchema#"
FILES = {DATASET: b"<urn:a> <urn:b> <urn:c> .\n", ASSERTED: b"", MANIFEST: b'{"counts": {}}'}


def literal(value: str, kind: str) -> Literal:
    return Literal(value, datatype=IRI(XSD + kind))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (literal("46", "nonNegativeInteger"), literal("46", "integer")),
        (literal("05", "integer"), literal("5", "integer")),
        (literal("+5", "integer"), literal("5", "integer")),
        (literal("13400.0", "decimal"), literal("13400", "decimal")),
        (literal("1.50", "decimal"), literal("1.5", "decimal")),
        (literal("1", "boolean"), literal("true", "boolean")),
        (literal("1.0E3", "double"), literal("1000", "double")),
        (
            literal("2001-01-01T00:00:00.000Z", "dateTime"),
            literal("2001-01-01T00:00:00Z", "dateTime"),
        ),
    ],
)
def test_literals_the_database_rewrites(written: Literal, shown: Literal) -> None:
    """The list in docs/reference/store-literals.md is what happens."""
    assert stored_forms([written]) == {written: shown}


def test_language_tags_are_lower_cased_by_the_parser() -> None:
    """A tag's capitals are lost before anything is stored; the build warns from the file."""
    assert Literal("x", language="zh-Hant").language == "zh-hant"


def test_literals_the_database_keeps() -> None:
    """Strings, languages, integers, decimals in canonical form and unknown types are kept."""
    kept = [
        Literal("一"),
        Literal("x", language="zh"),
        literal("5", "integer"),
        literal("0.035", "decimal"),
        literal("2012", "gYear"),
        literal("not a number", "integer"),
    ]
    assert stored_forms(kept) == {}


def test_a_store_without_generation_says_what_to_do(tmp_path: Path) -> None:
    """An empty or damaged store folder is an error with a hint, not a traceback."""
    with pytest.raises(StoreNotFoundError) as caught:
        GenerationStore(tmp_path).current()
    assert caught.value.hint == "run cgkg build"
    (tmp_path / "CURRENT").write_text("gone\n")
    with pytest.raises(StoreNotFoundError, match="gone"):
        GenerationStore(tmp_path).current()


def test_a_version_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    """A generation is found by its id; for another name the error knows all that there are."""
    store = GenerationStore(tmp_path)
    with store.lock():
        first = store.add("a", FILES)
        store.add("b", FILES)
    assert store.find("a") == first
    with pytest.raises(VersionNotFoundError, match="'c'") as caught:
        store.find("c")
    assert caught.value.known == ("a", "b")


def test_a_generation_is_written_once_and_becomes_current(tmp_path: Path) -> None:
    """Adding makes the generation current; an existing one is never written again."""
    store = GenerationStore(tmp_path)
    with store.lock():
        first = store.add("a", FILES)
        store.add("b", FILES)
        before = first.dataset_file.stat().st_mtime_ns
        store.add("a", {**FILES, DATASET: b"other"})
    assert store.current().id == "a"
    assert first.dataset_file.stat().st_mtime_ns == before
    assert [g.id for g in store.generations()] == ["a", "b"]
    assert len(store.current().open()) == 1


def test_a_failed_write_leaves_the_current_generation(tmp_path: Path) -> None:
    """A file that cannot be written changes nothing that a reader sees."""

    def fail(path: Path) -> None:
        raise OSError("disk full")

    store = GenerationStore(tmp_path)
    with store.lock():
        store.add("a", FILES)
        with pytest.raises(StoreError, match="disk full"):
            store.add("b", {DATASET: b"", ASSERTED: fail})
    assert store.current().id == "a"
    assert [g.id for g in store.generations()] == ["a"]


def test_a_killed_writer_leaves_the_current_generation(tmp_path: Path) -> None:
    """A writer killed between two files leaves only a folder that the next writer removes."""
    store = GenerationStore(tmp_path)
    with store.lock():
        store.add("a", FILES)
    code = (
        "import pathlib, signal\nfrom cgkg.store.generations import *\n"
        f"store = GenerationStore(pathlib.Path({str(tmp_path)!r}))\n"
        "def wait(path):\n    path.write_bytes(b'')\n    print('writing', flush=True)\n"
        "    signal.pause()\n"
        "with store.lock():\n    store.add('b', {DATASET: b'', ASSERTED: wait, MANIFEST: b'{}'})\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ}
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"writing\n"
    with pytest.raises(StoreError, match="another build"), store.lock():
        pass
    writer.kill()
    writer.wait()
    writer.stdout.close()
    assert store.current().id == "a"
    assert [g.id for g in store.generations()] == ["a"]
    with store.lock():  # the writer's is gone with it
        pass
    assert not list((tmp_path / "generations").glob(".tmp-*"))


def test_a_graph_answers_by_pattern() -> None:
    """Triples come from the default graph, quads from all, graphs_with names the others."""
    a, b, g = IRI("urn:a"), IRI("urn:b"), IRI("urn:g")
    graph = Graph.of([Quad(a, b, a, DefaultGraph()), Quad(a, b, a, g), Quad(a, b, b, g)])
    assert list(graph.triples(a)) == [Triple(a, b, a)]
    assert len(list(graph.quads(a))) == 3
    assert graph.graphs_with(Triple(a, b, a)) == [g]
    assert Triple(a, b, a) in graph
    assert Triple(a, b, b) not in graph


class Uncounted(Graph):
    """A graph of which to count the quads would take long."""

    def __len__(self) -> int:
        raise AssertionError("its quads are counted")


def test_whether_there_is_a_graph_is_known_without_counting_its_quads() -> None:
    """On disk that reads all of them; and an empty graph is one."""
    assert Uncounted.of([])


def test_a_damaged_dataset_is_a_store_error(tmp_path: Path) -> None:
    """A dataset file that cannot be parsed names the file and what to do."""
    path = tmp_path / DATASET
    path.write_text("no triples here")
    with pytest.raises(StoreError, match=r"dataset\.nq"):
        Graph.load(path)


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_a_database_is_the_same_in_parts_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Its quads are those of the file, and a node in many parts keeps its one label."""
    monkeypatch.setattr("cgkg.store.graph._PART", size)
    lines = [f'<urn:{n}> <urn:p> "_:{n}\\n" <urn:g{n % 3}> .\n' for n in range(20)]
    lines += [f"_:x <urn:p> <urn:{n}> .\n<urn:{n}> <urn:q> _:x _:y .\n" for n in range(5)]
    path = tmp_path / DATASET
    path.write_text("".join(sorted(lines)))
    write_database(StoredLines(path), tmp_path / "database")
    graph = Graph.at(tmp_path / "database")
    assert set(graph.quads()) == set(Graph.load(path).quads())
    assert len(graph) == 30
