"""Queries of shapes, read once and put so that they run for all focus nodes together.

SHACL evaluates a query for one focus node at a time, with $this and other variables bound before
(§5.3.1). The same solutions come of one evaluation if those values are in a graph of their own and
every group that needs one reads it from there:

    SELECT $this WHERE { FILTER NOT EXISTS { $this ex:p ?x } }
    SELECT $this ?row WHERE { GRAPH <values> { ?row <this> $this } FILTER NOT EXISTS { … } }

Where a query counts or cuts off all of its solutions together, there is no such query; it is then
evaluated for each focus node alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from cgkg.errors import QueryError
from cgkg.shacl.joins import exists_tests, is_plain, named_graphs
from cgkg.shacl.matching import matched_kinds, matched_predicates
from cgkg.sparql.tree.edits import TextEdit, apply_edits
from cgkg.sparql.tree.nodes import (
    AggregateCall,
    BindClause,
    ExistsTest,
    FilterClause,
    GroupPattern,
    MinusPattern,
    NamedExpression,
    NamedGraphPattern,
    Node,
    OptionalPattern,
    PropertyObjects,
    Query,
    QueryTree,
    ServicePattern,
    TriplesBlock,
    UnionPattern,
    ValuesClause,
    Variable,
    fresh_variable,
    variables,
    walk,
)
from cgkg.sparql.tree.parser import parse
from cgkg.sparql.tree.scopes import Scopes, leaves

VALUES, SHAPES = "urn:x-cgkg:shacl", "urn:x-cgkg:shacl:shapes"
"""The graphs in which the values of pre-bound variables and the shapes are."""
THIS, SHAPE, GRAPH = "this", "currentShape", "shapesGraph"
_SET, _CONSTANTS = f"{VALUES}:set", f"{VALUES}:constants"
_ALL = f"{_SET}:all:"
PATH = "PATH"
MANY = 200
"""Rows above which it is worth to look at all that an EXISTS may find once, not for each row."""
_REFUSED = {MinusPattern: "MINUS", ServicePattern: "SERVICE", ValuesClause: "VALUES"}
# Of these two a query within need not return anything (§5.2.1).
_OF_SHAPES = frozenset((GRAPH, SHAPE))


class PrebindingError(ValueError):
    """A query that SHACL does not allow, or no query at all; says why."""


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A query that reads the values of its pre-bound variables from a graph.

    Attributes:
        template: the query, with a name where that of the set of values belongs.
        of_many: the same for many rows of values, in the words that are fast for these.
        row: the variable that says of which row of values a solution is; "" if there is only one.
        names: the pre-bound variables that it mentions.
        graphs: whether it asks in named graphs.
        predicates: those with which all triples that it can match are made; None if any may be.
        kinds: those objects with which all such triples of rdf:type are made; None if any may be.
        alone: whether it must be evaluated for one row of values at a time.
    """

    template: str
    of_many: str
    row: str
    names: frozenset[str]
    graphs: bool
    predicates: frozenset[str] | None
    kinds: frozenset[str] | None
    alone: bool

    def text(self, values: str, constants: str, count: int) -> str:
        """The query for so many values and for constants, by the names of their sets."""
        return self._choose(count).replace(_SET, values).replace(_CONSTANTS, constants)

    def asks_all(self, count: int) -> bool:
        """Whether groups of the query for so many values need all values of a variable."""
        return _ALL in self._choose(count)

    def _choose(self, count: int) -> str:
        return self.of_many if count > MANY else self.template


def bind_query(
    text: str,
    prefixes: Mapping[str, str],
    *,
    varying: tuple[str, ...],
    constant: Iterable[str] = (),
    path: str | None = None,
    form: str = "SELECT",
) -> BoundQuery:
    """The query with patterns for its pre-bound variables.

    Args:
        text: a SELECT or ASK query; the solutions of ASK are the rows for which it is true.
        prefixes: as sh:prefixes declares them.
        varying: variables of which there are many values, which belong together in rows.
        constant: variables that have one value.
        path: the property path that $PATH stands for, as SPARQL.
        form: SELECT, which must show $this, ASK or CONSTRUCT.

    Raises:
        PrebindingError: it is malformed, or has a form that SHACL excludes (§5.2.1).
    """
    # On the first line, so that what is told of later ones is right.
    prologue = "".join(f"PREFIX {name}: <{iri}> " for name, iri in sorted(prefixes.items()))
    tree = _parse(prologue + text)
    if path is not None:
        tree = _parse(apply_edits(tree.text, _path_edits(tree, path)))
    bound = frozenset((*varying, *constant))
    _check(tree, bound, form)
    few, many = (_Binder(tree, varying, bound, many=many).bind() for many in (False, True))
    return replace(few, of_many=many.template)


def _parse(text: str) -> QueryTree:
    try:
        return parse(text)
    except QueryError as error:
        raise PrebindingError(str(error)) from None


def _path_edits(tree: QueryTree, path: str) -> Iterator[TextEdit]:
    for node in walk(tree.query):
        verb = node.verb if isinstance(node, PropertyObjects) else None
        if isinstance(verb, Variable) and verb.name == PATH:
            yield TextEdit(verb.start, verb.end, f"({path})")


def _check(tree: QueryTree, bound: frozenset[str], form: str) -> None:
    """Refuse what no pre-bound variable can be in (SHACL §5.2.1)."""
    scopes = Scopes()
    if tree.query.form != form:
        raise PrebindingError(f"a {form} query is needed, not {tree.query.form}")
    if form == "SELECT" and THIS not in scopes.of(tree.query).visible | _bound_in(tree, bound):
        raise PrebindingError("the query selects $this")
    if tree.query.dataset:
        raise PrebindingError("FROM: the dataset is that of the data")
    for node in walk(tree.query):
        if type(node) in _REFUSED:
            raise PrebindingError(f"{_REFUSED[type(node)]} is not allowed in queries of shapes")
        if isinstance(node, BindClause | NamedExpression) and node.variable.name in bound:
            raise PrebindingError(f"${node.variable.name} has a value already: no AS")
        if isinstance(node, Query) and node is not tree.query:
            lacking = sorted(bound - _OF_SHAPES - scopes.of(node).visible)
            if lacking:
                raise PrebindingError(f"a query within must select ${', $'.join(lacking)}, too")


def _bound_in(tree: QueryTree, bound: frozenset[str]) -> frozenset[str]:
    """The pre-bound variables that a query shows though no pattern has them."""
    projection = tree.query.projection
    if projection is None or projection.items is None:
        return bound
    return bound & {each.name for each in projection.items if isinstance(each, Variable)}


class _Binder:
    """Puts patterns into one query.

    Args:
        tree: the query.
        varying: variables with rows of values.
        bound: all pre-bound variables.
        many: whether there are many rows.
    """

    def __init__(
        self, tree: QueryTree, varying: tuple[str, ...], bound: frozenset[str], *, many: bool
    ) -> None:
        self._tree, self._varying, self._many = tree, varying, many
        self._names = frozenset(each.name for each in variables(tree.query)) & bound
        self._alone = any(isinstance(n, Query) and _is_whole(n) for n in walk(tree.query))
        single = self._alone or not varying
        self._row = "" if single else fresh_variable(tree, "row")
        self._edits: list[TextEdit] = []
        self._moved: list[Node] = []

    def bind(self) -> BoundQuery:
        query = self._tree.query
        assert query.where is not None
        self._visit(query.where, self._mentioned(query), place=False)
        if self._many:
            self._unnest_within(query.where)
        self._insert(query.where, self._first_pattern())
        self._project(query)
        named = [each for each in walk(query) if isinstance(each, NamedGraphPattern)]
        for each in named:
            moved = any(test.start <= each.start < test.end for test in self._moved)
            if isinstance(each.name, Variable) and each.name.name != GRAPH and not moved:
                self._edits.append(TextEdit(each.end, each.end, _hiding(each.name.name)))
        text = apply_edits(self._tree.text, self._edits)
        predicates, kinds = matched_predicates(query), matched_kinds(query)
        return BoundQuery(
            text, text, self._row[1:], self._names, bool(named), predicates, kinds, self._alone
        )

    def _mentioned(self, node: Node) -> frozenset[str]:
        return frozenset(each.name for each in variables(node)) & self._names

    def _insert(self, group: GroupPattern, pattern: str) -> None:
        if pattern:
            self._edits.append(TextEdit(group.start + 1, group.start + 1, pattern))

    def _first_pattern(self) -> str:
        """All values, row by row, and what else is bound."""
        constants = sorted(self._names.difference(self._varying))
        if not self._row:
            return self._pattern((*self._varying, *constants))
        rows = " ; ".join(f"<{_SET}:{name}> ?{name}" for name in self._varying)
        return f" GRAPH <{VALUES}> {{ {self._row} {rows} }} " + self._pattern(constants)

    def _pattern(self, names: Iterable[str]) -> str:
        triples = [
            f"<{_SET}> <{_ALL}{name}> ?{name}"
            if name in self._varying
            else f"<{_CONSTANTS}> <{_CONSTANTS}:{name}> ?{name}"
            for name in names
        ]
        return f" GRAPH <{VALUES}> {{ {' . '.join(triples)} }} " if triples else ""

    def _visit(
        self, group: GroupPattern, more: frozenset[str] = frozenset(), *, place: bool = True
    ) -> frozenset[str]:
        """Put patterns into a group where it lacks a value; what each of its solutions then binds.

        Args:
            group: the group.
            more: variables that belong to it though it does not say them.
            place: whether it needs values of its own; EXISTS gets them from around it.
        """
        certain: set[str] = set()
        needed: set[str] = set()
        for element in group.elements:
            match element:
                case TriplesBlock():
                    for leaf in leaves(element.triples):
                        if isinstance(leaf, Variable):
                            certain.add(leaf.name)
                case GroupPattern():
                    certain |= self._visit(element)
                case UnionPattern():
                    certain |= frozenset.intersection(*map(self._visit, element.branches))
                case OptionalPattern():  # what it leaves unmatched depends on what is bound before
                    needed |= self._mentioned(element) - certain
                    self._visit(element.group)
                case NamedGraphPattern():
                    certain |= self._visit(element.group) | self._mentioned(element.name)
                case BindClause():
                    needed |= self._mentioned(element.expression) - certain
                case Query():
                    certain |= self._visit_query(element)
        for element in group.elements:
            if isinstance(element, FilterClause | BindClause):
                for test in walk(element):
                    if isinstance(test, ExistsTest):
                        self._visit(test.group, place=False)
        needed |= (self._mentioned(group) | more) - certain
        if place:
            self._insert(group, self._pattern(sorted(needed)))
        return frozenset(certain | needed)

    def _unnest_within(self, group: GroupPattern, graph: Node | None = None) -> None:
        """As `_unnest`, of a group and of those within it; `graph` is the name of their graph."""
        self._unnest(group, graph)
        for element in group.elements:
            match element:
                case GroupPattern():
                    self._unnest_within(element, graph)
                case UnionPattern():
                    for branch in element.branches:
                        self._unnest_within(branch, graph)
                case NamedGraphPattern():
                    self._unnest_within(element.group, element.name)

    def _unnest(self, group: GroupPattern, graph: Node | None) -> None:
        """Have EXISTS tests of a group found once; the engine would do so for each row.

        What NOT EXISTS finds no solution for, MINUS leaves if both bind all that they share.
        """
        scope = Scopes().of(group)
        certain, possible = scope.certain | self._names, scope.possible | self._names
        for element in group.elements:
            if not isinstance(element, FilterClause):
                continue
            for part, test, negated in exists_tests(element.condition):
                named = {each.name for each in variables(test.group)}
                if not is_plain(test.group):
                    continue
                if isinstance(graph, Variable) and graph.name in named:
                    continue  # what it means there, engines disagree on
                shared = Scopes().of(test.group).certain & possible
                if not shared or not shared <= certain:
                    continue
                self._moved.append(test)
                hidden = "".join(map(_hiding, sorted(named_graphs(test.group) - shared)))
                inner = f"{self._tree.written(test.group)[:-1]}{hidden}}}"
                names = " ".join(f"?{name}" for name in sorted(shared))
                solutions = f" {{ SELECT DISTINCT {names} WHERE {inner} }} "
                text = f" MINUS {inner} " if negated else solutions
                self._edits.append(TextEdit(group.end - 1, group.end - 1, text))
                if part is element.condition:
                    self._edits.append(TextEdit(element.start, element.end, ""))
                else:
                    self._edits.append(TextEdit(part.start, part.end, "true"))

    def _visit_query(self, query: Query) -> frozenset[str]:
        """As `_visit`, of a query within; it selects all that is bound."""
        assert query.where is not None
        bound = self._visit(query.where, self._mentioned(query))
        if query.projection is None or query.projection.items is None:
            return bound
        return bound & {each.name for each in query.projection.items if type(each) is Variable}

    def _project(self, query: Query) -> None:
        """Have the query say of which row each solution is."""
        if query.form == "ASK":
            assert query.where is not None
            shown = "DISTINCT " + self._row if self._row else "(true AS ?true)"
            self._edits.append(TextEdit(query.start, query.where.start, f"SELECT {shown} WHERE "))
        elif self._row and query.projection is not None:
            if query.projection.items is not None:
                end = query.projection.end
                self._edits.append(TextEdit(end, end, f" {self._row} "))
            if query.group_by is not None:
                end = query.group_by.end
                self._edits.append(TextEdit(end, end, f" {self._row} "))


def _hiding(graph: str) -> str:
    """A test that the graph of a variable is none of ours."""
    return f" FILTER(?{graph} != <{VALUES}> && ?{graph} != <{SHAPES}>) "


def _is_whole(query: Query) -> bool:
    """Whether a query makes something of all its solutions together."""
    if query.slices:
        return True
    if query.group_by is not None:
        return False
    parts = (query.projection, query.having, query.order_by)
    return any(
        isinstance(node, AggregateCall) for part in parts if part is not None for node in walk(part)
    )
