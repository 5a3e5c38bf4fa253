"""The evidence as W3C Web Annotations: each cited clause with where it stands in its document.

Web Annotation Data Model §3 (annotations), §4.2.5 (text position selector), §5 (collections).
A target is a start and an end with a digest; the words themselves are nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cgkg.export.content import Content
from cgkg.rdf.vocab import CG, PROV

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
# What the annotations say beyond the vocabulary: the digest of the words at the position.
_MORE = {"wordsDigest": CG.wordsDigest.value}

# The terms of the published context that are used here, so that the file can be read offline.
OFFLINE_CONTEXT: Mapping[str, Any] = {
    "oa": "http://www.w3.org/ns/oa#",
    "as": "http://www.w3.org/ns/activitystreams#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "id": {"@type": "@id", "@id": "@id"},
    "type": {"@type": "@id", "@id": "@type"},
    "Annotation": "oa:Annotation",
    "AnnotationCollection": "as:OrderedCollection",
    "AnnotationPage": "as:OrderedCollectionPage",
    "SpecificResource": "oa:SpecificResource",
    "TextPositionSelector": "oa:TextPositionSelector",
    "TextualBody": "oa:TextualBody",
    "describing": "oa:describing",
    "classifying": "oa:classifying",
    "linking": "oa:linking",
    "body": {"@type": "@id", "@id": "oa:hasBody"},
    "target": {"@type": "@id", "@id": "oa:hasTarget"},
    "source": {"@type": "@id", "@id": "oa:hasSource"},
    "selector": {"@type": "@id", "@id": "oa:hasSelector"},
    "motivation": {"@type": "@vocab", "@id": "oa:motivatedBy"},
    "purpose": {"@type": "@vocab", "@id": "oa:hasPurpose"},
    "start": {"@type": "xsd:nonNegativeInteger", "@id": "oa:start"},
    "end": {"@type": "xsd:nonNegativeInteger", "@id": "oa:end"},
    "value": "rdf:value",
    "format": "dc:format",
    "language": "dc:language",
    "label": "rdfs:label",
    "rights": {"@type": "@id", "@id": "dcterms:rights"},
    "total": {"@type": "xsd:nonNegativeInteger", "@id": "as:totalItems"},
    "first": {"@type": "@id", "@id": "as:first"},
    "startIndex": {"@type": "xsd:nonNegativeInteger", "@id": "as:startIndex"},
    "items": {"@type": "@id", "@container": "@list", "@id": "as:items"},
}


def web_annotations(content: Content, rights: str) -> bytes:
    """An annotation collection of one page (JSON-LD): an annotation per cited clause.

    Args:
        content: the dataset.
        rights: the IRI of the licence; may be empty.
    """
    items = list(_items(content))
    name = f"{content.base}dataset/{content.digest[:16]}#annotations"
    collection = {
        "@context": [CONTEXT, _MORE],
        "id": name,
        "type": "AnnotationCollection",
        "label": "cited clauses, by their position",
        **({"rights": rights} if rights else {}),
        "total": len(items),
        "first": {"id": f"{name}-1", "type": "AnnotationPage", "startIndex": 0, "items": items},
    }
    return (json.dumps(collection, ensure_ascii=False, indent=1) + "\n").encode()


def _items(content: Content) -> Iterator[dict[str, Any]]:
    for span in content.spans:
        source = content.value(span, PROV.wasQuotedFrom)
        bodies: list[dict[str, Any]] = []
        if span in content.evidence:
            # The graph of statements that rest on the clause has the clause's name.
            bodies.append(_resource(span.value, "linking"))
        bodies += [_gist(language, text) for language, text in content.texts(span, CG.gist).items()]
        mode = content.value(span, CG.assertionMode)
        if mode:
            bodies.append(_resource(mode, "classifying"))
        yield {
            "id": f"{span.value}#annotation",
            "type": "Annotation",
            "motivation": "describing",
            "body": bodies,
            "target": {
                "type": "SpecificResource",
                "source": source,
                "selector": {
                    "type": "TextPositionSelector",
                    "start": int(content.value(span, CG.charStart)),
                    "end": int(content.value(span, CG.charEnd)),
                    "wordsDigest": content.value(span, CG.wordsDigest),
                },
            },
        }


def _resource(source: str, purpose: str) -> dict[str, Any]:
    return {"type": "SpecificResource", "source": source, "purpose": purpose}


def _gist(language: str, text: str) -> dict[str, Any]:
    return {
        "type": "TextualBody",
        "value": text,
        "format": "text/plain",
        **({"language": language} if language else {}),
        "purpose": "describing",
    }
