"""Triples in ids as columns, one for each property and class; which are facts, which are axioms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from cgkg.rdf.terms import IRI, BlankNode, Term, Triple
from cgkg.rdf.vocab import RDF
from cgkg.reasoning.core.columns import EMPTY, Ids, contains, pack, sources, targets, unique
from cgkg.reasoning.core.terms import TermDictionary, encode_triples, is_literal
from cgkg.reasoning.rules.axioms import declares, states_axiom


class Encoded:
    """Triples as columns, and which columns are facts.

    Args:
        terms: the numbering.
        rows: subjects, predicates and objects; they may repeat.
    """

    def __init__(self, terms: TermDictionary, rows: tuple[Ids, Ids, Ids]) -> None:
        self.terms = terms
        subjects, predicates, objects = rows
        type_of = terms.id(RDF.type)
        typing = predicates == type_of
        self.members = _split(objects[typing], subjects[typing])
        np.logical_not(typing, out=typing)
        self.edges = _split(predicates[typing], pack(subjects[typing], objects[typing]))

    @classmethod
    def of(cls, terms: TermDictionary, triples: Iterable[Triple]) -> Encoded:
        """The triples, numbered as they come."""
        return cls(terms, encode_triples(terms, triples))

    def __iter__(self) -> Iterator[tuple[int, Ids]]:
        """All triples: predicates, each with sorted keys; rdf:type once for each class."""
        yield from self.edges.items()
        type_of = self.terms.id(RDF.type)
        for kind, ids in self.members.items():
            yield type_of, pack(ids, np.full(len(ids), kind))

    def triples(self) -> Iterator[Triple]:
        """All triples, as such."""
        for relation, keys in self:
            predicate = self.terms.term(relation)
            assert isinstance(predicate, IRI)
            yield from make(self.terms, sources(keys), predicate, targets(keys))

    def facts(self) -> tuple[dict[int, Ids], dict[int, Ids]]:
        """The columns that are facts; the lists that axioms are made of are none."""
        cells = self._cells()
        edges = {one: keys for one, keys in self.edges.items() if not self._axiomatic(one)}
        for term in (RDF.first, RDF.rest) if len(cells) else ():
            relation = self.terms.id(term)
            if relation in edges:
                keys = edges[relation]
                edges[relation] = keys[~contains(cells, sources(keys))]
        return (
            {one: keys for one, keys in edges.items() if len(keys)},
            {
                one: ids
                for one, ids in self.members.items()
                if not is_literal(np.array([one]))[0] and not declares(self.terms.term(one))
            },
        )

    def cells(self) -> list[Term]:
        """The cells of the lists that axioms point to."""
        return self.terms.decode(self._cells())

    def _cells(self) -> Ids:
        """As `cells`, in ids, sorted."""
        known = self.edges.get(self.terms.id(RDF.rest), EMPTY)
        rest = dict(zip(sources(known).tolist(), targets(known).tolist(), strict=True))
        cells: set[int] = set()
        for relation, keys in self.edges.items() if rest else ():
            if self._axiomatic(relation):
                for cell in targets(keys).tolist():
                    while cell in rest and cell not in cells:
                        cells.add(cell)
                        cell = rest[cell]
        return np.array(sorted(cells), np.int64)

    def axioms(self) -> Iterator[Triple]:
        """The triples that the compiler reads, those of lists included."""
        for relation, keys in self.edges.items():
            predicate = self.terms.term(relation)
            assert isinstance(predicate, IRI)
            if self._axiomatic(relation) or predicate in (RDF.first, RDF.rest):
                yield from make(self.terms, sources(keys), predicate, targets(keys))
        for kind, ids in self.members.items():
            term = self.terms.term(kind)
            if declares(term) or isinstance(term, BlankNode):
                yield from make(self.terms, ids, RDF.type, np.full(len(ids), kind))

    def _axiomatic(self, relation: int) -> bool:
        predicate = self.terms.term(relation)
        return isinstance(predicate, IRI) and states_axiom(predicate)


def make(terms: TermDictionary, subjects: Ids, predicate: IRI, objects: Ids) -> list[Triple]:
    """The triples of one property."""
    resource = terms.resource
    return [
        Triple(resource(subject), predicate, term)
        for subject, term in zip(subjects.tolist(), terms.decode(objects), strict=True)
    ]


def _split(names: Ids, values: Ids) -> dict[int, Ids]:
    """For each name the distinct values, sorted."""
    if not len(names):
        return {}
    distinct, group = np.unique(names, return_inverse=True)
    small = np.uint16 if len(distinct) <= 1 << 16 else np.int64
    order = np.argsort(group.astype(small), kind="stable")  # linear time for small numbers
    starts = np.searchsorted(group[order], np.arange(1, len(distinct)))
    columns = np.split(values[order], starts)
    return dict(zip(distinct.tolist(), map(unique, columns), strict=True))
