"""What the cutting of sentences must know of each language: data only, by BCP 47 tag.

A language that is not here is cut by the rules that hold everywhere. An entry that is changed cuts
documents in another way, so that it needs a new version of the cutter (`cgkg.document.cutting`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class CuttingRules:
    """The words of one language that the full stop depends on, in lower case and without it.

    Attributes:
        abbreviations: after them no sentence ends.
        before_numbers: abbreviations only where a number follows; else they may be words.
        may_end: abbreviations that end a sentence where a capital follows.
        may_end_before: such that end one only before one of `starters`.
        starters: words that a sentence begins with and a name does not.
        numbered: words before a number that the full stop is no part of: `Anlage 1.`
        ordinals: whether a full stop makes an ordinal of a number.
        endings: abbreviations that are the last part of a compound word.
        quotatives: what goes on after a question or call, without a blank, in the same sentence.
        particles: what does so after a quotation only.
        questions: marks that end a question, besides those of all languages.
        spaced_quotes: whether a blank stands before the mark that closes a quotation.
        conjunctions: words before which a hyphen at the end of a line stands for a part left out.
        headings: words that a numbered heading begins with, before or around its number.
        annexes: words that the heading of what follows the last part begins with, or consists of.
        nth: how the words for first, second, ... begin, in order.
        common: frequent words, by which a text is told from those in other languages; of a
            language that sets no blanks, frequent characters.
    """

    abbreviations: frozenset[str] = frozenset()
    before_numbers: frozenset[str] = frozenset()
    may_end: frozenset[str] = frozenset()
    may_end_before: frozenset[str] = frozenset()
    starters: frozenset[str] = frozenset()
    numbered: frozenset[str] = frozenset()
    ordinals: bool = False
    endings: tuple[str, ...] = ()
    quotatives: tuple[str, ...] = ()
    particles: tuple[str, ...] = ()
    questions: str = ""
    spaced_quotes: bool = False
    conjunctions: frozenset[str] = frozenset()
    headings: frozenset[str] = frozenset()
    annexes: frozenset[str] = frozenset()
    nth: tuple[str, ...] = ()
    common: frozenset[str] = frozenset()


def _rules(
    *,
    ordinals: bool = False,
    questions: str = "",
    spaced_quotes: bool = False,
    endings: str = "",
    quotatives: str = "",
    particles: str = "",
    nth: str = "",
    **words: str,
) -> CuttingRules:
    listed = {name: frozenset(text.split()) for name, text in words.items()}
    return CuttingRules(
        **listed,
        ordinals=ordinals,
        questions=questions,
        spaced_quotes=spaced_quotes,
        endings=tuple(endings.split()),
        quotatives=tuple(quotatives.split()),
        particles=tuple(particles.split()),
        nth=tuple(nth.split()),
    )


CUTTING_RULES: Final[Mapping[str, CuttingRules]] = {
    "en": _rules(
        abbreviations="mr mrs ms messrs dr prof hon rev gen col lt sgt capt gov sen rep pres st ste"
        " mt ft e.g i.e cf viz vs v al esp approx dept dist univ assn bros ca"
        " jan feb mar apr jun jul aug sept sep oct nov dec stat pub mgmt exec admin assoc int natl"
        " incl excl",
        before_numbers="no nos art arts sec secs sect p pp par para paras ch chap fig figs vol"
        " vols pt cl reg regs ex app ann tab eq ed l ll n nn r s ss c",
        may_end="etc a.m p.m jr sr inc ltd co corp llc plc esq ph.d m.d b.a m.a b.sc m.sc d.c",
        may_end_before="u.s u.k u.n e.u u.s.a u.s.c",
        starters="the a an this that these those it its they their he she his her we our you your"
        " i in on at by for from to with as if when while where although however but and or so"
        " such there no not all any each every some both many most more after before since under"
        " within during because once agencies nothing who what why how moreover furthermore",
        numbered="section sections part chapter article appendix annex schedule paragraph clause"
        " subsection title division rule table figure step phase level exhibit attachment option",
        conjunctions="and or to",
        headings="part chapter section sec article art appendix annex schedule title division",
        nth="first second third fourth fifth sixth seventh eighth ninth tenth",
        annexes="appendix annex schedule",
        common="the of and to in for is that by with shall be this which or are as on from it",
    ),
    "de": _rules(
        abbreviations="dr prof dipl ing hr fr bzw bspw ca vgl sog ggf evtl inkl exkl insb insbes"
        " zzgl abzgl einschl gem lt hrsg bearb geb gest verh max min mind mio mrd tsd str st"
        " jan feb mär apr jun jul aug sept okt nov dez mo di mi do fr sa d.h z.b u.a i.d.r i.v.m"
        " i.s.d u.u o.ä s.o s.u v.a z.t zit rn rdnr rspr entspr jew allg bes ehem urspr ausschl"
        " betr bezgl rd spez staatl techn versch vorl wiss zul z i.s d h bgbl rgbl gvbl abl"
        " banz bstbl gmbl drs fa co bzgl std abt ref bsp"
        " bekanntm i.d.f ggü n.f a.f",
        before_numbers="nr nrn art abs abschn absch aufl bd bde buchst kap s ss ziff ziffn anl tab"
        " abb anm fn hs halbs satz tel az teilz unterabs uabs ldnr lfd",
        may_end="usw etc u.s.w u.ä u.dgl dgl ff f v.h v.t",
        numbered="absatz absätze anlage anlagen anhang artikel abschnitt kapitel teil buch satz"
        " nummer nummern ziffer paragraph seite tabelle abbildung stufe phase klasse band abs nr"
        " nrn art § §§ kap anl ziff",
        ordinals=True,
        endings="str nr",
        conjunctions="und oder bzw sowie bis noch als",
        headings="teil kapitel abschnitt unterabschnitt titel artikel art anlage anhang buch",
        nth="erst zweit dritt viert fünft sechst siebt acht neunt zehnt",
        annexes="anlage anhang",
        common="der die das und ist nicht des den von zu im für mit auf eine werden dem sich oder",
    ),
    "fr": _rules(
        abbreviations="m mm mme mmes mlle dr pr me mgr st ste cf c.-à-d p.ex ex env éd al av bd fbg"
        " janv févr avr juil sept oct nov déc dép min max coll",
        before_numbers="n no nos art arts al p pp ch chap réf fig t vol par sect tabl ann l r d",
        may_end="etc cie s.a s.a.s s.a.r.l",
        numbered="article articles annexe chapitre section titre partie alinéa paragraphe livre"
        " point tableau figure étape phase",
        spaced_quotes=True,
        conjunctions="et ou",
        headings="titre chapitre section article art partie annexe livre",
        nth="premi deuxi troisi quatri cinqui sixi septi huiti neuvi dixi",
        annexes="annexe",
        common="le la les des et est dans pour que une du par sur au aux en qui ce avec sont",
    ),
    "es": _rules(
        abbreviations="sr sra sres srta dr dra prof d dña d.ª ud uds vd vds lic ing arq gral cnel"
        " p.ej ej cf aprox avda av c.p dpto ed ee.uu máx mín tel excmo excma ilmo ilma s.m rr.hh"
        " dª cc ee ff jj",
        before_numbers="art arts núm núms n no p pp pág págs cap caps fig vol t inc párr secc apdo"
        " ap nº n.º",
        may_end="etc s.a s.l s.l.u cía",
        numbered="artículo artículos anexo capítulo sección título parte apartado párrafo inciso"
        " punto cuadro tabla figura fase disposición libro",
        conjunctions="y o e u",
        headings="título capítulo sección artículo art parte anexo libro",
        nth="primer segund tercer cuart quint sext séptim octav noven décim",
        annexes="anexo",
        common="el la los las de que y en un una por con para del se es al su como no",
    ),
    "it": _rules(
        abbreviations="sig sigg sig.ra dott dott.ssa dr prof prof.ssa avv ing arch on es p.es cfr"
        " ca d.lgs d.l d.p.r l r.d gen feb mar apr mag giu lug ago set ott nov dic s.m.i tel ed",
        before_numbers="art artt n nn p pp pag pagg cap capp fig vol co par lett all tab sez",
        may_end="ecc etc s.p.a s.r.l s.n.c",
        numbered="articolo articoli allegato capitolo sezione titolo parte comma paragrafo punto"
        " tabella figura fase libro",
        conjunctions="e o ed",
        headings="titolo capo capitolo sezione articolo art parte allegato libro",
        nth="prim second terz quart quint sest settim ottav non decim",
        annexes="allegato",
        common="il la i le di che e in un una per con del della è non dei sono al si",
    ),
    "pt": _rules(
        abbreviations="sr sra srs dr dra prof profa eng arq exmo exma v.exa p.ex ex cf aprox av tel"
        " ed máx mín ltda",
        before_numbers="art arts n no nº p pp pág págs cap fig vol inc par tab al",
        may_end="etc s.a cia",
        numbered="artigo artigos anexo capítulo secção seção título parte parágrafo alínea inciso"
        " quadro tabela figura fase livro",
        conjunctions="e ou",
        headings="título capítulo secção seção artigo art parte anexo livro",
        nth="primeir segund terceir quart quint sext sétim oitav non décim",
        annexes="anexo",
        common="o a os as de que e em um uma por com para do da não se é ao dos",
    ),
    "nl": _rules(
        abbreviations="dhr mevr mw dr drs ir ing mr prof bijv bv b.v d.w.z o.a m.b.t i.v.m t.a.v"
        " t.o.v ca vgl evt incl excl resp zgn jl max min",
        before_numbers="nr nrs art artt lid blz p pp hfst par afb fig vol tab",
        may_end="enz etc e.d e.a",
        numbered="artikel artikelen bijlage hoofdstuk afdeling titel deel paragraaf lid tabel"
        " figuur fase boek onderdeel",
        conjunctions="en of",
        headings="hoofdstuk afdeling titel artikel art deel bijlage boek paragraaf",
        annexes="bijlage",
        common="de het een en van in is dat op te voor met zijn aan niet die bij wordt of",
    ),
    "pl": _rules(
        abbreviations="prof mgr inż hab np tj tzn tzw m.in ok ww wg por zob ul al śp gen",
        before_numbers="nr art ust pkt poz s str rozdz t lit par",
        may_end="itd itp r w",
        numbered="artykuł załącznik rozdział dział część tytuł tabela rysunek",
        ordinals=True,
        conjunctions="i lub oraz",
        headings="rozdział dział część tytuł artykuł art załącznik",
        annexes="załącznik",
        common="i w na z do się nie jest o że to przez oraz dla lub od po art których",
    ),
    "ru": _rules(
        abbreviations="т.е т.к т.н т.п. см ср напр гр гос им ул д корп кв обл р-н пос дер проф акад"
        " доц инж канд докт мин макс прим изд ред сост пер зам нач тел св"
        " утв янв февр фев апр авг сент сен окт нояб ноя дек",
        before_numbers="ст п пп ч гл разд рис табл стр с т абз подп прил № вып",
        may_end="г гг в вв руб коп тыс млн млрд др пр т.д т.п н.э т чел экз сек мин ч м км кг",
        numbered="статья статьи статье пункт пункта пункте глава главы раздел раздела часть части"
        " приложение приложения приложению таблица таблицы рисунок абзац",
        conjunctions="и или",
        headings="глава статья раздел часть приложение параграф",
        nth="перв втор трет четверт пят шест седьм восьм девят десят",
        annexes="приложение",
        common="и в на с по не для что от или к при из о об до за его как",
    ),
    "uk": _rules(
        abbreviations="т.зв див напр ім вул буд обл проф акад див",
        before_numbers="ст п пп ч гл розд рис табл стор с т абз",
        may_end="р рр ст грн тис млн млрд ін т.д т.п",
        numbered="стаття статті пункт розділ глава частина додаток таблиця",
        conjunctions="і й та або",
        headings="глава стаття розділ частина додаток",
        annexes="додаток",
        common="і в на з та не для що від або до за у про як при їх його є",
    ),
    "el": _rules(
        abbreviations="κ κα κκ κος δρ καθ π.χ δηλ βλ πρβλ λ.χ αγ ιαν φεβρ απρ ιουν ιουλ αυγ σεπτ"
        " οκτ νοε δεκ περ υπουργ τηλ ν.δ π.δ υ.α κ.υ.α",
        before_numbers="αρ αριθ άρθ άρθρ στ στοιχ αρθ παρ εδ περ σελ σ κεφ τ τόμ πίν ν",
        may_end="κ.λπ κλπ κ.ά κ.ο.κ μ.χ α.ε ε.π.ε",
        numbered="άρθρο άρθρου άρθρα κεφάλαιο τμήμα μέρος παράρτημα παράγραφος παραγράφου πίνακας",
        questions=";\u037e",
        conjunctions="και ή",
        headings="άρθρο κεφάλαιο τμήμα μέρος παράρτημα τίτλος",
        nth="πρώτ δεύτερ τρίτ τέταρτ πέμπτ έκτ έβδομ όγδο ένατ δέκατ",
        annexes="παράρτημα",
        common="και το του της η ο να με την των για από που στο οι τα σε είναι τον",
    ),
    "ja": _rules(
        abbreviations="dr mr mrs ms prof",
        quotatives="と って \u3001",
        particles="など の は が を に も や で へ より だ です",
        headings="第",
        annexes="附則",
        common="の に は を た が で て と し れ さ ある いる も する から な こと",
    ),
    "zh": _rules(
        abbreviations="dr mr mrs ms prof",
        headings="第",
        annexes="附则 附則 附录 附錄 附件",
        common="的 是 在 和 了 有 不 为 与 等 人 中 对 应 当 将 或 以 及 其",
    ),
    "ko": _rules(
        abbreviations="dr mr mrs ms prof",
        headings="제",
        annexes="부칙 별표",
        common="는 은 을 를 이 가 의 에 및 한다 하여 또는 수 있다 등",
    ),
    "ar": _rules(
        abbreviations="د أ م ص هـ ق.م ب.م أ.د ا.د",
        before_numbers="رقم م ص ج ف",
        may_end="الخ إلخ هـ ش.م.م",
        numbered="المادة مادة الفصل الباب القسم الملحق الفقرة البند الجدول",
        headings="المادة مادة الفصل الباب القسم الملحق ملحق",
        nth="الأول الثاني الثالث الرابع الخامس السادس السابع الثامن التاسع العاشر",
        annexes="الملحق ملحق",
        common="في من على إلى أن التي هذا عن مع هذه أو الذي كل بين لا ما كما وفقا",
    ),
}  # fmt: skip


def forms(word: str) -> tuple[str, ...]:
    """A word as it is spelled, and as capitals often are: without accents."""
    parts = unicodedata.normalize("NFD", word)
    bare = unicodedata.normalize("NFC", "".join(p for p in parts if not unicodedata.combining(p)))
    return (word,) if bare == word else (word, bare)
