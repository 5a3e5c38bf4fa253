"""Making answers: pages in the reader's language, and what every answer says to caches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, request

from cgkg import languages, package
from cgkg.http.cross_origin import READING, answer_preflight
from cgkg.http.negotiation import HTML, content_type
from cgkg.rdf.terms import IRI
from cgkg.web.parts.sheets import CSV, format_asked
from cgkg.web.parts.view import View
from cgkg.web.request import language_of, site_of

Make = Callable[[], Response]
_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'; script-src {}"
)
POLICY = _POLICY.format("'none'")
"""The Content-Security-Policy of pages."""
SCRIPTED = _POLICY.format("'self'")
"""That of pages that suggest while somebody types."""


def view_of(names: Mapping[IRI, Mapping[str, str]] | None = None) -> View:
    """The view of the page that is asked for, with the labels that are known already."""
    language, chosen = language_of(request)
    return View(site_of(), language, chosen=chosen, names=names)


def page(template: str, view: View, *, status: int = 200, **values: object) -> Response:
    """The template as a page; `make_fresh` adds what it says to caches."""
    body = render_template(template, v=view, **values)
    response = Response(body, status, content_type=content_type(HTML))
    response.headers["Content-Language"] = view.language
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Cache-Control"] = _kept()
    return response


def open_to_scripts(response: Response) -> Response:
    """Let scripts of any site read data and errors; pages may show words and are not for them."""
    if response.mimetype != HTML:
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
    if request.method == "OPTIONS":
        asked = request.headers.get("Access-Control-Request-Headers")
        response.headers.update(answer_preflight(READING, asked))
    return response


def scripts() -> str:
    """The digest of the scripts built for browsers, empty where they were not built."""
    try:
        folder = Path(current_app.static_folder or "")
        return (folder / "workbench" / "stamp").read_text("utf-8")[:12]
    except OSError:
        return ""


def fresh_page(make: Make, headers: Mapping[str, str] | None = None) -> Response:
    """A page that is made only if the reader does not hold it already."""
    given = {"Vary": "Accept, Accept-Language", "Cache-Control": _kept(), **(headers or {})}
    if site_of().settings.source is not None:
        response = make()
        response.headers.update(given)
        return response
    return fresh(f"{HTML} {language_of(request)[0]}", given, make)


def page_or_sheet(make: Make, make_sheet: Make) -> Response:
    """The page, or what it shows as CSV if the address asks for that.

    Raises:
        ProtocolError: it asks for another format.
    """
    if format_asked(request.args) == "html":
        return fresh_page(make)
    return fresh(f"{CSV} {language_of(request)[0]}", {"Cache-Control": "no-cache"}, make_sheet)


def routes_of(name: str, make: Make, make_sheet: Make) -> Blueprint:
    """The address /NAME of a page that is to be had as CSV, too."""
    routes = Blueprint(name, __name__)
    routes.add_url_rule(f"/{name}", name, lambda: page_or_sheet(make, make_sheet))
    routes.after_request(open_to_scripts)
    return routes


def fresh(variant: str, headers: Mapping[str, str], make: Make) -> Response:
    """The answer with a strong ETag, or 304 where the client holds it already (RFC 9110 §13).

    A generation never changes, so its name, the program and what is asked for decide every byte:
    nothing is made to find out that nothing has changed.

    Args:
        variant: what else decides the bytes: media type, language.
        headers: of both answers.
        make: makes the answer.
    """
    tag = _tag(variant)
    if request.if_none_match.contains(tag) and request.method in ("GET", "HEAD"):
        response = Response(status=304)
        del response.headers["Content-Type"]
    else:
        response = make()
    response.headers.update(headers)
    if response.status_code in (200, 304):
        response.set_etag(tag)
    return response


def _kept() -> str:
    # With the document at hand a page may show its words, which nobody is to keep.
    return "no-cache" if site_of().settings.source is None else "no-store"


def _tag(variant: str) -> str:
    site = site_of()
    decides = (
        site.generation.id,
        site.settings.version,
        _looks(),
        request.url,
        variant,
        "proofs" if site.settings.explain else "",
        scripts(),
        *(text for said in site.settings.unbuilt() for text in said.values()),
    )
    return hashlib.sha256("\n".join(decides).encode()).hexdigest()[:24]


@cache
def _looks() -> str:
    """The digest of everything that pages are made with."""
    total = hashlib.sha256()
    for path in sorted((package.FOLDER / "web").rglob("*.*")):
        if path.suffix in (".py", ".html", ".css"):
            total.update(path.read_bytes())
    for path in languages.catalogues().values():
        total.update(path.read_bytes())
    return total.hexdigest()
