"""What a connection of a client may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ConnectionLimits:
    """What a connection may take: bytes, and seconds.

    Attributes:
        url: of the request target.
        headers: of all header fields together; `fields` is how many there may be.
        body: of a request's content.
        client: seconds for a request to arrive, and for a response to be taken, without progress.
        slowest: bytes per second that a client must send or take, beyond those seconds.
        buffered: bytes of a response that may lie in the client's system: it tells that they have
            been taken only in lots, so this much earlier progress counts later.
        idle: seconds that a connection may wait for its next request.
        connections: how many there may be at once.
        linger: seconds in which a client that is refused may read why.
    """

    url: int = 1 << 16
    headers: int = 1 << 15
    fields: int = 128
    body: int = 1 << 20
    client: float = 20.0
    slowest: int = 4096
    buffered: int = 1 << 19
    idle: float = 75.0
    connections: int = 1024
    linger: float = 2.0
