"""The algebra of columns, against Python's sets and loops."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cgkg.reasoning.core.columns import (
    EMPTY,
    Ids,
    contains,
    difference,
    expand,
    groups,
    merge,
    neighbours,
    pack,
    sources,
    swap,
    targets,
    union,
    unique,
)

_VALUES = st.lists(st.integers(0, 40), max_size=40)
_PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40)


def _column(values: list[int]) -> Ids:
    return np.array(sorted(set(values)), np.int64)


def _edges(pairs: list[tuple[int, int]]) -> Ids:
    return _column([source << 32 | target for source, target in pairs])


@given(_VALUES, _VALUES)
def test_columns_are_sets(one: list[int], other: list[int]) -> None:
    """Union, difference, merge and membership are those of sets, and keep columns sorted."""
    left, right = _column(one), _column(other)
    assert unique(np.array(one, np.int64)).tolist() == sorted(set(one))
    assert union([left, right]).tolist() == sorted({*one, *other})
    assert difference(left, right).tolist() == sorted(set(one) - set(other))
    assert contains(left, np.array(other, np.int64)).tolist() == [v in one for v in other]
    assert merge(difference(left, right), right).tolist() == sorted({*one, *other})


def test_merge_of_a_few_into_many() -> None:
    """A small addition to a large column gives the same as sorting all."""
    known, new = np.arange(0, 2000, 2), np.array([1, 999, 1999])
    assert merge(known, new).tolist() == sorted([*known.tolist(), 1, 999, 1999])


@given(_PAIRS, _VALUES)
def test_expand_follows_edges(pairs: list[tuple[int, int]], starts: list[int]) -> None:
    """Expanding gives, for every start and in order, each edge that leaves it."""
    index, ends = expand(_edges(pairs), np.array(starts, np.int64))
    found = list(zip(index.tolist(), ends.tolist(), strict=True))
    expected = [
        (place, target)
        for place, start in enumerate(starts)
        for source, target in sorted(set(pairs))
        if source == start
    ]
    assert found == expected


@given(_PAIRS)
def test_keys_hold_pairs(pairs: list[tuple[int, int]]) -> None:
    """Packing and taking apart are inverse; swapping turns every pair round."""
    keys = _edges(pairs)
    assert pack(sources(keys), targets(keys)).tolist() == keys.tolist()
    turned = {(key >> 32, key & 0xFFFFFFFF) for key in swap(keys).tolist()}
    assert turned == {(target, source) for source, target in pairs}


@given(_PAIRS)
def test_neighbours_connect_all_targets_of_a_source(pairs: list[tuple[int, int]]) -> None:
    """The pairs given connect two targets exactly when some source leads to both."""
    links = [(key >> 32, key & 0xFFFFFFFF) for key in neighbours(_edges(pairs)).tolist()]
    by_source: dict[int, list[int]] = {}
    for source, target in sorted(set(pairs)):
        by_source.setdefault(source, []).append(target)
    expected = [pair for ends in by_source.values() for pair in pairwise(ends)]
    assert links == expected


def test_groups() -> None:
    """Values are gathered by key, keys ascending."""
    found = groups(np.array([2, 1, 2]), np.array([7, 8, 9]))
    assert [(key, values.tolist()) for key, values in found] == [(1, [8]), (2, [7, 9])]
    assert groups(EMPTY, EMPTY) == []
