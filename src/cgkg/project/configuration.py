"""What cgkg.toml says: [project], [prefixes], and of pages and documents the tables below.

[project]
languages = ["en", "de"]        # what things are named in, the first one first

[home]                          # a table on the front page: a row for each
compare = "my:Library"          # instance of a class, with its figures
title.en = "Libraries compared"

[[home.columns]]                # and with what these properties say:
property = "my:lendsTo"         # literals as they are, of things how many
en = "schools served"           # without a name, the property's label

[mentions.committee]            # what a document mentions, besides numbers and names:
pattern = "committee|board"     # a regular expression, and
class = "cg:Organization"       # what must be named in a statement that cites the sentence

[mentions.number]               # number, name and clause are looked for anyway;
except = "Four Corners"         # what overlaps with this is none

[told]                          # what a section tells of is listed at its heading:
listed = "my:servesTown"        # by this property, in the block of the heading;
by = "my:standsIn"              # told of is what a clause says this of,
except = "my:Country"           # but not of one of these

[words.charge]                  # a statement with a property needs words in its clause
pattern = "in charge|leads"
of = "my:runs"

[words.others]                  # or words ask for a property of the clause or in it
pattern = "among others"
asks = ["my:isOpenList"]

[documents.county-plan]         # by the name of a document, whether exports may carry its words:
words = "quoted"                # never (as without it), those of clauses that are cited, or all
copyright = "CC BY 4.0, County" # goes beside them

Lists, comparison, timeline and search are in `cgkg.project.pages`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from cgkg.errors import ConfigError
from cgkg.languages import is_tag
from cgkg.rdf.notation import read_iri
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import STANDARD

WORDS = ("never", "quoted", "all")
"""How much of the words of a document an export may carry."""
BUILT_IN = ("name", "number", "clause")
"""The kinds of mentions that are looked for in every document that has a table of them."""
_KIND = re.compile(r"[a-z][a-z0-9-]*")
Within = Literal["words", "gist", "name"]
WITHIN: Final[tuple[Within, ...]] = get_args(Within)


@dataclass(frozen=True)
class HomeColumn:
    """A column of the table on the front page: a property, and its heading by language."""

    property: IRI
    name: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Home:
    """What the front page compares: the instances of a class; with the figures about them and
    these columns."""

    compare: IRI
    title: Mapping[str, str]
    columns: tuple[HomeColumn, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For the manifest of a generation."""
        columns = [{"property": c.property.value, "name": dict(c.name)} for c in self.columns]
        return {"compare": self.compare.value, "title": dict(self.title), "columns": columns}

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> Home:
        """What `as_dict` made."""
        columns = tuple(HomeColumn(IRI(c["property"]), c["name"]) for c in held["columns"])
        return cls(IRI(held["compare"]), held["title"], columns)


@dataclass(frozen=True)
class MentionKind:
    """A kind of mention: what to look for, what it is none in, and what accounts for one."""

    pattern: re.Pattern[str] | None = None
    excluded: re.Pattern[str] | None = None
    of: IRI | None = None


@dataclass(frozen=True)
class DocumentRights:
    """Whether exports may carry the words of a document, and the note that goes beside them."""

    words: str = "never"
    copyright: str = ""

    def as_dict(self) -> dict[str, str]:
        """For the manifest of a generation."""
        return {"words": self.words, "copyright": self.copyright}


@dataclass(frozen=True)
class ProjectHead:
    """What a project is called: what its IRIs begin with, its root ontology, texts by language, and
    the languages that it names."""

    base: str
    ontology: str
    name: Mapping[str, str]
    about: Mapping[str, str]
    languages: tuple[str, ...]


def read_head(content: Mapping[str, Any], path: Path) -> ProjectHead:
    """What [project] says.

    Raises:
        ConfigError: it lacks base or ontology, or is malformed.
    """
    keys = ("base", "ontology", "name", "about", "languages")
    if "project" not in content:
        raise ConfigError(
            f"{path}: [project] is missing; there is {', '.join(f'[{name}]' for name in content)}",
            hint="write [project] with base and ontology, or correct the names of the tables",
        )
    said = ConfigTable(path, "project", content["project"], keys, {})
    base = said.text("base")
    if not base.endswith(("/", "#")):
        raise ConfigError(f"{path}: base must end with / or #, found {base!r}")
    languages = _read_languages(content["project"], path)
    return ProjectHead(
        base, said.text("ontology"), said.texts("name"), said.texts("about"), languages
    )


def read_prefixes(content: Mapping[str, Any], path: Path) -> Mapping[str, str]:
    """The prefixes that [prefixes] declares, and those that all projects have.

    Raises:
        ConfigError: it is malformed.
    """
    table = content.get("prefixes", {})
    if not isinstance(table, dict) or not all(isinstance(iri, str) for iri in table.values()):
        raise ConfigError(f"{path}: [prefixes] is a table of names and IRIs")
    return {**STANDARD, **table}


def read_documents(content: Mapping[str, Any], path: Path) -> Mapping[str, DocumentRights]:
    """What [documents] says, by the names of documents.

    Raises:
        ConfigError: it is malformed.
    """
    table = content.get("documents", {})
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: documents is no table", hint="write [documents.NAME]")
    rights: dict[str, DocumentRights] = {}
    for name, value in table.items():
        said = ConfigTable(path, f"documents.{name}", value, ("words", "copyright"), {})
        words = said.text("words") if "words" in said.table else WORDS[0]
        if words not in WORDS:
            raise ConfigError(
                f"{path}: documents.{name}.words is {words!r}", hint=f"one of {', '.join(WORDS)}"
            )
        note = said.text("copyright") if "copyright" in said.table else ""
        rights[name] = DocumentRights(words, note)
    return rights


def _read_languages(table: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    """The languages that [project] names, in the form of the store (lower case); none if it does
    not.

    Args:
        table: what [project] says.

    Raises:
        ConfigError: they are no list of language tags (BCP 47), or one is there twice.
    """
    said = table.get("languages", [])
    if not isinstance(said, list) or not all(isinstance(each, str) for each in said):
        raise ConfigError(f"{path}: project.languages is no list", hint='write ["en", "de"]')
    for each in said:
        if not is_tag(each):
            raise ConfigError(
                f"{path}: project.languages: {each!r} is no language tag",
                hint="such as en, de or zh-Hant",
            )
    if len({each.lower() for each in said}) < len(said):
        raise ConfigError(f"{path}: project.languages names a language twice")
    return tuple(each.lower() for each in said)


@dataclass(frozen=True)
class SectionRule:
    """What lists at a heading what its section tells of: a property; by what statements a thing is
    told of, and of which class their value is not."""

    listed: IRI
    by: IRI
    excluded: IRI | None = None


@dataclass(frozen=True)
class WordRule:
    """Words that statements need, or that ask for statements.

    `of`: a statement with this property (and value) needs the pattern in the words of its clause.
    `asks`: where the pattern is in the words or the gist of a clause, the clause or one of its
    statements has one of these properties (with this value); where it is in the name of an instance
    of `kind`, the instance has one.
    """

    pattern: re.Pattern[str]
    of: IRI | None = None
    asks: tuple[IRI, ...] = ()
    value: IRI | None = None
    within: Within = "words"
    kind: IRI | None = None


def read_told(
    content: Mapping[str, Any], prefixes: Mapping[str, str], path: Path
) -> SectionRule | None:
    """What [told] says.

    Raises:
        ConfigError: it is malformed.
    """
    table = content.get("told")
    if table is None:
        return None
    said = ConfigTable(path, "told", table, ("listed", "by", "except"), prefixes)
    excluded = said.iri("except") if "except" in said.table else None
    return SectionRule(said.iri("listed"), said.iri("by"), excluded)


def read_words(
    content: Mapping[str, Any], prefixes: Mapping[str, str], path: Path
) -> Mapping[str, WordRule]:
    """What [words] says, by the names of its rules.

    Raises:
        ConfigError: it is malformed.
    """
    table = content.get("words", {})
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: words is no table", hint="write [words.NAME]")
    rules: dict[str, WordRule] = {}
    for name, value in table.items():
        keys = ("pattern", "of", "asks", "value", "in", "class")
        said = ConfigTable(path, f"words.{name}", value, keys, prefixes)
        kind = said.iri("class") if "class" in said.table else None
        within = said.text("in") if "in" in said.table else "name" if kind else "words"
        if within not in WITHIN or (within == "name") != bool(kind):
            raise ConfigError(
                f"{path}: words.{name}.in is none of words, gist and name",
                hint="name goes with class, the others without",
            )
        if ("of" in said.table) == ("asks" in said.table) or ("of" in said.table and kind):
            raise ConfigError(f"{path}: words.{name} needs of or asks", hint="class goes with asks")
        rules[name] = WordRule(
            said.pattern("pattern"),
            said.iri("of") if "of" in said.table else None,
            said.iris("asks") if "asks" in said.table else (),
            said.iri("value") if "value" in said.table else None,
            within,
            kind,
        )
    return rules


def read_home(content: Mapping[str, Any], prefixes: Mapping[str, str], path: Path) -> Home | None:
    """What [home] says.

    Raises:
        ConfigError: it is malformed.
    """
    table = content.get("home")
    if table is None:
        return None
    said = ConfigTable(path, "home", table, ("compare", "title", "columns"), prefixes)
    rows = said.table.get("columns", [])
    if not isinstance(rows, list):
        raise ConfigError(f"{path}: home.columns is no list", hint="write [[home.columns]]")
    columns = (
        ConfigTable(path, "home.columns", row, ("property", "name"), prefixes) for row in rows
    )
    return Home(
        said.iri("compare"),
        said.texts("title"),
        tuple(HomeColumn(each.iri("property"), each.texts("name")) for each in columns),
    )


def read_mentions(
    content: Mapping[str, Any], prefixes: Mapping[str, str], path: Path
) -> Mapping[str, MentionKind]:
    """What [mentions] says, by kind.

    Raises:
        ConfigError: it is malformed.
    """
    table = content.get("mentions", {})
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: mentions is no table", hint="write [mentions.KIND]")
    kinds: dict[str, MentionKind] = {}
    for name, value in table.items():
        if not _KIND.fullmatch(name):
            raise ConfigError(f"{path}: mentions.{name}: a kind is named in letters a to z")
        keys = ("except",) if name in BUILT_IN else ("pattern", "except", "class")
        said = ConfigTable(path, f"mentions.{name}", value, keys, prefixes)
        excluded = said.pattern("except") if "except" in said.table else None
        kinds[name] = (
            MentionKind(excluded=excluded)
            if name in BUILT_IN
            else MentionKind(said.pattern("pattern"), excluded, said.iri("class"))
        )
    return kinds


class ConfigTable:
    """A table of cgkg.toml, read key by key.

    Raises:
        ConfigError: it is none, has a key that nobody reads, or a value that is not as it should.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        table: Any,
        keys: tuple[str, ...],
        prefixes: Mapping[str, str],
    ) -> None:
        self._path, self._name, self._prefixes = path, name, prefixes
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {name} is no table", hint=f"write [{name}] on its line")
        self.table: Mapping[str, Any] = table
        for key in table:
            if key not in keys:
                raise ConfigError(f"{path}: {name}.{key} is unknown", hint=", ".join(keys))

    def text(self, key: str) -> str:
        """The text of the key, which must be there."""
        value = self.table.get(key)
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{self._path}: [{self._name}] needs {key}, a text")
        return value

    def iri(self, key: str) -> IRI:
        """The IRI that the key names, which must be there."""
        return self._iri(key, self.text(key))

    def iris(self, key: str) -> tuple[IRI, ...]:
        """The IRIs that the key names, one at least."""
        values = self.table.get(key)
        if not isinstance(values, list) or not values or not all(type(v) is str for v in values):
            raise ConfigError(f"{self._path}: [{self._name}] needs {key}, a list of names")
        return tuple(self._iri(key, value) for value in values)

    def _iri(self, key: str, value: str) -> IRI:
        prefix = value.partition(":")[0]
        try:
            whole = "//" in value or value.startswith("urn:")
            if prefix not in self._prefixes and not whole:
                raise ValueError
            return read_iri(value, self._prefixes)
        except ValueError:
            raise ConfigError(
                f"{self._path}: {self._name}.{key}: {value!r} is no IRI and no name with a known"
                " prefix",
                hint="declare the prefix in [prefixes], or write the whole IRI",
            ) from None

    def pattern(self, key: str) -> re.Pattern[str]:
        """The regular expression of the key."""
        try:
            return re.compile(self.text(key))
        except re.error as error:
            raise ConfigError(
                f"{self._path}: {self._name}.{key} is no regular expression: {error}"
            ) from None

    def texts(self, key: str) -> Mapping[str, str]:
        """The texts of the key by language, none if it is not there."""
        value = self.table.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(t, str) for t in value.values()):
            raise ConfigError(
                f"{self._path}: {self._name}.{key} is no text by language",
                hint=f'write {key}.en = "…"',
            )
        return value
