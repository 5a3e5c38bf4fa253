"""From columns of violations to results, each with what it says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from cgkg.rdf.terms import Term
from cgkg.rdf.vocab import SH
from cgkg.shacl.data import Ids, unique
from cgkg.shacl.evaluation import Broken, Constraint, Particulars, Run
from cgkg.shacl.report import ValidationResult

Details = Mapping[int, tuple[ValidationResult, ...]]
_PLAIN = Particulars()
# Why a value breaks one of these is told by the results of the shapes that it refers to.
_EXPLAINED = (SH.NodeConstraintComponent, SH.AndConstraintComponent)


def results(run: Run, broken: Iterable[Broken]) -> Iterator[ValidationResult]:
    """A result for each violation, with those that it comes from as its details."""
    return (result for _, result in rooted_results(run, broken))


def rooted_results(run: Run, broken: Iterable[Broken]) -> Iterator[tuple[int, ValidationResult]]:
    """The same, each with the place of the node that validation began with."""
    for each in broken:
        yield from zip(each.roots.tolist(), _of(run, each), strict=True)


def _of(run: Run, broken: Broken) -> Iterator[ValidationResult]:
    shape, constraint, violations = broken.shape, broken.constraint, broken.violations
    messages = shape.messages or constraint.messages()
    focus = run.data.terms.decode(broken.focus[violations.index])
    values: list[Term | None] = [None] * len(focus)
    numbers = [0] * len(focus)
    details: Details = {}
    if violations.values is not None:
        values = list(run.data.terms.decode(violations.values))
        numbers = violations.values.tolist()
        if constraint.component in _EXPLAINED:
            details = _details(run, constraint, violations.values)
    told = violations.told or [_PLAIN] * len(focus)
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


def _details(run: Run, constraint: Constraint, values: Ids) -> Details:
    """Why values do not conform to shapes, by the values' numbers."""
    nodes = unique(values)
    numbers = nodes.tolist()
    details: dict[int, list[ValidationResult]] = defaultdict(list)
    for node in constraint.shapes:
        for root, result in rooted_results(run, run.broken(run.shapes[node], nodes)):
            details[numbers[root]].append(result)
    return {
        number: tuple(sorted(own, key=ValidationResult.sort_key)) for number, own in details.items()
    }
