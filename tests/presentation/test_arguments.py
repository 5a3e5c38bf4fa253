"""Proofs as reasons, and statements as sentences by the patterns of an ontology."""

from __future__ import annotations

import pytest
from projects import BUNDLED
from reasoning_cases import triples

from cgkg.presentation.arguments import argument, different, passed_through
from cgkg.presentation.sentences import SentencePatterns
from cgkg.rdf.notation import read_triple
from cgkg.rdf.terms import IRI, Literal, Quad, Triple, parts
from cgkg.rdf.vocab import CG, RDF
from cgkg.reasoning import Proof, close
from cgkg.reasoning.stored import reclose
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph

EX = "http://e/"
LIKES = IRI(EX + "likes")
FACT = Triple(IRI(EX + "ann"), LIKES, IRI(EX + "tea"))


def patterns(*said: tuple[str, str | None], on: IRI = LIKES) -> Graph:
    about = (Literal(text, language=tag) if tag else Literal(text) for text, tag in said)
    return Graph.of([Quad(on, CG.sentencePattern, text) for text in about])


def told(graph: Graph, language: str, triple: Triple = FACT) -> str:
    writer = SentencePatterns(graph, language, lambda term: (term,))  # type: ignore[arg-type,return-value]
    names = (p if isinstance(p, str) else p.value.removeprefix(EX) for p in writer.sentence(triple))
    return "".join(names)


@pytest.mark.parametrize(
    ("said", "language", "sentence"),
    [
        ([("{object} pleases {subject}", "en")], "en", "tea pleases ann"),
        (
            [("{object} pleases {subject}", "en"), ("{subject}喜欢{object}", "zh")],
            "zh",
            "ann喜欢tea",
        ),
        ([("{object} pleases {subject}", "en")], "en-GB", "tea pleases ann"),
        ([("{subject} +1 {object}", None)], "zh", "ann +1 tea"),
        ([("{subject} {has} {{object", "en")], "en", "ann {has} {{object"),
        ([("{object} pleases {subject}", "en")], "zh", "ann likes tea"),
        ([], "en", "ann likes tea"),
    ],
)
def test_a_pattern_makes_a_sentence(
    said: list[tuple[str, str | None]], language: str, sentence: str
) -> None:
    """In its own language only; without one the property stands between the ends."""
    assert told(patterns(*said), language) == sentence


def test_a_class_has_a_pattern_for_its_members() -> None:
    """Others are told of by the catalogue."""
    kind, ann = IRI(EX + "owl"), IRI(EX + "ann")
    member = Triple(ann, RDF.type, kind)
    assert told(patterns(("{subject} is an owl", "en"), on=kind), "en", member) == "ann is an owl"
    assert told(patterns(), "en", member) == "ann is a owl"
    assert told(patterns(), "zh", member) == "ann是owl"


def test_reasons_without_words_are_counted() -> None:
    """Where each has a pattern they are told; one without, or too many, and clauses are counted."""
    named = SentencePatterns(patterns(("{subject} likes {object}", "en")), "en", lambda t: ("x",))
    assert "".join(named.reasons([FACT, FACT], 2)) == "x likes x, and x likes x"  # type: ignore[arg-type]
    other = Triple(FACT.subject, IRI(EX + "other"), FACT.object)
    assert named.reasons([FACT, other], 2) == ("this follows from 2 clauses",)
    assert named.reasons([FACT] * 7, 1) == ("this follows from 1 clause",)
    assert named.reasons([other], 0) == ("this follows from what is no clause of the document",)


def proofs(generation: Generation, fact: str, limit: int = 1) -> tuple[Proof, ...]:
    return reclose(generation).explain_all(read_triple(fact, BUNDLED), limit)


def shown(triple: Triple) -> str:
    ends = (end.value if isinstance(end, IRI) else str(end) for end in parts(triple))
    return " ".join(end.rsplit("/", 1)[-1].rsplit("#", 1)[-1] for end in ends)


def test_a_definition_is_met_by_members_and_their_kind(clusters: Generation) -> None:
    """A seat and who takes it are one reason, joined by what kind of office that is."""
    (proof,) = proofs(clusters, "body:capital-region-committee a cg:CrossTierBody")
    found = argument(proof)
    assert [[shown(triple) for triple in each.told] for each in found.reasons] == [
        ["capital-region-committee hasMemberOffice prime-minister-of-south-korea",
         "prime-minister-of-south-korea type NationalOffice"],
        ["capital-region-committee hasMemberOffice mayor-of-seoul",
         "mayor-of-seoul type LocalOffice"],
        ["capital-region-committee type CoordinationBody"],
    ]  # fmt: skip
    assert [len(each.leaves) for each in found.reasons] == [3, 3, 1]
    assert found.terms == (CG.CrossTierBody,)


def test_different_ways_are_told_apart_by_what_they_go_through(clusters: Generation) -> None:
    """Two clusters share members: each way goes through another of them, whichever end it is
    proved from."""
    found = proofs(clusters, "reg:new-york cg:sharesMemberWith reg:great-lakes", 20)
    assert len(found) == 10
    through = passed_through(different(found))
    assert all(len(each) == 1 for each in through)
    assert len(set(through)) == len(through) == 5


def test_every_leaf_of_a_proof_is_in_a_reason() -> None:
    """A long proof is no single reason, and nothing that it rests on is lost."""
    closure = close(
        triples(":reach owl:propertyChainAxiom ( :reach :next ) ."),
        triples(":a :reach :b . :b :next :c . :c :next :d . :d :next :e ."),
    )
    (far,) = (t for t in closure.inferred if shown(t).endswith("e"))
    proof = closure.explain(far)
    assert isinstance(proof, Proof)
    found = argument(proof)
    assert len(found.reasons) > 1
    assert set(found.leaves) == set(proof.leaves())
