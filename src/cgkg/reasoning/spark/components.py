"""Who represents whom: connected components of pairs, found by joins.

Large stars and small stars in turn (Kiveris and others, Connected Components in MapReduce and
Beyond, 2014): in each turn everybody points at the least neighbour known, until nothing changes.
The pairs stay with the workers; the driver sees two numbers a turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cgkg.reasoning.spark.joins import Frame

Keep = Callable[[Frame, str], Frame]
"""Writes a table under a name, and gives it as it is read back."""


def stars(pairs: Frame, keep: Keep) -> Frame:
    """For each number but the least of its component that least one.

    Args:
        pairs: columns s and o, of different numbers.
        keep: keeps each turn's table, so that the next one does not work it out again.

    Returns:
        columns m and r; every m once.
    """
    from pyspark.sql import functions as f

    edges = pairs.select(f.greatest("s", "o").alias("m"), f.least("s", "o").alias("r")).distinct()
    edges = keep(edges, "turn-0")
    before, turn = _mark(edges), 0
    while True:
        turn += 1
        edges = keep(_small(_large(edges)), f"turn-{turn}")
        after = _mark(edges)
        if after == before:
            return edges
        before = after


def _large(edges: Frame) -> Frame:
    """Every greater neighbour is connected with the least of all neighbours and oneself."""
    from pyspark.sql import functions as f

    both = edges.unionByName(edges.select(f.col("r").alias("m"), f.col("m").alias("r")))
    least = both.groupBy("m").agg(f.min("r").alias("l"))
    least = least.select("m", f.least("m", "l").alias("l"))
    linked = both.join(least, "m").where(f.col("r") > f.col("m"))
    return linked.select(f.col("r").alias("m"), f.col("l").alias("r")).distinct()


def _small(edges: Frame) -> Frame:
    """Oneself and every smaller neighbour are connected with the least of them."""
    from pyspark.sql import functions as f

    least = edges.groupBy("m").agg(f.min("r").alias("l"))
    others = edges.join(least, "m").select(f.col("r").alias("m"), f.col("l").alias("r"))
    own = least.select("m", f.col("l").alias("r"))
    return others.unionByName(own).where(f.col("m") != f.col("r")).distinct()


def _mark(edges: Frame) -> tuple[Any, Any]:
    """What tells one set of edges from another: how many there are, and a sum of their hashes."""
    from pyspark.sql import functions as f

    row = edges.agg(f.count(f.lit(1)), f.sum(f.xxhash64("m", "r").cast("decimal(38,0)"))).first()
    return row[0], row[1]
