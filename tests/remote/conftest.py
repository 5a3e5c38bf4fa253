"""What tests of engines have in common."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from projects import make_small

from cgkg.pipeline import build
from cgkg.remote.client import Client
from cgkg.store.generations import Generation


@pytest.fixture(scope="session")
def rivers(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """The graph of the small project."""
    small = make_small(tmp_path_factory.mktemp("remote") / "rivers")
    generation, report = build(small.project, small.project.store)
    assert report.conforms
    return generation


@pytest.fixture
def client() -> Iterator[Client]:
    """Without a login."""
    one = Client("")
    yield one
    one.close()
