"""Files to tables of numbers: workers read pieces of N-Triples, by the reader of every closure.

Made are the tables `asserted` (s, p, o) and `dictionary` (id, text), and before them `input`, whose
rows are a triple each, a term with its text, or a mistake.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cgkg.errors import ReasoningLostError, SourceError
from cgkg.formats import Format
from cgkg.rdf.compression import open_decompressed
from cgkg.rdf.io import syntax_of
from cgkg.rdf.vocab import OWL, RDF, RDFS
from cgkg.reasoning import ntriples
from cgkg.reasoning.core.terms import LITERAL, TermDictionary, is_literal
from cgkg.reasoning.files import Inputs
from cgkg.reasoning.rules.axioms import SAME
from cgkg.reasoning.spark.ids import number, numbers
from cgkg.reasoning.spark.joins import Frame, small_table
from cgkg.reasoning.spark.work import Work

_PIECE = 32 << 20  # bytes that one task reads
_SCHEMA = "s long, p long, o long, text string"
_SEEDS = 4
# What may follow although no file says it.
_CONCLUDED = (
    RDF.type,
    SAME,
    RDFS.subClassOf,
    RDFS.subPropertyOf,
    RDFS.domain,
    RDFS.range,
    OWL.equivalentClass,
    OWL.equivalentProperty,
)


@dataclass(frozen=True)
class Piece:
    """The lines of a file that begin in a range of its bytes; `named` is the user's file."""

    path: Path
    named: Path
    prefix: str
    start: int
    end: int

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """Its lines in blocks, each with where it begins."""
        with self.path.open("rb") as file:
            if self.start:
                file.seek(self.start - 1)
                file.readline()
            while (here := file.tell()) < self.end:
                block = file.read(min(ntriples.BLOCK, self.end - here))
                if not block.endswith(b"\n"):
                    block += file.readline()
                yield here, block


def split(path: Path, named: Path, prefix: str, size: int = _PIECE) -> Iterator[Piece]:
    """The file in pieces; `named` is the one it was made of."""
    whole = path.stat().st_size
    for start in range(0, whole, size):
        yield Piece(path, named, prefix, start, min(start + size, whole))


def prepare(inputs: Inputs, folder: Path) -> list[Piece]:
    """What workers read: N-Triples and N-Quads as they are, anything else put into N-Triples.

    Args:
        inputs: the files.
        folder: for what is put into N-Triples.
    """
    pieces: list[Piece] = []
    folder.mkdir(parents=True, exist_ok=True)
    for place, (path, prefix) in enumerate(inputs.prefixes.items()):
        form = syntax_of(path)
        plain = form in (Format.N_TRIPLES, Format.N_QUADS)
        if plain and not _compressed(path):
            pieces += split(path.absolute(), path, prefix)
            continue
        suffix = ".nq" if form is Format.N_QUADS else ".nt"
        copy = folder / f"{place}{suffix}"
        if plain:
            with copy.open("wb") as file:
                file.writelines(ntriples.blocks(path))
        else:
            prefix = ""
            with copy.open("w", encoding="utf-8") as text:
                text.writelines(f"{quad.triple} .\n" for quad in inputs.parse(path))
        pieces += split(copy.absolute(), path, prefix)
    return pieces


def _compressed(path: Path) -> bool:
    """Whether its bytes are not its content: also of a member of an archive, or with a mark."""
    if not path.is_file():
        return True
    with path.open("rb") as raw, open_decompressed(path) as file:
        return raw.read(4) != file.read(4)


def encode(spark: Any, work: Work, inputs: Inputs) -> None:
    """Make the tables, and say so in the work's state.

    Raises:
        SourceError: a line is malformed; says which.
        ReasoningLostError: terms cannot be told apart by their numbers.
    """
    pieces = prepare(inputs, work.folder / "copies")
    for seed in range(_SEEDS):
        for name in ("input", "dictionary", "asserted"):
            work.clear(name)
        _write_input(spark, pieces, seed, work.path("input"))
        read = spark.read.schema(_SCHEMA).parquet(work.path("input"))
        _raise_first(read, pieces)
        if _write_dictionary(read, seed, work.path("dictionary")):
            break
    else:
        raise ReasoningLostError("two terms have one number, whatever the seed")
    rows = read.where("p is not null").select("s", "p", "o").distinct()
    rows.sortWithinPartitions("p", "s", "o").write.parquet(work.path("asserted"))
    work.state.seed = seed
    work.state.triples = spark.read.schema("s long").parquet(work.path("asserted")).count()
    work.save()
    work.clear("input")
    work.clear("copies")


def _write_input(spark: Any, pieces: list[Piece], seed: int, path: str) -> None:
    count = max(len(pieces), 1)
    tasks = spark.range(0, len(pieces), 1, count)
    tasks.mapInArrow(reader(pieces, seed), _SCHEMA).write.parquet(path)


def reader(pieces: list[Piece], seed: int) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What a worker runs: numbers of pieces in, rows out."""

    def read(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            for place in batch.column(0).to_pylist():
                for start, block in pieces[place].blocks():
                    yield from _rows(pieces[place], place, start, block, seed)

    return read


def _rows(piece: Piece, place: int, start: int, block: bytes, seed: int) -> Iterator[Any]:
    import pyarrow

    def batch(s: Any, p: Any, o: Any, text: Any) -> Any:
        size = max(len(one) for one in (s, p, o, text) if one is not None)
        columns = [
            pyarrow.nulls(size, kind) if one is None else pyarrow.array(one, kind)
            for one, kind in zip(
                (s, p, o, text), (*(pyarrow.int64(),) * 3, pyarrow.string()), strict=True
            )
        ]
        return pyarrow.RecordBatch.from_arrays(columns, names=["s", "p", "o", "text"])

    terms = TermDictionary()
    try:
        rows = ntriples.read_block(block, piece.path, terms, piece.prefix)
    except SourceError as error:
        said = [error.what, error.line or 1, error.column, error.hint, place, start]
        yield batch(None, None, None, [json.dumps(said)])
        return
    texts, resources = terms.texts(), len(terms.resources)
    if not texts:
        return
    hashed = numbers(texts, seed)
    yield batch(hashed, None, None, texts)
    s, p, o = (hashed[np.where(is_literal(c), c - LITERAL + resources, c)] for c in rows)
    yield batch(s, p, o, None)


def _raise_first(read: Frame, pieces: list[Piece]) -> None:
    """Raise the first mistake, with its line in the file."""
    wrong = [json.loads(row.text) for row in read.where("s is null").limit(1000).collect()]
    for what, line, column, hint, place, start in sorted(wrong, key=lambda one: one[4:]):
        piece = pieces[place]
        with piece.path.open("rb") as file:
            before = 0
            while start > 0 and (part := file.read(min(start, ntriples.BLOCK))):
                before += part.count(b"\n")
                start -= len(part)
        raise SourceError(what, path=piece.named, line=before + line, column=column, hint=hint)


def _write_dictionary(read: Frame, seed: int, path: str) -> bool:
    """Write it; tells whether every number is of one term only."""
    from pyspark.sql import functions as f

    more = [(number(text, seed), text) for text in map(str, _CONCLUDED)]
    terms = read.where("p is null").select(f.col("s").alias("id"), "text")
    terms = terms.unionByName(small_table(read.sparkSession, more, "id long, text string"))
    terms = terms.groupBy("id").agg(f.min("text").alias("text"), f.max("text").alias("other"))
    terms.sortWithinPartitions("id").write.parquet(path)
    written = read.sparkSession.read.schema("text string, other string").parquet(path)
    return not written.where("text <> other").limit(1).collect()
