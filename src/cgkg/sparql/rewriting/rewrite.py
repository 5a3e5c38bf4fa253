"""The text that the engine must be given to answer what a query means.

Where the engine is known to differ from SPARQL 1.1 and the query can be said in another way that is
provably the same, it is said in that way; where it cannot, it is refused. Which case is which, and
why, is told in docs/decisions/engine-remedies.md. Queries that touch none of this pass as they are:
a few searches tell, and only what they find is read into a tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from cgkg.errors import QueryError, QueryRefusedError
from cgkg.sparql.rewriting.blank_nodes import make_nodes_per_solution
from cgkg.sparql.rewriting.constants import TAGGED
from cgkg.sparql.rewriting.contents import Contents
from cgkg.sparql.rewriting.duplicates import keep_duplicates
from cgkg.sparql.rewriting.exists import look_up_exists
from cgkg.sparql.rewriting.expressions import put_expressions_right
from cgkg.sparql.rewriting.graphs import find_variable_graphs, separate_graph_variable
from cgkg.sparql.rewriting.paths import replace_absent_paths
from cgkg.sparql.rewriting.projection import put_projection_right
from cgkg.sparql.tree.edits import TextEdit, apply_edits
from cgkg.sparql.tree.nodes import LiteralTerm, QueryTree, walk
from cgkg.sparql.tree.parser import parse
from cgkg.sparql.tree.restrictions import check_restrictions

_BOOLEANS = ("true", "false")
# White space and comments.
_GAP = r"(?:\s|\#[^\r\n]*+)*+"
_GRAPH = re.compile(rf"graph{_GAP}[?$]", re.IGNORECASE)
# Calls and tests that `put_expressions_right` may have to do with; strings are out of the way.
_EXPRESSION = re.compile(
    rf"""\b(?:GROUP_CONCAT|REPLACE|REGEX|SUBSTR|STRDT|ISNUMERIC|ABS|CEIL|FLOOR|ROUND|MIN|MAX|SUM|AVG){_GAP}\(
    | \b(?:COUNT|SAMPLE){_GAP}\({_GAP}(?:DISTINCT\b{_GAP})?(?![?$*\s\#])
    | \b(?:COALESCE|CONCAT|BNODE)(?:\s|\#[^\r\n]*+)++\( | \bBNODE\({_GAP}\)
    | \b(?:FILTER|IF){_GAP}\((?:{_GAP}\()*+{_GAP}[?$]\w++{_GAP}[),]
    | \^\^ | \b(?:integer|decimal|float|double)>?{_GAP}\(
    | [?$]\w++{_GAP}(?:&&|\|\|) | (?:&&|\|\|){_GAP}[?$] | ![\w?$(\s] | [0-9]{{15}}
    | [<>] | =(?:\s|\()*+[\w?$:+.-] | [\w?$:)](?:\s|\))*+= | \bIN\b{_GAP}\(
    | (?:[?$]\w++|\))\s*+[-+*/] | [-+*/]\s*+[?$(] | [0-9]\s*+[-+*/]\s*+[0-9.]""",
    re.VERBOSE | re.IGNORECASE,
)
# A tag in other letters than the graph has.
_TAG = re.compile(r"""["'][A-Za-z0-9-]*[A-Z][A-Za-z0-9-]*+["']""")
_LANGUAGE = re.compile(rf"\bLANG{_GAP}\(", re.IGNORECASE)
_EXISTS = re.compile(rf"\bEXISTS{_GAP}\{{", re.IGNORECASE)
_DIRECTION = re.compile(r"@[A-Za-z][A-Za-z0-9-]*--\w|\bSTRLANGDIR\b", re.IGNORECASE)
_SELECTED = re.compile(r"[sS][eE][lL][eE][cC][tT]\b([^{]*+)\{")
# What is grouped by begins with a variable in brackets somewhere.
_BRACKETED_KEY = re.compile(r"\bGROUP\s++BY\b[^{}]*?\(\s*+(?:\(\s*+)*+[?$]", re.IGNORECASE)
_COUNT_OF_ALL = re.compile(rf"\bCOUNT{_GAP}\({_GAP}DISTINCT\b{_GAP}\*", re.IGNORECASE)
_NAMED = re.compile(r"[?$](\w+)")
_NODE = re.compile(rf"bnode{_GAP}\(", re.IGNORECASE)
# A step of a path that may be left out, and a star that is none.
_OPTIONAL_STEP = re.compile(r"\?(?!\w)")
_VARIABLE = re.compile(r"\?\w")
# IRIs, strings and comments, in which neither is one.
_ASIDE = re.compile(r"""<[^<>"{}|^`\\\s]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\#[^\n]*""")
_PLAIN_STAR = re.compile(r"(?:SELECT|DISTINCT|REDUCED|DESCRIBE|\()\s*+\*", re.IGNORECASE)

_Remedy = Callable[[QueryTree], list[TextEdit]]


def rewrite(query: str, base: str | None, contents: Contents) -> str:
    """The query in the words that the engine understands as the specification does.

    Args:
        query: a query that is not refused.
        base: the IRI against which it is read where it has no BASE of its own.
        contents: what the dataset has.

    Raises:
        QueryRefusedError: the engine would answer it wrongly, and there is no other way to say it.
    """
    small = query.lower()
    if "--" in query or "strlangdir" in small:
        _refuse_directions(query)
    if "langstring" in small and "^^" in query:
        _refuse_untagged(query, base)
    remedies: list[_Remedy] = []
    in_graphs = "graph" in small and _GRAPH.search(query) is not None
    if "bnode" in small and _NODE.search(query):
        remedies.append(make_nodes_per_solution)
    later: list[_Remedy] = []
    if _may_have_empty_paths(query):
        later.append(partial(replace_absent_paths, contents=contents))
    if "|" in query or "!" in query:
        later.append(partial(keep_duplicates, contents=contents))
    if (
        _may_name_twice(query)
        or ("group" in small and _BRACKETED_KEY.search(query))
        or ("count" in small and _COUNT_OF_ALL.search(query))
    ):
        later.append(put_projection_right)
    in_expressions = _has_expressions(query, small)
    in_exists = "exists" in small and _EXISTS.search(query) is not None
    if not (remedies or later or in_graphs or in_expressions or in_exists):
        return query
    try:
        tree = parse(query, base, restricted=False)
    except QueryError:
        return query  # the engine says what is wrong, or knows more than SPARQL 1.1
    if in_graphs:
        places = range(len(find_variable_graphs(tree)))
        for place in reversed(places):
            remedies.append(partial(separate_graph_variable, place=place, contents=contents))
    for remedy in (*remedies, *later):
        if tree.text != query:
            tree = parse(query, base, restricted=False)
        query = apply_edits(query, remedy(tree))
    # What is put into other words here, the engine must know to be SPARQL.
    for last, wanted in (
        (partial(put_expressions_right, contents=contents), in_expressions),
        (look_up_exists, in_exists),
    ):
        if not wanted:
            continue
        if tree.text != query:
            tree = parse(query, base, restricted=False)
        edits = last(tree)
        try:
            if edits:
                check_restrictions(tree)
        except QueryError:
            # In other words the engine might not see any more that it is none of SPARQL.
            return query
        query = apply_edits(query, edits)
    return query


def _refuse_directions(query: str) -> None:
    """Raise for literals with a base direction, which clients of RDF 1.1 cannot read."""
    if _DIRECTION.search(_leave_out_asides(query)):
        raise QueryRefusedError(
            "base directions of RDF 1.2 (@en--ltr) are not supported",
            hint="leave the direction out",
        )


def _refuse_untagged(query: str, base: str | None) -> None:
    """Raise for literals that should have a language and have none: no syntax can write them."""
    try:
        tree = parse(query, base, restricted=False)
    except QueryError:  # which the engine tells
        return
    for node in walk(tree.query):
        if isinstance(node, LiteralTerm) and node.type_name and node.datatype in TAGGED:
            raise QueryRefusedError(
                f"{tree.written(node)}: a literal of this datatype has a language",
                hint='write "text"@en, or another datatype',
            )


def _may_name_twice(query: str) -> bool:
    """Whether a SELECT clause may have a variable twice."""
    return any(
        len(set(names)) < len(names)
        for clause in _SELECTED.findall(query)
        if len(names := _NAMED.findall(clause)) > 1
    )


def _has_expressions(query: str, small: str) -> bool:
    """Whether the query says something that is put right by `put_expressions_right`."""
    if "order" in small or any(small.count(word) > query.count(word) for word in _BOOLEANS):
        return True
    if "(" not in query:
        return False
    if "lang" in small and _TAG.search(query) and _LANGUAGE.search(query):
        return True
    return _EXPRESSION.search(_leave_out_asides(query)) is not None


def _leave_out_asides(query: str) -> str:
    """The query without what may look like an operator in IRIs, strings and comments."""
    # Quotes inside of long strings would mislead.
    return query if '"""' in query or "'''" in query else _ASIDE.sub(" ", query)


def _may_have_empty_paths(query: str) -> bool:
    if "?" not in _VARIABLE.sub("", query) and "*" not in query:
        return False
    query = _leave_out_asides(query)
    if _OPTIONAL_STEP.search(query):
        return True
    return "*" in query and query.count("*") > len(_PLAIN_STAR.findall(query))
