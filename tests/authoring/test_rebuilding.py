"""Building again on save: what it makes is what a full build makes, and what it tells of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from edits import Author, make_project
from limits import AMPLE
from projects import Small

from cgkg.authoring import rebuilding
from cgkg.authoring.changes import difference, told
from cgkg.authoring.difference import compare, open_side
from cgkg.authoring.orders import Orders
from cgkg.authoring.rebuilding import Rebuilder
from cgkg.authoring.storing import Builder, SessionBuilder, open_builder
from cgkg.authoring.watching import FolderWatch
from cgkg.errors import CgkgError, StoreError
from cgkg.pipeline import build
from cgkg.store import databases
from cgkg.store.generations import RELEASES, Generation, GenerationStore
from cgkg.store.graph import Graph
from cgkg.validation.report import Report
from cgkg.workers.placement import make_copy


def seen(generation: Generation) -> object:
    return (
        generation.id, generation.manifest, generation.coverage,
        generation.dataset.read(), generation.asserted.read(),
    )  # fmt: skip


def whole_difference(before: Generation, after: Generation) -> list[str]:
    one, other = (open_side(str(each.folder), None) for each in (before, after))
    return list(compare(one, other).lines())


@pytest.mark.parametrize("seed", range(2))
def test_after_each_edit_it_is_the_generation_of_a_full_build(tmp_path: Path, seed: int) -> None:
    """Whatever was edited; a failing edit leaves what there was, and the line of each tells what a
    comparison of everything tells. A generation says of its findings what the first build of it
    found: the words of a document, which are no part of it, may lead to others later."""
    project = make_project(tmp_path / "project")
    author = Author(project, seed)
    builder = SessionBuilder(project.folder, tmp_path / "store")
    before, _ = builder.build()
    first = {before.id: build(project.project, tmp_path / "whole")[0]}
    states = [True]
    for number in range(10):
        author.edit(good=states[-1])
        try:
            expected, report = build(project.project, tmp_path / f"whole{number}")
        except CgkgError as error:
            with pytest.raises(type(error)):
                builder.build()
            assert GenerationStore(tmp_path / "store").current() == before
            states.append(False)
            continue
        generation, said = builder.build()
        assert seen(generation) == seen(first.setdefault(expected.id, expected))
        assert said == report
        assert list(difference(before, generation).lines()) == whole_difference(before, generation)
        before = generation
        states.append(True)
    assert states.count(True) > 2


def quads(graph: Graph) -> set[str]:
    return {str(quad) for quad in graph.quads()}


class Copied:
    """A project whose first generation has its copy on disk."""

    def __init__(self, small: Small, store: Path) -> None:
        self.store = GenerationStore(store)
        self.builder = SessionBuilder(small.folder, store)
        self._facts = small.folder / "data" / "1.trig"
        self._text = self._facts.read_text("utf-8")
        self.first, _ = self.builder.build()
        make_copy(self.first)

    def save(self, value: int) -> Generation:
        self._facts.write_text(self._text.replace("1094", str(value)), "utf-8")
        return self.builder.build()[0]

    @property
    def folders(self) -> set[str]:
        return {each.name for each in (self.store.folder / "generations").iterdir()}


def test_what_is_saved_is_found_with_its_copy_on_disk(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made from that of the generation before while the files are written, and holds what one
    made anew would; nothing is left beside."""
    copied = Copied(small, tmp_path / "store")
    monkeypatch.setattr(databases, "derive", None)  # which makes it when all is written
    made = [copied.first, *map(copied.save, (1095, 1096, 1097))]
    for generation in made:
        for name, lines in databases.lines(generation).items():
            copy = Graph.at(generation.folder / databases.DATABASE / name)
            assert quads(copy) == quads(Graph.read(lines))
    assert copied.folders == {each.id for each in made}


def test_without_a_copy_what_is_saved_is_as_good(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever serves it makes one; and a build that ends in the midst changes nothing."""
    copied = Copied(small, tmp_path / "store")

    def end(*_: object, **__: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(databases, "derive_database", lambda *_, **__: False)
        second = copied.save(1095)
    assert b'"1095"' in second.dataset.read()
    assert not (second.folder / databases.DATABASE).exists()
    make_copy(second)
    with monkeypatch.context() as patch:
        patch.setattr(databases, "derive_database", end)
        with pytest.raises(KeyboardInterrupt):
            copied.save(1096)
    assert copied.store.current() == second
    assert copied.folders == {copied.first.id, second.id}


def test_what_another_build_did_meanwhile_does_no_harm(small: Small, tmp_path: Path) -> None:
    """Another may hold the store, or change what is current."""
    store = GenerationStore(tmp_path / "store")
    builder = SessionBuilder(small.folder, store.folder)
    first, _ = builder.build()
    facts = small.folder / "data" / "1.trig"
    text = facts.read_text("utf-8")
    facts.write_text(text.replace("1094", "1095"), "utf-8")
    with store.lock(), pytest.raises(StoreError, match="another build"):
        builder.build()
    second, _ = builder.build()
    facts.write_text(text.replace("1094", "1096"), "utf-8")
    build(small.project, store.folder)
    facts.write_text(text.replace("1094", "1097"), "utf-8")
    third, _ = builder.build()
    facts.write_text(text, "utf-8")
    assert builder.build()[0].id == first.id == store.current().id
    for generation, value in ((second, b'"1095"'), (third, b'"1097"')):
        assert value in generation.dataset.read()
        assert b'"1094"' not in generation.dataset.read()


def test_of_what_was_saved_the_last_graphs_stay(small: Small, tmp_path: Path) -> None:
    """And what others built, and that of which files were downloaded: each with all its lines."""
    store = GenerationStore(tmp_path / "store")
    facts = small.folder / "data" / "1.trig"
    text = facts.read_text("utf-8")

    def write(value: int) -> None:
        facts.write_text(text.replace("1094", str(value)), "utf-8")

    first, _ = build(small.project, store.folder)
    make = open_builder(Orders(str(small.folder), str(store.folder), keep=2))
    made = [make()[0]]
    for value in range(1, 7):
        write(value)
        made.append(make()[0])
        if value == 1:
            (store.folder / RELEASES / made[-1].id).mkdir(parents=True)
    write(4)
    assert make()[0].id == made[4].id == store.current().id
    assert made[0].id == first.id
    kept = {0: 1094, 1: 1, 4: 4, 5: 5, 6: 6}
    assert {each.id for each in store.generations()} == {made[number].id for number in kept}
    for number, value in kept.items():
        lines = Generation(made[number].folder).dataset.read()
        assert f'"{value}"'.encode() in lines
    write(7)
    with store.lock(), pytest.raises(StoreError):
        make()
    make()
    assert {each.id for each in store.generations()} == {
        *(made[number].id for number in (0, 1, 4, 6)),
        store.current().id,
    }


class Desk:
    """A rebuilder whose builds the test decides, and what it tells and says."""

    def __init__(self, folder: Path, store: Path, builder: Builder | None = None) -> None:
        self.told: list[Mapping[str, Any]] = []
        self.said: list[str] = []
        self.builds = 0
        orders = Orders(str(folder), str(store))
        self._builder = builder or open_builder(orders)
        self.rebuilder = Rebuilder(orders, self._build, self.told.append, self.said.append)

    def look(self) -> None:
        """Twice: what is saved is built once it stays as it is."""
        assert self.rebuilder.look() > 0
        assert self.rebuilder.look() > 0

    def _build(self) -> tuple[Generation, Report]:
        self.builds += 1
        return self._builder()


def test_it_builds_when_a_file_was_saved_and_only_then(small: Small, tmp_path: Path) -> None:
    """What it says is a line with the sentences; of what changes nothing it says nothing."""
    store = tmp_path / "store"
    first, _ = build(small.project, store)
    desk = Desk(small.folder, store)
    for _ in range(3):
        desk.look()
    assert (desk.builds, desk.said) == (1, [])
    facts = small.folder / "data" / "1.trig"
    text = facts.read_text("utf-8")
    facts.write_text(text.replace("1094", "1095"), "utf-8")
    desk.look()
    now = GenerationStore(store).current()
    assert desk.told == [{"built": first.id}, {"built": now.id}]
    (line,) = desk.said
    assert "\n" not in line
    assert told(difference(first, now)) in line
    assert "1095" in line
    (small.folder / "notes.txt").write_text("nothing of the graph")
    desk.look()
    assert (desk.builds, len(desk.said)) == (3, 1)


def test_a_file_in_the_midst_of_being_written_is_waited_for(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most editors empty a file and write it then; nothing is built of what is between."""
    monkeypatch.setattr(rebuilding, "_EMPTY_SECONDS", AMPLE)
    build(small.project, tmp_path / "store")
    desk = Desk(small.folder, tmp_path / "store")
    desk.look()
    facts = small.folder / "data" / "1.trig"
    text = facts.read_text("utf-8")
    facts.write_text("")
    for _ in range(3):
        desk.look()
    for part in (text[:40], text[:90], text):
        facts.write_text(part, "utf-8")
        desk.rebuilder.look()
    assert desk.builds == 1
    desk.rebuilder.look()
    assert (desk.builds, desk.said) == (2, [])
    monkeypatch.setattr(rebuilding, "_EMPTY_SECONDS", 0.0)
    facts.write_text("")
    desk.look()
    assert desk.builds == 3


def test_a_failing_edit_is_told_in_every_language_until_it_is_mended(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With place and finding; the store stays as it is."""
    monkeypatch.setattr(rebuilding, "_TOLD", 1)
    first, _ = build(small.project, tmp_path / "store")
    desk = Desk(small.folder, tmp_path / "store")
    facts = small.folder / "data" / "1.trig"
    text = facts.read_text("utf-8")
    facts.write_text(text.replace(":flowsThrough", ":flowsThru"), "utf-8")
    desk.look()
    finding, more = desk.told[-1]["failed"]
    assert set(finding) == set(more) == {"en", "zh"}
    assert "1.trig" in finding["en"]
    assert "cgkg check" in more["en"]
    assert desk.said[-1].count("flowsThru") > 1
    facts.write_text("no Turtle", "utf-8")
    desk.look()
    assert "1.trig:1" in desk.told[-1]["failed"][0]["en"]
    assert GenerationStore(tmp_path / "store").current() == first
    facts.write_text(text, "utf-8")
    desk.look()
    assert desk.told[-1] == {"built": first.id}
    assert "the same graph" in desk.said[-1]


def test_a_store_that_cannot_be_written_is_tried_again(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without another save; what is wrong is said once."""
    monkeypatch.setattr(rebuilding, "_AGAIN_SECONDS", 0.0)
    made = build(small.project, tmp_path / "store")

    def full() -> tuple[Generation, Report]:
        if desk.builds < 3:
            raise StoreError("no space left", hint="make some")
        return made

    desk = Desk(small.folder, tmp_path / "store", full)
    for _ in range(5):
        desk.look()
    assert desk.builds == 3
    assert [said.count("no space left") for said in desk.said[:1]] == [2]
    assert len(desk.said) == 2


CHANGES: dict[str, Callable[[Path], object]] = {
    "saved": lambda folder: (folder / "a.ttl").write_text("else"),
    "new": lambda folder: (folder / "sub" / "b.ttl").write_text("new"),
    "renamed": lambda folder: (folder / "a.ttl").rename(folder / "c.ttl"),
    "replaced": lambda folder: os.replace(folder / "sub" / "x.ttl", folder / "a.ttl"),
    "removed": lambda folder: (folder / "a.ttl").unlink(),
}
NO_CHANGES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda folder: None,
    "the store": lambda folder: (folder / "build" / "store" / "x").write_text("x"),
    "hidden": lambda folder: (folder / ".a.ttl.swp").write_text("x"),
    "read": lambda folder: (folder / "a.ttl").read_text(),
}


@pytest.mark.parametrize("what", [*CHANGES, *NO_CHANGES])
def test_a_save_is_seen(tmp_path: Path, what: str) -> None:
    """However an editor saves; what is no file of the project is not seen."""
    for name in ("a.ttl", "sub/x.ttl", "build/store/x", ".hidden/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("some")
    os.utime(tmp_path / "a.ttl", (1, 1))
    watch = FolderWatch(tmp_path, without=tmp_path / "build" / "store")
    before = watch.look()
    {**CHANGES, **NO_CHANGES}[what](tmp_path)
    assert (watch.look() != before) == (what in CHANGES)
