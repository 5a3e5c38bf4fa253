"""What a query sorts by, said so that the engine has an order for it.

The engine compares numbers by value, and a number with a string by their characters: 9 < 10 < "5x"
< 9. Sorting by that puts numbers out of their order, or ends the process. So a variable that may
have both gives its numbers after everything else (SPARQL 1.1 §15.1 leaves this order open). That
doubles the time of a sort, so what has no numbers, or nothing else, is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from cgkg.rdf.terms import IRI
from cgkg.sparql.tree.edits import TextEdit
from cgkg.sparql.tree.nodes import (
    BindClause,
    ListTerm,
    NamedExpression,
    NamedNode,
    OrderByClause,
    Path,
    PropertyObjects,
    QueryTree,
    SubjectTriples,
    ValuesClause,
    Variable,
    walk,
    without_brackets,
)
from cgkg.store.graph import Graph

# Whether a predicate has numbers and other literals among its objects.
Mixed = Callable[[str], bool]

_TESTS = (
    "ASK {{ ?s {} ?o FILTER(isNumeric(?o)) }}",
    "ASK {{ ?s {} ?o FILTER(isLiteral(?o) && !isNumeric(?o)) }}",
)


def is_mixed(graph: Graph, predicate: str) -> bool:
    """Whether the predicate has numbers and other literals among its objects, in all graphs
    together; true for what is no IRI, of which the engine will complain."""
    try:
        tests = [test.format(IRI(predicate)) for test in _TESTS]
    except ValueError:
        return True
    return all(graph.query(test, use_default_graph_as_union=True) for test in tests)


def complete_order(tree: QueryTree, mixed: Mixed) -> list[TextEdit]:
    """A key before each variable that needs one; `mixed` tells what the data has."""
    keys = [
        (key, variable)
        for clause in walk(tree.query)
        if isinstance(clause, OrderByClause)
        for key in clause.keys
        if isinstance(variable := without_brackets(key.expression), Variable)
    ]
    needed = _find_mixed(tree, {variable.name for _, variable in keys}, mixed) if keys else set()
    return [
        TextEdit(key.start, key.start, f"{key.direction}(isNumeric(?{variable.name})) ")
        for key, variable in keys
        if variable.name in needed
    ]


def _find_mixed(tree: QueryTree, names: set[str], mixed: Mixed) -> set[str]:
    """Which of these variables may get numbers and other literals, or cannot be told."""
    found: set[str] = set()
    known = cache(mixed)
    for node in walk(tree.query):
        match node:
            case BindClause(variable=variable) | NamedExpression(variable=variable):
                found.add(variable.name)
            case ValuesClause(variables=several) | ListTerm(items=several):
                found |= {each.name for each in several if isinstance(each, Variable)}
            case PropertyObjects(verb=verb, objects=several):
                objects = {each.name for each in several if isinstance(each, Variable)} & names
                if objects - found and _may_lead_to_mixed(verb, known):
                    found |= objects
            case SubjectTriples(subject=Variable(name=name), properties=several):
                # From a path that goes back the subject is an object.
                if any(not isinstance(each.verb, Variable | NamedNode) for each in several):
                    found.add(name)
    return found & names


def _may_lead_to_mixed(verb: Variable | Path, mixed: Mixed) -> bool:
    if isinstance(verb, NamedNode):
        return verb.text != "a" and mixed(verb.iri)
    return True
