"""Hostile projects, stores and releases again and again: nothing that they cost is kept.

A process that reads them, as a server or an editor's helper would, has as many files open and
processes below it afterwards as before, and not more memory.
"""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alarms import within
from commands import run
from endpoint import processes
from hostile_project import OPTIONAL, READ, device, large, pipe
from hostile_release import RELEASES
from hostile_store import MANIFESTS, STORES, current, make_outside
from limits import wait_until
from projects import make_small

from cgkg.export import apart
from cgkg.export.release import export
from cgkg.pipeline import build
from cgkg.store.generations import MANIFEST

pytestmark = pytest.mark.long
SECONDS = float(os.environ.get("LOAD_SECONDS", "60"))

Made = Path
Round = Callable[[Path], object]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A folder with a small project, its store, and a release; each round changes a copy."""
    folder = tmp_path_factory.mktemp("made")
    generation, _ = build(make_small(folder / "project").project, folder / "store")
    export(generation, folder / "release")
    (folder / "bare").mkdir()
    (folder / "bare" / "a.nt").write_text("<urn:a> <urn:b> <urn:c> .\n")
    assert run("build", "--project", str(folder / "bare")).returncode == 0
    make_outside(folder / "outside")
    (folder / "secret.csv").write_text("<urn:secret> <urn:b> <urn:c> .\n")
    return folder


def projects() -> Iterator[Round]:
    """A build or a check of each hostile project."""
    builders = [make(name) for name in (*READ, *OPTIONAL) for make in (pipe, device)]
    builders += [large(name, 1 << 40) for name in ("data/registry.csv", "cgkg.toml")]
    for change in builders:
        for command in ("build", "check"):

            def play(folder: Path, change: Round = change, command: str = command) -> None:
                change(folder / "project")
                run(command, "--project", str(folder / "project"))

            yield play


def stores() -> Iterator[Round]:
    """A build of a folder with each hostile store."""
    for change in STORES.values():

        def play(folder: Path, change: Callable[[Path, Path], object] = change) -> None:
            change(folder / "bare" / "build" / "store", folder / "outside")
            run("build", "--project", str(folder / "bare"))

        yield play
    for content in MANIFESTS.values():

        def damage(folder: Path, content: bytes = content) -> None:
            (current(folder / "bare" / "build" / "store") / MANIFEST).write_bytes(content)
            run("build", "--project", str(folder / "bare"))

        yield damage


def releases() -> Iterator[Round]:
    """A verification of each hostile release."""
    for change, _ in RELEASES.values():

        def play(folder: Path, change: Callable[[Path, Path], object] = change) -> None:
            change(folder / "release", folder / "secret.csv")
            assert run("verify", str(folder / "release")).returncode == 1

        yield play


@pytest.mark.parametrize("kind", [projects, stores, releases])
def test_hostile_files_cost_nothing_for_long(
    made: Made, tmp_path: Path, kind: Callable[[], Iterator[Round]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a minute of them memory, descriptors and processes are what they were."""
    monkeypatch.setattr(apart, "SECONDS", 1)

    def play(each: Round) -> None:
        shutil.copytree(made, tmp_path / "copy", symlinks=True)
        with within():
            each(tmp_path / "copy")
        shutil.rmtree(tmp_path / "copy")

    rounds = list(kind())
    for each in rounds:  # what is loaded and remembered once
        play(each)
    before = usage()
    end = time.monotonic() + SECONDS
    count = 0
    for each in itertools.cycle(rounds):
        play(each)
        count += 1
        if time.monotonic() > end and count >= len(rounds):
            break
    assert wait_until(lambda: usage()[:2] == before[:2])
    after = usage()
    print(f"{kind.__name__}: {count} rounds, {before[2] >> 20} to {after[2] >> 20} MiB")
    assert after[2] < 1.1 * before[2]


def usage() -> tuple[int, int, int]:
    """Descriptors, processes and memory of this process and those below it."""
    gc.collect()
    pids = processes.tree(os.getpid())
    return processes.descriptors(pids), len(pids), processes.memory(pids)
