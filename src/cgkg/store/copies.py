"""A database made from that of another dataset, by what differs between their lines, or by what
comes to them.

Both are sorted (`cgkg.store.lines`); others, and those that differ in much, are not for this. What
is linked is never written again by the engine, so the other database stays as it is.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cgkg.errors import StoreError
from cgkg.store.graph import change_database, fill_database, in_parts
from cgkg.store.lines import LineChange, StoredLines

_SHARE = 16  # of so many lines one may differ; with more a new database is as fast
_ALL_ALIKE = 256  # subjects and properties of removed typed values that are looked for
_NOT_COPIED = ("LOCK", "LOG")


def derive_database(
    lines: StoredLines, folder: Path, *, old_lines: StoredLines, old_folder: Path
) -> bool:
    """Write the dataset of these lines into a folder, as `write_database` does, from a database of
    others; whether that was possible. If not, what is in the folder is of no use.

    Args:
        lines: the dataset.
        folder: is made.
        old_lines: the other one.
        old_folder: a database of it, which `write_database` or this wrote; nobody writes to it.
    """
    try:
        lines_changed = old_lines.until(lines)
        if lines_changed is None and not (old_lines.change or lines.change):
            lines_changed = _difference(old_lines.base, lines.base)
        change = None if lines_changed is None else database_change(lines_changed, lines)
        if change is None:
            return False
        link_database(old_folder, folder)
        change_database(folder, change)
    except (OSError, StoreError):
        return False
    return True


def extend_database(
    lines: StoredLines, folder: Path, *, old_lines: StoredLines, old_folder: Path
) -> bool:
    """Write the dataset of these lines into a folder, as `write_database` does, from a database of
    some of them; whether that was possible. If not, what is in the folder is of no use.

    Args:
        lines, folder, old_folder: as of `derive_database`.
        old_lines: those of the other database.
    """
    try:
        with lines.open() as file, old_lines.open() as old_file:
            link_database(old_folder, folder)
            fill_database(folder, in_parts(_more(_sorted_lines(old_file), _sorted_lines(file))))
    except (OSError, StoreError, ValueError):  # ValueError: not sorted, or one is missing
        return False
    return True


def _more(old: Iterator[bytes], new: Iterator[bytes]) -> Iterator[bytes]:
    """The new lines but for the old ones, all of which are among them; ValueError if not."""
    known = next(old, None)
    for line in new:
        if line == known:
            known = next(old, None)
        elif known is not None and known < line:
            break
        else:
            yield line
    if known is not None:
        raise ValueError("it has other lines")


def database_change(change: LineChange, lines: StoredLines) -> LineChange | None:
    """What makes a database hold these lines, if it holds them but for the change: it writes 01 and
    1 alike, so what it may hold as one with a line that is removed is added again.

    None if that is much to look for.

    Raises:
        StoreError: the lines cannot be read.
    """
    starts = {
        b" ".join(line.split(b" ", 2)[:2]) + b' "' for line in change.removed if b'"^^<' in line
    }
    if len(starts) > _ALL_ALIKE:
        return None
    return LineChange(change.removed, [*change.added, *lines.starting(sorted(starts))])


def _difference(old: Path, new: Path) -> LineChange | None:
    """The lines that only the old file has, and those that only the new one has; None if they are
    too many, or if a file is not sorted."""
    removed, added = list[bytes](), list[bytes]()
    with old.open("rb") as old_file, new.open("rb") as new_file:
        most = (os.fstat(new_file.fileno()).st_size + _SHARE) // _SHARE
        old_lines, new_lines = _sorted_lines(old_file), _sorted_lines(new_file)
        try:
            before, after = next(old_lines, None), next(new_lines, None)
            while before is not None or after is not None:
                if before == after:
                    before, after = next(old_lines, None), next(new_lines, None)
                    continue
                if after is None or (before is not None and before < after):
                    assert before is not None
                    removed.append(before)
                    most -= len(before)
                    before = next(old_lines, None)
                else:
                    added.append(after)
                    most -= len(after)
                    after = next(new_lines, None)
                if most < 0:
                    return None
        except ValueError:
            return None
    return LineChange(removed, added)


def _sorted_lines(lines: Iterator[bytes]) -> Iterator[bytes]:
    last = b""
    for line in lines:
        if line <= last:
            raise ValueError("not sorted")
        yield line
        last = line


def link_database(old: Path, new: Path) -> None:
    """Make a folder of the same database: tables are linked, which no engine changes; the files
    that say which tables there are become its own."""
    new.mkdir()
    for place in old.iterdir():
        if place.suffix == ".sst":
            try:
                os.link(place, new / place.name, follow_symlinks=False)
                continue
            except OSError:  # a file system without
                pass
        if place.name not in _NOT_COPIED and not place.is_symlink():
            shutil.copyfile(place, new / place.name)
