"""Queries for nodes that may break a shape: an engine picks them, and they are judged elsewhere.

Each condition is one that every node at fault meets, and as few others as can be told. Blank nodes,
which have no names for others to go by, are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, count

from cgkg.messages import M_
from cgkg.rdf.terms import IRI, Subject
from cgkg.rdf.vocab import RDF, SH
from cgkg.shacl.components import AskConstraint
from cgkg.shacl.conditions import (
    FALSE,
    TRUE,
    both,
    either,
    is_same,
    negated,
    perhaps,
    sound,
    surely,
    surely_less,
)
from cgkg.shacl.evaluation import Constraint, Shape, reachable
from cgkg.shacl.paths import (
    Path,
    PathAlternatives,
    PathInverse,
    PathRepetition,
    PathSeries,
    directions_of,
    inverse,
    path_text,
)
from cgkg.shacl.set_constraints import (
    ClosedConstraint,
    CountConstraint,
    DisjointConstraint,
    EqualsConstraint,
    HasValueConstraint,
    LessThanConstraint,
    UniqueLangConstraint,
)
from cgkg.shacl.shape_constraints import (
    LogicalConstraint,
    NodeConstraint,
    NotConstraint,
    QualifiedConstraint,
)
from cgkg.shacl.sparql_constraints import SparqlConstraint
from cgkg.shacl.targets import Target
from cgkg.shacl.value_constraints import ClassConstraint
from cgkg.store.merging import GraphMerge

Condition = Callable[[str], str]
_MOST_KINDS = 500  # classes that a query names
_MOST_TOGETHER = 4  # values of a node that a condition tells apart
_THIS = "?this"
_OF_SETS = (
    CountConstraint, QualifiedConstraint, HasValueConstraint, UniqueLangConstraint,
    EqualsConstraint, DisjointConstraint, LessThanConstraint,
)  # fmt: skip


class UnwritableError(Exception):
    """A shape for which no condition can be written.

    Attributes:
        reason: for what.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CandidateQueries:
    """Writes queries for focus nodes that may break shapes.

    Args:
        shapes: all shapes by their nodes.
        merge: writes patterns over the data.
        classes: the IRIs of a class and of its subclasses.
    """

    def __init__(
        self,
        shapes: Mapping[Subject, Shape],
        merge: GraphMerge,
        classes: Callable[[IRI], Sequence[IRI]],
    ) -> None:
        self._shapes, self._merge, self._classes = shapes, merge, classes
        self._numbers = count()

    def write(self, shape: Shape, target: Target) -> list[str]:
        """The queries that together give `?this`: focus nodes of a target that may break the shape.

        Raises:
            UnwritableError: there are none, or they would give all nodes of the target.
        """
        for each in reachable(shape, self._shapes):
            if any(isinstance(one, SparqlConstraint | AskConstraint) for one in each.constraints):
                raise UnwritableError(M_("a constraint in SPARQL"))
        if shape.path is None and not shape.constraints and len(shape.properties) == 1:
            shape = self._shapes[shape.properties[0]]
            if shape.deactivated:
                return []
        grouped = [each for each in shape.constraints if _needs_groups(each)]
        plain = [each for each in shape.constraints if not _needs_groups(each)]
        conditions = [self._fails(shape, plain, _THIS)]
        conditions += (self._lacks_all(each, shape) for each in grouped)
        condition = either(conditions)
        if condition == TRUE:
            raise UnwritableError(M_("constraints of which no engine is asked"))
        targeted = self._target(target)
        queries = [self._counting(each, shape, targeted) for each in grouped]
        if condition != FALSE:
            kept = f"FILTER(!isBlank({_THIS}) && ({condition}))"
            queries.append(f"SELECT DISTINCT {_THIS} WHERE {{ {targeted} {kept} }}")
        return queries

    def _target(self, target: Target) -> str:
        value = target.value
        if target.predicate == SH.targetClass:
            assert isinstance(value, IRI)
            kinds = self._kinds(value)
            if len(kinds) == 1:
                return self._merge.match(_THIS, RDF.type, kinds[0])
            given = f"VALUES ?kind {{ {' '.join(map(str, kinds))} }} "
            return self._merge.match(_THIS, RDF.type, "?kind", given=given)
        ends = ("?other", _THIS) if target.predicate == SH.targetObjectsOf else (_THIS, "?other")
        return self._merge.match(ends[0], value, ends[1])

    def _kinds(self, kind: IRI) -> Sequence[IRI]:
        kinds = self._classes(kind)
        if len(kinds) > _MOST_KINDS:
            raise UnwritableError(M_("a class of {count} subclasses", count=f"{len(kinds):,}"))
        return kinds

    # What a shape asks of a node

    def _fails(self, shape: Shape, constraints: Iterable[Constraint], node: str) -> str:
        """What holds of each node that breaks some constraints of a shape or its properties."""
        own = list(constraints)
        of_sets = [each for each in own if isinstance(each, _OF_SETS)]
        of_values = [each for each in own if not isinstance(each, _OF_SETS)]

        def bad(value: str) -> str:
            return either(
                [
                    *(self._is_bad(each, value) for each in of_values),
                    *(self._shape_fails(each, value) for each in shape.properties),
                ]
            )

        return either(
            [
                *(self._set_fails(each, shape, node) for each in of_sets),
                self._some(shape.path, node, bad),
            ]
        )

    def _shape_fails(self, shape: Subject, node: str) -> str:
        read = self._shapes[shape]
        return FALSE if read.deactivated else self._fails(read, read.constraints, node)

    def _conforms(self, name: Subject, node: str) -> str:
        """What holds of each node that conforms to a shape."""
        shape = self._shapes[name]
        if shape.deactivated:
            return TRUE
        of_sets = [each for each in shape.constraints if isinstance(each, _OF_SETS)]
        of_values = [each for each in shape.constraints if not isinstance(each, _OF_SETS)]

        def wrong(value: str) -> str:
            good = [
                *(self._is_good(each, value) for each in of_values),
                *(self._conforms(each, value) for each in shape.properties),
            ]
            return negated(both(good))

        return both(
            [
                *(self._set_conforms(each, shape, node) for each in of_sets),
                negated(self._some(shape.path, node, wrong, sure=True)),
            ]
        )

    def _some(
        self, path: Path | None, node: str, condition: Condition, *, sure: bool = False
    ) -> str:
        """That one of a node's values meets a condition.

        Each step of a path is an EXISTS of its own, with one pattern that begins at a known node:
        engines may join several from all that there is, for every node again.
        """
        match path:
            case None:
                return condition(node)
            case PathSeries((step, *steps)):
                rest = PathSeries(tuple(steps)) if len(steps) > 1 else steps[0]
                return self._some(
                    step, node, lambda each: self._some(rest, each, condition, sure=sure), sure=sure
                )
            case PathAlternatives(choices):
                return either(self._some(each, node, condition, sure=sure) for each in choices)
            case PathRepetition(inner, "?"):
                return either((condition(node), self._some(inner, node, condition, sure=sure)))
            case PathInverse(inner) if not isinstance(inner, IRI):
                return self._some(inverse(inner), node, condition, sure=sure)
        value = self._fresh()
        told = condition(value)
        if told == FALSE:
            return FALSE
        return f"EXISTS {{ {self._path(path, node, value, sure)}{_filter(told)} }}"

    def _several(
        self, path: Path | None, node: str, condition: Condition, many: int, *, sure: bool
    ) -> str:
        """That so many values of a node, all different, meet a condition."""

        def more(*found: str) -> str:
            if len(found) == many:
                return TRUE
            return self._some(
                path,
                node,
                lambda value: both(
                    (
                        *(f"!sameTerm({value}, {each})" for each in found),
                        condition(value),
                        more(*found, value),
                    )
                ),
                sure=sure,
            )

        return more()

    # Constraints on values one by one

    def _is_bad(self, constraint: Constraint, value: str) -> str:
        """What holds of each value that breaks the constraint."""
        match constraint:
            case ClassConstraint(kind):
                return negated(self._is_instance(kind, value, ""))
            case NodeConstraint((shape,)):
                return self._shape_fails(shape, value)
            case NotConstraint((shape,)):
                return self._conforms(shape, value)
            case LogicalConstraint(component, shapes):
                failing = [self._shape_fails(each, value) for each in shapes]
                if component == SH.AndConstraintComponent:
                    return either(failing)
                if component == SH.OrConstraintComponent:
                    return both(failing)
                fitting = [self._conforms(each, value) for each in shapes]
                return either([both(failing), *map(both, combinations(fitting, 2))])
            case ClosedConstraint(allowed):
                return self._has_others(allowed, value)
        return negated(sound(surely(constraint, value)))

    def _is_good(self, constraint: Constraint, value: str) -> str:
        """What holds of each value that conforms to the constraint."""
        match constraint:
            case ClassConstraint(kind):
                return self._is_instance(kind, value, " || isBlank({0})")
            case NodeConstraint((shape,)):
                return self._conforms(shape, value)
            case NotConstraint((shape,)):
                return self._shape_fails(shape, value)
            case LogicalConstraint(component, shapes):
                fitting = [self._conforms(each, value) for each in shapes]
                return (both if component == SH.AndConstraintComponent else either)(fitting)
            case ClosedConstraint(allowed):
                return negated(self._has_others(allowed, value))
        return sound(perhaps(constraint, value))

    def _is_instance(self, kind: IRI, value: str, more: str) -> str:
        """That the value is of a class; `more` may be said of the variable for what it is of."""
        kinds, of = self._kinds(kind), self._fresh()
        if len(kinds) == 1 and not more:
            return f"EXISTS {{ {self._merge.match(value, RDF.type, kinds[0])} }}"
        names = ", ".join(map(str, kinds))
        condition = f"{of} IN ({names}){more.format(of)}"
        return f"EXISTS {{ {self._merge.match(value, RDF.type, of)} FILTER({condition}) }}"

    def _has_others(self, allowed: Iterable[IRI], value: str) -> str:
        predicate, other = self._fresh(), self._fresh()
        names = ", ".join(sorted(map(str, allowed)))
        kept = f" FILTER({predicate} NOT IN ({names}))" if names else ""
        return f"EXISTS {{ {self._merge.match(value, predicate, other)}{kept} }}"

    # Constraints on all values together

    def _set_fails(self, constraint: Constraint, shape: Shape, node: str) -> str:
        """What holds of each node whose values together break the constraint."""
        path = shape.path
        match constraint:
            case CountConstraint(_, limit, least) | QualifiedConstraint(_, limit, least):
                if least:
                    if limit > _MOST_TOGETHER:
                        return TRUE
                    counted = self._counted(constraint, sure=True)
                    return negated(
                        self._several(path, node, counted, limit, sure=True) if limit else TRUE
                    )
                counted = self._counted(constraint, sure=False)
                return self._several(path, node, counted, 2 if limit else 1, sure=False)
            case HasValueConstraint(term):
                return negated(
                    self._some(path, node, lambda value: is_same(value, term), sure=True)
                )
            case UniqueLangConstraint():
                return self._in_one_language(path, node)
            case EqualsConstraint(predicate):
                return either(
                    (
                        self._lacking(path, predicate, node),
                        self._lacking(predicate, path, node),
                    )
                )
            case DisjointConstraint(predicate):
                return self._some(
                    path, node, lambda v: f"EXISTS {{ {self._merge.match(node, predicate, v)} }}"
                )
        assert isinstance(constraint, LessThanConstraint)
        other, sign = self._fresh(), constraint.sign
        others = self._merge.match(node, constraint.predicate, other)
        return self._some(
            path,
            node,
            lambda v: f"EXISTS {{ {others} FILTER({negated(surely_less(v, sign, other))}) }}",
        )

    def _set_conforms(self, constraint: Constraint, shape: Shape, node: str) -> str:
        """What holds of each node whose values together conform to the constraint."""
        path = shape.path
        match constraint:
            case CountConstraint(_, limit, least) | QualifiedConstraint(_, limit, least):
                if least and limit:
                    return self._some(path, node, self._counted(constraint, sure=False))
                if not least and not limit:
                    counted = self._counted(constraint, sure=True)
                    return negated(self._some(path, node, counted, sure=True))
            case HasValueConstraint(term):
                return self._some(path, node, lambda value: sound(is_same(value, term)))
        return TRUE

    def _counted(self, constraint: Constraint, *, sure: bool) -> Condition:
        """Which values count: those that do for sure, or all that may."""
        if not isinstance(constraint, QualifiedConstraint):
            return lambda value: TRUE
        shape, *siblings = constraint.shapes

        def counts(value: str) -> str:
            if sure:
                others = [negated(self._conforms(each, value)) for each in siblings]
                return both([negated(self._shape_fails(shape, value)), *others])
            others = [self._shape_fails(each, value) for each in siblings]
            return both([self._conforms(shape, value), *others])

        return counts

    def _in_one_language(self, path: Path | None, node: str) -> str:
        def same(one: str, other: str) -> str:
            language = f'LANG({one}) != "" && LCASE(LANG({one})) = LCASE(LANG({other}))'
            return f"!sameTerm({one}, {other}) && {language}"

        return self._some(
            path, node, lambda one: self._some(path, node, lambda other: same(one, other))
        )

    def _lacking(self, path: Path | None, other: Path | None, node: str) -> str:
        """That a node has a value by one path and not by another; None leads to the node."""

        def absent(value: str) -> str:
            return negated(
                self._some(other, node, lambda held: f"sameTerm({value}, {held})", sure=True)
            )

        return self._some(path, node, absent)

    # Queries in groups

    def _lacks_all(self, constraint: Constraint, shape: Shape) -> str:
        """What holds of nodes that are in no group, as nothing of theirs counts."""
        if not _is_least(constraint):
            return FALSE
        counted = self._counted(constraint, sure=True)
        return negated(self._some(shape.path, _THIS, counted, sure=True))

    def _counting(self, constraint: Constraint, shape: Shape, targeted: str) -> str:
        """The nodes by how many of their values count."""
        assert isinstance(constraint, CountConstraint | QualifiedConstraint)
        least, value = constraint.least, self._fresh()
        assert shape.path is not None
        patterns = f"{targeted} {self._path(shape.path, _THIS, value, least)}"
        kept = both([f"!isBlank({_THIS})", self._counted(constraint, sure=least)(value)])
        sign = "<" if least else ">"
        having = f"HAVING (COUNT(DISTINCT {value}) {sign} {constraint.limit})"
        return f"SELECT {_THIS} WHERE {{ {patterns}{_filter(kept)} }} GROUP BY {_THIS} {having}"

    # Paths

    def _path(self, path: Path, start: str, end: str, sure: bool) -> str:
        """Patterns for a path; where they must not find too much, none from a literal backwards:
        an engine may find others of the same value."""
        match path:
            case IRI():
                return self._merge.match(start, path, end)
            case PathInverse(inner):
                kept = f" FILTER(!isLiteral({start}))" if sure else ""
                return self._path(inner, end, start, sure) + kept
            case PathSeries(steps):
                nodes = [start, *(self._fresh() for _ in steps[1:]), end]
                parts = zip(steps, nodes, nodes[1:], strict=False)
                return " ".join(self._path(each, one, other, sure) for each, one, other in parts)
            case PathAlternatives(choices):
                branches = (self._path(each, start, end, sure) for each in choices)
                return " UNION ".join(f"{{ {each} }}" for each in branches)
        assert isinstance(path, PathRepetition)
        if not self._merge.is_one_graph:
            raise UnwritableError(M_("a repeated path over several graphs"))
        directions = directions_of(path)
        if len(directions) > 1:
            raise UnwritableError(M_("a repeated path that goes back and forth"))
        kept = f" FILTER(!isLiteral({start}))" if sure and True in directions else ""
        return self._merge.match(start, path_text(path), end) + kept

    def _fresh(self) -> str:
        return f"?v{next(self._numbers)}"


def _filter(condition: str) -> str:
    return "" if condition == TRUE else f" FILTER({condition})"


def _is_least(constraint: Constraint) -> bool:
    return isinstance(constraint, CountConstraint | QualifiedConstraint) and constraint.least


def _needs_groups(constraint: Constraint) -> bool:
    """Whether it counts beyond one."""
    counts = isinstance(constraint, CountConstraint | QualifiedConstraint)
    return counts and constraint.limit > 1  # type: ignore[attr-defined]
