"""What is to be had of the graph as a whole: downloads, the catalogue, the VoID description."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from cgkg.errors import ReleaseError
from cgkg.export.description import DESCRIBING, TAKEN_OVER, About, File, catalogue, void
from cgkg.export.files import RELEASE, SUMS
from cgkg.export.ondemand import OnDemand
from cgkg.export.release import Release
from cgkg.export.syntaxes import encode
from cgkg.formats import GRAPHS, Format
from cgkg.http.negotiation import HTML, choose, content_type
from cgkg.http.problems import ProblemDetails
from cgkg.rdf.terms import IRI, Term, Triple
from cgkg.store.excerpt import about
from cgkg.store.generations import Generation
from cgkg.store.reader import DEFAULT
from cgkg.web.errors import respond
from cgkg.web.parts.view import View
from cgkg.web.request import DATA, FORMATS, SUFFIXES, language_of, media_type_of, site_of
from cgkg.web.site import Site

RETRY_AFTER = 5
_FOREVER = "public, max-age=31536000, immutable"
_GENERATION = re.compile(r"[0-9a-f]{8,64}")
_SCOPES = ("asserted", "inferred", "dataset")


@dataclass(frozen=True)
class Downloads:
    """The files of a release for the page: those of facts by scope and syntax, and the others.

    A release that an earlier version made may lack a syntax.
    """

    syntaxes: tuple[Format, ...]
    facts: tuple[tuple[File, tuple[File, ...]], ...]
    others: tuple[File, ...]


def routes(generation: Generation) -> Blueprint:
    """The addresses; the release is made when one of them is first asked for."""
    rooms = Blueprint("catalogue", __name__)
    made = OnDemand(generation)

    @rooms.errorhandler(ReleaseError)
    def not_yet(error: ReleaseError) -> Response:
        response = respond(ProblemDetails(503, error.code, error.message, error.hint))
        response.headers["Retry-After"] = str(RETRY_AFTER)
        response.headers["Cache-Control"] = "no-store"
        return response

    @rooms.get("/data")
    def data() -> Response:
        chosen = media_type_of(request)
        if chosen == HTML:
            return _page(made)
        release = made.get()
        return _described(catalogue(_about(site_of(), release), release.files), chosen)

    @rooms.get("/data/<name>")
    def newest(name: str) -> AnyResponse:
        _file(made.get(), name)
        address = url_for(".download", generation=generation.id, name=name)
        response = redirect(address, 302)
        response.headers["Cache-Control"] = "no-cache"
        return response

    @rooms.get("/data/<generation>/<name>")
    def download(generation: str, name: str) -> Response:
        return _download(_release(made, generation), name)

    @rooms.get("/.well-known/void", defaults={"suffix": ""})
    @rooms.get("/.well-known/void.<suffix>")
    def well_known(suffix: str) -> AnyResponse:
        # Who says nothing is a program: data go before the page here.
        accept = request.headers.get("Accept")
        chosen = SUFFIXES.get(suffix) if suffix else choose(accept, (*FORMATS, HTML))
        if chosen is None:
            raise NotFound(f"there is no description as .{suffix}")
        if chosen == HTML:
            return _told_apart(redirect(url_for(".data"), 303))
        release = made.get()
        about = _about(site_of(), release)
        said = void(about, release.listing["statistics"], release.files)
        return _described(said, chosen)

    @rooms.get("/dataset", defaults={"version": ""})
    @rooms.get("/dataset/<version>")
    def dataset(version: str) -> AnyResponse:
        """The names of the dataset and of its version lead to what describes them."""
        if version and not generation.answers_to(version):
            raise NotFound(f"the version served here is {_digest(generation)[:16]}")
        page = media_type_of(request) == HTML
        return _told_apart(redirect(url_for(".data" if page else ".well_known"), 303))

    return rooms


def _told_apart(response: AnyResponse) -> AnyResponse:
    """The response as one that depends on Accept."""
    response.headers["Vary"] = "Accept"
    return response


def _page(made: OnDemand) -> Response:
    language, chosen = language_of(request)
    view = View(site_of(), language, chosen=chosen)
    release = None
    with suppress(ReleaseError):  # the page says so itself
        release = made.get()
    body = render_template(
        "data.html",
        v=view,
        release=release,
        failed=made.error,
        too_large=made.too_large,
        downloads=_downloads(release.files) if release else None,
        digest=release.digest if release else _digest(view.site.generation),
        licence=release.listing["license"] if release else "",
        describing=[(form.label, f"/.well-known/void.{form.suffix}") for form in DATA],
    )
    response = Response(body, content_type=content_type(HTML))
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Cache-Control"] = "no-cache" if release else "no-store"
    response.headers["Content-Language"] = language
    if release is None and not made.error and not made.too_large:
        response.headers["Refresh"] = str(RETRY_AFTER)
    return response


def _downloads(files: Iterable[File]) -> Downloads:
    by_name = {file.name: file for file in files}
    syntaxes = tuple(form for form in GRAPHS if f"{_SCOPES[0]}.{form.suffix}" in by_name)
    facts = []
    for scope in _SCOPES:
        held = tuple(by_name.pop(f"{scope}.{form.suffix}") for form in syntaxes)
        facts.append((held[0], held))
    return Downloads(syntaxes, tuple(facts), tuple(by_name.values()))


def _digest(generation: Generation) -> str:
    return str(generation.manifest.get("dataset_sha256", ""))


def _about(site: Site, release: Release) -> About:
    """What is said of the dataset, with the addresses of this very server."""
    project: Mapping[str, Any] = site.project
    header = IRI(f"{site.settings.base}ontology") if site.settings.base else None
    statements: list[tuple[IRI, Term]] = []
    site.graph.take(about([header] if header else [], *TAKEN_OVER, g=DEFAULT))
    for predicate in TAKEN_OVER if header else ():
        values = (t.object for t in site.graph.triples(header, predicate))
        statements += [(predicate, o) for o in sorted(values, key=str) if not isinstance(o, Triple)]
    return About(
        base=site.settings.base or "urn:cgkg:",
        digest=release.digest,
        generation=site.generation.id,
        program=f"cgkg {release.listing['cgkg']}",
        name=project.get("name", {}),
        text=project.get("about", {}),
        statements=tuple(statements),
        home=request.url_root,
    )


def _described(triples: list[Triple], media_type: str) -> Response:
    body = encode(triples, FORMATS[media_type], {**site_of().generation.prefixes, **DESCRIBING})
    response = Response(body, content_type=content_type(media_type))
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _release(made: OnDemand, generation: str) -> Release:
    """The release of the generation: the one being served, or an older one that is still kept."""
    if generation == site_of().generation.id:
        return made.get()
    kept = made.kept(generation) if _GENERATION.fullmatch(generation) else None
    if kept is not None:
        return kept
    raise NotFound("no release of this generation is kept here")


def _file(release: Release, name: str) -> tuple[Path, str, str]:
    """Path, media type and digest of a file of the release; nothing else has an address."""
    for file in release.files:
        if file.name == name:
            return release.folder / name, file.media_type, file.sha256
    kinds = {RELEASE: "application/json", SUMS: "text/plain"}
    if name in kinds:
        return release.folder / name, kinds[name], f"{release.digest}-{name}"
    raise NotFound(f"the release has no file {name!r}")


def _download(release: Release, name: str) -> Response:
    path, media_type, digest = _file(release, name)
    if path.is_symlink() or not path.is_file():
        raise NotFound(f"the release has lost its file {name!r}")
    response: Response = send_file(
        path, mimetype=content_type(media_type), conditional=True, etag=digest, max_age=None
    )
    # When the files were made on this machine means nothing; the digest is what they are.
    del response.headers["Last-Modified"], response.headers["Date"]
    response.headers["Cache-Control"] = _FOREVER
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
