"""The tables of a project, as editors and spreadsheets write them: CSV or TSV with a header.

UTF-8 with or without a byte order mark; lines that end in LF or CRLF; cells separated by commas,
semicolons or tabs, and quoted as RFC 4180 says.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cgkg.errors import SourceError
from cgkg.opening import read_regular

SEPARATORS = (",", ";", "\t")
_CELL = re.compile(rb'"(?:[^"]|"")*"|[^,\r\n"]+')
# What spreadsheets take for the beginning of a formula, also in full width.
_FORMULA = re.compile(rb"[=+@\-\t\r]|\xef\xbc[\x9d\x8b\x8d\xa0]")
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class TableRow:
    """A row by the names of its columns; `line` is where it begins in the file (1-based)."""

    path: Path
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def number(self, column: str) -> int:
        """The cell as a natural number.

        Raises:
            SourceError: it is none.
        """
        text = self.cells[column].strip()
        if not (text.isascii() and text.isdigit()):
            raise self.error(f"{column}: {text!r} is not a number")
        return int(text)

    def error(self, what: str, *, hint: str = "") -> SourceError:
        """What is wrong with the row, for whoever finds out to raise."""
        return SourceError(what, path=self.path, line=self.line, hint=hint)


@dataclass(frozen=True)
class Table:
    """The rows of a table, the names of its columns, and the lines before its header, which begin
    with `#`."""

    comments: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[TableRow, ...]


def read_table(
    path: Path,
    columns: Sequence[str],
    *,
    optional: Sequence[str] = (),
    others: bool = False,
    check: Callable[[Sequence[str]], str] | None = None,
) -> Table:
    """All rows that are not blank.

    Args:
        path: the file.
        columns: those that it must have, in any order.
        optional: those that it may have; a row without them has empty cells there.
        others: whether it may have columns of other names, too.
        check: says what else is wrong with the names of the columns, before any row is read; empty
            if nothing is.

    Raises:
        SourceError: the file cannot be read, its columns are others, or a row has too few or too
            many cells; says the line.
    """
    lines = list(io.StringIO(_text(path), newline=""))  # str.splitlines knows ends of other kinds
    before = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    expected = f"expected the columns {', '.join(columns)}"
    if before == len(lines):
        raise SourceError("there is no header row", path=path, line=max(before, 1), hint=expected)
    known = {*columns, *optional}
    separator = max(SEPARATORS, key=lambda mark: len(known & _cells(lines[before], mark)))
    records = csv_records(path, lines[before:], before, separator)
    line, header = next(records, (before + 1, []))
    wrong = {
        "lacks": [name for name in columns if name not in header],
        # What has none of the columns may be no table at all, and is not quoted.
        "also has": [name or "one without a name" for name in header
                     if not others and name not in known and not known.isdisjoint(header)],
        "repeats": [name for name in (*columns, *optional) if header.count(name) > 1],
    }  # fmt: skip
    faults = [f"{how} {', '.join(names)}" for how, names in wrong.items() if names]
    if faults:
        said = f"{expected}; the header {' and '.join(faults)}"
        raise SourceError(said, path=path, line=line)
    if check is not None and (said := check(header)):
        raise SourceError(said, path=path, line=line)
    missing = dict.fromkeys(set(optional) - set(header), "")
    rows = []
    for line, cells in records:
        if len(cells) != len(header):
            raise SourceError(
                f"expected {len(header)} cells, found {len(cells)}",
                path=path,
                line=line,
                hint="quote a cell that holds a separator, and leave no cell out",
            )
        rows.append(TableRow(path, line, {**dict(zip(header, cells, strict=True)), **missing}))
    comments = tuple(line.rstrip("\r\n") for line in lines[:before])
    return Table(comments, tuple(header), tuple(rows))


def _text(path: Path) -> str:
    try:
        content = read_regular(path)
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # the bytes before are right; a byte order mark, which the error does not count, is one
        good = error.object[: error.start].decode()
        raise SourceError(
            "not UTF-8",
            path=path,
            line=good.count("\n") + 1,
            column=len(good) - good.rfind("\n"),
            hint="save the table as UTF-8",
        ) from None


def _cells(line: str, separator: str) -> set[str]:
    return set(next(csv.reader([line], delimiter=separator), []))


def csv_records(
    path: Path, lines: Sequence[str], before: int, separator: str
) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank: the line that each begins on, and its cells.

    Args:
        path: for errors.
        lines: of CSV, with their ends.
        before: how many lines of the file stand before these.
        separator: of cells.

    Raises:
        SourceError: a quotation mark stands where none may; says the line.
    """
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        line = before + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SourceError(
                str(error),
                path=path,
                line=line,
                hint="quote a cell as a whole, and double the quotation marks within",
            ) from None
        if any(cells):
            yield line, cells


def neutralize_formulas(content: bytes) -> bytes:
    """CSV whose cells a spreadsheet shows and does not evaluate.

    An apostrophe goes before a cell that begins as a formula does, as OWASP recommends; numbers
    stay as they are.

    Args:
        content: CSV as RFC 4180 has it, in UTF-8.
    """
    return _CELL.sub(_neutralized, content)


def _neutralized(cell: re.Match[bytes]) -> bytes:
    quote = b'"' if cell[0].startswith(b'"') else b""
    text = cell[0][len(quote) :]
    if not _FORMULA.match(text) or _NUMBER.fullmatch(text.removesuffix(quote)):
        return cell[0]
    return quote + b"'" + text
