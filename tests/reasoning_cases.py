"""Ontologies and facts for the tests of reasoning, written as Turtle with short prefixes."""

from __future__ import annotations

from functools import cache

import pyoxigraph as ox

from cgkg.rdf.terms import Triple

PREFIXES = """@prefix : <https://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix cg: <https://w3id.org/cgkg/def/> .
@prefix place: <https://w3id.org/cgkg/id/place/> .
@prefix theme: <https://w3id.org/cgkg/concept/theme/> .
@prefix problem: <https://w3id.org/cgkg/concept/problem/> .
"""


def triples(turtle: str) -> list[Triple]:
    """The triples, in order; the blank nodes of one text are always the same."""
    return list(_parsed(turtle))


@cache
def _parsed(turtle: str) -> tuple[Triple, ...]:
    quads = ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)
    return tuple(Triple(quad.subject, quad.predicate, quad.object) for quad in quads)
