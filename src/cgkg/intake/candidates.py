"""Candidates: statements that tools propose, in tables beside the data until a person decides.

A table is a sheet in candidates/, with a row for each statement in the words of its tool, who
proposed it and when (as PROV-O has it), and what was decided. Nothing of it is in the graph.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from cgkg.authoring.formatting import FileChange
from cgkg.errors import SourceError
from cgkg.intake.annotations.proposals import Proposal
from cgkg.intake.sheets import cells_in_order, csv_text, read_sheet
from cgkg.project.folder import Project

FOLDER = "candidates"
NAMES = "names.csv"
"""The table in the folder that is none of candidates: what names of tools mean here."""
COLUMNS = (
    "id", "status", "document", "section", "start", "end", "prefix", "quote", "suffix",
    "subject", "subject_class", "property", "value", "value_class", "mode",
    "note", "confidence", "agent", "attributed_to", "generated_at", "derived_from",
    "subject_id", "value_id", "exact",
    "decided_by", "decided_at", "comment", "clause", "message", "proposal", "accept",
)  # fmt: skip
_AFTER_MODE = COLUMNS.index("mode") + 1


class CandidateStatus(StrEnum):
    """What was decided of a candidate."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass
class Candidate:
    """A candidate: the cells of its row, by the names of the columns.

    `number` is its row, `given` the cells as they were read; both are nothing if it is new.
    """

    cells: dict[str, str]
    path: Path
    number: int = 0
    given: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    @property
    def status(self) -> CandidateStatus:
        """What was decided; a cell that is empty means that it waits."""
        return CandidateStatus(self["status"].casefold() or CandidateStatus.WAITING)

    @property
    def confidence(self) -> float | None:
        """How sure its tool is, if it says so by a number."""
        try:
            return float(self["confidence"])
        except ValueError:
            return None


@dataclass
class CandidateFile:
    """A table of candidates: `before` is its text as it was read."""

    path: Path
    header: tuple[str, ...] = COLUMNS
    candidates: list[Candidate] = field(default_factory=list)
    before: str = ""

    def change(self) -> FileChange:
        """The table as it is now, against what was read; the same text if no cell has changed."""
        if all(each.cells == each.given for each in self.candidates):
            return FileChange(self.path, self.before, self.before)
        header = list(self.header)
        used = {name for each in self.candidates for name, text in each.cells.items() if text}
        known = {name.casefold().replace(" ", "_") for name in header}
        gists = sorted(name for name in used - known if name.startswith("gist"))
        at = next((n for n, name in enumerate(header, 1) if name == "mode"), _AFTER_MODE)
        header[at:at] = gists
        header += [name for name in COLUMNS if name in used - known]
        rows = (cells_in_order(header, each.cells) for each in self.candidates)
        return FileChange(self.path, self.before, csv_text(header, rows))


def read_candidates(project: Project) -> list[CandidateFile]:
    """All tables of candidates of a project, in the order of their names.

    Raises:
        SourceError: one cannot be read, or a row has another status or no id; says which.
    """
    batches = []
    for path in sorted((project.folder / FOLDER).glob("*.csv")):
        if path.name != NAMES:
            batches.append(_read(path))
    return batches


def _read(path: Path) -> CandidateFile:
    sheet = read_sheet(path)
    try:
        table = CandidateFile(path, sheet.header, [], path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError:
        raise SourceError("not UTF-8", path=path, hint="save it as CSV UTF-8") from None
    for row in sheet.rows:
        candidate = Candidate(dict(row.cells), path, row.number, row.cells)
        try:
            _ = candidate.status
        except ValueError:
            raise SourceError(
                f"status {candidate['status']!r} is none",
                path=path, line=row.number, hint=f"write one of {', '.join(CandidateStatus)}",
            ) from None  # fmt: skip
        if not candidate["id"]:
            raise SourceError(
                "the candidate has no id", path=path, line=row.number,
                hint="statements of your own go into a sheet: cgkg import",
            )  # fmt: skip
        table.candidates.append(candidate)
    return table


def candidate_of(proposal: Proposal, path: Path) -> Candidate:
    """A proposal as a candidate that waits.

    Its id is a digest of what is proposed and by whom, without the time: the same proposal has the
    same one.
    """
    origin = proposal.origin
    cells = {
        "status": CandidateStatus.WAITING.value,
        "document": origin.document,
        "start": _number(proposal.start),
        "end": _number(proposal.end),
        "prefix": proposal.prefix,
        "quote": proposal.quote,
        "suffix": proposal.suffix,
        "subject": proposal.subject,
        "subject_class": proposal.subject_class,
        "property": proposal.property,
        "value": proposal.value,
        "value_class": proposal.value_class,
        "mode": proposal.mode,
        "note": proposal.note,
        "confidence": proposal.confidence,
        "agent": origin.agent,
        "attributed_to": origin.attributed_to,
        "generated_at": origin.generated_at,
        "derived_from": origin.derived_from,
        "subject_id": proposal.subject_id,
        "value_id": proposal.value_id,
        "exact": "yes" if proposal.exact else "",
    }
    for language, text in proposal.gists.items():
        cells[f"gist_{language}".rstrip("_").casefold()] = text
    cells = {name: " ".join(text.split("\0")) for name, text in cells.items()}
    return Candidate({"id": _id(cells), **cells}, path)


def changes_of(files: Iterable[CandidateFile]) -> list[FileChange]:
    """The tables that differ from what was read."""
    changes = (file.change() for file in files)
    return [change for change in changes if change.before != change.after]


def _id(cells: Mapping[str, str]) -> str:
    names: Sequence[str] = (
        "document", "start", "end", "prefix", "quote", "suffix", "subject", "property", "value",
        "attributed_to",
    )  # fmt: skip
    told = "\x1f".join(cells[name].strip() for name in names)
    return "c" + hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:9]  # no number


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


__all__ = [
    "FOLDER", "NAMES", "Candidate", "CandidateFile", "CandidateStatus", "candidate_of",
    "changes_of", "read_candidates",
]  # fmt: skip
