"""The shapes of this project: each fires where it should only, and says why in two languages.

All cases of a file are validated in one run: each lives in a namespace of its own, by which its
findings are told apart.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pyshacl
import pytest
import rdflib
from paths import ROOT
from projects import BUNDLED

from cgkg.pipeline import check
from cgkg.project.folder import Project
from cgkg.project.sources import read_shapes
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, Literal, Quad, Term, Triple
from cgkg.rdf.vocab import CG, OWL, RDF, RDFS, SH, Namespace
from cgkg.validation.engines import Validator
from cgkg.validation.names import check_shapes_vocabulary
from cgkg.validation.report import Finding
from cgkg.validation.shacl import validate

CGS = Namespace("https://w3id.org/cgkg/shape/")
CASE = "https://w3id.org/cgkg/id/case/"
HEADER = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in BUNDLED.items() if name != "c")
FILES = ("required", "recommended", "inferred", "ontology-style")
DIGEST = "0" * 64


def triples_of(*paths: Path) -> list[Triple]:
    return [q.triple for path in paths for q in parse_file(path, blank_prefix=f"{path.stem}-")]


ONTOLOGY = triples_of(*sorted((ROOT / "ontology").glob("*.ttl")))
PROJECT = Project.at(ROOT)
SHAPES = {name: list(read_shapes(PROJECT, name)) for name in FILES}

# shape: (a case that passes, a case that fails); x: is the case's own namespace, x:c/ its spans.
REQUIRED: dict[str, tuple[str, str]] = {
    "Individual": ("x:a a cg:City .", "x:a a cg:City ; cg:isPartOf [ a cg:Country ] ."),
    "Individual-label-zh": (
        'x:a a cg:City ; skos:prefLabel "首尔"@zh .',
        'x:a a cg:City ; skos:prefLabel "Seoul"@en .',
    ),
    "Individual-label-en": (
        'x:a a cg:City ; skos:prefLabel "Seoul"@en .',
        'x:a a cg:City ; skos:prefLabel "Seoul"@en , "Soul"@en .',
    ),
    "Individual-label-language": (
        'x:a a cg:Theme ; skos:prefLabel "x"@en .',
        'x:a a cg:Theme ; skos:prefLabel "x" .',
    ),
    "Concept-scheme": (
        "x:a a cg:Theme ; skos:inScheme x:scheme .",
        "x:a a cg:Theme .",
    ),
    "NoSameAs": ("x:a cg:possiblySameAs x:b .", "x:a owl:sameAs x:b ."),
    "IndicatorValue-about": (
        "x:a a cg:IndicatorValue ; cg:aboutInitiative x:i . "
        "x:b a cg:ShareValue ; cg:aboutPlace x:p .",
        "x:a a cg:IndicatorValue .",
    ),
    "IndicatorValue-indicator": (
        "x:a a cg:IndicatorValue ; cg:hasIndicator ind:area .",
        "x:a a cg:ShareValue .",
    ),
    "IndicatorValue-number": (
        "x:a a cg:IndicatorValue ; cg:lowerBound 1000.0 .",
        "x:a a cg:IndicatorValue .",
    ),
    "IndicatorValue-unit": (
        "x:a a cg:IndicatorValue ; cg:hasUnit unit:NUM .",
        "x:a a cg:IndicatorValue .",
    ),
    "IndicatorValue-approximation": (
        "x:a a cg:IndicatorValue ; cg:hasApproximation approx:about .",
        "x:a a cg:IndicatorValue .",
    ),
    "ShareValue-base": (
        "x:a a cg:ShareValue ; cg:relativeTo x:country .",
        "x:a a cg:ShareValue ; cg:aboutPlace x:region .",
    ),
    "ShareValue-range": (
        "x:a a cg:ShareValue ; cg:numericValue 1.0 .",
        "x:a a cg:ShareValue ; cg:numericValue 3.5 .",
    ),
    "ShareValue-fraction": (
        "x:a cg:shareNumerator 1 ; cg:shareDenominator 3 .",
        "x:a cg:shareNumerator 3 ; cg:shareDenominator 1 .",
    ),
    "Fraction-denominator": (
        "x:a cg:shareNumerator 1 ; cg:shareDenominator 3 .",
        "x:a cg:shareNumerator 1 .",
    ),
    "Bounds-order": (
        "x:a cg:lowerBound 2.0 ; cg:upperBound 2.0 .",
        "x:a cg:lowerBound 2.1 ; cg:upperBound 2.0 .",
    ),
    "Bounds-lower": (
        "x:a cg:lowerBound 2.0 ; cg:numericValue 2.0 .",
        "x:a cg:lowerBound 2.0 ; cg:numericValue 1.9 .",
    ),
    "Bounds-upper": (
        "x:a cg:upperBound 2.0 ; cg:numericValue 2.0 .",
        "x:a cg:upperBound 2.0 ; cg:numericValue 2.1 .",
    ),
    "Wording-language": ('x:a cg:wording "近一半"@zh .', 'x:a cg:wording "nearly half"@en .'),
    "Budget-amount": (
        "x:a a cg:Budget ; cg:amount 0.0 .",
        "x:a a cg:Budget ; cg:amount -1.0 .",
    ),
    "Budget-unit": ("x:a cg:amount 1.0 ; cg:hasUnit unit:CCY_USD .", "x:a cg:amount 1.0 ."),
    "Composition-region": (
        "x:a a cg:Composition ; cg:compositionOf x:r .",
        "x:a a cg:Composition ; cg:listsMember x:b .",
    ),
    "Composition-content": (
        "x:a a cg:Composition ; cg:statedCount 7 .",
        "x:a a cg:Composition ; cg:compositionOf x:r .",
    ),
    "Composition-completeness": (
        "x:a a cg:Composition ; cg:listCompleteness completeness:open .",
        "x:a a cg:Composition .",
    ),
    "Composition-count-only": (
        "x:a cg:listsMember x:b ; cg:listCompleteness completeness:closed .",
        "x:a cg:listsMember x:b ; cg:listCompleteness completeness:count-only .",
    ),
    "TimeExpression-content": (
        "x:a a cg:TimeExpression ; cg:earliestYear 1973 .",
        "x:a a cg:TimeExpression .",
    ),
    "Years-end": (
        "x:a cg:startYear 2002 ; cg:endYear 2006 .",
        "x:a cg:startYear 2006 ; cg:endYear 2002 .",
    ),
    "Years-target": (
        "x:a cg:startYear 2002 ; cg:hasGoal x:g . x:g cg:targetYear 2002 .",
        "x:a cg:issuedYear 2006 ; cg:hasGoal x:g . x:g cg:targetYear 2002 .",
    ),
    "TargetYear-on-goal": (
        "x:a a cg:Goal ; cg:targetYear 2005 . x:b a cg:Budget ; cg:targetYear 2011 .",
        "x:a a cg:Strategy ; cg:targetYear 2005 .",
    ),
    "Years-range": (
        "x:a cg:earliestYear 1973 ; cg:latestYear 1977 .",
        "x:a cg:earliestYear 1977 ; cg:latestYear 1973 .",
    ),
    "Month-start": (
        "x:a cg:startMonth 11 ; cg:startYear 2012 .",
        "x:a cg:startMonth 11 ; cg:issuedYear 2012 .",
    ),
    "Month-issued": (
        "x:a cg:issuedMonth 11 ; cg:issuedYear 2012 .",
        "x:a cg:issuedMonth 11 ; cg:startYear 2012 .",
    ),
    "Seat-office": ("x:a a cg:ChairSeat ; cg:occupiedBy x:o .", "x:a a cg:ChairSeat ."),
    "Seat-body": (
        "x:b cg:hasSeat x:a . x:a a cg:OrdinarySeat .",
        "x:b cg:hasSeat x:a . x:a a cg:OrdinarySeat . x:other cg:hasSeat x:a .",
    ),
    "CoordinationBody-chair": (
        "x:a a cg:Committee ; cg:hasSeat x:s , x:t . x:s a cg:ChairSeat . x:t a cg:OrdinarySeat .",
        "x:a a cg:Committee ; cg:hasSeat x:s , x:t . x:s a cg:ChairSeat . x:t a cg:ChairSeat .",
    ),
    "Recommendation-link": (
        "x:g { x:a cg:derivedFromLesson x:l } x:g cg:assertionMode mode:interpreted .",
        "x:g { x:a cg:derivedFromLesson x:l } x:g cg:assertionMode mode:stated .",
    ),
    "Precedent-link": (
        "x:g { x:a cg:hasPrecedent x:i } x:g cg:assertionMode mode:interpreted .",
        "x:g { x:a cg:hasPrecedent x:i } x:g cg:assertionMode mode:stated .",
    ),
    "Lesson-number": ("x:a a cg:Lesson ; cg:lessonNumber 1 .", "x:a a cg:Lesson ."),
    "Recommendation-number": (
        "x:a a cg:Recommendation ; cg:recommendationNumber 1 .",
        "x:a a cg:Recommendation .",
    ),
    "Measure-kind": (
        "x:a a cg:RecommendedMeasure ; cg:hasKind kind:platform .",
        "x:a a cg:RecommendedMeasure ; cg:hasKind kind:platform , kind:policy .",
    ),
    "AssertionGraph-mode": (
        "x:a a cg:AssertionGraph ; cg:assertionMode mode:background .",
        "x:a a cg:TextSpan .",
    ),
    "TextSpan": ("<{x}c/73-85> a cg:TextSpan .", "x:tokyo-area a cg:TextSpan ."),
    "TextSpan-typed": (
        f'x:a a cg:TextSpan ; cg:wordsDigest "{DIGEST}" .',
        f'x:a cg:wordsDigest "{DIGEST}" .',
    ),
    "TextSpan-digest": (
        f'x:a a cg:TextSpan ; cg:wordsDigest "{DIGEST}" .',
        f'x:a a cg:TextSpan ; cg:wordsDigest "{DIGEST[1:]}" .',
    ),
    "TextSpan-gist-en": (
        'x:a a cg:TextSpan ; cg:gist "Area."@en .',
        'x:a a cg:TextSpan ; cg:gist "面积。"@zh .',
    ),
    "TextSpan-gist-zh": (
        'x:a a cg:TextSpan ; cg:gist "面积。"@zh .',
        'x:a a cg:TextSpan ; cg:gist "面积。"@zh , "大小。"@zh .',
    ),
    "TextSpan-offsets": (
        "x:a a cg:TextSpan ; cg:charStart 73 ; cg:charEnd 85 .",
        "x:a a cg:TextSpan ; cg:charStart 85 ; cg:charEnd 85 .",
    ),
}

RECOMMENDED: dict[str, tuple[str, str]] = {
    "UrbanRegion-members": (
        "x:a a cg:CityCluster . x:m cg:isMemberOf x:a .",
        "x:a a cg:CityCluster .",
    ),
    "Member-country": (
        "x:r cg:hasMember x:a . x:a cg:isPartOf x:b . x:b cg:isPartOf x:c . x:c cg:inCountry x:d .",
        "x:r cg:hasMember x:a . x:a cg:isPartOf x:b .",
    ),
    "UrbanRegion-country": (
        "x:a a cg:CityCluster ; cg:hasMember x:m , x:n . "
        "x:m cg:inCountry x:b . x:n cg:isPartOf x:o . x:o cg:inCountry x:c .",
        "x:a a cg:CityCluster ; cg:hasMember x:m . x:m cg:inCountry x:b .",
    ),
    "Composition-stated-count": (
        "x:a cg:statedCount 2 ; cg:listsMember x:b , x:c .",
        "x:a cg:statedCount 7 ; cg:listsMember x:b , x:c .",
    ),
    "RoleClass": ("x:a a cg:City .", "x:a a cg:CoreCity ."),
    "Office-area": ("x:a a cg:LocalOffice ; cg:officeOf x:b .", "x:a a cg:LocalOffice ."),
    "CoordinationBody-reach": (
        "x:a a cg:Board . x:i cg:isAdoptedBy x:a .",
        "x:a a cg:Board ; cg:isEstablishedBy x:b .",
    ),
    "Initiative-place": (
        "x:b cg:hasComponent x:a ; cg:appliesTo x:p . x:a a cg:Project .",
        "x:a a cg:Project .",
    ),
    "Initiative-theme": (
        "x:a a cg:Programme ; cg:hasComponent x:b . x:b cg:promotes theme:open-data .",
        "x:a a cg:Programme ; cg:hasComponent x:b .",
    ),
    "Initiative-actor": (
        "x:a a cg:Platform . x:o cg:oversees x:a .",
        "x:a a cg:Platform .",
    ),
    "PolicyInstrument-date": (
        "x:a a cg:Strategy ; cg:issuedYear 2020 .",
        "x:a a cg:Strategy .",
    ),
    "Charter-signatory": ("x:a a cg:Charter . x:o cg:signatoryOf x:a .", "x:a a cg:Charter ."),
    "QuantifiedTarget-number": (
        "x:a a cg:QuantifiedTarget ; cg:numericValue 0.3 .",
        "x:a a cg:QuantifiedTarget .",
    ),
    "QuantifiedTarget-direction": (
        "x:a a cg:QuantifiedTarget ; cg:lowers ind:area .",
        "x:a a cg:QuantifiedTarget .",
    ),
    "Problem-or-reason": (
        "x:s { x:a cg:hasReason x:c } x:t { x:a cg:addressesProblem problem:transport }",
        "x:s { x:a cg:hasReason x:c ; cg:addressesProblem problem:transport }",
    ),
    "Function-action": (
        "x:a a cg:Function ; cg:hasAction action:monitor .",
        "x:a a cg:Function .",
    ),
    "Goal-owner": ("x:a a cg:Goal . x:i cg:hasGoal x:a .", "x:a a cg:Goal ."),
    "Effect-cause": ("x:a a cg:Effect . x:i cg:hasEffect x:a .", "x:a a cg:Effect ."),
    "Approximation-more-than": (
        "x:a cg:hasApproximation approx:more-than ; cg:lowerBound 3.0 .",
        "x:a cg:hasApproximation approx:more-than ; cg:upperBound 3.0 .",
    ),
    "Approximation-less-than": (
        "x:a cg:hasApproximation approx:nearly ; cg:upperBound 0.5 .",
        "x:a cg:hasApproximation approx:nearly ; cg:numericValue 0.5 .",
    ),
    "Approximation-fraction": (
        "x:a cg:hasApproximation approx:fraction ; cg:shareNumerator 1 .",
        "x:a cg:hasApproximation approx:fraction ; cg:numericValue 0.333 .",
    ),
    "Budget-stated-amount": ("x:a a cg:Budget ; cg:amount 1.0 .", "x:a a cg:Budget ."),
    "Theme-place-in-scheme": (
        "x:a a cg:Theme ; skos:broader x:b .",
        "x:a a cg:Theme ; skos:inScheme x:s .",
    ),
    "Lesson-theme": ("x:a a cg:Lesson ; cg:isAbout theme:open-data .", "x:a a cg:Lesson ."),
    "Lesson-evidence": (
        "x:a a cg:Lesson ; cg:isEvidencedBy x:b , x:c .",
        "x:a a cg:Lesson ; cg:isEvidencedBy x:b .",
    ),
    "Lesson-scope": (
        "x:a a cg:Lesson ; cg:hasScope <https://w3id.org/cgkg/concept/scope/all> .",
        "x:a a cg:Lesson .",
    ),
    "Knowledge-heading": (
        "x:a a cg:Recommendation ; cg:headingTheme theme:open-data .",
        "x:a a cg:Recommendation ; cg:isAbout theme:open-data .",
    ),
    "Measure-recommendation": (
        "x:a a cg:RecommendedMeasure . x:r cg:recommends x:a .",
        "x:a a cg:RecommendedMeasure .",
    ),
    "Measure-theme": (
        "x:a a cg:RecommendedMeasure ; cg:hasComponent x:b . x:b cg:isAbout theme:open-data .",
        "x:a a cg:RecommendedMeasure ; cg:hasComponent x:b .",
    ),
    "Recommendation-lesson": (
        "x:a a cg:Recommendation ; cg:derivedFromLesson x:l .",
        "x:a a cg:Recommendation .",
    ),
    "Recommendation-place": (
        "x:a a cg:Recommendation ; cg:recommendedFor x:b .",
        "x:a a cg:Recommendation .",
    ),
}

INFERRED: dict[str, tuple[str, str]] = {
    "SubnationalArea-country": (
        "x:a a cg:City ; cg:inCountry x:b .",
        "x:a a cg:City ; cg:inCountry x:b , x:c .",
    ),
    "Succession-acyclic": ("x:a cg:succeeds x:b .", "x:a cg:succeeds x:b , x:a ."),
    "Parthood-acyclic": ("x:a cg:isPartOf x:b .", "x:a cg:isPartOf x:b , x:a ."),
    "Encompassing-acyclic": ("x:a cg:encompasses x:b .", "x:a cg:encompasses x:b , x:a ."),
    "SharesMember-other": ("x:a cg:sharesMemberWith x:b .", "x:a cg:sharesMemberWith x:a ."),
    "SitsWith-other": ("x:a cg:sitsWith x:b .", "x:a cg:sitsWith x:a ."),
    "OneKind": (
        "x:a a cg:City , cg:SubnationalArea , cg:Place .",
        "x:a a cg:City , cg:Place , cg:Organization .",
    ),
    "NoInferredSameAs": ("x:a cg:possiblySameAs x:b .", "x:a owl:sameAs x:b ."),
}

LABELS = 'rdfs:label "thing"@en , "事物"@zh'
DEFINED = 'skos:definition "A thing of some kind."@en , "某一类事物。"@zh'
# Here x: is cg: itself, with the case in the name, for the shapes look at our namespace only.
STYLE: dict[str, tuple[str, str]] = {
    "Term-label": (f"x:A a owl:Class ; {LABELS} .", 'x:A a owl:Class ; rdfs:label "thing"@en .'),
    "Term-label-form": (
        f"x:A a owl:Class ; {LABELS} .",
        'x:A a owl:Class ; rdfs:label "thing "@en , "事物"@zh .',
    ),
    "Term-definition": (
        f"x:A a owl:Class ; {DEFINED} .",
        'x:A a owl:Class ; skos:definition "A thing of some kind."@en .',
    ),
    "Term-sentence-pattern": (
        'x:a cg:sentencePattern "{subject} is"@en , "{subject}是"@zh .',
        'x:a cg:sentencePattern "{subject} is"@en , "他是"@zh .',
    ),
    "Term-module": (
        "x:A a owl:Class ; rdfs:isDefinedBy <https://w3id.org/cgkg/ontology/core> .",
        "x:A a owl:Class ; rdfs:isDefinedBy <https://w3id.org/cgkg/ontology> .",
    ),
    "Class-name": ("x:Thing a owl:Class .", "x:thing-of-ours a owl:Class ."),
    "Property-name": (
        "x:Member a owl:ObjectProperty .",
        "x:has-member a owl:ObjectProperty .",
    ),
    "Property-kind": (
        "x:a a owl:ObjectProperty , owl:FunctionalProperty .",
        "x:a a owl:ObjectProperty , owl:DatatypeProperty .",
    ),
    "Property-domain-range": (
        "x:a a owl:ObjectProperty ; rdfs:domain cg:Place ; rdfs:range cg:Place .",
        "x:a a owl:ObjectProperty ; rdfs:domain cg:Place , cg:Goal .",
    ),
    "DatatypeProperty-range": (
        "x:a a owl:DatatypeProperty ; rdfs:range xsd:integer .",
        "x:a a owl:DatatypeProperty .",
    ),
    **{
        f"Ontology-{name}": (f"x:A a owl:Ontology ; {good} .", f"x:A a owl:Ontology ; {bad} .")
        for name, good, bad in (
            ("title", 'dcterms:title "a"@en , "甲"@zh', 'dcterms:title "a"@en'),
            (
                "description",
                'dcterms:description "a"@en , "甲"@zh',
                'dcterms:description "a"@en , "b"@en',
            ),
            ("licence", "dcterms:license <https://example.org/l>", 'dcterms:license "CC BY"'),
            ("creator", 'dcterms:creator "cgkg"', 'dcterms:publisher "cgkg"'),
            ("created", 'dcterms:created "2026-01-01"', 'dcterms:issued "2026-01-01"'),
            ("version", "owl:versionIRI x:v1", "owl:versionIRI x:v1 , x:v2"),
            ("version-number", 'owl:versionInfo "0.1.0"', 'owl:versionInfo "v1"'),
            ("prefix", 'vann:preferredNamespacePrefix "cg"', "a owl:Ontology"),
            ("namespace", 'vann:preferredNamespaceUri "https://w3id.org/"', "a owl:Ontology"),
        )
    },
}


def about(triples: Iterable[Triple], subject: object, predicate: IRI) -> list[Term | Triple]:
    return [t.object for t in triples if t.subject == subject and t.predicate == predicate]


def derived_cases() -> dict[str, tuple[str, str]]:
    """Cases for the shapes of single properties, named P-subject, P-value and P-once."""
    return {
        CGS.local(shape): pair
        for shape in own_shapes("required")
        if (pair := derived_case(shape)) is not None
    }


def derived_case(shape: IRI) -> tuple[str, str] | None:
    property_, _, part = CGS.local(shape).partition("-")
    if part not in ("subject", "value", "once") or not property_[0].islower():
        return None
    shapes, term = SHAPES["required"], f"cg:{property_}"
    literal = OWL.DatatypeProperty in about(ONTOLOGY, CG(property_), RDF.type)
    if part == "once":
        one, two = ("1", "1 , 2") if literal else ("x:b", "x:b , x:c")
        return f"x:a {term} {one} .", f"x:a {term} {two} ."
    classes = about(shapes, shape, SH.class_)
    if not classes:
        good, bad = literal_values(shape)
        return f"x:a {term} {good} .", f"x:a {term} {bad} ."
    wrong = "cg:Goal" if classes[0] == CG.Budget else "cg:Budget"
    typed, value = ("x:a", "1" if literal else "x:b") if part == "subject" else ("x:b", "x:b")
    return (
        f"{typed} a {classes[0]} . x:a {term} {value} .",
        f"{typed} a {wrong} . x:a {term} {value} .",
    )


def literal_values(shape: IRI) -> tuple[str, str]:
    """A value that the data property takes, and one that it does not."""
    by_datatype = {"decimal": ("13400.0", "13400"), "string": ('"1-1"', '"1-1"@en')}
    datatype = [str(value) for value in about(SHAPES["required"], shape, SH.datatype)]
    for name, values in by_datatype.items():
        if datatype and datatype[0].endswith(f"#{name}>"):
            return values
    highest = about(SHAPES["required"], shape, SH.maxInclusive)
    if not highest:
        return "7", "-7"
    top = int(getattr(highest[0], "value", ""))
    return str(top), str(top + 1)


def own_shapes(name: str) -> list[IRI]:
    """The named shapes of a file that find something themselves (those with a message)."""
    found = {t.subject for t in SHAPES[name] if t.predicate == SH.message}
    return sorted((iri for iri in found if isinstance(iri, IRI) and iri in CGS), key=str)


CASES: dict[str, dict[str, tuple[str, str]]] = {
    "required": {**derived_cases(), **REQUIRED},
    "recommended": RECOMMENDED,
    "inferred": INFERRED,
    "ontology-style": STYLE,
}
# A helper of others, without a target.
NOT_FIRING = {"NotOurTerm"}


def namespace(file: str, shape: str, verdict: str) -> str:
    if file == "ontology-style":
        start = verdict if "Property" in shape else verdict.title()
        return f"{CG.base}{start}{shape.replace('-', '')}X"
    return f"{CASE}{file}/{shape}/{verdict}/"


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Quad]]:
    """All cases for every file's shapes, as data."""
    folder = tmp_path_factory.mktemp("shapes")
    data = {}
    for file, pairs in CASES.items():
        quads: list[Quad] = []
        for shape, pair in pairs.items():
            for verdict, text in zip(("ok", "bad"), pair, strict=True):
                space = namespace(file, shape, verdict)
                path = folder / f"{shape}-{verdict}.trig"
                vann = "@prefix vann: <http://purl.org/vocab/vann/> .\n"
                path.write_text(
                    HEADER + vann + f"@prefix x: <{space}> .\n" + text.replace("{x}", space),
                    encoding="utf-8",
                )
                quads += parse_file(path, blank_prefix=f"{shape}-{verdict}-")
        data[file] = [*quads, *context(file)]
    return data


@pytest.fixture(scope="session")
def fired(cases: dict[str, list[Quad]]) -> dict[str, list[Finding]]:
    """The findings of every file's shapes on all cases for it."""
    return {file: find(file, data) for file, data in cases.items()}


def find(file: str, data: list[Quad], by: Validator = "cgkg") -> list[Finding]:
    hierarchy = () if file == "ontology-style" else (*ONTOLOGY, *CONCEPTS)
    return validate(data, hierarchy, SHAPES[file], by=by)


CONCEPTS = triples_of(*sorted((ROOT / "data" / "concepts").glob("*.ttl")))


def context(file: str) -> list[Quad]:
    """Concepts and units, which the cases use by name."""
    wanted = () if file == "ontology-style" else CONCEPTS
    return [Quad(t.subject, t.predicate, t.object) for t in wanted if t.predicate == RDF.type]


ALL = [(file, shape) for file, cases in CASES.items() for shape in cases]


@pytest.mark.parametrize(("file", "shape"), ALL, ids=[f"{f}-{s}" for f, s in ALL])
def test_shape_fires_on_its_failing_case_only(
    file: str, shape: str, fired: dict[str, list[Finding]]
) -> None:
    """A shape finds the fault in its failing case and is silent about its passing case."""
    mine = [finding for finding in fired[file] if finding.shape == CGS(shape)]
    bad = [f for f in mine if is_about(f, file, shape, "bad")]
    assert bad, f"{shape} did not fire"
    assert not [f for f in mine if is_about(f, file, shape, "ok")]
    assert all(f.code == shape and f.message["en"] for f in bad)
    assert not any(re.search("[\u4e00-\u9fff]", f.message["en"]) for f in bad)
    assert all(re.search("[\u4e00-\u9fff]", f.message["zh"]) for f in bad)


def is_about(finding: Finding, file: str, shape: str, verdict: str) -> bool:
    focus = str(finding.focus)
    return namespace(file, shape, verdict) in focus or f"_:{shape}-{verdict}-" in focus


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("file", FILES)
def test_both_validators_find_the_same(file: str, cases: dict[str, list[Quad]], every: int) -> None:
    """Of what the cases are about, cgkg's own validator and pySHACL have the same findings, word
    for word: of every fifth thing, or of all."""
    subjects = list(dict.fromkeys(quad.subject for quad in cases[file]))
    chosen = set(subjects[::every])
    data = [quad for quad in cases[file] if quad.subject in chosen]
    ours, reference = (count_findings(find(file, data, by)) for by in ("cgkg", "pyshacl"))
    assert ours
    assert ours == reference


@pytest.mark.long
def test_both_validators_find_the_same_in_the_graph() -> None:
    """As they do before and after reasoning in the project itself."""
    ours, reference = (check(PROJECT, validator=by).report for by in ("cgkg", "pyshacl"))
    assert count_findings(ours.findings) == count_findings(reference.findings)


def count_findings(findings: Iterable[Finding]) -> Counter[str]:
    """Everything that findings say but for hints, as often as they say it."""
    said = (replace(each, hint={}).as_dict() for each in findings)
    return Counter(json.dumps(each, ensure_ascii=False, sort_keys=True) for each in said)


@pytest.mark.parametrize("file", FILES)
def test_every_shape_has_a_case(file: str) -> None:
    """No shape goes untested: one that never fires is a bug that nobody would notice."""
    assert {CGS.local(shape) for shape in own_shapes(file)} == set(CASES[file]) | (
        NOT_FIRING if file == "ontology-style" else set()
    )


def test_stated_count_says_both_numbers(fired: dict[str, list[Finding]]) -> None:
    """The remark on a stated count names the number stated and the number listed."""
    (finding,) = [f for f in fired["recommended"] if f.code == "Composition-stated-count"]
    assert re.findall(r"\d+", finding.message["en"]) == ["7", "2"]
    assert re.findall(r"\d+", finding.message["zh"]) == ["7", "2"]
    assert finding.severity == "info"


def test_link_to_a_lesson_is_reported_in_its_graph(fired: dict[str, list[Finding]]) -> None:
    """The finding on a link said to be stated names the statement and the graph that states it."""
    (finding,) = [f for f in fired["required"] if f.code == "Recommendation-link"]
    assert finding.predicate == CG.derivedFromLesson
    assert finding.graph == IRI(namespace("required", "Recommendation-link", "bad") + "g")


def test_every_term_in_the_shapes_is_declared() -> None:
    """Every path, class and SPARQL name of ours in the shapes is a term of the ontology."""
    shapes = [triple for part in SHAPES.values() for triple in part]
    assert check_shapes_vocabulary(ONTOLOGY, shapes, namespace=CG.base) == []


@pytest.mark.parametrize("file", FILES)
def test_every_shape_speaks_both_languages(file: str) -> None:
    """Every shape has one name and one message in English and in Chinese, and a severity."""
    for shape in own_shapes(file):
        for predicate in (SH.name, SH.message):
            texts = about(SHAPES[file], shape, predicate)
            languages = sorted(str(t.language) for t in texts if isinstance(t, Literal))
            assert languages == ["en", "zh"], shape
        assert len(about(SHAPES[file], shape, SH.severity)) == 1, shape


@pytest.mark.parametrize("file", FILES)
@pytest.mark.long
def test_shapes_are_well_formed(file: str) -> None:
    """The shapes conform to SHACL's own shapes of shapes."""
    shapes = rdflib.Graph()
    for path in PROJECT.shapes(file):
        shapes.parse(path)
    conforms, _, _ = pyshacl.validate(rdflib.Graph(), shacl_graph=shapes, meta_shacl=True)
    assert conforms


def test_shapes_follow_domains_ranges_and_functionality() -> None:
    """For each property the required shapes ask for the classes the ontology gives, once if so."""
    # Roles are only ever inferred; the shapes ask for the class that can play them.
    roles: dict[object, object] = {
        CG.MemberArea: CG.SubnationalArea,
        CG.CoreCity: CG.SubnationalArea,
    }
    for kind in (OWL.ObjectProperty, OWL.DatatypeProperty):
        for t in ONTOLOGY:
            if (t.predicate, t.object) != (RDF.type, kind) or not isinstance(t.subject, IRI):
                continue
            if t.subject not in CG:
                continue
            name = CG.local(t.subject)
            domain = [roles.get(c, c) for c in about(ONTOLOGY, t.subject, RDFS.domain)]
            assert about(SHAPES["required"], CGS(f"{name}-subject"), SH.class_) == domain, name
            if kind == OWL.ObjectProperty:
                range_ = [roles.get(c, c) for c in about(ONTOLOGY, t.subject, RDFS.range)]
                assert about(SHAPES["required"], CGS(f"{name}-value"), SH.class_) == range_, name
            functional = OWL.FunctionalProperty in about(ONTOLOGY, t.subject, RDF.type)
            once = about(SHAPES["required"], CGS(f"{name}-once"), SH.maxCount)
            assert bool(once) == functional, name


def test_role_shape_knows_every_defined_class() -> None:
    """A class that the ontology defines by its members' statements is left to the reasoner."""
    defined = {t.subject for t in ONTOLOGY if t.predicate == OWL.equivalentClass}
    assert defined
    assert defined < set(about(SHAPES["recommended"], CGS("RoleClass"), SH.targetClass))


def test_ontology_follows_its_style() -> None:
    """The ontology itself has no finding under its style shapes."""
    assert validate(ONTOLOGY, (), SHAPES["ontology-style"]) == []
