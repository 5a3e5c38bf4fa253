"""catalog-v001.xml: which file holds which ontology (OASIS XML Catalogs 1.1).

Imports are URI references, so of a catalog's entries those for URIs are used: uri, rewriteURI,
uriSuffix, delegateURI, nextCatalog and group (section 7.2 says in which order); and system, which
some tools write where uri is meant. Nothing is fetched.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit
from xml.parsers import expat

from cgkg.errors import SourceError
from cgkg.languages import translations
from cgkg.opening import read_regular

CATALOG = "catalog-v001.xml"
"""What Protégé calls the catalog of a folder."""

_NAMESPACE = "urn:oasis:names:tc:entity:xmlns:xml:catalog"
_BASE = "http://www.w3.org/XML/1998/namespace base"
# The attributes that an entry needs: what it is compared with, and where it leads.
_ENTRIES = {
    "uri": ("name", "uri"),
    "system": ("systemId", "uri"),
    "rewriteURI": ("uriStartString", "rewritePrefix"),
    "uriSuffix": ("uriSuffix", "uri"),
    "delegateURI": ("uriStartString", "catalog"),
    "nextCatalog": (None, "catalog"),
}
_AS_IN_A_URI = "%/:=&?~#+!$,;'@()*[]"


@dataclass(frozen=True)
class CatalogEntry:
    """An entry of a catalog.

    Attributes:
        kind: the name of the element.
        given: the IRI, or the part of one, that it is about; empty for nextCatalog.
        written: where it leads, as it can stand in a catalog in the same folder.
        target: the same as an absolute URI.
        line: of the file.
    """

    kind: str
    given: str
    written: str
    target: str
    line: int

    @property
    def match(self) -> str:
        """What it is compared with: `given`, with what a URI cannot hold escaped."""
        return normalized(self.given)

    def file(self, catalog: Path) -> Path | None:
        """The file that it leads to from this catalog; None if that is a URI of another kind."""
        return local_file(self.target, near=catalog)

    def as_xml(self) -> str:
        """The element."""
        from xml.sax.saxutils import quoteattr  # with it comes a client for HTTP

        given, leads = _ENTRIES[self.kind]
        about = f" {given}={quoteattr(self.given)}" if given else ""
        return f"<{self.kind}{about} {leads}={quoteattr(self.written)}/>"


@dataclass(frozen=True)
class CatalogRemark:
    """What is to be said of a line of a catalog, by language."""

    path: Path
    line: int
    message: Mapping[str, str]


@dataclass(frozen=True)
class CatalogTarget:
    """Where a catalog leads an ontology IRI.

    `path` is None if the URI is none of a file here; `catalog` and `line` say which entry it is.
    """

    uri: str
    path: Path | None
    catalog: Path
    line: int


@dataclass
class Catalog:
    """A catalog with those it names in turn, read as they are needed.

    Attributes:
        path: its file, which need not exist.
        files: the catalogs that were read so far, in order.
        remarks: entries that are not used, and catalogs that are not there.
    """

    path: Path
    files: list[Path] = field(default_factory=list)
    remarks: list[CatalogRemark] = field(default_factory=list)
    _read: dict[str, tuple[CatalogEntry, ...]] = field(default_factory=dict)

    def find(self, iri: str) -> CatalogTarget | None:
        """Where it leads an IRI; None without an entry for it.

        Raises:
            SourceError: a catalog is malformed; says line and column.
        """
        wanted = normalized(iri)
        waiting, seen = [self.path], set[str]()
        while waiting:
            path = waiting.pop(0)
            key = os.path.realpath(path)
            if key in seen:
                continue
            seen.add(key)
            entries = self._entries(path)
            matched = _match(entries, wanted)
            if matched:
                uri, line = matched
                return CatalogTarget(uri, local_file(uri, near=path), path, line)
            delegates = [
                each for each in entries if each.kind == "delegateURI"
                and wanted.startswith(each.match)
            ]  # fmt: skip
            delegates.sort(key=lambda each: -len(each.match))
            following = [each for each in entries if each.kind == "nextCatalog"]
            # Delegates take the place of all other catalogs.
            waiting = (
                list(self._others(path, delegates))
                if delegates
                else [*self._others(path, following), *waiting]
            )
        return None

    def entries(self) -> tuple[CatalogEntry, ...]:
        """The entries of the catalog itself.

        Raises:
            SourceError: as `find`.
        """
        return self._entries(self.path)

    def _others(self, path: Path, entries: list[CatalogEntry]) -> Iterator[Path]:
        for entry in entries:
            other = local_file(entry.target, near=path)
            if other is not None and other.is_file():
                yield other
                continue
            message = translations("there is no catalog {uri}", uri=entry.written)
            if other is None:
                message = translations("the catalog {uri} is never fetched", uri=entry.written)
            remark = CatalogRemark(path, entry.line, message)
            if remark not in self.remarks:
                self.remarks.append(remark)

    def _entries(self, path: Path) -> tuple[CatalogEntry, ...]:
        key = os.path.realpath(path)
        if key not in self._read:
            self._read[key] = ()
            if path.is_file():
                self.files.append(path)
                reader = _CatalogReader(path)
                self._read[key] = tuple(reader.entries)
                self.remarks += reader.remarks
        return self._read[key]


def _match(entries: tuple[CatalogEntry, ...], wanted: str) -> tuple[str, int] | None:
    """The URI an entry leads to, and its line: an exact match goes first, then the longest."""

    def of(kind: str) -> list[CatalogEntry]:
        return [each for each in entries if each.kind == kind]

    for kind in ("uri", "system"):
        for each in of(kind):
            if each.match == wanted:
                return each.target, each.line
    starts = [each for each in of("rewriteURI") if wanted.startswith(each.match)]
    if starts:
        each = max(starts, key=lambda each: len(each.match))
        return each.target + wanted[len(each.match) :], each.line
    ends = [each for each in of("uriSuffix") if wanted.endswith(each.match)]
    if ends:
        each = max(ends, key=lambda each: len(each.match))
        return each.target, each.line
    return None


class _CatalogReader:
    """The entries of one file, and remarks about those that are not used."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            SourceError: it is not XML, or no catalog, or an entry lacks an attribute.
        """
        self.entries: list[CatalogEntry] = []
        self.remarks: list[CatalogRemark] = []
        self._path = path
        self._bases = [Path(os.path.abspath(path)).as_uri()]
        self._ignored = 0  # how deep in an element that is none of a catalog
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        try:
            self._parser.Parse(read_regular(path), True)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise SourceError(what, path=path, line=error.lineno, column=error.offset + 1) from None
        except (LookupError, ValueError) as error:  # an encoding that there is not
            raise SourceError(str(error), path=path, line=1) from None
        except OSError as error:
            raise SourceError(error.strerror or str(error), path=path) from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        *namespace, name = tag.split(" ")
        root = len(self._bases) == 1
        if root and (name != "catalog" or namespace not in ([], [_NAMESPACE])):
            raise self._error(
                f"the root element is <{name}>, a catalog begins with <catalog"
                f' xmlns="{_NAMESPACE}">'
            )
        self._bases.append(urljoin(self._bases[-1], attributes.get(_BASE, "")))
        # Elements of other namespaces say nothing to a resolver, nor does what they hold.
        if self._ignored or namespace not in ([], [_NAMESPACE]):
            self._ignored += 1
        elif name in _ENTRIES:
            self._entry(name, attributes)
        elif name not in ("catalog", "group"):
            message = translations("cgkg does not use <{name}> for imports", name=name)
            self.remarks.append(CatalogRemark(self._path, self._parser.CurrentLineNumber, message))

    def _end(self, tag: str) -> None:
        self._bases.pop()
        self._ignored = max(0, self._ignored - 1)

    def _entry(self, kind: str, attributes: dict[str, str]) -> None:
        given, leads = _ENTRIES[kind]
        for wanted in (given, leads):
            if wanted and wanted not in attributes:
                raise self._error(f"<{kind}> lacks the attribute {wanted}")
        base, line = self._bases[-1], self._parser.CurrentLineNumber
        target = urljoin(base, normalized(attributes[leads]))
        written = attributes[leads] if base == self._bases[0] else self._as_seen(target)
        about = attributes[given] if given else ""
        self.entries.append(CatalogEntry(kind, about, written, target, line))

    def _as_seen(self, uri: str) -> str:
        """A URI as it can be written where no xml:base holds."""
        file = local_file(uri, near=self._path)
        if file is None:
            return uri
        folder = "/" if uri.endswith("/") else ""
        return quote(Path(os.path.relpath(file, self._path.parent)).as_posix() + folder)

    def _error(self, what: str) -> SourceError:
        line = self._parser.CurrentLineNumber
        hint = "correct it there, or run cgkg fmt, which writes the catalog of a project anew"
        return SourceError(what, path=self._path, line=line, hint=hint)


def contexts_of(path: Path) -> dict[str, Path]:
    """The files that a catalog names for IRIs, by IRI: where JSON-LD contexts are looked up.

    Raises:
        SourceError: it is malformed; says line and column.
    """
    entries = (each for each in Catalog(path).entries() if each.kind in ("uri", "system"))
    files = ((each.given, each.file(path)) for each in entries)
    return {iri: file for iri, file in files if file is not None}


def contexts_beside(files: Iterable[Path]) -> dict[str, Path]:
    """The same by the catalogs in the folders of these files."""
    contexts: dict[str, Path] = {}
    for folder in dict.fromkeys(file.parent for file in files):
        contexts |= contexts_of(folder / CATALOG)
    return contexts


def normalized(uri: str) -> str:
    """The URI with what may not stand in one escaped (section 6.4): blanks, Chinese characters."""
    return quote(uri.strip(), safe=_AS_IN_A_URI)


def local_file(uri: str, *, near: Path) -> Path | None:
    """The file that a file: URI names; None for a URI of any other kind, or of another machine.

    Args:
        uri: absolute.
        near: a file whose path says whether the answer is relative to the working folder.
    """
    split = urlsplit(uri)
    if split.scheme != "file" or split.netloc not in ("", "localhost"):
        return None
    # A name may hold a per cent sign, a hash or a question mark as it is.
    written = uri.removeprefix("file:").removeprefix(f"//{split.netloc}")
    names = [unquote(split.path), unquote(written), split.path]
    existing = next((name for name in names if os.path.exists(name)), names[0])
    if near.is_absolute() or not _beside(existing, near):
        return Path(existing)
    return Path(os.path.relpath(existing))


def _beside(name: str, near: Path) -> bool:
    """Whether a path leads there that does not pass by the root of all files."""
    return len(Path(os.path.commonpath([name, os.path.abspath(near)])).parts) > 1
