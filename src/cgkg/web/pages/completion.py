"""The names that the query editor completes: classes, properties and entities by their labels."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from cgkg.presentation.resource import LABELS, texts
from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Triple
from cgkg.rdf.vocab import OWL, RDF, RDFS, SKOS
from cgkg.store.excerpt import Excerpt
from cgkg.store.reader import DEFAULT, QuadPattern, Reader

LARGEST = 5_000
HELD = 200_000
FOUND = 50
_CLASSES = (OWL.Class, RDFS.Class)
_PROPERTIES = (
    RDF.Property, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty,
)  # fmt: skip
_NAMED = (*LABELS, SKOS.altLabel)
# Kinds, the types that declare them, and what asks for those that are only used.
_DECLARED = (("property", _PROPERTIES, "?s ?kind ?o"), ("class", _CLASSES, f"?s {RDF.type} ?kind"))
_RANK = {"class": 0, "property": 1, "entity": 2}


@dataclass(frozen=True)
class Term:
    """An IRI that a query may name, its label per language and its other names."""

    iri: str
    kind: str
    labels: tuple[tuple[str, str], ...]
    also: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The term as the editor reads it."""
        return {
            "iri": self.iri,
            "kind": self.kind,
            "labels": dict(self.labels),
            "also": list(self.also),
        }

    def beginnings(self) -> Iterator[str]:
        """What a reader may begin to type: each name from each of its words on."""
        for name in (*(text for _, text in self.labels), *self.also, _local(self.iri)):
            folded = name.casefold()
            starts = (i for i in range(1, len(folded)) if not folded[i - 1].isalnum())
            yield from (folded[i:] for i in (0, *starts) if folded[i : i + 1].isalnum())


class Terms:
    """All the terms of a graph, or of a very large one the first of them by IRI.

    Attributes:
        whole: all terms if they are few enough to send at once, else classes and properties.
        complete: whether `whole` holds every term of the graph.
    """

    def __init__(self, terms: Iterable[Term], *, largest: int = LARGEST) -> None:
        # A class has rank 0, so whatever has to be left out is an entity first.
        known = sorted(terms, key=lambda term: (_RANK[term.kind], term.iri))
        self.complete = len(known) <= largest
        schema = (term for term in known if term.kind != "entity")
        self.whole = tuple(known) if self.complete else tuple(islice(schema, largest))
        held = known[:HELD]
        # Sent whole, the terms are searched in the browser.
        self._keys = (
            [] if self.complete else sorted((k, t.iri) for t in held for k in t.beginnings())
        )
        self._terms = {} if self.complete else {term.iri: term for term in held}

    @classmethod
    def of(cls, reader: Reader, *, largest: int = LARGEST) -> Terms:
        """What the default graph has a label for, and every class and property it uses.

        Where the default graph is empty, that of all named graphs. It is read in four batches.
        """
        (some,) = reader.quads([QuadPattern(g=DEFAULT)], limit=1)
        graph = DEFAULT if some else None
        reading = Excerpt(reader)
        types = [kind for _, kinds, _ in _DECLARED for kind in kinds]
        reading.take(
            (*(QuadPattern(p=RDF.type, o=kind, g=graph) for kind in types),
             *(QuadPattern(p=predicate, g=graph) for predicate in _NAMED))
        )  # fmt: skip
        kinds = _kinds(reading, graph)
        named: dict[IRI, list[Triple]] = {iri: [] for iri in kinds}
        for predicate in _NAMED:
            for triple in (quad.triple for quad in reading.quads(p=predicate, g=graph)):
                if isinstance(triple.subject, IRI):
                    named.setdefault(triple.subject, []).append(triple)
        terms = (_term(iri, kinds.get(iri, "entity"), said) for iri, said in named.items())
        return cls((t for t in terms if t.labels or t.kind != "entity"), largest=largest)

    def starting(self, text: str, limit: int = FOUND) -> tuple[Term, ...]:
        """The terms that have a name with a word that begins so: classes and properties first."""
        if self.complete:
            wanted = text.casefold()
            fits = (t for t in self.whole if any(key.startswith(wanted) for key in t.beginnings()))
            return tuple(islice(fits, limit))
        iris = dict.fromkeys(islice(self._from(text.casefold()), limit * 20))
        terms = sorted((self._terms[i] for i in iris), key=lambda t: (_RANK[t.kind], t.iri))
        return tuple(terms[:limit])

    def _from(self, text: str) -> Iterator[str]:
        """The IRIs of the keys that begin with the text, in order."""
        for index in range(bisect_left(self._keys, (text, "")), len(self._keys)):
            key, iri = self._keys[index]
            if not key.startswith(text):
                return
            yield iri


def _kinds(reading: Excerpt, graph: DefaultGraph | None) -> dict[IRI, str]:
    """Classes and properties, whether declared or only used: bare data declares nothing."""
    kinds: dict[IRI, str] = {}
    for kind, types, used in _DECLARED:
        declared = (q.subject for t in types for q in reading.quads(p=RDF.type, o=t, g=graph))
        where = f"{{ {used} }}" if graph else f"{{ GRAPH ?g {{ {used} }} }}"
        met = (row["kind"] for row in reading.select(f"SELECT DISTINCT ?kind WHERE {where}"))
        kinds.update((iri, kind) for iri in (*declared, *met) if isinstance(iri, IRI))
    return kinds


def _term(iri: IRI, kind: str, said: list[Triple]) -> Term:
    labels = tuple(texts(said, LABELS).items())
    shown = {text for _, text in labels}
    others = {t.object.value for t in said if isinstance(t.object, Literal)} - shown
    return Term(iri.value, kind, labels, tuple(sorted(others)))


def _local(iri: str) -> str:
    """What stands after the last separator of an IRI."""
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]
