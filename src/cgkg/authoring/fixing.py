"""Changes to a project's files that put findings right, each tried on a copy before it is offered.

A remedy is only what may help. It is made in the text of a file, so that nothing else there
changes; the file must then say exactly what it is meant to; and the project with it must lose the
findings and get no new violation or warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cgkg.authoring.formatting import FileChange
from cgkg.document.text import TextsAtHand
from cgkg.errors import ConfigError, SourceError
from cgkg.languages import SOURCE, pick
from cgkg.opening import write_text
from cgkg.pipeline import check
from cgkg.project.copying import copy_inputs
from cgkg.project.folder import Project
from cgkg.rdf.compression import read_decompressed
from cgkg.rdf.io import Reading, parse_file
from cgkg.rdf.lines import is_turtle
from cgkg.rdf.replacing import replace_terms
from cgkg.rdf.terms import IRI, BlankNode, Quad, Triple, parts
from cgkg.validation.report import Finding, Report

__all__ = ["Fixes", "find_fixes"]

_MOST = 20
"""Lines whose remedies are tried by themselves, if they cannot all be made together."""


@dataclass(frozen=True)
class Fixes:
    """What can be put right.

    Attributes:
        changes: of the files.
        fixed: the findings that are gone with them.
        left: how many violations there still are.
    """

    changes: tuple[FileChange, ...]
    fixed: tuple[Finding, ...]
    left: int


def find_fixes(project: Project, texts: TextsAtHand | None = None) -> Fixes:
    """The changes that put findings of a project right; nothing of it is written.

    Args:
        project: is looked at in a copy.
        texts: the words of its documents at hand, without which numbers are not held against them.

    Raises:
        SourceError: a file cannot be read.
        ConfigError: the project cannot be checked in a copy.
    """
    with TemporaryDirectory() as folder:
        trial = _Trial(project, Path(folder) / "project", texts)
        before = trial.check()
        after = trial.put_right(before)
        gone = _identities(before.findings) - _identities(after.findings)
        fixed = (trial.told(each) for each in before.findings if _identity(each) in gone)
        return Fixes(trial.changes(), tuple(fixed), len(after.violations))


class _Trial:
    """A copy of a project in which remedies are made."""

    def __init__(self, project: Project, folder: Path, words: TextsAtHand | None) -> None:
        self._project, self._folder, self._words = project, folder, words
        self._texts: dict[Path, str] = {}  # of files that were changed, as they were
        self._outside = not copy_inputs(project, folder)

    def check(self) -> Report:
        """The findings in the copy as it is."""
        try:
            return check(Project.at(self._folder), text=self._words).report
        except SourceError as error:
            if self._outside:  # which a relative path in a catalog does not reach from the copy
                raise ConfigError(
                    f"remedies are tried in a copy, and there it fails: {error.what}",
                    hint="it reads files outside of it; name them in its catalog by absolute paths",
                ) from None
            raise SourceError(
                error.what,
                path=self._original(error.path),
                line=error.line,
                column=error.column,
                hint=error.hint,
            ) from None

    def put_right(self, before: Report) -> Report:
        """Make the remedies that help, all at once or else line by line; the findings then."""
        wanted = [each for each in before.findings if each.remedy and self._is_named(each)]
        after = self._attempt(wanted, before) if wanted else before
        if after is not None:
            return after
        lines: dict[tuple[Path | None, int | None], list[Finding]] = {}
        for finding in wanted:
            lines.setdefault((finding.path, finding.line), []).append(finding)
        for of_line in list(lines.values())[:_MOST]:
            before = self._attempt(of_line, before) or before
        return before

    def told(self, finding: Finding) -> Finding:
        """A finding about the copy as one about the project."""
        return replace(finding, path=self._original(finding.path)) if finding.path else finding

    def changes(self) -> tuple[FileChange, ...]:
        """What differs from the project."""
        return tuple(
            FileChange(self._original(path), before, _read(path))
            for path, before in sorted(self._texts.items())
            if before != _read(path)
        )

    def _attempt(self, findings: Iterable[Finding], before: Report) -> Report | None:
        """Make these remedies; None, and nothing is made, if they do not help."""
        remedies: dict[Path, dict[Triple, Triple]] = {}
        for finding in findings:
            assert finding.path
            of_file = remedies.setdefault(finding.path, {})
            for old, new in finding.remedy:
                of_file[old] = _both(old, of_file.get(old, old), new)
        saved = {path: _read(path) for path in remedies}
        self._texts = saved | self._texts
        if all(_make(path, of_file, self._project.prefixes) for path, of_file in remedies.items()):
            after = self._helps(findings, before)
            if after is not None:
                return after
        for path, text in saved.items():
            write_text(path, text)
        return None

    def _helps(self, findings: Iterable[Finding], before: Report) -> Report | None:
        """The findings now, if those are gone and there is no new violation or warning."""
        try:
            after = self.check()
        except SourceError:
            return None
        grave = _identities((*after.violations, *after.warnings))
        if grave - _identities(before.findings) or _identities(findings) & grave:
            return None
        return after

    def _is_named(self, finding: Finding) -> bool:
        """Whether a finding is of a Turtle file of the project, and about no blank node: labels of
        those are made anew whenever a file is read.
        """
        path, statements = finding.path, [old for old, _ in finding.remedy]
        here = path is not None and path.is_relative_to(self._folder) and is_turtle(path)
        terms = {term for statement in statements for term in parts(statement)}
        return here and not any(isinstance(term, BlankNode) for term in terms)

    def _original(self, path: Path) -> Path:
        if not path.is_relative_to(self._folder):
            return path
        return self._project.folder / path.relative_to(self._folder)


def _both(old: Triple, one: Triple, other: Triple) -> Triple:
    """What two remedies make of a statement together."""
    return Triple(
        *(
            mine if theirs == was else theirs
            for was, mine, theirs in zip(parts(old), parts(one), parts(other), strict=True)
        )  # type: ignore[arg-type]  # as many terms as there were, of the same kinds
    )


def _make(path: Path, remedies: Mapping[Triple, Triple], prefixes: Mapping[str, str]) -> bool:
    """Put statements of a file in the place of others; whether it says just that then."""
    reading = Reading(prefixes=prefixes)
    quads = set(parse_file(path, blank_prefix="b", reading=reading))
    text, expected = _read(path), set(quads)
    for old, new in remedies.items():
        for quad in (each for each in quads if each.triple == old):
            graph = quad.graph_name if isinstance(quad.graph_name, IRI) else None
            # What shares a name with a statement before is as it should be already.
            text = replace_terms(text, old, new, graph, prefixes) or text
            expected.discard(quad)
            expected.add(Quad(*parts(new), quad.graph_name))
    write_text(path, text)
    try:
        return set(parse_file(path, blank_prefix="b", reading=reading)) == expected != quads
    except SourceError:
        return False


def _read(path: Path) -> str:
    return read_decompressed(path).decode("utf-8")


def _identities(findings: Iterable[Finding]) -> set[tuple[Any, ...]]:
    return {_identity(each) for each in findings}


def _identity(finding: Finding) -> tuple[Any, ...]:
    """A finding without its place."""
    said = pick(finding.message, SOURCE)
    return finding.code, finding.focus, finding.predicate, finding.value, finding.graph, said
