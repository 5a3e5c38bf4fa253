"""Connections to an engine are kept for the next query; nothing is sent twice that may not be."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from engines import Behaviour, FakeEngine, engine
from limits import AMPLE, BRIEF, wait_until

from cgkg.errors import EndpointError, EndpointTimeoutError
from cgkg.rdf.terms import IRI, Quad
from cgkg.rdf.vocab import RDF
from cgkg.remote.client import Client
from cgkg.remote.engine import Doors, Engine, Limits
from cgkg.remote.loading import Loader
from cgkg.remote.scope import GraphScope

ASK = "ASK { ?s ?p ?o }"
ANSWER = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"head":{},'
)


@pytest.fixture
def client() -> Iterator[Client]:
    one = Client("")
    yield one
    one.close()


def loader(remote: FakeEngine, client: Client) -> Loader:
    doors = Doors(store=remote.url.replace("query", "store"), quads=True)
    return Loader(Engine(client, remote.url), doors, "quads", GraphScope())


def test_queries_one_after_another_share_a_connection(client: Client) -> None:
    with engine() as remote:
        for _ in range(20):
            Engine(client, remote.url).results(ASK)
        assert (len(remote.asked), remote.connections) == (20, 1)


def test_queries_at_once_have_a_connection_each(client: Client) -> None:
    """From any threads; and these are kept, too."""
    go = Event()
    with engine(Behaviour(hangs=go)) as remote, ThreadPoolExecutor(5) as threads:
        for _ in range(2):
            go.clear()
            done = len(remote.asked)
            running = [threads.submit(Engine(client, remote.url).results, ASK) for _ in range(5)]
            assert wait_until(lambda: len(remote.asked) == done + 5)  # noqa: B023
            go.set()
            assert [bool(each.result()) for each in running] == [False] * 5
        assert remote.connections == 5


def test_a_connection_that_is_not_used_for_long_is_used_no_more() -> None:
    client = Client("", idle=0)
    with engine() as remote:
        for _ in range(3):
            Engine(client, remote.url).results(ASK)
        assert remote.connections == 3
    client.close()


def test_a_connection_that_was_closed_meanwhile_is_replaced(client: Client) -> None:
    """Nobody notices, whether that is seen before the query is sent or after."""
    with engine(Behaviour(drops=True)) as remote:
        for _ in range(30):
            Engine(client, remote.url).results(ASK)
        assert len(remote.asked) == remote.connections == 30


def test_an_answer_that_breaks_off_is_not_asked_for_again(client: Client) -> None:
    with engine() as remote:
        Engine(client, remote.url).results(ASK)
        remote.behaviour.raw = ANSWER[:-3]
        with pytest.raises(EndpointError, match="before its answer was whole"):
            Engine(client, remote.url).results(ASK)
        assert (len(remote.asked), remote.connections) == (2, 1)


def test_what_is_late_is_not_the_answer_to_the_next_query(client: Client) -> None:
    go = Event()
    with engine(Behaviour(hangs=go)) as remote:
        with pytest.raises(EndpointTimeoutError):
            Engine(client, remote.url, Limits(seconds=BRIEF)).results(ASK)
        remote.store.extend([Quad(RDF.type, RDF.type, RDF.type)])
        go.set()
        assert bool(Engine(client, remote.url, Limits(seconds=AMPLE)).results(ASK))
        assert remote.connections == 2


def test_data_are_sent_once(client: Client) -> None:
    """Over a connection that is new: whether they arrived cannot be known of one that breaks."""
    quad = Quad(IRI("u:a"), IRI("u:a"), IRI("u:a"))
    with engine() as remote:
        Engine(client, remote.url).results(ASK)
        loader(remote, client).load([quad])
        assert remote.connections == 2
        remote.behaviour.dies = 3
        with pytest.raises(EndpointError, match="before its answer was whole"):
            loader(remote, client).load([quad])
        assert remote.asked == ["/query", "/store", "/store"]
