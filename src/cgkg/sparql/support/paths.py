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
class Step:
    """One triple, from subject to object or back; IRIs are kept as the query writes them."""

    iri: str
    back: bool = False


@dataclass(frozen=True)
class Sequence:
    """Paths one after the other."""

    parts: tuple[Path, ...]


@dataclass(frozen=True)
class Alternative:
    """One of several paths."""

    parts: tuple[Path, ...]


@dataclass(frozen=True)
class Excluded:
    """A triple whose predicate is none of these: `!(a|b)`, or `!(^a|^b)` where it goes back."""

    iris: tuple[str, ...]
    back: bool = False


@dataclass(frozen=True)
class Closure:
    """A path not at all (`least` is 0), once, or, with `many`, any number of times.

    `text` is what the query may say for it.
    """

    path: Path
    text: str
    least: int
    many: bool


Path = Step | Sequence | Alternative | Excluded | Closure


def inverse(path: Path) -> Path:
    """The same path walked from its end to its start."""
    match path:
        case Step(iri, back):
            return Step(iri, not back)
        case Excluded(iris, back):
            return Excluded(iris, not back)
        case Sequence(parts):
            return Sequence(tuple(inverse(part) for part in reversed(parts)))
        case Alternative(parts):
            return Alternative(tuple(inverse(part) for part in parts))
        case Closure(inner, text, least, many):
            return Closure(inverse(inner), f"^({text})", least, many)


def iris(path: Path) -> Iterator[str]:
    """The IRIs of a path, as the query writes them."""
    match path:
        case Step(iri):
            yield iri
        case Excluded(found):
            yield from found
        case Sequence(parts) | Alternative(parts):
            for part in parts:
                yield from iris(part)
        case Closure(inner):
            yield from iris(inner)


def read_path(cursor: Cursor) -> Path:
    """The path that stands at the cursor (SPARQL 1.1 §9.1).

    Raises:
        QueryRefusedError: something else stands there.
    """
    found = [_sequence(cursor)]
    while cursor.accept("|"):
        found.append(_sequence(cursor))
    return found[0] if len(found) == 1 else Alternative(tuple(found))


def _sequence(cursor: Cursor) -> Path:
    found = [_element(cursor)]
    while cursor.accept("/"):
        found.append(_element(cursor))
    return found[0] if len(found) == 1 else Sequence(tuple(found))


def _element(cursor: Cursor) -> Path:
    if cursor.accept("^"):
        return inverse(_element(cursor))
    start = cursor.place
    path = _primary(cursor)
    if not cursor.at("?", "*", "+"):
        return path
    sign = cursor.take().text
    text = cursor.text(start, cursor.place, str)
    return Closure(path, text, least=int(sign == "+"), many=sign != "?")


def _primary(cursor: Cursor) -> Path:
    if cursor.accept("("):
        path = read_path(cursor)
        cursor.expect(")")
        return path
    return _negated(cursor) if cursor.accept("!") else Step(_iri(cursor))


def _negated(cursor: Cursor) -> Path:
    """What stands after `!`: one IRI or several in brackets, each of which may go back."""
    forward: list[str] = []
    back: list[str] = []
    several = cursor.accept("(")
    while not (several and cursor.accept(")")):
        (back if cursor.accept("^") else forward).append(_iri(cursor))
        if not several:
            break
        cursor.accept("|")
    found = [Excluded(tuple(back), back=True)] if back else []
    if forward or not back:
        found.insert(0, Excluded(tuple(forward)))
    return found[0] if len(found) == 1 else Alternative(tuple(found))


def _iri(cursor: Cursor) -> str:
    if cursor.accept("A"):
        return TYPE
    if cursor.next.kind not in ("iri", "name"):
        raise cursor.refusal()
    return cursor.take().text


def shortest(
    lookup: Lookup, resolve: Callable[[str], Term], start: Term, closure: Closure, end: Term
) -> Trail:
    """The triples of a shortest way from start to end; none if they are the same or far apart.

    Args:
        lookup: the triples that match a pattern.
        resolve: the IRI that a path's text means.
        start: where the path begins.
        closure: which paths may be walked, and how often.
        end: where it ends.
    """
    walker = _Walker(lookup, resolve)
    if start == end and not closure.least:
        return ()
    return next((trail for node, trail in walker.closure(start, closure) if node == end), ())


class _Walker:
    """Walks paths over the graph, breadth first and in an order that is always the same."""

    def __init__(self, lookup: Lookup, resolve: Callable[[str], Term]) -> None:
        self._lookup = lookup
        self._resolve = resolve

    def moves(self, start: Term, path: Path) -> Iterator[tuple[Term, Trail]]:
        """Every node to which the path leads, with the triples on the way."""
        match path:
            case Step(iri, back):
                yield from self._triples(start, self._resolve(iri), back)
            case Excluded(iris, back):
                unwanted = {self._resolve(iri) for iri in iris}
                for node, (triple,) in self._triples(start, None, back):
                    if triple.predicate not in unwanted:
                        yield node, (triple,)
            case Alternative(parts):
                for part in parts:
                    yield from self.moves(start, part)
            case Sequence(parts):
                yield from self._one_after_the_other(start, parts)
            case Closure():
                if not path.least:
                    yield start, ()
                yield from self.closure(start, path)

    def _triples(
        self, start: Term, predicate: Term | None, back: bool
    ) -> Iterator[tuple[Term, tuple[Triple]]]:
        wanted = predicate if isinstance(predicate, IRI) else None
        if back:
            found = self._lookup(None, wanted, start)
        else:
            found = () if isinstance(start, Literal) else self._lookup(start, wanted, None)
        for triple in sorted(found, key=str):
            subject, _, value = parts(triple)
            yield (subject if back else value), (triple,)

    def _one_after_the_other(
        self, start: Term, paths: tuple[Path, ...]
    ) -> Iterator[tuple[Term, Trail]]:
        first, *rest = paths
        for node, trail in self.moves(start, first):
            if not rest:
                yield node, trail
                continue
            for last, more in self._one_after_the_other(node, tuple(rest)):
                yield last, trail + more

    def closure(self, start: Term, closure: Closure) -> Iterator[tuple[Term, Trail]]:
        """Every node that is reached by walking at least once, each with a shortest trail."""
        seen: set[Term] = set()
        waiting: deque[tuple[Term, Trail]] = deque([(start, ())])
        while waiting:
            node, trail = waiting.popleft()
            for reached, more in self.moves(node, closure.path):
                if reached not in seen:
                    seen.add(reached)
                    yield reached, trail + more
                    if closure.many:
                        waiting.append((reached, trail + more))
