"""The datatype map: which lexical forms a datatype has, which value they denote (rules dt-*).

All datatypes of OWL 2 RL are known, and the other XSD dates besides. Two literals have the same
value exactly when `value` gives equal keys, except where `differ` leaves it open; a datatype
outside the map has no values we know of. Same means identical, as in OWL 2: NaN is the same as
itself, 0 is not the same as -0, nor one moment as told in two time zones.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Hashable
from decimal import Decimal
from fractions import Fraction
from xml.etree.ElementTree import ParseError, canonicalize

from cgkg.letters import LETTERS, MARKS, class_of
from cgkg.rdf.terms import IRI, Literal
from cgkg.rdf.vocab import OWL, RDF, RDFS, XSD

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN")
_HEX = re.compile(r"([0-9a-fA-F]{2})*")
_BASE64 = re.compile(
    r"((([A-Za-z0-9+/] ?){4})*(([A-Za-z0-9+/] ?){3}[A-Za-z0-9+/]"
    r"|([A-Za-z0-9+/] ?){2}[AEIMQUYcgkosw048] ?=|[A-Za-z0-9+/] ?[AQgw] ?= ?=))?"
)
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
PLAIN_NUMBER = re.compile(
    r'"-?[0-9]+"\^\^<http://www\.w3\.org/2001/XMLSchema#integer>'
    r'|"-?[0-9]+\.[0-9]+"\^\^<http://www\.w3\.org/2001/XMLSchema#(?:decimal|double|float)>'
)
"""Texts in N-Triples of literals that are well-formed without a closer look."""
# NameStartChar and NameChar of XML 1.0.
_START, _MORE = f"{LETTERS}_", f"{LETTERS}{MARKS}_0-9.-"
_NMTOKEN = re.compile(f"{class_of(f':{_MORE}')}+")
_NAME = re.compile(f"{class_of(f':{_START}')}{class_of(f':{_MORE}')}*")
_NCNAME = re.compile(f"{class_of(_START)}{class_of(_MORE)}*")
_ZONE = r"(?P<zone>Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
_YEAR = r"(?P<year>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))"
_MONTH, _DAY = r"(?P<month>0[1-9]|1[0-2])", r"(?P<day>0[1-9]|[12][0-9]|3[01])"
_CLOCK = (
    r"(?:(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9](?:\.[0-9]+)?)"
    r"|(?P<midnight>24:00:00(?:\.0+)?))"
)
_DURATION = re.compile(
    r"(?P<sign>-?)P(?=.)(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?=.)(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?(?:(?P<seconds>[0-9]+(?:\.[0-9]+)?)S)?)?"
)
_MOMENTS = {
    "dateTime": f"{_YEAR}-{_MONTH}-{_DAY}T{_CLOCK}{_ZONE}",
    "dateTimeStamp": f"{_YEAR}-{_MONTH}-{_DAY}T{_CLOCK}{_ZONE.removesuffix('?')}",
    "date": f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}",
    "time": f"{_CLOCK}{_ZONE}",
    "gYear": f"{_YEAR}{_ZONE}",
    "gYearMonth": f"{_YEAR}-{_MONTH}{_ZONE}",
    "gMonth": f"--{_MONTH}{_ZONE}",
    "gMonthDay": f"--{_MONTH}-{_DAY}{_ZONE}",
    "gDay": f"---{_DAY}{_ZONE}",
}

# Datatypes derived from xsd:integer: parent, least and greatest value.
_INTEGERS: dict[str, tuple[str, int | None, int | None]] = {
    "integer": ("decimal", None, None),
    "nonNegativeInteger": ("integer", 0, None),
    "nonPositiveInteger": ("integer", None, 0),
    "positiveInteger": ("nonNegativeInteger", 1, None),
    "negativeInteger": ("nonPositiveInteger", None, -1),
    "long": ("integer", -(2**63), 2**63 - 1),
    "int": ("long", -(2**31), 2**31 - 1),
    "short": ("int", -(2**15), 2**15 - 1),
    "byte": ("short", -128, 127),
    "unsignedLong": ("nonNegativeInteger", 0, 2**64 - 1),
    "unsignedInt": ("unsignedLong", 0, 2**32 - 1),
    "unsignedShort": ("unsignedInt", 0, 2**16 - 1),
    "unsignedByte": ("unsignedShort", 0, 255),
}

Value = tuple[str, Hashable]
"""A value: the primitive value space it lies in, and what it is there."""


def known(datatype: IRI) -> bool:
    """Whether the datatype is in the map."""
    return datatype.value in _READERS or datatype == RDFS.Literal


def well_formed(literal: Literal) -> bool:
    """Whether the literal denotes a value; True for datatypes outside the map."""
    reader = _READERS.get(literal.datatype.value)
    return reader is None or literal.language is not None or reader(literal.value) is not None


def value(literal: Literal) -> Value | None:
    """The value denoted, or None when it is ill-formed or of an unknown datatype."""
    if literal.language is not None:
        return "langString", (literal.value, literal.language.lower())
    reader = _READERS.get(literal.datatype.value)
    return reader(literal.value) if reader else None


def differ(one: Value, other: Value) -> bool:
    """Whether two values are known not to be the same; HTML is compared as text only."""
    return one != other and not one[0] == other[0] == "HTML"


def belongs(literal: Literal, datatype: IRI) -> bool | None:
    """Whether the literal's value lies in the datatype; None when the map cannot tell."""
    if not well_formed(literal):
        return False
    if datatype in (RDFS.Literal, literal.datatype):
        return True
    denoted = value(literal)
    if denoted is None or not known(datatype):
        return None
    return _CONTAINS[datatype.value](denoted)


def _decimal(text: str) -> Value | None:
    return ("real", _exact(text)) if _DECIMAL.fullmatch(text) else None


def _exact(text: str) -> Fraction:
    """The number of a decimal numeral, however long: `int` refuses more than 4,300 digits."""
    return Fraction(Decimal(text))


def _integer(low: int | None, high: int | None) -> Callable[[str], Value | None]:
    def read(text: str) -> Value | None:
        if not _INTEGER.fullmatch(text):
            return None
        number = _exact(text)
        inside = (low is None or number >= low) and (high is None or number <= high)
        return ("real", number) if inside else None

    return read


def _rational(text: str) -> Value | None:
    parts = re.fullmatch(r"([+-]?[0-9]+)/([0-9]*[1-9][0-9]*)", text)
    return ("real", _exact(parts[1]) / _exact(parts[2])) if parts else None


def _is_decimal(denoted: Value) -> bool:
    """Whether the value is a number with finitely many decimal places."""
    space, number = denoted
    if space != "real" or not isinstance(number, Fraction):
        return False
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _floating(space: str) -> Callable[[str], Value | None]:
    def read(text: str) -> Value | None:
        if not _FLOAT.fullmatch(text):
            return None
        number = float(text.replace("INF", "inf"))
        if space == "float" and not math.isinf(number):
            try:
                number = struct.unpack("f", struct.pack("f", number))[0]
            except OverflowError:
                number = math.copysign(math.inf, number)
        return space, repr(number)  # repr: NaN equals itself and -0 differs from 0, as in OWL

    return read


def _boolean(text: str) -> Value | None:
    truth = {"true": True, "1": True, "false": False, "0": False}.get(text)
    return None if truth is None else ("boolean", truth)


def _string(pattern: re.Pattern[str] | None = None) -> Callable[[str], Value | None]:
    def read(text: str) -> Value | None:
        return ("string", text) if pattern is None or pattern.fullmatch(text) else None

    return read


def _binary(space: str, pattern: re.Pattern[str]) -> Callable[[str], Value | None]:
    def read(text: str) -> Value | None:
        if not pattern.fullmatch(text):
            return None
        return space, text.lower() if space == "hexBinary" else text.replace(" ", "")

    return read


def _xml(text: str) -> Value | None:
    """The canonical form of well-balanced content."""
    try:
        return "XMLLiteral", canonicalize(f"<_>{text}</_>", with_comments=True)
    except ParseError:
        return None


def _plain(text: str) -> Value | None:
    """What rdf:PlainLiteral writes as `text@tag`, or as `text@` without a language."""
    said, at, tag = text.rpartition("@")
    if not tag:
        return ("string", said) if at else None
    return ("langString", (said, tag.lower())) if at and _LANGUAGE.fullmatch(tag) else None


def _moment(name: str) -> Callable[[str], Value | None]:
    pattern = re.compile(_MOMENTS[name])
    space = "dateTime" if name == "dateTimeStamp" else name

    def read(text: str) -> Value | None:
        match = pattern.fullmatch(text)
        if not match:
            return None
        said = match.groupdict()
        year, month, day = (int(said[one]) if said.get(one) else None for one in _DATE)
        if day and month and day > _last_day(year, month):
            return None
        clock = tuple(_exact(said[one]) if said.get(one) else None for one in _TIME)
        if said.get("midnight"):  # the first moment of the next day
            clock = (Fraction(0),) * 3
            if year is not None and month and day:
                year, month, day = _next_day(year, month, day)
        return space, (year, month, day, *clock, _offset(said.get("zone")))

    return read


_DATE, _TIME = ("year", "month", "day"), ("hour", "minute", "second")


def _offset(zone: str | None) -> int | None:
    """The minutes that a time zone is ahead of UTC."""
    if not zone or zone == "Z":
        return 0 if zone else None
    minutes = 60 * int(zone[1:3]) + int(zone[4:])
    return -minutes if zone[0] == "-" else minutes


def _last_day(year: int | None, month: int) -> int:
    """How many days the month has; February without a year has 29."""
    leap = year is None or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
    return {2: 29 if leap else 28, 4: 30, 6: 30, 9: 30, 11: 30}.get(month, 31)


def _next_day(year: int, month: int, day: int) -> tuple[int, int, int]:
    if day < _last_day(year, month):
        return year, month, day + 1
    return (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)


def _duration(shape: Callable[[dict[str, str]], bool]) -> Callable[[str], Value | None]:
    def read(text: str) -> Value | None:
        match = _DURATION.fullmatch(text)
        if not match:
            return None
        parts = {key: part for key, part in match.groupdict().items() if part}
        sign = -1 if parts.pop("sign", "") else 1
        if not shape(parts):
            return None
        amount = {key: _exact(part) for key, part in parts.items()}
        months = 12 * amount.get("years", 0) + amount.get("months", 0)
        seconds = 60 * (
            60 * (24 * amount.get("days", 0) + amount.get("hours", 0)) + amount.get("minutes", 0)
        ) + amount.get("seconds", 0)
        return "duration", (sign * months, sign * seconds)

    return read


def _readers() -> dict[str, Callable[[str], Value | None]]:
    token = re.compile(r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?")
    xsd: dict[str, Callable[[str], Value | None]] = {
        "decimal": _decimal,
        **{name: _integer(low, high) for name, (_, low, high) in _INTEGERS.items()},
        "double": _floating("double"),
        "float": _floating("float"),
        "boolean": _boolean,
        "string": _string(),
        "normalizedString": _string(re.compile(r"[^\r\n\t]*")),
        "token": _string(token),
        "language": _string(_LANGUAGE),
        "NMTOKEN": _string(_NMTOKEN),
        "Name": _string(_NAME),
        "NCName": _string(_NCNAME),
        "anyURI": lambda text: ("anyURI", text),
        "hexBinary": _binary("hexBinary", _HEX),
        "base64Binary": _binary("base64Binary", _BASE64),
        **{name: _moment(name) for name in _MOMENTS},
        "duration": _duration(lambda parts: True),
        "yearMonthDuration": _duration(lambda parts: parts.keys() <= {"years", "months"}),
        "dayTimeDuration": _duration(lambda parts: not parts.keys() & {"years", "months"}),
    }
    return {
        **{XSD(name).value: reader for name, reader in xsd.items()},
        OWL.rational.value: _rational,
        OWL.real.value: lambda text: None,  # owl:real has no lexical forms of its own
        RDF.XMLLiteral.value: _xml,
        RDF.HTML.value: lambda text: ("HTML", text),
        RDF.PlainLiteral.value: _plain,
        RDF.langString.value: lambda text: None,  # a language tag is needed
    }


def _containment() -> dict[str, Callable[[Value], bool]]:
    def spaces(*names: str) -> Callable[[Value], bool]:
        return lambda denoted: denoted[0] in names

    def reads(reader: Callable[[str], Value | None]) -> Callable[[Value], bool]:
        return lambda denoted: denoted[0] == "string" and reader(str(denoted[1])) is not None

    def between(low: int | None, high: int | None) -> Callable[[Value], bool]:
        def inside(denoted: Value) -> bool:
            space, number = denoted
            if space != "real" or not isinstance(number, Fraction) or number.denominator != 1:
                return False
            return (low is None or number >= low) and (high is None or number <= high)

        return inside

    exact = {
        OWL.real.value: spaces("real"),
        OWL.rational.value: spaces("real"),
        RDF.PlainLiteral.value: spaces("string", "langString"),
        RDF.langString.value: spaces("langString"),
        XSD.string.value: spaces("string"),
        XSD.decimal.value: _is_decimal,
        XSD.dateTimeStamp.value: _has_zone,
        XSD.duration.value: spaces("duration"),
        XSD.yearMonthDuration.value: _is_duration(zero=1),
        XSD.dayTimeDuration.value: _is_duration(zero=0),
        **{XSD(name).value: between(low, high) for name, (_, low, high) in _INTEGERS.items()},
        **{
            XSD(name).value: reads(_READERS[XSD(name).value])
            for name in ("normalizedString", "token", "language", "NMTOKEN", "Name", "NCName")
        },
    }
    primitive = {iri: spaces(iri.rsplit("#", 1)[1]) for iri in _READERS if iri not in exact}
    return {**primitive, **exact}


def _has_zone(denoted: Value) -> bool:
    space, fields = denoted
    return space == "dateTime" and isinstance(fields, tuple) and fields[-1] is not None


def _is_duration(zero: int) -> Callable[[Value], bool]:
    """Whether a value is a duration without months (place 0) or without seconds (place 1)."""

    def holds(denoted: Value) -> bool:
        space, amounts = denoted
        return space == "duration" and isinstance(amounts, tuple) and amounts[zero] == 0

    return holds


_READERS = _readers()
_CONTAINS = _containment()
