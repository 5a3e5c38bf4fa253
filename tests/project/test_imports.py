"""Ontologies of others: found by catalogs, read, named in the build; imports never fetched."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import FILES, Small

from cgkg.errors import ImportNotFoundError, SourceError
from cgkg.export.release import contents
from cgkg.formats import Format
from cgkg.pipeline import build
from cgkg.project.catalog import Catalog
from cgkg.project.folder import Project
from cgkg.project.imports import Imports
from cgkg.project.sources import load
from cgkg.rdf.io import parse_bytes
from cgkg.rdf.terms import Literal

NAMESPACE = "urn:oasis:names:tc:entity:xmlns:xml:catalog"
OTHER = "https://vocab.example.com/act"


def catalog(folder: Path, *lines: str, name: str = "catalog-v001.xml") -> Path:
    """A catalog with these elements, one a line; the first is on line 2."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f'<catalog xmlns="{NAMESPACE}">\n' + "\n".join(lines) + "\n</catalog>\n")
    return path


def ontology(path: Path, iri: str, *imports: str, more: str = "") -> Path:
    """A Turtle file with an ontology of this name; the first import is on line 3."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"\n<{iri}> owl:imports <{each}> ." for each in imports)
    head = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
    path.write_text(f"{head}<{iri}> a owl:Ontology .{lines}\n{more}")
    return path


def target(path: Path, iri: str) -> Path | None:
    """Where a catalog leads."""
    found = Catalog(path).find(iri)
    return found.path if found else None


# -- catalogs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "leads"),
    [
        (['<uri name="http://e/o" uri="a.ttl"/>'], "a.ttl"),
        (['<system systemId="http://e/o" uri="a.ttl"/>'], "a.ttl"),
        (['<group xml:base="sub/"><uri name="http://e/o" uri="a.ttl"/></group>'], "sub/a.ttl"),
        (['<group><uri xml:base="sub/" name="http://e/o" uri="a.ttl"/></group>'], "sub/a.ttl"),
        (['<rewriteURI uriStartString="http://e/" rewritePrefix="v/"/>'], "v/o"),
        (
            [
                '<rewriteURI uriStartString="http://e/" rewritePrefix="short/"/>',
                '<rewriteURI uriStartString="http://e/o" rewritePrefix="long.ttl"/>',
            ],
            "long.ttl",
        ),
        (['<uriSuffix uriSuffix="/o" uri="a.ttl"/>'], "a.ttl"),
        (
            [
                '<rewriteURI uriStartString="http://e/o" rewritePrefix="b.ttl"/>',
                '<uri name="http://e/o" uri="a.ttl"/>',
            ],
            "a.ttl",
        ),
        (['<nextCatalog catalog="sub/next.xml"/>'], "sub/next.ttl"),
        (['<nextCatalog catalog="gone.xml"/>', '<nextCatalog catalog="sub/next.xml"/>'],
         "sub/next.ttl"),
        (['<delegateURI uriStartString="http://e/" catalog="sub/next.xml"/>'], "sub/next.ttl"),
        (['<uri name="http://e/o" uri="my%20file.ttl"/>'], "my file.ttl"),
        (['<uri name="http://e/o" uri="my file.ttl"/>'], "my file.ttl"),
        (['<x:uri xmlns:x="urn:x" name="http://e/o" uri="a.ttl"/>'], None),
        (['<uri name="http://e/other" uri="a.ttl"/>'], None),
    ],
)  # fmt: skip
def test_an_entry_leads_where_the_specification_says(
    lines: list[str], leads: str | None, tmp_path: Path
) -> None:
    """Exact names before prefixes, long prefixes before short ones, other catalogs last."""
    catalog(tmp_path / "sub", '<uri name="http://e/o" uri="next.ttl"/>', name="next.xml")
    found = target(catalog(tmp_path, *lines), "http://e/o")
    assert found == (tmp_path / leads if leads else None)


def test_names_and_files_may_be_escaped_or_not(tmp_path: Path) -> None:
    """Chinese characters and blanks match their escapes; file: URIs are files."""
    (tmp_path / "100%.ttl").touch()
    entry = f'<uri name="http://e/%E6%B2%B3" uri="file://{tmp_path}/a%20b.ttl"/>'
    one = catalog(tmp_path, entry, '<uri name="http://e/p" uri="100%.ttl"/>')
    assert target(one, "http://e/\u6cb3") == tmp_path / "a b.ttl"
    assert target(one, "http://e/p") == tmp_path / "100%.ttl"


def test_catalogs_that_name_each_other_end(tmp_path: Path) -> None:
    """A circle of catalogs is asked once."""
    catalog(tmp_path, '<nextCatalog catalog="catalog-v001.xml"/>', name="other.xml")
    one = catalog(tmp_path, '<nextCatalog catalog="other.xml"/>')
    assert target(one, "http://e/o") is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('<public publicId="x" uri="y"/>', "does not use <public>"),
        ('<nextCatalog catalog="gone.xml"/>', "no catalog gone.xml"),
        ('<nextCatalog catalog="http://e/c.xml"/>', "never fetched"),
    ],
)
def test_an_entry_without_use_is_told(line: str, said: str, tmp_path: Path) -> None:
    """With the line it is on."""
    one = Catalog(catalog(tmp_path, "", line))
    one.find("http://e/o")
    assert [(each.line, said in each.message["en"]) for each in one.remarks] == [(3, True)]


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("<html/>", 1, "the root element is <html>"),
        (f'<catalog xmlns="{NAMESPACE}">\n<uri name="x"/></catalog>', 2, "lacks the attribute uri"),
        ("<catalog>", 1, "no element found"),
    ],
)
def test_what_is_no_catalog_is_an_error(content: str, line: int, said: str, tmp_path: Path) -> None:
    """It says what is expected, and where."""
    path = tmp_path / "catalog.xml"
    path.write_text(content)
    with pytest.raises(SourceError, match=said) as caught:
        Catalog(path).find("http://e/o")
    assert (caught.value.path, caught.value.line) == (path, line)


# -- imports ---------------------------------------------------------------------------------------


def test_imports_are_followed_to_the_end_each_file_once(tmp_path: Path) -> None:
    """Cycles, two names of a file, and a catalog beside an imported file."""
    root = ontology(tmp_path / "root.ttl", "http://e/r", "http://e/a", "http://e/a/1.0")
    a = ontology(tmp_path / "v" / "a.ttl", "http://e/a", "http://e/r", "http://e/b")
    b = ontology(tmp_path / "v" / "w" / "b.ttl", "http://e/b", "http://e/a")
    one = catalog(
        tmp_path,
        '<uri name="http://e/a" uri="v/a.ttl"/>',
        '<uri name="http://e/a/1.0" uri="v/../v/a.ttl"/>',
    )
    two = catalog(tmp_path / "v", '<uri name="http://e/b" uri="w/b.ttl"/>')
    found = Imports.of([root])
    assert [file.path for file in found.files] == [root, a, b]
    assert (found.missing, found.errors) == ([], [])
    assert found.catalogs == (one, two)


def test_an_import_of_a_file_that_is_given_is_found(tmp_path: Path) -> None:
    """By the name or the version of its ontology, without a catalog, in any syntax."""
    version = "<http://e/b> <http://www.w3.org/2002/07/owl#versionIRI> <http://e/b/2> .\n"
    a = ontology(tmp_path / "a.ttl", "http://e/a", "http://e/b", "http://e/b/2")
    b = ontology(tmp_path / "b.ttl", "http://e/b", more=version)
    lines = tmp_path / "b.nt"
    owl = "http://www.w3.org/2002/07/owl#"
    kind = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    lines.write_text(f"<http://e/b> <{kind}> <{owl}Ontology> .\n{version}")
    assert Imports.of([a, b]).missing == []
    assert Imports.of([lines, a]).missing == []
    assert [each.iri for each in Imports.of([a]).missing] == ["http://e/b", "http://e/b/2"]


def test_imports_of_lines_and_xml_are_followed(tmp_path: Path) -> None:
    """N-Triples are searched, not parsed; in RDF/XML the line of a missing import is found."""
    lines = tmp_path / "a.nt"
    lines.write_text(
        "<http://e/x> <http://e/p> <http://e/y> .\n"
        "<http://e/a> <http://www.w3.org/2002/07/owl#imports> <http://e/b> .\n"
    )
    xml = tmp_path / "b.owl"
    xml.write_text(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"\n'
        ' xmlns:owl="http://www.w3.org/2002/07/owl#"><owl:Ontology rdf:about="http://e/b">\n'
        '<owl:imports rdf:resource="http://e/c"/></owl:Ontology></rdf:RDF>\n'
    )
    catalog(tmp_path, '<uri name="http://e/b" uri="b.owl"/>')
    found = Imports.of([lines])
    assert [file.path for file in found.files] == [lines, xml]
    assert [(each.path, each.line, each.iri) for each in found.missing] == [(xml, 3, "http://e/c")]


def test_imports_of_xml_in_utf_16_are_followed(tmp_path: Path) -> None:
    """What is missing is told with its line there, too."""
    xml = tmp_path / "a.owl"
    document = (
        '<?xml version="1.0" encoding="UTF-16"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"\n'
        ' xmlns:owl="http://www.w3.org/2002/07/owl#"><owl:Ontology rdf:about="http://e/a">\n'
        '<owl:imports rdf:resource="http://e/b"/>\n<owl:imports rdf:resource="http://e/c"/>\n'
        "</owl:Ontology></rdf:RDF>\n"
    )
    xml.write_bytes(document.encode("utf-16"))
    other = ontology(tmp_path / "b.ttl", "http://e/b")
    catalog(tmp_path, '<uri name="http://e/b" uri="b.ttl"/>')
    found = Imports.of([xml])
    assert [file.path for file in found.files] == [xml, other]
    assert [(each.path, each.line, each.iri) for each in found.missing] == [(xml, 5, "http://e/c")]


def test_a_file_iri_is_an_import_of_that_file(tmp_path: Path) -> None:
    """Relative IRIs are such, too; nothing else is looked for at an address."""
    b = ontology(tmp_path / "b c.ttl", "http://e/b")
    a = ontology(tmp_path / "a.ttl", "http://e/a", "b%20c.ttl")
    assert [file.path for file in Imports.of([a]).files] == [a, b]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('<uri name="http://e/b" uri="gone.ttl"/>', r"leads to .*gone\.ttl, which is not there"),
        ('<uri name="http://e/b" uri="folder/"/>', "which is a folder"),
        ('<uri name="http://e/b" uri="http://e/b.ttl"/>', "nothing is fetched"),
        ("", "no catalog names it"),
    ],
)
def test_a_missing_import_says_why(line: str, said: str, tmp_path: Path) -> None:
    """And where it is imported."""
    (tmp_path / "folder").mkdir()
    catalog(tmp_path, line)
    a = ontology(tmp_path / "a.ttl", "http://e/a", "http://e/b")
    (missing,) = Imports.of([a]).missing
    assert (missing.path, missing.line) == (a, 3)
    with pytest.raises(ImportNotFoundError, match=said):
        raise missing


def test_a_missing_import_says_what_to_add(tmp_path: Path) -> None:
    """The entry for the file that holds it, if one beside the catalog does."""
    a = ontology(tmp_path / "a.ttl", "http://e/a", "http://e/b")
    (missing,) = Imports.of([a]).missing
    assert '<uri name="http://e/b" uri="FILE"/>' in missing.hint
    ontology(tmp_path / "b c.ttl", "http://e/b")
    (missing,) = Imports.of([a]).missing
    assert '<uri name="http://e/b" uri="b%20c.ttl"/>' in missing.hint
    assert "catalog-v001.xml" in missing.hint


def test_a_broken_import_names_the_importing_file(tmp_path: Path) -> None:
    """The error is of the broken file; the hint says who wants it."""
    a = ontology(tmp_path / "a.ttl", "http://e/a", "http://e/b")
    (tmp_path / "b.owl").write_text("Prefix(:=<http://e/>)\nOntology(<http://e/b> imports)\n")
    catalog(tmp_path, '<uri name="http://e/b" uri="b.owl"/>')
    (error,) = Imports.of([a]).errors
    assert error.path == tmp_path / "b.owl"
    assert error.hint.endswith(f"{a}:3 imports it")


# -- a project that imports ------------------------------------------------------------------------


@pytest.fixture
def importing(small: Small) -> Small:
    """A project whose ontology imports one that lies beside the project."""
    entry = f'<uri name="{OTHER}" uri="../../elsewhere/act.ttl"/>'
    text = FILES["ontology/catalog-v001.xml"]
    small.write("ontology/catalog-v001.xml", text.replace("<uri", entry + "<uri", 1))
    text = FILES["ontology/rivers.ttl"]
    small.write("ontology/rivers.ttl", text.replace("imports <", f"imports <{OTHER}> , <"))
    ontology(small.folder.parent / "elsewhere" / "act.ttl", OTHER)
    return small


def test_an_edit_of_an_import_is_another_generation(importing: Small) -> None:
    """Also of one outside the project, of a catalog it leads to, and of what begins to exist."""
    seen = [importing.project.fingerprint()]

    def changed() -> bool:
        seen.append(importing.project.fingerprint())
        return seen[-1] not in seen[:-1]

    other = importing.folder.parent / "elsewhere"
    ontology(other / "act.ttl", OTHER, "http://e/deep")
    assert changed()
    catalog(other, '<uri name="http://e/deep" uri="deep.owl"/>')
    assert changed()
    (other / "deep.owl").write_text(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
    )
    assert changed()
    (other / "unrelated.ttl").touch()
    assert not changed()


def test_files_elsewhere_are_named_without_their_place(importing: Small) -> None:
    """Two of the same name are told apart."""
    names = importing.project.inputs
    assert ".../act.ttl" in names
    assert not any(str(importing.folder.parent) in name for name in names)
    other = importing.folder.parent / "elsewhere"
    ontology(other / "act.ttl", OTHER, "http://e/deep")
    ontology(other / "deep" / "act.ttl", "http://e/deep")
    catalog(other, '<uri name="http://e/deep" uri="deep/act.ttl"/>')
    names = importing.project.inputs
    assert {".../act.ttl", ".../1/act.ttl", ".../catalog-v001.xml"} <= names.keys()


def test_a_release_names_what_was_imported(importing: Small, tmp_path: Path) -> None:
    """With digests, and nothing of where it lies on this machine."""
    generation, _ = build(importing.project, tmp_path / "store")
    files = dict(contents(generation))
    said = {t.object.value for t in parse_bytes(files["provenance.ttl"], Format.TURTLE, tmp_path)
            if isinstance(t.object, Literal)}  # fmt: skip
    inputs = importing.project.inputs
    assert {".../act.ttl", inputs[".../act.ttl"], "ontology/catalog-v001.xml"} <= said
    assert not any(str(tmp_path).encode() in content for content in files.values())


def test_what_is_named_by_an_absolute_path_inside_is_inside(importing: Small) -> None:
    """However a catalog writes it."""
    made = ontology(importing.folder / "vendor" / "act.ttl", OTHER)
    text = FILES["ontology/catalog-v001.xml"]
    entry = f'<uri name="{OTHER}" uri="{made.as_uri()}"/>'
    importing.write("ontology/catalog-v001.xml", text.replace("<uri", entry + "<uri", 1))
    assert "vendor/act.ttl" in importing.project.inputs


def test_a_root_elsewhere_in_the_project_counts(small: Small) -> None:
    """Not only folders of the usual names are read."""
    small.write("model/main.ttl", FILES["ontology/rivers.ttl"])
    small.write("model/catalog-v001.xml", '<catalog><uri name="x" uri="y"/></catalog>')
    small.write("cgkg.toml", FILES["cgkg.toml"].replace("ontology/rivers", "model/main"))
    assert {"model/main.ttl", "model/catalog-v001.xml"} <= small.project.inputs.keys()


def test_a_fingerprint_needs_no_whole_ontology(importing: Small) -> None:
    """While one edits, what is built can be asked; the build says what is wrong."""
    importing.write("ontology/base.ttl", ":broken owl:imports")
    assert importing.project.fingerprint()
    with pytest.raises(SourceError, match="prefix"):
        load(importing.project)


def test_terms_of_others_are_not_own(importing: Small) -> None:
    """By namespace, and the headers of modules by the project's base."""
    other = importing.folder.parent / "elsewhere" / "act.ttl"
    ontology(other, OTHER, more=f"<{OTHER}#Act> a owl:Class .\n[] a owl:Class .\n")
    sources = load(Project.at(importing.folder))
    own = {str(t.subject) for t in sources.ontology if sources.vocabulary.is_own(t.subject)}
    assert "<https://example.org/rivers/ontology>" in own
    assert "<https://example.org/rivers/def/River>" in own
    assert not any("act" in each for each in own)  # also in the labels of its blank nodes
