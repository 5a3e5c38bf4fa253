"""Whether a graph has the constants of a query, where they would have to be; what it has instead.

Only index look-ups and reads of bounded length are made, in the graphs that the query asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import islice
from typing import Any

from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Term
from cgkg.rdf.vocab import RDF, XSD
from cgkg.sparql.tree.nodes import LiteralTerm, NamedNode, Variable
from cgkg.sparql.unmatched.asked import SAME_TERM, AskedPatterns, AskedTerm
from cgkg.sparql.unmatched.names import NearNames
from cgkg.sparql.unmatched.notes import UnmatchedNote
from cgkg.store.graph import Graph

_MOST_TERMS = 64
_TRIED, _GIVEN = 12, 3  # near terms
_LOOKED_AT = 100_000  # values of a property, for the forms that they have
_REMEMBERED = 256  # patterns
_MOST_DIGITS = 40
_INTEGERS = frozenset(
    XSD(name).value
    for name in (
        "integer", "nonPositiveInteger", "negativeInteger", "long", "int", "short", "byte",
        "nonNegativeInteger", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte",
        "positiveInteger",
    )
)  # fmt: skip
_NUMBERS = _INTEGERS | {XSD(name).value for name in ("decimal", "double", "float")}
_DATE, _TIME = XSD.date.value, XSD.dateTime.value
_MIDNIGHTS = ("T00:00:00", "T00:00:00Z")

_Scope = Variable | NamedNode | None
_Pattern = tuple[IRI | None, IRI | None, Term | None]  # a triple; None matches anything
_ANYTHING: _Pattern = (None, None, None)


@dataclass(frozen=True)
class _Form:
    """How some values of a property are written, and one of them."""

    language: str
    datatype: str  # empty: IRIs
    example: Term


@dataclass
class TermCheck:
    """Looks for the terms of queries to one graph.

    Attributes:
        store: all graphs that may be asked.
        inferred: those with inferred facts too, where `store` has none.
    """

    store: Graph
    inferred: Graph | None = None
    _forms: dict[tuple[str, str], list[_Form]] = field(default_factory=dict, repr=False)
    _filled: dict[tuple[str, bool], bool] = field(default_factory=dict, repr=False)

    @cached_property
    def names(self) -> NearNames:
        """The names of all terms."""
        return NearNames(self.store)

    def find_notes(
        self,
        patterns: AskedPatterns,
        graph: Graph,
        options: dict[str, Any],
        *,
        sure: bool = False,
    ) -> Iterator[UnmatchedNote]:
        """What the graphs lack of what a query asks.

        Args:
            patterns: what it asks.
            graph: where it was evaluated: the store, or a copy with the default graphs merged.
            options: with which it was evaluated: the dataset.
            sure: whether to keep to what excludes every solution.
        """
        asking = _Asking(self, graph, options)
        lacking: set[str] = set()
        for name in dict.fromkeys((*patterns.default_graphs, *patterns.named_graphs)):
            note = asking.check_graph(name)
            if note:
                lacking.add(name)
                yield note
        empty: set[_Scope] = set()
        for scope, certain in patterns.scopes.items():
            if self._is_filled(scope, asking):
                continue
            empty.add(scope)
            named = isinstance(scope, NamedNode)
            if not lacking and not named and (certain or not sure) and self.store.has():
                yield UnmatchedNote("empty" if scope is None else "no-graphs")
        for written, certain in patterns.broken[:_MOST_TERMS]:
            if certain or not sure:
                yield UnmatchedNote("pattern", str(_read_literal(written)))
        terms = [each for each in patterns.terms if (each.sure or not sure)]
        for asked in terms[:_MOST_TERMS]:
            if asked.scope not in empty:
                try:
                    note = asking.check(asked)
                except (ValueError, SyntaxError):  # an IRI or a tag that is none
                    continue
                if note and note.term not in lacking:
                    yield note

    def _is_filled(self, scope: _Scope, asking: _Asking) -> bool:
        """Whether the graphs of this scope have any triple; to see that no named one has any, all
        of the store is read."""
        if isinstance(scope, NamedNode) or not asking.is_of(self.store):
            return asking.ask(_ANYTHING, scope)
        key = asking.dataset, scope is None
        if key not in self._filled:
            if len(self._filled) == _REMEMBERED:
                self._filled.clear()
            self._filled[key] = asking.ask(_ANYTHING, scope)
        return self._filled[key]

    def read_forms(self, pattern: str, asking: _Asking) -> list[_Form]:
        """How the values ?o of a pattern are written."""
        key = pattern, asking.dataset
        if key in self._forms:
            return self._forms[key]
        select = (
            "SELECT ?l ?d (SAMPLE(?o) AS ?e) { { SELECT ?o (LANG(?o) AS ?l) (DATATYPE(?o) AS ?d)"
            f" {{ {pattern} }} LIMIT {_LOOKED_AT} }} }} GROUP BY ?l ?d"
        )
        forms = [
            _Form(language.value if language else "", datatype.value if datatype else "", example)
            for language, datatype, example in asking.query(select)
            if isinstance(example, IRI | Literal)
        ]
        if asking.is_of(self.store) and len(self._forms) < _REMEMBERED:
            self._forms[key] = forms
        return forms


class _Asking:
    """The questions about one query."""

    def __init__(self, check: TermCheck, graph: Graph, options: dict[str, Any]) -> None:
        self._check, self._graph, self._options = check, graph, options
        self.dataset = repr([options.get("default_graph"), options.get("named_graphs")])

    def is_of(self, graph: Graph) -> bool:
        """Whether this graph is asked, and not a copy."""
        return self._graph is graph

    def query(self, text: str) -> Any:
        return self._graph.query(text, **self._options)

    def ask(self, pattern: _Pattern, scope: _Scope) -> bool:
        """Whether the pattern matches in the graphs of this scope."""
        if "default_graph" in self._options or isinstance(scope, Variable):
            return bool(self.query(f"ASK {{ {_within(scope, pattern)} }}"))
        return self._graph.has(*pattern, IRI(scope.iri) if scope else DefaultGraph())

    def _ask_any(self, patterns: Iterable[_Pattern], scope: _Scope) -> bool:
        return any(self.ask(pattern, scope) for pattern in patterns)

    def check_graph(self, name: str) -> UnmatchedNote | None:
        """For a graph that the store does not have."""
        if self._check.store.has(g=IRI(name)):
            return None
        near = islice(self._check.names.nearest(name, "graph"), _GIVEN)
        return UnmatchedNote("graph", str(IRI(name)), tuple(str(IRI(each)) for each in near))

    def check(self, asked: AskedTerm) -> UnmatchedNote | None:
        """For a term that is not where the query wants it."""
        if isinstance(asked.term, LiteralTerm):
            return self._check_literal(asked, asked.term)
        if asked.role == "graph":
            if self.ask(_ANYTHING, asked.term):
                return None
            return self.check_graph(asked.term.iri) or UnmatchedNote(
                "elsewhere", str(IRI(asked.term.iri))
            )
        return self._check_iri(asked, IRI(asked.term.iri))

    def _check_iri(self, asked: AskedTerm, iri: IRI) -> UnmatchedNote | None:
        term = str(iri)
        patterns, store, inferred = _patterns(asked, iri), self._check.store, self._check.inferred
        if _has_any(store, patterns):
            there = self._ask_any(patterns, asked.scope)
            return None if there else UnmatchedNote("elsewhere", term)
        if inferred is not None and _has_any(inferred, patterns):
            return UnmatchedNote("inferred", term)
        as_subject, as_object = _nodes(iri)
        match asked.role:
            case "property" if _has_any(store, (as_subject, as_object)):
                return UnmatchedNote("unused-property", term)
            case "class" if _has_any(store, (as_subject, as_object)):
                return UnmatchedNote("unused-class", term)
            case "subject" if _has_any(store, (as_object,)):
                return UnmatchedNote("subject", term)
            case "object":
                if _has_any(store, (as_subject,)):
                    return UnmatchedNote("object", term)
                if asked.predicate is not None:
                    property_ = IRI(asked.predicate)
                    texts = Literal(iri.value), Literal(iri.value, datatype=XSD.anyURI)
                    nearest = self._find_values(texts, property_, asked.scope)
                    if nearest:
                        return UnmatchedNote("form", term, nearest, str(property_))
        kind = asked.role if asked.role in ("property", "class") else "entity"
        return UnmatchedNote(kind, term, self._find_near(asked, iri.value, kind))

    def _find_near(self, asked: AskedTerm, iri: str, kind: str) -> tuple[str, ...]:
        """Terms with a name that is like it, which the graphs have where it is asked for."""
        near = map(IRI, self._check.names.nearest(iri, kind))
        there = (
            str(each)
            for each in islice(near, _TRIED)
            if self._ask_any(_patterns(asked, each), asked.scope)
        )
        return tuple(islice(there, _GIVEN))

    # Literals

    def _check_literal(self, asked: AskedTerm, written: LiteralTerm) -> UnmatchedNote | None:
        known = asked.predicate is not None
        if asked.role not in ("object", "node", "class") or not (known or asked.role == "object"):
            return None
        literal = _read_literal(written)
        property_ = IRI(asked.predicate) if asked.predicate is not None else None
        named = str(property_ or "")
        if known and not self.ask((None, property_, None), asked.scope):
            return None  # it is the property that is told of
        equal = asked.operator in (SAME_TERM, "=")
        if equal and self.ask((None, property_, literal), asked.scope):
            return None
        values = _within(asked.scope, (None, property_, None))
        forms = self._check.read_forms(values, self)
        if equal:
            candidates = _candidates(literal, forms, by_value=asked.operator == "=")
            nearest = self._find_values(candidates, property_, asked.scope)
            if not nearest and known and any(not form.datatype for form in forms):
                nearest = self._find_named(literal.value, property_, asked.scope)
            if nearest:
                kind = "form" if known else "any-form"
                return UnmatchedNote(kind, str(literal), nearest, named)
        if not known or _suits(literal, forms, asked.operator):
            return None
        examples = tuple(str(form.example) for form in forms[:_GIVEN])
        return UnmatchedNote("type", str(literal), examples, named)

    def _find_values(
        self, candidates: Iterable[Term], property_: IRI | None, scope: _Scope
    ) -> tuple[str, ...]:
        """Those of the candidates that are values of the property, or of any."""
        there = (
            str(each)
            for each in dict.fromkeys(candidates)
            if self.ask((None, property_, each), scope)
        )
        return tuple(islice(there, _GIVEN))

    def _find_named(self, text: str, property_: IRI | None, scope: _Scope) -> tuple[str, ...]:
        """The values of the property whose name is this text."""
        near = islice(self._check.names.nearest(text, "entity", exact=True), _TRIED)
        return self._find_values(map(IRI, near), property_, scope)


def _within(scope: _Scope, pattern: _Pattern) -> str:
    """The pattern in SPARQL, in the graphs of this scope."""
    text = " ".join(
        str(term) if term else name for term, name in zip(pattern, ("?s", "?p", "?o"), strict=True)
    )
    match scope:
        case Variable():
            return f"GRAPH ?g {{ {text} }}"
        case NamedNode():
            return f"GRAPH {IRI(scope.iri)} {{ {text} }}"
    return text


def _has_any(store: Graph, patterns: Iterable[_Pattern]) -> bool:
    """Whether one of the patterns matches in any graph."""
    return any(store.has(*pattern) for pattern in patterns)


def _nodes(term: IRI) -> tuple[_Pattern, _Pattern]:
    return (term, None, None), (None, None, term)


def _patterns(asked: AskedTerm, term: IRI) -> tuple[_Pattern, ...]:
    """The patterns of which one must match if the term is to be found in this place."""
    as_subject, as_object = _nodes(term)
    match asked.role:
        case "property":
            return ((None, term, None),)
        case "class" if asked.predicate == RDF.type.value:
            return ((None, RDF.type, term),)
        case "subject":
            return (as_subject,)
        case "object":
            return (as_object,)
    return as_subject, as_object


def _read_literal(written: LiteralTerm) -> Literal:
    if written.language:
        return Literal(written.lexical, language=written.language)
    return Literal(written.lexical, datatype=IRI(written.datatype))


def _candidates(literal: Literal, forms: Iterable[_Form], *, by_value: bool) -> Iterator[Term]:
    """The same value in the forms that a property's values have.

    Args:
        literal: the value, in a form that none has.
        forms: those of the values.
        by_value: whether numbers have been compared with it already.
    """
    text, numeric = literal.value, literal.datatype.value in _NUMBERS
    for form in forms:
        if not form.datatype:
            if ":" in text and " " not in text:
                yield IRI(text)
        elif form.language:
            yield Literal(text, language=form.language)
        elif numeric and form.datatype in _NUMBERS:
            number = None if by_value else _as_number(text, form.datatype)
            if number is not None:
                yield Literal(number, datatype=IRI(form.datatype))
        else:
            datatype = IRI(form.datatype)
            yield Literal(text, datatype=datatype)
            if form.datatype == _TIME:
                yield from (Literal(text + time, datatype=datatype) for time in _MIDNIGHTS)
            elif form.datatype == _DATE and "T" in text:
                yield Literal(text.partition("T")[0], datatype=datatype)


def _as_number(text: str, datatype: str) -> str | None:
    """A number as the datatype writes it; None if it cannot."""
    try:
        number = Decimal(text)
        if datatype not in _INTEGERS:
            small = number.is_finite() and abs(number.adjusted()) < _MOST_DIGITS
            return format(number, "f") if small else None
        return str(int(number)) if number == int(number) else None
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _suits(literal: Literal, forms: Iterable[_Form], operator: str) -> bool:
    """Whether values of these forms may be equal to the literal, or be compared with it."""
    own = (literal.language or "").lower(), literal.datatype.value
    if operator == SAME_TERM:
        return any((form.language.lower(), form.datatype) == own for form in forms)
    if operator != "=" and literal.language:
        return True  # there is no order of these, and none to propose
    return any(_kind(form.language, form.datatype) == _kind(*own) for form in forms)


def _kind(language: str, datatype: str) -> str:
    """What is the same for literals that can be compared."""
    return "number" if datatype in _NUMBERS else f"{language.lower()} {datatype}"
