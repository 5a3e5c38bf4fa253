"""The query parser against the W3C suites: what it reads and what it refuses."""

from __future__ import annotations

import pytest
from sparql_cases import ACCEPTED, EVALUATION, REJECTED, Case, cases

from cgkg.errors import QueryError
from cgkg.sparql.tree.parser import parse

pytestmark = pytest.mark.skipif(
    not cases(), reason="the W3C suites are not at hand (../shared/suites)"
)


def is_read(case: Case) -> bool:
    try:
        parse(case.query, case.base)
    except QueryError:
        return False
    return True


def test_all_queries_of_the_suites_are_read() -> None:
    """Positive syntax tests and the queries of evaluation tests are read, without an exception."""
    good = [case for case in cases() if case.kind in ACCEPTED | EVALUATION]
    assert len(good) > 800
    assert [case.name for case in good if not is_read(case)] == []


def test_all_mistakes_of_the_suites_are_refused() -> None:
    """Negative syntax tests are refused, without an exception."""
    bad = [case for case in cases() if case.kind in REJECTED]
    assert len(bad) > 90
    assert [case.name for case in bad if is_read(case)] == []
