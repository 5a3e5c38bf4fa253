"""Records of JSON as the readers take them: typed access, and errors that say where."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgkg.errors import SourceError
from cgkg.opening import read_regular

_LARGEST = 256 << 20


@dataclass(frozen=True)
class Record:
    """An object of JSON, and where it stands: `place` is `FILE#number`, `line` of JSON lines."""

    path: Path
    number: int
    line: int | None
    held: Mapping[str, Any]

    @property
    def place(self) -> str:
        """The file's name and the record's number in it."""
        return f"{self.path.name}#{self.number}"

    def error(self, what: str) -> SourceError:
        """What is wrong with the record, for whoever finds out to raise."""
        said = what if self.line else f"{what} (record {self.number})"
        return SourceError(said, path=self.path, line=self.line)

    def text(self, key: str) -> str:
        """A text, empty if there is none.

        Raises:
            SourceError: there is something else.
        """
        value = self.held.get(key)
        if value is None or isinstance(value, str):
            return value or ""
        raise self.error(f"{key} is no text")


def read_json(path: Path) -> tuple[Any, list[tuple[int, Any]]]:
    """A file of JSON as its one value, or a file of JSON lines as those with their numbers.

    Returns:
        The value and no lines; or None and the lines that are not blank.

    Raises:
        SourceError: it cannot be read, or is neither.
    """
    text = read_text(path)
    try:
        return json.loads(text), []
    except RecursionError:
        raise SourceError("it is nested too deeply", path=path) from None
    except json.JSONDecodeError as error:
        whole = error
    lines = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                lines.append((number, json.loads(line)))
            except (json.JSONDecodeError, RecursionError) as error:
                if lines or number > 1:
                    said = getattr(error, "msg", "it is nested too deeply")
                    raise SourceError(f"not JSON: {said}", path=path, line=number) from None
                said = f"not JSON: {whole.msg}"
                raise SourceError(said, path=path, line=whole.lineno, column=whole.colno) from None
    return None, lines


def read_text(path: Path) -> str:
    """A file in UTF-8, with or without a byte order mark; line ends are left as they are.

    Raises:
        SourceError: it cannot be read, is not UTF-8, or holds nothing.
    """
    try:
        text = read_regular(path, _LARGEST).decode("utf-8-sig")
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None
    except UnicodeDecodeError as error:
        raise SourceError(
            f"not UTF-8 at byte {error.start}", path=path, hint="save it as UTF-8"
        ) from None
    if not text.strip():
        raise SourceError("it is empty", path=path)
    return text


def objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of a list, or the one that the value is; others are none."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            yield each


def text_of(value: Any) -> str:
    """The value if it is a text, else none."""
    return value if isinstance(value, str) else ""


def offsets(record: Mapping[str, Any], start: str, end: str) -> tuple[int, int] | None:
    """Two offsets of a record, if they are natural numbers in order."""
    values: Sequence[Any] = (record.get(start), record.get(end))
    if all(isinstance(each, int) and not isinstance(each, bool) for each in values):
        return (values[0], values[1]) if 0 <= values[0] <= values[1] else None
    return None


__all__ = ["Record", "objects", "offsets", "read_json", "read_text", "text_of"]
