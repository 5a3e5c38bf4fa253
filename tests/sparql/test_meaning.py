"""What queries mean where the engine has another mind: each remedy, and what it leaves alone."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from cgkg.errors import QueryRefusedError, QuerySyntaxError
from cgkg.formats import Format
from cgkg.rdf.io import parse_bytes
from cgkg.rdf.vocab import RDF
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryRequest
from cgkg.store.graph import Graph

E = "http://e.org/"
PREFIX = f"PREFIX : <{E}> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
LONG = "123456789012345678901234567890"
DATA = f"""@prefix : <{E}> .
:m :n 5 , 10 , {LONG} . :m :small 1 , 2 , 3 .
:h :room :r1 , :r2 . :r1 :has "lamp" , 7 .
:c1 :name "colour"@en-GB . :c2 :name "臺北"@zh-Hant .
:a :p :b ; :q :b . :b :p :c . :c :r "end" .
:m :mixed 10 , 9 , "5x" , :a , 100 , 8 .
:g1 {{ :a :p :b ; :q :b . }}
"""


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    graph = Graph.of(parse_bytes(DATA.encode(), Format.TRIG, Path("data.trig")))
    return Evaluator(graph, graph, max_bytes=1_000_000)


def rows(evaluator: Evaluator, query: str) -> list[list[str]]:
    """The rows in CSV, in their order; names without their namespace."""
    answer = evaluator.answer(QueryRequest(PREFIX + query, results_as="text/csv"))
    lines = list(csv.reader(io.StringIO(answer.body.decode())))[1:]
    return [[field.removeprefix(E) for field in line or [""]] for line in lines]


def value(evaluator: Evaluator, expression: str) -> str:
    return rows(evaluator, f"SELECT ({expression} AS ?x) {{}}")[0][0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r"REPLACE('2020-01', '([0-9]+)-([0-9]+)', '$1_$2')", "2020_01"),
        (r"REPLACE('chr7', 'chr([0-9])', '$1q')", "7q"),
        (r"REPLACE('abc', '(b)', '$12')", "ab2c"),
        (r"REPLACE('cost 5', '([0-9])', '\\$$1')", "cost $5"),
        (r"REPLACE('abc', 'B', 'x', 'i')", "axc"),
        (r"REPLACE('a.c', '.', '$', 'q')", "a$c"),
        (r"REPLACE('abc', 'b*', 'x')", ""),  # matches the empty string
        (r"REPLACE('abc', 'b', '$')", ""),
        (r"REPLACE('aab', '(a)\\1', '<$1>')", "<a>b"),
        (r"LANG(REPLACE('aab'@en, '(a)\\1', ''))", "en"),
        (r"REPLACE('aab', CONCAT('(a)', 'b'), '$1_')", "aa_"),
        (r"REPLACE(5, CONCAT('5', ''), '')", ""),
        (r"REGEX('e', '^[a-z-[aeiou]]$')", "false"),
        (r"REGEX('abab', '^(ab)\\1$')", "true"),
        (r"REGEX('ab', '^\\i\\c*$')", "true"),
        (r"REGEX('a', '\\p{IsBasicLatin}')", "true"),
        (r"REGEX('foo', '\\bfoo')", ""),
        (r"COALESCE(REGEX('foo', '(?i)FOO'), 'none')", "none"),
        (r"REGEX('FOO', CONCAT('f', 'oo'), 'i')", "true"),
        (r"REGEX('foo', CONCAT('(', 'foo'))", ""),
        (r"REGEX('foo', 'foo'@en)", ""),
    ],
)
def test_patterns_are_those_of_xpath(evaluator: Evaluator, expression: str, expected: str) -> None:
    """§17.4.3.14 and 15; an error is no value."""
    assert value(evaluator, expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"{LONG} > 4", "true"),
        (f"4 = {LONG}", "false"),
        (f"{LONG} != -{LONG}", "true"),
        (f"{LONG} = '+{LONG}'^^xsd:integer", "true"),
        (f"{LONG} NOT IN (4, 5)", "true"),
        (f"{LONG} IN (4, {LONG})", "true"),
        (f"isNumeric({LONG})", "true"),
        ("isNumeric(?none)", ""),
        ("isNumeric('1200'^^xsd:byte)", "false"),  # §17.4.2.4
        ("isNumeric(('120'^^xsd:byte))", "true"),
        ("isNumeric('-1'^^xsd:nonNegativeInteger)", "false"),
        (f"isNumeric('{LONG}'^^xsd:unsignedLong)", "false"),
        (f"isNumeric('-{LONG}'^^xsd:negativeInteger)", "true"),
        ("9223372036854775807 + 1", "9223372036854775808"),
        ("(9223372036854775807 + 1) * 2 - 1", "18446744073709551615"),
        (f"COALESCE(?none, {LONG}) + 1", LONG[:-1] + "1"),
        (f"-{LONG}", "-" + LONG),
        (f"-(-{LONG})", LONG),
        (f"ABS(-{LONG})", LONG),
        (f"{LONG} / 10", LONG[:-1]),
        ("0.12345678901234567890123 < 1e0", "true"),
        (f"xsd:integer('{LONG}')", LONG),
        (f"xsd:double({LONG})", "123456789012345680000000000000"),
        (f"IF({LONG}, 1, 2)", "1"),
        (f"!{LONG}", "false"),
        (f"{LONG} && true", "true"),
        (f"{LONG} > 'a'", ""),
        ("1 / 0", ""),
        ("'a' < 'b'", "true"),
        (f"IF(COALESCE({LONG} > 5, false), 'big', 'small')", "big"),
    ],
)
def test_numbers_have_any_length(evaluator: Evaluator, expression: str, expected: str) -> None:
    """§17.3: an integer is one with more than 64 bits, too."""
    assert value(evaluator, expression) == expected


def test_long_numbers_of_the_graph_are_numbers(evaluator: Evaluator) -> None:
    """In FILTER, aggregates, HAVING and ORDER BY."""
    assert len(rows(evaluator, "SELECT ?x { :m :n ?x FILTER(?x > 4) }")) == 3
    found = rows(evaluator, "SELECT (MAX(?x) AS ?m) (SUM(?x) AS ?s) { :m :n ?x }")
    assert found == [[LONG, "123456789012345678901234567905"]]
    assert rows(evaluator, "SELECT ?x { :m :n ?x } ORDER BY ?x") == [["5"], ["10"], [LONG]]
    having = "SELECT ?s { ?s :n ?x } GROUP BY ?s HAVING (AVG(?x) > 1000)"
    assert rows(evaluator, having) == [["m"]]


@pytest.mark.parametrize(
    "key", ["?x", "(?x)", "((?x))", "ASC(?x)", "(COALESCE(?x, 1))", "(IF(true, ?x, 1))"]
)
def test_numbers_are_in_order_beside_strings(evaluator: Evaluator, key: str) -> None:
    """§15.1, whatever the expression; also backwards."""
    query = "SELECT ?x {{ VALUES ?x {{ 10 9 '5x' 100 8 }} }} ORDER BY {}"
    expected = [["5x"], ["8"], ["9"], ["10"], ["100"]]
    assert rows(evaluator, query.format(key)) == expected
    back = f"DESC({key.removeprefix('ASC')})"
    assert rows(evaluator, query.format(back)) == expected[::-1]


def test_least_and_greatest_are_by_that_order(evaluator: Evaluator) -> None:
    """§18.5.1.5 and 6; an unbound value leaves none, as with SUM."""
    query = "SELECT (MIN(?x) AS ?least) (MAX(?x) AS ?most) { :m :mixed ?x }"
    assert rows(evaluator, query) == [["a", "100"]]
    query = "SELECT (MIN(?x) AS ?a) (MAX(DISTINCT ?x) AS ?b) { VALUES ?x { 10 9 '5x' } }"
    assert rows(evaluator, query) == [["5x", "10"]]
    query = "SELECT ?y { { SELECT (MAX(?x) AS ?y) { VALUES ?x { 10 UNDEF } } } }"
    assert rows(evaluator, query) == [[""]]


@pytest.mark.parametrize(
    ("aggregate", "values", "expected"),
    [
        ("GROUP_CONCAT(?x; SEPARATOR=',')", ":a 5 UNDEF 'b'@en", "a,5,b"),
        ("GROUP_CONCAT(DISTINCT ?x)", "1 1 'a'", "1 a"),
        ("GROUP_CONCAT(1 / ?x)", "1 0 'a'", "1"),
        ("GROUP_CONCAT(?x)", "", ""),
        ("COUNT(1 / ?x)", "1 0 'a' UNDEF", "1"),
        ("COUNT(DISTINCT ABS(?x))", "1 -1 'a'", "1"),
        ("SAMPLE(1 / ?x)", "0 1", "1"),
        ("SUM(?x)", "1 UNDEF", ""),
        ("AVG(?x)", "1 'a'", ""),
        ("SUM(?x)", "9223372036854775807 1", "9223372036854775808"),
    ],
)
def test_set_functions_pass_over_what_has_no_value(
    evaluator: Evaluator, aggregate: str, values: str, expected: str
) -> None:
    """§11.2 and §18.5.1; those of numbers have none then."""
    query = f"SELECT ({aggregate} AS ?y) {{ VALUES ?x {{ {values} }} }}"
    assert rows(evaluator, query) == [[expected]]


@pytest.mark.parametrize(
    "test",
    [
        "FILTER(LANG(?x) = 'zh-Hant')",
        "FILTER('zh-Hant' = (LANG(?x)))",
        "FILTER(LANG(?x) IN ('de', 'zh-Hant'))",
        "FILTER(LANG(?x) != 'en-GB')",
        "FILTER(STRSTARTS(LANG(?x), 'zh-Hant'))",
        "FILTER(REGEX(LANG(?x), '^zh-Hant$'))",
        "FILTER(SUBSTR(LANG(?x), 4) = 'Hant')",
        "FILTER(STRAFTER(LANG(?x), '-') = 'Hant')",
        "FILTER(COALESCE(LANG(?x), '') = 'zh-Hant')",
        "FILTER(sameTerm(LANG(?x), 'zh-Hant'))",
        "BIND(LANG(?x) AS ?l) FILTER(?l = 'zh-Hant')",
        "BIND(LANG(?x) AS ?l) VALUES ?l { 'zh-Hant' }",
        "VALUES ?l { 'zh-Hant' } FILTER(LANG(?x) = ?l)",
    ],
)
def test_languages_are_found_as_people_write_them(evaluator: Evaluator, test: str) -> None:
    """The graph has tags in lower case, as RDF 1.1 allows (§3.3)."""
    assert rows(evaluator, f"SELECT ?s {{ ?s :name ?x {test} }}") == [["c2"]]


def test_what_may_be_no_language_is_compared_as_it_is(evaluator: Evaluator) -> None:
    """A word that stands for none may have capital letters."""
    query = "SELECT ?s { ?s :has ?x FILTER(COALESCE(IF(false, LANG(?x), 1/0), 'None') = 'None') }"
    assert rows(evaluator, query) == [["r1"]] * 2


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT (COUNT(*) AS ?c) (?c + 1 AS ?d) (?d * ?c AS ?e) { :a ?p ?o }", ["2", "3", "6"]),
        ("SELECT ?s ?s ?o { ?s :r ?o }", ["c", "end"]),
        ("SELECT (STR(?o) AS ?x) ?x ?o { ?s :r ?o }", ["end", "end"]),
        ("SELECT ?s (COUNT(*) AS ?n) ?s ?n { ?s :r ?o } GROUP BY ?s", ["c", "1"]),
        ("SELECT ?v { ?s :r ?o } GROUP BY (?s AS ?v) HAVING (COUNT(*) = 1)", ["c"]),
        ("SELECT ?v { ?s :r ?o } GROUP BY (STR(?o) AS ?v) HAVING (?v > 'a')", ["end"]),
        ("SELECT ?s { ?s :r ?o } GROUP BY (?s) HAVING (COUNT(*) > 0)", ["c"]),
        ("SELECT (COALESCE (?z, 1) AS ?x) (CONCAT # bracket\n ('a') AS ?y) {}", ["1", "a"]),
        ("SELECT (isBlank(BNODE ( )) AS ?x) {}", ["true"]),
    ],
)
def test_forms_that_are_allowed_are_answered(
    evaluator: Evaluator, query: str, expected: list[str]
) -> None:
    """The engine's parser refuses them all but the fourth."""
    assert rows(evaluator, query) == [expected]


@pytest.mark.parametrize(
    ("path", "times"),
    [
        ("(:p|:q)", 2),
        ("^(^:q|^:p)", 2),
        ("(:p|:p)", 2),
        ("(:p|:r)", 1),
        ("(:p|:q)?", 1),
        ("(:p|:q)*", 1),
        ("(:p?|:q)", 2),
        ("(!:r|:p)", 3),
        ("!(:r|^:p)", 2),
    ],
)
def test_alternatives_keep_duplicates(evaluator: Evaluator, path: str, times: int) -> None:
    """§18.4: a union, unless the path is repeated."""
    query = f"SELECT ?x {{ :a {path} ?x FILTER(?x = :b) }}"
    assert rows(evaluator, query) == [["b"]] * times
    assert rows(evaluator, query.replace("SELECT", "SELECT DISTINCT")) == [["b"]]


def test_alternatives_stay_with_their_blank_nodes(evaluator: Evaluator) -> None:
    """Each branch has its own."""
    query = "SELECT (COUNT(*) AS ?n) { _:x :p|:q [ :p ?y ] . _:x :p ?z }"
    assert rows(evaluator, query) == [["2"]]
    inside = "SELECT ?g ?x { GRAPH ?g { ?x :p|:q :b } }"
    assert rows(evaluator, inside) == [["g1", "a"]] * 2
    with pytest.raises(QueryRefusedError, match="more than once") as raised:
        rows(evaluator, f"SELECT ?x {{ :a {'/'.join(['(:p|:q)'] * 7)} ?x }}")
    assert "UNION" in raised.value.hint


@pytest.mark.parametrize(
    ("pattern", "times"),
    [
        (":a !:r :b", 2),
        (":a !:p :b", 1),
        (":a !(:p|:q) :b", 0),
        (":b ^!:r :a", 2),
        (":a !^:r :b", 0),
        (":b !^:r :a", 2),
        (":a !(:r|^:r) :b", 2),
        (":a (!:r|:p) :b", 3),
        (":a !:r/:p :c", 2),
        (":a !:r/!:r :c", 2),
        (":a :p/^!:r :a", 2),
        (":a (!:r)? :b", 1),
        (":a (!:r)* :c", 1),
        (":a (!:r)+ :c", 1),
        (":a !:r :b, :b ; !:p :b", 4),
        (":a !:r [ :p :c ; ^!:r :a ]", 4),
        ("_:x !:r :b . _:x !:p :b", 2),
        ("VALUES ?x { :b } :a !:r ?x", 2),
        ("BIND(:b AS ?x) :a !:r ?x", 2),
        (":b :p ?y . :a !:r ?x . ?x :p ?y", 2),
        ("?x :p :c OPTIONAL { :a !:r ?x }", 2),
        ("?x :p :c { SELECT ?x { :a !:r ?x } }", 2),
        ("GRAPH :g1 { :a !:r :b }", 2),
        ("GRAPH ?g { :a !:r ?x . ?y :q ?x }", 2),
        ("?x :p :c FILTER EXISTS { :a !:r ?x }", 1),
        ("?x :p :c MINUS { :b !:r ?x }", 1),
    ],
)
def test_excluded_predicates_are_counted_by_triples(
    evaluator: Evaluator, pattern: str, times: int
) -> None:
    """§18.4, NegatedPropertySet: one solution for each triple, whatever is known of its ends."""
    assert rows(evaluator, f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}") == [[str(times)]]
    answer = evaluator.answer(QueryRequest(f"{PREFIX} SELECT * {{ {pattern} }}"))
    found = json.loads(answer.body)
    assert len(found["results"]["bindings"]) == times
    # No column but those that the query names.
    assert {f"?{name}" for name in found["head"]["vars"]} == {
        each for each in ("?x", "?y", "?g") if each in pattern
    }


def test_a_step_elsewhere_is_no_part_of_a_solution(evaluator: Evaluator) -> None:
    """Distinct solutions are of the query's own variables."""
    for pattern in (":a !:r :b", ":a !:r ?x . ?x :p :c"):
        query = f"SELECT (COUNT(DISTINCT *) AS ?n) (COUNT(*) AS ?m) {{ {pattern} }}"
        assert rows(evaluator, query) == [["1", "2"]]


@pytest.mark.parametrize(
    ("pattern", "different", "all_of_them"),
    [
        (":m :small []", 1, 3),
        (":m :small _:x", 1, 3),
        (":m :mixed|:small [] . :a :p ?x", 1, 9),
        ("?x :small|:n/:none* []", 1, 6),
        ("?x :small ?y FILTER(?y IN (1, 2))", 2, 2),
    ],
)
def test_distinct_solutions_are_of_what_has_a_name(
    evaluator: Evaluator, pattern: str, different: int, all_of_them: int
) -> None:
    """§18.5.1.2: COUNT(DISTINCT *) is about the variables that `SELECT *` shows."""
    query = f"SELECT (COUNT(DISTINCT *) AS ?n) (COUNT(*) AS ?m) {{ {pattern} }}"
    assert rows(evaluator, query) == [[str(different), str(all_of_them)]]
    query = f"SELECT ?z {{ {pattern} }} GROUP BY ?z HAVING (COUNT(DISTINCT *) = {different})"
    assert rows(evaluator, query) == [[""]]


def test_excluded_predicates_are_counted_in_having(evaluator: Evaluator) -> None:
    """Also where SELECT has no aggregate."""
    query = "SELECT ?y { ?y :p :b . ?y !:r :b } GROUP BY ?y HAVING (COUNT(*) = 2)"
    assert rows(evaluator, query) == [["a"]]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("'z' :p* ?x", [["z"]]),
        ("?x :p? 'z'@en", [["z"]]),
        ("05 :p? ?x", [["5"]]),
        ("'end' :p* ?x", [["end"]]),
        (":zz (:p*|:q*) ?x", [["zz"], ["zz"]]),
        (":zz :p* ?x ; :q? ?y FILTER(?x = ?y)", [["zz"]]),
        (":zz :p* ?x . _:b :r ?c . ?d :p _:b", [["zz"]]),
        (":zz :p* [] . ?x :r ?y", [["c"]]),
    ],
)
def test_a_path_of_length_zero_begins_at_any_term(
    evaluator: Evaluator, pattern: str, expected: list[list[str]]
) -> None:
    """§18.4, ZeroLengthPath."""
    assert rows(evaluator, f"SELECT ?x {{ {pattern} }}") == expected


@pytest.mark.parametrize(
    "query", ["ASK { ?s ?p 'a'@en--ltr }", "SELECT (STRLANGDIR('a', 'en', 'ltr') AS ?x) {}"]
)
def test_base_directions_are_refused(evaluator: Evaluator, query: str) -> None:
    """They are of RDF 1.2."""
    with pytest.raises(QueryRefusedError, match="base directions"):
        rows(evaluator, query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?x { ?s ?p ?x FILTER(REGEX(STR(?x), '^a[0-9]+b c$', 'i')) }",
        "SELECT (REPLACE(?x, '[0-9]', '') AS ?y) { ?s ?p ?x }",
        "SELECT ?x { ?s ?p ?x FILTER(?x = :a || STR(?x) = 'a' || LANG(?x) = 'en') }",
        "SELECT ?x { ?s ?p ?x FILTER(STRLEN(?y) > 5 && YEAR(?z) = 2020) }",
        "SELECT (COUNT(?x) AS ?n) (SAMPLE(?x) AS ?y) { ?s ?p ?x } HAVING (COUNT(*) > 1)",
        "SELECT (SUM(?x) AS ?n) (MAX(?x) AS ?m) { ?s :small ?x }",
        "SELECT ?x { ?s :small ?x } ORDER BY DESC(?x)",
        "SELECT ?x { ?s ?p ?x } ORDER BY LCASE(STR(?x)) (COUNT(?y))",
        "SELECT DISTINCT ?x { ?s :p|:q ?x }",
        "SELECT ?x { ?s :p|:r ?x FILTER EXISTS { ?s :p|:q ?x } }",
        "SELECT ?x ?y { ?x !:r ?y . ?x :p ?z FILTER(?y = :b) }",
        "SELECT * { :a !:r ?x }",
        "ASK { :a !:r :b }",
        "SELECT DISTINCT ?x { ?x :p ?y . ?x !:r ?y }",
        "SELECT ?x { :a (!:r)* ?x . :a :p ?x }",
        "SELECT (COALESCE(?a, 'b') AS ?x) (BNODE() AS ?y) { ?s ?p '--' }",
        "SELECT ?v { ?s ?p ?o } GROUP BY (STR(?s) AS ?v)",
        "SELECT (COUNT(DISTINCT *) AS ?n) (COUNT(*) AS ?m) { ?s :p ?o }",
        "SELECT ?l { ?s ?p ?o BIND(LANG(?o) AS ?l) VALUES ?l { 'en' } }",
    ],
)
def test_the_rest_is_left_to_the_engine(evaluator: Evaluator, query: str) -> None:
    """What it answers rightly it is asked as it was sent."""
    assert evaluator._prepare(QueryRequest(PREFIX + query)).text == PREFIX + query


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?x { :m :n ?x FILTER(?x > 4) } ORDER BY ?x",
        "SELECT (MAX(?x) AS ?m) (GROUP_CONCAT(?x) AS ?t) { :m :mixed ?x }",
        "SELECT ?s (GROUP_CONCAT(?x) AS ?t) { ?s :has ?x } GROUP BY ?s",
        "SELECT ?x { :a :p|:q ?x }",
        "SELECT ?x { :a :p ?x ; !:r ?x }",
        "SELECT * { :a :p ?x ; !:r ?x }",
        "SELECT ?g ?s { GRAPH ?g { ?s :p ?o OPTIONAL { ?o :no ?x } MINUS { ?x :p ?y } } }",
        "SELECT ?x { :zz :p* ?x . ?y :r ?z }",
        "SELECT ?s { ?s :name ?x FILTER(REGEX(?x, '^(.).*') && LANG(?x) = 'en-GB') }",
    ],
)
def test_evidence_is_given_for_the_same_rows(evaluator: Evaluator, query: str) -> None:
    """A remedy changes what the engine is asked, not what an answer stands on."""
    plain = evaluator.answer(QueryRequest(PREFIX + query))
    shown = json.loads(evaluator.answer(QueryRequest(PREFIX + query, evidence=True)).body)
    assert shown["results"] == json.loads(plain.body)["results"]
    assert shown["results"]["bindings"]
    assert len(shown["evidence"]) == len(shown["results"]["bindings"])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("SUBSTR('12345', 0)", "12345"),
        ("SUBSTR('12345', 0, 3)", "12"),
        ("SUBSTR('12345', -3, 5)", "1"),
        ("CONCAT('<', SUBSTR('12345', 2, -1), '>')", "<>"),
        ("SUBSTR('12345', 3 - 3, 1 + 1)", "1"),
        ("LANG(SUBSTR('ab'@en, 0))", "en"),
        ("SUBSTR(SUBSTR('12345', 0), 0, 3)", "12"),
        ("STRLEN(SUBSTR('𝄞b', 0, 2)) + 1", "2"),
        ("COALESCE(SUBSTR('12345', 'a'), 'none')", "none"),
        ("COALESCE(SUBSTR(12345, 0), 'none')", "none"),
        ("COALESCE(SUBSTR('12345', 0.5), 'none')", "none"),
    ],
)
def test_a_substring_may_begin_before_the_text(
    evaluator: Evaluator, expression: str, expected: str
) -> None:
    """§17.4.3.3: as fn:substring, in which the first character is 1 and 0 is one before it."""
    assert value(evaluator, expression) == expected


def test_texts_with_a_language_are_true_unless_they_are_empty(evaluator: Evaluator) -> None:
    """§17.2.2: so are plain ones; and what is no form of its datatype is false."""
    values = "VALUES ?x { 'a'@en ''@en 'abc'^^xsd:integer 'abc'^^xsd:boolean :a }"
    shown = f"SELECT (COALESCE(STR(?x), 'none') AS ?s) {{ {values} "
    assert rows(evaluator, shown + "FILTER(?x) }") == [["a"]]
    assert rows(evaluator, shown + "FILTER(!?x) }") == [[""], ["abc"], ["abc"]]
    assert rows(evaluator, shown + "FILTER(?x || false) }") == [["a"]]
    assert value(evaluator, "!'a'@en") == "false"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("true > false", "true"),
        ("(1 = 1) <= (1 = 2)", "false"),
        ("!false >= '1'^^xsd:boolean", "true"),
        ("true < 5", ""),
        ("true < 'x'", ""),
        ("'NaN'^^xsd:double < 1", "false"),
        ("1 >= 'NaN'^^xsd:float", "false"),
        ("xsd:double(' 5 ')", "5"),
        ("xsd:float(' x ')", ""),
    ],
)
def test_operators_have_the_values_of_their_table(
    evaluator: Evaluator, expression: str, expected: str
) -> None:
    """§17.3 and XPath: false is less than true, NaN than nothing; casts trim blanks."""
    assert value(evaluator, expression) == expected


def test_booleans_of_the_solutions_are_ordered(evaluator: Evaluator) -> None:
    """Whichever operand is a constant."""
    values = "VALUES (?x ?y) { (true false) (false true) }"
    for test in ("?x > ?y", "?x > false", "true > ?y", "xsd:boolean(?x) > ?y"):
        found = rows(evaluator, f"SELECT ?x {{ {values} FILTER({test}) }}")
        assert found == [["true"]], test


def test_no_literal_lacks_its_language(evaluator: Evaluator) -> None:
    """One of rdf:langString without a tag could be written in no syntax, and read by nobody."""
    rdf = "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
    assert value(evaluator, f"STRDT('t', <{RDF.langString.value}>)") == ""
    listed = "VALUES ?t { rdf:langString rdf:dirLangString xsd:string }"
    found = rows(evaluator, f"{rdf} SELECT (STRDT('t', ?t) AS ?x) {{ {listed} }}")
    assert found == [[""], [""], ["t"]]
    with pytest.raises(
        QueryRefusedError, match="a literal of this datatype has a language"
    ) as told:
        rows(evaluator, f"{rdf} SELECT ?x {{ VALUES ?x {{ 't'^^rdf:langString }} }}")
    assert told.value.hint.startswith('write "text"@en')
    asked = f"{rdf} SELECT ?x {{ ?s :name ?x FILTER(DATATYPE(?x) = rdf:langString) }}"
    assert len(rows(evaluator, asked)) == 2


@pytest.mark.parametrize(
    "test",
    [
        "REPLACE(LANG(?x), '-[A-Z]+$', '') = 'en'",
        "REPLACE(LANG(?x), 'GB', 'US') = 'en-US'",
        "IF(BOUND(?x), LANG(?x), '') = 'en-GB'",
    ],
)
def test_what_is_made_of_tags_is_compared_in_any_letters(evaluator: Evaluator, test: str) -> None:
    """The graph has en-gb."""
    found = rows(evaluator, f"SELECT ?s {{ ?s :name ?x FILTER({test}) }}")
    assert found == [["c1"]]


def test_an_aggregate_of_an_aggregate_is_an_error_with_its_place(evaluator: Evaluator) -> None:
    """For the engine it is a missing value, without a word."""
    with pytest.raises(QuerySyntaxError, match="COUNT stands within another aggregate") as told:
        rows(evaluator, "SELECT (SUM(COUNT(?x)) AS ?n) { ?s :n ?x } GROUP BY ?s")
    assert told.value.line == 1
