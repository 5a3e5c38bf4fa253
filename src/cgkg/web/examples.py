"""Example queries: `.rq` files whose first comment lines are their titles.

    # en: Which clusters share a member?
    # zh: 哪些城市群有共同成员?

A filter on the language of labels is written `= "en"`; it follows the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cgkg.errors import ConfigError


@dataclass(frozen=True)
class Example:
    """A query and its title per language."""

    name: str
    title: Mapping[str, str]
    query: str

    def text(self, language: str) -> str:
        """The query, asking for labels in this language."""
        return self.query.replace('= "en"', f'= "{language}"')


def read(paths: Iterable[Path]) -> tuple[Example, ...]:
    """The examples in these files, in the order given.

    Raises:
        ConfigError: a file cannot be read.
    """
    return tuple(_example(path) for path in paths)


def _example(path: Path) -> Example:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    title: dict[str, str] = {}
    plain = ""
    lines = text.splitlines()
    while lines and (not lines[0].strip() or lines[0].startswith("#")):
        words = lines.pop(0).lstrip("#").strip()
        language, colon, rest = words.partition(":")
        if colon and language in ("en", "zh"):
            title[language] = rest.strip()
        plain = plain or words
    fallback = title.get("en") or title.get("zh") or plain or path.stem
    return Example(path.stem, {"en": fallback, "zh": fallback, **title}, "\n".join(lines).strip())
