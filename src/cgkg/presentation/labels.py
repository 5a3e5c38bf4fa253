"""Names for what the graph itself does not label: terms of RDF, RDFS, OWL and our own graphs."""

from __future__ import annotations

from collections.abc import Mapping

from cgkg.languages import N_, translations
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import GRAPH, OWL, PROV, RDF, RDFS, SKOS

_NAMES: Mapping[IRI, str] = {
    RDF.type: N_("is a"),
    RDF.Property: N_("property"),
    RDFS.subClassOf: N_("is a kind of"),
    RDFS.subPropertyOf: N_("is a special case of"),
    RDFS.domain: N_("is said of"),
    RDFS.range: N_("has values of kind"),
    RDFS.label: N_("is called"),
    RDFS.isDefinedBy: N_("is defined in"),
    RDFS.seeAlso: N_("see also"),
    RDFS.Class: N_("class"),
    RDFS.Datatype: N_("datatype"),
    OWL.Ontology: N_("ontology"),
    OWL.Class: N_("class"),
    OWL.Thing: N_("thing"),
    OWL.NamedIndividual: N_("individual"),
    OWL.Restriction: N_("restriction"),
    OWL.AllDisjointClasses: N_("disjoint classes"),
    OWL.ObjectProperty: N_("property between things"),
    OWL.DatatypeProperty: N_("property with a value"),
    OWL.AnnotationProperty: N_("annotation"),
    OWL.FunctionalProperty: N_("property with one value at most"),
    OWL.InverseFunctionalProperty: N_("property whose value names its subject"),
    OWL.TransitiveProperty: N_("transitive property"),
    OWL.SymmetricProperty: N_("property in both directions"),
    OWL.AsymmetricProperty: N_("property in one direction only"),
    OWL.IrreflexiveProperty: N_("property never to itself"),
    OWL.inverseOf: N_("is the inverse of"),
    OWL.propertyChainAxiom: N_("follows from the chain"),
    OWL.equivalentClass: N_("means"),
    OWL.disjointWith: N_("excludes"),
    OWL.propertyDisjointWith: N_("excludes the property"),
    OWL.members: N_("members"),
    OWL.sameAs: N_("is the same as"),
    OWL.imports: N_("imports"),
    OWL.versionInfo: N_("version"),
    OWL.versionIRI: N_("name of this version"),
    SKOS.broader: N_("is narrower than"),
    SKOS.broaderTransitive: N_("is narrower than, at any level"),
    SKOS.inScheme: N_("belongs to the scheme"),
    SKOS.topConceptOf: N_("is a main concept of"),
    SKOS.hasTopConcept: N_("has main concept"),
    SKOS.exactMatch: N_("is elsewhere called"),
    SKOS.closeMatch: N_("is elsewhere nearly called"),
    SKOS.narrower: N_("is wider than"),
    SKOS.Concept: N_("concept"),
    SKOS.ConceptScheme: N_("concept scheme"),
    PROV.wasQuotedFrom: N_("is quoted from"),
    GRAPH.ontology: N_("the ontology"),
    GRAPH.concepts: N_("the concept schemes"),
    GRAPH.spans: N_("the description of the document"),
    GRAPH.registry: N_("registry of identities"),
    GRAPH.inferred: N_("what is inferred"),
    GRAPH.shapes: N_("the shapes"),
    GRAPH.mappings: N_("links to other data"),
}


def names_of(iri: IRI) -> Mapping[str, str]:
    """Its names by language, none if it is not one of these terms."""
    return translations(_NAMES[iri]) if iri in _NAMES else {}


def all_names() -> Mapping[IRI, Mapping[str, str]]:
    """The names of all these terms by language."""
    return {iri: translations(name) for iri, name in _NAMES.items()}
