"""data/registry.csv: the individuals, one a row, with their classes and names.

Beside id and class, a column is in a language (BCP 47): `en` the name, `alt_en` other names,
`note_en` a note, `def_en` the definition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cgkg.project.folder import Project
from cgkg.rdf.lines import Place
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import RDF, SKOS
from cgkg.tables import TableRow, read_table

# A column of the registry in a language: its label, or other labels, a note or the definition.
_COLUMN = re.compile(r"(?:(alt|note|def)_)?([a-z]{2,3}(?:-[A-Za-z0-9]{1,8})*)")
_PREDICATES = {
    "": SKOS.prefLabel, "alt": SKOS.altLabel, "note": SKOS.editorialNote, "def": SKOS.definition
}  # fmt: skip
_KINDS = tuple(_PREDICATES)
_COLUMNS = "id, class, and for each language such as en: en, alt_en, note_en, def_en"
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
    table = read_table(path, ("id", "class"), others=True, check=_check)
    columns = _columns(table.header)
    lines: dict[str, int] = {}
    stated: dict[Triple, Place] = {}
    for row in table.rows:
        name = row["id"].strip()
        if not name or _NOT_IN_IRIS.intersection(name):
            raise row.error(f"{name!r} is no id", hint="write kind/name, such as person/ada")
        if name in lines:
            raise row.error(f"{name} is registered twice, first on line {lines[name]}")
        lines[name] = row.line
        subject = _iri(row, project.ids + name)
        place = Place(path, row.line)
        for triple in _statements(subject, row, columns, project.prefixes, namespace):
            stated.setdefault(triple, place)
    return stated


def _check(header: Sequence[str]) -> str:
    parts = [_COLUMN.fullmatch(name) for name in header if name not in ("id", "class")]
    labelled = any(part and not part[1] for part in parts)
    fits = all(parts) and labelled and len(set(header)) == len(header)
    return "" if fits else f"expected the columns {_COLUMNS}"


def _columns(header: Iterable[str]) -> list[tuple[str, str, str]]:
    """Language, kind and name of every column that has a language, in a fixed order."""
    parts = [_COLUMN.fullmatch(name) for name in header if name not in ("id", "class")]
    columns = [(part[2].lower(), part[1] or "", part[0]) for part in parts if part]
    return sorted(columns, key=lambda column: (column[0], _KINDS.index(column[1])))


def _statements(
    subject: IRI,
    row: TableRow,
    columns: Iterable[tuple[str, str, str]],
    prefixes: Mapping[str, str],
    namespace: str,
) -> Iterator[Triple]:
    for kind in _parts(row["class"], ";"):
        yield Triple(subject, RDF.type, _iri(row, _class(kind, prefixes, namespace)))
    for language, kind, column in columns:
        for text in _parts(row[column], "|") if kind == "alt" else [row[column].strip()]:
            if text:
                yield Triple(subject, _PREDICATES[kind], Literal(text, language=language))


def _class(name: str, prefixes: Mapping[str, str], namespace: str) -> str:
    """The IRI of a class: of the ontology itself by its name, or any by a prefixed name."""
    prefix, colon, local = name.partition(":")
    return prefixes[prefix] + local if colon and prefix in prefixes else namespace + name


def _iri(row: TableRow, text: str) -> IRI:
    try:
        return IRI(text)
    except ValueError as error:
        raise row.error(f"{text!r} is no IRI: {error}") from None


def _parts(value: str, separator: str) -> list[str]:
    return [part.strip() for part in value.split(separator) if part.strip()]
