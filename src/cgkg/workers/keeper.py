"""The process that holds the graph and forks workers; run as `python -m cgkg.workers.keeper FD`.

It has one thread, so that forking is safe, and knows the server only by one socket. When that
socket closes, for whatever reason, all workers are killed and the keeper ends.

The conversation: the server sends the settings, the keeper loads and answers `ready` or `error`.
Then `{"replace": n}` kills worker n if there is one, forks its successor and answers with
`{"pid": …, "ended": …}` and, as a second message, a descriptor connected to the new worker.
`{"succeed": settings}` forks a keeper of another generation, which has this one's graphs in memory
and changes them by what differs; the answer is its `{"pid": …}` and a descriptor, at which it
answers `ready` or `error` as above. From then on the two know nothing of each other.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgkg.errors import CgkgError, StoreError
from cgkg.rdf.vocab import STANDARD
from cgkg.store.copies import database_change
from cgkg.store.graph import Graph, database_files
from cgkg.store.lines import StoredLines
from cgkg.workers import messages, worker

if TYPE_CHECKING:
    from cgkg.sparql.evaluation import Evaluator

# A merged quad takes some 500 bytes; half of a worker's memory is left for the query itself, and
# what was merged before is given up only when the next is whole.
_MERGING = 500 * 4
# What the engine keeps of a database's files, which is not the query's: 100 MB were measured.
_CACHE = 128 << 20


@dataclass(frozen=True)
class WorkerSettings:
    """What the keeper needs to know: files to load, their prefixes, and limits of each worker.

    With the folders given, which hold the same as databases, nothing is loaded: each worker opens
    them for itself.

    Attributes:
        dataset_file: N-Quads of the whole dataset.
        asserted_file: N-Quads of the asserted facts; the same file where nothing was inferred.
        max_bytes: how large an answer may be.
        memory: bytes that a worker may use beyond the graph.
        max_rows: rows that an answer may have.
        dataset_folder: a database of the same as `dataset_file`.
        asserted_folder: a database of the same as `asserted_file`.
    """

    dataset_file: str
    asserted_file: str
    max_bytes: int
    memory: int
    max_rows: int = 10_000_000
    dataset_folder: str | None = None
    asserted_folder: str | None = None
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def head(self) -> dict[str, Any]:
        """The settings as the head of a message."""
        return asdict(self)


@dataclass(frozen=True)
class Successor:
    """What a keeper that was forked from another begins with."""

    control: socket.socket
    settings: WorkerSettings


class Keeper:
    """Forks, kills and replaces workers as the server asks."""

    def __init__(self, control: socket.socket, opener: worker.Opener, memory: int) -> None:
        self._control = control
        self._opener = opener
        self._memory = memory
        self._workers: dict[int, int] = {}

    def serve(self) -> Successor | None:
        """Do what the server asks; blocks until it goes, and no worker is left then.

        In a process that was forked to be a keeper of its own this returns what that begins with.
        """
        try:
            with contextlib.suppress(messages.ClosedError):
                while True:
                    head, _ = messages.receive(self._control)
                    if "succeed" not in head:
                        self._replace(int(head["replace"]))
                    elif successor := self._succeed(WorkerSettings(**head["succeed"])):
                        return successor
            return None
        finally:
            for number in list(self._workers):
                self._kill(number)

    def _succeed(self, settings: WorkerSettings) -> Successor | None:
        """Fork a keeper of these settings; None in this process."""
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:
            messages.send(self._control, {"error": f"cannot start a keeper: {error.strerror}"})
            return None
        with ours:
            try:
                pid = os.fork()
            except OSError as error:
                theirs.close()
                messages.send(self._control, {"error": f"cannot start a keeper: {error.strerror}"})
                return None
            if not pid:
                self._workers.clear()  # they are the other's
                self._control.close()
                return Successor(theirs, settings)
            theirs.close()
            messages.send(self._control, {"pid": pid})
            socket.send_fds(self._control, [b"."], [ours.fileno()])
        return None

    def _replace(self, number: int) -> None:
        ended = self._kill(number)
        with contextlib.ExitStack() as stack:
            try:
                ours, theirs = map(stack.enter_context, socket.socketpair())
                pid = self._fork(theirs)
            except OSError as error:
                messages.send(self._control, {"error": f"cannot start a worker: {error.strerror}"})
                return
            self._workers[number] = pid
            messages.send(self._control, {"pid": pid, "ended": ended})
            socket.send_fds(self._control, [b"."], [ours.fileno()])

    def _fork(self, theirs: socket.socket) -> int:
        keeper = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        # The child must never return into the keeper's frames, whatever happens.
        try:
            worker.run(theirs, self._opener, keeper=keeper, memory=self._memory)
        except BaseException:
            with contextlib.suppress(BaseException):
                traceback.print_exc()
            # Here, where its connection is still held: the server kills it when that closes.
            os._exit(1)
        os._exit(0)

    def _kill(self, number: int) -> int:
        """Make sure the worker is gone; minus the signal that ended it, or its exit status.

        The signal is sent whether or not the worker lives: until `waitpid`, its id is its own.
        """
        pid = self._workers.pop(number, None)
        if pid is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@dataclass(frozen=True)
class LoadedGraphs:
    """The graphs in memory, dataset and asserted facts or one that is both; none if they are asked
    on disk."""

    lines: list[StoredLines]
    graphs: list[Graph]

    @classmethod
    def load(cls, settings: WorkerSettings) -> LoadedGraphs:
        """Load the files.

        Raises:
            StoreError: one is missing or damaged.
        """
        if settings.dataset_folder is not None:
            return cls([], [])
        lines = _lines(settings)
        return cls(lines, _in_thread(lambda: [Graph.read(each) for each in lines]))

    def change(self, settings: WorkerSettings) -> LoadedGraphs:
        """The graphs of other files, made of these; what this holds is of no use any more.

        Raises:
            StoreError: they differ in too much.
        """
        if (settings.dataset_folder is None) != bool(self.lines):
            raise StoreError("graphs in memory and on disk are not made of each other")
        if not self.lines:
            return self
        lines = _lines(settings)
        if len(lines) != len(self.lines):
            raise StoreError("the one has files that the other has not")

        def change() -> list[Graph]:
            for old, new, graph in zip(self.lines, lines, self.graphs, strict=True):
                lines_changed = old.until(new)
                change = None if lines_changed is None else database_change(lines_changed, new)
                if change is None:
                    raise StoreError(f"{new.base} is no change of {old.base}")
                graph.change(change)
            return self.graphs

        return LoadedGraphs(lines, _in_thread(change))


def _lines(settings: WorkerSettings) -> list[StoredLines]:
    files = dict.fromkeys((settings.dataset_file, settings.asserted_file))
    return [StoredLines.at(Path(path)) for path in files]


def _in_thread(work: Callable[[], list[Graph]]) -> list[Graph]:
    """What the work gives, done by a thread that is gone when this returns.

    The engine's random numbers are per thread. Loading draws some; drawn in the thread that
    forks, every worker would go on from the same state, and UUID() would repeat itself.
    """
    done: list[list[Graph] | BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:
            done.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(done[0], BaseException):
        raise done[0]
    return done[0]


def _make_opener(settings: WorkerSettings, loaded: LoadedGraphs) -> worker.Opener:
    """How a worker gets at the graphs: they are there when it is forked, or it opens them."""
    # Here and not above: the server imports this module too, and never evaluates. A worker that is
    # confined can import no more.
    from cgkg.sparql.evaluation import Evaluator

    def make_evaluator(graphs: list[Graph]) -> Evaluator:
        """The graphs are dataset and asserted facts, or one that is both."""
        return Evaluator(
            graphs[0],
            graphs[-1],
            max_bytes=settings.max_bytes,
            max_rows=settings.max_rows,
            most_merged=settings.memory // _MERGING,
            prefixes={**STANDARD, **settings.prefixes},
        )

    if settings.dataset_folder is None:
        evaluator = make_evaluator(loaded.graphs)
        return worker.Opener(lambda: evaluator)
    folders = dict.fromkeys(
        Path(folder) for folder in (settings.dataset_folder, settings.asserted_folder) if folder
    )

    def open_evaluator() -> Evaluator:
        # After the fork: the engine's threads would not survive it.
        return make_evaluator(list(map(Graph.at, folders)))

    return worker.Opener(open_evaluator, sum(map(database_files, folders)), _CACHE * len(folders))


def main() -> None:
    """Be the keeper at the socket whose descriptor is the only argument; blocks until the server
    goes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    import cgkg.sparql.evaluation  # noqa: F401  # meanwhile the server finds out what is to be served

    try:
        head, _ = messages.receive(control)
    except messages.ClosedError:
        return
    _keep(control, WorkerSettings(**head))


def _keep(control: socket.socket, settings: WorkerSettings) -> None:
    """Be a keeper, and whatever keeper this process becomes when it is forked."""
    loaded: LoadedGraphs | None = None
    while True:
        try:
            loaded = LoadedGraphs.load(settings) if loaded is None else loaded.change(settings)
            opener = _make_opener(settings, loaded)
        except CgkgError as error:
            with contextlib.suppress(messages.ClosedError):
                messages.send(control, {"error": error.message, "hint": error.hint})
            return
        gc.collect()
        gc.freeze()  # the collector of a worker would copy pages that it otherwise shares
        try:
            messages.send(control, {"ready": True})
        except messages.ClosedError:
            return
        successor = Keeper(control, opener, settings.memory).serve()
        if successor is None:
            return
        control, settings = successor.control, successor.settings


if __name__ == "__main__":
    main()
