"""What a dataset counts: the numbers that its VoID description gives, as plain values for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from cgkg.export.content import Content
from cgkg.rdf.terms import IRI, Literal, Triple, parts
from cgkg.rdf.vocab import GRAPH, RDF

_EXAMPLES = 3


def statistics(content: Content) -> dict[str, Any]:
    """Counts of the merged graph, of its parts and of the links to other datasets.

    Classes, properties and vocabularies are those of the merged graph; `parts` counts what is
    asserted, what is inferred, and every named graph that no clause is the name of; `links` has
    a row for each property and namespace that mappings lead to.
    """
    merged = content.merged
    resources = {t.subject.value for t in merged if isinstance(t.subject, IRI)}
    evidence = content.evidence.values()
    layers = {n: part for n, part in content.graphs.items() if not content.is_span(n)}
    return {
        **_counts(merged),
        "quads": len(content.quads),
        "entities": sum(name.startswith(content.base) for name in resources),
        "classes": _classes(merged),
        "properties": _properties(merged),
        "vocabularies": _vocabularies(merged),
        "examples": _examples(content),
        "parts": {
            "asserted": len(content.asserted),
            "inferred": len(content.inferred),
            "evidence": sum(map(len, evidence)),
            "evidence_graphs": len(evidence),
        },
        "graphs": {name.value: len(part) for name, part in layers.items()},
        "links": _links(content),
    }


def _counts(triples: Iterable[Triple]) -> dict[str, int]:
    held = list(map(parts, triples))
    return {
        "triples": len(held),
        "subjects": len({subject for subject, *_ in held}),
        "objects": len({value for *_, value in held}),
    }


def _classes(triples: Iterable[Triple]) -> dict[str, int]:
    """How many instances each class has that has a name."""
    instances = Counter(
        t.object.value for t in triples if t.predicate == RDF.type and isinstance(t.object, IRI)
    )
    return dict(sorted(instances.items()))


def _properties(triples: Iterable[Triple]) -> dict[str, dict[str, int]]:
    by_property: dict[str, list[Triple]] = {}
    for triple in triples:
        by_property.setdefault(triple.predicate.value, []).append(triple)
    return {name: _counts(held) for name, held in sorted(by_property.items())}


def _vocabularies(triples: Iterable[Triple]) -> list[str]:
    """The namespaces of the properties, and of the classes that things are said to be of."""
    held = list(triples)
    used = {t.predicate.value for t in held} | set(_classes(held))
    return sorted(set(map(_namespace, used)))


def _examples(content: Content) -> list[str]:
    """The individuals of which most is said."""
    subjects = {t.subject for t in content.graphs.get(GRAPH.registry, ())}
    held = (parts(t)[0] for t in content.merged)
    mentions = Counter(subject.value for subject in held if subject in subjects)
    return [name for name, _ in sorted(mentions.items(), key=lambda i: (-i[1], i[0]))[:_EXAMPLES]]


def _links(content: Content) -> list[dict[str, Any]]:
    links: Counter[tuple[str, str]] = Counter()
    for triple in content.graphs.get(GRAPH.mappings, ()):
        if not isinstance(triple.object, Literal):
            # GeoNames ends its own names with a slash.
            target = _namespace(parts(triple)[2].value.rstrip("/"))
            links[triple.predicate.value, target] += 1
    return [
        {"property": name, "target": target, "triples": count}
        for (name, target), count in sorted(links.items())
    ]


def _namespace(iri: str) -> str:
    """The IRI without its local name: up to the last # or /, else up to the last colon."""
    end = max(iri.rfind("#"), iri.rfind("/"))
    return iri[: (end if end >= 0 else iri.rfind(":")) + 1]


def differences(stated: Mapping[str, Any], expected: Mapping[str, Any], at: str = "") -> list[str]:
    """Where two statistics differ, a line each."""
    lines = []
    for key in sorted({*stated, *expected}):
        one, other = stated.get(key), expected.get(key)
        place = f"{at} {key}".strip()
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            lines += differences(one, other, place)
        elif one != other:
            lines.append(f"{place} is {one}, the data says {other}")
    return lines
