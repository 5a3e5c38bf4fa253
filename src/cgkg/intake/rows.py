"""The row: one statement that is offered with its clause, and what became of it.

Everything that proposes statements makes such rows: a sheet, another tool, a model. What is in a
row are words of people: a quotation, names, a value as it is spelled. `cgkg.intake.resolving` finds
what they stand for, and `cgkg.intake.importing` writes it; both take rows from wherever they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cgkg.messages import M_, Message
from cgkg.rdf.terms import IRI, Triple

FIELDS = (
    "document", "section", "start", "end", "prefix", "quote", "suffix",
    "subject", "property", "value", "mode",
)  # fmt: skip
"""Columns of a single meaning; beside them are those of gists, and of new individuals."""
REVIEW = ("status", "message", "proposal", "accept")
"""Columns that a review adds; of them only `accept` and what it accepts are read again."""

_LANGUAGE = r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*"
_GIST = re.compile(rf"gist(?:_({_LANGUAGE}))?")
_TEXT = re.compile(rf"(?:(subject|value)_)?(label|alt|note|def)_({_LANGUAGE})")
_CLASS = re.compile(r"(?:(subject|value)_)?class")
_KINDS = {"label": "", "alt": "alt", "note": "note", "def": "def"}  # as in columns of the registry
_YES = frozenset({"yes", "y", "true", "x", "1"})


@dataclass(frozen=True)
class Registration:
    """What a row says of an individual that may not be registered yet.

    `class_name` names its class; `texts` are its columns in the registry: by kind ("" is the label,
    then alt, note, def) and language.
    """

    class_name: str = ""
    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class StatementRow:
    """One statement as it is offered.

    Attributes:
        number: for messages, where it begins in its file (1-based): the line of a CSV, the row of
            a table.
        unit: what `number` counts: "line" or "row".
        quote: words of the clause; `…` or `...` may stand for a part left out.
        subject, property, value: by label, prefixed name or IRI; a value may be a literal, too.
        mode: how the statement stands to the text; "" is the clause's own, or else stated.
        gists: the clause in our words, by language; the key "" is the project's first language.
        document: name, label or IRI; "" is the only document, or any in which the quote stands.
        prefix, suffix, section: what stands before and after the quote, and the number of its
            section, where it stands in several places.
        start, end: characters of the text; a hint if there is a quote, else the clause itself.
        accepted: the proposal that a person said yes to; "" if there is no such word of theirs,
            None if they did not repeat it.
        exact_value: the value is a number or date of a program, not as a person spells it.
        new_subject, new_value: to register them.
        cells: the row as it was given, to give it back in a review.
    """

    number: int
    quote: str = ""
    subject: str = ""
    property: str = ""
    value: str = ""
    mode: str = ""
    gists: Mapping[str, str] = field(default_factory=dict)
    document: str = ""
    prefix: str = ""
    suffix: str = ""
    section: str = ""
    start: int | None = None
    end: int | None = None
    accepted: str | None = ""
    exact_value: bool = False
    new_subject: Registration = Registration()
    new_value: Registration = Registration()
    cells: Mapping[str, str] = field(default_factory=dict, repr=False)
    unit: str = "line"


class RowStatus(StrEnum):
    """How a row ends."""

    OK = "ok"
    SEVERAL_PLACES = "several places"
    PROPOSAL = "proposal"
    NOT_FOUND = "not found"
    UNKNOWN_TERM = "unknown term"
    SEVERAL_TERMS = "several terms"
    DIFFERS = "differs"
    CONTRADICTS = "contradicts a shape"


class UnresolvedRow(Exception):
    """Why a row does not stand for a statement."""

    def __init__(self, status: RowStatus, message: str, proposal: str = "") -> None:
        self.status, self.message, self.proposal = status, message, proposal


@dataclass(frozen=True)
class Clause:
    """A clause found in a document: characters from `start` up to `end`, and their digest."""

    document: IRI
    start: int
    end: int
    digest: str

    @property
    def iri(self) -> IRI:
        """The name of the clause, and of the graph of what it says."""
        return IRI(f"{self.document.value}/c/{self.start}-{self.end}")


@dataclass
class ClauseDescription:
    """What rows say of a clause beside its statements, where the project does not say it yet.

    `mode` is None where the clause keeps the one it has; `gists` are by language.
    """

    clause: Clause
    mode: IRI | None = None
    gists: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NewIndividual:
    """An individual to be registered: its id, class as the registry writes it, and texts."""

    id: str
    iri: IRI
    class_name: str
    texts: Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class ResolvedStatement:
    """What a row stands for; `present` says that the clause's graph has the statement already."""

    clause: Clause
    triple: Triple
    individuals: tuple[NewIndividual, ...] = ()
    present: bool = False


@dataclass(frozen=True)
class RowOutcome:
    """How a row ends: `resolved` is there if and only if nothing is against writing it.

    `proposal` is what a person may accept, or the candidates to choose from.
    """

    row: StatementRow
    status: RowStatus
    message: str = ""
    proposal: str = ""
    resolved: ResolvedStatement | None = None


def place_of(row: StatementRow) -> Message:
    """Where a row is in its file, for people."""
    if row.unit == "row":
        return M_("row {number}", number=row.number)
    return M_("line {number}", number=row.number)


def in_column(column: str, what: str | ValueError) -> Message:
    """What is wrong with a cell of this column."""
    said = what.args[0] if isinstance(what, ValueError) else what
    return M_("{column}: {what}", column=column, what=said)


def is_column(name: str) -> bool:
    """Whether a column of this name, in small letters, is one of a sheet."""
    patterns = (_GIST, _TEXT, _CLASS)
    return name in FIELDS or name in REVIEW or any(p.fullmatch(name) for p in patterns)


def read_row(
    number: int, cells: Mapping[str, str], *, exact_value: bool = False, unit: str = "line"
) -> StatementRow:
    """The row that cells by the names of their columns say, in small letters; others are ignored.

    Args:
        number, unit: see `StatementRow`.
        cells: as they were written; blanks around them do not count.
        exact_value: see `StatementRow`.

    Raises:
        ValueError: start or end is no natural number.
    """
    held = {name: text.strip() for name, text in cells.items() if text.strip()}
    gists, texts, classes = {}, {"subject": {}, "value": {}}, {}  # type: ignore[var-annotated]
    for name, text in held.items():
        if match := _GIST.fullmatch(name):
            gists[match[1] or ""] = text
        elif match := _TEXT.fullmatch(name):
            texts[match[1] or "subject"][_KINDS[match[2]], match[3]] = text
        elif match := _CLASS.fullmatch(name):
            classes[match[1] or "subject"] = text
    plain = {name: held.get(name, "") for name in FIELDS if name not in ("start", "end")}
    accepts = held.get("accept", "").casefold() in _YES
    return StatementRow(
        number=number,
        **plain,
        gists=gists,
        start=_number("start", held),
        end=_number("end", held),
        accepted=(held.get("proposal") if accepts else ""),
        exact_value=exact_value,
        new_subject=Registration(classes.get("subject", ""), texts["subject"]),
        new_value=Registration(classes.get("value", ""), texts["value"]),
        cells=cells,
        unit=unit,
    )


def _number(name: str, cells: Mapping[str, str]) -> int | None:
    text = cells.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{name}: {text!r} is not a number of characters")
    return int(text)
