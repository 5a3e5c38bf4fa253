"""Terms as integers, so that facts can be columns of numbers.

A resource (IRI or blank node) is numbered from 0, a literal from `LITERAL` (bit 31) up: whether an
id is a literal is one comparison, without a look at the term, and a key of two ids stays positive.

A term is known by its text in N-Triples. Terms that came as texts, by the million, are made into
terms only when somebody asks for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Generic, TypeVar, cast, overload

import numpy as np

from cgkg.rdf.terms import IRI, BlankNode, Literal, Quad, Subject, Term, Triple
from cgkg.rdf.vocab import XSD
from cgkg.reasoning.core.columns import Ids, Mask

LITERAL = 1 << 31
_MOST = LITERAL - 1

Kept = TypeVar("Kept", bound=Term)


class _LazyTerms(Sequence[Kept], Generic[Kept]):
    """Terms by position, some of them still texts; each is made when it is first looked at."""

    def __init__(self) -> None:
        self.kept: list[Kept | str] = []

    def __len__(self) -> int:
        return len(self.kept)

    @overload
    def __getitem__(self, place: int) -> Kept: ...
    @overload
    def __getitem__(self, place: slice) -> list[Kept]: ...
    def __getitem__(self, place: int | slice) -> Kept | list[Kept]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self.kept)))]
        term = self.kept[place]
        if isinstance(term, str):
            term = self.kept[place] = cast("Kept", _term(term))
        return term


class TermDictionary:
    """A growing, two-way numbering of terms."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._resources: _LazyTerms[Subject] = _LazyTerms()
        self._literals: _LazyTerms[Literal] = _LazyTerms()

    @property
    def resources(self) -> Sequence[Subject]:
        """All resources; the position is the id."""
        return self._resources

    @property
    def literals(self) -> Sequence[Literal]:
        """All literals; the position is the id less `LITERAL`."""
        return self._literals

    def typed_literals(self, but: re.Pattern[str] | None = None) -> Iterator[tuple[int, Literal]]:
        """The literals with a datatype of their own, neither strings nor tagged, by id.

        Args:
            but: leaves out literals whose text in N-Triples it matches, if they came as texts.
        """
        for place, kept in enumerate(self._literals.kept):
            plain = but is not None and isinstance(kept, str) and but.fullmatch(kept)
            if not plain and str(kept).endswith(">"):
                yield LITERAL + place, self._literals[place]

    def find(self, term: Term) -> int | None:
        """The term's id, or None if it was never numbered."""
        return self._ids.get(str(term))

    def find_text(self, text: str) -> int | None:
        """The id of the term with this text in N-Triples, or None if it was never numbered."""
        return self._ids.get(text)

    def id(self, term: Term) -> int:
        """The term's id, numbering it if it is new."""
        name = str(term)
        known = self._ids.get(name)
        if known is not None:
            return known
        if isinstance(term, Literal):
            place = len(self._literals.kept)
            number = LITERAL + place
            self._literals.kept.append(term)
        elif isinstance(term, IRI | BlankNode):
            number = place = len(self._resources.kept)
            self._resources.kept.append(term)
        else:  # RDF 1.2 triple terms stand in no OWL 2 RL rule
            raise TypeError(f"not a term of RDF 1.1: {term}")
        self._ids[name] = number
        if place >= _MOST:
            self._check()
        return number

    def number(self, texts: Iterable[str]) -> Ids:
        """The ids of distinct texts in N-Triples that hold no escapes, numbering the new ones."""
        ids, resources, literals = self._ids, self._resources.kept, self._literals.kept
        numbers = []
        for text in texts:
            number = ids.get(text)
            if number is None:
                if text[0] == '"':
                    number = LITERAL + len(literals)
                    literals.append(text)
                else:
                    number = len(resources)
                    resources.append(text)
                ids[text] = number
            numbers.append(number)
        self._check()
        return np.array(numbers, np.int64)

    def _check(self) -> None:
        if len(self._literals) > _MOST or len(self._resources) > _MOST:
            raise OverflowError("more than 2^31 distinct terms")

    def encode(self, terms: Sequence[Term]) -> Ids:
        """The ids of many terms; only distinct terms cost more than a look-up."""
        distinct = {term: self.id(term) for term in dict.fromkeys(terms)}
        return np.fromiter(map(distinct.__getitem__, terms), np.int64, len(terms))

    def term(self, number: int) -> Term:
        """The term of an id."""
        return self._literals[number - LITERAL] if number >= LITERAL else self._resources[number]

    def resource(self, number: int) -> Subject:
        """The resource of an id that is not a literal's."""
        return self._resources[number]

    def written(self, places: Iterable[int]) -> list[tuple[str, str]]:
        """What literals are in N-Triples: each one's lexical form, and what follows it there.

        That is `@` and a language as written, `^^` and a datatype, or for a string nothing.

        Args:
            places: positions in `literals`.
        """
        kept = self._literals.kept
        return [_halves(kept[place]) for place in places]

    def strings(self, numbers: Iterable[int]) -> list[str]:
        """What STR would give of terms: an IRI, a lexical form; of a blank node its label."""
        resources, literals = self._resources.kept, self._literals.kept
        return [
            _halves(literals[one - LITERAL])[0] if one >= LITERAL else _name(resources[one])
            for one in numbers
        ]

    def decode(self, numbers: Ids) -> list[Term]:
        """The terms of many ids."""
        listed = numbers.tolist()
        resources, literals = self._resources.kept, self._literals.kept
        kept = [literals[one - LITERAL] if one >= LITERAL else resources[one] for one in listed]
        return [
            self.term(one) if isinstance(term, str) else term
            for one, term in zip(listed, kept, strict=True)
        ]

    def texts(self) -> list[str]:
        """The texts in N-Triples of all resources, then of all literals."""
        kept = (*self._resources.kept, *self._literals.kept)
        return [one if isinstance(one, str) else str(one) for one in kept]

    def named(self, number: int) -> bool:
        """Whether the id is an IRI's."""
        if number >= LITERAL:
            return False
        kept = self._resources.kept[number]
        return kept[0] == "<" if isinstance(kept, str) else isinstance(kept, IRI)


def is_literal(numbers: Ids) -> Mask:
    """For each id, whether it is a literal's."""
    return numbers >= LITERAL


def encode_triples(terms: TermDictionary, triples: Iterable[Triple | Quad]) -> tuple[Ids, Ids, Ids]:
    """Subjects, predicates and objects of the triples as three arrays of equal length.

    Terms are taken from the triples one by one: lists of them would be objects by the million that
    the collector of garbage goes through again and again.
    """
    listed = list(triples)
    numbers = _Numbers(terms)

    def column(part: str) -> Ids:
        ids = map(numbers.__getitem__, map(attrgetter(part), listed))
        return np.fromiter(ids, np.int64, len(listed))

    return column("subject"), column("predicate"), column("object")


class _Numbers(dict[Term, int]):
    """The ids of terms; a new one is numbered when it is asked for."""

    def __init__(self, terms: TermDictionary) -> None:
        super().__init__()
        self._terms = terms

    def __missing__(self, term: Term) -> int:
        number = self[term] = self._terms.id(term)
        return number


def _halves(literal: Literal | str) -> tuple[str, str]:
    """A literal's lexical form, and what follows it in N-Triples."""
    if isinstance(literal, str):
        end = literal.rindex('"')
        return literal[1:end], literal[end + 1 :]
    if literal.language:
        return literal.value, f"@{literal.language}"
    return literal.value, "" if literal.datatype == XSD.string else f"^^{literal.datatype}"


def _name(resource: Subject | str) -> str:
    """An IRI, or the label of a blank node."""
    if isinstance(resource, str):
        return resource[1:-1] if resource[0] == "<" else resource[2:]
    return resource.value


def _term(text: str) -> Term:
    """The term of a text in N-Triples without escapes."""
    if text[0] == "<":
        return IRI(text[1:-1])
    if text[0] == "_":
        return BlankNode(text[2:])
    end = text.rindex('"')
    value, rest = text[1:end], text[end + 1 :]
    if not rest:
        return Literal(value)
    if rest[0] == "@":
        return Literal(value, language=rest[1:])
    return Literal(value, datatype=IRI(rest[3:-1]))
