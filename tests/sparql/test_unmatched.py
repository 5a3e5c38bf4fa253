"""What is said beside an empty answer: terms that the graph lacks, and what it has instead."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from cgkg.rdf.terms import IRI, DefaultGraph, GraphName, Literal, Quad, Term
from cgkg.rdf.vocab import OWL, RDF, RDFS, XSD
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.sparql.unmatched.names import NearNames, _distance
from cgkg.sparql.unmatched.notes import (
    SENTENCES,
    UnmatchedNote,
    read_notes,
    tell,
    write_notes,
)
from cgkg.store.graph import Graph

E = "http://e.org/"
PROLOGUE = f"PREFIX e: <{E}> PREFIX rdfs: <{RDFS.base}> PREFIX xsd: <{XSD.base}>\n"


def e(name: str) -> IRI:
    return IRI(E + name)


def fact(s: str, p: str | IRI, o: str | Term, g: str = "") -> Quad:
    graph: GraphName = e(g) if g else DefaultGraph()
    return Quad(e(s), e(p) if isinstance(p, str) else p, e(o) if isinstance(o, str) else o, graph)


def typed(text: str, datatype: IRI) -> Literal:
    return Literal(text, datatype=datatype)


ASSERTED = [
    fact("tokyo", RDF.type, "UrbanRegion"),
    fact("tokyo", RDFS.label, Literal("Tokyo", language="en")),
    fact("tokyo", RDFS.label, Literal("Tokio", language="de")),
    fact("tokyo", "amount", typed("830000000", XSD.decimal)),
    fact("tokyo", "founded", typed("1603-03-24", XSD.date)),
    fact("tokyo", "code", Literal("13")),
    fact("tokyo", "page", Literal("http://tokyo.jp/")),
    fact("tokyo", "inCountry", "japan"),
    fact("japan", RDFS.label, Literal("Japan", language="en")),
    fact("row17", "code", Literal("x")),
    fact("hasCode", RDF.type, OWL.DatatypeProperty),
    fact("Village", RDF.type, OWL.Class),
    fact("osaka", "amount", typed("5", XSD.decimal), "first"),
    fact("osaka", "onlyThere", "sea", "first"),
]
INFERRED = [fact("tokyo", RDF.type, "Place"), fact("tokyo", "locatedIn", "japan")]


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    both = Graph.of([*ASSERTED, *INFERRED])
    return Evaluator(both, Graph.of(ASSERTED), max_bytes=100_000)


def ask(evaluator: Evaluator, query: str, **options: Any) -> QueryAnswer:
    return evaluator.answer(QueryRequest(PROLOGUE + query, **options))


def told(evaluator: Evaluator, query: str, **options: Any) -> list[str]:
    """The notes as a reader sees them, names short."""

    def shorten(term: str) -> str:
        for base, name in ((E, ""), (XSD.base, "xsd:"), (RDFS.base, "rdfs:")):
            term = term.replace(f"<{base}", f"<{name}")
        return term.replace("<", "").replace(">", "")

    notes = read_notes(ask(evaluator, query, **options).unmatched)
    return [tell(note, str, shorten) for note in notes]


NO_WORD_ENDS = (
    r'"\\b1" is not a regular expression of XPath, which REGEX takes: there is no \b, (?i) or'
    " (?=...) in it."
)
NO_AMOUNT = "The graph has no property amout. Did you mean amount?"
IN_DECIMAL = (
    'No value of amount is "830000000"^^xsd:integer; the graph has "830000000"^^xsd:decimal.'
)


@pytest.mark.parametrize(
    ("query", "notes"),
    [
        # Properties, wherever a pattern has them.
        ("SELECT * { ?x e:amout ?y }", [NO_AMOUNT]),
        ("ASK { ?x e:amout ?y }", [NO_AMOUNT]),
        ("CONSTRUCT WHERE { ?x e:amout ?y }", [NO_AMOUNT]),
        ("SELECT * { { SELECT ?x { ?x e:amout ?y } } }", [NO_AMOUNT]),
        ("SELECT * { { ?x e:amout ?y } UNION { ?x e:amout ?z } }", [NO_AMOUNT]),
        ("SELECT * { ?x e:code ?c OPTIONAL { ?x e:amout ?y } FILTER(?y > 1) }", [NO_AMOUNT]),
        ("SELECT * { ?x e:code ?c FILTER EXISTS { ?x e:amout ?y } }", [NO_AMOUNT]),
        ("SELECT * { ?x ^e:inCountry/e:amout ?y }", [NO_AMOUNT]),
        ("SELECT * { ?x (e:amout|e:amout)+ ?y }", [NO_AMOUNT]),
        ("SELECT * { [ e:code ?c ; e:amout ?y ] }", [NO_AMOUNT]),
        ("SELECT * { ?x ?p ?y VALUES ?p { e:amout } }", [NO_AMOUNT]),
        ("SELECT * { ?x ?p ?y FILTER(?p = e:amout && ?y > 3) }", [NO_AMOUNT]),
        ("SELECT * { ?x ?p ?y FILTER(?p IN (e:amout)) }", [NO_AMOUNT]),
        ("SELECT * { ?x ?p ?y FILTER sameTerm(e:amout, ?p) }", [NO_AMOUNT]),
        ("SELECT * { BIND(e:amout AS ?p) ?x ?p ?y }", [NO_AMOUNT]),
        ("SELECT (COUNT(*) AS ?n) (SUM(?y) AS ?sum) { ?x e:amout ?y }", [NO_AMOUNT]),
        ("SELECT * { ?x e:Amount ?y }", ["The graph has no property Amount. Did you mean amount?"]),
        (
            "SELECT * { ?x <http://other.org/code> ?y }",
            ["The graph has no property http://other.org/code. Did you mean code?"],
        ),
        ("SELECT * { ?x e:nothingLikeIt ?y }", ["The graph has no property nothingLikeIt."]),
        ("SELECT * { ?x e:hasCode ?y }", ["No statement has the property hasCode."]),
        # Classes.
        (
            "SELECT * { ?x a e:UrbanRegoin }",
            ["The graph has no class UrbanRegoin. Did you mean UrbanRegion?"],
        ),
        ("SELECT * { ?x a e:Regon }", ["The graph has no class Regon. Did you mean UrbanRegion?"]),
        (
            "SELECT * { ?x a/rdfs:subClassOf* e:Urbanregion }",
            ["The graph has no property rdfs:subClassOf.",
             "The graph has no class Urbanregion. Did you mean UrbanRegion?"],
        ),
        ("SELECT * { ?x a e:Village }", ["Nothing is of the class Village."]),
        # Entities.
        ("DESCRIBE e:tokoy", ["The graph does not mention tokoy. Did you mean tokyo?"]),
        ("SELECT * { e:tokoy ?p ?o }", ["The graph does not mention tokoy. Did you mean tokyo?"]),
        (
            "SELECT * { ?x e:inCountry e:Jpan }",
            ["The graph does not mention Jpan. Did you mean japan?"],
        ),
        ("SELECT * { e:row18 ?p ?o }", ["The graph does not mention row18."]),
        (
            "SELECT * { ?x e:inCountry e:tokyo }",
            ["tokyo is the value of no statement, only a subject."],
        ),
        (
            "SELECT * { e:UrbanRegion ?p ?o }",
            ["UrbanRegion is the subject of no statement, only a value."],
        ),
        # Literals.
        ("SELECT * { ?x e:amount 830000000 }", [IN_DECIMAL]),
        ("SELECT * { ?x e:amount ?v VALUES ?v { 830000000 } }", [IN_DECIMAL]),
        (
            "SELECT * { ?x ?p 830000000 }",
            ['No value is "830000000"^^xsd:integer; the graph has "830000000"^^xsd:decimal.'],
        ),
        (
            'SELECT * { ?x e:amount ?v FILTER(?v = "830000000") }',
            ['No value of amount is "830000000"; the graph has "830000000"^^xsd:decimal.'],
        ),
        (
            "SELECT * { ?x e:code 13 }",
            ['No value of code is "13"^^xsd:integer; the graph has "13".'],
        ),
        (
            'SELECT * { ?x rdfs:label "Tokyo" }',
            ['No value of rdfs:label is "Tokyo"; the graph has "Tokyo"@en.'],
        ),
        (
            'SELECT * { ?x rdfs:label ?l FILTER(?l = "Tokyo") }',
            ['No value of rdfs:label is "Tokyo"; the graph has "Tokyo"@en.'],
        ),
        (
            'SELECT * { ?x e:founded "1603-03-24" }',
            ['No value of founded is "1603-03-24"; the graph has "1603-03-24"^^xsd:date.'],
        ),
        (
            'SELECT * { ?x e:founded ?d FILTER(?d > "1600-01-01") }',
            ['No value of founded has the type or language of "1600-01-01"; they are like'
             ' "1603-03-24"^^xsd:date.'],
        ),
        (
            "SELECT * { ?x e:amount 7 }",
            ['No value of amount has the type or language of "7"^^xsd:integer; they are like'
             ' "830000000"^^xsd:decimal.'],
        ),
        (
            'SELECT * { ?x e:inCountry "Japan" }',
            ['No value of inCountry is "Japan"; the graph has japan.'],
        ),
        (
            "SELECT * { ?x e:page <http://tokyo.jp/> }",
            ['No value of page is http://tokyo.jp/; the graph has "http://tokyo.jp/".'],
        ),
        # Graphs.
        (
            "SELECT * { GRAPH e:frist { ?s ?p ?o } }",
            ["There is no named graph frist. Did you mean first?"],
        ),
        ("SELECT * FROM e:none { ?x e:amout ?y }", ["There is no named graph none."]),
        ("SELECT * { GRAPH ?g { ?x e:amout ?y } }", [NO_AMOUNT]),
        (
            "SELECT * { GRAPH e:first { ?x e:inCountry ?y } }",
            ["The graphs that the query asks do not have inCountry; others have."],
        ),
        (
            "SELECT * { ?x e:onlyThere ?y }",
            ["The graphs that the query asks do not have onlyThere; others have."],
        ),
        (
            r"SELECT * { ?x e:code ?c FILTER(REGEX(?c, '\\b1', 'i')) }",
            [NO_WORD_ENDS],
        ),
        (
            r"SELECT (COUNT(?c) AS ?n) { ?x e:code ?c FILTER(!REGEX(?c, '\\b1')) }",
            [NO_WORD_ENDS],
        ),
        (
            "SELECT * FROM NAMED e:first { ?s ?p ?o }",
            ["The default graph is empty; named graphs are asked with GRAPH."],
        ),
        (
            "SELECT * FROM e:first { GRAPH ?g { ?s ?p ?o } }",
            ["There are no named graphs to ask with GRAPH."],
        ),
    ],
)  # fmt: skip
def test_an_empty_answer_says_which_terms_there_are_not(
    evaluator: Evaluator, query: str, notes: list[str]
) -> None:
    assert told(evaluator, query) == notes


@pytest.mark.parametrize(
    "query",
    [
        # With rows.
        "SELECT * { ?x e:code ?y OPTIONAL { ?x e:amout ?z } }",
        "SELECT * { { ?x e:amout ?y } UNION { ?x e:code ?y } }",
        "ASK { ?x e:code ?y MINUS { ?x e:amout ?z } }",
        "SELECT (COUNT(*) AS ?n) { ?x e:code ?y OPTIONAL { ?x e:amout ?z } }",
        "SELECT ?c { ?x e:code ?c } GROUP BY ?c HAVING (COUNT(?x) = 1)",
        # Without rows, and every term is where it is asked for.
        "SELECT * { ?x e:code ?y FILTER(?y > 'z') }",
        "SELECT * { ?x e:code ?y } LIMIT 0",
        "SELECT * { ?x e:code ?y FILTER(REGEX(?y, '^q.*')) }",
        "SELECT * { ?x e:code ?y FILTER(REGEX(?y, ?y, '?')) }",
        "SELECT * { ?x e:code 'y' }",
        "SELECT * { ?x rdfs:label 'Kyoto'@en }",
        "SELECT * { ?x rdfs:label ?l FILTER(?l IN ('Kyoto'@en)) }",
        "SELECT * { ?x e:amount 7.0 }",
        "SELECT * { ?x e:amount ?v FILTER(?v = 7) }",
        "SELECT * { ?x e:amount ?v FILTER(?v < 7) }",
        "SELECT * { ?x e:founded ?d FILTER(?d > '1999-01-01'^^xsd:date) }",
        "SELECT * { ?x e:inCountry/e:inCountry ?y }",
        "SELECT * { FILTER(1 > 2) }",
        # Terms that take no solutions away where they are lacking.
        "SELECT * { ?x e:code ?y FILTER(?y = 'z') FILTER NOT EXISTS { ?x e:amout ?z } }",
        "SELECT * { ?x e:code 'y' MINUS { ?x e:amout ?z } }",
        "SELECT * { ?x !e:amout 'y' }",
        "SELECT * { ?x e:code ?y FILTER(?y = 'z' && ?x != e:nobody) }",
        "CONSTRUCT { ?x e:amout ?y } WHERE { ?x e:code ?y FILTER(?y = 'z') }",
        "SELECT ?x { ?y e:code 'z' BIND(e:made AS ?x) }",
    ],
)
def test_nothing_is_said_where_no_term_is_lacking(evaluator: Evaluator, query: str) -> None:
    assert ask(evaluator, query).unmatched == ""


def test_facts_that_are_only_inferred_are_told_of(evaluator: Evaluator) -> None:
    """With `reasoning=off` the graph has other terms than with it."""
    query = "SELECT * { ?x a e:Place ; e:locatedIn ?y ; e:amout ?z }"
    without = told(evaluator, query, asserted_only=True)
    assert without == [
        "Only inferred facts, which the query does not ask, have Place.",
        "Only inferred facts, which the query does not ask, have locatedIn.",
        NO_AMOUNT,
    ]
    assert told(evaluator, query) == [NO_AMOUNT]


def test_the_dataset_of_the_request_is_the_one_that_is_asked(evaluator: Evaluator) -> None:
    """It goes before that of the query; several default graphs are merged."""
    query = "SELECT * FROM e:none { ?x e:code ?y }"
    elsewhere = ["The graphs that the query asks do not have code; others have."]
    assert told(evaluator, query, default_graphs=(E + "first",)) == elsewhere
    both = told(evaluator, query, default_graphs=(E + "first", E + "frist"))
    assert both == ["There is no named graph frist. Did you mean first?", *elsewhere]


def test_a_default_graph_that_is_empty_is_told_of() -> None:
    """All of the data are in named graphs, and the query does not say GRAPH."""
    graph = Graph.of([fact("a", "p", "b", "first")])
    evaluator = Evaluator(graph, graph, max_bytes=1000)
    for query in ("SELECT * { ?s ?p ?o }", "SELECT (COUNT(*) AS ?n) { ?s e:p ?o }"):
        assert told(evaluator, query) == [
            "The default graph is empty; named graphs are asked with GRAPH."
        ]
    nothing = Graph.of([])
    assert told(Evaluator(nothing, nothing, max_bytes=1000), "SELECT * { ?s ?p ?o }") == []


def test_evidence_and_every_format_have_it_too(evaluator: Evaluator) -> None:
    """It is beside the body, which stays what it is."""
    query = "SELECT * { ?x e:amout ?y }"
    assert told(evaluator, query, evidence=True) == [NO_AMOUNT]
    assert told(evaluator, query, results_as="text/csv") == [NO_AMOUNT]
    assert json.loads(ask(evaluator, query).body)["results"]["bindings"] == []


def test_the_validator_changes_with_what_is_said() -> None:
    """The body is the same, so a client would keep a header that is true no more."""
    answers = []
    for name in ("amount", "sum"):
        graph = Graph.of([fact("a", name, "b")])
        evaluator = Evaluator(graph, graph, max_bytes=1000)
        answers.append(ask(evaluator, "SELECT * { ?x e:amout ?y }"))
    one, other = answers
    assert one.body == other.body
    assert one.etag != other.etag


def test_names_that_are_near_are_found_among_many() -> None:
    """Though only those of a like length, with the same numbers and letters, are compared."""
    names = ["".join(each) for n in (3, 4, 5) for each in product("ab1", repeat=n)]
    near = NearNames(Graph.of([fact(name, "code", Literal("x")) for name in names]))
    for wanted in ("abab", "ab1a", "aaa", "b1b1b", "abbaab", "c1aaa", "xyz", "ab"):
        distances = {name: _distance(wanted, name, within=False) for name in names}
        expected = {E + name for name, found in distances.items() if found is not None}
        assert set(near.nearest(E + wanted, "entity")) == expected - {E + wanted}


def test_a_list_made_by_a_program_is_not_told_of(evaluator: Evaluator) -> None:
    """VALUES of many rows, of which most may be lacking."""
    rows = " ".join(f"e:no{number}" for number in range(17))
    assert told(evaluator, f"SELECT * {{ ?x e:code ?y VALUES ?x {{ {rows} }} }}") == []


def test_the_header_is_ascii_and_not_long() -> None:
    """Whatever the terms are; notes that do not fit are left out."""
    notes = [UnmatchedNote("property", f"<{E}城市{number}>", ("<urn:é>",)) for number in range(99)]
    header = write_notes(notes)
    assert header.isascii()
    assert header.isprintable()
    assert read_notes(header) == tuple(notes[:8])
    long = UnmatchedNote("entity", f"<{E}{'x' * 3000}>")
    assert write_notes([long]) == ""
    assert write_notes([]) == ""
    assert read_notes("") == ()
    assert write_notes([UnmatchedNote("class", '<urn:a"\n>')]) == (
        '[{"kind":"class","term":"<urn:a\\"\\n>"}]'
    )


def test_every_sentence_can_be_told() -> None:
    """With any terms, braces in them too."""
    for kind in SENTENCES:
        text = tell(UnmatchedNote(kind, "{t}", ("{n}",), "{p}"), str, str)
        assert "{term}" not in text
        assert "{near}" not in text
        assert "{property}" not in text
        assert ("{t}" in text) == (kind not in ("empty", "no-graphs"))
