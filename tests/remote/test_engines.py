"""The city clusters in engines of others: every question and page, and what is not the same.

Oxigraph's server (PyPI: oxigraph) and Virtuoso (Debian: virtuoso-opensource-7-bin).
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from endpoint.processes import Program
from every_page import paths
from limits import AMPLE, ENOUGH, wait_until
from pages import Failing
from paths import ROOT
from virtuoso import LOGIN, free_port, running

from cgkg.errors import EndpointError, QueryError
from cgkg.rdf.io import parse_file
from cgkg.rdf.vocab import SKOS
from cgkg.remote.client import Call, Client
from cgkg.remote.engine import Engine
from cgkg.remote.evaluation import RemoteEvaluator
from cgkg.remote.exchange import HttpAnswer
from cgkg.remote.fetching import fetch
from cgkg.remote.push import Pushed, Version, push
from cgkg.remote.reader import FileReader, RemoteReader, blank_graph, subjects_and_graphs
from cgkg.search.finder import Search
from cgkg.search.index import PREDICATES
from cgkg.serving.explainer import GenerationExplainer
from cgkg.shacl.validator import compile_shapes
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryRequest
from cgkg.sparql.writing import AnswerLimits
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.web.app import Settings, create_app

pytestmark = pytest.mark.long

QUESTIONS = sorted((ROOT / "queries" / "competency").glob("*.rq"))
EXAMPLES = sorted((ROOT / "queries").glob("[et]*/*.rq"))
MOST = 10  # requests of a page
# A list that is longer than a page is shown in the order of whoever has it.
LONG_LISTS = {"/graph/registry", f"/resource?{urlencode({'iri': SKOS.prefLabel.value})}"}
# What docs/how-to/other-engines.md tells of each: queries, with and without evidence, and pages.
OTHERWISE: dict[str, dict[str, str]] = {
    "oxigraph": {},
    "virtuoso": {
        "Q075.rq": "decimals have 18 digits",
        "Q076.rq": "decimals have 18 digits",
        "Q122.rq evidence": "a variable that is tested for 1300 is an integer",
        "/def/sitsWith": "true is 1",
    },
}


class CountingClient(Client):
    """Counts its requests."""

    asked = 0

    def send(self, *given: Any, **more: Any) -> HttpAnswer:
        self.asked += 1
        return super().send(*given, **more)


@dataclass
class Loaded:
    """The city clusters in an engine, and here."""

    name: str
    client: CountingClient
    pushed: Pushed
    engine: Engine
    there: RemoteEvaluator
    here: Evaluator
    graph: Graph
    generation: Generation


@contextmanager
def oxigraph(folder: Path) -> Iterator[str]:
    """The endpoint of an empty Oxigraph server."""
    command = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which(
        "oxigraph"
    )
    if command is None:
        pytest.skip("Oxigraph's server is not installed (pip install oxigraph)")
    port = free_port()
    words = [command, "serve", "--location", str(folder / "data"), "--bind", f"127.0.0.1:{port}"]
    program = Program(words, folder / "oxigraph.log")
    url = f"http://127.0.0.1:{port}/query"
    client = Client("")

    def answers() -> bool:
        try:
            return not Engine(client, url).results("ASK { ?s ?p ?o }")
        except EndpointError:
            return False

    try:
        assert wait_until(answers, ENOUGH), program.written()
        yield url
    finally:
        client.close()
        program.stop()


@contextmanager
def virtuoso(folder: Path) -> Iterator[str]:
    """The endpoint of an empty Virtuoso that cuts no answer of these."""
    with running(folder, "[SPARQL]\nResultSetMaxRows = 1000000\n") as url:
        yield url


STARTED = {"oxigraph": oxigraph, "virtuoso": virtuoso}


@pytest.fixture(scope="module", params=STARTED)
def loaded(
    request: pytest.FixtureRequest,
    clusters: Generation,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Loaded]:
    name: str = request.param
    client = CountingClient(LOGIN)
    with STARTED[name](tmp_path_factory.mktemp(name)) as url:
        there = Engine(client, url)
        pushed = push(there, Version(clusters.dataset_file, clusters.digest))
        reader = RemoteReader(there, pushed.scope, blank_graph(clusters.dataset_file))
        limits = AnswerLimits(1 << 26, 1_000_000)
        evaluator = RemoteEvaluator(there, pushed.scope, reader, limits, True, clusters.prefixes)
        graph = clusters.open()
        here = Evaluator(graph, graph, 1 << 26, prefixes=clusters.prefixes)
        yield Loaded(name, client, pushed, there, evaluator, here, graph, clusters)
    client.close()


def test_which_terms_change_is_told(loaded: Loaded) -> None:
    told = {(str(c.sent), str(c.held)) for c in loaded.pushed.changes}
    boolean = "^^<http://www.w3.org/2001/XMLSchema#boolean>"
    expected = {
        "oxigraph": set(),
        "virtuoso": {(f'"true"{boolean}', f'"1"{boolean}')},
    }
    assert told == expected[loaded.name]


def rows(body: bytes) -> list[str]:
    """The rows with their evidence, in an order of ours: ORDER BY may leave some of it open."""
    content = json.loads(body)
    if "boolean" in content:
        return [str(content["boolean"])]
    bindings = content["results"]["bindings"]
    evidence = content.get("evidence") or [None] * len(bindings)
    pairs = zip(bindings, evidence, strict=True)
    return sorted(json.dumps(pair, sort_keys=True) for pair in pairs)


@pytest.mark.parametrize("evidence", [False, True], ids=["answers", "evidence"])
def test_every_question_has_its_answer(loaded: Loaded, evidence: bool) -> None:
    """Competency questions, examples and tables; the differences are those that are told."""
    assert len(QUESTIONS) > 80
    otherwise = set()
    for path in (*QUESTIONS, *EXAMPLES):
        request = QueryRequest(path.read_text("utf-8"), version="any", evidence=evidence)
        try:
            expected = loaded.here.answer(request)
        except QueryError:
            continue  # no evidence is given for it
        if expected.kind == "graph":
            continue
        answer = loaded.there.answer(request, AMPLE, Call())
        if rows(answer.body) != rows(expected.body):
            otherwise.add(f"{path.name} evidence" if evidence else path.name)
    told = {name for name in OTHERWISE[loaded.name] if ".rq" in name}
    if evidence:
        told |= {f"{name} evidence" for name in told if "evidence" not in name}
    assert otherwise == {name for name in told if name.endswith("evidence") == evidence}


def test_every_kind_of_page_is_the_same(loaded: Loaded) -> None:
    """In few requests, where the engine takes many look-ups at once."""
    explain = GenerationExplainer(loaded.generation)
    file = loaded.generation.dataset_file
    more: dict[str, Any] = {"explain": explain, "explain_all": explain.all}
    search = Search(FileReader(file, PREDICATES), wait=ENOUGH)
    settings: list[dict[str, Any]] = [
        {"graph": loaded.graph, "search": Search(loaded.graph, wait=ENOUGH)},
        {
            "reader": loaded.there.reader,
            "search": search,
            "names": lambda: subjects_and_graphs(file),
        },
    ]
    none = Failing(QueryError("no queries here"))
    clients = [
        create_app(loaded.generation, none, Settings(**more, **each)).test_client()
        for each in settings
    ]
    otherwise: set[str] = set()
    for _ in range(2):  # the second time what a generation keeps is there
        otherwise, most = set(), 0
        for addresses in paths(loaded.graph, explain).values():
            for path, accept in addresses:
                ours, before = clients[0].get(path, headers={"Accept": accept}), loaded.client.asked
                theirs = clients[1].get(path, headers={"Accept": accept})
                most = max(most, loaded.client.asked - before)
                if (ours.status_code, ours.data) != (theirs.status_code, theirs.data):
                    otherwise.add(path)
    told = {name for name in OTHERWISE[loaded.name] if name.startswith("/")}
    assert otherwise - LONG_LISTS == told
    assert loaded.pushed.scope.default or most <= MOST


def test_shapes_find_the_same(loaded: Loaded) -> None:
    """By the project's own shapes; blank nodes apart, which every engine names in its own way."""
    triples = [
        quad.triple
        for path in sorted((ROOT / "shapes").rglob("*.ttl"))
        for quad in parse_file(path, blank_prefix=path.stem.replace("-", ""))
    ]
    shapes = compile_shapes(triples)
    assert shapes.looked_at is None or len(shapes.looked_at) > 10
    here = shapes.validate(loaded.graph.quads())
    there = shapes.validate(fetch(loaded.engine, shapes.looked_at))

    def told(report: Any) -> list[str]:
        results = ((r.focus, r.path, r.value, r.component, r.shape) for r in report.results)
        return sorted(text for each in results if "_:" not in (text := " ".join(map(str, each))))

    assert len(told(here)) > 100
    assert told(there) == told(here)
