"""The copy of a generation as databases on disk: where it is, and how one is made of another."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from cgkg import package
from cgkg.errors import StoreError
from cgkg.store.copies import derive_database
from cgkg.store.files import are_few
from cgkg.store.generations import ASSERTED, DATASET, Generation, GenerationStore, sync
from cgkg.store.lines import LineChange, StoredLines

MANY_QUADS = 1_000_000  # above which a start from memory takes seconds
DATABASE = "database"  # the copy's folder inside a generation
_FILES = {"dataset": DATASET, "asserted": ASSERTED}  # whose lines a database holds
WRITTEN = "written"  # its folder until then, called so that nobody takes it for a copy
_MADE_BY = "MADE_BY"  # the program that made the copy: no other makes one from it


def lines(generation: Generation) -> dict[str, StoredLines]:
    """The names of its databases, with the lines that each holds."""
    held = {"dataset": generation.dataset}
    if generation.asserted is not generation.dataset:
        held["asserted"] = generation.asserted
    return held


def place(generation: Generation) -> Path:
    """Where its copy is, or is to be.

    Raises:
        StoreError: something is a link there.
    """
    final = generation.folder / DATABASE
    for each in (final, *(final / name for name in lines(generation))):
        if each.is_symlink():
            raise StoreError(
                f"{each}: it is a symbolic link, which is not followed", hint="remove the link"
            )
    return final


def derive(generation: Generation) -> bool:
    """Make the copy of the last one there is, without reading the graph; whether that was possible.
    Call under `lock`. Blocks for a fraction of a second.

    Raises:
        OSError: it cannot be written.
    """
    others_lines = others(generation)
    held = lines(generation)
    if others_lines.keys() != held.keys():
        return False
    old = {name: StoredLines.at(path) for name, (path, _) in others_lines.items()}
    try:
        if any(old[name].until(each) is None for name, each in held.items()):
            return False
    except StoreError:
        return False
    with contextlib.suppress(_ImpossibleError), beside(generation.folder / DATABASE) as folder:
        for name, each in held.items():
            path = others_lines[name][1]
            if not derive_database(each, folder / name, old_lines=old[name], old_folder=path):
                raise _ImpossibleError
        return True
    return False


class _ImpossibleError(Exception):
    """A copy cannot be made of another one after all."""


@contextlib.contextmanager
def deriving(
    store: GenerationStore, before: Generation, changes: Mapping[str, LineChange]
) -> Iterator[Callable[[Path], None]]:
    """Begin to make the copy of a generation that is not written yet, from that of the one before;
    at the end of the block what nobody took is gone. Call under the store's lock.

    Args:
        store: where both are.
        before: the one before.
        changes: of DATASET and ASSERTED: what the lines of the other have otherwise.

    Yields:
        what moves the copy into the folder of the generation, if it could be made so; else whoever
        serves it makes it, or says why not.
    """
    with contextlib.ExitStack() as held:
        made: list[Future[bool]] = []
        folder = Path()
        with contextlib.suppress(OSError, StoreError):
            old = _changed_copy(before, changes)
            if old:
                folder = held.enter_context(store.room()) / WRITTEN
                folder.mkdir()
                sign(folder)
                # The engine waits for the disk most of the time.
                threads = held.enter_context(ThreadPoolExecutor(len(old), "copy"))
                made = [
                    threads.submit(
                        derive_database,
                        each,
                        folder / name,
                        old_lines=lines(before)[name],
                        old_folder=place(before) / name,
                    )
                    for name, each in old.items()
                ]

        def give(generation: Path) -> None:
            with contextlib.suppress(OSError):
                if made and all(each.result() for each in made):
                    folder.rename(generation / DATABASE)

        yield give


def _changed_copy(
    before: Generation, changes: Mapping[str, LineChange]
) -> Mapping[str, StoredLines]:
    """The lines of each database of a copy after some changes; none if there is no copy by this
    very program, or much changed."""
    copy, held = place(before), lines(before)
    whole = {name: each.change.then(changes[_FILES[name]]) for name, each in held.items()}
    few = all(are_few(change, held[name]) for name, change in whole.items())
    if not few or not _is_own(copy / _MADE_BY):
        return {}
    return {name: StoredLines(held[name].base, change) for name, change in whole.items()}


@contextlib.contextmanager
def beside(final: Path) -> Iterator[Path]:
    """A folder to write a copy to, which takes its place at the end of the block."""
    folder = final.parent / f".tmp-{DATABASE}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        sign(folder)
        yield folder
        folder.rename(final)
        sync(final.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sign(folder: Path) -> None:
    """Say in the folder of a copy that this program makes it.

    Raises:
        OSError: it cannot be written.
    """
    (folder / _MADE_BY).write_text(package.digest(package.FOLDER))


def take(generation: Generation, folder: Path) -> None:
    """Have a copy that was written elsewhere in the store, unless there is one; call under `lock`.

    Raises:
        OSError: it cannot be moved.
        StoreError: something is a link there.
    """
    final = place(generation)
    if not final.is_dir():
        folder.rename(final)
        sync(final.parent)


def follow(generation: Generation) -> None:
    """Make the copy of a generation that was just written, if that is quick; whoever serves it
    makes it otherwise, or says why not."""
    with contextlib.suppress(OSError, StoreError):
        if not place(generation).is_dir():
            with lock(generation):
                derive(generation)


def others(generation: Generation) -> Mapping[str, tuple[Path, Path]]:
    """The files of the generation beside this one that this very program copied last, each with its
    database; none if there is no such generation, or it cannot be read."""
    try:
        last = max(_copies(generation.folder.parent), key=lambda copy: copy.stat().st_mtime_ns)
        files = lines(Generation(last.parent))
    except (OSError, ValueError, StoreError):  # ValueError: of no copies none is the last
        return {}
    return {
        name: (held.base, last / name)
        for name, held in files.items()
        if (last / name).is_dir() and not (last / name).is_symlink()
    }


def has_copies(store: GenerationStore) -> bool:
    """Whether this very program copied one of the generations of a store."""
    try:
        return any(_copies(each.folder.parent) for each in store.generations()[:1])
    except OSError:
        return False


def _copies(generations: Path) -> list[Path]:
    places = generations.glob(f"[!.]*/{DATABASE}/{_MADE_BY}")
    return [path.parent for path in places if _is_own(path)]


def _is_own(path: Path) -> bool:
    """Whether what says who made a copy names this very program."""
    return not any(place.is_symlink() for place in (path, *path.parents[:2])) and path.read_text(
        "utf-8", "replace"
    ) == package.digest(package.FOLDER)


@contextlib.contextmanager
def lock(generation: Generation) -> Iterator[int]:
    """Wait until nobody else writes a copy of the generation; gives what holds the lock."""
    handle = os.open(generation.folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)
