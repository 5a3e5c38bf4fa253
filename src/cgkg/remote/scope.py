"""Where one version's graphs are in an engine, and a query in the words that ask these alone.

An engine may have no default graph apart from the named ones. There the version's default graph
is a named one, `DEFAULT_GRAPH`, patterns without GRAPH are asked of it, and GRAPH is kept to the
graphs that `VERSION_GRAPH` lists: such an engine may have others, and lets GRAPH see them whatever
the query's dataset is. `VERSION_GRAPH`, which says what was loaded, is none of the version's own in
any engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad
from cgkg.rdf.vocab import DCTERMS
from cgkg.sparql.tree.edits import TextEdit, apply_edits
from cgkg.sparql.tree.nodes import (
    NamedGraphPattern,
    NamedNode,
    Node,
    QueryTree,
    TriplesBlock,
    Variable,
    children,
)

DATASET = IRI("urn:cgkg:dataset")
DEFAULT_GRAPH = IRI("urn:cgkg:default")
VERSION_GRAPH = IRI("urn:cgkg:version")
NOWHERE = IRI("urn:cgkg:nowhere")
"""A graph that there is not."""
_DIGEST = "sha256:"


@dataclass(frozen=True)
class ChosenGraphs:
    """The dataset that a query or its request names (SPARQL 1.1 §13.2): graphs of the version."""

    default: frozenset[str]
    named: frozenset[str]


@dataclass(frozen=True)
class GraphScope:
    """Where the graphs are.

    Attributes:
        default: the named graph that is the default one; None: the engine has one of its own.
    """

    default: IRI | None = None

    def write(self, tree: QueryTree, chosen: ChosenGraphs | None = None) -> str:
        """The query for the engine.

        Args:
            tree: the query.
            chosen: what dataset it is about, if it or its request says that.
        """
        default = self.default if chosen is None else None
        edits = [*self._edits(tree, tree.query, default, chosen)]
        edits += self._dataset_edits(tree, chosen)
        return apply_edits(tree.text, edits)

    def parameters(
        self, default: Iterable[str], named: Iterable[str], chosen: ChosenGraphs
    ) -> Iterator[tuple[str, str]]:
        """The graphs that a request names, as parameters (SPARQL 1.1 Protocol §2.1.4)."""
        for each in default:
            yield "default-graph-uri", each if each in chosen.default else NOWHERE.value
        for each in named:
            yield "named-graph-uri", each if each in chosen.named else NOWHERE.value
        if self.default is not None:
            yield "named-graph-uri", NOWHERE.value

    def _dataset_edits(self, tree: QueryTree, chosen: ChosenGraphs | None) -> Iterator[TextEdit]:
        """Graphs that the version does not have become one that there is not."""
        clauses = tree.query.dataset
        if chosen is None or not clauses:
            return
        for clause in clauses:
            if clause.graph.iri not in (chosen.named if clause.named else chosen.default):
                yield TextEdit(clause.graph.start, clause.graph.end, str(NOWHERE))
        if self.default is not None:
            # Virtuoso leaves GRAPH out, and what is in it, if the dataset does not have its graph.
            end = clauses[-1].end
            yield TextEdit(end, end, f" FROM NAMED {NOWHERE} ")

    def _edits(
        self, tree: QueryTree, node: Node, default: IRI | None, chosen: ChosenGraphs | None
    ) -> Iterator[TextEdit]:
        if isinstance(node, NamedGraphPattern):
            default = None
            if isinstance(node.name, NamedNode) and self._lacks(node.name.iri, chosen):
                yield TextEdit(node.name.start, node.name.end, str(NOWHERE))
            elif kept := self._kept(tree, node, chosen):
                yield TextEdit(node.start, node.start, "{ ")
                yield from self._edits(tree, node.group, None, chosen)
                yield TextEdit(node.end, node.end, f" {kept} }}")
                return
        elif isinstance(node, TriplesBlock) and default is not None:
            yield TextEdit(node.start, node.start, f"GRAPH {default} {{ ")
            yield TextEdit(node.end, node.end, " }")
            return
        for part in children(node):
            yield from self._edits(tree, part, default, chosen)

    def _lacks(self, name: str, chosen: ChosenGraphs | None) -> bool:
        """Whether a named graph is known to be none of the dataset."""
        if self.default is None or chosen is None:
            return name == VERSION_GRAPH.value
        return name not in chosen.named

    def _kept(self, tree: QueryTree, node: NamedGraphPattern, chosen: ChosenGraphs | None) -> str:
        """What goes beside a GRAPH, so that it is about the version's graphs alone."""
        name, variable = tree.written(node.name), isinstance(node.name, Variable)
        if self.default is None:  # the engine keeps to the dataset, and has one graph more
            return f"FILTER({name} != {VERSION_GRAPH})" if variable else ""
        if chosen is None:
            return f"GRAPH {VERSION_GRAPH} {{ {DATASET} {DCTERMS.hasPart} {name} }}"
        names = ", ".join(f"<{each}>" for each in sorted(chosen.named)) or str(NOWHERE)
        return f"FILTER({name} IN ({names}))" if variable else ""

    def graph_name(self, quad: Quad) -> IRI | DefaultGraph:
        """The graph of the engine that a quad is in, if its name is no blank node."""
        if quad.graph_name == DefaultGraph():
            return self.default or DefaultGraph()
        assert isinstance(quad.graph_name, IRI)
        return quad.graph_name


def listing_quads(graphs: Iterable[IRI], scope: GraphScope) -> list[Quad]:
    """What `VERSION_GRAPH` says of the graphs of a version; nothing where nobody asks.

    Args:
        graphs: the named ones.
        scope: where they are.
    """
    if scope.default is None:
        return []
    parts = [Quad(DATASET, DCTERMS.hasPart, name, VERSION_GRAPH) for name in graphs]
    return [Quad(DATASET, DCTERMS.source, scope.default, VERSION_GRAPH), *parts]


def version_quad(digest: str) -> Quad:
    """What `VERSION_GRAPH` says once all else is there.

    Args:
        digest: of the dataset, SHA-256 in hexadecimal digits.
    """
    return Quad(DATASET, DCTERMS.identifier, Literal(_DIGEST + digest), VERSION_GRAPH)


def begun_quad(digest: str) -> Quad:
    """What `VERSION_GRAPH` says before anything else is there, and goes on saying.

    Args:
        digest: as of `version_quad`.
    """
    return Quad(DATASET, DCTERMS.hasVersion, Literal(_DIGEST + digest), VERSION_GRAPH)


BEGUN_QUERY = (
    f"SELECT ?said WHERE {{ GRAPH {VERSION_GRAPH} {{ {DATASET} {DCTERMS.hasVersion} ?said }} }}"
)
"""Asks of which versions loading was begun."""
VERSION_QUERY = (
    f"SELECT ?said ?default WHERE {{ GRAPH {VERSION_GRAPH} {{ {DATASET} {DCTERMS.identifier} ?said"
    f" OPTIONAL {{ {DATASET} {DCTERMS.source} ?default }} }} }}"
)
"""Asks what was loaded: `?said` has the digest, `?default` the graph that is the default one."""


def listed_query(names: Iterable[str]) -> str:
    """Asks which of some graphs `?g` `VERSION_GRAPH` lists."""
    values = " ".join(f"<{name}>" for name in names)
    listed = f"GRAPH {VERSION_GRAPH} {{ {DATASET} {DCTERMS.hasPart} ?g }}"
    return f"SELECT ?g WHERE {{ VALUES ?g {{ {values} }} {listed} }}"


def read_digest(said: str) -> str:
    """The digest that the engine's graph of the version says."""
    return said.removeprefix(_DIGEST)
