"""The words of the source document are not part of this repository."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

from paths import ROOT

RUN = 12


def tracked() -> list[Path]:
    """Every file that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.splitlines()]


def names() -> set[str]:
    """Names and titles of the registry."""
    with (ROOT / "data" / "registry.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    found = {row[key] for row in rows for key in ("zh", "en")}
    found |= {part for row in rows for key in ("alt_zh", "alt_en") for part in row[key].split("|")}
    return {name for name in found if name}


def runs(text: str) -> set[str]:
    """Every run of twelve characters within a line."""
    lines = text.splitlines()
    return {line[i : i + RUN] for line in lines for i in range(len(line) - RUN + 1)}


def test_no_twelve_characters_of_the_document_are_here(document: Path) -> None:
    """No file holds twelve consecutive characters of the document, registry names aside."""
    forbidden = runs(document.read_text("utf-8")) - runs("\n".join(names()))
    assert len(forbidden) > 5000, "too little of the document is left to look for"
    plain = {run for run in forbidden if run.isascii()}
    copied = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        if text.isascii() and not any(run in text for run in plain):
            continue
        # The commas of a table are its own, not the document's.
        rows = csv.reader(text.splitlines()) if path.suffix == ".csv" else text.splitlines()
        for number, row in enumerate(rows, 1):
            line = row if isinstance(row, str) else "\n".join(row)
            found = {line[i : i + RUN] for i in range(len(line) - RUN + 1)} & forbidden
            copied += [f"{path.relative_to(ROOT)}:{number}: {run}" for run in sorted(found)]
    assert not copied, "\n".join(copied[:20])


def test_registry_names_are_names(document: Path) -> None:
    """No registry name is a whole sentence of the document."""
    sentences = {part.strip() for part in document.read_text("utf-8").split("。") if len(part) > 30}
    assert not sentences & names()
