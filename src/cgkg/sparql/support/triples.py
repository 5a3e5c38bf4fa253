"""Writing triple patterns out: blank nodes, lists and the steps of paths become variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cgkg.sparql.support import paths
from cgkg.sparql.support.paths import Alternative, Closure, Excluded, Path, Step
from cgkg.sparql.support.patterns import Link, Names, Part, Scope
from cgkg.sparql.support.reading import Cursor, Renaming

_FIRST = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#first>"
_REST = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#rest>"
_NIL = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>"
_CONSTANTS = ("iri", "name", "number", "string")


class Triples:
    """Reads triples at a cursor; gathers links, and the constants that they name."""

    def __init__(self, cursor: Cursor, names: Names) -> None:
        self._cursor = cursor
        self._names = names
        self._blanks: dict[tuple[Renaming, str], str] = {}
        self._constants: dict[str, None] = {}
        self.links: list[Link] = []

    @property
    def constants(self) -> tuple[str, ...]:
        """The terms that are no variables, as the query writes them."""
        return tuple(self._constants)

    def read(self, scope: Scope, part: Part) -> None:
        """The triples of one subject (SPARQL 1.1 §19.8, rule 81)."""
        alone = self._cursor.at("[", "(")
        subject = self.node(scope, part)
        if not alone or self._at_verb():
            self._properties(subject, scope, part)

    def node(self, scope: Scope, part: Part) -> str:
        """The term at the cursor; what a blank node or a list in brackets says is added.

        Raises:
            QueryRefusedError: no term stands there.
        """
        cursor, start = self._cursor, self._cursor.place
        found = cursor.take()
        if found.kind == "variable":
            return scope.rename(found.name)
        if found.kind == "blank":
            return self._blank(found.text, scope)
        if found.text == "[":
            return self._bracketed(scope, part)
        if found.text == "(":
            return self._list(scope, part)
        if found.kind not in _CONSTANTS and found.name not in ("TRUE", "FALSE"):
            cursor.place = start
            raise cursor.refusal()
        if found.kind == "string" and cursor.accept("^"):
            cursor.expect("^")
            cursor.take()
        elif found.kind == "string" and cursor.next.kind == "language":
            cursor.take()
        return self._constant(cursor.text(start, cursor.place, str))

    def _constant(self, text: str) -> str:
        self._constants[text] = None
        return text

    def _blank(self, label: str, scope: Scope) -> str:
        key = scope.rename, label
        if key not in self._blanks:
            self._blanks[key] = self._names.invent()
        return self._blanks[key]

    def _bracketed(self, scope: Scope, part: Part) -> str:
        node = self._names.invent()
        if not self._cursor.at("]"):
            self._properties(node, scope, part)
        self._cursor.expect("]")
        return node

    def _list(self, scope: Scope, part: Part) -> str:
        cursor = self._cursor
        if cursor.accept(")"):
            return self._constant(_NIL)
        for iri in (_FIRST, _REST, _NIL):
            self._constant(iri)
        head = cell = self._names.invent()
        while True:
            self._triple(cell, _FIRST, self.node(scope, part), scope, part)
            ended = cursor.accept(")")
            after = _NIL if ended else self._names.invent()
            self._triple(cell, _REST, after, scope, part)
            if ended:
                return head
            cell = after

    def _at_verb(self) -> bool:
        found = self._cursor.next
        return found.kind in ("variable", "iri", "name") or found.name in ("A", "^", "!", "(")

    def _properties(self, subject: str, scope: Scope, part: Part) -> None:
        cursor, more = self._cursor, True
        while more:
            verb = self._verb(scope)
            self._link(subject, verb, self.node(scope, part), scope, part)
            while cursor.accept(","):
                self._link(subject, verb, self.node(scope, part), scope, part)
            more = False
            while cursor.accept(";"):
                more = self._at_verb()

    def _verb(self, scope: Scope) -> str | Path:
        if self._cursor.next.kind == "variable":
            return scope.rename(self._cursor.take().name)
        path = paths.read_path(self._cursor)
        for iri in paths.iris(path):
            self._constant(iri)
        return path

    def _link(self, subject: str, verb: str | Path, value: str, scope: Scope, part: Part) -> None:
        """Write out a path between two terms; a variable as verb is a single step."""
        match verb:
            case Step(iri, back):
                self._step(subject, iri, value, back, scope, part)
            case str():
                self._triple(subject, verb, value, scope, part)
            case Closure():
                self.links.append(Link(subject, verb, value, scope.graph, scope.branch))
                part.add(f"{subject} {verb.text} {value} .", [subject, value])
            case Excluded(iris, back):
                verb, found = self._names.invent(), Part()
                self._step(subject, verb, value, back, scope, found)
                part.join(f"{{ {found} FILTER({verb} NOT IN ({', '.join(iris)})) }}", found)
            case paths.Sequence(steps):
                nodes = [subject, *(self._names.invent() for _ in steps[1:]), value]
                for start, step, end in zip(nodes, steps, nodes[1:], strict=False):
                    self._link(start, step, end, scope, part)
            case Alternative(choices):
                self._choice(subject, choices, value, scope, part)

    def _step(
        self, subject: str, verb: str, value: str, back: bool, scope: Scope, part: Part
    ) -> None:
        subject, value = (value, subject) if back else (subject, value)
        self._triple(subject, verb, value, scope, part)

    def _triple(self, s: str, p: str, o: str, scope: Scope, part: Part) -> None:
        self.links.append(Link(s, p, o, scope.graph, scope.branch))
        part.add(f"{s} {p} {o} .", [s, p, o])

    def _choice(
        self, subject: str, choices: Sequence[Path], value: str, scope: Scope, part: Part
    ) -> None:
        branches = []
        for path in choices:
            mark, found = self._names.invent(), Part()
            self._link(subject, path, value, replace(scope, branch=mark), found)
            branches.append((found.marked(mark), found))
        part.either(branches)
