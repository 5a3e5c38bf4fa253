"""Adding candidates, and accepting or rejecting them: what is changed, and nothing half done."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cgkg.authoring.formatting import FileChange
from cgkg.document.text import TextsAtHand
from cgkg.intake.annotations.formats import ReadProposals
from cgkg.intake.annotations.proposals import Agent, ProposalOrigin
from cgkg.intake.candidates import (
    FOLDER,
    NAMES,
    Candidate,
    CandidateFile,
    CandidateStatus,
    candidate_of,
    changes_of,
    read_candidates,
)
from cgkg.intake.importing import plan_import
from cgkg.intake.names import ProjectNames
from cgkg.intake.offering import CandidateFilter, CandidateRows, OfferedCandidate
from cgkg.intake.rows import RowOutcome, RowStatus
from cgkg.intake.terms import UnknownName
from cgkg.messages import retell
from cgkg.project.folder import Project
from cgkg.project.location import refuse_installed
from cgkg.project.sources import load

_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class AddedCandidates:
    """What adding files comes to: the changes, and of each file how many are new and were there.

    `unknown` are names that mean nothing in the project yet.
    """

    changes: tuple[FileChange, ...]
    counts: Mapping[Path, tuple[int, int]]
    unknown: tuple[UnknownName, ...]


@dataclass(frozen=True)
class Decision:
    """What accepting or rejecting comes to: the candidates chosen, how their rows end, and the
    changes, of all files together; `held_back` says why there is none."""

    chosen: tuple[OfferedCandidate, ...]
    outcomes: tuple[RowOutcome, ...]
    changes: tuple[FileChange, ...]
    held_back: str = ""

    @property
    def complete(self) -> bool:
        """Whether every row is ok, and nothing was held back."""
        return not self.held_back and all(o.status is RowStatus.OK for o in self.outcomes)


def plan_candidates(
    project: Project,
    read: Mapping[Path, ReadProposals],
    *,
    origin: ProposalOrigin | None = None,
    name: str = "",
) -> AddedCandidates:
    """What adding the proposals of files to the candidates would change; nothing is written.

    A proposal that is among the candidates, whatever was decided of it, is not added again.

    Args:
        project: whose candidates they are.
        read: what was read of each file.
        origin: who proposed them and when, where it is better known than to the files.
        name: of the table that they go into; else each file's own.

    Raises:
        SourceError: a file of the project, or a table of candidates, cannot be read.
        ConfigError: the project belongs to the installed package.
    """
    refuse_installed(project.folder)
    sources = load(project)
    rows = CandidateRows(sources, None)
    rows.terms.check()
    files = {file.path: file for file in read_candidates(project)}
    known = {each["id"] for file in files.values() for each in file.candidates}
    counts: dict[Path, tuple[int, int]] = {}
    for source, proposed in read.items():
        path = project.folder / FOLDER / _table_name(name or source.stem)
        table = files.setdefault(path, CandidateFile(path))
        new = 0
        for proposal in proposed.proposals:
            told = _told(proposal.origin, origin or ProposalOrigin())
            document = _document(rows.names, told.document)
            proposal = replace(proposal, origin=replace(told, document=document))
            candidate = candidate_of(proposal, path)
            if candidate["id"] not in known:
                known.add(candidate["id"])
                table.candidates.append(candidate)
                new += 1
        counts[source] = new, len(proposed.proposals) - new
    held = (each for file in files.values() for each in file.candidates)
    unknown = rows.terms.unknown(each for each in held if each.status is CandidateStatus.WAITING)
    table_of_names = rows.terms.change(unknown)
    changes = changes_of(files.values()) + ([table_of_names] if table_of_names else [])
    return AddedCandidates(tuple(changes), counts, tuple(unknown))


def plan_acceptance(
    project: Project,
    wanted: CandidateFilter,
    texts: TextsAtHand | None,
    *,
    by: str,
    at: datetime.datetime,
    register: bool = False,
) -> Decision:
    """What accepting candidates would change; nothing is written. Blocks for seconds.

    Those whose rows are ok become statements of the project, as rows of a sheet do; the others
    wait with what is wrong, to be corrected in their table.

    Args:
        project: gets the statements.
        wanted: which candidates.
        texts: the words of the documents at hand.
        by: the person who accepts.
        at: when.
        register: see `CandidateRows.row`.

    Raises:
        SourceError: a file cannot be read, or an edited copy of a text is at hand.
        ConfigError: the project cannot be checked, or belongs to the installed package.
    """
    refuse_installed(project.folder)
    rows = CandidateRows(load(project), texts)
    rows.terms.check()
    files = read_candidates(project)
    candidates = [each for file in files for each in file.candidates]
    chosen = rows.choose(candidates, wanted)
    if register:
        chosen = rows.offered([each.candidate for each in chosen], register=True)
    # A row that has no quote would be about the clause of the row before.
    tried = [n for n, each in enumerate(chosen) if each.row.quote or each.row.start is not None]
    result = plan_import(project, [chosen[n].row for n in tried], texts)
    outcomes = [each.outcome for each in chosen]
    for n, outcome in zip(tried, result.outcomes, strict=True):
        outcomes[n] = outcome
    if result.held_back:
        return Decision(tuple(chosen), tuple(outcomes), (), result.held_back)
    for each, outcome in zip(chosen, outcomes, strict=True):
        _decide(each.candidate, outcome, by, at, project.languages[0])
    changes = (*result.changes, *changes_of(files))
    return Decision(tuple(chosen), tuple(outcomes), changes)


def plan_rejection(
    project: Project,
    wanted: CandidateFilter,
    texts: TextsAtHand | None,
    *,
    by: str,
    at: datetime.datetime,
    comment: str = "",
) -> Decision:
    """What rejecting candidates would change; nothing is written. They are kept, as rejected.

    Args:
        project: whose candidates they are.
        wanted: which candidates.
        texts: the words of the documents at hand, to know sections.
        by: the person who rejects.
        at: when.
        comment: why.

    Raises:
        SourceError: a file cannot be read.
        ConfigError: the project belongs to the installed package.
    """
    refuse_installed(project.folder)
    rows = CandidateRows(load(project), texts)
    files = read_candidates(project)
    chosen = rows.choose([each for file in files for each in file.candidates], wanted)
    for each in chosen:
        each.candidate.cells |= {
            "status": CandidateStatus.REJECTED.value, "decided_by": by, "decided_at": _stamp(at),
            "comment": comment or each.candidate["comment"], "message": "", "proposal": "",
        }  # fmt: skip
    return Decision(tuple(chosen), (), tuple(changes_of(files)))


def _decide(
    candidate: Candidate, outcome: RowOutcome, by: str, at: datetime.datetime, language: str
) -> None:
    if outcome.status is RowStatus.OK and outcome.resolved:
        candidate.cells |= {
            "status": CandidateStatus.ACCEPTED.value, "decided_by": by, "decided_at": _stamp(at),
            "clause": outcome.resolved.clause.iri.value, "message": "",
        }  # fmt: skip
        return
    candidate.cells |= {
        "message": f"{outcome.status.value}: {retell(outcome.message, language)}",
        "proposal": outcome.proposal,
    }  # fmt: skip


def _told(origin: ProposalOrigin, better: ProposalOrigin) -> ProposalOrigin:
    agent: Agent = better.agent or origin.agent
    return replace(
        origin,
        agent=agent,
        attributed_to=better.attributed_to or origin.attributed_to,
        generated_at=better.generated_at or origin.generated_at,
        document=better.document or origin.document,
    )


def _document(names: ProjectNames, told: str) -> str:
    """The document that a tool's name of a text stands for; "" if it is none of the project's."""
    last = told.rsplit("/", 1)[-1]
    for name in (told, last, last.rpartition(".")[0], last.partition(".")[0]):
        document = names.document(name).one if name else None
        if document is not None:
            return document.value.rsplit("/", 1)[1]
    return ""


def _table_name(name: str) -> str:
    safe = _UNSAFE.sub("-", name).strip("-.") or "candidates"
    return f"{safe}.csv" if f"{safe}.csv" != NAMES else f"{safe}-1.csv"


def _stamp(at: datetime.datetime) -> str:
    """A time as xsd:dateTime, in seconds of UTC."""
    utc = at.astimezone(datetime.UTC).replace(microsecond=0)
    return utc.isoformat().replace("+00:00", "Z")


__all__ = [
    "AddedCandidates", "Decision", "plan_acceptance", "plan_candidates", "plan_rejection",
]  # fmt: skip
