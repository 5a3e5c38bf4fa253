"""brat: `NAME.ann`, lines of standoff annotations, and `NAME.txt`, the text that they are of.

T is a span (of several pieces, if it is discontinuous: cited is what stands from the first to the
last), R a relation, E an event: its trigger is a span, and each of its roles a relation from it. A
and M are attributes, N says what a span refers to, # is a note. Offsets count characters; the words
of the line decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from cgkg.errors import SourceError
from cgkg.intake.annotations.proposals import (
    AnnotatedSpan,
    AnnotatedText,
    ProposalOrigin,
    Relation,
    TextOffsets,
)
from cgkg.intake.annotations.records import read_text

NAME = "brat"
SUFFIX = ".ann"
_SPAN = re.compile(r"(\S+) (\d+ \d+(?:;\d+ \d+)*)")
_KNOWN = "TREAMN#*"


def read(path: Path) -> AnnotatedText:
    """The annotations of one text, with the text if it lies beside.

    Raises:
        SourceError: a file cannot be read, or a line is none of brat's; says which.
    """
    beside = path.with_suffix(".txt")
    text = read_text(beside) if beside.is_file() else ""
    lines = _StandoffLines(path, TextOffsets(text))
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            lines.take(number, line.rstrip("\r"))
    relations = list(lines.relations())
    return AnnotatedText(
        list(lines.mentions.values()), relations, text,
        ProposalOrigin("", NAME, "", path.name, path.stem),
    )  # fmt: skip


@dataclass
class _StandoffLines:
    path: Path
    places: TextOffsets
    mentions: dict[str, AnnotatedSpan] = field(default_factory=dict)
    links: list[tuple[int, str, list[tuple[str, str]]]] = field(default_factory=list)
    events: dict[str, tuple[int, list[tuple[str, str]]]] = field(default_factory=dict)
    said: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)

    def take(self, number: int, line: str) -> None:
        """Read one line; what others say of it may come later."""
        key, *rest = line.split("\t")
        if key[:1] not in _KNOWN or not rest:
            raise self._error(number, "it is no line of brat's standoff format")
        words = rest[0].split()
        match key[0]:
            case "T":
                self.mentions[key] = self._mention(number, rest)
            case "R":
                ends = [_pair(word) for word in words[1:]]
                if len(ends) != 2:
                    raise self._error(number, "a relation has two arguments")
                self.links.append((number, f"{key}\t{words[0]}", ends))
            case "E":
                self.events[key] = number, [_pair(word) for word in words]
            case "A" | "M":
                if len(words) < 2:
                    raise self._error(number, "an attribute has a name and what it is of")
                value = " ".join(words[2:]) or "true"
                self.said.setdefault(words[1], []).append((words[0], value))
            case "N":
                if len(words) < 3:
                    raise self._error(number, "a normalization has what it is of, and an id")
                self.said.setdefault(words[1], []).append(("", words[2]))
            case "#":
                if len(words) > 1:
                    self.notes.setdefault(words[1], []).append(" ".join(rest[1:]))

    def relations(self) -> Iterator[Relation]:
        """Relations, and roles of events; spans get what lines say of them."""
        for key, mention in self.mentions.items():
            self.mentions[key] = replace(
                mention, id=next((value for name, value in self.said.get(key, ()) if not name), ""),
                attributes=self._attributes(key), notes=self.notes.get(key, ()),
            )  # fmt: skip
        for number, name, ends in self.links:
            key, _, label = name.partition("\t")
            head, tail = (self._end(number, target) for _, target in ends)
            yield self._relation(key, label, head, tail)
        for key, (number, parts) in self.events.items():
            trigger = self._end(number, key)
            for role, target in parts[1:]:
                yield self._relation(key, role, trigger, self._end(number, target))

    def _relation(self, key: str, label: str, head: AnnotatedSpan, tail: AnnotatedSpan) -> Relation:
        return Relation(label, head, tail, self._attributes(key), self.notes.get(key, ()))

    def _attributes(self, key: str) -> dict[str, list[str]]:
        held: dict[str, list[str]] = {}
        for name, value in self.said.get(key, ()):
            if name:
                name = name.casefold() if name.casefold() in ("mode", "confidence") else name
                held.setdefault(name, []).append(value)
        return held

    def _end(self, number: int, key: str) -> AnnotatedSpan:
        """The span that is meant: of an event, its trigger."""
        for _ in range(2):
            if key in self.events:
                key = self.events[key][1][0][1] if self.events[key][1] else ""
        if key not in self.mentions:
            raise self._error(number, f"there is no span {key}")
        return self.mentions[key]

    def _mention(self, number: int, rest: list[str]) -> AnnotatedSpan:
        match = _SPAN.fullmatch(rest[0])
        if not match:
            raise self._error(number, "a span has a label and offsets")
        pieces = [tuple(map(int, piece.split())) for piece in match[2].split(";")]
        start, end = pieces[0][0], pieces[-1][1]
        words = rest[1] if len(rest) > 1 else ""
        if len(pieces) > 1:
            lengths = [last - first for first, last in pieces]
            return self._discontinuous(match[1], start, end, words, lengths)
        if self.places.text:
            place = self.places.place(start, end, words)
            words = words or (self.places.text[slice(*place)] if place else "")
        else:
            place = (start, end)
        if not words.strip():
            raise self._error(number, "neither the line nor a text beside it has the words")
        return AnnotatedSpan(words, match[1], place)

    def _discontinuous(
        self, label: str, start: int, end: int, words: str, lengths: list[int]
    ) -> AnnotatedSpan:
        """A span in pieces, if its first and last word are where it says; words are as told.

        Where the text does not tell, they are quoted with what is between the pieces left out.
        """
        ends = words.split()
        for utf16 in (False, True):
            place = self.places.place(start, end, utf16=utf16)
            held = self.places.text[slice(*place)] if place else ""
            if ends and held.startswith(ends[0]) and held.endswith(ends[-1]):
                return AnnotatedSpan(words, label, place)
        pieces, at = [], 0
        for length in lengths:  # a blank stands between the pieces
            pieces.append(words[at : at + length])
            at += length + 1
        whole = at - 1 == len(words)
        return AnnotatedSpan(words, label, None, quote=" \u2026 ".join(pieces) if whole else "")

    def _error(self, number: int, what: str) -> SourceError:
        return SourceError(what, path=self.path, line=number)


def _pair(word: str) -> tuple[str, str]:
    role, _, target = word.partition(":")
    return role, target


__all__ = ["NAME", "SUFFIX", "read"]
