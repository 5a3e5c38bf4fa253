"""The wheel: it carries the project, and works in an empty folder of another environment.

That environment borrows the libraries of the one that runs the tests, so that none need be fetched;
CI names a command installed from the wheel with libraries of its own (CGKG_INSTALLED).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from paths import ROOT
from servers import query, serving
from starter import schools

from cgkg import __version__

# .ci/run runs them in a step of their own.
pytestmark = pytest.mark.long
# A checkout on the path would hide what the wheel lacks.
CLEAN = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def workbench() -> None:
    """The workbench's scripts, which a wheel holds; made now if their sources changed."""
    tool = [sys.executable, str(ROOT / "tools" / "workbench.py")]
    done = subprocess.run(tool, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(done.stderr)


@pytest.fixture(scope="module")
def wheel(workbench: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from this checkout, without network."""
    pytest.importorskip("hatchling", reason="needs hatchling (the test extra)")
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_it_carries_ontology_data_shapes_and_queries(wheel: Path) -> None:
    """Everything that a build reads is in the package, and nothing of tests or tools."""
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("ontology", "data", "shapes", "queries", "mappings"):
        files = [p for p in (ROOT / folder).rglob("*") if p.is_file()]
        assert files
        assert {f"cgkg/carried/{p.relative_to(ROOT).as_posix()}" for p in files} <= names
    assert {"cgkg/carried/cgkg.toml", "cgkg/py.typed"} <= names
    assert {f"cgkg/locale/zh/LC_MESSAGES/cgkg.{kind}" for kind in ("po", "mo")} <= names
    assert {"cgkg/web/static", "cgkg/web/templates"} <= {name.rpartition("/")[0] for name in names}
    assert not [n for n in names if n.startswith(("tests/", "tools/", "docs/"))]
    assert {f"cgkg/web/static/workbench/{n}" for n in ("workbench.js", "workbench.css")} <= names
    assert not [n for n in names if "node_modules" in n or n.startswith("cgkg/web/browser/")]


def test_a_wheel_can_be_made_from_the_sdist_offline(workbench: None, tmp_path: Path) -> None:
    """The sdist holds the workbench's sources and what was built from them, no node_modules."""
    pytest.importorskip("hatchling", reason="needs hatchling (the test extra)")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(tmp_path)]
    subprocess.run([*command, "--target", "sdist"], check=True, capture_output=True, cwd=ROOT)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as packed:
        names = packed.getnames()
        packed.extractall(tmp_path, filter="data")
    assert not [name for name in names if "node_modules" in name]
    folder = next(path for path in tmp_path.iterdir() if path.is_dir())
    built = subprocess.run(
        [*command, "--target", "wheel"], check=True, capture_output=True, cwd=folder,
        env={"PATH": "", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert b"was not built" not in built.stderr
    made = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    assert "cgkg/web/static/workbench/workbench.js" in made


@pytest.fixture(scope="module")
def cgkg(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed from the wheel into an environment of its own."""
    if installed := os.environ.get("CGKG_INSTALLED"):
        return Path(installed)
    wheel: Path = request.getfixturevalue("wheel")
    home = tmp_path_factory.mktemp("wheel") / "env"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = home / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    place = next((home / "lib").glob("python*")) / "site-packages"
    (place / "libraries.pth").write_text(sysconfig.get_paths()["purelib"])
    code = "import cgkg; print(cgkg.__file__)"
    found = subprocess.run(
        [python, "-c", code], capture_output=True, check=True, cwd=home, env=CLEAN
    )
    assert found.stdout.decode().startswith(str(home))
    return home / "bin" / "cgkg"


@pytest.mark.long
def test_it_makes_a_project_of_ones_own(cgkg: Path, tmp_path: Path) -> None:
    """`cgkg init` needs nothing but the wheel: checked, built, served and asked."""
    folder = tmp_path / "mine"
    subprocess.run([cgkg, "init", folder], check=True, capture_output=True, env=CLEAN)
    subprocess.run([cgkg, "check"], check=True, capture_output=True, cwd=folder, env=CLEAN)
    with serving(None, command=[cgkg], folder=folder, PYTHONPATH="") as server:
        assert schools(server, folder) == ["Harbour School", "Mill Lane School"]


def test_it_serves_in_an_empty_folder(cgkg: Path, tmp_path: Path) -> None:
    """Installed elsewhere, `cgkg serve` builds what it carries and answers, with its workbench, and
    leaves nothing behind."""
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = {**CLEAN, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    carried = next(cgkg.parents[1].glob("lib/python*/site-packages/cgkg/carried"))
    files = sorted(carried.rglob("*"))
    version = subprocess.run(
        [cgkg, "--version"], capture_output=True, check=True, cwd=empty, env=CLEAN
    )
    assert __version__ in version.stdout.decode()
    cache = str(tmp_path / "cache")
    with serving(None, command=[cgkg], folder=empty, PYTHONPATH="", XDG_CACHE_HOME=cache) as server:
        shares = "ASK { ?a <https://w3id.org/cgkg/def/sharesMemberWith> ?b }"
        assert "true" in server.ask(query(shares)).text
        scripts = re.findall(r'<script[^>]* src="(/[^"]+)"', server.ask("/query").text)
        assert any("workbench" in path for path in scripts)
        assert all(server.ask(path).body for path in scripts)
        said = server.program.written()
    assert f"the one that comes with cgkg, {carried}\n" in said
    assert len(list((tmp_path / "cache" / "cgkg" / "stores").glob("*/CURRENT"))) == 1
    assert list(empty.iterdir()) == []
    assert sorted(carried.rglob("*")) == files
    document = tmp_path / "mine.txt"
    document.write_text("1.Mine\nOne sentence.\n", "utf-8")
    for project, message in (([], "belongs to none"), (["--project", "carried"], "never changed")):
        done = subprocess.run(
            [cgkg, "document", document, *project],
            cwd=empty, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 2
        assert message in done.stderr
    assert sorted(carried.rglob("*")) == files
