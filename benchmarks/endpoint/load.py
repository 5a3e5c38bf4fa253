"""A load generator: many clients, one thread, requests prepared as bytes.

Each client keeps one connection and has one request under way; it opens a new connection when the
server closes the old one. Nothing is parsed but the status line and where the answer ends, so that
the generator takes little of the machine it shares with the server (`ceiling` measures how much).
"""

from __future__ import annotations

import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Request:
    """A request as bytes and a name for it in reports."""

    name: str
    data: bytes

    @classmethod
    def query(
        cls, url: str, name: str, text: str, *, accept: str = "application/sparql-results+json",
        more: Iterable[tuple[str, str]] = (),
    ) -> Request:  # fmt: skip
        """A SPARQL query by GET."""
        parameters = urlencode([("query", text), *more], quote_via=quote)
        return cls.get(f"{url}?{parameters}", name, accept)

    @classmethod
    def get(cls, url: str, name: str, accept: str = "*/*") -> Request:
        """Any GET."""
        parts = urlsplit(url)
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        head = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: {accept}\r\n\r\n"
        return cls(name, head.encode("ascii"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 is a connection that ended before a whole answer."""

    status: int
    head: bytes
    body: bytes
    seconds: float


@dataclass
class Outcome:
    """What a run came to.

    `seconds` goes from the first request to the last answer, `times` are seconds of each whole
    answer, `unfinished` the requests that never ended and how long they had taken when the run did.
    """

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    unfinished: list[tuple[Request, float]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    generator_cpu: float = 0.0

    @property
    def good(self) -> int:
        """How many answers were successful."""
        return self.statuses[200]

    @property
    def rate(self) -> float:
        """Successful answers a second."""
        return self.good / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Seconds within which that share of all requests ended, unfinished ones included."""
        return percentile([*self.times, *(took for _, took in self.unfinished)], share)


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least this share of them do not exceed; not a number if none."""
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


class Incoming:
    """The bytes of one answer as they come in."""

    def __init__(self) -> None:
        self._data: bytes | bytearray = b""
        self._start = 0  # of the body; 0 until the head is whole
        self._end: int | None = None  # of the body, if the head says it
        self._chunked = False
        self.status = 0
        self.closes = False  # whether the server closes the connection after this answer

    def __len__(self) -> int:
        return len(self._data)

    def add(self, piece: bytes) -> bool:
        """Take more bytes; whether the answer is whole now."""
        if not self._data:
            self._data = piece
        else:
            if isinstance(self._data, bytes):
                self._data = bytearray(self._data)
            self._data += piece
        if not self._start and not self._read_head():
            return False
        if self._chunked:
            return self._data.endswith(b"0\r\n\r\n") and self._unchunked() is not None
        return self._end is not None and len(self._data) >= self._end

    def _read_head(self) -> bool:
        end = self._data.find(b"\r\n\r\n")
        if end >= 0 and self._data.startswith(b"HTTP/1.1 1"):  # only the go-ahead
            self._data = self._data[end + 4 :]
            return self._read_head()
        if end < 0:
            return False
        self._start, head = end + 4, self._data[: end + 2].lower()
        self.status = int(head[9:12])
        self._chunked = b"\r\ntransfer-encoding: chunked\r" in head
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            self._end = self._start + int(head[at + 17 : head.find(b"\r", at + 17)])
        elif self.status in (204, 304):
            self._end = self._start
        self.closes = b"\r\nconnection: close\r" in head or (
            self._end is None and not self._chunked
        )
        return True

    def _unchunked(self) -> bytes | None:
        return _unchunked(bytes(self._data[self._start :]))

    def answer(self, seconds: float, *, ended: bool = False) -> Answer:
        """The answer; if the connection `ended` before it was whole, only that it broke."""
        head = bytes(self._data[: self._start])
        if ended and not (self._start and self._end is None and not self._chunked):
            return Answer(0, head, b"", seconds)
        body = bytes(self._data[self._start :])
        return Answer(
            self.status, head, (_unchunked(body) or b"") if self._chunked else body, seconds
        )


def _unchunked(whole: bytes) -> bytes | None:
    """The body that was sent in chunks (RFC 9112 §7.1), or None if it is not whole."""
    pieces: list[bytes] = []
    at = 0
    while True:
        end = whole.find(b"\r\n", at)
        if end < 0:
            return None
        size = int(whole[at:end].partition(b";")[0], 16)
        if size == 0:
            return b"".join(pieces)
        pieces.append(whole[end + 2 : end + 2 + size])
        at = end + 2 + size + 2


class _Client:
    """A connection and the request that is under way on it."""

    def __init__(self, place: tuple[str, int], requests: Iterator[Request]) -> None:
        self._place = place
        self.requests = requests
        self.connection = self._connect()
        self.request: Request | None = None
        self.since = 0.0
        self.incoming = Incoming()

    def _connect(self) -> socket.socket:
        made = socket.create_connection(self._place, timeout=10)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def renew(self) -> None:
        self.connection.close()
        self.connection = self._connect()

    def send(self) -> bool:
        """Send the next request; False if there is none."""
        self.request = next(self.requests, None)
        if self.request is None:
            return False
        self.incoming = Incoming()
        self.since = time.perf_counter()
        try:
            self.connection.sendall(self.request.data)
        except OSError:  # closed by the server after the last answer: no request was lost
            self.renew()
            self.connection.sendall(self.request.data)
        return True


Seen = Callable[[Request, Answer], None]


def drive(
    url: str,
    streams: Iterable[Iterator[Request]],
    seconds: float,
    *,
    grace: float = 10.0,
    seen: Seen | None = None,
) -> Outcome:
    """Let a client for each stream ask, one request after the other, for that many seconds.

    Args:
        url: any address of the server.
        streams: the requests of each client; a stream that ends, ends its client.
        seconds: after these no new request is made.
        grace: how long the answers that are outstanding then are waited for.
        seen: told every answer.
    """
    parts = urlsplit(url)
    place = (parts.hostname or "127.0.0.1", parts.port or 80)
    return _Run([_Client(place, stream) for stream in streams], seconds, grace, seen).run()


class _Run:
    def __init__(
        self, clients: list[_Client], seconds: float, grace: float, seen: Seen | None
    ) -> None:
        self._outcome = Outcome()
        self._seen = seen
        self._poll = select.epoll()
        self._clients: dict[int, _Client] = {}
        self._start = time.perf_counter()
        self._stop = self._start + seconds
        self._end = self._stop + grace
        for client in clients:
            self._next(client)

    def run(self) -> Outcome:
        cpu = time.process_time()
        last = self._start
        while self._clients and (now := time.perf_counter()) < self._end:
            for descriptor, _ in self._poll.poll(min(0.5, self._end - now)):
                if self._receive(self._clients[descriptor]):
                    last = time.perf_counter()
        now = time.perf_counter()
        for client in self._clients.values():
            if client.request is not None:
                self._outcome.unfinished.append((client.request, now - client.since))
            client.connection.close()
        self._poll.close()
        self._outcome.seconds = (now if self._clients else last) - self._start
        self._outcome.generator_cpu = (time.process_time() - cpu) / (now - self._start)
        return self._outcome

    def _next(self, client: _Client) -> None:
        """Send the client's next request, or let it go."""
        before, descriptor = client.connection, client.connection.fileno()
        if time.perf_counter() >= self._stop or not client.send():
            self._clients.pop(descriptor, None)
            client.connection.close()
        elif client.connection is not before or descriptor not in self._clients:
            self._clients.pop(descriptor, None)
            self._clients[client.connection.fileno()] = client
            self._poll.register(client.connection.fileno(), select.EPOLLIN)

    def _receive(self, client: _Client) -> bool:
        """Take what has come; whether that ended an answer."""
        try:
            piece = client.connection.recv(_CHUNK)
        except OSError:
            piece = b""
        incoming = client.incoming
        if piece and not incoming.add(piece):
            return False
        took = time.perf_counter() - client.since
        if self._seen is None and piece:
            self._note(incoming.status, took)
        else:
            answer = incoming.answer(took, ended=not piece)
            self._note(answer.status, took)
            if self._seen is not None and client.request is not None:
                self._seen(client.request, answer)
        if not piece or incoming.closes:
            self._clients.pop(client.connection.fileno(), None)
            client.renew()
        self._next(client)
        return True

    def _note(self, status: int, took: float) -> None:
        self._outcome.statuses[status] += 1
        self._outcome.times.append(took)


class Caller:
    """One connection on which one request after the other is made, for exact times."""

    def __init__(self, url: str, timeout: float = 120.0) -> None:
        self._timeout = timeout
        self._connection: socket.socket | None = None
        self.turn_to(url)

    def turn_to(self, url: str) -> None:
        """Ask this server from now on."""
        self.close()
        parts = urlsplit(url)
        self._place = (parts.hostname or "127.0.0.1", parts.port or 80)

    def ask(self, request: Request) -> Answer:
        """Send it and wait for the whole answer; `TimeoutError` if it takes too long."""
        if self._connection is None:
            self._connection = socket.create_connection(self._place, timeout=self._timeout)
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        incoming, since = Incoming(), time.perf_counter()
        self._connection.sendall(request.data)
        while True:
            piece = self._connection.recv(_CHUNK)
            whole = bool(piece) and incoming.add(piece)
            if whole or not piece:
                took = time.perf_counter() - since
                if not piece or incoming.closes:
                    self.close()
                return incoming.answer(took, ended=not piece)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
