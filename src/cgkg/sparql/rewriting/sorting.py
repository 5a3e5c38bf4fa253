"""What a query sorts by, said so that the engine has an order for it.

The engine compares numbers by value, and a number with a string by their characters: 9 < 10 < "5x"
< 9. Sorting by that puts numbers out of their order, or ends the process. So a variable that may
have both gives its numbers after everything else (SPARQL 1.1 §15.1 leaves this order open). That
doubles the time of a sort, so what has no numbers, or nothing else, is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from cgkg.rdf.terms import IRI
from cgkg.sparql.syntax import Outline, expand_iri
from cgkg.sparql.tokenlist import TextEdit, TokenList, apply_edits
from cgkg.store.graph import Graph

# Whether a predicate has numbers and other literals among its objects.
Mixed = Callable[[str], bool]

_TESTS = (
    "ASK {{ ?s {} ?o FILTER(isNumeric(?o)) }}",
    "ASK {{ ?s {} ?o FILTER(isLiteral(?o) && !isNumeric(?o)) }}",
)
_CONSTANT = ("iri", "name")
_START = ("{", "}", ".")
_LISTS = ("SELECT", "DISTINCT", "REDUCED", "DESCRIBE", "BY", "GRAPH")


def is_mixed(graph: Graph, predicate: str) -> bool:
    """Whether the predicate has numbers and other literals among its objects, in all graphs
    together; true for what is no IRI, of which the engine will complain."""
    try:
        tests = [test.format(IRI(predicate)) for test in _TESTS]
    except ValueError:
        return True
    return all(graph.query(test, use_default_graph_as_union=True) for test in tests)


def complete_order(query: str, outline: Outline, mixed: Mixed) -> str:
    """The query with a key before each variable that needs one.

    Args:
        query: the text of the query.
        outline: what its text says before it is parsed.
        mixed: tells what the data has.
    """
    text = TokenList(query)

    @cache
    def needed(variable: str) -> bool:
        return any(
            _may_mix(text, index, outline, mixed)
            for index in range(len(text))
            if text.kind(index) == "variable" and text.text(index)[1:] == variable[1:]
        )

    edits = []
    for index in range(len(text)):
        if text.is_word(index, "ORDER") and text.is_word(index + 1, "BY"):
            for place, variable, key in _find_keys(text, index + 2):
                if needed(variable):
                    edits.append(TextEdit(place, place, key))
    return apply_edits(query, edits)


def _find_keys(text: TokenList, index: int) -> Iterator[tuple[int, str, str]]:
    """For each variable sorted by from this token on: where its key goes, its name, the key."""
    while index < len(text):
        token = text[index]
        if token.kind == "variable":
            yield token.start, token.text, f"(isNumeric({token.text})) "
        elif text.is_call(index, "ASC", "DESC"):
            name = text.text(index + 2)
            if text.kind(index + 2) == "variable" and text.text(index + 3) == ")":
                yield token.start, name, f"{token.text}(isNumeric({name})) "
        elif token.kind == "open":
            index = text.closing(index)
        elif token.kind not in _CONSTANT and not _in_condition(text, index):
            return
        index += 1


def _in_condition(text: TokenList, index: int) -> bool:
    """Whether a word begins or goes on with a condition of ORDER BY (§19.8, rule 24)."""
    return text.text(index + 1) == "(" or text.is_word(index, "NOT", "EXISTS")


def _may_mix(text: TokenList, index: int, outline: Outline, mixed: Mixed) -> bool:
    """Whether the variable there may get numbers and other literals by what stands there; true
    where that cannot be told."""
    if _in_expression(text, index):
        return text.is_word(index - 1, "AS")
    if _in_list(text, index) or _is_no_object(text, index):
        return False
    predicate = index - 1
    subject = text.kind(index - 2) in ("variable", *_CONSTANT) or text.text(index - 2) in (";", "]")
    if not subject or index < 2:
        return True
    if text.kind(predicate) in _CONSTANT:
        return mixed(expand_iri(text.text(predicate), outline.base, outline.prefixes))
    return text.text(predicate) != "a"


def _in_expression(text: TokenList, index: int) -> bool:
    """Whether it stands in brackets that a word such as FILTER or a function's name opens."""
    around = text.opening(index)
    while around > 0 and text.text(around) == "(":
        if text.kind(around - 1) == "word":
            return not text.is_word(around - 1, "VALUES")
        around = text.opening(around)
    return False


def _in_list(text: TokenList, index: int) -> bool:
    """Whether it is one of the variables after SELECT, BY and the like, which binds none."""
    before = index - 1
    while before > 0:
        if text.kind(before) == "variable":
            before -= 1
        elif before > 3 and text.text(before) == ")" and text.is_call(before - 3, "ASC", "DESC"):
            before -= 4
        else:
            break
    return text.is_word(before, *_LISTS) and text.text(text.opening(index)) != "("


def _is_no_object(text: TokenList, index: int) -> bool:
    """Whether it is the subject or the predicate of a triple pattern: no literal."""
    return text.text(index - 1) in _START or (
        text.text(index - 2) in _START and text.kind(index - 1) in ("variable", *_CONSTANT)
    )
