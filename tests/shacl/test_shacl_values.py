"""Constraints on single values: class, datatype, kind, range, length, pattern, language, list."""

from __future__ import annotations

import pytest
from shacl_cases import check, faults, quads, triples

from cgkg.rdf.terms import Literal
from cgkg.shacl.validator import validate


def broken(values: str, constraint: str) -> list[str]:
    """The values, by their lexical forms, that break a constraint of a property shape."""
    shapes = f":S a sh:PropertyShape ; sh:targetNode :a ; sh:path :p ; {constraint} ."
    data = f":a :p {values} . :i a :D . :D rdfs:subClassOf :C ."
    return [line.split()[1] for line in faults(data, shapes)]


@pytest.mark.parametrize(
    ("constraint", "values", "bad"),
    [
        ("sh:class :C", ":i , :j , 1", ["1", "j"]),
        ("sh:class :C , :D", ":i , :j", ["j", "j"]),
        ("sh:nodeKind sh:IRI", ":i , 1 , _:b", ["1", "b"]),
        ("sh:nodeKind sh:Literal", ":i , 1 , _:b", ["b", "i"]),
        ("sh:nodeKind sh:BlankNode", ":i , 1 , _:b", ["1", "i"]),
        ("sh:nodeKind sh:BlankNodeOrIRI", ":i , 1 , _:b", ["1"]),
        ("sh:nodeKind sh:BlankNodeOrLiteral", ":i , 1 , _:b", ["i"]),
        ("sh:nodeKind sh:IRIOrLiteral", ":i , 1 , _:b", ["b"]),
        ("sh:minLength 2", "'ä' , 'ab' , 12 , 1 , '𝄞' , _:b", ["1", "b", "ä", "𝄞"]),
        ("sh:minLength 0", "_:b , ''", ["b"]),
        ("sh:maxLength 2", "'abc' , 'ab' , 123 , _:b", ["123", "abc", "b"]),
        ("sh:pattern '^a'", "'ab' , 'b' , 'Ab' , _:b", ["Ab", "b", "b"]),
        ("sh:pattern '^a' ; sh:flags 'i'", "'ab' , 'b' , 'Ab'", ["b"]),
        ("sh:pattern 'org/i$'", ":i , :j", ["j"]),
        ("sh:languageIn ( 'en' )", "'a'@en , 'b'@en-GB , 'c'@de , 'd' , 1", ["1", "c", "d"]),
        ("sh:languageIn ( '*' )", "'a'@en , 'b' , :i", ["b", "i"]),
        ("sh:languageIn ( 'EN-gb' )", "'a'@en , 'b'@en-GB", ["a"]),
        ("sh:in ( 1 :i 'x'@en )", "1 , 01 , 1.0 , :i , 'x' , 'x'@en", ["01", "1.0", "x"]),
        ("sh:in ( )", "1", ["1"]),
    ],
)  # fmt: skip
def test_a_constraint_finds_the_values_that_break_it(
    constraint: str, values: str, bad: list[str]
) -> None:
    """The values that break a constraint are reported, and no others."""
    assert broken(values, constraint) == sorted(bad)


@pytest.mark.parametrize(
    ("constraint", "values", "bad"),
    [
        ("sh:minInclusive 2", "1 , 2 , 2.0 , 3 , '2'", ["1", "2"]),
        ("sh:minExclusive 2", "1 , 2 , 2.0 , 2.1", ["1", "2", "2.0"]),
        ("sh:maxInclusive 2", "1 , 2 , 2.0 , 2.1e0 , :i", ["2.1e0", "i"]),
        ("sh:maxExclusive 2", "1 , 2 , 1.9999999999999999999999", ["2"]),
        # An integer beyond the numbers that a double can tell apart.
        ("sh:maxExclusive 9007199254740993",
         "9007199254740992 , 9007199254740993", ["9007199254740993"]),
        # XPath 2.0 B.1: a decimal is promoted to the double that it is compared to.
        ("sh:maxInclusive 0.1", "1e-1 , '0.1'^^xsd:float , 0.1", ["0.1"]),
        ("sh:minInclusive 0",
         "'NaN'^^xsd:double , 'INF'^^xsd:double , '-INF'^^xsd:float", ["-INF", "NaN"]),
        ("sh:minInclusive 'b'", "'a' , 'b' , 'c' , 'c'@en , 1", ["1", "a", "c"]),
        ("sh:minInclusive true", "false , true , 1", ["1", "false"]),
        ("sh:minInclusive '2020-02-29'^^xsd:date",
         "'2020-02-28'^^xsd:date , '2020-03-01'^^xsd:date", ["2020-02-28"]),
        ("sh:maxInclusive '2020'^^xsd:gYear", "'2021'^^xsd:gYear , '-0001'^^xsd:gYear", ["2021"]),
        ("sh:maxInclusive 'P1D'^^xsd:duration",
         "'PT25H'^^xsd:duration , 'PT24H'^^xsd:duration , 'P1M'^^xsd:duration", ["P1M", "PT25H"]),
        ("sh:maxInclusive '12:00:00Z'^^xsd:time",
         "'13:00:00+02:00'^^xsd:time , '13:00:00Z'^^xsd:time", ["13:00:00Z"]),
        # What is ill-formed, or has no order, is compared with nothing.
        ("sh:minInclusive 0",
         "'x'^^xsd:integer , 'x'^^:own , '5'^^xsd:byte , '500'^^xsd:byte", ["500", "x", "x"]),
    ],
)  # fmt: skip
def test_values_are_compared_as_sparql_compares(
    constraint: str, values: str, bad: list[str]
) -> None:
    """A range is one of SPARQL's operator <: what cannot be compared breaks it."""
    assert broken(values, constraint) == sorted(bad)


@pytest.mark.parametrize(
    ("moment", "fits"),
    [
        ("2002-10-10T12:00:00Z", True),
        ("2002-10-10T12:00:00", False),  # it may be before, somewhere
        ("2002-10-11T02:00:01", True),  # later wherever it is said
        ("2002-10-09T21:59:59", False),
        ("2002-10-10T24:00:00Z", True),
    ],
)
def test_moments_without_a_time_zone_are_compared_where_that_is_sure(
    moment: str, fits: bool
) -> None:
    """Local time is up to 14 hours off (XSD 1.0 Part 2 §3.2.7.4)."""
    bad = broken(
        f"'{moment}'^^xsd:dateTime", "sh:minInclusive '2002-10-10T12:00:00Z'^^xsd:dateTime"
    )
    assert bad == ([] if fits else [moment])


# Every datatype of XSD: forms that it has, and forms that it has not.
FORMS = {
    "string": (["", "a\\nb"], []),
    "boolean": (["true", "0"], ["TRUE", "yes", ""]),
    "decimal": (["1", "-1.50", ".5", "5."], ["1e5", "INF", "1,0", ""]),
    "integer": (["007", "+5", "-0"], [" 5", "5.0", "", "five"]),
    "double": (["1e5", "INF", "NaN", "-0", ".5E-3"], ["inf", "nan", "1e", "0x1"]),
    "float": (["1.5", "-INF"], ["Infinity", "1f"]),
    "date": (["2020-02-29", "2021-01-01Z"], ["2021-02-29", "20210101", "2021-1-1"]),
    "time": (["12:00:00", "24:00:00", "01:02:03.5+01:00"], ["25:00:00", "12:00"]),
    "dateTime": (["2020-01-01T00:00:00"], ["2020-01-01", "2020-01-01 00:00:00"]),
    "dateTimeStamp": (["2020-01-01T00:00:00Z"], ["2020-01-01T00:00:00"]),
    "gYear": (["2020", "-0001"], ["20", "02020"]),
    "gMonth": (["--12"], ["12", "--13"]),
    "gDay": (["---31"], ["31", "---32"]),
    "gYearMonth": (["2020-12"], ["2020-13"]),
    "gMonthDay": (["--02-29"], ["--02-30"]),
    "duration": (["P1Y2M3DT4H5M6.7S", "-P1D"], ["P", "1D", "P1S"]),
    "yearMonthDuration": (["P1Y2M"], ["P1D"]),
    "dayTimeDuration": (["P1DT2H"], ["P1Y"]),
    "byte": (["127", "-128"], ["128"]),
    "short": (["32767"], ["32768"]),
    "int": (["2147483647"], ["2147483648"]),
    "long": (["9223372036854775807"], ["9223372036854775808"]),
    "unsignedByte": (["255"], ["256", "-1"]),
    "unsignedShort": (["65535"], ["65536"]),
    "unsignedInt": (["4294967295"], ["4294967296"]),
    "unsignedLong": (["18446744073709551615"], ["18446744073709551616"]),
    "positiveInteger": (["1"], ["0"]),
    "nonNegativeInteger": (["0"], ["-1"]),
    "negativeInteger": (["-1"], ["0"]),
    "nonPositiveInteger": (["0"], ["1"]),
    "hexBinary": (["0aFF", ""], ["0", "0g"]),
    "base64Binary": (["YQ==", ""], ["YQ=", "?"]),
    "anyURI": (["https://example.org/"], []),
    "language": (["en-GB"], ["e_n"]),
    "normalizedString": ([" a "], ["a\\tb"]),
    "token": (["a b"], [" a"]),
    "NMTOKEN": (["1a"], ["a b"]),
    "Name": (["a:b"], ["1a"]),
    "NCName": (["ab"], ["a:b"]),
}


@pytest.mark.parametrize("datatype", FORMS)
def test_lexical_forms_are_judged_and_reported_as_written(datatype: str) -> None:
    """From file to report no literal is rewritten, and the ill-formed are found (SHACL §4.1.2)."""
    good, bad = FORMS[datatype]
    values = " , ".join(f'"{form}"^^xsd:{datatype}' for form in (*good, *bad))
    data = quads(f":a :p {values} , 'other'@en , :i .")
    shapes = f":S a sh:PropertyShape ; sh:targetNode :a ; sh:path :p ; sh:datatype xsd:{datatype} ."
    report = validate(data, triples(shapes))
    expected = [quad.object for quad in data[len(good) :]]
    assert sorted(str(each.value) for each in report.results) == sorted(map(str, expected))


def test_language_strings_are_of_their_datatype() -> None:
    """rdf:langString is the datatype of what has a language, and of nothing else."""
    assert broken("'a'@en , 'b'", "sh:datatype rdf:langString") == ["b"]


def test_patterns_are_those_of_xpath() -> None:
    """What Python and XPath have in two ways is as XPath has it (F&O §7.6.1)."""
    assert broken("'5' , 'x'", r"sh:pattern '^\\p{Nd}$'") == ["x"]
    assert broken("'a' , '-' , 'd'", "sh:pattern '^[a-z-[d]]$'") == ["-", "d"]
    assert broken("'٣' , 'x'", r"sh:pattern '^\\d$'") == ["x"]


def test_many_values_are_judged_as_few_are() -> None:
    """A literal that stands in many places is reported at each of them."""
    data = " ".join(f":n{number} :p 'x' , {number} ." for number in range(300))
    report = check(data, ":S sh:targetSubjectsOf :p ; sh:path :p ; sh:datatype xsd:integer .")
    assert {each.value for each in report.results} == {Literal("x")}
    assert len({each.focus for each in report.results}) == len(report.results) == 300
