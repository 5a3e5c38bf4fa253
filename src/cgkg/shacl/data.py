"""The data as columns of numbers, and what shapes ask of it: classes, paths, targets.

Terms are numbered as they were parsed. A property's triples are sorted keys, one column from
subject to object and, where asked for, one the other way round; every look-up is for many nodes at
once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import repeat
from pathlib import Path as FilePath
from typing import cast

import numpy as np

from cgkg.formats import Format
from cgkg.rdf.io import parse_file, syntax_of
from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad, Subject, Term, Triple
from cgkg.rdf.vocab import RDF, RDFS, XSD
from cgkg.reasoning import ntriples
from cgkg.reasoning.core.columns import (
    EMPTY,
    Ids,
    Mask,
    contains,
    difference,
    expand,
    merge,
    pack,
    sources,
    swap,
    targets,
    union,
    unique,
)
from cgkg.reasoning.core.terms import LITERAL, TermDictionary, encode_triples
from cgkg.shacl.graph import ShapesError
from cgkg.shacl.paths import (
    Path,
    PathAlternatives,
    PathInverse,
    PathRepetition,
    PathSeries,
    path_text,
)

MOST_PAIRS = 1 << 27
"""Pairs of nodes that a repeated path may join: 3 GB of memory."""
_USUAL = re.compile(
    rf'"(?:0|-?[1-9][0-9]{{0,16}})"\^\^<{XSD.integer.value}>'
    rf'|"-?(?:0|[1-9][0-9]{{0,8}})\.[0-9]{{0,8}}[1-9]"\^\^<{XSD.decimal.value}>'
    rf'|"[1-9][0-9]{{3}}-[0-9]{{2}}-[0-9]{{2}}"\^\^<{XSD.date.value}>'
)
"""Literals that no database writes otherwise."""
Pairs = tuple[Ids, Ids]
"""Places in an array of starts, and where a path leads from there; sorted, each pair once."""


class Data:
    """Triples in columns.

    Args:
        statements: triples and quads; each may come several times.
        files: files whose statements are data, too. Those in N-Triples become columns without
            being made into triples first. Blank nodes of one file are none of another's.

    Raises:
        SourceError: a file is missing or malformed; says the line.
    """

    def __init__(
        self, statements: Iterable[Triple | Quad] = (), files: Sequence[FilePath] = ()
    ) -> None:
        self.terms = TermDictionary()
        given = list(statements)
        rows = []
        for number, path in enumerate(files):
            prefix = f"cgkgfile{number}n" if given or len(files) > 1 else ""
            if syntax_of(path) is Format.N_TRIPLES:
                rows.append(ntriples.read(path, self.terms, blank_prefix=prefix))
            else:
                given += parse_file(path, blank_prefix=prefix)
        rows.append(encode_triples(self.terms, given))
        default = DefaultGraph()
        self._named = [
            each for each in given if isinstance(each, Quad) and each.graph_name != default
        ]
        subjects, predicates, objects = (
            np.concatenate(part) if len(rows) > 1 else part[0] for part in zip(*rows, strict=True)
        )
        self._forward = _split(predicates, pack(subjects, objects))
        self._backward: dict[int, Ids] = {}
        self._instances: dict[int, Ids] = {}

    def add(self, triples: Iterable[Triple]) -> None:
        """Add triples, which may be there already."""
        self._add(*encode_triples(self.terms, triples))

    def read(self, path: FilePath, *, blank_prefix: str = "") -> int:
        """Add the statements of a file in N-Triples, none of which is made into a triple first.

        Args:
            path: the file.
            blank_prefix: put before every label of a blank node.

        Returns:
            how many there are.

        Raises:
            SourceError: it is missing or malformed; says the line.
        """
        rows = ntriples.read(path, self.terms, blank_prefix=blank_prefix)
        self._add(*rows)
        return len(rows[0])

    def _add(self, subjects: Ids, predicates: Ids, objects: Ids) -> None:
        for number, keys in _split(predicates, pack(subjects, objects)).items():
            self._forward[number] = union([self._forward.get(number, EMPTY), keys])
        self._backward.clear()
        self._instances.clear()

    def merged(
        self, predicates: Collection[str] | None = None, kinds: Collection[str] | None = None
    ) -> Iterator[Quad]:
        """The merge of all graphs, as quads of the default graph.

        Args:
            predicates: only those with these IRIs; None for all.
            kinds: of rdf:type only those with these IRIs for their object, if predicates are given.
        """
        graph, decode = repeat(DefaultGraph()), self.terms.decode
        for number, column in self._forward.items():
            verb = self.terms.resource(number)
            if isinstance(verb, IRI) and (predicates is None or verb.value in predicates):
                if kinds is not None and predicates is not None and verb == RDF.type:
                    column = column[contains(self._numbers(kinds), targets(column))]
                subjects = cast("list[Subject]", decode(sources(column)))
                yield from map(Quad, subjects, repeat(verb), decode(targets(column)), graph)

    def _numbers(self, iris: Iterable[str]) -> Ids:
        """The numbers of those IRIs that have one, sorted."""
        numbers = (self.terms.find_text(f"<{iri}>") for iri in iris)
        return np.array(sorted(one for one in numbers if one is not None), np.int64)

    def named(self, predicates: Collection[str] | None = None) -> Iterator[Quad]:
        """What it was given in named graphs; predicates as of `merged`."""
        for quad in self._named:
            if predicates is None or quad.predicate.value in predicates:
                yield quad

    def change(self, added: Iterable[Triple], removed: Iterable[Triple]) -> dict[int, Ids]:
        """Take out triples and add others.

        Args:
            added: triples that are not in the data.
            removed: triples that are in the data.

        Returns:
            for each predicate with changes, the keys of the triples that came or went, sorted.
        """
        gone, new = (
            _split(predicates, pack(subjects, objects))
            for subjects, predicates, objects in (
                encode_triples(self.terms, each) for each in (removed, added)
            )
        )
        changed: dict[int, Ids] = {}
        for number in gone.keys() | new.keys():
            out, come = gone.get(number, EMPTY), new.get(number, EMPTY)
            _replace(self._forward, number, out, come)
            if number in self._backward:
                _replace(self._backward, number, np.sort(swap(out)), np.sort(swap(come)))
            changed[number] = merge(out, come)
        if not {self.id(RDF.type), self.id(RDFS.subClassOf)}.isdisjoint(changed):
            self._instances.clear()
        return changed

    def unusual_literals(self) -> Iterator[Literal]:
        """The literals of the data but for strings and texts with a language, and but for integers,
        decimals and dates in the form in which most are written.
        """
        held = self._literals()
        for number, literal in self.terms.typed_literals(_USUAL):
            if held[number - LITERAL] and not _USUAL.fullmatch(str(literal)):
                yield literal

    def has_literal(self, literal: Literal) -> bool:
        """Whether the literal is a value in the data."""
        number = self.terms.find(literal)
        return number is not None and bool(self._literals()[number - LITERAL])

    def _literals(self) -> Mask:
        """For each literal that has a number, whether it is a value in the data."""
        held = np.zeros(len(self.terms.literals), np.bool_)
        for column in self._forward.values():
            objects = targets(column)
            held[objects[objects >= LITERAL] - LITERAL] = True
        return held

    def id(self, term: Term) -> int:
        """The number of a term, which need not be in the data."""
        return self.terms.id(term)

    def ids(self, terms: Iterable[Term]) -> Ids:
        """The numbers of terms, sorted."""
        return unique(np.array([self.terms.id(term) for term in terms], np.int64))

    def term(self, number: int) -> Term:
        """The term of a number."""
        return self.terms.term(number)

    def predicates(self) -> Iterable[int]:
        """The numbers of all predicates."""
        return self._forward.keys()

    def column(self, predicate: IRI | int, *, backward: bool = False) -> Ids:
        """A property's pairs as sorted keys, subject first or, backward, object first."""
        number = predicate if isinstance(predicate, int) else self.terms.find(predicate)
        if number is None:
            return EMPTY
        forward = self._forward.get(number, EMPTY)
        if not backward:
            return forward
        held = self._backward.get(number)
        if held is None:
            held = self._backward[number] = np.sort(swap(forward))
        return held

    def subjects_of(self, predicate: IRI) -> Ids:
        """All subjects of a property, sorted."""
        return unique(sources(self.column(predicate)))

    def objects_of(self, predicate: IRI) -> Ids:
        """All objects of a property, sorted."""
        return unique(targets(self.column(predicate)))

    def instances(self, kind: int) -> Ids:
        """The instances of a class and of its subclasses (SHACL §3.1: SHACL instance), sorted."""
        held = self._instances.get(kind)
        if held is None:
            kinds = classes = np.array([kind], np.int64)
            while len(classes):
                _, lower = expand(self.column(RDFS.subClassOf, backward=True), classes)
                classes = unique(lower)
                classes = classes[~contains(kinds, classes)]
                kinds = unique(np.concatenate((kinds, classes)))
            _, members = expand(self.column(RDF.type, backward=True), kinds)
            held = self._instances[kind] = unique(members)
        return held

    # Paths

    def walk(self, path: Path, starts: Ids, *, backward: bool = False) -> Pairs:
        """Where a path leads from each of the starts, which are sorted and distinct.

        Returns:
            `(index, values)`: the path leads from `starts[index[i]]` to `values[i]`.
        """
        match path:
            case PathInverse(inner):
                return self.walk(inner, starts, backward=not backward)
            case PathAlternatives(choices):
                parts = [self.walk(each, starts, backward=backward) for each in choices]
                return _distinct(*(np.concatenate(part) for part in zip(*parts, strict=True)))
            case PathSeries(steps):
                pairs = np.arange(len(starts)), starts
                for step in reversed(steps) if backward else steps:
                    pairs = self._walk_on(pairs, step, backward)
                return pairs
            case PathRepetition(inner, sign):
                return self._repeat(inner, sign, starts, backward)
        return expand(self.column(path, backward=backward), starts)

    def _walk_on(self, pairs: Pairs, path: Path, backward: bool) -> Pairs:
        """Where the path leads from where the pairs lead."""
        index, values = pairs
        middle = unique(values)
        first, ends = self.walk(path, middle, backward=backward)
        counts = np.bincount(first, minlength=len(middle))
        begins = np.cumsum(counts) - counts
        place = np.searchsorted(middle, values)
        many = counts[place]
        total = int(many.sum())
        offset = np.arange(total) - np.repeat(np.cumsum(many) - many, many)
        return _distinct(np.repeat(index, many), ends[np.repeat(begins[place], many) + offset])

    def _repeat(self, path: Path, sign: str, starts: Ids, backward: bool) -> Pairs:
        own = np.arange(len(starts)), starts
        if sign == "?":
            once = self.walk(path, starts, backward=backward)
            return _distinct(*map(np.concatenate, zip(own, once, strict=True)))
        new = self.walk(path, starts, backward=backward) if sign == "+" else own
        known = pack(*new)
        while len(new[0]):
            keys = pack(*self._walk_on(new, path, backward))
            keys = keys[~contains(known, keys)]
            known = merge(known, keys)
            if len(known) > MOST_PAIRS:
                said = f"the path {path_text(path)}{sign} leads to more than {MOST_PAIRS:,} pairs"
                raise ShapesError(f"the shapes cannot be used: {said} of nodes")
            new = sources(keys), targets(keys)
        return sources(known), targets(known)


def is_literal(numbers: Ids) -> Mask:
    """For each number, whether it is a literal's."""
    return numbers >= LITERAL


def _distinct(index: Ids, values: Ids) -> Pairs:
    """The pairs sorted, each once; places in an array fit into the upper half of a key."""
    keys = unique(pack(index, values))
    return sources(keys), targets(keys)


def _replace(columns: dict[int, Ids], number: int, gone: Ids, new: Ids) -> None:
    """Take keys out of a column and add others; an empty one is dropped."""
    column = merge(difference(columns.get(number, EMPTY), gone), new)
    if len(column):
        columns[number] = column
    else:
        columns.pop(number, None)


def _split(names: Ids, keys: Ids) -> dict[int, Ids]:
    """For each name its keys, sorted and distinct."""
    if not len(names):
        return {}
    order = np.argsort(names, kind="stable")
    ordered = names[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    distinct = ordered[starts]
    columns = np.split(keys[order], starts[1:])
    return dict(zip(distinct.tolist(), map(unique, columns), strict=True))


__all__ = [
    "EMPTY",
    "Data",
    "Ids",
    "Mask",
    "Pairs",
    "contains",
    "is_literal",
    "merge",
    "union",
    "unique",
]
