"""What the reference says of each term: read from a built graph, nothing written here by hand."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cgkg.presentation.axioms import Axioms
from cgkg.presentation.resource import LABELS, texts
from cgkg.rdf.terms import IRI, Literal, Term, Triple, parts
from cgkg.rdf.vocab import BASE, CG, GRAPH, OWL, RDF, RDFS, SKOS, XSD, Namespace
from cgkg.store.graph import Graph

CONCEPT = BASE + "concept/"
ID = Namespace(BASE + "id/")
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[\w.-]*[\w-])?\Z", re.ASCII)
_PROPERTIES: Mapping[IRI, str] = {
    OWL.ObjectProperty: "object property",
    OWL.DatatypeProperty: "datatype property",
    OWL.AnnotationProperty: "annotation property",
}
# Shown in fields of their own, or the documentation of every term.
_SAID_ELSEWHERE = {RDFS.domain, RDFS.range, RDFS.isDefinedBy}
_CHARACTERISTICS = {
    OWL.TransitiveProperty, OWL.SymmetricProperty, OWL.AsymmetricProperty,
    OWL.IrreflexiveProperty, OWL.FunctionalProperty, OWL.InverseFunctionalProperty,
}  # fmt: skip
_AXIOMS = (
    RDFS.subClassOf, RDFS.subPropertyOf, OWL.equivalentClass, OWL.disjointWith, OWL.inverseOf,
    OWL.propertyChainAxiom, OWL.equivalentProperty, OWL.propertyDisjointWith,
)  # fmt: skip


@dataclass(frozen=True)
class Class:
    """A class of the ontology with what its instances have."""

    iri: IRI
    module: str
    axioms: tuple[str, ...]
    asserted: int
    inferred: int
    instances: tuple[IRI, ...]
    has: tuple[tuple[IRI, int], ...]
    pointed_at: tuple[tuple[IRI, int], ...]


@dataclass(frozen=True)
class Property:
    """A property of the ontology with how it is used; `example` is one statement with it."""

    iri: IRI
    kind: str
    module: str
    domains: tuple[IRI, ...]
    ranges: tuple[IRI, ...]
    axioms: tuple[str, ...]
    asserted: int
    inferred: int
    patterns: tuple[tuple[str, int], ...]
    example: Triple | None


class Vocabulary:
    """The terms, concepts and individuals of a built graph, with names and counts."""

    def __init__(self, graph: Graph, prefixes: Mapping[str, str]) -> None:
        self.graph = graph
        self.prefixes = _prefixes(graph, prefixes)
        self._by_length = sorted(self.prefixes.items(), key=lambda item: -len(item[1]))
        self._axioms = Axioms(graph, "en")
        self._labels: dict[IRI, Mapping[str, str]] = {}
        self._by_rule: dict[IRI, set[Triple]] = defaultdict(set)
        for quad in graph.quads(g=GRAPH.inferred):
            self._by_rule[quad.predicate].add(quad.triple)
        self._types: dict[Term, list[IRI]] = defaultdict(list)
        for triple in graph.triples(p=RDF.type):
            if isinstance(triple.object, IRI):
                self._types[parts(triple)[0]].append(triple.object)
        self._kinds = self._most_specific()

    def label(self, iri: IRI, language: str = "en") -> str:
        """The name of the thing in the language, else its short form."""
        if iri not in self._labels:
            self._labels[iri] = texts(self.graph.triples(iri), LABELS)
        return self._labels[iri].get(language) or self.short(iri)

    def name(self, term: Term, language: str = "en") -> str:
        """The label of a thing, or the literal as a query may write it."""
        return self.label(term, language) if isinstance(term, IRI) else self.short(term)

    def texts(self, iri: IRI, predicate: IRI) -> Mapping[str, str]:
        """The texts of the thing under the predicate, by language."""
        return texts(self.graph.triples(iri, predicate), (predicate,))

    def short(self, term: Term) -> str:
        """The term as a query may write it after `prefix_lines`."""
        if not isinstance(term, IRI):
            return _literal(term)
        for prefix, base in self._by_length:
            if term.value.startswith(base) and _LOCAL.match(term.value[len(base) :]):
                return f"{prefix}:{term.value[len(base) :]}"
        return f"<{term.value}>"

    def prefix_lines(self) -> str:
        """Declarations of every prefix that the reference uses."""
        return "".join(f"PREFIX {name}: <{base}>\n" for name, base in self.prefixes.items())

    def classes(self) -> Iterator[Class]:
        """Every class of our namespace, by local name."""
        for iri in self._declared(OWL.Class):
            members = list(self.graph.triples(p=RDF.type, o=iri))
            inferred = sum(t in self._inferred(RDF.type) for t in members)
            named = sorted({t.subject for t in members if isinstance(t.subject, IRI)}, key=_value)
            has = Counter(t.predicate for s in named for t in self.graph.triples(s))
            at = Counter(t.predicate for s in named for t in self.graph.triples(o=s))
            yield Class(
                iri,
                self._module(iri),
                tuple(self._said(iri)),
                len(members) - inferred,
                inferred,
                tuple(named),
                _ours(has),
                _ours(at),
            )

    def properties(self) -> Iterator[Property]:
        """Every property of our namespace, by local name."""
        declared = [(iri, kind) for owl, kind in _PROPERTIES.items() for iri in self._declared(owl)]
        for iri, kind in sorted(declared, key=lambda item: item[0].value.lower()):
            uses = sorted(self.graph.triples(p=iri), key=self._example_order)
            inferred = sum(triple in self._inferred(iri) for triple in uses)
            yield Property(
                iri,
                kind,
                self._module(iri),
                tuple(self._objects(iri, RDFS.domain)),
                tuple(self._objects(iri, RDFS.range)),
                tuple(self._said(iri)),
                len(uses) - inferred,
                inferred,
                tuple(self._patterns(uses)),
                uses[0] if uses else None,
            )

    def schemes(self) -> list[IRI]:
        """Every concept scheme, by name."""
        schemes = self.graph.triples(p=RDF.type, o=SKOS.ConceptScheme)
        return sorted((t.subject for t in schemes if isinstance(t.subject, IRI)), key=_value)

    def concepts(self, scheme: IRI) -> list[IRI]:
        """The concepts of a scheme: each under the one it is narrower than."""
        held = [t.subject for t in self.graph.triples(p=SKOS.inScheme, o=scheme)]
        concepts = [subject for subject in held if isinstance(subject, IRI)]
        broader = {concept: self._objects(concept, SKOS.broader) for concept in concepts}

        def path(concept: IRI) -> tuple[str, ...]:
            above = broader.get(concept, [])
            return (*(path(above[0]) if above else ()), concept.value)

        return sorted(concepts, key=path)

    def individuals(self) -> dict[str, list[IRI]]:
        """What stands under id/, by kind (the first part of its name)."""
        members: dict[str, set[IRI]] = defaultdict(set)
        for subject in self._types:
            if isinstance(subject, IRI) and subject in ID:
                members[ID.local(subject).partition("/")[0]].add(subject)
        return {kind: sorted(members[kind], key=_value) for kind in sorted(members)}

    def kinds(self, term: Term) -> tuple[IRI, ...]:
        """The most specific classes of our namespace that the thing belongs to by assertion."""
        return self._kinds.get(term, ())

    def uses(self, iri: IRI) -> int:
        """How many facts have the thing as their value."""
        return sum(1 for t in self.graph.triples(o=iri) if t.predicate in CG)

    def _declared(self, kind: IRI) -> list[IRI]:
        members = (t.subject for t in self.graph.triples(p=RDF.type, o=kind))
        return sorted((s for s in members if s in CG and isinstance(s, IRI)), key=_value)

    def _inferred(self, predicate: IRI) -> set[Triple]:
        return self._by_rule.get(predicate, set())

    def _objects(self, subject: IRI, predicate: IRI) -> list[IRI]:
        values = (t.object for t in self.graph.triples(subject, predicate))
        return sorted((o for o in values if isinstance(o, IRI)), key=_value)

    def _module(self, iri: IRI) -> str:
        return next((o.value for o in self._objects(iri, RDFS.isDefinedBy)), "").rpartition("/")[2]

    def _said(self, iri: IRI) -> Iterator[str]:
        """The axioms about a term in words, those that the ontology states."""
        about = [q.triple for q in self.graph.quads(s=iri, g=GRAPH.ontology)]
        for predicate in (OWL.inverseOf, OWL.disjointWith):
            about += [q.triple for q in self.graph.quads(p=predicate, o=iri, g=GRAPH.ontology)]
        for triple in about:
            characteristic = triple.predicate == RDF.type and triple.object in _CHARACTERISTICS
            if characteristic or triple.predicate in _AXIOMS:
                yield self.words(self._axioms.phrase(triple))

    def words(self, phrase: Iterable[str | IRI | Literal]) -> str:
        """A phrase as text, with terms as in a query."""
        return "".join(
            f"`{self.short(part)}`" if isinstance(part, IRI | Literal) else part for part in phrase
        )

    def _patterns(self, uses: Iterable[Triple]) -> Iterator[tuple[str, int]]:
        counts: Counter[str] = Counter()
        for triple in uses:
            subject, _, value = parts(triple)
            for one in self._kind_names(subject):
                for other in self._kind_names(value):
                    counts[f"{one} → {other}"] += 1
        yield from sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    def _kind_names(self, term: Term) -> list[str]:
        if isinstance(term, Literal):
            return [f"text @{term.language}" if term.language else self.short(term.datatype)]
        return [self.short(kind) for kind in self.kinds(term)] or ["…"]

    def _most_specific(self) -> dict[Term, tuple[IRI, ...]]:
        inferred = {(t.subject, t.object) for t in self._inferred(RDF.type)}
        above: dict[Term, set[Term]] = defaultdict(set)
        for triple in self.graph.triples(p=RDFS.subClassOf):
            narrow, _, wide = parts(triple)
            if narrow != wide:
                above[narrow].add(wide)
        kinds: dict[Term, tuple[IRI, ...]] = {}
        for subject, types in self._types.items():
            own = {t for t in types if t in CG and (subject, t) not in inferred}
            covered = {upper for kind in own for upper in _all_above(kind, above)}
            kinds[subject] = tuple(sorted(own - covered, key=_value))
        return kinds

    def _example_order(self, triple: Triple) -> tuple[bool, bool, bool, str]:
        """Asserted first, then individuals with a name, then by name."""
        subject = triple.subject
        return (
            triple in self._inferred(triple.predicate),
            not (isinstance(subject, IRI) and subject in ID),
            isinstance(triple.object, Literal) and triple.object.language == "zh",
            str(triple),
        )


def _prefixes(graph: Graph, known: Mapping[str, str]) -> dict[str, str]:
    """The project's prefixes, and one for every scheme or kind of individual that has none."""
    named = dict(known)
    bases = {_folder(t.subject) for t in graph.triples(p=SKOS.inScheme)}
    bases |= {_folder(t.subject) for t in graph.triples(p=RDF.type) if t.subject in ID}
    for base in sorted(bases - set(named.values()) - {""}):
        named[base.rstrip("/").rpartition("/")[2].replace("-", "")] = base
    return named


def _folder(term: object) -> str:
    if isinstance(term, IRI) and term.value.startswith((CONCEPT, ID.base)):
        return term.value.rpartition("/")[0] + "/"
    return ""


def _all_above(kind: Term, above: Mapping[Term, set[Term]]) -> set[Term]:
    seen: set[Term] = set()
    waiting = list(above.get(kind, ()))
    while waiting:
        upper = waiting.pop()
        if upper not in seen:
            seen.add(upper)
            waiting += above.get(upper, ())
    return seen


def _ours(counts: Counter[IRI]) -> tuple[tuple[IRI, int], ...]:
    held = ((iri, n) for iri, n in counts.items() if iri in CG)
    return tuple(sorted(held, key=lambda item: (-item[1], item[0].value)))


def _literal(term: Term) -> str:
    if not isinstance(term, Literal):
        return str(term)
    numbers = (XSD.integer, XSD.decimal, XSD.nonNegativeInteger, XSD.boolean)
    return term.value if term.datatype in numbers else str(term)


def _value(iri: IRI) -> str:
    return iri.value


__all__ = ["Class", "Property", "Vocabulary"]
