"""Where one version's graphs are in an engine, and a query in the words that ask these alone.

An engine may have no default graph apart from the named ones. There the version's default graph
is a named one, `DEFAULT_GRAPH`, patterns without GRAPH are asked of it, and GRAPH with a variable
is kept to the graphs that `VERSION_GRAPH` lists. That graph, which says what was loaded, is none of
the version's own in any engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad
from cgkg.rdf.vocab import DCTERMS
from cgkg.sparql.tree.edits import TextEdit, apply_edits
from cgkg.sparql.tree.nodes import (
    NamedGraphPattern,
    Node,
    QueryTree,
    TriplesBlock,
    Variable,
    children,
)

DATASET = IRI("urn:cgkg:dataset")
DEFAULT_GRAPH = IRI("urn:cgkg:default")
VERSION_GRAPH = IRI("urn:cgkg:version")
_DIGEST = "sha256:"


@dataclass(frozen=True)
class GraphScope:
    """Where the graphs are.

    Attributes:
        default: the named graph that is the default one; None: the engine has one of its own.
    """

    default: IRI | None = None

    def write(self, tree: QueryTree, *, explicit: bool = False) -> str:
        """The query for the engine.

        Args:
            tree: the query.
            explicit: whether it, or its request, says what dataset it is about.
        """
        default = None if explicit else self.default
        edits = [*_edits(tree, tree.query, default, listed=default is not None)]
        where = tree.query.where
        short = tree.query.form == "CONSTRUCT" and tree.query.template is None
        if short and default is not None and where is not None:
            place = tree.query.start + len("CONSTRUCT")
            edits.append(TextEdit(place, place, f" {tree.written(where)} "))
        return apply_edits(tree.text, edits)

    def graph_name(self, quad: Quad) -> IRI | DefaultGraph:
        """The graph of the engine that a quad is in, if its name is no blank node."""
        if quad.graph_name == DefaultGraph():
            return self.default or DefaultGraph()
        assert isinstance(quad.graph_name, IRI)
        return quad.graph_name


def _edits(tree: QueryTree, node: Node, default: IRI | None, *, listed: bool) -> Iterator[TextEdit]:
    if isinstance(node, NamedGraphPattern):
        if isinstance(node.name, Variable):
            name = tree.written(node.name)
            kept = (
                f" GRAPH {VERSION_GRAPH} {{ {DATASET} {DCTERMS.hasPart} {name} }}"
                if listed
                else f" FILTER({name} != {VERSION_GRAPH})"
            )
            yield TextEdit(node.start, node.start, "{ ")
            yield from _edits(tree, node.group, None, listed=listed)
            yield TextEdit(node.end, node.end, f"{kept} }}")
            return
        default = None
    elif isinstance(node, TriplesBlock) and default is not None:
        yield TextEdit(node.start, node.start, f"GRAPH {default} {{ ")
        yield TextEdit(node.end, node.end, " }")
        return
    for part in children(node):
        yield from _edits(tree, part, default, listed=listed)


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


VERSION_QUERY = (
    f"SELECT ?said ?default WHERE {{ GRAPH {VERSION_GRAPH} {{ {DATASET} {DCTERMS.identifier} ?said"
    f" OPTIONAL {{ {DATASET} {DCTERMS.source} ?default }} }} }}"
)
"""Asks what was loaded: `?said` has the digest, `?default` the graph that is the default one."""


def read_digest(said: str) -> str:
    """The digest that the engine's graph of the version says."""
    return said.removeprefix(_DIGEST)
