"""GRAPH and its variable.

The engine binds the variable while it evaluates the group; SPARQL joins the group's solutions with
it afterwards (§18.5, Graph).
"""

from __future__ import annotations

from cgkg.errors import QueryRefusedError
from cgkg.sparql.rewriting.contents import Contents
from cgkg.sparql.rewriting.paths import has_absent_paths
from cgkg.sparql.tree.edits import TextEdit, apply_edits
from cgkg.sparql.tree.nodes import (
    AggregateCall,
    BlankTerm,
    ExistsTest,
    FilterClause,
    GroupPattern,
    MinusPattern,
    NamedGraphPattern,
    Node,
    OptionalPattern,
    Pattern,
    Query,
    QueryTree,
    ServicePattern,
    TriplesBlock,
    UnionPattern,
    ValuesClause,
    Variable,
    children,
    fresh_variable,
    variables,
    walk,
)
from cgkg.sparql.tree.scopes import EMPTY, Scopes

# So many graphs, and characters, at most are written out.
_MOST_GRAPHS, _MOST_CHARACTERS = 1_000, 200_000

# What is in scope in these is in scope around them.
_SHOWING = GroupPattern | OptionalPattern | UnionPattern | NamedGraphPattern | ServicePattern


def find_variable_graphs(tree: QueryTree) -> list[NamedGraphPattern]:
    """The GRAPHs whose name is a variable, in order."""
    return [
        node
        for node in walk(tree.query)
        if isinstance(node, NamedGraphPattern) and isinstance(node.name, Variable)
    ]


def separate_graph_variable(tree: QueryTree, place: int, contents: Contents) -> list[TextEdit]:
    """Keep the variable of one GRAPH apart from the group that it names.

    Args:
        tree: the query.
        place: which of `find_variable_graphs`. Begin with the last: what is changed leaves those
            before it where they were.
        contents: what the dataset has.

    Raises:
        QueryRefusedError: the engine would answer it wrongly, and there is no other way to say it.
    """
    pattern = find_variable_graphs(tree)[place]
    names = contents.graphs()
    if _needs_each_graph(tree, pattern) or has_absent_paths(pattern, contents, names or []):
        return [_name_each_graph(tree, pattern, names)]
    idle = [minus for minus, shares in _find_minus(pattern.group) if shares == "no"]
    edits = [TextEdit(minus.start, minus.end, "") for minus in idle]
    return [
        *edits,
        *_rename_inside(tree, pattern, idle),
        *_name_subqueries(tree, pattern),
        *_require_all_graphs(tree, pattern),
    ]


def _needs_each_graph(tree: QueryTree, pattern: NamedGraphPattern) -> bool:
    """Whether the group can only be asked of one graph after the other."""
    assert isinstance(pattern.name, Variable)
    if any(shares == "perhaps" for _, shares in _find_minus(pattern.group)):
        return True
    if any(isinstance(each, GroupPattern) and _is_loose(each) for each in walk(pattern.group)):
        return True
    shown = pattern.name.name in Scopes().of(pattern.group).visible
    if shown and _is_shown(tree.query, pattern):
        return True
    inside = list(walk(pattern.group))
    selects = [node for node in inside if isinstance(node, Query)]
    return any(each.group_by or each.having or each.slices for each in selects) or (
        bool(selects) and any(isinstance(node, AggregateCall) for node in inside)
    )


def _is_loose(group: GroupPattern) -> bool:
    """Whether the group tests or extends solutions that, for the engine, are of no graph yet."""
    tests = any(
        isinstance(each, MinusPattern | OptionalPattern)
        or (isinstance(each, FilterClause) and any(isinstance(n, ExistsTest) for n in walk(each)))
        for each in group.elements
    )
    return tests and not _meets_graph(group)


def _meets_graph(pattern: Pattern) -> bool:
    """Whether a pattern has triples in every solution."""
    match pattern:
        case TriplesBlock():
            return True
        case GroupPattern(elements=elements):
            return any(map(_meets_graph, elements))
        case UnionPattern(branches=branches):
            return all(map(_meets_graph, branches))
        case Query(where=GroupPattern() as where):
            return _meets_graph(where)
    return False


def _name_each_graph(
    tree: QueryTree, pattern: NamedGraphPattern, names: list[str] | None
) -> TextEdit:
    """GRAPH ?g { … } as the union that it is defined by (§18.5, Graph)."""
    size = (pattern.end - pattern.start) * len(names or ())
    if names is None or len(names) > _MOST_GRAPHS or size > _MOST_CHARACTERS:
        name = tree.written(pattern.name)
        raise QueryRefusedError(
            f"this pattern in GRAPH {name} is not answered for so many graphs: a subquery with"
            " LIMIT or an aggregate, MINUS after OPTIONAL, a path of length zero, OPTIONAL or"
            f" EXISTS without triples beside it, or {name} itself under SELECT *",
            hint=f"put GRAPH {name} into the subquery or MINUS, or name the graphs with FROM NAMED",
        )
    variable = tree.written(pattern.name)
    branches = []
    for number, name in enumerate(names):
        group = _copy(tree, pattern.group, number)
        branches.append(f"{{ GRAPH <{name}> {group} VALUES {variable} {{ <{name}> }} }}")
    return TextEdit(
        pattern.start, pattern.end, " UNION ".join(branches) or f"{{ VALUES {variable} {{ }} }}"
    )


def _copy(tree: QueryTree, group: GroupPattern, number: int) -> str:
    """The text of a group with blank nodes of its own."""
    edits = [
        TextEdit(node.end, node.end, f"_{number}")
        for node in walk(group)
        if isinstance(node, BlankTerm) and node.label
    ]
    return apply_edits(tree.text[: group.end], edits)[group.start :]


def _find_minus(group: GroupPattern) -> list[tuple[MinusPattern, str]]:
    """Each MINUS, and whether its solutions share a variable with those before it: yes, no (then
    it removes nothing, §8.3.3), or perhaps. The engine takes the variable of GRAPH for one."""
    scopes = Scopes()
    differing = []
    for inner in walk(group):
        if isinstance(inner, GroupPattern):
            before = EMPTY
            for element in inner.elements:
                if isinstance(element, MinusPattern):
                    own = scopes.of(element.group)
                    surely = own.certain & before.certain
                    shares = (
                        "yes" if surely else "perhaps" if own.possible & before.possible else "no"
                    )
                    differing.append((element, shares))
                else:
                    before = before.join((scopes.of(element),))
    return differing


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
    name = tree.written(pattern.name)
    selects = [node for node in walk(pattern.group) if isinstance(node, Query)]
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
