"""Names for what the graph itself does not label: terms of RDF, RDFS, OWL and our own graphs."""

from __future__ import annotations

from collections.abc import Mapping

from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import GRAPH, OWL, PROV, RDF, RDFS, SKOS

_NAMES: Mapping[IRI, tuple[str, str]] = {
    RDF.type: ("is a", "类型"),
    RDF.Property: ("property", "属性"),
    RDFS.subClassOf: ("is a kind of", "上位类"),
    RDFS.subPropertyOf: ("is a special case of", "上位属性"),
    RDFS.domain: ("is said of", "定义域"),
    RDFS.range: ("has values of kind", "值域"),
    RDFS.label: ("is called", "名称"),
    RDFS.isDefinedBy: ("is defined in", "定义于"),
    RDFS.seeAlso: ("see also", "另见"),
    RDFS.Class: ("class", "类"),
    RDFS.Datatype: ("datatype", "数据类型"),
    OWL.Ontology: ("ontology", "本体"),
    OWL.Class: ("class", "类"),
    OWL.Thing: ("thing", "事物"),
    OWL.NamedIndividual: ("individual", "实体"),
    OWL.Restriction: ("restriction", "限制"),
    OWL.AllDisjointClasses: ("disjoint classes", "互斥类"),
    OWL.ObjectProperty: ("property between things", "对象属性"),
    OWL.DatatypeProperty: ("property with a value", "数据属性"),
    OWL.AnnotationProperty: ("annotation", "注释属性"),
    OWL.FunctionalProperty: ("property with one value at most", "函数属性"),
    OWL.InverseFunctionalProperty: ("property whose value names its subject", "反函数属性"),
    OWL.TransitiveProperty: ("transitive property", "传递属性"),
    OWL.SymmetricProperty: ("property in both directions", "对称属性"),
    OWL.AsymmetricProperty: ("property in one direction only", "非对称属性"),
    OWL.IrreflexiveProperty: ("property never to itself", "反自反属性"),
    OWL.inverseOf: ("is the inverse of", "逆属性"),
    OWL.propertyChainAxiom: ("follows from the chain", "由属性链推出"),
    OWL.equivalentClass: ("means", "等价于"),
    OWL.disjointWith: ("excludes", "互斥于"),
    OWL.propertyDisjointWith: ("excludes the property", "互斥属性"),
    OWL.members: ("members", "成员"),
    OWL.sameAs: ("is the same as", "等同于"),
    OWL.imports: ("imports", "导入"),
    OWL.versionInfo: ("version", "版本"),
    OWL.versionIRI: ("name of this version", "版本标识"),
    SKOS.broader: ("is narrower than", "上位概念"),
    SKOS.broaderTransitive: ("is narrower than, at any level", "各级上位概念"),
    SKOS.inScheme: ("belongs to the scheme", "所属概念表"),
    SKOS.topConceptOf: ("is a main concept of", "顶层概念属于"),
    SKOS.hasTopConcept: ("has main concept", "顶层概念"),
    SKOS.Concept: ("concept", "概念"),
    SKOS.ConceptScheme: ("concept scheme", "概念表"),
    PROV.wasQuotedFrom: ("is quoted from", "引自"),
    GRAPH.ontology: ("the ontology", "本体"),
    GRAPH.concepts: ("the concept schemes", "概念表"),
    GRAPH.spans: ("the description of the document", "文献描述"),
    GRAPH.registry: ("registry of identities", "实体登记"),
    GRAPH.inferred: ("what is inferred", "推断结果"),
    GRAPH.shapes: ("the shapes", "形状约束"),
}
NAMES: Mapping[IRI, Mapping[str, str]] = {
    iri: {"en": en, "zh": zh} for iri, (en, zh) in _NAMES.items()
}
