"""What scripts of other sites are told before they ask."""

from __future__ import annotations

from cgkg.http.cross_origin import READING, answer_preflight

USUAL = ["Accept", "Content-Type", "If-None-Match", "X-Request-Id"]


def allowed(asked: str | None) -> list[str]:
    return answer_preflight(READING, asked)["Access-Control-Allow-Headers"].split(", ")


def test_headers_that_clients_of_other_stores_send_are_allowed() -> None:
    """Whatever is asked for, in its own spelling, each once."""
    asked = "authorization,cache-control, content-type,db_connection_user_agent,queryid,queryid"
    more = ["authorization", "cache-control", "db_connection_user_agent", "queryid"]
    assert allowed(asked) == [*USUAL, *more]
    assert allowed(None) == allowed("") == USUAL


def test_what_is_no_name_of_a_header_is_not_repeated() -> None:
    """Nothing is put into the response that could be anything but a name."""
    assert allowed("a b, x\r\nSet-Cookie: a, \u00e9, (x), ok, ,") == [*USUAL, "ok"]


def test_names_are_bounded_in_number_and_length() -> None:
    """The response stays small whatever is asked."""
    assert allowed(f"ok, {'x' * 65}") == [*USUAL, "ok"]
    assert len(allowed(",".join(f"x{n}" for n in range(100)))) == len(USUAL) + 32
    assert allowed(",".join(["x-long-name"] * 1000)) == USUAL


def test_methods_are_said_and_the_answer_may_be_kept() -> None:
    """Browsers ask once a day, and keep an answer for the headers that they asked about."""
    headers = answer_preflight(READING, None)
    assert headers["Allow"] == headers["Access-Control-Allow-Methods"] == READING
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Access-Control-Max-Age"] == "86400"
    assert headers["Vary"] == "Access-Control-Request-Headers"
