"""Messages between the processes of a pool: a head and bytes, over a local stream socket.

A head is a dict of plain values, marshalled: both ends are the same Python, and it takes a tenth of
the time of JSON.
"""

from __future__ import annotations

import marshal
import socket
import struct
import time
from typing import Any

SIZES = struct.Struct(">IQ")
_SMALL = 1 << 16  # bytes


class ClosedError(Exception):
    """The process at the other end is gone."""


class DeadlineError(Exception):
    """The other end did not finish in time."""


def packed(head: dict[str, Any], body_size: int = 0) -> bytes:
    """The start of a message, after which its body follows."""
    encoded = marshal.dumps(head)
    return SIZES.pack(len(encoded), body_size) + encoded


def send(
    connection: socket.socket,
    head: dict[str, Any],
    body: bytes = b"",
    deadline: float | None = None,
) -> None:
    """Send one message; the deadline is as that of `receive`.

    Raises:
        ClosedError: nobody is there to receive it.
        DeadlineError: the deadline passed.
    """
    start = packed(head, len(body))
    try:
        _arm(connection, deadline)
        if len(body) < _SMALL:
            connection.sendall(start + body)
        else:
            connection.sendall(start)
            connection.sendall(body)
    except TimeoutError:
        raise DeadlineError from None
    except OSError:
        raise ClosedError from None


def receive(
    connection: socket.socket, deadline: float | None = None
) -> tuple[dict[str, Any], bytes]:
    """Wait for one message.

    Args:
        deadline: when to give up, on the monotonic clock; None waits for ever.

    Raises:
        ClosedError: the other end closed before the message was whole.
        DeadlineError: the deadline passed.
    """
    head_size, body_size = SIZES.unpack(_exactly(connection, SIZES.size, deadline))
    head: dict[str, Any] = marshal.loads(_exactly(connection, head_size, deadline))
    return head, bytes(_exactly(connection, body_size, deadline)) if body_size else b""


def receive_only(connection: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Wait for one message of somebody who sends the next one only after an answer.

    What has come belongs to the message, so one system call is enough for a short one.

    Raises:
        ClosedError: as `receive`.
    """
    try:
        found = connection.recv(_SMALL)
    except OSError:
        raise ClosedError from None
    if len(found) < SIZES.size:
        if not found:
            raise ClosedError
        found += _exactly(connection, SIZES.size - len(found), None)
    head_size, body_size = SIZES.unpack_from(found)
    missing = SIZES.size + head_size + body_size - len(found)
    if missing > 0:
        found += _exactly(connection, missing, None)
    start = SIZES.size + head_size
    return marshal.loads(found[SIZES.size : start]), found[start:]


def _exactly(connection: socket.socket, size: int, deadline: float | None) -> bytearray:
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        try:
            _arm(connection, deadline)
            count = connection.recv_into(view)
        except TimeoutError:
            raise DeadlineError from None
        except OSError:
            raise ClosedError from None
        if not count:
            raise ClosedError
        view = view[count:]
    return buffer


def _arm(connection: socket.socket, deadline: float | None) -> None:
    """Let the next operation wait until the deadline at most."""
    if deadline is None:
        if connection.gettimeout() is not None:  # setting it is a system call
            connection.settimeout(None)
        return
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    connection.settimeout(remaining)
