"""Queries made at random: one evaluation for all focus nodes finds what one for each finds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shacl_cases import DECLARED, EX, quads, random_data, triples

from cgkg.rdf.terms import DefaultGraph, Quad
from cgkg.shacl import prebinding
from cgkg.shacl.graph import ShapesError
from cgkg.shacl.prebinding import bind_query
from cgkg.shacl.validator import compile_shapes
from cgkg.sparql.tree.edits import TextEdit, apply_edits
from cgkg.sparql.tree.nodes import (
    BuiltInCall,
    GroupByClause,
    Node,
    Projection,
    Variable,
    children,
)
from cgkg.sparql.tree.parser import parse
from cgkg.store.graph import Graph

FOCUS = "abcde"


def triple(source: random.Random) -> str:
    subject = source.choice(["$this", "$this", "?x", "?y", ":a", ":b"])
    # Not | and *, of which the engine alone is wrong.
    verb = source.choice([":p", ":q", ":r", ":p/:q", "^:p", ":p+", "?v"])
    return f"{subject} {verb} {source.choice(['$this', '?x', '?y', '?z', ':c', '1', '2'])} ."


def test_of(source: random.Random, depth: int) -> str:
    if source.random() < 0.2 and depth < 3:
        return f"{source.choice(['', 'NOT '])}EXISTS {group(source, depth + 1)}"
    return source.choice(
        ["$this = :a", "$this != ?x", "?x = ?y", "bound(?x)", "!bound(?y)", "bound($this)",
         "?z > 1", "isIRI($this)", "?x IN (:a, $this)", "STR($this) > STR(?x)"]
    )  # fmt: skip


test_of.__test__ = False  # type: ignore[attr-defined]  # it makes a FILTER


def group(source: random.Random, depth: int = 0) -> str:
    """A group of one to three elements, up to three deep."""
    parts = []
    for _ in range(source.randrange(1, 4)):
        kind = source.random() if depth < 3 else 0.0
        name = f"?new{source.randrange(10**6)}"
        inner = [group(source, depth + 1) for _ in range(2)] if kind > 0.6 else []
        if kind < 0.45:
            parts.append(triple(source))
        elif kind < 0.6:
            parts.append(f"FILTER({test_of(source, depth)})")
        elif kind < 0.7:
            parts.append(f"OPTIONAL {inner[0]}")
        elif kind < 0.8:
            parts.append(" UNION ".join(inner))
        elif kind < 0.87:
            parts.append(inner[0])
        elif kind < 0.93:
            parts.append(f"BIND({source.choice(['$this', '?x', 'STR($this)'])} AS {name})")
        elif kind < 0.97:
            counted = f"(COUNT(?x) AS {name})"
            parts.append(f"{{ SELECT $this {counted} WHERE {inner[0]} GROUP BY $this }}")
        else:
            parts.append(f"{{ SELECT DISTINCT $this ?x WHERE {inner[0]} }}")
    return f"{{ {' '.join(parts)} }}"


def substitute(text: str, node: str) -> str:
    """The query with a node in the place of $this, which is what pre-binding means (§5.3.1)."""
    text = apply_edits(text, _substitutions(parse(text, restricted=False).query, node))
    return text.replace(f"SELECT ({node} AS ?this) (COUNT", "SELECT ?this (COUNT")


def _substitutions(query: Node, node: str) -> Iterator[TextEdit]:
    for part in children(query):
        match part:
            case BuiltInCall(name="BOUND", arguments=(Variable(name="this"),)):
                yield TextEdit(part.start, part.end, "true")
            case Projection():
                for item in part.items or ():
                    if isinstance(item, Variable) and item.name == "this":
                        yield TextEdit(item.start, item.end, f"({node} AS ?this)")
            case GroupByClause():
                yield TextEdit(part.start, part.end, f"GROUP BY ({node} AS ?this)")
            case Variable(name="this"):
                yield TextEdit(part.start, part.end, node)
            case _:
                yield from _substitutions(part, node)


@given(st.integers(0, 1 << 32), st.sampled_from([0, prebinding.MANY]))
@settings(max_examples=250, deadline=None)
def test_all_nodes_together_are_as_each_alone(seed: int, many: int) -> None:
    """Whatever groups, filters, options and queries within a query has, and for many or few."""
    source = random.Random(seed)
    data = quads(random_data(source).replace("_:", ":"))
    select = f"SELECT $this ?x ?z WHERE {group(source)}"
    targets = " , ".join(f":{name}" for name in FOCUS)
    shape = (
        f':S sh:targetNode {targets} ; sh:sparql [ sh:prefixes :ns ; sh:select """{select}""" ] .'
    )
    graph = Graph.of(Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in data)
    alone: Counter[str] = Counter()
    try:
        shapes = compile_shapes(triples(DECLARED + shape))
        for name in FOCUS:
            query = substitute(f"PREFIX : <{EX}> {select}", f"<{EX}{name}>")
            alone[name] = sum(1 for _ in graph.query(query))
    except (ShapesError, SyntaxError):
        return  # no query of SPARQL, or not one with a node in that place
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prebinding, "MANY", many)
        together = Counter(
            each.focus.value.removeprefix(EX) for each in shapes.validate(data).results
        )
    assert together == +alone


@pytest.mark.parametrize(
    ("where", "predicates"),
    [
        ("{ $this :p/^:q ?x ; a :C }", {"p", "q", "type"}),
        ("{ $this :p/:q* ?x FILTER EXISTS { ?x :r 1 } }", {"p", "q", "r"}),
        ("{ $this :p* ?x }", None),
        ("{ $this (:p|:q?) ?x }", None),
        ("{ $this ?p ?x }", None),
        ("{ $this !:p ?x }", None),
        ("{ $this :p ( 1 ) }", None),
        ("{ GRAPH ?g { $this :p ?x } }", {"p"}),
        ("{ GRAPH ?g { } }", None),
    ],
)
def test_a_query_says_which_triples_it_can_match(where: str, predicates: set[str] | None) -> None:
    """Others need not be looked at; where a node may be reached without a triple, all are."""
    query = bind_query(f"SELECT $this {where}", {"": EX}, varying=("this",))
    found = query.predicates
    names = None if found is None else {iri.replace("#", "/").rsplit("/", 1)[1] for iri in found}
    assert names == predicates


@pytest.mark.parametrize(
    ("where", "kinds"),
    [
        ("{ $this a :C , :D . ?x a :E }", {"C", "D", "E"}),
        ("{ $this :p ?x }", set()),
        ("{ $this a :C FILTER NOT EXISTS { $this a ?kind } }", None),
        ("{ $this a/:p ?x }", None),
        ("{ $this a|:p ?x . ?x a :C }", None),
    ],
)
def test_a_query_says_which_types_it_can_match(where: str, kinds: set[str] | None) -> None:
    """Most data have more statements of types than of anything else."""
    found = bind_query(f"SELECT $this {where}", {"": EX}, varying=("this",)).kinds
    assert (None if found is None else {iri.removeprefix(EX) for iri in found}) == kinds
