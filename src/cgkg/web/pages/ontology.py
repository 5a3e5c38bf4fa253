"""The documentation of ontologies and terms, made from the graph when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Response

from cgkg.languages import N_
from cgkg.presentation.resource import Resource
from cgkg.presentation.vocabulary import KINDS, TermDescription, example_query
from cgkg.rdf.terms import IRI, Term
from cgkg.rdf.vocab import DCTERMS, OWL, RDFS, SKOS, VANN, Namespace
from cgkg.store.excerpt import about
from cgkg.store.reader import DEFAULT
from cgkg.web.parts.addresses import Address
from cgkg.web.parts.diagrams import Diagram, Row, columns, layers, tree
from cgkg.web.parts.examples import Example
from cgkg.web.parts.view import View
from cgkg.web.rendering import page, view_of

_BIBO = Namespace("http://purl.org/ontology/bibo/")
# What the head of an ontology's page tells, in this order.
_ABOUT = (
    (OWL.versionInfo, N_("Version")),
    (OWL.versionIRI, N_("Version IRI")),
    (OWL.priorVersion, N_("Earlier version")),
    (_BIBO.status, N_("Status")),
    (DCTERMS.creator, N_("Creator")),
    (DCTERMS.contributor, N_("Contributor")),
    (DCTERMS.publisher, N_("Publisher")),
    (DCTERMS.created, N_("Created")),
    (DCTERMS.issued, N_("Issued")),
    (DCTERMS.modified, N_("Modified")),
    (DCTERMS.license, N_("License")),
    (VANN.preferredNamespacePrefix, N_("Prefix")),
    (VANN.preferredNamespaceUri, N_("Namespace")),
    (DCTERMS.source, N_("Source")),
    (DCTERMS.bibliographicCitation, N_("Cite as")),
)
_MOST_QUERIES = 6


@dataclass(frozen=True)
class Module:
    """An ontology as a part of the page: its terms by kind and its drawings."""

    iri: IRI | None
    terms: tuple[tuple[IRI, tuple[TermDescription, ...]], ...]
    classes: Diagram | None
    properties: Diagram | None

    @property
    def count(self) -> int:
        """How many terms it defines."""
        return sum(len(terms) for _, terms in self.terms)


def ontology_page(view: View, described: Resource, common: Mapping[str, Any]) -> Response:
    """An ontology: what it is, and its terms, or the modules it is made of."""
    vocabulary = view.site.vocabulary
    own = _module(view, described.iri, vocabulary.terms(described.iri))
    parts = [iri for iri in vocabulary.ontologies if iri in vocabulary.closure(described.iri)]
    modules = [_module(view, i, vocabulary.terms(i)) for i in parts if i != described.iri]
    whole = not own.count
    view.site.graph.take(about(parts, DCTERMS.description, g=DEFAULT))
    return page(
        "ontology.html",
        view,
        **common,
        about=list(_about(view, described)),
        own=own,
        modules=[m for m in modules if m.count] if whole else [],
        imported=_imports(view, parts) if len(parts) > 1 else None,
        importing=[i for i in vocabulary.ontologies if described.iri in vocabulary.imports(i)],
        changes=vocabulary.changes(described.iri),
        term=None,
        kinds=KINDS,
    )


def vocabulary_page() -> Response:
    """The terms of a graph that has no ontology under its own name: those declared or in use."""
    view = view_of()
    vocabulary = view.site.vocabulary
    terms = vocabulary.terms()
    view.read_names(vocabulary.ontologies, defined=_of_all(terms))
    return page(
        "vocabulary.html",
        view,
        ontologies=vocabulary.ontologies,
        own=_module(view, None, terms),
        kinds=KINDS,
    )


def term_parts(
    view: View, described: Resource, address: Address, examples: Iterable[Example]
) -> dict[str, Any]:
    """What the page of a term shows more than that of any entity; `term` is None for others."""
    vocabulary = view.site.vocabulary
    if described.iri not in vocabulary.kinds:
        return {"term": None}
    term = vocabulary.term(described.iri)
    near = _near(view, term)
    return {
        "term": term,
        "kinds": KINDS,
        "term_axioms": vocabulary.axioms(term.iri, view.language),
        "family": _family(view, term),
        "around": columns(_rows(near), view.label, _paint(term.iri)) if near else None,
        "queries": [_query(view, term), *_saved(view, term, examples)],
        "changes": vocabulary.changes(term.iri),
        "version_path": _version_path(view, term),
        "versioned": address.versioned,
    }


def named_by(view: View, described: Resource) -> set[IRI]:
    """The terms that the page of a term or an ontology names, beside those in statements."""
    vocabulary = view.site.vocabulary
    iri = described.iri
    if OWL.Ontology in described.types:
        modules = vocabulary.closure(iri)
        terms = vocabulary.terms(*modules)  # whose uses are counted together
        return {*modules, *vocabulary.ontologies, *_of_all(terms)}
    if iri not in vocabulary.kinds:
        return set()
    term = vocabulary.term(iri)
    phrases = vocabulary.axioms(iri, view.language)
    said = {part for phrase in phrases for part in phrase if isinstance(part, IRI)}
    above = _above(view, term)
    family = {*above, *(each for held in above.values() for each in held)}
    return said | family | _of_all([term, *_near(view, term)]) | {*vocabulary.ontologies}


def _of_all(terms: Iterable[TermDescription]) -> set[IRI]:
    """The terms and those that they are drawn beside."""
    near = ((t.iri, *t.above, *t.below, *t.domains, *t.ranges, *t.inverses, *t.replaced_by)
            for t in terms)  # fmt: skip
    return {iri for iris in near for iri in iris}


def _module(view: View, iri: IRI | None, terms: Sequence[TermDescription]) -> Module:
    parts = tuple((kind, tuple(part)) for kind, part in groupby(terms, lambda term: term.kind))
    own = {term.iri for term in terms}
    above = {t.iri: _named(t.above) for t in terms if t.is_class}
    rows = list(_rows(t for t in terms if not t.is_class and (t.domains or t.ranges)))

    def paint(each: IRI) -> str:
        return "class" if each in own else "other"

    return Module(
        iri,
        parts,
        classes=tree(above, view.label, paint) if any(above.values()) else None,
        properties=columns(rows, view.label, paint) if rows else None,
    )


def _imports(view: View, parts: Iterable[IRI]) -> Diagram:
    vocabulary = view.site.vocabulary
    held = list(parts)
    above = {i: [o for o in held if i in vocabulary.imports(o)] for i in held}
    return layers(above, _last, lambda iri: "module")


def _last(iri: IRI) -> str:
    """The end of a module's name, which is short; its label shows on hovering."""
    return iri.value.rstrip("/#").rpartition("/")[2].rpartition("#")[2]


def _named(above: Iterable[IRI]) -> tuple[IRI, ...]:
    """Classes above, without the one that everything is."""
    return tuple(iri for iri in above if iri != OWL.Thing)


def _rows(terms: Iterable[TermDescription]) -> Iterator[Row]:
    for term in terms:
        yield Row(term.domains, term.iri, term.ranges)


def _near(view: View, term: TermDescription) -> list[TermDescription]:
    """The properties that lead from or to a class; a property itself."""
    if not term.is_class:
        return [term] if term.domains or term.ranges else []
    vocabulary = view.site.vocabulary
    return [vocabulary.uncounted(iri) for iri in vocabulary.around(term.iri)]


def _family(view: View, term: TermDescription) -> Diagram | None:
    """Everything above a term, and what is directly below it."""
    above = _above(view, term)
    return tree(above, view.label, _paint(term.iri)) if len(above) > 1 else None


def _above(view: View, term: TermDescription) -> dict[IRI, tuple[IRI, ...]]:
    vocabulary = view.site.vocabulary
    above: dict[IRI, tuple[IRI, ...]] = dict.fromkeys(_named(term.below), (term.iri,))
    waiting = [term.iri]
    while waiting:
        iri = waiting.pop()
        if iri not in above and iri in vocabulary.kinds:
            above[iri] = _named(vocabulary.uncounted(iri).above)
            waiting += above[iri]
    return above


def _paint(focus: IRI) -> Any:
    return lambda iri: "focus" if iri == focus else "class"


def _about(view: View, described: Resource) -> Iterator[tuple[str, list[Term]]]:
    for predicate, name in _ABOUT:
        terms: list[Term] = [
            each.triple.object  # type: ignore[misc]  # an object here is never a triple
            for each in described.outgoing
            if each.triple.predicate == predicate
        ]
        if terms:
            yield view.gettext(name), terms


def _query(view: View, term: TermDescription) -> tuple[str, str]:
    """A query made for the term."""
    used = {"skos": SKOS.base, "rdfs": RDFS.base}
    prefix, _, local = view.short(term.iri).partition(":")
    name = term.iri.value
    namespace = view.site.generation.prefixes.get(prefix, "")
    if namespace + local == name and local.isidentifier():
        used[prefix] = namespace
        written = f"{prefix}:{local}"
    else:
        written = f"<{name}>"
    declared = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in sorted(used.items()))
    title = view.gettext("Where it is used")
    return title, example_query(term, written, declared, view.language)


def _saved(view: View, term: TermDescription, examples: Iterable[Example]) -> list[tuple[str, str]]:
    """Queries of the project that use the term."""
    names = (view.short(term.iri), f"<{term.iri.value}>")
    queries = [
        (view.pick(each.title), each.text(view.language))
        for each in examples
        if any(word.rstrip(".;,)") in names for word in _words(each.query))
    ]
    return queries[:_MOST_QUERIES]


def _words(query: str) -> Iterator[str]:
    for sign in "()|/^{}*+":
        query = query.replace(sign, " ")
    yield from query.split()


def _version_path(view: View, term: TermDescription) -> str:
    """The address of the term as it is in this version, if its ontology names versions."""
    site = view.site
    base = site.settings.base
    names = sorted(site.vocabulary.versions, key=lambda iri: len(iri.value))
    ontologies = site.vocabulary.closure(term.ontology) if term.ontology else frozenset()
    for version in names:
        covers = site.vocabulary.closure(site.vocabulary.versions[version])
        if ontologies and ontologies <= covers and term.iri.value.startswith(base):
            return site.path(IRI(f"{version.value}/{term.iri.value.removeprefix(base)}"))
    return ""
