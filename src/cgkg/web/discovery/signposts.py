"""Links between what is served, for machines: the Link header (RFC 8288) and the whole link set
(RFC 9264), with the relations of Signposting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

from cgkg.formats import Format
from cgkg.http.negotiation import HTML
from cgkg.presentation.resource import Resource
from cgkg.rdf.iris import may_be_link
from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import DCTERMS, OWL, PROV, RDFS, SKOS
from cgkg.web.parts.addresses import Address, formats
from cgkg.web.site import Site

LINKSET = "application/linkset+json"
# More items than this are in the link set alone: headers have their limits.
MOST_ITEMS = 20
# Something is of a collection by one of these: a scheme, an ontology, a document.
_PART_OF = (SKOS.inScheme, SKOS.topConceptOf, RDFS.isDefinedBy, DCTERMS.isPartOf,
            PROV.wasQuotedFrom)  # fmt: skip
# What describes a page, of the formats that hold the same.
_DESCRIBING = (Format.TURTLE.media_type, Format.JSON_LD.media_type)
_PROVENANCE = "http://www.w3.org/ns/prov#has_provenance"


@dataclass(frozen=True)
class Link:
    """One link from what is described."""

    target: str
    relation: str
    type: str = ""

    def __str__(self) -> str:
        kind = f'; type="{self.type}"' if self.type else ""
        return f'<{uri(self.target)}>; rel="{self.relation}"{kind}'

    def as_dict(self, root: str) -> dict[str, str]:
        """The target as a link set has it: whole, below the site's root."""
        target = uri(urljoin(root, self.target))
        return {"href": target, **({"type": self.type} if self.type else {})}


def uri(text: str) -> str:
    """An IRI or path as the ASCII that headers carry."""
    return quote(text, safe="!#$%&'()*+,-./:;=?@[]_~")


def links(site: Site, address: Address, described: Resource, media_type: str) -> tuple[Link, ...]:
    """All links of a description in one of its formats."""
    candidates = (*_names(site, address), *_formats(site, address, media_type),
             *_around(site, described), *_pages(site, address, described, media_type),
             *_versions(site, address), *_collections(site, described),
             *_items(site, described))  # fmt: skip
    return tuple(
        link for link in candidates if link.target.startswith("/") or may_be_link(link.target)
    )


def header(links: Iterable[Link], linkset: str) -> str:
    """The Link header; where there are many items, they are left to the link set."""
    held = list(links)
    if sum(link.relation == "item" for link in held) > MOST_ITEMS:
        held = [link for link in held if link.relation != "item"]
    return ", ".join(map(str, (*held, Link(linkset, "linkset", LINKSET))))


def linkset(anchor: str, links: Iterable[Link], root: str) -> dict[str, Any]:
    """The link set as JSON (RFC 9264 §4.2), with links of the site below this root."""
    context: dict[str, Any] = {"anchor": anchor}
    for link in links:
        for relation in link.relation.split():
            context.setdefault(relation, []).append(link.as_dict(root))
    return {"linkset": [context]}


def _names(site: Site, address: Address) -> Iterator[Link]:
    yield Link(address.about.value, "canonical")
    yield Link(address.iri.value, "cite-as")


def _formats(site: Site, address: Address, chosen: str) -> Iterator[Link]:
    for media_type, path in formats(site, address.iri):
        if media_type == chosen:
            continue
        # What a person reads is described by data; data has the page beside it.
        described = chosen == HTML
        yield Link(path, "alternate", media_type)
        if described and media_type in _DESCRIBING:
            yield Link(path, "describedby", media_type)
        if media_type == Format.TRIG.media_type:
            yield Link(path, _PROVENANCE, media_type)
    if chosen != HTML:
        yield Link(address.about.value, "describes")


def _around(site: Site, described: Resource) -> Iterator[Link]:
    for kind in sorted(described.types, key=lambda iri: iri.value):
        yield Link(kind.value, "type")
    license_iri = site.license_of(described.iri)
    if license_iri:
        yield Link(license_iri, "license")


def _pages(site: Site, address: Address, described: Resource, media_type: str) -> Iterator[Link]:
    if described.pages == 1:
        return
    path = dict(formats(site, address.iri)).get(media_type) or site.path(address.iri)
    joint = "&" if "?" in path else "?"
    for relation, number in (
        ("first", 1), ("prev", described.page - 1),
        ("next", described.page + 1), ("last", described.pages),
    ):  # fmt: skip
        if 1 <= number <= described.pages:
            yield Link(f"{path}{joint}page={number}", relation)


def _versions(site: Site, address: Address) -> Iterator[Link]:
    if address.versioned:
        yield Link(site.path(address.about), "latest-version")
    stated = site.graph.quads(address.about, OWL.priorVersion)
    for prior in sorted({q.object.value for q in stated if isinstance(q.object, IRI)}):
        yield Link(prior, "predecessor-version")


def _collections(site: Site, described: Resource) -> Iterator[Link]:
    pairs = {(t.subject, t.object) for t in _parts(described) if t.subject == described.iri}
    named = sorted({whole.value for _, whole in pairs if isinstance(whole, IRI)})
    targets = [site.path(IRI(value)) for value in named] or ["/"]
    yield from (Link(target, "collection") for target in targets)


def _items(site: Site, described: Resource) -> Iterator[Link]:
    parts = {t.subject for t in _parts(described) if t.object == described.iri}
    for value in sorted(part.value for part in parts if isinstance(part, IRI)):
        yield Link(site.path(IRI(value)), "item")


def _parts(described: Resource) -> Iterator[Triple]:
    """What is part of what, as triples from the part to the whole."""
    for each in (*described.outgoing, *described.incoming):
        s, p, o = each.triple.subject, each.triple.predicate, each.triple.object
        if p in _PART_OF:
            yield each.triple
        elif isinstance(o, IRI) and (
            p == SKOS.hasTopConcept or (p == OWL.imports and _is_module(o, s))
        ):
            yield Triple(o, _PART_OF[0], s)


def _is_module(part: object, whole: object) -> bool:
    """Whether an ontology has its name below that of one that imports it."""
    return (
        isinstance(part, IRI)
        and isinstance(whole, IRI)
        and part.value.startswith(whole.value.rstrip("/#") + "/")
    )
