"""A project folder: what it is called and where its files are.

cgkg.toml           name, base IRI and prefixes; what the front page compares, kinds of mentions
ontology/           the ontology's modules and catalog-v001.xml
data/registry.csv   identities; data/concepts/ concept schemes; data/*.trig facts
data/source/        <document>.ttl describes it, <document>.sentences.csv cuts it
shapes/             required, recommended (before reasoning); inferred (after); ontology-style:
                    each a file, <name>.ttl, or any number of them in a folder, <name>/
candidates/         what other tools propose; no part of the graph
queries/examples/   queries offered on the pages
queries/tables/     queries that are tables of a release
queries/competency/ questions the graph must answer, and expected.json with their answers

A folder of RDF files without a [project] in cgkg.toml is a bare one: it is served as written.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any

from cgkg import __version__, package
from cgkg.encoding import read_query_file
from cgkg.errors import ConfigError, SourceError, shown
from cgkg.languages import known
from cgkg.opening import read_toml
from cgkg.project.catalog import CATALOG, contexts_of
from cgkg.project.configuration import (
    DocumentRights,
    Home,
    MentionKind,
    SectionRule,
    WordRule,
    read_documents,
    read_head,
    read_home,
    read_mentions,
    read_prefixes,
    read_told,
    read_words,
)
from cgkg.project.imports import Imports
from cgkg.project.inputs import digest_files, sha256_of
from cgkg.project.location import build_folder, cached_store, carried, nearest
from cgkg.project.page_words import PageWords, read_page_words
from cgkg.project.pages import TABLES as PAGE_TABLES
from cgkg.project.pages import Pages, read_pages
from cgkg.project.survey import NotRead, survey
from cgkg.project.tables import TABLE_NAME, ReleaseTable
from cgkg.rdf.compression import container_of
from cgkg.rdf.io import RDF_FILES, Reading, is_rdf
from cgkg.rdf.vocab import STANDARD
from cgkg.settings import FILE as CONFIG
from cgkg.settings import TABLE, read_of_table

_BESIDE_RDF = (".csv", ".tsv", ".xml")  # tables and the catalog, which a build reads too
# What cgkg.toml may hold.
_TABLES = (
    *("project", "prefixes", "home", "mentions", "told", "words", "documents"),
    *PAGE_TABLES,
    TABLE,
)
_UNION = "union_default_graph"
_TAKEN = ("entities", "statements")  # tables that every release has
_SHOWN = 3  # files that are not read, in an error

SHAPES = ("required", "recommended", "inferred", "ontology-style")
"""The shapes that a build validates with, as they are named in shapes/."""
ENGINES = ("cgkg", "owlrl")  # the reasoners a graph may be made with


@dataclass(frozen=True)
class Project:
    """A project folder; use `Project.at` or `Project.find`.

    Lists of files and digests are kept once they are read: after an edit make a new one.

    `bare` says that it is any folder of RDF files: without base IRI (`base` is empty), ontology,
    shapes or documents; `union_default_graph` that its default graph has the triples of all graphs.
    """

    folder: Path
    base: str
    ontology: Path
    name: Mapping[str, str]
    about: Mapping[str, str]
    prefixes: Mapping[str, str] = field(default_factory=lambda: STANDARD)
    bare: bool = False
    union_default_graph: bool = False
    home: Home | None = None
    pages: Pages = field(default_factory=Pages)
    mentions: Mapping[str, MentionKind] = field(default_factory=dict)
    told: SectionRule | None = None
    words: Mapping[str, WordRule] = field(default_factory=dict)
    documents: Mapping[str, DocumentRights] = field(default_factory=dict)
    named_languages: tuple[str, ...] = ()

    @classmethod
    def at(cls, folder: Path) -> Project:
        """The project in this folder, or the bare folder of RDF files that it is.

        Raises:
            ConfigError: cgkg.toml is not readable or lacks [project] base and ontology, or there
                is neither a cgkg.toml nor any RDF file.
        """
        path = folder / CONFIG
        try:
            content = read_toml(path)
        except FileNotFoundError:
            if path.is_symlink():
                raise ConfigError(
                    f"{path} is a symbolic link to a file that is not there",
                    hint="mend or remove it, or name another project: --project DIR",
                ) from None
            return cls._bare(folder)
        except OSError as error:
            raise ConfigError(
                f"{path}: {error.strerror}",
                hint="make it a file that can be read, or name another project: --project DIR",
            ) from None
        except ValueError as error:
            raise ConfigError(f"{path}: {error}") from None
        if "project" not in content and set(content) <= set(_TABLES):
            bare = cls._bare(folder, read_prefixes(content, path))
            return bare.with_union_default_graph(read_of_table(content, _UNION, path))
        return cls._from_config(folder, path, content)

    @classmethod
    def _from_config(cls, folder: Path, path: Path, content: Mapping[str, Any]) -> Project:
        head = read_head(content, path)
        prefixes = read_prefixes(content, path)
        project = cls(
            folder,
            head.base,
            folder / head.ontology,
            head.name,
            head.about,
            prefixes,
            home=read_home(content, prefixes, path),
            pages=read_pages(content, prefixes, path),
            mentions=read_mentions(content, prefixes, path),
            told=read_told(content, prefixes, path),
            words=read_words(content, prefixes, path),
            documents=read_documents(content, path),
            named_languages=head.languages,
        )
        return project.with_union_default_graph(read_of_table(content, _UNION, path))

    @classmethod
    def _bare(cls, folder: Path, prefixes: Mapping[str, str] = STANDARD) -> Project:
        name = shown(folder.resolve().name or "/")
        project = cls(folder, "", folder / "ontology.ttl", {"und": name}, {}, prefixes, bare=True)
        if not project.rdf_files:
            others = "; ".join(f"{name}: {why}" for name, why in project.not_read[:_SHOWN])
            raise ConfigError(
                f"{folder} is not a cgkg project: it has no {CONFIG} and no RDF files"
                + (f" ({others})" if others else ""),
                hint="give --project the folder that holds cgkg.toml, ontology/ and data/, or one"
                f" with files of RDF: {RDF_FILES}",
            )
        return project

    @classmethod
    def find(cls, folder: Path | None = None) -> Project:
        """The project asked for, else that of the working folder, else the one cgkg carries."""
        return cls.at(folder or nearest() or carried())

    def with_union_default_graph(self, union: bool) -> Project:
        """The same project, with or without the union of all graphs as its default graph.

        Raises:
            ConfigError: it is not bare.
        """
        if union == self.union_default_graph:
            return self
        if not self.bare:
            raise ConfigError(
                f"{_UNION} is for folders of RDF without a [project] in {CONFIG}",
                hint="leave it out: a project's default graph has the triples of all its graphs but"
                " those of shapes and mappings",
            )
        return replace(self, union_default_graph=union)

    @property
    def store(self) -> Path:
        """Where the built graph goes unless said otherwise, wherever one works.

        It is build/store in the folder; in the user's cache folder if that cannot be written, or
        belongs to the installed package.
        """
        build = build_folder(self.folder)
        return build / "store" if build else cached_store(self.folder)

    @property
    def release(self) -> Path:
        """Where a release goes unless said otherwise.

        It is build/release in the folder, or in the working folder if that one cannot be written:
        a release is asked for, so it is not put away in a cache.
        """
        return (build_folder(self.folder) or Path("build")) / "release"

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that things are named and told in, the first one first: as [project] says, else
        those that the project has a name in, else those that pages can be in."""
        return self.named_languages or tuple(map(str.lower, self.name)) or known()

    @property
    def ids(self) -> str:
        """What the IRIs of the registry's individuals begin with."""
        return self.base + "id/"

    @property
    def catalog(self) -> Path:
        """Maps ontology IRIs to files, so that imports resolve without network."""
        return self.ontology.parent / CATALOG

    @property
    def registry(self) -> Path:
        """The identities: id, class, labels."""
        return self.folder / "data" / "registry.csv"

    @cached_property
    def concept_files(self) -> tuple[Path, ...]:
        """The concept schemes."""
        return tuple(_by_name((self.folder / "data" / "concepts").glob("*.ttl")))

    @cached_property
    def fact_files(self) -> tuple[Path, ...]:
        """The facts, a named graph per cited span."""
        return tuple(_by_name((self.folder / "data").glob("*.trig")))

    @cached_property
    def description_files(self) -> tuple[Path, ...]:
        """The descriptions of source documents and of graphs that are no spans."""
        return tuple(_by_name((self.folder / "data" / "source").glob("*.ttl")))

    @cached_property
    def sentence_tables(self) -> tuple[Path, ...]:
        """The sentence tables of the source documents."""
        return tuple(_by_name((self.folder / "data" / "source").glob("*.sentences.csv")))

    def blocks_table(self, document: str) -> Path:
        """Where the blocks of the document with this IRI are; those of older ones have no table."""
        name = document.removeprefix(f"{self.base}source/")
        return self.folder / "data" / "source" / f"{name}.blocks.csv"

    def document(self, table: Path) -> str:
        """The IRI of the document a sentence table belongs to."""
        return f"{self.base}source/{table.name.removesuffix('.sentences.csv')}"

    def shapes(self, *names: str) -> tuple[Path, ...]:
        """The shapes files of these names: shapes/<name>.ttl, then shapes/<name>/*.ttl by name."""
        folder = self.folder / "shapes"
        candidates: list[Path] = []
        for name in names:
            candidates += [folder / f"{name}.ttl", *sorted((folder / name).glob("*.ttl"))]
        return tuple(path for path in candidates if path.is_file())

    @cached_property
    def shape_files(self) -> tuple[Path, ...]:
        """All files of shapes, whatever their names."""
        return tuple(sorted((self.folder / "shapes").rglob("*.ttl")))

    @cached_property
    def example_queries(self) -> tuple[Path, ...]:
        """Queries offered on the pages: examples, then the questions the graph is tested with."""
        folders = (self.folder / "queries" / name for name in ("examples", "competency"))
        return tuple(path for folder in folders for path in sorted(folder.glob("*.rq")))

    @cached_property
    def competency_queries(self) -> tuple[Path, ...]:
        """Questions that the graph must answer, in the order of their names."""
        return tuple(sorted((self.folder / "queries" / "competency").glob("*.rq")))

    @cached_property
    def tables(self) -> tuple[ReleaseTable, ...]:
        """What a release has besides what every release has, in the order of the names.

        Raises:
            ConfigError: a name is none for a file, or taken.
            SourceError: a file cannot be read.
        """
        return tuple(_table(path) for path in self._table_files)

    @cached_property
    def _table_files(self) -> tuple[Path, ...]:
        return tuple(sorted((self.folder / "queries" / "tables").glob("*.rq")))

    @cached_property
    def mapping_files(self) -> tuple[Path, ...]:
        """SSSOM tables that link individuals to other data sets."""
        return tuple(sorted((self.folder / "mappings").glob("*.sssom.tsv")))

    @cached_property
    def page_words(self) -> PageWords:
        """What data/pages says of the pages of things; raises as `read_page_words`."""
        return read_page_words(self.folder / "data" / "pages", self.prefixes)

    @property
    def expected_answers(self) -> Path:
        """The recorded answers to the competency questions, by question name."""
        return self.folder / "queries" / "competency" / "expected.json"

    @property
    def rdf_files(self) -> tuple[Path, ...]:
        """Every RDF file in the folder and below, sorted by path; see `cgkg.project.survey`."""
        return self._surveyed[0]

    @property
    def not_read(self) -> tuple[NotRead, ...]:
        """What else there is, and why a build of the bare folder does not read it."""
        return self._surveyed[1]

    @cached_property
    def _surveyed(self) -> tuple[tuple[Path, ...], tuple[NotRead, ...]]:
        return survey(self.folder, known=(self.folder / CONFIG, self.catalog))

    @cached_property
    def contexts(self) -> Mapping[str, Path]:
        """The file of every IRI in the catalog; JSON-LD contexts are looked up in it.

        Raises:
            SourceError: the catalog is not XML.
        """
        return contexts_of(self.catalog)

    @cached_property
    def reading(self) -> Reading:
        """How the project's files are read: with its contexts, and with its prefixes declared.

        Raises:
            SourceError: the catalog is not XML.
        """
        return Reading(self.contexts, prefixes=self.prefixes)

    @cached_property
    def inputs(self) -> Mapping[str, str]:
        """SHA-256 of every file a build reads, by its path inside the project.

        A file outside is named `.../` and its own name: where it lies is the machine's affair.
        """
        return self.read_inputs(sha256_of)

    def read_inputs(
        self, digest: Callable[[Path], str], imports: Imports | None = None
    ) -> Mapping[str, str]:
        """As `inputs`, read again.

        Args:
            digest: gives the SHA-256 of a file.
            imports: what the ontology imports, if that is known.
        """
        files = self._bare_input_files() if self.bare else self._input_files(imports)
        return digest_files(files, self.folder, digest)

    def _bare_input_files(self) -> list[Path]:
        named = (self.catalog, *self.contexts.values()) if self.catalog.is_file() else ()
        files = (container_of(path) or path for path in self.rdf_files)
        return list(dict.fromkeys((*files, *(path for path in named if path.is_file()))))

    def _input_files(self, imports: Imports | None) -> Iterator[Path]:
        """All that a build may read in the project, and what the ontology imports from elsewhere.

        What an import leads to is looked up here as it is in a build; what is wrong with it is the
        build's to say.
        """
        yield self.folder / CONFIG
        for name in ("ontology", "data", "shapes", "mappings"):
            paths = (self.folder / name).rglob("*")
            # A pipe is among them, so that it is an error; links to nothing are what editors leave.
            found = (
                p
                for p in paths
                if (is_rdf(p) or p.suffix in _BESIDE_RDF) and p.exists() and not p.is_dir()
            )
            yield from sorted(found, key=os.fspath)
        yield from self._table_files
        # The folders may hold links to folders, which a walk does not follow.
        yield from (*self.fact_files, *self.concept_files, *self.description_files)
        yield from _by_name((self.folder / "data" / "source").glob("*.csv"))
        yield from (*self.mapping_files, *self.shapes(*SHAPES))
        imports = imports or Imports.of([self.ontology], prefixes=self.prefixes)
        read = (*(file.path for file in imports.files), *imports.catalogs, *self.contexts.values())
        yield from (path for path in read if path.is_file())

    def fingerprint(self, engine: str = ENGINES[0], *, lenient: bool = False) -> str:
        """A name for all that decides the result of a build.

        That is: the inputs, the modules that make the graph, the libraries they use, the reasoner;
        and of a bare folder the place, against which relative IRIs resolve, whether its default
        graph is the union of all, and whether wrong statements were left out.
        """
        return self.name_of(self.inputs, engine, lenient=lenient)

    def name_of(
        self, inputs: Mapping[str, str], engine: str = ENGINES[0], *, lenient: bool = False
    ) -> str:
        """As `fingerprint`, of these inputs."""
        how = "lenient" if lenient else "bare"
        kind = f"{how} {self.folder.resolve().as_uri()}" if self.bare else engine
        kind += " union" if self.union_default_graph else ""
        total = hashlib.sha256(f"{__version__} {kind} {package.digest(package.FOLDER)}\n".encode())
        for name, value in sorted(inputs.items()):
            total.update(f"{name} {value}\n".encode())
        return total.hexdigest()[:16]

    def makes(self, generation: str) -> bool:
        """Whether a build now would make the generation of this id, in either way there is."""
        if self.bare:
            return any(self.fingerprint(lenient=one) == generation for one in (False, True))
        return any(self.fingerprint(engine) == generation for engine in ENGINES)


def _by_name(siblings: Iterable[Path]) -> list[Path]:
    """The files of one folder in their order, which to compare as paths takes ten times as long."""
    return sorted(siblings, key=attrgetter("name"))


def _table(path: Path) -> ReleaseTable:
    if not TABLE_NAME.fullmatch(path.stem) or path.stem in _TAKEN:
        raise ConfigError(
            f"{path}: a release can have no table {path.stem!r}",
            hint=f"name it in letters, figures, - and _, and not {' or '.join(_TAKEN)}",
        )
    try:
        return ReleaseTable.of(path.stem, read_query_file(path))
    except OSError as error:
        raise SourceError(str(error), path=path) from None
