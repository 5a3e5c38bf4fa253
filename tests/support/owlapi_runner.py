"""Runs the OWL API that Protégé is built on (Debian package libowlapi-java), if it is at hand."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

JARS = Path("/usr/share/java")
PROGRAM = Path(__file__).parent / "owlapi" / "Opens.java"
_LIBRARIES = (
    "owlapi-distribution", "owlapi-api", "owlapi-apibinding", "owlapi-impl", "owlapi-parsers",
    "owlapi-rio", "owlapi-tools", "owlapi-oboformat", "atinject-jsr330-api", "guava", "caffeine",
    "hppcrt", "jsr305", "slf4j-api", "slf4j-nop", "commons-io", "commons-logging", "commons-codec",
    "commons-lang3", "xz", "commons-rdf-api", "httpclient", "httpcore", "jackson-core",
    "jackson-databind", "jackson-annotations", "jsonld-java",
)  # fmt: skip


@dataclass
class Opened:
    """What the OWL API says of one file: a list of values for each word."""

    file: str
    said: dict[str, list[str]] = field(default_factory=dict)
    text: str = ""

    def one(self, word: str) -> str:
        """The only value of a word."""
        assert len(self.said.get(word, ())) == 1, f"{word} of {self.file}:\n{self.text}"
        return self.said[word][0]


def require() -> None:
    """Skip the test where Java or the OWL API is missing."""
    if not shutil.which("java"):
        pytest.skip("java is not installed")
    if not (JARS / "owlapi-api.jar").is_file():
        pytest.skip("the OWL API is not installed (Debian package libowlapi-java)")


def opened(*arguments: str | Path) -> list[Opened]:
    """What the OWL API says of the files, in their order; see `Opens.java` for the options."""
    jars = [JARS / f"{name}.jar" for name in _LIBRARIES]
    jars += sorted(JARS.glob("rdf4j-*[a-z].jar"))
    path = ":".join(str(jar) for jar in jars if jar.is_file())
    done = subprocess.run(
        ["java", "-Xmx1g", "-cp", path, str(PROGRAM), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: list[Opened] = []
    for line in done.stdout.splitlines():
        word, _, value = line.partition(" ")
        if word == "file":
            found.append(Opened(value))
        elif line.startswith("OWL 2 "):
            found[-1].said[line.rsplit(" ", 1)[0]] = [line.rsplit(" ", 1)[1]]
        elif not line.startswith("  "):
            found[-1].said.setdefault(word, []).append(value)
        found[-1].text += line + "\n"
    return found


def hermit_jar() -> Path | None:
    """HermiT's own command line, as owlready2 carries it."""
    found = importlib.util.find_spec("owlready2")
    folders = [Path(found.origin).parent] if found and found.origin else []
    peers = Path(os.environ.get("CGKG_PEERS", Path.home() / ".cache" / "cgkg-peers"))
    folders += peers.glob("venv-owlready2/lib/python3*/site-packages/owlready2")
    jars = (folder / "hermit" / "HermiT.jar" for folder in folders)
    return next((jar for jar in jars if jar.is_file()), None)
