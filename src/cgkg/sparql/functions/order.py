"""One order for all terms that keeps that of "<" (SPARQL 1.1 §15.1): blank nodes, IRIs, literals;
among these first strings, then other types by name, then numbers."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from cgkg.rdf.terms import IRI, BlankNode, Literal, Term
from cgkg.rdf.vocab import RDF, XSD
from cgkg.sparql.functions.numbers import Number, read_number

_STRINGS = (XSD.string, RDF.langString)
_MOMENT = re.compile(
    r"(-?[0-9]{4,})-([0-9]{2})-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2}):([0-9]{2}(?:\.[0-9]+)?))?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2}(?:\.[0-9]+)?)(Z|[+-][0-9]{2}:[0-9]{2})?")
_DURATION = re.compile(
    r"(-?)P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?"
    r"(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:\.[0-9]+)?)S)?)?"
)
_DURATIONS = tuple(XSD.base + n for n in ("duration", "dayTimeDuration", "yearMonthDuration"))
_MONTH = Decimal("2629746")  # seconds, on an average of 400 years
_COMPLEMENT = str.maketrans("0123456789", "9876543210")


def order_key(term: Term) -> str:
    """A text that stands among others as the term does among terms."""
    if isinstance(term, BlankNode):
        return "0" + term.value
    if isinstance(term, IRI):
        return "1" + term.value
    if not isinstance(term, Literal):
        return "8" + str(term)
    if term.datatype in _STRINGS:
        return f"2{term.value}\0{term.language or ''}"
    number = read_number(term)
    if number is not None:
        return "5" + _key_of_number(number[0])
    datatype = term.datatype.value
    seconds = None
    if datatype.endswith(("dateTime", "date", "time")):
        seconds = _find_moment(term.value)
    elif datatype in _DURATIONS:  # which are compared with each other
        datatype, seconds = XSD.base + "duration", _find_length(term.value)
    own = term.value if seconds is None else _key_of_number(seconds)
    return f"3{datatype}\0{own}"


def write_order_key(term: Term) -> Literal:
    """The same as a literal."""
    return Literal(order_key(term))


def _find_moment(text: str) -> Decimal | None:
    """Seconds from the beginning of the calendar, or of the day; UTC where no zone is said."""
    match = _MOMENT.fullmatch(text)
    if match:
        year, month, day = int(match[1]), int(match[2]), int(match[3])
        days = _count_days(year, month, day)
        clock, zone = match.groups()[3:6], match[7]
    elif time := _TIME.fullmatch(text):
        days, clock, zone = 0, time.groups()[:3], time[4]
    else:
        return None
    hours, minutes, seconds = (Decimal(part or 0) for part in clock)
    moment = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if zone and zone != "Z":
        shift = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
        moment += shift if zone[0] == "-" else -shift
    return moment


def _find_length(text: str) -> Decimal | None:
    """Seconds of a duration; a month has those of an average one, which keeps the order of all
    durations of which one is longer whenever they begin (XML Schema §3.2.6.2)."""
    match = _DURATION.fullmatch(text)
    if not match or text.endswith(("P", "T")):
        return None
    sign, *parts = match.groups()
    years, months, days, hours, minutes, seconds = (Decimal(part or 0) for part in parts)
    length = (years * 12 + months) * _MONTH + ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return -length if sign else length


def _count_days(year: int, month: int, day: int) -> int:
    """Days from the first of March of year 0, by the rule of Gregory."""
    if month < 3:
        year, month = year - 1, month + 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month - 457) // 5 + day


def _key_of_number(value: Number) -> str:
    """Sign, exponent and digits; of negative ones the complement."""
    if isinstance(value, float):
        if math.isnan(value):
            return "0"
        if math.isinf(value):
            return "5" if value > 0 else "1"
        value = Decimal(value)
    if not value:
        return "3"
    _, digits, _ = value.as_tuple()
    text = f"{value.adjusted() + 10**10:011d}" + "".join(map(str, digits)).rstrip("0")
    # After the digits of a negative number comes what is more than any digit.
    return "4" + text if value > 0 else "2" + text.translate(_COMPLEMENT) + "~"
