"""What a query's text says about itself before it is parsed.

This is no parser: the engine parses. It is a reading of the tokens that knows strings, comments
and IRIs, enough to find the dataset clauses, the prefixes, SERVICE and the depth of nesting
before the engine sees the query. A short query that declares a few prefixes and then asks is
recognised without taking it apart.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cgkg.errors import QueryRefusedError
from cgkg.messages import M_
from cgkg.sparql.iris import resolve
from cgkg.sparql.tree.mistakes import FORMS, MAX_DEPTH, UPDATES

# Longer chains end the engine's process (from 5,000 on): its trees are as deep as these are long.
MAX_STEPS = 2000

# What these functions give differs from one evaluation to the next.
_EACH_TIME_ANEW = frozenset(("NOW", "RAND", "UUID", "STRUUID"))
# What makes a chain longer: operators of expressions and paths, and parts of a group.
_OPERATORS = frozenset(("||", "&&", "=", "!=", "<", ">", "<=", ">=", *"|!+-*/"))
_PARTS = frozenset(
    ("UNION", "OPTIONAL", "MINUS", "BIND", "FILTER", "GRAPH", "SELECT", "VALUES", "LATERAL")
)
# Words that only a reading of the tokens can judge; in lower case, `now` and `rand` as calls.
_TELLING = ("service", "from", "uuid", "rand", "now")
_CALLED = r"\b{}(?:\s|\#[^\r\n]*+)*+\("

_CODEPOINT = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_TOKEN = re.compile(
    rf"""
      (?P<space>\s+ | \#[^\r\n]*)
    | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|{_CODEPOINT})*>)
    | (?P<string>\"""(?:[^"\\]|\\.|"(?!""))*\""" | '''(?:[^'\\]|\\.|'(?!''))*'''
               | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*')
    | (?P<variable>[?$]\w+)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<name>(?:[^\W\d_][\w.-]*)?:
               (?:[\w:\u00b7-]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%]
                 |\.+(?=[\w:%\u00b7\\-]))*)
    | (?P<blank>_:(?:[\w-]|\.+(?=[\w-]))+)
    | (?P<word>[^\W\d]\w*)
    | (?P<open>[(\[{{])
    | (?P<close>[)\]}}])
    | (?P<number>[+-]?(?:\d+\.\d*[eE][+-]?\d+ | \d*\.\d+(?:[eE][+-]?\d+)? | \d+(?:[eE][+-]?\d+)?))
    | (?P<other>&&|\|\||[!<>]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
# One declaration, written plainly, or the word that says what kind of query this is.
_DECLARATION = re.compile(
    r"""(?:\s|\#[^\r\n]*+(?:[\r\n]|$))*+(?:
      PREFIX\s++((?:[A-Za-z][\w-]*+)?):\s*+<([A-Za-z][A-Za-z0-9+.-]*+:[^<>"{}|^`\\\x00-\x20]*+)>
    | BASE\s*+<([A-Za-z][A-Za-z0-9+.-]*+:[^<>"{}|^`\\\x00-\x20]*+)>
    | (SELECT|ASK|CONSTRUCT|DESCRIBE)\b(?!:)
    )""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Token:
    """A piece of the query that is neither white space nor comment, as the grammar cuts it.

    A sign that stands before digits is part of a number, also where an operator is meant.
    """

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the text goes on after it."""
        return self.start + len(self.text)

    @property
    def name(self) -> str:
        """A variable with its sign written `?`; a keyword in capitals; else the text."""
        if self.kind == "variable":
            return "?" + self.text[1:]
        return self.text.upper() if self.kind == "word" else self.text


@dataclass(frozen=True)
class Outline:
    """What the query's text says before it is parsed; IRIs are absolute as far as they can be.

    No bracket is nested deeper than `depth`, and no chain is longer than `steps`; `lasting` means
    that no function is called that gives something else each time.
    """

    form: str
    base: str | None
    prefixes: Mapping[str, str]
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    service: bool
    depth: int
    lasting: bool = True
    steps: int = 0


def read_tokens(query: str) -> Iterator[Token]:
    """The query's tokens in order; what is no token of SPARQL comes as one of kind "other"."""
    for match in _TOKEN.finditer(query):
        kind = match.lastgroup
        if kind is not None and kind != "space":
            yield Token(kind, match.group(), match.start())


def read_outline(query: str, base: str | None = None) -> Outline:
    """Read the prologue, the query form, the dataset clauses, and look for SERVICE.

    Args:
        query: the text of the query, which need not be well-formed.
        base: the IRI against which it is read where it has no BASE of its own.

    Returns:
        What is said up to a place where the query is refused anyway, if there is one.
    """
    return _read_plainly(query, base) or _read_by_tokens(query, base)


def _read_plainly(query: str, base: str | None) -> Outline | None:
    """The outline of a short query that hides nothing; None if the tokens must be read."""
    brackets = query.count("{") + query.count("(") + query.count("[")
    if len(query) > MAX_STEPS or brackets > MAX_DEPTH:
        return None
    prefixes: dict[str, str] = {}
    start = 0
    while match := _DECLARATION.match(query, start):
        start = match.end()
        name, space, own, form = match.groups()
        if form:
            body = query[start:].lower()
            if any(word in body and _is_telling(word, body) for word in _TELLING):
                return None
            return Outline(form.upper(), base, prefixes, (), (), False, brackets, True, len(query))
        if own:
            base = own
        else:
            prefixes[name] = space
    return None


def _is_telling(word: str, body: str) -> bool:
    """Whether the word, found in the body of a query, may stand there as a word."""
    return word not in ("now", "rand") or re.search(_CALLED.format(word), body) is not None


def _read_by_tokens(query: str, base: str | None) -> Outline:
    reader = _OutlineReader(base)
    for match in _TOKEN.finditer(query):
        kind = match.lastgroup
        if kind != "space":
            reader.take(str(kind), match.group())
            if reader.steps > MAX_STEPS:
                break  # it will be refused
    return Outline(
        form=reader.form,
        base=reader.base,
        prefixes=reader.prefixes,
        default_graphs=tuple(dict.fromkeys(reader.default_graphs)),
        named_graphs=tuple(dict.fromkeys(reader.named_graphs)),
        service=reader.service,
        depth=reader.deepest,
        lasting=reader.lasting,
        steps=int(reader.steps),
    )


class _OutlineReader:
    """Gathers an outline, one token after the other."""

    def __init__(self, base: str | None) -> None:
        self.form = ""
        self.base = base
        self.prefixes: dict[str, str] = {}
        self.default_graphs: list[str] = []
        self.named_graphs: list[str] = []
        self.service = False
        self.lasting = True
        self.deepest = 0
        self.steps: float = 0
        self._chains: list[tuple[float, float]] = []  # of the brackets around
        self._operators: float = 0
        self._parts: float = 0
        self._values = False  # whether the next brace opens the rows of VALUES
        self._clause = ""  # BASE, PREFIX, FROM or NAMED while its operands are awaited
        self._prefix: str | None = None

    def take(self, kind: str, text: str) -> None:
        if kind == "word":
            self._take_word(text.upper())
        elif kind == "open":
            self._take_bracket(text)
        elif kind == "close":
            self._operators, self._parts = self._chains.pop() if self._chains else (0, 0)
        elif kind == "other":
            self._take_sign(text)
        elif kind == "number" and text[0] in "+-":
            self._take_sign(text[0])
        elif self._clause and kind in ("iri", "name"):
            self._take_operand(kind, text)

    def _take_bracket(self, bracket: str) -> None:
        self._chains.append((self._operators, self._parts))
        self.deepest = max(self.deepest, len(self._chains))
        # Signs of numbers among the rows of VALUES are no operators.
        self._operators = -math.inf if self._values and bracket == "{" else 0
        self._values, self._parts = False, 0

    def _take_sign(self, text: str) -> None:
        if text in _OPERATORS:
            self._operators += 1
            self.steps = max(self.steps, self._operators)
        elif text in (",", ";", "."):
            self._operators = min(self._operators, 0)

    def _take_word(self, word: str) -> None:
        if word == "NAMED" and self._clause == "FROM":
            self._clause = "NAMED"
            return
        # BASE and PREFIX are read in the prologue only; FROM is a keyword nowhere else.
        starts_clause = word == "FROM" or (word in ("BASE", "PREFIX") and not self.form)
        self._clause = word if starts_clause else ""
        self.service = self.service or word == "SERVICE"
        self.lasting = self.lasting and word not in _EACH_TIME_ANEW
        self._values = self._values or word == "VALUES"
        if word == "AS" and self._chains:  # (… AS ?x) makes what is around its brackets longer
            operators, parts = self._chains.pop()
            self._chains.append((operators, parts + 1))
            self.steps = max(self.steps, parts + 1)
        elif word in _PARTS:
            self._operators = min(self._operators, 0)
            self._parts += 1
            self.steps = max(self.steps, self._parts)
        if not self.form and word in FORMS | UPDATES:
            self.form = word

    def _take_operand(self, kind: str, text: str) -> None:
        clause, self._clause = self._clause, ""
        if clause == "PREFIX" and kind == "name":
            self._clause, self._prefix = clause, text.removesuffix(":")
            return
        iri = expand_iri(text, self.base, self.prefixes)
        if clause == "BASE":
            self.base = iri
        elif clause == "PREFIX" and self._prefix is not None:
            self.prefixes[self._prefix] = iri
            self._prefix = None
        elif clause == "FROM":
            self.default_graphs.append(iri)
        elif clause == "NAMED":
            self.named_graphs.append(iri)


def expand_iri(text: str, base: str | None, prefixes: Mapping[str, str]) -> str:
    """The IRI that a token of kind "iri" or "name" stands for.

    Args:
        text: the token's text.
        base: what a relative IRI is resolved against; None leaves it as it is.
        prefixes: the namespaces by prefix; one that is not declared counts as empty.
    """
    if not text.startswith("<"):
        prefix, _, local = text.partition(":")
        return prefixes.get(prefix, "") + re.sub(r"\\(.)", r"\1", local)
    written = re.sub(_CODEPOINT, _unescape, text[1:-1])
    return resolve(base, written)


def _unescape(code: re.Match[str]) -> str:
    """The character of an escape; what is none stays as it is, for the engine to complain of."""
    number = int(code[0][2:], 16)
    is_one = number < 0xD800 or 0xE000 <= number <= sys.maxunicode
    return chr(number) if is_one else code[0]


def refuse_unsupported(outline: Outline) -> None:
    """Raise for a query that this endpoint does not evaluate, whatever the engine could do.

    Raises:
        QueryRefusedError: it asks another endpoint (SERVICE), or is nested or chained beyond
            reason.
    """
    if outline.service:
        raise QueryRefusedError(
            M_("SERVICE is refused: this server asks no other endpoint"),
            hint=M_(
                "ask the other endpoint yourself, or run the federated query from there; who runs"
                " this server may allow it by the setting service_allow"
            ),
        )
    if outline.depth > MAX_DEPTH:
        raise QueryRefusedError(
            M_("the query is nested {depth} brackets deep", depth=outline.depth),
            hint=M_("the limit is {limit} brackets in each other", limit=MAX_DEPTH),
        )
    if outline.steps > MAX_STEPS:
        raise QueryRefusedError(
            M_(
                "the query is a chain of more than {limit} operators or parts of a group",
                limit=MAX_STEPS,
            ),
            hint=M_("write long alternatives as VALUES or IN"),
        )
