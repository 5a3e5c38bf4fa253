"""Property paths: reading them, and finding the triples that lead from one node to another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cgkg.rdf.terms import IRI, Literal, Subject, Term, Triple, parts
from cgkg.sparql.tree import nodes
from cgkg.sparql.tree.nodes import QueryTree

TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

Trail = tuple[Triple, ...]
Lookup = Callable[[Subject | None, IRI | None, Term | None], Iterable[Triple]]


@dataclass(frozen=True)
class PathStep:
    """One triple, from subject to object or back; IRIs are kept as the query writes them."""

    iri: str
    back: bool = False


@dataclass(frozen=True)
class PathSequence:
    """Paths one after the other."""

    parts: tuple[PropertyPath, ...]


@dataclass(frozen=True)
class PathAlternative:
    """One of several paths."""

    parts: tuple[PropertyPath, ...]


@dataclass(frozen=True)
class NegatedPropertySet:
    """A triple whose predicate is none of these: `!(a|b)`, or `!(^a|^b)` where it goes back."""

    iris: tuple[str, ...]
    back: bool = False


@dataclass(frozen=True)
class RepeatedPath:
    """A path not at all (`least` is 0), once, or, with `many`, any number of times.

    `text` is what the query may say for it.
    """

    path: PropertyPath
    text: str
    least: int
    many: bool


PropertyPath = PathStep | PathSequence | PathAlternative | NegatedPropertySet | RepeatedPath


def invert(path: PropertyPath) -> PropertyPath:
    """The same path walked from its end to its start."""
    match path:
        case PathStep(iri, back):
            return PathStep(iri, not back)
        case NegatedPropertySet(iris, back):
            return NegatedPropertySet(iris, not back)
        case PathSequence(parts):
            return PathSequence(tuple(invert(part) for part in reversed(parts)))
        case PathAlternative(parts):
            return PathAlternative(tuple(invert(part) for part in parts))
        case RepeatedPath(inner, text, least, many):
            return RepeatedPath(invert(inner), f"^({text})", least, many)


def path_iris(path: PropertyPath) -> Iterator[str]:
    """The IRIs of a path, as the query writes them."""
    match path:
        case PathStep(iri):
            yield iri
        case NegatedPropertySet(excluded):
            yield from excluded
        case PathSequence(parts) | PathAlternative(parts):
            for part in parts:
                yield from path_iris(part)
        case RepeatedPath(inner):
            yield from path_iris(inner)


def read_path(tree: QueryTree, path: nodes.Path) -> PropertyPath:
    """A path of a query (SPARQL 1.1 §9.1)."""
    match path:
        case nodes.NamedNode():
            return PathStep(_name(path))
        case nodes.BracketedPath():
            return read_path(tree, path.path)
        case nodes.InversePath():
            return invert(read_path(tree, path.path))
        case nodes.SequencePath(steps=parts):
            return PathSequence(tuple(read_path(tree, part) for part in parts))
        case nodes.AlternativePath(choices=parts):
            return PathAlternative(tuple(read_path(tree, part) for part in parts))
        case nodes.CountedPath(sign=sign):
            inner, text = read_path(tree, path.path), tree.written(path)
            return RepeatedPath(inner, text, least=int(sign == "+"), many=sign != "?")
        case nodes.NegatedPath():
            return _read_negated(path)


def _read_negated(path: nodes.NegatedPath) -> PropertyPath:
    """`!` with one IRI or several, each of which may go back."""
    forward = tuple(_name(each) for each in path.excluded if isinstance(each, nodes.NamedNode))
    back = tuple(
        _name(each.path)
        for each in path.excluded
        if isinstance(each, nodes.InversePath) and isinstance(each.path, nodes.NamedNode)
    )
    sets = [NegatedPropertySet(back, back=True)] if back else []
    if forward or not back:
        sets.insert(0, NegatedPropertySet(forward))
    return sets[0] if len(sets) == 1 else PathAlternative(tuple(sets))


def _name(node: nodes.NamedNode) -> str:
    return TYPE if node.text == "a" else node.text


def find_trail(
    lookup: Lookup, resolve: Callable[[str], Term], start: Term, path: RepeatedPath, end: Term
) -> Trail:
    """The triples of a shortest way from start to end; none if they are the same or far apart.

    Args:
        lookup: the triples that match a pattern.
        resolve: the IRI that a path's text means.
        start: where the path begins.
        path: which path may be walked, and how often.
        end: where it ends.
    """
    walker = _Walker(lookup, resolve)
    if start == end and not path.least:
        return ()
    return next((trail for node, trail in walker.walk_repeated(start, path) if node == end), ())


class _Walker:
    """Walks paths over the graph, breadth first and in an order that is always the same."""

    def __init__(self, lookup: Lookup, resolve: Callable[[str], Term]) -> None:
        self._lookup = lookup
        self._resolve = resolve

    def walk(self, start: Term, path: PropertyPath) -> Iterator[tuple[Term, Trail]]:
        """Every node to which the path leads, with the triples on the way."""
        match path:
            case PathStep(iri, back):
                yield from self._find_triples(start, self._resolve(iri), back)
            case NegatedPropertySet(iris, back):
                unwanted = {self._resolve(iri) for iri in iris}
                for node, (triple,) in self._find_triples(start, None, back):
                    if triple.predicate not in unwanted:
                        yield node, (triple,)
            case PathAlternative(parts):
                for part in parts:
                    yield from self.walk(start, part)
            case PathSequence(parts):
                yield from self._walk_sequence(start, parts)
            case RepeatedPath():
                if not path.least:
                    yield start, ()
                yield from self.walk_repeated(start, path)

    def _find_triples(
        self, start: Term, predicate: Term | None, back: bool
    ) -> Iterator[tuple[Term, tuple[Triple]]]:
        wanted = predicate if isinstance(predicate, IRI) else None
        if back:
            triples = self._lookup(None, wanted, start)
        else:
            triples = () if isinstance(start, Literal) else self._lookup(start, wanted, None)
        for triple in sorted(triples, key=str):
            subject, _, value = parts(triple)
            yield (subject if back else value), (triple,)

    def _walk_sequence(
        self, start: Term, paths: tuple[PropertyPath, ...]
    ) -> Iterator[tuple[Term, Trail]]:
        first, *rest = paths
        for node, trail in self.walk(start, first):
            if not rest:
                yield node, trail
                continue
            for last, more in self._walk_sequence(node, tuple(rest)):
                yield last, trail + more

    def walk_repeated(self, start: Term, path: RepeatedPath) -> Iterator[tuple[Term, Trail]]:
        """Every node that is reached by walking at least once, each with a shortest trail."""
        seen: set[Term] = set()
        waiting: deque[tuple[Term, Trail]] = deque([(start, ())])
        while waiting:
            node, trail = waiting.popleft()
            for reached, more in self.walk(node, path.path):
                if reached not in seen:
                    seen.add(reached)
                    yield reached, trail + more
                    if path.many:
                        waiting.append((reached, trail + more))
