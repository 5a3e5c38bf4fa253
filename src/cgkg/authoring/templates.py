"""The templates of `cgkg init`: files whose words are in English, for any set of languages.

A template holds each text once: `"…"@en` in Turtle, the columns `en` and `def_en` of the registry,
the first comment of a query. A project has it in each of its languages: as the catalogue of
messages has it, else as it stands, for its author to translate. `{{name}}` is a place
that a value fills.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable

from cgkg.languages import NP_, SOURCE, known, lookup, spoken, text

_CONTEXT = "starter"
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"@en\b')
_MARK = re.compile(r"\{\{([\w ]+)\}\}")
_TITLE = re.compile(r"# (.+)\n")
_KINDS = ("{}", "alt_{}", "note_{}", "def_{}")  # columns of the registry in a language
_REGISTRY = "registry.csv"
_QUERY = ".rq"
_CELLS = ("en", "def_en")


def folder(*names: str) -> Traversable:
    """A folder of the templates."""
    place: Traversable = resources.files("cgkg") / "starter"
    for name in names:
        place /= name
    return place


def files(of: Traversable, path: str = "") -> dict[str, Traversable]:
    """The files of a folder and below, by their paths in it."""
    templates: dict[str, Traversable] = {}
    for item in sorted(of.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            templates.update(files(item, f"{path}{item.name}/"))
        else:
            templates[path + item.name] = item
    return templates


def messages(path: str, content: str) -> Iterator[str]:
    """The texts of a template that catalogues translate, in their context `starter`."""
    if path.endswith(_REGISTRY):
        yield from (row[cell] for row in csv.DictReader(content.splitlines()) for cell in _CELLS)
    elif path.endswith(_QUERY):
        yield from (match[1] for match in (_TITLE.match(content),) if match)
    else:
        yield from (match[1] for match in _TEXT.finditer(content))


def said(message: str, language: str) -> str:
    """A marked text of a template in a language; as it stands if no catalogue has the language."""
    return text(message, lookup(known(), language) or SOURCE)


def untranslated(languages: Iterable[str]) -> tuple[str, ...]:
    """The languages that no catalogue has, in which texts are those of the templates."""
    return tuple(each for each in languages if lookup(known(), each) is None)


def literals(message: str, languages: Iterable[str]) -> str:
    """A text of a template in each of the languages, as a list of literals in Turtle."""
    return " , ".join(f"{quoted(said(message, each))}@{each}" for each in languages)


def quoted(words: str) -> str:
    """The words as a string of Turtle and TOML."""
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def filled(path: str, content: str, languages: Sequence[str], values: Mapping[str, str]) -> str:
    """A template as a file of a project in these languages.

    Args:
        path: of the file in the project, which says what the template is.
        content: the template.
        languages: of the project, the first one first.
        values: what goes into the places, by name.
    """
    if path.endswith(_REGISTRY):
        content = _registry(content, languages)
    elif path.endswith(_QUERY):
        title = _TITLE.match(content)
        lines = (f"# {each}: {said(_marked(title[1]), each)}\n" for each in languages if title)
        content = "".join(lines) + content[title.end() if title else 0 :]
    else:
        # Findings are read in languages that pages can be in, things named in the project's own.
        tags = tuple(spoken(languages)) if path.startswith("shapes/") else languages
        content = _TEXT.sub(lambda mark: literals(_marked(mark[1]), tags), content)
    return _MARK.sub(lambda mark: values[mark[1]], content)


def _marked(message: str) -> str:
    return NP_(_CONTEXT, message)


def _registry(content: str, languages: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("id", "class", *(k.format(each) for k in _KINDS for each in languages)))
    for row in csv.DictReader(content.splitlines()):
        cells = (row.get(k.format(SOURCE), "") for k in _KINDS)
        words = (said(_marked(cell), each) if cell else "" for cell in cells for each in languages)
        writer.writerow((row["id"], row["class"], *words))
    return out.getvalue()
