"""Explanations: the same proof for people, for programs and as RDF, with the evidence of leaves."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from projects import BUNDLED, Small, span
from pyoxigraph import RdfFormat
from reasoning_cases import triples

from cgkg.cli.commands import main
from cgkg.errors import CgkgError, NotEntailedError, ResourceNotFoundError
from cgkg.presentation.explanations import (
    Explanation,
    as_text,
    as_triples,
    contradictions,
    explained,
    written,
)
from cgkg.rdf.notation import read_triple
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Quad, Triple, parts
from cgkg.rdf.vocab import BASE, CG, DCTERMS, PROV, RDF
from cgkg.reasoning import Closure, Proof, close
from cgkg.reasoning.stored import close_asserted, reclose
from cgkg.serving.explainer import GenerationExplainer
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.web.app import Settings, create_app

SHARES = "reg:new-york cg:sharesMemberWith reg:great-lakes"
PARAMETERS = dict(zip("spo", SHARES.split(), strict=True))


@pytest.fixture(scope="module")
def closure(clusters: Generation) -> Closure:
    return reclose(clusters)


@pytest.fixture(scope="module")
def explanation(graph: Graph, closure: Closure) -> Explanation:
    """Why New York and the Great Lakes share a member, twice."""
    return explained(read_triple(SHARES, BUNDLED), graph, closure.explain_all, 2)


class NoPool:
    """A pool that is never asked."""

    def run(self, request: object) -> object:
        raise AssertionError


@pytest.fixture(scope="module")
def client(clusters: Generation) -> FlaskClient:
    settings = Settings(explain_all=GenerationExplainer(clusters).all)
    return create_app(clusters, NoPool(), settings).test_client()  # type: ignore[arg-type]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments], catch_exceptions=False)


def nodes(tree: dict[str, object]) -> Iterator[dict[str, object]]:
    yield tree
    for premise in tree.get("premises", []):  # type: ignore[attr-defined]
        yield from nodes(premise)


# -- text ------------------------------------------------------------------------------------------


def test_text_is_a_tree_in_words(explanation: Explanation, graph: Graph) -> None:
    """Labels, rules and axioms in words; every leaf with section, paragraph, position, mode."""
    text = as_text([explanation], graph, prefixes=BUNDLED)
    first, second = text.splitlines()[:2]
    assert first == (
        "New York city cluster and Great Lakes city cluster have a member in common, because"
        " Westchester, New York is a member of New York city cluster, and"
        " Westchester, New York is a member of Great Lakes city cluster."
    )
    assert second == SHARES
    assert "proof 1 of 2" in text
    assert "by prp-spo2 (chain of properties): has member, then is member of implies" in text
    assert "by prp-inv2 (inverse property): is member of and has member are inverse" in text
    assert "§ section 1.2, paragraph 2, 1316–1364, stated: " in text
    assert "<c:1316-1364>" in text
    assert "_:" not in text


def test_text_in_chinese(explanation: Explanation, graph: Graph) -> None:
    """The Chinese text has Chinese labels, rules, axioms, places and gists."""
    text = as_text([explanation], graph, "zh", BUNDLED)
    shared = "纽约城市群 – 有共同成员 – 五大湖城市群"
    for part in (shared, "（属性链）", "第 1.2 节第 2 段", "明述"):
        assert part in text
    assert "section" not in text


def test_asserted_fact_is_explained_by_its_place(graph: Graph, closure: Closure) -> None:
    """A fact that a clause says, and one of the registry, need no rule."""
    fact = read_triple("reg:tokyo a cg:MetropolitanArea", BUNDLED)
    told = as_text([explained(fact, graph, closure.explain_all)], graph, prefixes=BUNDLED)
    assert "<graph:registry>" in told
    assert "by " not in told


def test_every_inference_of_the_clusters_is_explained(graph: Graph, closure: Closure) -> None:
    """In every proof of an inferred fact each leaf has evidence, and none is without a label."""
    for triple in closure.inferred[::20]:
        told = as_text([explained(triple, graph, closure.explain_all)], graph, prefixes=BUNDLED)
        lines = told.splitlines()[2:]
        assert "§ " in told
        assert all("https:" not in line for line in lines), told


# -- JSON ------------------------------------------------------------------------------------------


def test_json_nests_steps_and_names_spans(explanation: Explanation, graph: Graph) -> None:
    """The tree has rule, axioms and premises, or spans and graphs; texts in both languages."""
    found = json.loads(written(explanation, "json", graph))
    assert len(found["proofs"]) == 2
    for node in (node for proof in found["proofs"] for node in nodes(proof)):
        assert set(node["text"]) == {"en", "zh"}  # type: ignore[call-overload]
        assert ("rule" in node) != ("spans" in node)
    first = found["proofs"][0]
    assert (first["rule"], first["axioms"][0]["text"]["zh"]) == (
        "prp-spo2",
        "先包括成员，再是其成员蕴含有共同成员",
    )
    (place,) = first["premises"][0]["spans"]
    assert (place["section"], place["start"], place["end"]) == ("1.2", 1316, 1364)
    assert place["mode"] == f"{BASE}concept/mode/stated"


def test_deep_proofs_are_told_in_full() -> None:
    """Thousands of steps make a text and a graph; nested JSON refuses with a hint, not a crash.

    From Python 3.13 on JSON can be nested that deeply.
    """
    chain = " ".join(f":n{i} :next :n{i + 1} ." for i in range(1100))
    deep = close(
        triples(":reach owl:propertyChainAxiom ( :reach :next ) ."),
        triples(chain + ":a :reach :n0 ."),
    )
    empty = Graph.of([])
    (goal,) = triples(":a :reach :n1100 .")
    one = Explanation(goal, deep.explain_all(goal, 1))
    assert len(as_text([one], empty).splitlines()) > 3000
    assert len(as_triples([one], empty)) > 7000
    if sys.version_info >= (3, 13):
        assert written(one, "json", empty).count(b'"premises"') >= 1100
    else:
        with pytest.raises(CgkgError, match="too deep"):
            written(one, "json", empty)


# -- RDF -------------------------------------------------------------------------------------------


def test_provenance_is_that_of_the_proof(explanation: Explanation, graph: Graph) -> None:
    """Each step is an activity by its rule that used premises and axioms; leaves have spans."""
    told = Graph.of(
        Quad(t.subject, t.predicate, t.object, DefaultGraph())
        for t in as_triples([explanation], graph)
    )
    steps = [step for proof in explanation.proofs for step in proof.steps() if step.rule]
    activities = {s for s, _, _ in map(parts, told.triples(p=RDF.type, o=PROV.Activity))}
    entities = {s for s, _, _ in map(parts, told.triples(p=RDF.type, o=PROV.Entity))}
    assert len(activities) == len(set(map(_content, steps)))
    for activity in activities:
        ((_, _, rule),) = map(parts, told.triples(activity, DCTERMS.conformsTo))
        assert IRI(f"{BASE}rule/prp-spo2").value[:-1] in rule.value or "inv2" in rule.value
        used = {t.object for t in told.triples(activity, PROV.used)}
        ((made, _, _),) = map(parts, told.triples(p=PROV.wasGeneratedBy, o=activity))
        assert used <= {t.object for t in told.triples(made, PROV.wasDerivedFrom)}
        assert used <= entities
    spans = {t.object for t in told.triples(p=PROV.wasDerivedFrom)}
    assert IRI(f"{BASE}source/city-clusters/c/1316-1364") in spans


def _content(step: Proof) -> tuple[object, ...]:
    return step.rule, step.triple, tuple(premise.triple for premise in step.premises)


def test_provenance_has_stable_names(explanation: Explanation, graph: Graph) -> None:
    """No blank nodes; other labels of the ontology's blank nodes change no name."""
    told = as_triples([explanation], graph)
    assert not any(isinstance(term, BlankNode) for triple in told for term in triple)
    assert len(told) == len(set(told))
    names: dict[str, BlankNode] = {}

    def renamed(term: object) -> object:
        if isinstance(term, BlankNode):
            return names.setdefault(term.value, BlankNode())
        return term

    quads = [
        Quad(renamed(q.subject), q.predicate, renamed(q.object), q.graph_name)  # type: ignore[arg-type]
        for q in graph.quads()
    ]
    other = Graph.of(quads)
    again = explained(read_triple(SHARES, BUNDLED), other, close_asserted(other).explain_all, 2)
    assert as_triples([again], other) == told


def test_turtle_is_turtle(explanation: Explanation, graph: Graph) -> None:
    """The file reads as the triples it was made of, with the prefixes it needs."""
    body = written(explanation, "ttl", graph)
    read = Graph.of([])
    read._database.load(body, format=RdfFormat.TURTLE)
    assert set(read.triples()) == set(as_triples([explanation], graph))
    assert b"@prefix prov:" in body
    assert b"@prefix budgetstatus:" not in body


# -- what does not follow, and contradictions ------------------------------------------------------


def test_what_does_not_follow_is_an_error(graph: Graph, closure: Closure) -> None:
    """A name nobody knows gets proposals; a fact that does not hold is said not to follow."""
    with pytest.raises(ResourceNotFoundError) as unknown:
        explained(
            read_triple(SHARES.replace("new-york", "new-yrk"), BUNDLED), graph, closure.explain_all
        )
    assert f"{BASE}id/region/new-york" in unknown.value.nearest
    with pytest.raises(NotEntailedError, match="reg:tokyo"):
        explained(
            read_triple("reg:tokyo cg:sharesMemberWith reg:great-lakes", BUNDLED),
            graph,
            closure.explain_all,
            prefixes=BUNDLED,
        )


def test_literal_may_be_written_otherwise(graph: Graph, closure: Closure) -> None:
    """A number in another lexical form than the database's is the same fact."""
    (fact,) = graph.triples(IRI(f"{BASE}id/value/tokyo-area"), CG.numericValue)
    assert isinstance(fact.object, Literal)
    other = Literal(f"0{fact.object.value}", datatype=fact.object.datatype)
    asked = Triple(fact.subject, fact.predicate, other)
    assert explained(asked, graph, closure.explain_all).claim == fact


def test_contradictions_are_explained(small: Small) -> None:
    """Every contradiction of a project's files, with the proofs of its premises and their spans."""
    small.facts(
        span(
            "The Elbe flows through Dresden", "id:river\\/elbe :flowsThrough id:place\\/dresden ."
        ),
        span("Hamburg", "id:place\\/hamburg :flowsThrough id:river\\/elbe ."),
    )
    done = run("--inconsistencies", "--project", str(small.folder))
    assert done.exit_code == 1
    assert "contradiction: cax-dw: " in done.stdout
    assert "by prp-dom (domain of a property)" in done.stdout
    assert "§ section" in done.stdout
    in_chinese = run("--inconsistencies", "--project", str(small.folder), "--lang", "zh")
    assert "依据 cax-dw（互斥类）：河流与地点没有共同的实例" in in_chinese.stdout
    rows = json.loads(run("--inconsistencies", "--json", "--project", str(small.folder)).stdout)
    assert {row["rule"] for row in rows} == {"cax-dw"}
    assert all(row["premises"] and row["axioms"] for row in rows)
    turtle = run("--inconsistencies", "--format", "ttl", "--project", str(small.folder)).stdout
    assert "prov:wasGeneratedBy" in turtle
    assert "cax-dw" in turtle


def test_no_contradiction_is_said(small: Small) -> None:
    """A consistent project exits 0 and says so."""
    done = run("--inconsistencies", "--project", str(small.folder))
    assert (done.exit_code, done.stdout) == (0, "no contradiction\n")


def test_contradictions_of_a_closure_keep_their_premises() -> None:
    """Each premise of a contradiction has its proof."""
    given = triples(":A owl:disjointWith :B . :x a :A ; :p :y . :p rdfs:domain :B .")
    (one,) = contradictions(close(given, []))
    assert {proof.rule for proof in one.proofs} == {None, "prp-dom"}


# -- command and address ---------------------------------------------------------------------------


def test_command_explains_the_built_graph(small: Small) -> None:
    """`cgkg explain` takes prefixed names, IRIs and literals, and knows --json and --all."""
    options = ["--project", str(small.folder)]
    assert CliRunner().invoke(main, ["build", *options]).exit_code == 0
    base = "https://example.org/rivers/"
    fact = f"<{base}id/place/hamburg> <{base}def/liesOn> <{base}id/river/elbe>"
    done = run(fact, *options)
    assert done.exit_code == 0
    assert "by prp-inv1 (inverse property)" in done.stdout
    assert json.loads(run(fact, "--json", *options).stdout)["proofs"]
    length = f'<{base}id/river/elbe> <{base}def/lengthKm> "1094"^^xsd:integer .'
    assert "§ section" in run(length, "--all", "3", *options).stdout


@pytest.mark.parametrize("arguments", [(), ("place:a a",), ("a b c d",), ("x y z", "--json")])
def test_wrong_usage_exits_2(arguments: tuple[str, ...], small: Small) -> None:
    """No fact, or what is no fact, is wrong usage with a hint."""
    done = run(*arguments, "--project", str(small.folder))
    assert done.exit_code == 2
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("accept", "kind", "start"),
    [
        (None, "application/json", "{"),
        ("*/*", "application/json", "{"),
        ("text/turtle", "text/turtle; charset=utf-8", "@prefix"),
        ("text/plain", "text/plain; charset=utf-8", "New York city cluster and"),
    ],
)
def test_address_negotiates(client: FlaskClient, accept: str | None, kind: str, start: str) -> None:
    """/explain answers in the format that is preferred, for any site's scripts."""
    headers = {"Accept": accept} if accept else {}
    answer = client.get("/explain", query_string=PARAMETERS, headers=headers)
    assert (answer.status_code, answer.content_type) == (200, kind)
    assert answer.text.startswith(start)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_browser_is_sent_to_the_page(client: FlaskClient) -> None:
    """Who prefers a page is redirected to /fact with the same parameters."""
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    query = {**PARAMETERS, "lang": "zh"}
    answer = client.get("/explain", query_string=query, headers=browser)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/fact?s=reg%3Anew-york")
    assert answer.headers["Location"].endswith("lang=zh")


def test_address_gives_alternatives(client: FlaskClient) -> None:
    """`all` asks for several proofs, `format` and `lang` for another form."""
    several = client.get("/explain", query_string={**PARAMETERS, "all": "3"}).get_json()
    assert len(several["proofs"]) == 3
    query = {**PARAMETERS, "format": "text", "lang": "zh"}
    assert "属性链" in client.get("/explain", query_string=query).text


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"s": ""}, 400),
        ({"all": "none"}, 400),
        ({"all": "1000000"}, 400),
        ({"format": "pdf"}, 400),
        ({"s": "reg:nowhere"}, 404),
        ({"s": "reg:tokyo"}, 404),
    ],
)
def test_address_tells_what_is_wrong(
    client: FlaskClient, change: dict[str, str], status: int
) -> None:
    """Mistakes in parameters are 400, what does not follow is 404, both with a hint."""
    answer = client.get("/explain", query_string={**PARAMETERS, **change})
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
