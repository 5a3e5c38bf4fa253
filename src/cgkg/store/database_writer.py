"""Both databases of a dataset that is being built, written meanwhile by a process of its own.

What is asserted is known long before what follows from it, and is most of the lines: their database
is begun as soon as the files are read. That of the dataset has links to its tables, and what comes
to them.

Run as `python -m cgkg.store.database_writer FOLDER` this module writes databases of the lines that
are in the folder. It waits for a line on its standard input before it reads the asserted ones, and
for another before the last ones; it ends without them where that ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path

from cgkg import package
from cgkg.errors import CgkgError, StoreError
from cgkg.rdf.terms import IRI, Triple
from cgkg.store import databases
from cgkg.store.copies import link_database
from cgkg.store.dataset import DatasetLines, GraphLines, gather
from cgkg.store.generations import Generation, GenerationStore
from cgkg.store.graph import fill_database, read_parts

_ASSERTED, _LABELLED, _OTHERS = "asserted.nq", "labelled.nq", "others.nq"
_AT_ONCE = 1 << 14  # lines
# It sorts millions of keys that are allocated one by one. Large pages, and freeing without joining
# what is free, take a tenth of the time off; other libraries than glibc do not read this.
_ALLOCATION = ":".join(
    f"glibc.malloc.{name}={value}"
    for name, value in {
        "hugetlb": 1,
        "mxfast": 160,
        "trim_threshold": 1 << 32,
        "mmap_threshold": 1 << 32,
    }.items()
)
_PR_SET_PDEATHSIG = 1


class DatabaseWriter:
    """A process that writes the databases of a dataset.

    Attributes:
        asserted: the lines of the asserted graphs that have no blank nodes.
    """

    def __init__(self, room: Path) -> None:
        """Start the process, which loads its modules.

        Args:
            room: an empty folder of the store, which the caller removes.

        Raises:
            OSError: there can be no other process.
        """
        self.asserted, self._room = GraphLines(), room
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cgkg.store.database_writer", str(room)],
            stdin=subprocess.PIPE,
            bufsize=0,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                "GLIBC_TUNABLES": _ALLOCATION,
                **os.environ,
                "PYTHONPATH": package.search_path(),
            },
        )
        assert self._process.stdin
        self._orders = self._process.stdin

    def begin(self, graphs: Mapping[IRI, Iterable[Triple]]) -> None:
        """Give it what is asserted.

        Raises:
            OSError: the folder cannot be written, or the process has ended.
        """
        self.asserted = gather(graphs)
        _write(self._room / _ASSERTED, self.asserted.lines())
        self._orders.write(b"\n")

    def go_on(self, merged: DatasetLines) -> None:
        """Give it the lines of the dataset, of which it takes those that it does not have."""
        with contextlib.suppress(OSError):  # the disk is full, or it has ended: so there is no copy
            _write(self._room / _LABELLED, (line for line in merged.asserted if b"_:" in line))
            _write(self._room / _OTHERS, merged.others)
            self._orders.write(b"\n")
        self._orders.close()

    def give(self, generation: Generation) -> bool:
        """Wait until both are written, and give them to the generation of the dataset; whether it
        has them. Whoever serves it makes them otherwise, or says why not."""
        with contextlib.suppress(OSError, StoreError), databases.lock(generation):
            if not self._process.wait():
                databases.take(generation, self._room / databases.WRITTEN)
                return True
        return False

    def end(self) -> None:
        """End the process, whatever it has done."""
        with self._process:  # closes its pipe, and waits
            self._process.kill()


@contextlib.contextmanager
def writing(
    store: GenerationStore, graphs: Mapping[IRI, Iterable[Triple]]
) -> Iterator[DatabaseWriter | None]:
    """Begin to write the databases of a dataset; at the end of the block what nobody took is gone.
    Call under the store's lock.

    Args:
        store: where its generation will be.
        graphs: its asserted graphs, whose triples are in the default graph, too.

    Yields:
        the writer; None if the store has no room for it.
    """
    with contextlib.ExitStack() as held:
        begun = None
        with contextlib.suppress(OSError):
            writer = DatabaseWriter(held.enter_context(store.room()))
            held.callback(writer.end)
            writer.begin(graphs)
            begun = writer
        yield begun


def _write(path: Path, lines: Iterable[bytes]) -> None:
    left = iter(lines)
    with path.open("wb") as file:
        while some := list(islice(left, _AT_ONCE)):
            file.write(b"".join(some))


def main(room: Path) -> None:
    """Write the databases of the lines in a folder."""
    if sys.platform == "linux":  # nobody would take them
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    folder = room / databases.WRITTEN
    asserted, dataset = folder / "asserted", folder / "dataset"
    try:
        folder.mkdir()
        databases.sign(folder)
        lines = chain(_awaited(room / _ASSERTED), _awaited(room / _LABELLED))
        fill_database(asserted, lines, compact=False)
        link_database(asserted, dataset)
        with ThreadPoolExecutor(1) as beside:  # the build needs less than two cores by now
            compacted = beside.submit(fill_database, asserted, ())
            fill_database(dataset, _parts(room / _OTHERS))
            compacted.result()
    except (CgkgError, OSError) as error:
        sys.exit(str(error))


def _parts(path: Path) -> Iterator[list[bytes]]:
    with path.open("rb") as file:
        yield from read_parts(file)
    path.unlink()


def _awaited(path: Path) -> Iterator[list[bytes]]:
    """As `_parts`, when it is said that the file is there."""
    if not sys.stdin.readline():
        sys.exit("nothing more comes")
    yield from _parts(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
