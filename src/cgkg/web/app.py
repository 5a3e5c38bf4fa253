"""The Flask application: pages and the SPARQL endpoint over one generation."""

from __future__ import annotations

from types import CodeType

from flask import Flask, Response, request
from jinja2 import BytecodeCache, StrictUndefined
from jinja2.bccache import Bucket

from cgkg.store.generations import Generation
from cgkg.web import errors
from cgkg.web.discovery.schema_org import breadcrumbs
from cgkg.web.endpoint import explain, graphs, sparql
from cgkg.web.pages import browse, compare, downloads, read, routes, search, timeline, workbench
from cgkg.web.parts import examples, words
from cgkg.web.rendering import POLICY, scripts
from cgkg.web.request import FORMATS, SITE
from cgkg.web.site import Pool, Settings, Site

__all__ = ["Pool", "Settings", "create_app"]

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


class _Compiled(BytecodeCache):
    """Templates as compiled, kept for the next application: each generation has one of its own."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


def create_app(generation: Generation, pool: Pool, settings: Settings) -> Flask:
    """A Flask application that serves this generation under any WSGI server.

    The generation is loaded into memory here, unless the settings have it. Requests may come in
    any number of threads; each blocks until the pool has its answer.

    Args:
        generation: what is served; a later one needs an application of its own.
        pool: evaluates queries, such as `cgkg.workers.threads.QueryPool`; the caller closes it.
        settings: what whoever serves decides; all have defaults.

    Raises:
        StoreError: the generation cannot be read.
        ConfigError: an example query cannot be read.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.bytecode_cache = _COMPILED
    words.install(app.jinja_env)
    app.jinja_env.globals.update(
        breadcrumbs=breadcrumbs,
        data_formats=FORMATS,
        scripts=scripts,
        longest_search=search.LONGEST,
    )
    app.extensions[SITE] = Site.open(generation, pool, settings)
    queries = examples.read(settings.examples, generation.languages)
    errors.register(app)
    app.register_blueprint(sparql.routes(queries))
    app.register_blueprint(graphs.routes())
    app.register_blueprint(workbench.routes(queries))
    app.register_blueprint(search.routes())
    app.register_blueprint(browse.routes())
    app.register_blueprint(compare.routes())
    app.register_blueprint(timeline.routes())
    app.register_blueprint(read.routes())
    app.register_blueprint(downloads.routes(generation))
    app.register_blueprint(routes.routes(queries))
    if settings.explain_all:
        app.register_blueprint(explain.routes(settings.explain_all))

    @app.after_request
    def secured(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint == "static":
            response.headers["Cache-Control"] = "public, max-age=3600"
        return response

    return app
