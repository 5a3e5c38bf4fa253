"""What an endpoint has is validated as files are, and asked for no more than shapes look at."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from engines import Behaviour, engine
from shacl_cases import quads, random_data, random_shapes, summary, triples

from cgkg.cli.commands import main
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import RDF, RDFS
from cgkg.remote.client import Client
from cgkg.remote.engine import Engine
from cgkg.remote.fetching import fetch
from cgkg.shacl.report import ValidationReport
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
        found = fetch(Engine(client, remote.url), wanted)
        assert len(fetch(Engine(client, remote.url), None)) == len(remote.store)
    client.close()
    predicates = {quad.predicate.value.removeprefix(EX) for quad in found}
    assert "unseen" not in predicates
    assert {"name", "part", "size"} <= predicates


def test_random_shapes_find_the_same_in_an_endpoint_as_here() -> None:
    """Of what they name no more is fetched, and nothing is missed."""
    client = Client("")
    narrow = results = 0
    with engine() as remote:
        for seed in range(30):
            source = random.Random(seed)
            # Engines hold 2.0 as 2.
            held = quads(random_data(source).replace("2.0", "2.25"))
            shapes = compile_shapes(triples(random_shapes(source)))
            remote.store.clear()
            remote.store.extend(held)
            here = told(shapes.validate(held))
            found = fetch(Engine(client, remote.url), shapes.looked_at)
            assert told(shapes.validate(found)) == here, seed
            narrow += len(found) < len(held)
            results += len(here)
    client.close()
    assert narrow > 5
    assert results > 50


def told(report: ValidationReport) -> list[str]:
    """The results; a blank node has another label in each answer."""
    return sorted(re.sub(r"_:\w+", "_:", str(result)) for result in summary(report).elements())


@pytest.mark.parametrize(
    ("kind", "note"),
    [
        ("core", r"9 statements .* one of the \d+ properties that the shapes name"),
        ("closed", "all 10 statements of the endpoint were fetched, for sh:closed"),
    ],
)
def test_how_much_was_fetched_is_told(tmp_path: Path, kind: str, note: str) -> None:
    data, shapes = tmp_path / "data.trig", tmp_path / "shapes.ttl"
    data.write_text(DATA, "utf-8")
    shapes.write_text(PREFIXES + SHAPES[kind], "utf-8")
    with engine() as remote:
        remote.store.extend(parse_file(data))
        words = ["validate", "--endpoint", remote.url, "--shapes", str(shapes)]
        done = CliRunner().invoke(main, words)
    assert re.search(f"note: {note}", done.stderr), done.stderr


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
