"""What differs between two readings of a project: which statements came and went, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import compress
from operator import is_not
from typing import Any

from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI, Subject, Triple
from cgkg.rdf.vocab import GRAPH

__all__ = ["SENTENCES", "HeldStatements", "Holders", "SourcesChange", "is_fact"]

SENTENCES = IRI("urn:cgkg:sentences")
"""Holds what sentence tables say; it is published in graph:spans."""
_NOT_FACTS = frozenset((GRAPH.ontology, GRAPH.spans, SENTENCES))
Holders = tuple[IRI, ...]
"""The graphs that hold a triple; one comes twice if two files say it there."""


@dataclass(frozen=True)
class SourcesChange:
    """What came and went.

    Attributes:
        names: graphs, spans, and described things of which something else is said than before.
        triples: for each triple that is held elsewhere than before, its holders before and after.
        subjects: what something was said of in any file that changed, before or after.
    """

    names: frozenset[Subject]
    triples: Mapping[Triple, tuple[Holders, Holders]]
    subjects: frozenset[object]


class HeldStatements:
    """All statements of a project, each with the graphs that hold it.

    Attributes:
        facts: how many are reasoned over.
        descriptions: how many files say of documents, sections, spans and graphs.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._holders: dict[Triple, Holders] = {}
        for name, part in _contributions(sources):
            held = self._holders
            twice = held.keys() & set(part) if held else ()
            known = {triple: (*held[triple], name) for triple in twice}
            held.update(dict.fromkeys(part, (name,)))
            held.update(known)
        self.facts = sum(map(is_fact, self._holders.values()))
        self.descriptions = sum(GRAPH.spans in held for held in self._holders.values())

    def holders(self, triple: Triple) -> Holders:
        """The graphs that hold a triple."""
        return self._holders.get(triple, ())

    def items(self) -> Iterable[tuple[Triple, Holders]]:
        """All triples with their holders."""
        return self._holders.items()

    def change(self, sources: Sources) -> SourcesChange:
        """Take over another reading of the same project."""
        old, self._sources = self._sources, sources
        names: set[Subject] = set()
        before: dict[Triple, Holders] = {}
        for part, name, lost, gained in _differences(old, sources):
            names.add(part)
            for triple in lost:
                held = self._holders[triple]
                before.setdefault(triple, held)
                place = held.index(name)
                self._holders[triple] = held[:place] + held[place + 1 :]
            for triple in gained:
                held = self._holders.get(triple, ())
                before.setdefault(triple, held)
                self._holders[triple] = (*held, name)
        changed = {triple: (held, self._holders[triple]) for triple, held in before.items()}
        for triple, (was, now) in changed.items():
            self.facts += is_fact(now) - is_fact(was)
            self.descriptions += (GRAPH.spans in now) - (GRAPH.spans in was)
            if not now:
                del self._holders[triple]
        return SourcesChange(frozenset(names), changed, _moved(old, sources))


def is_fact(holders: Holders) -> bool:
    """Whether what these hold is reasoned over."""
    return not _NOT_FACTS.issuperset(holders)


def _contributions(sources: Sources) -> Iterator[tuple[IRI, tuple[Triple, ...]]]:
    """The statements of each graph in parts, in each of which a triple is there once."""
    yield GRAPH.ontology, sources.ontology
    yield GRAPH.concepts, tuple(dict.fromkeys(sources.concepts))
    yield GRAPH.registry, sources.registry
    yield from sources.graphs.items()
    for part in (*sources.said.values(), *sources.placed.values()):
        yield GRAPH.spans, part
    for part in sources.cut.values():
        yield SENTENCES, part


def _differences(
    old: Sources, new: Sources
) -> Iterator[tuple[Subject, IRI, list[Triple], list[Triple]]]:
    """For each part that differs: its name, its graph, what went and what came."""
    for graph, before, after in (
        (GRAPH.ontology, old.ontology, new.ontology),
        (GRAPH.concepts, old.concepts, new.concepts),
        (GRAPH.registry, old.registry, new.registry),
    ):
        if before is not after:
            yield graph, graph, *_compare(before, after)
    fixed: tuple[tuple[IRI | None, Mapping[Any, Any], Mapping[Any, Any]], ...] = (
        (None, old.graphs, new.graphs),
        (GRAPH.spans, old.said, new.said),
        (GRAPH.spans, old.placed, new.placed),
        (SENTENCES, old.cut, new.cut),
    )
    for name, was, now in fixed:
        if was is now:
            continue
        # There are tens of thousands, of which few differ: no loop of Python looks at each.
        changed = list(compress(now, map(is_not, map(was.get, now), now.values())))
        came = sum(key not in was for key in changed)
        gone = was.keys() - now.keys() if len(was) + came != len(now) else ()
        for key in (*changed, *gone):
            lost, gained = _compare(was.get(key, ()), now.get(key, ()))
            if lost or gained:
                yield key, name or key, lost, gained


def _compare(
    before: tuple[Triple, ...], after: tuple[Triple, ...]
) -> tuple[list[Triple], list[Triple]]:
    if before == after:
        return [], []
    was, now = dict.fromkeys(before), dict.fromkeys(after)
    return [t for t in was if t not in now], [t for t in now if t not in was]


def _moved(old: Sources, new: Sources) -> frozenset[object]:
    """What is said something of in files that changed."""
    moved: set[object] = set()
    for path in old.read.keys() | new.read.keys():
        was, now = old.read.get(path), new.read.get(path)
        if was is not now:
            for file in (was, now):
                moved |= file.subjects if file else frozenset()
    if old.rows is not new.rows:
        moved |= {triple.subject for part in (old.registry, new.registry) for triple in part}
    return frozenset(moved)
