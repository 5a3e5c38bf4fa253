"""N-Triples and N-Quads to columns of ids and back, with no loop over triples.

polars splits whole blocks of lines and finds their distinct terms. A line made of plain terms only
is taken as it is; every other line (comments, escapes, unusual white space or characters) goes to
the parser of `cgkg.rdf`, which also finds the errors. Plain is narrower than the grammar, so that
nothing is taken that the parser would refuse or write differently.

Without polars (the extra "large") the parser reads everything: the same result, several times
slower.
"""

from __future__ import annotations

import itertools
import os
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from cgkg.errors import SourceError
from cgkg.rdf.compression import open_decompressed
from cgkg.rdf.engine import parse
from cgkg.rdf.io import STRICT, Reading, parse_file, parse_lines, syntax_of
from cgkg.rdf.terms import IRI, BlankNode, Quad, Subject, Term, parts
from cgkg.reasoning.core.columns import EMPTY, Ids, sources, targets
from cgkg.reasoning.core.terms import LITERAL, TermDictionary, encode_triples, is_literal

if TYPE_CHECKING:
    import polars

Rows: TypeAlias = tuple[Ids, Ids, Ids]
"""Subjects, predicates and objects: three arrays of equal length."""

BLOCK = 1 << 23
"""How many bytes of a file are read at a time."""
_WRITTEN = 1 << 19  # rows written at a time
_BELL = b"\a"  # no plain term has it

# Parts of an IRI as RFC 3987 has them, without the rarer forms (addresses of IP version 6,
# private characters, an authority with a user).
_UCS = r"\u{a0}-\u{d7ff}\u{f900}-\u{fdcf}\u{fdf0}-\u{ffef}"
_CHAR = rf"(?:[A-Za-z0-9._~!$&'()*+,;=:@{_UCS}-]|%[0-9A-Fa-f][0-9A-Fa-f])"
_REST = rf"(?:{_CHAR}|/)*"
_IRI = (
    rf"<[A-Za-z][A-Za-z0-9+.-]*:(?://[A-Za-z0-9.-]*(?::[0-9]+)?(?:/{_REST})?|/?(?:{_CHAR}{_REST})?)"
    rf"(?:\?(?:{_CHAR}|[/?])*)?(?:\#(?:{_CHAR}|[/?])*)?>"
)
_BLANK = r"_:[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_LITERAL = (
    r'"[^\x00-\x1f\x7f"\\\u{fffe}\u{ffff}]*"'
    rf"(?:@[a-z]{{2,3}}(?:-[a-z]{{4}})?(?:-[a-z]{{2}})?|\^\^{_IRI})?"
)
_PLAIN = rf"^(?:{_IRI}|{_BLANK}|{_LITERAL})$"
_GRAPH = rf" (?:{_IRI}|{_BLANK})$"
# Datatypes that the parser drops or refuses.
_NOT_WRITTEN = ("#string>", "#langString>", "#dirLangString>")


def available() -> bool:
    """Whether polars is there, without which large files are read slowly."""
    try:
        import polars  # noqa: F401  # only whether it can be had
    except ImportError:
        return False
    return True


def read(
    path: Path, terms: TermDictionary, *, blank_prefix: str = "", reading: Reading = STRICT
) -> Rows:
    """The statements of an N-Triples or N-Quads file, graph names left out, in no fixed order.

    Args:
        path: the file; its name says the syntax.
        terms: numbers the terms of the file.
        blank_prefix: put before every blank node label.
        reading: what becomes of wrong lines.

    Raises:
        SourceError: the file is missing or malformed; says the line.
    """
    if not available():
        return encode_quads(terms, parse_file(path, reading=reading), blank_prefix)
    reader = _BlockReader(path, terms, blank_prefix, reading)
    rows = [reader.rows(block) for block in blocks(path)]
    columns = zip(*rows, strict=True) if rows else ([EMPTY],) * 3
    return cast("Rows", tuple(np.concatenate(column) for column in columns))


def mentioning(path: Path, terms: Iterable[Term], *, blank_prefix: str = "") -> list[Quad]:
    """The statements of a well-formed N-Triples or N-Quads file that may speak of some terms.

    Those that do are among them, and all with blank nodes, in the order of the file.

    Args:
        path: the file; its name says the syntax.
        terms: IRIs and literals.
        blank_prefix: put before every blank node label, as `read` does.
    """
    texts = {text[: text.rindex('"') + 1] if text[0] == '"' else text for text in map(str, terms)}
    if available():
        # What is written with escapes may be anything. A language may be written in capitals.
        marks = [*sorted(texts), "_:", "\\"]
        reader = _BlockReader(path, TermDictionary(), "", STRICT)
        lines: list[str] = []
        for block in blocks(path):
            given = reader.lines(block)
            lines += given.filter(given.str.contains_any(marks)).to_list()
        quads = parse_lines(lines, range(1, 1 + len(lines)), path)
    else:
        quads = parse_file(path)
    return [Quad(*_prefixed(quad, blank_prefix), quad.graph_name) for quad in quads]


def read_block(block: bytes, path: Path, terms: TermDictionary, blank_prefix: str = "") -> Rows:
    """As `read`, of a block of whole lines of a file.

    Raises:
        SourceError: a line is malformed; says its number in the block.
    """
    if available():
        return _BlockReader(path, terms, blank_prefix, STRICT).rows(block)
    quads = parse(block, syntax_of(path), path)
    return encode_quads(terms, quads, blank_prefix)


def encode_quads(terms: TermDictionary, quads: Iterable[Quad], blank_prefix: str = "") -> Rows:
    """The statements of parsed quads in ids, blank node labels prefixed."""
    if not blank_prefix:
        return encode_triples(terms, (quad.triple for quad in quads))

    columns: tuple[list[Term], list[Term], list[Term]] = ([], [], [])
    for quad in quads:
        for column, term in zip(columns, _prefixed(quad, blank_prefix), strict=True):
            column.append(term)
    return cast("Rows", tuple(terms.encode(column) for column in columns))


def _prefixed(quad: Quad, prefix: str) -> tuple[Subject, IRI, Term]:
    """The parts of a triple, blank node labels prefixed."""
    subject, predicate, value = parts(quad)
    if isinstance(subject, BlankNode):
        subject = BlankNode(prefix + subject.value)
    if isinstance(value, BlankNode):
        value = BlankNode(prefix + value.value)
    return subject, predicate, value


def blocks(path: Path) -> Iterator[bytes]:
    """The content of the file in blocks of whole lines.

    Raises:
        SourceError: it cannot be read.
    """
    with open_decompressed(path) as file:
        rest: list[bytes] = []  # of a long line there are many parts
        while part := file.read(BLOCK):
            end = part.rfind(b"\n") + 1
            if end:
                yield b"".join([*rest, part[:end]])
                rest = []
            rest.append(part[end:])
        if any(rest):
            yield b"".join(rest)


class _BlockReader:
    """One file's blocks to ids; keeps what it knows of the distinct texts of all of them."""

    def __init__(
        self, path: Path, terms: TermDictionary, blank_prefix: str, reading: Reading
    ) -> None:
        import polars

        self._pl, self._path, self._terms, self._prefix = polars, path, terms, blank_prefix
        self._reading = reading
        self._named = syntax_of(path).named_graphs
        # a numbering of texts; polars keeps it as long as something of this type is there
        self._kind = polars.Categorical(polars.Categories.random())
        self._held = polars.Series([], dtype=self._kind)
        self._ids = EMPTY  # for each text its id, or -1 if it is not a plain term
        self._iris = np.empty(0, np.bool_)
        self._line = 1  # the number of the next block's first line

    def rows(self, block: bytes) -> Rows:
        """The statements of the next block."""
        lines, first = self.lines(block), self._line
        self._line += len(lines)
        cut = lines.str.splitn(" ", 3).struct.unnest()
        rest = cut["field_2"]
        target = rest.str.strip_suffix(" .")
        if self._named:
            target = target.str.replace(_GRAPH, "")
        # the empty text is no plain term
        codes = [
            part.fill_null("").cast(self._kind).to_physical().to_numpy()
            for part in (cut["field_0"], cut["field_1"], target)
        ]
        self._learn(1 + max((int(column.max()) for column in codes), default=-1))
        subjects, predicates, objects = (self._ids[code] for code in codes)
        plain = rest.str.ends_with(" .").fill_null(False).to_numpy().copy()
        plain &= (subjects >= 0) & (subjects < LITERAL) & self._iris[codes[1]] & (objects >= 0)
        if plain.all():
            return subjects, predicates, objects
        odd = np.flatnonzero(~plain)
        quads = parse_lines(
            lines.gather(odd).fill_null("").to_list(),
            (odd + first).tolist(),
            self._path,
            self._reading,
        )
        others = encode_quads(self._terms, quads, self._prefix)
        return cast(
            "Rows",
            tuple(
                np.concatenate((column[plain], other))
                for column, other in zip((subjects, predicates, objects), others, strict=True)
            ),
        )

    def lines(self, block: bytes) -> polars.Series:
        """The lines of the block; null for an empty one."""
        if _BELL not in block and not block.startswith(BOM_UTF8):  # which polars would take away
            try:  # as a table of one column, which is twice as fast as to decode and to split
                return self._pl.read_csv(
                    block,
                    has_header=False,
                    schema={"line": self._pl.String},
                    separator=_BELL.decode(),
                    quote_char=None,
                )["line"]
            except self._pl.exceptions.ComputeError:
                pass  # it is not UTF-8; where is said below
        try:
            text = block.removesuffix(b"\n").decode()
        except UnicodeDecodeError as error:
            line = self._line + block.count(b"\n", 0, error.start)
            if self._reading.skipped is None:
                raise SourceError("not UTF-8", path=self._path, line=line) from None
            parts = block.removesuffix(b"\n").split(b"\n")
            text = "\n".join(map(self._decoded, parts, itertools.count(self._line)))
        return self._pl.Series([text]).str.split("\n").explode()

    def _decoded(self, line: bytes, number: int) -> str:
        """The line as text; nothing for one that is wrong and is left out."""
        try:
            return line.decode()
        except UnicodeDecodeError:
            assert self._reading.skipped is not None
            self._reading.skipped.add(SourceError("not UTF-8", path=self._path, line=number))
            return ""

    def _learn(self, size: int) -> None:
        """Number the texts that have come since the last time."""
        pl, known = self._pl, len(self._ids)
        new = pl.int_range(known, max(size, known), dtype=pl.UInt32, eager=True)
        texts = new.cat.to(self._kind).cast(pl.String)
        plain = texts.str.contains(_PLAIN)
        for name in _NOT_WRITTEN:
            plain &= ~texts.str.ends_with(name)
        if self._prefix:
            blank = texts.str.starts_with("_:")
            renamed = "_:" + self._prefix + texts.str.slice(2)
            texts = pl.select(pl.when(blank).then(renamed).otherwise(texts)).to_series()
        ids = np.full(len(texts), -1, np.int64)
        chosen = plain.to_numpy()
        ids[chosen] = self._terms.number(texts.filter(plain).to_list())
        iris = (plain & texts.str.starts_with("<")).to_numpy()
        self._ids = np.concatenate((self._ids, ids))
        self._iris = np.concatenate((self._iris, iris))


# -- writing ---------------------------------------------------------------------------------------


def write(terms: TermDictionary, columns: Iterable[tuple[int, Ids]], path: Path) -> int:
    """Write statements as N-Triples, each once, in the order of their lines as bytes.

    Args:
        terms: the numbering of the columns.
        columns: predicates, each with keys of subjects and objects; both may repeat.
        path: the file; it is replaced when all is written.

    Returns:
        how many statements were written.
    """
    listing = _Listing(terms, list(columns))
    if path.exists() and not path.is_file():  # such as /dev/stdout
        with path.open("wb") as file:
            return listing.write(file)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with part.open("xb") as file:  # a new file: a link would be written through
            count = listing.write(file)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return count


class _Listing:
    """Statements as numbers that sort as their lines do.

    No term's text is the beginning of another's, unless a character follows there that sorts after
    the blank; so lines sort as the texts of their subjects, predicates and objects do.
    """

    def __init__(self, terms: TermDictionary, columns: list[tuple[int, Ids]]) -> None:
        texts = terms.texts()
        self._texts, self._place = _sort(texts)
        self._resources = len(terms.resources)
        names = np.array(sorted({name for name, _ in columns}), np.int64)
        self._names = np.sort(self._place[names])
        self._low = max(len(texts) - 1, 1).bit_length()
        self._middle = max(len(names) - 1, 1).bit_length()
        if 2 * self._low + self._middle > 63:
            raise OverflowError("more terms than can be sorted")
        self._rows = np.concatenate([EMPTY, *(self._numbers(name, keys) for name, keys in columns)])
        self._rows.sort()

    def _numbers(self, name: int, keys: Ids) -> Ids:
        ends = targets(keys)
        ends = np.where(is_literal(ends), ends - (LITERAL - self._resources), ends)
        middle = int(np.searchsorted(self._names, self._place[name]))
        numbers: Ids = self._place[sources(keys)] << (self._low + self._middle)
        numbers |= self._place[ends]
        numbers |= np.int64(middle << self._low)
        return numbers

    def write(self, file: IO[bytes]) -> int:
        """Write all lines; gives their number."""
        last, count = np.int64(-1), 0
        for start in range(0, len(self._rows), _WRITTEN):
            rows = self._rows[start : start + _WRITTEN]
            new = np.empty(len(rows), np.bool_)
            new[0] = rows[0] != last
            np.not_equal(rows[1:], rows[:-1], out=new[1:])
            last = rows[-1]
            rows = rows[new]
            count += len(rows)
            middle = (rows >> self._low) & ((1 << self._middle) - 1)
            low = rows & ((1 << self._low) - 1)
            places = (rows >> (self._low + self._middle), self._names[middle], low)
            _write_lines(self._texts, places, file)
        return count


def _sort(texts: list[str]) -> tuple[Any, Ids]:
    """The texts in the order of their bytes, and for each the place it has there."""
    place = np.empty(len(texts), np.int64)
    if available():
        import polars

        series = polars.Series(texts, dtype=polars.String)
        order = series.arg_sort().to_numpy()
        place[order] = np.arange(len(texts))
        return series.gather(order), place
    listed = sorted(range(len(texts)), key=lambda one: texts[one])  # code points sort as UTF-8 does
    place[listed] = np.arange(len(texts))
    return [texts[one] for one in listed], place


def _write_lines(texts: Any, places: tuple[Ids, Ids, Ids], file: IO[bytes]) -> None:
    if isinstance(texts, list):
        columns = [[texts[place] for place in column.tolist()] for column in places]
        file.writelines(f"{s} {p} {o} .\n".encode() for s, p, o in zip(*columns, strict=True))
        return
    import polars

    table = polars.DataFrame(
        [texts.gather(column).alias(name) for name, column in zip("spo", places, strict=True)]
    )
    table.write_csv(
        file, include_header=False, separator=" ", line_terminator=" .\n", quote_style="never"
    )
