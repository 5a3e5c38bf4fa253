"""Pages in threads behind the event loop: codings and validators, and clients that leave."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from limits import ENOUGH, until

from cgkg.errors import PoolBusyError
from cgkg.serving.messages import Request, Response
from cgkg.serving.proxy import Proxies
from cgkg.serving.wsgi import LoopPool, WsgiRunner
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.workers.budget import ByteBudget

BODY = b"the same words " * 500
Start = Callable[[str, list[tuple[str, str]]], object]


def page(tag: str, coded: str | None = None) -> Callable[[dict[str, Any], Start], Iterable[bytes]]:
    """An application with one page; `coded` is the coding that it gives the page itself."""

    def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        held = {each.strip() for each in environ.get("HTTP_IF_NONE_MATCH", "").split(",")}
        headers = [("ETag", tag), ("Content-Type", "text/html"), ("Vary", "Accept")]
        if tag in held:
            start("304 Not Modified", headers)
            return []
        start("200 OK", [*headers, *([("Content-Encoding", coded)] if coded else [])])
        return [BODY]

    return application


def ask(application: Any, headers: Mapping[str, str]) -> Response:
    async def answered() -> Response:
        wsgi = WsgiRunner(threads=1, port=0, proxies=Proxies((), None), room=ByteBudget(1000))
        try:
            return await wsgi.answer(application, request(headers))
        finally:
            wsgi.close()

    return asyncio.run(answered())


def request(headers: Mapping[str, str]) -> Request:
    return Request("GET", b"/", {"host": "h", **headers}, b"", "", path=b"/")


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_page_that_the_client_holds_is_not_sent_again(coding: str) -> None:
    """Each coding has a validator of its own, and the 304 names the one that the client holds."""
    wish = {"accept-encoding": coding}
    first = ask(page('"a"'), wish)
    tag = dict(first.headers)["ETag"]
    assert tag == f'"a-{coding}"'
    again = ask(page('"a"'), {**wish, "if-none-match": f'"x", {tag}'})
    assert (again.status, dict(again.headers)["ETag"]) == (304, tag)


def test_what_the_application_has_coded_is_not_sent_again() -> None:
    """Its own validator names the coding already, as that of an answer does."""
    wish = {"accept-encoding": "gzip", "if-none-match": '"a-gzip"'}
    assert ask(page('"a-gzip"', "gzip"), wish).status == 304


def test_another_coding_is_another_representation() -> None:
    """Who holds the page compressed and asks for it plain is sent it."""
    held = {"if-none-match": '"a-gzip"'}
    assert ask(page('"a"'), held).status == 200
    assert ask(page('"a"'), {**held, "accept-encoding": "zstd"}).status == 200
    assert gzip.decompress(ask(page('"a"'), {"accept-encoding": "gzip"}).body) == BODY


def test_vary_names_each_header_once() -> None:
    """Also where the application has said so itself."""

    def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/html"), ("Vary", "Accept, Accept-Encoding")])
        return [BODY]

    assert dict(ask(application, {}).headers)["Vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize("target", [b"/sparql?query=x", b"/graph-store?default", b"/graph-store/g"])
def test_queries_of_pages_do_not_stop_the_pages(target: bytes) -> None:
    """While all that wait for a query have no thread left, other pages have theirs."""
    held, hold = threading.Event(), threading.Event()

    def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/":
            held.set()
            hold.wait(ENOUGH)
        start("200 OK", [])
        return []

    async def visited() -> None:
        wsgi = WsgiRunner(threads=1, port=0, proxies=Proxies((), None), room=ByteBudget(1000))
        loop = asyncio.get_running_loop()
        path, _, query = target.partition(b"?")
        slow = Request("GET", target, {"host": "h"}, b"", "", path=path, query=query)
        waiting = [loop.create_task(wsgi.answer(application, slow)) for _ in range(2)]
        await until(held.is_set)
        async with asyncio.timeout(ENOUGH):
            assert (await wsgi.answer(application, request({}))).status == 200
        hold.set()
        await asyncio.gather(*waiting)
        wsgi.close()

    asyncio.run(visited())


def test_who_leaves_before_a_thread_is_free_asks_nothing() -> None:
    """A request that still waits for its thread is given up with its client."""
    begun: list[str] = []
    hold = threading.Event()

    def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        begun.append(environ["HTTP_NAME"])
        hold.wait(ENOUGH)
        start("200 OK", [])
        return []

    async def leave() -> None:
        wsgi = WsgiRunner(threads=1, port=0, proxies=Proxies((), None), room=ByteBudget(1000))
        loop = asyncio.get_running_loop()
        first = loop.create_task(wsgi.answer(application, request({"name": "first"})))
        second = loop.create_task(wsgi.answer(application, request({"name": "second"})))
        await until(lambda: begun and wsgi.under_way == 2)
        second.cancel()
        await asyncio.wait([second])
        hold.set()
        await first
        # The one thread takes them in order: after a third, the second will not begin any more.
        await wsgi.answer(application, request({"name": "third"}))
        wsgi.close()

    asyncio.run(leave())
    assert begun == ["first", "third"]


def test_who_has_left_asks_no_further_query() -> None:
    """A page that goes on after its client has left, and then asks, has its query stopped."""
    begun, left, ended = threading.Event(), threading.Event(), threading.Event()

    async def asked(query: QueryRequest) -> QueryAnswer:
        await asyncio.Event().wait()
        raise AssertionError

    async def leave() -> None:
        wsgi = WsgiRunner(threads=1, port=0, proxies=Proxies((), None), room=ByteBudget(1000))
        loop = asyncio.get_running_loop()
        pool = LoopPool(asked, loop, ByteBudget(1000))

        def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            begun.set()
            left.wait(ENOUGH)
            try:
                pool.run(QueryRequest("ASK {}"))
            finally:
                ended.set()
            return []

        visit = loop.create_task(wsgi.answer(application, request({})))
        await until(begun.is_set)
        visit.cancel()
        await asyncio.wait([visit])
        left.set()
        assert await loop.run_in_executor(None, ended.wait, ENOUGH)
        wsgi.close()

    asyncio.run(leave())


def test_answers_that_pages_hold_have_room_or_are_refused() -> None:
    """A page's answers count until it is made; one that finds no room is an error of the page."""
    room, held, refused = ByteBudget(1000), list[int](), list[str]()

    async def asked(query: QueryRequest) -> QueryAnswer:
        return QueryAnswer("bindings", "text/csv", 1, None, "", True, 0.0, b"x" * 600)

    async def visit() -> None:
        wsgi = WsgiRunner(threads=1, port=0, proxies=Proxies((), None), room=room)
        pool = LoopPool(asked, asyncio.get_running_loop(), room)

        def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            pool.run(QueryRequest("ASK {}"))
            held.append(room.held)
            try:
                pool.run(QueryRequest("ASK {}"))
            except PoolBusyError as error:
                refused.append(error.message)
            start("200 OK", [])
            return []

        await wsgi.answer(application, request({}))
        wsgi.close()

    asyncio.run(visit())
    assert held == [600]
    assert "no room" in refused[0]
    assert room.held == 0
