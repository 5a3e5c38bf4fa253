"""Which groups of a query are joins, so that all that they may find can be found once."""

from __future__ import annotations

from collections.abc import Iterator

from cgkg.sparql.tree.nodes import (
    BracketedExpression,
    CountedPath,
    ExistsTest,
    Expression,
    ExpressionList,
    FilterClause,
    GroupPattern,
    ListTerm,
    NamedGraphPattern,
    NamedNode,
    NegatedPath,
    Node,
    Operation,
    PropertyObjects,
    TriplesBlock,
    UnaryOperation,
    Variable,
    walk,
)
from cgkg.sparql.tree.scopes import Scopes


def exists_tests(condition: Expression) -> Iterator[tuple[Node, ExistsTest, bool]]:
    """The tests by EXISTS that must hold so that a condition does.

    Each comes with what of the condition it is, and with whether it is that of NOT EXISTS.
    """
    match condition:
        case ExistsTest():
            yield condition, condition, condition.negated
        case BracketedExpression(expression=inner):
            yield from exists_tests(inner)
        case UnaryOperation(operator="!", operand=inner):
            while isinstance(inner, BracketedExpression):
                inner = inner.expression
            if isinstance(inner, ExistsTest):
                yield condition, inner, not inner.negated
        case Operation(operators=operators, operands=operands) if {*operators} == {"&&"}:
            for each in operands:
                if not isinstance(each, ExpressionList):
                    yield from exists_tests(each)


def named_graphs(group: GroupPattern) -> frozenset[str]:
    """The variables that a group has for the names of graphs."""
    names = (each.name for each in walk(group) if isinstance(each, NamedGraphPattern))
    return frozenset(each.name for each in names if isinstance(each, Variable))


def is_plain(group: GroupPattern) -> bool:
    """Whether a group is a join of triples, in graphs or not, and tests of what these bind.

    Repeated paths are none: all that they join may be much more than what a row needs of it.
    """
    return (_steps(group) or 0) > 1


def _steps(group: GroupPattern) -> int | None:
    """How many triples a join has; None of a group that is none."""
    scope = Scopes().of(group).certain
    steps = 0
    for element in group.elements:
        match element:
            case TriplesBlock():
                for node in walk(element):
                    if isinstance(node, CountedPath | NegatedPath | ListTerm):
                        return None
                    if isinstance(node, PropertyObjects):
                        names = sum(isinstance(each, NamedNode) for each in walk(node.verb))
                        steps += len(node.objects) * max(names, 1)
            case NamedGraphPattern():
                within = _steps(element.group)
                if within is None:
                    return None
                steps += within
            case FilterClause():
                for node in walk(element):
                    if isinstance(node, ExistsTest):
                        return None
                    if isinstance(node, Variable) and node.name not in scope:
                        return None
            case _:
                return None
    return steps
