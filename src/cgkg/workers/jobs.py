"""What a pool holds: queries that are handed in, and places for the processes that answer them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass

from cgkg.errors import CgkgError
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.workers.channel import Channel

_LOG = logging.getLogger(__name__)
_NICENESS = 10

Outcome = QueryAnswer | CgkgError
Done = Callable[[Outcome], None]


@dataclass(slots=True, eq=False)
class Job:
    """A query in the pool, from when it is handed in until its outcome is told.

    `due` is when it is given up, on the loop's clock, while it waits and again while it runs;
    `done` is None once the outcome is told or nobody waits for it.
    """

    request: QueryRequest
    seconds: float
    done: Done | None
    due: float = 0.0
    worker: Worker | None = None

    def end(self, outcome: Outcome) -> None:
        """Tell the outcome, if somebody still waits for it."""
        done, self.done = self.done, None
        if done is None:
            return
        try:
            done(outcome)
        except Exception:
            _LOG.exception("unexpected error in what awaits a query")


@dataclass(slots=True, eq=False)
class Worker:
    """A place in the pool and the process that fills it; no channel while there is none."""

    number: int
    channel: Channel | None = None
    pid: int = 0
    job: Job | None = None
    since: float = 0.0  # when it got the job
    niced: bool = False

    def leave(self) -> None:
        """Forget the process."""
        if self.channel is not None:
            self.channel.close()
        self.channel, self.pid, self.niced = None, 0, False

    def give_way(self) -> None:
        """Let every other process go first from now on."""
        self.niced = _set_priority(self.pid, min(_usual() + _NICENESS, 19))

    def catch_up(self) -> bool:
        """Take the usual priority again; false where the system does not allow it."""
        if self.niced and _set_priority(self.pid, _usual()):
            self.niced = False
        return not self.niced


def _usual() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def _set_priority(pid: int, niceness: int) -> bool:
    try:
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
    except OSError:  # it has ended, or an ordinary user may not raise a priority
        return False
    return True


@dataclass(frozen=True)
class Times:
    """What a pool waits for, in seconds.

    Attributes:
        long: how long a query may run before it has to give way to others.
        grace: for a query to end by itself once its client has left.
        keeper: for the keeper to fork a worker, and to end by itself.
    """

    long: float = 0.1
    grace: float = 0.1
    keeper: float = 10.0


@dataclass
class Counts:
    """What happened in a pool since it started: processes replaced, queries stopped at their
    deadline, queries whose client left."""

    replaced: int = 0
    stopped: int = 0
    left: int = 0
