"""The benchmarks at tiny sizes: that they measure, compare and draw."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from copies import copy_project, edit_gist, remove_statement
from endpoint import load as endpoint_load
from endpoint import report
from endpoint.load import Incoming, percentile
from long_document import write_long_document
from paths import ROOT
from validation import generate as validation_data
from validation import run as validation_run

from cgkg.pipeline import check
from cgkg.project.folder import Project
from cgkg.project.sources import load as load_sources
from cgkg.project.texts import open_texts
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, parts
from cgkg.reasoning import close

FOLDER = ROOT / "benchmarks" / "reasoning"


def load(name: str) -> ModuleType:
    """A script of the benchmark as a module."""
    spec = importlib.util.spec_from_file_location(f"bench_{name}", FOLDER / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate, plot = load("generate"), load("plot")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a run of all engines at the smallest size writes."""
    pytest.importorskip("polars")
    pytest.importorskip("owlrl")
    file = tmp_path_factory.mktemp("bench") / "rows.json"
    command: list[str | Path] = [
        sys.executable,
        FOLDER / "run.py",
        "--sizes",
        "300",
        "--engines",
        "cgkg,owlrl",
    ]
    subprocess.run([*command, "--json", file], check=True, capture_output=True)
    found: list[dict[str, Any]] = json.loads(file.read_text())
    return found


def test_every_engine_gives_a_row(rows: list[dict[str, Any]]) -> None:
    """Rows have the fields that others rely on, with times above zero."""
    assert [row["engine"] for row in rows] == ["cgkg", "pyoxigraph", "owlrl"]
    for row in rows:
        fields = {"engine", "size", "load_seconds", "reason_seconds", "peak_mb", "triples"}
        assert fields <= row.keys()
        assert row["load_seconds"] > 0
        assert row["peak_mb"] > 1
    assert all(row["reason_seconds"] > 0 for row in rows if row["engine"] != "pyoxigraph")


def test_the_closures_agree(rows: list[dict[str, Any]]) -> None:
    """What follows about individuals is the same with cgkg and the reference."""
    (row,) = (row for row in rows if row["engine"] == "owlrl")
    assert (row["agreement"], row["missing"], row["extra"]) == (1.0, 0, 0)


def test_agreement_counts_what_one_has_and_the_other_has_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Axioms and trivial triples do not count; a missing and an added triple do."""
    monkeypatch.syspath_prepend(str(FOLDER))
    run = load("run")
    ours, theirs = tmp_path / "ours.nt", tmp_path / "theirs.nt"
    both = "<a:x> <a:p> <a:y> .\n<a:x> <a:p> <a:z> .\n"
    trivial = f"<a:x> {generate.SAME} <a:x> .\n<a:x> {generate.TYPE} _:b .\n"
    trivial += "<a:A> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <a:A> .\n"
    ours.write_text(both + "<a:x> <a:q> <a:y> .\n")
    theirs.write_text(both + trivial + "<a:x> <a:r> <a:y> .\n")
    assert run.agreement(ours, theirs) == (0.5, 1, 1)
    assert run.agreement(ours, ours) == (1.0, 0, 0)


def test_the_exponent_of_linear_growth_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the triples in ten times the time is an exponent of 1, in 100 times of 2."""
    monkeypatch.syspath_prepend(str(FOLDER))
    run = load("run")
    for power in (1, 2):
        rows = [{"triples": 10**n, "reason_seconds": 10.0 ** (n * power)} for n in (4, 5, 6)]
        assert run.exponent(rows) == pytest.approx(power)


def test_data_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    """The seed decides the data; the size is kept to a city's worth."""
    paths = [tmp_path / f"{name}.nt" for name in "abc"]
    counts = [
        generate.write(path, 2000, seed=seed) for path, seed in zip(paths, (1, 1, 2), strict=True)
    ]
    assert paths[0].read_bytes() == paths[1].read_bytes() != paths[2].read_bytes()
    assert 2000 <= counts[0] < 2500
    assert len(parse_file(paths[0])) == counts[0]


def test_sizes_have_suffixes() -> None:
    """20k is twenty thousand."""
    assert [generate.size(text) for text in ("300", "20k", "2M")] == [300, 20_000, 2_000_000]


def test_the_data_uses_what_the_ontology_defines(tmp_path: Path) -> None:
    """Every kind of inference happens: the rules of all features appear in proofs."""
    path = tmp_path / "data.nt"
    generate.write(path, 2500, inverse_functional=True)
    ontology = [
        quad.triple
        for name in ("ontology", "inverse-functional")
        for quad in parse_file(FOLDER / f"{name}.ttl", blank_prefix=name[0])
    ]
    data = [quad.triple for quad in parse_file(path)]
    closure = close(ontology, data)
    assert closure.unsupported == ()
    assert closure.inconsistencies == ()
    inferred = Counter(parts(triple)[1] for triple in closure.inferred)
    names = ["isPartOf", "hasPart", "isConnectedTo", "governs", "coordinatesCity", "isUpstreamOf"]
    names += ["heads", "isObservedBy", "hasStaff", "residesIn", "label", "measure", "hasStatus"]
    assert all(inferred[IRI(generate.DEF + name)] for name in names)
    assert inferred[IRI(generate.SAME[1:-1])] > 2
    kinds = {parts(triple)[2] for triple in closure.inferred}
    defined = ["CoastalCity", "MonitoredPlace", "PublicServant", "Landlord", "PublicSite", "Mayor"]
    assert kinds >= {IRI(generate.DEF + name) for name in defined}
    rules = {proof.rule for t in closure.inferred[::3] if (proof := closure.explain(t))}
    assert len(rules) > 12


def test_the_picture_has_a_line_for_each_engine() -> None:
    """It is well-formed SVG with the engines' names, drawn from the rows alone."""
    rows = [
        {"engine": name, "explicit": 10**n, "reason_seconds": 10.0 ** (n - 4), "load_seconds": 1}
        for name in ("cgkg", "owlrl")
        for n in (3, 5)
    ]
    picture = ElementTree.fromstring(plot.svg(rows))
    kinds = Counter(part.tag.rsplit("}", 1)[1] for part in picture)
    assert (kinds["polyline"], kinds["circle"]) == (2, 4)
    assert {"cgkg", "owlrl"} <= {part.text for part in picture}


# The endpoint


@pytest.fixture(scope="module")
def endpoint_run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run of the endpoint's benchmark against ours alone writes."""
    folder = tmp_path_factory.mktemp("endpoint")
    file = folder / "rows.json"
    command: list[str | Path] = [
        sys.executable,
        ROOT / "benchmarks" / "endpoint" / "run.py",
        "--peers",
        "cgkg,cgkg@HEAD+nginx,cgkg@none,none",
    ]
    command += ["--datasets", "scaled", "--size", "2k", "--clients", "8", "--seconds", "1"]
    command += ["--runs", "1", "--singles", "3", "--generator", "python"]
    command += ["--folder", folder, "--json", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(file.read_text())
    assert report.text(found) in done.stdout
    return found


@pytest.mark.long
def test_the_endpoint_is_measured(endpoint_run: dict[str, Any]) -> None:
    """Both columns of both workloads have rates, without an error and with the right rows."""
    assert endpoint_run["differences"] == []
    assert set(endpoint_run["left_out"]) == {"none", "cgkg@none"}
    found = {(r["peer"], r["workload"], r["cache"]): r for r in endpoint_run["rates"]}
    peers = ("cgkg", "cgkg@HEAD+nginx")
    works = [(peer, w) for peer in peers for w in ("lookups", "heavy")]
    assert set(found) == {(*one, cache) for one in works for cache in ("off", "on")}
    for row in found.values():
        assert (row["bad"], row["broken"]) == (0, 0)
        assert row["rate"] > 1
        assert 0 < row["p50_ms"] <= row["p99_ms"] <= row["max_ms"]
    for start in endpoint_run["starts"]:
        assert start["again_seconds"] > 0
        assert start["loaded_mb"] > 10
    assert all(row["http_ms"] > row["bare_ms"] / 2 > 0 for row in endpoint_run["singles"])


def test_targets_are_told() -> None:
    """A line for each target, met or not; what was not measured has none."""
    rates = [
        {"workload": w, "peer": p, "cache": c, "clients": 8, "rate": r}
        for w, p, c, r in [
            ("competency", "cgkg", "off", 210.0),
            ("competency", "rdflib-endpoint", "off", 10.0),
            ("competency", "cgkg", "on", 5.0),
            ("competency", "rdflib-endpoint", "on", 10.0),
            ("heavy", "cgkg", "off", 9.0),
            ("heavy", "oxigraph", "off", 10.0),
        ]
    ]
    lines = report.targets({"rates": rates, "singles": []})
    assert [line.rpartition(": ")[2] for line in lines[:2]] == ["met)", "NOT met)"]
    assert lines[0].startswith("- competency, 8 clients, cache off: 21.00 times rdflib-endpoint")
    assert lines[2].endswith("the best peer rdflib-endpoint 10/s (NOT met)")
    assert len(lines) == 3


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_generator_sees_where_an_answer_ends(size: int) -> None:
    """By its length, by its chunks, or by the end of the connection, in pieces of any size."""
    head = b"HTTP/1.1 200 OK\r\n"
    chunks = b"5\r\n0\r\n\r\n\r\n1\r\nx\r\n0\r\n\r\n"
    bodies = {
        head + b"Content-Length: 5\r\n\r\nab\r\nc": b"ab\r\nc",
        head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks: b"0\r\n\r\nx",
        b"HTTP/1.1 100 Continue\r\n\r\n" + head + b"Content-Length: 0\r\n\r\n": b"",
        head + b"Connection: close\r\n\r\nall": b"all",
    }
    for data, body in bodies.items():
        incoming = Incoming()
        whole = [incoming.add(data[at : at + size]) for at in range(0, len(data), size)]
        assert not any(whole[:-1])
        assert whole[-1] != incoming.closes
        answer = incoming.answer(0, ended=incoming.closes)
        assert (answer.status, answer.body) == (200, body)
    broken = Incoming()
    broken.add(head + b"Content-Length: 5\r\n\r\nabc")
    assert broken.answer(0, ended=True).status == 0


def test_percentiles() -> None:
    """The smallest value that this share of all does not exceed."""
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, share) for share in (0, 0.5, 0.99, 1)] == [1, 50, 99, 100]
    assert percentile([3.0], 0.99) == 3
    assert endpoint_load.Outcome(times=[1.0], unfinished=[]).percentile(1) == 1


# The validator


@pytest.fixture(scope="module")
def validations(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a run of ours, the reference, and one that has no time writes."""
    file = tmp_path_factory.mktemp("validation") / "rows.json"
    script = ROOT / "benchmarks" / "validation" / "run.py"
    command: list[str | Path] = [sys.executable, script, "--sizes", "500", "--mistakes", "0.04"]
    command += ["--engines", "cgkg,pyshacl,pyrudof", "--json", file]
    subprocess.run(command, check=True, capture_output=True)
    found: list[dict[str, Any]] = json.loads(file.read_text())
    return found


def test_validators_are_measured_and_agree(validations: list[dict[str, Any]]) -> None:
    """Ours and the reference find the same mistakes, with either set of shapes."""
    rows = [row for row in validations if row["engine"] != "pyrudof"]
    assert [(row["shapes"], row["engine"]) for row in rows] == [
        (shapes, engine) for shapes in ("records", "nested") for engine in ("cgkg", "pyshacl")
    ]
    for row in rows:
        assert row["load_seconds"] > 0
        assert row["validate_seconds"] > 0
        assert row["report_seconds"] >= 0  # what a clock of milliseconds says of a short one
        assert row["peak_mb"] > 1
        assert row["results"] > 3
        assert (row["missing"], row["extra"]) == ([], [])


def test_validating_after_changes_is_measured() -> None:
    """A row for each set of shapes; that the reports are the same is looked at, too."""
    script = ROOT / "benchmarks" / "validation" / "changes.py"
    command: list[str | Path] = [sys.executable, script, "1k", "--edits", "5"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = [line.strip("| ").split(" | ") for line in said.splitlines()[2:]]
    assert [row[0] for row in rows] == ["records", "nested"]
    assert all(float(cell) > 0 for row in rows for cell in row[2:])


def test_validators_that_are_not_installed_are_named(validations: list[dict[str, Any]]) -> None:
    """An engine that is not there has its rows, which say so."""
    rows = [row for row in validations if row["engine"] == "pyrudof"]
    there = importlib.util.find_spec("pyrudof") is not None
    assert [row.get("stopped") for row in rows] == [None if there else "not installed"] * 2


def test_a_validator_without_time_or_memory_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its row says the limit; the run goes on."""
    file = tmp_path / "rows.json"
    command = ["run.py", "--sizes", "300", "--engines", "pyshacl", "--limit", "0.01"]
    monkeypatch.setattr(sys, "argv", [*command, "--shapes", "nested", "--json", str(file)])
    validation_run.main()
    (row,) = json.loads(file.read_text())
    assert row["stopped"] == "more than 0.01 s"
    assert "| pyshacl |  | more than 0.01 s |" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", [*command[:-1], "60", "--memory", "0.02"])
    validation_run.main()
    assert "| pyshacl |  | more than 0.02 GB |" in capsys.readouterr().out


def test_differences_between_validators_are_told() -> None:
    """What the first engine found and another did not, and the other way round."""
    one = ["<a:x>", "<a:p>", '"v"', "InConstraintComponent"]
    row = {"engine": "other", "shapes": "nested", "size": "2k", "missing": [one], "extra": []}
    assert list(validation_run.differences([row])) == [
        "- other, nested at 2k: 1 missing",
        '  - <a:x> <a:p> "v" InConstraintComponent',
    ]
    (same,) = validation_run.differences([{**row, "missing": []}])
    assert same == "All engines that ended found the same."


def test_results_are_read_from_any_report(tmp_path: Path) -> None:
    """Details of results are none of their own; a path that is no IRI is left out."""
    sh, report = "http://www.w3.org/ns/shacl#", tmp_path / "report.nt"
    report.write_text(
        f"_:r <{sh}result> _:a .\n_:a <{sh}focusNode> <a:x> .\n_:a <{sh}resultPath> _:p .\n"
        f"_:a <{sh}sourceConstraintComponent> <{sh}NodeConstraintComponent> .\n"
        f"_:a <{sh}detail> _:d .\n_:d <{sh}focusNode> <a:y> .\n"
    )
    assert validation_run.results(report) == {("<a:x>", "", "", "NodeConstraintComponent")}


def test_mistakes_are_made_to_the_measure_asked_for(tmp_path: Path) -> None:
    """The same seed gives the same mistakes; without any the data is sound and well-formed."""
    paths = [tmp_path / f"{name}.nt" for name in "abc"]
    for path, share in zip(paths, (0.1, 0.1, 0), strict=True):
        validation_data.write(path, 2000, mistakes=share)
    spoilt, again, sound = ({*path.read_text().splitlines()} for path in paths)
    assert spoilt == again
    assert 100 < len(sound - spoilt) < 400
    assert 20 < len(spoilt - sound) < 400
    assert len(parse_file(paths[0])) > 1500


# The build


def test_a_copy_of_the_document_shares_no_identity_with_it(tmp_path: Path) -> None:
    """Twice the spans, sentences and individuals; an edit changes one gist or one statement."""
    copy_project(ROOT, tmp_path / "one", 1, shapes=False)
    copy_project(ROOT, tmp_path / "two", 2, shapes=True)
    one, two = (load_sources(Project.at(tmp_path / name)) for name in ("one", "two"))
    assert len(two.spans) == 2 * len(one.spans)
    assert len(two.registry) == 2 * len(one.registry)
    assert [len(table.sentences) for table in two.tables.values()] == [
        len(table.sentences) for table in one.tables.values()
    ] * 2
    assert {t.subject for t in two.registry} > {t.subject for t in one.registry}
    assert not one.project.shape_files
    assert two.project.shape_files
    edit_gist(tmp_path / "one")
    edited = load_sources(Project.at(tmp_path / "one"))
    assert len(set(edited.descriptions) ^ set(one.descriptions)) == 2
    remove_statement(tmp_path / "one")
    fewer = load_sources(Project.at(tmp_path / "one"))
    assert len(set(edited.facts) - set(fewer.facts)) == 1
    assert not set(fewer.facts) - set(edited.facts)


def test_a_long_document_has_what_is_asked_for(tmp_path: Path) -> None:
    """So many sentences and clauses, and nothing to complain of but what nobody has cited yet."""
    write_long_document(tmp_path / "long", sentences=210, spans=40)
    project = Project.at(tmp_path / "long")
    checked = check(project, text=open_texts(project))
    (table,) = checked.sources.tables.values()
    assert (len(table.sentences), len(checked.sources.spans)) == (210, 40)
    assert not checked.report.findings
    assert len(checked.inferred) > 40


@pytest.mark.long
def test_builds_are_measured(tmp_path: Path) -> None:
    """A row for each number of copies, with times and memory above zero."""
    file = tmp_path / "rows.json"
    script = ROOT / "benchmarks" / "build" / "run.py"
    command: list[str | Path] = [sys.executable, script, "--copies", "1,2", "--folder", tmp_path]
    subprocess.run([*command, "--json", file], check=True, capture_output=True)
    content = json.loads(file.read_text())
    long, rows = content["long_document"], content["rows"]
    assert long["cold_seconds"] > 0.01
    assert long["quads"] > long["sentences"] + long["spans"]
    assert [row["copies"] for row in rows] == [1, 2]
    assert rows[1]["facts"] > 1.5 * rows[0]["facts"]
    assert rows[1]["quads"] > 1.5 * rows[0]["quads"]
    for row in rows:
        for name in ("cold", "start", "again", "edit", "save", "page", "rebuild"):
            assert row[f"{name}_seconds"] > 0.01
        assert row["peak_mb"] > 10
        assert row["cold_stages"] != row["rebuild_stages"]
        assert row["edits"].keys() == {"begin", "gist", "statement"}
