"""Headings that a document only looks like having: proposals, which an author confirms.

A proposal has a number or a word such as `Chapter`, or is in capitals; it is short, ends no
sentence, and is no item of a list. Headings without a mark cannot be told; the author says them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from cgkg.document.blocks import ANNEX, HEADING, NAMED, NUMBERED, PROPOSED, in_words
from cgkg.document.numerals import DIGITS
from cgkg.document.reading.passages import Passage, goes_on, widths

_WIDEST = 110  # columns
_MOST_WORDS = 12
_ENDS = tuple(".;:,!?\u2026\u3002\uff1b\uff1a\uff0c\uff01\uff1f\u3001")
_STOP_INSIDE = re.compile("[\u3002\uff01\uff1f;\uff1b]|[.!?]\\s+[^\\W\\d_a-z]")
_CAPITALS, _NAMED = "capitals", "named "
_TITLES = (_CAPITALS, "#")
"""Styles of headings that a title may have."""
_MARKED = re.compile(r"(#{1,6})\s+\S")
_ITEM = re.compile(
    r"[-*\u2022\u2013\u25aa\u25cf\u30fb]\s|[(\uff08]?(?:\d{1,3}[a-z]?|[^\W\d_]|[ivxIVX]{1,5}"
    rf"|[{DIGITS}]{{1,3}}(?=[\u3001)\uff09]))(?:[.)\uff09\u3001\uff0e](?!\d)|\.\))"
)
"""What an item of a list begins with."""


def propose(passages: Sequence[Passage]) -> list[Passage]:
    """The passages, those that look like headings as proposals with levels, and items as items.

    Args:
        passages: of a document that marks no headings; a proposal of the reader may have the mark
            that it is underlined with.
    """
    proposed: list[Passage] = []
    styles: list[str] = []
    seen: Counter[str] = Counter()
    above = ""  # the words of a heading that the next passage may belong to
    for index, each in enumerate(passages):
        if each.kind not in ("para", PROPOSED):
            proposed.append(each)
            continue
        before = passages[index - 1].words if index else ""
        after = passages[index + 1].words if index + 1 < len(passages) else ""
        style, why = _style(each, before, after)
        belongs = _belongs(each.words.strip(), above, style)
        if belongs and after:
            # Of level 0, so that it opens no section beside the heading's.
            proposed.append(each._replace(kind=PROPOSED, mark="", why=f"{belongs}; confirm it"))
            above = each.words if goes_on(each.words) else ""
            continue
        above = each.words if style else ""
        if not style:
            kind = "item" if _ITEM.match(each.words.lstrip()) else "para"
            why = each.why or _why(kind)
            same = (kind, why) == (each.kind, each.why)
            proposed.append(each if same else each._replace(kind=kind, why=why))
            continue
        seen[style] += 1
        if style in styles:
            del styles[styles.index(style) + 1 :]
        elif style.startswith(_NAMED) and ANNEX.match(each.words):
            # beside the outermost parts, of which the title of all is none
            del styles[1 if styles and seen[styles[0]] == 1 and styles[0] in _TITLES else 0 :]
        styles += [style] * (style not in styles)
        why = f"{why}; confirm it"
        proposed.append(each._replace(kind=PROPOSED, level=len(styles), mark="", why=why))
    return proposed


def _belongs(words: str, above: str, style: str) -> str:
    """How a line belongs to the heading above it, of which it has the title or the rest, or ""."""
    if not above or style not in ("", *_TITLES) or words.endswith(_ENDS) or _ITEM.match(words):
        return ""
    if (
        len(words.split()) > _MOST_WORDS
        or widths([words])[0] > _WIDEST
        or _STOP_INSIDE.search(words)
    ):
        return ""
    if goes_on(above):
        return "goes on from the heading above"
    bare = (NAMED.match(above), in_words(above), ANNEX.match(above))
    alone = any(match and not any(c.isalnum() for c in above[match.end() :]) for match in bare)
    return "the title of the heading above" if alone and _begins_title(words) else ""


def confirmed(passages: Sequence[Passage]) -> bool:
    """Whether the document itself says which of its passages are headings."""
    return any(each.kind == HEADING for each in passages)


def _why(kind: str) -> str:
    return "begins as an item of a list" if kind == "item" else ""


def _style(each: Passage, before: str, after: str) -> tuple[str, str]:
    """How the passage is numbered or set, if it looks like a heading, and what says so."""
    words = each.words.strip()
    if not words or len(words) > _WIDEST or widths([words])[0] > _WIDEST:
        return "", ""
    if marked := _MARKED.match(words):
        return marked[1], "marks of Markdown"
    if each.kind != PROPOSED and (annex := ANNEX.match(words)) and annex.end() == len(words):
        return _NAMED + words.lower(), "the word for an annex"
    if nth := in_words(words):
        rest = words[nth.end() :].lstrip(" .:\uff1a\u2013\u2014-")
        if not words.endswith(_ENDS) and not _STOP_INSIDE.search(rest):
            one, other = nth[0].lower().split()
            word = other if one.startswith(nth["nth"].lower()) else one
            return _NAMED + word, "a word and a number in words"
    named, numbered = NAMED.match(words), NUMBERED.match(words)
    number = named or numbered
    rest = words[number.end() :].lstrip(" .:\uff1a") if number else words
    if _STOP_INSIDE.search(rest):
        return "", ""
    closed = words.endswith(_ENDS) and not (named and _is_closed_title(words, named.end(), after))
    if named and not closed and (not rest or _begins_title(rest)):
        return _NAMED + words[: named.start("number")].strip().lower(), "a word and a number"
    if words.endswith(_ENDS) or before.rstrip().endswith((":", ";", "\uff1a", "\uff1b")):
        return "", ""
    if each.kind == PROPOSED:
        if numbered and numbered["mark"] and not each.mark:
            return _number_style(numbered), each.why
        return each.mark + each.why, each.why
    if numbered and (numbered["mark"] or "." in numbered["number"]):
        style = _number_style(numbered)
        above, below = (NUMBERED.match(each.strip()) for each in (before, after))
        styles = [
            _number_style(each)
            for each, step in ((above, -1), (below, 1))
            if each is not None and _may_follow(numbered["number"], each["number"], step)
        ]
        item = _ITEM.match(after.lstrip())
        leads = item is not None and not _begins_title(after.lstrip()[item.end() :])
        opens = below is not None or len(after.strip()) > len(words)
        if rest and _begins_title(rest) and style not in styles and opens and not leads:
            return style, "a number and a title"
    letters = [c for c in words if c.isalpha()]
    if (
        len(letters) > 3
        and all(c.isupper() for c in letters)
        and len(words.split()) <= _MOST_WORDS
        and not _ITEM.match(words)
    ):
        return _CAPITALS, "all in capitals"
    return "", ""


def _is_closed_title(words: str, number_end: int, after: str) -> bool:
    """Whether a numbered line is a short title with a full stop, as in `Art\u00edculo 1. Objeto.`

    It has a mark behind its number, and stands above a longer paragraph that begins otherwise.
    """
    rest, below = words[number_end:], after.strip()
    return (
        rest[:1] in (".", ":")
        and rest.endswith(".")
        and 1 <= len(rest[1:].split()) <= _MOST_WORDS // 2
        and len(below) > len(words)
        and not NAMED.match(below)
    )


def _may_follow(number: str, neighbour: str, step: int) -> bool:
    """Whether the numbers of two lines may be those of items of one list."""
    if number.isdecimal() and neighbour.isdecimal():
        return int(neighbour) == int(number) + step
    return True


def _begins_title(rest: str) -> bool:
    if rest.startswith("(") and rest.endswith(")"):
        return True  # `Annex 1 (to Section 2)`
    first = next((c for c in rest if c.isalnum()), "")
    return first.isalpha() and not first.islower()


def _number_style(match: re.Match[str]) -> str:
    number = match["number"]
    shape = re.sub(r"[a-zA-Z]$", "", number)
    if shape[:1].isdecimal():
        shape = ".".join("1" for _ in re.split("[.\uff0e]", shape))
    elif number.isascii():
        shape = "I" if len(number) > 1 or number in "IVX" else "A"
    else:
        shape = "\u4e00"
    return f"{'(' if match['open'] else ''}{shape}{match['mark'] and '.'}"
