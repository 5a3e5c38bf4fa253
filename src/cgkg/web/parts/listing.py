"""Lists: which there are, what is in one, what narrows it down, and in which order.

A project names its lists in cgkg.toml. Without that they are the classes that have named things,
and the schemes; what narrows a list down are the properties with few values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from cgkg.document.spans import Span
from cgkg.document.statements import Statement
from cgkg.presentation.resource import LABELS, Names
from cgkg.project.pages import ListSettings, Pages
from cgkg.rdf.terms import IRI, Term, Triple
from cgkg.rdf.vocab import CG, OWL, RDF, RDFS, SKOS
from cgkg.web.parts.asking import (
    among,
    evidence_of,
    names_of,
    properties_of,
    rows,
    texts_among,
    values,
)
from cgkg.web.parts.facets import Facet, Held, Wanted, facet_of
from cgkg.web.parts.members import Members, is_standard, members_of, things_in
from cgkg.web.site import Site

# What a document and its clauses are; reading has pages of its own.
_OF_DOCUMENTS = frozenset(
    {
        *(CG.TextPart, CG.TextSpan, CG.Sentence, CG.SourceSection, CG.SourceDocument),
        *(CG.AssertionGraph, CG.AssertionMode),
    }
)
_COUNTED = "?c (COUNT(DISTINCT ?i) AS ?n)"
_NAMED = " UNION ".join(f"{{ ?i {name} ?l }}" for name in LABELS)


@dataclass(frozen=True)
class ListEntry:
    """A list in the index: how many things it has, and the lists of special cases below it."""

    settings: ListSettings
    count: int
    below: tuple[ListEntry, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """What an address asks of a list: `wanted` by property, a `text` in a name, an order.

    Of so many clauses of each thing, `clauses`, there is more than how many they are.
    """

    wanted: Wanted = field(default_factory=dict)
    text: str = ""
    sort: IRI | str = "name"
    start: int = 0
    count: int = 50
    clauses: int | None = None


@dataclass(frozen=True)
class Listed:
    """A page of a list.

    `cells` has the values of each thing on the page by property; `clauses` those that tell of it,
    in the order of the document, headings last, or the first of them, and `clause_counts` how many
    they are; `matching` counts what is asked for.
    """

    items: tuple[IRI, ...]
    matching: int
    everything: int
    facets: tuple[Facet, ...]
    columns: tuple[IRI, ...]
    kinds: Mapping[IRI, tuple[IRI, ...]]
    cells: Mapping[IRI, Mapping[IRI, tuple[Term, ...]]]
    clauses: Mapping[IRI, tuple[Span, ...]]
    clause_counts: Mapping[IRI, int]
    statements: Mapping[Triple, Statement]
    definitions: Mapping[IRI, Mapping[str, str]]
    names: Names


def index(site: Site) -> tuple[ListEntry, ...]:
    """The lists of the site: those that the project names, else all that there may be."""
    said = said_lists(site)
    classes, schemes = _class_counts(site), _scheme_counts(site)
    if said:
        counts = classes | schemes
        return tuple(ListEntry(each, counts.get(each.of, 0)) for each in said)
    above = _above(site, classes)
    tops = [iri for iri in classes if not above[iri]]
    return (
        *(_entry(iri, classes, above, frozenset()) for iri in sorted(tops, key=_by(classes))),
        *(
            ListEntry(ListSettings(iri, scheme=True), n)
            for iri, n in sorted(schemes.items(), key=_key)
        ),
    )


def said_lists(site: Site) -> tuple[ListSettings, ...]:
    """The lists that the project names."""
    return Pages.of(site.project.get("pages") or {}).lists


def settings_of(site: Site, iri: IRI) -> ListSettings:
    """What is said of the list of a class or scheme; the usual if nothing is."""
    for each in said_lists(site):
        if each.of == iri:
            return each
    return ListSettings(iri, scheme=bool(rows(site, "?t", _is_a(iri, SKOS.ConceptScheme))))


def _is_a(iri: IRI, kind: IRI) -> str:
    return f"{iri} {RDF.type} ?t FILTER(?t = {kind})"


def is_known(site: Site, of: IRI) -> bool:
    """Whether anything is said of a class or scheme, or by it of something."""
    return bool(rows(site, "?p", f"{{ {of} ?p ?o }} UNION {{ ?s ?p {of} }}", "LIMIT 1"))


def listed(site: Site, settings: ListSettings, chosen: Chosen, language: str) -> Listed:
    """The things of the list that an address asks for."""
    members = members_of(site, settings)
    more = _more_values(site, settings, chosen)
    held = {**members.values, **more}
    left = _matching(members, more, chosen)
    if isinstance(chosen.sort, IRI) and chosen.sort in more:
        ends = {v for part in more[chosen.sort].values() for v in part if isinstance(v, IRI)}
        key = members.key_of(chosen.sort, language, held, names_of(site, ends))
        order: Sequence[int] = sorted(left, key=lambda number: key(members.things[number]))
    else:
        order = [number for number in members.order(chosen.sort, language) if number in left]
    shown_numbers = order[chosen.start : chosen.start + chosen.count]
    items = [members.things[number] for number in shown_numbers]
    cells = {
        item: {c: _sorted(held.get(c, {}).get(item, ())) for c in settings.columns}
        for item in items
    }
    shown = [
        Triple(item, column, value)
        for item, row in cells.items()
        for column, held_ in row.items()
        for value in held_
    ]
    clauses = {item: members.clauses.get(item, ())[: chosen.clauses] for item in items}
    told = evidence_of(site, shown, {name for held in clauses.values() for name in held})
    texts = properties_of(site, {*items, *told.names()}, (*LABELS, SKOS.definition))
    return Listed(
        tuple(items),
        len(order),
        len(members),
        tuple(_facet(members, each, left, chosen.wanted) for each in members.facets),
        settings.columns,
        {item: _kinds(held, item) for item in items},
        cells,
        {item: tuple(told.spans[name] for name in clauses[item]) for item in items},
        {item: len(members.clauses.get(item, ())) for item in items},
        told.statements,
        texts_among(texts, (SKOS.definition,)),
        {**members.ends, **texts_among(texts, LABELS), **{i: members.names[i] for i in items}},
    )


def _kinds(held: Held, item: IRI) -> tuple[IRI, ...]:
    values = held.get(RDF.type, {}).get(item, ())
    return tuple(sorted((kind for kind in values if isinstance(kind, IRI)), key=str))


def pattern_of(settings: ListSettings, chosen: Chosen) -> str:
    """The pattern of what an address asks for, as ?i, without words."""
    wanted = (
        f"?i {property} {value} ." if value else f"FILTER NOT EXISTS {{ ?i {property} [] }}"
        for property, held in chosen.wanted.items()
        for value in held
    )
    return "\n  ".join([things_in(settings), *wanted])


def _more_values(site: Site, settings: ListSettings, chosen: Chosen) -> Held:
    """The values of what an address names beside the facets and columns that are said."""
    known = {RDF.type, *settings.facets, *settings.columns}
    named = [each for each in chosen.wanted if each not in known]
    held: dict[IRI, dict[IRI, set[Term]]] = {each: defaultdict(set) for each in named}
    pattern = f"{things_in(settings)} ?i ?p ?v {among('p', named)}"
    for iri, predicate, value in rows(site, "?i ?p ?v", pattern) if named else ():
        held[predicate][iri].add(value)
    return held


def _matching(members: Members, more: Held, chosen: Chosen) -> Set[int]:
    """The numbers of the things that an address asks for."""
    left: Set[int] = frozenset(range(len(members)))
    for property, wishes in chosen.wanted.items():
        having = members.by_value(more[property]) if property in more else members.having(property)
        for wish in wishes:
            left &= having.get(wish, frozenset())
    return left & members.naming(chosen.text) if chosen.text else left


def _facet(members: Members, property: IRI, left: Set[int], wanted: Wanted) -> Facet:
    everything = len(left) == len(members)
    having = members.having(property).items()
    counts = {v: len(held) if everything else len(held & left) for v, held in having}
    return facet_of(property, counts, wanted)


def _sorted(terms: Iterable[Term]) -> tuple[Term, ...]:
    return tuple(sorted(terms, key=str))


def _class_counts(site: Site) -> dict[IRI, int]:
    """How many named things each class has that is worth a list."""
    declared = "" if site.bare else f"{{ ?c a {OWL.Class} }} UNION {{ ?c a {RDFS.Class} }}"
    asked = f"?i a ?c . {declared} {{ {_NAMED} }}"
    counted = rows(site, _COUNTED, asked, "GROUP BY ?c")
    concepts = rows(site, "?c", f"?c {RDFS.subClassOf} {SKOS.Concept}")
    apart = {*_OF_DOCUMENTS, *(iri for (iri,) in concepts)}
    return {
        iri: int(count.value)
        for iri, count in counted
        if isinstance(iri, IRI) and iri not in apart and not is_standard(iri)
    }


def _scheme_counts(site: Site) -> dict[IRI, int]:
    counted = rows(site, _COUNTED, f"?i {SKOS.inScheme} ?c", "GROUP BY ?c")
    return {iri: int(n.value) for iri, n in counted if isinstance(iri, IRI)}


def _above(site: Site, classes: Mapping[IRI, int]) -> dict[IRI, set[IRI]]:
    """The classes with things directly above each of them."""
    every: dict[IRI, set[IRI]] = {iri: set() for iri in classes}
    if classes:
        asked = f"{values('c', classes)} ?c {RDFS.subClassOf} ?d"
        for lower, upper in rows(site, "?c ?d", asked):
            if upper in classes and upper != lower:
                every[lower].add(upper)
    return {
        iri: {one for one in above if not any(one in every[other] for other in above - {one})}
        for iri, above in every.items()
    }


def _entry(
    iri: IRI, counts: Mapping[IRI, int], above: Mapping[IRI, set[IRI]], passed: frozenset[IRI]
) -> ListEntry:
    lower = [each for each, uppers in above.items() if iri in uppers and each not in passed]
    below = (_entry(each, counts, above, passed | {iri}) for each in sorted(lower, key=_by(counts)))
    special = tuple(below)
    # A class that another says all of adds nothing to it.
    if len(special) == 1 and special[0].count == counts[iri]:
        return special[0]
    return ListEntry(ListSettings(iri), counts[iri], special)


def _by(counts: Mapping[IRI, int]) -> Callable[[IRI], tuple[int, str]]:
    return lambda iri: (-counts[iri], iri.value)


def _key(each: tuple[IRI, int]) -> str:
    return each[0].value
