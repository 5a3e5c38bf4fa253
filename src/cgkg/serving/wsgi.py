"""The pages' WSGI application behind an event loop: each request in a thread (PEP 3333)."""

from __future__ import annotations

import asyncio
import io
import re
import sys
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote_to_bytes

from cgkg.errors import QueryLostError
from cgkg.query.exchange import best_coding
from cgkg.query.protocol import QueryAnswer, QueryRequest
from cgkg.query.writing import CODINGS, WORTH_COMPRESSING, compressed
from cgkg.serving.http1 import Request, Response
from cgkg.serving.proxy import Proxies

# The queries that the request of this thread waits for, to be stopped when its client leaves.
_QUERIES: ContextVar[list[Future[QueryAnswer]]] = ContextVar("queries")
_TEXT = re.compile(
    r"text/|application/([\w.-]+\+)?(json|xml)|application/n-|application/trig|image/svg"
)
_CODED = re.compile(f'-(?:{"|".join(CODINGS)})"')
_HOP_BY_HOP = frozenset(("connection", "keep-alive", "transfer-encoding", "content-length"))


class LoopPool:
    """A pool of the event loop as the pages' threads use it."""

    def __init__(
        self,
        run: Callable[[QueryRequest], Coroutine[Any, Any, QueryAnswer]],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._run, self._loop = run, loop

    def run(self, request: QueryRequest) -> QueryAnswer:
        """The whole answer; raises as `Pool.run`."""
        asked = asyncio.run_coroutine_threadsafe(self._run(request), self._loop)
        _QUERIES.get([]).append(asked)
        try:
            return asked.result()
        except CancelledError:
            raise QueryLostError("the client has left") from None


class Wsgi:
    """Runs WSGI applications in a few threads; a response is whole before it is sent."""

    def __init__(self, *, threads: int, port: int, proxies: Proxies) -> None:
        self._threads = ThreadPoolExecutor(threads, "page")
        self._port, self._proxies = port, proxies
        self.under_way = 0

    async def answer(self, application: Any, request: Request) -> Response:
        """The application's response; a query it waits for is stopped if this is cancelled."""
        queries: list[Future[QueryAnswer]] = []
        environ = self._environ(request)
        self.under_way += 1
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._threads, _called, application, environ, queries)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            for query in queries:
                query.cancel()
            running.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise
        finally:
            self.under_way -= 1

    def peer(self, request: Request) -> str:
        """The client's own address, also behind a proxy."""
        return self._proxies.origin(request).peer

    def _environ(self, request: Request) -> dict[str, Any]:
        origin = self._proxies.origin(request)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": origin.prefix,
            "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
            "QUERY_STRING": request.query.decode("latin-1"),
            "REQUEST_URI": request.target.decode("latin-1"),
            "SERVER_NAME": origin.host.partition(":")[0] or "localhost",
            "SERVER_PORT": str(self._port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": origin.peer,
            "CONTENT_LENGTH": str(len(request.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": origin.scheme,
            "wsgi.input": io.BytesIO(request.body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in request.headers.items():
            if name == "if-none-match":
                # The application does not know of the codings that are added here.
                value = _CODED.sub('"', value)
            if name == "content-type":
                environ["CONTENT_TYPE"] = value
            elif name not in _HOP_BY_HOP and "_" not in name:
                environ["HTTP_" + name.upper().replace("-", "_")] = value
        if origin.host:
            environ["HTTP_HOST"] = origin.host
        return environ

    def close(self) -> None:
        """Let no request begin any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _called(
    application: Any, environ: dict[str, Any], queries: list[Future[QueryAnswer]]
) -> Response:
    _QUERIES.set(queries)
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], error: object = None
    ) -> Callable[[bytes], object]:
        started[:] = [(status, headers)]
        return written.append

    written: list[bytes] = []
    parts: Iterable[bytes] = application(environ, start_response)
    try:
        written.extend(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    status, headers = started[0]
    kept = [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]
    body = b"".join(written)
    if int(status.split(" ", 1)[0]) == 200:
        body = _compressed(environ.get("HTTP_ACCEPT_ENCODING"), kept, body)
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    left_out = environ["REQUEST_METHOD"] == "HEAD" and not body and lengths
    length = int(lengths[0]) if left_out else None
    return Response(int(status.split(" ", 1)[0]), kept, body, length)


def _compressed(wish: str | None, headers: list[tuple[str, str]], body: bytes) -> bytes:
    """The body in the coding the client likes, if that is worth it; the headers then say so."""
    names = {name.lower(): value for name, value in headers}
    coding = best_coding(wish)
    if not _TEXT.match(names.get("content-type", "")) or "content-encoding" in names:
        return body
    _set(headers, "Vary", ", ".join(filter(None, (names.get("vary"), "Accept-Encoding"))))
    if coding is None or len(body) < WORTH_COMPRESSING:
        return body
    _set(headers, "Content-Encoding", coding)
    if "etag" in names:
        _set(headers, "ETag", f'{names["etag"][:-1]}-{coding}"')
    return compressed(body, coding)


def _set(headers: list[tuple[str, str]], name: str, value: str) -> None:
    headers[:] = [each for each in headers if each[0].lower() != name.lower()]
    headers.append((name, value))
