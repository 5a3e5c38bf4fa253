"""A server over an engine elsewhere shows what a server over the graph itself shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from engines import FakeEngine, engine
from limits import wait_until
from projects import Small, make_small
from servers import CGKG, Server, query, serving

from cgkg.pipeline import build
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import GRAPH, SKOS
from cgkg.remote.client import Client
from cgkg.remote.engine import Engine
from cgkg.remote.push import Version, push
from cgkg.store.generations import Generation

PAGES = ("/", "/browse", "/read", "/timeline", "/compare", "/ontology", "/coverage", "/query",
         "/sitemap-1.xml", "/llms.txt",
         "/search?q=elbe", "/id/river/elbe", "/dataset", "/query/terms.json")  # fmt: skip
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
NAMES = f"SELECT ?s ?name {{ ?s {SKOS.prefLabel} ?name }} ORDER BY ?s ?name"


@dataclass
class Both:
    """One project, served from its own graph and over an engine."""

    small: Small
    generation: Generation
    remote: FakeEngine
    here: Server
    there: Server


def load(remote: FakeEngine, generation: Generation) -> None:
    client = Client("")
    version = Version(generation.dataset_file, generation.digest)
    push(Engine(client, remote.url), version, compare=False)
    client.close()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    small = make_small(tmp_path_factory.mktemp("engine") / "rivers")
    generation, _ = build(small.project, small.project.store)
    with engine() as remote:
        load(remote, generation)
        with (
            serving(small.folder) as here,
            serving(small.folder, "--endpoint", remote.url) as there,
        ):
            yield Both(small, generation, remote, here, there)


def paths(both: Both) -> Iterator[str]:
    yield from PAGES
    base = both.generation.base
    names = {q.subject.value for q in both.generation.open().quads() if isinstance(q.subject, IRI)}
    for name in sorted(name for name in names if name.startswith(base))[::6]:
        yield "/" + name.removeprefix(base)


def test_pages_are_the_same(both: Both) -> None:
    """Every kind of page, in RDF too."""
    served = 0
    for path in paths(both):
        # As RDF the front page is a file that is made first.
        for accept in ("text/html",) if path in PAGES else ("text/html", "text/turtle"):
            ours = both.here.ask(path, headers={"Accept": accept})
            theirs = both.there.ask(path, headers={"Accept": accept})
            assert theirs.status == ours.status, path
            expected = ours.text.replace(both.here.url, both.there.url)
            assert theirs.text == expected, path
            served += ours.status == 200
    assert served > len(PAGES)


def test_proofs_and_state_are_the_same(both: Both) -> None:
    assert both.there.ask("/ready").text == "ready\n"
    assert both.there.metric("cgkg_queries_waiting") == 0
    asked = (query(COUNT), query(NAMES), query(NAMES, evidence="true"))
    for path in (f"/graph-store?graph={GRAPH.registry.value}", *asked):
        assert both.there.ask(path).body == both.here.ask(path).body, path


def test_updates_are_refused_before_the_engine_hears_of_them(both: Both) -> None:
    before = len(both.remote.asked)
    answer = both.there.ask(query("DELETE WHERE { ?s ?p ?o }"))
    assert (answer.status, len(both.remote.asked)) == (403, before)


def test_where_the_engine_fails_pages_and_answers_are_errors_until_it_is_well(both: Both) -> None:
    asked = ("/id/river/elbe", query("SELECT (COUNT(?s) AS ?n) { ?s ?p ?o }"))
    both.remote.behaviour.raw = b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\nheap"
    try:
        for path in asked:
            answer = both.there.ask(path)
            assert answer.status == 502, path
            assert "Traceback" not in answer.text
            assert "status 500: heap" in answer.text
    finally:
        both.remote.behaviour.raw = None
    assert [both.there.ask(path).status for path in asked] == [200, 200]


def test_a_new_version_is_served_once_the_engine_has_it(both: Both) -> None:
    """Until then the one before goes on answering."""
    answered = both.there.ask(query(COUNT)).body
    registry = both.small.folder / "data" / "registry.csv"
    kept = registry.read_text("utf-8")
    try:
        registry.write_text(kept.replace("Elbe", "River Elbe"), "utf-8")
        new, _ = build(both.small.project, both.small.project.store)
        assert new.digest != both.generation.digest
        assert wait_until(lambda: both.there.metric("cgkg_generation_failures_total") >= 1)
        assert both.there.ask(query(COUNT)).body == answered
        assert both.there.metric("cgkg_generation_switches_total") == 0
    finally:
        registry.write_text(kept, "utf-8")


def test_an_engine_with_another_version_is_not_served(small: Small) -> None:
    """The command says what is there, and what to do."""
    import subprocess

    build(small.project, small.project.store)
    with engine() as remote:
        words = [*CGKG, "serve", "--project", str(small.folder), "--port", "0"]
        done = subprocess.run(
            [*words, "--endpoint", remote.url], capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert "has no version that cgkg push has loaded" in done.stderr
    assert "cgkg push" in done.stderr
    assert "Traceback" not in done.stderr
