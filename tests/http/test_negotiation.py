"""Choosing a format by Accept."""

from __future__ import annotations

import contextlib

import pytest
from limits import ends

from cgkg.errors import NotAcceptableError
from cgkg.formats import GRAPH_NAMES, GRAPH_TYPES, RESULT_NAMES, RESULT_TYPES
from cgkg.http.negotiation import HTML, choose, content_type, parse_accept

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
RESULTS, GRAPHS = list(RESULT_TYPES), list(GRAPH_TYPES)
PAGES = [HTML, "text/turtle", "application/ld+json"]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize("accept", [None, "", "*/*", " ", "not a header", "*/turtle"])
def test_no_wish_gets_the_first_offer(accept: str | None) -> None:
    """An absent, empty, unreadable or all-embracing Accept gets what we like best."""
    assert choose(accept, RESULTS) == JSON
    assert choose(accept, GRAPHS) == "text/turtle"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.6", XML),
        ("text/csv ; q=0.5 ,\tapplication/sparql-results+xml; q=0.4", "text/csv"),
        ("text/csv;q=0.001, */*;q=0", "text/csv"),
        ("image/png, text/csv;q=0.1", "text/csv"),
        # Java's own client, and one that computes its wishes.
        ("image/gif, image/jpeg, *; q=.2, */*; q=.2", JSON),
        ("text/csv;q=0.33333, application/sparql-results+xml;q=0.66667", XML),
    ],
)
def test_the_highest_quality_wins(accept: str, chosen: str) -> None:
    """q-values order the offers, whatever the header's order and spacing."""
    assert choose(accept, RESULTS) == chosen


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        # RFC 9110 §12.5.1: the most specific range gives an offer's quality.
        ("application/sparql-results+json;q=0, */*", XML),
        ("text/*;q=0.9, text/csv;q=0.1", "text/tab-separated-values"),
        ("*/*;q=0.1, text/*;q=0.2", "text/csv"),
        # Among equals a named one goes before a wildcard, then the header's order decides.
        ("*/*, text/csv", "text/csv"),
        ("text/csv, application/sparql-results+xml", "text/csv"),
        ("application/sparql-results+xml, text/csv", XML),
    ],
)
def test_specificity_before_order(accept: str, chosen: str) -> None:
    """A specific range overrides a wildcard, and breaks ties."""
    assert choose(accept, RESULTS) == chosen


def test_an_alias_is_answered_by_its_own_name() -> None:
    """Who asks for application/json is told application/json, and wildcards never choose it."""
    assert choose("application/json", RESULTS) == "application/json"
    assert RESULT_TYPES["application/json"].media_type == JSON
    assert choose("application/*", RESULTS) == JSON
    assert choose("text/xml", GRAPHS) == "text/xml"


@pytest.mark.parametrize(
    "accept",
    [
        "text/turtle;charset=utf-8",
        "text/turtle; charset=UTF-8; q=0.7",
        'text/turtle;profile="a,b;q=0"',
        'application/ld+json;profile="http://www.w3.org/ns/json-ld#flattened,x";q=0.3, text/turtle',
    ],
)
def test_parameters_do_not_hinder(accept: str) -> None:
    """Charset, profile and quoted commas in a range are no reason to refuse its type."""
    assert choose(accept, GRAPHS) == "text/turtle"


@pytest.mark.parametrize(
    "accept", ["image/png", "application/sparql-results+json;q=0", "*/*;q=0", "text/html"]
)
def test_nothing_acceptable_names_what_is_available(accept: str) -> None:
    """When every offer is excluded the error says what was asked and what could be had."""
    with pytest.raises(NotAcceptableError) as raised:
        choose(accept, [JSON])
    assert raised.value.available == (JSON,)
    assert accept in str(raised.value)


def test_a_browser_gets_a_page() -> None:
    """The Accept of a browser prefers HTML where it is offered."""
    assert choose(BROWSER, PAGES) == HTML
    assert choose("text/turtle, text/html;q=0.9", PAGES) == "text/turtle"


def test_malformed_elements_are_left_out() -> None:
    """A broken element or quality is skipped and the rest of the header still counts."""
    ranges = parse_accept("text/csv;q=2, ;, text, text/plain;q=0.25, a/b;q=x")
    assert [(found.subtype, found.quality) for found in ranges] == [("plain", 0.25)]


def test_every_short_name_is_a_served_format() -> None:
    """What `format=` understands can be asked for by media type too."""
    assert {form.media_type for form in RESULT_NAMES.values()} <= set(RESULT_TYPES)
    assert {form.media_type for form in GRAPH_NAMES.values()} <= set(GRAPH_TYPES)


def test_text_says_its_charset() -> None:
    """Text types are sent as UTF-8 by name; the others define it themselves."""
    assert content_type("text/csv") == "text/csv; charset=utf-8"
    assert content_type(JSON) == JSON


@pytest.mark.parametrize(
    "accept",
    [
        ("", '"\\', ""),  # a quote that is never closed, and so on
        ('text/csv;a="', '\\"', ""),
        ("", 'text/csv;a="\\', ""),
        ("text/csv", ";q", ""),
        ("text/csv", " ", "x"),
        ("", "text/csv,", ""),
        ("", "a/b{number},", "c/d"),
    ],
)
def test_a_header_is_read_in_time_linear_in_its_length(
    accept: tuple[str, str, str],
) -> None:
    """The longest header that is taken holds nobody else up, whatever is in it."""
    first, repeated, last = accept
    middle = "".join(repeated.replace("{number}", str(number)) for number in range(200_000))
    with ends(), contextlib.suppress(NotAcceptableError):
        choose(first + middle + last, RESULTS)


def test_a_quote_that_is_not_closed_reaches_to_the_end() -> None:
    """Nothing after it is taken for another range; what was before it counts."""
    assert choose('text/csv, image/png;a="x, */*', RESULTS) == "text/csv"
    assert choose('text/csv;a="x, y\\"";q=0.5, application/xml;q=0.4', RESULTS) == "text/csv"
