"""Reading tokens in order, and the terms of SPARQL 1.1 §19.8, rules 106 to 138."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import NoReturn

from cgkg.messages import M_
from cgkg.rdf.vocab import RDF, STANDARD, XSD
from cgkg.sparql.iris import resolve
from cgkg.sparql.tree.mistakes import (
    MAX_DEPTH,
    describe_unexpected,
    shorten,
    syntax_error_at,
    unclosed_iri,
)
from cgkg.sparql.tree.nodes import Constant, LiteralTerm, NamedNode, Variable
from cgkg.sparql.tree.tokens import Tokens, unescape_codepoint

_STRING, _LANGUAGE_STRING = XSD.string.value, RDF.langString.value
_INTEGER, _DECIMAL, _DOUBLE = XSD.integer.value, XSD.decimal.value, XSD.double.value
_BOOLEAN, _TYPE = XSD.boolean.value, RDF.type.value

_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_LONGEST_PREFIX = 32
_CHARACTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_OUTSIDE_IRIS = re.compile(r"[\x00-\x20<>\"{}|\\^`]")


class TokenReader:
    """A place in the tokens of a query, moved forward; reads terms."""

    def __init__(
        self, tokens: Tokens, base: str | None = None, known: Mapping[str, str] = STANDARD
    ) -> None:
        self.tokens = tokens
        self.kinds, self.texts = tokens.kinds, tokens.texts
        self.starts, self.ends = tokens.starts, tokens.ends
        self.place = 0
        self.base = base
        self.prefixes: dict[str, str] = {}
        self._known = known
        self._iris: dict[str, str] = {}

    # The place

    @property
    def start(self) -> int:
        """Where the next token begins."""
        return self.starts[self.place]

    @property
    def end(self) -> int:
        """Where the token before ends."""
        return self.ends[self.place - 1]

    def accept(self, kind: str) -> bool:
        """Move on if the next token is of this kind; whether it was."""
        if self.kinds[self.place] != kind:
            return False
        self.place += 1
        return True

    def expect(self, kind: str, wanted: str = "") -> None:
        """Move past the next token, which must be of this kind."""
        if self.kinds[self.place] != kind:
            self.fail(wanted or kind)
        self.place += 1

    def begins_number(self) -> bool:
        """Whether the sign that follows is that of a number, which is the longer token."""
        place = self.place
        return self.kinds[place + 1] == "number" and self.ends[place] == self.starts[place + 1]

    def fail(self, expected: str = "") -> NoReturn:
        """Say that the next token may not stand here.

        Raises:
            QuerySyntaxError: always.
        """
        raise describe_unexpected(self.tokens, self.place, expected)

    def check_depth(self, depth: int, place: int) -> None:
        """Refuse what is nested deeper than `MAX_DEPTH`, at this token."""
        if depth > MAX_DEPTH:
            self.refuse(
                self.starts[place],
                M_("the query is nested too deep here"),
                M_("the limit is {limit} brackets in each other", limit=MAX_DEPTH),
            )

    def refuse(self, offset: int, what: str, hint: str = "") -> NoReturn:
        """Say what is wrong at an offset.

        Raises:
            QuerySyntaxError: always.
        """
        raise syntax_error_at(self.tokens.text, offset, what, hint)

    # Terms

    def read_variable(self) -> Variable:
        """A variable."""
        place = self.place
        if self.kinds[place] != "variable":
            self.fail(M_("a variable"))
        self.place += 1
        return Variable(self.starts[place], self.ends[place], self.texts[place][1:])

    def read_iri(self) -> NamedNode:
        """An IRI in brackets or a prefixed name."""
        place = self.place
        if self.kinds[place] not in ("iri", "name"):
            self.fail(M_("an IRI"))
        self.place += 1
        text = self.texts[place]
        iri = self._iris.get(text)
        if iri is None:
            iri = self._iris[text] = self._resolve(text, place)
        return NamedNode(self.starts[place], self.ends[place], text, iri)

    def read_iri_or_variable(self) -> NamedNode | Variable:
        """An IRI or a variable."""
        if self.kinds[self.place] not in ("variable", "iri", "name"):
            self.fail(M_("a variable or an IRI"))
        return self.read_variable() if self.kinds[self.place] == "variable" else self.read_iri()

    def read_type(self) -> NamedNode:
        """The word `a`."""
        place = self.place
        self.place += 1
        return NamedNode(self.starts[place], self.ends[place], "a", _TYPE)

    def _resolve(self, text: str, place: int) -> str:
        if not text.startswith("<"):
            return self._expand(text, place)
        written = text[1:-1]
        if "\\" in written:
            written = self._unescape(written, place)
            if _OUTSIDE_IRIS.search(written):
                self.refuse(
                    self.starts[place], M_("the IRI holds an escaped character that none has")
                )
        return resolve(self.base, written)

    def _expand(self, text: str, place: int) -> str:
        prefix, _, local = text.partition(":")
        space = self.prefixes.get(prefix)
        if space is None:
            if (
                place
                and self.kinds[place - 1] == "<"
                and self.ends[place - 1] == self.starts[place]
            ):
                raise unclosed_iri(self.tokens, place - 1)
            self.refuse(
                self.starts[place],
                M_("the prefix {prefix}: is not declared", prefix=shorten(prefix)),
                self._propose(prefix),
            )
        return space + (re.sub(r"\\(.)", r"\1", local) if "\\" in local else local)

    def _propose(self, prefix: str) -> str:
        """The declaration to add, and the prefixes that may be meant by one that nobody knows."""
        line = f"PREFIX {prefix}: <{self._known.get(prefix, '...')}>"
        near = []
        if prefix not in self._known and len(prefix) <= _LONGEST_PREFIX:
            near = get_close_matches(prefix, {**self._known, **self.prefixes}, cutoff=0.5)
        if not near:
            return M_("add {line}", line=line)
        meant = " / ".join(f"{each}:" for each in near)
        return M_("add {line}; or did you mean {near}", line=line, near=meant)

    def _unescape(self, text: str, place: int) -> str:
        def character(escape: re.Match[str]) -> str:
            simple = escape[3]
            if simple:
                return _CHARACTERS.get(simple, simple)
            character_meant = unescape_codepoint(escape[0])
            if not character_meant:
                self.refuse(
                    self.starts[place], M_("{text} is the number of no character", text=escape[0])
                )
            return character_meant

        return _ESCAPED.sub(character, text)

    def read_string(self) -> LiteralTerm:
        """A string alone."""
        place = self.place
        if self.kinds[place] != "string":
            self.fail(M_("a string"))
        self.place += 1
        text = self.texts[place]
        lexical = text[3:-3] if text[:3] in ('"""', "'''") else text[1:-1]
        if "\\" in lexical:
            lexical = self._unescape(lexical, place)
        return LiteralTerm(self.starts[place], self.ends[place], text, lexical, "", _STRING)

    def read_constant(self) -> Constant | None:
        """An IRI or a literal; None, without moving, where something else stands."""
        place = self.place
        kind = self.kinds[place]
        if kind in ("iri", "name"):
            return self.read_iri()
        if kind == "string":
            return self._read_literal()
        start = self.starts[place]
        if kind == "number":
            self.place += 1
            text = self.texts[place]
        elif kind in ("+", "-"):
            # A sign belongs to the digits that it touches.
            if self.kinds[place + 1] != "number" or self.starts[place + 1] != self.ends[place]:
                return None
            self.place += 2
            text = kind + self.texts[place + 1]
        elif kind in ("TRUE", "FALSE"):
            self.place += 1
            text = self.texts[place]
            return LiteralTerm(start, self.end, text, kind.lower(), "", _BOOLEAN)
        else:
            return None
        return LiteralTerm(start, self.end, text, text, "", _type_of_number(text))

    def _read_literal(self) -> LiteralTerm:
        string = self.read_string()
        kind = self.kinds[self.place]
        if kind == "language":
            if "--" in self.texts[self.place]:
                self.refuse(
                    self.start,
                    M_("a base direction is not part of SPARQL 1.1"),
                    M_("leave it out"),
                )
            self.place += 1
            end = self.end
            language, datatype, name = self.texts[self.place - 1][1:], _LANGUAGE_STRING, None
        elif kind == "^^":
            self.place += 1
            name = self.read_iri()
            end, language, datatype = name.end, "", name.iri
        else:
            return string
        start = string.start
        written = self.tokens.text[start:end]
        return LiteralTerm(start, end, written, string.lexical, language, datatype, name)


def _type_of_number(text: str) -> str:
    if "e" in text or "E" in text:
        return _DOUBLE
    return _DECIMAL if "." in text else _INTEGER
