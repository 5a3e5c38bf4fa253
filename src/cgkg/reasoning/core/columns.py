"""Algebra of facts in columns: sorted arrays of distinct int64, with no loop over triples.

A column of *edges* holds one property's pairs as keys, `source << 32 | target`; sorted keys are
therefore sorted by source. A column of *members* holds the ids that belong to one class. Every
function takes and returns such columns unless it says otherwise.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ids: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

_LOW = np.int64(0xFFFFFFFF)
_SPAN = np.int64(1 << 32)
EMPTY: Ids = np.empty(0, np.int64)
EMPTY.flags.writeable = False

# A column keeps changes aside until they are this part of it.
_ASIDE = 64

# Inserting into a sorted array beats sorting again when the addition is this many times smaller.
_INSERT_BELOW = 50


def pack(sources: Ids, targets: Ids) -> Ids:
    """The keys of the pairs, in the order given."""
    return (sources << 32) | targets


def sources(keys: Ids) -> Ids:
    """The source of every key, in order; sorted when the keys are."""
    return keys >> 32


def targets(keys: Ids) -> Ids:
    """The target of every key, in order."""
    return keys & _LOW


def swap(keys: Ids) -> Ids:
    """The same pairs the other way round, not sorted."""
    return ((keys & _LOW) << 32) | (keys >> 32)


def unique(values: Ids) -> Ids:
    """The distinct values, sorted."""
    if len(values) < 2:
        return values
    ordered = np.sort(values)
    first = np.empty(len(ordered), np.bool_)
    first[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered if first.all() else ordered[first]


def union(parts: list[Ids]) -> Ids:
    """The distinct values of several unsorted arrays, sorted."""
    if not parts:
        return EMPTY
    return unique(parts[0] if len(parts) == 1 else np.concatenate(parts))


def merge(known: Ids, new: Ids) -> Ids:
    """The union of two columns that share no value."""
    if not len(known):
        return new
    if not len(new):
        return known
    if len(new) * _INSERT_BELOW < len(known):
        return np.insert(known, np.searchsorted(known, new), new)
    both = np.concatenate((known, new))
    both.sort(kind="stable")  # two sorted runs: the stable sort merges them in linear time
    return both


def contains(column: Ids, values: Ids) -> Mask:
    """For each value, in the order given, whether the column holds it."""
    if not len(column):
        return np.zeros(len(values), np.bool_)
    at = np.searchsorted(column, values)
    at[at == len(column)] = len(column) - 1
    held: Mask = column[at] == values
    return held


def difference(new: Ids, known: Ids) -> Ids:
    """The values of `new` that are not in `known`."""
    if not len(known) or not len(new):
        return new
    return new[~contains(known, new)]


def expand_rows(keys: Ids, starts: Ids) -> tuple[Ids, Ids]:
    """Where the edges are that leave the starts.

    Returns:
        `(index, rows)`: answer i is the edge `keys[rows[i]]`, which leaves `starts[index[i]]`.
    """
    floor = starts << 32
    low = np.searchsorted(keys, floor)
    counts = np.searchsorted(keys, floor + _SPAN) - low
    total = int(counts.sum())
    if not total:
        return EMPTY, EMPTY
    index = np.repeat(np.arange(len(starts)), counts)
    offset = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    return index, np.repeat(low, counts) + offset


def expand(keys: Ids, starts: Ids) -> tuple[Ids, Ids]:
    """All edges that leave the starts.

    Returns:
        `(index, targets)`: answer i is an edge from `starts[index[i]]` to `targets[i]`.
    """
    index, rows = expand_rows(keys, starts)
    return index, keys[rows] & _LOW


def neighbours(keys: Ids) -> Ids:
    """For each source, its consecutive targets as pairs; they connect all targets of a source."""
    same = np.flatnonzero((keys[1:] >> 32) == (keys[:-1] >> 32))
    return pack(keys[same] & _LOW, keys[same + 1] & _LOW)


def groups(order_by: Ids, values: Ids) -> list[tuple[int, Ids]]:
    """The values of each distinct key, keys ascending; neither array need be sorted."""
    if not len(order_by):
        return []
    order = np.argsort(order_by, kind="stable")
    keys, starts = np.unique(order_by[order], return_index=True)
    return list(zip(keys.tolist(), np.split(values[order], starts[1:]), strict=True))


class Column:
    """A column that changes: a large array, and the little that was lately added or taken out.

    Small changes are kept aside until they add up, and so cost nothing of the whole.
    """

    __slots__ = ("_added", "_base", "_removed")

    def __init__(self, values: Ids = EMPTY) -> None:
        self._base = values
        self._added = self._removed = EMPTY

    def __len__(self) -> int:
        return len(self._base) + len(self._added) - len(self._removed)

    def values(self) -> Ids:
        """All values, sorted; what was kept aside is worked in first."""
        if len(self._removed):
            self._base = difference(self._base, self._removed)
        self._base = merge(self._base, self._added)
        self._added = self._removed = EMPTY
        return self._base

    def contains(self, values: Ids) -> Mask:
        """For each value, in the order given, whether the column holds it."""
        held = contains(self._base, values)
        if len(self._removed):
            held &= ~contains(self._removed, values)
        if len(self._added):
            held |= contains(self._added, values)
        return held

    def expand(self, starts: Ids) -> tuple[Ids, Ids]:
        """As the function `expand`; the answers are in no particular order."""
        index, rows = expand_rows(self._base, starts)
        keys = self._base[rows]
        if len(self._removed) and len(keys):
            kept = ~contains(self._removed, keys)
            index, keys = index[kept], keys[kept]
        if len(self._added):
            more, rows = expand_rows(self._added, starts)
            if len(more):
                index = np.concatenate((index, more))
                keys = np.concatenate((keys, self._added[rows]))
        return index, keys & _LOW

    def insert(self, new: Ids) -> None:
        """Add sorted values that it does not hold."""
        if len(self._removed):
            back = contains(self._removed, new)
            self._removed = difference(self._removed, new[back])
            new = new[~back]
        self._added = merge(self._added, new)
        self._settle()

    def discard(self, gone: Ids) -> None:
        """Take out sorted values that it holds."""
        late = contains(self._added, gone)
        self._added = difference(self._added, gone[late])
        self._removed = merge(self._removed, gone[~late])
        self._settle()

    def _settle(self) -> None:
        if (len(self._added) + len(self._removed)) * _ASIDE >= len(self._base):
            self.values()
