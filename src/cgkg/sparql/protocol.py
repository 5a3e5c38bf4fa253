"""A SPARQL 1.1 Protocol request, read from plain values; no web framework.

The errors say what is wrong; which HTTP status that is, is decided in one table of the web layer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from cgkg.errors import NotAcceptableError, QueryRefusedError
from cgkg.formats import GRAPH_NAMES, GRAPH_TYPES, RESULT_NAMES, RESULT_TYPES, Format
from cgkg.http.negotiation import choose
from cgkg.http.requests import (
    CHARSETS,
    HttpRequest,
    ProtocolError,
    UnsupportedMediaTypeError,
    decode_form,
    read_text,
)
from cgkg.messages import M_
from cgkg.rdf.terms import IRI

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
# What relative IRIs are relative to in a query without BASE (SPARQL 1.1 §4.1.1.2).
BASE = "http://localhost/sparql"
PAGE_NAMES = ("html", "text/html")
"""Values of `format` that name a page; here, as Virtuoso's `auto`, they leave it to Accept."""
_MARK = "\ufeff"
_MARK_IN_UTF8 = _MARK.encode()
_CHARSET = re.compile(r';\s*+charset\s*+=\s*+"?([^\s";]++)', re.IGNORECASE)


class QueryRequest(NamedTuple):
    """A query, the dataset it is about, and the formats its answer may have.

    Whether a query asks for bindings or for a graph is known once it is parsed, so there is a
    media type for either; None says that the client takes no format of that family.

    `asked` is how the formats were asked for, as errors say it; `mark` asks for a byte order mark
    before CSV or TSV, `spreadsheet` for CSV with the mark in which no cell is a formula. `sent` is
    the query as the client sent it, where that had clauses in place of which `query` has values.
    """

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    asserted_only: bool = False
    results_as: str | None = Format.JSON.media_type
    graph_as: str | None = Format.TURTLE.media_type
    coding: str | None = None
    version: str | None = None
    evidence: bool = False
    mark: bool = False
    spreadsheet: bool = False
    asked: str = "*/*"
    timeout: float | None = None
    sent: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What decides the answer: all but the time allowed and the wording of Accept."""
        # Spelt out: `_replace` takes seven times as long, as long as finding the answer.
        return (
            self.query,
            self.default_graphs,
            self.named_graphs,
            self.asserted_only,
            self.results_as,
            self.graph_as,
            self.coding,
            self.version,
            self.evidence,
            self.mark,
            self.spreadsheet,
            self.sent,
        )

    @property
    def question(self) -> tuple[object, ...]:
        """What decides the solutions, in whatever form: the query and what it is about."""
        return self.query, self.default_graphs, self.named_graphs, self.asserted_only, self.sent


class QueryAnswer(NamedTuple):
    """A whole answer, never a part of one: `kind` is "bindings", "boolean" or "graph".

    `media_type` is the chosen one, without parameters; `coding` is the content coding of the body
    and `etag` what tells these bytes from others; `rows` counts the solutions of a SELECT;
    `lasting` means that the same query over the same graph has the same answer (no RAND or NOW);
    `seconds` is the time of evaluation; `unmatched` says why nothing may have been found, as
    `unmatched.notes` writes it.
    """

    kind: str
    media_type: str
    rows: int | None
    coding: str | None
    etag: str
    lasting: bool
    seconds: float
    unmatched: str
    body: bytes


def read_request(http: HttpRequest) -> QueryRequest:
    """The query request that this HTTP request makes.

    Raises:
        ProtocolError: no query or several, broken encoding, an unusable parameter.
        UnsupportedMediaTypeError: a body that is neither a form nor a query, or in a charset that
            is not read.
        QueryRefusedError: an update.
        NotAcceptableError: no format of any answer is acceptable.
    """
    parameters = list(read_parameters(http))
    # Of a parameter that is not the protocol's, the last one given counts.
    options = {name: value for name, value in parameters if value}
    if any(name == "update" for name, _ in parameters):
        raise _update_error()
    evidence, form = _read_truth(options, "evidence"), read_format(options)
    if evidence and not _takes_json(http.accept, form):
        raise NotAcceptableError(f"{form or http.accept} with evidence", [Format.JSON.media_type])
    asked, results_as, graph_as = _choose_formats(http.accept, form)
    mark = _read_truth(options, "bom")
    if mark and results_as not in (Format.CSV.media_type, Format.TSV.media_type):
        raise ProtocolError(
            "bom: only CSV and TSV may begin with a byte order mark", hint="add format=csv"
        )
    spreadsheet = _read_truth(options, "spreadsheet")
    if spreadsheet and results_as != Format.CSV.media_type:
        raise ProtocolError("spreadsheet: only CSV is written for them", hint="add format=csv")
    return QueryRequest(
        query=_read_query(parameters),
        default_graphs=_read_iris(parameters, "default-graph-uri"),
        named_graphs=_read_iris(parameters, "named-graph-uri"),
        results_as=results_as,
        graph_as=graph_as,
        asked=asked,
        timeout=_read_timeout(options.get("timeout")),
        asserted_only=_read_asserted_only(options),
        version=options.get("version"),
        evidence=evidence,
        mark=mark,
        spreadsheet=spreadsheet,
    )


def trim_query(text: str) -> str:
    """The query without the byte order mark that editors put before it, and without semicolons
    and NUL characters at its end, which interactive tools and C programs leave there."""
    if text[-1:] == "}" and text[:1] != _MARK:  # as most do
        return text
    text = text.removeprefix(_MARK)
    kept = text.rstrip("; \t\r\n\0")
    end = text[len(kept) :]
    # After a backslash the semicolon belongs to a prefixed name.
    return kept if (";" in end or "\0" in end) and not kept.endswith("\\") else text


def read_parameters(http: HttpRequest) -> Iterator[tuple[str, str]]:
    """All parameters of the request in order; a query sent as the body is one of them (§2.1)."""
    yield from decode_form(http.query_string)
    if http.method in ("GET", "HEAD"):
        return
    if http.method != "POST":
        raise ProtocolError(f"{http.method} is not a method of the query protocol")
    if http.content_encoding and http.content_encoding.strip().lower() != "identity":
        raise UnsupportedMediaTypeError(
            f"cannot read a body in the coding {http.content_encoding}", hint="send it as it is"
        )
    media_type, charset = _read_content_type(http.content_type)
    if media_type == UPDATE:
        raise _update_error()
    if media_type not in (FORM, QUERY):
        sent = f"a body of type {media_type}" if media_type else "a body without Content-Type"
        raise UnsupportedMediaTypeError(f"cannot read {sent}", hint=f"send {QUERY} or {FORM}")
    decoder = CHARSETS.get(charset)
    # The suite of the protocol wants a query in UTF-16 refused (bad_query_non_utf8).
    if decoder is None or (decoder == "utf-16" and media_type == QUERY):
        raise UnsupportedMediaTypeError(
            f"cannot read the charset {charset[:40]}", hint="send UTF-8"
        )
    if media_type == FORM:
        yield from decode_form(http.body.removeprefix(_MARK_IN_UTF8), decoder)
    else:
        yield "query", read_text(http.body, decoder)


def _read_content_type(header: str | None) -> tuple[str, str]:
    """Media type and charset of a Content-Type header, in lower case; UTF-8 unless it says so."""
    media_type = (header or "").partition(";")[0].strip().lower()
    said = _CHARSET.search(header or "")
    return media_type, said[1].lower().replace("_", "-") if said else "utf-8"


def _read_query(parameters: list[tuple[str, str]]) -> str:
    queries = [value for name, value in parameters if name == "query"]
    if not queries:
        raise ProtocolError("the request has no query", hint="send it as the parameter query")
    if len(queries) > 1:
        raise ProtocolError("the request has several queries", hint="send one")
    return trim_query(queries[0])


def _read_iris(parameters: list[tuple[str, str]], name: str) -> tuple[str, ...]:
    """The values of a dataset parameter (§2.1.4), which must be absolute IRIs.

    An empty one, as forms send it, names no graph.
    """
    values = dict.fromkeys([value for key, value in parameters if key == name and value])
    for value in values:
        try:
            IRI(value)
        except ValueError:
            raise ProtocolError(f"{name}: {value!r} is not an absolute IRI") from None
    return tuple(values)


def _read_timeout(value: str | None) -> float | None:
    """The seconds that the client allows; None leaves it to the server, as 0 does elsewhere."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise ProtocolError(f"timeout: {value!r} is not a number of seconds")
    return seconds or None


def _read_asserted_only(options: Mapping[str, str]) -> bool:
    """Whether `reasoning` is off, or `infer`, as RDF4J and GraphDB call it."""
    name = "reasoning" if "reasoning" in options else "infer"
    value = options.get(name)
    if value is None:
        return False
    if value not in ("on", "off", "true", "false"):
        raise ProtocolError(f"{name}: {value!r} is neither on nor off")
    return value in ("off", "false")


def _read_truth(options: Mapping[str, str], name: str) -> bool:
    value = options.get(name)
    if value not in (None, "true", "false"):
        raise ProtocolError(f"{name}: {value!r} is neither true nor false")
    return value == "true"


def read_format(options: Mapping[str, str]) -> str | None:
    """The format that `format` or `output` names, two names of one parameter; None: it is left to
    Accept.

    Raises:
        ProtocolError: they name different formats.
    """
    form, output = options.get("format"), options.get("output")
    if not (form or output):
        return None
    # A plus sign has become a space if the client did not encode it.
    first, last = ((wish or "").lower().replace(" ", "+") for wish in (form or output, output))
    if last and first != last and not _list_formats(first) & _list_formats(last):
        raise ProtocolError(f"format is {form!r} and output {output!r}", hint="give one of them")
    return None if first in ("auto", *PAGE_NAMES) else first


def names_page(parameters: Iterable[tuple[str, str]]) -> bool | None:
    """Whether the parameters ask for a page; None: they leave it to Accept.

    A page cannot show evidence, so whoever asks for it asks for none.
    """
    options = {name: value.lower() for name, value in parameters if value}
    if options.get("evidence") == "true":
        return False
    wish = options.get("format") or options.get("output") or "auto"
    return None if wish == "auto" else wish in PAGE_NAMES


def _takes_json(accept: str | None, name: str | None) -> bool:
    """Whether an answer with evidence, which exists as JSON only, would be welcome."""
    types = [name for name, form in RESULT_TYPES.items() if form is Format.JSON]
    if name is not None:
        return name == "json" or name in types
    return _choose(accept, types) is not None


def _choose_formats(accept: str | None, name: str | None) -> tuple[str, str | None, str | None]:
    """What was asked for, and the media type of an answer of either family (None: none)."""
    results, graphs = list(RESULT_TYPES), list(GRAPH_TYPES)
    if name is not None:
        # A name is for people and goes before Accept, which a browser fills without asking them.
        results, graphs = _list_types(name)
        accept = None
    asked = name or accept or "*/*"
    types = _choose(accept, results), _choose(accept, graphs)
    if types == (None, None):
        available = [*RESULT_NAMES, *GRAPH_NAMES] if name else [form.media_type for form in Format]
        raise NotAcceptableError(asked, list(dict.fromkeys(available)))
    return asked, *types


def _list_types(name: str) -> tuple[list[str], list[str]]:
    """The media types of a short name or of media types given as `format`, per family."""
    result = RESULT_NAMES.get(name)
    graph = GRAPH_NAMES.get(name)
    types = name.split(",")  # SPARQLWrapper names several
    return (
        [result.media_type] if result else [each for each in types if each in RESULT_TYPES],
        [graph.media_type] if graph else [each for each in types if each in GRAPH_TYPES],
    )


def _list_formats(name: str) -> set[Format]:
    results, graphs = _list_types(name)
    return {RESULT_TYPES[each] for each in results} | {GRAPH_TYPES[each] for each in graphs}


def _choose(accept: str | None, offers: list[str]) -> str | None:
    try:
        return choose(accept, offers) if offers else None
    except NotAcceptableError:
        return None


def _update_error() -> QueryRefusedError:
    return QueryRefusedError(
        M_("updates are refused: this endpoint only answers queries"),
        hint=M_("change the project's files and run cgkg build"),
    )
