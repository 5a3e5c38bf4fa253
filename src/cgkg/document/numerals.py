"""Numbers as documents print them, in Arabic and in Chinese figures, and what they can mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from cgkg.document.marks import PERCENT, POINT, SLASH, narrow

DIGITS = "一二三四五六七八九十"
"""What the number of a chapter is made of."""
_DIGIT = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "兩": 2}
_SCALE = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_SCALE |= {"萬": 10_000, "億": 100_000_000, "兆": 10**12, "京": 10**16}
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
_SCALES = "".join(_SCALE)
_CHARACTERS = "".join(_DIGIT) + _SCALES
_DECIMAL = re.compile(rf"([{_CHARACTERS}]+)[点點]([{''.join(_DIGIT)}]+)")
_AND_MORE = re.compile(rf"(?<=[\d{_CHARACTERS}])[多余餘来來](?=[{_SCALES}])")
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_OF_ERA = re.compile(rf"({'|'.join(_ERAS)})\s?(\d+|元|[{_CHARACTERS}]+)")
_SAID = {re.compile("半"): Decimal("0.5"), re.compile("[双雙俩翻番]|一倍"): Decimal(2)}
_MIXED = re.compile(rf"\d[\d,.]*[{_SCALES}]+(?:\d[\d,.]*[{_SCALES}]*)*")
_MIXED_PART = re.compile(rf"(\d[\d,.]*)([{_SCALES}]*)")
_PART = re.compile(rf"([\d{_CHARACTERS}]+)分[之の]([\d.{_CHARACTERS}]+)")
_TENTHS = re.compile(rf"([\d{''.join(_DIGIT)}])[成割](半)?")


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


def numbers_in_characters(text: str) -> set[Decimal]:
    """Every number that running text can give in Chinese figures, ordinals and parts of words too.

    As Chinese and Japanese write them, also with Arabic figures (`3亿5000万`), one by one
    (`二〇二〇`), and as parts (`三分之一`, `三成`).
    """
    plain = narrow(text)
    plain = _AND_MORE.sub("", plain)
    matches = (match for match in FIGURE.finditer(plain) if not match[0][0].isdecimal())
    numbers = {value for match in matches for value in values(match[0])}
    for match in CHINESE_NUMBER.finditer(plain):
        numbers.add(Decimal(read_chinese(match[0])))
        numbers |= {Decimal(_DIGIT[char]) for char in match[0] if char in _DIGIT}
    numbers |= {_decimal(*each.groups()) for each in _DECIMAL.finditer(plain)}
    plain = _DECIMAL.sub(lambda each: str(_decimal(*each.groups())), plain)
    for era, year in _OF_ERA.findall(plain):
        numbers.add(_ERAS[era] + (Decimal(1) if year == "元" else _number(year)))
    numbers |= {value for said, value in _SAID.items() if said.search(plain)}
    return numbers | set(_mixed(plain)) | set(_parts(plain))


def _decimal(whole: str, rest: str) -> Decimal:
    return Decimal(f"{read_chinese(whole)}.{''.join(str(_DIGIT[char]) for char in rest)}")


def _mixed(plain: str) -> Iterator[Decimal]:
    """Arabic figures with scales among them."""
    for match in _MIXED.finditer(plain):
        total = Decimal(0)
        for figure, scales in _MIXED_PART.findall(match[0]):
            value = Decimal(figure.replace(",", "").rstrip(".") if figure.count(".") < 2 else 0)
            for scale in scales:
                value *= _SCALE[scale]
            yield value
            total += value
        yield total


def _parts(plain: str) -> Iterator[Decimal]:
    """Parts of a whole, as printed and as values from 0 to 1."""
    for of, part in _PART.findall(plain):
        one, other = _number(part), _number(of)
        if other:
            yield one
            yield from (round(one / other, places) for places in range(1, 7))
    for tenths, half in _TENTHS.findall(plain):
        value = Decimal(int(tenths) if tenths.isdigit() else _DIGIT[tenths])
        value = value / 10 + (Decimal("0.05") if half else 0)
        yield from (value, value * 100)


def _number(figures: str) -> Decimal:
    """A number all in Arabic or all in Chinese figures; 0 if it is neither."""
    if figures.replace(".", "", 1).isdigit():
        return Decimal(figures)
    return Decimal(read_chinese(figures) if CHINESE_NUMBER.fullmatch(figures) else 0)


def read_chinese(text: str) -> int:
    """The whole number that Chinese figures say: 12 for ten and two, 2020 for four digits."""
    if len(text) > 2 and not any(char in _SCALE for char in text):
        return int("".join(str(_DIGIT[char]) for char in text))
    total, section, digit = 0, 0, 0
    for char in text:
        scale = _SCALE.get(char)
        if scale is None:
            digit = _DIGIT[char]
        elif scale < _SCALE["万"]:
            section += (digit or 1) * scale
            digit = 0
        else:
            section += digit
            lower = total % scale + section
            total = total - total % scale + (lower or 1) * scale
            section, digit = 0, 0
    return total + section + digit
