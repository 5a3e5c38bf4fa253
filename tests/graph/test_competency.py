"""Questions that the graph must answer, by the queries in queries/competency."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT, SHARED

from cgkg.authoring.questions import ask
from cgkg.store.graph import Graph

QUERIES = sorted((ROOT / "queries" / "competency").glob("Q*.rq"))
# The later ones are not in the independent list: their recorded answers were read in the document.
LISTED = [path for path in QUERIES if path.stem < "Q160"]
GOLDEN = ROOT / "queries" / "competency" / "expected.json"
QUESTIONS = SHARED / "competency" / "questions.json"


@pytest.mark.parametrize("path", QUERIES, ids=lambda p: p.stem)
def test_answers_are_the_recorded_ones(graph: Graph, path: Path) -> None:
    """Each query gives the answers recorded beside it, in their order."""
    assert ask(graph, path) == json.loads(GOLDEN.read_text("utf-8"))[path.stem]


def test_every_query_has_its_question_and_answer() -> None:
    """Every query has its question in both languages and a recorded answer."""
    recorded = json.loads(GOLDEN.read_text("utf-8"))
    assert {path.stem for path in QUERIES} == set(recorded)
    assert len(QUERIES) >= 110
    for path in QUERIES:
        head = path.read_text("utf-8").splitlines()[:2]
        assert all(line.startswith("#") for line in head), path
        assert re.search(r"[\u4e00-\u9fff]", "".join(head)), path


def wanted() -> dict[str, dict[str, Any]]:
    if not QUESTIONS.is_file():
        pytest.skip("the questions are not at hand (../shared/competency)")
    return {row["id"]: row for row in json.loads(QUESTIONS.read_text("utf-8"))}


def names(answer: dict[str, Any]) -> set[str]:
    return {answer["zh"], answer.get("en") or "", *answer.get("aliases", [])} - {""}


@pytest.mark.parametrize("path", LISTED, ids=lambda p: p.stem)
def test_answers_are_those_asked_for(graph: Graph, path: Path) -> None:
    """The answers are the ones that the independent question list expects."""
    question = wanted()[path.stem]
    got, expected = ask(graph, path), question["answer"]
    assert len(got) == len(expected)
    if "char_start" in str(expected):
        assert got == [[a["char_start"], a["char_end"]] for a in expected]
    elif question["answer_kind"] == "number":
        slack = float((question["tolerance"] or "0%").rstrip("%")) / 100
        value = got[0] * 100 if question["answer_unit"] == "%" and got[0] <= 1 else got[0]
        assert value == pytest.approx(expected[0], rel=max(slack, 1e-9))
    elif question["answer_kind"] == "boolean":
        assert got == expected
    else:
        order = question["answer_kind"] == "ordered"
        rows = list(zip(got, expected, strict=True)) if order else [
            (next((row for row in got if set(row) & names(a)), []), a) for a in expected
        ]  # fmt: skip
        assert all(set(row) & names(answer) for row, answer in rows), (got, expected)


def test_every_question_has_a_query() -> None:
    """Every question of the independent list has a query, and the others are the later ones."""
    assert set(wanted()) == {path.stem for path in LISTED}


INFERRED = {
    "Q034",
    "Q051",
    "Q052",
    "Q055",
    "Q056",
    "Q059",
    "Q064",
    "Q067",
    "Q068",
    "Q073",
    "Q074",
    "Q097",
    "Q110",
    "Q117",
    "Q118",
    "Q133",
    "Q134",
    "Q137",
    "Q146",
    "Q150",
    "Q152",
    "Q154",
    "Q155",
    "Q156",
    "Q157",
    "Q159",
    "Q160",
    "Q162",
    "Q163",
    "Q169",
    "Q170",
    "Q171",
    "Q172",
    "Q173",
    "Q175",
    "Q176",
    "Q177",
    "Q181",
    "Q183",
    "Q184",
}


@pytest.mark.parametrize("path", QUERIES, ids=lambda p: p.stem)
def test_what_needs_inference_fails_without(asserted: Graph, path: Path) -> None:
    """On the asserted facts alone, just the questions listed here are answered otherwise."""
    recorded = json.loads(GOLDEN.read_text("utf-8"))[path.stem]
    assert (ask(asserted, path) != recorded) == (path.stem in INFERRED)


def test_the_questions_of_inference_are_among_them() -> None:
    """Every question that the independent list calls one of inference needs inference."""
    called = {name for name, row in wanted().items() if row["difficulty"] == "inference"}
    assert called <= INFERRED
