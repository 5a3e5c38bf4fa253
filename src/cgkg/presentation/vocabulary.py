"""The terms that a graph uses or declares: what they mean, how they hang together, who uses them.

`Vocabulary` reads ontologies, classes and properties from a graph, and works without any: then its
terms are the classes and properties that the data uses. Nothing here is a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from cgkg.languages import N_, translations
from cgkg.presentation.axioms import SAID, Axioms, Phrase, has_sentence
from cgkg.presentation.resource import closure_of_blanks
from cgkg.rdf.terms import IRI, BlankNode, Literal, Quad, Subject, Term, Triple, parts
from cgkg.rdf.vocab import DCTERMS, GRAPH, OWL, RDF, RDFS, SKOS
from cgkg.store.excerpt import Excerpt, about, to
from cgkg.store.graph import Graph
from cgkg.store.reader import DEFAULT, NESTING, QuadPattern

# Kinds of term, in the order they are told; the first that fits is the term's kind.
KINDS: Mapping[IRI, str] = {
    OWL.Class: N_("class"),
    RDFS.Class: N_("class"),
    OWL.ObjectProperty: N_("object property"),
    OWL.DatatypeProperty: N_("datatype property"),
    OWL.AnnotationProperty: N_("annotation property"),
    RDF.Property: N_("property"),
    RDFS.Datatype: N_("datatype"),
}
CLASSES = frozenset({OWL.Class, RDFS.Class})
HISTORY = (SKOS.changeNote, SKOS.historyNote, OWL.versionInfo)
_COLON = re.compile("[:\uff1a]")
_ABOVE = (RDFS.subClassOf, RDFS.subPropertyOf)
_SHAPES = GRAPH.shapes
_USED = (
    "SELECT ?term (COUNT(*) AS ?count) WHERE"
    " {{ {{ ?s {0} }} UNION {{ GRAPH ?g {{ ?s {0} }} }} }} GROUP BY ?term"
)
_PROPERTIES_USED, _CLASSES_USED = _USED.format("?term ?o"), _USED.format(f"{RDF.type} ?term")
# Axioms that are blank nodes nothing leads to.
_LOOSE = (OWL.AllDisjointClasses, OWL.AllDisjointProperties, OWL.Class, OWL.Restriction)
_MENTIONING = tuple(dict.fromkeys((*SAID, *NESTING)))
_AT_ONCE = 5_000  # terms that are read together; of more, those that are asked for


@dataclass(frozen=True)
class Change:
    """A note on how something came to be as it is, in the languages it is written in."""

    date: str
    texts: tuple[Literal, ...]


@dataclass(frozen=True)
class TermDescription:
    """A class or property.

    `uses` counts its instances, or the statements with it. `domains` and `ranges` have the members
    of a union each. `replaced_by` says what to use where it is deprecated.
    """

    iri: IRI
    kind: IRI
    ontology: IRI | None
    version: str
    deprecated: bool
    replaced_by: tuple[IRI, ...]
    above: tuple[IRI, ...]
    below: tuple[IRI, ...]
    domains: tuple[IRI, ...]
    ranges: tuple[IRI, ...]
    inverses: tuple[IRI, ...]
    uses: int

    @property
    def is_class(self) -> bool:
        """Whether it is a class, else a property or datatype."""
        return self.kind in CLASSES


class Vocabulary:
    """The ontologies and terms of a graph, which must not change.

    Read when they are asked for, in six batches, and kept; how often terms are used in a batch for
    all that are asked for together. Of a very large vocabulary terms are read one by one.
    """

    def __init__(self, graph: Graph | Excerpt) -> None:
        self._source = graph
        self._terms: dict[IRI, TermDescription] = {}
        self._held: set[IRI] = set()
        self._counts: dict[IRI, int] = {}

    @cached_property
    def _graph(self) -> Excerpt:
        """What is read, to begin with what is declared and how ontologies hang together."""
        reading = Excerpt.of(self._source)
        kinds = dict.fromkeys((*KINDS, OWL.Ontology, *_LOOSE))
        links = (OWL.versionIRI, OWL.imports, RDFS.isDefinedBy)
        typed = (QuadPattern(p=RDF.type, o=kind) for kind in kinds)
        reading.take((*typed, *(QuadPattern(p=link) for link in links)))
        return reading

    def _quads(
        self, s: Subject | None = None, p: IRI | None = None, o: Term | None = None
    ) -> Iterator[Quad]:
        # Shapes declare prefixes and name classes; they are no ontology.
        quads = self._graph.quads(s, p, o)
        return (quad for quad in quads if quad.graph_name != _SHAPES)

    @cached_property
    def ontologies(self) -> tuple[IRI, ...]:
        """Every ontology, an importing one before those it imports."""
        ontologies = self._typed(OWL.Ontology)
        depth = {iri: len(self.closure(iri)) for iri in ontologies}
        return tuple(sorted(ontologies, key=lambda iri: (-depth[iri], iri.value)))

    @cached_property
    def kinds(self) -> Mapping[IRI, IRI]:
        """The kind of every term that is declared."""
        kinds: dict[IRI, IRI] = {}
        for kind in KINDS:
            for iri in self._typed(kind):
                kinds.setdefault(iri, kind)
        return kinds

    def _read(self, iri: IRI) -> None:
        """Read what is said of a term and what mentions it, of all terms if they are few."""
        if iri in self._held:
            return
        wanted = tuple(self.kinds) if len(self.kinds) <= _AT_ONCE else (iri,)
        self._graph.take(
            (
                *about((*self.ontologies, *wanted)),
                *to(wanted, *_ABOVE, OWL.inverseOf, RDFS.domain, RDFS.range),
                *to(wanted, *_MENTIONING, g=DEFAULT),
            )
        )
        self._graph.expand(wanted, up=True)
        self._held.update(wanted)

    @cached_property
    def _homes(self) -> Mapping[IRI, tuple[IRI, ...]]:
        """The ontologies that define each term."""
        homes: dict[IRI, set[IRI]] = {}
        for quad in self._quads(p=RDFS.isDefinedBy):
            if isinstance(quad.subject, IRI) and isinstance(quad.object, IRI):
                homes.setdefault(quad.subject, set()).add(quad.object)
        return {iri: tuple(sorted(held, key=str)) for iri, held in homes.items()}

    @cached_property
    def _used(self) -> Mapping[IRI, tuple[IRI, int]]:
        """The classes and properties that the data uses, with how often."""
        used = {iri: (RDF.Property, count) for iri, count in self._counted(_PROPERTIES_USED)}
        used.pop(RDF.type, None)
        used |= {iri: (RDFS.Class, count) for iri, count in self._counted(_CLASSES_USED)}
        return dict(sorted(used.items(), key=lambda each: each[0].value))

    def _counted(self, query: str) -> Iterator[tuple[IRI, int]]:
        for row in self._graph.select(query):
            term, count = row["term"], row["count"]
            if isinstance(term, IRI) and isinstance(count, Literal):
                yield term, int(count.value)

    def _typed(self, kind: IRI) -> tuple[IRI, ...]:
        subjects = {q.subject for q in self._quads(p=RDF.type, o=kind)}
        return tuple(sorted((s for s in subjects if isinstance(s, IRI)), key=lambda iri: iri.value))

    def terms(self, *ontologies: IRI) -> tuple[TermDescription, ...]:
        """The terms, or those that one of some ontologies defines: by kind, then by name.

        Where none is declared these are the classes and properties in use.
        """
        order = list(KINDS)
        if not ontologies and not self.kinds:
            terms = [_undeclared(iri, *each) for iri, each in self._used.items()]
            return tuple(sorted(terms, key=lambda term: (order.index(term.kind), term.iri.value)))
        held = list(self.kinds)
        if ontologies:
            held = [iri for iri in held if not {*ontologies}.isdisjoint(self._defined_by(iri))]
        held.sort(key=lambda iri: (order.index(self.kinds[iri]), iri.value))
        counts = self._uses(held)
        return tuple(self._counted_term(iri, counts) for iri in held)

    def term(self, iri: IRI) -> TermDescription:
        """One term; `kinds` has those there are."""
        return self._counted_term(iri, self._uses((iri,)))

    def _counted_term(self, iri: IRI, counts: Mapping[IRI, int]) -> TermDescription:
        term = self.uncounted(iri)
        if term.uses != counts[iri]:
            term = self._terms[iri] = replace(term, uses=counts[iri])
        return term

    def uncounted(self, iri: IRI) -> TermDescription:
        """One term; `uses` is 0 where nobody asked yet how often it is used."""
        if iri not in self._terms:
            self._read(iri)
            self._terms[iri] = self._describe(iri)
        return self._terms[iri]

    def _describe(self, iri: IRI) -> TermDescription:
        ontology = next(iter(self._defined_by(iri)), None)
        return TermDescription(
            iri,
            self.kinds[iri],
            ontology,
            version=self.version(ontology) if ontology else "",
            deprecated=any(o.value == "true" for o in self._literals(iri, OWL.deprecated)),
            replaced_by=self._iris(iri, DCTERMS.isReplacedBy),
            above=tuple(t for p in _ABOVE for t in self._iris(iri, p)),
            below=tuple(t for p in _ABOVE for t in self._subjects(p, iri)),
            domains=self._alternatives(iri, RDFS.domain),
            ranges=self._alternatives(iri, RDFS.range),
            inverses=tuple(
                dict.fromkeys(
                    (*self._iris(iri, OWL.inverseOf), *self._subjects(OWL.inverseOf, iri))
                )
            ),
            uses=0,
        )

    def around(self, iri: IRI) -> tuple[IRI, ...]:
        """The properties that have the class itself as domain or range."""
        self._read(iri)
        quads = [q for p in (RDFS.domain, RDFS.range) for q in self._graph.quads(p=p, o=iri)]
        named = {q.subject for q in quads if isinstance(q.subject, IRI)} & self.kinds.keys()
        return tuple(sorted(named, key=lambda each: each.value))

    def version(self, ontology: IRI) -> str:
        """The version of an ontology as it is written, empty where it has none."""
        return next((o.value for o in self._literals(ontology, OWL.versionInfo)), "")

    @cached_property
    def versions(self) -> Mapping[IRI, IRI]:
        """Every version IRI with its ontology."""
        pairs = ((q.object, q.subject) for q in self._quads(p=OWL.versionIRI))
        return {v: o for v, o in pairs if isinstance(v, IRI) and isinstance(o, IRI)}

    def imports(self, ontology: IRI) -> tuple[IRI, ...]:
        """What an ontology imports."""
        return self._iris(ontology, OWL.imports)

    def closure(self, ontology: IRI) -> frozenset[IRI]:
        """An ontology and everything it imports, directly or not."""
        seen: set[IRI] = set()
        waiting = [ontology]
        while waiting:
            iri = waiting.pop()
            if iri not in seen:
                seen.add(iri)
                waiting += self.imports(iri)
        return frozenset(seen)

    def changes(self, iri: IRI) -> tuple[Change, ...]:
        """What is recorded of how a term or ontology changed: notes, then dates, oldest first."""
        notes = [o for p in HISTORY for o in self._literals(iri, p) if p != OWL.versionInfo]
        dated = [
            Change(
                o.value, tuple(Literal(t, language=each) for each, t in translations(said).items())
            )
            for p, said in (
                (DCTERMS.created, N_("created")),
                (DCTERMS.issued, N_("issued")),
                (DCTERMS.modified, N_("last modified")),
            )
            for o in self._literals(iri, p)
        ]
        pairs = _by_version(notes)
        return (*sorted(dated, key=lambda each: each.date), *pairs)

    def axioms(self, iri: IRI, language: str) -> tuple[Phrase, ...]:
        """Every axiom that mentions the term, as sentences; those of its own first."""
        self._read(iri)
        said = Axioms(self._graph, language)
        axioms = dict.fromkeys(self._axioms(iri))
        return tuple(dict.fromkeys(said.phrase(axiom) for axiom in axioms))

    def document(self, ontology: IRI) -> tuple[Triple, ...]:
        """The triples of an ontology's own document, without those that it imports.

        These are its header, the terms that it defines, and the axioms without a name that it is
        the first to see all the terms of. Borrowed terms go with an ontology that imports nothing.
        """
        owned = [iri for each in self.ontologies for iri in self._owned(each)]
        self._graph.take(about((*self.ontologies, *owned)))
        self._graph.expand(owned, up=True)
        subjects: list[Subject] = [ontology, *self._owned(ontology)]
        subjects += [node for node, home in self._loose.items() if home == ontology]
        own = [t for subject in subjects for t in self._stated(subject)]
        blanks = closure_of_blanks(self._graph, [t.object for t in own])
        return tuple(dict.fromkeys((*own, *blanks)))

    def _owned(self, ontology: IRI) -> Iterator[IRI]:
        leaf = not self.imports(ontology)
        known = set(self.ontologies)
        for iri in self.kinds:
            homes = self._defined_by(iri)
            if ontology in homes or (leaf and not known & set(homes)):
                yield iri

    @cached_property
    def _loose(self) -> Mapping[Subject, IRI]:
        """Axioms that are blank nodes nothing leads to, each with the ontology it belongs to."""
        owned = {iri: frozenset(self._owned(iri)) for iri in self.ontologies}
        sight = {
            iri: frozenset().union(*(owned.get(each, frozenset()) for each in self.closure(iri)))
            for iri in self.ontologies
        }
        homes: dict[Subject, IRI] = {}
        for node in self._tops():
            terms = self._mentioned(node)
            fitting = [iri for iri in self.ontologies if terms <= sight[iri]]
            if fitting:
                homes[node] = min(fitting, key=lambda iri: (len(sight[iri]), iri.value))
        return homes

    def _tops(self) -> Iterator[BlankNode]:
        nodes = {t.subject for kind in _LOOSE for t in self._graph.triples(p=RDF.type, o=kind)}
        blanks = [node for node in nodes if isinstance(node, BlankNode)]
        self._graph.expand(sorted(blanks, key=str), up=True)
        for node in sorted(nodes, key=str):
            if isinstance(node, BlankNode) and next(self._graph.triples(o=node), None) is None:
                yield node

    def _mentioned(self, node: BlankNode) -> frozenset[IRI]:
        held = closure_of_blanks(self._graph, [node])
        named = (t.object for t in held if t.predicate != RDF.type)
        return frozenset(o for o in named if isinstance(o, IRI) and o in self.kinds)

    def _stated(self, subject: Subject) -> Iterator[Triple]:
        yield from sorted(self._graph.triples(subject), key=str)

    def _axioms(self, iri: IRI) -> Iterator[Triple]:
        yield from filter(has_sentence, self._stated(iri))
        # Domains and ranges are told at that property.
        leading = [p for p in _MENTIONING if p not in (RDFS.domain, RDFS.range)]
        held = dict.fromkeys(t for p in leading for t in self._graph.triples(p=p, o=iri))
        for triple in sorted(held, key=str):
            yield from filter(has_sentence, self._climb(triple))

    def _climb(self, triple: Triple) -> Iterator[Triple]:
        """The axioms that a triple is part of: up through blank nodes to what is named."""
        waiting, seen = [triple], set[Subject]()
        while waiting:
            each = waiting.pop()
            subject = parts(each)[0]
            if isinstance(subject, IRI):
                yield each
                continue
            above = list(self._graph.triples(o=subject))
            if not above:
                yield from self._stated(subject)
            elif subject not in seen:
                seen.add(subject)
                waiting += above

    def _uses(self, iris: Iterable[IRI]) -> Mapping[IRI, int]:
        """How many instances a class has, or statements a property; in one batch."""
        lacking = [iri for iri in iris if iri not in self._counts]
        if lacking:
            self._counts.update(dict.fromkeys(lacking, 0))
            classes = [iri for iri in lacking if self.kinds[iri] in CLASSES]
            others = [iri for iri in lacking if self.kinds[iri] not in CLASSES]
            counts = (
                _counting(classes, f"?s {RDF.type} ?term", "?term ?s"),
                _counting(others, "?s ?term ?o", "?term ?s ?o"),
            )
            query = f"SELECT ?term ?count WHERE {{ {' UNION '.join(filter(None, counts))} }}"
            self._counts.update(self._counted(query))
        return self._counts

    def _defined_by(self, iri: IRI) -> tuple[IRI, ...]:
        return self._homes.get(iri, ())

    def _alternatives(self, iri: IRI, predicate: IRI) -> tuple[IRI, ...]:
        """The classes that a domain or range names: one, or the members of a union."""
        classes: dict[IRI, None] = {}
        for term in self._objects(iri, predicate):
            held = self._union(term) if isinstance(term, BlankNode) else (term,)
            classes |= {each: None for each in held if isinstance(each, IRI)}
        return tuple(classes)

    def _union(self, node: BlankNode) -> Iterator[Term]:
        for head in self._objects(node, OWL.unionOf):
            seen: set[Term] = set()
            while isinstance(head, BlankNode) and head not in seen:
                seen.add(head)
                yield from self._objects(head, RDF.first)
                head = next(iter(self._objects(head, RDF.rest)), RDF.nil)

    def _objects(self, subject: Subject, predicate: IRI) -> list[Term]:
        values = {parts(q)[2]: None for q in self._quads(subject, predicate)}
        return sorted(values, key=str)

    def _iris(self, subject: Subject, predicate: IRI) -> tuple[IRI, ...]:
        return tuple(o for o in self._objects(subject, predicate) if isinstance(o, IRI))

    def _literals(self, subject: Subject, predicate: IRI) -> tuple[Literal, ...]:
        return tuple(o for o in self._objects(subject, predicate) if isinstance(o, Literal))

    def _subjects(self, predicate: IRI, value: IRI) -> tuple[IRI, ...]:
        subjects = {q.subject for q in self._quads(p=predicate, o=value)}
        return tuple(sorted((s for s in subjects if isinstance(s, IRI)), key=lambda iri: iri.value))


def _counting(iris: Iterable[IRI], pattern: str, what: str) -> str:
    """The part of a query that counts terms; the shapes are about the data, not of it."""
    values = " ".join(map(str, iris))
    if not values:
        return ""
    where = (
        f"{{ VALUES ?term {{ {values} }} {pattern} }} UNION"
        f" {{ VALUES ?term {{ {values} }} GRAPH ?g {{ {pattern} }} FILTER(?g != {_SHAPES}) }}"
    )
    distinct = f"SELECT DISTINCT {what} WHERE {{ {where} }}"
    return f"{{ SELECT ?term (COUNT(*) AS ?count) WHERE {{ {distinct} }} GROUP BY ?term }}"


def _undeclared(iri: IRI, kind: IRI, uses: int) -> TermDescription:
    return TermDescription(iri, kind, None, "", False, (), (), (), (), (), (), uses)


def example_query(term: TermDescription, name: str, declared: str, language: str) -> str:
    """A query that shows a term in use, ready to run.

    Args:
        term: what to ask for.
        name: its IRI as SPARQL writes it.
        declared: the prefix declarations that this needs.
        language: of the labels.
    """
    if term.is_class:
        head, pattern = "?thing ?label", f"?thing a {name} ."
    else:
        head, pattern = "?thing ?label ?value", f"?thing {name} ?value ."
    said = f'FILTER(LANGMATCHES(LANG(?label), "{language}"))'
    label = f"OPTIONAL {{ ?thing skos:prefLabel|rdfs:label ?label {said} }}"
    return (
        f"{declared}SELECT DISTINCT {head} WHERE {{\n  {pattern}\n  {label}\n}}\n"
        "ORDER BY ?thing\nLIMIT 50"
    )


def _by_version(notes: Iterable[Literal]) -> Iterator[Change]:
    """Notes of one version in several languages together: they begin with it, `0.2.0: …`, which is
    not repeated in the texts."""
    by_version: dict[str, list[Literal]] = {}
    for note in notes:
        head = _COLON.split(note.value, maxsplit=1)
        dated = len(head) > 1 and head[0][:1].isdigit()
        said = Literal(head[1].strip(), language=note.language) if dated else note
        by_version.setdefault(head[0] if dated else "", []).append(said)
    for version in sorted(by_version):
        yield Change(
            version, tuple(sorted(by_version[version], key=lambda each: each.language or ""))
        )
