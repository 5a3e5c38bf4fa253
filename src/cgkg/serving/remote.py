"""The pool of a generation that an engine elsewhere answers for: threads that wait for it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from cgkg.errors import CgkgError, EndpointTimeoutError, QueryError, StoreError
from cgkg.remote.client import Call, Client
from cgkg.remote.engine import Engine, Limits
from cgkg.remote.evaluation import RemoteEvaluator
from cgkg.remote.push import find_version
from cgkg.remote.reader import RemoteReader, blank_graph
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.sparql.writing import AnswerLimits
from cgkg.store.generations import Generation
from cgkg.workers import failures
from cgkg.workers.budget import ByteBudget
from cgkg.workers.jobs import Done, Job, Outcome, PoolCounts

_VERSION = "{version}"


class Engines:
    """Where versions are in engines, and the connections to them; calls block, from any thread."""

    def __init__(self, url: str, seconds: float) -> None:
        """Ask nothing yet.

        Args:
            url: the setting `endpoint`; `{version}` in it stands for a version's digest.
            seconds: that a look-up may take.
        """
        self._url, self._limits = url, Limits(seconds)
        self._client = Client()

    def answers_for(self, generation: Generation, current: bool) -> bool:
        """Whether an engine is to have the generation: an older one only if the address tells it
        from the current one."""
        return current or _VERSION in self._url

    def open(self, generation: Generation, limits: AnswerLimits) -> RemoteEvaluator:
        """What asks the engine for the generation, once it is found to have that.

        Raises:
            StoreError: it has another version, or none; or the generation cannot be read.
            EndpointError: it cannot be asked.
        """
        url = self._url.replace(_VERSION, generation.digest)
        engine = Engine(self._client, url, self._limits)
        held = find_version(engine)
        if held is None or held[0] != generation.digest:
            has = f"version {held[0][:16]}" if held else "no version that cgkg push has loaded"
            raise StoreError(
                f"<{url}> has {has}; the store's is {generation.digest[:16]}",
                hint="load that one into a dataset of its own with cgkg push, and serve from there",
            )
        scope = held[1]
        reader = RemoteReader(engine, scope, blank_graph(generation.dataset_file))
        inferred = generation.asserted_file != generation.dataset_file
        return RemoteEvaluator(engine, scope, reader, limits, inferred, generation.prefixes)

    def close(self) -> None:
        """End the connections."""
        self._client.close()


class RemotePool:
    """As `cgkg.workers.pool.WorkerPool`, whose calls it has; no process belongs to it.

    A query is stopped by ending its request to the engine.
    """

    pids: tuple[int, ...] = ()

    def __init__(
        self,
        evaluator: RemoteEvaluator,
        *,
        at_once: int,
        timeout: float,
        queue: int,
        room: ByteBudget,
    ) -> None:
        """Ask nothing yet.

        Args:
            evaluator: answers queries.
            at_once: how many of them.
            timeout: seconds that one may take; a request may ask for less.
            queue: how many may wait besides.
            room: for answers until they are handed on.
        """
        self._evaluator, self._timeout, self._room = evaluator, timeout, room
        self._most, self._at_once = at_once + queue, at_once
        self._threads = ThreadPoolExecutor(at_once, "engine")
        self._loop = asyncio.get_running_loop()
        self._calls: dict[Job, Call] = {}
        self._closed = False
        self.counts = PoolCounts()

    @property
    def ready(self) -> bool:
        """Whether a query would be asked."""
        return not self._closed

    @property
    def busy(self) -> bool:
        """Whether queries wait or run."""
        return bool(self._calls)

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return max(len(self._calls) - self._at_once, 0)

    def submit(self, request: QueryRequest, done: Done) -> Job:
        """Hand in a query, and return at once; as of `WorkerPool`."""
        seconds = min(request.timeout or self._timeout, self._timeout)
        job = Job(request, seconds, done)
        if self._closed:
            job.end(failures.closed_error())
        elif len(self._calls) >= self._most:
            job.end(failures.busy_error(self.waiting))
        else:
            call = self._calls[job] = Call()
            job.due = self._loop.time() + seconds
            running = self._loop.run_in_executor(self._threads, self._answer, job, call)
            running.add_done_callback(partial(self._finish, job))
        return job

    def _answer(self, job: Job, call: Call) -> Outcome:
        left = job.due - self._loop.time()
        if left <= 0:
            return failures.late_error(job.seconds)
        try:
            return self._evaluator.answer(job.request, left, call)
        except EndpointTimeoutError:
            own = job.seconds < self._timeout
            return failures.deadline_error(job.request.query, job.seconds, own=own)
        except CgkgError as error:
            return error.with_traceback(None)
        except Exception as error:
            return QueryError(f"the query failed: {error}")

    def _finish(self, job: Job, running: asyncio.Future[Outcome]) -> None:
        self._calls.pop(job, None)
        if running.cancelled():
            job.end(failures.closed_error())
            return
        outcome = running.result()
        if isinstance(outcome, QueryAnswer) and not self._room.has_room(len(outcome.body)):
            outcome = failures.no_room_error()
        job.end(outcome)

    def cancel(self, job: Job) -> None:
        """Stop a query whose outcome nobody waits for; `done` is not called any more."""
        if job.done is None:
            return
        job.done = None
        self.counts.left += 1
        if job in self._calls:
            self._calls[job].cancel()

    async def run(self, request: QueryRequest) -> QueryAnswer:
        """The whole answer to the query; a caller that is cancelled stops it."""
        outcome: asyncio.Future[QueryAnswer] = self._loop.create_future()

        def finish(result: Outcome) -> None:
            if outcome.done():
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

    async def close(self) -> None:
        """Stop all queries, and end the threads."""
        self._closed = True
        for call in list(self._calls.values()):
            call.cancel()
        await self._loop.run_in_executor(None, self._threads.shutdown)
