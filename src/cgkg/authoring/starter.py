"""`cgkg init`: a project of one's own, small and whole, to be replaced piece by piece."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from cgkg.authoring.formatting import changes, write
from cgkg.document.sentences import digest
from cgkg.document.text import SourceText
from cgkg.errors import ConfigError
from cgkg.languages import SOURCE
from cgkg.project.folder import Project
from cgkg.project.location import carried
from cgkg.rdf.terms import IRI
from cgkg.settings import FILE as CONFIG

_BASE = "https://example.org/starter/"  # what the template's IRIs begin with
_COMMON = "all"  # the folder of what every language begins with
_DOCUMENT = "garden"
# What is cgkg's own in every project; the ontology's other modules are of the project it carries.
CORE_MODULES = ("core", "provenance", "quantities", "external-terms")
CORE_SCHEMES = ("modes", "approximations")
_BASE_IRI = re.compile(r"https?://[^\s<>\"{}|^`\\]+[/#]")
_MARK = re.compile(r"\{\{(digest )?(\w+)\}\}")


def languages() -> tuple[str, ...]:
    """The languages that there is a document and a README in."""
    folders = (resources.files("cgkg") / "starter").iterdir()
    return tuple(sorted(each.name for each in folders if each.is_dir() and each.name != _COMMON))


def create(
    folder: Path, *, base: str | None = None, name: str | None = None, language: str = SOURCE
) -> Project:
    """Make a project that builds, validates and serves at once.

    Args:
        folder: a folder that is empty or does not exist.
        base: what the project's IRIs begin with; without one, an example.org address.
        name: what it is called; without one, the folder's name.
        language: of the document and the README; names are in all the languages of the starter.

    Raises:
        ConfigError: the folder holds something, cannot be written, or the base is no IRI.
    """
    title = name or folder.resolve().name or "project"
    given = base or f"https://example.org/{_slug(folder.resolve().name)}/"
    if not _BASE_IRI.fullmatch(given):
        raise ConfigError(
            f"{given!r} is no base for IRIs", hint="give --base such as https://example.org/mine/"
        )
    try:
        if folder.exists() and any(folder.iterdir()):
            raise ConfigError(f"{folder} is not empty", hint="give a folder that does not exist")
        _fill(folder, given, title, language)
    except OSError as error:
        raise ConfigError(f"cannot make a project in {folder}: {error.strerror}") from None
    project = Project.at(folder)
    for change in changes(project):
        write(change)
    return project


def _fill(folder: Path, base: str, title: str, language: str) -> None:
    root = resources.files("cgkg") / "starter"
    document = (root / language / "document.txt").read_text("utf-8")
    text = SourceText(document)
    marks = _marks(root / language / "spans.csv", text)
    sha256 = hashlib.sha256(document.encode()).hexdigest()
    words = {
        _BASE: base,
        "STARTER_LANGUAGE": language,
        "STARTER_DIGEST": sha256,
        "cg:characterCount 0": f"cg:characterCount {len(text)}",
    }

    def put(path: str, content: str) -> None:
        quoted = title.replace("\\", "\\\\").replace('"', '\\"') if path == CONFIG else title
        for old, new in words.items():
            content = content.replace(old, new)
        content = _MARK.sub(lambda m: marks[m[0]], content.replace("STARTER_NAME", quoted))
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, "utf-8", newline="\n")

    for path, file in _files(root / _COMMON).items():
        put(".gitignore" if path == "gitignore" else path, file.read_text("utf-8"))
    put("README.md", (root / language / "README.md").read_text("utf-8"))
    put(f"texts/{_DOCUMENT}.txt", document)
    table = text.table(IRI(f"{base}source/{_DOCUMENT}"))
    put(f"data/source/{_DOCUMENT}.sentences.csv", table.as_csv())
    ours = carried()
    for module in CORE_MODULES:
        put(f"ontology/cgkg-{module}.ttl", (ours / f"ontology/{module}.ttl").read_text("utf-8"))
    for scheme in CORE_SCHEMES:
        path = f"data/concepts/{scheme}.ttl"
        put(path, (ours / path).read_text("utf-8"))


def _marks(file: Traversable, text: SourceText) -> Mapping[str, str]:
    """What the marks of the template stand for: the spans' names and digests."""
    marks: dict[str, str] = {}
    for row in csv.DictReader(file.read_text("utf-8").splitlines()):
        ((start, end),) = text.occurrences(row["words"])
        marks[f"{{{{{row['name']}}}}}"] = f"c:{start}-{end}"
        marks[f"{{{{digest {row['name']}}}}}"] = digest(row["words"])
    return marks


def _files(folder: Traversable, path: str = "") -> dict[str, Traversable]:
    files: dict[str, Traversable] = {}
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            files.update(_files(item, f"{path}{item.name}/"))
        else:
            files[path + item.name] = item
    return files


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "project"


__all__ = ["create"]
