"""What a build depends on: digests of files, by names that are the same on every machine."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from cgkg.errors import SourceError, shown
from cgkg.opening import open_regular


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None


def digest_files(
    files: Iterable[Path], folder: Path, digest: Callable[[Path], str] = sha256_of
) -> Mapping[str, str]:
    """SHA-256 of each file, by its path inside the folder.

    A file outside is named `.../` and its own name: where it lies is the machine's affair.

    Args:
        files: each may come several times.
        folder: where they are, mostly.
        digest: gives the SHA-256 of one.

    Raises:
        SourceError: a file cannot be read.
    """
    folders = [
        (whole, os.path.join(whole(folder), ""))  # as text, which is quicker
        for whole in (os.path.abspath, os.path.realpath)
    ]
    inputs: dict[str, str] = {}
    outside: dict[str, list[str]] = {}
    for path in dict.fromkeys(files):
        name = _inside(path, folders)
        if name is not None:
            inputs[shown(name)] = inputs.get(shown(name)) or digest(path)
        else:
            digests = outside.setdefault(shown(path.name), [])
            sha256 = digest(path)
            digests += [sha256] if sha256 not in digests else []
    for name, digests in outside.items():
        for number, sha256 in enumerate(digests):
            inputs[f".../{number}/{name}" if number else f".../{name}"] = sha256
    return inputs


def _inside(path: Path, folders: Iterable[tuple[Callable[[Path], str], str]]) -> str | None:
    """The path of a file inside the folder; None for a file elsewhere."""
    for whole, folder in folders:
        place = whole(path)
        if place.startswith(folder):
            return Path(place[len(folder) :]).as_posix()
    return None
