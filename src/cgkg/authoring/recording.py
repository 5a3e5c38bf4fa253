"""Recording the answers of competency questions that have none yet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgkg.authoring.formatting import FileChange
from cgkg.authoring.questions import (
    Question,
    answer_key,
    ask,
    is_same_answer,
    read,
    read_recorded,
    shown_answer,
)
from cgkg.errors import ConfigError, SourceError
from cgkg.opening import regular_text
from cgkg.pipeline import check, dataset
from cgkg.project.folder import Project
from cgkg.store.graph import Graph


@dataclass(frozen=True)
class Recording:
    """Answers found for questions, by their names, and the file with them, if it changes."""

    answers: Mapping[str, Any]
    change: FileChange | None


def record_answers(project: Project, files: Iterable[Path] = ()) -> Recording:
    """The answers of questions that have none recorded; nothing is written.

    Args:
        project: its files are asked as they are, without a build.
        files: the questions, each in queries/competency; without any, all of them.

    Raises:
        SourceError: a question is not asked in words in each of the project's languages; another
            answer is recorded for it already; or a file cannot be read.
        ConfigError: a file is none of the project's questions, or the project has violations.
        QueryError: a query is wrong.
    """
    recorded = dict(read_recorded(project.expected_answers) or {})
    questions = _chosen(project, [path.resolve() for path in files])
    wanted = [each for each in questions if files or each.name not in recorded]
    if not wanted:
        return Recording({}, None)
    graph = _graph(project)
    answered: dict[str, Any] = {}
    for question in wanted:
        _refuse_wordless(question, project.languages)
        answers = ask(graph, question.path, project.languages)
        if not question.ordered:
            answers.sort(key=answer_key)
        held = recorded.get(question.name)
        if held is None:
            answered[question.name] = answers
        elif not is_same_answer(answers, held, question.ordered):
            raise SourceError(
                f"another answer is recorded for it: {shown_answer(held)}; now it is"
                f" {shown_answer(answers)}",
                path=question.path,
                line=question.line,
                hint=f"if that is right, take {question.name} out of {project.expected_answers}"
                " and record it again",
            )
    path = project.expected_answers
    before = regular_text(path) if path.is_file() else ""
    after = _text(_with(recorded, answered))
    return Recording(answered, FileChange(path, before, after) if answered else None)


def _chosen(project: Project, files: list[Path]) -> list[Question]:
    questions = read(project)
    if not files:
        return list(questions)
    by_path = {question.path.resolve(): question for question in questions}
    for path in files:
        if path not in by_path:
            folder = project.expected_answers.parent
            raise ConfigError(
                f"{path.name} is none of the project's questions",
                hint=f"put it into {folder}, with the question in its first lines, such as"
                f" {_form(project.languages)}",
            )
    return [by_path[path] for path in files]


def _graph(project: Project) -> Graph:
    checked = check(project)
    if checked.report.violations:
        raise ConfigError(
            f"the project has {len(checked.report.violations)} violations:"
            " its answers may be wrong",
            hint="cgkg check lists them",
        )
    return Graph.of(dataset(checked))


def _refuse_wordless(question: Question, languages: Iterable[str]) -> None:
    missing = [each for each in languages if not question.text.get(each, "").strip()]
    if missing:
        raise SourceError(
            f"the question is not asked in words in {', '.join(missing)}",
            path=question.path,
            line=1,
            hint=f"write it in the first lines: {_form(missing)}",
        )


def _form(languages: Iterable[str]) -> str:
    return ", ".join(f"# {language}: \u2026" for language in languages)


def _with(recorded: Mapping[str, Any], answered: Mapping[str, Any]) -> dict[str, Any]:
    """All answers; the new ones at the end, or where they belong if the others are in order."""
    names = [*recorded, *answered]
    if list(recorded) == sorted(recorded):
        names.sort()
    return {name: answered[name] if name in answered else recorded[name] for name in names}


def _text(answers: Mapping[str, Any]) -> str:
    def write(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    lines = (f" {write(name)}: {write(answer)}" for name, answer in answers.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


__all__ = ["Recording", "record_answers"]
