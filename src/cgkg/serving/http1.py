"""HTTP/1.1 connections (RFC 9112) on an event loop: framing, limits and time, nothing else.

httptools (llhttp) parses. This module decides what llhttp leaves open and a server for everybody
must bound: how long a client may take, how much it may send, what happens when it leaves. One
request of a connection is answered at a time; those that a client sends ahead wait in order.
"""

from __future__ import annotations

import asyncio
import fcntl
import re
import socket
import struct
import termios
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import cast

import httptools

from cgkg.serving.messages import Application, Request, Response, write_head
from cgkg.workers.budget import ByteBudget

_AHEAD = 16  # requests that a client may send before the first is answered
_AHEAD_BYTES = 1 << 16  # of them
_OBJECTS = 1 << 10  # bytes that a request takes besides its own, as long as it is held
_MUCH = 1 << 16  # bytes that came at once, after which others have their turn
_PIECE = 1 << 10  # bytes that are parsed at once: as many requests as fit may be in them
_REPEATED = 1 << 12  # bytes of a head that is worth to be known again
_SMALL_PART = 1 << 13  # bytes of a head, or of what comes first of a body: always room for them
_SMALL = 1 << 16  # bytes of a body that are copied behind the head, to send both at once
_AT_ONCE = struct.pack("ii", 1, 0)  # closing throws away what is unsent (SO_LINGER, socket(7))
_IN_TARGET = bytes((0x21, 0x22, *range(0x24, 0x7F)))  # what may be in a plain target
# With one of these, what follows the request line decides how the request is read.
_FRAMING = ("content-length", "transfer-encoding", "upgrade", "expect")
_OFFERS = ("upgrade", "http2-settings")
_ABSOLUTE = re.compile(rb"https?://([^/?]*)", re.IGNORECASE)
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?", re.ASCII)


@dataclass(frozen=True)
class ConnectionLimits:
    """What a connection may take: bytes, and seconds.

    Attributes:
        url: of the request target.
        headers: of all header fields together; `fields` is how many there may be.
        body: of a request's content.
        client: seconds for a request to arrive, and for a response to be taken, without progress.
        slowest: bytes per second that a client must send or take, beyond those seconds.
        buffered: bytes of a response that may lie in the client's system: it tells that they have
            been taken only in lots, so this much earlier progress counts later.
        idle: seconds that a connection may wait for its next request.
        connections: how many there may be at once.
        linger: seconds in which a client that is refused may read why.
    """

    url: int = 1 << 16
    headers: int = 1 << 15
    fields: int = 128
    body: int = 1 << 20
    client: float = 20.0
    slowest: int = 4096
    buffered: int = 1 << 19
    idle: float = 75.0
    connections: int = 1024
    linger: float = 2.0


@dataclass
class Connections:
    """All connections of a server, with what they share; called from the event loop.

    Attributes:
        application: answers their requests.
        limits: what each may take.
        loop: the event loop.
        held: those that are open.
        closing: whether each ends after the response under way.
        date: the time, as responses have it.
        requests: the bytes of requests that are read, wait or are answered.
        unsent: the bytes of responses that are not with the system yet.
    """

    application: Application
    limits: ConnectionLimits
    loop: asyncio.AbstractEventLoop
    held: set[Connection] = field(default_factory=set)
    closing: bool = False
    date: str = field(default_factory=lambda: formatdate(usegmt=True))
    requests: ByteBudget = field(default_factory=lambda: ByteBudget(1 << 27))
    unsent: ByteBudget = field(default_factory=lambda: ByteBudget(1 << 29))

    def make(self) -> Connection:
        """The protocol of a new connection, for `loop.create_server`."""
        return Connection(self)

    def check_all(self) -> None:
        """End those whose time is up, and see what time it is; to be called once a second."""
        self.date = formatdate(usegmt=True)
        now = self.loop.time()
        for connection in list(self.held):
            connection.check(now)

    @property
    def busy(self) -> int:
        """How many answer a request, or have a response that is still being taken."""
        return sum(connection.busy for connection in self.held)

    def drain(self) -> None:
        """End those that wait, and every other one after its response."""
        self.closing = True
        for connection in list(self.held):
            connection.finish()

    def abort(self) -> None:
        """End all of them now."""
        for connection in list(self.held):
            connection.abort()


class Connection(asyncio.Protocol):
    """One client's connection; the event loop and the parser call it."""

    def __init__(self, shared: Connections) -> None:
        self._shared = shared
        self._limits = shared.limits
        self._transport: asyncio.Transport = None  # type: ignore[assignment]  # set when made
        self._peer = ""
        self._parser = httptools.HttpRequestParser(self)
        self._queued: deque[tuple[Request, bool, int]] = deque()  # each with the bytes it holds
        self._queued_bytes = 0
        self._answering = False
        self._answered_bytes = 0  # what the request under way holds
        self._keep = self._without_body = False  # of the response under way
        self._cancel: Callable[[], object] | None = None
        self._serving_queued = False
        self._paused = False
        self._choked = False  # the client takes what it is sent more slowly than it is sent
        self._lingering = False  # a refusal is sent, and what comes is thrown away for a while
        self._last = False  # nothing more is read after the response under way
        self._since = 0.0  # when the client began to be waited for, or was last looked at
        self._unsent = 0  # bytes of responses that are here: whole ones, as they are held whole
        self._untaken = 0  # those and the ones that the system holds
        self._credit = 0.0  # bytes that the client is ahead of the slowest one that is served
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
        self._reading = self._framed = False

    @property
    def busy(self) -> bool:
        """Whether a request is being answered or a response is still being taken."""
        return self._answering or bool(self._queued) or self._unsent > 0

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        address = transport.get_extra_info("peername")
        self._peer = str(address[0]) if isinstance(address, tuple) else ""
        self._since = self._shared.loop.time()
        full = len(self._shared.held) >= self._limits.connections
        self._shared.held.add(self)
        if full or self._shared.closing:
            self._refuse(503, "the server has as many connections as it may have")

    def data_received(self, data: bytes) -> None:
        if len(data) >= _MUCH:
            self._give_way()
        if self._last:
            return
        fresh = not self._reading
        if fresh and self._known and not self._unread and self._serve_repeated(data):
            return
        self._complete = 0
        fresh = self._parse(self._unread + data) and fresh
        if fresh and self._complete == 1 and not (self._reading or self._unread):
            self._remember_headers(data)

    def _give_way(self) -> None:
        """Read again once everybody else was looked at: the event loop would read megabytes of who
        sends quickly, before it looks at who sends a line."""
        self._transport.pause_reading()
        self._shared.loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        if not (self._paused or self._transport.is_closing()):
            self._transport.resume_reading()

    def _parse(self, data: bytes) -> bool:
        """Parse it, up to where enough has been sent ahead; what is left waits. False if that was
        more than plain requests of HTTP/1.1."""
        self._forget_unread()
        plain, rest = True, memoryview(data)
        while rest and not (self._paused or self._last):
            size = max(_PIECE, self._missing())
            piece, rest = rest[:size], rest[size:]
            try:
                self._parser.feed_data(piece)
            except httptools.HttpParserUpgrade as upgrade:
                plain = False
                rest = memoryview(self._without_offer(bytes(piece[upgrade.args[0] :])) + rest)
            except httptools.HttpParserError as error:
                if not self._last:  # else a callback has refused already
                    self._refuse(400, f"not an HTTP/1.1 request: {error}")
                return False
        if rest and not self._last:
            self._keep_unread(bytes(rest))
        return plain

    def _missing(self) -> int:
        """Bytes of the body that have still to come, if its length is known."""
        if not (self._reading and self._framed):
            return 0
        return _read_length(self._headers.get("content-length")) - len(self._body)

    def _keep_unread(self, rest: bytes) -> None:
        requests = self._shared.requests
        if len(rest) > _SMALL_PART and not requests.has_room(len(rest)):
            self._refuse_more()
            return
        requests.held += len(rest)
        self._unread = rest

    def _forget_unread(self) -> None:
        self._shared.requests.give_back(len(self._unread))
        self._unread = b""

    def _remember_headers(self, data: bytes) -> None:
        """Remember the headers of a GET that came by itself: most clients send the same again."""
        if len(data) > _REPEATED:
            return
        line, _, rest = data.partition(b"\r\n")
        headers = self._headers
        stays = headers.get("connection", "keep-alive").lower() == "keep-alive"
        if _target_of(line) and stays and not any(name in headers for name in _FRAMING):
            self._known, self._known_headers = rest, headers

    def _serve_repeated(self, data: bytes) -> bool:
        """Serve a request that has the known headers, without parsing them again; false if this is
        none."""
        line, _, rest = data.partition(b"\r\n")
        if rest != self._known or not (target := _target_of(line)):
            return False
        if len(target) > self._limits.url:
            return False
        self._since = self._shared.loop.time()
        path, _, query = target.partition(b"?")
        headers = self._known_headers
        request = Request("GET", target, headers, b"", self._peer, path, query)
        self._shared.requests.held += len(data)
        self._serve_or_queue(request, True, len(data))
        return True

    def _without_offer(self, rest: bytes) -> bytes:
        """What is to be read of a request that offers another protocol, to go on in HTTP/1.1
        (RFC 9110 §7.8).

        llhttp reads no body after such a head, so the head is read again without the offer; every
        Java client makes one.
        """
        if self._last:
            return b""
        if self._parser.get_method() == b"CONNECT":
            self._refuse(400, "this server is no proxy")
            return b""
        head = _write_head_without_offer(self._parser, self._target, self._headers)
        self._parser = httptools.HttpRequestParser(self)
        return head + rest

    def eof_received(self) -> bool:
        return False  # the client has left: the transport closes, and its query is stopped

    def connection_lost(self, error: Exception | None) -> None:
        self._shared.held.discard(self)
        self._last = True
        self._forget_queued()
        self._forget_read()
        self._forget_unread()
        self._count_unsent(0)
        self._shared.requests.give_back(self._answered_bytes)
        self._answered_bytes = 0
        if self._answering and self._cancel is not None:
            self._cancel()
        # The parser and this hold each other: neither waits for the collector with what was read.
        self._reset()
        self._parser = self._cancel = None  # type: ignore[assignment]

    def pause_writing(self) -> None:
        self._choked = True

    def resume_writing(self) -> None:
        self._choked = False
        self._count_unsent(0)
        self._since = self._shared.loop.time()
        if self._queued and not self._answering and not self._serving_queued:
            self._serve_queued()
        if self._last and not self.busy:
            self._transport.close()

    # httptools

    def on_message_begin(self) -> None:
        self._forget_read()
        self._reset()
        self._reading = True
        self._since = self._shared.loop.time()

    def on_url(self, url: bytes) -> None:
        self._target_size += len(url)
        if self._target_size <= self._limits.url:
            self._target += url
        elif self._target_size > 2 * self._limits.url:
            self._refuse_target()
        # else the headers are read yet: whether a person is to be told is in them

    def _refuse_target(self) -> None:
        self._refuse_in_parser(
            414, f"the address is longer than {self._limits.url} bytes; send a POST"
        )

    def on_header(self, name: bytes, value: bytes) -> None:
        self._size += len(name) + len(value)
        self._fields += 1
        if self._size > self._limits.headers:
            self._refuse_in_parser(431, f"the headers are larger than {self._limits.headers} bytes")
            return
        if self._fields > self._limits.fields:
            self._refuse_in_parser(431, f"there are more than {self._limits.fields} header fields")
            return
        if self._framed:
            return  # a trailer field is none of the header (RFC 9110 §6.5.1)
        key = name.decode("latin-1").lower()
        held = self._headers.get(key)
        if held is not None and key in ("host", "content-length"):
            self._refuse_in_parser(400, f"the header {key} is there twice")
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
            self._refuse_in_parser(505, f"HTTP/{version} is not spoken here")
        elif "host" not in headers and version == "1.1":
            self._refuse_in_parser(400, "the header Host is missing")
        elif not _HOST.fullmatch(headers.get("host", "")):
            self._refuse_in_parser(400, "the header Host is not a host")
        elif headers.get("transfer-encoding", "chunked").lower() != "chunked":
            self._refuse_in_parser(501, "the only transfer coding that is read is chunked")
        elif "transfer-encoding" in headers and "content-length" in headers:
            self._refuse_in_parser(400, "Content-Length and Transfer-Encoding exclude each other")
        elif _read_length(headers.get("content-length")) > self._limits.body:
            self._refuse_in_parser(413, f"the body is larger than {self._limits.body} bytes")
        elif self._hold(self._target_size + self._size + _OBJECTS) and (
            headers.get("expect", "").lower() == "100-continue"
        ):
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _hold(self, size: int) -> bool:
        """Count bytes of the request that is being read; false if there is no room for them."""
        if self._last:
            return False
        requests = self._shared.requests
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
        self._refuse(503, "the server holds as many bytes of requests as it may; try again soon")

    def on_body(self, body: bytes) -> None:
        if len(self._body) + len(body) > self._limits.body:
            self._refuse_in_parser(413, f"the body is larger than {self._limits.body} bytes")
        elif self._hold(len(body)):
            self._body += body

    def on_message_complete(self) -> None:
        if self._last or self._parser.should_upgrade():
            return
        request = Request(
            self._parser.get_method().decode("latin-1"),
            self._target,
            self._headers,
            bytes(self._body),
            self._peer,
        )
        keep = self._parser.should_keep_alive()
        self._reading = False
        if not keep:
            self._last = True
        if not _split_target(request):
            self._refuse(400, "the request's target is neither a path nor an http address")
            return
        self._complete += 1
        size, self._read_bytes = self._read_bytes, 0
        self._serve_or_queue(request, keep, size)

    def _serve_or_queue(self, request: Request, keep: bool, size: int) -> None:
        if not (self._answering or self._queued or self._choked):
            self._serve(request, keep, size)
            return
        self._queued.append((request, keep, size))
        self._queued_bytes += size
        if self._has_enough_ahead() and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _has_enough_ahead(self) -> bool:
        return bool(self._queued) and (
            len(self._queued) >= _AHEAD
            or self._queued_bytes >= _AHEAD_BYTES
            or not self._shared.requests.has_room(0)
        )

    def _forget_queued(self) -> None:
        self._queued.clear()
        self._shared.requests.give_back(self._queued_bytes)
        self._queued_bytes = 0

    def _forget_read(self) -> None:
        self._shared.requests.give_back(self._read_bytes)
        self._read_bytes = 0
        self._body = bytearray()

    def _refuse_in_parser(self, status: int, detail: str) -> None:
        """Refuse from within the parser, which then reads no further."""
        if not self._last:
            self._refuse(status, detail)

    # Answering

    def _serve(self, request: Request, keep: bool, size: int) -> None:
        self._answering, self._keep, self._answered_bytes = True, keep, size
        self._without_body = request.method == "HEAD"
        cancel = self._shared.application.answer(request, self._respond)
        if self._answering:
            self._cancel = cancel

    def _respond(self, response: Response) -> None:
        if self._cancel is not None:  # else it is answered at once, and the time is known
            self._since = self._shared.loop.time()
        self._answering, self._cancel = False, None
        self._shared.requests.held -= self._answered_bytes
        self._answered_bytes = 0
        self._send(response, self._keep, without_body=self._without_body)
        if self._queued and not self._serving_queued:
            self._serve_queued()

    def _serve_queued(self) -> None:
        """Serve what the client has sent ahead."""
        self._serving_queued = True
        while self._queued and not (self._answering or self._choked):
            request, keep, size = self._queued.popleft()
            self._queued_bytes -= size
            self._serve(request, keep, size)
        self._serving_queued = False
        if self._paused and not self._has_enough_ahead() and not self._transport.is_closing():
            self._paused = False
            self._parse(self._unread)
            if not (self._paused or self._last):
                self._transport.resume_reading()

    def _send(self, response: Response, keep: bool, *, without_body: bool = False) -> None:
        if self._transport.is_closing():
            return
        keep = keep and not self._shared.closing
        if len(response.body) >= _SMALL and not self._shared.unsent.has_room(len(response.body)):
            response = self._application_refuses(
                503, "clients have so much of their answers still to take that there is no room for"
                " this one; try again soon",
            )  # fmt: skip
        body = response.body
        head = write_head(response, keep, self._shared.date)
        size = len(head)
        if without_body or not body:
            self._transport.write(head)
        elif len(body) < _SMALL:
            self._transport.write(head + body)
            size += len(body)
        else:
            self._transport.writelines((head, body))
            size += len(body)
        self._note_unsent(size)
        if not keep:
            self._last = True
            self._forget_queued()
            if self._lingering:
                self._transport.write_eof()
            else:
                self._transport.close()  # after what is written has been sent

    def _note_unsent(self, size: int) -> None:
        """Count what the client has still to take, of which so many bytes are new."""
        unsent = self._transport.get_write_buffer_size()
        if self._unsent:
            self._untaken += size
        elif not unsent:
            return
        else:
            self._since = self._shared.loop.time()
            self._untaken = unsent + self._in_system()
            self._credit = self._limits.slowest * self._limits.client
        self._count_unsent(self._unsent + size if unsent else 0)

    def _count_unsent(self, unsent: int) -> None:
        self._shared.unsent.held += unsent - self._unsent
        self._unsent = unsent

    def _in_system(self) -> int:
        """Bytes that the system has been given for the client and that are not with it yet."""
        try:
            handle = self._transport.get_extra_info("socket").fileno()
            (size,) = struct.unpack("i", fcntl.ioctl(handle, termios.TIOCOUTQ, bytes(4)))
        except OSError:  # it knows of no such thing, or the connection is gone
            return 0
        return int(size)

    def _refuse(self, status: int, detail: str) -> None:
        self._last = True
        self._forget_queued()
        self._forget_read()
        if not self._answering:
            # Closed at once, what the client still sends would take the response from it.
            self._lingering, self._since = True, self._shared.loop.time()
            self._send(self._application_refuses(status, detail), keep=False)
        else:  # the response under way is the last one
            self._reading = self._keep = False

    def _application_refuses(self, status: int, detail: str) -> Response:
        accept = self._headers.get("accept")
        return self._shared.application.refuse(status, detail, self._peer, accept)

    # Time

    def check(self, now: float) -> None:
        """End the connection if the client lets the server wait for too long."""
        if self._answering:
            return  # the server is the one who lets wait; queries have their own deadlines
        if self._unsent or self._transport.get_write_buffer_size():
            self._check_taking(now)
        elif self._lingering:
            if now - self._since > self._limits.linger:
                self._transport.close()
        elif self._reading:
            allowed = self._limits.client + len(self._body) / self._limits.slowest
            if now - self._since > allowed:
                self._refuse(408, f"the request did not arrive in {self._limits.client:g} s")
        elif now - self._since > self._limits.idle:
            self._transport.close()

    def _check_taking(self, now: float) -> None:
        unsent = self._transport.get_write_buffer_size()
        if not unsent:
            self._count_unsent(0)
            self._since = now
            return
        limits, untaken = self._limits, unsent + self._in_system()
        taken, due = self._untaken - untaken, limits.slowest * (now - self._since)
        most = limits.slowest * limits.client + limits.buffered
        self._credit = min(most, self._credit + taken - due)
        self._untaken, self._since = untaken, now
        if self._credit < 0:
            self._abort_unsent()

    def _abort_unsent(self) -> None:
        """End now, and have the system forget what it has taken of the response: megabytes, which
        it would go on offering to a client that does not read."""
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._transport.abort()

    def finish(self) -> None:
        """End after the response under way; now if there is none."""
        if not self._answering and not self._queued:
            self._last = True
            self._transport.close()

    def abort(self) -> None:
        """End now."""
        self._transport.abort()


def _target_of(line: bytes) -> bytes:
    """The target of the plainest of request lines; empty if it is none."""
    target = line[4:-9]
    plain = line[:5] == b"GET /" and line[-9:] == b" HTTP/1.1"
    return target if plain and not target.translate(None, _IN_TARGET) else b""


def _split_target(request: Request) -> bool:
    """Set the request's path and query; false if the target is of no form that a server must know
    (RFC 9112 §3.2). A host in the target takes the place of the header's (§3.2.2)."""
    target = request.target
    if absolute := _ABSOLUTE.match(target):
        host = absolute[1].decode("latin-1")
        if not host or not _HOST.fullmatch(host):
            return False
        request.headers = {**request.headers, "host": host}
        rest = target[absolute.end() :]
        target = rest if rest.startswith(b"/") else b"/" + rest
    elif target == b"*":
        request.path = target
        return request.method == "OPTIONS"
    if not target.startswith(b"/"):
        return False
    request.path, _, request.query = target.partition(b"?")
    return True


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
