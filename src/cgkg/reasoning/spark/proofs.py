"""Proofs of what a run came to: facts are looked up in its files, and no job is run.

The facts of a round are sorted by predicate and subject: a look-up reads the
parts of files that may hold what is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from cgkg.errors import ConfigError
from cgkg.rdf.terms import Triple, parts
from cgkg.rdf.vocab import RDF
from cgkg.reasoning.core.columns import EMPTY, Ids, pack, sources, targets, unique
from cgkg.reasoning.core.facts import Literals
from cgkg.reasoning.core.history import History
from cgkg.reasoning.core.plans import BoundRule
from cgkg.reasoning.core.stamps import NEVER, StampedColumn, Stamps
from cgkg.reasoning.core.terms import TermDictionary
from cgkg.reasoning.proofs.proof import Proof, Prover
from cgkg.reasoning.rules.axioms import SAME
from cgkg.reasoning.rules.schema import entailed_conclusions
from cgkg.reasoning.spark.compiled import Compiled
from cgkg.reasoning.spark.ids import MEMBER
from cgkg.reasoning.spark.literals import terms_of
from cgkg.reasoning.spark.session import require_package
from cgkg.reasoning.spark.work import Work, read_state

_HELD = 16 << 20


class ProvedRun:
    """What a finished run came to, fact by fact.

    Args:
        folder: the run's work folder.
        include_schema: prove also what follows about named classes and properties.
        held: bytes of files up to which a table is read once and held; others are read as needed.

    Attributes:
        axioms: the triples that the compiler read.
        rounds: how many there were.

    Raises:
        ConfigError: there is no finished run in the folder, or pyarrow is missing.
    """

    def __init__(self, folder: Path, *, include_schema: bool = False, held: int = _HELD) -> None:
        require_package("pyarrow")
        work = Work(folder, read_state(folder))
        if not work.state.done:
            raise ConfigError(f"the run in {folder} is not done", hint="let it go on to its end")
        self._compiled = Compiled(work)
        self.axioms, self.rounds = self._compiled.axioms, work.state.round
        self._names = entailed_conclusions(self.axioms) if include_schema else {}
        terms, literals = self._compiled.terms, self._compiled.literals
        rules = [*self._compiled.bound, *self._compiled.shares]
        history = _FoundHistory(literals, _RunNumbers(self._compiled, _Files(work, held)))
        run = _Run(terms, literals, rules, history, terms.id(SAME), terms.id(RDF.type))
        self._prover = Prover(run)

    def explain(self, triple: Triple) -> Proof | None:
        """As `Closure.explain`."""
        return next(self.alternatives(triple), None)

    def explain_all(self, triple: Triple, limit: int = 10) -> tuple[Proof, ...]:
        """As `Closure.explain_all`."""
        return tuple(islice(self.alternatives(triple), limit))

    def alternatives(self, triple: Triple) -> Iterator[Proof]:
        """Different proofs of a triple, small ones first; none if it does not follow."""
        if triple in self.axioms:
            yield Proof(triple, None, (), ())
        elif triple in self._names:
            yield Proof(triple, self._names[triple].name, self._names[triple].axioms, ())
        else:
            self._compiled.terms.encode(parts(triple))  # the prover knows numbered terms only
            yield from self._prover.alternatives(triple)


@dataclass
class _Run:
    """As there: `cgkg.reasoning.proofs.proof.Provable`."""

    terms: TermDictionary
    literals: Literals
    rules: list[BoundRule]
    history: History
    same: int
    type_of: int


class _Files:
    """The tables of a run, read without Spark.

    Args:
        held: bytes of files up to which a table is read once and held.
    """

    def __init__(self, work: Work, held: int) -> None:
        from pyarrow import dataset

        self._folder, self._held = work.folder, held
        self._open, self._field = dataset.dataset, dataset.field
        self._stated = self._tables("asserted")
        self._derived = self._tables("rounds/*/facts", "rounds/*/derived")
        self._terms = self._tables("dictionary")
        self._same = self._tables(work.state.same) if work.state.same else None

    @cached_property
    def _pairs(self) -> list[tuple[int, Any]]:
        folders = self._folder.glob("rounds/*/pairs")
        rounds = sorted(int(one.parent.name) for one in folders)
        tables = [(2 * one, self._tables(f"rounds/{one}/pairs")) for one in rounds]
        return [(stamp, table) for stamp, table in tables if table is not None]

    def _tables(self, *patterns: str) -> Any:
        files = [
            file
            for pattern in patterns
            for folder in sorted(self._folder.glob(pattern))
            for file in sorted(folder.glob("*.parquet"))
        ]
        if not files:
            return None
        table = self._open([*map(str, files)], format="parquet")
        small = sum(file.stat().st_size for file in files) <= self._held
        return self._open(table.to_table()) if small else table

    def facts(
        self, stated: int | None, derived: int | None, ends: Mapping[str, Iterable[int]]
    ) -> dict[tuple[int, int], int]:
        """Facts of a predicate, each with the first of its stamps.

        Args:
            stated, derived: the number that stands for the predicate in what was stated and in
                what was derived; None to leave these out.
            ends: the numbers that s or o must be among.
        """
        first_stamps: dict[tuple[int, int], int] = {}
        for table, predicate, columns in (
            (self._stated, stated, ["s", "o"]),
            (self._derived, derived, ["s", "o", "at"]),
        ):
            if predicate is None or table is None:
                continue
            wanted = self._field("p") == predicate
            for name, numbers in ends.items():
                wanted &= self._field(name).isin([*numbers])
            rows = table.to_table(columns=columns, filter=wanted, use_threads=False).to_pydict()
            stamps = rows.get("at") or [0] * len(rows["s"])
            for s, o, at in zip(rows["s"], rows["o"], stamps, strict=True):
                first_stamps[s, o] = min(at, first_stamps.get((s, o), at))
        return first_stamps

    def links(self, number: int) -> list[tuple[int, int, int]]:
        """What made a resource the same as others: every such pair among these, and its stamp."""
        if self._same is None:
            return []
        listed = [number]
        for one in ("m", "r"):  # who represents it, and all whom that one represents
            rows = self._same.to_table(filter=self._field(one).isin(listed)).to_pydict()
            listed = [*{number, *rows["m"], *rows["r"]}]
        if len(listed) == 1:
            return []
        links: list[tuple[int, int, int]] = []
        for stamp, table in self._pairs:
            rows = table.to_table(filter=self._field("s").isin(listed)).to_pydict()
            links += zip(rows["s"], rows["o"], [stamp] * len(rows["s"]), strict=True)
        return links

    def texts(self, numbers: Iterable[int]) -> dict[int, str]:
        """The texts of terms."""
        rows = self._terms.to_table(
            columns=["id", "text"], filter=self._field("id").isin([*numbers])
        )
        return dict(zip(*rows.to_pydict().values(), strict=True))


class _RunNumbers:
    """The numbers of a run's tables, and the ids of a prover."""

    def __init__(self, compiled: Compiled, files: _Files) -> None:
        self.files, self._compiled = files, compiled
        self._ids: dict[int, int] = {}
        self._known: dict[int, int] = {}

    def of(self, ids: Iterable[int]) -> list[int]:
        """The numbers of ids."""
        numbers = []
        for one in ids:
            if one not in self._known:
                number = self._known[one] = self._compiled.identify(one)
                self._ids[number] = one
            numbers.append(self._known[one])
        return numbers

    def ids(self, numbers: Iterable[int]) -> list[int]:
        """The ids of numbers."""
        listed = [*numbers]
        new = {one for one in listed if one not in self._ids}
        if new:
            texts = self.files.texts(new)
            for number, term in zip(texts, terms_of(texts.values()), strict=True):
                self._ids[number] = self._compiled.terms.id(term)
        return [self._ids[one] for one in listed]

    def predicate(self, relation: int | None) -> tuple[int | None, int]:
        """What a relation is in what was stated and in what was derived; None: memberships."""
        type_of = self._compiled.type_of
        if relation is None:
            return type_of, MEMBER
        (number,) = self.of([relation])
        return (None if number == type_of else number), number


class _FoundColumn(StampedColumn):
    """A property's edges, or a class's members, looked up as they are asked for."""

    def __init__(self, numbers: _RunNumbers, relation: int | None, kind: int) -> None:
        super().__init__()
        self._numbers, self._kind = numbers, kind
        self._predicate = numbers.predicate(relation)
        self._edges = relation is not None
        self._stamped: dict[int, int] = {}
        self._expanded: dict[bool, dict[int, list[tuple[int, int]]]] = {False: {}, True: {}}

    def stamp(self, value: int) -> int:
        """As there."""
        if value not in self._stamped:
            self.stamps_of(np.array([value], np.int64))
        return self._stamped[value]

    def stamps_of(self, values: Ids) -> Ids:
        """As there."""
        new = unique(values)
        new = new[[one not in self._stamped for one in new.tolist()]] if len(new) else new
        if len(new):
            starts = self._numbers.of((sources(new) if self._edges else new).tolist())
            ends = self._numbers.of(targets(new).tolist() if self._edges else [self._kind])
            stamps = self._look(s=set(starts), o=set(ends))
            keys = zip(starts, ends if self._edges else ends * len(starts), strict=True)
            for value, key in zip(new.tolist(), keys, strict=True):
                self._stamped[value] = stamps.get(key, NEVER)
        return np.array([self._stamped[one] for one in values.tolist()], np.int64)

    def expand(self, starts: Ids, *, turned: bool = False) -> tuple[Ids, Ids, Stamps]:
        """As there."""
        listed, known = starts.tolist(), self._expanded[turned]
        new = [one for one in dict.fromkeys(listed) if one not in known]
        if new:
            known.update((one, []) for one in new)
            places = dict(zip(self._numbers.of(new), new, strict=True))
            stamp_of = self._look(**{"o" if turned else "s": places})
            ends = self._numbers.ids(key[0 if turned else 1] for key in stamp_of)
            for (key, stamp), end in zip(stamp_of.items(), ends, strict=True):
                known[places[key[1 if turned else 0]]].append((end, stamp))
        rows = [(at, *row) for at, one in enumerate(listed) for row in known[one]]
        if not rows:
            return EMPTY, EMPTY, EMPTY
        index, others, stamps = zip(*rows, strict=True)
        return np.array(index), np.array(others, np.int64), np.array(stamps)

    def before(self, stamp: int) -> Ids:
        """As there."""
        keys = [key for key, came in self._whole().items() if came < stamp]
        return self._values(keys)

    def stated(self) -> Ids:
        """As there."""
        stated, _ = self._predicate
        ends = {} if self._edges else {"o": self._numbers.of([self._kind])}
        return self._values(self._numbers.files.facts(stated, None, ends))

    def _whole(self) -> dict[tuple[int, int], int]:
        return self._look() if self._edges else self._look(o=self._numbers.of([self._kind]))

    def _look(self, **ends: Iterable[int]) -> dict[tuple[int, int], int]:
        return self._numbers.files.facts(*self._predicate, ends)

    def _values(self, keys: Iterable[tuple[int, int]]) -> Ids:
        listed = [*keys]
        starts = np.array(self._numbers.ids(one for one, _ in listed), np.int64)
        if not self._edges:
            return np.sort(starts)
        return np.sort(
            pack(starts, np.array(self._numbers.ids(one for _, one in listed), np.int64))
        )


class _FoundHistory(History):
    """When each fact came to hold, by the files of a run."""

    def __init__(self, literals: Literals, numbers: _RunNumbers) -> None:
        super().__init__(literals)
        self._numbers = numbers
        self._columns: dict[tuple[int | None, int], StampedColumn] = {}

    def column(self, relation: int | None, kind: int = 0) -> StampedColumn:
        """As there."""
        key = (relation, kind)
        if key not in self._columns:
            self._columns[key] = _FoundColumn(self._numbers, relation, kind)
        return self._columns[key]

    def links(self, resource: int) -> list[tuple[int, int]]:
        """As there; those of all that are the same as the resource are looked up at once."""
        if resource not in self._links:
            (number,) = self._numbers.of([resource])
            links = self._numbers.files.links(number)
            ones, others, stamps = zip(*links, strict=True) if links else ((), (), ())
            ends = zip(self._numbers.ids(ones), self._numbers.ids(others), stamps, strict=True)
            self._links[resource] = []
            for one, other, stamp in ends:
                self._links[one].append((other, stamp))
                self._links[other].append((one, stamp))
        return self._links[resource]
