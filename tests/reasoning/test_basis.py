"""Proofs in files that hold what follows, too: they end in what follows from nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from reasoning_cases import INFERENCES, PREFIXES, triples
from reasoning_checker import Checker

from cgkg.cli.commands import main
from cgkg.rdf.terms import Triple
from cgkg.reasoning import Closure, close
from cgkg.reasoning.basis import close_from_basis
from cgkg.reasoning.core.encoded import Encoded
from cgkg.reasoning.core.terms import TermDictionary

PARTS = (
    ":in a owl:TransitiveProperty ; owl:inverseOf :has . :near a owl:SymmetricProperty ."
    " :City rdfs:subClassOf :Place . :Place rdfs:subClassOf :Spot ; owl:equivalentClass :Area ."
    " :a a :City ; :in :b ; owl:sameAs :x . :b :in :c . :c :in :d . :a :near :b ; :n 01 ."
)


def _closed(turtle: str) -> tuple[list[Triple], list[Triple], Closure]:
    """What is stated, what follows, and the closure of both from a basis."""
    stated = triples(turtle)
    inferred = close(stated, [], include_schema=True).inferred
    encoded = Encoded.of(TermDictionary(), [*stated, *inferred])
    return stated, inferred, close_from_basis(encoded)


@pytest.mark.parametrize(("rule", "given", "expected"), INFERENCES)
def test_every_triple_of_a_closed_file_has_a_proof(rule: str, given: str, expected: str) -> None:
    """Each step is an instance of its rule, and the leaves are triples of the file."""
    stated, inferred, closure = _closed(given)
    checker = Checker([*stated, *inferred])
    for triple in (*stated, *inferred):
        proof = closure.explain(triple)
        assert proof is not None
        assert checker.problems(proof) == []


@pytest.mark.parametrize(
    "fact",
    [
        ":a :in :d",
        ":d :has :x",
        ":x a :Spot",
        ":a a :Area",
        ":City rdfs:subClassOf :Spot",
        ":x :near :b",
        ":x :n 1",
    ],
)
def test_what_was_inferred_is_proved(fact: str) -> None:
    """Transitive, inverse and symmetric properties, classes and equals rest on few facts."""
    _, _, closure = _closed(PARTS)
    proof = closure.explain(triples(f"{fact} .")[0])
    assert proof is not None
    assert proof.rule is not None
    leaves = set(proof.leaves())
    assert not leaves & set(triples(":a :in :d , :c . :b :in :d . :d :has :a , :b . :c :has :a ."))
    assert not leaves & set(
        triples(":a a :Spot , :Place , :Area . :x a :Spot ; :near :b ; :n 01 .")
    )


def test_a_value_may_be_asked_for_in_another_form() -> None:
    """The proof is that of the form which is there."""
    _, _, closure = _closed(PARTS)
    (one, other) = (closure.explain(triples(f":a :n {form} .")[0]) for form in ("01", "1.0"))
    assert one == other
    assert closure.explain(triples(":a :n 2 .")[0]) is None


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["explain", *map(str, words)])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_explains_by_files(tmp_path: Path) -> None:
    """A fact is proved by the file alone, with the lines it rests on; prefixes are the file's."""
    path, closed = tmp_path / "data.ttl", tmp_path / "closed.nt"
    path.write_text(f"{PREFIXES}{PARTS} :n owl:propertyDisjointWith :m . :a :m 1 .")
    CliRunner().invoke(main, ["reason", str(path), "--out", str(closed)])
    code, told, _ = run(":a :in :c", path)
    assert code == 0
    assert "prp-trp" in told
    assert f"{path}:{PREFIXES.count(chr(10)) + 1}" in told
    code, told, _ = run(
        "<https://example.org/a> <https://example.org/in> <https://example.org/c>", closed
    )
    assert code == 0
    assert "prp-trp" in told
    assert f"{closed}:" in told
    code, told, _ = run("--inconsistencies", closed)
    assert code == 1
    assert told.startswith("contradiction: prp-pdw")


def test_the_command_needs_a_fact_that_follows(tmp_path: Path) -> None:
    """What does not follow, unknown names and wrong words are errors."""
    path = tmp_path / "data.ttl"
    path.write_text(f"{PREFIXES}{PARTS}")
    assert run(":d :in :a", path)[0] == 1
    assert "does not follow" in run(":d :in :a", path)[2]
    assert run(":a :in :c", tmp_path / "none.ttl")[0] == 1
    for words in (
        (),
        ("--inconsistencies", ":a :in :c"),
        (":a :in :c", path, "--project", tmp_path),
    ):
        code, _, error = run(*words)
        assert code == 2
        assert "one of the two" in error
