"""Leaving out the statements that are wrong, and saying which."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgkg.errors import SourceError
from cgkg.rdf import engine
from cgkg.rdf.io import Reading, SkippedStatements, parse_file
from cgkg.rdf.statements import NO_TRIPLE_TERMS, split
from cgkg.reasoning.files import reason

E = "http://e/"
TURTLE = """@prefix : <http://e/> .
:a :p :b .
:a :p x:y ;
   :q "never" .
:c :p "ok" .
:e :p "a"@toolongtoolongtool . :e2 :p 5 .
:f :p "unclosed .
:g :p 1 .
:h :p [ :q 1 ; :r ( 1 2  .
:i :p \"\"\"long " quoted .
 <x> \"\"\" .
:j :p 1
:k :p 2 .
PREFIX q: <http://q q/>
PREFIX r: <r/>
r:a q:b 1 .
r:a r:b 1.5 , .5 , 1e5 .
@base <http://base/> .
<x> <y> r:z .
:m :p <bad iri> .
:n :p "last" .
"""
TRIG = """@prefix : <http://e/> .
:g { :a :p :b . :a :p x:y . :a :p :c }
[] { :z :z :z . :z :z y:y . :z :y :z }
:h { :a :p :d
:top :p 1 .
}
}
:top :p 2 .
:g3 { :a :b :c .
"""


def left_out(tmp_path: Path, name: str, content: str | bytes) -> tuple[set[str], list[str]]:
    """The quads that are read, and the places of what is left out with the beginning of why."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    skipped = SkippedStatements()
    quads = parse_file(path, reading=Reading(skipped=skipped))
    assert skipped.count == len(skipped.errors)
    return {str(quad) for quad in quads}, [
        error.message.removeprefix(f"{path}:") for error in skipped.errors
    ]


def test_turtle_goes_on_after_the_statement(tmp_path: Path) -> None:
    """All of a wrong statement is left out and nothing of its neighbours; prefixes are kept."""
    read, told = left_out(tmp_path, "a.ttl", TURTLE)
    number = "^^<http://www.w3.org/2001/XMLSchema#"
    r = (tmp_path / "r").as_uri() + "/"
    assert read == {
        f"<{E}a> <{E}p> <{E}b>",
        f'<{E}c> <{E}p> "ok"',
        f'<{E}e2> <{E}p> "5"{number}integer>',
        f'<{E}g> <{E}p> "1"{number}integer>',
        f'<{E}i> <{E}p> "long \\" quoted .\\n <x> "',
        f'<{r}a> <{r}b> "1.5"{number}decimal>',
        f'<{r}a> <{r}b> ".5"{number}decimal>',
        f'<{r}a> <{r}b> "1e5"{number}double>',
        f"<http://base/x> <http://base/y> <{r}z>",
        f'<{E}n> <{E}p> "last"',
    }
    assert [text.partition(": ")[0] for text in told] == [
        "3:7", "6:11", "7:7", "9:26", "13:1", "14:1", "16:5", "20:7",
    ]  # fmt: skip
    assert "prefix x: has not been declared" in told[0]


def test_trig_keeps_the_graphs(tmp_path: Path) -> None:
    """A statement inside a graph is left out alone; braces that do not fit are told."""
    read, told = left_out(tmp_path, "a.trig", TRIG)
    blank = {text.rsplit(" ", 1)[1] for text in read if text.startswith(f"<{E}z>")}
    assert len(blank) == 1  # [] is one graph
    assert {text for text in read if not text.startswith(f"<{E}z>")} == {
        f"<{E}a> <{E}p> <{E}b> <{E}g>",
        f"<{E}a> <{E}p> <{E}c> <{E}g>",
        f'<{E}top> <{E}p> "2"^^<http://www.w3.org/2001/XMLSchema#integer>',
        f"<{E}a> <{E}b> <{E}c> <{E}g3>",
    }
    assert [text.partition(": ")[0] for text in told] == ["2:23", "3:23", "5:1", "7:1", "9:5"]


@pytest.mark.parametrize("name", ["a.nt", "a.nq"])
def test_lines_are_left_out_one_by_one(tmp_path: Path, name: str) -> None:
    """Also where a full stop, a quote or an encoding is missing."""
    good = [f'<{E}a> <{E}b> "{n}" .' for n in range(3)]
    bad = [f"<{E}a> <{E}b> <c d> .", f'<{E}a> <{E}b> "2"', f'<{E}a> <{E}b> "4 .', "what?"]
    lines = [good[0], *bad, good[1], f'<{E}a> <{E}b> "\udcff" .', good[2]]
    content = "\n".join(lines).encode("utf-8", "surrogateescape")
    read, told = left_out(tmp_path, name, content)
    assert read == {line.removesuffix(" .") for line in good}
    assert [int(text.split(":")[0]) for text in told] == [2, 3, 4, 5, 7]
    skipped = SkippedStatements()
    reason([tmp_path / name], tmp_path / "out.nt", reading=Reading(skipped=skipped))
    assert skipped.count == 5  # the reader of columns leaves out the same
    assert set(good) <= set((tmp_path / "out.nt").read_text("utf-8").splitlines())


def test_triple_terms_are_left_out(tmp_path: Path) -> None:
    """In each of the ways that RDF 1.2 has of writing them."""
    terms = (f"<{E}a> <{E}b> <<( <{E}a> <{E}b> 1 )>> .", f"<{E}a> <{E}b> 1 {{| <{E}c> 2 |}} .")
    read, told = left_out(tmp_path, "a.ttl", "\n".join([*terms, f"<{E}a> <{E}b> 3 ."]))
    assert len(read) == 1
    assert told == [f"{line}:1: {NO_TRIPLE_TERMS}" for line in (1, 2)]


def test_a_literal_that_is_too_long_is_left_out(tmp_path: Path) -> None:
    """It is one of the wrong statements; without leniency the error says where it begins."""
    long = '"""' + "9" * engine.LONGEST + "\n" + '"""'
    read, told = left_out(tmp_path, "a.ttl", f"<{E}a> <{E}b> 1 .\n<{E}a> <{E}b> {long} .\n")
    assert len(read) == 1
    assert told == [f"2:1: {engine.TOO_LONG}"]
    with pytest.raises(SourceError, match=r"a\.ttl:2:27: a literal, IRI or comment"):
        parse_file(tmp_path / "a.ttl")


def test_json_ld_is_one_whole(tmp_path: Path) -> None:
    """Nothing of it can be left out, which the hint says."""
    path = tmp_path / "a.jsonld"
    path.write_text('[{"@id": "http://e/a"}, {"@id": 1}]', "utf-8")
    with pytest.raises(SourceError, match="1:26: @id value must be a string") as caught:
        parse_file(path, reading=Reading(skipped=SkippedStatements()))
    assert "no part of JSON-LD can be left out" in caught.value.hint


def test_a_line_with_many_statements_is_cut_in_linear_time() -> None:
    """Places are found without going back to the beginning of the line; all statements are."""
    text = f"<{E}a> <{E}b> 1.5 . " * 5000
    found = list(split(text, graphs=False))
    assert len(found) == 5000
    assert (found[-1].line, found[-1].column) == (1, len(text) - len(text) // 5000 + 1)
