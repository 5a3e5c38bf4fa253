"""What an endpoint has is validated as files are, and asked for no more than that needs."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from engines import Behaviour, NearEngine, engine
from shacl_cases import EX as EXAMPLE
from shacl_cases import (
    PATTERNS,
    SPECIAL,
    TYPES,
    iri,
    quads,
    random_data,
    random_shapes,
    special_shapes,
    told,
    triples,
)

from cgkg.cli.commands import main
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, DefaultGraph, Quad
from cgkg.rdf.vocab import DCTERMS, RDF, RDFS, XSD
from cgkg.remote.client import Client
from cgkg.remote.engine import Engine
from cgkg.remote.fetching import EndpointData
from cgkg.remote.scope import begun_quad, version_quad
from cgkg.shacl.excerpts import NotPicked, ShapesExcerpt
from cgkg.shacl.validator import compile_shapes

EX = "http://example.org/"
PREFIXES = f"@prefix : <{EX}> . @prefix sh: <http://www.w3.org/ns/shacl#> .\n"
DATA = (
    PREFIXES
    + """:a a :Place ; :name "a", "b" ; :unseen 1 . :g { :c a :Town ; :name 3 ; :part _:x . }
    :Town <http://www.w3.org/2000/01/rdf-schema#subClassOf> :Place . _:x :name "x" ; :size 2 ."""
)
SHAPES = {
    "core": """:S sh:targetClass :Place ; sh:property
        [ sh:path :name ; sh:maxCount 1 ; sh:datatype <http://www.w3.org/2001/XMLSchema#string> ] ,
        [ sh:path ( :part :size ) ; sh:maxInclusive 1 ] .""",
    "query": """:S sh:targetClass :Place ; sh:sparql [ sh:message "few" ;
        sh:select "SELECT $this { $this <http://example.org/name> 3 }" ] .""",
    "closed": """:S sh:targetClass :Place ; sh:closed true ;
        sh:property [ sh:path :name ; sh:minCount 3 ] .""",
}


def report(*words: object) -> object:
    done = CliRunner().invoke(main, ["validate", *map(str, words), "--json"])
    assert done.exit_code == 1, done.output
    content = json.loads(done.stdout)
    # Where it stands is known of files alone.
    left = [{k: v for k, v in f.items() if k not in ("path", "line")} for f in content["findings"]]
    return sorted(json.dumps(finding, sort_keys=True) for finding in left)


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("union", [False, True])
def test_an_endpoint_is_validated_as_its_files(tmp_path: Path, kind: str, union: bool) -> None:
    """Over all of its graphs, whatever its default graph is."""
    data, shapes = tmp_path / "data.trig", tmp_path / "shapes.ttl"
    data.write_text(DATA.replace(":unseen 1 . :g", ":unseen 1 .\n:g"), "utf-8")
    shapes.write_text(PREFIXES + SHAPES[kind], "utf-8")
    with engine(Behaviour(union=union)) as remote:
        remote.store.extend(parse_file(data))
        found = report("--endpoint", remote.url, "--shapes", shapes)
    assert found == report("--data", data, "--shapes", shapes)
    assert found


def test_only_what_shapes_look_at_is_fetched(tmp_path: Path) -> None:
    data, shapes = tmp_path / "data.trig", tmp_path / "shapes.ttl"
    data.write_text(DATA, "utf-8")
    looked_at = {}
    for kind, text in SHAPES.items():
        shapes.write_text(PREFIXES + text, "utf-8")
        triples = [quad.triple for quad in parse_file(shapes)]
        looked_at[kind] = compile_shapes(triples).looked_at
    assert looked_at["closed"] is None
    wanted = looked_at["core"]
    assert wanted is not None
    assert {IRI(f"{EX}name"), IRI(f"{EX}size"), RDF.type, RDFS.subClassOf} <= wanted
    client = Client("")
    with engine() as remote:
        remote.store.extend(parse_file(data))
        found = EndpointData(Engine(client, remote.url)).fetch(wanted)
        assert len(EndpointData(Engine(client, remote.url)).fetch(None)) == len(remote.store)
    client.close()
    predicates = {quad.predicate.value.removeprefix(EX) for quad in found}
    assert "unseen" not in predicates
    assert {"name", "part", "size"} <= predicates


LAYOUTS: dict[str, list[IRI | DefaultGraph]] = {
    "default": [DefaultGraph()],
    "named": [IRI("urn:g1"), IRI("urn:g2")],
    "both": [DefaultGraph(), IRI("urn:g1"), IRI("urn:g2")],
    "union": [IRI("urn:g1"), IRI("urn:g2")],
    "joint": [IRI("urn:g1"), IRI("urn:g2")],
    "joint and default": [DefaultGraph(), IRI("urn:g1"), IRI("urn:g2")],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_random_shapes_find_the_same_by_candidates_as_by_all_statements(layout: str) -> None:
    """Wherever the graphs have the statements, some in two of them."""
    near = NearEngine(union=layout == "union", joint="joint" in layout)
    graphs = LAYOUTS[layout]
    seen: Counter[str] = Counter()
    for seed in range(14):
        source = random.Random(f"{layout} {seed}")
        special = seed % 2
        made = quads(random_data(source, SPECIAL) if special else random_data(source))
        written = special_shapes(source) if special else random_shapes(source)
        near.store.clear()
        near.store.extend(
            Quad(quad.subject, quad.predicate, quad.object, graph)
            for quad in made
            for graph in {*source.choices(graphs, k=2)}
        )
        shapes, there = compile_shapes(triples(written)), EndpointData(near)
        expected = told(shapes.validate(there.fetch(None)))
        by_properties = there.fetch(shapes.looked_at)
        assert told(shapes.validate(by_properties)) == expected, seed
        excerpt = shapes.fetch(there)
        if isinstance(excerpt, NotPicked):
            assert not excerpt.reason
            continue
        assert told(excerpt.validate()) == expected, seed
        seen["results"] += len(expected)
        seen["asked"] += not excerpt.unasked
        seen["fewer"] += len(excerpt.quads) < len(by_properties)
    assert seen["asked"] > 6
    assert seen["fewer"] > 4
    assert seen["results"] > 30


def test_a_value_is_passed_over_only_if_it_conforms() -> None:
    """Each of many literals, by each of many constraints and by their contrary."""
    near = NearEngine()
    near.store.extend(quads("\n".join(f":n{n} :p {each} ." for n, each in enumerate(SPECIAL))))
    constraints = [
        *(f"sh:datatype xsd:{name}" for name in TYPES),
        *(f"sh:minInclusive {bound}" for bound in SPECIAL),
        *(f"sh:maxExclusive {bound}" for bound in SPECIAL[::2]),
        *(f'sh:pattern "{each}" ; sh:flags "{flag}"' for each in PATTERNS for flag in ("", "i")),
        *(f"sh:hasValue {each}" for each in SPECIAL[1::3]),
        *(f"sh:{name}Length {limit}" for name in ("min", "max") for limit in range(3)),
        f"sh:in ( {' '.join(SPECIAL[::3])} )",
        'sh:languageIn ( "en" "*" )',
        'sh:languageIn ( "EN-US" )',
        "sh:datatype rdf:langString",
        "sh:datatype :own",
    ]
    written = "\n".join(
        f":S{number} sh:targetSubjectsOf :p ; sh:path :p ; {each} ; sh:not [ {each} ] ."
        for number, each in enumerate(constraints)
    )
    shapes, there = compile_shapes(triples(written)), EndpointData(near)
    excerpt = shapes.fetch(there)
    assert isinstance(excerpt, ShapesExcerpt)
    assert told(excerpt.validate()) == told(shapes.validate(there.fetch(None)))


SHAPE = """:S sh:targetSubjectsOf :p ; sh:property
    [ sh:path :p ; sh:datatype xsd:integer ] , [ sh:path :q ; sh:minCount 1 ] ."""


@pytest.mark.parametrize(
    ("overlooks", "reason"),
    [
        ("FILTER(false)", r"trial of FILTER\(false\)"),
        ("FILTER(sameTerm(?v, <urn:cgkg:f>))", "trial of NOT EXISTS"),
        (f"= {XSD.integer}", "trial of sh:datatype"),
    ],
)
def test_an_engine_that_overlooks_filters_picks_nothing(overlooks: str, reason: str) -> None:
    near = NearEngine(overlooks=overlooks)
    near.store.extend(quads(":a :p 1 ."))
    shapes = compile_shapes(triples(SHAPE))
    excerpt = shapes.fetch(EndpointData(near))
    assert isinstance(excerpt, NotPicked)
    assert re.search(reason, excerpt.reason)
    near.overlooks = ""
    assert isinstance(shapes.fetch(EndpointData(near)), ShapesExcerpt)


def test_an_engine_that_is_late_is_asked_no_more() -> None:
    """What it was to pick by is fetched instead: what it has by properties can still be had."""
    near = NearEngine(late="HAVING")
    near.store.extend(quads(":a :p 1 . :b :p 'x' ; :q 1 , 2 ."))
    written = f"""{SHAPE.replace("minCount 1", "minCount 2")}
        :T sh:targetSubjectsOf :q ; sh:property [ sh:path :p ; sh:minCount 2 ] .
        :U sh:targetNode :b ; sh:nodeKind sh:Literal ."""
    shapes, there = compile_shapes(triples(written)), EndpointData(near)
    excerpt = shapes.fetch(there)
    assert isinstance(excerpt, ShapesExcerpt)
    late = [f"<{EXAMPLE}S>", f"<{EXAMPLE}T>"]
    assert excerpt.unasked == {"<near> has not answered after 7 s": late}
    assert Counter(quad.predicate for quad in excerpt.quads) == {iri("p"): 2, iri("q"): 2}
    assert told(excerpt.validate()) == told(shapes.validate(there.fetch(None)))
    assert sum("HAVING" in query for query in near.asked) == 1


def test_an_engine_that_is_late_in_the_trial_picks_nothing() -> None:
    near = NearEngine(late="FILTER(false)")
    excerpt = compile_shapes(triples(SHAPE)).fetch(EndpointData(near))
    assert excerpt == NotPicked("<near> has not answered after 7 s")


def test_where_the_engine_fails_over_a_question_all_is_fetched() -> None:
    """And said, for the shapes that it was about; for others it picks."""
    near = NearEngine(fails="HAVING")
    near.store.extend(quads(":a :p 1 . :b :p 'x' ; :q 1 , 2 ."))
    shapes = compile_shapes(triples(SHAPE.replace("minCount 1", "minCount 2")))
    excerpt = shapes.fetch(EndpointData(near))
    assert isinstance(excerpt, ShapesExcerpt)
    assert excerpt.unasked == {"<near> fails": [f"<{EXAMPLE}S>"]}
    assert len(excerpt.validate().results) == 2


def test_what_is_said_of_the_version_is_no_data() -> None:
    """Though a graph of all graphs has it, too."""
    near = NearEngine(joint=True)
    near.store.extend([*quads(":a :p 1 ."), version_quad("0"), begun_quad("0")])
    written = f""":S sh:targetSubjectsOf <{DCTERMS.identifier.value}> , :p ;
        sh:property [ sh:path :q ; sh:minCount 1 ] ."""
    shapes, there = compile_shapes(triples(written)), EndpointData(near)
    excerpt = shapes.fetch(there)
    assert isinstance(excerpt, ShapesExcerpt)
    assert [each.focus for each in excerpt.validate().results] == [iri("a")]


CROWD = "\n".join(
    f":n{number} a :C ; :p {number} ; :q :n{number + 1} . :n{number} :unseen [ :r 1 ] ."
    for number in range(40)
)


def test_only_what_candidates_need_is_fetched() -> None:
    """Of forty nodes one is at fault, by what another one says."""
    near = NearEngine()
    near.store.extend(quads(CROWD))
    shapes = """:S sh:targetClass :C ; sh:property [ sh:path ( :q :p ) ; sh:maxExclusive 39 ;
        sh:minCount 1 ] ."""
    excerpt = compile_shapes(triples(shapes)).fetch(EndpointData(near))
    assert isinstance(excerpt, ShapesExcerpt)
    assert {str(quad.triple) for quad in excerpt.quads} == {
        str(triple) for triple in triples(":n38 :q :n39 . :n39 :q :n40 ; :p 39 .")
    }
    assert [str(each.focus) for each in excerpt.validate().results] == [
        str(iri("n38")),
        str(iri("n39")),
    ]


def test_all_is_fetched_that_a_constraint_in_sparql_looks_at() -> None:
    near = NearEngine()
    near.store.extend(quads(CROWD))
    shapes = f""":S sh:targetClass :C ; sh:property [ sh:path :q ; sh:nodeKind sh:IRI ] ; sh:sparql
        [ sh:select "SELECT $this {{ $this <{EXAMPLE}p> 3 }}" ] ."""
    excerpt = compile_shapes(triples(shapes)).fetch(EndpointData(near))
    assert isinstance(excerpt, ShapesExcerpt)
    assert Counter(quad.predicate for quad in excerpt.quads) == {iri("p"): 40, RDF.type: 40}
    assert excerpt.unasked == {"a constraint in SPARQL": [f"<{EXAMPLE}S>"]}
    assert len(excerpt.validate().results) == 1


@pytest.mark.parametrize(
    ("kind", "fetch", "note"),
    [
        ("core", "candidates", "7 statements .* what 2 nodes need that may break a shape$"),
        ("core", "properties", r"9 statements .* one of the \d+ properties that the shapes name"),
        ("query", "candidates", "all that these .* look at .*a constraint in SPARQL.*: <.*S>$"),
        ("closed", "properties", "all 10 statements of the endpoint were fetched, for sh:closed"),
    ],
)
def test_how_much_was_fetched_is_told(tmp_path: Path, kind: str, fetch: str, note: str) -> None:
    data, shapes = tmp_path / "data.trig", tmp_path / "shapes.ttl"
    data.write_text(DATA, "utf-8")
    shapes.write_text(PREFIXES + SHAPES[kind], "utf-8")
    with engine() as remote:
        remote.store.extend(parse_file(data))
        words = ["validate", "--endpoint", remote.url, "--shapes", str(shapes), "--fetch", fetch]
        done = CliRunner().invoke(main, words)
    assert re.search(f"note: .*{note}", done.stderr, re.MULTILINE), done.stderr


def test_why_the_engine_does_not_pick_is_told(tmp_path: Path) -> None:
    """In every language; by what it got wrong."""
    shapes = tmp_path / "shapes.ttl"
    shapes.write_text(PREFIXES + SHAPES["core"], "utf-8")
    with engine(Behaviour(overlooks="FILTER(false)")) as remote:
        remote.store.extend(quads(":a :p 1 ."))
        words = ["validate", "--endpoint", remote.url, "--shapes", str(shapes), "--json"]
        done = CliRunner().invoke(main, [*words, "--lang", "zh"])
    _, note = json.loads(done.stdout)["notes"]
    assert re.search(r"is not let pick .*: it answers a trial of FILTER\(false\)", note["en"])
    assert re.search(r"[\u4e00-\u9fff]\uff1a.*FILTER\(false\)", note["zh"])
    assert f"note: {note['zh']}\n" in done.stderr


@pytest.mark.parametrize("words", [["--endpoint", "http://127.0.0.1:9/"], ["--shapes", "{}"]])
def test_the_command_needs_shapes_and_data(tmp_path: Path, words: list[str]) -> None:
    shapes = tmp_path / "shapes.ttl"
    shapes.write_text(PREFIXES, "utf-8")
    done = CliRunner().invoke(main, ["validate", *(w.format(shapes) for w in words)])
    assert done.exit_code == 2


def test_an_endpoint_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    shapes = tmp_path / "shapes.ttl"
    shapes.write_text(PREFIXES + SHAPES["core"], "utf-8")
    with engine() as remote:
        url = remote.url
    done = CliRunner().invoke(main, ["validate", "--endpoint", url, "--shapes", str(shapes)])
    assert done.exit_code == 2
    assert "cannot be reached" in done.output
