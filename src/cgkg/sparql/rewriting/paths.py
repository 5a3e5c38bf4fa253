"""Property paths: those of length zero from a term that the graph does not have, and alternatives
that give a solution twice.

`<a> p* ?x` has the solution ?x = <a> whatever the graph holds (SPARQL 1.1 §18.4, ZeroLengthPath);
the engine gives it only if <a> is a node of the graph. If it is none, nothing else can be reached
either, so the pattern is exactly VALUES ?x { <a> }.

`p | q` is a union (§18.4, Alternative), of which the engine leaves out duplicates. Only where the
data have some is the pattern written as a union, which may take longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, product
from math import prod
from types import EllipsisType

from cgkg.errors import QueryRefusedError
from cgkg.sparql.rewriting.contents import Contents
from cgkg.sparql.tree.edits import TextEdit, apply_edits
from cgkg.sparql.tree.nodes import (
    AggregateCall,
    AlternativePath,
    BlankTerm,
    BracketedPath,
    CountedPath,
    ExistsTest,
    GraphTerm,
    InversePath,
    LiteralTerm,
    MinusPattern,
    NamedGraphPattern,
    NamedNode,
    NegatedPath,
    Node,
    Path,
    PropertyObjects,
    Query,
    QueryTree,
    SequencePath,
    TriplesBlock,
    Variable,
    children,
    walk,
)

# A pattern is written as so many branches of a union at most.
_MOST_BRANCHES = 64


def replace_absent_paths(tree: QueryTree, contents: Contents) -> list[TextEdit]:
    """What says by VALUES the paths from or to a term that the graph does not have."""
    shared = _find_shared_labels(tree.query)
    edits = []
    for block, graph, _ in _find_blocks(tree.query):
        if not isinstance(graph, EllipsisType) and not shared & _labels(block):
            text = _write_block(tree, block, graph, contents)
            if text is not None:
                edits.append(TextEdit(block.start, block.end, text))
    return edits


def has_absent_paths(pattern: NamedGraphPattern, contents: Contents, names: list[str]) -> bool:
    """Whether GRAPH has such paths from or to a term that one of these graphs does not have."""
    return any(
        _find_absent((statement.subject, value), name, contents)
        for block, graph, _ in _find_blocks(pattern.group)
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


def _find_blocks(root: Node) -> Iterator[tuple[TriplesBlock, str | EllipsisType | None, bool]]:
    """All blocks of triples, each with the name of the graph in which it is matched (None for the
    default one, ... for one that a variable names), and whether it matters how often a solution
    is there."""
    waiting: list[tuple[Node, str | EllipsisType | None, bool]] = [(root, None, True)]
    while waiting:
        node, graph, counted = waiting.pop()
        match node:
            case TriplesBlock():
                yield node, graph, counted
                continue
            case NamedGraphPattern(name=name):
                graph = name.iri if isinstance(name, NamedNode) else ...
            case ExistsTest() | MinusPattern():
                counted = False
            case Query():
                counted = _counts_solutions(node, counted)
        waiting += ((part, graph, counted) for part in children(node))


def _counts_solutions(query: Query, around: bool) -> bool:
    """Whether an answer depends on how often a solution of the query's pattern is there; `around`
    says whether it depends on how often one of the query is."""
    if any(isinstance(node, AggregateCall) for node in walk(query.projection or query)):
        return True
    if query.projection and query.projection.modifier:
        return False
    return bool(query.slices) or (around and query.form == "SELECT" and not query.group_by)


def _labels(block: TriplesBlock) -> set[str]:
    return {node.label for node in walk(block) if isinstance(node, BlankTerm) and node.label}


def _find_shared_labels(root: Node) -> set[str]:
    """The labels of blank nodes that several blocks have: these must not be parted."""
    seen: set[str] = set()
    shared: set[str] = set()
    for block, _, _ in _find_blocks(root):
        labels = _labels(block)
        shared |= seen & labels
        seen |= labels
    return shared


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


# Alternatives


def keep_duplicates(tree: QueryTree, contents: Contents) -> list[TextEdit]:
    """Unions for the alternatives that may give a solution twice, where that matters.

    Raises:
        QueryRefusedError: the unions would be too many.
    """
    shared = _find_shared_labels(tree.query)
    edits = []
    for block, _, counted in _find_blocks(tree.query):
        if not counted:
            continue
        verbs = [
            node.verb
            for node in walk(block)
            if isinstance(node, PropertyObjects)
            and not isinstance(node.verb, Variable)
            and _may_repeat(node.verb, contents)
        ]
        if not verbs:
            continue
        ways = [_expand(tree, verb) for verb in verbs]
        if prod(map(len, ways)) > _MOST_BRANCHES or shared & _labels(block):
            raise QueryRefusedError(
                "alternatives of paths that give a solution more than once are not answered here"
                + (" with so many others" if not shared else " beside a blank node of elsewhere"),
                hint="write them as UNION, or use SELECT DISTINCT",
            )
        branches = [
            _write_branch(tree, block, zip(verbs, texts, strict=True), number)
            for number, texts in enumerate(product(*ways))
        ]
        edits.append(TextEdit(block.start, block.end, " UNION ".join(branches)))
    return edits


def _write_branch(
    tree: QueryTree, block: TriplesBlock, paths: Iterable[tuple[Path, str]], number: int
) -> str:
    """The block with other paths, and blank nodes of its own."""
    edits = [TextEdit(path.start, path.end, text) for path, text in paths]
    edits += [
        TextEdit(node.end, node.end, f"_{number}")
        for node in walk(block)
        if isinstance(node, BlankTerm) and node.label
    ]
    text = apply_edits(tree.text[: block.end], edits)[block.start :]
    return f"{{ {text} }}"


def _may_repeat(path: Path, contents: Contents) -> bool:
    """Whether a path may give a solution more often than the engine does."""
    match path:
        case BracketedPath(path=inner) | InversePath(path=inner):
            return _may_repeat(inner, contents)
        case SequencePath(steps=parts):
            return any(_may_repeat(part, contents) for part in parts)
        case NegatedPath(excluded=excluded):
            return len({isinstance(each, InversePath) for each in excluded}) > 1
        case AlternativePath(choices=choices):
            steps = [_find_step(choice) for choice in choices]
            return any(
                one is None
                or other is None
                or contents.overlap(one[0], other[0], one[1] is not other[1])
                for one, other in combinations(steps, 2)
            )
    return False


def _find_step(path: Path) -> tuple[str, bool] | None:
    """The predicate of a single step and whether it goes back; None for a longer path."""
    back = False
    while isinstance(path, BracketedPath | InversePath):
        back ^= isinstance(path, InversePath)
        path = path.path
    return (path.iri, back) if isinstance(path, NamedNode) else None


def _expand(tree: QueryTree, path: Path) -> list[str]:
    """The paths without alternatives of which a path is the union."""
    match path:
        case AlternativePath(choices=choices):
            return [text for choice in choices for text in _expand(tree, choice)]
        case SequencePath(steps=steps):
            return ["/".join(each) for each in product(*(_expand(tree, step) for step in steps))]
        case InversePath(path=inner):
            return [f"^({text})" for text in _expand(tree, inner)]
        case BracketedPath(path=inner):
            return [f"({text})" for text in _expand(tree, inner)]
        case NegatedPath(excluded=excluded):
            onwards = [tree.written(each) for each in excluded if isinstance(each, NamedNode)]
            back = [tree.written(each.path) for each in excluded if isinstance(each, InversePath)]
            texts = [f"!({'|'.join(onwards)})"] if onwards or not back else []
            return texts + ([f"^(!({'|'.join(back)}))"] if back else [])
    return [tree.written(path)]
