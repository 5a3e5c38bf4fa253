"""Values as a language spells them become literals of a datatype, or an error that says why."""

from __future__ import annotations

import pytest

from cgkg.intake.literals import SeveralMeanings, literal
from cgkg.rdf.terms import Literal
from cgkg.rdf.vocab import RDF, XSD


@pytest.mark.parametrize(
    ("text", "datatype", "language", "value"),
    [
        ("1.094", "integer", "de", "1094"),
        ("1,094", "integer", "en-GB", "1094"),
        ("1.094", "decimal", "en", "1.094"),
        ("1 094,5", "decimal", "fr", "1094.5"),
        ("1\u202f000", "integer", "fr", "1000"),
        ("1.000.000", "integer", "es", "1000000"),
        ("6500万", "decimal", "zh", "65000000"),
        ("3.5亿", "decimal", "zh", "350000000"),
        ("2,50", "decimal", "de", "2.5"),
        ("十二", "integer", "zh", "12"),
        ("１３８０００", "decimal", "zh", "138000"),
        ("0.2", "decimal", "de", "0.2"),
        ("1e-07", "decimal", "", "0.0000001"),
        ("2019", "gYear", "de", "2019"),
        ("im Jahr 2019", "gYear", "de", "2019"),
        ("2019-05-03", "date", "", "2019-05-03"),
        ("3. Oktober 1990", "date", "de", "1990-10-03"),
        ("2019年5月3日", "date", "zh", "2019-05-03"),
        ("May 3, 2019", "date", "en", "2019-05-03"),
        ("5 мая 2020", "date", "ru", "2020-05-05"),
        ("03.04.2019", "date", "de", "2019-04-03"),
        ("mai 2020", "gYearMonth", "fr", "2020-05"),
        ("yes", "boolean", "en", "true"),
        ("1.234,5", "decimal", "de", "1234.5"),
        ("3,5 Mio.", "integer", "de", "3500000"),
        ("2 Milliarden", "integer", "de", "2000000000"),
        ("3.5 million", "integer", "en", "3500000"),
        ("12 thousand", "decimal", "en", "12000"),
        ("1,5 milliard", "decimal", "fr", "1500000000"),
        ("3,5 millones", "integer", "es", "3500000"),
        ("3,5 млн", "integer", "ru", "3500000"),
        ("5 тыс.", "integer", "ru", "5000"),
        ("3,5 εκατ.", "integer", "el", "3500000"),
        ("٣٫٥ مليون", "integer", "ar", "3500000"),
        ("１２", "integer", "ja", "12"),
        ("３．５億", "integer", "ja", "350000000"),
        ("1'234.5", "decimal", "de-CH", "1234.5"),
        ("40 %", "integer", "de", "40"),
        ("vierzig", "string", "de", "vierzig"),
    ],
)
def test_a_spelling_is_read_as_its_language_means_it(
    text: str, datatype: str, language: str, value: str
) -> None:
    """Separators, figures and names of months are those of the document's language."""
    assert literal(text, XSD(datatype), language) == Literal(value, datatype=XSD(datatype))


@pytest.mark.parametrize(
    ("text", "datatype", "language", "said"),
    [
        ("1,5", "decimal", "en", "no number as en spells it: write 1.5, if that is meant"),
        ("ca. 12.000 Euro", "integer", "de", "write 12.000 alone, if that is meant"),
        ("about 3.5 million pounds", "integer", "en", "write 3.5 million alone"),
        ("10-12", "integer", "de", "write it in figures, without a unit"),
        ("3,5 Mio. bis 4 Mio.", "integer", "de", "no number as de spells it"),
        ("1.5", "integer", "en", "no whole number"),
        ("many", "integer", "en", "no number"),
        ("3/4/2019", "date", "en", "write it as 2019-05-03"),
        ("45. Mai 2019", "date", "de", "no date|not clear"),
        ("maybe", "boolean", "en", "neither true nor false"),
    ],
)
def test_what_is_not_clear_is_not_guessed(
    text: str, datatype: str, language: str, said: str
) -> None:
    """The third of April and the fourth of March are both 3/4 in English."""
    with pytest.raises(ValueError, match=said):
        literal(text, XSD(datatype), language)


@pytest.mark.parametrize(
    ("text", "datatype", "language", "choices"),
    [
        ("40 %", "decimal", "de", ("40", "0,4")),
        ("100%", "integer", "en", ("100", "1")),
        ("40 процентов", "decimal", "ru", ("40", "0,4")),
        ("1.234", "decimal", "fr", ("1234", "1,234")),
        ("1.234", "decimal", "", ("1234", '"1.234"^^xsd:decimal')),
    ],
)
def test_a_number_with_several_meanings_is_not_guessed(
    text: str, datatype: str, language: str, choices: tuple[str, ...]
) -> None:
    """Each choice means one number only, as the language spells it."""
    with pytest.raises(SeveralMeanings, match="several numbers") as said:
        literal(text, XSD(datatype), language)
    assert said.value.choices == choices
    for choice in said.value.choices:
        assert "^^" in choice or literal(choice, XSD(datatype), language)


def test_what_a_program_wrote_is_no_spelling() -> None:
    """A number of a workbook has a point for its fraction, in a German document, too."""
    assert literal("1.094", XSD.decimal, "de", exact=True).value == "1.094"


def test_a_text_has_the_language_of_its_document() -> None:
    """Where the property takes text in a language."""
    assert literal("rund", RDF.langString, "de") == Literal("rund", language="de")
    assert literal("rund", XSD.string, "de") == Literal("rund")
