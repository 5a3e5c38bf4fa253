"""Requests and responses as values, and their heads as they are sent (RFC 9112)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

_REASONS = {int(status): status.phrase for status in HTTPStatus}


@dataclass(slots=True)
class Request:
    """A whole request. Header names are in lower case; of repeated ones the values are joined."""

    method: str
    target: bytes
    headers: Mapping[str, str]
    body: bytes
    peer: str
    path: bytes = b""
    query: bytes = b""


@dataclass(slots=True)
class Response:
    """A whole response; its length and the connection's fate are added when it is sent.

    `length` is that of the body which a HEAD request leaves out, if the body is not here.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes = b""
    length: int | None = None


Send = Callable[[Response], None]


class Application(Protocol):
    """What answers the requests of all connections."""

    def answer(self, request: Request, send: Send) -> Callable[[], object] | None:
        """Call `send` once with the response, before this returns or later; must not block.

        Returns:
            What is to be called if the client leaves before that.
        """

    def refuse(self, status: int, detail: str, peer: str, accept: str | None) -> Response:
        """The response to what is no request, or too large, or too slow.

        Args:
            status: the response's.
            detail: what is wrong.
            peer: the client's address.
            accept: the header of this name, if it has been read.
        """


def write_head(response: Response, keep: bool, date: str) -> bytes:
    """The head of a response, up to the empty line.

    Args:
        response: the response.
        keep: whether the connection stays open.
        date: the header Date.
    """
    status = response.status
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, '')}", f"Date: {date}", "Server: cgkg"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    if status not in (204, 304):
        length = len(response.body) if response.length is None else response.length
        lines.append(f"Content-Length: {length}")
    if not keep:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
