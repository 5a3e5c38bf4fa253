"""What constraints ask of terms, found once for each distinct term and kept as numbers.

Terms are judged as they were parsed: lexical forms and languages as written.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import RDF, XSD
from cgkg.reasoning.core.terms import LITERAL
from cgkg.reasoning.rules.datatypes import well_formed
from cgkg.shacl.data import Data, Ids, Mask, is_literal, unique
from cgkg.shacl.ordering import compare

_FLOATING = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?(?:[eE][+-]?[0-9]{1,2})?").fullmatch
# What follows numerals that need no closer look, and their forms.
_PLAIN = {
    f"^^{XSD.integer}": re.compile(r"[+-]?[0-9]{1,17}").fullmatch,
    f"^^{XSD.decimal}": re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?").fullmatch,
    f"^^{XSD.double}": _FLOATING,
    f"^^{XSD.float}": _FLOATING,
}
# Dates without a time zone, but for the 29th of February: they compare as their digits do.
_STRING, _DATE = f"^^{XSD.string}", f"^^{XSD.date}"
_DAY = re.compile(
    "[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    "|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
).fullmatch
_NEAR = 1e-6  # relative; numbers as far apart as that differ, however they are rounded

Test = Callable[[int], bool]
"""What must hold of the outcome of a comparison, which is below, at or above 0."""
TESTS: dict[str, Test] = {
    ">": lambda outcome: outcome > 0,
    ">=": lambda outcome: outcome >= 0,
    "<": lambda outcome: outcome < 0,
    "<=": lambda outcome: outcome <= 0,
}
_OPERATORS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


class _Found:
    """A number for each term, found when it is first asked for."""

    def __init__(self, find: Callable[[list[int]], list[float]], kind: type = np.int64) -> None:
        self._find = find
        self._known: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._held: NDArray[np.float64] = np.zeros(0, kind)

    def of(self, places: Ids) -> NDArray[np.float64]:
        if not len(places):
            return self._held[:0]
        size = int(places.max()) + 1
        if size > len(self._known):
            more = max(size, 2 * len(self._known)) - len(self._known)
            self._known = np.concatenate((self._known, np.zeros(more, np.bool_)))
            self._held = np.concatenate((self._held, np.zeros(more, self._held.dtype)))
        missing = places[~self._known[places]]
        if len(missing):
            missing = unique(missing)
            self._held[missing] = self._find(missing.tolist())
            self._known[missing] = True
        return self._held[places]


class TermFacts:
    """Facts about the terms of some data. Arguments are sorted numbers of terms, results masks."""

    def __init__(self, data: Data) -> None:
        self._terms = data.terms
        self._codes: dict[str, int] = {}
        self._tags = {"": 0}
        self._datatype = _Found(self._find_datatypes)
        self._ill = _Found(self._find_ill)
        self._language = _Found(self._find_languages)
        self._number = _Found(self._find_numbers, np.float64)
        self._day = _Found(self._find_days)
        named = data.terms.named
        self._blank = _Found(lambda places: [not named(place) for place in places])

    def is_blank(self, numbers: Ids) -> Mask:
        """Which are blank nodes."""
        return self._apply(self._blank, numbers, ~is_literal(numbers), 0)

    def is_iri(self, numbers: Ids) -> Mask:
        """Which are IRIs."""
        return ~is_literal(numbers) & ~self.is_blank(numbers)

    def has_datatype(self, numbers: Ids, datatype: IRI) -> Mask:
        """Which are well-formed literals of the datatype (SHACL §4.1.2)."""
        code = self._code("@" if datatype == RDF.langString else f"^^{datatype}")
        true = np.zeros(len(numbers), np.bool_)
        literals = np.flatnonzero(is_literal(numbers))
        places = numbers[literals] - LITERAL
        own = self._datatype.of(places) == code
        literals, places = literals[own], places[own]
        true[literals] = self._ill.of(places) == 0
        return true

    def compare(self, numbers: Ids, sign: str, with_: Ids) -> Mask:
        """Where both are literals that can be compared and the comparison holds.

        Args:
            numbers: terms, in any order.
            sign: `<`, `<=`, `>` or `>=`.
            with_: as many terms, to each of which one of the others is compared.
        """
        true = np.zeros(len(numbers), np.bool_)
        both = np.flatnonzero(is_literal(numbers) & is_literal(with_))
        one, other = numbers[both] - LITERAL, with_[both] - LITERAL
        x, y = self._number.of(one), self._number.of(other)
        with np.errstate(invalid="ignore"):
            apart = np.abs(x - y) > _NEAR * np.maximum(np.abs(x), np.abs(y)) + 1e-300
            holds = apart & _OPERATORS[sign](x, y)
        if not apart.all():
            x, y = self._day.of(one), self._day.of(other)
            dates = (x > 0) & (y > 0)
            holds |= dates & _OPERATORS[sign](x, y)
            apart |= dates
        true[both] = holds
        literals, test = self._terms.literals, TESTS[sign]
        for place in np.flatnonzero(~apart).tolist():
            outcome = compare(literals[int(one[place])], literals[int(other[place])])
            true[both[place]] = outcome is not None and test(outcome)
        return true

    def lengths(self, numbers: Ids) -> Ids:
        """How many characters each has; of blank nodes whatever."""
        return np.array(list(map(len, self.texts(numbers))), np.int64)

    def texts(self, numbers: Ids) -> list[str]:
        """What STR would give of each: an IRI, a lexical form; of a blank node its label."""
        return self._terms.strings(numbers.tolist())

    def languages(self, numbers: Ids) -> Ids:
        """A number for the language of each, the same for the same tag in any letters; 0 for none.

        The terms may be in any order.
        """
        tags = np.zeros(len(numbers), np.int64)
        literals = is_literal(numbers)
        tags[literals] = self._language.of(numbers[literals] - LITERAL)
        return tags

    def tags(self) -> list[str]:
        """The languages in small letters, by the numbers that `languages` has given."""
        return list(self._tags)

    def _apply(self, fact: _Found, numbers: Ids, where: Mask, shift: int) -> Mask:
        true = np.zeros(len(numbers), np.bool_)
        true[where] = fact.of(numbers[where] - shift) != 0
        return true

    def _code(self, ending: str) -> int:
        """A number for the datatype that is told by what follows a lexical form."""
        ending = "@" if ending[:1] == "@" else ending or _STRING
        return self._codes.setdefault(ending, len(self._codes))

    def _find_datatypes(self, places: list[int]) -> list[float]:
        return [self._code(ending) for _, ending in self._terms.written(places)]

    def _find_languages(self, places: list[int]) -> list[float]:
        tags = self._tags
        return [
            tags.setdefault(ending[1:].lower() if ending[:1] == "@" else "", len(tags))
            for _, ending in self._terms.written(places)
        ]

    def _find_ill(self, places: list[int]) -> list[float]:
        literals = self._terms.literals
        ill: list[float] = []
        for place, (text, ending) in zip(places, self._terms.written(places), strict=True):
            plain = _PLAIN.get(ending)
            sound = ending == "" or (plain is not None and plain(text) is not None)
            ill.append(not sound and not well_formed(literals[place]))
        return ill

    def _find_numbers(self, places: list[int]) -> list[float]:
        """The numbers as near as may be; NaN for what needs a closer look."""
        numbers = []
        for text, ending in self._terms.written(places):
            plain = _PLAIN.get(ending)
            numbers.append(float(text) if plain and plain(text) else math.nan)
        return numbers

    def _find_days(self, places: list[int]) -> list[float]:
        """Dates as numbers in their order; 0 for what is none, or needs a closer look."""
        return [
            int(text.replace("-", "")) if ending == _DATE and _DAY(text) else 0
            for text, ending in self._terms.written(places)
        ]
