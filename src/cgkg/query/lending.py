"""The server's side of lent connections: which one a worker minds, and how all come back.

A connection is nobody's but its borrower's until it is given back, so that each request is read
once. It comes back when the worker says so, when the worker is busy with something else and has
been told for long enough, or when the worker is gone.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cgkg.query.channel import Channel
from cgkg.query.minding import MOST, Note, Terms
from cgkg.query.shared import Page
from cgkg.query.traffic import Traffic, skip, traffic_of


@dataclass(frozen=True)
class Loan:
    """A connection to lend.

    Attributes:
        descriptor: the connection's socket.
        terms: what the worker is told; the number of the loan is added.
        noted: called with what is known of each answer, a little later.
        back: called once when the connection is the server's again, with the part of a response
            that is still to be sent (None when nobody knows how much of it has been), and with
            whether it came back for what the client asks.
    """

    descriptor: int
    terms: Terms
    noted: Callable[[Note], None]
    back: Callable[[bytes | None, bool], None]


class Loans:
    """The connections that one worker minds."""

    def __init__(self, counter: socket.socket, page: Page | None) -> None:
        self._counter, self._page = counter, page
        counter.setblocking(False)
        self._last = 0  # loan
        self._waits: dict[tuple[int, int], float] = {}  # loan and what is read of it, since when
        self._held: dict[int, tuple[Loan, Traffic | None]] = {}  # with the traffic before

    def __len__(self) -> int:
        return len(self._held)

    @property
    def room(self) -> bool:
        """Whether the worker may have one more."""
        return self._page is not None and len(self._held) < MOST

    @property
    def minding(self) -> bool:
        """Whether the worker answers on a lent connection at this moment."""
        return self._page is not None and bool(self._page.words[Page.MINDING])

    @property
    def begun(self) -> int | None:
        """How many queries the worker has taken from the channel, if that is known."""
        return None if self._page is None else self._page.words[Page.BEGUN]

    def neglect(self, now: float) -> float:
        """For how long a request on one of them has waited, as far as was seen in earlier looks."""
        waits = {}
        for number, (loan, _) in self._held.items():
            traffic = traffic_of(loan.descriptor)
            if traffic is not None and traffic.waiting:
                waits[number, traffic.read] = self._waits.get((number, traffic.read), now)
        self._waits = waits
        return now - min(waits.values(), default=now)

    def lend(self, channel: Channel, loan: Loan) -> bool:
        """Lend it; false if the worker takes none now."""
        before = traffic_of(loan.descriptor)
        try:
            socket.send_fds(self._counter, [b"."], [loan.descriptor])
        except OSError:
            return False
        self._last = number = self._last + 1
        self._held[number] = loan, before
        channel.send({"terms": tuple(loan.terms._replace(loan=number))})
        return True

    def recall(self, channel: Channel) -> None:
        """Ask for all of them back; they come one by one."""
        if self._held and self._page is not None:
            self._page.words[Page.RECALLED] = self._last
            channel.send({"recall": True})

    def heard(self, message: dict[str, Any], unsent: bytes) -> None:
        """Learn what the worker tells of its loans."""
        for note in map(Note._make, message["notes"]):
            if found := self._held.get(note.loan):
                found[0].noted(note)
        for number in message["back"]:
            if found := self._held.pop(number, None):
                found[0].back(unsent, message["asked"])

    def end(self) -> None:
        """Have all back from a worker that cannot touch them any more: it has been recalled for a
        while and is busy elsewhere, or its process is gone."""
        held, self._held = self._held, {}
        minding = self._page.words[Page.MINDING] if self._page is not None else 0
        for number, (loan, before) in held.items():
            whole = self._is_whole(number, loan.descriptor, before)
            loan.back(b"" if whole else None, number == minding)

    def _is_whole(self, number: int, descriptor: int, before: Traffic | None) -> bool:
        """Whether nothing of a response is lacking."""
        page = self._page
        if page is None or page.torn(number):
            return False
        return page.words[Page.SENDING] != number or self._settled(descriptor, before)

    def _settled(self, descriptor: int, before: Traffic | None) -> bool:
        """Whether the response of a process that is gone has been sent, or not even begun.

        Then the next request is what is read next.
        """
        now = traffic_of(descriptor)
        if self._page is None or before is None or now is None:
            return False
        words = self._page.words
        written = now.written - before.written - words[Page.WRITTEN]
        read = now.read - before.read - words[Page.READ]
        if written == words[Page.RESPONSE] and not read:
            skip(descriptor, words[Page.REQUEST])
            return True
        return written == (words[Page.RESPONSE] if read else 0)

    def close(self) -> None:
        """Be done with a process that is gone."""
        self.end()
        self._counter.close()
        if self._page is not None:
            self._page.close()
            self._page = None
