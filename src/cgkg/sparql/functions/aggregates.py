"""Set functions where the engine's stop at the first value that they do not expect."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cgkg.rdf.terms import IRI, BlankNode, Literal, Term
from cgkg.rdf.vocab import XSD
from cgkg.sparql.functions.numbers import add_up, average
from cgkg.sparql.functions.order import order_key

# Stands for a value that is none: for the engine an aggregate ends there.
MISSING = IRI("urn:x-cgkg:missing")

Failing = Callable[[], None]
SetFunction = Callable[[Sequence[Term]], Term | None]
# So many values are kept before those that do not count any more are dropped.
_MANY = 10_000


class Aggregate:
    """Gathers values and gives what a function makes of them.

    `fail` is called where memory ends: the engine would take the error for a missing value.
    """

    def __init__(self, name: str, function: SetFunction, distinct: bool, fail: Failing) -> None:
        self._function = function
        self._fail = fail
        self._picks = name in ("MIN", "MAX", "SAMPLE")
        self._distinct = distinct
        self._values: list[Term] = []
        self._seen: set[Term] = set()

    def accumulate(self, value: Term) -> None:
        """Take one more value."""
        try:
            if value == MISSING or (self._distinct and value in self._seen):
                return
            if self._distinct:
                self._seen.add(value)
            self._values.append(value)
            if self._picks and len(self._values) > _MANY:
                picked = self._function(self._values)
                self._values = [] if picked is None else [picked]
        except MemoryError:
            self._fail()

    def finish(self) -> Term | None:
        """The value of all; None if there is none."""
        try:
            return self._function(self._values)
        except MemoryError:
            self._fail()
            return None


def least(values: Sequence[Term]) -> Term | None:
    """MIN: the first by ORDER BY (§18.5.1.5)."""
    return min(values, key=order_key, default=None)


def greatest(values: Sequence[Term]) -> Term | None:
    """MAX."""
    return max(values, key=order_key, default=None)


def count(values: Sequence[Term]) -> Literal:
    """COUNT of what has a value."""
    return Literal(str(len(values)), datatype=XSD.integer)


def sample(values: Sequence[Term]) -> Term | None:
    """SAMPLE: any value."""
    return values[0] if values else None


def concatenate(separator: str) -> SetFunction:
    """GROUP_CONCAT: the texts, as STR has them; a blank node has none."""

    def join(values: Sequence[Term]) -> Literal:
        return Literal(
            separator.join(
                each.value
                for each in values
                if isinstance(each, IRI | Literal) and not isinstance(each, BlankNode)
            )
        )

    return join


SET_FUNCTIONS: dict[str, SetFunction] = {
    "MIN": least,
    "MAX": greatest,
    "COUNT": count,
    "SAMPLE": sample,
    "SUM": add_up,
    "AVG": average,
}
