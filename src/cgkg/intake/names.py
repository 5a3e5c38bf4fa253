"""Names as people write them, and what they name: labels in any language, prefixed names, IRIs."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Literal as OneOf

from cgkg.intake.rows import RowStatus, UnresolvedRow, in_column
from cgkg.messages import M_
from cgkg.project.sources import Sources
from cgkg.rdf.notation import prefixed_name, read_iri
from cgkg.rdf.terms import IRI, Literal, Term, Triple, parts
from cgkg.rdf.vocab import CG, OWL, RDF, RDFS, SKOS, XSD

_PREFERRED = (SKOS.prefLabel, RDFS.label)
_PROPERTIES = frozenset(
    {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, RDF.Property}
)
_CLASSES = frozenset({OWL.Class, RDFS.Class})
_TERMS = _PROPERTIES | _CLASSES | {RDFS.Datatype, OWL.Ontology, OWL.Restriction}
_SHOWN = 5  # candidates in a message
_SUGGESTED, _COMPARED = 500, 50  # names for which near ones are looked up, and labels for each
_LANGUAGE_TAGGED = (RDF.langString, RDFS.Literal)

Kind = OneOf["individual", "property", "class", "document"]


@dataclass(frozen=True)
class NameCandidates:
    """What a name may name, one if it is clear; `near` are names to choose from if it is none."""

    iris: tuple[IRI, ...] = ()
    kind: Kind = "individual"
    near: tuple[str, ...] = ()

    @property
    def one(self) -> IRI | None:
        """What is named, if there is no other candidate."""
        return self.iris[0] if len(self.iris) == 1 else None


class ProjectNames:
    """The names of a project's individuals, properties, classes and documents."""

    def __init__(self, sources: Sources) -> None:
        self._sources, self._project = sources, sources.project
        self.prefixes = self._project.prefixes
        self._belows: dict[IRI, set[Term]] = {}
        self._near: dict[tuple[Kind, str], tuple[str, ...]] = {}

    def individual(self, name: str, of_class: IRI | None = None) -> NameCandidates:
        """Individuals and concepts of this name.

        Args:
            name: a label, an id of the registry, a prefixed name or an IRI.
            of_class: leaves those out that are registered with other classes only.
        """
        iri = self.written(name)
        if iri is not None and self._may_be(iri):
            return NameCandidates((iri,))
        registered = self._iri(self._project.ids + name)
        if registered in self._individuals:
            return NameCandidates((registered,))  # type: ignore[arg-type]  # it is in the mapping
        named = self._labelled(self._labels_of_individuals, name)
        if of_class is not None:
            named = tuple(one for one in named if self.is_a(one, of_class))
        return self._candidates("individual", named)

    def property(self, name: str) -> NameCandidates:
        """Properties of this label, local name, prefixed name or IRI; `a` is rdf:type."""
        if name == "a":
            return NameCandidates((RDF.type,))
        return self._term("property", name, self._properties, self._labels_of_properties)

    def class_(self, name: str) -> NameCandidates:
        """Classes of this label, local name, prefixed name or IRI."""
        return self._term("class", name, self._classes, self._labels_of_classes)

    def document(self, name: str) -> NameCandidates:
        """Documents of this name, label, prefixed name or IRI."""
        iri = self.written(name)
        if iri in self.documents:
            return NameCandidates((iri,))  # type: ignore[arg-type]  # it is in the mapping
        documents = [d for d in self.documents if d.value.rsplit("/", 1)[1] == name]
        documents = documents or [
            d for d, labels in self.documents.items() if folded(name) in labels
        ]
        near = tuple(d.value.rsplit("/", 1)[1] for d in self.documents)
        return NameCandidates(tuple(documents), "document", near)

    def is_a(self, individual: IRI, wanted: IRI) -> bool:
        """Whether an individual is registered with a class or one below it."""
        below = self._below(wanted)
        return any(kind in below for kind in self._individuals.get(individual, ()))

    def instances(self, class_: IRI) -> list[IRI]:
        """The individuals and concepts that are registered with a class or one below it."""
        below = self._below(class_)
        return [one for one, kinds in self._individuals.items() if not below.isdisjoint(kinds)]

    def knows(self, individual: IRI) -> bool:
        """Whether it is registered or a concept."""
        return individual in self._individuals

    def short(self, term: Term) -> str:
        """A term as a person would write it."""
        if isinstance(term, IRI):
            name = prefixed_name(term.value, self.prefixes)
            return name if name and self.written(name) == term else f"<{term.value}>"
        if isinstance(term, Literal) and term.datatype not in (XSD.string, RDF.langString):
            datatype = self.short(term.datatype)
            return f"{Literal(term.value)}^^{datatype}"
        return str(term)

    def told(self, individual: IRI) -> str:
        """An individual with its first label, for a choice."""
        label = next((text for text in self._first_labels.get(individual, ())), "")
        return f"{self.short(individual)} ({label})" if label else self.short(individual)

    def one(self, column: str, name: str, candidates: NameCandidates, hint: str = "") -> IRI:
        """What a cell names.

        Raises:
            UnresolvedRow: nothing, or several things.
        """
        if candidates.one is not None:
            return candidates.one
        if candidates.iris:
            told = "; ".join(self.told(each) for each in candidates.iris[:_SHOWN])
            raise UnresolvedRow(
                RowStatus.SEVERAL_TERMS,
                in_column(
                    column,
                    M_(
                        "{name} names {count}: write one of the proposal instead",
                        name=repr(name),
                        count=len(candidates.iris),
                    ),
                ),
                told,
            )
        said = M_("nothing is called {name}", name=repr(name))
        raise UnresolvedRow(
            RowStatus.UNKNOWN_TERM,
            in_column(column, M_("{what}; {hint}", what=said, hint=hint) if hint else said),
            "; ".join(candidates.near or self._suggest(candidates.kind, name)),
        )

    # What the ontology says of properties

    def takes_literals(self, property_: IRI) -> bool | None:
        """Whether values of a property are literals; None if the ontology does not say."""
        kinds = self._properties.get(property_, frozenset())
        if OWL.ObjectProperty in kinds or property_ == RDF.type:
            return False
        if OWL.DatatypeProperty in kinds or self.datatype(property_) is not None:
            return True
        return False if self._ranges(property_) else None

    def datatype(self, property_: IRI) -> IRI | None:
        """The datatype of the values of a property, as its range or that of one above it says."""
        for value in self._ranges(property_):
            datatype = self._datatype_of(value)
            if datatype is not None:
                return datatype
        return None

    @cached_property
    def documents(self) -> Mapping[IRI, frozenset[str]]:
        """The source documents, each with its folded labels."""
        labels: dict[IRI, set[str]] = {}
        named: dict[Term, set[str]] = {}
        for subject, predicate, value in map(parts, self._sources.descriptions):
            if predicate == RDF.type and value == CG.SourceDocument and isinstance(subject, IRI):
                labels.setdefault(subject, set())
            elif predicate in (*_PREFERRED, SKOS.altLabel):
                named.setdefault(subject, set()).add(folded(value.value))
        for table in self._sources.tables:
            labels.setdefault(table, set())
        return {iri: frozenset(held | named.get(iri, set())) for iri, held in labels.items()}

    # Indexes

    @cached_property
    def _statements(self) -> tuple[Triple, ...]:
        return (*self._sources.ontology, *self._sources.concepts, *self._sources.registry)

    @cached_property
    def _types(self) -> Mapping[IRI, frozenset[IRI]]:
        types: dict[IRI, set[IRI]] = {}
        for subject, predicate, value in map(parts, self._statements):
            if predicate == RDF.type and isinstance(subject, IRI) and isinstance(value, IRI):
                types.setdefault(subject, set()).add(value)
        return {iri: frozenset(kinds) for iri, kinds in types.items()}

    @cached_property
    def _properties(self) -> Mapping[IRI, frozenset[IRI]]:
        return {iri: kinds for iri, kinds in self._types.items() if kinds & _PROPERTIES}

    @cached_property
    def _classes(self) -> Mapping[IRI, frozenset[IRI]]:
        return {iri: kinds for iri, kinds in self._types.items() if kinds & _CLASSES}

    @cached_property
    def _individuals(self) -> Mapping[IRI, frozenset[IRI]]:
        return {iri: kinds for iri, kinds in self._types.items() if not kinds & _TERMS}

    @cached_property
    def _mentioned(self) -> frozenset[str]:
        """Whatever else the project speaks of."""
        facts = (t for part in self._sources.graphs.values() for t in part)
        terms = (term for t in (*facts, *self._sources.descriptions) for term in parts(t))
        return frozenset(term.value for term in terms if isinstance(term, IRI))

    @cached_property
    def _labels(self) -> Mapping[str, Mapping[IRI, bool]]:
        """What is called so, folded, and whether that is its label rather than another name."""
        index: dict[str, dict[IRI, bool]] = {}
        for subject, predicate, value in map(parts, self._statements):
            preferred = predicate in _PREFERRED
            if (preferred or predicate == SKOS.altLabel) and isinstance(subject, IRI):
                named = index.setdefault(folded(value.value), {})
                named[subject] = named.get(subject, False) or preferred
        return index

    @cached_property
    def _spelled(self) -> Mapping[str, str]:
        """Labels as they are written, by what they are folded."""
        labels = (*_PREFERRED, SKOS.altLabel)
        values = (parts(t)[2].value for t in self._statements if t.predicate in labels)
        return {folded(value): value for value in values}

    @cached_property
    def _first_labels(self) -> Mapping[IRI, list[str]]:
        labels: dict[IRI, list[str]] = {}
        for subject, predicate, value in map(parts, self._statements):
            if predicate in _PREFERRED and isinstance(subject, IRI):
                labels.setdefault(subject, []).append(value.value)
        return labels

    @cached_property
    def _labels_of_individuals(self) -> Mapping[str, Mapping[IRI, bool]]:
        return self._only(self._individuals)

    @cached_property
    def _labels_of_properties(self) -> Mapping[str, Mapping[IRI, bool]]:
        return self._only(self._properties)

    @cached_property
    def _labels_of_classes(self) -> Mapping[str, Mapping[IRI, bool]]:
        return self._only(self._classes)

    def _only(self, among: Mapping[IRI, object]) -> Mapping[str, Mapping[IRI, bool]]:
        only = {
            label: {iri: preferred for iri, preferred in named.items() if iri in among}
            for label, named in self._labels.items()
        }
        return {label: named for label, named in only.items() if named}

    @cached_property
    def _said(self) -> Mapping[tuple[Term, IRI], list[Term]]:
        """Subproperties, ranges and what datatypes are made of, by subject and predicate."""
        asked = {RDFS.subPropertyOf, RDFS.range, OWL.onDatatype, RDFS.subClassOf}
        said: dict[tuple[Term, IRI], list[Term]] = {}
        for subject, predicate, value in map(parts, self._sources.ontology):
            if predicate in asked:
                said.setdefault((subject, predicate), []).append(value)
        return said

    @cached_property
    def _subclasses(self) -> Mapping[Term, list[Term]]:
        below: dict[Term, list[Term]] = {}
        for (subject, predicate), values in self._said.items():
            for value in values if predicate == RDFS.subClassOf else ():
                below.setdefault(value, []).append(subject)
        return below

    def _below(self, wanted: IRI) -> set[Term]:
        if wanted not in self._belows:
            self._belows[wanted] = set(_walk(wanted, lambda each: self._subclasses.get(each, ())))
        return self._belows[wanted]

    def _ranges(self, property_: IRI) -> Iterator[Term]:
        above = _walk(property_, lambda term: self._said.get((term, RDFS.subPropertyOf), ()))
        for each in above:
            yield from self._said.get((each, RDFS.range), ())

    def _datatype_of(self, value: Term) -> IRI | None:
        if value in _LANGUAGE_TAGGED:
            return RDF.langString
        if isinstance(value, IRI) and value.value.startswith(XSD.base):
            return value
        base = next(iter(self._said.get((value, OWL.onDatatype), ())), None)
        if base is not None:
            return base if isinstance(base, IRI) else None
        kinds = self._types.get(value, frozenset()) if isinstance(value, IRI) else frozenset()
        return value if RDFS.Datatype in kinds and isinstance(value, IRI) else None

    # Looking up

    def _term(
        self,
        kind: Kind,
        name: str,
        among: Mapping[IRI, object],
        labels: Mapping[str, Mapping[IRI, bool]],
    ) -> NameCandidates:
        written = self.written(name)
        own = self._iri(self._sources.namespace + name)
        for iri in (written, own, self._iri(CG.base + name)):
            if iri is not None and (iri in among or (iri == written == RDF.type)):
                return NameCandidates((iri,))
        return self._candidates(kind, self._labelled(labels, name))

    def _labelled(self, labels: Mapping[str, Mapping[IRI, bool]], name: str) -> tuple[IRI, ...]:
        named = labels.get(folded(name), {})
        preferred = tuple(iri for iri, is_label in named.items() if is_label)
        return preferred or tuple(named)

    def _candidates(self, kind: Kind, iris: Iterable[IRI]) -> NameCandidates:
        return NameCandidates(tuple(sorted(iris, key=lambda iri: iri.value)), kind)

    def _suggest(self, kind: Kind, name: str) -> tuple[str, ...]:
        """Labels much like a name; the first few names are looked up only."""
        if (kind, name) not in self._near and len(self._near) < _SUGGESTED:
            index = self._grams[kind]
            shared = Counter(
                label for gram in _grams(folded(name)) for label in index.get(gram, ())
            )
            likely = [label for label, _ in shared.most_common(_COMPARED)]
            near = get_close_matches(folded(name), likely, 3, 0.7)
            self._near[kind, name] = tuple(self._spelled[label] for label in near)
        return self._near.get((kind, name), ())

    @cached_property
    def _grams(self) -> Mapping[Kind, Mapping[str, list[str]]]:
        """The labels of each kind by the pairs of letters in them."""
        labels = {"individual": self._labels_of_individuals, "class": self._labels_of_classes,
                  "property": self._labels_of_properties, "document": {}}  # fmt: skip
        index: dict[Kind, dict[str, list[str]]] = {}
        for kind, named in labels.items():
            of_kind = index.setdefault(kind, {})  # type: ignore[arg-type]  # they are kinds
            for label in named:
                for gram in _grams(label):
                    of_kind.setdefault(gram, []).append(label)
        return index

    def written(self, name: str) -> IRI | None:
        """The IRI of a name that is written as one: in angle brackets, whole, or prefixed."""
        prefix, colon, rest = name.partition(":")
        if not colon or " " in name.strip():
            return None
        if name.startswith("<") or prefix in self.prefixes or rest.startswith("//"):
            try:
                return read_iri(name, self.prefixes)
            except ValueError:
                return None
        return None

    def _may_be(self, iri: IRI) -> bool:
        """Whether an IRI names something of the project, or what others name."""
        if iri in self._types or iri.value in self._mentioned:
            return True
        ours = (self._project.base, self._sources.namespace, CG.base.removesuffix("def/"))
        return not iri.value.startswith(ours)

    @staticmethod
    def _iri(text: str) -> IRI | None:
        try:
            return IRI(text)
        except ValueError:
            return None


def folded(name: str) -> str:
    """A name as names are compared: without case, width and more than one blank."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _grams(label: str) -> set[str]:
    return {label[at : at + 2] for at in range(max(len(label) - 1, 1))}


def _walk(start: Term, steps: Callable[[Term], Iterable[Term]]) -> Iterator[Term]:
    """What is reached by the steps, the start first, each once."""
    seen: dict[Term, None] = {start: None}
    waiting = [start]
    while waiting:
        term = waiting.pop(0)
        yield term
        for each in steps(term):
            if each not in seen:
                seen[each] = None
                waiting.append(each)


__all__ = ["NameCandidates", "ProjectNames", "folded"]
