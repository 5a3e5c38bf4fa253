"""The program knows no city cluster: not in its text, nor in what it says of another project."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter, deque
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from paths import ROOT
from projects import PREFIXES, Small, span

from cgkg.authoring.check import inspect
from cgkg.authoring.starter import CORE_MODULES, CORE_SCHEMES, create
from cgkg.cli.commands import main
from cgkg.errors import BuildRejectedError, ConfigError
from cgkg.export.release import export
from cgkg.export.verify import verify
from cgkg.pipeline import build
from cgkg.project.folder import Project
from cgkg.project.sources import load
from cgkg.project.texts import open_text
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, Literal
from cgkg.rdf.vocab import BASE, CG, STANDARD
from cgkg.serving.explainer import GenerationExplainer
from cgkg.store.generations import Generation
from cgkg.validation.coverage import find_mentions
from cgkg.web.app import Settings, create_app
from cgkg.workers.threads import QueryPool

SRC = ROOT / "src" / "cgkg"
TEXTS = {".py", ".html", ".js", ".css", ".md", ".toml", ".ttl", ".trig", ".csv", ".rq", ".txt"}
NOT_CORE = re.compile(
    rf"{BASE}(?:id/|concept/(?!mode|approximation)|source/city-clusters)|ontology/(?:regions|themes)"
)
TERM = re.compile(rf"(?:\bCG\.|\bcg:|{CG.base})([A-Za-z]\w*)")
PREFIXED = re.compile(r"(?<![\w./-])([a-z]+):(?:[a-z]| <)")


def terms(*modules: Path) -> set[str]:
    """The local names that these modules of the ontology define."""
    found = {quad.subject for path in modules for quad in parse_file(path)}
    return {CG.local(iri) for iri in found if isinstance(iri, IRI) and iri in CG}


def bundled_terms() -> set[str]:
    """The terms of the project in this repository that are not cgkg's own in every project."""
    core = {ROOT / "ontology" / f"{name}.ttl" for name in CORE_MODULES}
    modules = set((ROOT / "ontology").glob("*.ttl"))
    return terms(*(modules - core)) - terms(*core)


def bundled_prefixes() -> set[str]:
    """Its prefixes, but for those of the places in a document, which any project may choose."""
    table = tomllib.loads((ROOT / "cgkg.toml").read_text("utf-8"))["prefixes"]
    return {name for name, iri in table.items() if "/source/" not in iri}


def bundled_names() -> set[str]:
    """What its regions, places and bodies are called."""
    found = {"city cluster", "城市群"}
    with (ROOT / "data" / "registry.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["id"].startswith(("region/", "place/", "body/")):
                for column in ("en", "zh", "alt_en", "alt_zh"):
                    found.update(row[column].split("|"))
    return found - {""}


class Traces:
    """Finds what is the bundled project's in a text."""

    def __init__(self) -> None:
        self._names = sorted(bundled_names())
        self._terms, self._prefixes = bundled_terms(), bundled_prefixes()

    def __call__(self, text: str) -> list[str]:
        """What is found, with what stands around it."""
        named = (re.escape(name) for name in self._names if name in text)
        words = (re.compile(rf"(?<![A-Za-z]){name}(?![A-Za-z])") for name in named)
        found = [match for pattern in (NOT_CORE, *words) for match in pattern.finditer(text)]
        found += [match for match in TERM.finditer(text) if match[1] in self._terms]
        found += [match for match in PREFIXED.finditer(text) if match[1] in self._prefixes]
        return [text[max(0, match.start() - 40) : match.end() + 40] for match in found]


@pytest.fixture(scope="module")
def traces() -> Traces:
    return Traces()


def test_the_patterns_find_what_they_look_for(traces: Traces) -> None:
    """A term, a prefix, an IRI or a name of the bundled project is found; a core term is none."""
    for text in (
        "graph.triples(p=CG.hasMember)",
        f"<{CG.base}UrbanRegion>",
        "PREFIX reg: <x>",
        "reg:tokyo",
        f"{BASE}id/place/seoul",
        "the Great Lakes city cluster",
        "首尔市",
    ):
        assert traces(text), text
    for text in ("CG.gist", "cg:numericValue", f"{BASE}concept/mode/stated", "a: str", "regional"):
        assert traces(text) == []


def test_the_source_has_nothing_of_the_bundled_project(traces: Traces) -> None:
    """No term but the core's, no prefix, no IRI and no name. The garden of `cgkg init`, whose
    groups have a prefix of their own, is another project; a syntax of OWL is called as a city."""
    for path in sorted(SRC.rglob("*")):
        if path.suffix not in TEXTS or {"workbench", "carried"} & set(path.parts[:-1]):
            continue
        found = traces(path.read_text("utf-8").replace("Manchester syntax", ""))
        if "starter" in path.parts:
            found = [each for each in found if "group:friends" not in each]
            found = [each for each in found if "group: <https://example.org/" not in each]
        assert found == [], path


def test_the_core_modules_need_no_other_and_name_no_document() -> None:
    """What every project gets imports nothing but itself, and is drawn from no document."""
    for name in CORE_MODULES:
        text = (ROOT / "ontology" / f"{name}.ttl").read_text("utf-8")
        assert set(re.findall(r"ont:([a-z-]+)", text)) <= set(CORE_MODULES)
        assert "city-clusters" not in text


def test_what_code_acts_on_is_core() -> None:
    """Every term of cgkg's namespace that the program names is in a core module."""
    core = terms(*(ROOT / "ontology" / f"{name}.ttl" for name in CORE_MODULES))
    said = {
        name
        for path in SRC.rglob("*.py")
        for name in re.findall(r"\bCG\.([A-Za-z]\w*)", path.read_text("utf-8"))
    }
    assert said - {"base", "local"} <= core


# Another project

FIGURES = """
<https://example.org/rivers/concept/flow> a cg:Indicator ; skos:prefLabel "flow"@en , "Abfluss"@de .
<https://example.org/rivers/concept/m3> a cg:Unit ; skos:prefLabel "m³"@en , "Kubikmeter"@de .
"""
QUERY = """# en: rivers and their length
# de: Flüsse und ihre Länge
PREFIX : <https://example.org/rivers/def/>
SELECT ?river ?km WHERE { ?river :lengthKm ?km } ORDER BY ?river
"""
SETTINGS = """
[prefixes]
r = "https://example.org/rivers/def/"
water = "https://example.org/rivers/id/river/"
c = "https://example.org/rivers/source/elbe/c/"

[home]
compare = "r:River"
title.en = "Rivers compared"
title.de = "Flüsse im Vergleich"

[[home.columns]]
property = "r:lengthKm"

[[home.columns]]
property = "r:flowsThrough"
name.en = "cities"
name.de = "Städte"

[mentions.commission]
pattern = "Kommission"
class = "r:Place"
"""


@pytest.fixture
def rivers(small: Small) -> Small:
    """Rivers in English and German, with figures, a table and a comparison of their own."""
    for path in small.folder.rglob("*"):
        if path.suffix in (".ttl", ".toml", ".trig"):
            text = re.sub(r'"([^"]*)"@zh', r'"\1"@de', path.read_text("utf-8"))
            text = text.replace('zh = "河流"', 'de = "Flüsse"')
            text = text.replace('sh:languageIn ( "zh" )', 'sh:languageIn ( "en" )')
            path.write_text(re.sub(r"[\u4e00-\u9fff（）]+", "Fluss", text), "utf-8")
    registry = (small.folder / "data/registry.csv").read_text("utf-8")
    small.write("data/registry.csv", re.sub(r"[\u4e00-\u9fff]+", "", registry))
    for name in CORE_MODULES:
        small.write(f"ontology/{name}.ttl", (ROOT / f"ontology/{name}.ttl").read_text("utf-8"))
    for name in CORE_SCHEMES:
        scheme = f"data/concepts/{name}.ttl"
        small.write(scheme, (ROOT / scheme).read_text("utf-8"))
    small.write("data/concepts/figures.ttl", PREFIXES + FIGURES)
    root = small.folder / "ontology/rivers.ttl"
    imports = ", ".join(f"<{BASE}ontology/{name}>" for name in CORE_MODULES)
    text = root.read_text("utf-8").replace("owl:imports <", f"owl:imports {imports} , <")
    text = text.replace("skos:prefLabel a owl:AnnotationProperty .\n", "")
    root.write_text(text.replace("cg:omitsSelfPairs a owl:AnnotationProperty .\n", ""), "utf-8")
    entries = "".join(f'<uri name="{BASE}ontology/{n}" uri="{n}.ttl"/>' for n in CORE_MODULES)
    catalog = small.folder / "ontology/catalog-v001.xml"
    catalog.write_text(
        catalog.read_text("utf-8").replace("</catalog>", entries + "</catalog>"), "utf-8"
    )
    small.write("queries/tables/lengths.rq", QUERY)
    toml = (small.folder / "cgkg.toml").read_text("utf-8")
    small.write("cgkg.toml", toml + SETTINGS)
    with (small.folder / "data/1.trig").open("a", encoding="utf-8") as handle:
        handle.write(
            span(
                "It is 1,094 km long",
                "id:value\\/flow a cg:IndicatorValue ; cg:aboutPlace id:place\\/dresden ;"
                " cg:hasIndicator <https://example.org/rivers/concept/flow> ;"
                " cg:numericValue '870'^^xsd:decimal ;"
                " cg:hasUnit <https://example.org/rivers/concept/m3> .",
            )
        )
    small.write(
        "data/registry.csv",
        (small.folder / "data/registry.csv").read_text("utf-8")
        + "value/flow,cg:IndicatorValue,,flow of the Elbe,,,,\n",
    )
    return small


@pytest.fixture
def built(rivers: Small, tmp_path: Path) -> Generation:
    generation, report = build(rivers.project, tmp_path / "store")
    assert report.conforms
    return generation


BEGINNINGS = (
    "/", "/?lang=zh", "/read", "/coverage", "/query", "/data", "/llms.txt", "/robots.txt",
    "/sitemap.xml", "/.well-known/void", "/openapi.json", "/sparql", "/ontology", "/nowhere",
    "/id/nowhere", "/fact?s=a&p=b&o=c", "/search", "/search?q=e", "/search.json?q=e",
    "/search/suggest?q=e",
)  # fmt: skip


def pages(
    client: FlaskClient, follow: Callable[[str], bool] = lambda path: True, some: int = 6
) -> Iterator[tuple[str, str]]:
    """Every page, file and answer that links and the sitemap lead to, in each language; of pages
    that differ in their parameters alone, such as those of facts and of answers, some.

    Args:
        client: asks.
        follow: whether a link to a path is followed.
        some: how many pages of one path are asked for.
    """
    waiting, seen = deque(BEGINNINGS), set(BEGINNINGS)
    asked = Counter[str]()
    while waiting:
        path = waiting.popleft()
        answer = client.get(path, headers={"Accept": "text/html, */*;q=0.5"})
        text = answer.get_data(as_text=True)
        yield path, text + str(answer.headers)
        targets = re.findall(r'(?:href|action)="([^"]+)"|<loc>([^<]+)</loc>', text)
        for link in (urljoin("http://localhost" + path, unescape("".join(t))) for t in targets):
            found = link.removeprefix("http://localhost").partition("#")[0]
            kind = found.partition("?")[0]
            asked[kind] += found not in seen
            few = asked[kind] <= some
            own = found.startswith("/") and not found.startswith(("/static/", "/data/"))
            if own and few and follow(found):
                waiting.extend({found} - seen)
                seen.add(found)


@pytest.mark.parametrize("some", [3, pytest.param(400, marks=pytest.mark.long)])
def test_pages_of_another_project_say_nothing_of_it(
    built: Generation, traces: Traces, some: int
) -> None:
    """Each page that a link leads to, in both languages of the pages, and each error."""
    explainer = GenerationExplainer(built)
    settings = Settings(base="https://example.org/rivers/", explain=explainer,
                        explain_all=explainer.all)  # fmt: skip
    files = (built.dataset_file, built.asserted_file)
    with QueryPool.start(*files, workers=1, prefixes=built.prefixes) as pool:
        client = create_app(built, pool, settings).test_client()
        found = dict(pages(client, some=some))
    assert len(found) > 100
    for path, text in found.items():
        assert traces(text) == [], path
    home = found["/"]
    assert "Rivers compared" in home
    assert re.search(r"Elbe.*?<td>1094</td><td>2</td>", home, re.DOTALL)
    assert "870 m³" in client.get("/id/place/dresden").text


def test_releases_of_another_project_say_nothing_of_it(
    built: Generation, tmp_path: Path, traces: Traces
) -> None:
    """No file of its release; it has its own table, and proves itself from what it holds."""
    release = export(built, tmp_path / "release")
    for path in sorted(release.folder.iterdir()):
        assert traces(path.read_text("utf-8")) == [], path.name
    assert (release.folder / "lengths.csv").read_text("utf-8") == (
        "river,river_en,river_de,km\nhttps://example.org/rivers/id/river/elbe,Elbe,,1094\n"
    )
    assert "rivers and their length" in (release.folder / "README.md").read_text("utf-8")
    assert not (release.folder / "themes.csv").exists()
    assert verify(release.folder) == []


ANSWERS = (
    (("explain", "nonsense"), "water:elbe a r:River"),
    (("explain", "water:elbe r:flowsThrough water:elbe"), "water:elbe r:flowsThrough"),
    (("explain", "water:elbe r:lengthKm 1"), "hint"),
    (("query", "SELECT * { water:elbe ?p ?o }"), "r:River"),
    (("query", "SELECT * { watr:elbe ?p ?o }"), "or did you mean water:"),
    (("query", "SELECT * { water:ebe ?p ?o }"), "Did you mean water:elbe"),
    (("query", "CONSTRUCT WHERE { ?s <https://example.org/rivers/def/lengthKm> ?o }"),
     "water:elbe r:lengthKm 1094"),
    (("validate",), "violation"),
    (("check",), "checked"),
    (("coverage",), "sentences"),
    (("info",), "Rivers"),
)  # fmt: skip


def test_commands_in_another_project_say_nothing_of_it(rivers: Small, traces: Traces) -> None:
    """Answers, findings, hints and errors name what the project at hand has."""
    for arguments, said in ANSWERS:
        done = CliRunner().invoke(main, [*arguments, "--project", str(rivers.folder)])
        assert said in done.output, arguments
        assert traces(done.output) == [], arguments


def test_help_says_nothing_of_it(traces: Traces) -> None:
    """No command's help speaks of one project."""
    for command in ["", *main.commands]:
        done = CliRunner().invoke(main, [*filter(None, [command]), "--help"])
        assert done.exit_code == 0
        assert traces(done.output) == []


# A project in languages that pages cannot be had in, begun with a document

LAW = """\
Άρθρο 1 Σκοπός
Ο νόμος προστατεύει το δάσος της Δωδώνης.
Άρθρο 2 Μέτρα
Ο δήμος Ιωαννίνων φυτεύει 500 δέντρα στο δάσος έως το 2030.
"""
PLANTS = "Ο δήμος Ιωαννίνων φυτεύει 500 δέντρα στο δάσος"
FOREST_TERMS = """
my:Forest a owl:Class ; rdfs:subClassOf cg:Place ;
    rdfs:label "δάσος"@el , "غابة"@ar ;
    skos:definition "Έκταση με δέντρα."@el , "أرض مشجّرة."@ar .
my:plants a owl:ObjectProperty ; rdfs:domain cg:Organization ; rdfs:range my:Forest ;
    rdfs:label "φυτεύει"@el , "يغرس"@ar ;
    skos:definition "Φυτεύει δέντρα στο δάσος."@el , "يغرس الأشجار في الغابة."@ar .
"""
FOREST_ROWS = """\
forest/dodoni,Forest,δάσος της Δωδώνης,غابة دودوني,,,,,Δάσος κοντά στα Ιωάννινα.,غابة قرب يوانينا.
body/ioannina,cg:Organization,δήμος Ιωαννίνων,بلدية يوانينا,,,,,Ένας δήμος.,بلدية.
"""
FOREST_QUESTION = """\
# el: Ποιος φυτεύει ποιο δάσος;
# ar: من يغرس أيّ غابة؟
PREFIX my: <https://example.org/forests/def/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?el ?ar WHERE {
  [] my:plants/skos:prefLabel ?el , ?ar . FILTER (lang(?el) = "el" && lang(?ar) = "ar")
}
"""


FOREST_PAGES = re.compile(
    r"/(id|def|source|shape)/[^.?]*$|/fact\?s=https%3A%2F%2Fexample.org%2Fforests%2F(?!.*lang=)"
)


@pytest.fixture(scope="module")
def forests(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A Greek law with its graph in Greek and Arabic, as a steward writes it."""
    parent = tmp_path_factory.mktemp("steward")
    (parent / "law.txt").write_text(LAW, "utf-8")
    folder = parent / "forests"
    create(folder, name="Δάση", languages=["el", "ar"], document=parent / "law.txt")

    def add(path: str, text: str) -> None:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a", encoding="utf-8") as file:
            file.write(text)

    add("ontology/starter.ttl", FOREST_TERMS)
    add("data/registry.csv", FOREST_ROWS)
    add("cgkg.toml", 'forest = "https://example.org/forests/id/forest/"\n')
    block = CliRunner().invoke(main, ["span", PLANTS, "--project", str(folder)]).stdout
    assert 'cg:gist ""@el , ""@ar' in block
    said = "<https://example.org/forests/id/body/ioannina> my:plants forest:dodoni ."
    block = block.replace("{\n    \n}", f"{{\n    {said}\n}}")
    block = block.replace('""@el , ""@ar', '"Ο δήμος φυτεύει."@el , "البلدية تغرس."@ar')
    add("data/1-law.trig", "@prefix forest: <https://example.org/forests/id/forest/> .\n" + block)
    add("queries/competency/Q1.rq", FOREST_QUESTION)
    add("queries/competency/expected.json", '{"Q1": [["δάσος της Δωδώνης", "غابة دودوني"]]}')
    assert CliRunner().invoke(main, ["fmt", "--shapes", "--project", str(folder)]).exit_code == 0
    return Project.at(folder)


@pytest.fixture(scope="module")
def forest_graph(forests: Project, tmp_path_factory: pytest.TempPathFactory) -> Generation:
    checked = inspect(forests)
    assert [finding.line_text() for finding in checked.report.findings] == []
    assert (checked.asked, checked.passed) == (1, 1)
    return build(forests, tmp_path_factory.mktemp("store"))[0]


def test_things_are_told_in_the_languages_of_the_project_only(forest_graph: Generation) -> None:
    """Whatever the graph says of what is the project's own, sections and sentences among it."""
    base = "https://example.org/forests/"
    tags: dict[str, set[str]] = {}
    for triple in forest_graph.open().triples():
        subject, value = triple.subject, triple.object
        own = isinstance(subject, IRI) and subject.value.startswith(base)
        if own and isinstance(value, Literal) and value.language:
            assert isinstance(subject, IRI)
            tags.setdefault(subject.value.removeprefix(base), set()).add(value.language)
    shapes = {name for name in tags if name.startswith("shape/")}
    assert {name: found for name, found in tags.items() if found != {"el", "ar"}} == {
        name: {"en"} for name in shapes
    }
    assert {"source/law/sec/2", "source/law/s/0002", "id/forest/dodoni"} <= tags.keys()


def test_pages_show_them_with_their_language_and_direction(
    forests: Project, forest_graph: Generation, traces: Traces
) -> None:
    """The language that the project names first, where the page's is none of its own; each part in
    another language than the page says so, and its direction if that differs."""
    explainer = GenerationExplainer(forest_graph)
    settings = Settings(base="https://example.org/forests/", explain=explainer,
                        explain_all=explainer.all, source=open_text(forests, None),
                        examples=forests.example_queries)  # fmt: skip
    files = (forest_graph.dataset_file, forest_graph.asserted_file)
    with QueryPool.start(*files, workers=1, prefixes=forest_graph.prefixes) as pool:
        client = create_app(forest_graph, pool, settings).test_client()
        found = dict(pages(client, lambda path: bool(FOREST_PAGES.match(path))))
        results = client.get("/search", query_string={"q": "غابة"}).text
    forest = found["/id/forest/dodoni"]
    assert len(found) > 35
    for path, text in found.items():
        assert traces(text) == [], path
    assert (
        '<h1><span lang="el">δάσος της Δωδώνης</span>'
        ' <span class="other" lang="ar" dir="rtl">غابة دودوني</span></h1>'
    ) in forest
    assert '<p class="definition" lang="el">Δάσος κοντά στα Ιωάννινα.</p>' in forest
    assert '<p class="gist" lang="el">Ο δήμος φυτεύει.</p>' in forest
    assert ">§2 ¶1 · " in forest
    assert '<a href="/id/forest/dodoni" lang="el">δάσος της Δωδώνης</a>' in results
    section = found["/source/law/sec/2"]
    assert (
        '<h1><span lang="el">Άρθρο 2</span> <span class="other" lang="ar" dir="rtl">2<' in section
    )
    assert "<mark>Άρθρο 2 Μέτρα</mark>" in section
    assert '"inLanguage": ["el", "ar"]' in found["/"]
    assert "Ποιος φυτεύει ποιο δάσος;" in found["/query"]
    for path, text in found.items():
        arabic = re.findall(r"(<(?!script)\w+[^<>]*>[^<]*[\u0621-\u064a]+)", text)
        if not path.startswith(("/data/", "/query", "/sparql", "/explain")) and "<html" in text:
            assert [each for each in arabic if 'lang="ar" dir="rtl"' not in each] == [], path


def test_its_release_has_their_languages(
    forest_graph: Generation, tmp_path: Path, traces: Traces
) -> None:
    """A column for each, none for others; no file tells of the project in this repository."""
    release = export(forest_graph, tmp_path / "release")
    for path in sorted(release.folder.iterdir()):
        assert traces(path.read_text("utf-8")) == [], path.name
    for table in ("entities.csv", "statements.csv"):
        with (release.folder / table).open(encoding="utf-8", newline="") as file:
            columns = next(csv.reader(file))
        tags = {name.rpartition("_")[2] for name in columns if re.search("_[a-z]{2}$", name)}
        assert tags == {"el", "ar"}, table
    assert "δάσος της Δωδώνης" in (release.folder / "entities.csv").read_text("utf-8")
    assert verify(release.folder) == []


def test_commands_in_it_say_nothing_of_another_project(forests: Project, traces: Traces) -> None:
    """Answers, findings, hints and errors, for a mistake too."""
    asked = (
        (("explain", "forest:dodoni a cg:Place"), "δάσος της Δωδώνης"),
        (("query", "SELECT * { forest:dodni ?p ?o }"), "Did you mean forest:dodoni"),
        (("check",), "1 of 1 questions passed"),
        (("coverage",), "1 of 4 sentences accounted for"),
        (("info",), "Δάση"),
        (("span", "δάσος"), '""@el , ""@ar'),
    )
    for arguments, said in asked:
        done = CliRunner().invoke(main, [*arguments, "--project", str(forests.folder)])
        assert said in done.output, (arguments, done.output)
        assert traces(done.output) == [], arguments


# What a project says of itself


def test_without_settings_nothing_is_compared(small: Small, tmp_path: Path) -> None:
    """A project that says nothing has a front page without a comparison, and no table."""
    generation, _ = build(small.project, tmp_path / "store")
    assert generation.manifest["project"]["home"] is None
    assert generation.manifest["project"]["tables"] == {}
    assert dict(generation.prefixes) == dict(sorted(STANDARD.items()))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("[home]\n", "needs compare"),
        ('[home]\ncompare = "nowhere:River"\n', "no name with a known prefix"),
        ('[home]\ncompare = "cg:Place"\nshow = 1\n', "home.show is unknown"),
        ('[home]\ncompare = "cg:Place"\ntitle = "x"\n', "no text by language"),
        ('[home]\ncompare = "cg:Place"\ncolumns = "x"\n', "home.columns is no list"),
        ('[mentions.body]\npattern = "("\nclass = "cg:Place"\n', "no regular expression"),
        ('[mentions.body]\npattern = "x"\n', "needs class"),
        ('[mentions.number]\npattern = "x"\n', "mentions.number.pattern is unknown"),
        ("mentions = 3\n", "mentions is no table"),
    ],
)
def test_a_slip_in_the_settings_is_named(small: Small, settings: str, said: str) -> None:
    """The error names the file, the key and what is wrong with it."""
    toml = small.folder / "cgkg.toml"
    first = settings if settings.startswith("mentions") else ""
    rest = "" if first else settings
    small.write("cgkg.toml", first + toml.read_text("utf-8") + rest)
    with pytest.raises(ConfigError, match=re.escape(said)) as caught:
        Project.at(small.folder)
    assert str(toml) in caught.value.message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('name = "Rivers"', "project.name is no text by language"),
        ("about = 3", "project.about is no text by language"),
        ('nmae.en = "Rivers"', "project.nmae is unknown"),
    ],
)
def test_a_slip_in_what_the_project_is_called_is_named(small: Small, line: str, said: str) -> None:
    """A text has a language, and a name that is no key is not passed over."""
    head = f'[project]\nbase = "{small.project.base}"\nontology = "ontology/rivers.ttl"\n'
    small.write("cgkg.toml", head + line)
    with pytest.raises(ConfigError, match=re.escape(said)):
        Project.at(small.folder)


def test_what_the_ontology_does_not_have_stops_the_build(small: Small, tmp_path: Path) -> None:
    """A class that is compared must be one, and a table must be a SELECT query."""
    toml = (small.folder / "cgkg.toml").read_text("utf-8")
    small.write("cgkg.toml", toml + '[home]\ncompare = "cg:Lake"\n')
    small.write("queries/tables/lakes.rq", "SELECT ?lake WHERE {")
    small.write("queries/tables/any.rq", "ASK {}")
    with pytest.raises(BuildRejectedError) as caught:
        build(small.project, tmp_path / "store")
    found = {(f.code, f.path.name) for f in caught.value.report.violations if f.path}
    assert found == {
        ("unknown-term", "cgkg.toml"),
        ("table-query", "lakes.rq"),
        ("table-query", "any.rq"),
    }


@pytest.mark.parametrize("name", ["entities", "a b"])
def test_a_table_has_a_name_of_its_own(small: Small, name: str) -> None:
    """It is a file of the release beside those that every release has."""
    small.write(f"queries/tables/{name}.rq", QUERY)
    with pytest.raises(ConfigError, match="no table"):
        _ = small.project.tables


def test_a_table_is_part_of_what_decides_a_build(small: Small) -> None:
    """Another query makes another generation."""
    before = small.project.fingerprint()
    small.write("queries/tables/lengths.rq", QUERY)
    assert small.project.fingerprint() != before


def test_mentions_of_a_kind_are_found_and_accounted_for(rivers: Small) -> None:
    """A word that the project looks for is a mention; what is excluded is none."""
    toml = (rivers.folder / "cgkg.toml").read_text("utf-8")
    toml = toml.replace('"Kommission"', '"Dresden"')
    toml += "[mentions.name]\nexcept = '.'\n[mentions.number]\nexcept = '1,094'\n"
    rivers.write("cgkg.toml", toml)
    sources = load(rivers.project)
    (table,) = sources.tables.values()
    text = open_text(rivers.project, rivers.folder / "document.txt")
    assert text is not None
    found = [(m.kind, m.text) for m in find_mentions(text, table, rivers.project.mentions)]
    assert ("commission", "Dresden") in found
    assert not any(kind == "number" for kind, _ in found)
