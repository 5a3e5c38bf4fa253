"""Errors as HTTP tells them (RFC 9457): one table from error class to status; no framework."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import Any

from cgkg.errors import (
    CgkgError,
    ConfigError,
    EndpointError,
    EndpointTimeoutError,
    NotAcceptableError,
    NotEntailedError,
    PoolBusyError,
    QueryError,
    QueryLimitError,
    QueryLostError,
    QueryRefusedError,
    QuerySyntaxError,
    ResourceNotFoundError,
    SearchError,
    SearchNotReadyError,
    VersionNotFoundError,
)
from cgkg.http.requests import ProtocolError, UnsupportedMediaTypeError
from cgkg.languages import N_, SOURCE, tag, translations
from cgkg.messages import Message

PROBLEM = "application/problem+json"
RETRY_AFTER = 1  # seconds
MAY_BE_REPEATED = (PoolBusyError, QueryLostError, SearchNotReadyError)

# The first class that fits decides. A query that reached a limit is a 503 without Retry-After:
# the same query would reach it again.
STATUS: tuple[tuple[type[CgkgError], int], ...] = (
    (UnsupportedMediaTypeError, 415),
    (ProtocolError, 400),
    (QuerySyntaxError, 400),
    (QueryRefusedError, 403),
    (QueryLimitError, 503),
    (PoolBusyError, 503),
    (QueryLostError, 503),
    (EndpointTimeoutError, 504),
    (EndpointError, 502),
    (QueryError, 400),
    (SearchError, 503),
    (ResourceNotFoundError, 404),
    (VersionNotFoundError, 404),
    (NotEntailedError, 404),
    (NotAcceptableError, 406),
    (ConfigError, 400),
    (CgkgError, 500),
)
# The names of the statuses that an error is sent with, for catalogues.
TITLES: Mapping[int, str] = {
    400: N_("Bad Request"),
    403: N_("Forbidden"),
    404: N_("Not Found"),
    405: N_("Method Not Allowed"),
    406: N_("Not Acceptable"),
    408: N_("Request Timeout"),
    413: N_("Request Entity Too Large"),
    414: N_("Request-URI Too Long"),
    415: N_("Unsupported Media Type"),
    431: N_("Request Header Fields Too Large"),
    500: N_("Internal Server Error"),
    502: N_("Bad Gateway"),
    503: N_("Service Unavailable"),
    504: N_("Gateway Timeout"),
}


# What kind of error it is, for people: by code, and by code and limit where that says more.
KINDS: Mapping[str, str] = {
    "query": N_("The query cannot be answered"),
    "query-syntax": N_("This is not SPARQL 1.1"),
    "query-refused": N_("This endpoint does not answer that"),
    "query-limit": N_("The query reached a limit"),
    "query-limit/time": N_("The query took too long and was stopped"),
    "query-limit/rows": N_("The answer has too many rows"),
    "query-limit/bytes": N_("The answer is too large"),
    "query-limit/memory": N_("The query needs too much memory"),
    "query-limit/evidence": N_("Too many rows for their evidence"),
    "query-lost": N_("The query was lost in the server"),
    "busy": N_("The server is busy"),
    "endpoint-failed": N_("Another endpoint did not answer as it should"),
    "endpoint-late": N_("Another endpoint did not answer in time"),
}


@dataclass(frozen=True)
class ProblemDetails:
    """An error as RFC 9457 describes one, with the fields of its kind in `more`."""

    status: int
    code: str
    detail: str
    hint: str = ""
    more: Mapping[str, Any] | None = None

    @property
    def title(self) -> str:
        """The name of the status, in English; `TITLES` has those that are translated."""
        return HTTPStatus(self.status).phrase

    @property
    def kind(self) -> str:
        """What kind of error it is, as a message to translate; the title where that is all."""
        limit = (self.more or {}).get("limit", "")
        return KINDS.get(f"{self.code}/{limit}") or KINDS.get(self.code) or self.title

    def as_dict(self) -> dict[str, Any]:
        """The members of the problem details object.

        `said` has detail and hint as message and values, where they can be translated.
        """
        body: dict[str, Any] = {
            "type": f"urn:cgkg:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.hint:
            body["hint"] = self.hint
        texts = {"detail": self.detail, "hint": self.hint}
        said = {name: text.as_dict() for name, text in texts.items() if isinstance(text, Message)}
        if said:
            body["said"] = said
        return {**body, **(self.more or {})}


def describe_error(error: CgkgError) -> ProblemDetails:
    """The problem details of an error: its status by `STATUS`, its code, message and hint."""
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    more: dict[str, Any] = {}
    if isinstance(error, QuerySyntaxError):
        place = {"line": error.line, "column": error.column}
        more = {name: value for name, value in place.items() if value is not None}
    elif isinstance(error, QueryLimitError) and error.limit:
        more = {"limit": error.limit}
    elif isinstance(error, ResourceNotFoundError):
        more = {"iri": error.iri, "nearest": list(error.nearest)}
    elif isinstance(error, VersionNotFoundError):
        more = {"version": error.version, "known": list(error.known)}
    elif isinstance(error, NotAcceptableError):
        more = {"available": list(error.available)}
    return ProblemDetails(status, error.code, error.message, error.hint, more)


def write_problem(problem: ProblemDetails) -> tuple[str, bytes]:
    """The Content-Type and the body of the problem details object (RFC 9457), in UTF-8."""
    return PROBLEM, json.dumps(problem.as_dict(), ensure_ascii=False).encode("utf-8")


def write_page(problem: ProblemDetails) -> tuple[str, bytes]:
    """The media type and the text of a page in every language there is, without an application."""
    title = " · ".join(dict.fromkeys(translations(problem.title).values()))
    start = " · ".join(
        f'<span lang="{tag(language)}">{escape(said)}</span>'
        for language, said in translations(N_("Start")).items()
    )
    text = (
        f'<!doctype html>\n<html lang="{SOURCE}">\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n<h1>{escape(title)}</h1>\n"
        f"<p>{escape(problem.detail)}</p>\n"
        f'<p><a href="/">{start}</a></p>\n</html>\n'
    )
    return "text/html; charset=utf-8", text.encode("utf-8")
