"""The query workbench at /query: the page, and the names that its editor completes.

What the browser runs is bundled from npm when the package is built (tools/workbench.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from threading import Lock

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from cgkg.formats import Format
from cgkg.http.negotiation import HTML, content_type
from cgkg.http.problems import KINDS
from cgkg.languages import N_, SOURCE, words_of
from cgkg.sparql.unmatched.notes import PROPOSAL, SENTENCES
from cgkg.web.pages.completion import Terms
from cgkg.web.parts.examples import Example
from cgkg.web.parts.view import View
from cgkg.web.rendering import scripts
from cgkg.web.request import language_of, site_of
from cgkg.web.site import Site

# Scripts, styles and requests from this server only. The editor styles its lines through the
# style object of elements, which needs no 'unsafe-inline'; nothing evaluates text as code.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# What says something on this page: its scripts, and the endpoint when it refuses a query.
_SAYING = tuple(
    f"src/cgkg/{folder}/" for folder in ("web/browser", "sparql", "workers", "federation")
)
_EMPTY_QUERY = "SELECT * WHERE {\n  ?subject ?predicate ?object\n}\nLIMIT 20"
# The folders that saved queries come from, in the order shown.
_GROUPS: Mapping[str, str] = {
    "examples": N_("Examples"),
    "competency": N_("Questions that the graph is tested with"),
}


def routes(examples: tuple[Example, ...]) -> Blueprint:
    """The workbench, with these saved queries beside its editor."""
    workbench = Blueprint("workbench", __name__)
    names = _Names()

    @workbench.get("/query")
    def page() -> Response:
        language, chosen = language_of(request)
        view = View(site_of(), language, chosen=chosen)
        body = render_template(
            "workbench.html",
            v=view,
            groups=_grouped(examples),
            assets=scripts(),
            setup=_setup(view, examples),
            query=request.args.get("query", ""),
        )
        response = Response(body, content_type=content_type(HTML))
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Vary"] = "Accept-Language"
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Content-Language"] = language
        return response

    @workbench.get("/query/")
    def elsewhere() -> AnyResponse:
        query = request.query_string.decode("latin-1")
        return redirect(url_for(".page") + (f"?{query}" if query else ""), 308)

    @workbench.get("/query/terms.json")
    def terms() -> Response:
        """`?q=` gives the terms that have a word beginning so; without it, all, or the schema."""
        site = site_of()
        response = Response(content_type="application/json; charset=utf-8")
        response.headers["Cache-Control"] = "no-cache"
        # The same generation is told differently by another version of this program.
        tag = f"{site.generation.id}.{site.settings.version}"
        response.set_etag(tag)
        if tag not in request.if_none_match:
            response.set_data(names.read(site, request.args.get("q")))
        response.make_conditional(request.environ)
        return response

    return workbench


class _Names:
    """The names of the generation being served, read when somebody first asks for them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: tuple[str, Terms, bytes] | None = None

    def read(self, site: Site, text: str | None) -> bytes:
        """The terms that begin so, or without a text the list to begin with, as JSON."""
        with self._lock:
            if self._held is None or self._held[0] != site.generation.id:
                terms = Terms.of(site.graph.reader)
                self._held = (site.generation.id, terms, _written(site, terms, None))
            _, terms, whole = self._held
        return whole if text is None else _written(site, terms, text)


def _written(site: Site, terms: Terms, text: str | None) -> bytes:
    hits = terms.whole if text is None else terms.starting(text.strip()) if text.strip() else ()
    content = {
        "generation": site.generation.id,
        "complete": terms.complete,
        "terms": [term.as_json() for term in hits],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _grouped(examples: tuple[Example, ...]) -> list[tuple[str, list[Example]]]:
    """The examples by folder, each folder under a title, a message."""
    order = list(_GROUPS)
    ranked = sorted(examples, key=lambda e: order.index(e.folder) if e.folder in order else -1)
    return [
        (_GROUPS.get(folder, folder), list(group))
        for folder, group in groupby(ranked, key=lambda e: e.folder)
    ]


def _setup(view: View, examples: tuple[Example, ...]) -> dict[str, object]:
    """What the scripts need to know of this site."""
    first = next((e.text(view.language) for e in examples if e.folder != "competency"), "")
    return {
        "endpoint": "/sparql",
        "terms": "/query/terms.json",
        "base": view.site.settings.base,
        "prefixes": dict(view.site.generation.prefixes),
        "language": view.language,
        "source": SOURCE,
        "chosen": view.chosen,
        "words": words_of(_SAYING, view.language),
        "unmatched": {kind: view.gettext(told) for kind, told in SENTENCES.items()},
        "kinds": {code: view.gettext(kind) for code, kind in KINDS.items()},
        "proposal": view.gettext(PROPOSAL),
        "first": first or _EMPTY_QUERY,
        "formats": [
            {
                "key": form.key,
                "label": form.label,
                "suffix": form.suffix,
                "type": form.media_type,
                "answers": form.answers,
            }
            for form in Format
        ],
    }
