"""One fact: reading its address, its proof with the evidence of every leaf, and its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from cgkg.document.statements import Statement, statements
from cgkg.http.requests import ProtocolError
from cgkg.presentation.axioms import Axioms, Phrase
from cgkg.presentation.resource import mentioned
from cgkg.rdf.notation import read_iri, read_term
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import STANDARD
from cgkg.store.excerpt import Excerpt
from cgkg.store.graph import Graph

if TYPE_CHECKING:
    from cgkg.reasoning import Proof

Part = TypeVar("Part", bound=IRI | Literal)
_HINT = (
    "write /fact?s=IRI&p=IRI&o=IRI; o may be a literal such as"
    ' "text"@en or "1"^^<http://www.w3.org/2001/XMLSchema#integer>'
)


@dataclass(frozen=True)
class Step:
    """A node of a proof as it is shown: a statement, and for an inferred one why it follows."""

    statement: Statement
    rule: str
    axioms: tuple[Phrase, ...]
    premises: tuple[Step, ...]

    def leaves(self) -> Iterator[Statement]:
        """The asserted statements that the proof stands on."""
        if not self.premises:
            yield self.statement
        for premise in self.premises:
            yield from premise.leaves()


def read_fact(parameters: Mapping[str, str], prefixes: Mapping[str, str] = STANDARD) -> Triple:
    """The triple that `s`, `p` and `o` name.

    IRIs are given whole, in angle brackets or as prefixed names; `o` may also be a literal in
    N-Triples syntax.

    Raises:
        ProtocolError: one is missing or is no such term; says which and how to write it.
    """
    return Triple(
        _read("s", parameters, partial(read_iri, prefixes=prefixes)),
        _read("p", parameters, partial(read_iri, prefixes=prefixes)),
        _read("o", parameters, partial(read_term, prefixes=prefixes)),
    )


def _read(name: str, parameters: Mapping[str, str], reader: Callable[[str], Part]) -> Part:
    given = parameters.get(name, "")
    try:
        return reader(given)
    except ValueError:
        what = f"{name}: {given[:200]!r} is no such term" if given else f"{name} is missing"
        raise ProtocolError(what, hint=_HINT) from None


def steps(graph: Graph | Excerpt, proof: Proof, axioms: Axioms) -> Step:
    """The proof as steps, each statement with its evidence, in two batches.

    `axioms` knows those of the proof.
    """
    reading = Excerpt.of(graph)
    triples = list(dict.fromkeys(each.triple for each in proof.steps()))
    said = dict(zip(triples, statements(reading, triples), strict=True))
    known = {t: each for t, each in said.items() if _is_said(each) or t in reading}
    return _step(proof, axioms, known)


def _is_said(each: Statement) -> bool:
    return each.inferred or bool(each.spans or each.graphs)


def _step(proof: Proof, axioms: Axioms, said: Mapping[Triple, Statement]) -> Step:
    return Step(
        said.get(proof.triple) or Statement(proof.triple, inferred=proof.rule is not None),
        proof.rule or "",
        axioms.phrases(proof.axioms),
        tuple(_step(premise, axioms, said) for premise in proof.premises),
    )


def axioms_of(proof: Proof) -> Iterator[Triple]:
    """All axioms that a proof uses."""
    yield from proof.axioms
    for premise in proof.premises:
        yield from axioms_of(premise)


def terms_of(step: Step) -> set[IRI]:
    """Every IRI that the steps mention, for their labels."""
    iris = mentioned((step.statement,))
    iris.update(part for phrase in step.axioms for part in phrase if isinstance(part, IRI))
    for premise in step.premises:
        iris |= terms_of(premise)
    return iris
