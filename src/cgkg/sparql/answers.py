"""From what an engine finds to the bytes that a request asks for, whole and within the limits."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, NamedTuple

from cgkg.errors import NotAcceptableError
from cgkg.formats import GRAPH_TYPES, GRAPHS, RESULT_TYPES, RESULTS, Format
from cgkg.http.coding import WORTH_COMPRESSING, compress
from cgkg.http.validators import digest
from cgkg.rdf.terms import Triple
from cgkg.rdf.vocab import STANDARD
from cgkg.sparql.ordering import leaves_order_open, sort_rows, sort_triples
from cgkg.sparql.protocol import QueryRequest
from cgkg.sparql.writing import AnswerLimits, write_graph, write_results
from cgkg.store.graph import QueryTriples
from cgkg.tables import neutralize_formulas


class WrittenAnswer(NamedTuple):
    """An answer's bytes and kind, its media type, its rows, and whether there is anything in it."""

    body: bytes
    kind: str
    media_type: str
    rows: int | None
    is_something: bool


def write_answer(
    result: Any,
    request: QueryRequest,
    limits: AnswerLimits,
    prefixes: Mapping[str, str],
    known: Mapping[str, str] = STANDARD,
) -> WrittenAnswer:
    """What was found, in the form that is asked for.

    Args:
        result: of `Graph.query` or `read_results`, perhaps evaluated only now; or triples.
        request: says the forms, and whether the rows shall have one order.
        limits: what the answer may have.
        prefixes: the query's own.
        known: those of the graph.

    Raises:
        NotAcceptableError: the answer is of a kind for which the request takes no format.
        QueryLimitError, QueryError: as `write_results` and `write_graph`.
    """
    if isinstance(result, QueryTriples | list):
        media_type = _require_format(request.graph_as, request, GRAPHS)
        rest = iter(result)
        first = list(islice(rest, 1))
        triples: Iterator[Triple] = chain(first, rest)
        if request.version:
            triples = sort_triples(triples)
        body = write_graph(triples, GRAPH_TYPES[media_type], prefixes, limits, known)
        return WrittenAnswer(body, "graph", media_type, None, bool(first))
    media_type = _require_format(request.results_as, request, RESULTS)
    body, rows = write_results(result, RESULT_TYPES[media_type], limits)
    if rows is not None and needs_row_order(request):
        body = sort_rows(body, RESULT_TYPES[media_type])
    if request.spreadsheet:
        body = neutralize_formulas(body)
        limits.check(len(body))
    if request.mark or request.spreadsheet:
        body = BOM_UTF8 + body
    if rows is None:
        return WrittenAnswer(body, "boolean", media_type, None, bool(result))
    return WrittenAnswer(body, "bindings", media_type, rows, rows > 0)


def needs_row_order(request: QueryRequest) -> bool:
    """Whether to give the rows in one order: who names a generation means the same bytes."""
    return request.version is not None and leaves_order_open(request.query)


def _require_format(
    media_type: str | None, request: QueryRequest, available: Iterable[Format]
) -> str:
    if media_type is None:
        raise NotAcceptableError(request.asked, [form.media_type for form in available])
    return media_type


def encode_answer(
    body: bytes, media_type: str, coding: str | None, unmatched: str
) -> tuple[bytes, str | None, str]:
    """The body, compressed if that was asked for and is worth it, its coding and its validator.

    What is said beside the body may change with the graph while the body does not.
    """
    etag = digest(body, media_type + unmatched)
    if coding is None or len(body) < WORTH_COMPRESSING:
        return body, None, etag
    return compress(body, coding), coding, f"{etag}-{coding}"
