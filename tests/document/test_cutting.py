"""Where sentences end, language by language: the table of samples is the specification."""

from __future__ import annotations

import pytest
from paths import ROOT

from cgkg.document.cutting import LATEST, cutter, guess_language
from cgkg.document.cutting_rules import CUTTING_RULES

# `|` stands where a sentence ends within the block. Full-width marks are escapes.
SAMPLES = {
    "en": [
        'Art. 3. Agencies act.| See Reg. (EU) 2021/1119.',
        'See pp. 5–10.| Next.',
        'Incl. Part B.| Ok.',
        "The U.S. Government acts.| The policy ends.",
        "See Sec. 5 and Art. 3 of the Act.| It applies.",
        "It costs $1.5 million.| Mr. J. Smith agreed.",
        "Agencies (e.g. the EPA, i.e. ours) act.| No. 5 is open.",
        "The answer is no.| He left.",
        "It was signed in the U.S.| The law holds.",
        "Items: 1. Plan A. 2. Plan B.",
        "1. Cut emissions by 40 percent by 2030.",
        "\u201cIt works.\u201d| She left.",
        "Does it work?| Yes!| Good.",
        "See Code.gov.| Then go.",
        "Visit https://a.b/c?d=1 now.| Done.",
        "In 2030.| 15 agencies act.",
        "He said \u201cStop!\u201d and left.",
        "Foods, drinks, etc.| The end.",
        "Use etc. as needed.",
        "(1) This Act applies.| (2) It ends.",
        "See Appendix A.| It lists all.",
        "By 5 p.m. on Monday.| Then wait ... or not.",
        "40 U.S.C. § 11103 applies.| So be it.",
        "The end of policy.[12]| New one.",
        "Cut to 40 percent.| In 2031. it",
        "We met at 5 p.m.| He spoke.",
    ],
    "de": [
        'Die Fa. Meyer GmbH & Co. KG baut.| Bzgl. Satz 3 gilt das.',
        'Es sinkt um 40 v. H.| Das gilt.',
        '§ 3. Zweck.',
        "Das gilt nach § 4 Absatz 1.| Die Behörde handelt.",
        "Am 3. Dezember 2020 trat es in Kraft.| Der 1. Abschnitt gilt.",
        "Siehe Nr. 5 und Abs. 2 Satz 1.| Das gilt z. B. für Ämter.",
        "Dr. Müller u. a. Personen kamen.| Ende.",
        "Kosten usw.| Die Länder zahlen.",
        "Nach Anlage 1.| Die Werte sinken.",
        "Im 19. Jahrhundert.| Ende.",
        "Fragen?| Antworten!| „Gut.\u201c| Weiter.",
        "Bis 2030.| Danach nicht.",
        "Änderung durch Art. 1 G v. 16.7.2021 I 2941 (Nr. 46) textlich.| Ölpreise steigen.",
        "Der Anteil steigt auf 65 %.| Über allem steht es.",
        "Art. 154a Nr. 3 Buchst. a G v. 20.11.2019 gilt.",
        "i. V. m. § 5 Abs. 3 gilt.| Ende.",
    ],
    "fr": [
        'Voir coll. Droit, ch. IV, réf. 12.| Fin.',
        "M. Dupont, cf. art. 5, arrive.| Il part.",
        "« Oui. »| Il part.",
        "« Est-ce vrai ? » demande-t-il.",
        "Article 3. Les agents servent.",
        "Voir p. 12.| À bientôt !| Ça va ?| École.",
        "L. 123-4 du code.| État.",
        "etc.| La suite.",
    ],
    "es": [
        'EE. UU. y las CC. AA. firman.| Nº. 5 rige.',
        'Art. 3.º. Objeto.',
        "El Sr. Pérez llegó.| ¿Qué dijo?| ¡Nada!| Así fue.",
        "Véase el art. 5, núm. 3.| Ésta es la ley.",
        "EE.UU. firmó.| Fin.",
    ],
    "ru": [
        'На 1 янв. 2025 г. было так.| Конец.',
        "В 2020 г. был принят закон.| Он действует.",
        "Закон принят в 2020 г.| Он действует.",
        "Согласно п. 5 ст. 3 и т.д.| Далее.",
        "А. С. Пушкин жил в г. Москве.| Ёлка.",
        "См. рис. 5.| Это т. е. так.",
        "3.21. Помещения должны быть сухими.| Они моются.",
        "10 тыс. руб.| Это много.",
        "В XIX в.| Потом.",
    ],
    "el": [
        'Βλ. άρθρ. 5.| Τέλος.',
        "Τι είναι αυτό;| Είναι νόμος.",
        "Βλ. άρθρο 5 παρ. 2 του ν. 4412/2016.| Ισχύει π.χ. για όλους.",
        "Η κα. Παπά ήρθε.| Άλλο.",
    ],
    "ja": [
        "行う\uff0e|次は３\uff0e５である\uff0e",
        "あ\uff0e計画\u3002",
        "Dr. Smithが言った\u3002",
        "これは法律です\u3002|次の文\u3002",
        "\u300c終わった\u3002\u300dと言った\u3002|次\u3002",
        "\u300c本当か\uff1f\u300dと聞いた\u3002|はい\uff01|次\u3002",
        "\uff08注\u3002\uff09|次\u3002",
    ],
    "zh": [
        "这是法律\u3002|第二句\uff01|真的\uff1f|好\u3002",
        "他说\u201c已完成\u3002\u201d|并离开\u3002",
        "增长3.5%\u3002|到2030年\u3002",
    ],
    "ar": [
        "يلي: ١. الأول؛ ٢. الثاني.",
        "هذا قانون.| وهو نافذ.",
        "ما هذا؟| هذا نص.",
        "قال د. أحمد إن المادة 5 نافذة.| انتهى.",
        "وفقا للمادة 3.| ثم انتهى.",
    ],
    "ko": ["2030. 12. 31.까지 시행한다.| 끝이다."],
    "en-GB": ["See s. 5 of the Act.| It applies."],
    "it": ["L\u2019art. 5 del d.lgs. n. 33 si applica.| \u00c8 in vigore, ecc."],
    "pt": ["O art. 5 aplica-se.| \u00c9 lei.| N\u00e3o muda."],
    "nl": ["Zie art. 5, d.w.z. het tweede lid.| Het geldt."],
    "pl": ["Zob. art. 5 ust. 2 pkt 1.| Obowi\u0105zuje od 2020 r.| Koniec."],
    "uk": ["У 2020 р. це було.| Є дія."],
    "ur": ["یہ قانون ہے\u06d4| یہ بھی\u06d4"],
    "hi": ["यह कानून है\u0964| यह भी\u0964"],
    "x-none": ["It is 3.5 km long.| Yes.| (1) No.", "a) one", "J. Smith"],
}  # fmt: skip


SAMPLES_OF_LAWS = {
    "en": [
        "The Secretary, pursuant to sec. 5(b), acts.| The Act ends.",
        "Pub. L. 104-231 applies.| It is law.",
        "The committee (cf. Fig. 2) met at 10 a.m. on Monday.| It voted.",
        "Section 3(a)(1).| The term applies.",
        "Under Art. 6.1 TFEU, etc.| See Annex II.| Fine.",
        "The St. Louis office, Dr. Lee et al. agreed.| Yes.",
        "It rose by 3.5%.| In 2019, it fell.",
        "Go to www.example.org.| Then read.",
        "He works at Acme Inc.| She does not.",
        "Is it (really?) so.| Yes.",
        "\"Act now!\" she said.| He did.",
        "The Council adopted Regulation (EU) No 525/2013.| It applies.",
        "Mr. and Mrs. Smith vs. U.S. Dept. of State.| Done.",
        "Version 2.0.| The next.",
        "See note 5.| The Agency agrees.",
    ],
    "de": [
        "Die VO (EG) Nr. 1049/2001 gilt.| Sie ist unmittelbar anwendbar.",
        "Art. 5 Abs. 1 S. 2 GG.| Das Grundrecht gilt.",
        "Er kam am 1. Januar 2020 an.| Der 2. Senat entschied.",
        "Das kostet ca. 3 Mio. Euro.| Mehr nicht.",
        "Vgl. BT-Drs. 19/1234, S. 5 ff.| Die Regierung lehnt ab.",
        "Gem. § 3 Abs. 2 Nr. 4 Buchst. b gilt das nicht.| Ende.",
        "Prof. Dr. h. c. Maier, geb. 1950, kam.| Er sprach.",
        "Im Jahr 2019.| Danach folgte es.",
        "Die Werte liegen bei 5,3 %.| Der Rest fehlt.",
        "Das ist d. h. nicht alles.| Es gibt z. B. Ausnahmen.",
        "Teil A.| Die Behörde.",
        "Er sagte: „Das geht nicht.\u201c| Dann ging er.",
        "Anhang II.| Die Stoffe sind verboten.",
        "Nach Ablauf des 31. Dezember 2025.| Die Frist endet.",
        "Das 21. Jahrhundert begann.| Ja.",
        "Sie zahlt 100 Euro pro Monat.| Er nichts.",
        "Stand: 31.12.2023.| Die Liste wird ergänzt.",
    ],
    "fr": [
        "L'article L. 312-1 du code s'applique.| Il est modifié.",
        "La loi n° 78-17 du 6 janv. 1978 s'applique.| Elle vise les données.",
        "Le décret no 2019-341 est abrogé.| Un arrêté suit.",
        "Selon l'art. R. 5, al. 2, M. le maire décide.| Il signe.",
        "Elle vaut 3,5 M€.| Voir annexe 2.| Fin.",
        "Est-ce vrai ?| Oui !| Très bien.",
        "Les p. 5 et s. le disent.| Ainsi soit-il.",
        "Mme. Durand, Dr. Petit et MM. Roux et Blanc.| Tous.",
    ],
    "es": [
        "Según el Art. 14 de la C.E., todos son iguales.| Nadie lo duda.",
        "El D. Juan y la Dña. Ana firmaron.| Después salieron.",
        "Véase la pág. 5 y ss.| Más adelante.",
        "Ley 39/2015, de 1 de octubre.| Artículo 3.| Los interesados.",
        "El núm. 3 del apdo. 2.| Así es.",
        "¿Cuándo?| ¡Ya!",
        "Costó 1.500,50 euros.| Fue caro.",
    ],
    "ru": [
        "По п. 1 ст. 5 закона № 152-ФЗ от 27.07.2006 г. оператор обязан.| Он отвечает.",
        "Температура 20 °С.| Влажность 60 %.| Далее.",
        "Приказ Минздрава РФ от 5 мая 2012 г. № 502н действует.| Он опубликован.",
        "1.1. Общие положения.| Настоящие правила действуют.",
        "Население 3 млн. человек.| Площадь 5 тыс. кв. км.| Всё.",
        "и т. д.| Затем.",
        "ул. Ленина, д. 5, кв. 3.| Адрес.",
        "Что это?| Закон!",
    ],
    "el": [
        "Σύμφωνα με το άρθρο 5 του Ν. 3861/2010 (Α΄ 112) ισχύει.| Αυτό αρκεί.",
        "Ο κ. Παπαδόπουλος ήρθε.| Μίλησε.",
        "Η παρ. 3 καταργείται κ.λπ.| Τέλος.",
    ],
    "ar": [
        "وفقا للمادة رقم 5 من القانون.| يسري هذا.",
        "صدر عام 2020م.| ثم نشر.",
        "قال: \"انتهى.\"| وغادر.",
    ],
    "ja": [
        "令和２年４月１日に施行する\u3002|ただし\u3001第３条は除く\u3002",
        "\u300c安全第一\u3002\u300dが標語だ\u3002|次へ\u3002",
        "Version 2.0を使う\u3002|以上\u3002",
        "本当ですか\uff1f\uff01|はい\u3002",
        "目標は3.5％です\u3002|次\u3002",
    ],
    "zh": [
        "《中华人民共和国环境保护法》第一条\u3002|为保护环境\u3002",
        "他问\uff1a\u201c好吗\uff1f\u201d|我答\uff1a\u201c好\uff01\u201d",
        "温度为3.5℃\u3002|湿度高\u3002",
        "见 www.gov.cn\u3002|完\u3002",
        "\uff08一\uff09总则\u3002|第二",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "sample"),
    [
        (language, sample)
        for table in (SAMPLES, SAMPLES_OF_LAWS)
        for language, samples in table.items()
        for sample in samples
    ],
)
def test_sentences_end_where_the_sample_says(language: str, sample: str) -> None:
    """Abbreviations, ordinals, initials, quotations, numbers of items, decimals, addresses."""
    text = sample.replace("|", "")
    found = [text[start:end] for start, end in cutter(LATEST, language)(text)]
    assert found == [part.strip() for part in sample.split("|")]


def test_the_languages_that_are_promised_have_rules_and_samples() -> None:
    """Each of them, by its tag."""
    promised = {"en", "de", "fr", "es", "ru", "el", "ja", "zh", "ar"}
    assert promised <= CUTTING_RULES.keys()
    assert promised <= SAMPLES.keys()


def test_a_tag_with_a_region_has_the_rules_of_its_language() -> None:
    """`de-AT` is cut as `de`; without the rules the ordinal would end a sentence."""
    text = "Am 3. Dezember gilt es."
    assert len(list(cutter(LATEST, "de-AT")(text))) == 1
    assert len(list(cutter(LATEST, "x-none")(text))) == 2


def test_the_document_that_ships_is_cut_alike_by_both_cutters(document: object) -> None:
    """Its 175 sentences are cited by number; a later cutter must not want others."""
    path = ROOT.parent / "shared" / "source" / "city-clusters.zh.txt"
    for line in path.read_text("utf-8").split("\n"):
        assert list(cutter(1, "zh")(line)) == list(cutter(LATEST, "zh")(line))


@pytest.mark.parametrize("text", ["", " ", ".", "...", "?!", "1.", ". .", "a" * 5000 + "."])
def test_odd_blocks_are_cut_without_an_error(text: str) -> None:
    """What has no words, too; the pieces are trimmed and in order."""
    for version in (1, LATEST):
        places = list(cutter(version, "en")(text))
        assert all(text[a:b] == text[a:b].strip() != "" for a, b in places)
        assert places == sorted(places)


def test_an_unknown_cutter_is_an_error() -> None:
    """A table of a later release is not cut by guess."""
    with pytest.raises(LookupError):
        cutter(LATEST + 1, "en")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The agency shall publish the code and keep it open for all of the public."),
        ("de", "Die Beh\u00f6rde stellt den Zugang zu den Verfahren bereit und ist nicht frei."),
        ("fr", "Les agents de la commune sont dans le service et les aides ne sont pas l\u00e0."),
        ("es", "La ley no se aplica en el municipio y las normas de los pa\u00edses que la usan."),
        ("ja", "\u6771\u4eac\u306e\u6761\u4f8b\u304c\u3042\u308b\u3002"),
        ("zh", "\u672c\u6cd5\u7684\u5b9e\u65bd\u5e94\u5f53\u6709\u5229\u4e8e\u4eba\u6c11\u3002"),
    ],
)
def test_a_language_is_told_by_its_frequent_words(language: str, text: str) -> None:
    """Where nobody says in which language a document is."""
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Статья 1. Предмет закона\n1. Органы власти обязаны сажать деревья в городах."),
        ("zh", "第一条 为了保护公园，制定本条例。\n第二条 综合公园；专类公园。"),
        ("ar", "المادة ١\nيحمي هذا القانون الحدائق العامة.\nتزرع كل بلدية ٥٠٠ شجرة."),
    ],
)
def test_in_a_script_of_its_own_few_words_tell_a_language(language: str, text: str) -> None:
    """A short law names many things and has few words of grammar."""
    assert guess_language(text) == language


def test_a_text_of_no_known_language_is_not_guessed() -> None:
    """Nor one without letters."""
    assert guess_language("12 34 56") is None
    assert guess_language("قانون پارک‌ها برای شهرها نوشته شد و همه باید بدانند") is None
    assert guess_language("Xyzzy plugh frotz gnusto rezrov.") is None
