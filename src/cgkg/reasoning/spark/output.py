"""The closure as parts in N-Triples that, one after the other, are sorted by their bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cgkg.rdf.terms import Triple, parts
from cgkg.reasoning.closure import TRIVIAL
from cgkg.reasoning.spark.ids import BLANK, MEMBER
from cgkg.reasoning.spark.joins import Frame, is_kind
from cgkg.reasoning.spark.rounds import Rounds
from cgkg.reasoning.spark.work import Work, publish


def write(
    work: Work,
    rounds: Rounds,
    output: Path,
    *,
    names: Iterable[Triple] = (),
    only_inferred: bool = False,
) -> int:
    """Write what is stated and what follows; gives how many triples that are.

    Args:
        rounds: complete.
        output: the folder; replaced when all is written.
        names: what follows about named classes and properties, if it is wanted.
        only_inferred: leave out what is stated.
    """
    words, joins = rounds.vocabulary, rounds.joins
    rows = _inferred(rounds)
    told = [tuple(map(words.number, parts(triple))) for triple in names]
    if told:
        rows = rows.unionByName(joins.table(told, "s long, p long, o long"))
    asserted = words.table("asserted")
    if only_inferred:
        rows = rows.distinct().join(asserted, ["s", "p", "o"], "left_anti")
    else:
        rows = rows.unionByName(asserted).distinct()
    work.clear("output")
    _lines(rounds, rows).write.option("lineSep", "\n").text(work.path("output"))
    lines = rows.sparkSession.read.option("lineSep", "\n").text(work.path("output"))
    count: int = lines.count()
    publish(work.folder / "output", output)
    return count


def _inferred(rounds: Rounds) -> Frame:
    """The facts between all that are the same, without those that nobody can ask for."""
    from pyspark.sql import functions as f

    words, col = rounds.vocabulary, f.col
    member = col("p") == MEMBER
    hidden = [words.number(term) for term in TRIVIAL]
    shown = ~is_kind("p", BLANK) & (col("p") != words.type_of)
    shown &= ~member | (~is_kind("o", BLANK) & ~col("o").isin(hidden))
    rows = rounds.facts.where(shown)
    same = rounds.same
    if same is not None:
        own = same.select(col("r").alias("m"), "r").distinct()
        whole = same.select("m", "r").unionByName(own)
        starts = whole.select(col("m").alias("ms"), col("r").alias("s"))
        ends = whole.select(col("m").alias("mo"), col("r").alias("e"))
        rows = rows.join(starts, "s", "left")
        rows = rows.join(ends, (col("o") == col("e")) & ~member, "left")
        rows = rows.select(f.coalesce("ms", "s").alias("s"), "p", f.coalesce("mo", "o").alias("o"))
        other = whole.select(col("m").alias("o"), "r")
        pairs = whole.withColumnRenamed("m", "s").join(other, "r").where("s <> o")
        rows = rows.unionByName(pairs.select("s", f.lit(words.same).alias("p"), "o"))
    return rows.withColumn("p", f.when(member, words.type_of).otherwise(col("p")))


def _lines(rounds: Rounds, rows: Frame) -> Frame:
    from pyspark.sql import functions as f

    line = f.concat_ws(" ", "S", "P", "O", f.lit("."))
    return rounds.vocabulary.spell(rows).select(line.alias("value")).orderBy("value")
