"""The comparison at /compare: what is counted, what is apart, and where each thing is said."""

from __future__ import annotations

import csv
import html
import io
import re
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from ferries import make_ferries
from flask.testing import FlaskClient
from pages import BROWSER, Failing
from projects import BASE

from cgkg.authoring.starter import create
from cgkg.errors import QueryError
from cgkg.pipeline import build
from cgkg.store.graph import Graph
from cgkg.web.app import Settings, create_app
from cgkg.web.pages import compare
from cgkg.web.parts.compared import KINDS

NOBODY = Failing(QueryError("not asked here"))
LAKES = "open=theme:intelligent-transport&at=reg:great-lakes"


@pytest.fixture(scope="module")
def ferries(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A site of another domain: which line's ferries carry what."""
    folder = tmp_path_factory.mktemp("ferries")
    project = make_ferries(folder).project
    generation, _ = build(project, folder / "store")
    return create_app(generation, NOBODY, Settings(base=project.base)).test_client()


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.text


def table(client: FlaskClient, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.content_type.startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def cells(client: FlaskClient, path: str) -> Counter[tuple[str, str, str]]:
    """How many things each row and column has of each kind, by their English names."""
    return Counter((r["row_en"], r["column_en"], r["kind"]) for r in table(client, path))


def test_of_many_columns_the_first_are_shown(
    ferries: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says so; what is picked, and CSV, have the others."""
    whole = page(ferries, "/compare?lang=en")
    monkeypatch.setattr(compare, "_SHOWN_COLUMNS", 1)
    cut = page(ferries, "/compare?lang=en")
    picked = page(ferries, "/compare?lang=en&column=line:red")
    heads = [re.findall(r'<th scope="col"><a[^>]*>([^<]+)', text) for text in (whole, cut, picked)]
    assert [each[-1] for each in heads] == ["Red Line", "Blue Line", "Red Line"]
    assert [len(each) for each in heads] == [2, 1, 1]
    assert ["1 of 2 columns are shown" in text for text in (whole, cut, picked)] == [
        False,
        True,
        False,
    ]
    assert {column for _, column, _ in cells(ferries, "/compare?format=csv")} == set(heads[0])


def test_what_a_line_only_shares_is_apart(ferries: FlaskClient) -> None:
    """Both lines use the Old Quay, where all ferries call: that makes none of them another's."""
    held = cells(ferries, "/compare?format=csv")
    assert held == {
        ("cars", "Blue Line", "says"): 1,
        ("cars", "Red Line", "says"): 1,
        ("bicycles", "Blue Line", "says"): 1,
        ("cars", "Red Line", "shared"): 1,
        ("cars", "Blue Line", "shared"): 1,
        ("bicycles", "Red Line", "shared"): 1,
    }
    text = page(ferries, "/compare?open=load:cars&at=line:red&lang=en")
    opened = re.search(r'<tr class="opened".*?</tr>', text, re.S)
    assert opened
    own, shared = opened[0].split('<section class="tier shared">')
    assert ("Swan" in own, "Otter" in own) == (True, False)
    assert ("Swan" in shared, "Otter" in shared) == (False, True)
    assert "told of" in shared
    assert "Blue Line" in shared


def test_what_is_said_of_the_other_end_is_said(ferries: FlaskClient) -> None:
    """Red Line runs the Swan, says the document; that the Swan is run by it is no inference."""
    rows = table(ferries, "/compare?format=csv&column=line:red")
    (swan,) = (row for row in rows if row["kind"] != "shared")
    assert (swan["kind"], swan["thing_en"]) == ("says", "Swan")
    assert len(swan["clauses"].split()) == 2


def test_nothing_is_a_dash(ferries: FlaskClient, world: FlaskClient) -> None:
    """A row that nobody has anything of is there, and says so."""
    text = page(ferries, "/compare?lang=en")
    cattle = re.search(r">cattle</a>(.*?)</tr>", text, re.S)
    assert cattle
    assert cattle[1].count("not stated") == 2
    for client in (ferries, world):
        assert not re.search(
            r"<td[^>]*>\s*(<[^>]*>)*\s*[-\u2013\u2014]\s*<", page(client, "/compare")
        )


def test_own_counts_are_those_of_the_graph(world: FlaskClient, graph: Graph) -> None:
    """The number in a cell, and what a query of its own counts."""
    text = page(world, "/compare?lang=en")
    for theme, region in (
        ("green-development", "london"),
        ("intelligent-transport", "great-lakes"),
    ):
        link = f'open=theme:{theme}&amp;at=reg:{region}&amp;lang=en#open"'
        shown = re.search(re.escape(link) + r"[^>]*><b>(\d+)</b>", text)
        assert shown, link
        rows = graph.query(
            "PREFIX cg: <https://w3id.org/cgkg/def/> SELECT DISTINCT ?i {"
            f" ?i cg:hasTheme <https://w3id.org/cgkg/concept/theme/{theme}> ;"
            f" cg:activeInRegion <https://w3id.org/cgkg/id/region/{region}> }}"
        )
        assert int(shown[1]) == len(list(rows))


def test_a_cell_opens_its_things_with_their_clauses(world: FlaskClient) -> None:
    """In both languages; what is shared may be left out, and what follows leads to its proof."""
    text = page(world, f"/compare?{LAKES}&lang=zh")
    assert "经共有成员得出" in text
    assert 'class="chip' in text.split('id="open"')[1]
    assert 'class="tier shared"' not in page(world, f"/compare?{LAKES}&shared=off&lang=en")
    opened = page(world, "/compare?open=theme:digital-inclusion&at=reg:london&lang=en")
    assert 'class="why-link" href="/fact?s=' in opened.split('id="open"')[1]


def test_figures_keep_their_qualifiers(world: FlaskClient) -> None:
    text = page(world, "/compare?lang=en")
    assert ">more than 34 million</a>" in text
    assert ">about 138,000 km²</a>" in text
    rows = table(world, "/compare?format=csv")
    figure = next(r for r in rows if r["kind"] == "figure" and "34" in r["thing_en"])
    assert (figure["row_en"], figure["column_en"]) == ("population", "Tokyo metropolitan area")
    assert figure["clauses"]


def test_a_selection_is_an_address_and_its_query_finds_the_same(
    world: FlaskClient, graph: Graph
) -> None:
    path = "/compare?row=theme:smart-city&column=reg:london&column=reg:great-lakes"
    text = page(world, f"{path}&lang=en")
    assert text.count('<th scope="col"><a') == 2
    link = next(href for href in re.findall(r'href="(/query\?[^"]+)"', text) if "SELECT" in href)
    query = parse_qs(urlsplit(html.unescape(link)).query)["query"][0]
    found = {(r["column"].value, r["thing"].value, r["kind"].value) for r in graph.query(query)}
    rows = [row for row in table(world, f"{path}&format=csv") if row["kind"] != "figure"]
    shared = {"shared": "shared"}
    assert found == {(r["column"], r["thing"], shared.get(r["kind"], "own")) for r in rows} != set()


def test_what_is_in_two_columns_is_told_with_what_follows(world: FlaskClient) -> None:
    """The places, and that the regions share a member, which leads to its proof."""
    part = page(world, "/compare?lang=en").split('id="shared"')[1]
    for place in ("philadelphia", "washington", "albany", "westchester", "new-york"):
        assert f'href="/id/place/{place}?lang=en"' in part
    assert re.search(r"shares a member with</a> <a [^>]*>New York", part)
    assert "sharesMemberWith" in part


def test_problems_are_compared_where_the_project_says_so(world: FlaskClient) -> None:
    """Who addresses the digital divide: the counts are of those that the graph has."""
    held = cells(world, "/compare?by=cg:addressesProblem&format=csv")
    assert held["digital divide", "New York city cluster", "follows"] == 7
    assert held["digital divide", "Great Lakes city cluster", "shared"] == 3
    assert not any(held["digital divide", "Tokyo metropolitan area", kind] for kind in KINDS)


@pytest.mark.parametrize("path", ["by=cg:hasGoal", "row=no%20iri", "format=doc", "at=reg:london"])
def test_what_cannot_be_compared_is_said(world: FlaskClient, path: str) -> None:
    assert world.get(f"/compare?{path}", headers=BROWSER).status_code == 400


@pytest.mark.parametrize("said", [False, None])
def test_a_project_that_says_nothing_is_compared(tmp_path: Path, said: bool | None) -> None:
    """By what leads to few things from most; the project of `cgkg init`, and another."""
    folder = tmp_path / "project"
    project = create(folder) if said is None else make_ferries(folder, said=False).project
    generation, _ = build(project, tmp_path / "store")
    client = create_app(generation, NOBODY, Settings(base=project.base)).test_client()
    by = "" if said is None else "&by=f:carries"
    text = page(client, f"/compare?lang=en{by}")
    expected = ("Mill Lane School", "Harbour School") if said is None else ("cars", "bicycles")
    assert all(each in text for each in expected)
    if said is False:
        assert f"{BASE}id/ship/heron" in client.get("/compare?format=csv").text
