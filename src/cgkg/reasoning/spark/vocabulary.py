"""The axioms among the triples, compiled by the driver, and what facts they leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cgkg.errors import ReasoningLostError
from cgkg.rdf.terms import IRI, BlankNode, Literal, Term, Triple
from cgkg.rdf.vocab import OWL, RDF, RDFS
from cgkg.reasoning.core.encoded import Encoded
from cgkg.reasoning.core.facts import Literals
from cgkg.reasoning.core.plans import (
    BoundEdge,
    BoundMember,
    BoundRule,
    bind,
    bind_rule,
    sharing,
    spell,
)
from cgkg.reasoning.core.terms import TermDictionary
from cgkg.reasoning.rules.axioms import SAME, AxiomIndex, declares, is_reserved, states_axiom
from cgkg.reasoning.rules.rules import compile
from cgkg.reasoning.rules.ruleset import Check, Edge, InDatatype, Rule, Ruleset
from cgkg.reasoning.spark import ids
from cgkg.reasoning.spark.joins import Frame
from cgkg.reasoning.spark.literals import SCHEMA, Asked, judge, terms_of, value_key
from cgkg.reasoning.spark.shapes import Shapes
from cgkg.reasoning.spark.work import Work

_MOST = 2_000_000  # axioms that a driver holds


@dataclass(frozen=True)
class NotFacts:
    """What of the asserted triples is no fact, in numbers."""

    predicates: tuple[int, ...]
    kinds: tuple[int, ...]
    cells: tuple[int, ...]


class Vocabulary:
    """The compiled axioms of a run; terms are numbered as the tables have them.

    Attributes:
        axioms: the triples that the compiler reads.
        ruleset: what they compile to.
        reserved: the numbers of the words of the language that occur.
        typing: whether rdf:type takes part as other properties do.
    """

    def __init__(self, spark: Any, work: Work) -> None:
        self._spark, self._work = spark, work
        self._seed = work.state.seed or 0
        self.type_of, self.same = self.number(RDF.type), self.number(SAME)
        self.axioms = AxiomIndex(sorted(self._collect(), key=str))
        self.ruleset: Ruleset = compile(self.axioms)
        self.terms = TermDictionary()
        self.terms.encode([part for axiom in self.axioms for part in _parts(axiom.triple)])
        self.reserved = frozenset(self._find_reserved())
        self.typing = self.ruleset.typing or self._is_equated(self.type_of)
        self.literals = Literals(self.terms)
        self._alike = False

    def number(self, term: Term) -> int:
        """The number of a term in the tables."""
        return ids.number(str(term), self._seed)

    def identify(self, identifier: int) -> int:
        """The number in the tables of a term that the driver has numbered."""
        return self.number(self.terms.term(identifier))

    def table(self, name: str) -> Frame:
        """A table of the run."""
        return self._spark.read.parquet(self._work.path(name))

    def texts(self, numbers: Frame) -> Frame:
        """Numbers (column `id`) with their texts."""
        return numbers.join(self.table("dictionary").select("id", "text"), "id")

    # -- axioms ------------------------------------------------------------------------------------

    @cached_property
    def not_facts(self) -> NotFacts:
        """What of the asserted triples is no fact."""
        predicates, kinds = self._names
        cells = Encoded.of(TermDictionary(), (axiom.triple for axiom in self.axioms)).cells()
        return NotFacts(
            tuple(number for number, term in predicates.items() if states_axiom(term)),
            tuple(number for number, term in kinds.items() if declares(term)),
            tuple(map(self.number, cells)),
        )

    @cached_property
    def _names(self) -> tuple[dict[int, IRI], dict[int, Term]]:
        """The predicates that occur, and the classes."""
        from pyspark.sql import functions as f

        asserted = self.table("asserted")
        kinds = asserted.where(f.col("p") == self.type_of).select(f.col("o").alias("id"))
        found = []
        for names in (asserted.select(f.col("p").alias("id")), kinds):
            rows = self.texts(names.distinct()).collect()
            terms = terms_of(row.text for row in rows)
            found.append({row.id: term for row, term in zip(rows, terms, strict=True)})
        return {number: one for number, one in found[0].items() if isinstance(one, IRI)}, found[1]

    def _collect(self) -> list[Triple]:
        from pyspark.sql import functions as f

        predicates, kinds = self._names
        saying = [number for number, one in predicates.items() if states_axiom(one)]
        saying += [self.number(RDF.first), self.number(RDF.rest)]
        told = [n for n, one in kinds.items() if declares(one) or isinstance(one, BlankNode)]
        typed = (f.col("p") == self.type_of) & f.col("o").isin(told)
        rows = self.table("asserted").where(f.col("p").isin(saying) | typed)
        return self.triples(rows, _MOST, "axioms, lists included")

    def triples(self, rows: Frame, most: int, what: str) -> list[Triple]:
        """Some rows of numbers, as triples.

        Raises:
            ReasoningLostError: there are more than the driver should hold.
        """
        texts = self.table("dictionary").select("id", "text")
        for one in "spo":
            named = texts.select(texts["id"].alias(one), texts["text"].alias(one.upper()))
            rows = rows.join(named, one)
        found = rows.select("S", "P", "O").limit(most + 1).collect()
        if len(found) > most:
            raise ReasoningLostError(
                f"more than {most:,} {what}", hint="the driver holds them: give fewer at a time"
            )
        distinct = list(dict.fromkeys(text for row in found for text in row))
        terms: dict[str, Any] = dict(zip(distinct, terms_of(distinct), strict=True))
        return [Triple(*(terms[text] for text in row)) for row in found]

    def _find_reserved(self) -> Iterator[int]:
        from pyspark.sql import functions as f

        spaces = [str(space("x"))[:-2] for space in (OWL, RDF, RDFS)]
        words = self.table("dictionary").where(
            f.col("text").startswith(spaces[0])
            | f.col("text").startswith(spaces[1])
            | f.col("text").startswith(spaces[2])
        )
        rows = words.select("id", "text").collect()
        for row, term in zip(rows, terms_of(row.text for row in rows), strict=True):
            if is_reserved(term):
                yield row.id

    def _is_equated(self, number: int) -> bool:
        from pyspark.sql import functions as f

        ends = (f.col("s") == number) | (f.col("o") == number)
        return bool(
            self.table("asserted").where((f.col("p") == self.same) & ends).limit(1).collect()
        )

    # -- rules -------------------------------------------------------------------------------------

    @cached_property
    def bound(self) -> list[BoundRule]:
        """The rules in ids, once for each literal of one value with a constant."""
        self._number_alike()
        return [one for rule in self.ruleset.rules for one in bind_rule(self.terms, self.literals, rule)]

    @cached_property
    def shapes(self) -> Shapes:
        """The rules as shapes."""
        shapes = Shapes()
        for bound in self.bound:
            shapes.add(bound, self.identify, self.same)
        return shapes

    def bodies(self, check: Check) -> list[Any]:
        """As of a rule, of a check."""
        self._number_alike()
        return spell(self.literals, tuple(bind(self.terms, atom) for atom in check.body))

    def individuals(self) -> set[int]:
        """The individuals that bodies name."""
        return self.shapes.individuals()

    @cached_property
    def named(self) -> dict[str, set[int]]:
        """The properties ("p") and classes ("k") that rules name."""
        found: dict[str, set[int]] = {"p": set(), "k": set()}
        for bound in self.bound:
            for atom in (bound.head, *bound.body):
                if isinstance(atom, BoundEdge):
                    found["p"].add(self.identify(atom.relation))
                elif isinstance(atom, BoundMember):
                    found["k"].add(self.identify(atom.kind))
        return found

    def share(self, what: str, one: str, other: str) -> BoundRule:
        """The rule by which what has a property or class has another one that is the same.

        Args:
            what: "p" of properties, "k" of classes.
            one, other: their texts in N-Triples.
        """
        old, new = terms_of((one, other))
        assert not isinstance(old, Literal) and not isinstance(new, Literal)
        return sharing(self.terms, old, new, classes=what == "k")

    def _number_alike(self) -> None:
        """Number the literals of the data that have one value with a constant of a body."""
        wanted = {value_key(one) for one in self._constants} - {None}
        if wanted and not self._alike:
            from pyspark.sql import functions as f

            found = self.table("literals").where(f.col("value").isin(sorted(map(str, wanted))))
            texts = sorted(row.text for row in self.texts(found.select("id")).collect())
            self.terms.encode(terms_of(texts))
        self._alike = True

    @cached_property
    def _constants(self) -> set[Literal]:
        """The literals that bodies name."""
        bodies = [one.body for one in (*self.ruleset.rules, *self.ruleset.checks)]
        return {
            atom.target
            for body in bodies
            for atom in body
            if isinstance(atom, Edge) and isinstance(atom.target, Literal)
        }

    def constants_of_checks(self) -> set[Term]:
        """The individuals and literals that checks name."""
        atoms = [atom for check in self.ruleset.checks for atom in check.body]
        ends = [end for a in atoms if isinstance(a, Edge) for end in (a.source, a.target)]
        return {end for end in ends if not isinstance(end, int)}

    # -- literals ----------------------------------------------------------------------------------

    @cached_property
    def compares(self) -> bool:
        """Whether a rule compares literals by their values."""
        return any(one.kind == "properties" for one in self.ruleset.exclusions) or any(
            rule.grouping and len(rule.grouping.keys) >= 1 and _compares(rule)
            for rule in self.ruleset.rules
        )

    @cached_property
    def datatypes(self) -> tuple[str, ...]:
        """The datatypes that rules ask for."""
        bodies = [one.body for one in (*self.ruleset.rules, *self.ruleset.checks)]
        atoms = [atom for body in bodies for atom in body]
        return tuple(sorted({a.datatype.value for a in atoms if isinstance(a, InDatatype)}))

    def judge_literals(self) -> None:
        """Make the table of literals."""
        from pyspark.sql import functions as f

        asked = Asked(self.compares or bool(self._constants), self.datatypes)
        every = self.table("dictionary").where(f.col("id").bitwiseAND(f.lit(3)) == ids.LITERAL)
        if not asked.values:
            every = every.where(f.col("text").endswith(">"))
        for name in ("literals", "values"):
            self._work.clear(name)
        found = every.select("id", "text").mapInArrow(judge(asked), SCHEMA)
        found.write.parquet(self._work.path("literals"))
        if self.compares:
            from pyspark.sql import Window

            table = self.table("literals").where("value is not null")
            first = table.withColumn("v", f.min("id").over(Window.partitionBy("value")))
            first.where("id <> v").select("id", "v").write.parquet(self._work.path("values"))
        self._work.state.judged = True
        self._work.save()

    def insides(self) -> dict[tuple[str, bool], Frame]:
        """For each datatype asked for, the literals that lie in it, and those that do not."""
        from pyspark.sql import functions as f

        table = self.table("literals")
        return {
            (name, holds): table.where(
                f.array_contains("inside" if holds else "outside", place)
            ).select("id")
            for place, name in enumerate(self.datatypes)
            for holds in (True, False)
        }

    def values(self) -> Frame | None:
        """The literals for which another one of the same value stands, if values matter."""
        return self.table("values") if self.compares else None


def _compares(rule: Rule) -> bool:
    grouping = rule.grouping
    assert grouping is not None
    targets = {a.target for a in grouping.pattern if isinstance(a, Edge)}
    return bool(targets & {*grouping.keys, grouping.member})


def _parts(triple: Triple) -> Iterable[Term]:
    return triple.subject, triple.predicate, triple.object

