"""Handing out a few things to many threads, strictly first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

from cgkg.errors import PoolBusyError, QueryError

T = TypeVar("T")


class _Waiter(Generic[T]):
    """A thread's place in the queue, and what it was given."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.given: list[T] = []


class Turns(Generic[T]):
    """A set of things, each held by one thread at a time; a freed one goes to the longest waiter.

    `queue.Queue` is not fair: a thread that has just arrived can overtake one already woken.
    """

    def __init__(self, things: Iterable[T], *, places: int) -> None:
        self._lock = threading.Lock()
        self._free = list(things)
        self._waiting: deque[_Waiter[T]] = deque()
        self._places = places
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many threads wait."""
        return len(self._waiting)

    def take(self, timeout: float) -> T:
        """A free thing, after everyone who came before; give it back with `give`.

        Raises:
            PoolBusyError: all places to wait are taken, or the wait took longer than the timeout.
            QueryError: closed meanwhile.
        """
        with self._lock:
            self._check_open()
            if self._free:
                return self._free.pop()  # the one used last: its caches are warm
            if len(self._waiting) >= self._places:
                raise PoolBusyError(
                    f"{self._places} queries are waiting already", hint="try again in a moment"
                )
            waiter: _Waiter[T] = _Waiter()
            self._waiting.append(waiter)
        try:
            waiter.ready.wait(timeout)
        except BaseException:
            self._leave(waiter)
            raise
        return self._outcome(waiter, timeout)

    def _outcome(self, waiter: _Waiter[T], timeout: float) -> T:
        with self._lock:
            if waiter.given:
                return waiter.given.pop()
            self._check_open()
            self._waiting.remove(waiter)
        raise PoolBusyError(f"no worker became free in {timeout:g} s", hint="try again in a moment")

    def _leave(self, waiter: _Waiter[T]) -> None:
        """Stop waiting; what was given meanwhile goes to the next."""
        with self._lock:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
        for thing in waiter.given:
            self.give(thing)

    def give(self, thing: T) -> None:
        """Hand the thing to the thread that has waited longest, or keep it for the next."""
        with self._lock:
            if not self._waiting:
                self._free.append(thing)
                return
            waiter = self._waiting.popleft()
            waiter.given.append(thing)
        waiter.ready.set()

    def close(self) -> None:
        """Wake all waiters with an error, and let nobody in any more."""
        with self._lock:
            self._closed = True
            waiting = list(self._waiting)
            self._waiting.clear()
        for waiter in waiting:
            waiter.ready.set()

    def _check_open(self) -> None:
        if self._closed:
            raise QueryError("queries are no longer answered: the server is stopping")
