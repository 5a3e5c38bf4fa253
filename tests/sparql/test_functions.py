"""Functions of ours that the engine calls: patterns of XPath, numbers of any length, one order."""

from __future__ import annotations

from random import Random

import pytest

from cgkg.rdf.terms import IRI, BlankNode, Literal, Term
from cgkg.rdf.vocab import XSD
from cgkg.sparql.functions import registry
from cgkg.sparql.functions.aggregates import SET_FUNCTIONS
from cgkg.sparql.functions.numbers import add_up, average, calculate, cast, compare, convert
from cgkg.sparql.functions.order import order_key
from cgkg.sparql.functions.registry import FunctionCalls, name_aggregate
from cgkg.sparql.functions.xpath_regex import PatternError, read_pattern, read_replacement
from cgkg.store.graph import Graph

LONG = "123456789012345678901234567890"

MATCHES = [
    ("^[a-z-[aeiou]]$", "e", "", False),
    ("^[a-z-[aeiou]]$", "f", "", True),
    (r"^(ab)\1$", "abab", "", True),
    (r"(a)\12", "aa2", "", True),
    (r"(a)|b\1", "b", "", True),
    (r"^\i\c*$", "a-1", "", True),
    (r"^\i\c*$", "1a", "", False),
    (r"^\I$", "1", "", True),
    (r"^\C$", "!", "", True),
    (r"\p{IsBasicLatin}", "a", "", True),
    (r"\P{IsBasicLatin}", "a", "", False),
    (r"^\p{IsGreek}+$", "αβ", "", True),
    (r"[^\P{L}]", "a", "", True),
    (r"^\w$", "_", "", False),
    (r"^\w$", "+", "", True),
    (r"^\d$", "٣", "", True),
    (r"\S", "\u00a0", "", True),
    (r"[\d-[5]]", "5", "", False),
    (r"[\w-[\d]]", "5", "", False),
    ("a.b", "a\rb", "", False),
    ("a.b", "a\nb", "s", True),
    ("a$", "a\n", "", False),
    ("a$", "a\nb", "m", True),
    ("^b", "a\nb", "m", True),
    ("^$", "a\n", "m", False),
    ("a b", "ab", "x", True),
    ("[a b]", " ", "x", True),
    ("a#b", "a#b", "x", True),
    ("a.b", "axb", "q", False),
    ("a.b", "A.B", "qi", True),
    ("[a&&b]", "&", "", True),
    ("[A-Z-[IO]]", "i", "i", False),
    ("[A-Z-[IO]]", "a", "i", True),
    ("[^q]", "Q", "i", False),
    (r"\p{Lu}", "a", "i", False),
    (r"[\p{Lu}x]", "X", "i", True),
    (r"[\p{Lu}x]", "a", "i", False),
    ("(?:a)b??", "a", "", True),
    ("a{2,}?", "aa", "", True),
]


@pytest.mark.parametrize(("pattern", "text", "flags", "expected"), MATCHES)
def test_a_pattern_matches_as_xpath_says(
    pattern: str, text: str, flags: str, expected: bool
) -> None:
    """By Python, and by the engine where it can say the pattern (F&O 3.1 §5.6)."""
    read = read_pattern(pattern, flags)
    assert (read.compiled.search(text) is not None) is expected
    if read.engine is not None:
        written = [Literal(each) for each in (text, read.engine, "i" if read.any_case else "")]
        query = f"ASK {{ FILTER(REGEX({', '.join(map(str, written))})) }}"
        assert bool(Graph.of([]).query(query)) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"\bfoo", "(?i)a", "(?=a)", "(?<n>a)", "a{,2}", "a**", "a++", "a{1}{2}", "x{2,1}", "*a"),
        *("]", "}", "[]]", "[a", "(a", "a)", r"(a\1)", r"\1(a)", r"\p{IsFoo}", r"\p{Lx}", r"\/"),
        *("[z-a]", "\\", "[a-z-[b]c]"),
    ],
)
def test_what_is_no_pattern_of_xpath_is_an_error(pattern: str) -> None:
    """Whatever the engine or Python make of it."""
    with pytest.raises(PatternError):
        read_pattern(pattern)


def test_flags_are_those_of_xpath() -> None:
    """No other is passed over."""
    with pytest.raises(PatternError, match="flag"):
        read_pattern("a", "g")


@pytest.mark.parametrize(
    ("text", "groups", "expected"),
    [
        ("$1_$2", 2, [1, "_", 2]),
        ("$12", 1, [1, "2"]),
        ("$12", 12, [12]),
        ("$3x", 1, ["x"]),
        ("$0", 0, [0]),
        (r"\$1\\", 1, ["$", "1", "\\"]),
    ],
)
def test_a_replacement_is_read_as_xpath_says(
    text: str, groups: int, expected: list[str | int]
) -> None:
    """A number has as many digits as there are groups for (F&O 3.1 §5.6.4)."""
    assert [part for part in read_replacement(text, groups) if part != ""] == expected


@pytest.mark.parametrize("text", ["$", "a$b", r"\a", "\\"])
def test_a_sign_without_a_meaning_is_an_error(text: str) -> None:
    """A dollar or a backslash alone."""
    with pytest.raises(PatternError):
        read_replacement(text, 1)


def integer(text: str) -> Literal:
    return Literal(text, datatype=XSD.integer)


def test_numbers_have_any_length() -> None:
    """Sums, products, quotients and roundings are exact; what is none has no value."""
    one, long, decimal = integer("1"), integer(LONG), XSD.decimal
    assert calculate("+")(long, one) == integer(LONG[:-1] + "1")
    assert calculate("-")(one, long) == integer("-" + LONG[:-2] + "89")
    assert calculate("*")(long, integer("10")) == integer(LONG + "0")
    assert calculate("/")(long, integer("10")) == Literal(LONG[:-1], datatype=decimal)
    assert calculate("/")(long, integer("0")) is None
    assert calculate("+")(long, Literal("1")) is None
    assert calculate("+")(long, Literal("INF", datatype=XSD.double)) == Literal(
        "INF", datatype=XSD.double
    )
    assert convert("NEGATIVE")(long) == integer("-" + LONG)
    halves = Literal("-2.5", datatype=decimal)
    for name, value in (("ROUND", "-2"), ("CEIL", "-2"), ("FLOOR", "-3"), ("ABS", "2.5")):
        assert convert(name)(halves) == Literal(value, datatype=decimal)
    assert convert("ROUND")(long) == long
    assert cast(XSD.integer.value)(Literal(LONG)) == long
    assert cast(XSD.integer.value)(Literal(LONG + ".5")) is None
    assert add_up([long, one, integer("-1")]) == long
    assert average([long, integer("0")]) == Literal(
        "61728394506172839450617283945", datatype=decimal
    )
    assert add_up([long, Literal("a")]) is None


@pytest.mark.parametrize(
    ("sign", "left", "right", "expected"),
    [
        (">", LONG, "4", "true"),
        ("<", LONG, LONG + "0", "true"),
        ("=", LONG, "+" + LONG, "true"),
        ("!=", LONG, "1", "true"),
        (">=", "1", LONG, "false"),
        ("<=", "1", "1", "true"),
    ],
)
def test_long_numbers_are_compared(sign: str, left: str, right: str, expected: str) -> None:
    """By value, whatever their text."""
    found = compare(sign)(integer(left), integer(right))
    assert found == Literal(expected, datatype=XSD.boolean)


def test_one_order_of_all_terms() -> None:
    """Blank nodes, IRIs, strings, moments in time, numbers by value (§15.1)."""
    moment = XSD.dateTime
    ordered: list[Term] = [
        BlankNode("b"),
        IRI("http://e.org/a"),
        Literal("10"),
        Literal("9"),
        Literal("a", language="en"),
        Literal("-0001-12-31T00:00:00Z", datatype=moment),
        Literal("2020-03-01T00:30:00+01:00", datatype=moment),
        Literal("2020-02-29T23:45:00Z", datatype=moment),
        Literal("12000-01-01T00:00:00Z", datatype=moment),
        Literal("-P1D", datatype=IRI(XSD.base + "dayTimeDuration")),
        Literal("PT2H30.5S", datatype=IRI(XSD.base + "dayTimeDuration")),
        Literal("P1D", datatype=IRI(XSD.base + "dayTimeDuration")),
        Literal("P27DT23H", datatype=IRI(XSD.base + "duration")),
        Literal("P2M", datatype=IRI(XSD.base + "yearMonthDuration")),
        Literal("P1Y", datatype=IRI(XSD.base + "yearMonthDuration")),
        Literal("P367D", datatype=IRI(XSD.base + "duration")),
        Literal("NaN", datatype=XSD.double),
        Literal("-INF", datatype=XSD.double),
        integer("-" + LONG),
        integer("-10"),
        integer("-9"),
        Literal("-0.5", datatype=XSD.decimal),
        integer("0"),
        Literal("1.0E-7", datatype=XSD.double),
        Literal("8.5", datatype=XSD.decimal),
        integer("9"),
        integer("10"),
        integer(LONG),
        Literal("INF", datatype=XSD.double),
    ]
    shuffled = Random(1).sample(ordered, len(ordered))
    assert sorted(shuffled, key=order_key) == ordered
    assert order_key(Literal("1.0", datatype=XSD.decimal)) == order_key(integer("1"))


def test_the_end_of_memory_is_no_missing_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine would take it for one."""

    def exhaust(*_: object) -> None:
        raise MemoryError

    monkeypatch.setitem(registry._FUNCTIONS, registry.name_function("REGEX"), exhaust)
    monkeypatch.setitem(SET_FUNCTIONS, "MAX", exhaust)
    for called in ("<urn:x-cgkg:REGEX>('a', 'b')", "<urn:x-cgkg:aggregate:MAX>(1)"):
        calls = FunctionCalls(called)
        query = f"SELECT ({called} AS ?x) {{}}"
        assert [row[0] for row in Graph.of([]).query(query, **calls.options)] == [None]
        with pytest.raises(MemoryError):
            calls.check()
        calls.check()


def test_many_values_are_not_kept() -> None:
    """Of MIN and MAX one is enough."""
    values = " ".join(map(str, range(25_000)))
    for name, expected in (("MIN", "0"), ("MAX", "24999"), ("SUM", "312487500")):
        query = f"SELECT ({name_aggregate(name, False)}(?x) AS ?y) {{ VALUES ?x {{ {values} }} }}"
        (row,) = Graph.of([]).query(query, **FunctionCalls(query).options)
        assert row[0].value == expected
