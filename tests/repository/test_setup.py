"""What `make` does before anything else: an environment, with plain sentences when it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from paths import ROOT

FILES = ("pyproject.toml", "constraints.txt", "tools/setup.py", "tools/workbench.py")
BROWSER = Path("src/cgkg/web/browser")
STAMP = Path("src/cgkg/web/static/workbench/stamp")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The packaging files of a checkout, without anything installed."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / BROWSER, tmp_path / BROWSER)
    return tmp_path


def setup(
    checkout: Path, *arguments: str, before: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run tools/setup.py as make does, after some lines that change its Python."""
    script = str(checkout / "tools" / "setup.py")
    code = f"import sys, runpy\n{before}\nsys.argv = {[script, *arguments]!r}\n"
    code += f"runpy.run_path({script!r}, run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        cwd=checkout,
    )


def environment_of(checkout: Path) -> None:
    """A .venv in which cgkg and all its libraries can be imported, made without network."""
    make = [sys.executable, "-m", "venv", str(checkout / ".venv")]
    subprocess.run(make, check=True)
    place = next((checkout / ".venv" / "lib").glob("python*")) / "site-packages"
    here = [str(ROOT / "src"), sysconfig.get_paths()["purelib"]]
    (place / "here.pth").write_text("\n".join(here))


def test_an_old_python_gets_one_sentence(checkout: Path) -> None:
    """A Python before 3.11 is told which version is needed and how to name another."""
    done = setup(checkout, before="sys.version_info = (3, 9, 2, 'final', 0)")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "needs Python 3.11 or later; this is 3.9" in done.stderr


def test_a_missing_venv_module_names_the_package(checkout: Path) -> None:
    """On Debian without the venv package the sentence says what to install."""
    done = setup(checkout, before="sys.modules['ensurepip'] = None")
    assert done.returncode == 1
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    assert f"apt-get install {name}" in done.stderr


@pytest.mark.long
def test_without_network_what_is_installed_is_used(checkout: Path) -> None:
    """Changed packaging files and no network: what failed is said, and work goes on."""
    environment_of(checkout)
    done = setup(checkout, PIP_NO_INDEX="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    assert done.returncode == 0
    assert "could not fetch" in done.stderr
    assert "hatchling" in done.stderr
    assert "going on with what is installed" in done.stderr


@pytest.mark.long
def test_without_network_and_without_anything_it_fails(checkout: Path) -> None:
    """With nothing to fall back on, the failure is said and make stops."""
    done = setup(checkout, PIP_NO_INDEX="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    assert done.returncode == 1
    assert "could not install" in done.stderr


@pytest.mark.long
def test_nothing_changed_means_nothing_done(checkout: Path) -> None:
    """With the stamp of these very files, setup neither installs nor needs a network."""
    environment_of(checkout)
    stamp = "import runpy as r; d = r.run_path('tools/setup.py')['digest']()"
    code = f"{stamp}; open('.venv/.cgkg-run', 'w').write(d)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=checkout)
    built = checkout / STAMP
    built.parent.mkdir(parents=True)
    built.write_text("built")
    done = setup(checkout, PIP_NO_INDEX="1")
    assert (done.returncode, done.stderr) == (0, "")
    built.unlink()
    assert "installing" in setup(checkout, PIP_NO_INDEX="1").stderr
    built.write_text("built")
    for name in ("constraints.txt", BROWSER / "package-lock.json"):
        before = (checkout / name).read_bytes()
        (checkout / name).write_bytes(before + b"\n")
        assert "installing" in setup(checkout, PIP_NO_INDEX="1").stderr
        (checkout / name).write_bytes(before)
    assert setup(checkout, PIP_NO_INDEX="1").stderr == ""


def test_the_constraints_name_versions_only() -> None:
    """Pinned versions, no addresses, every dependency among them."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(line.count("==") == 1 and "/" not in line and "@" not in line for line in pins)
    pinned = {line.split("==")[0].lower() for line in pins}
    assert {"pyoxigraph", "rdflib", "owlrl", "pyshacl", "flask", "numpy", "httptools"} <= pinned
