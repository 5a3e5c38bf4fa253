"""What may put right what is wrong: statements, each with the one that should be there instead.

That is told where it can be computed, and only then; nobody has tried it yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches

from cgkg.rdf.terms import IRI, Literal, Subject, Term, Triple, parts
from cgkg.rdf.vocab import SH, XSD
from cgkg.reasoning.rules.datatypes import known, well_formed
from cgkg.reasoning.rules.datatypes import value as denote
from cgkg.shacl.graph import ShapesError, ShapesGraph
from cgkg.shacl.report import ValidationResult

__all__ = ["Remedy", "instead", "remedy_of"]

Remedy = tuple[tuple[Triple, Triple], ...]
"""Statements, each with the one that should take its place."""

_ALIKE = 0.75
_LESS = {
    SH.LessThanConstraintComponent: SH.lessThan,
    SH.LessThanOrEqualsConstraintComponent: SH.lessThanOrEquals,
}


def instead(triple: Triple, term: IRI, other: IRI) -> Remedy:
    """The statement with another name wherever it has the first."""
    if not isinstance(triple.subject, Subject) or isinstance(triple.object, Triple):
        return ()
    subject, predicate, value = (other if each == term else each for each in parts(triple))
    if not isinstance(predicate, IRI) or not isinstance(subject, Subject):
        return ()
    return ((triple, Triple(subject, predicate, value)),)


def remedy_of(
    result: ValidationResult, shapes: ShapesGraph, values: Callable[[Term, IRI], Sequence[Term]]
) -> Remedy:
    """What may put a result right.

    A literal is written in the datatype that is asked for, if it can be; a value that is none of
    those allowed becomes the most similar of them; of a pair in the wrong order the values change
    places. Where there are too many values only because one is written in several ways, it is
    written in one.

    Args:
        result: of a shape whose path is a single property.
        shapes: where the shape is.
        values: what a node has under a property.
    """
    focus, path, value = result.focus, result.path, result.value
    if not isinstance(path, IRI) or not isinstance(focus, Subject):
        return ()
    better: Term | None
    try:
        if result.component == SH.MaxCountConstraintComponent:
            changes = _alike(values(focus, path), result.shape, shapes)
            return tuple(
                (Triple(focus, path, old), Triple(focus, path, new)) for old, new in changes
            )
        if value is None:
            return ()
        match result.component:
            case SH.DatatypeConstraintComponent:
                datatype = shapes.value(result.shape, SH.datatype)
                better = _cast(value, datatype, values(focus, path))
            case SH.InConstraintComponent:
                better = _similar(value, shapes.value(result.shape, SH.in_), shapes)
            case component if component in _LESS:
                return _exchanged(result, focus, path, shapes, values)
            case _:
                return ()
    except ShapesError:  # the shape says it several times
        return ()
    return ((Triple(focus, path, value), Triple(focus, path, better)),) if better else ()


def _cast(value: Term, datatype: Term | None, literals_known: Sequence[Term]) -> Literal | None:
    """The literal in a datatype, in the form in which it is found already, if it is."""
    if not isinstance(value, Literal) or not isinstance(datatype, IRI):
        return None
    if datatype == XSD.string:
        return Literal(value.value)
    cast = Literal(value.value.strip(), datatype=datatype)
    if not known(datatype) or not well_formed(cast):
        return None
    literals = (
        each for each in literals_known if isinstance(each, Literal) and each.datatype == datatype
    )
    meant = denote(cast)
    same = [each for each in literals if meant is not None and denote(each) == meant]
    return min(same, key=_by_length, default=cast)


def _by_length(literal: Literal) -> tuple[int, str]:
    return len(str(literal)), str(literal)


def _alike(
    known: Sequence[Term], shape: Subject, shapes: ShapesGraph
) -> Iterator[tuple[Literal, Literal]]:
    """Literals, each with the one of the same value that may stand in its place.

    That is one of the datatype asked for, if there is one, else the shortest. There are none if
    the values would still be too many.
    """
    most, datatype = (shapes.value(shape, each) for each in (SH.maxCount, SH.datatype))
    groups: dict[object, list[Literal]] = {}
    others: set[Term] = set()
    for term in set(known):
        denoted = denote(term) if isinstance(term, Literal) else None
        if isinstance(term, Literal) and denoted is not None:
            groups.setdefault(denoted, []).append(term)
        else:
            others.add(term)
    if not isinstance(most, Literal) or len(groups) + len(others) > int(most.value):
        return
    for forms in groups.values():
        forms.sort(key=lambda each: (each.datatype != datatype, *_by_length(each)))
        yield from ((each, forms[0]) for each in forms[1:])


def _similar(value: Term, head: Term | None, shapes: ShapesGraph) -> Term | None:
    if head is None:
        return None
    members = {str(each): each for each in shapes.list_of(head) if type(each) is type(value)}
    near = get_close_matches(str(value), sorted(members), 1, _ALIKE)
    return members[near[0]] if near else None


def _exchanged(
    result: ValidationResult,
    focus: Subject,
    path: IRI,
    shapes: ShapesGraph,
    values: Callable[[Term, IRI], Sequence[Term]],
) -> Remedy:
    other = shapes.value(result.shape, _LESS[result.component])
    if not isinstance(other, IRI):
        return ()
    lower, upper = ({*values(focus, each)} for each in (path, other))
    if len(lower) != 1 or len(upper) != 1:
        return ()
    (one,), (two,) = lower, upper
    return (
        (Triple(focus, path, one), Triple(focus, path, two)),
        (Triple(focus, other, two), Triple(focus, other, one)),
    )
