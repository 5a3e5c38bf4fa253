"""Targets of requests: what of them a server must know (RFC 9112 section 3.2)."""

from __future__ import annotations

import re

from cgkg.serving.messages import Request

HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?", re.ASCII)
"""What may be in the header Host."""
_IN_TARGET = bytes((0x21, 0x22, *range(0x24, 0x7F)))  # what may be in a plain target
_ABSOLUTE = re.compile(rb"https?://([^/?]*)", re.IGNORECASE)


def plain_target(line: bytes) -> bytes:
    """The target of the plainest of request lines; empty if it is none."""
    target = line[4:-9]
    plain = line[:5] == b"GET /" and line[-9:] == b" HTTP/1.1"
    return target if plain and not target.translate(None, _IN_TARGET) else b""


def split_target(request: Request) -> bool:
    """Set the request's path and query; false if the target is of no form that a server must know
    (RFC 9112 §3.2). A host in the target takes the place of the header's (§3.2.2)."""
    target = request.target
    if absolute := _ABSOLUTE.match(target):
        host = absolute[1].decode("latin-1")
        if not host or not HOST.fullmatch(host):
            return False
        request.headers = {**request.headers, "host": host}
        rest = target[absolute.end() :]
        target = rest if rest.startswith(b"/") else b"/" + rest
    elif target == b"*":
        request.path = target
        return request.method == "OPTIONS"
    if not target.startswith(b"/"):
        return False
    request.path, _, request.query = target.partition(b"?")
    return True
