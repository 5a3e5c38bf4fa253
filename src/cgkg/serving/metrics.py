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
class Tally:
    """Requests by route and status, and how long they took."""

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    buckets: dict[str, list[int]] = field(default_factory=dict)
    seconds: Counter[str] = field(default_factory=Counter)
    sent: int = 0

    def add(self, route: str, status: int, seconds: float, size: int) -> None:
        """Count one request."""
        self.requests[route, status] += 1
        buckets = self.buckets.get(route)
        if buckets is None:
            buckets = self.buckets[route] = [0] * (len(_BOUNDS) + 1)
        buckets[bisect_left(_BOUNDS, seconds)] += 1
        self.seconds[route] += seconds  # type: ignore[assignment]  # a Counter adds up any number
        self.sent += size


@dataclass(frozen=True)
class Reading:
    """A number that something else holds: a gauge, or a counter if `total`."""

    name: str
    help: str
    value: Callable[[], float | Mapping[str, float]]
    label: str = ""
    total: bool = False


class Metrics:
    """The tally and the readings as metrics."""

    def __init__(self, tally: Tally, readings: Iterable[Reading]) -> None:
        self._tally, self._readings = tally, tuple(readings)

    def written(self) -> bytes:
        """All metrics in the text format."""
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
        for (route, status), count in sorted(self._tally.requests.items()):
            requests.add_metric([route, str(status)], count)
        yield requests
        durations = HistogramMetricFamily(
            "cgkg_request_seconds", "Time from a whole request to its response.", labels=["route"]
        )
        for route, counts in sorted(self._tally.buckets.items()):
            durations.add_metric([route], _cumulated(counts), self._tally.seconds[route])
        yield durations
        sent = CounterMetricFamily("cgkg_response_bytes", "Bytes of response bodies.")
        sent.add_metric([], self._tally.sent)
        yield sent
        for reading in self._readings:
            kind = CounterMetricFamily if reading.total else GaugeMetricFamily
            labels = [reading.label] if reading.label else None
            found = kind(reading.name, reading.help, labels=labels)
            for label, number in _numbers(reading):
                found.add_metric(label, number)
            yield found


def _cumulated(counts: Iterable[int]) -> list[tuple[str, float]]:
    """A histogram's buckets: how many are at most so long."""
    bounds = [*map(str, _BOUNDS), "+Inf"]
    return list(zip(bounds, accumulate(counts), strict=True))


def _numbers(reading: Reading) -> Iterator[tuple[list[str], float]]:
    value = reading.value()
    if isinstance(value, Mapping):
        yield from (([label], number) for label, number in value.items())
    else:
        yield [], value


def memory_of(pid: int) -> int:
    """Bytes of memory that are a process's own share (PSS); 0 if it is gone or not Linux."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0
