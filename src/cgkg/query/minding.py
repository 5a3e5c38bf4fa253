"""A worker's side of lent connections: it reads a client's requests and answers them by itself.

Small queries spend more time between processes than in the engine. So the server lends a
connection that asks only such to a worker. The worker minds nothing but the plainest case, a GET
whose head it was told, and gives the connection back at anything else.

A request stays in the socket until its response is sent. So nothing is lost when the connection is
given back, or when the process ends: who reads next finds the request. The kernel ends the process
when a query has computed for too long (SIGPROF), and the server asks another, with all its limits.
"""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import Any, NamedTuple

from cgkg.query import frames
from cgkg.query.cache import AnswerCache
from cgkg.query.exchange import asked, reply_lines
from cgkg.query.protocol import HttpRequest, QueryAnswer, QueryRequest
from cgkg.query.shared import Page

MOST = 32  # connections that a worker may have
SMALL = 0.1  # seconds of processor time after which the query is none for a lent connection
_SLOW = 0.01  # seconds after which others had better not wait behind whoever asks such things
_LONGEST = 1 << 12  # bytes of a request that are looked at
_SHORT, _REMEMBERED = 1 << 11, 1024  # bytes, and how many requests are remembered as read
_IDLE = 1.0  # seconds after which a connection that asks nothing is given back
_TOLD_AFTER = 0.05  # seconds until the server hears of the answers
_TOLD_AT = 64  # answers
_TURN = 4  # answers until it looks whether the server has a query
# The only parameter: with others, a query is the server's.
_GET = re.compile(rb"GET /sparql\?(query=[!\"$%'-;=?-~]++) HTTP/1\.1")


class Terms(NamedTuple):
    """What a worker is told of a connection: what follows the request line in each request, two
    headers that are in it, how a response begins, its generation, what its ids begin with, whether
    each request is logged, how many bytes a target may have; and the number of the loan."""

    follows: bytes
    accept: str | None
    accept_encoding: str | None
    opening: bytes
    generation: str
    ids: str
    logged: bool
    longest: int
    loan: int = 0


class Note(NamedTuple):
    """An answer given on a lent connection: seconds, bytes of the body, and whether it was kept
    from before; for the log, its id and the request's target behind the ?."""

    loan: int
    seconds: float
    size: int
    kept: bool
    id: str = ""
    query: bytes = b""


@dataclass(slots=True)
class _Lent:
    terms: Terms
    connection: socket.socket
    used: float
    written: int = 0
    read: int = 0


class Minder:
    """The connections that were lent to this worker."""

    def __init__(
        self,
        channel: socket.socket,
        counter: socket.socket,
        page: Page,
        answer: Callable[[QueryRequest], QueryAnswer],
        cache: AnswerCache,
        spare: list[int],
    ) -> None:
        """
        Args:
            channel: to the server, for messages.
            counter: to the server, for connections.
            page: shared with the server.
            answer: answers a query, or raises.
            cache: keeps answers; the server's is out of reach here.
            spare: descriptors to give up for those of connections; all others are taken, so that
                the engine cannot reach anything.
        """
        self._channel, self._counter, self._answer_to = channel, counter, answer
        self._page, self._words = page, page.words
        self._recalled = 0  # the last loan that was, and has been given back
        self._cache = cache
        self._spare = spare
        self._lent: dict[int, _Lent] = {}  # by descriptor
        self._poll = select.poll()
        self._poll.register(channel.fileno(), select.POLLIN)
        self._spoken = select.poll()
        self._spoken.register(channel.fileno(), select.POLLIN)
        self._asking: deque[tuple[int, int]] = deque()
        self._notes: list[Note] = []
        self._since = 0.0  # the first of them
        self._count = 0
        self._timed = 0.0  # when the clock was set; 0 when it stands
        self._read = lru_cache(maxsize=_REMEMBERED)(_request)

    @property
    def busy(self) -> bool:
        """Whether there are any."""
        return bool(self._lent)

    def take(self, terms: Terms) -> None:
        """Mind the connection that waits at the counter."""
        os.close(self._spare.pop())
        _, (descriptor,), _, _ = socket.recv_fds(self._counter, 1, 1)
        connection = socket.socket(fileno=descriptor)
        self._lent[descriptor] = _Lent(terms, connection, time.monotonic())
        self._poll.register(descriptor, select.POLLIN)

    def mind(self) -> bool:
        """Answer some of what is asked on lent connections; whether the server says something."""
        if not self._asking:
            self._asking.extend(self._asked())
        for _ in range(min(_TURN, len(self._asking))):
            descriptor, _ = self._asking.popleft()
            if descriptor == self._channel.fileno():
                return True
            if lent := self._lent.get(descriptor):
                self._answer(lent)
        # Behind the rest of them a query of the server would wait for long.
        return bool(self._asking and self._spoken.poll(0))

    def give_back_recalled(self) -> None:
        """Have no connection any more that the server has recalled."""
        self._recalled = last = self._words[Page.RECALLED]
        self._give_back([lent for lent in self._lent.values() if lent.terms.loan <= last])

    def _asked(self) -> list[tuple[int, int]]:
        """The descriptors at which there is something to read, or nothing for a while."""
        if self._words[Page.RECALLED] > self._recalled:
            self.give_back_recalled()
        for _ in range(frames.LOOKS):  # as in frames: to wake takes longer than to answer
            if found := self._poll.poll(0):
                return found
            os.sched_yield()
        if self._notes:
            if found := self._poll.poll(_TOLD_AFTER * 1000):
                return found
            self._tell()
        found = self._poll.poll(_IDLE * 1000)
        self._give_back_idle(time.monotonic())
        return found

    def _answer(self, lent: _Lent) -> None:
        """Answer a request, or give the connection back with the request still to be read."""
        words = self._words
        words[Page.MINDING] = lent.terms.loan
        unsent = None if words[Page.RECALLED] >= lent.terms.loan else self._served(lent)
        words[Page.MINDING] = 0
        if unsent is not None:
            self._give_back([lent], unsent, asked=True)

    def _served(self, lent: _Lent) -> bytes | None:
        """Answer; if the connection is to be given back, what of the response is not sent yet."""
        started = time.monotonic()
        try:
            data = lent.connection.recv(_LONGEST, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        except OSError:
            return b""
        terms = lent.terms
        line, _, rest = data.partition(b"\r\n")
        found = _GET.fullmatch(line) if rest == terms.follows else None
        fits = found and found.end(1) - len("GET ") <= terms.longest
        given = self._given(found[1], terms, started) if found and fits else None
        if found is None or given is None:
            return b""
        answer, kept = given
        self._count += 1
        number = f"{terms.ids}-{self._count:x}"
        response = _head(terms, answer, number) + answer.body
        sent = self._send(lent, response, len(data))
        lent.used = now = time.monotonic()
        note = Note(terms.loan, now - started, len(answer.body), kept)
        self._note(note._replace(id=number, query=found[1]) if terms.logged else note, now)
        if sent == len(response) and now - started < _SLOW:
            return None
        return response[sent:]

    def _given(self, query: bytes, terms: Terms, now: float) -> tuple[QueryAnswer, bool] | None:
        """The answer, and whether that was kept; None if the server had better see."""
        self._limit_time(now)
        try:
            read = self._read if len(query) < _SHORT else _request
            request = read(query, terms.accept, terms.accept_encoding)
            if held := self._cache.get(request):
                return held, True
            answer = self._answer_to(request)
        except BaseException:  # even a panic: the server asks again and says what is wrong
            return None
        self._cache.put(request, answer)
        return answer, False

    def _send(self, lent: _Lent, response: bytes, read: int) -> int:
        """Send as much as the client takes now, and be done with what was read of the request."""
        words = self._words
        words[Page.WRITTEN], words[Page.READ] = lent.written, lent.read
        words[Page.RESPONSE], words[Page.REQUEST] = len(response), read
        words[Page.SENDING] = lent.terms.loan
        try:
            try:
                sent = lent.connection.send(response)
            except BlockingIOError:
                sent = 0
            lent.connection.recv(read)
        except OSError:
            sent = len(response)  # the client has left, as whoever reads next will see
        if sent < len(response):
            self._page.tear(lent.terms.loan)
        words[Page.SENDING] = 0
        lent.written += sent
        lent.read += read
        return sent

    def _give_back_idle(self, now: float) -> None:
        self._give_back([lent for lent in self._lent.values() if lent.used < now - _IDLE])

    def _limit_time(self, now: float) -> None:
        """Have the process end if it computes for long from now on.

        Setting the clock takes as long as reading a small answer, so one setting serves the
        queries of half the time.
        """
        if now > self._timed + SMALL / 2:
            self._timed = now
            signal.setitimer(signal.ITIMER_PROF, SMALL)

    def begin(self) -> None:
        """Let the process compute for as long as it likes, on a query of the server's. Until then
        the query can be asked again, should the process end."""
        self.rest()
        self._words[Page.BEGUN] += 1

    def rest(self) -> None:
        """Have the clock stand."""
        if self._timed:
            self._timed = 0.0
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _give_back(self, several: list[_Lent], unsent: bytes = b"", *, asked: bool = False) -> None:
        for lent in several:
            descriptor = lent.connection.fileno()
            del self._lent[descriptor]
            self._poll.unregister(descriptor)
            lent.connection.close()
            self._spare.append(os.dup(0))
        if several:
            self._tell([lent.terms.loan for lent in several], unsent, asked=asked)

    def _note(self, note: Note, now: float) -> None:
        if not self._notes:
            self._since = now
        self._notes.append(note)
        if len(self._notes) >= _TOLD_AT or now - self._since > _TOLD_AFTER:
            self._tell()
            self._give_back_idle(now)

    def _tell(
        self, back: list[int] | None = None, unsent: bytes = b"", *, asked: bool = False
    ) -> None:
        """Tell the server of answers, and of connections that are its own again; `asked` is
        whether that is for what the client asks."""
        notes, self._notes = [tuple(note) for note in self._notes], []
        message: dict[str, Any] = {"notes": notes, "back": back or [], "asked": asked}
        frames.send(self._channel, message, unsent)


def _head(terms: Terms, answer: QueryAnswer, number: str) -> bytes:
    return b"%bDate: %b\r\n%bX-Request-Id: %b\r\nContent-Length: %d\r\n\r\n" % (
        terms.opening,
        _date(int(time.time())),
        reply_lines(answer, terms.generation),
        number.encode(),
        len(answer.body),
    )


def _request(query: bytes, accept: str | None, accept_encoding: str | None) -> QueryRequest:
    return asked(HttpRequest("GET", query, None, b"", accept, accept_encoding))


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
