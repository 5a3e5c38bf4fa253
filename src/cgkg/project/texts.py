"""The source documents of a project that are at hand: which they are, checked by digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from cgkg.document.text import EditedText, SourceText, SourceTexts
from cgkg.errors import ConfigError, SourceError
from cgkg.opening import read_regular
from cgkg.project.folder import Project
from cgkg.project.kept import KeptFiles
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, parts
from cgkg.rdf.vocab import CG


def open_text(project: Project, source: Path | None) -> SourceText | None:
    """One source document: the file given, else the first of the project's texts/ folder.

    Raises:
        SourceError: the file given is not a document that the project cites.
        ConfigError: a file is given, and the project cites none.
    """
    texts = open_texts(project, source)
    return next(iter(texts.texts.values()), None) if texts else None


def open_texts(project: Project, source: Path | None = None) -> SourceTexts | None:
    """All source documents at hand, the file given first, then those of the texts/ folder.

    A file in texts/ may have any name; one that is called as a document and is another text is an
    edited copy of it.

    Returns:
        The texts, or None where there are neither documents nor edited copies.

    Raises:
        SourceError: the file given is not a document that the project cites, or one of texts/
            cannot be read.
        ConfigError: a file is given, and the project cites none.
    """
    return _open(project, source, {} if project.bare else _documents_by_digest(project))


class TextsKept:
    """The source documents at hand, opened anew only when a file is another.

    Args:
        files: what was read before.
    """

    def __init__(self, files: KeptFiles) -> None:
        self._files = files
        self._held: tuple[object, SourceTexts | None] = None, None

    def open(self, project: Project, source: Path | None) -> SourceTexts | None:
        """As `open_texts`; the same object as before if nothing changed."""
        paths = [*([source] if source else []), *sorted((project.folder / "texts").glob("*.txt"))]
        cited: dict[str, IRI] = {}
        kind = ("digests", *project.prefixes.items())
        for path in project.description_files:
            listed = self._files.make(path, kind, partial(_listed, project, path))
            for digest, document in listed:
                cited.setdefault(digest, document)
        key = cited, [(path, self._files.digest(path)) for path in paths]
        if self._held[0] != key:
            self._held = key, _open(project, source, cited)
        return self._held[1]


def _open(project: Project, source: Path | None, cited: Mapping[str, IRI]) -> SourceTexts | None:
    texts: dict[IRI, SourceText] = {}
    if source is not None:
        if not cited:
            raise ConfigError("the project cites no source document", hint="leave out --source")
        sha256 = _sha256(source)
        known = sha256 if sha256 in cited else next(iter(cited))
        texts[cited[known]] = SourceText.load(source, sha256=known, document=cited[known])
    documents = set(cited.values())
    edited: dict[IRI, EditedText] = {}
    for path in sorted((project.folder / "texts").glob("*.txt")) if cited else ():
        sha256 = _sha256(path)
        document = IRI(f"{project.base}source/{path.stem}")
        if sha256 in cited:
            if cited[sha256] not in texts:
                text = SourceText.load(path, sha256=sha256, document=cited[sha256])
                texts[cited[sha256]] = text
        elif document in documents:
            text = SourceText(read_regular(path).decode("utf-8", "replace"), document)
            edited[document] = EditedText(path, text)
    return SourceTexts(texts, edited) if texts or edited else None


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(read_regular(path)).hexdigest()
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None


def _documents_by_digest(project: Project) -> dict[str, IRI]:
    """The project's documents by the SHA-256 of their files."""
    documents: dict[str, IRI] = {}
    for path in project.description_files:
        for digest, document in _digests(project, path):
            documents.setdefault(digest, document)
    return documents


def _listed(project: Project, path: Path) -> list[tuple[str, IRI]]:
    return list(_digests(project, path))


def _digests(project: Project, path: Path) -> Iterator[tuple[str, IRI]]:
    """The digests of documents that a file describes."""
    for quad in parse_file(path, reading=project.reading):
        subject, predicate, value = parts(quad)
        if predicate == CG.fileDigest and isinstance(subject, IRI):
            yield value.value, subject
