"""Solutions as CSV (SPARQL 1.1 CSV and TSV §3), made of the engine's TSV.

The engine's own CSV has IRIs as they are, and those with a comma in them fall into two columns.
"""

from __future__ import annotations

import re

_LITERAL = re.compile(rb'"((?:[^"\\]++|\\.)*+)"(?:@[A-Za-z0-9-]++|\^\^<[^<>]*+>)?+', re.DOTALL)
_IRI_WITH_COMMA = re.compile(rb"<([^<>,]*+,[^<>]*+)>")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_LETTERS = {b"t": b"\t", b"n": b"\n", b"r": b"\r"}
_SPECIAL = re.compile(rb'[",\r\n]')
_GAP = b"\0"  # where a literal stood; outside of literals it is nowhere in TSV


def csv_of(tsv: bytes) -> bytes:
    """The same solutions as CSV.

    Args:
        tsv: with the names of variables in its first line.
    """
    parts = _LITERAL.split(tsv)
    header, newline, rows = _GAP.join(parts[::2]).partition(b"\n")
    outside = header.replace(b"?", b"") + newline + rows
    outside = _IRI_WITH_COMMA.sub(rb'"\1"', outside).translate(None, b"<>")
    outside = outside.replace(b"\t", b",").replace(b"\n", b"\r\n")
    if len(parts) == 1:
        return outside
    pieces = outside.split(_GAP)
    parts[::2] = pieces
    parts[1::2] = map(_field, parts[1::2])
    return b"".join(parts)


def _field(text: bytes) -> bytes:
    if b"\\" in text:
        text = _ESCAPED.sub(lambda match: _LETTERS.get(match[1], match[1]), text)
    return b'"%s"' % text.replace(b'"', b'""') if _SPECIAL.search(text) else text
