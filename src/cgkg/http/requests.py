"""Requests as plain values, and the parameters in them (application/x-www-form-urlencoded)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from cgkg.errors import QueryError

MAX_PARAMETERS = 10_000
# What a body may be in, by the names that clients give it (`_` is written `-`), and the decoder. A
# name that is not here is never looked up: the interpreter keeps every name it was asked for.
CHARSETS: Mapping[str, str] = {
    name: decoder
    for decoder, names in {
        "utf-8": "utf-8 utf8 us-ascii ascii",
        "utf-16": "utf-16 utf16 utf-16le utf-16be",
        "latin-1": "iso-8859-1 iso8859-1 latin-1 latin1",
        "iso-8859-15": "iso-8859-15 latin-9 latin9",
        "cp1252": "windows-1252 cp1252",
        "gb18030": "gb18030 gbk gb2312",
        "big5": "big5",
        "cp932": "shift-jis sjis windows-31j",
        "euc-jp": "euc-jp",
        "euc-kr": "euc-kr",
    }.items()
    for name in names.split()
}
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


def decode_form(encoded: bytes, decoder: str = "utf-8") -> list[tuple[str, str]]:
    """Name and value pairs of a query string or form body, percent-decoded exactly once.

    Args:
        encoded: the query string or the body.
        decoder: one of the values of `CHARSETS`.

    Raises:
        ProtocolError: a percent sign without two hexadecimal digits, bytes that are not text, or
            more pairs than anybody needs.
    """
    if decoder == "utf-16":  # its bytes hold none of the signs that divide a form
        encoded, decoder = read_text(encoded, decoder).encode("utf-8"), "utf-8"
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
    return [(_decode(name, decoder), _decode(value, decoder)) for name, _, value in pairs]


def _decode(encoded: bytes, decoder: str) -> str:
    return read_text(unquote_to_bytes(encoded.replace(b"+", b" ")), decoder)


def read_text(text: bytes, decoder: str = "utf-8") -> str:
    """The text of these bytes, in UTF-8 or by another of the decoders in `CHARSETS`.

    Raises:
        ProtocolError: they are not.
    """
    if decoder == "utf-16" and text[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        # Its first character is an ASCII one in every form and query that somebody sends.
        decoder = "utf-16-be" if text[:1] == b"\0" else "utf-16-le"
    try:
        return text.decode(decoder)
    except UnicodeDecodeError as error:
        raise ProtocolError(
            f"the request is not {decoder.upper()}: byte {error.start} of {text[:40]!r}",
            hint="send UTF-8",
        ) from None
