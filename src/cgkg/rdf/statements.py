"""Turtle and TriG cut into statements, whether they are well-formed or not.

That is how one that is wrong can be left out, and how one that a parser does not place is found.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<skip>\s++|\#[^\n]*+)
      | (?P<term>\"{3}(?:[^"\\]++|\\.|"(?!""))*+\"{3}|'{3}(?:[^'\\]++|\\.|'(?!''))*+'{3}
          |"(?:[^"\\\n\r]++|\\.)*+"|'(?:[^'\\\n\r]++|\\.)*+')
      | (?P<star><<\(?|\)?>>|\{\||\|\}|~)
      | (?P<iri><[^<>\n]*+>)
      | (?P<word>\.[0-9]++(?:[eE][+-]?[0-9]++)?+
          |(?:\\.|[^\s<>"'{}()\[\];,\#.\\])++(?:\.++(?:\\.|[^\s<>"'{}()\[\];,\#.\\])++)*+)
      | (?P<mark>[.{}])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
NO_TRIPLE_TERMS = "triple terms of RDF 1.2 are not supported"
NAMED_GRAPHS_INSTEAD = "say where a statement comes from with a named graph"
_DIRECTIVES = ("prefix", "base", "version")
_LABEL = "_:cgkg-graph-{}"  # for a graph whose label is [], all statements of which must share it


@dataclass(frozen=True)
class WrittenStatement:
    """A statement in a text: from where to where, and the place it begins at (1-based).

    `graph` is what opens the graph it is in, empty for the default graph. A directive declares a
    prefix, the base or a version.
    """

    start: int
    end: int
    line: int
    column: int
    graph: str = ""
    directive: bool = False


def split(text: str, *, graphs: bool) -> Iterator[WrittenStatement]:
    """The statements of Turtle text, or with `graphs` of TriG; what is no statement counts as one.

    Outside of names, numbers, strings and IRIs a full stop ends a statement, however many brackets
    are open: none can stand inside of them.
    """
    reader = _Splitter(text, graphs)
    for match in _TOKEN.finditer(text):
        yield from reader.take(match.lastgroup or "", match)
    yield from reader.end()


class Places:
    """Lines and columns of a text."""

    def __init__(self, text: str) -> None:
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def of(self, offset: int) -> tuple[int, int]:
        """Line and column (1-based) of an offset."""
        before = bisect_left(self._ends, offset)
        return before + 1, offset - (self._ends[before - 1] if before else -1)


class _Splitter:
    def __init__(self, text: str, graphs: bool) -> None:
        self._text, self._graphs = text, graphs
        self._graph = ""
        self._start: int | None = None
        self._sparql = False  # in a directive that no full stop ends
        self._directive = False
        self._opened = 0
        self._places = Places(text)

    def take(self, kind: str, match: re.Match[str]) -> Iterator[WrittenStatement]:
        token = match[0]
        if kind == "skip":
            return
        if kind == "mark" and self._graphs and token in "{}":
            yield from self._brace(token, match)
            return
        if self._start is None:
            self._begin(kind, match)
        if (kind == "mark" and token == ".") or (
            self._sparql and (kind == "iri" or (kind == "term"))
        ):
            yield self._statement(match.end())

    def end(self) -> Iterator[WrittenStatement]:
        """What is left: the last statement has no full stop, a graph no end."""
        if self._start is not None:
            yield self._statement(len(self._text.rstrip()))
        if self._graph:
            self._start, self._graph = self._opened, ""
            yield self._statement(self._opened + 1)

    def _begin(self, kind: str, match: re.Match[str]) -> None:
        self._start = match.start()
        word = match[0].lower()
        self._directive = kind == "word" and word.removeprefix("@") in _DIRECTIVES
        self._sparql = self._directive and word[0] != "@"

    def _brace(self, token: str, match: re.Match[str]) -> Iterator[WrittenStatement]:
        if token == "{":
            label = "" if self._start is None else self._text[self._start : match.start()]
            if re.fullmatch(r"\s*(?:GRAPH\s*)?\[\s*\]\s*", label, re.IGNORECASE):
                label = _LABEL.format(match.start())
            self._graph, self._opened, self._start = label + "{", match.start(), None
            return
        if self._start is not None:
            yield self._statement(match.start())
        elif not self._graph:
            self._start = match.start()
            yield self._statement(match.end())
        self._graph = ""

    def _statement(self, end: int) -> WrittenStatement:
        start = self._start or 0
        line, column = self._places.of(start)
        made = WrittenStatement(start, end, line, column, self._graph, self._directive)
        self._start, self._sparql, self._directive = None, False, False
        return made


def triple_term(text: str) -> tuple[int, int] | None:
    """Line and column of the first mark of RDF 1.2: a triple term, a reifier or an annotation."""
    star = (m.start() for m in _TOKEN.finditer(text) if m.lastgroup == "star")
    at = next(star, None)
    return None if at is None else Places(text).of(at)


def base_direction(text: str) -> tuple[int, int] | None:
    """Line and column of the first language tag with a base direction, `@en--ltr`."""
    words = (m for m in _TOKEN.finditer(text) if m.lastgroup == "word")
    at = next((m.start() for m in words if m[0][0] == "@" and "--" in m[0]), None)
    return None if at is None else Places(text).of(at)


def longest(text: str) -> tuple[int, int]:
    """Line and column of the longest token, or comment."""
    at = max(_TOKEN.finditer(text), key=lambda m: m.end() - m.start()).start()
    return Places(text).of(at)
