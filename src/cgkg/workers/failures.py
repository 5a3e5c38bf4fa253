"""The errors for queries that end without an answer."""

from __future__ import annotations

import re
import signal

from cgkg.errors import PoolBusyError, QueryError, QueryLimitError, QueryLostError
from cgkg.messages import M_

_NOT_EXISTS = re.compile(r"\bNOT\s+EXISTS\b", re.IGNORECASE)


def deadline_error(query: str, seconds: float, *, own: bool) -> QueryLimitError:
    """The error for a query that reached its deadline.

    Args:
        query: its text, to see what makes it slow.
        seconds: how long it ran.
        own: whether the request asked for less time than there is.
    """
    hint = (
        M_("the limit is the request's timeout") if own else M_("the limit is the setting timeout")
    )
    if _NOT_EXISTS.search(query):
        slow = M_("NOT EXISTS over several patterns is slow, use MINUS where it is the same")
        hint = M_("{one}; {other}", one=hint, other=slow)
    said = M_("query stopped after {seconds} s", seconds=f"{seconds:g}")
    return QueryLimitError(said, hint=hint, limit="time")


def exit_error(status: int, memory: int) -> QueryError:
    """The error for a query whose process ended by itself.

    Args:
        status: minus the signal that ended it, or its exit status.
        memory: bytes that it might use.
    """
    if -status == signal.SIGABRT:  # how the engine ends when it gets no more memory
        return QueryLimitError(
            M_("query stopped: it needs more than {limit} MiB of memory", limit=memory >> 20),
            hint=M_(
                "ask for less at once; the limit is the setting query_memory. If so little cannot"
                " need that much, the engine itself failed: leave out parts to find which one it is"
            ),
            limit="memory",
        )
    if -status == signal.SIGSEGV:  # how it ends when its stack is full
        return QueryError(
            M_("the query is nested too deeply or too long to be evaluated"),
            hint=M_("write long chains of operators as VALUES or IN"),
        )
    how = f" (signal {-status})" if status < 0 else ""
    return QueryLostError(
        M_("the query's process ended early{signal}", signal=how), hint=M_("try again")
    )


def busy_error(waiting: int) -> PoolBusyError:
    """The error for a query before which too many wait."""
    return _busy(M_("{count} queries are waiting already", count=waiting))


def late_error(seconds: float) -> PoolBusyError:
    """The error for a query that no worker became free for in its time."""
    return _busy(M_("no worker became free in {seconds} s", seconds=f"{seconds:g}"))


def no_room_error() -> PoolBusyError:
    """The error for an answer that there is no room for."""
    return _busy(
        M_("clients have so much of their answers still to take that there is no room for this one")
    )


def closed_error() -> QueryLostError:
    """The error for a query of a closed pool."""
    return QueryLostError(M_("queries are no longer answered: the server is stopping"))


def no_process_error() -> QueryLostError:
    """The error for a query for which no process can be started."""
    return QueryLostError(
        M_("no query process can be started"), hint=M_("the server's log says why")
    )


def _busy(message: str) -> PoolBusyError:
    return PoolBusyError(message, hint=M_("try again in a moment"))
