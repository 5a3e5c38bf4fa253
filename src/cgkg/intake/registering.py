"""New individuals as rows of data/registry.csv; the rows there are keep every byte."""

from __future__ import annotations

import csv
import io
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from cgkg.intake.rows import NewIndividual
from cgkg.opening import read_regular
from cgkg.project.folder import Project
from cgkg.tables import SEPARATORS, Table, read_table

_KEYS = ("id", "class")


def registry_with(
    project: Project, individuals: Iterable[NewIndividual], languages: Sequence[str]
) -> tuple[str, str]:
    """The text of the registry before and after these individuals are registered.

    A text that it has no column for gets one, which is empty in the other rows. The individuals go
    where the order of ids has them, if the registry is in that order, else to its end.

    Args:
        project: whose registry it is; it may have none yet.
        individuals: none of them registered.
        languages: those that a new registry has columns for.

    Raises:
        SourceError: it cannot be read.
    """
    new = sorted(individuals, key=lambda one: one.id)
    path = project.registry
    if not path.is_file():
        header = [*_KEYS, *(f"{kind}{tag}" for kind in ("", "def_") for tag in languages)]
        header += sorted({_column(key) for one in new for key in one.texts} - set(header))
        return "", _csv([header, *(_cells(one, header) for one in new)], ",", "\n")
    text = before = read_regular(path).decode("utf-8")
    table = read_table(path, _KEYS, others=True)
    end = "\r\n" if "\r\n" in text else "\n"
    needed = sorted({_column(key) for one in new for key in one.texts} - {*table.header})
    if needed:
        text = _with_columns(text, table, needed)
    header = [*table.header, *needed]
    lines = text.split("\n")
    ids = [row["id"].strip() for row in table.rows]
    starts = [row.line - 1 for row in table.rows]
    separator = _separator(text)
    pieces: dict[int, list[str]] = {}
    for one in new:
        place = bisect_right(ids, one.id) if ids == sorted(ids) else len(ids)
        at = starts[place] if place < len(starts) else _end(lines)
        pieces.setdefault(at, []).append(_csv([_cells(one, header)], separator, end))
    return before, _put(lines, pieces, end)


def _with_columns(text: str, table: Table, columns: Sequence[str]) -> str:
    """The table with more columns behind, empty in every row."""
    separator = _separator(text)
    lines = text.split("\n")
    header = next(n for n, line in enumerate(lines) if not line.startswith("#"))
    starts = [header, *(row.line - 1 for row in table.rows), len(lines)]
    for number, (start, after) in enumerate(pairwise(starts)):
        last = max(n for n in range(start, after) if n == start or lines[n].strip())
        more = separator.join(["", *columns]) if number == 0 else separator * len(columns)
        lines[last] = lines[last].removesuffix("\r") + more + "\r" * lines[last].endswith("\r")
    return "\n".join(lines)


def _separator(text: str) -> str:
    line = next((line for line in text.splitlines() if not line.startswith("#")), "")
    return max(SEPARATORS, key=line.count)


def _put(lines: Sequence[str], pieces: Mapping[int, Sequence[str]], end: str) -> str:
    """Lines with pieces before some of them."""
    out: list[str] = []
    for number, line in enumerate(lines):
        out += pieces.get(number, ())
        out.append(line + ("\n" if number < len(lines) - 1 else ""))
    if len(lines) in pieces:  # the last line has no end
        out += [end, *pieces[len(lines)]]
    return "".join(out)


def _end(lines: Sequence[str]) -> int:
    return len(lines) - 1 if lines[-1] == "" else len(lines)


def _column(key: tuple[str, str]) -> str:
    kind, language = key
    return f"{kind}_{language}" if kind else language


def _cells(one: NewIndividual, header: Sequence[str]) -> list[str]:
    texts = {_column(key): " ".join(text.split()) for key, text in one.texts.items()}
    return [{"id": one.id, "class": one.class_name, **texts}.get(name, "") for name in header]


def _csv(rows: Iterable[Sequence[str]], separator: str, end: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=end).writerows(rows)
    return out.getvalue()


__all__ = ["registry_with"]
