"""The server's end of a running keeper: workers are started, killed and replaced through it.

The calls block for as long as a fork takes, so a server makes them in a thread of their own.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgkg.errors import QueryLostError, StoreError
from cgkg.query import frames
from cgkg.query.keeper import Settings

_PATIENCE = 10.0  # seconds for the keeper to fork a worker, and to end by itself


class KeeperGoneError(QueryLostError):
    """The keeper does not answer any more."""

    def __init__(self) -> None:
        super().__init__("the query processes are gone", hint="try again in a moment")


@dataclass(frozen=True)
class Born:
    """A new worker: its process, the socket to it, and how the one before it ended.

    `ended` is as `os.waitstatus_to_exitcode` says it: minus the signal, or the exit status.
    """

    pid: int
    connection: socket.socket
    ended: int


class Keeper:
    """A running keeper; see cgkg.query.keeper for the conversation."""

    def __init__(self, settings: Settings) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cgkg.query.keeper", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,  # an interrupt typed at the terminal is the server's alone
            )
        self._control = ours
        try:
            head = self._ask(settings.head())
        except BaseException:
            self.close()
            raise
        if "error" in head:
            self.close()
            raise StoreError(head["error"], hint=head["hint"])

    @property
    def pid(self) -> int:
        """The keeper's process."""
        return self._process.pid

    def replace(self, number: int) -> Born:
        """End worker `number`, if there is one, and start its successor.

        Raises:
            QueryLostError: it could not be started.
            KeeperGoneError: the keeper itself is gone; start another.
        """
        head = self._ask({"replace": number}, _PATIENCE)
        if "error" in head:
            raise QueryLostError(
                head["error"], hint="the machine may be out of memory or processes"
            )
        try:
            _, (descriptor,), _, _ = socket.recv_fds(self._control, 1, 1)
        except (OSError, ValueError):
            raise self._given_up() from None
        os.set_inheritable(descriptor, False)
        return Born(head["pid"], socket.socket(fileno=descriptor), int(head["ended"]))

    def _ask(self, head: dict[str, Any], patience: float | None = None) -> dict[str, Any]:
        deadline = None if patience is None else time.monotonic() + patience
        try:
            frames.send(self._control, head, deadline=deadline)
            return frames.receive(self._control, deadline)[0]
        except (frames.ClosedError, frames.DeadlineError):
            raise self._given_up() from None

    def _given_up(self) -> KeeperGoneError:
        """The error to raise after making sure that the keeper is gone indeed."""
        self._process.kill()
        self.close()
        return KeeperGoneError()

    def close(self) -> None:
        """End the keeper, and with it all workers."""
        with contextlib.suppress(OSError):  # closed before
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _environment() -> dict[str, str]:
    """The environment of the keeper, in which this very package is found."""
    package = str(Path(__file__).resolve().parents[2])
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([package, path] if path else [package])}
