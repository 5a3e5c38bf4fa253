"""Turtle in one order: the same graph gives the same text, and the text the same graph."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import ROOT

from cgkg.rdf.io import canonicalize, read_turtle
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Quad, Triple
from cgkg.rdf.turtle import write_turtle
from cgkg.rdf.vocab import OWL, RDF, RDFS, SKOS, XSD

BASE = "https://example.org/"
PREFIXES = {"": BASE, "owl": OWL.base, "rdfs": RDFS.base, "rdf": RDF.base, "skos": SKOS.base}

names = st.sampled_from(
    [IRI(BASE + name) for name in ("a", "b", "c", "d.", "é-1", "x/y", "中文", "")]
)
blanks = st.sampled_from([BlankNode(name) for name in "stuvw"])
literals = st.one_of(
    st.builds(Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=12)),
    st.builds(
        Literal, st.text("a\"\\\n\r\t'中 ", max_size=8), language=st.sampled_from(["en", "zh"])
    ),
    st.builds(
        Literal,
        st.sampled_from(["1", "01", "+1.0", "1.", ".5", "1e3", "true", "x", "-0"]),
        datatype=st.sampled_from([XSD.integer, XSD.decimal, XSD.double, XSD.boolean, XSD.string]),
    ),
)
predicates = st.one_of(
    names.filter(lambda iri: iri.value != BASE),
    st.sampled_from(
        [RDF.type, RDFS.subClassOf, RDFS.label, OWL.unionOf, RDF.first, RDF.rest, SKOS.broader]
    ),
)
things = st.sampled_from([OWL.Class, OWL.Ontology, OWL.ObjectProperty, RDF.nil, SKOS.ConceptScheme])
triples = st.builds(
    Triple, st.one_of(names, blanks), predicates, st.one_of(names, blanks, literals, things)
)


def lines(graph: list[Triple]) -> list[str]:
    """The graph as RDFC-1.0 has it."""
    quads = [Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in graph]
    return [str(quad) for quad in canonicalize(quads)]


@settings(max_examples=200, deadline=None)
@given(st.lists(triples, max_size=14), st.randoms(use_true_random=False))
def test_any_graph_comes_back(graph: list[Triple], chance: random.Random) -> None:
    """Isomorphic after reading; idempotent; blind to the order and the labels it was given."""
    text = write_turtle(graph, PREFIXES)
    again, _ = read_turtle(text, BASE)
    assert lines(again) == lines(graph)
    assert write_turtle(again, PREFIXES) == text
    renamed = {
        BlankNode(name): BlankNode(f"q{chance.random()}"[:9].replace(".", "")) for name in "stuvw"
    }
    shuffled = [
        Triple(renamed.get(t.subject, t.subject), t.predicate, renamed.get(t.object, t.object))  # type: ignore[arg-type]
        for t in graph
    ]
    chance.shuffle(shuffled)
    if len(set(renamed.values())) == len(renamed):
        assert write_turtle(shuffled, PREFIXES) == text


@pytest.mark.parametrize(
    "path",
    [*sorted((ROOT / "ontology").glob("*.ttl")), *sorted((ROOT / "shapes").glob("*.ttl"))],
    ids=lambda path: path.name,
)
def test_our_own_files_come_back(path: Path) -> None:
    """Every ontology and shapes file of the repository survives, blank nodes included."""
    text = path.read_text("utf-8")
    graph, prefixes = read_turtle(text, BASE)
    written = write_turtle(graph, prefixes)
    assert lines(read_turtle(written, BASE)[0]) == lines(graph)
    assert write_turtle(read_turtle(written, BASE)[0], prefixes) == written


def test_the_order_is_that_of_the_trees() -> None:
    """Kind by kind; what is above first; annotations behind their subject; general axioms last."""
    text = """@prefix : <https://example.org/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
    [] a owl:AllDisjointClasses ; owl:members ( :A :B ) .
    :x a :A . :p a owl:ObjectProperty . :A a owl:Class ; rdfs:subClassOf :Z . :B a owl:Class .
    [] a owl:Axiom ; owl:annotatedSource :A ; owl:annotatedProperty rdfs:subClassOf ;
       owl:annotatedTarget :Z ; rdfs:comment "why" . :Z a owl:Class .
    :o a owl:Ontology ."""
    graph, prefixes = read_turtle(text, BASE)
    heads = [
        line.split(" ")[0]
        for line in write_turtle(graph, prefixes).splitlines()
        if line and line[0] in ":[#"
    ]
    assert heads == [":o", "#", ":B", ":Z", ":A", "[]", "#", ":p", "#", ":x", "#", "[]"]


def test_the_layout_is_what_we_show() -> None:
    """One block, to the character."""
    text = """@prefix : <https://example.org/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
    :A rdfs:label "甲"@zh, "A"@en ; a owl:Class ; rdfs:subClassOf [ owl:someValuesFrom :B ;
    owl:onProperty :p ; a owl:Restriction ], :C ; rdfs:comment "two\\nlines" ; :n 7, "7.50"^^:d ."""
    graph, prefixes = read_turtle(text, BASE)
    assert (
        write_turtle(graph, prefixes)
        == '''\
@prefix : <https://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

# Classes

:A a owl:Class ;
    rdfs:subClassOf :C , [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] ;
    rdfs:label "A"@en , "甲"@zh ;
    rdfs:comment """two
lines""" ;
    :n "7.50"^^:d , 7 .
'''
    )
