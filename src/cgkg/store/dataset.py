"""The files of a generation: the lines of its dataset, and how they are written.

A dataset becomes text once and stays text: the order of lines is that of their bytes, since UTF-8
sorts as code points do, and no term's text is the beginning of another's but where a blank follows.
Quads are objects only where they have blank nodes. Statements without any have no part in how
RDFC-1.0 labels the others (§4.4.3 begins with the quads of each blank node and looks at no more).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from cgkg.formats import Format
from cgkg.rdf.io import canonicalize, parse_bytes, serialize
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Quad, Triple
from cgkg.rdf.vocab import GRAPH, RDF
from cgkg.store.generations import DATASET

_WITH_NODES = re.compile(rb"^(?:_:|\S+ \S+ _:).*\n", re.MULTILINE)


@dataclass(frozen=True)
class DatasetLines:
    """The canonical form of a dataset (RDFC-1.0): its N-Quads lines, sorted, each once.

    Attributes:
        lines: all of them.
        asserted: those of the asserted graphs, and of their triples in the default graph.
        default_graph: how many are in the default graph.
        others: those that are not asserted, in no order.
    """

    lines: list[bytes]
    asserted: list[bytes]
    default_graph: int
    others: Sequence[bytes] = field(default=(), compare=False)

    def quads(self) -> list[Quad]:
        """The lines as quads, in their order."""
        return parse_bytes(b"".join(self.lines), Format.N_QUADS, Path(DATASET))

    def classes(self, namespace: str) -> Counter[str]:
        """How many members the default graph gives each class of a namespace."""
        kind = f" {RDF.type} <{namespace}".encode()
        member = re.compile(rb"^\S+" + re.escape(kind) + rb"([^>]*)> \.\n")
        members = (member.match(line) for line in self.lines if kind in line)
        return Counter(namespace + match[1].decode() for match in members if match)


def merge(
    graphs: Mapping[IRI, Iterable[Triple]],
    inferred: Iterable[Triple] = (),
    apart: Mapping[IRI, Iterable[Triple]] | None = None,
) -> DatasetLines:
    """The dataset of these graphs.

    Args:
        graphs: asserted graphs whose triples are in the default graph, too, each once.
        inferred: the triples of the graph of inferences, which are in the default graph, too.
        apart: named graphs that are not.
    """
    return merge_gathered(gather(graphs), inferred, apart)


def gather(graphs: Mapping[IRI, Iterable[Triple]]) -> GraphLines:
    """The first half of `merge`, for which only the asserted graphs are needed."""
    asserted = GraphLines()
    for name, triples in graphs.items():
        asserted.add(name, tuple(triples))
    return asserted


def merge_gathered(
    asserted: GraphLines,
    inferred: Iterable[Triple] = (),
    apart: Mapping[IRI, Iterable[Triple]] | None = None,
) -> DatasetLines:
    """The other half of `merge`; what was gathered is of no use afterwards."""
    others = GraphLines()
    others.add(GRAPH.inferred, tuple(inferred))
    others.default -= asserted.default
    for name, triples in (apart or {}).items():
        others.add(name, tuple(triples), merged=False)
    merged = asserted.merged_with_nodes | others.merged_with_nodes
    said, rest = label_lines(asserted.with_nodes, others.with_nodes, merged)
    said += asserted.take_lines()
    said.sort()
    rest += others.take_lines()
    count = len(merged) + len(asserted.default) + len(others.default)
    return DatasetLines(sorted([*said, *rest]), said, count, rest)


class GraphLines:
    """The lines of some graphs; statements with blank nodes stay objects."""

    def __init__(self) -> None:
        self.default: set[bytes] = set()
        self.merged_with_nodes: set[Triple] = set()
        self.with_nodes: list[Quad] = []
        self._named: list[bytes] = []

    def lines(self) -> Iterator[bytes]:
        """All lines without blank nodes, in no order, each once."""
        return chain(self._named, self.default)

    def add(self, name: IRI, triples: Sequence[Triple], *, merged: bool = True) -> None:
        """Add a graph; `merged` says whether its triples are in the default graph, too."""
        text = serialize(triples, Format.N_TRIPLES)
        # what looks like a label may also stand in a literal
        if b"_:" in text and _WITH_NODES.search(text):
            nodes = {t for t in triples if BlankNode in (type(t.subject), type(t.object))}
            text = _WITH_NODES.sub(b"", text)
            self.with_nodes += (Quad(t.subject, t.predicate, t.object, name) for t in nodes)
            self.merged_with_nodes.update(nodes if merged else ())
        lines = text.splitlines(keepends=True)
        distinct = set(lines)
        if len(distinct) < len(lines):
            text = b"".join(distinct)
        # only at a line's end a line feed is not escaped
        named = text.replace(b" .\n", f" {name} .\n".encode())
        self._named += named.splitlines(keepends=True)
        if merged:
            self.default |= distinct

    def take_lines(self) -> list[bytes]:
        """The same as a list, which these graphs do not keep."""
        named, self._named = self._named, []
        named += self.default
        return named


def label_lines(
    asserted: Sequence[Quad], others: Sequence[Quad], merged: Set[Triple]
) -> tuple[list[bytes], list[bytes]]:
    """The lines that have blank nodes, labelled canonically (RDFC-1.0).

    Args:
        asserted: quads of asserted graphs with blank nodes.
        others: those of all other named graphs.
        merged: the triples with blank nodes that are in the default graph, too.

    Returns:
        those of the asserted graphs, with their triples in the default graph, and the rest.

    Raises:
        CanonicalizationError: the blank nodes cannot be told apart.
    """
    names = {quad.graph_name for quad in asserted}
    default = DefaultGraph()
    quads = canonicalize(
        (
            *asserted,
            *others,
            *(Quad(t.subject, t.predicate, t.object, default) for t in merged),
        )
    )
    own = {quad.triple for quad in quads if quad.graph_name in names}
    parts: dict[bool, list[Quad]] = {True: [], False: []}
    for quad in quads:
        is_merged = quad.graph_name == default
        parts[quad.triple in own if is_merged else quad.graph_name in names].append(quad)
    said, rest = (
        serialize(parts[which], Format.N_QUADS).splitlines(keepends=True) for which in (True, False)
    )
    return said, rest
