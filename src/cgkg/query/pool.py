"""Queries answered by a pool of processes: many threads ask, and none waits beyond its deadline.

A query that reaches a limit ends with its process; the process is replaced before the error is
raised. An answer is whole or it is an error.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from cgkg.errors import QueryError, QueryTimeoutError, StoreError
from cgkg.query import frames
from cgkg.query.keeper import Settings
from cgkg.query.protocol import QueryAnswer, QueryRequest
from cgkg.query.turns import Turns
from cgkg.query.worker import answer_of, request_head

_MIB = 1 << 20
_PATIENCE = 10.0  # seconds for the keeper to fork a worker, and to end by itself
_NOT_EXISTS = re.compile(r"\bNOT\s+EXISTS\b", re.IGNORECASE)


class _KeeperGoneError(QueryError):
    """The keeper does not answer any more."""

    def __init__(self) -> None:
        super().__init__("the query processes are gone", hint="try again in a moment")


@dataclass
class _Worker:
    """A place in the pool and the process that fills it; no connection while there is none."""

    number: int
    connection: socket.socket | None = None
    pid: int = 0

    def leave(self) -> None:
        """Forget the process."""
        if self.connection is not None:
            self.connection.close()
        self.connection, self.pid = None, 0


class _Keeper:
    """The server's end of a running keeper; see cgkg.query.keeper for the conversation."""

    def __init__(self, settings: Settings) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cgkg.query.keeper", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,  # an interrupt typed at the terminal is the server's alone
            )
        self._control = ours
        try:
            head = self._ask(settings.head())
        except BaseException:
            self.close()
            raise
        if "error" in head:
            self.close()
            raise StoreError(head["error"], hint=head["hint"])

    @property
    def pid(self) -> int:
        return self._process.pid

    def replace(self, worker: _Worker) -> int:
        """Put a new process in the worker's place; says how the one before ended.

        Raises:
            QueryError: it could not be started.
        """
        worker.leave()
        head = self._ask({"replace": worker.number}, _PATIENCE)
        if "error" in head:
            raise QueryError(head["error"], hint="the machine may be out of memory or processes")
        try:
            _, (descriptor,), _, _ = socket.recv_fds(self._control, 1, 1)
        except (OSError, ValueError):
            raise self._given_up() from None
        os.set_inheritable(descriptor, False)
        worker.connection, worker.pid = socket.socket(fileno=descriptor), head["pid"]
        return int(head["ended"])

    def _ask(self, head: dict[str, Any], patience: float | None = None) -> dict[str, Any]:
        deadline = None if patience is None else time.monotonic() + patience
        try:
            frames.send(self._control, head, deadline=deadline)
            return frames.receive(self._control, deadline)[0]
        except (frames.ClosedError, frames.DeadlineError):
            raise self._given_up() from None

    def _given_up(self) -> _KeeperGoneError:
        """The error to raise after making sure that the keeper is gone indeed."""
        self._process.kill()
        self.close()
        return _KeeperGoneError()

    def close(self) -> None:
        """End the keeper, and with it all workers."""
        with contextlib.suppress(OSError):  # closed before
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class QueryPool:
    """Answers queries in processes of its own; safe to use from any number of threads."""

    def __init__(self, settings: Settings, *, workers: int, timeout: float, queue: int) -> None:
        self._settings = settings
        self._timeout = timeout
        self._closed = False
        self._lock = threading.Lock()  # held while talking to the keeper
        self._keeper = _Keeper(settings)
        self._workers = [_Worker(number) for number in range(workers)]
        self._turns = Turns(self._workers, places=queue)
        try:
            for worker in self._workers:
                self._keeper.replace(worker)
        except BaseException:
            self.close()
            raise

    @classmethod
    def start(
        cls,
        dataset_file: Path,
        asserted_file: Path,
        *,
        workers: int = 2,
        timeout: float = 30.0,
        queue: int = 64,
        max_bytes: int = 256 * _MIB,
        memory: int | None = None,
    ) -> QueryPool:
        """A pool over a generation, ready to answer.

        Args:
            dataset_file: N-Quads of the whole dataset.
            asserted_file: N-Quads of the asserted facts, for requests without reasoning.
            workers: how many queries are evaluated at once.
            timeout: seconds a query may take; a request may ask for less.
            queue: how many requests may wait for a worker.
            max_bytes: how large an answer may be.
            memory: bytes a worker may use beyond the graph; by default all workers together may
                use half of what the machine has.

        Raises:
            StoreError: the files cannot be loaded.
        """
        settings = Settings(
            dataset_file=str(dataset_file.resolve()),
            asserted_file=str(asserted_file.resolve()),
            max_bytes=max_bytes,
            memory=memory or _machine_memory() // (2 * workers),
        )
        return cls(settings, workers=workers, timeout=timeout, queue=queue)

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of all processes of the pool, the keeper's first."""
        return (self._keeper.pid, *(worker.pid for worker in self._workers if worker.pid))

    @property
    def waiting(self) -> int:
        """How many requests wait for a worker."""
        return self._turns.waiting

    def run(self, request: QueryRequest) -> QueryAnswer:
        """The whole answer to the query.

        Raises:
            PoolBusyError: too many requests wait, or none of the workers became free in time.
            QueryTimeoutError: a limit on time, bytes or memory was reached.
            QuerySyntaxError, QueryRefusedError, NotAcceptableError: as in `Evaluator.answer`.
            QueryError: the query failed or ended its process, or the pool is closed.
        """
        seconds = min(request.timeout or self._timeout, self._timeout)
        with self._turn(seconds) as worker:
            return self._ask(worker, request, seconds)

    @contextlib.contextmanager
    def _turn(self, seconds: float) -> Iterator[_Worker]:
        worker = self._turns.take(seconds)
        try:
            yield worker
        finally:
            self._turns.give(worker)

    def _ask(self, worker: _Worker, request: QueryRequest, seconds: float) -> QueryAnswer:
        deadline = time.monotonic() + seconds
        head = request_head(request)
        try:
            connection = self._sent(worker, head, deadline)
            answer = frames.receive(connection, deadline)
        except frames.DeadlineError:
            self._replace(worker)
            raise self._stopped(request, seconds) from None
        except frames.ClosedError:
            raise self._ended(self._replace(worker)) from None
        except BaseException:
            # The answer may still come, and must not be taken for that of the next query.
            worker.leave()
            raise
        return answer_of(*answer)

    def _sent(self, worker: _Worker, head: dict[str, Any], deadline: float) -> socket.socket:
        """Send the request; a worker that ended while it was idle is replaced first."""
        if worker.connection is not None:
            try:
                frames.send(worker.connection, head, deadline=deadline)
            except frames.ClosedError:
                worker.leave()
            else:
                return worker.connection
        self._replace(worker)
        assert worker.connection is not None
        frames.send(worker.connection, head, deadline=deadline)
        return worker.connection

    def _replace(self, worker: _Worker) -> int:
        """Put a new process in the worker's place, starting the keeper anew if it is gone."""
        worker.leave()
        with self._lock:
            if self._closed:
                raise _closed()
            try:
                return self._keeper.replace(worker)
            except _KeeperGoneError:
                self._keeper = _Keeper(self._settings)
                return self._keeper.replace(worker)

    def _stopped(self, request: QueryRequest, seconds: float) -> QueryTimeoutError:
        own = seconds < self._timeout
        hint = "the limit is the request's timeout" if own else "the limit is query_timeout"
        if _NOT_EXISTS.search(request.query):
            hint += "; NOT EXISTS over several patterns is slow, use MINUS where it is the same"
        return QueryTimeoutError(f"query stopped after {seconds:g} s", hint=hint)

    def _ended(self, status: int) -> QueryError:
        """What to say of a query whose process ended by itself."""
        if -status == signal.SIGABRT:  # how the engine ends when it gets no more memory
            return QueryTimeoutError(
                f"query stopped: it needs more than {self._settings.memory // _MIB} MiB of memory",
                hint="ask for less at once; the limit is query_memory",
            )
        if -status == signal.SIGSEGV:  # how it ends when its stack is full
            return QueryError(
                "the query is nested too deeply or too long to be evaluated",
                hint="write long chains of operators as VALUES or IN",
            )
        how = f" (signal {-status})" if status < 0 else ""
        return QueryError(f"the query's process ended early{how}", hint="try again")

    def close(self) -> None:
        """End all processes; requests under way and waiting get an error."""
        with self._lock:
            self._closed = True
            self._keeper.close()
        self._turns.close()
        for worker in self._workers:
            worker.leave()

    def __enter__(self) -> QueryPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _machine_memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _closed() -> QueryError:
    return QueryError("queries are no longer answered: the server is stopping")


def _environment() -> dict[str, str]:
    """The environment of the keeper, in which this very package is found."""
    package = str(Path(__file__).resolve().parents[2])
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([package, path] if path else [package])}
