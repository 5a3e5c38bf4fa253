"""Where sentences end: the cutters, each with its number, that a table of sentences names.

A number of a sentence may be cited, so that a document is cut once, and a new edition of it as the
old one was. What cuts in another way is another cutter: 1 is that of tables that name none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from cgkg.document.cutting_rules import CUTTING_RULES, CuttingRules
from cgkg.document.marks import CLOSING, FULL_STOP, STOPS
from cgkg.languages import lookup

Cutter = Callable[[str], Iterator[tuple[int, int]]]
"""Gives the starts and ends of the sentences of a block, without surrounding blanks."""
LATEST: Final = 2

_FIRST_STOP = re.compile(rf"[{STOPS}]+[{CLOSING}]*|(?<=[a-z)\d])\.(?=\s+[A-Z]|\s*$)")

_WIDE = f"{FULL_STOP}\uff01\uff1f"
_WIDE_POINT = "\uff0e"
_BEFORE_WIDE_POINT = re.compile(
    "[\u3041-\u309f)\uff09\u300d]"
)  # Hiragana ends a sentence, no number
_ALWAYS = "\u06d4\u0964\u0965"  # full stops of Urdu and of Indian scripts
_OPENING = "(\\[{\"'\u00ab\u201c\u201e\u201a\u2018\u2039\u00bf\u00a1\u2013\u2014\u2022*_\u00bb-"
_QUOTES = "\"'\u00bb\u00ab\u203a\u2039\u201c\u201d\u2018\u2019"
_AFTER = rf"[{CLOSING}{_QUOTES}\]\}}]*"
_NOTES = "(?:\\[\\d{1,3}\\]|[\u00b9\u00b2\u00b3\u2070-\u2079])*"  # that refer to a footnote
_BACK, _AHEAD = 40, 80
"""How many characters before and after a stop are looked at."""
_SAMPLE = 20_000  # characters by which a language is guessed
_ROMAN = re.compile(r"[IVXLC]{1,7}|[ivxlc]{1,7}")
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_ENUMERATOR = re.compile(r"[(\[]*(?:\d{1,3}[a-z]?(?:\.\d{1,3}[a-z]?)*|[^\W\d_]|[IVXLC]+|[ivxlc]+)")
_CHAIN = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,3}")
_LETTER = re.compile(r"[^\W\d_](?:[.-]|\s?\d)")  # that stands for a number
_YEAR = re.compile(r"[12]\d{3}")
_DAY = re.compile(r"\d{1,2}\.\s?\d{1,2}\.")  # a month and a day, behind their year
_ORDINALS = ".\u00ba\u00aa\u00b0"  # behind the number of an article
_DASHES = ("\u2013", "\u2014")
_BEFORE_ITEMS = ":;.!?\u2013\u2014\u0387\u00b7\u061b\uff1b\uff1a"
_BRACKET = re.compile(r"[(\[](?:[^\W\d_]{2,5}[)\]]|\d)")
_APART = re.compile("[(\\[{\"'\u00ab\u201c\u201e\u201a\u2018\u2039\u2013\u2014]")


def cutter(version: int, language: str) -> Cutter:
    """The cutter of this number for a language; a language unknown to it has general rules.

    Raises:
        LookupError: there is no cutter of this number.
    """
    if version == 1:
        return _cut_first
    if version != LATEST:
        raise LookupError(f"there is no cutter {version}")
    rules = rules_of(language)
    marks = "".join(sorted(set(f".!?\u2026\u061f{_WIDE_POINT}{_WIDE}{_ALWAYS}{rules.questions}")))
    spaced = "(?:[ \u00a0\u202f]\u00bb)?" if rules.spaced_quotes else ""
    stop = re.compile(rf"[{re.escape(marks)}]+{_NOTES}{_AFTER}{spaced}{_NOTES}")
    return partial(_cut, stop=stop, rules=rules)


def rules_of(language: str) -> CuttingRules:
    """What is known of the language, or of the one it is a kind of (RFC 4647, lookup)."""
    tag = lookup(CUTTING_RULES, language)
    return CUTTING_RULES[tag] if tag is not None else CuttingRules()


def guess_language(text: str) -> str | None:
    """The language whose frequent words a text has most of, or None if it has few of any.

    In a script that few languages share, fewer such words do.
    """
    scores = language_shares(text)
    best = max(scores, key=lambda language: scores[language])
    letters = re.findall(r"[^\W\d_]", text[:_SAMPLE])
    latin = sum(char <= "\u024f" for char in letters)
    return best if scores[best] > (0.06 if 2 * latin > len(letters) else 0.01) else None


def language_shares(text: str) -> dict[str, float]:
    """The share of its letters that are in frequent words of each language that is known."""
    sample = text[:_SAMPLE].lower()
    words = re.findall(r"[^\W\d_]+", sample)
    letters = sum(map(len, words))
    scores: dict[str, float] = {}
    for language, rules in CUTTING_RULES.items():
        spaced = sum(len(word) for word in words if word in rules.common)
        # Where no blanks are set a word is a run of many words.
        joined = sum(sample.count(word) * len(word) for word in rules.common if not word.isascii()
                     and unicodedata.category(word[0]) == "Lo"
                     and unicodedata.east_asian_width(word[0]) == "W")  # fmt: skip
        scores[language] = max(spaced, joined) / letters if letters else 0.0
    return scores


def _cut_first(line: str) -> Iterator[tuple[int, int]]:
    yield from _pieces(line, (match.end() for match in _FIRST_STOP.finditer(line)))


def _cut(block: str, *, stop: re.Pattern[str], rules: CuttingRules) -> Iterator[tuple[int, int]]:
    matches = stop.finditer(block)
    yield from _pieces(block, [m.end() for m in matches if _ends(block, m, rules)])


def _pieces(block: str, ends: Iterable[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for end in (*ends, len(block)):
        words = block[start:end]
        left = start + len(words) - len(words.lstrip())
        right = end - (len(words) - len(words.rstrip()))
        if right > left:
            yield left, right
        start = end


def _ends(block: str, match: re.Match[str], rules: CuttingRules) -> bool:
    """Whether a sentence ends behind these marks."""
    marked, start, end = match[0], match.start(), match.end()
    first = marked[0]
    if first == _WIDE_POINT and not (start > 1 and _BEFORE_WIDE_POINT.match(block[start - 1])):
        return False
    if first in ".\u2026" and end < len(block) and not block[end].isspace():
        return False
    after = block[end : end + _AHEAD]
    if not after.strip():
        return True
    marks = marked.rstrip(_QUOTES + CLOSING + "]}") or marked
    if first in _WIDE or first in _ALWAYS or first == _WIDE_POINT:
        quoted = len(marks) < len(marked) or first not in FULL_STOP + _WIDE_POINT
        closed = len(marks) < len(marked)
        goes_on = rules.quotatives + (rules.particles if closed else ())
        return not (quoted and after.startswith(goes_on))
    upcoming = after.lstrip().lstrip(_OPENING + " ")[:1]
    blank = after[0].isspace()
    if first in "!?\u061f" or first in rules.questions:
        if not blank:
            return first in "!?" and _is_wide(after[0])
        return not (upcoming and unicodedata.category(upcoming) == "Ll")
    if not upcoming or unicodedata.category(upcoming) == "Ll":
        return False
    before = block[max(0, start - _BACK) : start]
    if first == "\u2026" or marks.startswith(".."):
        return bool(before) and before[-1] not in "[("
    return _ends_at_point(before, start <= _BACK, after.lstrip(), upcoming, rules, len(marked) > 1)


def _ends_at_point(
    before: str, whole: bool, after: str, upcoming: str, rules: CuttingRules, closed: bool
) -> bool:
    """Whether a full stop ends a sentence, where no lower case follows.

    Args:
        before: the characters before it.
        whole: whether these are all that the block has before it.
        after: what follows, without leading blanks.
        upcoming: the first letter or digit of it.
        rules: of the language.
        closed: whether a mark that closes follows at once.
    """
    if not before or before[-1].isspace():
        return False
    token = _APART.split(before.rsplit(None, 1)[-1])[-1]
    if not token:
        return True
    head = before[: len(before) - len(token)]
    ahead = head.rstrip(" \u00a0\u202f")
    previous = ahead.rsplit(None, 1)[-1].lower().strip("([.,") if ahead.strip() else ""
    word = token.rstrip(")]").lower()
    bare = re.split("['\u2019]", word)[-1]  # without an article that is elided
    if len(bare) > 1 and (bare in rules.abbreviations or bare in rules.before_numbers):
        word = bare
    if whole and not ahead.strip(" ([") and _ENUMERATOR.fullmatch(token.rstrip(")]")):
        return False
    opening = ahead.lower().strip(" ([.")
    named = opening in rules.numbered or opening in rules.headings or opening == "\u00a7"
    if whole and named and _is_count(token.rstrip(_ORDINALS)):
        return False  # `Article 3. Scope`: the number of what the block is
    if _is_count(token):
        return _number_ends(token, head, previous, upcoming, after, rules)
    if len(word) == 1 and len(previous) == 1 and ahead.endswith("."):
        word = f"{previous}.{word}"  # an abbreviation of two letters, set with a blank
    if word in rules.may_end:
        if len(word) == 1 or (word == "ff" and not previous[-1:].isdigit()):
            counted = bool(previous) and (previous[-1].isdigit() or _is_roman(previous))
            return counted and upcoming.isalpha()
        return upcoming.isalpha()
    if word in rules.may_end_before:
        return re.split(r"\W", after.lower().lstrip(_OPENING), maxsplit=1)[0] in rules.starters
    if word in rules.before_numbers:
        if _BRACKET.match(after):
            return False  # `Reg. (EU) 2021/1119`
        if not upcoming.isalpha() or _is_roman(_first_word(after)) or _LETTER.match(after):
            return False
        return len(word) > 1 or previous in rules.numbered
    if closed or token.endswith((")", "]")):
        return True
    if word in rules.abbreviations or word.rsplit("-", 1)[-1] in rules.abbreviations:
        return False
    if word.endswith(rules.endings):
        return False
    if len(word) == 1 and word.isalpha():
        return previous in rules.numbered
    return not _CHAIN.fullmatch(word)


def _number_ends(
    token: str, head: str, previous: str, upcoming: str, after: str, rules: CuttingRules
) -> bool:
    """Whether the full stop behind a number ends a sentence; else it makes an ordinal of it."""
    figure = token.strip("()[]")
    if upcoming.isdigit():
        if _YEAR.fullmatch(token) and _DAY.match(after):
            return False  # `2024. 3. 1.`
        return bool(_YEAR.fullmatch(figure)) or "(" in token or ")" in token
    if previous in rules.numbered or previous in rules.before_numbers or previous[-1:] == "\u00a7":
        return True
    if (
        len(figure) <= 2
        and previous not in rules.abbreviations
        and head.rstrip()[-1:] in _BEFORE_ITEMS
        and not head.endswith(_DASHES)
    ):
        return False  # the number of an item within the paragraph
    if not rules.ordinals:
        return True
    return not figure.isdigit() or len(figure) > 3


def _is_count(token: str) -> bool:
    return bool(_NUMBER.fullmatch(token.strip("()[]")))


def _is_roman(word: str) -> bool:
    return bool(_ROMAN.fullmatch(word))


def _first_word(text: str) -> str:
    return re.split(r"[\s.,;)]", text, maxsplit=1)[0]


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
