"""Generations: immutable, complete graphs on disk, and the pointer to the current one.

A store folder holds `generations/<id>/` and `CURRENT`. A generation is written beside the others
under a temporary name, closed, renamed into place and never written again; then `CURRENT` is
switched by an atomic rename. Readers hold one generation; a failed or killed build changes
nothing but leaves a temporary folder, which the next build removes.

A generation's files hold terms as parsed. The database that answers queries rewrites some
literals (docs/reference/store-literals.md); `rewritten` says which.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from pyoxigraph import QueryBoolean, QueryResultsFormat, QueryTriples

from cgkg.errors import StoreError, StoreNotFoundError, VersionNotFoundError
from cgkg.rdf.io import Format
from cgkg.rdf.terms import IRI, DefaultGraph, GraphName, Literal, Quad, Subject, Term, Triple
from cgkg.rdf.vocab import PREFIXES

__all__ = [
    "ASSERTED",
    "COVERAGE",
    "DATASET",
    "MANIFEST",
    "Generation",
    "GenerationStore",
    "Graph",
    "QueryBoolean",
    "QueryResultsFormat",
    "QueryTriples",
    "database_files",
    "rewritten",
    "sync",
    "write_database",
]

DATASET, ASSERTED, MANIFEST = "dataset.nq", "asserted.nq", "manifest.json"
COVERAGE = "coverage.json"
_SHORTEST = 8  # digits of a digest that name it


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
            database.bulk_extend(ox.parse(path=str(path), format=Format.N_QUADS))
        except (OSError, SyntaxError) as error:
            raise StoreError(f"{path}: {error}", hint="run cgkg build") from None
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
        except OSError as error:
            raise StoreError(
                f"{folder}: {error}", hint=f"remove {folder.parent}: it will be made anew"
            ) from None

    def __len__(self) -> int:
        return len(self._database)

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

    def names(self) -> Iterator[IRI]:
        """The named graphs that are named by an IRI, in no particular order."""
        return (name for name in self._database.named_graphs() if isinstance(name, IRI))

    def graphs_with(self, triple: Triple) -> list[IRI]:
        """The named graphs that hold the triple, sorted."""
        found = self._database.quads_for_pattern(triple.subject, triple.predicate, triple.object)
        names = (quad.graph_name for quad in found)
        return sorted((n for n in names if isinstance(n, IRI)), key=lambda n: n.value)

    def __contains__(self, triple: Triple) -> bool:
        return (
            Quad(triple.subject, triple.predicate, triple.object, DefaultGraph()) in self._database
        )

    def has_node(self, node: Subject, graphs: Iterable[GraphName]) -> bool:
        """Whether the node is the subject or object of a triple in one of the graphs."""
        find = self._database.quads_for_pattern
        return any(
            next(found, None) is not None
            for graph in graphs
            for found in (find(node, None, None, graph), find(None, None, node, graph))
        )

    def query(self, sparql: str, **options: Any) -> Any:
        """Evaluate SPARQL 1.1 in this thread, by the engine as it is and without any limit.

        For queries of other people use a `cgkg.query.threads.QueryPool`.

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

    def serialize(self, form: Format, graph: GraphName | None = None) -> bytes:
        """The dataset, or one graph of it, as bytes of the given syntax, in UTF-8.

        A syntax without named graphs (Turtle, N-Triples, RDF/XML) needs `graph`.
        """
        written: bytes | None = self._database.dump(format=form, from_graph=graph)
        return written or b""


def write_database(path: Path, folder: Path) -> None:
    """Write the dataset of an N-Quads file into a folder, for `Graph.at`; closed when this returns.

    Blank nodes keep their labels, as in `Graph.load`.

    Raises:
        StoreError: the file cannot be read, or the folder not be written.
    """
    try:
        database = ox.Store(str(folder))
        database.bulk_extend(ox.parse(path=str(path), format=Format.N_QUADS))
        database.flush()
        del database  # closes it
    except (OSError, SyntaxError) as error:
        raise StoreError(f"{path} -> {folder}: {error}") from None


def database_files(folder: Path) -> int:
    """How many files an opened dataset may hold open."""
    return sum(1 for _ in folder.glob("*.sst"))


def rewritten(literals: Iterable[Literal]) -> dict[Literal, Literal]:
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


@dataclass(frozen=True)
class Generation:
    """One built graph: its files and what the manifest says of it."""

    folder: Path

    @property
    def id(self) -> str:
        """The generation's name: the start of the digest of all its inputs."""
        return self.folder.name

    def answers_to(self, version: str) -> bool:
        """Whether the version names this generation.

        Args:
            version: its id, or its dataset's digest with or without `sha256:` before it, or the
                first eight or more digits of the digest.
        """
        wanted = version.removeprefix("sha256:")
        digest = str(self.manifest.get("dataset_sha256", ""))
        short = len(wanted) >= _SHORTEST and digest.startswith(wanted)
        return version == self.id or short

    @property
    def dataset_file(self) -> Path:
        """N-Quads of the whole dataset: default graph and named graphs."""
        return self.folder / DATASET

    @property
    def asserted_file(self) -> Path:
        """N-Quads of the asserted facts alone, without anything inferred.

        Where nothing was inferred it is the file of the dataset.
        """
        path = self.folder / ASSERTED
        return path if path.is_file() else self.dataset_file

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """Counts, digests and versions, as written by the build; read once.

        Raises:
            StoreError: the file is missing or damaged.
        """
        try:
            content: Mapping[str, Any] = json.loads((self.folder / MANIFEST).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(f"{self.folder / MANIFEST}: {error}", hint="run cgkg build") from None
        return content

    @property
    def prefixes(self) -> Mapping[str, str]:
        """The prefixes of the project it was built from."""
        found: Mapping[str, str] = self.manifest.get("project", {}).get("prefixes", PREFIXES)
        return found

    @cached_property
    def coverage(self) -> Mapping[str, Any]:
        """What the graph says of every sentence, as `cgkg coverage --json` prints it."""
        path = self.folder / COVERAGE
        if not path.is_file():
            return {"sentences": 0, "accounted": 0, "rows": []}
        content: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
        return content

    def open(self, *, asserted: bool = False) -> Graph:
        """Load the generation (or its asserted facts alone) into memory.

        Blocks, for a second or so per 100,000 quads; each call loads anew.

        Raises:
            StoreError: the file is missing or damaged.
        """
        return Graph.load(self.asserted_file if asserted else self.dataset_file)


class GenerationStore:
    """A store folder: the current generation, and the way to add the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._generations = folder / "generations"
        self._pointer = folder / "CURRENT"

    def current(self) -> Generation:
        """The generation that `CURRENT` names.

        Raises:
            StoreNotFoundError: nothing has been built here.
        """
        try:
            name = self._pointer.read_text("utf-8").strip()
        except FileNotFoundError:
            raise StoreNotFoundError(f"no store at {self.folder}", hint="run cgkg build") from None
        except OSError as error:
            raise StoreError(f"{self._pointer}: {error.strerror}") from None
        folder = self._generations / name
        if not name or not (folder / MANIFEST).is_file():
            raise StoreNotFoundError(
                f"{self._pointer} names the generation {name!r}, which is not there",
                hint="run cgkg build",
            )
        return Generation(folder)

    def held(self, name: str) -> Generation | None:
        """The current generation, if it is the one of this name."""
        try:
            current = self.current()
        except StoreNotFoundError:
            return None
        return current if current.id == name else None

    def find(self, version: str) -> Generation:
        """The complete generation that the version names (see `Generation.answers_to`).

        Raises:
            VersionNotFoundError: there is none.
        """
        complete = self.generations()
        for generation in complete:
            if generation.answers_to(version):
                return generation
        raise VersionNotFoundError(version, known=[generation.id for generation in complete])

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the only right to write here, without waiting for it.

        The folder is made if it is not there; leftovers of killed builds are removed.

        Raises:
            StoreError: another build is running, or the folder is not writable.
        """
        try:
            self._generations.mkdir(parents=True, exist_ok=True)
            handle = (self.folder / "LOCK").open("w")
        except OSError as error:
            raise StoreError(f"cannot write to {self.folder}: {error.strerror}") from None
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreError(
                    f"another build is writing to {self.folder}", hint="wait for it to end"
                ) from None
            for leftover in self._generations.glob(".tmp-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            yield

    def add(self, name: str, files: Mapping[str, bytes | Callable[[Path], None]]) -> Generation:
        """Write a generation of these files and make it the current one; call under `lock`.

        Args:
            name: the generation's id; an existing one of this id is kept and only pointed to.
            files: content per file name, or a function that writes the file at a path.

        Raises:
            StoreError: a file cannot be written; the current generation is unchanged.
        """
        final = self._generations / name
        try:
            if not (final / MANIFEST).is_file():
                shutil.rmtree(final, ignore_errors=True)
                self._write(self._generations / f".tmp-{os.getpid()}", final, files)
            self._switch(name)
        except OSError as error:
            raise StoreError(
                f"cannot write to {self.folder}: {error.strerror or error}",
                hint="the current generation is unchanged",
            ) from None
        return Generation(final)

    def _write(
        self, folder: Path, final: Path, files: Mapping[str, bytes | Callable[[Path], None]]
    ) -> None:
        folder.mkdir()
        try:
            for name, content in files.items():
                path = folder / name
                if callable(content):
                    content(path)
                else:
                    path.write_bytes(content)
                sync(path)
            sync(folder)
            folder.rename(final)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        sync(self._generations)

    def _switch(self, name: str) -> None:
        beside = self.folder / f"CURRENT.{os.getpid()}"
        beside.write_text(name + "\n", "utf-8")
        sync(beside)
        beside.replace(self._pointer)
        sync(self.folder)

    def generations(self) -> list[Generation]:
        """All complete generations, by id."""
        found = self._generations.glob(f"[!.]*/{MANIFEST}")
        return [Generation(path.parent) for path in sorted(found)]


def sync(path: Path) -> None:
    """Make sure that what was written is on disk before anything points to it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
