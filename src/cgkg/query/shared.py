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
    `words[SENDING]` the one whose response it is sending; 0 is none. `words[RECALLED]` is the last
    loan that the server wants back, with all before it. `words[BEGUN]` counts the queries that the
    worker has taken from the channel.

    While there is one whose response is being sent, `WRITTEN` and `READ` are the bytes that were
    written and read on it before, and `RESPONSE` and `REQUEST` those that are about to be.
    """

    MINDING, SENDING, RECALLED, BEGUN, WRITTEN, READ, RESPONSE, REQUEST, _TORN = range(9)
    _PLACES = 256  # many more than loans at a time

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, _SIZE)
        self.words = memoryview(self._memory).cast("Q")

    def tear(self, loan: int) -> None:
        """Note that only a part of a response has been sent. The server may never hear the rest."""
        self.words[self._TORN + loan % self._PLACES] = loan

    def torn(self, loan: int) -> bool:
        """Whether that was noted."""
        return self.words[self._TORN + loan % self._PLACES] == loan

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
