"""The names of a graph's terms, and those that come near to one that it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from cgkg.rdf.terms import IRI, Literal
from cgkg.rdf.vocab import OWL, RDF, RDFS, SKOS
from cgkg.store.graph import Graph

# Quads of a large graph that are looked at, and entities that names are compared with.
_LOOKED_AT, _ENTITIES = 200_000, 20_000
_GRAPHS = 1000
_LONGEST = 60  # characters of a name; longer ones are compared up to here
_SHORTEST = 3  # characters of a name that may differ in one
_LABELS = (RDFS.label, SKOS.prefLabel, SKOS.altLabel)
_DECLARED = {
    "property": (
        RDF.Property, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty,
    ),
    "class": (OWL.Class, RDFS.Class),
}  # fmt: skip
_USED = {"property": "?s ?x ?o", "class": f"?s {RDF.type} ?x", "entity": "?x ?p ?o"}
_SIGNS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_][^\W\d_A-Z]*")

_Named = tuple[str, str, bool]  # name as it is compared, IRI, whether it is the whole name


class NearNames:
    """The names of one graph's terms, read when they are first asked for."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._named: dict[str, _Index] = {}

    def nearest(self, text: str, kind: str, *, exact: bool = False) -> Iterator[str]:
        """The IRIs of this kind whose local name or label is like a text, the nearest first.

        Args:
            text: an IRI, of which the local name counts, or a label.
            kind: "property", "class", "entity" or "graph".
            exact: whether the name must be the same but for signs and the case of letters.
        """
        if kind not in self._named:
            self._named[kind] = _Index(self._read(kind))
        wanted = _fold(local_name(text))[:_LONGEST]
        space = text[: len(text) - len(local_name(text))]
        ranked: dict[str, tuple[float, bool, str]] = {}
        within = kind != "entity"
        for name, iri, whole in self._named[kind].find(wanted, within=within):
            distance = _distance(wanted, name, within=within)
            if distance is None or iri == text or (exact and (distance or not whole)):
                continue
            if whole or distance < 1:
                distance += not whole
                rank = distance, not iri.startswith(space), iri
                ranked[iri] = min(rank, ranked.get(iri, rank))
        near = sorted(ranked.values())
        if near and near[0][0] < 1:  # else a word of the name is like it, or one holds the other
            near = [each for each in near if each[0] < 1]
        return (iri for _, _, iri in near)

    def _read(self, kind: str) -> list[_Named]:
        if kind == "graph":
            names = islice(self._graph.names(), _GRAPHS)
            return sorted((_fold(local_name(name.value)), name.value, True) for name in names)
        things = dict.fromkeys(self._find(kind))
        named = {(_fold(local_name(iri)), iri, True) for iri in things}
        if kind != "entity":
            named |= {(_fold(word), iri, False) for iri in things for word in _words(iri)}
        for label in _LABELS:
            select = f"SELECT ?x ?l {{ ?x {label} ?l }} LIMIT {_LOOKED_AT}"
            for iri, text in self._graph.query(select, use_default_graph_as_union=True):
                if isinstance(iri, IRI) and isinstance(text, Literal) and iri.value in things:
                    named.add((_fold(text.value), iri.value, True))
        return sorted((name[:_LONGEST], iri, whole) for name, iri, whole in named if name)

    def _find(self, kind: str) -> Iterator[str]:
        declared = " ".join(map(str, _DECLARED.get(kind, ())))
        if declared:
            pattern = f"VALUES ?c {{ {declared} }} ?x a ?c"
            yield from self._select(pattern, _LOOKED_AT)
        yield from self._select(_USED[kind], _ENTITIES if kind == "entity" else _LOOKED_AT)

    def _select(self, pattern: str, most: int) -> Iterator[str]:
        """The IRIs that ?x is in the first of the graph's quads."""
        select = (
            f"SELECT DISTINCT ?x {{ {{ SELECT ?x {{ {pattern} }} LIMIT {_LOOKED_AT} }}"
            f" FILTER(isIRI(?x)) }} LIMIT {most}"
        )
        rows: Iterable[tuple[IRI]] = self._graph.query(select, use_default_graph_as_union=True)
        return (iri.value for (iri,) in rows)


class _Index:
    """Names by what those that are alike have in common: their numbers and, nearly, their length
    and letters."""

    def __init__(self, names: list[_Named]) -> None:
        self._all = names
        self._alike: dict[tuple[str, int], list[tuple[int, _Named]]] = {}
        for each in names:
            name = each[0]
            self._alike.setdefault((_numbers(name), len(name)), []).append((_letters(name), each))

    def find(self, wanted: str, *, within: bool) -> Iterable[_Named]:
        """At least the names that `_distance` finds near."""
        if within:
            return self._all
        numbers, letters, length = _numbers(wanted), _letters(wanted), len(wanted)
        most = _most_changes(length)
        return [
            each
            for near in range(length - most, length + most + 1)
            for has, each in self._alike.get((numbers, near), ())
            if (has ^ letters).bit_count() <= 2 * most
        ]


def _numbers(name: str) -> str:
    return " ".join(_DIGITS.findall(name))


def _letters(name: str) -> int:
    """The letters of a name, as bits that few letters share."""
    bits = 0
    for letter in name:
        bits |= 1 << (ord(letter) & 63)
    return bits


def _most_changes(length: int) -> int:
    """In how many letters names may differ of which the shorter has this length."""
    return max(1, length // 4)


def local_name(iri: str) -> str:
    """What stands after the last separator of an IRI; a text without any is its own."""
    whole = iri.rstrip("/#:")
    at = max(whole.rfind(sign) for sign in "/#:")
    return whole[at + 1 :]


def _words(iri: str) -> list[str]:
    """The words of a local name: `GuideDog` has two."""
    return [word for word in _WORD.findall(local_name(iri)) if len(word) > _SHORTEST]


def _fold(name: str) -> str:
    """The letters and digits of a name, in small letters."""
    return _SIGNS.sub("", name.casefold())


def _distance(wanted: str, name: str, *, within: bool) -> float | None:
    """How far a name is from the one that is wanted, from 0; None: too far.

    Args:
        wanted: a name as `_fold` gives it, as are all.
        name: one that there is.
        within: whether one that holds the other is near, if not as near as one that is alike.
    """
    if wanted == name:
        return 0.0
    longer, shorter = max(len(wanted), len(name)), min(len(wanted), len(name))
    if shorter < _SHORTEST:
        return None
    if within and shorter > _SHORTEST and (wanted in name or name in wanted):
        return 1.0 + (longer - shorter) / longer
    most = _most_changes(shorter)
    if longer - shorter > most or len(set(wanted) ^ set(name)) > 2 * most:
        return None
    if _DIGITS.findall(wanted) != _DIGITS.findall(name):
        return None  # numbered names are alike and mean different things
    changes = _count_changes(wanted, name)
    return changes / (most + 1) if changes <= most else None


def _count_changes(one: str, other: str) -> int:
    """How many letters must be put in, left out, replaced, or swapped with the next."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, sign in enumerate(other, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != sign))
            if i > 1 and j > 1 and letter == other[j - 2] and sign == one[i - 2]:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]
