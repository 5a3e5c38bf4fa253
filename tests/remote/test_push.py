"""A version is loaded into an empty dataset, whole or with an error, and what arrived is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from engines import Behaviour, engine

from cgkg.cli.commands import main
from cgkg.errors import EndpointError, StoreError
from cgkg.export.release import export
from cgkg.rdf.terms import Quad
from cgkg.remote.client import Client
from cgkg.remote.engine import Doors, Engine
from cgkg.remote.loading import WAYS, Way
from cgkg.remote.push import Version, find_version, push
from cgkg.remote.scope import DEFAULT_GRAPH, VERSION_GRAPH, GraphScope
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph


def version(generation: Generation) -> Version:
    return Version(generation.dataset_file, generation.digest)


@pytest.fixture
def client() -> Iterator[Client]:
    """Without a login."""
    one = Client("")
    yield one
    one.close()


def ground(quads: object) -> set[Quad]:
    """The quads without blank nodes: the others have labels of each engine's own."""
    return {quad for quad in quads if "_:" not in str(quad)}  # type: ignore[attr-defined]


@pytest.mark.parametrize("way", WAYS)
def test_all_quads_arrive_in_every_way(rivers: Generation, client: Client, way: Way) -> None:
    """And the engine says which version it has."""
    with engine() as remote:
        pushed = push(Engine(client, remote.url), version(rivers), way=way)
        held = [quad for quad in remote.store if quad.graph_name != VERSION_GRAPH]
        assert find_version(Engine(client, remote.url)) == (rivers.digest, GraphScope())
    assert (pushed.way, pushed.changes, pushed.compared) == (way, (), True)
    assert len(held) == rivers.quads
    assert ground(held) == ground(rivers.open().quads())


def test_where_one_way_is_refused_the_next_is_tried(rivers: Generation, client: Client) -> None:
    with engine(Behaviour(refuses=frozenset(["/store"]))) as remote:
        assert push(Engine(client, remote.url), version(rivers)).way == "update"
    with (
        engine(Behaviour(refuses=frozenset(["/store", "/update"]))) as remote,
        pytest.raises(EndpointError, match="takes no data"),
    ):
        push(Engine(client, remote.url), version(rivers))


def test_a_dataset_that_is_not_empty_is_left_alone(rivers: Generation, client: Client) -> None:
    """Whatever is in it: versions in one dataset would answer for each other."""
    name = DEFAULT_GRAPH
    for quad, place in (
        (Quad(name, name, name), "default graph"),
        (Quad(name, name, name, VERSION_GRAPH), VERSION_GRAPH),
    ):
        with engine() as remote:
            remote.store.add(quad)
            with pytest.raises(StoreError, match="is not empty") as error:
                push(Engine(client, remote.url), version(rivers))
            assert str(getattr(place, "value", place)) in error.value.message
            assert list(remote.store) == [quad]


def test_another_version_is_left_alone(rivers: Generation, client: Client) -> None:
    with engine() as remote:
        there = Engine(client, remote.url)
        push(there, version(rivers), compare=False)
        before = len(remote.store)
        with pytest.raises(StoreError, match="is not empty"):
            push(there, Version(rivers.dataset_file, "other"))
        assert len(remote.store) == before


def test_the_same_version_again_is_only_checked(rivers: Generation, client: Client) -> None:
    """And what somebody changed there meanwhile is an error."""
    with engine() as remote:
        there = Engine(client, remote.url)
        push(there, version(rivers))
        before, asked = len(remote.store), len(remote.asked)
        again = push(there, version(rivers))
        assert (again.way, again.quads, len(remote.store)) == (None, rivers.quads, before)
        assert set(remote.asked[asked:]) == {"/query"}
        remote.store.remove(next(q for q in remote.store if q.graph_name != VERSION_GRAPH))
        with pytest.raises(StoreError, match="were sent"):
            push(there, version(rivers))


def test_loading_that_ended_early_is_told_the_next_time(rivers: Generation, client: Client) -> None:
    """Nobody serves what is there, and the error says which version it is a part of."""
    with engine() as whole:
        push(Engine(client, whole.url), version(rivers), way="update", compare=False)
    _, *others = (n for n, path in enumerate(whole.asked, 1) if path == "/update")
    assert len(others) > 1
    # After what says that it is begun, up to what says that it is loaded.
    for dies in others:
        with engine(Behaviour(dies=dies)) as remote:
            there = Engine(client, remote.url)
            with pytest.raises(EndpointError, match="before its answer was whole"):
                push(there, version(rivers), way="update", compare=False)
            assert find_version(there) is None
            with pytest.raises(StoreError, match=f"part of version {rivers.digest[:16]}") as error:
                push(there, version(rivers), way="update")
            assert "DROP ALL" in error.value.hint
            remote.store.update("DROP ALL")
            assert push(there, version(rivers), way="update").changes == ()


@pytest.mark.parametrize("login", ["", "eve:wrong"])
def test_an_engine_that_wants_a_login_takes_nothing_without(rivers: Generation, login: str) -> None:
    """And the error says where to put it, and never what it is."""
    good = "Basic YWRhOnB3"  # ada:pw
    with engine(Behaviour(login=good)) as remote:
        for given, works in ((login, False), ("ada:pw", True)):
            client = Client(given)
            if works:
                push(Engine(client, remote.url), version(rivers), compare=False)
            else:
                with pytest.raises(EndpointError, match="status 401: who are you") as error:
                    push(Engine(client, remote.url), version(rivers))
                assert "CGKG_REMOTE_LOGIN" in error.value.hint
                assert not len(remote.store)
                assert "wrong" not in error.value.message + error.value.hint
            client.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("dataset", "no address of an endpoint"),
        ("ftp://a.example/", "no address of an endpoint"),
        ("http://a.example:port/", "no address of an endpoint"),
        ("http://ada:pw@a.example/", "the address of a.example has a login in it"),
        ("http://127.0.0.1:1/query", "cannot be reached"),
    ],
)
def test_an_address_that_is_none_is_an_error(
    rivers: Generation, client: Client, url: str, message: str
) -> None:
    with pytest.raises(EndpointError, match=message) as error:
        push(Engine(client, url), version(rivers))
    assert error.value.hint
    assert "pw" not in error.value.message


def test_a_page_instead_of_an_endpoint_is_an_error(rivers: Generation, client: Client) -> None:
    with (
        engine() as remote,
        pytest.raises(EndpointError, match="status 405") as error,
    ):
        push(Engine(client, remote.url.replace("query", "")), version(rivers))
    assert "address for queries" in error.value.hint


def test_terms_in_another_form_are_told(rivers: Generation, client: Client) -> None:
    sent, held = b"XMLSchema#integer>", b"XMLSchema#decimal>"
    with engine(Behaviour(changes={sent: held})) as remote:
        pushed = push(Engine(client, remote.url), version(rivers))
    assert pushed.changes
    for change in pushed.changes:
        assert str(change.sent).replace("#integer", "#decimal") == str(change.held)
        assert change.count > 0


def test_statements_that_are_lost_are_an_error(rivers: Generation, client: Client) -> None:
    """Then it is of no version, so that nobody serves it."""
    line = next(
        line for line in rivers.dataset_file.read_bytes().splitlines(True) if b"prefLabel" in line
    )
    with engine(Behaviour(changes={line: b""})) as remote:
        there = Engine(client, remote.url)
        with pytest.raises(StoreError, match="were sent"):
            push(there, version(rivers))
        assert find_version(there) is None


def test_an_engine_whose_default_graph_is_a_union_is_noticed(
    rivers: Generation, client: Client
) -> None:
    with (
        engine(Behaviour(union=True)) as remote,
        pytest.raises(StoreError, match="seems to be the union") as error,
    ):
        push(Engine(client, remote.url), version(rivers))
    assert "--default-graph named" in error.value.hint


def test_two_versions_in_one_dataset_are_noticed(rivers: Generation, client: Client) -> None:
    with engine() as remote:
        there = Engine(client, remote.url)
        push(there, version(rivers))
        remote.store.update(
            f"INSERT {{ GRAPH {VERSION_GRAPH} {{ ?s ?p 'sha256:other' }} }}"
            f" WHERE {{ GRAPH {VERSION_GRAPH} {{ ?s ?p ?o }} }}"
        )
        with pytest.raises(StoreError, match="holds 2 versions"):
            find_version(there)


def test_the_command_loads_a_release(rivers: Generation, tmp_path: Path) -> None:
    release = export(rivers, tmp_path / "release")
    with engine(Behaviour(maker="Virtuoso of tests")) as remote:
        words = ["push", str(release.folder), "--to", remote.url, "--by", "update"]
        words += ["--update", remote.url.replace("query", "update"), "--check", "counts"]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
        assert f"{release.digest}\t{remote.url}" in done.output
        names = {quad.graph_name for quad in remote.store}
    assert {DEFAULT_GRAPH, VERSION_GRAPH} <= names


def test_the_command_writes_a_file_for_bulk_loaders(rivers: Generation, tmp_path: Path) -> None:
    store = rivers.folder.parents[1]
    words = ["push", "--store", str(store), "--files", str(tmp_path), "--default-graph", "named"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert "ld_dir" in done.output
    graph = Graph.load(tmp_path / "dataset.nq")
    assert not list(graph.triples())
    sent = sum(1 for _ in rivers.open().triples())
    assert sum(1 for _ in graph.quads(g=DEFAULT_GRAPH)) == sent


@pytest.mark.parametrize("words", [[], ["--to", "http://127.0.0.1:9/", "--files", "x"]])
def test_the_command_needs_one_place(words: list[str]) -> None:
    assert CliRunner().invoke(main, ["push", *words]).exit_code == 2


def test_doors_that_are_named_are_the_only_ones(rivers: Generation, client: Client) -> None:
    with engine() as remote:
        doors = Doors(update=remote.url.replace("query", "update"))
        push(Engine(client, remote.url), version(rivers), doors=doors, compare=False)
        assert set(remote.asked) == {"/query", "/update"}
