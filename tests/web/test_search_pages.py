"""The search of the site: its page, its JSON, what browsers are told, and a browser that types."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from pages import BROWSER, Failing
from paths import ROOT
from tale import ALPHA, make_generation
from werkzeug.serving import make_server

from cgkg.bare import build
from cgkg.errors import QueryError
from cgkg.project.folder import Project
from cgkg.search import index
from cgkg.search.finder import Search
from cgkg.store.generations import Generation
from cgkg.web.app import Settings, create_app
from cgkg.web.pages.search import LONGEST, pieces

NOBODY = Failing(QueryError("not asked here"))
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return make_generation(tmp_path_factory.mktemp("generation"))


@pytest.fixture(scope="module")
def client(generation: Generation) -> FlaskClient:
    return create_app(generation, NOBODY, Settings()).test_client()


def page(client: FlaskClient, path: str, **parameters: str) -> str:
    answer = client.get(path, query_string=parameters or None, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.text


def found(client: FlaskClient, **parameters: str) -> dict[str, Any]:
    answer = client.get("/search.json", query_string=parameters)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "path", ["/", "/search", "/search?q=alpha", "/ontology", "/id/region/alpha", "/nowhere"]
)
def test_every_page_has_one_box_and_tells_browsers_of_it(client: FlaskClient, path: str) -> None:
    """The box keeps the language that the reader chose; pages of errors have it, too."""
    text = client.get(path, headers=BROWSER).text
    assert text.count('role="search"') == text.count('name="q"') == 1
    assert '<link rel="search" type="application/opensearchdescription+xml"' in text
    assert 'type="hidden" name="lang"' not in text
    joint = "&" if "?" in path else "?"
    chosen = client.get(f"{path}{joint}lang=zh", headers=BROWSER).text
    assert '<input type="hidden" name="lang" value="zh">' in chosen


def test_a_result_says_why_it_is_one(world: FlaskClient) -> None:
    """Which text has the query, in which language, with the place marked."""
    text = page(world, "/search", q="伦敦连接", lang="en")
    assert "/id/initiative/capital-ambition-london-connection?lang=en" in text
    assert re.search(
        r'Name · 中文</span>\s*<span lang="zh-Hans"><mark>伦敦连接</mark></span>', text
    )
    alike = page(world, "/search", q="Tokio", lang="en")
    assert re.search(r"Spelt alike · Other name · English</span>\s*<span[^>]*><mark>Tokyo", alike)


def test_a_mark_in_the_title_stands_there(world: FlaskClient) -> None:
    """A text that is the title of the result is not said twice."""
    text = page(world, "/search", q="open data", lang="en")
    assert '<a href="/concept/theme/open-data?lang=en"><mark>open data</mark></a>' in text


def test_classes_narrow_the_results(world: FlaskClient) -> None:
    """Each with the number of its results, which are those that its link leads to."""
    text = page(world, "/search", q="London", lang="en")
    facets = re.findall(
        r'<li><a href="([^"]*class=[^"]*)">([^<]+)</a> <span class="count">(\d+)', text
    )
    assert len(facets) > 5
    for address, name, count in facets[:3]:
        narrowed = page(world, address.replace("&amp;", "&"))
        assert f"<b>{count}</b> result" in narrowed
        assert f'aria-current="true">{name}</a>' in narrowed
        assert 'type="hidden" name="class"' in narrowed


def test_json_has_what_the_page_has(world: FlaskClient) -> None:
    """By Accept or by the suffix; the class by its IRI or its prefixed name."""
    whole = found(world, q="London")
    answer = world.get("/search?q=London", headers={"Accept": "application/json"})
    assert json.loads(answer.text) == whole
    assert answer.content_type == "application/json"
    assert "Accept" in answer.headers["Vary"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    first = whole["results"][0]
    assert first["match"]["text"] == "London"
    assert first["match"]["marks"] == [[0, 6]]
    assert (first["match"]["language"], first["match"]["kind"]) == ("en", "name")
    assert first["labels"]["zh"] == "伦敦"
    (body,) = (c for c in whole["classes"] if c["labels"]["en"] == "platform")
    for kind in (body["iri"], "cg:Platform"):
        assert found(world, q="London", **{"class": kind})["total"] == body["count"]


def test_all_results_are_on_one_of_the_pages(world: FlaskClient) -> None:
    """And none on two."""
    total = found(world, q="London")
    iris = [
        each["iri"]
        for number in range(1, total["pages"] + 1)
        for each in found(world, q="London", page=str(number))["results"]
    ]
    assert len(iris) == len(set(iris)) == total["total"] > 20
    assert 'rel="next"' in page(world, "/search", q="London")
    assert world.get("/search?q=London&page=0").status_code == 400


def test_a_query_that_is_too_long_is_refused(client: FlaskClient) -> None:
    """With 400 and the limit, on every address that takes one."""
    for path in ("/search", "/search.html", "/search.json", "/search/suggest"):
        assert client.get(path, query_string={"q": "a" * LONGEST}).status_code == 200
        refused = client.get(path, query_string={"q": "a" * (LONGEST + 1)})
        assert refused.status_code == 400
        assert str(LONGEST) in refused.text


@pytest.mark.parametrize(
    "query",
    ["<script>alert(1)</script>", '"><b>', "' OR 1=1 --", '"', "NEAR(", "a*", "%_", "\x00",
     "{{7*7}}", "%(count)s", "\ufffd", "\u00f7\""],
)  # fmt: skip
def test_hostile_queries_are_words(client: FlaskClient, query: str) -> None:
    """Nothing in a query is markup, SQL, FTS5 or a template; the page shows it as text."""
    for path in ("/search", "/search.json", "/search/suggest"):
        answer = client.get(path, query_string={"q": query}, headers={"Accept": "*/*"})
        assert answer.status_code == 200, answer.text
    text = page(client, "/search", q=query)
    assert "<script>" not in text
    assert "<b>'" not in text
    assert '"><b>"' not in text
    assert "OperationalError" not in text


def test_a_wrong_class_finds_nothing_or_is_refused(client: FlaskClient) -> None:
    """What is no IRI is 404, and one that nothing is of finds nothing."""
    assert client.get("/search?q=alpha&class=a%20b").status_code == 404
    assert found(client, q="alpha", **{"class": "http://example.org/None"})["total"] == 0


def test_markup_in_a_name_is_text(client: FlaskClient) -> None:
    """In results as elsewhere, whether marked or not."""
    text = page(client, "/search", q="script", lang="en")
    assert ALPHA.value.rpartition("/")[2] in text
    assert "&lt;<mark>script</mark>&gt;" in text
    assert "<script>" not in text


def test_an_answer_that_the_reader_holds_is_not_made_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each query, language and format has its own ETag; 304 does not search."""
    tags = set()
    queries = ("/search?q=alpha", "/search?q=beta", "/search?q=alpha&lang=zh",
               "/search.json?q=alpha", "/search/suggest?q=alpha", "/opensearch.xml")  # fmt: skip
    answers = {path: client.get(path, headers=BROWSER) for path in queries}
    monkeypatch.setattr(Search, "find", None)
    for path, answer in answers.items():
        tags.add(answer.headers["ETag"])
        headers = {**BROWSER, "If-None-Match": answer.headers["ETag"]}
        again = client.get(path, headers=headers)
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Cache-Control"] == answer.headers["Cache-Control"]
    assert len(tags) == len(queries)


def test_without_the_full_text_index_all_else_works(
    generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search says what is missing, with 503; it is not worth trying again."""
    monkeypatch.setattr(index, "_SCHEMA", index._SCHEMA.replace("USING fts5", "USING fts0"))
    client = create_app(generation, NOBODY, Settings()).test_client()
    answer = client.get("/search?q=alpha", headers=BROWSER)
    assert answer.status_code == 503
    assert "FTS5" in answer.text
    assert "Retry-After" not in answer.headers
    assert page(client, "/id/region/alpha")


def test_until_the_index_is_made_the_search_asks_for_patience(generation: Generation) -> None:
    """Other pages are not kept waiting; with 503 comes when to try again."""

    class Waiting(Search):
        def _make(self) -> None:
            done.wait()
            super()._make()

    done = threading.Event()
    search = Waiting(generation.open(), wait=0.01).begin()
    client = create_app(generation, NOBODY, Settings(search=search)).test_client()
    assert page(client, "/id/region/alpha")
    answer = client.get("/search?q=alpha", headers=BROWSER)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert int(answer.headers["Retry-After"]) > 0
    done.set()
    search._wait = 60
    assert found(client, q="beta")["total"] > 0


def test_a_bare_folder_is_searched_too(tmp_path: Path) -> None:
    """Its texts in any language, and the ends of addresses where there are none."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.ttl").write_text(
        "@prefix : <http://example.org/> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        ':elbe a :River ; rdfs:label "Łaba"@pl , "Elbe"@de . :weser a :River .\n',
        encoding="utf-8",
    )
    generation = build(Project.at(folder), tmp_path / "store")
    client = create_app(generation, NOBODY, Settings(base="")).test_client()
    (hit,) = found(client, q="łabą")["results"]
    assert (hit["iri"], hit["match"]["language"]) == ("http://example.org/elbe", "pl")
    (other,) = found(client, q="weser")["results"]
    assert other["match"]["kind"] == "address"
    text = page(client, "/search", q="elbe", lang="en")
    assert "/resource?iri=http%3A%2F%2Fexample.org%2Felbe" in text
    assert "Name · Deutsch" in text


# Browsers


def test_suggestions_are_those_of_opensearch(world: FlaskClient) -> None:
    """The query, then names, what each is and addresses, eight at most."""
    answer = world.get("/search/suggest", query_string={"q": "lond", "lang": "en"})
    assert answer.content_type == "application/x-suggestions+json"
    query, names, told, addresses = json.loads(answer.text)
    assert (query, names[0], told[0]) == ("lond", "London", "伦敦 · city")
    assert len(names) == len(told) == len(addresses) == 8
    assert addresses[0] == "http://localhost/id/place/london?lang=en"
    assert json.loads(world.get("/search/suggest").text) == ["", [], [], []]


def test_the_description_names_addresses_that_answer(world: FlaskClient) -> None:
    """OpenSearch 1.1: a short name, a description, a template for each kind of answer."""
    answer = world.get("/opensearch.xml?lang=en")
    assert answer.mimetype == "application/opensearchdescription+xml"
    told = ElementTree.fromstring(answer.text)
    assert 0 < len(told.findtext(f"{OPENSEARCH}ShortName") or "") <= 16
    urls = {url.get("type"): url.get("template") or "" for url in told.iter(f"{OPENSEARCH}Url")}
    assert len(urls) == 3
    for kind, template in urls.items():
        assert template.startswith("http://localhost/search")
        answer = world.get(template.removeprefix("http://localhost").replace("{searchTerms}", "x"))
        assert (answer.status_code, answer.mimetype) == (200, kind)


def test_a_long_text_is_cut_around_its_mark() -> None:
    """So that the mark is seen; what is left out is shown as dots."""
    cut = pieces("a" * 500 + "X" + "b" * 500, ((500, 501),))
    assert [(piece[0], marked) for piece, marked in cut] == [
        ("…", False), ("a", False), ("X", True), ("b", False), ("…", False),
    ]  # fmt: skip
    assert pieces("short", ()) == [("short", False)]
    assert pieces("aXbXa", ((1, 2), (3, 4)))[1::2] == [("X", True), ("X", True)]


@pytest.fixture(scope="module")
def address(world: FlaskClient) -> Iterator[str]:
    """The city clusters being served, with the scripts as they are now."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import workbench as tool
    finally:
        sys.path.pop(0)
    try:
        tool.build(ROOT)
    except tool.WorkbenchError as error:
        pytest.skip(str(error))
    server = make_server("127.0.0.1", 0, world.application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def tab(address: str, browser: Any) -> Iterator[Any]:
    """A page of a browser, which must not complain of anything."""
    complaints: list[str] = []
    page = browser.new_page(base_url=address)
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert complaints == []


def test_the_keyboard_alone_finds_a_page(tab: Any) -> None:
    """A slash leads to the box, arrows to a suggestion and back, Escape closes, Enter opens."""
    tab.goto("/?lang=en")
    tab.keyboard.press("/")
    tab.keyboard.type("lond")
    box, options = tab.locator("#q"), tab.locator("[role=option]")
    options.first.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    assert options.count() == 8
    tab.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    tab.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    tab.keyboard.press("Escape")
    assert not options.first.is_visible()
    assert box.input_value() == "lond"
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    assert options.first.get_attribute("aria-selected") == "true"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/id/place/london?lang=en")


def test_enter_without_a_suggestion_searches(tab: Any) -> None:
    """What is typed is the query, in the language of the page."""
    tab.goto("/search?lang=zh")
    tab.locator("#q").fill("伦敦连接")
    tab.locator("[role=option]").first.wait_for()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search?q=*lang=zh")
    assert tab.locator(".results mark").first.inner_text() == "伦敦连接"


@pytest.mark.parametrize("path", ["/", "/search?q=data", "/id/place/tokyo"])
def test_the_box_fits_on_the_smallest_screen(tab: Any, path: str) -> None:
    """At 320 pixels no page is wider than the window (WCAG 2.2, 1.4.10)."""
    tab.set_viewport_size({"width": 320, "height": 640})
    tab.goto(path)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_clause_is_called_by_its_gist_in_the_language_of_the_page(world: FlaskClient) -> None:
    """Where it is stands beside it."""
    for language, word in (("en", "London"), ("zh", "伦敦")):
        text = page(world, "/search", **{"q": word, "lang": language, "class": "cg:TextSpan"})
        titles = re.findall(r'<h3><a href="[^"]*/c/(\d+)-(\d+)[^"]*"[^>]*>(.*?)</h3>', text, re.S)
        assert titles
        for start, end, title in titles:
            name, _, place = title.partition("</a>")
            assert f"{start}–{end}" in place
            assert f"{start}–{end}" not in name
        assert any(f"<mark>{word}</mark>" in title for _, _, title in titles)
