"""What the metrics of a server say of its parts."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from cgkg.serving.deployments import Deployments
from cgkg.serving.http1 import Connections
from cgkg.serving.metrics import MetricSource, process_memory
from cgkg.workers.budget import ByteBudget
from cgkg.workers.pool import WorkerPool

if TYPE_CHECKING:
    from cgkg.serving.remote import RemotePool  # it reads queries


def list_metrics(
    deployments: Deployments, connections: Callable[[], Connections], answers: ByteBudget
) -> list[MetricSource]:
    """What is measured of a server by its parts, each time that somebody asks.

    Args:
        deployments: the generations being served.
        connections: gives its connections, and the requests that arrive.
        answers: what answers take until they are sent.
    """

    def pool() -> WorkerPool | RemotePool:
        return deployments.current.pool

    return [
        MetricSource(
            "cgkg_connections", "Open connections.", lambda: len(connections().held)
        ),
        MetricSource(
            "cgkg_held_bytes", "Bytes of requests and answers held for clients.",
            lambda: connections().requests.held + answers.held,
        ),
        MetricSource("cgkg_queries_waiting", "Queries that wait.", lambda: pool().waiting),
        MetricSource(
            "cgkg_worker_memory_bytes",
            "Memory that is a process's own share (PSS); number 0 is the keeper.",
            lambda: {str(n): float(process_memory(pid)) for n, pid in enumerate(pool().pids)},
            label="process",
        ),
        MetricSource(
            "cgkg_server_memory_bytes", "Memory of the server itself (PSS).",
            lambda: process_memory(os.getpid()),
        ),
        MetricSource(
            "cgkg_workers_replaced", "Query processes that were replaced.",
            lambda: pool().counts.replaced, total=True,
        ),
        MetricSource(
            "cgkg_queries_stopped", "Queries stopped at their deadline.",
            lambda: pool().counts.stopped, total=True,
        ),
        MetricSource(
            "cgkg_queries_left", "Queries whose client left.",
            lambda: pool().counts.left, total=True,
        ),
        MetricSource(
            "cgkg_cache_hits", "Answers found in the cache.",
            lambda: deployments.current.cache.counts.hits, total=True,
        ),
        MetricSource(
            "cgkg_cache_misses", "Answers not found in the cache.",
            lambda: deployments.current.cache.counts.misses, total=True,
        ),
        MetricSource(
            "cgkg_cache_bytes", "Bytes held in the cache.",
            lambda: deployments.current.cache.counts.held,
        ),
        MetricSource(
            "cgkg_generation_switches", "New generations taken over.",
            lambda: deployments.switches, total=True,
        ),
        MetricSource(
            "cgkg_generation_failures", "New generations that could not be served.",
            lambda: deployments.failures, total=True,
        ),
        MetricSource(
            "cgkg_generation_info", "The generation being served.",
            lambda: {deployments.current.generation.id: 1.0}, label="generation",
        ),
    ]  # fmt: skip
