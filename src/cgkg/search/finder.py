"""Finding things by what is said of them in words, in any language, with a mistake or without.

`Search` holds the index of one generation, which a thread makes; `find` ranks what a query finds.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from threading import Lock, Thread
from typing import NamedTuple

from cgkg.errors import CgkgError, SearchNotReadyError
from cgkg.rdf.terms import IRI, Quad
from cgkg.search.edits import Edits
from cgkg.search.folding import fold, grams, has_case, marks, needed
from cgkg.search.index import Entry, Index, TextKind
from cgkg.store.graph import Graph
from cgkg.store.reader import Reader

_LOG = logging.getLogger(__name__)
MOST_FOUND = 2_000  # entries that one query looks at
_ALIKE = 200  # names whose edits are counted
_ENOUGH = 5  # things found as written; with fewer, names that are merely like the query help
_LEAST = 4  # characters of a name that is found in spite of a typo: shorter ones are too many
_TERMS = 60  # of a query; the words themselves are compared afterwards


class How(IntEnum):
    """In what way a text has the query, the best first."""

    SAME = 0
    ONE_EDIT = 1
    BEGINS = 2
    WORD_BEGINS = 3
    CONTAINS = 4
    ALL_WORDS = 5
    TOLD = 6
    TOLD_WORDS = 7
    ALIKE = 8


@dataclass(frozen=True)
class Hit:
    """A thing that is found, and the text that is why.

    Attributes:
        iri: the thing.
        classes: as somebody wrote them down.
        entry: the text.
        how: the text has the query.
        marks: where: starts and ends, in characters.
    """

    iri: IRI
    classes: tuple[IRI, ...]
    entry: Entry
    how: How
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class SearchAnswer:
    """What a query finds, the best first, of one class if that is asked for.

    Attributes:
        hits: a page of them.
        total: all of them.
        everything: those of any class.
        classes: how many of any class are of each, the most frequent first.
        cut: whether there may be more.
    """

    hits: tuple[Hit, ...]
    total: int
    everything: int
    classes: Mapping[IRI, int]
    cut: bool


class Search:
    """The search of one generation; any thread may ask."""

    def __init__(
        self,
        graph: Graph | Reader,
        *,
        addresses: bool = False,
        wait: float | None = None,
        before: tuple[Search, Sequence[Quad]] | None = None,
    ) -> None:
        """Do nothing yet.

        Args:
            graph: what is searched.
            addresses: as of `Index`.
            wait: seconds that a query waits for an index that is being made; without, until it is.
            before: the search of a graph that differs little, and all quads that only one of the
                two has.
        """
        self._before = before
        self._graph, self._addresses, self._wait = graph, addresses, wait
        self._lock = Lock()
        self._thread: Thread | None = None
        self._index: Index | CgkgError | None = None

    def begin(self) -> Search:
        """Make the index in a thread, unless that was begun; returns at once."""
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._make, name="search index", daemon=True)
                self._thread.start()
        return self

    def _make(self) -> None:
        begun = time.perf_counter()
        try:
            index = self._changed() or Index(self._graph, addresses=self._addresses)
            self._index = index
        except CgkgError as error:
            _LOG.warning("no search: %s", error.message)
            self._index = error
            return
        except Exception as error:
            _LOG.exception("no search")
            self._index = SearchNotReadyError(f"the index could not be made: {error}")
            return
        seconds = time.perf_counter() - begun
        told = (index.size, len(index.things), index.bytes >> 10, seconds)
        _LOG.info("search: %s texts of %s things, %s KiB, in %.2f s", *told)

    def _changed(self) -> Index | None:
        """The index of the search before this one, changed; None if that cannot be."""
        before, self._before = self._before, None
        if before is None:
            return None
        other, quads = before
        thread = other.begin()._thread
        assert thread is not None
        thread.join()
        index = other._index
        return index.changed(self._graph, quads) if isinstance(index, Index) else None

    def wait(self, seconds: float) -> bool:
        """Wait until the graph is not looked at any more; whether that is so."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self._thread is None or not self._thread.is_alive()

    @property
    def index(self) -> Index:
        """The index, as soon as it is made.

        Raises:
            SearchMissingError: Python's SQLite cannot make it.
            SearchNotReadyError: it is still being made.
        """
        self.begin()
        assert self._thread is not None
        self._thread.join(self._wait)
        if self._index is None:
            raise SearchNotReadyError("the index of the search is being made")
        if isinstance(self._index, CgkgError):
            raise self._index
        return self._index

    def find(
        self,
        query: str,
        kind: IRI | None = None,
        *,
        start: int = 0,
        count: int = 20,
        narrow: Callable[[Sequence[IRI]], Collection[IRI]] | None = None,
    ) -> SearchAnswer:
        """What has the words of the query in a text, then what has a name like it.

        Args:
            query: as somebody typed it; nothing in it has a meaning of its own.
            kind: a class, to find what is of it alone.
            start: how many hits to leave out.
            count: the most hits.
            narrow: which of the things found, of that class, are wanted; all without it.

        Raises:
            SearchMissingError, SearchNotReadyError: as of `index`.
        """
        index = self.index
        folded = fold(query)
        ranked, cut = _ranked(index, folded)
        classes = Counter(c for each in ranked for c in index.asserted[each.thing])
        chosen = [r for r in ranked if kind is None or kind in index.classes[r.thing]]
        if narrow is not None:
            wanted = narrow([index.things[r.thing] for r in chosen])
            chosen = [r for r in chosen if index.things[r.thing] in wanted]
        return SearchAnswer(
            tuple(_hit(index, folded, each) for each in chosen[start : start + count]),
            len(chosen),
            len(ranked),
            dict(sorted(classes.items(), key=lambda pair: (-pair[1], pair[0].value))),
            cut,
        )


class _Ranked(NamedTuple):
    """A text and how it has the query; the less, the better."""

    how: How
    kind: TextKind
    length: int
    text: str
    iri: str
    thing: int
    entry: Entry


def _rank(index: Index, how: How, entry: Entry) -> _Ranked:
    iri = index.things[entry.thing].value
    return _Ranked(how, entry.kind, len(entry.folded), entry.text, iri, entry.thing, entry)


def _ranked(index: Index, folded: str) -> tuple[list[_Ranked], bool]:
    """Each thing with its best text, and whether some were left out."""
    if not folded:
        return [], False
    exact = index.equal(folded, MOST_FOUND)
    terms = needed(folded)
    having = index.with_all(terms[:: -(-len(terms) // _TERMS) or 1], MOST_FOUND)
    best: dict[int, _Ranked] = {}
    words = folded.split(" ")
    for entry in (*exact, *having):
        how = _how(entry, folded, words)
        if how is not None:
            _keep(best, _rank(index, how, entry))
    if len(folded) >= _LEAST - 1:
        as_written = len(best)
        for each in _alike(index, folded):
            if each.how is How.ONE_EDIT or as_written < _ENOUGH:
                _keep(best, each)
    return sorted(best.values()), not index.complete or max(len(exact), len(having)) == MOST_FOUND


def _keep(best: dict[int, _Ranked], each: _Ranked) -> None:
    before = best.get(each.thing)
    if before is None or each < before:
        best[each.thing] = each


def _how(entry: Entry, folded: str, words: list[str]) -> How | None:
    """In what way the text has all words of the query, if it does."""
    place = entry.folded.find(folded)
    if not entry.kind.names:
        if place >= 0:
            return How.TOLD
        return How.TOLD_WORDS if all(word in entry.folded for word in words) else None
    if place == 0:
        return How.SAME if len(folded) == len(entry.folded) else How.BEGINS
    if place > 0:
        inside = has_case(entry.folded[place]) and has_case(entry.folded[place - 1])
        if not inside or f" {folded}" in entry.folded:
            return How.WORD_BEGINS
        return How.CONTAINS
    return How.ALL_WORDS if all(word in entry.folded for word in words) else None


def _alike(index: Index, folded: str) -> Iterator[_Ranked]:
    """The names that are few edits away, or have a part that is."""
    allowed = 1 if len(folded) < 2 * _LEAST else 2
    edits = Edits(folded)
    for entry in index.names_like(grams(folded), _ALIKE):
        longer = len(entry.folded) - len(folded)
        if len(entry.folded) < _LEAST:
            continue
        if abs(longer) <= allowed:
            distance = edits.to(entry.folded)
            if distance <= allowed:
                yield _rank(index, How.ONE_EDIT if distance == 1 else How.ALIKE, entry)
        elif len(folded) >= _LEAST and longer > 0 and edits.within(entry.folded)[0] <= allowed:
            yield _rank(index, How.ALIKE, entry)


def _hit(index: Index, folded: str, each: _Ranked) -> Hit:
    entry = each.entry
    marked = marks(entry.text, folded)
    if not marked and each.how in (How.ONE_EDIT, How.ALIKE):
        _, start, end = Edits(folded).within(entry.folded)
        marked = marks(entry.text, entry.folded[start:end].strip())
    return Hit(index.things[entry.thing], index.asserted[entry.thing], entry, each.how, marked)
