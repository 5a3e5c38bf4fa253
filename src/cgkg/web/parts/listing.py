"""Lists: which there are, what is in one, what narrows it down, and in which order.

A project names its lists in cgkg.toml. Without that they are the classes that have named things,
and the schemes; what narrows a list down are the properties with few values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from cgkg.document.spans import Span
from cgkg.document.statements import Statement
from cgkg.languages import pick
from cgkg.presentation.resource import LABELS, Names, texts
from cgkg.project.pages import ListSettings, Pages
from cgkg.rdf.terms import IRI, Literal, Term, Triple
from cgkg.rdf.vocab import CG, GRAPH, OWL, PROV, RDF, RDFS, SKOS
from cgkg.search.folding import fold
from cgkg.web.parts.asking import (
    Told,
    evidence_of,
    names_of,
    properties_of,
    rows,
    texts_among,
    values,
)
from cgkg.web.parts.facets import Facet, Held, Wanted, facet, fits
from cgkg.web.site import Site

_FEW = 40  # values of a property that narrows down without being named
_MOST_FACETS = 6
# What a document and its clauses are; reading has pages of its own.
_OF_DOCUMENTS = frozenset(
    {
        *(CG.TextPart, CG.TextSpan, CG.Sentence, CG.SourceSection, CG.SourceDocument),
        *(CG.AssertionGraph, CG.AssertionMode),
    }
)
_STANDARD = (RDF, RDFS, OWL, SKOS, PROV)
_APART = (GRAPH.inferred, GRAPH.ontology, GRAPH.shapes)
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
    """What an address asks of a list: `wanted` by property, a `text` in a name, an order."""

    wanted: Wanted = field(default_factory=dict)
    text: str = ""
    sort: IRI | str = "name"
    start: int = 0
    count: int = 50


@dataclass(frozen=True)
class Listed:
    """A page of a list.

    `cells` has the values of each thing on the page by property; `clauses` those that tell of it,
    in the order of the document, headings last; `matching` counts what is asked for.
    """

    items: tuple[IRI, ...]
    matching: int
    everything: int
    facets: tuple[Facet, ...]
    columns: tuple[IRI, ...]
    kinds: Mapping[IRI, tuple[IRI, ...]]
    cells: Mapping[IRI, Mapping[IRI, tuple[Term, ...]]]
    clauses: Mapping[IRI, tuple[Span, ...]]
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
    names = _members(site, settings)
    held = _values(site, settings, chosen.wanted)
    facets = _facet_properties(settings, held, len(names))
    matching = _matching(names, held, chosen)
    clauses = _clause_names(site, settings)
    ends = _names_of_ends(site, settings, held, (*facets, *chosen.wanted))
    ordering = _ordering(chosen.sort, {**ends, **names}, held, clauses, language)
    items = sorted(matching, key=ordering)[chosen.start : chosen.start + chosen.count]
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
    told = evidence_of(site, shown, {name for item in items for name in clauses.get(item, ())})
    more = properties_of(site, {*items, *told.names()}, (*LABELS, SKOS.definition))
    return Listed(
        tuple(items),
        len(matching),
        len(names),
        tuple(facet(each, matching, held, chosen.wanted) for each in facets),
        settings.columns,
        {item: _kinds(held, item) for item in items},
        cells,
        {item: _in_order(clauses.get(item, ()), told) for item in items},
        told.statements,
        texts_among(more, (SKOS.definition,)),
        {**ends, **texts_among(more, LABELS), **names},
    )


def _kinds(held: Held, item: IRI) -> tuple[IRI, ...]:
    values = held.get(RDF.type, {}).get(item, ())
    return tuple(sorted((kind for kind in values if isinstance(kind, IRI)), key=str))


def _names_of_ends(site: Site, settings: ListSettings, held: Held, more: Iterable[IRI]) -> Names:
    """The names of every value that facets and columns show, and of the properties."""
    properties = dict.fromkeys((*more, *settings.columns))
    ends = {
        value
        for property in properties
        for part in held.get(property, {}).values()
        for value in part
        if isinstance(value, IRI)
    }
    return names_of(site, (*ends, *properties, settings.of))


def _members(site: Site, settings: ListSettings) -> dict[IRI, Mapping[str, str]]:
    """Everything in the list with its names by language."""
    held: dict[IRI, list[Triple]] = defaultdict(list)
    asked = f"{_pattern(settings)} OPTIONAL {{ ?i ?p ?l FILTER(?p IN ({_list(LABELS)})) }}"
    for iri, predicate, label in rows(site, "?i ?p ?l", asked):
        if isinstance(iri, IRI):
            held[iri]
            if isinstance(label, Literal):
                held[iri].append(Triple(iri, predicate, label))
    return {iri: texts(triples, LABELS) for iri, triples in held.items()}


def _pattern(settings: ListSettings) -> str:
    """The pattern of what is in the list, as ?i."""
    of = SKOS.inScheme if settings.scheme else RDF.type
    return f"?i {of} {settings.of} ."


def pattern_of(settings: ListSettings, chosen: Chosen) -> str:
    """The pattern of what an address asks for, as ?i, without words."""
    wanted = (
        f"?i {property} {value} ." if value else f"FILTER NOT EXISTS {{ ?i {property} [] }}"
        for property, held in chosen.wanted.items()
        for value in held
    )
    return "\n  ".join([_pattern(settings), *wanted])


def _list(terms: Iterable[Term]) -> str:
    return ", ".join(map(str, terms))


def _values(site: Site, settings: ListSettings, wanted: Iterable[IRI]) -> Held:
    """The values of each property that matters, by property and thing.

    Of the type these are the classes that somebody wrote down.
    """
    named = {*settings.facets, *settings.columns, *wanted} - {RDF.type}
    narrowed = f"FILTER(?p IN ({_list(named)}))" if settings.facets else "FILTER(isIRI(?v))"
    also = f"UNION {{ ?i ?p ?v FILTER(?p IN ({_list(named)})) }}" if named else ""
    held: dict[IRI, dict[IRI, set[Term]]] = defaultdict(lambda: defaultdict(set))
    pattern = _pattern(settings)
    asked = f"{pattern} {{ ?i ?p ?v {narrowed} }} {'' if settings.facets else also}"
    for iri, predicate, value in rows(site, "?i ?p ?v", asked):
        if predicate != RDF.type:
            held[predicate][iri].add(value)
    apart = _list(_APART)
    kinds = f"{pattern} GRAPH ?g {{ ?i {RDF.type} ?v }} FILTER(?g NOT IN ({apart}))"
    for iri, value in rows(site, "?i ?v", kinds):
        if isinstance(value, IRI) and value != settings.of and not is_standard(value):
            held[RDF.type][iri].add(value)
    return held


def is_standard(iri: IRI) -> bool:
    """Whether a term is one of RDF, RDFS, OWL, SKOS or PROV."""
    return any(iri in space for space in _STANDARD)


def _facet_properties(settings: ListSettings, held: Held, total: int) -> tuple[IRI, ...]:
    """The type, and what the project names; without that, what has few values for many things."""
    several = {value for part in held.get(RDF.type, {}).values() for value in part}
    kinds = (RDF.type,) if len(several) > 1 else ()
    if settings.facets:
        return (*kinds, *(each for each in settings.facets if each not in kinds))
    fitting = []
    for predicate, by_thing in held.items():
        values_ = {value for part in by_thing.values() for value in part}
        few = 1 < len(values_) <= min(_FEW, max(2, total - 1))
        if few and predicate not in _KEPT_OUT and all(isinstance(v, IRI) for v in values_):
            fitting.append((-len(by_thing), len(values_), predicate.value, predicate))
    return (*kinds, *(each[-1] for each in sorted(fitting)[:_MOST_FACETS]))


_KEPT_OUT = frozenset({RDF.type, SKOS.inScheme, SKOS.topConceptOf, RDFS.isDefinedBy, OWL.sameAs})


def _matching(names: Names, held: Held, chosen: Chosen) -> list[IRI]:
    words = fold(chosen.text).split()
    return [
        iri
        for iri, labels in names.items()
        if fits(iri, held, chosen.wanted)
        and (not words or any(all(w in fold(t) for w in words) for t in labels.values()))
    ]


def _clause_names(site: Site, settings: ListSettings) -> Mapping[IRI, set[IRI]]:
    """The clauses that say something of each thing; that name it, where none says anything."""
    said: dict[IRI, set[IRI]] = defaultdict(set)
    named: dict[IRI, set[IRI]] = defaultdict(set)
    ways = "{ GRAPH ?g { ?i ?p ?o } BIND(1 AS ?way) } UNION { GRAPH ?g { ?s ?p ?i } }"
    for iri, name, way in rows(site, "?i ?g ?way", f"{_pattern(settings)} {ways}"):
        if isinstance(name, IRI) and Span.parse(name):
            (said if way else named)[iri].add(name)
    return {**named, **said}


def _in_order(names: Iterable[IRI], told: Told) -> tuple[Span, ...]:
    """In the order of the document; headings, which list what is told elsewhere, come last."""
    spans = (told.spans[name] for name in names if name in told.spans)
    return tuple(sorted(spans, key=lambda span: span.rank))


def _ordering(
    sort: IRI | str,
    names: Names,
    held: Held,
    clauses: Mapping[IRI, Iterable[IRI]],
    language: str,
) -> Callable[[IRI], tuple[object, ...]]:
    def name(iri: IRI) -> tuple[str, str]:
        return fold(pick(names[iri], language) or iri.value), iri.value

    def placed(iri: IRI) -> tuple[object, ...]:
        spans = [span for each in clauses.get(iri, ()) if (span := Span.parse(each))]
        first = min((span.place for span in spans), default=("", 1 << 62, 0))
        return (not spans, *first, *name(iri))

    def valued(iri: IRI) -> tuple[object, ...]:
        assert isinstance(sort, IRI)
        ends = sorted(
            fold(pick(names.get(v, {}), language) or v.value) if isinstance(v, IRI) else v.value
            for v in held.get(sort, {}).get(iri, ())
            if isinstance(v, IRI | Literal)
        )
        return (not ends, ends, *name(iri))

    if isinstance(sort, IRI):
        return valued
    return placed if sort == "document" else name


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
