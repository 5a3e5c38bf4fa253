"""The server's end of the socket to a worker, on an event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

from cgkg.query import frames


class Channel(asyncio.Protocol):
    """A connection to one worker.

    Messages are those of `cgkg.query.frames`.
    """

    def __init__(
        self, received: Callable[[Any, bytes], None], lost: Callable[[bool], None]
    ) -> None:
        self._received, self._lost = received, lost
        self._transport: asyncio.Transport | None = None
        self._head: Any = None
        self._parts: list[bytes] = []  # of a message that is not whole yet; of its body, once
        self._missing = 0  # its head is known
        self.gone = False

    @classmethod
    async def over(
        cls,
        connection: socket.socket,
        received: Callable[[Any, bytes], None],
        lost: Callable[[bool], None],
    ) -> Channel:
        """The channel that talks over this socket, and owns it from now on.

        Args:
            connection: the socket.
            received: called with each answer's head and body.
            lost: called once when the worker is gone; from then on `gone` is true. It is told
                whether the worker was gone before the last request reached it.
        """
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        _, channel = await loop.create_connection(lambda: cls(received, lost), sock=connection)
        return channel

    def send(self, head: Any) -> None:
        """Send a request; if nobody is there to take it, `lost` is called."""
        assert self._transport is not None
        self._transport.write(frames.packed(head))

    def close(self) -> None:
        """Let go of the worker."""
        assert self._transport is not None
        self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        while data:
            data = self._read(data)

    def _read(self, data: bytes) -> bytes:
        """Read on in the message under way; what is behind it."""
        if self._head is None:
            if self._parts:
                data = b"".join((*self._parts, data))
            head, body, missing = frames.begun(data)
            if head is None:
                self._parts = [data]
                return b""
            self._head, self._parts, self._missing = head, [body], missing
        else:
            self._parts.append(data)
            self._missing -= len(data)
        if self._missing > 0:
            return b""
        head, self._head = self._head, None
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts = []
        whole = len(body) + self._missing
        rest = body[whole:]
        self._received(head, body[:whole] if rest else body)
        return rest

    def connection_lost(self, error: Exception | None) -> None:
        self.gone = True
        self._lost(isinstance(error, BrokenPipeError))
