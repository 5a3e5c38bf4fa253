"""Who is tested, and how a case is judged.

`Bare` is the engine alone, `InProcess` what a query process does with a request, `Served` the real
server over HTTP with the data loaded from a file. All are judged by the same rules.
"""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pyoxigraph as ox
import servers
from sparql_cases import (
    ACCEPTED,
    EVALUATION,
    REJECTED,
    UPDATE_SYNTAX,
    Case,
    with_base,
)
from sparql_results import expected, given, media_type

from cgkg.errors import CgkgError, QueryRefusedError, QuerySyntaxError
from cgkg.rdf.terms import DefaultGraph, Quad, parts
from cgkg.reasoning import close
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryRequest
from cgkg.store.graph import Graph

PASSED, FAILED, NOT_APPLICABLE = "passed", "failed", "not applicable"
_SECONDS = 60.0


@dataclass(frozen=True)
class Verdict:
    """How a case ended; `why` gives the reason of all but a pass."""

    status: str
    why: str = ""


class RejectedError(Exception):
    """The query was not answered: `kind` is "syntax", "refused" or "other"."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


class Engine(Protocol):
    """Something that answers queries about a dataset."""

    def ask(self, query: str, base: str, media: str) -> tuple[bytes, str]:
        """The body of the answer and its media type; RejectedError if there is none."""

    def update(self, update: str) -> None:
        """Do an update; RejectedError if it is not done."""


@dataclass
class Bare:
    """pyoxigraph itself, with nothing of ours."""

    quads: Iterable[Quad]

    def __post_init__(self) -> None:
        self._store = ox.Store()
        self._store.bulk_extend(self.quads)

    def ask(self, query: str, base: str, media: str) -> tuple[bytes, str]:
        try:
            result = self._store.query(query, base_iri=base)
            if isinstance(result, ox.QueryTriples):
                return ox.serialize(
                    result, format=ox.RdfFormat.from_media_type(media)
                ) or b"", media
            form = ox.QueryResultsFormat.from_media_type(media)
            return result.serialize(format=form) or b"", media
        except SyntaxError as error:
            raise RejectedError("syntax", str(error)) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise RejectedError("other", str(error)) from None

    def update(self, update: str) -> None:
        """Not asked: updates are none of its tests here."""


@dataclass
class InProcess:
    """The evaluation of a query process, in this one."""

    quads: Iterable[Quad]

    def __post_init__(self) -> None:
        graph = Graph.of(self.quads)
        self._evaluator = Evaluator(graph, graph, max_bytes=1 << 24)

    def ask(self, query: str, base: str, media: str) -> tuple[bytes, str]:
        request = QueryRequest(with_base(query, base), results_as=media, graph_as=media)
        try:
            answer = self._evaluator.answer(request)
        except QuerySyntaxError as error:
            raise RejectedError("syntax", str(error)) from None
        except QueryRefusedError as error:
            raise RejectedError("refused", str(error)) from None
        except CgkgError as error:
            raise RejectedError("other", str(error)) from None
        return answer.body, answer.media_type

    def update(self, update: str) -> None:
        """Nothing here takes updates; sent as a query one is never answered."""
        self.ask(update, "http://test.invalid/", "text/turtle")


@dataclass(frozen=True)
class Reply:
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def media(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip()


@dataclass
class Served:
    """The server at an address."""

    address: str

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """One request as it is written here, and its reply."""
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=_SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            found = {name.lower(): value for name, value in reply.getheaders()}
            return Reply(reply.status, found, reply.read())

    def ask(self, query: str, base: str, media: str) -> tuple[bytes, str]:
        headers = {"Content-Type": "application/sparql-query", "Accept": media}
        reply = self.send("POST", "/sparql", with_base(query, base).encode(), headers)
        if reply.status == 200:
            return reply.body, reply.media
        raise _rejected(reply)

    def update(self, update: str) -> None:
        headers = {"Content-Type": "application/sparql-update"}
        reply = self.send("POST", "/sparql", update.encode(), headers)
        if not 200 <= reply.status < 300:
            raise _rejected(reply)


def _rejected(reply: Reply) -> RejectedError:
    """The error that a problem document tells; one of the server's own is never expected."""
    assert reply.status < 500, (reply.status, reply.body[:300])
    problem = json.loads(reply.body)
    code = problem["type"].rpartition(":")[2]
    kind = {"query-syntax": "syntax", "query-refused": "refused"}.get(code, "other")
    return RejectedError(kind, problem["detail"])


@contextlib.contextmanager
def serving(quads: Iterable[Quad], folder: Path, *, port: int = 0) -> Iterator[Served]:
    """The server over a bare folder with one file that holds these quads."""
    folder.mkdir(parents=True)
    (folder / "data.nq").write_bytes(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")
    with servers.serving(folder, "--port", port, "--workers", 1) as server:
        yield Served(server.url)


def not_applicable(case: Case) -> str:
    """Why a case is not for this endpoint; empty if it is."""
    if case.kind == "UpdateEvaluationTest":
        return "the endpoint is read-only"
    if case.suite in ("sparql11/service", "sparql11/syntax-fed"):
        but = (
            ", all but the one whose endpoint is a variable" if case.suite[9:] == "service" else ""
        )
        where = "`tests/conformance/test_service.py`"
        return f"SERVICE is refused unless the endpoint is allowed; in {where} it is{but}"
    if case.suite == "sparql11/http-rdf-update":
        return "deprecated, and not machine-readable; graph-store-protocol has these tests"
    if case.suite == "sparql11/entailment":
        return _other_entailment(case)
    return ""


def _other_entailment(case: Case) -> str:
    """The endpoint entails what OWL 2 RL gives under the RDF-Based Semantics, and no more."""
    if "OWL-RDF-Based" not in case.regimes:
        return f"of another entailment regime ({', '.join(sorted(case.regimes)) or 'none named'})"
    if "RL" not in case.profiles:
        return f"its data is not in OWL 2 RL ({', '.join(sorted(case.profiles)) or 'no profile'})"
    return ""


def dataset_of(case: Case) -> list[Quad]:
    """The quads to serve: for a case of entailment with what the reasoner infers from them."""
    if case.suite != "sparql11/entailment":
        return case.dataset
    closure = close([quad.triple for quad in case.dataset], [], include_schema=True)
    return [*case.dataset, *(Quad(*parts(triple), DefaultGraph()) for triple in closure.inferred)]


def judge(case: Case, engine: Engine) -> Verdict:
    """Whether the engine does with the case what the suite demands."""
    reason = not_applicable(case)
    if reason:
        return Verdict(NOT_APPLICABLE, reason)
    if case.kind in EVALUATION:
        return _evaluated(case, engine)
    if case.kind in UPDATE_SYNTAX or case.is_update:
        return _refused(case, engine)
    assert case.kind in ACCEPTED | REJECTED, case.kind
    return _read(case, engine)


def _evaluated(case: Case, engine: Engine) -> Verdict:
    try:
        body, media = engine.ask(case.query, case.base, media_type(case))
    except RejectedError as error:
        return Verdict(FAILED, str(error))
    if media != media_type(case):
        return Verdict(FAILED, f"answered as {media}")
    same = expected(case).same(given(body, media))
    return Verdict(PASSED) if same else Verdict(FAILED, "another answer than expected")


def _read(case: Case, engine: Engine) -> Verdict:
    """A query of the syntax tests; that it calls a function nobody knows is no syntax error."""
    try:
        engine.ask(case.query, case.base, media_type(case))
        kind = "read"
    except RejectedError as error:
        kind = "read" if error.kind == "other" else error.kind
    wanted = "read" if case.kind in ACCEPTED else "syntax"
    return Verdict(PASSED) if kind == wanted else Verdict(FAILED, kind)


def _refused(case: Case, engine: Engine) -> Verdict:
    """An update, rightly written or not: the read-only endpoint must refuse it."""
    if isinstance(engine, Bare):
        return Verdict(NOT_APPLICABLE, "an update")
    try:
        engine.update(case.query)
    except RejectedError:
        return Verdict(PASSED)
    return Verdict(FAILED, "the update was answered")
