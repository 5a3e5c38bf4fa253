"""What DESCRIBE tells of an engine's version: what it tells of a graph here (SPARQL 1.1 §16.4).

Of each node that is asked for, these are all triples of the default graph that have it as their
subject, and those of the blank nodes that they lead to. They are looked up as rows: engines mean
various things by DESCRIBE, and there are some that leave triples out without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cgkg.errors import QueryRefusedError
from cgkg.messages import M_
from cgkg.rdf.terms import IRI, BlankNode, GraphName, Subject, Triple
from cgkg.remote.construction import select_clause, values_of, visible_names
from cgkg.sparql.tree.nodes import NamedNode, QueryTree, Variable
from cgkg.store.reader import QuadPattern, Reader


class Description:
    """A DESCRIBE query, parted into what is asked and what is looked up.

    Attributes:
        select: the SELECT query whose solutions have the nodes; None if these are all named.
    """

    def __init__(self, tree: QueryTree) -> None:
        query, text = tree.query, tree.text
        assert query.described is not None
        items, start = query.described.items, query.described.end
        self._named = [IRI(each.iri) for each in items or () if isinstance(each, NamedNode)]
        names = {each.name for each in items or () if isinstance(each, Variable)}
        self._names = sorted(visible_names(query) if items is None else names)
        self.select: str | None = None
        if query.where or query.values or query.slices:
            end = query.dataset[-1].end if query.dataset else start
            pattern = "" if query.where else " WHERE { } "
            clause = select_clause(tree, self._names)
            self.select = f"{text[: query.start]}{clause}{text[start:end]}{pattern}{text[end:]}"

    def nodes(self, solutions: Iterable[Any]) -> list[IRI]:
        """The nodes to describe.

        Args:
            solutions: those of `select`, or one that is empty; without any, no node is described.

        Raises:
            QueryRefusedError: there are blank nodes among them, which cannot be looked up.
        """
        found: dict[IRI, None] = {}
        for row in solutions:
            found.update(dict.fromkeys(self._named))
            for name, term in values_of(row, self._names).items():
                if isinstance(term, BlankNode):
                    raise QueryRefusedError(
                        M_(
                            "?{name} is a blank node, which an engine is not asked to describe",
                            name=name,
                        ),
                        hint=M_("leave blank nodes out by FILTER and isBlank, or ask by CONSTRUCT"),
                    )
                if isinstance(term, IRI):
                    found[term] = None
        return list(found)


def describe_nodes(
    reader: Reader, nodes: Iterable[IRI], graphs: Sequence[GraphName]
) -> list[Triple]:
    """The triples that DESCRIBE tells, each once.

    Args:
        reader: looks them up.
        nodes: what is described.
        graphs: those whose merge is the default graph.
    """
    found: dict[Triple, None] = {}
    seen: set[Subject] = set()
    waiting: list[Subject] = list(nodes)
    while waiting and graphs:
        seen.update(waiting)
        patterns = [QuadPattern(s=node, g=graph) for node in waiting for graph in graphs]
        new = [quad.triple for part in reader.quads(patterns) for quad in part]
        found.update(dict.fromkeys(new))
        blanks = dict.fromkeys(each.object for each in new if isinstance(each.object, BlankNode))
        waiting = [node for node in blanks if node not in seen]
    return list(found)
