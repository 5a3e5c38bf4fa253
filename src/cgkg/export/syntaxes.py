"""Triples and quads in the RDF syntaxes of a release, the same bytes for the same terms.

Everything is written by pyoxigraph from sorted terms. RDF/XML cannot hold every triple; what it
cannot hold is named, left out of the RDF/XML files only, and listed in the release.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from cgkg.formats import GRAPHS, Format
from cgkg.rdf.io import serialize
from cgkg.rdf.terms import IRI, Literal, Quad, Term, Triple, parts

GRAPH_SYNTAXES: Mapping[str, Format] = {f.suffix: f for f in GRAPHS if not f.named_graphs}
DATASET_SYNTAXES: Mapping[str, Format] = {f.suffix: f for f in GRAPHS if f.named_graphs}
"""The syntaxes by the suffix of their files: for triples, and for quads."""
RDF12_SYNTAXES = (Format.TURTLE, Format.N_TRIPLES)
"""Those that reifiers are written in."""
_PREFIXED = {Format.TURTLE, Format.TRIG, Format.RDF_XML}

_ROOT = re.compile(rb"(?<=\n)<rdf:RDF ([^>]*)>")


def encode(
    statements: Sequence[Triple] | Sequence[Quad],
    form: Format,
    prefixes: Mapping[str, str],
) -> bytes:
    """The statements in this syntax, with those prefixes that they have a use for.

    For RDF/XML leave out first what `cgkg.rdf.xmlnames.unwritable` names.
    """
    used = _used_prefixes(statements, prefixes) if form in _PREFIXED else None
    return _sort_prefixes(serialize(statements, form, prefixes=used), form)


def _sort_prefixes(body: bytes, form: Format) -> bytes:
    """The document with its prefixes in order; the serialiser writes them in that of a hash."""
    if form == Format.RDF_XML:
        return _ROOT.sub(_by_name, body, count=1)
    if form not in _PREFIXED:
        return body
    end = 0
    while body.startswith(b"@prefix ", end):
        end = body.index(b"\n", end) + 1
    return b"".join(sorted(body[:end].splitlines(keepends=True))) + body[end:]


def _by_name(tag: re.Match[bytes]) -> bytes:
    """The tag with its attributes in the order of their names."""
    attributes = sorted(tag[1].split(), key=lambda each: each.partition(b"=")[0])
    return b"<rdf:RDF " + b" ".join(attributes) + b">"


def _used_prefixes(
    statements: Iterable[Triple | Quad], prefixes: Mapping[str, str]
) -> dict[str, str]:
    """The prefixes of which at least one name is written."""
    names = {term.value for each in statements for term in _terms(each) if isinstance(term, IRI)}
    return {
        prefix: start
        for prefix, start in prefixes.items()
        if any(name.startswith(start) for name in names)
    }


def _terms(statement: Triple | Quad) -> tuple[Term | object, ...]:
    subject, predicate, value = parts(statement)
    graph = statement.graph_name if isinstance(statement, Quad) else None
    kind = value.datatype if isinstance(value, Literal) else None
    return subject, predicate, value, graph, kind
