"""Work of a second process: its result, its errors, its end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import Small, span

from cgkg import pipeline
from cgkg.beside import beside
from cgkg.errors import BuildRejectedError, QueryError, SourceError
from cgkg.pipeline import build
from cgkg.store.generations import COVERAGE


def test_the_work_is_done_in_another_process() -> None:
    """Its result comes back, however large; without a fork the work is done here."""
    with beside(lambda: (os.getpid(), "x" * 1_000_000), fork=True) as take:
        process, text = take()
    assert process != os.getpid()
    assert len(text) == 1_000_000
    with beside(os.getpid, fork=False) as take_here:
        assert take_here() == os.getpid()


def test_an_error_of_the_work_is_raised_where_the_result_is_asked_for() -> None:
    def work() -> None:
        raise QueryError("no such thing")

    with beside(work, fork=True) as take, pytest.raises(QueryError, match="no such thing"):
        take()


def elsewhere(do: Callable[[], object]) -> Callable[[], int]:
    """Work that does something if it is in another process."""
    here = os.getpid()

    def work() -> int:
        if os.getpid() != here:
            do()
        return here

    return work


@pytest.mark.parametrize(
    "do",
    [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: os._exit(0), lambda: 1 / 0],
    ids=["killed", "ended", "failed"],
)
def test_work_that_came_to_nothing_is_done_again(do: Callable[[], object]) -> None:
    with beside(elsewhere(do), fork=True) as take:
        assert take() == os.getpid()


def test_a_block_that_fails_ends_the_work() -> None:
    """Which would go on for ever; the process is waited for."""
    reading, writing = os.pipe()

    def work() -> None:
        os.write(writing, str(os.getpid()).encode())
        signal.pause()

    def fail() -> None:
        with beside(work, fork=True):
            raise QueryError(os.read(reading, 20).decode())

    with pytest.raises(QueryError) as failed:
        fail()
    with pytest.raises(ProcessLookupError):
        os.kill(int(failed.value.message), 0)
    os.close(reading)
    os.close(writing)


def test_a_build_with_a_fork_is_the_same(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Findings, lines and coverage, byte for byte."""
    alone, report = build(small.project, tmp_path / "alone")
    forked: list[bool] = []

    def beside_always(work: Callable[[], object], *, fork: bool) -> object:
        forked.append(fork)
        return beside(work, fork=True)

    monkeypatch.setattr(pipeline, "beside", beside_always)
    generation, found = build(small.project, tmp_path / "forked")
    assert forked == [False]
    assert found == report
    assert generation.manifest == alone.manifest
    for file in ("dataset.nq", COVERAGE):
        assert (generation.folder / file).read_bytes() == (alone.folder / file).read_bytes()


def test_findings_are_told_before_what_cannot_be_counted(small: Small, tmp_path: Path) -> None:
    """Coverage is counted before it is needed; that it cannot be is told of a sound project."""
    small.write("data/source/elbe.mentions.csv", "sentence,start,end,kind,text\n3,64\n")
    with pytest.raises(SourceError, match=r"mentions\.csv:2"):
        build(small.project, tmp_path / "store")
    small.facts(span("Dresden", "id:river\\/elbe :flowsThrouh id:place\\/dresden ."))
    with pytest.raises(BuildRejectedError):
        build(small.project, tmp_path / "store")
