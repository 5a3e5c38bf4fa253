"""What the documentation says is so."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from paths import ROOT

from cgkg.cli.commands import main
from cgkg.store.generations import Generation
from cgkg.web.app import Settings, create_app

DOCS = ROOT / "docs"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(DOCS.rglob("*.md")),
    *sorted((ROOT / "benchmarks").rglob("*.md")),
]
FIRST_SCREEN = (ROOT / "README.md").read_text("utf-8").split("\n---\n")[0]
_LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")


def printed(text: str) -> dict[str, str]:
    """The commands after `$ ` in indented blocks, each with the output shown beneath it."""
    found = re.findall(r"^    \$ (.+)\n((?:    .*\n)*)", text, re.M)
    return {command: re.sub(r"^    ", "", shown, flags=re.M) for command, shown in found}


def prose(page: Path) -> str:
    """A page without its blocks of code, in which brackets are not links."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)


def anchors(page: Path) -> set[str]:
    """The fragments that lead to the headings of a page, made as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def run_as_printed(folder: Path, built: Generation) -> dict[str, str]:
    """What the commands of the first screen print where `make serve` has been."""
    for name in ("cgkg.toml", "ontology", "data", "shapes", "queries", "mappings"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "build").mkdir()
    (folder / "build" / "store").symlink_to(built.folder.parents[1])
    program = folder / ".venv" / "bin" / "cgkg"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m cgkg "$@"\n')
    program.chmod(0o755)
    return {
        command: subprocess.run(
            command, shell=True, cwd=folder, capture_output=True, text=True, check=True
        ).stdout
        for command in printed(FIRST_SCREEN)
    }


def test_the_first_screen_is_whole() -> None:
    """A sentence, a picture, two commands, a question with its answer, and links."""
    title, sentence, picture, commands, *_ = FIRST_SCREEN.split("\n\n")
    assert title == "# cgkg"
    assert sentence.count(". ") == 0
    assert sentence.endswith(".")
    assert picture.startswith("![")
    assert re.findall(r"^    (\w+ \w+)", commands, re.M) == ["make serve", "make test"]
    assert len(printed(FIRST_SCREEN)) == 1
    assert _LINK.findall(FIRST_SCREEN.split("\n\n")[-1])
    assert len(FIRST_SCREEN.splitlines()) <= 32


@pytest.mark.parametrize("target", ["serve", "test"])
def test_make_runs_what_is_in_the_environment_that_it_installs(target: str) -> None:
    """Both commands make .venv first, where the command of the first screen is."""
    steps = subprocess.run(
        ["make", "--no-print-directory", "-n", target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert "tools/setup.py" in steps[-2]
    assert steps[-1].startswith(".venv/bin/")


def test_the_answer_shown_is_the_answer_given(tmp_path: Path, clusters: Generation) -> None:
    """The command, typed as it is printed, prints what is printed beneath it."""
    assert run_as_printed(tmp_path, clusters) == printed(FIRST_SCREEN)


def test_the_picture_shows_the_answer() -> None:
    """Places and summaries of the clauses in the picture are those of the answer beneath it."""
    [answer] = printed(FIRST_SCREEN).values()
    [picture] = re.findall(r"!\[.*\]\((.+)\)", FIRST_SCREEN)
    texts = ElementTree.parse(ROOT / picture).iter("{http://www.w3.org/2000/svg}text")
    said = " ".join(text.text or "" for text in texts)
    clauses = re.findall(r"(section [\d.]+, paragraph \d+) ([^.]+\.)", said)
    assert len(clauses) == 2
    for place, gist in clauses:
        assert re.search(rf"{re.escape(place)}, .*: {re.escape(gist)} <c:", answer), place
    for name in ("reaches member", "applies throughout", "has member", "prp-spo2"):
        assert name in said
        assert name in answer


def test_the_sentences_counted_are_those_of_the_graph(clusters: Generation) -> None:
    """README says how many sentences are accounted for, and how many by statements."""
    rows = clusters.coverage["rows"]
    cited = sum(bool(row["graphs"]) for row in rows)
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert clusters.coverage["accounted"] == len(rows)
    assert f"All {len(rows)} sentences are accounted for, {cited} of them by statements" in text


def test_every_command_is_in_the_readme() -> None:
    """A command without a line in the README fails here."""
    text = (ROOT / "README.md").read_text("utf-8")
    for name in main.commands:
        assert f"`cgkg {name}" in text, name


def test_every_address_is_documented(clusters: Generation) -> None:
    """Each route of the server is on the page of addresses, and the page has no other."""
    page = (DOCS / "reference" / "addresses.md").read_text("utf-8")
    rows = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `")]
    named = set(re.findall(r"`(/[\w./-]*)", page))
    app = create_app(clusters, None, Settings(explain_all=lambda *_: ()))  # type: ignore[arg-type]
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    fixed = {rule for rule in rules if "<" not in rule} - {"/favicon.ico"}
    assert fixed <= named, fixed - named
    entities = set(re.findall(r"`(/\w+/)…`", rows[1]))
    assert len(entities) == 6
    assert named <= fixed | entities | {"/health", "/ready", "/metrics"}, named - fixed


def test_every_page_is_reached_from_the_index() -> None:
    """Following links from docs/index.md one comes to every page under docs/."""
    found: set[Path] = set()
    ahead = [DOCS / "index.md"]
    while ahead:
        page = ahead.pop()
        found.add(page)
        links = (
            (page.parent / link.split("#")[0]).resolve() for link in _LINK.findall(prose(page))
        )
        ahead += {p for p in links if p.suffix == ".md" and DOCS in p.parents} - found
    assert set(DOCS.rglob("*.md")) <= found


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page is a file here, and every fragment a heading of it."""
    for link in _LINK.findall(prose(page)):
        name, _, fragment = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not fragment or fragment in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_that_are_named_exist(page: Path) -> None:
    """Paths in backticks that look like files of the project are there."""
    for name in re.findall(
        r"`((?:src|docs|data|tests|benchmarks)/[\w./-]+)`", page.read_text("utf-8")
    ):
        # A tutorial's own project has files in data/ too.
        assert (ROOT / name).exists() or name.startswith("data/"), name
