"""Turtle in one order: the same graph gives the same text, and the text the same graph."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import ROOT
from pyoxigraph import BaseDirection

from cgkg.authoring.comments import comments_of
from cgkg.formats import Format
from cgkg.rdf.io import canonicalize, read_turtle, serialize
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Quad, Triple
from cgkg.rdf.turtle import write_turtle
from cgkg.rdf.vocab import OWL, RDF, RDFS, SKOS, XSD

BASE = "https://example.org/"
PREFIXES = {"": BASE, "owl": OWL.base, "rdfs": RDFS.base, "rdf": RDF.base, "skos": SKOS.base}
# What files and RDF/XML may declare; Turtle allows neither "_" nor "p." nor "1".
ODD = {
    "_": "urn:u:",
    "p.": "urn:dot:",
    "1": "urn:1:",
    "a.b-c": "urn:abc:",
    "中": "urn:中/",
    "é": "",
}

LOCALS = (
    "a", "b", "c", "d.", "..", "-e", ".f", "é-1", "x/y", "中文", "", "g#h", "%41", "a%2Fb", "i;j",
    "k,l", "(m)", "n'o", "p~q", "r:s", "0", "_t", "u&v=w", "x?y", "·", "z·", "@", "true",
)  # fmt: skip
SPACES = (BASE, "urn:u:", "urn:dot:", "urn:1:", "urn:abc:", "urn:中/")
names = st.sampled_from(
    [*(IRI(BASE + name) for name in "abc"), *(IRI(s + n) for s in SPACES for n in LOCALS)]
)
blanks = st.sampled_from([BlankNode(name) for name in "stuvw"])
literals = st.one_of(
    st.builds(Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=12)),
    st.builds(
        Literal,
        st.text("a\"\\\n\r\t'中 \x00\x1f\x7f\x85\u2028", max_size=8),
        language=st.sampled_from(["en", "zh-hans"]),
        direction=st.sampled_from([None, BaseDirection.RTL]),
    ),
    st.builds(
        Literal,
        st.sampled_from(["1", "01", "+1.0", "1.", ".5", "1e3", "true", "x", "-0"]),
        datatype=st.sampled_from([XSD.integer, XSD.decimal, XSD.double, XSD.boolean, XSD.string]),
    ),
)
predicates = st.one_of(
    names,
    st.sampled_from(
        [RDF.type, RDFS.subClassOf, RDFS.label, OWL.unionOf, RDF.first, RDF.rest, SKOS.broader]
    ),
)
things = st.sampled_from([OWL.Class, OWL.Ontology, OWL.ObjectProperty, RDF.nil, SKOS.ConceptScheme])
triples = st.builds(
    Triple, st.one_of(names, blanks), predicates, st.one_of(names, blanks, literals, things)
)


def reified(triple: Triple, node: BlankNode, note: Literal) -> list[Triple]:
    """The triple with an annotation of it, as OWL has them; target and list are shared."""
    return [
        triple,
        Triple(node, RDF.type, OWL.Axiom),
        Triple(node, OWL.annotatedSource, triple.subject),
        Triple(node, OWL.annotatedProperty, triple.predicate),
        Triple(node, OWL.annotatedTarget, triple.object),
        Triple(node, RDFS.comment, note),
    ]


def listed(items: list[IRI | BlankNode | Literal], owner: IRI | BlankNode) -> list[Triple]:
    """A list of the items with an owner."""
    cells = [BlankNode(f"cell{number}") for number in range(len(items))]
    rests: list[IRI | BlankNode] = [*cells[1:], RDF.nil]
    graph = [Triple(owner, OWL.propertyChainAxiom, cells[0] if cells else RDF.nil)]
    for cell, item, rest in zip(cells, items, rests, strict=False):
        graph += [Triple(cell, RDF.first, item), Triple(cell, RDF.rest, rest)]
    return graph


graphs = st.builds(
    lambda *parts: [triple for part in parts for triple in part],
    st.lists(triples, max_size=10),
    st.builds(reified, triples, blanks, literals) | st.just([]),
    st.builds(listed, st.lists(st.one_of(names, blanks, literals), max_size=3), names | blanks)
    | st.just([]),
    st.permutations([BlankNode(name) for name in "stuvw"]).map(
        lambda ring: [Triple(s, RDFS.seeAlso, o) for s, o in pairwise(ring)]
    )
    | st.just([Triple(BlankNode("s"), OWL.sameAs, BlankNode("t")),
               Triple(BlankNode("t"), OWL.sameAs, BlankNode("s"))])
    | st.just([]),
)  # fmt: skip


def lines(graph: list[Triple]) -> list[str]:
    """The graph as RDFC-1.0 has it."""
    quads = [Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in graph]
    return [str(quad) for quad in canonicalize(quads)]


@settings(max_examples=80, deadline=None)
@given(graphs, st.randoms(use_true_random=False), st.booleans())
def test_any_graph_comes_back(graph: list[Triple], chance: random.Random, odd: bool) -> None:
    """Isomorphic after reading; idempotent; blind to the order and the labels it was given."""
    prefixes = {**PREFIXES, **ODD} if odd else PREFIXES
    text = write_turtle(graph, prefixes)
    again, _ = read_turtle(text, BASE)
    assert lines(again) == lines(graph)
    assert write_turtle(again, prefixes) == text
    renamed = {
        BlankNode(name): BlankNode(f"q{chance.random()}"[:9].replace(".", "")) for name in "stuvw"
    }
    shuffled = [
        Triple(renamed.get(t.subject, t.subject), t.predicate, renamed.get(t.object, t.object))  # type: ignore[arg-type]
        for t in graph
    ]
    chance.shuffle(shuffled)
    if len(set(renamed.values())) == len(renamed):
        assert write_turtle(shuffled, prefixes) == text


@settings(max_examples=30, deadline=None)
@given(graphs, st.lists(st.sampled_from(["# a", "# Classes", "#", "###  " + BASE + "z"])))
def test_comments_stay_with_any_graph(graph: list[Triple], said: list[str]) -> None:
    """Each before a statement comes through; a second run changes nothing."""
    own = [f"{line} {number}" for number, line in enumerate(said)]
    text = "@prefix x: <urn:x:> .\n"
    for number, triple in enumerate(graph):
        text += f"{own[number]}\n" if number < len(own) else ""
        text += f"{serialize([triple], Format.N_TRIPLES).decode()}"
    text += "".join(f"{line}\n" for line in own[len(graph) :])
    once = formatted(text)
    assert sorted(set(once.splitlines()) & {*own}) == sorted(own)
    assert formatted(once) == once


def formatted(text: str) -> str:
    comments = comments_of(text, PREFIXES, BASE)
    assert comments.lost == []
    return write_turtle(read_turtle(text, BASE)[0], PREFIXES, comments.kept)


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
