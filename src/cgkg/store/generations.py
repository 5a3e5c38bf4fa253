"""Generations: immutable, complete graphs on disk, and the pointer to the current one.

A store folder holds `generations/<id>/` and `CURRENT`. A generation is written beside the others
under a temporary name, closed, renamed into place and never written again; then `CURRENT` is
switched by an atomic rename. Readers hold one generation; a failed or killed build changes
nothing but leaves a temporary folder, which the next build removes.

A generation's files hold terms as parsed. One that differs little from another has links to the
files of that and its change beside them (`cgkg.store.lines`); asked for its file, it writes it. The
store folder may be a link; what is in it is not
followed where it is one, so that nothing elsewhere is read, written or removed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any

from cgkg.errors import (
    NotReadableError,
    SourceError,
    StoreError,
    StoreNotFoundError,
    VersionNotFoundError,
)
from cgkg.opening import folder_at, folder_in, parse_json, read_inside
from cgkg.rdf.io import read_back
from cgkg.rdf.vocab import STANDARD
from cgkg.store.graph import Graph
from cgkg.store.lines import ADDED, BASE, REMOVED, LineChange, Parts, StoredLines

__all__ = [
    "ASSERTED",
    "COVERAGE",
    "DATASET",
    "MANIFEST",
    "PARTS",
    "Generation",
    "GenerationStore",
    "as_json",
    "sync",
]

DATASET, ASSERTED, MANIFEST = "dataset.nq", "asserted.nq", "manifest.json"
COVERAGE = "coverage.json"
PARTS = {DATASET: "dataset.parts", ASSERTED: "asserted.parts"}
_STATEMENT = 200  # bytes of a statement that an error shows
_GENERATIONS, _POINTER, _LOCK = "generations", "CURRENT", "LOCK"
_NO_LOCK = "it is no regular file of this folder"
_SHORTEST = 8  # digits of a digest that name it
_NAME = re.compile(r"[0-9a-z]{1,64}")  # of a generation
_LARGEST = 64 << 20  # bytes of a manifest or a table of coverage
_LONGEST = 1 << 10  # bytes of CURRENT
_WRITTEN = 1 << 14  # lines written at a time
_MOST_CHANGED = 10  # of so many bytes one may be of a change; then the lines are written whole
_AGAIN = "run cgkg build"
# What the parts of a manifest are, where it has them.
_KINDS: Mapping[str, type] = {
    "generation": str, "cgkg": str, "dataset_sha256": str, "bare": bool, "project": dict,
    "counts": dict, "classes": dict, "inputs": dict, "findings": dict, "project.base": str,
    "project.name": dict, "project.about": dict, "project.prefixes": dict, "project.tables": dict,
}  # fmt: skip
_OF_NUMBERS = ("counts", "classes", "findings")
_OF_TEXTS = ("inputs", "project.name", "project.about", "project.prefixes", "project.tables")


@dataclass(frozen=True)
class Generation:
    """One built graph: its files and what the manifest says of it."""

    folder: Path

    @property
    def id(self) -> str:
        """The generation's name: the start of the digest of all its inputs."""
        return self.folder.name

    def answers_to(self, version: str) -> bool:
        """Whether the version names this generation.

        Args:
            version: its id, or its dataset's digest with or without `sha256:` before it, or the
                first eight or more digits of the digest.
        """
        wanted = version.removeprefix("sha256:")
        short = len(wanted) >= _SHORTEST and self.digest.startswith(wanted)
        return version == self.id or short

    @property
    def digest(self) -> str:
        """The SHA-256 of its dataset, by which people cite it; raises as `manifest`."""
        return str(self.manifest.get("dataset_sha256", ""))

    @cached_property
    def dataset(self) -> StoredLines:
        """The lines of the whole dataset: default graph and named graphs.

        Raises:
            StoreError: what has its name is no file of the generation, or cannot be read.
        """
        return StoredLines.at(self._lines_file(DATASET))

    @cached_property
    def asserted(self) -> StoredLines:
        """The lines of the asserted facts alone, without anything inferred.

        Where nothing was inferred they are those of the dataset.
        """
        path = self._lines_file(ASSERTED)
        return StoredLines.at(path) if path.is_file() else self.dataset

    def _lines_file(self, name: str) -> Path:
        """The file of these lines, or the one that they are a change of."""
        base, *_ = (self._file(_named(name, end)) for end in (BASE, REMOVED, ADDED))
        return base if base.is_file() else self._file(name)

    @property
    def dataset_file(self) -> Path:
        """N-Quads of the whole dataset, as a file.

        Raises:
            StoreError: what has this name is no file of the generation, or it is not there and
                cannot be written.
        """
        return self._written(DATASET, self.dataset)

    @property
    def asserted_file(self) -> Path:
        """N-Quads of the asserted facts alone, as a file; see `asserted`."""
        if self.asserted is self.dataset:
            return self.dataset_file
        return self._written(ASSERTED, self.asserted)

    def _written(self, name: str, lines: StoredLines) -> Path:
        path = self._file(name)
        if lines.base.name != name and not path.is_file():
            beside = self.folder / f".tmp-{os.getpid()}-{name}"
            try:
                if lines.change:
                    lines.write(beside)
                else:
                    _link(lines.base, beside)
                beside.replace(path)
            except OSError as error:
                raise StoreError(
                    f"cannot write {path}: {error.strerror or error}",
                    hint="make the folder writable, or run cgkg export",
                ) from None
            finally:
                beside.unlink(missing_ok=True)
        return path

    def parts(self, name: str) -> Parts:
        """The digests of the parts of DATASET or ASSERTED.

        Raises:
            StoreError: the file is damaged, or the generation is from before there were any.
        """
        return Parts.read(self._file(PARTS[name]))

    def _file(self, name: str) -> Path:
        path = self.folder / name
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(path.lstat().st_mode):
                raise StoreError(
                    f"{path}: it is no regular file of this folder",
                    hint=f"remove {self.folder}, and {_AGAIN}",
                )
        return path

    def _read(self, name: str) -> Mapping[str, Any]:
        try:
            content = parse_json(read_inside(self.folder, name, _LARGEST))
            if not isinstance(content, dict):
                raise ValueError("it is no JSON object")
        except OSError as error:
            raise StoreError(
                f"{self.folder / name}: {error.strerror or error}", hint=_AGAIN
            ) from None
        except ValueError as error:
            raise StoreError(f"{self.folder / name}: {error}", hint=_AGAIN) from None
        return content

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """Counts, digests and versions, as written by the build; read once.

        Raises:
            StoreError: the file is missing or damaged.
        """
        content = self._read(MANIFEST)
        wrong = _fault(content)
        if wrong:
            raise StoreError(f"{self.folder / MANIFEST}: {wrong}", hint=_AGAIN)
        return content

    @property
    def quads(self) -> int:
        """How many quads it has, as the manifest says."""
        counted: int = self.manifest.get("counts", {}).get("dataset", 0)
        return counted

    @property
    def base(self) -> str:
        """What the IRIs of its project begin with; empty for a bare folder."""
        base: str = self.manifest.get("project", {}).get("base", "")
        return base

    @property
    def prefixes(self) -> Mapping[str, str]:
        """The prefixes of the project it was built from."""
        prefixes: Mapping[str, str] = self.manifest.get("project", {}).get("prefixes", STANDARD)
        return prefixes

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that the project names things in, the first one first; none if it has none."""
        return tuple(self.manifest.get("project", {}).get("languages", ()))

    @property
    def counts(self) -> Mapping[str, int]:
        """What the manifest counts; of a bare folder also what was not read or left out, if any."""
        apart = {
            key: self.manifest.get(key, {}).get("count", 0) for key in ("not_read", "left_out")
        }
        found = {**self.manifest.get("counts", {}), **apart}
        return {key: count for key, count in found.items() if count}

    @property
    def left_out(self) -> Mapping[str, Any]:
        """The `count` of statements that were wrong and left out, and the first `statements`."""
        found: Mapping[str, Any] = self.manifest.get("left_out", {"count": 0, "statements": ()})
        return found

    @cached_property
    def coverage(self) -> Mapping[str, Any]:
        """What the graph says of every sentence, as `cgkg coverage --json` prints it.

        Raises:
            StoreError: the file is damaged.
        """
        if not self._file(COVERAGE).is_file():
            return {"sentences": 0, "accounted": 0, "rows": []}
        return self._read(COVERAGE)

    def open(self, *, asserted: bool = False) -> Graph:
        """Load the generation (or its asserted facts alone) into memory.

        Blocks, for a second or so per 100,000 quads; each call loads anew.

        Raises:
            StoreError: the file is missing or damaged.
        """
        return Graph.read(self.asserted if asserted else self.dataset)


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

    def _unwritable(self, error: OSError) -> StoreError:
        where = error.filename or self.folder
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            hint = "give --store DIR, a folder that can be written"
        else:
            hint = f"remove {where} or give --store DIR, another folder; then {_AGAIN}"
        said = error.strerror or str(error)
        place = "" if str(where) == str(self.folder) else f"{where}: "
        return StoreError(f"cannot write to {self.folder}: {place}{said}", hint=hint)

    def add(self, name: str, files: Mapping[str, bytes | Callable[[Path], None]]) -> Generation:
        """Write a generation of these files and make it the current one; call under `lock`.

        Args:
            name: the generation's id; one of this id that can be used is kept and only pointed to.
            files: content per file name, or a function that writes the file at a path.

        Raises:
            StoreError: a file cannot be written, or not be read again as those do that serve it;
                the current generation is unchanged.
        """
        assert _NAME.fullmatch(name), name
        final = self._generations / name
        try:
            if not self._is_usable(name):
                _remove(final)
                self._write(self._generations / f".tmp-{os.getpid()}", final, files)
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
    ) -> Generation:
        """Write a generation by what it has otherwise than another, and make it the current one;
        call under `lock`. It says the same of itself as if all of it were written.

        Args:
            name, files: as of `add`, without the lines and the manifest.
            before: a generation of this store that a build wrote, or this.
            changes: of DATASET and ASSERTED: what their lines have otherwise.
            manifest: what it says of itself, but for the digest.

        Raises:
            StoreError: as of `add`; or `before` has no such lines, or is from an earlier version.
        """
        content: dict[str, bytes | Callable[[Path], None]] = {}
        digests = {}
        for file, held in ((DATASET, before.dataset), (ASSERTED, before.asserted)):
            parts = before.parts(file).changed(held, changes[file])
            content |= _lines_content(file, held, changes[file])
            content[PARTS[file]] = parts.write
            digests[file] = parts.digest
        said = as_json({**manifest, "dataset_sha256": digests[DATASET]})
        return self.add(name, {**content, **files, MANIFEST: said})

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
        content: dict[str, bytes | Callable[[Path], None]] = {}
        for file, held in lines.items():
            content |= self._of_current(file, parts[file], held) or {file: partial(_write, held)}
            content[PARTS[file]] = parts[file].write
        return self.add(name, {**content, **files, MANIFEST: said})

    def _of_current(
        self, file: str, parts: Parts, lines: list[bytes]
    ) -> dict[str, bytes | Callable[[Path], None]] | None:
        """The files of lines as a change of the current generation's, if that can be."""
        try:
            current = self.current()
            before = current.dataset if file == DATASET else current.asserted
            change = current.parts(file).until(parts, before, lines)
        except StoreError:
            return None
        return _lines_content(file, before, change)

    def _write(
        self, folder: Path, final: Path, files: Mapping[str, bytes | Callable[[Path], None]]
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
                    _read_back(path)
                    sync(path)
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


def as_json(content: Mapping[str, Any]) -> bytes:
    """The content as JSON (RFC 8259), keys sorted, in UTF-8."""
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _named(name: str, end: str) -> str:
    """What a file beside that of some lines is called."""
    return name.removesuffix(".nq") + end


def _lines_content(
    name: str, before: StoredLines, change: LineChange
) -> dict[str, bytes | Callable[[Path], None]]:
    """The files of changed lines: a link and the change, or all of them if much has changed."""
    whole = before.change.then(change)
    if whole.size * _MOST_CHANGED > before.size:
        return {name: StoredLines(before.base, whole).write}

    return {
        _named(name, BASE): partial(_link, before.base),
        _named(name, REMOVED): b"".join(whole.removed),
        _named(name, ADDED): b"".join(whole.added),
    }


def _link(base: Path, path: Path) -> None:
    try:
        os.link(base, path, follow_symlinks=False)
    except OSError:  # a file system without
        shutil.copyfile(base, path)


def _write(lines: list[bytes], path: Path) -> None:
    with path.open("wb") as file:
        for start in range(0, len(lines), _WRITTEN):
            file.write(b"".join(lines[start : start + _WRITTEN]))


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


def _fault(manifest: Mapping[str, Any]) -> str:
    """What is wrong with the kinds of values in a manifest; nothing if all can be used."""
    project = manifest.get("project")
    held = {**manifest}
    if isinstance(project, dict):
        held |= {f"project.{key}": value for key, value in project.items()}
    for key, kind in _KINDS.items():
        value = held.get(key)
        if value is None:
            continue
        inner = int if key in _OF_NUMBERS else str if key in _OF_TEXTS else object
        if not isinstance(value, kind) or (
            isinstance(value, dict) and not all(isinstance(each, inner) for each in value.values())
        ):
            return f"{key} is not what it is in manifests that cgkg build writes"
    return ""


def _read_back(path: Path) -> None:
    """Read a file as those do that serve it, before anything points to it."""
    if path.suffix == ".json":
        parse_json(path.read_bytes())
        return
    if path.name in PARTS.values():
        Parts.read(path)
        return
    try:
        read_back(path)
    except SourceError as error:
        with path.open("rb") as lines:
            text = next(islice(lines, max((error.line or 1) - 1, 0), None), b"")[:_STATEMENT]
        raise NotReadableError(
            path.name, error.line or 1, error.what, text.decode("utf-8", "replace").strip()
        ) from None


def sync(path: Path) -> None:
    """Make sure that what was written is on disk before anything points to it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
