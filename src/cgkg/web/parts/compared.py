"""What a comparison is made of: columns, rows, and the things in its cells, read once of a
generation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cgkg.project.pages import CompareSettings, RowSettings
from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import CG, GRAPH, RDF, SKOS
from cgkg.web.parts.asking import rows, values
from cgkg.web.site import Site

SAYS, FOLLOWS, ASIDE, SHARED = "says", "follows", "aside", "shared"
KINDS = (SAYS, FOLLOWS, ASIDE)
"""In what way something is a column's own: a clause says so, it is inferred, or other graphs do."""


@dataclass(frozen=True)
class CellThings:
    """What is own and what is shared, by row and column; `kinds` says in what way a statement is
    there by which a thing is a column's own."""

    own: Mapping[tuple[IRI, IRI], set[IRI]]
    shared: Mapping[tuple[IRI, IRI], Mapping[IRI, set[IRI]]]
    columns_of: Mapping[IRI, set[IRI]]
    kinds: Mapping[Triple, str]


@dataclass(frozen=True)
class ComparisonFacts:
    """What a comparison is made of whatever an address picks; rows are none where all count."""

    columns: tuple[IRI, ...]
    rows: tuple[IRI, ...]
    pairs: CellThings


def comparison_facts(site: Site, said: CompareSettings, by: RowSettings) -> ComparisonFacts:
    """What is compared by these rows, in two batches; kept with the generation."""

    def read() -> ComparisonFacts:
        columns, listed, kinds = _ends(site, said, by)
        return ComparisonFacts(columns, listed, _pairs(site, said, by, listed, kinds))

    return site.kept.once(f"compared by {by.property}", read)


def narrowed(
    site: Site,
    said: CompareSettings,
    by: RowSettings,
    known: ComparisonFacts,
    picked: Iterable[IRI],
) -> CellThings:
    """The pairs of the rows that are picked, of all without any."""
    rows_, pairs = set(picked), known.pairs
    if not rows_:
        return pairs
    if known.rows and not rows_ <= set(known.rows):
        return _pairs(site, said, by, rows_, pairs.kinds)
    return replace(
        pairs,
        own={key: held for key, held in pairs.own.items() if key[0] in rows_},
        shared={key: held for key, held in pairs.shared.items() if key[0] in rows_},
    )


def _ends(
    site: Site, said: CompareSettings, by: RowSettings
) -> tuple[tuple[IRI, ...], tuple[IRI, ...], dict[Triple, str]]:
    """The columns and the rows that there are by what is said, rows none where all count; and in
    what way each statement with the two properties is there, also the other way round."""
    asked = [f"{{ ?i {RDF.type} {said.columns} . BIND(0 AS ?way) }}"] if said.columns else []
    if by.of:
        asked.append(f"{{ ?i {RDF.type} {by.of} . BIND(1 AS ?way) }}")
        asked.append(f"{{ ?i {SKOS.inScheme} {by.of} . BIND(1 AS ?way) }}")
        asked.append(f"{{ ?i {SKOS.topConceptOf} {by.of} . BIND(2 AS ?way) }}")
    properties = (by.property, said.own)
    turned = {other: p for p in properties for other in site.inverses.get(p, ())}
    asked += [
        f"{{ GRAPH ?g {{ ?i {p} ?o }} OPTIONAL {{ ?g {CG.charStart} ?d }} BIND({p} AS ?p) }}"
        for p in dict.fromkeys((*properties, *turned))
    ]
    ends: dict[int, set[IRI]] = defaultdict(set)
    kinds: dict[Triple, set[str]] = defaultdict(set)
    for i, way, p, o, g, described in rows(site, "?i ?way ?p ?o ?g ?d", " UNION ".join(asked)):
        if way and isinstance(i, IRI):
            ends[int(way.value)].add(i)
        kind = SAYS if described else FOLLOWS if g == GRAPH.inferred else ASIDE
        if p in properties:
            kinds[Triple(i, p, o)].add(kind)
        if p in turned and kind != FOLLOWS and isinstance(o, IRI):
            kinds[Triple(o, turned[p], i)].add(kind)
    order = (SAYS, ASIDE, FOLLOWS)
    return (
        _used(ends[0]),
        _used(ends[2] or ends[1]),
        {triple: next(k for k in order if k in held) for triple, held in kinds.items()},
    )


def _pairs(
    site: Site,
    said: CompareSettings,
    by: RowSettings,
    wanted: Iterable[IRI],
    kinds: Mapping[Triple, str],
) -> CellThings:
    """What is own and shared; rows are those wanted, or all without any."""
    only = values("r", wanted) if wanted else ""
    under = f"{only} ?t {by.property} ?r ."
    ways = f"{{ {under} ?t {said.own} ?c }}"
    if said.through:
        *steps, last = said.through
        path = "/".join(map(str, steps))
        member = f"?t {path} ?m ." if steps else "BIND(?t AS ?m)"
        ways += f" UNION {{ {under} {member} ?m {last} ?c }}"
    own: dict[tuple[IRI, IRI], set[IRI]] = defaultdict(set)
    reached: dict[tuple[IRI, IRI], dict[IRI, set[IRI]]] = defaultdict(lambda: defaultdict(set))
    columns_of: dict[IRI, set[IRI]] = defaultdict(set)
    for thing, row, column, member in rows(site, "?t ?r ?c ?m", ways):
        if not all(isinstance(each, IRI) for each in (thing, row, column)):
            continue
        if member is None:
            own[row, column].add(thing)
            columns_of[thing].add(column)
        else:
            reached[row, column][thing].add(member)
    shared = {
        key: {thing: held for thing, held in things.items() if key[1] not in columns_of[thing]}
        for key, things in reached.items()
    }
    shared = {key: held for key, held in shared.items() if held}
    return CellThings(own, shared, columns_of, kinds)


def _used(iris: Iterable[IRI]) -> tuple[IRI, ...]:
    return tuple(sorted(set(iris), key=str))
