"""New individuals as rows of data/registry.csv; the rows there are keep every byte."""

from __future__ import annotations

import csv
import io
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from cgkg.errors import SourceError
from cgkg.intake.rows import NewIndividual
from cgkg.opening import read_regular
from cgkg.project.folder import Project
from cgkg.tables import SEPARATORS, read_table

_KEYS = ("id", "class")


def registry_with(
    project: Project, individuals: Iterable[NewIndividual], languages: Sequence[str]
) -> tuple[str, str]:
    """The text of the registry before and after these individuals are registered.

    They go where the order of ids has them, if the registry is in that order, else to its end.

    Args:
        project: whose registry it is; it may have none yet.
        individuals: none of them registered.
        languages: those that a new registry has columns for.

    Raises:
        SourceError: it cannot be read, or has no column for a text; says which.
    """
    new = sorted(individuals, key=lambda one: one.id)
    path = project.registry
    if not path.is_file():
        header = [*_KEYS, *(f"{kind}{tag}" for kind in ("", "def_") for tag in languages)]
        header += sorted({_column(key) for one in new for key in one.texts} - set(header))
        return "", _csv([header, *(_cells(one, header) for one in new)], ",", "\n")
    text = read_regular(path).decode("utf-8")
    table = read_table(path, _KEYS, others=True)
    needed = {_column(key): one for one in new for key in one.texts}
    for column, one in needed.items():
        if column not in table.header:
            raise SourceError(
                f"it has no column {column}, which {one.id} needs",
                path=path,
                line=1,
                hint=f"add {column} to its header, and a separator to each row",
            )
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split("\n")
    ids = [row["id"].strip() for row in table.rows]
    starts = [row.line - 1 for row in table.rows]
    separator = max(SEPARATORS, key=lambda mark: _header_line(text).count(mark))
    pieces: dict[int, list[str]] = {}
    for one in new:
        place = bisect_right(ids, one.id) if ids == sorted(ids) else len(ids)
        at = starts[place] if place < len(starts) else _end(lines)
        pieces.setdefault(at, []).append(_csv([_cells(one, table.header)], separator, end))
    return text, _put(lines, pieces, end)


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


def _header_line(text: str) -> str:
    return next((line for line in text.splitlines() if not line.startswith("#")), "")


def _column(key: tuple[str, str]) -> str:
    kind, language = key
    return f"{kind}_{language}" if kind else language


def _cells(one: NewIndividual, header: Sequence[str]) -> list[str]:
    texts = {_column(key): text for key, text in one.texts.items()}
    return [{"id": one.id, "class": one.class_name, **texts}.get(name, "") for name in header]


def _csv(rows: Iterable[Sequence[str]], separator: str, end: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=end).writerows(rows)
    return out.getvalue()


__all__ = ["registry_with"]
