"""A shapes graph to look things up in, and what is wrong with one as errors that say where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from cgkg.errors import CgkgError
from cgkg.rdf.notation import abbreviate_text
from cgkg.rdf.terms import IRI, BlankNode, Literal, Subject, Term, Triple, parts
from cgkg.rdf.vocab import RDF, RDFS, SH, STANDARD, XSD

_PREFIXES = {**STANDARD, "sh": SH.base}
_NO_TERMS: tuple[Term, ...] = ()


class ShapesError(CgkgError):
    """The shapes themselves cannot be used: ill-formed, recursive, or SPARQL that does not run.

    `node` is the shape or other node at fault, as far as it is known, and `statement` what is said
    wrongly: with them a caller finds the line.
    """

    code = "shapes"

    def __init__(
        self, message: str, *, node: Term | None = None, statement: Triple | None = None
    ) -> None:
        super().__init__(message)
        self.node, self.statement = node, statement


@contextmanager
def deep_nesting() -> Iterator[None]:
    """Shapes within shapes, or paths within paths, by the hundreds, as an error of ours."""
    try:
        yield
    except RecursionError:
        failure = ShapesError("the shapes cannot be used: they are nested too deep")
    else:
        return
    raise failure


class ShapesGraph:
    """The triples of a shapes graph by subject and predicate, each once, in the order given."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.triples = list(dict.fromkeys(triples))
        self._said: dict[Subject, dict[IRI, list[Term]]] = {}
        self._saying: dict[Term, list[tuple[Subject, IRI]]] = {}
        self._sayers: dict[IRI, list[Subject]] = {}
        for triple in self.triples:
            subject, predicate, value = parts(triple)
            self._said.setdefault(subject, {}).setdefault(predicate, []).append(value)
            self._saying.setdefault(value, []).append((subject, predicate))
            self._sayers.setdefault(predicate, []).append(subject)

    @classmethod
    def of(cls, triples: Iterable[Triple]) -> ShapesGraph:
        """The graph of triples, which may be one already."""
        return triples if isinstance(triples, cls) else cls(triples)

    def __iter__(self) -> Iterator[Triple]:
        return iter(self.triples)

    def subjects(self) -> Iterable[Subject]:
        """Whatever something is said of."""
        return self._said.keys()

    def said(self, node: Term) -> dict[IRI, list[Term]]:
        """All that is said of a node, by predicate."""
        return self._said.get(node, {}) if isinstance(node, IRI | BlankNode) else {}

    def values(self, node: Term, predicate: IRI) -> Iterable[Term]:
        """What a node says with a predicate."""
        return self.said(node).get(predicate, _NO_TERMS)

    def value(self, node: Term, predicate: IRI) -> Term | None:
        """The one value, or None.

        Raises:
            ShapesError: there are several.
        """
        values = tuple(self.values(node, predicate))
        if len(values) > 1:
            name = shorten(predicate)
            raise self.error(f"{name} may be said once, not {len(values)} times", node, predicate)
        return values[0] if values else None

    def saying(self, value: Term) -> Iterable[tuple[Subject, IRI]]:
        """Who says a value, and with which predicate."""
        return self._saying.get(value, ())

    def sayers(self, predicate: IRI) -> Iterable[Subject]:
        """Who says something with a predicate, once for each value."""
        return self._sayers.get(predicate, ())

    def subjects_of(self, predicate: IRI, value: Term) -> Iterator[Subject]:
        """Who says a value with a predicate."""
        return (subject for subject, verb in self.saying(value) if verb == predicate)

    def instances(self, kind: IRI) -> Iterator[Subject]:
        """The nodes of a type, those of its subclasses among them."""
        seen, waiting = {kind}, [kind]
        while waiting:
            one = waiting.pop()
            yield from self.subjects_of(RDF.type, one)
            for lower in self.subjects_of(RDFS.subClassOf, one):
                if isinstance(lower, IRI) and lower not in seen:
                    seen.add(lower)
                    waiting.append(lower)

    def list_of(self, head: Term, owner: Term | None = None) -> list[Term]:
        """The members of an RDF list.

        Args:
            head: the list.
            owner: whose it is.

        Raises:
            ShapesError: it is none, or not a well-formed one.
        """
        owner = head if owner is None else owner
        members: list[Term] = []
        node, seen = head, {head}
        while node != RDF.nil:
            first, rest = (list(self.values(node, verb)) for verb in (RDF.first, RDF.rest))
            if len(first) != 1 or len(rest) != 1:
                raise self.error(f"{describe(node)} is no well-formed list", owner)
            members.append(first[0])
            node = rest[0]
            if node in seen:
                raise self.error("a list goes round in a circle", owner)
            seen.add(node)
        return members

    def flag(self, node: Term, predicate: IRI) -> bool:
        """Whether a node says `true`; the specification names no other form of it, such as `1`.

        Raises:
            ShapesError: it says what is no boolean.
        """
        value = self.value(node, predicate)
        if value is None:
            return False
        if not isinstance(value, Literal) or value.datatype != XSD.boolean:
            raise self.error(f"{shorten(predicate)} is true or false, not {value}", node, predicate)
        return value.value == "true"

    def error(self, what: str, node: Term, predicate: IRI | None = None) -> ShapesError:
        """The error that something is wrong at a node, which is told by its nearest name."""
        named = self._named(node)
        where = f"{describe(named)}: " if isinstance(named, IRI) else ""
        said = f"the shapes cannot be used: {where}{what}"
        value = next(iter(self.values(node, predicate)), None) if predicate else None
        statement = None
        if predicate and value is not None and isinstance(node, IRI | BlankNode):
            statement = Triple(node, predicate, value)
        return ShapesError(said, node=named, statement=statement)

    def _named(self, node: Term) -> Term:
        """The node itself, or what has a name and says something of it."""
        seen, waiting = {node}, [node]
        while waiting:
            one = waiting.pop(0)
            if isinstance(one, IRI):
                return one
            for subject, _ in self.saying(one) if not isinstance(one, IRI) else ():
                if subject not in seen:
                    seen.add(subject)
                    waiting.append(subject)
        return node


def shorten(iri: IRI) -> str:
    """The IRI as a prefixed name where a well-known prefix fits."""
    return abbreviate_text(str(iri), _PREFIXES)


def describe(term: Term) -> str:
    """A term for a message; blank nodes have no name worth telling."""
    if isinstance(term, BlankNode):
        return "a blank node"
    return shorten(term) if isinstance(term, IRI) else str(term)
