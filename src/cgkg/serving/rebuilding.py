"""The server's end of the process that builds again on save (`cgkg.authoring.rebuilding`)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from cgkg import package
from cgkg.languages import N_, translations

_LOG = logging.getLogger(__name__)
_LONGEST = 1 << 24  # bytes of a message
_END_SECONDS = 5.0


@dataclass(frozen=True)
class Unbuilt:
    """Why the files as they are now are not what is served: findings by language, the first of
    `count`."""

    texts: tuple[Mapping[str, str], ...] = ()
    count: int = 0


class RebuildProcess:
    """A process that builds when a file is saved; called from one event loop.

    Attributes:
        unbuilt: what is wrong with the files as they were saved last; None if they are served.
    """

    def __init__(self, orders: bytes, built: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start it. The thread that calls this must live as long as the process shall.

        Args:
            orders: a line, as of `cgkg.authoring.rebuilding.Orders`.
            built: called when there is a generation to be served.
        """
        self.unbuilt: Unbuilt | None = None
        self._built, self._closed = built, False
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cgkg.authoring.rebuilding", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": package.search_path()},
                start_new_session=True,  # an interrupt typed at the terminal is the server's alone
            )
        self._control.sendall(orders)

    async def follow(self) -> None:
        """Take what it tells until it ends."""
        reader, writer = await asyncio.open_connection(sock=self._control, limit=_LONGEST)
        try:
            while line := await reader.readline():
                await self._take(json.loads(line))
        except (OSError, ValueError) as error:
            _LOG.error("the process that builds on save told nothing of use: %s", error)
        finally:
            writer.close()
        if not self._closed:
            _LOG.error("the process that builds on save has ended: start the server again")
            said = N_("Files are not watched any more: start the server again.")
            self.unbuilt = Unbuilt((translations(said),), 1)

    async def _take(self, told: Mapping[str, Any]) -> None:
        if "failed" in told:
            self.unbuilt = Unbuilt(tuple(told["failed"]), int(told["count"]))
            return
        await self._built()
        self.unbuilt = None

    def close(self) -> None:
        """End it."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._process.kill()  # a build that is killed leaves the store as it was
        self._process.wait(_END_SECONDS)
