"""Whether an engine can be relied on to pick what may break a shape, tried on a few terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from itertools import chain

from cgkg.errors import EndpointError, QueryError
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
# A constraint, values that break it, and values that do not: no two of the same value.
_TRIALS: tuple[tuple[Constraint, tuple[Term, ...], tuple[Term, ...]], ...] = (
    (DatatypeConstraint(XSD.integer), (Literal("1"), _iri("a")), (_number("1"), _number("-2"))),
    (
        RangeConstraint(SH.MaxInclusiveConstraintComponent, "<=", _number("30")),
        (_number("31"), Literal("30.5", datatype=XSD.decimal), Literal("31")),
        (_number("30"), _number("29"), Literal("29.5", datatype=XSD.decimal)),
    ),
    (
        RangeConstraint(SH.MinExclusiveConstraintComponent, ">", _DAY),
        (_DAY, Literal("2020-02-02", datatype=XSD.date), _iri("b")),
        (Literal("2020-02-04", datatype=XSD.date),),
    ),
    (
        LengthConstraint(SH.MaxLengthConstraintComponent, 3, False),
        (Literal("café"), Literal("four", language="en")),
        (Literal("thé"), Literal("two", language="en")),
    ),
    (
        PatternConstraint("^[a-c]+$", re.compile("^[a-c]+$")),
        (Literal("abd"), Literal("cab\n"), Literal("Abc")),
        (Literal("abc"), Literal("cab", language="de")),
    ),
    (
        LanguageInConstraint(("en",)),
        (Literal("one", language="eng"), Literal("five")),
        (Literal("one", language="en"), Literal("one", language="en-GB")),
    ),
    (
        InConstraint((_iri("c"), Literal("six"), Literal("six", language="fr"))),
        (_iri("d"), Literal("six", language="de"), _number("6")),
        (_iri("c"), Literal("six"), Literal("six", language="fr")),
    ),
    (
        NodeKindConstraint(SH.IRI),
        (Literal("seven"), _number("7")),
        (_iri("e"),),
    ),
)


def chooses_well(nodes: Callable[[str], Collection[Term]]) -> bool:
    """Whether an engine finds what breaks some constraints, and nothing else; an error is no.

    Args:
        nodes: the values of `?this` in the rows of a query.
    """
    branches = [
        _branch((*bad, *good), negated(sound(surely(constraint, "?this"))))
        for constraint, bad, good in _TRIALS
    ]
    kept, dropped = _iri("f"), _iri("g")
    held = f"VALUES ?v {{ {dropped} {Literal('eight')} }} FILTER({is_same('?v', dropped)})"
    branches += [
        _branch((_iri("h"),), "false"),
        _branch((kept,), f"NOT EXISTS {{ {held} FILTER(sameTerm(?v, {kept})) }}"),
        _branch((dropped,), f"NOT EXISTS {{ {held} FILTER(sameTerm(?v, {dropped})) }}"),
    ]
    query = f"SELECT DISTINCT ?this WHERE {{ {' UNION '.join(branches)} }}"
    expected = {*chain.from_iterable(bad for _, bad, _ in _TRIALS), kept}
    try:
        return set(nodes(query)) == expected
    except (EndpointError, QueryError):
        return False


def _branch(terms: tuple[Term, ...], condition: str) -> str:
    return f"{{ VALUES ?this {{ {' '.join(map(str, terms))} }} FILTER({condition}) }}"
