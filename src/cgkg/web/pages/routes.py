"""The addresses of the pages and of every IRI's description."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from cgkg.http.negotiation import HTML, choose
from cgkg.web.discovery import crawlers
from cgkg.web.pages import entities
from cgkg.web.pages import home as front
from cgkg.web.pages import ontology as ontologies
from cgkg.web.pages.fact import fact_page
from cgkg.web.parts.examples import Example
from cgkg.web.parts.facts import read_fact
from cgkg.web.rendering import SCRIPTED, fresh_page, open_to_scripts
from cgkg.web.request import DATA, FORMATS, site_of

VOID = "/.well-known/void"


def routes(examples: tuple[Example, ...]) -> Blueprint:
    """The pages, with these example queries on the front page."""
    pages = Blueprint("pages", __name__)
    crawlers.add(pages, examples)

    @pages.get("/")
    def home() -> AnyResponse:
        offers = (HTML, *FORMATS) if _has(VOID) else (HTML,)
        if choose(request.headers.get("Accept"), offers) != HTML:
            return redirect(VOID, 303)
        headers = {"Link": _about_site(), "Content-Security-Policy": SCRIPTED}
        return fresh_page(lambda: front.home(examples), headers)

    @pages.get("/favicon.ico")
    def favicon() -> AnyResponse:
        return redirect(url_for("static", filename="favicon.svg"), 301)

    @pages.get("/fact")
    def fact() -> Response:
        triple = read_fact(request.args, site_of().generation.prefixes)
        return fresh_page(lambda: fact_page(triple))

    @pages.get("/resource")
    def resource() -> AnyResponse:
        return entities.resource(examples)

    @pages.get("/linkset")
    def linkset() -> Response:
        return entities.linkset()

    @pages.get("/ontology")
    def ontology() -> AnyResponse:
        site = site_of()
        name = f"{site.settings.base}ontology"
        if any(iri.value == name for iri in site.vocabulary.ontologies):
            return entities.entity("ontology", examples)
        return fresh_page(ontologies.vocabulary_page)

    @pages.get("/<path:name>")
    def entity(name: str) -> AnyResponse:
        return entities.entity(name, examples)

    pages.after_request(open_to_scripts)
    return pages


def _has(path: str) -> bool:
    """Whether another part of the site answers at this path itself."""
    return any(rule.rule == path for rule in current_app.url_map.iter_rules())


def _about_site() -> str:
    links = ['</sitemap.xml>; rel="sitemap"', '</llms.txt>; rel="help"; type="text/markdown"']
    if _has(VOID):
        links.append(f'<{VOID}>; rel="describedby"; type="{DATA[0].media_type}"')
    license_iri = site_of().license_of()
    return ", ".join([*links, f'<{license_iri}>; rel="license"'] if license_iri else links)
