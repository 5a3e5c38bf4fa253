"""What answers every request: queries straight from the pool, pages in threads, and the state.

Queries take a lean way: the protocol's plain functions, the cache, the pool. Everything else, and
a query whose answer is to be a page, is the Flask application's.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import logging
import os
import re
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

from cgkg.errors import CgkgError, PoolBusyError
from cgkg.http.cross_origin import EXPOSED
from cgkg.http.negotiation import prefers_html
from cgkg.http.problems import (
    MAY_BE_REPEATED,
    PROBLEM,
    RETRY_AFTER,
    ProblemDetails,
    describe_error,
    write_page,
    write_problem,
)
from cgkg.http.requests import HttpRequest
from cgkg.http.validators import fails
from cgkg.serving.deployments import Deployment, Deployments
from cgkg.serving.log import AccessLog
from cgkg.serving.messages import Request, Response, Send
from cgkg.serving.metrics import CONTENT_TYPE, Metrics, RequestCounts
from cgkg.serving.wsgi import WsgiRunner
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.sparql.reply import prefers_page, read_query, reply
from cgkg.workers.jobs import Outcome

_LOG = logging.getLogger(__name__)
_QUERY = (b"/sparql", b"/sparql/")  # not redirected: few clients send a POST again
_REMEMBERED = 2048  # bytes: larger requests are read anew each time
_PAGES_WAITING = 128
_ASKING = re.compile(rb"(?:^|&)(?:query|update)=")
_CLIENT_LEFT = 499  # in log and counts, as nginx calls a request whose client left
_REQUEST_ID = re.compile(r"[\w.:-]{1,64}$", re.ASCII)
# For what is no page: nothing in it may be run or shown as one.
_NO_PAGE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)


@dataclass(slots=True)
class _PendingRequest:
    """A request that is not answered yet.

    Attributes:
        request: the request.
        send: called with its response.
        started: when it came, on the clock of `time.perf_counter`.
        route: what it is counted as.
        generation: the id of the generation that it asks.
    """

    request: Request
    send: Send
    started: float
    route: str = "page"
    generation: str | None = None


class Dispatcher:
    """The application of all connections; called from the event loop, and nothing blocks that."""

    def __init__(
        self,
        deployments: Deployments,
        wsgi: WsgiRunner,
        log: AccessLog,
        metrics: Metrics,
        counts: RequestCounts,
    ) -> None:
        self._deployments, self._wsgi, self._log = deployments, wsgi, log
        self._metrics, self._counts = metrics, counts
        self._read_query = lru_cache(maxsize=4096)(_read_query)
        start = os.urandom(4).hex()
        self._ids = (f"{start}-{number:x}" for number in itertools.count())
        self.draining = False

    # http1.Application

    def answer(self, request: Request, send: Send) -> Callable[[], object] | None:
        """Send the response now, if nothing has to be waited for, or later; errors are responses
        too.

        Args:
            request: the request.
            send: called once with the response.

        Returns:
            What stops the work, to be called if the client leaves before; None if all is done.
        """
        pending = _PendingRequest(request, send, time.perf_counter())
        try:
            if request.path in _QUERY:
                query = self._query_in(request)
                if query is not None:
                    pending.route = "query"
                    return self._answer_query(pending, query)
            if request.path in _STATE and request.method in ("GET", "HEAD"):
                pending.route = "state"
                self._finish(pending, _STATE[request.path](self))
                return None
        except CgkgError as error:
            pending.route = "query"
            self._finish(pending, _respond_with_error(error))
            return None
        return self._run_as_task(pending, self._answer_page(request))

    def _run_as_task(
        self, pending: _PendingRequest, work: Coroutine[Any, Any, Response]
    ) -> Callable[[], object]:
        async def respond() -> None:
            try:
                response = await work
            except CgkgError as error:
                response = _respond_with_error(error)
            except Exception:
                response = _respond_to_unexpected(pending.request)
            self._finish(pending, response)

        task = asyncio.get_running_loop().create_task(respond())
        return functools.partial(self._abandon, pending, task.cancel)

    def refuse(self, status: int, detail: str, peer: str, accept: str | None) -> Response:
        """The response to what is no request; the arguments are as in `Application.refuse`."""
        page = prefers_html(accept, (PROBLEM, "application/json"))
        response = _respond_with_problem(ProblemDetails(status, "http", detail), page=page)
        number = next(self._ids)
        response.headers = (*response.headers, ("X-Request-Id", number))
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers = (*response.headers, ("Retry-After", str(RETRY_AFTER)))
        self._counts.add("refused", status, 0.0, len(response.body))
        if self._log.on:
            size = len(response.body)
            self._log.note(
                peer=peer, method="-", path="-", status=status, bytes=size, ms=0, id=number
            )
        return response

    # Queries

    def _answer_query(
        self, pending: _PendingRequest, query: QueryRequest
    ) -> Callable[[], object] | None:
        deployment = self._deployments.current
        proves = query.evidence and (deployment.add_grounds or deployment.making) is not None
        if query.version is not None or proves or deployment.federation.may_ask(query):
            return self._run_as_task(pending, self._answer_in_steps(pending, query))
        pending.generation = deployment.generation.id
        answer = deployment.cache.get(query)
        if answer is not None:
            self._finish(pending, _respond_with_answer(pending.request, deployment, answer))
            return None
        job = deployment.submit(query, functools.partial(self._finish_query, pending, deployment))
        stop = functools.partial(deployment.pool.cancel, job)
        return functools.partial(self._abandon, pending, stop)

    def _finish_query(
        self, pending: _PendingRequest, deployment: Deployment, outcome: Outcome
    ) -> None:
        try:
            if isinstance(outcome, CgkgError):
                response = _respond_with_error(outcome)
            else:
                response = _respond_with_answer(pending.request, deployment, outcome)
        except Exception:
            response = _respond_to_unexpected(pending.request)
        self._finish(pending, response)

    async def _answer_in_steps(self, pending: _PendingRequest, query: QueryRequest) -> Response:
        """The response to a query that names its generation or other endpoints, or asks for
        evidence."""
        deployment = await self._deployments.get(query.version)
        pending.generation = deployment.generation.id
        with deployment.hold():
            answer = await deployment.run(query)
        return _respond_with_answer(
            pending.request, deployment, answer, pinned=query.version is not None
        )

    def _query_in(self, request: Request) -> QueryRequest | None:
        """The query that the request asks; None if it is for the pages.

        Raises:
            QueryError, NotAcceptableError: as `read_request`.
        """
        if not _asks(request):
            return None
        header = request.headers.get
        http = HttpRequest(
            request.method,
            request.query,
            header("content-type"),
            request.body,
            header("accept"),
            header("accept-encoding"),
            header("content-encoding"),
        )
        # Not what a client may invent without end: headers count as well as the query.
        remembered = sum(map(len, filter(None, http))) <= _REMEMBERED
        return (self._read_query if remembered else _read_query)(http)

    # Pages

    async def _answer_page(self, request: Request) -> Response:
        if self._wsgi.under_way >= _PAGES_WAITING:
            raise PoolBusyError(
                f"{_PAGES_WAITING} pages are waiting already", hint="try again in a moment"
            )
        deployment = self._deployments.current
        with deployment.hold():
            await deployment.made()
            return await self._wsgi.answer(deployment.pages, request)

    # The server's state

    def health(self) -> Response:
        """The response that says that the server lives."""
        return _respond_with_text("ok\n")

    def ready(self) -> Response:
        """The response that says whether a query would be answered: 200 or 503."""
        if self.draining:
            return _respond_with_text("draining\n", 503)
        if not self._deployments.current.pool.ready:
            return _respond_with_text("no query process\n", 503)
        return _respond_with_text("ready\n")

    def metrics(self) -> Response:
        """The response with all counts."""
        return Response(200, [("Content-Type", CONTENT_TYPE), *_UNSTORED], self._metrics.write())

    # Notes

    def _finish(self, pending: _PendingRequest, response: Response) -> None:
        """Send the response with its request id, after it is counted and logged."""
        request = pending.request
        if "if-match" in request.headers and _is_not_wanted(request, response):
            problem = ProblemDetails(412, "http", "it is none of those that If-Match names")
            response = _respond_with_problem(problem)
        seconds = time.perf_counter() - pending.started
        given = request.headers.get("x-request-id")
        number = given if given and _REQUEST_ID.match(given) else next(self._ids)
        response.headers = (*response.headers, ("X-Request-Id", number))
        self._counts.add(pending.route, response.status, seconds, len(response.body))
        if self._log.on:
            self._note(pending, response, seconds, number)
        pending.send(response)

    def _abandon(self, pending: _PendingRequest, stop: Callable[[], object]) -> None:
        """Stop the work for a client that has left, and note that there was one."""
        stop()
        pending.send = lambda response: None
        self._finish(pending, Response(_CLIENT_LEFT, ()))

    def _note(
        self, pending: _PendingRequest, response: Response, seconds: float, number: str
    ) -> None:
        request = pending.request
        query = pending.route == "query"
        self._log.note(
            peer=self._wsgi.peer(request),
            method=request.method,
            path=request.path.decode("latin-1"),
            status=response.status,
            bytes=len(response.body),
            ms=round(seconds * 1000, 2),
            id=number,
            route=pending.route,
            query=_name_query(request) if query else None,
            generation=pending.generation,
        )


_UNSTORED = (("Cache-Control", "no-store"), *_NO_PAGE)
_STATE = {
    b"/health": Dispatcher.health,
    b"/ready": Dispatcher.ready,
    b"/metrics": Dispatcher.metrics,
}


def _read_query(http: HttpRequest) -> QueryRequest | None:
    """As `read_query`; None if a page is asked for."""
    may_be_page = "html" in (http.accept or "") or b"html" in http.query_string
    if may_be_page and prefers_page(http.accept, http.query_string):
        return None
    return read_query(http)


def _asks(request: Request) -> bool:
    """Whether the request asks a query, rightly or wrongly, and not for the service itself."""
    if request.method == "POST":
        return True
    return request.method in ("GET", "HEAD") and _ASKING.search(request.query) is not None


def _respond_with_answer(
    request: Request, deployment: Deployment, answer: QueryAnswer, *, pinned: bool = False
) -> Response:
    safe = request.method in ("GET", "HEAD")
    condition = request.headers.get("if-none-match") if safe else None
    response = reply(answer, deployment.generation.id, if_none_match=condition, pinned=pinned)
    return Response(response.status, (*response.headers, *_NO_PAGE), response.body)


def _is_not_wanted(request: Request, response: Response) -> bool:
    """Whether the client wants another representation or none; a 304 is one, too, since If-Match
    is looked at first (RFC 9110 §13.2.2)."""
    if request.method not in ("GET", "HEAD") or response.status not in (200, 304):
        return False
    tags = (value for name, value in response.headers if name.lower() == "etag")
    return fails(request.headers["if-match"], next(tags, None))


def _respond_with_error(error: CgkgError) -> Response:
    response = _respond_with_problem(describe_error(error))
    if isinstance(error, MAY_BE_REPEATED):
        response.headers = (*response.headers, ("Retry-After", str(RETRY_AFTER)))
    return response


def _respond_to_unexpected(request: Request) -> Response:
    # What went wrong inside is for the log; it may name files and says nothing to a reader.
    _LOG.exception("unexpected error at %r", request.path)
    return _respond_with_problem(
        ProblemDetails(500, "internal", "an error in the server, which has logged it")
    )


def _respond_with_problem(problem: ProblemDetails, *, page: bool = False) -> Response:
    kind, body = (write_page if page else write_problem)(problem)
    headers = [
        ("Content-Type", kind),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", EXPOSED),
        ("Vary", "Accept"),
        *_UNSTORED,
    ]
    return Response(problem.status, headers, body)


def _respond_with_text(text: str, status: int = 200) -> Response:
    headers = [("Content-Type", "text/plain; charset=utf-8"), *_UNSTORED]
    return Response(status, headers, text.encode())


def _name_query(request: Request) -> str:
    """A query's name in the log: how long it is, and a digest to find equal ones."""
    content = request.query + request.body
    return f"{len(content)}-{blake2b(content, digest_size=6).hexdigest()}"
