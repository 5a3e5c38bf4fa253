"""Closing any RDF files: files in, one sorted N-Triples file out.

Files of N-Triples and N-Quads, however large, are read and written in columns; all others go
through the parser. Named graphs are taken together.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from cgkg.errors import ReasoningLimitError
from cgkg.formats import Format
from cgkg.progress import Say, Stages, silent
from cgkg.rdf.io import STRICT, Reading, parse_file, syntax_of
from cgkg.rdf.lines import Locator, Place, is_turtle
from cgkg.rdf.terms import BlankNode, Quad, Term, Triple, parts
from cgkg.reasoning import ntriples
from cgkg.reasoning.basis import close_from_basis
from cgkg.reasoning.closure import materialise, new_edges, new_members, unused_statements
from cgkg.reasoning.contradictions import contradictions
from cgkg.reasoning.core.columns import Ids, pack
from cgkg.reasoning.core.encoded import Encoded
from cgkg.reasoning.core.terms import TermDictionary
from cgkg.reasoning.rules.axioms import AxiomIndex
from cgkg.reasoning.rules.diagnostics import Inconsistency, UnsupportedAxiom, short
from cgkg.reasoning.rules.rules import compile
from cgkg.reasoning.rules.ruleset import Rule
from cgkg.reasoning.rules.schema import entailed_conclusions

Engine = Literal["cgkg", "owlrl"]

_LINES = (Format.N_TRIPLES, Format.N_QUADS)
_NAMED = 10  # rules that an error names


@dataclass(frozen=True)
class ClosureLimits:
    """When to give up on a closure; None is no limit."""

    seconds: float | None = None
    triples: int | None = None


@dataclass(frozen=True)
class Reasoned:
    """What reasoning over files came to; `written` triples are in the output."""

    asserted: int
    written: int
    inconsistencies: tuple[Inconsistency, ...]
    unsupported: tuple[tuple[UnsupportedAxiom, Place | None], ...]


def reason(
    files: Sequence[Path],
    output: Path,
    *,
    engine: Engine = "cgkg",
    limits: ClosureLimits | None = None,
    reading: Reading = STRICT,
    include_schema: bool = False,
    only_inferred: bool = False,
    say: Say = silent,
) -> Reasoned:
    """Write what the files assert and what follows from it, sorted, each triple once.

    The output is written even if the files contradict each other.

    Args:
        files: RDF in any syntax; axioms in any of them count. Blank nodes of different files are
            different, and get a prefix by file if there is more than one.
        output: the N-Triples file to write; replaced only when all went well.
        engine: "owlrl" is the reference, much slower.
        limits: for our engine; owlrl cannot be stopped.
        reading: where JSON-LD contexts are, and what becomes of wrong statements.
        include_schema: write what follows about named classes and properties, too.
        only_inferred: leave out what the files assert.
        say: told of each stage: its name, counts, and seconds.

    Raises:
        SourceError: a file is missing or malformed.
        ReasoningLimitError: a limit was reached; nothing was written.
    """
    stage = Stages(say)
    terms = TermDictionary()
    inputs = Inputs(files, terms, reading)
    encoded = Encoded(terms, inputs.rows())
    asserted = sum(len(keys) for _, keys in encoded)
    stage("read", files=len(files), triples=asserted)
    close = close_by_owlrl if engine == "owlrl" else close_by_cgkg
    closure = close(encoded, limits or ClosureLimits(), include_schema)
    stage("reasoned", rounds=closure.rounds)
    stated = () if only_inferred else encoded
    written = ntriples.write(terms, [*stated, *closure.columns()], output)
    stage("wrote", triples=written)
    return Reasoned(
        asserted=asserted,
        written=written,
        inconsistencies=closure.inconsistencies,
        unsupported=tuple((one, inputs.place(one.axiom)) for one in closure.unsupported),
    )


class ExplainedFiles:
    """Files, what follows from them, and where their triples stand.

    The files may hold what follows, too, as those that `reason` writes do: its proofs end in what
    follows from nothing else, as `cgkg.reasoning.basis` says.

    Raises:
        SourceError: a file is missing or malformed.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        terms = TermDictionary()
        self._inputs = Inputs(files, terms)
        self._encoded = Encoded(terms, self._inputs.rows())
        self.closure = close_from_basis(self._encoded)

    def triples(self) -> Iterator[Triple]:
        """All that the files state."""
        return self._encoded.triples()

    def place(self, triple: Triple) -> Place | None:
        """As `Inputs.place`."""
        return self._inputs.place(triple)


# -- files -----------------------------------------------------------------------------------------


class Inputs:
    """The files, and where in them a triple stands.

    `prefixes` are the files, each with what is put before the labels of its blank nodes.
    """

    def __init__(
        self, files: Sequence[Path], terms: TermDictionary, reading: Reading = STRICT
    ) -> None:
        self._terms, self._reading = terms, reading
        self.prefixes = {
            path: f"f{place}x" if len(files) > 1 else "" for place, path in enumerate(files)
        }
        self._parsed: dict[Path, frozenset[Triple]] = {}

    def rows(self) -> ntriples.Rows:
        """All statements in ids."""
        rows = [self._read(path, prefix) for path, prefix in self.prefixes.items()]
        subjects, predicates, objects = (
            np.concatenate(column) for column in zip(*rows, strict=True)
        )
        return subjects, predicates, objects

    def _read(self, path: Path, prefix: str) -> ntriples.Rows:
        if syntax_of(path) in _LINES:
            return ntriples.read(path, self._terms, blank_prefix=prefix, reading=self._reading)
        return ntriples.encode_quads(self._terms, self.parse(path))

    def parse(self, path: Path) -> list[Quad]:
        """The statements of one of the files, blank node labels prefixed.

        Raises:
            SourceError: it is missing or malformed.
        """
        # nodes without a label get one by their order, so that the output is always the same
        quads = parse_file(path, blank_prefix=self.prefixes[path] or "b", reading=self._reading)
        self._parsed[path] = frozenset(quad.triple for quad in quads)
        return quads

    def _stated(self, path: Path) -> frozenset[Triple]:
        if path not in self._parsed:
            self.parse(path)
        return self._parsed[path]

    def place(self, triple: Triple) -> Place | None:
        """The file that states the triple, and the line; line 0 if only the file is known."""
        for path, prefix in self.prefixes.items():
            if syntax_of(path) in _LINES:
                line = _line_of(triple, path, prefix)
                if line:
                    return Place(path, line)
            elif triple in self._stated(path):
                known = Locator([path]).of(triple) if is_turtle(path) else None
                return known or Place(path, 0)
        return None


def _line_of(triple: Triple, path: Path, prefix: str) -> int | None:
    """The first line of an N-Triples or N-Quads file that states the triple."""

    def as_read(term: Term) -> str:
        if isinstance(term, BlankNode) and prefix:
            return str(BlankNode(term.value.removeprefix(prefix)))
        return str(term)

    wanted = " ".join(map(as_read, parts(triple))).encode()
    before = 0
    for block in ntriples.blocks(path):
        at = block.find(wanted)
        while at > 0 and block[at - 1 : at] != b"\n":
            at = block.find(wanted, at + 1)
        if at >= 0:
            return before + block.count(b"\n", 0, at) + 1
        before += block.count(b"\n")
    return None


# -- engines ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClosedColumns:
    """A closure in columns: predicates, each with keys, without what was asserted."""

    inconsistencies: tuple[Inconsistency, ...]
    unsupported: tuple[UnsupportedAxiom, ...]
    rounds: int
    columns: Callable[[], Iterator[tuple[int, Ids]]]


def close_by_cgkg(
    encoded: Encoded, limits: ClosureLimits, include_schema: bool = False
) -> ClosedColumns:
    """The closure by our own engine.

    Raises:
        ReasoningLimitError: a limit was reached.
    """
    watch = _Watch(limits, sum(len(keys) for _, keys in encoded))
    axioms = AxiomIndex(encoded.axioms())
    ruleset = compile(axioms)
    closure = materialise(encoded.terms, ruleset, axioms, *encoded.facts(), watch)

    def columns() -> Iterator[tuple[int, Ids]]:
        yield from new_edges(closure)
        for kind, ids in new_members(closure):
            yield closure.type_of, pack(ids, np.full(len(ids), kind))
        if include_schema:
            yield from Encoded.of(encoded.terms, entailed_conclusions(axioms))

    return ClosedColumns(
        inconsistencies=contradictions.find(closure, ruleset),
        unsupported=(*ruleset.unsupported, *unused_statements(closure, axioms)),
        rounds=closure.rounds,
        columns=columns,
    )


def close_by_owlrl(
    encoded: Encoded, limits: ClosureLimits, include_schema: bool = False
) -> ClosedColumns:
    """The closure by owlrl, the reference; it keeps no limits."""
    from cgkg.reasoning.reference import close  # owlrl and rdflib load only when asked for

    terms = encoded.terms
    closure = close((), encoded.triples(), include_schema=include_schema)
    inferred = Encoded.of(terms, closure.inferred)
    return ClosedColumns(
        inconsistencies=closure.inconsistencies,
        unsupported=closure.unsupported,
        rounds=closure.rounds,
        columns=lambda: iter(inferred),
    )


@dataclass
class _Watch:
    """Keeps a run of rules within limits."""

    limits: ClosureLimits
    triples: int
    _since: float = field(default_factory=time.monotonic)
    _rounds: int = 0
    _firing: list[tuple[Rule, int]] = field(default_factory=list)
    _before: list[tuple[Rule, int]] = field(default_factory=list)

    def __call__(self, rule: Rule | None, count: int) -> None:
        if rule is None:
            self._rounds += 1
            self.triples += count
            self._before, self._firing = self._firing, []
        else:
            self._firing.append((rule, count))
        seconds, triples = self.limits.seconds, self.limits.triples
        if seconds is not None and time.monotonic() - self._since > seconds:
            self._stop(f"not closed after {seconds:g} seconds and {self._rounds} rounds")
        if triples is not None and rule is None and self.triples > triples:
            self._stop(f"more than {triples:,} triples after {self._rounds} rounds")

    def _stop(self, what: str) -> None:
        matches: Counter[str] = Counter()
        for rule, count in self._firing or self._before:
            matches[_name(rule)] += count
        most = matches.most_common(_NAMED)
        raise ReasoningLimitError(what, rules=[f"{name} ({count:,})" for name, count in most])


def _name(rule: Rule) -> str:
    """The rule by its W3C name and what the axiom it comes from is about."""
    return f"{rule.name} on {short(parts(rule.axioms[0])[0])}" if rule.axioms else rule.name
