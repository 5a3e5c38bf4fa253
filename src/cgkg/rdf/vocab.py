"""Names of the vocabularies cgkg itself must know, as IRIs.

Only terms that code acts on are here; everything else is data.
"""

from __future__ import annotations

from cgkg.rdf.terms import IRI


class Namespace:
    """`ns("x")` or `ns.x` is the IRI of `x` in the namespace."""

    def __init__(self, base: str) -> None:
        self.base = base

    def __call__(self, name: str) -> IRI:
        return IRI(self.base + name)

    def __getattr__(self, name: str) -> IRI:
        iri = self.__dict__[name] = IRI(self.base + name.rstrip("_"))
        return iri  # asked for once: the next time it is an attribute

    def __contains__(self, iri: object) -> bool:
        return isinstance(iri, IRI) and iri.value.startswith(self.base)

    def local(self, iri: IRI) -> str:
        """The part of the IRI after the namespace."""
        return iri.value.removeprefix(self.base)


RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
PROV = Namespace("http://www.w3.org/ns/prov#")
DCTERMS = Namespace("http://purl.org/dc/terms/")
VANN = Namespace("http://purl.org/vocab/vann/")
SH = Namespace("http://www.w3.org/ns/shacl#")
SWRL = Namespace("http://www.w3.org/2003/11/swrl#")

UNIT = Namespace("http://qudt.org/vocab/unit/")

BASE = "https://w3id.org/cgkg/"
CG = Namespace(BASE + "def/")
GRAPH = Namespace(BASE + "graph/")
MODE = Namespace(BASE + "concept/mode/")
APPROXIMATION = Namespace(BASE + "concept/approximation/")

# The prefixes that every project may write: the specifications' vocabularies and cgkg's own.
STANDARD: dict[str, str] = {
    "cg": CG.base,
    "rdf": RDF.base,
    "rdfs": RDFS.base,
    "owl": OWL.base,
    "xsd": XSD.base,
    "skos": SKOS.base,
    "prov": PROV.base,
    "dcterms": DCTERMS.base,
    "unit": UNIT.base,
    "graph": GRAPH.base,
    "mode": MODE.base,
    "approx": APPROXIMATION.base,
}
