"""Bytes of a connection -> requests (RFC 9112): framing, and how much of what there may be.

httptools (llhttp) parses. This module decides what llhttp leaves open and a server for everybody
must bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import httptools

from cgkg.serving.limits import ConnectionLimits
from cgkg.serving.messages import Request
from cgkg.serving.targets import HOST, plain_target, split_target
from cgkg.workers.budget import ByteBudget

_OBJECTS = 1 << 10  # bytes that a request takes besides its own, as long as it is held
_PIECE = 1 << 10  # bytes that are parsed at once: as many requests as fit may be in them
_REPEATED = 1 << 12  # bytes of a head that is worth to be known again
_SMALL_PART = 1 << 13  # bytes of a head, or of what comes first of a body: always room for them
# With one of these, what follows the request line decides how the request is read.
_FRAMING = ("content-length", "transfer-encoding", "upgrade", "expect")
_OFFERS = ("upgrade", "http2-settings")


class RequestReceiver(Protocol):
    """What gets the requests.

    Attributes:
        ended: whether no request is wanted any more.
        paused: whether none is wanted now.
    """

    ended: bool
    paused: bool

    def begin(self) -> None:
        """A request begins to arrive."""

    def proceed(self) -> None:
        """The client waits to be told that it may send the body."""

    def take(self, request: Request, keep: bool, size: int) -> None:
        """A whole request, for which so many bytes are counted as held.

        Args:
            request: the request.
            keep: whether another may follow.
            size: the bytes, which the receiver gives back.
        """

    def refuse(self, status: int, detail: str) -> None:
        """What has come is no request, or too much; unless `ended` already."""


class RequestReader:
    """Makes requests of what comes on a connection; called from the event loop and the parser.

    Attributes:
        reading: whether a request has begun to arrive and is not whole.
    """

    def __init__(
        self, limits: ConnectionLimits, requests: ByteBudget, to: RequestReceiver, peer: str
    ) -> None:
        self._limits, self._requests, self._to, self._peer = limits, requests, to, peer
        self._parser = httptools.HttpRequestParser(self)
        self._known = b""  # what followed the request line of an earlier GET, and its headers
        self._known_headers: Mapping[str, str] = {}
        self._complete = 0  # requests in the bytes that are being read
        self._unread = b""  # what has come and is not parsed, as enough has been sent ahead
        self._read_bytes = 0  # what the request that is being read holds
        self._reset()

    def _reset(self) -> None:
        self._target = b""
        self._target_size = 0
        self._headers: dict[str, str] = {}
        self._size = self._fields = 0
        self._body = bytearray()
        self.reading = self._framed = False

    @property
    def accept(self) -> str | None:
        """The header Accept of the request that is being read, if it has come."""
        return self._headers.get("accept")

    @property
    def body_size(self) -> int:
        """Bytes of the body that have come of the request that is being read."""
        return len(self._body)

    def read(self, data: bytes) -> None:
        """Read what has come."""
        fresh = not self.reading
        if fresh and self._known and not self._unread and self._serve_repeated(data):
            return
        self._complete = 0
        fresh = self._parse(self._unread + data) and fresh
        if fresh and self._complete == 1 and not (self.reading or self._unread):
            self._remember_headers(data)

    def read_on(self) -> None:
        """Read what was left while the receiver was paused."""
        self._parse(self._unread)

    def stop(self) -> None:
        """Forget the request that is being read."""
        self._forget_read()
        self.reading = False

    def close(self) -> None:
        """Forget everything. The parser and this hold each other: neither then waits for the
        collector with what was read."""
        self._forget_read()
        self._forget_unread()
        self._reset()
        self._parser = None  # type: ignore[assignment]

    def _forget_read(self) -> None:
        self._requests.give_back(self._read_bytes)
        self._read_bytes = 0
        self._body = bytearray()

    def _parse(self, data: bytes) -> bool:
        """Parse it, up to where enough has been sent ahead; what is left waits. False if that was
        more than plain requests of HTTP/1.1."""
        self._forget_unread()
        plain, rest = True, memoryview(data)
        while rest and not (self._to.paused or self._to.ended):
            size = max(_PIECE, self._missing())
            piece, rest = rest[:size], rest[size:]
            try:
                self._parser.feed_data(piece)
            except httptools.HttpParserUpgrade as upgrade:
                plain = False
                rest = memoryview(self._without_offer(bytes(piece[upgrade.args[0] :])) + rest)
            except httptools.HttpParserError as error:
                self._to.refuse(400, f"not an HTTP/1.1 request: {error}")
                return False
        if rest and not self._to.ended:
            self._keep_unread(bytes(rest))
        return plain

    def _missing(self) -> int:
        """Bytes of the body that have still to come, if its length is known."""
        if not (self.reading and self._framed):
            return 0
        return _read_length(self._headers.get("content-length")) - len(self._body)

    def _keep_unread(self, rest: bytes) -> None:
        requests = self._requests
        if len(rest) > _SMALL_PART and not requests.has_room(len(rest)):
            self._refuse_more()
            return
        requests.held += len(rest)
        self._unread = rest

    def _forget_unread(self) -> None:
        self._requests.give_back(len(self._unread))
        self._unread = b""

    def _remember_headers(self, data: bytes) -> None:
        """Remember the headers of a GET that came by itself: most clients send the same again."""
        if len(data) > _REPEATED:
            return
        line, _, rest = data.partition(b"\r\n")
        headers = self._headers
        stays = headers.get("connection", "keep-alive").lower() == "keep-alive"
        if plain_target(line) and stays and not any(name in headers for name in _FRAMING):
            self._known, self._known_headers = rest, headers

    def _serve_repeated(self, data: bytes) -> bool:
        """Serve a request that has the known headers, without parsing them again; false if this is
        none."""
        line, _, rest = data.partition(b"\r\n")
        if rest != self._known or not (target := plain_target(line)):
            return False
        if len(target) > self._limits.url:
            return False
        self._to.begin()
        path, _, query = target.partition(b"?")
        headers = self._known_headers
        request = Request("GET", target, headers, b"", self._peer, path, query)
        self._requests.held += len(data)
        self._to.take(request, True, len(data))
        return True

    def _without_offer(self, rest: bytes) -> bytes:
        """What is to be read of a request that offers another protocol, to go on in HTTP/1.1
        (RFC 9110 §7.8).

        llhttp reads no body after such a head, so the head is read again without the offer; every
        Java client makes one.
        """
        if self._to.ended:
            return b""
        if self._parser.get_method() == b"CONNECT":
            self._to.refuse(400, "this server is no proxy")
            return b""
        head = _write_head_without_offer(self._parser, self._target, self._headers)
        self._parser = httptools.HttpRequestParser(self)
        return head + rest

    # httptools

    def on_message_begin(self) -> None:
        self._forget_read()
        self._reset()
        self.reading = True
        self._to.begin()

    def on_url(self, url: bytes) -> None:
        self._target_size += len(url)
        if self._target_size <= self._limits.url:
            self._target += url
        elif self._target_size > 2 * self._limits.url:
            self._refuse_target()
        # else the headers are read yet: whether a person is to be told is in them

    def _refuse_target(self) -> None:
        self._to.refuse(414, f"the address is longer than {self._limits.url} bytes; send a POST")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._size += len(name) + len(value)
        self._fields += 1
        if self._size > self._limits.headers:
            self._to.refuse(431, f"the headers are larger than {self._limits.headers} bytes")
            return
        if self._fields > self._limits.fields:
            self._to.refuse(431, f"there are more than {self._limits.fields} header fields")
            return
        if self._framed:
            return  # a trailer field is none of the header (RFC 9110 §6.5.1)
        key = name.decode("latin-1").lower()
        held = self._headers.get(key)
        if held is not None and key in ("host", "content-length"):
            self._to.refuse(400, f"the header {key} is there twice")
            return
        text = value.decode("latin-1")
        self._headers[key] = text if held is None else f"{held}, {text}"

    def on_headers_complete(self) -> None:
        headers, version = self._headers, self._parser.get_http_version()
        self._framed = True
        if self._target_size > self._limits.url:
            self._refuse_target()
            return
        if self._parser.should_upgrade():
            return  # the head is read again
        if version not in ("1.0", "1.1"):
            self._to.refuse(505, f"HTTP/{version} is not spoken here")
        elif "host" not in headers and version == "1.1":
            self._to.refuse(400, "the header Host is missing")
        elif not HOST.fullmatch(headers.get("host", "")):
            self._to.refuse(400, "the header Host is not a host")
        elif headers.get("transfer-encoding", "chunked").lower() != "chunked":
            self._to.refuse(501, "the only transfer coding that is read is chunked")
        elif "transfer-encoding" in headers and "content-length" in headers:
            self._to.refuse(400, "Content-Length and Transfer-Encoding exclude each other")
        elif _read_length(headers.get("content-length")) > self._limits.body:
            self._to.refuse(413, f"the body is larger than {self._limits.body} bytes")
        elif self._hold(self._target_size + self._size + _OBJECTS) and (
            headers.get("expect", "").lower() == "100-continue"
        ):
            self._to.proceed()

    def _hold(self, size: int) -> bool:
        """Count bytes of the request that is being read; false if there is no room for them."""
        if self._to.ended:
            return False
        requests = self._requests
        if requests.take(size):
            self._read_bytes += size
            return True
        if size <= _SMALL_PART and not self._body:
            requests.held += size
            self._read_bytes += size
            return True
        self._refuse_more()
        return False

    def _refuse_more(self) -> None:
        self._to.refuse(503, "the server holds as many bytes of requests as it may; try again soon")

    def on_body(self, body: bytes) -> None:
        if len(self._body) + len(body) > self._limits.body:
            self._to.refuse(413, f"the body is larger than {self._limits.body} bytes")
        elif self._hold(len(body)):
            self._body += body

    def on_message_complete(self) -> None:
        if self._to.ended or self._parser.should_upgrade():
            return
        request = Request(
            self._parser.get_method().decode("latin-1"),
            self._target,
            self._headers,
            bytes(self._body),
            self._peer,
        )
        keep = self._parser.should_keep_alive()
        self.reading = False
        if not split_target(request):
            self._to.refuse(400, "the request's target is neither a path nor an http address")
            return
        self._complete += 1
        size, self._read_bytes = self._read_bytes, 0
        self._to.take(request, keep, size)


def _read_length(value: str | None) -> int:
    return int(value) if value and value.isdecimal() else 0


def _write_head_without_offer(
    parser: httptools.HttpRequestParser, target: bytes, headers: Mapping[str, str]
) -> bytes:
    """The head of a request without what offers another protocol."""
    wishes = (wish.strip() for wish in headers.get("connection", "").split(","))
    kept = [wish for wish in wishes if wish.lower() not in _OFFERS]
    lines = [f"{name}: {value}" for name, value in headers.items() if name not in _OFFERS]
    lines = [line for line in lines if not line.startswith("connection:")]
    lines += [f"connection: {', '.join(kept)}"] if kept else []
    first = b"%s %s HTTP/%s\r\n" % (
        parser.get_method(),
        target,
        parser.get_http_version().encode("latin-1"),
    )
    return first + "".join(f"{line}\r\n" for line in lines).encode("latin-1") + b"\r\n"
