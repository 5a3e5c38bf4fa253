"""The constants of a query, and where each must occur in the graph for a solution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cgkg.rdf.vocab import RDF, RDFS
from cgkg.sparql.functions.xpath_regex import PatternError, read_pattern
from cgkg.sparql.tree.nodes import (
    AlternativePath,
    BindClause,
    BlankTerm,
    BracketedPath,
    BuiltInCall,
    Constant,
    CountedPath,
    ExistsTest,
    Expression,
    ExpressionList,
    FilterClause,
    GraphTerm,
    GroupPattern,
    InversePath,
    ListTerm,
    LiteralTerm,
    NamedGraphPattern,
    NamedNode,
    Operation,
    OptionalPattern,
    Path,
    PropertyListTerm,
    PropertyObjects,
    Query,
    QueryTree,
    SequencePath,
    SubjectTriples,
    TriplesBlock,
    UnaryOperation,
    UnionPattern,
    ValuesClause,
    Variable,
    without_brackets,
)

SAME_TERM = ""
"""Stands for the operator where a constant is matched as a term, not compared as a value."""
_COMPARED = ("=", "<", ">", "<=", ">=")
_TYPE, _SUBCLASS = RDF.type.value, RDFS.subClassOf.value
_MOST_ROWS = 16  # of VALUES; longer lists are made by programs


@dataclass(frozen=True)
class AskedTerm:
    """A constant and its place.

    Attributes:
        term: the constant.
        role: "property", "class", "subject", "object", "node" (either of these two) or "graph".
        scope: the name after GRAPH around it; None for the default graph.
        predicate: that of which it is the object; None where that is a variable, or unknown.
        operator: how a literal is compared, `SAME_TERM` in a triple.
        sure: whether there is no solution without it.
    """

    term: Constant
    role: str
    scope: Variable | NamedNode | None = None
    predicate: str | None = None
    operator: str = SAME_TERM
    sure: bool = True


@dataclass(frozen=True)
class AskedPatterns:
    """What a query asks.

    Attributes:
        terms: the constants of its patterns in order, each place once.
        broken: constant patterns of REGEX that are none in XPath, and whether there is no solution
            without them.
        scopes: the graphs in which triples are asked for, as `AskedTerm.scope` says, and whether
            there is no solution without them.
        default_graphs: the graphs of its dataset, as the request or else the query has it.
        named_graphs: likewise.
    """

    terms: list[AskedTerm]
    broken: list[tuple[LiteralTerm, bool]]
    scopes: dict[Variable | NamedNode | None, bool]
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Place:
    """Where a variable stands in a triple."""

    role: str
    scope: Variable | NamedNode | None
    predicate: str | None


def read_asked_patterns(
    tree: QueryTree, default_graphs: tuple[str, ...] = (), named_graphs: tuple[str, ...] = ()
) -> AskedPatterns:
    """What a query asks of these graphs.

    What stands in MINUS, NOT EXISTS, SERVICE and templates is left out: that the graph lacks it is
    no reason for an answer to be empty.
    """
    reader = _AskedPatternReader()
    query = tree.query
    if query.described and query.described.items:
        for item in query.described.items:
            if isinstance(item, NamedNode):
                reader.add(AskedTerm(item, "node", sure=False))
    reader.read_query(query, sure=True)
    reader.place_tests()
    terms = list(reader.terms.values())
    return AskedPatterns(terms, reader.broken, reader.scopes, default_graphs, named_graphs)


class _AskedPatternReader:
    """Collects the constants of patterns."""

    def __init__(self) -> None:
        self.terms: dict[tuple[object, ...], AskedTerm] = {}
        self.broken: list[tuple[LiteralTerm, bool]] = []
        self.scopes: dict[Variable | NamedNode | None, bool] = {}
        self._places: dict[str, list[_Place]] = {}
        self._tests: list[tuple[str, Constant, str, bool]] = []

    def add(self, asked: AskedTerm) -> None:
        key = asked.term, asked.role, asked.scope, asked.predicate, asked.operator
        self.terms.setdefault(key, asked)

    def read_query(self, query: Query, *, sure: bool) -> None:
        if query.where:
            self._read_group(query.where, None, sure)
        if query.values:
            self._read_values(query.values, sure)

    def place_tests(self) -> None:
        """Give the constants that variables are compared with the places of these variables."""
        for name, term, operator, sure in self._tests:
            for place in self._places.get(name, ())[:1]:
                self.add(AskedTerm(term, place.role, place.scope, place.predicate, operator, sure))

    # Patterns

    def _read_group(
        self, group: GroupPattern, scope: Variable | NamedNode | None, sure: bool
    ) -> None:
        for element in group.elements:
            match element:
                case TriplesBlock():
                    self.scopes[scope] = sure or self.scopes.get(scope, False)
                    for triples in element.triples:
                        self._read_triples(triples, scope, sure)
                case GroupPattern():
                    self._read_group(element, scope, sure)
                case OptionalPattern():
                    self._read_group(element.group, scope, False)
                case UnionPattern():
                    for branch in element.branches:
                        self._read_group(branch, scope, False)
                case NamedGraphPattern():
                    if isinstance(element.name, NamedNode):
                        self.add(AskedTerm(element.name, "graph", sure=sure))
                    else:
                        self._note_place(element.name, _Place("graph", None, None))
                    self._read_group(element.group, element.name, sure)
                case FilterClause():
                    self._read_condition(element.condition, scope, sure)
                case BindClause():
                    self._test(element.variable, element.expression, SAME_TERM, sure)
                case ValuesClause():
                    self._read_values(element, sure)
                case Query():
                    self.read_query(element, sure=False)

    def _read_values(self, values: ValuesClause, sure: bool) -> None:
        if len(values.rows) > _MOST_ROWS:
            return
        for row in values.rows:
            for variable, term in zip(values.variables, row, strict=True):
                if term is not None:
                    self._test(variable, term, SAME_TERM, sure and len(values.rows) == 1)

    def _read_condition(
        self, condition: Expression, scope: Variable | NamedNode | None, sure: bool
    ) -> None:
        condition = without_brackets(condition)
        if isinstance(condition, UnaryOperation):
            negated = without_brackets(condition.operand)
            if isinstance(negated, BuiltInCall) and negated.name == "REGEX":
                self._read_regex(negated, sure)  # an error is one whether it is negated or not
        if isinstance(condition, BuiltInCall) and condition.name == "REGEX":
            self._read_regex(condition, sure)
        if isinstance(condition, ExistsTest) and not condition.negated:
            self._read_group(condition.group, scope, sure)
        if isinstance(condition, BuiltInCall) and condition.name == "SAMETERM":
            one, other = condition.arguments
            self._compare(one, other, SAME_TERM, sure)
        if not isinstance(condition, Operation):
            return
        if condition.operators[0] in ("&&", "||"):
            for operand in condition.operands:
                if not isinstance(operand, ExpressionList):
                    both = condition.operators[0] == "&&"
                    self._read_condition(operand, scope, sure and both)
            return
        if len(condition.operands) != 2:
            return
        (operator,), (left, right) = condition.operators, condition.operands
        if isinstance(left, ExpressionList):
            return
        if isinstance(right, ExpressionList):
            for item in right.items if operator == "IN" else ():
                self._compare(left, item, "=", sure and len(right.items) == 1)
        elif operator in _COMPARED:
            self._compare(left, right, operator, sure)

    def _read_regex(self, call: BuiltInCall, sure: bool) -> None:
        said = [part for each in call.arguments[1:] if (part := without_brackets(each))]
        texts = [each.lexical for each in said if isinstance(each, LiteralTerm)]
        if len(texts) == len(said) and isinstance(said[0], LiteralTerm):
            try:
                read_pattern(*texts)
            except PatternError:
                self.broken.append((said[0], sure))

    def _compare(self, one: Expression, other: Expression, operator: str, sure: bool) -> None:
        one, other = without_brackets(one), without_brackets(other)
        if isinstance(other, Variable):
            one, other = other, one
        if isinstance(one, Variable):
            self._test(one, other, operator, sure)

    def _test(self, variable: Variable, term: Expression, operator: str, sure: bool) -> None:
        if isinstance(term, NamedNode):
            self._tests.append((variable.name, term, SAME_TERM, sure))
        elif isinstance(term, LiteralTerm):
            self._tests.append((variable.name, term, operator, sure))

    # Triples

    def _note_place(self, variable: Variable, place: _Place) -> None:
        self._places.setdefault(variable.name, []).append(place)

    def _read_triples(
        self, triples: SubjectTriples, scope: Variable | NamedNode | None, sure: bool
    ) -> None:
        waiting: list[tuple[GraphTerm, tuple[PropertyObjects, ...]]] = [
            (triples.subject, triples.properties)
        ]
        while waiting:
            subject, properties = waiting.pop()
            plain = all(_is_plain(each.verb) for each in properties)
            self._read_node(subject, "subject" if plain else "node", None, scope, sure, waiting)
            for each in properties:
                for step, certain in _steps(each.verb):
                    self.add(AskedTerm(step, "property", scope, sure=sure and certain))
                if isinstance(each.verb, Variable):
                    self._note_place(each.verb, _Place("property", scope, None))
                role, predicate = _place_of_objects(each.verb)
                for item in each.objects:
                    self._read_node(item, role, predicate, scope, sure, waiting)

    def _read_node(
        self,
        node: GraphTerm,
        role: str,
        predicate: str | None,
        scope: Variable | NamedNode | None,
        sure: bool,
        waiting: list[tuple[GraphTerm, tuple[PropertyObjects, ...]]],
    ) -> None:
        match node:
            case NamedNode() | LiteralTerm():
                self.add(AskedTerm(node, role, scope, predicate, sure=sure))
            case Variable():
                self._note_place(node, _Place(role, scope, predicate))
            case PropertyListTerm():
                waiting.append((BlankTerm(node.start, node.end, ""), node.properties))
            case ListTerm():
                for item in node.items:
                    self._read_node(item, "object", RDF.first.value, scope, sure, waiting)


def _is_plain(verb: Variable | Path) -> bool:
    """Whether triples of one predicate are meant, or of any."""
    return isinstance(verb, Variable | NamedNode)


def _place_of_objects(verb: Variable | Path) -> tuple[str, str | None]:
    """The role of the objects of a verb, and their predicate."""
    last = _last_step(verb)
    if last in (_TYPE, _SUBCLASS):
        return "class", last if isinstance(verb, NamedNode) else None
    if isinstance(verb, Variable):
        return "object", None
    return "object" if isinstance(verb, NamedNode) else "node", last


def _last_step(verb: Variable | Path) -> str | None:
    """The predicate that leads to the objects, if it is one."""
    while True:
        match verb:
            case NamedNode():
                return verb.iri
            case SequencePath():
                verb = verb.steps[-1]
            case BracketedPath() | CountedPath():
                verb = verb.path
            case _:
                return None


def _steps(verb: Variable | Path) -> Iterator[tuple[NamedNode, bool]]:
    """The predicates of a path, and whether each must be walked; none of those it excludes."""
    waiting: list[tuple[Variable | Path, bool]] = [(verb, True)]
    while waiting:
        path, sure = waiting.pop()
        match path:
            case NamedNode():
                yield path, sure
            case AlternativePath():
                waiting += ((each, False) for each in reversed(path.choices))
            case SequencePath():
                waiting += ((each, sure) for each in reversed(path.steps))
            case InversePath() | BracketedPath():
                waiting.append((path.path, sure))
            case CountedPath():
                waiting.append((path.path, sure and not path.may_be_empty))
