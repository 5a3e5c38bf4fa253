"""Numbers of any length: what the engine leaves out, whose integers have 64 bits and whose
decimals have 18 digits after the point."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Sequence
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_CEILING,
    ROUND_FLOOR,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from functools import reduce

from cgkg.rdf.terms import IRI, Literal, Term
from cgkg.rdf.vocab import XSD

# A number, exactly or as a float of 64 bits.
Number = Decimal | float

_DERIVED = re.compile(
    "integer|byte|short|int|long|unsigned(?:Byte|Short|Int|Long)"
    "|(?:non)?(?:[Pp]ositive|[Nn]egative)Integer"
)
# What a type derived from integers holds (XML Schema §3.3.13 to 25): the least and the greatest.
_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
}
for _name, _bits in (("Long", 64), ("Int", 32), ("Short", 16), ("Byte", 8)):
    _BOUNDS[_name.lower()] = -(1 << _bits - 1), (1 << _bits - 1) - 1
    _BOUNDS[f"unsigned{_name}"] = 0, (1 << _bits) - 1
_INTEGER, _DECIMAL = XSD.integer.value, XSD.decimal.value
_FLOAT, _DOUBLE = XSD.float.value, XSD.double.value
_EXACT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_APPROXIMATE = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
_SPECIAL = {"INF": math.inf, "+INF": math.inf, "-INF": -math.inf, "NaN": math.nan}
# Sums and products are exact up to so many digits, and beyond that have no value; quotients have
# as many digits after the point as the engine gives them at least.
_CONTEXT = Context(
    prec=10_000,
    Emin=MIN_EMIN,
    Emax=MAX_EMAX,
    traps=[Inexact, InvalidOperation, DivisionByZero, Overflow],
)
_QUOTIENT = Context(prec=40, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[InvalidOperation, DivisionByZero])
# Types in the order of promotion (XPath 2.0, B.1).
_ORDER = (_INTEGER, _DECIMAL, _FLOAT, _DOUBLE)


def read_number(term: Term) -> tuple[Number, str] | None:
    """The value of a number and which of the four numeric types it has; None for what is none."""
    if not isinstance(term, Literal):
        return None
    datatype, text = term.datatype.value, term.value.strip(" \t\r\n")
    if datatype in (_DOUBLE, _FLOAT):
        value = _read_float(text)
        if value is None:
            return None
        return (value if datatype == _DOUBLE else _round(value)), datatype
    if datatype == _DECIMAL:
        return (Decimal(text), _DECIMAL) if _EXACT.fullmatch(text) else None
    name = datatype.removeprefix(XSD.base)
    if datatype == name or not _DERIVED.fullmatch(name) or not _WHOLE.fullmatch(text):
        return None
    number = Decimal(text)
    least, most = _BOUNDS.get(name, (None, None))
    if (least is not None and number < least) or (most is not None and number > most):
        return None
    return number, _INTEGER


def _read_float(text: str) -> float | None:
    if text in _SPECIAL:
        return _SPECIAL[text]
    return float(text) if _APPROXIMATE.fullmatch(text) else None


def _round(value: float) -> float:
    """The nearest float of 32 bits."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _write(value: Number, datatype: str) -> Literal:
    if isinstance(value, float):
        if math.isfinite(value):
            return Literal(repr(value), datatype=IRI(datatype))
        text = "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"
        return Literal(text, datatype=IRI(datatype))
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return Literal("0" if text in ("-0", "") else text, datatype=IRI(datatype))


def _promote(numbers: Sequence[tuple[Number, str]]) -> tuple[list[Number], str]:
    """The values as of the widest of their types."""
    widest = max((datatype for _, datatype in numbers), key=_ORDER.index)
    if widest in (_FLOAT, _DOUBLE):
        return [_to_float(value) for value, _ in numbers], widest
    return [value for value, _ in numbers], widest


def _to_float(value: Number) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _read_all(terms: Sequence[Term]) -> tuple[list[Number], str] | None:
    numbers = [read_number(term) for term in terms]
    known = [each for each in numbers if each]
    return _promote(known) if len(known) == len(numbers) else None


def _read_booleans(terms: Sequence[Term]) -> list[bool] | None:
    truths = [
        _TRUTHS.get(each.value)
        for each in terms
        if isinstance(each, Literal) and each.datatype == XSD.boolean
    ]
    known = [each for each in truths if each is not None]
    return known if len(known) == len(terms) else None


def _boolean(value: bool) -> Literal:
    return Literal("true" if value else "false", datatype=XSD.boolean)


def compare(sign: str) -> Callable[[Term, Term], Literal | None]:
    """The function for `=`, `<` and the like of two terms that the engine does not compare: numbers
    beyond it, and which of two booleans is less."""

    def test(left: Term, right: Term) -> Literal | None:
        pair = _read_all((left, right))
        values = pair[0] if pair else _read_booleans((left, right))
        if values is None:
            return None
        a, b = values
        match sign:
            case "=":
                return _boolean(a == b)
            case "!=":
                return _boolean(a != b)
            case "<":
                return _boolean(a < b)
            case ">":
                return _boolean(a > b)
            case "<=":
                return _boolean(a <= b)
        return _boolean(a >= b)

    return test


def calculate(sign: str) -> Callable[[Term, Term], Literal | None]:
    """The function for `+`, `-`, `*` or `/` of two numbers."""

    def result(left: Term, right: Term) -> Literal | None:
        pair = _read_all((left, right))
        if pair is None:
            return None
        (a, b), datatype = pair
        try:
            if isinstance(a, Decimal) and isinstance(b, Decimal):
                if sign == "/":
                    return _write(_divide(a, b), _DECIMAL)
                return _write(_EXACT_SIGNS[sign](a, b), datatype)
            value = _FLOAT_SIGNS[sign](float(a), float(b))
        except ArithmeticError:
            return None
        return _write(_round(value) if datatype == _FLOAT else value, datatype)

    return result


def _divide(a: Decimal, b: Decimal) -> Decimal:
    """Forty digits, and those before the point."""
    if not b:
        raise DivisionByZero
    whole = max(0, a.adjusted() - b.adjusted() + 1)
    context = _QUOTIENT.copy()
    context.prec = min(_QUOTIENT.prec + whole, _CONTEXT.prec)
    return context.divide(a, b)


def _divide_floats(a: float, b: float) -> float:
    if b:
        return a / b
    if not a or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1, b)


_EXACT_SIGNS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": _CONTEXT.add,
    "-": _CONTEXT.subtract,
    "*": _CONTEXT.multiply,
}
_FLOAT_SIGNS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide_floats,
}
_ROUNDINGS = {"CEIL": ROUND_CEILING, "FLOOR": ROUND_FLOOR}


def convert(name: str) -> Callable[[Term], Literal | None]:
    """The function of one number: its negative or absolute value, or one that rounds."""

    def result(term: Term) -> Literal | None:
        number = read_number(term)
        if number is None:
            return None
        value, datatype = number
        if isinstance(value, float):
            return _write(_convert_float(name, value), datatype)
        match name:
            case "ABS":
                value = value.copy_abs()
            case "NEGATIVE":
                value = value.copy_negate()
            case "ROUND":
                # The half goes to the larger number, as of XPath.
                value = _quantize(_CONTEXT.add(value, Decimal("0.5")), ROUND_FLOOR)
            case _:
                value = _quantize(value, _ROUNDINGS[name])
        return _write(value, datatype)

    def safe(term: Term) -> Literal | None:
        try:
            return result(term)
        except ArithmeticError:
            return None

    return safe


def _convert_float(name: str, value: float) -> float:
    match name:
        case "ABS":
            return abs(value)
        case "NEGATIVE":
            return -value
    if not math.isfinite(value):
        return value
    if name == "CEIL":
        return float(math.ceil(value))
    return float(math.floor(value + 0.5 if name == "ROUND" else value))


def _quantize(value: Decimal, rounding: str) -> Decimal:
    return value.to_integral_value(rounding, _CONTEXT)


def cast(datatype: str) -> Callable[[Term], Literal | None]:
    """The function that makes a number of a type of a string or another number."""

    def result(term: Term) -> Literal | None:
        if not isinstance(term, Literal):
            return None
        if term.datatype == XSD.string:
            known = read_number(Literal(term.value, datatype=IRI(datatype)))
        else:
            known = read_number(term)
        if known is None:
            return None
        value, _ = known
        if datatype in (_FLOAT, _DOUBLE):
            number = _to_float(value)
            return _write(_round(number) if datatype == _FLOAT else number, datatype)
        if isinstance(value, float):
            if not math.isfinite(value):
                return None
            value = Decimal(value)
        if datatype == _INTEGER:
            value = value.to_integral_value("ROUND_DOWN", _CONTEXT)
        return _write(value, datatype)

    return result


def is_numeric(term: Term) -> Literal:
    """Whether it is a number, however long."""
    return _boolean(read_number(term) is not None)


def is_true(term: Term) -> Literal | None:
    """The effective boolean value (SPARQL 1.1 §17.2.2) where the engine has none: of a long number,
    of a text with a language, and of what is no form of its datatype, which is false."""
    number = read_number(term)
    if number is not None:
        return _boolean(bool(number[0]) and number[0] == number[0])
    if not isinstance(term, Literal):
        return None
    if term.language:
        return _boolean(term.value != "")
    return _boolean(False) if _has_truth(term.datatype) else None


def _has_truth(datatype: IRI) -> bool:
    """Whether it is the datatype of booleans or one of numbers."""
    if datatype in (XSD.boolean, XSD.decimal, XSD.float, XSD.double):
        return True
    return datatype in XSD and _DERIVED.fullmatch(XSD.local(datatype)) is not None


def add_up(terms: Sequence[Term]) -> Literal | None:
    """The sum; of nothing it is 0."""
    total = _sum(terms)
    return total and _write(*total)


def average(terms: Sequence[Term]) -> Literal | None:
    """The sum by the count; of nothing it is 0."""
    if not terms:
        return _write(Decimal(0), _INTEGER)
    total = _sum(terms)
    return total and calculate("/")(_write(*total), _write(Decimal(len(terms)), _INTEGER))


def _sum(terms: Sequence[Term]) -> tuple[Number, str] | None:
    if not terms:
        return Decimal(0), _INTEGER
    numbers = _read_all(terms)
    if numbers is None:
        return None
    values, datatype = numbers
    try:
        if datatype in (_FLOAT, _DOUBLE):
            total: Number = sum(map(float, values))
            return (_round(float(total)) if datatype == _FLOAT else total), datatype
        return reduce(_CONTEXT.add, map(Decimal, values)), datatype
    except ArithmeticError:
        return None
