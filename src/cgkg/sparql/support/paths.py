"""Property paths: reading them, and finding the triples that lead from one node to another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cgkg.rdf.terms import IRI, Literal, Subject, Term, Triple, parts
from cgkg.sparql.support.reading import Cursor

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


def read_path(cursor: Cursor) -> PropertyPath:
    """The path that stands at the cursor (SPARQL 1.1 §9.1).

    Raises:
        QueryRefusedError: something else stands there.
    """
    choices = [_read_sequence(cursor)]
    while cursor.accept("|"):
        choices.append(_read_sequence(cursor))
    return choices[0] if len(choices) == 1 else PathAlternative(tuple(choices))


def _read_sequence(cursor: Cursor) -> PropertyPath:
    steps = [_read_element(cursor)]
    while cursor.accept("/"):
        steps.append(_read_element(cursor))
    return steps[0] if len(steps) == 1 else PathSequence(tuple(steps))


def _read_element(cursor: Cursor) -> PropertyPath:
    if cursor.accept("^"):
        return invert(_read_element(cursor))
    start = cursor.place
    path = _read_primary(cursor)
    if not cursor.at("?", "*", "+"):
        return path
    sign = cursor.take().text
    text = cursor.text(start, cursor.place, str)
    return RepeatedPath(path, text, least=int(sign == "+"), many=sign != "?")


def _read_primary(cursor: Cursor) -> PropertyPath:
    if cursor.accept("("):
        path = read_path(cursor)
        cursor.expect(")")
        return path
    return _read_negated(cursor) if cursor.accept("!") else PathStep(_read_iri(cursor))


def _read_negated(cursor: Cursor) -> PropertyPath:
    """What stands after `!`: one IRI or several in brackets, each of which may go back."""
    forward: list[str] = []
    back: list[str] = []
    several = cursor.accept("(")
    while not (several and cursor.accept(")")):
        (back if cursor.accept("^") else forward).append(_read_iri(cursor))
        if not several:
            break
        cursor.accept("|")
    sets = [NegatedPropertySet(tuple(back), back=True)] if back else []
    if forward or not back:
        sets.insert(0, NegatedPropertySet(tuple(forward)))
    return sets[0] if len(sets) == 1 else PathAlternative(tuple(sets))


def _read_iri(cursor: Cursor) -> str:
    if cursor.accept("A"):
        return TYPE
    if cursor.next.kind not in ("iri", "name"):
        raise cursor.unexpected_token_error()
    return cursor.take().text


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
