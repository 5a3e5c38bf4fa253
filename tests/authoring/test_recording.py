"""Answers of competency questions, written down by `cgkg query --record`."""

from __future__ import annotations

import json

from commands import run
from projects import BASE, Small

HEAD = f"PREFIX : <{BASE}def/>\nPREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
WORDS = "# en: Where does it flow?\n# zh: 流经哪里？\n"
PLACES = WORDS + HEAD + (
    "SELECT ?zh ?en WHERE { ?r :flowsThrough ?p . ?p skos:prefLabel ?zh , ?en\n"
    ' FILTER (lang(?zh) = "zh" && lang(?en) = "en") }'
)  # fmt: skip
LENGTH = WORDS + HEAD + "SELECT ?answer WHERE { ?r :lengthKm ?answer }"


def question(small: Small, name: str, text: str) -> str:
    return str(small.write(f"queries/competency/{name}.rq", text))


def recorded(small: Small) -> str:
    return small.project.expected_answers.read_text("utf-8")


def test_the_answer_of_a_new_question_is_recorded(small: Small) -> None:
    """One line a question, rows in a stable order; the check passes then."""
    project = ["--project", str(small.folder)]
    length, _ = question(small, "Q2", LENGTH), question(small, "Q1", PLACES)
    assert run("query", "--record", length, *project).returncode == 0
    assert recorded(small) == '{\n "Q2": [1094.0]\n}\n'
    assert "query --record queries/competency/Q1.rq" in run("check", *project).stdout
    done = run("query", "--record", *project)
    assert done.stdout == 'Q1: [["德累斯顿", "Dresden"], ["汉堡", "Hamburg"]]\n'
    assert recorded(small) == (
        '{\n "Q1": [["德累斯顿", "Dresden"], ["汉堡", "Hamburg"]],\n "Q2": [1094.0]\n}\n'
    )
    assert run("check", *project).returncode == 0


def test_recording_again_writes_nothing(small: Small) -> None:
    """Not even another layout of what is there."""
    project = ["--project", str(small.folder)]
    path = question(small, "Q1", LENGTH)
    held = '{"Q1":\n[1094]}'
    small.write("queries/competency/expected.json", held)
    for words in ([path], []):
        done = run("query", "--record", *words, *project)
        assert (done.returncode, done.stdout) == (0, "")
        assert recorded(small) == held


def test_a_recorded_answer_is_not_replaced(small: Small) -> None:
    """That the graph has another one is for a person to judge."""
    path = question(small, "Q1", LENGTH)
    small.write("queries/competency/expected.json", json.dumps({"Q1": [7]}))
    done = run("query", "--record", path, "--project", str(small.folder))
    assert done.returncode == 1
    assert "another answer is recorded for it: [7]; now it is [1094.0]" in done.stderr
    assert recorded(small) == '{"Q1": [7]}'


def test_the_question_is_asked_in_the_languages_of_the_project(small: Small) -> None:
    """The form of the comments is said; a query from elsewhere has no place to be recorded."""
    project = ["--project", str(small.folder)]
    path = question(small, "Q1", LENGTH.replace("# zh: 流经哪里？\n", ""))
    done = run("query", "--record", path, *project)
    assert f"{path}:1: the question is not asked in words in zh" in done.stderr
    assert "# zh: …" in done.stderr
    elsewhere = small.write("length.rq", LENGTH)
    done = run("query", "--record", str(elsewhere), *project)
    assert done.returncode == 2
    assert "queries/competency" in done.stderr
    assert not small.project.expected_answers.exists()


def test_answers_of_a_project_with_violations_are_not_recorded(small: Small) -> None:
    """They may be wrong."""
    path = question(small, "Q1", LENGTH)
    small.facts("c:9-39 { id:river\\/elbe :flowThrough id:place\\/dresden . }")
    done = run("query", "--record", path, "--project", str(small.folder))
    assert done.returncode == 2
    assert "cgkg check lists them" in done.stderr
