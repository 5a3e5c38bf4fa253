"""Sheets: tables as spreadsheets write them, read as rows, and written again.

CSV with commas, semicolons or tabs between cells, in UTF-8 or UTF-16 or another encoding that is
named; XLSX by the extra `cgkg[xlsx]`. A cell that a spreadsheet would run as a formula is written
with an apostrophe before it, which is taken off again when it is read.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cgkg.errors import ConfigError, SourceError
from cgkg.intake.rows import StatementRow, is_column, read_row
from cgkg.intake.workbooks import Cells, read_workbook, write_workbook
from cgkg.opening import read_regular
from cgkg.tables import SEPARATORS, csv_records

WORKBOOK = ".xlsx"
_LARGEST = 64 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")
)  # fmt: skip
_OTHERS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .ods and .xlsx by another name, and .xls
_WRITTEN = (".csv", WORKBOOK)
_FORMULA = re.compile("'*[=+@\\-\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NEEDED = ("subject", "property", "value")


@dataclass(frozen=True)
class Sheet:
    """A sheet as it was read.

    `header` has the names of its columns as they are written, `unknown` those that say nothing to
    cgkg.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[StatementRow, ...]
    unknown: tuple[str, ...] = ()


def read_sheet(path: Path, *, encoding: str | None = None) -> Sheet:
    """Read a sheet; rows without any cell are left out.

    Args:
        path: CSV, or XLSX, of which the first table with a fitting header is read.
        encoding: of a CSV that is neither UTF-8 nor UTF-16.

    Raises:
        SourceError: it cannot be read, or its header is that of another table; says the row.
        ConfigError: it is XLSX and the extra is not installed, or there is no such encoding.
    """
    if path.suffix.lower() == WORKBOOK:
        tables = read_workbook(path)
        table = next((one for one in tables if one and _fits(one[0].texts)), tables[0])
    else:
        table = list(_records(path, encoding))
    if not table:
        raise SourceError("there is no header row", path=path, line=1, hint=_hint())
    return _read(path, table)


def write_sheet(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a sheet, XLSX or, in UTF-8 with a mark that spreadsheets know it by, CSV.

    Raises:
        ConfigError: its name ends otherwise, it is XLSX and the extra is not installed, or it
            cannot be written.
    """
    if path.suffix.lower() not in _WRITTEN:
        raise ConfigError(f"{path}: a sheet is {' or '.join(_WRITTEN)}", hint="name it so")
    try:
        if path.suffix.lower() == WORKBOOK:
            write_workbook(path, header, rows)
            return
        path.write_bytes(csv_text(header, rows).encode("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A sheet as the text of a CSV, with the mark that spreadsheets know UTF-8 by."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(map(_guarded, rows))
    return out.getvalue()


def _read(path: Path, table: Sequence[Cells]) -> Sheet:
    header = tuple(name.strip() for name in table[0].texts)
    while header and not header[-1]:
        header = header[:-1]
    names = [name.casefold().replace(" ", "_") for name in header]
    first = table[0].number
    if not _fits(header):
        lacks = ", ".join(name for name in _NEEDED if name not in names)
        said = f"its header lacks {lacks}" if names else "there is no header row"
        raise SourceError(said, path=path, line=first, hint=_hint())
    twice = next((n for n in names if n and names.count(n) > 1), None)
    if twice:
        raise SourceError(f"it has the column {twice} twice", path=path, line=first)
    value = names.index("value")
    unit = "row" if path.suffix.lower() == WORKBOOK else "line"
    rows = []
    for record in table[1:]:
        if any(text.strip() for text in record.texts[len(names) :]):
            raise SourceError(
                f"it has {len(record.texts)} cells, and the header {len(names)}",
                path=path,
                line=record.number,
                hint="quote a cell that holds a separator",
            )
        cells = dict(zip(names, record.texts, strict=False))
        if any(text.strip() for text in cells.values()):
            try:
                row = read_row(record.number, cells, exact_value=value in record.typed, unit=unit)
            except ValueError as error:
                raise SourceError(str(error), path=path, line=record.number) from None
            rows.append(row)
    unknown = tuple(
        shown or "one without a name"
        for shown, name in zip(header, names, strict=True)
        if not is_column(name)
    )
    return Sheet(path, header, tuple(rows), unknown)


def _fits(header: Sequence[str]) -> bool:
    return set(_NEEDED) <= {name.strip().casefold() for name in header}


def _hint() -> str:
    return "columns are quote, subject, property, value, mode, gist, document; docs/how-to/sheet.md"


def _records(path: Path, encoding: str | None) -> Iterable[Cells]:
    text = _decode(path, encoding)
    lines = list(io.StringIO(text, newline=""))
    skipped = 0
    while lines and (lines[0].startswith("#") or re.fullmatch(r"sep=.\s*", lines[0], re.I)):
        del lines[0]
        skipped += 1
    head = next((line for line in lines if line.strip()), "")
    separator = max(SEPARATORS, key=lambda mark: sum(map(_known, _split(head, mark))))
    for line, cells in csv_records(path, lines, skipped, separator):
        yield Cells(line, [_unguarded(cell) for cell in cells])


def _split(line: str, separator: str) -> Sequence[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _known(name: str) -> bool:
    return is_column(name.strip().casefold())


def _decode(path: Path, encoding: str | None) -> str:
    try:
        content = read_regular(path, _LARGEST)
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None
    if content.startswith(_OTHERS):
        raise SourceError("it is neither CSV nor .xlsx", path=path, hint="save it as one of these")
    if not content.strip():
        raise SourceError("it is empty", path=path, line=1)
    seen = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if seen is None and encoding is None and b"\0" in content[:200]:
        seen = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    try:
        return content.decode(seen or encoding or "utf-8")
    except LookupError:
        raise ConfigError(f"there is no encoding {encoding!r}", hint="such as cp1252") from None
    except UnicodeDecodeError as error:
        raise SourceError(
            f"not {encoding or seen or 'UTF-8'} at byte {error.start}",
            path=path,
            hint="save it as CSV UTF-8, or name its encoding: --encoding cp1252",
        ) from None


def _guarded(row: Sequence[str]) -> list[str]:
    """The cells so that a spreadsheet runs none of them."""
    risky = (_FORMULA.match(text) and not _NUMBER.fullmatch(text) for text in row)
    return [f"'{text}" if unsafe else text for text, unsafe in zip(row, risky, strict=True)]


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def cells_in_order(header: Sequence[str], cells: Mapping[str, str]) -> list[str]:
    """Cells by the names of columns in small letters, in the order of a header."""
    return [cells.get(name.casefold().replace(" ", "_"), "") for name in header]


__all__ = ["WORKBOOK", "Sheet", "cells_in_order", "csv_text", "read_sheet", "write_sheet"]
