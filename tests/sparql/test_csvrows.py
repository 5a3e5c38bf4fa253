"""Solutions as CSV: the engine's bytes, but for IRIs that need quotes."""

from __future__ import annotations

import csv
import io
from itertools import product
from pathlib import Path

import pyoxigraph as ox
import pytest

from cgkg.errors import QueryError, QueryLimitError
from cgkg.formats import Format
from cgkg.rdf.io import parse_bytes
from cgkg.sparql.csvrows import csv_of
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryRequest
from cgkg.store.graph import Graph

XSD = "http://www.w3.org/2001/XMLSchema#"
TEXTS = ["", " a ", "a,b", 'a"b', "a\r\nb", "a\tb", "\\n", "<a,b>", "?x", "臺北𝒳", "x\0y", "_:b"]
VALUES: list[ox.NamedNode | ox.BlankNode | ox.Literal] = [
    ox.NamedNode("http://e/a?b"),
    ox.BlankNode("b"),
    *(ox.Literal(text) for text in TEXTS),
    *(ox.Literal(text, language="en-gb") for text in TEXTS),
    *(ox.Literal(text, datatype=ox.NamedNode("http://e/t,é")) for text in TEXTS),
    *(ox.Literal("5", datatype=ox.NamedNode(XSD + name)) for name in ("integer", "double")),
    ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean")),
    ox.Literal("2020-01-01", datatype=ox.NamedNode(XSD + "date")),
]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s ?v { ?s ?p ?v } ORDER BY ?s",
        "SELECT ?none ?v ?nothing { ?s ?p ?v } ORDER BY ?s",
        "SELECT ?été {}",
        "SELECT * {}",
        "SELECT ?v { ?v ?v ?v }",
    ],
)
def test_solutions_are_written_as_the_engine_writes_them(query: str) -> None:
    """To the byte, where it writes them right."""
    store, predicate = ox.Store(), ox.NamedNode("http://e/p")
    for number, value in enumerate(VALUES):
        store.add(ox.Quad(ox.NamedNode(f"http://e/{number:03}"), predicate, value))

    def written(form: ox.QueryResultsFormat) -> bytes:
        found = store.query(query)
        assert isinstance(found, ox.QuerySolutions)
        return found.serialize(format=form) or b""

    tsv, wanted = written(ox.QueryResultsFormat.TSV), written(ox.QueryResultsFormat.CSV)
    assert csv_of(tsv) == wanted


def evaluator(data: str, size: int = 10_000) -> Evaluator:
    graph = Graph.of(parse_bytes(data.encode(), Format.TRIG, Path("data.trig")))
    return Evaluator(graph, graph, max_bytes=size)


def test_an_iri_with_a_comma_is_one_field() -> None:
    """RFC 4180 §2.6, as the CSV format of SPARQL asks for."""
    names = ["http://e/Washington,_D.C.", "http://e/a", "urn:x:,"]
    data = "\n".join(f"<{one}> <http://e/p> <{two}> ." for one, two in product(names, names))
    answer = evaluator(data).answer(
        QueryRequest("SELECT ?s ?o { ?s ?p ?o }", results_as="text/csv")
    )
    found = list(csv.reader(io.StringIO(answer.body.decode(), newline="")))
    assert sorted(found[1:]) == sorted(map(list, product(names, names)))
    assert answer.rows == 9


def test_the_limit_is_that_of_the_csv() -> None:
    """Not of what it is made of, in which datatypes stand."""
    data = '<http://e/a> <http://e/p> "2020-01-01"^^<http://www.w3.org/2001/XMLSchema#date> .'
    request = QueryRequest("SELECT ?o { ?s ?p ?o }", results_as="text/csv")
    body = evaluator(data, 15).answer(request).body
    assert body == b"o\r\n2020-01-01\r\n"
    with pytest.raises(QueryLimitError, match="larger than 14 bytes"):
        evaluator(data, 14).answer(request)


@pytest.mark.parametrize("name", ["http://e/1", "http://e/x/"])
def test_a_class_that_rdf_xml_cannot_write_is_refused(name: str) -> None:
    """The engine would write an element without a name, which is no XML."""
    asked = QueryRequest(f"CONSTRUCT {{ <a:a> a <{name}> }} {{}}", graph_as="application/rdf+xml")
    with pytest.raises(QueryError, match=f"RDF/XML cannot write the class <{name}>"):
        evaluator("").answer(asked)
