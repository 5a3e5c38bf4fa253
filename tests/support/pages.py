"""What tests of pages ask with, and a pool of queries for those that ask none."""

from __future__ import annotations

from cgkg.sparql.protocol import QueryAnswer, QueryRequest

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class Failing:
    """A pool whose every query ends with the same error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def run(self, request: QueryRequest) -> QueryAnswer:
        raise self.error
