"""Earlier generations: how many are open at once, whatever is asked."""

from __future__ import annotations

import asyncio
import gzip
from types import SimpleNamespace
from typing import Any, cast

import pytest
from limits import AMPLE, BRIEF

from cgkg.errors import PoolBusyError, StoreError
from cgkg.federation.evaluate import Federation
from cgkg.http.coding import WORTH_COMPRESSING
from cgkg.serving.deployments import Deployment, Deployments
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.store.generations import Generation, GenerationStore
from cgkg.workers.cache import AnswerCache


class Opened:
    """Deploys generations that are nothing but a name, and counts those that are open."""

    def __init__(self) -> None:
        self.open, self.most = 0, 0
        self.failing = ""
        self.store = cast("GenerationStore", SimpleNamespace(find=self.find))

    def find(self, version: str) -> Generation:
        return cast("Generation", SimpleNamespace(id=version, answers_to=version.__eq__))

    async def deploy(self, generation: Generation, current: bool) -> Deployment:
        if not current:
            self.open += 1
            self.most = max(self.most, self.open)
        await asyncio.sleep(0)
        if generation.id == self.failing:
            self.open -= 1
            raise PoolBusyError("it cannot be opened")
        deployment = Deployment(generation, AnswerCache(0), cast("Federation", None))
        deployment.pool = cast("Any", SimpleNamespace(busy=False, close=self.close))
        return deployment

    async def close(self) -> None:
        await asyncio.sleep(0)
        self.open -= 1


async def deployments(opened: Opened, wait: float = AMPLE) -> Deployments:
    found = Deployments(opened.store, opened.deploy, retire_seconds=AMPLE, wait_seconds=wait)
    await found.open(opened.find("current"))
    return found


def test_few_earlier_generations_are_open_however_many_are_asked() -> None:
    """Eleven at once are all answered, one after the other, with two open at most."""

    async def scene() -> None:
        opened = Opened()
        served = await deployments(opened)

        async def ask(version: str) -> str:
            deployment = await served.get(version)
            with deployment.hold():
                await asyncio.sleep(0)
                return deployment.generation.id

        names = [f"v{number}" for number in range(11)]
        assert await asyncio.gather(*map(ask, names * 2)) == names * 2
        assert opened.most == 2
        await served.get("current")

    asyncio.run(scene())


def test_who_finds_no_place_is_told_to_come_again() -> None:
    """While others hold all places, a request for one more waits, and then gets an error."""

    async def scene() -> None:
        served = await deployments(Opened(), wait=BRIEF)
        first, second = await served.get("v1"), await served.get("v2")
        with first.hold(), second.hold():
            with pytest.raises(PoolBusyError, match="2 earlier graphs are being asked"):
                await served.get("v3")
            assert await served.get("v2") is second
        assert (await served.get("v3")).generation.id == "v3"

    asyncio.run(scene())


def test_a_generation_that_cannot_be_opened_takes_no_place() -> None:
    """Its error goes to who asked, and others are opened as before."""

    async def scene() -> None:
        opened = Opened()
        opened.failing = "v0"
        served = await deployments(opened)
        for _ in range(3):
            with pytest.raises(PoolBusyError, match="cannot be opened"):
                await served.get("v0")
        assert (await served.get("v1")).generation.id == "v1"
        assert (await served.get("v2")).generation.id == "v2"
        assert opened.open == 2

    asyncio.run(scene())


def test_only_what_needs_the_pages_waits_for_them() -> None:
    """A query is answered while they are made; one for evidence waits, and has its grounds."""

    class Answers:
        async def evaluate(self, request: QueryRequest, run: object) -> QueryAnswer:
            return QueryAnswer("bindings", "application/json", 1, None, "e", True, 0.0, "", b"{}")

    async def scene() -> None:
        generation = cast("Generation", SimpleNamespace(id="one"))
        served = Deployment(generation, AnswerCache(0), cast("Federation", Answers()))
        served.pool = cast("Any", SimpleNamespace(run=None))
        served.making = asyncio.get_running_loop().create_future()
        request = QueryRequest("SELECT * {}")
        waiting = asyncio.create_task(served.run(request._replace(evidence=True)))
        assert (await served.run(request)).body == b"{}"
        assert not waiting.done()
        served.add_grounds = lambda content: content + b" and more"
        served.making.set_result(None)
        assert (await waiting).body == b"{} and more"

    asyncio.run(scene())


def test_pages_that_cannot_be_made_are_an_error_for_all_who_wait() -> None:
    """However often they ask, and also after somebody has left."""

    async def scene() -> None:
        generation = cast("Generation", SimpleNamespace(id="one"))
        served = Deployment(generation, AnswerCache(0), cast("Federation", None))
        served.making = asyncio.get_running_loop().create_future()
        left, waiting = (asyncio.create_task(served.made()) for _ in range(2))
        await asyncio.sleep(0)
        left.cancel()
        served.making.set_exception(StoreError("no pages"))
        for each in (waiting, served.made()):
            with pytest.raises(StoreError, match="no pages"):
                await each

    asyncio.run(scene())


@pytest.mark.parametrize("coding", [None, "gzip"])
def test_evidence_is_completed_once_whatever_its_coding(coding: str | None) -> None:
    """What inferred triples rest on is added to a plain answer, which is then coded and kept."""
    asked: list[str | None] = []
    body = b'{"evidence":' + b" " * WORTH_COMPRESSING + b"[]}"

    class Answers:
        async def evaluate(self, request: QueryRequest, run: object) -> QueryAnswer:
            asked.append(request.coding)
            return QueryAnswer("bindings", "application/json", 1, None, "e", True, 0.0, "", body)

    async def scene() -> None:
        answers = cast("Federation", Answers())
        generation = cast("Generation", SimpleNamespace(id="one"))
        served = Deployment(generation, AnswerCache(1 << 20), answers)
        served.pool = cast("Any", SimpleNamespace(run=None))
        request = QueryRequest("SELECT * {}", evidence=True, coding=coding)
        plain = await served.run(request._replace(timeout=1.0, evidence=False))
        assert plain.body == body
        served.add_grounds = lambda content: content + b" and more"
        found = [await served.run(request) for _ in range(2)]
        assert found[0] == found[1]
        assert asked[1:] == [None]
        assert found[0].coding == coding
        whole = gzip.decompress(found[0].body) if coding else found[0].body
        assert whole == body + b" and more"
        assert found[0].etag != plain.etag

    asyncio.run(scene())
