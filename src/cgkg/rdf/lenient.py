"""Reading what is right in a file, and telling what is wrong and left out.

The statements of a file are parsed together in groups; where that fails, each on its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, cast

import pyoxigraph as ox
from pyoxigraph import Quad, Triple

from cgkg.errors import SourceError
from cgkg.formats import Format
from cgkg.rdf.compression import open_decompressed, read_decompressed
from cgkg.rdf.engine import (
    LONGEST,
    SYNTAXES,
    TOO_LONG,
    TRIPLE_TERMS,
    Watched,
    parse,
    told,
)
from cgkg.rdf.sniffing import HEAD, foreign_syntax, what_to_do
from cgkg.rdf.statements import NO_TRIPLE_TERMS, WrittenStatement, split, triple_term

_GROUP = 1 << 16  # bytes of statements that are parsed together while all goes well
_SKIPPED_SHOWN = 1000


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


def good_lines(path: Path, form: Format, skipped: SkippedStatements) -> Iterator[Quad]:
    """What the lines of N-Triples or N-Quads say that are right."""
    number = 1
    with open_decompressed(path) as file:
        while lines := _some_lines(file):
            try:
                yield from parse(b"".join(lines), form, path)
            except SourceError:
                for place, line in enumerate(lines, number):
                    yield from good_line(line, place, path, form, skipped)
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


def good_line(
    line: bytes, number: int, path: Path, form: Format, skipped: SkippedStatements
) -> list[Quad]:
    try:
        return parse(line, form, path)
    except SourceError as error:
        column = error.column if (error.line or 1) == 1 else len(line.rstrip()) + 1
        skipped.add(SourceError(error.what, path=path, line=number, column=column))
        return []


def is_sound(path: Path, form: Format) -> bool:
    try:
        with open_decompressed(path) as file:
            watched = cast("IO[bytes]", Watched(file, path, form))
            quads = ox.parse(watched, SYNTAXES[form], base_iri=path.resolve().as_uri())
            return not any(isinstance(quad.object, Triple) for quad in quads)
    except (SyntaxError, MemoryError):
        return False
    except SourceError as error:
        if error.what == NO_TRIPLE_TERMS:
            return False
        raise


def good_statements(path: Path, form: Format, skipped: SkippedStatements) -> Iterator[Quad]:
    """What the statements of Turtle or TriG say that are right."""
    content = read_decompressed(path)
    foreign = foreign_syntax(content[:HEAD])
    if foreign:
        raise SourceError(f"it is {foreign}", path=path, hint=what_to_do(foreign))
    reader = _StatementParser(content.decode("utf-8", "surrogateescape"), form, path, skipped)
    group: list[WrittenStatement] = []
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

    def declare(self, statement: WrittenStatement) -> None:
        """Take over a prefix or a base, for all that comes after."""
        source = self._head + self.text[statement.start : statement.end]
        parser = ox.parse(
            source.encode("utf-8", "surrogateescape"),
            format=SYNTAXES[self._form],
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

    def read(self, group: Sequence[WrittenStatement]) -> Iterator[Quad]:
        """The quads of statements that follow each other in one graph."""
        try:
            yield from self._parse(group)
        except (SyntaxError, MemoryError) as error:
            if len(group) == 1:
                self._skip(group[0], error)
                return
            for statement in group:
                yield from self.read([statement])

    def _parse(self, group: Sequence[WrittenStatement]) -> list[Quad]:
        if not group:
            return []
        first, last = group[0], group[-1]
        source = self._opened(first) + self.text[first.start : last.end]
        content = (source + ("}" if first.graph else "")).encode("utf-8", "surrogateescape")
        if content.count(b"<<") > TRIPLE_TERMS and triple_term(source):
            raise SyntaxError(NO_TRIPLE_TERMS)
        quads = list(ox.parse(content, format=SYNTAXES[self._form], base_iri=self._base))
        if any(isinstance(quad.object, Triple) for quad in quads):
            raise SyntaxError(NO_TRIPLE_TERMS)
        return quads

    def _opened(self, statement: WrittenStatement) -> str:
        """What stands before the statement, ending so that its columns are those of the file."""
        return f"{self._head}{statement.graph}\n" + " " * (statement.column - 1)

    def _skip(self, statement: WrittenStatement, error: SyntaxError | MemoryError) -> None:
        what, line, column = str(error), statement.line, statement.column
        if isinstance(error, MemoryError):
            what = TOO_LONG
        elif error.lineno:
            what = told(error)
            before = 0 if statement.directive else self._opened(statement).count("\n")
            within = self.text.count("\n", statement.start, statement.end)
            if not statement.directive and before < error.lineno <= before + within + 1:
                line += error.lineno - before - 1
                column = error.offset or column
        self._skipped.add(SourceError(what, path=self._path, line=line, column=column))
