"""Which of two literals is less, as SPARQL's operator < has it (SPARQL 1.1 §17.3).

Beside numbers, strings, booleans and xsd:dateTime the other dates and durations are compared, as
XPath does. What cannot be compared is neither less nor equal nor greater.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from cgkg.rdf.terms import Literal
from cgkg.reasoning.rules.datatypes import Value, value

_MOMENTS = frozenset(
    ("dateTime", "date", "time", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay")
)
_NUMBERS = frozenset(("real", "float", "double"))
_MOST = 14 * 3600
"""Seconds that local time may differ from UTC (XSD 1.0 Part 2 §3.2.7.4)."""


def compare(one: Literal, other: Literal) -> int | None:
    """Below, at or above 0 as one is less, equal or greater; None if they cannot be compared."""
    a, b = value(one), value(other)
    if a is None or b is None:
        return None
    if a[0] in _NUMBERS and b[0] in _NUMBERS:
        return _compare_numbers(a, b)
    if a[0] != b[0]:
        return None
    if a[0] in ("string", "boolean"):
        return _sign(a[1], b[1])
    if a[0] in _MOMENTS:
        return _compare_moments(a[1], b[1])
    return _compare_durations(a[1], b[1]) if a[0] == "duration" else None


def _sign(a: Any, b: Any) -> int:
    return int(a > b) - int(a < b)


def _compare_numbers(a: Value, b: Value) -> int | None:
    """Exact numbers become floating-point ones where one of the two is such (XPath 2.0 B.1)."""
    if a[0] == b[0] == "real":
        return _sign(a[1], b[1])
    x, y = _float(a), _float(b)
    return None if math.isnan(x) or math.isnan(y) else _sign(x, y)


def _float(number: Value) -> float:
    if number[0] != "real":
        return float(str(number[1]))
    exact = number[1]
    assert isinstance(exact, Fraction)
    try:
        return float(exact)
    except OverflowError:
        return math.copysign(math.inf, exact)


def _compare_moments(a: Any, b: Any) -> int | None:
    """Local times are compared with others where no time zone could change the outcome."""
    one, other = _seconds(a), _seconds(b)
    if (a[-1] is None) == (b[-1] is None):
        return _sign(one, other)
    return _sign(one, other) if abs(one - other) > _MOST else None


def _seconds(moment: tuple[Any, ...]) -> Fraction:
    """On a line of time, in UTC or local time; what is not said is that of a leap year."""
    year, month, day, hour, minute, second, offset = moment
    days = _days(1972 if year is None else year, month or 1, day or 1)
    clock = 3600 * Fraction(hour or 0) + 60 * Fraction(minute or 0) + Fraction(second or 0)
    return 86400 * days + clock - 60 * (offset or 0)


def _days(year: int, month: int, day: int) -> int:
    """Days since 1 March of the year 0, in the Gregorian calendar."""
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 1


def _compare_durations(a: Any, b: Any) -> int | None:
    """Months and seconds have no common measure."""
    months, seconds = _sign(a[0], b[0]), _sign(a[1], b[1])
    if months == seconds or not seconds:
        return months
    return None if months else seconds
