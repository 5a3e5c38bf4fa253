"""A query over HTTP in plain values: from a request to what to ask, from an answer to a response.

Whoever speaks HTTP (the server's dispatcher, the Flask application) calls these and adds nothing
of its own, so that both give the same answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cgkg.formats import GRAPH_TYPES, RESULT_TYPES
from cgkg.http.coding import best_coding
from cgkg.http.cross_origin import EXPOSED
from cgkg.http.negotiation import content_type, prefers_html
from cgkg.http.requests import HttpRequest, ProtocolError, decode_form
from cgkg.http.validators import matches
from cgkg.sparql.protocol import QueryAnswer, QueryRequest, names_page, read_request
from cgkg.sparql.unmatched.notes import HEADER

# A generation never changes, but the address may lead to the next one: ask whether it has.
CACHE_CONTROL = "public, max-age=0, must-revalidate"
# A permalink names its generation, so its answer is the same for ever.
CACHE_PINNED = "public, max-age=31536000, immutable"
CACHE_NOTHING = "no-store"
VARY = "Accept, Accept-Encoding"
_TYPES = tuple(dict.fromkeys((*RESULT_TYPES, *GRAPH_TYPES)))


@dataclass(frozen=True)
class Reply:
    """A response to a query: status, headers but for Content-Length, and body."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


def read_query(http: HttpRequest) -> QueryRequest:
    """The query that the request makes, in the content coding that it prefers.

    Raises:
        QueryError, NotAcceptableError: as `read_request`.
    """
    coding = best_coding(http.accept_encoding)
    request = read_request(http)
    return request._replace(coding=coding) if coding else request


def prefers_page(accept: str | None, query_string: bytes) -> bool:
    """Whether the client names a page, or names nothing and likes a page better than any result.

    Args:
        accept: the Accept header, None when absent.
        query_string: that of the request, undecoded.
    """
    try:
        named = names_page(decode_form(query_string))
    except ProtocolError:  # which a page can say
        named = None
    return prefers_html(accept, _TYPES) if named is None else named


def reply(
    answer: QueryAnswer, generation: str, *, if_none_match: str | None = None, pinned: bool = False
) -> Reply:
    """The response that carries an answer, or a 304 for a client that has it.

    Args:
        answer: the whole answer.
        generation: the id of the generation that gave it.
        if_none_match: the request's header of this name (RFC 9110 §13.1.2).
        pinned: the address names the generation.
    """
    etag = f'"{answer.etag}"'
    cache_control = CACHE_PINNED if pinned else CACHE_CONTROL
    headers = [
        ("ETag", etag),
        *_write_caching_headers(cache_control if answer.lasting else CACHE_NOTHING, generation),
    ]
    if if_none_match and answer.lasting and matches(if_none_match, etag):
        return Reply(304, headers, b"")
    headers += _write_content_headers(answer.media_type, answer.coding)
    headers.append(("Server-Timing", f"query;dur={answer.seconds * 1000:.3f}"))
    if answer.rows is not None:
        headers.append(("X-Cgkg-Rows", str(answer.rows)))
    if answer.unmatched:
        headers.append((HEADER, answer.unmatched))
    return Reply(200, headers, answer.body)


@lru_cache(maxsize=64)
def _write_caching_headers(cache_control: str, generation: str) -> tuple[tuple[str, str], ...]:
    """What a 304 says, too."""
    return (
        ("Cache-Control", cache_control),
        ("Vary", VARY),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", EXPOSED),
        ("X-Cgkg-Generation", generation),
    )


@lru_cache(maxsize=64)
def _write_content_headers(media_type: str, coding: str | None) -> tuple[tuple[str, str], ...]:
    coded = (("Content-Encoding", coding),) if coding else ()
    return ("Content-Type", content_type(media_type)), *coded
