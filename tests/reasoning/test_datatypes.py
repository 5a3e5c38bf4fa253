"""The datatype map: lexical forms, values, and which datatype contains which value."""

from __future__ import annotations

import pytest

from cgkg.rdf.terms import IRI, Literal
from cgkg.rdf.vocab import OWL, RDF, RDFS, XSD
from cgkg.reasoning.rules.datatypes import belongs, differ, known, value, well_formed


def _literal(text: str, datatype: str) -> Literal:
    return Literal(text, datatype=XSD(datatype))


GOOD = [
    ("+007", "integer"),
    ("-0", "nonPositiveInteger"),
    ("255", "unsignedByte"),
    (".5", "decimal"),
    ("1.", "decimal"),
    ("1e5", "double"),
    ("-INF", "float"),
    ("NaN", "double"),
    ("1", "boolean"),
    ("2024-02-29", "date"),
    ("2026-11-23T24:00:00Z", "dateTime"),
    ("24:00:00.0", "time"),
    ("0000-02-29", "date"),
    ("9" * 5000, "integer"),
    ("-0044-03-15", "date"),
    ("12:00:00.5+01:00", "time"),
    ("2026", "gYear"),
    ("2026-11", "gYearMonth"),
    ("--02-29", "gMonthDay"),
    ("---31", "gDay"),
    ("--11", "gMonth"),
    ("P1Y2M3DT4H5M6.7S", "duration"),
    ("-P3M", "yearMonthDuration"),
    ("PT0S", "dayTimeDuration"),
    ("0aFF", "hexBinary"),
    ("TWFu", "base64Binary"),
    ("", "base64Binary"),
    ("TWE=", "base64Binary"),
    ("TQ= =", "base64Binary"),
    ("a\u00a0b", "token"),
    ("a b", "token"),
    ("zh-Hans", "language"),
    ("any thing", "anyURI"),
    ("2026-11-23T00:00:00Z", "dateTimeStamp"),
    ("x1", "NCName"),
    ("a:b", "Name"),
    ("1a", "NMTOKEN"),
]
BAD = [
    ("1.0", "integer"),
    ("", "integer"),
    ("256", "unsignedByte"),
    ("-1", "nonNegativeInteger"),
    ("0", "positiveInteger"),
    ("1e5", "decimal"),
    ("1,5", "decimal"),
    ("INF", "decimal"),
    ("infinity", "double"),
    ("yes", "boolean"),
    ("2023-02-29", "date"),
    ("1900-02-29", "date"),
    ("26-11-23", "date"),
    ("2026-13-01", "date"),
    ("25:00:00", "time"),
    ("24:00:01", "time"),
    ("2026-11-23", "dateTime"),
    ("P", "duration"),
    ("P1YT", "duration"),
    ("P1D", "yearMonthDuration"),
    ("P1M", "dayTimeDuration"),
    ("abc", "hexBinary"),
    ("TWF", "base64Binary"),
    ("TWF=", "base64Binary"),
    ("24:00:00.1", "time"),
    ("-1900-02-29", "date"),
    ("\u00b2", "integer"),
    ("\u00d7", "NCName"),
    (" a", "token"),
    ("a  b", "token"),
    ("a\nb", "normalizedString"),
    ("zh_Hans", "language"),
    ("1a", "NCName"),
    ("a:b", "NCName"),
    ("2026-11-23T00:00:00", "dateTimeStamp"),
    ("--02-30", "gMonthDay"),
]
EQUAL = [
    (("1", "integer"), ("01.0", "decimal")),
    (("5", "byte"), ("5", "unsignedLong")),
    (("true", "boolean"), ("1", "boolean")),
    (("1e1", "double"), ("10", "double")),
    (("NaN", "float"), ("NaN", "float")),
    (("a", "string"), ("a", "token")),
    (("0AFF", "hexBinary"), ("0aff", "hexBinary")),
    (("P1Y", "duration"), ("P12M", "yearMonthDuration")),
    (("PT60S", "duration"), ("PT1M", "dayTimeDuration")),
    (("2026-01-01Z", "date"), ("2026-01-01+00:00", "date")),
    (("0.1", "float"), ("0.100000001", "float")),
    (("24:00:00", "time"), ("00:00:00.0", "time")),
    (("24:00:00-00:00", "time"), ("00:00:00Z", "time")),
    (("2023-12-31T24:00:00", "dateTime"), ("2024-01-01T00:00:00", "dateTime")),
    (("2024-02-28T24:00:00Z", "dateTimeStamp"), ("2024-02-29T00:00:00Z", "dateTime")),
    (("-0001-12-31T24:00:00", "dateTime"), ("0000-01-01T00:00:00", "dateTime")),
    (("-0000", "gYear"), ("0000", "gYear")),
    (("12:00:00.10", "time"), ("12:00:00.1", "time")),
    (("INF", "double"), ("1e400", "double")),
]
DIFFERENT = [
    (("1", "integer"), ("1", "double")),
    (("1", "float"), ("1", "double")),
    (("1", "integer"), ("1", "string")),
    (("0", "double"), ("-0", "double")),
    (("2026", "gYear"), ("2026", "integer")),
    (("a", "string"), ("a", "anyURI")),
    (("10000000000000000000000000000000000001", "integer"), ("1e37", "integer")),
    (("2026-01-01Z", "date"), ("2026-01-01", "date")),
    (("2026-01-01T12:00:00Z", "dateTime"), ("2026-01-01T13:00:00+01:00", "dateTime")),
    (("0." + "0" * 40 + "1", "decimal"), ("0." + "0" * 40 + "2", "decimal")),
    (("PT1." + "0" * 40 + "1S", "duration"), ("PT1S", "duration")),
]
BELONGS = [
    ("5", "integer", "decimal", True),
    ("5.0", "decimal", "integer", True),
    ("5.5", "decimal", "integer", False),
    ("-5", "integer", "nonNegativeInteger", False),
    ("5", "integer", "byte", True),
    ("500", "integer", "byte", False),
    ("5", "integer", "double", False),
    ("5", "double", "decimal", False),
    ("a", "string", "integer", False),
    ("a b", "string", "token", True),
    (" a", "string", "token", False),
    ("2026-01-01T00:00:00Z", "dateTime", "dateTimeStamp", True),
    ("2026-01-01T00:00:00", "dateTime", "dateTimeStamp", False),
    ("P1Y", "duration", "yearMonthDuration", True),
    ("P1D", "duration", "yearMonthDuration", False),
    ("x", "integer", "integer", False),
]


@pytest.mark.parametrize(("text", "datatype"), GOOD)
def test_lexical_form_is_accepted(text: str, datatype: str) -> None:
    """What XML Schema allows is well formed and lies in its own datatype."""
    literal = _literal(text, datatype)
    assert well_formed(literal)
    assert value(literal) is not None
    assert belongs(literal, XSD(datatype))


@pytest.mark.parametrize(("text", "datatype"), BAD)
def test_lexical_form_is_rejected(text: str, datatype: str) -> None:
    """What XML Schema forbids denotes nothing and lies in no datatype."""
    literal = _literal(text, datatype)
    assert not well_formed(literal)
    assert value(literal) is None
    assert belongs(literal, RDFS.Literal) is False


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_equal_values(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Different literals may denote one value (dt-eq)."""
    assert value(_literal(*one)) == value(_literal(*other)) is not None


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_values(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Value spaces that look alike are disjoint (dt-diff)."""
    assert value(_literal(*one)) != value(_literal(*other))


@pytest.mark.parametrize(("text", "own", "asked", "answer"), BELONGS)
def test_value_in_datatype(text: str, own: str, asked: str, answer: bool) -> None:
    """Whether a value lies in a datatype depends on the value, not on the literal's datatype."""
    assert belongs(_literal(text, own), XSD(asked)) is answer


def test_language_tagged_text() -> None:
    """Text with a language is in rdf:langString and rdf:PlainLiteral only; tags ignore case."""
    text = Literal("城市", language="zh")
    assert belongs(text, RDF.langString)
    assert belongs(text, RDF.PlainLiteral)
    assert belongs(text, XSD.string) is False
    assert value(Literal("a", language="EN")) == value(Literal("a", language="en"))


def test_plain_literals_are_strings_or_tagged_text() -> None:
    """rdf:PlainLiteral writes the language after an at sign, and needs the sign without one."""
    plain = {
        text: value(Literal(text, datatype=RDF.PlainLiteral))
        for text in ("a@b@", "a@EN", "a", "a@_")
    }
    assert plain["a@b@"] == value(Literal("a@b"))
    assert plain["a@EN"] == value(Literal("a", language="en"))
    assert plain["a"] is plain["a@_"] is None


def test_markup_is_compared_by_what_it_says() -> None:
    """XML in another form is the same value; of HTML nobody can tell."""
    one, other, more = (
        value(Literal(text, datatype=RDF.XMLLiteral))
        for text in ("<a x='1' y='2'/>", '<a y="2" x="1"></a>', "<a/>")
    )
    assert one == other != more
    assert not well_formed(Literal("<a>", datatype=RDF.XMLLiteral))
    first, second = (value(Literal(text, datatype=RDF.HTML)) for text in ("<p>", "<P>"))
    assert first
    assert second
    assert not differ(first, second)


def test_numbers_of_owl() -> None:
    """owl:rational and owl:real contain the decimals; a third is no decimal."""
    third = Literal("1/3", datatype=OWL.rational)
    assert belongs(third, OWL.real)
    assert belongs(third, XSD.decimal) is False
    assert belongs(Literal("2/4", datatype=OWL.rational), XSD.decimal)
    assert belongs(_literal("0.5", "decimal"), OWL.rational)
    assert not well_formed(Literal("1/0", datatype=OWL.rational))
    assert not well_formed(Literal("1", datatype=OWL.real))


def test_unknown_datatype_is_not_judged() -> None:
    """Of a datatype outside the map nothing is said."""
    wkt = IRI("http://www.opengis.net/ont/geosparql#wktLiteral")
    point = Literal("POINT(0 0)", datatype=wkt)
    assert not known(wkt)
    assert well_formed(point)
    assert value(point) is None
    assert belongs(point, wkt)
    assert belongs(point, XSD.string) is None
    assert belongs(_literal("1", "integer"), wkt) is None
