"""Results of validation as findings: what all makers of findings have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from cgkg.rdf.terms import IRI, Term
from cgkg.rdf.vocab import SH
from cgkg.shacl.graph import ShapesGraph
from cgkg.shacl.paths import path_text
from cgkg.shacl.report import ValidationResult
from cgkg.validation.remedies import remedy_of
from cgkg.validation.report import Finding, Severity

__all__ = ["tell_result"]

_SEVERITIES: Mapping[IRI, Severity] = {SH.Warning: "warning", SH.Info: "info"}


def tell_result(
    result: ValidationResult,
    *,
    code: str,
    message: Mapping[str, str],
    hint: Mapping[str, str],
    causes: Iterable[Finding],
    shapes: ShapesGraph,
    values: Callable[[Term, IRI], Sequence[Term]],
    graph: IRI | None = None,
    inferred: bool = False,
) -> Finding:
    """The finding of a result, without its place.

    Args:
        result: what was found.
        code: what findings of this kind are called.
        message: by language, and `hint` likewise.
        hint: what helps.
        causes: the findings that make this one.
        shapes: where the shape is.
        values: what a node has under a property.
        graph: which one states the statement at fault.
        inferred: whether nobody states it.
    """
    predicate = result.path if isinstance(result.path, IRI) else None
    return Finding(
        severity=_SEVERITIES.get(result.severity, "violation"),
        code=code,
        message=message,
        focus=result.focus,
        predicate=predicate,
        value=result.value,
        graph=graph,
        shape=result.shape if isinstance(result.shape, IRI) else None,
        inferred=inferred,
        hint=hint,
        route="" if predicate or result.path is None else path_text(result.path),
        causes=tuple(causes),
        remedy=remedy_of(result, shapes, values),
    )
