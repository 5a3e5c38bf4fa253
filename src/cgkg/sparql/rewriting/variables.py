"""What variables may hold, as far as patterns and data tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property

from cgkg.rdf.vocab import RDF
from cgkg.sparql.rewriting.contents import Contents, Kinds
from cgkg.sparql.tree.nodes import (
    AggregateCall,
    BindClause,
    BracketedPath,
    BuiltInCall,
    Expression,
    ListTerm,
    NamedExpression,
    NamedNode,
    Node,
    Path,
    PropertyObjects,
    SequencePath,
    SubjectTriples,
    ValuesClause,
    Variable,
    without_brackets,
)

# Kinds of nodes, as tuples: `isinstance` takes longer with a union that is written in its call.
_NAMING, _STEPS = (BindClause, NamedExpression), (Variable, NamedNode)


class VariableKinds:
    """Of what kinds the values of expressions may be, as far as patterns and data tell."""

    def __init__(
        self, nodes: list[Node], contents: Contents, kind_of: Callable[[Node], str]
    ) -> None:
        self._nodes = nodes
        self._kinds_of = contents.kinds_of
        self._kind_of = kind_of
        self._found: dict[str, Kinds] = {}

    @cached_property
    def _places(self) -> dict[str, list[str | Expression | None]]:
        places: dict[str, list[str | Expression | None]] = defaultdict(list)
        for name, source in _find_places(self._nodes):
            places[name].append(source)
        return places

    def of(self, expression: Expression) -> Kinds:
        """The kinds of an expression's values."""
        inner = without_brackets(expression)
        if self._kind_of(inner) != "any":
            return Kinds(False, False)
        match inner:
            case AggregateCall(name="MIN" | "MAX" | "SAMPLE", argument=argument) if argument:
                return self.of(argument)
            case Variable(name=name):
                if name not in self._found:
                    self._found[name] = Kinds()  # until it is known
                    self._found[name] = self._find(name)
                return self._found[name]
        return Kinds()

    def _find(self, name: str) -> Kinds:
        mixed = wide = False
        for source in self._places.get(name, ()):
            if source is None:
                return Kinds()
            kinds = self._kinds_of(source) if isinstance(source, str) else self.of(source)
            mixed, wide = mixed or kinds.mixed, wide or kinds.wide
        return Kinds(mixed, wide)


def _find_places(nodes: Iterable[Node]) -> Iterable[tuple[str, str | Expression | None]]:
    """The variables that may have literals, each with the predicate of which it is an object or
    the expression of which it is the name; None where it may be anything."""
    for node in nodes:
        match node:
            case PropertyObjects(verb=verb, objects=several):
                predicate = _last_predicate(verb)
                if predicate != RDF.type.value:
                    for each in several:
                        if isinstance(each, Variable):
                            yield each.name, predicate
            case SubjectTriples(subject=Variable(name=name), properties=several):
                # From a path that goes back the subject is an object.
                if not all(isinstance(each.verb, _STEPS) for each in several):
                    yield name, None
            case BindClause() | NamedExpression():
                yield node.variable.name, node.expression
            case ValuesClause(variables=several) | ListTerm(items=several):
                for each in several:
                    if isinstance(each, Variable):
                        yield each.name, None


def _last_predicate(verb: Variable | Path) -> str | None:
    """The predicate of the only or last step; None where it may be another."""
    while not isinstance(verb, _STEPS):
        if not isinstance(verb, SequencePath | BracketedPath):
            return None
        verb = verb.steps[-1] if isinstance(verb, SequencePath) else verb.path
    return verb.iri if isinstance(verb, NamedNode) else None


def find_languages(nodes: Iterable[Node]) -> set[str]:
    """The variables that are the name of LANG of something."""
    return {
        node.variable.name
        for node in nodes
        if isinstance(node, _NAMING)
        and isinstance(inner := without_brackets(node.expression), BuiltInCall)
        and inner.name == "LANG"
    }
