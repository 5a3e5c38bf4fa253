"""What tests of pages ask with, and a pool of queries for those that ask none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cgkg.rdf.terms import Quad, Triple
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.store.graph import Graph

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class Failing:
    """A pool whose every query ends with the same error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def run(self, request: QueryRequest) -> QueryAnswer:
        raise self.error


class Counted(Graph):
    """A graph that counts how often it is asked."""

    requests = 0

    def query(self, sparql: str, **options: Any) -> Any:
        self.requests += 1
        return super().query(sparql, **options)

    def triples(self, *pattern: Any, **named: Any) -> Iterator[Triple]:
        self.requests += 1
        return super().triples(*pattern, **named)

    def quads(self, *pattern: Any, **named: Any) -> Iterator[Quad]:
        self.requests += 1
        return super().quads(*pattern, **named)

    def has(self, *pattern: Any, **named: Any) -> bool:
        self.requests += 1
        return super().has(*pattern, **named)


def counted(graph: Graph) -> Counted:
    """The same dataset, counting from now on."""
    held = Counted.__new__(Counted)
    held.__dict__ = graph.__dict__
    return held
