"""What a query leaves in any order has one order where the generation is named."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cgkg.formats import RESULTS, Format
from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad, Triple
from cgkg.sparql import ordering
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.ordering import leaves_order_open, sort_rows, sort_triples
from cgkg.sparql.protocol import QueryRequest
from cgkg.sparql.writing import AnswerLimits, write_results
from cgkg.store.graph import Graph

# The engine orders these branches anew at every evaluation.
UNION = """PREFIX e: <http://e.org/> SELECT ?s ?o {
  { ?s e:p/e:q ?o } UNION { ?s e:q/e:p ?o } UNION { ?o e:p/e:p ?s } UNION { ?o e:q/e:q ?s }
}"""
GRAPH = UNION.replace("SELECT ?s ?o", "CONSTRUCT { ?s e:to ?o }")
TIMES = 12
# Values that look like the ends of rows, in every format.
ODD = """SELECT ?x ?y { VALUES (?x ?y) {
  (UNDEF UNDEF) ("}},{\\"a" 1) ("a\\r\\n,\\"b\\"" UNDEF) (UNDEF "{}") ("},{" "]}}")
  ("</result><result>" "") ("t\\tn\\n" 1) ("\\"bindings\\":[" "</results>") (UNDEF UNDEF)
} }"""


def name(local: str) -> IRI:
    return IRI(f"http://e.org/{local}")


def small() -> Evaluator:
    """A graph in which every branch of the queries above has several solutions."""
    letters = "abcd"
    graph = Graph.of(
        Quad(name(one), name(p), name(letters[(3 * n + ord(p)) % 4]), DefaultGraph())
        for n, one in enumerate(letters)
        for p in ("p", "q")
    )
    return Evaluator(graph, graph, max_bytes=1 << 20)


def asked(query: str, **options: Any) -> set[bytes]:
    """The different answers in some evaluations."""
    evaluator = small()
    request = QueryRequest(query, **options)
    return {evaluator.answer(request).body for _ in range(TIMES)}


@pytest.mark.parametrize("form", RESULTS)
def test_a_named_generation_gives_its_rows_in_one_order(form: Format) -> None:
    """Evaluated again and again the answer has the same bytes, which without a version it has not;
    and they are the same rows."""
    named = asked(UNION, results_as=form.media_type, version="g")
    other = asked(UNION, results_as=form.media_type)
    assert len(named) == 1
    assert len(other) > 1
    assert Counter(next(iter(named))) == Counter(next(iter(other)))


@pytest.mark.parametrize("form", [Format.N_TRIPLES, Format.TURTLE])
def test_a_named_generation_gives_a_graph_in_one_order(form: Format) -> None:
    """The same for the triples of a CONSTRUCT."""
    assert len(asked(GRAPH, graph_as=form.media_type, version="g")) == 1
    assert len(asked(GRAPH, graph_as=form.media_type)) > 1


def test_rows_with_evidence_have_one_order() -> None:
    """Each row keeps its own evidence."""
    (body,) = asked(UNION, evidence=True, version="g")
    assert len(asked(UNION, evidence=True)) > 1
    content = json.loads(body)
    for row, found in zip(content["results"]["bindings"], content["evidence"], strict=True):
        ends = {triple[end]["value"] for triple in found for end in ("subject", "object")}
        assert {row["s"]["value"], row["o"]["value"]} <= ends


def test_other_processes_give_the_same_bytes() -> None:
    """A permalink means the same bytes after a restart."""
    code = (
        "import hashlib, test_ordering as t;"
        "print(sorted(hashlib.sha256(b).hexdigest() for b in t.asked(t.UNION, version='g')))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            cwd=Path(__file__).parent,
        ).stdout
        for _ in range(3)
    }  # fmt: skip
    assert len(said) == 1


def test_the_order_of_the_query_is_kept() -> None:
    """ORDER BY at the outermost level decides."""
    query = "SELECT ?x { VALUES ?x { 2 10 1 } } ORDER BY DESC(?x)"
    (body,) = asked(query, results_as=Format.CSV.media_type, version="g")
    assert body == b"x\r\n10\r\n2\r\n1\r\n"


@pytest.mark.parametrize(
    ("query", "is_open"),
    [
        ("SELECT * { ?s ?p ?o }", True),
        ("SELECT * { ?s ?p ?o } ORDER BY ?s", False),
        ("SELECT * { ?s ?p ?o } order\nby ?s LIMIT 1", False),
        ("SELECT * { { SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 1 } }", True),
        ("PREFIX order: <http://e/> SELECT * { ?order order:by 'ORDER BY' } # ORDER BY ?s", True),
        ("SELECT * { ?s ?p ?o } LIMIT 3", True),
    ],
)
def test_what_leaves_the_order_open(query: str, is_open: bool) -> None:
    """Only the keyword ORDER outside of all brackets says an order."""
    assert leaves_order_open(query) is is_open


def read(body: bytes, form: Format) -> list[str]:
    """The solutions of an answer, by a reader of the format."""
    text = body.decode()
    if form is Format.JSON:
        return [json.dumps(row) for row in json.loads(text)["results"]["bindings"]]
    if form is Format.XML:
        space = "{http://www.w3.org/2005/sparql-results#}"
        rows = ElementTree.XML(text).iter(f"{space}result")
        return [ElementTree.tostring(row, "unicode") for row in rows]
    if form is Format.CSV:
        return [repr(row) for row in csv.reader(io.StringIO(text, newline=""))][1:]
    return text.split("\n")[1:-1]


@pytest.mark.parametrize("form", RESULTS)
def test_rows_stay_whole(form: Format) -> None:
    """Values that hold what ends a row elsewhere do not break it, and equal rows are all kept."""
    body, rows = write_results(Graph.of([]).query(ODD), form, AnswerLimits(1 << 20, 99))
    ordered = sort_rows(body, form)
    assert ordered != body
    assert sort_rows(ordered, form) == ordered
    assert len(read(ordered, form)) == rows
    assert Counter(read(ordered, form)) == Counter(read(body, form))


@pytest.mark.parametrize("form", RESULTS)
@pytest.mark.parametrize("query", ["SELECT ?x { ?x ?y ?z }", "SELECT * { VALUES () { () () } }"])
def test_answers_without_rows_or_columns(form: Format, query: str) -> None:
    """There is nothing to put in order."""
    body, _ = write_results(Graph.of([]).query(query), form, AnswerLimits(1 << 20, 99))
    assert sort_rows(body, form) == body


def test_what_is_large_stays_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bounds nothing is put in order, and nothing is lost."""
    monkeypatch.setattr(ordering, "MOST_BYTES", 10)
    monkeypatch.setattr(ordering, "MOST_TRIPLES", 2)
    assert sort_rows(b"?x\n2\n1\n" * 2, Format.TSV) == b"?x\n2\n1\n" * 2
    triples = [Triple(name("s"), name("p"), Literal(str(n))) for n in (3, 1, 2)]
    assert list(sort_triples(triples)) == triples
    assert list(sort_triples(triples[:2])) == [triples[1], triples[0]]
