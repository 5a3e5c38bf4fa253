"""The W3C test cases of OWL 2 in the RL profile; how entailment is decided: see `owl2_cases`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from owl2_cases import Case, cases

EXPECTED_FAILURES: Mapping[str, str] = tomllib.loads(
    (Path(__file__).parent / "expected_failures.toml").read_text("utf-8")
)["owl2"]

pytestmark = pytest.mark.skipif(
    not cases(), reason="the W3C suite is not at hand (../shared/suites/owl2/all.rdf)"
)


def asking(kind: str) -> list[object]:
    """The cases of a kind, those expected to fail marked with the reason."""
    return [
        pytest.param(
            case,
            id=case.name,
            marks=[pytest.mark.xfail(reason=EXPECTED_FAILURES[case.name], raises=AssertionError)]
            if kind == "PositiveEntailmentTest" and case.name in EXPECTED_FAILURES
            else [],
        )
        for case in cases()
        if kind in case.kinds
    ]


def test_the_suite_is_whole() -> None:
    """All 64 cases are there: 50 consistent, 14 not, 28 that follow, 4 that do not."""
    kinds = [kind for case in cases() for kind in case.kinds]
    assert len(cases()) == 64
    assert [
        kinds.count(f"{kind}Test")
        for kind in ("Consistency", "Inconsistency", "PositiveEntailment", "NegativeEntailment")
    ] == [50, 14, 28, 4]


def test_expected_failures_are_few_and_named() -> None:
    """At most four of the 28 fail, each for a reason told, and none that does not exist."""
    assert set(EXPECTED_FAILURES) <= {case.name for case in cases()}
    assert len(EXPECTED_FAILURES) <= 4
    assert all(EXPECTED_FAILURES.values())


@pytest.mark.parametrize("case", asking("ConsistencyTest"))
def test_consistent(case: Case) -> None:
    """No contradiction is found where there is none."""
    assert case.closure.inconsistencies == ()


@pytest.mark.parametrize("case", asking("InconsistencyTest"))
def test_inconsistent(case: Case) -> None:
    """A contradiction is found, with a rule and premises that can be explained."""
    assert case.closure.inconsistencies
    for found in case.closure.inconsistencies:
        assert all(case.closure.explain(premise) for premise in found.premises)


@pytest.mark.parametrize("case", asking("PositiveEntailmentTest"))
def test_entailed(case: Case) -> None:
    """What the suite says follows, follows."""
    assert case.entailed()


def test_conclusions_that_say_nothing_are_known() -> None:
    """Four hold without reasoning: annotations that mean nothing, classes in no axiom."""
    empty = {case.name for case in cases() if case.conclusion and not list(case.statements())}
    assert empty == {
        "WebOnt-I4.6-005-Direct",
        "WebOnt-equivalentClass-008-Direct",
        "WebOnt-I5.26-010",
        "WebOnt-I5.5-005",
    }


@pytest.mark.parametrize("case", asking("NegativeEntailmentTest"))
def test_not_entailed(case: Case) -> None:
    """What the suite says does not follow is neither found nor refuted."""
    assert not case.entailed()
