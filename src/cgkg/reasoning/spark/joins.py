"""Shapes of rules as joins of DataFrames; nothing runs here.

Facts have the columns s, p and o. A table of bindings has a column for each parameter that is
still needed (`c0`) and for each variable (`v0`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any, TypeAlias

from cgkg.reasoning.spark.ids import LITERAL, MEMBER
from cgkg.reasoning.spark.shapes import EdgePattern, Inside, JoinShape, Row, RuleParameter

Frame: TypeAlias = Any
"""A DataFrame of Spark."""
Named: TypeAlias = Callable[[RuleParameter], int]
"""Gives the number that stands for a constant now."""


def small_table(spark: Any, rows: Iterable[Iterable[Any]], schema: str) -> Frame:
    """A table that is part of the plans it is used in."""
    import pyarrow

    types = {"int": pyarrow.int32(), "long": pyarrow.int64(), "string": pyarrow.string()}
    fields = [field.split() for field in schema.split(",")]
    columns = [*zip(*rows, strict=True)] or [()] * len(fields)
    arrays = [
        pyarrow.array(one, types[kind]) for one, (_, kind) in zip(columns, fields, strict=True)
    ]
    return spark.createDataFrame(pyarrow.Table.from_arrays(arrays, [name for name, _ in fields]))


def is_kind(column: str, kind: int) -> Any:
    """Whether the number in a column is of such a term."""
    from pyspark.sql import functions as f

    return f.col(column).bitwiseAND(f.lit(3)) == kind


class Joins:
    """What applies shapes of rules.

    Args:
        spark: the session.
        insides: by datatype and whether it holds, the table of its literals (column `id`).
        values: the table of the literals that another one of the same value stands for (`id`, `v`).
    """

    def __init__(
        self, spark: Any, insides: Mapping[tuple[str, bool], Frame], values: Frame | None
    ) -> None:
        from pyspark.sql import functions

        self._spark, self._f = spark, functions
        self._insides, self._values = insides, values

    def table(self, rows: Iterable[Iterable[int]], schema: str) -> Frame:
        """A small table of numbers, which takes no work to make.

        Args:
            schema: as Spark has it, of the types int and long.
        """
        return small_table(self._spark, rows, schema)

    def numbers(self, numbers: Iterable[int], name: str) -> Frame:
        """Few distinct numbers as a table of one column, which goes to every worker."""
        rows = ([one] for one in sorted(numbers))
        return self._f.broadcast(self.table(rows, f"{name} long"))

    def conclude(
        self, shape: JoinShape, rows: list[Row], new: Frame, facts: Frame, named: Named
    ) -> Frame:
        """What rules conclude from something new and all facts: s, p and o, not yet distinct."""
        assert shape.head is not None
        col = self._f.col
        head = [col(slot).alias(name) for slot, name in zip(shape.head.slots, "spo", strict=True)]
        heads = self.solve(shape, rows, new, facts, named).select(*head)
        return heads.where(~is_kind("s", LITERAL))

    def equate(self, shape: JoinShape, rows: list[Row], facts: Frame, named: Named) -> Frame:
        """Pairs (s, o) that connect all resources that groupings make the same."""
        from pyspark.sql import Window

        f = self._f
        table = self.solve(shape, rows, facts, facts, named)
        table = table.where(~is_kind(shape.member, LITERAL))
        groups = Window.partitionBy(*shape.parameters(0), *shape.keys)
        table = table.withColumn("least", f.min(shape.member).over(groups))
        table = table.where(f.col(shape.member) != f.col("least"))
        return table.select(f.col(shape.member).alias("s"), f.col("least").alias("o"))

    def by_value(self, table: Frame, columns: Iterable[str]) -> Frame:
        """The table with each literal replaced by the one that stands for its value."""
        f = self._f
        if self._values is None:
            return table
        for one in columns:
            values = self._values.select(f.col("id").alias(one), f.col("v").alias("value"))
            table = table.join(values, one, "left")
            table = table.withColumn(one, f.coalesce("value", one)).drop("value")
        return table

    def solve(
        self, shape: JoinShape, rows: list[Row], new: Frame, facts: Frame, named: Named
    ) -> Frame:
        """The bindings of a shape; a grouping's keys are by value."""
        schema = ", ".join(f"c{place} long" for place in range(len(rows[0])))
        wanted = dict.fromkeys(tuple(named(one) for one in row) for row in rows)
        parameters = self._f.broadcast(self.table(wanted, schema))
        table = self._first(shape.first, new, parameters, rows, named)
        for place, step in enumerate(shape.steps):
            if isinstance(step.part, Inside):
                table = self._inside(table, step.part)
            else:
                table = self._match(table, step.part, facts, rows, named)
            kept = [one for one in table.columns if one in step.keep]
            table = table.select(*shape.parameters(place + 1), *kept)
            if step.distinct:
                table = table.distinct()
        return self.by_value(table, shape.by_value)

    def union(self, frames: Iterable[Frame]) -> Frame:
        """All rows of some tables of three columns."""
        listed = list(frames)
        if not listed:
            return self.table([], "s long, p long, o long")
        return reduce(lambda one, other: one.unionByName(other), listed)

    # -- one atom ----------------------------------------------------------------------------------

    def _relevant(self, pattern: EdgePattern, facts: Frame, rows: list[Row], named: Named) -> Frame:
        """The facts that the pattern may match for some row."""
        col = self._f.col

        def values(slot: str) -> list[int]:
            return sorted({named(row[int(slot[1:])]) for row in rows})

        if pattern.member:
            return facts.where((col("p") == MEMBER) & col("o").isin(values(pattern.target)))
        return facts.where(col("p").isin(values(pattern.relation)))

    def _first(
        self, pattern: EdgePattern, new: Frame, parameters: Frame, rows: list[Row], named: Named
    ) -> Frame:
        col = self._f.col
        facts = self._relevant(pattern, new, rows, named)
        ends = zip(pattern.slots, "spo", strict=True)
        fixed = [col(name) == col(slot) for slot, name in ends if slot[0] == "c"]
        table = facts.join(parameters, on=reduce(lambda a, b: a & b, fixed))
        if pattern.source == pattern.target:
            table = table.where(col("s") == col("o"))
        bound = {pattern.source: "s", pattern.target: "o"}
        columns = [col(name).alias(slot) for slot, name in bound.items() if slot[0] == "v"]
        return table.select(*parameters.columns, *columns)

    def _match(
        self, table: Frame, pattern: EdgePattern, facts: Frame, rows: list[Row], named: Named
    ) -> Frame:
        col = self._f.col
        facts = self._relevant(pattern, facts, rows, named)
        if pattern.source == pattern.target and pattern.source not in table.columns:
            facts = facts.where(col("s") == col("o"))
        known = [
            col(name) == col(slot)
            for slot, name in zip(pattern.slots, "spo", strict=True)
            if slot in table.columns
        ]
        condition = reduce(lambda a, b: a & b, known)
        new = {
            slot: name
            for slot, name in ((pattern.source, "s"), (pattern.target, "o"))
            if slot not in table.columns
        }
        if not new:
            return table.join(facts, on=condition, how="left_semi")
        columns = [col(name).alias(slot) for slot, name in new.items()]
        return table.join(facts, on=condition).select(*table.columns, *columns)

    def _inside(self, table: Frame, part: Inside) -> Frame:
        literals = self._insides[part.datatype, part.holds]
        return table.join(literals.withColumnRenamed("id", part.item), part.item, "left_semi")
