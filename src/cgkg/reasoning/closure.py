"""The closure of an ontology and data, as the rest of cgkg sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from cgkg.rdf import IRI, BlankNode, Triple
from cgkg.reasoning import contradictions, schema
from cgkg.reasoning.axioms import SAME, THING, Axioms, declares, states_axiom
from cgkg.reasoning.columns import (
    EMPTY,
    Ids,
    difference,
    expand,
    merge,
    pack,
    sources,
    targets,
    unique,
)
from cgkg.reasoning.diagnostics import Inconsistency, UnsupportedAxiom
from cgkg.reasoning.facts import Facts
from cgkg.reasoning.materialise import Materialisation
from cgkg.reasoning.proof import Explainer, Proof
from cgkg.reasoning.rules import compile
from cgkg.reasoning.terms import Terms, encode_triples, is_literal
from cgkg.vocab import RDF, RDFS

_TRIVIAL = (THING, RDFS.Resource)


@dataclass(frozen=True)
class Closure:
    """What follows from an ontology and data.

    `inconsistencies` are all contradictions found, `unsupported` the axioms no rule uses, `rounds`
    how often the rules were applied until nothing new came.
    """

    inconsistencies: tuple[Inconsistency, ...]
    unsupported: tuple[UnsupportedAxiom, ...]
    rounds: int
    _infer: Callable[[], list[Triple]]
    _explain: Callable[[Triple], Proof | None]

    @cached_property
    def inferred(self) -> list[Triple]:
        """The triples that follow and were not asserted, sorted; no subject is a literal."""
        return self._infer()

    def explain(self, triple: Triple) -> Proof | None:
        """The smallest proof found of a triple, or None if it does not follow."""
        return self._explain(triple)


def close(
    ontology: Iterable[Triple], data: Iterable[Triple], *, include_schema: bool = False
) -> Closure:
    """The closure by our own engine; see `cgkg.reasoning.close`."""
    terms = Terms()
    stated = list(ontology)
    encoded = _Encoded(terms, [*stated, *data])
    axioms = Axioms([*stated, *encoded.axioms()])
    ruleset = compile(axioms)
    closure = Materialisation(terms, ruleset.rules)
    closure.run(*encoded.facts())
    names = schema.entailed(axioms) if include_schema else {}
    explainer = Explainer(closure)

    def infer() -> list[Triple]:
        found = inferred(closure)
        return sorted([*found, *names], key=text) if names else found

    def explain(triple: Triple) -> Proof | None:
        if triple in axioms:
            return Proof(triple, None, (), ())
        if triple in names:
            return Proof(triple, names[triple].name, names[triple].axioms, ())
        return explainer.explain(triple)

    return Closure(
        inconsistencies=contradictions.find(closure, ruleset),
        unsupported=(*ruleset.unsupported, *_literal_individuals(closure)),
        rounds=closure.rounds,
        _infer=infer,
        _explain=explain,
    )


def text(triple: Triple) -> tuple[str, ...]:
    """What triples are sorted by."""
    return tuple(str(term) for term in triple)


class _Encoded:
    """Triples as columns, and which columns are facts."""

    def __init__(self, terms: Terms, triples: list[Triple]) -> None:
        self.terms = terms
        subjects, predicates, objects = encode_triples(terms, triples)
        type_of = terms.id(RDF.type)
        typing = predicates == type_of
        self.edges = _split(predicates[~typing], pack(subjects[~typing], objects[~typing]))
        self.members = _split(objects[typing], subjects[typing])

    def facts(self) -> tuple[dict[int, Ids], dict[int, Ids]]:
        """The columns that are facts."""
        return (
            {one: keys for one, keys in self.edges.items() if not self._axiomatic(one)},
            {
                one: ids
                for one, ids in self.members.items()
                if not is_literal(np.array([one]))[0] and not declares(self.terms.term(one))
            },
        )

    def axioms(self) -> Iterator[Triple]:
        """The triples that the compiler reads, those of lists included."""
        for relation, keys in self.edges.items():
            predicate = self.terms.term(relation)
            assert isinstance(predicate, IRI)
            if self._axiomatic(relation) or predicate in (RDF.first, RDF.rest):
                yield from _triples(self.terms, sources(keys), predicate, targets(keys))
        for kind, ids in self.members.items():
            term = self.terms.term(kind)
            if declares(term) or isinstance(term, BlankNode):
                yield from _triples(self.terms, ids, RDF.type, np.full(len(ids), kind))

    def _axiomatic(self, relation: int) -> bool:
        predicate = self.terms.term(relation)
        return isinstance(predicate, IRI) and states_axiom(predicate)


def _split(names: Ids, values: Ids) -> dict[int, Ids]:
    """For each name the distinct values, sorted."""
    if not len(names):
        return {}
    order = np.lexsort((values, names))
    names, values = names[order], values[order]
    starts = np.flatnonzero(np.concatenate(([True], names[1:] != names[:-1])))
    columns = np.split(values, starts[1:])
    return dict(zip(names[starts].tolist(), map(unique, columns), strict=True))


def _triples(terms: Terms, subjects: Ids, predicate: IRI, objects: Ids) -> list[Triple]:
    resource = terms.resource
    return [
        Triple(resource(subject), predicate, term)
        for subject, term in zip(subjects.tolist(), terms.decode(objects), strict=True)
    ]


def _literal_individuals(closure: Materialisation) -> Iterator[UnsupportedAxiom]:
    """Statements that an individual is the same as a literal."""
    for stamp, keys in closure.history.edges.get(closure.same, []):
        if stamp == 0:
            wrong = keys[is_literal(targets(keys))]
            for triple in _triples(closure.terms, sources(wrong), SAME, targets(wrong)):
                yield UnsupportedAxiom(triple, "owl:sameAs with a literal")


# -- what is new -----------------------------------------------------------------------------------


def inferred(closure: Materialisation) -> list[Triple]:
    """All triples of the closure that were not asserted, sorted by their text."""
    terms = closure.terms
    rows = [EMPTY], [EMPTY], [EMPTY]
    type_of = terms.id(RDF.type)
    for relation, keys in new_edges(closure):
        for column, values in zip(
            rows, (sources(keys), np.full(len(keys), relation), targets(keys)), strict=True
        ):
            column.append(values)
    for kind, ids in new_members(closure):
        for column, values in zip(
            rows, (ids, np.full(len(ids), type_of), np.full(len(ids), kind)), strict=True
        ):
            column.append(values)
    subjects, predicates, objects = (np.concatenate(column) for column in rows)
    order = np.lexsort(tuple(_rank(terms, column) for column in (objects, predicates, subjects)))
    columns = (subjects[order], predicates[order], objects[order])
    made: Iterable[Triple] = map(cast("Any", Triple), *map(terms.decode, columns))
    return list(made)


def new_edges(closure: Materialisation) -> Iterator[tuple[int, Ids]]:
    """For each named property, its edges between all equal individuals that were not asserted."""
    cliques = closure.facts.cliques()
    for relation, keys in closure.facts.by_relation.items():
        if closure.terms.named(relation):
            told = _spread_keys(closure.facts, keys, cliques)
            yield relation, difference(told, closure.history.asserted_edges(relation))
    index, others = expand(cliques, closure.facts.represent(targets(cliques)))
    same = pack(targets(cliques)[index], others)
    same = np.sort(same[sources(same) != targets(same)])
    yield closure.same, difference(same, closure.history.asserted_edges(closure.same))


def new_members(closure: Materialisation) -> Iterator[tuple[int, Ids]]:
    """For each named class, its members that were not asserted."""
    cliques = closure.facts.cliques()
    hidden = {closure.terms.find(term) for term in _TRIVIAL}
    for kind, ids in closure.facts.by_kind.items():
        if closure.terms.named(kind) and kind not in hidden:
            told = _spread(ids, cliques)
            yield kind, difference(told, closure.history.asserted_members(kind))


def _spread(ids: Ids, cliques: Ids) -> Ids:
    """The ids and all that is the same as one of them, sorted."""
    index, others = expand(cliques, ids)
    if not len(others):
        return ids
    alone = np.ones(len(ids), np.bool_)
    alone[index] = False
    return merge(ids[alone], np.sort(others))


def _spread_keys(facts: Facts, keys: Ids, cliques: Ids) -> Ids:
    """The edges between all that is the same as their ends, sorted."""
    if not len(cliques):
        return keys
    for turn in (0, 1):
        ends = targets(keys) if turn else sources(keys)
        index, others = expand(cliques, ends)
        if len(others):
            alone = np.ones(len(keys), np.bool_)
            alone[index] = False
            moved = keys[index]
            pairs = pack(sources(moved), others) if turn else pack(others, targets(moved))
            keys = np.concatenate((keys[alone], pairs))
    return np.sort(keys)


def _rank(terms: Terms, numbers: Ids) -> Ids:
    """The place of each term among the terms sorted by their text."""
    distinct, at = np.unique(numbers, return_inverse=True)
    texts = [str(term) for term in terms.decode(distinct)]
    rank = np.empty(len(texts), np.int64)
    rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    return rank[at]
