"""HTTP/1.1 requests and their whole responses, over connections that may be kept for the next one.

Nothing is followed, no proxy is used, and nothing is read beyond the limit.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import SplitResult

import httptools

from cgkg import __version__

HEAD = 64 * 1024
"""Bytes of a response besides its body."""
_CONNECT = 3.0  # seconds, before the next of a host's addresses is tried
_PORTS = {"http": 80, "https": 443}

BROKEN = (httptools.HttpParserError, httptools.HttpParserUpgrade)
"""What `exchange` raises where the other side does not speak HTTP."""


def port_of(url: SplitResult) -> int:
    """The port of an address, its own or that of its scheme."""
    return url.port or _PORTS[url.scheme]


def write_request(
    url: SplitResult,
    method: str,
    body: bytes,
    headers: Iterable[tuple[str, str]],
    *,
    keep: bool = False,
) -> bytes:
    """The bytes of a request; headers are ASCII.

    Args:
        url: where to.
        method: of HTTP.
        body: what is sent.
        headers: beside those of every request.
        keep: whether the connection shall stay open.
    """
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    host = url.netloc.rpartition("@")[2]
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {host}",
        *(f"{name}: {value}" for name, value in headers),
        "Accept-Encoding: identity",
        f"Content-Length: {len(body)}",
        f"User-Agent: cgkg/{__version__}",
        f"Connection: {'keep-alive' if keep else 'close'}",
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


async def exchange(
    url: SplitResult, addresses: Sequence[str], request: bytes, max_bytes: int
) -> HttpAnswer:
    """The response to a request, over a connection of its own; whoever calls this bounds its time.

    Args:
        url: where to.
        addresses: of its host, tried one after another.
        request: as of `write_request`.
        max_bytes: of the body; what is larger is not read to its end.

    Raises:
        OSError: there is no connection.
        httptools.HttpParserError, httptools.HttpParserUpgrade: this is not HTTP.
    """
    connection = await connect(url, addresses)
    try:
        return await connection.exchange(request, max_bytes)
    finally:
        connection.close()


async def connect(url: SplitResult, addresses: Sequence[str]) -> EngineConnection:
    """A connection to the first of the addresses that takes one; raises OSError."""
    for address in addresses[:-1]:
        with suppress(OSError):  # which a TimeoutError is
            async with asyncio.timeout(_CONNECT):
                return await _connect(url, address)
    return await _connect(url, addresses[-1])


async def _connect(url: SplitResult, address: str) -> EngineConnection:
    secure = url.scheme == "https"
    _, connection = await asyncio.get_running_loop().create_connection(
        EngineConnection,
        address,
        port_of(url),
        ssl=_ssl_context() if secure else None,
        server_hostname=url.hostname if secure else None,
    )
    return connection


@cache
def _ssl_context() -> ssl.SSLContext:
    return ssl.create_default_context()


class EngineConnection(asyncio.Protocol):
    """One connection, for one request after another; what comes unasked ends it.

    Attributes:
        open: whether it can take another request.
        since: when its last response was whole, by the clock of the loop.
    """

    def __init__(self) -> None:
        self.open, self.since = True, 0.0
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._answer = HttpAnswer(0)
        self._whole: asyncio.Future[None] | None = None

    async def exchange(self, request: bytes, max_bytes: int) -> HttpAnswer:
        """The response to a request; raises as the function `exchange`.

        If `open` is still true then, the connection is good for another one.
        """
        assert self._transport is not None
        self._answer = answer = HttpAnswer(max_bytes)
        self._parser = parser = httptools.HttpResponseParser(answer)
        answer.ask_stays = parser.should_keep_alive
        self._whole = asyncio.get_running_loop().create_future()
        if not self.open:
            self._whole.set_result(None)
        self._transport.write(request)
        try:
            await self._whole
        finally:
            self._whole = None
            if not answer.stays:
                self.close()
        answer.status = parser.get_status_code() if answer.has_head else 0
        return answer

    @property
    def answered(self) -> bool:
        """Whether anything came in response to the last request."""
        return self._answer.received > 0

    def close(self) -> None:
        """Let it go, with whatever is still on its way."""
        self.open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self._whole is None or self._whole.done() or self._parser is None:
            self.close()
            return
        self._answer.received += len(data)
        try:
            self._parser.feed_data(data)
        except BROKEN as error:
            self._whole.set_exception(error)
            return
        if self._answer.surplus:
            self.open = False
        if self._answer.decided:
            self._whole.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self._whole is None or self._whole.done():
            return
        if exc is None:
            self._whole.set_result(None)
        else:
            self._whole.set_exception(exc)


@dataclass
class HttpAnswer:
    """A response as it arrives; httptools calls the methods that begin with on_.

    Attributes:
        max_bytes: that its body may have.
        received: bytes of all of it.
        status: of HTTP; 0 before there is one.
        has_head: whether its headers are complete.
        complete: whether its body is, too.
        surplus: whether something came after it.
        ask_stays: what tells whether the connection stays open, while its end is read.
        stays: what that told.
    """

    max_bytes: int
    received: int = 0
    status: int = 0
    has_head: bool = False
    complete: bool = False
    surplus: bool = False
    ask_stays: Callable[[], bool] = field(default=lambda: False, repr=False)
    stays: bool = False
    body: bytearray = field(default_factory=bytearray)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def too_large(self) -> bool:
        """Whether it is larger than it may be."""
        return len(self.body) > self.max_bytes or self.received > self.max_bytes + HEAD

    @property
    def decided(self) -> bool:
        """Whether nothing more needs to be read."""
        return self.complete or self.too_large

    @property
    def framed(self) -> bool:
        """Whether it says where its body ends; otherwise that ends with the connection."""
        return "content-length" in self.headers or "transfer-encoding" in self.headers

    @property
    def is_whole(self) -> bool:
        """Whether all of it has arrived, as far as that can be told."""
        return self.complete or (self.has_head and not self.framed)

    @property
    def media_type(self) -> str:
        """The type of the body in lower case, without parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def header(self, name: str) -> str:
        """The header of this name, empty if there is none."""
        return self.headers.get(name, "")

    def on_message_begin(self) -> None:
        self.surplus = self.complete

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.surplus:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.has_head = True

    def on_body(self, body: bytes) -> None:
        if not self.surplus:
            self.body += body

    def on_message_complete(self) -> None:
        if not self.surplus:
            self.complete, self.stays = True, self.ask_stays()
