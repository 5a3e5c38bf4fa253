"""The closure of an ontology and data, as the rest of cgkg sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, cast

import numpy as np

from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import RDF, RDFS
from cgkg.reasoning.contradictions import contradictions
from cgkg.reasoning.core.columns import (
    EMPTY,
    Ids,
    contains,
    difference,
    expand,
    merge,
    pack,
    sources,
    targets,
    union,
    unique,
)
from cgkg.reasoning.core.encoded import Encoded
from cgkg.reasoning.core.facts import Columns, Facts
from cgkg.reasoning.core.materialise import Materialisation, Watch, unwatched
from cgkg.reasoning.core.terms import TermDictionary, is_literal
from cgkg.reasoning.proofs.proof import Proof, Prover
from cgkg.reasoning.rules import schema
from cgkg.reasoning.rules.axioms import DECLARATIONS, SAME, THING, AxiomIndex, declares, is_reserved
from cgkg.reasoning.rules.diagnostics import Inconsistency, UnsupportedAxiom
from cgkg.reasoning.rules.rules import compile
from cgkg.reasoning.rules.ruleset import Ruleset

TRIVIAL = (THING, RDFS.Resource)
"""The classes of which membership says nothing."""


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
    _alternatives: Callable[[Triple], Iterator[Proof]]

    @cached_property
    def inferred(self) -> list[Triple]:
        """The triples that follow and were not asserted, sorted; no subject is a literal."""
        return self._infer()

    def explain(self, triple: Triple) -> Proof | None:
        """The smallest proof found of a triple, or None if it does not follow."""
        return self._explain(triple)

    def explain_all(self, triple: Triple, limit: int = 10) -> tuple[Proof, ...]:
        """Up to so many different proofs of a triple, small ones first; none if it does not follow.

        No proof uses its own conclusion. The first is the one that `explain` gives.
        """
        return tuple(islice(self._alternatives(triple), limit))


def close(
    ontology: Iterable[Triple], data: Iterable[Triple], *, include_schema: bool = False
) -> Closure:
    """The closure by our own engine; see `cgkg.reasoning.close`."""
    terms = TermDictionary()
    stated = list(ontology)
    encoded = Encoded.of(terms, [*stated, *data])
    axioms = AxiomIndex([*stated, *encoded.axioms()])
    ruleset = compile(axioms)
    closure = materialise(terms, ruleset, axioms, *encoded.facts())
    names = schema.entailed_conclusions(axioms) if include_schema else {}
    return as_closure(
        closure, ruleset, axioms, names, inconsistencies=contradictions.find(closure, ruleset)
    )


def materialise(
    terms: TermDictionary,
    ruleset: Ruleset,
    axioms: AxiomIndex,
    edges: Columns,
    members: Columns,
    watch: Watch = unwatched,
) -> Materialisation:
    """The closure of facts under the rules of these axioms.

    Args:
        edges, members: the facts, in ids.
        watch: told how it goes.
    """
    same = edges.get(terms.id(SAME), EMPTY)
    typing = ruleset.typing or (
        terms.id(RDF.type) in np.concatenate((sources(same), targets(same)))
    )
    closure = Materialisation(terms, ruleset.rules, typing=typing, watch=watch)
    typed = (axiom.triple for axiom in axioms.saying(RDF.type) if declares(axiom.object))
    closure.run(edges, members, Encoded.of(terms, typed).members if typing else {})
    return closure


def as_closure(
    closure: Materialisation,
    ruleset: Ruleset,
    axioms: AxiomIndex,
    names: Mapping[Triple, schema.Conclusion],
    *,
    inconsistencies: tuple[Inconsistency, ...],
    check: Callable[[], None] = lambda: None,
) -> Closure:
    """A materialisation as the rest of cgkg sees it.

    Args:
        names: what follows about named classes and properties, if it is wanted.
        check: called before every answer; it may refuse to give it.
    """
    prover = Prover(closure)

    def infer() -> list[Triple]:
        check()
        triples = list_inferred(closure)
        return sorted([*triples, *names], key=sort_key) if names else triples

    def explain(triple: Triple) -> Proof | None:
        check()
        if triple in axioms:
            return Proof(triple, None, (), ())
        if triple in names:
            return Proof(triple, names[triple].name, names[triple].axioms, ())
        return prover.explain(triple)

    def alternatives(triple: Triple) -> Iterator[Proof]:
        if triple in axioms or triple in names:
            return (proof for proof in (explain(triple),) if proof)
        check()
        return prover.alternatives(triple)

    return Closure(
        inconsistencies=inconsistencies,
        unsupported=(*ruleset.unsupported, *unused_statements(closure, axioms)),
        rounds=closure.rounds,
        _infer=infer,
        _explain=explain,
        _alternatives=alternatives,
    )


def sort_key(triple: Triple) -> tuple[str, ...]:
    """What triples are sorted by."""
    return tuple(str(term) for term in triple)


def unused_statements(closure: Materialisation, axioms: AxiomIndex) -> Iterator[UnsupportedAxiom]:
    """What is stated or inferred, and no rule is applied to although OWL 2 RL has one.

    Statements that something is the same as a literal or as a word of the language; axioms that are
    inferred and not stated, declarations apart.
    """
    terms = closure.terms
    keys = closure.history.asserted_edges(closure.same)
    for key in keys[is_literal(targets(keys))].tolist():
        yield _unused(terms, key, SAME, "owl:sameAs with a literal")
    ends = unique(np.concatenate((sources(keys), targets(keys))))
    words = np.array([one for one in ends.tolist() if is_reserved(terms.term(one))], np.int64)
    for key in keys[contains(words, sources(keys)) | contains(words, targets(keys))].tolist():
        yield _unused(terms, key, SAME, "owl:sameAs with a word of the language itself")
    for key in union(closure.unread).tolist():
        if terms.term(key & 0xFFFFFFFF) in DECLARATIONS - {RDFS.Datatype}:
            continue
        for alike in closure.facts.alike(key >> 32):
            told = alike << 32 | key & 0xFFFFFFFF
            one = _unused(terms, told, RDF.type, "an axiom that is inferred and not stated")
            if one.axiom not in axioms:
                yield one


def _unused(terms: TermDictionary, key: int, predicate: IRI, construct: str) -> UnsupportedAxiom:
    triple = Triple(terms.resource(key >> 32), predicate, terms.term(key & 0xFFFFFFFF))
    return UnsupportedAxiom(triple, construct, has_rule=True)


# -- what is new -----------------------------------------------------------------------------------


def list_inferred(closure: Materialisation) -> list[Triple]:
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
    """As `all_edges`, without what was asserted."""
    for relation, keys in all_edges(closure):
        yield relation, difference(keys, closure.history.asserted_edges(relation))


def new_members(closure: Materialisation) -> Iterator[tuple[int, Ids]]:
    """As `all_members`, without what was asserted."""
    for kind, ids in all_members(closure):
        yield kind, difference(ids, closure.history.asserted_members(kind))


def all_edges(closure: Materialisation) -> Iterator[tuple[int, Ids]]:
    """For each named property, its edges between all equal individuals."""
    cliques = closure.facts.cliques()
    for relation in closure.facts.relations:
        if closure.terms.named(relation) and relation != closure.type_of:
            yield relation, _spread_keys(closure.facts, closure.facts.edges(relation), cliques)
    index, others = expand(cliques, closure.facts.represent(targets(cliques)))
    same = pack(targets(cliques)[index], others)
    yield closure.same, np.sort(same[sources(same) != targets(same)])


def all_members(closure: Materialisation) -> Iterator[tuple[int, Ids]]:
    """For each named class but the trivial ones, its members."""
    cliques = closure.facts.cliques()
    hidden = {closure.terms.find(term) for term in TRIVIAL}
    for kind in closure.facts.kinds:
        if closure.terms.named(kind) and kind not in hidden:
            yield kind, _spread(closure.facts.members(kind), cliques)


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


def _rank(terms: TermDictionary, numbers: Ids) -> Ids:
    """The place of each term among the terms sorted by their text."""
    distinct, at = np.unique(numbers, return_inverse=True)
    texts = [str(term) for term in terms.decode(distinct)]
    rank = np.empty(len(texts), np.int64)
    rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    return rank[at]
