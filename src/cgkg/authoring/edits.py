"""An edit made in Protégé brought back into the files that own what it changes.

Protégé saves one ontology: a module, or the merged file that `cgkg export --merged` wrote. What
differs from the project is sorted by whose it is: an axiom goes to the module that owns its term,
a concept's to its scheme's file; what is said of individuals belongs to no ontology and is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cgkg.authoring.axioms import SavedAxiom, as_saved, axioms, variables_of
from cgkg.authoring.catalog import modules
from cgkg.authoring.formatting import (
    FileChange,
    format_turtle,
    merge_prefixes,
    refuse_relative,
    tags_of,
)
from cgkg.errors import SourceError
from cgkg.project.folder import Project
from cgkg.project.sources import Sources, layers, load
from cgkg.rdf.compression import read_decompressed
from cgkg.rdf.io import read_rdf
from cgkg.rdf.lines import is_turtle
from cgkg.rdf.terms import IRI, BlankNode, Term, Triple, parts
from cgkg.rdf.turtle import Layout
from cgkg.rdf.vocab import CG, DCTERMS, GRAPH, OWL, RDF, RDFS, SKOS, SWRL, XSD

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
    facts: list[str] = field(default_factory=list)  # what no file of the ontology takes, by line


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
        self._saved = {
            path: read_rdf(path, reading=project.reading)[0] for path in self._modules.values()
        }
        self._concepts = {
            path: read_rdf(path, reading=project.reading)[0] for path in project.concept_files
        }
        self._placed: dict[IRI, Path] = {}

    def edit(self) -> ProtegeEdit:
        """The changes, the terms placed by reasoning, and what no file has a place for."""
        module = self._module()
        differences: dict[Path, _FileDifference] = {}
        foreign: list[str] = []
        before, after = self._before(module), self._after
        for text, axiom in after.items():
            if text not in before and self._counts(axiom, module):
                owner = self._owner(axiom, module)
                if owner:
                    differences.setdefault(owner, _FileDifference()).added.append(axiom)
                elif module or axiom.blanks:
                    foreign.append(f"+ {text}")
        for text, (axiom, paths) in before.items():
            if text not in after and self._counts(axiom, module, gone=True):
                if module is None and axiom.subjects & self._headers:
                    continue  # the merged file has one header for all
                for path in paths:
                    differences.setdefault(path, _FileDifference()).removed.append(axiom)
        placed = [
            f"{iri.value} goes to {path.name}; rdfs:isDefinedBy says where it should be"
            for iri, path in self._placed.items()
        ]
        changes = [self._change(path, differences[path]) for path in sorted(differences)]
        changes = [change for change in changes if change.before != change.after]
        if module is None:
            known = axioms((t for t in self._data if self._of_blank(t)), self._prefixes)
            foreign = [line for line in foreign if line[2:] not in known]
            foreign += [f"- {text}" for text in known if text not in after]
            foreign += [*self._header_edits(), *self._facts(), *self._notes()]
        return ProtegeEdit(changes, placed, foreign)

    @cached_property
    def _after(self) -> dict[str, SavedAxiom]:
        return axioms(self._triples, self._prefixes)

    @cached_property
    def _sources(self) -> Sources:
        return load(self._project)

    @cached_property
    def _data(self) -> list[Triple]:
        """What the project says in data/, but for concepts."""
        ours = (GRAPH.ontology, GRAPH.concepts)
        return [t for n, part in layers(self._sources).items() if n not in ours for t in part]

    @cached_property
    def _mentioned(self) -> frozenset[Term]:
        """What the project speaks of."""
        held = [*self._saved.values(), *self._concepts.values(), self._data]
        return frozenset(term for part in held for t in part for term in _ends(t))

    @cached_property
    def _mentioned_after(self) -> frozenset[Term]:
        """What the edited file speaks of."""
        return frozenset(term for t in self._triples for term in _ends(t))

    @staticmethod
    def _of_blank(triple: Triple) -> bool:
        return any(isinstance(term, BlankNode) for term in _ends(triple))

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
        if headers and not names:
            said = "an ontology without an IRI"
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

    def _counts(self, axiom: SavedAxiom, module: Path | None, *, gone: bool = False) -> bool:
        """Whether a difference is an edit, not a trace of how the file was written."""
        if module is None and (self._merged in axiom.subjects or self._evidence(axiom)):
            return False
        if axiom.subject is None or axiom.blanks:
            return True
        _, predicate, value = parts(axiom.triples[0])
        if predicate == RDF.type and value in _DECLARED:
            # Declarations of terms of other modules, and of individuals, come with saving.
            if axiom.subject.value.startswith(_BUILT_IN):
                return False
            if value == OWL.NamedIndividual:
                return axiom.subject not in (self._mentioned_after if gone else self._mentioned)
            return axiom.subject not in self._owners_elsewhere(module)
        # The merged file repeats preferred labels for Protégé.
        return not (module is None and predicate == RDFS.label and self._is_concept(axiom.subject))

    @property
    def _merged(self) -> IRI:
        return IRI(f"{self._project.base}ontology/merged")

    @cached_property
    def _headers(self) -> frozenset[IRI]:
        return frozenset({*map(IRI, self._modules), self._merged})

    def _evidence(self, axiom: SavedAxiom) -> bool:
        """Whether it is an annotation of a fact, which the merged file makes from the spans."""
        annotation = any((t.predicate, t.object) == (RDF.type, OWL.Axiom) for t in axiom.triples)
        return annotation and len(axiom.blanks) == 1 and not axiom.subjects & self._terms.keys()

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

    def _owner(self, axiom: SavedAxiom, module: Path | None) -> Path | None:
        """The file that an axiom belongs to; None for what is said of an individual of data/."""
        if not axiom.subjects:
            general = self._of_general(axiom) or module
            rule = any(name in SWRL for name in axiom.names())
            return general or (self._project.ontology if rule else None)
        owners = {self._owner_of(subject, module) for subject in axiom.subjects}
        if None in owners:
            return None
        # Blank nodes cannot be shared between files.
        return owners.pop() if len(owners) == 1 else self._project.ontology

    def _owner_of(self, subject: IRI, module: Path | None) -> Path | None:
        """The file that has what is said of a named thing."""
        if subject.value in self._modules:
            return self._modules[subject.value]
        owner = self._of_term(subject) or self._scheme_of(subject)
        if owner or (module and subject not in self._mentioned):
            return owner or module
        built_in = subject.value.startswith(_BUILT_IN)
        return (module or self._project.ontology) if built_in else None

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
        fresh = [axiom for axiom in difference.added if axiom.text not in held]
        # What shares a blank node with something new is taken from the edited file too.
        beside = [a for text, a in self._after.items() if a.blanks and text in held]
        for axiom in fresh:  # grows as it goes
            shared = [a for a in beside if a.text not in gone and a.blanks & axiom.blanks]
            gone.update(a.text for a in shared)
            fresh += shared
        kept = (t for text, axiom in held.items() if text not in gone for t in axiom.triples)
        added = (t for axiom in fresh for t in axiom.triples)
        triples = [*_relabel_blanks(kept, "kept"), *_relabel_blanks(added, "new")]
        after = format_turtle(path, self._project, triples=dict.fromkeys(triples), tags=self._tags)
        return FileChange(path, read_decompressed(path).decode(), after)

    @cached_property
    def _tags(self) -> dict[str, str]:
        """The language tags of the edited file as they are written there."""
        text = read_decompressed(self._edited).decode(errors="replace")
        if is_turtle(self._edited):
            return tags_of(text)
        return {tag.lower(): tag for tag in _XML_LANG.findall(text)}

    # What no file of the ontology has a place for

    def _header_edits(self) -> Iterator[str]:
        """How the merged file's header differs from the one that the root ontology gives it."""
        imported = {t.object for held in self._saved.values() for t in held
                    if t.predicate == OWL.imports}  # fmt: skip
        roots = {IRI(name) for name in self._modules if IRI(name) not in imported}
        made = [
            Triple(self._merged if t.subject in roots else t.subject, t.predicate, t.object)
            for held in self._saved.values()
            for t in held
            if t.subject not in roots or t.predicate not in _HEADER_ONLY
        ]
        before, after = (
            {text for text, axiom in side.items() if axiom.subjects == {self._merged}}
            for side in (axioms(made, self._prefixes), self._after)
        )
        yield from (f"- {text}" for text in sorted(before - after))
        yield from (f"+ {text}" for text in sorted(after - before))

    def _facts(self) -> Iterator[str]:
        """What the merged file says otherwise of individuals, and where the project says it."""
        before = {
            as_saved(t): (t, name)
            for name, part in layers(self._sources).items()
            if name not in (GRAPH.ontology, GRAPH.concepts)
            for t in part
            if self._is_fact(t)
        }
        after = {as_saved(t) for t in self._triples if self._is_fact(t)}
        for triple in sorted(before.keys() ^ after, key=str):
            sign, where = "+", ""
            if triple in before:
                place = self._sources.locator.of(*before[triple])
                sign, where = "-", f"  ({place.path}:{place.line})" if place else ""
            yield f"{sign} {self._said(triple)}{where}"

    def _said(self, triple: Triple) -> str:
        return " ".join(map(Layout((), self._prefixes).term, parts(triple)))

    def _is_fact(self, triple: Triple) -> bool:
        """Whether a triple says something of an individual that Protégé is not told by merging."""
        subject, predicate, value = parts(triple)
        if not isinstance(subject, IRI) or isinstance(value, BlankNode):
            return False
        if subject in self._own_subjects or subject.value.startswith(_BUILT_IN):
            return False
        if predicate == _LABEL:
            return (subject, value) not in self._labels
        if (predicate, value) == _NAMED:
            return subject not in self._mentioned
        return not self._is_concept(subject)

    @cached_property
    def _labels(self) -> set[tuple[Term, Term]]:
        """What is called what, before and after; the merged file repeats it as rdfs:label."""
        held = (self._triples, self._data, *self._concepts.values())
        names = (SKOS.prefLabel, CG.gist)
        return {_ends(t) for part in held for t in part if t.predicate in names}

    def _notes(self) -> Iterator[str]:
        """Annotations of facts that are not those that their spans give them, or lack one."""
        on_notes = {t.subject for t in self._triples if t.object == OWL.AnnotationProperty}
        stated, gist = CG.statedIn, CG.gist
        gists: dict[object, list[Term]] = {}
        for t in self._data:
            if t.predicate == gist:
                gists.setdefault(t.subject, []).append(_ends(t)[1])
        before: dict[Triple, set[tuple[IRI, Term]]] = {}
        for name, part in layers(self._sources).items():
            for t in part if name not in _NOT_EVIDENCE else ():
                if isinstance(t.subject, IRI) and t.predicate not in on_notes:
                    notes = {(stated, name), *((gist, g) for g in gists.get(name, ()))}
                    before.setdefault(as_saved(t), set()).update(notes)
        after: dict[Triple, set[tuple[IRI, Term]]] = {}
        facts = {as_saved(t) for t in self._triples}
        for axiom in self._after.values():
            if self._evidence(axiom):
                said = {t.predicate: t.object for t in axiom.triples}
                fact = Triple(*(said.get(part, RDF.nil) for part in _REIFIED))  # type: ignore[arg-type]  # terms
                notes = {(t.predicate, _ends(t)[1]) for t in axiom.triples}
                after.setdefault(as_saved(fact), set()).update(
                    (p, v) for p, v in notes if p not in _REIFIED and (p, v) != _AXIOM
                )
        for fact in sorted((before.keys() | after.keys()) & facts | after.keys(), key=str):
            for sign, one, other in (("-", before, after), ("+", after, before)):
                for p, v in sorted(one.get(fact, set()) - other.get(fact, set()), key=str):
                    term = Layout((), self._prefixes).term
                    yield f"{sign} {self._said(fact)}  @ {term(p)} {term(v)}"

    @cached_property
    def _own_subjects(self) -> set[object]:
        rules = variables_of(self._triples)
        return {*self._terms, *self._headers, *self._new_terms, *rules}


_BUILT_IN = (RDF.base, RDFS.base, OWL.base, XSD.base)
_HEADER = (RDF.type, OWL.Ontology)


# What the merged file leaves out of its header, and the graphs that are no evidence of a fact.
_HEADER_ONLY = (OWL.imports, OWL.versionIRI, DCTERMS.bibliographicCitation)
_NOT_EVIDENCE = frozenset({GRAPH.ontology, GRAPH.spans, GRAPH.concepts, GRAPH.registry})
_XML_LANG = re.compile(r"""\bxml:lang\s*=\s*["']([A-Za-z0-9-]+)["']""")
_LABEL, _NAMED = RDFS.label, (RDF.type, OWL.NamedIndividual)
_AXIOM = (RDF.type, OWL.Axiom)
_REIFIED = (OWL.annotatedSource, OWL.annotatedProperty, OWL.annotatedTarget)


def _ends(triple: Triple) -> tuple[Term, Term]:
    """Subject and object."""
    subject, _, value = parts(triple)
    return subject, value


def _relabel_blanks(triples: Iterable[Triple], label: str) -> Iterator[Triple]:
    """With blank labels that begin with this one."""

    def fresh(term: object) -> object:
        return BlankNode(f"{label}{term.value}") if isinstance(term, BlankNode) else term

    for t in triples:
        yield Triple(fresh(t.subject), t.predicate, fresh(t.object))  # type: ignore[arg-type]  # terms stay terms


__all__ = ["ProtegeEdit", "bring_back"]
