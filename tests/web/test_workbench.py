"""The query workbench: the page, the names it completes, its build, and a browser using it."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import wait_until
from pages import BROWSER, Failing
from paths import ROOT
from projects import BUNDLED
from tale import make_generation
from werkzeug.serving import make_server

from cgkg.errors import PoolBusyError, QueryError, QueryLimitError, QueryRefusedError
from cgkg.formats import Format
from cgkg.http.problems import describe_error, write_problem
from cgkg.messages import M_
from cgkg.project.folder import Project
from cgkg.rdf.terms import IRI, DefaultGraph, GraphName, Literal, Quad
from cgkg.rdf.vocab import CG, OWL, RDF, RDFS, SKOS
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.store.reader import LocalReader
from cgkg.web.app import Settings, create_app
from cgkg.web.pages.completion import Term, Terms
from cgkg.workers.threads import QueryPool

CG_PREFIX = "PREFIX cg: <https://w3id.org/cgkg/def/>\n"
MEMBERS = CG_PREFIX + "CONSTRUCT WHERE { ?cluster cg:hasMember ?member }"
POPULATION = (
    CG_PREFIX + "PREFIX ind: <https://w3id.org/cgkg/concept/indicator/>\n"
    "SELECT ?place ?value WHERE {\n"
    "  ?v cg:aboutPlace ?place ; cg:hasIndicator ind:population ; cg:numericValue ?value\n}"
)


def load_tool() -> ModuleType:
    """tools/workbench.py as a module."""
    spec = importlib.util.spec_from_file_location("workbench_tool", ROOT / "tools/workbench.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


TOOL = load_tool()


# The page and its names


@pytest.fixture(scope="module")
def small_generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return make_generation(tmp_path_factory.mktemp("generation"))


@pytest.fixture
def client(small_generation: Generation) -> FlaskClient:
    return app_of(small_generation).test_client()


def app_of(generation: Generation) -> Flask:
    return create_app(generation, Failing(QueryError("not asked here")), Settings())


def test_the_page_takes_everything_from_this_server(client: FlaskClient) -> None:
    """Its policy allows scripts, styles and requests from here only, and nothing inline."""
    page = client.get("/query", headers=BROWSER)
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    loaded = re.sub(r'<link rel="(?:canonical|alternate)"[^>]*>', "", page.text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', loaded)
    assert "onclick" not in page.text


def test_the_page_says_which_formats_there_are(client: FlaskClient) -> None:
    """The scripts have no list of their own: formats by kind of answer come with the page."""
    found = re.search(r'id="setup">(.*?)</script>', client.get("/query").text)
    assert found
    formats = json.loads(found[1])["formats"]
    assert [each["key"] for each in formats] == [form.key for form in Format]
    for each, form in zip(formats, Format, strict=True):
        assert (each["label"], each["suffix"], each["type"], tuple(each["answers"])) == (
            form.label, form.suffix, form.media_type, form.answers,
        )  # fmt: skip


def test_without_scripts_the_page_leads_to_the_plain_form(client: FlaskClient) -> None:
    """A browser without JavaScript is sent on, and takes its query along."""
    page = client.get("/query?query=ASK%20%7B%7D", headers=BROWSER).text
    assert re.search(r'<noscript>.*href="/sparql\?query=ASK\+%7B%7D"', page)
    assert re.search(r'id="workbench"[^>]* hidden', page)
    assert 'href="/query"' in client.get("/", headers=BROWSER).text


def test_an_installation_without_the_editor_says_so(
    small_generation: Generation, tmp_path: Path
) -> None:
    """Where the scripts were not built the page says how to get them, in both languages."""
    app = app_of(small_generation)
    app.static_folder = str(tmp_path)
    page = app.test_client().get("/query?lang=en", headers=BROWSER).text
    assert "python tools/workbench.py" in page
    assert "was not built" in page
    assert page.count("<script") == page.count('<script type="application/ld+json"')
    assert "未包含编辑器" in app.test_client().get("/query?lang=zh", headers=BROWSER).text


def test_names_are_made_once_per_generation(client: FlaskClient) -> None:
    """The list has a strong ETag, and who has it already is not sent it again."""
    first = client.get("/query/terms.json")
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    assert first.json is not None
    assert first.json["complete"]
    again = client.get("/query/terms.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/query/terms.json").data == first.data


def test_names_can_be_searched_on_the_server(client: FlaskClient) -> None:
    """`q` gives the terms with a word that begins so; nothing for nothing."""

    def found(text: str) -> list[str]:
        answer = client.get("/query/terms.json", query_string={"q": text}).json
        assert answer is not None
        return [term["iri"] for term in answer["terms"]]

    everything = client.get("/query/terms.json").json
    assert everything is not None
    term = next(each for each in everything["terms"] if each["labels"])
    label = next(iter(term["labels"].values()))
    assert term["iri"] in found(label[:4])
    assert found("no such name") == found(" ") == []


def labelled(iri: str, kind: IRI, *labels: Literal) -> list[Quad]:
    subject = IRI(f"https://example.org/{iri}")
    names = [Quad(subject, SKOS.prefLabel, label) for label in labels]
    return [Quad(subject, RDF.type, kind), *names]


def large_graph() -> Graph:
    """Thirty lakes, one class and one property, with labels in two languages."""
    quads = labelled(
        "Lake", OWL.Class, Literal("lake", language="en"), Literal("湖", language="zh")
    )
    quads += labelled("flows", OWL.ObjectProperty, Literal("flows into lake", language="en"))
    for n in range(30):
        name = Literal(f"Great Lake {n:02}", language="en")
        quads += labelled(f"lake-{n:02}", CG.Place, name, Literal(f"大湖{n}", language="zh"))
    quads.append(Quad(IRI("https://example.org/lake-07"), SKOS.altLabel, Literal("Gichigami")))
    quads.append(Quad(IRI("https://example.org/nameless"), RDF.type, CG.Place))
    quads.append(Quad(IRI("https://example.org/old"), RDFS.label, Literal("old lake")))
    return Graph.of(quads)


def test_a_small_graph_sends_all_its_names() -> None:
    """Classes go before properties before entities; an entity without a label has no name."""
    terms = Terms.of(LocalReader(large_graph()))
    assert terms.complete
    kinds = [t.kind for t in terms.whole]
    assert kinds == sorted(kinds, key=["class", "property", "entity"].index)
    assert kinds.count("entity") == 31
    lake = next(t for t in terms.whole if t.iri == "https://example.org/Lake")
    assert lake.labels == (("en", "lake"), ("zh", "湖"))
    assert not [t for t in terms.whole if "nameless" in t.iri]


@pytest.mark.parametrize("name", [DefaultGraph(), IRI("https://example.org/graph")])
def test_bare_data_completes_what_it_uses(name: GraphName) -> None:
    """Classes and properties nobody declared are found by local name, also in named graphs."""
    thing = IRI("https://example.org/thing")
    used = [
        Quad(thing, RDF.type, IRI("https://example.org/Pump"), name),
        Quad(thing, IRI("https://example.org/feedsInto"), thing, name),
    ]
    terms = Terms.of(LocalReader(Graph.of(used)))
    assert [(t.kind, t.iri) for t in terms.starting("pum")] == [
        ("class", "https://example.org/Pump")
    ]
    assert [t.kind for t in terms.starting("feeds")] == ["property"]
    assert terms.starting("thing") == ()


def test_a_large_graph_sends_its_schema_and_searches_the_rest() -> None:
    """Above the bound only classes and properties are sent; a search finds any word of a name."""
    terms = Terms.of(LocalReader(large_graph()), largest=20)
    assert not terms.complete
    assert {t.kind for t in terms.whole} == {"class", "property"}
    assert len(terms.starting("great", 5)) == 5
    assert [t.iri[-2:] for t in terms.starting("lake 07")] == ["07"]
    assert [t.iri[-2:] for t in terms.starting("GICHI")] == ["07"]
    assert {t.iri[-2:] for t in terms.starting("大湖2")} >= {"02", "20", "29"}
    assert [t.kind for t in terms.starting("lake")][:2] == ["class", "property"]
    assert terms.starting("reat") == ()
    small = Terms.of(LocalReader(large_graph()))
    for text in ("great", "gichi", "lake", "湖", "reat"):
        assert set(terms.starting(text)) == set(small.starting(text)), text


# How it is built


def test_the_lock_file_names_versions_and_digests_only() -> None:
    """No package has a download address, all but the bundler's other platforms a digest."""
    lock = json.loads((ROOT / TOOL.SOURCES / "package-lock.json").read_text("utf-8"))
    packages = {name: about for name, about in lock["packages"].items() if name}
    assert len(packages) > 10
    assert all("resolved" not in about for about in packages.values())
    assert all(about["integrity"].startswith("sha512-") for about in packages.values())


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the build reads, in a folder of its own, built as far as the stamp says."""
    shutil.copytree(ROOT / TOOL.SOURCES, tmp_path / TOOL.SOURCES)
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "workbench.py", tmp_path / "tools")
    (tmp_path / TOOL.BUILT).mkdir(parents=True)
    (tmp_path / TOOL.BUILT / "stamp").write_text(TOOL.digest(tmp_path), "utf-8")
    return tmp_path


def test_nothing_is_built_while_nothing_changed(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a fresh stamp neither Node.js nor a network is asked for; a change makes it stale."""
    monkeypatch.setenv("PATH", "")
    assert TOOL.build(checkout) is False
    hook = TOOL.WorkbenchHook(str(checkout), {}, None, None, str(checkout), "wheel")
    assert hook.dependencies() == [TOOL.BABEL]
    with (checkout / TOOL.SOURCES / "dom.js").open("a") as handle:
        handle.write("// changed\n")
    assert not TOOL.is_fresh(checkout)


def test_without_node_it_is_among_the_build_requirements(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without Node.js gets it as a wheel, or a sentence where there is none either."""
    pytest.importorskip("hatchling", reason="needs hatchling (the test extra)")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(TOOL.importlib.util, "find_spec", lambda name: None)
    (checkout / TOOL.BUILT / "stamp").unlink()
    hook = TOOL.WorkbenchHook(str(checkout), {}, None, None, str(checkout), "wheel")
    assert hook.dependencies() == [TOOL.BABEL, TOOL.NODE_WHEEL]
    with pytest.raises(TOOL.WorkbenchError, match=r"Node\.js 18 or later"):
        TOOL.build(checkout)


def test_an_unreachable_registry_is_said_so(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A wheel is refused with the reason and a way on; an editable install goes on without it."""
    pytest.importorskip("hatchling", reason="needs hatchling (the test extra)")
    if not shutil.which("npm"):
        pytest.skip("needs npm")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(checkout / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    (checkout / TOOL.BUILT / "stamp").unlink()
    hook = TOOL.WorkbenchHook(str(checkout), {}, None, None, str(checkout), "wheel")
    with pytest.raises(TOOL.WorkbenchError, match="is there a network"):
        hook.initialize("standard", {"artifacts": []})

    def refused(root: Path) -> None:
        raise TOOL.WorkbenchError(TOOL.OFFLINE)

    monkeypatch.setattr(TOOL, "build", refused)
    data: dict[str, list[str]] = {"artifacts": []}
    hook.initialize("editable", data)
    assert "was not built" in capfd.readouterr().err
    assert f"/{TOOL.BUILT.as_posix()}/" in data["artifacts"]


SCORES = """
const setup = { textContent: '{"language": "en", "words": {}}' };
globalThis.document = { documentElement: { lang: "en" }, getElementById: () => setup };
const { Names } = await import(process.argv[1]);
const names = new Names({ prefixes: {}, base: "", terms: "" });
const score = (text) => names.score({ texts: [text], kind: "entity" }, "gla", "entity");
const texts = JSON.parse(process.argv[2]);
console.log(JSON.stringify(texts.map((text) => Math.trunc(score(text) ?? -1))));
"""


def test_a_later_word_of_a_name_begins_after_any_mark() -> None:
    """Also after a full-width bracket or a quote mark, as the server's search has it."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    texts = ["gla", "gla city", "a gla", "a (gla)", "a\uff08gla\uff09", "\u201cgla\u201d", "agla"]
    script = (ROOT / "src" / "cgkg" / "web" / "browser" / "terms.js").as_uri()
    done = subprocess.run(
        [node, "--input-type=module", "--eval", SCORES, script, json.dumps(texts)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [0, 1, 2, 2, 2, 2, -1]
    shown = Term("x:x", "entity", (("zh", "a\uff08gla\uff09"),))
    assert "gla\uff09" in shown.beginnings()


# A browser


@pytest.fixture(scope="module")
def assets() -> None:
    """The built scripts; made now if the sources changed and npm can be reached."""
    try:
        TOOL.build(ROOT)
    except TOOL.WorkbenchError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def address(assets: None, clusters: Generation) -> Iterator[str]:
    """The city clusters being served."""
    files = (clusters.dataset_file, clusters.asserted_file)
    with QueryPool.start(*files, workers=1) as pool:
        settings = Settings(version="1", examples=Project.at(ROOT).example_queries)
        server = make_server("127.0.0.1", 0, create_app(clusters, pool, settings), threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()


@dataclass
class Desk:
    """A page of the workbench, with all it asked for and complained about."""

    page: Any
    address: str
    requests: list[Any] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "/query?lang=en") -> Desk:
        self.page.goto(self.address + path)
        self.page.locator("#workbench[data-names]").wait_for()
        return self

    def type(self, text: str) -> None:
        """Press the keys of this text in an empty editor."""
        self.page.locator(".CodeMirror textarea").focus()
        for key in ("Escape", "Control+A", "Delete"):
            self.page.locator(".CodeMirror textarea").focus()
            self.page.keyboard.press(key)
        self.page.keyboard.type(text)

    @property
    def query(self) -> str:
        return str(
            self.page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()")
        )

    def ask(self, query: str, *, settled: str = "#answer[aria-busy=false]:visible") -> None:
        """Put the query into the editor, run it and wait for what comes of it."""
        set_value = "q => document.querySelector('.CodeMirror').CodeMirror.setValue(q)"
        self.page.evaluate(set_value, query)
        with self.page.expect_response("**/sparql"):
            self.page.click("#run")
        self.page.locator(settled).wait_for()

    def had_refused(self, status: str) -> None:
        """The console told of refused queries, and of nothing else."""
        assert self.complaints
        assert all(status in each for each in self.complaints)
        self.complaints.clear()

    def rows(self) -> Any:
        return self.page.locator("#panel tbody tr")


@pytest.fixture(scope="module")
def page(browser: Any) -> Any:
    """One page for all: scripts come from its cache, queries are not kept in its profile."""
    made = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    made.add_init_script("if (location.protocol === 'http:') localStorage.clear()")
    return made.new_page()


@pytest.fixture
def desk(page: Any, address: str) -> Iterator[Desk]:
    """The page as new; at the end nothing has left the server and nothing was complained about."""
    page.goto(f"{address}/robots.txt")
    page.evaluate("sessionStorage.clear()")
    page.set_viewport_size({"width": 1280, "height": 720})
    made = Desk(page, address)
    listeners = {
        "request": lambda request: made.requests.append(request),
        "pageerror": lambda error: made.complaints.append(str(error)),
        "console": lambda said: (
            made.complaints.append(said.text) if said.type in ("error", "warning") else None
        ),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    yield made
    page.unroute_all()
    page.goto("about:blank")
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    assert {f"http://{urlsplit(each.url).netloc}" for each in made.requests} <= {address}
    assert not made.complaints


COMPLETIONS = (
    ("SELECT * { ?x a urban reg", "urban region", "cg:UrbanRegion"),
    ("SELECT * { ?x shares a mem", "shares a member with", "cg:sharesMemberWith"),
    ("SELECT * { ?x ?p 伦敦城", "伦敦城市群", "reg:london"),
    ("SELECT * { reg:lond", "London city cluster", "reg:london"),
)


def test_names_are_completed_in_both_languages(desk: Desk) -> None:
    """A class, a property and an entity, by English label, by Chinese label, by prefixed name."""
    desk.open()
    for written, label, chosen in COMPLETIONS:
        desk.type(written)
        hint = desk.page.locator(".CodeMirror-hint", has_text=label).first
        hint.wait_for()
        assert chosen in hint.inner_text()
        hint.click()
        assert desk.query.endswith(f" {chosen}")
        prefix = chosen.partition(":")[0]
        assert f"PREFIX {prefix}: <{BUNDLED[prefix]}>" in desk.query


def test_nothing_leaves_the_server_while_typing(desk: Desk) -> None:
    """Not where the editor's own completers would ask public sites at each key."""
    desk.open()
    before = len(desk.requests)
    desk.type("SELECT * { ?x a Per")
    desk.page.keyboard.press("Control+Space")
    desk.type("SELECT * { ?x dcterms:tit")
    desk.page.keyboard.press("Control+Space")
    desk.page.wait_for_function("document.querySelector('.CodeMirror').CodeMirror.getValue()"
                                ".includes('PREFIX dcterms:')")  # fmt: skip
    assert "PREFIX dcterms: <http://purl.org/dc/terms/>" in desk.query
    # A browser asks for the icon of a page whenever it likes.
    asked = {each.url for each in desk.requests[before:]}
    assert asked <= {f"{desk.address}/static/favicon.svg"}


def test_a_saved_question_is_found_and_answered(desk: Desk) -> None:
    """Search by a word of its title, one click, and a table whose names lead to their pages."""
    desk.open().page.fill("#find", "global top seven")
    visible = desk.page.locator("#saved li:visible button")
    assert 0 < visible.count() < 5
    visible.filter(has_text="named as Global Top Seven").click()
    desk.rows().first.wait_for()
    link = desk.rows().first.locator("a").first
    href = link.get_attribute("href")
    assert href.startswith("/id/place/")
    assert desk.page.request.get(desk.address + href).ok
    assert re.match(r"\d+ rows · ", desk.page.inner_text("#status"))
    desk.page.fill("#find", "no such question")
    assert desk.page.locator("#none-found").is_visible()


def test_time_rows_and_generation_are_those_of_the_answer(desk: Desk) -> None:
    """They are told by headers; without them the page says what it does not know."""
    said = {"X-Cgkg-Generation": "g42", "Server-Timing": "queue;dur=1, query;dur=7.6"}
    desk.open()
    headers = {**said, "X-Cgkg-Rows": "1", "Content-Type": "application/sparql-results+json"}
    answer = {"head": {"vars": ["x"]}, "results": {"bindings": [{}]}}
    desk.page.route("**/sparql", lambda route: route.fulfill(headers=headers, json=answer))
    desk.ask("SELECT ?x {}")
    assert "1 row · 8 ms in the server · " in desk.page.inner_text("#status")
    assert desk.page.inner_text("#status").endswith(" · generation g42")
    headers.pop("X-Cgkg-Generation")
    desk.ask("SELECT ?x {}")
    assert "does not say of which generation" in desk.page.inner_text("#status")


def test_an_empty_answer_says_which_terms_the_graph_lacks(desk: Desk) -> None:
    """A line each, with names as queries write them; gone with the next answer."""
    desk.open().ask(CG_PREFIX + 'SELECT * { ?x cg:hasMembr ?y ; cg:numericValue "a" }')
    lines = desk.page.locator("#unmatched li")
    property_, value = lines.all_inner_texts()
    assert property_ == "The graph has no property cg:hasMembr. Did you mean cg:hasMember?"
    assert value.startswith('No value of cg:numericValue has the type or language of "a"')
    assert "^^xsd:decimal" in value
    desk.ask("ASK { ?s ?p ?o }")
    assert lines.count() == 0


WRONG = "SELECT * WHERE {\n  ?s ?p ?o .\n  FILTR(?x)\n}"


def test_an_error_is_underlined_where_it_is(desk: Desk) -> None:
    """Its words stand below the editor; no list of completions is over it."""
    desk.open()
    desk.type("SELECT * { ?x a urban reg")
    desk.page.locator(".CodeMirror-hint").first.wait_for()
    desk.ask(WRONG, settled="#problem:visible")
    assert desk.page.inner_text("#problem-place") == "Line 3, column 3"
    assert desk.page.inner_text("#problem-title") == "This is not SPARQL 1.1"
    assert desk.page.locator(".wb-error").all_inner_texts() == ["FILTR"]
    assert desk.page.locator(".CodeMirror-hints").count() == 0
    desk.page.keyboard.type(" ")
    assert desk.page.locator(".wb-error, .wb-error-line").count() == 0
    desk.had_refused("400")


def test_an_error_is_said_in_the_language_of_the_page(desk: Desk) -> None:
    """All of it: what is wrong, where, and what to do; also in the mark beside the line."""
    desk.open("/query?lang=zh").ask(WRONG, settled="#problem:visible")
    said = desk.page.inner_text("#problem").splitlines()
    assert [line for line in said if line] == [
        "不符合 SPARQL 1.1", "第 3 行，第 3 列", "此处不应有 FILTR",
        "此处应为：三元组，OPTIONAL、FILTER 之类的模式，或 }",
    ]  # fmt: skip
    assert "SPARQL" in desk.page.get_attribute(".parseErrorIcon", "aria-label")
    assert "This" not in desk.page.get_attribute(".parseErrorIcon", "aria-label")
    desk.had_refused("400")


def test_an_astral_character_before_an_error_counts_once(desk: Desk) -> None:
    """The endpoint counts characters, the editor UTF-16 units."""
    desk.open().ask('SELECT * { ?s ?p "\U0001f600" ; wrong:x 1 }', settled="#problem:visible")
    assert "".join(desk.page.locator(".wb-error").all_inner_texts()) == "wrong:x"
    desk.had_refused("400")


PROBLEMS = (
    (QueryLimitError(M_("query stopped after {seconds} s", seconds="5"), limit="time"),
     "查询超时，已停止", "查询在 5 秒后停止"),
    (QueryRefusedError(M_("updates are refused: this endpoint only answers queries")),
     "本端点不回答这类请求", "不接受更新：本端点只回答查询"),
    (PoolBusyError(M_("{count} queries are waiting already", count=3)),
     "服务器繁忙", "已有 3 个查询在等候"),
    (QueryError("said by the engine"), "无法回答这个查询", "said by the engine"),
)  # fmt: skip


def refusing(error: QueryError) -> Callable[[Any], None]:
    """What answers a request as the endpoint does when it has this error."""
    problem = describe_error(error)
    kind, body = write_problem(problem)
    return lambda route: route.fulfill(status=problem.status, content_type=kind, body=body)


def test_each_kind_of_error_is_called_by_its_name(desk: Desk) -> None:
    """A timeout is called one; what has no translation is marked as English."""
    desk.open("/query?lang=zh")
    for error, title, detail in PROBLEMS:
        desk.page.route("**/sparql", refusing(error))
        desk.page.click("#run")
        desk.page.locator("#problem-title", has_text=title).wait_for()
        assert desk.page.inner_text("#problem-detail") == detail
        lang = desk.page.get_attribute("#problem-detail", "lang")
        assert lang == ("en" if detail.isascii() else "zh-Hans")
    desk.page.route("**/sparql", lambda route: route.abort())
    desk.page.click("#run")
    desk.page.locator("#problem-detail", has_text="无法连接服务器").wait_for()
    desk.complaints.clear()


def test_what_is_written_is_there_after_a_reload(desk: Desk) -> None:
    """Also where it was never run; what was run is answered again."""
    desk.open()
    desk.type("SELECT * { ?never ?was ?run")
    desk.page.uncheck("#reasoning")
    desk.page.reload()
    desk.page.locator("#workbench[data-names]").wait_for()
    assert desk.query == "SELECT * { ?never ?was ?run"
    assert not desk.page.is_checked("#reasoning")
    assert desk.page.locator("#answer, #problem").evaluate_all("all => all.every(e => e.hidden)")
    desk.ask("SELECT (7 AS ?n) {}")
    desk.page.reload()
    desk.rows().first.wait_for()
    assert desk.query == "SELECT (7 AS ?n) {}"


def test_the_share_link_follows_the_query(desk: Desk) -> None:
    """The one on show, and the address of the page."""
    desk.open().ask("ASK {}")
    desk.page.click("#share")
    desk.type("SELECT (2 AS ?n) {}")
    assert "SELECT+%282" in desk.page.input_value("#share-link")
    assert wait_until(lambda: "SELECT+%282" in desk.page.evaluate("location.hash"))
    assert desk.page.inner_text("#share-said") == ""


def test_the_answer_is_in_view_on_a_phone(desk: Desk) -> None:
    """After Run its beginning stands in the window, and so does an error's."""
    desk.page.set_viewport_size({"width": 390, "height": 844})
    desk.open()
    in_view = """id => { const { top } = document.getElementById(id).getBoundingClientRect();
        return top >= -1 && top < innerHeight * 0.67 }"""
    desk.ask(POPULATION)
    desk.rows().first.wait_for()
    assert wait_until(lambda: desk.page.evaluate(in_view, "status"))
    desk.page.evaluate("scrollTo(0, 0)")
    desk.ask(WRONG, settled="#problem:visible")
    assert wait_until(lambda: desk.page.evaluate(in_view, "problem"))
    desk.had_refused("400")


def test_names_are_not_repeated(desk: Desk) -> None:
    """A column of names that links show is left out; those in another language are links."""
    labels = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n" + CG_PREFIX
    labels += "SELECT ?cluster ?name ?other { ?cluster cg:hasMember ?m ; skos:prefLabel ?name,"
    labels += " ?other FILTER(LANG(?name) = 'en' && LANG(?other) = 'zh') } LIMIT 5"
    desk.open().ask(labels)
    heads = [each.strip() for each in desk.page.locator("#panel thead th").all_inner_texts()]
    assert heads == ["cluster", "other"]
    assert "?name" in desk.page.inner_text("#panel .quiet")
    hrefs = desk.rows().first.locator("a").evaluate_all("all => all.map(a => a.href)")
    assert len(hrefs) == 2
    assert len(set(hrefs)) == 1


DOWNLOADS = {
    POPULATION: ["JSON", "XML", "CSV", "TSV", "CSV for spreadsheets"],
    MEMBERS: ["Turtle", "N-Triples", "RDF/XML", "JSON-LD", "TriG", "N-Quads"],
}


def test_answers_can_be_had_in_every_format(desk: Desk) -> None:
    """Each link gives the answer in the format it names."""
    desk.open()
    for query, names in DOWNLOADS.items():
        desk.ask(query)
        desk.page.locator("#downloads a", has_text=names[0]).wait_for()
        links = desk.page.locator("#downloads a")
        assert links.all_inner_texts() == names
        hrefs = links.evaluate_all("all => all.map(a => a.getAttribute('href'))")
        answers = [desk.page.request.get(desk.address + href) for href in hrefs]
        assert all(answer.ok and answer.body() for answer in answers)
        # CSV is there twice, once with a byte order mark.
        kinds = {(answer.headers["content-type"], answer.body()[:3]) for answer in answers}
        assert len(kinds) == len(names)


def test_a_share_link_brings_query_and_view_back(desk: Desk) -> None:
    """It holds the query behind its #, so no server sees it, and opens with the answer."""
    desk.open().ask(MEMBERS)
    desk.page.click("#tab-graph")
    desk.page.uncheck("#reasoning")
    desk.page.locator("#status", has_text="asserted facts only").wait_for()
    desk.page.click("#share")
    link = desk.page.input_value("#share-link")
    assert link.startswith(f"{desk.address}/query?lang=en#query=")
    desk.page.locator("#share-said", has_text="copied").wait_for()
    assert desk.page.evaluate("navigator.clipboard.readText()") == link
    desk.page.goto("about:blank")
    desk.requests.clear()
    desk.page.goto(link)
    desk.page.locator("#tab-graph[aria-selected=true]").wait_for()
    assert desk.query == MEMBERS
    asked = next(each for each in desk.requests if each.url.endswith("/sparql"))
    assert parse_qs(asked.post_data) == {"query": [MEMBERS], "reasoning": ["off"]}


def ink(page: Any, selector: str) -> int:
    """How many points of the canvases are not blank."""
    count = """canvases => canvases.reduce((sum, c) => sum + c.getContext('2d')
        .getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 === 3 && v).length, 0)"""
    return int(page.locator(selector).evaluate_all(count))


def test_triples_are_drawn_as_a_network(desk: Desk) -> None:
    """Only where there are connections, and what draws it is fetched when it is looked at."""
    desk.open().ask(MEMBERS)
    assert not [each for each in desk.requests if "/picture-" in each.url]
    desk.page.click("#tab-graph")
    desk.page.locator(".wb-picture canvas").first.wait_for()
    assert wait_until(lambda: ink(desk.page, ".wb-picture canvas") > 1000)
    assert [each for each in desk.requests if "/picture-" in each.url]
    assert re.search(
        r"Network of \d\d things", desk.page.get_attribute(".wb-picture", "aria-label")
    )
    desk.ask("SELECT (1 AS ?one) {}")
    assert desk.page.locator("#tab-graph").is_hidden()


def test_numbers_are_drawn_as_a_chart(desk: Desk) -> None:
    """Answers with a column of numbers have a chart, of the columns the reader chooses."""
    desk.open().ask(POPULATION)
    desk.page.click("#tab-chart")
    desk.page.locator(".wb-chart canvas").wait_for()
    assert wait_until(lambda: ink(desk.page, ".wb-chart canvas") > 1000)
    desk.page.select_option(".controls select >> nth=0", "line")
    assert "?" not in desk.page.get_attribute(".wb-chart canvas", "aria-label")


def test_evidence_stands_with_each_row(desk: Desk) -> None:
    """The endpoint is asked with evidence=true; triples and clauses lead to their pages."""
    base = "https://w3id.org/cgkg/"
    clause = f"{base}source/city-clusters/c/10-20"

    def uri(name: str) -> dict[str, str]:
        return {"type": "uri", "value": base + name}

    triple = {
        "subject": uri("id/region/tokyo"), "predicate": uri("def/hasMember"),
        "object": uri("id/place/saitama"),
    }  # fmt: skip
    span = {
        "iri": clause, "document": f"{base}source/city-clusters", "start": 10, "end": 20,
        "section": "1.2", "gist": {"en": "Saitama belongs to it", "zh": "埼玉在内"},
    }  # fmt: skip
    fact = "/fact?" + urlencode({name[0]: term["value"] for name, term in triple.items()})
    said = {**span, "iri": f"{base}source/city-clusters/c/30-40", "start": 30, "end": 40}
    rests = {"spans": [said], "graphs": [f"{base}graph/background"]}
    evidence = [
        [
            {**triple, "inferred": False, "spans": [span], "graphs": [clause], "fact": fact},
            {**triple, "inferred": True, "spans": [], "graphs": [], "restsOn": rests},
        ],
        [],
    ]
    bindings = [{"x": uri("id/place/saitama")}, {"x": {"type": "literal", "value": "<b>bold</b>"}}]
    answer = {"head": {"vars": ["x"]}, "results": {"bindings": bindings}}
    asked = []

    def stub(route: Any) -> None:
        asked.append(parse_qs(route.request.post_data))
        more = {"evidence": evidence} if "evidence" in asked[-1] else {}
        kind = "application/sparql-results+json"
        route.fulfill(json={**answer, **more}, headers={"Content-Type": kind})

    desk.open().page.route("**/sparql", stub)
    desk.ask("SELECT ?x {}")
    desk.page.click("#tab-evidence")
    desk.page.locator(".wb-evidence li").first.wait_for()
    assert [sorted(each) for each in asked] == [["query"], ["evidence", "query"]]
    first, second = desk.page.locator(".wb-evidence li").all()
    assert "Saitama belongs to it" in first.inner_text()
    assert "characters 10–20" in first.inner_text()
    hrefs = first.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert "/source/city-clusters/c/10-20?lang=en" in hrefs
    assert f"{fact}&lang=en" in hrefs
    assert desk.page.request.get(desk.address + fact).ok
    assert first.locator(".badge").all_inner_texts() == ["asserted", "inferred"]
    first.get_by_text("What it rests on").click()
    grounds = first.locator("details")
    assert "characters 30–40" in grounds.inner_text()
    assert grounds.locator('a[href="/graph/background?lang=en"]').is_visible()
    assert "<b>bold</b>" in second.inner_text()
    assert "No triple" in second.inner_text()


def test_the_endpoint_gives_the_evidence(desk: Desk) -> None:
    """Nothing stubbed: rows, triples with clauses, and the reason where there is no evidence."""
    desk.open().ask(CG_PREFIX + "SELECT ?a ?b { ?a cg:sharesMemberWith ?b }")
    desk.page.click("#tab-evidence")
    desk.page.locator(".wb-evidence .badge", has_text="inferred").first.wait_for()
    link = desk.page.locator(".wb-evidence a.badge").first.get_attribute("href")
    assert desk.page.request.get(desk.address + link).ok
    desk.ask(CG_PREFIX + "SELECT (COUNT(?a) AS ?n) { ?a cg:sharesMemberWith ?b }")
    desk.page.locator("#panel [role=alert], .wb-evidence").first.wait_for()


def test_it_can_be_used_from_the_keyboard(desk: Desk) -> None:
    """Ctrl-Enter runs, Tab leaves the editor, arrows move along the tabs."""
    desk.open().ask("ASK {}")
    assert desk.page.inner_text("#boolean") == "yes"
    desk.type("SELECT (1 AS ?n) {}")
    desk.page.keyboard.press("Control+Enter")
    desk.rows().first.wait_for()
    desk.page.locator(".CodeMirror textarea").focus()
    desk.page.keyboard.press("Tab")
    assert desk.page.evaluate("document.activeElement.id") == "run"
    desk.page.focus("#tab-table")
    desk.page.keyboard.press("ArrowRight")
    assert desk.page.evaluate("document.activeElement.id") == "tab-chart"


def test_a_chinese_reader_finds_chinese_throughout(desk: Desk, clusters: Generation) -> None:
    """Page, scripts and labels of the answer are in Chinese with ?lang=zh."""
    desk.open("/query?lang=zh").ask(
        "SELECT ?x { VALUES ?x { <https://w3id.org/cgkg/id/region/london> } }"
    )
    assert desk.rows().first.inner_text() == "伦敦城市群"
    assert "1 行" in desk.page.inner_text("#status")
    text = desk.page.inner_text("#workbench")
    answer = desk.page.inner_text("#workbench .wb-answer").replace(clusters.id, "")
    left = set(re.findall(r"[A-Za-z-]{3,}", answer))
    assert left <= {"JSON", "XML", "CSV", "TSV"}
    assert "已存查询" in text


def test_text_of_an_answer_never_becomes_markup(desk: Desk) -> None:
    """A literal that looks like a script is shown as what it is."""
    desk.open().ask("SELECT ?x { VALUES ?x { '<img src=/x onerror=alert(1)>' } }")
    assert desk.rows().first.inner_text() == "<img src=/x onerror=alert(1)>"
    assert desk.page.locator("#panel img").count() == 0
