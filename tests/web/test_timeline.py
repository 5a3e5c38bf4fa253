"""The timeline at /timeline: what is dated, in order and as it is said, and what is not."""

from __future__ import annotations

import csv
import html
import io
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from ferries import make_ferries
from flask.testing import FlaskClient
from pages import BROWSER, Failing

from cgkg.authoring.starter import create
from cgkg.bare import build as build_bare
from cgkg.errors import QueryError
from cgkg.pipeline import build
from cgkg.project.folder import Project
from cgkg.rdf.terms import IRI, Literal
from cgkg.store.graph import Graph
from cgkg.web.app import Settings, create_app
from cgkg.web.pages import timeline
from cgkg.web.pages.timeline import Scale, moment_text
from cgkg.web.parts.dated import Moment, read_moment
from cgkg.web.parts.dating import derived

NOBODY = Failing(QueryError("not asked here"))
LONDON = "/timeline?lane=reg:london&from=2001&to=2012"


@pytest.fixture(scope="module", params=["said", "default"])
def ferries(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> FlaskClient:
    """A site of another domain, whose project says what dates things, or does not."""
    folder = tmp_path_factory.mktemp("ferries")
    project = make_ferries(folder, said=request.param == "said").project
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


def test_dates_and_periods_are_as_precise_as_they_are_said(ferries: FlaskClient) -> None:
    """A day, a period from a year to a month, and a ferry without either."""
    rows = table(ferries, "/timeline?format=csv")
    assert {r["thing_en"]: (r["start"], r["end"]) for r in rows} == {
        "Heron": ("1998-05-04", "1998-05-04"),
        "Otter": ("2001", "2010-06"),
        "Swan": ("", ""),
    }
    assert all(r["clauses"] and r["lane"] for r in rows)
    text = page(ferries, "/timeline?lang=en")
    assert "<b>May 4, 1998</b>" in text
    assert "<b>2001 to June 2010</b>" in text
    assert "Swan" in text.split('id="undated"')[1]


def test_a_long_one_comes_in_pages(ferries: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has some of what is dated and of what is not; the counts are of all, and CSV has all."""
    monkeypatch.setattr(timeline, "_COUNT", 1)
    first, second = (page(ferries, f"/timeline?lang=en&page={number}") for number in (1, 2))
    drawn = [text.split('id="undated"')[0] for text in (first, second)]
    assert [each.count('class="time-row"') for each in drawn] == [1, 1]
    assert drawn[0].split('class="time-row"')[1] != drawn[1].split('class="time-row"')[1]
    assert ["Swan" in text.split('id="undated"')[1] for text in (first, second)] == [True, False]
    assert "2 have a date" in second
    assert "page 2 of 2" in second
    assert len(table(ferries, "/timeline?format=csv")) == 3
    assert "<b>1998年5月4日</b>" in page(ferries, "/timeline?lang=zh")


def test_what_london_planned_is_in_order_and_the_undated_apart(world: FlaskClient) -> None:
    rows = table(world, f"{LONDON}&format=csv")
    dated = [(r["thing_en"], r["start"], r["target"]) for r in rows if r["start"]]
    assert dated[:3] == [
        ("E-London: Overview of London's Opportunities and Challenges", "2001", "false"),
        ("London Connects", "2001", "false"),
        ("London Connects", "2005", "true"),
    ]
    assert dated[-1] == ("Birmingham Smart City Vision Statement", "2012-11", "false")
    assert [start for _, start, target in dated if target == "false"] == sorted(
        start for _, start, target in dated if target == "false"
    )
    assert {r["lane_en"] for r in rows} == {"London city cluster"}
    drawn = re.findall(r'<text x="[^"]+" y="14">(\d+)</text>', page(world, f"{LONDON}&lang=en"))
    assert drawn == [str(year) for year in range(2001, 2013)]
    text = page(world, f"{LONDON}&lang=zh")
    assert "<b>2012年11月</b>" in text
    assert "/id/initiative/eastserve" in text.split('id="undated"')[1]


def test_years_and_classes_narrow_it_down(world: FlaskClient) -> None:
    """A period counts if a part of it is between the years."""
    names = {
        r["thing_en"] for r in table(world, "/timeline?from=2004&to=2005&format=csv") if r["start"]
    }
    assert "Digital Seoul (2002-2006)" in names
    assert "E-London: Overview of London's Opportunities and Challenges" not in names
    text = page(world, "/timeline?class=cg:Law&lang=en")
    assert "Nothing here has a date." in text
    assert "Open Data Act" in text


def test_each_date_leads_to_its_clause_and_each_thing_to_its_page(world: FlaskClient) -> None:
    text = page(world, f"{LONDON}&lang=en")
    row = re.search(r'<li class="time-row"><div class="time-name"><a href="/id/initiative/london-'
                    r'connects\?.*?</div>\s*</li>', text, re.S)  # fmt: skip
    assert row
    assert re.search(r'class="proof" href="/source/city-clusters/c/\d+-\d+', row[0])
    assert 'href="/id/goal/london-all-services-online' in row[0]
    assert "§1.3.1" in row[0]
    assert 'class="towards"' in row[0]


def test_the_query_finds_what_is_dated(world: FlaskClient, graph: Graph) -> None:
    text = page(world, "/timeline?lang=en")
    link = next(href for href in re.findall(r'href="(/query\?[^"]+)"', text) if "SELECT" in href)
    query = parse_qs(urlsplit(html.unescape(link)).query)["query"][0]
    found = {row["item"].value for row in graph.query(query)}
    rows = table(world, "/timeline?format=csv")
    assert found == {row["thing"] for row in rows if row["start"] or row["end"]} != set()


@pytest.mark.parametrize("path", ["from=then", "to=1e9", "lane=no%20iri", "format=doc"])
def test_what_is_no_year_is_said(world: FlaskClient, path: str) -> None:
    assert world.get(f"/timeline?{path}", headers=BROWSER).status_code == 400


def test_the_project_that_init_makes_has_a_timeline(tmp_path: Path) -> None:
    """By the year with which every project can say when something begins."""
    project = create(tmp_path / "garden")
    generation, _ = build(project, tmp_path / "store")
    client = create_app(generation, NOBODY, Settings(base=project.base)).test_client()
    rows = table(client, "/timeline?format=csv")
    assert ("Quay Garden", "2019") in {(row["thing_en"], row["start"]) for row in rows}


def test_times_of_owl_time_are_those_of_the_thing_that_has_them(tmp_path: Path) -> None:
    """Of any folder of RDF: an interval without a name, with instants at its ends."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "fair.ttl").write_text(
        """@prefix time: <http://www.w3.org/2006/time#> . @prefix e: <http://example.org/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        e:fair rdfs:label "Fair"@en ; time:hasTime e:days .
        e:days time:hasBeginning e:one ; time:hasEnd e:two .
        e:one time:inXSDDate "2020-05-01"^^xsd:date .
        e:two time:inXSDDate "2020-05-03"^^xsd:date .
        """,
        "utf-8",
    )
    generation = build_bare(Project.at(tmp_path / "data"), tmp_path / "store")
    client = create_app(generation, NOBODY, Settings(base="")).test_client()
    rows = table(client, "/timeline?format=csv")
    assert [(r["thing_en"], r["start"], r["end"]) for r in rows] == [
        ("Fair", "2020-05-01", "2020-05-03")
    ]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1998-05-04", Moment(1998, 5, 4)),
        ("1998-05-04T10:00:00Z", Moment(1998, 5, 4)),
        ("1998Z", Moment(1998)),
        ("-0044-03", Moment(-44, 3)),
        ("2012", Moment(2012)),
        ("12", Moment(12)),
        ("2012-13", Moment(2012)),
        ("long ago", None),
    ],
)
def test_a_date_is_read_as_far_as_it_goes(text: str, moment: Moment | None) -> None:
    assert read_moment(Literal(text)) == moment


def test_a_month_may_stand_beside_the_year() -> None:
    assert read_moment(Literal("2012"), Literal("11")) == Moment(2012, 11)
    assert read_moment(Literal("2012-05"), Literal("11")) == Moment(2012, 5)
    assert read_moment(Literal("2012"), Literal("soon")) == Moment(2012)
    assert moment_text(Moment(-44, 3), "en") == "-44-03"


def test_beginnings_and_ends_are_known_by_their_names() -> None:
    """As schema.org, OWL-Time and this project's core name them; the rest are points."""
    names = (
        "s/startDate",
        "s/endDate",
        "s/foundingDate",
        "t/hasBeginning",
        "t/hasEnd",
        "d/dueDate",
    )
    found = derived(IRI(f"http://x/{name}") for name in names)
    pairs = {(d.start.value[9:], d.end.value[9:]) for d in found if d.start and d.end}
    assert pairs == {
        ("s/startDate", "s/endDate"), ("s/foundingDate", "s/foundingDate"),
        ("t/hasBeginning", "t/hasEnd"), ("d/dueDate", "d/dueDate"),
    }  # fmt: skip
    assert [d.target for d in found if d.start and "due" in d.start.value] == [True]


def test_the_scale_names_few_years_at_any_length() -> None:
    for first, last in ((2001, 2001), (2001, 2012), (1900, 2020), (-3000, 2020)):
        scale = Scale(first, last)
        assert 1 <= len(scale.ticks) <= 12
        assert scale.at(Moment(first, 1, 1), within=0.0) == "0.00%"
        assert scale.at(Moment(last, 12), within=1.0) == "100.00%"
