"""HTTP/1.1 connections (RFC 9112) on an event loop: who is answered when, and for how long.

A server for everybody must bound how long a client may take, and what happens when it leaves. One
request of a connection is answered at a time; those that a client sends ahead wait in order. How
bytes become requests is said in `reading`, what a client has still to take in `unsent`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import cast

from cgkg.serving.limits import ConnectionLimits
from cgkg.serving.messages import Application, Request, Response, write_head
from cgkg.serving.reading import RequestReader
from cgkg.serving.unsent import UnsentBytes
from cgkg.workers.budget import ByteBudget

_AHEAD = 16  # requests that a client may send before the first is answered
_AHEAD_BYTES = 1 << 16  # of them
_MUCH = 1 << 16  # bytes that came at once, after which others have their turn
_SMALL = 1 << 16  # bytes of a body that are copied behind the head, to send both at once


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
        self._reader: RequestReader = None  # type: ignore[assignment]
        self._unsent: UnsentBytes = None  # type: ignore[assignment]
        self._peer = ""
        self._queued: deque[tuple[Request, bool, int]] = deque()  # each with the bytes it holds
        self._queued_bytes = 0
        self._answering = False
        self._answered_bytes = 0  # what the request under way holds
        self._keep = self._without_body = False  # of the response under way
        self._cancel: Callable[[], object] | None = None
        self._serving_queued = False
        self._choked = False  # the client takes what it is sent more slowly than it is sent
        self._lingering = False  # a refusal is sent, and what comes is thrown away for a while
        self._since = 0.0  # when the client began to be waited for, or was last looked at
        self.paused = False  # enough has been sent ahead
        self.ended = False  # nothing more is read after the response under way

    @property
    def busy(self) -> bool:
        """Whether a request is being answered or a response is still being taken."""
        return self._answering or bool(self._queued) or self._unsent.held > 0

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        shared, limits = self._shared, self._limits
        self._transport = cast("asyncio.Transport", transport)
        address = transport.get_extra_info("peername")
        self._peer = str(address[0]) if isinstance(address, tuple) else ""
        self._reader = RequestReader(limits, shared.requests, self, self._peer)
        self._unsent = UnsentBytes(self._transport, limits, shared.unsent, shared.loop.time)
        self._since = shared.loop.time()
        full = len(shared.held) >= limits.connections
        shared.held.add(self)
        if full or shared.closing:
            self.refuse(503, "the server has as many connections as it may have")

    def data_received(self, data: bytes) -> None:
        if len(data) >= _MUCH:
            self._give_way()
        if not self.ended:
            self._reader.read(data)

    def _give_way(self) -> None:
        """Read again once everybody else was looked at: the event loop would read megabytes of who
        sends quickly, before it looks at who sends a line."""
        self._transport.pause_reading()
        self._shared.loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        if not (self.paused or self._transport.is_closing()):
            self._transport.resume_reading()

    def eof_received(self) -> bool:
        return False  # the client has left: the transport closes, and its query is stopped

    def connection_lost(self, error: Exception | None) -> None:
        self._shared.held.discard(self)
        self.ended = True
        self._forget_queued()
        self._reader.close()
        self._unsent.forget()
        self._shared.requests.give_back(self._answered_bytes)
        self._answered_bytes = 0
        if self._answering and self._cancel is not None:
            self._cancel()
        # The reader and this hold each other, and neither waits for the collector.
        self._reader = self._cancel = None  # type: ignore[assignment]

    def pause_writing(self) -> None:
        self._choked = True

    def resume_writing(self) -> None:
        self._choked = False
        self._unsent.forget()
        self._since = self._shared.loop.time()
        if self._queued and not self._answering and not self._serving_queued:
            self._serve_queued()
        if self.ended and not self.busy:
            self._transport.close()

    # What the reader calls: RequestReceiver

    def begin(self) -> None:
        self._since = self._shared.loop.time()

    def proceed(self) -> None:
        self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def take(self, request: Request, keep: bool, size: int) -> None:
        if not keep:
            self.ended = True
        if not (self._answering or self._queued or self._choked):
            self._serve(request, keep, size)
            return
        self._queued.append((request, keep, size))
        self._queued_bytes += size
        if self._has_enough_ahead() and not self.paused:
            self.paused = True
            self._transport.pause_reading()

    def refuse(self, status: int, detail: str) -> None:
        if self.ended:
            return
        self.ended = True
        self._forget_queued()
        self._reader.stop()
        if not self._answering:
            # Closed at once, what the client still sends would take the response from it.
            self._lingering, self._since = True, self._shared.loop.time()
            self._send(self._application_refuses(status, detail), keep=False)
        else:  # the response under way is the last one
            self._keep = False

    # Requests that were sent ahead

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
        if self.paused and not self._has_enough_ahead() and not self._transport.is_closing():
            self.paused = False
            self._reader.read_on()
            if not (self.paused or self.ended):
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
        self._unsent.note(size)
        if not keep:
            self.ended = True
            self._forget_queued()
            if self._lingering:
                self._transport.write_eof()
            else:
                self._transport.close()  # after what is written has been sent

    def _application_refuses(self, status: int, detail: str) -> Response:
        return self._shared.application.refuse(status, detail, self._peer, self._reader.accept)

    # Time

    def check(self, now: float) -> None:
        """End the connection if the client lets the server wait for too long."""
        if self._answering:
            return  # the server is the one who lets wait; queries have their own deadlines
        if self._unsent.held or self._transport.get_write_buffer_size():
            self._unsent.check(now)
            self._since = now
        elif self._lingering:
            if now - self._since > self._limits.linger:
                self._transport.close()
        elif self._reader.reading:
            allowed = self._limits.client + self._reader.body_size / self._limits.slowest
            if now - self._since > allowed:
                self.refuse(408, f"the request did not arrive in {self._limits.client:g} s")
        elif now - self._since > self._limits.idle:
            self._transport.close()

    def finish(self) -> None:
        """End after the response under way; now if there is none."""
        if not self._answering and not self._queued:
            self.ended = True
            self._transport.close()

    def abort(self) -> None:
        """End now."""
        self._transport.abort()
