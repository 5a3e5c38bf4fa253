"""Passages: the blocks of a document with their words, as a reader finds them, and their text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cgkg.document.blocks import Block
from cgkg.document.cutting_rules import CUTTING_RULES

_BLANKS = re.compile("[\\s\x00-\x1f\x7f\u2028\u2029\u200b\ufeff]+")
_KEPT = re.compile("^[\u00a0\u202f\u3000]+$")
_INVISIBLE = re.compile("[\u00ad\u200b\ufeff]")
_WORD = re.compile(r"[^\W_]")
_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6"
    "\U00020000-\U0003fffd]"
)
"""Characters that are set without blanks and take two columns."""
_LONGEST_PART = 80  # characters of a word, before a hyphen
_LAST_PART = re.compile(r"([^\W\d_]+)-$")
_AMID = frozenset(
    word
    for rules in CUTTING_RULES.values()
    for word in (rules.conjunctions | rules.common if rules.conjunctions else ())
    if 1 < len(word) < 5
)
"""Short words, as articles, that a heading does not end with, of languages that set blanks."""
_CONJUNCTIONS = frozenset().union(*(rules.conjunctions for rules in CUTTING_RULES.values()))
_FIRST_PART = re.compile(r"[^\W\d_]+")
_NOTE_NUMBER = re.compile(r"\[?[\d*\u2020\u2021]{1,4}\]?")
_POWER = re.compile(r"[+\u2212-]?\d{1,3}")
_RAISED = str.maketrans(
    "0123456789+-\u2212",
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207b",
)
_HAS_POWER = re.compile(r"(?<![^\W_])(?:[pn\u00b5\u03bcmcdk]?m|ft|yd|10|[a-z])$")
"""What a power stands at: a unit of length, a ten, or a letter."""


class Passage(NamedTuple):
    """The words of one block, not yet made one line; else as `cgkg.document.blocks.Block`."""

    words: str
    kind: str
    level: int = 0
    origin: str = ""
    mark: str = ""
    why: str = ""


@dataclass(frozen=True)
class CanonicalText:
    """A document as taken in: its canonical text, its blocks, and what was done to get it.

    `same` says that the text is the file's, byte for byte; `language` is what the file itself says.
    """

    text: str
    blocks: tuple[Block, ...]
    same: bool = False
    language: str = ""
    notes: tuple[str, ...] = ()


def one_line(words: str) -> str:
    """The words with runs of blanks made one; blanks that are not broken stay, as ideographic."""
    words = _INVISIBLE.sub("", words)
    return _BLANKS.sub(lambda run: run[0] if _KEPT.match(run[0]) else " ", words).strip()


def joined(lines: Iterable[str], in_text: Callable[[str], bool] = lambda word: False) -> str:
    """Lines that were wrapped, as one: with a blank between, or none between wide characters.

    A hyphen at the end of a line is kept, and the next word follows at once, unless it is a
    conjunction; the hyphen goes where the word stands elsewhere without it.

    Args:
        lines: in order.
        in_text: whether a word stands in the document.
    """
    parts: list[str] = []
    for line in map(str.strip, lines):
        if not line:
            continue
        before = parts[-1] if parts else ""
        last = _LAST_PART.search(before[-_LONGEST_PART:]) if before.endswith("-") else None
        first = _FIRST_PART.match(line) if last else None
        if not before:
            pass
        elif last and first and first[0].lower() not in _CONJUNCTIONS:
            if first[0][0].islower() and in_text(last[1] + first[0]):
                parts[-1] = before[:-1]
        elif not (_WIDE.match(before[-1]) and _WIDE.match(line)):
            parts.append(" ")
        parts.append(line)
    return "".join(parts)


def raised(words: str, before: str, *, linked: bool = False) -> str:
    """What the text says where words stand raised: a power as such, nothing for a note's number.

    Args:
        words: that stand raised.
        before: the words before them.
        linked: whether they lead elsewhere, as the number of a note does.
    """
    bare = words.strip()
    power = figures_raised(words)
    if not linked and power != words and (not bare.isdigit() or _HAS_POWER.search(before[-5:])):
        return power
    return "" if _NOTE_NUMBER.fullmatch(bare) else words


def figures_raised(words: str) -> str:
    """A number in the raised figures of Unicode; other words as they are."""
    bare = words.strip()
    return bare.translate(_RAISED) if _POWER.fullmatch(bare) else words


def written(passages: Iterable[Passage]) -> tuple[str, tuple[Block, ...]]:
    """The canonical text of the passages, one a line, and their blocks; all of them have words."""
    lines: list[str] = []
    blocks: list[Block] = []
    position = 0
    for each in passages:
        line = one_line(each.words)
        if not has_words(line):
            continue
        place = position, position + len(line)
        blocks.append(Block(*place, each.kind, each.level, "0", each.origin, each.mark, each.why))
        lines.append(line)
        position += len(line) + 1
    return "".join(f"{line}\n" for line in lines), tuple(blocks)


def has_words(line: str) -> bool:
    """Whether a line says anything: a line of dashes does not."""
    return _WORD.search(line) is not None


def words_of(text: str) -> Callable[[str], bool]:
    """Tells whether a word stands in the text."""
    held: set[str] = set()

    def in_text(word: str) -> bool:
        if not held:
            held.update(re.findall(r"[^\W\d_]+", text))
            held.add("")
        return word in held

    return in_text


def line_range(first: int, last: int) -> str:
    """The place of lines in the original, counted from 1."""
    return f"L{first}" if last <= first else f"L{first}-{last}"


def goes_on(line: str) -> bool:
    """Whether a line ends with an article, a conjunction or the like, so that more must follow."""
    last = line.rsplit(None, 1)[-1:]
    return bool(last) and last[0].lower() in _AMID


def is_wide(character: str) -> bool:
    """Whether it is set without blanks, as Chinese and Japanese are."""
    return _WIDE.match(character) is not None


def widths(lines: Sequence[str]) -> list[int]:
    """How many columns each line takes; a wide character takes two."""
    return [len(line) if line.isascii() else len(line) + len(_WIDE.findall(line)) for line in lines]
