"""Serving from memory or from a copy on disk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from changed import add_changed, add_whole
from limits import ENOUGH, wait_until

from cgkg.errors import CgkgError, QueryLimitError, StoreError
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Quad
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryRequest
from cgkg.store.databases import DATABASE
from cgkg.store.generations import ASSERTED, DATASET, MANIFEST, Generation, GenerationStore
from cgkg.store.graph import Graph
from cgkg.store.lines import LineChange
from cgkg.workers import machine, messages
from cgkg.workers.keeper import WorkerSettings
from cgkg.workers.placement import (
    StoragePlan,
    estimate_graph_memory,
    estimate_serving_memory,
    make_copy,
    plan,
)
from cgkg.workers.supervisor import KeeperProcess
from cgkg.workers.worker import read_outcome, write_request

EX = "http://example.org/"
P = IRI(EX + "p")
QUADS = [
    Quad(BlankNode("node"), P, Literal("首尔", language="zh"), DefaultGraph()),
    Quad(IRI(EX + "a"), P, BlankNode("node"), DefaultGraph()),
    Quad(IRI(EX + "a"), P, Literal("1"), IRI(EX + "g1")),
    Quad(IRI(EX + "a"), P, Literal("1"), IRI(EX + "g2")),
    Quad(IRI(EX + "b"), P, Literal("2"), IRI(EX + "g2")),
]
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def written(quads: list[Quad]) -> str:
    return "".join(f"{quad} .\n" for quad in quads)


def made(folder: Path, dataset: str, asserted: str | None = None) -> Generation:
    """A generation of these N-Quads."""
    folder.mkdir(parents=True)
    (folder / DATASET).write_text(dataset, "utf-8")
    (folder / MANIFEST).write_text("{}", "utf-8")
    if asserted is not None:
        (folder / ASSERTED).write_text(asserted, "utf-8")
    return Generation(folder)


@pytest.fixture
def generation(tmp_path: Path) -> Generation:
    """A generation whose asserted facts are its first three quads."""
    return made(tmp_path / "generations" / "one", written(QUADS), written(QUADS[:3]))


class Worker:
    """A worker of a keeper of our own."""

    def __init__(self, keeper: KeeperProcess) -> None:
        self._born = keeper.replace(0)
        self.pid = self._born.pid

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self._born.connection.close()

    def ask(self, query: str, **options: Any) -> Any:
        """The bindings of the answer."""
        messages.send(self._born.connection, write_request(QueryRequest(query, **options)))
        answer = read_outcome(*messages.receive(self._born.connection, time.monotonic() + ENOUGH))
        if isinstance(answer, CgkgError):
            raise answer
        return json.loads(answer.body)["results"]["bindings"]

    def count(self, **options: Any) -> int:
        """How many triples the default graph has."""
        return int(self.ask(COUNT, **options)[0]["n"]["value"])

    def descriptors(self) -> tuple[int, int]:
        """How many it holds, and how many it may hold."""
        held = len(os.listdir(f"/proc/{self.pid}/fd"))
        limits = Path(f"/proc/{self.pid}/limits").read_text().splitlines()
        return held, int(next(line for line in limits if "open files" in line).split()[3])


@contextmanager
def worker_of(found: StoragePlan, memory: int = 256 << 20) -> Iterator[Worker]:
    keeper = KeeperProcess.start(
        WorkerSettings(**found.file_settings(), max_bytes=1 << 20, memory=memory), ENOUGH
    )
    try:
        with Worker(keeper) as worker:
            yield worker
    finally:
        keeper.close()


def test_small_graphs_are_asked_in_memory(generation: Generation) -> None:
    """Nothing is written for them."""
    found = plan(generation, 2)
    assert (found.mode, found.database) == ("memory", None)
    assert sorted(path.name for path in generation.folder.iterdir()) == [
        ASSERTED, DATASET, MANIFEST,
    ]  # fmt: skip


def test_half_of_the_memory_decides(generation: Generation) -> None:
    """A copy for each worker and the keeper, and the pages' own, must fit into half of it."""
    sizes = [path.stat().st_size for path in (generation.dataset_file, generation.asserted_file)]
    dataset, asserted = (estimate_graph_memory(5 * size // sizes[0], size) for size in sizes)
    needed = estimate_serving_memory(generation, 3)
    assert needed == 4 * (dataset + asserted) + dataset
    assert plan(generation, 3, available=2 * needed).mode == "memory"
    assert plan(generation, 3, available=2 * needed - 2).mode == "disk"
    assert plan(generation, 3, "memory", available=1).mode == "memory"
    assert plan(generation, 3, "disk").mode == "disk"


def test_many_quads_are_asked_on_disk_once_there_is_a_copy(tmp_path: Path) -> None:
    """Or one of which it is quickly made; until then from memory, and who serves makes the copy."""
    store = GenerationStore(tmp_path)
    lines = {b"<urn:%d> <urn:p> <urn:o> .\n" % n for n in range(300)}
    lost = LineChange([min(lines)], [])
    with store.lock():
        first = add_whole(store, "a", lines, lines)
        (first.folder / MANIFEST).write_text('{"counts": {"dataset": 300}}')
        first = Generation(first.folder)
        found = plan(first, 1, many_quads=300)
        assert (found.mode, found.wants_copy) == ("memory", False)
        found = plan(first, 1, many_quads=299)
        assert (found.mode, found.wants_copy) == ("memory", True)
        make_copy(first)
        assert plan(first, 1, many_quads=299).mode == "disk"
        second = add_changed(store, "b", first, lost, lost)
        (second.folder / MANIFEST).write_text('{"counts": {"dataset": 299}}')
        second = Generation(second.folder)
        assert plan(second, 1, many_quads=299).mode == "memory"
        found = plan(second, 1, many_quads=298)
        assert found.mode == "disk"
        assert set(found.open().quads()) == set(second.open().quads())


@pytest.mark.parametrize("shape", ["short", "long"])
def test_the_estimate_is_near(tmp_path: Path, shape: str) -> None:
    """What a graph takes in memory is within a third of what is said."""
    text = "word " * (40 if shape == "long" else 1)
    path = tmp_path / "x.nq"
    with path.open("w") as file:
        for i in range(60_000):
            file.write(f'<{EX}{i // 10}> <{EX}p{i % 10}> "{text}{i}" .\n')
    code = (
        "import sys; from pathlib import Path; from cgkg.store.graph import Graph\n"
        "def held(): return int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "before = held(); graph = Graph.load(Path(sys.argv[1])); print(held() - before)"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    estimated = estimate_graph_memory(60_000, path.stat().st_size)
    assert int(done.stdout) / 1.34 < estimated < int(done.stdout) * 1.34


def test_the_copy_answers_alike(generation: Generation) -> None:
    """Terms, blank node labels, named graphs and asserted facts are those of the files."""
    found = plan(generation, 2, "disk")
    assert found.database == generation.folder / DATABASE
    assert set(found.open().quads()) == set(generation.open().quads())
    query = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } ORDER BY ?g ?s ?o"
    with worker_of(found) as disk, worker_of(plan(generation, 2, "memory")) as memory:
        assert disk.ask(query) == memory.ask(query)
        assert disk.ask(query, asserted_only=True) == memory.ask(query, asserted_only=True)
        assert len(disk.ask(query, asserted_only=True)) == 3
        graphs = (EX + "g1", EX + "g2")
        assert disk.count(default_graphs=graphs) == memory.count(default_graphs=graphs) == 2


def test_the_copy_is_made_once_and_never_written_again(generation: Generation) -> None:
    """Planning again and asking leave every file of it as it is."""
    found = plan(generation, 2, "disk")
    before = {path: path.stat().st_mtime_ns for path in generation.folder.rglob("*")}
    with worker_of(plan(generation, 2, "disk")) as worker:
        assert worker.count() == 2
    assert len(found.open()) == 5
    assert {p: p.stat().st_mtime_ns for p in generation.folder.rglob("*")} == before


def test_a_graph_without_inferences_is_copied_once(tmp_path: Path) -> None:
    """The dataset is also what is asserted."""
    found = plan(made(tmp_path / "one", written(QUADS)), 2, "disk")
    assert found.database
    assert [path.name for path in found.database.iterdir() if path.is_dir()] == ["dataset"]
    with worker_of(found) as worker:
        assert worker.count() == worker.count(asserted_only=True) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("mode", ["memory", "disk"])
def test_a_worker_has_no_descriptor_to_spare(generation: Generation, mode: Any) -> None:
    """With all files of the copy open, nothing else can be opened, and queries go on."""
    found = plan(generation, 2, mode)
    with worker_of(found) as worker:
        assert worker.count() == 2
        held, most = worker.descriptors()
        assert held == most
        assert (held > 4) == (mode == "disk")
        assert worker.count() == 2
        assert worker.descriptors() == (held, most)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_cache_of_a_copy_is_not_taken_from_the_query(generation: Generation) -> None:
    """A worker may use its memory beside what the engine keeps of two databases' files."""
    memory = 64 << 20
    with worker_of(plan(generation, 2, "disk"), memory) as worker:
        assert worker.count() == 2
        limits = Path(f"/proc/{worker.pid}/limits").read_text().splitlines()
        most = int(next(line for line in limits if "address space" in line).split()[3])
        held = int(Path(f"/proc/{worker.pid}/statm").read_text().split()[0]) * 4096
        # what two full caches were measured to take is left beside the query's own
        assert most - held > memory + 2 * (100 << 20)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_files_that_are_not_open_yet_may_be_opened() -> None:
    """A worker may hold as many descriptors as there are files, whatever gaps there were."""
    code = (
        "import os, resource; from cgkg.workers.worker import confine\n"
        "os.dup2(0, 3); os.dup2(0, 4); os.dup2(0, 9); os.closerange(5, 9); os.closerange(10, 99)\n"
        "confine(keeper=os.getppid(), memory=1 << 30, files=12)\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])\n"
        "taken = []\n"
        "try:\n    while True: taken.append(os.dup(0))\n"
        "except OSError: print(*taken)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
    )  # fmt: skip
    # two of twelve files are open (4 and 9); ten more fit above
    assert done.stdout.split() == ["20", *map(str, range(10, 20))]


def test_a_missing_copy_is_an_error_not_a_hang(generation: Generation) -> None:
    """Every query is answered with what is wrong."""
    gone = StoragePlan("disk", generation, generation.folder / "gone", 0, 0)
    with worker_of(gone) as worker:
        for _ in range(2):
            with pytest.raises(CgkgError, match="gone"):
                worker.count()
    with pytest.raises(StoreError, match="gone"):
        Graph.at(generation.folder / "gone")
    assert not (generation.folder / "gone").exists()


def test_a_failed_copy_leaves_nothing(generation: Generation) -> None:
    """The error says why and what to do; half a copy is removed, also one of a killed process."""
    leftover = generation.folder / f".tmp-{DATABASE}"
    leftover.mkdir()
    good = generation.asserted_file.read_text("utf-8")
    generation.asserted_file.write_text("broken", "utf-8")
    with pytest.raises(StoreError, match="cannot write a copy of the graph") as caught:
        plan(generation, 2, "disk")
    assert ASSERTED in caught.value.message
    assert "--storage memory" in caught.value.hint
    assert not leftover.exists()
    assert not (generation.folder / DATABASE).exists()
    generation.asserted_file.write_text(good, "utf-8")
    assert plan(generation, 2, "disk").database


def test_a_folder_that_cannot_be_written_is_an_error(generation: Generation) -> None:
    """Serving from memory is offered instead."""
    (generation.folder / f".tmp-{DATABASE}").write_text("in the way", "utf-8")
    with pytest.raises(StoreError, match="cannot write a copy of the graph") as caught:
        plan(generation, 2, "disk")
    assert "--storage memory" in caught.value.hint


@pytest.mark.parametrize("name", [DATABASE, f"{DATABASE}/dataset"])
def test_a_copy_that_is_a_link_is_not_asked(generation: Generation, name: str) -> None:
    """A store leads nowhere outside."""
    plan(generation, 1, "disk")
    place = generation.folder / name
    elsewhere = place.rename(generation.folder.parent / "elsewhere")
    place.symlink_to(elsewhere)
    with pytest.raises(StoreError, match="symbolic link") as caught:
        plan(generation, 1, "disk")
    assert str(place) in caught.value.message


def test_two_servers_make_one_copy(generation: Generation) -> None:
    """The second waits for the first."""
    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(lambda _: plan(generation, 2, "disk"), range(2))
    assert one == other
    assert len(one.open()) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="the writer ends with its parent on Linux")
def test_a_killed_server_leaves_a_copy_to_nobody(tmp_path: Path) -> None:
    """What it was writing ends with it, and the next makes the copy anew."""
    lines = (f'<{EX}{i}> <{EX}p> "{i}" .\n' for i in range(200_000))
    generation = made(tmp_path / "one", "".join(lines))
    code = (
        "import sys; from pathlib import Path\n"
        "from cgkg.workers.placement import plan; from cgkg.store.generations import Generation\n"
        "plan(Generation(Path(sys.argv[1])), 2, 'disk')"
    )
    server = subprocess.Popen([sys.executable, "-c", code, str(generation.folder)])
    leftover = generation.folder / f".tmp-{DATABASE}" / "dataset"
    assert wait_until(leftover.exists)
    server.send_signal(signal.SIGKILL)
    server.wait()
    assert leftover.exists()
    found = plan(generation, 2, "disk")
    assert len(found.open()) == 200_000
    assert not leftover.exists()


def tables(generation: Generation, name: str = "dataset") -> set[int]:
    """The files with the data of a generation's copy, whatever their names."""
    return {path.stat().st_ino for path in (generation.folder / DATABASE / name).glob("*.sst")}


LINES = sorted(f'<{EX}{n:04}> <{P.value}> "{n}" .\n' for n in range(2000))


@pytest.fixture
def edited(tmp_path: Path) -> tuple[Generation, Generation]:
    """A generation with a copy, and its successor, without one."""
    first = made(tmp_path / "one", "".join(LINES), "".join(LINES[:1000]))
    plan(first, 2, "disk")
    second = made(tmp_path / "two", "".join(LINES[5:]), "".join(LINES[5:1000]))
    return first, second


def test_the_copy_after_an_edit_is_made_from_the_one_before(
    edited: tuple[Generation, Generation],
) -> None:
    """What did not change is shared; both copies answer for their own generation."""
    first, second = edited
    assert len(plan(second, 2, "disk").open()) == 1995
    for name in ("dataset", "asserted"):
        assert tables(first, name) & tables(second, name)
    assert len(plan(first, 2, "disk").open()) == 2000
    with worker_of(plan(second, 2, "disk")) as worker:
        assert worker.count(asserted_only=True) == 995


@pytest.mark.parametrize("case", ["other program", "link", "damaged", "no file", "no copy"])
def test_a_copy_that_cannot_be_trusted_is_not_used(
    edited: tuple[Generation, Generation], case: str, tmp_path: Path
) -> None:
    """The next one is made anew, and is right."""
    first, second = edited
    database = first.folder / DATABASE
    if case == "other program":
        (database / "MADE_BY").write_text("another")
    elif case == "link":
        database.rename(tmp_path / "away")
        database.symlink_to(tmp_path / "away")
    elif case == "damaged":
        for path in database.glob("*/MANIFEST*"):
            path.write_bytes(b"damaged")
    elif case == "no file":
        first.dataset_file.unlink()
        first.asserted_file.unlink()
    else:
        shutil.rmtree(database)
    assert set(plan(second, 2, "disk").open().quads()) == set(second.open().quads())
    if database.is_dir():
        assert not tables(first) & tables(second)


@pytest.mark.skipif(sys.platform != "linux", reason="the writer ends with its parent on Linux")
def test_killed_at_any_moment_it_leaves_both_copies_whole(
    edited: tuple[Generation, Generation],
) -> None:
    """The one before stays what it was, and the next attempt is right."""
    first, second = edited
    code = (
        "import sys; from pathlib import Path\n"
        "from cgkg.workers.placement import plan; from cgkg.store.generations import Generation\n"
        "plan(Generation(Path(sys.argv[1])), 2, 'disk')"
    )
    part = second.folder / f".tmp-{DATABASE}"
    moments = (part, part / "MADE_BY", part / "dataset", part / "asserted", part / "asserted/LOCK")
    for moment in moments:
        server = subprocess.Popen([sys.executable, "-c", code, str(second.folder)])
        assert wait_until(partial(_has_come, moment, second))
        server.kill()
        server.wait()
        assert len(plan(first, 2, "disk").open()) == 2000
        assert len(plan(second, 2, "disk").open()) == 1995
        shutil.rmtree(second.folder / DATABASE)


def _has_come(moment: Path, generation: Generation) -> bool:
    return moment.exists() or (generation.folder / DATABASE).exists()


def merging(most: int) -> Evaluator:
    graph = Graph.of(QUADS)
    return Evaluator(graph, graph, max_bytes=1 << 20, most_merged=most)


def merged_count(evaluator: Evaluator, *names: str) -> str:
    request = QueryRequest(COUNT, default_graphs=tuple(EX + name for name in names))
    answer = evaluator.answer(request)
    return str(json.loads(answer.body)["results"]["bindings"][0]["n"]["value"])


def test_merging_is_bounded() -> None:
    """Graphs too large to merge are an error that names the limit; smaller ones go on."""
    assert merged_count(merging(3), "g1", "g2") == "2"
    evaluator = merging(2)
    with pytest.raises(QueryLimitError, match="more than 2 quads") as caught:
        merged_count(evaluator, "g1", "g2")
    assert "query_memory" in caught.value.hint
    assert merged_count(evaluator, "g1", "g3") == "1"


def test_what_was_merged_makes_room() -> None:
    """Kept copies have no more quads together than one may have."""
    evaluator = merging(3)
    for other in ("g1", "g3", "g1", "g4"):
        assert merged_count(evaluator, "g2", other) == "2"
        assert sum(map(len, evaluator._merged.values())) <= 3


def test_a_control_group_bounds_the_memory(tmp_path: Path) -> None:
    """The smallest limit of the groups around this process counts; "max" is none."""
    for name, limit in ((".", "max"), ("a", "1000"), ("a/b", "max"), ("a/b/c", "5000")):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "memory.max").write_text(limit + "\n")
    own = tmp_path / "cgroup"
    own.write_text("0::/a/b/c\n")
    assert sorted(machine._group_limits(tmp_path, own)) == [1000, 5000]
    assert list(machine._group_limits(tmp_path, tmp_path / "none")) == []
    assert machine.machine_memory() > 1 << 28
