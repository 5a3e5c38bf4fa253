"""The pages' WSGI application behind an event loop: each request in a thread (PEP 3333)."""

from __future__ import annotations

import asyncio
import io
import re
import sys
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from cgkg.errors import QueryLostError
from cgkg.formats import Format
from cgkg.http.coding import WORTH_COMPRESSING, best_coding, compress
from cgkg.serving.messages import Request, Response
from cgkg.serving.proxy import Proxies
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.workers.budget import ByteBudget
from cgkg.workers.failures import no_room_error

_TEXT = re.compile(
    r"text/|application/([\w.-]+\+)?(json|xml)|image/svg|"
    + "|".join(re.escape(form.media_type) for form in Format)
)
_HOP_BY_HOP = frozenset(("connection", "keep-alive", "transfer-encoding", "content-length"))


@dataclass
class _PageRequest:
    """A request in a thread: the queries that it waits for, to be cancelled if its client leaves.

    The thread notes a query before it looks whether the client has left, and the loop says so
    before it looks for queries: none is missed.
    """

    queries: list[Future[QueryAnswer]] = field(default_factory=list)
    left: bool = False
    held: int = 0  # bytes of the answers it got; counted on the loop

    def add(self, query: Future[QueryAnswer]) -> None:
        self.queries.append(query)
        if self.left:
            query.cancel()

    def cancel(self) -> None:
        self.left = True
        for query in self.queries:
            query.cancel()


_PAGE_REQUEST: ContextVar[_PageRequest] = ContextVar("page_request")


class LoopPool:
    """A pool of the event loop as the pages' threads use it; calls block, and come from these."""

    def __init__(
        self,
        run: Callable[[QueryRequest], Coroutine[Any, Any, QueryAnswer]],
        loop: asyncio.AbstractEventLoop,
        room: ByteBudget,
    ) -> None:
        """Ask by `run`, a coroutine of the loop; `room` is for answers until the page is made."""
        self._run, self._loop, self._room = run, loop, room

    def run(self, request: QueryRequest) -> QueryAnswer:
        """The whole answer; blocks until it is there, and raises as `WorkerPool.run`."""
        page_request = _PAGE_REQUEST.get(None)
        asking = self._ask(request, page_request)
        future = asyncio.run_coroutine_threadsafe(asking, self._loop)
        if page_request is not None:
            page_request.add(future)
        try:
            return future.result()
        except CancelledError:
            raise QueryLostError("the client has left") from None

    async def _ask(self, request: QueryRequest, page_request: _PageRequest | None) -> QueryAnswer:
        answer = await self._run(request)
        if page_request is not None and not page_request.left:
            if not self._room.take(len(answer.body)):
                raise no_room_error()
            page_request.held += len(answer.body)
        return answer


class WsgiRunner:
    """Runs WSGI applications in a few threads; a response is whole before it is sent.

    Called from the event loop, which is not blocked.
    """

    def __init__(self, *, threads: int, port: int, proxies: Proxies, room: ByteBudget) -> None:
        self._threads = ThreadPoolExecutor(threads, "page")
        # Those that wait for somebody's query have threads of their own: the pages need theirs.
        self._asking = ThreadPoolExecutor(threads, "asking")
        self._port, self._proxies, self._room = port, proxies, room
        self.under_way = 0

    async def answer(self, application: Any, request: Request) -> Response:
        """The application's response; a query it waits for is stopped if this is cancelled."""
        page_request = _PageRequest()
        environ = self._environ(request)
        self.under_way += 1
        loop = asyncio.get_running_loop()
        threads = self._asking if _asks(request) else self._threads
        running = loop.run_in_executor(threads, _call, application, environ, page_request)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            running.cancel()  # it does not begin if it still waits for a thread
            page_request.cancel()
            raise
        finally:
            self.under_way -= 1
            self._room.give_back(page_request.held)
            page_request.held = 0

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
                value = _add_uncoded(value, best_coding(request.headers.get("accept-encoding")))
            if name == "content-type":
                environ["CONTENT_TYPE"] = value
            elif name not in _HOP_BY_HOP and "_" not in name:
                environ["HTTP_" + name.upper().replace("-", "_")] = value
        if origin.host:
            environ["HTTP_HOST"] = origin.host
        return environ

    def close(self) -> None:
        """Let no request begin any more; those that run are not waited for."""
        for threads in (self._threads, self._asking):
            threads.shutdown(wait=False, cancel_futures=True)


def _asks(request: Request) -> bool:
    """Whether the response takes as long as a query that the client chose."""
    if request.path.rstrip(b"/") == b"/sparql":
        return bool(request.query or request.body)
    return request.path.startswith(b"/graph-store")


def _call(application: Any, environ: dict[str, Any], page_request: _PageRequest) -> Response:
    _PAGE_REQUEST.set(page_request)
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], error: object = None
    ) -> Callable[[bytes], object]:
        started[:] = [(status, headers)]
        return chunks.append

    chunks: list[bytes] = []
    parts: Iterable[bytes] = application(environ, start_response)
    try:
        chunks.extend(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    line, headers = started[0]
    status = int(line.split(" ", 1)[0])
    kept = [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]
    body = b"".join(chunks)
    if status == 200:
        body = _compress(environ.get("HTTP_ACCEPT_ENCODING"), kept, body)
    elif status == 304:
        _set_held_etag(environ, kept)
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    left_out = environ["REQUEST_METHOD"] == "HEAD" and not body and lengths
    length = int(lengths[0]) if left_out else None
    return Response(status, kept, body, length)


def _add_uncoded(tags: str, coding: str | None) -> str:
    """The header If-None-Match with what the application calls the representations it names.

    It does not know of the codings that are added here, but those of its own it does.
    """
    plain = tags.replace(f'-{coding}"', '"')
    return tags if coding is None or plain == tags else f"{tags}, {plain}"


def _set_held_etag(environ: dict[str, Any], headers: list[tuple[str, str]]) -> None:
    """Have a 304 name the representation that the client holds, as the 200 did (§15.4.5)."""
    coding = best_coding(environ.get("HTTP_ACCEPT_ENCODING"))
    for name, value in headers:
        coded = f'{value[:-1]}-{coding}"'
        if name.lower() == "etag" and coded in environ.get("HTTP_IF_NONE_MATCH", ""):
            _set_header(headers, "ETag", coded)
            return


def _compress(wish: str | None, headers: list[tuple[str, str]], body: bytes) -> bytes:
    """The body in the coding the client likes, if that is worth it; the headers then say so."""
    names = {name.lower(): value for name, value in headers}
    coding = best_coding(wish)
    if not _TEXT.match(names.get("content-type", "")) or "content-encoding" in names:
        return body
    vary = names.get("vary", "")
    if "accept-encoding" not in vary.lower():
        _set_header(headers, "Vary", ", ".join(filter(None, (vary, "Accept-Encoding"))))
    if coding is None or len(body) < WORTH_COMPRESSING:
        return body
    _set_header(headers, "Content-Encoding", coding)
    if "etag" in names:
        _set_header(headers, "ETag", f'{names["etag"][:-1]}-{coding}"')
    return compress(body, coding)


def _set_header(headers: list[tuple[str, str]], name: str, value: str) -> None:
    headers[:] = [each for each in headers if each[0].lower() != name.lower()]
    headers.append((name, value))
