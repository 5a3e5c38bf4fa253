"""Rules to their fixed point, a round at a time; each round is a folder of tables.

A round applies every rule to what the round before found, joined with all facts, as
`cgkg.reasoning.core.materialise` does. Its folder `rounds/N` holds

- `facts`: what is new, by representatives: s, p, o, and `at`, when: 2N as derived, 2N + 1 as told
  again because individuals became the same;
- `derived`: what was derived of those whom others represent from now on;
- `pairs`: what was made the same; `same`: who represents whom from then on;
- `kept`: the facts so far, where equality changed them.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from cgkg.rdf.vocab import RDF
from cgkg.reasoning.spark.components import stars
from cgkg.reasoning.spark.ids import BLANK, LITERAL, MEMBER
from cgkg.reasoning.spark.joins import Frame, Joins, is_kind
from cgkg.reasoning.spark.shapes import RuleParameter, RuleShapes, triggered
from cgkg.reasoning.spark.vocabulary import RunVocabulary
from cgkg.reasoning.spark.work import Share, Work

Told = Callable[[int, int], None]
"""Told of each round: its number, and how many facts were new."""


class Rounds:
    """The closure in the making.

    Args:
        spark: the session.
        work: how far the run has come; literals were looked at.
        vocabulary: its axioms.
    """

    def __init__(self, spark: Any, work: Work, vocabulary: RunVocabulary) -> None:
        from pyspark.sql import functions

        self._f, self._spark, self._work, self.vocabulary = functions, spark, work, vocabulary
        self._state = work.state
        self.joins = Joins(spark, vocabulary.insides(), vocabulary.values())
        self._individuals: dict[int, int] | None = None

    def run(self, told: Told) -> None:
        """Go on until nothing new comes; what is there already is taken as it is."""
        if self._state.round < 0:
            told(0, self._begin())
        while not self._state.done:
            told(self._state.round, self._next())

    @property
    def facts(self) -> Frame:
        """All facts, by representatives."""
        return self.vocabulary.facts(self._state.facts)

    @property
    def new_relations(self) -> frozenset[int]:
        """The properties of what the last round found."""
        return frozenset(self._state.relations)

    @property
    def same(self) -> Frame | None:
        """Who represents whom: m and r; None if nobody does."""
        return self._table(self._state.same) if self._state.same else None

    def named(self, parameter: RuleParameter) -> int:
        """The number that stands for a constant now."""
        if not parameter.individual or not self._state.same:
            return parameter.identifier
        if self._individuals is None:
            self._individuals = self.represent(self.vocabulary.individuals())
        return self._individuals.get(parameter.identifier, parameter.identifier)

    def represent(self, individuals: set[int]) -> dict[int, int]:
        """Those of the individuals that others represent, with these."""
        same = self.same
        if same is None or not individuals:
            return {}
        rows = same.join(self.joins.numbers(individuals, "m"), "m").collect()
        return {row.m: row.r for row in rows}

    # -- rounds ------------------------------------------------------------------------------------

    def _begin(self) -> int:
        """Round 0: the asserted facts."""
        f, words = self._f, self.vocabulary
        col, state = f.col, self._state
        asserted = words.table("asserted")
        typing = col("p") == words.type_of
        fact = ~col("p").isin([*state.axiomatic, words.same])
        if state.cells:
            lists = [words.number(term) for term in (RDF.first, RDF.rest)]
            cells = self.joins.numbers(state.cells, "s")
            inside = asserted.where(col("p").isin(lists)).join(cells, "s", "left_semi")
            asserted = asserted.join(inside, ["s", "p", "o"], "left_anti")
        kinds = ~is_kind("o", LITERAL) & ~col("o").isin(state.declared)
        facts = asserted.where(fact & (~typing | kinds))
        facts = facts.withColumn("p", f.when(typing, MEMBER).otherwise(col("p")))
        if words.typing:
            declared = words.table("asserted").where(typing & col("o").isin(state.declared))
            facts = facts.unionByName(declared)
        pairs = words.table("asserted").where(col("p") == words.same).select("s", "o")
        return self._absorb(facts, pairs)

    def _next(self) -> int:
        """A round more."""
        state = self._state
        new = self._table(state.new).select("s", "p", "o")
        shapes, facts = self.vocabulary.shapes, self.facts
        relations, kinds = set(state.relations), set(state.kinds)
        derived: list[Frame] = []
        pairs: list[Frame] = []
        for shape, rows in shapes.rules.items():
            rows = triggered(rows, shape.first, relations, kinds)
            if rows:
                drawn = self.joins.conclude(shape, rows, new, facts, self.named)
                (pairs if shape.equates else derived).append(drawn)
        for shape, rows in shapes.groupings.items():
            rows = [
                row
                for row in rows
                if any(triggered([row], one, relations, kinds) for one in shape.patterns)
            ]
            if rows:
                pairs.append(self.joins.equate(shape, rows, facts, self.named))
        if state.round == 0 and shapes.facts:
            heads = [[one.identifier for one in row] for row in shapes.facts]
            derived.append(self.joins.table(heads, "s long, p long, o long"))
        derived += self._shared(new, facts)
        pairs_found = [one.select("s", "o") for one in pairs]
        merged = self.joins.union(pairs_found) if pairs_found else None
        return self._absorb(self.joins.union(derived), merged)

    def _shared(self, new: Frame, facts: Frame) -> list[Frame]:
        """What has one name and so has another one, which is the same."""
        derived = []
        for shares, table in ((self._state.shares, new), (self._state.unshared, facts)):
            shapes = RuleShapes()
            for share in shares:
                shapes.add(
                    self.vocabulary.share(*share), self.vocabulary.identify, self.vocabulary.same
                )
            for shape, rows in shapes.rules.items():
                derived.append(self.joins.conclude(shape, rows, table, facts, self.named))
        return derived

    def _absorb(self, derived: Frame, pairs: Frame | None) -> int:
        """Keep what is new as the next round; tells how much that is."""
        state, f = self._state, self._f
        number = state.round + 1
        stamp, folder = 2 * number, f"rounds/{number}"
        self._work.clear(folder)
        if self.vocabulary.typing:
            derived = self._retold(derived)
        derived = derived.select("s", "p", "o")
        same, facts = state.same, list(state.facts)
        links = self._links(pairs, folder) if pairs is not None else None
        fresh = [derived.withColumn("at", f.lit(stamp))]
        if links is not None:
            same = self._represented(links, folder)
            touched = self._touched(folder)
        if same:
            fresh = [self._renamed_as_told(derived, self._table(same), stamp, folder)]
        if links is not None and facts:
            old = self._keep(self._moved(self.facts, touched), f"{folder}/split")
            self._keep(old.where("not moved").select("s", "p", "o"), f"{folder}/kept")
            at = f.lit(stamp + 1).alias("at")
            fresh.append(self._by_representatives(old.where("moved"), at))
            facts = [f"{folder}/kept"]
        rows = fresh[0] if len(fresh) == 1 else fresh[0].unionByName(fresh[1])
        rows = rows.groupBy("s", "p", "o").agg(f.min("at").alias("at"))
        if facts:
            rows = rows.join(self.vocabulary.facts(facts), ["s", "p", "o"], "left_anti")
        new = self._keep(rows.sortWithinPartitions("p", "s", "o"), f"{folder}/facts")
        return self._settle(new, folder, facts, same)

    def _settle(self, new: Frame, folder: str, facts: list[str], same: str) -> int:
        """Let the round be the last one."""
        state, f = self._state, self._f
        kind = f.when(f.col("p") == MEMBER, f.col("o"))
        counts = new.groupBy("p", kind.alias("k")).count().collect()
        total: int = sum(row["count"] for row in counts)
        state.relations = sorted({row.p for row in counts})
        state.kinds = sorted({row.k for row in counts if row.k is not None})
        known = {
            "p": sorted({*state.known["p"], *state.relations}),
            "k": sorted({*state.known["k"], *state.kinds}),
        }
        state.shares = [*state.shares, *state.unshared]
        state.unshared = []
        if same and (known != state.known or same != state.same):
            state.unshared = self._new_shares(same, known)
        state.known = known
        superseded = [one for one in state.facts if one not in facts and one.endswith("/kept")]
        state.facts, state.new, state.same = [*facts, f"{folder}/facts"], f"{folder}/facts", same
        state.round += 1
        state.total += total
        state.done = not total and not state.unshared and state.round > 0
        self._individuals = None
        self._work.save()
        for name in ("split", "turns", "found", "moved"):
            self._work.clear(f"{folder}/{name}")
        for name in superseded:
            self._work.clear(name)
        return total

    # -- rdf:type as a property --------------------------------------------------------------------

    def _retold(self, derived: Frame) -> Frame:
        """Memberships as edges of rdf:type, too, and such edges as memberships."""
        f, words = self._f, self.vocabulary
        col, lit = f.col, f.lit

        def row(predicate: int) -> Any:
            return f.struct("s", lit(predicate).alias("p"), "o")

        told = f.array(row(MEMBER), row(words.type_of))
        literal, reserved = is_kind("o", LITERAL), col("o").isin([*words.reserved])
        edge = col("p") == words.type_of
        rows = (
            f.when(edge & literal, f.array().cast("array<struct<s:long,p:long,o:long>>"))
            .when(edge & ~reserved, told)
            .when((col("p") == MEMBER) & ~is_kind("o", BLANK), told)
            .otherwise(f.array(f.struct("s", "p", "o")))
        )
        return derived.select(f.explode(rows).alias("x")).select("x.s", "x.p", "x.o")

    # -- equality ----------------------------------------------------------------------------------

    def _links(self, pairs: Frame, folder: str) -> Frame | None:
        """Who must be the same that was not, by representatives; None if nobody."""
        f = self._f
        pairs = pairs.where(~is_kind("o", LITERAL) & (f.col("s") != f.col("o")))
        pairs = self._keep(pairs.distinct(), f"{folder}/pairs")
        if self.same is not None:
            pairs = self._rename(pairs.withColumn("p", f.lit(-1)), self.same)
            pairs = self._by_representatives(pairs).select("s", "o").where("s <> o")
        return pairs if pairs.limit(1).collect() else None

    def _represented(self, links: Frame, folder: str) -> str:
        """Work out who represents whom; gives the table's name."""
        f = self._f
        turned = stars(links, lambda frame, name: self._keep(frame, f"{folder}/turns/{name}"))
        moved = self._keep(turned, f"{folder}/moved")
        every = moved
        if self.same is not None:
            further = moved.select(f.col("m").alias("r"), f.col("r").alias("n"))
            old = self.same.join(further, "r", "left").select("m", f.coalesce("n", "r").alias("r"))
            every = moved.unionByName(old)
        self._keep(every, f"{folder}/same")
        return f"{folder}/same"

    def _touched(self, folder: str) -> Frame:
        """The individuals whose facts are told anew, with who represents them: m and r.

        Besides those whom others represent from now on, those who represent a constant of a rule:
        it may match what they have only now.
        """
        moved = self._table(f"{folder}/moved")
        constants = self.vocabulary.individuals()
        if not constants:
            return moved
        asked = self.joins.numbers(constants, "m")
        now = self._table(f"{folder}/same").join(asked, "m").select("r").distinct()
        kept = moved.select("r").distinct().join(now, "r", "left_semi")
        return moved.unionByName(kept.select(self._f.col("r").alias("m"), "r"))

    def _rename(self, rows: Frame, same: Frame) -> Frame:
        """The rows with who represents s and o, or null: rs and ro. Names of classes stay."""
        f = self._f
        starts = same.select(f.col("m").alias("s"), f.col("r").alias("rs"))
        ends = same.select(f.col("m").alias("e"), f.col("r").alias("ro"))
        rows = rows.join(starts, "s", "left")
        end = (f.col("o") == f.col("e")) & (f.col("p") != MEMBER)
        return rows.join(ends, end, "left").drop("e")

    def _by_representatives(self, rows: Frame, *more: Any) -> Frame:
        """Rows that `_rename` gave, with those who represent s and o in their place."""
        f = self._f
        s, o = f.coalesce("rs", "s").alias("s"), f.coalesce("ro", "o").alias("o")
        return rows.select(s, "p", o, *more)

    def _moved(self, rows: Frame, touched: Frame) -> Frame:
        f = self._f
        known = f.col("rs").isNotNull() | f.col("ro").isNotNull()
        return self._rename(rows, touched).withColumn("moved", known)

    def _renamed_as_told(self, derived: Frame, same: Frame, stamp: int, folder: str) -> Frame:
        """What was found, by representatives; what that changes is also kept as it was."""
        f = self._f
        rows = self._keep(self._moved(derived.distinct(), same), f"{folder}/found")
        changed = rows.where("moved").select("s", "p", "o").withColumn("at", f.lit(stamp))
        self._keep(changed, f"{folder}/derived")
        at = (f.lit(stamp) + f.col("moved").cast("int")).alias("at")
        return self._by_representatives(rows, at)

    def _new_shares(self, same: str, known: dict[str, list[int]]) -> list[Share]:
        """Names that are the same from now on, as pairs both ways; no words of the language."""
        f, words = self._f, self.vocabulary
        names = {what: {*numbers} | words.named[what] for what, numbers in known.items()}
        asked = self.joins.numbers(names["p"] | names["k"], "n")
        table = self._table(same)
        whole = table.unionByName(table.select(f.col("r").alias("m"), "r")).distinct()
        used = whole.join(asked, f.col("m") == f.col("n"), "left_semi")
        rows = whole.join(used.select("r").distinct(), "r", "left_semi")
        cliques: dict[int, dict[str, int]] = {}
        for row in words.texts(rows.withColumnRenamed("m", "id")).collect():
            cliques.setdefault(row.r, {})[row.text] = row.id
        shares: list[Share] = []
        for members in cliques.values():
            free = sorted(text for text, one in members.items() if one not in words.reserved)
            for what in ("p", "k"):
                if names[what] & {*members.values()}:
                    for one, other in pairwise(free):
                        shares += [(what, one, other), (what, other, one)]
        return [share for share in shares if share not in self._state.shares]

    # -- tables ------------------------------------------------------------------------------------

    def _table(self, name: str) -> Frame:
        return self.vocabulary.table(name)

    def _keep(self, frame: Frame, name: str) -> Frame:
        frame.write.parquet(self._work.path(name))
        return self._table(name)
