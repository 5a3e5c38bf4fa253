"""The server: a graph behind an address, put together from its parts, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import uvloop

from cgkg import __version__
from cgkg.document.text import SourceText
from cgkg.errors import CgkgError
from cgkg.federation.evaluate import Federation
from cgkg.federation.remote import Endpoints
from cgkg.project.folder import Project
from cgkg.serving.address import Address
from cgkg.serving.deployments import Deployment, Live
from cgkg.serving.dispatch import Front
from cgkg.serving.explainer import Explainer
from cgkg.serving.http1 import Connections, Limits
from cgkg.serving.log import AccessLog
from cgkg.serving.metrics import Metrics, Reading, Tally, memory_of
from cgkg.serving.proxy import Proxies
from cgkg.serving.wsgi import LoopPool, Wsgi
from cgkg.settings import ServeSettings
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.store.generations import Generation, GenerationStore
from cgkg.workers import placement
from cgkg.workers.cache import AnswerCache
from cgkg.workers.keeper import WorkerSettings as KeeperSettings
from cgkg.workers.pool import WorkerPool, default_workers, worker_memory

__all__ = ["Address", "Served", "serve"]

_PAGE_THREADS = 8
_LEEWAY = 5.0  # seconds for an answer to be written
_OLD_WORKERS = 1  # for a generation that is asked for by its version


@dataclass(frozen=True)
class Served:
    """What is served: a project's store, and the document if it is at hand."""

    project: Project
    store: GenerationStore
    source: Path | None = None


def serve(
    served: Served, settings: ServeSettings, address: Address, ready: Callable[[str], None]
) -> None:
    """Serve the store's current generation until interrupted or terminated, then drain and end.

    Args:
        served: what is served.
        settings: how.
        address: where to listen.
        ready: told the address once a request would be answered.

    Raises:
        StoreError: the generation cannot be loaded.
        ConfigError: a setting cannot be used.
    """
    log = AccessLog.open(settings.access_log, settings.log_format)  # type: ignore[arg-type]
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_Server(served, settings, address, log).run(ready))


class _Server:
    """The parts of one running server, put together."""

    def __init__(
        self, served: Served, settings: ServeSettings, address: Address, log: AccessLog
    ) -> None:
        self._served, self._settings, self._address, self._log = served, settings, address, log
        self._wsgi = Wsgi(
            threads=_PAGE_THREADS,
            port=address.socket.getsockname()[1],
            proxies=Proxies(settings.trusted_proxies, settings.public_url),
        )
        endpoints = Endpoints(settings.service_allow, settings.service_bytes)
        self._federation = Federation(endpoints, settings.timeout)
        # A query waits at most as long as it may take; a generation that leaves waits for both.
        patience = max(settings.drain_seconds, 2 * settings.timeout + _LEEWAY)
        self._live = Live(served.store, self._deploy, patience=patience)

    async def run(self, ready: Callable[[str], None]) -> None:
        """Open the current generation, serve, and stop when told to."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        tally = Tally()
        metrics = Metrics(tally, self._readings())
        front = Front(self._live, self._wsgi, self._log, metrics, tally)
        self._connections = Connections(front, self._limits(), loop)
        try:
            await self._live.open(self._served.store.current())
            server = await loop.create_server(
                self._connections.make, sock=self._address.socket, backlog=1024
            )
            ready(self._address.url)
            duties = [loop.create_task(duty) for duty in (self._sweep(), self._watch())]
            await stop.wait()
            front.draining = True
            server.close()
            for duty in duties:
                duty.cancel()
            await self._drain()
        finally:
            await self._live.close()
            self._wsgi.close()
            self._log.flush()

    async def _deploy(self, generation: Generation, current: bool) -> Deployment:
        """The generation with processes, cache and pages of its own."""
        settings, loop = self._settings, asyncio.get_running_loop()
        workers = (settings.workers or default_workers()) if current else _OLD_WORKERS
        mode = cast("placement.Storage", settings.storage)
        plan = await loop.run_in_executor(None, placement.plan, generation, workers, mode)
        keeper = KeeperSettings(
            **plan.file_settings(),
            max_bytes=settings.max_answer_bytes,
            max_rows=settings.max_rows,
            memory=settings.query_memory or worker_memory(workers),
        )
        found = Deployment(generation, AnswerCache(settings.cache_bytes), self._federation)
        start = loop.create_task(
            WorkerPool.start(
                keeper, workers=workers, timeout=settings.timeout, queue=settings.queue
            )
        )
        try:
            if current:
                pool = LoopPool(partial(self._ask, found), loop)
                found.pages = await loop.run_in_executor(None, self._pages, plan, pool)
        except BaseException:
            with contextlib.suppress(CgkgError):
                await (await start).close()
            raise
        found.pool = await start
        return found

    async def _ask(self, pages_of: Deployment, request: QueryRequest) -> QueryAnswer:
        """What the pages' own generation answers, or the one that the request names."""
        named = request.version is not None
        deployment = await self._live.at(request.version) if named else pages_of
        with deployment.used():
            return await deployment.run(request)

    def _pages(self, plan: placement.StoragePlan, pool: LoopPool) -> Any:
        # Flask loads while the query processes start.
        from cgkg.web.app import Settings as SiteSettings
        from cgkg.web.app import create_app

        project = self._served.project
        explainer = None if project.bare else Explainer(plan.generation)
        site = SiteSettings(
            base=project.base,
            version=__version__,
            source=_open_text(project, self._served.source),
            explain=explainer,
            explain_all=explainer.all if explainer else None,
            examples=project.example_queries,
            max_body=self._settings.max_body,
            graph=plan.open(),
            find=self._served.store.find,
            federated=bool(self._settings.service_allow),
        )
        return create_app(plan.generation, pool, site)

    def _limits(self) -> Limits:
        given = self._settings
        return Limits(
            url=given.max_url,
            headers=given.max_header,
            body=given.max_body,
            client=given.client_timeout,
            idle=given.keep_alive,
            connections=given.max_connections,
        )

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self._settings.client_timeout / 4))
            self._connections.sweep()
            self._log.flush()

    async def _watch(self) -> None:
        while self._settings.watch_seconds:
            await asyncio.sleep(self._settings.watch_seconds)
            await self._live.look()

    async def _drain(self) -> None:
        """Let what is under way come to its end, within the time for that."""
        self._connections.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_seconds):
                while self._connections.busy or self._wsgi.under_way:
                    await asyncio.sleep(0.02)
        self._connections.abort()
        await asyncio.sleep(0)

    def _readings(self) -> list[Reading]:
        live = self._live

        def pool() -> WorkerPool:
            return live.current.pool

        return [
            Reading("cgkg_connections", "Open connections.", lambda: len(self._connections.held)),
            Reading("cgkg_queries_waiting", "Queries that wait.", lambda: pool().waiting),
            Reading(
                "cgkg_worker_memory_bytes",
                "Memory that is a process's own share (PSS); number 0 is the keeper.",
                lambda: {str(n): float(memory_of(pid)) for n, pid in enumerate(pool().pids)},
                label="process",
            ),
            Reading(
                "cgkg_server_memory_bytes", "Memory of the server itself (PSS).",
                lambda: memory_of(os.getpid()),
            ),
            Reading(
                "cgkg_workers_replaced", "Query processes that were replaced.",
                lambda: pool().counts.replaced, total=True,
            ),
            Reading(
                "cgkg_queries_stopped", "Queries stopped at their deadline.",
                lambda: pool().counts.stopped, total=True,
            ),
            Reading(
                "cgkg_queries_left", "Queries whose client left.",
                lambda: pool().counts.left, total=True,
            ),
            Reading(
                "cgkg_cache_hits", "Answers found in the cache.",
                lambda: live.current.cache.counts.hits, total=True,
            ),
            Reading(
                "cgkg_cache_misses", "Answers not found in the cache.",
                lambda: live.current.cache.counts.misses, total=True,
            ),
            Reading(
                "cgkg_cache_bytes", "Bytes held in the cache.",
                lambda: live.current.cache.counts.held,
            ),
            Reading(
                "cgkg_generation_switches", "New generations taken over.",
                lambda: live.switches, total=True,
            ),
            Reading(
                "cgkg_generation_failures", "New generations that could not be served.",
                lambda: live.failures, total=True,
            ),
            Reading(
                "cgkg_generation_info", "The generation being served.",
                lambda: {live.current.generation.id: 1.0}, label="generation",
            ),
        ]  # fmt: skip


def _open_text(project: Project, source: Path | None) -> SourceText | None:
    if project.bare and source is None:
        return None
    from cgkg.project.texts import open_text  # a bare folder is served without the pipeline

    return open_text(project, source)
