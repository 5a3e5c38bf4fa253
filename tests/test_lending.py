"""Connections that ask small queries are lent to query processes, and nobody can tell."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from endpoint.load import Outcome, Request, drive
from endpoint.processes import Program, wait_until
from serving import Judge, Server, serving

from cgkg.query.cache import AnswerCache
from cgkg.query.exchange import reply, reply_lines
from cgkg.query.frames import Inbox, packed, receive
from cgkg.query.lending import Loan, Loans
from cgkg.query.minding import MOST, Minder, Note, Terms
from cgkg.query.protocol import QueryAnswer
from cgkg.query.shared import Page
from cgkg.query.traffic import traffic_of
from cgkg.query.worker import _obey

JSON = "application/sparql-results+json"
THINGS = 300
CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
# Some 100,000 solutions with a digest of each: more than a lent query may compute.
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(SHA512(STR(?a)) < SHA512(STR(?d))) }"
# 6,000 of them: less than that, and much more than a look-up.
SLOW = LONG.removesuffix("}") + "FILTER(?c < 20) }"
MANY = "SELECT * { ?s ?p ?o . ?x ?p ?y }"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare folder of things that have a number."""
    made = tmp_path_factory.mktemp("bare")
    lines = (f"<urn:thing:{n}> <urn:number> {n} .\n" for n in range(THINGS))
    (made / "data.ttl").write_text("".join(lines), "utf-8")
    return made


@contextmanager
def started(folder: Path, where: Path, *options: object) -> Iterator[Server]:
    with serving(where, folder, "--cache-bytes", 0, "--workers", 2, *options) as server:
        yield server


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server") / "access.log"


@pytest.fixture(scope="module")
def server(folder: Path, log: Path) -> Iterator[Server]:
    with started(folder, log.parent, "--access-log", log, "--log-format", "json") as found:
        yield found


def of(number: int) -> str:
    return f"SELECT ?n {{ <urn:thing:{number}> <urn:number> ?n }}"


class Client:
    """One connection that is kept open."""

    def __init__(self, server: Server) -> None:
        parts = urlsplit(server.url)
        self._made = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
        self.lent = False

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._made.close()

    @property
    def socket(self) -> socket.socket:
        assert self._made.sock is not None
        return self._made.sock

    def get(self, query: str, more: str = "", method: str = "GET") -> tuple[int, bytes]:
        """Status and body; `lent` says whether a query process answered by itself."""
        path = f"/sparql?query={quote(query, safe='')}{more}"
        self._made.request(method, path, headers={"Accept": JSON})
        return self.answer()

    def answer(self) -> tuple[int, bytes]:
        found = self._made.getresponse()
        body = found.read()
        # What lent connections answer is numbered within the loan.
        self.lent = found.headers["X-Request-Id"].count("-") == 2
        self.headers = dict(found.headers)
        return found.status, body

    def other(self, method: str, path: str, body: bytes | None = None, **headers: str) -> int:
        self._made.request(method, path, body, {"Accept": JSON, **headers})
        return self.answer()[0]

    def number(self, thing: int) -> int:
        """The number of a thing, as the server says."""
        status, body = self.get(of(thing))
        assert status == 200, body
        return int(json.loads(body)["results"]["bindings"][0]["n"]["value"])

    def until_lent(self) -> None:
        """Ask small things until the connection is lent."""
        for thing in range(100):
            assert self.number(thing) == thing
            if self.lent:
                return
        raise AssertionError("the connection is never lent")


def reading(server: Server, name: str) -> float:
    """A number of the metrics."""
    lines = server.get("metrics").body.decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))


def test_small_queries_are_answered_by_the_process(server: Server) -> None:
    """After a few of them, with the same headers as before but for what differs each time."""
    with Client(server) as client:
        assert client.number(0) == 0
        assert not client.lent
        usual = client.headers
        client.until_lent()
        differ = {"ETag", "X-Request-Id", "Date", "Server-Timing"}
        assert usual.keys() == client.headers.keys()
        for name in usual.keys() - differ - {"Content-Length"}:
            assert usual[name] == client.headers[name], name
        assert [client.number(n) for n in range(50)] == list(range(50))
        assert client.lent


def test_the_same_answer_has_the_same_validator(server: Server) -> None:
    """Whoever gives it."""
    with Client(server) as lent, Client(server) as usual:
        lent.until_lent()
        lent.number(7)
        usual.number(7)
        assert (lent.lent, usual.lent) == (True, False)
        assert lent.headers["ETag"] == usual.headers["ETag"]


def test_requests_are_counted_and_logged(server: Server, log: Path) -> None:
    """Each of them once, a moment later."""

    def counted() -> int:
        lines = server.get("metrics").body.decode().splitlines()
        name = 'cgkg_requests_total{route="query",status="200"}'
        return sum(int(float(line.split()[-1])) for line in lines if line.startswith(name))

    before = counted()
    with Client(server) as client:
        client.until_lent()
        ids = set()
        for thing in range(100):
            client.number(thing)
            ids.add(client.headers["X-Request-Id"])
        asked = 0
    assert wait_until(lambda: counted() >= before + 102, 3), counted() - before
    asked = counted() - before
    time.sleep(0.2)
    assert counted() - before == asked <= 110

    def logged() -> set[str]:
        entries = map(json.loads, log.read_text("utf-8").splitlines())
        return {entry["id"] for entry in entries if entry["path"] == "/sparql" and entry["query"]}

    assert wait_until(lambda: ids <= logged(), 5)


Asks = Callable[[Client], None]


def heavy(client: Client) -> None:
    status, body = client.get(LONG)
    assert status == 200, body
    # each pair in one order or the other
    n = json.loads(body)["results"]["bindings"][0]["n"]["value"]
    assert int(n) == THINGS * (THINGS - 1) // 2
    assert not client.lent


def stopped(client: Client) -> None:
    status, body = client.get(CROSS, "&timeout=0.3")
    assert (status, json.loads(body)["type"]) == (503, "urn:cgkg:problem:query-limit"), body


def wrong(client: Client) -> None:
    status, body = client.get("SELECT ?x {")
    assert status == 400
    assert json.loads(body)["line"] == 1


def no_query(client: Client) -> None:
    assert client.other("GET", "/sparql?query=") == 400
    assert client.other("GET", "/sparql?query=%zz") == 400


def other_parameters(client: Client) -> None:
    status, body = client.get(of(3), "&format=csv")
    assert (status, body) == (200, b"n\r\n3\r\n")
    status, body = client.get(of(3), "&default-graph-uri=urn:none")
    assert (status, json.loads(body)["results"]["bindings"]) == (200, [])


def posted(client: Client) -> None:
    body = of(4).encode()
    assert client.other("POST", "/sparql", body, **{"Content-Type": "application/sparql-query"})


def head(client: Client) -> None:
    status, body = client.get(of(5), method="HEAD")
    assert (status, body) == (200, b"")


def another_page(client: Client) -> None:
    assert client.other("GET", "/health") == 200
    assert client.other("GET", "/nowhere") == 404


def conditional(client: Client) -> None:
    client.number(9)
    path = f"/sparql?query={quote(of(9), safe='')}"
    assert client.other("GET", path, None, **{"If-None-Match": client.headers["ETag"]}) == 304


def numbered(client: Client) -> None:
    path = f"/sparql?query={quote(of(9), safe='')}"
    assert client.other("GET", path, None, **{"X-Request-Id": "mine"}) == 200
    assert client.headers["X-Request-Id"] == "mine"


def in_two_parts(client: Client) -> None:
    line = f"GET /sparql?query={quote(of(11), safe='')} HTTP/1.1\r\n".encode()
    client.socket.sendall(line)
    time.sleep(0.05)
    client.socket.sendall(b"Host: localhost\r\nAccept: " + JSON.encode() + b"\r\n\r\n")
    found = http.client.HTTPResponse(client.socket)
    found.begin()
    assert b'"11"' in found.read()


def sent_ahead(client: Client) -> None:
    lines = (
        f"GET /sparql?query={quote(of(n), safe='')} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for n in range(20, 30)
    )
    client.socket.sendall("".join(lines).encode())
    received = b""
    while received.count(b"HTTP/1.1 200 OK") < 10 or not received.endswith(b"]}}"):
        received += client.socket.recv(1 << 16)
    found = re.findall(rb'"value":"(\d+)"', received)
    assert found == [b"%d" % number for number in range(20, 30)]


def large(client: Client) -> None:
    """More than the socket takes at once."""
    status, body = client.get(MANY)
    assert status == 200
    assert body.count(b'"uri"') == 3 * THINGS**2


@pytest.mark.parametrize(
    "asks",
    [
        heavy, stopped, wrong, no_query, other_parameters, posted, head, another_page, conditional,
        numbered, in_two_parts, sent_ahead, large,
    ],
)  # fmt: skip
def test_anything_else_is_answered_as_ever(server: Server, asks: Asks) -> None:
    """And the connection goes on, small questions too."""
    with Client(server) as client:
        for _ in range(2):
            client.until_lent()
            asks(client)
            assert client.number(1) == 1


def test_a_query_that_computes_for_long_ends_the_process(server: Server) -> None:
    """The kernel stops it, and another process answers, under all limits."""

    with Client(server) as client:
        client.until_lent()
        before = reading(server, "cgkg_workers_replaced_total")
        heavy(client)
        assert reading(server, "cgkg_workers_replaced_total") == before + 1
        # who asks such things is lent only after many small ones
        assert [client.number(n) for n in range(3)] == [0, 1, 2]
        assert not client.lent


def test_a_lent_request_is_as_short_as_others(folder: Path, tmp_path: Path) -> None:
    """The limit on addresses is for all."""
    with started(folder, tmp_path, "--max-url", 256) as server, Client(server) as client:
        client.until_lent()
        room = 256 - len(f"/sparql?query={quote(of(1), safe='')}")
        assert client.get(of(1) + "_" * room)[0] == 400
        client.until_lent()
        assert client.get(of(1) + " " * (room // 3))[0] == 200
        assert client.lent
        assert client.get(of(1) + " " * room)[0] == 414


def test_who_asks_slow_queries_is_given_back(server: Server) -> None:
    """Others would wait behind each of them; the next request is the server's again."""
    with Client(server) as client:
        client.until_lent()
        assert client.get(SLOW)[0] == 200
        assert client.lent
        assert client.number(1) == 1
        assert not client.lent


def test_an_idle_connection_comes_back(server: Server) -> None:
    """A process keeps none that asks nothing; the next request is answered as usual."""
    with Client(server) as client:
        client.until_lent()
        time.sleep(1.2)
        assert wait_until(lambda: not reading(server, "cgkg_connections_lent"), 5)
        assert client.number(2) == 2
        assert not client.lent


def test_an_idle_connection_comes_back_from_a_busy_process(folder: Path, tmp_path: Path) -> None:
    """Also where others keep the process at work."""
    with started(folder, tmp_path, "--workers", 1) as server, clients_of(server, 2) as clients:
        idle, busy = clients
        idle.until_lent()
        busy.until_lent()
        assert reading(server, "cgkg_connections_lent") == 2
        until = time.monotonic() + 2
        while time.monotonic() < until:
            busy.number(1)
        assert busy.lent
        assert reading(server, "cgkg_connections_lent") == 1
        assert idle.number(2) == 2
        assert not idle.lent


def test_requests_sent_ahead_are_answered_in_order(folder: Path, tmp_path: Path) -> None:
    """With answers that are held, at once, and others, whatever is lent in between."""
    with started(folder, tmp_path, "--cache-bytes", 1 << 20) as server, Client(server) as client:
        for _ in range(20):
            client.number(1)
            sent_ahead(client)


def raw(thing: int, accept: str = JSON) -> bytes:
    """A request, as it is sent."""
    query = quote(of(thing), safe="")
    return f"GET /sparql?query={query} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n\r\n".encode()


def received(client: socket.socket, seconds: float) -> bytes:
    """All that comes in this time."""
    found, until = b"", time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        client.settimeout(left)
        with suppress(TimeoutError):
            found += client.recv(1 << 16)
    return found


def test_no_connection_is_lent_twice(folder: Path, tmp_path: Path) -> None:
    """Nor while requests wait: those sent ahead of an answer that takes a while, with held ones."""
    with started(folder, tmp_path, "--cache-bytes", 1 << 20) as server:
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port)) as client:
            client.sendall(raw(1))
            received(client, 0.2)
            client.sendall(raw(50) + raw(1) * 7)
            assert received(client, 0.3).count(b"HTTP/1.1 200 OK") == 8
            for thing in range(20, 26):
                client.sendall(raw(thing))
                found = re.findall(rb'"value":"(\d+)"', received(client, 0.1))
                assert found == [b"%d" % thing]


def test_a_connection_is_lent_for_requests_like_the_last(server: Server) -> None:
    """Not for those that were known before it, and asked for a page."""
    page = "text/html, */*;q=0.1"
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port)) as client:
        client.sendall(raw(1, page))
        assert b"Content-Type: text/html" in received(client, 0.5)
        for thing in (2, 3):  # what comes in pieces is not remembered
            client.sendall(raw(thing)[:20])
            time.sleep(0.05)
            client.sendall(raw(thing)[20:])
            assert b"Content-Type: application/sparql-results+json" in received(client, 0.2)
        client.sendall(raw(4, page))
        assert b"Content-Type: text/html" in received(client, 0.5)


def test_answers_are_kept_for_lent_connections(folder: Path, tmp_path: Path) -> None:
    """In the process; the server counts them with its own."""
    with started(folder, tmp_path, "--cache-bytes", 1 << 20) as server, Client(server) as client:
        client.until_lent()
        hits, misses = (reading(server, f"cgkg_cache_{name}_total") for name in ("hits", "misses"))
        for thing in (*range(50, 100), *range(50, 100)):
            assert client.number(thing) == thing
            assert client.lent
        status, body = client.get("SELECT (RAND() AS ?n) {}")
        assert (status, client.lent) == (200, True)
        assert client.get("SELECT (RAND() AS ?n) {}")[1] != body

        def counted() -> tuple[float, float]:
            names = ("cgkg_cache_hits_total", "cgkg_cache_misses_total")
            found = [reading(server, name) for name in names]
            return found[0] - hits, found[1] - misses

        # the last answers before the first reading may be counted after it
        assert wait_until(lambda: counted()[0] >= 50 and counted()[1] >= 52, 3), counted()
        assert sum(counted()) <= 102 + 8


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_with_lent_connections_can_open_nothing(server: Server) -> None:
    """They take the places of descriptors that stand for nothing, and give them up again."""

    def free() -> list[int]:
        found = []
        for pid in server.workers():
            limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
            most = int(next(line for line in limits if "open files" in line).split()[3])
            found.append(most - len(os.listdir(f"/proc/{pid}/fd")))
        return found

    assert free() == [0, 0]
    with clients_of(server, 8) as clients:
        for client in clients:
            client.until_lent()
        assert free() == [0, 0]
    assert wait_until(lambda: free() == [0, 0] and not reading(server, "cgkg_connections_lent"), 5)


def test_a_client_that_leaves_leaves_nothing(server: Server) -> None:
    """Descriptors and processes are as before."""
    before = server.usage()
    for _ in range(20):
        with Client(server) as client:
            client.until_lent()
    assert server.comes_back_to(before), (before, server.usage())


def test_more_connections_than_a_process_may_have(server: Server) -> None:
    """All are answered, at the same time and one after the other."""
    with clients_of(server, 2 * MOST + 10) as clients:
        for _ in range(5):
            for number, client in enumerate(clients):
                assert client.number(number) == number
        assert sum(client.lent for client in clients) > MOST


@contextmanager
def clients_of(server: Server, count: int) -> Iterator[list[Client]]:
    clients = [Client(server) for _ in range(count)]
    try:
        yield clients
    finally:
        for client in clients:
            client.__exit__()


def test_nobody_waits_for_the_slow_query_of_another(server: Server) -> None:
    """Connections leave a process that is busy, none is lent to it, and small queries go on."""
    with Client(server) as slow, clients_of(server, 6) as clients:
        for client in clients:
            client.until_lent()
        asking = threading.Thread(target=lambda: slow.get(CROSS, "&timeout=2.5"))
        asking.start()
        took, again = [], 0
        until = time.monotonic() + 2
        while time.monotonic() < until:
            for number, client in enumerate(clients):
                since = time.monotonic()
                assert client.number(number) == number
                took.append(time.monotonic() - since)
                again += client.lent
        asking.join()
        assert again > len(clients)
        # at most once each, until it is called back
        late = [seconds for seconds in took if seconds > 0.2]
        assert len(late) <= len(clients)
        assert max(took) < 0.7


def test_a_process_that_is_killed_loses_no_connection(server: Server) -> None:
    """Its connections are the server's again; who waited is answered by another process."""
    with clients_of(server, 4) as clients:
        for client in clients:
            client.until_lent()
        for pid in server.workers():
            os.kill(pid, signal.SIGKILL)
        for number, client in enumerate(clients):
            assert client.number(number) == number


def test_a_process_that_does_nothing_is_replaced(folder: Path, tmp_path: Path) -> None:
    """The kernel counts only what it computes; the time limit holds all the same."""
    options = ("--workers", 1, "--timeout", 1)
    with started(folder, tmp_path, *options) as server, Client(server) as client:
        client.until_lent()
        (pid,) = server.workers()
        os.kill(pid, signal.SIGSTOP)
        since = time.monotonic()
        assert client.number(1) == 1
        assert not client.lent
        assert 1 < time.monotonic() - since < 5
        assert server.workers() != [pid]


def load(server: Server, seconds: float, judge: Judge, clients: int = 16) -> Outcome:
    """Clients that ask small queries only."""

    def stream(seed: int) -> Iterator[Request]:
        chance = random.Random(seed)
        while True:
            number = chance.randrange(THINGS)
            yield Request.query(server.endpoint, f"small:{number}", of(number))

    return drive(server.url, [stream(n) for n in range(clients)], seconds, seen=judge, grace=20)


@pytest.fixture(scope="module")
def known(server: Server) -> dict[str, str]:
    from serving import content

    return {str(n): content(server.ask(of(n)).body) for n in range(THINGS)}


def test_processes_killed_under_load(server: Server, known: dict[str, str]) -> None:
    """No answer is wrong, given twice or missing, in whatever moment the process is killed."""
    over = threading.Event()
    killed = 0

    def kill() -> None:
        nonlocal killed
        chance = random.Random(3)
        while not over.wait(chance.uniform(0.02, 0.15)):
            with suppress(IndexError, ProcessLookupError):
                os.kill(chance.choice(server.workers()), signal.SIGKILL)
                killed += 1

    killer = threading.Thread(target=kill)
    judge = Judge(known)
    killer.start()
    outcome = load(server, 2, judge)
    over.set()
    killer.join()
    assert outcome.statuses[0] == 0
    assert outcome.unfinished == []
    assert judge.wrong == []
    assert {kind for found in judge.errors.values() for kind in found} <= {(503, "query-lost")}
    assert sum((found.total() for found in judge.errors.values()), 0) <= killed
    assert killed > 5


def test_the_server_ends_under_load(folder: Path, tmp_path: Path) -> None:
    """Told to stop it answers what it was asked, and then closes."""
    options = ("--project", folder, "--port", 0, "--cache-bytes", 0, "--workers", 2)
    command = [sys.executable, "-m", "cgkg", "serve", *map(str, options)]
    program = Program(command, tmp_path / "server.log", announces=True)
    server = Server(program, program.announced(60))
    failed: list[type[BaseException]] = []
    ready = threading.Barrier(9)

    def ask() -> None:
        with Client(server) as client:
            client.until_lent()
            ready.wait(20)
            try:
                while True:
                    client.number(1)
            except BaseException as error:
                failed.append(type(error))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    ready.wait(20)
    time.sleep(0.3)
    began = time.monotonic()
    assert program.stop()
    assert time.monotonic() - began < 5
    for thread in threads:
        thread.join(10)
    # between two requests the connection is closed: in none of them, and no answer is cut
    assert len(failed) == 8
    assert set(failed) <= {
        http.client.RemoteDisconnected, ConnectionResetError, ConnectionRefusedError,
        BrokenPipeError,
    }  # fmt: skip


# The parts


@pytest.mark.parametrize("rows", [None, 0, 17])
@pytest.mark.parametrize("coding", [None, "gzip"])
@pytest.mark.parametrize("lasting", [True, False])
def test_both_ways_to_write_a_head_say_the_same(
    rows: int | None, coding: str | None, lasting: bool
) -> None:
    """Whether the server sends it or a query process."""
    answer = QueryAnswer("bindings", JSON, rows, coding, "abc", lasting, 0.0123, b"{}")
    lines = reply_lines(answer, "g1").decode().splitlines()
    assert sorted(lines) == sorted(f"{k}: {v}" for k, v in reply(answer, "g1").headers)


def test_messages_that_come_together_are_read_one_by_one() -> None:
    """Also when the last one is in pieces."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        inbox = Inbox(ours)
        data = b"".join(packed(("query", n)) for n in range(3))
        theirs.sendall(data[:-4])
        assert [inbox.next(), inbox.next()] == [("query", 0), ("query", 1)]
        assert inbox
        theirs.sendall(data[-4:])
        assert inbox.next() == ("query", 2)
        assert not inbox


class _Channel:
    """Stands for the channel to a process."""

    def __init__(self) -> None:
        self.sent: list[object] = []

    def send(self, head: object) -> None:
        self.sent.append(head)


REQUEST, RESPONSE = b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="lending needs Linux")
@pytest.mark.parametrize(
    ("written", "read", "left", "told"),
    [
        (0, 0, REQUEST, b""),  # killed before it sent anything: who reads next reads the request
        (len(RESPONSE), 0, b"", b""),  # after it sent all, before it was done with the request
        (len(RESPONSE), len(REQUEST), b"", b""),
        (0, len(REQUEST), b"", None),  # the client took nothing, and the request is gone, too
        (5, 0, REQUEST, None),  # nobody knows the rest of the response
    ],
)
def test_what_becomes_of_a_response_whose_sender_is_killed(
    written: int, read: int, left: bytes, told: bytes | None
) -> None:
    """It is not sent twice and not forgotten, whatever the moment; the kernel knows how far it was.

    There was another request and its response before, on this loan and before it.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        connection, _ = listener.accept()
    counters = socket.socketpair()
    with client, connection, counters[0], counters[1]:
        connection.setblocking(False)
        connection.send(b"earlier")
        descriptor = Page.make()
        page = Page(descriptor)
        os.close(descriptor)
        back: list[tuple[bytes | None, bool]] = []
        loans = Loans(counters[0], page)
        terms = Terms(b"", None, None, b"", "g1", "1", False, 1 << 16)
        loan = Loan(connection.fileno(), terms, print, lambda *given: back.append(given))
        assert loans.lend(_Channel(), loan)  # type: ignore[arg-type]
        client.sendall(REQUEST * 2)
        assert wait_until(lambda: len(connection.recv(99, socket.MSG_PEEK)) == 2 * len(REQUEST), 5)
        connection.recv(len(REQUEST))
        connection.send(RESPONSE)
        words = page.words
        words[Page.WRITTEN], words[Page.READ] = len(RESPONSE), len(REQUEST)
        words[Page.RESPONSE], words[Page.REQUEST] = len(RESPONSE), len(REQUEST)
        words[Page.MINDING] = words[Page.SENDING] = 1
        connection.send(RESPONSE[:written])
        if read:
            connection.recv(read)
        loans.close()
        assert back == [(told, True)]
        assert left == (connection.recv(99) if left else b"")
        with suppress(BlockingIOError):
            assert connection.recv(99) == b""


def test_traffic_is_known_for_tcp_only() -> None:
    """Other sockets have none."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert traffic_of(ours.fileno()) is None


class Pair:
    """The server's side of lending and that of a process, in one: who does what is up to a test."""

    def __init__(self, body: bytes) -> None:
        answer = QueryAnswer("boolean", JSON, None, None, "abc", True, 0.0, body)
        self.opened = [*socket.socketpair(), *socket.socketpair()]
        self.ours, theirs, counter, their_counter = self.opened
        descriptor = Page.make()
        self.page = Page(descriptor)
        self.loans = Loans(counter, Page(descriptor))
        os.close(descriptor)
        self.spare = [os.dup(0) for _ in range(2)]
        self.inbox = Inbox(theirs)
        cache = AnswerCache(0)
        self.minder = Minder(
            theirs, their_counter, self.page, lambda request: answer, cache, self.spare
        )
        self.back: list[bytes | None] = []

    def __enter__(self) -> Pair:
        # The clock that ends a process must not end this one.
        self.before = signal.signal(signal.SIGPROF, signal.SIG_IGN)
        return self

    def __exit__(self, *_: object) -> None:
        self.minder.rest()
        signal.signal(signal.SIGPROF, self.before)
        for each in self.opened:
            each.close()
        for descriptor in self.spare:
            os.close(descriptor)

    def send(self, head: object) -> None:
        """As that of a Channel."""
        self.ours.sendall(packed(head))

    def lend(self, connection: socket.socket) -> None:
        terms = Terms(b"\r\n", None, None, b"HTTP/1.1 200 OK\r\n", "g1", "1", False, 1 << 16)
        loan = Loan(connection.fileno(), terms, print, lambda *given: self.back.append(given[0]))
        assert self.loans.lend(self, loan)  # type: ignore[arg-type]

    def recall(self) -> None:
        self.loans.recall(self)  # type: ignore[arg-type]

    def obey(self) -> None:
        """What the process does with the next message."""
        _obey(self.opened[1], None, self.minder, self.inbox.next())  # type: ignore[arg-type]

    def hear(self) -> None:
        """What the server does with the next message."""
        self.loans.heard(*receive(self.ours))


ASKS = b"GET /sparql?query=ASK{} HTTP/1.1\r\n\r\n"


@contextmanager
def connected() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A client, and the server's end of its connection; both hold little that is not read yet."""
    with socket.socket() as listener, socket.socket() as client:
        for each in (listener, client):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        client.connect(listener.getsockname())
        connection, _ = listener.accept()
        with connection:
            connection.setblocking(False)
            yield client, connection


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="lending needs Linux")
@pytest.mark.parametrize("heard", [True, False])
def test_the_rest_of_a_response_is_sent_or_the_connection_closed(heard: bool) -> None:
    """Also when the process is gone before the server has heard what the rest is."""
    with Pair(b"x" * 60_000) as pair, connected() as (client, connection):
        pair.lend(connection)
        pair.obey()
        client.sendall(ASKS)
        pair.minder.mind()
        if heard:
            pair.hear()
        pair.loans.close()
        assert len(pair.back) == 1
        if heard:
            assert pair.back[0]
        else:
            assert pair.back == [None]


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="lending needs Linux")
def test_a_recall_counts_for_what_the_process_has_not_taken_yet() -> None:
    """Whatever it still has to read of an earlier recall, which it saw before it read of it."""
    with Pair(b"{}") as pair, connected() as (_, first), connected() as (client, second):
        pair.lend(first)
        pair.obey()
        pair.recall()
        pair.minder.mind()
        pair.hear()
        assert pair.back == [b""]
        pair.lend(second)
        pair.recall()
        pair.obey()  # the first recall
        pair.obey()  # takes the second loan; and now a slow query keeps the process busy
        pair.loans.end()
        assert pair.back == [b"", b""]
        client.sendall(ASKS)
        pair.minder.mind()
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(1)
        assert second.recv(99) == ASKS
        pair.obey()
        assert not pair.minder.busy
        pair.loans.close()


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="lending needs Linux")
def test_what_a_process_tells_of_loans_that_are_over_is_ignored() -> None:
    """A process that was recalled while it was busy tells so later."""
    ours, theirs = socket.socketpair()
    descriptor = Page.make()
    page = Page(descriptor)
    os.close(descriptor)
    back: list[tuple[bytes | None, bool]] = []
    notes: list[Note] = []
    loans, channel = Loans(ours, page), _Channel()
    terms = Terms(b"", None, None, b"", "g1", "1", False, 1 << 16)
    connection, other = socket.socketpair()
    with connection, other, theirs:
        assert loans.lend(
            channel,  # type: ignore[arg-type]
            Loan(connection.fileno(), terms, notes.append, lambda *given: back.append(given)),
        )
        note = (1, 0.1, 7, False, "1-1", b"query=x")
        loans.heard({"notes": [note], "back": [], "asked": False}, b"")
        assert notes == [Note._make(note)]
        loans.recall(channel)  # type: ignore[arg-type]
        loans.end()
        assert back == [(b"", False)]
        loans.heard({"notes": [note], "back": [1], "asked": True}, b"")
        assert (len(notes), back) == (1, [(b"", False)])
        loans.close()
