"""Chinese that people read is set as Chinese is: full-width marks beside Chinese characters."""

from __future__ import annotations

import ast
import csv
import importlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from babel.messages.pofile import read_po
from paths import ROOT

from cgkg.document import marks

SOURCES = ROOT / "src" / "cgkg"
STARTER = SOURCES / "starter"

CHINESE = "\u3000-\u303f\u3400-\u9fff\uff00-\uffef“”"
HAN = re.compile("[\u3400-\u9fff]")
BESIDE = re.compile(rf"[{CHINESE}] ?[,;:?!()]|[,;:?!()] ?[{CHINESE}]")
# Syntax that a message speaks of: it stands alone in English, too.
SIGN = re.compile(r"(?<!\S)[()\[\]{},;:?!*^|.]+(?=[,;]?(?:\s|$))")
ONLY_MARKS = re.compile(r"\s*[,;:?!()]+\s*")
CLASS = re.compile(r"\\.|\[\^?(\]?(?:\\.|[^\]\\])*)\]", re.DOTALL)
_ONE = r"(?:\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}|\\.|[^\\])"
MEMBER = re.compile(f"{_ONE}-{_ONE}|{_ONE}", re.DOTALL)

LABELS = {
    "http://www.w3.org/2004/02/skos/core#prefLabel",
    "http://www.w3.org/2004/02/skos/core#altLabel",
}
# The document's own spelling, by which coverage finds a name again.
PRINTED = (
    "大伦敦市政府(GLA)",
    "首都雄心(Capital Ambition)计划",
    "《连接利物浦计划(Connected Liverpool)》",
    "数字首尔(2002~2006)",
    "“智慧选择项目”(Smarter Choice Program)",
    "Twiiter(推特)",
    "统筹基础设施互联互通,整体谋划区域信息化布局",
    "以智慧城市建设为抓手,走绿色低碳可持续道路",
    "强化产业分工协作,以信息经济激发城市聚合优势",
    "强化信息安全体系建构,应对区域一体化发展冲击",
)


def answers() -> set[str]:
    """Chinese names that recorded answers hold: changing one changes an answer."""
    recorded = json.loads((ROOT / "queries" / "competency" / "expected.json").read_text("utf-8"))
    rows = [row for found in recorded.values() for row in found if isinstance(row, list)]
    return {name for row in rows for name in row if isinstance(name, str) and HAN.search(name)}


def faults(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Every place and text with an ASCII mark beside Chinese, or half a pair of brackets."""
    return [
        f"{place}: {text}"
        for place, text in texts
        if BESIDE.search(text) or text.count("（") != text.count("）")
    ]


def below(folder: Path, *patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in folder.rglob(pattern))


def literals() -> Iterator[tuple[str, str, bool]]:
    """Chinese literals of ontology, shapes and data: where, what, and whether it is a name."""
    folders = (ROOT / "ontology", ROOT / "shapes", ROOT / "data")
    for path in (path for folder in folders for path in below(folder, "*.ttl", "*.trig")):
        turtle = ox.RdfFormat.from_extension(path.suffix[1:])
        for quad in ox.parse(path=path, format=turtle):
            value, predicate = quad.object, quad.predicate.value
            # A wording is what the document prints.
            if getattr(value, "language", None) == "zh" and not predicate.endswith("/wording"):
                yield path.name, value.value, predicate in LABELS


def registered() -> Iterator[tuple[str, str, bool]]:
    """Chinese cells of the registry, in the same form."""
    with (ROOT / "data" / "registry.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            yield from ((row["id"], row[column], False) for column in ("note_zh", "def_zh"))
            names = [row["zh"], *row["alt_zh"].split("|")]
            yield from ((row["id"], name, True) for name in names)


def test_the_graph() -> None:
    """Labels, definitions, notes, gists and messages; names as printed or recorded stay."""
    exempt = {*PRINTED, *answers()}
    found, used = [], set()
    for place, text, is_name in (*literals(), *registered()):
        kept = {name for name in exempt if name in text} if is_name else set()
        used |= kept
        for name in sorted(kept, key=len, reverse=True):
            text = text.replace(name, "")
        found.append((place, text))
    assert len(found) > 3000
    assert faults(found) == []
    assert set(PRINTED) <= used, "an exception that nothing needs"


def told() -> Iterator[tuple[str, str]]:
    """The words of pages and messages; a value counts as a letter, and so do marks alone."""
    path = SOURCES / "locale" / "zh" / "LC_MESSAGES" / "cgkg.po"
    with path.open("rb") as file:
        for message in read_po(file):
            if message.id:
                said = (
                    message.string
                    if isinstance(message.string, str)
                    else "".join(message.string or ())
                )
                text = re.sub(r"\{[^{}]*\}|%\(\w+\)s", "x", said)
                text = re.sub(r"\?(?=\w)", "", text)  # a variable of SPARQL
                for sign in SIGN.findall(message.id if isinstance(message.id, str) else ""):
                    text = text.replace(sign, "x")
                yield message.id[0], f"。{text}" if ONLY_MARKS.fullmatch(text) else text


def test_the_pages_and_the_programs() -> None:
    """What pages, messages and the browser's scripts say in Chinese."""
    said = list(told())
    assert len(said) > 500
    assert faults(said) == []


def test_titles_of_queries_and_of_the_project() -> None:
    """The comments that ask a question, what cgkg.toml says, and what `cgkg init` writes."""
    said: list[tuple[str, str]] = []
    for path in (*below(ROOT / "queries", "*.rq"), *below(STARTER, "*.rq")):
        lines = path.read_text("utf-8").splitlines()
        titles = (re.sub(r"^#+ *(?:zh: *)?", "", line) for line in lines if line.startswith("#"))
        said += [(path.name, title) for title in titles if HAN.search(title)]
    assert len(said) > 80
    tables = tomllib.loads((ROOT / "cgkg.toml").read_text("utf-8")).values()
    said += [("cgkg.toml", t["zh"]) for t in tables if isinstance(t, dict) and "zh" in t]
    named = [v for t in tables if isinstance(t, dict) for v in t.values()]
    said += [("cgkg.toml", v["zh"]) for v in named if isinstance(v, dict) and "zh" in v]
    for path in below(STARTER / "zh", "*.md"):
        text = re.sub(r"\]\([^)]*\)", "]", path.read_text("utf-8"))  # links are syntax
        said += [(path.name, line) for line in text.splitlines()]
    assert faults(said) == []


def patterns() -> Iterator[tuple[str, str]]:
    """Every pattern that a module keeps, as compiled, and every one written into a call of re."""
    for path in below(SOURCES, "*.py"):
        text = path.read_text("utf-8")
        if not re.search(r"^ *(import re$|from re import )", text, re.MULTILINE):
            continue
        place = path.relative_to(SOURCES.parent)
        name = ".".join(place.with_suffix("").parts)
        kept = {} if path.stem == "__main__" else vars(importlib.import_module(name))
        yield from (
            (f"{place} {key}", value.pattern)
            for key, value in kept.items()
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str)
        )
        for node in ast.walk(ast.parse(text)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "re" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield f"{place}:{node.lineno}", first.value


def twice(pattern: str) -> set[str]:
    """The characters that a class of the pattern names twice; its own parser drops them."""
    found: set[str] = set()
    for match in CLASS.finditer(pattern):
        named = MEMBER.findall(match[1] or "")
        found |= {each for each in named if named.count(each) > 1}
    return found


def test_no_pattern_names_a_mark_twice() -> None:
    """That is what is left of the two forms of a mark where one was made the other."""
    found = list(patterns())
    assert len(found) > 80
    assert [(place, twice(text)) for place, text in found if twice(text)] == []
    assert twice(r"a|\[(?:[^(\]a(])+[0-9\u0030-\u0031]") == {"("}


@pytest.mark.parametrize("name", ["STOPS", "PAUSES", "OPEN", "CLOSE", "POINT", "PERCENT", "SLASH"])
def test_marks_have_both_forms(name: str) -> None:
    """Each ASCII mark has the full-width one beside it."""
    held = getattr(marks, name)
    assert [each for each in held if each < "\x80" and chr(ord(each) + 0xFEE0) not in held] == []


@pytest.mark.parametrize("text", ["甲,乙", "甲:Latin", "data (甲)", "甲 (GLA)", "“甲”;b", "（甲)"])
def test_a_fault_is_seen(text: str) -> None:
    """The rule itself sees each kind of fault, and leaves what is right."""
    assert faults([("here", text)])
    assert not faults([("here", "甲，乙：cg:hasMember（GLA）共 1,000 条。a, b")])
