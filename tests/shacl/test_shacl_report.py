"""Reports: what a result says, in which order, and as RDF."""

from __future__ import annotations

from shacl_cases import check, iri, triples

from cgkg.rdf.terms import Literal
from cgkg.rdf.vocab import RDF, SH, XSD
from cgkg.shacl.graph import ShapesGraph
from cgkg.shacl.paths import read_path
from cgkg.shacl.report import ValidationReport, to_triples
from cgkg.shacl.validator import validate

SHAPES = """
:S sh:targetSubjectsOf :p ; sh:severity :Own ; sh:message "nein"@de , "no" ;
    sh:path ( :p [ sh:inversePath :q ] ) ; sh:maxCount 1 ; sh:node :T .
:T sh:property [ sh:path :n ; sh:minCount 1 ] .
"""
DATA = ":b :p :x . :a :p :x . :y :q :x . :z :q :x ; :n 1 ."


def test_a_result_has_the_severity_and_the_messages_of_its_shape() -> None:
    """Severities may be of one's own; all messages are kept, each with its language."""
    report = check(DATA, SHAPES)
    assert not report.conforms
    assert {each.severity for each in report.results} == {iri("Own")}
    assert {each.messages for each in report.results} == {
        (Literal("no"), Literal("nein", language="de"))
    }


def test_results_without_a_message_are_told_in_all_languages() -> None:
    """Where the shapes say nothing, cgkg does."""
    (result,) = check(":a :p 1 , 2 .", ":S sh:targetNode :a ; sh:path :p ; sh:maxCount 1 .").results
    told = {each.language: each.value for each in result.messages}
    assert told["en"] == "more values than 1"
    assert len(told) > 1


def test_results_come_in_one_order() -> None:
    """By focus node, path, value and shape, however the data were ordered."""
    again = validate(reversed(triples(DATA)), list(reversed(triples(SHAPES))))
    report = check(DATA, SHAPES)
    keys = [(each.focus, each.value, each.component) for each in report.results]
    assert keys == [(each.focus, each.value, each.component) for each in again.results]
    assert [str(each.focus) for each in report.results] == sorted(
        str(each.focus) for each in report.results
    )


def test_nothing_wrong_is_a_report_that_conforms() -> None:
    """A report without results conforms, and says so as RDF."""
    report = check("", SHAPES)
    assert report == ValidationReport(True, (), ())
    node = to_triples(report)[0].subject
    true = Literal("true", datatype=XSD.boolean)
    assert {(each.predicate, each.object) for each in to_triples(report)} == {
        (RDF.type, SH.ValidationReport),
        (SH.conforms, true),
    }
    assert {each.subject for each in to_triples(report)} == {node}


def test_a_report_can_be_written_as_rdf() -> None:
    """Every result with all that it says, its path as one, details within (SHACL §3.6)."""
    report = check(DATA, SHAPES)
    graph = ShapesGraph(to_triples(report))
    (node,) = graph.instances(SH.ValidationReport)
    results = list(graph.values(node, SH.result))
    assert len(results) == len(report.results) == 4
    for each, result in zip(results, report.results, strict=True):
        path = graph.value(each, SH.resultPath)
        assert path is not None
        assert result.path == read_path(graph, path)
        assert graph.value(each, SH.focusNode) == result.focus
        assert graph.value(each, SH.value) == result.value
        assert graph.value(each, SH.sourceShape) == iri("S")
        assert graph.value(each, SH.sourceConstraintComponent) == result.component
        assert graph.value(each, SH.resultSeverity) == iri("Own")
        assert set(graph.values(each, SH.resultMessage)) == set(result.messages)
        details = list(graph.values(each, SH.detail))
        assert [graph.value(one, SH.focusNode) for one in details] == [
            one.focus for one in result.details
        ]
    assert sum(len(each.details) for each in report.results) == 2


def test_what_cgkg_does_not_do_is_given_to_pyshacl_and_told() -> None:
    """Expressions of SHACL-AF; the report names who validated, and why."""
    shapes = """:S a sh:NodeShape ; sh:targetClass :C ; sh:property [ sh:path :p ; sh:maxCount 0 ] ;
        sh:expression [ sh:path :good ] ."""
    report = check(":a a :C ; :p 1 ; :good true .", shapes)
    assert [each.focus for each in report.results] == [iri("a")]
    (note,) = report.notes
    assert note == "pySHACL validated, for the sake of sh:expression, which cgkg does not do"
