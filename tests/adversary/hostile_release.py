"""Releases made by somebody else: each builder changes a release's folder, given a file outside."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Builder = Callable[[Path, Path], object]


def _listed(change: Callable[[dict[str, Any], Path, Path], object]) -> Builder:
    """A builder that changes release.json."""

    def build(folder: Path, outside: Path) -> None:
        path = folder / "release.json"
        listing = json.loads(path.read_text("utf-8"))
        change(listing, folder, outside)
        path.write_text(json.dumps(listing), "utf-8")

    return build


def _names(name: Callable[[Path, Path], str]) -> Builder:
    """A builder by which release.json and SHA256SUMS name a file."""

    def change(listing: dict[str, Any], folder: Path, outside: Path) -> None:
        named = name(folder, outside)
        listing["files"].append(
            {"name": named, "media_type": "text/plain", "title": {}, "bytes": 1, "sha256": "0" * 64}
        )
        with (folder / "SHA256SUMS").open("a") as sums:
            sums.write(f"{'0' * 64}  {named}\n")

    return _listed(change)


def _link(name: str) -> Builder:
    def build(folder: Path, outside: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(outside)

    return build


def _pipe(name: str) -> Builder:
    def build(folder: Path, _: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return build


def _device(folder: Path, _: Path) -> None:
    (folder / "entities.csv").unlink()
    (folder / "entities.csv").symlink_to("/dev/null")


def _endless(name: str, size: int) -> Builder:
    """A builder of a file that is large and takes no space."""
    return lambda folder, _: os.truncate(folder / name, size)


def _written(name: str, content: bytes) -> Builder:
    return lambda folder, _: (folder / name).write_bytes(content)


def _with_table(folder: Path, outside: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    name = os.path.relpath(outside.with_suffix(""), folder)
    manifest["project"]["tables"] = {name: "SELECT * { ?s ?p ?o }"}
    path.write_text(json.dumps(manifest), "utf-8")


def _with_query(query: str) -> Builder:
    """A builder of a table with this query."""

    def build(folder: Path, _: Path) -> None:
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text("utf-8"))
        manifest["project"]["tables"] = {"added": query}
        path.write_text(json.dumps(manifest), "utf-8")

    return build


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


# Of each, what is said of it.
RELEASES: dict[str, tuple[Builder, str]] = {
    "a name leads above": (_names(lambda f, o: os.path.relpath(o, f)), "is no name of a file"),
    "a name is a whole path": (_names(lambda _, o: str(o)), "is no name of a file"),
    "a name is that of the folder above": (_names(lambda *_: ".."), "is no name of a file"),
    "a file is a link": (_link("entities.csv"), "entities.csv: cannot be read: it is a symbolic"),
    "a syntax is a link": (_link("dataset.ttl"), "dataset.ttl: cannot be read: it is a symbolic"),
    "the dataset is a link": (_link("dataset.nq"), "dataset.nq: cannot be read: it is a symbolic"),
    "annotations are a link": (_link("annotations.jsonld"), "it is a symbolic link"),
    "a description is a link": (_link("void.ttl"), "void.ttl: cannot be read: it is a symbolic"),
    "release.json is a link": (_link("release.json"), "it is a symbolic link"),
    "SHA256SUMS is a link": (_link("SHA256SUMS"), "SHA256SUMS: cannot be read"),
    "a file is a pipe": (_pipe("statements.csv"), "cannot be read: it is no regular file"),
    "a syntax is a pipe": (_pipe("dataset.rdf"), "cannot be read: it is no regular file"),
    "release.json is a pipe": (_pipe("release.json"), "it is no regular file"),
    "SHA256SUMS is a pipe": (_pipe("SHA256SUMS"), "SHA256SUMS: cannot be read"),
    "a file is a device": (_device, "entities.csv: cannot be read: it is a symbolic link"),
    "a file does not end": (_endless("entities.csv", 1 << 43), "it is larger than 4 GiB"),
    "a syntax does not end": (_endless("dataset.ttl", 1 << 43), "it is larger than"),
    "the dataset does not end": (_endless("dataset.nq", 1 << 43), "it is larger than 4 GiB"),
    "release.json does not end": (_endless("release.json", 1 << 43), "it is larger than 64 MiB"),
    "release.json is no JSON": (_written("release.json", b"{"), "release.json cannot be read"),
    "release.json is a list": (_written("release.json", b"[]"), "is not of the format"),
    "release.json is too deep": (_written("release.json", b"[" * 100_000), "nested too deeply"),
    "no digest": (_listed(lambda said, *_: said.pop("dataset")), "lacks dataset"),
    "the digest is a list": (
        _listed(lambda said, *_: said["dataset"].update(sha256=[])), "lacks the digest"
    ),
    "files are no list": (_listed(lambda said, *_: said.update(files={})), "lacks files"),
    "a file is a text": (_listed(lambda said, *_: said["files"].append("x")), "lacks name"),
    "a size is a text": (
        _listed(lambda said, *_: said["files"][0].update(bytes="many")), "file 1 lacks bytes"
    ),
    "statistics are numbers": (
        _listed(lambda said, *_: said["statistics"].update(dict.fromkeys(said["statistics"], 7))),
        "statistics",
    ),
    "the manifest is a list": (_written("manifest.json", b"[]"), "it is no JSON object"),
    "the manifest is too deep": (_written("manifest.json", b"[" * 100_000), "nested too deeply"),
    "the manifest lacks all": (_written("manifest.json", b"{}"), "manifest.json lacks cgkg"),
    "a table's name leads outside": (_with_table, "which is no name of a file"),
    "a table's query does not end": (
        _with_query(
            f"SELECT (COUNT(*) AS ?n) {{ {' . '.join(f'?a{n} ?b{n} ?c{n}' for n in range(9))} }}"
        ),
        "its tables cannot be made again: it takes more than",
    ),
    "a table's query asks elsewhere": (
        _with_query("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"),
        "its tables cannot be made again: SERVICE is refused",
    ),
    "an entity bomb": (
        _written(
            "dataset.rdf",
            b"<!DOCTYPE r [<!ENTITY a '" + b"x" * 1000 + b"'>"
            + b"".join(
                b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 100) for n in range(6)
            )
            + b"]><r>&g;</r>",
        ),
        "dataset.rdf: line 1",
    ),
}  # fmt: skip
