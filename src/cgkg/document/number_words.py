"""What tells that a text may say a number in words, by BCP 47 tag: data only.

The words are not read: they are inflected, joined and ordinal, and no library knows all of that.
It is enough to know that a number may be in them, since then nothing is said against a clause.
Patterns hold of words in lower case and without accents, from where a word begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_BEGINNINGS: Final = {
    "en": """
        one$ ones once two twi three thric four fiv fif six seven eight nin ten$
        tens$ tent elev twel thir fort twen hundr thous milli billi trilli doz half halv
        quart doubl tripl trebl both coupl pair single second zero scor decad centur
        ninet quadr quint lakh crore
    """,
    "de": """
        eins$ einund einhund eintaus zwei zwo beid drei dritt vier funf sech sieb siebz
        acht neun zehn elf zwolf hundert tausend milli billi dutz halb half doppel
        anderthalb paar null jahrhundert jahrzehnt
    """,
    "fr": """
        deux trois quatr cinq six sept$ septi septa huit neuf neuv dix onz douz treiz
        quatorz quinz seiz vingt trent quarant cinquant soixant cents?$ centi centai
        centen mille milli demi moiti tiers quarts?$ doubl tripl second zero premi siecl
        decenni nonant septant octant huitant pair
    """,
    "es": """
        dos$ tres cuatr cinc seis siet och nuev diez diec onc doc trec catorc quinc
        veint treint cuarent cincuent quinient sesent setent ochent novent ciento cien
        dosc mil billon medi[oa]s?$ mitad terc cuart doble tripl ambos ambas segund cero
        sext sept oct nov decim decen decad par$ siglo setec novec
    """,
    "it": """
        due tre quattr cinq sei sett ott nov diec decim decin undic dodic quindic sedic
        dicia dicio vent trent quarant cinquant sessant cent mill mil mezz meta terz
        quart quint dopp tripl entramb second zero
    """,
    "pt": """
        dois duas duz tres trez quatr cinc seis sete seti oit nov dez onz doz catorz
        quatorz quinz vint trint quarent cinquent quinhent sessent cem$ cent mil bilh
        meta mei[oa]s?$ terc quart quint dobr tripl amb[oa]s$ segund zero decim decad
    """,
    "nl": """
        twee drie derd vier vijf zes zev acht neg tien elf twaalf twaalv dert veert
        vijft twint tacht honderd duizend milj half halv kwart dubbel beid nul eenen
        paar dozijn tweed
    """,
    "pl": """
        dw ob(?:a|ie|oj|u)$ trz czt czw pi[ea] szes szos sied siod osi osm dzie[wsc]
        jedena st[oau] set tysi mil pol par[aey] tuzin drug zer kilk podw
    """,
    "ru": """
        дв об[ае] трех три трет трои трем четыр четв пят шест сем восем восьм осьм девят
        десят один сорок девян сто$ сот ста$ стам тысяч миллион миллиард пол нол нул
        дюжин пара пару перв втро вчетв впят полтор удво утро дважд трижд столет десятилет
    """,
    "uk": """
        дв об[аи] трьох три трет трой трьом чотир четв п.?ят шiст шіст шест сiм сім сьом
        сем вісім восьм дев десят один сорок сто$ сот ста$ тисяч мільйон мільярд пів нол
        нул перш друг подв
    """,
    "el": """
        δυο διπλ δυ[οω] δευτ τρει τρια τριω τριτ τρι πενη εξακ τεσσ τεταρτ πεντ πεμπτ εξι εξη εκτ
        επτα εφτα εβδομ οκτ οχτ ογδο εννε εννι ενεν ενατ δεκ δωδεκ εντεκ ενδεκ εικοσ
        σαραντ εκατ χιλι δισ μισ ημισ διακοσ μηδεν αμφοτ ζευγ τετρ πρωτ αιων
    """,
    "ar": """
        واحد احد أحد إحد اثن إثن أثن ثان ثلاث ثلث ثالث أربع اربع رابع ربع خمس خامس ست
        سادس سدس سبع سابع ثمان ثامن ثمن تسع تاسع عشر عاشر مائ مئ مات ألف الف آلاف الاف
        مليون ملايين مليار نصف ضعف أضعاف زوج كلا كلت صفر أول عقد قرن
    """,
    "hi": """
        एक दो$ दोन दोगु दुग दू तीन तीस ति तै तें तृ चार चौ चव चवा पांच पाँच पच पं पैं छ
        छः सात सत सै सैं सर आठ अठ अड अस नौ नव नि निन दस दश ग्यार बार बा तेर तेई सोल उन
        बीस इक सौ हजार हज़ार लाख करोड अरब आध आधा साठ चाली बय बत बहत्त नब
        डेढ ढाई पौ सवा साढ शून्य दर्जन प्रथम
        पहल दोहर शत
    """,
    "ja": """
        ひと ふた みっ よっ いつつ むっ ななつ やっつ ここのつ とお 両 双 半 倍 ゼロ ダース
    """,
}
_WRITTEN_BEFORE: Final = {"ar": "[وفبلك]{0,2}(?:ال|ل)?"}  # particles that are part of the word

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        language: f"{_WRITTEN_BEFORE.get(language, '')}(?:{'|'.join(words.split())})"
        for language, words in _BEGINNINGS.items()
    }
)
"""Beginnings of words of numbers, ordinals, fractions and multiples; of Japanese, words that are
no figures, which are read."""

READ: Final = frozenset({"zh"})
"""Languages of which every number in words is read, since its characters are figures."""

UNSPACED: Final = frozenset({"ja"})
"""Languages that set no blanks: their words may begin anywhere."""

PERCENT: Final = (
    r"per\s?cent|\bpct\b|prozent|\bv\.\s?h\b|vom hundert|p\.\s?100|p\.\s?c\.|por c(?:iento|ento)"
    r"|per cento|procent|процент|відсот|τοις εκατο|パーセント|المائة|المئة|प्रतिशत|फीसदी|फ़ीसदी"
)
"""Words for a hundredth, beside those that CLDR has."""

SCALES: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType({
    "en": {"hundred": 100, "dozen": 12, "bn": 10**9, "mn": 10**6, "m": 10**6, "tn": 10**12,
           "lakh": 10**5, "crore": 10**7},
    "de": {"hundert": 100, "tsd": 1000, "dutzend": 12, "mill": 10**6},
    "fr": {"cents": 100, "mrd": 10**9, "mds": 10**9, "mio": 10**6, "douzaines": 12},
    "es": {"cientos": 100, "mm": 10**6, "mill": 10**6, "mdd": 10**6},
    "el": {"εκατ": 10**6, "δισ": 10**9, "χιλ": 1000},
    "ru": {"тыс": 1000, "сот": 100},
    "ar": {"بليون": 10**9, "بلايين": 10**9, "تريليون": 10**12, "مئة": 100, "مائة": 100},
    "hi": {"हजार": 1000, "करोड": 10**7, "लाख": 10**5, "मिलियन": 10**6, "बिलियन": 10**9, "सौ": 100},
})  # fmt: skip
"""Scales that documents put beside figures and CLDR's compact numbers do not have."""
