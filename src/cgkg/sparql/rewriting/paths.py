"""Property paths of length zero from an IRI that the graph does not have.

`<a> p* ?x` has the solution ?x = <a> whatever the graph holds (SPARQL 1.1 §18.4, ZeroLengthPath);
the engine gives it only if <a> is a node of the graph. If it is none, nothing else can be reached
either, so the pattern is exactly VALUES ?x { <a> }.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import EllipsisType

from cgkg.sparql.tree.edits import TextEdit
from cgkg.sparql.tree.nodes import (
    AlternativePath,
    BlankTerm,
    BracketedPath,
    CountedPath,
    InversePath,
    NamedGraphPattern,
    NamedNode,
    Node,
    Path,
    QueryTree,
    SequencePath,
    SubjectTriples,
    Variable,
    children,
    walk,
)

# Whether an IRI is the subject or object of no triple of a graph that there is: the default graph,
# or the one of that name.
Absent = Callable[[str, str | None], bool]


def replace_absent_paths(tree: QueryTree, absent: Absent) -> list[TextEdit]:
    """What says such patterns by VALUES; `absent` tells which IRIs a graph does not have."""
    # Blank nodes must not be cut off their patterns.
    if any(isinstance(node, BlankTerm) and node.label for node in walk(tree.query)):
        return []
    edits = []
    for statement, graph in _find_statements(tree.query):
        ends = _ends_of_empty_path(statement)
        named = [end for end in ends if isinstance(end, NamedNode)]
        if len({end.iri for end in named}) == 1 and absent(named[0].iri, graph):
            variable = next((end for end in ends if isinstance(end, Variable)), None)
            values = f"VALUES {tree.written(variable)} {{ {named[0].text} }}" if variable else ""
            edits.append(TextEdit(statement.start, statement.end, f"{{ {values} }}"))
    return edits


def _find_statements(root: Node) -> Iterator[tuple[SubjectTriples, str | None]]:
    """All triples with the name of the graph in which they are matched, None for the default one;
    not those in a graph that a variable names."""
    waiting: list[tuple[Node, str | EllipsisType | None]] = [(root, None)]
    while waiting:
        node, graph = waiting.pop()
        if isinstance(node, SubjectTriples):
            if not isinstance(graph, EllipsisType):
                yield node, graph
            continue
        if isinstance(node, NamedGraphPattern):
            graph = node.name.iri if isinstance(node.name, NamedNode) else ...
        waiting += ((part, graph) for part in children(node))


def _ends_of_empty_path(statement: SubjectTriples) -> tuple[Variable | NamedNode, ...]:
    """Subject and object of what is one path that may be empty; none for anything else."""
    if len(statement.properties) != 1 or len(statement.properties[0].objects) != 1:
        return ()
    subject, verb = statement.subject, statement.properties[0].verb
    value = statement.properties[0].objects[0]
    if isinstance(verb, Variable) or not _may_be_empty(verb):
        return ()
    if isinstance(subject, Variable | NamedNode) and isinstance(value, Variable | NamedNode):
        return subject, value
    return ()


def _may_be_empty(path: Path) -> bool:
    """Whether a path may be walked without a step."""
    match path:
        case AlternativePath(choices=parts):
            return any(map(_may_be_empty, parts))
        case SequencePath(steps=parts):
            return all(map(_may_be_empty, parts))
        case CountedPath():
            return path.may_be_empty or _may_be_empty(path.path)
        case InversePath() | BracketedPath():
            return _may_be_empty(path.path)
    return False
