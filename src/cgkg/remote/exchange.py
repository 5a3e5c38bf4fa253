"""One HTTP/1.1 request and its whole response, over a connection of its own.

Nothing is followed, no proxy is used, and nothing is read beyond the limit.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Sequence
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
    url: SplitResult, method: str, body: bytes, headers: Iterable[tuple[str, str]]
) -> bytes:
    """The bytes of a request; headers are ASCII."""
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    host = url.netloc.rpartition("@")[2]
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {host}",
        *(f"{name}: {value}" for name, value in headers),
        "Accept-Encoding: identity",
        f"Content-Length: {len(body)}",
        f"User-Agent: cgkg/{__version__}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


async def exchange(
    url: SplitResult, addresses: Sequence[str], request: bytes, max_bytes: int
) -> HttpAnswer:
    """The response to a request; whoever calls this bounds its time.

    Args:
        url: where to.
        addresses: of its host, tried one after another.
        request: as of `write_request`.
        max_bytes: of the body; what is larger is not read to its end.

    Raises:
        OSError: there is no connection.
        httptools.HttpParserError, httptools.HttpParserUpgrade: this is not HTTP.
    """
    secure = url.scheme == "https"
    name = url.hostname if secure else None
    reader, writer = await _connect(
        addresses, port_of(url), _ssl_context() if secure else None, name
    )
    try:
        writer.write(request)
        await writer.drain()
        answer = HttpAnswer(max_bytes)
        parser = httptools.HttpResponseParser(answer)
        while not answer.decided and (part := await reader.read(1 << 16)):
            answer.received += len(part)
            parser.feed_data(part)
        answer.status = parser.get_status_code() if answer.has_head else 0
        return answer
    finally:
        writer.transport.abort()


async def _connect(
    addresses: Sequence[str], port: int, trust: ssl.SSLContext | None, name: str | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first of the addresses that takes one; raises OSError."""
    for address in addresses[:-1]:
        with suppress(OSError):  # which a TimeoutError is
            async with asyncio.timeout(_CONNECT):
                return await asyncio.open_connection(address, port, ssl=trust, server_hostname=name)
    return await asyncio.open_connection(addresses[-1], port, ssl=trust, server_hostname=name)


@cache
def _ssl_context() -> ssl.SSLContext:
    return ssl.create_default_context()


@dataclass
class HttpAnswer:
    """A response as it arrives; httptools calls the methods that begin with on_."""

    max_bytes: int
    received: int = 0
    status: int = 0
    has_head: bool = False
    complete: bool = False
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
    def is_whole(self) -> bool:
        """Whether all of it has arrived; without a length it ends with the connection."""
        framed = "content-length" in self.headers or "transfer-encoding" in self.headers
        return self.complete or (self.has_head and not framed)

    @property
    def media_type(self) -> str:
        """The type of the body in lower case, without parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def header(self, name: str) -> str:
        """The header of this name, empty if there is none."""
        return self.headers.get(name, "")

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.has_head = True

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True
