"""Bare folders: any RDF files, served as written."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from paths import ROOT
from projects import Small

from cgkg import pipeline
from cgkg.bare import build
from cgkg.cli.commands import main
from cgkg.errors import ConfigError, SourceError
from cgkg.project.folder import Project
from cgkg.rdf.terms import DefaultGraph
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.store.generations import Generation, GenerationStore
from cgkg.web.app import Settings, create_app
from cgkg.workers import keeper

EX = "http://example.org/"
TURTLE = (
    '@prefix : <http://example.org/> .\n:a :p :b , [ :q <near> ] , "046"^^:int .\n_:x :p _:x .\n'
)
TRIG = """@prefix : <http://example.org/> .
:a :p :b .
:g { :a :p :b , _:x . _:x :q "say _:x" , "> _:x <g> _:x" . }
_:h { :a :says "a _:h" , "b"@en . }
"""


def folder_of(place: Path, files: dict[str, str]) -> Path:
    """A folder of these files, by path."""
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a Turtle and a TriG file, and things that are no data."""
    files = {
        "b.ttl": TURTLE,
        "sub/a.trig": TRIG,
        "readme.md": "# not RDF",
        ".hidden/x.ttl": "broken",
        "build/old.ttl": "broken",
    }
    return folder_of(tmp_path / "data", files)


def built(folder: Path) -> Generation:
    project = Project.at(folder)
    return build(project, project.store)


def lines(generation: Generation) -> list[str]:
    return generation.dataset_file.read_text("utf-8").splitlines()


def test_files_are_taken_as_written(folder: Path) -> None:
    """Triples of all files are the default graph, named graphs stay, nothing is added."""
    near = (folder / "near").resolve().as_uri()
    assert lines(built(folder)) == [
        f"<{EX}a> <{EX}p> <{EX}b> .",
        f"_:f0b0 <{EX}q> <{near}> .",
        f"<{EX}a> <{EX}p> _:f0b0 .",
        f'<{EX}a> <{EX}p> "046"^^<{EX}int> .',
        f"_:f0b1 <{EX}p> _:f0b1 .",
        f"<{EX}a> <{EX}p> <{EX}b> .",
        f"<{EX}a> <{EX}p> <{EX}b> <{EX}g> .",
        f"<{EX}a> <{EX}p> _:f1b0 <{EX}g> .",
        f'_:f1b0 <{EX}q> "say _:x" <{EX}g> .',
        f'_:f1b0 <{EX}q> "> _:x <g> _:x" <{EX}g> .',
        f'<{EX}a> <{EX}says> "a _:h" _:f1b1 .',
        f'<{EX}a> <{EX}says> "b"@en _:f1b1 .',
    ]


def united(folder: Path) -> Generation:
    (folder / "cgkg.toml").write_text("[serve]\nunion_default_graph = true\n")
    return built(folder)


TALKATIVE = """@prefix : <http://example.org/> .
:a :p :b , "\\" _:x" , "> <u:g> .", "<u:g>"@en , "\\\\" .
:g { :a :p :b , "\\" _:x" , "> <u:g> ." , _:n . _:n :q "<u:g>"@en , "\\\\" , 1 . }
:h { :a :p :b . :c :p :d }
_:n { :a :p "in a graph without a name" }
"""


def test_the_default_graph_may_be_the_union_of_all(tmp_path: Path) -> None:
    """Each triple once, whatever graphs it is in; the named graphs stay what they are."""
    folder = folder_of(tmp_path / "data", {"a.trig": TALKATIVE})
    plain = list(built(folder).open().quads())
    generation = united(folder)
    graph = generation.open()
    named = {quad for quad in graph.quads() if quad.graph_name != DefaultGraph()}
    assert named == {quad for quad in plain if quad.graph_name != DefaultGraph()}
    triples = list(graph.triples())
    assert len(triples) == len(set(triples))
    assert set(triples) == {quad.triple for quad in plain}
    counts = generation.manifest["counts"]
    assert (counts["statements"], counts["dataset"]) == (len(triples), len(graph))


def test_every_way_to_ask_finds_the_same_union(folder: Path) -> None:
    """Endpoint, graph store, service description and release; a row is counted once."""
    generation = united(folder)
    evaluator = Evaluator(generation.open(), generation.open(asserted=True), max_bytes=1 << 20)

    class Pool:
        def run(self, request: QueryRequest) -> QueryAnswer:
            return evaluator.answer(request)

    client = create_app(generation, Pool(), Settings()).test_client()
    ask = {"query": f"SELECT (COUNT(*) AS ?n) {{ <{EX}a> <{EX}p> <{EX}b> }}", "format": "csv"}
    for more in ({}, {"reasoning": "off"}):
        assert client.get("/sparql", query_string={**ask, **more}).text.split() == ["n", "1"]
    whole = client.get("/graph-store?default", headers={"Accept": "application/n-triples"}).text
    assert len(whole.splitlines()) == generation.manifest["counts"]["statements"] == 10
    said = client.get("/sparql", headers={"Accept": "text/turtle"}).text
    assert "sd:feature sd:UnionDefaultGraph" in said
    assert "void:triples 10" in said


def test_without_the_setting_there_is_no_union(folder: Path) -> None:
    """It is part of what names a generation, and of a project that reasons it is no setting."""
    (folder / "cgkg.toml").write_text("[serve]\nunion_default_graph = false\n")
    plain = built(folder)
    assert "union" not in str(plain.manifest["project"])
    assert plain.manifest["union_default_graph"] is False
    assert united(folder).id != plain.id
    (folder / "cgkg.toml").write_text("[serve]\nunion_default_graph = 3\n")
    with pytest.raises(ConfigError, match=r"serve\.union_default_graph: 3 is not allowed"):
        Project.at(folder)
    with pytest.raises(ConfigError, match=r"without a \[project\]"):
        Project.at(ROOT).with_union_default_graph(True)


def test_quads_are_counted_once(folder: Path) -> None:
    """The manifest counts what a store holds, also where two files say the same."""
    generation = built(folder)
    assert generation.manifest["counts"]["dataset"] == 11 == len(generation.open())
    assert generation.manifest["inputs"].keys() == {"b.ttl", "sub/a.trig"}


def test_the_same_files_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """Nodes without a label are numbered, not named by chance."""
    project = Project.at(folder)
    one, other = (build(project, tmp_path / name) for name in ("one", "other"))
    assert one.dataset_file.read_bytes() == other.dataset_file.read_bytes()
    assert one.manifest == other.manifest


def test_long_files_are_numbered_as_short_ones(tmp_path: Path) -> None:
    """A file of many blocks keeps its nodes together across their borders."""
    text = "".join(
        f'_:n{i} <{EX}next> _:n{i + 1} .\n_:n{i} <{EX}at> "{i}" .\n' for i in range(20000)
    )
    generation = built(folder_of(tmp_path / "long", {"a.nt": text}))
    found = lines(generation)
    assert len(found) == 40000
    assert found[-2:] == [
        f"_:f0b19999 <{EX}next> _:f0b20000 .",
        f'_:f0b19999 <{EX}at> "19999" .',
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.nt", f"<{EX}a> <{EX}p> <{EX}b> ."),
        ("a.nq", f"<{EX}a> <{EX}p> <{EX}b> ."),
        ("a.jsonld", f'{{"@id": "{EX}a", "{EX}p": {{"@id": "{EX}b"}}}}'),
        *(
            (
                name,
                '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
                f' xmlns:e="{EX}"><rdf:Description rdf:about="{EX}a">'
                f'<e:p rdf:resource="{EX}b"/></rdf:Description></rdf:RDF>',
            )
            for name in ("a.rdf", "a.owl", "a.OWL")
        ),
    ],
)
def test_every_syntax_is_read(tmp_path: Path, name: str, content: str) -> None:
    """The name's ending says the syntax."""
    assert lines(built(folder_of(tmp_path / "x", {name: content}))) == [
        f"<{EX}a> <{EX}p> <{EX}b> ."
    ]


def test_compressed_files_are_read(tmp_path: Path) -> None:
    """.gz goes behind any of the endings; half a file is an error."""
    content = gzip.compress(f"<{EX}a> <{EX}p> <{EX}b> .".encode())
    (tmp_path / "a.nt.gz").write_bytes(content)
    assert lines(built(tmp_path)) == [f"<{EX}a> <{EX}p> <{EX}b> ."]
    (tmp_path / "a.nt.gz").write_bytes(content[:-9])
    with pytest.raises(SourceError, match=r"a\.nt\.gz: not a whole gzip file"):
        built(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("a.ttl", "@prefix : <http://example.org/> .\n:a :b\n:c :d .\n", "3:4: A dot is expected"),
        ("a.jsonld", '{"@id": "http://example.org/x", "p": [ }', "1:40: "),
        ("a.ttl", "<a> <b> <<( <c> <d> <e> )>> .", "1:9: triple terms of RDF 1.2"),
        ("a.ttl", '<a> <b> "x\\\\"@en--ltr .', "1:14: base directions of RDF 1.2"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: str, place: str) -> None:
    """The error says file, line and column; the store stays as it was, without leftovers."""
    folder = folder_of(tmp_path / "x", {"b.nt": f"<{EX}a> <{EX}p> <{EX}b> ."})
    before = built(folder)
    folder_of(folder, {name: content})
    with pytest.raises(SourceError) as caught:
        built(folder)
    assert caught.value.message.startswith(f"{folder / name}:{place}")
    assert caught.value.hint
    store = GenerationStore(folder / "build" / "store")
    assert store.current() == before
    assert [path.name for path in (store.folder / "generations").iterdir()] == [before.id]


def test_all_broken_files_are_named(tmp_path: Path) -> None:
    """The first is the error, the others are in its hint."""
    broken = dict.fromkeys(("a.ttl", "c.nt", "d.jsonld"), "oops")
    folder = folder_of(tmp_path / "x", {**broken, "b.nt": f"<{EX}a> <{EX}p> <{EX}b> ."})
    with pytest.raises(SourceError) as caught:
        built(folder)
    assert caught.value.path == folder / "a.ttl"
    for name in ("c.nt:1:", "d.jsonld:1:1: "):
        assert f"also {folder / name}" in caught.value.hint
    assert "b.nt" not in caught.value.hint


LANG_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"


@pytest.mark.parametrize(
    "unreadable",
    [f'"t"^^<{LANG_STRING}>', f"<{EX}a b>", '"t"@toolongtoolong', f'"{"9" * (1 << 24)}"'],
    ids=["datatype", "iri", "tag", "length"],
)
def test_what_cannot_be_read_again_is_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unreadable: str
) -> None:
    """Whatever a reader of a syntax lets through: the error names its file, and the store stays."""
    files = {f"{n}.nt": f'<{EX}a> <{EX}p> "{n}" .\n' * 3 for n in range(3)}
    folder = folder_of(tmp_path / "x", files)
    before = built(folder)
    (folder / "1.nt").write_text(f'<{EX}a> <{EX}p> "x" .', "utf-8")

    def careless(path: Path, output: Any, **_: object) -> dict[str, str]:
        output.write(path.read_bytes())
        if path.name == "1.nt":
            output.write(f"\n<{EX}a> <{EX}p> {unreadable} .\n".encode())
        return {}

    monkeypatch.setattr("cgkg.bare.transcribe", careless)
    with pytest.raises(SourceError, match="that no file of quads can hold") as caught:
        built(folder)
    assert caught.value.path == folder / "1.nt"
    assert f"<{EX}a> <{EX}p> {unreadable[:40]}" in caught.value.what
    store = GenerationStore(folder / "build" / "store")
    assert store.current() == before
    assert [path.name for path in (store.folder / "generations").iterdir()] == [before.id]


def test_a_long_literal_is_stored_as_it_comes(tmp_path: Path) -> None:
    """Parts of a line are joined once, when it ends."""
    text = "9" * 5_000_000
    generation = built(folder_of(tmp_path / "x", {"a.nt": f'<{EX}a> <{EX}p> "{text}" .\n'}))
    assert lines(generation) == [f'<{EX}a> <{EX}p> "{text}" .']


def test_the_manifest_says_what_was_not_read(folder: Path) -> None:
    """Each with its reason; the command prints them, also if the build fails."""
    generation = built(folder)
    assert generation.manifest["not_read"] == {
        "count": 3,
        "files": {
            ".hidden": "hidden",
            "build": "the folder that cgkg builds in",
            "readme.md": "its name ends in none that RDF files have",
        },
    }
    run = CliRunner().invoke
    (folder / "c.ttl").write_text("oops", "utf-8")
    done = run(main, ["build", "--project", str(folder)])
    assert done.exit_code == 1
    assert "not read  readme.md  (its name ends in none that RDF files have)" in done.stderr


def test_wrong_statements_can_be_left_out(folder: Path) -> None:
    """They are counted and listed in the manifest and by the command; it is another generation."""
    strict = built(folder)
    (folder / "c.nt").write_text(f"<{EX}a> <{EX}p> <{EX}c> .\noops\n", "utf-8")
    run = CliRunner().invoke
    assert run(main, ["build", "--project", str(folder)]).exit_code == 1
    for _ in range(2):  # also if nothing changed
        done = run(main, ["build", "--lenient", "--project", str(folder)])
        assert done.exit_code == 0, done.output
        assert f"left out  {folder}/c.nt:2:1: " in done.stderr
    project = Project.at(folder)
    generation = GenerationStore(project.store).current()
    assert generation != strict
    assert generation.left_out["count"] == 1
    assert project.makes(generation.id)
    assert generation.manifest["counts"]["dataset"] == 12


def test_a_project_has_nothing_left_out(small: Small) -> None:
    """It is checked instead."""
    done = CliRunner().invoke(main, ["build", "--lenient", "--project", str(small.folder)])
    assert done.exit_code == 2
    assert "--lenient is for folders of RDF" in done.stderr


def test_contexts_are_looked_up_in_the_catalog(tmp_path: Path) -> None:
    """A change of one is a change of the folder."""
    catalog = (
        '<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">'
        '<uri name="https://schema.org/" uri="contexts/s.json"/></catalog>'
    )
    document = f'{{"@context": "https://schema.org/", "@id": "{EX}a", "name": "b"}}'
    context = '{"@context": {"@vocab": "https://schema.org/"}}'
    files = {"catalog-v001.xml": catalog, "a.jsonld": document, "contexts/s.json": context}
    folder = folder_of(tmp_path / "x", files)
    generation = built(folder)
    assert lines(generation) == [f'<{EX}a> <https://schema.org/name> "b" .']
    assert generation.manifest["inputs"].keys() == files.keys()
    (folder / "contexts/s.json").write_text(context.replace("schema", "example"), "utf-8")
    assert built(folder) != generation


def test_any_name_of_a_file_or_folder_will_do(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 stop neither build nor query, nor a message about them."""
    folder = tmp_path / os.fsdecode(b"caf\xe9 #1?")
    folder.mkdir()
    (folder / os.fsdecode(b"\xe9\n%.ttl")).write_text(f"<{EX}a> <{EX}p> <> .", "utf-8")
    generation = built(folder)
    assert lines(generation) == [f"<{EX}a> <{EX}p> <{folder.as_uri()}/%E9%0A%25.ttl> ."]
    assert generation.manifest["inputs"].keys() == {r"\xe9\x0a%.ttl"}
    run = CliRunner().invoke
    for command in (["build"], ["info", "--json"], ["query", "SELECT * { ?s ?p ?o }"]):
        done = run(main, [*command, "--project", str(folder)])
        assert done.exit_code == 0, done.output
    (folder / os.fsdecode(b"\xe9\n%.ttl")).write_text("oops", "utf-8")
    done = run(main, ["build", "--project", str(folder)])
    assert done.exit_code == 1
    assert r"\xe9\x0a%.ttl:1:1: " in done.stderr


def test_a_folder_without_rdf_is_refused(tmp_path: Path) -> None:
    """The error says what a folder may hold."""
    with pytest.raises(ConfigError, match=r"no cgkg\.toml and no RDF files") as caught:
        Project.at(tmp_path)
    assert ".ttl" in caught.value.hint


def test_settings_do_not_make_a_project(folder: Path) -> None:
    """A cgkg.toml with [serve] alone leaves the folder bare; a misspelt table does not."""
    (folder / "cgkg.toml").write_text("[serve]\nport = 8080\n", "utf-8")
    assert Project.at(folder).bare
    (folder / "cgkg.toml").write_text("[projekt]\n", "utf-8")
    with pytest.raises(ConfigError, match=r"\[project\] is missing; there is \[projekt\]"):
        Project.at(folder)


def test_a_store_inside_the_folder_is_no_data(folder: Path) -> None:
    """Building again reads the same files, wherever the store is."""
    project = Project.at(folder)
    first = build(project, folder / "kept")
    assert build(Project.at(folder), folder / "kept") == first


def test_a_folder_that_cannot_be_written_is_built_elsewhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store goes to the user's cache folder, one for each folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("os.access", lambda path, mode: False)
    other = folder_of(tmp_path / "other", {"a.ttl": TURTLE})
    (folder / "build" / "old.ttl").unlink()
    (folder / "build").rmdir()
    places = {Project.at(place).store for place in (folder, other)}
    assert len(places) == 2
    assert all(place.is_relative_to(tmp_path / "cache" / "cgkg") for place in places)


def test_the_keeper_loads_one_graph_once(folder: Path) -> None:
    """Asserted facts and dataset are one file, and one graph in memory."""
    generation = built(folder)
    assert generation.asserted_file == generation.dataset_file
    name = str(generation.dataset_file)
    settings = keeper.WorkerSettings(name, name, max_bytes=1, memory=1)
    evaluator = keeper._make_opener(settings, keeper.LoadedGraphs.load(settings)).open()
    assert evaluator.dataset is evaluator.asserted
    assert len(evaluator.dataset) == 11


class NoPool:
    """Pages ask no queries."""

    def run(self, request: QueryRequest) -> QueryAnswer:
        raise AssertionError(request)


@pytest.mark.parametrize("said", ["<http://e/1/2> 5", "a <http://e/1>", '<http://e/p> "\\u0001"'])
def test_data_that_rdf_xml_cannot_hold_are_refused_in_it(tmp_path: Path, said: str) -> None:
    """It would be no XML; the other formats have them."""
    folder = folder_of(tmp_path / "data", {"a.ttl": f"<{EX}a> {said} ."})
    client = create_app(built(folder), NoPool(), Settings(base="")).test_client()
    address = {"iri": EX + "a"}
    answer = client.get(
        "/resource", query_string=address, headers={"Accept": "application/rdf+xml"}
    )
    assert answer.status_code == 406
    assert f"which cannot hold <{EX}a> " in answer.get_json(force=True)["detail"]
    answer = client.get("/resource", query_string=address, headers={"Accept": "text/turtle"})
    assert answer.status_code == 200


def test_pages_show_what_the_folder_holds(folder: Path) -> None:
    """Without a base every IRI has its page under /resource."""
    generation = built(folder)
    client = create_app(generation, NoPool(), Settings(base="")).test_client()
    home = client.get("/")
    assert home.status_code == 200
    assert "data" in home.text
    assert "as their files have them" in home.text
    assert "CC BY" not in home.text
    for name in ("a", "g"):
        assert f"/resource?iri=http%3A%2F%2Fexample.org%2F{name}" in home.text
    page = client.get("/resource", query_string={"iri": EX + "a"})
    assert page.status_code == 200
    assert "/resource?iri=http%3A%2F%2Fexample.org%2Fb" in page.text
    assert client.get("/nothing/here").status_code == 404


@pytest.mark.parametrize(
    "command",
    [
        ["validate"],
        ["check"],
        ["coverage"],
        ["explain", "<http://example.org/a> a <http://example.org/B>"],
        ["explain", "--inconsistencies"],
        ["span", "words"],
        ["export", "--merged", "x.ttl"],
    ],
)
def test_commands_that_need_an_ontology_say_so(folder: Path, command: list[str]) -> None:
    """Nothing is checked and nothing claimed to be right."""
    built(folder)
    done = CliRunner().invoke(main, [*command, "--project", str(folder)])
    assert done.exit_code == 2, done.output
    assert "without an ontology or shapes" in done.output or "not at hand" in done.output


def test_build_info_and_query_work(folder: Path) -> None:
    """The commands that need no ontology work as for any project."""
    run = CliRunner().invoke
    assert run(main, ["build", "--project", str(folder)]).exit_code == 0
    info = run(main, ["info", "--json", "--project", str(folder)])
    assert json.loads(info.stdout)["counts"] == {"dataset": 11, "files": 2, "statements": 11}
    text = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    query = run(main, ["query", text, "--format", "csv", "--project", str(folder)])
    assert query.stdout.split() == ["n", "5"]


def test_build_of_the_package_takes_bare_folders(folder: Path) -> None:
    """`cgkg.build` gives the generation and a report without findings."""
    project = Project.at(folder)
    generation, report = pipeline.build(project, project.store)
    assert generation == built(folder)
    assert report.conforms
    assert generation.manifest["bare"] is True


def test_serving_loads_only_what_it_uses() -> None:
    """A graph is served without numpy, rdflib and all that takes long to import; what
    evaluates is loaded where it is used, in the query processes, and metrics with the first
    scraper."""
    code = (
        "import sys, cgkg.bare, cgkg.serving.server, cgkg.cli.commands, cgkg.workers.keeper\n"
        "import cgkg.web.app\n"
        "slow = 'numpy', 'rdflib', 'pyshacl', 'owlrl', 'polars', 'cgkg.pipeline', 'cgkg.reasoning',"
        " 'prometheus_client', 'cgkg.sparql.evaluation'\n"
        "print([name for name in slow if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_prefixes_of_the_files_are_those_of_the_folder(tmp_path: Path) -> None:
    """`cgkg query` knows them, unless two files mean different namespaces by one."""
    files = {
        "a.ttl": "@prefix ex: <http://example.org/> .\n@prefix two: <urn:1:> .\nex:a ex:p two:b .",
        "b.ttl": "@prefix ex: <http://example.org/> .\n@prefix two: <urn:2:> .\nex:b ex:p two:b .",
    }
    prefixes = built(folder_of(tmp_path / "data", files)).prefixes
    assert prefixes["ex"] == EX
    assert prefixes["rdfs"] == "http://www.w3.org/2000/01/rdf-schema#"
    assert "two" not in prefixes
    done = CliRunner().invoke(
        main, ["query", "SELECT ?s { ?s ex:p ?o }", "--project", str(tmp_path / "data")]
    )
    assert "ex:a" in done.stdout
    assert "ex:b" in done.stdout
