"""RDF terms and syntaxes: the one door to pyoxigraph's parsers and serialisers.

Terms are kept exactly as parsed (lexical forms, datatypes, language tags); the database rewrites
some of them, so findings, exports and digests are made from these terms and never from a store.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, Literal, Quad, Triple
from pyoxigraph import NamedNode as IRI
from pyoxigraph import RdfFormat as Format

from cgkg.errors import SourceError

_WHERE = re.compile(r"^Parser error at [^:]*: ")

Subject = IRI | BlankNode
Term = IRI | BlankNode | Literal
GraphName = IRI | BlankNode | DefaultGraph

__all__ = [
    "IRI",
    "BlankNode",
    "DefaultGraph",
    "Format",
    "GraphName",
    "Literal",
    "Quad",
    "Subject",
    "Term",
    "Triple",
    "canonical",
    "parse_file",
    "parse_lines",
    "parts",
    "read_rdf",
    "read_turtle",
    "serialize",
    "write",
]


def parse_file(path: Path, *, blank_prefix: str = "") -> list[Quad]:
    """All quads of an RDF file, in document order, with terms as written.

    Args:
        path: the file; its extension names the syntax (.ttl, .trig, .nt, .nq, .rdf, .owl, .jsonld).
        blank_prefix: put before every blank node label, so that files can be merged reproducibly.

    Raises:
        SourceError: the file is missing or malformed; says line and column (1-based).
    """
    form = Format.from_extension("rdf" if path.suffix == ".owl" else path.suffix.lstrip("."))
    if form is None:
        raise SourceError(
            f"unknown RDF file extension {path.suffix!r}",
            path=path,
            hint="use .ttl, .trig, .nt, .nq, .rdf, .owl or .jsonld",
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None
    quads = _parse(content, form, path)
    return _prefix_blanks(quads, blank_prefix) if blank_prefix else quads


def read_rdf(path: Path) -> tuple[list[Triple], dict[str, str]]:
    """The triples of a file without named graphs, and the prefixes it declares.

    Raises:
        SourceError: as `parse_file`; or the file has named graphs.
    """
    quads = parse_file(path)
    if any(quad.graph_name != DefaultGraph() for quad in quads):
        raise SourceError("it has named graphs", path=path, hint="give a file of plain triples")
    form = (
        Format.RDF_XML
        if path.suffix in (".rdf", ".owl")
        else Format.from_extension(path.suffix[1:])
    )
    parser = ox.parse(path.read_bytes(), format=form, base_iri=path.resolve().as_uri())
    deque(parser, maxlen=0)  # prefixes are known when all is read
    return [quad.triple for quad in quads], dict(parser.prefixes)


def read_turtle(text: str, base: str) -> tuple[list[Triple], dict[str, str]]:
    """The triples of a well-formed Turtle text, and the prefixes it declares."""
    parser = ox.parse(text, format=Format.TURTLE, base_iri=base)
    return [quad.triple for quad in parser], dict(parser.prefixes)


def parse_lines(lines: Sequence[str], numbers: Sequence[int], path: Path) -> list[Quad]:
    """The quads on some lines of an N-Triples or N-Quads file, blank node labels as written.

    Args:
        lines: without their line ends.
        numbers: the number of each line in the file (1-based), for errors.
        path: the file; its extension names the syntax.

    Raises:
        SourceError: a line is malformed; says its number in the file.
    """
    form = Format.N_QUADS if path.suffix == ".nq" else Format.N_TRIPLES
    try:
        return _parse("\n".join(lines).encode(), form, path)
    except SourceError as error:
        # where a full stop is missing, the parser complains about the line that comes next
        last = min(error.line or 1, len(lines))
        for place in range(max(last - 2, 0), last):
            try:
                _parse(lines[place].encode(), form, path)
            except SourceError as found:
                raise SourceError(
                    found.what,
                    path=path,
                    line=numbers[place],
                    column=found.column,
                    hint=found.hint,
                ) from None
        raise


def _parse(content: bytes, form: Format, path: Path) -> list[Quad]:
    try:
        quads = list(ox.parse(content, format=form, base_iri=path.resolve().as_uri()))
    except SyntaxError as error:
        what = _WHERE.sub("", str(error.msg))
        raise SourceError(what, path=path, line=error.lineno, column=error.offset) from None
    if any(isinstance(quad.object, Triple) for quad in quads):
        raise SourceError(
            "triple terms of RDF 1.2 are not supported",
            path=path,
            hint="say where a statement comes from with a named graph",
        )
    return quads


def _prefix_blanks(quads: Iterable[Quad], prefix: str) -> list[Quad]:
    """The same quads with blank nodes numbered in document order under `prefix`."""
    names: dict[str, BlankNode] = {}

    def rename(term: Term) -> Term:
        if not isinstance(term, BlankNode):
            return term
        return names.setdefault(term.value, BlankNode(f"{prefix}{len(names)}"))

    renamed = []
    for quad in quads:
        s, p, o = parts(quad)
        renamed.append(Quad(cast("Subject", rename(s)), p, rename(o), quad.graph_name))
    return renamed


def parts(statement: Triple | Quad) -> tuple[Subject, IRI, Term]:
    """Subject, predicate and object; `parse_file` lets no triple terms in."""
    return cast(
        "tuple[Subject, IRI, Term]", (statement.subject, statement.predicate, statement.object)
    )


def canonical(quads: Iterable[Quad]) -> list[Quad]:
    """The quads once each, blank nodes labelled by RDFC-1.0, sorted as N-Quads lines."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(dataset, key=str)


def serialize(
    statements: Iterable[Quad] | Iterable[Triple],
    form: Format,
    *,
    prefixes: Mapping[str, str] | None = None,
) -> bytes:
    """The statements in the given syntax, in the order given."""
    written = ox.serialize(statements, format=form, prefixes=dict(prefixes) if prefixes else None)
    return written or b""


def write(
    statements: Iterable[Quad] | Iterable[Triple],
    output: IO[bytes],
    form: Format,
    *,
    prefixes: Mapping[str, str] | None = None,
) -> None:
    """Write the statements in the given syntax as they come."""
    ox.serialize(statements, output, form, prefixes=dict(prefixes) if prefixes else None)
