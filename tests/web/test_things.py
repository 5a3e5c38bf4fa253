"""Pages of things and proofs as readers walk them: statements in groups, clauses in place."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from browsing import follow
from flask.testing import FlaskClient
from limits import AMPLE
from pages import BROWSER, Failing
from projects import BASE, Small
from werkzeug.serving import make_server

from cgkg.errors import QueryError
from cgkg.pipeline import build
from cgkg.search.finder import Search
from cgkg.serving.explainer import GenerationExplainer
from cgkg.store.generations import Generation
from cgkg.web.app import Settings, create_app

NOBODY = Failing(QueryError("not asked here"))


def site(generation: Generation) -> Any:
    explain = GenerationExplainer(generation)
    search = Search(generation.open(), wait=AMPLE)
    return create_app(
        generation,
        NOBODY,
        Settings(base=generation.base, explain=explain, explain_all=explain.all, search=search),
    )


@pytest.fixture(scope="module")
def app(clusters: Generation) -> Any:
    return site(clusters)


@pytest.fixture(scope="module")
def client(app: Any) -> FlaskClient:
    return app.test_client()  # type: ignore[no-any-return]


def page(client: FlaskClient, path: str, language: str = "en") -> str:
    answer = client.get(f"{path}?lang={language}", headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.text


def section(text: str, key: str) -> str:
    return text[text.index(f'<section id="{key}"') :].partition("</section>")[0]


def plain(text: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", text).split())


# What a page shows


def test_statements_stand_in_the_groups_of_the_project(client: FlaskClient) -> None:
    """In its order and words, said before what follows; the contents lead to each."""
    text = page(client, "/id/body/capital-region-committee")
    keys = re.findall(r'<section id="([a-z]+)"', text)
    assert keys == ["short", "sits", "governs", "does"]
    assert set(keys) < set(re.findall(r'<li><a href="#([a-z]+)"', text))
    sits = plain(section(text, "sits"))
    assert sits.startswith("Who sits on it")
    assert sits.index("The document says") < sits.index("seats 7")
    assert sits.index("seats 7") < sits.index("Follows from it") < sits.index("Mayor of Incheon")
    assert "由谁组成" in page(client, "/id/body/capital-region-committee", "zh")


def test_what_is_said_the_other_way_round_is_said(client: FlaskClient) -> None:
    """A statement that a clause makes with the inverse property counts as said, with its clause;
    one that says less than another is left out, and both are counted."""
    text = page(client, "/id/region/london")
    does = section(text, "does")
    said, _, follows = does.partition('class="band follows"')
    assert "London Connects<" in said
    assert "London Connects<" not in follows
    programme = page(client, "/id/initiative/london-connects")
    assert "issued" in plain(section(programme, "does"))
    assert ">2001<" in programme.replace('<span class="literal">', ">").replace("</span>", "<")
    assert plain(section(programme, "does")).count("2001") == 1
    assert "other way round or less exactly" in programme


def test_each_clause_is_on_a_page_once(client: FlaskClient) -> None:
    """Chips open the slips; there are no ids twice, and no chip opens nothing."""
    for path in ("/id/region/london", "/id/recommendation/3", "/concept/theme/smart-city"):
        text = page(client, path)
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        slips = re.findall(r'id="(clause-[0-9]+)" popover', text)
        assert set(re.findall(r'popovertarget="([^"]+)"', text)) == set(slips)


def test_london_is_shorter_than_it_was(client: FlaskClient) -> None:
    """It had 533 links and 188 badges before statements were grouped and folded."""
    text = page(client, "/id/region/london")
    assert text.count("<a ") < 400
    assert text.count('class="badge') < 100


def test_what_is_for_machines_is_folded(client: FlaskClient) -> None:
    """The address, formats and every type; the head has those that say most."""
    text = page(client, "/id/body/capital-region-committee")
    head = text.partition('<header class="head">')[2].partition("</header>")[0]
    body, _, fold = text.partition(head)[2].partition('id="machines"')
    assert "cross-tier body" in head
    assert "public body" not in head
    for each in ("public body", "/id/body/capital-region-committee.ttl", "<code>https://w3id.org"):
        assert each in fold
        assert each not in body


def test_another_project_has_pages_without_saying_how(small: Small) -> None:
    """Statements in their two directions, gists as what it is in short; its own words once it has
    some."""
    generation, report = build(small.project, small.folder / "store")
    assert report.conforms
    text = page(site(generation).test_client(), "/id/river/elbe")
    assert "What is said of it" in text
    dresden = page(site(generation).test_client(), "/id/place/dresden")
    assert "The document says" in dresden  # with the inverse property
    assert "lies on" in plain(dresden).partition("Follows from it")[0]
    small.write(
        "data/pages/groups.csv",
        f"group,property,en\ncourse,,Its course\ncourse,{BASE}def/flowsThrough,cities\n",
    )
    small.write("data/pages/in-short.csv", f"thing,clause,en\n{BASE}id/river/elbe,,Long & wide.\n")
    generation, report = build(small.project, small.folder / "store")
    assert report.conforms
    text = page(site(generation).test_client(), "/id/river/elbe")
    assert plain(section(text, "course")).startswith("Its course")
    assert "cities" in section(text, "course")
    assert "Long &amp; wide." in section(text, "short")
    assert "What else is said of it" in text


# Two questions, in a browser


@pytest.fixture(scope="module")
def address(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def context(browser: Any) -> Any:
    """A profile without scripts, whose pages have fonts and styles from its cache."""
    return browser.new_context(java_script_enabled=False)


class Walk:
    """A reader without scripts; counts the pages that are loaded."""

    def __init__(self, context: Any, address: str, language: str) -> None:
        self._address, self._language = address, language
        self.tab = context.new_page()
        self.complaints: list[str] = []
        self.tab.on("console", lambda m: self.complaints.append(m.text))
        self.loads = 0
        self.tab.on("domcontentloaded", lambda _: setattr(self, "loads", self.loads + 1))

    def search(self, words: str) -> None:
        self.tab.goto(f"{self._address}/search?q={words}&lang={self._language}")

    def shown(self, selector: str) -> str:
        found: str = self.tab.locator(selector).inner_text()
        return found


WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "committee": "Capital Region Management", "cross-tier": "cross-tier body",
        "sits": ("Mayor of Seoul", "Prime Minister of South Korea", "Governor of Gyeonggi"),
        "because": "Mayor of Seoul is a local office", "says": "The prime minister chairs",
        "smart": "Take smart city building", "precedent": "New York",
        "grounds": "rests on", "follows": "Follows from it",
    },
    "zh": {
        "committee": "首都地区管理委员会", "cross-tier": "跨层级机构",
        "sits": ("首尔特别市市长", "韩国国务总理", "京畿道知事"),
        "because": "首尔特别市市长是地方职位", "says": "委员会的委员长是国务总理",
        "smart": "以智慧城市建设为抓手", "precedent": "纽约",
        "grounds": "为依据", "follows": "由此得出",
    },
}  # fmt: skip


@pytest.mark.parametrize("language", WORDS)
def test_who_sits_on_the_committee_and_why_it_is_cross_tier(
    context: Any, address: str, language: str
) -> None:
    """Found by name; its page has the members, and the proof of its kind is one step away."""
    words, walk = WORDS[language], Walk(context, address, language)
    walk.search(words["committee"])
    follow(walk.tab.locator(".results h3 a").first)
    sits = walk.shown("#sits")
    assert all(member in sits for member in words["sits"])
    types = walk.tab.locator(".types")
    assert words["cross-tier"] in types.inner_text()
    follow(types.locator("a.badge").first)
    assert words["cross-tier"] in walk.shown("h1")
    assert words["because"] in " ".join(walk.shown(".reasons").split())
    slips = []
    for chip in walk.tab.locator(".plainly .chip").all():
        chip.click()
        slips.append(walk.tab.locator("[popover]:popover-open").inner_text())
    assert any(words["says"] in slip for slip in slips)
    assert not walk.tab.locator(".fold .step").first.is_visible()
    assert walk.loads == 3
    assert walk.complaints == []


@pytest.mark.parametrize("language", WORDS)
def test_on_what_evidence_the_recommendation_on_smart_cities_rests(
    context: Any, address: str, language: str
) -> None:
    """Found by its words; its page says what it rests on and that this follows, and how is proved
    with the clauses."""
    words, walk = WORDS[language], Walk(context, address, language)
    walk.search(words["smart"])
    follow(walk.tab.locator(".results h3 a").first)
    grounds = walk.shown("#grounds")
    assert words["follows"] in grounds
    assert words["precedent"] in grounds
    follow(walk.tab.locator("#grounds .band.follows a.badge").first)
    assert words["grounds"] in walk.shown("h1")
    chips = walk.tab.locator(".plainly .chip")
    assert chips.count() >= 1
    chips.first.click()
    assert walk.tab.locator("[popover]:popover-open").is_visible()
    assert walk.loads == 3
    assert walk.complaints == []


@pytest.mark.parametrize("width", [1280, 390])
def test_contents_are_beside_the_page_or_folded(browser: Any, address: str, width: int) -> None:
    """Open where there is room, a fold on a phone, and nothing is wider than the screen."""
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.goto(f"{address}/id/region/london?lang=en")
    entry = tab.locator(".rail li a").first
    assert entry.is_visible() == (width > 900)
    if width < 900:
        tab.locator(".rail summary").click()
        assert entry.is_visible()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.close()
