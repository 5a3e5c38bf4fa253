"""Work that a second process does meanwhile, on what this one holds in memory."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import NoReturn, TypeVar

_PR_SET_PDEATHSIG = 1

_Result = TypeVar("_Result")


def may_fork() -> bool:
    """Whether a fork of this process could work beside it: no other thread may hold a lock then."""
    return (
        sys.platform == "linux"
        and threading.active_count() == 1
        and len(os.sched_getaffinity(0)) > 1
    )


@contextlib.contextmanager
def beside(work: Callable[[], _Result], *, fork: bool) -> Iterator[Callable[[], _Result]]:
    """Have a fork of this process do some work until the end of the block.

    Args:
        work: what is done; its result can be pickled, and it changes nothing.
        fork: whether there is a fork.

    Yields:
        What waits for the result and gives it; to be called once. Without a fork, or if that ended
        without a result, the work is done when this is called, and raises what it raises.
    """
    if not fork:
        yield work
        return
    reading, writing = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if not child:
        _work(work, writing, parent)
    os.close(writing)
    with open(reading, "rb") as results, contextlib.ExitStack() as left:
        left.callback(_end, child)

        def take() -> _Result:
            result = results.read()
            left.pop_all()
            if os.waitpid(child, 0)[1] or not result:
                return work()
            given: _Result = pickle.loads(result)
            return given

        yield take


def _end(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _work(work: Callable[[], object], writing: int, parent: int) -> NoReturn:
    """Write the result, if there is one, and end."""
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:
            result = pickle.dumps(work(), pickle.HIGHEST_PROTOCOL)
            with open(writing, "wb") as results:
                results.write(result)
    except BaseException:  # the other process does the work again, and tells what is wrong
        os._exit(1)
    os._exit(0)
