"""The review of a sheet: its rows as they were, with how each ended, to be read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cgkg.intake.rows import REVIEW, RowOutcome, RowStatus, place_of
from cgkg.intake.sheets import WORKBOOK, Sheet, cells_in_order, write_sheet
from cgkg.languages import SOURCE
from cgkg.messages import retell

_MARK = ".review"


def review_path(sheet: Path) -> Path:
    """Where the review of a sheet goes unless said otherwise: beside it; a review renews itself."""
    stem = sheet.stem.removesuffix(_MARK)
    suffix = sheet.suffix if sheet.suffix.lower() == WORKBOOK else ".csv"
    return sheet.with_name(f"{stem}{_MARK}{suffix}")


def write_review(
    path: Path, sheet: Sheet, outcomes: Sequence[RowOutcome], language: str = SOURCE
) -> None:
    """Write the rows of a sheet with status, message, proposal and an empty `accept`.

    What was accepted stays so. Messages are in the language, if a catalogue has it.

    Raises:
        ConfigError: it cannot be written.
    """
    kept = [name for name in sheet.header if name.casefold() not in REVIEW]
    write_sheet(path, (*kept, *REVIEW), _rows(kept, outcomes, language))


def outcome_lines(
    path: Path, outcomes: Sequence[RowOutcome], language: str = SOURCE
) -> Iterator[str]:
    """For people: a line for each row that is not ok, with its file and line or row."""
    for outcome in outcomes:
        if outcome.status is not RowStatus.OK:
            row = outcome.row
            place = (
                f"{path}:{row.number}"
                if row.unit == "line"
                else f"{path}: {retell(place_of(row), language)}"
            )
            yield f"{place}: {told(outcome, language)}"


def told(outcome: RowOutcome, language: str = SOURCE) -> str:
    """How a row ends, in one line."""
    more = f": {outcome.proposal}" if outcome.proposal else ""
    said = f"{outcome.status.value}: {retell(outcome.message, language)}{more}"
    return " ".join(said.split())


def _rows(
    header: Sequence[str], outcomes: Sequence[RowOutcome], language: str
) -> Iterator[list[str]]:
    for outcome in outcomes:
        cells = outcome.row.cells
        accepted = cells.get("accept", "") if outcome.row.accepted != "" else ""
        proposal = outcome.proposal or (cells.get("proposal", "") if accepted else "")
        yield [
            *cells_in_order(header, cells),
            outcome.status.value,
            retell(outcome.message, language),
            proposal,
            accepted if outcome.status is RowStatus.OK else "",
        ]


__all__ = ["outcome_lines", "review_path", "told", "write_review"]
