"""Whether an engine can be relied on to pick what may break a shape, tried on a few terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from cgkg.errors import EndpointTimeoutError, QueryError
from cgkg.messages import M_
from cgkg.rdf.terms import IRI, Literal, Term
from cgkg.rdf.vocab import SH, XSD
from cgkg.shacl.conditions import is_same, negated, sound, surely
from cgkg.shacl.evaluation import Constraint
from cgkg.shacl.value_constraints import (
    DatatypeConstraint,
    InConstraint,
    LanguageInConstraint,
    LengthConstraint,
    NodeKindConstraint,
    PatternConstraint,
    RangeConstraint,
)


def _iri(name: str) -> IRI:
    return IRI(f"urn:cgkg:{name}")


def _number(text: str) -> Literal:
    return Literal(text, datatype=XSD.integer)


_DAY = Literal("2020-02-03", datatype=XSD.date)


@dataclass(frozen=True, slots=True)
class _TriedCondition:
    """A condition that is tried.

    Attributes:
        name: what it is about.
        condition: the condition, of `?this`.
        met: terms that meet it.
        missed: terms that do not; no two of all have the same value.
    """

    name: str
    condition: str
    met: tuple[Term, ...]
    missed: tuple[Term, ...]

    @property
    def branch(self) -> str:
        """A group whose solutions are the terms that meet it."""
        values = " ".join(map(str, (*self.met, *self.missed)))
        return f"{{ VALUES ?this {{ {values} }} FILTER({self.condition}) }}"


def _broken(
    name: str,
    constraint: Constraint,
    bad: tuple[Term, ...],
    good: tuple[Term, ...],
) -> _TriedCondition:
    """A trial of the condition for what may break a constraint."""
    return _TriedCondition(name, negated(sound(surely(constraint, "?this"))), bad, good)


_KEPT, _DROPPED = _iri("f"), _iri("g")
_HELD = f"VALUES ?v {{ {_DROPPED} {Literal('eight')} }} FILTER({is_same('?v', _DROPPED)})"
_TRIALS = (
    _TriedCondition("FILTER(false)", "false", (), (_iri("h"),)),
    _TriedCondition(
        "NOT EXISTS", f"NOT EXISTS {{ {_HELD} FILTER(sameTerm(?v, {_KEPT})) }}", (_KEPT,), ()
    ),
    _TriedCondition(
        "NOT EXISTS", f"NOT EXISTS {{ {_HELD} FILTER(sameTerm(?v, {_DROPPED})) }}", (), (_DROPPED,)
    ),
    _broken(
        "sh:datatype",
        DatatypeConstraint(XSD.integer),
        (Literal("1"), _iri("a")),
        (_number("1"), _number("-2")),
    ),
    _broken(
        "sh:maxInclusive",
        RangeConstraint(SH.MaxInclusiveConstraintComponent, "<=", _number("30")),
        (_number("31"), Literal("30.5", datatype=XSD.decimal), Literal("31")),
        (_number("30"), _number("29"), Literal("29.5", datatype=XSD.decimal)),
    ),
    _broken(
        "sh:minExclusive",
        RangeConstraint(SH.MinExclusiveConstraintComponent, ">", _DAY),
        (_DAY, Literal("2020-02-02", datatype=XSD.date), _iri("b")),
        (Literal("2020-02-04", datatype=XSD.date),),
    ),
    _broken(
        "sh:maxLength",
        LengthConstraint(SH.MaxLengthConstraintComponent, 3, False),
        (Literal("café"), Literal("four", language="en")),
        (Literal("thé"), Literal("two", language="en")),
    ),
    _broken(
        "sh:pattern",
        PatternConstraint("^[a-c]+$", re.compile("^[a-c]+$")),
        (Literal("abd"), Literal("cab\n"), Literal("Abc")),
        (Literal("abc"), Literal("cab", language="de")),
    ),
    _broken(
        "sh:languageIn",
        LanguageInConstraint(("en",)),
        (Literal("one", language="eng"), Literal("five")),
        (Literal("one", language="en"), Literal("one", language="en-GB")),
    ),
    _broken(
        "sh:in",
        InConstraint((_iri("c"), Literal("six"), Literal("six", language="fr"))),
        (_iri("d"), Literal("six", language="de"), _number("6")),
        (_iri("c"), Literal("six"), Literal("six", language="fr")),
    ),
    _broken(
        "sh:nodeKind",
        NodeKindConstraint(SH.IRI),
        (Literal("seven"), _number("7")),
        (_iri("e"),),
    ),
)


def fault_in_trials(nodes: Callable[[str], Collection[Term]]) -> str:
    """What an engine gets wrong of some conditions, or that it does not answer; empty if it finds
    what meets them, and nothing else.

    All are in one query; which of them it is, is asked of each for itself.

    Args:
        nodes: the values of `?this` in the rows of a query.
    """
    try:
        together = _fault(nodes, _TRIALS, "UNION")
        each = (_fault(nodes, (one,), one.name) for one in _TRIALS)
        return together and next(filter(None, each), together)
    except EndpointTimeoutError as error:
        return error.message


def _fault(
    nodes: Callable[[str], Collection[Term]], trials: Iterable[_TriedCondition], name: str
) -> str:
    """What is wrong with the answer to some trials together; empty if nothing is."""
    branches = " UNION ".join(each.branch for each in trials)
    try:
        found = set(nodes(f"SELECT DISTINCT ?this WHERE {{ {branches} }}"))
    except EndpointTimeoutError:
        raise
    except QueryError as error:
        return M_("it does not answer a trial of {what}: {error}", what=name, error=error.message)
    if found == {term for each in trials for term in each.met}:
        return ""
    return M_("it answers a trial of {what} otherwise than expected", what=name)
