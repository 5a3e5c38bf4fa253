"""The nodes of a query's tree: what the grammar names (SPARQL 1.1 §19.8), each with its place.

`start` and `end` are offsets in the query's text. Nodes that say the same are equal wherever they
stand; to tell two places apart, compare with `is`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import count
from typing import TypeVar, dataclass_transform

_Kind = TypeVar("_Kind")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def _node(kind: type[_Kind]) -> type[_Kind]:
    """A class of nodes, which nobody changes. The type checker sees to that: what `frozen` does at
    run time makes a node take four times as long."""
    return dataclass(slots=True, unsafe_hash=True)(kind)


@_node
class Node:
    """A part of a query, from `start` up to `end`."""

    start: int = field(compare=False)
    end: int = field(compare=False)


# Terms


@_node
class Variable(Node):
    """A variable; its name is without the sign."""

    name: str


@_node
class NamedNode(Node):
    """An IRI: as it is written (`<…>`, a prefixed name, or `a`), and what it stands for."""

    text: str
    iri: str


@_node
class LiteralTerm(Node):
    """A literal: as it is written, and its lexical form, language and datatype.

    `type_name` is the IRI after `^^` where there is one.
    """

    text: str
    lexical: str
    language: str
    datatype: str
    type_name: NamedNode | None = None


@_node
class BlankTerm(Node):
    """A blank node: `_:label`, or `[]`, which has no label."""

    label: str


@_node
class PropertyListTerm(Node):
    """A blank node that says something of itself: `[ … ]`."""

    properties: tuple[PropertyObjects, ...]


@_node
class ListTerm(Node):
    """A list in brackets; `()` has no items."""

    items: tuple[GraphTerm, ...]


Constant = NamedNode | LiteralTerm
GraphTerm = Variable | Constant | BlankTerm | PropertyListTerm | ListTerm


# Paths


@_node
class AlternativePath(Node):
    """`a | b`."""

    choices: tuple[Path, ...]


@_node
class SequencePath(Node):
    """`a / b`."""

    steps: tuple[Path, ...]


@_node
class InversePath(Node):
    """`^ a`."""

    path: Path


@_node
class CountedPath(Node):
    """`a?`, `a*` or `a+`."""

    path: Path
    sign: str

    @property
    def may_be_empty(self) -> bool:
        """Whether it may be walked not at all."""
        return self.sign != "+"


@_node
class NegatedPath(Node):
    """`!a` or `!(a | ^b)`: a step of another predicate than these."""

    excluded: tuple[NamedNode | InversePath, ...]


@_node
class BracketedPath(Node):
    """`( … )`."""

    path: Path


Path = (
    NamedNode
    | AlternativePath
    | SequencePath
    | InversePath
    | CountedPath
    | NegatedPath
    | BracketedPath
)


# Triples


@_node
class PropertyObjects(Node):
    """A verb and its objects, which commas part."""

    verb: Variable | Path
    objects: tuple[GraphTerm, ...]


@_node
class SubjectTriples(Node):
    """A subject and what is said of it; nothing, where the subject says something itself."""

    subject: GraphTerm
    properties: tuple[PropertyObjects, ...]


@_node
class TriplesBlock(Node):
    """Triples that follow each other, full stops included."""

    triples: tuple[SubjectTriples, ...]


# Expressions


@_node
class Operation(Node):
    """Operands joined by operators of one precedence: `a || b || c`, `a = b`, `a + b - c`.

    There is one operator less than operands. The list after IN or NOT IN is the second operand.
    """

    operators: tuple[str, ...]
    operands: tuple[Expression | ExpressionList, ...]


@_node
class UnaryOperation(Node):
    """`!a`, `-a` or `+a`."""

    operator: str
    operand: Expression


@_node
class ExpressionList(Node):
    """`( …, … )` after IN."""

    items: tuple[Expression, ...]


@_node
class BracketedExpression(Node):
    """`( … )`."""

    expression: Expression


@_node
class FunctionCall(Node):
    """A call of a function with an IRI; `distinct` only for an aggregate of an extension."""

    function: NamedNode
    arguments: tuple[Expression, ...]
    distinct: bool = False


@_node
class BuiltInCall(Node):
    """A call of a function of SPARQL; its name is in capitals."""

    name: str
    arguments: tuple[Expression, ...]


@_node
class AggregateCall(Node):
    """`COUNT(*)`, which has no argument, `SUM(?x)` and the like; the name is in capitals."""

    name: str
    distinct: bool
    argument: Expression | None
    separator: LiteralTerm | None = None


@_node
class ExistsTest(Node):
    """`EXISTS { … }` or `NOT EXISTS { … }`."""

    negated: bool
    group: GroupPattern


Expression = (
    Variable
    | NamedNode
    | LiteralTerm
    | Operation
    | UnaryOperation
    | BracketedExpression
    | FunctionCall
    | BuiltInCall
    | AggregateCall
    | ExistsTest
)


# Graph patterns


@_node
class GroupPattern(Node):
    """`{ … }`: its elements in order, or a single sub-SELECT."""

    elements: tuple[Pattern, ...]


@_node
class OptionalPattern(Node):
    """`OPTIONAL { … }`."""

    group: GroupPattern


@_node
class UnionPattern(Node):
    """`{ … } UNION { … }`: two branches or more."""

    branches: tuple[GroupPattern, ...]


@_node
class MinusPattern(Node):
    """`MINUS { … }`."""

    group: GroupPattern


@_node
class NamedGraphPattern(Node):
    """`GRAPH name { … }`."""

    name: Variable | NamedNode
    group: GroupPattern


@_node
class ServicePattern(Node):
    """`SERVICE endpoint { … }`."""

    silent: bool
    endpoint: Variable | NamedNode
    group: GroupPattern


@_node
class FilterClause(Node):
    """`FILTER` and its condition."""

    condition: Expression


@_node
class BindClause(Node):
    """`BIND(expression AS ?x)`."""

    expression: Expression
    variable: Variable


@_node
class ValuesClause(Node):
    """`VALUES`, in a group or after a query; UNDEF is None."""

    variables: tuple[Variable, ...]
    rows: tuple[tuple[Constant | None, ...], ...]


# Queries


@_node
class NamedExpression(Node):
    """`(expression AS ?x)`."""

    expression: Expression
    variable: Variable


@_node
class Projection(Node):
    """`SELECT` and what it shows; `items` is None for `*`. `modifier` is DISTINCT, REDUCED or
    empty."""

    modifier: str
    items: tuple[Variable | NamedExpression, ...] | None


@_node
class Template(Node):
    """The triples that CONSTRUCT makes, brackets included."""

    triples: tuple[SubjectTriples, ...]


@_node
class Described(Node):
    """`DESCRIBE` and what it describes; `items` is None for `*`."""

    items: tuple[Variable | NamedNode, ...] | None


@_node
class DatasetClause(Node):
    """`FROM` or `FROM NAMED` and the graph."""

    named: bool
    graph: NamedNode


@_node
class GroupByClause(Node):
    """`GROUP BY` and its keys; one in brackets without a name is a BracketedExpression."""

    keys: tuple[Expression | NamedExpression, ...]


@_node
class HavingClause(Node):
    """`HAVING` and its conditions."""

    conditions: tuple[Expression, ...]


@_node
class SortKey(Node):
    """What is sorted by; `direction` is ASC, DESC or empty."""

    direction: str
    expression: Expression


@_node
class OrderByClause(Node):
    """`ORDER BY` and its keys."""

    keys: tuple[SortKey, ...]


@_node
class SliceClause(Node):
    """`LIMIT` or `OFFSET` and its number."""

    keyword: str
    number: int


@_node
class Query(Node):
    """A query after its prologue, or a sub-SELECT.

    `form` is SELECT, ASK, CONSTRUCT or DESCRIBE. `template` is None where `CONSTRUCT WHERE` leaves
    it out; only DESCRIBE may have no `where`.
    """

    form: str
    projection: Projection | None = None
    template: Template | None = None
    described: Described | None = None
    dataset: tuple[DatasetClause, ...] = ()
    where: GroupPattern | None = None
    group_by: GroupByClause | None = None
    having: HavingClause | None = None
    order_by: OrderByClause | None = None
    slices: tuple[SliceClause, ...] = ()
    values: ValuesClause | None = None

    def slice(self, keyword: str) -> int | None:
        """The number after LIMIT or OFFSET; None where it is not said."""
        return next((each.number for each in self.slices if each.keyword == keyword), None)


@_node
class BaseDeclaration(Node):
    """`BASE <…>`."""

    name: NamedNode


@_node
class PrefixDeclaration(Node):
    """`PREFIX p: <…>`; the prefix is without its colon."""

    prefix: str
    name: NamedNode


@_node
class QueryTree(Node):
    """A whole query: its text, its prologue and what that says, and the query itself.

    `base` is the IRI against which relative ones are read, None if there is none.
    """

    text: str
    declarations: tuple[BaseDeclaration | PrefixDeclaration, ...]
    query: Query
    base: str | None
    prefixes: Mapping[str, str] = field(hash=False)

    def written(self, node: Node) -> str:
        """What the query says there."""
        return self.text[node.start : node.end]


Pattern = (
    TriplesBlock
    | GroupPattern
    | OptionalPattern
    | UnionPattern
    | MinusPattern
    | NamedGraphPattern
    | ServicePattern
    | FilterClause
    | BindClause
    | ValuesClause
    | Query
)


# Going through a tree


# What fields without nodes hold.
_PLAIN = ("int", "str", "str | None", "bool", "tuple[str, ...]", "Mapping[str, str]")
# The fields of each kind of node that may hold nodes; they are declared in the order of the text.
_PARTS: dict[type[Node], tuple[str, ...]] = {
    kind: tuple(each.name for each in fields(kind) if each.type not in _PLAIN)
    for kind in Node.__subclasses__()
}


def children(node: Node) -> list[Node]:
    """The parts of a node in the order of the text."""
    nodes: list[Node] = []
    for name in _PARTS[type(node)]:
        value = getattr(node, name)
        if type(value) is not tuple:
            if value is not None:
                nodes.append(value)
        elif value and type(value[0]) is tuple:  # rows of VALUES
            nodes += (cell for row in value for cell in row if cell is not None)
        else:
            nodes += value
    return nodes


def walk(node: Node) -> Iterator[Node]:
    """The node and everything in it, in the order of the text."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if _PARTS[type(node)]:
            waiting += children(node)[::-1]


def variables(node: Node) -> Iterator[Variable]:
    """Every variable written in a node, in order."""
    return (each for each in walk(node) if isinstance(each, Variable))


def without_brackets(node: Expression) -> Expression:
    """An expression without the brackets around the whole of it."""
    while isinstance(node, BracketedExpression):
        node = node.expression
    return node


def fresh_variable(tree: QueryTree, like: str) -> str:
    """A variable, with its sign, that the query does not have."""
    used = {each.name for each in variables(tree)}
    return "?" + next(name for n in count(1) if (name := f"{like}{n}") not in used)
