"""Pages on making a graph: every command is run, every file written, in the page's order.

A block `console` holds commands after `$ ` and what they print; `(exit code N)` where it is not 0.
A block with `> FILE` or `>> FILE` behind its language is that file, or is added to it.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import commands
import pytest
from paths import ROOT
from projects import wide

PAGE = ROOT / "docs" / "tutorial" / "your-own-document.md"
SHEET = ROOT / "docs" / "how-to" / "sheet.md"
CITE = ROOT / "docs" / "how-to" / "cite.md"
CANDIDATES = ROOT / "docs" / "how-to" / "candidates.md"
_BLOCK = re.compile(r"^```(\w+)(?: (>>?) (\S+))?\n(.*?)^```$", re.M | re.S)
_EXIT = re.compile(r"\(exit code (\d)\)\n")


def commands_of(block: str) -> Iterator[tuple[str, str]]:
    """Each command of a block with what the page shows beneath it."""
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the page, run in the folder."""
    if words[0] == "cgkg":
        return commands.run(*words[1:], cwd=folder)
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("page", "count"), [(PAGE, 20), (SHEET, 8), (CITE, 5), (CANDIDATES, 9)])
def test_the_page_is_run_from_top_to_bottom(page: Path, count: int, tmp_path: Path) -> None:
    """Each command ends as the page says and prints what the page shows."""
    folder, ran = tmp_path, 0
    for language, arrow, name, body in _BLOCK.findall(page.read_text("utf-8")):
        if language != "console":
            assert name, f"a block of {language} without a file"
            with (folder / name).open("a" if arrow == ">>" else "w", encoding="utf-8") as file:
                file.write(body)
            continue
        for command, shown in commands_of(body):
            words = shlex.split(command)
            ran += 1
            if words[0] == "cd":
                folder = folder / words[1]
                continue
            done = run(folder, *words)
            code = _EXIT.search(shown)
            assert done.returncode == (int(code[1]) if code else 0), (
                command,
                done.stdout,
                done.stderr,
            )
            if shown.strip():
                assert done.stdout == _EXIT.sub("", shown).rstrip("\n") + "\n", command
    assert ran == count


# As Chinese is set: full-width marks and figures, headings with a part's and a chapter's number.
CHINESE = wide(
    "二\u3001树篱\n(一)长树篱\n"
    "磨坊巷学校于\uff12\uff10\uff12\uff11年种下长树篱!"
    "它为码头花园遮风挡雨,鸟儿也在里面筑巢安家;谁来修剪?\n"
)
PLANTED, SHELTERS, NESTS = (
    "磨坊巷学校于\uff12\uff10\uff12\uff11年种下长树篱",
    "它为码头花园遮风挡雨",
    "鸟儿也在里面筑巢安家",
)


class Plot:
    """A project that begins with the Chinese document, and has the tutorial's terms."""

    def __init__(self, parent: Path) -> None:
        (parent / "hedge.txt").write_text(CHINESE, "utf-8")
        done = run(parent, "cgkg", "init", "plot", "--document", "hedge.txt", "--lang", "zh")
        assert done.returncode == 0
        self.folder = parent / "plot"
        self("document", "../hedge.txt", "--lang", "zh", "--headings")
        text = PAGE.read_text("utf-8")
        with (self.folder / "ontology" / "starter.ttl").open("a", encoding="utf-8") as file:
            file.write(next(body for _, _, name, body in _BLOCK.findall(text)
                            if name == "ontology/starter.ttl"))  # fmt: skip

    def __call__(self, *words: str, code: int = 0) -> str:
        done = run(self.folder, "cgkg", *words)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stdout

    def cite(self, *rows: str) -> None:
        """Import a sheet of these rows."""
        header = "quote;subject;property;value;gist;subject_class;value_class"
        (self.folder / "sheet.csv").write_text("\n".join((header, *rows)), "utf-8")
        self("import", "sheet.csv")


def test_a_chinese_document_with_full_width_marks(tmp_path: Path) -> None:
    """The page's steps with it: sections, sentences, clauses counted, and the answer."""
    plot = Plot(tmp_path)
    assert "2.1          3 sentences,   0 cited by   0 spans, 1 excused\n" in plot(
        "coverage", code=1
    )
    plot.cite(
        f"{PLANTED};长树篱;planted by;磨坊巷学校;学校种树篱。;Hedge;School",
        ";长树篱;start year;2021;;;",
        f"{SHELTERS};长树篱;shelters;码头花园;树篱挡风。;;Garden",
        ";码头花园;lends tools to;磨坊巷学校;;;",
    )
    gap = plot("coverage", "--write", code=1)
    place = CHINESE.index(NESTS)
    assert f"no span covers half of the clause at {place}-{place + len(NESTS)}\n" in gap
    assert gap.endswith(
        "4 of 4 sentences accounted for; 3 of 4 clauses, numbers, names and other mentions\n"
    )
    plot.cite(f"{NESTS};长树篱;shelters;码头花园;鸟儿有窝。;;")
    whole = plot("coverage")
    assert whole.endswith("4 of 4 clauses, numbers, names and other mentions\n")
    plot("check")
    plot("build")
    question = next(
        body for _, _, name, body in _BLOCK.findall(PAGE.read_text("utf-8")) if name.endswith(".rq")
    )
    answer = plot("query", question)
    assert "磨坊巷学校" in answer
    assert answer.endswith("(1 solution)\n")
