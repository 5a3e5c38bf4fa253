"""The texts of a graph in SQLite's full-text index (FTS5), in memory, for one generation.

An entry is one text of one thing. Entries are numbered names first, short ones first, so that what
a look-up leaves out, which it says, is what a reader wants least.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from cgkg.errors import SearchMissingError
from cgkg.presentation.resource import DEFINITIONS, LABELS, NOTES
from cgkg.rdf.terms import IRI, Literal, Quad
from cgkg.rdf.vocab import CG, GRAPH, OWL, RDF, SKOS
from cgkg.search.folding import fold, grams
from cgkg.store.graph import Graph
from cgkg.store.reader import LocalReader, QuadPattern, Reader

if TYPE_CHECKING:
    from sqlite3 import Connection

MOST = 200_000
"""The most entries of an index; names are the last to be left out."""
_MOST_READ = 10 * MOST  # statements, for things that have no name
_STEP = 1 << 10  # between the numbers of entries: there is room for those that come later
_MOST_CHANGED = 500  # texts and things; with more the index is as quickly made anew
_PIECE = MOST // 2  # of these, read at a time
_RAREST = 12  # grams that candidates are looked up by; one typo spoils five of them at most
_NOT_KINDS = frozenset({OWL.NamedIndividual, OWL.Thing})
_SCHEMA = """
CREATE VIRTUAL TABLE grams USING fts5
  (cut, content='', prefix='1', tokenize="ascii tokenchars '_'");
CREATE VIRTUAL TABLE counts USING fts5vocab(grams, row);
CREATE TABLE entries
  (id INTEGER PRIMARY KEY, thing INTEGER, kind INTEGER, language TEXT, text TEXT, folded TEXT);
"""


class TextKind(IntEnum):
    """What a text is to its thing, in the order of what a reader looks for."""

    NAME = 0
    OTHER_NAME = 1
    ADDRESS = 2
    DEFINITION = 3
    SUMMARY = 4
    NOTE = 5

    @property
    def names(self) -> bool:
        """Whether the thing is called so, and the text does not merely tell of it."""
        return self <= TextKind.ADDRESS


_Text = tuple[IRI, TextKind, str, str]  # thing, kind, language, words


class Entry(NamedTuple):
    """One text: of which thing (its number in `Index.things`), of what kind, in which language."""

    thing: int
    kind: TextKind
    language: str
    text: str
    folded: str


_KINDS = (
    *((predicate, TextKind.NAME) for predicate in LABELS),
    (SKOS.altLabel, TextKind.OTHER_NAME),
    *((predicate, TextKind.DEFINITION) for predicate in DEFINITIONS if predicate != CG.gist),
    (CG.gist, TextKind.SUMMARY),
    *((predicate, TextKind.NOTE) for predicate in NOTES),
)
PREDICATES = frozenset((*(predicate for predicate, _ in _KINDS), RDF.type))
"""What an index reads, unless it has addresses, too."""


class Index:
    """All texts of a graph; any thread may ask.

    Attributes:
        things: what has texts.
        asserted: of each thing, its classes as somebody wrote them down.
        classes: of each thing, all its classes, those that follow among them.
        complete: whether every text of the graph is here.
        size: entries.
    """

    def __init__(self, graph: Graph | Reader, *, addresses: bool = False, most: int = MOST) -> None:
        """Read a graph, which takes 30 to 70 microseconds a text.

        Args:
            graph: the dataset, or who asks it.
            addresses: whether things without a name are found by the end of their IRI.
            most: entries at most.

        Raises:
            SearchMissingError: Python's SQLite has no FTS5.
        """
        self._lock, self._addresses = Lock(), addresses
        self._database = _open()
        reader = LocalReader(graph) if isinstance(graph, Graph) else graph
        named = dict.fromkeys(_texts(reader))
        entries = (*named, *(_addresses(reader, named) if addresses else ()))
        self.complete = len(entries) <= most
        kept = sorted(entries, key=_importance)[:most]
        self.things: tuple[IRI, ...] = tuple(dict.fromkeys(iri for iri, *_ in kept))
        self.size = len(kept)
        self._names = self._fill(kept)  # the number of the last name
        self.asserted: list[tuple[IRI, ...]]
        self.classes: list[frozenset[IRI]]
        self.asserted, self.classes = _classes(reader, self.things)

    def _fill(self, kept: list[tuple[IRI, TextKind, str, str]]) -> int:
        """Write the entries; how many of them are names."""
        numbers = {iri: number for number, iri in enumerate(self.things)}
        entries = [
            (place * _STEP, numbers[iri], int(kind), language, text, fold(text))
            for place, (iri, kind, language, text) in enumerate(kept, 1)
        ]
        with self._database as database:
            database.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", entries)
            database.executemany(
                "INSERT INTO grams (rowid, cut) VALUES (?, ?)",
                ((entry[0], " ".join(grams(entry[5]))) for entry in entries),
            )
            database.execute("INSERT INTO grams (grams) VALUES ('optimize')")
            database.execute("CREATE INDEX by_text ON entries (folded)")
        return sum(kind.names for _, kind, *_ in kept) * _STEP

    def changed(self, graph: Graph | Reader, quads: Sequence[Quad]) -> Index | None:
        """The index of another graph; this one stays as it is.

        Args:
            graph: the other dataset.
            quads: all that only one of the two has.

        Returns:
            The index; None where it must be made anew. One that is not complete has all texts that
            come before its last one, as before, and so perhaps a few more or less than `MOST`.
        """
        texts, typed = _affected(quads)
        if self._addresses or len(texts) + len(typed) > _MOST_CHANGED:
            return None
        new = object.__new__(Index)
        new._lock, new._addresses, new.complete = Lock(), False, self.complete
        new._database, new._names, new.size = _open(), self._names, self.size
        with self._lock:
            self._database.backup(new._database)
        things = dict.fromkeys(self.things) | dict.fromkeys(iri for iri, *_ in texts)
        new.things = tuple(things)
        numbers = {iri: number for number, iri in enumerate(new.things)}
        reader = LocalReader(graph) if isinstance(graph, Graph) else graph
        there = _said(reader, texts)
        with new._database:
            for text in texts:
                if not new._settle(text, numbers[text[0]], is_said=text in there):
                    return None
        spare = MOST // 100
        if new.size > (MOST if self.complete else MOST + spare) or (
            not self.complete and new.size < MOST - spare
        ):
            return None
        new.asserted, new.classes = list(self.asserted), list(self.classes)
        asserted, classes = _classes(reader, new.things[len(self.things) :])
        new.asserted.extend(asserted)
        new.classes.extend(classes)
        again = [iri for iri in typed if iri in numbers]
        for iri, own, every in zip(again, *_classes(reader, again), strict=True):
            new.asserted[numbers[iri]], new.classes[numbers[iri]] = own, every
        return new

    def _settle(self, said: _Text, thing: int, *, is_said: bool) -> bool:
        """Have an entry of a text if it is said, and none if not; false if there is no number left
        for it."""
        _, kind, language, text = said
        folded = fold(text)
        held = self._ask(
            "SELECT id FROM entries WHERE folded = ? AND thing = ? AND kind = ? AND language = ?"
            " AND text = ?",
            (folded, thing, int(kind), language, text),
        )
        if bool(held) == is_said:
            return True
        cut = " ".join(grams(folded))
        if held:
            number = held[0][0]
            self._ask("DELETE FROM entries WHERE id = ?", (number,))
            self._ask(
                "INSERT INTO grams (grams, rowid, cut) VALUES ('delete', ?, ?)", (number, cut)
            )
            self.size -= 1
            return True
        number = self._number(_importance(said))
        if number is None:
            return False
        if not self.complete and number > self._last():
            return True
        self._ask(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)",
            (number, thing, int(kind), language, text, folded),
        )
        self._ask("INSERT INTO grams (rowid, cut) VALUES (?, ?)", (number, cut))
        self.size += 1
        if kind.names:
            self._names = max(self._names, number)
        return True

    def _last(self) -> int:
        """The number of the last entry; 0 if there is none."""
        return int(self._ask("SELECT max(id) FROM entries")[0][0] or 0)

    def _number(self, importance: tuple[TextKind, int, str, str, str]) -> int | None:
        """A number between those of the entries before and after; None if there is none."""
        low, high = 0, self._last() + 2 * _STEP
        after = high
        while (middle := (low + high) // 2) > low:
            rows = self._ask(
                "SELECT id, thing, kind, language, text FROM entries WHERE id >= ? AND id < ?"
                " ORDER BY id LIMIT 1",
                (middle, high),
            )
            if rows:
                number, thing, kind, language, text = rows[0]
                if _importance((self.things[thing], TextKind(kind), language, text)) < importance:
                    low = number
                    continue
                after = number
            high = middle
        return (low + after) // 2 if after - low > 1 else None

    @property
    def bytes(self) -> int:
        """What the index takes in memory, without `things` and their classes."""
        (pages,), (page,) = self._ask("PRAGMA page_count")[0], self._ask("PRAGMA page_size")[0]
        return int(pages) * int(page)

    def equal(self, folded: str, limit: int) -> list[Entry]:
        """The entries that read exactly so."""
        return self._entries("SELECT id FROM entries WHERE folded = ? ORDER BY id LIMIT ?",
                             (folded, limit))  # fmt: skip

    def with_all(self, terms: Iterable[str], limit: int) -> list[Entry]:
        """The entries that have all these terms of FTS5, in order."""
        wanted = " AND ".join(terms)
        return self._entries("SELECT rowid FROM grams WHERE grams MATCH ? ORDER BY rowid LIMIT ?",
                             (wanted, limit)) if wanted else []  # fmt: skip

    def names_like(self, cut: Sequence[str], limit: int) -> list[Entry]:
        """The names that share most grams with these, rare ones above all."""
        slots = ", ".join("?" * len(cut))
        counted = self._ask(f"SELECT term, doc FROM counts WHERE term IN ({slots})", tuple(cut))
        rarest = sorted(counted, key=lambda row: (row[1], row[0]))[:_RAREST]
        wanted = " OR ".join(f'"{term}"' for term, _ in rarest)
        return self._entries(
            "SELECT rowid FROM grams WHERE grams MATCH ? AND rowid <= ? ORDER BY rank LIMIT ?",
            (wanted, self._names, limit),
        ) if wanted else []  # fmt: skip

    def _entries(self, numbers: str, values: tuple[object, ...]) -> list[Entry]:
        rows = self._ask(
            f"SELECT thing, kind, language, text, folded FROM entries WHERE id IN ({numbers})"
            " ORDER BY id",
            values,
        )
        kinds = tuple(TextKind)
        return [Entry(row[0], kinds[row[1]], *row[2:]) for row in rows]

    def _ask(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(sql, values).fetchall()


def _open() -> Connection:
    try:
        import sqlite3  # some builds of Python are without it
    except ImportError as error:
        raise SearchMissingError(str(error)) from None
    database = sqlite3.connect(":memory:", check_same_thread=False)
    try:
        database.executescript(_SCHEMA)
    except sqlite3.OperationalError as error:
        raise SearchMissingError(str(error)) from None
    return database


def _texts(reader: Reader) -> Iterator[tuple[IRI, TextKind, str, str]]:
    """What is said of each thing in words, from all graphs: a folder's files may be named ones."""
    for predicate, kind in _KINDS:
        # One after another, so that not all of them are in memory at a time.
        (quads,) = reader.quads([QuadPattern(p=predicate)])
        for quad in quads:
            # The shapes are about the data, not of it.
            iri, said = quad.subject, quad.object
            if quad.graph_name == GRAPH.shapes or not isinstance(iri, IRI):
                continue
            if isinstance(said, Literal) and said.value.strip():
                yield iri, kind, said.language or "", said.value


def _affected(quads: Sequence[Quad]) -> tuple[dict[_Text, None], list[IRI]]:
    """The texts that these quads say, and the things that they give a class."""
    texts: dict[_Text, None] = {}
    typed: dict[IRI, None] = {}
    for quad in quads:
        iri, said = quad.subject, quad.object
        if not isinstance(iri, IRI):
            continue
        if quad.predicate == RDF.type:
            typed[iri] = None
        for predicate, kind in _KINDS:
            if predicate == quad.predicate and isinstance(said, Literal) and said.value.strip():
                texts[iri, kind, said.language or "", said.value] = None
    return texts, list(typed)


def _said(reader: Reader, texts: Iterable[_Text]) -> set[_Text]:
    """Those of the texts that the graph has."""
    wanted = [
        (text, QuadPattern(text[0], predicate))
        for text in texts
        for predicate, kind in _KINDS
        if kind == text[1]
    ]
    answers = reader.quads([pattern for _, pattern in wanted])
    return {
        text
        for (text, _), quads in zip(wanted, answers, strict=True)
        for quad in quads
        if isinstance(quad.object, Literal)
        and (quad.object.language or "", quad.object.value) == text[2:]
        and quad.graph_name != GRAPH.shapes
    }


def _addresses(
    reader: Reader, named: Iterable[tuple[IRI, TextKind, str, str]]
) -> Iterator[tuple[IRI, TextKind, str, str]]:
    """The ends of the IRIs that are subjects and have no name."""
    known = {iri for iri, kind, *_ in named if kind.names}
    for iri in _subjects(reader):
        end = iri.value.rstrip("/#").replace("#", "/").rpartition("/")[2]
        if iri not in known and end:
            yield iri, TextKind.ADDRESS, "", end


def _subjects(reader: Reader) -> Iterator[IRI]:
    """The subjects, each once, of so many statements; these are read in pieces."""
    known: set[IRI] = set()
    for start in range(0, _MOST_READ, _PIECE):
        (quads,) = reader.quads([QuadPattern()], limit=_PIECE, offset=start)
        for quad in quads:
            if isinstance(quad.subject, IRI) and quad.subject not in known:
                known.add(quad.subject)
                yield quad.subject
        if len(quads) < _PIECE:
            return


def _importance(entry: tuple[IRI, TextKind, str, str]) -> tuple[TextKind, int, str, str, str]:
    iri, kind, language, text = entry
    return kind, len(text), text, language, iri.value


def _classes(
    reader: Reader, things: Sequence[IRI]
) -> tuple[list[tuple[IRI, ...]], list[frozenset[IRI]]]:
    """Of each thing the classes that are asserted, and all of them; one object for equal ones."""
    held: dict[object, object] = {}
    asserted: list[tuple[IRI, ...]] = []
    every: list[frozenset[IRI]] = []
    for quads in reader.quads([QuadPattern(iri, RDF.type) for iri in things]):
        said: dict[IRI, None] = {}
        all_of: set[IRI] = set()
        for quad in quads:
            if isinstance(quad.object, IRI) and quad.object not in _NOT_KINDS:
                all_of.add(quad.object)
                if isinstance(quad.graph_name, IRI) and quad.graph_name != GRAPH.inferred:
                    said[quad.object] = None
        # Where there is but the default graph, all of it is asserted.
        own = tuple(sorted(said or all_of, key=lambda kind: kind.value))
        asserted.append(held.setdefault(own, own))  # type: ignore[arg-type]
        kinds = frozenset(all_of)
        every.append(held.setdefault(kinds, kinds))  # type: ignore[arg-type]
    return asserted, every
