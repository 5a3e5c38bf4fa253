"""Property paths of length zero from an IRI that the graph does not have.

`<a> p* ?x` has the solution ?x = <a> whatever the graph holds (SPARQL 1.1 §18.4, ZeroLengthPath);
the engine gives it only if <a> is a node of the graph. If it is none, nothing else can be reached
either, so the pattern is exactly VALUES ?x { <a> }.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import EllipsisType

from cgkg.sparql.syntax import Outline, expand_iri
from cgkg.sparql.tokenlist import TextEdit, TokenList, apply_edits

_CONSTANT = ("iri", "name")
_BEFORE = ("{", "}", ".", ")")


# Whether an IRI is the subject or object of no triple of a graph that there is: the default graph,
# or the one of that name.
Absent = Callable[[str, str | None], bool]


def replace_absent_paths(query: str, outline: Outline, absent: Absent) -> str:
    """The query with such patterns said by VALUES.

    Args:
        query: the text of the query.
        outline: what its text says before it is parsed.
        absent: tells which IRIs a graph does not have.
    """
    text = TokenList(query)
    # Blank nodes must not be cut off their patterns.
    if any(text.kind(i) == "blank" for i in range(len(text))):
        return query
    graphs = _find_graphs(text, outline)
    edits = []
    for start, end in _find_patterns(text):
        ends = [text[start], text[end]]
        iris = [
            expand_iri(t.text, outline.base, outline.prefixes) for t in ends if t.kind in _CONSTANT
        ]
        graph = graphs[start]
        if len(set(iris)) == 1 and graph is not ... and absent(iris[0], graph):
            constant = next(t for t in ends if t.kind in _CONSTANT)
            variable = next((t.text for t in ends if t.kind == "variable"), "")
            values = f"VALUES {variable} {{ {constant.text} }}" if variable else ""
            edits.append(TextEdit(ends[0].start, ends[1].end, f"{{ {values} }}"))
    return apply_edits(query, edits)


def _find_graphs(text: TokenList, outline: Outline) -> list[str | EllipsisType | None]:
    """For each token the name of the graph in which a pattern there is matched: None for the
    default graph, ... where a variable says it."""
    around: list[str | EllipsisType | None] = [None]
    graphs = []
    for i in range(len(text)):
        if text.text(i) == "{":
            inner = around[-1]
            if text.is_word(i - 2, "GRAPH"):
                constant = text.kind(i - 1) in _CONSTANT
                inner = (
                    expand_iri(text.text(i - 1), outline.base, outline.prefixes)
                    if constant
                    else ...
                )
            around.append(inner)
        graphs.append(around[-1])
        if text.text(i) == "}" and len(around) > 1:
            around.pop()
    return graphs


def _find_patterns(text: TokenList) -> Iterator[tuple[int, int]]:
    """The places of subject and object of statements that are one path which may be empty."""
    for index in range(1, len(text)):
        if text.text(index - 1) not in _BEFORE or not _is_end(text, index):
            continue
        reader = _PathReader(text, index + 1)
        if not reader.read_alternatives() or not _is_end(text, reader.at):
            continue
        if text.text(reader.at + 1) in (".", "{", "}") or text.kind(reader.at + 1) == "word":
            yield index, reader.at


def _is_end(text: TokenList, index: int) -> bool:
    return text.kind(index) in ("variable", *_CONSTANT)


class _PathReader:
    """Reads a path (§19.8, rules 88 to 96) and says whether it may be empty.

    `at` is the place after it. What is no path may be empty never.
    """

    def __init__(self, text: TokenList, at: int) -> None:
        self._text, self.at = text, at

    def _accept(self, sign: str) -> bool:
        taken = self._text.text(self.at) == sign
        self.at += taken
        return taken

    def read_alternatives(self) -> bool:
        empty = self._read_sequence()
        while self._accept("|"):
            empty = self._read_sequence() or empty
        return empty

    def _read_sequence(self) -> bool:
        empty = self._read_element()
        while self._accept("/"):
            empty = self._read_element() and empty
        return empty

    def _read_element(self) -> bool:
        self._accept("^")
        empty = self._read_primary()
        if self._accept("*") or self._accept("?"):
            return True
        self._accept("+")
        return empty

    def _read_primary(self) -> bool:
        self._accept("!")  # what is negated is never empty
        if self._accept("("):
            empty = self.read_alternatives()
            return self._accept(")") and empty
        step = self._text.kind(self.at) in _CONSTANT or self._text.text(self.at) == "a"
        self.at += step
        return False
