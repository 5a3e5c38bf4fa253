"""An end for what should never hang."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

from limits import ENOUGH


@contextlib.contextmanager
def within(seconds: float = ENOUGH) -> Iterator[None]:
    """Raise TimeoutError in this thread where it waits for longer."""

    def end(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
