"""What a running site is made of: one generation, its graph, a query pool and settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from cgkg.document.text import TextsAtHand
from cgkg.errors import VersionNotFoundError
from cgkg.presentation.vocabulary import Vocabulary
from cgkg.rdf.iris import may_be_link
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import BASE, CG, DCTERMS, OWL, RDF
from cgkg.search.finder import Search
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph

if TYPE_CHECKING:
    from cgkg.reasoning import Proof
    from cgkg.sparql.protocol import QueryAnswer, QueryRequest


class Pool(Protocol):
    """What the endpoint needs of a query pool."""

    def run(self, request: QueryRequest) -> QueryAnswer:
        """The complete answer, or one of the query errors."""


@dataclass(frozen=True)
class Settings:
    """What whoever serves a generation decides.

    Attributes:
        base: what the IRIs begin with that this site answers for at its own address; may be empty.
        version: of cgkg, shown in the footer.
        source: the words of the documents at hand; only pages show them.
        explain: finds the proof of an inferred triple.
        explain_all: finds so many different proofs of a triple, for /explain.
        examples: files with example queries (see `examples.read`).
        max_body: the largest request body, in bytes.
        graph: the dataset, if it is open already; otherwise it is loaded.
        search: finds things of that dataset by words, if it was made already; otherwise it is made
            when it is first asked.
        find: finds the generation that a version names and that the pool can be asked for; raises
            VersionNotFoundError. Without it there is only the one that is served.
        federated: whether SERVICE may ask other endpoints.
        unbuilt: why the files as they were saved last are not what is served: findings, each by
            language, for every page's foot.
    """

    base: str = BASE
    version: str = ""
    source: TextsAtHand | None = None
    explain: Callable[[Triple], Proof | None] | None = None
    explain_all: Callable[[Triple, int], Sequence[Proof]] | None = None
    examples: tuple[Path, ...] = ()
    max_body: int = 1 << 20
    graph: Graph | None = None
    search: Search | None = None
    find: Callable[[str], Generation] | None = None
    federated: bool = False
    unbuilt: Callable[[], Sequence[Mapping[str, str]]] = tuple


@dataclass(frozen=True)
class Site:
    """One generation being served."""

    generation: Generation
    graph: Graph
    pool: Pool
    settings: Settings
    inverses: Mapping[IRI, frozenset[IRI]]
    source_language: str
    search: Search

    @classmethod
    def open(cls, generation: Generation, pool: Pool, settings: Settings) -> Site:
        """The generation, loaded for the pages unless the settings have it."""
        graph = generation.open() if settings.graph is None else settings.graph
        search = settings.search or Search(graph, addresses=bool(generation.manifest.get("bare")))
        inverses, language = _inverses(graph), _source_language(graph)
        return cls(generation, graph, pool, settings, inverses, language, search)

    @property
    def project(self) -> Mapping[str, Any]:
        """Name and description of the project, per language."""
        project: Mapping[str, Any] = self.generation.manifest.get("project", {})
        return project

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The ontologies and terms of the graph."""
        return Vocabulary(self.graph)

    @cached_property
    def names(self) -> tuple[IRI, ...]:
        """Every IRI that this site answers for at its own address, in order."""
        base = self.settings.base
        quads = self.graph.quads()
        iris = {term for q in quads for term in (q.subject, q.graph_name) if isinstance(term, IRI)}
        own = (iri for iri in iris if iri.value.startswith(base) and iri.value != base)
        return tuple(sorted(own, key=lambda iri: iri.value))

    def license_of(self, iri: IRI | None = None) -> str:
        """The IRI of the licence of one thing where it has its own, else of the ontology, or "".

        It is one that may be linked to.
        """
        base = self.settings.base
        for name in (iri, IRI(f"{base}ontology") if base else None):
            stated = self.graph.quads(name, DCTERMS.license) if name else ()
            licenses = sorted(
                q.object.value
                for q in stated
                if isinstance(q.object, IRI) and may_be_link(q.object.value)
            )
            if licenses:
                return licenses[0]
        return ""

    def at(self, version: str | None) -> Generation:
        """The generation that answers: the one that the version names, or that is served here.

        Raises:
            VersionNotFoundError: there is none.
        """
        if version is None or self.generation.answers_to(version):
            return self.generation
        if self.settings.find is None:
            raise VersionNotFoundError(version, known=[self.generation.id])
        return self.settings.find(version)

    @property
    def bare(self) -> bool:
        """Whether it is a folder's RDF as written, without evidence, inferences or an own base."""
        return bool(self.generation.manifest.get("bare"))

    def path(self, iri: IRI) -> str:
        """Where this site shows the IRI; the data itself is never rewritten."""
        base = self.settings.base
        local = iri.value.removeprefix(base) if base and iri.value.startswith(base) else ""
        # What begins with two slashes would be the address of another host.
        if local and not local.startswith("/"):
            return "/" + quote(local, safe="/:@!$&'()*+,;=-._~%")
        return "/resource?iri=" + quote(iri.value, safe="")


def _source_language(graph: Graph) -> str:
    """The language of the documents' words, for readers and screen readers; may be empty."""
    for document in graph.triples(p=RDF.type, o=CG.SourceDocument):
        for triple in graph.triples(document.subject, DCTERMS.language):  # type: ignore[arg-type]
            if isinstance(triple.object, Literal):
                return triple.object.value
    return ""


def _inverses(graph: Graph) -> Mapping[IRI, frozenset[IRI]]:
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
