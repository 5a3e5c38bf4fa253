"""What is said beside an empty answer: notes, as a header carries them and as people read them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from cgkg.languages import N_

HEADER = "X-Cgkg-Unmatched"
_MOST, _LONGEST = 8, 2000  # notes, and characters of the header
_JSON = json.JSONEncoder(separators=(",", ":"))

SENTENCES: Mapping[str, str] = {
    "property": N_("The graph has no property {term}."),
    "class": N_("The graph has no class {term}."),
    "entity": N_("The graph does not mention {term}."),
    "graph": N_("There is no named graph {term}."),
    "unused-property": N_("No statement has the property {term}."),
    "unused-class": N_("Nothing is of the class {term}."),
    "subject": N_("{term} is the subject of no statement, only a value."),
    "object": N_("{term} is the value of no statement, only a subject."),
    "form": N_("No value of {property} is {term}; the graph has {near}."),
    "any-form": N_("No value is {term}; the graph has {near}."),
    "type": N_("No value of {property} has the type or language of {term}; they are like {near}."),
    "pattern": N_(
        "{term} is not a regular expression of XPath, which REGEX takes: there is no \\b, (?i) or"
        " (?=...) in it."
    ),
    "elsewhere": N_("The graphs that the query asks do not have {term}; others have."),
    "inferred": N_("Only inferred facts, which the query does not ask, have {term}."),
    "empty": N_("The default graph is empty; named graphs are asked with GRAPH."),
    "no-graphs": N_("There are no named graphs to ask with GRAPH."),
}
PROPOSAL = N_("Did you mean {near}?")


class UnmatchedNote(NamedTuple):
    """Why a query may have found nothing; terms are written as in N-Triples.

    Attributes:
        kind: a key of `SENTENCES`.
        term: the term of the query, if the note is about one.
        near: what the graph has instead, the nearest first.
        property: the property of which a literal is the value.
    """

    kind: str
    term: str = ""
    near: tuple[str, ...] = ()
    property: str = ""


def write_notes(notes: Iterable[UnmatchedNote]) -> str:
    """The notes as the value of a header, in JSON and ASCII; those are left out that make it too
    long. Empty if there are none."""
    parts: list[str] = []
    room = _LONGEST
    for note in notes:
        part = _JSON.encode({key: value for key, value in note._asdict().items() if value})
        room -= len(part) + 1
        if room < 1 or len(parts) == _MOST:
            break
        parts.append(part)
    return f"[{','.join(parts)}]" if parts else ""


def read_notes(header: str) -> tuple[UnmatchedNote, ...]:
    """The notes that `write_notes` wrote."""
    return tuple(
        UnmatchedNote(**{**each, "near": tuple(each.get("near", ()))})
        for each in json.loads(header or "[]")
    )


def tell(
    note: UnmatchedNote, translate: Callable[[str], str], shorten: Callable[[str], str]
) -> str:
    """The note as a sentence or two.

    Args:
        note: the note.
        translate: gives a message in the reader's language.
        shorten: gives a term, written as in N-Triples, as the reader writes it.
    """
    near = ", ".join(map(shorten, note.near))
    told = translate(SENTENCES[note.kind])
    if near and "{near}" not in told:
        # After a full-width stop there is no space.
        told += " " * told[-1:].isascii() + translate(PROPOSAL)
    return told.format(term=shorten(note.term), property=shorten(note.property), near=near)
