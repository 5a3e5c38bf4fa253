"""Generations: immutable, complete graphs on disk, and the pointer to the current one.

A store folder holds `generations/<id>/` and `CURRENT`. A generation is written beside the others
under a temporary name, closed, renamed into place and never written again; then `CURRENT` is
switched by an atomic rename. Readers hold one generation; a failed or killed build changes
nothing but leaves a temporary folder, which the next build removes.

The store folder may be a link; what is in it is not followed where it is one, so that nothing
elsewhere is read, written or removed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from cgkg.errors import StoreError, StoreNotFoundError, VersionNotFoundError
from cgkg.opening import folder_at, folder_in, read_inside
from cgkg.store.files import (
    ASSERTED,
    COVERAGE,
    DATASET,
    MANIFEST,
    PARTS,
    Content,
    as_json,
    lines_content,
    read_back_file,
    sync,
    write_lines,
)
from cgkg.store.generation import Generation
from cgkg.store.lines import BASE, LineChange, Parts

__all__ = [
    "ASSERTED",
    "COVERAGE",
    "DATASET",
    "MANIFEST",
    "PARTS",
    "RELEASES",
    "Generation",
    "GenerationStore",
    "as_json",
    "sync",
]

RELEASES = "releases"  # beside the generations: files for download, a folder for each
_GENERATIONS, _POINTER, _LOCK = "generations", "CURRENT", "LOCK"
_NO_LOCK = "it is no regular file of this folder"
_NAME = re.compile(r"[0-9a-z]{1,64}")  # of a generation
_LONGEST = 1 << 10  # bytes of CURRENT
_AGAIN = "run cgkg build"


class GenerationStore:
    """A store folder: the current generation, and the way to add the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._generations, self._pointer = folder / _GENERATIONS, folder / _POINTER

    def current(self) -> Generation:
        """The generation that `CURRENT` names.

        Raises:
            StoreNotFoundError: nothing has been built here.
        """
        try:
            name = read_inside(self.folder, _POINTER, _LONGEST).decode("utf-8", "replace").strip()
        except (FileNotFoundError, NotADirectoryError):
            raise StoreNotFoundError(f"no store at {self.folder}", hint=_AGAIN) from None
        except OSError as error:
            raise StoreError(
                f"{self._pointer}: {error.strerror}", hint=f"remove it, and {_AGAIN}"
            ) from None
        if not _NAME.fullmatch(name):
            raise StoreError(
                f"{self._pointer} holds no name of a generation", hint=f"remove it, and {_AGAIN}"
            )
        if not self._is_complete(name):
            raise StoreNotFoundError(
                f"{self._pointer} names the generation {name!r}, which is not there", hint=_AGAIN
            )
        return Generation(self._generations / name)

    def _is_complete(self, name: str) -> bool:
        """Whether there is a generation of this name, in this very store."""
        place = self._generations / name
        try:
            folders = (self._generations.lstat(), place.lstat())
            manifest = (place / MANIFEST).lstat()
        except OSError:
            return False
        return all(stat.S_ISDIR(each.st_mode) for each in folders) and stat.S_ISREG(
            manifest.st_mode
        )

    def _is_usable(self, name: str) -> bool:
        """Whether a generation is complete and says of itself what it should."""
        try:
            return self._is_complete(name) and bool(Generation(self._generations / name).manifest)
        except StoreError:
            return False

    def held(self, name: str) -> Generation | None:
        """The current generation, if it is the one of this name and can be used."""
        try:
            current = self.current()
        except StoreError:
            return None
        return current if current.id == name and self._is_usable(name) else None

    def find(self, version: str) -> Generation:
        """The complete generation that the version names (see `Generation.answers_to`).

        Raises:
            VersionNotFoundError: there is none.
        """
        complete = self.generations()
        for generation in complete:
            if generation.answers_to(version):
                return generation
        raise VersionNotFoundError(version, known=[generation.id for generation in complete])

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the only right to write here, without waiting for it.

        The folder is made if it is not there; leftovers of killed builds are removed.

        Raises:
            StoreError: another build is running, or the folder is not writable.
        """
        with contextlib.ExitStack() as held:
            try:
                self._generations.mkdir(parents=True, exist_ok=True)
                folder = held.enter_context(folder_at(self.folder))
                below = held.enter_context(folder_in(folder, _GENERATIONS, self._generations))
                handle = _open_lock(folder)
                held.callback(os.close, handle)
            except OSError as error:
                raise self._unwritable(error) from None
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreError(
                    f"another build is writing to {self.folder}", hint="wait for it to end"
                ) from None
            for leftover in os.listdir(below):
                if leftover.startswith(".tmp-"):
                    # It removes nothing where this is a link.
                    shutil.rmtree(leftover, ignore_errors=True, dir_fd=below)
            yield

    @contextlib.contextmanager
    def room(self) -> Iterator[Path]:
        """An empty folder in which a part of a generation is made, gone at the end; call under
        `lock`.

        Raises:
            OSError: it cannot be made.
        """
        folder = self._generations / f".tmp-{os.getpid()}-room"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _unwritable(self, error: OSError) -> StoreError:
        where = error.filename or self.folder
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            hint = "give --store DIR, a folder that can be written"
        else:
            hint = f"remove {where} or give --store DIR, another folder; then {_AGAIN}"
        said = error.strerror or str(error)
        place = "" if str(where) == str(self.folder) else f"{where}: "
        return StoreError(f"cannot write to {self.folder}: {place}{said}", hint=hint)

    def add(
        self,
        name: str,
        files: Mapping[str, Content],
        finish: Callable[[Path], None] | None = None,
    ) -> Generation:
        """Write a generation of these files and make it the current one; call under `lock`.

        Args:
            name: the generation's id; one of this id that can be used is kept and only pointed to.
            files: content per file name, or a function that writes the file at a path.
            finish: is called with the folder of a new generation, before anybody finds it there.

        Raises:
            StoreError: a file cannot be written, or not be read again as those do that serve it;
                the current generation is unchanged.
        """
        assert _NAME.fullmatch(name), name
        final = self._generations / name
        try:
            if not self._is_usable(name):
                _remove(final)
                self._write(self._generations / f".tmp-{os.getpid()}", final, files, finish)
            self._switch(name)
        except OSError as error:
            raise StoreError(
                f"cannot write to {self.folder}: {error.strerror or error}",
                hint="the current generation is unchanged",
            ) from None
        return Generation(final)

    def add_changed(
        self,
        name: str,
        before: Generation,
        changes: Mapping[str, LineChange],
        manifest: Mapping[str, Any],
        files: Mapping[str, bytes],
        finish: Callable[[Path], None] | None = None,
    ) -> Generation:
        """Write a generation by what it has otherwise than another, and make it the current one;
        call under `lock`. It says the same of itself as if all of it were written.

        Args:
            name, files, finish: as of `add`, the files without lines and manifest.
            before: a generation of this store that a build wrote, or this.
            changes: of DATASET and ASSERTED: what their lines have otherwise.
            manifest: what it says of itself, but for the digest.

        Raises:
            StoreError: as of `add`; or `before` has no such lines, or is from an earlier version.
        """
        content: dict[str, Content] = {}
        digests = {}
        for file, held in ((DATASET, before.dataset), (ASSERTED, before.asserted)):
            parts = before.parts(file).changed(held, changes[file])
            content |= lines_content(file, held, changes[file])
            content[PARTS[file]] = parts.write
            digests[file] = parts.digest
        said = as_json({**manifest, "dataset_sha256": digests[DATASET]})
        return self.add(name, {**content, **files, MANIFEST: said}, finish)

    def add_lines(
        self,
        name: str,
        lines: Mapping[str, list[bytes]],
        manifest: Mapping[str, Any],
        files: Mapping[str, bytes],
    ) -> Generation:
        """Write a generation of all its lines and make it the current one; call under `lock`.

        Of what the current one has, too, nothing is written again.

        Args:
            name, files: as of `add`, without the lines and the manifest.
            lines: of DATASET and ASSERTED: sorted, each once.
            manifest: what it says of itself, but for the digest.

        Raises:
            StoreError: as of `add`.
        """
        parts = {file: Parts.of(held) for file, held in lines.items()}
        said = as_json({**manifest, "dataset_sha256": parts[DATASET].digest})
        content: dict[str, Content] = {}
        for file, held in lines.items():
            content |= self._of_current(file, parts[file], held) or {
                file: partial(write_lines, held)
            }
            content[PARTS[file]] = parts[file].write
        return self.add(name, {**content, **files, MANIFEST: said})

    def _of_current(self, file: str, parts: Parts, lines: list[bytes]) -> dict[str, Content] | None:
        """The files of lines as a change of the current generation's, if that can be."""
        try:
            current = self.current()
            before = current.dataset if file == DATASET else current.asserted
            change = current.parts(file).until(parts, before, lines)
        except StoreError:
            return None
        return lines_content(file, before, change)

    def remove(self, generation: Generation) -> bool:
        """Remove a generation, unless it is the current one or files for download were made of it;
        whether that was done. Call under `lock`.

        What others have of its files stays, since they have links of their own.

        Raises:
            StoreError: it cannot be removed.
        """
        released = self.folder / RELEASES / generation.id
        if generation.id == self.current().id or os.path.lexists(released):
            return False
        try:
            beside = self._generations / f".tmp-{os.getpid()}"
            generation.folder.rename(beside)  # at once: nobody finds half of it
            shutil.rmtree(beside)
        except OSError as error:
            raise self._unwritable(error) from None
        return True

    def _write(
        self,
        folder: Path,
        final: Path,
        files: Mapping[str, Content],
        finish: Callable[[Path], None] | None,
    ) -> None:
        folder.mkdir()
        try:
            for name, content in files.items():
                path = folder / name
                if callable(content):
                    content(path)
                else:
                    path.write_bytes(content)
                if not path.name.endswith(BASE):  # which was read when it was written
                    read_back_file(path)
                    sync(path)
            if finish is not None:
                finish(folder)
            sync(folder)
            folder.rename(final)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        sync(self._generations)

    def _switch(self, name: str) -> None:
        beside = self.folder / f"{_POINTER}.{os.getpid()}"
        _remove(beside)
        with beside.open("x", encoding="utf-8") as file:
            file.write(name + "\n")
        sync(beside)
        beside.replace(self._pointer)
        sync(self.folder)

    def generations(self) -> list[Generation]:
        """All complete generations, by id."""
        try:
            names = sorted(os.listdir(self._generations))
        except OSError:
            return []
        return [
            Generation(self._generations / name)
            for name in names
            if _NAME.fullmatch(name) and self._is_complete(name)
        ]


def _open_lock(folder: int) -> int:
    """The descriptor of the file LOCK in an open folder, which is made if it is not there.

    Nothing is ever written to it, so that it can be no other file that loses its content.
    """
    how = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(_LOCK, how, 0o666, dir_fd=folder)
    except OSError as error:
        odd = error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR)
        said = _NO_LOCK if odd else error.strerror
        raise OSError(error.errno, said, _LOCK) from None
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, _NO_LOCK, _LOCK)


def _remove(path: Path) -> None:
    """Remove what is at a path, if anything; of a link the link alone."""
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISDIR(path.lstat().st_mode):
            shutil.rmtree(path)
        else:
            path.unlink()
