"""The W3C SHACL suite, core and SPARQL, with cgkg's validator and with the reference."""

from __future__ import annotations

import importlib.util
from collections import Counter
from types import ModuleType

import pytest
from paths import ROOT
from shacl_suite import EXPECTED_FAILURES, cases, faults

from cgkg.rdf.terms import IRI, parts
from cgkg.rdf.vocab import SH
from cgkg.shacl.vocabulary import NAMES
from cgkg.validation.engines import ENGINES, Validator

pytestmark = pytest.mark.skipif(
    not cases(), reason="the W3C suite is not at hand (../shared/suites/shacl)"
)


def test_the_suite_is_whole() -> None:
    """All cases of the manifests are there: 98 of the core, 22 of SPARQL, 7 of them to refuse."""
    assert len({case.name for case in cases()}) == len(cases()) == 120
    parts = Counter(case.section.partition("/")[0] for case in cases())
    assert parts == {"core": 98, "sparql": 22}
    assert sum(case.expected is None for case in cases()) == 7
    assert sum(sum(case.expected.results.values()) for case in cases() if case.expected) == 234


def test_known_failures_exist_and_have_reasons() -> None:
    """Each known failure is of an engine that there is, the name of a case, and says why."""
    assert set(EXPECTED_FAILURES) <= set(ENGINES)
    for failures in EXPECTED_FAILURES.values():
        assert set(failures) <= {case.name for case in cases()}
        assert all(failures.values())


@pytest.mark.parametrize(
    ("engine", "every"),
    [("cgkg", 1), ("pyshacl", 4), pytest.param("pyshacl", 1, marks=pytest.mark.long)],
)
def test_cases(engine: Validator, every: int) -> None:
    """Each engine passes all cases but those that it is known to fail, and fails these.

    The reference is asked every fourth case and those that it fails, or all.
    """
    known = EXPECTED_FAILURES.get(engine, {})
    chosen = {case.name: case for case in cases() if case.name in known}
    chosen |= {case.name: case for case in cases()[::every]}
    found = faults(ENGINES[engine], chosen.values())
    assert {name: fault for name, fault in found.items() if name not in known} == {}
    assert set(known) - set(found) == set()


def test_each_engine_has_its_cases() -> None:
    """A new one is tried by the suite as well."""
    assert set(ENGINES) == {"cgkg", "pyshacl"}


def test_judging_can_fail() -> None:
    """The report of one case is seldom that of another: the comparison does compare."""
    expected = [case for case in cases() if case.expected]
    same = sum(
        not case.difference(other.expected)
        for case in expected for other in expected if other.expected
    )  # fmt: skip
    assert len(expected) <= same < 3 * len(expected)


def test_each_part_of_a_result_counts() -> None:
    """A report that has another path, value, severity, or one result twice, is another report."""
    (case,) = (case for case in cases() if case.name == "core/complex/personexample")
    assert case.expected
    results = dict(case.expected.results)
    key = next(iter(results))
    assert case.difference(case.expected) == ""
    for place in range(len(key)):
        changed = {k: n for k, n in results.items() if k != key}
        changed[(*key[:place], "<urn:other>", *key[place + 1 :])] = 1
        assert case.difference(type(case.expected)("false", changed))
    assert case.difference(type(case.expected)("false", results | {key: 2}))
    assert case.difference(type(case.expected)("true", results)) == "conforms is true"


def test_the_words_that_the_cases_use_are_known() -> None:
    """No property or value of the vocabulary is one that `cgkg validate` does not know.

    But for one: a case says sh:nodeShape where it means sh:node, and it constrains nothing.
    """
    triples = [triple for case in cases() for triple in case.shapes.triples]
    used = {term for triple in triples for term in parts(triple) if isinstance(term, IRI)}
    unknown = {SH.local(term) for term in used if term in SH} - NAMES
    assert unknown - {""} == {"nodeShape"}


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shacl_page", ROOT / "tools" / "shacl.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_is_fresh() -> None:
    """docs/reference/shacl.md is what the engines do now with the features that it lists."""
    tool = load_tool()
    assert tool.PAGE.read_text("utf-8") == tool.page(), "run: python tools/shacl.py"
