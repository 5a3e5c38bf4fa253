"""The errors for queries that end without an answer."""

from __future__ import annotations

import re
import signal

from cgkg.errors import PoolBusyError, QueryError, QueryLimitError, QueryLostError

_NOT_EXISTS = re.compile(r"\bNOT\s+EXISTS\b", re.IGNORECASE)


def deadline_error(query: str, seconds: float, *, own: bool) -> QueryLimitError:
    """The error for a query that reached its deadline.

    Args:
        query: its text, to see what makes it slow.
        seconds: how long it ran.
        own: whether the request asked for less time than there is.
    """
    hint = "the limit is the request's timeout" if own else "the limit is the setting timeout"
    if _NOT_EXISTS.search(query):
        hint += "; NOT EXISTS over several patterns is slow, use MINUS where it is the same"
    return QueryLimitError(f"query stopped after {seconds:g} s", hint=hint)


def exit_error(status: int, memory: int) -> QueryError:
    """The error for a query whose process ended by itself.

    Args:
        status: minus the signal that ended it, or its exit status.
        memory: bytes that it might use.
    """
    if -status == signal.SIGABRT:  # how the engine ends when it gets no more memory
        return QueryLimitError(
            f"query stopped: it needs more than {memory >> 20} MiB of memory",
            hint="ask for less at once; the limit is the setting query_memory. If so little cannot"
            " need that much, the engine itself failed: leave out parts to find which one it is",
        )
    if -status == signal.SIGSEGV:  # how it ends when its stack is full
        return QueryError(
            "the query is nested too deeply or too long to be evaluated",
            hint="write long chains of operators as VALUES or IN",
        )
    how = f" (signal {-status})" if status < 0 else ""
    return QueryLostError(f"the query's process ended early{how}", hint="try again")


def busy_error(message: str) -> PoolBusyError:
    """The error for a query that no worker was free for."""
    return PoolBusyError(message, hint="try again in a moment")


def no_room_error() -> PoolBusyError:
    """The error for an answer that there is no room for."""
    return busy_error(
        "clients have so much of their answers still to take that there is no room for this one"
    )


def closed_error() -> QueryLostError:
    """The error for a query of a closed pool."""
    return QueryLostError("queries are no longer answered: the server is stopping")


def no_process_error() -> QueryLostError:
    """The error for a query for which no process can be started."""
    return QueryLostError("no query process can be started", hint="the server's log says why")
