"""data/pages: groups of statements with their names, and lines about things, by an editor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from projects import BASE, Small

from cgkg.errors import BuildRejectedError, SourceError
from cgkg.pipeline import build
from cgkg.project.page_words import PageWords, read_page_words
from cgkg.rdf.terms import IRI

PREFIXES = {"e": "http://e/"}
GROUPS = """group,property,en,fr
who,,Who,Qui
who,^e:runs,run by,
what,,What,
what,e:runs,,
who,e:knows,"known, well",connu
"""


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder


def test_groups_and_properties_are_in_the_order_of_their_rows(tmp_path: Path) -> None:
    """A property may be met from either end; a text that is missing is left to others."""
    found = read_page_words(written(tmp_path, "groups.csv", GROUPS), PREFIXES)
    assert [(group.key, group.name) for group in found.groups] == [
        ("who", {"en": "Who", "fr": "Qui"}),
        ("what", {"en": "What"}),
    ]
    assert [[(p.iri.value, p.turned, p.name) for p in g.properties] for g in found.groups] == [
        [("http://e/runs", True, {"en": "run by"}),
         ("http://e/knows", False, {"en": "known, well", "fr": "connu"})],
        [("http://e/runs", False, {})],
    ]  # fmt: skip


def test_lines_may_name_a_clause(tmp_path: Path) -> None:
    """They come back from the manifest as they went in; without tables there is nothing."""
    assert read_page_words(tmp_path, PREFIXES) == PageWords((), {}, ())
    written(tmp_path, "groups.csv", GROUPS)
    written(tmp_path, "in-short.csv", "thing,clause,en\ne:a,e:c,One.\ne:a,,Two.\ne:b,,Three.\n")
    found = read_page_words(tmp_path, PREFIXES)
    assert found.lines is not None
    a, b = (found.lines[IRI(f"http://e/{name}")] for name in "ab")
    assert [(each.clause, each.text["en"]) for each in (*a, *b)] == [
        (IRI("http://e/c"), "One."), (None, "Two."), (None, "Three."),
    ]  # fmt: skip
    again = PageWords.of(json.loads(json.dumps(found.as_dict())))
    assert (again.groups, again.lines) == (found.groups, found.lines)


@pytest.mark.parametrize(
    ("name", "text", "line", "said"),
    [
        ("groups.csv", "group,property,en\nwho,e:runs,run by\n", 2, "has no name yet"),
        ("groups.csv", "group,property,en\nwho,,Who\nwho,,Which\n", 3, "has no name, or two"),
        ("groups.csv", "group,property,en\nwho,,\n", 2, "has no name, or two"),
        ("groups.csv", "group,property,en\nw,,W\nw,e:a,\nw,e:a,\n", 4, "twice, first on line 3"),
        ("groups.csv", "group,property,en\nw,,W\nw,x:a,\n", 3, "no name with a known prefix"),
        ("groups.csv", "group,property,English name\nw,,W\n", 1, "English name: other columns"),
        ("in-short.csv", "thing,clause,en\ne:a,,\n", 2, "the line has no text"),
        ("in-short.csv", "thing,en\ne:a,One.\n", 1, "clause"),
    ],
)
def test_each_mistake_says_its_line(
    tmp_path: Path, name: str, text: str, line: int, said: str
) -> None:
    """File, line, and what is wrong."""
    with pytest.raises(SourceError, match=said) as caught:
        read_page_words(written(tmp_path, name, text), PREFIXES)
    assert (caught.value.path, caught.value.line) == (tmp_path / name, line)


def test_a_name_that_the_graph_does_not_have_stops_a_build(small: Small) -> None:
    """The finding names it with file and line; what the graph has, of whatever kind, is well."""
    small.write(
        "data/pages/groups.csv",
        f"group,property,en\nwhere,,Where\nwhere,{BASE}def/flowsThrough,\n"
        f"where,^{BASE}def/flowsTrough,\n",
    )
    place = f"{BASE}id/place/dresden"
    small.write("data/pages/in-short.csv", f"thing,clause,en\n{place},,A city.\n")
    with pytest.raises(BuildRejectedError) as caught:
        build(small.project, small.folder / "store")
    (finding,) = caught.value.report.violations
    assert (finding.code, finding.line) == ("unknown-term", 4)
    assert finding.path == small.folder / "data/pages/groups.csv"
    assert "flowsTrough" in finding.message["en"]
