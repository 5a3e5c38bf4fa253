"""What a folder's files are, as far as that is seen without reading them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

Seen = dict[str, tuple[int, int, int]]


class FolderWatch:
    """The files of a folder, each with what changes when it is saved: its time, size and number.

    Hidden files and folders are passed over, links to folders are not followed.
    """

    def __init__(self, folder: Path, *, without: Path) -> None:
        """Look at a folder, but not into one that may be in it."""
        self._folder, self._without = str(folder.resolve()), str(without.resolve())

    def look(self) -> Seen:
        """The files as they are now: some microseconds each."""
        return dict(self._files(self._folder))

    def _files(self, folder: str) -> Iterator[tuple[str, tuple[int, int, int]]]:
        try:
            entries = list(os.scandir(folder))
        except OSError:  # gone meanwhile: its files are, too
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    if entry.path != self._without:
                        yield from self._files(entry.path)
                else:
                    stat = entry.stat()
                    yield entry.path, (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            except OSError:
                continue
