"""Tables that a project adds to its releases: a SELECT query in queries/tables for each.

    # en: pumps by district
    # fr: pompes par quartier
    SELECT …

The first comments are its titles, by language; the file's name is that of the table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

TITLE = re.compile(r"#+\s*(?P<language>[a-z]{2,3}(?:-[A-Za-z0-9]+)*)\s*[:\uff1a]\s*(?P<text>.*)")

TABLE_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
"""What tables are called, so that each is a file of the release."""


@dataclass(frozen=True)
class ReleaseTable:
    """A table of a release: its name, titles by language, and query."""

    name: str
    title: Mapping[str, str]
    query: str

    @classmethod
    def of(cls, name: str, query: str) -> ReleaseTable:
        """The table that a query file of this name is."""
        title: dict[str, str] = {}
        for line in query.splitlines():
            match = TITLE.match(line)
            if match is None:
                break
            title[match["language"]] = match["text"].strip()
        return cls(name, title, query)
