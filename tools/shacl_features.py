"""The features of SHACL, each with shapes that the data breaks for an engine that has the feature.

Data is the same for all, so each row tells how an engine without the feature would let it pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cgkg.rdf.io import read_turtle
from cgkg.rdf.terms import Triple

_HEAD = """\
@prefix ex: <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
_DATA = """\
ex:a a ex:C ; ex:p 1 , 5 ; ex:q ex:b ; ex:r 3 ; ex:t "one"@en , "two"@en , "ten" .
ex:b a ex:D ; ex:q ex:c . ex:c ex:p "word" . ex:D rdfs:subClassOf ex:E .
"""
_ON_P = "sh:property [ sh:path ex:p ; ex:most 2 ]"
_PREFIXES = (
    """ex: sh:declare [ sh:prefix "ex" ; sh:namespace "http://example.org/"^^xsd:anyURI ] ."""
)


@dataclass(frozen=True)
class Feature:
    """A feature: where it is specified, what it is, and shapes that the data breaks by it.

    `needs` is what a result has to say for the feature to be there.
    """

    section: str
    name: str
    shapes: str
    needs: str = ""

    def data(self) -> list[Triple]:
        """The data, the same for all."""
        return read_turtle(_HEAD + _DATA, "http://example.org/")[0]

    def triples(self) -> list[Triple]:
        """The shapes."""
        return read_turtle(_HEAD + self.shapes, "http://example.org/")[0]


def _on_values(section: str, words: str, rest: str, path: str = "ex:p") -> Feature:
    """A component of a property shape."""
    shapes = f"ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path {path} ; {rest} ] ."
    return Feature(section, words, shapes)


def _on_node(
    section: str, words: str, rest: str, target: str = "sh:targetNode ex:a", needs: str = ""
) -> Feature:
    return Feature(section, words, f"ex:S a sh:NodeShape ; {target} ; {rest} .", needs)


def _path(section: str, name: str, path: str) -> Feature:
    return _on_values(section, name, "sh:nodeKind sh:BlankNode", path)


def _sparql(section: str, name: str, select: str, more: str = "", needs: str = "") -> Feature:
    constraint = f"[ sh:prefixes ex: ; sh:select '{select}' {more} ]"
    shapes = f"{_PREFIXES} ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:sparql {constraint} ."
    return Feature(section, name, shapes, needs)


def _custom(section: str, name: str, validator: str, use: str) -> Feature:
    component = (
        "ex:Most a sh:ConstraintComponent ; sh:parameter [ sh:path ex:most ] ; "
        f"{validator} . ex:S a sh:NodeShape ; sh:targetNode ex:a ; {use} ."
    )
    return Feature(section, name, f"{_PREFIXES} {component}")


def core() -> Iterator[Feature]:
    """SHACL Core: targets, shapes, paths, components."""
    fails = "sh:nodeKind sh:Literal"
    yield _on_node("2.1.3.1", "`sh:targetNode`", fails)
    yield _on_node("2.1.3.2", "`sh:targetClass`", fails, "sh:targetClass ex:E")
    yield Feature(
        "2.1.3.3", "implicit class targets", f"ex:C a rdfs:Class , sh:NodeShape ; {fails} ."
    )
    yield _on_node("2.1.3.4", "`sh:targetSubjectsOf`", fails, "sh:targetSubjectsOf ex:r")
    yield _on_node("2.1.3.5", "`sh:targetObjectsOf`", fails, "sh:targetObjectsOf ex:q")
    yield _on_node("2.1.4", "`sh:severity`", f"{fails} ; sh:severity ex:Worst", needs="Worst")
    yield _on_node("2.1.5", "`sh:message`", f"{fails} ; sh:message 'so not'", needs="so not")
    yield Feature(
        "2.1.6",
        "`sh:deactivated`",
        "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:not ex:T ."
        f" ex:T {fails} ; sh:deactivated true .",
    )
    yield _path("2.3.1.1", "predicate paths", "ex:p")
    yield _path("2.3.1.2", "sequence paths", "( ex:q ex:q )")
    yield _path("2.3.1.3", "`sh:alternativePath`", "[ sh:alternativePath ( ex:none ex:p ) ]")
    yield _path("2.3.1.4", "`sh:inversePath`", "( ex:q [ sh:inversePath ex:q ] )")
    yield _path("2.3.1.5", "`sh:zeroOrMorePath`", "[ sh:zeroOrMorePath ex:none ]")
    yield _path("2.3.1.6", "`sh:oneOrMorePath`", "[ sh:oneOrMorePath ex:q ]")
    yield _path("2.3.1.7", "`sh:zeroOrOnePath`", "[ sh:zeroOrOnePath ex:q ]")
    yield _on_values("4.1.1", "`sh:class`", "sh:class ex:C", "ex:q")
    yield _on_values("4.1.2", "`sh:datatype`", "sh:datatype xsd:string")
    yield _on_values("4.1.3", "`sh:nodeKind`", "sh:nodeKind sh:IRI")
    yield _on_values("4.2.1", "`sh:minCount`", "sh:minCount 3")
    yield _on_values("4.2.2", "`sh:maxCount`", "sh:maxCount 1")
    yield _on_values("4.3.1", "`sh:minExclusive`", "sh:minExclusive 1")
    yield _on_values("4.3.2", "`sh:minInclusive`", "sh:minInclusive 2")
    yield _on_values("4.3.3", "`sh:maxExclusive`", "sh:maxExclusive 5")
    yield _on_values("4.3.4", "`sh:maxInclusive`", "sh:maxInclusive 4")
    yield _on_values("4.4.1", "`sh:minLength`", "sh:minLength 2")
    yield _on_values("4.4.2", "`sh:maxLength`", "sh:maxLength 0")
    yield _on_values("4.4.3", "`sh:pattern`, `sh:flags`", "sh:pattern '^ON' ; sh:flags 'i'", "ex:t")
    yield _on_values("4.4.4", "`sh:languageIn`", "sh:languageIn ( 'en' )", "ex:t")
    yield _on_values("4.4.5", "`sh:uniqueLang`", "sh:uniqueLang true", "ex:t")
    yield _on_values("4.5.1", "`sh:equals`", "sh:equals ex:r")
    yield _on_values("4.5.2", "`sh:disjoint`", "sh:disjoint ex:p")
    yield _on_values("4.5.3", "`sh:lessThan`", "sh:lessThan ex:r")
    yield _on_values("4.5.4", "`sh:lessThanOrEquals`", "sh:lessThanOrEquals ex:r")
    yield _on_values("4.6.1", "`sh:not`", "sh:not [ sh:datatype xsd:integer ]")
    yield _on_values("4.6.2", "`sh:and`", "sh:and ( [ sh:minInclusive 2 ] )")
    yield _on_values("4.6.3", "`sh:or`", "sh:or ( [ sh:class ex:C ] [ sh:in ( 1 ) ] )")
    yield _on_values("4.6.4", "`sh:xone`", "sh:xone ( [ sh:in ( 1 ) ] [ sh:in ( 1 ) ] )")
    yield _on_values("4.7.1", "`sh:node`", "sh:node [ sh:nodeKind sh:IRI ]")
    yield _on_node("4.7.2", "`sh:property`", "sh:property [ sh:path ex:p ; sh:maxCount 1 ]")
    yield _on_values(
        "4.7.3",
        "`sh:qualifiedValueShape` and its counts",
        "sh:qualifiedValueShape [ sh:in ( 1 ) ] ; sh:qualifiedMinCount 2",
    )
    yield _on_node(
        "4.8.1",
        "`sh:closed`, `sh:ignoredProperties`",
        "sh:closed true ; sh:ignoredProperties ( rdf:type )",
    )
    yield _on_values("4.8.2", "`sh:hasValue`", "sh:hasValue 7")
    yield _on_values("4.8.3", "`sh:in`", "sh:in ( 1 )")
    yield _on_values("3.4.3", "recursive shapes", "sh:node ex:S", "ex:q")


def sparql() -> Iterator[Feature]:
    """SHACL-SPARQL: constraints and components."""
    one = "SELECT $this WHERE { $this ex:p 1 }"
    values = "SELECT $this ?value WHERE { $this ex:p ?value }"
    yield _sparql("5.2.1", "constraints in SPARQL, `sh:prefixes`", one)
    yield _sparql("5.3.1", "`$this`, in subqueries too", f"SELECT $this WHERE {{ {{ {one} }} }}")
    yield Feature(
        "5.3.1",
        "`$PATH`",
        f"{_PREFIXES} ex:S a sh:PropertyShape ; sh:targetNode ex:a ; sh:path ex:p ; sh:sparql "
        "[ sh:prefixes ex: ; sh:select 'SELECT $this ?value WHERE { $this $PATH ?value }' ] .",
    )
    for name, where in (
        ("`$currentShape`", "FILTER ($currentShape = ex:S)"),
        ("`$shapesGraph`", "GRAPH $shapesGraph { ex:S ?p $this }"),
    ):
        yield _sparql("5.3.1", name, f"SELECT $this WHERE {{ {where} }}")
    yield _sparql("5.3.2", "`?value` of solutions", values, needs='"5"')
    path = "SELECT $this ?path WHERE { $this ?path 3 }"
    yield _sparql("5.3.2", "`?path` of solutions", path, needs="http://example.org/r")
    yield _sparql("5.3.2", "`{?value}` in messages", values, "; sh:message 'not {?value}'", "not 5")
    on_values = "SELECT $this ?value WHERE { $this $PATH ?value FILTER (?value > $most) }"
    on_node = "SELECT $this WHERE { $this ex:p ?x FILTER (?x > $most) }"
    for kind, select, use in (("property", on_values, _ON_P), ("node", on_node, "ex:most 2")):
        name = f"components of one's own: SELECT for {kind} shapes"
        said = f"[ a sh:SPARQLSelectValidator ; sh:prefixes ex: ; sh:select '{select}' ]"
        yield _custom("6.2.3.1", name, f"sh:{kind}Validator {said}", use)
    ask = "ASK { FILTER ($value <= $most) }"
    said = f"[ a sh:SPARQLAskValidator ; sh:prefixes ex: ; sh:ask '{ask}' ]"
    yield _custom("6.2.3.2", "components of one's own: ASK", f"sh:validator {said}", _ON_P)


def advanced() -> Iterator[Feature]:
    """SHACL Advanced Features, by the names of its chapters."""
    fails = "sh:nodeKind sh:Literal"
    query = "sh:prefixes ex: ; sh:select 'SELECT ?this WHERE { ?this ex:r 3 }'"
    target = f"sh:target [ a sh:SPARQLTarget ; {query} ]"
    yield Feature(
        "custom targets",
        "`sh:SPARQLTarget`",
        f"{_PREFIXES} ex:S a sh:NodeShape ; {fails} ; {target} .",
    )
    yield Feature(
        "custom targets",
        "`sh:SPARQLTargetType`",
        f"{_PREFIXES} ex:With a sh:SPARQLTargetType ; rdfs:subClassOf sh:Target ;"
        " sh:parameter [ sh:path ex:of ] ; sh:prefixes ex: ;"
        " sh:select 'SELECT ?this WHERE { ?this ex:r $of }' ."
        f" ex:S a sh:NodeShape ; {fails} ; sh:target [ a ex:With ; ex:of 3 ] .",
    )
    function = (
        "a sh:SPARQLFunction ; sh:parameter [ sh:path ex:x ] ; sh:prefixes ex: ; sh:returnType"
    )
    calls = "SELECT $this WHERE { $this ex:r ?x FILTER (ex:More(?x) = 4) }"
    yield Feature(
        "functions",
        "`sh:SPARQLFunction`",
        f"{_PREFIXES} ex:More {function} xsd:integer ;"
        " sh:select 'SELECT ($x + 1 AS ?r) WHERE { }' . ex:S a sh:NodeShape ;"
        f" sh:targetNode ex:a ; sh:sparql [ sh:prefixes ex: ; sh:select '{calls}' ] .",
    )
    yield Feature(
        "expression constraints",
        "`sh:expression`",
        f"{_PREFIXES} ex:Never {function} xsd:boolean ;"
        " sh:select 'SELECT (false AS ?r) WHERE { }' ."
        " ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:expression [ ex:Never ( sh:this ) ] .",
    )
    rule = "sh:rule [ a sh:TripleRule ; sh:subject sh:this ; sh:predicate ex:s ; sh:object 9 ]"
    yield _on_node("rules", "`sh:rule`", f"{rule} ; sh:property [ sh:path ex:s ; sh:maxCount 0 ]")
