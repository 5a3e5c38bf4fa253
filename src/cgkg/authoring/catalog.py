"""catalog-v001.xml: which file holds which ontology, so that Protégé opens all imports offline.

Made from the files' own headers (OASIS XML Catalogs 1.1, the part that Protégé reads and writes).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

from cgkg.errors import SourceError
from cgkg.formats import Format
from cgkg.project.catalog import read_catalog
from cgkg.project.folder import Project
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import OWL, RDF

_HEAD = """\
<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<catalog prefer="public" xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">
    <group id="Folder Repository, directory=, recursive=false, Auto-Update=false, version=2" \
prefer="public" xml:base="">
"""
_FOOT = "    </group>\n</catalog>\n"
_ENDINGS = Format.TURTLE.suffixes + Format.RDF_XML.suffixes  # of what Protégé saves


def modules(project: Project) -> dict[str, Path]:
    """Ontology IRI -> file, of every file in the ontology's folder that has a header.

    Raises:
        SourceError: a file is malformed, or two files have the same ontology IRI.
    """
    files: dict[str, Path] = {}
    for path in ontology_files(project):
        for iri in _headers([quad.triple for quad in parse_file(path)]):
            if iri.value in files:
                raise SourceError(
                    f"it holds the ontology <{iri.value}>, as {files[iri.value].name} does",
                    path=path,
                    hint="give each file an ontology IRI of its own",
                )
            files[iri.value] = path
    return files


def ontology_files(project: Project) -> list[Path]:
    """The files in the folder of the root ontology, by name."""
    folder = project.ontology.parent
    return sorted(p for p in folder.glob("*") if p.suffix.removeprefix(".") in _ENDINGS)


def render_catalog(project: Project) -> str:
    """What the project's catalog should hold: a line for each ontology IRI and version IRI.

    Lines that point to files elsewhere stay, as long as these exist.

    Raises:
        SourceError: as `modules`.
    """
    names: dict[str, str] = {}
    for iri, path in modules(project).items():
        names[iri] = path.name
        for quad in parse_file(path):
            if quad.predicate == OWL.versionIRI and isinstance(quad.object, IRI):
                names[quad.object.value] = path.name
    for name, uri in _held(project).items():
        if name not in names and "/" in uri and (project.catalog.parent / uri).is_file():
            names[name] = uri
    lines = (_line(name, uri) for name, uri in sorted(names.items(), key=lambda x: x[::-1]))
    return _HEAD + "".join(lines) + _FOOT


def stale_entries(project: Project) -> list[str]:
    """The ontology IRIs that the project's catalog leads to no file or to a wrong one.

    The root need not be in it; nothing imports that.

    Raises:
        SourceError: as `modules`.
    """
    folder, held = project.catalog.parent, _held(project)
    own = {iri: path for iri, path in modules(project).items() if path != project.ontology}
    wrong = [iri for iri, path in own.items() if held.get(iri) != path.name]
    return wrong + [name for name, uri in held.items() if not (folder / uri).is_file()]


def _line(name: str, uri: str) -> str:
    return f"        <uri name={quoteattr(name)} uri={quoteattr(uri)}/>\n"


def _headers(triples: list[Triple]) -> Iterator[IRI]:
    for triple in triples:
        header = triple.predicate == RDF.type and triple.object == OWL.Ontology
        if header and isinstance(triple.subject, IRI):
            yield triple.subject


def _held(project: Project) -> dict[str, str]:
    """What the catalog says now; nothing if it cannot be read, for it is to be written anew."""
    try:
        return read_catalog(project.catalog)
    except SourceError:
        return {}


__all__ = ["modules", "ontology_files", "render_catalog", "stale_entries"]
