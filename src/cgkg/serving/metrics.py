"""What the server counts, in the Prometheus text format at /metrics.

Requests only add to plain numbers; the metrics are made of them when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.core import Metric

# What the library writes for names in ASCII, whatever newer version it may announce.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass
class RequestCounts:
    """Requests by route and status, and how long they took.

    Attributes:
        requests: how many, by route and status.
        buckets: how many by route, in the histogram's buckets.
        seconds: how long they took together, by route.
        sent: bytes of all bodies.
    """

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    buckets: dict[str, list[int]] = field(default_factory=dict)
    seconds: Counter[str] = field(default_factory=Counter)
    sent: int = 0

    def add(self, route: str, status: int, seconds: float, size: int) -> None:
        """Count one request that took so many seconds and has so many bytes of body."""
        self.requests[route, status] += 1
        buckets = self.buckets.get(route)
        if buckets is None:
            buckets = self.buckets[route] = [0] * (len(_BOUNDS) + 1)
        buckets[bisect_left(_BOUNDS, seconds)] += 1
        self.seconds[route] += seconds  # type: ignore[assignment]  # a Counter adds up any number
        self.sent += size


@dataclass(frozen=True)
class MetricSource:
    """A number that something else holds: a gauge, or a counter if `total`.

    Attributes:
        name: the metric's.
        help: what it is.
        value: gives the number, or several by the value of `label`.
        label: the name of the label, if there are several.
        total: whether it only grows.
    """

    name: str
    help: str
    value: Callable[[], float | Mapping[str, float]]
    label: str = ""
    total: bool = False


class Metrics:
    """The counts of requests and the other sources as metrics."""

    def __init__(self, counts: RequestCounts, sources: Iterable[MetricSource]) -> None:
        self._counts, self._sources = counts, tuple(sources)

    def write(self) -> bytes:
        """All metrics in the text format; blocks for milliseconds, while sources are read."""
        # Imported when it is asked for: a start need not wait for what only a scraper uses.
        from prometheus_client.exposition import generate_latest
        from prometheus_client.registry import CollectorRegistry

        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """The metrics now; the registry asks for them."""
        from prometheus_client.core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        requests = CounterMetricFamily(
            "cgkg_requests", "Requests by route and status.", labels=["route", "status"]
        )
        for (route, status), count in sorted(self._counts.requests.items()):
            requests.add_metric([route, str(status)], count)
        yield requests
        durations = HistogramMetricFamily(
            "cgkg_request_seconds", "Time from a whole request to its response.", labels=["route"]
        )
        for route, counts in sorted(self._counts.buckets.items()):
            durations.add_metric([route], _cumulate(counts), self._counts.seconds[route])
        yield durations
        sent = CounterMetricFamily("cgkg_response_bytes", "Bytes of response bodies.")
        sent.add_metric([], self._counts.sent)
        yield sent
        for source in self._sources:
            kind = CounterMetricFamily if source.total else GaugeMetricFamily
            labels = [source.label] if source.label else None
            family = kind(source.name, source.help, labels=labels)
            for label, number in _numbers(source):
                family.add_metric(label, number)
            yield family


def _cumulate(counts: Iterable[int]) -> list[tuple[str, float]]:
    """A histogram's buckets: how many are at most so long."""
    bounds = [*map(str, _BOUNDS), "+Inf"]
    return list(zip(bounds, accumulate(counts), strict=True))


def _numbers(source: MetricSource) -> Iterator[tuple[list[str], float]]:
    value = source.value()
    if isinstance(value, Mapping):
        yield from (([label], number) for label, number in value.items())
    else:
        yield [], value


def process_memory(pid: int) -> int:
    """Bytes of memory that are a process's own share (PSS); 0 if it is gone or not Linux."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0
