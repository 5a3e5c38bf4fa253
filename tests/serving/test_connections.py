"""Clients that keep a connection open: each answer is that of its request, whatever was before."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from endpoint import processes
from endpoint.load import Request, drive
from judge import Judge, content
from limits import wait_until
from servers import Server, query, serving

JSON = "application/sparql-results+json"
THINGS = 100
CROSS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(9)) + " }"
MANY = "SELECT * { ?s ?p ?o . ?x ?p ?y }"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare folder of things that have a number."""
    made = tmp_path_factory.mktemp("things")
    lines = (f"<urn:thing:{n}> <urn:number> {n} .\n" for n in range(THINGS))
    (made / "data.ttl").write_text("".join(lines), "utf-8")
    return made


@pytest.fixture(scope="module", params=[0, 1 << 20], ids=["cache off", "cache on"])
def server(folder: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    with serving(folder, "--cache-bytes", request.param, "--workers", 2) as found:
        yield found


def of(number: int) -> str:
    return f"SELECT ?n {{ <urn:thing:{number}> <urn:number> ?n }}"


def path_of(query: str) -> str:
    return f"/sparql?query={quote(query, safe='')}"


class Client:
    """One connection that is kept open."""

    def __init__(self, server: Server) -> None:
        parts = urlsplit(server.url)
        self._made = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        self._made.connect()
        self.headers: dict[str, str] = {}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._made.close()

    @property
    def socket(self) -> socket.socket:
        assert self._made.sock is not None
        return self._made.sock

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body; `headers` are kept."""
        self._made.request(method, path, body, {"Accept": JSON, **(headers or {})})
        found = self._made.getresponse()
        self.headers = dict(found.headers)
        return found.status, found.read()

    def number(self, thing: int) -> int:
        """The number of a thing, as the server says."""
        status, body = self.ask(path_of(of(thing)))
        assert status == 200, body
        return int(json.loads(body)["results"]["bindings"][0]["n"]["value"])


Asks = Callable[[Client], None]


def stopped(client: Client) -> None:
    status, body = client.ask(path_of(CROSS) + "&timeout=0.1")
    assert (status, json.loads(body)["type"]) == (503, "urn:cgkg:problem:query-limit"), body


def wrong(client: Client) -> None:
    status, body = client.ask(path_of("SELECT ?x {"))
    assert (status, json.loads(body)["line"]) == (400, 1)
    assert client.ask("/sparql?query=%zz")[0] == 400


def other_parameters(client: Client) -> None:
    assert client.ask(path_of(of(3)) + "&format=csv") == (200, b"n\r\n3\r\n")
    status, body = client.ask(path_of(of(3)) + "&default-graph-uri=urn:none")
    assert (status, json.loads(body)["results"]["bindings"]) == (200, [])


def posted(client: Client) -> None:
    typed = {"Content-Type": "application/sparql-query"}
    status, body = client.ask("/sparql", "POST", of(4).encode(), typed)
    assert (status, b'"4"' in body) == (200, True)


def head(client: Client) -> None:
    assert client.ask(path_of(of(5)), "HEAD") == (200, b"")


def another_page(client: Client) -> None:
    assert client.ask("/health") == (200, b"ok\n")
    assert client.ask("/nowhere")[0] == 404


def conditional(client: Client) -> None:
    client.number(9)
    known = {"If-None-Match": client.headers["ETag"]}
    assert client.ask(path_of(of(9)), headers=known) == (304, b"")


def numbered(client: Client) -> None:
    assert client.ask(path_of(of(9)), headers={"X-Request-Id": "mine"})[0] == 200
    assert client.headers["X-Request-Id"] == "mine"


def raw(thing: int) -> bytes:
    """A request, as it is sent."""
    return f"GET {path_of(of(thing))} HTTP/1.1\r\nHost: x\r\nAccept: {JSON}\r\n\r\n".encode()


def in_two_parts(client: Client) -> None:
    client.socket.sendall(raw(11)[:30])
    time.sleep(0.05)
    client.socket.sendall(raw(11)[30:])
    found = http.client.HTTPResponse(client.socket)
    found.begin()
    assert b'"11"' in found.read()


def sent_ahead(client: Client) -> None:
    """Some that were asked before, between others."""
    things = [1, 20, 1, 21, 1, 1, 22, 23, 1, 24]
    client.socket.sendall(b"".join(map(raw, things)))
    received = b""
    while received.count(b"HTTP/1.1 200 OK") < len(things) or not received.endswith(b"]}}"):
        received += client.socket.recv(1 << 16)
    assert re.findall(rb'"value":"(\d+)"', received) == [b"%d" % thing for thing in things]


def large(client: Client) -> None:
    """More than the socket takes at once."""
    status, body = client.ask(path_of(MANY))
    assert (status, body.count(b'"uri"')) == (200, 3 * THINGS**2)


@pytest.mark.parametrize(
    "asks",
    [
        stopped, wrong, other_parameters, posted, head, another_page, conditional, numbered,
        in_two_parts, sent_ahead, large,
    ],
)  # fmt: skip
def test_whatever_is_asked_the_connection_goes_on(server: Server, asks: Asks) -> None:
    """Between look-ups, once and again."""
    with Client(server) as client:
        for _ in range(2):
            assert [client.number(n) for n in (1, 1, 2)] == [1, 1, 2]
            asks(client)
        assert client.number(1) == 1


def test_a_query_that_was_not_read_is_asked_again(folder: Path) -> None:
    """Of a process that is killed before it has read the query no client learns."""
    with serving(folder, "--workers", 1) as server, Client(server) as client:
        idle = server.metric("cgkg_held_bytes")
        for thing in range(3):
            (worker,) = server.workers
            os.kill(worker, signal.SIGSTOP)
            assert wait_until(partial(processes.stopped, worker))
            client.socket.sendall(raw(thing))
            assert wait_until(lambda: server.metric("cgkg_held_bytes") > idle)
            os.kill(worker, signal.SIGKILL)
            found = http.client.HTTPResponse(client.socket)
            found.begin()
            assert (found.status, b'"%d"' % thing in found.read()) == (200, True)


@pytest.mark.long
def test_processes_killed_under_load(folder: Path) -> None:
    """No answer is wrong, given twice or missing, in whatever moment the process is killed."""
    over, chance, killed = threading.Event(), random.Random(3), []

    def kill(server: Server) -> None:
        while not over.wait(chance.uniform(0.02, 0.15)):
            with suppress(IndexError, ProcessLookupError):  # none lives at this very moment
                victim = chance.choice(server.workers)
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

    def stream(server: Server, seed: int) -> Iterator[Request]:
        order = random.Random(seed)
        while True:
            thing = order.randrange(THINGS)
            yield Request.query(server.endpoint, f"small:{thing}", of(thing))

    with serving(folder, "--cache-bytes", 0, "--workers", 2) as server:
        judge = Judge(
            {str(n): content(server.ask(query(of(n), format="json")).body) for n in range(THINGS)}
        )
        killer = threading.Thread(target=kill, args=(server,))
        killer.start()
        streams = [stream(server, seed) for seed in range(16)]
        outcome = drive(server.url, streams, 2, seen=judge, grace=60)
        over.set()
        killer.join()
    assert killed
    assert (outcome.statuses[0], outcome.unfinished) == (0, [])
    assert judge.wrong == []
    assert {kind for found in judge.errors.values() for kind in found} <= {(503, "query-lost")}
    assert sum(found.total() for found in judge.errors.values()) <= len(killed)


@pytest.mark.long
def test_the_server_ends_under_load(folder: Path) -> None:
    """Told to stop it answers what it was asked, and then closes."""
    failed: list[type[BaseException]] = []
    answered = Counter[int]()

    def ask(server: Server, number: int) -> None:
        with Client(server) as client:
            try:
                while True:
                    assert client.number(1) == 1
                    answered[number] += 1
            except BaseException as error:
                failed.append(type(error))

    with serving(folder, "--cache-bytes", 0, "--workers", 2) as server:
        threads = [threading.Thread(target=ask, args=(server, number)) for number in range(8)]
        for thread in threads:
            thread.start()
        assert wait_until(lambda: len(answered) == 8 and min(answered.values()) > 20)
        assert server.stop() == 0
        for thread in threads:
            thread.join(60)
    # between two requests the connection is closed: in none of them, and no answer is cut
    assert len(failed) == 8
    assert set(failed) <= {
        http.client.RemoteDisconnected, ConnectionResetError, ConnectionRefusedError,
        BrokenPipeError,
    }  # fmt: skip
