"""The closure on Spark is the local one, to the last byte, whatever happens meanwhile.

These tests start Spark (the extra `spark`, and Java), on two cores or on a small cluster here.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from reasoning_cases import CONTRADICTIONS, INFERENCES, triples
from spark_runs import assert_alike

pytestmark = pytest.mark.long

EXAMPLE = "https://example.org/"
# What no rule case has: equality that reaches names, chains of it, and literals by value.
MORE = [
    ":p a owl:FunctionalProperty . :a :p :C , :D . :x a :C . :C rdfs:subClassOf :E .",
    ":p a owl:FunctionalProperty . :a :p :q , :r . :x :q :y . :q rdfs:subPropertyOf :s .",
    "".join(f":n{one} owl:sameAs :n{one + 1} . " for one in range(40)) + ":n7 :near :n9 .",
    ":R owl:onProperty :kind ; owl:hasValue :wet . :R rdfs:subClassOf :S ."
    " :a :kind :damp . :damp owl:sameAs :wet . :aa owl:sameAs :damp .",
    ":C owl:hasKey ( :nr :in ) . :a a :C ; :nr 1.0 ; :in :here . :b a :C ; :nr 01 ; :in :there ."
    " :here owl:sameAs :there . :a :says 'x'@en , 'x' , 'x'@EN .",
    ":a owl:sameAs 'a literal' , owl:Class . :C a rdfs:Datatype . :b a :C .",
    "( :one :two ) :is :three . :x rdfs:label 'quote \" and \\\\ back\\nslash \U0001f30d' .",
]
TYPING = "rdf:type"


def write(path: Path, cases: list[str]) -> Path:
    """The cases as one file of N-Triples, each with names of its own."""
    lines = [
        f"{triple} .\n".replace(f"<{EXAMPLE}", f"<{EXAMPLE}{place}/")
        for place, turtle in enumerate(cases)
        for triple in triples(turtle)
    ]
    path.write_text("".join(lines), "utf-8")
    return path


@pytest.mark.parametrize("typing", [False, True], ids=["plain", "with rdf:type as a property"])
def test_every_rule_concludes_and_contradicts_as_it_does_locally(
    tmp_path: Path, typing: bool
) -> None:
    """All cases of all rules at once: what follows, what is contradicted, what is not read."""
    cases = [given for _, given, _ in INFERENCES]
    cases += [given for _, given in CONTRADICTIONS] + MORE
    chosen = [given for given in cases if typing or TYPING not in given]
    assert len(chosen) > 80
    found = assert_alike([write(tmp_path / "cases.nt", chosen)], tmp_path)
    rules = {one.rule for one in found.inconsistencies}
    assert rules >= {rule for rule, given in CONTRADICTIONS if given in chosen}
