"""Values as people spell them, in the language of their document, as literals of a datatype."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache

from cgkg.document.marks import narrow
from cgkg.document.spellings import (
    locale_of,
    month_names,
    part_that_is_read,
    readings,
    shortest,
    spell,
)
from cgkg.messages import M_
from cgkg.rdf.terms import IRI, Literal
from cgkg.rdf.vocab import RDF, XSD

_WHOLE = frozenset(
    XSD(name)
    for name in (
        "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger",
        "nonPositiveInteger", "negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort",
        "unsignedByte",
    )
)  # fmt: skip
_BROKEN = frozenset({XSD.double, XSD.float})
_NUMBERS = _WHOLE | _BROKEN | {XSD.decimal}
_DATED = {
    XSD.gYear: re.compile(r"-?[0-9]{4,}"),
    XSD.gYearMonth: re.compile(r"-?[0-9]{4,}-[0-9]{2}"),
    XSD.date: re.compile(r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}"),
}
_TURNED = str.maketrans(".,", ",.")  # as other languages spell it
_YEARS = re.compile(r"[0-9]{4}")
_DIGITS = re.compile(r"[0-9]+")
_TRUTH = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}


class SeveralMeanings(ValueError):
    """A spelling means several values; `choices` spell each of them so that it means that one."""

    def __init__(self, said: str, choices: Sequence[str]) -> None:
        super().__init__(said)
        self.choices = tuple(choices)


def literal(text: str, datatype: IRI, language: str, *, exact: bool = False) -> Literal:
    """The literal that a text means.

    Args:
        text: as spelled: `1.094,5`, `12 %`, `3. Oktober 1990`; or in the datatype's own form.
        datatype: rdf:langString gives it the language.
        language: the tag of the document's language, or "" if it is not known.
        exact: the text is a program's, not a spelling.

    Raises:
        ValueError: it says no value of the datatype; what to write instead.
        SeveralMeanings: it may say several.
    """
    if datatype == RDF.langString:
        return Literal(text, language=language) if language else Literal(text)
    if datatype in _NUMBERS:
        return Literal(_number(text, datatype, language, exact=exact), datatype=datatype)
    if datatype in _DATED:
        return Literal(_date(text, datatype, language), datatype=datatype)
    if datatype == XSD.boolean:
        if text.casefold() not in _TRUTH:
            raise ValueError(M_("{text} is neither true nor false", text=repr(text)))
        return Literal(_TRUTH[text.casefold()], datatype=datatype)
    return Literal(text) if datatype == XSD.string else Literal(text, datatype=datatype)


def _number(text: str, datatype: IRI, language: str, *, exact: bool) -> str:
    whole = datatype in _WHOLE
    meant = readings(text, "" if exact else language)
    meant = meant[-1:] if exact else meant  # as XSD writes it
    if not meant:
        raise ValueError(_not_a_number(text, language))
    fitting = [each for each in meant if not whole or each == each.to_integral_value()]
    if not fitting:
        raise ValueError(M_("{text} is no whole number", text=repr(text)))
    if len(fitting) > 1:
        said = M_("{text} may be several numbers: write the one that is meant", text=repr(text))
        raise SeveralMeanings(said, [_one_meaning(each, datatype, language) for each in fitting])
    number = fitting[0]
    if whole:
        return str(int(number))
    return str(float(number)) if datatype in _BROKEN else shortest(number)


def _one_meaning(number: Decimal, datatype: IRI, language: str) -> str:
    """The number as the language spells it, or as Turtle does where that would be in doubt."""
    spelled = spell(number, language)
    if readings(spelled, language) == (number,):
        return spelled
    return f'"{number:f}"^^xsd:{datatype.value.removeprefix(XSD.base)}'


def _not_a_number(text: str, language: str) -> str:
    what = M_("{text} is no number", text=repr(text))
    if language:
        what = M_("{text} is no number as {language} spells it", text=repr(text), language=language)
    if part := part_that_is_read(text, language):
        return M_("{what}: write {part} alone, if that is meant", what=what, part=part)
    turned = readings(text.translate(_TURNED), language)
    if len(turned) == 1:
        return M_(
            "{what}: write {part}, if that is meant", what=what, part=spell(turned[0], language)
        )
    return M_("{what}: write it in figures, without a unit", what=what)


def _date(text: str, datatype: IRI, language: str) -> str:
    if _DATED[datatype].fullmatch(text):
        return text
    if datatype == XSD.gYear and len(years := _YEARS.findall(text)) == 1:
        return str(years[0])
    parts = _date_parts(narrow(text), language)
    wanted = 3 if datatype == XSD.date else 2
    written = {XSD.date: "2019-05-03", XSD.gYearMonth: "2019-05", XSD.gYear: "2019"}[datatype]
    if parts is None or len(parts) != wanted:
        raise ValueError(
            M_(
                "{text} is not clear as a date: write it as {written}",
                text=repr(text),
                written=written,
            )
        )
    year, month, *day = parts
    if not 1 <= month <= 12 or (day and not 1 <= day[0] <= 31):
        raise ValueError(
            M_("{text} is no date: write it as {written}", text=repr(text), written=written)
        )
    return "-".join([f"{year:04d}", f"{month:02d}", *(f"{number:02d}" for number in day)])


def _date_parts(text: str, language: str) -> list[int] | None:
    """Year, month and perhaps day, if the text says them in one way only."""
    named = text.casefold()
    for name, number in month_names(language):
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", named):
            rest = named.replace(name, " ", 1)
            numbers = [int(n) for n in _DIGITS.findall(rest)]
            years = [n for n in numbers if n > 31]
            days = [n for n in numbers if n <= 31]
            return [years[0], number, *days] if len(years) == 1 and len(days) < 2 else None
    groups = _DIGITS.findall(text)
    numbers = [int(n) for n in groups]
    if len(groups) not in (2, 3) or not any(len(n) == 4 for n in (groups[0], groups[-1])):
        return None
    if len(groups[0]) == 4:
        return numbers
    if len(groups) == 2:
        return numbers[::-1]
    one, other, year = numbers
    if one == other or one > 12:
        return [year, other, one]
    if other > 12:
        return [year, one, other]
    day_first = _day_first(language)
    if day_first is None:
        return None
    return [year, other, one] if day_first else [year, one, other]


@cache
def _day_first(language: str) -> bool | None:
    """Whether dates in figures begin with the day; None where countries do it otherwise."""
    from babel.dates import get_date_format

    patterns = [get_date_format("short", each).pattern for each in _regions(locale_of(language))]
    orders = {pattern.find("d") < pattern.find("M") for pattern in patterns}
    return orders.pop() if len(orders) == 1 else None


def _regions(locale: str | None) -> list[str]:
    """The locales of a language, or the one with a country that is given."""
    from babel.localedata import locale_identifiers

    if locale is None or "_" in locale:
        return [locale] if locale else []
    return [name for name in locale_identifiers() if name.split("_")[0] == locale]


__all__ = ["SeveralMeanings", "literal"]
