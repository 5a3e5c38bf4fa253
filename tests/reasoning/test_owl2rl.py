"""The table of the 78 rules: complete, fresh, and true in what it says of differences."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import pytest
from paths import ROOT
from reasoning_cases import triples

from cgkg.rdf.terms import Triple
from cgkg.reasoning import close

# rule, ontology and data in Turtle, and triples that the rule gives but nobody writes
SILENT = [
    ("eq-ref", ":a :p :b .", ":a owl:sameAs :a . :p owl:sameAs :p . :b owl:sameAs :b ."),
    ("prp-ap", ":a rdfs:label 'a' .", "rdfs:label a owl:AnnotationProperty ."),
    ("cls-thing", ":a a :C .", "owl:Thing a owl:Class ."),
    ("cls-nothing1", ":a a :C .", "owl:Nothing a owl:Class ."),
    ("dt-type1", ":a :p 1 .", "xsd:integer a rdfs:Datatype ."),
    (
        "scm-cls",
        ":C a owl:Class .",
        ":C rdfs:subClassOf :C , owl:Thing ; owl:equivalentClass :C ."
        " owl:Nothing rdfs:subClassOf :C .",
    ),
    (
        "scm-op",
        ":p a owl:ObjectProperty .",
        ":p rdfs:subPropertyOf :p ; owl:equivalentProperty :p .",
    ),
    (
        "scm-dp",
        ":p a owl:DatatypeProperty .",
        ":p rdfs:subPropertyOf :p ; owl:equivalentProperty :p .",
    ),
]

# rule that is not written, ontology and data that need it, and what follows by way of it
TAKING_PART = [
    (
        "scm-cls",  # C is in owl:Thing
        ":R owl:onProperty :p ; owl:someValuesFrom :C . :S owl:onProperty :p ;"
        " owl:someValuesFrom owl:Thing . :C a owl:Class . :a a :R .",
        ":a a :S . :R rdfs:subClassOf :S .",
    ),
    (
        "scm-op",  # p is in itself
        ":R owl:onProperty :p ; owl:allValuesFrom :C . :S owl:onProperty :p ;"
        " owl:allValuesFrom :C . :p a owl:ObjectProperty . :a a :R .",
        ":a a :S .",
    ),
]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """tools/owl2rl.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("owl2rl", ROOT / "tools" / "owl2rl.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_page_is_fresh(tool: ModuleType) -> None:
    """docs/reference/owl2rl.md is what `python tools/owl2rl.py` writes."""
    assert tool.PAGE.read_text("utf-8") == tool.page(), "run: python tools/owl2rl.py"


def test_all_78_rules_are_in_the_table(tool: ModuleType) -> None:
    """The tables have as many rules as those of the W3C, each once."""
    counts = [len(entries) for entries in tool.TABLES.values()]
    names = [entry.name for entries in tool.TABLES.values() for entry in entries]
    assert counts == [9, 20, 19, 5, 5, 20]
    assert len(set(names)) == 78


def test_every_rule_has_a_place_and_a_test(tool: ModuleType) -> None:
    """No rule is without a module that applies it or without a test."""
    cases = tool._cases()
    for entries in tool.TABLES.values():
        for entry in entries:
            assert entry.name in cases
            assert tool.modules_of(entry)
            assert all((tool.CODE / name).is_file() for name in tool.modules_of(entry))


@pytest.mark.parametrize(("rule", "given", "unsaid"), SILENT)
def test_difference_is_that_it_is_not_written(rule: str, given: str, unsaid: str) -> None:
    """What is so of everything is inferred neither by itself nor with the schema."""
    inferred = set(close(triples(given), [], include_schema=True).inferred)
    assert not inferred & set(triples(unsaid))


@pytest.mark.parametrize(("rule", "given", "expected"), TAKING_PART)
def test_what_is_not_written_takes_part(rule: str, given: str, expected: str) -> None:
    """Conclusions that need an unwritten triple are drawn all the same."""
    inferred = set(close(triples(given), [], include_schema=True).inferred)
    assert set(triples(expected)) <= inferred


def test_reflexive_equality_takes_part_in_contradictions() -> None:
    """That something differs from itself is false by eq-diff1, although eq-ref is not written."""
    given: list[Triple] = triples(":a owl:differentFrom :a .")
    assert [one.rule for one in close(given, []).inconsistencies] == ["eq-diff1"]
