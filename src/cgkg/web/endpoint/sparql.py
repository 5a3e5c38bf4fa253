"""The SPARQL endpoint over HTTP: the protocol for clients, a form and a table for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from cgkg.errors import CgkgError, NotAcceptableError, VersionNotFoundError
from cgkg.formats import Format, formats_of
from cgkg.http.cross_origin import EXPOSED, answer_preflight
from cgkg.http.negotiation import HTML, choose, content_type
from cgkg.http.problems import MAY_BE_REPEATED, RETRY_AFTER, describe_error
from cgkg.http.requests import HttpRequest, decode_form
from cgkg.languages import N_
from cgkg.rdf.io import serialize
from cgkg.rdf.notation import abbreviate_text
from cgkg.rdf.terms import IRI, Literal
from cgkg.sparql.protocol import (
    QueryAnswer,
    QueryRequest,
    names_page,
    read_parameters,
    read_request,
)
from cgkg.sparql.reply import prefers_page, read_query, reply
from cgkg.sparql.unmatched.notes import HEADER, UnmatchedNote, read_notes, tell
from cgkg.web.endpoint.description import PREFIXES, openapi, service_description
from cgkg.web.parts.examples import Example
from cgkg.web.parts.view import View
from cgkg.web.request import FORMATS, language_of, site_of

SHOWN_ROWS = 1000
SHOWN_CHARACTERS = 200_000
_METHODS = "GET, HEAD, OPTIONS, POST"
# Parameters that a page gives or leaves out by itself when it asks again.
_OF_ITS_OWN = ("query", "update", "format", "output", "bom", "spreadsheet", "lang")
_FOR_SPREADSHEETS = N_("CSV for spreadsheets")
_NO_FORMULAS = N_("an apostrophe stands before what a spreadsheet would run as a formula")


@dataclass(frozen=True)
class Shown:
    """An answer as a page shows it; `total` counts all rows, `rows` holds the first of them.

    `generation` is the id of the one that answered; `unmatched` says why nothing was found.
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
    unmatched: tuple[UnmatchedNote, ...] = ()


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

    @endpoint.route(
        "/sparql", methods=["GET", "POST"], provide_automatic_options=False, strict_slashes=False
    )
    def sparql() -> Response:
        if request.method != "POST" and not _has_query():
            return _open_to_all(_without_query(examples))
        http = http_request()
        if prefers_page(http.accept, http.query_string) and _may_be_page(http):
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

    @endpoint.route("/sparql", methods=["OPTIONS"], strict_slashes=False)
    def preflight() -> Response:
        asked = request.headers.get("Access-Control-Request-Headers")
        return Response(status=204, headers=answer_preflight(_METHODS, asked))

    @endpoint.after_request
    def shared(response: Response) -> Response:
        return _open_to_all(response)

    return endpoint


def _open_to_all(response: Response) -> Response:
    """Let any site's scripts read the answer; the graph is public and nobody logs in."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers.setdefault("Access-Control-Expose-Headers", EXPOSED)
    response.headers.setdefault("Vary", "Accept, Accept-Language")
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _has_query() -> bool:
    """Whether the request means to ask something; broken encoding is for the protocol to tell."""
    try:
        fields = decode_form(request.query_string)
    except CgkgError:
        return True
    graphs = ("default-graph-uri", "named-graph-uri")
    return any(n in ("query", "update") or (n in graphs and value) for n, value in fields)


def _may_be_page(http: HttpRequest) -> bool:
    """Whether a form in the body does not ask for what is no page, as an address can."""
    try:
        return names_page(read_parameters(http)) is not False
    except CgkgError:
        return True


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
        answer = site_of().pool.run(asked)
        notes = read_notes(answer.unmatched)
        shown = replace(_shown(answer), generation=generation.id, unmatched=notes)
    except CgkgError as error:
        page = _form(sent, examples, error=error)
        if isinstance(error, MAY_BE_REPEATED):
            page.headers["Retry-After"] = str(RETRY_AFTER)
        return page
    response = _form(sent, examples, shown=shown)
    response.headers["X-Cgkg-Generation"] = shown.generation
    if answer.unmatched:
        response.headers[HEADER] = answer.unmatched
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
    page = render_template(
        "query.html",
        v=view,
        query=sent.query,
        hidden=hidden,
        examples=examples,
        shown=shown,
        notes=[_tell(note, view) for note in shown.unmatched] if shown else [],
        problem=problem,
        downloads=_downloads(sent, formats_of(shown.kind) if shown else ()),
        versions=[(name, sent.address(version=name, lang=lang)) for name in known],
        now=sent.address(version="", lang=lang),
    )
    return Response(page, problem.status if problem else 200, content_type=content_type(HTML))


def _tell(note: UnmatchedNote, view: View) -> str:
    prefixes = view.site.generation.prefixes
    return tell(note, view.gettext, lambda term: abbreviate_text(term, prefixes))


def _downloads(sent: Sent, forms: Sequence[Format]) -> list[tuple[str, str, str]]:
    """The names of the formats, messages or the same in every language, where they are, and what
    is to be known of them."""
    downloads = [(form.label, sent.address(format=form.key), "") for form in forms]
    if Format.CSV in forms:
        address = sent.address(format=Format.CSV.key, spreadsheet="true")
        downloads.append((_FOR_SPREADSHEETS, address, _NO_FORMULAS))
    return downloads


def _sent(http: HttpRequest) -> Sent:
    """What the request says; nothing if it cannot be read."""
    try:
        sent = list(read_parameters(http))
    except CgkgError:
        sent = []
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
    description = service_description(request.base_url.removesuffix("/"), site_of())
    body = serialize(description, FORMATS[chosen], prefixes=PREFIXES)
    return Response(body, content_type=content_type(chosen))
