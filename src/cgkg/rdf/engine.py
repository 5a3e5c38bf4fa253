"""The parsers, and what goes wrong in them as errors that say where and what to do.

RDF/XML has one of its own, the engine's reads all other syntaxes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

import pyoxigraph as ox
from pyoxigraph import Quad, Triple

from cgkg.errors import SourceError, in_one_line
from cgkg.formats import GRAPHS, Format
from cgkg.rdf.compression import (
    container_of,
    open_decompressed,
    read_decompressed,
    without_compression,
)
from cgkg.rdf.names import head_of, syntax_of
from cgkg.rdf.sniffing import foreign_syntax, looks_like_json, other_syntax, what_to_do
from cgkg.rdf.statements import (
    NAMED_GRAPHS_INSTEAD,
    NO_TRIPLE_TERMS,
    base_direction,
    longest,
    triple_term,
)

if TYPE_CHECKING:
    from cgkg.rdf.xml import RdfXml

_PREFIX = re.compile(r"(?:[^\W\d_](?:[\w.-]*[\w-])?)?")
_SPACE = re.compile(r"[^\x00-\x20<>\"{}|^`\\]+")
_UNDECLARED = re.compile(r"prefix .*has not been declared")
_DECLARE = "declare it there, or in [prefixes] of cgkg.toml"
_WHERE = re.compile(r"^Parser error (?:at|between) line [^:]*: ")
_QUOTED = 150  # characters of either end of a message
# What a message quotes of a file.
_QUOTES = (
    (re.compile(r"^The prefix .* has"), "a prefix has"),
    (re.compile(r"^.* is not a valid", re.DOTALL), "what stands there is not a valid"),
    (re.compile(r"""'..+'|"..+"|<.+>""", re.DOTALL), "…"),
)
LONGEST = 1 << 24
"""Bytes that the parser takes for one literal, IRI or comment, and so for one term of a store."""
_LONGEST_IN_JSON = 1 << 23
"""The same of a string of JSON, for which the parser keeps twice the room."""
TRIPLE_TERMS = 5000  # marks of RDF 1.2 in a file; many more, one inside the other, end the process
LINE_SYNTAXES = (Format.N_TRIPLES, Format.N_QUADS)
TURTLES = (Format.TURTLE, Format.TRIG)
_DEEPEST = 100  # triple terms, one inside the other
_MARK = re.compile(rb"<<|>>")
TOO_LONG = f"a literal, IRI or comment of more than {LONGEST >> 20} MiB cannot be read"


def _of_engine(form: Format) -> ox.RdfFormat:
    """The format as the engine has it."""
    engine_format = ox.RdfFormat.from_media_type(form.media_type)
    assert engine_format, form
    return engine_format


SYNTAXES = {form: _of_engine(form) for form in GRAPHS}


def told(error: SyntaxError) -> str:
    """What the parser says, without the place; it may quote all of a literal."""
    said = _WHERE.sub("", str(error.msg))
    middle = "…" if len(said) > 2 * _QUOTED else ""
    return in_one_line(said[:_QUOTED] + middle + said[_QUOTED:][-_QUOTED:])


def declarations(prefixes: Mapping[str, str], form: Format) -> bytes:
    """Prefixes as they are declared before the first line of a file, on the same line; nothing for
    a syntax without prefixes."""
    if form not in TURTLES:
        return b""
    pairs = ((p, ns) for p, ns in prefixes.items() if _PREFIX.fullmatch(p) and _SPACE.fullmatch(ns))
    return "".join(f"@prefix {prefix}: <{space}> . " for prefix, space in pairs).encode()


@contextmanager
def errors_of(
    path: Path,
    form: Format,
    *,
    lenient: bool = False,
    content: bytes | None = None,
    head: bytes = b"",
) -> Iterator[None]:
    """What goes wrong while a file is read, as an error that says where and what to do.

    Args:
        path: the file.
        form: its syntax.
        lenient: whether wrong statements were to be left out.
        content: what is read instead of the file.
        head: what is read before it, on its first line.
    """
    try:
        yield
    except SyntaxError as error:
        what = told(error)
        if not _begins_as(form, path, content, head):
            # It may be no RDF at all, but what a link or an import leads to: it is not quoted.
            for quoted, instead in _QUOTES:
                what = quoted.sub(instead, what)
        raise _explained(
            SourceError(
                what,
                path=path,
                line=error.lineno,
                column=_column(error, head),
                hint=_DECLARE if _UNDECLARED.search(what) else "correct it there",
            ),
            form,
            lenient,
        ) from None
    except MemoryError as error:
        if "buffer" not in str(error):
            raise
        raise too_long(path, form) from None
    except SourceError as error:
        if error.path != path:  # such as a context
            raise
        raise _explained(error, form, lenient) from None


def _column(error: SyntaxError, head: bytes) -> int | None:
    """The column in the file, of which the first line begins behind the head."""
    if error.lineno != 1 or not error.offset:
        return error.offset
    return max(1, error.offset - len(head.decode()))


def _explained(error: SourceError, form: Format, lenient: bool) -> SourceError:
    """The error, with what the file really is, or that nothing in it can be left out."""
    foreign = None
    if without_compression(error.path) != error.path or container_of(error.path):
        damage = _damage(error.path)
        if damage:  # what is wrong may come from that
            return damage
    with suppress(SourceError):
        head = head_of(error.path)
        if form is not Format.JSON_LD or not looks_like_json(head):
            foreign = foreign_syntax(head)
        if not foreign and (other := other_syntax(head, form)):
            what = f"it is {other.label}, and its name is one of {form.label}: {error.what}"
            hint = f"give it a name that ends in .{other.suffix}"
            return SourceError(
                what, path=error.path, line=error.line, column=error.column, hint=hint
            )
    what, hint = error.what, error.hint
    if foreign and foreign not in what:
        what, hint = f"it is {foreign}", what_to_do(foreign)
    elif lenient and form not in (*LINE_SYNTAXES, *TURTLES):
        hint += f"; no part of {form.label} can be left out with --lenient"
    return SourceError(what, path=error.path, line=error.line, column=error.column, hint=hint)


def _begins_as(form: Format, path: Path, content: bytes | None, head: bytes) -> bool:
    """Whether a file has a statement of the syntax, or a prefix, before what is wrong in it."""
    try:
        with open_decompressed(path) if content is None else io.BytesIO(content) as file:
            parser = parser_of(file, form, path, head)
            with suppress(SyntaxError):
                next(iter(parser), None)
                return True
            return not head and bool(parser.prefixes)
    except (SourceError, MemoryError):
        return True


def _damage(path: Path) -> SourceError | None:
    """What is wrong with a compressed file, which may show at its end only."""
    try:
        with open_decompressed(path) as file:
            while file.read(LONGEST):
                pass
    except SourceError as error:
        return error
    return None


def too_long(path: Path, form: Format) -> SourceError:
    """The error for a file with what the parser has no room for; says where it is."""
    line = column = None
    what = TOO_LONG
    if form is Format.JSON_LD:
        what = f"a string of more than {_LONGEST_IN_JSON >> 20} MiB cannot be read"
    with suppress(SourceError), open_decompressed(path) as file:
        if form in LINE_SYNTAXES:
            line = next((n for n, text in enumerate(file, 1) if len(text) > LONGEST), None)
        elif form is Format.JSON_LD:
            from cgkg.rdf.jsonld import place_of_long

            text = file.read().decode("utf-8", "replace")
            line, column = place_of_long(text, _LONGEST_IN_JSON) or (None, None)
        else:
            line, column = longest(file.read().decode("utf-8", "replace"))
    return SourceError(
        what,
        path=path,
        line=line,
        column=column,
        hint="keep it in a file of its own, and link to that",
    )


def parser_of(
    file: BinaryIO, form: Format, path: Path, head: bytes = b""
) -> ox.QuadParser | RdfXml:
    """Reads the quads of a file; within `errors_of`.

    Args:
        file: the content.
        form: its syntax.
        path: where it is from, for errors and relative IRIs.
        head: what is read before the content.
    """
    base = path.resolve().as_uri()
    if form is Format.RDF_XML:  # few projects have any
        from cgkg.rdf.xml import RdfXml

        return RdfXml(file, base, path)
    watched = cast("IO[bytes]", Watched(file, path, form, head))
    return ox.parse(watched, SYNTAXES[form], base_iri=base)


class Watched(io.RawIOBase):
    """A file that is refused before its triple terms, one inside the other, end the process."""

    def __init__(self, file: BinaryIO, path: Path, form: Format, head: bytes = b"") -> None:
        self._file, self._path, self._head = file, path, head
        self._left = TRIPLE_TERMS if form in (*TURTLES, *LINE_SYNTAXES) else 1 << 62

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._head:
            part = self._head if size < 0 else self._head[:size]
            self._head = self._head[len(part) :]
            return part if size >= 0 else part + self.read()
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
    return SourceError(
        NO_TRIPLE_TERMS, path=path, line=line, column=column, hint=NAMED_GRAPHS_INSTEAD
    )


def no_direction(path: Path) -> SourceError:
    """The error for a file with literals that have a base direction, another part of RDF 1.2; says
    where the first is."""
    place = None
    with suppress(SourceError):
        text = read_decompressed(path).decode("utf-8", "replace")
        if syntax_of(path) is Format.JSON_LD:
            from cgkg.rdf.jsonld import blamed

            place = blamed(text, "@direction")
        else:
            place = base_direction(text)
    line, column = place or (None, None)
    return SourceError(
        "base directions of RDF 1.2 (@en--ltr) are not supported",
        path=path,
        line=line,
        column=column,
        hint="leave the direction out: clients of RDF 1.1 could not read the literal",
    )


def parse_bytes(content: bytes, form: Format, path: Path) -> list[Quad]:
    """The quads of a document in memory, triple terms of RDF 1.2 allowed.

    Args:
        content: the document.
        form: its syntax.
        path: where it is from, for errors and relative IRIs.

    Raises:
        SourceError: it is malformed, says line and column (1-based); or it has thousands of triple
            terms, and some deep within others.
    """
    with errors_of(path, form, content=content):
        if form is not Format.RDF_XML and _depth(content) <= _DEEPEST:
            return list(ox.parse(content, SYNTAXES[form], base_iri=path.resolve().as_uri()))
        return list(parser_of(io.BytesIO(content), form, path))


def _depth(content: bytes) -> int:
    """How deep triple terms are within others, at most; marks in literals count as well."""
    depth = deepest = 0
    for mark in _MARK.finditer(content):
        depth = depth + 1 if mark[0] == b"<<" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def parse(content: bytes, form: Format, path: Path) -> list[Quad]:
    """The quads of some statements of a file, without triple terms."""
    try:
        if content.count(b"<<") > TRIPLE_TERMS and triple_term(content.decode("utf-8", "replace")):
            raise SourceError(NO_TRIPLE_TERMS, path=path, hint=NAMED_GRAPHS_INSTEAD)
        quads = list(ox.parse(content, format=SYNTAXES[form], base_iri=path.resolve().as_uri()))
    except SyntaxError as error:
        raise SourceError(
            told(error),
            path=path,
            line=error.lineno,
            column=error.offset,
            hint="correct it there",
        ) from None
    except MemoryError:
        raise SourceError(TOO_LONG, path=path) from None
    if any(isinstance(quad.object, Triple) for quad in quads):
        raise SourceError(NO_TRIPLE_TERMS, path=path, hint=NAMED_GRAPHS_INSTEAD)
    return quads
