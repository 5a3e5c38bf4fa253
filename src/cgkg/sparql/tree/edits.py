"""Changes to a query's text by their places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class TextEdit:
    """New words for the characters from `start` to `end` of a text; the same: an insertion."""

    start: int
    end: int
    text: str


def apply_edits(query: str, edits: Iterable[TextEdit]) -> str:
    """The text with all changes made; insertions at one place stay in their order.

    What begins within a change before it is left out.
    """
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start >= at:
            parts += [query[at : edit.start], edit.text]
            at = edit.end
    return "".join([*parts, query[at:]])
