"""XLSX, by openpyxl: cells as texts; an extra, `cgkg[xlsx]`."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from cgkg.errors import ConfigError, SourceError

_MOST_ROWS = 200_000


@dataclass(frozen=True)
class Cells:
    """A row of a table: its number, its cells, and which of them hold numbers or dates."""

    number: int
    texts: Sequence[str]
    typed: frozenset[int] = frozenset()


def read_workbook(path: Path) -> list[list[Cells]]:
    """The tables of a workbook, each row that is not blank; of formulas the value last shown.

    Raises:
        SourceError: it is no workbook, or a table is too long.
        ConfigError: the extra is not installed.
    """
    openpyxl = _library()
    try:
        book: Any = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None
    except (BadZipFile, KeyError, ValueError, TypeError, SyntaxError) as error:
        raise SourceError(f"it is no workbook: {error}", path=path) from None
    except Exception as error:  # openpyxl has an error of its own for each part
        if type(error).__module__.startswith("openpyxl"):
            raise SourceError(f"it is no workbook: {error}", path=path) from None
        raise
    try:
        return [list(_rows(path, table)) for table in book.worksheets] or [[]]
    finally:
        book.close()


def write_workbook(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a workbook of one table, all cells of which are text.

    Raises:
        OSError: it cannot be written.
        ConfigError: the extra is not installed, or a text holds what no cell may.
    """
    openpyxl = _library()
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book: Any = openpyxl.Workbook(write_only=True)
    table: Any = book.create_sheet("statements")
    table.freeze_panes = "A2"
    for row in (header, *rows):
        if bad := next((text for text in row if ILLEGAL_CHARACTERS_RE.search(text)), None):
            raise ConfigError(
                f"{bad[:60]!r} holds a character that no cell of a workbook may", hint="write CSV"
            )
        table.append([_text_cell(table, text) for text in row])
    book.save(path)


def _text_cell(table: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if not text:
        return None
    cell: Any = WriteOnlyCell(table, value=text)
    cell.data_type = "s"  # and no formula, whatever it begins with
    if text[0] in "=+-@":
        cell.quotePrefix = True
    return cell


def _rows(path: Path, table: Any) -> Iterator[Cells]:
    for number, row in enumerate(table.iter_rows(values_only=True), 1):
        if number > _MOST_ROWS:
            raise SourceError(f"it has more than {_MOST_ROWS:,} rows", path=path, line=number)
        if any(value is not None for value in row):
            typed = frozenset(n for n, value in enumerate(row) if not isinstance(value, str | None))
            yield Cells(number, [_as_text(value) for value in row], typed)


def _as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime.datetime() if value.time() == datetime.time():
            return value.date().isoformat()
        case datetime.date() | datetime.time():
            return value.isoformat()
    return str(value)


def _library() -> Any:
    try:
        import openpyxl
    except ImportError:
        raise ConfigError(
            "workbooks need openpyxl",
            hint="pip install 'cgkg[xlsx]', or save the sheet as CSV",
        ) from None
    return openpyxl


__all__ = ["Cells", "read_workbook", "write_workbook"]
