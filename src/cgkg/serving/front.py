"""What answers every request: queries straight from the pool, pages in threads, and the state.

Queries take a lean way: the protocol's plain functions, the cache, the pool. Everything else, and
a query whose answer is to be a page, is the Flask application's.
"""

from __future__ import annotations

import itertools
import logging
import os
import re
import time
from functools import lru_cache
from hashlib import blake2b

from cgkg.errors import CgkgError, PoolBusyError
from cgkg.query.exchange import asked, prefers_page, reply
from cgkg.query.problem import MAY_BE_REPEATED, RETRY_AFTER, Problem, problem_of, written_problem
from cgkg.query.protocol import HttpRequest, QueryAnswer, QueryRequest
from cgkg.serving.http1 import Request, Response
from cgkg.serving.live import Deployment, Live
from cgkg.serving.log import AccessLog
from cgkg.serving.metrics import CONTENT_TYPE, Metrics, Tally
from cgkg.serving.wsgi import Wsgi

_LOG = logging.getLogger(__name__)
_QUERY = b"/sparql"
_REMEMBERED = 8192  # bytes: larger requests are read anew each time
_PAGES_WAITING = 128
_REQUEST_ID = re.compile(r"[\w.:-]{1,64}$", re.ASCII)
# For what is no page: nothing in it may be run or shown as one.
_NO_PAGE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)


class Front:
    """The application of all connections."""

    def __init__(
        self, live: Live, wsgi: Wsgi, log: AccessLog, metrics: Metrics, tally: Tally
    ) -> None:
        self._live, self._wsgi, self._log = live, wsgi, log
        self._metrics, self._tally = metrics, tally
        self._read = lru_cache(maxsize=1024)(asked)
        self._prefers_page = lru_cache(maxsize=256)(prefers_page)
        self._ids = (f"{os.urandom(4).hex()}-{n:x}" for n in itertools.count())
        self.draining = False

    # http1.Application

    def at_once(self, request: Request) -> Response | None:
        """A cached answer, an error that needs no evaluation, or what the server itself knows."""
        started = time.perf_counter()
        if request.path == _QUERY:
            return self._query_at_once(request, started)
        if request.path in _STATE and request.method in ("GET", "HEAD"):
            response = _STATE[request.path](self)
            return self._done(request, response, started, route="state")
        return None

    async def answer(self, request: Request) -> Response:
        """The response to anything else; errors are responses too."""
        started = time.perf_counter()
        route = "page"
        try:
            if isinstance(request.meant, QueryRequest):
                route = "query"
                response = await self._queried(request, request.meant)
            else:
                response = await self._page(request)
        except CgkgError as error:
            response = _problem(problem_of(error))
            if isinstance(error, MAY_BE_REPEATED):
                response.headers = (*response.headers, ("Retry-After", str(RETRY_AFTER)))
        except Exception:
            # What went wrong inside is for the log; it may name files and says nothing to a reader.
            _LOG.exception("unexpected error at %r", request.path)
            response = _problem(
                Problem(500, "internal", "an error in the server, which has logged it")
            )
        return self._done(request, response, started, route)

    def refuse(self, status: int, detail: str, peer: str) -> Response:
        """The response to what is no request."""
        response = _problem(Problem(status, "http", detail))
        self._tally.add("refused", status, 0.0, len(response.body))
        if self._log.on:
            self._log.note(peer=peer, method="-", path="-", status=status, bytes=0, ms=0)
        return response

    # Queries

    def _query_at_once(self, request: Request, started: float) -> Response | None:
        try:
            query = request.meant = self._query_of(request)
            if query is None or query.version is not None:
                return None
            deployment = self._live.current
            held = deployment.cache.get(query)
        except CgkgError as error:
            return self._done(request, _problem(problem_of(error)), started, route="query")
        if held is None:
            return None
        response = _answered(request, deployment, held, pinned=False)
        return self._done(request, response, started, route="query")

    def _query_of(self, request: Request) -> QueryRequest | None:
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
        )
        if "html" in (http.accept or "") and self._prefers_page(http.accept, http.query_string):
            return None
        if len(http.body) + len(http.query_string) > _REMEMBERED:
            return asked(http)
        return self._read(http)

    async def _queried(self, request: Request, query: QueryRequest) -> Response:
        deployment = await self._live.at(query.version)
        deployment.begin()
        try:
            # For the current generation the cache was asked at once.
            ask = deployment.evaluate if query.version is None else deployment.run
            answer = await ask(query)
        finally:
            deployment.end()
        return _answered(request, deployment, answer, pinned=query.version is not None)

    # Pages

    async def _page(self, request: Request) -> Response:
        if self._wsgi.under_way >= _PAGES_WAITING:
            raise PoolBusyError(
                f"{_PAGES_WAITING} pages are waiting already", hint="try again in a moment"
            )
        deployment = self._live.current
        deployment.begin()
        try:
            return await self._wsgi.answer(deployment.pages, request)
        finally:
            deployment.end()

    # The server's state

    def health(self) -> Response:
        """That the server lives."""
        return _text("ok\n")

    def ready(self) -> Response:
        """Whether a query would be answered."""
        if self.draining:
            return _text("draining\n", 503)
        if len(self._live.current.pool.pids) < 2:
            return _text("no query process\n", 503)
        return _text("ready\n")

    def metrics(self) -> Response:
        """All counts."""
        return Response(200, [("Content-Type", CONTENT_TYPE), *_UNSTORED], self._metrics.written())

    # Notes

    def _done(self, request: Request, response: Response, started: float, route: str) -> Response:
        """The response with its request id, after it is counted and logged."""
        seconds = time.perf_counter() - started
        given = request.headers.get("x-request-id", "")
        number = given if _REQUEST_ID.match(given) else next(self._ids)
        response.headers = (*response.headers, ("X-Request-Id", number))
        self._tally.add(route, response.status, seconds, len(response.body))
        if self._log.on:
            self._log.note(
                peer=self._wsgi.peer(request),
                method=request.method,
                path=request.path.decode("latin-1"),
                status=response.status,
                bytes=len(response.body),
                ms=round(seconds * 1000, 2),
                id=number,
                route=route,
                query=_name(request) if route == "query" else None,
                generation=self._live.current.generation.id if route == "query" else None,
            )
        return response


_UNSTORED = (("Cache-Control", "no-store"), *_NO_PAGE)
_STATE = {b"/health": Front.health, b"/ready": Front.ready, b"/metrics": Front.metrics}


def _asks(request: Request) -> bool:
    """Whether the request asks a query, rightly or wrongly, and not for the service itself."""
    if request.method == "POST":
        return True
    return request.method in ("GET", "HEAD") and (
        b"query=" in request.query or b"update=" in request.query
    )


def _answered(
    request: Request, deployment: Deployment, answer: QueryAnswer, *, pinned: bool
) -> Response:
    safe = request.method in ("GET", "HEAD")
    condition = request.headers.get("if-none-match") if safe else None
    found = reply(answer, deployment.generation.id, if_none_match=condition, pinned=pinned)
    return Response(found.status, (*found.headers, *_NO_PAGE), found.body)


def _problem(problem: Problem) -> Response:
    kind, body = written_problem(problem)
    headers = [
        ("Content-Type", kind),
        ("Access-Control-Allow-Origin", "*"),
        ("Vary", "Accept"),
        *_UNSTORED,
    ]
    return Response(problem.status, headers, body)


def _text(text: str, status: int = 200) -> Response:
    headers = [("Content-Type", "text/plain; charset=utf-8"), *_UNSTORED]
    return Response(status, headers, text.encode())


def _name(request: Request) -> str:
    """A query's name in the log: how long it is, and a digest to find equal ones."""
    content = request.query + request.body
    return f"{len(content)}-{blake2b(content, digest_size=6).hexdigest()}"
