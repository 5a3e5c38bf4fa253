"""The canonical form of a dataset (RDFC-1.0), with a bound on the work it takes.

The algorithm tells blank nodes apart by what is said of each. Of those that this leaves alike it
tries all orders in which they may be linked with each other: k! for k of them, so that a file of
a few lines could keep a machine busy for good (RDFC-1.0 §7.1). Such data is refused where it shows
before the work begins, and what may take long is done by a process that is ended after `SECONDS`.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import pyoxigraph as ox
from pyoxigraph import BlankNode, Quad, Triple

from cgkg import package
from cgkg.errors import CanonicalizationError

SECONDS = 60
"""Of a processor's time that the canonical form of a dataset may take."""
_MOST = 9  # nodes alike that one may be linked to: of 10 all orders take minutes
# What takes no time to speak of: so many alike in one place, with so many orders or none.
_FEW, _ORDERS, _CHAIN = 10, 4, 100
_AT_ONCE = 2000  # nodes alike, in such small groups

_COMPOUND = frozenset({BlankNode, Triple})
_Node = str  # the label of a blank node
_WithNodes = tuple[Quad, dict[_Node, None]]


def canonicalize(quads: Iterable[Quad]) -> list[Quad]:
    """The quads once each, blank nodes labelled by RDFC-1.0, sorted as N-Quads lines.

    Raises:
        CanonicalizationError: its blank nodes cannot be told apart with the work that is allowed.
    """
    given = dict.fromkeys(quads)
    with_nodes = _with_nodes(given)
    # RDFC-1.0 §4.4.3 looks at no other quads
    labelled = [quad for quad, _ in with_nodes]
    label = _canonicalize_apart if _may_take_long(with_nodes) else _canonicalize
    return sorted([*given.keys() - labelled, *label(labelled)], key=str)


def _with_nodes(quads: Iterable[Quad]) -> list[_WithNodes]:
    """The quads that have blank nodes, each with those it has."""
    return [
        (quad, nodes)
        for quad in quads
        # most quads of most datasets have none, and are told by this as fast as can be
        if (
            type(quad.subject) is BlankNode
            or type(quad.object) in _COMPOUND
            or type(quad.graph_name) is BlankNode
        )
        and (nodes := dict.fromkeys(_nodes(quad)))
    ]


def _canonicalize(quads: Iterable[Quad]) -> Iterable[Quad]:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def _may_take_long(with_nodes: Iterable[_WithNodes]) -> bool:
    """Whether blank nodes that are said to be alike are linked with each other in large groups.

    Raises:
        CanonicalizationError: there is one that is linked to so many that it would not end.
    """
    alike = _alike(with_nodes)
    links: dict[_Node, dict[object, set[_Node]]] = defaultdict(lambda: defaultdict(set))
    for quad, nodes in with_nodes:
        if len(nodes) < 2:
            continue
        places = _places(quad)
        for node in nodes:
            for place, other in places:
                if other != node and node in alike and other in alike:
                    links[node][place, alike[other]].add(other)
    if not links:
        return False
    worst, most = max(
        ((node, max(map(len, groups.values()))) for node, groups in links.items()),
        key=lambda pair: pair[1],
    )
    if most > _MOST:
        raise _error(f"{most} of them are linked to one", worst, with_nodes)
    groups = list(_connected(links))
    if sum(map(len, groups)) > _AT_ONCE:
        return True
    for group in groups:
        orders = max(len(each) for node in group for each in links[node].values())
        easy = (orders == 1 and len(group) <= _CHAIN) or (orders <= _ORDERS and len(group) <= _FEW)
        if not easy:
            return True
    return False


def _nodes(statement: Quad | Triple) -> Iterator[_Node]:
    for _, node in _places(statement):
        yield node


def _places(statement: Quad | Triple) -> Iterator[tuple[object, _Node]]:
    """The blank nodes of a statement, each with the place that it has there."""
    graph = statement.graph_name if isinstance(statement, Quad) else None
    for name, term in (("s", statement.subject), ("o", statement.object), ("g", graph)):
        if isinstance(term, BlankNode):
            yield (name, statement.predicate), term.value
        elif isinstance(term, Triple):
            for place, node in _places(term):
                yield (name, statement.predicate, place), node


def _alike(with_nodes: Iterable[_WithNodes]) -> dict[_Node, int]:
    """The nodes that are not the only one of which the same is said, by a number of what is said.

    That is the first-degree hash of RDFC-1.0 §4.6, without a need for the digest.
    """
    said: dict[_Node, list[object]] = defaultdict(list)
    for quad, nodes in with_nodes:
        for node in nodes:
            said[node].append(_seen_from(node, quad))
    numbers: dict[frozenset[object], int] = {}
    by_node = {
        node: numbers.setdefault(frozenset(Counter(parts).items()), len(numbers))
        for node, parts in said.items()
    }
    counts = Counter(by_node.values())
    return {node: number for node, number in by_node.items() if counts[number] > 1}


def _seen_from(node: _Node, statement: Quad | Triple) -> tuple[object, ...]:
    """The statement with this node as itself, and every other as any."""
    graph = statement.graph_name if isinstance(statement, Quad) else None
    return tuple(
        term.value == node
        if isinstance(term, BlankNode)
        else _seen_from(node, term)
        if isinstance(term, Triple)
        else term
        for term in (statement.subject, statement.predicate, statement.object, graph)
    )


def _connected(links: dict[_Node, dict[object, set[_Node]]]) -> Iterator[set[_Node]]:
    """The nodes in groups, each of all that are linked, if over others."""
    left = set(links)
    while left:
        group, waiting = set[_Node](), [left.pop()]
        while waiting:
            node = waiting.pop()
            if node in group:
                continue
            group.add(node)
            waiting += (other for others in links[node].values() for other in others)
        left -= group
        yield group


def _canonicalize_apart(quads: Iterable[Quad]) -> Iterable[Quad]:
    """The canonical form made by a process that is ended when it takes too long."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cgkg.rdf.canonical", str(SECONDS)],
        input=ox.serialize(quads, format=ox.RdfFormat.N_QUADS),
        capture_output=True,
        env={**os.environ, "PYTHONPATH": package.search_path()},
        check=False,
    )
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise _error(f"it takes more than {SECONDS} s to try", "", [])
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise _error(f"the process that tries ended: {said[-1] if said else done}", "", [])
    return ox.parse(done.stdout, format=ox.RdfFormat.N_QUADS)


def _error(why: str, node: _Node, with_nodes: Iterable[_WithNodes]) -> CanonicalizationError:
    quad = next((quad for quad, nodes in with_nodes if node in nodes), None)
    where = f", as in: {quad}" if quad else ""
    return CanonicalizationError(f"the blank nodes cannot be told apart, {why}{where}")


def main() -> None:
    """Read N-Quads, write their canonical form; the system ends it after so many seconds."""
    seconds = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    dataset = _canonicalize(ox.parse(sys.stdin.buffer.read(), format=ox.RdfFormat.N_QUADS))
    ox.serialize(dataset, sys.stdout.buffer, ox.RdfFormat.N_QUADS)


if __name__ == "__main__":
    main()
