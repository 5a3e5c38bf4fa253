"""Property paths of length zero from a term that the graph does not have.

`<a> p* ?x` has the solution ?x = <a> whatever the graph holds (SPARQL 1.1 §18.4, ZeroLengthPath);
the engine gives it only if <a> is a node of the graph. If it is none, nothing else can be reached
either, so the pattern is exactly VALUES ?x { <a> }.
"""

from __future__ import annotations

from math import prod

from cgkg.sparql.rewriting.blocks import find_blocks, find_shared_labels, labels_of
from cgkg.sparql.rewriting.contents import Contents
from cgkg.sparql.tree.edits import TextEdit
from cgkg.sparql.tree.nodes import (
    AlternativePath,
    BlankTerm,
    BracketedPath,
    CountedPath,
    GraphTerm,
    InversePath,
    LiteralTerm,
    NamedGraphPattern,
    NamedNode,
    Node,
    Path,
    QueryTree,
    SequencePath,
    TriplesBlock,
    Variable,
)


def replace_absent_paths(tree: QueryTree, contents: Contents) -> list[TextEdit]:
    """What says by VALUES the paths from or to a term that the graph does not have."""
    shared = find_shared_labels(tree.query)
    edits = []
    for block, graph, _ in find_blocks(tree.query):
        if not isinstance(graph, Variable) and not shared & labels_of(block):
            text = _write_block(tree, block, graph.iri if graph else None, contents)
            if text is not None:
                edits.append(TextEdit(block.start, block.end, text))
    return edits


def has_absent_paths(pattern: NamedGraphPattern, contents: Contents, names: list[str]) -> bool:
    """Whether GRAPH has such paths from or to a term that one of these graphs does not have."""
    return any(
        _find_absent((statement.subject, value), name, contents)
        for block, graph, _ in find_blocks(pattern.group)
        if graph is None
        for statement in block.triples
        for each in statement.properties
        if not isinstance(each.verb, Variable) and _count_empty(each.verb)
        for value in each.objects
        for name in names
    )


def _write_block(
    tree: QueryTree, block: TriplesBlock, graph: str | None, contents: Contents
) -> str | None:
    """The triples with what is said of absent terms after them; None if there are none."""
    kept: list[str] = []
    empty: list[str] = []
    for statement in block.triples:
        subject = tree.written(statement.subject)
        pairs = [(each.verb, value) for each in statement.properties for value in each.objects]
        rest = []
        for verb, value in pairs:
            ends = statement.subject, value
            times = 0 if isinstance(verb, Variable) else _count_empty(verb)
            term = _find_absent(ends, graph, contents) if times else None
            if term is None or (len(pairs) > 1 and isinstance(statement.subject, BlankTerm)):
                rest.append(f"{subject} {tree.written(verb)} {tree.written(value)}")
            else:
                empty.append(_write_empty_path(tree, ends, term, times))
        kept += [tree.written(statement)] if len(rest) == len(pairs) else rest
    return " . ".join([*kept, " ".join(empty)]) if empty else None


def _find_absent(
    ends: tuple[GraphTerm, GraphTerm], graph: str | None, contents: Contents
) -> NamedNode | LiteralTerm | None:
    """The one constant at the ends of a path, if the graph does not have it."""
    if any(not isinstance(end, Variable | NamedNode | LiteralTerm | BlankTerm) for end in ends):
        return None
    if any(isinstance(end, BlankTerm) and end.label for end in ends):
        return None
    terms = [end for end in ends if isinstance(end, NamedNode | LiteralTerm)]
    if not terms or any(_identity(term) != _identity(terms[0]) for term in terms):
        return None
    return terms[0] if contents.is_absent(terms[0], graph) else None


def _identity(term: NamedNode | LiteralTerm) -> tuple[str, ...]:
    if isinstance(term, NamedNode):
        return (term.iri,)
    return term.lexical, term.language.lower(), term.datatype


def _write_empty_path(
    tree: QueryTree, ends: tuple[GraphTerm, GraphTerm], term: Node, times: int
) -> str:
    variable = next((end for end in ends if isinstance(end, Variable)), None)
    if variable is None:
        return " UNION ".join(["{ }"] * times)
    return f"{{ VALUES {tree.written(variable)} {{ {' '.join([tree.written(term)] * times)} }} }}"


def _count_empty(path: Path) -> int:
    """In how many ways a path may be walked without a step."""
    match path:
        case AlternativePath(choices=parts):
            return sum(map(_count_empty, parts))
        case SequencePath(steps=parts):
            return prod(map(_count_empty, parts))
        case CountedPath():
            return int(path.may_be_empty or _count_empty(path.path) > 0)
        case InversePath() | BracketedPath():
            return _count_empty(path.path)
    return 0
