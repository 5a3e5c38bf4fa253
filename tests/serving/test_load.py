"""Many clients, expensive queries, faults: every answer right, and nothing left behind.

LOAD_SECONDS shortens the load for a try; figures are printed (pytest -s).
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import cycle, pairwise
from typing import Any

import pytest
from endpoint.load import Outcome, Request, drive
from judge import Judge, competency, known_answers
from limits import AMPLE, ENOUGH, wait_until
from paths import ROOT
from projects import Small
from servers import Server, Usage, serving

from cgkg.store.generations import Generation

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("LOAD_SECONDS", "60"))
GRACE = ENOUGH  # seconds to wait for the last answers
MIB = 1 << 20
CROSS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(8)) + " }"
EXPENSIVE = {
    "all": "SELECT * { ?s ?p ?o }",
    "count": "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p",
    "kinds": "SELECT ?k ?p (COUNT(?y) AS ?n) { ?x a ?k ; ?p ?y } GROUP BY ?k ?p",
    "sorted": "SELECT ?s ?o { ?s ?p ?o FILTER(isLiteral(?o)) } ORDER BY STR(?o) ?s",
}
# What a client is told when there is too much to do or a limit is reached; nothing else above 499.
PROMISED = {(503, "busy"), (503, "query-limit")}
LOST = (503, "query-lost")  # the process that evaluated the query was killed
Streams = list[Iterator[Request]]


@pytest.fixture(scope="module")
def queries() -> dict[str, str]:
    return {**competency(), **EXPENSIVE}


@pytest.fixture(scope="module")
def known(clusters: Generation, queries: dict[str, str]) -> dict[str, str]:
    return known_answers(clusters.dataset_file, queries)


@contextmanager
def started(clusters: Generation, *options: object) -> Iterator[Server]:
    """A server of the city clusters."""
    store = clusters.folder.parents[1]
    with serving(ROOT, "--store", store, *options) as server:
        yield server


def streams(server: Server, queries: dict[str, str], cheap: int, expensive: int) -> Streams:
    """So many clients of each kind, each with an order of its own."""

    def stream(kind: str, names: list[str], seed: int) -> Iterator[Request]:
        order = random.Random(seed).sample(names, len(names))
        made = [Request.query(server.endpoint, f"{kind}:{n}", queries[n]) for n in order]
        return cycle(made)

    light = [name for name in queries if name not in EXPENSIVE]
    return [stream("cheap", light, n) for n in range(cheap)] + [
        stream("expensive", list(EXPENSIVE), n) for n in range(expensive)
    ]


def crosses(server: Server, clients: int, timeout: float) -> Streams:
    """Clients that ask one cross product after the other."""
    limit = [("timeout", f"{timeout:g}")]
    request = Request.query(server.endpoint, "cross:product", CROSS, more=limit)
    return [cycle([request]) for _ in range(clients)]


def told(title: str, outcome: Outcome, judge: Judge) -> None:
    """Print what a load came to, the slowest request of each kind among it."""
    print(f"\n{title}: {outcome.rate:.0f}/s; statuses {dict(outcome.statuses)}")
    for kind in judge.times:
        ms = [judge.percentile(kind, share) * 1e3 for share in (0.5, 0.99, 1)]
        print(
            f"  {kind}: {judge.right[kind]} right, p50 {ms[0]:.1f} ms, p99 {ms[1]:.1f} ms,"
            f" slowest {ms[2]:.1f} ms, errors {dict(judge.errors.get(kind, {}))}"
        )
    for request, took in sorted(outcome.unfinished, key=lambda pair: -pair[1])[:3]:
        print(f"  unfinished: {request.name} after {took:.1f} s")


def finished(outcome: Outcome) -> None:
    """No request was dropped or is still waiting."""
    assert outcome.statuses[0] == 0
    assert outcome.unfinished == []


def in_bounds(server: Server, before: Usage) -> None:
    """No descriptor and no process more than before, and hardly more memory."""
    assert server.comes_back_to(before), (before, server.usage())
    after = server.usage()
    print(f"  memory {before.memory / MIB:.0f} -> {after.memory / MIB:.0f} MiB, {after}")
    assert after.memory <= before.memory * 1.25 + 32 * MIB


def warm(server: Server, queries: dict[str, str]) -> Usage:
    """What the server holds after every worker has scanned the graph."""
    drive(server.url, streams(server, queries, 16, 16), min(5.0, SECONDS))
    return server.usage()


def test_cheap_queries_beside_cross_products(
    clusters: Generation, queries: dict[str, str], known: dict[str, str]
) -> None:
    """64 clients get right answers, the cheap ones but for one in a hundred, while four cross
    products run on; how quickly is printed.

    Nothing is cached here, so that all work is done each time.
    """
    options = ("--workers", 8, "--cache-bytes", 0, "--queue", 200)
    with started(clusters, *options) as server:
        before = warm(server, queries)
        alone, beside = Judge(known), Judge(known)
        clients = streams(server, queries, 56, 8)
        outcome = drive(server.url, clients, SECONDS / 2, seen=alone, grace=GRACE)
        told("without cross products", outcome, alone)
        finished(outcome)
        assert not alone.errors
        clients = streams(server, queries, 56, 8) + crosses(server, 4, timeout=5)
        outcome = drive(server.url, clients, SECONDS, seen=beside, grace=GRACE)
        told("beside four cross products", outcome, beside)
        finished(outcome)
        assert alone.wrong + beside.wrong == []
        assert beside.right["cross"] == 0
        assert {kind for found in beside.errors.values() for kind in found} <= PROMISED
        assert set(beside.errors["cross"]) == {(503, "query-limit")}
        refused = sum(beside.errors.get("cheap", {}).values())
        assert refused <= 0.01 * beside.right["cheap"]
        in_bounds(server, before)


@pytest.mark.parametrize("cache", [0, 64 * MIB], ids=["uncached", "cached"])
def test_workers_killed_under_load(
    clusters: Generation,
    queries: dict[str, str],
    known: dict[str, str],
    cache: int,
) -> None:
    """A killed worker costs at most the request that it worked on, which is told so."""
    chance, killed = random.Random(7), []

    def kill(server: Server, until: float) -> None:
        while time.monotonic() < until:
            with suppress(IndexError, ProcessLookupError):  # none lives at this very moment
                victim = chance.choice(server.workers)
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)
            time.sleep(chance.uniform(0.05, 0.5))

    options = ("--workers", 4, "--cache-bytes", cache, "--queue", 200)
    with started(clusters, *options) as server:
        before = warm(server, queries)
        judge, seconds = Judge(known), SECONDS / 3
        killer = threading.Thread(target=kill, args=(server, time.monotonic() + seconds))
        killer.start()
        clients = streams(server, queries, 24, 8)
        outcome = drive(server.url, clients, seconds + 1, seen=judge, grace=GRACE)
        killer.join()
        told(f"{len(killed)} workers killed", outcome, judge)
        finished(outcome)
        assert len(killed) > 2
        assert judge.wrong == []
        lost = sum((found.total() for found in judge.errors.values()), 0)
        assert {kind for found in judge.errors.values() for kind in found} <= {LOST}
        assert lost <= len(killed)
        # A worker that died idle is replaced when its turn comes.
        calm = Judge(known)
        finished(drive(server.url, streams(server, queries, 4, 8), 2, seen=calm, grace=GRACE))
        assert (calm.wrong, calm.errors) == ([], {})
        assert wait_until(lambda: len(server.workers) == 4)
        in_bounds(server, before)


def test_a_new_generation_under_load(small: Small) -> None:
    """`cgkg build` beside a loaded server: no request is dropped, and each answer is old or new."""
    facts = (small.folder / "data" / "1.trig").read_text("utf-8")
    lengths = [1094, 1095, 1096]
    query = f"SELECT ?n {{ ?river <{small.project.base}def/lengthKm> ?n }}"
    seen: list[tuple[float, str]] = []

    def note(request: Request, answer: object) -> None:
        body = answer.body.decode()  # type: ignore[attr-defined]  # an Answer
        found = [str(n) for n in lengths if f'"value":"{n}"' in body.replace(" ", "")]
        seen.append((time.monotonic(), "".join(found) or body))

    def answered(value: str) -> bool:
        return bool(seen) and seen[-1][1] == value

    def rebuild() -> None:
        for old, number in pairwise(lengths):
            wait_until(partial(answered, str(old)))
            small.facts(facts.replace("1094", str(number)))
            command = [sys.executable, "-m", "cgkg", "build", "--project", str(small.folder)]
            subprocess.run(command, check=True, capture_output=True)

    with serving(small.folder, "--watch-seconds", "0.2", "--workers", 2) as server:
        request = Request.query(server.endpoint, "length", query)
        clients = [cycle([request]) for _ in range(16)]
        drive(server.url, clients, 1)
        before = server.usage()
        builder = threading.Thread(target=rebuild)
        builder.start()
        found: list[Any] = []
        while builder.is_alive() or len(found) < 4:
            found.append(drive(server.url, clients, 2, seen=note))
            if not builder.is_alive() and seen[-1][1] == str(lengths[-1]):
                break
            assert len(found) < 100
        builder.join()
        statuses = sum((one.statuses for one in found), start=type(found[0].statuses)())
        print(f"\n{statuses.total()} answers over {len(lengths) - 1} switches")
        for one in found:
            finished(one)
        assert set(statuses) == {200}
        assert {value for _, value in seen} == {str(n) for n in lengths}
        answers = [value for _, value in sorted(seen)]
        for old, new in pairwise(map(str, lengths)):
            # Once one has the new answer, each other client may have one request under way.
            late = answers[answers.index(new) :].count(old)
            assert late < len(clients), f"{old} was still answered {late} times after {new}"
        in_bounds(server, before)


# Clients that are slow on purpose


Slow = Callable[[ExitStack, Server], list[socket.socket]]


def _opened(stack: ExitStack, server: Server, count: int, data: bytes = b"") -> list[socket.socket]:
    """So many connections on which this was sent; they take in as little as possible."""
    host, port = server.url.removeprefix("http://").rstrip("/").split(":")
    found = []
    for _ in range(count):
        made = stack.enter_context(socket.socket())
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.connect((host, int(port)))
        if data:
            made.sendall(data)
        found.append(made)
    return found


def silent(stack: ExitStack, server: Server) -> list[socket.socket]:
    """Connections on which nothing comes."""
    return _opened(stack, server, 50)


def half_sent(stack: ExitStack, server: Server) -> list[socket.socket]:
    """Requests that break off in the head, and in the body."""
    head = b"POST /sparql HTTP/1.1\r\nHost: localhost\r\n"
    typed = head + b"Content-Type: application/sparql-query\r\nContent-Length: 100\r\n\r\nASK"
    return _opened(stack, server, 25, head) + _opened(stack, server, 25, typed)


def dripping(stack: ExitStack, server: Server) -> list[socket.socket]:
    """Requests of which one byte comes each second."""
    made = _opened(stack, server, 30)
    data = b"GET /sparql?query=ASK%20%7B%7D HTTP/1.1\r\nHost: localhost\r\n\r\n"
    stop = threading.Event()

    def drip() -> None:
        for byte in data:
            for one in made:
                with suppress(OSError):  # closed by the server, as it should be
                    one.send(bytes([byte]))
            if stop.wait(1):
                return

    thread = threading.Thread(target=drip)
    thread.start()
    stack.callback(thread.join)
    stack.callback(stop.set)
    return made


def not_reading(stack: ExitStack, server: Server) -> list[socket.socket]:
    """Clients that ask for the whole graph and never take any of it."""
    asked = Request.query(server.endpoint, "all", EXPENSIVE["all"])
    return _opened(stack, server, 10, asked.data)


def read_to_the_end(connection: socket.socket) -> int:
    """How many bytes still come on a connection that the server has ended."""
    connection.settimeout(ENOUGH)
    got = 0
    with suppress(ConnectionError):
        while part := connection.recv(1 << 16):
            got += len(part)
    return got


@pytest.mark.parametrize("slow", [silent, half_sent, dripping, not_reading])
def test_slow_clients(
    clusters: Generation,
    queries: dict[str, str],
    known: dict[str, str],
    slow: Slow,
) -> None:
    """Others are answered beside them; they are cut off in time and leave nothing behind."""
    limit = 4
    options = ("--client-timeout", limit, "--keep-alive", limit, "--cache-bytes", 0)
    with started(clusters, *options) as server, ExitStack() as stack:
        before = warm(server, queries)
        alone, beside = Judge(known), Judge(known)
        finished(drive(server.url, streams(server, queries, 8, 0), 3, seen=alone))
        connections = slow(stack, server)
        server.program.quiet(10)  # what they asked for is evaluated, and waits for them
        outcome = drive(server.url, streams(server, queries, 8, 0), limit, seen=beside)
        told(f"beside {len(connections)} {slow.__name__}", outcome, beside)
        finished(outcome)
        assert alone.wrong + beside.wrong == []
        assert not beside.errors
        assert beside.right["cheap"]
        assert wait_until(lambda: server.metric("cgkg_connections") == 1)  # the one that asks
        # Nothing is held for them in the system either.
        assert max(map(read_to_the_end, connections)) < 1 << 16
        stack.close()
        in_bounds(server, before)


def test_clients_that_leave_stop_their_queries(
    clusters: Generation, queries: dict[str, str], known: dict[str, str]
) -> None:
    """The cross products of clients that went away give way to others at once."""
    with started(clusters, "--workers", 2, "--timeout", AMPLE) as server:
        before = warm(server, queries)
        with ExitStack() as stack:
            _opened(stack, server, 4, crosses(server, 1, AMPLE)[0].__next__().data)
            assert wait_until(lambda: server.metric("cgkg_queries_waiting") == 2)
        judge = Judge(known)
        outcome = drive(server.url, streams(server, queries, 4, 0), 3, seen=judge, grace=GRACE)
        told("after four clients left", outcome, judge)
        finished(outcome)
        assert (judge.wrong, judge.errors) == ([], {})
        in_bounds(server, before)
