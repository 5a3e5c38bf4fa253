"""What a request asks for: the site, the language of the page, the format of a description."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Request, current_app, g, request

from cgkg.formats import GRAPHS, Format
from cgkg.http.negotiation import HTML, choose
from cgkg.http.requests import ProtocolError
from cgkg.languages import known, lookup, match
from cgkg.web.site import Site

SITE = "cgkg"
# Of a description application/* means JSON-LD; otherwise our order is that of the table.
_FIRST = (Format.TURTLE, Format.JSON_LD)
DATA = (*_FIRST, *(form for form in GRAPHS if form not in _FIRST))
"""The formats of a description as data, the one we like best first."""
FORMATS: Mapping[str, Format] = {form.media_type: form for form in DATA}
SUFFIXES: Mapping[str, str] = {"html": HTML, **{form.suffix: form.media_type for form in DATA}}
"""The media types of a description by what its address ends in."""


def site_of() -> Site:
    """The site of the application that is answering, with what this request has read of it."""
    if SITE not in g:
        kept: Site = current_app.extensions[SITE]
        setattr(g, SITE, kept.afresh())
    site: Site = g.get(SITE)
    return site


def language_of(request: Request) -> tuple[str, bool]:
    """The language of the page, and whether the reader chose it by `?lang=`."""
    chosen = lookup(known(), request.args.get("lang", ""))
    if chosen:
        return chosen, True
    return match(tag for tag, quality in request.accept_languages if quality > 0), False


def media_type_of(request: Request) -> str:
    """The media type in which to describe an entity; pages go before data among equals.

    Raises:
        NotAcceptableError: none of them is acceptable.
    """
    return choose(request.headers.get("Accept"), (HTML, *FORMATS))


def page_number() -> int:
    """The page of a long list that is asked for by `?page=`.

    Raises:
        ProtocolError: it is none.
    """
    wish = request.args.get("page", "1")
    if not wish.isascii() or not wish.isdigit() or not 1 <= int(wish) <= 1_000_000:
        raise ProtocolError(f"page: {wish[:50]!r} is no page", hint="pages are numbered from 1")
    return int(wish)
