"""What a release says of itself in RDF: VoID, a DCAT 3 catalogue, and the provenance in PROV-O.

All functions are pure: counts, names and digests in, triples out. There is no clock; the only
dates are those that the project's ontology gives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from cgkg.formats import GRAPHS, REGISTRY
from cgkg.languages import N_, translations
from cgkg.rdf.io import canonicalize
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Quad, Subject, Term, Triple
from cgkg.rdf.vocab import DCTERMS, OWL, PROV, RDF, RDFS, XSD, Namespace

VOID = Namespace("http://rdfs.org/ns/void#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
MEDIA = "https://www.iana.org/assignments/media-types/"
# What a description is written with besides the prefixes of the project.
DESCRIBING = {
    "void": VOID.base,
    "dcat": DCAT.base,
    "spdx": SPDX.base,
    "sd": SD.base,
    "formats": REGISTRY,
}

# RDF syntaxes by what file names end in.
_FEATURES: Mapping[str, IRI] = {form.suffix: IRI(form.iri) for form in GRAPHS}
# What a project's ontology may say of itself that holds for the dataset too.
TAKEN_OVER = (
    DCTERMS.license, DCTERMS.creator, DCTERMS.publisher, DCTERMS.created, DCTERMS.issued,
    DCTERMS.modified, DCTERMS.source,
)  # fmt: skip


@dataclass(frozen=True)
class About:
    """What is said of a dataset as a whole.

    Attributes:
        base: what the project's IRIs begin with.
        digest: SHA-256 of the canonical dataset, the version that people cite.
        generation: the id of the build.
        program: name and version of what built it.
        name, text: title and description by language.
        statements: what the project's ontology says of licence, authors and dates.
        home: the address that files and endpoint are at; the project's base unless a server says.
    """

    base: str
    digest: str
    generation: str
    program: str
    name: Mapping[str, str]
    text: Mapping[str, str]
    statements: tuple[tuple[IRI, Term], ...] = ()
    home: str = ""

    @property
    def dataset(self) -> IRI:
        """The dataset whatever its version."""
        return IRI(f"{self.base}dataset")

    @property
    def version(self) -> IRI:
        """This version of the dataset."""
        return IRI(f"{self.base}dataset/{self.digest[:16]}")

    def part(self, name: str) -> IRI:
        """A part of this version."""
        return IRI(f"{self.version.value}#{quote(name, safe='/.-_')}")

    def at(self, path: str) -> IRI:
        """An address of the site."""
        return IRI((self.home or self.base) + path)

    def file(self, name: str) -> IRI:
        """Where a file of the release is to be had."""
        return self.at(f"data/{self.generation}/{quote(name)}")


@dataclass(frozen=True)
class File:
    """A file of a release: its name, media type, what it holds by language, size and SHA-256."""

    name: str
    media_type: str
    title: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    sha256: str = ""

    @property
    def suffix(self) -> str:
        """What the name ends in."""
        return self.name.rpartition(".")[2]


def void(about: About, counts: Mapping[str, Any], files: Iterable[File]) -> list[Triple]:
    """The VoID description: counts, partitions by class and property, linksets, where to get it.

    Args:
        about: the dataset.
        counts: as `statistics` gives them.
        files: of the release; data dumps are those that hold the whole dataset.
    """
    node = about.version
    return _sort(
        [
            *_said(about, node, VOID.Dataset),
            *_whole(about, counts),
            *_dumps(about, files),
            *_partitions(node, counts),
            *_subsets(about, counts),
            *_linksets(about, counts),
        ]
    )


def catalogue(about: About, files: Iterable[File]) -> list[Triple]:
    """The DCAT 3 catalogue: the dataset, its version, a distribution per file, the endpoint."""
    catalog, service = about.at("data"), about.at("sparql")
    triples = [
        Triple(catalog, RDF.type, DCAT.Catalog),
        *_texts(catalog, DCTERMS.title, about.name),
        Triple(catalog, DCAT.dataset, about.dataset),
        Triple(catalog, DCAT.dataset, about.version),
        Triple(catalog, DCAT.service, service),
        Triple(about.dataset, RDF.type, DCAT.Dataset),
        *_texts(about.dataset, DCTERMS.title, about.name),
        Triple(about.dataset, DCAT.hasVersion, about.version),
        *_said(about, about.version, DCAT.Dataset),
        Triple(about.version, DCAT.isVersionOf, about.dataset),
        Triple(about.version, DCAT.version, Literal(about.digest[:16])),
        Triple(service, RDF.type, DCAT.DataService),
        Triple(service, DCAT.endpointURL, service),
        Triple(service, DCAT.servesDataset, about.version),
        Triple(service, DCTERMS.conformsTo, IRI("https://www.w3.org/TR/sparql11-protocol/")),
        *(Triple(catalog, p, o) for p, o in about.statements if p != DCTERMS.source),
    ]
    for file in files:
        triples += _distribution(about, file)
    return _sort(triples)


def provenance(about: About, inputs: Mapping[str, str]) -> list[Triple]:
    """PROV-O of the build: which files with which digests, by which program, into which version."""
    build, program = about.part("build"), about.part("program")
    triples = [
        Triple(about.version, RDF.type, PROV.Entity),
        Triple(about.version, PROV.wasGeneratedBy, build),
        Triple(about.version, DCTERMS.identifier, Literal(f"sha256:{about.digest}")),
        Triple(build, RDF.type, PROV.Activity),
        Triple(build, DCTERMS.identifier, Literal(about.generation)),
        *_texts(build, RDFS.label, translations("build of this version")),
        Triple(build, PROV.wasAssociatedWith, program),
        Triple(program, RDF.type, PROV.SoftwareAgent),
        Triple(program, RDFS.label, Literal(about.program)),
        *(
            Triple(about.version, PROV.wasDerivedFrom, o)
            for p, o in about.statements
            if p == DCTERMS.source
        ),
    ]
    for name, sha256 in inputs.items():
        file = about.part(f"input/{name}")
        triples += [
            Triple(build, PROV.used, file),
            Triple(file, RDF.type, PROV.Entity),
            Triple(file, RDFS.label, Literal(name)),
            *_checksum(file, sha256),
        ]
    return _sort(triples)


def _said(about: About, node: IRI, kind: IRI) -> Iterator[Triple]:
    """Names, licence, authors and version."""
    yield Triple(node, RDF.type, kind)
    yield from _texts(node, DCTERMS.title, about.name)
    yield from _texts(node, DCTERMS.description, about.text)
    yield Triple(node, DCTERMS.identifier, Literal(f"sha256:{about.digest}"))
    yield Triple(node, OWL.versionInfo, Literal(about.digest[:16]))
    yield from (Triple(node, predicate, value) for predicate, value in about.statements)


def _whole(about: About, counts: Mapping[str, Any]) -> Iterator[Triple]:
    node = about.version
    if about.base.startswith("http"):  # a folder of RDF has no namespace of its own
        yield Triple(node, VOID.uriSpace, Literal(about.base))
    for name, predicate in (
        ("triples", VOID.triples),
        ("entities", VOID.entities),
        ("subjects", VOID.distinctSubjects),
        ("objects", VOID.distinctObjects),
    ):
        yield Triple(node, predicate, _number(counts[name]))
    yield Triple(node, VOID.classes, _number(len(counts["classes"])))
    yield Triple(node, VOID.properties, _number(len(counts["properties"])))
    yield from (Triple(node, VOID.vocabulary, IRI(name)) for name in counts["vocabularies"])
    yield from (Triple(node, VOID.exampleResource, IRI(name)) for name in counts["examples"])


def _dumps(about: About, files: Iterable[File]) -> Iterator[Triple]:
    node, service = about.version, about.at("sparql")
    yield Triple(node, VOID.sparqlEndpoint, service)
    yield Triple(service, RDF.type, SD.Service)
    yield Triple(service, SD.endpoint, service)
    for file in files:
        if file.name.startswith("dataset.") and file.suffix in _FEATURES:
            yield Triple(node, VOID.dataDump, about.file(file.name))
            yield Triple(node, VOID.feature, _FEATURES[file.suffix])


def _partitions(node: IRI, counts: Mapping[str, Any]) -> Iterator[Triple]:
    for number, (name, count) in enumerate(counts["classes"].items()):
        part = BlankNode(f"class{number}")
        yield Triple(node, VOID.classPartition, part)
        yield Triple(part, VOID.class_, IRI(name))
        yield Triple(part, VOID.entities, _number(count))
    for number, (name, held) in enumerate(counts["properties"].items()):
        part = BlankNode(f"property{number}")
        yield Triple(node, VOID.propertyPartition, part)
        yield Triple(part, VOID.property, IRI(name))
        yield Triple(part, VOID.triples, _number(held["triples"]))
        yield Triple(part, VOID.distinctSubjects, _number(held["subjects"]))
        yield Triple(part, VOID.distinctObjects, _number(held["objects"]))


_PARTS = {
    "asserted": N_("asserted facts"),
    "inferred": N_("inferred facts"),
    "evidence": N_("statements by clause"),
}


def _subsets(about: About, counts: Mapping[str, Any]) -> Iterator[Triple]:
    for name, title in _PARTS.items():
        part = about.part(name)
        yield Triple(about.version, VOID.subset, part)
        yield Triple(part, RDF.type, VOID.Dataset)
        yield Triple(part, VOID.triples, _number(counts["parts"][name]))
        yield from _texts(part, DCTERMS.title, translations(title))
    for name, count in counts["graphs"].items():
        part = about.part(f"graph/{name.removeprefix(about.base)}")
        yield Triple(about.version, VOID.subset, part)
        yield Triple(part, RDF.type, VOID.Dataset)
        yield Triple(part, SD.name, IRI(name))
        yield Triple(part, VOID.triples, _number(count))


def _linksets(about: About, counts: Mapping[str, Any]) -> Iterator[Triple]:
    for link in counts["links"]:
        place = link["target"].split("://", 1)[-1].strip("/")
        target = about.part(f"target/{place}")
        part = about.part(f"links/{link['property'].rsplit('#', 1)[-1]}/{place}")
        yield Triple(about.version, VOID.subset, part)
        yield Triple(part, RDF.type, VOID.Linkset)
        yield Triple(part, VOID.linkPredicate, IRI(link["property"]))
        yield Triple(part, VOID.subjectsTarget, about.version)
        yield Triple(part, VOID.objectsTarget, target)
        yield Triple(part, VOID.triples, _number(link["triples"]))
        yield Triple(target, RDF.type, VOID.Dataset)
        yield Triple(target, VOID.uriSpace, Literal(link["target"]))


def _distribution(about: About, file: File) -> Iterator[Triple]:
    node = about.file(file.name)
    yield Triple(about.version, DCAT.distribution, node)
    yield Triple(node, RDF.type, DCAT.Distribution)
    yield Triple(node, DCAT.downloadURL, node)
    yield Triple(node, DCAT.mediaType, IRI(MEDIA + file.media_type))
    yield Triple(node, DCAT.byteSize, Literal(str(file.size), datatype=XSD.nonNegativeInteger))
    yield from _texts(node, DCTERMS.title, file.title)
    yield from _checksum(node, file.sha256)
    yield from (Triple(node, p, o) for p, o in about.statements if p == DCTERMS.license)


def _checksum(node: IRI, sha256: str) -> Iterator[Triple]:
    part = BlankNode("sum" + hashlib.sha256(node.value.encode()).hexdigest())
    yield Triple(node, SPDX.checksum, part)
    yield Triple(part, RDF.type, SPDX.Checksum)
    yield Triple(part, SPDX.algorithm, SPDX.checksumAlgorithm_sha256)
    yield Triple(part, SPDX.checksumValue, Literal(sha256, datatype=XSD.hexBinary))


def _texts(node: Subject, predicate: IRI, by_language: Mapping[str, str]) -> Iterator[Triple]:
    for language, text in sorted(by_language.items()):
        yield Triple(node, predicate, Literal(text, language=language))


def _number(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)


def _sort(triples: Iterable[Triple]) -> list[Triple]:
    """Once each, blank nodes labelled by RDFC-1.0, in the order of their lines."""
    quads = (Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples)
    return [quad.triple for quad in canonicalize(quads)]
