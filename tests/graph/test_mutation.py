"""What notices when evidence disappears: each span graph is removed in turn.

Long: run by `make test-long`. It prints how many removals neither coverage nor a question notices,
and which classes, properties and sentences no question exercises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from paths import ROOT

from cgkg.authoring.questions import ask
from cgkg.project.folder import Project
from cgkg.project.sources import Sources, layers, load
from cgkg.rdf.terms import IRI, DefaultGraph, Quad, Triple
from cgkg.rdf.vocab import CG, RDF
from cgkg.reasoning import close
from cgkg.store.graph import Graph
from cgkg.validation.coverage import cover

QUERIES = sorted((ROOT / "queries" / "competency").glob("Q*.rq"))


@pytest.fixture(scope="module")
def sources() -> Sources:
    return load(Project.at(ROOT))


def without(sources: Sources, *names: IRI) -> Sources:
    """The same project with the statements of some graphs gone; their descriptions stay."""
    graphs = {key: triples for key, triples in sources.graphs.items() if key not in names}
    changed = replace(sources, graphs=graphs)
    changed.__dict__.pop("facts", None)
    return changed


def dataset(sources: Sources) -> Graph:
    """What is published of these sources: default graph and named graphs."""
    inferred = close(sources.ontology, sources.facts).inferred
    parts = layers(sources)
    marked = {t.subject for t in sources.ontology if t.predicate == CG.omitsSelfPairs}
    merged: dict[Triple, None] = {
        t: None for t in inferred if t.predicate not in marked or t.subject != t.object
    }
    for triples in parts.values():
        merged.update(dict.fromkeys(triples))
    quads = [Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in merged]
    quads += [Quad(t.subject, t.predicate, t.object, g) for g, ts in parts.items() for t in ts]
    return Graph.of(quads)


def answers(graph: Graph) -> list[object]:
    return [ask(graph, path) for path in QUERIES]


@pytest.mark.long
def test_removing_a_span_graph_is_noticed(sources: Sources) -> None:
    """For at least four spans in five, coverage or a question fails without their statements."""
    expected = answers(dataset(sources))
    names = [span.iri for span in sources.spans if span.iri in sources.graphs]
    unnoticed = []
    by_coverage = 0
    for name in names:
        changed = without(sources, name)
        if not cover(changed).whole:
            by_coverage += 1
        elif answers(dataset(changed)) == expected:
            unnoticed.append(name.value.rsplit("/", 1)[1])
    share = len(unnoticed) / len(names)
    print(f"\n{len(names)} span graphs; {by_coverage} noticed by coverage, "
          f"{len(names) - by_coverage - len(unnoticed)} by a question, "
          f"{len(unnoticed)} ({share:.0%}) by neither: {' '.join(unnoticed)}")  # fmt: skip
    assert share < 0.2


@pytest.mark.long
def test_what_no_question_exercises(sources: Sources) -> None:
    """The report names classes, properties and sentences that no question needs."""
    texts = "\n".join(path.read_text("utf-8") for path in QUERIES)
    used = set(re.findall(r"\bcg:(\w+)", texts))
    kinds = ("Class", "ObjectProperty", "DatatypeProperty")
    terms = {
        CG.local(t.subject)
        for t in sources.ontology
        if t.predicate == RDF.type
        and isinstance(t.subject, IRI)
        and t.subject in CG
        and isinstance(t.object, IRI)
        and t.object.value.rsplit("#", 1)[-1] in kinds
    }
    idle = sorted(terms - used)
    print(f"\n{len(idle)} of {len(terms)} terms are named by no question: {' '.join(idle)}")
    assert used <= terms | annotation_properties(sources.ontology)
    expected = answers(dataset(sources))
    rows = [row for row in cover(sources).rows if row.graphs]
    unasked = [
        row.sentence.number
        for row in rows
        if answers(dataset(without(sources, *row.graphs))) == expected
    ]
    print(f"{len(unasked)} of {len(rows)} cited sentences change no answer: {unasked}")
    assert len(unasked) < len(rows)


def annotation_properties(ontology: Iterable[Triple]) -> set[str]:
    """Local names of annotation properties."""
    return {
        CG.local(t.subject)
        for t in ontology
        if isinstance(t.subject, IRI) and t.subject in CG and "Annotation" in str(t.object)
    }
