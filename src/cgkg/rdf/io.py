"""RDF syntaxes: reading files and bytes, writing triples and quads; pyoxigraph does the work.

Terms are kept exactly as parsed (lexical forms, datatypes, language tags).
"""

from __future__ import annotations

import codecs
import contextlib
import io
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, Quad, Triple

from cgkg.errors import SourceError
from cgkg.formats import GRAPHS, Format
from cgkg.rdf.canonical import canonicalize
from cgkg.rdf.compression import (
    COMPRESSIONS,
    open_decompressed,
    read_decompressed,
    without_compression,
)
from cgkg.rdf.terms import Subject, Term, parts
from cgkg.rdf.xml import RdfXml

__all__ = [
    "RDF_FILES",
    "canonicalize",
    "is_rdf",
    "no_triple_terms",
    "parse_bytes",
    "parse_file",
    "parse_lines",
    "read_rdf",
    "read_turtle",
    "serialize",
    "syntax_of",
    "transcribe",
    "write",
]

_WHERE = re.compile(r"^Parser error at [^:]*: ")
_QUOTED = (
    (re.compile(r"^The prefix .* has"), "a prefix has"),
    (re.compile(r"^.* is not a valid", re.DOTALL), "what stands there is not a valid"),
    (re.compile(r"""'..+'|"..+"|<.+>""", re.DOTALL), "…"),
)
_BY_SUFFIX = {f".{suffix}": form for form in GRAPHS for suffix in form.suffixes}
RDF_FILES = f"{', '.join(_BY_SUFFIX)}, also compressed ({', '.join(COMPRESSIONS)})"
"""What names of RDF files may end in, for messages."""


def _of_engine(form: Format) -> ox.RdfFormat:
    """The format as the engine has it."""
    found = ox.RdfFormat.from_media_type(form.media_type)
    assert found, form
    return found


_SYNTAXES = {form: _of_engine(form) for form in GRAPHS}


def parse_file(path: Path, *, blank_prefix: str = "") -> list[Quad]:
    """All quads of an RDF file, in document order, with terms as written.

    Args:
        path: the file; its name says the syntax and may say a compression (a.ttl, a.ttl.gz).
        blank_prefix: put before every blank node label, so that files can be merged reproducibly.

    Raises:
        SourceError: the file is missing or malformed; says line and column (1-based).
    """
    form = syntax_of(path)
    quads = _parse(read_decompressed(path), form, path)
    return _prefix_blanks(quads, blank_prefix) if blank_prefix else quads


def read_rdf(path: Path) -> tuple[list[Triple], dict[str, str]]:
    """The triples of a file without named graphs, and the prefixes it declares.

    Raises:
        SourceError: as `parse_file`; or the file has named graphs.
    """
    quads = parse_file(path)
    if any(quad.graph_name != DefaultGraph() for quad in quads):
        raise SourceError("it has named graphs", path=path, hint="give a file of plain triples")
    with open_decompressed(path) as file:
        parser = _parser(file, syntax_of(path), path)
        deque(parser, maxlen=0)  # prefixes are known when all is read
    return [quad.triple for quad in quads], dict(parser.prefixes)


def read_turtle(text: str, base: str) -> tuple[list[Triple], dict[str, str]]:
    """The triples of a well-formed Turtle text, and the prefixes it declares."""
    parser = ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri=base)
    return [quad.triple for quad in parser], dict(parser.prefixes)


def transcribe(path: Path, output: IO[bytes]) -> None:
    """Write the quads of an RDF file, however large, as N-Quads, terms as written.

    Labels of blank nodes are those of the file; nodes without a label get a random one.

    Args:
        path: as in `parse_file`.
        output: gets whole and half lines.

    Raises:
        SourceError: the file is missing or malformed; says line and column (1-based).
    """
    with open_decompressed(path) as file:
        parser = _parser(file, syntax_of(path), path)
        first: list[Quad] = []
        try:
            first += islice(parser, 1)
            ox.serialize(chain(first, parser), output, ox.RdfFormat.N_QUADS)
        except SyntaxError as error:
            raise _malformed(error, path, begun=bool(first or parser.prefixes)) from None


def _parser(file: BinaryIO, form: Format, path: Path) -> ox.QuadParser | RdfXml:
    """Reads the quads of a file; what is relative in it is so to the path."""
    base = path.resolve().as_uri()
    if form is Format.RDF_XML:
        return RdfXml(file, base, path)
    return ox.parse(cast("IO[bytes]", file), _SYNTAXES[form], base_iri=base)


def is_rdf(path: Path) -> bool:
    """Whether the file's name ends as those of RDF files do."""
    return without_compression(path).suffix.lower() in _BY_SUFFIX


def syntax_of(path: Path) -> Format:
    """The syntax of an RDF file, by its name.

    Raises:
        SourceError: the name does not say one.
    """
    suffix = without_compression(path).suffix
    form = _BY_SUFFIX.get(suffix.lower())
    if form is None:
        raise SourceError(
            f"unknown RDF file extension {suffix!r}", path=path, hint=f"use one of {RDF_FILES}"
        )
    return form


def _malformed(error: SyntaxError, path: Path, *, begun: bool) -> SourceError:
    what, hint = _WHERE.sub("", str(error.msg)), "correct it there"
    if not begun:
        # It may be no RDF at all, but what a link or an import leads to: it is not quoted.
        for quoted, instead in _QUOTED:
            what = quoted.sub(instead, what)
    with contextlib.suppress(SourceError, OSError), open_decompressed(path) as file:
        if file.read(3) == codecs.BOM_UTF8:
            hint = "it begins with a byte order mark: save it as UTF-8 without one"
    return SourceError(what, path=path, line=error.lineno, column=error.offset, hint=hint)


def no_triple_terms(path: Path) -> SourceError:
    """The error for a file with terms of RDF 1.2."""
    return SourceError(
        "triple terms of RDF 1.2 are not supported",
        path=path,
        hint="say where a statement comes from with a named graph",
    )


def parse_lines(lines: Sequence[str], numbers: Sequence[int], path: Path) -> list[Quad]:
    """The quads on some lines of an N-Triples or N-Quads file, blank node labels as written.

    Args:
        lines: without their line ends.
        numbers: the number of each line in the file (1-based), for errors.
        path: the file; its name says the syntax.

    Raises:
        SourceError: a line is malformed; says its number in the file.
    """
    form = syntax_of(path)
    try:
        return _parse("\n".join(lines).encode(), form, path)
    except SourceError as error:
        # where a full stop is missing, the parser complains about the line that comes next
        last = min(error.line or 1, len(lines))
        for place in range(max(last - 2, 0), last):
            try:
                _parse(lines[place].encode(), form, path)
            except SourceError as cause:
                raise SourceError(
                    cause.what,
                    path=path,
                    line=numbers[place],
                    column=cause.column,
                    hint=cause.hint,
                ) from None
        raise


def parse_bytes(content: bytes, form: Format, path: Path) -> list[Quad]:
    """The quads of a document in memory, triple terms of RDF 1.2 allowed.

    Args:
        content: the document.
        form: its syntax.
        path: where it is from, for errors and relative IRIs.

    Raises:
        SourceError: it is malformed; says line and column (1-based).
    """
    parser = _parser(io.BytesIO(content), form, path)
    quads: list[Quad] = []
    try:
        quads.extend(parser)
    except SyntaxError as error:
        raise _malformed(error, path, begun=bool(quads or parser.prefixes)) from None
    return quads


def _parse(content: bytes, form: Format, path: Path) -> list[Quad]:
    quads = parse_bytes(content, form, path)
    if any(isinstance(quad.object, Triple) for quad in quads):
        raise no_triple_terms(path)
    return quads


def _prefix_blanks(quads: Iterable[Quad], prefix: str) -> list[Quad]:
    """The same quads with blank nodes numbered in document order under `prefix`."""
    names: dict[str, BlankNode] = {}

    def rename(term: Term) -> Term:
        if not isinstance(term, BlankNode):
            return term
        return names.setdefault(term.value, BlankNode(f"{prefix}{len(names)}"))

    renamed = []
    for quad in quads:
        s, p, o = parts(quad)
        renamed.append(Quad(cast("Subject", rename(s)), p, rename(o), quad.graph_name))
    return renamed


def serialize(
    statements: Iterable[Quad] | Iterable[Triple],
    form: Format,
    *,
    prefixes: Mapping[str, str] | None = None,
) -> bytes:
    """The statements in the given syntax, in the order given."""
    given = dict(prefixes) if prefixes else None
    return ox.serialize(statements, format=_SYNTAXES[form], prefixes=given) or b""


class ByteOutput(Protocol):
    """Where bytes can be written."""

    def write(self, part: bytes, /) -> int:
        """Take them."""


def write(
    statements: Iterable[Quad] | Iterable[Triple],
    output: ByteOutput,
    form: Format,
    *,
    prefixes: Mapping[str, str] | None = None,
) -> None:
    """Write the statements in the given syntax as they come."""
    given = dict(prefixes) if prefixes else None
    ox.serialize(statements, cast("IO[bytes]", output), _SYNTAXES[form], prefixes=given)
