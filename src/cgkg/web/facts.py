"""The page of one fact: reading its address, and its proof with the evidence of every leaf."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cgkg.query.protocol import ProtocolError
from cgkg.rdf import IRI, Literal, Triple
from cgkg.resource import Statement, mentioned, statement
from cgkg.store import Graph
from cgkg.vocab import PREFIXES
from cgkg.web.axioms import Axioms, Phrase

if TYPE_CHECKING:
    from cgkg.reasoning import Proof

_LITERAL = re.compile(
    r'"(?P<text>(?:[^"\\]|\\.)*)"(?:@(?P<lang>[A-Za-z]+(?:-[A-Za-z0-9]+)*)|\^\^(?P<type>\S+))?$',
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPES: Mapping[str, str] = {
    "t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\",
}  # fmt: skip


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


def read_fact(parameters: Mapping[str, str]) -> Triple:
    """The triple that `s`, `p` and `o` name.

    IRIs are given whole, in angle brackets or as prefixed names; `o` may also be a literal in
    N-Triples syntax.

    Raises:
        ProtocolError: one is missing or is no such term; says which and how to write it.
    """
    return Triple(
        _iri("s", parameters.get("s", "")),
        _iri("p", parameters.get("p", "")),
        _term("o", parameters.get("o", "")),
    )


def steps(graph: Graph, proof: Proof, axioms: Axioms) -> Step:
    """The proof as steps, each statement with its evidence; `axioms` knows those of the proof."""
    held = statement(graph, proof.triple)
    return Step(
        held or Statement(proof.triple, inferred=proof.rule is not None),
        proof.rule or "",
        axioms.phrases(proof.axioms),
        tuple(steps(graph, premise, axioms) for premise in proof.premises),
    )


def axioms_of(proof: Proof) -> Iterator[Triple]:
    """All axioms that a proof uses."""
    yield from proof.axioms
    for premise in proof.premises:
        yield from axioms_of(premise)


def terms_of(step: Step) -> set[IRI]:
    """Every IRI that the steps mention, for their labels."""
    found = mentioned((step.statement,))
    found.update(part for phrase in step.axioms for part in phrase if isinstance(part, IRI))
    for premise in step.premises:
        found |= terms_of(premise)
    return found


def _term(name: str, given: str) -> IRI | Literal:
    match = _LITERAL.match(given)
    if match is None:
        return _iri(name, given)
    text = _ESCAPE.sub(_unescaped, match["text"])
    if match["lang"]:
        return Literal(text, language=match["lang"])
    if match["type"]:
        return Literal(text, datatype=_iri(name, match["type"]))
    return Literal(text)


def _iri(name: str, given: str) -> IRI:
    bare = given.removeprefix("<").removesuffix(">").strip()
    prefix, colon, rest = bare.partition(":")
    if colon and not rest.startswith("//") and prefix in PREFIXES:
        bare = PREFIXES[prefix] + rest
    try:
        return IRI(bare)
    except ValueError:
        what = f"{name} is missing" if not given else f"{name}: {given[:200]!r} is no such term"
        raise ProtocolError(
            what,
            hint="write /fact?s=IRI&p=IRI&o=IRI; o may be a literal such as"
            ' "text"@en or "1"^^<http://www.w3.org/2001/XMLSchema#integer>',
        ) from None


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        # Not every number is a character; such an escape stays as written.
        number = int(code, 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else match[0]
    return _ESCAPES.get(match[3], match[0])
