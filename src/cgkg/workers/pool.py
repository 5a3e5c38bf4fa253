"""Queries answered by a pool of processes; none runs beyond its deadline.

A query that reaches a limit, or that nobody waits for any more, ends with its process, and the
process is replaced. An answer is whole or it is an error.

A query is handed in with a function that is called with what came of it. There is no task, no
future and no timer for each: most queries are over before the event loop would have made them.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Callable, Coroutine
from typing import Any

from cgkg.errors import CgkgError, QueryError
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.workers import failures
from cgkg.workers.budget import ByteBudget
from cgkg.workers.channel import Channel
from cgkg.workers.jobs import Done, Job, Outcome, PoolCounts, PoolTimes, Worker
from cgkg.workers.keeper import WorkerSettings
from cgkg.workers.machine import machine_memory
from cgkg.workers.supervisor import KeeperProcess, Processes
from cgkg.workers.waiting import WaitingJobs
from cgkg.workers.worker import read_outcome, write_request

_LOG = logging.getLogger(__name__)
_ROUNDING = 1 << 16  # an answer may be this much larger than its limit, by its coding


class WorkerPool:
    """Answers queries in processes of its own.

    All calls come from one event loop, and none blocks it. A freed worker goes to the query that
    has waited longest of those that are not known to take long, see `WaitingJobs`.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        *,
        workers: int,
        timeout: float,
        queue: int,
        times: PoolTimes,
        room: ByteBudget,
        keeper: KeeperProcess | None = None,
    ) -> None:
        self._settings = settings
        self._room = room
        self._times = times
        self._timeout = timeout
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._processes = Processes(settings, times.keeper, keeper)
        self._workers = [Worker(number) for number in range(workers)]
        self._free = list(self._workers)
        self._waiting = WaitingJobs(queue, times.slow)
        self._timer: asyncio.TimerHandle | None = None
        self._check_at = math.inf
        self._tasks: set[asyncio.Task[Any]] = set()
        self.counts = PoolCounts()

    @classmethod
    async def start(
        cls,
        settings: WorkerSettings,
        *,
        workers: int = 2,
        timeout: float = 30.0,
        queue: int = 64,
        times: PoolTimes | None = None,
        room: ByteBudget | None = None,
        before: WorkerPool | None = None,
        spawned: KeeperProcess | None = None,
    ) -> WorkerPool:
        """A pool that is ready to answer, once the graph is loaded and the workers are there.

        Args:
            settings: what the processes load, and their limits.
            workers: how many queries are evaluated at once.
            timeout: seconds a query may take; a request may ask for less.
            queue: how many requests may wait for a worker.
            times: what is waited for besides; by default as `PoolTimes` has it.
            room: for answers on their way here; by default there is enough for every worker's.
            before: a pool whose graph differs little, if there is one: then only the difference is
                loaded. It goes on as before.
            spawned: a keeper that has no graph yet, if there is one; it ends with the pool.

        Raises:
            StoreError: the graph cannot be loaded.
        """
        times = times or PoolTimes()
        room = room or ByteBudget(workers * (settings.max_bytes + _ROUNDING))
        keeper = None if before is None else await before._processes.succeed(settings)
        pool = cls(
            settings,
            workers=workers,
            timeout=timeout,
            queue=queue,
            times=times,
            room=room,
            keeper=keeper,
        )
        try:
            if spawned is not None:
                await pool._processes.load(spawned)
            for worker in pool._workers:
                _, error = await pool._replace(worker)
                if error is not None:
                    raise error
        except BaseException:
            await pool.close()
            raise
        pool.counts = PoolCounts()
        return pool

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of all processes of the pool, the keeper's first."""
        pids = (self._processes.pid, *(worker.pid for worker in self._workers))
        return tuple(pid for pid in pids if pid)

    @property
    def ready(self) -> bool:
        """Whether a query would be evaluated: there is a worker beside the keeper."""
        return len(self.pids) > 1

    @property
    def waiting(self) -> int:
        """How many requests wait for a worker."""
        return len(self._waiting)

    @property
    def busy(self) -> bool:
        """Whether queries wait or run."""
        return bool(self._waiting) or any(worker.job is not None for worker in self._workers)

    # Asking

    def submit(self, request: QueryRequest, done: Done) -> Job:
        """Hand in a query, and return at once.

        Args:
            request: the query.
            done: called once with the whole answer or the error, perhaps before this returns.

        Returns:
            What to give to `cancel` when nobody waits for the outcome any more.

        The errors are:
            PoolBusyError: too many requests wait, or none of the workers became free in time.
            QueryLimitError: a limit on time, rows, bytes or memory was reached.
            QuerySyntaxError, QueryRefusedError, NotAcceptableError: as in `Evaluator.answer`.
            QueryError: the query failed.
            QueryLostError: its process ended early, none can be started, or the pool is closed.
        """
        seconds = min(request.timeout or self._timeout, self._timeout)
        job = Job(request, seconds, done)
        if self._closed:
            job.end(failures.closed_error())
        elif self._free:
            self._assign(self._free.pop(), job)  # the one used last: its caches are warm
        elif self._waiting.add(job):
            job.due = self._loop.time() + seconds
            self._schedule_check(job.due)
        else:
            job.end(failures.busy_error(len(self._waiting)))
        return job

    def cancel(self, job: Job) -> None:
        """Stop a query whose outcome nobody waits for; `done` is not called any more."""
        if job.done is None:
            return
        job.done = None
        if job.worker is None:
            self._waiting.remove(job)
        else:
            self.counts.left += 1
            # It may be about to end by itself, and its process can stay.
            self._loop.call_later(self._times.grace, self._stop, job)

    async def run(self, request: QueryRequest) -> QueryAnswer:
        """The whole answer to the query; raises the errors of `submit`.

        A caller that is cancelled stops the query.
        """
        outcome: asyncio.Future[QueryAnswer] = self._loop.create_future()

        def finish(result: Outcome) -> None:
            if outcome.done():  # cancelled, and the caller does not know yet
                return
            if isinstance(result, CgkgError):
                outcome.set_exception(result)
            else:
                outcome.set_result(result)

        job = self.submit(request, finish)
        try:
            return await outcome
        finally:
            self.cancel(job)

    # A worker and its job

    def _assign(self, worker: Worker, job: Job) -> None:
        worker.job, job.worker = job, worker
        if worker.channel is None:  # it ended while it was idle
            self._run_in_background(self._replace_and_send(worker, job))
        else:
            self._send(worker, worker.channel, job)

    def _send(self, worker: Worker, channel: Channel, job: Job) -> None:
        worker.since = now = self._loop.time()
        job.due = now + job.seconds
        channel.send(write_request(job.request))
        self._schedule_check(now + min(self._times.long, job.seconds))

    def _receive_answer(self, worker: Worker, head: Any, body: bytes | None) -> None:
        job, worker.job = worker.job, None
        if worker.has_low_priority and not worker.restore_priority():
            self._start_replacing(worker)
        else:
            self._release(worker)
        if job is not None:
            self._waiting.note(job, self._loop.time() - worker.since)
        if job is not None and job.done is not None:
            job.end(failures.no_room_error() if body is None else read_outcome(head, body))

    def _release(self, worker: Worker) -> None:
        """Let a query that waits have the worker."""
        if self._waiting:
            self._assign(worker, self._waiting.take())
        else:
            self._free.append(worker)

    def _replace_lost(self, worker: Worker, channel: Channel | None, unread: bool) -> None:
        """Replace a worker that ended by itself.

        Args:
            worker: the place.
            channel: to the process that is gone.
            unread: whether it was gone before it had read the query, which another can answer.
        """
        if channel is None or worker.channel is not channel or self._closed:
            return
        if worker.job is not None and unread:
            worker.forget_process()
            self._run_in_background(self._replace_and_send(worker, worker.job))
        elif worker.job is not None:
            self._start_replacing(worker, self._exit_error)
        elif worker in self._free:  # before somebody needs it
            self._free.remove(worker)
            self._start_replacing(worker)

    def _exit_error(self, status: int) -> QueryError:
        return failures.exit_error(status, self._settings.memory)

    def _stop(self, job: Job) -> None:
        worker = job.worker
        if worker is not None and worker.job is job and worker.channel is not None:
            self._start_replacing(worker)

    # Time

    def _schedule_check(self, when: float) -> None:
        """Check all deadlines at this time of the loop's clock, or earlier. There is one timer for
        all, which is mostly set already."""
        if when >= self._check_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._check_at = when
        self._timer = self._loop.call_at(when, self._check_deadlines)

    def _check_deadlines(self) -> None:
        """Lower the priority of slow queries, end those that are late, and see when to check
        again."""
        self._timer, self._check_at = None, math.inf
        now = self._loop.time()
        for worker in self._workers:
            if worker.job is not None and worker.channel is not None:
                self._check_deadline(worker, worker.job, now)
        for job in [job for job in self._waiting if job.due <= now]:
            self._waiting.remove(job)
            job.end(failures.late_error(job.seconds))
        if self._waiting:
            self._schedule_check(min(job.due for job in self._waiting))

    def _check_deadline(self, worker: Worker, job: Job, now: float) -> None:
        if now >= job.due:
            self.counts.stopped += 1
            self._waiting.note(job, job.seconds)
            own = job.seconds < self._timeout
            error = failures.deadline_error(job.request.query, job.seconds, own=own)
            self._start_replacing(worker, lambda _: error)
        elif now < worker.since + self._times.long:
            self._schedule_check(min(worker.since + self._times.long, job.due))
        else:
            if not worker.has_low_priority:
                worker.lower_priority()
            self._schedule_check(job.due)

    # Processes

    def _start_replacing(
        self, worker: Worker, make_error: Callable[[int], CgkgError] | None = None
    ) -> None:
        """Put a new process in the worker's place, and let the next one have it.

        Args:
            worker: the place.
            make_error: makes the error for the query that ran there of how its process ended. It is
                told when the process is gone.
        """
        worker.forget_process()
        self._run_in_background(self._replace_and_release(worker, make_error))

    async def _replace_and_release(
        self, worker: Worker, make_error: Callable[[int], CgkgError] | None
    ) -> None:
        ended, error = await self._replace(worker)
        job, worker.job = worker.job, None
        if job is not None and make_error is not None:
            job.end(error or make_error(ended))
        self._release(worker)

    async def _replace_and_send(self, worker: Worker, job: Job) -> None:
        """Put a process in the worker's place, and have it do the job."""
        _, error = await self._replace(worker)
        if worker.channel is not None and job.done is not None:
            self._send(worker, worker.channel, job)
            return
        worker.job = None
        job.end(error or failures.no_process_error())
        self._release(worker)

    async def _replace(self, worker: Worker) -> tuple[int, CgkgError | None]:
        """Put a new process in the worker's place; says how the one before ended, or why there is
        no new one."""
        worker.forget_process()
        self.counts.replaced += 1
        channel: Channel | None = None
        try:
            started = await self._processes.replace(worker.number)
            channel = await Channel.open(
                started.connection,
                lambda head, body: self._receive_answer(worker, head, body),
                lambda unread: self._replace_lost(worker, channel, unread),
                self._room,
            )
        except CgkgError as error:
            return 0, error
        except Exception:
            _LOG.exception("no query process can be started")
            return 0, failures.no_process_error()
        if channel.gone:
            return started.ended, failures.no_process_error()
        worker.channel, worker.pid = channel, started.pid
        return started.ended, None

    def _run_in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._log_failure)

    def _log_failure(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("unexpected error in the pool", exc_info=error)

    async def close(self) -> None:
        """End all processes; requests under way and waiting get an error.

        Returns when the keeper has ended.
        """
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        waiting = self._waiting.clear()
        waiting += [worker.job for worker in self._workers if worker.job]
        for job in waiting:
            job.end(failures.closed_error())
        await self._processes.close()
        for worker in self._workers:
            worker.forget_process()


def default_workers() -> int:
    """How many workers a pool should have: as many as there are cores, from 2 to 16.

    One more answers a tenth more look-ups and a twentieth fewer queries that compute (measured on
    two cores), and holds another copy of the graph.
    """
    ours = getattr(os, "sched_getaffinity", None)
    cores = len(ours(0)) if ours else os.cpu_count() or 1
    return min(max(cores, 2), 16)


def worker_memory(workers: int) -> int:
    """Bytes that each of so many workers may use beyond the graph: together half the machine's."""
    return machine_memory() // (2 * workers)
