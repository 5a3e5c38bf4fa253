"""Prefixes come from cgkg.toml: files need not declare them, and `cgkg fmt` sees to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import run
from projects import BASE, PREFIXES, Small, make_small, span

from cgkg.authoring.check import inspect
from cgkg.authoring.declarations import declare_used
from cgkg.errors import SourceError
from cgkg.project.sources import load

SHORT = {"": f"{BASE}def/", "id": f"{BASE}id/", "c": f"{BASE}source/elbe/c/"}
TOML = "".join(f'"{name}" = "{space}"\n' for name, space in SHORT.items())


@pytest.fixture
def bare(small: Small) -> Small:
    """The small project with its prefixes in cgkg.toml, and none in its files."""
    path = small.folder / "cgkg.toml"
    path.write_text(f"{path.read_text('utf-8')}[prefixes]\n{TOML}", "utf-8")
    for file in [*small.folder.rglob("*.trig"), *small.folder.rglob("*.ttl")]:
        kept = [line for line in PREFIXES.splitlines(keepends=True) if "/vann/" in line or
                "/shacl#" in line]  # fmt: skip
        file.write_text(file.read_text("utf-8").replace(PREFIXES, "".join(kept)), "utf-8")
    return small


def test_files_without_declarations_say_the_same(bare: Small, tmp_path: Path) -> None:
    """Facts, ontology, descriptions and shapes: nothing is wrong, and findings have their lines."""
    assert not inspect(bare.project).report.findings
    sources, declared = load(bare.project), load(make_small(tmp_path / "declared").project)
    assert sources.graphs == declared.graphs
    assert sources.ontology == declared.ontology
    assert sources.descriptions == declared.descriptions
    facts = (bare.folder / "data" / "1.trig").read_text("utf-8")
    bare.write("data/1.trig", facts + span("Dresden", "id:river\\/elbe :flowThrough id:x ."))
    lines = {each.line for each in inspect(bare.project).report.findings}
    assert lines == {facts.count("\n") + 1}


def test_columns_and_lines_of_errors_are_those_of_the_file(bare: Small) -> None:
    """Also on the first line, before which the prefixes are read."""
    path = bare.write("data/1.trig", "id:x { id:y wrong id:z }\n")
    with pytest.raises(SourceError) as caught:
        load(bare.project)
    assert (caught.value.path, caught.value.line) == (path, 1)
    assert caught.value.column in (8, 13)
    bare.write("data/1.trig", "id:x { id:y id:y id:z }\nid:x { nope:y id:y id:z }\n")
    with pytest.raises(SourceError, match="nope") as caught:
        load(bare.project)
    assert caught.value.line == 2
    assert "[prefixes] of cgkg.toml" in caught.value.hint


def test_fmt_declares_what_is_used_and_nothing_else(bare: Small) -> None:
    """So that other tools can read the files; what is written stays as it is."""
    before = (bare.folder / "data" / "1.trig").read_text("utf-8")
    assert run("fmt", "--check", "--project", str(bare.folder)).returncode == 1
    assert run("fmt", "--project", str(bare.folder)).returncode == 0
    after = (bare.folder / "data" / "1.trig").read_text("utf-8")
    kept = [line for line in before.splitlines() if not line.startswith("@prefix")]
    assert [line for line in after.splitlines() if not line.startswith("@prefix")] == kept
    names = [line.split()[1] for line in after.splitlines() if line.startswith("@prefix")]
    assert names == [":", "c:", "cg:", "id:", "mode:"]
    assert run("fmt", "--check", "--project", str(bare.folder)).returncode == 0
    assert not inspect(bare.project).report.findings


def test_a_prefix_that_means_something_else_is_told(bare: Small) -> None:
    """The file's own declaration counts in it; a check says so, with its line."""
    path = bare.write("data/2.trig", f"\n@prefix c: <{BASE}other/> .\nc:g {{ id:a a :River }}\n")
    assert f"{BASE}other/g" in {name.value for name in load(bare.project).graphs}
    told = [each for each in inspect(bare.project).report.findings if each.code == "prefix"]
    assert [(each.path, each.line, each.severity) for each in told] == [(path, 2, "info")]
    assert f"c: is <{BASE}other/> here" in told[0].message["en"]


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("a:b a:c a:d .\n", "@prefix a: <urn:a#> .\n\na:b a:c a:d .\n"),
        (
            "# head\n@prefix b: <urn:b#> .\nPREFIX a: <urn:x#>\n@base <urn:y#> .\na:b <c> c:d .",
            "# head\nPREFIX a: <urn:x#>\n@base <urn:y#> .\n@prefix c: <urn:c#> .\na:b <c> c:d .",
        ),
        ("@prefix x.y: <urn:x#> .\nx.y:b <c:d> <e:f> .", None),
        ('<a:b> <a:c> "b:d" . # a:x', None),
        ("@prefix b: <urn:b#> . # why\n<a:b> <a:c> <a:d> .", " # why\n<a:b> <a:c> <a:d> ."),
        ("", None),
    ],
)
def test_declarations_of_a_text(text: str, tidied: str | None) -> None:
    """Those it lacks go behind its own; those it does not use go; comments stay."""
    prefixes = {"a": "urn:a#", "b": "urn:b#", "c": "urn:c#"}
    made = declare_used(text, prefixes)
    assert made == (text if tidied is None else tidied)
    assert declare_used(made, prefixes) == made
