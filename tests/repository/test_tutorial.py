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

from cgkg.document.sentences import digest

PAGE = ROOT / "docs" / "tutorial" / "your-own-document.md"
SHEET = ROOT / "docs" / "how-to" / "sheet.md"
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


@pytest.mark.parametrize(("page", "count"), [(PAGE, 23), (SHEET, 8), (CANDIDATES, 9)])
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


@pytest.mark.parametrize("words", ["The long hedge was planted by Mill Lane School in 2021"])
def test_the_digests_shown_are_those_of_the_words(words: str) -> None:
    """The page's digests were not made up."""
    assert digest(words) in PAGE.read_text("utf-8")


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
    """The tutorial's project with a Chinese document in place of the English one."""

    def __init__(self, parent: Path) -> None:
        assert run(parent, "cgkg", "init", "plot").returncode == 0
        self.folder = parent / "plot"
        (self.folder / "hedge.txt").write_text(CHINESE, "utf-8")
        self("document", "hedge.txt", "--lang", "zh", "--headings")

    def __call__(self, *words: str, code: int = 0) -> str:
        done = run(self.folder, "cgkg", *words)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stdout

    def extend(self) -> None:
        """Write the page's ontology, registry, prefix, shape and question; not its clauses."""
        added: set[tuple[str, str]] = set()
        for language, arrow, name, body in _BLOCK.findall(PAGE.read_text("utf-8")):
            if name and name != "data/2-hedge.trig" and language not in ("text", "markdown"):
                if (language, name) in added:  # the hedge that is taken out again
                    continue
                added.add((language, name))
                mode = "a" if arrow == ">>" else "w"
                with (self.folder / name).open(mode, encoding="utf-8") as file:
                    file.write(body)

    def cite(self, **said: str) -> None:
        """Write a block for each clause, under the header that `cgkg span` prints for it."""
        page = PAGE.read_text("utf-8")
        blocks = re.findall(r"^@prefix .*$", page.partition("data/2-hedge.trig\n")[2], re.M)
        for words, body in said.items():
            header = self("span", words, "--source", "hedge.txt")
            assert header.startswith("# 2.1 \u00b61")
            filled = header.replace('""@en , ""@zh', '"What it says."@en , "其意。"@zh')
            blocks.append(filled.replace("{\n    \n}", f"{{\n    {body}\n}}"))
        (self.folder / "data" / "2-hedge.trig").write_text("\n".join(blocks), "utf-8")


def test_a_chinese_document_with_full_width_marks(tmp_path: Path) -> None:
    """The page's steps with it: sections, sentences, clauses counted, and the same answer."""
    plot = Plot(tmp_path)
    assert "2.1          3 sentences,   0 cited by   0 spans, 1 excused\n" in plot(
        "coverage", code=1
    )
    plot.extend()
    planted = "hedge:long my:plantedBy school:mill-lane ; cg:startYear 2021 ."
    shelters = "hedge:long my:shelters garden:quay ."
    plot.cite(**{PLANTED: planted, SHELTERS: shelters})
    gap = plot("coverage", "--source", "hedge.txt", "--write", code=1)
    place = CHINESE.index(NESTS)
    assert f"no span covers half of the clause at {place}-{place + len(NESTS)}\n" in gap
    assert gap.endswith(
        "9 of 9 sentences accounted for; 3 of 4 clauses, numbers, names and other mentions\n"
    )
    plot.cite(**{PLANTED: planted, f"{SHELTERS}\uff0c{NESTS}": shelters})
    whole = plot("coverage", "--source", "hedge.txt")
    assert "2.1          3 sentences,   2 cited by   2 spans, 1 excused\n" in whole
    assert whole.endswith("4 of 4 clauses, numbers, names and other mentions\n")
    plot("check", "--source", "hedge.txt")
    plot("build")
    answer = plot("query", "queries/competency/Q002.rq")
    assert "磨坊巷学校" in answer
    assert answer.endswith("(1 solution)\n")
