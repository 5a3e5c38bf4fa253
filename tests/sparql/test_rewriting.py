"""What the engine gets wrong is put right or refused, and everything else passes as it is."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from cgkg.errors import QueryRefusedError
from cgkg.formats import Format
from cgkg.rdf.io import parse_bytes
from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.functions.registry import name_function
from cgkg.sparql.protocol import QueryRequest
from cgkg.sparql.rewriting import graphs
from cgkg.sparql.rewriting.contents import Contents, Kinds
from cgkg.sparql.rewriting.rewrite import rewrite
from cgkg.store.graph import Graph

E = "http://e.org/"
PREFIX = f"PREFIX : <{E}> "
A, B, C, P, Q, G1, G2 = (IRI(E + name) for name in ("a", "b", "c", "p", "q", "g1", "g2"))

ORDER = name_function("order")
# A dataset in which everything is that a remedy is for.
CONTENTS = Contents(
    lambda *_: True,
    lambda _: Kinds(),
    lambda *_: True,
    lambda *_: [E + "p", E + "q"],
    lambda: [E + "g1", E + "g2"],
)

DATASET = [
    Quad(A, P, B, DefaultGraph()),
    Quad(B, P, C, DefaultGraph()),
    Quad(A, P, Literal(1), G1),
    Quad(B, P, Literal(2), G1),
    Quad(A, P, Literal(1), G2),
    Quad(C, Q, G2, G2),
]


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    graph = Graph.of(DATASET)
    return Evaluator(graph, graph, max_bytes=100_000, base=E)


def rows(evaluator: Evaluator, query: str) -> list[list[str]]:
    """The rows of the answer in CSV without the head, sorted; names without their namespace."""
    answer = evaluator.answer(QueryRequest(PREFIX + query, results_as="text/csv"))
    lines = list(csv.reader(io.StringIO(answer.body.decode())))[1:]
    return sorted([field.removeprefix(E) for field in line or [""]] for line in lines)


def unchanged(query: str) -> bool:
    query = PREFIX + query
    return rewrite(query, None, CONTENTS) == query


# Paths of length zero


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (":zz :p* ?x", [["zz"]]),
        (":zz :p? ?x", [["zz"]]),
        ("?x :p* :zz", [["zz"]]),
        (":zz (:p*)+ ?x", [["zz"]]),
        (":zz ^:p*/:q? ?x .", [["zz"]]),
        (":zz (:q|:p*) ?x FILTER(ISIRI(?x))", [["zz"]]),
        ("<zz> a* ?x", [["zz"]]),
        (":z\u00b7z :p* ?x", [["z\u00b7z"]]),
        ("?s :q* ?x . :zz :p* ?x", []),
        ("VALUES ?x { :zz :b } :zz :p* ?x", [["zz"]]),
        (":a :p* ?x OPTIONAL { :zz :p* ?x }", [["a"], ["b"], ["c"]]),
        (":a :p* ?x MINUS { :a :p* ?x . :zz !:p* ?x }", [["a"], ["b"], ["c"]]),
        (":zz :p+ ?x", []),
        (":zz :p*/:q ?x", []),
        (":zz !:p ?x", []),
        (":a :p* ?x", [["a"], ["b"], ["c"]]),
        (":p :p* ?x", [["p"]]),  # a predicate is no node
        (":zz :p* ?x ; :p ?y", []),
    ],
)
def test_a_path_of_length_zero_needs_no_data(
    evaluator: Evaluator, pattern: str, expected: list[list[str]]
) -> None:
    """An IRI that the graph does not have is at the end of an empty path from itself (§18.4)."""
    assert rows(evaluator, f"SELECT DISTINCT ?x {{ {pattern} }}") == expected


def test_an_empty_path_between_the_same_iri_exists(evaluator: Evaluator) -> None:
    """Also where both ends are given."""
    ask = "SELECT (EXISTS {{ {} }} AS ?x) {{}}"
    assert rows(evaluator, ask.format(":zz :p* <zz>")) == [["true"]]
    assert rows(evaluator, ask.format(":zz :p* :yy")) == [["false"]]


def test_absence_is_that_of_the_graph_asked(evaluator: Evaluator) -> None:
    """A node of another graph is absent all the same."""
    assert rows(evaluator, "SELECT ?x FROM :g1 { :c :p* ?x }") == [["c"]]
    assert rows(evaluator, "SELECT ?x FROM :g1 { :a :p* ?x }") == [["1"], ["a"]]


def test_absence_within_graph_is_that_of_the_graph(evaluator: Evaluator) -> None:
    """In GRAPH <g> that graph decides; one that is not there, or not asked, has nothing."""
    assert rows(evaluator, "SELECT ?x { GRAPH :g1 { :zz :p* ?x } }") == [["zz"]]
    assert rows(evaluator, "SELECT ?x { GRAPH :g1 { :c :p* ?x } }") == [["c"]]
    assert rows(evaluator, "SELECT ?x { GRAPH :g2 { { SELECT ?x { :zz :p? ?x } } } }") == [["zz"]]
    assert rows(evaluator, "SELECT ?x { GRAPH :none { :zz :p* ?x } }") == []
    assert rows(evaluator, "SELECT ?x FROM NAMED :g2 { GRAPH :g1 { :zz :p* ?x } }") == []
    both = "SELECT ?x FROM NAMED :g1 { GRAPH :g1 { :zz :p* ?x } }"
    assert rows(evaluator, both) == [["zz"]]
    outside = "SELECT ?x ?y { GRAPH :g1 { :a :p ?y } :zz :p* ?x }"
    assert rows(evaluator, outside) == [["zz", "1"]]


# GRAPH and its variable


def test_the_variable_of_graph_is_not_known_inside(evaluator: Evaluator) -> None:
    """The group is evaluated first and the graph's name joined then (§18.5)."""
    assert rows(evaluator, "SELECT * { GRAPH ?g { FILTER(BOUND(?g)) } }") == []
    assert rows(evaluator, "SELECT * { ?s :q ?g FILTER EXISTS { GRAPH ?g { ?s :q ?g } } }") == []
    optional = "SELECT ?g ?s { GRAPH ?g { ?s ?p ?o OPTIONAL { ?s :q ?g } } }"
    assert ["g2", "c"] in rows(evaluator, optional)
    assert rows(evaluator, "SELECT ?g ?s { GRAPH ?g { ?s :q $g } }") == [["g2", "c"]]
    bound = "SELECT ?s { GRAPH ?g { ?s :p 1 BIND(BOUND(?g) AS ?b) FILTER(!?b) } }"
    assert rows(evaluator, bound) == [["a"], ["a"]]


def test_minus_does_not_share_the_variable_of_graph(evaluator: Evaluator) -> None:
    """MINUS without a shared variable removes nothing (§8.3.3); with one it does."""
    assert rows(evaluator, "SELECT ?s { GRAPH :g1 { ?s :p 1 MINUS { ?t :p 2 } } }") == [["a"]]
    idle = "SELECT ?g { GRAPH ?g { ?s :p 1 MINUS { ?t :p ?n } } }"
    assert rows(evaluator, idle) == [["g1"], ["g2"]]
    busy = "SELECT ?g ?s { GRAPH ?g { ?s :p ?o MINUS { ?s :p 2 } } }"
    assert rows(evaluator, busy) == [["g1", "a"], ["g2", "a"]]


def test_values_in_graph_meet_every_graph(evaluator: Evaluator) -> None:
    """A group without a pattern has its solutions in each graph."""
    assert rows(evaluator, "SELECT ?g ?x { GRAPH ?g { VALUES ?x { 1 } } }") == [
        ["g1", "1"],
        ["g2", "1"],
    ]
    nested = "SELECT ?g ?h ?s { GRAPH ?g { GRAPH ?h { ?s :p 2 } } }"
    assert rows(evaluator, nested) == [["g1", "g1", "b"], ["g2", "g1", "b"]]
    assert rows(evaluator, "SELECT ?g ?s { GRAPH ?g { GRAPH ?g { ?s :p 2 } } }") == [["g1", "b"]]
    named = "SELECT ?g ?x { GRAPH ?g { VALUES (?g ?x) { (UNDEF 1) (:g2 2) } } }"
    assert rows(evaluator, named) == [["g1", "1"], ["g2", "1"], ["g2", "2"]]


@pytest.mark.parametrize("projection", ["?s", "*", "DISTINCT ?s"])
def test_a_subquery_in_graph_knows_its_graph(evaluator: Evaluator, projection: str) -> None:
    """What a subquery finds belongs to the graph where it was found."""
    query = f"SELECT ?g ?s {{ GRAPH ?g {{ {{ SELECT {projection} {{ ?s :p 1 }} }} }} }}"
    assert rows(evaluator, query) == [["g1", "a"], ["g2", "a"]]


EACH_GRAPH = [
    (
        "SELECT ?g ?c { GRAPH ?g { SELECT (COUNT(*) AS ?c) { ?s ?p ?o } } }",
        [["g1", "2"], ["g2", "2"]],
    ),
    (
        "SELECT ?g ?s { GRAPH ?g { { SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 1 } } }",
        [["g1", "a"], ["g2", "a"]],
    ),
    ("SELECT * { GRAPH ?g { :c ?p ?g } }", [["g2", "q"]]),
    ("SELECT ?g ?x { GRAPH ?g { :c :p* ?x } }", [["g1", "c"], ["g2", "c"]]),
    ("SELECT ?g ?x { GRAPH ?g { ?x :p* 3 . _:b :p 2 } }", [["g1", "3"]]),
    (
        "SELECT ?g ?s { GRAPH ?g { ?s :p 1 OPTIONAL { ?s :none ?x } MINUS { ?x :p ?n } } }",
        [["g1", "a"], ["g2", "a"]],
    ),
    (
        "SELECT ?g ?s { GRAPH ?g { ?s :p ?n OPTIONAL { ?s :q ?x } MINUS { ?s :q ?y } } }",
        [["g1", "a"], ["g1", "b"], ["g2", "a"]],
    ),
    (
        "SELECT ?g ?s { GRAPH ?g { ?s :p ?n MINUS { ?t :p 2 OPTIONAL { ?t :p ?n } } } }",
        [["g1", "a"], ["g2", "a"]],
    ),
    (
        "SELECT ?g { VALUES ?g { :g1 :g3 } FILTER EXISTS { GRAPH ?g { :zz :p* ?x } } }",
        [["g1"]],
    ),
]


@pytest.mark.parametrize(("query", "expected"), EACH_GRAPH)
def test_each_graph_is_asked_where_one_cannot_stand_for_all(
    evaluator: Evaluator, query: str, expected: list[list[str]]
) -> None:
    """GRAPH ?g is the union over the graphs that there are (§18.5, Graph)."""
    assert rows(evaluator, query) == expected


def test_too_many_graphs_are_not_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clear error instead of an answer that is known to be wrong."""
    monkeypatch.setattr(graphs, "_MOST_GRAPHS", 1)
    graph = Graph.of(DATASET)
    for query, _ in EACH_GRAPH[:6]:
        with pytest.raises(QueryRefusedError, match="so many graphs") as raised:
            rows(Evaluator(graph, graph, max_bytes=10_000), query)
        assert raised.value.hint


# BNODE with a key


def test_every_solution_has_blank_nodes_of_its_own(evaluator: Evaluator) -> None:
    """The same key is the same node within a solution and another in the next (§17.4.2.9)."""
    query = (
        "SELECT (BNODE('k') AS ?x) (BNODE(CONCAT('', 'k')) AS ?y) (BNODE('l') AS ?z)"
        " { VALUES ?n { 1 2 3 } } ORDER BY ?n"
    )
    found = rows(evaluator, query)
    assert len(found) == 3
    assert all(x == y != z for x, y, z in found)
    assert len({node for row in found for node in row}) == 6


def test_a_single_key_makes_a_node_for_each_solution(evaluator: Evaluator) -> None:
    """Also outside of the SELECT clause."""
    query = "SELECT ?b ?n { VALUES ?n { 1 2 } BIND(BNODE('k') AS ?b) }"
    assert len({b for b, _ in rows(evaluator, query)}) == 2


def test_binds_in_a_row_share_their_solution(evaluator: Evaluator) -> None:
    """BINDs with nothing between them see the same solutions."""
    query = "SELECT ?x ?y ?n { VALUES ?n {1 2} BIND(BNODE('k') AS ?x) BIND(BNODE('k') AS ?y) }"
    found = rows(evaluator, query)
    assert all(x == y for x, y, _ in found)
    assert found[0][0] != found[1][0]


@pytest.mark.parametrize("key", ["1", "'k'@en", ":k", "?unbound"])
def test_a_key_is_a_simple_literal(evaluator: Evaluator, key: str) -> None:
    """Anything else has no node."""
    assert rows(evaluator, f"SELECT (BNODE({key}) AS ?x) (BNODE('k') AS ?y) {{}}")[0][0] == ""
    assert rows(evaluator, f"SELECT (BNODE({key}) AS ?x) {{}}") == [[""]]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { BIND(BNODE('k') AS ?x) BIND(BNODE('k') AS ?y) }",
        "SELECT ?x ?y { BIND(BNODE('k') AS ?x) ?s ?p ?o BIND(BNODE('k') AS ?y) }",
        "SELECT (BNODE('k') AS ?x) (BNODE('k') AS ?y) {} GROUP BY ?n",
        "SELECT (BNODE('k') AS ?x) (BNODE('k') AS ?y) {} VALUES ?n { 1 2 }",
    ],
)
def test_keys_in_several_places_are_refused(evaluator: Evaluator, query: str) -> None:
    """Where it is not plain what one solution is."""
    with pytest.raises(QueryRefusedError, match="BNODE"):
        rows(evaluator, query)


# Small things


def test_group_concat_has_no_language(evaluator: Evaluator) -> None:
    """Its value is a simple literal (§18.5.1.7)."""
    query = "SELECT (LANG(GROUP_CONCAT(?o; SEPARATOR=')')) AS ?l) { VALUES ?o { 'a'@en 'b'@en } }"
    assert rows(evaluator, query) == [[""]]
    query = "SELECT (GROUP_CONCAT(?o; SEPARATOR=')') AS ?l) { VALUES ?o { 'a'@en 'b'@en } }"
    assert rows(evaluator, query) == [["a)b"]]


def test_true_and_false_are_keywords_in_any_case(evaluator: Evaluator) -> None:
    """As all keywords but `a`; in strings and names nothing is changed."""
    query = "SELECT (TRUE AS ?t) (False AS ?f) ('TRUE' AS ?s) (STR(:True) AS ?n) {}"
    assert rows(evaluator, query) == [["true", "false", "TRUE", "True"]]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("?x", ["", "a", "5x", "a", "9", "10"]),
        ("ASC(?x)", ["", "a", "5x", "a", "9", "10"]),
        ("DESC(?x)", ["10", "9", "a", "5x", "a", ""]),
        ("( ?x )", ["", "a", "5x", "a", "9", "10"]),
        ("?none desc ( ?x ) LIMIT 2", ["10", "9"]),
        ("(STR(?x)) STRLEN(?x) LIMIT 2", ["", "10"]),
        ("<http://www.w3.org/2001/XMLSchema#string>(?x) ?x LIMIT 2", ["", "10"]),
        ("NOT EXISTS { ?x ?p ?o } DESC(?x) LIMIT 2", ["a", ""]),
    ],
)
def test_numbers_are_sorted_by_value_beside_other_things(
    evaluator: Evaluator, condition: str, expected: list[str]
) -> None:
    """§15.1: unbound, blank nodes, IRIs, literals; the engine would sort 10, "5x", 9."""
    query = f"{PREFIX}SELECT ?x {{ VALUES ?x {{ 10 '5x' 9 :a 'a' UNDEF }} }} ORDER BY {condition}"
    answer = evaluator.answer(QueryRequest(query, results_as="text/csv"))
    lines = answer.body.decode().split("\r\n")[1:-1]
    assert [line.removeprefix(E) for line in lines] == expected


@pytest.mark.parametrize(
    ("body", "needed"),
    [
        ("?x :p ?v", True),
        ("?x :q ?v", False),
        ("?x :q 1 ; :p ?v", True),
        ("?x :q 1 ; :q ?v", False),
        ("?v :p ?x", False),
        ("?x ?v 1 . ?v :q ?y", False),
        ("?x a ?v", False),
        ("GRAPH ?v { ?s :p ?o }", False),
        ("?x :q ?v FILTER(?v > 1 && STR(?v) != 'a')", False),
        ("?x :q ?v OPTIONAL { ?x :p ?v }", True),
        ("?x ?p ?v", True),
        ("?x :q ?y , ?v", False),
        ("?x :p ?y , ?v", True),
        ("?x :q ?y . ?z :q [ :p ?v ]", True),
        ("?v ^:p ?x", True),
        ("?x ^:q ?v", True),
        ("?x :r/:q ?v", False),
        ("?x :q/(:r/:p) ?v", True),
        ("?x :q/:r* ?v", True),
        ("?x :q+ ?v", True),
        ("?x :q ?y BIND(?y AS ?v)", False),
        ("?x :p ?y BIND(?y AS ?v)", True),
        ("?x :p ?y BIND(STR(?y) AS ?v)", False),
        ("?x :q ?y BIND(COALESCE(?y, 'a') AS ?v)", True),
        ("VALUES ?v { 1 'a' }", True),
        ("VALUES (?v ?w) { (1 2) }", True),
        ("?x :q (1 ?v)", True),
        ("[] :q ?v", False),
        ("{ SELECT (COUNT(?x) AS ?v) { ?x :p ?y } }", False),
        ("{ SELECT (MAX(?y) AS ?v) { ?x :p ?y } }", True),
        ("{ SELECT ?v ?x { ?x :q ?v } GROUP BY ?v ?x }", False),
    ],
)
def test_only_what_may_be_mixed_is_sorted_by_its_kind(body: str, needed: bool) -> None:
    """A key doubles the time of a sort; here :p has numbers and strings, and nothing else has."""
    query = f"{PREFIX}SELECT ?v {{ {body} }} ORDER BY DESC(?v)"
    contents = CONTENTS._replace(kinds_of=lambda iri: Kinds(iri.endswith("p"), iri.endswith("p")))
    assert (ORDER in rewrite(query, None, contents)) is needed


@pytest.mark.parametrize("order", ["DESC(?v) ?s", "ASC(?v) DESC(?s) ?s", "?s DESC(?v)"])
def test_a_subject_is_never_a_number(order: str) -> None:
    """Wherever in ORDER BY it stands: only the object gets a key."""
    query = f"SELECT ?s ?v {{ ?s ?p ?v }} ORDER BY {order}"
    evaluator = Evaluator(Graph.of([]), Graph.of([]), max_bytes=10**6)
    said = evaluator._prepare(QueryRequest(query)).text
    assert f"{ORDER}(?v)" in said
    assert f"{ORDER}(?s)" not in said


def test_the_data_say_what_is_mixed() -> None:
    """Strings and numbers of one predicate are told apart by the evaluator, in any graph."""
    data = f"""<{E}a> <{E}p> 10 , 9 . <{E}a> <{E}q> 1 , 2 . <{E}a> <{E}r> 'a' , 'b' .
        <{E}g> {{ <{E}b> <{E}p> '5x' . }}"""
    graph = Graph.of(parse_bytes(data.encode(), Format.TRIG, Path("data.trig")))
    evaluator = Evaluator(graph, graph, max_bytes=10_000)
    for name, mixed in (("p", True), ("q", False), ("r", False), ("none", False)):
        query = f"SELECT ?v {{ ?x <{E}{name}> ?v }} ORDER BY ?v"
        assert (ORDER in evaluator._prepare(QueryRequest(query)).text) is mixed


def test_subqueries_are_sorted_so_as_well(evaluator: Evaluator) -> None:
    """What LIMIT keeps depends on it; the clauses after ORDER BY stay what they are."""
    query = (
        "SELECT ?x { { SELECT ?x { VALUES ?x { 10 '5x' 9 } } ORDER BY DESC(?x) LIMIT 1 } }"
        " ORDER BY ?x OFFSET 0 VALUES ?x { 9 10 }"
    )
    assert rows(evaluator, query) == [["10"]]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?order { ?order :by ?x } LIMIT 1 # ORDER BY ?x",
        "SELECT ?x { ?x :p ?y } GROUP BY ?x ORDER BY (COUNT(?y)) DESC(STR(?x)) LIMIT 1",
        "SELECT * { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?c) { ?s :p*/:q ?o . :a :p+ ?x }",
        "SELECT ?x { [] :p* ?x . _:b :p* ?y }",
        "SELECT ?g { GRAPH ?g { ?s :p ?o MINUS { ?s :q ?o } } }",
        "SELECT ?x { GRAPH ?g { ?y :p* ?x } BIND(BNODE() AS ?z) }",
        "SELECT ?x { ?s :p 'GRAPH ?g { VALUES BNODE(1) } :a :p* ?x' } # :a :p* ?x",
    ],
)
def test_other_queries_pass_as_they_are(query: str) -> None:
    """Nothing is rewritten that the engine answers rightly."""
    assert unchanged(query)
