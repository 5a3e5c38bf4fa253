"""Queries that wait: who is next, and who finds a place."""

from __future__ import annotations

from cgkg.sparql.protocol import QueryRequest
from cgkg.workers.jobs import Job
from cgkg.workers.waiting import WaitingJobs

SLOW = 0.5


def job(query: str) -> Job:
    return Job(QueryRequest(query), seconds=1, done=lambda outcome: None)


def waiting(size: int, *queries: str, slow: str = "") -> WaitingJobs:
    """These wait; one of them took long before."""
    jobs = WaitingJobs(size, SLOW)
    jobs.note(job(slow), SLOW)
    for query in queries:
        jobs.add(job(query))
    return jobs


def order(jobs: WaitingJobs) -> str:
    return "".join(jobs.take().request.query for _ in range(len(jobs)))


def test_the_one_that_has_waited_longest_is_next() -> None:
    assert order(waiting(9, "a", "b", "c")) == "abc"


def test_one_that_took_long_lets_others_go_first() -> None:
    assert order(waiting(9, "x", "a", "x", "b", slow="x")) == "abxx"


def test_one_that_took_long_has_its_turn_all_the_same() -> None:
    """However many others come."""
    assert order(waiting(9, "x", "a", "b", "c", "d", "e", slow="x")) == "abcxde"


def test_one_that_was_quick_the_last_time_waits_as_others_do() -> None:
    jobs = waiting(9, slow="x")
    jobs.note(job("x"), SLOW / 2)
    jobs.add(job("x"))
    jobs.add(job("a"))
    assert order(jobs) == "xa"


def test_those_that_took_long_leave_places_for_others() -> None:
    jobs = waiting(4, "x", "x", "x", slow="x")
    assert not jobs.add(job("x"))
    assert jobs.add(job("a"))
    assert not jobs.add(job("b"))
    assert len(jobs) == 4


def test_one_that_left_is_passed_over() -> None:
    jobs = waiting(9, "a", slow="x")
    gone = [job("b"), job("x")]
    for each in gone:
        jobs.add(each)
    for each in gone:
        jobs.remove(each)
    assert order(jobs) == "a"
    jobs.add(gone[0])
    assert jobs.clear() == [gone[0]]
    assert not jobs
