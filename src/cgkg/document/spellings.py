"""How languages spell numbers: one number as it is typed, and all that running text can give.

Marks, scales and names of months are those of CLDR for the language, figures those of any script.
docs/decisions/numbers.md says what is read and what is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache

from cgkg.document.marks import narrow
from cgkg.document.number_words import PERCENT, READ, SCALES, UNSPACED, WORDS
from cgkg.document.numerals import (
    CHINESE_NUMBER,
    FIGURE,
    numbers_in_characters,
    read_chinese,
    values,
)

__all__ = [
    "GivenNumbers",
    "figures_given",
    "locale_of",
    "month_names",
    "part_that_is_read",
    "read_number",
    "readings",
    "shortest",
    "spell",
]

_GROUPED = re.compile(r"(?<=\d)[\s'\u2019\u066c](?=\d{3}(?!\d))")  # by marks of nothing else
_IN_DOUBT = re.compile(r"[+-]?[0-9]{1,3}\.[0-9]{3}")
_BEFORE_WORDS = re.compile(r"(?P<figure>[+-]?\d(?:.*\d)?)\s?(?P<word>[^\W\d_].*)")
_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")

_APART = "'\u2019"  # sets thousands apart in some countries, whatever the language
_MARKS = f".,\u066b\u066c\u00b7{_APART}"
_ARABIC = {"\u066b": ".", "\u066c": ","}
_FIGURE = re.compile(rf"\d+(?:[{_MARKS}]\d+|\s\d{{3}}(?!\d))*")
_SPLIT = re.compile(rf"[{_MARKS}\s]")
_FRACTION = re.compile(r"(?:(\d+)\s+)?(?<![\d/\u2044])(\d+)\s?[/\u2044]\s?(\d+)(?![\d/\u2044])")
_SPAN_OF_YEARS = re.compile(r"(?<!\d)(\d{4})\s?[-\u2010-\u2015/]\s?(\d{1,3})(?!\d)")
_ROMAN = re.compile(r"(?<![^\W\d_])[IVXLCDM]+(?![^\W\d_])")
_ROMAN_FIGURES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_ENDING = re.compile(r"[^\W\d_]*\.?")
_PER_MILLE = re.compile("[\u2030\u0609]|per mil|promill|промилле")
_BETWEEN_WORDS = re.compile(
    r"[\s\-\u2010-\u2015()\[\]\"/.,;:!?\u2018\u2019'\u00ab\u00bb\u201c-\u201e\u060c\u061b\u0964]+"
)
_MAY_BE_SAID = frozenset(map(Decimal, range(3)))  # by an article, a dual, a word for none


def read_number(text: str, language: str) -> Decimal | None:
    """The number that a text is and nothing else, as the language spells it; None if it is none.

    Args:
        text: `1.094,5`, `1 000`, `3,5 Mio.`; or as XSD writes it.
        language: a BCP 47 tag, or "" if it is not known.
    """
    spelled = _spelled(text)
    read = (each(spelled, language) for each in (_by_locale, _plain, _by_characters, _scaled))
    return next((each for each in read if each is not None), None)


def readings(text: str, language: str) -> tuple[Decimal, ...]:
    """The numbers that a text may be and nothing else; several if it can be read in two ways.

    A percentage is in hundreds or a part of one; where the language sets no point into numbers,
    `1.094` has thousands apart or is as XSD writes it.

    Args:
        text, language: as of `read_number`.
    """
    number = read_number(text, language)
    if number is not None:
        spelled = _spelled(text)
        doubtful = (
            _IN_DOUBT.fullmatch(spelled) and number == Decimal(spelled) and _point(language) != "."
        )
        return (Decimal(spelled.replace(".", "")), number) if doubtful else (number,)
    folded = _folded(_spelled(text))
    bare = _without_percent(folded, language).strip()
    if bare != folded.strip() and (part := read_number(bare, language)) is not None:
        return (part, part / 100)
    return ()


def spell(number: Decimal, language: str) -> str:
    """The number in figures so that `readings` has it alone; thousands are not set apart."""
    return f"{number:f}".replace(".", _point(language) or ".")


def shortest(number: Decimal) -> str:
    """The number as XSD writes it, without noughts behind the point."""
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def part_that_is_read(text: str, language: str) -> str:
    """The longest run of words of a text that is a number with nothing else, "" if none is."""
    words = text.split()
    runs = (
        " ".join(words[first : first + length])
        for length in range(len(words) - 1, 0, -1)
        for first in range(len(words) - length + 1)
    )
    return next((run for run in runs if readings(run, language)), "")


def _spelled(text: str) -> str:
    """In ASCII figures, without what only sets thousands apart."""
    plain = "".join(str(unicodedata.decimal(char, char)) for char in narrow(text).strip())
    return _GROUPED.sub("", plain)


def _by_locale(text: str, language: str) -> Decimal | None:
    from babel.numbers import NumberFormatError, parse_decimal

    locale = locale_of(language)
    if locale is None or not any(map(str.isdigit, text)):
        return None
    try:
        number = parse_decimal(text.replace("\u2212", "-"), locale=locale, strict=True)
    except (NumberFormatError, ValueError, InvalidOperation):
        return None
    return Decimal(number) if number.is_finite() else None


def _plain(text: str, language: str) -> Decimal | None:
    text = text.replace("\u066b", ".")
    return Decimal(text) if _PLAIN.fullmatch(text) else None


def _scaled(text: str, language: str) -> Decimal | None:
    """A number in figures before a word such as `million`, in the language's form or shortened."""
    match = _BEFORE_WORDS.fullmatch(text)
    if not match:
        return None
    said = f"0 {_folded(match['word'])}"
    for pattern, scale in _scales(language):
        begun = pattern.match(said)
        if begun and _ENDING.fullmatch(said, begun.end()):
            figure = read_number(match["figure"], language)
            return None if figure is None else figure * scale
    return None


def _by_characters(text: str, language: str) -> Decimal | None:
    """A number in Chinese figures, or with a scale in them."""
    if CHINESE_NUMBER.fullmatch(text):
        return Decimal(read_chinese(text))
    match = FIGURE.fullmatch(text)
    if match and match["digits"] and match["scale"] and not match["percent"]:
        return next(values(text), None)
    return None


@dataclass(frozen=True)
class GivenNumbers:
    """What numbers a text may give.

    Attributes:
        read: those that it gives in figures, in every way that the language may mean them.
        ratios: those that it gives as fractions, which are rounded when they are written down.
        words: how many words of numbers it may have, which are not read.
        all_read: whether its language says every number in what is read.
    """

    read: frozenset[Decimal]
    ratios: frozenset[Fraction]
    words: int
    all_read: bool

    @classmethod
    def of(cls, text: str, language: str) -> GivenNumbers:
        """The numbers of running text in a language (a BCP 47 tag, or "" if it is not known)."""
        plain = _folded(text)
        read = {value for _, values in figures_given(text, language) for value in values}
        read |= numbers_in_characters(plain) | set(_years(plain)) | set(map(Decimal, _romans(text)))
        read |= {Decimal(month) for name, month in month_names(language) if _has(plain, name)}
        ratios = set(_ratios(plain))
        if _has_percent(plain, language):
            ratios |= {each / 100 for each in ratios}
        tag = language.split("-")[0].lower()
        words = _words(_without_scales(plain, language), tag)
        return cls(frozenset(read), frozenset(ratios), words, tag in READ)

    def may_give(self, number: Decimal) -> bool:
        """Whether the text gives the number, or may give it in words that are not read."""
        size = abs(number)
        if size in self.read:
            return True
        places = -min(int(size.as_tuple().exponent), 0)
        if any(round(ratio, places) == Fraction(size) for ratio in self.ratios if places):
            return True
        if self.all_read:
            return False
        return size in _MAY_BE_SAID or self.words >= _words_needed(size)


def figures_given(text: str, language: str) -> Iterator[tuple[str, frozenset[Decimal]]]:
    """Each number in figures in running text, and what it may mean there.

    A scale or percent sign anywhere in the text may belong to it: `5 to 10 million`.
    """
    plain = _folded(text)
    bare = _without_percent(plain, language)
    scales = {scale for pattern, scale in _scales(language) if pattern.search(bare)}
    signs = {Decimal(100)} if _has_percent(plain, language) else set()
    if _PER_MILLE.search(plain):
        signs.add(Decimal(1000))
    before: set[Decimal] = set()
    for match in _FIGURE.finditer(plain):
        figures = set(_meanings(match[0], language))
        scaled = {figure * scale for figure in figures for scale in scales}
        sums = {one + other for one in before for other in figures | scaled if other < one}
        before = scaled
        yield (
            match[0],
            frozenset(
                figures
                | scaled
                | sums  # 1 million 200 thousand
                | {figure / sign for figure in figures for sign in signs}
                | {figure + age for figure in figures for age in (1900, 2000) if _is_short(figure)}
            ),
        )


def _folded(text: str) -> str:
    """In lower case, with figures of all scripts as ASCII ones, without accents."""
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text.translate(_FIGURES)).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", plain))


class _Figures(dict[int, str]):
    """What stands for a character, by its code; made when the character is first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        form = unicodedata.decomposition(char)
        if form.startswith("<super>"):
            plain = " "
        elif form.startswith("<fraction>"):
            plain = f" {unicodedata.normalize('NFKC', char)} "
        else:
            decimal = unicodedata.decimal(char, None)
            plain = char if decimal is None else str(decimal)
        self[code] = plain
        return plain


_FIGURES = _Figures()
_ACCENTS = re.compile("[\u0300-\u036f\u064b-\u0652\u0640\u200b-\u200f\u00ad]")


def _meanings(figure: str, language: str) -> Iterator[Decimal]:
    """What a figure with its marks can mean: one thing, if the language's marks say so."""
    blanks = figure.split()
    if len(blanks) > 1:  # one number, or several beside each other
        yield from (each for part in blanks if part[0] != "0" for each in _meanings(part, language))
        figure = "".join(blanks) if len(blanks[0]) <= 3 and blanks[0].isdigit() else blanks[-1]
    figure = "".join(_ARABIC.get(char, char) for char in figure) if _is_arabic(figure) else figure
    point = "." if _is_arabic(figure) else _point(language)
    parts = _SPLIT.split(figure)
    if len(parts) == 1:
        yield Decimal(figure)
        return
    points = figure.count(point) if point else -1
    if points == 0 and _is_grouped(figure):
        yield Decimal("".join(parts))
        return
    whole, _, rest = figure.rpartition(point) if points == 1 else ("", "", "")
    if rest and rest.isdigit() and (whole.isdigit() or _is_grouped(whole)):
        yield Decimal(f"{''.join(_SPLIT.split(whole))}.{rest}")
    else:
        if all(len(part) in (2, 3) for part in parts[1:]):
            yield Decimal("".join(parts))
        yield Decimal(f"{''.join(parts[:-1])}.{parts[-1]}")
        yield from map(Decimal, parts)
        return
    yield from (Decimal(part) for part in parts if part[0] != "0")  # a list, `4,5`


def _is_arabic(figure: str) -> bool:
    return any(mark in figure for mark in _ARABIC)


def _is_grouped(figure: str) -> bool:
    """Whether marks set apart thousands, or hundreds above the thousands as in India."""
    parts = _SPLIT.split(figure)
    inner = {len(part) for part in parts[1:-1]}
    alike = len(set(re.findall(rf"[{_MARKS}]", figure))) == 1
    return (
        alike
        and len(parts) > 1
        and 1 <= len(parts[0]) <= 3
        and len(parts[-1]) == 3
        and (inner <= {3} or inner == {2})
    )


def _is_short(figure: Decimal) -> bool:
    """Whether it may be a year without its century."""
    return figure < 100 and figure == figure.to_integral_value()


def _years(plain: str) -> Iterator[Decimal]:
    """The second year of `1998-03`."""
    for first, second in _SPAN_OF_YEARS.findall(plain):
        yield Decimal(first[: -len(second)] + second)


def _romans(text: str) -> Iterator[int]:
    for match in _ROMAN.finditer(unicodedata.normalize("NFKC", text)):
        sizes = [_ROMAN_FIGURES[char] for char in match[0]]
        after = [*sizes[1:], 0]
        yield sum(-one if one < other else one for one, other in zip(sizes, after, strict=True))


def _ratios(plain: str) -> Iterator[Fraction]:
    for whole, part, of in _FRACTION.findall(plain):
        if int(of):
            yield Fraction(int(part), int(of))
            if whole:
                yield int(whole) + Fraction(int(part), int(of))


def _without_percent(plain: str, language: str) -> str:
    for word in _percent_words(language):
        plain = plain.replace(word, " ")
    return _PERCENT.sub(" ", plain)


def _without_scales(plain: str, language: str) -> str:
    """The text without words that are read together with figures: scales, percent."""
    plain = _without_percent(plain, language)
    for pattern, _ in _scales(language):
        plain = pattern.sub(lambda each: " " if each[0][0].isdecimal() else each[0], plain)
    return plain


def _words(plain: str, language: str) -> int:
    """How many words of numbers a text may have; two if the words of the language are not known."""
    pattern = _word_pattern(language)
    if language in READ:
        return 0
    if pattern is None:
        return 2
    if language in UNSPACED:
        return len(pattern.findall(plain))
    count = 0
    for word in _BETWEEN_WORDS.split(plain):
        if pattern.match(word):
            count += max(1, len(pattern.findall(word)))
    return count


def _words_needed(size: Decimal) -> int:
    """The least words that say a number: one for every two of its figures."""
    if size < 1:
        return 1
    figures = f"{size:f}".replace(".", "").strip("0")
    return (len(figures) + 1) // 2


@cache
def _word_pattern(language: str) -> re.Pattern[str] | None:
    return re.compile(_folded(WORDS[language])) if language in WORDS else None


@cache
def _point(language: str) -> str:
    """The mark before the fraction in a language, "" if it is not known."""
    from babel import Locale

    locale = locale_of(language)
    if locale is None:
        return ""
    return str(Locale.parse(locale).number_symbols["latn"]["decimal"])


@cache
def _scales(language: str) -> tuple[tuple[re.Pattern[str], int], ...]:
    """What follows figures in a language and makes them larger, with how much."""
    from babel import Locale

    locale = locale_of(language)
    scales = dict(SCALES.get(language.split("-")[0].lower(), {}))
    compact = Locale.parse(locale).compact_decimal_formats if locale else {}
    forms = (form for width in compact.values() for form in width.values())
    for size, pattern in (item for form in forms for item in form.items()):
        said = re.sub(r"[\u200e\u200f']", "", pattern.pattern.split(";")[0])
        word = said.replace("0", "").strip().rstrip(".")
        if word:
            scales[_folded(word)] = int(size) // 10 ** (said.count("0") - 1)
    longest = sorted(scales.items(), key=lambda item: (-len(item[0]), item[0]))
    return tuple((_scale_pattern(word), scale) for word, scale in longest)


def _scale_pattern(word: str) -> re.Pattern[str]:
    """Long words may have other endings than those that CLDR has; short ones stand as they are."""
    if any(char >= "\u3040" for char in word):
        return re.compile(rf"\d\s?{re.escape(word)}")
    ending = r"(?![^\W\d_])"
    if len(word) >= 5:
        word, ending = word[: max(len(word) - 2, 7)], ""
    apart = "" if len(word) == 1 else r"|(?<![^\W\d_])"
    return re.compile(rf"(?:\d[\s\-\u2010\u2011]*{apart}){re.escape(word)}{ending}")


_PERCENT = re.compile(f"[%\u066a]|{_folded(PERCENT)}")


def _has_percent(plain: str, language: str) -> bool:
    words = _percent_words(language)
    return _PERCENT.search(plain) is not None or any(word in plain for word in words)


@cache
def _percent_words(language: str) -> tuple[str, ...]:
    """What CLDR says for percent in a language, in each number."""
    from babel.units import format_unit

    locale = locale_of(language)
    if locale is None:
        return ()
    said = (format_unit(each, "concentr-percent", "long", locale=locale) for each in (1, 2, 3, 5))
    words = {re.sub(r"\d", "", _folded(each)).strip() for each in said}
    return tuple(
        sorted((word for word in words if len(word) > 3), key=lambda word: (-len(word), word))
    )


def _has(plain: str, name: str) -> bool:
    folded, pattern = _beginning(name)
    return folded in plain and pattern.search(plain) is not None


@cache
def _beginning(name: str) -> tuple[str, re.Pattern[str]]:
    """A name as in a folded text, and as what a word begins with."""
    folded = _folded(name)
    return folded, re.compile(rf"(?<![^\W\d_]){re.escape(folded)}")


@cache
def month_names(language: str) -> tuple[tuple[str, int], ...]:
    """The names of months that hold no digits, the longest first."""
    from babel.dates import get_month_names

    locale = locale_of(language)
    numbers: dict[str, int] = {}
    for context in ("format", "stand-alone") if locale else ():
        for width in ("wide", "abbreviated"):
            for number, name in get_month_names(width, context, locale).items():
                plain = name.casefold().rstrip(".")
                if not any(map(str.isdigit, plain)) and len(plain) > 2:
                    numbers.setdefault(plain, number)
    return tuple(sorted(numbers.items(), key=lambda item: -len(item[0])))


@cache
def locale_of(language: str) -> str | None:
    """The locale of a language tag that Babel knows."""
    from babel import Locale, UnknownLocaleError

    for tag in (language, language.split("-")[0]):
        try:
            return str(Locale.parse(tag, sep="-")) if tag else None
        except (UnknownLocaleError, ValueError):
            continue
    return None
