"""catalog-v001.xml: which file holds which ontology (OASIS XML Catalogs 1.1, as Protégé has it)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from cgkg.errors import SourceError

NAME = "catalog-v001.xml"
_URI = "{urn:oasis:names:tc:entity:xmlns:xml:catalog}uri"


def read_catalog(path: Path) -> dict[str, str]:
    """Ontology IRI -> file, as the catalog names it: relative to the catalog's folder.

    Without a catalog there are none.

    Raises:
        SourceError: it is not XML; says line and column.
    """
    if not path.is_file():
        return {}
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        line, column = error.position
        raise SourceError(
            error.msg.split(":")[0], path=path, line=line, column=column + 1
        ) from None
    except (LookupError, ValueError) as error:  # an encoding that there is not
        raise SourceError(str(error), path=path, line=1) from None
    entries = ((e.get("name"), e.get("uri")) for e in root.iter(_URI))
    return {name: uri for name, uri in entries if name and uri}


def contexts_beside(files: Iterable[Path]) -> dict[str, Path]:
    """File by IRI, as the catalogs in the folders of these files have it."""
    return {
        iri: folder / uri
        for folder in dict.fromkeys(file.parent for file in files)
        for iri, uri in read_catalog(folder / NAME).items()
    }
