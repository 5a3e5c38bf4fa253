"""Where a served graph is asked: in memory, or in a copy on disk that is made for it once.

`plan` decides and makes the copy. In memory every worker may come to hold a graph of its own, so
the workers and the process they are forked from are budgeted; on disk a worker holds
130 MB at most.

Run as `python -m cgkg.workers.placement FOLDER TASK …` this module writes databases into the
folder: a process of its own, because writing holds the interpreter and leaves memory behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cgkg import package
from cgkg.errors import CgkgError, StoreError
from cgkg.store import databases
from cgkg.store.copies import derive_database, extend_database
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph, write_database
from cgkg.store.lines import StoredLines
from cgkg.workers.machine import machine_memory

Storage = Literal["auto", "memory", "disk"]
# What a graph takes in memory, fitted to 200k and 2M quads of short and long terms (within 15 %).
_PER_QUAD, _PER_BYTE = 300, 2
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
        wants_copy: whether a copy on disk, which is not there, would be asked from the next time.
    """

    mode: Literal["memory", "disk"]
    generation: Generation
    database: Path | None
    needed: int
    available: int
    wants_copy: bool = False

    def file_settings(self) -> dict[str, Any]:
        """What the query processes load, as the fields of `cgkg.workers.keeper.WorkerSettings`."""
        dataset, asserted = (self._folder(name) for name in ("dataset", "asserted"))
        return {
            "dataset_file": str(self.generation.dataset.base.resolve()),
            "asserted_file": str(self.generation.asserted.base.resolve()),
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
    many_quads: int = databases.MANY_QUADS,
) -> StoragePlan:
    """Decide where a generation is asked; make its copy on disk if that is needed and not there.

    This blocks while files are read, and for a copy as long as it takes to write: the server calls
    it in a thread.

    Args:
        generation: what is to be served.
        workers: how many query processes there will be.
        storage: "auto" takes the disk if memory could need more than half of what there is; above a
            million quads also if there is a copy already, or one from which it is quickly made.
        available: bytes of memory that there are; by default what the system says.
        many_quads: how many are a start from memory that takes long.

    Raises:
        StoreError: the generation cannot be read, or its copy not be written.
    """
    memory = machine_memory() if available is None else available
    needed = estimate_serving_memory(generation, workers)
    if storage == "memory":
        return StoragePlan("memory", generation, None, needed, memory)
    if storage == "auto" and needed <= memory // 2:
        many = generation.quads > many_quads
        if not many or not _is_at_hand(generation):
            return StoragePlan("memory", generation, None, needed, memory, wants_copy=many)
    return StoragePlan("disk", generation, make_copy(generation), needed, memory)


def _is_at_hand(generation: Generation) -> bool:
    """Whether there is a copy, or is one now, made from another one without reading the graph."""
    final = databases.place(generation)
    if final.is_dir():
        return True
    try:
        with databases.lock(generation):
            return final.is_dir() or databases.derive(generation)
    except OSError:
        return False


def estimate_serving_memory(generation: Generation, workers: int) -> int:
    """Bytes that serving from memory may take: the workers' graphs, the keeper's, the pages'."""
    dataset = generation.dataset.size
    sizes = [lines.size for lines in databases.lines(generation).values()]
    quads = generation.quads or _count(generation.dataset)
    memory = [estimate_graph_memory(quads * size // max(dataset, 1), size) for size in sizes]
    return (workers + 1) * sum(memory) + memory[0]


def estimate_graph_memory(quads: int, size: int) -> int:
    """Bytes that a graph of so many quads takes in memory, whose N-Quads have so many bytes, by an
    estimate."""
    return _PER_QUAD * quads + _PER_BYTE * size


def _count(lines: StoredLines) -> int:
    return sum(block.count(b"\n") for block in lines.blocks())


def make_copy(generation: Generation) -> Path:
    """The generation's databases on disk, written now if they are not there; blocks as `plan`.

    They are written under another name and renamed when they are whole and closed, so that a
    reader never sees half of them; what a killed writer left is removed by the next.

    Raises:
        StoreError: they cannot be written.
    """
    final = databases.place(generation)
    if final.is_dir():
        return final
    try:
        with databases.lock(generation) as lock:
            if not final.is_dir() and not databases.derive(generation):
                _write(generation, final, lock)
    except OSError as error:
        raise StoreError(
            f"cannot write a copy of the graph to {final}: {error.strerror or error}",
            hint="give --store a folder that can be written, or serve with --storage memory",
        ) from None
    return final


def _write(generation: Generation, final: Path, lock: int) -> None:
    """Write the copy; `lock` is held by the writer, too, as long as it lives."""
    with databases.beside(final) as folder:
        others = databases.others(generation)
        tasks = [
            json.dumps([name, *map(str, (lines.base, *others.get(name, ())))])
            for name, lines in sorted(databases.lines(generation).items())
        ]
        done = subprocess.run(
            [sys.executable, "-P", "-m", "cgkg.workers.placement", str(folder), *tasks],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[lock],
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


def main(arguments: list[str]) -> None:
    """Write databases into the folder; a failure is told on stderr.

    Args:
        arguments: the folder, and for each database a JSON list: its name, its file, and perhaps
            another file and the database of that, from which it is made if that is quicker. One
            that has all lines of the one before is made from that.
    """
    if sys.platform == "linux":  # with the server gone nobody would take the copy
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with contextlib.suppress(OSError):
        os.nice(5)  # what is served meanwhile goes first
    folder, *tasks = arguments
    before = None
    for task in tasks:
        name, path, *other = json.loads(task)
        target = Path(folder) / name
        try:
            lines = StoredLines.at(Path(path))
            _write_one(lines, target, [Path(each) for each in other], before)
        except CgkgError as error:
            sys.exit(error.message)
        before = lines, target


def _write_one(
    lines: StoredLines, target: Path, other: list[Path], before: tuple[StoredLines, Path] | None
) -> None:
    """Write a database, in the first of three ways that is possible; raises as the last."""
    if other and derive_database(
        lines, target, old_lines=StoredLines.at(other[0]), old_folder=other[1]
    ):
        return
    if before is not None:
        shutil.rmtree(target, ignore_errors=True)
        if extend_database(lines, target, old_lines=before[0], old_folder=before[1]):
            return
    shutil.rmtree(target, ignore_errors=True)
    write_database(lines, target)


if __name__ == "__main__":
    main(sys.argv[1:])
