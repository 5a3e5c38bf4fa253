"""Blank nodes that are all alike: what would not end is refused, what people write is not."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

import pytest
from commands import run
from projects import Small

from cgkg.errors import CanonicalizationError
from cgkg.rdf import canonical
from cgkg.rdf.canonical import canonicalize
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Quad

P, FIRST = IRI("urn:p"), IRI("urn:first")


def links(pairs: Iterable[tuple[str, str]]) -> list[Quad]:
    """Statements between blank nodes."""
    return [Quad(BlankNode(s), P, BlankNode(o), DefaultGraph()) for s, o in pairs]


def circle(count: int, name: str = "n") -> list[Quad]:
    return links((f"{name}{n}", f"{name}{(n + 1) % count}") for n in range(count))


def said(count: int, *, of_each: bool = False) -> list[Quad]:
    """Something said of each node, the same or not."""
    return [
        Quad(BlankNode(f"n{n}"), FIRST, Literal(str(n if of_each else 0)), DefaultGraph())
        for n in range(count)
    ]


LINKED = links(permutations((f"n{n}" for n in range(14)), 2))
FANS = links((f"x{a}", f"y{a}{b}") for a in range(2) for b in range(10))


@pytest.mark.parametrize("quads", [LINKED, FANS, LINKED + said(14)])
def test_nodes_that_cannot_be_told_apart_are_refused(quads: list[Quad]) -> None:
    """Fourteen that are all linked, and two with ten each, would take all orders: it is said."""
    with pytest.raises(CanonicalizationError, match=r"cannot be told apart.*<urn:p>") as caught:
        canonicalize(quads)
    assert "give them IRIs" in caught.value.hint


def test_work_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few are linked to each, and still there are too many ways: a process tries, and is ended."""
    monkeypatch.setattr(canonical, "SECONDS", 1)
    places = [(a, b) for a in range(8) for b in range(8)]
    grid = [
        (f"n{a}x{b}", f"n{c % 8}x{d % 8}") for a, b in places for c, d in ((a + 1, b), (a, b + 1))
    ]
    with pytest.raises(CanonicalizationError, match="more than 1 s"):
        canonicalize(links(grid))


ORDINARY = {
    "a shared node": links((f"n{n}", "shared") for n in range(50)) + said(50, of_each=True),
    "a list": links((f"n{n}", f"n{n + 1}") for n in range(3000)) + said(3000, of_each=True),
    "a chain": links((f"n{n}", f"n{n + 1}") for n in range(90)),
    "a circle": circle(50),
    "twenty circles": [quad for n in range(20) for quad in circle(9, f"c{n}x")],
    "a thousand alike": said(1000),
    "a thousand pairs": links((f"a{n}", f"b{n}") for n in range(1000)),
    "fourteen linked and told apart": LINKED + said(14, of_each=True),
    "many below one": links(("one", f"n{n}") for n in range(1000)),
    "a few all linked": links(permutations("abcde", 2)),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_what_people_write_is_no_trouble(name: str) -> None:
    """It is labelled at once, in this process."""
    quads = ORDINARY[name]
    assert not canonical._may_take_long(canonical._with_nodes(quads))
    assert len(canonicalize(quads)) == len(quads)


def test_a_process_gives_the_same_labels() -> None:
    """What is done apart, because it may take long, is as it would be here."""
    quads = circle(30)
    assert sorted(canonical._canonicalize_apart(quads), key=str) == canonicalize(quads)


def test_a_build_says_it_in_a_sentence(small: Small) -> None:
    """The project's author is told a statement of the nodes, and what to do."""
    lines = "\n".join(str(quad) + " ." for quad in LINKED)
    small.write("data/concepts/a.ttl", lines)
    done = run("build", "--project", str(small.folder))
    assert done.returncode == 1
    assert "the blank nodes cannot be told apart, 13 of them are linked to one" in done.stderr
    assert "hint: give them IRIs" in done.stderr
