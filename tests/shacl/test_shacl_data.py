"""Data from files and from triples are the same to a validator."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgkg.errors import SourceError
from cgkg.rdf.io import parse_file
from cgkg.shacl.data import Data
from cgkg.shacl.validator import compile_shapes, validate

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix e: <http://e.x/> .
e: sh:declare [ sh:prefix "e" ; sh:namespace "http://e.x/"^^xsd:anyURI ] .
e:S a sh:NodeShape ; sh:targetClass e:C ;
    sh:property [ sh:path e:age ; sh:datatype xsd:integer ; sh:maxCount 1 ] ,
        [ sh:path e:name ; sh:uniqueLang true ] ;
    sh:sparql [ sh:prefixes e: ; sh:message "m" ;
        sh:select "SELECT $this ?value { $this e:age ?value FILTER(?value > 5) }" ] .
e:G a sh:NodeShape ; sh:targetClass e:D ;
    sh:sparql [ sh:prefixes e: ; sh:message "stated" ;
        sh:select "SELECT $this ?value { GRAPH ?value { $this e:age 1 } }" ] .
"""
LINES = """\
<http://e.x/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://e.x/B> .
<http://e.x/B> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://e.x/C> .
<http://e.x/a> <http://e.x/age> "007"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://e.x/a> <http://e.x/age> "8"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://e.x/a> <http://e.x/name> "x"@en .
<http://e.x/a> <http://e.x/name> "y"@EN .
<http://e.x/a> <http://e.x/name> "z"@de .
"""


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    path = tmp_path / "shapes.ttl"
    path.write_text(SHAPES, "utf-8")
    return path


def test_files_give_the_report_that_their_triples_give(tmp_path: Path, shapes: Path) -> None:
    """Of N-Triples in columns; with literals that the engine of queries rewrites."""
    path = tmp_path / "data.nt"
    path.write_text(LINES, "utf-8")
    asked = [quad.triple for quad in parse_file(shapes)]
    compiled = compile_shapes(asked)
    from_files, from_triples = (
        compiled.validate(data) for data in (Data(files=[path]), parse_file(path))
    )
    assert from_files == from_triples
    told = sorted(str(each.value) for each in from_files.results if each.constraint)
    integer = "^^<http://www.w3.org/2001/XMLSchema#integer>"
    assert told == [f'"007"{integer}', f'"8"{integer}']
    assert len(from_files.results) == 4  # and a count, and a language twice


def test_named_graphs_of_files_are_seen(tmp_path: Path, shapes: Path) -> None:
    """By GRAPH in a query."""
    path = tmp_path / "data.trig"
    path.write_text(
        "@prefix e: <http://e.x/> . e:g { e:b a e:D ; e:age 1 } e:h { e:b e:age 1 }", "utf-8"
    )
    asked = [quad.triple for quad in parse_file(shapes)]
    found = validate(Data(files=[path]), asked).results
    assert [str(each.value) for each in found] == ["<http://e.x/g>", "<http://e.x/h>"]


def test_blank_nodes_of_files_are_kept_apart(tmp_path: Path) -> None:
    """Though both files call theirs _:b."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.nt").write_text(f'_:b <http://e.x/p> "{name}" .\n', "utf-8")
    data = Data(files=[tmp_path / "one.nt", tmp_path / "two.nt"])
    assert len({str(quad.subject) for quad in data.merged()}) == 2


def test_a_wrong_line_is_an_error_that_says_where(tmp_path: Path) -> None:
    """As reading the file is."""
    path = tmp_path / "data.nt"
    path.write_text(LINES + "nonsense\n", "utf-8")
    with pytest.raises(SourceError) as caught:
        Data(files=[path])
    assert caught.value.line == 8
