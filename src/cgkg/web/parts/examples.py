"""Example queries: `.rq` files whose first comment lines are their titles.

    # en: Which gardens lend tools to a school?
    # zh: 哪些花园向学校出借工具？

A line without a language is English, or Chinese if it has Chinese characters.

A filter on the language of labels is written `= "en"`; it follows the reader's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cgkg.errors import ConfigError

_HAN = re.compile(r"[\u4e00-\u9fff]")
_MARKED = re.compile(r"(en|zh)[:\uff1a]")


@dataclass(frozen=True)
class Example:
    """A query, its title per language, and the folder it comes from."""

    name: str
    title: Mapping[str, str]
    query: str
    folder: str = ""

    def text(self, language: str) -> str:
        """The query, asking for labels in this language if it asks for those of one."""
        if '= "zh"' in self.query:
            return self.query
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
        marked = _MARKED.match(words)
        if marked:
            title[marked[1]] = words[marked.end() :].strip()
        else:
            title.setdefault("zh" if _HAN.search(words) else "en", words)
        plain = plain or words
    fallback = title.get("en") or title.get("zh") or plain or path.stem
    titles = {"en": fallback, "zh": fallback, **title}
    return Example(path.stem, titles, "\n".join(lines).strip(), path.parent.name)
