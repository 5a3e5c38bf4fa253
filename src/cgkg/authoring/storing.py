"""A project that is built again and again: what a session keeps of it, joined to its store."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from cgkg import bare
from cgkg.authoring.orders import Orders
from cgkg.errors import BuildRejectedError, StoreError
from cgkg.project.folder import Project
from cgkg.session import Session, Update
from cgkg.store import databases
from cgkg.store.dataset import DatasetLines
from cgkg.store.generations import (
    ASSERTED,
    COVERAGE,
    DATASET,
    Generation,
    GenerationStore,
)
from cgkg.validation.report import Report

Builder = Callable[[], tuple[Generation, Report]]
"""Makes the store's current generation of the files as they are now; raises as `pipeline.build`."""


def open_builder(orders: Orders) -> Builder:
    """What builds a project; nothing is read before it is called."""
    return KeptLast(_open(orders), GenerationStore(Path(orders.store)), orders.keep).build


def _open(orders: Orders) -> Builder:
    project = Project.at(Path(orders.project))
    source = Path(orders.source) if orders.source else None
    if not project.bare:
        return SessionBuilder(Path(orders.project), Path(orders.store), source).build

    def build_bare() -> tuple[Generation, Report]:
        folder = Project.at(Path(orders.project)).with_union_default_graph(orders.union)
        return bare.build(folder, Path(orders.store), lenient=orders.lenient), Report()

    return build_bare


class SessionBuilder:
    """A project's session and its store."""

    def __init__(self, folder: Path, store: Path, source: Path | None = None) -> None:
        """Read nothing yet; the arguments are as of `Session` and `pipeline.build`."""
        self._session = Session(folder, source=source)
        self._store = GenerationStore(store)
        self._before: Generation | None = None  # what the session's changes are changes of

    def build(self) -> tuple[Generation, Report]:
        """Make the current generation, by what changed since the last time if that is possible.

        Raises:
            BuildRejectedError, StoreError, SourceError, ConfigError: as of `pipeline.build`.
        """
        update = self._session.update()
        if not update.report.conforms:
            raise BuildRejectedError(
                f"not built: {len(update.report.violations)} violations",
                report=update.report,
                hint="the store is unchanged",
            )
        before, self._before = self._before, None  # without one, if something goes wrong below
        generation = self._store.held(update.name)
        if generation is None:
            with self._store.lock():
                generation = self._add(update, before)
            databases.follow(generation)
        self._before = generation
        return generation, update.report

    def _add(self, update: Update, before: Generation | None) -> Generation:
        assert update.published is not None
        files = {COVERAGE: update.published.coverage}
        said = update.published.manifest
        if before is None or update.dataset is None or update.asserted is None:
            lines = _lines(self._session.lines())
            return self._store.add_lines(update.name, lines, said, files)
        changes = {DATASET: update.dataset, ASSERTED: update.asserted}
        with databases.deriving(self._store, before, changes) as give:
            return self._store.add_changed(update.name, before, changes, said, files, give)


class KeptLast:
    """A builder of whose generations the last ones stay; those that others made all do."""

    def __init__(self, build: Builder, store: GenerationStore, most: int) -> None:
        """Build nothing yet.

        Args:
            build: the builder.
            store: its store.
            most: how many of its generations stay beside the current one.
        """
        self._build, self._store, self._most = build, store, most
        self._made: dict[str, Generation] = {}  # the one that was current last is the last

    def build(self) -> tuple[Generation, Report]:
        """Build, and remove what is too many. Raises what the builder does."""
        others = {each.id for each in self._store.generations()} - self._made.keys()
        generation, report = self._build()
        self._made.pop(generation.id, None)
        if generation.id not in others:
            self._made[generation.id] = generation
        with contextlib.suppress(StoreError):  # another build has the store: the next time then
            self._remove(generation)
        return generation, report

    def _remove(self, current: Generation) -> None:
        old = [each for each in self._made.values() if each.id != current.id]
        surplus = old[: max(len(old) - self._most, 0)]
        if not surplus:
            return
        with self._store.lock():
            for each in surplus:
                self._store.remove(each)
                del self._made[each.id]  # also if it stays: it is somebody's


def _lines(merged: DatasetLines) -> dict[str, list[bytes]]:
    return {DATASET: merged.lines, ASSERTED: merged.asserted}
