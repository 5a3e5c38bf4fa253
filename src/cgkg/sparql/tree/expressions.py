"""Reading expressions (SPARQL 1.1 §19.8, rules 70 to 72 and 110 to 128)."""

from __future__ import annotations

from difflib import get_close_matches
from typing import NoReturn

from cgkg.messages import M_
from cgkg.sparql.tree.mistakes import shorten
from cgkg.sparql.tree.nodes import (
    AggregateCall,
    BracketedExpression,
    BuiltInCall,
    ExistsTest,
    Expression,
    ExpressionList,
    FunctionCall,
    GroupPattern,
    NamedNode,
    Operation,
    UnaryOperation,
    Variable,
)
from cgkg.sparql.tree.triples import TriplesReader

AGGREGATES = frozenset(("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"))
MANY = 1_000_000
# The functions of SPARQL, with the least and the most number of arguments.
FUNCTIONS = {
    **dict.fromkeys(("RAND", "NOW", "UUID", "STRUUID"), (0, 0)),
    **dict.fromkeys(
        (
            *("STR", "LANG", "DATATYPE", "BOUND", "IRI", "URI", "ABS", "CEIL", "FLOOR", "ROUND"),
            *("STRLEN", "UCASE", "LCASE", "ENCODE_FOR_URI", "YEAR", "MONTH", "DAY", "HOURS"),
            *("MINUTES", "SECONDS", "TIMEZONE", "TZ", "MD5", "SHA1", "SHA256", "SHA384", "SHA512"),
            *("ISIRI", "ISURI", "ISBLANK", "ISLITERAL", "ISNUMERIC"),
        ),
        (1, 1),
    ),
    **dict.fromkeys(
        (
            *("LANGMATCHES", "CONTAINS", "STRSTARTS", "STRENDS", "STRBEFORE", "STRAFTER"),
            *("STRLANG", "STRDT", "SAMETERM"),
        ),
        (2, 2),
    ),
    "BNODE": (0, 1),
    "IF": (3, 3),
    "SUBSTR": (2, 3),
    "REGEX": (2, 3),
    "REPLACE": (3, 4),
    "CONCAT": (0, MANY),
    "COALESCE": (0, MANY),
}
_LATER_FUNCTIONS = frozenset(
    ("TRIPLE", "ISTRIPLE", "SUBJECT", "PREDICATE", "OBJECT", "LANGDIR", "HASLANG", "STRLANGDIR")
)
_WORDS = frozenset((*FUNCTIONS, *AGGREGATES, "EXISTS", "NOT"))
CONDITIONS = frozenset(("(", "iri", "name", *_WORDS))

# From those that bind their operands most to those that do least.
_PRECEDENCE = (
    frozenset(("*", "/")),
    frozenset(("+", "-")),
    frozenset(("=", "!=", "<", ">", "<=", ">=", "IN", "NOT IN")),
    frozenset(("&&",)),
    frozenset(("||",)),
)
_COMPARISONS = _PRECEDENCE[2]
_ARITHMETIC = _PRECEDENCE[0] | _PRECEDENCE[1]
_ONE_COMPARISON = M_("&&, || or a bracket, for a comparison has two sides")
_OPERATORS = frozenset(("NOT",)).union(*_PRECEDENCE)

Operand = Expression | ExpressionList


class ExpressionReader(TriplesReader):
    """Reads expressions."""

    def read_group(self) -> GroupPattern:
        """A group graph pattern, which EXISTS has."""
        raise NotImplementedError

    def read_expression(self) -> Expression:
        """An expression with operators."""
        operand = self._read_operand()
        if self.kinds[self.place] not in _OPERATORS:
            return operand
        return self._read_operation(operand)

    def _read_operation(self, first: Expression) -> Expression:
        """Operands and operators up to the end, then joined, the strongest operators first."""
        operands: list[Operand] = [first]
        operators: list[str] = []
        places: list[int] = []
        while (operator := self.kinds[self.place]) in _OPERATORS:
            places.append(self.place)
            self.place += 1
            if operator == "NOT":
                self.expect("IN")
                operator = "NOT IN"
            operators.append(operator)
            if operator in ("IN", "NOT IN"):
                start, items = self.start, self._read_arguments()
                operands.append(ExpressionList(start, self.end, items))
                if self.kinds[self.place] in _ARITHMETIC:
                    self.fail(_ONE_COMPARISON)
            else:
                operands.append(self._read_operand())
        for signs in _PRECEDENCE:
            if not signs.isdisjoint(operators):
                operands, operators, places = self._join(signs, operands, operators, places)
        (operation,) = operands
        assert not isinstance(operation, ExpressionList)
        return operation

    def _join(
        self,
        signs: frozenset[str],
        operands: list[Operand],
        operators: list[str],
        places: list[int],
    ) -> tuple[list[Operand], list[str], list[int]]:
        """Make one operand of those between which these operators stand."""
        joined: list[Operand] = []
        others: list[str] = []
        other_places: list[int] = []
        run = [operands[0]]
        signs_of_run: list[str] = []
        for operator, place, operand in zip(operators, places, operands[1:], strict=True):
            if operator in signs:
                if signs_of_run and signs is _COMPARISONS:
                    self.place = place
                    self.fail(_ONE_COMPARISON)
                run.append(operand)
                signs_of_run.append(operator)
            else:
                joined.append(_make_operation(run, signs_of_run))
                run, signs_of_run = [operand], []
                others.append(operator)
                other_places.append(place)
        joined.append(_make_operation(run, signs_of_run))
        return joined, others, other_places

    def _read_operand(self) -> Expression:
        place = self.place
        kind = self.kinds[place]
        if kind == "variable":
            return self.read_variable()
        if kind == "(":
            return self.read_bracketed()
        if kind in _WORDS:
            return self._read_call(kind)
        if kind in ("iri", "name"):
            iri = self.read_iri()
            return self._read_function(iri) if self.kinds[self.place] == "(" else iri
        constant = self.read_constant()
        if constant is not None:
            return constant
        if kind not in ("!", "-", "+"):
            self._fail_at_operand()
        return self._read_unary()

    def _fail_at_operand(self) -> NoReturn:
        word = self.texts[self.place]
        if self.kinds[self.place + 1 :][:1] == ["("] and word[0].isalpha():
            if word.upper() in _LATER_FUNCTIONS:
                self.refuse(self.start, M_("{text} is not part of SPARQL 1.1", text=word))
            near = get_close_matches(word.upper(), _WORDS, 1)
            hint = (
                M_("did you mean {near}?", near=near[0])
                if near
                else M_("a function of your own is an IRI")
            )
            what = M_("{text} is not a function of SPARQL 1.1", text=shorten(word))
            self.refuse(self.start, what, hint)
        self.fail(M_("an expression"))

    def _read_unary(self) -> Expression:
        """A sign and its operand; several `!` are more than SPARQL 1.1 has, and what 1.2 has."""
        places = [self.place]
        self.place += 1
        while self.kinds[self.place] == "!" == self.kinds[self.place - 1]:
            places.append(self.place)
            self.place += 1
            self.check_depth(len(places), self.place)
        kind = self.kinds[self.place]
        if kind == "!" or (kind in ("-", "+") and not self.begins_number()):
            self.fail(M_("an expression without a sign, or one in brackets"))
        operand = self._read_operand()
        for place in reversed(places):
            operand = UnaryOperation(self.starts[place], operand.end, self.kinds[place], operand)
        return operand

    def read_bracketed(self) -> BracketedExpression:
        """An expression in brackets."""
        start = self.start
        self.expect("(")
        expression = self.read_expression()
        self.expect(")", M_(") or an operator"))
        return BracketedExpression(start, self.end, expression)

    def read_condition(self) -> Expression:
        """What FILTER, HAVING and others have: an expression in brackets or a call."""
        kind = self.kinds[self.place]
        if kind == "(":
            return self.read_bracketed()
        if kind in _WORDS:
            return self._read_call(kind)
        if kind not in ("iri", "name"):
            if kind == "variable" or self.kinds[self.place + 1 :][:1] != ["("]:
                self.fail(M_("an expression in brackets, or a call of a function"))
            self._fail_at_operand()
        return self._read_function(self.read_iri())

    def _read_call(self, kind: str) -> Expression:
        if kind in AGGREGATES:
            return self._read_aggregate(kind)
        if kind in ("NOT", "EXISTS"):
            return self._read_exists()
        return self._read_built_in(kind)

    def _read_exists(self) -> ExistsTest:
        start = self.start
        negated = self.accept("NOT")
        self.expect("EXISTS")
        group = self.read_group()
        return ExistsTest(start, self.end, negated, group)

    def _read_arguments(self) -> tuple[Expression, ...]:
        """Expressions in brackets, with commas between them."""
        self.expect("(")
        if self.accept(")"):
            return ()
        arguments = [self.read_expression()]
        while self.accept(","):
            arguments.append(self.read_expression())
        self.expect(")", M_(") or , or an operator"))
        return tuple(arguments)

    def _read_built_in(self, name: str) -> BuiltInCall:
        start = self.start
        self.place += 1
        arguments = self._read_arguments()
        least, most = FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            wanted = f"{least}" if least == most else M_("{one} or {other}", one=least, other=most)
            what = M_(
                "{name} takes {wanted} arguments, not {count}",
                name=name,
                wanted=wanted,
                count=len(arguments),
            )
            self.refuse(start, what)
        if name == "BOUND" and not isinstance(arguments[0], Variable):
            self.refuse(arguments[0].start, M_("BOUND takes a variable"))
        return BuiltInCall(start, self.end, name, arguments)

    def _read_function(self, function: NamedNode) -> FunctionCall:
        distinct = self.kinds[self.place + 1] == "DISTINCT"
        if not distinct:
            arguments = self._read_arguments()
            return FunctionCall(function.start, self.end, function, arguments)
        self.place += 2
        arguments = (self.read_expression(),)
        while self.accept(","):
            arguments = (*arguments, self.read_expression())
        self.expect(")", M_(") or , or an operator"))
        return FunctionCall(function.start, self.end, function, arguments, True)

    def _read_aggregate(self, name: str) -> AggregateCall:
        start = self.start
        self.place += 1
        self.expect("(")
        distinct = self.accept("DISTINCT")
        argument = separator = None
        if not (name == "COUNT" and self.accept("*")):
            argument = self.read_expression()
        if name == "GROUP_CONCAT" and self.accept(";"):
            self.expect("SEPARATOR")
            self.expect("=")
            separator = self.read_string()
        self.expect(")", M_(") or an operator"))
        return AggregateCall(start, self.end, name, distinct, argument, separator)


def _make_operation(operands: list[Operand], operators: list[str]) -> Operand:
    if not operators:
        return operands[0]
    return Operation(operands[0].start, operands[-1].end, tuple(operators), tuple(operands))
