"""The ontology of a project: its modules, file by file, and which of them are the project's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cgkg.project.catalog import CatalogRemark
from cgkg.rdf.io import is_rdf
from cgkg.rdf.lines import LINED, Locator, Place
from cgkg.rdf.names import syntax_of
from cgkg.rdf.terms import IRI, Literal, Term, Triple
from cgkg.rdf.vocab import CG, OWL, RDF, VANN

__all__ = ["Ontology", "has_lines", "namespace_of"]


@dataclass(frozen=True)
class Ontology:
    """What the modules say, and whose they are.

    `modules` is the ontology by file, `imported` those of the files that are not the project's
    own, `remarks` are about catalogs; `base` is what the project's IRIs begin with,
    `prefixes` hold before those that a module declares.
    """

    base: str
    modules: Mapping[Path, tuple[Triple, ...]]
    imported: tuple[Path, ...]
    remarks: tuple[CatalogRemark, ...]
    prefixes: Mapping[str, str] = field(default_factory=dict, repr=False)
    _locators: dict[Path, Locator] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        base: str,
        root: Path,
        modules: Mapping[Path, tuple[Triple, ...]],
        named: Mapping[Path, str],
        remarks: tuple[CatalogRemark, ...],
        prefixes: Mapping[str, str],
    ) -> Ontology:
        """The ontology of these modules.

        Args:
            base: what the project's IRIs begin with.
            root: the module that imports the others.
            modules: what each says.
            named: the IRI by which each is imported.
            remarks: about catalogs.
            prefixes: those that hold before a module declares its own.
        """
        spaces = (base, *_namespaces(modules[root]))
        foreign = (
            path
            for path, part in modules.items()
            if path in named
            and not any(name.startswith(spaces) for name in (named[path], *_ontologies(part)))
        )
        return cls(base, modules, tuple(foreign), remarks, prefixes)

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """All that the modules say, each triple once."""
        return tuple(dict.fromkeys(t for part in self.modules.values() for t in part))

    @cached_property
    def own(self) -> frozenset[Triple]:
        """What the project's own modules say."""
        own = (part for path, part in self.modules.items() if path not in self.imported)
        return frozenset(triple for part in own for triple in part)

    @cached_property
    def foreign(self) -> frozenset[Triple]:
        """What only files of others say."""
        return frozenset(self.triples) - self.own

    @cached_property
    def namespace(self) -> str:
        """The namespace of the ontology's own terms."""
        own = (part for path, part in self.modules.items() if path not in self.imported)
        return namespace_of(t for part in (*own, self.triples) for t in part)

    def place_of(self, triple: Triple) -> Place | None:
        """The module that states a triple, and the line.

        The line is 0 where the syntax is one in which it is not looked for, as RDF/XML.
        """
        path = next((path for path, part in self._stated.items() if triple in part), None)
        if path is None:
            return None
        if path not in self._locators:
            self._locators[path] = Locator(
                [path] if has_lines(path) else [], prefixes=self.prefixes
            )
        return self._locators[path].of(triple) or Place(path, 0)

    def is_own(self, term: Term | Triple | None) -> bool:
        """Whether a term is the project's, and not an imported or borrowed one.

        It is if it begins with the project's base or with a namespace that its modules prefer;
        where they prefer none, if they alone describe it. So do nodes without a name, and headers.
        """
        if not isinstance(term, IRI) or not self._own_spaces or term in self._own_headers:
            return term in self._own_subjects
        return term.value.startswith((self.base, *self._own_spaces))

    @cached_property
    def _stated(self) -> Mapping[Path, frozenset[Triple]]:
        return {path: frozenset(part) for path, part in self.modules.items()}

    @cached_property
    def _own_spaces(self) -> tuple[str, ...]:
        """What the project's own terms begin with; nothing if its modules name no namespace."""
        return tuple(dict.fromkeys(_namespaces(self.own)))

    @cached_property
    def _own_subjects(self) -> frozenset[object]:
        others = {t.subject for t in self.foreign}
        return frozenset({t.subject for t in self.own} - others)

    @cached_property
    def _own_headers(self) -> frozenset[object]:
        return frozenset(map(IRI, _ontologies(self.own)))


def has_lines(path: Path) -> bool:
    """Whether the lines of its statements can be found: Turtle, TriG and what is like them."""
    return is_rdf(path) and syntax_of(path) in LINED


def namespace_of(ontology: Iterable[Triple]) -> str:
    """The namespace of an ontology's own terms: the first that it prefers, or cgkg's."""
    return next(_namespaces(ontology), CG.base)


def _ontologies(triples: Iterable[Triple]) -> Iterator[str]:
    for triple in triples:
        header = triple.predicate == RDF.type and triple.object == OWL.Ontology
        if header and isinstance(triple.subject, IRI):
            yield triple.subject.value


def _namespaces(triples: Iterable[Triple]) -> Iterator[str]:
    """The namespaces that ontologies prefer."""
    for triple in triples:
        value = triple.object
        if triple.predicate == VANN.preferredNamespaceUri and isinstance(value, (Literal, IRI)):
            yield value.value
