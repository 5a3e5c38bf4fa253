"""Messages that are made in one place and said in another language in another."""

from __future__ import annotations

import json

from cgkg.errors import QueryLimitError, QuerySyntaxError
from cgkg.http.problems import KINDS, describe_error
from cgkg.languages import known, text
from cgkg.messages import M_, Message, retell
from cgkg.sparql.tree.parser import parse
from cgkg.workers.worker import read_error, write_error


def mistake(query: str) -> QuerySyntaxError:
    """What is wrong with the query."""
    try:
        parse(query)
    except QuerySyntaxError as error:
        return error
    raise AssertionError("nothing is wrong")


def test_a_message_within_a_message_is_retold_too() -> None:
    """With braces that are no names, and values with braces, as they are."""
    said = M_("add {bracket}; or go on with {expected}", bracket="}", expected=M_("{ and triples"))
    assert said == "add }; or go on with { and triples"
    assert retell(said, "zh") == "请补上 }；或接着写：{ 和三元组"
    assert retell(said, "en") == said
    assert retell("said by nobody here", "zh") == "said by nobody here"
    assert M_("{a}", a="{b}", b="no") == "{b}"


def test_a_message_goes_through_json() -> None:
    """As do those within it."""
    said = mistake("SELECT * {").message
    assert isinstance(said, Message)
    again = Message.of(json.loads(json.dumps(said.as_dict())))
    assert (again, retell(again, "zh")) == (said, retell(said, "zh"))


def test_errors_of_a_query_process_can_be_retold() -> None:
    """Also after they went from one process to another, as plain values."""
    for error in (
        mistake("SELECT * { ?s nope:p ?o }"),
        QueryLimitError(M_("query stopped after {seconds} s", seconds="5"), limit="time"),
    ):
        again = read_error(json.loads(json.dumps(write_error(error))))
        assert type(again) is type(error)
        assert describe_error(again).as_dict() == describe_error(error).as_dict()
        assert describe_error(again).as_dict()["said"]["detail"]


def test_a_timeout_is_called_one() -> None:
    """In the words for its kind, and for programs."""
    late = QueryLimitError(M_("query stopped after {seconds} s", seconds="5"), limit="time")
    problem = describe_error(late)
    assert (problem.kind, problem.as_dict()["limit"]) == (KINDS["query-limit/time"], "time")
    assert describe_error(QueryLimitError("of some kind")).kind == KINDS["query-limit"]


def test_every_kind_is_said_in_every_language() -> None:
    """None is left in the language of the source."""
    for language in known()[1:]:
        assert all(text(kind, language) != kind for kind in KINDS.values())
