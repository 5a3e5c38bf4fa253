"""Regular expressions of XPath (F&O 3.1 §5.6.1, over XML Schema 1.1 Part 2, Appendix G).

One reading of a pattern gives it in the words of two others: those of the engine, which has no
back-references, and those of Python.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import chain, pairwise

from cgkg.sparql.functions.blocks import BLOCKS

Range = tuple[int, int]

# Blanks and what the escapes of one letter stand for.
_BLANK = " \t\n\r"
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
_ESCAPED = frozenset("\\|.?*+(){}$-[]^")
_META = frozenset("\\|.?*+(){}[]^$")
# Characters that may begin a name of XML, and the others of one (XML 1.0 §2.3).
_NAME_START: tuple[Range, ...] = (
    (0x3A, 0x3A),
    (0x41, 0x5A),
    (0x5F, 0x5F),
    (0x61, 0x7A),
    (0xC0, 0xD6),
    (0xD8, 0xF6),
    (0xF8, 0x2FF),
    (0x370, 0x37D),
    (0x37F, 0x1FFF),
    (0x200C, 0x200D),
    (0x2070, 0x218F),
    (0x2C00, 0x2FEF),
    (0x3001, 0xD7FF),
    (0xF900, 0xFDCF),
    (0xFDF0, 0xFFFD),
    (0x10000, 0xEFFFF),
)
_NAME: tuple[Range, ...] = (
    *_NAME_START,
    (0x2D, 0x2E),
    (0x30, 0x39),
    (0xB7, 0xB7),
    (0x300, 0x36F),
    (0x203F, 0x2040),
)
_NAMED = {
    "s": tuple((ord(blank), ord(blank)) for blank in sorted(_BLANK)),
    "i": _NAME_START,
    "c": _NAME,
}
# Where characters are assigned beside those of private use: from the first up to the second.
_ASSIGNED = ((0, 0x34000), (0xE0000, 0xE1000))
_GENERAL = re.compile("L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|Z[slp]?|S[mcko]?|C[cfon]?")
# Names of blocks that XML Schema has from earlier versions of Unicode.
_FORMER = {
    "Greek": "GreekandCoptic",
    "CombiningMarksforSymbols": "CombiningDiacriticalMarksforSymbols",
    "PrivateUse": "PrivateUseArea",
}


_PROPERTY = re.compile(r"\{([A-Za-z0-9\-]+)\}")
_REPLACEMENT = re.compile(r"\$([0-9]+)|\\([\\$])|([^\\$]+)|[\\$]")
_QUANTITY = re.compile(r"\{([0-9]+)(,([0-9]*))?\}")


class PatternError(ValueError):
    """A pattern, its flags or a replacement that XPath does not have."""


@dataclass(frozen=True)
class Pattern:
    """A pattern in other words.

    `engine` is for the engine, None where it cannot say it; of the flags it needs only i. `groups`
    is how many there are, `empty` whether the empty string matches.
    """

    engine: str | None
    any_case: bool
    groups: int
    empty: bool
    _parts: tuple[str | _Class, ...]

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """For Python."""
        parts = [
            each if isinstance(each, str) else _write_python_class(each.find(self.any_case))
            for each in self._parts
        ]
        return re.compile("".join(parts), re.IGNORECASE if self.any_case else 0)


@dataclass(frozen=True)
class _Escape:
    """What stands for several characters: the engine's word for it in a class, and which they are;
    of categories those whose name begins so."""

    engine: str
    ranges: tuple[Range, ...] = ()
    categories: tuple[str, ...] = ()
    negated: bool = False

    def find(self) -> list[Range]:
        """The characters."""
        characters = _merge(
            [*self.ranges, *(each for name in self.categories for each in _find(name))]
        )
        return _invert(characters) if self.negated else characters


@dataclass(frozen=True)
class _Class:
    """A set of characters: ranges, and escapes beside them, without those of another."""

    ranges: tuple[Range, ...] = ()
    escapes: tuple[_Escape, ...] = ()
    negated: bool = False
    without: _Class | None = None

    def write(self) -> str:
        """For the engine."""
        inner = "".join([*map(_write_range, self.ranges), *(each.engine for each in self.escapes)])
        positive = f"[{'^' if self.negated else ''}{inner}]"
        return f"[{positive}--{self.without.write()}]" if self.without else positive

    def find(self, any_case: bool) -> list[Range]:
        """The characters; with `any_case` those of ranges in either case."""
        own = _in_any_case(self.ranges) if any_case else self.ranges
        characters = _merge([*own, *(each for escape in self.escapes for each in escape.find())])
        if self.negated:
            characters = _invert(characters)
        if self.without:
            characters = _invert(_merge([*_invert(characters), *self.without.find(any_case)]))
        return characters


@dataclass(frozen=True)
class _Piece:
    """A part of a pattern for the engine and, with classes still to be written, for Python; and
    whether the empty string matches it."""

    engine: str
    python: tuple[str | _Class, ...]
    empty: bool


def _merge(ranges: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return merged


def _invert(ranges: Iterable[Range]) -> list[Range]:
    """All other characters; the ranges are in order and apart."""
    inverted, at = [], 0
    for low, high in ranges:
        if low > at:
            inverted.append((at, low - 1))
        at = high + 1
    if at <= sys.maxunicode:
        inverted.append((at, sys.maxunicode))
    return inverted


def _in_any_case(ranges: Iterable[Range]) -> Iterator[Range]:
    for low, high in ranges:
        yield low, high
        for number in range(low, min(high, 0x1FFFF) + 1):
            letter = chr(number)
            for other in (letter.lower(), letter.upper()):
                if other != letter and len(other) == 1:
                    yield ord(other), ord(other)


def _write_range(each: Range) -> str:
    low, high = each
    return _write_code(low) if low == high else f"{_write_code(low)}-{_write_code(high)}"


def _write_code(number: int) -> str:
    """A character for the engine in a class."""
    letter = chr(number)
    return letter if letter.isalnum() else f"\\x{{{number:x}}}"


def _write_python_class(ranges: Sequence[Range]) -> str:
    # Python goes through the characters of a class: of "." that would be all there are but two.
    others = _invert(ranges)
    negated = bool(others) and _count(others) < _count(ranges)
    parts = (
        f"\\U{low:08x}" + (f"-\\U{high:08x}" if high > low else "")
        for low, high in (others if negated else ranges)
    )
    # No letter is in an empty class, and Python has no way to write one.
    return f"(?-i:[{'^' if negated else ''}{''.join(parts)}])" if ranges else r"(?!)"


def _count(ranges: Iterable[Range]) -> int:
    return sum(high - low + 1 for low, high in ranges)


@cache
def _categories() -> dict[str, list[Range]]:
    """The characters of each general category of Unicode."""
    named: dict[str, list[Range]] = defaultdict(list)
    for number in chain(*(range(low, high) for low, high in _ASSIGNED)):
        name = unicodedata.category(chr(number))
        ranges = named[name]
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = ranges[-1][0], number
        else:
            ranges.append((number, number))
    for (_, end), (start, _) in pairwise((*_ASSIGNED, (0xF0000, 0))):
        named["Cn"].append((end, start - 1))
    for plane in (0xF0000, 0x100000):  # of private use, but for the last two
        named["Co"].append((plane, plane + 0xFFFD))
        named["Cn"].append((plane + 0xFFFE, plane + 0xFFFF))
    return named


@cache
def _find(category: str) -> list[Range]:
    """The characters of the categories whose names begin so."""
    named = _categories()
    return _merge(each for name in named if name.startswith(category) for each in named[name])


@cache
def _blocks() -> dict[str, list[Range]]:
    """The characters of each block of Unicode, by its name without blanks."""
    named: dict[str, list[Range]] = defaultdict(list)
    for line in BLOCKS.splitlines():
        low, high, name = line.split()
        named[name].append((int(low, 16), int(high, 16)))
    for name in "AB":
        named["PrivateUse"] += named[f"SupplementaryPrivateUseArea-{name}"]
    return named


def _find_property(name: str, negated: bool) -> _Escape:
    """What `\\p{name}` or `\\P{name}` stands for."""
    if _GENERAL.fullmatch(name):
        return _Escape(f"\\{'P' if negated else 'p'}{{{name}}}", (), (name,), negated)
    if name.startswith("Is"):
        blocks = _blocks()
        ranges = _merge([*blocks[name[2:]], *blocks[_FORMER.get(name[2:], "")]])
        if ranges:
            return _name_ranges(ranges, negated)
    raise PatternError(f"there is no category or block {name}")


def _find_escape(letter: str) -> _Escape:
    """What a class escape of one letter stands for; of a capital, all but that."""
    small, negated = letter.lower(), letter.isupper()
    if small == "d":
        return _find_property("Nd", negated)
    if small == "w":  # all but punctuation, separators and others
        text = r"\p{P}\p{Z}\p{C}"
        return _Escape(f"[{'' if negated else '^'}{text}]", (), ("P", "Z", "C"), not negated)
    return _name_ranges(_NAMED[small], negated)


def _name_ranges(ranges: Iterable[Range], negated: bool) -> _Escape:
    text = "".join(map(_write_range, ranges))
    return _Escape(f"[^{text}]" if negated else text, tuple(ranges), (), negated)


class _PatternReader:
    """Reads one pattern."""

    def __init__(self, pattern: str, flags: str) -> None:
        self._pattern, self._flags = pattern, flags
        self._at = 0
        self._opened = 0
        self._closed: dict[int, bool] = {}  # groups, and whether they may be empty
        self.only_python = False

    def read(self) -> _Piece:
        """The whole of it."""
        piece = self._read_choices()
        if self._at < len(self._pattern):
            raise PatternError("a bracket is closed that was not opened")
        return piece

    @property
    def groups(self) -> int:
        """How many groups there were."""
        return self._opened

    def _next(self) -> str:
        """The character that comes, empty at the end; blanks are passed over with flag x."""
        while "x" in self._flags and self._pattern[self._at : self._at + 1] in tuple(_BLANK):
            self._at += 1
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        letter = self._pattern[self._at : self._at + 1]
        if not letter:
            raise PatternError("the pattern ends too early")
        self._at += 1
        return letter

    def _read_choices(self) -> _Piece:
        choices = [self._read_branch()]
        while self._next() == "|":
            self._at += 1
            choices.append(self._read_branch())
        return _Piece(
            "|".join(each.engine for each in choices),
            tuple(part for each in choices for part in ("|", *each.python))[1:],
            any(each.empty for each in choices),
        )

    def _read_branch(self) -> _Piece:
        pieces = []
        while (letter := self._next()) and letter not in "|)":
            pieces.append(self._read_piece())
        return _Piece(
            "".join(each.engine for each in pieces),
            tuple(part for each in pieces for part in each.python),
            all(each.empty for each in pieces),
        )

    def _read_piece(self) -> _Piece:
        letter = self._next()
        atom = self._read_atom()
        sign = self._read_quantifier()
        if not sign:
            return atom
        if letter == "^" or letter == "$":
            raise PatternError(f"a quantifier after {letter}")
        empty = atom.empty or sign[0] in "?*" or re.match(r"\{0+[,}]", sign) is not None
        return _Piece(atom.engine + sign, (*atom.python, sign), empty)

    def _read_quantifier(self) -> str:
        letter = self._next()
        if letter == "{":
            quantity = _QUANTITY.fullmatch(self._squeeze())
            if quantity is None:
                raise PatternError("{ is no quantifier")
            if quantity[3] and int(quantity[3]) < int(quantity[1]):
                raise PatternError("a quantifier from more to less")
            self._at = self._pattern.index("}", self._at) + 1
            sign = quantity[0]
        elif letter and letter in "?*+":
            self._at += 1
            sign = letter
        else:
            return ""
        if self._next() == "?":
            self._at += 1
            sign += "?"
        if self._next() and self._next() in "?*+{":
            raise PatternError("a quantifier after another")
        return sign

    def _squeeze(self) -> str:
        """What follows up to a brace, without blanks where flag x leaves them out."""
        part = self._pattern[self._at :].partition("}")[0] + "}"
        return "".join(c for c in part if c not in _BLANK) if "x" in self._flags else part

    def _read_atom(self) -> _Piece:
        letter = self._take()
        match letter:
            case "(":
                return self._read_group()
            case "[":
                return self._write_class(self._read_class())
            case ".":
                text = "(?s:.)" if "s" in self._flags else r"[^\n\r]"
                return _Piece(text, (text,), False)
            case "^":
                if "m" in self._flags:
                    self.only_python = True
                    # Not after a line feed that ends the text.
                    return _Piece("", (r"(?:\A|(?<=\n)(?!\Z))",), True)
                return _Piece("^", (r"\A",), True)
            case "$":
                if "m" in self._flags:
                    return _Piece("(?m:$)", (r"(?=\n|\Z)",), True)
                return _Piece("$", (r"\Z",), True)
            case "\\":
                return self._read_escape()
        if letter in _META:
            raise PatternError(f"{letter} stands for nothing here")
        return _write_letter(letter)

    def _read_group(self) -> _Piece:
        number = 0
        if self._next() == "?":
            self._at += 1
            if self._take() != ":":
                raise PatternError("(? is not in XPath")
        else:
            self._opened += 1
            number = self._opened
        inner = self._read_choices()
        if self._next() != ")":
            raise PatternError("a bracket is not closed")
        self._at += 1
        if number:
            self._closed[number] = inner.empty
        sign = "(" if number else "(?:"
        return _Piece(f"{sign}{inner.engine})", (sign, *inner.python, ")"), inner.empty)

    def _read_escape(self) -> _Piece:
        letter = self._take()
        if letter in _LETTERS:
            return _write_letter(_LETTERS[letter])
        if letter in _ESCAPED:
            return _write_letter(letter)
        if letter in "123456789":
            return self._read_reference(letter)
        return self._write_class(_Class(escapes=(self._read_class_escape(letter),)))

    def _read_reference(self, digits: str) -> _Piece:
        """As many digits as there are groups for; a group without a match is empty."""
        while (more := self._pattern[self._at : self._at + 1]).isdecimal() and more.isascii():
            if int(digits + more) > self._opened:
                break
            digits += more
            self._at += 1
        number = int(digits)
        if number not in self._closed:
            raise PatternError(f"\\{number} is no group before this place")
        self.only_python = True
        return _Piece("", (f"(?:(?({number})\\{number}))",), self._closed[number])

    def _read_class_escape(self, letter: str) -> _Escape:
        if letter in "pP":
            name = _PROPERTY.match(self._pattern, self._at)
            if name is None:
                raise PatternError(f"\\{letter} without a name")
            self._at = name.end()
            return _find_property(name[1], letter == "P")
        if letter in "sSiIcCdDwW":
            return _find_escape(letter)
        raise PatternError(f"\\{letter} is not in XPath")

    def _write_class(self, written: _Class) -> _Piece:
        engine = written.write()
        if written.escapes and "i" in self._flags:
            # The flag is about the letters that are written, not about categories.
            if written.ranges or written.without:
                self.only_python = True
            engine = f"(?-i:{engine})"
        return _Piece(engine, (written,), False)

    def _read_class(self) -> _Class:
        """What follows a square bracket, up to that which closes it."""
        negated = self._pattern[self._at : self._at + 1] == "^"
        self._at += negated
        ranges: list[Range] = []
        escapes: list[_Escape] = []
        without: _Class | None = None
        first = True
        while (letter := self._take()) != "]" or first:
            if letter == "-" and self._pattern[self._at : self._at + 1] == "[" and not first:
                self._at += 1
                without = self._read_class()
                if self._take() != "]":
                    raise PatternError("something follows what a class leaves out")
                break
            if letter in "[]":
                raise PatternError(f"{letter} in a class needs a backslash")
            first = False
            low = self._read_single(letter, escapes)
            if low is None:
                continue
            following = self._pattern[self._at : self._at + 2]
            if following[:1] == "-" and following not in ("-]", "-["):
                if letter == "-":
                    raise PatternError("a range from a hyphen needs a backslash")
                self._at += 1
                end = self._take()
                high = self._read_single(end, escapes)
                if high is None or end in "[]" or high < low:
                    raise PatternError("a range of characters from more to less")
                ranges.append((low, high))
            else:
                ranges.append((low, low))
        return _Class(tuple(ranges), tuple(escapes), negated, without)

    def _read_single(self, letter: str, escapes: list[_Escape]) -> int | None:
        """The code of a character in a class; None for an escape that stands for several."""
        if letter != "\\":
            return ord(letter)
        letter = self._take()
        if letter in _LETTERS:
            return ord(_LETTERS[letter])
        if letter in _ESCAPED:
            return ord(letter)
        escapes.append(self._read_class_escape(letter))
        return None


def _write_letter(letter: str) -> _Piece:
    return _Piece(f"\\{letter}" if letter in _META else letter, (re.escape(letter),), False)


@lru_cache(512)
def read_pattern(pattern: str, flags: str = "") -> Pattern:
    """What a pattern of XPath says.

    Raises:
        PatternError: it is none, or a flag is not one of smixq.
    """
    if not set(flags) <= set("smixq"):
        raise PatternError("a flag is none of s, m, i, x and q")
    any_case = "i" in flags
    if "q" in flags:
        pieces = [_write_letter(letter) for letter in pattern]
        text = "".join(each.engine for each in pieces)
        return Pattern(text, any_case, 0, not pattern, (re.escape(pattern),))
    reader = _PatternReader(pattern, flags)
    try:
        piece = reader.read()
    except RecursionError:
        raise PatternError("brackets are nested too deeply") from None
    engine = None if reader.only_python else piece.engine
    return Pattern(engine, any_case, reader.groups, piece.empty, piece.python)


@lru_cache(512)
def read_replacement(text: str, groups: int, flags: str = "") -> tuple[str | int, ...]:
    """The texts and the numbers of groups, 0 for all, that a replacement is made of.

    A number has as many digits as there are groups for; one without a group is left out.

    Raises:
        PatternError: a backslash or dollar stands for nothing.
    """
    if "q" in flags:
        return (text,)
    parts: list[str | int] = []
    for match in _REPLACEMENT.finditer(text):
        digits, escaped, plain = match.groups()
        if digits:
            kept = next((n for n in range(len(digits), 1, -1) if int(digits[:n]) <= groups), 1)
            if int(digits[:kept]) <= groups:
                parts.append(int(digits[:kept]))
            parts.append(digits[kept:])
        elif escaped or plain:
            parts.append(escaped or plain)
        else:
            raise PatternError(f"{match[0]} stands for nothing in a replacement")
    return tuple(parts)


def write_replacement(parts: Iterable[str | int]) -> str:
    """The same for the engine."""
    return "".join(
        f"${{{part}}}" if isinstance(part, int) else part.replace("$", "$$") for part in parts
    )
