"""Writing triple patterns out: blank nodes, lists and the steps of paths become variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cgkg.sparql.support import paths
from cgkg.sparql.support.paths import (
    NegatedPropertySet,
    PathAlternative,
    PathStep,
    PropertyPath,
    RepeatedPath,
)
from cgkg.sparql.support.patterns import Names, Scope, TriplePattern, WrittenPattern
from cgkg.sparql.support.reading import Cursor, Renaming

_FIRST = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#first>"
_REST = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#rest>"
_NIL = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>"
_CONSTANTS = ("iri", "name", "number", "string")


class Triples:
    """Reads triples at a cursor; gathers the patterns, and the constants that they name."""

    def __init__(self, cursor: Cursor, names: Names) -> None:
        self._cursor = cursor
        self._names = names
        self._blanks: dict[tuple[Renaming, str], str] = {}
        self._constants: dict[str, None] = {}
        self.patterns: list[TriplePattern] = []

    @property
    def constants(self) -> tuple[str, ...]:
        """The terms that are no variables, as the query writes them."""
        return tuple(self._constants)

    def read(self, scope: Scope, part: WrittenPattern) -> None:
        """The triples of one subject (SPARQL 1.1 §19.8, rule 81)."""
        alone = self._cursor.at("[", "(")
        subject = self.read_node(scope, part)
        if not alone or self._at_verb():
            self._read_properties(subject, scope, part)

    def read_node(self, scope: Scope, part: WrittenPattern) -> str:
        """The term at the cursor; what a blank node or a list in brackets says is added.

        Raises:
            QueryRefusedError: no term stands there.
        """
        cursor, start = self._cursor, self._cursor.place
        token = cursor.take()
        if token.kind == "variable":
            return scope.rename(token.name)
        if token.kind == "blank":
            return self._name_blank(token.text, scope)
        if token.text == "[":
            return self._read_bracketed(scope, part)
        if token.text == "(":
            return self._read_list(scope, part)
        if token.kind not in _CONSTANTS and token.name not in ("TRUE", "FALSE"):
            cursor.place = start
            raise cursor.unexpected_token_error()
        if token.kind == "string" and cursor.accept("^"):
            cursor.expect("^")
            cursor.take()
        elif token.kind == "string" and cursor.next.kind == "language":
            cursor.take()
        return self._note_constant(cursor.text(start, cursor.place, str))

    def _note_constant(self, text: str) -> str:
        self._constants[text] = None
        return text

    def _name_blank(self, label: str, scope: Scope) -> str:
        key = scope.rename, label
        if key not in self._blanks:
            self._blanks[key] = self._names.invent()
        return self._blanks[key]

    def _read_bracketed(self, scope: Scope, part: WrittenPattern) -> str:
        node = self._names.invent()
        if not self._cursor.at("]"):
            self._read_properties(node, scope, part)
        self._cursor.expect("]")
        return node

    def _read_list(self, scope: Scope, part: WrittenPattern) -> str:
        cursor = self._cursor
        if cursor.accept(")"):
            return self._note_constant(_NIL)
        for iri in (_FIRST, _REST, _NIL):
            self._note_constant(iri)
        head = cell = self._names.invent()
        while True:
            self._write_triple(cell, _FIRST, self.read_node(scope, part), scope, part)
            ended = cursor.accept(")")
            after = _NIL if ended else self._names.invent()
            self._write_triple(cell, _REST, after, scope, part)
            if ended:
                return head
            cell = after

    def _at_verb(self) -> bool:
        token = self._cursor.next
        return token.kind in ("variable", "iri", "name") or token.name in ("A", "^", "!", "(")

    def _read_properties(self, subject: str, scope: Scope, part: WrittenPattern) -> None:
        cursor, more = self._cursor, True
        while more:
            verb = self._read_verb(scope)
            self._write_path(subject, verb, self.read_node(scope, part), scope, part)
            while cursor.accept(","):
                self._write_path(subject, verb, self.read_node(scope, part), scope, part)
            more = False
            while cursor.accept(";"):
                more = self._at_verb()

    def _read_verb(self, scope: Scope) -> str | PropertyPath:
        if self._cursor.next.kind == "variable":
            return scope.rename(self._cursor.take().name)
        path = paths.read_path(self._cursor)
        for iri in paths.path_iris(path):
            self._note_constant(iri)
        return path

    def _write_path(
        self, subject: str, verb: str | PropertyPath, value: str, scope: Scope, part: WrittenPattern
    ) -> None:
        """Write out a path between two terms; a variable as verb is a single step."""
        match verb:
            case PathStep(iri, back):
                self._write_step(subject, iri, value, back, scope, part)
            case str():
                self._write_triple(subject, verb, value, scope, part)
            case RepeatedPath():
                self.patterns.append(TriplePattern(subject, verb, value, scope.graph, scope.branch))
                part.add(f"{subject} {verb.text} {value} .", [subject, value])
            case NegatedPropertySet(iris, back):
                verb, inner = self._names.invent(), WrittenPattern()
                self._write_step(subject, verb, value, back, scope, inner)
                part.add_part(f"{{ {inner} FILTER({verb} NOT IN ({', '.join(iris)})) }}", inner)
            case paths.PathSequence(steps):
                nodes = [subject, *(self._names.invent() for _ in steps[1:]), value]
                for start, step, end in zip(nodes, steps, nodes[1:], strict=False):
                    self._write_path(start, step, end, scope, part)
            case PathAlternative(choices):
                self._write_choice(subject, choices, value, scope, part)

    def _write_step(
        self, subject: str, verb: str, value: str, back: bool, scope: Scope, part: WrittenPattern
    ) -> None:
        subject, value = (value, subject) if back else (subject, value)
        self._write_triple(subject, verb, value, scope, part)

    def _write_triple(self, s: str, p: str, o: str, scope: Scope, part: WrittenPattern) -> None:
        self.patterns.append(TriplePattern(s, p, o, scope.graph, scope.branch))
        part.add(f"{s} {p} {o} .", [s, p, o])

    def _write_choice(
        self,
        subject: str,
        choices: Sequence[PropertyPath],
        value: str,
        scope: Scope,
        part: WrittenPattern,
    ) -> None:
        branches = []
        for path in choices:
            mark, inner = self._names.invent(), WrittenPattern()
            self._write_path(subject, path, value, replace(scope, branch=mark), inner)
            branches.append((inner.write_with_mark(mark), inner))
        part.add_union(branches)
