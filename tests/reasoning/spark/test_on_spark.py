"""The closure on Spark is the local one, to the last byte, whatever happens meanwhile.

These tests start Spark (the extra `spark`, and Java), on two cores or on a small cluster here.
"""

from __future__ import annotations

import gc
import gzip
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT
from projects import make_small
from reasoning import generate
from reasoning_cases import CONTRADICTIONS, INFERENCES, SEEDED, read, triples
from reasoning_checker import Checker
from spark_runs import QUICK, assert_alike, closed_on_spark, joined

from cgkg.errors import ConfigError, ReasoningLimitError, SourceError
from cgkg.pipeline import build, read_and_close
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import Triple
from cgkg.rdf.vocab import RDF
from cgkg.reasoning import close
from cgkg.reasoning.cluster import Cluster
from cgkg.reasoning.files import ClosureLimits, reason
from cgkg.reasoning.spark.proofs import ProvedRun
from cgkg.reasoning.spark.rounds import Rounds
from cgkg.reasoning.spark.work import read_state

pytestmark = pytest.mark.long

BENCHMARK = ROOT / "benchmarks" / "reasoning"
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


def test_contradictions_of_a_project_are_told_alike(tmp_path: Path) -> None:
    """Seeded in the data of the project's own ontology, with its lists and restrictions."""
    path = tmp_path / "seeded.nt"
    lines = {f"{triple} .\n" for triple in read("ontology/*.ttl")}
    lines |= {f"{triple} .\n" for _, given in SEEDED for triple in triples(given)}
    path.write_text("".join(sorted(lines)), "utf-8")
    found = assert_alike([path], tmp_path)
    assert {one.rule for one in found.inconsistencies} >= {rule for rule, _ in SEEDED}


def test_the_projects_own_graph_is_closed_alike(tmp_path: Path) -> None:
    """With what follows about names, as N-Quads, and without what is stated; and proved alike."""
    path = tmp_path / "own.nq"
    lines = [f"{triple} <g:g> .\n" for triple in read("ontology/*.ttl", "data/*.trig")]
    path.write_text("".join(lines), "utf-8")
    work = tmp_path / "work"
    assert_alike([path], tmp_path, include_schema=True, only_inferred=True, work=work)
    _assert_proved(work, path)


@pytest.mark.parametrize("size", ["20k", "200k"])
def test_made_up_cities_are_closed_alike(tmp_path: Path, size: str) -> None:
    """The data of the benchmarks: Turtle, N-Triples, and some of it compressed."""
    generate.write(tmp_path / "data.nt", generate.size(size))
    lines = (tmp_path / "data.nt").read_bytes().splitlines(keepends=True)
    (tmp_path / "some.nt.gz").write_bytes(gzip.compress(b"".join(lines[::3])))
    (tmp_path / "others.nt").write_bytes(b"".join(lines[1::3] + lines[2::3]))
    names = ("some.nt.gz", "others.nt")
    assert_alike([BENCHMARK / "ontology.ttl", *(tmp_path / name for name in names)], tmp_path)


def test_a_killed_executor_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a cluster of two, one of which is killed while rules are applied."""
    killed: list[int] = []
    before = Rounds._next

    def next_round(self: Rounds) -> int:
        if self._state.round == 1:
            executors = descendants("CoarseGrainedExecutorBackend")
            assert len(executors) == 2
            os.kill(executors[0], signal.SIGKILL)
            killed.append(executors[0])
        return before(self)

    monkeypatch.setattr(Rounds, "_next", next_round)
    path = write(tmp_path / "cases.nt", [given for _, given, _ in INFERENCES][::6] + MORE[:4])
    assert_alike([path], tmp_path, master="local-cluster[2,1,2048]")
    assert len(killed) == 1


def descendants(what: str) -> list[int]:
    """The processes below this one that run a class of this name."""
    parents: dict[int, int] = {}
    named: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = int(state[1])
            if what in (folder / "cmdline").read_text():
                named.append(int(folder.name))
        except (OSError, ValueError):
            continue

    def below(process: int) -> bool:
        while process in parents and process != os.getpid():
            process = parents[process]
        return process == os.getpid()

    return sorted(filter(below, named))


def test_a_run_that_was_broken_off_goes_on(tmp_path: Path) -> None:
    """From its last whole round; once done, only the output is written anew, and proofs found."""
    cases = [given for _, given, _ in INFERENCES if TYPING not in given][::3] + MORE[:5]
    path, work = write(tmp_path / "cases.nt", cases), tmp_path / "work"
    with pytest.raises(ReasoningLimitError):
        closed_on_spark([path], tmp_path / "parts", work=work, limits=ClosureLimits(triples=1))
    assert read_state(work).round == 0
    first = (work / "rounds" / "0" / "facts" / "_SUCCESS").stat()
    _kill_in_round(2, path, tmp_path / "parts", work)
    assert read_state(work).round == 1
    assert [*(work / "rounds" / "2").iterdir()]  # half a round
    assert not (tmp_path / "parts").exists()
    assert_alike([path], tmp_path, work=work)
    assert (work / "rounds" / "0" / "facts" / "_SUCCESS").stat() == first
    done = (work / "state.json").read_bytes()
    assert_alike([path], tmp_path, work=work)
    assert (work / "state.json").read_bytes() == done
    _assert_proved(work, path)


def _kill_in_round(number: int, path: Path, parts: Path, work: Path) -> None:
    """Close the file in a process that is killed when the round has its first table."""
    script = f"""
import os, signal
from pathlib import Path
from spark_runs import closed_on_spark
from cgkg.reasoning.spark.rounds import Rounds
keep = Rounds._keep
def keep_and_die(self, frame, name):
    keep(self, frame, name)
    if name.startswith("rounds/{number}/"):
        os.kill(os.getpid(), signal.SIGKILL)
    return self._table(name)
Rounds._keep = keep_and_die
closed_on_spark([Path({str(path)!r})], Path({str(parts)!r}), work=Path({str(work)!r}))
"""
    seen = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests" / "support")])
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": seen}, check=False)
    assert done.returncode == -signal.SIGKILL


def _assert_proved(work: Path, path: Path) -> None:
    """What follows has a proof, each step of which is an instance of its rule, as small as locally.

    Of what has one property, or is in one class, a dozen triples are proved.
    """
    given = [quad.triple for quad in parse_file(path)]
    checker, local = Checker(given), close([], given)
    kinds: dict[str, list[Triple]] = {}
    for triple in local.inferred:
        kind = triple.object if triple.predicate == RDF.type else triple.predicate
        kinds.setdefault(str(kind), []).append(triple)
    assert len(kinds) > 20
    chosen = [one for alike in kinds.values() for one in alike[:: len(alike) // 12 + 1]]
    held, read = ProvedRun(work), ProvedRun(work, held=0)
    for run, asked in ((held, chosen), (read, chosen[::10])):
        for triple in asked:
            proof, known = run.explain(triple), local.explain(triple)
            assert proof is not None, triple
            assert known is not None, triple
            assert (proof.triple, proof.size) == (triple, known.size)
            assert checker.problems(proof) == []
        assert run.explain(triples(":nobody :knows :this .")[0]) is None


def test_a_file_that_cannot_grow_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    """As on a full disk; with room again, the same command goes on."""
    generate.write(tmp_path / "data.nt", generate.size("20k"))
    data, out = tmp_path / "data.nt", tmp_path / "parts"
    command = [sys.executable, "-m", "cgkg", "reason", str(data), "--out", str(out)]
    command += ["--reasoner", "spark", "--master", "local[2]", "--even-if-small"]
    for name, value in QUICK.items():
        command += ["--conf", f"{name}={value}"]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400 << 10, 400 << 10))

    done = subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "Spark gave up" in done.stderr
    assert not out.exists()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARN" not in done.stderr  # what Java says as it starts
    reason([data], tmp_path / "local.nt")
    assert joined(out) == (tmp_path / "local.nt").read_bytes()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data.nt", "local.nt", "parts"]


def test_a_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    """The first one, whichever worker meets it."""
    path = tmp_path / "data.nt"
    path.write_text("<a:s> <a:p> <a:o> .\n" * 3 + "<a:s> <a:p> .\n<a:s> .\n", "utf-8")
    with pytest.raises(SourceError, match=r"data\.nt:4"):
        closed_on_spark([path], tmp_path / "parts")
    path.write_bytes(b"<a:s> <a:p> <a:o> .\n\xff\n")
    with pytest.raises(SourceError, match=r"data\.nt:2"):
        closed_on_spark([path], tmp_path / "other")


def test_a_project_is_built_and_proved_alike(tmp_path: Path) -> None:
    """The same quads and proofs, with either reasoner; too small for Spark unless told."""
    project = make_small(tmp_path / "project").project
    with pytest.raises(ConfigError, match="too small"):
        build(project, tmp_path / "refused", engine="spark")
    cluster = Cluster("local[2]", tmp_path / "work", QUICK, small=True)
    there, _ = build(project, tmp_path / "there", engine="spark", cluster=cluster)
    here, _ = build(project, tmp_path / "here")
    assert {*there.open().quads()} == {*here.open().quads()}
    gc.collect()  # with a closure go its files
    assert not [*tmp_path.glob("cgkg-spark-*")]
    local, run = read_and_close(project).closure, ProvedRun(tmp_path / "work")
    assert len(local.inferred) > 5
    assert [*map(run.explain, local.inferred)] == [*map(local.explain, local.inferred)]
