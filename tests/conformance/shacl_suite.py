"""The W3C SHACL test cases, read from the suite's manifests, and what it means to pass one.

A case gives a data graph and a shapes graph, mostly the same file, and the report that validation
has to give, or says that there must be none (sht:Failure). Reports are compared as what they say:

- whether the data conforms;
- the results, each as often as it is there: focus node, path, value, component, source shape and
  severity; and its message where the suite gives one.

Paths are compared by their structure. A blank node of the case's files stands for itself; any
other one, which a report has of its own, for any node, the same in all results.
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import permutations
from pathlib import Path

import pyoxigraph as ox

from cgkg.rdf.terms import IRI, BlankNode, Term, Triple, parts
from cgkg.rdf.vocab import RDF, SH, Namespace
from cgkg.shacl.report import ValidationReport, to_triples
from cgkg.shacl.validator import ShapesError

SUITE = Path(__file__).resolve().parents[3] / "shared" / "suites" / "shacl" / "tests"
_BASE = "http://test.invalid/"
_MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
_SHT = Namespace("http://www.w3.org/ns/shacl-test#")
_KEYS = (
    SH.focusNode,
    SH.value,
    SH.sourceConstraintComponent,
    SH.sourceShape,
    SH.resultSeverity,
)

Engine = Callable[[Sequence[Triple], Sequence[Triple]], ValidationReport]
"""Data and shapes to a report; raises ShapesError if it refuses the shapes."""

EXPECTED_FAILURES: Mapping[str, Mapping[str, str]] = tomllib.loads(
    (Path(__file__).parent / "expected_failures.toml").read_text("utf-8")
)["shacl"]
"""By engine, the cases that it does not pass, each with the reason."""

Result = tuple[str, ...]
"""What a result says, as texts: the five keys, the path and the messages."""


class Graph:
    """The triples of a file or report, to ask for what a node points to."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.triples = tuple(triples)
        self._objects: defaultdict[tuple[Term, IRI], list[Term]] = defaultdict(list)
        for subject, predicate, target in map(parts, self.triples):
            self._objects[subject, predicate].append(target)

    def all(self, node: Term, predicate: IRI) -> list[Term]:
        return self._objects.get((node, predicate), [])

    def one(self, node: Term, predicate: IRI) -> Term:
        (found,) = self.all(node, predicate)
        return found

    def list(self, head: Term) -> Iterator[Term]:
        while head != RDF.nil:
            yield self.one(head, RDF.first)
            head = self.one(head, RDF.rest)

    @cached_property
    def blanks(self) -> frozenset[str]:
        """The blank nodes of the graph, as texts."""
        terms = (term for triple in self.triples for term in parts(triple))
        return frozenset(str(term) for term in terms if isinstance(term, BlankNode))

    def path(self, node: Term) -> str:
        """A path, written out: the same text for the same structure."""
        if not isinstance(node, BlankNode):
            return str(node)
        if self.all(node, RDF.first):
            return f"({' '.join(map(self.path, self.list(node)))})"
        said = sorted(
            f"{SH.local(p)} {self.path(o)}"
            for s, p, o in map(parts, self.triples)
            if s == node and p in SH
        )
        return f"[{'; '.join(said)}]"


@dataclass(frozen=True)
class Report:
    """What a report says: whether the data conforms, and its results."""

    conforms: str
    results: Mapping[Result, int]
    messages: tuple[tuple[Result, str], ...] = ()

    @classmethod
    def of(cls, graph: Graph, node: Term) -> Report:
        """The report that a node of a graph is."""
        results: Counter[Result] = Counter()
        messages = []
        for result in graph.all(node, SH.result):
            key = [" ".join(sorted(map(str, graph.all(result, name)))) for name in _KEYS]
            key.append(" ".join(map(graph.path, graph.all(result, SH.resultPath))))
            results[tuple(key)] += 1
            for message in graph.all(result, SH.resultMessage):
                messages.append((tuple(key), str(message)))
        conforms = graph.one(node, SH.conforms)
        return cls(conforms.value, results, tuple(messages))


@dataclass(frozen=True)
class Case:
    """One test: `name` is the folder of its manifest and its own name."""

    name: str
    data: Graph
    shapes: Graph
    expected: Report | None

    @property
    def section(self) -> str:
        """The folder of the manifest."""
        return self.name.rpartition("/")[0]

    def fault(self, run: Engine) -> str:
        """What an engine does wrong with the case; nothing if it passes."""
        try:
            found = Graph(to_triples(run(self.data.triples, self.shapes.triples)))
        except ShapesError as error:
            return f"refused: {error}" if self.expected else ""
        (node,) = (s for s, _, o in map(parts, found.triples) if o == SH.ValidationReport)
        report = Report.of(found, node)
        return self.difference(report) if self.expected else "it is not refused"

    def difference(self, found: Report) -> str:
        """How a report differs from the expected one; nothing if they say the same."""
        assert self.expected
        if found.conforms != self.expected.conforms:
            return f"conforms is {found.conforms}"
        own = self.data.blanks | self.shapes.blanks
        for names in _renamings(self.expected, found, own):
            renamed = Counter({_renamed(k, names): n for k, n in self.expected.results.items()})
            if renamed == found.results:
                said = {(_renamed(key, names), text) for key, text in self.expected.messages}
                missing = said - set(found.messages)
                return f"messages missing: {sorted(missing)}" if missing else ""
        missed = Counter(self.expected.results) - Counter(found.results)
        added = Counter(found.results) - Counter(self.expected.results)
        return f"missing: {sorted(missed.elements())}; extra: {sorted(added.elements())}"


def _renamings(wanted: Report, found: Report, own: frozenset[str]) -> Iterator[dict[str, str]]:
    """Every way to name the blank nodes of one report, but those of files, as in the other."""
    ours, theirs = (
        sorted({t for key in report.results for t in key if t.startswith("_:")} - own)
        for report in (wanted, found)
    )
    for chosen in permutations(theirs, len(ours)):
        yield dict(zip(ours, chosen, strict=True))


def _renamed(key: Result, names: Mapping[str, str]) -> Result:
    return tuple(names.get(text, text) for text in key)


def faults(run: Engine, chosen: Iterable[Case] | None = None) -> dict[str, str]:
    """What an engine does wrong, by the names of the cases (all, or some) that it does not pass."""
    found = {case.name: case.fault(run) for case in (cases() if chosen is None else chosen)}
    return {name: fault for name, fault in found.items() if fault}


@cache
def cases() -> tuple[Case, ...]:
    """All cases, in the order of the manifests; none if the suite is not at hand."""
    root = SUITE / "manifest.ttl"
    return tuple(_of("manifest.ttl")) if root.is_file() else ()


def _of(path: str) -> Iterator[Case]:
    manifest, node = _read(path), IRI(_BASE + path)
    for included in manifest.all(node, _MF.include):
        yield from _of(_path_of(included))
    for head in manifest.all(node, _MF.entries):
        for entry in manifest.list(head):
            yield _case(manifest, entry, path.rpartition("/")[0])


def _case(manifest: Graph, entry: Term, folder: str) -> Case:
    action, result = (manifest.one(entry, name) for name in (_MF.action, _MF.result))
    return Case(
        f"{folder}/{entry.value.rpartition('/')[2]}",
        _read(_path_of(manifest.one(action, _SHT.dataGraph))),
        _read(_path_of(manifest.one(action, _SHT.shapesGraph))),
        None if result == _SHT.Failure else Report.of(manifest, result),
    )


@cache
def _read(path: str) -> Graph:
    """A file of the suite, its relative IRIs resolved against an address of its own."""
    content = (SUITE / path).read_bytes()
    form = ox.RdfFormat.TURTLE
    quads = ox.parse(content, format=form, base_iri=_BASE + path, rename_blank_nodes=True)
    return Graph(quad.triple for quad in quads)


def _path_of(name: Term) -> str:
    assert isinstance(name, IRI), name
    return name.value.removeprefix(_BASE)
