"""Reading SPARQL 1.1 Protocol requests from plain values."""

from __future__ import annotations

import contextlib
from typing import Any
from urllib.parse import urlencode

import pytest
from limits import ends

from cgkg.errors import NotAcceptableError, QueryRefusedError
from cgkg.http.requests import HttpRequest, ProtocolError, UnsupportedMediaTypeError
from cgkg.sparql.protocol import FORM, QUERY, QueryRequest, read_request, trim_query

ASK = "ASK { ?s ?p ?o }"


def get(**parameters: Any) -> QueryRequest:
    return read_request(HttpRequest("GET", urlencode(parameters, doseq=True).encode()))


def raw(query_string: bytes, **rest: Any) -> QueryRequest:
    return read_request(HttpRequest("GET", query_string, **rest))


def post(content_type: str | None, body: bytes, query_string: bytes = b"") -> QueryRequest:
    return read_request(HttpRequest("POST", query_string, content_type, body))


@pytest.mark.parametrize(
    "http",
    [
        HttpRequest("GET", urlencode({"query": ASK}).encode()),
        HttpRequest("HEAD", urlencode({"query": ASK}).encode()),
        HttpRequest("POST", b"", FORM, urlencode({"query": ASK}).encode()),
        HttpRequest("POST", b"", f"{FORM}; charset=UTF-8", urlencode({"query": ASK}).encode()),
        HttpRequest("POST", b"", QUERY, ASK.encode()),
        HttpRequest("POST", b"", "Application/SPARQL-Query;charset=utf8", ASK.encode()),
    ],
)
def test_all_forms_of_request_carry_the_query(http: HttpRequest) -> None:
    """GET, a POSTed form and a POSTed query are the same request."""
    assert read_request(http) == QueryRequest(ASK)


@pytest.mark.parametrize(
    "query",
    [
        'SELECT * { ?s ?p "100 %, a+b, %25, %2B & more; ?x=1" }',
        'SELECT * { ?s ?p "首尔都市圈" }',
        "SELECT * { <http://e.org/a%20b> ?p ?o }",
        "SELECT *\r\n{ ?s ?p '😀\\u4e2d' } # end",
    ],
)
def test_text_is_decoded_exactly_once(query: str) -> None:
    """Percent signs, plus signs and Chinese arrive as they were before one encoding."""
    assert get(query=query).query == query
    assert post(FORM, urlencode({"query": query}).encode()).query == query
    assert post(QUERY, query.encode()).query == query


def test_percent_25_is_one_percent_sign() -> None:
    """%2520 is the text %20, and not a space."""
    assert raw(b"query=%2520+%E9%A6%96%e5%b0%94").query == "%20 首尔"


def test_unencoded_utf8_is_read() -> None:
    """Clients that leave non-ASCII bytes as they are get them read as UTF-8."""
    assert raw("query=首尔".encode()).query == "首尔"


@pytest.mark.parametrize("encoded", [b"query=%", b"query=%2", b"query=%zz", b"query=a&x%=1"])
def test_malformed_percent_encoding_is_an_error(encoded: bytes) -> None:
    """A percent sign that encodes nothing is refused and never guessed at."""
    with pytest.raises(ProtocolError, match="percent-encoding") as raised:
        raw(encoded)
    assert "%25" in raised.value.hint


@pytest.mark.parametrize(
    "http",
    [
        HttpRequest("GET", b"query=%ff"),
        HttpRequest("GET", b"query=%C3"),
        HttpRequest("POST", b"", FORM, b"query=\xff"),
        HttpRequest("POST", b"", QUERY, "ASK {} # é".encode("latin-1")),
    ],
)
def test_bytes_that_are_not_utf8_are_an_error(http: HttpRequest) -> None:
    """Broken UTF-8 is refused; nothing is replaced by question marks."""
    with pytest.raises(ProtocolError, match="not UTF-8"):
        read_request(http)


def test_the_dataset_is_carried_in_order() -> None:
    """default-graph-uri and named-graph-uri may be repeated; a repetition of one counts once."""
    graphs = {"default-graph-uri": ["http://e/a", "http://e/中", "http://e/a"]}
    request = get(query=ASK, **graphs, **{"named-graph-uri": ["http://e/n"]})
    assert request.default_graphs == ("http://e/a", "http://e/中")
    assert request.named_graphs == ("http://e/n",)


def test_an_empty_graph_names_none() -> None:
    """Virtuoso's links and forms send the parameters also where nobody chose a graph."""
    assert raw(b"default-graph-uri=&named-graph-uri=&query=ASK{}") == QueryRequest("ASK{}")
    some = raw(b"default-graph-uri=&default-graph-uri=urn:g&query=ASK{}")
    assert some.default_graphs == ("urn:g",)


def test_a_posted_query_takes_its_dataset_from_the_url() -> None:
    """§2.1.3: with a query as the body, the other parameters are in the query string."""
    request = post(QUERY, ASK.encode(), b"default-graph-uri=http%3A%2F%2Fe%2Fa&timeout=2")
    assert (request.default_graphs, request.timeout) == (("http://e/a",), 2.0)


def test_a_relative_graph_is_an_error() -> None:
    """A dataset is named by absolute IRIs."""
    with pytest.raises(ProtocolError, match="default-graph-uri"):
        get(query=ASK, **{"default-graph-uri": "graph one"})


@pytest.mark.parametrize(
    ("http", "message"),
    [
        (HttpRequest("GET"), "no query"),
        (HttpRequest("GET", b"q=ASK"), "no query"),
        (HttpRequest("GET", b"query=ASK&query=ASK"), "several"),
        (HttpRequest("POST", b"query=ASK", QUERY, b"ASK {}"), "several"),
        (HttpRequest("POST", b"", FORM, b""), "no query"),
        (HttpRequest("PUT", b"query=ASK"), "PUT"),
    ],
)
def test_a_request_has_exactly_one_query(http: HttpRequest, message: str) -> None:
    """None and several are errors, and so is a method that the protocol does not have."""
    with pytest.raises(ProtocolError, match=message):
        read_request(http)


@pytest.mark.parametrize(
    "http",
    [
        HttpRequest("GET", b"update=CLEAR+ALL"),
        HttpRequest("GET", b"query=ASK&update="),
        HttpRequest("POST", b"", FORM, b"update=CLEAR+ALL"),
        HttpRequest("POST", b"", "application/sparql-update", b"CLEAR ALL"),
    ],
)
def test_updates_are_refused(http: HttpRequest) -> None:
    """An update is refused as such, however it is sent."""
    with pytest.raises(QueryRefusedError, match="updates are refused"):
        read_request(http)


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "application/json", f"{QUERY}; charset=utf-16", f"{FORM};charset=x"],
)
def test_other_bodies_are_unsupported(content_type: str | None) -> None:
    """A body of another type or charset is named in the error, which says what to send."""
    with pytest.raises(UnsupportedMediaTypeError) as raised:
        post(content_type, b"query=ASK")
    assert raised.value.hint


def test_each_kind_of_answer_gets_its_own_format() -> None:
    """Accept is weighed for bindings and for graphs apart, as the query's kind is not known yet."""
    query = urlencode({"query": ASK}).encode()
    request = raw(query, accept="text/csv;q=0.5, application/n-triples")
    assert (request.results_as, request.graph_as) == ("text/csv", "application/n-triples")
    request = raw(query, accept="text/csv")
    assert (request.results_as, request.graph_as) == ("text/csv", None)
    with pytest.raises(NotAcceptableError, match="image/png"):
        raw(query, accept="image/png")


@pytest.mark.parametrize(
    ("name", "results_as", "graph_as"),
    [
        ("json", "application/sparql-results+json", "application/ld+json"),
        ("xml", "application/sparql-results+xml", "application/rdf+xml"),
        ("csv", "text/csv", None),
        ("ttl", None, "text/turtle"),
        ("jsonld", None, "application/ld+json"),
        ("text/turtle", None, "text/turtle"),
        ("application/sparql-results+json", "application/sparql-results+json", None),
        ("application/ld+json,application/x-json+ld", None, "application/ld+json"),
    ],
)
def test_format_is_a_name_or_a_media_type(
    name: str, results_as: str | None, graph_as: str | None
) -> None:
    """`format` goes before Accept, by short name or media type, per family."""
    query = urlencode({"query": ASK, "format": name}).encode()
    request = raw(query, accept="text/html,*/*;q=0.1")
    assert (request.results_as, request.graph_as) == (results_as, graph_as)


def test_a_plus_sign_that_was_not_encoded_is_understood() -> None:
    """format=application/rdf+xml works although its plus sign decodes to a space."""
    assert raw(b"query=ASK&format=application/rdf+xml").graph_as == "application/rdf+xml"


@pytest.mark.parametrize(
    ("parameters", "results_as", "graph_as"),
    [
        ("output=csv", "text/csv", None),
        ("format=&output=xml", "application/sparql-results+xml", "application/rdf+xml"),
        ("format=csv&output=CSV", "text/csv", None),
        ("format=json&output=application/sparql-results%2Bjson",
         "application/sparql-results+json", "application/ld+json"),
        ("format=ttl&output=text/turtle", None, "text/turtle"),
        ("format=auto", "application/sparql-results+xml", None),
        ("format=text/html", "application/sparql-results+xml", None),
    ],
)  # fmt: skip
def test_output_is_another_name_of_format(
    parameters: str, results_as: str | None, graph_as: str | None
) -> None:
    """Either may be given, or both for the same; `auto` and a page leave it to Accept."""
    request = raw(f"query=ASK&{parameters}".encode(), accept="application/sparql-results+xml")
    assert (request.results_as, request.graph_as) == (results_as, graph_as)


@pytest.mark.parametrize(
    "parameters", ["format=json&output=csv", "output=ttl&format=xml", "format=json&output=docx"]
)
def test_format_and_output_may_not_contradict_each_other(parameters: str) -> None:
    """Nobody can know which of two formats is meant."""
    with pytest.raises(ProtocolError, match=r"format is .* and output "):
        raw(f"query=ASK&{parameters}".encode())


def test_a_byte_order_mark_is_for_csv_and_tsv() -> None:
    """It may be asked for by name or by Accept; in other formats it would be an error."""
    assert get(query=ASK, format="csv", bom="true").mark
    assert raw(b"query=ASK&bom=true", accept="text/tab-separated-values").mark
    assert not get(query=ASK, format="json", bom="false").mark
    assert get(query=ASK, format="csv", spreadsheet="true").spreadsheet
    with pytest.raises(ProtocolError, match="only CSV"):
        get(query=ASK, format="tsv", spreadsheet="true")
    for form in ("json", "ttl"):
        with pytest.raises(ProtocolError, match="bom"):
            get(query=ASK, format=form, bom="true")


def test_an_unknown_format_says_the_names() -> None:
    """A format that does not exist is an error that lists those that do."""
    with pytest.raises(NotAcceptableError) as raised:
        get(query=ASK, format="docx")
    assert {"json", "csv", "ttl"} <= set(raised.value.available)


def test_what_sparqlwrapper_sends_is_understood() -> None:
    """SPARQLWrapper adds format, output and results to every request."""
    request = get(query=ASK, format="json", output="json", results="json")
    assert request.results_as == "application/sparql-results+json"


def test_parameters_for_people() -> None:
    """timeout and reasoning are read; parameters we do not know are ignored."""
    request = get(query=ASK, timeout="1.5", reasoning="off", debug="on")
    assert (request.timeout, request.asserted_only) == (1.5, True)
    assert not get(query=ASK, reasoning="on", timeout="").asserted_only


@pytest.mark.parametrize("seconds", ["0", "0.0", "00"])
def test_a_timeout_of_0_is_no_wish(seconds: str) -> None:
    """As elsewhere, it leaves the limit to the server."""
    assert get(query=ASK, timeout=seconds).timeout is None


@pytest.mark.parametrize(
    ("parameters", "asserted_only"),
    [
        ({"infer": "false"}, True),
        ({"infer": "true"}, False),
        ({"reasoning": "false"}, True),
        ({"reasoning": "true"}, False),
        ({"reasoning": "on", "infer": "false"}, False),
    ],
)
def test_inference_is_left_out_in_the_words_of_other_stores(
    parameters: dict[str, str], asserted_only: bool
) -> None:
    """RDF4J and GraphDB call it infer, Stardog gives reasoning a boolean; ours goes before."""
    assert get(query=ASK, **parameters).asserted_only is asserted_only


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeout": "-1"},
        {"timeout": "nan"},
        {"timeout": "soon"},
        {"timeout": "inf"},
        {"reasoning": "maybe"},
        {"infer": "maybe"},
        {"bom": "yes", "format": "csv"},
    ],
)
def test_unusable_parameters_are_errors(wrong: dict[str, str]) -> None:
    """A parameter for people that makes no sense is an error and not a silent default."""
    with pytest.raises(ProtocolError, match=next(iter(wrong))):
        get(query=ASK, **wrong)


@pytest.mark.parametrize(
    "parameters",
    [
        ('; x="', ";"),
        ('; x="', '\\";'),
        ("", "; a=b"),
        (";charset=", "x"),
    ],
)
def test_a_long_content_type_is_read_at_once(parameters: tuple[str, str]) -> None:
    """The longest header that is taken holds nobody else up."""
    first, repeated = parameters
    with ends(), contextlib.suppress(UnsupportedMediaTypeError):
        post(QUERY + first + repeated * 1_000_000, ASK.encode())


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "é 名"),
        ("UTF8", "é 名"),
        ('"utf-8"', "é 名"),
        ("us-ascii", "é 名"),
        ("ISO-8859-1", "é"),
        ("latin1", "é"),
        ("iso_8859-1", "é"),
        ("iso-8859-15", "€"),
        ("windows-1252", "é €"),
        ("GB18030", "é 名"),
        ("gbk", "名"),
        ("Shift_JIS", "名"),
        ("euc-jp", "名"),
        ("big5", "名"),
        ("euc-kr", "서울"),
    ],
)
def test_bodies_in_the_usual_charsets_are_read(charset: str, text: str) -> None:
    """A query, and a form whether its bytes are percent-encoded or not."""
    codec = {"us-ascii": "utf-8", '"utf-8"': "utf-8"}.get(charset, charset)
    query = f"ASK {{ ?s ?p '{text}' }}"
    header = f"; a=b; Charset={charset}"
    assert post(QUERY + header, query.encode(codec)).query == query
    assert post(FORM + header, urlencode({"query": query}, encoding=codec).encode()).query == query
    plain = f"query={query}".encode(codec)
    assert post(FORM + header, plain).query == query


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_form_in_utf_16_is_read(codec: str) -> None:
    """As the mark says, or without one as the first character does."""
    body = urlencode({"query": "ASK { ?s ?p '名' }"}).encode(codec)
    assert post(f"{FORM}; charset=UTF-16", body).query == "ASK { ?s ?p '名' }"


@pytest.mark.parametrize("charset", ["utf-7", "zip", "\x00", "é", "utf-16", "x" * 60_000])
def test_other_charsets_are_refused_by_name(charset: str) -> None:
    """What is named is never looked up, and only the beginning of it is told."""
    with pytest.raises(UnsupportedMediaTypeError, match="cannot read the charset") as raised:
        post(f"{QUERY}; charset={charset}", ASK.encode())
    assert len(raised.value.message) < 100


def test_what_is_not_in_its_charset_is_an_error() -> None:
    """Nothing is guessed at or replaced."""
    with pytest.raises(ProtocolError, match="not CP932: byte 7"):
        post(f"{QUERY}; charset=shift_jis", b"ASK {} \x81")
    with pytest.raises(ProtocolError, match="not UTF-16"):
        post(f"{FORM}; charset=utf-16", b"query=ASK{}")


@pytest.mark.parametrize(
    "http",
    [
        HttpRequest("GET", b"query=%EF%BB%BFASK{}"),
        HttpRequest("POST", b"", FORM, b"query=%EF%BB%BFASK{}"),
        HttpRequest("POST", b"", FORM, b"\xef\xbb\xbfquery=ASK{}"),
        HttpRequest("POST", b"", QUERY, b"\xef\xbb\xbfASK{}"),
    ],
)
def test_a_byte_order_mark_is_no_part_of_the_query(http: HttpRequest) -> None:
    """Editors put one before what somebody pastes or sends."""
    assert read_request(http).query == "ASK{}"


@pytest.mark.parametrize("end", [";", " ;\n", "\0", ";;\r\n\0\0"])
def test_semicolons_and_nul_characters_at_the_end_are_left_out(end: str) -> None:
    """Interactive tools end a query so, and C programs their texts."""
    assert get(query=ASK + end).query == ASK


@pytest.mark.parametrize("query", ["DESCRIBE ex:a\\;", "ASK {}\n", "ASK {} # ;\n#", "; ASK {}"])
def test_a_query_is_otherwise_left_as_it_is(query: str) -> None:
    """A semicolon may end a name, and one elsewhere is for the grammar to refuse."""
    assert trim_query(query) == query


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip"])
def test_a_coded_body_is_not_read(coding: str) -> None:
    """RFC 9110 §8.4: 415, and not a complaint about what the bytes seem to be."""
    http = HttpRequest("POST", b"", QUERY, ASK.encode(), content_encoding=coding)
    with pytest.raises(UnsupportedMediaTypeError, match=f"the coding {coding}"):
        read_request(http)
    assert read_request(http._replace(content_encoding="identity")).query == ASK


def test_there_may_be_ten_thousand_parameters() -> None:
    """Reading a body of the allowed size takes a moment, whatever it is made of."""
    assert len(raw(b"named-graph-uri=a:b&" * 9_000 + b"query=ASK{}").named_graphs) == 1
    with pytest.raises(ProtocolError, match="more than 10,000 parameters"):
        post(FORM, b"a&" * 500_000 + b"query=ASK{}")


OTHER = QueryRequest(
    query="ASK {}",
    default_graphs=("urn:g",),
    named_graphs=("urn:n",),
    asserted_only=True,
    results_as="text/csv",
    graph_as="application/rdf+xml",
    coding="gzip",
    version="g2",
    evidence=True,
    mark=True,
    spreadsheet=True,
    asked="text/csv",
    timeout=1.0,
    sent="ASK { SERVICE <urn:s> {} }",
)


@pytest.mark.parametrize("name", QueryRequest._fields)
def test_all_that_decides_an_answer_is_in_the_key_of_its_request(name: str) -> None:
    """All fields of a request, but for the time allowed and how the formats were asked for."""
    usual = QueryRequest(ASK)
    differs = usual._replace(**{name: getattr(OTHER, name)})
    assert differs != usual
    assert (differs.key == usual.key) == (name in ("asked", "timeout"))
