"""The blocks of triples of a query, and what their place means."""

from __future__ import annotations

from collections.abc import Iterator

from cgkg.sparql.tree.nodes import (
    AggregateCall,
    BlankTerm,
    ExistsTest,
    MinusPattern,
    NamedGraphPattern,
    NamedNode,
    Node,
    Query,
    TriplesBlock,
    Variable,
    children,
    walk,
)

_Graph = NamedNode | Variable | None


def find_blocks(root: Node) -> Iterator[tuple[TriplesBlock, _Graph, bool]]:
    """All blocks of triples, each with the name of the graph in which it is matched (None for the
    default one), and whether it matters how often a solution is there."""
    waiting: list[tuple[Node, _Graph, bool]] = [(root, None, True)]
    while waiting:
        node, graph, counted = waiting.pop()
        match node:
            case TriplesBlock():
                yield node, graph, counted
                continue
            case NamedGraphPattern(name=name):
                graph = name
            case ExistsTest() | MinusPattern():
                counted = False
            case Query():
                counted = _counts_solutions(node, counted)
        waiting += ((part, graph, counted) for part in children(node))


def _counts_solutions(query: Query, around: bool) -> bool:
    """Whether an answer depends on how often a solution of the query's pattern is there; `around`
    says whether it depends on how often one of the query is."""
    clauses = query.projection, query.having, query.order_by
    if any(isinstance(node, AggregateCall) for each in clauses if each for node in walk(each)):
        return True
    if query.projection and query.projection.modifier:
        return False
    return bool(query.slices) or (around and query.form == "SELECT" and not query.group_by)


def labels_of(block: TriplesBlock) -> set[str]:
    """The labels of the block's blank nodes."""
    return {node.label for node in walk(block) if isinstance(node, BlankTerm) and node.label}


def find_shared_labels(root: Node) -> set[str]:
    """The labels of blank nodes that several blocks have: these must not be parted."""
    seen: set[str] = set()
    shared: set[str] = set()
    for block, _, _ in find_blocks(root):
        labels = labels_of(block)
        shared |= seen & labels
        seen |= labels
    return shared
