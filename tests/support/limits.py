"""Time limits that tests hand in, and the waiting for what must happen.

No test says how fast something is. What must reach a limit is endless and gets `BRIEF`; what must
not reach one gets `AMPLE`. TEST_TIMES multiplies both: the suite is to pass with 0.1 and with 10.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator

from endpoint import processes


def seconds(usual: float) -> float:
    """A limit to hand in."""
    return usual * float(os.environ.get("TEST_TIMES", "1"))


BRIEF = seconds(0.2)
AMPLE = seconds(360)  # ten times as much is the most that the server takes
ENOUGH = 120.0  # seconds after which what has not happened is taken to be broken; no limit


def wait_until(condition: Callable[[], object], enough: float = ENOUGH) -> bool:
    """Whether the condition becomes true."""
    return processes.wait_until(condition, enough)


async def until(condition: Callable[[], object]) -> None:
    """Wait on an event loop for the condition to become true."""
    async with asyncio.timeout(ENOUGH):
        while not condition():
            await asyncio.sleep(0.002)


def at_work(pid: int) -> bool:
    """Whether the process computes from now on: it uses more than a moment of processor time."""
    before = processes.cpu([pid])
    return wait_until(lambda: processes.cpu([pid]) > before + 0.02)


@contextlib.contextmanager
def ends() -> Iterator[None]:
    """Fail if the block does not end; for what is given so much that only linear time ends."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"not ended after {ENOUGH:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, ENOUGH)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
