"""Lists at /browse: which there are, what narrows them down, and what of it a program gets."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ferries import make_ferries
from flask.testing import FlaskClient
from pages import BROWSER, Failing

from cgkg.authoring.starter import create
from cgkg.errors import QueryError
from cgkg.pipeline import build
from cgkg.search.folding import fold
from cgkg.web.app import Settings, create_app

NOBODY = Failing(QueryError("not asked here"))


@pytest.fixture(scope="module", params=["said", "default"])
def ferries(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> FlaskClient:
    """A site of another domain, whose project names its lists, or does not."""
    folder = tmp_path_factory.mktemp("ferries")
    project = make_ferries(folder, said=request.param == "said").project
    generation, _ = build(project, folder / "store")
    settings = Settings(base=project.base)
    return create_app(generation, NOBODY, settings).test_client()


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.text


def table(client: FlaskClient, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.content_type.startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def names(client: FlaskClient, path: str) -> list[str]:
    joint = "&" if "?" in path else "?"
    return [row["name_en"] for row in table(client, f"{path}{joint}format=csv")]


def test_the_index_has_every_list_with_its_count(world: FlaskClient) -> None:
    """In both languages; home and header lead there."""
    text = page(world, "/browse?lang=zh")
    assert '<a href="/browse/def/Initiative?lang=zh" class="strong">项目与举措</a>' in text
    assert re.search(r'/browse/concept/theme\?lang=zh"[^>]*>主题</a> <span class="count">91<', text)
    assert 'href="/browse/def/Initiative"' in page(world, "/")
    assert 'href="/browse"' in page(world, "/id/place/london")


def test_a_list_is_found_without_being_named(ferries: FlaskClient) -> None:
    """Classes that have named things are lists, and so are schemes."""
    text = page(ferries, "/browse?lang=en")
    assert 'href="/browse/def/Ship?lang=en"' in text
    assert names(ferries, "/browse/def/Ship") == ["Heron", "Otter", "Swan"]
    assert names(ferries, "/browse/load") == ["bicycles", "cars", "cattle"]


def test_filters_are_in_the_address_and_count_what_is_left(ferries: FlaskClient) -> None:
    """A value that is chosen is a link that takes it back; both values together are asked for."""
    text = page(ferries, "/browse/def/Ship?f:carries=load:cars&lang=en")
    assert re.search(r'href="/browse/def/Ship\?lang=en" aria-current="true">cars', text)
    assert names(ferries, "/browse/def/Ship?f:carries=load:cars") == ["Otter", "Swan"]
    both = "/browse/def/Ship?f:carries=load:cars&f:runBy=line:red"
    assert names(ferries, both) == ["Swan"]
    assert names(ferries, "/browse/def/Ship?f:carries=none") == []
    assert names(ferries, "/browse/def/Landing?f:usedBy=none") == ["Mill"]
    assert names(ferries, "/browse/def/Ship?has=OTT") == ["Otter"]


def test_values_lead_to_their_page_and_statements_to_their_clause(world: FlaskClient) -> None:
    """One that nobody wrote down leads to its proof; what is not stated is said in words."""
    text = page(world, "/browse/def/Place?cg:isMemberOf=reg:new-york&lang=en")
    row = re.search(r'<tr>\s*<th scope="row"><a href="/id/place/philadelphia.*?</tr>', text, re.S)
    assert row
    assert 'href="/id/region/new-york?lang=en"' in row[0]
    assert re.search(r'class="proof" href="/source/city-clusters/c/\d+-\d+\?lang=en"', row[0])
    assert re.search(r'class="proof" href="/fact\?s=[^"]*philadelphia', row[0])
    assert "not stated" in page(world, "/browse/def/Initiative?cg:datedYear=none&lang=en")


def test_the_places_of_two_regions_are_one_address(world: FlaskClient) -> None:
    path = "/browse/def/Place?cg:isMemberOf=reg:new-york&cg:isMemberOf=reg:great-lakes"
    assert "Philadelphia" in names(world, path)
    assert len(names(world, path)) == 5


@pytest.mark.parametrize("sort", ["name", "document", "cg:datedYear"])
def test_lists_come_in_the_order_that_is_asked_for(world: FlaskClient, sort: str) -> None:
    """By name, by where the document tells of it first, or by a column; the rest comes last."""
    rows = table(world, f"/browse/def/Strategy?sort={sort}&format=csv")
    assert len(rows) == 9
    whole = table(world, f"/browse/def/Initiative?sort={sort}&format=csv")
    keys = [fold(row["name_en"]) for row in whole]
    years = [row["cg:datedYear"] for row in whole if row["cg:datedYear"]]
    if sort == "name":
        assert keys == sorted(keys)
    elif sort == "cg:datedYear":
        assert years == sorted(years)
        assert [row["cg:datedYear"] for row in whole][: len(years)] == years
    else:
        starts = [min(_starts(row["clauses"])) for row in whole if row["clauses"]]
        assert starts == sorted(starts)


def _starts(clauses: str) -> list[int]:
    return [int(name.rsplit("/", 1)[1].split("-")[0]) for name in clauses.split()]


def test_long_lists_are_in_pages_that_have_everything_once(world: FlaskClient) -> None:
    shown = [
        name
        for number in range(1, 5)
        for name in re.findall(
            r'<th scope="row"><a href="(/id/[^"?]+)',
            page(world, f"/browse/def/Initiative?page={number}&lang=en"),
        )
    ]
    assert len(shown) == len(set(shown)) == 163


def test_the_query_of_a_list_finds_what_the_list_has(world: FlaskClient, clusters: Any) -> None:
    """The workbench gets it, and it gives the same things."""
    text = page(world, "/browse/def/Place?cg:isMemberOf=reg:new-york&lang=en")
    link = next(href for href in re.findall(r'href="(/query\?[^"]+)"', text) if "SELECT" in href)
    query = parse_qs(urlsplit(html.unescape(link)).query)["query"][0]
    found = {row["i"].value for row in clusters.open().query(query)}
    path = "/browse/def/Place?cg:isMemberOf=reg:new-york&format=csv"
    assert found == {row["iri"] for row in table(world, path)} != set()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/browse/def/Nothing", 404),
        ("/browse?of=no%20iri", 400),
        ("/browse/def/Ship?f:carries=no%20iri", 400),
        ("/browse/def/Ship?sort=no%20iri", 400),
        ("/browse/def/Ship?format=doc", 400),
        ("/browse/def/Ship?page=0", 400),
    ],
)
def test_what_is_no_list_is_said(ferries: FlaskClient, path: str, status: int) -> None:
    answer = ferries.get(path, headers=BROWSER)
    assert answer.status_code == status


def test_the_project_that_init_makes_has_lists(tmp_path: Path) -> None:
    project = create(tmp_path / "garden")
    generation, _ = build(project, tmp_path / "store")
    client = create_app(generation, NOBODY, Settings(base=project.base)).test_client()
    text = page(client, "/browse?lang=en")
    assert 'href="/browse/def/School?lang=en"' in text
    assert "(ORG)" not in text  # all of it is of the project's own class below it
    assert names(client, "/browse/def/School") == ["Harbour School", "Mill Lane School"]


def test_the_search_has_the_facets_that_the_project_names(world: FlaskClient) -> None:
    """Each narrows the results down, in the page and as JSON."""
    every = json.loads(world.get("/search.json?q=data").text)
    facet = every["facets"][0]
    assert facet["labels"]["en"] == "is active in region"
    london = next(v for v in facet["values"] if (v["iri"] or "").endswith("/london"))
    narrowed = json.loads(world.get("/search.json?q=data&cg:activeInRegion=reg:london").text)
    assert narrowed["total"] == london["count"] < every["total"]
    text = page(world, "/search?q=data&cg:activeInRegion=reg:london&lang=en")
    assert re.search(r'href="/search\?q=data&amp;lang=en" aria-current="true">London', text)
