"""Where a closure is made that one machine does not hold; knows nothing of Spark itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SMALL = 6_000_000_000
"""Bytes of input below which Spark is refused: some 50 million triples, which the local reasoner
closes in 13 GB of memory, and sooner."""


@dataclass(frozen=True)
class Cluster:
    """Where a closure is made.

    Attributes:
        master: of Spark, such as `local[4]` or `spark://HOST:7077`.
        work: the folder for what is kept, seen by all workers; None: beside the output, and
            removed when all went well.
        settings: of Spark; they override ours.
        small: take inputs below `SMALL`, too.
    """

    master: str = "local[*]"
    work: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    small: bool = False
