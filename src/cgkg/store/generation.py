"""A generation: one built graph on disk, and what it says of itself.

Its files hold terms as parsed. One that differs little from another has links to the files of that
and its change beside them (`cgkg.store.lines`); asked for its file, it writes it.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cgkg.errors import StoreError
from cgkg.opening import parse_json, read_inside
from cgkg.rdf.vocab import STANDARD
from cgkg.store.files import ASSERTED, COVERAGE, DATASET, MANIFEST, PARTS, link, named
from cgkg.store.graph import Graph
from cgkg.store.lines import ADDED, BASE, REMOVED, Parts, StoredLines

_SHORTEST = 8  # digits of a digest that name it
_LARGEST = 64 << 20  # bytes of a manifest or a table of coverage
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
        base, *_ = (self._file(named(name, end)) for end in (BASE, REMOVED, ADDED))
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
                    link(lines.base, beside)
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
        counts = {**self.manifest.get("counts", {}), **apart}
        return {key: count for key, count in counts.items() if count}

    @property
    def left_out(self) -> Mapping[str, Any]:
        """The `count` of statements that were wrong and left out, and the first `statements`."""
        left_out: Mapping[str, Any] = self.manifest.get("left_out", {"count": 0, "statements": ()})
        return left_out

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
