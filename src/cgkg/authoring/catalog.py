"""catalog-v001.xml: which file holds which ontology, so that Protégé opens all imports offline.

Made from the files' own headers (OASIS XML Catalogs 1.1, the part that Protégé reads and writes).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from cgkg.errors import SourceError
from cgkg.formats import Format
from cgkg.project.catalog import Catalog, CatalogEntry
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
_OF_ONE = ("uri", "system")  # entries that lead to one ontology
_FOOT = "    </group>\n</catalog>\n"
_ENDINGS = Format.TURTLE.suffixes + Format.RDF_XML.suffixes  # of what Protégé saves


def modules(project: Project) -> dict[str, Path]:
    """Ontology IRI -> file, of every file in the ontology's folder that has a header.

    Raises:
        SourceError: a file is malformed, or two files have the same ontology IRI.
    """
    files: dict[str, Path] = {}
    for path in ontology_files(project):
        for iri in _headers([quad.triple for quad in parse_file(path, reading=project.reading)]):
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

    Lines that point to files elsewhere stay, as long as these exist, and so do entries that lead to
    more than one ontology (rewriteURI, nextCatalog and the like).

    Raises:
        SourceError: as `modules`.
    """
    names: dict[str, str] = {}
    for iri, path in modules(project).items():
        names[iri] = path.name
        for quad in parse_file(path, reading=project.reading):
            if quad.predicate == OWL.versionIRI and isinstance(quad.object, IRI):
                names[quad.object.value] = path.name
    lines = [CatalogEntry("uri", name, quote(uri), "", 0) for name, uri in names.items()]
    held = _held(project)
    lines += [each for each in held if _leads_elsewhere(each, project) and each.given not in names]
    lines.sort(key=lambda each: (each.written, each.given))
    # What leads to more than one ontology is for people to write.
    lines += [each for each in held if each.kind not in _OF_ONE]
    return _HEAD + "".join(f"        {each.as_xml()}\n" for each in lines) + _FOOT


def stale_entries(project: Project) -> list[str]:
    """The ontology IRIs that the project's catalog leads to no file or to a wrong one.

    The root need not be in it; nothing imports that.

    Raises:
        SourceError: as `modules`, or a catalog is malformed.
    """
    own = {iri: path for iri, path in modules(project).items() if path != project.ontology}
    catalog = Catalog(project.catalog)
    wrong = [
        iri
        for iri, path in own.items()
        if (target := catalog.find(iri)) is None or not _same(target.path, path)
    ]
    return wrong + [
        each.given
        for each in _held(project)
        if each.kind in _OF_ONE and not _is_file(each.file(project.catalog))
    ]


def _leads_elsewhere(entry: CatalogEntry, project: Project) -> bool:
    """Whether it leads to a file, and that is not beside the root ontology."""
    path = entry.file(project.catalog)
    return (
        entry.kind in _OF_ONE
        and path is not None
        and path.is_file()
        and os.path.abspath(path.parent) != os.path.abspath(project.catalog.parent)
    )


def _is_file(path: Path | None) -> bool:
    return path is not None and path.is_file()


def _same(one: Path | None, other: Path) -> bool:
    return one is not None and os.path.realpath(one) == os.path.realpath(other)


def _headers(triples: list[Triple]) -> Iterator[IRI]:
    for triple in triples:
        header = triple.predicate == RDF.type and triple.object == OWL.Ontology
        if header and isinstance(triple.subject, IRI):
            yield triple.subject


def _held(project: Project) -> tuple[CatalogEntry, ...]:
    """What the catalog says now; nothing if it cannot be read, for it is to be written anew."""
    try:
        return Catalog(project.catalog).entries()
    except SourceError:
        return ()


__all__ = ["modules", "ontology_files", "render_catalog", "stale_entries"]
