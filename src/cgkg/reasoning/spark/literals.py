"""What workers find out about literals, each looked at once: values, datatypes, mistakes.

Made is the table `literals`: id, `value` (a text that is the same for the same value), `ill` (it is
no lexical form of its datatype), and the datatypes it is known to lie in, `inside`, and not to lie
in, `outside`, by their place in a list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from cgkg.formats import Format
from cgkg.rdf.engine import parse
from cgkg.rdf.terms import IRI, Literal, Term, Triple
from cgkg.reasoning.rules import datatypes

SCHEMA = "id long, value string, ill boolean, inside array<int>, outside array<int>"


@dataclass(frozen=True)
class Asked:
    """What must be known of literals.

    Attributes:
        values: whether their values must be known, strings' too.
        datatypes: by which they are told apart.
    """

    values: bool
    datatypes: tuple[str, ...]


def terms_of(texts: Iterable[str]) -> list[Term]:
    """The terms of texts in N-Triples, in their order."""
    lines = "".join(f"<x:s> <x:p> {text} .\n" for text in texts)
    quads = parse(lines.encode(), Format.N_TRIPLES, Path("terms.nt"))
    return [quad.object for quad in quads if not isinstance(quad.object, Triple)]


def value_key(literal: Literal) -> str | None:
    """A text that two literals have in common exactly if they have one value (dt-eq)."""
    denoted = datatypes.value(literal)
    return None if denoted is None else json.dumps(_plain(denoted))


def _plain(part: Hashable) -> Any:
    if isinstance(part, tuple):
        return [_plain(one) for one in part]
    if isinstance(part, bool) or part is None or isinstance(part, str):
        return part
    assert isinstance(part, int | Fraction), "values are made of texts and exact numbers"
    return {"number": str(Fraction(part))}


def judge(asked: Asked) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What a worker runs: ids and texts of literals in, rows of the table out."""

    def look(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow

        integers = pyarrow.list_(pyarrow.int32())
        kinds = (pyarrow.int64(), pyarrow.string(), pyarrow.bool_(), integers, integers)
        names = [IRI(one) for one in asked.datatypes]
        for batch in batches:
            ids, texts = (batch.column(place).to_pylist() for place in (0, 1))
            terms = terms_of(texts)
            rows = [
                _row(one, term, asked.values, names) for one, term in zip(ids, terms, strict=True)
            ]
            kept = [row for row in rows if row is not None]
            columns = [
                pyarrow.array([row[place] for row in kept], kind)
                for place, kind in enumerate(kinds)
            ]
            named = ["id", "value", "ill", "inside", "outside"]
            yield pyarrow.RecordBatch.from_arrays(columns, names=named)

    return look


def _row(
    identifier: int, literal: Term, values: bool, names: Sequence[IRI]
) -> tuple[int, str | None, bool, list[int], list[int]] | None:
    """A row of the table, or None where there is nothing to say."""
    assert isinstance(literal, Literal), "only literals are looked at"
    key = value_key(literal) if values else None
    ill = not datatypes.well_formed(literal)
    told = [datatypes.belongs(literal, name) for name in names]
    inside = [place for place, answer in enumerate(told) if answer is True]
    outside = [place for place, answer in enumerate(told) if answer is False]
    if key is None and not (ill or inside or outside):
        return None
    return identifier, key, ill, inside, outside
