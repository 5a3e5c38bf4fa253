"""Terms as integers, so that facts can be columns of numbers.

A resource (IRI or blank node) is numbered from 0, a literal from `LITERAL` (bit 31) up: whether an
id is a literal is one comparison, without a look at the term, and a key of two ids stays positive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import numpy as np

from cgkg.rdf import IRI, BlankNode, Literal, Subject, Term, Triple
from cgkg.reasoning.columns import Ids, Mask

LITERAL = 1 << 31
_MOST = LITERAL - 1


class Terms:
    """A growing, two-way numbering of terms."""

    def __init__(self) -> None:
        self._ids: dict[Term, int] = {}
        self._resources: list[Subject] = []
        self._literals: list[Literal] = []

    @property
    def resources(self) -> Sequence[Subject]:
        """All resources; the position is the id."""
        return self._resources

    @property
    def literals(self) -> Sequence[Literal]:
        """All literals; the position is the id less `LITERAL`."""
        return self._literals

    def find(self, term: Term) -> int | None:
        """The term's id, or None if it was never numbered."""
        return self._ids.get(term)

    def id(self, term: Term) -> int:
        """The term's id, numbering it if it is new."""
        known = self._ids.get(term)
        if known is not None:
            return known
        if isinstance(term, Literal):
            number = LITERAL + len(self._literals)
            self._literals.append(term)
        elif isinstance(term, IRI | BlankNode):
            number = len(self._resources)
            self._resources.append(term)
        else:  # RDF 1.2 triple terms stand in no OWL 2 RL rule
            raise TypeError(f"not a term of RDF 1.1: {term}")
        if len(self._literals) > _MOST or len(self._resources) > _MOST:
            raise OverflowError("more than 2^31 distinct terms")
        self._ids[term] = number
        return number

    def encode(self, terms: Sequence[Term]) -> Ids:
        """The ids of many terms; only distinct new terms cost more than a look-up."""
        for term in dict.fromkeys(terms):
            if term not in self._ids:
                self.id(term)
        return np.fromiter(map(self._ids.__getitem__, terms), np.int64, len(terms))

    def term(self, number: int) -> Term:
        """The term of an id."""
        return self._literals[number - LITERAL] if number >= LITERAL else self._resources[number]

    def resource(self, number: int) -> Subject:
        """The resource of an id that is not a literal's."""
        return self._resources[number]

    def decode(self, numbers: Ids) -> list[Term]:
        """The terms of many ids."""
        resources, literals = self._resources, self._literals
        return [
            literals[number - LITERAL] if number >= LITERAL else resources[number]
            for number in numbers.tolist()
        ]

    def named(self, number: int) -> bool:
        """Whether the id is an IRI's."""
        return number < LITERAL and isinstance(self._resources[number], IRI)


def is_literal(numbers: Ids) -> Mask:
    """For each id, whether it is a literal's."""
    return numbers >= LITERAL


def encode_triples(terms: Terms, triples: Iterable[Triple]) -> tuple[Ids, Ids, Ids]:
    """Subjects, predicates and objects of the triples as three arrays of equal length."""
    listed = list(triples)
    return (
        terms.encode(cast("list[Term]", [triple.subject for triple in listed])),
        terms.encode([triple.predicate for triple in listed]),
        terms.encode(cast("list[Term]", [triple.object for triple in listed])),
    )
