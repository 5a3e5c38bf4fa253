"""The W3C suites of SPARQL 1.0 and 1.1: quickly in this process, and wholly over HTTP.

How a case is judged: `sparql_runs` and `sparql_results`; exchanges over HTTP: `http_cases`.
"""

from __future__ import annotations

import importlib.util
from collections import Counter

import pytest
from paths import ROOT
from sparql_cases import Case, cases
from sparql_runs import FAILED, PASSED, Bare, InProcess, Verdict
from suites import EXPECTED_FAILURES, OVER_HTTP, Verdicts, foreseen, in_process, over_http

pytestmark = pytest.mark.skipif(
    not cases(), reason="the W3C suites are not at hand (../shared/suites)"
)


@pytest.fixture(scope="module")
def evaluated() -> Verdicts:
    return in_process(InProcess)


@pytest.fixture(scope="module")
def bare() -> Verdicts:
    return in_process(Bare)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    return over_http(tmp_path_factory.mktemp("suites") / "served")


def differences(found: Verdicts) -> dict[str, Verdict]:
    """The cases that end otherwise than foreseen."""
    wanted = foreseen()
    return {
        name: verdict for name, verdict in found.items() if verdict.status != wanted[name].status
    }


def test_the_suites_are_whole() -> None:
    """All cases of the manifests are there."""
    kinds = Counter(case.kind for case in cases())
    assert kinds == {
        "QueryEvaluationTest": 586,
        "CSVResultFormatTest": 3,
        "PositiveSyntaxTest": 149,
        "NegativeSyntaxTest": 50,
        "PositiveSyntaxTest11": 66,
        "NegativeSyntaxTest11": 48,
        "PositiveUpdateSyntaxTest11": 42,
        "NegativeUpdateSyntaxTest11": 13,
        "UpdateEvaluationTest": 94,
        "ProtocolTest": 34,
        "ServiceDescriptionTest": 3,
        "GraphStoreProtocolTest": 31,
    }
    assert len({case.name for case in cases()}) == len(cases())


def test_known_failures_exist_and_have_reasons() -> None:
    """Each known failure is the name of a case and says why."""
    assert set(EXPECTED_FAILURES) <= {case.name for case in cases()}
    assert all(EXPECTED_FAILURES.values())


def test_in_process(evaluated: Verdicts) -> None:
    """Evaluation, syntax and formats: everything passes but the known failures."""
    assert differences(evaluated) == {}


def test_the_server_adds_no_failure(bare: Verdicts) -> None:
    """What is known to fail fails with the engine alone as well, and more does."""
    alone = {name for name, verdict in bare.items() if verdict.status == FAILED}
    ours = {n for n in EXPECTED_FAILURES if n in bare}
    assert ours <= alone
    assert len(alone - ours) >= 12


def test_judging_can_fail(evaluated: Verdicts) -> None:
    """A case judged against the result of another fails: the comparison does compare."""
    from sparql_results import expected

    answers = [
        expected(case)
        for case in cases()
        if case.suite == "sparql11/functions" and evaluated[case.name].status == PASSED
    ]
    same = sum(one.same(other) for one in answers for other in answers)
    assert len(answers) <= same < 4 * len(answers)


@pytest.mark.long
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_over_http(case: Case, served: Verdicts) -> None:
    """The real server does with each case what is foreseen."""
    assert served[case.name].status == foreseen()[case.name].status, served[case.name].why


@pytest.mark.long
def test_http_only_suites_are_run(served: Verdicts) -> None:
    """Protocol, service description and graph store are asked of the server indeed."""
    kinds = {case.kind for case in cases() if served[case.name].status == PASSED}
    assert kinds >= OVER_HTTP


def test_page_is_fresh() -> None:
    """docs/reference/conformance.md is what a run that ends as foreseen writes."""
    path = ROOT / "tools" / "conformance.py"
    spec = importlib.util.spec_from_file_location("conformance_page", path)
    assert spec
    assert spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.PAGE.read_text("utf-8") == tool.expected_page(), "run: python tools/conformance.py"
