"""The nodes of a query's tree: what the grammar names (SPARQL 1.1 §19.8), each with its place.

`start` and `end` are offsets in the query's text. Nodes that say the same are equal wherever they
stand; to tell two places apart, compare with `is`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import count


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a query, from `start` up to `end`."""

    start: int = field(compare=False)
    end: int = field(compare=False)


# Terms


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """A variable; its name is without the sign."""

    name: str


@dataclass(frozen=True, slots=True)
class NamedNode(Node):
    """An IRI: as it is written (`<…>`, a prefixed name, or `a`), and what it stands for."""

    text: str
    iri: str


@dataclass(frozen=True, slots=True)
class LiteralTerm(Node):
    """A literal: as it is written, and its lexical form, language and datatype.

    `type_name` is the IRI after `^^` where there is one.
    """

    text: str
    lexical: str
    language: str
    datatype: str
    type_name: NamedNode | None = None


@dataclass(frozen=True, slots=True)
class BlankTerm(Node):
    """A blank node: `_:label`, or `[]`, which has no label."""

    label: str


@dataclass(frozen=True, slots=True)
class PropertyListTerm(Node):
    """A blank node that says something of itself: `[ … ]`."""

    properties: tuple[PropertyObjects, ...]


@dataclass(frozen=True, slots=True)
class ListTerm(Node):
    """A list in brackets; `()` has no items."""

    items: tuple[GraphTerm, ...]


Constant = NamedNode | LiteralTerm
GraphTerm = Variable | Constant | BlankTerm | PropertyListTerm | ListTerm


# Paths


@dataclass(frozen=True, slots=True)
class AlternativePath(Node):
    """`a | b`."""

    choices: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class SequencePath(Node):
    """`a / b`."""

    steps: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class InversePath(Node):
    """`^ a`."""

    path: Path


@dataclass(frozen=True, slots=True)
class CountedPath(Node):
    """`a?`, `a*` or `a+`."""

    path: Path
    sign: str

    @property
    def may_be_empty(self) -> bool:
        """Whether it may be walked not at all."""
        return self.sign != "+"


@dataclass(frozen=True, slots=True)
class NegatedPath(Node):
    """`!a` or `!(a | ^b)`: a step of another predicate than these."""

    excluded: tuple[NamedNode | InversePath, ...]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class PropertyObjects(Node):
    """A verb and its objects, which commas part."""

    verb: Variable | Path
    objects: tuple[GraphTerm, ...]


@dataclass(frozen=True, slots=True)
class SubjectTriples(Node):
    """A subject and what is said of it; nothing, where the subject says something itself."""

    subject: GraphTerm
    properties: tuple[PropertyObjects, ...]


@dataclass(frozen=True, slots=True)
class TriplesBlock(Node):
    """Triples that follow each other, full stops included."""

    triples: tuple[SubjectTriples, ...]


# Expressions


@dataclass(frozen=True, slots=True)
class Operation(Node):
    """Operands joined by operators of one precedence: `a || b || c`, `a = b`, `a + b - c`.

    There is one operator less than operands. The list after IN or NOT IN is the second operand.
    """

    operators: tuple[str, ...]
    operands: tuple[Expression | ExpressionList, ...]


@dataclass(frozen=True, slots=True)
class UnaryOperation(Node):
    """`!a`, `-a` or `+a`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class ExpressionList(Node):
    """`( …, … )` after IN."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class BracketedExpression(Node):
    """`( … )`."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class FunctionCall(Node):
    """A call of a function with an IRI; `distinct` only for an aggregate of an extension."""

    function: NamedNode
    arguments: tuple[Expression, ...]
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class BuiltInCall(Node):
    """A call of a function of SPARQL; its name is in capitals."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AggregateCall(Node):
    """`COUNT(*)`, which has no argument, `SUM(?x)` and the like; the name is in capitals."""

    name: str
    distinct: bool
    argument: Expression | None
    separator: LiteralTerm | None = None


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class GroupPattern(Node):
    """`{ … }`: its elements in order, or a single sub-SELECT."""

    elements: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class OptionalPattern(Node):
    """`OPTIONAL { … }`."""

    group: GroupPattern


@dataclass(frozen=True, slots=True)
class UnionPattern(Node):
    """`{ … } UNION { … }`: two branches or more."""

    branches: tuple[GroupPattern, ...]


@dataclass(frozen=True, slots=True)
class MinusPattern(Node):
    """`MINUS { … }`."""

    group: GroupPattern


@dataclass(frozen=True, slots=True)
class NamedGraphPattern(Node):
    """`GRAPH name { … }`."""

    name: Variable | NamedNode
    group: GroupPattern


@dataclass(frozen=True, slots=True)
class ServicePattern(Node):
    """`SERVICE endpoint { … }`."""

    silent: bool
    endpoint: Variable | NamedNode
    group: GroupPattern


@dataclass(frozen=True, slots=True)
class FilterClause(Node):
    """`FILTER` and its condition."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class BindClause(Node):
    """`BIND(expression AS ?x)`."""

    expression: Expression
    variable: Variable


@dataclass(frozen=True, slots=True)
class ValuesClause(Node):
    """`VALUES`, in a group or after a query; UNDEF is None."""

    variables: tuple[Variable, ...]
    rows: tuple[tuple[Constant | None, ...], ...]


# Queries


@dataclass(frozen=True, slots=True)
class NamedExpression(Node):
    """`(expression AS ?x)`."""

    expression: Expression
    variable: Variable


@dataclass(frozen=True, slots=True)
class Projection(Node):
    """`SELECT` and what it shows; `items` is None for `*`. `modifier` is DISTINCT, REDUCED or
    empty."""

    modifier: str
    items: tuple[Variable | NamedExpression, ...] | None


@dataclass(frozen=True, slots=True)
class Template(Node):
    """The triples that CONSTRUCT makes, brackets included."""

    triples: tuple[SubjectTriples, ...]


@dataclass(frozen=True, slots=True)
class Described(Node):
    """`DESCRIBE` and what it describes; `items` is None for `*`."""

    items: tuple[Variable | NamedNode, ...] | None


@dataclass(frozen=True, slots=True)
class DatasetClause(Node):
    """`FROM` or `FROM NAMED` and the graph."""

    named: bool
    graph: NamedNode


@dataclass(frozen=True, slots=True)
class GroupByClause(Node):
    """`GROUP BY` and its keys; one in brackets without a name is a BracketedExpression."""

    keys: tuple[Expression | NamedExpression, ...]


@dataclass(frozen=True, slots=True)
class HavingClause(Node):
    """`HAVING` and its conditions."""

    conditions: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class SortKey(Node):
    """What is sorted by; `direction` is ASC, DESC or empty."""

    direction: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class OrderByClause(Node):
    """`ORDER BY` and its keys."""

    keys: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class SliceClause(Node):
    """`LIMIT` or `OFFSET` and its number."""

    keyword: str
    number: int


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class BaseDeclaration(Node):
    """`BASE <…>`."""

    name: NamedNode


@dataclass(frozen=True, slots=True)
class PrefixDeclaration(Node):
    """`PREFIX p: <…>`; the prefix is without its colon."""

    prefix: str
    name: NamedNode


@dataclass(frozen=True, slots=True)
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
    found: list[Node] = []
    for name in _PARTS[type(node)]:
        value = getattr(node, name)
        if type(value) is not tuple:
            if value is not None:
                found.append(value)
        elif value and type(value[0]) is tuple:  # rows of VALUES
            found += (cell for row in value for cell in row if cell is not None)
        else:
            found += value
    return found


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
