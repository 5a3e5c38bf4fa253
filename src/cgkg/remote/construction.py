"""The triples that a CONSTRUCT query makes of its solutions (SPARQL 1.1 §16.2).

An engine is asked for the solutions and not for the triples: RDF's formats have no end, and there
are engines that leave triples out without a word, but none that does so with rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from cgkg.rdf.terms import IRI, BlankNode, Literal, Term, Triple
from cgkg.rdf.vocab import RDF
from cgkg.sparql.tree.nodes import (
    BlankTerm,
    GraphTerm,
    ListTerm,
    LiteralTerm,
    NamedExpression,
    NamedNode,
    PropertyListTerm,
    PropertyObjects,
    Query,
    QueryTree,
    SubjectTriples,
    TriplesBlock,
    Variable,
    fresh_variable,
    variables,
)
from cgkg.sparql.tree.scopes import Scopes

_Part = Term | Variable | BlankTerm  # blank terms have one label each


class Construction:
    """A CONSTRUCT query, parted into what is asked and what is made of the answer.

    Attributes:
        select: the SELECT query that asks for the solutions.
    """

    def __init__(self, tree: QueryTree) -> None:
        query = tree.query
        self._parts: list[tuple[_Part, _Part, _Part]] = []
        self._labels = (f"[{number}]" for number in count())  # as no query writes one
        for triples in _template_of(tree):
            self._read_subject(triples)
        end = query.template.end if query.template else query.start + len(query.form)
        names = {name for row in self._parts for name in _names(row)}
        self.select = f"{tree.text[: query.start]}{select_clause(tree, names)}{tree.text[end:]}"

    def triples(self, solutions: Iterable[Any]) -> list[Triple]:
        """What the template says of each solution, each triple once, in the order of the solutions.

        Blank nodes of the template are others for each solution. What would be no triple, since
        something is unbound or of another kind than its place takes, is left out.

        Args:
            solutions: those of `select`; a variable that is not among theirs is unbound.
        """
        names = {name for row in self._parts for name in _names(row)}
        rows = [values_of(solution, names) for solution in solutions]
        taken = {term.value for row in rows for term in row.values() if isinstance(term, BlankNode)}
        unused = (BlankNode(f"c{n}") for n in count() if f"c{n}" not in taken)
        made: dict[Triple, None] = {}
        for row in rows:
            blanks: dict[str, BlankNode] = {}
            for part in self._parts:
                s, p, o = (_fill(each, row, blanks, unused) for each in part)
                if isinstance(s, IRI | BlankNode) and isinstance(p, IRI) and o is not None:
                    made[Triple(s, p, o)] = None
        return list(made)

    # The template, triple by triple

    def _read_subject(self, triples: SubjectTriples) -> None:
        self._read_properties(self._read_node(triples.subject), triples.properties)

    def _read_properties(self, subject: _Part, properties: Iterable[PropertyObjects]) -> None:
        for each in properties:
            assert isinstance(each.verb, Variable | NamedNode)  # a template has no paths
            verb = each.verb if isinstance(each.verb, Variable) else IRI(each.verb.iri)
            for one in each.objects:
                self._parts.append((subject, verb, self._read_node(one)))

    def _read_node(self, node: GraphTerm) -> _Part:
        """The term; what a blank node or a list in brackets says is added."""
        match node:
            case Variable():
                return node
            case NamedNode():
                return IRI(node.iri)
            case LiteralTerm():
                if node.language:
                    return Literal(node.lexical, language=node.language)
                return Literal(node.lexical, datatype=IRI(node.datatype))
            case BlankTerm():
                return node if node.label else self._new_blank()
            case PropertyListTerm():
                made = self._new_blank()
                self._read_properties(made, node.properties)
                return made
            case ListTerm():
                cells: list[_Part] = [*(self._new_blank() for _ in node.items), RDF.nil]
                for cell, item, rest in zip(cells, node.items, cells[1:], strict=False):
                    self._parts.append((cell, RDF.first, self._read_node(item)))
                    self._parts.append((cell, RDF.rest, rest))
                return cells[0]

    def _new_blank(self) -> BlankTerm:
        return BlankTerm(0, 0, next(self._labels))


def visible_names(query: Query) -> frozenset[str]:
    """The variables that the solutions of a query may have."""
    if query.group_by:
        keys = (
            each.variable if isinstance(each, NamedExpression) else each
            for each in query.group_by.keys
        )
        return frozenset(each.name for each in keys if isinstance(each, Variable))
    if query.having:
        return frozenset()
    names = Scopes().of(query.where).visible if query.where else frozenset()
    return names | {each.name for each in variables(query.values)} if query.values else names


def select_clause(tree: QueryTree, names: Iterable[str]) -> str:
    """SELECT with those of some variables that the solutions of a query have, or with what stands
    for none."""
    shown = sorted(visible_names(tree.query).intersection(names))
    none = f"(1 AS {fresh_variable(tree, 'none')})"
    return f"SELECT {' '.join(f'?{name}' for name in shown) or none} "


def _template_of(tree: QueryTree) -> Iterator[SubjectTriples]:
    """The triples of the template, which is the pattern where none is written."""
    if tree.query.template is not None:
        yield from tree.query.template.triples
    elif tree.query.where is not None:
        for element in tree.query.where.elements:
            if isinstance(element, TriplesBlock):
                yield from element.triples


def _names(parts: Iterable[_Part]) -> Iterator[str]:
    return (part.name for part in parts if isinstance(part, Variable))


def values_of(solution: Any, names: Iterable[str]) -> dict[str, Term]:
    """What a solution binds, of some variables."""
    values = {}
    for name in names:
        try:
            value = solution[name]
        except KeyError:  # not asked for
            continue
        if value is not None:
            values[name] = value
    return values


def _fill(
    part: _Part, row: Mapping[str, Term], blanks: dict[str, BlankNode], unused: Iterator[BlankNode]
) -> Term | None:
    """The term for a place of the template; None if it is unbound."""
    if isinstance(part, Variable):
        return row.get(part.name)
    if isinstance(part, BlankTerm):
        if part.label not in blanks:
            blanks[part.label] = next(unused)
        return blanks[part.label]
    return part
