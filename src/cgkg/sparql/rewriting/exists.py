"""EXISTS, so that it is looked up for each row.

The engine joins the patterns of a group by a table of all that one of them matches. Within EXISTS
it makes that table for each row anew, so that twice the data take four times as long. Here the
patterns of such a group follow each other by LATERAL, each with the values of those before it and
of the row, so that the engine's indexes find what matches.

    EXISTS { ?x :q ?y . ?this :p ?x }   is   EXISTS { ?this :p ?x LATERAL { ?x :q ?y } }

LATERAL gives a pattern the values before it is evaluated, a join afterwards. For triples that is
the same. For groups it is, where they bind themselves, before they use it, whatever they share with
what is before them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from cgkg.rdf.vocab import RDF
from cgkg.sparql.tree.edits import TextEdit, apply_edits
from cgkg.sparql.tree.nodes import (
    BindClause,
    BlankTerm,
    BracketedPath,
    CountedPath,
    ExistsTest,
    FilterClause,
    GraphTerm,
    GroupPattern,
    InversePath,
    ListTerm,
    MinusPattern,
    NamedGraphPattern,
    NamedNode,
    Node,
    OptionalPattern,
    Path,
    Pattern,
    PropertyListTerm,
    PropertyObjects,
    Query,
    QueryTree,
    SequencePath,
    TriplesBlock,
    UnionPattern,
    Variable,
    children,
    variables,
)
from cgkg.sparql.tree.scopes import EMPTY, Scopes, VariableScope

_FAR = 6
"""The rank from which on a pattern is not looked up by a value of those before it."""
_Names = frozenset[str]
_FIRST, _REST = (NamedNode(0, 0, f"<{each.value}>", each.value) for each in (RDF.first, RDF.rest))


def look_up_exists(tree: QueryTree) -> list[TextEdit]:
    """Other words for the groups of EXISTS that the engine would join for each row.

    None where groups are nested too deep for Python's stack.
    """
    try:
        return list(_LookupWriter(tree).edits(tree.query, frozenset()))
    except RecursionError:
        return []


@dataclass(frozen=True, slots=True)
class _JoinedPattern:
    """A pattern that is joined with others.

    Attributes:
        text: what it is in a group.
        scope: what it binds.
        ends: of a triple, subject and object as they are written.
        verb: of a triple, what is between them.
        pattern: what it is, if it is no triple.
    """

    text: str
    scope: VariableScope
    ends: tuple[str, str] = ("", "")
    verb: Variable | Path | None = None
    pattern: Pattern | None = None

    def rank(self, bound: _Names) -> int:
        """How many solutions it may have once these variables have values; low for few."""
        if self.verb is None:
            return 4 if self.scope.certain & bound else _FAR + 2
        first, last = (each[:1] != "?" for each in self.ends)
        from_first, from_last = (each[:1] == "?" and each[1:] in bound for each in self.ends)
        of_type = isinstance(self.verb, NamedNode) and self.verb.iri == RDF.type.value
        if (first or from_first) and (last or from_last):
            return 0
        if first or from_first:
            return 1
        if from_last:
            return 3 if of_type else 2
        if last:
            return _FAR + of_type
        return _FAR + 3 if isinstance(self.verb, CountedPath) else _FAR + 2


class _LookupWriter:
    """Writes groups of one query."""

    def __init__(self, tree: QueryTree) -> None:
        self._tree = tree
        self._scopes = Scopes()
        used = {each.name for each in variables(tree)}
        self._fresh = (f"?{name}" for n in count(1) if (name := f"between{n}") not in used)
        self._blank: dict[str, str] = {}
        # By the identity of a node, which the tree keeps.
        self._names: dict[int, _Names] = {}
        self._apart: dict[tuple[int, _Names, bool], bool] = {}

    def edits(self, node: Node, bound: _Names) -> Iterator[TextEdit]:
        """The changes to a part of the query; `bound` are variables that have values around it."""
        match node:
            case ExistsTest(group=group):
                text = f"{{ {self._write(group, bound)} }}"
                if " LATERAL {" in text:
                    yield TextEdit(group.start, group.end, text)
                return
            case GroupPattern():
                bound = bound | self._scopes.of(node).certain
            case Query(where=where):
                bound = self._scopes.of(where).certain if where else frozenset()
        for part in children(node):
            yield from self.edits(part, bound)

    def _edited(self, node: Node, bound: _Names) -> str:
        """A part of the query in which tests by EXISTS are changed."""
        edits = self.edits(node, bound)
        return apply_edits(self._tree.text[: node.end], edits)[node.start :]

    # Groups

    def _write(self, group: GroupPattern, bound: _Names) -> str:
        """What is between the braces of a group."""
        said: list[str] = []
        filters: list[FilterClause] = []
        run: list[_JoinedPattern] = []
        before = EMPTY
        for element in group.elements:
            match element:
                case FilterClause():
                    filters.append(element)
                case OptionalPattern() | BindClause() | MinusPattern():
                    before = self._join(run, before, bound, said)
                    run = []
                    said.append(self._write_next(element, before, bound))
                    before = before.join((self._scopes.of(element),))
                case TriplesBlock():
                    run += self._steps(element)
                case _:
                    scope = self._scopes.of(element)
                    run.append(_JoinedPattern("", scope, pattern=element))
        before = self._join(run, before, bound, said)
        said += [self._edited(each, bound | before.certain) for each in filters]
        return " ".join(said)

    def _write_next(self, element: Pattern, before: VariableScope, bound: _Names) -> str:
        """What is no join with those before it."""
        known = bound | before.certain
        if not isinstance(element, OptionalPattern):
            return self._edited(element, known)
        # Its own tests are of what is before it and of the group together (§18.2.2.6).
        apart = self._is_apart(element.group, before.possible, tested=False)
        if before.possible and apart:
            return f"LATERAL {{ OPTIONAL {{ {self._write(element.group, known)} }} }}"
        return f"OPTIONAL {{ {self._write(element.group, bound)} }}"

    def _join(
        self, run: list[_JoinedPattern], before: VariableScope, bound: _Names, said: list[str]
    ) -> VariableScope:
        """Put patterns that are joined, in whatever order, after what is said.

        Returns:
            what all of it binds.
        """
        waiting, place = list(run), said
        alone: list[list[str]] = []  # what shares nothing with what is before it
        while waiting:
            known = bound | before.possible
            ranks = [self._rank(each, bound, before) for each in waiting]
            rank = min(ranks)
            step = waiting.pop(ranks.index(rank))
            near = rank[0] < _FAR
            text = step.text or self._write_whole(step.pattern, known if near else bound)
            if not place:
                place.append(text)
            elif near:
                place.append(f"LATERAL {{ {text} }}")
            else:
                alone.append(place := [text])
            before = before.join((step.scope,))
        said += [f"{{ {' '.join(each)} }}" for each in alone]
        return before

    def _rank(self, step: _JoinedPattern, bound: _Names, before: VariableScope) -> tuple[int, int]:
        """That of a step after others, where all that may have a value has one, and where not."""
        if step.pattern is not None and not self._is_apart(step.pattern, before.possible):
            return _FAR + 4, 0
        return step.rank(bound | before.possible), step.rank(bound | before.certain)

    def _write_whole(self, pattern: Pattern | None, bound: _Names) -> str:
        """A pattern that is joined, but no triples."""
        match pattern:
            case GroupPattern(elements=(Query(),)):
                return self._edited(pattern, bound)
            case GroupPattern():
                return f"{{ {self._write(pattern, bound)} }}"
            case UnionPattern(branches=branches):
                return " UNION ".join(f"{{ {self._write(each, bound)} }}" for each in branches)
            case NamedGraphPattern(name=name, group=group):
                return f"GRAPH {self._tree.written(name)} {{ {self._write(group, bound)} }}"
        assert pattern is not None
        return self._edited(pattern, bound)

    def _is_apart(self, pattern: Pattern, given: _Names, *, tested: bool = True) -> bool:
        """Whether values for some variables, given before, have the effect of a join with them.

        Args:
            pattern: what they are given to.
            given: the variables.
            tested: whether its own tests count.
        """
        key = id(pattern), given, tested
        if key not in self._apart:
            self._apart[key] = self._find_apart(pattern, given, tested=tested)
        return self._apart[key]

    def _find_apart(self, pattern: Pattern, given: _Names, *, tested: bool) -> bool:
        match pattern:
            case TriplesBlock():
                return True
            case UnionPattern(branches=branches):
                return all(self._is_apart(each, given) for each in branches)
            case NamedGraphPattern(group=group):
                return self._is_apart(group, given)
            case GroupPattern(elements=elements):
                places = range(len(elements))
                return all(self._keeps_apart(pattern, at, given, tested=tested) for at in places)
        return False

    def _keeps_apart(self, group: GroupPattern, place: int, given: _Names, *, tested: bool) -> bool:
        element = group.elements[place]
        match element:
            case FilterClause():
                bound = self._scopes.of(group).certain
                return not tested or given & self._named(element) <= bound
            case OptionalPattern() | BindClause():
                before = EMPTY.join(map(self._scopes.of, group.elements[:place]))
                return given & self._named(element) <= before.certain
        return self._is_apart(element, given)

    def _named(self, element: Pattern) -> _Names:
        """The variables in a part of the query."""
        names = self._names.get(id(element))
        if names is None:
            names = frozenset(each.name for each in variables(element))
            self._names[id(element)] = names
        return names

    # Triples

    def _steps(self, block: TriplesBlock) -> Iterator[_JoinedPattern]:
        """The triples of a block one by one; blank nodes are variables."""
        for statement in block.triples:
            subject, steps = self._read_end(statement.subject)
            yield from steps
            yield from self._read_properties(subject, statement.properties)

    def _read_properties(
        self, subject: str, properties: tuple[PropertyObjects, ...]
    ) -> Iterator[_JoinedPattern]:
        for each in properties:
            for value in each.objects:
                end, steps = self._read_end(value)
                yield from self._walk(subject, each.verb, end)
                yield from steps

    def _read_end(self, node: GraphTerm) -> tuple[str, list[_JoinedPattern]]:
        """A term as it is written, and what it says of itself."""
        match node:
            case Variable(name=name):
                return f"?{name}", []
            case BlankTerm(label=label) if label:
                if label not in self._blank:
                    self._blank[label] = next(self._fresh)
                return self._blank[label], []
            case BlankTerm():
                return next(self._fresh), []
            case PropertyListTerm(properties=properties):
                end = next(self._fresh)
                return end, list(self._read_properties(end, properties))
            case ListTerm(items=items):
                return self._read_list(items)
        return self._tree.written(node), []

    def _read_list(self, items: tuple[GraphTerm, ...]) -> tuple[str, list[_JoinedPattern]]:
        steps: list[_JoinedPattern] = []
        end = str(RDF.nil)
        for item in reversed(items):
            value, said = self._read_end(item)
            cell = next(self._fresh)
            first, rest = self._walk(cell, _FIRST, value), self._walk(cell, _REST, end)
            steps = [*first, *said, *rest, *steps]
            end = cell
        return end, steps

    def _walk(self, start: str, path: Variable | Path, end: str) -> Iterator[_JoinedPattern]:
        """The steps of a path between two ends."""
        match path:
            case BracketedPath(path=inner):
                yield from self._walk(start, inner, end)
            case InversePath(path=inner):
                yield from self._walk(end, inner, start)
            case SequencePath(steps=steps):
                places = [start, *(next(self._fresh) for _ in steps[1:]), end]
                for step, one, other in zip(steps, places, places[1:], strict=False):
                    yield from self._walk(one, step, other)
            case _:
                verb = path.text if path in (_FIRST, _REST) else self._tree.written(path)
                names = {each[1:] for each in (start, verb, end) if each[:1] in ("?", "$")}
                scope = VariableScope(*[frozenset(names)] * 3)
                yield _JoinedPattern(f"{start} {verb} {end}", scope, (start, end), path)
