"""Answers as bytes: within the limits on bytes and rows, or an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cgkg.errors import QueryError, QueryLimitError
from cgkg.formats import RESULTS, Format
from cgkg.messages import M_
from cgkg.rdf.io import write
from cgkg.rdf.terms import IRI, Triple, parts
from cgkg.rdf.vocab import RDF, STANDARD
from cgkg.rdf.xmlnames import unwritable_name
from cgkg.sparql.csvrows import csv_of
from cgkg.store.graph import QueryBoolean, QueryResultsFormat

# What XML 1.0 cannot carry in any form (§2.2), as UTF-8.
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_PREFIX_USED = re.compile(rb'(?:^|[\s^(])([^\s:"<>^(]*):')
_TRIM_LIMIT = 1 << 20
_FORMATS = {form: QueryResultsFormat.from_media_type(form.media_type) for form in RESULTS}
# Between two solutions in JSON. In a string a quote is escaped, and after the quote that ends one
# no name follows, so this is found nowhere else.
_NEXT_SOLUTION = re.compile(rb'\}\},\{"[^],}:]')
# TSV has the datatypes that CSV has not.
_ROOM_FOR_TSV = 4
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True)
class AnswerLimits:
    """How large an answer may be: in bytes, and in rows of a SELECT."""

    bytes: int
    rows: int

    def check(self, size: int) -> None:
        """Let an answer of so many bytes pass.

        Raises:
            QueryLimitError: it is too large.
        """
        if size > self.bytes:
            raise QueryLimitError(
                M_("query stopped: its answer is larger than {limit} bytes", limit=self.bytes),
                hint=M_(
                    "ask for less, for instance with LIMIT; the limit is the setting"
                    " max_answer_bytes"
                ),
                limit="bytes",
            )


class _AnswerBuffer:
    """Where the engine writes an answer; refuses to grow beyond the limits."""

    __slots__ = ("_form", "_limits", "_most", "_next", "_parts", "_size")

    def __init__(self, limits: AnswerLimits, form: Format | None = None, room: int = 1) -> None:
        self._limits, self._form, self._most = limits, form, room * limits.bytes
        self._parts: list[bytes] = []
        self._size = 0
        # A solution takes a byte at least, so up to this size there are not too many.
        self._next = min(self._most, limits.rows) if form else self._most

    def write(self, part: bytes) -> int:
        self._parts.append(part)
        self._size += len(part)
        if self._size > self._next:
            self._check()
        return len(part)

    def flush(self) -> None:
        """Nothing is kept back."""

    def _check(self) -> None:
        if self._size > self._most:
            self._limits.check(self._size)
        if self._form:
            self.count_rows()
            # Counting each time the size has doubled takes as long as counting twice.
            self._next = min(self._most, 2 * self._size)

    def content(self) -> bytes:
        """Everything that was written, in one piece."""
        if len(self._parts) != 1:
            self._parts = [b"".join(self._parts)]
        return self._parts[0]

    def count_rows(self) -> int:
        """How many solutions there are so far.

        Raises:
            QueryLimitError: more than the limit.
        """
        assert self._form
        count = _ROWS[self._form](self.content())
        if count > self._limits.rows:
            raise QueryLimitError(
                M_("query stopped: its answer has more than {limit} rows", limit=self._limits.rows),
                hint=M_(
                    "ask for less with LIMIT, or in parts with ORDER BY, OFFSET and LIMIT;"
                    " the limit is the setting max_rows"
                ),
                limit="rows",
            )
        return count


def write_results(result: Any, form: Format, limits: AnswerLimits) -> tuple[bytes, int | None]:
    """The solutions or the boolean in the format, and how many solutions (None: a boolean).

    Args:
        result: the engine's, whose solutions are evaluated only now.
        form: the format.
        limits: what the answer may have.

    Raises:
        QueryLimitError: the answer is larger than a limit.
        QueryError: the format cannot say it.
    """
    boolean = isinstance(result, QueryBoolean)
    if boolean:
        buffer = _AnswerBuffer(limits)
        result.serialize(buffer, format=_FORMATS[form])
        return _finish_xml(buffer.content()) if form is Format.XML else buffer.content(), None
    as_csv = form is Format.CSV
    form = Format.TSV if as_csv else form
    buffer = _AnswerBuffer(limits, form, _ROOM_FOR_TSV if as_csv else 1)
    result.serialize(buffer, format=_FORMATS[form])
    rows, body = buffer.count_rows(), buffer.content()
    if as_csv:
        body = csv_of(body)
        limits.check(len(body))
    return _finish_xml(body) if form is Format.XML else body, rows


def _count_json_rows(body: bytes) -> int:
    start = body.find(b'"bindings":[') + 12
    if b"{}" not in body:
        return (body[start : start + 1] == b"{") + len(_NEXT_SOLUTION.findall(body, start))
    # A solution that binds nothing is {}, which a string may hold too: leave the strings out.
    bare = _STRING.sub(b"", body[start:])
    return (bare[:1] == b"{") + bare.count(b"},{")


_ROWS: Mapping[Format, Callable[[bytes], int]] = {
    Format.JSON: _count_json_rows,
    Format.XML: lambda body: body.count(b"<result>"),
    Format.TSV: lambda body: body.count(b"\n") - 1,
}


def write_graph(
    triples: Iterable[Triple],
    form: Format,
    prefixes: Mapping[str, str],
    limits: AnswerLimits,
    known: Mapping[str, str] = STANDARD,
) -> bytes:
    """The triples in the format; Turtle and TriG with the prefixes that they use.

    Args:
        triples: what is written; they may be evaluated only now.
        form: the format.
        prefixes: the query's own; they go before those known for the same namespace.
        limits: what the answer may have; its bytes count.
        known: those of the graph that is asked.

    Raises:
        QueryLimitError: the answer is larger than the limit.
        QueryError: the format cannot say it.
    """
    buffer = _AnswerBuffer(limits)
    if form is Format.RDF_XML:
        write(_check_names(triples), buffer, form)
        return _finish_xml(buffer.content())
    if form not in (Format.TURTLE, Format.TRIG):
        write(triples, buffer, form)
        return buffer.content()
    own = set(prefixes.values())
    others = {name: space for name, space in known.items() if space not in own}
    write(triples, buffer, form, prefixes={**others, **prefixes})
    return _drop_unused_prefixes(buffer.content())


def _drop_unused_prefixes(body: bytes) -> bytes:
    """The document without the declarations it does not need; a large one is left as it is."""
    if len(body) > _TRIM_LIMIT:
        return body
    lines = body.splitlines(keepends=True)
    count = next(
        (i for i, line in enumerate(lines) if not line.startswith(b"@prefix ")), len(lines)
    )
    used = set(_PREFIX_USED.findall(b"".join(lines[count:])))
    kept = [line for line in lines[:count] if line.split(b" ", 2)[1].rstrip(b":") in used]
    return b"".join([*kept, *lines[count:]])


def _check_names(triples: Iterable[Triple]) -> Iterator[Triple]:
    for triple in triples:
        if unwritable_name(triple):
            _, predicate, value = parts(triple)
            is_class = predicate == RDF.type and isinstance(value, IRI)
            name = f"class {value}" if is_class else f"predicate {predicate}"
            raise QueryError(
                f"RDF/XML cannot write the {name}", hint="ask for Turtle, N-Triples or JSON-LD"
            )
        yield triple


def _finish_xml(body: bytes) -> bytes:
    """The document as an XML parser will read it back, or an error where XML cannot say it."""
    if _NOT_XML.search(body):
        raise QueryError(
            "the answer holds a control character, which XML cannot carry",
            hint="ask for a format that is not XML",
        )
    # A bare carriage return would be read as a line feed (XML 1.0 §2.11); the writer makes none.
    return body.replace(b"\r", b"&#xD;")
