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

from cgkg.rdf.terms import IRI, BlankNode, Literal
from cgkg.rdf.vocab import XSD
from cgkg.reasoning.core.terms import LITERAL
from cgkg.reasoning.rules.datatypes import well_formed
from cgkg.shacl.data import Data, Ids, Mask, is_literal
from cgkg.shacl.ordering import compare

_INTEGER = re.compile(r"[+-]?[0-9]{1,17}").fullmatch
_DECIMAL = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?").fullmatch
_FLOATING = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?(?:[eE][+-]?[0-9]{1,2})?").fullmatch
# Numerals that need no closer look.
_PLAIN = {
    XSD.integer: _INTEGER,
    XSD.decimal: _DECIMAL,
    XSD.double: _FLOATING,
    XSD.float: _FLOATING,
}
_STRING = XSD.string
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

    def __init__(self, find: Callable[[int], float], kind: type = np.int64) -> None:
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
            self._held[missing] = [self._find(place) for place in missing.tolist()]
            self._known[missing] = True
        return self._held[places]


class TermFacts:
    """Facts about the terms of some data. Arguments are sorted numbers of terms, results masks."""

    def __init__(self, data: Data) -> None:
        self._terms = data.terms
        self._datatypes: dict[IRI, int] = {}
        self._tags = {"": 0}
        self._datatype = _Found(self._find_datatype)
        self._ill = _Found(self._find_ill)
        self._language = _Found(self._find_language)
        self._number = _Found(self._find_number, np.float64)
        self._blank = _Found(lambda place: isinstance(self._terms.resources[place], BlankNode))

    def is_blank(self, numbers: Ids) -> Mask:
        """Which are blank nodes."""
        return self._apply(self._blank, numbers, ~is_literal(numbers), 0)

    def is_iri(self, numbers: Ids) -> Mask:
        """Which are IRIs."""
        return ~is_literal(numbers) & ~self.is_blank(numbers)

    def has_datatype(self, numbers: Ids, datatype: IRI) -> Mask:
        """Which are well-formed literals of the datatype (SHACL §4.1.2)."""
        code = self._code(datatype)
        found = np.zeros(len(numbers), np.bool_)
        literals = np.flatnonzero(is_literal(numbers))
        places = numbers[literals] - LITERAL
        own = self._datatype.of(places) == code
        literals, places = literals[own], places[own]
        found[literals] = self._ill.of(places) == 0
        return found

    def compare(self, numbers: Ids, sign: str, with_: Ids) -> Mask:
        """Where both are literals that can be compared and the comparison holds.

        Args:
            numbers: terms, in any order.
            sign: `<`, `<=`, `>` or `>=`.
            with_: as many terms, to each of which one of the others is compared.
        """
        found = np.zeros(len(numbers), np.bool_)
        both = np.flatnonzero(is_literal(numbers) & is_literal(with_))
        one, other = numbers[both] - LITERAL, with_[both] - LITERAL
        x, y = self._number.of(one), self._number.of(other)
        with np.errstate(invalid="ignore"):
            apart = np.abs(x - y) > _NEAR * np.maximum(np.abs(x), np.abs(y)) + 1e-300
            found[both] = apart & _OPERATORS[sign](x, y)
        literals, test = self._terms.literals, TESTS[sign]
        for place in np.flatnonzero(~apart).tolist():
            outcome = compare(literals[int(one[place])], literals[int(other[place])])
            found[both[place]] = outcome is not None and test(outcome)
        return found

    def lengths(self, numbers: Ids) -> Ids:
        """How many characters each has; of blank nodes whatever."""
        return np.array([len(self.text(number)) for number in numbers.tolist()], np.int64)

    def text(self, number: int) -> str:
        """What STR would give: an IRI as text, a lexical form; of a blank node its label."""
        if number >= LITERAL:
            return self._terms.literals[number - LITERAL].value
        return self._terms.resources[number].value

    def languages(self, numbers: Ids) -> Ids:
        """A number for the language of each, the same for the same tag in any letters; 0 for none.

        The terms may be in any order.
        """
        found = np.zeros(len(numbers), np.int64)
        literals = is_literal(numbers)
        found[literals] = self._language.of(numbers[literals] - LITERAL)
        return found

    def language(self, number: int) -> str:
        """The language of a literal in small letters, empty if there is none."""
        if number < LITERAL:
            return ""
        return (self._terms.literals[number - LITERAL].language or "").lower()

    def _apply(self, fact: _Found, numbers: Ids, where: Mask, shift: int) -> Mask:
        found = np.zeros(len(numbers), np.bool_)
        found[where] = fact.of(numbers[where] - shift) != 0
        return found

    def _code(self, datatype: IRI) -> int:
        return self._datatypes.setdefault(datatype, len(self._datatypes))

    def _find_datatype(self, place: int) -> int:
        return self._code(self._terms.literals[place].datatype)

    def _find_language(self, place: int) -> int:
        return self._tags.setdefault(self.language(LITERAL + place), len(self._tags))

    def _find_ill(self, place: int) -> bool:
        literal = self._terms.literals[place]
        plain = _PLAIN.get(literal.datatype)
        if literal.datatype == _STRING or (plain and plain(literal.value)):
            return False
        return not well_formed(literal)

    def _find_number(self, place: int) -> float:
        """The number as near as may be; NaN for what needs a closer look."""
        literal: Literal = self._terms.literals[place]
        plain = _PLAIN.get(literal.datatype)
        return float(literal.value) if plain and plain(literal.value) else math.nan
