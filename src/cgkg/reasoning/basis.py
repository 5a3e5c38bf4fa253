"""Proofs in files that hold what follows besides what was stated, as `cgkg reason` writes them.

Nobody can tell from such a file what was stated first. A basis is a part of its facts from which
all others follow: a proof from a basis ends in triples that follow from no others or, where some
follow from each other, in one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from cgkg.rdf.terms import Literal, Triple, parts
from cgkg.reasoning.closure import Closure, as_closure, materialise
from cgkg.reasoning.contradictions import contradictions
from cgkg.reasoning.core.columns import (
    EMPTY,
    Ids,
    Mask,
    contains,
    pack,
    sources,
    targets,
    union,
    unique,
)
from cgkg.reasoning.core.encoded import Encoded
from cgkg.reasoning.core.facts import Columns
from cgkg.reasoning.core.materialise import Materialisation
from cgkg.reasoning.core.stamps import NEVER
from cgkg.reasoning.core.terms import is_literal
from cgkg.reasoning.incremental.support import Support
from cgkg.reasoning.proofs.proof import Proof
from cgkg.reasoning.rules.axioms import AxiomIndex
from cgkg.reasoning.rules.rules import compile
from cgkg.reasoning.rules.schema import entailed_conclusions

_ROUNDS = 20  # after so many, all that is left is taken for the basis


def close_from_basis(encoded: Encoded) -> Closure:
    """The closure of triples, with proofs that rest on a basis of them.

    What is stated and follows from the basis has a proof all the same, axioms about names too;
    literals may be asked for in any form of their value.
    """
    axioms = AxiomIndex(encoded.axioms())
    ruleset = compile(axioms)
    closure = _Basis(encoded, axioms).find()
    names = entailed_conclusions(axioms)
    inconsistencies = contradictions.find(closure, ruleset)
    whole = as_closure(closure, ruleset, axioms, names, inconsistencies=inconsistencies)

    def alternatives(triple: Triple) -> Iterator[Proof]:
        if triple in axioms:
            others = AxiomIndex(axiom.triple for axiom in axioms if axiom.triple != triple)
            entailed = entailed_conclusions(others).get(triple)
            if entailed:
                yield Proof(triple, entailed.name, entailed.axioms, ())
                return
        for form in _forms(triple, closure):
            yield from whole._alternatives(form)

    def explain(triple: Triple) -> Proof | None:
        return next(alternatives(triple), None)

    return replace(whole, _explain=explain, _alternatives=alternatives)


def _forms(triple: Triple, closure: Materialisation) -> Iterator[Triple]:
    """The triple with its value in every form there is, as it is given first."""
    subject, predicate, value = parts(triple)
    if not isinstance(value, Literal):
        yield triple
        return
    for number in closure.literals.equal(closure.terms.id(value)):
        yield Triple(subject, predicate, closure.terms.term(number))


class _Basis:
    """Facts, and which of them the others follow from."""

    def __init__(self, encoded: Encoded, axioms: AxiomIndex) -> None:
        self._terms, self._axioms = encoded.terms, axioms
        self._ruleset = compile(axioms)
        self._edges, self._members = encoded.facts()

    def find(self) -> Materialisation:
        """The closure of a basis."""
        whole = self._close(self._edges, self._members)
        whole.facts.sparse = True
        self._support = Support(whole)
        edges, members = self._underived(whole)
        closure = self._close(edges, members)
        for turn in range(_ROUNDS + 1):
            missing = self._missing(closure)
            if not any(missing):
                break
            more = self._choose(closure, *missing) if turn < _ROUNDS else missing
            edges, members = _joined(edges, more[0]), _joined(members, more[1])
            closure = self._close(edges, members)
        return closure

    def _close(self, edges: Columns, members: Columns) -> Materialisation:
        return materialise(self._terms, self._ruleset, self._axioms, edges, members)

    def _underived(self, whole: Materialisation) -> tuple[Columns, Columns]:
        """The facts that no rule gives, and no equality."""
        edges = {
            relation: keys[~self._support.edges(relation, keys, _never(keys))]
            for relation, keys in self._edges.items()
        }
        if whole.same in edges:  # none is needed but those that connect nothing, so far
            keys = self._edges[whole.same]
            idle = is_literal(targets(keys)) | (sources(keys) == targets(keys))
            edges[whole.same] = keys[idle]
        members = {
            kind: ids[~self._support.members(kind, ids, _never(ids))]
            for kind, ids in self._members.items()
        }
        return edges, members

    def _missing(self, closure: Materialisation) -> tuple[dict[int, Ids], dict[int, Ids]]:
        """The facts that are not in the closure yet."""
        facts = closure.facts

        def known(relation: int, keys: Ids) -> Mask:
            if relation == closure.same:
                same: Mask = facts.represent(sources(keys)) == facts.represent(targets(keys))
                return same | is_literal(targets(keys))
            return facts.linked(relation, facts.represent_keys(keys))

        edges = {one: keys[~known(one, keys)] for one, keys in self._edges.items()}
        members = {
            one: ids[~facts.within(one, facts.represent(ids))] for one, ids in self._members.items()
        }
        return (
            {one: keys for one, keys in edges.items() if len(keys)},
            {one: ids for one, ids in members.items() if len(ids)},
        )

    def _choose(
        self, closure: Materialisation, edges: dict[int, Ids], members: dict[int, Ids]
    ) -> tuple[dict[int, Ids], dict[int, Ids]]:
        """A part of what is missing, from which much of the rest should follow.

        Equalities first: one for each individual that has some. Then of each individual one class
        and of each pair one property, in one direction, for those who represent the others; and
        first of pairs that no rule leads to by way of others.
        """
        if closure.same in edges:
            keys = edges[closure.same]
            ends = np.sort(np.stack((sources(keys), targets(keys))), axis=0)
            _, first = np.unique(ends[1], return_index=True)
            return {closure.same: np.sort(keys[first])}, {}
        if closure.facts.merged:
            facts = closure.facts
            edges = _filter(edges, lambda _, keys: facts.represent_keys(keys) == keys) or edges
            members = _filter(members, lambda _, ids: facts.represent(ids) == ids) or members
        edges = self._apart(edges) or edges
        by_rule = self._support.members
        members = (
            _filter(members, lambda kind, ids: ~by_rule(kind, ids, _never(ids), apart=True))
            or members
        )
        return _first(self._in_order(edges), _pairs), _first(
            self._in_order(members), lambda ids: ids
        )

    def _apart(self, edges: dict[int, Ids]) -> dict[int, Ids]:
        """The edges between those for whom no edge follows from edges between others."""
        reached = [
            _pairs(keys)[self._support.edges(relation, keys, _never(keys), apart=True)]
            for relation, keys in edges.items()
        ]
        led_to = unique(np.concatenate([EMPTY, *reached]))
        return _filter(edges, lambda _, keys: ~contains(led_to, _pairs(keys)))

    def _in_order(self, columns: dict[int, Ids]) -> dict[int, Ids]:
        return {one: columns[one] for one in sorted(columns, key=self._text)}

    def _text(self, resource: int) -> str:
        return str(self._terms.resource(resource))


def _never(column: Ids) -> Ids:
    return np.full(len(column), NEVER)


def _filter(columns: dict[int, Ids], chosen: Callable[[int, Ids], Mask]) -> dict[int, Ids]:
    kept = {one: values[chosen(one, values)] for one, values in columns.items()}
    return {one: values for one, values in kept.items() if len(values)}


def _pairs(keys: Ids) -> Ids:
    """The pair of ends of each edge, whatever its direction."""
    ends, others = sources(keys), targets(keys)
    turned = ends > others  # never of a literal
    return np.where(turned, pack(others, ends), keys)


def _first(columns: dict[int, Ids], identify: Callable[[Ids], Ids]) -> dict[int, Ids]:
    """Of all values that are identified with each other the first."""
    names = np.repeat(np.array(list(columns), np.int64), [len(one) for one in columns.values()])
    values = np.concatenate([EMPTY, *columns.values()])
    _, first = np.unique(identify(values), return_index=True)
    names, values = names[first], values[first]
    return {one: np.sort(values[names == one]) for one in unique(names).tolist()}


def _joined(some: Columns, more: Columns) -> dict[int, Ids]:
    names = dict.fromkeys((*some, *more))
    return {one: union([some.get(one, EMPTY), more.get(one, EMPTY)]) for one in names}
