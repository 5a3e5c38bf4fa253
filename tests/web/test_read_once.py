"""What pages keep of a generation: what was asked for last, and never more than they may."""

from __future__ import annotations

from counting import Counting
from flask.testing import FlaskClient
from pages import BROWSER, Failing

from cgkg.errors import QueryError
from cgkg.store.generations import Generation
from cgkg.store.reader import LocalReader
from cgkg.web.app import Settings, create_app
from cgkg.web.kept import Recent

NARROWED = "/browse/def/Initiative?cg:hasTheme=theme:smart-city&sort=document"
KEPT = ("/browse/def/Initiative", "/compare", "/timeline", "/search?q=london")


def made(kept: Recent[str], key: str, parts: str) -> bool:
    """Whether what is asked for had to be made."""
    calls: list[str] = []

    def make() -> str:
        calls.append(key)
        return parts

    assert kept.get(key, make) == parts
    return bool(calls)


def test_what_was_asked_for_last_is_kept_as_long_as_there_is_room() -> None:
    kept: Recent[str] = Recent(6)
    assert made(kept, "one", "abc")
    assert made(kept, "two", "de")
    assert not made(kept, "one", "abc")
    assert made(kept, "three", "fg"), "which leaves no room for the second"
    assert not made(kept, "one", "abc")
    assert not made(kept, "three", "fg")
    assert made(kept, "two", "de")


def test_nothing_is_kept_that_has_no_parts_or_too_many() -> None:
    kept: Recent[str] = Recent(3)
    assert made(kept, "small", "abc")
    assert made(kept, "empty", "")
    assert made(kept, "empty", "")
    assert made(kept, "large", "abcd")
    assert made(kept, "large", "abcd")
    assert not made(kept, "small", "abc"), "which they have not driven out"


def asked(client: FlaskClient, counting: Counting, path: str) -> int:
    counting.asked = 0
    assert client.get(path, headers=BROWSER).status_code == 200
    return counting.asked


def test_pages_read_once_what_they_are_made_of_and_nothing_else_is_remembered(
    clusters: Generation,
) -> None:
    """The second time a page asks for less; the third for as much, and so does one narrowed."""
    counting = Counting(LocalReader(clusters.open()))
    app = create_app(clusters, Failing(QueryError("not asked")), Settings(reader=counting))
    client = app.test_client()
    for path in KEPT:
        first, second, third = (asked(client, counting, path) for _ in range(3))
        assert first > second == third > 0, path
    assert asked(client, counting, NARROWED) == asked(client, counting, NARROWED) > 0
