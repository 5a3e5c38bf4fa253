"""Finding the line of a statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgkg.rdf.io import parse_file
from cgkg.rdf.lines import Locator, Place, statements
from cgkg.rdf.terms import IRI, Literal, Triple, parts

TEXT = r'''@prefix a: <http://a/> .
PREFIX b: <http://b/>
# a comment with . ; and "quotes"
a:s a:p a:o ;
   a:q "x; y."@en ,
     "01"^^<http://www.w3.org/2001/XMLSchema#integer> , 1.5 .

a:g { a:s2 a:p2 b:73-85 .
  a:s a:p a:o .
  a:s3 a b:C ; a:p3 [ a:b a:c ;
     a:d ( 1 "two" ) ] }
<http://a/z> a:y (1 2
 3) ; a:w """long
text \"here\"""" .
a:end a:p "\u4e2d" .
'''


def place(tmp_path: Path, s: str, p: str, o: object, graph: str = "") -> int | None:
    path = tmp_path / "x.trig"
    path.write_text(TEXT, "utf-8")
    term = IRI(o) if isinstance(o, str) else o
    triple = Triple(IRI(s), IRI(p), term)  # type: ignore[arg-type]  # tests pass literals too
    found = Locator([path]).of(triple, IRI(graph) if graph else None)
    return found.line if found else None


def test_the_line_is_that_of_the_object(tmp_path: Path) -> None:
    """In a list of objects each statement has the line its object stands on."""
    xsd = IRI("http://www.w3.org/2001/XMLSchema#integer")
    assert place(tmp_path, "http://a/s", "http://a/p", "http://a/o") == 4
    assert place(tmp_path, "http://a/s", "http://a/q", Literal("x; y.", language="en")) == 5
    assert place(tmp_path, "http://a/s", "http://a/q", Literal("01", datatype=xsd)) == 6
    assert place(tmp_path, "http://a/end", "http://a/p", Literal("中")) == 15


def test_a_name_may_have_a_middle_dot(tmp_path: Path) -> None:
    """As a foreign name in Chinese has; what comes after it keeps its place."""
    path = tmp_path / "x.ttl"
    path.write_text(
        "@prefix a: <http://a/> .\na:圣\u00b7保罗 a:p a:x .\na:y a:p a:圣\u00b7. .\n", "utf-8"
    )
    names = ("http://a/圣\u00b7保罗", "http://a/y")
    found = [Locator([path]).of_subject(IRI(name)) for name in names]
    assert [place.line if place else None for place in found] == [2, 3]


def test_the_named_graph_is_preferred(tmp_path: Path) -> None:
    """A statement in two graphs is found in the one that is asked for."""
    assert place(tmp_path, "http://a/s", "http://a/p", "http://a/o", "http://a/g") == 9


def test_an_unwritten_statement_is_placed_at_its_subject(tmp_path: Path) -> None:
    """A statement that is not in the file falls back to its subject, or to nothing."""
    assert place(tmp_path, "http://a/s3", "http://a/none", "http://a/none") == 10
    assert place(tmp_path, "http://a/unknown", "http://a/p", "http://a/o") is None


def test_every_statement_of_the_parser_is_found(tmp_path: Path) -> None:
    """Each statement with IRIs and literals that the parser reads has an exact place."""
    path = tmp_path / "x.trig"
    path.write_text(TEXT, "utf-8")
    found = {(g, s, p, o) for _, g, s, p, o in statements(TEXT)}
    for quad in parse_file(path):
        terms = parts(quad)
        if all(isinstance(t, IRI) for t in terms):
            graph = quad.graph_name.value if isinstance(quad.graph_name, IRI) else ""
            s, p, o = (t.value for t in terms)
            assert (graph, s, p, o) in found


def test_what_is_written_in_another_form_has_the_place_given(tmp_path: Path) -> None:
    """Such as a row of a table; for its subject alone a statement in the files comes first."""
    path = tmp_path / "x.ttl"
    path.write_text("<http://a/s> <http://a/p> <http://a/o> .\n", "utf-8")
    subject, predicate = IRI("http://a/s"), IRI("http://a/name")
    name = Triple(subject, predicate, Literal("S"))
    row = Place(tmp_path / "table.csv", 7)
    locator = Locator([path], {name: row})
    assert locator.of(name) == row
    assert locator.of_subject(subject, predicate) == row
    assert locator.of_subject(subject) == Place(path, 1)


@pytest.mark.parametrize("subject", ["s", "s2", "s3", "z", "end", "none"])
def test_what_is_asked_for_alone_has_the_same_place(subject: str) -> None:
    """To pass over other subjects changes nothing about one: strings, names, graphs, brackets."""
    iri = f"http://a/{subject}"
    whole = [each for each in statements(TEXT) if each[2] == iri]
    assert [each for each in statements(TEXT, {iri}) if each[2] == iri] == whole
    assert bool(whole) == (subject != "none")
    assert len(list(statements(TEXT, {iri}))) < len(list(statements(TEXT)))


@pytest.mark.parametrize(
    "before",
    [
        "a:x a:p 1.5 , 2. ",
        "a:x.y a:p a:o.z .",
        "a:x a:p <http://b/c.d> .",
        'a:x a:p "a . b" , """c . "\n. """ , \'d . \' .',
        "a:x a:p a:o # e . f\n .",
        "a:x a:p [ a:q ( 1.0 [] ) ] , a:\\. .",
        "a:g { a:x a:p 1.0 . a:y a:p 2 }",
        "a:g { a:x a:p a:o . }",
        "GRAPH a:g { a:x a:p a:o }",
        "PREFIX b: <http://b/#.> b:x b:p b:o .",
        '@base <http://b/> . <x> a:p "."@en .',
        "_:b.c a:p a:o . [] a:p [] .",
    ],
)
def test_what_is_passed_over_ends_where_its_statement_ends(before: str) -> None:
    """A full stop within a number, a name, a string, an IRI or a comment ends nothing."""
    text = f"@prefix a: <http://a/> .\n{before}\na:wanted a:p a:o .\n"
    (found,) = (each for each in statements(text, {"http://a/wanted"}) if "wanted" in each[2])
    assert found == (text.count("\n"), "", "http://a/wanted", "http://a/p", "http://a/o")


LINES = (
    "\ufeff# <http://a/s> <http://a/p> <http://a/o> .\r\n"
    "<http://a/s> <http://a/p> <http://a/o> .\r\n"
    "\n"
    "<http://a/t> <http://a/p> <http://a/s> .\n"
    ' \t<http://a/s>\t<http://a/p>\t"a . <http://a/t> # \\" b"@en . # <http://a/z>\n'
    "<http://a/\\u0073> <http://a/q> _:b .\n"
    "_:b <http://a/q> <http://a/s> .\n"
    '<http://a/s><http://a/r>"1" .\n'
)


@pytest.mark.parametrize("end", ["", "<http://a/s> <http://a/end> <http://a/o> .\r# more\r"])
@pytest.mark.parametrize("name", ["x.nt", "x.nq"])
def test_a_line_is_looked_at_only_if_it_may_be_about_what_is_asked(
    tmp_path: Path, name: str, end: str
) -> None:
    """N-Triples and N-Quads: the places are those that reading all of the file finds."""
    path = tmp_path / name
    path.write_bytes((LINES + end).encode())
    quads = parse_file(path)
    about = [IRI("http://a/s"), IRI("http://a/t"), IRI("http://a/none")]
    few, whole = Locator([path], about=about), Locator([path])
    for quad in quads:
        if quad.subject in about:
            place = few.of(quad.triple)
            assert place is not None
            assert place == whole.of(quad.triple)
            subject, predicate, _ = parts(quad)
            assert few.of_subject(subject, predicate) == whole.of_subject(subject, predicate)
    assert [few.of_subject(each) for each in about] == [Place(path, 2), Place(path, 4), None]
