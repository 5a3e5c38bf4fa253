"""The copy on disk of a large graph, which the build makes."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from limits import wait_until
from paths import ROOT
from projects import FILES, Small

from cgkg.errors import BuildRejectedError
from cgkg.pipeline import build
from cgkg.store import database_writer, databases
from cgkg.store.databases import DATABASE
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.workers.placement import make_copy


@pytest.fixture
def large(small: Small, monkeypatch: pytest.MonkeyPatch) -> Small:
    """A project that passes for a large one."""
    monkeypatch.setattr(databases, "MANY_QUADS", 100)
    return small


def files_of(folder: Path) -> set[str]:
    """What is in the folder of a store's generations, and in each of these."""
    return {str(path.relative_to(folder)) for path in folder.glob("generations/*")} | {
        path.name for path in folder.glob("generations/*/*")
    }


def assert_copied(generation: Generation) -> None:
    """Its databases hold the quads of its files, blank nodes and all."""
    for name, asserted in (("dataset", False), ("asserted", True)):
        held = set(Graph.at(generation.folder / DATABASE / name).quads())
        assert held == set(generation.open(asserted=asserted).quads())


def test_the_build_of_a_large_graph_makes_its_copy(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there at once for who serves; a small graph has none, and no other file differs."""
    build(small.project, tmp_path / "small")
    monkeypatch.setattr(databases, "MANY_QUADS", 100)
    generation, report = build(small.project, tmp_path / "large")
    assert report.conforms
    assert b"_:" in generation.asserted.read()
    assert_copied(generation)
    assert (generation.folder / DATABASE / "MADE_BY").read_text()
    assert make_copy(generation) == generation.folder / DATABASE
    assert files_of(tmp_path / "large") - files_of(tmp_path / "small") == {DATABASE}
    for path in (tmp_path / "small").glob("generations/*/*"):
        other = tmp_path / "large" / path.relative_to(tmp_path / "small")
        assert other.read_bytes() == path.read_bytes()


def test_after_an_edit_the_copy_is_made_from_the_one_before(large: Small, tmp_path: Path) -> None:
    """What did not change is shared."""
    first, _ = build(large.project, tmp_path)
    registry = FILES["data/registry.csv"]
    large.write("data/registry.csv", registry.replace("Labe", "Albis"))
    second, _ = build(large.project, tmp_path)
    assert first.id != second.id
    assert_copied(second)
    tables = [
        {path.stat().st_ino for path in (each.folder / DATABASE).glob("dataset/*.sst")}
        for each in (first, second)
    ]
    assert tables[0] & tables[1]


def test_a_rejected_build_leaves_no_copy(large: Small, tmp_path: Path) -> None:
    large.write("data/registry.csv", FILES["data/registry.csv"].replace("汉堡", ""))
    with pytest.raises(BuildRejectedError):
        build(large.project, tmp_path / "store")
    assert not list((tmp_path / "store/generations").iterdir())


@pytest.mark.parametrize("case", ["no lines", "ended"])
def test_without_a_copy_the_build_is_as_good(
    large: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """And nothing is left of it: whoever serves it makes one."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if case == "no lines":
        monkeypatch.setattr(database_writer, "_write", fail)
    else:
        monkeypatch.setattr(sys, "executable", "/bin/false")
    generation, report = build(large.project, tmp_path)
    assert report.conforms
    assert generation.quads == len(generation.open())
    assert not (generation.folder / DATABASE).exists()
    assert files_of(tmp_path) == {f"generations/{generation.id}"} | {
        path.name for path in generation.folder.iterdir()
    }


def test_a_killed_build_leaves_no_copy(large: Small, tmp_path: Path) -> None:
    """Its writer ends with it, and the next build removes what it wrote."""
    code = (
        "import signal, sys; from pathlib import Path\n"
        "from cgkg import pipeline; from cgkg.project.folder import Project\n"
        "from cgkg.store import databases\n"
        "databases.MANY_QUADS = 100\n"
        "pipeline._judge = lambda *_, **__: signal.pause()\n"
        "pipeline.build(Project.at(Path(sys.argv[1])), Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(large.folder), str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT)
    rooms = tmp_path / "generations"
    assert wait_until(lambda: any(rooms.glob(".tmp-*/*/asserted/CURRENT")))
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert any(rooms.iterdir())
    generation, _ = build(large.project, tmp_path)
    assert [path.name for path in rooms.iterdir()] == [generation.id]
    assert_copied(generation)
