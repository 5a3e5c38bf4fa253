"""A project of one's own: whole at once, in either language, under any name, from the wheel too."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import commands
import pytest
from servers import serving
from starter import schools

from cgkg.authoring.check import inspect
from cgkg.authoring.formatting import changes
from cgkg.authoring.starter import create
from cgkg.errors import ConfigError
from cgkg.pipeline import build
from cgkg.project.folder import Project
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, Literal
from cgkg.rdf.vocab import SKOS


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return commands.run(*map(str, arguments))


def run_process(
    *arguments: str | Path, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cgkg", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


@pytest.mark.parametrize(
    "tags",
    ["", "el", "ar,zh-Hant,fr"]
    + [pytest.param(tags, marks=pytest.mark.long) for tags in ("zh", "de,en", "ja,de-CH")],
)
def test_it_is_whole_and_clean(tags: str, tmp_path: Path) -> None:
    """No finding of any kind, the question answered, every sentence cited or excused, in order."""
    project = create(tmp_path / "My Project 1", languages=list(filter(None, tags.split(","))))
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


def tags_in(folder: Path) -> set[str]:
    """The languages of all literals and columns of the project's own files."""
    found: set[str] = set()
    for path in folder.rglob("*"):
        own = "cgkg-" not in path.name and "concepts" not in path.parts
        if own and path.suffix in (".ttl", ".trig"):
            literals = (quad.object for quad in parse_file(path))
            found.update(each.language or "" for each in literals if isinstance(each, Literal))
        elif path.name == "registry.csv":
            found.update(path.read_text("utf-8").partition("\n")[0].split(",")[2:])
    return {tag.rpartition("_")[2] for tag in found} - {""}


def names_of(project: Project, local: str, store: Path) -> set[tuple[str, str | None]]:
    """What a thing of the project is called in its graph, with the languages."""
    generation, _ = build(project, store)
    found = generation.open().triples(IRI(project.base + local), SKOS.prefLabel)
    return {(t.object.value, t.object.language) for t in found if isinstance(t.object, Literal)}


def test_names_are_in_the_languages_that_are_asked_for(tmp_path: Path) -> None:
    """Each text is in each of them and in no other; without words of the catalogues the English
    ones stand there, and that is said. Messages of shapes are in a language of the pages."""
    done = run("init", tmp_path / "x", "--lang", "el,zh-Hant")
    assert done.returncode == 0
    assert "the example has no words in el: English ones stand there" in done.stderr
    project = Project.at(tmp_path / "x")
    assert project.languages == ("el", "zh-hant")
    assert tags_in(project.folder / "data") == {"el", "zh-hant"}
    assert tags_in(project.folder / "ontology") == {"el", "zh-hant"}
    assert tags_in(project.folder / "shapes") == {"zh-hant"}
    names = names_of(project, "source/garden/sec/1", tmp_path / "store")
    assert names == {("1", "el"), ("第 1 节", "zh-hant")}


def test_a_name_in_each_language_is_asked_for(tmp_path: Path) -> None:
    """The shape of the names is that of the languages, not of English and Chinese."""
    project = create(tmp_path / "x", languages=["de", "fr"])
    text = project.registry.read_text("utf-8")
    project.registry.write_text(text.replace("Harbour School,Harbour School", "Hafenschule,"))
    found = inspect(Project.at(project.folder)).report.violations
    (said,) = [each.line_text() for each in found if each.code == "shape"]
    assert "one name in each of these languages: de, fr" in said


@pytest.mark.parametrize(
    ("tags", "said"),
    [("d3utsch", "no language tag"), ("de,,en", "no language tag"), ("de,DE", "named twice")],
)
def test_languages_that_are_none_are_refused(tags: str, said: str, tmp_path: Path) -> None:
    """Before anything is written."""
    done = run("init", tmp_path / "x", "--lang", tags)
    assert (done.returncode, (tmp_path / "x").exists()) == (2, False)
    assert said in done.stderr


GREEK = """\
Άρθρο 1 Σκοπός
Ο σκοπός του νόμου αυτού είναι η προστασία των δασών. Τα δάση ανήκουν σε όλους.
Άρθρο 2 Μέτρα
Κάθε δήμος φυτεύει δέντρα έως το 2030.
"""


def test_a_project_begins_with_ones_own_document(tmp_path: Path) -> None:
    """Its language is the project's; sections are called as it calls them; nothing is said yet."""
    source = tmp_path / "nomos.txt"
    source.write_text(GREEK, "utf-8")
    done = run("init", tmp_path / "x", "--document", source, "--name", "Δάση")
    assert done.returncode == 0, done.stderr
    assert "nomos.txt: language: el (by its words" in done.stderr
    assert "2 headings are proposed" in done.stderr
    project = Project.at(tmp_path / "x")
    assert (project.languages, dict(project.name)) == (("el",), {"el": "Δάση"})
    found = inspect(project)
    assert [finding.line_text() for finding in found.report.findings] == []
    assert [change.path for change in changes(project)] == [project.ontology]  # prefixes to come
    assert tags_in(project.folder / "data") == {"el"}
    assert not any("garden" in path.name for path in project.folder.rglob("*"))
    names = names_of(project, "source/nomos/sec/2", tmp_path / "store")
    assert names == {("Άρθρο 2", "el")}
    covered = run("coverage", "--project", project.folder)
    assert "0 of 5 sentences accounted for" in covered.stdout
    again = run("document", source, "--headings", "--project", project.folder)
    assert again.returncode == 0
    covered = run("coverage", "--project", project.folder)
    assert "2 of 5 sentences accounted for" in covered.stdout


def test_a_project_begins_with_a_folder_of_documents(tmp_path: Path) -> None:
    """Each has a file for its facts, in the languages asked for; statements can be put in."""
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.md").write_text("# Plan\n\nThe town plants trees.\n", "utf-8")
    (tmp_path / "texts" / "b.md").write_text("# Plan\n\nDie Stadt pflanzt B\u00e4ume.\n", "utf-8")
    folder = tmp_path / "x"
    done = run("init", folder, "--document", tmp_path / "texts", "--lang", "en,de")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in Project.at(folder).fact_files] == ["1-a.trig", "2-b.trig"]
    block = run("span", "Die Stadt pflanzt B\u00e4ume", "--project", folder)
    assert 'cg:gist ""@en , ""@de' in block.stdout
    said = block.stdout.replace("{\n    \n}", "{ <urn:a> cg:gist 'x'@de }")
    said = said.replace('""@en , ""@de', '"It plants trees."@en , "Sie pflanzt."@de')
    with (folder / "data" / "2-b.trig").open("a", encoding="utf-8") as file:
        file.write("\n" + said)
    assert inspect(Project.at(folder)).sound


def test_a_document_that_cannot_be_taken_in_makes_no_project(tmp_path: Path) -> None:
    """Nothing half done."""
    source = tmp_path / "empty.txt"
    source.write_text("\n", "utf-8")
    done = run("init", tmp_path / "x", "--document", source)
    assert (done.returncode, (tmp_path / "x").exists()) == (1, False)
    assert "it is empty" in done.stderr


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
    row = "town/ostby,cg:Place,Ostby,东镇,,,,,A small town.,一座小镇。\n"
    with project.registry.open("a", encoding="utf-8") as file:
        file.write(row)
    generation, _ = build(project, tmp_path / "store")
    asked = "ASK { <https://example.org/mine/id/town/ostby> a <https://w3id.org/cgkg/def/Place> }"
    assert generation.open().query(asked)


def test_from_nothing_to_an_answer_in_three_commands(tmp_path: Path) -> None:
    """`cgkg init`, `cgkg check`, `cgkg serve`, and a SELECT over HTTP."""
    folder = tmp_path / "mine"
    assert run_process("init", folder).returncode == 0
    assert run_process("check", cwd=folder).returncode == 0
    with serving(None, folder=folder) as server:
        assert schools(server, folder) == ["Harbour School", "Mill Lane School"]


def test_the_project_stands_alone(tmp_path: Path) -> None:
    """It can be moved: no path of where it was made is in it."""
    create(tmp_path / "here")
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert inspect(Project.at(tmp_path / "there")).sound
