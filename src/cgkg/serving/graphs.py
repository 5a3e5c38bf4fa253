"""The pages' graphs in memory: one that is no longer served becomes the next one.

While pages of one generation still look at its graph, the next generation has another: that of the
generation before, changed by what differs since. So no page sees half of a change, and none waits.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from cgkg.errors import StoreError
from cgkg.formats import Format
from cgkg.rdf.io import parse_bytes
from cgkg.rdf.terms import Quad
from cgkg.store.copies import database_change
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.store.lines import StoredLines
from cgkg.workers.placement import StoragePlan

if TYPE_CHECKING:
    from cgkg.search.finder import Search  # it loads with the pages

_LOG = logging.getLogger(__name__)
_SEARCH_SECONDS = 5.0  # for an index of a graph that is no longer served to be made


@dataclass(frozen=True)
class _Spare:
    lines: StoredLines
    graph: Graph


class PageGraphs:
    """Opens graphs, and keeps one that nobody looks at any more; called from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._spare: _Spare | None = None
        self.changed = 0

    def open(self, plan: StoragePlan) -> Graph:
        """The graph of a plan: the one that is kept, changed, or a new one; blocks.

        Raises:
            StoreError: it cannot be read.
        """
        if plan.mode == "disk":
            return plan.open()
        with self._lock:
            spare, self._spare = self._spare, None
        if spare is not None and _change(spare, plan.generation.dataset):
            self.changed += 1
            return spare.graph
        return plan.open()

    def keep(self, plan: StoragePlan, graph: Graph, search: Search | None = None) -> None:
        """Keep a graph at which nobody looks but its search, until the next one is opened; blocks
        until the search has its index."""
        if plan.mode == "disk" or (search is not None and not search.wait(_SEARCH_SECONDS)):
            return
        with self._lock:
            self._spare = _Spare(plan.generation.dataset, graph)

    def prepare(self, plan: StoragePlan) -> None:
        """Keep another graph of this plan, so that already the next one is made by a change; blocks
        while it is loaded."""
        if plan.mode == "memory":
            self.keep(plan, plan.open())


def _change(spare: _Spare, lines: StoredLines) -> bool:
    try:
        lines_changed = spare.lines.until(lines)
        change = None if lines_changed is None else database_change(lines_changed, lines)
        if change is None:
            return False
        spare.graph.change(change)
    except StoreError as error:
        _LOG.info("the graph is loaded anew: %s", error.message)
        return False
    return True


def changed_quads(
    before: tuple[Generation, Search] | None, after: Generation
) -> tuple[Search, Sequence[Quad]] | None:
    """The search of another generation with all quads that only one of the two has; None if that
    cannot be told at once."""
    if before is None:
        return None
    try:
        change = before[0].dataset.until(after.dataset)
    except StoreError:
        return None
    if change is None:
        return None
    lines = b"".join((*change.removed, *change.added))
    return before[1], parse_bytes(lines, Format.N_QUADS, after.dataset.base)
