"""A new source document: its description and its sentence table, made from its file."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cgkg.authoring.formatting import merge_prefixes
from cgkg.document.sentences import SentenceTable, integer
from cgkg.document.text import SourceText
from cgkg.errors import ConfigError
from cgkg.languages import SOURCE, known, translations
from cgkg.opening import read_regular, write_text
from cgkg.project.folder import Project, refuse_installed
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.turtle import write_turtle
from cgkg.rdf.vocab import CG, DCTERMS, RDF, SKOS
from cgkg.validation.coverage import EXCUSES_HEADER


def add_document(project: Project, file: Path, *, language: str = SOURCE) -> list[Path]:
    """Describe a document so that its clauses can be cited.

    Writes data/source/<name>.ttl, <name>.sentences.csv and <name>.excused.csv (its headings), and
    puts a copy of the file into texts/.

    Args:
        project: gets the document; it may have others.
        file: plain text in UTF-8; its name names the document.
        language: of its words, as a language tag.

    Returns:
        The files written.

    Raises:
        SourceError: the file cannot be read or is not UTF-8.
        ConfigError: the project has a document of that name, is the one in the installed package,
            or a file cannot be written.
    """
    refuse_installed(project.folder)
    name = file.stem
    document = IRI(f"{project.base}source/{name}")
    folder = project.folder / "data" / "source"
    described = folder / f"{name}.ttl"
    if described.exists():
        raise ConfigError(
            f"{described} is there already",
            hint="for a corrected edition see cgkg span --relocate; or rename the file",
        )
    content = _read(file)
    sha256 = hashlib.sha256(content).hexdigest()
    text = SourceText.load(file, sha256=sha256, document=document)
    table = text.table(document)
    triples = [*_description(document, name, language, sha256, len(text)), *_sections(table)]
    prefixes = {
        **merge_prefixes(project, {}),
        "src": f"{project.base}source/",
        "sec": f"{document.value}/sec/",
    }
    excuses = [",".join(EXCUSES_HEADER)]
    excuses += [f"{s.number},heading" for s in table.sentences if s.paragraph == 0]
    written = {
        described: write_turtle(triples, prefixes),
        folder / f"{name}.sentences.csv": table.as_csv(),
        folder / f"{name}.excused.csv": "\n".join(excuses) + "\n",
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, body in written.items():
            write_text(path, body)
        return [*written, *_copy(file, project.folder / "texts")]
    except OSError as error:
        raise ConfigError(f"cannot write {error.filename}: {error.strerror}") from None


def _read(file: Path) -> bytes:
    try:
        return read_regular(file)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None


def _copy(file: Path, texts: Path) -> Iterator[Path]:
    target = texts / f"{file.stem}.txt"
    if not os.path.lexists(target):
        texts.mkdir(exist_ok=True)
        shutil.copyfile(file, target)
        yield target


def _description(
    document: IRI, name: str, language: str, sha256: str, length: int
) -> Iterator[Triple]:
    yield Triple(document, RDF.type, CG.SourceDocument)
    for tag in known():
        yield Triple(document, SKOS.prefLabel, Literal(name, language=tag))
    yield Triple(document, DCTERMS.language, Literal(language))
    yield Triple(document, CG.characterCount, integer(length))
    yield Triple(document, CG.fileDigest, Literal(sha256))


def _sections(table: SentenceTable) -> Iterator[Triple]:
    """The sections by their numbers; their headings are the document's words."""
    for number in dict.fromkeys(sentence.section for sentence in table.sentences):
        section = table.section_iri(number)
        yield Triple(section, RDF.type, CG.SourceSection)
        yield Triple(section, CG.sectionNumber, Literal(number))
        yield Triple(section, DCTERMS.isPartOf, table.document)
        above = number.rpartition(".")[0]
        if above:
            yield Triple(section, CG.isPartOfSection, table.section_iri(above))
        for tag, label in translations("section {number}", number=number).items():
            yield Triple(section, SKOS.prefLabel, Literal(label, language=tag))


__all__ = ["add_document"]
