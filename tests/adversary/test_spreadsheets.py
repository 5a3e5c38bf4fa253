"""CSV that people open in a spreadsheet: nothing in the data is run as a formula."""

from __future__ import annotations

import codecs
import csv
import io

import pytest
from commands import run
from projects import Small

from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryRequest
from cgkg.store.graph import Graph
from cgkg.tables import neutralize_formulas

FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", '=HYPERLINK("http://e/","a")', "=a,b",
    "-2+3+cmd|' /C calc'!A0", "=1\n=2", "\uff1d1+1", "\uff0b1", "-", "=", "+49 30 1", "-1-1",
)  # fmt: skip
HARMLESS = (
    "-5", "+5", "-1.5", "-.5", "-1e10", "0", "a=b", "a,=b", 'a"=b', "1-1", "", " =1", "'=1",
    "http://e/?a=b", "a\n=b", "\u2212" + "5",
)  # fmt: skip


def table(*cells: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([cell, "x", cell] for cell in cells)
    return out.getvalue().encode()


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_formula_becomes_text() -> None:
    """In the first column and in a later one; what is there can still be read."""
    assert cells(neutralize_formulas(table(*FORMULAS))) == [
        [f"'{f}", "x", f"'{f}"] for f in FORMULAS
    ]


def test_numbers_and_text_stay() -> None:
    """Not a byte of them changes."""
    assert neutralize_formulas(table(*HARMLESS)) == table(*HARMLESS)


@pytest.mark.parametrize("spreadsheet", [True, False])
def test_an_answer_for_a_spreadsheet_has_no_formulas(spreadsheet: bool) -> None:
    """Asked for, and only then: other CSV is as the data is."""
    quads = [Quad(IRI("urn:s"), IRI("urn:p"), Literal(f), DefaultGraph()) for f in FORMULAS]
    graph = Graph.of(quads)
    request = QueryRequest("SELECT ?o { ?s ?p ?o }", results_as="text/csv", spreadsheet=spreadsheet)
    body = Evaluator(graph, graph, 1 << 20).answer(request).body
    assert body.startswith(codecs.BOM_UTF8) == spreadsheet
    mark = "'" if spreadsheet else ""
    assert {row[0] for row in cells(body)[1:]} == {mark + f for f in FORMULAS}


def test_the_command_writes_for_spreadsheets(small: Small) -> None:
    """--spreadsheet is for CSV and for nothing else."""
    select = "SELECT ('=1+1' AS ?a) (-5 AS ?b) {}"
    words = ("query", select, "--project", str(small.folder), "--spreadsheet")
    assert run(*words, "--format", "tsv").returncode == 2
    assert run(*words, "--format", "csv").stdout == "\ufeffa,b\n'=1+1,-5\n"
