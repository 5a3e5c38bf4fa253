"""Requests nobody would write: no error of the server, no hang, no process lost, no leak.

`make test` sends some hundreds, `make test-long` ten thousand and more.
"""

from __future__ import annotations

import select
import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from endpoint.load import Answer, Incoming
from fuzz_requests import built_requests, mutated_bytes, mutated_queries, well_formed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judge import competency, problem_code
from servers import Server, Usage, query, serving

MIB = 1 << 20
FEW, MANY = 120, 3400  # examples of each of the three kinds
PATIENCE = 15.0  # seconds in which the server must have answered or hung up
SOON = 0.05
# What the server may say when it does not answer; 501 and 505 are about HTTP itself.
EXPECTED = {200, 204, 301, 302, 303, 304, 308}
REFUSALS = {400, 403, 404, 405, 406, 408, 411, 413, 414, 415, 417, 421, 431, 501, 505}
BUSY = {"busy", "query-limit"}

DATA = """<http://e/elbe> <http://e/flowsThrough> <http://e/dresden>, <http://e/hamburg> ;
  <http://e/name> "Elbe", "易北河"@zh ; <http://e/km> 1094 .
<http://e/dresden> <http://e/name> "Dresden" .
<http://e/hamburg> <http://e/name> "Hamburg" .
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a few triples with limits that are soon reached."""
    folder = tmp_path_factory.mktemp("fuzz")
    project = folder / "rivers"
    project.mkdir()
    (project / "rivers.ttl").write_text(DATA, "utf-8")
    options = ("--timeout", 2, "--client-timeout", 5, "--cache-bytes", "1 MiB")
    with serving(project, *options) as running:
        yield running


@pytest.fixture
def bounded(server: Server) -> Iterator[Server]:
    """The server; it must hold as much afterwards as before, and still answer."""
    before = _warmed(server)
    first = server.program.pid
    yield server
    assert server.program.pid == first
    assert not server.program.ended()
    assert b"1094" in server.ask(query("SELECT ?n { ?s <http://e/km> ?n }")).body
    assert server.ask("/ready").status == 200
    assert server.comes_back_to(before), (before, server.usage())
    after = server.usage()
    print(f"\nmemory {before.memory / MIB:.1f} -> {after.memory / MIB:.1f} MiB, {after}")
    assert after.memory <= before.memory * 1.25 + 16 * MIB


def _warmed(server: Server) -> Usage:
    for path in ("", "sparql", "graph-store?default", "openapi.json", "metrics", "nothing"):
        server.ask(f"/{path}", headers={"Accept": "text/html"})
    for text in [*competency().values(), "SELECT"]:
        server.ask(query(text))
    return server.usage()


# Sending


def exchanged(server: Server, data: bytes, *, whole: bool) -> Answer | None:
    """The first answer to these bytes, None if the server hung up without one.

    Args:
        server: to whom they are sent.
        data: what is sent.
        whole: whether it is a whole request; otherwise the server is told that no more comes when
            it does not answer at once (told earlier, it would take it that the client has left).

    Raises:
        TimeoutError: it neither answered nor hung up.
    """
    with server.connect() as connection:
        connection.settimeout(PATIENCE)
        with suppress(ConnectionError):  # it may have heard enough before the end
            connection.sendall(data)
        if not whole and not select.select([connection], [], [], SOON)[0]:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        incoming, piece = Incoming(), b"."
        whole = False
        while piece and not whole:
            try:
                piece = connection.recv(1 << 16)
            except ConnectionError:
                piece = b""
            whole = bool(piece) and incoming.add(piece)
            # The length in an answer to HEAD is that of the body it leaves out.
            whole = whole or (data.startswith(b"HEAD ") and incoming.status > 0)
        if not len(incoming):
            return None
        return incoming.answer(0, ended=not whole)


def acceptable(answer: Answer | None, data: bytes) -> int:
    """The status, after it was made sure that it is one that the server promises."""
    if answer is None:
        return 0
    shown = f"{data[:400]!r} -> {answer.head!r} {answer.body[:400]!r}"
    if answer.status == 503:
        assert problem_code(answer) in BUSY, shown
    else:
        assert answer.status in EXPECTED | REFUSALS, shown
    return answer.status


# Tests


def fuzz(examples: int, what: dict[str, st.SearchStrategy[bytes]], server: Server) -> None:
    """Send so many of these requests."""
    found: Counter[int] = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(**what)
    def send(data: bytes) -> None:
        found[acceptable(exchanged(server, data, whole=False), data)] += 1

    send()
    print(f"\n{found.total()} requests: {dict(sorted(found.items()))}")
    assert found.total() >= examples * 0.9


def queries_are_answered(examples: int, server: Server) -> None:
    """Whatever is asked in a good request, the answer is a result, or says what is wrong."""
    found: Counter[tuple[int, str]] = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(text=mutated_queries(), form=st.integers(0, 2))
    def send(text: str, form: int) -> None:
        data = well_formed(text, form)
        answer = exchanged(server, data, whole=True)
        assert answer is not None, text
        status = acceptable(answer, data)
        code = "" if status == 200 else problem_code(answer)
        assert code != "none", (text, answer)
        found[status, code] += 1

    send()
    print(f"\n{found.total()} queries: {dict(sorted(found.items()))}")
    assert found[200, ""] > examples / 20
    assert found[400, "query-syntax"] > examples / 20


Kind = Callable[[int, Server], None]
KINDS: dict[str, Kind] = {
    "built": lambda number, server: fuzz(number, {"data": built_requests()}, server),
    "mutated": lambda number, server: fuzz(number, {"data": mutated_bytes()}, server),
    "queries": queries_are_answered,
}


@pytest.mark.parametrize("kind", KINDS)
def test_some_hundred_requests(bounded: Server, kind: str) -> None:
    """A few of each kind, each time the same."""
    KINDS[kind](FEW, bounded)


def test_clients_that_leave_at_once(bounded: Server) -> None:
    """A client that leaves before its page is made is no error: the log stays free of it."""
    parts = urlsplit(bounded.url)
    for path in ("/graph-store?default", "/sparql", "/", "/query", "/.well-known/void"):
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        for _ in range(10):
            with socket.create_connection((parts.hostname, parts.port)) as connection:
                connection.sendall(request)
    bounded.program.quiet(10)
    assert "Traceback" not in bounded.program.written()


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_requests(bounded: Server, kind: str) -> None:
    """Many of each kind."""
    KINDS[kind](MANY, bounded)


def schemathesis(server: Server, folder: Path, examples: int, *more: str) -> str:
    """What schemathesis says after so many requests for each operation of the OpenAPI document."""
    program = Path(sys.executable).with_name("schemathesis")
    if not (program.exists() or shutil.which("schemathesis")):
        pytest.skip("schemathesis is not installed")
    # 503 is promised: a request may ask for a timeout that no query can keep.
    (folder / "schemathesis.toml").write_text(
        '[checks]\nnot_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 503]\n'
    )
    command = [str(program) if program.exists() else "schemathesis", "run"]
    command += [f"{server.url}openapi.json", "--url", server.url.rstrip("/"), "--seed", "1"]
    command += ["--max-examples", str(examples), "--generation-database", "none", "--no-color"]
    done = subprocess.run([*command, *more], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.long
def test_the_openapi_document_is_kept(bounded: Server, tmp_path: Path) -> None:
    """Requests made from the OpenAPI document get answers as it describes them."""
    checks = "not_a_server_error,content_type_conformance,response_schema_conformance"
    said = schemathesis(bounded, tmp_path, 200, "--checks", f"{checks},status_code_conformance")
    print(said[-1500:])
