"""A database made from that of another dataset, by what differs between their files.

Both files are sorted lines (`cgkg.store.dataset`); others, and those that differ in much, are not
for this. What is linked is never written again by the engine, so the other database stays as it is.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cgkg.errors import StoreError
from cgkg.store.graph import change_database

_SHARE = 16  # of so many lines one may differ; with more a new database is as fast
_ALL_ALIKE = 256  # subjects and properties of removed typed values that are looked for
_NOT_COPIED = ("LOCK", "LOG")


def derive_database(path: Path, folder: Path, *, old_path: Path, old_folder: Path) -> bool:
    """Write the dataset of an N-Quads file into a folder, as `write_database` does, from a database
    of another file; whether that was possible. If not, what is in the folder is of no use.

    Args:
        path: the file.
        folder: is made.
        old_path: the other file.
        old_folder: a database of it, which `write_database` or this wrote; nobody writes to it.
    """
    try:
        found = _difference(old_path, path)
        if found is None:
            return False
        removed, added = found
        held = _perhaps_held_alike(path, removed)
        if held is None:
            return False
        _link(old_folder, folder)
        change_database(folder, removed, [*added, *held])
    except (OSError, StoreError):
        return False
    return True


def _difference(old: Path, new: Path) -> tuple[list[bytes], list[bytes]] | None:
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
    return removed, added


def _sorted_lines(lines: Iterator[bytes]) -> Iterator[bytes]:
    last = b""
    for line in lines:
        if line <= last:
            raise ValueError("not sorted")
        yield line
        last = line


def _perhaps_held_alike(path: Path, removed: list[bytes]) -> list[bytes] | None:
    """The lines of a file that the database may hold as one with a line that is removed: it writes
    01 and 1 alike. None if there are too many to look for."""
    starts = {b" ".join(line.split(b" ", 2)[:2]) + b' "' for line in removed if b'"^^<' in line}
    if not starts:
        return []
    if len(starts) > _ALL_ALIKE:
        return None
    wanted = tuple(starts)
    with path.open("rb") as lines:
        return [line for line in lines if line.startswith(wanted)]


def _link(old: Path, new: Path) -> None:
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
