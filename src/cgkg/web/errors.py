"""Errors of the application: sent as problem details, or as a page to whoever prefers one."""

from __future__ import annotations

import logging

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from cgkg.errors import CgkgError
from cgkg.http.negotiation import prefers_html
from cgkg.http.problems import (
    MAY_BE_REPEATED,
    PROBLEM,
    RETRY_AFTER,
    ProblemDetails,
    describe_error,
    write_problem,
)
from cgkg.rdf.terms import IRI
from cgkg.web.parts.view import View
from cgkg.web.request import language_of, site_of


def register(app: Flask) -> None:
    """Make the application answer every error as a problem."""

    @app.errorhandler(CgkgError)
    def known(error: CgkgError) -> Response:
        response = respond(describe_error(error))
        if isinstance(error, MAY_BE_REPEATED):
            response.headers["Retry-After"] = str(RETRY_AFTER)
        return response

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:
            redirection = error.get_response()
            return Response(redirection.get_data(), status, redirection.headers)
        response = respond(ProblemDetails(status, "http", error.description or ""))
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        # What went wrong inside is for the log; it may name files and says nothing to a reader.
        logging.getLogger(__name__).exception("unexpected error at %s", request.path)
        return respond(
            ProblemDetails(500, "internal", "an error in the server, which has logged it")
        )


def respond(problem: ProblemDetails) -> Response:
    """The problem as a page or as problem details, whichever the client prefers."""
    wished = prefers_html(request.headers.get("Accept"), (PROBLEM, "application/json"))
    response = _as_page(problem) if wished else _as_details(problem)
    # A cache may keep a 404 unasked, and what it keeps is a page or no page by these headers.
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _as_page(problem: ProblemDetails) -> Response:
    language, chosen = language_of(request)
    view = View(site_of(), language, chosen=chosen)
    nearest = [IRI(name) for name in (problem.more or {}).get("nearest", ())]
    page = render_template("problem.html", v=view, problem=problem, nearest=nearest)
    return Response(page, problem.status, content_type="text/html; charset=utf-8")


def _as_details(problem: ProblemDetails) -> Response:
    kind, body = write_problem(problem)
    return Response(body, problem.status, content_type=kind)
