"""What a client has still to take of its responses, and whether it takes it quickly enough."""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import termios
from collections.abc import Callable

from cgkg.serving.limits import ConnectionLimits
from cgkg.workers.budget import ByteBudget

_AT_ONCE = struct.pack("ii", 1, 0)  # closing throws away what is unsent (SO_LINGER, socket(7))


class UnsentBytes:
    """Counts the bytes of responses that are not with the client yet; called from the event loop.

    Attributes:
        held: bytes of responses that are here: whole ones, as they are held whole.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        limits: ConnectionLimits,
        budget: ByteBudget,
        clock: Callable[[], float],
    ) -> None:
        self._transport, self._limits, self._budget = transport, limits, budget
        self._clock = clock
        self.held = 0
        self._untaken = 0  # those and the ones that the system holds
        self._credit = 0.0  # bytes that the client is ahead of the slowest one that is served
        self._since = 0.0  # when it was last looked at

    def note(self, size: int) -> None:
        """Count what the client has still to take, of which so many bytes are new."""
        unsent = self._transport.get_write_buffer_size()
        if self.held:
            self._untaken += size
        elif not unsent:
            return
        else:
            self._since = self._clock()
            self._untaken = unsent + self._in_system()
            self._credit = self._limits.slowest * self._limits.client
        self._count(self.held + size if unsent else 0)

    def forget(self) -> None:
        """Nothing is here any more."""
        self._count(0)

    def check(self, now: float) -> None:
        """End the connection if the client takes what is sent too slowly."""
        unsent = self._transport.get_write_buffer_size()
        if not unsent:
            self.forget()
            return
        limits, untaken = self._limits, unsent + self._in_system()
        taken, due = self._untaken - untaken, limits.slowest * (now - self._since)
        most = limits.slowest * limits.client + limits.buffered
        self._credit = min(most, self._credit + taken - due)
        self._untaken, self._since = untaken, now
        if self._credit < 0:
            self._abort()

    def _count(self, held: int) -> None:
        self._budget.held += held - self.held
        self.held = held

    def _in_system(self) -> int:
        """Bytes that the system has been given for the client and that are not with it yet."""
        try:
            handle = self._transport.get_extra_info("socket").fileno()
            (size,) = struct.unpack("i", fcntl.ioctl(handle, termios.TIOCOUTQ, bytes(4)))
        except OSError:  # it knows of no such thing, or the connection is gone
            return 0
        return int(size)

    def _abort(self) -> None:
        """End now, and have the system forget what it has taken of the response: megabytes, which
        it would go on offering to a client that does not read."""
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._transport.abort()
