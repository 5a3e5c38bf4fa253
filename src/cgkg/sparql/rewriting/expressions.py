"""Expressions and aggregates that the engine understands otherwise than the specification.

All are rewritten in one walk, from the innermost outwards. What the engine can do it does: ours is
asked where it has no value (`COALESCE(?x > 4, ours(?x, 4))`), or alone where it has a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from cgkg.rdf.vocab import XSD
from cgkg.sparql.functions.aggregates import MISSING
from cgkg.sparql.functions.registry import CASTS, name_aggregate, name_function
from cgkg.sparql.functions.xpath_regex import (
    PatternError,
    read_pattern,
    read_replacement,
    write_replacement,
)
from cgkg.sparql.rewriting.constants import (
    SIGNS,
    TAGGED,
    is_long,
    is_lower,
    is_natural,
    is_no_number,
    is_numeric,
    lacks_truth,
    orders_booleans,
    quote,
    read_constants,
)
from cgkg.sparql.rewriting.contents import Contents
from cgkg.sparql.rewriting.variables import VariableKinds, find_languages
from cgkg.sparql.tree.edits import TextEdit
from cgkg.sparql.tree.nodes import (
    AggregateCall,
    BracketedExpression,
    BuiltInCall,
    ExistsTest,
    ExpressionList,
    FilterClause,
    FunctionCall,
    LiteralTerm,
    NamedNode,
    Node,
    Operation,
    QueryTree,
    SortKey,
    UnaryOperation,
    ValuesClause,
    Variable,
    children,
    walk,
    without_brackets,
)
from cgkg.sparql.tree.restrictions import check_restrictions

_COMPARISONS = frozenset(("=", "!=", "<", ">", "<=", ">="))
# Functions of numbers, of which ours knows longer ones.
_CONVERSIONS = frozenset(("ABS", "CEIL", "FLOOR", "ROUND"))
# What they give is a number that is not long.
_SMALL = frozenset(("STRLEN", "YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "SECONDS", "RAND"))
# What they give may be anything; what others give is no number.
_ANY = frozenset(("COALESCE", "IF", "STRDT")) | _CONVERSIONS
# They have a value where a part has none, and then another than that of the specification.
_HIDING = frozenset(("COALESCE", "ISNUMERIC"))
_LANGUAGE_TESTS = frozenset(("CONTAINS", "STRSTARTS", "STRENDS", "STRBEFORE", "STRAFTER"))
_PARTS_OF_LANGUAGES = frozenset(("STR", "LCASE", "SUBSTR", "STRBEFORE", "STRAFTER", "REPLACE"))
# A text that grows beyond this is left to the engine.
_MOST_CHARACTERS = 1 << 16
_INVALID = '"("'  # a pattern that is none for the engine either


def put_expressions_right(tree: QueryTree, contents: Contents) -> list[TextEdit]:
    """The changes to the query's expressions; those of the outermost that changed."""
    writer = _ExpressionWriter(tree, contents)
    return writer.write()


class _ExpressionWriter:
    """Writes the expressions of one query."""

    def __init__(self, tree: QueryTree, contents: Contents) -> None:
        self._tree = tree
        self._said: dict[int, str] = {}
        self._exact: dict[int, str] = {}
        self._hiding: set[int] = set()
        self._nodes = list(walk(tree.query))
        self._kinds = VariableKinds(self._nodes, contents, self._kind)
        self._languages = find_languages(self._nodes)

    def write(self) -> list[TextEdit]:
        """The changes."""
        for node in reversed(self._find_concerned()):
            parts = children(node)
            rule = self._RULES.get(type(node))
            text = self._join(node, parts)
            new = rule(self, node, text) if rule else text
            if (
                (new != text and id(node) not in self._exact)
                or _may_hide(node)
                or any(id(part) in self._hiding for part in parts)
            ):
                self._hiding.add(id(node))
            if new != self._tree.written(node):
                self._said[id(node)] = new
        return list(self._find_outermost()) if self._said else []

    def _find_concerned(self) -> list[Node]:
        """The nodes that have a rule, and what they hold."""
        concerned: list[Node] = []
        end = 0
        for node in self._nodes:
            if node.start < end or type(node) in self._RULES:
                concerned.append(node)
                end = max(end, node.end)
        return concerned

    def _find_outermost(self) -> Iterable[TextEdit]:
        waiting: list[Node] = [self._tree.query]
        while waiting:
            node = waiting.pop()
            if type(node) in self._RULES and id(node) in self._said:
                yield TextEdit(node.start, node.end, self._said[id(node)])
            else:
                waiting += children(node)

    def _join(self, node: Node, parts: list[Node]) -> str:
        """The text of a node with what is said of its parts."""
        if not self._said:
            return self._tree.written(node)
        changed = [part for part in parts if id(part) in self._said]
        if not changed:
            return self._tree.written(node)
        pieces, at = [], node.start
        for part in changed:
            pieces += [self._tree.text[at : part.start], self._said[id(part)]]
            at = part.end
        return "".join([*pieces, self._tree.text[at : node.end]])

    def _text(self, node: Node) -> str:
        return self._said.get(id(node)) or self._tree.written(node)

    # Numbers

    def _kind(self, node: Node) -> str:
        """What an expression gives: a `small` number, `other` things than numbers, or `any`."""
        match node:
            case LiteralTerm():
                if not is_numeric(node.datatype):
                    return "other"
                return "any" if is_long(node) else "small"
            case Variable(name=name):
                return "other" if name in self._languages else "any"
            case BracketedExpression(expression=inner):
                return self._kind(inner)
            case Operation(operators=signs, operands=operands):
                if signs[0] not in SIGNS:
                    return "other"
                small = all(self._kind(each) == "small" for each in operands)
                return "small" if small and len(operands) == 2 and "*" not in signs else "any"
            case UnaryOperation(operator=sign, operand=operand):
                return "other" if sign == "!" else self._kind(operand)
            case BuiltInCall(name=name):
                return "small" if name in _SMALL else "any" if name in _ANY else "other"
            case FunctionCall(function=function):
                own = function.iri.startswith(XSD.base) and function.iri not in CASTS
                return "other" if own else "any"
            case AggregateCall(name=name):
                return {"COUNT": "small", "GROUP_CONCAT": "other"}.get(name, "any")
        return "other"

    def _exactly(self, node: Node) -> str:
        """The value of a number of any length; else what is said."""
        return self._exact.get(id(node)) or self._text(node)

    def _fall_back(self, node: Node, text: str, exact: str) -> str:
        """The engine's value, or else ours."""
        self._exact[id(node)] = exact
        if not self._hides(node):
            text = self._tree.written(node)
        if len(text) + len(exact) > _MOST_CHARACTERS:
            return text
        return f"COALESCE({text}, {exact})"

    def _hides(self, node: Node) -> bool:
        """Whether a part has a value, perhaps, where it should have another."""
        return any(id(part) in self._hiding for part in children(node))

    def _write_operation(self, node: Operation, text: str) -> str:
        sign = node.operators[0]
        if sign in SIGNS:
            return self._write_sum(node, text)
        if sign in ("&&", "||"):
            return self._join_tests(node, text)
        text = self._write_language_test(node) or text
        kinds = {self._kind(each) for each in _operands(node)}
        compared = sign in _COMPARISONS and "other" in kinds
        if (compared or kinds <= {"small", "other"}) and not orders_booleans(node):
            return text
        left = self._exactly(node.operands[0])
        if sign in _COMPARISONS:
            right = self._exactly(node.operands[1])
            return self._fall_back(node, text, f"{name_function(sign)}({left}, {right})")
        return self._write_membership(node, text, left)

    def _write_sum(self, node: Operation, text: str) -> str:
        if self._kind(node) == "small" or any(self._kind(n) == "other" for n in node.operands):
            return text
        exact = self._exactly(node.operands[0])
        for sign, operand in zip(node.operators, node.operands[1:], strict=True):
            exact = f"{name_function(sign)}({exact}, {self._exactly(operand)})"
        return self._fall_back(node, text, exact)

    def _write_membership(self, node: Operation, text: str, left: str) -> str:
        """IN is a chain of comparisons (§17.4.1.9)."""
        items = _operands(node)[1:]
        if not any(self._kind(each) != "other" for each in items):
            return text
        tests = [
            f"COALESCE({left} = {right}, {name_function('=')}({left}, {right}))"
            for right in map(self._exactly, items)
        ]
        test = f"({' || '.join(tests)})"
        return self._fall_back(node, text, test if node.operators[0] == "IN" else f"!{test}")

    def _write_bracketed(self, node: BracketedExpression, text: str) -> str:
        exact = self._exact.get(id(node.expression))
        if exact:
            self._exact[id(node)] = f"({exact})"
        return text

    def _write_unary(self, node: UnaryOperation, text: str) -> str:
        if node.operator == "!":
            return f"!{self._test(node.operand)}" if lacks_truth(node.operand) else text
        if self._kind(node) != "any":
            return text
        exact = self._exactly(node.operand)
        if node.operator == "-":
            exact = f"{name_function('NEGATIVE')}({exact})"
        return self._fall_back(node, text, exact)

    def _join_tests(self, node: Operation, text: str) -> str:
        if not any(lacks_truth(each) for each in node.operands):
            return text
        pieces, at = [], node.start
        for each in node.operands:
            pieces += [self._tree.text[at : each.start], self._test(each)]
            at = each.end
        return "".join(pieces)

    def _test(self, node: Node) -> str:
        """A condition, which the engine may have no value for."""
        text = self._text(node)
        if not lacks_truth(node):
            return text
        return f"COALESCE(IF({text}, true, false), {name_function('isTrue')}({text}))"

    def _write_filter(self, node: FilterClause, text: str) -> str:
        if not lacks_truth(node.condition):
            return text
        head = self._tree.text[node.start : node.condition.start]
        return f"{head}({self._test(node.condition)})"

    # Functions

    def _write_function(self, node: FunctionCall, text: str) -> str:
        if node.function.iri not in CASTS or len(node.arguments) != 1:
            return text
        argument = self._exactly(node.arguments[0])
        return self._fall_back(node, text, f"{name_function(node.function.iri)}({argument})")

    def _write_call(self, node: BuiltInCall, text: str) -> str:
        if node.name in ("COALESCE", "CONCAT") and text[len(node.name)] != "(":
            # The engine wants no blank before the bracket.
            return self._call(node.name, node.arguments)
        if node.name == "BNODE" and not node.arguments:
            return "BNODE()"
        match node.name:
            case "REGEX":
                return self._write_regex(node, text)
            case "REPLACE":
                return self._write_replace(node, text)
            case "SUBSTR" if not all(map(is_natural, node.arguments[1:])):
                ours = self._call(name_function("SUBSTR"), node.arguments)
                return self._fall_back(node, text, ours)
            case "STRDT":
                return self._write_typed(node, text)
            case "ISNUMERIC" if is_no_number(node.arguments[0]):
                return "false"
            case "ISNUMERIC" if self._kind(node.arguments[0]) == "any":
                argument = self._exactly(node.arguments[0])
                return f"({text} || {name_function('isNumeric')}({argument}))"
            case "IF" if lacks_truth(node.arguments[0]):
                rest = self._tree.text[node.start : node.arguments[0].start]
                others = ", ".join(map(self._text, node.arguments[1:]))
                return f"{rest}{self._test(node.arguments[0])}, {others})"
        if node.name in _CONVERSIONS and self._kind(node.arguments[0]) == "any":
            exact = f"{name_function(node.name)}({self._exactly(node.arguments[0])})"
            return self._fall_back(node, text, exact)
        if node.name in _LANGUAGE_TESTS and self._is_language(node.arguments[0]):
            return self._lower(node, node.arguments[1:])
        if node.name == "SAMETERM" and any(map(self._is_language, node.arguments)):
            return self._lower(node, node.arguments)
        return text

    def _write_typed(self, node: BuiltInCall, text: str) -> str:
        """STRDT, which gives no literal that should have a language."""
        string, datatype = node.arguments
        if isinstance(datatype, NamedNode):
            return f'STRDT({self._text(string)}, "")' if datatype.iri in TAGGED else text
        said, tagged = self._text(datatype), ", ".join(f"<{each}>" for each in TAGGED)
        return f'STRDT({self._text(string)}, IF({said} IN ({tagged}), "", {said}))'

    def _write_regex(self, node: BuiltInCall, text: str) -> str:
        subject, pattern, *flags = node.arguments
        said = read_constants([pattern, *flags])
        if said is None:
            return self._call(name_function("REGEX"), node.arguments)
        try:
            read = read_pattern(*said)
        except PatternError:
            return f"REGEX({self._text(subject)}, {_INVALID})"
        if self._is_language(subject):  # tags are in lower case
            read = read_pattern(said[0], "".join(said[1:]) + "i")
        if read.engine is None:
            return self._call(name_function("REGEX"), node.arguments)
        wanted = [read.engine, *(["i"] if read.any_case else [])]
        if wanted == [said[0], *filter(None, said[1:])]:
            return text
        return f"REGEX({', '.join([self._text(subject), *map(quote, wanted)])})"

    def _write_replace(self, node: BuiltInCall, text: str) -> str:
        subject, pattern, replacement, *flags = node.arguments
        said = read_constants([pattern, *flags])
        new = read_constants([replacement])
        if said is None or new is None:
            return self._call(name_function("REPLACE"), node.arguments)
        written = [said[0], new[0], *filter(None, said[1:])]
        if self._is_language(subject):  # tags are in lower case
            said, new = [said[0], "".join([*said[1:], "i"])], [new[0].lower()]
        try:
            read = read_pattern(*said)
            parts = read_replacement(new[0], read.groups, "".join(said[1:]))
        except PatternError:
            return f'REPLACE({self._text(subject)}, {_INVALID}, "")'
        if read.empty:  # an error (XPath, FORX0003)
            return f'REPLACE({self._text(subject)}, {_INVALID}, "")'
        if read.engine is None:
            return self._call(name_function("REPLACE"), node.arguments)
        wanted = [read.engine, write_replacement(parts), *(["i"] if read.any_case else [])]
        if wanted == written:
            return text
        return f"REPLACE({', '.join([self._text(subject), *map(quote, wanted)])})"

    def _call(self, function: str, arguments: Iterable[Node]) -> str:
        return f"{function}({', '.join(map(self._text, arguments))})"

    # Languages

    def _is_language(self, node: Node) -> bool:
        """Whether an expression gives a language tag, which the graph has in lower case."""
        node = without_brackets(node)  # type: ignore[arg-type]
        if isinstance(node, BuiltInCall) and node.name in _PARTS_OF_LANGUAGES:
            return bool(node.arguments) and self._is_language(node.arguments[0])
        if isinstance(node, BuiltInCall) and node.name in ("COALESCE", "IF"):
            choices = node.arguments[node.name == "IF" :]
            kinds = [self._is_language(each) or is_lower(each) for each in choices]
            return all(kinds) and any(map(self._is_language, choices))
        if isinstance(node, Variable):
            return node.name in self._languages
        return isinstance(node, BuiltInCall) and node.name == "LANG"

    def _write_language_test(self, node: Operation) -> str | None:
        operands = _operands(node)
        if not any(map(self._is_language, operands)):
            return None
        return self._lower(node, operands)

    def _lower(self, node: Node, operands: Iterable[Node]) -> str:
        """The node with constants among the operands in lower case, as the graph has tags."""
        pieces, at = [], node.start
        for each in operands:
            pieces += [self._tree.text[at : each.start], self._lowered(each)]
            at = each.end
        return "".join([*pieces, self._tree.text[at : node.end]])

    def _lowered(self, node: Node) -> str:
        text = self._text(node)
        inner = without_brackets(node)  # type: ignore[arg-type]
        if self._is_language(inner):
            return text
        if isinstance(inner, LiteralTerm):
            if inner.datatype != XSD.string.value or inner.lexical == inner.lexical.lower():
                return text
            return quote(inner.lexical.lower())
        return text if self._kind(inner) == "small" else f"LCASE({text})"

    def _write_values(self, node: ValuesClause, text: str) -> str:
        """Tags that join with those of LANG."""
        columns = [n for n, each in enumerate(node.variables) if each.name in self._languages]
        if not columns:
            return text
        cells = sorted(
            (row[n] for row in node.rows for n in columns if row[n]),
            key=lambda cell: cell.start,  # type: ignore[union-attr]
        )
        return self._lower(node, [cell for cell in cells if cell])

    # Aggregates and order

    def _write_aggregate(self, node: AggregateCall, text: str) -> str:
        argument = node.argument
        if argument is None:
            return text
        if any(isinstance(each, AggregateCall) for each in walk(argument)):
            check_restrictions(self._tree)  # for the engine it is an error without a word
        inner = without_brackets(argument)
        present = f"COALESCE({self._text(argument)}, {MISSING})"
        match node.name:
            case "GROUP_CONCAT":
                separator = node.separator.lexical if node.separator else " "
                return f"{name_aggregate(node.name, node.distinct, separator)}({present})"
            case "COUNT" | "SAMPLE" if not isinstance(inner, Variable | LiteralTerm | NamedNode):
                return f"{name_aggregate(node.name, node.distinct)}({present})"
            case "MIN" | "MAX" if self._kinds.of(inner).mixed:
                return f"{name_aggregate(node.name, False)}({self._text(argument)})"
            case "SUM" | "AVG" if self._kinds.of(inner).wide:
                exact = f"{name_aggregate(node.name, node.distinct)}({self._text(argument)})"
                return f"COALESCE({text}, {exact})"
        return text

    def _write_key(self, node: SortKey, text: str) -> str:
        inner = without_brackets(node.expression)
        if not self._kinds.of(inner).mixed:
            return text
        return f"{node.direction or 'ASC'}({name_function('order')}({self._text(inner)}))"

    def _write_literal(self, node: LiteralTerm, text: str) -> str:
        """The keywords true and false in lower case (§19.8, note 1); long numbers with a sign."""
        if node.datatype == XSD.boolean.value and text.lower() in ("true", "false"):
            return node.lexical
        if text[0] in "+-" and is_long(node):  # for the engine the sign is an operator
            return f'"{node.lexical}"^^<{node.datatype}>'
        return text

    _RULES: ClassVar[dict[type[Node], Callable[..., str]]] = {
        Operation: _write_operation,
        UnaryOperation: _write_unary,
        BracketedExpression: _write_bracketed,
        FunctionCall: _write_function,
        BuiltInCall: _write_call,
        AggregateCall: _write_aggregate,
        SortKey: _write_key,
        FilterClause: _write_filter,
        LiteralTerm: _write_literal,
        ValuesClause: _write_values,
    }


def _may_hide(node: Node) -> bool:
    match node:
        case Operation(operators=signs):
            return signs[0] in ("&&", "||", "IN", "NOT IN")
        case BuiltInCall(name=name):
            return name in _HIDING or name in ("REGEX", "REPLACE")
        case ExistsTest() | AggregateCall():
            return True
    return False


def _operands(node: Operation) -> list[Node]:
    """The operands, with those of a list after IN."""
    operands: list[Node] = []
    for each in node.operands:
        operands += each.items if isinstance(each, ExpressionList) else (each,)
    return operands
