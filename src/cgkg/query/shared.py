"""A page of memory that a worker shares with the server: what it is doing with a lent connection.

Whoever finds the page of a process that is gone, or that is busy elsewhere, knows from it what has
become of the connections that were lent to it.
"""

from __future__ import annotations

import mmap
import os

_SIZE = mmap.PAGESIZE


class Page:
    """Numbers that two processes see; each is written by one of them at a time.

    `words[MINDING]` is the loan whose request the worker has begun to read and not answered yet,
    `words[SENDING]` the one whose response it is sending; 0 is none. `words[RECALLED]` is 1 when
    the server wants all connections back. `words[BEGUN]` counts the queries that the worker has
    taken from the channel.

    While there is one whose response is being sent, `WRITTEN` and `READ` are the bytes that were
    written and read on it before, and `RESPONSE` and `REQUEST` those that are about to be.
    """

    MINDING, SENDING, RECALLED, BEGUN, WRITTEN, READ, RESPONSE, REQUEST = range(8)

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, _SIZE)
        self.words = memoryview(self._memory).cast("Q")

    @staticmethod
    def make() -> int:
        """The descriptor of a new page; both processes make a Page of it.

        Raises:
            OSError: the system has no memory that is a file without a name.
        """
        make = getattr(os, "memfd_create", None)
        if make is None:
            raise OSError("no anonymous files here")
        descriptor: int = make("cgkg")
        os.ftruncate(descriptor, _SIZE)
        return descriptor

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of it."""
        self.words.release()
        self._memory.close()
