"""GRAPH and its variable.

The engine binds the variable while it evaluates the group; SPARQL joins the group's solutions with
it afterwards (§18.5, Graph).
"""

from __future__ import annotations

from cgkg.errors import QueryRefusedError
from cgkg.sparql.tree.edits import TextEdit
from cgkg.sparql.tree.nodes import (
    AggregateCall,
    GroupPattern,
    MinusPattern,
    NamedGraphPattern,
    Node,
    OptionalPattern,
    Query,
    QueryTree,
    ServicePattern,
    UnionPattern,
    ValuesClause,
    Variable,
    children,
    fresh_variable,
    variables,
    walk,
)
from cgkg.sparql.tree.scopes import Scopes

# What is in scope in these is in scope around them.
_SHOWING = GroupPattern | OptionalPattern | UnionPattern | NamedGraphPattern | ServicePattern


def find_variable_graphs(tree: QueryTree) -> list[NamedGraphPattern]:
    """The GRAPHs whose name is a variable, in order."""
    return [
        node
        for node in walk(tree.query)
        if isinstance(node, NamedGraphPattern) and isinstance(node.name, Variable)
    ]


def separate_graph_variable(tree: QueryTree, place: int) -> list[TextEdit]:
    """Keep the variable of one GRAPH apart from the group that it names.

    Args:
        tree: the query.
        place: which of `find_variable_graphs`. Begin with the last: what is changed leaves those
            before it where they were.

    Raises:
        QueryRefusedError: the engine would answer it wrongly, and there is no other way to say it.
    """
    pattern = find_variable_graphs(tree)[place]
    idle = _find_idle_minus(pattern.group)
    edits = [TextEdit(minus.start, minus.end, "") for minus in idle]
    return [
        *edits,
        *_rename_inside(tree, pattern, idle),
        *_name_subqueries(tree, pattern),
        *_require_all_graphs(tree, pattern),
    ]


def _find_idle_minus(group: GroupPattern) -> list[MinusPattern]:
    """Each MINUS that shares no variable: it removes nothing (§8.3.3).

    The engine takes the variable of GRAPH for a shared one.
    """
    scopes = Scopes()
    found = []
    for inner in walk(group):
        if isinstance(inner, GroupPattern):
            before: set[str] = set()
            for element in inner.elements:
                if isinstance(element, MinusPattern):
                    if not scopes.of(element.group).possible & before:
                        found.append(element)
                else:
                    before |= scopes.of(element).possible
    return found


def _rename_inside(
    tree: QueryTree, pattern: NamedGraphPattern, without: list[MinusPattern]
) -> list[TextEdit]:
    """GRAPH ?g { … ?g … } says { GRAPH ?g { … ?k … } FILTER(?k unbound, or ?g) }."""
    assert isinstance(pattern.name, Variable)
    name = pattern.name.name
    uses = [
        each
        for each in variables(pattern.group)
        if each.name == name and not any(m.start <= each.start < m.end for m in without)
    ]
    if not uses:
        return []
    if name in Scopes().of(pattern.group).visible and _is_shown(tree.query, pattern):
        raise QueryRefusedError(
            f"SELECT * with ?{name} inside of GRAPH ?{name} is not answered by this endpoint",
            hint="name the variables that you want instead of *",
        )
    fresh = fresh_variable(tree, f"{name}_inside")
    return [
        *(TextEdit(use.start, use.end, fresh) for use in uses),
        TextEdit(pattern.start, pattern.start, "{ "),
        TextEdit(
            pattern.end, pattern.end, f" FILTER(!BOUND({fresh}) || SAMETERM({fresh}, ?{name})) }}"
        ),
    ]


def _is_shown(query: Query, pattern: Node) -> bool:
    """Whether a new variable of the pattern would be one of the query's columns."""
    node: Node = query
    while node is not pattern:
        if isinstance(node, Query):
            if node.projection is None or node.projection.items is not None:
                return False
        elif not isinstance(node, _SHOWING):
            return False
        node = next(part for part in children(node) if _holds(part, pattern))
    return True


def _holds(node: Node, part: Node) -> bool:
    return node.start <= part.start and part.end <= node.end


def _name_subqueries(tree: QueryTree, pattern: NamedGraphPattern) -> list[TextEdit]:
    """Have subqueries of the group keep the graph that they are about, which the engine forgets."""
    inside = list(walk(pattern.group))
    name = tree.written(pattern.name)
    selects = [node for node in inside if isinstance(node, Query)]
    if not selects:
        return []
    if any(isinstance(node, AggregateCall) for node in inside) or any(
        each.group_by or each.having or each.slices for each in selects
    ):
        raise QueryRefusedError(
            f"a subquery with LIMIT or an aggregate in GRAPH {name} is not answered here",
            hint=f"put GRAPH {name} into the subquery, select {name} there and group by it",
        )
    edits = []
    for select in selects:
        assert select.projection is not None, select
        assert select.where is not None, select
        if select.projection.items is None:
            place, text = select.where.start + 1, f" GRAPH {name} {{}} "
        else:
            place, text = select.projection.end, f" {name}"
        edits.append(TextEdit(place, place, text))
    return edits


def _require_all_graphs(tree: QueryTree, pattern: NamedGraphPattern) -> list[TextEdit]:
    """Have VALUES or another GRAPH in the group meet every graph, which the engine forgets."""
    if not any(isinstance(each, ValuesClause | NamedGraphPattern) for each in walk(pattern.group)):
        return []
    start = pattern.start
    return [TextEdit(start, start, f"GRAPH {tree.written(pattern.name)} {{}} ")]
