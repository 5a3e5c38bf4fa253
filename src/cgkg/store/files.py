"""The files of a generation: their names, and how they are written and read back."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from cgkg.errors import NotReadableError, SourceError
from cgkg.opening import parse_json
from cgkg.rdf.io import read_back
from cgkg.store.lines import ADDED, BASE, REMOVED, LineChange, Parts, StoredLines

DATASET, ASSERTED, MANIFEST = "dataset.nq", "asserted.nq", "manifest.json"
COVERAGE = "coverage.json"
PARTS = {DATASET: "dataset.parts", ASSERTED: "asserted.parts"}
_STATEMENT = 200  # bytes of a statement that an error shows
_WRITTEN = 1 << 14  # lines written at a time
_MOST_CHANGED = 10  # of so many bytes one may be of a change; then the lines are written whole

Content = bytes | Callable[[Path], None]
"""What a file holds, or what writes it at a path."""


def as_json(content: Mapping[str, Any], *, indented: bool = True) -> bytes:
    """The content as JSON (RFC 8259), keys sorted, in UTF-8; what is long is written ten times as
    quickly in one line."""
    indent = 1 if indented else None
    return (json.dumps(content, ensure_ascii=False, indent=indent, sort_keys=True) + "\n").encode()


def named(name: str, end: str) -> str:
    """What a file beside that of some lines is called."""
    return name.removesuffix(".nq") + end


def are_few(change: LineChange, lines: StoredLines) -> bool:
    """Whether a change of the file of some lines is written beside a link to it."""
    return change.size * _MOST_CHANGED <= lines.size


def lines_content(name: str, before: StoredLines, change: LineChange) -> dict[str, Content]:
    """The files of changed lines: a link and the change, or all of them if much has changed."""
    whole = before.change.then(change)
    if not are_few(whole, before):
        return {name: StoredLines(before.base, whole).write}

    return {
        named(name, BASE): partial(link, before.base),
        named(name, REMOVED): b"".join(whole.removed),
        named(name, ADDED): b"".join(whole.added),
    }


def link(base: Path, path: Path) -> None:
    try:
        os.link(base, path, follow_symlinks=False)
    except OSError:  # a file system without
        shutil.copyfile(base, path)


def write_lines(lines: list[bytes], path: Path) -> None:
    with path.open("wb") as file:
        for start in range(0, len(lines), _WRITTEN):
            file.write(b"".join(lines[start : start + _WRITTEN]))


def read_back_file(path: Path) -> None:
    """Read a file as those do that serve it, before anything points to it."""
    if path.suffix == ".json":
        parse_json(path.read_bytes())
        return
    if path.name in PARTS.values():
        Parts.read(path)
        return
    try:
        read_back(path)
    except SourceError as error:
        with path.open("rb") as lines:
            text = next(islice(lines, max((error.line or 1) - 1, 0), None), b"")[:_STATEMENT]
        raise NotReadableError(
            path.name, error.line or 1, error.what, text.decode("utf-8", "replace").strip()
        ) from None


def sync(path: Path) -> None:
    """Make sure that what was written is on disk before anything points to it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
