"""A dataset that changes: which of its lines come and go, told without making the others.

The default graph is a union: a triple is in it as long as any graph of the asserted ones holds it,
or it is inferred. Lines with blank nodes are labelled anew, all together, when one of them changes:
RDFC-1.0 may then give each another label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set

from cgkg.formats import Format
from cgkg.rdf.io import serialize
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, GraphName, Quad, Triple, parts
from cgkg.rdf.vocab import GRAPH, RDF
from cgkg.store.dataset import label_lines
from cgkg.store.lines import LineChange

__all__ = ["ChangingDataset"]

_DEFAULT = DefaultGraph()
Names = Collection[IRI]
"""Graphs that hold a triple."""


class _Pending:
    """The difference of a file to what it was when it was last asked for."""

    def __init__(self) -> None:
        self._removed: set[bytes] = set()
        self._added: set[bytes] = set()

    def note(self, removed: Iterable[bytes], added: Iterable[bytes]) -> None:
        out, new = set(removed), set(added)
        back, gone = new & self._removed, out & self._added
        self._removed = (self._removed - back) | (out - gone)
        self._added = (self._added - gone) | (new - back)

    def take(self) -> LineChange:
        change = LineChange(sorted(self._removed), sorted(self._added))
        self._removed, self._added = set(), set()
        return change


class ChangingDataset:
    """The dataset of some statements, as `cgkg.store.dataset.merge` has it.

    Args:
        statements: triples with the asserted graphs that hold each.
        inferred: triples that follow; they are in the default graph, too.
        apart: named graphs whose triples are not.
        namespace: whose classes are counted.

    Attributes:
        lines: how many lines there are.
        default_graph: how many of them are in the default graph.

    Raises:
        CanonicalizationError: blank nodes cannot be told apart; so does `change`.
    """

    def __init__(
        self,
        statements: Iterable[tuple[Triple, Names]],
        inferred: Set[Triple],
        apart: Mapping[IRI, Sequence[Triple]],
        namespace: str,
    ) -> None:
        self._namespace = namespace
        self._classes: Counter[str] = Counter()
        self._dataset, self._asserted = _Pending(), _Pending()
        self._nodes: dict[Triple, Names] = {}
        self._inferred_nodes: set[Triple] = set()
        self._apart = {name: dict.fromkeys(part) for name, part in apart.items()}
        self.lines = sum(map(len, self._apart.values())) + len(inferred)
        self.default_graph = 0
        held: set[Triple] = set()
        for triple, names in statements:
            self.lines += len(names)
            self._count(triple, 1)
            if _has_node(triple):
                self._nodes[triple] = names
            if triple in inferred:
                held.add(triple)
        for triple in inferred:
            if triple not in held:
                self._count(triple, 1)
            if _has_node(triple):
                self._inferred_nodes.add(triple)
        self._labelled: tuple[set[bytes], set[bytes]] = self._label()

    @property
    def classes(self) -> dict[str, int]:
        """How many members the default graph gives each class of the namespace."""
        return {name: count for name, count in self._classes.items() if count}

    def change(
        self,
        triples: Mapping[Triple, tuple[Names, Names]],
        held: Callable[[Triple], Names],
        inferred: Set[Triple],
        inferred_change: tuple[Iterable[Triple], Iterable[Triple]],
        apart: Mapping[IRI, Sequence[Triple]],
    ) -> None:
        """Follow a change.

        Args:
            triples: those that other asserted graphs hold than before: these, before and after.
            held: the graphs that hold a triple now.
            inferred: what is inferred now.
            inferred_change: what of it came, and what went.
            apart: the graphs apart as they are now.
        """
        gained, lost = map(set, inferred_change)
        whole, said = _Moved(), _Moved()
        relabel = False
        for triple in {*triples, *gained, *lost}:
            before, after = triples[triple] if triple in triples else (held(triple),) * 2
            infers = triple in inferred
            inferred_before = triple in lost or (infers and triple not in gained)
            self.lines += len(after) - len(before) + infers - inferred_before
            was, now = bool(before) or inferred_before, bool(after) or infers
            self._count(triple, now - was)
            if _has_node(triple):
                self._note_node(triple, after, infers)
                relabel = True
                continue
            for moved, there, here in ((said, before, after), (whole, was, now)):
                moved.note(triple, set(before), set(after))
                moved.note(triple, _merged(there), _merged(here))
            if infers != inferred_before:
                (whole.came if infers else whole.went).append(Quad(*parts(triple), GRAPH.inferred))
        relabel |= self._change_apart(apart, whole)
        for moved, pending in ((whole, self._dataset), (said, self._asserted)):
            pending.note(_lines(moved.went), _lines(moved.came))
        if relabel:
            self._relabel()

    def take(self) -> tuple[LineChange, LineChange]:
        """What changed since this was last called: of the dataset, and of its asserted part."""
        return self._dataset.take(), self._asserted.take()

    def _count(self, triple: Triple, times: int) -> None:
        """Count a triple that comes into the default graph, or leaves it."""
        self.default_graph += times
        self.lines += times
        kind = triple.object
        if (
            triple.predicate == RDF.type
            and isinstance(kind, IRI)
            and kind.value.startswith(self._namespace)
        ):
            self._classes[kind.value] += times

    def _note_node(self, triple: Triple, names: Names, infers: bool) -> None:
        if names:
            self._nodes[triple] = names
        else:
            self._nodes.pop(triple, None)
        (self._inferred_nodes.add if infers else self._inferred_nodes.discard)(triple)

    def _change_apart(self, apart: Mapping[IRI, Sequence[Triple]], whole: _Moved) -> bool:
        """Follow the graphs apart; whether statements with blank nodes are others."""
        relabel = False
        for name in apart.keys() | self._apart.keys():
            before, after = self._apart.get(name, {}), dict.fromkeys(apart.get(name, ()))
            self.lines += len(after) - len(before)
            for part, others, moved in ((before, after, whole.went), (after, before, whole.came)):
                changed = [triple for triple in part if triple not in others]
                relabel |= any(map(_has_node, changed))
                moved += (Quad(*parts(t), name) for t in changed if not _has_node(t))
            self._apart[name] = after
        return relabel

    def _relabel(self) -> None:
        (old_said, old_rest), (said, rest) = self._labelled, self._label()
        self._labelled = said, rest
        old, new = old_said | old_rest, said | rest
        self._dataset.note(old - new, new - old)
        self._asserted.note(old_said - said, said - old_said)

    def _label(self) -> tuple[set[bytes], set[bytes]]:
        """The lines with blank nodes: of the asserted graphs, and the rest."""
        said, rest = label_lines(
            [Quad(*parts(t), name) for t, names in self._nodes.items() for name in names],
            [
                *(Quad(*parts(t), GRAPH.inferred) for t in self._inferred_nodes),
                *(
                    Quad(*parts(t), name)
                    for name, part in self._apart.items()
                    for t in part
                    if _has_node(t)
                ),
            ],
            {*self._nodes, *self._inferred_nodes},
        )
        return set(said), set(rest)


class _Moved:
    """Quads without blank nodes that went and came."""

    def __init__(self) -> None:
        self.went: list[Quad] = []
        self.came: list[Quad] = []

    def note(self, triple: Triple, before: Set[GraphName], after: Set[GraphName]) -> None:
        """Add a triple that other graphs held before."""
        self.went += (Quad(*parts(triple), name) for name in before - after)
        self.came += (Quad(*parts(triple), name) for name in after - before)


def _merged(there: object) -> set[GraphName]:
    """The default graph, if something is in it."""
    return {_DEFAULT} if there else set()


def _has_node(triple: Triple) -> bool:
    return type(triple.subject) is BlankNode or type(triple.object) is BlankNode


def _lines(quads: list[Quad]) -> list[bytes]:
    return serialize(quads, Format.N_QUADS).splitlines(keepends=True)
