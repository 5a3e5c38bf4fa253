"""One SPARQL endpoint: queries to it, whole answers from it, and what is known of its maker.

What an engine may get wrong in an answer is noticed or put right here: an answer that it cut, names
of blank nodes that are none, media types that are not those of the specifications.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from cgkg.errors import EndpointError, QueryError
from cgkg.formats import Format
from cgkg.remote.client import LOGIN, Call, Client, said
from cgkg.remote.exchange import HttpAnswer
from cgkg.store.graph import read_results
from cgkg.store.reader import Row

_JSON = Format.JSON.media_type
# Of Virtuoso: sent where its limits of rows or time cut the answer.
_MAX_ROWS, _STATE = "x-sparql-maxrows", "x-sql-state"
_TRUTH = "__ASK_RETVAL"  # its variable for what ASK gives, if a comment comes before that
_NODE = re.compile(r"\W")
_FORM = "application/x-www-form-urlencoded"
_NO_ENDPOINT = (
    "see whether this is the address for queries of a dataset, as …/query or …/sparql, and not a"
    " page about it"
)


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes of each answer of an engine."""

    seconds: float = 600.0
    bytes: int = 1 << 30


@dataclass
class Engine:
    """An endpoint of SPARQL 1.1; any thread may ask.

    Attributes:
        client: makes the requests.
        url: the endpoint for queries.
        limits: of an answer.
        maker: what the last response said in the header Server.
        call: what the requests are part of.
    """

    client: Client
    url: str
    limits: Limits = field(default_factory=Limits)
    maker: str = ""
    call: Call | None = None

    def select(self, query: str) -> list[Row]:
        """The rows of a SELECT query as it is written; raises as `results`."""
        solutions = self.results(query)
        names = [variable.value for variable in solutions.variables]
        try:
            return [
                {name: row[name] for name in names if row[name] is not None} for row in solutions
            ]
        except SyntaxError as error:
            failure = self.broken(error)
        del solutions  # which the traceback would keep, and another thread must not drop
        raise failure

    def count(self, query: str) -> int:
        """The number `?n` of a query's one row; raises as `results`."""
        return int(self.select(query)[0]["n"].value)

    def results(self, query: str, dataset: Sequence[tuple[str, str]] = ()) -> Any:
        """The solutions or the boolean of a query, as `Graph.query` gives them.

        Args:
            query: a SELECT or ASK query.
            dataset: more parameters, as of SPARQL 1.1 Protocol §2.1.4.

        Raises:
            QueryError: the engine refuses the query.
            EndpointError: it fails, or its answer is not whole.
            EndpointTimeoutError, QueryLostError: as `Client.send`.
        """
        answer = self._ask(query, dataset)
        body = bytes(answer.body)
        if answer.media_type not in (_JSON, "application/json"):
            raise self._wrong(answer)
        try:
            if b"nodeID:" in body:
                body = _rename_nodes(body)
            if _TRUTH.encode() in body:
                body = _as_boolean(body)
            return read_results(body)
        except (SyntaxError, ValueError) as error:
            raise self.broken(error) from None

    def broken(self, error: Exception) -> EndpointError:
        """The error for an answer that cannot be read."""
        return EndpointError(
            f"<{self.url}> answers with what cannot be read: {error}",
            hint="the engine may have stopped in the middle of it: its log may say why",
        )

    def _wrong(self, answer: HttpAnswer) -> EndpointError:
        kind = answer.media_type or "no format"
        return EndpointError(
            f"<{self.url}> answers in {kind!r}, which was not asked for: {said(answer)}",
            hint=_NO_ENDPOINT,
        )

    def _ask(self, query: str, dataset: Sequence[tuple[str, str]]) -> HttpAnswer:
        """A response of status 200, of which nothing was cut (SPARQL 1.1 Protocol §2.1.2)."""
        answer = self.client.send(
            "POST",
            self.url,
            body=urlencode([("query", query), *dataset]).encode(),
            headers=[("Accept", _JSON), ("Content-Type", _FORM)],
            seconds=self.limits.seconds,
            max_bytes=self.limits.bytes,
            safe=True,
            call=self.call,
        )
        self.maker = answer.header("server") or self.maker
        if answer.status == 400:
            raise QueryError(f"the engine cannot evaluate the query: {said(answer)}")
        if answer.status != 200:
            raise EndpointError(
                f"<{self.url}> answers with status {answer.status}: {said(answer)}",
                hint=hint_of(answer.status),
            )
        if answer.header(_STATE):
            raise EndpointError(
                f"<{self.url}> stopped before its answer was whole: {answer.header(_STATE)}",
                hint="ask for less, or let whoever runs the engine raise its limits",
            )
        if answer.header(_MAX_ROWS):
            raise EndpointError(
                f"<{self.url}> cuts its answers after {answer.header(_MAX_ROWS)} rows",
                hint="ask for less, or let whoever runs the engine raise its limit, in Virtuoso"
                " ResultSetMaxRows",
            )
        return answer


def hint_of(status: int) -> str:
    """What to do about a status of an engine that is none of success."""
    if status in (401, 403):
        return f"give a login in the variable {LOGIN}, as name:password, that may do this there"
    if status in (404, 405, 410, 415):
        return _NO_ENDPOINT
    if status in (408, 429, 503, 504):
        return "ask again later, or for less"
    return "the engine's log may say more"


def _rename_nodes(body: bytes) -> bytes:
    """JSON results in which the names of blank nodes are labels."""
    content = json.loads(body)
    for row in content.get("results", {}).get("bindings", ()):
        for term in row.values():
            if term.get("type") == "bnode":
                term["value"] = "b" + _NODE.sub("", str(term["value"]).removeprefix("nodeID:"))
    return json.dumps(content).encode()


def _as_boolean(body: bytes) -> bytes:
    """A boolean, of what a row says of it; any other answer as it is."""
    content = json.loads(body)
    rows = content.get("results", {}).get("bindings", ())
    if content.get("head", {}).get("vars") != [_TRUTH] or len(rows) > 1:
        return body
    true = any(row[_TRUTH]["value"] in ("1", "true") for row in rows)
    return json.dumps({"head": {}, "boolean": true}).encode()


@dataclass(frozen=True)
class Doors:
    """Where else an engine takes data; empty where it does not, as far as is known.

    Attributes:
        update: the address for SPARQL 1.1 Update.
        store: that of the Graph Store Protocol.
        quads: whether the store takes N-Quads for all graphs at once, which that does not say.
    """

    update: str = ""
    store: str = ""
    quads: bool = False


def doors_of(url: str, maker: str) -> Iterator[Doors]:
    """What may be the other addresses of an endpoint, the likeliest first.

    Args:
        url: the endpoint for queries.
        maker: what its responses say in the header Server; may be empty.
    """

    def beside(*names: str) -> str:
        parts = urlsplit(url)
        folder = parts.path.rstrip("/").rpartition("/")[0]
        return urlunsplit((parts.scheme, parts.netloc, "/".join((folder, *names)), "", ""))

    here = url.rstrip("/")
    if "virtuoso" in maker.lower():
        yield Doors(beside("sparql-auth"), beside("sparql-graph-crud-auth"))
        yield Doors(here, beside("sparql-graph-crud"))
        return
    if urlsplit(url).path.rpartition("/")[0].endswith("/repositories"):  # RDF4J, GraphDB
        yield Doors(f"{here}/statements", f"{here}/statements", quads=True)
        return
    yield Doors(beside("update"), beside("store"), quads=True)  # Oxigraph
    yield Doors(beside("update"), beside("data"), quads=True)  # Fuseki
    yield Doors(here, "")
