"""Random datasets and queries, small and from the grammar of SPARQL 1.1, for hypothesis.

Variables have few names, so that patterns join; what BIND and aggregates name is named nowhere
else. Left out are doubles (engines write them differently); what has no one answer (LIMIT without a
total order, SAMPLE, RAND); and what an engine is known to have wrong and would be in the way of too
much else (`EXPLAINED` in test_other_engine.py): aggregates of values, subqueries
that hide variables, terms that are compared and are no numbers, tests of errors.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product, starmap
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from cgkg.rdf.terms import IRI, DefaultGraph, GraphName, Literal, Quad, Term
from cgkg.rdf.vocab import XSD

NAMESPACE = "http://e.org/"
PROLOGUE = f"PREFIX : <{NAMESPACE}>\n"
_NODES = ("a", "b", "c", "d")
_PREDICATES = ("p", "q", "r")
_GRAPHS = ("g", "h")
_LITERALS: tuple[tuple[str, Literal], ...] = (
    ("1", Literal(1)),
    ("2", Literal(2)),
    ("1.5", Literal("1.5", datatype=XSD.decimal)),
    ('"x"', Literal("x")),
    ('"xy"', Literal("xy")),
    ('"1"', Literal("1")),
    ('"x"@en', Literal("x", language="en")),
    ("true", Literal(True)),
)
_VARIABLES = ("?u", "?v", "?w", "?x")
Item = TypeVar("Item")


@dataclass
class _Writer:
    """Writes one query with what hypothesis draws."""

    draw: DrawFn
    names: int = 0
    bound: list[str] = field(default_factory=list)

    def pick(self, items: Sequence[Item]) -> Item:
        return self.draw(st.sampled_from(items))

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) >= 100 - percent

    def fresh(self) -> str:
        self.names += 1
        return f"?n{self.names}"

    # Terms

    def iri(self) -> str:
        return ":" + self.pick(_NODES)

    def constant(self) -> str:
        return self.iri() if self.chance(50) else self.pick(_LITERALS)[0]

    def variable(self) -> str:
        return self.pick(_VARIABLES)

    # Patterns

    def triple(self) -> str:
        subject = self.variable() if self.chance(75) else self.iri()
        verb = ":" + self.pick(_PREDICATES)
        if self.chance(15):
            verb = self.variable()
        elif self.chance(25):
            verb = self.path(2)
        value = self.variable() if self.chance(70) else self.constant()
        return f"{subject} {verb} {value} ."

    def path(self, depth: int) -> str:
        step = ":" + self.pick(_PREDICATES)
        if depth == 0:
            return step
        match self.number(0, 7):
            case 0:
                return f"({self.path(depth - 1)}/{self.path(depth - 1)})"
            case 1:
                return f"({self.path(depth - 1)}|{self.path(depth - 1)})"
            case 2:
                return f"^{step}"
            case 3:
                return f"({self.path(depth - 1)}){self.pick('*+?')}"
            case 4:
                return f"!({step}|^:{self.pick(_PREDICATES)})" if self.chance(50) else f"!{step}"
        return step

    def group(self, depth: int) -> str:
        parts = [self.triple() for _ in range(self.number(1, 2))]
        for _ in range(self.number(0, 2) if depth else 0):
            parts.append(self.pattern(depth - 1))
        if self.chance(25):
            parts.append(f"FILTER({self.condition(2)})")
        return "{ " + " ".join(parts) + " }"

    def pattern(self, depth: int) -> str:
        choices: tuple[Callable[[], str], ...] = (
            lambda: f"OPTIONAL {self.group(depth)}",
            lambda: f"{self.group(depth)} UNION {self.group(depth)}",
            lambda: f"MINUS {self.group(depth)}",
            lambda: self.group(depth),
            lambda: f"GRAPH {self.graph_name()} {self.group(depth)}",
            self.values,
            lambda: f"BIND({self.expression(1)} AS {self.fresh()})",
            lambda: f"FILTER {self.pick(('', 'NOT '))}EXISTS {self.group(depth)}",
            lambda: f"{{ {self.subquery(depth)} }}",
        )
        return self.pick(choices)()

    def graph_name(self) -> str:
        return "?g" if self.chance(50) else ":" + self.pick(_GRAPHS)

    def values(self) -> str:
        names = ("?u", "?v")[: self.number(1, 2)]
        rows = [
            "(" + " ".join("UNDEF" if self.chance(20) else self.constant() for _ in names) + ")"
            for _ in range(self.number(1, 2))
        ]
        return f"VALUES ({' '.join(names)}) {{ {' '.join(rows)} }}"

    def subquery(self, depth: int) -> str:
        return f"SELECT {self.pick(('', 'DISTINCT '))}* WHERE {self.group(depth)}"

    def count(self) -> str:
        call = self.pick(("COUNT(*)", "COUNT(?v)", "COUNT(DISTINCT ?v)"))
        return f"({call} AS {self.fresh()})"

    def aggregation(self, depth: int) -> str:
        if self.chance(40):
            return f"SELECT {self.count()} WHERE {self.group(depth)}"
        having = " HAVING(COUNT(*) > 1)" if self.chance(30) else ""
        verb = self.pick(_PREDICATES)
        where = f"{{ ?u :{verb} ?w . {self.group(depth)} }}"
        return f"SELECT ?u {self.count()} WHERE {where} GROUP BY ?u{having}"

    def exists(self) -> str:
        return f"{self.pick(('', 'NOT '))}EXISTS {self.group(2)}"

    def tested(self) -> str:
        """Rows that EXISTS tests, in some place where it may stand; some variables are unbound."""
        outside = (
            "?u :p ?v .",
            "?u ?k ?v .",
            "?u :p ?v OPTIONAL { ?v :q ?w }",
            "{ ?u :p ?v } UNION { ?w :q ?v }",
            "GRAPH ?g { ?u :p ?v }",
        )
        tests: tuple[Callable[[], str], ...] = (
            lambda: f"FILTER {self.exists()}",
            lambda: f"FILTER(!{self.exists()})",
            lambda: f"FILTER({self.exists()} || {self.condition(1)})",
            lambda: f"FILTER({self.exists()} && {self.exists()})",
            lambda: f"BIND({self.exists()} AS {self.fresh()})",
            lambda: f"OPTIONAL {{ ?u :r ?x FILTER {self.exists()} }}",
        )
        body = f"{{ {self.pick(outside)} {self.pick(tests)()} }}"
        return f"{{ GRAPH {self.graph_name()} {body} }}" if self.chance(20) else body

    # Expressions

    def expression(self, depth: int) -> str:
        if depth == 0:
            return self.variable() if self.chance(70) else self.constant()
        inner = self.expression(depth - 1)
        match self.number(0, 9):
            case 0:
                return f"({inner} {self.pick('+-*')} {self.expression(depth - 1)})"
            case 1:
                return f"{self.pick(('STR', 'LANG', 'DATATYPE', 'STRLEN', 'UCASE'))}({inner})"
            case 2:
                return f"COALESCE({inner}, {self.constant()})"
            case 3:
                return f"IF({self.condition(depth - 1)}, {inner}, {self.constant()})"
            case 4:
                return f"({self.condition(depth - 1)})"
        return self.expression(0)

    def condition(self, depth: int) -> str:
        one = self.expression(min(depth, 1))
        match self.number(0, 7 if depth else 3):
            case 0 | 1:
                if self.chance(50):
                    operator = self.pick(("<", ">", "<=", ">="))
                    return f"STRLEN(STR({one})) {operator} {self.pick('123')}"
                return f"{one} {self.pick(('=', '!='))} {self.expression(min(depth, 1))}"
            case 2:
                return f"BOUND({self.variable()})"
            case 3:
                test = self.pick(("isIRI", "isLiteral", "isNumeric"))
                return f"{test}(COALESCE({one}, {self.constant()}))"
            case 4:
                return f"({self.condition(depth - 1)} && {self.condition(depth - 1)})"
            case 5:
                return f"({self.condition(depth - 1)} || {self.condition(depth - 1)})"
            case 6:
                return f"!({self.condition(depth - 1)})"
        one = f"COALESCE({one}, {self.constant()})"
        return f"{one} {self.pick(('', 'NOT '))}IN ({self.constant()}, {self.constant()})"

    # Queries

    def query(self, depth: int) -> str:
        match self.number(0, 9):
            case 0:
                return f"ASK {self.group(depth)}"
            case 1:
                return f"CONSTRUCT {{ :a :made ?u , ?v . :b :p ?w }} WHERE {self.group(depth)}"
            case 2 | 3:
                return self.aggregation(depth)
            case 4:
                return f"SELECT * WHERE {self.group(depth)} ORDER BY ?u ?v ?w ?x"
        shown = self.pick(("*", "?u ?v", "DISTINCT ?u", "?w (STR(?x) AS ?shown)"))
        return f"SELECT {shown} WHERE {self.group(depth)}"


def _quads() -> list[Quad]:
    """All quads that datasets may have; those of the default graph twice, so that it has more."""
    names: list[GraphName] = [DefaultGraph(), *(IRI(NAMESPACE + name) for name in _GRAPHS)]
    nodes = [IRI(NAMESPACE + name) for name in _NODES]
    predicates = [IRI(NAMESPACE + name) for name in _PREDICATES]
    values: list[Term] = [*nodes, *(literal for _, literal in _LITERALS)]
    return list(starmap(Quad, product(nodes, predicates, values, [names[0], *names])))


def datasets() -> st.SearchStrategy[list[Quad]]:
    """A default graph and two named graphs, of a few quads each."""
    quads = st.sampled_from(_quads())
    return st.lists(quads, min_size=3, max_size=12, unique_by=str)


@st.composite
def queries(draw: DrawFn, depth: int = 2) -> str:
    """A query with its prologue, patterns nested up to the depth in its own."""
    return PROLOGUE + _Writer(draw).query(draw(st.integers(0, depth)))


class _SeededWriter(_Writer):
    """Writes with what a source of random numbers gives, which is many times as fast."""

    def __init__(self, source: random.Random) -> None:
        super().__init__(lambda _: None)  # type: ignore[arg-type]  # nothing is drawn
        self._source = source

    def pick(self, items: Sequence[Item]) -> Item:
        return self._source.choice(items)

    def number(self, least: int, most: int) -> int:
        return self._source.randint(least, most)

    def chance(self, percent: int) -> bool:
        return self._source.randrange(100) < percent


def make_exists_query(source: random.Random) -> tuple[list[Quad], str]:
    """Some quads, and a query with EXISTS over a group of some depth, which shows all rows."""
    data = source.sample(_quads(), source.randint(5, 25))
    return data, PROLOGUE + "SELECT * WHERE " + _SeededWriter(source).tested()
