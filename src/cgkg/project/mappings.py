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
from typing import NoReturn

from cgkg.errors import SourceError
from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import SKOS

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
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None
    except UnicodeDecodeError as error:
        raise SourceError(f"not UTF-8 at byte {error.start}", path=path) from None
    start = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    table = _MappingTable(path, _prefixes(lines[:start]), start + 1)
    if start == len(lines):
        table.refuse(start, "there is no header row", f"expected {', '.join(COLUMNS)}")
    names = lines[start].split("\t")
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        table.refuse(start + 1, f"the header lacks {', '.join(missing)}")
    rows = ((n, line) for n, line in enumerate(lines[start + 1 :], start + 2) if line.strip())
    return tuple(table.links(names, rows, known))


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


@dataclass(frozen=True)
class _MappingTable:
    """Reads the rows of one table."""

    path: Path
    prefixes: Mapping[str, str]
    header: int

    def links(
        self,
        names: list[str],
        rows: Iterable[tuple[int, str]],
        known: Container[object] | None,
    ) -> Iterator[MappingRow]:
        """Every row as a link."""
        seen: dict[tuple[object, ...], int] = {}
        for line, text in rows:
            cells = text.split("\t")
            if len(cells) != len(names):
                self.refuse(line, f"expected {len(names)} cells, found {len(cells)}")
            link = self._link(dict(zip(names, cells, strict=True)), line)
            triple = link.triple
            if known is not None and triple.subject not in known:
                self.refuse(line, f"the graph has no {triple.subject}", "see data/registry.csv")
            for key in self._keys(triple):
                if key in seen:
                    self.refuse(line, f"{key[0]}, first on line {seen[key]}")
                seen[key] = line
            yield link

    def _link(self, row: Mapping[str, str], line: int) -> MappingRow:
        subject, predicate, value, justification = (
            self._iri(row[name], line) for name in COLUMNS[:4]
        )
        if predicate not in PREDICATES:
            self.refuse(line, f"{row['predicate_id']} is no SKOS mapping", "use skos:exactMatch …")
        if not justification.value.startswith(_JUSTIFICATIONS):
            self.refuse(line, f"{row['mapping_justification']} is not of the semapv vocabulary")
        if not row["comment"].strip():
            self.refuse(line, "the comment does not say where the identity was verified")
        for base, form in _FORMS.items():
            if value.value.startswith(base) and not form.match(value.value[len(base) :]):
                self.refuse(line, f"{row['object_id']} is not an identifier of {base}")
        triple = Triple(subject, predicate, value)
        return MappingRow(triple, justification, row["comment"].strip(), self.path, line)

    def _keys(self, triple: Triple) -> Iterator[tuple[object, ...]]:
        """What may occur once: the row, and both ends of an identity within one source."""
        yield ("the same mapping again", triple)
        if triple.predicate == SKOS.exactMatch and isinstance(triple.object, IRI):
            source = next((b for b in _FORMS if triple.object.value.startswith(b)), "")
            yield ("two things are said to be exactly this", triple.object)
            yield ("this is said to be exactly two things", triple.subject, source)

    def _iri(self, name: str, line: int) -> IRI:
        prefix, colon, local = name.partition(":")
        base = self.prefixes.get(prefix)
        if not colon or not local or base is None:
            self.refuse(line, f"{name!r} is no name with a prefix of curie_map")
        try:
            return IRI(base + local)
        except ValueError:
            self.refuse(line, f"{name!r} is no IRI")

    def refuse(self, line: int, what: str, hint: str = "") -> NoReturn:
        raise SourceError(what, path=self.path, line=line, hint=hint)


__all__ = ["COLUMNS", "PREDICATES", "MappingRow", "read_mappings"]
