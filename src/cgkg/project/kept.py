"""What files say, read once and kept until they change."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from cgkg.errors import SourceError
from cgkg.project.inputs import sha256_of

__all__ = ["KeptFiles"]

_SETTLED = 2_000_000_000  # nanoseconds, after which no clock of a file system hides a change
T = TypeVar("T")


class KeptFiles:
    """Files by their digests, and what was made of each as it is.

    Whether a file changed is told by what the file system says of it: times, size and number. A
    file that changed a moment ago is read again all the same, since its next change may carry the
    same time.
    """

    def __init__(self) -> None:
        self._held: dict[Path, tuple[tuple[int, ...], str]] = {}
        self._seen: dict[Path, str] = {}
        self._made: dict[tuple[Path, object], tuple[str, Any]] = {}
        self._asked: set[tuple[Path, object]] = set()
        self._values: dict[str, Any] = {}

    def begin(self) -> None:
        """Look at every file again from now on."""
        self._seen = {}
        self._asked = set()

    def settle(self) -> None:
        """Forget what was not asked for since `begin`."""
        self._made = {key: self._made[key] for key in self._asked}
        self._held = {path: held for path, held in self._held.items() if path in self._seen}

    def digest(self, path: Path) -> str:
        """The SHA-256 of a file as it was when it was first asked for since `begin`.

        Raises:
            SourceError: it cannot be read.
        """
        if path not in self._seen:
            self._seen[path] = self._look(path)
        return self._seen[path]

    def make(self, path: Path, kind: object, of: Callable[[], T]) -> T:
        """What a file says, made anew only if the file, or the kind of what is made, is another.

        Raises what `of` raises.
        """
        try:
            digest, key = self.digest(path), (path, kind)
        except SourceError:  # whoever reads it says it better
            return of()
        held = self._made.get(key)
        if held is None or held[0] != digest:
            held = self._made[key] = digest, of()
        self._asked.add(key)
        value: T = held[1]
        return value

    def same(self, name: str, value: T) -> T:
        """The value that was given under this name before, if it is equal; else this one."""
        held: T = self._values.setdefault(name, value)
        if held != value:
            held = self._values[name] = value
        return held

    def derive(self, name: str, of: object, make: Callable[[], T]) -> T:
        """What is made of something, made anew only if that is another."""
        held = self._values.get(name)
        if held is None or held[0] != of:
            held = self._values[name] = of, make()
        value: T = held[1]
        return value

    def _look(self, path: Path) -> str:
        try:
            stat = os.stat(path)
        except OSError as error:
            raise SourceError(error.strerror or str(error), path=path) from None
        changed = max(stat.st_mtime_ns, stat.st_ctime_ns)
        mark = (changed, stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_dev)
        held = self._held.get(path)
        if held is not None and held[0] == mark:
            return held[1]
        digest = sha256_of(path)
        if time.time_ns() - changed > _SETTLED:
            self._held[path] = mark, digest
        else:
            self._held.pop(path, None)
        return digest
