"""A comparison: what each column has under each row, said or inferred, and what it only shares.

A thing is a column's own by one property. What merely happens in a member of a column that other
columns have too, and is told of another, is apart: it is never counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from cgkg.document.spans import Span
from cgkg.document.statements import Statement
from cgkg.presentation.resource import LABELS, Names
from cgkg.project.pages import CompareSettings, RowSettings
from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import CG, OWL
from cgkg.web.parts.asking import Told, among, evidence_of, excerpt, names_of, rows, values
from cgkg.web.parts.compared import (
    ASIDE,
    FOLLOWS,
    KINDS,
    SAYS,
    CellThings,
    comparison_facts,
    narrowed,
)
from cgkg.web.parts.figures import SUBJECTS, Figure, figure_of
from cgkg.web.site import Site

_NUMBERS = (CG.numericValue, CG.amount)


@dataclass(frozen=True)
class Shared:
    """A thing that happens in a shared member of a column, and is told of others."""

    thing: IRI
    members: tuple[IRI, ...]
    told_of: tuple[IRI, ...]


@dataclass(frozen=True)
class Cell:
    """What a column has under a row: its own by kind, and apart what is shared."""

    own: Mapping[str, tuple[IRI, ...]] = field(default_factory=dict)
    shared: tuple[Shared, ...] = ()

    @property
    def count(self) -> int:
        """How many are its own."""
        return sum(map(len, self.own.values()))


@dataclass(frozen=True)
class Picked:
    """What an address picks: rows and columns, all without any, and what is open.

    That is a cell, or all cells of a row where `at` names no column. Where no column is picked
    these are the first ones, so many as `most` says.
    """

    rows: tuple[IRI, ...] = ()
    columns: tuple[IRI, ...] = ()
    opened: IRI | None = None
    at: IRI | None = None
    most: int | None = None


@dataclass(frozen=True)
class SharedMember:
    """What several columns have: by which statements, and how many things are told of it apart."""

    iri: IRI
    statements: tuple[Triple, ...]


@dataclass(frozen=True)
class Matrix:
    """A comparison as a page shows it; `every_row` and `every_column` can be picked."""

    by: RowSettings
    rows: tuple[IRI, ...]
    columns: tuple[IRI, ...]
    every_row: tuple[IRI, ...]
    every_column: tuple[IRI, ...]
    cells: Mapping[tuple[IRI, IRI], Cell]
    figures: Mapping[IRI, Mapping[IRI, tuple[Figure, ...]]]
    numbers: Mapping[IRI, Triple]
    members: tuple[SharedMember, ...]
    between: tuple[Triple, ...]
    told: Told
    clauses: Mapping[IRI, tuple[Span, ...]]
    names: Names

    def statement(self, triple: Triple) -> Statement | None:
        """The triple with its evidence, if the graph has it."""
        return self.told.statements.get(triple)


def matrix(
    site: Site, said: CompareSettings, by: RowSettings, picked: Picked, *, whole: bool = False
) -> Matrix:
    """The comparison by these rows, as an address picks it.

    Things have names, and their statements clauses, in cells that are open, or in all: `whole`.
    """
    known = comparison_facts(site, said, by)
    every_column, listed = known.columns, known.rows
    chosen = narrowed(site, said, by, known, picked.rows)
    every_column = every_column or _used(column for _, column in chosen.own)
    columns = picked.columns or every_column[: picked.most]
    figures, numbers = _figures(site, columns)
    members, between = _members(site, said, columns)
    keys = _opened(picked, columns)
    opened = {thing for key in keys for thing in _things(chosen, key)}
    clause_names = _clause_names(site, opened)
    inside = frozenset(columns)
    cited = [key for key in chosen.own if key[1] in inside] if whole else keys
    stated = _stated(said, by, chosen, cited)
    told = evidence_of(
        site,
        (*stated, *numbers.values(), *between, *_every_step(members)),
        {name for held in clause_names.values() for name in held},
    )
    cells = {
        key: _cell(said, by, chosen, key)
        for key in {*chosen.own, *chosen.shared}
        if key[1] in inside
    }
    rows_ = picked.rows or _by_count(listed or _used(row for row, _ in cells), cells)
    placed = {v: told.statements[t].spans for v, t in numbers.items() if t in told.statements}
    figures = {i: {c: _placed(part, placed) for c, part in f.items()} for i, f in figures.items()}
    named = {
        *rows_, *every_column, *columns, *listed, *opened, *figures, *told.names(),
        *(m.iri for m in members), *_of_shared(cells, keys), said.own,
        *said.through, *(each.property for each in said.rows),
        *(t.predicate for t in between), *(f.relative_to for f in _every(figures) if f.relative_to),
        *(f.iri for f in _every(figures)),
    }  # fmt: skip
    return Matrix(
        by,
        tuple(rows_),
        picked.columns or _in_document_order(columns, figures),
        tuple(dict.fromkeys((*_by_count(listed, cells), *rows_))),
        _in_document_order(every_column, figures),
        cells,
        figures,
        numbers,
        members,
        between,
        told,
        {
            thing: tuple(
                sorted((told.spans[n] for n in held if n in told.spans), key=lambda span: span.rank)
            )
            for thing, held in clause_names.items()
        },
        names_of(site, (*named, *(_all_things(chosen) if whole else ()))),
    )


def query_of(said: CompareSettings, by: RowSettings, matrix: Matrix) -> str:
    """The query that finds what the cells count, with what is shared apart."""
    own = f"{{ ?thing {said.own} ?column . BIND('own' AS ?kind) }}"
    if said.through:
        path = "/".join(map(str, said.through))
        own += (
            f"\n  UNION\n  {{ ?thing {path} ?column . BIND('shared' AS ?kind)\n"
            f"    FILTER NOT EXISTS {{ ?thing {said.own} ?column }} }}"
        )
    picked = f"{values('row', matrix.rows)}\n  {values('column', matrix.columns)}"
    return (
        f"SELECT DISTINCT ?row ?column ?kind ?thing WHERE {{\n  {picked}\n"
        f"  ?thing {by.property} ?row .\n  {own}\n}}\nORDER BY ?row ?column ?kind ?thing"
    )


def _stated(
    said: CompareSettings, by: RowSettings, chosen: CellThings, keys: Iterable[tuple[IRI, IRI]]
) -> Iterator[Triple]:
    """The two statements by which each thing is in its cell."""
    for row, column in keys:
        for thing in chosen.own.get((row, column), ()):
            yield Triple(thing, by.property, row)
            yield Triple(thing, said.own, column)


def _cell(said: CompareSettings, by: RowSettings, chosen: CellThings, key: tuple[IRI, IRI]) -> Cell:
    row, column = key
    own: dict[str, list[IRI]] = {}
    for thing in sorted(chosen.own.get(key, ()), key=str):
        both = (Triple(thing, by.property, row), Triple(thing, said.own, column))
        held = {chosen.kinds.get(each, FOLLOWS) for each in both}
        kind = next(kind for kind in (FOLLOWS, ASIDE, SAYS) if kind in held)
        own.setdefault(kind, []).append(thing)
    shared = chosen.shared.get(key, {})
    return Cell(
        {kind: tuple(own[kind]) for kind in KINDS if kind in own},
        tuple(
            Shared(thing, _used(members), _used(chosen.columns_of[thing]))
            for thing, members in sorted(shared.items(), key=lambda each: str(each[0]))
        ),
    )


def _figures(
    site: Site, columns: Iterable[IRI]
) -> tuple[dict[IRI, dict[IRI, tuple[Figure, ...]]], dict[IRI, Triple]]:
    """The figures about the columns, by indicator and column, and the triple with each number."""
    about = f"{values('c', columns)} ?v {'|'.join(map(str, sorted(SUBJECTS, key=str)))} ?c ."
    units = f"?v {CG.hasUnit}|{CG.hasApproximation} ?s . ?s ?p ?o {among('p', LABELS)}"
    pattern = f"{{ {about} ?v ?p ?o BIND(?v AS ?s) }} UNION {{ {about} {units} }}"
    figure_rows = rows(site, "?s ?p ?o", pattern) if columns else []
    held = excerpt(figure_rows)
    figures: dict[IRI, dict[IRI, tuple[Figure, ...]]] = defaultdict(dict)
    numbers: dict[IRI, Triple] = {}
    shown = set(columns)
    for value, predicate, column in figure_rows:
        if predicate not in SUBJECTS or column not in shown:
            continue
        figure = figure_of(held, value)
        if figure and figure.indicator:
            by_column = figures[figure.indicator]
            by_column[column] = (*by_column.get(column, ()), figure)
            number = next(t for p in _NUMBERS for t in held.triples(value, p))
            numbers[value] = number
    least = min(2, len(shown))
    kept = {i: part for i, part in figures.items() if len(part) >= least}
    return dict(sorted(kept.items(), key=lambda each: (-len(each[1]), each[0].value))), numbers


def _placed(
    figures: Iterable[Figure], placed: Mapping[IRI, tuple[Span, ...]]
) -> tuple[Figure, ...]:
    """The figures with the clauses that state their numbers, in the order of the document."""
    held = [replace(each, spans=placed.get(each.iri, ())) for each in figures]
    return tuple(sorted(held, key=lambda each: (_first(each), each.iri.value)))


def _members(
    site: Site, said: CompareSettings, columns: tuple[IRI, ...]
) -> tuple[tuple[SharedMember, ...], tuple[Triple, ...]]:
    """What more than one column has by the last step of the path; what is said between columns."""
    if not columns:
        return (), ()
    ends = ", ".join(map(str, columns))
    step = f"?p = {said.through[-1]} || " if said.through else ""
    pattern = f"{values('c', columns)} ?x ?p ?c FILTER({step}?x IN ({ends}))"
    of_member: dict[IRI, list[Triple]] = defaultdict(list)
    between = []
    for thing, predicate, column in rows(site, "?x ?p ?c", pattern):
        if not isinstance(thing, IRI):
            continue
        triple = Triple(thing, predicate, column)
        if thing in columns and predicate not in (OWL.sameAs, OWL.differentFrom):
            between.append(triple)
        elif thing not in columns:
            of_member[thing].append(triple)
    shared = (SharedMember(iri, _sorted(held)) for iri, held in of_member.items() if len(held) > 1)
    return tuple(sorted(shared, key=lambda each: each.iri.value)), _said_once(site, between)


def _said_once(site: Site, triples: Iterable[Triple]) -> tuple[Triple, ...]:
    """The triples without those that say one of them the other way round."""
    kept: dict[Triple, None] = {}
    for each in _sorted(triples):
        inverses = site.inverses.get(each.predicate, ())
        turned = (Triple(each.object, p, each.subject) for p in inverses)  # type: ignore[arg-type]
        if not (isinstance(each.object, IRI) and any(other in kept for other in turned)):
            kept[each] = None
    return tuple(kept)


def _clause_names(site: Site, things: Iterable[IRI]) -> dict[IRI, set[IRI]]:
    """The clauses that say something of each of the things."""
    held: dict[IRI, set[IRI]] = {thing: set() for thing in things}
    if held:
        for thing, name in rows(site, "?t ?g", f"{values('t', held)} GRAPH ?g {{ ?t ?p ?o }}"):
            if isinstance(name, IRI) and Span.parse(name):
                held[thing].add(name)
    return held


def _things(chosen: CellThings, key: tuple[IRI, IRI]) -> set[IRI]:
    return {*chosen.own.get(key, ()), *chosen.shared.get(key, ())}


def _all_things(chosen: CellThings) -> set[IRI]:
    parts = (*chosen.own.values(), *chosen.shared.values())
    return {thing for part in parts for thing in part}


def _of_shared(cells: Mapping[tuple[IRI, IRI], Cell], keys: Iterable[tuple[IRI, IRI]]) -> set[IRI]:
    shared = (each for key in keys for each in cells.get(key, Cell()).shared)
    return {iri for each in shared for iri in (*each.members, *each.told_of)}


def _opened(picked: Picked, columns: Iterable[IRI]) -> list[tuple[IRI, IRI]]:
    """The cells that are open."""
    row = picked.opened
    return [(row, column) for column in columns if picked.at in (None, column)] if row else []


def _every_step(members: Iterable[SharedMember]) -> Iterator[Triple]:
    return (triple for member in members for triple in member.statements)


def _every(figures: Mapping[IRI, Mapping[IRI, tuple[Figure, ...]]]) -> Iterator[Figure]:
    return (each for part in figures.values() for held in part.values() for each in held)


def _first(figure: Figure) -> tuple[str, int, int]:
    return min((span.place for span in figure.spans), default=("\uffff", 0, 0))


def _in_document_order(
    columns: Iterable[IRI], figures: Mapping[IRI, Mapping[IRI, tuple[Figure, ...]]]
) -> tuple[IRI, ...]:
    """The columns in the order in which the document gives figures for them."""
    first: dict[IRI, tuple[str, int, int]] = {}
    for part in figures.values():
        for column, held in part.items():
            place = min(map(_first, held))
            first[column] = min(first.get(column, place), place)
    return tuple(sorted(columns, key=lambda c: (first.get(c, ("\uffff", 0, 0)), c.value)))


def _by_count(listed: Iterable[IRI], cells: Mapping[tuple[IRI, IRI], Cell]) -> tuple[IRI, ...]:
    totals: dict[IRI, int] = defaultdict(int)
    for (row, _), cell in cells.items():
        totals[row] += cell.count
    return tuple(sorted(listed, key=lambda row: (-totals[row], row.value)))


def _used(iris: Iterable[IRI]) -> tuple[IRI, ...]:
    return tuple(sorted(set(iris), key=str))


def _sorted(triples: Iterable[Triple]) -> tuple[Triple, ...]:
    return tuple(sorted(triples, key=str))
