"""Telling of the stages of a long work as they end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

# Told of each stage: its name, counts, and seconds.
Say = Callable[[str, Mapping[str, int], float], None]


def silent(stage: str, counts: Mapping[str, int], seconds: float) -> None:
    """Tell nobody."""


class Stages:
    """Tells of each stage as it ends, with the seconds since the one before."""

    def __init__(self, say: Say) -> None:
        self._say, self._since = say, time.perf_counter()

    def __call__(self, stage: str, **counts: int) -> None:
        now = time.perf_counter()
        self._say(stage, counts, now - self._since)
        self._since = now
