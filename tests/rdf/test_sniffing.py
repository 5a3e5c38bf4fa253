"""Telling syntaxes apart by the first bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from cgkg.errors import SourceError
from cgkg.formats import Format
from cgkg.rdf.io import parse_file, syntax_of
from cgkg.rdf.sniffing import foreign_syntax

RDF_NS = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FOREIGN = [
    ("o.owl", "Prefix(:=<http://e/>)\nOntology(<http://e/o>)", "OWL 2 functional-style", "robot"),
    ("o.owl", "# made by hand\nOntology(<http://e/o>\n)", "OWL 2 functional-style", "robot"),
    ("o.ttl", "Prefix: : <http://e/>\nOntology: <http://e/o>\n", "OWL 2 Manchester", "robot"),
    ("o.owl", "Ontology: <http://e/o>\n\nClass: A\n", "OWL 2 Manchester", "robot"),
    ("o.owl", '<?xml version="1.0"?>\n<Ontology xmlns="http://www.w3.org/2002/07/owl#"\n'
     ' ontologyIRI="http://e/o"/>', "OWL/XML", "robot"),
    ("o.owl", "format-version: 1.2\n\n[Term]\nid: A:1\n", "OBO format", "robot"),
    ("r.n3", "@prefix : <#> .\n{ ?x a :A } => { ?x a :B } .\n", "Notation3 with rules", "eye"),
    ("a.ttl", "<!DOCTYPE html>\n<html></html>", "a page of HTML", "fetch it again"),
    ("a.rdf", "\n<HTML lang=en>", "a page of HTML", "fetch it again"),
    ("a.ttl", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS", "lfs pull"),
    ("a.json", '{"a": [1]}', "JSON without keywords of JSON-LD", "context"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said", "hint"),
    [
        pytest.param(content, said, hint, id=said)  # what gzip writes has the time in it
        for content, said, hint in (
            (gzip.compress(b"x"), "compressed by gzip", "end in .gz, too"),
            (bz2.compress(b"x"), "compressed by bzip2", "end in .bz2, too"),
            (lzma.compress(b"x"), "compressed by xz", "end in .xz, too"),
            (b"PK\x03\x04\x14\x00", "a zip archive", "end in .zip"),
        )
    ],
)
@pytest.mark.parametrize("name", ["a.ttl", "a.rdf", "a.jsonld"])
def test_what_is_compressed_and_not_called_so_is_named(
    tmp_path: Path, name: str, content: bytes, said: str, hint: str
) -> None:
    """A download may have lost the end of its name."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=f"it is {said}") as caught:
        parse_file(path)
    assert hint in caught.value.hint


@pytest.mark.parametrize(("name", "content", "said", "hint"), FOREIGN)
def test_a_foreign_syntax_is_named(
    tmp_path: Path, name: str, content: str, said: str, hint: str
) -> None:
    """The error says which it is, and what converts it."""
    path = tmp_path / name
    path.write_text(content, "utf-8")
    with pytest.raises(SourceError, match=f"it is .*{said}") as caught:
        parse_file(path)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("name", "content", "label"),
    [
        ("o.owl", "# of Protégé\n@prefix : <http://e/> .\n:a :p :b .", "Turtle"),
        ("o.nt", "PREFIX : <http://e/>\n:a :p :b .", "Turtle"),
        ("o.jsonld", "@base <http://e/> .\n<a> <p> <b> .", "Turtle"),
        ("o.ttl", f'<?xml version="1.0"?><r:RDF xmlns:r="{RDF_NS}"/>', "RDF/XML"),
        ("o.ttl", '{"@id": "http://e/a", "http://e/p": 1}', "JSON-LD"),
    ],
)
def test_another_syntax_of_rdf_is_named(
    tmp_path: Path, name: str, content: str, label: str
) -> None:
    """Many ontologies in Turtle have names in .owl; the name decides, and the error says so."""
    path = tmp_path / name
    path.write_text(content, "utf-8")
    with pytest.raises(SourceError, match=f"it is {label}, and its name is one of") as caught:
        parse_file(path)
    assert "name that ends in" in caught.value.hint


def test_a_node_without_a_label_is_no_json(tmp_path: Path) -> None:
    """Turtle may begin as an array does."""
    path = tmp_path / "a.ttl"
    path.write_text("[] a e:A .", "utf-8")
    with pytest.raises(SourceError, match="prefix has not been declared"):
        parse_file(path)


@pytest.mark.parametrize(
    "content",
    [
        "<http://e/a> <http://e/p> 1 .",
        '@prefix owl: <http://www.w3.org/2002/07/owl#> .\n<o> a owl:Ontology ; :x """\nPrefix"""',
        '<rdf:RDF xmlns:owl="http://www.w3.org/2002/07/owl#"\nxmlns:rdf='
        '"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><owl:Ontology rdf:about="http://e/o"/>',
        '{"@id": "http://e/a"}',
        "",
    ],
)
def test_rdf_is_not_foreign(content: str) -> None:
    """Words of other syntaxes may occur in it."""
    assert foreign_syntax(content.encode()) is None


def test_content_decides_for_names_that_do_not_say(tmp_path: Path) -> None:
    """.xml and .json are RDF if they hold it."""
    rdf = '<?xml version="1.0"?><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
    for name, content, form in (
        ("a.xml", rdf, Format.RDF_XML),
        ("a.json", '[{"@id": "http://e/a"}]', Format.JSON_LD),
    ):
        (tmp_path / name).write_text(content, "utf-8")
        assert syntax_of(tmp_path / name) is form
    (tmp_path / "b.xml").write_text("<a/>", "utf-8")
    with pytest.raises(SourceError, match="unknown RDF file extension"):
        syntax_of(tmp_path / "b.xml")
