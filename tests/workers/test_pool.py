"""The pool of query processes: limits, faults, fairness, and nothing left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from endpoint import processes
from endpoint.processes import lives, stopped
from limits import AMPLE, BRIEF, ENOUGH, at_work, until, wait_until

from cgkg.errors import (
    CgkgError,
    NotAcceptableError,
    PoolBusyError,
    QueryError,
    QueryLimitError,
    QueryRefusedError,
    QuerySyntaxError,
    StoreError,
)
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryRequest
from cgkg.store.graph import Graph
from cgkg.workers import messages, worker
from cgkg.workers.budget import ByteBudget
from cgkg.workers.channel import Channel
from cgkg.workers.jobs import Outcome, PoolTimes
from cgkg.workers.keeper import WorkerSettings
from cgkg.workers.pool import WorkerPool
from cgkg.workers.threads import QueryPool

SIZE = 2000
LOOKUP = QueryRequest("SELECT ?o { <http://e/s7> ?p ?o }")
# 2000 to the power of 8 solutions: no limit of a test lets it end.
CROSS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(8)) + " }"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("generation")
    lines = [f'<http://e/s{i}> <http://e/p> "{i}" .\n' for i in range(SIZE)]
    lines += [f"<http://e/a> <http://e/p> <http://e/b> <http://e/g{i}> .\n" for i in (1, 2)]
    lines += ["_:b <http://e/q> _:c .\n"]
    (folder / "dataset.nq").write_text("".join(lines), "utf-8")
    (folder / "asserted.nq").write_text('<http://e/x> <http://e/p> "首尔" .\n', "utf-8")
    return folder / "dataset.nq", folder / "asserted.nq"


@pytest.fixture(scope="module")
def shared(files: tuple[Path, Path]) -> Iterator[QueryPool]:
    with QueryPool.start(*files, workers=2, timeout=AMPLE, memory=512 << 20) as pool:
        yield pool


@pytest.fixture
def single(files: tuple[Path, Path]) -> Iterator[QueryPool]:
    """A pool of one worker, so that what one query does shows in the next."""
    with QueryPool.start(
        *files, workers=1, timeout=AMPLE, queue=20, max_bytes=10_000, memory=256 << 20
    ) as pool:
        yield pool


def value(pool: QueryPool, request: QueryRequest) -> str:
    """The only value of the first row."""
    rows = json.loads(pool.run(request).body)["results"]["bindings"]
    (cell,) = rows[0].values()
    return str(cell["value"])


def test_a_query_is_answered(shared: QueryPool) -> None:
    """An answer has its kind, its media type, its whole body and its time."""
    answer = shared.run(LOOKUP)
    assert (answer.kind, answer.media_type) == ("bindings", "application/sparql-results+json")
    assert json.loads(answer.body)["results"]["bindings"] == [
        {"o": {"type": "literal", "value": "7"}}
    ]
    assert answer.seconds > 0


def test_requests_and_answers_cross_unchanged(shared: QueryPool) -> None:
    """Text, datasets, formats and the choice of asserted facts reach the worker as they are."""
    request = QueryRequest("SELECT ?o { ?s ?p ?o FILTER(?o = '首尔') }", asserted_only=True)
    assert value(shared, request) == "首尔"
    graphs = ("http://e/g1", "http://e/g2")
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    assert value(shared, QueryRequest(count, default_graphs=graphs)) == "1"
    answer = shared.run(QueryRequest("CONSTRUCT WHERE { ?s <http://e/q> ?o }"))
    assert (answer.kind, answer.media_type) == ("graph", "text/turtle")


@pytest.mark.parametrize(
    ("request_", "kind", "message"),
    [
        (QueryRequest("SELECT\n* { ?s ?p"), QuerySyntaxError, "line 2"),
        (QueryRequest("CLEAR ALL"), QueryRefusedError, "updates"),
        (QueryRequest("ASK {}", results_as=None, asked="image/png"), NotAcceptableError, "png"),
        (QueryRequest("SELECT (<http://e/f>() AS ?x) {}"), QueryError, "failed"),
    ],
)
def test_errors_of_a_query_come_back_as_they_are(
    shared: QueryPool, request_: QueryRequest, kind: type[CgkgError], message: str
) -> None:
    """An error raised in a worker is raised here with its class, message and details."""
    before = shared.pids
    with pytest.raises(kind, match=message) as raised:
        shared.run(request_)
    assert type(raised.value) is kind
    if isinstance(raised.value, QuerySyntaxError):
        assert (raised.value.line, raised.value.column) == (2, 3)
    assert shared.pids == before


def test_a_query_is_stopped_at_its_deadline(single: QueryPool) -> None:
    """A query that takes too long ends in time with its process, and the next one is answered."""
    (_, before) = single.pids
    with pytest.raises(QueryLimitError, match=rf"stopped after {BRIEF:g} s") as raised:
        single.run(QueryRequest(CROSS, timeout=BRIEF))
    assert "timeout" in raised.value.hint
    assert not lives(before)
    assert value(single, LOOKUP) == "7"


def test_the_pools_timeout_bounds_that_of_the_request(files: tuple[Path, Path]) -> None:
    """A request may ask for less time than the pool gives, and never for more."""
    with QueryPool.start(*files, workers=1, timeout=BRIEF) as pool:
        with pytest.raises(QueryLimitError, match=rf"{BRIEF:g} s") as raised:
            pool.run(QueryRequest(CROSS + "# FILTER NOT EXISTS", timeout=AMPLE))
        assert "setting timeout" in raised.value.hint
        assert "MINUS" in raised.value.hint


def test_an_answer_that_is_too_large_is_an_error(single: QueryPool) -> None:
    """The limit on bytes is named, nothing is cut, and the worker lives on."""
    before = single.pids
    with pytest.raises(QueryLimitError, match="larger than 10000 bytes"):
        single.run(QueryRequest("SELECT * { ?s ?p ?o }"))
    assert value(single, LOOKUP) == "7"
    assert single.pids == before


def test_a_query_that_needs_too_much_memory_is_an_error(
    single: QueryPool, capfd: pytest.CaptureFixture[str]
) -> None:
    """A worker's memory is limited; the query gets an error that names the limit."""
    long = "x" * 2000
    pairs = QueryRequest(
        f"SELECT (CONCAT(?o, ?o2, '{long}') AS ?text) {{ ?s ?p ?o . ?s2 ?p2 ?o2 }} ORDER BY ?text"
    )
    with pytest.raises(QueryLimitError, match="256 MiB of memory"):
        single.run(pairs)
    assert value(single, LOOKUP) == "7"
    capfd.readouterr()  # the engine's last words


def test_a_query_that_ends_its_process_is_an_error(single: QueryPool) -> None:
    """A query that fills the engine's stack ends a worker, and nothing but that worker."""
    (keeper, before) = single.pids
    chain = "HAVING" + " (?s)" * 60_000
    with pytest.raises(QueryError) as raised:
        single.run(QueryRequest(f"SELECT ?s {{ ?s ?p ?x }} GROUP BY ?s {chain}"))
    assert type(raised.value) in (QueryError, QueryLimitError)
    assert value(single, LOOKUP) == "7"
    assert single.pids[0] == keeper
    assert not lives(before)


def test_deep_nesting_harms_nothing(single: QueryPool) -> None:
    """5,000 nested brackets are refused and the worker lives on."""
    before = single.pids
    for opening, closing in ("()", "{}"):
        body = opening * 5000 + "1" + closing * 5000
        with pytest.raises(QueryRefusedError, match="nested"):
            single.run(QueryRequest(f"ASK {{ FILTER{body} }}"))
    assert single.pids == before


def test_a_worker_killed_at_work_is_an_error_and_replaced(single: QueryPool) -> None:
    """A worker that dies during a query gives an error for that query alone."""
    victim = single.pids[1]

    def kill() -> None:
        at_work(victim)
        os.kill(victim, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(QueryError, match="process ended"):
        single.run(QueryRequest(CROSS))
    killer.join()
    assert value(single, LOOKUP) == "7"
    assert single.pids[1] != victim


def test_a_keeper_that_was_killed_is_replaced(single: QueryPool) -> None:
    """Without its keeper no worker lives on; the next query starts both anew."""
    keeper, forked = single.pids
    os.kill(keeper, signal.SIGKILL)
    assert wait_until(lambda: not lives(forked))
    assert value(single, LOOKUP) == "7"
    assert not set(single.pids) & {keeper, forked}


def test_many_threads_get_their_own_answers(shared: QueryPool) -> None:
    """20 threads at once get what each asked for, while queries are stopped among them."""

    def ask(number: int) -> bool:
        if number % 50 == 49:
            # All wait for two workers: some get none within their own time.
            with pytest.raises((QueryLimitError, PoolBusyError)):
                shared.run(QueryRequest(CROSS, timeout=BRIEF / 2))
            return True
        query = f"SELECT ?o {{ <http://e/s{number}> ?p ?o }}"
        return value(shared, QueryRequest(query)) == str(number)

    with ThreadPoolExecutor(20) as threads:
        assert all(threads.map(ask, range(300)))
    assert shared.waiting == 0


Scene = Callable[[WorkerPool], Awaitable[Any]]


def gone(pid: int) -> bool:
    return not lives(pid)


def on_a_loop(files: tuple[Path, Path], scene: Scene, **options: Any) -> Any:
    """What the scene gives, played with a pool of its own on an event loop."""

    async def play() -> Any:
        settings = WorkerSettings(str(files[0]), str(files[1]), max_bytes=10**7, memory=512 << 20)
        pool = await WorkerPool.start(settings, **{"workers": 1, "timeout": AMPLE, **options})
        try:
            return await scene(pool)
        finally:
            await pool.close()

    return asyncio.run(play())


def number_of(outcome: Outcome) -> str:
    """The only value of an answer; an error's code."""
    if isinstance(outcome, CgkgError):
        return outcome.code
    (row,) = json.loads(outcome.body)["results"]["bindings"]
    return str(row["n"]["value"])


def numbered(number: int) -> QueryRequest:
    return QueryRequest(f"SELECT ({number} AS ?n) {{}}")


def test_lookups_cost_little(files: tuple[Path, Path]) -> None:
    """The way through the processes costs the server some dozens of calls, and no more each
    time."""

    async def scene(pool: WorkerPool) -> list[int]:
        calls: list[int] = []

        def count(frame: object, event: str, argument: object) -> None:
            calls[-1] += event == "call"

        for _ in range(20):
            told = asyncio.Event()
            calls.append(0)
            sys.setprofile(count)
            pool.submit(LOOKUP, lambda outcome, told=told: told.set())  # type: ignore[misc]
            await told.wait()
            sys.setprofile(None)
        return calls

    calls = on_a_loop(files, scene)
    assert max(calls) < 100, calls


def test_a_cheap_query_passes_an_expensive_one(files: tuple[Path, Path]) -> None:
    """While one worker is busy, the other answers."""

    async def scene(pool: WorkerPool) -> None:
        told: list[str] = []
        expensive = pool.submit(QueryRequest(CROSS), lambda outcome: told.append("never"))
        for number in range(3):
            pool.submit(numbered(number), lambda outcome: told.append(number_of(outcome)))
        await until(lambda: len(told) == 3)
        assert told == ["0", "1", "2"]
        assert expensive.done is not None
        assert pool.busy

    on_a_loop(files, scene, workers=2)


def test_a_full_queue_is_said_at_once(files: tuple[Path, Path]) -> None:
    """When all places to wait are taken, or no worker becomes free, the pool says it is busy."""

    async def scene(pool: WorkerPool) -> None:
        waits, refused = list[Outcome](), list[Outcome]()
        pool.submit(QueryRequest(CROSS), lambda outcome: None)
        pool.submit(QueryRequest(LOOKUP.query, timeout=BRIEF), waits.append)
        assert pool.waiting == 1
        pool.submit(LOOKUP, refused.append)
        (error,) = refused  # before `submit` has returned
        assert isinstance(error, PoolBusyError)
        assert "waiting already" in error.message
        assert not waits
        await until(lambda: waits)
        assert isinstance(waits[0], PoolBusyError)
        assert f"no worker became free in {BRIEF:g} s" in waits[0].message

    on_a_loop(files, scene, queue=1)


def test_queries_are_answered_in_order_of_arrival(files: tuple[Path, Path]) -> None:
    """A freed worker goes to the query that has waited longest; one given up is passed over."""

    async def scene(pool: WorkerPool) -> list[str]:
        told: list[str] = []
        jobs = [
            pool.submit(numbered(number), lambda outcome: told.append(number_of(outcome)))
            for number in range(15)
        ]
        assert pool.waiting == 14
        for place in (0, 5, 14):
            pool.cancel(jobs[place])
            pool.cancel(jobs[place])  # again does nothing
        await until(lambda: not pool.busy)
        assert pool.counts.left == 1  # the others had not begun
        assert pool.counts.replaced == 0  # it ended by itself, and its process stayed
        return told

    expected = [str(number) for number in range(15) if number not in (0, 5, 14)]
    assert on_a_loop(files, scene, times=PoolTimes(grace=AMPLE)) == expected


def test_a_query_given_up_is_ended_and_the_next_one_runs(files: tuple[Path, Path]) -> None:
    """Cancelled at work, its process is replaced; its outcome is told to nobody."""

    async def scene(pool: WorkerPool) -> tuple[list[str], int]:
        told: list[str] = []
        job = pool.submit(QueryRequest(CROSS), lambda outcome: told.append("never"))
        pool.submit(numbered(7), lambda outcome: told.append(number_of(outcome)))
        pool.cancel(job)
        await until(lambda: bool(told))
        return told, pool.counts.replaced

    assert on_a_loop(files, scene, times=PoolTimes(grace=0)) == (["7"], 1)


@pytest.mark.parametrize("long", [AMPLE, 3 * BRIEF], ids=["ample", "brief"])
def test_each_query_has_its_own_deadline(files: tuple[Path, Path], long: float) -> None:
    """One timer serves all: a short deadline behind a long one is met, running and waiting, and
    the long one afterwards."""

    async def scene(pool: WorkerPool) -> None:
        told: list[str] = []

        def ask(name: str, timeout: float) -> None:
            request = QueryRequest(CROSS, timeout=timeout)
            pool.submit(request, lambda outcome: told.append(f"{name} {number_of(outcome)}"))

        ask("long", long)
        ask("short", BRIEF / 2)
        ask("waits", AMPLE / 2)  # it would be told that no worker became free
        assert pool.waiting == 1
        await until(lambda: pool.waiting == 0)
        assert told[-1] == "short query-limit" or long < AMPLE
        if long < AMPLE:
            await until(lambda: len(told) == 2)
            assert set(told) == {"short query-limit", "long query-limit"}

    on_a_loop(files, scene, workers=2)


def test_a_worker_killed_while_idle_costs_no_query(files: tuple[Path, Path]) -> None:
    """A query sent to a worker that is gone already is answered by its successor."""

    async def scene(pool: WorkerPool) -> list[str]:
        told: list[str] = []
        for turn in range(10):
            victim = pool.pids[1 + turn % 2]
            os.kill(victim, signal.SIGKILL)
            while lives(victim):  # the loop does not learn of it meanwhile
                time.sleep(0.001)
            for number in range(4):
                pool.submit(numbered(number), lambda outcome: told.append(number_of(outcome)))
            await until(lambda: not pool.busy)
            await until(lambda: len(pool.pids) == 3)
        return told

    assert sorted(on_a_loop(files, scene, workers=2)) == sorted("0123" * 10)


def test_a_query_that_was_not_read_is_asked_again(files: tuple[Path, Path]) -> None:
    """A worker that is killed with a query still to be read costs nothing either."""

    async def scene(pool: WorkerPool) -> list[str]:
        told: list[str] = []
        for turn in range(5):
            (_, victim) = pool.pids
            os.kill(victim, signal.SIGSTOP)
            await until(partial(stopped, victim))
            pool.submit(numbered(turn), lambda outcome: told.append(number_of(outcome)))
            await asyncio.sleep(0.01)
            os.kill(victim, signal.SIGKILL)
            await until(lambda: not pool.busy)
        return told

    assert on_a_loop(files, scene) == list("01234")


def test_a_closed_pool_tells_everybody(files: tuple[Path, Path]) -> None:
    """Whoever is running, waiting or late when the pool closes is told so, once."""

    async def scene(pool: WorkerPool) -> list[str]:
        told: list[str] = []
        for request in (QueryRequest(CROSS), numbered(1)):
            pool.submit(request, lambda outcome: told.append(number_of(outcome)))
        await pool.close()
        pool.submit(numbered(2), lambda outcome: told.append(number_of(outcome)))
        for _ in range(10):  # turns of the loop, in which somebody could be told again
            await asyncio.sleep(0)
        return told

    assert on_a_loop(files, scene) == ["query-lost"] * 3


def test_random_numbers_differ_between_workers(files: tuple[Path, Path]) -> None:
    """Workers forked from one process do not give the same UUIDs."""
    uuid = QueryRequest("SELECT (UUID() AS ?u) {}")
    seen = set()
    with QueryPool.start(*files, workers=1) as pool:
        for _ in range(3):
            seen.add(value(pool, uuid))
            worker_pid = pool.pids[1]
            os.kill(worker_pid, signal.SIGKILL)
            assert wait_until(partial(gone, worker_pid))
    assert len(seen) == 3


def test_service_never_connects(single: QueryPool) -> None:
    """SERVICE and LOAD are refused, FROM names graphs of the store: no address is ever asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)  # whoever has connected is there already
        address = f"<http://127.0.0.1:{listener.getsockname()[1]}/>"
        for query in (f"ASK {{ SERVICE SILENT {address} {{ ?s ?p ?o }} }}", f"LOAD {address}"):
            with pytest.raises(QueryRefusedError, match="refused"):
                single.run(QueryRequest(query))
        query = f"SELECT * FROM {address} FROM {address[:-1]}2> {{ ?s ?p ?o }}"
        assert b'"bindings":[]' in single.run(QueryRequest(query)).body
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_confined_process_cannot_connect() -> None:
    """Even if the reading of a query's text missed a SERVICE, its worker reaches nobody."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)  # whoever has connected is there already
        port = listener.getsockname()[1]
        script = (
            "import os, sys, socket; from cgkg.workers import worker\n"
            "from cgkg.store.graph import Graph\n"
            "graph = Graph.of([])\n"
            "kept = worker._keep_only(socket.socketpair()[0])\n"
            "worker.confine(keeper=os.getppid(), memory=1 << 30)\n"
            "for silent in ('', 'SILENT'):\n"
            "    for host in ('127.0.0.1', 'localhost'):\n"
            "        try:\n"
            f"            query = f'SELECT * {{{{ SERVICE {{silent}} <http://{{host}}:{port}/> "
            "{{ ?s ?p ?o }} }}'\n"
            "            print(len(list(graph.query(query))))\n"
            "        except OSError:\n"
            "            print('error')\n"
            "try:\n    open('/proc/self/status')\nexcept OSError as error:\n    print('closed')\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True, text=True, timeout=ENOUGH, check=False,
        )  # fmt: skip
        assert done.stdout.split() == ["error", "error", "1", "1", "closed"], done.stderr
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_worker_survives_any_failure_of_a_query() -> None:
    """Whatever an evaluation raises becomes an error message, and the worker goes on."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        evaluator = Evaluator(Graph.of([]), Graph.of([]), max_bytes=10**6)
        evaluator.dataset = None  # type: ignore[assignment]  # breaks any evaluation
        worker._answer(theirs, evaluator, worker.write_request(LOOKUP))
        head, body = messages.receive(ours, time.monotonic() + ENOUGH)
        assert body == b""
        outcome = worker.read_outcome(head, body)
        assert isinstance(outcome, CgkgError)
        assert "AttributeError" in outcome.message


def test_a_closed_pool_leaves_no_process(files: tuple[Path, Path]) -> None:
    """After close all processes are gone, also one at work; whoever asks or waits gets an error."""
    pool = QueryPool.start(*files, workers=1)
    pids = pool.pids
    with ThreadPoolExecutor(2) as threads:
        started = [threads.submit(pool.run, QueryRequest(CROSS)) for _ in range(2)]
        assert wait_until(lambda: pool.waiting == 1)
        assert at_work(pids[1])
        pool.close()
        for running in started:
            with pytest.raises(QueryError, match="stopping"):
                running.result(ENOUGH)
    assert wait_until(lambda: not any(map(lives, pids)))
    with pytest.raises(QueryError, match="stopping"):
        pool.run(LOOKUP)
    pool.close()


def test_nothing_outlives_a_killed_server(files: tuple[Path, Path]) -> None:
    """When the server is killed, its keeper and workers end, also one at work."""
    script = (
        "import sys, threading, pathlib\n"
        "from cgkg.workers.threads import QueryPool\n"
        "from cgkg.sparql.protocol import QueryRequest\n"
        "pool = QueryPool.start(*map(pathlib.Path, sys.argv[1:]))\n"
        "print(*pool.pids, flush=True)\n"
        f"pool.run(QueryRequest({CROSS!r}))\n"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, files)], stdout=subprocess.PIPE, text=True
    )
    with server:
        assert server.stdout is not None
        pids = [int(pid) for pid in server.stdout.readline().split()]
        assert len(pids) == 3
        assert wait_until(lambda: processes.cpu(pids[1:]) > 0.05)
        server.kill()
    assert wait_until(lambda: not any(map(lives, pids)))


def test_an_interrupt_at_the_terminal_reaches_the_server_alone(shared: QueryPool) -> None:
    """The processes are in a session of their own, so Ctrl-C does not kill queries at random."""
    assert {os.getsid(pid) for pid in shared.pids} == {shared.pids[0]}


def test_no_descriptor_is_left(single: QueryPool) -> None:
    """Stopped queries and replaced workers leave no open descriptor in the server."""
    single.run(LOOKUP)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(QueryLimitError):
            single.run(QueryRequest(CROSS, timeout=BRIEF / 10))
    single.run(LOOKUP)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("content", [None, "this is not N-Quads\n"])
def test_a_file_that_cannot_be_loaded_is_an_error(tmp_path: Path, content: str | None) -> None:
    """A missing or damaged file is named when the pool starts."""
    broken = tmp_path / "dataset.nq"
    if content is not None:
        broken.write_text(content)
    with pytest.raises(StoreError, match=r"dataset\.nq"):
        QueryPool.start(broken, broken)


def test_an_idle_worker_that_ends_is_replaced_at_once(single: QueryPool) -> None:
    """A worker killed while nobody asks has a successor before the next query comes."""
    (_, before) = single.pids
    os.kill(before, signal.SIGKILL)
    assert wait_until(lambda: len(single.pids) == 2 and single.pids[1] != before)
    assert value(single, LOOKUP) == "7"


@pytest.mark.parametrize("size", [1, 5, 13, 40, 1000])
def test_messages_arrive_in_any_pieces(size: int) -> None:
    """Head and body of each answer are whole however the socket cuts them."""
    received: list[tuple[Any, bytes | None]] = []
    room = ByteBudget(1 << 20)
    channel = Channel(lambda head, body: received.append((head, body)), lambda unheard: None, room)
    sent = [(("bindings", number, "标签"), b"x" * (number * 37)) for number in range(4)]
    for head, body in sent:
        message = messages.pack_start(head, len(body)) + body
        for start in range(0, len(message), size):
            channel.data_received(message[start : start + size])
    assert received == sent


def test_an_answer_that_finds_no_room_is_thrown_away() -> None:
    """Its head comes alone, the next one comes whole, and nothing is counted in the end."""
    received: list[tuple[Any, bytes | None]] = []
    room = ByteBudget(1000)
    channel = Channel(lambda head, body: received.append((head, body)), lambda unheard: None, room)
    for size in (1001, 1000, 5000, 10):
        message = messages.pack_start("head", size) + b"x" * size
        for start in range(0, len(message), 64):
            channel.data_received(message[start : start + 64])
    bodies = [body and len(body) for _, body in received]
    assert bodies == [None, 1000, None, 10]
    assert room.held == 0


def test_a_request_for_a_worker_that_just_went_is_unread() -> None:
    """The loop has seen it go, and has not said so yet: whoever sends now is told that it was not
    read, and can send it to another."""
    told: list[bool] = []

    class Receiver(Channel):
        def eof_received(self) -> None:
            asyncio.get_running_loop().call_soon(self.send, "request")

    async def scene() -> None:
        ours, theirs = socket.socketpair()
        await Receiver.open(ours, lambda head, body: None, told.append, ByteBudget(1))
        theirs.close()
        await until(lambda: told)

    asyncio.run(scene())
    assert told == [True]


def test_a_worker_that_is_lost_gives_its_room_back() -> None:
    """What it had sent of an answer counts no more, and is not kept."""
    room = ByteBudget(1000)
    channel = Channel(lambda head, body: None, lambda unheard: None, room)
    part = b"x" * 100
    unused = sys.getrefcount(part)
    channel.data_received(messages.pack_start("head", 900))
    channel.data_received(part)
    assert room.held == 900
    assert sys.getrefcount(part) > unused
    channel.connection_lost(None)
    assert room.held == 0
    assert sys.getrefcount(part) == unused


# A keeper whose workers fail before they can answer, and the server it obeys.
_FAILING = """
import os, socket, threading
from cgkg.workers import messages, worker
from cgkg.workers.keeper import Keeper

def fail():
    raise RuntimeError("out of order")

ours, theirs = socket.socketpair()
keeper = Keeper(theirs, worker.Opener(fail), 1 << 30)
serving = threading.Thread(target=keeper.serve)
serving.start()
for _ in range(2):
    messages.send(ours, {"replace": 0})
    head, _ = messages.receive(ours)
    _, (descriptor,), _, _ = socket.recv_fds(ours, 1, 1)
    assert socket.socket(fileno=descriptor).recv(1) == b""  # until the worker is gone
    os.waitid(os.P_PID, head["pid"], os.WEXITED | os.WNOWAIT)
print(head["ended"])
ours.close()
serving.join()
"""


def test_a_worker_that_fails_says_why() -> None:
    """What it raises outside a query is written to standard error, and its exit status is 1."""
    done = subprocess.run([sys.executable, "-c", _FAILING], capture_output=True, text=True)
    assert done.stdout == "1\n", done.stderr
    assert done.stderr.count("RuntimeError: out of order") == 2
