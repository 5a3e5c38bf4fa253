"""The text that the engine must be given to answer what a query means.

Where the engine is known to differ from SPARQL 1.1 and the query can be said in another way that is
provably the same, it is said in that way; where it cannot, it is refused. Which case is which, and
why, is told in docs/decisions/engine-remedies.md. Queries that touch none of this pass as they are:
a few searches tell, and only what they find is read into a tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from cgkg.errors import QueryError
from cgkg.rdf.vocab import XSD
from cgkg.sparql.rewriting.blank_nodes import make_nodes_per_solution
from cgkg.sparql.rewriting.graphs import find_variable_graphs, separate_graph_variable
from cgkg.sparql.rewriting.paths import Absent, replace_absent_paths
from cgkg.sparql.rewriting.sorting import Mixed, complete_order
from cgkg.sparql.tree.edits import TextEdit, apply_edits
from cgkg.sparql.tree.nodes import AggregateCall, LiteralTerm, QueryTree, walk
from cgkg.sparql.tree.parser import parse

_BOOLEANS = ("true", "false")
# White space and comments.
_GAP = r"(?:\s|\#[^\r\n]*+)*+"
_GRAPH = re.compile(rf"graph{_GAP}[?$]", re.IGNORECASE)
_ORDER = re.compile(rf"order{_GAP}by", re.IGNORECASE)
_NODE = re.compile(rf"bnode{_GAP}\(", re.IGNORECASE)
# A step of a path that may be left out, and a star that is none.
_OPTIONAL_STEP = re.compile(r"\?(?!\w)")
_VARIABLE = re.compile(r"\?\w")
# IRIs, strings and comments, in which neither is one.
_ASIDE = re.compile(r"""<[^<>"{}|^`\\\s]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\#[^\n]*""")
_PLAIN_STAR = re.compile(r"(?:SELECT|DISTINCT|REDUCED|DESCRIBE|\()\s*+\*", re.IGNORECASE)

_Remedy = Callable[[QueryTree], list[TextEdit]]


def rewrite(query: str, base: str | None, absent: Absent, mixed: Mixed) -> str:
    """The query in the words that the engine understands as the specification does.

    Args:
        query: a query that is not refused.
        base: the IRI against which it is read where it has no BASE of its own.
        absent: whether an IRI is the subject or object of no triple of a graph.
        mixed: whether a predicate has numbers and other literals.

    Raises:
        QueryRefusedError: the engine would answer it wrongly, and there is no other way to say it.
    """
    small = query.lower()
    remedies: list[_Remedy] = []
    if any(small.count(word) > query.count(word) for word in _BOOLEANS):
        remedies.append(_lower_booleans)
    if "group_concat" in small:
        remedies.append(_drop_concatenation_languages)
    in_graphs = "graph" in small and _GRAPH.search(query) is not None
    if "bnode" in small and _NODE.search(query):
        remedies.append(make_nodes_per_solution)
    if _may_have_empty_paths(query):
        remedies.append(partial(replace_absent_paths, absent=absent))
    if "order" in small and _ORDER.search(query):
        remedies.append(partial(complete_order, mixed=mixed))
    if not remedies and not in_graphs:
        return query
    try:
        tree = parse(query, base, restricted=False)
    except QueryError:
        return query  # the engine says what is wrong, or knows more than SPARQL 1.1
    if in_graphs:
        places = range(len(find_variable_graphs(tree)))
        remedies += (partial(separate_graph_variable, place=place) for place in reversed(places))
    for remedy in remedies:
        if tree.text != query:
            tree = parse(query, base, restricted=False)
        query = apply_edits(query, remedy(tree))
    return query


def _may_have_empty_paths(query: str) -> bool:
    if "?" not in _VARIABLE.sub("", query) and "*" not in query:
        return False
    if '"""' not in query and "'''" not in query:  # quotes inside of these would mislead
        query = _ASIDE.sub(" ", query)
    if _OPTIONAL_STEP.search(query):
        return True
    return "*" in query and query.count("*") > len(_PLAIN_STAR.findall(query))


def _lower_booleans(tree: QueryTree) -> list[TextEdit]:
    """Write the keywords true and false as the engine's parser wants them (§19.8, note 1)."""
    return [
        TextEdit(node.start, node.end, node.lexical)
        for node in walk(tree.query)
        if isinstance(node, LiteralTerm)
        and node.datatype == XSD.boolean.value
        and node.text.lower() in _BOOLEANS
    ]


def _drop_concatenation_languages(tree: QueryTree) -> list[TextEdit]:
    """GROUP_CONCAT gives a simple literal (§18.5.1.7); the engine keeps a common language tag."""
    edits = []
    for node in walk(tree.query):
        if isinstance(node, AggregateCall) and node.name == "GROUP_CONCAT":
            edits.append(TextEdit(node.start, node.start, "STR("))
            edits.append(TextEdit(node.end, node.end, ")"))
    return edits
