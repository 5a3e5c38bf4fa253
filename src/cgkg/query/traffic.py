"""How much has been written to a TCP connection and read from it, whoever did it.

Two processes share a lent connection. When one has been killed in the middle of a response, the
other learns from the kernel how far it had come.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import os
import socket
import struct
import termios
from typing import NamedTuple

# In Linux' struct tcp_info, which only grows: bytes received, not sent yet, sent, and sent again.
_RECEIVED = struct.Struct("=128xQ")
_UNSENT = struct.Struct("=144xI")
_SENT = struct.Struct("=200xQQ")
_SIZE = _SENT.size


class Traffic(NamedTuple):
    """Bytes that programs have written to a connection and read from it since it was made, and
    those that wait to be read."""

    written: int
    read: int
    waiting: int


def traffic_of(descriptor: int) -> Traffic | None:
    """The traffic of the connection; None where the system does not say, or it is none of TCP."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return None
    waiting = array.array("i", [0])
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as connection:
        found = connection.getsockopt(socket.IPPROTO_TCP, option, _SIZE)
        fcntl.ioctl(descriptor, termios.FIONREAD, waiting)
        if len(found) == _SIZE:
            sent, again = _SENT.unpack(found)
            (unsent,) = _UNSENT.unpack_from(found)
            (received,) = _RECEIVED.unpack_from(found)
            return Traffic(sent - again + unsent, received - waiting[0], waiting[0])
    return None


def skip(descriptor: int, size: int) -> None:
    """Read so many bytes and throw them away."""
    with socket.socket(fileno=os.dup(descriptor)) as connection:
        connection.recv(size)
