"""The server: a graph behind an address, put together from its parts, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, cast

import uvloop

from cgkg import __version__
from cgkg.errors import CgkgError
from cgkg.federation.evaluate import Federation
from cgkg.federation.remote import Endpoints
from cgkg.project.folder import Project
from cgkg.rdf.terms import Triple
from cgkg.serving.address import ListenAddress
from cgkg.serving.deployments import Deployment, Deployments
from cgkg.serving.dispatch import Dispatcher
from cgkg.serving.explainer import GenerationExplainer
from cgkg.serving.graphs import PageGraphs, changed_quads
from cgkg.serving.http1 import Connections
from cgkg.serving.limits import ConnectionLimits
from cgkg.serving.log import AccessLog
from cgkg.serving.measured import list_metrics
from cgkg.serving.metrics import Metrics, RequestCounts
from cgkg.serving.proxy import Proxies
from cgkg.serving.rebuilding import RebuildProcess, Texts
from cgkg.serving.texts import PageTexts
from cgkg.serving.wsgi import LoopPool, WsgiRunner
from cgkg.settings import ServeSettings
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.sparql.writing import AnswerLimits
from cgkg.store.generations import Generation, GenerationStore
from cgkg.store.reader import Reader
from cgkg.workers import placement
from cgkg.workers.budget import ByteBudget
from cgkg.workers.cache import AnswerCache
from cgkg.workers.keeper import WorkerSettings
from cgkg.workers.machine import (
    adopt_orphans,
    give_back_memory,
    keep_little_memory,
    machine_memory,
)
from cgkg.workers.pool import WorkerPool, default_workers, worker_memory
from cgkg.workers.supervisor import KeeperProcess

if TYPE_CHECKING:
    from cgkg.search.finder import Search
    from cgkg.serving.remote import Engines
    from cgkg.store.graph import Graph

__all__ = ["ListenAddress", "ServedProject", "serve"]

_LOG = logging.getLogger(__name__)
_PAGE_THREADS = 8
_MUCH = 1 << 20  # bytes for clients, after which memory is given back once there are none
_WRITE_SECONDS = 5.0  # for an answer to be written
_SEARCH_SECONDS = 2.0  # that a request waits for the index of the search
_SEARCH_AFTER = 0.1  # seconds, for those who wait for a new generation
_OLD_WORKERS = 1  # for a generation that is asked for by its version


@dataclass(frozen=True)
class ServedProject:
    """What is served: a project's store, and the document if it is at hand.

    Attributes:
        orders: what the process does that builds on save, as of
            `cgkg.authoring.orders.Orders.line`; empty if nothing is built.
    """

    project: Project
    store: GenerationStore
    source: Path | None = None
    orders: bytes = b""

    @property
    def project_now(self) -> Project:
        """The project by its files as they are now, if they are saved and built meanwhile."""
        if self.orders:
            with contextlib.suppress(CgkgError):  # in the midst of an edit
                union = self.project.union_default_graph
                return Project.at(self.project.folder).with_union_default_graph(union)
        return self.project


def serve(
    served: ServedProject,
    settings: ServeSettings,
    address: ListenAddress,
    ready: Callable[[str], None],
    keeper: KeeperProcess | None = None,
) -> None:
    """Serve the store's current generation until interrupted or terminated, then drain and end.

    This blocks until then, and runs the event loop that everything here is called from.

    Args:
        served: what is served.
        settings: how.
        address: where to listen.
        ready: called with the address once a request would be answered.
        keeper: one that was spawned, which saves the time to start it; its owner closes it.

    Raises:
        StoreError: the generation cannot be loaded.
        ConfigError: a setting cannot be used.
    """
    log = AccessLog.open(settings.access_log, settings.log_format)  # type: ignore[arg-type]
    with contextlib.suppress(KeyboardInterrupt):
        keep_little_memory()
        adopt_orphans()
        server = _Server(served, settings, address, log)
        server.spawned = keeper
        uvloop.run(server.run(ready))


class _Server:
    """The parts of one running server, put together."""

    def __init__(
        self, served: ServedProject, settings: ServeSettings, address: ListenAddress, log: AccessLog
    ) -> None:
        self._served, self._settings, self._address, self._log = served, settings, address, log
        self._memory = settings.memory or machine_memory() // 8
        self._answers = ByteBudget(self._memory // 2)
        self._wsgi = WsgiRunner(
            room=self._answers,
            threads=_PAGE_THREADS,
            port=address.socket.getsockname()[1],
            proxies=Proxies(settings.trusted_proxies, settings.public_url),
        )
        endpoints = Endpoints(settings.service_allow, settings.service_bytes)
        self._graphs, self._texts = PageGraphs(), PageTexts()
        self._plan: placement.StoragePlan | None = None  # of the current generation
        self._search: tuple[Generation, Search] | None = None  # of the current generation
        self._indexing: asyncio.Task[None] | None = None  # so that it is not collected
        self._copying: Thread | None = None
        self.spawned: KeeperProcess | None = None
        self._rebuilding: RebuildProcess | None = None
        self._federation = Federation(endpoints, settings.timeout)
        self._engines = _engines(settings)
        # A query waits at most as long as it may take; a generation that leaves waits for both.
        retire_seconds = max(settings.drain_seconds, 2 * settings.timeout + _WRITE_SECONDS)
        self._deployments = Deployments(
            served.store,
            self._deploy,
            retire_seconds=retire_seconds,
            wait_seconds=settings.timeout,
        )

    async def run(self, ready: Callable[[str], None]) -> None:
        """Open the current generation, serve, and stop when told to."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        counts = RequestCounts()
        sources = list_metrics(self._deployments, lambda: self._connections, self._answers)
        metrics = Metrics(counts, sources)
        dispatcher = Dispatcher(self._deployments, self._wsgi, self._log, metrics, counts)
        self._connections = Connections(
            dispatcher,
            self._connection_limits(),
            loop,
            requests=ByteBudget(self._memory // 8),
            unsent=self._answers,
        )
        gc.disable()  # what is loaded lives to the end
        try:
            await self._deployments.open(self._served.store.current())
            server = await loop.create_server(
                self._connections.make, sock=self._address.socket, backlog=1024
            )
            ready(self._address.url)
            tasks = [
                loop.create_task(task)
                for task in (self._check_connections(), self._watch_store(), self._rebuild())
            ]
            made = loop.create_task(self._deployments.current.made())
            made.add_done_callback(partial(_note_loaded, stop))
            await stop.wait()
            dispatcher.draining = True
            server.close()
            for task in tasks:
                task.cancel()
            await self._drain()
            if made.done():
                made.result()
        finally:
            gc.enable()
            if self._rebuilding is not None:
                self._rebuilding.close()
            await self._deployments.close()
            self._wsgi.close()
            if self._engines is not None:
                self._engines.close()
            self._log.flush()

    async def _deploy(self, generation: Generation, current: bool) -> Deployment:
        """The generation with processes, cache and pages of its own."""
        settings, loop = self._settings, asyncio.get_running_loop()
        if self._engines is not None and self._engines.answers_for(generation, current):
            return await self._deploy_remote(self._engines, generation, current)
        workers = (settings.workers or default_workers()) if current else _OLD_WORKERS
        mode = cast("placement.Storage", settings.storage)
        plan = await loop.run_in_executor(None, placement.plan, generation, workers, mode)
        keeper = WorkerSettings(
            **plan.file_settings(),
            max_bytes=min(settings.max_answer_bytes, self._answers.limit // 2),
            max_rows=settings.max_rows,
            memory=settings.query_memory or worker_memory(workers),
        )
        cache = AnswerCache(min(settings.cache_bytes, self._memory // (8 if current else 16)))
        deployment = Deployment(generation, cache, self._federation)
        before = self._deployments.before if current else None
        if before is not None:
            await before.made()
        spawned, self.spawned = self.spawned, None
        start = loop.create_task(
            WorkerPool.start(
                keeper,
                workers=workers,
                timeout=settings.timeout,
                queue=settings.queue,
                room=self._answers,
                before=before.pool if before and isinstance(before.pool, WorkerPool) else None,
                spawned=spawned,
            )
        )
        if before is not None:
            gc.disable()  # what was made for the one before is looked through when this is served
        try:
            if current:
                pool = LoopPool(partial(self._ask, deployment), loop, self._answers)
                make = partial(self._make_pages, generation, pool, deployment, plan=plan)
                deployment.making = asyncio.ensure_future(loop.run_in_executor(None, make))
            if before is not None:  # it answers meanwhile; the first one answers queries at once
                await deployment.made()
            deployment.pool = await start
        except BaseException:
            with contextlib.suppress(CgkgError):
                await (await start).close()
            if before is not None:
                gc.enable()
            raise
        if current:
            self._indexing = loop.create_task(self._make_index(deployment))
        if plan.wants_copy and not (self._copying and self._copying.is_alive()):
            # It ends with this process, and so does the process that it has write the copy.
            self._copying = Thread(target=_copy, args=(generation,), name="copy", daemon=True)
            self._copying.start()
        return deployment

    async def _deploy_remote(
        self, engines: Engines, generation: Generation, current: bool
    ) -> Deployment:
        """The generation where an engine has it, with cache and pages of its own."""
        settings, loop = self._settings, asyncio.get_running_loop()
        limits = AnswerLimits(
            min(settings.max_answer_bytes, self._answers.limit // 2), settings.max_rows
        )
        from cgkg.serving.remote import RemotePool

        evaluator = await loop.run_in_executor(None, engines.open, generation, limits)
        cache = AnswerCache(min(settings.cache_bytes, self._memory // (8 if current else 16)))
        deployment = Deployment(generation, cache, self._federation)
        deployment.pool = RemotePool(
            evaluator,
            at_once=settings.workers or default_workers(),
            timeout=settings.timeout,
            queue=settings.queue,
            room=self._answers,
        )
        if current:
            pool = LoopPool(partial(self._ask, deployment), loop, self._answers)
            make = partial(self._make_pages, generation, pool, deployment, reader=evaluator.reader)
            await loop.run_in_executor(None, make)
            self._indexing = loop.create_task(self._make_index(deployment))
        return deployment

    async def _ask(self, pages_of: Deployment, request: QueryRequest) -> QueryAnswer:
        """What the pages' own generation answers, or the one that the request names."""
        named = request.version is not None
        deployment = await self._deployments.get(request.version) if named else pages_of
        with deployment.hold():
            return await deployment.run(request)

    def _make_pages(
        self,
        generation: Generation,
        pool: LoopPool,
        deployment: Deployment,
        *,
        plan: placement.StoragePlan | None = None,
        reader: Reader | None = None,
    ) -> None:
        """Give the deployment its pages, and what adds to evidence the grounds of what follows."""
        from cgkg.search.finder import Search
        from cgkg.search.index import PREDICATES

        project = self._served.project_now
        explainer = None if project.bare else GenerationExplainer(generation)
        graph = self._graphs.open(plan) if plan else None
        before = changed_quads(self._search, generation)
        texts: Graph | Reader | None = graph
        names = None
        if texts is None:
            # What is read of the whole graph comes from its file, if another engine has the graph.
            from cgkg.remote.reader import FileReader, subjects_and_graphs

            texts = FileReader(generation.dataset_file, PREDICATES)
            names = partial(subjects_and_graphs, generation.dataset_file)
        # Flask loads last: the first answer waits neither for it nor for the graph of the pages.
        from cgkg.web.app import Settings as SiteSettings
        from cgkg.web.app import create_app

        search = Search(texts, addresses=project.bare, wait=_SEARCH_SECONDS, before=before)
        site = SiteSettings(
            base=project.base,
            version=__version__,
            source=self._texts.open(project, self._served.source),
            explain=explainer,
            explain_all=explainer.all if explainer else None,
            examples=project.example_queries,
            max_body=self._settings.max_body,
            graph=graph,
            reader=reader,
            names=names,
            search=search,
            find=self._served.store.find,
            federated=bool(self._settings.service_allow),
            unbuilt=self._unbuilt,
        )
        pages = create_app(generation, pool, site)
        self._plan, self._search = plan, (generation, search)
        if plan is not None and graph is not None:
            deployment.release = partial(self._graphs.keep, plan, graph, search)
        deployment.pages, deployment.begin_search = pages, search.begin
        source = reader if graph is None else graph
        if explainer is not None and source is not None:
            leaves = explainer.leaves
            deployment.add_grounds = partial(_add_grounds, leaves_of=leaves, source=source)

    async def _make_index(self, deployment: Deployment) -> None:
        """Make the index of the search, once there are pages and who waited has an answer."""
        with contextlib.suppress(Exception), deployment.hold():
            await deployment.made()
            await asyncio.sleep(_SEARCH_AFTER)
            if deployment.begin_search is not None:
                deployment.begin_search()
        gc.enable()

    def _connection_limits(self) -> ConnectionLimits:
        settings = self._settings
        return ConnectionLimits(
            url=settings.max_url,
            headers=settings.max_header,
            body=settings.max_body,
            client=settings.client_timeout,
            idle=settings.keep_alive,
            connections=settings.max_connections,
        )

    async def _check_connections(self) -> None:
        had_much = False
        while True:
            await asyncio.sleep(min(1.0, self._settings.client_timeout / 4))
            self._connections.check_all()
            self._log.flush()
            held = self._answers.held + self._connections.requests.held
            if held >= _MUCH:
                had_much = True
            elif had_much and not held:
                had_much = False
                give_back_memory()

    async def _watch_store(self) -> None:
        while self._settings.watch_seconds:
            await asyncio.sleep(self._settings.watch_seconds)
            await self._deployments.update()

    async def _rebuild(self) -> None:
        """Build on save and serve what was built, if that is wanted."""
        if not self._served.orders:
            return
        await self._deployments.current.made()
        self._rebuilding = RebuildProcess(self._served.orders, self._deployments.update)
        if self._plan is not None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, self._graphs.prepare, self._plan)
        await self._rebuilding.follow()

    def _unbuilt(self) -> Texts:
        return self._rebuilding.unbuilt if self._rebuilding is not None else ()

    async def _drain(self) -> None:
        """Let what is under way come to its end, within the time for that."""
        self._connections.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_seconds):
                while self._connections.busy or self._wsgi.under_way:
                    await asyncio.sleep(0.02)
        self._connections.abort()
        await asyncio.sleep(0)


def _note_loaded(stop: asyncio.Event, made: asyncio.Task[None]) -> None:
    """Let the collector of cycles begin, without a look at what was loaded; a server that cannot
    make its pages ends."""
    gc.freeze()
    gc.enable()
    if not made.cancelled() and made.exception() is not None:
        stop.set()


def _engines(settings: ServeSettings) -> Engines | None:
    if not settings.endpoint:
        return None
    from cgkg.serving.remote import Engines

    return Engines(settings.endpoint, settings.timeout)


def _add_grounds(
    body: bytes, *, leaves_of: Callable[[Triple], Iterable[Triple]], source: Graph | Reader
) -> bytes:
    from cgkg.sparql.support.grounds import add_grounds  # it reads queries

    return add_grounds(body, leaves_of, source)


def _copy(generation: Generation) -> None:
    """Make the copy on disk from which the next start is quick, while the graph is served."""
    try:
        placement.make_copy(generation)
    except CgkgError as error:
        _LOG.warning("no copy on disk: %s", error.message)
