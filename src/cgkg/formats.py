"""The formats that answers, pages, files and downloads come in: one row each.

Endpoint, pages, releases, command line and browser take media types, names, suffixes and labels
from here. The order is that of our preference where a client has none, and that of every list for
people. `cgkg.rdf.io` reads and writes those of RDF, `cgkg.sparql.writing` writes the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

BINDINGS, BOOLEAN, GRAPH = "bindings", "boolean", "graph"
"""The kinds of answers: to SELECT, to ASK, to CONSTRUCT and DESCRIBE."""
REGISTRY = "http://www.w3.org/ns/formats/"
"""What W3C's names of formats begin with."""


class Format(Enum):
    """A format; the columns of its row are attributes.

    Attributes:
        key: its short name, for the parameter `format` and the option --format.
        label: its name for people, in any language.
        media_type: the registered one.
        iri: W3C's name for it.
        answers: the kinds of answers that are written in it.
        suffixes: what names of files end in; `suffix` is that of files we write.
        names: values of the parameter `format`, the key first; SPARQLWrapper sends some of them.
        other_types: more media types to ask for it by. Two formats may have one in common, if
            they are for different answers.
        named_graphs: whether we write named graphs in it. JSON-LD could hold them, but its readers
            expect the triples alone.
    """

    # fmt: off
    # key, label, media type, name in W3C's registry,
    #     answers, suffixes, other names, other media types, named graphs
    JSON = ("json", "JSON", "application/sparql-results+json", "SPARQL_Results_JSON",
            (BINDINGS, BOOLEAN), ("srj",), (), ("application/json",))
    XML = ("xml", "XML", "application/sparql-results+xml", "SPARQL_Results_XML",
           (BINDINGS, BOOLEAN), ("srx",), (), ("application/xml", "text/xml"))
    CSV = ("csv", "CSV", "text/csv", "SPARQL_Results_CSV",
           (BINDINGS,), ("csv",))
    TSV = ("tsv", "TSV", "text/tab-separated-values", "SPARQL_Results_TSV",
           (BINDINGS,), ("tsv",))
    TURTLE = ("ttl", "Turtle", "text/turtle", "Turtle",
              (GRAPH,), ("ttl", "turtle", "n3"), ("turtle", "n3"),
              ("text/n3", "application/x-turtle"))
    N_TRIPLES = ("nt", "N-Triples", "application/n-triples", "N-Triples",
                 (GRAPH,), ("nt", "ntriples"), ("ntriples",))
    RDF_XML = ("rdf", "RDF/XML", "application/rdf+xml", "RDF_XML",
               (GRAPH,), ("rdf", "owl", "rdfs"), ("rdf+xml", "xml"),
               ("application/xml", "text/xml"))
    JSON_LD = ("jsonld", "JSON-LD", "application/ld+json", "JSON-LD",
               (GRAPH,), ("jsonld",), ("json-ld", "json"), ("application/json",))
    TRIG = ("trig", "TriG", "application/trig", "TriG",
            (GRAPH,), ("trig",), (), (), True)
    N_QUADS = ("nq", "N-Quads", "application/n-quads", "N-Quads",
               (GRAPH,), ("nq", "nquads"), ("nquads",), (), True)
    # fmt: on

    def __init__(
        self,
        key: str,
        label: str,
        media_type: str,
        registered: str,
        answers: tuple[str, ...],
        suffixes: tuple[str, ...],
        other_names: tuple[str, ...] = (),
        other_types: tuple[str, ...] = (),
        named_graphs: bool = False,
    ) -> None:
        self.key, self.label = key, label
        self.media_type, self.other_types = media_type, other_types
        self.iri = REGISTRY + registered
        self.answers = answers
        self.suffix, self.suffixes = suffixes[0], suffixes
        self.names = (key, *other_names)
        self.named_graphs = named_graphs


def formats_of(kind: str) -> tuple[Format, ...]:
    """The formats that an answer of this kind is written in."""
    return tuple(form for form in Format if kind in form.answers)


GRAPHS = formats_of(GRAPH)
"""The syntaxes of RDF."""
RESULTS = formats_of(BINDINGS)
"""The formats of solutions; some hold a boolean, too."""


def _by_type(forms: Iterable[Format]) -> dict[str, Format]:
    """Every media type; the registered ones first, so that a wildcard finds these."""
    own = {form.media_type: form for form in forms}
    return own | {name: form for form in own.values() for name in form.other_types}


def _by_name(forms: Iterable[Format]) -> dict[str, Format]:
    return {name: form for form in forms for name in form.names}


RESULT_TYPES: Mapping[str, Format] = _by_type(RESULTS)
GRAPH_TYPES: Mapping[str, Format] = _by_type(GRAPHS)
"""The formats of either family by media type."""
RESULT_NAMES: Mapping[str, Format] = _by_name(RESULTS)
GRAPH_NAMES: Mapping[str, Format] = _by_name(GRAPHS)
"""The same by the values of the parameter `format`."""
