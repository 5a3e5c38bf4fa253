"""What search engines read in a page: JSON-LD in the terms of schema.org.

It stands in a `script` element of the type of JSON-LD, which browsers do not execute.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import request
from markupsafe import Markup

from cgkg.formats import Format
from cgkg.languages import known
from cgkg.presentation.resource import Resource
from cgkg.rdf.iris import may_be_link
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import CG, OWL, RDF, RDFS, SKOS, Namespace
from cgkg.web.parts.view import View

_CONTEXT = "https://schema.org/"
_ORG = Namespace("http://www.w3.org/ns/org#")
_GEO = Namespace("http://www.opengis.net/ont/geosparql#")
# The first that fits, by asserted and inferred types.
_TYPES: tuple[tuple[IRI, str], ...] = (
    (OWL.Ontology, "DefinedTermSet"),
    (SKOS.ConceptScheme, "DefinedTermSet"),
    (OWL.Class, "DefinedTerm"),
    (RDFS.Class, "DefinedTerm"),
    (OWL.ObjectProperty, "DefinedTerm"),
    (OWL.DatatypeProperty, "DefinedTerm"),
    (OWL.AnnotationProperty, "DefinedTerm"),
    (RDF.Property, "DefinedTerm"),
    (SKOS.Concept, "DefinedTerm"),
    (_GEO.Feature, "Place"),
    (_ORG.Organization, "Organization"),
    (CG.SourceDocument, "CreativeWork"),
    (CG.AssertionGraph, "Dataset"),
)


def of_entity(view: View, described: Resource, collections: Iterable[IRI]) -> Markup:
    """The page of an entity: what it is about, in all languages, and what that is part of."""
    about: dict[str, Any] = {
        "@type": next((name for kind, name in _TYPES if kind in described.types), "Thing"),
        "@id": described.iri.value,
        "name": _texts(described.labels) or view.label(described.iri),
        "identifier": described.iri.value,
        "url": _absolute(view.site.path(described.iri)),
    }
    definitions = (described.span.gist if described.span else described.definitions) or {}
    _add(about, "description", _texts(definitions))
    _add(about, "alternateName", [_text(t.value, t.language) for t in described.alternatives])
    _add(about, "sameAs", _same(described))
    if about["@type"] == "DefinedTerm":
        _add(about, "inDefinedTermSet", [{"@id": iri.value} for iri in collections])
    return _script(_page(view, about, view.label(described.iri)))


def of_site(view: View) -> Markup:
    """The front page: the graph as a dataset that can be had."""
    project, site = view.site.project, view.site
    root = _absolute("/")
    dataset: dict[str, Any] = {
        "@type": "Dataset",
        "@id": site.settings.base or root,
        "name": _texts(project.get("name") or {}) or "cgkg",
        "url": root,
        "version": site.generation.id,
        "inLanguage": list(site.languages or known()),
    }
    _add(dataset, "description", _texts(project.get("about") or {}))
    _add(dataset, "license", site.license_of())
    dataset["distribution"] = [
        {"@type": "DataDownload", "contentUrl": _absolute("/sparql"), "name": "SPARQL 1.1",
         "encodingFormat": Format.JSON.media_type}
    ]  # fmt: skip
    return _script({"@context": _CONTEXT, **dataset})


def breadcrumbs(above: Iterable[tuple[str, str]], here: str) -> Markup:
    """The way from the front page to a page: what stands above it, with addresses, and it."""
    items: list[dict[str, Any]] = [
        {"@type": "ListItem", "name": str(name), "item": _absolute(path)} for path, name in above
    ]
    items.append({"@type": "ListItem", "name": str(here)})
    for position, item in enumerate(items, 1):
        item["position"] = position
    return _script({"@context": _CONTEXT, "@type": "BreadcrumbList", "itemListElement": items})


def _page(view: View, about: Mapping[str, Any], name: str) -> dict[str, Any]:
    webpage: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "WebPage",
        "url": request.url,
        "name": name,
        "inLanguage": view.language,
        "isPartOf": {"@type": "Dataset", "@id": view.site.settings.base or _absolute("/"),
                     "name": view.pick(view.site.project.get("name")) or "cgkg",
                     "description": view.pick(view.site.project.get("about"))
                     or view.gettext("a knowledge graph")},
        "mainEntity": about,
    }  # fmt: skip
    _add(webpage, "license", view.site.license_of())
    return webpage


def _add(held: dict[str, Any], name: str, value: object) -> None:
    if value:
        held[name] = value


def _same(described: Resource) -> list[str]:
    same = (OWL.sameAs, SKOS.exactMatch, SKOS.closeMatch)
    ends = (each.triple.object for each in described.outgoing if each.triple.predicate in same)
    return sorted({o.value for o in ends if isinstance(o, IRI) and may_be_link(o.value)})


def _texts(by_language: Mapping[str, str]) -> list[Any]:
    return [_text(text, language) for language, text in sorted(by_language.items())]


def _text(text: str, language: str | None) -> Any:
    return {"@value": text, "@language": language} if language else text


def _absolute(path: str) -> str:
    return request.url_root.rstrip("/") + path


def _script(content: Mapping[str, Any]) -> Markup:
    """The element; no text in it can end it or begin another."""
    body = json.dumps(content, ensure_ascii=False, sort_keys=True)
    for sign in "<>&":
        body = body.replace(sign, f"\\u{ord(sign):04x}")
    return Markup('<script type="{}">{}</script>').format(Format.JSON_LD.media_type, Markup(body))
