"""Finding quotations in a text: exact, folded, or nearly.

Folded means: without regard to blanks, invisible characters, case, width, and the forms of
quotation marks and dashes. What is near is only ever a proposal.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from functools import cached_property
from typing import Literal

from cgkg.document.sentences import SentenceTable

Extent = tuple[int, int]
"""Characters of a text: start, and end (exclusive)."""

_DROPPED = "\u00ad\u200b\u200c\u200d\ufeff\u2060"
_DOUBLE = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u300c\u300d\u300e\u300f"
_SINGLE = "\u2018\u2019\u201a\u201b\u2039\u203a\u2032`\u00b4"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_NEXT_WORD = re.compile(r" ([^\W\d_]{2,})(?![^\s.,;:!?])")
_LEFT_OUT = re.compile(
    r"\s*(?:\[\s*(?:\u2026+|\.{3,})\s*\]|\(\s*(?:\u2026+|\.{3,})\s*\)|\u2026+|\.{3,})\s*"
)
_GRAM, _STEP = 6, 3
_COMMON = 200  # a gram that stands in more places says nothing
_BUCKET = 24
_LEAST, _MOST = 8, 2000  # folded characters of a quotation that is looked for nearby
_ALIKE = 0.75
_TRIED, _OFFERED = 8, 3


@dataclass(frozen=True)
class Quotation:
    """Words of a text, and what tells where they stand if they do so in several places.

    `prefix` and `suffix` are words right before and after, `section` is the number of the section,
    `start` the character they begin at (in code points, or in UTF-16 as browsers count).
    """

    words: str
    prefix: str = ""
    suffix: str = ""
    section: str = ""
    start: int | None = None


@dataclass(frozen=True)
class QuotationPlaces:
    """Where a quotation stands, and how that is known."""

    how: Literal["exact", "folded", "none"]
    places: tuple[Extent, ...] = ()


class QuotationFinder:
    """Finds quotations in one text. What it looks them up in is made once, when first needed."""

    def __init__(self, text: str, table: SentenceTable | None = None) -> None:
        """
        Args:
            text: in which to look.
            table: its sentences, to know sections.
        """
        self.text, self._table = text, table
        self._found: dict[str, QuotationPlaces] = {}
        self._proposed: dict[str, tuple[tuple[Extent, float], ...]] = {}

    def find(self, quotation: Quotation) -> QuotationPlaces:
        """All places where it stands, or those of them that what surrounds it agrees with.

        Several places are left where it does not tell, and none where it agrees with none.
        """
        words = quotation.words.strip()
        if words not in self._found:
            self._found[words] = self._look_up(words)
        places_of = self._found[words]
        if len(places_of.places) < 2:
            return places_of
        places = [place for place in places_of.places if self._suits(place, quotation)]
        for start in (quotation.start, self._code_points(quotation.start)):
            told = tuple(place for place in places if place[0] == start)
            if told:
                return QuotationPlaces(places_of.how, told)
        return QuotationPlaces(places_of.how, tuple(places))

    def propose(self, words: str) -> tuple[tuple[Extent, float], ...]:
        """Places whose words are much like these, the most alike first, and how much: up to 1.

        Nothing is proposed for a few letters, nor for more than a page.
        """
        key = fold(words)
        if key not in self._proposed:
            alike = self._near(key) if _LEAST <= len(key) <= _MOST else []
            self._proposed[key] = tuple(alike)
        return self._proposed[key]

    def words(self, place: Extent) -> str:
        """The words at a place."""
        return self.text[slice(*place)]

    def _look_up(self, words: str) -> QuotationPlaces:
        exact = tuple(_whole(self.text, _occurrences(self.text, words)))
        if exact:
            return QuotationPlaces("exact", exact)
        key = "".join(map(_FOLDED.__getitem__, words))
        folded = tuple(_whole(self.text, map(self._original, _occurrences(self._folded[0], key))))
        if not folded:
            folded = tuple(self._in_parts(words))
        return QuotationPlaces("folded" if folded else "none", folded)

    def _suits(self, place: Extent, quotation: Quotation) -> bool:
        before, after = fold(quotation.prefix), fold(quotation.suffix)
        room = 4 * (len(quotation.prefix) + len(quotation.suffix)) + 16
        start, end = place
        if before and not fold(self.text[max(0, start - room) : start]).endswith(before):
            return False
        if after and not fold(self.text[end : end + room]).startswith(after):
            return False
        sentence = self._table.at(start) if self._table and quotation.section else None
        return sentence is None or sentence.section == quotation.section

    def _code_points(self, units: int | None) -> int | None:
        """The character at which so many units of UTF-16 end."""
        if units is None or self.text.isascii() or not self._astral:
            return None
        before = (n for n, at in enumerate(self._astral) if at + n >= units)
        return units - next(before, len(self._astral))

    @cached_property
    def _astral(self) -> list[int]:
        return [n for n, sign in enumerate(self.text) if ord(sign) > 0xFFFF]

    @cached_property
    def _folded(self) -> tuple[str, array[int]]:
        """The folded text, and of each of its characters the position in the text."""
        pieces = [_FOLDED[sign] for sign in self.text]
        return "".join(pieces), array("I", (n for n, p in enumerate(pieces) for _ in p))

    def _original(self, place: Extent) -> Extent:
        positions = self._folded[1]
        return positions[place[0]], positions[place[1] - 1] + 1

    def _in_parts(self, words: str) -> Iterator[Extent]:
        """Where all parts of a quotation with something left out stand, in order, in one line."""
        parts = [fold(part) for part in _LEFT_OUT.split(words)]
        parts = [part for part in parts if part]
        if len(parts) < 2:
            return
        folded = self._folded[0]
        for first in _occurrences(folded, parts[0]):
            end = first[1]
            for part in parts[1:]:
                at = folded.find(part, end)
                if at < 0:
                    return
                end = at + len(part)
            place = self._original((first[0], end))
            if "\n" not in self.words(place):
                yield place

    @cached_property
    def _grams(self) -> dict[str, list[int]]:
        folded = self._folded[0]
        grams: dict[str, list[int]] = {}
        for at in range(0, len(folded) - _GRAM + 1, _STEP):
            grams.setdefault(folded[at : at + _GRAM], []).append(at)
        return grams

    def _near(self, key: str) -> list[tuple[Extent, float]]:
        """Places whose words are much alike, the most alike first, and how much they are."""
        votes: Counter[int] = Counter()
        for offset in range(len(key) - _GRAM + 1):
            held = self._grams.get(key[offset : offset + _GRAM], ())
            for at in held if len(held) <= _COMMON else ():
                votes[(at - offset) // _BUCKET] += 1
        scored: dict[Extent, float] = {}
        for bucket, _ in votes.most_common(_TRIED):
            compared = self._compare(key, bucket * _BUCKET)
            if compared is not None:
                scored[compared[0]] = max(compared[1], scored.get(compared[0], 0.0))
        best = max(scored.values(), default=0.0)
        ranked = sorted((-score, place) for place, score in scored.items() if score > best - 0.1)
        return [(place, -score) for score, place in _apart(ranked)]

    def _compare(self, key: str, at: int) -> tuple[Extent, float] | None:
        folded = self._folded[0]
        room = _BUCKET + len(key) // 4
        low = max(0, at - room)
        window = folded[low : at + len(key) + room]
        matcher = SequenceMatcher(None, window, key, autojunk=False)
        blocks = [block for block in matcher.get_matching_blocks() if block.size > 1]
        if not blocks:
            return None
        alike = _alike(blocks, key)
        for end in (-1, 0):  # what matches by chance far off, after or before
            while len(blocks) > 1:
                fewer = blocks[:-1] if end else blocks[1:]
                if _alike(fewer, key) <= alike:
                    break
                blocks, alike = fewer, _alike(fewer, key)
        first, last = blocks[0].a, blocks[-1].a + blocks[-1].size
        if alike < _ALIKE:
            return None
        place = self._original((low + first, low + last))
        start, end = self._to_words(place)
        rest = len(key) - blocks[-1].b - blocks[-1].size - (end - place[1])
        return (start, self._to_length(end, rest)), alike

    def _to_length(self, end: int, rest: int) -> int:
        """The end moved over words that may stand for the rest of a quotation, in one clause."""
        while word := _NEXT_WORD.match(self.text, end):
            if 2 * rest < len(word[1]):
                break
            rest -= len(word[1])
            end = word.end()
        return end

    def _to_words(self, place: Extent) -> Extent:
        """The place with the words whole that it begins and ends in."""
        start, end = place
        while _joined(self.text, start):
            start -= 1
        while _joined(self.text, end):
            end += 1
        return start, end


class _Folding(dict[str, str]):
    """What each character is compared as."""

    def __missing__(self, sign: str) -> str:
        self[sign] = folded = self._fold(sign)
        return folded

    @staticmethod
    def _fold(sign: str) -> str:
        if sign.isspace() or sign in _DROPPED:
            return ""
        for marks, plain in ((_DOUBLE, '"'), (_SINGLE, "'"), (_DASHES, "-")):
            if sign in marks:
                return plain
        plain = unicodedata.normalize("NFKD", sign).casefold()
        return "".join(unicodedata.normalize("NFKD", plain).split())


_FOLDED = _Folding()


def fold(text: str) -> str:
    """The text as quotations are compared: without blanks, case, width, and forms of marks."""
    return "".join(map(_FOLDED.__getitem__, text))


def _occurrences(text: str, words: str) -> Iterator[Extent]:
    at = text.find(words) if words else -1
    while at >= 0:
        yield at, at + len(words)
        at = text.find(words, at + 1)


def _whole(text: str, places: Iterator[Extent]) -> Sequence[Extent]:
    """The places that no word goes on from; all if there are no such."""
    candidates = list(places)
    if len(candidates) < 2:
        return candidates
    return [
        p for p in candidates if not _joined(text, p[0]) and not _joined(text, p[1])
    ] or candidates


def _joined(text: str, at: int) -> bool:
    """Whether the characters around a position are of one word; not in scripts without case."""
    return 0 < at < len(text) and _in_words(text[at - 1]) and _in_words(text[at])


def _in_words(sign: str) -> bool:
    return sign.isdigit() or sign.lower() != sign.upper()


def _alike(blocks: Sequence[Match], key: str) -> float:
    """How much is the same of a quotation and of what the blocks are taken from."""
    length = blocks[-1].a + blocks[-1].size - blocks[0].a
    return 2 * sum(block.size for block in blocks) / (length + len(key))


def _apart(ranked: Iterable[tuple[float, Extent]]) -> Iterator[tuple[float, Extent]]:
    """The first few, without those that overlap one before."""
    taken: list[Extent] = []
    for score, (start, end) in ranked:
        if len(taken) < _OFFERED and all(end <= s or e <= start for s, e in taken):
            taken.append((start, end))
            yield score, (start, end)


__all__ = ["Extent", "Quotation", "QuotationFinder", "QuotationPlaces", "fold"]
