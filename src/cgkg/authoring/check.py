"""Everything an author wants to know of a project before committing: one report.

Files that cannot be read, names, spans, shapes, the closure, and the competency questions. A
build stops at the first file that it cannot read; an inspection goes on and lists them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgkg.authoring.catalog import stale_entries
from cgkg.authoring.declarations import declared_otherwise
from cgkg.authoring.formatting import files_of
from cgkg.authoring.questions import examine
from cgkg.authoring.shapes import render_shapes, shapes_file
from cgkg.document.drafts import explain_draft
from cgkg.errors import SourceError
from cgkg.languages import NP_, SOURCE, translations
from cgkg.opening import regular_text
from cgkg.pipeline import check, dataset
from cgkg.progress import Say
from cgkg.project.folder import Project
from cgkg.project.texts import open_texts
from cgkg.rdf.compression import read_decompressed
from cgkg.rdf.io import parse_file
from cgkg.store.graph import Graph
from cgkg.validation.engines import Validator
from cgkg.validation.report import Finding, Report


@dataclass(frozen=True)
class Inspection:
    """All findings, and how many questions were asked and answered as recorded."""

    report: Report
    asked: int = 0
    passed: int = 0

    @property
    def sound(self) -> bool:
        """No violation, and every question has its answer."""
        return self.report.conforms and self.asked == self.passed

    def as_dict(self) -> dict[str, Any]:
        """The inspection for JSON."""
        questions = {"asked": self.asked, "passed": self.passed}
        return {"sound": self.sound, "questions": questions, **self.report.as_dict()}


def inspect(
    project: Project,
    *,
    source: Path | None = None,
    validator: Validator = "cgkg",
    say: Say = lambda stage, counts, seconds: None,
) -> Inspection:
    """Check everything that can be checked; files that cannot be read are findings as well.

    Args:
        project: the project folder.
        source: the source document, if at hand; then every span's digest is checked against it.
        validator: who validates by the shapes.
        say: told of each stage.

    Raises:
        ConfigError: a setting, such as the source document, is not usable.
    """
    try:
        checked = check(project, text=open_texts(project, source), validator=validator, say=say)
        examined = examine(project, Graph.of(dataset(checked)))
    except SourceError as error:
        return Inspection(Report(tuple(_list_unreadable(project, error))))
    report = checked.report + examined.report + Report(tuple(_check_upkeep(project)))
    return Inspection(report, examined.asked, examined.passed)


def _check_upkeep(project: Project) -> Iterator[Finding]:
    """What `cgkg fmt` makes and is out of date: the catalog, by which Protégé finds the modules,
    and the shapes that follow from the ontology, if the project has them.
    """
    try:
        wrong = stale_entries(project)
        held = shapes_file(project)
        behind = held.is_file() and regular_text(held) != render_shapes(project)
    except SourceError as error:
        yield _finding(error)
        return
    for path in (*files_of(project), *_others(project)):
        text = read_decompressed(path).decode("utf-8", "replace")
        for line, name, space in declared_otherwise(text, project.prefixes):
            yield Finding(
                "info",
                "prefix",
                translations(
                    "{prefix} is <{space}> here, and <{other}> in cgkg.toml",
                    prefix=name + ":",
                    space=space,
                    other=project.prefixes[name],
                ),
                path=path,
                line=line,
                hint=translations("give one of them another name"),
            )
    if wrong:
        yield Finding(
            "warning",
            "catalog",
            translations("Protégé would not find <{iri}> by it", iri=wrong[0]),
            path=project.catalog,
            line=1,
            hint=translations("run cgkg fmt"),
        )
    if behind:
        yield Finding(
            "warning",
            "shapes",
            translations("the ontology has changed since"),
            path=held,
            line=1,
            hint=translations("run cgkg fmt"),
        )


def _others(project: Project) -> tuple[Path, ...]:
    return (*project.fact_files, *project.description_files, *project.shape_files)


def _list_unreadable(project: Project, first: SourceError) -> Iterator[Finding]:
    """A finding for every file that cannot be read, the first one included."""
    yield _finding(first)
    files = (
        *project.fact_files,
        *project.concept_files,
        *project.description_files,
        *sorted(project.ontology.parent.glob("*.ttl")),
        *project.shape_files,
    )
    for path in files:
        try:
            parse_file(path, reading=project.reading)
        except SourceError as failure:
            error = explain_draft(failure)
            if (error.path, error.line) != (first.path, first.line):
                yield _finding(error)


def _finding(error: SourceError) -> Finding:
    column = f"column {error.column}: " if error.column else ""
    said = f"{column}{error.what}"
    return Finding(
        severity="violation",
        code="unreadable",
        message=translations(NP_("unreadable file", "{error}"), error=said),
        path=error.path,
        line=error.line,
        hint={SOURCE: error.hint},
    )
