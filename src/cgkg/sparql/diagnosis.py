"""Words a person can use for what the engine's parser says of a query it cannot read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cgkg.errors import QueryError, QuerySyntaxError
from cgkg.messages import M_
from cgkg.rdf.vocab import STANDARD
from cgkg.sparql.iris import is_relative
from cgkg.sparql.tree.mistakes import shorten, syntax_error_at
from cgkg.sparql.tree.nodes import NamedNode, QueryTree, walk
from cgkg.sparql.tree.parser import parse

_POSITION = re.compile(r"error at (\d+):(\d+): (?:expected )?(.*)", re.DOTALL)
_REASON = re.compile(r"(?:^|, |one of )([A-Z]\w*(?: \w+){3,})(?=,|$)")


def explain(
    complaint: str, query: str, base: str | None = None, prefixes: Mapping[str, str] = STANDARD
) -> QueryError:
    """The error to raise for a query of which the engine's parser complains.

    Args:
        complaint: what the engine's parser says.
        query: the text of the query, as it was given to the engine.
        base: the IRI against which it is read where it has no BASE of its own.
        prefixes: of them comes the declaration that is proposed where one is missing.

    Returns:
        A QueryRefusedError for an update, else a QuerySyntaxError.
    """
    try:
        tree = parse(query, base, prefixes)
    except QueryError as error:
        return error.with_traceback(None)
    # What SPARQL 1.1 allows and the engine does not.
    return _check_relative(tree) or _repeat(complaint, query)


def _check_relative(tree: QueryTree) -> QuerySyntaxError | None:
    """For an IRI that is relative to nothing."""
    for node in walk(tree):
        if isinstance(node, NamedNode) and node.text.startswith("<") and is_relative(node.iri):
            what = M_("{text} is a relative IRI and the query has no BASE", text=shorten(node.text))
            return syntax_error_at(tree.text, node.start, what, M_("write the whole IRI"))
    return None


def _repeat(complaint: str, query: str) -> QuerySyntaxError:
    """The engine's own words; it says where it could read no further."""
    position = _POSITION.match(complaint)
    if position is None:
        return QuerySyntaxError(complaint)
    offset = _offset_of(query, int(position[1]), int(position[2]))
    reason = _REASON.search(position[3])
    if reason:
        return syntax_error_at(query, offset, reason[1][0].lower() + reason[1][1:])
    what = M_("the engine cannot read this place or what precedes it")
    return syntax_error_at(query, offset, what)


def _offset_of(query: str, line: int, column: int) -> int:
    """Where a position (both 1-based) is in the query's text."""
    start = 0
    for _ in range(line - 1):
        start = query.find("\n", start) + 1
    return min(start + column - 1, len(query))
