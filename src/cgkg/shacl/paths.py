"""Property paths (SHACL §2.3.1): read from a shapes graph, written as SPARQL, written as RDF.

A path of one predicate is that predicate's IRI; all others are made of the classes below.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from cgkg.rdf.terms import IRI, BlankNode, Subject, Term, Triple
from cgkg.rdf.vocab import RDF, SH
from cgkg.shacl.graph import ShapesGraph


@dataclass(frozen=True, slots=True)
class PathSeries:
    """One path after the other: two steps or more."""

    steps: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class PathAlternatives:
    """One of several paths."""

    choices: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class PathInverse:
    """A path walked backwards."""

    path: Path


@dataclass(frozen=True, slots=True)
class PathRepetition:
    """A path walked any number of times (`*`), at least once (`+`), or at most once (`?`)."""

    path: Path
    sign: str


Path: TypeAlias = IRI | PathSeries | PathAlternatives | PathInverse | PathRepetition

_REPEATED = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}
_OF_SIGN = {sign: predicate for predicate, sign in _REPEATED.items()}
_KINDS = (SH.inversePath, SH.alternativePath, *_REPEATED)


def read_path(graph: ShapesGraph, node: Term, owner: Term | None = None) -> Path:
    """The path that a node of the shapes graph stands for.

    Args:
        graph: the shapes graph.
        node: the path.
        owner: whose it is.

    Raises:
        ShapesError: it is no well-formed path, or one within itself.
    """
    return _read(graph, node, (), node if owner is None else owner)


def _read(graph: ShapesGraph, node: Term, within: tuple[Term, ...], owner: Term) -> Path:
    if node == RDF.nil:  # "()"
        raise graph.error("a sequence path has two steps or more", owner)
    if isinstance(node, IRI):
        return node
    if not isinstance(node, BlankNode):
        raise graph.error(f"{node} is no property path", owner, SH.path)
    if node in within:
        raise graph.error("a property path is a part of itself", owner)
    within = (*within, node)
    if graph.value(node, RDF.first) is not None:  # whatever else it may say, it is a list
        steps = graph.list_of(node, owner)
        if len(steps) < 2:
            raise graph.error("a sequence path has two steps or more", owner)
        return PathSeries(tuple(_read(graph, step, within, owner) for step in steps))
    said = [(kind, value) for kind in _KINDS for value in graph.values(node, kind)]
    if len(said) != 1:
        what = "says two things at once" if said else "says nothing that is one"
        raise graph.error(f"a property path {what}", owner)
    ((kind, value),) = said
    if kind == SH.inversePath:
        return PathInverse(_read(graph, value, within, owner))
    if kind == SH.alternativePath:
        choices = graph.list_of(value, owner)
        if len(choices) < 2:
            raise graph.error("an alternative path has two choices or more", owner)
        return PathAlternatives(tuple(_read(graph, choice, within, owner) for choice in choices))
    return PathRepetition(_read(graph, value, within, owner), _REPEATED[kind])


def path_text(path: Path) -> str:
    """The path as SPARQL 1.1 writes it, with full IRIs."""
    match path:
        case PathSeries(steps):
            return "/".join(map(_bracketed, steps))
        case PathAlternatives(choices):
            return "|".join(map(_bracketed, choices))
        case PathInverse(inner):
            return "^" + _bracketed(inner)
        case PathRepetition(inner, sign):
            return _bracketed(inner) + sign
    return str(path)


def _bracketed(path: Path) -> str:
    return str(path) if isinstance(path, IRI) else f"({path_text(path)})"


def inverse(path: Path) -> Path:
    """The path walked backwards, in which only predicates are inverse."""
    match path:
        case IRI():
            return PathInverse(path)
        case PathInverse(inner):
            return inner
        case PathSeries(steps):
            return PathSeries(tuple(inverse(each) for each in reversed(steps)))
        case PathAlternatives(choices):
            return PathAlternatives(tuple(map(inverse, choices)))
    return PathRepetition(inverse(path.path), path.sign)


def directions_of(path: Path) -> set[bool]:
    """Whether a path goes backwards, forwards or, in turn, both."""
    match path:
        case PathInverse(inner):
            return {not each for each in directions_of(inner)}
        case PathSeries(parts) | PathAlternatives(parts):
            return set().union(*map(directions_of, parts))
        case PathRepetition(inner):
            return directions_of(inner)
    return {False}


def steps_of(path: Path) -> Iterator[IRI]:
    """The predicates of a path."""
    match path:
        case PathInverse(inner) | PathRepetition(inner):
            yield from steps_of(inner)
        case PathSeries(parts) | PathAlternatives(parts):
            for each in parts:
                yield from steps_of(each)
        case _:
            yield path


def path_triples(path: Path, fresh: Iterator[BlankNode]) -> tuple[Subject, list[Triple]]:
    """The path as RDF: its node, and the triples that say what it is.

    Args:
        path: the path.
        fresh: gives blank nodes that nothing else uses.
    """
    triples: list[Triple] = []

    def write(part: Path) -> Subject:
        match part:
            case PathSeries(steps):
                return write_list(steps)
            case PathAlternatives(choices):
                return said(SH.alternativePath, write_list(choices))
            case PathInverse(inner):
                return said(SH.inversePath, write(inner))
            case PathRepetition(inner, sign):
                return said(_OF_SIGN[sign], write(inner))
        return part

    def said(predicate: IRI, value: Subject) -> Subject:
        node = next(fresh)
        triples.append(Triple(node, predicate, value))
        return node

    def write_list(items: tuple[Path, ...]) -> Subject:
        nodes = [next(fresh) for _ in items]
        for number, (node, item) in enumerate(zip(nodes, items, strict=True), 1):
            rest = nodes[number] if number < len(nodes) else RDF.nil
            triples.append(Triple(node, RDF.first, write(item)))
            triples.append(Triple(node, RDF.rest, rest))
        return nodes[0]

    return write(path), triples


__all__ = [
    "Path",
    "PathAlternatives",
    "PathInverse",
    "PathRepetition",
    "PathSeries",
    "directions_of",
    "inverse",
    "path_text",
    "path_triples",
    "read_path",
    "steps_of",
]
