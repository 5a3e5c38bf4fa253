"""Loading one version into an empty dataset of an engine, and checking what arrived.

What says which version it is comes last: a dataset in which loading ended early is of no version.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cgkg.errors import ConfigError, EndpointError, StoreError
from cgkg.progress import Say, Stages, silent
from cgkg.rdf.terms import IRI, BlankNode, GraphName
from cgkg.remote.comparing import TermChange, compare_terms
from cgkg.remote.engine import Doors, Engine, doors_of
from cgkg.remote.loading import AGAIN, WAYS, Loader, Way, write_scoped
from cgkg.remote.reader import read_quads
from cgkg.remote.scope import (
    BEGUN_QUERY,
    DEFAULT_GRAPH,
    VERSION_QUERY,
    GraphScope,
    begun_quad,
    listing_quads,
    read_digest,
    version_quad,
)

# Graphs that engines have before anything is loaded.
_THEIR_OWN = (
    "http://www.openlinksw.com/", "http://localuriqaserver/", "urn:activitystreams-owl:",
    "urn:core:services:sparql",
    "urn:rules.skos", "virtrdf-label", "facets", "dbprdf-label", "b3s:",
)  # fmt: skip
_THEIRS = frozenset(
    (
        "http://localhost:8890/DAV/", "http://localhost:8890/sparql", "http://www.w3.org/ns/ldp#",
        "http://www.w3.org/2002/07/owl#", "http://www.w3.org/ns/auth/acl#",
        "urn:virtuoso:val:acl:schema",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Version:
    """What is loaded.

    Attributes:
        file: N-Quads of the dataset, perhaps compressed.
        digest: of the dataset, as people cite it.
    """

    file: Path
    digest: str


@dataclass(frozen=True)
class Pushed:
    """What was loaded: how, how many quads, and which terms the engine holds in other forms.

    `way` is None where the version was there already and was checked alone; `compared` is false
    where only the counts were checked.
    """

    way: Way | None
    quads: int
    scope: GraphScope
    changes: tuple[TermChange, ...]
    compared: bool


def push(
    engine: Engine,
    version: Version,
    *,
    doors: Doors | None = None,
    way: Way | None = None,
    scope: GraphScope | None = None,
    compare: bool = True,
    say: Say = silent,
) -> Pushed:
    """Load a version, unless it is there; blocks until it is checked.

    Args:
        engine: where to.
        version: what.
        doors: where the engine takes data; by default what is likely for its maker.
        way: N-Quads for all graphs, the Graph Store Protocol graph by graph, or SPARQL Update; by
            default the first that the engine takes.
        scope: where the graphs shall be; by default what suits its maker.
        compare: whether to read everything back and compare it term by term.
        say: told of each stage.

    Raises:
        StoreError: the dataset is not empty, or what arrived is not what was sent.
        EndpointError: the engine fails, or takes data in none of the ways.
        SourceError: the file cannot be read.
    """
    stages = Stages(say)
    names = _graphs_in(engine)
    held = find_version(engine)
    if held is not None and held[0] == version.digest:
        return _check(engine, version.file, held[1], None, compare, stages)
    # Its own default graph cannot be told from all graphs by any query.
    scope = scope or GraphScope(DEFAULT_GRAPH if "virtuoso" in engine.maker.lower() else None)
    _check_empty(engine, names, scope)
    graphs = sorted((name for name in _count(version.file) if isinstance(name, IRI)), key=str)
    loader = _load(engine, version, doors, way, scope)
    loader.load(listing_quads(graphs, scope))
    stages("loaded")
    pushed = _check(engine, version.file, scope, loader.way, compare, stages)
    loader.load([version_quad(version.digest)])
    if find_version(engine) != (version.digest, scope):
        raise EndpointError(
            f"<{engine.url}> does not say of itself what was loaded",
            hint="see whether the addresses for loading and for queries are of one dataset",
        )
    return pushed


def _check(
    engine: Engine, file: Path, scope: GraphScope, way: Way | None, compare: bool, stages: Stages
) -> Pushed:
    """See whether the engine holds what is in the file."""
    counts = _count(file)
    _check_counts(engine, scope, counts)
    stages("counted", quads=counts.total(), graphs=len(counts))
    changes: tuple[TermChange, ...] = ()
    if compare:
        changes = compare_terms(engine, scope, file)
        stages("compared", terms_changed=len(changes))
    return Pushed(way, counts.total(), scope, changes, compare)


def _load(
    engine: Engine, version: Version, doors: Doors | None, way: Way | None, scope: GraphScope
) -> Loader:
    """Load all quads in the first way that the engine takes."""
    begun = begun_quad(version.digest)
    refused = []
    places = (doors,) if doors else tuple(doors_of(engine.url, engine.maker))
    for name in (way,) if way else WAYS:
        for each in places:
            loader = Loader(engine, each, name, scope)
            if not loader.address:
                continue
            if loader.load_all(begun, version.file):
                return loader
            refused.append(loader.refusal)
    said = "; ".join(dict.fromkeys(refused)) or "it is not known where it takes any"
    raise EndpointError(
        f"<{engine.url}> takes no data: {said}",
        hint="give --update or --graph-store, and the login in CGKG_REMOTE_LOGIN; or have files"
        " written for its bulk loader: --files FOLDER",
    )


def find_version(engine: Engine) -> tuple[str, GraphScope] | None:
    """The digest of the version that the engine holds, and where its graphs are; None: of none.

    Raises:
        EndpointError: it cannot be asked.
        StoreError: it holds several.
    """
    rows = engine.select(VERSION_QUERY)
    if not rows:
        return None
    if len(rows) > 1:
        raise StoreError(
            f"<{engine.url}> holds {len(rows)} versions in one dataset, whose answers would mix",
            hint="give each a dataset of its own",
        )
    default = rows[0].get("default")
    return read_digest(rows[0]["said"].value), GraphScope(
        default if isinstance(default, IRI) else None
    )


# What is there


def _graphs_in(engine: Engine) -> list[str]:
    rows = engine.select("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } } LIMIT 100")
    names = (row["g"].value for row in rows)
    return [n for n in names if n not in _THEIRS and not n.startswith(_THEIR_OWN)]


def _check_empty(engine: Engine, names: list[str], scope: GraphScope) -> None:
    graphs = names
    if scope.default is None and not graphs and engine.results("ASK { ?s ?p ?o }"):
        graphs = ["its default graph"]
    begun = engine.select(BEGUN_QUERY) if graphs else []
    if begun and find_version(engine) is None:
        said = read_digest(begun[0]["said"].value)
        raise StoreError(
            f"the dataset at <{engine.url}> has a part of version {said[:16]}: loading it ended"
            " early, or has not ended yet",
            hint=AGAIN,
        )
    if graphs:
        more = f" and {len(graphs) - 3} more" if len(graphs) > 3 else ""
        raise StoreError(
            f"the dataset at <{engine.url}> is not empty: it has {', '.join(graphs[:3])}{more}",
            hint="a version needs a dataset of its own; make a new one, or empty this one, if"
            " nothing else is in it",
        )


def _count(file: Path) -> Counter[GraphName]:
    """How many quads each graph has."""
    counts: Counter[GraphName] = Counter()
    for quads in read_quads(file):
        counts.update(quad.graph_name for quad in quads)
    odd = next((name for name in counts if isinstance(name, BlankNode)), None)
    if odd is not None:
        raise StoreError(
            f"a graph is named by a blank node ({odd}), by which no engine can be asked",
            hint="give the graph an IRI",
        )
    return counts


def _check_counts(engine: Engine, scope: GraphScope, counts: Counter[GraphName]) -> None:
    sent = {_name(scope, graph): count for graph, count in counts.items()}
    rows = engine.select("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    held: dict[str, int] = {row["g"].value: int(row["n"].value) for row in rows}
    if scope.default is None:
        held[""] = engine.count("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
        if held[""] > sent.get("", 0):
            raise StoreError(
                f"the default graph of <{engine.url}> has {held['']:,} statements where"
                f" {sent.get('', 0):,} were sent: it seems to be the union of its named graphs",
                hint="empty the dataset, and push with --default-graph named",
            )
    for name, count in sorted(sent.items()):
        if held.get(name, 0) != count:
            where = f"the graph <{name}>" if name else "the default graph"
            raise StoreError(
                f"<{engine.url}> has {held.get(name, 0):,} statements in {where};"
                f" {count:,} were sent",
                hint=AGAIN,
            )


def _name(scope: GraphScope, graph: GraphName) -> str:
    if isinstance(graph, IRI):
        return graph.value
    return scope.default.value if scope.default else ""


def write_files(version: Version, scope: GraphScope, folder: Path) -> Path:
    """Write what a bulk loader is to load, into a new file; its path.

    Raises:
        ConfigError: it cannot be written.
        SourceError, StoreError: the version's file cannot be read or loaded anywhere.
    """
    graphs = sorted((name for name in _count(version.file) if isinstance(name, IRI)), key=str)
    path = folder / "dataset.nq"
    quads = [*listing_quads(graphs, scope), version_quad(version.digest)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as output:
            write_scoped(version.file, quads, scope, output)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror or error}") from None
    return path


def tell_loaders(path: Path) -> str:
    """The commands that load the file, a line for each engine."""
    folder, name = path.resolve().parent, path.name
    return "\n".join(
        (
            f"Oxigraph  oxigraph load --location DATABASE --file {path}",
            f"Fuseki    tdb2.tdbloader --loc DATABASE {path}",
            f"GraphDB   importrdf load -f -i REPOSITORY {path}",
            f"QLever    cat {path} | qlever-index -i INDEX -F nq -f -",
            f"Virtuoso  isql exec=\"ld_dir('{folder}', '{name}', 'urn:cgkg:default');"
            ' rdf_loader_run(); checkpoint;"  (written with --default-graph named)',
        )
    )
