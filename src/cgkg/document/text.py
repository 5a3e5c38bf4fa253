"""The words of a document, when they are at hand.

The words of a source document are not part of a project. A span is a start and an end (code
points of the file as is, end exclusive) and the SHA-256 of the words between; a sentence table
gives every sentence its section, paragraph, position and digest. Whoever holds the document can
have its words shown: they are read when a page is made and never stored anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cgkg.document.sentences import SentenceTable, cut_first
from cgkg.errors import SourceError
from cgkg.opening import read_regular
from cgkg.rdf.terms import IRI


class TextsAtHand(Protocol):
    """The words of the documents at hand."""

    @property
    def edited(self) -> Mapping[IRI, EditedText]:
        """Copies that should be those of documents and are others."""

    def of(self, document: IRI) -> SourceText | None:
        """The words of one document, if they are at hand."""


class SourceText:
    """The words of a document whose identity was checked; keeps them in memory only."""

    def __init__(self, text: str, document: IRI | None = None) -> None:
        self._text, self._document = text, document

    def is_of(self, document: IRI) -> bool:
        """Whether these are the words of the document, as far as is known."""
        return self._document in (None, document)

    def of(self, document: IRI) -> SourceText | None:
        """These words, if they are the document's, as far as is known."""
        return self if self.is_of(document) else None

    @property
    def edited(self) -> Mapping[IRI, EditedText]:
        """Nothing: its identity was checked."""
        return {}

    @classmethod
    def load(cls, path: Path, *, sha256: str, document: IRI | None = None) -> SourceText:
        """Read the document and check that it is the one the project cites.

        Raises:
            SourceError: it cannot be read, is not UTF-8, or its SHA-256 is another one.
        """
        try:
            content = read_regular(path)
            text = content.decode("utf-8")
        except OSError as error:
            raise SourceError(error.strerror or str(error), path=path) from None
        except UnicodeDecodeError as error:
            raise SourceError(f"not UTF-8 at byte {error.start}", path=path) from None
        actual = hashlib.sha256(content).hexdigest()
        if actual != sha256:
            raise SourceError(
                f"this is another document: its SHA-256 is {actual}",
                path=path,
                hint=f"the project cites the file with SHA-256 {sha256}",
            )
        return cls(text, document)

    def __len__(self) -> int:
        return len(self._text)

    def words(self, start: int, end: int) -> str:
        """The words from `start` up to `end`, in code points."""
        return self._text[start:end]

    def occurrences(self, words: str) -> list[tuple[int, int]]:
        """Where the words stand, as (start, end)."""
        places = []
        position = self._text.find(words) if words else -1
        while position >= 0:
            places.append((position, position + len(words)))
            position = self._text.find(words, position + 1)
        return places

    def table(self, document: IRI) -> SentenceTable:
        """Cut the text into sections, paragraphs and sentences, by cutter 1.

        Documents that are taken in are cut by their blocks: `cgkg.document.blocks.cut_blocks`.
        """
        return cut_first(self._text, document)


@dataclass(frozen=True)
class EditedText:
    """A text that stands where a document's should, and is another one."""

    path: Path
    text: SourceText = field(repr=False)


@dataclass(frozen=True)
class SourceTexts:
    """The words of several documents, each checked by its own digest, and what was edited."""

    texts: Mapping[IRI, SourceText] = field(repr=False)
    edited: Mapping[IRI, EditedText] = field(default_factory=dict, repr=False)

    def of(self, document: IRI) -> SourceText | None:
        """The words of one document, if they are at hand."""
        return self.texts.get(document)
