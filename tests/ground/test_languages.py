"""Languages: one file each, complete, and nothing of them anywhere else."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from commands import run
from flask.testing import FlaskClient
from pages import BROWSER, Failing
from paths import ROOT
from projects import BASE, FILES, PREFIXES, Small, span

from cgkg import languages
from cgkg.authoring.shapes import render_shapes
from cgkg.errors import ConfigError, QueryError, SourceError
from cgkg.pipeline import build
from cgkg.project.sources import load
from cgkg.rdf.terms import IRI, Literal
from cgkg.rdf.vocab import SKOS
from cgkg.web.app import Settings, create_app

SOURCES = ROOT / "src" / "cgkg"
CHINESE = re.compile("[\u2e80-\u9fff\uff00-\uffef]|[\"']zh[\"']|zh-Hans")
# Modules that read Chinese documents, whatever language pages are in.
ABOUT_DOCUMENTS = {
    "document/cutting_rules.py": "words that the full stop depends on, by language",
    "document/number_words.py": "what number words begin with, by language",
    "document/numerals.py": "how Chinese documents write numbers",
}
FRENCH: Mapping[str, str] = {
    "Overview": "Aperçu",
    "Query": "Requêtes",
    "Run": "Lancer",
    "clauses cited": "passages cités",
    "sentence {number}": "phrase {number}",
    "is a": "est un",
    "violation": "erreur",
    "{name} is not in the registry": "{name} n'est pas dans le registre",
    "{} violation(s), {} warning(s), {} info(s)": "{} erreur(s), {} alerte(s), {} note(s)",
    "Not Found": "Introuvable",
    "Running …": "En cours …",
    "more than {n}": "plus de {n}",
}


def load_tool() -> ModuleType:
    """tools/messages.py as a module."""
    spec = importlib.util.spec_from_file_location("messages_tool", ROOT / "tools/messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = load_tool()


@cache
def extracted() -> Catalog:
    """Every message of the source, which takes seconds to collect."""
    messages: Catalog = TOOL.extracted()
    return messages


# The source and its catalogues


def test_no_module_knows_a_language_but_english() -> None:
    """Pages, programs and scripts have no word of another language and name none."""
    files = (p for s in ("*.py", "*.html", "*.js") for p in SOURCES.rglob(s))
    with_words = {
        path.relative_to(SOURCES).as_posix()
        for path in files
        if "static" not in path.parts and CHINESE.search(path.read_text("utf-8"))
    }
    assert with_words == ABOUT_DOCUMENTS.keys()


@pytest.mark.parametrize("language", list(languages.catalogues()))
def test_a_catalogue_has_every_message_of_the_source_and_no_other(language: str) -> None:
    """It is what tools/messages.py writes: nothing missing, in doubt, left over or ill-formed."""
    path = languages.catalogues()[language]
    body = path.read_bytes()
    assert list(TOOL.faults(body)) == []
    assert TOOL.updated(path, extracted()) == body, "run python tools/messages.py"


def test_messages_come_from_modules_templates_and_scripts() -> None:
    """Whatever marks them: a function of gettext, a mark for later, a block of a template."""
    found = extracted()
    for message, context, place in (
        ("is a", None, "src/cgkg/presentation/labels.py"),
        ("{n:,} statement", None, "src/cgkg/authoring/difference.py"),
        (", ", "list", "src/cgkg/presentation/axioms.py"),
        ("page %(page)s of %(pages)s", None, "src/cgkg/web/templates/macros.html"),
        ("%(count)s row", None, "src/cgkg/web/templates/query.html"),
        ("Running …", None, "src/cgkg/web/browser/workbench.js"),
    ):
        entry = found.get(message, context)
        assert entry is not None
        assert place in dict(entry.locations)


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "new"\nmsgstr ""', "not translated"),
        ('#, fuzzy\nmsgid "old"\nmsgstr "alt"', "in doubt"),
        ('#~ msgid "gone"\n#~ msgstr "weg"', "no longer in the source"),
        ('msgid "{n} of {all}"\nmsgstr "{n} von {alle}"', "other slots"),
        ('msgid "%(n)s rows"\nmsgstr "Zeilen"', "other slots"),
    ],
)
def test_a_fault_of_a_catalogue_is_seen(entry: str, fault: str) -> None:
    """Each kind of fault is named with its message."""
    head = (
        'msgid ""\nmsgstr ""\n"Language: de\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    )
    (found,) = TOOL.faults((head + entry + "\n").encode())
    assert found.startswith(fault)


def test_a_language_begins_with_every_message_untranslated(tmp_path: Path) -> None:
    """`tools/messages.py fr` makes a file in which all that is to be translated stands."""
    messages = extracted()
    path = TOOL.begin("pt-BR", messages, tmp_path)
    assert path == tmp_path / "src/cgkg/locale/pt_BR/LC_MESSAGES/cgkg.po"
    faults = list(TOOL.faults(path.read_bytes()))
    assert len(faults) == len(messages)
    with languages.looking_in(tmp_path / "src/cgkg/locale"):
        assert languages.known() == ("en", "pt-BR", "zh")
        assert languages.translator("pt-BR").gettext("Overview") == "Overview"


# Texts


def test_a_text_falls_back_to_a_kindred_language_then_to_english_then_to_any() -> None:
    """Whoever asks gets a text, if there is one at all."""
    texts = {"de": "Fluss", "en": "river", "zh-hant": "河"}
    assert languages.pick(texts, "de-AT") == "Fluss"
    assert languages.pick(texts, "zh") == "河"
    assert languages.pick(texts, "fr") == "river"
    assert languages.pick({"it": "fiume", "de": "Fluss"}, "fr") == "Fluss"
    assert languages.pick({}, "fr") == ""
    assert languages.pick({"it": "fiume", "de": "Fluss"}, "fr", ["it", "de"]) == "fiume"
    assert languages.pick({"en": "river", "it": "fiume"}, "fr", ["it"]) == "river"
    assert languages.choose({"": "river"}, "fr") == ""
    assert languages.choose({"de": ""}, "fr") is None
    assert languages.pick({"en-gb": "colour", "it": "colore"}, "fr") == "colour"


@pytest.mark.parametrize(
    ("tags", "wish", "best"),
    [
        (["zh-Hans", "en"], "zh", "zh-Hans"),
        (["zh-hans", "zh-hant"], "zh-Hant", "zh-hant"),
        (["zh", "zh-hant"], "zh-Hans-CN", "zh"),
        (["zh-hans"], "zh-Hant", "zh-hans"),
        (["en-us", "en-gb", "en"], "en", "en"),
        (["en-us"], "EN-gb", "en-us"),
        (["eng", "enx-gb"], "en", None),
        (["en"], "", None),
    ],
)
def test_tags_are_looked_up_by_ranges(tags: list[str], wish: str, best: str | None) -> None:
    """The same in any case of letters, else a more general one, else a more special one."""
    assert languages.lookup(tags, wish) == best


def test_a_second_text_is_in_no_variety_of_the_first_language() -> None:
    """British English is English."""
    texts = {"en": "color", "en-gb": "colour", "zh-hans": "颜色"}
    assert languages.second(texts, "en") == ("zh-hans", "颜色")
    assert languages.second({"en": "color", "en-gb": "colour"}, "en") == ("", "")


def test_labels_of_varieties_serve_their_languages(small: Small) -> None:
    """`en-GB` and `zh-Hans` satisfy shapes, name things on pages, and are messages' labels."""
    for path in (small.folder / "ontology").glob("*.ttl"):
        text = path.read_text("utf-8").replace("@en", "@en-GB").replace("@zh", "@zh-Hans")
        path.write_text(text, "utf-8")
    registry = small.folder / "data" / "registry.csv"
    rows = registry.read_text("utf-8").replace("id,class,zh,en,", "id,class,zh-Hans,en-GB,")
    registry.write_text(rows, "utf-8")
    small.write(
        "shapes/required.ttl",
        PREFIXES
        + """:Named a sh:NodeShape ; sh:targetClass :River , :Place ;
    sh:property [ sh:path skos:prefLabel ; sh:severity sh:Violation ; sh:qualifiedMinCount 1 ;
        sh:qualifiedValueShape [ sh:languageIn ( "zh" ) ] ] , [ sh:path skos:prefLabel ;
        sh:severity sh:Violation ; sh:qualifiedMinCount 1 ;
        sh:qualifiedValueShape [ sh:languageIn ( "en" ) ] ] .\n""",
    )
    generation, report = build(small.project, small.folder / "store")
    assert [f for f in report.findings if f.severity == "violation"] == []
    made = render_shapes(small.project)
    assert '"flows through: class of the subject"@en' in made
    assert '"流经' in made
    nobody = Failing(QueryError("not asked here"))
    with create_app(generation, nobody, Settings(base=BASE)).test_client() as client:
        page = client.get("/id/place/dresden?lang=zh-CN").get_data(as_text=True)
        assert '<html lang="zh' in page
        assert "德累斯顿" in page.split("<h1>")[1].split("</h1>")[0]
        page = client.get("/id/place/dresden?lang=en-AU").get_data(as_text=True)
        assert page.split("<h1>")[1].startswith("Dresden")
    assert run("check", "--lang", "zh-Hans", "--project", str(small.folder)).returncode == 0


def test_a_second_text_is_in_another_language_and_differs() -> None:
    """It says which language it is in; there may be none."""
    assert languages.second({"en": "river", "zh": "河"}, "zh") == ("en", "river")
    assert languages.second({"de": "Fluss", "fr": "fleuve"}, "fr") == ("de", "Fluss")
    assert languages.second({"ar": "نهر", "el": "ποταμός"}, "en", ["el", "ar"]) == ("ar", "نهر")


@pytest.mark.parametrize(
    ("tag", "rightward"),
    [("en", True), ("ar", False), ("he-IL", False), ("fa", False), ("ar-Latn", True),
     ("az-Arab", False), ("zh-Hans", True), ("xx", True), ("ur-x-private", False)],
)  # fmt: skip
def test_the_direction_of_a_language_is_that_of_its_script(tag: str, rightward: bool) -> None:
    """A script in the tag decides, else what is known of the language; without that, rightward."""
    assert languages.is_rightward(tag) is rightward


def test_names_made_of_numbers_have_words_where_a_catalogue_has_them() -> None:
    """Else the number alone: no other language stands under the tag."""
    found = languages.numbered("section {number}", "4.A", ["en-GB", "el"])
    assert found == {"en-GB": "section 4.A", "el": "4.A"}
    assert languages.spoken(["el", "zh-Hant"]) == {"zh-Hant": "zh"}
    assert languages.spoken(["el"]) == {"en": "en"}
    assert languages.second({"en": "Elbe", "zh": "Elbe"}, "en") == ("", "")


@pytest.mark.parametrize(
    ("wishes", "language"),
    [(["zh-Hant-TW"], "zh"), (["fr", "zh"], "zh"), (["ZH-cn", "en"], "zh"), (["fr"], "en"),
     ([], "en"), (["en-GB", "zh"], "en")],
)  # fmt: skip
def test_the_first_wish_that_a_language_suits_decides(wishes: list[str], language: str) -> None:
    """Tags are shortened from their ends, as RFC 4647 says."""
    assert languages.match(wishes) == language


@pytest.mark.parametrize(
    ("line", "language", "rest"),
    [("fr: Qui ?", "fr", "Qui ?"), ("zh\uff1a 谁", "zh", "谁"), ("Who: all?", "en", "Who: all?"),
     ("谁？", "zh", "谁？")],
)  # fmt: skip
def test_a_line_says_its_language_or_shows_it(line: str, language: str, rest: str) -> None:
    """By a tag, else by a script that a language there is has."""
    assert languages.marked(line) == (language, rest)


def test_numbers_have_the_marks_of_the_language() -> None:
    """Those of a language that nobody knows are written as in English."""
    assert languages.number(Decimal("12300.5"), "en") == "12,300.5"
    assert languages.number(Decimal("3.4"), "fr", grouped=False) == "3,4"
    assert languages.number(Decimal("1E+4"), "xx") == "10,000"


def test_a_language_has_its_name_and_its_tag() -> None:
    """The name from locale data, the tag from the head of its catalogue."""
    assert [languages.name(each) for each in ("en", "zh", "fr", "xx")] == [
        "English", "中文", "français", "xx"
    ]  # fmt: skip
    assert (languages.tag("en"), languages.tag("zh")) == ("en", "zh-Hans")


def test_a_compiled_catalogue_counts_only_while_it_is_of_these_words(tmp_path: Path) -> None:
    """After an edit the words come from the text, whatever lies beside it."""
    path = catalogue(tmp_path, "fr", {"Overview": "Aperçu"})
    path.with_suffix(".mo").write_bytes(languages.compiled(path))
    with languages.looking_in(tmp_path):
        assert languages.translator("fr").gettext("Overview") == "Aperçu"
    catalogue(tmp_path, "fr", {"Overview": "Vue"})
    with languages.looking_in(tmp_path):
        assert languages.translator("fr").gettext("Overview") == "Vue"


def test_a_catalogue_that_cannot_be_read_says_where(tmp_path: Path) -> None:
    """The error names the file."""
    path = catalogue(tmp_path, "fr", {})
    path.write_bytes(b'msgid "\xff"\nmsgstr ""\n')
    with languages.looking_in(tmp_path), pytest.raises(ConfigError, match=re.escape(str(path))):
        languages.translator("fr")


def test_processes_that_evaluate_queries_load_no_locale_data() -> None:
    """Neither at their start nor with the first query; they say nothing in words."""
    code = (
        "import sys, cgkg.workers.keeper, cgkg.workers.worker\n"
        "assert 'babel' not in sys.modules, 'babel is loaded'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# A third language


def catalogue(folder: Path, language: str, words: Mapping[str, str]) -> Path:
    """A catalogue of these words; plural and browser words keep what the source says of them."""
    path = folder / language / "LC_MESSAGES" / "cgkg.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    made = Catalog(locale=language, charset="utf-8")
    made.add(("%(count)s row", "%(count)s rows"), ("%(count)s ligne", "%(count)s lignes"))
    for message, text in words.items():
        known = extracted().get(message)
        made.add(message, text, locations=known.locations if known else [])
    with path.open("wb") as file:
        write_po(file, made, include_lineno=False)
    return path


@pytest.fixture
def french(tmp_path: Path) -> Iterator[None]:
    """French, from a folder of its own."""
    catalogue(tmp_path / "locale", "fr", FRENCH)
    with languages.looking_in(tmp_path / "locale"):
        yield


@pytest.fixture
def rivers(small: Small) -> Small:
    """The small project, named and labelled in French alone."""
    head = f'[project]\nbase = "{BASE}"\nontology = "ontology/rivers.ttl"\n'
    small.write("cgkg.toml", head + '[project.name]\nfr = "Fleuves"\n')
    small.write(
        "data/registry.csv",
        "id,class,fr,alt_fr,note_fr,def_fr,de\n"
        "river/elbe,River,Elbe,Labe,,Fleuve d'Europe centrale.,Elbe\n"
        "place/dresden,Place,Dresde,,,,Dresden\nplace/hamburg,Place,Hambourg,,,,\n",
    )
    for name in ("ontology/rivers.ttl", "ontology/base.ttl"):
        text = FILES[name].replace('"river"@en , "河流"@zh', '"fleuve"@fr')
        small.write(name, text.replace('"place"@en , "地点"@zh', '"lieu"@fr'))
    small.write(
        "shapes/required.ttl",
        PREFIXES
        + """:PlaceShape a sh:NodeShape ; sh:targetClass :River , :Place ;
    sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ;
        sh:message "chaque individu a un nom"@fr , "every individual has a name"@en ] .
""",
    )
    return small


@pytest.fixture
def client(french: None, rivers: Small) -> FlaskClient:
    generation, _ = build(rivers.project, rivers.folder / "store")
    nobody = Failing(QueryError("not asked here"))
    return create_app(generation, nobody, Settings(base=BASE)).test_client()


def test_pages_are_in_a_language_that_has_a_catalogue(client: FlaskClient) -> None:
    """By the address or by what the browser likes best; they say so and offer the others."""
    for page in (
        client.get("/id/river/elbe?lang=fr", headers=BROWSER),
        client.get("/id/river/elbe", headers={**BROWSER, "Accept-Language": "fr-CH, en;q=0.5"}),
    ):
        assert page.status_code == 200
        assert page.headers["Content-Language"] == "fr"
        assert '<html lang="fr">' in page.text
        assert re.search(r"<nav.*>Requêtes</a>", page.text, re.DOTALL)
        for tag, name in (("en", "English"), ("fr", "français"), ("zh-Hans", "中文")):
            assert re.search(rf'lang="{tag}" hreflang="\w+"[^>]*>{name}</a>', page.text)
        assert "Fleuve d&#39;Europe centrale." in page.text
        assert ">fleuve</a>" in page.text
    assert client.get("/", headers=BROWSER).headers["Content-Language"] == "en"


def test_words_without_a_translation_are_english_and_labels_are_what_there_is(
    client: FlaskClient,
) -> None:
    """A page in English of things named in French shows their French names."""
    french = client.get("/id/river/elbe?lang=fr", headers=BROWSER).text
    assert "Cite this" in french
    english = client.get("/id/place/dresden?lang=en", headers=BROWSER).text
    assert re.search(r'<h1><span lang="(fr|de)">Dresden?</span>', english)
    assert ">lieu</a>" in english


def test_what_a_build_labels_is_labelled_in_every_language(client: FlaskClient) -> None:
    """Sentences have no name but their number."""
    page = client.get("/source/elbe/s/0001?lang=fr", headers=BROWSER).text
    assert "<h1>phrase 1" in page


def test_the_scripts_of_the_workbench_get_their_words_with_the_page(client: FlaskClient) -> None:
    """Those that the browser's files say, and no others."""
    page = client.get("/query?lang=fr", headers=BROWSER).text
    setup = json.loads(re.search(r'id="setup">(.*?)</script>', page)[1])  # type: ignore[index]
    assert setup["language"] == "fr"
    assert setup["words"]["Running …"] == "En cours …"
    assert "clauses cited" not in setup["words"]
    assert ">Lancer</button>" in page


def test_problems_are_told_in_the_language_of_the_page(client: FlaskClient) -> None:
    """Their title is that of the status."""
    page = client.get("/id/river/nile?lang=fr", headers=BROWSER)
    assert page.status_code == 404
    assert "<h1>Introuvable</h1>" in page.text


def test_findings_are_told_in_the_language_asked_for(french: None, rivers: Small) -> None:
    """`--lang` offers the languages there are; words of shapes are those of the shape."""
    rivers.facts(span("Hamburg", "id:river\\/nile :flowsThrough id:place\\/hamburg ."))
    project = ("--project", str(rivers.folder))
    done = run("validate", *project, "--lang", "fr")
    assert done.returncode == 1
    assert "n'est pas dans le registre" in done.stdout + done.stderr
    assert "erreur unknown-individual" in done.stdout + done.stderr
    assert run("validate", *project, "--lang", "xx").stderr.endswith(
        "'xx' is not one of en, fr, zh.\n"
    )


# The registry


def registry(small: Small, header: str, row: str) -> set[tuple[IRI, Literal]]:
    """What the registry says of its one individual."""
    small.write("data/registry.csv", f"{header}\n{row}\n")
    small.facts()
    held = load(small.project).registry
    return {(t.predicate, t.object) for t in held if isinstance(t.object, Literal)}


def test_columns_of_a_registry_are_known_by_their_language_tags(small: Small) -> None:
    """Any languages, in any order; only a label is needed."""
    assert registry(small, "id,class,def_pt-BR,fr,pt-BR,alt_fr", "a,River,um rio,A,B,x|y") == {
        (SKOS.prefLabel, Literal("A", language="fr")),
        (SKOS.altLabel, Literal("x", language="fr")),
        (SKOS.altLabel, Literal("y", language="fr")),
        (SKOS.prefLabel, Literal("B", language="pt-br")),
        (SKOS.definition, Literal("um rio", language="pt-br")),
    }


@pytest.mark.parametrize(
    "header", ["id,class", "id,class,alt_fr", "id,class,fr,fr", "id,class,fr,Colour"]
)
def test_other_columns_are_refused(small: Small, header: str) -> None:
    """A column that is none says what columns there may be."""
    with pytest.raises(SourceError, match="expected the columns id, class, and for each language"):
        registry(small, header, "a,River")
