"""The command line, as a person and a script meet it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from projects import BASE, FILES, TEXT, Small, make_small, span
from servers import serving

from cgkg.cli.commands import main
from cgkg.formats import Format
from cgkg.rdf.io import parse_bytes
from cgkg.store.generations import GenerationStore
from cgkg.workers.threads import QueryPool

SELECT = f"SELECT ?p WHERE {{ <{BASE}id/river/elbe> <{BASE}def/flowsThrough> ?p }} ORDER BY ?p"


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=stdin, catch_exceptions=False)


@pytest.fixture
def built(small: Small) -> list[str]:
    """Options naming a small project that was built."""
    options = ["--project", str(small.folder), "--store", str(small.folder / "store")]
    assert run("build", *options).exit_code == 0
    return options


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[str], QueryPool]]:
    """Options naming a built project that nobody changes, and the processes that it is asked by."""
    small = make_small(tmp_path_factory.mktemp("unchanged") / "rivers")
    options = ["--project", str(small.folder), "--store", str(small.folder / "store")]
    assert run("build", *options).exit_code == 0
    found = GenerationStore(small.folder / "store").current()
    files = (found.dataset_file, found.asserted_file)
    with QueryPool.start(*files, workers=1, prefixes=found.prefixes) as pool:
        yield options, pool


@pytest.fixture
def asked(unchanged: tuple[list[str], QueryPool], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Options for `cgkg query`, which then takes the processes that run, and starts none.

    That it starts its own is for the tests of a graph that is built, or older, to show.
    """
    options, pool = unchanged
    monkeypatch.setattr(QueryPool, "start", lambda *_, **__: nullcontext(pool))
    return options


def test_help_names_every_command() -> None:
    """`cgkg --help` says what each command is for."""
    said = run("--help").stdout
    names = "build validate check query explain reason serve info coverage diff span export"
    for name in names.split():
        assert f"\n  {name} " in said
        assert run(name, "--help").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [("bild",), ("build", "--nothing"), ("build", "--project", "/nowhere"), ("query",)],
)
def test_wrong_usage_exits_2(arguments: tuple[str, ...]) -> None:
    """Unknown commands, options and folders are usage errors, without a traceback."""
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_build_tells_of_each_stage(small: Small) -> None:
    """The log goes to stderr with counts and seconds; stdout has the generation alone."""
    done = run("build", "--project", str(small.folder))
    assert done.exit_code == 0
    for stage in ("read", "validated", "reasoned", "stored"):
        assert stage in done.stderr
    name, folder = done.stdout.strip().split("\t")
    assert Path(folder).name == name
    assert (small.folder / "build" / "store" / "CURRENT").read_text().strip() == name


def test_a_graph_that_is_there_is_found_without_what_builds_it(built: list[str]) -> None:
    """A build of what did not change says so, and loads neither pipeline nor reasoner."""
    code = (
        "import sys; from cgkg.cli.commands import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "print([name for name in ('cgkg.pipeline', 'numpy') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, "build", *built]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "unchanged" in done.stderr
    assert done.stdout.splitlines()[1] == "[]"
    other = run("build", *built, "--reasoner", "owlrl")
    assert "unchanged" not in other.stderr
    assert other.stdout != done.stdout.splitlines()[0]


def test_a_rejected_build_prints_every_finding_and_exits_1(small: Small) -> None:
    """All findings, in the language asked for, and what became of the store."""
    small.facts(
        span("Hamburg", "id:river\\/elbe :flowThrough id:place\\/hamburg ."),
        span("Dresden", "id:river\\/elbe :flowsThrouh id:place\\/dresden ."),
    )
    done = run("build", "--project", str(small.folder), "--lang", "zh")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert ":12: 违规" in done.stderr
    assert ":16: 违规" in done.stderr
    assert "the store is unchanged" in done.stderr


def test_validate_reports_on_stdout_and_stores_nothing(small: Small) -> None:
    """`validate` exits 0 or 1, prints findings as text or JSON, and leaves no store."""
    assert run("validate", "--project", str(small.folder)).exit_code == 0
    small.facts(span("Hamburg", "id:river\\/elbe :flowThrough id:place\\/hamburg ."))
    done = run("validate", "--project", str(small.folder), "--json")
    assert done.exit_code == 1
    rows = [row for row in json.loads(done.stdout) if row["severity"] == "violation"]
    assert [(Path(row["path"]).name, row["line"]) for row in rows] == [("1.trig", 12)]
    assert not (small.folder / "build").exists()


def test_a_syntax_error_names_file_line_and_column(small: Small) -> None:
    """A file that cannot be parsed stops everything with its place."""
    small.write("data/1.trig", "@prefix : <urn:x> .\n:a :b ; .\n")
    done = run("validate", "--project", str(small.folder))
    assert done.exit_code == 1
    assert "data/1.trig:2:" in done.stderr


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("table", "p"),
        ("csv", "p\n"),
        ("tsv", "?p\n"),
        ("json", '{"head"'),
        ("xml", "<?xml"),
    ],
)
def test_query_prints_every_format(asked: list[str], form: str, start: str) -> None:
    """A SELECT can be had as table, csv, tsv, json and xml."""
    done = run("query", SELECT, *asked, "--format", form)
    assert done.exit_code == 0
    assert done.stdout.startswith(start)
    assert "place/hamburg" in done.stdout


def test_query_has_every_format_of_the_endpoint() -> None:
    """The choices are the table for people and all rows of the table of formats."""
    (option,) = (p for p in main.commands["query"].params if p.name == "form")
    assert isinstance(option.type, click.Choice)
    assert list(option.type.choices) == ["table", *(form.key for form in Format)]


@pytest.mark.parametrize("form", [Format.JSON_LD, Format.TRIG, Format.N_QUADS])
def test_query_prints_a_graph_in_every_format(asked: list[str], form: Format) -> None:
    """A CONSTRUCT in another syntax holds the same triples as in N-Triples."""
    query = f"CONSTRUCT WHERE {{ ?a <{BASE}def/flowsThrough> ?b }}"
    found = [
        parse_bytes(run("query", query, *asked, "--format", each.key).stdout.encode(), each, Path())
        for each in (Format.N_TRIPLES, form)
    ]
    assert set(found[0]) == set(found[1])
    assert len(found[0]) == 2


def test_a_query_comes_from_a_file_or_standard_input(asked: list[str], tmp_path: Path) -> None:
    """A path, `-`, or the query itself; a missing file is wrong usage."""
    path = tmp_path / "q.rq"
    path.write_text(SELECT, "utf-8")
    shown = run("query", SELECT, *asked).stdout
    assert "(2 solutions)" in shown
    assert run("query", str(path), *asked).stdout == shown
    assert run("query", "-", *asked, stdin=SELECT).stdout == shown
    assert run("query", str(tmp_path / "none.rq"), *asked).exit_code == 2


def test_query_files_are_read_in_the_encodings_of_editors(asked: list[str], tmp_path: Path) -> None:
    """UTF-16 with a mark is read, and an error says where the bytes are that are not."""
    path = tmp_path / "q.rq"
    path.write_bytes("ASK { FILTER ('\u540d' = '\\u540D') };\n".encode("utf-16"))
    assert run("query", "-f", str(path), *asked).output == "yes\n"
    path.write_bytes("# caf\u00e9\nASK {}".encode("latin-1"))
    for words in (["--file", str(path)], [str(path)]):
        result = run("query", *words, *asked)
        assert result.exit_code == 1
        assert f"{path}:1:6: not UTF-8: byte 5, 0xe9" in result.stderr
        assert "hint: save it as UTF-8" in result.stderr
    assert run("query", *asked).exit_code == 2
    assert run("query", "ASK {}", "-f", str(path), *asked).exit_code == 2


def test_query_marks_csv_for_spreadsheets(asked: list[str]) -> None:
    """--bom begins CSV with a byte order mark, and is for nothing else."""
    select = "SELECT (1 AS ?n) {}"
    answer = run("query", select, "--format", "csv", "--bom", *asked)
    assert answer.stdout_bytes == b"\xef\xbb\xbfn\r\n1\r\n"
    assert run("query", select, "--bom", *asked).exit_code == 2


def test_query_answers_ask_and_construct(asked: list[str]) -> None:
    """ASK is yes or no, CONSTRUCT is Turtle; inferred facts can be left out."""
    shares = f"ASK {{ ?a <{BASE}def/sharesRiverWith> ?b }}"
    assert run("query", shares, *asked).stdout == "yes\n"
    assert run("query", shares, *asked, "--asserted").stdout == "no\n"
    graph = run("query", "CONSTRUCT WHERE { ?a a ?b } LIMIT 1", *asked)
    assert " a " in graph.stdout
    assert run("query", "CONSTRUCT WHERE { ?a a ?b }", *asked, "--format", "csv").exit_code == 1


def test_query_knows_the_prefixes_of_the_project(asked: list[str]) -> None:
    """Those that the query does not declare; places of mistakes are those of the query as given."""
    labelled = "SELECT ?l { ?s rdfs:label ?l } LIMIT 1"
    assert "(1 solution)" in run("query", labelled, *asked).stdout
    own = "PREFIX rdfs: <urn:other:> SELECT ?l { ?s rdfs:label ?l }"
    assert "(0 solutions)" in run("query", own, *asked).stdout
    wrong = run("query", "SELECT ?l {\n  ?s rdfs:label ?l }}", *asked)
    assert "line 2, column 21" in wrong.stderr
    unknown = run("query", "SELECT ?l { ?s rdf5:label ?l }", *asked)
    assert "did you mean rdf: / rdfs:" in unknown.stderr
    assert "line 1, column 16" in unknown.stderr


def test_query_says_why_it_may_have_found_nothing(asked: list[str]) -> None:
    """On standard error, so that the answer stays what it is."""
    empty = run("query", SELECT.replace("flowsThrough", "flowThrough"), *asked, "--format", "csv")
    assert empty.exit_code == 0
    assert empty.stdout.split() == ["p"]
    said = f"note: The graph has no property <{BASE}def/flowThrough>."
    assert f"{said} Did you mean <{BASE}def/flowsThrough>?" in empty.stderr
    assert "note:" not in run("query", SELECT, *asked).stderr


def test_query_errors_say_where(asked: list[str]) -> None:
    """A syntax error has its position; a slow query is stopped; both exit 1."""
    done = run("query", "SELECT * WHERE {\n ?s ?p }", *asked)
    assert done.exit_code == 1
    assert "line 2, column 8" in done.stderr
    slow = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    stopped = run("query", slow, *asked, "--timeout", "0.3")
    assert stopped.exit_code == 1
    assert "stopped after 0.3 s" in stopped.stderr


def test_asking_builds_what_is_not_built(small: Small) -> None:
    """The first question builds the graph, in one line on stderr; the next has none."""
    project = ["--project", str(small.folder)]
    first = run("query", SELECT, *project)
    assert first.exit_code == 0
    assert first.stderr == (
        f"{'no graph yet':>21}  building it in {small.folder / 'build' / 'store'}\n"
    )
    second = run("query", SELECT, *project)
    assert (second.stdout, second.stderr) == (first.stdout, "")


def test_asking_an_older_graph_says_so(small: Small) -> None:
    """After an edit the graph answers as it was built, and stderr has the command to run."""
    project = ["--project", str(small.folder)]
    before = run("query", SELECT, *project).stdout
    small.write("data/registry.csv", FILES["data/registry.csv"].replace("Labe", "Albis"))
    for command in (("query", SELECT), ("info",), ("explain", "<urn:a> a <urn:b>")):
        done = run(*command, *project)
        assert f"run cgkg build --project {small.folder}\n" in done.stderr
        assert "older graph" in done.stderr
    assert run("query", SELECT, *project).stdout == before
    run("build", *project)
    assert run("query", SELECT, *project).stderr == ""


def test_a_graph_of_the_other_reasoner_is_not_older(small: Small) -> None:
    """What owlrl made of the same files is as new as what cgkg makes."""
    project = ["--project", str(small.folder)]
    assert run("build", "--reasoner", "owlrl", *project).exit_code == 0
    assert run("query", SELECT, *project).stderr == ""


def test_a_named_store_is_asked_as_it_is(small: Small, tmp_path: Path) -> None:
    """A slip in --store makes no new store; the hint is the whole command that would."""
    nothing = tmp_path / "nothing"
    done = run("query", SELECT, "--store", str(nothing))
    assert done.exit_code == 1
    assert f"hint: run cgkg build --store {nothing}\n" in done.stderr
    done = run("info", "--project", str(small.folder), "--store", str(nothing))
    assert f"hint: run cgkg build --project {small.folder} --store {nothing}\n" in done.stderr
    assert not nothing.exists()
    assert not (small.folder / "build").exists()


def test_a_store_is_all_that_asking_needs(
    small: Small, built: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --store alone no project is looked for; prefixes are those of the graph."""
    monkeypatch.chdir(tmp_path)
    store = built[2:]
    query = run("query", SELECT, *store)
    assert "(2 solutions)" in query.stdout
    assert query.stderr == run("info", *store).stderr == ""
    fact = f"<{BASE}id/place/dresden> <{BASE}def/liesOn> <{BASE}id/river/elbe>"
    told = run("explain", fact, *store)
    assert told.exit_code == 0
    assert run("explain", *fact.split(), *store).stdout == told.stdout  # not quoted
    assert run("export", *store).exit_code == 0
    assert (small.folder / "release" / "release.json").is_file()


def test_info_shows_counts_versions_and_digests(asked: list[str]) -> None:
    """`info` is for people, `info --json` for programs."""
    content = json.loads(run("info", *asked, "--json").stdout)
    assert content["counts"]["span_graphs"] == 3
    assert content["inputs"]["data/registry.csv"]
    assert content["versions"]["pyoxigraph"]
    assert content["classes"][BASE + "def/Place"] == 2
    assert content["generation"] in run("info", *asked).stdout


def test_span_gives_the_header_of_a_block(small: Small) -> None:
    """The words of the document become position, digest and section, ready to paste."""
    options = ["--project", str(small.folder), "--source", str(small.folder / "document.txt")]
    done = run("span", "flows through Dresden", *options)
    assert done.exit_code == 0
    start = TEXT.index("flows through Dresden")
    assert f"c:{start}-{start + 21}" in done.stdout
    assert run("span", "no such words", *options).exit_code == 1
    assert "--source" in run("span", "Elbe", "--project", str(small.folder)).stderr


def test_check_prints_one_line_per_finding(small: Small) -> None:
    """Each finding is `file:line: severity code: message`; the exit code tells of violations."""
    project = ["--project", str(small.folder)]
    done = run("check", *project)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "0 of 0 questions passed" in done.stderr
    small.facts(span("Hamburg", "id:river\\/elbe :flowThrough id:place\\/hamburg ."))
    small.write("queries/competency/Q1.rq", "# q\nASK { ?s a ?o }")
    small.write("queries/competency/expected.json", '{"Q1": [false]}')
    done = run("check", *project)
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{small.folder}/data/1.trig:12: violation unknown-term: ")
    assert "flowsThrough" in lines[0]
    assert lines[1].startswith(f"{small.folder}/queries/competency/Q1.rq:2: violation question-")
    assert "0 of 1 questions passed" in done.stderr
    found = json.loads(run("check", *project, "--json").stdout)
    assert found["sound"] is False
    assert found["questions"] == {"asked": 1, "passed": 0}
    assert " 违规 unknown-term: " in run("check", *project, "--lang", "zh").stdout


def test_check_goes_on_after_a_malformed_file(small: Small) -> None:
    """A file that cannot be parsed is a finding like others, not an end."""
    small.write("data/1.trig", "@prefix : <urn:x> .\n:a :b ; .\n")
    done = run("check", "--project", str(small.folder))
    assert done.exit_code == 1
    assert f"{small.folder}/data/1.trig:2: violation unreadable: column " in done.stdout


def test_diff_exits_as_diff_does(small: Small, built: list[str]) -> None:
    """0 for no difference, 1 for one, 2 for a side that cannot be read."""
    folder, store = str(small.folder), str(small.folder / "store")
    same = run("diff", store, folder)
    assert (same.exit_code, same.stdout) == (0, "no statement and no inference differs\n")
    small.facts(span("1,094 km", "id:river\\/elbe :lengthKm 1094 ."))
    done = run("diff", store, folder, "--lang", "zh")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1].startswith("此次修改删除 ")
    assert json.loads(run("diff", folder, store, "--json").stdout)["same"] is False
    wrong = run("diff", folder, str(small.folder / "data"))
    assert wrong.exit_code == 2
    assert "no project, store, generation or release" in wrong.stderr


def test_span_relocate_lists_and_writes(small: Small, tmp_path: Path) -> None:
    """Every span in the corrected edition; exit 1 and nothing written while one has no place."""
    old = str(small.folder / "document.txt")
    new = small.write("new.txt", TEXT.replace("1.Rivers\n", "1.Rivers\nOne more line.\n"))
    options = ["--project", str(small.folder), "--relocate", old, str(new)]
    done = run("span", *options, "--write", str(tmp_path / "out"))
    assert done.exit_code == 0
    assert "3 of 3 spans placed" in done.stdout
    assert (tmp_path / "out" / "data" / "1.trig").is_file()
    new.write_text(TEXT.replace("It is 1,094 km long.", ""), "utf-8")
    done = run("span", *options, "--write", str(tmp_path / "two"))
    assert done.exit_code == 1
    assert "--partial" in done.stderr
    assert not (tmp_path / "two").exists()
    assert run("span", *options, "--write", str(tmp_path / "two"), "--partial").exit_code == 1
    assert (tmp_path / "two" / "data" / "1.trig").is_file()
    assert json.loads(run("span", *options, "--json").stdout)["counts"] == {"same": 2, "lost": 1}


@pytest.mark.parametrize("more", [[], ["words", "--partial"]])
def test_span_takes_words_or_two_editions(small: Small, more: list[str]) -> None:
    """Neither words nor editions, or options of the one with the other, is wrong usage."""
    assert run("span", *more, "--project", str(small.folder)).exit_code == 2


def test_export_writes_one_ontology(asked: list[str], tmp_path: Path) -> None:
    """The merged file has one ontology, no imports, and evidence as axiom annotations."""
    path = tmp_path / "merged.ttl"
    assert run("export", *asked, "--merged", str(path)).exit_code == 0
    text = path.read_text("utf-8")
    assert text.count("a owl:Ontology") == 1
    assert "owl:imports" not in text
    assert text.count("owl:annotatedSource") == 3
    again = tmp_path / "again.ttl"
    run("export", *asked, "--merged", str(again))
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_serve_prints_its_address_and_leaves_nothing(small: Small, ended_by: int) -> None:
    """One line on stdout when ready; however it ends, no process stays behind."""
    with serving(small.folder) as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert server.ask("/health").status == 200
        assert server.workers
        server.stop(ended_by)


def test_a_taken_port_is_one_plain_sentence(small: Small) -> None:
    """The port is tried before anything is built."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run("serve", "--project", str(small.folder), "--port", port)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "port" in done.stderr
    assert not (small.folder / "build").exists()
