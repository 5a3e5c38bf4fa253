"""The SPARQL endpoint over HTTP: the protocol for clients, a form and a table for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from cgkg.errors import CgkgError, NotAcceptableError, VersionNotFoundError
from cgkg.formats import Format, formats_of
from cgkg.http.negotiation import HTML, choose, content_type
from cgkg.http.problems import MAY_BE_REPEATED, RETRY_AFTER, describe_error
from cgkg.http.requests import HttpRequest, decode_form
from cgkg.rdf.io import serialize
from cgkg.rdf.terms import IRI, Literal
from cgkg.sparql.protocol import FORM, QUERY, QueryAnswer, QueryRequest, read_request
from cgkg.sparql.reply import prefers_page, read_query, reply
from cgkg.web.endpoint.description import PREFIXES, openapi, service_description
from cgkg.web.parts.examples import Example
from cgkg.web.parts.view import View
from cgkg.web.request import FORMATS, language_of, site_of

SHOWN_ROWS = 1000
SHOWN_CHARACTERS = 200_000
_TAKEN = "Accept, Content-Type, If-None-Match, X-Request-Id"
# Parameters that a page gives or leaves out by itself when it asks again.
_OF_ITS_OWN = ("query", "update", "format", "lang")


@dataclass(frozen=True)
class Shown:
    """An answer as a page shows it; `total` counts all rows, `rows` holds the first of them.

    `generation` is the id of the one that answered.
    """

    kind: str
    variables: tuple[str, ...] = ()
    rows: tuple[tuple[IRI | Literal | str | None, ...], ...] = ()
    total: int = 0
    boolean: bool = False
    text: str = ""
    cut: bool = False
    seconds: float = 0.0
    generation: str = ""


@dataclass(frozen=True)
class Sent:
    """What the person sent, to show it again and to ask it in another way.

    `more` are the parameters beside the query: its dataset, `reasoning`, `version`, and so on.
    """

    query: str = ""
    more: tuple[tuple[str, str], ...] = ()

    def address(self, **changes: str) -> str:
        """Where the same is asked with other parameters; an empty one is left out."""
        kept = [pair for pair in self.more if pair[0] not in changes]
        given = [pair for pair in changes.items() if pair[1]]
        return "/sparql?" + urlencode([("query", self.query), *kept, *given])


def routes(examples: tuple[Example, ...]) -> Blueprint:
    """The endpoint at /sparql, with these example queries beside its form."""
    endpoint = Blueprint("endpoint", __name__)

    @endpoint.route("/sparql", methods=["GET", "POST"], provide_automatic_options=False)
    def sparql() -> Response:
        if request.method != "POST" and not _has_query():
            return _open_to_all(_without_query(examples))
        http = http_request()
        if prefers_page(http.accept, http.query_string) and not _names_a_format(http):
            return _open_to_all(_result_page(http, examples))
        return responded(read_query(http))

    @endpoint.get("/openapi.json")
    def interface() -> Response:
        site = site_of()
        title = _view().pick(site.project.get("name")) or "cgkg"
        content = openapi(
            request.url_root.rstrip("/"), site.settings.version or "0", title, site.license_of()
        )
        return Response(json.dumps(content, indent=1), content_type="application/json")

    @endpoint.route("/sparql", methods=["OPTIONS"])
    def preflight() -> Response:
        response = Response(status=204)
        response.headers["Allow"] = "GET, HEAD, OPTIONS, POST"
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS, POST"
        response.headers["Access-Control-Allow-Headers"] = _TAKEN
        response.headers["Access-Control-Max-Age"] = "86400"
        return _open_to_all(response)

    @endpoint.after_request
    def shared(response: Response) -> Response:
        return _open_to_all(response)

    return endpoint


def _open_to_all(response: Response) -> Response:
    """Let any site's scripts read the answer; the graph is public and nobody logs in."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers.setdefault("Vary", "Accept, Accept-Language")
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _has_query() -> bool:
    """Whether the request means to ask something; broken encoding is for the protocol to tell."""
    try:
        names = {name for name, _ in decode_form(request.query_string)}
    except CgkgError:
        return True
    return bool(names & {"query", "update", "default-graph-uri", "named-graph-uri"})


def _names_a_format(http: HttpRequest) -> bool:
    """Whether a form in the body asks for what is no page, as an address can."""
    if http.method != "POST" or not (http.content_type or "").lower().startswith(FORM):
        return False
    try:
        fields = decode_form(http.body)
    except CgkgError:
        return False
    return any((n == "format" and v) or (n, v) == ("evidence", "true") for n, v in fields)


def _view(generation: str = "") -> View:
    language, chosen = language_of(request)
    return View(site_of(), language, chosen=chosen, generation=generation)


def http_request() -> HttpRequest:
    """The request under way as plain values."""
    return HttpRequest(
        method=request.method,
        query_string=request.query_string,
        content_type=request.headers.get("Content-Type"),
        body=request.get_data(cache=False),
        accept=request.headers.get("Accept"),
        accept_encoding=request.headers.get("Accept-Encoding"),
        content_encoding=request.headers.get("Content-Encoding"),
    )


def responded(query: QueryRequest) -> Response:
    """The response that carries the answer to the query."""
    generation = site_of().at(query.version)
    answer = site_of().pool.run(query)
    safe = request.method in ("GET", "HEAD")
    condition = request.headers.get("If-None-Match") if safe else None
    pinned = query.version is not None
    replied = reply(answer, generation.id, if_none_match=condition, pinned=pinned)
    response = Response(replied.body, replied.status)
    if replied.status == 304:
        response.headers.pop("Content-Type")
    response.headers.update(dict(replied.headers))
    return response


# People


def _result_page(http: HttpRequest, examples: tuple[Example, ...]) -> Response:
    sent = _sent(http)
    wanted = f"{Format.JSON.media_type}, {Format.TURTLE.media_type}"
    try:
        asked = read_request(
            HttpRequest(http.method, http.query_string, http.content_type, http.body, wanted)
        )
        generation = site_of().at(asked.version)
        shown = replace(_shown(site_of().pool.run(asked)), generation=generation.id)
    except CgkgError as error:
        page = _form(sent, examples, error=error)
        if isinstance(error, MAY_BE_REPEATED):
            page.headers["Retry-After"] = str(RETRY_AFTER)
        return page
    response = _form(sent, examples, shown=shown)
    response.headers["X-Cgkg-Generation"] = shown.generation
    return response


def _form(
    sent: Sent,
    examples: tuple[Example, ...],
    *,
    shown: Shown | None = None,
    error: CgkgError | None = None,
) -> Response:
    problem = describe_error(error) if error else None
    known = error.known if isinstance(error, VersionNotFoundError) else ()
    view = _view(shown.generation if shown else "")
    lang = view.language if view.chosen else ""
    # What was asked for stays asked for, unless there is no such thing.
    hidden = [pair for pair in sent.more if not (known and pair[0] == "version")]
    forms = formats_of(shown.kind) if shown else ()
    page = render_template(
        "query.html",
        v=view,
        query=sent.query,
        hidden=hidden,
        examples=examples,
        shown=shown,
        problem=problem,
        downloads=[(form.label, sent.address(format=form.key)) for form in forms],
        versions=[(name, sent.address(version=name, lang=lang)) for name in known],
        now=sent.address(version="", lang=lang),
    )
    return Response(page, problem.status if problem else 200, content_type=content_type(HTML))


def _sent(http: HttpRequest) -> Sent:
    """What the request says; nothing if it cannot be read."""
    direct = http.method == "POST" and (http.content_type or "").startswith(QUERY)
    try:
        sent = decode_form(http.query_string)
        if http.method == "POST" and not direct:
            sent += decode_form(http.body)
    except CgkgError:
        sent = []
    if direct:
        sent.append(("query", http.body.decode("utf-8", "replace")))
    query = next((value for name, value in sent if name == "query"), "")
    return Sent(query, tuple(pair for pair in sent if pair[0] not in _OF_ITS_OWN))


def _shown(answer: QueryAnswer) -> Shown:
    if answer.kind == "graph":
        text = answer.body.decode("utf-8")
        cut = len(text) > SHOWN_CHARACTERS
        return Shown("graph", text=text[:SHOWN_CHARACTERS], cut=cut, seconds=answer.seconds)
    content = json.loads(answer.body)
    if answer.kind == "boolean":
        return Shown("boolean", boolean=bool(content["boolean"]), seconds=answer.seconds)
    variables = tuple(content["head"]["vars"])
    bindings = content["results"]["bindings"]
    rows = tuple(tuple(_term(row.get(v)) for v in variables) for row in bindings[:SHOWN_ROWS])
    return Shown(
        "bindings",
        variables,
        rows,
        total=len(bindings),
        cut=len(bindings) > SHOWN_ROWS,
        seconds=answer.seconds,
    )


def _term(value: Mapping[str, str] | None) -> IRI | Literal | str | None:
    """A term of a JSON result; one that is neither an IRI nor a literal is only text."""
    if value is None:
        return None
    if value["type"] == "uri":
        return IRI(value["value"])
    if value["type"] == "literal":
        if "xml:lang" in value:
            return Literal(value["value"], language=value["xml:lang"])
        return Literal(value["value"])
    return f"_:{value['value']}" if value["type"] == "bnode" else "…"


# Clients


def _without_query(examples: tuple[Example, ...]) -> Response:
    """The form for a browser, a description of the service for a client."""
    try:
        chosen = choose(request.headers.get("Accept"), (*FORMATS, HTML))
    except NotAcceptableError:
        # Someone who asks for results has forgotten the query: the protocol says so.
        read_request(HttpRequest("GET", request.query_string))
        raise
    if chosen == HTML:
        first = examples[0].text(language_of(request)[0]) if examples else ""
        return _form(Sent(first), examples)
    description = service_description(request.base_url, site_of())
    body = serialize(description, FORMATS[chosen], prefixes=PREFIXES)
    return Response(body, content_type=content_type(chosen))
