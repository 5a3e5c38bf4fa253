"""pySHACL behind the same report: the same results on shapes made at random, and its guards."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shacl_cases import (
    DECLARED,
    iri,
    quads,
    random_data,
    random_shapes,
    summary,
    triples,
)

from cgkg.rdf.vocab import SH
from cgkg.shacl import pyshacl_engine, validator
from cgkg.shacl.graph import ShapesError


@given(st.integers(0, 1 << 32))
@settings(max_examples=60, deadline=None)
def test_both_engines_find_the_same(seed: int) -> None:
    """On random data, by random shapes up to three deep, each result as often.

    What the two differ in is left out of what is made: pySHACL compares numbers with dates, and
    has no inverse of a sequence.
    """
    source = random.Random(seed)
    data, shapes = quads(random_data(source)), triples(random_shapes(source))
    ours, reference = (each.validate(data, shapes) for each in (validator, pyshacl_engine))
    assert summary(ours) == summary(reference)
    assert ours.conforms == reference.conforms


def test_details_are_no_results() -> None:
    """The result of sh:node has details, which are none of the report (SHACL §3.6.2.9)."""
    shapes = triples(
        ":S sh:targetNode :a ; sh:severity sh:Warning ; sh:node :T . "
        ":T sh:property [ sh:path :p ; sh:minCount 1 ] ."
    )
    (result,) = pyshacl_engine.validate(triples(":a a :C ."), shapes).results
    assert (result.severity, len(result.details)) == (SH.Warning, 1)


def test_recursion_is_refused_before_it_is_given_up() -> None:
    """pySHACL takes a circle that it leaves after some nodes for conformance."""
    shapes = triples(":S sh:targetNode :a ; sh:property [ sh:path :p ; sh:node :S ] .")
    with pytest.raises(ShapesError, match="recursive"):
        pyshacl_engine.validate(triples(":a :p :a ."), shapes)


@pytest.mark.parametrize(
    ("pattern", "bad"), [(r"^\\p{Nd}$", ["x", "y"]), ("^[a-z-[x]]$", ["5", "x"]), (r"^\\i$", ["5"])]
)
def test_patterns_are_those_of_xpath(pattern: str, bad: list[str]) -> None:
    """Regular expressions are put in the words of Python for it."""
    shapes = triples(f":S sh:targetNode :a ; sh:path :p ; sh:pattern '{pattern}' .")
    report = pyshacl_engine.validate(triples(":a :p '5' , 'x' , 'y' ."), shapes)
    assert sorted(each.value.value for each in report.results if each.value) == bad


def test_words_that_it_takes_for_keywords_are_refused() -> None:
    """It would say of a class PublicService that the query is a federated one."""
    shapes = triples(
        DECLARED + ":S sh:targetNode :a ; sh:sparql [ sh:prefixes :ns ; "
        "sh:select 'SELECT $this { $this a :PublicService }' ] ."
    )
    data = triples(":a a :PublicService .")
    with pytest.raises(ShapesError, match="takes"):
        pyshacl_engine.validate(data, shapes)
    assert [each.focus for each in validator.validate(data, shapes).results] == [iri("a")]


def test_queries_about_graphs_see_them() -> None:
    """A constraint with GRAPH sees the graphs, wherever it stands."""
    shapes = triples(
        DECLARED + ":S sh:targetNode :a ; sh:not [ sh:sparql [ sh:prefixes :ns ; "
        "sh:select 'SELECT $this { GRAPH :g { $this :p 1 } }' ] ] ."
    )
    for engine in (validator, pyshacl_engine):
        assert engine.validate(quads(":g { :a :p 1 }"), shapes).conforms
        assert not engine.validate(quads(":h { :a :p 1 }"), shapes).conforms


EXISTS_TESTS = [
    "FILTER NOT EXISTS { $this :q ?x . ?x :p ?n . $this :p ?m FILTER(?m != ?n) }",
    "FILTER($this = :c || EXISTS { $this :q+ ?x . ?x :p ?n })",
    "BIND(EXISTS { $this :q ?x OPTIONAL { ?x :p ?n } FILTER(!bound(?n)) } AS ?b) FILTER(?b)",
    "FILTER NOT EXISTS { $this :q ?x { ?x :p ?n } UNION { ?n :r ?x FILTER(?n != $this) } }",
    "OPTIONAL { $this :q ?v FILTER EXISTS { $this :q ?x FILTER NOT EXISTS { ?x :r/:p ?y } } }"
    " FILTER(bound(?v))",
    "FILTER(!EXISTS { $this :q ?x BIND(?x AS ?y) ?y :p ?n })",
]


def test_exists_means_the_same_to_both_engines() -> None:
    """Whatever is in its group and wherever it stands, blank nodes among the values."""
    data = quads(":a :q :b , _:e ; :p 1 . :b :p 2 . :c :q :c ; :r :d . _:e :q :a ; :p 1 ; :r :b .")
    shapes = triples(
        DECLARED
        + "".join(
            f":S{number} sh:targetSubjectsOf :q ; sh:sparql [ sh:prefixes :ns ; "
            f'sh:select "SELECT DISTINCT $this {{ {query} }}" ] .\n'
            for number, query in enumerate(EXISTS_TESTS)
        )
    )
    ours, reference = (each.validate(data, shapes) for each in (validator, pyshacl_engine))
    assert summary(ours) == summary(reference)
    assert {each.shape for each in ours.results} == {iri(f"S{n}") for n in range(6)}
