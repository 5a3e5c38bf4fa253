"""Messages between the processes of a pool: a head and bytes, over a local stream socket.

A head is a dict or tuple of plain values, marshalled: both ends are the same Python, and it takes a
tenth of the time of JSON.
"""

from __future__ import annotations

import marshal
import os
import socket
import struct
import time
from typing import Any

_SIZES = struct.Struct(">IQ")  # of head and body
_START = _SIZES.size
_SMALL = 1 << 16  # bytes
_LOOKS = 20


class ClosedError(Exception):
    """The process at the other end is gone."""


class DeadlineError(Exception):
    """The other end did not finish in time."""


def pack_start(head: Any, body_size: int = 0) -> bytes:
    """The start of a message, after which its body of so many bytes follows."""
    encoded = marshal.dumps(head)
    return _SIZES.pack(len(encoded), body_size) + encoded


def read_start(data: bytes) -> tuple[Any, bytes, int]:
    """Read the part of a message that has come.

    Returns:
        The head, None if it is not whole; the body as far as it has come; and how many bytes are
        lacking, as far as one can tell: 0 or less if the message is whole.
    """
    if len(data) < _START:
        return None, b"", _START - len(data)
    head_size, body_size = _SIZES.unpack_from(data)
    start = _START + head_size
    lacking = start + body_size - len(data)
    if len(data) < start:
        return None, b"", lacking
    return marshal.loads(data[_START:start]), data[start:], lacking


def send(
    connection: socket.socket,
    head: Any,
    body: bytes = b"",
    deadline: float | None = None,
) -> None:
    """Send one message; blocks until the other end has taken it.

    Args:
        connection: a stream socket that blocks.
        head: a dict or tuple of plain values.
        body: bytes.
        deadline: when to give up, on the monotonic clock; None waits for ever.

    Raises:
        ClosedError: nobody is there to receive it.
        DeadlineError: the deadline passed.
    """
    start = pack_start(head, len(body))
    try:
        _set_timeout(connection, deadline)
        if len(body) < _SMALL:
            connection.sendall(start + body)
        else:
            connection.sendall(start)
            connection.sendall(body)
    except TimeoutError:
        raise DeadlineError from None
    except OSError:
        raise ClosedError from None


def receive(connection: socket.socket, deadline: float | None = None) -> tuple[Any, bytes]:
    """The head and body of the next message; blocks until it is whole.

    Args:
        connection: a stream socket that blocks.
        deadline: when to give up, on the monotonic clock; None waits for ever.

    Raises:
        ClosedError: the other end closed before the message was whole.
        DeadlineError: the deadline passed.
    """
    head_size, body_size = _SIZES.unpack(_receive_exactly(connection, _START, deadline))
    head = marshal.loads(_receive_exactly(connection, head_size, deadline))
    return head, bytes(_receive_exactly(connection, body_size, deadline)) if body_size else b""


def receive_only(connection: socket.socket) -> tuple[Any, bytes]:
    """As `receive`, from somebody who sends the next message only after an answer to this one.

    What has come belongs to the message, so one system call is enough for a short one.

    Raises:
        ClosedError: as `receive`.
    """
    try:
        data = _receive_soon(connection) or connection.recv(_SMALL)
    except OSError:
        raise ClosedError from None
    if not data:
        raise ClosedError
    head, body, lacking = read_start(data)
    while lacking > 0:
        data += _receive_exactly(connection, lacking, None)
        head, body, lacking = read_start(data)
    return head, body


def _receive_soon(connection: socket.socket) -> bytes:
    """What has come or comes at once; nothing if it does not.

    A process that sleeps takes longer to wake than a look-up takes to answer, so it looks a few
    times, and lets others run in between, before it goes to sleep.
    """
    for _ in range(_LOOKS):
        try:
            return connection.recv(_SMALL, socket.MSG_DONTWAIT)
        except BlockingIOError:
            os.sched_yield()
    return b""


def _receive_exactly(connection: socket.socket, size: int, deadline: float | None) -> bytearray:
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        try:
            _set_timeout(connection, deadline)
            count = connection.recv_into(view)
        except TimeoutError:
            raise DeadlineError from None
        except OSError:
            raise ClosedError from None
        if not count:
            raise ClosedError
        view = view[count:]
    return buffer


def _set_timeout(connection: socket.socket, deadline: float | None) -> None:
    """Have the next operation block until the deadline at most."""
    if deadline is None:
        if connection.gettimeout() is not None:  # setting it is a system call
            connection.settimeout(None)
        return
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    connection.settimeout(remaining)
