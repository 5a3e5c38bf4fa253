"""Work for files that somebody else wrote, done by a process that is ended when it takes too much.

The queries of a release's tables are in the release: they may be made never to end.
"""

from __future__ import annotations

import os
import pickle
import resource
from collections.abc import Callable, Mapping
from contextlib import suppress

from cgkg.errors import CgkgError, ReleaseError

SECONDS = 300
"""Of a processor's time."""
MEMORY = 4 << 30
"""Bytes beyond what this process has."""

Files = Mapping[str, bytes]


def make_apart(make: Callable[[], Files]) -> Files:
    """What the function makes; a copy of this process calls it.

    Raises:
        ReleaseError: it takes too much time or memory, or fails.
    """
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        _work(make, theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb") as said:
        # Only this very program, copied, writes there.
        content = said.read()
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != 0 or not content:
        raise ReleaseError(f"it takes more than {SECONDS} s, or {MEMORY >> 30} GiB, to make")
    made: Files | str = pickle.loads(content)
    if isinstance(made, str):
        raise ReleaseError(made)
    return made


def _work(make: Callable[[], Files], output: int) -> None:
    """Make the files, write them, and end the process."""
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(OSError), open("/proc/self/statm", "rb") as sizes:
            held = int(sizes.read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, held + MEMORY))
        try:
            made: Files | str = make()
        except CgkgError as error:
            made = error.message
        with os.fdopen(output, "wb") as out:
            pickle.dump(made, out)
        status = 0
    finally:
        os._exit(status)
