"""What a pool holds: queries that are handed in, and places for the processes that answer them."""

from __future__ import annotations

import contextlib
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

    Attributes:
        request: the query.
        seconds: how long it may run.
        done: called with the outcome; None once that is told or nobody waits for it.
        due: when it is given up, on the loop's clock, while it waits and again while it runs.
        worker: where it runs; None while it waits.
    """

    request: QueryRequest
    seconds: float
    done: Done | None
    due: float = 0.0
    worker: Worker | None = None

    def end(self, outcome: Outcome) -> None:
        """Tell the outcome, if somebody still waits for it; what that raises is logged."""
        done, self.done = self.done, None
        if done is None:
            return
        try:
            done(outcome)
        except Exception:
            _LOG.exception("unexpected error in what awaits a query")


@dataclass(slots=True, eq=False)
class Worker:
    """A place in the pool and its process, if there is one.

    Attributes:
        number: of the place, from 0.
        channel: the connection to the process; None while there is none.
        pid: the process; 0 while there is none.
        job: the query that runs there.
        since: when it got the job, on the loop's clock.
        has_low_priority: whether every other process goes first.
    """

    number: int
    channel: Channel | None = None
    pid: int = 0
    job: Job | None = None
    since: float = 0.0  # when it got the job
    has_low_priority: bool = False

    def forget_process(self) -> None:
        """Close the connection to the process; the place is empty then."""
        if self.channel is not None:
            self.channel.close()
        if self.pid:  # with its keeper gone it is ours
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, os.WNOHANG)
        self.channel, self.pid, self.has_low_priority = None, 0, False

    def lower_priority(self) -> None:
        """Have the system run every other process first, if it lets us."""
        self.has_low_priority = _set_priority(self.pid, min(_usual_priority() + _NICENESS, 19))

    def restore_priority(self) -> bool:
        """Give the process the usual priority again; false where the system does not allow it."""
        if self.has_low_priority and _set_priority(self.pid, _usual_priority()):
            self.has_low_priority = False
        return not self.has_low_priority


def _usual_priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def _set_priority(pid: int, niceness: int) -> bool:
    try:
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
    except OSError:  # it has ended, or an ordinary user may not raise a priority
        return False
    return True


@dataclass(frozen=True)
class PoolTimes:
    """How long a pool waits, in seconds.

    Attributes:
        long: until the process of a query that still runs gets a lower priority.
        slow: that a query takes which lets others go first when it is asked again.
        grace: for a query to end by itself once its client has left.
        keeper: for the keeper to fork a worker, and to end by itself.
    """

    long: float = 0.1
    slow: float = 0.02
    grace: float = 0.1
    keeper: float = 10.0


@dataclass
class PoolCounts:
    """What happened in a pool since it started: processes replaced, queries stopped at their
    deadline, queries whose client left."""

    replaced: int = 0
    stopped: int = 0
    left: int = 0
