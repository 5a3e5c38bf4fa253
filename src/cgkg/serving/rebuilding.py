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
from typing import Any

from cgkg import package
from cgkg.languages import N_, translations

_LOG = logging.getLogger(__name__)
_LONGEST = 1 << 24  # bytes of a message
_END_SECONDS = 5.0


Texts = tuple[Mapping[str, str], ...]


class RebuildProcess:
    """A process that builds when a file is saved; called from one event loop.

    Attributes:
        unbuilt: why the files as they were saved last are not served: findings, each by language;
            none if they are.
    """

    def __init__(self, orders: bytes, built: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start it. The thread that calls this must live as long as the process shall.

        Args:
            orders: a line, as of `cgkg.authoring.orders.Orders`.
            built: called when there is a generation to be served.
        """
        self.unbuilt: Texts = ()
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
            self.unbuilt = (translations(said),)

    async def _take(self, told: Mapping[str, Any]) -> None:
        if "failed" in told:
            self.unbuilt = tuple(told["failed"])
            return
        await self._built()
        self.unbuilt = ()

    def close(self) -> None:
        """End it."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._process.kill()  # a build that is killed leaves the store as it was
        self._process.wait(_END_SECONDS)
