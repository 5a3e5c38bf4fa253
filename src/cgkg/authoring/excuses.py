"""Reasons for sentences of which nothing need be said, when their document is cut anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cgkg.document.blocks import EXCUSED, Block, excuses
from cgkg.document.sentences import SentenceTable
from cgkg.validation.coverage import EXCUSES_HEADER, read_excuses


def renewed(path: Path, old: SentenceTable | None, new: SentenceTable, blocks: Sequence[Block]
            ) -> str:  # fmt: skip
    """The table of excuses: those that follow from the blocks, and the author's own.

    Args:
        path: the table as it is, if there is one.
        old: the sentences it is about.
        new: those it is to be about; a sentence whose words stand once in both keeps its reason.
        blocks: of the new edition.
    """
    rows = dict(excuses(new, blocks))
    before = read_excuses(path) if old is not None and path.is_file() else {}
    made = set(EXCUSED.values())
    counts = Counter(s.sha256 for s in new.sentences)
    numbers = {s.sha256: s.number for s in new.sentences if counts[s.sha256] == 1}
    for sentence in old.sentences if old is not None else ():
        reason = before.get(sentence.number)
        if reason is not None and reason not in made and sentence.sha256 in numbers:
            rows.setdefault(numbers[sentence.sha256], reason)
    lines = [",".join(EXCUSES_HEADER), *(f"{number},{rows[number]}" for number in sorted(rows))]
    return "\n".join(lines) + "\n"
