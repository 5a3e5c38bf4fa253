"""Projects with what no project should have: each builder changes a small project's folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

Builder = Callable[[Path], object]

# Every kind of file that a build or a check reads.
READ = (
    "cgkg.toml", "ontology/rivers.ttl", "ontology/base.ttl", "data/registry.csv", "data/1.trig",
    "data/source/elbe.ttl", "data/source/elbe.sentences.csv", "shapes/required.ttl",
)  # fmt: skip
# And those that a project may have besides.
OPTIONAL = (
    "texts/a.txt", "queries/tables/lengths.rq", "queries/competency/q.rq", "data/concepts/a.ttl",
    "data/source/elbe.mentions.csv", "mappings/a.sssom.tsv", "queries/competency/expected.json",
)  # fmt: skip


def pipe(name: str) -> Builder:
    """A builder of a pipe that nobody writes to."""

    def build(folder: Path) -> None:
        _make_way(folder / name)
        os.mkfifo(folder / name)

    return build


def device(name: str) -> Builder:
    """A builder of a link to a device; this one would do no harm if it were read."""

    def build(folder: Path) -> None:
        _make_way(folder / name)
        (folder / name).symlink_to("/dev/null")

    return build


def large(name: str, size: int) -> Builder:
    """A builder of a large file that takes no space."""

    def build(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("ab") as file:
            file.truncate(size)

    return build


def _make_way(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)


BOMB = (
    "<!DOCTYPE r [<!ENTITY a '" + "x" * 1000 + "'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 100}'>" for n in range(6))
    + "]>"
)  # fmt: skip
