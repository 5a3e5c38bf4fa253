"""Reading a query that the engine has accepted: a place in its lexemes, moved forward.

Not a parser of SPARQL: who reads knows that the query is well-formed and only looks for its parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cgkg.errors import QueryRefusedError
from cgkg.query.syntax import tokens

Renaming = Callable[[str], str]

_FULL_STOPS = re.compile(r"(?<!\\)\.+$")
_MAY_BE_NUMBER = ("number", "other")
_NUMBER = re.compile(
    r"[+-]?(?:\d+\.\d*[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d*\.\d+|\d+)"
)


@dataclass(frozen=True)
class Lexeme:
    """A token as the grammar of SPARQL has it: a number is one, a name ends before a full stop."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the next one may start."""
        return self.start + len(self.text)

    @property
    def name(self) -> str:
        """A variable with its sign written `?`; a keyword in capitals; else the text."""
        if self.kind == "variable":
            return "?" + self.text[1:]
        return self.text.upper() if self.kind == "word" else self.text


def lexemes(query: str) -> Iterator[Lexeme]:
    """The query's lexemes in order."""
    position = 0
    for token in tokens(query):
        if token.start < position:
            continue  # within a number
        number = _NUMBER.match(query, token.start) if token.kind in _MAY_BE_NUMBER else None
        found = Lexeme(token.kind, token.text, token.start)
        if number is not None:
            found = Lexeme("number", number[0], token.start)
        elif token.kind in ("name", "blank"):
            found = Lexeme(token.kind, _FULL_STOPS.sub("", token.text), token.start)
        yield found
        position = found.end
        # The full stops that a name cannot end with end the triple.
        while found.kind in ("name", "blank") and position < token.start + len(token.text):
            yield Lexeme("other", ".", position)
            position += 1


class Cursor:
    """A place in the query; `place` counts lexemes and may be set to go back."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.lexemes = [*lexemes(query), Lexeme("end", "", len(query))]
        self.place = 0

    @property
    def next(self) -> Lexeme:
        """The lexeme that would be taken."""
        return self.lexemes[self.place]

    def at(self, *names: str) -> bool:
        """Whether the next lexeme is one of these."""
        return self.next.name in names

    def take(self) -> Lexeme:
        """The next lexeme, and move on."""
        found = self.next
        self.place = min(self.place + 1, len(self.lexemes) - 1)
        return found

    def accept(self, *names: str) -> bool:
        """Move on if the next lexeme is one of these; whether it was."""
        if not self.at(*names):
            return False
        self.take()
        return True

    def expect(self, *names: str) -> Lexeme:
        """The next lexeme, which must be one of these.

        Raises:
            QueryRefusedError: it is another one.
        """
        if not self.at(*names):
            raise self.refusal()
        return self.take()

    def skip(self) -> None:
        """Move past one lexeme, or past everything up to the bracket that closes it."""
        depth = 0
        while True:
            found = self.take()
            depth += {"open": 1, "close": -1}.get(found.kind, 0)
            if depth <= 0 or found.kind == "end":
                return

    def text(self, start: int, end: int, rename: Renaming) -> str:
        """What stands from one place up to another, with its variables renamed."""
        parts = []
        for before, found in zip(
            (None, *self.lexemes[start:end]), self.lexemes[start:end], strict=False
        ):
            gap = self.query[before.end : found.start] if before else ""
            parts += [gap, rename(found.name) if found.kind == "variable" else found.text]
        return "".join(parts)

    def refusal(self) -> QueryRefusedError:
        """The error for a query of which the next lexeme is not understood here."""
        found = self.next
        line = self.query.count("\n", 0, found.start) + 1
        column = found.start - self.query.rfind("\n", 0, found.start)
        shown = found.text or "the end"
        return refused(f"a query with {shown} at line {line}, column {column}")


def refused(what: str) -> QueryRefusedError:
    """The error for what evidence is not given for."""
    return QueryRefusedError(
        f"evidence is not given for {what}",
        hint="it is given for a SELECT over triple patterns, property paths, OPTIONAL, UNION,"
        " MINUS, FILTER, BIND, VALUES, GRAPH, sub-SELECT and GROUP BY; leave out evidence=true",
    )
