"""The server's end of the socket to a worker, on an event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

from cgkg.workers import messages
from cgkg.workers.budget import ByteBudget


class Channel(asyncio.Protocol):
    """A connection to one worker. Send again only when the last answer has come.

    Messages are those of `cgkg.workers.messages`. Called from the event loop; nothing blocks.
    """

    def __init__(
        self,
        on_message: Callable[[Any, bytes | None], None],
        on_lost: Callable[[bool], None],
        room: ByteBudget,
    ) -> None:
        self._on_message, self._on_lost, self._room = on_message, on_lost, room
        self._transport: asyncio.Transport | None = None
        self._head: Any = None
        self._parts: list[bytes] = []  # of a message that is not whole yet; of its body, once
        self._missing = 0  # its head is known
        self._size = 0  # of its body, if there was room for it
        self._unsent = False  # there was nobody to send the last request to
        self.gone = False

    @classmethod
    async def open(
        cls,
        connection: socket.socket,
        on_message: Callable[[Any, bytes | None], None],
        on_lost: Callable[[bool], None],
        room: ByteBudget,
    ) -> Channel:
        """The channel that talks over this socket, and owns it from now on.

        Args:
            connection: the socket.
            on_message: called with each answer's head and body; None for a body that there was no
                room for, and that is thrown away.
            on_lost: called once when the worker is gone; from then on `gone` is true. It is told
                whether the worker was gone before it had read the last request.
            room: for bodies from when they begin to come until `on_message` returns.
        """
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        _, channel = await loop.create_connection(
            lambda: cls(on_message, on_lost, room), sock=connection
        )
        return channel

    def send(self, head: Any) -> None:
        """Send a request that is a head alone; if nobody is there to take it, `on_lost` is
        called."""
        assert self._transport is not None
        # The loop may have seen the other end close, and call `connection_lost` in its next turn.
        self._unsent = self._transport.is_closing()
        if not self._unsent:
            self._transport.write(messages.pack_start(head))

    def close(self) -> None:
        """Close the connection, by which the worker ends once it has read what was sent."""
        assert self._transport is not None
        self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            self._receive_body(data)
            return
        if self._parts:
            data = b"".join((*self._parts, data))
        head, body, missing = messages.read_start(data)
        if missing <= 0:
            self._parts = []
            self._on_message(head, body)
        elif head is None:
            self._parts = [data]
        else:
            size = len(body) + missing
            self._head, self._parts, self._missing = head, [], size
            self._size = size if self._room.take(size) else 0
            self._receive_body(body)

    def _receive_body(self, data: bytes) -> None:
        self._missing -= len(data)
        if self._size:
            self._parts.append(data)
        if self._missing > 0:
            return
        head, self._head = self._head, None
        body = b"".join(self._parts) if self._size else None
        self._parts = []
        try:
            self._on_message(head, body)
        finally:
            self._leave_room()

    def _leave_room(self) -> None:
        self._room.give_back(self._size)
        self._size = 0

    def connection_lost(self, error: Exception | None) -> None:
        self.gone = True
        self._head, self._parts = None, []  # megabytes that would wait for the collector
        self._leave_room()
        # Linux resets a connection whose other end is closed with something still to be read.
        reset = isinstance(error, BrokenPipeError | ConnectionResetError)
        self._on_lost(reset or self._unsent)
