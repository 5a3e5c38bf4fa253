"""Reading graphs by the SPARQL 1.1 Graph Store HTTP Protocol, directly and indirectly."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request

from cgkg.errors import ResourceNotFoundError
from cgkg.http.cross_origin import READING, answer_preflight
from cgkg.http.requests import HttpRequest, ProtocolError, decode_form
from cgkg.rdf.terms import IRI
from cgkg.sparql.protocol import QueryRequest
from cgkg.sparql.reply import read_query
from cgkg.web.endpoint.sparql import http_request, responded
from cgkg.web.request import site_of

_HINT = "give ?default, ?graph=IRI, or the graph's own address under /graph-store/"


def routes() -> Blueprint:
    """The graph store at /graph-store: read only."""
    graphs = Blueprint("graphs", __name__)

    @graphs.route(
        "/graph-store", methods=["GET"], provide_automatic_options=False, strict_slashes=False
    )
    def indirect() -> Response:
        return _graph(_named(decode_form(request.query_string)))

    @graphs.route("/graph-store/<path:name>", methods=["GET"], provide_automatic_options=False)
    def direct(name: str) -> Response:
        # The request's own address names the graph (§4.1), just as it was sent.
        path = request.environ.get("REQUEST_URI", request.path).partition("?")[0]
        return _graph(_iri(f"{request.scheme}://{request.host}{path}"))

    @graphs.route("/graph-store", methods=["OPTIONS"], strict_slashes=False)
    @graphs.route("/graph-store/<path:name>", methods=["OPTIONS"])
    def preflight(name: str = "") -> Response:
        asked = request.headers.get("Access-Control-Request-Headers")
        return Response(status=204, headers=answer_preflight(READING, asked))

    @graphs.after_request
    def shared(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    return graphs


def _named(parameters: list[tuple[str, str]]) -> IRI | None:
    """The graph that is asked for; None is the default graph (§4.2)."""
    wishes = [(name, value) for name, value in parameters if name in ("default", "graph")]
    if len(wishes) != 1:
        what = "several graphs are asked for" if wishes else "no graph is asked for"
        raise ProtocolError(what, hint=_HINT)
    name, value = wishes[0]
    return _iri(value) if name == "graph" else None


def _iri(text: str) -> IRI:
    try:
        return IRI(text)
    except ValueError:
        raise ProtocolError(f"graph: {text!r} is not an absolute IRI", hint=_HINT) from None


def _graph(name: IRI | None) -> Response:
    pattern = "?s ?p ?o" if name is None else f"GRAPH {name} {{ ?s ?p ?o }}"
    query = _asking(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}")
    if name is not None:
        # A graph without triples is in no dataset; an answer without any does not tell which.
        there = site_of().pool.run(
            QueryRequest(
                f"ASK {{ {pattern} }}", asserted_only=query.asserted_only, version=query.version
            )
        )
        if not json.loads(there.body)["boolean"]:
            raise ResourceNotFoundError(name.value)
    return responded(query)


def _asking(query: str) -> QueryRequest:
    """The query with what the request says of formats and codings."""
    http = http_request()
    wishes = HttpRequest(
        "POST",
        http.query_string,
        "application/sparql-query",
        query.encode("utf-8"),
        http.accept,
        http.accept_encoding,
    )
    return read_query(wishes)._replace(default_graphs=(), named_graphs=())
