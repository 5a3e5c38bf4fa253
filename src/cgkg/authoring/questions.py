"""Competency questions: queries the graph must answer, and whether it still does.

A question is a `.rq` file in queries/competency whose first comments ask it (`# en: …`, `# fr: …`);
expected.json beside it holds the recorded answers by question name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from cgkg.encoding import read_query_file
from cgkg.errors import QueryError, SourceError
from cgkg.languages import NP_, SOURCE, known, marked, translations
from cgkg.opening import regular_text
from cgkg.project.folder import Project
from cgkg.sparql.diagnosis import explain
from cgkg.store.graph import Graph
from cgkg.validation.report import Finding, Report

_ORDERED = re.compile(r"\bORDER\s+BY\b", re.IGNORECASE)
_SHOWN = 300


@dataclass(frozen=True)
class Question:
    """A question in words, by language, and as a query; `name` is that of its file."""

    name: str
    path: Path
    text: Mapping[str, str]
    query: str

    @property
    def ordered(self) -> bool:
        """Whether the order of the answers is part of them."""
        return bool(_ORDERED.search(self.query))

    @property
    def line(self) -> int:
        """Where the query begins after the comments that ask it."""
        lines = self.query.splitlines()
        return next((n for n, line in enumerate(lines, 1) if not line.startswith("#")), 1)


@dataclass(frozen=True)
class Examination:
    """How many questions were put to a graph, how many it answered as recorded, and the rest."""

    asked: int
    passed: int
    report: Report


def read(project: Project) -> tuple[Question, ...]:
    """The project's questions in the order of their names.

    Raises:
        SourceError: a file cannot be read.
    """
    return tuple(_question(path) for path in project.competency_queries)


def ask(graph: Graph, path: Path, languages: Iterable[str] = ()) -> list[Any]:
    """The answers: numbers, truth values, [start, end] of spans, names by language, or IRIs.

    Args:
        graph: what is asked.
        path: the file of the query.
        languages: variables with the tag of one, `?de` or `?zh_Hant`, hold names in it; without
            any, those that pages can be in.

    Raises:
        QueryError: the file holds no query that SPARQL 1.1 knows.
        SourceError: it cannot be read.
    """
    query = _question(path).query
    try:
        solutions = graph.query(query)
    except SyntaxError as error:
        raise explain(str(error), query) from None
    if not hasattr(solutions, "variables"):
        return [bool(solutions)]
    names = [variable.value for variable in solutions.variables]
    rows = [
        {name: None if row[name] is None else row[name].value for name in names}
        for row in solutions
    ]
    tags = {each.replace("-", "_") for each in tuple(languages) or known()}
    return [_answer(row, tags) for row in rows]


def examine(project: Project, graph: Graph) -> Examination:
    """Put every question to the graph; without recorded answers nothing is asked, and that is said.

    Raises:
        SourceError: a query or the recorded answers cannot be read.
    """
    recorded = read_recorded(project.expected_answers)
    questions = read(project)
    if recorded is None:
        return Examination(0, 0, Report(tuple(_never_recorded(questions))))
    tags = project.languages
    findings = [
        each_finding for each in questions for each_finding in _review(each, graph, recorded, tags)
    ]
    failed = {finding.path for finding in findings}
    lost = sorted(recorded.keys() - {each.name for each in questions})
    findings += [_lost(name, project.expected_answers) for name in lost]
    passed = sum(each.path not in failed for each in questions)
    return Examination(len(questions), passed, Report(tuple(findings)))


def _question(path: Path) -> Question:
    try:
        query = read_query_file(path)
    except OSError as error:
        raise SourceError(str(error), path=path) from None
    text: dict[str, str] = {}
    for line in query.splitlines():
        if not line.startswith("#"):
            break
        language, words = marked(line.lstrip("#").strip())
        text.setdefault(language, words)
    return Question(path.stem, path, text, query)


def _answer(row: Mapping[str, str | None], tags: Container[str]) -> Any:
    """One solution in the form in which answers are recorded, told by its variables."""
    if row.keys() >= {"start", "end"}:
        place = [int(row[name] or 0) for name in ("start", "end")]
        return [row["document"], *place] if "document" in row else place
    names = [value for name, value in row.items() if name in tags]
    if len(names) > 1:
        return names
    if "answer" in row:
        return _number(row["answer"])
    return list(row.values())


def _number(value: str | None) -> float | str | None:
    try:
        return None if value is None else float(Decimal(value))
    except InvalidOperation:
        return value


def read_recorded(path: Path) -> Mapping[str, Any] | None:
    """The recorded answers by question name; None if there is no such file.

    Raises:
        SourceError: it is not readable as that.
    """
    try:
        answers = json.loads(regular_text(path))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(str(error), path=path) from None
    except json.JSONDecodeError as error:
        raise SourceError(error.msg, path=path, line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise SourceError("it is nested too deeply", path=path) from None
    if not isinstance(answers, dict):
        raise SourceError("expected answers by question name", path=path, line=1)
    return answers


def _review(
    question: Question, graph: Graph, recorded: Mapping[str, Any], languages: Iterable[str]
) -> Iterator[Finding]:
    """What is wrong with one question: its query, its record or its answers."""
    try:
        answers = ask(graph, question.path, languages)
    except QueryError as error:
        yield _finding(
            "question-query",
            translations(NP_("wrong query", "{error}"), error=error.message),
            question.path,
            getattr(error, "line", None) or question.line,
            hint={SOURCE: error.hint},
        )
        return
    if question.name not in recorded:
        yield _finding(
            "question-unrecorded",
            translations("no answer is recorded for it"),
            question.path,
            question.line,
            hint=translations(
                "if it is right, record it: cgkg query --record {file}; it is {found}",
                file="queries/competency/" + question.path.name,
                found=shown_answer(answers),
            ),
        )
    elif not is_same_answer(answers, recorded[question.name], question.ordered):
        wanted = shown_answer(recorded[question.name])
        yield _finding(
            "question-answer",
            translations(
                "{name} expected {wanted}, found {found}",
                name=question.text or question.name,
                wanted=wanted,
                found=shown_answer(answers),
            ),
            question.path,
            question.line,
        )


def _never_recorded(questions: Sequence[Question]) -> Iterator[Finding]:
    if questions:
        yield Finding(
            "info",
            "question-unrecorded",
            translations("no answers are recorded, so that none of the questions is asked"),
            questions[0].path,
            questions[0].line,
            hint=translations("cgkg query --record records all answers; read what it prints"),
        )


def _lost(name: str, path: Path) -> Finding:
    lines = regular_text(path).splitlines()
    line = next((n for n, text in enumerate(lines, 1) if f'"{name}"' in text), 1)
    return _finding(
        "question-lost",
        translations("there is no query {name}.rq for this answer", name=name),
        path,
        line,
    )


def is_same_answer(answers: list[Any], wanted: Any, ordered: bool) -> bool:
    """Whether the answers are those wanted, in their order if that counts."""
    if ordered or not isinstance(wanted, list):
        return bool(answers == wanted)
    return sorted(map(answer_key, answers)) == sorted(map(answer_key, wanted))


def answer_key(answer: Any) -> str:
    """What the answers of a question are ordered by where their order does not count."""
    # 80 and 80.0 are the same answer and so need the same text.
    plain = isinstance(answer, int) and not isinstance(answer, bool)
    return json.dumps(float(answer) if plain else answer, ensure_ascii=False)


def shown_answer(answers: Any) -> str:
    """The answers as JSON for messages; long ones are cut short."""
    text = json.dumps(answers, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _finding(
    code: str,
    message: Mapping[str, str],
    path: Path,
    line: int,
    hint: Mapping[str, str] | None = None,
) -> Finding:
    return Finding("violation", code, message, path, line, hint=hint or {})
