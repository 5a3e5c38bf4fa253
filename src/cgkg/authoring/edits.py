"""An edit made in Protégé brought back into the files that own what it changes.

Protégé saves one ontology: a module, or the merged file that `cgkg export --merged` wrote. What
differs from the project is sorted by whose it is: an axiom goes to the module that owns its term,
a concept's to its scheme's file; what is said of individuals belongs to no ontology and is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cgkg.authoring.axioms import SavedAxiom, as_saved, axioms
from cgkg.authoring.catalog import modules
from cgkg.authoring.formatting import FileChange, format_turtle, merge_prefixes, refuse_relative
from cgkg.errors import SourceError
from cgkg.opening import regular_text
from cgkg.project.folder import Project
from cgkg.project.sources import layers, load
from cgkg.rdf.io import read_rdf
from cgkg.rdf.terms import IRI, BlankNode, Term, Triple, parts
from cgkg.rdf.turtle import Layout
from cgkg.rdf.vocab import GRAPH, OWL, RDF, RDFS, SKOS, XSD

_DECLARED = frozenset(
    {
        OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty,
        RDFS.Datatype, OWL.NamedIndividual,
    }
)  # fmt: skip
_TERMS = _DECLARED - {OWL.NamedIndividual}
_PLACED_BY = (RDFS.subClassOf, RDFS.subPropertyOf, OWL.inverseOf, RDFS.domain, RDFS.range)


@dataclass
class ProtegeEdit:
    """What an edited file changes: files of the project, and what has no place in them."""

    changes: list[FileChange] = field(default_factory=list)
    placed: list[str] = field(default_factory=list)  # new terms that the edit gave no module
    facts: list[str] = field(default_factory=list)  # what it says of individuals, line by line


@dataclass
class _FileDifference:
    added: list[SavedAxiom] = field(default_factory=list)
    removed: list[SavedAxiom] = field(default_factory=list)


def bring_back(project: Project, edited: Path) -> ProtegeEdit:
    """What a file saved by Protégé changes in the project; nothing is written.

    Args:
        project: the project that the file was opened from.
        edited: the file, Turtle or RDF/XML; its ontology IRI says what it is an edit of.

    Raises:
        SourceError: it cannot be read, or is no edit of this project's ontology.
    """
    return _Comparison(project, edited).edit()


class _Comparison:
    """The edited file beside the project: what differs, and which file owns it."""

    def __init__(self, project: Project, edited: Path) -> None:
        self._project, self._edited = project, edited
        self._triples, declared = read_rdf(edited)
        refuse_relative(self._triples, edited)
        self._prefixes = merge_prefixes(project, declared)
        self._modules = modules(project)
        self._saved = {path: read_rdf(path)[0] for path in self._modules.values()}
        self._concepts = {path: read_rdf(path)[0] for path in project.concept_files}
        self._placed: dict[IRI, Path] = {}

    def edit(self) -> ProtegeEdit:
        """The changes, the terms placed by reasoning, and the facts."""
        module = self._module()
        differences: dict[Path, _FileDifference] = {}
        foreign: list[str] = []
        before = self._before(module)
        after = axioms(self._triples, self._prefixes)
        for text, axiom in after.items():
            if text not in before and self._counts(axiom, module):
                owner = self._owner(axiom) or (module if self._of_ontology(axiom) else None)
                if owner:
                    differences.setdefault(owner, _FileDifference()).added.append(axiom)
                elif module:
                    foreign.append(f"+ {text}")
        for text, (axiom, paths) in before.items():
            if text not in after and self._counts(axiom, module):
                for path in paths:
                    differences.setdefault(path, _FileDifference()).removed.append(axiom)
        placed = [
            f"{iri.value} goes to {path.name}; rdfs:isDefinedBy says where it should be"
            for iri, path in self._placed.items()
        ]
        changes = [self._change(path, differences[path]) for path in sorted(differences)]
        changes = [change for change in changes if change.before != change.after]
        facts = foreign if module else list(self._facts())
        return ProtegeEdit(changes, placed, facts)

    def _module(self) -> Path | None:
        """The file that was edited, or None for the merged file."""
        headers = [t.subject for t in self._triples if (t.predicate, t.object) == _HEADER]
        names = [header.value for header in headers if isinstance(header, IRI)]
        if f"{self._project.base}ontology/merged" in names:
            return None
        for name in names:
            if name in self._modules:
                return self._modules[name]
        said = f"the ontology <{names[0]}>" if names else "no ontology header"
        raise SourceError(
            f"it has {said}; it is no edit of this project's ontology",
            path=self._edited,
            hint="open a file of ontology/, or one written by cgkg export --merged, and edit that",
        )

    def _before(self, module: Path | None) -> dict[str, tuple[SavedAxiom, list[Path]]]:
        """The axioms that the edit began from, each with its files."""
        held = {module: self._saved[module]} if module else {**self._saved, **self._concepts}
        before: dict[str, tuple[SavedAxiom, list[Path]]] = {}
        for path, triples in held.items():
            for text, axiom in axioms(triples, self._prefixes).items():
                before.setdefault(text, (axiom, []))[1].append(path)
        return before

    def _counts(self, axiom: SavedAxiom, module: Path | None) -> bool:
        """Whether a difference is an edit, not a trace of how the file was written."""
        if module is None and (axiom.subject in self._headers or self._evidence(axiom)):
            return False
        if axiom.subject is None or len(axiom.triples) > 1:
            return True
        if axiom.subject.value.startswith(_BUILT_IN):
            return False
        _, predicate, value = parts(axiom.triples[0])
        if predicate == RDF.type and value in _DECLARED:
            # Declarations of terms of other modules, and of individuals, come with saving.
            return value != OWL.NamedIndividual and axiom.subject not in self._owners_elsewhere(
                module
            )
        # The merged file repeats preferred labels for Protégé.
        return not (predicate == RDFS.label and self._is_concept(axiom.subject))

    @cached_property
    def _headers(self) -> frozenset[object]:
        merged = IRI(f"{self._project.base}ontology/merged")
        return frozenset({*map(IRI, self._modules), merged})

    def _evidence(self, axiom: SavedAxiom) -> bool:
        """Whether it is an annotation of a fact, which the merged file makes from the spans."""
        annotation = any((t.predicate, t.object) == (RDF.type, OWL.Axiom) for t in axiom.triples)
        return annotation and (axiom.subject is None or axiom.subject not in self._terms)

    @cached_property
    def _terms(self) -> dict[IRI, Path]:
        """The terms of the ontology and the file that declares each, or else mentions it first."""
        terms: dict[IRI, Path] = {}
        for declared in (True, False):
            for path, triples in self._saved.items():
                for triple in triples:
                    if isinstance(triple.subject, IRI) and (
                        not declared or (triple.predicate == RDF.type and triple.object in _TERMS)
                    ):
                        terms.setdefault(triple.subject, path)
        return terms

    def _owners_elsewhere(self, module: Path | None) -> set[IRI]:
        return {term for term, path in self._terms.items() if path != module}

    @cached_property
    def _new_terms(self) -> set[IRI]:
        return {
            t.subject
            for t in self._triples
            if t.predicate == RDF.type and t.object in _TERMS and isinstance(t.subject, IRI)
        } - self._terms.keys()

    @cached_property
    def _schemes(self) -> dict[IRI, Path]:
        """Concepts and concept schemes, each with its file."""
        return {
            t.subject: path
            for path, triples in self._concepts.items()
            for t in triples
            if isinstance(t.subject, IRI)
        }

    def _is_concept(self, term: IRI) -> bool:
        return self._scheme_of(term) is not None

    def _scheme_of(self, term: IRI) -> Path | None:
        if term in self._schemes:
            return self._schemes[term]
        said = self._statements.get(term, {})
        schemes = [*said.get(SKOS.inScheme, ()), *said.get(SKOS.topConceptOf, ())]
        return next((self._schemes[s] for s in schemes if s in self._schemes), None)

    @cached_property
    def _statements(self) -> Mapping[IRI, Mapping[IRI, list[Term]]]:
        values: dict[IRI, dict[IRI, list[Term]]] = {}
        for triple in self._triples:
            if isinstance(triple.subject, IRI):
                values.setdefault(triple.subject, {}).setdefault(triple.predicate, []).append(
                    triple.object  # type: ignore[arg-type]  # no triple terms
                )
        return values

    def _of_ontology(self, axiom: SavedAxiom) -> bool:
        subject = axiom.subject
        return subject is None or subject in self._headers

    def _owner(self, axiom: SavedAxiom) -> Path | None:
        """The file that an axiom belongs to; None for what is said of an individual."""
        subject = axiom.subject
        if subject is None:
            return self._of_general(axiom)
        if subject.value in self._modules:
            return self._modules[subject.value]
        return self._of_term(subject) or self._scheme_of(subject)

    def _of_term(self, term: IRI, *, depth: int = 0) -> Path | None:
        """The module that defines a term: as it says, as it was, or with what it stands below."""
        if term in self._terms:
            return self._terms[term]
        if term not in self._new_terms:
            return None
        said = self._statements.get(term, {})
        for module in said.get(RDFS.isDefinedBy, ()):
            if isinstance(module, IRI) and module.value in self._modules:
                return self._modules[module.value]
        beside = [v for p in _PLACED_BY for v in said.get(p, ()) if isinstance(v, IRI)]
        paths = (self._of_term(other, depth=depth + 1) for other in beside if depth < 10)
        path = next((p for p in paths if p), self._project.ontology)
        if depth == 0:
            self._placed[term] = path
        return path

    def _of_general(self, axiom: SavedAxiom) -> Path | None:
        """The one module that all its terms are from, or the root; None if it is about facts."""
        names = [name for name in axiom.names() if not name.value.startswith(OWL.base)]
        paths = {self._of_term(name) for name in names if name != RDF.nil}
        paths.discard(None)
        if not paths:
            return None
        return paths.pop() if len(paths) == 1 else self._project.ontology

    def _change(self, path: Path, difference: _FileDifference) -> FileChange:
        saved = self._saved.get(path) or self._concepts.get(path, [])
        held = axioms(saved, self._prefixes)
        gone = {axiom.text for axiom in difference.removed}
        kept = [t for text, axiom in held.items() if text not in gone for t in axiom.triples]
        added = [axiom for axiom in difference.added if axiom.text not in held]
        fresh = (_relabel_blanks(axiom.triples, number) for number, axiom in enumerate(added))
        triples = [*kept, *(triple for part in fresh for triple in part)]
        after = format_turtle(path, self._project, triples=triples)
        return FileChange(path, regular_text(path), after)

    def _facts(self) -> Iterator[str]:
        """What the merged file says otherwise of individuals, and where the project says it."""
        sources = load(self._project)
        before = {
            as_saved(t): (t, name)
            for name, part in layers(sources).items()
            if name not in (GRAPH.ontology, GRAPH.concepts)
            for t in part
            if self._is_fact(t)
        }
        after = {as_saved(t) for t in self._triples if self._is_fact(t)}
        term = Layout((), self._prefixes).term
        for triple in sorted(before.keys() ^ after, key=str):
            sign, where = "+", ""
            if triple in before:
                place = sources.locator.of(*before[triple])
                sign, where = "-", f"  ({place.path}:{place.line})" if place else ""
            yield f"{sign} {' '.join(map(term, parts(triple)))}{where}"

    def _is_fact(self, triple: Triple) -> bool:
        """Whether a triple says something of an individual; labels are made for Protégé."""
        subject = triple.subject
        return (
            isinstance(subject, IRI)
            and subject not in self._own_subjects
            and triple.object != OWL.NamedIndividual
            and triple.predicate != RDFS.label
            and not self._is_concept(subject)
        )

    @cached_property
    def _own_subjects(self) -> set[object]:
        return {*self._terms, *self._headers, *self._new_terms}


_BUILT_IN = (RDF.base, RDFS.base, OWL.base, XSD.base)
_HEADER = (RDF.type, OWL.Ontology)


def _relabel_blanks(triples: Iterable[Triple], number: int) -> Iterator[Triple]:
    """With blank labels that no other axiom has."""

    def fresh(term: object) -> object:
        return BlankNode(f"new{number}x{term.value}") if isinstance(term, BlankNode) else term

    for t in triples:
        yield Triple(fresh(t.subject), t.predicate, fresh(t.object))  # type: ignore[arg-type]  # terms stay terms


__all__ = ["ProtegeEdit", "bring_back"]
