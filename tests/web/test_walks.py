"""Questions that a reader answers in a browser, without scripts and in three pages at most."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from browsing import follow
from pages import Failing
from werkzeug.serving import make_server

from cgkg.errors import QueryError
from cgkg.serving.explainer import GenerationExplainer
from cgkg.store.generations import Generation
from cgkg.web.app import Settings, create_app

MOST_PAGES = 3
WORDS = {
    "en": {"problems": "problems", "timeline": "Timeline", "narrow": "Narrow down",
           "divide": "digital divide", "themes": "themes", "heading": "No date stated",
           "sentences": "Read"},
    "zh": {"problems": "问题", "timeline": "时间线", "narrow": "缩小范围",
           "divide": "数字鸿沟", "themes": "主题", "heading": "未载日期", "sentences": "通读"},
}  # fmt: skip


@pytest.fixture(scope="module")
def address(clusters: Generation) -> Iterator[str]:
    """Where the site of the city clusters is served."""
    settings = Settings(explain=GenerationExplainer(clusters))
    site = create_app(clusters, Failing(QueryError("not asked here")), settings)
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture(params=["en", pytest.param("zh", marks=pytest.mark.long)])
def language(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def phone(address: str, browser: Any) -> Any:
    """A page of a phone without scripts."""
    context = browser.new_context(
        base_url=address, java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    return context.new_page()


@pytest.fixture
def tab(phone: Any, language: str) -> Iterator[Any]:
    """The phone at the front page; it loads three pages at most."""
    loaded: list[str] = []

    def note(request: Any) -> None:
        loaded.extend([request.url] if request.resource_type == "document" else [])

    phone.on("request", note)
    phone.goto(f"/?lang={language}")
    yield phone
    phone.remove_listener("request", note)
    assert 1 < len(loaded) <= MOST_PAGES, loaded


def test_who_addresses_the_digital_divide_and_where_it_is_said(tab: Any, language: str) -> None:
    """Clusters, their programmes, and the clause of each, in place."""
    words = WORDS[language]
    follow(tab.get_by_role("link", name=words["problems"], exact=True))
    row = tab.locator(".matrix tr", has=tab.get_by_role("link", name=words["divide"], exact=True))
    counts = [each.strip() for each in row.locator(".cell b").all_inner_texts()]
    assert counts == ["7", "8", "0", "2"]
    follow(row.locator("a.whole"))
    opened = tab.locator("#open")
    assert opened.locator("h2").count() == 5
    assert opened.locator('a[href^="/id/initiative/eastserve"]:not(.chip)').count() == 1
    opened.locator("button.chip").first.click()
    assert tab.locator('.slip:popover-open a[href^="/source/city-clusters/c/"]').is_visible()


def test_what_london_planned_and_what_is_undated(tab: Any, language: str) -> None:
    """In order, between two years, with what has no date apart."""
    words = WORDS[language]
    follow(tab.get_by_role("link", name=words["timeline"], exact=True))
    tab.locator("#lane").select_option("reg:london")
    tab.locator("#from").fill("2001")
    tab.locator("#to").fill("2012")
    follow(tab.get_by_role("button", name=words["narrow"]))
    links = tab.locator(".time-name > a")
    found = [link.get_attribute("href").rpartition("/")[2] for link in links.all()]
    assert [name.partition("?")[0] for name in found] == [
        "e-london-report", "london-connects", "digital-birmingham", "capital-ambition",
        "london-connects-future", "connected-liverpool", "birmingham-vision-statement",
    ]  # fmt: skip
    undated = tab.locator("#undated")
    assert words["heading"] in undated.locator("h2").inner_text()
    assert undated.locator('a[href^="/id/initiative/eastserve"]:not(.chip)').is_visible()


def test_which_places_are_in_two_clusters_and_what_follows(tab: Any, language: str) -> None:
    """The places by name; that the clusters share a member, and the proof of it."""
    follow(tab.get_by_role("link", name=WORDS[language]["themes"], exact=True).last)
    part = tab.locator("#shared")
    places = part.locator('tbody th a[href^="/id/place/"]')
    assert places.count() == 7
    follow(part.locator('a:not(.proof)[href^="/fact?"]').first)
    assert "/fact?" in tab.url
    assert tab.locator(".reasons").is_visible()


def test_from_a_statement_to_its_line_and_back(phone: Any, language: str) -> None:
    """The clause in its place, marked, with what it states, which leads to the thing again."""
    page = phone
    page.goto(f"/id/initiative/eastserve?lang={language}")
    page.locator("button.chip[popovertarget]").first.click()
    follow(page.locator('.slip:popover-open a.in-place[href*="#c"]'))
    assert "/read/city-clusters?s=" in page.url
    line = page.locator(".clauses > li:target")
    assert line.bounding_box()["y"] < 844
    assert line.locator(".gist").inner_text()
    line.locator("summary").click()
    follow(line.locator(f'a.s[href="/id/initiative/eastserve?lang={language}"]'))
    assert "/id/initiative/eastserve" in page.url


def test_the_outline_of_a_document_opens_on_a_phone(tab: Any, language: str) -> None:
    """Folded until it is asked for; a section leads to its sentences."""
    words = WORDS[language]
    follow(tab.get_by_role("link", name=words["sentences"], exact=True))
    follow(tab.locator('.documents a[href^="/read/city-clusters"]').first)
    outline = tab.locator("#outline")
    assert not outline.is_visible()
    tab.locator(".outline-open button").click()
    assert outline.is_visible()
    assert outline.locator('a[href*="sec=1.3.1"]').is_visible()
    assert tab.locator("#s1 .cover").is_visible()


@pytest.fixture(scope="module")
def window(address: str, browser: Any) -> Any:
    """A page with scripts."""
    return browser.new_page(base_url=address)


@pytest.mark.parametrize(
    "path",
    ["/browse", "/browse/def/Initiative", "/compare?open=theme:smart-city", "/timeline",
     "/read", "/read/city-clusters?sec=1.3.1"],
)  # fmt: skip
def test_no_page_is_wider_than_the_window(window: Any, path: str) -> None:
    """Nor on a narrow phone; and each says what it is about."""
    page = window
    page.goto(path)
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.locator(".crumbs").is_visible()
    assert page.locator('meta[name="description"]').get_attribute("content")
    assert page.locator("h1").count() == 1
