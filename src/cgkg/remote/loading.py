"""The ways in which an engine takes data, piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO
from typing import Literal as OneOf
from urllib.parse import urlencode

from cgkg.errors import EndpointError
from cgkg.formats import Format
from cgkg.rdf.io import serialize
from cgkg.rdf.terms import IRI, DefaultGraph, Quad
from cgkg.remote.client import said
from cgkg.remote.engine import Doors, Engine
from cgkg.remote.reader import read_quads
from cgkg.remote.scope import GraphScope

Way = OneOf["quads", "graphs", "update"]
"""N-Quads for all graphs at once, the Graph Store Protocol graph by graph, SPARQL Update."""
WAYS: tuple[Way, ...] = ("quads", "graphs", "update")
AGAIN = (
    "empty the dataset, for instance by the SPARQL Update DROP ALL, or make a new one, and push"
    " again; it says of no version that it was loaded, so that nobody serves it"
)
"""What to do where loading ended early."""
_PIECE = {"quads": 50_000, "graphs": 50_000, "update": 500}  # quads of a request
# Of what does not take such a request there; with any other the loading has failed.
_REFUSALS = frozenset((400, 401, 403, 404, 405, 406, 411, 415, 501))


class Loader:
    """Loads quads into an engine in one way.

    Attributes:
        way: which.
        address: where; empty if the engine has no such place.
        refusal: what it said to the first piece, if it did not take that.
    """

    def __init__(self, engine: Engine, doors: Doors, way: Way, scope: GraphScope) -> None:
        self.way, self.refusal = way, ""
        self._engine, self._scope = engine, scope
        places = {
            "quads": doors.store if doors.quads else "",
            "graphs": doors.store,
            "update": doors.update,
        }
        self.address = places[way]

    def load_all(self, first: Quad, file: Path) -> bool:
        """Load a quad, then a file of N-Quads: whether the engine takes data in this way.

        Statements with blank nodes go in one request, for that is as far as a label reaches.

        Raises:
            EndpointError: it took the beginning and not the rest.
            SourceError: the file cannot be read.
        """
        begun = False
        blanks = [quad for part in read_quads(file, with_blanks=True) for quad in part]
        others = self._pieces(blanks, read_quads(file, with_blanks=False))
        for piece in chain([[first]], others):
            try:
                self.load(piece)
            except EndpointRefusedError as error:
                self.refusal = error.message
                if begun:
                    raise
                return False
            begun = True
        return True

    def _pieces(
        self, first: Sequence[Quad], others: Iterable[list[Quad]]
    ) -> Iterator[Sequence[Quad]]:
        if first:
            yield first
        size = _PIECE[self.way]
        for part in others:
            yield from (part[start : start + size] for start in range(0, len(part), size))

    def load(self, quads: Iterable[Quad]) -> None:
        """Add some quads.

        Raises:
            EndpointRefusedError: such requests are not taken there.
            EndpointError: the engine failed.
        """
        scoped = [_scoped(quad, self._scope) for quad in quads]
        if not scoped:
            return
        if self.way == "quads":
            body = serialize(scoped, Format.N_QUADS)
            self._send(self.address, body, Format.N_QUADS.media_type)
            return
        by_graph: dict[IRI | DefaultGraph, list[Quad]] = {}
        for quad in scoped:
            by_graph.setdefault(quad.graph_name, []).append(quad)  # type: ignore[arg-type]
        if self.way == "update":
            self._send(self.address, _insertion(by_graph.items()), "application/sparql-update")
            return
        for name, part in by_graph.items():
            query = urlencode({"graph": name.value}) if isinstance(name, IRI) else "default"
            body = serialize((quad.triple for quad in part), Format.N_TRIPLES)
            # N-Triples are Turtle, which every graph store reads.
            self._send(f"{self.address}?{query}", body, Format.TURTLE.media_type)

    def _send(self, url: str, body: bytes, kind: str) -> None:
        limits = self._engine.limits
        answer = self._engine.client.send(
            "POST",
            url,
            body=body,
            headers=[("Content-Type", f"{kind};charset=utf-8"), ("Accept", "*/*")],
            seconds=limits.seconds,
            max_bytes=limits.bytes,
        )
        if answer.status in _REFUSALS:
            raise EndpointRefusedError(f"<{url}> answers with {answer.status}: {said(answer)}")
        if not 200 <= answer.status < 300:
            raise EndpointError(
                f"<{url}> answers with status {answer.status}: {said(answer)}",
                hint=AGAIN,
            )


class EndpointRefusedError(EndpointError):
    """An engine does not take data at this address, or not in this form."""


def _scoped(quad: Quad, scope: GraphScope) -> Quad:
    if scope.default is None or quad.graph_name != DefaultGraph():
        return quad
    return Quad(quad.subject, quad.predicate, quad.object, scope.default)


def _insertion(graphs: Iterable[tuple[IRI | DefaultGraph, list[Quad]]]) -> bytes:
    """SPARQL 1.1 Update §3.1.1."""
    parts = []
    for name, quads in graphs:
        lines = serialize((quad.triple for quad in quads), Format.N_TRIPLES).decode()
        parts.append(f"GRAPH {name} {{\n{lines}}}\n" if isinstance(name, IRI) else lines)
    return f"INSERT DATA {{\n{''.join(parts)}}}".encode()


def write_scoped(file: Path, more: Iterable[Quad], scope: GraphScope, output: IO[bytes]) -> None:
    """Write the quads of a file, and more, as N-Quads with the graphs where they shall be.

    Raises:
        SourceError: the file cannot be read.
    """
    for part in read_quads(file):
        output.write(serialize((_scoped(quad, scope) for quad in part), Format.N_QUADS))
    output.write(serialize(more, Format.N_QUADS))
