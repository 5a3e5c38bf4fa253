"""Which of the queries that wait is next: those that are not known to take long go first."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator

from cgkg.workers.jobs import Job

_REMEMBERED = 4096  # queries that took long
_IN_TURN = 4  # one of so many is the one that has waited longest, whatever it took before


class WaitingJobs:
    """The queries that wait for a worker.

    One that took long when it was asked last lets others go first, so that a few clients who ask
    for much do not let everybody wait; and it takes no more than three quarters of the places.

    Args:
        size: how many there may be.
        slow: seconds from which on a query counts as one that takes long.
    """

    def __init__(self, size: int, slow: float) -> None:
        self._size, self._slow = size, slow
        self._jobs: deque[Job] = deque()  # in order of arrival, as are those that go first
        self._first: deque[Job] = deque()
        self._slow_queries: OrderedDict[int, None] = OrderedDict()  # by hash: texts may be long
        self._taken = 0

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs)

    def add(self, job: Job) -> bool:
        """Let it wait; false if there is no place for it."""
        slow = hash(job.request.query) in self._slow_queries
        behind = len(self._jobs) - len(self._first)
        if len(self._jobs) >= self._size or (slow and behind >= max(1, self._size * 3 // 4)):
            return False
        self._jobs.append(job)
        if not slow:
            self._first.append(job)
        return True

    def take(self) -> Job:
        """The next one, which waits no longer; there must be one."""
        self._taken += 1
        in_turn = not self._first or self._taken % _IN_TURN == 0
        job = self._jobs[0] if in_turn else self._first[0]
        self.remove(job)
        return job

    def remove(self, job: Job) -> None:
        """Let it wait no longer."""
        self._jobs.remove(job)
        if job in self._first:
            self._first.remove(job)

    def note(self, job: Job, seconds: float) -> None:
        """Remember whether it took long."""
        query = hash(job.request.query)
        if seconds < self._slow:
            self._slow_queries.pop(query, None)
            return
        self._slow_queries[query] = None
        self._slow_queries.move_to_end(query)
        if len(self._slow_queries) > _REMEMBERED:
            self._slow_queries.popitem(last=False)

    def clear(self) -> list[Job]:
        """All of them, which wait no longer."""
        jobs = list(self._jobs)
        self._jobs.clear()
        self._first.clear()
        return jobs
