"""An edition of a document: its words, cut as the document that is cited was cut."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cgkg.document.blocks import Block, blocks_csv, cut_blocks, number_sections, read_blocks
from cgkg.document.reading.formats import LARGEST, read_document
from cgkg.document.sentences import Sentence, SentenceTable, digest
from cgkg.document.text import SourceText
from cgkg.errors import SourceError
from cgkg.opening import read_regular

Range = tuple[int, int]


@dataclass(frozen=True)
class Edition:
    """The words of one edition of a document, and its table of sentences.

    `blocks` are those of a document that has a table of them; `made` says that the words are not
    those of the file as it is, but what was made of it.
    """

    text: str
    table: SentenceTable = field(repr=False)
    sha256: str
    blocks: tuple[Block, ...] = ()
    made: bool = False

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences in order."""
        return self.table.sentences

    @classmethod
    def cited(cls, path: Path, table: SentenceTable, blocks: Path) -> Edition:
        """The edition that a project cites, with its own tables.

        Without blocks the text is all that cutter 1 goes by, and is cut by it once more.

        Raises:
            SourceError: the file cannot be read or is not UTF-8, or the blocks are malformed.
        """
        text, sha256 = _words(path)
        if table.cutter == 1:
            return cls(text, SourceText(text).table(table.document), sha256)
        held = read_blocks(blocks, len(text)) if blocks.is_file() else ()
        return cls(text, table, sha256, held)

    @classmethod
    def new(cls, path: Path, old: Edition) -> Edition:
        """A corrected edition, by the cutter of the old one.

        Where the old one has blocks, the file may be of any format; a block with the words of an
        old one is of its kind.

        Raises:
            SourceError: the file cannot be read, or the cutter is one of a later cgkg.
        """
        document = old.table.document
        if old.table.cutter == 1:
            text, sha256 = _words(path)
            return cls(text, SourceText(text).table(document), sha256)
        try:
            reading = read_document(path, read_regular(path, LARGEST))
            known = old.kinds
            kept = [_like(block, known.get(_block_words(reading.text, block)))
                    for block in reading.blocks]  # fmt: skip
            blocks = number_sections(kept, reading.text)
            cutter, language = old.table.cutter, old.table.language
            table = cut_blocks(reading.text, blocks, document, language, version=cutter)
        except OSError as error:
            raise SourceError(error.strerror or str(error), path=path) from None
        except (ValueError, LookupError) as error:
            raise SourceError(str(error), path=path) from None
        return cls(reading.text, table, digest(reading.text), blocks, not reading.same)

    @property
    def kinds(self) -> Mapping[str, Block]:
        """The blocks by their words; of several the first."""
        by_words: dict[str, Block] = {}
        for block in self.blocks:
            by_words.setdefault(_block_words(self.text, block), block)
        return by_words

    def blocks_csv(self) -> str:
        """The table of blocks."""
        return blocks_csv(self.blocks)

    def places(self, words: str) -> list[Range]:
        """Everywhere the words stand."""
        pattern = re.compile(f"(?={re.escape(words)})")
        return [(m.start(), m.start() + len(words)) for m in pattern.finditer(self.text)]

    def with_digest(self, wanted: str, length: int, near: int) -> list[Range]:
        """The windows of this length whose words have the digest, the nearest first."""
        starts = sorted(range(len(self.text) - length + 1), key=lambda start: abs(start - near))
        windows = ((start, start + length) for start in starts)
        return [(a, b) for a, b in windows if digest(self.text[a:b]) == wanted]


def _words(path: Path) -> tuple[str, str]:
    """The text of a file, and its SHA-256."""
    try:
        text = read_regular(path).decode("utf-8")
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None
    except UnicodeDecodeError as error:
        raise SourceError(f"not UTF-8 at byte {error.start}", path=path) from None
    return text, digest(text)


def _block_words(text: str, block: Block) -> str:
    return text[block.start : block.end]


def _like(block: Block, old: Block | None) -> Block:
    return block._replace(kind=old.kind, level=old.level, why=old.why) if old else block
