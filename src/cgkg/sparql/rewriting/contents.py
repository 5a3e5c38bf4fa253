"""What the data have, as far as the words of a query depend on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cgkg.rdf.terms import IRI, DefaultGraph, Literal
from cgkg.rdf.vocab import RDF, XSD
from cgkg.sparql.tree.nodes import Constant, NamedNode
from cgkg.store.graph import Graph

# True for numbers that the engine can add up thousands of, false for others, or a datatype.
_SURVEY = """SELECT DISTINCT ?k { ?s %s ?o
    BIND(IF(isNumeric(?o), ?o < 1000000000000 && ?o > -1000000000000, DATATYPE(?o)) AS ?k) }"""
_STRINGS = frozenset((XSD.string.value, RDF.langString.value))


class Kinds(NamedTuple):
    """Of what kinds the objects of a predicate are: `mixed` ones have no order for the engine,
    `wide` ones are numbers whose sum may be beyond it."""

    mixed: bool = True
    wide: bool = True


class Contents(NamedTuple):
    """What a query's dataset has.

    Attributes:
        is_absent: whether a term is the subject or object of no triple of a graph that there is:
            the default graph, or the one of that name.
        kinds_of: the kinds of what a predicate has as objects, in whatever graph.
        overlap: whether two predicates have the same subject and object, the second perhaps the
            other way round, in whatever graph.
        predicates: those that lead from one term to another in whatever graph, as IRIs; None stands
            for any term.
        graphs: the names of the named graphs; None if they are not to be listed.
    """

    is_absent: Callable[[Constant, str | None], bool]
    kinds_of: Callable[[str], Kinds]
    overlap: Callable[[str, str, bool], bool]
    predicates: Callable[[Constant | None, Constant | None], list[str]]
    graphs: Callable[[], list[str] | None]


def to_term(constant: Constant) -> IRI | Literal:
    """The term that a constant of a query is."""
    if isinstance(constant, NamedNode):
        return IRI(constant.iri)
    if constant.language:
        return Literal(constant.lexical, language=constant.language)
    return Literal(constant.lexical, datatype=IRI(constant.datatype))


def is_absent(graph: Graph, options: Mapping[str, Any], term: Constant, name: str | None) -> bool:
    """Whether a graph that there is, the default one or that of a name, does not have a term."""
    named = options.get("named_graphs")
    node = to_term(term)
    if name is None:
        return not graph.has_node(node, options.get("default_graph", [DefaultGraph()]))
    there = IRI(name)
    if named is not None and there not in named:
        return False
    filled = graph.has(g=there)
    return filled and not graph.has_node(node, [there])


def list_graphs(graph: Graph, options: Mapping[str, Any]) -> list[str] | None:
    """The names of the dataset's named graphs, in order; None if one is a blank node."""
    named = options.get("named_graphs")
    if named is None:
        if graph.has_blank_names:
            return None
        named = graph.names()
    return sorted(name.value for name in named)


def survey(graph: Graph, predicate: str) -> Kinds:
    """The kinds of a predicate's objects in all graphs together; the worst for what is no IRI, of
    which the engine will complain."""
    try:
        query = _SURVEY % IRI(predicate)
    except ValueError:
        return Kinds()
    kinds = {row[0] for row in graph.query(query, use_default_graph_as_union=True)}
    numbers = {kind for kind in kinds if isinstance(kind, Literal)}
    types = {kind.value for kind in kinds if isinstance(kind, IRI)}
    others = types - _STRINGS
    wide = any(kind.value == "false" for kind in numbers) or any(map(_is_numeric, others))
    mixed = wide or bool(numbers and types) or bool(others and types & _STRINGS)
    return Kinds(mixed, wide)


def _is_numeric(datatype: str) -> bool:
    """Whether it is a type of numbers: of one that is none for the engine the text is too long."""
    name = datatype.removeprefix(XSD.base)
    return name.lower().endswith(("integer", "int", "long", "short", "byte", "decimal"))


def find_predicates(graph: Graph, start: Constant | None, end: Constant | None) -> list[str]:
    """The predicates between two terms in all graphs together, in order; None for what is no
    term, of which the engine will complain."""
    try:
        ends = [to_term(each) if each else name for each, name in ((start, "?s"), (end, "?o"))]
    except ValueError:
        return []
    query = f"SELECT DISTINCT ?p {{ {ends[0]} ?p {ends[1]} }}"
    return sorted(row[0].value for row in graph.query(query, use_default_graph_as_union=True))


def overlaps(graph: Graph, first: str, second: str, inverse: bool) -> bool:
    """Whether two predicates join the same two nodes; true for what is no IRI."""
    try:
        one, other = IRI(first), IRI(second)
    except ValueError:
        return True
    pattern = f"?s {one} ?o . {'?o' if inverse else '?s'} {other} {'?s' if inverse else '?o'}"
    return bool(graph.query(f"ASK {{ {pattern} }}", use_default_graph_as_union=True))
