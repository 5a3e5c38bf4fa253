"""SELECT and GROUP BY clauses that SPARQL allows and the engine reads otherwise or not at all."""

from __future__ import annotations

from collections.abc import Iterator

from cgkg.sparql.tree.edits import TextEdit, apply_edits
from cgkg.sparql.tree.nodes import (
    AggregateCall,
    BracketedExpression,
    BuiltInCall,
    ExistsTest,
    Expression,
    NamedExpression,
    Node,
    Query,
    QueryTree,
    Variable,
    children,
    walk,
    without_brackets,
)

_HIDDEN = ("_:", "[", "(", "/")  # one of them begins what has a value and no name
# A value that is another each time is not written twice.
_CHANGING = frozenset(("RAND", "UUID", "STRUUID", "BNODE"))


def put_projection_right(tree: QueryTree) -> list[TextEdit]:
    """Variables shown once, and in groups the expressions themselves where another expression has
    their names (§18.2.4.4)."""
    edits: list[TextEdit] = []
    for query in walk(tree.query):
        if not isinstance(query, Query):
            continue
        where = query.where
        if where and _counts_all(query) and any(sign in tree.written(where) for sign in _HIDDEN):
            edits.append(TextEdit(where.start, where.start, "{ SELECT * "))
            edits.append(TextEdit(where.end, where.end, " }"))
        for key in query.group_by.keys if query.group_by else ():
            edits += _write_key(tree, key)
        if query.projection and query.projection.items:
            shown: set[str] = set()
            for item in query.projection.items:
                if isinstance(item, Variable) and item.name in shown:
                    edits.append(TextEdit(item.start, item.end, ""))
                shown.add((item if isinstance(item, Variable) else item.variable).name)
            if _is_grouped(query):
                edits += _write_names_out(tree, query.projection.items)
    return edits


def _counts_all(query: Query) -> bool:
    """Whether it counts the different solutions, in which the engine has blank nodes and the steps
    of paths, too; `SELECT *` has only what is visible (§18.5.1.2)."""
    clauses = (query.projection, query.having, query.order_by)
    return any(
        isinstance(node, AggregateCall) and node.distinct and node.argument is None
        for clause in clauses
        if clause is not None
        for node in walk(clause)
    )


def _write_key(tree: QueryTree, key: Node) -> Iterator[TextEdit]:
    """A variable in brackets, which is one all the same; `(?s AS ?x)` as an expression."""
    if isinstance(key, NamedExpression):
        inner = without_brackets(key.expression)
        if isinstance(inner, Variable):
            text = f"COALESCE({tree.written(inner)})"
            yield TextEdit(key.expression.start, key.expression.end, text)
    elif isinstance(key, BracketedExpression):
        inner = without_brackets(key)
        if isinstance(inner, Variable):
            yield TextEdit(key.start, key.end, f" {tree.written(inner)} ")


def _is_grouped(query: Query) -> bool:
    if query.group_by or query.having:
        return True
    assert query.projection is not None
    return any(isinstance(node, AggregateCall) for node in walk(query.projection))


def _write_names_out(
    tree: QueryTree, items: tuple[Variable | NamedExpression, ...]
) -> Iterator[TextEdit]:
    known: dict[str, str] = {}
    for item in items:
        if not isinstance(item, NamedExpression):
            continue
        expression = item.expression
        edits = [
            TextEdit(use.start, use.end, f"({known[use.name]})")
            for use in _find_uses(expression)
            if use.name in known
        ]
        yield from edits
        if not any(
            isinstance(node, BuiltInCall) and node.name in _CHANGING for node in walk(expression)
        ):
            text = apply_edits(tree.text[: expression.end], edits)
            known[item.variable.name] = text[expression.start :]


def _find_uses(expression: Expression) -> Iterator[Variable]:
    """The variables whose values an expression takes, outside of aggregates and EXISTS."""
    waiting: list[Node] = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Variable):
            yield node
        elif not isinstance(node, AggregateCall | ExistsTest) and not (
            isinstance(node, BuiltInCall) and node.name == "BOUND"
        ):
            waiting += children(node)
