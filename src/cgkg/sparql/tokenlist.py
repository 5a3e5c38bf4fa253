"""A query's tokens with their brackets matched, and changes to its text by their places."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cgkg.sparql.syntax import Token, read_tokens


@dataclass(frozen=True)
class TextEdit:
    """New words for the characters from `start` to `end` of a text; the same: an insertion."""

    start: int
    end: int
    text: str


def apply_edits(query: str, edits: Iterable[TextEdit]) -> str:
    """The text with all changes made; insertions at one place stay in their order."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start >= at:
            parts += [query[at : edit.start], edit.text]
            at = edit.end
    return "".join([*parts, query[at:]])


class TokenList:
    """The tokens of a query; a place is an index into them."""

    def __init__(self, query: str) -> None:
        self.query = query
        self._tokens = list(read_tokens(query))
        self._partner: dict[int, int] = {}
        self._around: list[int] = []
        opened: list[int] = []
        for index, token in enumerate(self._tokens):
            if token.kind == "close" and opened:
                self._partner[opened.pop()] = index
            self._around.append(opened[-1] if opened else -1)
            if token.kind == "open":
                opened.append(index)

    def __len__(self) -> int:
        return len(self._tokens)

    def __iter__(self) -> Iterator[Token]:
        return iter(self._tokens)

    def __getitem__(self, index: int) -> Token:
        return self._tokens[index]

    def kind(self, index: int) -> str:
        """The kind of the token there; empty beyond the end."""
        return self._tokens[index].kind if index < len(self._tokens) else ""

    def text(self, index: int) -> str:
        """The text of the token there; empty beyond the end."""
        return self._tokens[index].text if index < len(self._tokens) else ""

    def is_word(self, index: int, *words: str) -> bool:
        """Whether one of these keywords, given in upper case, stands there."""
        return self.kind(index) == "word" and self._tokens[index].text.upper() in words

    def is_call(self, index: int, *names: str) -> bool:
        """Whether one of these functions is called there."""
        return self.is_word(index, *names) and self.text(index + 1) == "("

    def calls(self, name: str) -> list[int]:
        """The places where the function is called and its brackets are closed."""
        return [i for i in range(len(self)) if self.is_call(i, name) and i + 1 in self._partner]

    def closing(self, index: int) -> int:
        """The place of the bracket that closes the one there; the end if there is none."""
        return self._partner.get(index, len(self) - 1)

    def opening(self, index: int) -> int:
        """The place of the bracket around what is there; -1 if there is none."""
        return self._around[index]

    def variables(self, places: Iterable[int]) -> set[str]:
        """The names of the variables at these places, without their signs."""
        return {self[i].text[1:] for i in places if self.kind(i) == "variable"}

    def fresh_variable(self, like: str) -> str:
        """A variable that the query does not have."""
        used = self.variables(range(len(self)))
        names = (f"{like[1:]}{number}" for number in itertools.count(1))
        return "?" + next(name for name in names if name not in used)

    def after_select(self, index: int) -> int:
        """The place of the first projected thing after SELECT."""
        return index + 1 + self.is_word(index + 1, "DISTINCT", "REDUCED")

    def star_in(self, selects: Iterable[int]) -> bool:
        """Whether one of these SELECTs is a SELECT *."""
        return any(self.text(self.after_select(index)) == "*" for index in selects)

    @property
    def selects_all(self) -> bool:
        """Whether there is a SELECT * anywhere."""
        return self.star_in(i for i in range(len(self)) if self.is_word(i, "SELECT"))

    def is_out_of_scope(self, index: int) -> bool:
        """Whether a variable there is none of the solutions: in FILTER, EXISTS or MINUS."""
        around = self.opening(index)
        while around > 0:
            if self.is_word(around - 1, "FILTER", "EXISTS", "MINUS"):
                return True
            around = self.opening(around)
        return False
