"""What a build depends on: digests of files, by names that are the same on every machine."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from cgkg.errors import SourceError, shown
from cgkg.opening import open_regular


def digest_files(files: Iterable[Path], folder: Path) -> Mapping[str, str]:
    """SHA-256 of each file, by its path inside the folder.

    A file outside is named `.../` and its own name: where it lies is the machine's affair.

    Raises:
        SourceError: a file cannot be read.
    """
    inputs: dict[str, str] = {}
    outside: dict[str, list[str]] = {}
    for path in files:
        name = _inside(path, folder)
        if name is not None:
            inputs[shown(name)] = inputs.get(shown(name)) or _sha256(path)
        else:
            digests = outside.setdefault(shown(path.name), [])
            digest = _sha256(path)
            digests += [digest] if digest not in digests else []
    for name, digests in outside.items():
        for number, digest in enumerate(digests):
            inputs[f".../{number}/{name}" if number else f".../{name}"] = digest
    return inputs


def _inside(path: Path, folder: Path) -> str | None:
    """The path of a file inside the folder; None for a file elsewhere."""
    for whole in (os.path.abspath, os.path.realpath):
        place = Path(whole(path))
        if place.is_relative_to(whole(folder)):
            return place.relative_to(whole(folder)).as_posix()
    return None


def _sha256(path: Path) -> str:
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None
