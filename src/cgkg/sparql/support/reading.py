"""Reading a query that the engine has accepted: a place in its tokens, moved forward.

Not a parser of SPARQL: who reads knows that the query is well-formed and only looks for its parts.
"""

from __future__ import annotations

from collections.abc import Callable

from cgkg.errors import QueryRefusedError
from cgkg.sparql.syntax import Token, read_tokens

Renaming = Callable[[str], str]


class Cursor:
    """A place in the query; `place` counts tokens and may be set to go back."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.tokens = [*read_tokens(query), Token("end", "", len(query))]
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
        token = self.next
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

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
            raise self.unexpected_token_error()
        return self.take()

    def skip(self) -> None:
        """Move past one token, or past everything up to the bracket that closes it."""
        depth = 0
        while True:
            token = self.take()
            depth += {"open": 1, "close": -1}.get(token.kind, 0)
            if depth <= 0 or token.kind == "end":
                return

    def text(self, start: int, end: int, rename: Renaming) -> str:
        """What stands from one place up to another, with its variables renamed."""
        parts = []
        for before, token in zip(
            (None, *self.tokens[start:end]), self.tokens[start:end], strict=False
        ):
            gap = self.query[before.end : token.start] if before else ""
            parts += [gap, rename(token.name) if token.kind == "variable" else token.text]
        return "".join(parts)

    def unexpected_token_error(self) -> QueryRefusedError:
        """The error for a query of which the next token is not understood here."""
        token = self.next
        line = self.query.count("\n", 0, token.start) + 1
        column = token.start - self.query.rfind("\n", 0, token.start)
        shown = token.text or "the end"
        return unsupported_error(f"a query with {shown} at line {line}, column {column}")


def unsupported_error(what: str) -> QueryRefusedError:
    """The error for what evidence is not given for."""
    return QueryRefusedError(
        f"evidence is not given for {what}",
        hint="it is given for a SELECT over triple patterns, property paths, OPTIONAL, UNION,"
        " MINUS, FILTER, BIND, VALUES, GRAPH, sub-SELECT and GROUP BY; leave out evidence=true",
    )
