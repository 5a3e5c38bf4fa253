"""From columns of violations to results, each with what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from cgkg.rdf.terms import Term
from cgkg.rdf.vocab import SH
from cgkg.shacl.data import Ids, unique
from cgkg.shacl.evaluation import Broken, Constraint, Run, Shape, Told
from cgkg.shacl.report import ValidationResult

_PLAIN = Told()


def results(run: Run, broken: Iterable[Broken]) -> Iterator[ValidationResult]:
    """A result for each violation, with those that it comes from as its details."""
    for each in broken:
        yield from _of(run, each)


def _of(run: Run, broken: Broken) -> Iterator[ValidationResult]:
    shape, constraint, found = broken.shape, broken.constraint, broken.violations
    messages = shape.messages or constraint.messages()
    focus = run.data.terms.decode(broken.focus[found.index])
    values: list[Term | None] = [None] * len(focus)
    details: dict[int, tuple[ValidationResult, ...]] = {}
    if found.values is not None:
        values = list(run.data.terms.decode(found.values))
        if constraint.component == SH.NodeConstraintComponent:
            details = _details(run, constraint, found.values)
    told = found.told or [_PLAIN] * len(focus)
    numbers = [0] * len(focus) if found.values is None else found.values.tolist()
    for node, value, number, own in zip(focus, values, numbers, told, strict=True):
        yield ValidationResult(
            focus=node,
            path=own.path or shape.path,
            value=own.value if value is None else value,
            component=constraint.component,
            shape=shape.node,
            severity=shape.severity,
            messages=own.messages or messages,
            constraint=constraint.node,
            details=details.get(number, ()),
        )


def _details(
    run: Run, constraint: Constraint, values: Ids
) -> dict[int, tuple[ValidationResult, ...]]:
    """Why values do not conform to the shape of sh:node, by their numbers."""
    nodes = unique(values)
    found: dict[int, list[ValidationResult]] = {number: [] for number in nodes.tolist()}
    for node in constraint.shapes:
        shape: Shape = run.shapes[node]
        for number in nodes.tolist():
            one = np.array([number], np.int64)
            found[number] += results(run, run.broken(shape, one))
    return {
        number: tuple(sorted(own, key=ValidationResult.sort_key)) for number, own in found.items()
    }
