"""Which project a command works on, what stays unchanged, and what makes a new generation."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from paths import ROOT
from projects import PREFIXES, TEXT, Small

import cgkg
from cgkg import package
from cgkg.cli.commands import main
from cgkg.cli.common import OutputPath
from cgkg.cli.project import USES, Use
from cgkg.errors import ConfigError
from cgkg.languages import known
from cgkg.project import location
from cgkg.project.folder import Project
from cgkg.project.location import carried, nearest

PACKAGE = Path(cgkg.__file__).parent
ASK = "ASK { ?s ?p ?o }"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, empty and in no project."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert nearest() is None
    return folder


@pytest.fixture
def installed(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project in the installed package: a small one, with its document at hand."""
    folder = tmp_path / "site-packages" / "cgkg" / "carried"
    shutil.copytree(small.folder, folder)
    (folder / "texts").mkdir()
    shutil.copy(folder / "document.txt", folder / "texts" / "elbe.txt")
    monkeypatch.setattr(location, "_INSTALLED", folder)
    assert carried() == folder
    return folder


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and folder, with its time of change and its bytes."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in (folder, *folder.rglob("*"))
    }


# How it is found


def test_the_nearest_folder_with_a_cgkg_toml_is_taken(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any depth, upwards; a project inside another one is nearer."""
    deep = small.folder / "data" / "source"
    monkeypatch.chdir(deep)
    assert nearest() == Path("../..")
    assert Project.find().base == small.project.base
    small.write("data/cgkg.toml", "[serve]\nport = 0\n")
    assert nearest() == Path("..")
    monkeypatch.chdir(small.folder)
    assert nearest() == Path()


def test_messages_name_files_from_where_one_stands(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finding's path can be opened from the working folder; stderr says which project it is."""
    small.facts("<urn:x> <urn:y> <urn:z> .")
    monkeypatch.chdir(small.folder / "ontology")
    done = run("check")
    assert done.exit_code == 1
    assert done.stdout.startswith("../data/1.trig:")
    assert f"{'project':>21}  ..\n" in done.stderr


def test_a_folder_of_that_name_is_no_project(empty: Path) -> None:
    """cgkg.toml is a file."""
    (empty / "cgkg.toml").mkdir()
    assert nearest() is None


@pytest.mark.parametrize("target", ["nowhere", "cgkg.toml", "."])
def test_a_broken_link_stops_with_its_name(small: Small, empty: Path, target: str) -> None:
    """Whoever linked a cgkg.toml means this folder: nothing above it is taken instead."""
    shutil.copytree(small.folder, empty.parent, dirs_exist_ok=True)
    (empty / "cgkg.toml").symlink_to(target)
    for command in (("query", ASK), ("check",), ("serve", "--port", "0")):
        done = run(*command)
        assert done.exit_code == 2
        assert done.stderr.startswith("error: cgkg.toml")
        assert "--project DIR" in done.stderr


def test_a_linked_project_is_one(small: Small, empty: Path) -> None:
    """A link to a folder can be stood in, and a cgkg.toml may be a link."""
    (empty / "link").symlink_to(small.folder)
    os.chdir(empty / "link" / "data")
    assert Project.find().base == small.project.base


def test_folders_that_cannot_be_looked_into_are_passed_over(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a traceback, and without taking them for the project."""

    def refuse(path: Path) -> os.stat_result:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.chdir(small.folder)
    monkeypatch.setattr(Path, "lstat", refuse)
    assert nearest() is None


def test_a_file_that_cannot_be_read_is_one_plain_sentence(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it is noticed: file, reason and what to do."""

    def refuse(project: Project) -> Any:
        raise PermissionError(13, "Permission denied", "data")

    monkeypatch.setattr("cgkg.authoring.check.load", refuse, raising=False)
    monkeypatch.setattr("cgkg.pipeline.load", refuse)
    done = run("validate", "--project", small.folder)
    assert done.exit_code == 1
    assert done.stderr == "error: data: Permission denied\n  hint: change its permissions\n"


def test_a_working_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    """Not even its path can be had."""
    gone = tmp_path / "gone"
    code = f"import os; os.mkdir({str(gone)!r}); os.chdir({str(gone)!r}); os.rmdir({str(gone)!r});"
    code += f"from cgkg.cli.commands import main; main(['query', {ASK!r}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the working folder cannot be found")


# The project that comes with cgkg

DOCUMENT = "1.Mine\nOne sentence.\n"
SHEET = (
    "quote,subject,property,value,mode,gist_en,gist_zh\n"
    "Dresden and Hamburg,Elbe,flows through,Hamburg,stated,Both are on it,均在其上\n"
)


# Each command as it is called where files are at hand; `{}` is the folder of them.
CALLS: dict[str, list[list[str]]] = {
    "build": [[]],
    "candidates": [[], ["add", "{}/model.jsonl"], ["accept", "--all"], ["reject", "--all"]],
    "validate": [[]],
    "check": [[]],
    "query": [[ASK]],
    "serve": [["--port", "0"]],
    "info": [[]],
    "explain": [["id:river\\/elbe a :River"], ["--inconsistencies"]],
    "reason": [["{}/a.ttl", "--out", "{}/out.nt"]],
    "coverage": [[], ["--write"], ["--write", "--source", "{}/document.txt"]],
    "diff": [["{}/rivers", "{}/rivers"], ["HEAD:", "{}/rivers"]],
    "fmt": [[], ["--check"], ["--from", "{}/a.ttl"]],
    "span": [
        ["Dresden"],
        ["--relocate", "{}/document.txt", "{}/document.txt", "--write", "{}/moved"],
    ],
    "export": [["--merged", "{}/merged.ttl"], ["--out", "{}/release"]],
    "init": [["{}/new"]],
    "document": [["{}/mine.txt"]],
    "import": [["{}/sheet.csv", "--source", "{}/document.txt"]],
    "verify": [["{}/rivers"]],
    "push": [["--files", "{}/loading"]],
}


@pytest.fixture
def files(small: Small, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files that commands are given."""
    monkeypatch.setattr("cgkg.serving.server.serve", served)
    folder = small.folder.parent
    (folder / "a.ttl").write_text("<urn:a> a <urn:b> .\n", "utf-8")
    (folder / "model.jsonl").write_text(MODEL, "utf-8")
    (folder / "mine.txt").write_text(DOCUMENT, "utf-8")
    (folder / "document.txt").write_text(TEXT, "utf-8")
    (folder / "sheet.csv").write_text(SHEET, "utf-8")
    return folder


MODEL = '{"text": "", "extractions": [{"extraction_class": "River", "extraction_text": "Elbe"}]}\n'


def words_of(call: list[str], files: Path) -> list[str]:
    return [word.replace("{}", str(files)) for word in call]


def served(given: Any, settings: Any, address: Any, announce: Any, keeper: Any) -> None:
    address.socket.close()


def takes_project(name: str) -> bool:
    return any(option.name == "project" for option in main.commands[name].params)


def test_every_command_is_decided_upon() -> None:
    """A new command has a row in the table, and a call in the tests below."""
    assert {name.partition(" ")[0] for name in USES} == set(main.commands) == set(CALLS)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_the_installed_package_is_never_changed(
    name: str, installed: Path, empty: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether its project is taken, named, named by its path, or stood in."""
    before = state(installed)
    for call in CALLS[name]:
        words = [name, *words_of(call, files)]
        run(*words)
        if takes_project(name):
            run(*words, "--project", "carried")
            run(*words, "--project", installed)
        monkeypatch.chdir(installed / "data")
        run(*words)
        monkeypatch.chdir(empty)
        assert state(installed) == before


@pytest.mark.parametrize("name", sorted(name for name, use in USES.items() if use is Use.MEANT))
def test_what_judges_or_changes_needs_the_project_that_is_meant(
    name: str, installed: Path, empty: Path, files: Path, cache: Path
) -> None:
    """In a folder of no project it stops with exit code 2 and a hint, and nothing is written."""
    command, _, option = name.partition(" ")
    calls = [call for call in CALLS[command] if not option or {option, "HEAD:"} & {*call}]
    assert calls
    for call in calls:
        done = run(command, *words_of(call, files))
        assert done.exit_code == 2
        assert done.stderr.startswith(f"error: cgkg {name} needs a project, and {empty} belongs")
        assert "--project DIR" in done.stderr
        assert "--project carried" in done.stderr
        assert done.stdout == ""
    assert list(empty.iterdir()) == []
    assert not cache.exists()


@pytest.mark.parametrize("name", sorted(name for name, use in USES.items() if use is Use.ANY))
def test_what_asks_works_in_an_empty_folder(
    name: str, installed: Path, empty: Path, files: Path, cache: Path
) -> None:
    """It takes the project that comes with cgkg, says so, and leaves nothing in the folder."""
    fact = "<https://example.org/rivers/id/river/elbe> a <https://example.org/rivers/def/River>"
    call = [fact] if name == "explain" else words_of(CALLS[name][0], files)
    done = run(name, *call)
    assert done.exit_code == 0, done.stderr
    assert f"{'project':>21}  Rivers, the one that comes with cgkg, {installed}\n" in done.stderr
    assert list(empty.iterdir()) == []
    assert len(list(cache.glob("cgkg/stores/*/CURRENT"))) == 1
    again = run(name, *call, "--project", "carried")
    assert again.exit_code == 0
    assert "comes with cgkg" not in again.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["document", "{}/mine.txt"],
        ["import", "{}/sheet.csv", "--source", "{}/document.txt"],
        ["fmt"],
        ["coverage", "--write", "--source", "{}/document.txt"],
        ["candidates", "add", "{}/model.jsonl"],
    ],
)
def test_naming_it_does_not_let_it_be_changed(
    words: list[str], installed: Path, empty: Path, files: Path
) -> None:
    """The message says why and how to get a project of one's own."""
    done = run(*words_of(words, files), "--project", "carried")
    assert done.exit_code == 2
    assert "belongs to the installed package, which is never changed" in done.stderr
    assert "cgkg init DIR" in done.stderr


def outputs(command: click.Command) -> Iterator[click.Parameter]:
    return (p for p in command.params if isinstance(p.type, click.Path) and not p.type.exists)


def test_no_option_writes_into_the_package(installed: Path, empty: Path) -> None:
    """Every path that a command may write to is refused there, the project's build/ included."""
    count = 0
    for name, command in main.commands.items():
        for parameter in outputs(command):
            count += 1
            assert isinstance(parameter.type, OutputPath), f"{name} {parameter.name}"
            inside = installed / "build" / "x"
            with pytest.raises(click.BadParameter, match="never changed"):
                parameter.type.convert(str(inside), parameter, None)
            assert parameter.type.convert("x", parameter, None) == Path("x")
    assert count > 5


def test_a_folder_named_carried_goes_first(installed: Path, empty: Path, small: Small) -> None:
    """`--project carried` means the folder where there is one, and a file of that name nothing."""
    assert run("validate", "--project", "carried").exit_code == 0
    assert run("validate", "--project", "./carried").exit_code == 2
    (empty / "carried").write_text("a file")
    assert run("validate", "--project", "carried").exit_code == 0
    (empty / "carried").unlink()
    shutil.copytree(small.folder, empty / "carried")
    (empty / "carried" / "data" / "1.trig").write_text(PREFIXES + "<urn:a>", "utf-8")
    done = run("validate", "--project", "carried")
    assert done.exit_code == 1
    assert "carried/data/1.trig:" in done.stderr


# Where the graph is


def test_the_store_is_the_projects_wherever_one_stands(
    small: Small, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Built from one place, asked from others: one store, in the project folder."""
    name = run("build", "--project", small.folder).stdout.partition("\t")[0]
    places: list[tuple[Path, list[str]]] = [
        (small.folder, []),
        (small.folder / "data" / "source", []),
        (empty, ["--project", str(small.folder)]),
    ]
    for folder, options in places:
        monkeypatch.chdir(folder)
        done = run("info", *options)
        assert f"{'generation':<40} {name}\n" in done.stdout
        assert "no graph yet" not in done.stderr
    assert list(empty.iterdir()) == []


def test_the_graph_of_the_installed_project_is_in_the_users_cache(
    installed: Path, empty: Path, cache: Path
) -> None:
    """Not in the package, although root may write there, and not where one happens to stand."""
    assert Project.at(carried()).store.is_relative_to(cache / "cgkg" / "stores")
    assert run("export").exit_code == 0
    assert (empty / "build" / "release" / "release.json").is_file()
    assert [path.name for path in (empty / "build").iterdir()] == ["release"]


def test_without_a_home_folder_the_hint_says_what_to_set(
    installed: Path, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container with a user that nobody knows."""

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    done = run("info")
    assert done.exit_code == 2
    assert "--store DIR" in done.stderr


# What makes a new generation


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package, taken for the program itself."""
    folder = tmp_path / "copy" / "cgkg"
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("static", "browser"))
    monkeypatch.setattr(package, "FOLDER", folder)
    return folder


@pytest.mark.parametrize(
    ("file", "same"),
    [
        ("web/pages/routes.py", True),
        ("web/templates/base.html", True),
        ("serving/dispatch.py", True),
        ("workers/pool.py", True),
        ("cli/author.py", True),
        ("reasoning/rules/rules.py", False),
        ("reasoning/__init__.py", False),
        ("validation/shacl.py", False),
        ("bare.py", False),
        ("pipeline.py", False),
        ("__init__.py", False),
    ],
)
def test_an_edit_counts_where_the_graph_is_made(
    file: str, same: bool, small: Small, copy: Path
) -> None:
    """Pages, server and endpoint may change under a graph; what reads, reasons, stores may not."""
    before = small.project.fingerprint()
    package.digest.cache_clear()
    assert small.project.fingerprint() == before
    with (copy / file).open("a", encoding="utf-8") as handle:
        handle.write("# edited\n")
    package.digest.cache_clear()
    assert (small.project.fingerprint() == before) is same


def test_a_library_that_decides_counts(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another parser, another validator: another generation."""
    before = small.project.fingerprint()
    known = package._versions()
    monkeypatch.setattr(package, "_versions", lambda: {**known, "pyoxigraph": "99"})
    package.digest.cache_clear()
    assert small.project.fingerprint() != before
    # However it is installed, a version is the same.
    monkeypatch.setattr(package, "_versions", dict)
    package.digest.cache_clear()
    assert small.project.fingerprint() == before
    monkeypatch.undo()
    package.digest.cache_clear()
    assert small.project.fingerprint() == before


def imported(path: Path) -> Iterator[str]:
    """What may be a module in the imports of a file, at any depth but for those of types alone."""
    waiting: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import is not seen"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        waiting += ast.iter_child_nodes(node)


def test_the_modules_that_make_the_graph_are_those_of_the_syntax_trees() -> None:
    """Found fast by their words, they are what a parser finds, and nothing that only serves."""
    paths = {
        ".".join(("cgkg", *path.relative_to(PACKAGE).with_suffix("").parts)): path
        for path in PACKAGE.rglob("*.py")
    }
    paths = {name.removesuffix(".__init__"): path for name, path in paths.items()}
    found: set[str] = set()
    waiting = ["cgkg.pipeline"]
    while waiting:
        name = waiting.pop()
        if name in paths and name not in found:
            found.add(name)
            waiting += [*imported(paths[name]), name.rpartition(".")[0]]
    assert set(package.modules(PACKAGE)) == found
    assert not [name for name in found if name.split(".")[1:2] in (["web"], ["serving"], ["cli"])]


def test_a_build_loads_no_module_that_does_not_count(small: Small) -> None:
    """What is loaded by name while a build runs is among them too."""
    code = (
        "import sys, cgkg.pipeline; from pathlib import Path\n"
        "from cgkg.project.folder import Project\n"
        "for engine in 'cgkg', 'owlrl':\n"
        "    cgkg.pipeline.build(Project.at(Path(sys.argv[1])), Path(sys.argv[2]), engine=engine)\n"
        "print(*(name for name in sys.modules if name.partition('.')[0] == 'cgkg'))"
    )
    command = [sys.executable, "-c", code, str(small.folder), str(small.folder / "store")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    assert set(done.stdout.split()) <= set(package.modules(PACKAGE))


def test_its_languages_are_named_or_those_of_its_name(small: Small) -> None:
    """In the order in which they are written, in small letters; without a name, those of pages."""
    assert small.project.languages == ("en", "zh")
    toml = (small.folder / "cgkg.toml").read_text("utf-8")
    small.write(
        "cgkg.toml", toml.replace("[project]\n", '[project]\nlanguages = ["zh-Hant", "de"]\n')
    )
    assert small.project.languages == ("zh-hant", "de")
    small.write("cgkg.toml", toml.partition("[project.name]")[0])
    assert small.project.languages == known()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('"de"', "languages is no list"),
        ("[3]", "languages is no list"),
        ('["german"]', "'german' is no language tag"),
        ('["de", "DE"]', "names a language twice"),
    ],
)
def test_languages_that_are_none_are_an_error(small: Small, written: str, said: str) -> None:
    """It names the file, the key and what is wrong."""
    toml = (small.folder / "cgkg.toml").read_text("utf-8")
    small.write("cgkg.toml", toml.replace("[project]\n", f"[project]\nlanguages = {written}\n"))
    with pytest.raises(ConfigError, match=re.escape(said)) as caught:
        _ = small.project
    assert "cgkg.toml" in caught.value.message
