"""The address of explanations, /explain: why a triple holds, for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from cgkg.formats import Format
from cgkg.http.cross_origin import READING, answer_preflight
from cgkg.http.negotiation import HTML, choose, content_type
from cgkg.http.requests import ProtocolError
from cgkg.rdf.terms import Triple
from cgkg.web.parts.facts import read_fact
from cgkg.web.request import language_of, site_of

if TYPE_CHECKING:
    from cgkg.reasoning import Proof

JSON, TEXT = "application/json", "text/plain"
MOST = 100
_FORMS: Mapping[str, str] = {JSON: "json", Format.TURTLE.media_type: "ttl", TEXT: "text"}
_NAMES: Mapping[str, str] = {
    "json": JSON,
    **dict.fromkeys(Format.TURTLE.names, Format.TURTLE.media_type),
    "text": TEXT,
    "html": HTML,
}


def routes(explain_all: Callable[[Triple, int], Sequence[Proof]]) -> Blueprint:
    """The address, with what finds proofs."""
    proofs = Blueprint("proofs", __name__)

    @proofs.get("/explain")
    def explain() -> AnyResponse:
        site = site_of()
        prefixes = site.generation.prefixes
        triple = read_fact(request.args, prefixes)
        kind = _media_type()
        if kind == HTML:
            kept = {
                name: request.args[name] for name in ("s", "p", "o", "lang") if name in request.args
            }
            return redirect(f"{url_for('pages.fact')}?{urlencode(kept)}", 303)
        # The reasoner comes with it: a third of what the server would load before its first answer.
        from cgkg.presentation.explanations import explained, written

        explanation = explained(triple, site.graph, explain_all, _limit(), prefixes)
        language, base = language_of(request)[0], site.settings.base
        others = site.languages
        body = written(explanation, _FORMS[kind], site.graph, language, base, prefixes, others)
        return Response(body, content_type=content_type(kind))

    @proofs.after_request
    def shared(response: Response) -> Response:
        # As at /sparql: the graph is public, and scripts of any site may read it.
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Vary"] = "Accept, Accept-Language"
        if request.method == "OPTIONS":
            asked = request.headers.get("Access-Control-Request-Headers")
            response.headers.update(answer_preflight(READING, asked))
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    return proofs


def _media_type() -> str:
    """The media type that `format` names or Accept prefers; a page only if it is named."""
    wish = request.args.get("format")
    if not wish:
        return choose(request.headers.get("Accept"), (*_FORMS, HTML))
    if wish not in _NAMES:
        raise ProtocolError(f"format: {wish[:50]!r} is unknown", hint="json, ttl, text or html")
    return _NAMES[wish]


def _limit() -> int:
    wish = request.args.get("all", "1")
    if not wish.isascii() or not wish.isdigit() or not 1 <= int(wish) <= MOST:
        raise ProtocolError(f"all: {wish[:50]!r} is no number of proofs", hint=f"write 1 to {MOST}")
    return int(wish)
