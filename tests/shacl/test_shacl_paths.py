"""Property paths: where they lead, how they are written, and which are none."""

from __future__ import annotations

from itertools import count

import pytest
from shacl_cases import EX, check, faults, iri, triples

from cgkg.rdf.terms import BlankNode
from cgkg.rdf.vocab import SH
from cgkg.shacl.graph import ShapesError, ShapesGraph
from cgkg.shacl.paths import path_text, path_triples, read_path

DATA = ":a :p :b . :b :p :c ; :q :d . :c :p :a . :e :p :a . :d :q 'x' ."
PATHS = {
    ":p": ("p", ["b"]),
    "[ sh:inversePath :p ]": ("^p", ["c", "e"]),
    "( :p :q )": ("p/q", ["d"]),
    "( :p :p :p )": ("p/p/p", ["a"]),
    "[ sh:alternativePath ( :q [ sh:inversePath :p ] :p ) ]": ("q|(^p)|p", ["b", "c", "e"]),
    "[ sh:zeroOrMorePath :p ]": ("p*", ["a", "b", "c"]),
    "[ sh:oneOrMorePath :p ]": ("p+", ["a", "b", "c"]),
    "[ sh:zeroOrOnePath :p ]": ("p?", ["a", "b"]),
    "( [ sh:zeroOrMorePath :p ] :q :q )": ("(p*)/q/q", ["x"]),
    # SHACL §2.3.1.4: what an inverse is of may be any path.
    "[ sh:inversePath ( :p :p ) ]": ("^(p/p)", ["b"]),
    "[ sh:inversePath [ sh:oneOrMorePath [ sh:inversePath :p ] ] ]": ("^((^p)+)", ["a", "b", "c"]),
    "[ sh:zeroOrMorePath [ sh:alternativePath ( :p :q ) ] ]": ("(p|q)*", [*"abcdx"]),
}


@pytest.mark.parametrize(("path", "text", "ends"), [(k, *v) for k, v in PATHS.items()])
def test_a_path_leads_to_its_values(path: str, text: str, ends: list[str]) -> None:
    """Every kind of path leads from :a to what the specification says, each value once."""
    shapes = f":S sh:targetNode :a ; sh:path {path} ; sh:in ( ) ."
    assert faults(DATA, shapes) == [f"a {end} In" for end in ends]
    (first, *_) = check(DATA, shapes).results
    assert first.path is not None
    assert path_text(first.path).replace(f"<{EX}", "").replace(">", "") == text


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_written_as_it_was_read(path: str) -> None:
    """A path written as RDF is read as the same path."""
    shapes = triples(f":S sh:path {path} .")
    graph = ShapesGraph(shapes)
    (start,) = graph.values(iri("S"), SH.path)
    read = read_path(graph, start)
    node, written = path_triples(read, (BlankNode(f"n{number}") for number in count()))
    assert read_path(ShapesGraph(written), node) == read


def test_a_repeated_path_that_joins_too_many_nodes_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a net where all is connected with all, pairs grow with the square of the nodes."""
    monkeypatch.setattr("cgkg.shacl.data.MOST_PAIRS", 5)
    with pytest.raises(ShapesError, match=r"path <.*p>\+ leads to more than 5 pairs"):
        check(DATA, ":S sh:targetSubjectsOf :p ; sh:path [ sh:oneOrMorePath :p ] ; sh:maxCount 1 .")


def test_a_path_from_a_literal_leads_nowhere_but_to_itself() -> None:
    """Literals have no properties, but a path of no steps leads to where it began."""
    shapes = ":S sh:targetNode 7 ; sh:path [ sh:zeroOrMorePath :p ] ; sh:in ( ) ."
    assert faults(DATA, shapes) == ["7 7 In"]
    assert faults(DATA, ":S sh:targetNode 7 ; sh:path :p ; sh:minCount 1 .") == ["7 - MinCount"]
    inverse = ":S sh:targetNode 'x' ; sh:path [ sh:inversePath :q ] ; sh:in ( ) ."
    assert faults(DATA, inverse) == ["x d In"]


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("[]", "says nothing that is one"),
        ("'p'", "is no property path"),
        ("[ sh:inversePath :p ; sh:zeroOrMorePath :q ]", "says two things at once"),
        ("( :p )", "two steps or more"),
        ("()", "two steps or more"),
        ("[ sh:alternativePath ( :p ) ]", "two choices or more"),
        ("[ sh:alternativePath :p ]", "no well-formed list"),
        ("_:x . _:x sh:inversePath _:x", "part of itself"),
    ],
)
def test_what_is_no_path_is_an_error(path: str, complaint: str) -> None:
    """An ill-formed path says what is wrong and in which shape."""
    with pytest.raises(ShapesError, match=complaint) as caught:
        check("", f":S a sh:PropertyShape ; sh:path {path} .")
    assert "S>" in str(caught.value)
