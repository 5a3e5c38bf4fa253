"""What pages need of a whole generation, read in few batches when it is first asked for.

It lives as long as its generation is served; what there may be any number of, lists, is held in
`Recent`, which forgets.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sized
from functools import cached_property
from threading import Lock
from typing import Any, Generic, TypeVar

from cgkg.presentation.vocabulary import Vocabulary
from cgkg.rdf.iris import may_be_link
from cgkg.rdf.terms import IRI, Literal, Term
from cgkg.rdf.vocab import CG, DCTERMS, OWL, RDF, RDFS
from cgkg.store.excerpt import Excerpt, Lookups, about
from cgkg.store.reader import DEFAULT, QuadPattern, Reader

Made = TypeVar("Made")
Parts = TypeVar("Parts", bound=Sized)
_MOST_MEMBERS = 100_000


class Recent(Generic[Parts]):
    """What was asked for last, as long as all of it together has no more parts than a number.

    Nothing is held that has no parts, or more than that alone. Any thread may ask.
    """

    def __init__(self, most: int) -> None:
        """Hold nothing yet, and never more parts than `most`."""
        self._most = most
        self._held: OrderedDict[Hashable, Parts] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Parts]) -> Parts:
        """What is held under the key, else what is made now."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = make()  # two threads may make the same
        with self._lock:
            if 0 < len(made) <= self._most:
                self._held[key] = made
            while sum(map(len, self._held.values())) > self._most:
                self._held.popitem(last=False)
        return made


class Kept:
    """What is read once of a generation and kept with it; any thread may ask."""

    def __init__(
        self, reader: Reader, base: str, names: Callable[[], Iterable[IRI]] | None = None
    ) -> None:
        """Read the head of the graph: its documents, inverses and licence, in two batches.

        Args:
            reader: of the generation.
            base: what the IRIs begin with that the site answers for; may be empty.
            names: gives all subjects and named graphs; by default the reader is asked.
        """
        self._reader, self._base, self._names = reader, base, names
        self._made: dict[str, Any] = {}
        self.lists: Recent[Any] = Recent(_MOST_MEMBERS)
        reading = Excerpt(reader)
        documents = QuadPattern(p=RDF.type, o=CG.SourceDocument, g=DEFAULT)
        ontology = IRI(f"{base}ontology") if base else None
        reading.take(
            (
                documents,
                QuadPattern(p=OWL.inverseOf, g=DEFAULT),
                QuadPattern(p=RDF.type, o=OWL.SymmetricProperty, g=DEFAULT),
                QuadPattern(p=RDFS.subClassOf, g=DEFAULT),
                QuadPattern(p=RDFS.subPropertyOf, g=DEFAULT),
                *about([ontology] if ontology else [], DCTERMS.license),
            )
        )
        held = [triple.subject for triple in reading.triples(*documents[:3])]
        self.documents = tuple(
            sorted((iri for iri in held if isinstance(iri, IRI)), key=lambda iri: iri.value)
        )
        reading.take(about(held, DCTERMS.language, g=DEFAULT))  # type: ignore[arg-type]
        languages = (
            triple.object.value
            for document in held
            for triple in reading.triples(document, DCTERMS.language)  # type: ignore[arg-type]
            if isinstance(triple.object, Literal)
        )
        self.source_language = next(languages, "")
        self.inverses = _inverses(reading)
        self._above = _wider_terms(reading)
        self.license = license_of(reading, ontology) if ontology else ""

    def above(self, terms: Iterable[IRI]) -> frozenset[IRI]:
        """The classes and properties that the ontology puts above some of these, at any level."""
        wider: set[IRI] = set()
        waiting = list(terms)
        while waiting:
            new = self._above.get(waiting.pop(), frozenset()) - wider
            wider |= new
            waiting += new
        return frozenset(wider)

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What was made under the name when it was first asked for."""
        if name not in self._made:
            self._made[name] = make()
        made: Made = self._made[name]
        return made

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The ontologies and terms of the graph."""
        return Vocabulary(Excerpt(self._reader))

    @cached_property
    def names(self) -> tuple[IRI, ...]:
        """Every IRI that the site answers for at its own address, in order."""
        if self._names is not None:
            return self._own(self._names())
        base = Literal(self._base)
        rows = self._reader.select(
            "SELECT DISTINCT ?name WHERE {"
            " { ?name ?p ?o } UNION { GRAPH ?g { ?name ?p ?o } } UNION { GRAPH ?name { ?s ?p ?o } }"
            f" FILTER(isIRI(?name) && STRSTARTS(STR(?name), {base})) }}"
        )
        return self._own(row["name"] for row in rows)

    def _own(self, names: Iterable[Term]) -> tuple[IRI, ...]:
        iris = {iri for iri in names if isinstance(iri, IRI)}
        own = (i for i in iris if i.value.startswith(self._base) and i.value != self._base)
        return tuple(sorted(own, key=lambda iri: iri.value))


def license_of(graph: Lookups, iri: IRI) -> str:
    """The first licence of a thing that may be linked to, or ""."""
    stated = (quad.object for quad in graph.quads(iri, DCTERMS.license))
    links = (o.value for o in stated if isinstance(o, IRI) and may_be_link(o.value))
    return min(links, default="")


def _wider_terms(graph: Lookups) -> Mapping[IRI, frozenset[IRI]]:
    """The classes and properties that the ontology puts right above each."""
    above: dict[IRI, set[IRI]] = {}
    for predicate in (RDFS.subClassOf, RDFS.subPropertyOf):
        for triple in graph.triples(p=predicate):
            if isinstance(triple.subject, IRI) and isinstance(triple.object, IRI):
                above.setdefault(triple.subject, set()).add(triple.object)
    return {name: frozenset(others) for name, others in above.items()}


def _inverses(graph: Lookups) -> Mapping[IRI, frozenset[IRI]]:
    """The properties that say the same in the other direction."""
    inverses: dict[IRI, set[IRI]] = {}
    for triple in graph.triples(p=OWL.inverseOf):
        one, other = triple.subject, triple.object
        if isinstance(one, IRI) and isinstance(other, IRI):
            inverses.setdefault(one, set()).add(other)
            inverses.setdefault(other, set()).add(one)
    for triple in graph.triples(p=RDF.type, o=OWL.SymmetricProperty):
        if isinstance(triple.subject, IRI):
            inverses.setdefault(triple.subject, set()).add(triple.subject)
    return {name: frozenset(others) for name, others in inverses.items()}
