"""Where a served graph is asked: in memory, or in a copy on disk that is made for it once.

`plan` decides and makes the copy. In memory every worker may come to hold a graph of its own, so
the workers and the process they are forked from are budgeted; on disk a worker holds
130 MB at most.

Run as `python -m cgkg.workers.placement FOLDER NAME=FILE …` this module writes databases into the
folder: a process of its own, because writing holds the interpreter and leaves memory behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cgkg import package
from cgkg.errors import CgkgError, StoreError
from cgkg.store.generations import Generation, sync
from cgkg.store.graph import Graph, write_database
from cgkg.workers.machine import machine_memory

Storage = Literal["auto", "memory", "disk"]
DATABASE = "database"  # the copy's folder inside a generation
# What a graph takes in memory, fitted to 200k and 2M quads of short and long terms (within 15 %).
_PER_QUAD, _PER_BYTE = 300, 2
_BLOCK = 1 << 20
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class StoragePlan:
    """Where a generation is asked.

    Attributes:
        mode: "memory" or "disk".
        generation: what is served.
        database: the folder of the copy on disk, if that is used.
        needed: bytes that serving from memory may take, by an estimate.
        available: bytes that this machine, or the control group of this process, has.
    """

    mode: Literal["memory", "disk"]
    generation: Generation
    database: Path | None
    needed: int
    available: int

    def file_settings(self) -> dict[str, Any]:
        """What the query processes load, as the fields of `cgkg.workers.keeper.WorkerSettings`."""
        dataset, asserted = (self._folder(name) for name in ("dataset", "asserted"))
        return {
            "dataset_file": str(self.generation.dataset_file.resolve()),
            "asserted_file": str(self.generation.asserted_file.resolve()),
            "dataset_folder": dataset,
            "asserted_folder": asserted,
            "prefixes": dict(self.generation.prefixes),
        }

    def _folder(self, name: str) -> str | None:
        if self.database is None:
            return None
        folder = self.database / name
        # Where nothing was inferred, both are one.
        return str((folder if folder.is_dir() else self.database / "dataset").resolve())

    def open(self) -> Graph:
        """The dataset, for look-ups in this process; blocks while it is loaded.

        Raises:
            StoreError: it cannot be read.
        """
        dataset = self._folder("dataset")
        return self.generation.open() if dataset is None else Graph.at(Path(dataset))


def plan(
    generation: Generation,
    workers: int,
    storage: Storage = "auto",
    *,
    available: int | None = None,
) -> StoragePlan:
    """Decide where a generation is asked; make its copy on disk if that is needed and not there.

    This blocks while files are read, and for a copy as long as it takes to write: the server calls
    it in a thread.

    Args:
        generation: what is to be served.
        workers: how many query processes there will be.
        storage: "auto" takes the disk if memory could need more than half of what there is.
        available: bytes of memory that there are; by default what the system says.

    Raises:
        StoreError: the generation cannot be read, or its copy not be written.
    """
    memory = machine_memory() if available is None else available
    needed = estimate_serving_memory(generation, workers)
    if storage == "memory" or (storage == "auto" and needed <= memory // 2):
        return StoragePlan("memory", generation, None, needed, memory)
    return StoragePlan("disk", generation, _copy(generation), needed, memory)


def estimate_serving_memory(generation: Generation, workers: int) -> int:
    """Bytes that serving from memory may take: the workers' graphs, the keeper's, the pages'."""
    sizes = {path: estimate_graph_memory(path) for path in _files(generation).values()}
    return (workers + 1) * sum(sizes.values()) + sizes[generation.dataset_file]


def estimate_graph_memory(path: Path) -> int:
    """Bytes that the graph of an N-Quads file takes in memory, by an estimate.

    Raises:
        StoreError: the file cannot be read.
    """
    quads = size = 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                quads, size = quads + block.count(b"\n"), size + len(block)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", hint="run cgkg build") from None
    return _PER_QUAD * quads + _PER_BYTE * size


def _files(generation: Generation) -> dict[str, Path]:
    files = {"dataset": generation.dataset_file}
    if generation.asserted_file != generation.dataset_file:
        files["asserted"] = generation.asserted_file
    return files


def _copy(generation: Generation) -> Path:
    """The generation's databases on disk, written now if they are not there.

    They are written under another name and renamed when they are whole and closed, so that a
    reader never sees half of them; what a killed writer left is removed by the next.
    """
    final = generation.folder / DATABASE
    for place in (final, *(final / name for name in _files(generation))):
        if place.is_symlink():
            raise StoreError(
                f"{place}: it is a symbolic link, which is not followed", hint="remove the link"
            )
    if final.is_dir():
        return final
    try:
        with _lock_folder(generation.folder):
            if not final.is_dir():
                _write(generation, generation.folder / f".tmp-{DATABASE}", final)
    except OSError as error:
        raise StoreError(
            f"cannot write a copy of the graph to {final}: {error.strerror or error}",
            hint="give --store a folder that can be written, or serve with --storage memory",
        ) from None
    return final


def _write(generation: Generation, folder: Path, final: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        files = (f"{name}={path}" for name, path in _files(generation).items())
        done = subprocess.run(
            [sys.executable, "-P", "-m", "cgkg.workers.placement", str(folder), *files],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": package.search_path()},
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise StoreError(
                f"cannot write a copy of the graph to {final}:"
                f" {said[-1] if said else f'ended with {done.returncode}'}",
                hint="is the disk full? --storage memory needs no copy",
            )
        folder.rename(final)
        sync(final.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _lock_folder(folder: Path) -> Iterator[None]:
    """Wait until nobody else writes a copy into the folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def main(arguments: list[str]) -> None:
    """Write a database for each NAME=FILE into the folder; a failure is told on stderr."""
    if sys.platform == "linux":  # with the server gone nobody would take the copy
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    folder, *pairs = arguments
    for pair in pairs:
        name, _, path = pair.partition("=")
        try:
            write_database(Path(path), Path(folder) / name)
        except CgkgError as error:
            sys.exit(error.message)


if __name__ == "__main__":
    main(sys.argv[1:])
