"""The files of a generation: the quads of its dataset, and how they are written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cgkg.rdf.io import canonicalize
from cgkg.rdf.terms import IRI, DefaultGraph, Quad, Triple


def as_json(content: Mapping[str, Any]) -> bytes:
    """The content as JSON (RFC 8259), keys sorted, in UTF-8."""
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def merge(
    graphs: Mapping[IRI, Iterable[Triple]], apart: Mapping[IRI, Iterable[Triple]]
) -> list[Quad]:
    """The quads of a dataset, blank nodes labelled canonically (RDFC-1.0).

    Args:
        graphs: named graphs whose triples are in the default graph, too, each once.
        apart: named graphs that are not.
    """
    merged = dict.fromkeys(triple for part in graphs.values() for triple in part)
    named = {**graphs, **apart}
    return canonicalize(
        [Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in merged]
        + [Quad(t.subject, t.predicate, t.object, g) for g, part in named.items() for t in part]
    )
