"""What constants are, and which tests the engine may have no value for."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cgkg.rdf.vocab import RDF, XSD
from cgkg.sparql.functions.numbers import read_number
from cgkg.sparql.rewriting.contents import to_term
from cgkg.sparql.tree.nodes import (
    BracketedExpression,
    ExistsTest,
    FunctionCall,
    LiteralTerm,
    Node,
    Operation,
    UnaryOperation,
    Variable,
    without_brackets,
)

SIGNS = frozenset("+-*/")
"""The operators that give numbers."""
TAGGED = (RDF.langString.value, RDF.dirLangString.value)
"""Datatypes whose literals have a language."""
_ORDERS = frozenset(("<", ">", "<=", ">="))
_SHORT_DIGITS = 15
_NATURAL = re.compile("[1-9][0-9]{0,9}")


def orders_booleans(node: Operation) -> bool:
    """Whether it says that one truth is less than another, for which the engine has no value."""
    return node.operators[0] in _ORDERS and any(map(_is_boolean, node.operands))


def _is_boolean(node: Node) -> bool:
    inner = without_brackets(node)  # type: ignore[arg-type]
    match inner:
        case LiteralTerm(datatype=datatype):
            return datatype == XSD.boolean.value
        case Operation(operators=signs):
            return signs[0] not in SIGNS
        case UnaryOperation(operator=sign):
            return sign == "!"
        case FunctionCall(function=function):
            return function.iri == XSD.boolean.value
    return isinstance(inner, ExistsTest)


def lacks_truth(node: Node) -> bool:
    """Whether the engine may not know if it is true: a variable, or a constant that is a long
    number, a text with a language, or no form of its datatype; perhaps in brackets."""
    while isinstance(node, BracketedExpression):
        node = node.expression
    if not isinstance(node, LiteralTerm):
        return isinstance(node, Variable)
    return is_long(node) or bool(node.language) or is_no_number(node)


def is_long(node: LiteralTerm) -> bool:
    """Whether it is a number that the engine does not know or, as NaN, does not compare."""
    return is_numeric(node.datatype) and (
        len(node.lexical) > _SHORT_DIGITS or node.lexical == "NaN"
    )


def is_numeric(datatype: str) -> bool:
    name = datatype.removeprefix(XSD.base).lower()
    return name.endswith(("integer", "int", "long", "short", "byte", "decimal", "float", "double"))


def is_no_number(node: Node) -> bool:
    """Whether it is a constant with a datatype of numbers that does not hold it, which the engine
    takes for an integer."""
    inner = without_brackets(node)  # type: ignore[arg-type]
    if not isinstance(inner, LiteralTerm) or not is_numeric(inner.datatype):
        return False
    return read_number(to_term(inner)) is None


def is_natural(node: Node) -> bool:
    """Whether it is a constant from 1 up."""
    inner = without_brackets(node)  # type: ignore[arg-type]
    if not isinstance(inner, LiteralTerm) or inner.datatype != XSD.integer.value:
        return False
    return _NATURAL.fullmatch(inner.lexical) is not None


def read_constants(nodes: Iterable[Node]) -> list[str] | None:
    """The texts of constants; None if there is something else among them."""
    constants = []
    for node in nodes:
        inner = without_brackets(node)  # type: ignore[arg-type]
        if not isinstance(inner, LiteralTerm) or inner.datatype != XSD.string.value:
            return None
        constants.append(inner.lexical)
    return constants


def is_lower(node: Node) -> bool:
    """Whether it is a constant without capital letters."""
    inner = without_brackets(node)  # type: ignore[arg-type]
    return isinstance(inner, LiteralTerm) and inner.lexical == inner.lexical.lower()


def quote(text: str) -> str:
    """A string as a query has it."""
    for letter, written in (
        ("\\", "\\\\"),
        ('"', '\\"'),
        ("\n", "\\n"),
        ("\r", "\\r"),
        ("\t", "\\t"),
    ):
        text = text.replace(letter, written)
    return f'"{text}"'
