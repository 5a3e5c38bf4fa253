"""SPARQL-based constraints: what is pre-bound, what is refused, what a solution says."""

from __future__ import annotations

import pytest
from shacl_cases import DECLARED, EX, check, faults, iri, quads, triples

from cgkg.rdf.terms import Literal
from cgkg.rdf.vocab import SH
from cgkg.shacl.graph import ShapesError
from cgkg.shacl.prebinding import bind_query
from cgkg.shacl.validator import validate

DATA = """
:a :p 1 , 2 , 3 ; :q :b . :b :p 1 ; :q :c . :c :p 9 .
:g { :a :in :g } :h { :a :in :h . :b :in :h }
"""


def sparql(select: str, target: str = "sh:targetNode :a , :b , :c", more: str = "") -> str:
    """A node shape with one constraint."""
    return f':S {target} ; sh:sparql [ sh:prefixes :ns ; sh:select """{select}""" {more} ] .'


@pytest.mark.parametrize(
    ("where", "nodes"),
    [
        ("{ $this :p 1 }", "ab"),
        ("{ $this :q ?x . ?x :p 9 }", "b"),
        ("{ ?x :q $this }", "bc"),
        ("{ FILTER ($this = :a) }", "a"),
        ("{ FILTER NOT EXISTS { $this :q ?x } }", "c"),
        ("{ FILTER NOT EXISTS { $this :q ?x . ?x :p ?n . FILTER (?n < 5) } }", "bc"),
        ("{ FILTER NOT EXISTS { { FILTER ($this = :a) } } }", "bc"),
        ("{ OPTIONAL { $this :q ?x } FILTER (!bound(?x)) }", "c"),
        ("{ OPTIONAL { BIND ($this AS ?x) FILTER (?x = :a) } FILTER (bound(?x)) }", "a"),
        ("{ { OPTIONAL { $this :q ?x } { $this :p ?n } } FILTER (!bound(?x)) }", "c"),
        ("{ { $this :p 9 } UNION { FILTER ($this = :a) } }", "ac"),
        ("{ { { FILTER ($this = :a) } FILTER bound($this) } }", "a"),
        ("{ BIND ($this AS ?x) FILTER (?x = :a) }", "a"),
        ("{ { SELECT $this { $this :p ?n } GROUP BY $this HAVING (COUNT(?n) > 2) } }", "a"),
        ("{ { SELECT $this (MAX(?n) AS ?m) { $this :p ?n} GROUP BY $this } FILTER (?m > 8) }", "c"),
        ("{ $this :p ?n } GROUP BY $this HAVING (SUM(?n) = 6)", "a"),
        ("{ $this (:q/:p)|:p 9 }", "bc"),
        ("{ $this :q* :c }", "abc"),
        ("{ ?s ?p $this }", "bc"),
        ("{ GRAPH ?g { $this :in ?g } }", "aab"),
        ("{ GRAPH ?g { $this ?p ?o } FILTER (?g != :h) }", "a"),
        ("{ GRAPH :h { ?x :in ?y } FILTER ($this = ?x) }", "ab"),
        ("{ FILTER EXISTS { GRAPH ?g { ?s ?p $this } } }", ""),
        ("{ FILTER ($this IN (:a, :c)) }", "ac"),
    ],
)  # fmt: skip
def test_this_is_bound_wherever_the_query_uses_it(where: str, nodes: str) -> None:
    """One evaluation for all nodes finds what one for each node finds (SHACL §5.3.1)."""
    expected = [f"{node} {node} SPARQL" for node in nodes]
    assert faults(DATA, sparql(f"SELECT $this {where}")) == expected
    alone = [
        line
        for node in "abc"
        for line in faults(DATA, sparql(f"SELECT $this {where}", f"sh:targetNode :{node}"))
    ]
    assert alone == expected


EXISTS_TESTS = [
    "{ FILTER NOT EXISTS { $this :q ?x . ?x :p ?n FILTER (?n < 5) } }",
    "{ FILTER EXISTS { $this :q ?x . ?x :p ?n FILTER (?n < 5) } }",
    "{ $this :p ?n FILTER NOT EXISTS { ?x :q $this . ?x :p ?n } }",
    "{ OPTIONAL { $this :q ?x } FILTER NOT EXISTS { ?x :p ?n . ?x :q ?y } }",
    "{ FILTER NOT EXISTS { $this :p ?n . ?x :p ?m FILTER (?n > ?m && ?x != $this) } }",
    "{ FILTER NOT EXISTS { ?x :p 9 . ?y :p 1 } }",
    "{ FILTER NOT EXISTS { $this :p ?n , ?m FILTER (?n != ?m) }"
    " FILTER EXISTS { $this :q/:p ?n ; :p ?m } }",
    "{ BIND (:b AS ?b) FILTER NOT EXISTS { $this :q ?b . ?b :p ?n } }",
    "{ FILTER NOT EXISTS { $this :q/:p ?n FILTER (?n < 5) } }",
    "{ FILTER NOT EXISTS { $this :q+ ?x . ?x :p 9 } }",
    "{ FILTER NOT EXISTS { $this :q ?x } }",
]


@pytest.mark.parametrize("where", EXISTS_TESTS)
def test_exists_is_found_once_for_many_nodes(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the words for many focus nodes a query finds what it finds for few."""
    shapes = sparql(f"SELECT $this {where}")
    few = faults(DATA, shapes)
    monkeypatch.setattr("cgkg.shacl.prebinding.MANY", 0)
    assert faults(DATA, shapes) == few


def test_exists_is_found_once_where_that_is_the_same() -> None:
    """A join is, unless what it shares with the query may be unbound there."""
    queries = (
        bind_query(f"SELECT $this {where}", {"": EX}, varying=("this",)) for where in EXISTS_TESTS
    )
    rewritten = ["EXISTS" not in query.of_many for query in queries]
    assert rewritten == [*[True] * 3, False, True, False, *[True] * 3, False, False]


GRAPH_TESTS = [
    "{ GRAPH ?g { $this :p ?n FILTER NOT EXISTS { $this :q ?x . ?x :p ?m } } }",
    "{ GRAPH ?g { $this :p ?n FILTER EXISTS { $this :q ?x . ?x :p ?m } } }",
    "{ GRAPH ?g { $this :p ?n } FILTER NOT EXISTS { GRAPH ?g { $this :q ?x . ?x :p ?m } } }",
    "{ GRAPH ?g { $this :p ?n } FILTER EXISTS { GRAPH ?h { $this :q ?x . ?x :p ?m } } }",
    "{ GRAPH ?g { $this :p ?n } FILTER NOT EXISTS { GRAPH ?h { ?s ?p $this . ?s ?q ?o } } }",
    "{ GRAPH ?g { $this :p ?n FILTER NOT EXISTS { $this :q ?x . ?x :p ?g } } }",
    "{ GRAPH ?g { $this :p ?n FILTER (!EXISTS { $this :q ?x . ?x :p ?m }) } }",
    "{ GRAPH ?g { $this :p ?n FILTER (?n > 0 && NOT EXISTS { $this :q ?x . ?x :q ?m }"
    " && (EXISTS { ?y :q $this . ?y :p ?m })) } }",
    "{ GRAPH ?g { { $this :p ?n FILTER NOT EXISTS { $this :q ?x . ?x :p ?m } }"
    " UNION { $this :q ?n FILTER (EXISTS { ?n :p ?m . $this :p ?m }) } } }",
    "{ $this :p ?n FILTER NOT EXISTS { $this :q ?x . GRAPH ?h { ?x :p ?m } } }",
    "{ $this :p ?n FILTER EXISTS { GRAPH ?h { $this :q ?x } GRAPH ?i { ?x :p ?m } } }",
    "{ $this :p ?n { GRAPH :g { $this :p ?o FILTER NOT EXISTS { $this :q/:p ?m } } } }",
]


@pytest.mark.parametrize("where", GRAPH_TESTS)
def test_exists_about_named_graphs_is_found_once(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within GRAPH, and with GRAPH within it; graphs of the validator's own are not seen."""
    data = quads(
        ":g { :a :p 1 ; :q :b . :b :p 2 . :c :q :a } :h { :b :p 2 . :a :q :b ; :p 3 . :d :p 4 }"
    )
    shape = sparql(f"SELECT $this {where}", "sh:targetNode :a , :b , :c , :d")
    shapes = triples(DECLARED + shape)
    few = validate(data, shapes)
    assert few.results
    monkeypatch.setattr("cgkg.shacl.prebinding.MANY", 0)
    assert validate(data, shapes) == few
    bound = bind_query(f"SELECT $this {where}", {"": EX}, varying=("this",))
    assert ("EXISTS" in bound.of_many) == (":p ?g" in where)


def test_a_query_that_cuts_off_its_solutions_runs_for_each_node() -> None:
    """LIMIT and aggregates over everything are of one focus node's solutions."""
    limited = "SELECT $this ?value { $this :p ?value } ORDER BY DESC(?value) LIMIT 1"
    assert faults(DATA, sparql(limited)) == ["a 3 SPARQL", "b 1 SPARQL", "c 9 SPARQL"]
    assert bind_query(limited, {"": EX}, varying=("this",)).alone
    assert not bind_query("SELECT $this { $this :p 1 }", {"": EX}, varying=("this",)).alone


def test_focus_nodes_may_be_literals_and_blank() -> None:
    """Each is told from the others as it was parsed, whatever the engine makes of it."""
    data = '[] :p "01"^^xsd:integer , "1"^^xsd:integer , "1.0"^^xsd:decimal .'
    found = check(data, sparql("SELECT $this { ?x :p $this }", "sh:targetObjectsOf :p")).results
    assert [str(each.focus).split("^")[0] for each in found] == ['"01"', '"1"', '"1.0"']
    blank = check(data, sparql("SELECT $this { $this :p 1 }", "sh:targetSubjectsOf :p")).results
    assert [each.focus for each in blank] == [quads(data)[0].subject] or len(blank) == 1


def test_values_are_reported_as_they_were_parsed() -> None:
    """The engine rewrites a decimal, the report does not."""
    data = ':a :p "2.50"^^xsd:decimal , "x"^^xsd:integer .'
    found = check(data, sparql("SELECT $this ?value { $this :p ?value }", "sh:targetNode :a"))
    assert {each.value for each in found.results} == {q.object for q in quads(data)}


def test_a_solution_says_path_value_and_message() -> None:
    """?path, ?value and ?message go before what the shape says (SHACL §5.3.2)."""
    select = "SELECT $this (:other AS ?path) (7 AS ?value) ('so'@en AS ?message) { $this :p 9 }"
    (found,) = check(DATA, sparql(select)).results
    assert (found.path, str(found.value)[:3], found.messages) == (
        iri("other"),
        '"7"',
        (Literal("so", language="en"),),
    )
    (plain,) = check(DATA, sparql("SELECT $this { $this :p 9 }")).results
    assert (plain.path, plain.value) == (None, iri("c"))


def test_a_property_shape_names_its_path_in_the_query() -> None:
    """$PATH is the path of the shape; without ?value the result has no value."""
    shapes = """:S sh:targetNode :a , :b ; sh:path ( :q :p ) ; sh:sparql [ sh:prefixes :ns ;
        sh:select "SELECT $this ?value { $this $PATH ?value FILTER (?value > 5) }" ] ,
        [ sh:prefixes :ns ; sh:select "SELECT $this { $this $PATH 9 }" ] ."""
    assert faults(DATA, shapes) == ["b - SPARQL", "b 9 SPARQL"]


def test_messages_take_values_in_every_language() -> None:
    """{?x} and {$x} are values of the solution; the constraint's own message goes first."""
    more = '; sh:message "{$this} has {?n}"@en , "{?n} de {$this}"@fr , "{?none}"'
    shapes = sparql("SELECT $this ?n { $this :p ?n FILTER (?n > 5) }", more=more)
    (found,) = check(DATA, shapes + ":S sh:message 'of the shape' .").results
    assert found.messages == (
        Literal("{?none}"),
        Literal(f"{EX}c has 9", language="en"),
        Literal(f"9 de {EX}c", language="fr"),
    )
    of_shape = sparql("SELECT $this ?n { $this :p ?n FILTER (?n > 5) }")
    (told,) = check(DATA, of_shape + ":S sh:message 'it is {?n}' .").results
    assert told.messages == (Literal("it is 9"),)


def test_a_message_has_no_label_of_a_blank_node() -> None:
    """Which is another one at each reading, and none that the author wrote."""
    for data in (":a :q [ :p 1 ]", ":a :q _:one . _:one :p 1"):
        shape = sparql(
            "SELECT $this ?value { $this :q ?value }", "sh:targetNode :a",
            '; sh:message "{$this} has {?value}"',
        )  # fmt: skip
        (found,) = check(f"{data} .", shape).results
        assert [each.value for each in found.messages] == [f"{iri('a').value} has []"]


def test_the_shape_and_its_graph_can_be_asked() -> None:
    """$currentShape and $shapesGraph are bound, and no other query sees that graph."""
    select = """SELECT $this { GRAPH $shapesGraph { $currentShape :most ?m }
        $this :p ?n FILTER (?n > ?m) }"""
    seen = "SELECT $this ?value { GRAPH ?g { ?value ?p ?o } FILTER (?value = :S) }"
    shapes = (
        sparql(select) + ":S :most 5 ; sh:sparql [ sh:prefixes :ns ; sh:select '" + seen + "' ] ."
    )
    assert faults(DATA, shapes) == ["c c SPARQL"]


def test_prefixes_come_through_imports() -> None:
    """sh:prefixes reaches what its ontology imports (SHACL §5.2.1)."""
    shapes = """:lib owl:imports :ns2 . :ns2 owl:imports :lib , :ns .
        :S sh:targetNode :c ; sh:sparql [ sh:prefixes :lib ;
            sh:select "SELECT $this { $this :p 9 }" ] ."""
    assert faults(DATA, shapes) == ["c c SPARQL"]
    twice = ':ns sh:declare [ sh:prefix "" ; sh:namespace "urn:x:" ] .'
    with pytest.raises(ShapesError, match="two namespaces"):
        check(DATA, shapes + twice)


@pytest.mark.parametrize(
    ("select", "complaint"),
    [
        ("SELECT $this { $this :p ?n MINUS { $this :p 1 } }", "MINUS"),
        ("SELECT $this { SERVICE <urn:x> { $this :p ?n } }", "SERVICE"),
        ("SELECT $this { VALUES ?x { 1 } $this :p ?x }", "VALUES"),
        ("SELECT $this { $this :p ?x } VALUES ?x { 1 }", "VALUES"),
        ("SELECT $this { $this :q ?x { SELECT ?x { ?x :p ?y } } }", "must select"),
        ("SELECT $this { { SELECT * { FILTER ($this = :a) } } }", "must select"),
        ("SELECT $this { BIND (1 AS $this) }", "no AS"),
        ("SELECT (1 AS $this) { ?x :p ?y }", "no AS"),
        ("SELECT ?x { ?x :p ?y }", "selects \\$this"),
        ("SELECT $this FROM <urn:x> { $this :p ?y }", "FROM"),
        ("ASK { $this :p ?y }", "SELECT"),
        ("SELECT $this { $this :p", "not closed"),
        ("SELECT $this { $this none:p 1 }", "none"),
        ("SELECT $this { $this <no-iri> 1 }", "IRI"),
    ],
)
def test_what_shacl_excludes_is_refused(select: str, complaint: str) -> None:
    """Forms in which no variable can be pre-bound are an error, as is what is no query."""
    with pytest.raises(ShapesError, match=complaint) as caught:
        check(DATA, sparql(select))
    assert "S>" in str(caught.value)


@pytest.mark.parametrize("name", ["PublicService ", "terminus { "])
def test_words_in_a_query_are_no_keywords(name: str) -> None:
    """A class PublicService and a text with the word minus are nothing that is excluded."""
    select = "SELECT $this { $this a :PublicService FILTER ('minus {' != 'values (') }"
    assert faults(":a a :PublicService .", sparql(select)) == ["a a SPARQL"]
    assert name


def test_a_failure_that_a_query_reports_is_an_error() -> None:
    """?failure means that there is no report (SHACL §5.3.1)."""
    with pytest.raises(ShapesError, match="failure"):
        check(DATA, sparql("SELECT $this (true AS ?failure) { $this :p 9 }"))


def test_constraints_with_graph_may_stand_anywhere() -> None:
    """In property shapes, nested shapes and negations as well."""
    ask = 'sh:sparql [ sh:prefixes :ns ; sh:select "SELECT $this { GRAPH ?g { $this :in ?g } }" ]'
    assert faults(DATA, f":S sh:targetNode :a , :c ; sh:not [ {ask} ] .") == ["c c Not"]
    nested = f":S sh:targetNode :b , :a ; sh:property [ sh:path :q ; sh:node [ {ask} ] ] ."
    assert faults(DATA, nested) == ["a b Node"]


def test_the_merge_of_all_graphs_has_each_triple_once() -> None:
    """A query without GRAPH does not count a triple of two graphs twice."""
    count = "SELECT $this (COUNT(*) AS ?value) { $this :p ?x } GROUP BY $this"
    shapes = sparql(count, "sh:targetNode :a")
    assert faults(":g { :a :p 1 } :h { :a :p 1 } :i { :a :p 2 }", shapes) == ["a 2 SPARQL"]


def test_what_differs_in_the_engine_is_put_right() -> None:
    """Queries of shapes are rewritten as all queries are: REGEX is that of XPath."""
    select = "SELECT $this { $this :name ?n FILTER REGEX(?n, '^[a-z-[d]]$') }"
    assert faults(":a :name 'd' . :b :name 'e' .", sparql(select)) == ["b b SPARQL"]


def test_deactivated_constraints_do_not_run() -> None:
    """sh:deactivated holds for a constraint, too."""
    shapes = sparql("SELECT $this { $this :p 9 }", more="; sh:deactivated true")
    assert faults(DATA, shapes) == []


def test_the_constraint_is_named() -> None:
    """sh:sourceConstraint is the node of the constraint."""
    shapes = """:S sh:targetNode :c ; sh:sparql :rule .
        :rule sh:prefixes :ns ; sh:select "SELECT $this { $this :p 9 }" ."""
    (found,) = check(DATA, shapes).results
    assert found.constraint == iri("rule")
    assert found.component == SH.SPARQLConstraintComponent


def test_no_store_is_made_without_a_query(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes of SHACL Core never ask the engine."""
    monkeypatch.setattr("cgkg.shacl.asking.Graph.of", None)
    assert validate(quads(DATA), triples(":S sh:targetNode :a ; sh:in ( ) .")).results
