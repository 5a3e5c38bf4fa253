"""Generations written by what they have otherwise than another, which nobody sees."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from changed import Lines, add_changed, add_whole, change, manifest

from cgkg.errors import StoreError
from cgkg.store import generations
from cgkg.store.generations import (
    ASSERTED,
    COVERAGE,
    DATASET,
    MANIFEST,
    PARTS,
    Generation,
    GenerationStore,
)
from cgkg.store.lines import LineChange


def some_lines(draw: random.Random, count: int) -> Lines:
    return {b"<urn:%d> <urn:p> <urn:o> .\n" % draw.randrange(10_000) for _ in range(count)}


def seen(generation: Generation) -> object:
    """Everything that anybody reads of it."""
    return (
        generation.manifest, generation.coverage, *map(generation.parts, PARTS),
        generation.dataset.read(), generation.asserted.read(),
        set(generation.open().quads()), set(generation.open(asserted=True).quads()),
        generation.dataset_file.read_bytes(), generation.asserted_file.read_bytes(),
        generation.dataset_file.name, generation.asserted_file.name,
    )  # fmt: skip


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 8))]
)
def test_it_is_that_of_a_full_build(tmp_path: Path, seed: int) -> None:
    """After few and after many changes, to the one before and to one of long ago."""
    draw = random.Random(seed)
    places = ("changed", "whole", "built")
    changed, whole, built = (GenerationStore(tmp_path / place) for place in places)
    dataset = some_lines(draw, 2000)
    asserted = {line for line in dataset if draw.random() < 0.8}
    with changed.lock(), whole.lock(), built.lock():
        before = add_whole(changed, "g0", dataset, asserted)
        add_whole(built, "g0", dataset, asserted)
        kinds = set()
        for number, kept in enumerate([0.999, 0.99, 0.8, 0.999, 0.999, 0.95, 0.95], 1):
            new = {line for line in dataset if draw.random() < kept} | some_lines(draw, 5)
            said = {line for line in new if line in asserted or draw.random() < 0.1}
            name = f"g{number}"
            after = add_changed(changed, name, before, change(dataset, new), change(asserted, said))
            assert changed.current() == after
            kinds.add(bool(after.dataset.change))
            assert seen(after) == seen(add_whole(whole, name, new, said))
            lines = {DATASET: sorted(new), ASSERTED: sorted(said)}
            built_again = built.add_lines(name, lines, manifest(name), {COVERAGE: b"{}"})
            assert bool(built_again.dataset.change) == bool(after.dataset.change)
            assert seen(built_again) == seen(after)
            dataset, asserted, before = new, said, Generation(after.folder)
        assert kinds == {True, False}


def test_its_file_is_that_of_the_other(tmp_path: Path) -> None:
    """Not one byte of it is copied, also by the change of a change, and it outlives the other."""
    store = GenerationStore(tmp_path)
    lines = some_lines(random.Random(1), 500)
    with store.lock():
        first = add_whole(store, "a", lines, lines)
        lost = LineChange([min(lines)], [])
        second = add_changed(store, "b", first, lost, lost)
        won = LineChange([], [min(lines)])
        third = add_changed(store, "c", second, won, LineChange())
    assert first.dataset.origin == second.dataset.origin == third.dataset.origin
    assert second.dataset.until(third.dataset) == won
    assert third.manifest["dataset_sha256"] == first.manifest["dataset_sha256"]
    for path in first.folder.iterdir():
        path.unlink()
    assert third.dataset.read() == b"".join(sorted(lines))


def test_without_links_it_is_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system may have none."""

    def fail(*_: object, **__: object) -> None:
        raise OSError("not supported")

    monkeypatch.setattr(os, "link", fail)
    store = GenerationStore(tmp_path)
    lines = some_lines(random.Random(1), 500)
    with store.lock():
        first = add_whole(store, "a", lines, lines)
        lost = LineChange([min(lines)], [])
        second = add_changed(store, "b", first, lost, lost)
    assert second.dataset.read() == b"".join(sorted(lines)[1:])
    assert first.dataset.until(second.dataset) is None


@pytest.mark.parametrize("case", ["other lines", "no quads", "earlier version"])
def test_what_cannot_be_is_refused(tmp_path: Path, case: str) -> None:
    """The current generation stays."""
    store = GenerationStore(tmp_path)
    lines = some_lines(random.Random(1), 500)
    wrong = {
        "other lines": LineChange([b"<urn:x> <urn:p> <urn:o> .\n"], []),
        "no quads": LineChange([], [b"nothing\n"]),
        "earlier version": LineChange(),
    }[case]
    with store.lock():
        first = add_whole(store, "a", lines, lines)
        if case == "earlier version":
            (first.folder / PARTS[DATASET]).unlink()
        with pytest.raises(StoreError):
            add_changed(store, "b", first, wrong, LineChange())
    assert [g.id for g in store.generations()] == ["a"]
    assert store.current().id == "a"


@pytest.mark.parametrize("end", ["base", "removed", "added", "parts"])
def test_what_is_a_link_is_not_followed(tmp_path: Path, end: str) -> None:
    """Nothing outside the store is read for a generation."""
    store = GenerationStore(tmp_path / "store")
    lines = some_lines(random.Random(1), 100)
    lost = LineChange([min(lines)], [])
    with store.lock():
        made = add_changed(store, "b", add_whole(store, "a", lines, lines), lost, lost)
    path = made.folder / ("dataset.parts" if end == "parts" else f"dataset.{end}.nq")
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="no regular file"):
        made.parts(DATASET) if end == "parts" else made.dataset


def kill_after(steps: int) -> Callable[..., None]:
    """What ends this process at once after so many steps."""
    left = [steps]

    def step() -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def interrupted(work: Callable[[], object], steps: int) -> bool:
    """Whether a process that does this is killed before its end, after so many steps."""
    pid = os.fork()
    if pid:
        return os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    step = kill_after(steps)

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def do(*given: object, **named: object) -> object:
            step()
            return real(*given, **named)

        return do

    try:
        os.link = counted(os.link)  # type: ignore[assignment]
        for name in ("sync", "read_back_file"):
            setattr(generations, name, counted(getattr(generations, name)))
        for name in ("write_bytes", "rename", "replace", "mkdir"):
            setattr(Path, name, counted(getattr(Path, name)))
        work()
    finally:
        os._exit(0)


def test_a_kill_at_any_step_leaves_the_last_good_generation(tmp_path: Path) -> None:
    """Or the new one, whole; and what was left behind is removed by the next build."""
    store = GenerationStore(tmp_path)
    lines = some_lines(random.Random(3), 300)
    lost = LineChange([max(lines)], [])
    with store.lock():
        first = add_whole(store, "a", lines, lines)

    def work() -> None:
        with store.lock():
            add_changed(store, "b", first, lost, lost)

    expected = {"a": b"".join(sorted(lines)), "b": b"".join(sorted(lines)[:-1])}
    steps = 0
    while interrupted(work, steps):
        steps += 1
        current = store.current()
        assert current.dataset.read() == current.asserted.read() == expected[current.id]
        assert json.loads((current.folder / MANIFEST).read_bytes())["generation"] == current.id
        for generation in store.generations():
            assert generation.dataset.read() == expected[generation.id]
    assert steps > 15
    assert store.current().id == "b"
    with store.lock():
        assert not list((tmp_path / "generations").glob(".tmp-*"))


def test_writing_the_file_out_is_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that is interrupted leaves nothing that another would take for it."""
    store = GenerationStore(tmp_path)
    lines = some_lines(random.Random(3), 300)
    lost = LineChange([max(lines)], [])
    with store.lock():
        made = add_changed(store, "b", add_whole(store, "a", lines, lines), lost, lost)

    def blocks() -> Iterable[bytes]:
        yield min(lines)
        raise OSError("no space left")

    monkeypatch.setattr("cgkg.store.lines.StoredLines.blocks", lambda self: blocks())
    with pytest.raises(StoreError, match="no space left"):
        _ = made.dataset_file
    assert not [path for path in made.folder.iterdir() if DATASET in path.name]
