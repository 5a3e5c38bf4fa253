"""Contradictions: workers find the few facts that show one, and the driver tells them from these.

What the driver holds is a closure of those facts alone, so that each contradiction is told exactly
as `cgkg.reasoning.contradictions` tells it elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from cgkg.errors import ReasoningLostError
from cgkg.rdf.terms import Term
from cgkg.reasoning.closure import unused_statements
from cgkg.reasoning.contradictions import contradictions
from cgkg.reasoning.core.columns import Ids, unique
from cgkg.reasoning.core.materialise import Materialisation
from cgkg.reasoning.rules.axioms import DIFFERENT
from cgkg.reasoning.rules.diagnostics import Inconsistency, UnsupportedAxiom
from cgkg.reasoning.spark.ids import LITERAL, MEMBER
from cgkg.reasoning.spark.joins import Frame, Named, is_kind
from cgkg.reasoning.spark.rounds import Rounds
from cgkg.reasoning.spark.shapes import JoinShape, Row, match_all

_MOST = 1_000_000  # facts that a driver holds

Rows = list[tuple[int, int, int]]


class Clashes:
    """What is wrong with a closure that is complete."""

    def __init__(self, rounds: Rounds) -> None:
        from pyspark.sql import functions

        self._f, self._rounds, self._words = functions, rounds, rounds.vocabulary
        self._joins, self._facts = rounds.joins, rounds.facts

    def find(self) -> tuple[tuple[Inconsistency, ...], tuple[UnsupportedAxiom, ...]]:
        """All contradictions, and the axioms that no rule is applied to.

        Raises:
            ReasoningLostError: they rest on more facts than the driver should hold.
        """
        shown = self._collect(self._joins.union(self._candidates()).distinct())
        stated = self._collect(self._useless_links())
        unread = self._collect(self._unread())
        closure = self._closure(shown, stated, unread)
        ruleset, axioms = self._words.ruleset, self._words.axioms
        return (
            contradictions.find(closure, ruleset),
            (*ruleset.unsupported, *unused_statements(closure, axioms)),
        )

    # -- facts -------------------------------------------------------------------------------------

    def _candidates(self) -> Iterator[Frame]:
        f, facts = self._f, self._facts
        different = self._words.number(DIFFERENT)
        yield facts.where((f.col("p") == different) & (f.col("s") == f.col("o")))
        ill = self._words.table("literals").where("ill").select(f.col("id").alias("o"))
        yield facts.join(ill, "o", "left_semi")
        yield from self._by_checks()
        yield from self._by_exclusions()
        yield from self._by_values()

    def _by_checks(self) -> Iterator[Frame]:
        """The premises of every match of a check."""
        shapes: dict[JoinShape, list[Row]] = defaultdict(list)
        for check in self._words.ruleset.checks:
            for body in self._words.bodies(check):
                shape, row = match_all(body, self._words.identify)
                shapes[shape].append(row)
        for shape, rows in shapes.items():
            named = self._named(rows)
            table = self._joins.solve(shape, rows, self._facts, self._facts, named)
            yield from self._told(shape, table)

    def _named(self, rows: Iterable[Row]) -> Named:
        individuals = {one.identifier for row in rows for one in row if one.individual}
        known = self._rounds.represent(individuals)
        return lambda one: known.get(one.identifier, one.identifier)

    def _told(self, shape: JoinShape, table: Frame) -> Iterator[Frame]:
        """The facts that a shape matches under each binding."""
        for pattern in shape.patterns:
            ends = zip(pattern.slots, "spo", strict=True)
            yield table.select(*(self._f.col(slot).alias(name) for slot, name in ends))

    def _by_exclusions(self) -> Iterator[Frame]:
        """What is in several of some classes, or connected by several of some properties."""
        f, words = self._f, self._words
        listed: dict[str, list[tuple[int, int]]] = defaultdict(list)
        alone: list[int] = []
        for place, one in enumerate(words.ruleset.exclusions):
            members = [words.number(member) for member in one.members]
            listed[one.kind] += [(place, member) for member in dict.fromkeys(members)]
            if one.name == "prp-pdw" and members[0] == members[1]:
                alone.append(members[0])
        if listed["classes"]:
            names = self._joins.table(listed["classes"], "x int, o long")
            table = self._facts.where(f.col("p") == MEMBER).join(f.broadcast(names), "o")
            several = table.groupBy("x", "s").agg(f.count_distinct("o").alias("n")).where("n > 1")
            yield table.join(several, ["x", "s"], "left_semi").select("s", "p", "o")
        if listed["properties"]:
            names = self._joins.table(listed["properties"], "x int, p long")
            table = self._facts.join(f.broadcast(names), "p").withColumn("y", f.col("o"))
            table = self._joins.by_value(table, ["y"])
            several = table.groupBy("x", "s", "y").agg(f.count_distinct("p").alias("n"))
            clashing = table.join(several.where("n > 1"), ["x", "s", "y"], "left_semi")
            yield clashing.select("s", "p", "o")
            yield self._facts.where(f.col("p").isin(alone))

    def _by_values(self) -> Iterator[Frame]:
        """Of groupings, those with several values that cannot be one."""
        f = self._f
        for shape, rows in self._words.shapes.groupings.items():
            if not shape.values:
                continue
            table = self._joins.solve(shape, rows, self._facts, self._facts, self._rounds.named)
            table = table.where(is_kind(shape.member, LITERAL))
            table = self._joins.by_value(table.withColumn("y", f.col(shape.member)), ["y"])
            keys = [*shape.parameters(0), *shape.keys]
            several = table.groupBy(*keys).agg(f.count_distinct("y").alias("n")).where("n > 1")
            yield from self._told(shape, table.join(several, keys, "left_semi"))

    def _useless_links(self) -> Frame:
        """Stated equalities with literals, and with words of the language."""
        f, words = self._f, self._words
        stated = words.table("asserted").where(f.col("p") == words.same)
        reserved = [*words.reserved]
        odd = f.col("s").isin(reserved) | f.col("o").isin(reserved)
        return stated.where(odd | is_kind("o", LITERAL))

    def _unread(self) -> Frame:
        """Axioms that are inferred."""
        f, words = self._f, self._words
        edges = self._facts.where(f.col("p") == words.type_of)
        return edges.where(f.col("o").isin([*words.reserved]))

    def _collect(self, frame: Frame) -> Rows:
        rows = frame.select("s", "p", "o").limit(_MOST + 1).collect()
        if len(rows) > _MOST:
            raise ReasoningLostError(
                f"contradictions that rest on more than {_MOST:,} facts",
                hint="look for what is wrong in a part of the files",
            )
        return [(row.s, row.p, row.o) for row in rows]

    # -- a closure of them -------------------------------------------------------------------------

    def _closure(self, shown: Rows, stated: Rows, unread: Rows) -> Materialisation:
        words = self._words
        cliques = self._cliques([*shown, *stated, *unread])
        terms = self._terms([*shown, *stated, *unread], cliques)
        local = {number: words.terms.id(term) for number, term in terms.items()}
        closure = Materialisation(words.terms, words.ruleset.rules)
        for share in words.shares:
            closure.register(share)
        facts = closure.facts
        facts.unite(unique(np.array([local[m] << 32 | local[r] for m, r in cliques], np.int64)))
        edges: dict[int, list[int]] = defaultdict(list)
        members: dict[int, list[int]] = defaultdict(list)
        for s, p, o in shown:
            if p == MEMBER:
                members[local[o]].append(local[s])
            else:
                edges[local[p]].append(local[s] << 32 | local[o])
        for relation, keys in edges.items():
            facts.add_edges(relation, unique(facts.represent_keys(np.array(keys, np.int64))))
        for kind, ids in members.items():
            facts.add_members(kind, unique(facts.represent(np.array(ids, np.int64))))
        closure.history.record_edges(closure.same, 0, _keys(stated, local))
        closure.unread.append(_keys(unread, local))
        return closure

    def _cliques(self, rows: Rows) -> list[tuple[int, int]]:
        """Who is represented by whom, of all that are the same as somebody who takes part."""
        f, words = self._f, self._words
        same = self._rounds.same
        if same is None:
            return []
        individuals = {end for row in rows for end in (row[0], row[2])}
        for one in words.ruleset.exclusions:
            individuals |= {words.number(member) for member in one.members}
        individuals |= words.individuals()
        individuals |= {words.number(term) for term in words.constants_of_checks()}
        asked = self._joins.numbers(individuals, "m")
        whole = same.join(asked, "m", "left_semi").select("r")
        whole = whole.unionByName(asked.select(f.col("m").alias("r"))).distinct()
        members = same.join(whole, "r", "left_semi").limit(_MOST).collect()
        return [(row.m, row.r) for row in members]

    def _terms(self, rows: Rows, cliques: list[tuple[int, int]]) -> dict[int, Term]:
        numbers = {one for row in (*rows, *cliques) for one in row} - {MEMBER}
        if not numbers:
            return {}
        return self._words.look_up(self._joins.numbers(numbers, "id"))


def _keys(rows: Rows, local: dict[int, int]) -> Ids:
    return unique(np.array([local[s] << 32 | local[o] for s, _, o in rows], np.int64))
