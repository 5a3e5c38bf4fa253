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
from cgkg.sparql.support.reading import Renaming
from cgkg.sparql.tree.nodes import (
    BlankTerm,
    GraphTerm,
    ListTerm,
    LiteralTerm,
    NamedNode,
    Path,
    PropertyListTerm,
    PropertyObjects,
    QueryTree,
    SubjectTriples,
    Variable,
)

_FIRST = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#first>"
_REST = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#rest>"
_NIL = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>"


class Triples:
    """Writes triples; gathers the patterns, and the constants that they name."""

    def __init__(self, tree: QueryTree, names: Names) -> None:
        self._tree = tree
        self._names = names
        self._blanks: dict[tuple[Renaming, str], str] = {}
        self._constants: dict[str, None] = {}
        self.patterns: list[TriplePattern] = []

    @property
    def constants(self) -> tuple[str, ...]:
        """The terms that are no variables, as the query writes them."""
        return tuple(self._constants)

    def write(self, triples: SubjectTriples, scope: Scope, part: WrittenPattern) -> None:
        """Add the triples of one subject (SPARQL 1.1 §19.8, rule 81)."""
        subject = self.write_node(triples.subject, scope, part)
        self._write_properties(subject, triples.properties, scope, part)

    def write_node(self, node: GraphTerm, scope: Scope, part: WrittenPattern) -> str:
        """A term; what a blank node or a list in brackets says is added."""
        match node:
            case Variable(name=name):
                return scope.rename(f"?{name}")
            case BlankTerm(label=label):
                return self._name_blank(label, scope) if label else self._names.invent()
            case PropertyListTerm():
                made = self._names.invent()
                self._write_properties(made, node.properties, scope, part)
                return made
            case ListTerm():
                return self._write_list(node, scope, part)
            case NamedNode() | LiteralTerm():
                return self._note_constant(self._tree.written(node))

    def _note_constant(self, text: str) -> str:
        self._constants[text] = None
        return text

    def _name_blank(self, label: str, scope: Scope) -> str:
        key = scope.rename, label
        if key not in self._blanks:
            self._blanks[key] = self._names.invent()
        return self._blanks[key]

    def _write_list(self, node: ListTerm, scope: Scope, part: WrittenPattern) -> str:
        if not node.items:
            return self._note_constant(_NIL)
        for iri in (_FIRST, _REST, _NIL):
            self._note_constant(iri)
        cells = [self._names.invent() for _ in node.items]
        for cell, after, item in zip(cells, [*cells[1:], _NIL], node.items, strict=True):
            self._write_triple(cell, _FIRST, self.write_node(item, scope, part), scope, part)
            self._write_triple(cell, _REST, after, scope, part)
        return cells[0]

    def _write_properties(
        self,
        subject: str,
        properties: Sequence[PropertyObjects],
        scope: Scope,
        part: WrittenPattern,
    ) -> None:
        for each in properties:
            verb = self._read_verb(each.verb, scope)
            for value in each.objects:
                self._write_path(subject, verb, self.write_node(value, scope, part), scope, part)

    def _read_verb(self, verb: Variable | Path, scope: Scope) -> str | PropertyPath:
        if isinstance(verb, Variable):
            return scope.rename(f"?{verb.name}")
        path = paths.read_path(self._tree, verb)
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
