"""The W3C tests of SERVICE, their endpoints being evaluators of the data that each test names."""

from __future__ import annotations

import asyncio

import pytest
from sparql_cases import MF, QT, Case, Node, cases, path_of, read, with_base
from sparql_results import expected, given, media_type

from cgkg.errors import EndpointError, QueryRefusedError
from cgkg.federation.clauses import find_clauses
from cgkg.federation.evaluate import Federation
from cgkg.federation.remote import Endpoints
from cgkg.rdf.terms import Quad
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.store.graph import Graph

# The endpoint of this one is a variable, which is refused.
VARIABLE = "sparql11/service/service5"
NOWHERE = "http://invalid.endpoint.org/sparql"
CASES = [case for case in cases() if case.suite == "sparql11/service"]
SYNTAX = [case for case in cases() if case.suite == "sparql11/syntax-fed"]

pytestmark = pytest.mark.skipif(not CASES, reason="the W3C suites are not at hand")


class Named(Endpoints):
    """The endpoints of a test; they may ask each other."""

    def __init__(self, data: dict[str, list[Quad]]) -> None:
        super().__init__([*data, NOWHERE], 1 << 16)
        self._data = data

    async def ask(self, endpoint: str, query: str) -> bytes:
        if endpoint not in self._data:
            raise EndpointError(f"<{endpoint}> cannot be reached")
        return (await self.answer(QueryRequest(query), self._data[endpoint])).body

    async def answer(self, request: QueryRequest, quads: list[Quad]) -> QueryAnswer:
        """What somebody who has these quads answers."""
        graph = Graph.of(quads)
        evaluator = Evaluator(graph, graph, max_bytes=1 << 20)

        async def run(request: QueryRequest) -> QueryAnswer:
            return evaluator.answer(request)

        return await Federation(self, 10).evaluate(request, run)


def endpoints(case: Case) -> Named:
    action = case.node.at(MF.action)
    nodes = [Node(case.node.manifest, name) for name in action.all(QT.serviceData)]
    return Named({node.text(QT.endpoint): read(path_of(node.at(QT.data).name)) for node in nodes})


def answered(case: Case) -> QueryAnswer:
    request = QueryRequest(with_base(case.query, case.base), results_as=media_type(case))
    return asyncio.run(endpoints(case).answer(request, case.dataset))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_service(case: Case) -> None:
    """The answer is the one that the suite demands."""
    if case.name == VARIABLE:
        with pytest.raises(QueryRefusedError, match=r"SERVICE \?service is refused"):
            answered(case)
        return
    answer = answered(case)
    assert expected(case).same(given(answer.body, answer.media_type))


@pytest.mark.parametrize("case", SYNTAX, ids=lambda case: case.name)
def test_syntax(case: Case) -> None:
    """The clause is found, and its endpoint is read against the address of the query."""
    (clause,) = find_clauses(with_base(case.query, case.base), case.base)
    assert clause.endpoint == case.base.rpartition("/")[0] + "/g"


def test_the_suites_are_whole() -> None:
    """Seven to evaluate, three to read."""
    assert (len(CASES), len(SYNTAX)) == (7, 3)
