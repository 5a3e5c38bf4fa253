"""Generations: immutable, complete graphs on disk, and the pointer to the current one.

A store folder holds `generations/<id>/` and `CURRENT`. A generation is written beside the others
under a temporary name, closed, renamed into place and never written again; then `CURRENT` is
switched by an atomic rename. Readers hold one generation; a failed or killed build changes
nothing but leaves a temporary folder, which the next build removes.

A generation's files hold terms as parsed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from cgkg.errors import (
    NotReadableError,
    SourceError,
    StoreError,
    StoreNotFoundError,
    VersionNotFoundError,
)
from cgkg.rdf.io import read_back
from cgkg.rdf.vocab import STANDARD
from cgkg.store.graph import Graph

__all__ = [
    "ASSERTED",
    "COVERAGE",
    "DATASET",
    "MANIFEST",
    "Generation",
    "GenerationStore",
    "sync",
]

DATASET, ASSERTED, MANIFEST = "dataset.nq", "asserted.nq", "manifest.json"
COVERAGE = "coverage.json"
_STATEMENT = 200  # bytes of a statement that an error shows
_SHORTEST = 8  # digits of a digest that name it


@dataclass(frozen=True)
class Generation:
    """One built graph: its files and what the manifest says of it."""

    folder: Path

    @property
    def id(self) -> str:
        """The generation's name: the start of the digest of all its inputs."""
        return self.folder.name

    def answers_to(self, version: str) -> bool:
        """Whether the version names this generation.

        Args:
            version: its id, or its dataset's digest with or without `sha256:` before it, or the
                first eight or more digits of the digest.
        """
        wanted = version.removeprefix("sha256:")
        digest = str(self.manifest.get("dataset_sha256", ""))
        short = len(wanted) >= _SHORTEST and digest.startswith(wanted)
        return version == self.id or short

    @property
    def dataset_file(self) -> Path:
        """N-Quads of the whole dataset: default graph and named graphs."""
        return self.folder / DATASET

    @property
    def asserted_file(self) -> Path:
        """N-Quads of the asserted facts alone, without anything inferred.

        Where nothing was inferred it is the file of the dataset.
        """
        path = self.folder / ASSERTED
        return path if path.is_file() else self.dataset_file

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """Counts, digests and versions, as written by the build; read once.

        Raises:
            StoreError: the file is missing or damaged.
        """
        try:
            content: Mapping[str, Any] = json.loads((self.folder / MANIFEST).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(f"{self.folder / MANIFEST}: {error}", hint="run cgkg build") from None
        return content

    @property
    def prefixes(self) -> Mapping[str, str]:
        """The prefixes of the project it was built from."""
        prefixes: Mapping[str, str] = self.manifest.get("project", {}).get("prefixes", STANDARD)
        return prefixes

    @property
    def counts(self) -> Mapping[str, int]:
        """What the manifest counts; of a bare folder also what was not read or left out, if any."""
        apart = {
            key: self.manifest.get(key, {}).get("count", 0) for key in ("not_read", "left_out")
        }
        found = {**self.manifest.get("counts", {}), **apart}
        return {key: count for key, count in found.items() if count}

    @property
    def left_out(self) -> Mapping[str, Any]:
        """The `count` of statements that were wrong and left out, and the first `statements`."""
        found: Mapping[str, Any] = self.manifest.get("left_out", {"count": 0, "statements": ()})
        return found

    @cached_property
    def coverage(self) -> Mapping[str, Any]:
        """What the graph says of every sentence, as `cgkg coverage --json` prints it."""
        path = self.folder / COVERAGE
        if not path.is_file():
            return {"sentences": 0, "accounted": 0, "rows": []}
        content: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
        return content

    def open(self, *, asserted: bool = False) -> Graph:
        """Load the generation (or its asserted facts alone) into memory.

        Blocks, for a second or so per 100,000 quads; each call loads anew.

        Raises:
            StoreError: the file is missing or damaged.
        """
        return Graph.load(self.asserted_file if asserted else self.dataset_file)


class GenerationStore:
    """A store folder: the current generation, and the way to add the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._generations = folder / "generations"
        self._pointer = folder / "CURRENT"

    def current(self) -> Generation:
        """The generation that `CURRENT` names.

        Raises:
            StoreNotFoundError: nothing has been built here.
        """
        try:
            name = self._pointer.read_text("utf-8").strip()
        except FileNotFoundError:
            raise StoreNotFoundError(f"no store at {self.folder}", hint="run cgkg build") from None
        except OSError as error:
            raise StoreError(f"{self._pointer}: {error.strerror}") from None
        folder = self._generations / name
        if not name or not (folder / MANIFEST).is_file():
            raise StoreNotFoundError(
                f"{self._pointer} names the generation {name!r}, which is not there",
                hint="run cgkg build",
            )
        return Generation(folder)

    def held(self, name: str) -> Generation | None:
        """The current generation, if it is the one of this name."""
        try:
            current = self.current()
        except StoreNotFoundError:
            return None
        return current if current.id == name else None

    def find(self, version: str) -> Generation:
        """The complete generation that the version names (see `Generation.answers_to`).

        Raises:
            VersionNotFoundError: there is none.
        """
        complete = self.generations()
        for generation in complete:
            if generation.answers_to(version):
                return generation
        raise VersionNotFoundError(version, known=[generation.id for generation in complete])

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the only right to write here, without waiting for it.

        The folder is made if it is not there; leftovers of killed builds are removed.

        Raises:
            StoreError: another build is running, or the folder is not writable.
        """
        try:
            self._generations.mkdir(parents=True, exist_ok=True)
            handle = (self.folder / "LOCK").open("w")
        except OSError as error:
            raise StoreError(f"cannot write to {self.folder}: {error.strerror}") from None
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreError(
                    f"another build is writing to {self.folder}", hint="wait for it to end"
                ) from None
            for leftover in self._generations.glob(".tmp-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            yield

    def add(self, name: str, files: Mapping[str, bytes | Callable[[Path], None]]) -> Generation:
        """Write a generation of these files and make it the current one; call under `lock`.

        Args:
            name: the generation's id; an existing one of this id is kept and only pointed to.
            files: content per file name, or a function that writes the file at a path.

        Raises:
            StoreError: a file cannot be written, or not be read again as those do that serve it;
                the current generation is unchanged.
        """
        final = self._generations / name
        try:
            if not (final / MANIFEST).is_file():
                shutil.rmtree(final, ignore_errors=True)
                self._write(self._generations / f".tmp-{os.getpid()}", final, files)
            self._switch(name)
        except OSError as error:
            raise StoreError(
                f"cannot write to {self.folder}: {error.strerror or error}",
                hint="the current generation is unchanged",
            ) from None
        return Generation(final)

    def _write(
        self, folder: Path, final: Path, files: Mapping[str, bytes | Callable[[Path], None]]
    ) -> None:
        folder.mkdir()
        try:
            for name, content in files.items():
                path = folder / name
                if callable(content):
                    content(path)
                else:
                    path.write_bytes(content)
                _read_back(path)
                sync(path)
            sync(folder)
            folder.rename(final)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        sync(self._generations)

    def _switch(self, name: str) -> None:
        beside = self.folder / f"CURRENT.{os.getpid()}"
        beside.write_text(name + "\n", "utf-8")
        sync(beside)
        beside.replace(self._pointer)
        sync(self.folder)

    def generations(self) -> list[Generation]:
        """All complete generations, by id."""
        manifests = self._generations.glob(f"[!.]*/{MANIFEST}")
        return [Generation(path.parent) for path in sorted(manifests)]


def _read_back(path: Path) -> None:
    """Read a file as those do that serve it, before anything points to it."""
    if path.suffix == ".json":
        json.loads(path.read_text("utf-8"))
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
