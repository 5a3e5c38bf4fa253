"""`cgkg init`: a project of one's own, small and whole, to be replaced piece by piece; or one that
begins with a document."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path

from cgkg.authoring import templates
from cgkg.authoring.documents import Options, plan, write_documents
from cgkg.authoring.formatting import changes, write
from cgkg.document.citing import clause_prefix
from cgkg.document.sentences import digest
from cgkg.document.text import SourceText
from cgkg.errors import ConfigError
from cgkg.languages import NP_, SOURCE, is_tag, lookup
from cgkg.project.folder import Project
from cgkg.project.location import carried
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import STANDARD

_BASE = "https://example.org/starter/"  # what the templates' IRIs begin with
_GARDEN = "garden"  # the document of the small example
_FACTS = "data/1-document.trig"  # the template of a file of facts
# What is cgkg's own in every project; the ontology's other modules are of the project it carries.
CORE_MODULES = ("core", "provenance", "quantities", "external-terms")
CORE_SCHEMES = ("modes", "approximations")
_BASE_IRI = re.compile(r"https?://[^\s<>\"{}|^`\\]+[/#]")
_ABOUT = NP_(
    "starter",
    "A garden, the people who look after it and the schools it lends tools to: a small example to"
    " replace with your own.",
)
_TITLE = NP_("starter", "Gardens and who looks after them")


def languages() -> tuple[str, ...]:
    """The languages that the small example has a document and a README in, that of the source
    first."""
    there = {each.name for each in templates.folder().iterdir() if (each / "spans.csv").is_file()}
    return (SOURCE, *sorted(there - {SOURCE}))


def create(
    folder: Path,
    *,
    base: str | None = None,
    name: str | None = None,
    languages: Sequence[str] = (),
    document: Path | None = None,
    say: Callable[[str], None] = lambda note: None,
) -> Project:
    """Make a project that builds, validates and serves at once.

    Args:
        folder: a folder that is empty or does not exist.
        base: what the project's IRIs begin with; without one, an example.org address.
        name: what it is called; without one, the folder's name.
        languages: of names, definitions and summaries, the first one first; without any, those of
            the small example, or that of the document.
        document: what the project begins with, or a folder of such, instead of the small example.
        say: is told what is worth knowing of the document.

    Raises:
        ConfigError: the folder holds something, cannot be written, the base is no IRI, or a
            language is no language tag.
        SourceError: the document cannot be taken in; then nothing is written.
    """
    title = name or folder.resolve().name or "project"
    given = base or f"https://example.org/{_slug(folder.resolve().name)}/"
    if not _BASE_IRI.fullmatch(given):
        raise ConfigError(
            f"{given!r} is no base for IRIs", hint="give --base such as https://example.org/mine/"
        )
    for each in languages:
        if not is_tag(each):
            raise ConfigError(f"{each!r} is no language tag", hint="such as en, de or zh-Hant")
    if len({each.lower() for each in languages}) < len(languages):
        raise ConfigError("a language is named twice", hint="name each language once")
    try:
        if folder.exists() and any(folder.iterdir()):
            raise ConfigError(f"{folder} is not empty", hint="give a folder that does not exist")
        start = _Starter(folder, given, title, tuple(map(str.lower, languages)))
        if document is None:
            start.garden()
        else:
            start.own(document, say)
    except OSError as error:
        raise ConfigError(f"cannot make a project in {folder}: {error.strerror}") from None
    project = Project.at(folder)
    for change in changes(project):
        # The stable order would drop the prefixes that the first class of one's own needs.
        if document is None or change.path != project.ontology:
            write(change)
    return project


class _Starter:
    """A project that is being made."""

    def __init__(self, folder: Path, base: str, title: str, tags: tuple[str, ...]) -> None:
        self._folder, self._base, self._title = folder, base, title
        self._tags = tags

    def garden(self) -> None:
        """Write the small example."""
        self._tags = self._tags or languages()
        language = self._written()
        document = templates.folder(language, "document.txt").read_text("utf-8")
        values = {
            **self._values(_GARDEN, ("garden", "group", "school"), _ABOUT),
            **_marks(templates.folder(language, "spans.csv"), SourceText(document)),
            **self._answers(),
        }
        text = f"texts/{_GARDEN}.txt"
        self._put(text, document)
        drafted = Project(self._folder, self._base, self._folder, {}, {})
        taken = plan(drafted, self._folder / text, Options(language, confirm=True))
        self._common(values)
        self._put("README.md", templates.folder(language, "README.md").read_text("utf-8"))
        for path, file in templates.files(templates.folder("garden")).items():
            self._fill(path, file, values)
        write_documents(Project.at(self._folder), taken)

    def own(self, document: Path, say: Callable[[str], None]) -> None:
        """Write a project that begins with a document: its text, and files to be filled."""
        drafted = Project(self._folder, self._base, self._folder, {}, {},
                          named_languages=self._tags)  # fmt: skip
        taken = plan(drafted, document)
        self._tags = self._tags or tuple(
            dict.fromkeys(each.table.language.lower() for each in taken)
        )
        values = self._values(taken[0].name, (), "")
        # That of the first is `c`, as the template of cgkg.toml has it.
        held = {**STANDARD, **dict.fromkeys(("my", "src", "c", "sec", "s"), "")}
        for each in taken[1:]:
            space = IRI(f"{_BASE}source/{each.name}")
            prefix = clause_prefix(space, held)
            if prefix is not None:
                held[prefix] = f"{space.value}/c/"
                values["prefixes"] += f'{prefix} = "{held[prefix]}"\n'
        self._common(values)
        self._put("README.md", templates.folder(self._written(), "own.md").read_text("utf-8"))
        for path, file in templates.files(templates.folder("own")).items():
            if path != _FACTS:
                self._fill(path, file, values)
        for number, each in enumerate(taken, 1):
            facts = templates.folder("own", *_FACTS.split("/"))
            own = {**values, "document": each.name}
            self._fill(f"data/{number}-{each.name}.trig", facts, own)
        write_documents(Project.at(self._folder), taken)
        for each in taken:
            for note in each.told():
                say(note)

    def _written(self) -> str:
        """The language that README and the example's document are written in: the first of the
        project's that there is one in, else that of the source."""
        fitting = (lookup(languages(), each) for each in self._tags)
        return next((each for each in fitting if each is not None), SOURCE)

    def _values(self, document: str, prefixes: Sequence[str], about: str) -> dict[str, str]:
        tags, named = self._tags, templates.quoted(self._title)
        said = {each: templates.quoted(templates.said(about, each)) for each in tags}
        title = " , ".join(f"{named}@{each}" for each in tags)
        return {
            "document": document,
            "first": tags[0],
            "count": str(len(tags)),
            "languages": ", ".join(tags),
            "quoted": ", ".join(f'"{each}"' for each in tags),
            "tags": " ".join(f'"{each}"' for each in tags),
            "names": "\n".join(f"{each} = {named}" for each in tags),
            "about": "[project.about]\n"
            + "".join(f"{each} = {words}\n" for each, words in said.items())
            + "\n"
            if about
            else "",
            "prefixes": "".join(f'{each} = "{_BASE}id/{each}/"\n' for each in prefixes),
            "title": templates.literals(_TITLE, tags) if about else title,
        }

    def _answers(self) -> dict[str, str]:
        """The small example's question in the project's languages, and its answer."""
        names = [f"?{each.replace('-', '_')}" for each in self._tags]
        registry = templates.folder("garden", "data", "registry.csv").read_text("utf-8")
        schools = [
            [templates.said(NP_("starter", row["en"]), each) for each in self._tags]
            for row in csv.DictReader(registry.splitlines())
            if row["class"] == "School"
        ]
        return {
            "variables": " ".join(names),
            "labels": " , ".join(names),
            "filter": " && ".join(
                f'lang({name}) = "{tag}"' for name, tag in zip(names, self._tags, strict=True)
            ),
            "answers": json.dumps(sorted(schools), ensure_ascii=False),
        }

    def _common(self, values: Mapping[str, str]) -> None:
        for path, file in templates.files(templates.folder("all")).items():
            self._fill(".gitignore" if path == "gitignore" else path, file, values)
        for module in CORE_MODULES:
            core = carried() / f"ontology/{module}.ttl"
            self._put(f"ontology/cgkg-{module}.ttl", core.read_text("utf-8"))
        for scheme in CORE_SCHEMES:
            path = f"data/concepts/{scheme}.ttl"
            self._put(path, (carried() / path).read_text("utf-8"))

    def _fill(self, path: str, file: Traversable, values: Mapping[str, str]) -> None:
        content = templates.filled(path, file.read_text("utf-8"), self._tags, values)
        self._put(path, content.replace("{languages}", values["languages"]))

    def _put(self, path: str, content: str) -> None:
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        content = content.replace(_BASE, self._base).replace("STARTER_NAME", self._title)
        target.write_text(content, "utf-8", newline="\n")


def _marks(file: Traversable, text: SourceText) -> Mapping[str, str]:
    """What the marks of the example's facts stand for: the spans' names and digests."""
    marks: dict[str, str] = {}
    for row in csv.DictReader(file.read_text("utf-8").splitlines()):
        ((start, end),) = text.occurrences(row["words"])
        marks[row["name"]] = f"c:{start}-{end}"
        marks[f"digest {row['name']}"] = digest(row["words"])
    return marks


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "project"


__all__ = ["create"]
