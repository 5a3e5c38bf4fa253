"""RDF syntaxes: reading files and bytes, writing triples and quads; pyoxigraph does the work.

Terms are kept exactly as parsed (lexical forms, datatypes, language tags).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol, cast

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, Quad, Triple

from cgkg.errors import SourceError
from cgkg.formats import Format
from cgkg.rdf.canonical import canonicalize
from cgkg.rdf.compression import open_decompressed, read_decompressed
from cgkg.rdf.engine import (
    LINE_SYNTAXES,
    SYNTAXES,
    TURTLES,
    declarations,
    errors_of,
    no_direction,
    no_triple_terms,
    parse,
    parse_bytes,
    parser_of,
    told,
    too_long,
)
from cgkg.rdf.lenient import (
    SkippedStatements,
    good_line,
    good_lines,
    good_statements,
    is_sound,
)
from cgkg.rdf.names import BY_CONTENT, RDF_FILES, head_of, is_rdf, may_be_rdf, syntax_of
from cgkg.rdf.terms import Literal, Subject, Term, parts
from cgkg.rdf.vocab import RDF

__all__ = [
    "BY_CONTENT",
    "RDF_FILES",
    "STRICT",
    "Reading",
    "SkippedStatements",
    "canonicalize",
    "head_of",
    "is_rdf",
    "may_be_rdf",
    "no_direction",
    "no_triple_terms",
    "parse_bytes",
    "parse_file",
    "parse_lines",
    "read_back",
    "read_rdf",
    "read_turtle",
    "serialize",
    "syntax_of",
    "transcribe",
    "write",
]


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes:
        contexts: file of each JSON-LD context, by its IRI; none is ever fetched.
        prefixes: hold in Turtle and TriG before a file declares its own.
        skipped: takes the statements of Turtle, TriG, N-Triples and N-Quads that are wrong; without
            it the first one is an error.
    """

    contexts: Mapping[str, Path] = field(default_factory=dict)
    skipped: SkippedStatements | None = None
    prefixes: Mapping[str, str] = field(default_factory=dict)


STRICT = Reading()


def parse_file(path: Path, *, blank_prefix: str = "", reading: Reading = STRICT) -> list[Quad]:
    """All quads of an RDF file, in document order, with terms as written.

    Args:
        path: the file; its name says the syntax and may say a compression (a.ttl, a.ttl.gz).
        blank_prefix: put before every blank node label, so that files can be merged reproducibly.
        reading: where contexts are, and what becomes of wrong statements.

    Raises:
        SourceError: the file is missing or malformed; says line and column (1-based).
    """
    form = syntax_of(path)
    if form is Format.JSON_LD or reading.skipped is not None:
        quads = list(_quads(path, form, reading))
    else:  # without a generator between them the engine's parser is a third faster
        head = declarations(reading.prefixes, form)
        with errors_of(path, form, head=head), open_decompressed(path) as file:
            quads = list(parser_of(file, form, path, head))
    objects = [quad.object for quad in quads]
    if any(type(term) is Triple for term in objects):
        raise no_triple_terms(path)
    if any(type(term) is Literal and term.direction for term in objects):
        raise no_direction(path)
    return _prefix_blanks(quads, blank_prefix) if blank_prefix else quads


def read_rdf(path: Path, *, reading: Reading = STRICT) -> tuple[list[Triple], dict[str, str]]:
    """The triples of a file without named graphs, and the prefixes it declares.

    Raises:
        SourceError: as `parse_file`; or the file has named graphs.
    """
    quads = parse_file(path, reading=reading)
    if any(quad.graph_name != DefaultGraph() for quad in quads):
        raise SourceError("it has named graphs", path=path, hint="give a file of plain triples")
    return [quad.triple for quad in quads], read_prefixes(path, reading=reading)


def read_prefixes(path: Path, *, reading: Reading = STRICT) -> dict[str, str]:
    """The prefixes that a well-formed file declares, and those that hold before."""
    form = syntax_of(path)
    if form is Format.JSON_LD:
        return {}
    with open_decompressed(path) as file:
        parser = parser_of(file, form, path, declarations(reading.prefixes, form))
        deque(parser, maxlen=0)  # prefixes are known when all is read
    return dict(parser.prefixes)


def read_turtle(text: str, base: str) -> tuple[list[Triple], dict[str, str]]:
    """The triples of a well-formed Turtle text, and the prefixes it declares."""
    parser = ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri=base)
    return [quad.triple for quad in parser], dict(parser.prefixes)


def transcribe(path: Path, output: IO[bytes], *, reading: Reading = STRICT) -> Mapping[str, str]:
    """Write the quads of an RDF file, however large, as N-Quads, terms as written; the prefixes
    that it declares, if all of it is read by one parser.

    Labels of blank nodes are those of the file; nodes without a label get a random one.

    Args:
        path: as in `parse_file`.
        output: gets whole and half lines.
        reading: as in `parse_file`.

    Raises:
        SourceError: the file is missing or malformed; says line and column (1-based).
    """
    form = syntax_of(path)
    if form is Format.JSON_LD or reading.skipped is not None:
        ox.serialize(_quads(path, form, reading), output, ox.RdfFormat.N_QUADS)
        return {}
    # without a generator between them the engine's parser and serialiser are twice as fast
    with errors_of(path, form), open_decompressed(path) as file:
        parser = parser_of(file, form, path)
        ox.serialize(parser, output, ox.RdfFormat.N_QUADS)
        return dict(parser.prefixes)


def _quads(path: Path, form: Format, reading: Reading) -> Iterator[Quad]:
    """The quads of a file, in any syntax and in the way that is asked for."""
    if form is Format.JSON_LD:
        yield from _json_ld(path, reading)
    elif reading.skipped is not None and form in LINE_SYNTAXES:
        yield from good_lines(path, form, reading.skipped)
    elif reading.skipped is not None and form in TURTLES and not is_sound(path, form):
        yield from good_statements(path, form, reading.skipped)
    else:
        lenient = reading.skipped is not None
        with errors_of(path, form, lenient=lenient), open_decompressed(path) as file:
            yield from parser_of(file, form, path)


def _json_ld(path: Path, reading: Reading) -> list[Quad]:
    from cgkg.rdf import jsonld  # few projects have any

    with errors_of(path, Format.JSON_LD, lenient=reading.skipped is not None):
        document = jsonld.prepare(read_decompressed(path), path, reading.contexts)
        try:
            quads = list(
                ox.parse(
                    document.text.encode(),
                    format=ox.RdfFormat.JSON_LD,
                    base_iri=path.resolve().as_uri(),
                )
            )
        except SyntaxError as error:
            line, column = error.lineno, error.offset
            if line and column:
                line, column = document.original(line, column)
            else:
                original = read_decompressed(path).decode()
                line, column = jsonld.blamed(original, str(error.msg)) or (None, None)
            what = told(error)
            raise SourceError(
                what, path=path, line=line, column=column, hint="correct it there"
            ) from None
        for quad in quads:  # what its parser lets through and no other
            _check_datatype(quad, path, document.text)
    return quads


def _check_datatype(quad: Quad, path: Path, text: str) -> None:
    value = quad.object
    if not isinstance(value, ox.Literal) or value.language:
        return
    name = value.datatype.value
    if value.datatype in (RDF.langString, RDF.dirLangString):
        from cgkg.rdf import jsonld

        short = RDF.local(value.datatype)
        place = jsonld.place_of_string(text, (name, f"rdf:{short}", short))
        line, column = place or (None, None)
        raise SourceError(
            f"a literal of the datatype rdf:{short} has no language: {str(value)[:60]}",
            path=path,
            line=line,
            column=column,
            hint='give it one, "@language", or leave out the datatype',
        )


def read_back(path: Path) -> None:
    """Parse a file of N-Quads as those do that serve it.

    Raises:
        SourceError: they could not; says the line.
    """
    try:
        deque(ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS), maxlen=0)
    except SyntaxError as error:
        raise SourceError(told(error), path=path, line=error.lineno, column=error.offset) from None
    except MemoryError:
        raise too_long(path, Format.N_QUADS) from None


def parse_lines(
    lines: Sequence[str], numbers: Sequence[int], path: Path, reading: Reading = STRICT
) -> list[Quad]:
    """The quads on some lines of an N-Triples or N-Quads file, blank node labels as written.

    Args:
        lines: without their line ends.
        numbers: the number of each line in the file (1-based), for errors.
        path: the file; its name says the syntax.
        reading: what becomes of wrong lines.

    Raises:
        SourceError: a line is malformed; says its number in the file.
    """
    form = syntax_of(path)
    try:
        return parse("\n".join(lines).encode(), form, path)
    except SourceError as error:
        if reading.skipped is not None:
            pairs = zip(lines, numbers, strict=True)
            return [
                q for t, n in pairs for q in good_line(t.encode(), n, path, form, reading.skipped)
            ]
        # where a full stop is missing, the parser complains about the line that comes next
        last = min(error.line or 1, len(lines))
        for place in range(max(last - 2, 0), last):
            try:
                parse(lines[place].encode(), form, path)
            except SourceError as cause:
                raise SourceError(
                    cause.what,
                    path=path,
                    line=numbers[place],
                    column=cause.column,
                    hint=cause.hint,
                ) from None
        raise


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
        if type(s) is not BlankNode and type(o) is not BlankNode:
            renamed.append(quad)
            continue
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
    body = ox.serialize(statements, format=SYNTAXES[form], prefixes=given) or b""
    # A parser of XML reads a bare carriage return as a line feed (XML 1.0 §2.11).
    return body.replace(b"\r", b"&#13;") if form is Format.RDF_XML else body


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
    ox.serialize(statements, cast("IO[bytes]", output), SYNTAXES[form], prefixes=given)
