"""What may put right what is wrong: statements, each with the one that should be there instead.

That is told where it can be computed, and only then; nobody has tried it yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches

from cgkg.rdf.terms import IRI, Literal, Subject, Term, Triple, parts
from cgkg.rdf.vocab import SH, XSD
from cgkg.reasoning.rules.datatypes import known, well_formed
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
    places.

    Args:
        result: of a shape whose path is a single property.
        shapes: where the shape is.
        values: what a node has under a property.
    """
    focus, path, value = result.focus, result.path, result.value
    if not isinstance(path, IRI) or not isinstance(focus, Subject) or value is None:
        return ()
    better: Term | None
    try:
        match result.component:
            case SH.DatatypeConstraintComponent:
                better = _cast(value, shapes.value(result.shape, SH.datatype))
            case SH.InConstraintComponent:
                better = _similar(value, shapes.value(result.shape, SH.in_), shapes)
            case component if component in _LESS:
                return _exchanged(result, focus, path, shapes, values)
            case _:
                return ()
    except ShapesError:  # the shape says it several times
        return ()
    return ((Triple(focus, path, value), Triple(focus, path, better)),) if better else ()


def _cast(value: Term, datatype: Term | None) -> Literal | None:
    if not isinstance(value, Literal) or not isinstance(datatype, IRI):
        return None
    if datatype == XSD.string:
        return Literal(value.value)
    cast = Literal(value.value.strip(), datatype=datatype)
    return cast if known(datatype) and well_formed(cast) else None


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
