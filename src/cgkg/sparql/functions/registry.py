"""The functions of ours that a rewritten query calls, by their IRIs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from cgkg.rdf.terms import IRI, Literal, Term
from cgkg.rdf.vocab import XSD
from cgkg.sparql.functions.aggregates import SET_FUNCTIONS, Aggregate, concatenate
from cgkg.sparql.functions.numbers import (
    calculate,
    cast,
    compare,
    convert,
    is_numeric,
    is_true,
    read_number,
)
from cgkg.sparql.functions.order import write_order_key
from cgkg.sparql.functions.xpath_regex import PatternError, read_pattern, read_replacement

NAMESPACE = "urn:x-cgkg:"
AGGREGATE = f"{NAMESPACE}aggregate:"
_OURS = re.compile(rf"<{NAMESPACE}\w+>")
_CALLED = re.compile(rf"<{AGGREGATE}([A-Z_]+)(:DISTINCT)?(?::([0-9a-f]*))?>")

_COMPARISONS = {"=": "eq", "!=": "ne", "<": "lt", ">": "gt", "<=": "le", ">=": "ge"}
_SIGNS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
_CONVERSIONS = ("ABS", "CEIL", "FLOOR", "ROUND", "NEGATIVE")
CASTS = tuple(each.value for each in (XSD.integer, XSD.decimal, XSD.float, XSD.double))


def name_function(name: str) -> str:
    """How a query calls the function for an operator, a built-in function or a cast."""
    own = _COMPARISONS.get(name) or _SIGNS.get(name) or name.rpartition("#")[2]
    return f"<{NAMESPACE}{own}>"


def name_aggregate(name: str, distinct: bool, separator: str | None = None) -> str:
    """How a query calls the set function."""
    tail = f":{separator.encode('utf-8', 'surrogatepass').hex()}" if separator is not None else ""
    return f"<{AGGREGATE}{name}{':DISTINCT' if distinct else ''}{tail}>"


def is_aggregate(iri: str) -> bool:
    """Whether a function is a set function of ours."""
    return iri.startswith(AGGREGATE)


class FunctionCalls:
    """The functions that a query calls.

    The engine takes an error of a function for a missing value; where it was the end of memory,
    `check` says so afterwards.
    """

    def __init__(self, query: str) -> None:
        self._failed = False
        self.options: dict[str, Any] = {}
        """What the engine must be told; nothing for most queries."""
        if NAMESPACE in query:
            self.options = {
                "custom_functions": {
                    IRI(name[1:-1]): partial(self._call, _FUNCTIONS[name])
                    for name in set(_OURS.findall(query))
                    if name in _FUNCTIONS
                },
                "custom_aggregate_functions": dict(self._find_aggregates(query)),
            }

    def check(self) -> None:
        """Raise MemoryError if memory ended in a function since this was last asked."""
        if self._failed:
            self._failed = False
            raise MemoryError

    def _find_aggregates(self, query: str) -> Iterator[tuple[IRI, Callable[[], Aggregate]]]:
        for match in _CALLED.finditer(query):
            name, distinct, separator = match.groups()
            function = SET_FUNCTIONS.get(name) or concatenate(
                bytes.fromhex(separator or "").decode("utf-8", "surrogatepass")
            )
            made = partial(Aggregate, name, function, distinct is not None, self._fail)
            yield IRI(match[0][1:-1]), made

    def _call(self, function: Callable[..., Term | None], *terms: Term) -> Term | None:
        try:
            return function(*terms)
        except MemoryError:
            self._fail()
            return None

    def _fail(self) -> None:
        self._failed = True


def _read_string(term: Term) -> str | None:
    """The text of a simple literal or xsd:string."""
    return term.value if isinstance(term, Literal) and term.datatype == XSD.string else None


def _matches(text: Term, pattern: Term, flags: Term | None = None) -> Literal | None:
    """REGEX by Python."""
    said, how = _read_string(pattern), "" if flags is None else _read_string(flags)
    if said is None or how is None or not _is_text(text):
        return None
    assert isinstance(text, Literal)
    try:
        match = read_pattern(said, how).compiled.search(text.value)
    except (PatternError, re.error, RecursionError, OverflowError):
        return None
    return Literal("true" if match else "false", datatype=XSD.boolean)


def _replace(
    text: Term, pattern: Term, replacement: Term, flags: Term | None = None
) -> Literal | None:
    """REPLACE by Python."""
    said, new = _read_string(pattern), _read_string(replacement)
    how = "" if flags is None else _read_string(flags)
    if said is None or new is None or how is None or not _is_text(text):
        return None
    assert isinstance(text, Literal)
    try:
        read = read_pattern(said, how)
        parts = read_replacement(new, read.groups, how)
        if read.empty:
            return None
        result = read.compiled.sub(
            lambda match: "".join(
                part if isinstance(part, str) else match[part] or "" for part in parts
            ),
            text.value,
        )
    except (PatternError, re.error, RecursionError, OverflowError):
        return None
    return Literal(result, language=text.language) if text.language else Literal(result)


def _substring(text: Term, start: Term, length: Term | None = None) -> Literal | None:
    """SUBSTR as of XPath: it may begin before the text, and its length may be negative."""
    first = _read_integer(start)
    count = None if length is None else _read_integer(length)
    if first is None or (length is not None and count is None) or not _is_text(text):
        return None
    assert isinstance(text, Literal)
    end = None if count is None else max(0, first + count - 1)
    result = text.value[max(0, first - 1) : end]
    return Literal(result, language=text.language) if text.language else Literal(result)


def _read_integer(term: Term) -> int | None:
    number = read_number(term)
    return int(number[0]) if number and number[1] == XSD.integer.value else None


def _is_text(term: Term) -> bool:
    return isinstance(term, Literal) and (term.datatype == XSD.string or bool(term.language))


_FUNCTIONS: dict[str, Callable[..., Term | None]] = {
    **{name_function(sign): compare(sign) for sign in _COMPARISONS},
    **{name_function(sign): calculate(sign) for sign in _SIGNS},
    **{name_function(name): convert(name) for name in _CONVERSIONS},
    **{name_function(iri): cast(iri) for iri in CASTS},
    name_function("isNumeric"): is_numeric,
    name_function("isTrue"): is_true,
    name_function("order"): write_order_key,
    name_function("REGEX"): _matches,
    name_function("REPLACE"): _replace,
    name_function("SUBSTR"): _substring,
}
