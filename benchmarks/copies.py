"""A project with the document of this repository so many times: other places, other identities."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

_IDS = re.compile(r"(/id/[\w-]+/)")
_DOCUMENT = re.compile(r"(\bsrc:|/source/)city-clusters\b")
_STATEMENT = re.compile(r"(?<=\{\n)    [\w-]+:\S+ [\w-]+:\S+ [\w-]+:\S+ \.\n(?=    [\w-]+:)")
_GIST = re.compile(r'(cg:gist ")([^"]*)"')


def copy_project(origin: Path, folder: Path, copies: int, *, shapes: bool) -> None:
    """Write a project with so many copies of the document; the first is the document itself.

    Args:
        origin: the folder of the project with one document.
        folder: is made.
        copies: how many, 1 or more.
        shapes: whether it has the shapes, by which a build validates.
    """
    shutil.copytree(origin / "ontology", folder / "ontology")
    shutil.copytree(origin / "data", folder / "data")
    shutil.copytree(origin / "mappings", folder / "mappings")
    shutil.copy(origin / "cgkg.toml", folder)
    if shapes:
        shutil.copytree(origin / "shapes", folder / "shapes")
    for number in range(2, copies + 1):
        _copy_document(origin / "data", folder / "data", number)


def edit_gist(folder: Path) -> str:
    """Change the words of one gist in the project; gives the new ones."""
    path = min((folder / "data").glob("*.trig"))
    text, count = _GIST.subn(r'\1\2 Indeed."', path.read_text("utf-8"), count=1)
    assert count == 1
    path.write_text(text, "utf-8")
    found = _GIST.search(text)
    assert found
    return found[2]


def remove_statement(folder: Path) -> None:
    """Take the first statement of a block that has others, too, out of the project."""
    path = min((folder / "data").glob("*.trig"))
    text, count = _STATEMENT.subn("", path.read_text("utf-8"), count=1)
    assert count == 1
    path.write_text(text, "utf-8")


def _copy_document(origin: Path, folder: Path, number: int) -> None:
    for path in sorted(origin.glob("*.trig")):
        copy = folder / f"{path.stem}-{number}.trig"
        copy.write_text(_renamed(path.read_text("utf-8"), number), "utf-8")
    for path in sorted((origin / "source").iterdir()):
        copy = folder / "source" / path.name.replace("city-clusters", f"city-clusters-{number}")
        text = path.read_text("utf-8")
        copy.write_text(_renamed(text, number) if path.suffix == ".ttl" else text, "utf-8")
    with (origin / "registry.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (folder / "registry.csv").open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        for row in rows:
            kind, own = row["id"].split("/", 1)
            for column in ("en", "zh"):
                row[column] += f" {number}"
            writer.writerow({**row, "id": f"{kind}/n{number}-{own}"})


def _renamed(text: str, number: int) -> str:
    """Turtle or TriG with the identities and the document of a copy."""
    return _DOCUMENT.sub(rf"\1city-clusters-{number}", _IDS.sub(rf"\1n{number}-", text))
