"""The city clusters in engines of others: every question and page, and what is not the same.

Oxigraph's server (PyPI: oxigraph), Virtuoso (Debian: virtuoso-opensource-7-bin) and Jena's ARQ
(Debian: libapache-jena-java) behind a server of tests, as Debian has no Fuseki. What is the same on
each is what the table of docs/how-to/other-engines.md tells.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from endpoint.processes import Program
from every_page import paths
from jena_runner import SERVER, java_with_jena
from limits import AMPLE, ENOUGH, wait_until
from pages import Failing
from paths import ROOT
from shacl_cases import (
    SPECIAL,
    quads,
    random_data,
    random_shapes,
    special_shapes,
    told,
    triples,
)
from virtuoso import LOGIN, free_port, running

from cgkg.errors import EndpointError, QueryError
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import CG, GRAPH, OWL
from cgkg.remote.client import Call, Client
from cgkg.remote.engine import Engine, doors_of
from cgkg.remote.evaluation import RemoteEvaluator
from cgkg.remote.exchange import HttpAnswer
from cgkg.remote.fetching import EndpointData
from cgkg.remote.loading import Loader, Way
from cgkg.remote.push import Pushed, Version, push
from cgkg.remote.reader import FileReader, RemoteReader, blank_graph, subjects_and_graphs
from cgkg.remote.scope import GraphScope
from cgkg.search.finder import Search
from cgkg.search.index import PREDICATES
from cgkg.serving.explainer import GenerationExplainer
from cgkg.shacl.excerpts import ShapesExcerpt
from cgkg.shacl.report import ValidationReport
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
TOLD = ROOT / "docs" / "how-to" / "other-engines.md"
# What that tells of each: queries, with and without evidence, and pages.
OTHERWISE: dict[str, dict[str, str]] = {
    "oxigraph": {},
    "virtuoso": {
        "Q075.rq": "decimals have 18 digits",
        "Q076.rq": "decimals have 18 digits",
        "Q122.rq evidence": "a variable that is tested for 1300 is an integer",
        "/def/sitsWith": "true is 1",
    },
    "jena": {
        **dict.fromkeys(
            ("Q004.rq", "Q010.rq", "Q018.rq", "Q073.rq", "Q074.rq", "Q093.rq"),
            "a computed decimal without a fraction ends in .0",
        ),
        **dict.fromkeys(("Q075.rq", "Q076.rq"), "decimals have 24 digits"),
    },
}
_N_TRIPLES = "application/n-triples"
REGISTRY, INFERRED = GRAPH.registry, GRAPH.inferred
# Where GRAPH and FROM must not see what is in the engine beside the version.
DATASETS = [
    f"SELECT (COUNT(*) AS ?n) {dataset} {{ {pattern} }}"
    for dataset in ("", f"FROM {REGISTRY}", f"FROM NAMED {REGISTRY}", "FROM <urn:none>",
                    f"FROM {REGISTRY} FROM <http://www.openlinksw.com/schemas/virtrdf#>",
                    f"FROM {REGISTRY} FROM NAMED {INFERRED}", "FROM <urn:cgkg:version>",
                    "FROM NAMED <urn:cgkg:version>", "FROM <urn:cgkg:default>")
    for pattern in ("?s ?p ?o", "GRAPH ?g { ?s ?p ?o }", f"GRAPH {INFERRED} {{ ?s ?p ?o }}",
                    "GRAPH <urn:cgkg:default> { ?s ?p ?o }",
                    "GRAPH <urn:cgkg:version> { ?s ?p ?o }",
                    "GRAPH <http://www.openlinksw.com/schemas/virtrdf#> { ?s ?p ?o }",
                    "?s ?p ?o FILTER EXISTS { GRAPH <urn:none> { ?a ?b ?c } }",
                    f"?s ?p ?o FILTER EXISTS {{ GRAPH {INFERRED} {{ ?s ?b ?c }} }}",
                    "?s ?p ?o FILTER(isIRI(?s) && isIRI(?o) && EXISTS { GRAPH ?g { ?s ?p ?o } })")
]  # fmt: skip


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


def cell(row: str, name: str) -> str:
    """What the table says in a row of an engine."""
    lines = [line.strip("|").split("|") for line in TOLD.read_text("utf-8").splitlines()]
    heads = next(cells for cells in lines if any("Oxigraph 0.5" in cell for cell in cells))
    (column,) = (n for n, head in enumerate(heads) if name in head.lower())
    (held,) = (cells for cells in lines if cells[0].strip() == row)
    return held[column].strip()


@contextmanager
def answering(words: list[str], url: str, log: Path) -> Iterator[str]:
    """The endpoint of a program, once it answers."""
    program, client = Program(words, log), Client("")

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
def jena(folder: Path) -> Iterator[str]:
    """The endpoint of an empty dataset of Jena, with addresses as Fuseki has them."""
    port = free_port()
    words = [*java_with_jena(folder), str(SERVER), str(port)]
    with answering(words, f"http://127.0.0.1:{port}/ds/query", folder / "jena.log") as url:
        yield url


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
    with answering(words, f"http://127.0.0.1:{port}/query", folder / "oxigraph.log") as url:
        yield url


@contextmanager
def virtuoso(folder: Path) -> Iterator[str]:
    """The endpoint of an empty Virtuoso that cuts no answer of these."""
    with running(folder, "[SPARQL]\nResultSetMaxRows = 1000000\n") as url:
        yield url


STARTED = {"oxigraph": oxigraph, "virtuoso": virtuoso, "jena": jena}


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
        "jena": set(),
    }
    assert told == expected[loaded.name]
    assert cell("loaded by", loaded.name).startswith(f"`{loaded.pushed.way}`")


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
    otherwise, compared = set(), 0
    for path in (*QUESTIONS, *EXAMPLES):
        request = QueryRequest(path.read_text("utf-8"), version="any", evidence=evidence)
        try:
            expected = loaded.here.answer(request)
        except QueryError:
            continue  # no evidence is given for it
        if expected.kind == "graph":
            continue
        compared += 1
        answer = loaded.there.answer(request, AMPLE, Call())
        if rows(answer.body) != rows(expected.body):
            otherwise.add(f"{path.name} evidence" if evidence else path.name)
    told = {name for name in OTHERWISE[loaded.name] if ".rq" in name}
    if evidence:
        told |= {f"{name} evidence" for name in told if "evidence" not in name}
    assert otherwise == {name for name in told if name.endswith("evidence") == evidence}
    row = "the same with evidence" if evidence else "questions, examples and tables"
    assert cell(row, loaded.name) == f"{compared - len(otherwise)} of {compared}"


def test_descriptions_are_the_same(loaded: Loaded) -> None:
    """With what blank nodes say in them, and of graphs that FROM names."""
    of_graphs = f"?s FROM {REGISTRY} FROM {INFERRED} {{ ?s a {CG.UrbanRegion} }}"
    for asked in (f"?s {{ ?s a {OWL.Class} FILTER(!isBlank(?s)) }}", of_graphs, str(CG.hasMember)):
        request = QueryRequest(f"DESCRIBE {asked}", version="any", graph_as=_N_TRIPLES)
        expected = loaded.here.answer(request).body
        assert expected.count(b"\n") > 4
        assert loaded.there.answer(request, AMPLE, Call()).body == expected, asked


def test_graphs_of_others_are_not_seen(loaded: Loaded) -> None:
    """Whatever FROM and GRAPH name."""
    for query in DATASETS:
        request = QueryRequest(query, version="any")
        expected = rows(loaded.here.answer(request).body)
        assert rows(loaded.there.answer(request, AMPLE, Call()).body) == expected, query


def test_every_kind_of_page_is_the_same(loaded: Loaded) -> None:
    """In few requests, where the engine takes many look-ups at once."""
    if cell("pages of every kind", loaded.name) == "not compared":
        return
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
    most = pages = 0
    for turn in range(2):  # the second time what a generation keeps is there
        for addresses in paths(loaded.graph, explain).values():
            for path, accept in addresses:
                ours, before = clients[0].get(path, headers={"Accept": accept}), loaded.client.asked
                theirs = clients[1].get(path, headers={"Accept": accept})
                most = max(most, loaded.client.asked - before)
                pages += not turn
                if (ours.status_code, ours.data) != (theirs.status_code, theirs.data):
                    otherwise.add(path)
    told = {name for name in OTHERWISE[loaded.name] if name.startswith("/")}
    assert otherwise == told
    assert cell("pages of every kind", loaded.name) == f"{pages - len(otherwise)} of {pages}"
    if loaded.pushed.scope.default is None:
        assert most <= MOST
        assert cell("requests for a page", loaded.name) == f"{MOST} at most"


@pytest.mark.parametrize("name", STARTED)
def test_random_shapes_find_the_same(tmp_path: Path, name: str) -> None:
    """In whatever an engine has, of which cgkg has loaded nothing: by properties, and by what it
    picks where it can be relied on."""
    client, graph, seen = Client(LOGIN), IRI("urn:random"), Counter[str]()
    with STARTED[name](tmp_path) as url:
        there = Engine(client, url)
        assert not there.results(f"ASK {{ GRAPH {graph} {{ ?s ?p ?o }} }}")
        doors = next(doors_of(url, there.maker))
        # Virtuoso takes no blank nodes in INSERT DATA.
        way: Way = "graphs" if name == "virtuoso" else "update"
        loader = Loader(there, doors, way, GraphScope(graph))
        for seed in range(100):
            source = random.Random(seed)
            # Engines hold 2.0 as 2, and each has forms of its own for special literals.
            special = seed % 2 and name != "virtuoso"
            made = random_data(source, SPECIAL) if special else random_data(source)
            held = quads(made.replace("2.0", "2.25"))
            written = special_shapes(source) if special else random_shapes(source)
            shapes, endpoint = compile_shapes(triples(written)), EndpointData(there)
            loader.load(held)
            expected = told(shapes.validate(endpoint.fetch(None) if special else held))
            assert told(shapes.validate(endpoint.fetch(shapes.looked_at))) == expected, seed
            excerpt = shapes.fetch(endpoint)
            if isinstance(excerpt, ShapesExcerpt):
                assert told(excerpt.validate()) == expected, seed
                seen["picked"] += not excerpt.unasked
            seen["results"] += len(expected)
            cleared = client.send(
                "POST", doors.update, body=f"CLEAR GRAPH {graph}".encode(), seconds=ENOUGH,
                headers=[("Content-Type", "application/sparql-update")], max_bytes=1 << 20,
            )  # fmt: skip
            assert cleared.status // 100 == 2
    client.close()
    assert seen["results"] > 100
    assert (seen["picked"] > 50) == (cell("picks what may break shapes", name) == "yes")


def test_what_virtuoso_cuts_is_an_error(tmp_path: Path) -> None:
    """It says so in a header, of rows; of triples it says nothing, and so is asked for rows."""
    client = Client(LOGIN)
    with running(tmp_path, "[SPARQL]\nResultSetMaxRows = 20\n") as url:
        there = Engine(client, url)
        scope = GraphScope(IRI("http://www.openlinksw.com/schemas/virtrdf#"))
        evaluator = RemoteEvaluator(
            there, scope, RemoteReader(there, scope, Graph.of([])), AnswerLimits(1 << 20, 10_000)
        )

        def construct(more: str) -> bytes:
            request = QueryRequest(f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s ?p ?o }} {more}")
            return evaluator.answer(request._replace(graph_as=_N_TRIPLES), AMPLE, Call()).body

        assert len(there.select("SELECT * { ?s ?p ?o } LIMIT 19")) == 19
        assert construct("LIMIT 19").count(b"\n") == 19
        with pytest.raises(EndpointError, match="cuts its answers after 20 rows"):
            there.select("SELECT * { ?s ?p ?o }")
        with pytest.raises(EndpointError, match="cuts its answers after 20 rows"):
            construct("")
        describe = QueryRequest("DESCRIBE ?s { ?s ?p ?o }")
        with pytest.raises(EndpointError, match="cuts its answers after 20 rows"):
            evaluator.answer(describe._replace(graph_as=_N_TRIPLES), AMPLE, Call())
    client.close()


def test_shapes_find_the_same(loaded: Loaded) -> None:
    """By the project's own shapes; blank nodes apart, which every engine names in its own way."""
    read = [
        quad.triple
        for path in sorted((ROOT / "shapes").rglob("*.ttl"))
        for quad in parse_file(path, blank_prefix=path.stem.replace("-", ""))
    ]
    shapes = compile_shapes(read)
    assert shapes.looked_at is None or len(shapes.looked_at) > 10
    here = shapes.validate(loaded.graph.quads())
    endpoint = EndpointData(loaded.engine)
    there = shapes.validate(endpoint.fetch(shapes.looked_at))
    picks = cell("picks for the project's shapes", loaded.name)
    excerpt = shapes.fetch(endpoint)
    assert isinstance(excerpt, ShapesExcerpt) == (picks == "yes")

    def named(report: ValidationReport) -> list[str]:
        results = ((r.focus, r.path, r.value, r.component, r.shape) for r in report.results)
        return sorted(text for each in results if "_:" not in (text := " ".join(map(str, each))))

    assert len(named(here)) > 100
    assert named(there) == named(here)
    if isinstance(excerpt, ShapesExcerpt):
        assert named(excerpt.validate()) == named(here)
