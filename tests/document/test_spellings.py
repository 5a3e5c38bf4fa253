"""Numbers of running text, as languages spell them: what a text gives, and what it does not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cgkg.document.spellings import GivenNumbers, figures_given, read_number

# Language, text, what it gives, and what it does not although it is near.
TEXTS = [
    # English
    ("en", "It is 1,094 km long.", "1094", "1.094 94 10940 77"),
    ("en", "It costs 1.094 euros.", "1.094", "1094 94"),
    ("en", "from 5 to 10 million people", "5000000 10000000", "50000000 15"),
    ("en", "a budget of £2.5bn", "2500000000", "2500000 25"),
    ("en", "cut by 40 percent", "40 0.4", "0.04 400 41"),
    ("en", "cut by 12.5%", "12.5 0.125", "1.25 125 0.0125"),
    ("en", "in 1998-99 and 2003/4", "1998 1999 2003 2004", "1997 2005"),
    ("en", "in March 2019", "3 2019", "4 2018"),
    ("en", "two thirds of the land", "0.67 0.666667 3", "123456"),
    ("en", "2½ hours, 3/4 of them by day", "2.5 0.75", "21 34"),
    ("en", "Chapter XIV, 12 km² wide", "14 12", "13 122"),
    ("en", "twenty-five members from a hundred and ten towns", "25 110", "1234567890"),
    ("en-IN", "१,२३,४५६ or 1,23,456 people, 2 crore rupees", "123456 20000000", "12345 2000000"),
    # German
    ("de", "Der Fluss ist 1.094,5 km lang.", "1094.5", "1.0945 10945 109.45"),
    ("de", "Er ist 1.094 km lang.", "1094", "1.094 94"),
    ("de", "3,5 Mio. Euro und 2 Mrd. Euro", "3500000 2000000000", "3500 35000000"),
    ("de", "mit 12,5 Milliarden", "12500000000", "12500000 125"),
    ("de", "vom 3.10.1990", "3 10 1990", "31 1991"),
    ("de", "um 20 vom Hundert", "0.2 20", "0.02 2000"),
    ("de", "einundzwanzig Mitglieder", "21", "1998"),
    ("de-CH", "1’094.50 Franken", "1094.5", "109450 1.0945"),
    # French
    ("fr", "1\u202f094,5 km", "1094.5", "10945 1.0945"),
    ("fr", "1 094 habitants en 2019", "1094 2019", "10942019 10"),
    ("fr", "2,5 milliards d’euros", "2500000000", "2500000 25"),
    ("fr", "40 pour cent", "0.4 40", "0.04 41"),
    ("fr", "mille neuf cent quatre-vingt-dix", "1990", "1234567890123"),
    # Spanish
    ("es", "1.094,5 kilómetros", "1094.5", "10945"),
    ("es", "5 mil millones de pesos", "5000000000", "50000"),
    ("es", "3,2 millones", "3200000", "32000000"),
    ("es", "el 30 por ciento", "0.3 30", "0.03"),
    ("es", "dos mil quince", "2015", "123456789"),
    # Russian
    ("ru", "1 094,5 км", "1094.5", "10945"),
    ("ru", "3,2 млн рублей и 5 миллиардами", "3200000 5000000000", "320"),
    ("ru", "40 процентами", "0.4 40", "0.04"),
    ("ru", "12 мая 2020 года", "12 5 2020", "6 2021"),
    ("ru", "двадцати пяти членам", "25", "123456"),
    # Japanese
    ("ja", "３億５０００万円", "350000000", "35000000"),
    ("ja", "二〇二〇年に1万2000人", "2020 12000", "2021 1200"),
    ("ja", "三割五分、４０パーセント", "0.4 0.3", "0.45"),
    ("ja", "両市", "2", "1998"),
    # Chinese
    ("zh", "人口６５００万，占４０％", "65000000 0.4", "6500000 0.04"),
    ("zh", "约二十万人，百分之四十", "200000 0.4 40", "20010 0.04"),
    ("zh", "三分之一的土地，1.5亿元", "0.33 0.333333 150000000", "0.3456 15000000"),
    # Arabic
    ("ar", "طوله ١٬٠٩٤٫٥ كيلومترا", "1094.5", "10945"),
    ("ar", "٣٫٢ مليون نسمة", "3200000", "32000000"),
    ("ar", "نسبة ٤٠٪", "0.4 40", "0.04"),
    ("ar", "ثلاثة وعشرون عضوا", "23", "123456"),
    # Hindi
    ("hi", "१,०९४ किलोमीटर", "1094", "1.094 94"),
    ("hi", "३ करोड़ लोग, १२,३४,५६७ घर", "30000000 1234567", "3000 123456"),
    ("hi", "४० प्रतिशत", "0.4 40", "0.04"),
    # Greek
    ("el", "1.094,5 χιλιόμετρα", "1094.5", "10945"),
    ("el", "3,2 εκατομμυρίων ευρώ", "3200000", "320"),
    ("el", "40 τοις εκατό", "0.4 40", "4000"),
    ("el", "είκοσι πέντε μέλη", "25", "123456"),
    # A language of which nothing is known: figures in every way that they may be meant
    ("", "1.094", "1.094 1094", "12345"),
    ("tlh", "wa’ 1,094", "1.094 1094 7 1998", "12345"),
]


@pytest.mark.parametrize(("language", "text", "given", "other"), TEXTS)
def test_a_text_gives_its_numbers_and_no_others(
    language: str, text: str, given: str, other: str
) -> None:
    """As the language means marks, scales, percent and names of months; in any script."""
    numbers = GivenNumbers.of(text, language)
    assert [each for each in given.split() if not numbers.may_give(Decimal(each))] == []
    assert [each for each in other.split() if numbers.may_give(Decimal(each))] == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The Elbe flows through Dresden and Hamburg."),
        ("de", "Die Behörden stellen ihre Verfahren elektronisch bereit."),
        ("fr", "Les autorités publient leurs décisions."),
        ("es", "Las autoridades publican sus decisiones."),
        ("ru", "Река течёт через город."),
        ("el", "Οι αρχές δημοσιεύουν τις αποφάσεις τους."),
        ("ar", "يجري النهر عبر المدينة."),
        ("hi", "नदी शहर से होकर बहती है।"),
        ("ja", "川は町を流れる。"),
        ("zh", "河流穿城而过。"),
    ],
)
def test_a_text_without_numbers_gives_none(language: str, text: str) -> None:
    """Its words are told from those that may say a number."""
    given = GivenNumbers.of(text, language)
    assert not any(given.may_give(Decimal(each)) for each in ("7", "40", "0.4", "1998"))


def test_what_an_article_or_a_dual_says_is_never_missed() -> None:
    """One, two and none have too many words: `a bridge`, `جسران`."""
    assert GivenNumbers.of("a bridge", "en").may_give(Decimal(1))
    assert GivenNumbers.of("جسران", "ar").may_give(Decimal(2))


def test_a_figure_is_told_with_all_it_may_mean() -> None:
    """With the scales and signs of its text."""
    ((printed, meanings),) = figures_given("about 8 million", "en")
    assert printed == "8"
    assert {Decimal(8), Decimal(8_000_000)} <= meanings


@pytest.mark.parametrize("language", ["de", "en", "zh", ""])
def test_one_number_alone_is_read_in_one_way(language: str) -> None:
    """What is typed is one number or none; text is not searched for it."""
    assert read_number("in 1998", language) is None
    assert read_number("1998", language) == 1998
    assert read_number("二十万", language) == 200_000
