"""What is in a list: names, values and clauses of all its things, read once of a generation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from functools import cached_property

from cgkg.document.spans import Span
from cgkg.languages import pick
from cgkg.presentation.resource import LABELS, Names, texts
from cgkg.project.pages import ListSettings
from cgkg.rdf.terms import IRI, Literal, Term, Triple
from cgkg.rdf.vocab import CG, GRAPH, OWL, PROV, RDF, RDFS, SKOS
from cgkg.search.folding import fold
from cgkg.web.kept import Recent
from cgkg.web.parts.asking import among, names_of, rows
from cgkg.web.parts.facets import Held
from cgkg.web.site import Site

_FEW = 40  # values of a property that narrows down without being named
_MOST_FACETS = 6
_STANDARD = (RDF, RDFS, OWL, SKOS, PROV)
_APART = (GRAPH.inferred, GRAPH.ontology, GRAPH.shapes)
_KEPT_OUT = frozenset({RDF.type, SKOS.inScheme, SKOS.topConceptOf, RDFS.isDefinedBy, OWL.sameAs})
Having = Mapping[IRI | None, Set[int]]
"""Numbers of things by value."""
_Key = Callable[[IRI], tuple[object, ...]]


class Members:
    """The things of a list, by number.

    Attributes:
        things: the thing of each number.
        names: each thing with its names by language.
        values: by property and thing; of the type these are the classes that somebody wrote down.
        clauses: those that say something of each thing; that name it, where none says anything.
            In the order of the document; headings, which list what is told elsewhere, come last.
        facets: the properties that narrow the list down.
        ends: the names of every value that facets and columns show, and of the properties.
    """

    def __init__(self, site: Site, settings: ListSettings) -> None:
        """Read them in five batches."""
        self.names = _names(site, settings)
        self.things = tuple(self.names)
        self.values = _values(site, settings)
        self.facets = _facet_properties(settings, self.values, len(self.names))
        self.clauses = _clauses(site, settings) if self.names else {}
        self.ends = _names_of_ends(site, settings, self.values, self.facets)
        self._having: dict[IRI, Having] = {}
        self._orders: dict[tuple[IRI | str, str], Sequence[int]] = {}

    def __len__(self) -> int:
        return len(self.things)

    @cached_property
    def _folded(self) -> Sequence[tuple[str, ...]]:
        """The names of each thing as words are compared."""
        return [tuple(map(fold, self.names[thing].values())) for thing in self.things]

    def naming(self, text: str) -> Set[int]:
        """The things that have a name with each of the words in it."""
        words = fold(text).split()
        return {
            number
            for number, names in enumerate(self._folded)
            if not words or any(all(word in name for word in words) for name in names)
        }

    def having(self, property: IRI) -> Having:
        """The things that have each value of a property, and of None those without any."""
        if property not in self._having:
            self._having[property] = self.by_value(self.values.get(property, {}))
        return self._having[property]

    def by_value(self, held: Mapping[IRI, Collection[Term]]) -> Having:
        """The things by their values, and of None those without any."""
        things: dict[IRI | None, set[int]] = defaultdict(set)
        for number, thing in enumerate(self.things):
            own = held.get(thing)
            for value in own or (None,):
                if value is None or isinstance(value, IRI):
                    things[value].add(number)
        return things

    def order(self, sort: IRI | str, language: str) -> Sequence[int]:
        """All things by name, by place in the document, or by the values of a property.

        Args:
            sort: "document", or a property; by name where no thing has a value of it.
            language: the language of the names.
        """
        by = sort if sort == "document" or sort in self.values else "name"
        if (by, language) not in self._orders:
            key = self.key_of(by, language, self.values, self.ends)
            numbers = range(len(self.things))
            self._orders[by, language] = sorted(numbers, key=lambda n: key(self.things[n]))
        return self._orders[by, language]

    def key_of(self, sort: IRI | str, language: str, held: Held, ends: Names) -> _Key:
        """The key of an order, by values with their names."""

        def name(iri: IRI) -> tuple[str, str]:
            return fold(pick(self.names[iri], language) or iri.value), iri.value

        def placed(iri: IRI) -> tuple[object, ...]:
            spans = [span for each in self.clauses.get(iri, ()) if (span := Span.parse(each))]
            first = min((span.place for span in spans), default=("", 1 << 62, 0))
            return (not spans, *first, *name(iri))

        def valued(iri: IRI) -> tuple[object, ...]:
            assert isinstance(sort, IRI)
            texts = sorted(
                fold(pick(ends.get(v) or self.names.get(v, {}), language) or v.value)
                if isinstance(v, IRI)
                else v.value
                for v in held.get(sort, {}).get(iri, ())
                if isinstance(v, IRI | Literal)
            )
            return (not texts, texts, *name(iri))

        if isinstance(sort, IRI):
            return valued
        return placed if sort == "document" else name


def members_of(site: Site, settings: ListSettings) -> Members:
    """The things of the list, kept with the generation while there is room."""
    kept: Recent[Members] = site.kept.lists
    return kept.get(settings.of, lambda: Members(site, settings))


def things_in(settings: ListSettings) -> str:
    """The pattern of what is in the list, as ?i."""
    of = SKOS.inScheme if settings.scheme else RDF.type
    return f"?i {of} {settings.of} ."


def is_standard(iri: IRI) -> bool:
    """Whether a term is one of RDF, RDFS, OWL, SKOS or PROV."""
    return any(iri in space for space in _STANDARD)


def _names(site: Site, settings: ListSettings) -> dict[IRI, Mapping[str, str]]:
    held: dict[IRI, list[Triple]] = defaultdict(list)
    asked = f"{things_in(settings)} OPTIONAL {{ ?i ?p ?l {among('p', LABELS)} }}"
    for iri, predicate, label in rows(site, "?i ?p ?l", asked):
        if isinstance(iri, IRI):
            held[iri]
            if isinstance(label, Literal):
                held[iri].append(Triple(iri, predicate, label))
    return {iri: texts(triples, LABELS) for iri, triples in held.items()}


def _values(site: Site, settings: ListSettings) -> dict[IRI, dict[IRI, set[Term]]]:
    named = {*settings.facets, *settings.columns} - {RDF.type}
    narrowed = among("p", named) if settings.facets else "FILTER(isIRI(?v))"
    also = f"UNION {{ ?i ?p ?v {among('p', named)} }}" if named else ""
    held: dict[IRI, dict[IRI, set[Term]]] = defaultdict(lambda: defaultdict(set))
    apart = f"FILTER(?g NOT IN ({', '.join(map(str, _APART))}))"
    kinds = f"UNION {{ GRAPH ?g {{ ?i {RDF.type} ?k }} {apart} }}"
    asked = f"{{ ?i ?p ?v {narrowed} }} {'' if settings.facets else also} {kinds}"
    for iri, predicate, value, kind in rows(
        site, "?i ?p ?v ?k", f"{things_in(settings)} {{ {asked} }}"
    ):
        if predicate and predicate != RDF.type:
            held[predicate][iri].add(value)
        if isinstance(kind, IRI) and kind != settings.of and not is_standard(kind):
            held[RDF.type][iri].add(kind)
    return held


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


def _clauses(site: Site, settings: ListSettings) -> Mapping[IRI, tuple[IRI, ...]]:
    ranks = site.kept.once("ranks of clauses", lambda: _ranks(site))
    said: dict[IRI, set[IRI]] = defaultdict(set)
    named: dict[IRI, set[IRI]] = defaultdict(set)
    ways = "{ GRAPH ?g { ?i ?p ?o } BIND(1 AS ?way) } UNION { GRAPH ?g { ?s ?p ?i } }"
    for iri, name, way in rows(site, "?i ?g ?way", f"{things_in(settings)} {ways}"):
        if name in ranks:
            (said if way else named)[iri].add(name)
    return {i: tuple(sorted(held, key=ranks.__getitem__)) for i, held in {**named, **said}.items()}


def _ranks(site: Site) -> Mapping[IRI, int]:
    """The place of every clause in the order of `Span.rank`."""
    asked = f"?g {CG.charStart} ?start OPTIONAL {{ ?g {CG.inParagraph} ?number }}"
    spans = (
        replace(span, paragraph=int(number.value) if number else 0)
        for name, number in rows(site, "?g ?number", asked)
        if isinstance(name, IRI) and (span := Span.parse(name))
    )
    ordered = sorted(spans, key=lambda span: span.rank)
    return {span.iri: place for place, span in enumerate(ordered)}


def _names_of_ends(site: Site, settings: ListSettings, held: Held, facets: Iterable[IRI]) -> Names:
    properties = dict.fromkeys((*facets, *settings.columns))
    ends = {
        value
        for property in properties
        for part in held.get(property, {}).values()
        for value in part
        if isinstance(value, IRI)
    }
    return names_of(site, (*ends, *properties, settings.of))
