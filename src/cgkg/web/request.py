"""What a request asks for: the site, the language of the page, the format of a description."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Request, current_app

from cgkg.http.negotiation import HTML, Graphs, choose
from cgkg.languages import known, match
from cgkg.rdf.io import Format
from cgkg.web.site import Site

SITE = "cgkg"
FORMATS: Mapping[str, Format] = {
    Graphs.TURTLE.value: Format.TURTLE,
    Graphs.JSON_LD.value: Format.JSON_LD,
    Graphs.N_TRIPLES.value: Format.N_TRIPLES,
    Graphs.RDF_XML.value: Format.RDF_XML,
    Graphs.TRIG.value: Format.TRIG,
    Graphs.N_QUADS.value: Format.N_QUADS,
}
SUFFIXES: Mapping[str, str] = {
    "html": HTML,
    "ttl": Graphs.TURTLE.value,
    "jsonld": Graphs.JSON_LD.value,
    "nt": Graphs.N_TRIPLES.value,
    "rdf": Graphs.RDF_XML.value,
    "trig": Graphs.TRIG.value,
    "nq": Graphs.N_QUADS.value,
}


def site_of() -> Site:
    """The site of the application that is answering."""
    found: Site = current_app.extensions[SITE]
    return found


def language_of(request: Request) -> tuple[str, bool]:
    """The language of the page, and whether the reader chose it by `?lang=`."""
    wish = request.args.get("lang", "")
    if wish in known():
        return wish, True
    return match(tag for tag, quality in request.accept_languages if quality > 0), False


def media_type_of(request: Request) -> str:
    """The media type in which to describe an entity; pages go before data among equals.

    Raises:
        NotAcceptableError: none of them is acceptable.
    """
    return choose(request.headers.get("Accept"), (HTML, *FORMATS))
