"""Which variables a pattern has in scope, and which of them its solutions bind (§18.2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cgkg.sparql.tree.nodes import (
    AggregateCall,
    BindClause,
    BlankTerm,
    Expression,
    FilterClause,
    GraphTerm,
    GroupPattern,
    ListTerm,
    LiteralTerm,
    MinusPattern,
    NamedExpression,
    NamedGraphPattern,
    NamedNode,
    OptionalPattern,
    Pattern,
    PropertyListTerm,
    Query,
    ServicePattern,
    SubjectTriples,
    TriplesBlock,
    UnionPattern,
    ValuesClause,
    Variable,
)

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class VariableScope:
    """The names of variables: those in scope, those that a solution may bind, and those that every
    solution binds. Each set holds the next."""

    visible: frozenset[str] = _NONE
    possible: frozenset[str] = _NONE
    certain: frozenset[str] = _NONE

    def join(self, others: Iterable[VariableScope]) -> VariableScope:
        """The scope of solutions that are joined."""
        every = [self, *others]
        return VariableScope(
            _NONE.union(*(each.visible for each in every)),
            _NONE.union(*(each.possible for each in every)),
            _NONE.union(*(each.certain for each in every)),
        )


EMPTY = VariableScope()


def leaves(triples: Iterable[SubjectTriples]) -> Iterator[Variable | BlankTerm]:
    """The variables and blank nodes of triples, not in order; `[]` among them."""
    for each in triples:
        waiting: list[GraphTerm | PropertyListTerm | ListTerm] = [each.subject]
        properties = list(each.properties)
        while waiting or properties:
            while properties:
                more = properties.pop()
                if type(more.verb) is Variable:
                    yield more.verb
                waiting += more.objects
            node = waiting.pop()
            if isinstance(node, Variable | BlankTerm):
                yield node
            elif isinstance(node, PropertyListTerm):
                properties += node.properties
            elif isinstance(node, ListTerm):
                waiting += node.items


class Scopes:
    """The scopes of the patterns of one tree, each found once."""

    def __init__(self) -> None:
        self._found: dict[int, VariableScope] = {}

    def of(self, pattern: Pattern) -> VariableScope:
        """What the pattern has in scope; nothing for what only tests solutions."""
        scope = self._found.get(id(pattern))
        if scope is not None:
            return scope
        # What is within comes first, so that deep nesting needs no deep stack.
        order, waiting = [], [pattern]
        while waiting:
            each = waiting.pop()
            if id(each) not in self._found:
                order.append(each)
                waiting += _patterns_in(each)
        for each in reversed(order):
            self._found[id(each)] = self._find(each)
        return self._found[id(pattern)]

    def _find(self, pattern: Pattern) -> VariableScope:
        match pattern:
            case TriplesBlock():
                names = frozenset(
                    leaf.name for leaf in leaves(pattern.triples) if isinstance(leaf, Variable)
                )
                return VariableScope(names, names, names)
            case GroupPattern():
                return EMPTY.join(map(self.of, pattern.elements))
            case OptionalPattern():
                inner = self.of(pattern.group)
                return VariableScope(inner.visible, inner.possible)
            case UnionPattern():
                branches = [self.of(branch) for branch in pattern.branches]
                joined = EMPTY.join(branches)
                certain = frozenset.intersection(*(branch.certain for branch in branches))
                return VariableScope(joined.visible, joined.possible, certain)
            case NamedGraphPattern():
                return self.of(pattern.group).join((_scope_of_name(pattern.name),))
            case ServicePattern():
                joined = self.of(pattern.group).join((_scope_of_name(pattern.endpoint),))
                if pattern.silent:  # its failure is a solution without bindings
                    return VariableScope(joined.visible, joined.possible)
                return joined
            case BindClause():
                return _scope_of_expression(pattern.variable, pattern.expression)
            case ValuesClause():
                return _scope_of_values(pattern)
            case Query():
                return self._find_projected(pattern)
            case FilterClause() | MinusPattern():
                return EMPTY

    def _find_projected(self, query: Query) -> VariableScope:
        """What a query shows."""
        inner = self.of(query.where) if query.where else EMPTY
        if query.group_by:
            inner = inner.join(
                _scope_of_expression(key.variable, key.expression)
                for key in query.group_by.keys
                if isinstance(key, NamedExpression)
            )
        if query.values:
            inner = inner.join((self.of(query.values),))
        if query.projection is None or query.projection.items is None:
            return inner
        shown = frozenset(each.name for each in query.projection.items if type(each) is Variable)
        plain = VariableScope(shown, shown & inner.possible, shown & inner.certain)
        return plain.join(
            _scope_of_expression(each.variable, each.expression)
            for each in query.projection.items
            if isinstance(each, NamedExpression)
        )


def _patterns_in(pattern: Pattern) -> tuple[Pattern, ...]:
    """The patterns of which its scope is made."""
    match pattern:
        case GroupPattern():
            return pattern.elements
        case UnionPattern():
            return pattern.branches
        case OptionalPattern() | NamedGraphPattern() | ServicePattern():
            return (pattern.group,)
        case Query():
            return tuple(part for part in (pattern.where, pattern.values) if part)
    return ()


def _scope_of_name(name: Variable | NamedNode) -> VariableScope:
    if not isinstance(name, Variable):
        return EMPTY
    names = frozenset((name.name,))
    return VariableScope(names, names, names)


def _scope_of_expression(variable: Variable, expression: Expression) -> VariableScope:
    """That of a name for an expression, which binds nothing where it has no value."""
    name = frozenset((variable.name,))
    counts = isinstance(expression, AggregateCall) and expression.name == "COUNT"
    sure = counts or isinstance(expression, LiteralTerm | NamedNode)
    return VariableScope(name, name, name if sure else _NONE)


def _scope_of_values(values: ValuesClause) -> VariableScope:
    names = [variable.name for variable in values.variables]
    columns = list(zip(*values.rows, strict=True)) or [()] * len(names)
    filled = [(n, c) for n, c in zip(names, columns, strict=False) if any(c)]
    return VariableScope(
        frozenset(names),
        frozenset(name for name, _ in filled),
        frozenset(name for name, column in filled if all(column)),
    )
