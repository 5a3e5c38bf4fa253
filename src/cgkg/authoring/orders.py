"""What the process is told that builds on save (`cgkg.authoring.rebuilding`)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from cgkg.languages import SOURCE


@dataclass(frozen=True)
class Orders:
    """What is built and how.

    Attributes:
        project: the folder.
        store: the store's folder.
        source: the document, if it is at hand; may be empty.
        language: of what is printed.
        lenient: as of `cgkg.bare.build`.
        union: whether the default graph of a bare folder is the union of all.
        keep: how many generations of its own stay beside the current one.
    """

    project: str
    store: str
    source: str = ""
    language: str = SOURCE
    lenient: bool = False
    union: bool = False
    keep: int = 20

    def line(self) -> bytes:
        """The orders as a line."""
        return json.dumps(asdict(self)).encode() + b"\n"
