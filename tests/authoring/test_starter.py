"""A project of one's own: whole at once, in either language, under any name, from the wheel too."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from servers import serving
from starter import schools

from cgkg.authoring.check import inspect
from cgkg.authoring.formatting import changes
from cgkg.authoring.starter import create
from cgkg.errors import ConfigError
from cgkg.pipeline import build
from cgkg.project.folder import Project


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cgkg", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_whole_and_clean(language: str, tmp_path: Path) -> None:
    """No finding of any kind, the question answered, every sentence cited or excused, in order."""
    project = create(tmp_path / "My Project 1", language=language)
    found = inspect(project)
    assert [finding.line_text() for finding in found.report.findings] == []
    assert (found.asked, found.passed, found.sound) == (1, 1, True)
    assert project.base == "https://example.org/my-project-1/"
    assert list(changes(project)) == []
    assert "starter/" not in "".join(
        path.read_text("utf-8").replace("ontology/starter.ttl", "")
        for path in project.folder.rglob("*")
        if path.is_file()
    )
    covered = run("coverage", "--project", project.folder)
    assert covered.returncode == 0, covered.stdout


def test_base_and_name_are_ones_own(tmp_path: Path) -> None:
    """Quotes in the name do no harm; the IRIs begin as asked; prefixes are the project's."""
    base = "https://data.example.net/gärten#"
    project = create(tmp_path / "x", base=base, name='The "best" \\ project')
    assert project.name["en"] == 'The "best" \\ project'
    assert project.prefixes["garden"] == f"{base}id/garden/"
    assert "place" not in project.prefixes
    generation, report = build(project, tmp_path / "store")
    assert report.conforms
    assert generation.prefixes["my"] == f"{base}def/"


def test_it_never_overwrites(tmp_path: Path) -> None:
    """A folder that holds anything is refused and left as it was."""
    (tmp_path / "note").write_text("mine", "utf-8")
    done = run("init", tmp_path)
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["note"]


@pytest.mark.parametrize("base", ["mine", "https://example.org/no-end", "https://a b/", "ftp:x/"])
def test_a_base_that_is_none_is_refused(base: str, tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(ConfigError, match="no base for IRIs"):
        create(tmp_path / "x", base=base)
    assert not (tmp_path / "x").exists()


def test_names_are_read_and_written_with_its_prefixes(tmp_path: Path) -> None:
    """Answers, findings and explanations use the project's own prefixes, not the clusters'."""
    folder = create(tmp_path / "mine").folder
    assert run("build", "--project", folder).returncode == 0
    query = "SELECT ?g { ?g a <https://example.org/mine/def/Garden> }"
    assert "garden:quay" in run("query", query, "--project", folder).stdout
    fact = "group:friends-of-the-quay my:supports school:mill-lane"
    told = run("explain", fact, "--project", folder)
    assert told.returncode == 0, told.stderr
    assert "Friends of the Quay" in told.stdout
    registry = folder / "data" / "registry.csv"
    registry.write_text(registry.read_text("utf-8").replace(",海港学校,", ",,"), "utf-8")
    found = run("check", "--project", folder)
    assert found.returncode == 1
    assert "school:harbour" in found.stdout


def test_a_class_of_cgkg_can_be_registered(tmp_path: Path) -> None:
    """The registry's class is a name of the project's own ontology, or a prefixed name."""
    project = create(tmp_path / "mine")
    row = "town/ostby,cg:Place,东镇,Ostby,,,,,一座小镇。,A small town.\n"
    with project.registry.open("a", encoding="utf-8") as file:
        file.write(row)
    generation, _ = build(project, tmp_path / "store")
    asked = "ASK { <https://example.org/mine/id/town/ostby> a <https://w3id.org/cgkg/def/Place> }"
    assert generation.open().query(asked)


def test_from_nothing_to_an_answer_in_three_commands(tmp_path: Path) -> None:
    """`cgkg init`, `cgkg check`, `cgkg serve`, and a SELECT over HTTP."""
    folder = tmp_path / "mine"
    assert run("init", folder).returncode == 0
    assert run("check", cwd=folder).returncode == 0
    with serving(None, folder=folder) as server:
        assert schools(server, folder) == ["Harbour School", "Mill Lane School"]


def test_the_project_stands_alone(tmp_path: Path) -> None:
    """It can be moved: no path of where it was made is in it."""
    create(tmp_path / "here")
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert inspect(Project.at(tmp_path / "there")).sound
