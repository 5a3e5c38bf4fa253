"""The text of a query that the engine has accepted, by the nodes of its tree."""

from __future__ import annotations

from collections.abc import Callable

from cgkg.errors import QueryError, QueryRefusedError
from cgkg.sparql.tree.nodes import Node, QueryTree, variables
from cgkg.sparql.tree.parser import parse

# From a variable with its `?` to another.
Renaming = Callable[[str], str]


def read(query: str) -> QueryTree:
    """The tree of a query that the engine has accepted.

    Raises:
        QueryRefusedError: it is beyond SPARQL 1.1; says what and where.
    """
    try:
        return parse(query, restricted=False)
    except QueryError as error:
        message = error.message
    raise unsupported_error(f"this query ({message})")


def write(tree: QueryTree, node: Node, rename: Renaming) -> str:
    """What the query says there, with its variables renamed."""
    parts, at = [], node.start
    for variable in variables(node):
        parts += [tree.text[at : variable.start], rename(f"?{variable.name}")]
        at = variable.end
    return "".join([*parts, tree.text[at : node.end]])


def unsupported_error(what: str) -> QueryRefusedError:
    """The error for what evidence is not given for."""
    return QueryRefusedError(
        f"evidence is not given for {what}",
        hint="it is given for a SELECT over triple patterns, property paths, OPTIONAL, UNION,"
        " MINUS, FILTER, BIND, VALUES, GRAPH, sub-SELECT and GROUP BY; leave out evidence=true",
    )
