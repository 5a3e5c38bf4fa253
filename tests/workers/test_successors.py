"""Keepers forked from another one: they have its graphs in memory, changed by what differs."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from changed import Lines, add_changed, add_whole, change
from endpoint import processes
from limits import ENOUGH, wait_until

from cgkg.errors import CgkgError, StoreError
from cgkg.sparql.protocol import QueryRequest
from cgkg.store.generations import Generation, GenerationStore
from cgkg.workers import messages
from cgkg.workers.keeper import WorkerSettings
from cgkg.workers.placement import plan
from cgkg.workers.supervisor import KeeperGoneError, KeeperProcess
from cgkg.workers.worker import read_outcome, write_request

ONE = '"%s"^^<http://www.w3.org/2001/XMLSchema#integer>'
FIRST = {
    b"<urn:a> <urn:p> <urn:b> .\n",
    b"_:c14n0 <urn:p> <urn:b> .\n",
    f"<urn:a> <urn:n> {ONE % '1'} .\n".encode(),
    f"<urn:a> <urn:n> {ONE % '01'} .\n".encode(),
    *(b"<urn:%d> <urn:q> <urn:c> .\n" % n for n in range(300)),
}
SECOND = FIRST - {f"<urn:a> <urn:n> {ONE % '01'} .\n".encode()} | {b"<urn:a> <urn:p> <urn:x> .\n"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GenerationStore]:
    found = GenerationStore(tmp_path)
    with found.lock():
        yield found


def settings(generation: Generation, *, disk: bool = False) -> WorkerSettings:
    found = plan(generation, 1, "disk" if disk else "memory")
    return WorkerSettings(**found.file_settings(), max_bytes=1 << 20, memory=256 << 20)


@contextmanager
def closing(keeper: KeeperProcess) -> Iterator[KeeperProcess]:
    try:
        yield keeper
    finally:
        keeper.close()


def ask(keeper: KeeperProcess, query: str, **options: object) -> list[dict[str, str]]:
    """The rows that a new worker answers."""
    born = keeper.replace(0)
    with born.connection:
        messages.send(born.connection, write_request(QueryRequest(query, **options)))  # type: ignore[arg-type]
        answer = read_outcome(*messages.receive(born.connection, time.monotonic() + ENOUGH))
    if isinstance(answer, CgkgError):
        raise answer
    rows = json.loads(answer.body)["results"]["bindings"]
    return [{name: cell["value"] for name, cell in row.items()} for row in rows]


def descriptors(keeper: KeeperProcess) -> int:
    return len(os.listdir(f"/proc/{keeper.pid}/fd"))


def objects(keeper: KeeperProcess, *, asserted_only: bool = False) -> list[str]:
    found = ask(keeper, "SELECT ?o { <urn:a> ?p ?o }", asserted_only=asserted_only)
    return sorted(row["o"] for row in found)


@pytest.mark.parametrize("disk", [False, True])
def test_it_answers_by_the_change_and_the_other_as_before(
    store: GenerationStore, *, disk: bool
) -> None:
    """Each for itself, and after the first has ended; what the engine holds as one stays there."""
    asserted = FIRST - {b"<urn:7> <urn:q> <urn:c> .\n"}
    first = add_whole(store, "a", FIRST, asserted)
    both = change(FIRST, SECOND)
    second = add_changed(store, "b", first, both, both)
    with closing(KeeperProcess.start(settings(first, disk=disk), ENOUGH)) as keeper:
        with closing(keeper.succeed(settings(second, disk=disk))) as successor:
            for asserted_only in (False, True):
                assert objects(keeper, asserted_only=asserted_only) == ["1", "urn:b"]
                found = objects(successor, asserted_only=asserted_only)
                assert found == ["1", "urn:b", "urn:x"]
            keeper.close()
            assert not processes.lives(keeper.pid)
            assert objects(successor) == ["1", "urn:b", "urn:x"]
            assert len(ask(successor, "SELECT * { ?s ?p ?o }")) == len(SECOND)
        assert wait_until(lambda: not processes.lives(successor.pid))


def test_the_tenth_is_as_the_first(store: GenerationStore) -> None:
    """Each forks the next and ends; none holds what another left. Random numbers do not repeat."""
    held: Lines = FIRST
    generation = add_whole(store, "g0", FIRST, FIRST)
    keeper = KeeperProcess.start(settings(generation), ENOUGH)
    numbers, at_first = set(), descriptors(keeper)
    try:
        for number in range(1, 11):
            new = held | {b"<urn:a> <urn:p> <urn:new%d> .\n" % number}
            both = change(held, new)
            generation = add_changed(store, f"g{number}", generation, both, both)
            before, keeper = keeper, keeper.succeed(settings(generation))
            before.close()
            held = new
            for _ in range(2):
                numbers.add(ask(keeper, "SELECT (STRUUID() AS ?u) {}")[0]["u"])
            # The keeper closes its ends of a worker's connection after the worker may answer.
            assert wait_until(lambda: descriptors(keeper) == at_first)  # noqa: B023  # at once
        assert len(objects(keeper)) == 2 + 10
        assert len(numbers) == 20
    finally:
        keeper.close()


@pytest.mark.parametrize("case", ["another file", "gone", "disk", "one graph"])
def test_what_it_cannot_become_is_refused(store: GenerationStore, case: str) -> None:
    """The other goes on, and can still be followed by one that is possible."""
    first = add_whole(store, "a", FIRST, FIRST)
    both = change(FIRST, SECOND)
    possible = add_changed(store, "b", first, both, both)
    wrong = settings(add_whole(store, "c", SECOND, SECOND))
    if case == "gone":
        for path in Path(wrong.dataset_file).parent.iterdir():
            path.unlink()
    elif case == "disk":
        wrong = settings(possible, disk=True)
    elif case == "one graph":
        one = settings(possible)
        wrong = WorkerSettings(**{**one.head(), "asserted_file": one.dataset_file})
    with closing(KeeperProcess.start(settings(first), ENOUGH)) as keeper:
        with pytest.raises(StoreError):
            keeper.succeed(wrong)
        assert objects(keeper) == ["1", "urn:b"]
        with closing(keeper.succeed(settings(possible))) as successor:
            assert objects(successor) == ["1", "urn:b", "urn:x"]


def test_of_a_keeper_that_is_gone_none_is_made(store: GenerationStore) -> None:
    """Whoever asks loads the graph anew."""
    first = add_whole(store, "a", FIRST, FIRST)
    with closing(KeeperProcess.start(settings(first), ENOUGH)) as keeper:
        os.kill(keeper.pid, 9)
        with pytest.raises(KeeperGoneError):
            keeper.succeed(settings(first))
