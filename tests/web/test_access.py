"""What every page owes every reader: WCAG 2.2 AA, a place in the site, paper, narrow windows."""

from __future__ import annotations

import gzip
import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from axe import PAGES, violations
from limits import wait_until
from pages import BROWSER
from paths import ROOT
from werkzeug.serving import make_server

from cgkg.languages import known, tag
from cgkg.project.folder import Project
from cgkg.store.generations import Generation
from cgkg.web.app import Settings, create_app
from cgkg.workers.threads import QueryPool

# Nobody's first view: the editor alone is 142 kB, and is fetched where somebody writes queries.
EDITORS = {"workbench"}
FIRST_VIEW = 100_000
# How much of what is in view may move while a page loads, as browsers measure it (Web Vitals calls
# 0.1 good). A busy machine paints a page in parts, of which some may move by a hundredth of a line;
# a page that jumps by ten pixels has more.
STILL = 0.01
# The kinds with most parts of their own; the others are tried with the long tests.
QUICK = {"overview", "comparison", "region", "reading"}
SHIFTS = """window.moved = 0; new PerformanceObserver(list => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.moved += each.value;
}).observe({ type: 'layout-shift', buffered: true })"""


@pytest.fixture(scope="module")
def address(clusters: Generation) -> Iterator[str]:
    """The city clusters being served."""
    files = (clusters.dataset_file, clusters.asserted_file)
    with QueryPool.start(*files, workers=1) as pool:
        settings = Settings(version="1", examples=Project.at(ROOT).example_queries)
        server = make_server("127.0.0.1", 0, create_app(clusters, pool, settings), threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        at = f"http://127.0.0.1:{server.port}"
        assert wait_until(lambda: searchable(at))
        yield at
        server.shutdown()
        thread.join()


def searchable(address: str) -> bool:
    """Whether the index of the search is made."""
    try:
        with urllib.request.urlopen(f"{address}/search?q=london"):
            return True
    except urllib.error.HTTPError:
        return False


@pytest.fixture(scope="module")
def browser(browser: Any) -> Any:
    """The browser, with axe at hand."""
    pytest.importorskip("axe_playwright_python", reason="needs axe (the test extra)")
    return browser


def opened(browser: Any, address: str, path: str, width: int = 390, scheme: str = "light") -> Any:
    """The page in a window of its own."""
    page = browser.new_page(
        base_url=address, viewport={"width": width, "height": 844}, color_scheme=scheme
    )
    page.goto(path)
    if path.startswith("/data"):  # it comes again when its files are made
        page.get_by_text("SHA256SUMS").first.wait_for()
    if path.startswith("/query"):
        page.locator("#workbench[data-names]").wait_for()
    return page


def open_folds(page: Any) -> None:
    """Show all that is folded."""
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")


def in_language(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize(
    "kind",
    [kind if kind in QUICK else pytest.param(kind, marks=pytest.mark.long) for kind in PAGES],
)
def test_pages_are_for_everybody(browser: Any, address: str, kind: str) -> None:
    """axe-core finds nothing on a phone, 320 px are enough, nothing moves while a page comes, and a
    first visit is light and takes all from this server."""
    page = browser.new_page(base_url=address, viewport={"width": 390, "height": 844})
    page.add_init_script(SHIFTS)
    fetched: list[Any] = []
    page.on("response", lambda response: fetched.append(response))
    page.goto(in_language(PAGES[kind], "en"), wait_until="networkidle")
    assert page.evaluate("window.moved") < STILL
    assert all(each.url.startswith(address) for each in fetched)
    if kind not in EDITORS:
        assert sum(len(gzip.compress(each.body())) for each in fetched) < FIRST_VIEW
    open_folds(page)
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.close()


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", known())
@pytest.mark.parametrize("kind", PAGES)
def test_pages_are_for_everybody_in_every_way(
    browser: Any, address: str, kind: str, language: str, width: int, scheme: str
) -> None:
    """The same in every language, width and scheme, with folds closed and open."""
    page = opened(browser, address, in_language(PAGES[kind], language), width, scheme)
    assert violations(page) == []
    open_folds(page)
    assert violations(page) == []
    page.close()


@pytest.mark.long
def test_answers_of_the_workbench_are_for_everybody(browser: Any, address: str) -> None:
    """As table, chart and evidence, beside an error, and while names are completed."""
    page = opened(browser, address, "/query?lang=en")
    page.evaluate(
        "q => document.querySelector('.CodeMirror').CodeMirror.setValue(q)",
        "SELECT ?a (1 AS ?n) { ?a a ?b } LIMIT 8",
    )
    page.click("#run")
    for name in ("table", "chart", "evidence", "raw"):
        page.click(f"#tab-{name}")
        page.locator(f"#tab-{name}[aria-selected=true]").wait_for()
        page.locator("#panel > div > *").first.wait_for()
        assert violations(page) == []
    page.locator(".CodeMirror textarea").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("SELECT * { ?x a urban reg")
    page.locator(".CodeMirror-hint").first.wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.click("#run")
    page.locator("#problem").wait_for()
    assert violations(page) == []
    page.close()


@pytest.mark.parametrize("kinds", [QUICK, pytest.param({*PAGES}, marks=pytest.mark.long)])
def test_each_page_says_where_it_is(browser: Any, address: str, kinds: set[str]) -> None:
    """Title, description, its address in every language and in the reader's own, the way to it."""
    titles = set()
    page = browser.new_page()
    for kind in kinds:
        page.goto(address + in_language(PAGES[kind], "zh"))
        titles.add(page.title())
        if kind == "missing":
            assert page.locator('meta[name="robots"]').get_attribute("content") == "noindex"
            continue
        links = page.locator("link[hreflang]").evaluate_all(
            "all => all.map(e => [e.hreflang, e.href])"
        )
        held = dict(links)
        assert set(held) == {*map(tag, known()), "x-default"}, kind
        assert "lang=" not in held["x-default"]
        assert all(href.startswith(address) for href in held.values())
        assert page.locator('meta[name="description"]').get_attribute("content"), kind
        here = page.locator(".crumbs [aria-current=page]").count()
        assert here == (kind != "overview"), kind
        assert page.locator('link[rel="canonical"]').count() == 1
    page.close()
    assert len(titles) >= len(kinds) - 2


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/browse", "Browse"),
        ("/query", "Query"),
        *(
            pytest.param(path, name, marks=pytest.mark.long)
            for path, name in {
                "/compare": "Compare",
                "/timeline": "Timeline",
                "/ontology": "Terms",
                "/data": "Data",
            }.items()
        ),
    ],
)
def test_the_current_page_is_marked(browser: Any, address: str, path: str, name: str) -> None:
    """Once in the site's links; and the way to it is told to people and to search engines."""
    page = opened(browser, address, in_language(path, "en"), width=1280)
    marked = page.locator(".bar nav > [aria-current=page]")
    assert marked.all_inner_texts() == [name]
    crumbs = page.locator(".crumbs li").all_inner_texts()
    held = json.loads(
        next(
            text
            for text in page.locator('script[type="application/ld+json"]').all_text_contents()
            if "BreadcrumbList" in text
        )
    )
    assert [each["name"] for each in held["itemListElement"]] == crumbs
    assert held["itemListElement"][0]["item"] == f"{address}/?lang=en"
    page.close()


def test_the_keyboard_comes_past_the_head_of_a_page(browser: Any, address: str) -> None:
    """The first stop of a page leads to its content, and where one is can be seen."""
    page = opened(browser, address, "/browse?lang=en")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = "main :focus"
    assert page.locator(focused).count() == 1
    style = page.locator(focused).evaluate("e => getComputedStyle(e).outlineStyle")
    assert style == "solid"
    page.close()


def test_paper_has_the_content_alone(browser: Any, address: str) -> None:
    """Black on white also for who reads in the dark, without boxes to type in."""
    page = opened(browser, address, "/id/region/london?lang=en", scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".bar, form, .permalink").evaluate_all(
        "all => all.every(e => !e.checkVisibility())"
    )
    colours = page.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    page.close()


def test_the_graph_is_cited_in_one_way(clusters: Generation) -> None:
    """By the digest of its data, on every page that says how; the name given leads to it."""
    from pages import Failing

    from cgkg.errors import QueryError

    client = create_app(clusters, Failing(QueryError("not asked")), Settings()).test_client()
    said = [
        re.sub(
            r"<[^>]+>", "", re.findall(r'<p class="cite">(.*?)</p>', page, re.DOTALL)[-1]
        ).strip()
        for page in (
            client.get(path, headers=BROWSER).text for path in ("/?lang=en", "/data?lang=en")
        )
    ]
    assert said[0] == said[1]
    version = str(clusters.manifest["dataset_sha256"])[:16]
    assert f"version {version}" in said[0]
    named = said[0].split()[-1]
    assert named.endswith(f"/dataset/{version}")
    assert client.get(f"/dataset/{version}").status_code == 303
    thing = client.get("/id/region/london?lang=en", headers=BROWSER).text
    assert f"version {version}, cgkg" in thing
