"""However much a page shows, it asks the graph in ten batches at most."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle

import pytest
from counting import Counting
from every_page import LONDON, paths
from flask import Flask
from flask.testing import FlaskClient
from limits import AMPLE
from pages import Failing
from paths import ROOT

from cgkg.errors import QueryError
from cgkg.languages import known
from cgkg.rdf.vocab import CG
from cgkg.search.finder import Search
from cgkg.serving.explainer import GenerationExplainer
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.store.reader import LocalReader
from cgkg.web.app import Settings, create_app

MOST = 10
# These send files, or ask the query pool.
OTHERS = {
    "/static/<path:filename>", "/sparql", "/graph-store", "/graph-store/<path:name>", "/data",
    "/data/<name>", "/data/<generation>/<name>", "/.well-known/void", "/.well-known/void.<suffix>",
    "/dataset", "/dataset/<version>", "/favicon.ico", "/query/",
}  # fmt: skip


@dataclass
class Served:
    """The pages of a graph, and what they ask of it."""

    app: Flask
    client: FlaskClient
    counting: Counting
    graph: Graph
    explain: GenerationExplainer

    def asked(self, path: str, accept: str) -> int:
        """How many batches an answer takes, which must be one."""
        self.counting.asked = 0
        answer = self.client.get(path, headers={"Accept": accept})
        assert answer.status_code in (200, 301, 303, 404), (path, answer.text)
        return self.counting.asked


@pytest.fixture(scope="module")
def served(clusters: Generation) -> Served:
    graph = clusters.open()
    counting = Counting(LocalReader(graph))
    explain = GenerationExplainer(clusters)
    app = create_app(
        clusters,
        Failing(QueryError("no queries here")),
        Settings(
            reader=counting,
            search=Search(counting, wait=AMPLE),
            explain=explain,
            explain_all=explain.all,
            examples=(*sorted((ROOT / "queries" / "examples").glob("*.rq")),),
        ),
    )
    return Served(app, app.test_client(), counting, graph, explain)


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.long)])
def test_every_kind_of_page_asks_in_ten_batches(served: Served, every: bool) -> None:
    """Each in one language by turns, or in every one; what a generation keeps is read in as few,
    before."""
    site = served.app.extensions["cgkg"]
    assert site.search.index.complete
    served.counting.asked = 0
    vocabulary = site.vocabulary
    vocabulary.axioms(CG.UrbanRegion, "en")
    vocabulary.document(vocabulary.ontologies[0])
    assert served.counting.asked <= MOST
    kinds = paths(served.graph, served.explain)
    rules = {rule.rule for rule in served.app.url_map.iter_rules()}
    assert rules == kinds.keys() | OTHERS, "a route without a count"
    turns = cycle(known())
    asked = {
        (path, accept, language): served.asked(f"{path}{joint}lang={language}", accept)
        for addresses in kinds.values()
        for path, accept in addresses
        for joint in ("&" if "?" in path else "?",)
        for language in (known() if every else (next(turns),))
    }
    assert {page: count for page, count in asked.items() if count > MOST} == {}
    assert max(count for (path, *_), count in asked.items() if path == f"/{LONDON}") > 2
