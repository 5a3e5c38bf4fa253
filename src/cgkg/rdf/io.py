"""RDF syntaxes: reading files and bytes, writing triples and quads; pyoxigraph does the work.

Terms are kept exactly as parsed (lexical forms, datatypes, language tags).
"""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, Quad, Triple

from cgkg.errors import SourceError
from cgkg.formats import GRAPHS, Format
from cgkg.rdf import jsonld
from cgkg.rdf.compression import (
    ARCHIVE,
    COMPRESSIONS,
    archive_members,
    container_of,
    is_archive,
    open_decompressed,
    read_decompressed,
    without_compression,
)
from cgkg.rdf.sniffing import HEAD, content_format, foreign_syntax, what_to_do
from cgkg.rdf.statements import Statement, longest, split, triple_term
from cgkg.rdf.terms import Subject, Term, parts

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

_WHERE = re.compile(r"^Parser error at [^:]*: ")
_BY_SUFFIX = {f".{suffix}": form for form in GRAPHS for suffix in form.suffixes}
RDF_FILES = f"{', '.join(_BY_SUFFIX)}, also compressed ({', '.join(COMPRESSIONS)}) and in {ARCHIVE}"
"""What names of RDF files may end in, for messages."""
BY_CONTENT = (".xml", ".json")
"""What names of files end in that may be RDF/XML or JSON-LD: their content says."""
LONGEST = 1 << 24
"""Bytes that the parser takes for one literal, IRI or comment, and so for one term of a store."""
_STAR = 5000  # marks of RDF 1.2 in a file; many more, one inside the other, end the process
_GROUP = 1 << 16  # bytes of statements that are parsed together while all goes well
_SKIPPED_SHOWN = 1000
_LINE_SYNTAXES = (Format.N_TRIPLES, Format.N_QUADS)
_TURTLES = (Format.TURTLE, Format.TRIG)


def _of_engine(form: Format) -> ox.RdfFormat:
    """The format as the engine has it."""
    found = ox.RdfFormat.from_media_type(form.media_type)
    assert found, form
    return found


_SYNTAXES = {form: _of_engine(form) for form in GRAPHS}


@dataclass
class SkippedStatements:
    """Statements that are wrong and were left out: how many, and the first thousand."""

    count: int = 0
    errors: list[SourceError] = field(default_factory=list)

    def add(self, error: SourceError) -> None:
        """Leave out the statement that the error is about."""
        self.count += 1
        if len(self.errors) < _SKIPPED_SHOWN:
            self.errors.append(error)


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes:
        contexts: file of each JSON-LD context, by its IRI; none is ever fetched.
        skipped: takes the statements of Turtle, TriG, N-Triples and N-Quads that are wrong; without
            it the first one is an error.
    """

    contexts: Mapping[str, Path] = field(default_factory=dict)
    skipped: SkippedStatements | None = None


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
    quads = list(_quads(path, syntax_of(path), reading))
    if any(isinstance(quad.object, Triple) for quad in quads):
        raise no_triple_terms(path)
    return _prefix_blanks(quads, blank_prefix) if blank_prefix else quads


def read_rdf(path: Path, *, reading: Reading = STRICT) -> tuple[list[Triple], dict[str, str]]:
    """The triples of a file without named graphs, and the prefixes it declares.

    Raises:
        SourceError: as `parse_file`; or the file has named graphs.
    """
    quads = parse_file(path, reading=reading)
    if any(quad.graph_name != DefaultGraph() for quad in quads):
        raise SourceError("it has named graphs", path=path, hint="give a file of plain triples")
    form, base = syntax_of(path), path.resolve().as_uri()
    if form is Format.JSON_LD:
        return [quad.triple for quad in quads], {}
    parser = ox.parse(read_decompressed(path), format=_SYNTAXES[form], base_iri=base)
    deque(parser, maxlen=0)  # prefixes are known when all is read
    return [quad.triple for quad in quads], dict(parser.prefixes)


def read_turtle(text: str, base: str) -> tuple[list[Triple], dict[str, str]]:
    """The triples of a well-formed Turtle text, and the prefixes it declares."""
    parser = ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri=base)
    return [quad.triple for quad in parser], dict(parser.prefixes)


def transcribe(path: Path, output: IO[bytes], *, reading: Reading = STRICT) -> None:
    """Write the quads of an RDF file, however large, as N-Quads, terms as written.

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
        return
    # without a generator between them the engine's parser and serialiser are twice as fast
    with _errors_of(path, form), open_decompressed(path) as file:
        watched = cast("IO[bytes]", _Watched(file, path, form))
        quads = ox.parse(watched, _SYNTAXES[form], base_iri=path.resolve().as_uri())
        ox.serialize(quads, output, ox.RdfFormat.N_QUADS)


def _quads(path: Path, form: Format, reading: Reading) -> Iterator[Quad]:
    """The quads of a file, in any syntax and in the way that is asked for."""
    base = path.resolve().as_uri()
    if form is Format.JSON_LD:
        yield from _json_ld(path, reading)
    elif reading.skipped is not None and form in _LINE_SYNTAXES:
        yield from _good_lines(path, form, reading.skipped)
    elif reading.skipped is not None and form in _TURTLES and not _is_sound(path, form):
        yield from _good_statements(path, form, reading.skipped)
    else:
        lenient = reading.skipped is not None
        with _errors_of(path, form, lenient=lenient), open_decompressed(path) as file:
            watched = cast("IO[bytes]", _Watched(file, path, form))
            yield from ox.parse(watched, _SYNTAXES[form], base_iri=base)


def _json_ld(path: Path, reading: Reading) -> list[Quad]:
    with _errors_of(path, Format.JSON_LD, lenient=reading.skipped is not None):
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
            what = _WHERE.sub("", str(error.msg))
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
    if name.startswith(_RDF) and name.endswith("angString"):
        short = name.removeprefix(_RDF)
        place = jsonld.place_of_string(text, (name, f"rdf:{short}", short))
        line, column = place or (None, None)
        raise SourceError(
            f"a literal of the datatype rdf:{short} has no language: {str(value)[:60]}",
            path=path,
            line=line,
            column=column,
            hint='give it one, "@language", or leave out the datatype',
        )


_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def read_back(path: Path) -> None:
    """Parse a file of N-Quads as those do that serve it.

    Raises:
        SourceError: they could not; says the line.
    """
    try:
        deque(ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS), maxlen=0)
    except SyntaxError as error:
        raise SourceError(
            _WHERE.sub("", str(error.msg)), path=path, line=error.lineno, column=error.offset
        ) from None
    except MemoryError:
        raise _too_long(path, Format.N_QUADS) from None


def is_rdf(path: Path) -> bool:
    """Whether the file's name ends as those of RDF files do."""
    return without_compression(path).suffix.lower() in _BY_SUFFIX


def may_be_rdf(path: Path) -> bool:
    """Whether the file's name leaves it to the content whether it is RDF."""
    return without_compression(path).suffix.lower() in BY_CONTENT


def head_of(path: Path) -> bytes:
    """The first bytes of a file's content.

    Raises:
        SourceError: it cannot be read.
    """
    with open_decompressed(path) as file:
        return file.read(HEAD)


def syntax_of(path: Path) -> Format:
    """The syntax of an RDF file, by its name; of .xml and .json by its content.

    Raises:
        SourceError: the name does not say one, and the content neither.
    """
    suffix = without_compression(path).suffix
    if is_archive(path):
        archive_members(path)
        raise SourceError("a zip archive is read as the files in it", path=path, hint="unpack it")
    form = _BY_SUFFIX.get(suffix.lower())
    if form is None and may_be_rdf(path):
        form = content_format(head_of(path))
    if form is None:
        foreign = None
        with suppress(SourceError):
            foreign = foreign_syntax(head_of(path))
        raise SourceError(
            f"it is {foreign}" if foreign else f"unknown RDF file extension {suffix!r}",
            path=path,
            hint=what_to_do(foreign) if foreign else f"use one of {RDF_FILES}",
        )
    return form


@contextmanager
def _errors_of(path: Path, form: Format, *, lenient: bool = False) -> Iterator[None]:
    """What goes wrong while a file is read, as an error that says where and what to do."""
    try:
        yield
    except SyntaxError as error:
        raise _explained(
            SourceError(
                _WHERE.sub("", str(error.msg)),
                path=path,
                line=error.lineno,
                column=error.offset,
                hint="correct it there",
            ),
            form,
            lenient,
        ) from None
    except MemoryError as error:
        if "buffer" not in str(error):
            raise
        raise _too_long(path, form) from None
    except SourceError as error:
        raise _explained(error, form, lenient) from None


def _explained(error: SourceError, form: Format, lenient: bool) -> SourceError:
    """The error, with what the file really is, or that nothing in it can be left out."""
    foreign = None
    if without_compression(error.path) != error.path or container_of(error.path):
        damage = _damage(error.path)
        if damage:  # what is wrong may come from that
            return damage
    with suppress(SourceError):
        foreign = foreign_syntax(head_of(error.path))
    what, hint = error.what, error.hint
    if foreign and foreign not in what:
        what, hint = f"it is {foreign}", what_to_do(foreign)
    elif lenient and form not in (*_LINE_SYNTAXES, *_TURTLES):
        hint += f"; no part of {form.label} can be left out with --lenient"
    return SourceError(what, path=error.path, line=error.line, column=error.column, hint=hint)


def _damage(path: Path) -> SourceError | None:
    """What is wrong with a compressed file, which may show at its end only."""
    try:
        with open_decompressed(path) as file:
            while file.read(LONGEST):
                pass
    except SourceError as error:
        return error
    return None


def _too_long(path: Path, form: Format) -> SourceError:
    line = column = None
    with suppress(SourceError), open_decompressed(path) as file:
        if form in _LINE_SYNTAXES:
            line = next((n for n, text in enumerate(file, 1) if len(text) > LONGEST), None)
        elif form is not Format.JSON_LD:
            line, column = longest(file.read().decode("utf-8", "replace"))
    return SourceError(
        f"a literal, IRI or comment of more than {LONGEST >> 20} MiB cannot be read",
        path=path,
        line=line,
        column=column,
        hint="keep it in a file of its own, and link to that",
    )


class _Watched(io.RawIOBase):
    """A file that is refused before its triple terms, one inside the other, end the process."""

    def __init__(self, file: BinaryIO, path: Path, form: Format) -> None:
        self._file, self._path = file, path
        self._left = _STAR if form in (*_TURTLES, *_LINE_SYNTAXES) else 1 << 62

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self._left -= part.count(b"<<")
        if self._left < 0:
            _refuse_triple_terms(self._path)
            self._left = 1 << 62  # they are all in literals and comments
        return part


def _refuse_triple_terms(path: Path) -> None:
    if triple_term(read_decompressed(path).decode("utf-8", "replace")):
        raise no_triple_terms(path)


def no_triple_terms(path: Path) -> SourceError:
    """The error for a file with terms of RDF 1.2; says where the first is."""
    place = None
    with suppress(SourceError):
        place = triple_term(read_decompressed(path).decode("utf-8", "replace"))
    line, column = place or (None, None)
    return SourceError(_NO_TERMS, path=path, line=line, column=column, hint=_INSTEAD)


_NO_TERMS = "triple terms of RDF 1.2 are not supported"
_INSTEAD = "say where a statement comes from with a named graph"


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
        return _parse("\n".join(lines).encode(), form, path)
    except SourceError as error:
        if reading.skipped is not None:
            pairs = zip(lines, numbers, strict=True)
            return [
                q for t, n in pairs for q in _good_line(t.encode(), n, path, form, reading.skipped)
            ]
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
    with _errors_of(path, form):
        return list(ox.parse(content, format=_SYNTAXES[form], base_iri=path.resolve().as_uri()))


def _parse(content: bytes, form: Format, path: Path) -> list[Quad]:
    """The quads of some statements of a file, without triple terms."""
    try:
        if content.count(b"<<") > _STAR and triple_term(content.decode("utf-8", "replace")):
            raise SourceError(_NO_TERMS, path=path, hint=_INSTEAD)
        quads = list(ox.parse(content, format=_SYNTAXES[form], base_iri=path.resolve().as_uri()))
    except SyntaxError as error:
        raise SourceError(
            _WHERE.sub("", str(error.msg)),
            path=path,
            line=error.lineno,
            column=error.offset,
            hint="correct it there",
        ) from None
    except MemoryError:
        raise SourceError(
            f"a literal, IRI or comment of more than {LONGEST >> 20} MiB cannot be read", path=path
        ) from None
    if any(isinstance(quad.object, Triple) for quad in quads):
        raise SourceError(_NO_TERMS, path=path, hint=_INSTEAD)
    return quads


# -- leaving out what is wrong ---------------------------------------------------------------------


def _good_lines(path: Path, form: Format, skipped: SkippedStatements) -> Iterator[Quad]:
    """What the lines of N-Triples or N-Quads say that are right."""
    number = 1
    with open_decompressed(path) as file:
        while lines := _some_lines(file):
            try:
                yield from _parse(b"".join(lines), form, path)
            except SourceError:
                for place, line in enumerate(lines, number):
                    yield from _good_line(line, place, path, form, skipped)
            number += len(lines)


def _some_lines(file: BinaryIO) -> list[bytes]:
    lines, size = list[bytes](), 0
    while size < _GROUP and (line := file.readline(LONGEST + 2)):
        if len(line) > LONGEST:
            while line and not line.endswith(b"\n"):  # the rest of it is not kept
                line = file.readline(LONGEST)
            line = b"a line of more than %d MiB\n" % (LONGEST >> 20)
        lines.append(line)
        size += len(line)
    return lines


def _good_line(
    line: bytes, number: int, path: Path, form: Format, skipped: SkippedStatements
) -> list[Quad]:
    try:
        return _parse(line, form, path)
    except SourceError as error:
        column = error.column if (error.line or 1) == 1 else len(line.rstrip()) + 1
        skipped.add(SourceError(error.what, path=path, line=number, column=column))
        return []


def _is_sound(path: Path, form: Format) -> bool:
    try:
        with open_decompressed(path) as file:
            watched = cast("IO[bytes]", _Watched(file, path, form))
            quads = ox.parse(watched, _SYNTAXES[form], base_iri=path.resolve().as_uri())
            return not any(isinstance(quad.object, Triple) for quad in quads)
    except (SyntaxError, MemoryError):
        return False
    except SourceError as error:
        if error.what == _NO_TERMS:
            return False
        raise


def _good_statements(path: Path, form: Format, skipped: SkippedStatements) -> Iterator[Quad]:
    """What the statements of Turtle or TriG say that are right."""
    content = read_decompressed(path)
    foreign = foreign_syntax(content[:HEAD])
    if foreign:
        raise SourceError(f"it is {foreign}", path=path, hint=what_to_do(foreign))
    reader = _StatementParser(content.decode("utf-8", "surrogateescape"), form, path, skipped)
    group: list[Statement] = []
    for statement in split(reader.text, graphs=form is Format.TRIG):
        first = group[0] if group else statement
        if statement.directive or (
            group and (statement.graph != first.graph or statement.end - first.start > _GROUP)
        ):
            yield from reader.read(group)
            group = []
        if statement.directive:
            reader.declare(statement)
        else:
            group.append(statement)
    yield from reader.read(group)


class _StatementParser:
    """Parses statements of one text, on their own or several together."""

    def __init__(self, text: str, form: Format, path: Path, skipped: SkippedStatements) -> None:
        self.text = text
        self._form, self._path, self._skipped = form, path, skipped
        self._base, self._prefixes = path.resolve().as_uri(), dict[str, str]()
        self._head = ""

    def declare(self, statement: Statement) -> None:
        """Take over a prefix or a base, for all that comes after."""
        source = self._head + self.text[statement.start : statement.end]
        parser = ox.parse(
            source.encode("utf-8", "surrogateescape"),
            format=_SYNTAXES[self._form],
            base_iri=self._base,
        )
        try:
            deque(parser, maxlen=0)
        except (SyntaxError, MemoryError) as error:
            self._skip(statement, error)
            return
        self._base = parser.base_iri or self._base
        self._prefixes = dict(parser.prefixes)
        self._head = "".join(f"@prefix {p}: <{iri}> . " for p, iri in self._prefixes.items())

    def read(self, group: Sequence[Statement]) -> Iterator[Quad]:
        """The quads of statements that follow each other in one graph."""
        try:
            yield from self._parse(group)
        except (SyntaxError, MemoryError) as error:
            if len(group) == 1:
                self._skip(group[0], error)
                return
            for statement in group:
                yield from self.read([statement])

    def _parse(self, group: Sequence[Statement]) -> list[Quad]:
        if not group:
            return []
        first, last = group[0], group[-1]
        source = self._opened(first) + self.text[first.start : last.end]
        content = (source + ("}" if first.graph else "")).encode("utf-8", "surrogateescape")
        if content.count(b"<<") > _STAR and triple_term(source):
            raise SyntaxError(_NO_TERMS)
        quads = list(ox.parse(content, format=_SYNTAXES[self._form], base_iri=self._base))
        if any(isinstance(quad.object, Triple) for quad in quads):
            raise SyntaxError(_NO_TERMS)
        return quads

    def _opened(self, statement: Statement) -> str:
        """What stands before the statement, ending so that its columns are those of the file."""
        return f"{self._head}{statement.graph}\n" + " " * (statement.column - 1)

    def _skip(self, statement: Statement, error: SyntaxError | MemoryError) -> None:
        what, line, column = str(error), statement.line, statement.column
        if isinstance(error, MemoryError):
            what = f"a literal, IRI or comment of more than {LONGEST >> 20} MiB cannot be read"
        elif error.lineno:
            what = _WHERE.sub("", str(error.msg))
            before = 0 if statement.directive else self._opened(statement).count("\n")
            within = self.text.count("\n", statement.start, statement.end)
            if not statement.directive and before < error.lineno <= before + within + 1:
                line += error.lineno - before - 1
                column = error.offset or column
        self._skipped.add(SourceError(what, path=self._path, line=line, column=column))


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


def canonicalize(quads: Iterable[Quad]) -> list[Quad]:
    """The quads once each, blank nodes labelled by RDFC-1.0, sorted as N-Quads lines."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(dataset, key=str)


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
