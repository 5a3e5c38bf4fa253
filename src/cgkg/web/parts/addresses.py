"""Addresses of IRIs: which IRI a path asks for, in which format, and where each format is.

A version of a term has an address below the version IRI of its ontology, such as
`ontology/0.1.0/def/looksAfter` for `def/looksAfter`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from cgkg.errors import ResourceNotFoundError
from cgkg.http.negotiation import HTML
from cgkg.rdf.terms import IRI
from cgkg.web.request import SUFFIXES
from cgkg.web.site import Site

_BEYOND_ASCII = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")


@dataclass(frozen=True)
class Address:
    """What a path asks for.

    `iri` is the name that was asked for, `about` what is described: they differ where a version
    was asked for. `suffix` names the format, if the path does.
    """

    iri: IRI
    about: IRI
    suffix: str = ""

    @property
    def media_type(self) -> str:
        """The media type of the suffix, or nothing."""
        return SUFFIXES.get(self.suffix, "")

    @property
    def versioned(self) -> bool:
        """Whether a version was asked for."""
        return self.iri != self.about


def read_path(site: Site, name: str, sent: str) -> Address:
    """What a local path asks for.

    Args:
        site: whose names are known.
        name: the path, decoded.
        sent: the path as the client sent it: an IRI may itself hold percent signs.

    Raises:
        ResourceNotFoundError: no IRI can be made of it.
    """
    literal = _BEYOND_ASCII.sub(lambda part: unquote(part[0]), sent)
    if literal != name and not _is_named(site, name) and _is_named(site, literal):
        return _read(site, literal)
    return _read(site, name)


def _is_named(site: Site, name: str) -> bool:
    try:
        return _known(site, _read(site, name).about)
    except ResourceNotFoundError:
        return False


def _read(site: Site, name: str) -> Address:
    whole = read_name(site.settings.base + name)
    stem, dot, suffix = name.rpartition(".")
    if dot and suffix in SUFFIXES and not _known(site, whole):
        iri = read_name(site.settings.base + stem)
        return Address(iri, _about(site, iri), suffix)
    return Address(whole, _about(site, whole))


def read_name(text: str) -> IRI:
    """The IRI that is written here, perhaps in angle brackets.

    Raises:
        ResourceNotFoundError: it is none.
    """
    try:
        return IRI(text.strip().removeprefix("<").removesuffix(">"))
    except ValueError:
        raise ResourceNotFoundError(text) from None


def has_formats(site: Site, iri: IRI) -> bool:
    """Whether each format has an address of its own; names of other places have none."""
    return "?" not in site.path(iri)


def formats(site: Site, iri: IRI) -> Iterator[tuple[str, str]]:
    """Media type and path of every format of an IRI of this site."""
    if has_formats(site, iri):
        for suffix, media_type in SUFFIXES.items():
            yield media_type, f"{site.path(iri)}.{suffix}"


def format_path(site: Site, iri: IRI, media_type: str) -> str:
    """The path of one format, of the page where that is unknown."""
    paths = dict(formats(site, iri))
    return paths.get(media_type) or paths.get(HTML) or site.path(iri)


def _known(site: Site, iri: IRI) -> bool:
    return next(site.graph.quads(s=iri), None) is not None


def _about(site: Site, iri: IRI) -> IRI:
    versions = site.vocabulary.versions
    if iri in versions:
        return versions[iri]
    for version in versions:
        if iri.value.startswith(version.value + "/") and not _known(site, iri):
            term = IRI(site.settings.base + iri.value.removeprefix(version.value + "/"))
            return term if term in site.vocabulary.kinds else iri
    return iri
