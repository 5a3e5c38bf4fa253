"""Values as people spell them, in the language of their document, as literals of a datatype."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from cgkg.document.marks import narrow
from cgkg.document.spellings import locale_of, month_names, read_number
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
_YEARS = re.compile(r"[0-9]{4}")
_DIGITS = re.compile(r"[0-9]+")
_TRUTH = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}


def literal(text: str, datatype: IRI, language: str, *, exact: bool = False) -> Literal:
    """The literal that a text means.

    Args:
        text: as spelled: `1.094,5`, `12 %`, `3. Oktober 1990`; or in the datatype's own form.
        datatype: rdf:langString gives it the language.
        language: the tag of the document's language, or "" if it is not known.
        exact: the text is a program's, not a spelling.

    Raises:
        ValueError: it says no value of the datatype, or may say two; what to write instead.
    """
    if datatype == RDF.langString:
        return Literal(text, language=language) if language else Literal(text)
    if datatype in _NUMBERS:
        return Literal(_number(text, datatype, "" if exact else language), datatype=datatype)
    if datatype in _DATED:
        return Literal(_date(text, datatype, language), datatype=datatype)
    if datatype == XSD.boolean:
        if text.casefold() not in _TRUTH:
            raise ValueError(f"{text!r} is neither true nor false")
        return Literal(_TRUTH[text.casefold()], datatype=datatype)
    return Literal(text) if datatype == XSD.string else Literal(text, datatype=datatype)


def _number(text: str, datatype: IRI, language: str) -> str:
    number = _read_number(text, language)
    if datatype in _WHOLE:
        if number != number.to_integral_value():
            raise ValueError(f"{text!r} is no whole number")
        return str(int(number))
    plain = f"{number:f}"
    if datatype in _BROKEN:
        return str(float(number))
    return plain


def _read_number(text: str, language: str) -> Decimal:
    number = read_number(text, language)
    if number is None:
        hint = ": write it as a part of one or in hundreds, without the sign" if "%" in text else ""
        how = f" as {language} spells it" if language else ""
        raise ValueError(f"{text!r} is no number{how}{hint}")
    return number


def _date(text: str, datatype: IRI, language: str) -> str:
    if _DATED[datatype].fullmatch(text):
        return text
    if datatype == XSD.gYear and len(years := _YEARS.findall(text)) == 1:
        return str(years[0])
    parts = _date_parts(narrow(text), language)
    wanted = 3 if datatype == XSD.date else 2
    written = {XSD.date: "2019-05-03", XSD.gYearMonth: "2019-05", XSD.gYear: "2019"}[datatype]
    if parts is None or len(parts) != wanted:
        raise ValueError(f"{text!r} is not clear as a date: write it as {written}")
    year, month, *day = parts
    if not 1 <= month <= 12 or (day and not 1 <= day[0] <= 31):
        raise ValueError(f"{text!r} is no date: write it as {written}")
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
    found = _DIGITS.findall(text)
    numbers = [int(n) for n in found]
    if len(found) not in (2, 3) or not any(len(n) == 4 for n in (found[0], found[-1])):
        return None
    if len(found[0]) == 4:
        return numbers
    if len(found) == 2:
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


__all__ = ["literal"]
