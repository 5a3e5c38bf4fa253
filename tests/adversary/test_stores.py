"""A store that somebody prepared: nothing outside it is read, changed or removed."""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from alarms import within
from commands import run
from hostile_store import MANIFESTS, STORES, current, make_outside
from projects import Small, make_small

from cgkg.errors import StoreError
from cgkg.pipeline import build
from cgkg.store.generations import MANIFEST, Generation, GenerationStore


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare folder of RDF with its store, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "a.nt").write_text("<urn:a> <urn:b> <urn:c> .\n")
    assert run("build", "--project", str(folder)).returncode == 0
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A folder of its own, and one outside."""
    make_outside(tmp_path / "outside")
    # the place is part of what a bare folder's graph is made of
    shutil.copytree(made, tmp_path / "bare", symlinks=True)
    return tmp_path / "bare"


def told(folder: Path) -> dict[str, bytes]:
    """All that is in a folder and below."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("name", STORES)
def test_a_store_leads_nowhere_outside(folder: Path, tmp_path: Path, name: str) -> None:
    """A build ends well or with a sentence, and asking does; what is elsewhere stays as it is."""
    store, outside = folder / "build" / "store", tmp_path / "outside"
    STORES[name](store, outside)
    (folder / "a.nt").write_text("<urn:a> <urn:b> <urn:d> .\n")  # so that there is work
    before = told(outside)
    with within():
        for command in ("info", "build"):
            with contextlib.suppress(StoreError):
                graph = GenerationStore(store).current().open()
                assert "secret-of-mine" not in "".join(map(str, graph.quads()))
            done = run(command, "--project", str(folder))
            assert "secret-of-mine" not in done.stdout + done.stderr
            assert done.returncode == 0 or "  hint: " in done.stderr
    assert told(outside) == before
    assert sorted(os.listdir(tmp_path)) == ["bare", "outside"]


@pytest.mark.parametrize("name", ["LOCK is a link to a file", "generations is a link"])
def test_what_leads_outside_is_named_with_what_to_do(
    folder: Path, tmp_path: Path, name: str
) -> None:
    """The error has the path, and the hint what to remove."""
    store = folder / "build" / "store"
    STORES[name](store, tmp_path / "outside")
    with pytest.raises(StoreError) as caught, GenerationStore(store).lock():
        pass
    assert str(store) in caught.value.message
    assert "remove " in caught.value.hint


def test_a_store_folder_may_be_a_link_itself(folder: Path, tmp_path: Path) -> None:
    """Who names a folder means the one that it leads to."""
    (tmp_path / "named").symlink_to(folder / "build" / "store")
    assert run("info", "--store", str(tmp_path / "named")).returncode == 0
    done = run("build", "--project", str(folder), "--store", str(tmp_path / "named"))
    assert done.returncode == 0


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_damaged_manifest_is_one_sentence(folder: Path, name: str) -> None:
    """Whatever is in it, there is an error about the file; and a build makes it anew."""
    place = current(folder / "build" / "store")
    (place / MANIFEST).write_bytes(MANIFESTS[name])
    with pytest.raises(StoreError) as caught:
        _ = Generation(place).manifest
    assert str(place / MANIFEST) in caught.value.message
    assert "\n" not in caught.value.message
    assert "secret" not in caught.value.message
    done = run("info", "--project", str(folder))
    assert done.returncode == 1
    assert done.stderr.endswith("  hint: run cgkg build\n")
    assert run("build", "--project", str(folder)).returncode == 0
    assert run("info", "--project", str(folder)).returncode == 0


def test_a_manifest_that_does_not_end_is_not_read(folder: Path) -> None:
    """The size that is read is bounded, and the bound named."""
    place = current(folder / "build" / "store")
    os.truncate(place / MANIFEST, 1 << 40)
    with pytest.raises(StoreError, match="larger than 64 MiB"):
        _ = Generation(place).manifest


# Without a right to write


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever would write says that the file system is read-only."""
    real_open, real_io = os.open, io.open

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def open_descriptor(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        return refuse() if writes else real_open(path, flags, *rest, **more)

    def open_file(path: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        writes = set(mode) & set("wax+") and path != os.devnull
        return refuse() if writes else real_io(path, mode, *rest, **more)

    monkeypatch.setattr(os, "open", open_descriptor)
    monkeypatch.setattr(io, "open", open_file)
    monkeypatch.setattr(builtins, "open", open_file)
    for name in ("mkdir", "rename", "replace", "unlink", "rmdir"):
        monkeypatch.setattr(os, name, refuse)


@pytest.fixture(params=["bare", "project"])
def either(request: pytest.FixtureRequest, tmp_path: Path, made: Path) -> Small:
    """A bare folder, or a project, with its graph."""
    folder = tmp_path / "either"
    if request.param == "project":
        make_small(folder)
    else:
        shutil.copytree(made, folder, ignore=shutil.ignore_patterns("build"))
    small = Small(folder)
    build(small.project, small.project.store)
    return small


def test_an_unchanged_graph_needs_no_right_to_write(either: Small, read_only: None) -> None:
    """Nothing is made, so nothing is written."""
    project, said = either.project, list[str]()
    generation, _ = build(project, project.store, say=lambda stage, *_: said.append(stage))
    assert said == ["unchanged"]
    assert generation.quads > 0


def test_a_document_is_checked_without_a_right_to_write(
    small: Small, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """The spans of the graph that is there are compared with the words."""
    first, _ = build(small.project, small.project.store)
    request.getfixturevalue("read_only")
    source = small.folder / "document.txt"
    again, report = build(small.project, small.project.store, source=source)
    assert again == first
    assert report.conforms


def test_a_build_that_is_needed_says_where_it_could_go(
    either: Small, request: pytest.FixtureRequest
) -> None:
    """The error is a sentence, with what to do."""
    name = "a.nt" if either.project.bare else "data/registry.csv"
    with (either.folder / name).open("a") as file:
        file.write("\n")
    request.getfixturevalue("read_only")
    with pytest.raises(StoreError, match="Read-only file system") as caught:
        build(either.project, either.project.store)
    assert caught.value.hint == "give --store DIR, a folder that can be written"
