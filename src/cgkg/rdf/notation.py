"""Reading terms and triples as a person writes them: prefixed names, IRIs, literals."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import RDF, STANDARD

_LITERAL = re.compile(
    r'"(?P<text>(?:[^"\\]|\\.)*)"(?:@(?P<lang>[A-Za-z]+(?:-[A-Za-z0-9]+)*)|\^\^(?P<type>\S+))?$',
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPES: Mapping[str, str] = {
    "t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\",
}  # fmt: skip
_IN_BRACKETS = re.compile(r"<([a-z]+:[^<>\s]+)>")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(?:@\S+|\^\^\S+)?|<[^>]*>|\S+', re.DOTALL)


def prefixed_name(iri: str, prefixes: Mapping[str, str]) -> str | None:
    """The IRI with the longest prefix that fits, or None if none does."""
    fits = [(name, base) for name, base in prefixes.items() if iri.startswith(base)]
    if not fits:
        return None
    name, base = max(fits, key=lambda item: len(item[1]))
    return f"{name}:{iri[len(base) :]}"


def abbreviate_text(text: str, prefixes: Mapping[str, str]) -> str:
    """A text for people with the IRIs in angle brackets written as they write them."""

    def short(match: re.Match[str]) -> str:
        name = prefixed_name(match[1], prefixes)
        return name if name and not set("/#?%") & set(name) and name[-1] != ":" else match[0]

    return _IN_BRACKETS.sub(short, text)


def read_triple(text: str, prefixes: Mapping[str, str] = STANDARD) -> Triple:
    """The triple that a text such as `my:garden a cg:Place` says; a full stop may end it.

    Raises:
        ValueError: it is not three terms, or one of them is no term.
    """
    tokens = _TOKEN.findall(text)
    if tokens and tokens[-1] == ".":
        tokens.pop()
    if len(tokens) != 3:
        raise ValueError(f"{text[:200]!r} is not a subject, a property and a value")
    predicate = RDF.type if tokens[1] == "a" else read_iri(tokens[1], prefixes)
    return Triple(read_iri(tokens[0], prefixes), predicate, read_term(tokens[2], prefixes))


def read_term(text: str, prefixes: Mapping[str, str] = STANDARD) -> IRI | Literal:
    """An IRI as `read_iri` takes it, or a literal in N-Triples syntax.

    Raises:
        ValueError: it is neither.
    """
    match = _LITERAL.match(text)
    if match is None:
        return read_iri(text, prefixes)
    value = _ESCAPE.sub(_unescape, match["text"])
    if match["lang"]:
        return Literal(value, language=match["lang"])
    if match["type"]:
        return Literal(value, datatype=read_iri(match["type"], prefixes))
    return Literal(value)


def read_iri(text: str, prefixes: Mapping[str, str] = STANDARD) -> IRI:
    """An IRI given whole, in angle brackets, or as a name with one of the prefixes.

    Raises:
        ValueError: it is none of these.
    """
    bare = text.removeprefix("<").removesuffix(">").strip()
    prefix, colon, rest = bare.partition(":")
    if colon and not rest.startswith("//") and prefix in prefixes:
        bare = prefixes[prefix] + rest
    try:
        return IRI(bare)
    except ValueError:
        raise ValueError(f"{text[:200]!r} is no IRI and no name with a known prefix") from None


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        # Not every number is a character; such an escape stays as written.
        number = int(code, 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else match[0]
    return _ESCAPES.get(match[3], match[0])
