"""Stores that lead elsewhere: each builder changes a store's folder, given a folder outside."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from cgkg.store.generations import GenerationStore

Builder = Callable[[Path, Path], object]


def make_outside(folder: Path) -> Path:
    """A folder with what no store may read, change or remove."""
    (folder / "generations" / ".tmp-1").mkdir(parents=True)
    (folder / "generations" / ".tmp-1" / "mine").write_text("secret-of-mine")
    (folder / "file").write_text("secret-of-mine")
    (folder / "manifest.json").write_text('{"secret-of-mine": 1}')
    (folder / "dataset.nq").write_text("<urn:secret-of-mine> <urn:b> <urn:c> .\n")
    return folder


def _link(name: str, target: str) -> Builder:
    def build(store: Path, outside: Path) -> None:
        path = _place(store, name)
        _remove(path)
        path.symlink_to(outside / target if target else outside)

    return build


def _pipe(name: str) -> Builder:
    def build(store: Path, _: Path) -> None:
        path = _place(store, name)
        _remove(path)
        os.mkfifo(path)

    return build


def _write(name: str, content: str) -> Builder:
    def build(store: Path, outside: Path) -> None:
        _place(store, name).write_text(content.format(outside=outside))

    return build


def _place(store: Path, name: str) -> Path:
    current = (store / "CURRENT").read_text().strip() if "{}" in name else ""
    return store / name.format(f"generations/{current}", pid=os.getpid())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def current(store: Path) -> Path:
    """The folder of the current generation."""
    return GenerationStore(store).current().folder


STORES: dict[str, Builder] = {
    "LOCK is a link to a file": _link("LOCK", "file"),
    "LOCK is a link to nothing": _link("LOCK", "absent"),
    "LOCK is a pipe": _pipe("LOCK"),
    "LOCK is a link to a device": lambda store, _: _link("LOCK", "/dev/full")(store, Path("/")),
    "generations is a link": _link("generations", "generations"),
    "a generation is a link": _link("{}", ""),
    "a temporary folder is a link": _link("generations/.tmp-7", "generations"),
    "a manifest is a link": _link("{}/manifest.json", "manifest.json"),
    "a manifest is a pipe": _pipe("{}/manifest.json"),
    "a dataset is a link": _link("{}/dataset.nq", "dataset.nq"),
    "a dataset is a pipe": _pipe("{}/dataset.nq"),
    "CURRENT is a link": _link("CURRENT", "file"),
    "CURRENT is a pipe": _pipe("CURRENT"),
    "CURRENT leads above": _write("CURRENT", "../../outside\n"),
    "CURRENT is a whole path": _write("CURRENT", "{outside}\n"),
    "CURRENT is long": _write("CURRENT", "a" * 100_000),
    "CURRENT has no end of names": _write("CURRENT", "a\nb\n"),
    "what CURRENT is written to is a link": _link("CURRENT.{pid}", "file"),
}
MANIFESTS: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{secret-of-mine",
    "no UTF-8": b'{"generation": "\xff"}',
    "a list": b"[]",
    "a text": b'"counts"',
    "too deep": b'{"a":' * 100_000,
    "a long number": b'{"counts": {"dataset": ' + b"9" * 10_000 + b"}}",
    "counts that are a list": b'{"counts": [1]}',
    "counts that are texts": b'{"counts": {"dataset": "many"}}',
    "a project that is a list": b'{"project": []}',
    "prefixes that are numbers": b'{"project": {"prefixes": {"a": 1}}}',
    "a digest that is a number": b'{"dataset_sha256": 5}',
}
