"""Single statements replaced in a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgkg.formats import Format
from cgkg.rdf.io import parse_bytes
from cgkg.rdf.replacing import replace_terms
from cgkg.rdf.terms import IRI, BlankNode, Literal, Quad, Term, Triple, parts
from cgkg.rdf.vocab import XSD

TEXT = r'''@prefix a: <http://a/> .
@prefix x: <http://www.w3.org/2001/XMLSchema#> .
a:s a:p a:o ; # a:o, not "this"
   a:q "old"@en , "old\n"^^a:type , """long "old" text""" , 5 , true .
a:g { a:s a:p a:o , a:o\/b . <http://a/t> a:p [ a:q 1 ; a:r ( a:o 2 ) ] . }
a:t a a:C .
'''
SUBJECT, PROPERTY, OTHER, VALUE, GRAPH = (IRI(f"http://a/{name}") for name in "spqog")


def quads(text: str) -> set[Quad]:
    """What the text says of named things."""
    return {
        quad for quad in parse_bytes(text.encode(), Format.TRIG, Path("x.trig"))
        if not isinstance(quad.subject, BlankNode) and not isinstance(quad.object, BlankNode)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "graph"),
    [
        (VALUE, None),
        (VALUE, GRAPH),
        (IRI("http://a/o/b"), GRAPH),
        (Literal("old", language="en"), None),
        (Literal("old\n", datatype=IRI("http://a/type")), None),
        (Literal('long "old" text'), None),
        (Literal("5", datatype=XSD.integer), None),
        (Literal("true", datatype=XSD.boolean), None),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "other",
    [
        IRI("http://a/new"),
        IRI("http://a/n/e;w"),
        IRI("http://a/n(e)w."),
        IRI("urn:elsewhere"),
        Literal('a "new" \\ one\n'),
        Literal("neu", language="de"),
        Literal("7", datatype=XSD.integer),
        Literal("x", datatype=XSD.integer),
        Literal("2020-01-01", datatype=XSD.date),
    ],
    ids=str,
)
def test_a_value_is_replaced_and_nothing_else(value: Term, graph: IRI | None, other: Term) -> None:
    """Whatever is written there and whatever shall be; comments and layout stay."""
    (quad,) = (
        q for q in quads(TEXT)
        if q.object == value and (q.graph_name if isinstance(q.graph_name, IRI) else None) == graph
    )  # fmt: skip
    subject, predicate, _ = parts(quad)
    changed = replace_terms(TEXT, quad.triple, Triple(subject, predicate, other), graph)
    assert changed
    expected = quads(TEXT) - {quad} | {Quad(subject, predicate, other, quad.graph_name)}
    assert quads(changed) == expected
    assert changed.count("\n") == TEXT.count("\n")
    assert "# a:o, not" in changed


def test_subject_and_predicate_are_replaced() -> None:
    """Each alone, and `a` like any property."""
    t, kind = IRI("http://a/t"), IRI("http://a/C")
    (quad,) = (quad for quad in quads(TEXT) if quad.object == kind)
    changed = replace_terms(TEXT, quad.triple, Triple(SUBJECT, PROPERTY, kind))
    assert changed == TEXT.replace("a:t a a:C", "a:s a:p a:C")
    assert replace_terms(TEXT, Triple(t, PROPERTY, kind), Triple(SUBJECT, PROPERTY, kind)) is None


def test_what_is_not_there_once_is_not_replaced() -> None:
    """A statement that is said twice, or a value that is a bracket."""
    twice = "@prefix a: <http://a/> . a:s a:p a:o . a:s a:p a:o ."
    other = Triple(SUBJECT, PROPERTY, GRAPH)
    assert replace_terms(twice, Triple(SUBJECT, PROPERTY, VALUE), other) is None
    bracket = "@prefix a: <http://a/> . a:s a:p [] ."
    node = Triple(SUBJECT, PROPERTY, BlankNode())
    assert replace_terms(bracket, node, other) is None
    changed = replace_terms(bracket, node, Triple(SUBJECT, OTHER, node.object))
    assert changed == bracket.replace("a:p", "a:q")
