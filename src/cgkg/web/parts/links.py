"""Addresses of pages that a reader narrows down: what they ask for, and links that change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from cgkg.errors import ResourceNotFoundError
from cgkg.http.requests import ProtocolError
from cgkg.rdf.notation import prefixed_name, read_iri
from cgkg.rdf.terms import IRI
from cgkg.web.parts.view import View
from cgkg.web.site import Site

Pair = tuple[str, str]


def written(site: Site, iri: IRI) -> str:
    """How an address names the IRI: by prefix where there is one."""
    return prefixed_name(iri.value, site.generation.prefixes) or iri.value


def read_written(site: Site, name: str, text: str) -> IRI:
    """The IRI that a parameter names, whole or by prefix.

    Raises:
        ProtocolError: it is none; says which parameter.
    """
    iri = as_iri(site, text)
    if iri is None:
        raise ProtocolError(
            f"{name}: {text[:200]!r} is no IRI and no name with a known prefix",
            hint="write a whole IRI, or a name such as skos:Concept",
        )
    return iri


def as_iri(site: Site, text: str) -> IRI | None:
    """The IRI that is written here, whole or by prefix, or None if it is none."""
    try:
        return read_iri(text, site.generation.prefixes)
    except ValueError:
        return None


def list_path(site: Site, of: IRI) -> str:
    """Where the list of a class or scheme is: below /browse as it is itself at the root."""
    path = site.path(of)
    if "?" not in path:
        return "/browse" + path
    name = prefixed_name(of.value, site.generation.prefixes)
    if name and "//" not in name:
        return "/browse/" + quote(name, safe="/:")
    return "/browse?of=" + quote(of.value, safe=":/")


def read_list_path(site: Site, name: str) -> IRI:
    """The class or scheme whose list is at this path below /browse.

    Raises:
        ResourceNotFoundError: no IRI can be made of it.
    """
    prefix, colon, _ = name.partition(":")
    try:
        if colon and prefix in site.generation.prefixes:
            return read_iri(name, site.generation.prefixes)
        return IRI(site.settings.base + name)
    except ValueError:
        raise ResourceNotFoundError(name) from None


@dataclass(frozen=True)
class Here:
    """The address that is answered; `pairs` are its parameters but for page and language."""

    view: View
    path: str
    pairs: tuple[Pair, ...]

    def to(self, *more: Pair, without: Iterable[str] = (), fragment: str = "") -> str:
        """The same address with more parameters, without all those of some names.

        What is added is not there twice.
        """
        dropped = set(without)
        kept = [pair for pair in self.pairs if pair[0] not in dropped and pair not in more]
        return self._at([*kept, *more], fragment)

    def less(self, pair: Pair) -> str:
        """The same address without one of its parameters."""
        return self._at([each for each in self.pairs if each != pair])

    def only(self, *pairs: Pair) -> str:
        """The same path with these parameters alone."""
        return self._at(list(pairs))

    def _at(self, pairs: list[Pair], fragment: str = "") -> str:
        path, _, fixed = self.path.partition("?")
        said = urlencode([*pairs, *self._language()], safe=":/")
        query = "&".join(filter(None, (fixed, said)))
        return path + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")

    def _language(self) -> list[Pair]:
        return [("lang", self.view.language)] if self.view.chosen else []

    def hidden(self, *without: str) -> list[Pair]:
        """What a form must repeat to keep the rest of the address."""
        _, _, fixed = self.path.partition("?")
        of = [("of", fixed.removeprefix("of="))] if fixed else []
        return [*of, *(pair for pair in self.pairs if pair[0] not in without), *self._language()]


def number_in(arguments: Mapping[str, str], name: str) -> int | None:
    """The whole number that a parameter gives, or None without one.

    Raises:
        ProtocolError: it is none, or has more than nine digits.
    """
    text = arguments.get(name, "").strip()
    if not text:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise ProtocolError(f"{name}: {text[:50]!r} is no whole number")
    return int(text)
