"""What files import: owl:imports followed through catalogs, to the end, without a network."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from cgkg.errors import ImportNotFoundError, SourceError
from cgkg.formats import Format
from cgkg.project.catalog import (
    CATALOG,
    Catalog,
    CatalogRemark,
    CatalogTarget,
    local_file,
    normalized,
)
from cgkg.rdf.compression import open_decompressed, read_decompressed
from cgkg.rdf.io import Reading, is_rdf, parse_file, parse_lines, syntax_of
from cgkg.rdf.lines import Locator, is_turtle
from cgkg.rdf.terms import IRI, Quad, Triple
from cgkg.rdf.vocab import OWL, RDF

_LINES = (Format.N_TRIPLES, Format.N_QUADS)
_BLOCK = 1 << 22
# What a file must hold, written out or with escapes, to say what it imports or what it is called.
_IMPORTING = re.compile(rb"imports|\\u00|&#")
_NAMING = re.compile(rb"Ontology|versionIRI|\\u00|&#")


Keep = Callable[[Path, object, Callable[[], list[Triple]]], list[Triple]]


@dataclass(frozen=True)
class ImportedFile:
    """A file that is read because another imports it; of one that was asked for, `by` is None."""

    path: Path
    by: Path | None = None
    statement: Triple | None = None


@dataclass
class Imports:
    """The files asked for and all that they import, each once, however often it is imported.

    An import leads to the file that a catalog names; else to the ontology of that name or version
    among the files; else, as a file: IRI, to the file itself. The catalogs asked are the given one,
    then that beside the file asked for, then that beside the importing file.

    Attributes:
        files: in the order in which they are imported; those that cannot be read, too.
        errors: files that cannot be read, each as an error that names the importing file.
        missing: imports that lead nowhere.
        catalogs: the catalog files read.
        remarks: what is to be said of their entries.
    """

    roots: tuple[Path, ...]
    catalog: Path | None = None
    files: list[ImportedFile] = field(default_factory=list)
    errors: list[SourceError] = field(default_factory=list)
    missing: list[ImportNotFoundError] = field(default_factory=list)
    _catalogs: dict[str, Catalog] = field(default_factory=dict)
    _prefixes: Mapping[str, str] = field(default_factory=dict, repr=False)
    _keep: Keep = field(default=lambda path, kind, of: of(), repr=False)

    @classmethod
    def of(
        cls,
        roots: Iterable[Path],
        catalog: Path | None = None,
        *,
        keep: Keep | None = None,
        prefixes: Mapping[str, str] | None = None,
    ) -> Imports:
        """The files that these import, these first; nothing is raised.

        Args:
            roots: RDF files.
            catalog: asked before those beside the files.
            keep: gives what a file says as it was when it was read before, if it did not change.
            prefixes: those that hold before a file declares its own.
        """
        imports = cls(tuple(roots), catalog)
        imports._prefixes = prefixes or {}
        if keep is not None:
            imports._keep = keep
        imports._follow()
        return imports

    @cached_property
    def catalogs(self) -> tuple[Path, ...]:
        """The catalog files read, each once."""
        paths = [path for catalog in self._catalogs.values() for path in catalog.files]
        return tuple({os.path.realpath(path): path for path in paths}.values())

    @cached_property
    def remarks(self) -> tuple[CatalogRemark, ...]:
        """What is to be said of entries of the catalogs, each once."""
        said = [remark for catalog in self._catalogs.values() for remark in catalog.remarks]
        return tuple({(each.path, each.line): each for each in said}.values())

    def explain(self, error: SourceError) -> SourceError:
        """The error of a file that cannot be read, with the file that imports it."""
        where = os.path.realpath(error.path)
        for file in self.files:
            if file.by and file.statement and os.path.realpath(file.path) == where:
                line = _line(file.by, file.statement, self._prefixes)
                by = f"{file.by}:{line} imports it" if line else f"{file.by} imports it"
                return SourceError(
                    error.what,
                    path=error.path,
                    line=error.line,
                    column=error.column,
                    hint=f"{error.hint}; {by}" if error.hint else by,
                )
        return error

    def _follow(self) -> None:
        roots = {os.path.realpath(path): path for path in self.roots}
        given = [self.catalog] if self.catalog else []
        catalogs = {key: [*given, path.parent / CATALOG] for key, path in roots.items()}
        self.files = [ImportedFile(path) for path in roots.values()]
        unnamed: list[tuple[Path, Triple, list[Path]]] = []
        for file in self.files:  # it grows meanwhile
            asked = catalogs[os.path.realpath(file.path)]
            for statement in self._imports_of(file):
                try:
                    path = self._resolve(file.path, statement, asked)
                except _Unnamed:
                    unnamed.append((file.path, statement, asked))
                    continue
                key = os.path.realpath(path) if path else ""
                if path is not None and key not in catalogs:
                    self.files.append(ImportedFile(path, file.path, statement))
                    known = {os.path.realpath(each) for each in asked}
                    beside = path.parent / CATALOG
                    more = [] if os.path.realpath(beside) in known else [beside]
                    catalogs[key] = [*asked, *more]
        names = self._names() if unnamed else frozenset()
        for by, statement, asked in unnamed:
            self._check_named(by, statement, asked, names)

    def _imports_of(self, file: ImportedFile) -> list[Triple]:
        try:
            return self._keep(
                file.path,
                ("imports", *self._prefixes.items()),
                lambda: list(
                    _statements(file.path, _IMPORTING, OWL.imports, prefixes=self._prefixes)
                ),
            )
        except SourceError as error:
            self.errors.append(self.explain(error))
            return []

    def _names(self) -> frozenset[str]:
        """The IRIs of the ontologies, and of their versions, in all files."""
        names: set[str] = set()
        for file in self.files:
            try:
                names.update(_names_of(file.path))
            except SourceError as error:
                self.errors.append(self.explain(error))
        return frozenset(names)

    def _resolve(self, by: Path, statement: Triple, catalogs: list[Path]) -> Path | None:
        """The file that an import leads to; None if that is no file, and the import is missing.

        Raises:
            _Unnamed: no catalog says where.
        """
        target = statement.object
        if not isinstance(target, IRI):
            self._miss(by, statement, "it is no IRI", "write an IRI in angle brackets")
            return None
        entry = self._find(target.value, catalogs)
        if entry is None:
            path = local_file(normalized(target.value), near=by)
            if path is None or not path.is_file():
                raise _Unnamed
            return path
        if entry.path is not None and entry.path.is_file():
            return entry.path
        where = f"{entry.catalog}:{entry.line}"
        if entry.path is None:
            why = f"{where} leads to {entry.uri}, and nothing is fetched"
        else:
            what = "a folder" if entry.path.is_dir() else "not there"
            why = f"{where} leads to {entry.path}, which is {what}"
        self._miss(by, statement, why, f"name a file there: {where}")
        return None

    def _find(self, iri: str, catalogs: list[Path]) -> CatalogTarget | None:
        for place in catalogs:
            catalog = self._catalogs.setdefault(os.path.realpath(place), Catalog(place))
            try:
                entry = catalog.find(iri)
            except SourceError as error:
                self.errors.append(error)
                continue
            if entry is not None:
                return entry
        return None

    def _check_named(
        self, by: Path, statement: Triple, catalogs: list[Path], names: frozenset[str]
    ) -> None:
        """An import that no catalog names is missing, unless it is of a file that is read."""
        iri = str(statement.object.value) if isinstance(statement.object, IRI) else ""
        if iri in names:
            return
        path = local_file(normalized(iri), near=by)
        if path is None:
            self._miss(by, statement, "no catalog names it", _remedy(iri, catalogs))
        else:
            why = "it is a folder" if path.is_dir() else "there is no such file"
            self._miss(by, statement, why, "name an RDF file")

    def _miss(self, by: Path, statement: Triple, why: str, hint: str) -> None:
        value = statement.object
        iri = value.value if isinstance(value, IRI) else str(value)
        line = _line(by, statement, self._prefixes)
        self.missing.append(ImportNotFoundError(iri, path=by, line=line, why=why, hint=hint))


class _Unnamed(Exception):
    """No catalog says where an ontology is."""


def _remedy(iri: str, catalogs: list[Path]) -> str:
    """What to add to which catalog, so that the import is found."""
    from xml.sax.saxutils import quoteattr  # with it comes a client for HTTP

    place = next((path for path in catalogs if path.is_file()), catalogs[0])
    folder = place.parent
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            held = path.is_file() and is_rdf(path) and iri in _names_of(path)
        except SourceError:
            continue
        if held:
            entry = f"<uri name={quoteattr(iri)} uri={quoteattr(quote(path.name))}/>"
            return f"{path.name} beside it holds it: add {entry} to {place}"
    return (
        f'save a copy of it, and add <uri name={quoteattr(iri)} uri="FILE"/> to {place};'
        " imports are never fetched"
    )


def _names_of(path: Path) -> Iterator[str]:
    """The IRIs that an import can name the ontology in a file by; raises as `_statements`."""
    for triple in _statements(path, _NAMING, RDF.type, OWL.versionIRI):
        named = triple.subject if triple.predicate == RDF.type else triple.object
        if isinstance(named, IRI) and triple.object in (OWL.Ontology, named):
            yield named.value


def _statements(
    path: Path,
    sign: re.Pattern[bytes],
    *predicates: IRI,
    prefixes: Mapping[str, str] | None = None,
) -> Iterator[Triple]:
    """The statements of a file with these properties.

    Args:
        path: an RDF file.
        sign: what a file that has such statements holds; one that does not is not parsed.
        predicates: the properties.
        prefixes: those that hold before the file declares its own.

    Raises:
        SourceError: it is missing or malformed.
    """
    if syntax_of(path) in _LINES:
        quads = _lines_with(path, sign)
    else:
        reading = Reading(prefixes=prefixes or {})
        match = sign.search(_searchable(path))
        quads = parse_file(path, reading=reading) if match else []
    yield from (quad.triple for quad in quads if quad.predicate in predicates)


def _searchable(path: Path) -> bytes:
    """The content of a file; of XML in UTF-16 without the zeros beside its letters."""
    return read_decompressed(path).replace(b"\0", b"")


def _lines_with(path: Path, sign: re.Pattern[bytes]) -> list[Quad]:
    """The statements on the lines that hold the sign; these files are long."""
    lines: list[str] = []
    with open_decompressed(path) as file:
        rest = b""
        while part := file.read(_BLOCK):
            block, newline, rest = (rest + part).rpartition(b"\n")
            lines += _found(block + newline, sign)
        lines += _found(rest, sign)
    return parse_lines(lines, range(1, len(lines) + 1), path) if lines else []


def _found(block: bytes, sign: re.Pattern[bytes]) -> Iterator[str]:
    if sign.search(block):
        for line in block.split(b"\n"):
            if b"owl#" in line and sign.search(line):
                yield line.decode("utf-8", "replace")


def _line(path: Path, statement: Triple, prefixes: Mapping[str, str]) -> int | None:
    """The line of a statement about an import, or the first that has the name."""
    if is_turtle(path):
        place = Locator([path], prefixes=prefixes).of(statement)
        return place.line if place else None
    from xml.sax.saxutils import escape

    value = statement.object.value if isinstance(statement.object, IRI) else str(statement.object)
    text = _searchable(path).decode("utf-8", "replace")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if escape(value) in line]
    return lines[0] if lines else None
