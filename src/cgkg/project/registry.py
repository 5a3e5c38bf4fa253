"""data/registry.csv: the individuals, one a row, with their classes and names.

`HEADER` says what columns there are and `_statements` what each of them states.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from cgkg.errors import SourceError
from cgkg.project.folder import Project
from cgkg.rdf.lines import Place
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import RDF, SKOS

HEADER = ("id", "class", "zh", "en", "alt_zh", "alt_en", "note_zh", "note_en")
DEFINITIONS = ("def_zh", "def_en")  # columns that a registry may have besides
_LANGUAGES = ("en", "zh")
_NOT_IN_IRIS = frozenset(' <>"{}|^`\\')


def read_registry(project: Project, namespace: str) -> dict[Triple, Place]:
    """What the project's registry states, and the row that states it; nothing without a registry.

    Args:
        project: gives the file, what the individuals' IRIs begin with, and the prefixes.
        namespace: that of the classes which are written without a prefix.

    Raises:
        SourceError: the file is malformed, or an id is missing or there twice; says the line.
    """
    path = project.registry
    if not path.is_file():
        return {}
    rows = _rows(path)
    _, header = next(rows, (1, []))
    if tuple(header) not in (HEADER, HEADER + DEFINITIONS):
        raise SourceError(f"expected the columns {', '.join(HEADER)}", path=path, line=1)
    lines: dict[str, int] = {}
    stated: dict[Triple, Place] = {}
    for line, cells in rows:
        name = cells[0].strip()
        if not name or _NOT_IN_IRIS.intersection(name) or len(cells) != len(header):
            raise SourceError(
                f"expected an id and {len(header)} columns",
                path=path,
                line=line,
                hint="quote a value that holds a comma",
            )
        if name in lines:
            raise SourceError(
                f"{name} is registered twice, first on line {lines[name]}", path=path, line=line
            )
        lines[name] = line
        row = dict(zip(header, cells, strict=True))
        for triple in _statements(IRI(project.ids + name), row, project.prefixes, namespace):
            stated.setdefault(triple, Place(path, line))
    return stated


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The line on which each row begins, and its cells; the header first, empty rows left out."""
    line = 1
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            for cells in reader:
                if cells:
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise SourceError(str(error), path=path, line=reader.line_num) from None
        except UnicodeDecodeError as error:
            raise SourceError(f"not UTF-8 at byte {error.start}", path=path) from None


def _statements(
    subject: IRI, row: Mapping[str, str], prefixes: Mapping[str, str], namespace: str
) -> Iterator[Triple]:
    for kind in _parts(row["class"], ";"):
        yield Triple(subject, RDF.type, _class(kind, prefixes, namespace))
    for language in _LANGUAGES:
        label = row[language].strip()
        if label:
            yield Triple(subject, SKOS.prefLabel, Literal(label, language=language))
        for other in _parts(row[f"alt_{language}"], "|"):
            yield Triple(subject, SKOS.altLabel, Literal(other, language=language))
        for column, predicate in (("note", SKOS.editorialNote), ("def", SKOS.definition)):
            text = row.get(f"{column}_{language}", "").strip()
            if text:
                yield Triple(subject, predicate, Literal(text, language=language))


def _class(name: str, prefixes: Mapping[str, str], namespace: str) -> IRI:
    """A class of the ontology itself by its name, or any by a prefixed name (cg:Country)."""
    prefix, colon, local = name.partition(":")
    return IRI(prefixes[prefix] + local if colon and prefix in prefixes else namespace + name)


def _parts(value: str, separator: str) -> list[str]:
    return [part.strip() for part in value.split(separator) if part.strip()]
