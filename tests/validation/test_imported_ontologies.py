"""An imported ontology is used as it is: what its authors chose is no fault of the project."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from projects import FILES, PREFIXES, Small, span

from cgkg.pipeline import check
from cgkg.validation.report import Finding

# What ontologies that many import have: unions, complements, restrictions that no rule of OWL 2 RL
# uses, datatypes of their own, punning, terms of RDF alone, and English labels or none.
OTHER = """\
@prefix : <https://vocab.example.com/act#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix vann: <http://purl.org/vocab/vann/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<https://vocab.example.com/act> a owl:Ontology ; vann:preferredNamespaceUri : ;
    rdfs:comment "<b>Acts</b>"^^rdf:XMLLiteral , "English"@en-US ; :page "page"^^xsd:anyURI ;
    owl:deprecated "1"^^xsd:boolean .
:page a owl:AnnotationProperty ; rdfs:isDefinedBy <https://elsewhere.example.net/> .
:lower_case a owl:Class ; rdfs:label "act"@en ; :page "01"^^xsd:integer .
:Agent a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:complementOf :lower_case ] ;
    rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :did ; owl:someValuesFrom :lower_case ] ,
        [ owl:onProperty :did ; owl:minCardinality "1"^^xsd:nonNegativeInteger ] .
:Old a owl:Class , owl:DeprecatedClass .
:did a owl:ObjectProperty ; rdfs:range owl:Thing ;
    rdfs:domain [ a owl:Class ; owl:unionOf ( :lower_case :Agent ) ] .
:Age a rdfs:Datatype ; owl:equivalentClass [ a rdfs:Datatype ; owl:onDatatype xsd:integer ;
    owl:withRestrictions ( [ xsd:minInclusive 0 ] [ xsd:maxInclusive 9 ] ) ] .
:age a owl:DatatypeProperty ; rdfs:domain owl:Thing ; rdfs:range :Age .
:plain a rdf:Property .
:Kind a owl:Class .
:Oak a owl:Class , :Kind .
:low a owl:NamedIndividual .
:both a owl:ObjectProperty , owl:AnnotationProperty .
:Broken owl:equivalentClass [ a owl:Class ; owl:unionOf ( :Oak "5" ) ] .
"""

STYLE = """\
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix s: <https://example.org/rivers/shape/> .
s:Named a sh:NodeShape ; sh:targetClass owl:Class , owl:ObjectProperty , owl:Ontology ;
    sh:property [ sh:path rdfs:label ; sh:minCount 2 ; sh:message "two labels"@en ] .
"""


@pytest.fixture
def importing(small: Small) -> Small:
    """The small project, which imports this ontology."""
    entry = '<uri name="https://vocab.example.com/act" uri="../vendor/act.ttl"/>'
    text = FILES["ontology/catalog-v001.xml"]
    small.write("ontology/catalog-v001.xml", text.replace("<uri", entry + "<uri", 1))
    text = FILES["ontology/rivers.ttl"]
    imported = "imports <https://vocab.example.com/act> , <"
    small.write("ontology/rivers.ttl", text.replace("imports <", imported))
    small.write("vendor/act.ttl", OTHER)
    return small


def told(findings: Iterable[Finding]) -> set[tuple[str, str, str]]:
    """Severity, code and file of each."""
    return {(each.severity, each.code, each.path.name if each.path else "") for each in findings}


def test_what_others_wrote_gives_remarks_alone(importing: Small) -> None:
    """Each with the line of their file; their labels, forms and tags are theirs."""
    findings = check(importing.project).report.findings
    assert told(findings) == {("info", "unsupported-axiom", "act.ttl")}
    lines = OTHER.splitlines()
    assert {lines[each.line - 1].split()[0] for each in findings if each.line} >= {
        ":Agent", ":age", "owl:withRestrictions",
    }  # fmt: skip


def test_a_wrong_literal_of_others_is_a_warning_and_an_own_one_a_violation(
    importing: Small,
) -> None:
    """With the file and line of each."""
    wrong = '<https://vocab.example.com/act> :page "2013"^^xsd:date .\n'
    importing.write("vendor/act.ttl", OTHER + wrong)
    report = check(importing.project).report
    assert told(report.warnings) == {("warning", "dt-not-type", "act.ttl")}
    assert report.warnings[0].line == OTHER.count("\n") + 1
    assert not report.violations
    text = (importing.folder / "ontology/rivers.ttl").read_text("utf-8")
    importing.write("ontology/rivers.ttl", text + wrong.replace("vocab.example.com", "e"))
    violations = check(importing.project).report.violations
    assert told(violations) == {("violation", "dt-not-type", "rivers.ttl")}


def test_data_may_use_the_terms_of_others(importing: Small) -> None:
    """Terms of RDF alone, punned classes and individuals of theirs; a slip is still found."""
    river = "id:river\\/elbe"
    body = span("Hamburg", f"{river} act:plain act:low ; act:did act:Oak ; act:both act:low .")
    prefix = "@prefix act: <https://vocab.example.com/act#> .\n"
    importing.write("data/1.trig", PREFIXES + prefix + body)
    assert not check(importing.project).report.violations
    importing.write("data/1.trig", PREFIXES + prefix + body.replace("act:plain", "act:plane"))
    assert {each.code for each in check(importing.project).report.violations} == {"unknown-term"}


def test_style_is_for_own_terms(importing: Small) -> None:
    """Shapes that say nothing of namespaces are not applied to what is imported."""
    importing.write("shapes/ontology-style.ttl", STYLE)
    where = {str(each.focus) for each in check(importing.project).report.violations}
    own = "<https://example.org/rivers/ontology"
    assert where == {f"{own}>", f"{own}/base>"}


@pytest.mark.parametrize(
    ("axiom", "severity"),
    [
        (":Place rdfs:subClassOf [ owl:unionOf ( :River owl:Nothing ) ] .", "info"),
        (":Place rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :liesOn ;"
         " owl:someValuesFrom :River ] .", "info"),
        (":liesOn a owl:ReflexiveProperty .", "info"),
        (":liesOn a owl:TransitveProperty .", "violation"),
        (':River rdfs:subClassOf "Place" .', "violation"),
        (":River owl:equivalentClass [ owl:intersectionOf :Place ] .", "violation"),
    ],
)  # fmt: skip
def test_own_axioms_outside_the_profile_are_remarks_and_mistakes_are_not(
    axiom: str, severity: str, small: Small
) -> None:
    """OWL 2 RL's rules apply to any graph; what no profile allows is a slip."""
    path = small.write("ontology/rivers.ttl", FILES["ontology/rivers.ttl"] + axiom + "\n")
    found = [
        each for each in check(small.project).report.findings if each.code == "unsupported-axiom"
    ]
    assert {each.severity for each in found} == {severity}
    assert {(each.path, each.line) for each in found} == {
        (path, path.read_text("utf-8").count("\n"))
    }
