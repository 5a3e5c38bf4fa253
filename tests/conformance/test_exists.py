"""EXISTS in the words that the engine looks up finds what it finds as written."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_queries import PROLOGUE, make_exists_query

from cgkg.errors import QueryError
from cgkg.rdf.terms import BlankNode, Quad, Term
from cgkg.sparql.rewriting.exists import look_up_exists
from cgkg.sparql.tree.edits import apply_edits
from cgkg.sparql.tree.parser import parse
from cgkg.store.graph import Graph


def put(query: str) -> str:
    """The query in the words for the engine."""
    tree = parse(query)
    return apply_edits(query, look_up_exists(tree))


def group(inner: str) -> str:
    """What becomes of the group of an EXISTS about ?t."""
    query = put(f"{PROLOGUE}SELECT * {{ ?t a :C FILTER EXISTS {{ {inner} }} }}")
    return query.partition("EXISTS { ")[2].removesuffix(" } }")


def with_blank_nodes(data: list[Quad]) -> list[Quad]:
    """The quads with a blank node in the place of :d."""

    def term(one: Term) -> Term:
        return BlankNode("d") if str(one).endswith("/d>") else one

    return [Quad(term(q.subject), q.predicate, term(q.object), q.graph_name) for q in data]  # type: ignore[arg-type]


def solutions(graph: Graph, query: str) -> Counter[tuple[str, ...]]:
    """Each row as often as it is there; variables in order, unbound ones empty."""
    found = graph.query(query)
    names = sorted(each.value for each in found.variables)
    return Counter(tuple(str(row[name] or "") for name in names) for row in found)


@given(st.integers(0, 1 << 32))
@settings(max_examples=150, deadline=None)
def test_random_queries_have_the_solutions_that_they_have_as_written(seed: int) -> None:
    """Whatever group is tested, in whatever place, of rows with unbound variables or not."""
    data, query = make_exists_query(random.Random(seed))
    graph = Graph.of(with_blank_nodes(data))
    try:
        text = put(query)
    except QueryError:
        return  # none of SPARQL: a name that is bound twice
    assert solutions(graph, text) == solutions(graph, query)


@pytest.mark.parametrize(
    ("written", "looked_up"),
    [
        ("?n :p ?x . ?x :q ?t", "?x :q ?t LATERAL { ?n :p ?x }"),
        ("?x a :D ; :q ?t", "?x :q ?t LATERAL { ?x a :D }"),
        ("?t :p/^:q ?n", "?t :p ?between1 LATERAL { ?n :q ?between1 }"),
        ("?t :p+ ?x . ?x :q ?y", "?t :p+ ?x LATERAL { ?x :q ?y }"),
        ("?t :p [ :q 1 ]", "?t :p ?between1 LATERAL { ?between1 :q 1 }"),
        (
            "?t :p ?x OPTIONAL { ?x :q ?y FILTER(?y > ?t) } FILTER(!bound(?y))",
            "?t :p ?x LATERAL { OPTIONAL { ?x :q ?y FILTER(?y > ?t) } } FILTER(!bound(?y))",
        ),
        (
            "?t :p ?x { ?x :q 1 } UNION { ?x :q 2 }",
            "?t :p ?x LATERAL { { ?x :q 1 } UNION { ?x :q 2 } }",
        ),
        (
            "?t :p ?x FILTER NOT EXISTS { ?y :q ?z . ?x :q ?y }",
            "?t :p ?x FILTER NOT EXISTS { ?x :q ?y LATERAL { ?y :q ?z } }",
        ),
        (
            "?t :p ?x BIND(STR(?x) AS ?y) ?y :q ?z",
            "?t :p ?x BIND(STR(?x) AS ?y) LATERAL { ?y :q ?z }",
        ),
        (
            "?t :p ?x { ?y :q ?z OPTIONAL { ?y :r ?x } }",
            "?t :p ?x { { ?y :q ?z LATERAL { OPTIONAL { ?y :r ?x } } } }",
        ),
        ("GRAPH ?g { ?x :q ?y . ?t :p ?x }", "GRAPH ?g { ?t :p ?x LATERAL { ?x :q ?y } }"),
    ],
)
def test_patterns_follow_each_other_from_what_the_row_has(written: str, looked_up: str) -> None:
    """Each has a value of the row or of a pattern before it to be looked up by."""
    assert group(written) == looked_up


@pytest.mark.parametrize(
    "written",
    [
        "?t :p ?x",
        "?t :p ?x { ?y :q 1 FILTER(?x = ?y) }",
        "?t :p ?x { { SELECT ?x { ?x :q ?y } } }",
        "?t :p ?x OPTIONAL { { ?y :q ?z FILTER(?z = ?x) } }",
        "?t :p ?x { ?y :q ?z BIND(?y AS ?x) }",
    ],
)
def test_what_a_value_would_change_is_joined(written: str) -> None:
    """A group that uses a variable which it does not surely bind before is evaluated alone."""
    assert group(written) == written


@pytest.mark.parametrize("opening", ["{", "OPTIONAL {", "FILTER NOT EXISTS {"])
def test_deep_nesting_is_no_error(opening: str) -> None:
    """A query as deep as any that is answered is put in other words, or stays as it is."""
    deep = f"{opening} ?t :p ?x . ?x :q ?y " * 100 + "}" * 100
    query = f"{PROLOGUE}SELECT * {{ ?t :p ?x FILTER EXISTS {{ {deep} }} }}"
    assert put(query).count("{") >= query.count("{")
