"""Changes tried in a copy of the project: what its checks then say, and of which row."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cgkg.authoring.formatting import FileChange
from cgkg.document.text import TextsAtHand
from cgkg.errors import ConfigError, SourceError
from cgkg.intake.rows import ResolvedStatement, RowOutcome
from cgkg.languages import SOURCE, pick
from cgkg.messages import retell
from cgkg.opening import write_text
from cgkg.pipeline import CheckedProject, check
from cgkg.project.copying import copy_inputs
from cgkg.project.folder import Project
from cgkg.rdf.notation import abbreviate_text
from cgkg.rdf.terms import IRI, Term, Triple
from cgkg.validation.report import Finding


class ProjectTrial:
    """A copy of a project in which changes are made and checked, over and over."""

    def __init__(self, project: Project, folder: Path, texts: TextsAtHand | None) -> None:
        self._project, self._folder, self._texts = project, folder, texts
        self._whole = copy_inputs(project, folder)
        self._made: list[Path] = []
        self._tried: list[Path] = []  # of the last changes
        self._before: set[tuple[object, ...]] | None = None

    def check(self, changes: Iterable[FileChange]) -> CheckedProject:
        """The project with these changes, and no others, as the pipeline sees it.

        Raises:
            SourceError: a file cannot be read; it names the project's own.
            ConfigError: the project cannot be checked in a copy.
        """
        self._restore()
        for change in changes:
            name = change.path.relative_to(self._project.folder)
            target = self._folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            write_text(target, change.after)
            self._made.append(name)
        self._tried = self._made or self._tried
        try:
            return check(Project.at(self._folder), text=self._texts)
        except SourceError as error:
            if not self._whole:
                raise ConfigError(
                    f"changes are tried in a copy, and there it fails: {error.what}",
                    hint="it reads files outside of it; name them in its catalog by absolute paths",
                ) from None
            path = error.path
            if path.is_relative_to(self._folder):
                path = self._project.folder / path.relative_to(self._folder)
            raise SourceError(
                error.what, path=path, line=error.line, column=error.column, hint=error.hint
            ) from None

    def new_violations(self, checked: CheckedProject) -> list[Finding]:
        """Those that the project does not have without the changes."""
        violations = checked.report.violations
        if not violations:
            return []
        if self._before is None:
            self._before = {_identity(each) for each in self.check(()).report.violations}
        return [each for each in violations if _identity(each) not in self._before]

    def told(
        self,
        finding: Finding,
        language: str = SOURCE,
        statements: Mapping[str, str] | None = None,
    ) -> str:
        """A finding in one line: what is wrong, and what to do; files are those of the project.

        Args:
            finding: to tell.
            language: to tell it in.
            statements: what rows state, with the rows: these are told instead of places in files
                that exist in the trial only.
        """
        said, hint = pick(finding.message, language), pick(finding.hint, language)
        text = said if finding.code in said else f"{finding.code}: {said}"
        if hint:
            text += f" ({'; '.join(hint.splitlines())})"
        text = text.replace(f"{self._folder}{os.sep}", "")
        text = abbreviate_text(text, self._project.prefixes)
        files = "|".join(re.escape(name.as_posix()) for name in self._tried)
        for whole, place in (statements or {}).items():
            statement = abbreviate_text(whole, self._project.prefixes)
            if files and statement in text:
                at = rf"(?:{files}):\d+(?=\W{{1,3}}{re.escape(statement)})"
                row = retell(place, language)  # `line 5`, without a backslash
                text = re.sub(at, row, text)
        return text

    def _restore(self) -> None:
        for name in self._made:
            original, copy = self._project.folder / name, self._folder / name
            if original.is_file():
                copy.write_bytes(original.read_bytes())
            else:
                copy.unlink()
        self._made = []


def blame(
    findings: Sequence[Finding], outcomes: Sequence[RowOutcome]
) -> tuple[dict[int, Finding], list[Finding]]:
    """The rows that findings are of, by index, each with its first; and what is of no row.

    A finding is of the rows that state what it is about; else of those of its clause; else of those
    that name its focus, or its value.
    """
    index = _StatementIndex(outcomes)
    rows: dict[int, Finding] = {}
    unplaced = []
    for finding in findings:
        blamed = index.rows(finding)
        for row in blamed:
            rows.setdefault(row, finding)
        if not blamed:
            unplaced.append(finding)
    return rows, unplaced


class _StatementIndex:
    """New statements of rows, by what a finding may know of them."""

    def __init__(self, outcomes: Sequence[RowOutcome]) -> None:
        self._keys: dict[tuple[object, ...], list[int]] = {}
        for number, outcome in enumerate(outcomes):
            statement = outcome.resolved
            if statement is not None and not statement.present:
                for key in _keys(statement):
                    self._keys.setdefault(key, []).append(number)

    def rows(self, finding: Finding) -> list[int]:
        for each in (finding, *finding.causes):
            focus, predicate, value = each.focus, each.predicate, each.value
            keys: tuple[tuple[object, ...], ...] = (
                (each.graph, focus, predicate, value),
                (focus, predicate, value),
                (each.graph, focus, predicate),
                (focus, predicate),
                ("registers", focus),
                ("clause", focus),
                (each.graph, focus),
                ("says", focus),
                ("says", value),
                ("clause", each.graph),
            )
            rows = next((self._keys[k] for k in keys if None not in k and k in self._keys), None)
            if rows:
                return rows
        return []


def _keys(statement: ResolvedStatement) -> Iterable[tuple[object, ...]]:
    clause: IRI = statement.clause.iri
    triple: Triple = statement.triple
    s, p, o = triple.subject, triple.predicate, triple.object
    yield from ((clause, s, p, o), (s, p, o), (clause, s, p), (s, p), (clause, s))
    yield from (("says", s), ("says", o), ("clause", clause))
    for one in statement.individuals:
        yield ("registers", one.iri)


def _identity(finding: Finding) -> tuple[object, ...]:
    """A finding without its place."""
    terms: Mapping[str, Term | None] = {
        "focus": finding.focus, "predicate": finding.predicate,
        "value": finding.value, "graph": finding.graph,
    }  # fmt: skip
    return (finding.code, pick(finding.message, SOURCE), *terms.values())


__all__ = ["ProjectTrial", "blame"]
