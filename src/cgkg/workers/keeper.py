"""The process that holds the graph and forks workers; run as `python -m cgkg.workers.keeper FD`.

It has one thread, so that forking is safe, and knows the server only by one socket. When that
socket closes, for whatever reason, all workers are killed and the keeper ends.

The conversation: the server sends the settings, the keeper loads and answers `ready` or `error`.
Then `{"replace": n}` kills worker n if there is one, forks its successor and answers with
`{"pid": …, "ended": …}` and, as a second message, a descriptor connected to the new worker.
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
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgkg.errors import CgkgError
from cgkg.rdf.vocab import STANDARD
from cgkg.store.graph import Graph, database_files
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


class Keeper:
    """Forks, kills and replaces workers as the server asks."""

    def __init__(self, control: socket.socket, opener: worker.Opener, memory: int) -> None:
        self._control = control
        self._opener = opener
        self._memory = memory
        self._workers: dict[int, int] = {}

    def serve(self) -> None:
        """Do what the server asks; blocks until it goes, and no worker is left then."""
        try:
            with contextlib.suppress(messages.ClosedError):
                while True:
                    head, _ = messages.receive(self._control)
                    self._replace(int(head["replace"]))
        finally:
            for number in list(self._workers):
                self._kill(number)

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


def _make_opener(settings: WorkerSettings) -> worker.Opener:
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
        evaluator = make_evaluator(_load(settings))
        return worker.Opener(lambda: evaluator)
    folders = dict.fromkeys(
        Path(folder) for folder in (settings.dataset_folder, settings.asserted_folder) if folder
    )

    def open_evaluator() -> Evaluator:
        # After the fork: the engine's threads would not survive it.
        return make_evaluator(list(map(Graph.at, folders)))

    return worker.Opener(open_evaluator, sum(map(database_files, folders)), _CACHE * len(folders))


def _load(settings: WorkerSettings) -> list[Graph]:
    """The graphs, loaded by a thread that is gone when this returns.

    The engine's random numbers are per thread. Loading draws some; drawn in the thread that
    forks, every worker would go on from the same state, and UUID() would repeat itself.
    """
    loaded: list[Graph | BaseException] = []

    def load() -> None:
        try:
            files = dict.fromkeys((settings.dataset_file, settings.asserted_file))
            loaded.extend(Graph.load(Path(path)) for path in files)
        except BaseException as error:
            loaded.append(error)

    thread = threading.Thread(target=load)
    thread.start()
    thread.join()
    graphs = []
    for item in loaded:
        if isinstance(item, BaseException):
            raise item
        graphs.append(item)
    return graphs


def main() -> None:
    """Be the keeper at the socket whose descriptor is the only argument; blocks until the server
    goes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    try:
        head, _ = messages.receive(control)
        settings = WorkerSettings(**head)
        opener = _make_opener(settings)
    except messages.ClosedError:
        return
    except CgkgError as error:
        messages.send(control, {"error": error.message, "hint": error.hint})
        return
    gc.collect()
    gc.freeze()  # the collector of a worker would copy pages that it otherwise shares
    messages.send(control, {"ready": True})
    Keeper(control, opener, settings.memory).serve()


if __name__ == "__main__":
    main()
