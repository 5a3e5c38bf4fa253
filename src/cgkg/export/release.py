"""A release folder: written beside its place, complete, then renamed into it.

A failed or killed export leaves what was there before. A release is recognised by its
release.json; no other folder is ever replaced.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cgkg.document.text import TextsAtHand
from cgkg.errors import ConfigError, ReleaseError
from cgkg.export.content import Content
from cgkg.export.description import File
from cgkg.export.files import (
    FORMAT,
    README,
    RELEASE,
    SUMS,
    Part,
    about,
    data_parts,
    description_parts,
    left_out,
    licence,
    listing,
    sums,
)
from cgkg.export.readme import readme
from cgkg.export.statistics import statistics
from cgkg.export.words import WORDS, words_table
from cgkg.languages import N_
from cgkg.opening import parse_json, read_inside
from cgkg.store.generations import Generation

FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
"""What files of a release are called: names, never paths."""
LARGEST_LISTING = 64 << 20
"""Bytes of a file that says what a release holds."""
# What the parts of release.json are.
_KINDS: Mapping[str, type] = {
    "dataset": dict, "files": list, "generation": str, "cgkg": str, "license": str,
    "project": dict, "statistics": dict,
}  # fmt: skip
_OF_A_FILE: Mapping[str, type] = {
    "name": str, "media_type": str, "title": dict, "bytes": int, "sha256": str,
}  # fmt: skip


@dataclass(frozen=True)
class Release:
    """A release folder and what its release.json says."""

    folder: Path

    @cached_property
    def listing(self) -> Mapping[str, Any]:
        """The content of release.json.

        Raises:
            ReleaseError: it is missing, damaged or of another kind.
        """
        path = self.folder / RELEASE
        try:
            content = parse_json(read_inside(self.folder, RELEASE, LARGEST_LISTING))
        except (OSError, ValueError) as error:
            why = (isinstance(error, OSError) and error.strerror) or error
            raise ReleaseError(
                f"{self.folder} is no release: {RELEASE} cannot be read ({why})",
                hint="give a folder that cgkg export wrote",
            ) from None
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise ReleaseError(
                f"{path} is not of the format {FORMAT!r}",
                hint="use the version of cgkg that wrote the release",
            )
        fault = _fault(content)
        if fault:
            raise ReleaseError(f"{path}: {fault}", hint="fetch it again, or run cgkg export")
        return content

    @property
    def digest(self) -> str:
        """The dataset's digest, the version that people cite."""
        return str(self.listing["dataset"]["sha256"])

    @property
    def files(self) -> tuple[File, ...]:
        """The files that release.json lists."""
        return tuple(
            File(f["name"], f["media_type"], f["title"], f["bytes"], f["sha256"])
            for f in self.listing["files"]
        )


def _fault(listing: Mapping[str, Any]) -> str:
    """What cannot be used of the content of release.json; nothing if all can be."""
    for key, kind in _KINDS.items():
        if not isinstance(listing.get(key), kind):
            return f"it lacks {key}, or has it in another form than cgkg export writes"
    if not isinstance(listing["dataset"].get("sha256"), str):
        return "it lacks the digest of the dataset"
    for number, file in enumerate(listing["files"], 1):
        for key, kind in _OF_A_FILE.items():
            if not isinstance(file, dict) or not isinstance(file.get(key), kind):
                return f"file {number} lacks {key}, or has it in another form"
        if not FILE_NAME.fullmatch(file["name"]):
            return f"file {number}: {file['name'][:200]!r} is no name of a file in a release"
    return ""


def is_release(folder: Path) -> bool:
    """Whether the folder is a release, so that a newer one may take its place."""
    try:
        return bool(Release(folder).listing)
    except ReleaseError:
        return False


def export(generation: Generation, out: Path, texts: TextsAtHand | None = None) -> Release:
    """Write the whole release of a generation into a folder.

    Args:
        generation: what is released.
        out: the folder to make; an empty folder or an older release there is replaced.
        texts: the documents at hand, whose words go into it as far as each allows.

    Raises:
        ConfigError: something else is at `out`, or it cannot be written.
        StoreError, SourceError: the generation cannot be read.
    """
    target = Path(os.path.abspath(out))
    _check(target)
    try:
        with _beside(target) as folder:
            _fill(folder, generation, texts)
            _put(folder, target)
    except OSError as error:
        raise ConfigError(
            f"cannot write {out}: {error.strerror or error}", hint="nothing was changed"
        ) from None
    return Release(target)


def contents(
    generation: Generation, texts: TextsAtHand | None = None
) -> Iterator[tuple[str, bytes]]:
    """Every file of the generation's release with its bytes, in the order they depend on."""
    content = Content.load(generation)
    counts = statistics(content)
    files: list[File] = []
    digests: dict[str, str] = {}

    def make(part: Part) -> tuple[str, bytes]:
        body = part.make()
        digests[part.name] = hashlib.sha256(body).hexdigest()
        files.append(part.file(len(body), digests[part.name]))
        return part.name, body

    yield from map(make, data_parts(generation, content))
    words = words_table(content, texts)
    if words is not None:
        yield make(Part(WORDS, N_("words of documents that allow it"), lambda: words))
    yield from map(make, description_parts(content, counts, tuple(files)))
    said = (about(content), counts, tuple(files), left_out(content), licence(content))
    yield make(Part(README, N_("what this is"), lambda: readme(*said)))
    yield make(Part(RELEASE, "", lambda: listing(content, counts, tuple(files))))
    yield SUMS, sums(digests)


def _check(target: Path) -> None:
    """Refuse a place that holds something else, before any work is done."""
    if not target.exists() and not target.is_symlink():
        return
    if target.is_dir() and (not any(target.iterdir()) or is_release(target)):
        return
    raise ConfigError(
        f"{target} exists and is not a release of cgkg",
        hint="give --out a new folder, an empty one or an older release",
    )


def _fill(folder: Path, generation: Generation, texts: TextsAtHand | None) -> None:
    for name, body in contents(generation, texts):
        with (folder / name).open("xb") as handle:
            handle.write(body)
            handle.flush()
            os.fsync(handle.fileno())


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A new folder beside the target that is gone afterwards, unless it was renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = target.parent / f".{target.name}.tmp-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put(folder: Path, target: Path) -> None:
    """Rename the folder to its place; what was there comes back if that fails."""
    old = target.parent / f".{target.name}.old-{os.getpid()}"
    if target.exists():
        target.rename(old)
    try:
        folder.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
