"""A project folder: what it is called and where its files are.

cgkg.toml           name, base IRI and prefixes
ontology/           the ontology's modules and catalog-v001.xml
data/registry.csv   identities; data/concepts/ concept schemes; data/*.trig facts
data/source/        <document>.ttl describes it, <document>.sentences.csv cuts it
shapes/             required, recommended (before reasoning); inferred (after); ontology-style
queries/examples/   queries offered on the pages
queries/competency/ questions the graph must answer, and expected.json with their answers
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cgkg.errors import ConfigError
from cgkg.vocab import BASE, PREFIXES, STANDARD

CONFIG = "cgkg.toml"
_INPUTS = (".ttl", ".trig", ".csv", ".tsv", ".xml")
_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Project:
    """A project folder that has a cgkg.toml; use `Project.at` or `Project.find`."""

    folder: Path
    base: str
    ontology: Path
    name: Mapping[str, str]
    about: Mapping[str, str]
    prefixes: Mapping[str, str] = field(default_factory=lambda: PREFIXES)

    @classmethod
    def at(cls, folder: Path) -> Project:
        """The project in this folder.

        Raises:
            ConfigError: there is no readable cgkg.toml with [project] base and ontology.
        """
        path = folder / CONFIG
        try:
            content = tomllib.loads(path.read_text("utf-8"))
            table = content["project"]
            base, ontology = str(table["base"]), folder / str(table["ontology"])
            name, about = dict(table.get("name", {})), dict(table.get("about", {}))
        except FileNotFoundError:
            raise ConfigError(
                f"{folder} is not a cgkg project: it has no {CONFIG}",
                hint="give --project the folder that holds cgkg.toml, ontology/ and data/",
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: {error}") from None
        except (KeyError, TypeError) as error:
            raise ConfigError(f"{path}: [project] needs {error}") from None
        if not base.endswith(("/", "#")):
            raise ConfigError(f"{path}: base must end with / or #, found {base!r}")
        prefixes = _prefixes(content.get("prefixes"), base, path)
        return cls(folder, base, ontology, name, about, prefixes)

    @classmethod
    def find(cls, folder: Path | None = None) -> Project:
        """The project asked for, else the one in the working folder, else the one cgkg carries."""
        if folder is not None:
            return cls.at(folder)
        if Path(CONFIG).is_file():
            return cls.at(Path())
        return cls.at(carried())

    @property
    def store(self) -> Path:
        """Where the built graph goes unless said otherwise.

        A project carried by the installed package is built in the working folder.
        """
        home = Path.cwd() if self.folder == carried() else self.folder
        return home / "build" / "store"

    @property
    def ids(self) -> str:
        """What the IRIs of the registry's individuals begin with."""
        return self.base + "id/"

    @property
    def catalog(self) -> Path:
        """Maps ontology IRIs to files, so that imports resolve without network."""
        return self.ontology.parent / "catalog-v001.xml"

    @property
    def registry(self) -> Path:
        """The identities: id, class, labels."""
        return self.folder / "data" / "registry.csv"

    @cached_property
    def concept_files(self) -> tuple[Path, ...]:
        """The concept schemes."""
        return tuple(sorted((self.folder / "data" / "concepts").glob("*.ttl")))

    @cached_property
    def fact_files(self) -> tuple[Path, ...]:
        """The facts, a named graph per cited span."""
        return tuple(sorted((self.folder / "data").glob("*.trig")))

    @cached_property
    def description_files(self) -> tuple[Path, ...]:
        """The descriptions of source documents and of graphs that are no spans."""
        return tuple(sorted((self.folder / "data" / "source").glob("*.ttl")))

    @cached_property
    def sentence_tables(self) -> tuple[Path, ...]:
        """The sentence tables of the source documents."""
        return tuple(sorted((self.folder / "data" / "source").glob("*.sentences.csv")))

    def document(self, table: Path) -> str:
        """The IRI of the document a sentence table belongs to."""
        return f"{self.base}source/{table.name.removesuffix('.sentences.csv')}"

    def shapes(self, *names: str) -> tuple[Path, ...]:
        """The shapes files of these names that exist."""
        paths = (self.folder / "shapes" / f"{name}.ttl" for name in names)
        return tuple(path for path in paths if path.is_file())

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
    def mapping_files(self) -> tuple[Path, ...]:
        """SSSOM tables that link individuals to other data sets."""
        return tuple(sorted((self.folder / "mappings").glob("*.sssom.tsv")))

    @property
    def expected_answers(self) -> Path:
        """The recorded answers to the competency questions, by question name."""
        return self.folder / "queries" / "competency" / "expected.json"

    @cached_property
    def inputs(self) -> Mapping[str, str]:
        """SHA-256 of every file a build reads, by its path inside the project."""
        folders = ("ontology", "data", "shapes", "mappings")
        files = [self.folder / CONFIG]
        for folder in folders:
            found = (self.folder / folder).rglob("*")
            files += sorted(p for p in found if p.suffix in _INPUTS)
        return {
            path.relative_to(self.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }


def _prefixes(table: object, base: str, path: Path) -> Mapping[str, str]:
    """The prefixes a project declares beside those that all projects have."""
    if table is None:
        return PREFIXES if base == BASE else STANDARD
    if not isinstance(table, dict) or not all(isinstance(iri, str) for iri in table.values()):
        raise ConfigError(f"{path}: [prefixes] is a table of names and IRIs")
    return {**STANDARD, **table}


def carried() -> Path:
    """The project that comes with cgkg: in the installed package, or in the checkout around it."""
    installed = _HERE / "project"
    return installed if installed.is_dir() else _HERE.parents[1]
