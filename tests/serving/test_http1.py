"""HTTP/1.1 connections: framing, limits, time, and what happens when a client leaves."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from typing import Any, cast

import pytest
from limits import AMPLE, BRIEF, ENOUGH, until

from cgkg.serving.http1 import Connections
from cgkg.serving.limits import ConnectionLimits
from cgkg.serving.messages import Request, Response, Send
from cgkg.serving.unsent import UnsentBytes
from cgkg.workers.budget import ByteBudget

LIMITS = ConnectionLimits(
    url=200, headers=400, fields=10, body=1000, client=AMPLE, idle=AMPLE, connections=3
)  # fmt: skip
Scene = Callable[["Served"], Coroutine[Any, Any, None]]


class Application:
    """Answers with what was asked; /slow takes long, /big is large."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.cancelled = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    def answer(self, request: Request, send: Send) -> Callable[[], object] | None:
        self.seen.append(request)
        if request.path == b"/now":
            send(Response(200, [("Content-Type", "text/plain")], b"now"))
            return None
        return asyncio.get_running_loop().create_task(self.later(request, send)).cancel

    async def later(self, request: Request, send: Send) -> None:
        send(await self.response(request))

    async def response(self, request: Request) -> Response:
        if request.path == b"/big":
            return Response(200, [], b"x" * 20_000_000)
        if request.path == b"/slow":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        await asyncio.sleep(0)  # never answered at once
        await self.go_on.wait()
        text = f"{request.method} {request.path.decode()}?{request.query.decode()} "
        return Response(200, [], text.encode() + request.body)

    def refuse(self, status: int, detail: str, peer: str, accept: str | None) -> Response:
        return Response(status, [], detail.encode())


class Served:
    """A server on a free port of this machine."""

    def __init__(self, application: Application, shared: Connections, port: int) -> None:
        self.application, self.shared, self.port = application, shared, port
        self.opened: list[asyncio.StreamWriter] = []

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.opened.append(writer)
        return reader, writer

    async def say(self, text: bytes, *, until_end: bool = True) -> bytes:
        """Everything the server sends until it closes the connection."""
        reader, writer = await self.open()
        writer.write(text)
        return await asyncio.wait_for(reader.read() if until_end else reader.read(4096), ENOUGH)


@contextlib.asynccontextmanager
async def served(
    limits: ConnectionLimits, room: ByteBudget, requests: ByteBudget
) -> AsyncIterator[Served]:
    loop = asyncio.get_running_loop()
    application = Application()
    shared = Connections(application, limits, loop, unsent=room, requests=requests)
    server = await loop.create_server(shared.make, "127.0.0.1", 0)

    async def sweep() -> None:
        while True:
            await asyncio.sleep(BRIEF / 10)
            shared.check_all()

    sweeping = loop.create_task(sweep())
    try:
        yield (found := Served(application, shared, server.sockets[0].getsockname()[1]))
    finally:
        sweeping.cancel()
        for writer in found.opened:
            writer.close()
        shared.abort()
        server.close()
        await asyncio.sleep(0)


def play(
    scene: Scene,
    *,
    room: ByteBudget | None = None,
    requests: ByteBudget | None = None,
    **limits: Any,
) -> None:
    """Play the scene with a server of its own, which has these limits besides the usual ones."""
    room, requests = room or ByteBudget(1 << 30), requests or ByteBudget(1 << 30)

    async def run() -> None:
        async with served(replace(LIMITS, **limits), room, requests) as server:
            await scene(server)
        assert room.held == requests.held == 0

    asyncio.run(run())


def get(path: str, *more: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *more, "", ""]).encode()


def test_requests_sent_ahead_are_answered_in_order() -> None:
    """Pipelined requests get their responses in the order they were sent, over one connection."""

    async def scene(server: Served) -> None:
        asked = [get("/now"), get("/a?b=%20c"), get("/now"), get("/last", "Connection: close")]
        answer = (await server.say(b"".join(asked))).decode()
        parts = [part.split("\r\n\r\n")[1] for part in answer.split("HTTP/1.1 ")[1:]]
        assert parts == ["now", "GET /a?b=%20c ", "now", "GET /last? "]

    play(scene)


def test_of_thousands_sent_ahead_few_are_requests_before_their_turn() -> None:
    """A request takes more than its bytes: what is not its turn yet stays as it came."""

    async def scene(server: Served) -> None:
        server.application.go_on.clear()
        wanted = get("/a") * 1_500 + get("/b", "Connection: close")
        reader, writer = await server.open()
        writer.write(wanted)
        await until(lambda: bool(server.application.seen))
        await until(lambda: server.shared.requests.held >= len(wanted))
        gc.collect()
        requests = [each for each in gc.get_objects() if isinstance(each, Request)]
        assert len(requests) < 100
        server.application.go_on.set()
        answer = await asyncio.wait_for(reader.read(), ENOUGH)
        assert answer.count(b"GET /a? ") == 1_500
        assert answer.endswith(b"GET /b? ")

    play(scene)


def test_what_is_sent_ahead_and_finds_no_room_is_not_kept() -> None:
    """The request under way is answered, and the connection ends."""

    async def scene(server: Served) -> None:
        server.application.go_on.clear()
        reader, writer = await server.open()
        writer.write(get("/a") * 1_000)
        await until(lambda: bool(server.application.seen))
        await until(lambda: server.shared.requests.held < 5_000)
        server.application.go_on.set()
        answer = await asyncio.wait_for(reader.read(), ENOUGH)
        assert answer.count(b"200 OK") == 1

    play(scene, requests=ByteBudget(20_000))


def test_a_connection_that_ended_leaves_nothing_for_the_collector() -> None:
    """Or what clients sent would stay in memory until Python looks for cycles."""

    async def scene(server: Served) -> None:
        gc.collect()
        gc.disable()
        try:
            _, writer = await server.open()
            writer.write(b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n" + b"x" * 800)
            await until(lambda: server.shared.requests.held > 800)
            (held,) = map(weakref.ref, server.shared.held)
            writer.close()
            await until(lambda: held() is None)
        finally:
            gc.enable()

    play(scene)


def test_a_body_in_pieces_is_whole() -> None:
    """A chunked body, and one that arrives byte by byte, reach the application whole."""

    async def scene(server: Served) -> None:
        chunked = (
            b"POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"Connection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        )
        assert (await server.say(chunked)).endswith(b"POST /p? abcde")
        reader, writer = await server.open()
        head = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
        for byte in head + b"xyz":
            writer.write(bytes([byte]))
            await writer.drain()
        assert (await reader.read()).endswith(b"POST /p? xyz")

    play(scene)


def test_a_head_that_comes_again_is_read_the_same() -> None:
    """Of requests that differ in the target alone each is answered as it would be by itself, and
    what is not quite the same head is parsed anew."""

    async def scene(server: Served) -> None:
        reader, writer = await server.open()

        async def ask(data: bytes, end: bytes) -> None:
            writer.write(data)
            found = await asyncio.wait_for(reader.readuntil(end), ENOUGH)
            assert found.startswith(b"HTTP/1.1 200 "), found

        same = ("Accept: x/y", "Connection: Keep-Alive")
        for number in range(3):
            await ask(get(f"/a?n={number}", *same), b"GET /a?n=%d " % number)
        assert len({id(request.headers) for request in server.application.seen}) == 1
        await ask(get("/b", "Accept: x/z"), b"GET /b? ")
        assert server.application.seen[-1].headers["accept"] == "x/z"
        await ask(get("/c", "Accept: x/y").replace(b"GET", b"POST"), b"POST /c? ")
        await ask(get("/d", "Accept: x/y") + get("/now", "Accept: x/y"), b"now")
        halves = get("/e", "Accept: x/y")
        writer.write(halves[:20])
        await until(lambda: any(one._reader.reading for one in server.shared.held))
        await ask(halves[20:], b"GET /e? ")
        await ask(get("http://h/f", "Accept: x/y"), b"GET /f? ")
        assert server.application.seen[-1].headers["accept"] == "x/y"

    play(scene)


def test_a_known_head_excuses_nothing() -> None:
    """Behind a head that is known already, a target that is too long or broken is refused."""

    async def scene(server: Served) -> None:
        for target, status in (("/" + "a" * 300, 414), ("/a b", 400), ("nowhere", 400)):
            reader, writer = await server.open()
            for _ in range(2):
                writer.write(get("/now"))
                await reader.readuntil(b"now")
            writer.write(get(target))
            assert (await reader.read()).startswith(b"HTTP/1.1 %d " % status)

    play(scene)


@pytest.mark.parametrize("split", [False, True])
def test_an_offer_of_another_protocol_is_ignored(split: bool) -> None:
    """A request that offers HTTP/2, as Java's client does, is answered with its body, as ever."""

    async def scene(server: Served) -> None:
        offer = "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEA\r\nUpgrade: h2c\r\n"
        head = f"POST /p?q HTTP/1.1\r\nHost: x\r\n{offer}Content-Length: 3\r\n\r\n".encode()
        after = f"GET /a HTTP/1.1\r\nHost: x\r\n{offer}\r\n".encode()
        reader, writer = await server.open()
        writer.write(head)
        if split:
            await until(lambda: any(one._reader._framed for one in server.shared.held))
        writer.write(b"xyz" + after + get("/last", "Connection: close"))
        answer = (await reader.read()).decode()
        parts = [part.split("\r\n\r\n")[1] for part in answer.split("HTTP/1.1 ")[1:]]
        assert parts == ["POST /p?q xyz", "GET /a? ", "GET /last? "]
        assert not any("upgrade" in request.headers for request in server.application.seen)

    play(scene)


def test_head_has_the_length_and_no_body() -> None:
    """HEAD tells how long the body would be."""

    async def scene(server: Served) -> None:
        text = b"HEAD /now HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = await server.say(text)
        assert b"Content-Length: 3\r\n" in answer
        assert answer.endswith(b"\r\n\r\n")

    play(scene)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, b"nonsense\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        (400, b"GET nothing HTTP/1.1\r\nHost: x\r\n\r\n"),
        (400, b"CONNECT e.org:443 HTTP/1.1\r\nHost: x\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"),
        (413, b"POST / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n"
              b"Content-Length: 1001\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
              b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        (413, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n"),
        (413, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
              b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n"),
        (414, b"GET /" + b"a" * 300 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
        (431, b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 500 + b"\r\n\r\n"),
        (431, b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 12 + b"\r\n"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused(status: int, text: bytes) -> None:
    """Each way of asking wrongly or too much gets its status, and the connection ends."""

    async def scene(server: Served) -> None:
        answer = await asyncio.wait_for(server.say(text, until_end=False), ENOUGH)
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert answer.count(b"\r\nDate: ") == 1
        assert b"Connection: close" in answer
        assert not server.application.seen

    play(scene)


def test_a_client_that_sends_slowly_is_refused() -> None:
    """A request that does not become whole in time is 408, however often a byte comes."""

    async def scene(server: Served) -> None:
        reader, writer = await server.open()

        async def drip() -> None:
            writer.write(b"GET /now HTTP/1.1\r\nHost: x")
            for _ in range(300):  # fewer than the headers may have
                await asyncio.sleep(BRIEF / 2)
                writer.write(b"x")

        dripping = asyncio.create_task(drip())
        answer = await asyncio.wait_for(reader.read(4096), ENOUGH)
        dripping.cancel()
        assert answer.startswith(b"HTTP/1.1 408 ")

    play(scene, client=BRIEF)


def test_an_idle_connection_is_closed() -> None:
    """A connection over which nothing is asked any more ends without a word."""

    async def scene(server: Served) -> None:
        reader, writer = await server.open()
        writer.write(get("/now"))
        assert (await reader.read(4096)).endswith(b"now")
        assert await asyncio.wait_for(reader.read(), ENOUGH) == b""
        assert await server.say(b"") == b""

    play(scene, idle=BRIEF)


def test_a_client_that_does_not_read_is_left() -> None:
    """A response of which nothing is taken is given up, and its memory with it."""

    async def scene(server: Served) -> None:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", server.port))
            client.sendall(get("/big"))
            await until(lambda: server.shared.unsent.held)
            await until(lambda: not server.shared.held)
            client.setblocking(False)
            got = 0
            # The system holds megabytes for it: all but what has arrived is thrown away.
            try:
                while part := client.recv(1 << 16):
                    got += len(part)
            except ConnectionResetError:
                assert got < 1 << 16
            else:
                pytest.fail(f"{got} bytes of the response were kept")

    play(scene, client=BRIEF, slowest=1 << 24)


class Taking:
    """A transport with a large response, at a time and with a client that the test moves."""

    def __init__(self) -> None:
        self.now, self.here, self.in_system = 0.0, 50_000_000, 4_000_000
        self.aborted = False
        limits, self.budget = ConnectionLimits(client=30), ByteBudget(1 << 30)
        self.unsent = UnsentBytes(cast("Any", self), limits, self.budget, lambda: self.now)
        self.unsent._in_system = lambda: self.in_system  # type: ignore[method-assign]
        self.unsent.note(self.here)

    def get_extra_info(self, name: str) -> Any:
        return self

    def setsockopt(self, *option: object) -> None:
        """Of the socket."""

    def get_write_buffer_size(self) -> int:
        return 0 if self.aborted else self.here

    def abort(self) -> None:
        self.aborted = True

    def take(self, size: int, seconds: int) -> None:
        """Let the client's system take so much, in one lot after so many seconds."""
        for second in range(seconds):
            if second == seconds - 1:
                self.here -= size
            self.now += 1
            if not self.aborted:
                self.unsent.check(self.now)


def test_a_client_that_reads_slowly_is_served() -> None:
    """4 KiB a second suffices, though the system tells of it in lots of 100 kB at a time."""
    taking = Taking()
    for _ in range(40):
        taking.take(4096 * 24, 24)
    assert not taking.aborted
    assert taking.budget.held == 50_000_000


def test_a_client_that_reads_too_slowly_is_left() -> None:
    """Half as much does not, and what was read quickly before excuses only so much."""
    for first in (0, 40_000_000):
        taking = Taking()
        taking.take(first, 1)
        taking.take(2048 * 600, 1200)
        assert taking.aborted
        taking.unsent.forget()
        assert taking.budget.held == 0


def test_a_client_that_stops_reading_is_left() -> None:
    """In a few minutes at most, whatever its system had taken at once."""
    taking = Taking()
    taking.take(10_000_000, 1)
    taking.take(0, 170)
    assert taking.aborted


def test_a_client_that_does_not_read_holds_no_more_than_there_is_room_for() -> None:
    """A large answer that finds no room is refused, a small one is not; room comes back."""

    async def scene(server: Served) -> None:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", server.port))
            client.sendall(get("/big"))
            await until(lambda: server.shared.unsent.held)
            refused = await server.say(get("/big", "Connection: close"))
            assert refused.startswith(b"HTTP/1.1 503 ")
            assert b"no room" in refused
            assert b"200 OK" in await server.say(get("/now", "Connection: close"))
        await until(lambda: not server.shared.held)
        assert server.shared.unsent.held == 0
        answer = await server.say(get("/big", "Connection: close"))
        assert len(answer) > 20_000_000

    play(scene, room=ByteBudget(20_000_000))


def test_answers_to_requests_sent_ahead_wait_until_they_are_taken() -> None:
    """A client that asks and does not read makes the server hold one large answer, not many."""

    async def scene(server: Served) -> None:
        reader, writer = await server.open()
        writer.write(get("/big") * 10)
        await until(lambda: server.shared.unsent.held)
        (connection,) = server.shared.held
        assert len(server.application.seen) == 1
        for number in range(1, 11):
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), ENOUGH)
            await asyncio.wait_for(reader.readexactly(20_000_000), ENOUGH)
            assert len(server.application.seen) <= number + 1
        await until(lambda: not connection.busy)

    play(scene)


def test_bodies_that_find_no_room_are_refused() -> None:
    """What a client holds by half a body is bounded over all clients; what is small has room."""

    async def scene(server: Served) -> None:
        head = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\n"
        _, writer = await server.open()
        writer.write(head + b"x" * 30000)
        await until(lambda: server.shared.requests.held > 30000)
        refused = await server.say(head + b"x" * 40000)
        assert refused.startswith(b"HTTP/1.1 503 ")
        await until(lambda: server.shared.requests.held < 32000)
        server.shared.requests.limit = 0
        assert b"200 OK" in await server.say(get("/now", "Connection: close"))
        server.shared.requests.limit = 60_000
        writer.close()
        await until(lambda: server.shared.requests.held == 0)
        answer = await server.say(head + b"x" * 40000 + get("/last", "Connection: close"))
        assert answer.count(b"HTTP/1.1 200 OK") == 2
        assert server.shared.requests.held == 0

    play(scene, requests=ByteBudget(60_000), body=50_000)


def test_a_host_in_the_target_takes_the_place_of_the_header() -> None:
    """So nobody is led to a host that the request does not go to (RFC 9112 §3.2.2)."""

    async def scene(server: Served) -> None:
        await server.say(get("http://y:1/a?b", "Connection: close"))
        (request,) = server.application.seen
        assert request.headers["host"] == "y:1"
        assert request.path == b"/a"
        for target in ("http:///a", "http://u@y/a", "http://y/\x07"):
            refused = await server.say(get(target, "Connection: close"))
            assert refused.startswith(b"HTTP/1.1 400 ")

    play(scene)


def test_offers_of_another_protocol_sent_ahead_are_all_answered() -> None:
    """However many come at once, each is read again without its offer."""

    async def scene(server: Served) -> None:
        offer = get("/now", "Connection: upgrade", "Upgrade: h2c")
        answer = await server.say(offer * 1500 + get("/last", "Connection: close"))
        assert answer.count(b"HTTP/1.1 200 OK") == 1501

    play(scene)


def test_a_client_that_reads_gets_all() -> None:
    """A large response arrives whole."""

    async def scene(server: Served) -> None:
        answer = await server.say(get("/big", "Connection: close"))
        assert len(answer.split(b"\r\n\r\n", 1)[1]) == 20_000_000

    play(scene)


def test_a_client_that_leaves_cancels_its_request() -> None:
    """When the connection ends, what was asked over it is stopped."""

    async def scene(server: Served) -> None:
        _, writer = await server.open()
        writer.write(get("/slow"))
        await until(lambda: server.application.seen)
        writer.close()
        await until(lambda: not server.shared.held)
        await until(lambda: server.application.cancelled)

    play(scene)


def test_too_many_connections_are_refused() -> None:
    """One connection more than allowed is told so; the others go on."""

    async def scene(server: Served) -> None:
        others = [await server.open() for _ in range(LIMITS.connections)]
        await until(lambda: len(server.shared.held) == LIMITS.connections)
        assert (await server.say(get("/now"), until_end=False)).startswith(b"HTTP/1.1 503 ")
        reader, writer = others[0]
        writer.write(get("/now"))
        assert (await reader.read(4096)).endswith(b"now")

    play(scene)


def test_draining_ends_what_is_under_way_and_begins_nothing() -> None:
    """While the server stops, a request under way is answered and its connection closed."""

    async def scene(server: Served) -> None:
        reader, writer = await server.open()
        idle, _ = await server.open()
        server.application.go_on.clear()
        writer.write(get("/a"))
        await until(lambda: server.application.seen and len(server.shared.held) == 2)
        server.shared.drain()
        server.application.go_on.set()
        answer = await asyncio.wait_for(reader.read(), ENOUGH)
        assert answer.endswith(b"GET /a? ")
        assert b"Connection: close" in answer
        assert await asyncio.wait_for(idle.read(), ENOUGH) == b""

    play(scene)


def test_who_asks_first_whether_to_send_is_told_to() -> None:
    """Expect: 100-continue gets a 100 before the body is sent."""

    async def scene(server: Served) -> None:
        reader, writer = await server.open()
        writer.write(
            b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert await reader.readexactly(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"ok")
        assert (await reader.read(4096)).endswith(b"ok")

    play(scene)
