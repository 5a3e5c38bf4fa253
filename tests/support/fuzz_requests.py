"""Strategies for requests nobody would write: queries, targets, headers, whole requests."""

from __future__ import annotations

import re
import string
from urllib.parse import quote

from hypothesis import strategies as st
from judge import competency

QUERIES = sorted(competency().values())
TOKEN = re.compile(r"<[^>]*>|\"[^\"]*\"|[?$]?\w+(?::[\w-]*)?|\s+|.", re.DOTALL)
WORDS = [
    *("{", "}", "(", ")", ".", ";", ",", "*", "?x", "$y", "<http://e/elbe>", "<>", "_:b", "[]"),
    *("SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "WHERE", "FROM", "FROM NAMED", "GRAPH", "SERVICE"),
    *("OPTIONAL", "UNION", "MINUS", "FILTER", "NOT EXISTS", "BIND", "AS", "VALUES", "UNDEF"),
    *("GROUP BY", "HAVING", "ORDER BY", "LIMIT", "OFFSET", "DISTINCT", "REDUCED", "BASE"),
    *("INSERT", "DELETE", "LOAD", "CLEAR", "COUNT", "SUM", "REGEX", "BNODE()", "UUID()", "+", "/"),
    *("^", "|", "!", "'", '"', "\\", "#", "@en", "^^", "1e999", "-0", "9" * 40, "\U0001f30a"),
    *("\ud7ff", "\x00", "\u2028", "%00", "&", "=", "{" * 200, "(" * 200, "||1" * 200),
]


@st.composite
def mutated_queries(draw: st.DrawFn) -> str:
    """A competency query with tokens removed, doubled, swapped or replaced."""
    tokens = TOKEN.findall(draw(st.sampled_from(QUERIES)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(tokens)))
        how = draw(st.sampled_from(["drop", "double", "word", "text", "swap", "cut"]))
        if how == "drop":
            del tokens[at : at + draw(st.integers(1, 4))]
        elif how == "double":
            tokens[at:at] = tokens[at : at + draw(st.integers(1, 8))]
        elif how == "word":
            tokens[at:at] = [draw(st.sampled_from(WORDS))]
        elif how == "text":
            tokens[at:at] = [draw(st.text(max_size=8))]
        elif how == "swap":
            other = draw(st.integers(0, len(tokens)))
            tokens[at : at + 1], tokens[other : other + 1] = (
                tokens[other : other + 1],
                tokens[at : at + 1],
            )
        else:
            del tokens[at:]
    return "".join(tokens).encode("utf-8", "replace").decode()


METHODS = st.one_of(
    st.sampled_from(
        ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"]
    ),
    st.text(string.ascii_letters + "-_!", min_size=1, max_size=8),
)
PLACES = """
    /sparql /graph-store /health /ready /metrics /openapi.json / /query /.well-known/void
    /sparql/ //sparql /sparql%2f /../etc/passwd /static/..
"""
PATHS = st.one_of(
    st.sampled_from(PLACES.split()),
    st.text(max_size=20).map(lambda text: "/" + quote(text, errors="replace")),
    st.text(string.printable.strip(), max_size=30).map(lambda text: "/" + text),
)
PERCENT = st.one_of(
    st.text(max_size=12).map(lambda text: quote(text, errors="replace")),
    st.text("%0123456789abcdefGg+;", max_size=12),
    st.sampled_from(
        ["%", "%2", "%zz", "%00", "%ff%fe", "%C3%28", "%25%32%35", "%u0041", "ASK%7B%7D"]
    ),
)
PARAMETER_NAMES = """
    query update default-graph-uri named-graph-uri format timeout reasoning evidence version
    graph default output results
"""
NAMES = st.one_of(
    st.sampled_from(PARAMETER_NAMES.split()),
    PERCENT,
)
PARAMETERS = st.lists(st.tuples(NAMES, PERCENT), max_size=5).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)
MEDIA_TYPES = """
    text/html; application/sparql-results+json; text/csv; */*; a/b; text/turtle;q=0; ;q=; ,,,; /
    application/sparql-query; application/x-www-form-urlencoded; application/json; */html
    text/html;q=nan,*/*;q=1e9; text/*;q=0.5,text/csv;q=1.0001
"""
MEDIA = st.one_of(
    st.sampled_from([word.removesuffix(";") for word in MEDIA_TYPES.split()]),
    st.text(string.printable.replace("\n", "").replace("\r", ""), max_size=20),
)
HEADER_NAMES = """
    Content-Length Transfer-Encoding Expect Connection If-None-Match Range Cookie Upgrade Host
    X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Request-Id Origin
"""
HEADER_VALUES = """
    0 5 -1 1e3 99999999999999999999 chunked gzip 100-continue close keep-alive * " W/"x" bytes=0-
    h2c ::1 a.example
"""
HEADERS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["Accept", "Content-Type", "Accept-Encoding"]), MEDIA),
        st.tuples(
            st.sampled_from(HEADER_NAMES.split()),
            st.sampled_from([*HEADER_VALUES.split(), "a" * 300, ""]),
        ),
        st.tuples(st.text(string.ascii_letters, min_size=1, max_size=10), MEDIA),
        st.tuples(st.text(string.printable, max_size=10), st.text(max_size=10)),
    ),
    max_size=4,
)


@st.composite
def built_requests(draw: st.DrawFn) -> bytes:
    """A request put together from good and bad parts."""
    version = draw(st.sampled_from(["HTTP/1.1"] * 6 + ["HTTP/1.0", "HTTP/2.0", "HTTP/9", ""]))
    parameters = draw(PARAMETERS)
    target = draw(PATHS) + (f"?{parameters}" if parameters else "")
    lines = [f"{draw(METHODS)} {target} {version}", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in draw(HEADERS)]
    body = draw(st.one_of(st.just(b""), st.binary(max_size=40), PARAMETERS.map(str.encode)))
    if body and draw(st.booleans()):
        lines.append(f"Content-Length: {len(body) + draw(st.sampled_from([0, 0, 0, -1, 3]))}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace") + body


def well_formed(text: str, form: int) -> bytes:
    """A query in one of the three forms of the SPARQL Protocol."""
    encoded = quote(text, safe="").encode()
    host = b"Host: localhost\r\nAccept: application/sparql-results+json, text/turtle;q=0.5\r\n"
    if form == 0:
        return b"GET /sparql?query=%s HTTP/1.1\r\n%s\r\n" % (encoded, host)
    kind = b"application/x-www-form-urlencoded" if form == 1 else b"application/sparql-query"
    body = b"query=" + encoded if form == 1 else text.encode()
    head = b"POST /sparql HTTP/1.1\r\n%sContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (host, kind, len(body)) + body


@st.composite
def mutated_bytes(draw: st.DrawFn) -> bytes:
    """A good request with bytes changed, lost or doubled anywhere."""
    data = bytearray(well_formed(draw(st.sampled_from(QUERIES)), draw(st.integers(0, 2))))
    # The head is where mistakes matter most, the body is longer.
    places = st.one_of(st.integers(0, 200), st.integers(0, len(data)))
    for _ in range(draw(st.integers(1, 5))):
        at = min(draw(places), len(data))
        how = draw(st.sampled_from(["set", "insert", "drop", "double", "line", "cut"]))
        if how == "set":
            data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
        elif how == "insert":
            data[at:at] = draw(st.binary(max_size=6))
        elif how == "drop":
            del data[at : at + draw(st.integers(1, 20))]
        elif how == "double":
            data[at:at] = data[at : at + draw(st.integers(1, 60))]
        elif how == "line":
            data[at:at] = draw(st.sampled_from([b"\r\n", b"\n", b"\r", b"\r\n\r\n", b": ", b"\0"]))
        else:
            del data[at:]
    return bytes(data)
