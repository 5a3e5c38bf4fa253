"""What an OWL 2 DL reasoner derives that our closure does not, and the other way round.

HermiT reads the same asserted statements; docs/reference/hermit.md explains the difference, and
these tests hold it to what that page says. HermiT is a Java program that this project neither
ships nor needs; where it is not at hand the tests are skipped.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from owlapi_runner import hermit_jar
from paths import ROOT

from cgkg.formats import Format
from cgkg.rdf.io import serialize
from cgkg.rdf.terms import IRI, Triple, parts
from cgkg.rdf.vocab import CG, GRAPH, OWL, RDF, RDFS
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph

PAGE = ROOT / "docs" / "reference" / "hermit.md"
# Not reasoned over by our closure either: descriptions of clauses, what is derived, the shapes.
NOT_FACTS = (GRAPH.spans, GRAPH.inferred, GRAPH.shapes)
_HELD = re.compile(r"^<([^>]+)> \(known instances:(.*?)\| possible instances:(.*?)\)\s*$", re.M)
_PAIR = re.compile(r"\(<([^>]+)>, <([^>]+)>\)")
_AXIOM = re.compile(r"^(\w+)\( <([^>]+)> <([^>]+)> \)$", re.M)

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Derived:
    """What HermiT says: direct types and values of individuals, direct subsumptions, undecided."""

    types: frozenset[Triple]
    values: frozenset[Triple]
    subsumptions: frozenset[Triple]
    undecided: int

    @classmethod
    def read(cls, output: str) -> Derived:
        kinds = {
            "Type": RDF.type,
            "SubClassOf": RDFS.subClassOf,
            "SubObjectPropertyOf": RDFS.subPropertyOf,
            "SubDataPropertyOf": RDFS.subPropertyOf,
        }
        said = [
            (name, Triple(IRI(one), kinds[name], IRI(other)))
            for name, one, other in _AXIOM.findall(output)
            if name in kinds
        ]
        held = _HELD.findall(output)
        return cls(
            frozenset(triple for name, triple in said if name == "Type"),
            frozenset(
                Triple(IRI(one), IRI(name), IRI(other))
                for name, known, _ in held
                for one, other in _PAIR.findall(known)
            ),
            frozenset(triple for name, triple in said if name != "Type"),
            sum(len(_PAIR.findall(possible)) for *_, possible in held),
        )


@pytest.fixture(scope="module")
def hermit() -> Path:
    """The folder of the reasoner, if it was set up before."""
    if not shutil.which("java"):
        pytest.skip("java is not installed")
    jar = hermit_jar()
    if jar is None:
        pytest.skip("HermiT is not at hand (Python package owlready2)")
    return jar.parent


@pytest.fixture(scope="module")
def derived(hermit: Path, asserted: Graph, tmp_path_factory: pytest.TempPathFactory) -> Derived:
    """HermiT's types and values of all individuals, and the hierarchies, from what is asserted."""
    path = tmp_path_factory.mktemp("hermit") / "asserted.nt"
    path.write_bytes(serialize(facts(asserted), Format.N_TRIPLES))
    program = ["-cp", f"{hermit}:{hermit / 'HermiT.jar'}", "org.semanticweb.HermiT.cli.CommandLine"]
    # classify, object and data properties too, types and values of individuals
    done = subprocess.run(
        ["java", "-Xmx2g", *program, "-c", "-O", "-D", "-I", "-Y", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return Derived.read(done.stdout)


def facts(asserted: Graph) -> list[Triple]:
    """Ontology, concepts, registry and facts, without headers of ontologies."""
    found = dict.fromkeys(
        quad.triple
        for quad in asserted.quads()
        if isinstance(quad.graph_name, IRI) and quad.graph_name not in NOT_FACTS
    )
    headers = {t.subject for t in found if t.predicate == RDF.type and t.object == OWL.Ontology}
    return [triple for triple in found if triple.subject not in headers]


@pytest.fixture(scope="module")
def ours(graph: Graph) -> set[Triple]:
    """What our closure holds between named things."""
    return {t for t in graph.triples() if isinstance(t.subject, IRI) and isinstance(t.object, IRI)}


def listed(heading: str) -> set[IRI]:
    """The terms that a section of the page lists."""
    section = PAGE.read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return {CG(name) for name in re.findall(r"^- `cg:(\w+)`", section, re.M)}


def widened(values: Iterable[Triple], ours: set[Triple]) -> Iterator[Triple]:
    """The values and those of every property above, which HermiT leaves out of its report."""
    above: dict[IRI, set[IRI]] = {}
    for one, predicate, other in map(parts, ours):
        if predicate == RDFS.subPropertyOf and isinstance(one, IRI) and isinstance(other, IRI):
            above.setdefault(one, set()).add(other)
    for triple in values:
        waiting, seen = [triple.predicate], {triple.predicate}
        while waiting:
            one = waiting.pop()
            yield Triple(triple.subject, one, triple.object)
            new = above.get(one, set()) - seen
            seen |= new
            waiting += new


def test_hermit_decided_everything(derived: Derived) -> None:
    """The report is a full one: HermiT names types and values, and leaves none undecided."""
    assert len(derived.types) > 500
    assert len(derived.values) > 2000
    assert derived.undecided == 0


def test_no_type_is_missing(derived: Derived, ours: set[Triple]) -> None:
    """Every class that HermiT finds for an individual, our closure finds."""
    assert sorted(derived.types - ours, key=str) == []


def test_only_self_pairs_are_missing(derived: Derived, ours: set[Triple]) -> None:
    """The only values HermiT finds beyond ours are self-pairs that we leave out, as listed."""
    beyond = derived.values - ours
    assert [t for t in sorted(beyond, key=str) if t.subject != t.object] == []
    assert {t.predicate for t in beyond} == listed("Self-pairs")


def test_only_the_place_of_defined_classes_is_missing(
    derived: Derived, ours: set[Triple], graph: Graph
) -> None:
    """The only subsumptions beyond ours are those that a definition contains, as listed."""
    beyond = derived.subsumptions - ours
    assert {t.object for t in beyond} == {CG.Initiative}
    defined = {t.subject for t in graph.triples(p=OWL.equivalentClass)}
    assert {t.subject for t in beyond} == listed("Defined classes") == defined


def test_hermit_confirms_ours(derived: Derived, ours: set[Triple], clusters: Generation) -> None:
    """Every value that our closure infers between individuals, HermiT derives too."""
    held = set(widened(derived.values, ours))
    properties = {t.subject for t in ours if t.object == OWL.ObjectProperty}
    inferred = {q.triple for q in clusters.open().quads(g=GRAPH.inferred)}
    of_facts = {t for t in inferred & ours if t.predicate in properties}
    described = {t for t in of_facts if "/source/" in parts(t)[0].value}
    assert len(of_facts - described) > 2000
    assert sorted(of_facts - described - held, key=str) == []
