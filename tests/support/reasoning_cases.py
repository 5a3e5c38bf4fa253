"""Ontologies and facts for the tests of reasoning, written as Turtle with short prefixes."""

from __future__ import annotations

from functools import cache

import pyoxigraph as ox
from paths import ROOT

from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import Triple, parts

PREFIXES = """@prefix : <https://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix cg: <https://w3id.org/cgkg/def/> .
@prefix place: <https://w3id.org/cgkg/id/place/> .
@prefix theme: <https://w3id.org/cgkg/concept/theme/> .
@prefix problem: <https://w3id.org/cgkg/concept/problem/> .
"""


def triples(turtle: str) -> list[Triple]:
    """The triples, in order; the blank nodes of one text are always the same."""
    return list(_parsed(turtle))


@cache
def _parsed(turtle: str) -> tuple[Triple, ...]:
    quads = ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)
    return tuple(Triple(quad.subject, quad.predicate, quad.object) for quad in quads)


def read(*patterns: str) -> list[Triple]:
    """The triples of the project's own files."""
    return [
        Triple(*parts(quad))
        for pattern in patterns
        for path in sorted(ROOT.glob(pattern))
        for quad in parse_file(path, blank_prefix=path.stem)
    ]


# One mistake each in a cluster's data, and the rule by which it comes to light.
SEEDED = [
    ("cax-adc", ":x a cg:Country , cg:City ."),
    ("cax-adc", ":plan a cg:Strategy ; cg:appliesTo :council . :council a cg:Committee ."),
    (
        "eq-diff1",
        ":s cg:occupiedBy :mayor , :premier . :mayor owl:differentFrom :premier .",
    ),
    ("prp-asyp", ":a cg:directlySucceeds :b . :b cg:directlySucceeds :a ."),
    ("prp-irp", ":a cg:directlySucceeds :a ."),
    ("dt-diff", ":v cg:numericValue 1.0 , 2.0 ."),
    ("dt-not-type", ":plan cg:startYear 'last year' ."),
    (
        "eq-diff2",
        "[] a owl:AllDifferent ; owl:members ( :one :two ) . :s cg:occupiedBy :one , :two .",
    ),
    ("cax-dw", ":office a cg:NationalOffice , cg:LocalOffice ."),
    (
        "prp-npa1",
        "[] owl:sourceIndividual :a ; owl:assertionProperty cg:isWithinRegion ;"
        " owl:targetIndividual :r . :a cg:isMemberOf :r .",
    ),
]

# rule, ontology and data in Turtle, and the triples that must follow
INFERENCES = [
    ("eq-sym", ":elbe owl:sameAs :labe .", ":labe owl:sameAs :elbe ."),
    ("eq-trans", ":a owl:sameAs :b . :b owl:sameAs :c .", ":a owl:sameAs :c . :c owl:sameAs :a ."),
    ("eq-rep-s", ":elbe owl:sameAs :labe ; :length 1094 .", ":labe :length 1094 ."),
    ("eq-rep-p", ":on owl:sameAs :upon . :ulm :on :danube .", ":ulm :upon :danube ."),
    ("eq-rep-o", ":elbe owl:sameAs :labe . :ulm :near :elbe .", ":ulm :near :labe ."),
    ("eq-rep-o", ":River owl:sameAs :Stream . :elbe a :River .", ":elbe a :Stream ."),
    ("prp-dom", ":on rdfs:domain :City . :ulm :on :danube .", ":ulm a :City ."),
    ("prp-rng", ":on rdfs:range :River . :ulm :on :danube .", ":danube a :River ."),
    (
        "prp-fp",
        ":mouth a owl:FunctionalProperty . :elbe :mouth :sea , :northSea , :germanSea .",
        ":sea owl:sameAs :northSea . :northSea owl:sameAs :germanSea .",
    ),
    (
        "prp-ifp",
        ":mayorOf a owl:InverseFunctionalProperty . :x :mayorOf :ulm . :y :mayorOf :ulm .",
        ":x owl:sameAs :y .",
    ),
    ("prp-symp", ":near a owl:SymmetricProperty . :a :near :b .", ":b :near :a ."),
    (
        "prp-trp",
        ":in a owl:TransitiveProperty . :a :in :b . :b :in :c . :c :in :d .",
        ":a :in :c , :d . :b :in :d .",
    ),
    ("prp-spo1", ":in rdfs:subPropertyOf :near . :a :in :b .", ":a :near :b ."),
    (
        "prp-spo1",  # into rdf:type, whatever the class
        ":kind rdfs:subPropertyOf rdf:type . :a :kind :C . :C rdfs:subClassOf :D .",
        ":a a :C , :D .",
    ),
    (
        "prp-spo1",  # and out of it
        "rdf:type rdfs:subPropertyOf :kind . :C rdfs:subClassOf :D . :a a :C .",
        ":a :kind :C , :D .",
    ),
    (
        "prp-spo2",
        ":in owl:propertyChainAxiom ( :on :flowsTo ) . :a :on :b . :b :flowsTo :c .",
        ":a :in :c .",
    ),
    (
        "prp-spo2",
        ":far owl:propertyChainAxiom ( :p :q :r :s ) . :a :p :b . :b :q :c . :c :r :d . :d :s :e .",
        ":a :far :e .",
    ),
    ("prp-spo2", ":far owl:propertyChainAxiom ( :p ) . :a :p :b .", ":a :far :b ."),
    (
        "prp-spo2",
        "rdf:type owl:propertyChainAxiom ( :as rdf:type ) . :a :as :b . :b :as :c . :c a :C .",
        ":a a :C . :b a :C .",
    ),
    ("prp-eqp1", ":kind owl:equivalentProperty rdf:type . :a :kind :C .", ":a a :C ."),
    ("prp-eqp2", ":kind owl:equivalentProperty rdf:type . :a a :C .", ":a :kind :C ."),
    ("prp-inv1", ":has owl:inverseOf rdf:type . :C :has :a . :D :has :b .", ":a a :C . :b a :D ."),
    ("prp-inv2", ":has owl:inverseOf rdf:type . :a a :C .", ":C :has :a ."),
    ("prp-dom", "rdf:type rdfs:domain :Thing . :a a :C .", ":a a :Thing ."),
    ("prp-rng", "rdf:type rdfs:range :Kind . :a a :C .", ":C a :Kind . :Kind a :Kind ."),
    (
        "cls-hv2",
        "[ owl:onProperty rdf:type ; owl:hasValue :C ] rdfs:subClassOf :D . :a a :C .",
        ":a a :D .",
    ),
    ("eq-rep-p", ":kind owl:sameAs rdf:type . :a :kind :C . :b a :D .", ":a a :C . :b :kind :D ."),
    ("prp-eqp1", ":in owl:equivalentProperty :within . :a :in :b .", ":a :within :b ."),
    ("prp-eqp2", ":in owl:equivalentProperty :within . :a :within :b .", ":a :in :b ."),
    ("prp-inv1", ":in owl:inverseOf :has . :a :in :b .", ":b :has :a ."),
    ("prp-inv2", ":in owl:inverseOf :has . :b :has :a .", ":a :in :b ."),
    (
        "prp-key",
        ":City owl:hasKey ( :name :country ) . :a a :City ; :name 'Ulm' ; :country :de ."
        " :b a :City ; :name 'Ulm' ; :country :de . :c a :City ; :name 'Ulm' ; :country :us .",
        ":a owl:sameAs :b .",
    ),
    ("cls-int1", ":C owl:intersectionOf ( :D :E ) . :a a :D , :E .", ":a a :C ."),
    ("cls-int2", ":C owl:intersectionOf ( :D :E ) . :a a :C .", ":a a :D , :E ."),
    ("cls-uni", ":C owl:unionOf ( :D :E ) . :a a :E . :b a :D .", ":a a :C . :b a :C ."),
    (
        "cls-svf1",
        "[ owl:onProperty :on ; owl:someValuesFrom :River ] rdfs:subClassOf :Port ."
        " :ulm :on :danube . :danube a :River .",
        ":ulm a :Port .",
    ),
    (
        "cls-svf1",  # with a datatype
        "[ owl:onProperty :depth ; owl:someValuesFrom xsd:integer ] rdfs:subClassOf :Measured ."
        " :a :depth 3 .",
        ":a a :Measured .",
    ),
    (
        "cls-svf2",
        "[ owl:onProperty :on ; owl:someValuesFrom owl:Thing ] rdfs:subClassOf :Port ."
        " :ulm :on :danube .",
        ":ulm a :Port .",
    ),
    (
        "cls-avf",
        ":Port rdfs:subClassOf [ owl:onProperty :on ; owl:allValuesFrom :Water ] ."
        " :ulm a :Port ; :on :danube .",
        ":danube a :Water .",
    ),
    (
        "cls-hv1",
        ":Port rdfs:subClassOf [ owl:onProperty :kind ; owl:hasValue :wet ] . :ulm a :Port .",
        ":ulm :kind :wet .",
    ),
    (
        "cls-hv2",
        "[ owl:onProperty :kind ; owl:hasValue :wet ] rdfs:subClassOf :Port . :ulm :kind :wet .",
        ":ulm a :Port .",
    ),
    (
        "cls-maxc2",
        ":Port rdfs:subClassOf [ owl:onProperty :on ; owl:maxCardinality 1 ] ."
        " :ulm a :Port ; :on :danube , :donau .",
        ":danube owl:sameAs :donau .",
    ),
    (
        "cls-maxqc3",
        ":Port rdfs:subClassOf [ owl:onProperty :on ; owl:maxQualifiedCardinality 1 ;"
        " owl:onClass :River ] . :ulm a :Port ; :on :danube , :donau , :hill ."
        " :danube a :River . :donau a :River .",
        ":danube owl:sameAs :donau .",
    ),
    (
        "cls-maxqc4",
        ":Port rdfs:subClassOf [ owl:onProperty :on ; owl:maxQualifiedCardinality 1 ;"
        " owl:onClass owl:Thing ] . :ulm a :Port ; :on :danube , :donau .",
        ":danube owl:sameAs :donau .",
    ),
    ("cls-oo", ":Alpine owl:oneOf ( :rhine :rhone ) .", ":rhine a :Alpine . :rhone a :Alpine ."),
    ("cax-sco", ":City rdfs:subClassOf :Place . :ulm a :City .", ":ulm a :Place ."),
    ("cax-eqc1", ":City owl:equivalentClass :Town . :ulm a :City .", ":ulm a :Town ."),
    ("cax-eqc2", ":City owl:equivalentClass :Town . :ulm a :Town .", ":ulm a :City ."),
    (
        "scm-hv",
        ":R owl:hasValue :v ; owl:onProperty :p . :S owl:hasValue :v ; owl:onProperty :q ."
        " :p rdfs:subPropertyOf :q .",
        ":R rdfs:subClassOf :S .",
    ),
    (
        "scm-svf1",
        ":R owl:someValuesFrom :C ; owl:onProperty :p . :S owl:someValuesFrom :D ;"
        " owl:onProperty :p . :C rdfs:subClassOf :D . :a a :R .",
        ":R rdfs:subClassOf :S . :a a :S .",
    ),
    (
        "scm-svf2",
        ":R owl:someValuesFrom :C ; owl:onProperty :p . :S owl:someValuesFrom :C ;"
        " owl:onProperty :q . :p rdfs:subPropertyOf :q . :a a :R .",
        ":R rdfs:subClassOf :S . :a a :S .",
    ),
    (
        "scm-avf1",
        ":R owl:allValuesFrom :C ; owl:onProperty :p . :S owl:allValuesFrom :D ;"
        " owl:onProperty :p . :C rdfs:subClassOf :D . :a a :R .",
        ":R rdfs:subClassOf :S . :a a :S .",
    ),
    (
        "scm-avf2",
        ":R owl:allValuesFrom :C ; owl:onProperty :p . :S owl:allValuesFrom :C ;"
        " owl:onProperty :q . :p rdfs:subPropertyOf :q . :a a :S .",
        ":S rdfs:subClassOf :R . :a a :R .",
    ),
    ("scm-sco", ":C rdfs:subClassOf :D . :D rdfs:subClassOf :E .", ":C rdfs:subClassOf :E ."),
    ("scm-eqc1", ":C owl:equivalentClass :D .", ":C rdfs:subClassOf :D . :D rdfs:subClassOf :C ."),
    (
        "scm-eqc2",
        ":C rdfs:subClassOf :D . :D rdfs:subClassOf :C .",
        ":C owl:equivalentClass :D . :D owl:equivalentClass :C .",
    ),
    (
        "scm-spo",
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :r .",
        ":p rdfs:subPropertyOf :r .",
    ),
    (
        "scm-eqp1",
        ":p owl:equivalentProperty :q .",
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :p .",
    ),
    (
        "scm-eqp2",
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :p .",
        ":p owl:equivalentProperty :q . :q owl:equivalentProperty :p .",
    ),
    ("scm-dom1", ":p rdfs:domain :C . :C rdfs:subClassOf :D .", ":p rdfs:domain :D ."),
    ("scm-dom2", ":p rdfs:domain :C . :q rdfs:subPropertyOf :p .", ":q rdfs:domain :C ."),
    ("scm-rng1", ":p rdfs:range :C . :C rdfs:subClassOf :D .", ":p rdfs:range :D ."),
    ("scm-rng2", ":p rdfs:range :C . :q rdfs:subPropertyOf :p .", ":q rdfs:range :C ."),
    ("scm-int", ":C owl:intersectionOf ( :D :E ) .", ":C rdfs:subClassOf :D , :E ."),
    ("scm-uni", ":C owl:unionOf ( :D :E ) .", ":D rdfs:subClassOf :C . :E rdfs:subClassOf :C ."),
    (
        "dt-eq",  # 7 and 07 are one value, so they make one key and one value
        ":C owl:hasKey ( :nr ) . :n a owl:FunctionalProperty ."
        " :a a :C ; :nr 7 ; :n 7 , '07'^^xsd:int . :b a :C ; :nr '07'^^xsd:integer .",
        ":a owl:sameAs :b .",
    ),
    (
        "dt-eq",
        "[ owl:onProperty :nr ; owl:hasValue 7.0 ] rdfs:subClassOf :Seven . :a :nr 7 .",
        ":a a :Seven .",
    ),
    (
        "dt-type2",  # 7 is an integer, and so a decimal
        "[ owl:onProperty :nr ; owl:someValuesFrom xsd:decimal ] rdfs:subClassOf :Numbered ."
        " :a :nr 7 .",
        ":a a :Numbered .",
    ),
]

# rule, ontology and data in Turtle that contradict it
CONTRADICTIONS = [
    ("eq-diff1", ":a owl:sameAs :b . :b owl:differentFrom :a ."),
    ("eq-diff2", "[] a owl:AllDifferent ; owl:members ( :a :b :c ) . :a owl:sameAs :c ."),
    ("eq-diff3", "[] a owl:AllDifferent ; owl:distinctMembers ( :a :b ) . :a owl:sameAs :b ."),
    ("prp-irp", ":above a owl:IrreflexiveProperty . :a :above :a ."),
    ("prp-asyp", ":above a owl:AsymmetricProperty . :a :above :b . :b :above :a ."),
    ("prp-pdw", ":on owl:propertyDisjointWith :off . :a :on :b ; :off :b ."),
    ("prp-pdw", ":on owl:propertyDisjointWith :off . :a :on 1 ; :off 01 , 2 ."),
    ("prp-pdw", ":on owl:propertyDisjointWith rdf:type . :a :on :C ; a :C ."),
    (
        "prp-adp",
        "[] a owl:AllDisjointProperties ; owl:members ( :p :q :r ) . :a :p 1 ; :r 1 .",
    ),
    (
        "prp-adp",
        "[] a owl:AllDisjointProperties ; owl:members ( :p :q ) ."
        " :a :p true ; :q '1'^^xsd:boolean .",
    ),
    (
        "prp-npa1",
        "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :a ;"
        " owl:assertionProperty :p ; owl:targetIndividual :b . :a :p :b .",
    ),
    (
        "prp-npa2",
        "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :a ;"
        " owl:assertionProperty :p ; owl:targetValue 1 . :a :p 1 .",
    ),
    (
        "prp-npa2",
        "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :a ;"
        " owl:assertionProperty :p ; owl:targetValue 5.0 . :a :p 5 .",
    ),
    (
        "prp-npa1",
        "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :a ;"
        " owl:assertionProperty rdf:type ; owl:targetIndividual :C . :a a :C .",
    ),
    ("cls-nothing2", ":C rdfs:subClassOf owl:Nothing . :a a :C ."),
    ("cls-com", ":Wet owl:complementOf :Dry . :a a :Wet , :Dry ."),
    (
        "cls-maxc1",
        ":Dry rdfs:subClassOf [ owl:onProperty :on ; owl:maxCardinality 0 ] . :a a :Dry ; :on :b .",
    ),
    (
        "cls-maxqc1",
        ":Dry rdfs:subClassOf [ owl:onProperty :on ; owl:maxQualifiedCardinality 0 ;"
        " owl:onClass :River ] . :a a :Dry ; :on :b . :b a :River .",
    ),
    (
        "cls-maxqc1",  # qualified by a datatype
        ":Dry rdfs:subClassOf [ owl:onProperty :on ; owl:maxQualifiedCardinality 0 ;"
        " owl:onDataRange xsd:decimal ] . :a a :Dry ; :on 1 .",
    ),
    (
        "cls-maxqc2",
        ":Dry rdfs:subClassOf [ owl:onProperty :on ; owl:maxQualifiedCardinality 0 ;"
        " owl:onClass owl:Thing ] . :a a :Dry ; :on :b .",
    ),
    ("cax-dw", ":City owl:disjointWith :River . :a a :City , :River ."),
    (
        "cax-adc",
        "[] a owl:AllDisjointClasses ; owl:members ( :City :River :Hill ) . :a a :City , :Hill .",
    ),
    ("dt-diff", ":length a owl:FunctionalProperty . :elbe :length 1094 , 1095 ."),
    (
        "dt-diff",
        ":River rdfs:subClassOf [ owl:onProperty :length ; owl:maxCardinality 1 ] ."
        " :elbe a :River ; :length 1094 , '1094'^^xsd:double .",
    ),
    ("dt-not-type", ":elbe :length 'long'^^xsd:integer ."),
    ("dt-not-type", ":length rdfs:range xsd:integer . :elbe :length 'long' ."),
    ("dt-not-type", ":length rdfs:range xsd:nonNegativeInteger . :elbe :length -1 ."),
    ("dt-not-type", ":length rdfs:range xsd:decimal . :elbe :length 1.5e0 ."),
    (
        "dt-not-type",  # by a restriction instead of a range
        ":River rdfs:subClassOf [ owl:onProperty :length ; owl:allValuesFrom xsd:integer ] ."
        " :elbe a :River ; :length 1.5 .",
    ),
    (
        "dt-not-type",  # by the range of a super-property
        ":length rdfs:subPropertyOf :measure . :measure rdfs:range xsd:decimal ."
        " :elbe :length 'long' .",
    ),
]
