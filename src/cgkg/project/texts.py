"""The source documents of a project that are at hand: which they are, checked by digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cgkg.document.text import SourceText
from cgkg.errors import ConfigError, SourceError
from cgkg.opening import read_regular
from cgkg.project.folder import Project
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, parts
from cgkg.rdf.vocab import CG


def open_text(project: Project, source: Path | None) -> SourceText | None:
    """The project's source document: the file given, else one of the project's texts/ folder.

    Raises:
        SourceError: the file given is not the document that the project cites.
        ConfigError: a file is given, and the project cites none.
    """
    cited = {} if project.bare else _documents_by_digest(project)
    if source is not None:
        if not cited:
            raise ConfigError("the project cites no source document", hint="leave out --source")
        sha256 = _sha256(source)
        known = sha256 if sha256 in cited else next(iter(cited))
        return SourceText.load(source, sha256=known, document=cited[known])
    for path in sorted((project.folder / "texts").glob("*.txt")):
        sha256 = _sha256(path)
        if sha256 in cited:
            return SourceText.load(path, sha256=sha256, document=cited[sha256])
    return None


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(read_regular(path)).hexdigest()
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None


def _documents_by_digest(project: Project) -> dict[str, IRI]:
    """The project's documents by the SHA-256 of their files."""
    documents: dict[str, IRI] = {}
    for path in project.description_files:
        for quad in parse_file(path):
            subject, predicate, value = parts(quad)
            if predicate == CG.fileDigest and isinstance(subject, IRI):
                documents.setdefault(value.value, subject)
    return documents
