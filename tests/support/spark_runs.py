"""Closures on Spark beside local ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cgkg.reasoning.cluster import Cluster
from cgkg.reasoning.files import Reasoned, reason

QUICK = {
    "spark.driver.memory": "2g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "2",
}
"""Settings by which small closures take less time; they change no result."""


def joined(folder: Path) -> bytes:
    """The parts of an output, one after the other."""
    return b"".join(part.read_bytes() for part in sorted(folder.glob("part-*.nt")))


def closed_on_spark(
    files: Sequence[Path], output: Path, master: str = "local[2]", **options: Any
) -> Reasoned:
    """A closure on Spark of files of any size."""
    from cgkg.reasoning.spark.engine import reason as reason_on_spark

    work = options.pop("work", None)
    settings = {**QUICK, **options.pop("settings", {})}
    cluster = Cluster(master, work, settings, small=True)
    return reason_on_spark(files, output, cluster=cluster, **options)


def assert_alike(
    files: Sequence[Path],
    folder: Path,
    *,
    include_schema: bool = False,
    only_inferred: bool = False,
    **options: Any,
) -> Reasoned:
    """Close the files both ways; fail unless output and findings are the same."""
    both: dict[str, Any] = {"include_schema": include_schema, "only_inferred": only_inferred}
    local = reason(files, folder / "local.nt", **both)
    there = closed_on_spark(files, folder / "parts", **both, **options)
    ours, theirs = (folder / "local.nt").read_bytes(), joined(folder / "parts")
    if ours != theirs:
        some, others = set(ours.splitlines()), set(theirs.splitlines())
        missing, more = sorted(some - others)[:20], sorted(others - some)[:20]
        raise AssertionError(f"missing {missing}, too much {more}")
    assert there == local
    return there
