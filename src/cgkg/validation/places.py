"""In which file and on which line what a report speaks of stands, for files in any syntax.

Files are searched only when something is to be told, and only for the terms that it is told of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from xml.sax.saxutils import escape

from cgkg.formats import Format
from cgkg.rdf.compression import open_decompressed, read_decompressed
from cgkg.rdf.io import syntax_of
from cgkg.rdf.lines import Locator, Place, statements
from cgkg.rdf.terms import IRI, BlankNode, Quad, Subject, Term, Triple, parts
from cgkg.rdf.xml import RdfXml

__all__ = ["ReportPlaces"]

_WITH_LINES = (Format.TURTLE, Format.TRIG, Format.N_TRIPLES, Format.N_QUADS)
_WITH_GRAPHS = (Format.TRIG, Format.N_QUADS, Format.JSON_LD)
_Fact = tuple[IRI, Term]
"""A property and a value."""


class ReportPlaces:
    """Where the statements of some files stand.

    Of Turtle, TriG, N-Triples and N-Quads the line is that of the statement, or else of the
    subject. Of RDF/XML it is that of the element, likewise; of JSON-LD the first that names the
    subject of an object with members, or else at all. It is 0 if only the file is known.
    """

    def __init__(self, files: Mapping[Path, Sequence[Quad]], terms: Iterable[Term]) -> None:
        """Args: the files with what they state, and the terms that will be asked about."""
        self._files, self._terms = files, frozenset(terms)
        self._texts: dict[Path, str] = {}

    def of(
        self, term: Term, predicate: IRI | None = None, value: Term | None = None
    ) -> Place | None:
        """The place of a statement, if it is given whole; else where something is first said of the
        term with the property, or of the term at all; else where the term is a value.
        """
        if isinstance(term, BlankNode):
            return self._of_blank(term, predicate, value) or self._file_of(term)
        if isinstance(term, IRI):
            if predicate is not None and value is not None:
                place = self._locator.of(Triple(term, predicate, value))
            else:
                place = self._locator.of_subject(term, predicate)
            place = place or self._in_elements(term, predicate, value) or self._in_text(term)
            if place:
                return place
        return self._of_value(term)

    def graph(self, triple: Triple) -> IRI | None:
        """The named graph that states it; the first in order of IRI, if there are several."""
        return min(self._graphs.get(triple, ()), key=str, default=None)

    @cached_property
    def _locator(self) -> Locator:
        files = [path for path in self._files if syntax_of(path) in _WITH_LINES]
        about = {*self._terms, *(parts(triple)[0] for triple in self._as_values.values())}
        return Locator(files, about=about)

    @cached_property
    def _graphs(self) -> dict[Triple, set[IRI]]:
        graphs: dict[Triple, set[IRI]] = {}
        for path, quads in self._files.items():
            for quad in quads if syntax_of(path) in _WITH_GRAPHS else ():
                if isinstance(quad.graph_name, IRI) and quad.subject in self._terms:
                    graphs.setdefault(quad.triple, set()).add(quad.graph_name)
        return graphs

    def _quads(self) -> Iterator[Quad]:
        return chain(*self._files.values())

    # Terms of which nothing is said, and blank nodes

    @cached_property
    def _as_values(self) -> dict[Term, Triple]:
        """The first statement with each term that is a value and no named subject; if blank nodes
        are asked about, with all of them, as one may lead to the other.
        """
        rest = set(self._terms)
        if rest:
            rest -= {quad.subject for quad in self._quads() if isinstance(quad.subject, IRI)}
        blank = any(isinstance(term, BlankNode) for term in rest)
        firsts: dict[Term, Triple] = {}
        for quad in self._quads() if rest else ():
            value = parts(quad)[2]
            if value in rest or (blank and isinstance(value, BlankNode)):
                firsts.setdefault(value, quad.triple)
        return firsts

    def _of_value(self, term: Term, seen: frozenset[Term] = frozenset()) -> Place | None:
        triple = self._as_values.get(term)
        if triple is None or term in seen:
            return None
        subject, predicate, value = parts(triple)
        if isinstance(subject, BlankNode):
            return self._of_blank(subject, predicate, value, seen | {term})
        return (
            self._locator.of(triple)
            or self._in_elements(subject, predicate, value)
            or self._in_text(subject)
        )

    def _of_blank(
        self,
        node: BlankNode,
        predicate: IRI | None,
        value: Term | None,
        seen: frozenset[Term] = frozenset(),
    ) -> Place | None:
        """The place of what is said of a node, best with this property and value.

        A node has no name that a line could be known by. But of the statements that say the same of
        some node, the first parsed is the first written, the second the second, and so on.
        """
        for path in self._files:
            facts = self._of_blanks[path].get(node, [])
            for fact, number in sorted(
                facts, key=lambda each: _distance(each[0], predicate, value)
            ):
                lines = self._blank_lines[path].get(_written(fact), [])
                if number < len(lines):
                    return Place(path, lines[number])
        return self._of_value(node, seen)

    def _file_of(self, node: BlankNode) -> Place | None:
        holding = (
            Place(path, 0)
            for path, quads in self._files.items()
            if any(node in (quad.subject, quad.object) for quad in quads)
        )
        return next(holding, None)

    @cached_property
    def _of_blanks(self) -> dict[Path, dict[Subject, list[tuple[_Fact, int]]]]:
        """What is said of each blank node of a file, and how often the same was said before."""
        return {path: _of_blanks(quads) for path, quads in self._files.items()}

    @cached_property
    def _blank_lines(self) -> dict[Path, dict[tuple[str, str], list[int]]]:
        """The lines on which something is said of a blank node, by what it is."""
        lines_of = {
            path: _blank_lines(path) for path in self._files if syntax_of(path) in _WITH_LINES
        }
        for path, elements in self._elements.items():
            lines: dict[tuple[str, str], list[int]] = {}
            for line, triple in elements:
                subject, predicate, value = parts(triple)
                if isinstance(subject, BlankNode) and not isinstance(value, BlankNode):
                    lines.setdefault(_written((predicate, value)), []).append(line)
            lines_of[path] = lines
        return {path: lines_of.get(path, {}) for path in self._files}

    # RDF/XML

    @cached_property
    def _elements(self) -> dict[Path, list[tuple[int, Triple]]]:
        """The statements of each file with their lines."""
        return {path: _elements(path) for path in self._files if syntax_of(path) is Format.RDF_XML}

    @cached_property
    def _by_subject(self) -> dict[Subject, list[tuple[Place, Triple]]]:
        triples_of: dict[Subject, list[tuple[Place, Triple]]] = {}
        for path, elements in self._elements.items():
            for line, triple in elements:
                if isinstance(triple.subject, IRI):
                    triples_of.setdefault(triple.subject, []).append((Place(path, line), triple))
        return triples_of

    def _in_elements(
        self, term: Subject, predicate: IRI | None, value: Term | None
    ) -> Place | None:
        """The place of the statement, or else of the first with the property, or of any."""

        def distance(each: tuple[Place, Triple]) -> int:
            _, verb, given = parts(each[1])
            return _distance((verb, given), predicate, value)

        said = self._by_subject.get(term, ())
        return min(said, key=distance)[0] if said else None

    # Syntaxes in which statements have no lines of their own

    def _in_text(self, term: Term) -> Place | None:
        for path, subjects in self._subjects.items():
            if term in subjects:
                text = self._text(path)
                at = next(filter(None, (_find(text, name) for name in _names(term))), None)
                return Place(path, 0 if at is None else text.count("\n", 0, at) + 1)
        return None

    def _text(self, path: Path) -> str:
        if path not in self._texts:
            self._texts[path] = read_decompressed(path).decode("utf-8", "replace")
        return self._texts[path]

    @cached_property
    def _subjects(self) -> dict[Path, set[Subject]]:
        return {
            path: {parts(quad)[0] for quad in quads}
            for path, quads in self._files.items()
            if syntax_of(path) not in _WITH_LINES
        }


def _distance(fact: _Fact, predicate: IRI | None, value: Term | None) -> int:
    """0 for the statement that is looked for, 1 for one with its property, 2 for others."""
    return (fact[0] != predicate) + (fact != (predicate, value))


def _of_blanks(quads: Iterable[Quad]) -> dict[Subject, list[tuple[_Fact, int]]]:
    facts: dict[Subject, list[tuple[_Fact, int]]] = {}
    times: Counter[tuple[str, str]] = Counter()
    for quad in quads:
        if isinstance(quad.subject, BlankNode) and not isinstance(quad.object, BlankNode):
            subject, predicate, value = parts(quad)
            written = _written((predicate, value))
            facts.setdefault(subject, []).append(((predicate, value), times[written]))
            times[written] += 1
    return facts


def _blank_lines(path: Path) -> dict[tuple[str, str], list[int]]:
    lines: dict[tuple[str, str], list[int]] = {}
    text = read_decompressed(path).decode("utf-8-sig")
    for line, _, subject, predicate, value in statements(text):
        if subject == "_":
            lines.setdefault((predicate, value), []).append(line)
    return lines


def _written(fact: _Fact) -> tuple[str, str]:
    """Property and value as `statements` gives them: a literal without its datatype."""
    predicate, value = fact
    return predicate.value, value.value if isinstance(value, IRI) else f'"{value.value}'


def _elements(path: Path) -> list[tuple[int, Triple]]:
    with open_decompressed(path) as file:
        document = RdfXml(file, path.resolve().as_uri(), path)
        return [(line, quad.triple) for line, quad in document.located()]


def _find(text: str, name: str) -> int | None:
    """Where JSON names something: best where it also says something of it."""
    first = None
    at = text.find(name)
    while at >= 0:
        first = at if first is None else first
        begin, end = text.rfind("{", 0, at), text.find("}", at)
        if "," in text[begin:at] or text[at + len(name) : end].strip('" \n\r\t'):
            return at
        at = text.find(name, at + 1)
    return first


def _names(term: Term) -> Iterator[str]:
    """How a file may name a term: whole, then by what of it is not in a base or prefix."""
    if not isinstance(term, IRI):
        return
    yield escape(term.value)
    for separator in ("#", "/", ":"):
        local = escape(term.value.rpartition(separator)[2])
        if separator in term.value and local:
            yield from (f"{before}{local}{after}" for before in "#/:\"'" for after in "\"'")
