"""The process that evaluates queries, one at a time, until it is killed or nobody asks any more.

It is forked from the keeper with the graph in memory. After `confine` it can open no file and no
connection, write no core file, and use no more memory than it may.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cgkg.errors import (
    CgkgError,
    NotAcceptableError,
    QueryError,
    QueryLimitError,
    QueryRefusedError,
    QuerySyntaxError,
)
from cgkg.messages import Message
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.workers import messages

if TYPE_CHECKING:
    from cgkg.sparql.evaluation import Evaluator

_CONNECTION = 3  # the descriptor after stdin, stdout and stderr; the worker has no other
_PR_SET_PDEATHSIG = 1
_ERRORS: dict[str, type[CgkgError]] = {
    error.code: error for error in (CgkgError, QueryError, QueryRefusedError)
}


@dataclass(frozen=True)
class Opener:
    """How a worker gets its evaluator.

    Attributes:
        open: gives the evaluator; called in the worker's process, before that is confined.
        files: how many files the evaluator may keep open.
        cache: how many bytes of them it may keep in memory.
    """

    open: Callable[[], Evaluator]
    files: int = 0
    cache: int = 0


class _FailedEvaluator:
    """Stands for an evaluator that could not be opened: every answer is the error."""

    def __init__(self, error: CgkgError) -> None:
        self._error = error

    def answer(self, request: QueryRequest) -> QueryAnswer:
        raise self._error


def run(connection: socket.socket, opener: Opener, *, keeper: int, memory: int) -> None:
    """Be a worker: confine this process, answer requests, and return once the other end closes.

    Args:
        connection: where requests come from.
        opener: gives the evaluator.
        keeper: the process that forked this one; the worker ends when it does.
        memory: how many bytes it may use beyond what it holds now.
    """
    connection = _keep_only(connection)
    evaluator = _open_evaluator(opener)
    confine(keeper=keeper, memory=memory + opener.cache, files=opener.files)
    with contextlib.suppress(messages.ClosedError):
        while True:
            head, _ = messages.receive_only(connection)
            _answer(connection, evaluator, head)


def _open_evaluator(opener: Opener) -> Evaluator | _FailedEvaluator:
    try:
        return opener.open()
    except CgkgError as error:
        return _FailedEvaluator(error)


def _answer(connection: socket.socket, evaluator: Evaluator | _FailedEvaluator, head: Any) -> None:
    try:
        answer = evaluator.answer(QueryRequest._make(head))
    except CgkgError as error:
        messages.send(connection, {"error": write_error(error)})
    except BaseException as error:  # a panic of the engine is not an Exception
        unexpected = CgkgError(f"the query failed: {type(error).__name__}: {error}")
        messages.send(connection, {"error": write_error(unexpected)})
    else:
        messages.send(connection, answer[:-1], answer.body)


def _keep_only(connection: socket.socket) -> socket.socket:
    """The same connection as the process's only descriptor besides the standard three."""
    if connection.fileno() != _CONNECTION:
        os.dup2(connection.fileno(), _CONNECTION, inheritable=False)
        connection.detach()
        connection = socket.socket(fileno=_CONNECTION)
    os.closerange(_CONNECTION + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return connection


def confine(*, keeper: int, memory: int, files: int = 0) -> None:
    """Take from this process what a query must never use.

    Args:
        keeper: the process to end with.
        memory: how many bytes it may use beyond what it holds now.
        files: how many files of the graph are open, or may have to be opened yet.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:  # it ended before the line above
        os._exit(1)
    _prefer_for_oom_killer()
    _set_limit(resource.RLIMIT_CORE, 0)
    if (size := _address_space()) is not None:
        _set_limit(resource.RLIMIT_AS, size + memory)
    # The engine would fetch for SERVICE: without a free descriptor nothing can be reached.
    held = _list_descriptors()
    _fill_gaps(max(held))
    unopened = max(0, files - (len(held) - _CONNECTION - 1))
    _set_limit(resource.RLIMIT_NOFILE, max(held) + 1 + unopened)


def _list_descriptors() -> list[int]:
    """The descriptors that are open."""
    return [number for number in map(int, os.listdir("/dev/fd")) if _is_open(number)]


def _is_open(descriptor: int) -> bool:
    """Whether it still is: listing descriptors takes one."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_GETFD)
    except OSError:
        return False
    return True


def _fill_gaps(highest: int) -> None:
    """Leave no descriptor free below the highest."""
    while (filler := os.dup(0)) < highest:
        pass
    os.close(filler)


def _set_limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _prefer_for_oom_killer() -> None:
    """When the machine runs out of memory, let it end a worker and not the keeper or the server."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("500")


def _address_space() -> int | None:
    """The bytes of address space in use, None where the system does not say."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return None


def write_request(request: QueryRequest) -> tuple[Any, ...]:
    """A request as the head of a message to a worker."""
    return tuple(request)


def read_outcome(head: Any, body: bytes) -> QueryAnswer | CgkgError:
    """The answer that a worker's message holds, or the error."""
    if type(head) is tuple:
        return QueryAnswer._make((*head, body))
    return read_error(head["error"])


def write_error(error: CgkgError) -> dict[str, Any]:
    """An error as a dict of plain values, for the head of a message."""
    head: dict[str, Any] = {
        "code": error.code,
        "message": _write_text(error.message),
        "hint": _write_text(error.hint),
    }
    if isinstance(error, QueryLimitError):
        head["limit"] = error.limit
    if isinstance(error, QuerySyntaxError):
        head |= {"line": error.line, "column": error.column}
    if isinstance(error, NotAcceptableError):
        asked = str(error.message).removeprefix("not available as ")
        head |= {"asked": asked, "available": list(error.available)}
    return head


def read_error(head: dict[str, Any]) -> CgkgError:
    """The error of which `write_error` made this."""
    code, message, hint = head["code"], _read_text(head["message"]), _read_text(head["hint"])
    if code == NotAcceptableError.code:
        return NotAcceptableError(head["asked"], head["available"])
    if code == QuerySyntaxError.code:
        return QuerySyntaxError(message, line=head["line"], column=head["column"], hint=hint)
    if code == QueryLimitError.code:
        return QueryLimitError(message, hint=hint, limit=head["limit"])
    return _ERRORS.get(code, QueryError)(message, hint=hint)


def _write_text(text: str) -> Any:
    return text.as_dict() if isinstance(text, Message) else text


def _read_text(head: Any) -> str:
    return Message.of(head) if isinstance(head, dict) else str(head)
