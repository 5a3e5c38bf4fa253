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


# What texts say in other ways than the above, in words, too: the text, and its number.
SAID = {
    "en": """
        It was founded in the year nineteen ninety-eight. = 1998
        a quarter of households = 0.25
        half a million people = 500000
        about 1 200 000 residents = 1200000
        EUR 1.2m a year = 1200000
        $3.4 trillion = 3400000000000
        a dozen schools = 12
        some 1,200-odd = 1200
        the mid-1990s = 1990
        FY2019/20 = 2020
        7.5 per cent = 0.075
        25 basis points = 25
        reduced by −5 °C = -5
        3rd phase = 3
        21st century = 21
        at 09:30 = 9
        10⁶ units = 10
        ratio 1:3 = 3
        5-year plan = 5
        twice a year = 2
        thrice = 3
        several hundred thousand = 100000
        1.5 to 2.5 million = 1500000
        3,000-5,000 m² = 5000
        twofold = 2
        tens of thousands = 10000
        CO2 cut of 55% = 0.55
        one in five = 0.2
        fortnight 14 = 14
    """,
    "de": """
        zwölf Monate = 12
        1 094 Einwohner = 1094
        EUR 2,5 Mio = 2500000
        500 Tsd. Euro = 500000
        ein Drittel der Fläche = 0.333333
        § 3a Abs. 2 = 3
        anderthalb Jahre = 1.5
        halbjährlich = 0.5
        im 19. Jahrhundert = 19
        30 v. H. = 0.3
        2,5-Millionen-Programm = 2500000
        in 1990er Jahren = 1990
        100.000 Euro = 100000
        100 000 Euro = 100000
        sechs bis acht Wochen = 8
        ein Dutzend = 12
        vierteljährlich = 4
        die fünfzigste = 50
        zum 1. Januar 2020 = 1
        20 Prozent = 0.2
        ‰ 5 = 0.005
        zweihundertfünfzigtausend = 250000
    """,
    "fr": """
        un millier = 1000
        une quinzaine de jours = 15
        2 M€ = 2000000
        1,5 Md€ = 1500000000
        cinquante ans = 50
        les deux tiers = 0.666667
        10 % = 0.1
        deux cent mille = 200000
        XIXe siècle = 19
        un quart = 0.25
        1er mai 2020 = 5
        une centaine de communes = 100
        vingtaine = 20
    """,
    "es": """
        la mitad = 0.5
        1.5 millones = 1500000
        medio millón = 500000
        doscientos = 200
        quinientas = 500
        siglo XXI = 21
        5 mil personas = 5000
        un tercio = 0.33
        veintiuna = 21
        setecientas = 700
        3 MM = 3000000
        mil novecientos noventa = 1990
    """,
    "ru": """
        полтора миллиона = 1500000
        пятьдесят = 50
        четверть = 0.25
        сорока = 40
        1,2 млрд руб. = 1200000000
        500 тыс. человек = 500000
        в 1990-х годах = 1990
        двухсот = 200
        восьмидесяти = 80
        на треть = 0.33
        вдвое = 2
        XX век = 20
        сотни = 100
        втрое = 3
        1 млн 200 тыс. = 1200000
        ста = 100
        в пять раз = 5
        половина = 0.5
    """,
    "ja": """
        令和2年 = 2020
        約半数 = 0.5
        1億2,000万人 = 120000000
        一千万 = 10000000
        50％ = 0.5
        三分の一 = 0.33
        第3次 = 3
        2千人 = 2000
        ひとつ = 1
        平成30年度 = 2018
        十数 = 10
    """,
    "zh": """
        三十年 = 30
        2020年 = 2020
        百分之三点五 = 0.035
        三点五万 = 35000
        两成 = 0.2
        1.2万亿元 = 1200000000000
        第十三 = 13
        五百余 = 500
        一百二十多万 = 1200000
        一九九八年 = 1998
        九成以上 = 0.9
        3,500人 = 3500
        翻一番 = 2
        百分之十五 = 0.15
        二分之一 = 0.5
        一半 = 0.5
        两倍 = 2
        半年 = 0.5
        1,234.5公里 = 1234.5
        12 000人 = 12000
    """,
    "ar": """
        خمسون بالمئة = 50
        ٢٠٢٠ = 2020
        مئتا ألف = 200000
        ثلث السكان = 0.33
        1,094 = 1094
        ١٫٥ مليار = 1500000000
        40 في المئة = 0.4
        بثلاثين = 30
        للأربعين = 40
        عشرين = 20
        مليونين = 2000000
        ٣ ملايين = 3000000
        ألفين = 2000
    """,
    "hi": """
        आधा = 0.5
        पचास = 50
        पचहत्तर = 75
        निन्यानवे = 99
        साठ = 60
        ५ लाख = 500000
        5 हजार = 5000
        उनतीस = 29
        छियासी = 86
        अड़तालीस = 48
        चालीस = 40
        बयासी = 82
        तिरासी = 83
        इकहत्तर = 71
        बत्तीस = 32
        पैंतीस = 35
        सत्तावन = 57
        नब्बे = 90
        सैंतालीस = 47
        अस्सी = 80
        उनहत्तर = 69
        बानवे = 92
        चौंसठ = 64
        20 प्रतिशत = 0.2
    """,
    "el": """
        πενήντα = 50
        το ένα τρίτο = 0.33
        τριάντα = 30
        σαράντα = 40
        500 χιλιάδων = 500000
        2,5 εκατ. ευρώ = 2500000
        1,2 δισ. ευρώ = 1200000000
        διακόσια = 200
        τρίμηνο = 3
        εξήντα = 60
        ογδόντα = 80
        πεντακόσιες = 500
        μισό = 0.5
        έντεκα = 11
        τριακόσια = 300
        εβδομήντα = 70
        έξι = 6
        ενενήντα = 90
        εξακόσια = 600
        εννιά = 9
    """,
}


@pytest.mark.parametrize(("language", "lines"), SAID.items())
def test_what_a_text_says_is_never_missed(language: str, lines: str) -> None:
    """However it says it: what is not read is taken for what it may be."""
    pairs = [line.rsplit(" = ", 1) for line in lines.strip().splitlines()]
    assert len(pairs) > 10
    missed = [
        (text, number)
        for text, number in pairs
        if not GivenNumbers.of(text.strip(), language).may_give(Decimal(number))
    ]
    assert missed == []


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
