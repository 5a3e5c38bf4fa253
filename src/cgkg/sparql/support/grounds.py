"""What inferred triples of an answer's evidence rest on: the clauses of what they follow from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from cgkg.document.statements import Statement, statements
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.sparql.support.evidence import Json, describe_span, read_term
from cgkg.store.excerpt import Excerpt
from cgkg.store.graph import Graph
from cgkg.store.reader import Reader

MAX_PROOFS = 1_000
"""The most triples of one answer that are proved."""


def add_grounds(
    body: bytes, leaves_of: Callable[[Triple], Iterable[Triple]], source: Graph | Reader
) -> bytes:
    """The answer in which each inferred triple of the evidence says what it rests on.

    Its member `restsOn` has `spans` and `graphs`, as a stated triple has, of all the asserted
    facts of one proof. A triple about a blank node has none, nor have those beyond `MAX_PROOFS`.

    Args:
        body: what `answer_with_evidence` gave.
        leaves_of: finds the asserted facts of a smallest proof; none if there is no proof.
        source: knows who says these; asked in two batches.
    """
    content: dict[str, Any] = json.loads(body)
    items = [item for row in content["evidence"] for item in row if item["inferred"]]
    wanted = dict.fromkeys(triple for item in items if (triple := _triple(item)))
    proved = {triple: tuple(leaves_of(triple)) for triple in islice(wanted, MAX_PROOFS)}
    leaves = tuple(dict.fromkeys(leaf for proof in proved.values() for leaf in proof))
    graph = Excerpt.of(source) if isinstance(source, Graph) else Excerpt(source)
    said = dict(zip(leaves, statements(graph, leaves), strict=True))
    for item in items:
        triple = _triple(item)
        if triple and proved.get(triple):
            item["restsOn"] = _rests_on(proved[triple], said)
    return json.dumps(content).encode()


def _rests_on(leaves: Iterable[Triple], said: Mapping[Triple, Statement]) -> Json:
    held = [said[leaf] for leaf in leaves]
    spans = {span.iri: span for each in held for span in each.spans}.values()
    ordered = sorted(spans, key=lambda span: span.place)
    graphs = dict.fromkeys(name.value for each in held for name in each.graphs)
    return {"spans": [describe_span(span) for span in ordered], "graphs": sorted(graphs)}


def _triple(item: Mapping[str, Any]) -> Triple | None:
    s, p, o = (read_term(item[name]) for name in ("subject", "predicate", "object"))
    if isinstance(s, IRI) and isinstance(p, IRI) and isinstance(o, IRI | Literal):
        return Triple(s, p, o)
    return None
