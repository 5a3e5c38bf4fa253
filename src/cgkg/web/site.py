"""What a running site is made of: one generation, its graph, a query pool and settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from cgkg.document.text import TextsAtHand
from cgkg.errors import VersionNotFoundError
from cgkg.presentation.resource import Resource, describe
from cgkg.presentation.vocabulary import Vocabulary
from cgkg.project.page_words import PageWords
from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import BASE
from cgkg.search.finder import Search
from cgkg.store.excerpt import Excerpt
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.store.reader import LocalReader, Reader
from cgkg.web.kept import Kept, license_of

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
        reader: asks the dataset instead, wherever it is.
        names: gives all subjects and named graphs, if the reader is not to be asked for so many.
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
    reader: Reader | None = None
    names: Callable[[], Iterable[IRI]] | None = None
    search: Search | None = None
    find: Callable[[str], Generation] | None = None
    federated: bool = False
    unbuilt: Callable[[], Sequence[Mapping[str, str]]] = tuple


@dataclass(frozen=True)
class Site:
    """One generation being served, and what one request has read of it, `graph`."""

    generation: Generation
    graph: Excerpt
    pool: Pool
    settings: Settings
    search: Search
    kept: Kept

    @classmethod
    def open(cls, generation: Generation, pool: Pool, settings: Settings) -> Site:
        """The generation, loaded for the pages unless the settings have it."""
        reader, graph = settings.reader, settings.graph
        if reader is None:
            graph = generation.open() if graph is None else graph
            reader = LocalReader(graph)
        bare = bool(generation.manifest.get("bare"))
        search = settings.search or Search(reader if graph is None else graph, addresses=bare)
        kept = Kept(reader, settings.base, settings.names)
        return cls(generation, Excerpt(reader), pool, settings, search, kept)

    def afresh(self) -> Site:
        """The same for the next request, which has read nothing yet."""
        return replace(self, graph=self.graph.anew())

    @property
    def project(self) -> Mapping[str, Any]:
        """Name and description of the project, per language."""
        project: Mapping[str, Any] = self.generation.manifest.get("project", {})
        return project

    @property
    def page_words(self) -> PageWords:
        """What the project says of the pages of things."""
        held = self.project.get("page_words")
        return self.kept.once("page_words", lambda: PageWords.of(held) if held else PageWords())

    @property
    def version(self) -> str:
        """What the graph is cited by, and asked for with `version=`: the beginning of the digest of
        the dataset, which the same inputs give everywhere; of a bare folder the generation's id."""
        return str(self.generation.manifest.get("dataset_sha256", ""))[:16] or self.generation.id

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the project names things in, the first one first."""
        return self.generation.languages

    @property
    def vocabulary(self) -> Vocabulary:
        """The ontologies and terms of the graph."""
        return self.kept.vocabulary

    @property
    def inverses(self) -> Mapping[IRI, frozenset[IRI]]:
        """The properties that say the same in the other direction."""
        return self.kept.inverses

    @property
    def source_language(self) -> str:
        """The language of the documents' words, for readers and screen readers; may be empty."""
        return self.kept.source_language

    @property
    def names(self) -> tuple[IRI, ...]:
        """Every IRI that this site answers for at its own address, in order."""
        return self.kept.names

    def has_text(self, document: IRI) -> bool:
        """Whether the words of the document are at hand."""
        held = self.settings.source
        return bool(held and held.of(document))

    def rights(self, document: IRI) -> Mapping[str, str]:
        """What the project says of the words of a document: `words`, `copyright`."""
        said: Mapping[str, Mapping[str, str]] = self.project.get("documents") or {}
        return said.get(document.value.removeprefix(f"{self.generation.base}source/"), {})

    def shows(self, document: IRI) -> str:
        """How much of the words of a document pages show: `all`, `quoted` (those of clauses that
        are cited), or "" where they are not at hand or the project says never."""
        said = self.rights(document).get("words", "all")
        return said if said != "never" and self.has_text(document) else ""

    def describe(self, iri: IRI, *, limit: int, page: int = 1) -> Resource:
        """A page of what the graph says of an IRI; raises as `cgkg.presentation.resource`."""
        return describe(self.graph, iri, limit=limit, page=page, merged=not self.bare)

    def license_of(self, iri: IRI | None = None) -> str:
        """The IRI of the licence of one thing where it has its own, else of the ontology, or "".

        It is one that may be linked to.
        """
        return (license_of(self.graph, iri) if iri else "") or self.kept.license

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
