"""A SPARQL engine of tests: one of this process behind HTTP, which can misbehave as others do."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox

from cgkg.errors import EndpointError, EndpointTimeoutError
from cgkg.formats import Format
from cgkg.remote.engine import Engine
from cgkg.store.reader import Row

JOINT = ox.NamedNode("urn:x-arq:UnionGraph")
_JSON = Format.JSON.media_type
# GRAPH with a variable does not see that graph.
_GRAPH = re.compile(r"GRAPH (\?\w+) \{([^{}]*)\}")
_OTHERS = rf"{{ GRAPH \1 {{\2}} FILTER(\1 != {JOINT}) }}"


@dataclass
class Behaviour:
    """What an engine does otherwise than its specifications say.

    Attributes:
        refuses: the paths at which it takes nothing.
        maker: what it calls itself.
        cuts: whether it says that it cut the answer.
        union: whether its default graph has what is in any graph.
        changes: texts that it holds in another form.
        hangs: it answers queries only once this is set.
        body: what it answers instead.
        raw: the bytes that it sends instead of a response to a query, before it closes.
        login: the header Authorization that it wants to see.
        drops: whether it closes connections that it seems to keep, once it has answered.
        dies: the number of the request with which it ends in the middle of taking data.
        overlooks: a part of queries that it takes no notice of.
    """

    refuses: frozenset[str] = frozenset()
    maker: str = "tests"
    cuts: bool = False
    union: bool = False
    changes: dict[bytes, bytes] = field(default_factory=dict)
    hangs: Event | None = None
    body: bytes | None = None
    raw: bytes | None = None
    login: str = ""
    drops: bool = False
    dies: int = 0
    overlooks: str = ""


@dataclass
class FakeEngine:
    """A running one: its data, where it is asked, the paths of the requests that came, and over how
    many connections."""

    store: ox.Store
    url: str
    behaviour: Behaviour
    asked: list[str] = field(default_factory=list)
    connections: int = 0


@contextmanager
def engine(behaviour: Behaviour | None = None) -> Iterator[FakeEngine]:
    """An empty engine with addresses as Oxigraph has them."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    url = f"http://127.0.0.1:{server.server_address[1]}/query"
    server.engine = FakeEngine(ox.Store(), url, behaviour or Behaviour())  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.engine  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class NearEngine(Engine):
    """One that is asked without HTTP.

    Attributes:
        store: what it has.
        union: whether its default graph has what is in any graph.
        joint: whether it has all named graphs as one, by the name that Jena gives that.
        overlooks: a part of queries that it takes no notice of.
        late: a part of queries that it does not answer in time.
        fails: a part of queries that it does not answer at all.
        asked: the queries that came.
    """

    def __init__(
        self,
        *,
        union: bool = False,
        joint: bool = False,
        overlooks: str = "",
        late: str = "",
        fails: str = "",
    ) -> None:
        self.url, self.store = "near", ox.Store()
        self.union, self.joint, self.overlooks = union, joint, overlooks
        self.late, self.fails = late, fails
        self.asked: list[str] = []

    def select(self, query: str) -> list[Row]:
        """As of `Engine`."""
        if self.overlooks:
            query = query.replace(self.overlooks, "")
        self.asked.append(query)
        if self.fails and self.fails in query:
            raise EndpointError("<near> fails")
        if self.late and self.late in query:
            raise EndpointTimeoutError("<near> has not answered after 7 s")
        store = self.store
        if self.joint:
            store, query = self._joined(), _GRAPH.sub(_OTHERS, query)
        solutions: Any = store.query(query, use_default_graph_as_union=self.union)
        names = [variable.value for variable in solutions.variables]
        return [{name: row[name] for name in names if row[name] is not None} for row in solutions]

    def _joined(self) -> ox.Store:
        """What it has, with all named graphs as one more."""
        joined = ox.Store()
        joined.extend(self.store)
        joined.extend(
            ox.Quad(each.subject, each.predicate, each.object, JOINT)
            for each in self.store
            if each.graph_name != ox.DefaultGraph()
        )
        return joined


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Clients may leave before they are answered."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(*_)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def engine(self) -> FakeEngine:
        return self.server.engine  # type: ignore[attr-defined, no-any-return]

    def version_string(self) -> str:
        return self.engine.behaviour.maker

    def setup(self) -> None:
        super().setup()
        self.engine.connections += 1

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parts = urlsplit(self.path)
        self.engine.asked.append(parts.path)
        behaviour = self.engine.behaviour
        self.close_connection |= behaviour.drops or len(self.engine.asked) == behaviour.dies
        if behaviour.login and self.headers["Authorization"] != behaviour.login:
            self._send(401, b"who are you?")
            return
        if len(self.engine.asked) == behaviour.dies:
            return
        doors = {"/query": self._query, "/store": self._load, "/update": self._update}
        if parts.path in self.engine.behaviour.refuses or parts.path not in doors:
            self._send(405, b"not here")
            return
        try:
            doors[parts.path](body, parse_qs(parts.query, keep_blank_values=True))
        except SyntaxError as error:
            self._send(400, str(error).encode())

    def _query(self, body: bytes, _: Any) -> None:
        form = parse_qs(body.decode(), keep_blank_values=True)
        behaviour = self.engine.behaviour
        if "query" not in form:
            self._send(415, b"no query")
            return
        if behaviour.hangs is not None:
            behaviour.hangs.wait(120)
        if behaviour.raw is not None:
            self.wfile.write(behaviour.raw)
            self.close_connection = True
            return
        options: dict[str, Any] = {"use_default_graph_as_union": True} if behaviour.union else {}
        given = {"default_graph": "default-graph-uri", "named_graphs": "named-graph-uri"}
        if any(name in form for name in given.values()):
            options = {key: [*map(ox.NamedNode, form.get(n, ()))] for key, n in given.items()}
        query = form["query"][0]
        if behaviour.overlooks:
            query = query.replace(behaviour.overlooks, "")
        result = self.engine.store.query(query, **options)
        if isinstance(result, ox.QueryTriples):
            written = ox.serialize(result, format=ox.RdfFormat.N_TRIPLES) or b""
            self._send(200, written, "application/n-triples")
            return
        written = result.serialize(format=ox.QueryResultsFormat.JSON) or b""
        self._send(200, behaviour.body or written, _JSON)

    def _load(self, body: bytes, query: dict[str, list[str]]) -> None:
        for old, new in self.engine.behaviour.changes.items():
            body = body.replace(old, new)
        graph = ox.NamedNode(query["graph"][0]) if "graph" in query else None
        if self.headers["Content-Type"].startswith("application/n-quads"):
            self.engine.store.load(body, format=ox.RdfFormat.N_QUADS)
        else:
            assert graph or "default" in query
            self.engine.store.load(body, format=ox.RdfFormat.TURTLE, to_graph=graph)
        self._send(204)

    def _update(self, body: bytes, _: Any) -> None:
        self.engine.store.update(body.decode())
        self._send(204)

    def _send(self, status: int, body: bytes = b"", kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="tests"')
        if self.engine.behaviour.cuts:
            self.send_header("X-SPARQL-MaxRows", "10")
        self.end_headers()
        self.wfile.write(body)
