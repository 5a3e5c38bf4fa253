"""One query over one graph: datasets, refusals, syntax errors, formats; no processes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from cgkg.errors import (
    NotAcceptableError,
    QueryError,
    QueryLimitError,
    QueryRefusedError,
    QuerySyntaxError,
)
from cgkg.formats import GRAPHS, RESULTS, Format
from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryRequest
from cgkg.sparql.syntax import MAX_STEPS, read_outline, read_tokens
from cgkg.sparql.tree.mistakes import MAX_DEPTH
from cgkg.sparql.writing import AnswerLimits, write_results
from cgkg.store.graph import Graph

E = "http://e.org/"
P = IRI(E + "p")


def quad(subject: str, value: int, graph: str | None = None) -> Quad:
    where = IRI(E + graph) if graph else DefaultGraph()
    return Quad(IRI(E + subject), P, Literal(value), where)


DATASET = [
    quad("a", 0),
    quad("a", 1, "g1"),
    quad("b", 2, "g1"),
    quad("a", 1, "g2"),
    quad("c", 4, "g2"),
    quad("d", 8, "g3"),
]


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return Evaluator(Graph.of(DATASET), Graph.of([quad("x", 9)]), max_bytes=100_000, copies=2)


def rows(evaluator: Evaluator, query: str, **options: Any) -> list[list[str]]:
    """The rows of the answer in CSV, without the head."""
    answer = evaluator.answer(QueryRequest(query, results_as="text/csv", **options))
    return list(csv.reader(io.StringIO(answer.body.decode())))[1:]


def graph(evaluator: Evaluator, query: str, form: Format) -> str:
    return evaluator.answer(QueryRequest(query, graph_as=form.media_type)).body.decode()


SUM = "SELECT (COUNT(*) AS ?n) (SUM(?o) AS ?sum) {} {{ ?s ?p ?o }}"


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ("", ["1", "0"]),
        (f"FROM <{E}g1>", ["2", "3"]),
        (f"FROM <{E}g1> FROM <{E}g2>", ["3", "7"]),  # the triple of both counts once
        (f"FROM <{E}g2> FROM <{E}g1> FROM <{E}g1>", ["3", "7"]),
        (f"FROM <{E}g1> FROM <{E}none>", ["2", "3"]),
        (f"FROM NAMED <{E}g1>", ["0", "0"]),
    ],
)
def test_several_default_graphs_are_merged(
    evaluator: Evaluator, clauses: str, expected: list[str]
) -> None:
    """FROM selects graphs of the store, and a triple in two of them counts once."""
    assert rows(evaluator, SUM.format(clauses)) == [expected]


def test_from_is_understood_with_prefixes_and_base(evaluator: Evaluator) -> None:
    """Dataset clauses with prefixed and relative names are merged as well."""
    query = f"BASE <{E}x/> PREFIX e: <{E}> " + SUM.format("FROM e:g1 FROM <../g2> FROM <\\u002e>")
    assert rows(evaluator, query) == [["3", "7"]]


def test_the_protocols_dataset_overrides_the_querys(evaluator: Evaluator) -> None:
    """§2.1.4: with default-graph-uri or named-graph-uri, FROM and FROM NAMED do not count."""
    query = SUM.format(f"FROM <{E}g3> FROM NAMED <{E}g3>")
    assert rows(evaluator, query, default_graphs=(E + "g1", E + "g2")) == [["3", "7"]]
    assert rows(evaluator, query, default_graphs=(E + "g1",)) == [["2", "3"]]
    assert rows(evaluator, query, named_graphs=(E + "g1",)) == [["0", "0"]]


def test_named_graphs_of_a_merged_dataset(evaluator: Evaluator) -> None:
    """GRAPH sees exactly the named graphs of the dataset, beside a merged default graph."""
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
    both = (E + "g1", E + "g2")
    assert rows(evaluator, query, default_graphs=both) == []
    assert rows(evaluator, query, default_graphs=both, named_graphs=(E + "g3",)) == [[E + "g3"]]
    assert rows(evaluator, query, default_graphs=(E + "g1",)) == []
    assert len(rows(evaluator, query)) == 3


def test_merged_copies_are_few(evaluator: Evaluator) -> None:
    """Only the last few merged datasets are kept in memory."""
    for other in ("g2", "g3", "g4", "g5"):
        rows(evaluator, SUM.format(f"FROM <{E}g1> FROM <{E}{other}>"))
    assert len(evaluator._merged) == 2


def test_without_reasoning_the_asserted_facts_are_asked(evaluator: Evaluator) -> None:
    """asserted_only asks the second, smaller graph."""
    assert rows(evaluator, SUM.format(""), asserted_only=True) == [["1", "9"]]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { service silent ?x { ?s ?p ?o } }",
        "SELECT * { { SELECT * { ?a ?b 'x' SERVICE<http://e/>{ ?s ?p ?o } } } }",
        "ASK { ?s ?p '''it's''' #'''\n SERVICE <http://e/> { } }",
        "ASK { FILTER(EXISTS { SERVICE <http://e/> { ?s ?p ?o } }) }",
    ],
)
def test_service_is_refused(evaluator: Evaluator, query: str) -> None:
    """A query that would ask another endpoint is refused before the engine sees it."""
    with pytest.raises(QueryRefusedError, match="SERVICE"):
        evaluator.answer(QueryRequest(query))


@pytest.mark.parametrize(
    "query",
    [
        'ASK { ?s ?p "SERVICE <http://e/> {}" }',
        "ASK { ?s ?p '''a'b SERVICE\\'''' } # SERVICE <http://e/>",
        "ASK { ?service <http://e/SERVICE> $SERVICE }",
        "PREFIX service: <http://e/> ASK { service:a service:SERVICE _:SERVICE }",
        "ASK { ?s ?p '#' , \"it's a service\"@service }",
    ],
)
def test_the_word_service_is_not_refused(evaluator: Evaluator, query: str) -> None:
    """In strings, comments, names and variables the word means nothing."""
    assert evaluator.answer(QueryRequest(query)).kind == "boolean"


@pytest.mark.parametrize(
    "query",
    [
        "INSERT DATA { <a:a> <a:b> <a:c> }",
        "PREFIX e: <http://e/> DELETE WHERE { ?s ?p ?o }",
        "LOAD <http://e/>",
        "clear all",
    ],
)
def test_an_update_sent_as_a_query_is_refused(evaluator: Evaluator, query: str) -> None:
    """The error for an update says that updates are refused, not that the syntax is wrong."""
    with pytest.raises(QueryRefusedError, match="updates are refused"):
        evaluator.answer(QueryRequest(query))


def test_nesting_is_bounded(evaluator: Evaluator) -> None:
    """A query nested deeper than the limit is refused, one within it is answered."""
    with pytest.raises(QueryRefusedError, match="5002 brackets") as raised:
        evaluator.answer(QueryRequest("ASK { FILTER" + "(" * 5001 + "1" + ")" * 5001 + "}"))
    assert str(MAX_DEPTH) in raised.value.hint
    depth = MAX_DEPTH - 1
    assert evaluator.answer(QueryRequest("ASK { FILTER" + "(" * depth + "1" + ")" * depth + "}"))


@pytest.mark.parametrize(
    ("query", "line", "column", "message", "hint"),
    [
        ("", 1, 1, "no query", "SELECT"),
        ("SELCT * {}", 1, 1, "SELCT is not a kind of query", "SELECT"),
        ("SELECT ?x {\n  cg:a ?p ?x }", 2, 3, "prefix cg: is not declared", "PREFIX cg: <https:"),
        ("ASK { ?s <http://e/a b> ?o }", 1, 10, "IRI is not closed", "%20"),
        ("ASK {\n ?s ?p ?o ", 1, 5, "this { is not closed", "add }"),
        ('ASK { ?s ?p "首尔 }', 1, 13, "string is not closed", ""),
        ('ASK { ?s ?p "首尔"\n } LIMIT x', 2, 10, "did not expect x", ""),
        ("SELECT (COUNT(?s) AS ?c) ?x { ?s ?p ?x }", 1, 26, "not grouped by", "SAMPLE"),
        ("ASK { ?s ?p }", 1, 13, "did not expect }", "a variable"),
        ("ASK { ?s !() ?o }", 1, 15, "engine cannot read", ""),
    ],
)
def test_syntax_errors_say_where_and_what(
    evaluator: Evaluator, query: str, line: int, column: int, message: str, hint: str
) -> None:
    """A syntax error has line and column (1-based, in characters) and words for a person."""
    with pytest.raises(QuerySyntaxError, match=message) as raised:
        evaluator.answer(QueryRequest(query))
    assert (raised.value.line, raised.value.column) == (line, column)
    assert hint in raised.value.hint
    assert "[_]" not in f"{raised.value} {raised.value.hint}"


def test_errors_hold_nothing_of_the_engine(evaluator: Evaluator) -> None:
    """An error can be dropped by any thread: it keeps neither the engine's result nor its error."""
    for query in ("SELECT * {", "SELECT (<http://e/f>(1) AS ?x) {}", "ASK {}"):
        with pytest.raises(QueryError if query != "ASK {}" else NotAcceptableError) as raised:
            evaluator.answer(QueryRequest(query, results_as=None))
        assert raised.value.__context__ is None
        assert raised.traceback[-1].name == "answer"


def test_an_unknown_function_is_an_error_of_ours(evaluator: Evaluator) -> None:
    """What the engine raises beyond syntax errors leaves as a QueryError."""
    with pytest.raises(QueryError, match="failed"):
        evaluator.answer(QueryRequest("SELECT (<http://e/f>(1) AS ?x) {}"))


@pytest.mark.parametrize("form", RESULTS)
def test_every_result_format(evaluator: Evaluator, form: Format) -> None:
    """SELECT and ASK come in every result format."""
    select = QueryRequest("SELECT ?o { ?s ?p ?o }", results_as=form.media_type)
    answer = evaluator.answer(select)
    assert (answer.kind, answer.media_type) == ("bindings", form.media_type)
    assert b"0" in answer.body
    ask = evaluator.answer(QueryRequest("ASK {}", results_as=form.media_type))
    assert ask.kind == "boolean"
    assert b"true" in ask.body


@pytest.mark.parametrize("form", GRAPHS)
def test_every_graph_format(evaluator: Evaluator, form: Format) -> None:
    """CONSTRUCT and DESCRIBE come in every RDF format."""
    for query in ("CONSTRUCT WHERE { ?s ?p ?o }", f"DESCRIBE <{E}a>"):
        answer = evaluator.answer(QueryRequest(query, graph_as=form.media_type))
        assert (answer.kind, answer.media_type) == ("graph", form.media_type)
        assert b"p" in answer.body


def test_an_alias_is_kept_as_the_answers_type(evaluator: Evaluator) -> None:
    """application/json is answered as application/json, in the format it stands for."""
    answer = evaluator.answer(QueryRequest("ASK {}", results_as="application/json"))
    assert answer.media_type == "application/json"
    assert json.loads(answer.body)["boolean"] is True


@pytest.mark.parametrize(
    ("query", "request_options", "available"),
    [
        ("ASK {}", {"results_as": None, "asked": "text/turtle"}, RESULTS),
        ("CONSTRUCT WHERE { ?s ?p ?o }", {"graph_as": None, "asked": "text/csv"}, GRAPHS),
    ],
)
def test_a_format_of_the_other_family_is_not_acceptable(
    evaluator: Evaluator, query: str, request_options: dict[str, Any], available: Any
) -> None:
    """Bindings cannot be Turtle and a graph cannot be CSV; the error lists what it can be."""
    with pytest.raises(NotAcceptableError) as raised:
        evaluator.answer(QueryRequest(query, **request_options))
    assert raised.value.available == tuple(form.media_type for form in available)


def test_turtle_declares_the_prefixes_it_uses(evaluator: Evaluator) -> None:
    """Ours and the query's prefixes are used; the query's go first; others are not declared."""
    query = (
        "PREFIX mine: <http://www.w3.org/2004/02/skos/core#> PREFIX e: <http://e.org/>"
        "CONSTRUCT { e:a a mine:Concept ; <https://w3id.org/cgkg/def/x> e:b } {}"
    )
    turtle = graph(evaluator, query, Format.TURTLE)
    declared = {line.split()[1] for line in turtle.splitlines() if line.startswith("@prefix")}
    assert declared == {"mine:", "e:", "cg:"}
    assert "e:a" in turtle


def test_an_empty_graph_is_an_empty_document(evaluator: Evaluator) -> None:
    """No triples, no prefixes."""
    assert graph(evaluator, "CONSTRUCT { ?s ?p ?o } { ?s <x:none> ?o }", Format.TURTLE) == ""


@pytest.mark.parametrize("predicate", ["http://e.org/", "http://e.org/x/", "http://e.org/123"])
def test_rdf_xml_refuses_what_it_cannot_write(evaluator: Evaluator, predicate: str) -> None:
    """A predicate that no XML name can carry is an error, not a broken document."""
    with pytest.raises(QueryError, match="RDF/XML cannot write") as raised:
        graph(evaluator, f"CONSTRUCT {{ <x:s> <{predicate}> 1 }} {{}}", Format.RDF_XML)
    assert "Turtle" in raised.value.hint


@pytest.mark.parametrize("character", ["\\u0001", "\\uFFFE"])
def test_xml_refuses_characters_it_cannot_carry(evaluator: Evaluator, character: str) -> None:
    """A control character is an error in XML, and no problem in JSON."""
    query = f"SELECT ('a{character}' AS ?x) {{}}"
    with pytest.raises(QueryError, match="XML cannot carry"):
        evaluator.answer(QueryRequest(query, results_as=Format.XML.media_type))
    assert json.loads(evaluator.answer(QueryRequest(query)).body)


def test_xml_keeps_carriage_returns(evaluator: Evaluator) -> None:
    """A carriage return in a literal survives an XML parser."""
    query = "SELECT ('a\\r\\nb' AS ?x) {}"
    body = evaluator.answer(QueryRequest(query, results_as=Format.XML.media_type)).body
    assert [element.text for element in ElementTree.fromstring(body).iter()][-1] == "a\r\nb"


def test_a_large_answer_is_an_error_and_not_cut(evaluator: Evaluator) -> None:
    """An answer beyond the limit on bytes is refused as a whole, naming the limit."""
    numbers = " ".join(str(number) for number in range(5000))
    query = f"SELECT * {{ VALUES ?x {{ {numbers} }} }}"
    with pytest.raises(QueryLimitError, match="100000 bytes") as raised:
        evaluator.answer(QueryRequest(query))
    assert "setting max_answer_bytes" in raised.value.hint
    assert len(rows(evaluator, query)) == 5000  # CSV is small enough


@pytest.mark.parametrize(
    ("base", "written", "resolved"),
    [
        ("http://e/a/b", "c", "http://e/a/c"),
        ("http://e/a/b#x", "", "http://e/a/b"),
        ("http://e/a/b", "#", "http://e/a/b#"),
        ("tag:/e/a/b", "../c", "tag:/e/c"),
        ("http://e/", "urn:x", "urn:x"),
        ("http://e/a", "?q=1", "http://e/a?q=1"),
    ],
)
def test_relative_graph_names_are_resolved(base: str, written: str, resolved: str) -> None:
    """A relative IRI after FROM means the graph that BASE makes of it."""
    assert read_outline(f"BASE <{base}> ASK FROM <{written}> {{}}").default_graphs == (resolved,)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM <http://a/\\U00110000> {}",
        "SELECT * FROM <http://a/\\uD800> {}",
        "BASE <http://[x/> PREFIX a: <b> SELECT * { a:b ?p ?o }",
        "BASE <http://[x/y> ASK FROM <c> {}",
        "ASK FROM <//[x> {}",
        "SELECT ?y { <//[x> <a:p>* ?y }",
        "PREFIX a: <http://\\U00110000/> SELECT ?y { a:b <a:p>* ?y }",
    ],
)
def test_what_is_no_iri_is_the_mistake_of_the_query(evaluator: Evaluator, query: str) -> None:
    """An escape of no character, a host that is none: 400 and not an error of the server."""
    with pytest.raises(QueryError):
        evaluator.answer(QueryRequest(query))


def test_relative_iris_without_base_are_relative_to_the_endpoint(evaluator: Evaluator) -> None:
    """§4.1.1.2: a query without BASE has one all the same, also for its dataset clauses."""
    at = Evaluator(evaluator.dataset, evaluator.asserted, max_bytes=1000, base=E + "sparql")
    assert rows(at, "SELECT ?o FROM <g1> FROM <g2> { <a> <p> ?o }") == [["1"]]
    assert rows(at, f"BASE <{E}x/> SELECT ?o {{ <a> <p> ?o }}") == []


def test_the_outline_of_a_query() -> None:
    """Form, prefixes, dataset clauses and depth are read before parsing."""
    found = read_outline(
        "# SELECT FROM <x:no>\nBASE <http://e/b/> PREFIX : <#> prefix x.y: <http://x/>\n"
        "CONSTRUCT { ?from ?a 'FROM <x:no>' } FROM <g> from :h FROM NAMED x.y:i WHERE { { } }"
    )
    assert found.form == "CONSTRUCT"
    assert found.prefixes == {"": "http://e/b/#", "x.y": "http://x/"}
    assert found.default_graphs == ("http://e/b/g", "http://e/b/#h")
    assert found.named_graphs == ("http://x/i",)
    assert (found.depth, found.service) == (2, False)


@pytest.mark.parametrize("form", RESULTS)
@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT ?x { VALUES ?x { 1 2 3 } }", 3),
        ("SELECT ?x { VALUES ?x { UNDEF UNDEF } }", 2),
        ("SELECT ?x { VALUES ?x { UNDEF 1 UNDEF } }", 3),
        ("SELECT ?x { FILTER(false) }", 0),
        (
            'SELECT * { VALUES (?x ?y) { ("}},{" "a\\r\\nb\\"") ("{}" "\\\\\\\\") ("<result>" 1)}}',
            3,
        ),
        ('SELECT ?x { VALUES ?x { "}},{\\"x" "}},{" "},{}" } }', 3),
    ],
)
def test_rows_are_counted_as_they_are(form: Format, query: str, rows: int) -> None:
    """The count of solutions is right in every format, whatever the values hold."""
    answer = write_results(Graph.of(()).query(query), form, AnswerLimits(10_000, 100))
    assert answer[1] == rows


def test_too_many_rows_are_an_error() -> None:
    """An answer with more rows than allowed is refused with the limit's name."""
    query = "SELECT ?x { VALUES ?x { 1 2 3 } }"
    with pytest.raises(QueryLimitError, match="more than 2 rows"):
        write_results(Graph.of(()).query(query), Format.JSON, AnswerLimits(10_000, 2))


CHAINS: dict[str, Callable[[int], str]] = {
    "or": lambda n: "ASK { FILTER(" + " || ".join(["?x = 1"] * n) + ") }",
    "sum": lambda n: "ASK { FILTER(" + " + ".join(["1"] * n) + " > 1) }",
    "difference": lambda n: "ASK { FILTER(1" + " -1" * n + " > 1) }",
    "not": lambda n: "ASK { FILTER(" + "!" * n + "true) }",
    "union": lambda n: "ASK { " + " UNION ".join(["{ ?s ?p ?o }"] * n) + " }",
    "optional": lambda n: "ASK { " + "OPTIONAL { ?s ?p ?o }" * n + " }",
    "minus": lambda n: "ASK { ?s ?p ?o " + "MINUS { ?s ?p ?o }" * n + " }",
    "bind": lambda n: "ASK { " + " ".join(f"BIND(1 AS ?x{i})" for i in range(n)) + " }",
    "select": lambda n: "SELECT " + " ".join(f"(1 AS ?x{i})" for i in range(n)) + " {}",
    "alternative": lambda n: "ASK { ?s " + "|".join(["<x:p>"] * n) + " ?o }",
    "sequence": lambda n: "ASK { ?s " + "/".join(["<x:p>"] * n) + " ?o }",
}


@pytest.mark.parametrize("kind", CHAINS)
def test_chains_are_bounded(evaluator: Evaluator, kind: str) -> None:
    """A chain that would fill the engine's stack is refused before the engine sees it."""
    for length in (MAX_STEPS + 2, 100_000):
        with pytest.raises(QueryRefusedError, match=f"chain of more than {MAX_STEPS}"):
            evaluator.answer(QueryRequest(CHAINS[kind](length)))


@pytest.mark.parametrize(
    "query",
    [
        "ASK { VALUES ?x {" + " -1" * 10_000 + " } }",
        "ASK { VALUES (?x ?y) {" + " (-1 +1)" * 5_000 + " } }",
        "ASK { VALUES ?x {" + " '1'^^<x:y>" * 5_000 + " } }",
        "ASK { FILTER(1 IN (" + ", ".join(["-1"] * 10_000) + ")) }",
        "ASK { FILTER(CONCAT(" + ", ".join(["'a'"] * 10_000) + ") = 'b') }",
        "CONSTRUCT { " + "<x:s> <x:p> -1 . " * 5_000 + " } {}",
        "ASK { ?s !(" + "|".join(["<x:p>"] * 1_000) + ") ?o }",
        "#" * 100_000 + "\nASK {}",
    ],
    ids=range(8),
)
def test_long_lists_are_no_chains(evaluator: Evaluator, query: str) -> None:
    """What the engine takes at any length is not refused."""
    assert evaluator.answer(QueryRequest(query)).body


def test_a_plain_query_is_outlined_as_its_tokens_say() -> None:
    """The short way of reading a query finds what the long way finds."""
    prologue = "#PREFIX\nPREFIX a: <x:a#> # <\n prefix : <x:b/>"
    for body in (
        "SELECT * { ?s a:knows :o }",
        "ASK { ?s ?p 'it''s from \\'service\\' uuid' }",
        "CONSTRUCT { ?s ?p 'NOW()' } { ?s ?p ?o }",
        "SELECT (NOW() AS ?n) {}",
        "select (rand ( ) AS ?n) {}",
        "SELECT (StrUUID() AS ?n) {}",
        "ASK FROM :g { SERVICE :s {} }",
        "DESCRIBE a:known",
        "BASE <x:c> DESCRIBE a:known # FROM",
        "BASE <d> prefix : <x:e> ASK {}",
        "PREFIX b: <b> ASK {}",
    ):
        # The escape makes it a query that must be read token by token.
        short, long = (
            read_outline(f"{prologue} {body}"),
            read_outline(f"{prologue} PREFIX a: <x:\\u0061#> {body}"),
        )
        for name in ("form", "base", "prefixes", "default_graphs", "service", "lasting"):
            assert getattr(short, name) == getattr(long, name), (body, name)
        assert short.depth >= long.depth
        assert short.steps >= long.steps


def test_numbers_and_typed_literals_are_tokens_of_their_own() -> None:
    """A number is one token with its sign; the two signs before a datatype are two."""
    found = [(token.kind, token.text) for token in read_tokens("-1.5e3 'a'^^:b <= 2. +.5 3.e2")]
    texts = ["-1.5e3", "'a'", "^", "^", ":b", "<=", "2", ".", "+.5", "3.e2"]
    assert [text for _, text in found] == texts
    assert [kind for kind, _ in found].count("number") == 4


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("a:b.c.", ["a:b.c", "."]),
        ("a:b..", ["a:b", ".", "."]),
        (r"a:b\..", [r"a:b\.", "."]),
        ("a:%2E.%2e.", ["a:%2E.%2e", "."]),
        ("a:.b a.b:", ["a:.b", "a.b:"]),
        ("_:x.y. _:1.", ["_:x.y", ".", "_:1", "."]),
    ],
)
def test_a_name_ends_before_a_full_stop(query: str, texts: list[str]) -> None:
    """The full stop that ends a triple is no part of the name before it (§19.8, rules 140-170)."""
    assert [token.text for token in read_tokens(query)] == texts


@pytest.mark.parametrize("call", ["RAND()", "now ( )", "Rand # of\n # it\r ()", "STRUUID()"])
def test_what_differs_each_time_is_seen_in_a_short_query(call: str) -> None:
    """Its answer must not be kept, also where a comment stands before the brackets."""
    assert not read_outline(f"SELECT ({call} AS ?x) {{}}").lasting
