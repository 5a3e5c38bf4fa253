"""SSSOM tables: which thing of the graph is which thing elsewhere, and who found that where.

A table is tab-separated; lines before the header begin with `#` and hold metadata in YAML, of
which only `curie_map` is read. Mappings are links for readers and other programs; they are kept
out of what is reasoned over.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import SKOS
from cgkg.tables import TableRow, read_table

COLUMNS = ("subject_id", "predicate_id", "object_id", "mapping_justification", "comment")
PREDICATES = frozenset(
    {SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch}
)
_JUSTIFICATIONS = "https://w3id.org/semapv/vocab/"
# What identifiers of sources that have a fixed form look like.
_FORMS: Mapping[str, re.Pattern[str]] = {
    "http://www.wikidata.org/entity/": re.compile(r"Q[1-9][0-9]*\Z"),
    "https://sws.geonames.org/": re.compile(r"[1-9][0-9]*/\Z"),
}
_PREFIX = re.compile(r"#\s+([A-Za-z][\w.-]*):\s*(\S+)\s*\Z")


@dataclass(frozen=True)
class MappingRow:
    """One row of a table: a triple with its justification and where the identity was verified."""

    triple: Triple
    justification: IRI
    comment: str
    path: Path
    line: int


def read_mappings(path: Path, *, known: Container[object] | None = None) -> tuple[MappingRow, ...]:
    """The rows of a SSSOM table.

    Args:
        path: the table.
        known: the things that may be mapped; None allows any.

    Raises:
        SourceError: the table cannot be read or a row is not usable; says file and line.
    """
    table = read_table(path, COLUMNS, others=True)
    return tuple(_links(table.rows, _prefixes(table.comments), known))


def _prefixes(lines: Iterable[str]) -> dict[str, str]:
    """The `curie_map` of the metadata."""
    prefixes: dict[str, str] = {}
    within = False
    for line in lines:
        match = _PREFIX.match(line)
        if within and match:
            prefixes[match[1]] = match[2]
        else:
            within = line.replace(" ", "") == "#curie_map:"
    return prefixes


def _links(
    rows: Iterable[TableRow], prefixes: Mapping[str, str], known: Container[object] | None
) -> Iterator[MappingRow]:
    """Every row as a link."""
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        link = _link(row, prefixes)
        triple = link.triple
        if known is not None and triple.subject not in known:
            raise row.error(f"the graph has no {triple.subject}", hint="see data/registry.csv")
        for key in _keys(triple):
            if key in seen:
                raise row.error(f"{key[0]}, first on line {seen[key]}")
            seen[key] = row.line
        yield link


def _link(row: TableRow, prefixes: Mapping[str, str]) -> MappingRow:
    subject, predicate, value, justification = (_iri(row, name, prefixes) for name in COLUMNS[:4])
    comment = row["comment"].strip()
    if predicate not in PREDICATES:
        raise row.error(f"{row['predicate_id']} is no SKOS mapping", hint="use skos:exactMatch …")
    if not justification.value.startswith(_JUSTIFICATIONS):
        raise row.error(f"{row['mapping_justification']} is not of the semapv vocabulary")
    if not comment:
        raise row.error("the comment does not say where the identity was verified")
    for base, form in _FORMS.items():
        if value.value.startswith(base) and not form.match(value.value[len(base) :]):
            raise row.error(f"{row['object_id']} is not an identifier of {base}")
    return MappingRow(Triple(subject, predicate, value), justification, comment, row.path, row.line)


def _keys(triple: Triple) -> Iterator[tuple[object, ...]]:
    """What may occur once: the row, and both ends of an identity within one source."""
    yield ("the same mapping again", triple)
    if triple.predicate == SKOS.exactMatch and isinstance(triple.object, IRI):
        source = next((b for b in _FORMS if triple.object.value.startswith(b)), "")
        yield ("two things are said to be exactly this", triple.object)
        yield ("this is said to be exactly two things", triple.subject, source)


def _iri(row: TableRow, column: str, prefixes: Mapping[str, str]) -> IRI:
    name = row[column]
    prefix, colon, local = name.partition(":")
    base = prefixes.get(prefix)
    if not colon or not local or base is None:
        raise row.error(f"{name!r} is no name with a prefix of curie_map")
    try:
        return IRI(base + local)
    except ValueError:
        raise row.error(f"{name!r} is no IRI") from None


__all__ = ["COLUMNS", "PREDICATES", "MappingRow", "read_mappings"]
