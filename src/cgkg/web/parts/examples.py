"""Example queries: `.rq` files whose first comment lines are their titles.

    # en: Which gardens lend tools to a school?
    # fr: Quels jardins prêtent des outils à une école ?

A line without a language is English, or in the language there is that has its script.

A filter on the language of labels, `= "en"` or `langMatches(lang(?label), "en")`, follows the
reader's language, if it asks for the project's first one or English, and things are named in the
reader's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cgkg.encoding import read_query_file
from cgkg.errors import ConfigError
from cgkg.languages import SOURCE, known, lookup, marked

_FILTER = re.compile(
    r'(= |langMatches\s*\(\s*lang\s*\([^()]*\)\s*,\s*)"([a-z]{2,3}(?:-[A-Za-z0-9]+)*)"',
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Example:
    """A query, its title per language, the folder it comes from, and the project's languages."""

    name: str
    title: Mapping[str, str]
    query: str
    folder: str = ""
    languages: tuple[str, ...] = ()

    def text(self, language: str) -> str:
        """The query, asking for labels in this language if it asks for those of one, and there are
        some."""
        there = self.languages or known()
        wanted = lookup(there, language)
        asked = {asked.lower() for _, asked in _FILTER.findall(self.query)}
        if wanted is None or asked - {SOURCE, there[0]}:
            return self.query
        return _FILTER.sub(rf'\g<1>"{wanted}"', self.query)


def read(paths: Iterable[Path], languages: Iterable[str] = ()) -> tuple[Example, ...]:
    """The examples in these files, in the order given.

    Args:
        paths: the files.
        languages: those that things are named in; without any, those that pages can be in.

    Raises:
        ConfigError: a file cannot be read.
        SourceError: it is in no encoding that is read.
    """
    tags = tuple(languages)
    return tuple(_example(path, tags) for path in paths)


def _example(path: Path, languages: tuple[str, ...]) -> Example:
    try:
        text = read_query_file(path)
    except OSError as error:
        raise ConfigError(f"{path}: {error}") from None
    title: dict[str, str] = {}
    lines = text.splitlines()
    while lines and (not lines[0].strip() or lines[0].startswith("#")):
        language, words = marked(lines.pop(0).lstrip("#").strip())
        if words:
            title.setdefault(language, words)
    query = "\n".join(lines).strip()
    return Example(path.stem, title or {SOURCE: path.stem}, query, path.parent.name, languages)
