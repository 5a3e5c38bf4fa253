"""Queries answered by a pool of processes; none runs beyond its deadline.

A query that reaches a limit, or that nobody waits for any more, ends with its process, and the
process is replaced. An answer is whole or it is an error.

`Pool` belongs to an event loop; `QueryPool` is the same for threads.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from cgkg.errors import QueryError, QueryLostError, QueryTimeoutError
from cgkg.query import frames
from cgkg.query.channel import Channel
from cgkg.query.keeper import Settings
from cgkg.query.processes import Born, Keeper, KeeperGoneError
from cgkg.query.protocol import QueryAnswer, QueryRequest
from cgkg.query.turns import Turns
from cgkg.query.worker import answer_of, request_head
from cgkg.storage import machine_memory

_MIB = 1 << 20
_LONG = 0.1  # seconds after which a query has to give way to others
_NICENESS = 10
_GRACE = 0.1  # seconds for a query to end by itself once its client has left
_NOT_EXISTS = re.compile(r"\bNOT\s+EXISTS\b", re.IGNORECASE)

Value = TypeVar("Value")


@dataclass
class _Worker:
    """A place in the pool and the process that fills it; no channel while there is none."""

    number: int
    channel: Channel | None = None
    pid: int = 0
    niced: bool = False

    def leave(self) -> None:
        """Forget the process."""
        if self.channel is not None:
            self.channel.close()
        self.channel, self.pid, self.niced = None, 0, False

    def give_way(self) -> None:
        """Let every other process go first from now on."""
        if self.pid:
            self.niced = _set_priority(self.pid, min(_usual() + _NICENESS, 19))

    def catch_up(self) -> bool:
        """Take the usual priority again; false where the system does not allow it."""
        if self.niced and _set_priority(self.pid, _usual()):
            self.niced = False
        return not self.niced


def _usual() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def _set_priority(pid: int, niceness: int) -> bool:
    try:
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
    except OSError:  # it has ended, or an ordinary user may not raise a priority
        return False
    return True


@dataclass
class Counts:
    """What happened in a pool since it started: processes replaced, queries stopped at their
    deadline, queries whose client left."""

    replaced: int = 0
    stopped: int = 0
    left: int = 0


class Pool:
    """Answers queries in processes of its own; all calls come from one event loop."""

    def __init__(self, settings: Settings, *, workers: int, timeout: float, queue: int) -> None:
        self._settings = settings
        self._timeout = timeout
        self._closed = False
        self._keeper: Keeper | None = None
        self._workers = [_Worker(number) for number in range(workers)]
        self._turns: Turns[_Worker] = Turns(self._workers, places=queue)
        # One thread, so that there is one conversation with the keeper at a time.
        self._thread = ThreadPoolExecutor(1, "keeper")
        self._tasks: set[asyncio.Task[Any]] = set()
        self.counts = Counts()

    @classmethod
    async def start(
        cls, settings: Settings, *, workers: int = 2, timeout: float = 30.0, queue: int = 64
    ) -> Pool:
        """A pool that is ready to answer.

        Args:
            settings: what the processes load, and their limits.
            workers: how many queries are evaluated at once.
            timeout: seconds a query may take; a request may ask for less.
            queue: how many requests may wait for a worker.

        Raises:
            StoreError: the graph cannot be loaded.
        """
        pool = cls(settings, workers=workers, timeout=timeout, queue=queue)
        try:
            for worker in pool._workers:
                await pool._replace(worker)
        except BaseException:
            await pool.close()
            raise
        pool.counts = Counts()
        return pool

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of all processes of the pool, the keeper's first."""
        keeper = (self._keeper.pid,) if self._keeper else ()
        return (*keeper, *(worker.pid for worker in self._workers if worker.pid))

    @property
    def waiting(self) -> int:
        """How many requests wait for a worker."""
        return self._turns.waiting

    async def run(self, request: QueryRequest) -> QueryAnswer:
        """The whole answer to the query; a caller that is cancelled stops it.

        Raises:
            PoolBusyError: too many requests wait, or none of the workers became free in time.
            QueryTimeoutError: a limit on time, rows, bytes or memory was reached.
            QuerySyntaxError, QueryRefusedError, NotAcceptableError: as in `Evaluator.answer`.
            QueryError: the query failed.
            QueryLostError: its process ended early, none can be started, or the pool is closed.
        """
        seconds = min(request.timeout or self._timeout, self._timeout)
        worker = await self._turns.take(seconds)
        try:
            answer = await self._ask(worker, request, seconds)
        except asyncio.CancelledError:
            self.counts.left += 1
            self._in_background(self._abandoned(worker))
            raise
        except BaseException:
            self._freed(worker)
            raise
        self._freed(worker)
        return answer_of(*answer)

    async def _ask(
        self, worker: _Worker, request: QueryRequest, seconds: float
    ) -> tuple[dict[str, Any], bytes]:
        loop = asyncio.get_running_loop()
        if worker.channel is None or worker.channel.closed:  # it ended while it was idle
            await self._replace(worker)
        assert worker.channel is not None
        answer = worker.channel.ask(request_head(request))
        watch = _Watch(answer, worker, loop.time() + seconds)
        watch.timer = loop.call_later(min(_LONG, seconds), watch.slow)
        try:
            return await answer
        except frames.DeadlineError:
            self.counts.stopped += 1
            await self._replace(worker)
            raise self._stopped(request, seconds) from None
        except frames.ClosedError:
            raise self._ended(await self._replace(worker)) from None
        finally:
            watch.timer.cancel()

    def _freed(self, worker: _Worker) -> None:
        """Let the next one have the worker, at the priority of a new one."""
        if worker.niced and not worker.catch_up():
            self._in_background(self._renewed(worker))
        else:
            self._turns.give(worker)

    async def _renewed(self, worker: _Worker) -> None:
        try:
            await self._replace(worker)
        finally:
            self._turns.give(worker)

    async def _abandoned(self, worker: _Worker) -> None:
        """End a query that nobody waits for, unless it is about to end by itself."""
        channel = worker.channel
        try:
            if channel is None or not await channel.idle(_GRACE):
                await self._replace(worker)
        finally:
            self._freed(worker)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # the next request finds the worker missing and says why

    async def _replace(self, worker: _Worker) -> int:
        """Put a new process in the worker's place; says how the one before ended."""
        worker.leave()
        self.counts.replaced += 1
        born = await self._in_thread(lambda: self._replaced(worker.number))
        channel = await Channel.over(born.connection)
        channel.when_lost = lambda: self._lost(worker, channel)
        worker.channel, worker.pid = channel, born.pid
        return born.ended

    def _lost(self, worker: _Worker, channel: Channel) -> None:
        """Replace a worker that ended while it was idle, before somebody needs it."""
        if worker.channel is channel and not self._closed and self._turns.withdraw(worker):
            self._in_background(self._renewed(worker))

    def _replaced(self, number: int) -> Born:
        """The same as `Keeper.replace`, starting the keeper (anew) if there is none."""
        if self._closed:
            raise _closed()
        if self._keeper is None:
            self._keeper = Keeper(self._settings)
        try:
            return self._keeper.replace(number)
        except KeeperGoneError:
            self._keeper = Keeper(self._settings)
            return self._keeper.replace(number)

    async def _in_thread(self, work: Callable[[], Value]) -> Value:
        try:
            running = asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError:
            raise _closed() from None
        # Whoever stops waiting leaves the conversation with the keeper to its end.
        return await asyncio.shield(running)

    def _stopped(self, request: QueryRequest, seconds: float) -> QueryTimeoutError:
        own = seconds < self._timeout
        hint = "the limit is the request's timeout" if own else "the limit is the setting timeout"
        if _NOT_EXISTS.search(request.query):
            hint += "; NOT EXISTS over several patterns is slow, use MINUS where it is the same"
        return QueryTimeoutError(f"query stopped after {seconds:g} s", hint=hint)

    def _ended(self, status: int) -> QueryError:
        """What to say of a query whose process ended by itself."""
        if -status == signal.SIGABRT:  # how the engine ends when it gets no more memory
            return QueryTimeoutError(
                f"query stopped: it needs more than {self._settings.memory // _MIB} MiB of memory",
                hint="ask for less at once; the limit is the setting query_memory",
            )
        if -status == signal.SIGSEGV:  # how it ends when its stack is full
            return QueryError(
                "the query is nested too deeply or too long to be evaluated",
                hint="write long chains of operators as VALUES or IN",
            )
        how = f" (signal {-status})" if status < 0 else ""
        return QueryLostError(f"the query's process ended early{how}", hint="try again")

    async def close(self) -> None:
        """End all processes; requests under way and waiting get an error."""
        self._closed = True
        self._turns.close()
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            await self._in_thread(keeper.close)
        for worker in self._workers:
            worker.leave()
        self._thread.shutdown(wait=False)


@dataclass
class _Watch:
    """Looks after one query: it gives way when it is slow, and ends at its deadline.

    Most queries are neither, and so need one timer.
    """

    answer: asyncio.Future[Any]
    worker: _Worker
    deadline: float
    timer: asyncio.TimerHandle = None  # type: ignore[assignment]  # set with the first wait

    def slow(self) -> None:
        loop = self.answer.get_loop()
        left = self.deadline - loop.time()
        if left <= 0:
            self.late()
            return
        self.worker.give_way()
        self.timer = loop.call_later(left, self.late)

    def late(self) -> None:
        if not self.answer.done():
            self.answer.set_exception(frames.DeadlineError())


class QueryPool:
    """A pool for threads: any number of them may ask at once."""

    def __init__(self, make: Callable[[], Coroutine[Any, Any, Pool]]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._open = True
        try:
            self._pool = self._wait(make())
        except BaseException:
            self._end()
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
        """A pool over the N-Quads files of a generation, ready to answer.

        Args:
            dataset_file: N-Quads of the whole dataset.
            asserted_file: N-Quads of the asserted facts, for requests without reasoning.
            workers, timeout, queue: as in `Pool.start`.
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
            memory=memory or worker_memory(workers),
        )
        return cls(lambda: Pool.start(settings, workers=workers, timeout=timeout, queue=queue))

    def run(self, request: QueryRequest) -> QueryAnswer:
        """The whole answer to the query; raises as `Pool.run`."""
        if not self._open:
            raise _closed()
        return self._wait(self._pool.run(request))

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of all processes of the pool, the keeper's first."""
        return self._pool.pids

    @property
    def waiting(self) -> int:
        """How many requests wait for a worker."""
        return self._pool.waiting

    def close(self) -> None:
        """End all processes; requests under way and waiting get an error."""
        if self._open:
            self._open = False
            self._wait(self._pool.close())
            self._end()

    def _wait(self, work: Coroutine[Any, Any, Value]) -> Value:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end(self) -> None:
        """Let what is under way be told that it is over, then end the loop."""
        self._open = False
        self._loop.call_soon_threadsafe(self._loop.call_later, 0.05, self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> QueryPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def worker_memory(workers: int) -> int:
    """Bytes that each of so many workers may use beyond the graph: together half the machine's."""
    return machine_memory() // (2 * workers)


def _closed() -> QueryLostError:
    return QueryLostError("queries are no longer answered: the server is stopping")
