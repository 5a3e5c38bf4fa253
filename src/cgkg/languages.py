"""The languages of pages and messages, and texts in them.

English is the language of the source. Any other language is one file,
`locale/<language>/LC_MESSAGES/cgkg.po`: a gettext catalogue, whose header `Language` is the tag
that pages carry. What can be said is marked in the source by gettext's own names, and `N_` or
`NP_` where it is translated later (`python tools/messages.py` collects it all).
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING

from cgkg.errors import ConfigError

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

SOURCE = "en"
_CATALOGUE = Path("LC_MESSAGES/cgkg.po")
_LANGUAGE = re.compile(r'^"Language: ([A-Za-z0-9_-]+)\\n"$', re.MULTILINE)
_MARKED = re.compile("([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)[:\uff1a]")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_SCRIPT = re.compile("-([A-Za-z]{4})(?=-|$)")
# Scripts that are written from right to left (ISO 15924), of languages alive.
_LEFTWARD = frozenset(
    ("Adlm", "Arab", "Aran", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi")
)
_MADE_FROM = "made from"
_HELD = 256  # languages of which something is kept; a request may name any
_HEADER = 4096  # characters; a catalogue says its language before them
_CONTEXT = "\x04"  # what gettext puts between a context and a message
_folders: tuple[Path, ...] = (Path(__file__).resolve().parent / "locale",)


def N_(message: str) -> str:
    """The message itself, marked as one that catalogues translate; `text` does so later."""
    return message


def NP_(context: str, message: str) -> str:
    """A message that needs its context to be translated, for `text`."""
    return context + _CONTEXT + message


@cache
def catalogues() -> Mapping[str, Path]:
    """The catalogue of every language that has one, by the language's tag."""
    paths = {path.parent.parent.name.replace("_", "-"): path
             for folder in _folders for path in folder.glob(f"*/{_CATALOGUE}")}  # fmt: skip
    return dict(sorted(paths.items()))


def known() -> tuple[str, ...]:
    """The languages there are, that of the source first."""
    return (SOURCE, *catalogues())


@contextmanager
def looking_in(*folders: Path) -> Iterator[None]:
    """For a while there are the languages of these folders too, as of `locale`."""
    global _folders
    before = _folders
    _folders = (*before, *folders)
    _forget()
    try:
        yield
    finally:
        _folders = before
        _forget()


def _forget() -> None:
    for held in (catalogues, translator, tag, name, _catalogue):
        held.cache_clear()


@lru_cache(_HELD)
def tag(language: str) -> str:
    """The tag of the language in HTML and HTTP, which may say more: its script, for one."""
    if language not in catalogues():
        return language
    with catalogues()[language].open(encoding="utf-8") as file:
        declared = _LANGUAGE.search(file.read(_HEADER))
    return declared[1].replace("_", "-") if declared else language


@lru_cache(_HELD)
def name(language: str) -> str:
    """What the language is called by those who speak it."""
    from babel import Locale, UnknownLocaleError  # only where a page or a command names languages

    try:
        return Locale.parse(language, sep="-").get_display_name() or language
    except (UnknownLocaleError, ValueError):
        return language


def match(wishes: Iterable[str]) -> str:
    """The language there is that suits the first of the wishes that one suits.

    Args:
        wishes: language tags, the dearest first: `zh-Hant-TW` takes `zh` for want of a better one.
    """
    return next((tag for wish in wishes if (tag := lookup(known(), wish)) is not None), SOURCE)


def lookup(tags: Iterable[str], wish: str) -> str | None:
    """The tag that suits a wish best, in any case of letters; None if none does (RFC 4647).

    It is the one wished for, else a more general one (lookup: `zh` for `zh-Hant`), else a more
    special one (filtering: `en-GB` for `en`).
    """
    held = {tag.lower(): tag for tag in sorted(tags)}
    ranges = [*_shortened(wish.lower())]
    special = (tag for part in ranges for tag in held if tag.startswith(f"{part}-"))
    return next((held[tag] for tag in (*ranges, *special) if tag in held), None)


def in_language(tag: str, language: str) -> bool:
    """Whether a text with the tag is in the language, `en-GB` in `en` (RFC 4647, filtering)."""
    return f"{tag.lower()}-".startswith(f"{language.lower()}-")


def is_tag(text: str) -> bool:
    """Whether it has the form of a language tag, such as en or zh-Hant (BCP 47)."""
    return _TAG.fullmatch(text) is not None


def find(texts: Mapping[str, str], language: str) -> str:
    """The text whose tag suits the language best, as `lookup` says; "" if none does."""
    if chosen := texts.get(language):
        return chosen
    tag = lookup((tag for tag, said in texts.items() if said), language)
    return "" if tag is None else texts[tag]


def pick(texts: Mapping[str, str] | None, language: str, others: Iterable[str] = ()) -> str:
    """The text in the language, else in a kindred one, in English, in one of the others, or in any;
    "" if there is none.

    Args:
        texts: by language tag; "" is the key of a text without one.
        language: the one that is wished for.
        others: languages to fall back to, the dearest first.
    """
    tag = choose(texts, language, others)
    return texts[tag] if texts and tag is not None else ""


def choose(
    texts: Mapping[str, str] | None, language: str, others: Iterable[str] = ()
) -> str | None:
    """The tag of the text that `pick` gives; None if there is none."""
    if not texts or texts.get(language):
        return language if texts else None
    held = [each for each in sorted(texts) if texts[each]]
    wishes = (lookup(held, each) for each in (language, SOURCE, *others))
    return next((each for each in (*wishes, *held) if each is not None), None)


def is_rightward(language: str) -> bool:
    """Whether a language is written from left to right; one that nothing is known of is."""
    from babel import Locale, UnknownLocaleError

    scripts = _SCRIPT.findall(language)
    if scripts:
        return scripts[0].title() not in _LEFTWARD
    for tag in _shortened(language):
        try:
            return bool(Locale.parse(tag, sep="-").text_direction != "rtl")
        except (UnknownLocaleError, ValueError):
            continue
    return True


def second(texts: Mapping[str, str], language: str, others: Iterable[str] = ()) -> tuple[str, str]:
    """Another language that the text is in and the text, for who reads two: ("", "") if none.

    Args:
        texts: by language tag.
        language: the one that is read first.
        others: languages to fall back to, the dearest first, as for `pick`.
    """
    first = choose(texts, language, others)
    taken = (language, first) if first else (language,)
    left = [each for each in sorted(texts) if not any(in_language(each, one) for one in taken)]
    suited = (lookup(left, each) for each in (*known(), *others) if not in_language(each, language))
    for each in (*suited, *left):
        if each is not None and texts[each] not in ("", texts[first] if first else ""):
            return each, texts[each]
    return "", ""


def number(value: Decimal, language: str, *, grouped: bool = True) -> str:
    """The number in full with the marks of the language, its thousands grouped unless told not."""
    from babel.core import UnknownLocaleError
    from babel.numbers import format_decimal

    plain = value.normalize()
    try:
        return format_decimal(plain, locale=language.replace("-", "_"),
                              decimal_quantization=False, group_separator=grouped)  # fmt: skip
    except (UnknownLocaleError, ValueError):
        return f"{plain:,f}" if grouped else f"{plain:f}"


def either(items: Sequence[str], language: str) -> str:
    """The items as a list of which one is meant: "a, b, or c"."""
    from babel.core import UnknownLocaleError
    from babel.lists import format_list

    try:
        return format_list(items, style="or", locale=language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return ", ".join(items)


def marked(line: str) -> tuple[str, str]:
    """The language that a line begins with, as in `fr: Qui aide qui ?`, and the rest of it.

    A line that begins with none is English, or in the language there is that has its script.
    """
    beginning = _MARKED.match(line)
    if beginning:
        return beginning[1].lower(), line[beginning.end() :].strip()
    scripts = _scripts(line) - {"LATIN"}
    fitting = (each for each in known() if scripts & _scripts(name(each))) if scripts else ()
    return next(iter(fitting), SOURCE), line


def _scripts(text: str) -> set[str]:
    """The scripts of the letters of a text, by the first words of their names in Unicode."""
    return {unicodedata.name(sign, "").partition(" ")[0] for sign in text if sign.isalpha()}


@lru_cache(_HELD)
def translator(language: str) -> NullTranslations:
    """The functions `gettext`, `ngettext`, `pgettext` and `npgettext` of a language.

    Raises:
        ConfigError: its catalogue cannot be read.
    """
    path = catalogues().get(language)
    if path is None:
        return NullTranslations()
    ready = path.with_suffix(".mo")
    if ready.is_file():
        with ready.open("rb") as file:
            catalogue = GNUTranslations(file)
        if catalogue.pgettext(_CATALOGUE.name, _MADE_FROM) == _digest(path):
            return catalogue
    return GNUTranslations(io.BytesIO(compiled(path)))


def words_of(folders: tuple[str, ...], language: str) -> dict[str, str | list[str]]:
    """What the files of folders say, with its translations, by message; plural forms in a list.

    Args:
        folders: their paths from the root of the source, as catalogues name places.
    """
    path = catalogues().get(language)
    words: dict[str, str | list[str]] = {}
    for message in _catalogue(path) if path else ():
        if message.id and any(place.startswith(folders) for place, _ in message.locations):
            one = message.id if isinstance(message.id, str) else message.id[0]
            said = message.string or ""
            words[one] = said if isinstance(said, str) else list(said)
    return words


def text(message: str, language: str) -> str:
    """A message marked by `N_` or `NP_` in the language."""
    context, mark, words = message.rpartition(_CONTEXT)
    catalogue = translator(language)
    return catalogue.pgettext(context, words) if mark else catalogue.gettext(message)


def translations(message: str, /, **values: object) -> dict[str, str]:
    """The message in every language there is, with these values in the places of their names.

    Args:
        message: as in the source, marked by being written here, or by `N_`.
        values: a mapping is a text by language.
    """
    texts = {}
    for language in known():
        own = {k: pick(v, language) if isinstance(v, Mapping) else v for k, v in values.items()}
        said = text(message, language)
        texts[language] = said.format(**own) if own else said
    return texts


def spoken(languages: Iterable[str]) -> dict[str, str]:
    """The languages that messages can be had in, each with the catalogue's language that suits it
    (RFC 4647, lookup); without any, that of the source."""
    suited = {each: lookup(known(), each) for each in languages}
    return {each: own for each, own in suited.items() if own is not None} or {SOURCE: SOURCE}


def numbered(message: str, number: object, languages: Iterable[str]) -> dict[str, str]:
    """A name made of a number, in each of the languages; where no catalogue has the words for it,
    the number alone.

    Args:
        message: marked for translation, with the place {number}.
    """
    suited = ((each, lookup(known(), each)) for each in languages)
    return {
        each: str(number) if own is None else text(message, own).format(number=number)
        for each, own in suited
    }


def _shortened(tag: str) -> Iterator[str]:
    """The tag, then what is left of it as parts go from its end."""
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]


@cache
def _catalogue(path: Path) -> Catalog:
    # Catalogues are kept as people write them and read once in a process.
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            return read_po(file, abort_invalid=True)
    except (OSError, PoFileError, ValueError) as error:
        raise ConfigError(f"{path}: {error}", hint="a gettext catalogue in UTF-8") from None


def compiled(path: Path) -> bytes:
    """A catalogue as gettext reads it (.mo); an entry says of which words it was made.

    What builds the package puts it beside the catalogue, where reading it takes a millisecond.

    Raises:
        ConfigError: the catalogue cannot be read.
    """
    from babel.messages.mofile import write_mo

    body = io.BytesIO()
    catalogue = _catalogue(path)
    catalogue.add(_MADE_FROM, _digest(path), context=_CATALOGUE.name)
    write_mo(body, catalogue)
    return body.getvalue()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
