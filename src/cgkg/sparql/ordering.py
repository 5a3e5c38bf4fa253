"""One order for what a query leaves in any order, so that a permalink gives the same bytes again.

The engine invents names for the blank nodes, the sequences of paths and the aggregates of a query,
others each time it reads it, and orders the branches of a UNION by digests that these go into: one
query over one graph gives its rows now in this order and now in that. Without ORDER BY the
solutions are a multiset (SPARQL 1.1 §15.1), so every order is right, and here it is that of the
rows' bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice, pairwise

from cgkg.errors import QueryError
from cgkg.formats import Format
from cgkg.rdf.terms import Triple
from cgkg.sparql.tree.parser import parse

# Larger answers are left as they come: bytes of an answer, triples of a graph.
MOST_BYTES = 1 << 24
MOST_TRIPLES = 100_000

# A string, to pass it over, or what stands between two solutions: in one all members have names.
_JSON = re.compile(rb'"(?:[^"\\]|\\.)*+"|\}(,)\{')
_XML = re.compile(rb"<result>.*?</result>", re.DOTALL)
_CSV = re.compile(rb'(?:[^"\r\n]|"[^"]*")*+\r\n')

_Parts = tuple[bytes, list[bytes], bytes, bytes]


def leaves_order_open(query: str) -> bool:
    """Whether a query has no ORDER BY at its outermost level; false where that cannot be told."""
    if "order" not in query.lower():
        return True
    try:
        return parse(query, restricted=False).query.order_by is None
    except QueryError:  # the engine reads more than SPARQL 1.1
        return False


def sort_rows(body: bytes, form: Format) -> bytes:
    """The solutions in the order of their bytes; a body beyond `MOST_BYTES` stays as it is."""
    if len(body) > MOST_BYTES:
        return body
    head, rows, between, tail = _PARTS[form](body)
    if head + between.join(rows) + tail != body:
        return body  # a quotation mark within a triple term, which CSV has no rule for
    return head + between.join(sorted(rows)) + tail


def sort_triples(triples: Iterable[Triple]) -> Iterator[Triple]:
    """The triples in the order of their text; beyond `MOST_TRIPLES` as they come."""
    rest = iter(triples)
    first = list(islice(rest, MOST_TRIPLES + 1))
    if len(first) <= MOST_TRIPLES:
        first.sort(key=str)
    return chain(first, rest)


def _split_json(body: bytes) -> _Parts:
    start = body.index(b'"bindings":[') + len(b'"bindings":[')
    end = body.rindex(b"]}}")
    cuts = [match.start(1) for match in _JSON.finditer(body, start, end) if match[1]]
    rows = [body[after + 1 : before] for after, before in pairwise((start - 1, *cuts, end))]
    return body[:start], rows, b",", body[end:]


def _split_xml(body: bytes) -> _Parts:
    start = body.index(b"<results>") + len(b"<results>")
    end = body.rindex(b"</results>")
    return body[:start], _XML.findall(body, start, end), b"", body[end:]


def _split_csv(body: bytes) -> _Parts:
    head, *rows = _CSV.findall(body)
    return head, rows, b"", b""


def _split_tsv(body: bytes) -> _Parts:
    head, *rows = re.findall(rb"[^\n]*\n", body)
    return head, rows, b"", b""


_PARTS: Mapping[Format, Callable[[bytes], _Parts]] = {
    Format.JSON: _split_json,
    Format.XML: _split_xml,
    Format.CSV: _split_csv,
    Format.TSV: _split_tsv,
}
