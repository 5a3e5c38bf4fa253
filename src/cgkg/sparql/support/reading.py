"""Reading a query that the engine has accepted: a place in its tokens, moved forward.

Not a parser of SPARQL: who reads knows that the query is well-formed and only looks for its parts.
"""

from __future__ import annotations

from collections.abc import Callable

from cgkg.errors import QueryRefusedError
from cgkg.sparql.syntax import Token, tokens

Renaming = Callable[[str], str]


class Cursor:
    """A place in the query; `place` counts tokens and may be set to go back."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.tokens = [*tokens(query), Token("end", "", len(query))]
        self.place = 0

    @property
    def next(self) -> Token:
        """The token that would be taken."""
        return self.tokens[self.place]

    def at(self, *names: str) -> bool:
        """Whether the next token is one of these."""
        return self.next.name in names

    def take(self) -> Token:
        """The next token, and move on."""
        found = self.next
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return found

    def accept(self, *names: str) -> bool:
        """Move on if the next token is one of these; whether it was."""
        if not self.at(*names):
            return False
        self.take()
        return True

    def expect(self, *names: str) -> Token:
        """The next token, which must be one of these.

        Raises:
            QueryRefusedError: it is another one.
        """
        if not self.at(*names):
            raise self.refusal()
        return self.take()

    def skip(self) -> None:
        """Move past one token, or past everything up to the bracket that closes it."""
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
            (None, *self.tokens[start:end]), self.tokens[start:end], strict=False
        ):
            gap = self.query[before.end : found.start] if before else ""
            parts += [gap, rename(found.name) if found.kind == "variable" else found.text]
        return "".join(parts)

    def refusal(self) -> QueryRefusedError:
        """The error for a query of which the next token is not understood here."""
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
