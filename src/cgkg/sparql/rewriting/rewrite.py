"""The text that the engine must be given to answer what a query means.

Where the engine is known to differ from SPARQL 1.1 and the query can be said in another way that is
provably the same, it is said in that way; where it cannot, it is refused. Which case is which, and
why, is told in docs/decisions/engine-remedies.md. Queries that touch none of this pass as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cgkg.errors import QueryRefusedError
from cgkg.sparql.rewriting.paths import Absent, replace_absent_paths
from cgkg.sparql.rewriting.sorting import Mixed, complete_order
from cgkg.sparql.syntax import Outline
from cgkg.sparql.tokenlist import TextEdit, TokenList, apply_edits

_BOOLEANS = ("true", "false")
_AGGREGATES = frozenset(("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"))
_OF_ALL_GRAPHS = frozenset(("GROUP", "HAVING", "LIMIT", "OFFSET"))
# A step of a path that may be left out, and a star that is none.
_OPTIONAL_STEP = re.compile(r"\?(?!\w)")
_VARIABLE = re.compile(r"\?\w")
# IRIs, strings and comments, in which neither is one.
_ASIDE = re.compile(r"""<[^<>"{}|^`\\\s]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\#[^\n]*""")
_PLAIN_STAR = re.compile(r"(?:SELECT|DISTINCT|REDUCED|DESCRIBE|\()\s*+\*", re.IGNORECASE)


def rewrite(query: str, outline: Outline, absent: Absent, mixed: Mixed) -> str:
    """The query in the words that the engine understands as the specification does.

    Args:
        query: a query that is not refused.
        outline: what its text says before it is parsed.
        absent: whether an IRI is the subject or object of no triple of a graph.
        mixed: whether a predicate has numbers and other literals.

    Raises:
        QueryRefusedError: the engine would answer it wrongly, and there is no other way to say it.
    """
    small = query.lower()
    if any(small.count(word) > query.count(word) for word in _BOOLEANS):
        query = _lower_booleans(query)
    if "group_concat" in small:
        query = _drop_concatenation_languages(query)
    if "graph" in small:
        query = _separate_graph_variables(query)
    if "bnode" in small:
        query = _make_nodes_per_solution(query)
    if _may_have_empty_paths(query):
        query = replace_absent_paths(query, outline, absent)
    if "order" in small:
        query = complete_order(query, outline, mixed)
    return query


def _may_have_empty_paths(query: str) -> bool:
    if "?" not in _VARIABLE.sub("", query) and "*" not in query:
        return False
    if '"""' not in query and "'''" not in query:  # quotes inside of these would mislead
        query = _ASIDE.sub(" ", query)
    if _OPTIONAL_STEP.search(query):
        return True
    return "*" in query and query.count("*") > len(_PLAIN_STAR.findall(query))


def _lower_booleans(query: str) -> str:
    """Write the keywords true and false as the engine's parser wants them (§19.8, note 1)."""
    words = (token for token in TokenList(query) if token.kind == "word")
    return apply_edits(
        query,
        [
            TextEdit(token.start, token.end, token.text.lower())
            for token in words
            if token.text.lower() in _BOOLEANS
        ],
    )


def _drop_concatenation_languages(query: str) -> str:
    """GROUP_CONCAT gives a simple literal (§18.5.1.7); the engine keeps a common language tag."""
    text = TokenList(query)
    edits = []
    for index in text.calls("GROUP_CONCAT"):
        edits.append(TextEdit(text[index].start, text[index].start, "STR("))
        end = text[text.closing(index + 1)].end
        edits.append(TextEdit(end, end, ")"))
    return apply_edits(query, edits)


# GRAPH and its variable. The engine binds the variable while it evaluates the group; SPARQL joins
# the group's solutions with it afterwards (§18.5, Graph).


def _separate_graph_variables(query: str) -> str:
    """Keep the variable of each GRAPH apart from the group that it names."""
    text = TokenList(query)
    places = [
        index
        for index in range(len(text))
        if text.is_word(index, "GRAPH") and text.kind(index + 1) == "variable"
    ]
    # From the last to the first: a change leaves everything before it where it was.
    for index in reversed(places):
        query = _drop_idle_minus(query, index)
        renamed = _rename_inside(query, index)
        place = index + (renamed != query)  # a brace stands before it now
        query = _require_all_graphs(_name_subqueries(renamed, place), place)
    return query


def _block(text: TokenList, index: int) -> range:
    """The tokens between the braces of the GRAPH at this place."""
    return range(index + 3, text.closing(index + 2))


def _same_variable(one: str, other: str) -> bool:
    return one[1:] == other[1:]


def _rename_inside(query: str, index: int) -> str:
    """GRAPH ?g { … ?g … } says { GRAPH ?g { … ?k … } FILTER(?k unbound, or ?g) }."""
    text = TokenList(query)
    name, block = text[index + 1].text, _block(text, index)
    uses = [i for i in block if text.kind(i) == "variable" and _same_variable(text[i].text, name)]
    if not uses:
        return query
    outside = (i for i in range(len(text)) if i not in block and text.is_word(i, "SELECT"))
    if text.star_in(outside) and not all(text.is_out_of_scope(i) for i in uses):
        raise QueryRefusedError(
            f"SELECT * with {name} inside of GRAPH {name} is not answered by this endpoint",
            hint="name the variables that you want instead of *",
        )
    fresh = text.fresh_variable(f"{name}_inside")
    edits = [TextEdit(text[i].start, text[i].end, fresh) for i in uses]
    start, end = text[index].start, text[block.stop].end
    edits.append(TextEdit(start, start, "{ "))
    edits.append(TextEdit(end, end, f" FILTER(!BOUND({fresh}) || SAMETERM({fresh}, {name})) }}"))
    return apply_edits(query, edits)


def _drop_idle_minus(query: str, index: int) -> str:
    """Leave out a MINUS that shares no variable: it removes nothing (§8.3.3).

    The engine takes the variable of GRAPH for a shared one.
    """
    text = TokenList(query)
    edits = []
    for i in _block(text, index):
        if not text.is_word(i, "MINUS"):
            continue
        inside = range(i + 2, text.closing(i + 1))
        before = range(text.opening(i) + 1, i)
        if not text.variables(inside) & text.variables(before):
            edits.append(TextEdit(text[i].start, text[inside.stop].end, ""))
    return apply_edits(query, edits)


def _name_subqueries(query: str, index: int) -> str:
    """Have subqueries of the group keep the graph that they are about, which the engine forgets."""
    text = TokenList(query)
    name, block = text[index + 1].text, _block(text, index)
    selects = [i for i in block if text.is_word(i, "SELECT")]
    if not selects:
        return query
    of_all = any(text.is_word(i, *_OF_ALL_GRAPHS) for i in block)
    if of_all or any(text.is_call(i, *_AGGREGATES) for i in block):
        raise QueryRefusedError(
            f"a subquery with LIMIT or an aggregate in GRAPH {name} is not answered here",
            hint=f"put GRAPH {name} into the subquery, select {name} there and group by it",
        )
    return apply_edits(query, [_select_name(text, i, name) for i in selects])


def _select_name(text: TokenList, select: int, name: str) -> TextEdit:
    """Add the variable to what the subquery selects; for * by having it in the group."""
    if not text.star_in([select]):
        place = text[text.after_select(select)].start
        return TextEdit(place, place, f"{name} ")
    opening = next(i for i in range(select, len(text)) if text[i].text == "{")
    place = text[opening].end
    return TextEdit(place, place, f" GRAPH {name} {{}} ")


def _require_all_graphs(query: str, index: int) -> str:
    """Have VALUES or another GRAPH in the group meet every graph, which the engine forgets."""
    text = TokenList(query)
    if not any(text.is_word(i, "VALUES", "GRAPH") for i in _block(text, index)):
        return query
    start = text[index].start
    return apply_edits(query, [TextEdit(start, start, f"GRAPH {text[index + 1].text} {{}} ")])


# BNODE(key). The engine makes the node of the key alone; SPARQL gives every solution nodes of its
# own, the same for the same key within one (§17.4.2.9).


def _make_nodes_per_solution(query: str) -> str:
    """Make each node of the key and of something that every solution has for itself."""
    text = TokenList(query)
    calls = [i for i in text.calls("BNODE") if text.closing(i + 1) > i + 2]
    if not calls:
        return query
    if len(calls) == 1:
        return apply_edits(query, _key_nodes(text, calls, "STRUUID()"))
    row = text.fresh_variable("?solution")
    place = _number_in_select(text, calls, row) or _number_in_binds(text, calls, row)
    if not place:
        raise QueryRefusedError(
            "BNODE with a key in several places of a query is not answered by this endpoint",
            hint="use it in the outermost SELECT clause or in BINDs that follow each other",
        )
    return apply_edits(query, [*_key_nodes(text, calls, row), *place])


def _key_nodes(text: TokenList, calls: Iterable[int], row: str) -> list[TextEdit]:
    edits = []
    for index in calls:
        start, end = text[index + 1].end, text[text.closing(index + 1)].start
        edits.append(TextEdit(start, start, f'CONCAT("b", {row}, SHA256(STR('))
        key = text.query[start:end]
        # Only a simple literal is a key; of anything else the sum has no value.
        edits.append(TextEdit(end, end, f')), IF(DATATYPE({key}) = {_STRING}, "", 1/0))'))
    return edits


_STRING = "<http://www.w3.org/2001/XMLSchema#string>"


def _number_in_select(text: TokenList, calls: list[int], row: str) -> list[TextEdit]:
    """What gives every solution its own name, for calls in the outermost SELECT clause."""
    first = next((i for i in range(len(text)) if text.is_word(i, "SELECT")), None)
    if first is None or any(i < first for i in calls):
        return []
    opening = next((i for i in range(first, len(text)) if text[i].text == "{"), None)
    if opening is None or calls[-1] > opening:
        return []
    closing = text.closing(opening)
    grouped = any(text.is_word(i, "GROUP", "HAVING") for i in range(len(text)))
    grouped = grouped or any(text.is_call(i, *_AGGREGATES) for i in range(first, opening))
    if grouped or any(text.is_word(i, "VALUES") for i in range(closing, len(text))):
        return []
    start, end = text[opening].start, text[closing].end
    return [TextEdit(start, start, "{ "), TextEdit(end, end, f" BIND(STRUUID() AS {row}) }}")]


def _number_in_binds(text: TokenList, calls: list[int], row: str) -> list[TextEdit]:
    """The same for calls in BINDs of one group with nothing between them."""
    binds = list(_find_binds(text))
    holding = [(a, b) for a, b in binds if any(a < call < b for call in calls)]
    if text.selects_all or not all(any(a < call < b for a, b in binds) for call in calls):
        return []
    first, last = holding[0][0], holding[-1][1]
    run = first
    while run < last:
        end = next((b for a, b in binds if a == run), None)
        if end is None:
            return []
        run = end + 1
    start = text[first].start
    return [TextEdit(start, start, f"BIND(STRUUID() AS {row}) ")]


def _find_binds(text: TokenList) -> Iterator[tuple[int, int]]:
    for index in text.calls("BIND"):
        yield index, text.closing(index + 1)
