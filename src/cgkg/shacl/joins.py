"""Which groups of a query are joins, so that all that they may find can be found once."""

from __future__ import annotations

from cgkg.sparql.tree.nodes import (
    CountedPath,
    ExistsTest,
    FilterClause,
    GroupPattern,
    ListTerm,
    NamedGraphPattern,
    NamedNode,
    NegatedPath,
    PropertyObjects,
    TriplesBlock,
    Variable,
    walk,
)
from cgkg.sparql.tree.scopes import Scopes


def enter_graph(group: GroupPattern) -> tuple[GroupPattern, str]:
    """What a group says within a graph with a variable for its name, if it says nothing else."""
    if len(group.elements) == 1:
        only = group.elements[0]
        if isinstance(only, NamedGraphPattern) and isinstance(only.name, Variable):
            return only.group, only.name.name
    return group, ""


def is_plain(group: GroupPattern) -> bool:
    """Whether a group is a join of triples, and tests of what these bind.

    Repeated paths are none: all that they join may be much more than what a row needs of it.
    """
    scope = Scopes().of(group).certain
    steps = 0
    for element in group.elements:
        match element:
            case TriplesBlock():
                for node in walk(element):
                    if isinstance(node, CountedPath | NegatedPath | ListTerm):
                        return False
                    if isinstance(node, PropertyObjects):
                        names = sum(isinstance(each, NamedNode) for each in walk(node.verb))
                        steps += len(node.objects) * max(names, 1)
            case FilterClause():
                for node in walk(element):
                    if isinstance(node, ExistsTest):
                        return False
                    if isinstance(node, Variable) and node.name not in scope:
                        return False
            case _:
                return False
    return steps > 1
