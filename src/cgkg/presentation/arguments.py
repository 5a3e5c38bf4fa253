"""Proofs as people argue: a claim, the reasons for it, and the terms whose meaning it uses.

Steps that only turn a statement round or carry it to a wider term are left out, and a short chain
of facts is one reason. The whole proof stays at hand for whoever wants each step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cgkg.rdf.terms import IRI, BlankNode, Triple, parts
from cgkg.rdf.vocab import RDF

if TYPE_CHECKING:  # loads numpy
    from cgkg.reasoning import Proof

_TOGETHER = 2  # asserted facts that one reason may rest on


@dataclass(frozen=True)
class Reason:
    """What is told in one breath.

    `told` are the statements, that which is told of a thing's class after that which names the
    thing; `leaves` the asserted facts they rest on; `inferred` those of them that follow.
    """

    told: tuple[Triple, ...]
    leaves: tuple[Triple, ...]
    inferred: tuple[Triple, ...] = ()


@dataclass(frozen=True)
class Argument:
    """A proof as reasons; `terms` are the classes and properties by whose meaning it follows."""

    claim: Triple
    reasons: tuple[Reason, ...]
    terms: tuple[IRI, ...]

    @property
    def told(self) -> tuple[Triple, ...]:
        """All that the reasons tell, in order."""
        return tuple(triple for each in self.reasons for triple in each.told)

    @property
    def leaves(self) -> tuple[Triple, ...]:
        """The asserted facts that it rests on, each once."""
        return tuple(dict.fromkeys(leaf for each in self.reasons for leaf in each.leaves))


def argument(proof: Proof) -> Argument:
    """The proof of an inferred fact as reasons."""
    terms: dict[IRI, None] = {}
    reasons: dict[tuple[Triple, ...], Reason] = {}
    waiting = [proof]
    while waiting:
        here = waiting.pop()
        reason = _reason(here) if here is not proof or here.rule is None else None
        if reason:
            reasons.setdefault(reason.told, reason)
            continue
        steps = list(_core(here))
        terms |= dict.fromkeys(filter(None, (_term(step.triple) for step in steps)))
        waiting += reversed(steps[-1].premises)
    merged = _merged(reasons.values(), proof.triple)
    # What kind of thing it is, is known before; it is told last.
    merged.sort(key=lambda each: _is_kind_of(each.told[0], proof.triple))
    return Argument(proof.triple, tuple(merged), tuple(terms))


def different(proofs: Iterable[Proof]) -> list[Argument]:
    """An argument for each of the grounds that proofs rest on, in the order of the proofs."""
    by_leaves: dict[frozenset[Triple], Argument] = {}
    for each in map(argument, proofs):
        by_leaves.setdefault(frozenset(each.leaves), each)
    return list(by_leaves.values())


def passed_through(arguments: Iterable[Argument]) -> list[tuple[IRI, ...]]:
    """Of each argument the things that it goes by, which not all of them do."""
    named = [dict.fromkeys(_things(each)) for each in arguments]
    common = set.intersection(*map(set, named)) if named else set()
    return [tuple(thing for thing in things if thing not in common) for things in named]


def _core(proof: Proof) -> Iterator[Proof]:
    """The step, and those below it as long as there is one premise that follows itself."""
    yield proof
    while len(proof.premises) == 1 and proof.premises[0].rule is not None:
        proof = proof.premises[0]
        yield proof


def _reason(proof: Proof) -> Reason | None:
    """The conclusion as a reason, if it can be told and rests on few facts."""
    leaves: dict[Triple, None] = {}
    for leaf in proof.leaves():
        leaves[leaf] = None
        if len(leaves) > _TOGETHER:
            return None
    if proof.rule is not None:
        blank = any(isinstance(end, BlankNode) for end in parts(proof.triple))
        if blank or not leaves:
            return None
    inferred = (proof.triple,) if proof.rule is not None else ()
    return Reason((proof.triple,), tuple(leaves), inferred)


def _merged(reasons: Iterable[Reason], claim: Triple) -> list[Reason]:
    """What is told of a thing's class joined to the reason that names the thing."""
    merged: list[Reason] = []
    for reason in reasons:
        (triple,) = reason.told
        place = _place_of(triple, merged) if triple.subject != claim.subject else None
        if place is None:
            merged.append(reason)
        else:
            other = merged[place]
            leaves = tuple(dict.fromkeys((*other.leaves, *reason.leaves)))
            merged[place] = replace(
                other,
                told=(*other.told, triple),
                leaves=leaves,
                inferred=(*other.inferred, *reason.inferred),
            )
    return merged


def _place_of(triple: Triple, reasons: list[Reason]) -> int | None:
    if triple.predicate != RDF.type:
        return None
    for place, reason in enumerate(reasons):
        if any(triple.subject in (t.subject, t.object) for t in reason.told):
            return place
    return None


def _is_kind_of(triple: Triple, claim: Triple) -> bool:
    return triple.predicate == RDF.type and triple.subject == claim.subject


def _term(triple: Triple) -> IRI | None:
    """The class or property that a conclusion is about."""
    if triple.predicate != RDF.type:
        return triple.predicate
    return triple.object if isinstance(triple.object, IRI) else None


def _things(one: Argument) -> Iterator[IRI]:
    """What the reasons are about, apart from the ends of the claim."""
    ends = {one.claim.subject, one.claim.object}
    for triple in one.told:
        subject, predicate, value = parts(triple)
        named = (subject,) if predicate == RDF.type else (subject, value)
        yield from (end for end in named if isinstance(end, IRI) and end not in ends)
