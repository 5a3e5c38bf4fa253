"""Numbers as documents print them, in Arabic and in Chinese figures, and what they can mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from cgkg.document.marks import PERCENT, POINT, SLASH, narrow

DIGITS = "一二三四五六七八九十"
"""What the number of a chapter is made of."""
_DIGIT = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_SCALE = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
FIGURE = re.compile(
    rf"(?P<fraction>\d+[{SLASH}]\d+)"
    rf"|(?P<digits>\d+(?:[{POINT}]\d+)?)\s*(?P<scale>[万亿])?(?P<percent>[{PERCENT}])?"
    rf"|(?P<parts>[{DIGITS}])分之(?P<whole>[{DIGITS}])"
    r"|(?P<half>一半)|数以(?P<order>[百千万])计"
    r"|(?P<count>[二三四五六七八九十两]+)(?=[个大种项条家区座])"
)
"""A number in running text."""
CHINESE_NUMBER = re.compile(f"[{''.join((*_DIGIT, *_SCALE))}]+")
"""A whole number in Chinese figures."""


def values(text: str) -> Iterator[Decimal]:
    """The numbers that a figure as printed can stand for, as values of the graph."""
    match = FIGURE.match(narrow(text))
    if not match:
        return
    if match["fraction"]:
        one, other = map(Decimal, match["fraction"].split("/"))
        yield one
        if other:
            yield (one / other).quantize(Decimal("0.000001"))
            yield (one / other).quantize(Decimal("0.0001"))
    elif match["digits"]:
        figure = Decimal(match["digits"])
        yield figure * _SCALE.get(match["scale"] or "", 1)
        if match["percent"]:
            yield figure / 100
        if not match["scale"] and not match["percent"] and figure < 100:
            yield figure + 1900
    elif match["parts"]:
        whole, part = read_chinese(match["parts"]), read_chinese(match["whole"])
        yield Decimal(part)
        yield Decimal(whole)
    elif match["half"]:
        yield Decimal("0.5")
    elif match["order"]:
        yield Decimal(_SCALE[match["order"]])
    elif match["count"]:
        yield Decimal(read_chinese(match["count"]))


def numbers(text: str) -> set[Decimal]:
    """Every number that running text can give, ordinals and parts of words in figures too."""
    plain = narrow(text)
    found = {value for match in FIGURE.finditer(plain) for value in values(match[0])}
    return found | {Decimal(read_chinese(match[0])) for match in CHINESE_NUMBER.finditer(plain)}


def read_chinese(text: str) -> int:
    """The whole number that Chinese figures say: 12 for ten and two."""
    total, digit = 0, 0
    for char in text:
        if char in _SCALE:
            total += (digit or 1) * _SCALE[char]
            digit = 0
        else:
            digit = _DIGIT[char]
    return total + digit
