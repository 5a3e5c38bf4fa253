"""Names: every term used is declared, every individual registered, each used as what it is.

A misspelt name is the commonest slip of an author and no reasoner sees it: an unknown property is
just another property. So names are checked before anything is inferred.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal as OneOf

from cgkg.languages import N_, translations
from cgkg.rdf.terms import IRI, Literal, Term, Triple
from cgkg.rdf.vocab import GRAPH, OWL, RDF, RDFS, SH, VANN
from cgkg.validation.remedies import instead
from cgkg.validation.report import Finding, abbreviate

__all__ = ["NamesInUse", "check_shapes_vocabulary", "check_vocabulary"]

Kind = OneOf["class", "object", "data", "annotation"]

_KINDS: Mapping[IRI, Kind] = {
    OWL.Class: "class",
    OWL.ObjectProperty: "object",
    OWL.DatatypeProperty: "data",
    OWL.AnnotationProperty: "annotation",
}
# Classes of terms are in these namespaces, but for owl:NamedIndividual.
_DECLARING = (OWL.base, RDF.base, RDFS.base)


class NamesInUse:
    """Finds names in data that nothing declares, and names used as what they are not.

    Args:
        ontology: the declarations; every `vann:preferredNamespaceUri` in it is a closed namespace.
        individuals: whose subjects are the individuals and concepts there are.
        namespace: the namespace of the project's own terms, closed as well.
        base: where the project's IRIs begin; names under `id/` and `concept/` must be known.
    """

    def __init__(
        self,
        ontology: Iterable[Triple],
        individuals: Iterable[Triple],
        *,
        namespace: str,
        base: str,
    ) -> None:
        self._terms = terms = _DeclaredTerms.of(ontology, namespace)
        self._known = known = _KnownNames.of(individuals, base)
        self._good = _Answers(lambda name: not (terms.is_no_thing(name) or known.lacks(name)))
        self._good_classes = _Answers(lambda name: terms.is_class(name) and not known.lacks(name))
        self._for_literals = _Answers(lambda name: terms.takes(name, literal=True))
        self._for_things = _Answers(lambda name: terms.takes(name, literal=False))

    def check(self, graph: IRI, triples: Iterable[Triple]) -> Iterator[Finding]:
        """What is wrong with the names in a graph."""
        for triple in triples:
            if not self._is_good(triple):
                yield from self._terms.check(triple, graph)
                yield from self._known.check(triple, graph)

    def _is_good(self, triple: Triple) -> bool:
        """Whether nothing is wrong for sure; most statements are told by what is known of terms."""
        predicate, value = triple.predicate, triple.object
        if not self._good[triple.subject]:
            return False
        if type(value) is Literal:
            return self._for_literals[predicate]
        if predicate == RDF.type:
            return self._good_classes[value]
        return self._for_things[predicate] and self._good[value]


class _Answers(dict[object, bool]):
    """Answers to a question about terms, each asked for once."""

    def __init__(self, ask: Callable[[object], bool]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, term: object) -> bool:
        answer = self[term] = self._ask(term)
        return answer


def check_vocabulary(
    ontology: Iterable[Triple],
    graphs: Mapping[IRI, Iterable[Triple]],
    *,
    namespace: str,
    base: str,
) -> list[Finding]:
    """As `NamesInUse`, of all graphs; graph:registry and graph:concepts have the individuals."""
    individuals = [t for name in (GRAPH.registry, GRAPH.concepts) for t in graphs.get(name, ())]
    names = NamesInUse(ontology, individuals, namespace=namespace, base=base)
    return [finding for graph, triples in graphs.items() for finding in names.check(graph, triples)]


def check_shapes_vocabulary(
    ontology: Iterable[Triple], shapes: Iterable[Triple], *, namespace: str
) -> list[Finding]:
    """Terms that the shapes name, in paths, classes or SPARQL, and the ontology does not declare.

    A shape about a term that does not exist never fires, in silence.
    """
    terms = _DeclaredTerms.of(ontology, namespace)
    findings: list[Finding] = []
    for triple in shapes:
        mentioned = [triple.object] if isinstance(triple.object, IRI) else []
        if triple.predicate in (SH.select, SH.ask) and isinstance(triple.object, Literal):
            mentioned = terms.in_query(triple.object.value)
        findings += [terms.unknown(term, triple, None) for term in mentioned if terms.lacks(term)]
    return findings


@dataclass(frozen=True)
class _DeclaredTerms:
    """The declared terms by IRI, and the namespaces in which there are no others.

    A term may be of several kinds; `individuals` are the things that the ontology itself describes,
    terms among them (punning).
    """

    kinds: Mapping[IRI, frozenset[Kind]]
    individuals: frozenset[IRI]
    namespaces: tuple[str, ...]
    prefixes: Mapping[str, str]

    @classmethod
    def of(cls, ontology: Iterable[Triple], namespace: str) -> _DeclaredTerms:
        kinds: dict[IRI, frozenset[Kind]] = {}
        individuals: set[IRI] = set()
        uris: dict[object, str] = {}
        prefixes: dict[object, str] = {}
        for triple in ontology:
            subject, value = triple.subject, triple.object
            if triple.predicate == RDF.type and isinstance(subject, IRI):
                if isinstance(value, IRI) and value in _KINDS:
                    kinds[subject] = kinds.get(subject, frozenset()) | {_KINDS[value]}
                elif value == OWL.NamedIndividual or not _is_declaring(value):
                    individuals.add(subject)
                else:
                    # A datatype, a property of RDF, a deprecated class: what it is for is not said.
                    kinds.setdefault(subject, frozenset())
            elif triple.predicate == VANN.preferredNamespaceUri:
                uris[subject] = _text(value)
            elif triple.predicate == VANN.preferredNamespacePrefix:
                prefixes[subject] = _text(value)
        names = {prefixes[subject]: uri for subject, uri in uris.items() if subject in prefixes}
        spaces = tuple({namespace, *uris.values()})
        return cls(kinds, frozenset(individuals), spaces, names)

    def lacks(self, term: object) -> bool:
        """Whether the term is in a closed namespace and not declared there."""
        return (
            isinstance(term, IRI)
            and term not in self.kinds
            and term not in self.individuals
            # The namespace itself is no term.
            and any(term.value.startswith(ns) and term.value != ns for ns in self.namespaces)
        )

    def in_query(self, query: str) -> list[IRI]:
        """The terms of closed namespaces that a SPARQL text names by prefix."""
        names = re.findall(r"(?<![\w<])([A-Za-z][\w-]*):(\w+)", query)
        bases = ((self.prefixes.get(prefix), name) for prefix, name in names)
        return list(dict.fromkeys(IRI(base + name) for base, name in bases if base))

    def check(self, triple: Triple, graph: IRI) -> Iterator[Finding]:
        for term in dict.fromkeys((triple.subject, triple.predicate, triple.object)):
            if self.lacks(term) and isinstance(term, IRI):
                yield self.unknown(term, triple, graph)
        kinds = self._kinds(triple.predicate)
        if kinds == {"class"}:
            yield _finding("class-as-property", triple, graph, name=triple.predicate)
        elif kinds - {"class"} == {"data"} and not isinstance(triple.object, Literal):
            yield _finding("literal-expected", triple, graph, name=triple.predicate)
        elif kinds - {"class"} == {"object"} and isinstance(triple.object, Literal):
            yield _finding("iri-expected", triple, graph, name=triple.predicate)
        if triple.predicate == RDF.type:
            of = self._kinds(triple.object)
            if of and "class" not in of:
                yield _finding("property-as-class", triple, graph, name=triple.object)
        elif kinds & {"object", "data"}:
            for term in (triple.subject, triple.object):
                if self._kinds(term) and self._own(term) and term not in self.individuals:
                    yield _finding("term-as-individual", triple, graph, name=term)

    def is_no_thing(self, term: object) -> bool:
        """Whether a term is not declared, or declared and nothing that things are said of."""
        used = self._kinds(term) and self._own(term) and term not in self.individuals
        return bool(used) or self.lacks(term)

    def is_class(self, term: object) -> bool:
        """Whether things may be of this class."""
        kinds = self._kinds(term)
        return (not kinds or "class" in kinds) and not self.lacks(term)

    def takes(self, term: object, *, literal: bool) -> bool:
        """Whether a property takes literals, or else IRIs."""
        kinds = self._kinds(term)
        wrong = {"object"} if literal else {"data"}
        return kinds != {"class"} and kinds - {"class"} != wrong and not self.lacks(term)

    def unknown(self, term: IRI, triple: Triple, graph: IRI | None) -> Finding:
        """The finding about a term that no one declared, with the nearest declared name."""
        wanted: tuple[Kind, ...] = ()
        if term == triple.predicate or triple.predicate == SH.path:
            wanted = ("object", "data", "annotation")
        elif triple.predicate in (RDF.type, SH.class_, SH.targetClass):
            wanted = ("class",)
        names = [iri for iri, of in self.kinds.items() if not wanted or of & set(wanted)]
        own = [iri for iri in names if self._own(iri)]
        return _finding("unknown-term", triple, graph, name=term, nearest=_nearest(term, own))

    def _kinds(self, term: object) -> frozenset[Kind]:
        return self.kinds.get(term, frozenset()) if isinstance(term, IRI) else frozenset()

    def _own(self, term: object) -> bool:
        return isinstance(term, IRI) and term.value.startswith(self.namespaces)


@dataclass(frozen=True)
class _KnownNames:
    """The registered individuals and concepts, and the namespaces in which there are no others."""

    names: frozenset[IRI]
    individuals: str
    concepts: str

    @classmethod
    def of(cls, individuals: Iterable[Triple], base: str) -> _KnownNames:
        subjects = {triple.subject for triple in individuals}
        names = frozenset(subject for subject in subjects if isinstance(subject, IRI))
        return cls(names, f"{base}id/", f"{base}concept/")

    def lacks(self, term: object) -> bool:
        """Whether a name of an individual or a concept is not known."""
        spaces = (self.individuals, self.concepts)
        return isinstance(term, IRI) and term not in self.names and term.value.startswith(spaces)

    def check(self, triple: Triple, graph: IRI) -> Iterator[Finding]:
        for term in dict.fromkeys((triple.subject, triple.object)):
            if not isinstance(term, IRI) or not self.lacks(term):
                continue
            for code, space in (
                ("unknown-individual", self.individuals),
                ("unknown-concept", self.concepts),
            ):
                if term.value.startswith(space):
                    near = _nearest(term, [n for n in self.names if n.value.startswith(space)])
                    yield _finding(code, triple, graph, name=term, nearest=near)


def _nearest(term: IRI, names: Iterable[IRI]) -> IRI | None:
    """The same slug of another kind (river:elbe for lake:elbe), else the most similar sibling."""
    by_text = {iri.value: iri for iri in names}
    start = re.sub(r"[^/#]*$", "", term.value)
    slug = term.value[len(start) :]
    same = sorted(text for text in by_text if re.split(r"[/#]", text)[-1] == slug)
    if same:
        return by_text[same[0]]
    siblings = {text[len(start) :]: iri for text, iri in by_text.items() if text.startswith(start)}
    near = get_close_matches(slug, sorted(siblings), n=1, cutoff=0.6)
    return siblings[near[0]] if near else None


def _is_declaring(value: Term | Triple) -> bool:
    return isinstance(value, IRI) and value.value.startswith(_DECLARING)


def _text(value: Term | Triple) -> str:
    return value.value if isinstance(value, Literal | IRI) else ""


_MESSAGES: Mapping[str, str] = {
    "unknown-term": N_("{name} is not declared in the ontology"),
    "unknown-individual": N_("{name} is not in the registry"),
    "unknown-concept": N_("{name} is in no concept scheme of the project"),
    "class-as-property": N_("{name} is a class and cannot be a predicate"),
    "property-as-class": N_("{name} is a property and cannot be the class of anything"),
    "term-as-individual": N_(
        "{name} is a term of the ontology and cannot be described like an individual"
    ),
    "literal-expected": N_("{name} takes a literal, not an IRI"),
    "iri-expected": N_("{name} takes an IRI, not a literal"),
}
_REMEDIES: Mapping[str, str] = {
    "unknown-term": N_("correct the name, or declare it in a module of ontology/"),
    "unknown-individual": N_("correct the name, or add a row to data/registry.csv"),
    "unknown-concept": N_("correct the name, or add the concept under data/concepts/"),
}


def _finding(
    code: str, triple: Triple, graph: IRI | None, *, name: Term | Triple, nearest: IRI | None = None
) -> Finding:
    shown = abbreviate(name) if isinstance(name, IRI) else str(name)
    hint = translations(_REMEDIES[code]) if code in _REMEDIES else {}
    if nearest is not None:
        near = abbreviate(nearest)
        hint = translations("did you mean {near}?", near=near)
    remedy = instead(triple, name, nearest) if isinstance(name, IRI) and nearest else ()
    return Finding(
        severity="violation",
        code=code,
        message=translations(_MESSAGES[code], name=shown),
        focus=None if isinstance(triple.subject, Triple) else triple.subject,
        predicate=triple.predicate,
        value=None if isinstance(triple.object, Triple) else triple.object,
        graph=graph,
        hint=hint,
        remedy=remedy,
    )
