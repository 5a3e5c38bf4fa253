"""What SPARQL 1.1 asks of a query beyond its grammar: the notes of §19.8, §19.6 and §18.2.1."""

from __future__ import annotations

from typing import NoReturn

from cgkg.messages import M_
from cgkg.sparql.tree.mistakes import syntax_error_at
from cgkg.sparql.tree.nodes import (
    AggregateCall,
    BindClause,
    BlankTerm,
    BracketedExpression,
    BuiltInCall,
    ExistsTest,
    Expression,
    ExpressionList,
    FilterClause,
    FunctionCall,
    GroupPattern,
    MinusPattern,
    NamedExpression,
    NamedGraphPattern,
    Operation,
    OptionalPattern,
    Query,
    QueryTree,
    ServicePattern,
    TriplesBlock,
    UnaryOperation,
    UnionPattern,
    ValuesClause,
    Variable,
)
from cgkg.sparql.tree.scopes import Scopes, leaves


def check_restrictions(tree: QueryTree) -> None:
    """Raise for the first restriction that a query does not keep.

    Raises:
        QuerySyntaxError: says where, what, and what to do.
    """
    _Checker(tree.text).check_query(tree.query)


class _Checker:
    """Goes through one query."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._scopes = Scopes()
        # In which basic graph pattern each label of a blank node stands.
        self._labels: dict[str, int] = {}
        self._patterns = 0

    def _refuse(self, offset: int, what: str, hint: str) -> NoReturn:
        raise syntax_error_at(self._text, offset, what, hint)

    # Patterns

    def _check_group(self, group: GroupPattern) -> None:
        before: set[str] = set()
        current = self._begin_pattern()
        for element in group.elements:
            match element:
                case TriplesBlock():
                    for leaf in leaves(element.triples):
                        if type(leaf) is BlankTerm and leaf.label:
                            self._check_label(leaf, current)
                case FilterClause():
                    self._check_expression(element.condition)
                    continue
                case BindClause():
                    self._check_bind(element, before)
                case ValuesClause():
                    self._check_values(element)
                case UnionPattern():
                    for branch in element.branches:
                        self._check_group(branch)
                case GroupPattern():
                    self._check_group(element)
                case Query():
                    self.check_query(element)
                case OptionalPattern() | MinusPattern() | NamedGraphPattern() | ServicePattern():
                    self._check_group(element.group)
            before |= self._scopes.of(element).visible
            if not isinstance(element, TriplesBlock):
                current = self._begin_pattern()

    def _begin_pattern(self) -> int:
        self._patterns += 1
        return self._patterns

    def _check_label(self, blank: BlankTerm, pattern: int) -> None:
        if self._labels.setdefault(blank.label, pattern) != pattern:
            self._refuse(
                blank.start,
                M_(
                    "the blank node {label} stands in another graph pattern, too",
                    label=f"_:{blank.label}",
                ),
                M_("use a variable in both places"),
            )

    def _check_bind(self, bind: BindClause, before: set[str]) -> None:
        self._check_expression(bind.expression)
        name = bind.variable.name
        if name in before:
            self._refuse(
                bind.variable.start,
                M_("{variable} is in use already before this BIND", variable=f"?{name}"),
                M_("take another variable, or compare with FILTER"),
            )

    def _check_values(self, values: ValuesClause) -> None:
        seen: set[str] = set()
        for variable in values.variables:
            if variable.name in seen:
                self._refuse(
                    variable.start,
                    M_("{variable} is twice in VALUES", variable=f"?{variable.name}"),
                    M_("leave one out"),
                )
            seen.add(variable.name)

    # Expressions

    def _check_expression(self, expression: Expression, aggregates: bool = False) -> bool:
        """Check an expression, in which aggregates are allowed or not; whether it has any."""
        has_aggregate = False
        waiting: list[tuple[Expression | ExpressionList | None, bool]] = [(expression, aggregates)]
        while waiting:
            node, allowed = waiting.pop()
            match node:
                case AggregateCall():
                    if not allowed:
                        self._refuse_aggregate(node, within=has_aggregate and aggregates)
                    has_aggregate = True
                    waiting.append((node.argument, False))
                case ExistsTest():
                    self._check_group(node.group)
                case Operation():
                    waiting += ((each, allowed) for each in node.operands)
                case ExpressionList():
                    waiting += ((each, allowed) for each in node.items)
                case BuiltInCall() | FunctionCall():
                    waiting += ((each, allowed) for each in node.arguments)
                case BracketedExpression():
                    waiting.append((node.expression, allowed))
                case UnaryOperation():
                    waiting.append((node.operand, allowed))
        return has_aggregate

    def _refuse_aggregate(self, aggregate: AggregateCall, within: bool) -> NoReturn:
        if within:
            what = M_("{name} stands within another aggregate", name=aggregate.name)
            hint = M_("have a sub-SELECT give the inner one a name")
        else:
            what = M_(
                "{name} is an aggregate, which SELECT, HAVING and ORDER BY may have",
                name=aggregate.name,
            )
            hint = M_("use HAVING, or give it a name in a sub-SELECT")
        self._refuse(aggregate.start, what, hint)

    # Queries

    def check_query(self, query: Query) -> None:
        """Check a query or sub-SELECT."""
        if query.where:
            self._check_group(query.where)
        aggregated = self._check_clauses(query)
        if query.values:
            self._check_values(query.values)
        projection = query.projection
        if projection is None:
            return
        if projection.items is None:
            if aggregated:
                self._refuse(
                    projection.end - 1,
                    M_("SELECT * is not possible with GROUP BY or an aggregate"),
                    M_("name what is grouped by, and the aggregates"),
                )
            return
        self._check_names(query, projection.items)
        if aggregated:
            self._check_grouped(query, projection.items)

    def _check_clauses(self, query: Query) -> bool:
        """Check the expressions of the clauses; whether solutions are grouped."""
        aggregated = query.group_by is not None
        for key in query.group_by.keys if query.group_by else ():
            self._check_expression(key.expression if isinstance(key, NamedExpression) else key)
        shown = (query.projection.items if query.projection else None) or ()
        expressions = [
            *(each.expression for each in shown if isinstance(each, NamedExpression)),
            *(query.having.conditions if query.having else ()),
            *(key.expression for key in (query.order_by.keys if query.order_by else ())),
        ]
        for expression in expressions:
            aggregated = self._check_expression(expression, aggregates=True) or aggregated
        return aggregated

    def _check_names(self, query: Query, items: tuple[Variable | NamedExpression, ...]) -> None:
        """Names of expressions must be new."""
        if not any(isinstance(item, NamedExpression) for item in items):
            return
        used = _names_of_groups(query)
        if query.where:
            used |= self._scopes.of(query.where).visible
        shown: set[str] = set()
        for item in items:
            variable = item if isinstance(item, Variable) else item.variable
            name = variable.name
            if isinstance(item, NamedExpression) and name in used | shown:
                what = (
                    M_("{variable} is in use already in the query", variable=f"?{name}")
                    if name in used
                    else M_("{variable} is in use already in this SELECT", variable=f"?{name}")
                )
                self._refuse(variable.start, what, M_("take another variable"))
            shown.add(name)

    def _check_grouped(self, query: Query, items: tuple[Variable | NamedExpression, ...]) -> None:
        """What is shown of groups is grouped by, aggregated, or made of these."""
        known = _names_of_groups(query)
        for item in items:
            if isinstance(item, Variable):
                self._check_known(item, known)
            else:
                for variable in _free_variables(item.expression):
                    self._check_known(variable, known)
                known.add(item.variable.name)

    def _check_known(self, variable: Variable, known: set[str]) -> None:
        if variable.name not in known:
            name = variable.name
            self._refuse(
                variable.start,
                M_("{variable} is selected and not grouped by", variable=f"?{name}"),
                M_(
                    "add it to GROUP BY, or use an aggregate such as SAMPLE({variable})",
                    variable=f"?{name}",
                ),
            )


def _names_of_groups(query: Query) -> set[str]:
    """The variables that are grouped by, and those of VALUES, which joins with the groups."""
    keys = query.group_by.keys if query.group_by else ()
    known = {key.name for key in keys if isinstance(key, Variable)}
    known |= {key.variable.name for key in keys if isinstance(key, NamedExpression)}
    return known | {each.name for each in (query.values.variables if query.values else ())}


def _free_variables(expression: Expression) -> list[Variable]:
    """The variables of an expression outside of aggregates and EXISTS, in order."""
    free: list[Variable] = []
    waiting: list[Expression | ExpressionList] = [expression]
    while waiting:
        match waiting.pop():
            case Variable() as variable:
                free.append(variable)
            case Operation(operands=parts) | ExpressionList(items=parts):
                waiting += parts
            case BuiltInCall(arguments=parts) | FunctionCall(arguments=parts):
                waiting += parts
            case BracketedExpression(expression=part) | UnaryOperation(operand=part):
                waiting.append(part)
    return sorted(free, key=lambda variable: variable.start)
