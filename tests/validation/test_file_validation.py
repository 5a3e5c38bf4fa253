"""Files validated by files of shapes: places, causes, languages, words, syntaxes, imports."""

from __future__ import annotations

import bz2
import json
from pathlib import Path
from typing import Any

import pytest

from cgkg.errors import CgkgError, SourceError
from cgkg.formats import Format
from cgkg.rdf.io import parse_file, serialize
from cgkg.rdf.terms import IRI
from cgkg.validation.files import FilesReport, validate_files
from cgkg.validation.report import Finding
from cgkg.validation.sarif import as_sarif

HEAD = """\
@prefix ex: <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DATA = """\
ex:alice a ex:Person ;
    ex:name "Alice" ;
    ex:age "old" ;
    ex:address [ ex:city "Berlin" ; ex:zip 7 ] .
ex:bob a ex:Person ;
    ex:age 30 , 31 ;
    ex:address ex:home .
ex:home ex:street "Main" .
ex:pet ex:ownedBy ex:bob .
"""
SHAPES = """\
ex:PersonShape a sh:NodeShape ; sh:targetClass ex:Person ;
    sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:description "say who it is" ] ;
    sh:property ex:Age ;
    sh:property ex:Address ;
    sh:property [ sh:path ( ex:address ex:city ) ; sh:minCount 1 ] ;
    sh:property [ sh:path [ sh:inversePath ex:ownedBy ] ;
        sh:class ex:Animal ; sh:severity sh:Info ] .
ex:Age sh:path ex:age ; sh:maxCount 1 ; sh:datatype xsd:integer ;
    sh:message "one whole number"@en , "一个整数"@zh .
ex:Address sh:path ex:address ; sh:node ex:AddressShape .
ex:AddressShape a sh:NodeShape ;
    sh:property [ sh:path ex:city ; sh:minCount 1 ] ;
    sh:property [ sh:path ex:zip ; sh:datatype xsd:string ] .
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with data.ttl and shapes.ttl."""
    monkeypatch.chdir(tmp_path)
    Path("data.ttl").write_text(HEAD + DATA, "utf-8")
    Path("shapes.ttl").write_text(HEAD + SHAPES, "utf-8")
    return tmp_path


def found(*data: str, shapes: str = "shapes.ttl", **options: Any) -> FilesReport:
    return validate_files([Path(name) for name in data], [Path(shapes)], **options)


def told(finding: Finding) -> tuple[str, int | None]:
    return finding.code, finding.line


def test_the_line_is_that_of_the_statement_or_of_the_focus_node(folder: Path) -> None:
    """A wrong value has its own line, a missing one that of the node, an inverse one of its own."""
    report = found("data.ttl")
    assert not report.sound
    assert [told(each) for each in report.findings.findings] == [
        ("Datatype", 7),
        ("Node", 8),
        ("MinCount", 9),
        ("MinCount", 9),
        ("MaxCount", 10),
        ("Node", 11),
        ("Class", 13),
    ]
    assert {each.path for each in report.findings.findings} == {Path("data.ttl")}


def test_the_cause_in_a_nested_shape_is_told_with_its_own_line(folder: Path) -> None:
    """Indented below what it makes fail, however the value is written."""
    nested = [each for each in found("data.ttl").findings.findings if each.code == "Node"]
    assert [[told(cause) for cause in each.causes] for each in nested] == [
        [("Datatype", 8)],
        [("MinCount", 12)],
    ]
    lines = nested[1].text().splitlines()
    assert lines[-3].startswith("    data.ttl:12: violation MinCount: ")
    assert lines[-2] == "      at: <http://example.org/home> <http://example.org/city>"
    assert nested[0].as_dict()["causes"][0]["line"] == 8


def test_a_finding_says_where_the_shape_stands(folder: Path) -> None:
    """By name and line; one without a name by the line of its path, whichever of several it is."""
    by_code: dict[tuple[str, str], str] = {}
    for each in found("data.ttl").findings.findings:
        by_code.setdefault((each.code, each.route), each.hint["en"])
    assert by_code["MaxCount", ""] == "the shape: <http://example.org/Age>, shapes.ttl:12"
    assert by_code["MinCount", ""] == "say who it is\nthe shape: shapes.ttl:6"
    (path,) = (hint for (_, route), hint in by_code.items() if "/" in route and "^" not in route)
    assert path == "the shape: shapes.ttl:9"


def test_messages_are_in_the_language_of_the_reader(folder: Path) -> None:
    """The shape's own if it has one, else cgkg's."""
    report = found("data.ttl").findings
    english, chinese = report.text("en"), report.text("zh")
    assert "violation MaxCount: one whole number" in english
    assert "违规 MaxCount: 一个整数" in chinese
    missing = [each for each in report.findings if each.code == "MinCount"]
    assert all(each.message["zh"] != each.message["en"] for each in missing)
    assert "because:" in english
    assert "because:" not in chinese


def test_a_target_that_is_nowhere_in_the_data_has_its_place_in_the_shapes(folder: Path) -> None:
    """There the node is named; a literal that the data has stands where it is a value."""
    Path("shapes.ttl").write_text(
        HEAD + "ex:S a sh:NodeShape ; sh:class ex:C ;\n sh:targetNode ex:none ,\n 30 , 99 ."
    )
    findings = found("data.ttl").findings.findings
    assert [(each.path, each.line) for each in findings] == [
        (Path("data.ttl"), 10),
        (Path("shapes.ttl"), 6),
        (Path("shapes.ttl"), 7),
    ]


def test_prefixes_of_the_files_are_used(folder: Path) -> None:
    """Statements are written as the files write them."""
    assert "  at: ex:bob ex:address/ex:city\n" in found("data.ttl").findings.text()
    assert '  at: [] ex:zip "7"^^xsd:integer\n' in found("data.ttl").findings.text()


@pytest.mark.parametrize("form", [Format.N_TRIPLES, Format.RDF_XML, Format.JSON_LD, Format.TRIG])
def test_every_syntax_is_read(folder: Path, form: Format) -> None:
    """The findings are the same, and each has its file, mostly with a line."""
    expected = sorted(each.code for each in found("data.ttl").findings.findings)
    name = f"other.{form.suffix}"
    quads = parse_file(Path("data.ttl"))
    Path(name).write_bytes(serialize([quad.triple for quad in quads], form))
    findings = found(name).findings.findings
    assert sorted(each.code for each in findings) == expected
    assert {each.path for each in findings} == {Path(name)}
    text = Path(name).read_text("utf-8").splitlines()
    for each in findings:
        if isinstance(each.focus, IRI):
            assert each.line
            named = each.value if each.route.startswith("^") else each.focus
            assert named is not None
            before = "\n".join(text[: each.line])
            assert named.value.rpartition("/")[2] in before


@pytest.mark.parametrize("others", [(), ("data.ttl",)])
def test_a_large_file_in_n_triples_is_told_as_a_small_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, others: tuple[str, ...]
) -> None:
    """Columns are made of it, and of its statements only those that the findings are about."""
    lines = ["# a comment", ""]
    for quad in parse_file(Path("data.ttl")):
        lines.append(f"{quad.subject} {quad.predicate} {quad.object} .")
    lines += [f'<http://example.org/{n}> <http://example.org/p> "{n}" .' for n in range(99)]
    lines.append(r'<http://example.org/al\u0069ce> <http://example.org/age> "\u006fld"@EN .')
    Path("lines.nt").write_text("\n".join(lines), "utf-8")
    small = found("lines.nt", *others)
    monkeypatch.setattr("cgkg.validation.files._COLUMNS_FROM", 0)
    large = found("lines.nt", *others)
    assert len(large.report.results) >= 7
    texts = [sorted(each.text() for each in one.findings.findings) for one in (large, small)]
    assert texts[0] == texts[1]
    if not others:
        assert large.report == small.report
    Path("lines.nt").write_text("\n".join([*lines, "<a:s> <a:p> ."]), "utf-8")
    with pytest.raises(SourceError, match=rf"lines\.nt:{len(lines) + 1}"):
        found("lines.nt", *others)


def test_lines_in_rdf_xml_are_those_of_elements(folder: Path) -> None:
    """Of the property element, in nodes without a name, too; not of what only refers to a node."""
    Path("data.rdf").write_text(
        """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://example.org/"
    xml:base="http://example.org/">
  <rdf:Description rdf:about="pet"><ex:likes rdf:resource="alice"/></rdf:Description>
  <ex:Person rdf:about="alice">
    <ex:name>Alice</ex:name>
    <ex:age>old</ex:age>
    <ex:address rdf:parseType="Resource">
      <ex:city>Berlin</ex:city>
      <ex:zip rdf:datatype="http://www.w3.org/2001/XMLSchema#integer">7</ex:zip>
    </ex:address>
  </ex:Person>
  <ex:Person rdf:about="bob">
    <ex:address><rdf:Description><ex:city>Bonn</ex:city></rdf:Description></ex:address>
  </ex:Person>
</rdf:RDF>
""",
        "utf-8",
    )
    told = found("data.rdf").findings.findings
    lines = {(each.code, each.line) for each in told if isinstance(each.focus, IRI)}
    assert {line for _, line in lines} == {7, 8, 13}
    causes = [cause.line for each in told for cause in each.causes]
    assert causes == [10]


def test_the_line_in_json_ld_is_where_something_is_said(folder: Path) -> None:
    """Not where another node only refers to it."""
    Path("data.jsonld").write_text(
        """{"@context": {"@vocab": "http://example.org/", "@base": "http://example.org/"},
 "@graph": [
  {"@id": "pet", "likes": {"@id": "alice"}},
  {"@id": "alice",
   "@type": "Person",
   "address": {"@id": "home", "city": "Berlin"}}
]}
""",
        "utf-8",
    )
    told = found("data.jsonld").findings.findings
    assert {each.line for each in told} == {4}


def test_named_graphs_and_compression_are_read(folder: Path) -> None:
    """Quads are one data graph; a finding names the graph that states what is wrong."""
    text = (
        HEAD + "ex:g { ex:alice a ex:Person ; ex:name 'A' ;\n ex:address ex:a . ex:a ex:city 'B' }"
    )
    Path("more.trig.bz2").write_bytes(
        bz2.compress((text + "\nex:h { ex:alice ex:age 1.5 }").encode())
    )
    (finding,) = found("more.trig.bz2").findings.findings
    assert told(finding) == ("Datatype", 7)
    assert finding.graph == IRI("http://example.org/h")


def test_several_files_are_one_data_graph(folder: Path) -> None:
    """Blank nodes of different files are different nodes; each finding has its own file."""
    Path("more.nt").write_text(
        "_:f0n0 <http://example.org/city> 'x' .\n".replace("'", '"')
        + '<http://example.org/bob> <http://example.org/name> "Bob" .\n'
    )
    findings = found("data.ttl", "more.nt").findings.findings
    assert [told(each) for each in findings].count(("MinCount", 9)) == 1
    Path("more.nt").write_text('<http://example.org/bob> <http://example.org/age> "x" .\n')
    findings = found("data.ttl", "more.nt").findings.findings
    assert (Path("more.nt"), "Datatype", 1) in {(e.path, *told(e)) for e in findings}


def test_blank_nodes_have_the_place_of_what_says_most_of_them(folder: Path) -> None:
    """The same said of several is told apart by order; circles of them end."""
    Path("data.ttl").write_text(
        HEAD + "[] a ex:Person ;\n ex:age 1 .\n[] a ex:Person ;\n ex:name 'B' .\n"
        "_:a ex:knows _:b .\n_:b ex:knows _:a .\nex:x ex:knows [ ex:knows\n [] ] ."
    )
    Path("shapes.ttl").write_text(
        HEAD + "ex:P a sh:NodeShape ; sh:targetClass ex:Person ; sh:nodeKind sh:IRI .\n"
        "ex:K a sh:NodeShape ; sh:targetObjectsOf ex:knows ; sh:nodeKind sh:IRI ."
    )
    findings = found("data.ttl").findings.findings
    of_persons = [each.line for each in findings if each.shape == IRI("http://example.org/P")]
    assert of_persons == [5, 7]
    others = [each.line for each in findings if each.shape == IRI("http://example.org/K")]
    assert sorted(others, key=lambda line: line or 0) == [None, None, 12, 12]
    assert {each.path for each in findings} == {Path("data.ttl")}


def test_subclasses_are_taken_from_the_ontology(folder: Path) -> None:
    """And nothing else of it."""
    Path("data.ttl").write_text(HEAD + "ex:eve a ex:Pupil .", "utf-8")
    Path("onto.ttl").write_text(
        HEAD + "ex:Pupil <http://www.w3.org/2000/01/rdf-schema#subClassOf> ex:Person .\n"
        "ex:frank a ex:Person .", "utf-8",
    )  # fmt: skip
    assert found("data.ttl").sound
    findings = found("data.ttl", ontology=[Path("onto.ttl")]).findings.findings
    assert {each.focus for each in findings} == {IRI("http://example.org/eve")}


def test_shapes_import_shapes_through_a_catalog(folder: Path) -> None:
    """What is imported constrains too; an import that leads nowhere is told."""
    Path("root.ttl").write_text(
        HEAD + "ex: a owl:Ontology ; owl:imports <http://example.org/s> , <http://none.invalid/> ."
    )
    assert found("data.ttl", shapes="root.ttl").sound
    Path("catalog.xml").write_text(
        '<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">'
        '<uri name="http://example.org/s" uri="shapes.ttl"/></catalog>'
    )
    report = found("data.ttl", shapes="root.ttl", catalog=Path("catalog.xml"))
    assert len(report.findings.findings) == 7
    (missing,) = report.imports[0].missing
    assert missing.iri == "http://none.invalid/"


def test_a_word_that_shacl_does_not_have_is_a_finding_about_the_shapes(folder: Path) -> None:
    """With its line and the nearest word; the data may conform all the same."""
    Path("shapes.ttl").write_text(
        HEAD + "ex:S a sh:NodeShape ; sh:targetClass ex:Person ;\n"
        " sh:property [ sh:path ex:name ;\n  sh:maxcount 1 ] ;\n sh:nodeKind sh:Iri ;\n sh:zzzz 1 ."
    )
    with pytest.raises(CgkgError):  # sh:Iri is no kind of nodes
        found("data.ttl")
    Path("shapes.ttl").write_text(Path("shapes.ttl").read_text().replace("sh:Iri", "sh:IRI"))
    report = found("data.ttl")
    assert report.report.conforms
    assert not report.sound
    assert [(*told(each), each.hint.get("en")) for each in report.findings.findings] == [
        ("unknown-term", 7, "did you mean sh:maxCount?"),
        ("unknown-term", 9, None),
    ]


def test_what_may_help_is_told(folder: Path) -> None:
    """Which statement should be which: a literal cast, the nearest of a list, a pair exchanged."""
    Path("data.ttl").write_text(
        HEAD + "ex:a ex:age '7' ; ex:colour 'gren' ; ex:from 9 ; ex:to 4 . ex:b ex:age 'old' ."
    )
    Path("shapes.ttl").write_text(
        HEAD + "ex:S a sh:NodeShape ; sh:targetNode ex:a , ex:b ; sh:property"
        " [ sh:path ex:age ; sh:datatype xsd:integer ] ,"
        " [ sh:path ex:colour ; sh:in ( 'red' 'green' ) ] ,"
        " [ sh:path ex:from ; sh:lessThan ex:to ] ."
    )
    told = {
        (each.focus, each.code): [str(new.object) for _, new in each.remedy]
        for each in found("data.ttl").findings.findings
    }
    a, b = IRI("http://example.org/a"), IRI("http://example.org/b")
    integer = "^^<http://www.w3.org/2001/XMLSchema#integer>"
    assert told == {
        (a, "Datatype"): [f'"7"{integer}'],
        (a, "In"): ['"green"'],
        (a, "LessThan"): [f'"4"{integer}', f'"9"{integer}'],
        (b, "Datatype"): [],
    }


def test_shapes_that_cannot_be_used_are_an_error_with_its_line(folder: Path) -> None:
    """The line is that of what the shape says wrongly."""
    Path("shapes.ttl").write_text(
        HEAD + "ex:S a sh:NodeShape ; sh:targetClass ex:Person ;\n"
        " sh:property [ sh:path ex:name ;\n  sh:minCount 'one' ] ."
    )
    with pytest.raises(SourceError) as caught:
        found("data.ttl")
    assert (caught.value.path, caught.value.line) == (Path("shapes.ttl"), 7)


def test_sarif_is_that_of_the_standard(folder: Path) -> None:
    """SARIF 2.1.0: what the specification requires is there, and indexes lead where they should."""
    report = found("data.ttl").findings
    log = json.loads(json.dumps(as_sarif(report, "en")))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("/sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "cgkg"
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids)) == 5
    assert len(run["results"]) == len(report.findings)
    for result, finding in zip(run["results"], report.findings, strict=True):
        assert set(result) <= {
            "ruleId", "ruleIndex", "level", "message", "locations", "properties",
            "relatedLocations",
        }  # fmt: skip
        assert ids[result["ruleIndex"]] == result["ruleId"] == finding.code
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        places = result["locations"] + result.get("relatedLocations", [])
        assert len(result["locations"]) == 1
        assert len(places) == 1 + len(finding.causes)
        for place in places:
            physical = place["physicalLocation"]
            assert physical["artifactLocation"]["uri"] == "data.ttl"
            assert physical["region"]["startLine"] >= 1
    assert [each["level"] for each in run["results"]].count("note") == 1


def test_names_of_files_are_escaped_in_sarif(folder: Path) -> None:
    """A relative path is a relative reference, an absolute one a file URI."""
    Path("my data.ttl").write_text(HEAD + DATA, "utf-8")
    for given, uri in (
        (Path("my data.ttl"), "my%20data.ttl"),
        (folder / "my data.ttl", (folder / "my data.ttl").as_uri()),
    ):
        log = as_sarif(found(str(given)).findings)
        places = [result["locations"][0] for result in log["runs"][0]["results"]]
        assert {p["physicalLocation"]["artifactLocation"]["uri"] for p in places} == {uri}
