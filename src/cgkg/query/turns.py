"""Handing out a few things to many tasks, strictly first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

from cgkg.errors import PoolBusyError, QueryLostError

T = TypeVar("T")


class Turns(Generic[T]):
    """A set of things, each held by one task at a time; a freed one goes to the longest waiter.

    All calls come from one event loop. `asyncio.Queue` bounds what is stored, not who waits.
    """

    def __init__(self, things: Iterable[T] = (), *, places: int) -> None:
        self._free = list(things)
        self._waiting: deque[asyncio.Future[T]] = deque()
        self._places = places
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many tasks wait."""
        return len(self._waiting)

    async def take(self, timeout: float) -> T:
        """A free thing, after everyone who came before; give it back with `give`.

        Raises:
            PoolBusyError: all places to wait are taken, or the wait took longer than the timeout.
            QueryLostError: closed meanwhile.
        """
        if self._closed:
            raise _closed()
        if self._free:
            return self._free.pop()  # the one used last: its caches are warm
        if len(self._waiting) >= self._places:
            raise PoolBusyError(
                f"{self._places} queries are waiting already", hint="try again in a moment"
            )
        turn: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        timer = asyncio.get_running_loop().call_later(timeout, self._too_late, turn, timeout)
        try:
            return await turn
        except asyncio.CancelledError:
            self._leave(turn)
            raise
        finally:
            timer.cancel()

    def _too_late(self, turn: asyncio.Future[T], timeout: float) -> None:
        if not turn.done():
            self._waiting.remove(turn)
            turn.set_exception(
                PoolBusyError(
                    f"no worker became free in {timeout:g} s", hint="try again in a moment"
                )
            )

    def _leave(self, turn: asyncio.Future[T]) -> None:
        """Stop waiting; what was given meanwhile goes to the next."""
        if turn in self._waiting:
            self._waiting.remove(turn)
        elif turn.done() and not turn.cancelled() and turn.exception() is None:
            self.give(turn.result())

    def give(self, thing: T) -> None:
        """Hand the thing to the task that has waited longest, or keep it for the next."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(thing)
                return
        self._free.append(thing)

    def withdraw(self, thing: T) -> bool:
        """Take back a thing that nobody holds; false if somebody does. `give` returns it."""
        if thing not in self._free:
            return False
        self._free.remove(thing)
        return True

    def close(self) -> None:
        """Wake all waiters with an error, and let nobody in any more."""
        self._closed = True
        for turn in self._waiting:
            if not turn.done():
                turn.set_exception(_closed())
        self._waiting.clear()


def _closed() -> QueryLostError:
    return QueryLostError("queries are no longer answered: the server is stopping")
