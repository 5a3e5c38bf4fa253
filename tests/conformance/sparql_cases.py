"""The W3C SPARQL 1.0 and 1.1 test cases, read from the suites' manifests.

Files are read with addresses of their own (`BASE` and their path in the suites), so that neither
queries nor results depend on where the suites are. The dataset of a case is what `qt:data` and
`qt:graphData` name and, where the query has FROM or FROM NAMED, the files these name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pyoxigraph as ox

from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad, Subject, Term, parts
from cgkg.rdf.vocab import RDF, Namespace
from cgkg.sparql.syntax import read_outline

SUITES = Path(__file__).resolve().parents[3] / "shared" / "suites"
BASE = "http://test.invalid/"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")

# Roots of the two suites, and the manifest that the 1.1 root leaves out.
_ROOTS = (
    "sparql10/manifest.ttl",
    "sparql11/manifest-all.ttl",
    "sparql11/http-rdf-update/manifest.ttl",
)

EVALUATION = frozenset(("QueryEvaluationTest", "CSVResultFormatTest"))
ACCEPTED = frozenset(("PositiveSyntaxTest", "PositiveSyntaxTest11"))
REJECTED = frozenset(("NegativeSyntaxTest", "NegativeSyntaxTest11"))
UPDATE_SYNTAX = frozenset(("PositiveUpdateSyntaxTest11", "NegativeUpdateSyntaxTest11"))


class Node:
    """A node of a manifest, to ask for what it points to."""

    def __init__(self, manifest: Manifest, name: Term) -> None:
        self.manifest, self.name = manifest, name

    def all(self, predicate: IRI) -> list[Term]:
        return self.manifest.objects[self.name, predicate]

    def one(self, predicate: IRI) -> Term | None:
        return next(iter(self.all(predicate)), None)

    def text(self, predicate: IRI) -> str:
        found = self.one(predicate)
        return found.value if isinstance(found, Literal | IRI) else ""

    def at(self, predicate: IRI) -> Node:
        """The node that the predicate leads to; one that says nothing if there is none."""
        return Node(self.manifest, self.one(predicate) or IRI(BASE + "none"))

    def list(self, predicate: IRI) -> list[Node]:
        """The members of the lists that the predicate leads to."""
        found = []
        for rest in self.all(predicate):
            while rest != RDF.nil:
                cell = Node(self.manifest, rest)
                found.append(cell.at(RDF.first))
                rest = cell.at(RDF.rest).name
        return found


class Manifest:
    """The statements of one manifest file."""

    def __init__(self, path: str) -> None:
        self.objects: defaultdict[tuple[Term, IRI], list[Term]] = defaultdict(list)
        for subject, predicate, target in map(parts, read(path)):
            self.objects[subject, predicate].append(target)
        self.root = Node(self, IRI(BASE + path))
        self.path = path


@dataclass(frozen=True)
class Case:
    """One test: what is asked of which data, and what must come of it.

    `name` is the manifest's folder and the test's own name, `kind` the class of the test.
    """

    name: str
    kind: str
    node: Node

    @property
    def suite(self) -> str:
        """The folder of the manifest."""
        return self.name.rpartition("/")[0]

    @cached_property
    def query_path(self) -> str:
        action = self.node.at(MF.action)
        return path_of(action.one(QT.query) or action.name)

    @cached_property
    def query(self) -> str:
        """The query as in its file; relative IRIs in it are relative to `base`."""
        return (SUITES / self.query_path).read_bytes().decode("utf-8")

    @property
    def base(self) -> str:
        return BASE + self.query_path

    @property
    def is_update(self) -> bool:
        return self.query_path.endswith(".ru")

    @cached_property
    def result_path(self) -> str:
        return path_of(self.node.one(MF.result) or IRI(BASE))

    @cached_property
    def regimes(self) -> frozenset[str]:
        """The entailment regimes of which any gives the result, by the ends of their names."""
        action = self.node.at(MF.action)
        names = [node.name for node in action.list(SD.entailmentRegime)] if _lists(action) else []
        names = names or action.all(SD.entailmentRegime)
        return frozenset(n.value.rpartition("/")[2] for n in names if isinstance(n, IRI))

    @cached_property
    def profiles(self) -> frozenset[str]:
        """The OWL 2 profiles in which the data is, by the ends of their names."""
        nodes = self.node.at(MF.action).list(SD.EntailmentProfile)
        return frozenset(n.name.value.rpartition("/")[2] for n in nodes if isinstance(n.name, IRI))

    @cached_property
    def files(self) -> tuple[tuple[str, str], ...]:
        """The files of the dataset, each with the name of its graph ("": the default graph)."""
        action = self.node.at(MF.action)
        given = [(path_of(name), "") for name in action.all(QT.data)]
        for name in action.all(QT.graphData):
            given.append((path_of(name), BASE + path_of(name)))
        found = read_outline(with_base(self.query, self.base))
        for graph in (*found.default_graphs, *found.named_graphs):
            if (SUITES / graph.removeprefix(BASE)).is_file():
                given.append((graph.removeprefix(BASE), graph))
        return tuple(dict.fromkeys(given))

    @cached_property
    def dataset(self) -> list[Quad]:
        """The quads of all files, blank nodes of different files kept apart by the parser."""
        return [
            Quad(quad.subject, quad.predicate, quad.object, IRI(name) if name else DefaultGraph())
            for path, name in self.files
            for quad in read(path)
        ]


def _lists(action: Node) -> bool:
    return any(Node(action.manifest, n).one(RDF.first) for n in action.all(SD.entailmentRegime))


def with_base(query: str, base: str) -> str:
    """The query with the address of its file, as a client does that reads it from there."""
    return f"BASE <{base}>\n{query}"


def path_of(name: Term) -> str:
    """The path in the suites of a file that a manifest names."""
    assert isinstance(name, IRI), name
    return name.value.removeprefix(BASE)


def read(path: str) -> list[Quad]:
    """The quads of a file of the suites, its relative IRIs resolved against its address."""
    form = ox.RdfFormat.from_extension(path.rpartition(".")[2])
    assert form is not None, path
    content = (SUITES / path).read_bytes()
    return list(ox.parse(content, format=form, base_iri=BASE + path, rename_blank_nodes=True))


@cache
def cases() -> tuple[Case, ...]:
    """All cases of both suites, in the order of the manifests; none where they are not at hand."""
    if not (SUITES / _ROOTS[0]).is_file():
        return ()
    return tuple(case for root in _ROOTS for case in _of(Manifest(root)))


def _of(manifest: Manifest) -> Iterator[Case]:
    for included in manifest.root.list(MF.include):
        yield from _of(Manifest(path_of(included.name)))
    folder = manifest.path.rpartition("/")[0]
    for node in manifest.root.list(MF.entries):
        name = node.name.value if isinstance(node.name, IRI) else ""
        kinds = [t.value for t in node.all(RDF.type) if isinstance(t, IRI)]
        kind = next(k for k in kinds if "Test" in k.rpartition("#")[2]).rpartition("#")[2]
        yield Case(f"{folder}/{name.rpartition('#')[2]}", kind, node)


def named(subject: Subject | Term) -> str:
    return subject.value if isinstance(subject, IRI) else str(subject)
