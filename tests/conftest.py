"""Fixtures of all tests: a small project, and the graph of the real one, built once."""

from __future__ import annotations

import fcntl
import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask.testing import FlaskClient
from pages import Failing
from paths import DOCUMENT, ROOT
from projects import Small, make_small

from cgkg.errors import QueryError
from cgkg.pipeline import build
from cgkg.project.folder import Project
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.web.app import Settings, create_app

# .ci/run sets it: what a test needs is there, so one that skips fails.
NO_SKIPS = os.environ.get("CGKG_CI") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if NO_SKIPS and report.skipped:
        _fail(report)
    return report


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Make a failure of a skip."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{reason}; .ci/run must provide for this test"


# The same examples each time: a run says something of the change, not of the day.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.load_profile("same")


# Begun first, as each takes long in one process, so that none is left over at the end.
_LONG = (
    "test_dereferencing", "test_wheel", "test_release", "test_serving", "test_workbench",
    "test_access", "test_walks", "test_cli", "test_placement", "test_pool",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files: those that take long before the others."""
    places = {name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


# The collector would go through thousands of tests again and again, for a fifth of all time.
_USUAL = gc.get_threshold()
gc.set_threshold(50_000)


def pytest_collection_finish() -> None:
    """Leave what was collected to live to the end, and from then on collect as often as ever: what
    of the engine's waits for it must not be dropped in another thread."""
    gc.freeze()
    gc.set_threshold(*_USUAL)


# What Chromium would do beside the tests, such as asking for its own updates, is left out.
_CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


# Not of the session: Playwright has an event loop, beside which tests could run none of their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser without a window; each test closes the pages that it opens."""
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright (the test extra)")
    if not _CHROMIUM.exists():
        pytest.skip(f"needs a browser at {_CHROMIUM}")
    with api.sync_playwright() as started:
        held = started.chromium.launch(executable_path=_CHROMIUM, args=list(_FLAGS))
        yield held
        held.close()


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A valid small project, with its document beside it in document.txt."""
    return make_small(tmp_path / "rivers")


@pytest.fixture(scope="session")
def rivers(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """The graph of a small project that nobody changes."""
    small = make_small(tmp_path_factory.mktemp("rivers") / "rivers")
    generation, report = build(small.project, small.project.store)
    assert report.conforms
    return generation


@pytest.fixture(scope="session")
def document() -> Path:
    """The policy document itself; tests that need it skip where it is not at hand."""
    if not DOCUMENT.is_file():
        pytest.skip("the policy document is not at hand (../shared/source)")
    return DOCUMENT


@pytest.fixture(scope="session")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """The graph of the five city clusters, built once for all test processes."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (shared / "clusters.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        generation, report = build(Project.at(ROOT), shared / "clusters")
    assert report.conforms
    return generation


@pytest.fixture(scope="session")
def graph(clusters: Generation) -> Graph:
    """The city clusters' dataset, with inferences."""
    return clusters.open()


@pytest.fixture(scope="session")
def asserted(clusters: Generation) -> Graph:
    """The city clusters' asserted facts alone."""
    return clusters.open(asserted=True)


@pytest.fixture(scope="session")
def world(clusters: Generation) -> FlaskClient:
    """The site of the city clusters, with a pool that nobody asks."""
    return create_app(clusters, Failing(QueryError("not asked here")), Settings()).test_client()
