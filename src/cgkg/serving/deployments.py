"""The generations that are being served: the current one, its successor, and old ones asked for.

A generation is deployed whole (its processes, its pages, its cache) before it takes the place of
the one before, which answers what it has begun and is then closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cgkg.errors import CgkgError, PoolBusyError
from cgkg.federation.evaluate import Federation
from cgkg.http.coding import WORTH_COMPRESSING, compress
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.store.generations import Generation, GenerationStore
from cgkg.workers.cache import AnswerCache
from cgkg.workers.jobs import Done, Job, Outcome
from cgkg.workers.pool import WorkerPool

if TYPE_CHECKING:
    from cgkg.serving.remote import RemotePool  # it reads queries

_LOG = logging.getLogger(__name__)
_CHECK_SECONDS = 0.05  # between looks at whether a generation is still used


@dataclass(eq=False)
class Deployment:
    """A generation with all that answers for it; called from one event loop.

    Attributes:
        generation: what is asked.
        cache: its answers.
        federation: evaluates queries with SERVICE.
        pool: its query processes, or who asks an engine elsewhere.
        pages: the WSGI application; None for an older generation, which has no pages.
        add_grounds: adds to an answer with evidence what its inferred triples rest on, in a
            thread; None where nothing is proved, as in an older generation.
        making: makes the pages and `add_grounds`, if queries are answered meanwhile.
        begin_search: begins to make the index of the search, which those who ask for it wait for.
        users: how many requests hold it open.
        release: called in a thread once it is closed, if nobody used it any more then.
    """

    generation: Generation
    cache: AnswerCache
    federation: Federation
    pool: WorkerPool | RemotePool = field(init=False)
    pages: Any = None
    add_grounds: Callable[[bytes], bytes] | None = None
    making: asyncio.Future[None] | None = None
    begin_search: Callable[[], object] | None = None
    users: int = 0
    release: Callable[[], None] | None = None

    async def made(self) -> None:
        """Wait until the pages are there; raises what making them does."""
        if self.making is not None:
            await asyncio.shield(self.making)
            self.making = None

    async def run(self, request: QueryRequest) -> QueryAnswer:
        """The answer, from the cache or from the pool; raises as `Federation.evaluate`."""
        if request.evidence:
            await self.made()
        answer = self.cache.get(request)
        if answer is None:
            if request.evidence and self.add_grounds is not None:
                answer = await self._run_with_grounds(request, self.add_grounds)
            else:
                answer = await self.federation.evaluate(request, self.pool.run)
            self.cache.put(request, answer)
        return answer

    async def _run_with_grounds(
        self, request: QueryRequest, add: Callable[[bytes], bytes]
    ) -> QueryAnswer:
        plain = request._replace(coding=None)
        answer = await self.federation.evaluate(plain, self.pool.run)
        body = await asyncio.to_thread(add, answer.body)
        coding = request.coding if len(body) >= WORTH_COMPRESSING else None
        if coding is None:
            return answer._replace(body=body, etag=f"{answer.etag}-grounds")
        coded = await asyncio.to_thread(compress, body, coding)
        return answer._replace(body=coded, coding=coding, etag=f"{answer.etag}-grounds-{coding}")

    def submit(self, request: QueryRequest, done: Done) -> Job:
        """Hand in a query that the cache does not hold and that asks no other endpoint; returns at
        once, as `WorkerPool.submit`."""

        def finish(outcome: Outcome) -> None:
            if not isinstance(outcome, CgkgError):
                self.cache.put(request, outcome)
            done(outcome)

        return self.pool.submit(request, finish)

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Keep it open for a request that asks more than one query, or none yet."""
        self.users += 1
        try:
            yield
        finally:
            self.users -= 1

    @property
    def in_use(self) -> bool:
        """Whether a request holds it open, or a query waits or runs."""
        return self.users > 0 or self.pool.busy

    async def retire(self, seconds: float) -> None:
        """Close it once nobody uses it, or after so many seconds; returns when it is closed."""
        with contextlib.suppress(Exception):  # whoever waits for it has it raised
            await self.made()
        until = time.monotonic() + seconds
        while self.in_use and time.monotonic() < until:
            await asyncio.sleep(_CHECK_SECONDS)
        unused = not self.in_use
        await self.pool.close()
        if unused and self.release is not None:
            await asyncio.get_running_loop().run_in_executor(None, self.release)


Deploy = Callable[[Generation, bool], Coroutine[Any, Any, Deployment]]


class Deployments:
    """The generations that are served now; called from one event loop, and nothing blocks that."""

    def __init__(
        self,
        store: GenerationStore,
        deploy: Deploy,
        *,
        retire_seconds: float,
        wait_seconds: float = 30.0,
        max_older: int = 2,
    ) -> None:
        """Serve nothing yet.

        Args:
            store: has the generations.
            deploy: starts the processes of a generation, and whether it is the current one.
            retire_seconds: after which one that is no longer served is closed, if still in use.
            wait_seconds: for which a request waits until an older generation can be opened.
            max_older: how many older generations are open at once, or being opened or closed.
        """
        self._store, self._deploy = store, deploy
        self._retire_seconds, self._wait_seconds = retire_seconds, wait_seconds
        self._max_older, self._opening = max_older, asyncio.Lock()
        self._updating = asyncio.Lock()
        self._current: Deployment | None = None
        self._older: dict[str, asyncio.Task[Deployment]] = {}
        self._retiring: set[asyncio.Task[None]] = set()
        self._closing = 0  # older ones among these
        self._failed_id = ""
        self.switches = 0
        self.failures = 0

    @property
    def before(self) -> Deployment | None:
        """What answers until the next one does, if anything."""
        return self._current

    @property
    def current(self) -> Deployment:
        """The deployment that answers now."""
        assert self._current is not None
        return self._current

    async def open(self, generation: Generation) -> None:
        """Serve this generation from now on; the one before ends when it has nothing to do.

        Raises:
            StoreError: it cannot be loaded; then nothing changes.
        """
        previous = self._current
        self._current = await self._deploy(generation, True)
        if previous is not None:
            self.switches += 1
            self._retire(previous)

    async def update(self) -> None:
        """Serve the store's current generation, if it is another one by now.

        One that cannot be served is left alone until there is another; the log says why.
        """
        async with self._updating:  # who asks meanwhile may mean a later one
            try:
                generation = self._store.current()
            except CgkgError as error:
                _LOG.error("the store cannot be read: %s", error.message)
                return
            if generation.id in (self.current.generation.id, self._failed_id):
                return
            try:
                await self.open(generation)
            except Exception as error:
                self.failures += 1
                self._failed_id = generation.id
                _LOG.error("generation %s cannot be served: %s", generation.id, error)
            else:
                _LOG.info("serving generation %s", generation.id)

    async def get(self, version: str | None) -> Deployment:
        """The deployment of a generation, named by its id or dataset digest; None: the current one.

        Raises:
            VersionNotFoundError: the store has no such generation.
        """
        if version is None or self.current.generation.answers_to(version):
            return self.current
        generation = self._store.find(version)
        task = self._older.pop(generation.id, None)
        if task is None:
            task = await self._open_older(generation)
        self._older[generation.id] = task  # the one used last is the last
        try:
            return await asyncio.shield(task)
        except CgkgError:
            self._older.pop(generation.id, None)
            raise

    async def _open_older(self, generation: Generation) -> asyncio.Task[Deployment]:
        """Open an older generation once there is a place for it; nothing else opens one then.

        Raises:
            PoolBusyError: no place became free in time.
        """
        until = time.monotonic() + self._wait_seconds
        async with self._opening:
            while generation.id not in self._older and not self._free_place():
                if time.monotonic() > until:
                    raise PoolBusyError(
                        f"{self._max_older} earlier graphs are being asked already",
                        hint="try again in a moment",
                    )
                await asyncio.sleep(_CHECK_SECONDS)
            if generation.id not in self._older:
                work = self._deploy(generation, False)
                self._older[generation.id] = asyncio.get_running_loop().create_task(work)
            return self._older[generation.id]

    def _free_place(self) -> bool:
        """Whether one more older generation may be opened; if not, one that nobody asks is closed,
        the one used longest ago."""
        if len(self._older) + self._closing < self._max_older:
            return True
        for name, task in self._older.items():
            failed = task.done() and (task.cancelled() or task.exception())
            if failed or (task.done() and not task.result().in_use):
                del self._older[name]
                self._closing += 1
                task.add_done_callback(self._retire_older)
                break
        return False

    def _retire_older(self, task: asyncio.Task[Deployment]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._closing -= 1
        else:
            self._retire(task.result()).add_done_callback(self._note_closed)

    def _note_closed(self, task: asyncio.Task[None]) -> None:
        self._closing -= 1

    def _retire(self, deployment: Deployment) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(deployment.retire(self._retire_seconds))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)
        return task

    async def close(self) -> None:
        """End all processes of all generations."""
        for task in self._older.values():
            task.add_done_callback(self._retire_older)
        if self._older:
            await asyncio.wait(self._older.values())
            await asyncio.sleep(0)
        waiting = list(self._retiring)
        if self._current is not None:
            self._current.release = None
            waiting.append(asyncio.create_task(self._current.retire(0)))
        if waiting:
            await asyncio.wait(waiting)
