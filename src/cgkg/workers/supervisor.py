"""The server's end of a running keeper: workers are started, killed and replaced through it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from cgkg import package
from cgkg.errors import QueryLostError, StoreError
from cgkg.workers import messages
from cgkg.workers.failures import closed_error
from cgkg.workers.jobs import PoolTimes
from cgkg.workers.keeper import WorkerSettings

# The engine allocates and frees many small pieces for each query; with room for more of them in
# the allocator's cache a look-up takes a sixth less. Other systems ignore it.
_MALLOC = "glibc.malloc.tcache_count=1000"

_LOG = logging.getLogger(__name__)
_HAS_PIDFD = hasattr(
    os, "pidfd_open"
)  # Linux; a process of another must not be known by its number

Value = TypeVar("Value")


class KeeperGoneError(QueryLostError):
    """The keeper does not answer any more."""

    def __init__(self) -> None:
        super().__init__("the query processes are gone", hint="try again in a moment")


@dataclass(frozen=True)
class StartedWorker:
    """A new worker: its process, the socket to it, and how the one before it ended.

    `ended` is as `os.waitstatus_to_exitcode` says it: minus the signal, or the exit status.
    """

    pid: int
    connection: socket.socket
    ended: int


class Processes:
    """The query processes of a pool, with a keeper that is started when it is needed.

    All calls come from one event loop; what blocks is done in a thread, one call after the other.
    """

    def __init__(
        self, settings: WorkerSettings, timeout: float, keeper: KeeperProcess | None = None
    ) -> None:
        """Start nothing yet.

        Args:
            settings: what the keeper loads, and the limits of its workers.
            timeout: seconds for the keeper to fork a worker, and to end by itself.
            keeper: one of these settings, if there is one already.
        """
        self._settings, self._timeout = settings, timeout
        self._keeper = keeper
        self._closed = False
        # A call takes as long as a fork. One thread, so that there is one conversation at a time.
        self._thread = ThreadPoolExecutor(1, "keeper")

    @property
    def pid(self) -> int:
        """The keeper's process; 0 if there is none."""
        return self._keeper.pid if self._keeper else 0

    async def replace(self, number: int) -> StartedWorker:
        """As `KeeperProcess.replace`, starting the keeper (anew) if there is none.

        Raises:
            QueryLostError: the worker could not be started, or all is closed.
            StoreError: the graph cannot be loaded.
        """
        return await self._in_thread(lambda: self._replace(number))

    def _replace(self, number: int) -> StartedWorker:
        if self._closed:
            raise closed_error()
        if self._keeper is None:
            self._keeper = KeeperProcess.start(self._settings, self._timeout)
        try:
            return self._keeper.replace(number)
        except KeeperGoneError:
            self._keeper = KeeperProcess.start(self._settings, self._timeout)
            return self._keeper.replace(number)

    async def load(self, keeper: KeeperProcess) -> None:
        """Have a spawned keeper load the graph; raises StoreError if that is not possible."""

        def load() -> None:
            with contextlib.suppress(KeeperGoneError):  # another one is started when it is needed
                keeper.load(self._settings)
                self._keeper = keeper

        await self._in_thread(load)

    async def succeed(self, settings: WorkerSettings) -> KeeperProcess | None:
        """A keeper of another generation, made of this one's; None if that is not possible."""

        def fork() -> KeeperProcess | None:
            if self._keeper is None or not _HAS_PIDFD:
                return None
            try:
                return self._keeper.succeed(settings)
            except (QueryLostError, StoreError) as error:
                _LOG.info("the graph is loaded anew: %s", error.message)
                return None

        return await self._in_thread(fork)

    async def close(self) -> None:
        """End all processes; none begins any more."""
        self._closed = True
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            await self._in_thread(keeper.close)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], Value]) -> Value:
        try:
            running = asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError:
            raise closed_error() from None
        # Whoever stops waiting leaves the conversation with the keeper to its end.
        return await asyncio.shield(running)


class _Process(Protocol):
    """What is asked of a process, as `subprocess.Popen` has it."""

    pid: int

    def kill(self) -> None: ...

    def wait(self, timeout: float | None = None) -> int: ...


class _ForkedProcess:
    """A process that another one forked."""

    def __init__(self, pid: int) -> None:
        """Raises OSError if it is gone."""
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)
        self._gone = False

    def kill(self) -> None:
        if not self._gone:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        if not self._gone:
            poll = select.poll()
            poll.register(self._descriptor, select.POLLIN)
            if not poll.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired("keeper", timeout or 0)
            self._gone = True
            os.close(self._descriptor)
            with contextlib.suppress(ChildProcessError):  # not ours, as long as the other lives
                os.waitpid(self.pid, os.WNOHANG)
        return 0


class KeeperProcess:
    """A running keeper; see cgkg.workers.keeper for the conversation.

    All calls block: making one until the graph is loaded, the others for so many seconds at most
    as `timeout` says.
    """

    def __init__(self, process: _Process, control: socket.socket, timeout: float) -> None:
        self._process, self._control, self._timeout = process, control, timeout

    @classmethod
    def start(cls, settings: WorkerSettings, timeout: float) -> KeeperProcess:
        """A new process with its graph loaded; raises as `load`."""
        keeper = cls.spawn(timeout)
        keeper.load(settings)
        return keeper

    @classmethod
    def spawn(cls, timeout: float = PoolTimes.keeper) -> KeeperProcess:
        """A new process, which gets ready to load a graph; returns at once."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cgkg.workers.keeper", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,  # an interrupt typed at the terminal is the server's alone
            )
        return cls(process, ours, timeout)

    def load(self, settings: WorkerSettings) -> None:
        """Have a spawned one load its graph.

        Raises:
            StoreError: the graph cannot be loaded; then it has ended.
            KeeperGoneError: it ended.
        """
        self._expect_ready(lambda: self._ask(settings.head()))

    def succeed(self, settings: WorkerSettings) -> KeeperProcess:
        """A keeper of other settings, forked from this one; it changes the graph by what differs.

        Raises:
            StoreError: the graph cannot be changed so.
            QueryLostError: it could not be started.
            KeeperGoneError: this or the new one is gone.
        """
        head = self._ask({"succeed": settings.head()}, self._timeout)
        if "error" in head:
            raise _not_started(head["error"])
        control = self._receive_socket()
        try:
            process = _ForkedProcess(head["pid"])
        except OSError as error:
            control.close()
            raise _not_started(f"the keeper is gone: {error.strerror}") from None
        keeper = KeeperProcess(process, control, self._timeout)
        keeper._expect_ready(lambda: keeper._hear(self._timeout))
        return keeper

    def _expect_ready(self, ask: Callable[[], dict[str, Any]]) -> None:
        try:
            head = ask()
        except BaseException:
            self.close()
            raise
        if "error" in head:
            self.close()
            raise StoreError(head["error"], hint=head["hint"])

    @property
    def pid(self) -> int:
        """The keeper's process."""
        return self._process.pid

    def replace(self, number: int) -> StartedWorker:
        """End worker `number`, if there is one, and start its successor.

        Raises:
            QueryLostError: it could not be started.
            KeeperGoneError: the keeper itself is gone; start another.
        """
        head = self._ask({"replace": number}, self._timeout)
        if "error" in head:
            raise _not_started(head["error"])
        return StartedWorker(head["pid"], self._receive_socket(), int(head["ended"]))

    def _receive_socket(self) -> socket.socket:
        try:
            _, (descriptor,), _, _ = socket.recv_fds(self._control, 1, 1)
        except (OSError, ValueError):
            raise self._kill() from None
        os.set_inheritable(descriptor, False)
        return socket.socket(fileno=descriptor)

    def _ask(self, head: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            messages.send(self._control, head, deadline=deadline)
        except (messages.ClosedError, messages.DeadlineError):
            raise self._kill() from None
        return self._hear(None if deadline is None else deadline - time.monotonic())

    def _hear(self, timeout: float | None) -> dict[str, Any]:
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            answer: dict[str, Any] = messages.receive(self._control, deadline)[0]
            return answer
        except (messages.ClosedError, messages.DeadlineError):
            raise self._kill() from None

    def _kill(self) -> KeeperGoneError:
        """Make sure that the keeper is gone indeed; the error to raise then."""
        self._process.kill()
        self.close()
        return KeeperGoneError()

    def close(self) -> None:
        """End the keeper, and with it all workers."""
        with contextlib.suppress(OSError):  # closed before
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        try:
            self._process.wait(self._timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _not_started(what: str) -> QueryLostError:
    return QueryLostError(what, hint="the machine may be out of memory or processes")


def _environment() -> dict[str, str]:
    """The environment of the keeper, which imports this very package in it."""
    return {"GLIBC_TUNABLES": _MALLOC, **os.environ, "PYTHONPATH": package.search_path()}
