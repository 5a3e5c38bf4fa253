"""The server's end of the socket to a worker: one message out, one message back, in a loop."""

from __future__ import annotations

import asyncio
import marshal
import socket
from collections.abc import Callable
from typing import Any, cast

from cgkg.query import frames


class Channel(asyncio.Protocol):
    """A connection to one worker. Ask again only when the last answer has come.

    Messages are those of `cgkg.query.frames`.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self._held = 0
        self._needed = frames.SIZES.size
        self._answer: asyncio.Future[tuple[dict[str, Any], bytes]] | None = None
        self._busy = False
        self.closed = False
        self.when_lost: Callable[[], None] = lambda: None

    @classmethod
    async def over(cls, connection: socket.socket) -> Channel:
        """The channel that talks over this socket, and owns it from now on."""
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        _, channel = await loop.create_connection(cls, sock=connection)
        return channel

    def ask(self, head: dict[str, Any]) -> asyncio.Future[tuple[dict[str, Any], bytes]]:
        """Send a request; the future gets the answer's head and body, or `frames.ClosedError`."""
        self._answer = asyncio.get_running_loop().create_future()
        if self.closed or self._transport is None:
            self._answer.set_exception(frames.ClosedError())
        else:
            self._busy = True
            self._transport.write(frames.packed(head))
        return self._answer

    async def idle(self, seconds: float) -> bool:
        """Whether the worker has nothing to do, or has done it within this time."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self._busy and not self.closed:
            if asyncio.get_running_loop().time() >= deadline:
                return False
            await asyncio.sleep(seconds / 20)
        return not self.closed

    def close(self) -> None:
        """Let go of the worker; an answer that is awaited becomes `frames.ClosedError`."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        self._held += len(data)
        if self._held < self._needed:
            return
        whole = data if len(self._parts) == 1 else b"".join(self._parts)
        head_size, body_size = frames.SIZES.unpack_from(whole)
        start = frames.SIZES.size + head_size
        self._needed = start + body_size
        if len(whole) < self._needed:
            self._parts = [whole]
            return
        self._parts, self._held, self._needed = [], 0, frames.SIZES.size
        self._busy = False
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            head = marshal.loads(whole[frames.SIZES.size : start])
            answer.set_result((head, whole[start:]))

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(frames.ClosedError())
        self.when_lost()
