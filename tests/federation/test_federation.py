"""SERVICE: what is asked of another endpoint, what comes of its answer, and whom it may be."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from limits import AMPLE, BRIEF, ENOUGH, ends, seconds, until
from servers import Server, serving

from cgkg.errors import (
    CgkgError,
    EndpointError,
    EndpointTimeoutError,
    QueryLimitError,
    QueryRefusedError,
    QuerySyntaxError,
)
from cgkg.federation.clauses import (
    MOST_CLAUSES,
    empty_clauses,
    find_clauses,
    write_unbound,
    write_values,
)
from cgkg.federation.evaluate import Federation
from cgkg.federation.remote import Endpoints
from cgkg.formats import Format
from cgkg.http.problems import describe_error
from cgkg.rdf.io import parse_bytes
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.sparql.unmatched.notes import read_notes
from cgkg.store.graph import Graph

JSON = "application/sparql-results+json"
BASE = "http://here/sparql"
XSD = "http://www.w3.org/2001/XMLSchema#"
DATA = b"""<http://e/a> <http://e/p> 1 .
<http://e/b> <http://e/p> 2 .
<http://e/c> <http://e/p> 3 .
"""


@dataclass
class Stub:
    """An endpoint on this machine that answers what a test wants, and notes what it is asked."""

    port: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": JSON})
    body: bytes = b""
    length: int | None = -1  # that is announced; -1 is the true one, None is none
    hold: threading.Event = field(default_factory=threading.Event)  # answers once it is set
    together: threading.Barrier | None = None  # answers when so many have asked
    asked: list[tuple[Mapping[str, str], str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sparql"

    def answers(self, variables: Sequence[str], *rows: Mapping[str, Any]) -> None:
        content = {"head": {"vars": variables}, "results": {"bindings": rows}}
        self.body = json.dumps(content).encode()

    @property
    def query(self) -> str:
        """The only query that it was asked."""
        ((_, query),) = self.asked
        return query


@pytest.fixture(autouse=True, scope="module")
def without_garbage() -> None:
    """Results of the engine that other tests left in cycles end in the thread that made them, and
    not in one that a test here starts."""
    gc.collect()


class Handler(BaseHTTPRequestHandler):
    """What the stub says."""

    def __init__(self, stub: Stub, *given: Any) -> None:
        self.stub = stub
        super().__init__(*given)

    def do_POST(self) -> None:
        stub = self.stub
        body = self.rfile.read(int(self.headers["Content-Length"]))
        stub.asked.append((dict(self.headers), parse_qs(body.decode())["query"][0]))
        if stub.together is not None:
            stub.together.wait(ENOUGH)
        stub.hold.wait()
        self.send_response(stub.status)
        for name, value in stub.headers.items():
            self.send_header(name, value)
        if stub.length is not None:
            length = len(stub.body) if stub.length < 0 else stub.length
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(stub.body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Quiet(ThreadingHTTPServer):
    """A client that leaves is what some tests are about."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing."""


@pytest.fixture
def stub() -> Iterator[Stub]:
    found = Stub()
    found.hold.set()
    with Quiet(("127.0.0.1", 0), partial(Handler, found)) as server:
        found.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield found
        found.hold.set()
        server.shutdown()
        thread.join()


def evaluated(
    query: str | QueryRequest, endpoints: Endpoints, *, timeout: float = AMPLE, data: bytes = DATA
) -> QueryAnswer:
    """The answer of an evaluator that knows the data, and of the endpoints."""
    graph = Graph.of(parse_bytes(data, Format.TRIG, Path("data.trig")))
    evaluator = Evaluator(graph, graph, max_bytes=1 << 24)

    async def run(request: QueryRequest) -> QueryAnswer:
        return evaluator.answer(request)

    async def answer() -> QueryAnswer:
        request = query if isinstance(query, QueryRequest) else QueryRequest(query)
        return await Federation(endpoints, timeout).evaluate(request, run)

    return asyncio.run(answer())


def rows(query: str, stub: Stub, **more: Any) -> list[dict[str, str]]:
    """The rows of the answer in order, with the values alone."""
    answer = evaluated(query, Endpoints([stub.url], 1 << 16), **more)
    assert not answer.lasting
    bindings = json.loads(answer.body)["results"]["bindings"]
    found = [{name: term["value"] for name, term in row.items()} for row in bindings]
    return sorted(found, key=lambda row: sorted(row.items()))


def iri(text: str) -> dict[str, str]:
    return {"type": "uri", "value": text}


def text(value: str, **more: str) -> dict[str, str]:
    return {"type": "literal", "value": value, **more}


TWO = (
    {"s": iri("http://e/a"), "n": text("A")},
    {"s": iri("http://e/b"), "n": text("B")},
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "SELECT ?v ?n { ?s <http://e/p> ?v . SERVICE <URL> { ?s <http://e/n> ?n } }",
            [{"n": "A", "v": "1"}, {"n": "B", "v": "2"}],
        ),
        (
            "SELECT ?v ?n { ?s <http://e/p> ?v OPTIONAL { SERVICE <URL> { ?s <http://e/n> ?n } } }",
            [{"n": "A", "v": "1"}, {"n": "B", "v": "2"}, {"v": "3"}],
        ),
        (
            "SELECT ?v { ?s <http://e/p> ?v MINUS { SERVICE <URL> { ?s <http://e/n> ?n } } }",
            [{"v": "3"}],
        ),
        (
            "SELECT ?v { ?s <http://e/p> ?v FILTER EXISTS { SERVICE <URL> { ?s ?q ?n } } }",
            [{"v": "1"}, {"v": "2"}],
        ),
        (
            "SELECT ?s { { ?s <http://e/p> 3 } UNION { SERVICE <URL> { ?s <http://e/n> ?n } } }",
            [{"s": "http://e/a"}, {"s": "http://e/b"}, {"s": "http://e/c"}],
        ),
        (
            "SELECT ?m { { SELECT (MAX(?n) AS ?m) { SERVICE <URL> { ?s <http://e/n> ?n } } } }",
            [{"m": "B"}],
        ),
        ("PREFIX e: <URL> SELECT ?n { service silent e: { ?s e:n ?n } }", [{"n": "A"}, {"n": "B"}]),
        ("BASE <URL> SELECT ?n { SERVICE <sparql> { ?s ?p ?n } }", [{"n": "A"}, {"n": "B"}]),
    ],
)
def test_the_solutions_are_joined(stub: Stub, query: str, expected: list[Any]) -> None:
    """Wherever the clause stands, its solutions are in its place."""
    stub.answers(["s", "n"], *TWO)
    assert rows(query.replace("URL", stub.url), stub) == expected
    assert len(stub.asked) == 1


def test_what_is_asked(stub: Stub) -> None:
    """The pattern as it is written, with the prologue of the query; by POST, for JSON."""
    stub.answers(["n"])
    pattern = "{ ?s e:p 'a } b' # }\n ; <rel> ?n . SERVICE ?other { ?s ?p ?o } }"
    assert (
        rows(f"#x\nPREFIX e: <http://e/> SELECT * {{ SERVICE <{stub.url}> {pattern} }}", stub) == []
    )
    prologue = f"BASE <{Evaluator.base}>\n#x\nPREFIX e: <http://e/> "
    assert stub.query == f"{prologue}SELECT * WHERE {pattern}"
    headers = stub.asked[0][0]
    assert headers["Host"] == f"127.0.0.1:{stub.port}"
    assert headers["Accept"] == JSON
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "term",
    [
        iri("http://e/é#x%20y"),
        text("quotes \" and ' and \\ and \\u0041"),
        text("lines\nand\r\ttabs \u0007 \u2028 ?x } SERVICE <http://e/> { 城市"),
        text("Stadt", **{"xml:lang": "de-at"}),
        text("12", datatype=f"{XSD}integer"),
        text("-1.5", datatype=f"{XSD}decimal"),
        text("x", datatype="http://e/type"),
        text(""),
    ],
)
def test_terms_arrive_as_they_are(stub: Stub, term: dict[str, str]) -> None:
    """A term goes into the query and out of its answer unchanged."""
    stub.answers(["x", "y"], {"x": term}, {"x": term, "y": term})
    answer = evaluated(
        f"SELECT ?x ?y {{ SERVICE <{stub.url}> {{ ?x ?p ?y }} }}", Endpoints([stub.url], 1 << 16)
    )
    found = json.loads(answer.body)["results"]["bindings"]
    assert sorted(found, key=len) == [{"x": term}, {"x": term, "y": term}]


def test_an_empty_answer_tells_of_the_terms_of_the_query(stub: Stub) -> None:
    """Not of those that the other endpoint has."""
    stub.answers(["x"], {"x": iri("http://e/there")})
    query = f"SELECT * {{ ?x <http://e/p> ?v SERVICE <{stub.url}> {{ ?x a <http://e/T> }} }}"
    known = evaluated(query, Endpoints([stub.url], 1 << 16))
    assert read_notes(known.unmatched) == ()
    unknown = evaluated(query.replace("e/p", "e/q"), Endpoints([stub.url], 1 << 16))
    (note,) = read_notes(unknown.unmatched)
    assert (note.kind, note.term) == ("property", "<http://e/q>")


def test_solutions_that_are_the_same_are_counted(stub: Stub) -> None:
    """Solutions are a multiset, also those that bind nothing."""
    query = f"SELECT (COUNT(*) AS ?c) {{ SERVICE <{stub.url}> {{ <http://e/x> ?p 1 }} }}"
    stub.answers(["p"], {"p": iri("http://e/p")}, {"p": iri("http://e/p")}, {})
    assert rows(query, stub) == [{"c": "3"}]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_pattern_without_variables(stub: Stub, number: int) -> None:
    """Its solutions bind nothing, and are none, one or more."""
    stub.answers([], *[{}] * number)
    query = f"SELECT ?s {{ ?s ?p 1 SERVICE <{stub.url}> {{ <http://e/x> <http://e/y> 1 }} }}"
    assert len(rows(query, stub)) == number


def test_only_what_was_asked_for_is_joined(stub: Stub) -> None:
    """A variable that the pattern does not have is left out of the answer."""
    stub.answers(["s", "v", "s) { } #"], {"s": iri("http://e/a"), "v": text("no")})
    query = f"SELECT * {{ ?s <http://e/p> ?v SERVICE <{stub.url}> {{ ?s <http://e/n> 1 }} }}"
    assert rows(query, stub) == [{"s": "http://e/a", "v": "1"}]


def test_errors_are_placed_in_the_query_as_sent(stub: Stub) -> None:
    """What stands for the clause moves nothing: the same query with a group has the same error."""
    stub.answers(["n"], *[{"n": text("long" * 20)}] * 3)
    query = f"SELECT *\n{{ SERVICE <{stub.url}>\n{{ ?s\n?p ?n }} ?x ) ?y }}"
    places = []
    for each in (query, query.replace(f"SERVICE <{stub.url}>", "")):
        with pytest.raises(QuerySyntaxError) as raised:
            evaluated(each, Endpoints([stub.url], 1 << 16))
        places.append((raised.value.message, raised.value.line, raised.value.column))
    assert places[0] == places[1]
    assert places[0][1] == 4


def test_clauses_are_asked_at_the_same_time(stub: Stub) -> None:
    """Two that are answered when both have been asked are answered."""
    stub.answers(["n"], {"n": text("x")})
    stub.together = threading.Barrier(2)
    clause = f"SERVICE <{stub.url}> {{ ?s ?p ?n }}"
    assert len(rows(f"SELECT * {{ {clause} {clause} }}", stub)) == 1
    assert len(stub.asked) == 2


def test_a_graph_and_its_variable(stub: Stub) -> None:
    """In GRAPH ?g the solutions meet every graph, and those that bind ?g their own."""
    data = (
        b"<http://e/g> { <http://e/a> <http://e/p> 1 } <http://e/h> { <http://e/a> <http://e/p> 2 }"
    )
    stub.answers(["s", "g"], {"s": iri("http://e/a"), "g": iri("http://e/h")})
    query = "SELECT ?s ?g ?v { GRAPH ?g { ?s <http://e/p> ?v SERVICE <URL> { ?s ?q PATTERN } } }"
    query = query.replace("URL", stub.url)
    found = [row["v"] for row in rows(query.replace("PATTERN", "1"), stub, data=data)]
    assert found == ["1", "2"]
    found = [row["v"] for row in rows(query.replace("PATTERN", "?g"), stub, data=data)]
    assert found == ["2"]


def test_other_kinds_of_query(stub: Stub) -> None:
    """ASK and CONSTRUCT may ask as well."""
    stub.answers(["s", "n"], *TWO)
    endpoints, clause = Endpoints([stub.url], 1 << 16), f"SERVICE <{stub.url}> {{ ?s ?p ?n }}"
    found = evaluated(f"ASK {{ ?s <http://e/p> 3 {clause} }}", endpoints)
    assert json.loads(found.body)["boolean"] is False
    found = evaluated(f"CONSTRUCT {{ ?s <http://e/m> ?n }} {{ {clause} }}", endpoints)
    assert len(parse_bytes(found.body, Format.TURTLE, Path("found.ttl"))) == 2


def test_few_are_asked_at_once() -> None:
    """Many queries wait for each other, so that no endpoint is flooded."""

    class Counting(Endpoints):
        now = most = 0

        async def ask(self, endpoint: str, query: str) -> bytes:
            self.now += 1
            self.most = max(self.most, self.now)
            await until(lambda: self.most >= 8)
            for _ in range(50):  # turns of the loop, in which one more could come
                await asyncio.sleep(0)
            self.now -= 1
            return b'{"head": {"vars": []}, "results": {"bindings": []}}'

    evaluator = Evaluator(Graph.of([]), Graph.of([]), max_bytes=1 << 16)

    async def run(request: QueryRequest) -> QueryAnswer:
        return evaluator.answer(request)

    async def ask_all(endpoints: Endpoints) -> None:
        federation = Federation(endpoints, AMPLE)
        query = QueryRequest("ASK { SERVICE <http://e/> { } SERVICE <http://e/> { } }")
        await asyncio.gather(*(federation.evaluate(query, run) for _ in range(20)))

    endpoints = Counting(["http://e/"], 1 << 16)
    asyncio.run(ask_all(endpoints))
    assert endpoints.most == 8


def test_a_client_that_leaves_ends_the_conversation() -> None:
    """The connection to the endpoint is closed at once when nobody waits for the answer."""

    async def leave() -> None:
        came, left = asyncio.Event(), asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            came.set()
            with contextlib.suppress(ConnectionError):
                await reader.read(-1)
            writer.close()
            left.set()

        async def run(request: QueryRequest) -> QueryAnswer:
            raise AssertionError

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            query = QueryRequest(f"ASK {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}")
            federation = Federation(Endpoints([url], 1 << 16), AMPLE)
            task = asyncio.create_task(federation.evaluate(query, run))
            await came.wait()
            task.cancel()
            async with asyncio.timeout(ENOUGH):
                await left.wait()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(leave())


# What only looks like SERVICE


@pytest.mark.parametrize(
    "query",
    [
        'SELECT * { ?s ?p "SERVICE <URL> { ?s ?p ?o }" }',
        "SELECT * { ?s ?p '''\nSERVICE <URL> { ?s ?p ?o }''' }",
        "SELECT * { ?s ?p ?o # SERVICE <URL> { ?s ?p ?o }\n }",
        "SELECT * { ?service <http://e/SERVICE> $SERVICE }",
        "PREFIX service: <URL> SELECT * { ?s service:SERVICE ?o }",
    ],
)
def test_other_text_is_left_alone(stub: Stub, query: str) -> None:
    """The word in a string, a comment, an IRI, a name or a variable asks nobody."""
    answer = evaluated(query.replace("URL", stub.url), Endpoints([stub.url], 1 << 16))
    assert answer.lasting
    assert stub.asked == []


@pytest.mark.parametrize(
    ("query", "line", "said"),
    [
        ("SELECT *\n{ SERVICE { ?s ?p ?o } }", 2, "did not expect {"),
        ("SELECT * { SERVICE SILENT", 1, "this { is not closed"),
        ("SELECT * { SERVICE <URL> ?s ?p ?o }", 1, r"did not expect \?s"),
        ("SELECT * { SERVICE <URL> { ?s ?p ?o", 1, "this { is not closed"),
        ("SELECT * {\nSERVICE ex:e { ?s ?p ?o } }", 2, "the prefix ex: is not declared"),
    ],
)
def test_a_broken_clause_is_an_error(stub: Stub, query: str, line: int, said: str) -> None:
    """It says what is wrong and where, and nobody is asked."""
    with pytest.raises(QuerySyntaxError, match=said) as raised:
        rows(query.replace("URL", stub.url), stub)
    assert raised.value.line == line
    assert stub.asked == []


# What is refused


def refused(query: str | QueryRequest, endpoints: Endpoints, **more: Any) -> CgkgError:
    with pytest.raises(CgkgError) as raised:
        evaluated(query, endpoints, **more)
    return raised.value


@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_others_are_not_asked(stub: Stub, silent: str) -> None:
    """One endpoint that is not on the list, and none is asked; SILENT hides no refusal."""
    query = (
        f"SELECT * {{ SERVICE <{stub.url}> {{ ?s ?p ?o }} SERVICE {silent} <URL> {{ ?a ?b ?c }} }}"
    )
    for url in (f"{stub.url}/", f"{stub.url}?x", stub.url.replace("127.0.0.1", "localhost")):
        error = refused(query.replace("URL", url), Endpoints([stub.url], 1 << 16))
        assert isinstance(error, QueryRefusedError)
        assert f"<{url}>" in error.message
        assert "service_allow" in error.hint
        assert describe_error(error).status == 403
    assert stub.asked == []


def test_one_refusal_is_enough(stub: Stub) -> None:
    """Of several endpoints none is asked if one may not be; nor is one asked in another way."""

    class Noting(Endpoints):
        async def ask(self, endpoint: str, query: str) -> bytes:
            raise AssertionError(endpoint)

    query = "ASK { SERVICE <http://e/> { } SERVICE <http://f/> { } }"
    assert "<http://f/>" in refused(query, Noting(["http://e/"], 1 << 16)).message
    with pytest.raises(QueryRefusedError):
        asyncio.run(Endpoints(["http://127.0.0.1/"], 1 << 16).ask(stub.url, "ASK { }"))
    update = f"DELETE WHERE {{ SERVICE <{stub.url}> {{ ?s ?p ?o }} }}"
    assert isinstance(refused(update, Endpoints([stub.url], 1 << 16)), QueryRefusedError)
    assert stub.asked == []


def test_without_a_list_nothing_changes() -> None:
    """SERVICE is refused, and the error names the setting."""
    error = refused("SELECT * { SERVICE <http://e/> { ?s ?p ?o } }", Endpoints([], 1 << 16))
    assert isinstance(error, QueryRefusedError)
    assert "SERVICE is refused" in error.message
    assert "service_allow" in error.hint


def test_what_cannot_be_asked_is_refused(stub: Stub) -> None:
    """A variable for an endpoint, too many clauses, evidence."""
    endpoints, clause = Endpoints([stub.url], 1 << 16), f"SERVICE <{stub.url}> {{ ?s ?p ?o }} "
    variable = refused("SELECT * { ?s ?p ?o SERVICE ?s { ?s ?p ?o } }", endpoints)
    many = refused(f"SELECT * {{ {clause * (MOST_CLAUSES + 1)} }}", endpoints)
    evidence = refused(QueryRequest(f"SELECT * {{ {clause} }}", evidence=True), endpoints)
    for error, said in (
        (variable, r"SERVICE ?s"),
        (many, "more than 8 SERVICE"),
        (evidence, "evidence"),
    ):
        assert isinstance(error, QueryRefusedError)
        assert said in error.message
        assert error.hint
    assert stub.asked == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["93.184.215.14", "127.0.0.1"],
        ["10.1.2.3"],
        ["172.16.0.1"],
        ["192.168.1.1"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["224.0.0.1"],
        ["240.0.0.1"],
        ["::1"],
        ["::"],
        ["fe80::1%eth0"],
        ["fc00::1"],
        ["fec0::1"],
        ["ff02::1"],
        ["::ffff:127.0.0.1"],
        ["::127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["2001:db8::1"],
        ["gibberish"],
    ],
)
def test_a_name_must_lead_to_public_addresses(addresses: list[str]) -> None:
    """All that it resolves to are judged before a connection is made to any."""

    async def resolver(host: str, port: int) -> Sequence[str]:
        assert (host, port) == ("data.example", 80)
        return addresses

    url = "http://data.example/sparql"
    query = f"SELECT * {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}"
    error = refused(query, Endpoints([url], 1 << 16, resolver))
    assert isinstance(error, QueryRefusedError)
    assert f"<{url}>" in error.message
    assert addresses[-1] in error.message
    assert "not a public address" in error.message


def test_an_address_that_is_named_may_be_asked(stub: Stub) -> None:
    """A name may lead to an address that is itself on the list; it is resolved once."""
    resolved: list[str] = []

    async def resolver(host: str, port: int) -> Sequence[str]:
        resolved.append(host)
        return ["127.0.0.1"] if len(resolved) == 1 else ["127.0.0.2"]

    stub.answers(["n"], {"n": text("x")})
    url = f"http://data.example:{stub.port}/sparql"
    endpoints = Endpoints([url, "http://127.0.0.1/"], 1 << 16, resolver)
    evaluated(f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?n }} }}", endpoints)
    assert resolved == ["data.example"]
    assert stub.asked[0][0]["Host"] == f"data.example:{stub.port}"


def test_localhost_is_this_machine(stub: Stub) -> None:
    """Whoever lists localhost means it."""
    stub.answers(["n"])
    url = f"http://localhost:{stub.port}/sparql"

    async def resolver(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    evaluated(f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?n }} }}", Endpoints([url], 1 << 16, resolver))
    assert len(stub.asked) == 1


def test_no_proxy_is_used(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says of proxies is for other programs."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    stub.answers(["n"], {"n": text("x")})
    assert rows(f"SELECT * {{ SERVICE <{stub.url}> {{ ?s ?p ?n }} }}", stub) == [{"n": "x"}]


# Endpoints that fail


FAILURES: dict[str, tuple[dict[str, Any], str]] = {
    "redirect": (
        {"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}},
        "redirects to 'http://127.0.0.1:9/'",
    ),
    "error": ({"status": 500, "body": b"out of\nmemory"}, "answers with status 500: out of memory"),
    "no content": ({"status": 204, "length": None}, "answers with status 204"),
    "page": ({"headers": {"Content-Type": "text/html; charset=utf-8"}}, "answers in 'text/html'"),
    "xml": ({"headers": {"Content-Type": "application/sparql-results+xml"}}, "and not in"),
    "no type": ({"headers": {}}, "answers in 'no format'"),
    "gzip": ({"headers": {"Content-Type": JSON, "Content-Encoding": "gzip"}}, "answers in"),
    "large": ({"body": b" " * 70_000}, "answers with too much"),
    "endless head": ({"headers": {"X": "x" * 140_000}}, "answers with too much"),
    "cut": ({"body": b'{"head"', "length": 1000}, "closed the connection before its answer"),
    "no http": ({"headers": {"Content-Length": "many"}, "length": None}, "not answer in HTTP"),
    "not json": ({"body": b"{"}, "does not answer with SPARQL results in JSON"),
    "boolean": ({"body": b'{"head": {}, "boolean": true}'}, "SPARQL results"),
    "list": ({"body": b"[]"}, "SPARQL results"),
    "deep": ({"body": b"[" * 60_000}, "SPARQL results"),
    "bad IRI": ({"body": b"IRI"}, "SPARQL results"),
    "surrogate": ({"body": b"SURROGATE"}, "SPARQL results"),
    "binding": ({"body": b'{"head":{"vars":["n"]},"results":{"bindings":[1]}}'}, "SPARQL results"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures_are_told(stub: Stub, name: str) -> None:
    """The error names the endpoint and what it did; with SILENT there is one empty solution."""
    behaviour, said = FAILURES[name]
    for attribute, value in behaviour.items():
        setattr(stub, attribute, value)
    if name == "bad IRI":
        stub.answers(["n"], {"n": iri("http://e/> } #")})
    elif name == "surrogate":
        stub.body = b'{"head":{"vars":["n"]},"results":{"bindings":[{"n":'
        stub.body += b'{"type":"literal","value":"\\ud800"}}]}}'
    query = "SELECT ?s ?n { ?s <http://e/p> 1 SERVICE SILENT <URL> { ?s <http://e/n> ?n } }"
    query = query.replace("URL", stub.url)
    assert rows(query, stub) == [{"s": "http://e/a"}]
    with pytest.raises(EndpointError, match=said) as raised:
        rows(query.replace("SILENT", ""), stub)
    assert f"<{stub.url}>" in raised.value.message
    assert raised.value.hint
    assert describe_error(raised.value).status == 502
    assert len(stub.asked) == 2


def test_an_answer_may_end_with_the_connection(stub: Stub) -> None:
    """Without a length, as HTTP/1.0 has it."""
    stub.answers(["n"], {"n": text("x")})
    stub.length = None
    assert rows(f"SELECT * {{ SERVICE <{stub.url}> {{ ?s ?p ?n }} }}", stub) == [{"n": "x"}]


def test_nobody_there(stub: Stub) -> None:
    """A port where nobody listens, a name that nobody has."""

    async def resolver(host: str, port: int) -> Sequence[str]:
        if host == "nobody.example":
            raise OSError(-2, "Name or service not known")
        return [host]

    nowhere = ["http://127.0.0.1:9/sparql", "http://nobody.example/sparql"]
    for url in nowhere:
        query = f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}"
        error = refused(query, Endpoints(nowhere, 1 << 16, resolver))
        assert isinstance(error, EndpointError)
        assert f"<{url}> cannot be reached: " in error.message


def test_slow_endpoints_have_half_of_the_time(stub: Stub) -> None:
    """Then the error says so, or with SILENT the other half is there for the query."""
    stub.hold.clear()
    query = f"SELECT ?s {{ ?s ?p 1 SERVICE SILENT <{stub.url}> {{ ?s ?q ?n }} }}"
    assert rows(query, stub, timeout=BRIEF) == [{"s": "http://e/a"}]
    with pytest.raises(EndpointTimeoutError, match=rf"after {BRIEF / 2:g} s") as raised:
        rows(query.replace("SILENT", ""), stub, timeout=BRIEF)
    assert describe_error(raised.value).status == 504


def test_asking_counts_towards_the_time(stub: Stub) -> None:
    """What is left of a query's time is what its evaluation may take."""
    stub.answers(["n"], {"n": text("x")})
    stub.hold.clear()
    left: list[float | None] = []

    async def run(request: QueryRequest) -> QueryAnswer:
        left.append(request.timeout)
        raise QueryLimitError("query stopped", hint="the limit is the setting timeout")

    async def answer() -> None:
        clause = f"SERVICE SILENT <{stub.url}> {{ ?s ?p ?n }}"
        query = QueryRequest(f"SELECT * {{ {clause} }}", timeout=seconds(0.4))
        await Federation(Endpoints([stub.url], 1 << 16), AMPLE).evaluate(query, run)

    with pytest.raises(QueryLimitError) as raised:
        asyncio.run(answer())
    assert left[0] is not None
    # Half of the time is gone, and perhaps more: then the least that there is remains.
    assert 0 < left[0] <= seconds(0.2) + 0.01  # rounded
    assert "the limit is the setting timeout; other endpoints took " in raised.value.hint


@pytest.mark.parametrize("silent", ["", "SILENT"])
@pytest.mark.parametrize(
    ("term", "said"),
    [
        ({"type": "bnode", "value": "b0"}, "a blank node"),
        ({"type": "triple", "value": {}}, "a term of RDF 1.2"),
        (text("x", **{"xml:lang": "ar", "its:dir": "rtl"}), "a term of RDF 1.2"),
    ],
)
def test_terms_without_a_name_are_refused(
    stub: Stub, term: dict[str, Any], said: str, silent: str
) -> None:
    """VALUES cannot have them; to leave them out silently would change the query's meaning."""
    stub.answers(["n"], {"n": term})
    query = f"SELECT * {{ SERVICE {silent} <{stub.url}> {{ ?s ?p ?n }} }}"
    error = refused(query, Endpoints([stub.url], 1 << 16))
    assert isinstance(error, QueryRefusedError)
    assert f"<{stub.url}> answers with {said}" in error.message
    assert error.hint


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl for a certificate")
def test_certificates_are_verified(tmp_path: Path) -> None:
    """Over TLS the server is asked for the name, and must prove that it has it."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=data.example", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    names: list[str | None] = []
    context.sni_callback = lambda connection, name, _: names.append(name)

    async def resolver(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async def ask() -> bytes:
        server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        url = f"https://data.example:{port}/sparql"
        async with server:
            return await Endpoints([url, "http://127.0.0.1/"], 1 << 16, resolver).ask(url, "ASK {}")

    with pytest.raises(EndpointError, match="certificate verify failed"):
        asyncio.run(ask())
    assert names == ["data.example"]


# The text part


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("{ ?s ?p ?o FILTER(?z > 1) FILTER regex(?y, 'a') }", ("s", "p", "o")),
        ("{ ?s ?p [ ?q $o ] MINUS { ?s ?p ?m } BIND(?x + 1 AS ?b) }", ("s", "p", "q", "o", "b")),
        ("{ { ?a ?b 1 } UNION { ?c ?d 1 } GRAPH ?g { } }", ("a", "b", "c", "d", "g")),
        ("{ SELECT ?a (COUNT(?x) AS ?n) { ?a ?y ?z } GROUP BY ?a }", ("a", "n")),
        ("{ SELECT DISTINCT * { ?a ?b ?c } }", ("a", "b", "c")),
        ("{ ?a ?b 1 { SELECT (MAX(?x) AS ?m) { ?x ?y ?z } GROUP BY ?y } }", ("a", "b", "m")),
        ("{ ?a ?b 1 MINUS { SELECT (?x AS ?m) { ?x ?y ?z BIND(1 AS ?w) } } }", ("a", "b")),
        ("{ { SELECT ?a { { SELECT ?c { ?c ?d 1 } } ?a ?b 1 } } }", ("a",)),
        ("{ }", ()),
    ],
)
def test_an_unanswered_clause_keeps_its_variables(pattern: str, shown: tuple[str, ...]) -> None:
    """SELECT * has their columns whether or not the endpoint answers."""
    (clause,) = find_clauses(f"SELECT * {{ SERVICE SILENT <http://e/> {pattern} }}", BASE)
    assert clause.in_scope == shown
    unbound = " ".join(["UNDEF"] * len(shown))
    assert write_unbound(clause) == f"VALUES ({' '.join(f'?{n}' for n in shown)}) {{ ({unbound}) }}"


def test_what_stands_in_place_of_a_clause() -> None:
    """VALUES with the solutions; UNDEF for what one does not bind."""
    (clause,) = find_clauses("SELECT * { SERVICE <http://e/> { ?s ?p ?n } }", BASE)
    content = {"head": {"vars": ["s", "n"]}, "results": {"bindings": [TWO[0], {"n": text("C")}]}}
    said = write_values(clause, json.dumps(content).encode())
    assert said == 'VALUES (?s ?n) { (<http://e/a> "A")\n(UNDEF "C") }'


def test_an_answer_of_many_cells_is_refused() -> None:
    """Few bytes of an answer can mean many of VALUES."""
    names = [f"v{n}" for n in range(2000)]
    (clause,) = find_clauses(
        f"SELECT * {{ SERVICE <http://e/> {{ VALUES (?{' ?'.join(names)}) {{ }} }} }}", BASE
    )
    content = {"head": {"vars": names}, "results": {"bindings": [{}] * 1000}}
    with pytest.raises(EndpointError, match="answers with 1,000 rows of 2,000 variables"):
        write_values(clause, json.dumps(content).encode())


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE SILENT <http://e/> " + "{?a " * 12_000 + "}" * 12_001,
        "SELECT * { SERVICE SILENT <http://e/> { SELECT" + " ?a" * 20_000 + " { } } }",
        "SELECT * { SERVICE SILENT <http://e/> " + "{" * 200 + " ?a ?b ?c ." * 6_000 + "}" * 201,
        "SELECT * { SERVICE SILENT <http://e/> {" + " OPTIONAL {" * 200 + "}" * 202,
        f"PREFIX e: <http://e/{'x' * 30_000}> SELECT * {{" + " SERVICE e: {}" * 2_000 + "}",
        "SELECT * { SERVICE <http://e/> {" + " ?a" * 300_000 + "} }",
    ],
    ids=["deep", "sub-select", "wide", "nested", "many", "long"],
)
def test_reading_takes_no_longer_than_the_text(query: str) -> None:
    """A query made to be slow to read is read at once, or refused."""
    steps = 0

    def count(*_: object) -> Any:
        nonlocal steps
        steps += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        with ends(), contextlib.suppress(QueryRefusedError):
            find_clauses(query, BASE)
    finally:
        sys.settrace(before)
    assert steps < 60 * len(query)  # 24 were counted at most


@pytest.mark.parametrize("clause", ["SERVICE :{}", "SERVICE\n:\n{\n?s ?p ?o}", "service:a:{}"])
def test_an_emptied_query_has_the_places_of_the_query(clause: str) -> None:
    """Whatever follows is at the line and the column where it was."""
    query = f"PREFIX : <http://e/> SELECT * {{ {clause} ?here ?p ?o }}"
    found = find_clauses(query, BASE)
    said = empty_clauses(query, found) if found else query
    assert said.count("\n") == query.count("\n")
    assert len(said.rpartition("\n")[2]) == len(query.rpartition("\n")[2])
    assert said.rpartition("\n")[2].find("?here") == query.rpartition("\n")[2].find("?here")


# Two real servers


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """A server, and one that may ask the first."""
    folder = tmp_path_factory.mktemp("federated")
    for name, data in (
        (
            "far",
            '<http://e/a> <http://e/n> "A"@en . <http://e/c> <http://e/n> "C" ; <http://e/q> [] .',
        ),
        ("near", DATA.decode()),
    ):
        (folder / name).mkdir()
        (folder / name / "data.ttl").write_text(data, "utf-8")
    with (
        serving(folder / "far") as far,
        serving(
            folder / "near", "--service-allow", far.endpoint, "--service-bytes", "64 KiB"
        ) as near,
    ):
        yield far, near


def asked(near: Server, query: str, more: str = "") -> Any:
    return near.ask(f"/sparql?query={quote(query)}{more}", headers={"Accept": JSON})


def test_two_servers(pair: tuple[Server, Server]) -> None:
    """The rows of one are joined with those of the other; the answer is kept by nobody."""
    far, near = pair
    query = (
        f"SELECT ?v ?n {{ ?s <http://e/p> ?v SERVICE <{far.url}sparql> {{ ?s <http://e/n> ?n }} }}"
    )
    for _ in range(2):
        answer = asked(near, query)
        assert answer.status == 200, answer.text
        bindings = json.loads(answer.body)["results"]["bindings"]
        found = sorted((row["v"]["value"], row["n"]["value"]) for row in bindings)
        assert found == [("1", "A"), ("3", "C")]
        assert answer.headers["Cache-Control"] == "no-store"
    assert "cgkg_cache_hits_total 0.0" in near.ask("/metrics").text


def test_two_servers_refuse(pair: tuple[Server, Server]) -> None:
    """Status and code of the errors, at the server that may ask and at the one that may not."""
    far, near = pair
    url = f"{far.url}sparql"
    for server, query, more, status, code in (
        (near, "SELECT * { SERVICE <http://e/> { ?s ?p ?o } }", "", 403, "query-refused"),
        (
            near,
            f"SELECT * {{ SERVICE <{url}> {{ ?s <http://e/q> ?o }} }}",
            "",
            403,
            "query-refused",
        ),
        (near, f"SELECT * {{ SERVICE <{url}> {{ ?s ?p }} }}", "", 400, "query-syntax"),
        (
            near,
            f"SELECT * {{ SERVICE <{url}> {{ SERVICE <{url}> {{ }} }} }}",
            "",
            502,
            "endpoint-failed",
        ),
        (
            near,
            f"SELECT * {{ SERVICE <{url}> {{ ?s <http://e/n> ?o }} . ?x }}",
            "",
            400,
            "query-syntax",
        ),
        (near, f"SELECT * {{ SERVICE <{url}> {{ }} }}", "&evidence=true", 403, "query-refused"),
        (far, f"SELECT * {{ SERVICE <{url}> {{ }} }}", "", 403, "query-refused"),
    ):
        answer = asked(server, query, more)
        assert answer.status == status, answer.text
        assert json.loads(answer.body)["type"] == f"urn:cgkg:problem:{code}"
        assert answer.headers["Cache-Control"] == "no-store"
