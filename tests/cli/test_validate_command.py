"""`cgkg validate --data --shapes`: output, exit codes, and the page that shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from paths import ROOT
from projects import make_small, span

from cgkg.cli.commands import main
from cgkg.rdf.io import parse_file
from cgkg.rdf.vocab import SH

PAGE = ROOT / "docs" / "how-to" / "validate.md"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["validate", *arguments])


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """The files of the page, in the working folder, as options."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```turtle\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    for name, text in zip(("data.ttl", "shapes.ttl"), blocks, strict=True):
        Path(name).write_text(text, "utf-8")
    return ("--data", "data.ttl", "--shapes", "shapes.ttl")


def test_the_page_shows_what_is_printed(files: Sequence[str]) -> None:
    """The command on the page prints what is below it."""
    (shown,) = re.findall(r"```text\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    done = run(*files)
    assert done.stdout == shown
    assert done.exit_code == 1


def test_the_exit_code_says_whether_the_data_conforms(files: Sequence[str]) -> None:
    """0 if it does; 1 for a result of any severity, or an unknown word in the shapes."""
    Path("shapes.ttl").write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
        "<urn:s> a sh:NodeShape ; sh:targetNode <urn:x> ; sh:nodeKind sh:IRI .\n"
    )
    done = run(*files)
    assert (done.exit_code, done.stdout) == (0, "0 violation(s), 0 warning(s), 0 info(s)\n")
    kept = Path("shapes.ttl").read_text()
    Path("shapes.ttl").write_text(kept.replace("sh:IRI", "sh:Literal ; sh:severity sh:Info"))
    assert run(*files).exit_code == 1
    Path("shapes.ttl").write_text(kept.replace("sh:nodeKind", "sh:nodekind"))
    done = run(*files, "--json")
    assert done.exit_code == 1
    content = json.loads(done.stdout)
    assert (content["conforms"], content["violations"]) == (True, 1)


def test_what_cannot_be_used_exits_2_with_its_line(files: Sequence[str]) -> None:
    """A malformed file of data, malformed shapes, shapes of which SHACL makes nothing."""
    good = Path("shapes.ttl").read_text("utf-8")
    for text, line in (
        (good + "ex:x ex:y ;", 14),
        (good.replace("sh:minCount 1", "sh:minCount -1.5"), 7),
    ):
        Path("shapes.ttl").write_text(text, "utf-8")
        done = run(*files)
        assert (done.exit_code, done.stdout) == (2, "")
        assert f"shapes.ttl:{line}" in done.stderr
    Path("shapes.ttl").write_text(good, "utf-8")
    Path("data.ttl").write_text("<urn:a> <urn:b>\n")
    done = run(*files)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "data.ttl:" in done.stderr


def test_options_that_do_not_go_together_are_told(files: Sequence[str]) -> None:
    """Wrong usage, whatever the data."""
    for wrong in (
        ("--data", "data.ttl"),
        ("--shapes", "shapes.ttl"),
        ("--format", "ttl"),
        (*files, "--project", "."),
    ):
        done = run(*wrong)
        assert done.exit_code == 2
        assert "Error: " in done.stderr


def test_turtle_is_the_report_of_the_specification(files: Sequence[str]) -> None:
    """One report, its results, the details of the nested one; the unknown word is told apart."""
    done = run(*files, "--format", "ttl")
    assert done.exit_code == 1
    Path("report.ttl").write_text(done.stdout, "utf-8")
    triples = [quad.triple for quad in parse_file(Path("report.ttl"))]
    reports = [t.subject for t in triples if t.object == SH.ValidationReport]
    results = [t.object for t in triples if t.predicate == SH.result and t.subject in reports]
    details = [t.object for t in triples if t.predicate == SH.detail]
    assert (len(reports), len(results), len(details)) == (1, 3, 1)
    kinds = {t.subject for t in triples if t.object == SH.ValidationResult}
    assert kinds == {*results, *details}
    assert "shapes.ttl:8: violation unknown-term: " in done.stderr
    assert "sh:mincount" not in done.stdout


def test_sarif_is_in_the_language_asked_for(files: Sequence[str]) -> None:
    """Messages of the shapes that have one in it, and the causes of results."""
    log = json.loads(run(*files, "--format", "sarif", "--lang", "zh").stdout)
    texts = [result["message"]["text"] for result in log["runs"][0]["results"]]
    related = [
        place["message"]["text"]
        for result in log["runs"][0]["results"]
        for place in result.get("relatedLocations", ())
    ]
    assert len(texts) == 4
    assert any("邮政编码是文本" in text for text in related)


def test_a_project_has_sarif_too(tmp_path: Path) -> None:
    """The findings of the project, a result each; the exit code is that of the findings."""
    small = make_small(tmp_path / "small")
    small.facts(span("Hamburg", "id:river\\/elbe :flowThrough id:place\\/hamburg ."))
    done = run("--project", str(small.folder), "--format", "sarif")
    assert done.exit_code == 1
    (result,) = [
        each for each in json.loads(done.stdout)["runs"][0]["results"] if each["level"] == "error"
    ]
    (place,) = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"].endswith("data/1.trig")
    assert place["physicalLocation"]["region"] == {"startLine": 12}


def test_imports_that_lead_nowhere_are_told(files: Sequence[str]) -> None:
    """On standard error, with file and line; the rest is validated."""
    text = "<urn:o> <http://www.w3.org/2002/07/owl#imports> <http://none.invalid/shapes> .\n"
    Path("more.ttl").write_text(text)
    done = run(*files, "--shapes", "more.ttl")
    assert "more.ttl:1: <http://none.invalid/shapes> was not imported" in done.stderr
    assert done.stdout == run(*files).stdout


@pytest.mark.parametrize("validator", ["cgkg", "pyshacl"])
def test_either_validator_finds_the_same(files: Sequence[str], validator: str) -> None:
    """The same places; words may differ."""
    done = run(*files, "--validator", validator, "--json")
    found = [
        (each["code"], each["path"], each["line"]) for each in json.loads(done.stdout)["findings"]
    ]
    assert found == [
        ("Datatype", "data.ttl", 5),
        ("Node", "data.ttl", 6),
        ("MinCount", "data.ttl", 8),
        ("unknown-term", "shapes.ttl", 8),
    ]
