"""Every proof and every contradiction, checked step by step against the W3C's rules."""

from __future__ import annotations

import importlib.util
import random
from dataclasses import replace

import pytest
from paths import ROOT
from reasoning_cases import CONTRADICTIONS, INFERENCES, SEEDED, read, triples
from reasoning_checker import Checker

from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import GRAPH, OWL, RDF
from cgkg.reasoning import Closure, Proof, close
from cgkg.reasoning.stored import reclose
from cgkg.store.generations import Generation

BENCHMARK = ROOT / "benchmarks" / "reasoning"
NOT_FACTS = {GRAPH.spans, GRAPH.shapes, GRAPH.inferred}


def check(closure: Closure, checker: Checker, asked: list[Triple], *, alternatives: int = 0) -> int:
    """Check the proofs of these triples; gives the number of steps."""
    steps = 0
    for triple in asked:
        proofs = closure.explain_all(triple, alternatives) if alternatives else ()
        for proof in proofs or (closure.explain(triple),):
            assert proof is not None, triple
            assert proof.triple == triple
            assert checker.problems(proof) == []
            steps += proof.size
    return steps


# -- the city clusters -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asserted(clusters: Generation) -> list[Triple]:
    """All that the graph of the city clusters asserts."""
    quads = clusters.open(asserted=True).quads()
    return [quad.triple for quad in quads if quad.graph_name not in NOT_FACTS]


@pytest.fixture(scope="module")
def closure(clusters: Generation) -> Closure:
    return reclose(clusters)


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.long)])
def test_every_inference_of_the_clusters_is_proved(
    closure: Closure, asserted: list[Triple], step: int
) -> None:
    """Inferred triples of the published graph have proofs of nothing but valid steps."""
    assert len(closure.inferred) > 2000
    chosen = closure.inferred[::step]
    assert check(closure, Checker(asserted), chosen) > 2 * len(chosen)


def test_alternative_proofs_of_the_clusters_hold(closure: Closure, asserted: list[Triple]) -> None:
    """Alternative proofs are valid, different, none uses what it proves, and the smallest leads."""
    checker, several = Checker(asserted), 0
    for triple in closure.inferred[::10]:
        proofs = closure.explain_all(triple, 5)
        assert proofs[0] == closure.explain(triple)
        assert len(set(proofs)) == len(proofs)
        several += len(proofs) > 1
        for proof in proofs:
            assert checker.problems(proof) == []
            assert proof.size >= proofs[0].size
            assert not _circular(proof)
    assert several > 50


def _circular(proof: Proof) -> bool:
    """Whether a branch meets a triple again."""
    waiting: list[tuple[Proof, frozenset[Triple]]] = [(proof, frozenset())]
    while waiting:
        here, above = waiting.pop()
        if here.triple in above:
            return True
        waiting += [(premise, above | {here.triple}) for premise in here.premises]
    return False


# -- generated data --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> list[Triple]:
    """Some thousand triples of the benchmark's data, with its ontology."""
    spec = importlib.util.spec_from_file_location("generate", BENCHMARK / "generate.py")
    assert spec
    assert spec.loader
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    path = tmp_path_factory.mktemp("generated") / "data.nt"
    generate.write(path, 8000, seed=3, inverse_functional=True)
    files = [*sorted(BENCHMARK.glob("*.ttl")), path]
    return [quad.triple for file in files for quad in parse_file(file, blank_prefix=file.stem)]


def test_random_inferences_of_generated_data_are_proved(generated: list[Triple]) -> None:
    """Of the benchmark's data 400 inferred triples, 100 of them sameAs, have valid proofs."""
    closure, checker = close(generated, []), Checker(generated)
    chosen = random.Random(11)
    same = [triple for triple in closure.inferred if triple.predicate == OWL.sameAs]
    asked = chosen.sample(closure.inferred, 300) + chosen.sample(same, min(100, len(same)))
    assert check(closure, checker, asked) > 600
    assert check(closure, checker, asked[::20], alternatives=4) > 50


@pytest.mark.long
def test_every_inference_of_generated_data_is_proved(generated: list[Triple]) -> None:
    """All inferred triples of the benchmark's data have valid proofs."""
    closure, checker = close(generated, []), Checker(generated)
    assert check(closure, checker, closure.inferred) > 20000


# -- contradictions --------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "given"), CONTRADICTIONS)
def test_contradiction_is_an_instance_of_its_rule(rule: str, given: str) -> None:
    """What is found contradictory is so by the definition of the rule, from proved premises."""
    stated = triples(given)
    closure, checker = close(stated, []), Checker(stated)
    (found,) = closure.inconsistencies
    assert checker.contradictions(found) == []
    check(closure, checker, list(found.premises))


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        ("eq-diff2", "[] a owl:AllDifferent ; owl:members ( :a :b :a ) ."),
        ("eq-diff3", "[] a owl:AllDifferent ; owl:distinctMembers ( :a :a :a ) ."),
        ("prp-adp", "[] a owl:AllDisjointProperties ; owl:members ( :p :q :p ) . :a :p 1 ."),
        ("cax-adc", "[] a owl:AllDisjointClasses ; owl:members ( :C :C :D ) . :a a :C ."),
    ],
)
def test_what_a_list_has_twice_is_not_with_itself(rule: str, given: str) -> None:
    """The rules are about places in the list, and everything is the same as itself (eq-ref)."""
    stated = triples(given)
    (found,) = close(stated, []).inconsistencies
    assert found.rule == rule
    assert Checker(stated).contradictions(found) == []


@pytest.mark.parametrize(("rule", "mistake"), SEEDED)
def test_seeded_contradiction_is_proved(rule: str, mistake: str) -> None:
    """The mistakes seeded into cluster data are contradictions by valid steps from the data."""
    stated = [*read("ontology/*.ttl"), *triples(mistake)]
    closure, checker = close(stated, []), Checker(stated)
    assert closure.inconsistencies
    for found in closure.inconsistencies:
        assert checker.contradictions(found) == []
        check(closure, checker, list(found.premises))


@pytest.mark.parametrize(("rule", "given"), CONTRADICTIONS)
def test_checker_rejects_false_contradictions(rule: str, given: str) -> None:
    """The checker is not content with other premises or with axioms that nobody stated."""
    stated = triples(given)
    (found,) = close(stated, []).inconsistencies
    other = IRI("https://example.org/other")
    moved = tuple(Triple(other, one.predicate, one.object) for one in found.premises[:1])
    changed = replace(found, premises=(*moved, *found.premises[1:]))
    if rule not in ("cls-nothing2", "dt-not-type"):  # those are so of any subject
        assert _rejected(Checker(stated), changed)
    if found.axioms:
        assert Checker([]).contradictions(found)


def _rejected(checker: Checker, found: object) -> bool:
    try:
        return bool(checker.contradictions(found))  # type: ignore[arg-type]
    except (ValueError, KeyError):
        return True


# -- the checker itself ----------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "given", "expected"), INFERENCES)
def test_checker_rejects_changed_steps(rule: str, given: str, expected: str) -> None:
    """A step with another conclusion, fewer premises or another rule is not accepted."""
    stated = triples(given)
    closure, checker = close(stated, [], include_schema=True), Checker(stated)
    other = IRI("https://example.org/other")
    for triple in triples(expected):
        proof = closure.explain(triple)
        assert proof is not None
        assert checker.problems(proof) == []
        if proof.rule is None:
            continue
        moved = Triple(other, triple.predicate, triple.object)
        assert _refused(checker, replace(proof, triple=moved))
        if proof.premises:
            assert _refused(checker, replace(proof, premises=proof.premises[1:]))
        wrong = "prp-symp" if proof.rule != "prp-symp" else "prp-trp"
        assert _refused(checker, replace(proof, rule=wrong))


def _refused(checker: Checker, proof: Proof) -> bool:
    try:
        return bool(checker.problems(proof))
    except (ValueError, KeyError, IndexError, StopIteration):
        return True


def test_types_of_clusters_are_proved_by_class_axioms(closure: Closure) -> None:
    """The proofs name the rules a reader expects: types come by classes, domains or ranges."""
    kinds = {
        proof.rule
        for triple in closure.inferred
        if triple.predicate == RDF.type and (proof := closure.explain(triple))
    }
    assert {"cax-sco", "prp-dom", "prp-rng"} <= kinds
    assert kinds <= {
        "cax-sco", "cax-eqc1", "cax-eqc2", "prp-dom", "prp-rng", "cls-int1", "cls-int2", "cls-svf1",
        "cls-svf2", "cls-hv2", "cls-uni", "cls-avf", "eq-rep-s",
    }  # fmt: skip
