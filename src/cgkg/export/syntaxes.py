"""Triples and quads in the RDF syntaxes of a release, the same bytes for the same terms.

Everything is written by pyoxigraph from sorted terms. RDF/XML cannot hold every triple; what it
cannot hold is named, left out of the RDF/XML files only, and listed in the release.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from cgkg.formats import GRAPHS, Format
from cgkg.letters import LETTERS, MARKS, class_of
from cgkg.rdf.io import serialize
from cgkg.rdf.terms import IRI, Literal, Quad, Term, Triple, parts
from cgkg.rdf.vocab import RDF

GRAPH_SYNTAXES: Mapping[str, Format] = {f.suffix: f for f in GRAPHS if not f.named_graphs}
DATASET_SYNTAXES: Mapping[str, Format] = {f.suffix: f for f in GRAPHS if f.named_graphs}
"""The syntaxes by the suffix of their files: for triples, and for quads."""
RDF12_SYNTAXES = (Format.TURTLE, Format.N_TRIPLES)
"""Those that reifiers are written in."""
_PREFIXED = {Format.TURTLE, Format.TRIG, Format.RDF_XML}

_ROOT = re.compile(rb"(?<=\n)<rdf:RDF ([^>]*)>")
# XML names, without colon and in as far as they can end an IRI (Namespaces in XML §3).
_LOCAL = re.compile(f"{class_of(f'{LETTERS}_')}{class_of(f'{LETTERS}{MARKS}_0-9.-')}*\\Z")
# What no XML 1.0 document can hold, not even as a character reference (XML 1.0 §2.2).
_NO_CHARACTER = re.compile(r"[\x00-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]")
# Names of the syntax itself (RDF/XML §5.1), and rdf:li, which stands for another property.
_SYNTAX_NAMES = frozenset(
    RDF(name)
    for name in (
        "Description", "RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "li",
        "bagID", "aboutEach", "aboutEachPrefix",
    )
)  # fmt: skip


def encode(
    statements: Sequence[Triple] | Sequence[Quad],
    form: Format,
    prefixes: Mapping[str, str],
) -> bytes:
    """The statements in this syntax, with those prefixes that they have a use for.

    For RDF/XML leave out what `unwritable` names first.
    """
    used = _used_prefixes(statements, prefixes) if form in _PREFIXED else None
    body = _sort_prefixes(serialize(statements, form, prefixes=used), form)
    if form == Format.RDF_XML:
        # A parser of XML reads a bare carriage return as a line feed (XML 1.0 §2.11).
        body = body.replace(b"\r", b"&#13;")
    return body


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


def unwritable(triple: Triple) -> str:
    """Why RDF/XML cannot hold the triple; empty if it can."""
    _, predicate, value = parts(triple)
    if predicate in _SYNTAX_NAMES:
        return "the property is a name of the syntax itself"
    if not _ends_in_name(predicate):
        return "the property does not end in an XML name"
    if predicate == RDF.type and isinstance(value, IRI) and not _ends_in_name(value):
        return "the class does not end in an XML name"
    if isinstance(value, Literal) and _NO_CHARACTER.search(value.value):
        return "the text has a character that XML does not allow"
    return ""


@lru_cache(maxsize=1 << 14)
def _ends_in_name(iri: IRI) -> bool:
    """Whether the IRI falls into a namespace and a local name that XML can write."""
    return bool(_LOCAL.search(re.split(r"[^\w.\-\u00B7\u200C\u200D\u203F\u2040]", iri.value)[-1]))


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
