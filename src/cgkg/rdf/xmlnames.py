"""What RDF/XML can hold: not every triple, for properties and classes become names of elements."""

from __future__ import annotations

import re
from functools import lru_cache

from cgkg.letters import LETTERS, MARKS, class_of
from cgkg.rdf.terms import IRI, Literal, Triple, parts
from cgkg.rdf.vocab import RDF

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


def unwritable(triple: Triple) -> str:
    """Why RDF/XML cannot hold the triple; empty if it can."""
    value = parts(triple)[2]
    if isinstance(value, Literal) and _NO_CHARACTER.search(value.value):
        return "the text has a character that XML does not allow"
    return unwritable_name(triple)


def unwritable_name(triple: Triple) -> str:
    """The same as far as the property, or the class, is why."""
    _, predicate, value = parts(triple)
    if predicate in _SYNTAX_NAMES:
        return "the property is a name of the syntax itself"
    if not _ends_in_name(predicate):
        return "the property does not end in an XML name"
    if predicate == RDF.type and isinstance(value, IRI) and not _ends_in_name(value):
        return "the class does not end in an XML name"
    return ""


@lru_cache(maxsize=1 << 14)
def _ends_in_name(iri: IRI) -> bool:
    """Whether the IRI falls into a namespace and a local name that XML can write."""
    return bool(_LOCAL.search(re.split(r"[^\w.\-\u00B7\u200C\u200D\u203F\u2040]", iri.value)[-1]))
