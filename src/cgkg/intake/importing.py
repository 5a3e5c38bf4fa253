"""Rows into a project: resolved, tried, and written together, or left with the reason why not."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cgkg.authoring.formatting import FileChange
from cgkg.document.text import TextsAtHand
from cgkg.errors import ConfigError, SourceError
from cgkg.intake.changing import ProjectFiles, Removal, Wanted, clause_of
from cgkg.intake.resolving import RowResolver
from cgkg.intake.rows import RowOutcome, RowStatus, StatementRow, place_of
from cgkg.intake.trial import ProjectTrial, blame
from cgkg.pipeline import CheckedProject
from cgkg.project.folder import Project
from cgkg.project.location import refuse_installed
from cgkg.project.sources import Sources, load
from cgkg.rdf.terms import IRI, BlankNode, Triple
from cgkg.rdf.vocab import RDF

_TOLD = 5  # findings that are of no single row
_ROUNDS = 12
"""How often rows that contradict a shape are left out and the rest is tried again."""


@dataclass(frozen=True)
class RowImport:
    """What importing rows comes to.

    Attributes:
        outcomes: how each row ends, in order.
        changes: of files, which are checked and not written yet.
        removed: the statements that the changes take out, as people write them.
        held_back: why nothing is changed although rows are ok; "" if that is not so.
    """

    outcomes: tuple[RowOutcome, ...]
    changes: tuple[FileChange, ...]
    removed: tuple[str, ...] = ()
    held_back: str = ""

    @property
    def complete(self) -> bool:
        """Whether every row is ok, and nothing was held back."""
        return not self.held_back and all(o.status is RowStatus.OK for o in self.outcomes)

    def counts(self) -> Counter[str]:
        """How many rows ended how; those that say nothing new are counted as `already there`."""
        counts = Counter[str](o.status.value for o in self.outcomes if not _is_known(o))
        counts["already there"] = sum(map(_is_known, self.outcomes))
        return counts


def plan_import(
    project: Project,
    rows: Sequence[StatementRow],
    texts: TextsAtHand | None,
    *,
    replace_all: bool = False,
    all_or_nothing: bool = False,
) -> RowImport:
    """What importing these rows would change; nothing is written. Blocks for seconds.

    The project with the changes is checked as a build would, in a copy: a row that a new violation
    is of is left out, and the rest tried again.

    Args:
        project: gets the statements.
        rows: from a sheet, or from any other tool.
        texts: the words of the documents that are at hand, in which quotes are found.
        replace_all: the rows are all that is said of their documents: statements that are in no
            row are taken out, and modes and gists of the rows replace others. Nothing is changed
            then unless every row is ok.
        all_or_nothing: change nothing unless every row is ok.

    Raises:
        SourceError: a file of the project cannot be read, or an edited copy of a text is at hand.
        ConfigError: the project cannot be checked in a copy, or belongs to the installed package.
    """
    refuse_installed(project.folder)
    _refuse_edited(texts)
    sources = load(project)
    resolver = RowResolver(sources, texts, replace=replace_all)
    outcomes = resolver.resolve(rows)
    removed = _missing(sources, outcomes) if replace_all else []
    whole = replace_all or all_or_nothing
    files = ProjectFiles(sources)
    short = resolver.names.short
    with tempfile.TemporaryDirectory() as folder:
        trial = ProjectTrial(project, Path(folder) / "project", texts)
        for _ in range(_ROUNDS):
            if whole and (reason := _reason(outcomes)):
                return RowImport(tuple(outcomes), (), (), reason)
            wanted = _wanted(resolver, outcomes, removed)
            changes = files.changes(wanted)
            if not changes:
                return RowImport(tuple(outcomes), ())
            checked = trial.check(changes)
            violations = trial.new_violations(checked)
            if not violations:
                _prove(sources, checked, wanted)
                gone = tuple(_line(clause.iri, triple, short) for clause, triple in removed)
                return RowImport(tuple(outcomes), tuple(changes), gone)
            blamed, unplaced = blame(violations, outcomes)
            if not blamed:
                return _refused(
                    outcomes, [f"{trial.told(each)} [{each.statement}]" for each in unplaced]
                )
            stated = _stated(outcomes)
            for number, finding in blamed.items():
                said = trial.told(finding, project.languages[0], stated)
                outcomes[number] = _contradicting(outcomes[number], said)
    return RowImport(tuple(outcomes), (), (), f"after {_ROUNDS} attempts there are violations left")


def _refuse_edited(texts: TextsAtHand | None) -> None:
    for copy in texts.edited.values() if texts else ():
        raise SourceError(
            "this is not the text that is cited", path=copy.path, hint="cgkg check says more"
        )


def _stated(outcomes: Iterable[RowOutcome]) -> dict[str, str]:
    """What rows state that is new, and the classes that they register, each with its row."""
    stated: dict[str, str] = {}
    for outcome in outcomes:
        if outcome.resolved and not outcome.resolved.present:
            place, triple = place_of(outcome.row), outcome.resolved.triple
            terms = (triple.subject, triple.predicate, triple.object)
            stated.setdefault(" ".join(map(str, terms)), place)
            for one in outcome.resolved.individuals:
                stated.setdefault(f"{one.iri} {RDF.type} ", place)
    return stated


def _contradicting(outcome: RowOutcome, said: str) -> RowOutcome:
    return replace(outcome, status=RowStatus.CONTRADICTS, message=said, resolved=None)


def write_changes(changes: Iterable[FileChange]) -> list[Path]:
    """Write all files, or none: each is written beside the old one, then they replace these.

    Returns:
        The files written.

    Raises:
        ConfigError: a file cannot be written, is a link, or was edited meanwhile.
    """
    changes = list(changes)
    fresh: list[tuple[Path, FileChange]] = []
    try:
        for change in changes:
            _refuse_other(change)
            change.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{change.path.name}.", dir=change.path.parent)
            fresh.append((Path(name), change))
            with os.fdopen(handle, "wb") as file:
                file.write(change.after.encode("utf-8"))
                os.fchmod(handle, _permissions(change.path))
        _replace(fresh)
    except OSError as error:
        raise ConfigError(f"cannot write {error.filename}: {error.strerror}") from None
    finally:
        for path, _ in fresh:
            with suppress(OSError):
                path.unlink()
    return [change.path for change in changes]


def _replace(fresh: Sequence[tuple[Path, FileChange]]) -> None:
    """Put each file into its place; if one cannot be, the others are as they were."""
    done: list[FileChange] = []
    try:
        for path, change in fresh:
            os.replace(path, change.path)
            done.append(change)
    except OSError:
        for change in done:
            if change.before:
                change.path.write_bytes(change.before.encode("utf-8"))
            else:
                change.path.unlink()
        raise


def _refuse_other(change: FileChange) -> None:
    refuse_installed(change.path)
    if change.path.is_symlink():
        raise ConfigError(f"{change.path} is a symbolic link, which is not followed")
    there = change.path.read_bytes() if change.path.exists() else b""
    if there != change.before.encode("utf-8"):
        raise ConfigError(f"{change.path} was edited meanwhile", hint="run it again")


def _permissions(path: Path) -> int:
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _wanted(
    resolver: RowResolver, outcomes: Iterable[RowOutcome], removed: Sequence[Removal]
) -> Wanted:
    statements = [o.resolved for o in outcomes if o.status is RowStatus.OK and o.resolved]
    return Wanted(statements, resolver.descriptions, removed)


def _is_known(outcome: RowOutcome) -> bool:
    return outcome.resolved is not None and outcome.resolved.present


def _reason(outcomes: Iterable[RowOutcome]) -> str:
    bad = sum(outcome.status is not RowStatus.OK for outcome in outcomes)
    return f"nothing is changed: {bad} rows are not ok" if bad else ""


def _refused(outcomes: Sequence[RowOutcome], findings: Sequence[str]) -> RowImport:
    """Nothing is written where it cannot be told which row a violation is of."""
    more = f"; and {len(findings) - _TOLD} more" if len(findings) > _TOLD else ""
    said = "; ".join(findings[:_TOLD]) + more
    return RowImport(
        tuple(outcomes), (), (), f"nothing is changed, for what follows is of no single row: {said}"
    )


def _missing(sources: Sources, outcomes: Iterable[RowOutcome]) -> list[Removal]:
    """The statements about documents of the rows that no row has; those with blank nodes stay."""
    resolved = [outcome.resolved for outcome in outcomes if outcome.resolved]
    documents = {statement.clause.document for statement in resolved}
    said = {(statement.clause.iri, statement.triple) for statement in resolved}
    return [
        (clause_of(span), triple)
        for span in sources.spans
        if span.document in documents
        for triple in sources.graphs.get(span.iri, ())
        if (span.iri, triple) not in said and not _has_blank(triple)
    ]


def _has_blank(triple: Triple) -> bool:
    return isinstance(triple.subject, BlankNode) or isinstance(triple.object, BlankNode)


def _line(clause: IRI, triple: Triple, short: object) -> str:
    assert callable(short)
    terms = (triple.subject, triple.predicate, triple.object)
    return f"{short(clause)}: {' '.join(map(short, terms))}"


def _prove(sources: Sources, checked: CheckedProject, wanted: Wanted) -> None:
    """Make sure that the files say what they said, and what is wanted, and nothing else.

    Raises:
        SourceError: they do not.
    """
    expected = {(name, t) for name, part in sources.graphs.items() for t in part}
    expected -= {(clause.iri, triple) for clause, triple in wanted.removed}
    expected |= {(s.clause.iri, s.triple) for s in wanted.statements}
    made = {(name, t) for name, part in checked.sources.graphs.items() for t in part}
    wrong = {(n, t) for n, t in expected ^ made if not _has_blank(t)}
    if wrong:
        name, triple = min(wrong, key=str)
        raise SourceError(
            f"the files cannot be changed in their texts: {triple} in {name}",
            path=next(iter(sources.project.fact_files), sources.project.folder),
            hint="write each block as cgkg span prints it",
        )


__all__ = ["RowImport", "plan_import", "write_changes"]
