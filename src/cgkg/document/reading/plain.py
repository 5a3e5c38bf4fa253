"""Plain text: clean text is its own canonical text; what is wrapped or odd is written anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise

from cgkg.document.blocks import NAMED, PROPOSED, Block
from cgkg.document.marks import INDENT, STOPS
from cgkg.document.numerals import DIGITS
from cgkg.document.reading.passages import (
    CanonicalText,
    Passage,
    goes_on,
    has_words,
    is_wide,
    joined,
    line_range,
    widths,
    words_of,
    written,
)
from cgkg.document.reading.proposals import propose

_FEWEST = 8  # lines; of fewer nobody can tell whether they are wrapped
_NARROWEST, _WIDEST = 45, 120
_FULL_STOPS = (*STOPS, ".", "\u201d", "\u300d")
_SLACK = 10  # columns that a wrapped line may leave free
_ODD = re.compile("[\r\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029\ufeff]")
_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_RULE = re.compile(r"([-=_*~#+.\u2014\u2500])\1{2,}")  # a line of one mark
NEW_ITEM = re.compile(
    r"[-*\u2022\u2013]\s|[(\uff08]?(?:\d{1,3}[a-z]?|[a-zA-Z]|[ivx]{1,5})[.)\uff09]+\s|\u00a7+\s*\d"
    rf"|#{{1,6}}\s|[(\uff08][{DIGITS}]{{1,3}}[)\uff09]|[{DIGITS}]{{1,3}}\u3001"
)
"""What a line begins with that is an item of a list, or a section."""


def read_plain(text: str, *, wrapped: bool | None = None) -> CanonicalText:
    """Plain text, a block a line, or a block between empty lines if it is wrapped.

    Args:
        text: as decoded.
        wrapped: whether lines are parts of paragraphs; without it that is seen by their lengths.
    """
    notes: list[str] = []
    if odd := _ODD.search(text):
        name = _NAMES.get(odd[0], f"U+{ord(odd[0]):04X}")
        notes.append(f"the text holds {name}: it is written anew with plain lines")
    lines = _BREAK.split(text.removeprefix("\ufeff"))
    if wrapped is None:
        wrapped = is_wrapped(lines)
    if wrapped:
        notes.append("its lines are wrapped: they are joined to paragraphs")
        canonical, blocks = written(propose(unwrapped(lines)))
        return CanonicalText(canonical, blocks, notes=tuple(notes))
    filled = propose(list(_line_by_line(lines)))
    if notes:
        canonical, blocks = written(filled)
        return CanonicalText(canonical, blocks, notes=tuple(notes))
    return CanonicalText(text, tuple(_in_place(lines, filled)), same=True)


def _line_by_line(lines: Sequence[str]) -> Iterator[Passage]:
    """The lines that have words; one above a line of dashes looks like a heading."""
    for number, (line, after) in enumerate(zip(lines, (*lines[1:], ""), strict=True), 1):
        if has_words(line):
            rule = after.strip()
            under = rule[0] if len(rule) > 2 and _RULE.fullmatch(rule) else ""
            yield _passage(line, f"L{number}", under)


def is_wrapped(lines: Sequence[str]) -> bool:
    """Whether lines end where the next word had no room, and not where a paragraph ends."""
    filled = [line.rstrip() for line in lines if line.strip()]
    if len(filled) < _FEWEST:
        return False
    width = _usual_width(filled)
    if not _NARROWEST <= width <= _WIDEST:
        return False
    all_widths = widths(lines)
    pairs = full = 0
    for (line, taken), after in zip(zip(lines, all_widths, strict=True), lines[1:], strict=False):
        start = after.lstrip()
        if line.strip() and start and not NEW_ITEM.match(start):
            pairs += 1
            full += not line.rstrip().endswith(_FULL_STOPS) and (
                _divided(line)
                or taken + _needed(start) > width
                or (start[0].islower() and 2 * taken > width and not _ended(line))
            )
    return pairs > 0 and 2 * full > pairs


def unwrapped(lines: Sequence[str], *, first: int = 1, origin: str = "") -> list[Passage]:
    """The paragraphs of wrapped lines; an item or a line cut short begins another one.

    Args:
        lines: of the whole text.
        first: the number of the first line.
        origin: the place of them all, instead of the numbers of lines.
    """
    width = _usual_width([line for line in lines if line.strip()] or [""])
    in_text = words_of("\n".join(lines))
    passages: list[Passage] = []
    numbered = enumerate(lines, first)
    for filled, group in groupby(numbered, key=lambda pair: bool(pair[1].strip())):
        if not filled:
            continue
        part: list[tuple[int, str]] = []
        for number, line in group:
            if not has_words(line):
                if part:
                    rule = len(part) == 1 and _RULE.fullmatch(line.strip())
                    under = line.strip()[0] if rule else ""
                    passages.append(_paragraph(part, in_text, origin, under))
                    part = []
                continue
            if part and _begins_anew(part[-1][1], line, width, is_first=len(part) == 1):
                passages.append(_paragraph(part, in_text, origin))
                part = []
            part.append((number, line))
        if part:
            passages.append(_paragraph(part, in_text, origin))
    return passages


def split_at_items(lines: Sequence[str]) -> list[list[str]]:
    """Lines of one paragraph, apart where items begin, if two do: one alone may be a number."""
    begins = [n for n, line in enumerate(lines) if NEW_ITEM.match(line.lstrip())]
    if len(begins) < 2:
        return [list(lines)]
    bounds = [*sorted({0, *begins}), len(lines)]
    return [list(lines[start:end]) for start, end in pairwise(bounds)]


def _paragraph(
    part: Sequence[tuple[int, str]],
    in_text: Callable[[str], bool],
    origin: str,
    under: str = "",
) -> Passage:
    place = origin or line_range(part[0][0], part[-1][0])
    words = joined((line for _, line in part), in_text)
    return _passage(words, place, under)


def _passage(words: str, place: str, under: str) -> Passage:
    """A paragraph, or what looks like a heading as a line of this mark stands under it."""
    if not under:
        return Passage(words, "para", origin=place)
    return Passage(words, PROPOSED, origin=place, mark=under, why="underlined")


def _begins_anew(before: str, line: str, width: int, *, is_first: bool) -> bool:
    """Whether a line begins another paragraph than the line before, which may be its first."""
    start = line.lstrip()
    ended = _ended(before)
    taken = widths([before.rstrip()])[0]
    short = not _divided(before) and taken + _needed(start) + _SLACK <= width
    if NEW_ITEM.match(start):
        return ended or short
    if before.rstrip().endswith(_FULL_STOPS) and NAMED.match(start):
        return True
    if line.startswith(INDENT) and not (is_first and before.startswith(INDENT)):
        return True
    if goes_on(before):
        return False
    return short and not start[0].islower() and (ended or is_first or 2 * taken < width)


def _needed(start: str) -> int:
    """The columns that a line lacks if what begins so goes on in the next one."""
    if is_wide(start[0]):
        return 2  # no blank, and lines end anywhere
    return 1 + widths(start.split(None, 1)[:1])[0]


def _ended(line: str) -> bool:
    """Whether the line ends with a mark that a paragraph or an item may end with."""
    return line.rstrip().endswith((".", ":", ";", ",", "!", "?", "\u3002", "\uff1b", "\uff1a"))


def _divided(line: str) -> bool:
    """Whether the line ends amid a word."""
    return bool(re.search(r"[^\W\d_]-\s*$", line))


def _usual_width(lines: Sequence[str]) -> int:
    """The width that two of a hundred lines go beyond."""
    ordered = sorted(widths([line.rstrip() for line in lines]))
    return ordered[max(0, -(-len(ordered) * 98 // 100) - 1)]


def _in_place(lines: Sequence[str], passages: Sequence[Passage]) -> Iterator[Block]:
    """The blocks of a text that stays as it is: one in each line that is not blank."""
    rest = iter(passages)
    position = 0
    for line in lines:
        if has_words(line):
            each = next(rest)
            start = position + len(line) - len(line.lstrip())
            end = start + len(line.strip())
            yield Block(start, end, each.kind, each.level, "0", each.origin, each.mark, each.why)
        position += len(line) + 1


_NAMES = {
    "\r": "carriage returns",
    "\ufeff": "a byte order mark",
    "\x0c": "form feeds",
}
