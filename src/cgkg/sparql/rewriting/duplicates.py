"""Paths that give a solution more often than the engine does.

`p | q` is a union (SPARQL 1.1 §18.4, Alternative), of which the engine leaves out duplicates. Only
where the data have some is the pattern written as a union, which may take longer. `!p` has a
solution for each triple (§18.4, NegatedPropertySet); between two ends that are known the engine
finds one, so there it is written as `?s ?step ?o FILTER(?step NOT IN (p))`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations, count, pairwise, product
from math import prod
from typing import NamedTuple

from cgkg.errors import QueryRefusedError
from cgkg.rdf.vocab import RDF
from cgkg.sparql.rewriting.blocks import find_blocks, find_shared_labels, labels_of
from cgkg.sparql.rewriting.contents import Contents
from cgkg.sparql.tree.edits import TextEdit
from cgkg.sparql.tree.nodes import (
    AggregateCall,
    AlternativePath,
    BlankTerm,
    BracketedPath,
    Described,
    FilterClause,
    GraphTerm,
    GroupByClause,
    HavingClause,
    InversePath,
    LiteralTerm,
    NamedNode,
    NegatedPath,
    Node,
    OrderByClause,
    Path,
    Projection,
    PropertyListTerm,
    PropertyObjects,
    QueryTree,
    SequencePath,
    Template,
    TriplesBlock,
    Variable,
    children,
    variables,
    walk,
)

# A pattern is written as so many branches of a union at most.
_MOST_BRANCHES = 64
# What stands in them gives a variable of the pattern no value.
_TESTING = FilterClause | GroupByClause | HavingClause | OrderByClause | Template | Described


class _End(NamedTuple):
    """A term at the end of a path.

    Attributes:
        text: as a query says it.
        constant: the term, if it is a constant.
        known: whether it may have a value before the path is walked.
    """

    text: str
    constant: NamedNode | LiteralTerm | None = None
    known: bool = True


class _Step(NamedTuple):
    """A triple; its verb is a path if the engine finds its solutions as often as they are there,
    or a variable for other predicates than those that are excluded."""

    start: str
    verb: str
    end: str
    excluded: str = ""


_Way = tuple[_Step, ...]
_Triple = tuple[_End, Variable | Path, _End]
_BETWEEN = _End("_:")
_FIRST, _REST = (NamedNode(0, 0, f"<{each.value}>", each.value) for each in (RDF.first, RDF.rest))


def keep_duplicates(tree: QueryTree, contents: Contents) -> list[TextEdit]:
    """Other words for the paths that may give a solution more often, where that matters.

    Raises:
        QueryRefusedError: unions would be too many, or part a blank node from its other triples.
    """
    blocks = [
        (block, graph)
        for block, graph, counted in find_blocks(tree.query)
        if counted and _has_choice(block)
    ]
    if not blocks:
        return []
    shared = find_shared_labels(tree.query)
    writer = _PathWriter(tree, contents)
    edits = []
    for block, graph in blocks:
        text = writer.write(block, graph, shared)
        if text is not None:
            edits.append(TextEdit(block.start, block.end, text))
    return edits


class _PathWriter:
    """Writes the blocks of one query."""

    def __init__(self, tree: QueryTree, contents: Contents) -> None:
        self._tree = tree
        self._contents = contents
        self._uses = Counter(_find_uses(tree))
        self._shows_all = _shows_all(tree)
        used = {node.name for node in variables(tree.query)}
        used |= {n.label for n in walk(tree.query) if isinstance(n, BlankTerm)}
        self._fresh = (name for n in count(1) if (name := f"step{n}") not in used)
        self._hidden = False

    def write(self, block: TriplesBlock, graph: Node | None, shared: set[str]) -> str | None:
        """The block in other words; None if it may stay.

        Args:
            block: the triples.
            graph: the name of their graph.
            shared: the labels of blank nodes that several blocks have.
        """
        triples = list(self._read(block))
        if not any(self._may_repeat(verb, one, other) for one, verb, other in triples):
            return None
        shown = {f"?{each.name}": None for each in variables(block)}
        if isinstance(graph, Variable):
            shown[f"?{graph.name}"] = None
        # Where a new variable would be shown and nothing else is, each predicate is written.
        self._hidden = self._shows_all and not shown
        ways = [self._find_ways(verb, one, other) for one, verb, other in triples]
        branches = prod(map(len, ways))
        inventing = any(step.excluded for each in ways for way in each for step in way)
        wrapped = inventing and self._shows_all
        if branches > _MOST_BRANCHES or (shared & labels_of(block) and (branches > 1 or wrapped)):
            raise QueryRefusedError(
                "paths that give a solution more than once are not answered here"
                + (" with so many others" if branches > 1 else " beside a blank node of elsewhere"),
                hint="write alternatives as UNION, or use SELECT DISTINCT",
            )
        if branches == 1:
            text = _write_branch(next(product(*ways)), "")
        else:
            texts = (_write_branch(way, f"_{n}") for n, way in enumerate(product(*ways)))
            text = " UNION ".join(f"{{ {each} }}" for each in texts)
            if not branches:
                text = "FILTER(false)"
        return f"{{ SELECT {' '.join(shown)} {{ {text} }} }}" if wrapped else text

    # Triples

    def _read(self, block: TriplesBlock) -> list[_Triple]:
        """The triples of a block, with lists and brackets written out."""
        said: list[_Triple] = []
        for statement in block.triples:
            alone = sum(len(each.objects) for each in statement.properties) == 1
            subject = self._read_end(statement.subject, said, alone=alone)
            self._read_properties(subject, statement.properties, said)
        return said

    def _read_properties(
        self, subject: _End, properties: Iterable[PropertyObjects], said: list[_Triple]
    ) -> None:
        for each in properties:
            for value in each.objects:
                said.append((subject, each.verb, self._read_end(value, said)))

    def _read_end(self, node: GraphTerm, said: list[_Triple], *, alone: bool = True) -> _End:
        """A term; what it says of itself is added to the triples.

        Args:
            node: the term.
            said: the triples so far.
            alone: whether an empty pair of brackets is the end of one path only.
        """
        match node:
            case NamedNode() | LiteralTerm():
                return _End(self._tree.written(node), node)
            case Variable(name=name):
                return _End(f"?{name}", known=self._uses[f"?{name}"] > 1)
            case BlankTerm(label=label) if label:
                return _End(f"_:{label}", known=self._uses[f"_:{label}"] > 1)
            case BlankTerm():
                return _End(self._invent("_:"), known=not alone)
            case PropertyListTerm():
                end = _End(self._invent("_:"))
                self._read_properties(end, node.properties, said)
                return end
        end = _End(f"<{RDF.nil.value}>")
        for item in reversed(node.items):
            cell = _End(self._invent("_:"))
            said += [(cell, _FIRST, self._read_end(item, said)), (cell, _REST, end)]
            end = cell
        return end

    def _invent(self, sign: str) -> str:
        return sign + next(self._fresh)

    # Paths

    def _may_repeat(self, path: Variable | Path, one: _End, other: _End) -> bool:
        """Whether a path between two ends may give a solution more often than the engine does."""
        match path:
            case BracketedPath(path=inner) | InversePath(path=inner):
                return self._may_repeat(inner, one, other)
            case SequencePath(steps=parts):
                return any(
                    self._may_repeat(part, start, end)
                    for part, (start, end) in zip(
                        parts, pairwise([one, *[_BETWEEN] * (len(parts) - 1), other]), strict=True
                    )
                )
            case NegatedPath(excluded=excluded):
                both_ways = len({isinstance(each, InversePath) for each in excluded}) > 1
                return both_ways or (one.known and other.known)
            case AlternativePath(choices=choices):
                steps = [_find_step(choice) for choice in choices]
                return any(
                    first is None
                    or second is None
                    or self._contents.overlap(first[0], second[0], first[1] is not second[1])
                    for first, second in combinations(steps, 2)
                )
        return False

    def _find_ways(self, path: Variable | Path, one: _End, other: _End) -> list[_Way]:
        """The triples of each branch of the union that a path between two ends is."""
        if not self._may_repeat(path, one, other):
            return [(_Step(one.text, self._write_verb(path), other.text),)]
        match path:
            case AlternativePath(choices=choices):
                return [way for each in choices for way in self._find_ways(each, one, other)]
            case SequencePath(steps=steps):
                between = [_End(self._invent("_:")) for _ in steps[1:]]
                ways = [
                    self._find_ways(step, start, end)
                    for step, (start, end) in zip(
                        steps, pairwise([one, *between, other]), strict=True
                    )
                ]
                return [sum(each, ()) for each in product(*ways)]
            case InversePath(path=inner):
                return self._find_ways(inner, other, one)
            case BracketedPath(path=inner):
                return self._find_ways(inner, one, other)
            case NegatedPath(excluded=excluded):
                onwards = [each for each in excluded if isinstance(each, NamedNode)]
                back = [each.path for each in excluded if isinstance(each, InversePath)]
                there = self._step_elsewhere(onwards, one, other) if onwards or not back else []
                return there + (self._step_elsewhere(back, other, one) if back else [])
        return []

    def _step_elsewhere(self, excluded: Iterable[Path], one: _End, other: _End) -> list[_Way]:
        """A step of another predicate than these."""
        names = [self._tree.written(each) for each in excluded]
        if not (one.known and other.known):
            return [(_Step(one.text, f"!({'|'.join(names)})", other.text),)]
        if not self._hidden:
            verb = self._invent("?")
            return [(_Step(one.text, verb, other.text, ", ".join(names)),)]
        without = {each.iri for each in excluded if isinstance(each, NamedNode)}
        return [
            (_Step(one.text, f"<{iri}>", other.text),)
            for iri in self._contents.predicates(one.constant, other.constant)
            if iri not in without
        ]

    def _write_verb(self, verb: Variable | Path) -> str:
        return verb.text if verb in (_FIRST, _REST) else self._tree.written(verb)


def _write_branch(ways: Iterable[_Way], suffix: str) -> str:
    """The triples, and what their predicates may not be; blank nodes are marked by a suffix."""

    def mark(term: str) -> str:
        return term + suffix if term.startswith("_:") else term

    steps = [step for way in ways for step in way]
    triples = " . ".join(f"{mark(each.start)} {each.verb} {mark(each.end)}" for each in steps)
    tests = [f" FILTER({each.verb} NOT IN ({each.excluded}))" for each in steps if each.excluded]
    return " .".join([triples, "".join(tests)]) if tests else triples


def _has_choice(block: TriplesBlock) -> bool:
    """Whether a path has alternatives or excludes predicates."""
    return any(isinstance(node, AlternativePath | NegatedPath) for node in walk(block))


def _find_step(path: Path) -> tuple[str, bool] | None:
    """The predicate of a single step and whether it goes back; None for a longer path."""
    back = False
    while isinstance(path, BracketedPath | InversePath):
        back ^= isinstance(path, InversePath)
        path = path.path
    return (path.iri, back) if isinstance(path, NamedNode) else None


def _find_uses(tree: QueryTree) -> Iterator[str]:
    """The variables and labels of blank nodes, each as often as something may give it a value."""
    waiting: list[Node] = [tree.query]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Variable):
            yield f"?{node.name}"
        elif isinstance(node, BlankTerm):
            yield f"_:{node.label}"
        elif not isinstance(node, _TESTING) and node is not tree.query.projection:
            waiting += children(node)


def _shows_all(tree: QueryTree) -> bool:
    """Whether every variable of a pattern is a column somewhere, or counted."""
    for node in walk(tree.query):
        match node:
            case Projection(items=None) | Described(items=None):
                return True
            case AggregateCall(name="COUNT", distinct=True, argument=None):
                return True
    return False
