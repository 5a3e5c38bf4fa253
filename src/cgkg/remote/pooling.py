"""Connections to engines that are kept open for the next request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from urllib.parse import SplitResult

from cgkg.remote.exchange import EngineConnection, HttpAnswer, connect

Resolve = Callable[[SplitResult], Awaitable[Sequence[str]]]
"""The addresses of an URL's host, or OSError."""


class KeptConnections:
    """Connections of one event loop that are kept for the next request to the same place."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, resolve: Resolve, most: int, seconds: float
    ) -> None:
        """Connect nowhere yet.

        Args:
            loop: whose they are.
            resolve: gives the addresses of a host.
            most: how many are kept for each place.
            seconds: after which one that nobody used is used no more.
        """
        self._resolve, self._most, self._seconds = resolve, most, seconds
        self._loop = loop
        self._kept: dict[tuple[str, str], list[EngineConnection]] = {}

    async def exchange(
        self, url: SplitResult, request: bytes, max_bytes: int, *, safe: bool
    ) -> HttpAnswer:
        """The response to a request; whoever calls this bounds its time.

        A kept connection may be closed by the other side just when it is used. Then a request that
        is safe is sent again over a new one, if nothing of a response had come; any other is sent
        over a new one in the first place.

        Args:
            url: where to.
            request: as of `write_request`.
            max_bytes: as of `cgkg.remote.exchange.exchange`.
            safe: whether it changes nothing there, as of RFC 9110 §9.2.1.

        Raises:
            OSError, httptools.HttpParserError, httptools.HttpParserUpgrade: as of
                `cgkg.remote.exchange.exchange`.
        """
        place = (url.scheme, url.netloc)
        if safe and (kept := self._take(place)):
            try:
                answer = await self._exchange(place, kept, request, max_bytes)
            except OSError:
                if kept.answered:
                    raise
            else:
                if kept.answered:
                    return answer
        fresh = await connect(url, await self._resolve(url))
        return await self._exchange(place, fresh, request, max_bytes)

    async def close(self) -> None:
        """Close all that are kept."""
        for each in chain.from_iterable(self._kept.values()):
            each.close()
        self._kept.clear()
        await asyncio.sleep(0)  # the loop closes them

    def _take(self, place: tuple[str, str]) -> EngineConnection | None:
        kept = self._kept.get(place, [])
        while kept:
            each = kept.pop()  # the latest, as it is the least likely to have been closed
            if each.open and self._loop.time() < each.since + self._seconds:
                return each
            each.close()
        return None

    async def _exchange(
        self, place: tuple[str, str], connection: EngineConnection, request: bytes, max_bytes: int
    ) -> HttpAnswer:
        try:
            answer = await connection.exchange(request, max_bytes)
        except BaseException:
            connection.close()
            raise
        kept = self._kept.setdefault(place, [])
        kept[:] = [each for each in kept if each.open]
        if connection.open and len(kept) < self._most:
            connection.since = self._loop.time()
            kept.append(connection)
        else:
            connection.close()
        return answer
