"""The pool of query processes for threads: an event loop of its own in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.workers.failures import closed_error
from cgkg.workers.jobs import PoolTimes
from cgkg.workers.keeper import WorkerSettings
from cgkg.workers.pool import WorkerPool, worker_memory

_MIB = 1 << 20

Value = TypeVar("Value")


class QueryPool:
    """A pool for threads: any number of them may ask at once.

    All calls block, and none may come from an event loop.
    """

    def __init__(self, make: Callable[[], Coroutine[Any, Any, WorkerPool]]) -> None:
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
        times: PoolTimes | None = None,
        prefixes: Mapping[str, str] | None = None,
    ) -> QueryPool:
        """A pool over the N-Quads files of a generation, ready to answer once they are loaded.

        Args:
            dataset_file: N-Quads of the whole dataset.
            asserted_file: N-Quads of the asserted facts, for requests without reasoning.
            workers, timeout, queue, times: as in `WorkerPool.start`.
            max_bytes: how large an answer may be.
            memory: bytes a worker may use beyond the graph; by default all workers together may
                use half of what the machine has.
            prefixes: what graphs are written with, besides the query's own and the standard ones.

        Raises:
            StoreError: the files cannot be loaded.
        """
        settings = WorkerSettings(
            dataset_file=str(dataset_file.resolve()),
            asserted_file=str(asserted_file.resolve()),
            max_bytes=max_bytes,
            memory=memory or worker_memory(workers),
            prefixes=dict(prefixes or {}),
        )
        return cls(
            lambda: WorkerPool.start(
                settings, workers=workers, timeout=timeout, queue=queue, times=times
            )
        )

    def run(self, request: QueryRequest) -> QueryAnswer:
        """The whole answer to the query.

        Blocks until it is there or a limit ends the query; raises the errors of
        `WorkerPool.submit`.
        """
        if not self._open:
            raise closed_error()
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
