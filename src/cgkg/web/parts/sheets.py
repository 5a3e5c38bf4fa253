"""What a page shows as a table of CSV: of what is chosen, all of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from flask import Response, request

from cgkg.formats import Format
from cgkg.http.requests import ProtocolError
from cgkg.tables import neutralize_formulas

CSV = Format.CSV.media_type


def format_asked(arguments: Mapping[str, str]) -> str:
    """`html`, or `csv` if the parameter `format` asks for it.

    Raises:
        ProtocolError: it asks for another.
    """
    form = arguments.get("format", "html")
    if form not in ("html", "csv"):
        raise ProtocolError(f"format: {form[:50]!r} is none of html and csv")
    return form


def sheet(header: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> Response:
    """The rows as CSV (RFC 4180), for spreadsheets too: no cell of it is run as a formula.

    It begins with the byte order mark by which spreadsheets know UTF-8 if `bom=true` asks for it.
    """
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow(header)
    writer.writerows(rows)
    body = neutralize_formulas(held.getvalue().encode())
    if request.args.get("bom") == "true":
        body = b"\xef\xbb\xbf" + body
    response = Response(body, content_type=f"{CSV}; charset=utf-8; header=present")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.csv"'
    return response
