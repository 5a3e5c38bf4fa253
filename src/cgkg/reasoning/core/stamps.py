"""When each value of a column came, for values that come in runs and, later, one by one."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cgkg.reasoning.core.columns import (
    EMPTY,
    Ids,
    Mask,
    contains,
    expand_rows,
    merge,
    swap,
    targets,
    union,
)

Stamps: TypeAlias = NDArray[np.integer[Any]]
"""Stamps as wide as need be: half as wide where there are many."""

NEVER = 1 << 62
"""A stamp after all others."""

# Changes are kept aside until they are this part of the whole.
_ASIDE = 64


class StampedColumn:
    """The values of one column, each with its stamp: when it came.

    While a closure is made, the values of each stamp are only kept. Once someone asks, they are
    indexed; from then on small changes are kept aside, and cost nothing of the whole.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[int, Ids]] = []
        self._base: _Dated | None = None
        self._turned: _Dated | None = None
        self._late = _Dated(EMPTY, EMPTY)  # overrides the base; NEVER: taken out
        self._late_turned: _Dated | None = None

    def record(self, stamp: int, values: Ids) -> None:
        """Keep sorted values that came at this stamp; those known before stay as they are."""
        if self._base is None:
            self._runs.append((stamp, values))
        else:
            self._change(values, np.minimum(self.stamps_of(values), stamp))

    def remove(self, values: Ids) -> None:
        """Let sorted values be unknown again."""
        self._index()
        self._change(values, np.full(len(values), NEVER))

    def stated(self) -> Ids:
        """The values with stamp 0, sorted."""
        if self._base is None:
            return union([column for stamp, column in self._runs if stamp == 0])
        return self.before(1)

    def derived(self) -> Ids:
        """The values as they were derived, sorted, without those only told again (odd stamps)."""
        values = self.before(NEVER)
        even: Mask = self.stamps_of(values) % 2 == 0
        return values[even]

    def before(self, stamp: int) -> Ids:
        """The values with a smaller stamp, sorted."""
        dated = self._index()
        values = dated.values[dated.stamps < stamp]
        if len(self._late.values):
            values = values[~contains(self._late.values, values)]
            values = merge(values, self._late.values[self._late.stamps < stamp])
        return values

    def stamp(self, value: int) -> int:
        """When the value came; `NEVER` if it did not."""
        for dated in (self._late, self._index()):
            at = int(np.searchsorted(dated.values, value))
            if at < len(dated.values) and dated.values[at] == value:
                return int(dated.stamps[at])
        return NEVER

    def stamps_of(self, values: Ids) -> Ids:
        """When each value came; `NEVER` where it did not."""
        stamps = self._index().stamps_of(values)
        if len(self._late.values):
            late = contains(self._late.values, values)
            if late.any():
                stamps[late] = self._late.stamps_of(values[late])
        return stamps

    def expand(self, starts: Ids, *, turned: bool = False) -> tuple[Ids, Ids, Stamps]:
        """All edges that leave the starts, or that reach them.

        Returns:
            `(index, ends, stamps)`: answer i is an edge of `starts[index[i]]`, to or from
            `ends[i]`, that came at `stamps[i]`.
        """
        base, late = self._bases(turned), self._lates(turned)
        index, rows = expand_rows(base.values, starts)
        keys, stamps = base.values[rows], base.stamps[rows]
        if len(late.values):
            if len(keys):
                kept = ~contains(late.values, keys)
                index, keys, stamps = index[kept], keys[kept], stamps[kept]
            more, rows = expand_rows(late.values, starts)
            if len(more):
                alive = late.stamps[rows] < NEVER
                index = np.concatenate((index, more[alive]))
                keys = np.concatenate((keys, late.values[rows[alive]]))
                stamps = np.concatenate((stamps, late.stamps[rows[alive]]))
        return index, targets(keys), stamps

    def _index(self) -> _Dated:
        if self._base is None:
            lengths = [len(column) for _, column in self._runs]
            stamps: Stamps = np.array([stamp for stamp, _ in self._runs], np.int32)
            values = np.concatenate([EMPTY, *(column for _, column in self._runs)])
            self._base = _sort_stamped(values, np.repeat(stamps, lengths))
            self._runs = []
        return self._base

    def _bases(self, turned: bool) -> _Dated:
        base = self._index()
        if not turned:
            return base
        if self._turned is None:
            self._turned = base.turned()
        return self._turned

    def _lates(self, turned: bool) -> _Dated:
        if not turned:
            return self._late
        if self._late_turned is None:
            self._late_turned = self._late.turned()
        return self._late_turned

    def _change(self, values: Ids, stamps: Ids) -> None:
        late = self._late
        kept = ~contains(values, late.values)
        values = np.concatenate((late.values[kept], values))
        stamps = np.concatenate((late.stamps[kept], stamps))
        order = np.argsort(values, kind="stable")
        self._late = _Dated(values[order], stamps[order])
        self._late_turned = None
        if len(values) * _ASIDE > len(self._index().values) + (1 << 12):
            self._fold()

    def _fold(self) -> None:
        base, late = self._index(), self._late
        kept, alive = ~contains(late.values, base.values), late.stamps < NEVER
        values = np.concatenate((base.values[kept], late.values[alive]))
        stamps = np.concatenate((base.stamps[kept], late.stamps[alive].astype(np.int32)))
        self._base, self._turned = _sort_stamped(values, stamps), None
        self._late, self._late_turned = _Dated(EMPTY, EMPTY), None


class _Dated:
    """Sorted distinct values, each with its stamp."""

    __slots__ = ("stamps", "values")

    def __init__(self, values: Ids, stamps: Stamps) -> None:
        self.values, self.stamps = values, stamps

    def turned(self) -> _Dated:
        """The same edges the other way round."""
        turned = swap(self.values)
        order = np.argsort(turned, kind="stable")
        return _Dated(turned[order], self.stamps[order])

    def stamps_of(self, values: Ids) -> Ids:
        """When each value came; `NEVER` where it did not."""
        if not len(self.values):
            return np.full(len(values), NEVER)
        at = np.searchsorted(self.values, values)
        at[at == len(self.values)] = 0
        return np.where(self.values[at] == values, self.stamps[at], np.int64(NEVER))


def _sort_stamped(values: Ids, stamps: Stamps) -> _Dated:
    """The values sorted, each with the first of its stamps; equal values come in order of stamp."""
    order = np.argsort(values, kind="stable")
    values, stamps = values[order], stamps[order]
    first = np.ones(len(values), np.bool_)
    first[1:] = values[1:] != values[:-1]
    return _Dated(values, stamps) if first.all() else _Dated(values[first], stamps[first])
