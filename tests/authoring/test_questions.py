"""Competency questions and the inspection of a whole project."""

from __future__ import annotations

import json

import pytest
from projects import BASE, Small, span

from cgkg.authoring.check import inspect
from cgkg.authoring.questions import ask, examine, read
from cgkg.errors import QueryError, SourceError
from cgkg.pipeline import dataset, read_and_close
from cgkg.store.graph import Graph

HEAD = f"PREFIX : <{BASE}def/>\nPREFIX id: <{BASE}id/>\n"
PLACES = "# Where does the Elbe flow?\n# 易北河流经哪里？\n" + HEAD + (
    "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
    "SELECT ?zh ?en WHERE { id:river\\/elbe :flowsThrough ?p . ?p skos:prefLabel ?zh , ?en\n"
    ' FILTER (lang(?zh) = "zh" && lang(?en) = "en") }'
)  # fmt: skip
LENGTH = "# How long is it?\n# 多长？\n" + HEAD + "SELECT ?answer WHERE { ?r :lengthKm ?answer }"


def put(small: Small, expected: object = None, **queries: str) -> Graph:
    """The project with these questions and recorded answers, and its graph."""
    for name, query in queries.items():
        small.write(f"queries/competency/{name}.rq", query)
    if expected is not None:
        small.write("queries/competency/expected.json", json.dumps(expected))
    return Graph.of(dataset(read_and_close(small.project)))


def codes(small: Small, graph: Graph) -> list[str]:
    return [finding.code for finding in examine(small.project, graph).report.findings]


def test_questions_without_any_recorded_answer_are_mentioned(small: Small) -> None:
    """They are not asked, which is said once, and is no mistake."""
    graph = put(small, Q1=PLACES, Q2=LENGTH)
    examination = examine(small.project, graph)
    (finding,) = examination.report.findings
    assert (examination.asked, finding.severity, finding.code) == (0, "info", "question-unrecorded")
    assert "--record" in finding.hint["en"]


def test_a_question_is_read_in_both_languages(small: Small) -> None:
    """The first comments are the question; the query begins after them."""
    put(small, Q1=PLACES)
    (question,) = read(small.project)
    assert (question.name, question.line) == ("Q1", 3)
    assert question.text == {"en": "Where does the Elbe flow?", "zh": "易北河流经哪里？"}


@pytest.mark.parametrize(
    ("query", "answers"),
    [
        (LENGTH, [1094.0]),
        (HEAD + "ASK { ?r :lengthKm 1094 }", [True]),
        (HEAD + "SELECT ?answer WHERE { ?answer :lengthKm 1094 }", [f"{BASE}id/river/elbe"]),
        ("SELECT ?start ?end WHERE { VALUES (?start ?end) { (3 9) } }", [[3, 9]]),
        ("SELECT ?a ?b WHERE { VALUES (?a ?b) { (3 UNDEF) } }", [["3", None]]),
    ],
)
def test_answers_take_the_form_of_their_variables(
    small: Small, query: str, answers: list[object]
) -> None:
    """Numbers, truth values, IRIs, places in the document, or whole rows."""
    graph = put(small, Q1=query)
    assert ask(graph, small.folder / "queries/competency/Q1.rq") == answers


@pytest.mark.parametrize("mark", ["", "zh:", "zh\uff1a"])
def test_a_question_may_say_its_language(small: Small, mark: str) -> None:
    """With a colon of either width; it is no part of the question."""
    put(small, Q1=f"# {mark} 多长\uff1f\nASK {{}}")
    (question,) = read(small.project)
    assert question.text == {"zh": "多长\uff1f"}


def test_a_query_that_is_none_says_where(small: Small) -> None:
    """A syntax error is an error of cgkg with its line."""
    graph = put(small, Q1="# q\nSELECT ?answer WHERE { ?s ?p }")
    with pytest.raises(QueryError, match="line 2"):
        ask(graph, small.folder / "queries/competency/Q1.rq")


def test_recorded_answers_pass_in_any_order(small: Small) -> None:
    """Order counts only where the query orders; 1094 and 1094.0 are one answer."""
    places = [["德累斯顿", "Dresden"], ["汉堡", "Hamburg"]]
    ordered = PLACES + " ORDER BY DESC(?en)"
    graph = put(small, {"Q1": places, "Q2": [1094], "Q3": places}, Q1=PLACES, Q2=LENGTH, Q3=ordered)
    done = examine(small.project, graph)
    assert (done.asked, done.passed) == (3, 2)
    (finding,) = done.report.findings
    assert finding.path == small.folder / "queries" / "competency" / "Q3.rq"
    assert finding.code == "question-answer"
    put(small, {"Q1": places[::-1], "Q2": [1094], "Q3": places[::-1]})
    assert examine(small.project, graph).report.conforms


def test_a_wrong_answer_shows_both(small: Small) -> None:
    """The finding stands at the query, asks the question and names both answers."""
    graph = put(small, {"Q1": [7]}, Q1=LENGTH)
    done = examine(small.project, graph)
    assert (done.asked, done.passed) == (1, 0)
    said = done.report.findings[0]
    assert said.line == 3
    assert "How long is it? expected [7], found [1094.0]" in said.line_text("en")
    assert "多长？应得 [7]，实得 [1094.0]" in said.line_text("zh")


def test_queries_and_records_belong_together(small: Small) -> None:
    """A query without an answer, an answer without a query and no query at all are findings."""
    graph = put(small, {"Q2": [1], "Q3": [1]}, Q1=LENGTH, Q3="SELECT")
    done = examine(small.project, graph)
    assert sorted(codes(small, graph)) == ["question-lost", "question-query", "question-unrecorded"]
    assert (done.asked, done.passed) == (2, 0)


def test_without_recorded_answers_nothing_is_asked(small: Small) -> None:
    """A project without expected.json has no questions to pass; a damaged one says its line."""
    graph = put(small, Q1=LENGTH)
    assert examine(small.project, graph).asked == 0
    small.write("queries/competency/expected.json", '{\n "Q1": [,\n}')
    with pytest.raises(SourceError, match=r"expected\.json:2"):
        examine(small.project, graph)
    small.write("queries/competency/expected.json", "[]")
    with pytest.raises(SourceError, match="by question name"):
        examine(small.project, graph)


def test_an_inspection_covers_data_and_questions(small: Small) -> None:
    """Findings of the data and failed questions are one report."""
    put(small, {"Q1": [1094]}, Q1=LENGTH)
    done = inspect(small.project)
    assert done.sound
    assert done.as_dict()["questions"] == {"asked": 1, "passed": 1}
    small.facts(span("1,094 km", "id:river\\/elbe :lengthKn 1094 ."))
    done = inspect(small.project)
    assert not done.sound
    found = {finding.code: finding for finding in done.report.violations}
    assert "question-answer" in found
    assert "lengthKm" in found["unknown-term"].line_text("en")


def test_an_inspection_lists_every_unreadable_file(small: Small) -> None:
    """A build stops at the first file that is malformed; an inspection names them all."""
    first = small.write("data/1.trig", "@prefix : <urn:x> .\n:a :b ; .\n")
    second = small.write("shapes/required.ttl", "\n\n:a\n")
    done = inspect(small.project)
    assert not done.sound
    assert [(f.path, f.code) for f in done.report.findings] == [
        (first, "unreadable"),
        (second, "unreadable"),
    ]
    line = done.report.findings[0].line_text("zh")
    assert line.startswith(f"{first}:2: 违规 unreadable: 无法读取：")
    assert "\n" not in line
