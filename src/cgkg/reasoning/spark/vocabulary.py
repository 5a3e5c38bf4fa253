"""What workers are asked of the axioms and the literals before the rounds begin."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from cgkg.errors import ReasoningLostError
from cgkg.rdf.terms import BlankNode, Term, Triple
from cgkg.rdf.vocab import OWL, RDF, RDFS
from cgkg.reasoning.core.encoded import Encoded
from cgkg.reasoning.core.terms import TermDictionary
from cgkg.reasoning.rules.axioms import SAME, declares, is_reserved, states_axiom
from cgkg.reasoning.spark import ids
from cgkg.reasoning.spark.compiled import AXIOMS, Compiled
from cgkg.reasoning.spark.joins import Frame, is_kind
from cgkg.reasoning.spark.literals import SCHEMA, judge, terms_of
from cgkg.reasoning.spark.work import Work

_FACTS, _SAME = "s long, p long, o long", "m long, r long"
_RENAMED = f"{_FACTS}, rs long, ro long, moved boolean"
_SCHEMAS = {
    "asserted": _FACTS,
    "dictionary": "id long, text string",
    "literals": SCHEMA,
    "values": "id long, v long",
    "facts": f"{_FACTS}, at int",
    "derived": f"{_FACTS}, at int",
    "kept": _FACTS,
    "split": _RENAMED,
    "found": _RENAMED,
    "pairs": "s long, o long",
    "same": _SAME,
    "moved": _SAME,
    "turn": _SAME,
}
"""The columns of every table, so that Spark need not look for them."""
_MOST = 2_000_000  # axioms that a driver holds


class Tables:
    """The tables of a run, and the texts of their numbers."""

    def __init__(self, spark: Any, work: Work) -> None:
        self.spark, self.work = spark, work

    def table(self, name: str) -> Frame:
        """A table of the run."""
        schema = _SCHEMAS[name.rpartition("/")[2].partition("-")[0]]
        return self.spark.read.schema(schema).parquet(self.work.path(name))

    def facts(self, names: Iterable[str]) -> Frame:
        """Some tables of facts as one, which keeps plans small."""
        return self.spark.read.schema(_FACTS).parquet(*map(self.work.path, names))

    def texts(self, numbers: Frame) -> Frame:
        """Numbers (column `id`) with their texts."""
        return numbers.join(self.table("dictionary").select("id", "text"), "id")

    def spell(self, rows: Frame) -> Frame:
        """The rows with the texts of s, p and o: S, P and O."""
        from pyspark.sql import functions as f

        texts = self.table("dictionary")
        for one in "pso":
            named = texts.select(f.col("id").alias(one), f.col("text").alias(one.upper()))
            rows = rows.join(named, one)
        return rows

    def look_up(self, numbers: Frame) -> dict[int, Term]:
        """Numbers (column `id`), few and distinct, with their terms."""
        rows = self.texts(numbers).collect()
        terms = terms_of(row.text for row in rows)
        return {row.id: term for row, term in zip(rows, terms, strict=True)}

    def triples(self, rows: Frame, most: int) -> list[Triple] | None:
        """Rows of numbers as triples; None if there are more than so many."""
        spelled = self.spell(rows).select("S", "P", "O").limit(most + 1).collect()
        if len(spelled) > most:
            return None
        distinct = list(dict.fromkeys(text for row in spelled for text in row))
        terms: dict[str, Any] = dict(zip(distinct, terms_of(distinct), strict=True))
        return [Triple(*(terms[text] for text in row)) for row in spelled]


def find_axioms(spark: Any, work: Work) -> None:
    """Write the axioms into the work folder, and into its state what is no fact.

    Raises:
        ReasoningLostError: there are more than the driver should hold.
    """
    from pyspark.sql import functions as f

    tables, state = Tables(spark, work), work.state
    asserted = tables.table("asserted")

    def number(term: Term) -> int:
        return ids.number(str(term), state.seed or 0)

    type_of, same = number(RDF.type), number(SAME)
    typed = f.col("p") == type_of
    predicates = tables.look_up(asserted.select(f.col("p").alias("id")).distinct())
    kinds = tables.look_up(asserted.where(typed).select(f.col("o").alias("id")).distinct())
    state.axiomatic = [one for one, term in predicates.items() if _states(term)]
    state.declared = [one for one, term in kinds.items() if declares(term)]
    saying = [*state.axiomatic, number(RDF.first), number(RDF.rest)]
    told = [*state.declared, *(one for one, kind in kinds.items() if isinstance(kind, BlankNode))]
    rows = asserted.where(f.col("p").isin(saying) | (typed & f.col("o").isin(told)))
    axioms = tables.triples(rows, _MOST)
    if axioms is None:
        raise ReasoningLostError(
            f"more than {_MOST:,} axioms, lists and declarations included",
            hint="the driver holds them: leave out declarations of individuals",
        )
    state.cells = [*map(number, Encoded.of(TermDictionary(), axioms).cells())]
    state.reserved = _reserved(tables)
    ends = (f.col("s") == type_of) | (f.col("o") == type_of)
    state.typing = bool(asserted.where((f.col("p") == same) & ends).limit(1).collect())
    part = work.folder / f".{AXIOMS}"
    part.write_text("".join(sorted(f"{axiom} .\n" for axiom in axioms)), "utf-8")
    os.replace(part, work.folder / AXIOMS)
    state.compiled = True
    work.save()


def _states(term: Term) -> bool:
    return not isinstance(term, BlankNode) and states_axiom(term)  # type: ignore[arg-type]


def _reserved(tables: Tables) -> list[int]:
    """The words of the language that occur."""
    from pyspark.sql import functions as f

    text = f.col("text")
    inside = [text.startswith(f"<{space.base}") for space in (OWL, RDF, RDFS)]
    words = tables.table("dictionary").where(inside[0] | inside[1] | inside[2]).select("id")
    return sorted(number for number, term in tables.look_up(words).items() if is_reserved(term))


def judge_literals(spark: Any, work: Work, compiled: Compiled) -> None:
    """Make the tables of literals, and note those of one value with a constant of a rule."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    tables = Tables(spark, work)
    every = tables.table("dictionary").where(is_kind("id", ids.LITERAL))
    if not compiled.asked.values:
        every = every.where(f.col("text").endswith(">"))
    for name in ("literals", "values"):
        work.clear(name)
    judged = every.select("id", "text").mapInArrow(judge(compiled.asked), SCHEMA)
    judged.write.parquet(work.path("literals"))
    if compiled.compares:
        known = tables.table("literals").where("value is not null")
        first = known.withColumn("v", f.min("id").over(Window.partitionBy("value")))
        first.where("id <> v").select("id", "v").write.parquet(work.path("values"))
    if compiled.constant_values:
        alike = tables.table("literals").where(f.col("value").isin(compiled.constant_values))
        work.state.alike = sorted(row.text for row in tables.texts(alike.select("id")).collect())
    work.state.judged = True
    work.save()


class RunVocabulary(Compiled, Tables):
    """The compiled axioms of a run, and its tables."""

    def __init__(self, spark: Any, work: Work) -> None:
        Tables.__init__(self, spark, work)
        Compiled.__init__(self, work)

    @classmethod
    def of(cls, spark: Any, work: Work) -> RunVocabulary:
        """That of a run whose terms are numbered; what is missing is worked out."""
        if not work.state.compiled:
            find_axioms(spark, work)
        vocabulary = cls(spark, work)
        if not work.state.judged:
            judge_literals(spark, work, vocabulary)
        return vocabulary

    def insides(self) -> Mapping[tuple[str, bool], Frame]:
        """For each datatype asked for, the literals that lie in it, and those that do not."""
        from pyspark.sql import functions as f

        table = self.table("literals")
        return {
            (name, holds): table.where(
                f.array_contains("inside" if holds else "outside", place)
            ).select("id")
            for place, name in enumerate(self.asked.datatypes)
            for holds in (True, False)
        }

    def values(self) -> Frame | None:
        """The literals for which another one of the same value stands, if values matter."""
        return self.table("values") if self.compares else None
