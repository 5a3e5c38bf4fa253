"""A dataset for look-ups and queries, in memory or on disk: the one door to pyoxigraph's database.

The database rewrites some literals (docs/reference/store-literals.md); `stored_forms` says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyoxigraph as ox
from pyoxigraph import QueryBoolean, QueryResultsFormat, QueryTriples

from cgkg.errors import StoreError
from cgkg.rdf.terms import IRI, DefaultGraph, GraphName, Literal, Quad, Subject, Term, Triple
from cgkg.store.lines import LineChange, StoredLines

__all__ = [
    "Graph",
    "QueryBoolean",
    "QueryResultsFormat",
    "QueryTriples",
    "change_database",
    "database_files",
    "fill_database",
    "in_parts",
    "read_parts",
    "read_results",
    "stored_forms",
    "write_database",
]

_PART = 1 << 25  # bytes that are written to a database at a time


class Graph:
    """A dataset in memory or on disk, for look-ups and queries; any thread may read it.

    Terms, triples and quads are pyoxigraph's. `triple in graph` and look-ups with `triples` are
    about the default graph, `len(graph)` counts the quads of all graphs.
    """

    def __init__(self, database: ox.Store) -> None:
        self._database = database

    @classmethod
    def of(cls, quads: Iterable[Quad]) -> Graph:
        """A dataset of these quads."""
        database = ox.Store()
        database.bulk_extend(quads)
        return cls(database)

    @classmethod
    def load(cls, path: Path) -> Graph:
        """The dataset of an N-Quads file.

        Raises:
            StoreError: the file is missing or damaged.
        """
        database = ox.Store()
        try:
            # Not bulk_load: it gives blank nodes new labels, and proofs name them.
            database.bulk_extend(ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS))
        except (OSError, SyntaxError) as error:
            raise StoreError(f"{path}: {error}", hint="run cgkg build") from None
        return cls(database)

    @classmethod
    def read(cls, lines: StoredLines) -> Graph:
        """The dataset of lines of N-Quads, with their change; raises as `load`."""
        if not lines.change:
            return cls.load(lines.base)
        database = ox.Store()
        try:
            with lines.open() as file:
                database.bulk_extend(ox.parse(file, format=ox.RdfFormat.N_QUADS))
        except (OSError, SyntaxError) as error:
            raise StoreError(f"{lines.base}: {error}", hint="run cgkg build") from None
        return cls(database)

    @classmethod
    def at(cls, folder: Path) -> Graph:
        """The dataset in a folder that `write_database` wrote; nothing is loaded.

        The engine starts threads, so a process that opens a dataset must not fork afterwards.

        Raises:
            StoreError: the folder is missing or damaged.
        """
        try:
            return cls(ox.Store.read_only(str(folder)))
        except (OSError, RuntimeError) as error:
            raise StoreError(
                f"{folder}: {error}", hint=f"remove {folder.parent}: it will be made anew"
            ) from None

    def change(self, change: LineChange) -> None:
        """Change a dataset in memory that nobody else reads; what is removed and added is there.

        Raises:
            StoreError: the lines are none of N-Quads.
        """
        _change(self._database, change)

    def add(self, quads: Iterable[Quad]) -> None:
        """Put quads into a dataset in memory that nobody else reads."""
        self._database.bulk_extend(quads)

    def discard(self, quads: Iterable[Quad]) -> None:
        """Take quads out of such a dataset; those that it does not have are passed over."""
        for quad in quads:
            self._database.remove(quad)

    def discard_graph(self, name: GraphName) -> None:
        """Take a graph out of such a dataset, if it is there."""
        self._database.remove_graph(name)

    def __len__(self) -> int:
        return len(self._database)

    def __bool__(self) -> bool:
        return True  # an empty one, too; on disk to count the quads is to read all of them

    def triples(
        self, s: Subject | None = None, p: IRI | None = None, o: Term | None = None
    ) -> Iterator[Triple]:
        """Triples of the default graph that match."""
        for quad in self._database.quads_for_pattern(s, p, o, DefaultGraph()):
            yield quad.triple

    def quads(
        self,
        s: Subject | None = None,
        p: IRI | None = None,
        o: Term | None = None,
        g: GraphName | None = None,
    ) -> Iterator[Quad]:
        """Quads of all graphs, or of graph `g`, that match."""
        yield from self._database.quads_for_pattern(s, p, o, g)

    def match(self, pattern: tuple[Subject | None, IRI | None, Term | None, GraphName | None],
              start: int = 0, end: int | None = None) -> list[Quad]:  # fmt: skip
        """The quads that match subject, predicate, object and graph, or some of them in order."""
        quads = self._database.quads_for_pattern(*pattern)
        return list(quads if end is None and not start else islice(quads, start, end))

    def has(
        self,
        s: Subject | None = None,
        p: IRI | None = None,
        o: Term | None = None,
        g: GraphName | None = None,
    ) -> bool:
        """Whether a quad of any graph, or of graph `g`, matches."""
        return next(self._database.quads_for_pattern(s, p, o, g), None) is not None

    def names(self) -> Iterator[IRI]:
        """The named graphs that are named by an IRI, in no particular order."""
        return (name for name in self._database.named_graphs() if isinstance(name, IRI))

    @property
    def has_blank_names(self) -> bool:
        """Whether a named graph is named by a blank node."""
        return not all(isinstance(name, IRI) for name in self._database.named_graphs())

    def graphs_with(self, triple: Triple) -> list[IRI]:
        """The named graphs that hold the triple, sorted."""
        quads = self._database.quads_for_pattern(triple.subject, triple.predicate, triple.object)
        names = (quad.graph_name for quad in quads)
        return sorted((n for n in names if isinstance(n, IRI)), key=lambda n: n.value)

    def __contains__(self, triple: Triple) -> bool:
        return (
            Quad(triple.subject, triple.predicate, triple.object, DefaultGraph()) in self._database
        )

    def has_node(self, node: Term, graphs: Iterable[GraphName]) -> bool:
        """Whether the node is the subject or object of a triple in one of the graphs."""
        find = self._database.quads_for_pattern
        return any(
            next(find(None, None, node, graph), None) is not None
            or (
                not isinstance(node, Literal)
                and next(find(node, None, None, graph), None) is not None
            )
            for graph in graphs
        )

    def query(self, sparql: str, **options: Any) -> Any:
        """Evaluate SPARQL 1.1 in this thread, by the engine as it is and without any limit.

        For queries of other people use a `cgkg.workers.threads.QueryPool`.

        Args:
            sparql: a query; prefixes must be declared in it or given as `prefixes`.
            **options: as of `pyoxigraph.Store.query`.

        Returns:
            pyoxigraph's solutions, boolean or triples. Solutions come as they are asked for: they
            must be used in this thread, and cannot be cancelled.

        Raises:
            SyntaxError: the query is malformed.
        """
        return self._database.query(sparql, **options)


def write_database(lines: StoredLines, folder: Path) -> None:
    """Write the dataset of N-Quads lines into a folder, for `Graph.at`; closed when this returns.

    Blank nodes keep their labels, as in `Graph.load`. The lines are read in parts, so that memory
    does not grow with them.

    Raises:
        StoreError: they cannot be read, or the folder not be written.
    """
    try:
        with lines.open() as file:
            fill_database(folder, read_parts(file))
    except (OSError, StoreError) as error:
        said = error.message if isinstance(error, StoreError) else error
        raise StoreError(f"{lines.base} -> {said}") from None


def read_parts(file: IO[bytes]) -> Iterator[list[bytes]]:
    """The lines of a file in parts that a database takes at a time."""
    return iter(lambda: file.readlines(_PART), [])


def in_parts(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Lines in such parts."""
    part, size = list[bytes](), 0
    for line in lines:
        part.append(line)
        size += len(line)
        if size >= _PART:
            yield part
            part, size = [], 0
    yield part


def fill_database(folder: Path, parts: Iterable[list[bytes]], *, compact: bool = True) -> None:
    """Add lines of N-Quads to the database in a folder, which is made if there is none; closed when
    this returns. Nobody has it open.

    Args:
        folder: the database.
        parts: the lines.
        compact: whether its tables are made few.

    Raises:
        StoreError: the lines are none, or the folder cannot be written.
        OSError: what the parts raise.
    """
    form = ox.RdfFormat.N_QUADS
    try:
        database = ox.Store(str(folder))
        for part in parts:
            # bulk_load gives blank nodes new labels
            labelled = [line for line in part if b"_:" in line]
            if labelled:
                database.bulk_extend(ox.parse(b"".join(labelled), format=form))
                part = [line for line in part if b"_:" not in line]
            database.bulk_load(b"".join(part), format=form)
        if compact:  # each part has tables of its own, and a worker may open few files
            database.optimize()
        database.flush()
        del database  # closes it
    except (OSError, SyntaxError, RuntimeError) as error:  # RuntimeError: the database is damaged
        raise StoreError(f"{folder}: {error}") from None


def change_database(folder: Path, change: LineChange) -> None:
    """Change a database that `write_database` wrote and nobody has open; closed when this returns.

    Args:
        folder: the database.
        change: lines of N-Quads; what is removed and added is there afterwards.

    Raises:
        StoreError: the lines are none, or the folder cannot be written.
    """
    try:
        database = ox.Store(str(folder))
        _change(database, change)
        database.flush()
        del database  # closes it
    except (OSError, RuntimeError) as error:  # RuntimeError: the database is damaged
        raise StoreError(f"{folder}: {error}") from None


def _change(database: ox.Store, change: LineChange) -> None:
    form = ox.RdfFormat.N_QUADS
    try:
        for quad in ox.parse(b"".join(change.removed), format=form):
            database.remove(quad)
        database.extend(ox.parse(b"".join(change.added), format=form))
    except SyntaxError as error:
        raise StoreError(f"a change of lines cannot be read: {error}") from None


def database_files(folder: Path) -> int:
    """How many files an opened dataset may hold open."""
    return sum(1 for _ in folder.glob("*.sst"))


def stored_forms(literals: Iterable[Literal]) -> dict[Literal, Literal]:
    """Which of the literals the database would hold in another form, and in which."""
    given = list(dict.fromkeys(literals))
    database = ox.Store()
    holder = IRI("urn:cgkg:literal")
    names = [IRI(f"urn:cgkg:literal:{number}") for number in range(len(given))]
    database.bulk_extend(
        Quad(name, holder, literal, DefaultGraph())
        for name, literal in zip(names, given, strict=True)
    )
    held = {quad.subject: quad.object for quad in database}
    pairs = zip(names, given, strict=True)
    return {literal: held[name] for name, literal in pairs if str(held[name]) != str(literal)}


def read_results(body: bytes) -> Any:
    """Solutions or a boolean, as `Graph.query` gives them, from SPARQL 1.1 results in JSON.

    Raises:
        SyntaxError: it is none; in solutions perhaps only when these are read.
    """
    return ox.parse_query_results(body, format=QueryResultsFormat.JSON)
