"""BNODE(key).

The engine makes the node of the key alone; SPARQL gives every solution nodes of its own, the same
for the same key within one (§17.4.2.9).
"""

from __future__ import annotations

from collections.abc import Iterable

from cgkg.errors import QueryRefusedError
from cgkg.sparql.tree.edits import TextEdit
from cgkg.sparql.tree.nodes import (
    AggregateCall,
    BindClause,
    BuiltInCall,
    GroupPattern,
    Node,
    Query,
    QueryTree,
    fresh_variable,
    walk,
)

_STRING = "<http://www.w3.org/2001/XMLSchema#string>"


def make_nodes_per_solution(tree: QueryTree) -> list[TextEdit]:
    """Make each node of the key and of something that every solution has for itself.

    Raises:
        QueryRefusedError: which calls see the same solution cannot be told.
    """
    calls = _find_calls(tree.query)
    if not calls:
        return []
    if len(calls) == 1:
        return _key_nodes(tree, calls, "STRUUID()")
    row = fresh_variable(tree, "solution")
    place = _number_in_select(tree, calls, row) or _number_in_binds(tree, calls, row)
    if not place:
        raise QueryRefusedError(
            "BNODE with a key in several places of a query is not answered by this endpoint",
            hint="use it in the outermost SELECT clause or in BINDs that follow each other",
        )
    return [*_key_nodes(tree, calls, row), *place]


def _find_calls(node: Node) -> list[BuiltInCall]:
    """The calls with a key in a part of the query."""
    return [
        each
        for each in walk(node)
        if isinstance(each, BuiltInCall) and each.name == "BNODE" and each.arguments
    ]


def _key_nodes(tree: QueryTree, calls: Iterable[BuiltInCall], row: str) -> list[TextEdit]:
    edits = []
    for call in calls:
        (argument,) = call.arguments
        key = tree.written(argument)
        edits.append(TextEdit(argument.start, argument.start, f'CONCAT("b", {row}, SHA256(STR('))
        # Only a simple literal is a key; of anything else the sum has no value.
        end = f')), IF(DATATYPE({key}) = {_STRING}, "", 1/0))'
        edits.append(TextEdit(argument.end, argument.end, end))
    return edits


def _number_in_select(tree: QueryTree, calls: list[BuiltInCall], row: str) -> list[TextEdit]:
    """What gives every solution its own name, for calls in the outermost SELECT clause."""
    query = tree.query
    if query.projection is None or query.where is None or query.values is not None:
        return []
    if len(_find_calls(query.projection)) != len(calls) or query.group_by or query.having:
        return []
    if any(isinstance(node, AggregateCall) for node in walk(query.projection)):
        return []
    start, end = query.where.start, query.where.end
    return [TextEdit(start, start, "{ "), TextEdit(end, end, f" BIND(STRUUID() AS {row}) }}")]


def _number_in_binds(tree: QueryTree, calls: list[BuiltInCall], row: str) -> list[TextEdit]:
    """The same for calls in BINDs of one group with nothing between them."""
    if any(
        isinstance(node, Query) and node.projection and node.projection.items is None
        for node in walk(tree)
    ):
        return []
    for group in walk(tree.query):
        if not isinstance(group, GroupPattern):
            continue
        holding = [n for n, each in enumerate(group.elements) if _calls_in_bind(each)]
        if sum(_calls_in_bind(group.elements[n]) for n in holding) == len(calls):
            run = group.elements[holding[0] : holding[-1] + 1]
            if all(isinstance(each, BindClause) for each in run):
                return [TextEdit(run[0].start, run[0].start, f"BIND(STRUUID() AS {row}) ")]
    return []


def _calls_in_bind(node: Node) -> int:
    return len(_find_calls(node)) if isinstance(node, BindClause) else 0
