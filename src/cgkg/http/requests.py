"""Requests as plain values, and the parameters in them (application/x-www-form-urlencoded)."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from cgkg.errors import QueryError

MAX_PARAMETERS = 10_000
_MALFORMED_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class ProtocolError(QueryError):
    """The request is not one of the SPARQL 1.1 Protocol (§2.1)."""

    code = "protocol"


class UnsupportedMediaTypeError(ProtocolError):
    """The request's body is of a type or in a charset that is not read."""

    code = "media-type"


class HttpRequest(NamedTuple):
    """What the protocol needs to know of an HTTP request, undecoded."""

    method: str
    query_string: bytes = b""
    content_type: str | None = None
    body: bytes = b""
    accept: str | None = None
    accept_encoding: str | None = None
    content_encoding: str | None = None


def decode_form(encoded: bytes) -> list[tuple[str, str]]:
    """Name and value pairs of a query string or form body, percent-decoded exactly once.

    Raises:
        ProtocolError: a percent sign without two hexadecimal digits, bytes that are not UTF-8, or
            more pairs than anybody needs.
    """
    if encoded.count(b"&") > MAX_PARAMETERS:
        raise ProtocolError(
            f"the request has more than {MAX_PARAMETERS:,} parameters", hint="send fewer graphs"
        )
    broken = _MALFORMED_PERCENT.search(encoded)
    if broken is not None:
        raise ProtocolError(
            f"malformed percent-encoding at byte {broken.start()}",
            hint="a percent sign itself is written %25",
        )
    pairs = (field.partition(b"=") for field in encoded.split(b"&") if field)
    return [(_decode(name), _decode(value)) for name, _, value in pairs]


def _decode(encoded: bytes) -> str:
    return read_utf8(unquote_to_bytes(encoded.replace(b"+", b" ")))


def read_utf8(text: bytes) -> str:
    """The text of these bytes.

    Raises:
        ProtocolError: they are not UTF-8.
    """
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError(
            f"the request is not UTF-8: byte {error.start} of {text[:40]!r}", hint="send UTF-8"
        ) from None
