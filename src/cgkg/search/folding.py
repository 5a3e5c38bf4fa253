"""Texts as they are compared: without case, accents and punctuation, and cut into grams.

Letters that have no case are those of scripts written without spaces, or in short words: their
runs are cut into pairs, since no gram of three is in a word of two. All others are cut into threes,
with the ends of words marked, so that a word with one wrong letter keeps at least one of its own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, groupby

EDGE = "_"
"""Marks the ends of words in grams; no folded text has it."""
_SHORT = 5  # letters; in a word as short, two that changed places spoil every gram of three


class _Letters(dict[int, str]):
    """What each character is compared as, a space for what is none of a word."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _folded(chr(code))
        return folded


def _folded(sign: str) -> str:
    if unicodedata.combining(sign) and unicodedata.name(sign, "").startswith("COMBINING"):
        return ""
    base = unicodedata.normalize("NFKD", sign)[0]
    plain = base if has_case(base) else sign
    return plain.casefold() if _is_part(plain) else " "


def _is_part(sign: str) -> bool:
    """Whether words are made of such: letters, digits, and the signs on them."""
    return sign.isalnum() or unicodedata.category(sign).startswith("M")


@lru_cache(4096)
def has_case(sign: str) -> bool:
    """Whether the character is a letter in two cases, or a digit, which stands among these."""
    return sign.lower() != sign.upper() or sign.isdecimal()


_LETTERS = _Letters()


def fold(text: str) -> str:
    """The words of the text as they are compared, a space between them.

    A text without any letter or digit stays as it is.
    """
    plain = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode())
    words = plain.translate(_LETTERS).split()
    return " ".join(words or plain.casefold().split())


def grams(folded: str) -> list[str]:
    """The grams of a folded text, each once, as the index has them."""
    return list(dict.fromkeys(chain.from_iterable(map(_grams_of, folded.split(" ")))))


def needed(folded: str) -> list[str]:
    """The grams that any text with these words in it has, as terms of an FTS5 query, each once."""
    terms: dict[str, None] = {}
    for run, cased in chain.from_iterable(map(_runs, folded.split(" "))):
        length = 3 if cased else 2
        if len(run) < length:
            terms[f'"{run}"*'] = None
        else:
            terms.update((f'"{gram}"', None) for gram in _windows(run, length))
    return list(terms)


def marks(text: str, query: str) -> tuple[tuple[int, int], ...]:
    """Where the text has the folded query, or else each of its words: starts and ends, in order."""
    letters, places = _placed(text)
    for parts in ([query], query.split()):
        spans = {span for part in parts for span in _spans(letters, part)}
        if spans:
            return tuple(_joined((places[start], places[end - 1] + 1) for start, end in spans))
    return ()


def _placed(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place of the one it comes from."""
    letters: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for letter in unicodedata.normalize("NFKC", sign).translate(_LETTERS):
            if letter != " " or (letters and letters[-1] != " "):
                letters.append(letter)
                places.append(place)
    return "".join(letters), places


def _spans(letters: str, part: str) -> Iterator[tuple[int, int]]:
    start = letters.find(part)
    while part and start >= 0:
        yield start, start + len(part)
        start = letters.find(part, start + len(part))


def _joined(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            start, end = joined[-1][0], max(end, joined[-1][1])
            joined.pop()
        joined.append((start, end))
    return joined


def _runs(word: str) -> list[tuple[str, bool]]:
    """The parts of a word that are of letters with case, or without."""
    if not word or not _is_part(word[0]):
        return []  # a text without a word is found as a whole
    if word.isascii():
        return [(word, True)]
    return [("".join(part), cased) for cased, part in groupby(word, has_case)]


@lru_cache(1 << 14)  # texts have the same words over and over
def _grams_of(word: str) -> tuple[str, ...]:
    cut: list[str] = []
    for run, cased in _runs(word):
        if not cased:
            cut += (*_windows(run, 2), run[-1])
            continue
        cut += _windows(f"{EDGE}{run}{EDGE}", 3)
        if len(run) <= _SHORT:
            cut += (EDGE + run[0], run[-1] + EDGE)
    return tuple(cut)


def _windows(run: str, length: int) -> list[str]:
    return [run[start : start + length] for start in range(len(run) - length + 1)]
