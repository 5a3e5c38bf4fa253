"""What of the closure on Spark needs no Spark: pieces of files, numbers, shapes, its folders."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from reasoning.plot import svg
from reasoning.run import crossover
from reasoning_cases import CONTRADICTIONS, INFERENCES, triples

from cgkg.cli.commands import main
from cgkg.errors import ConfigError
from cgkg.rdf.terms import IRI, Literal
from cgkg.rdf.vocab import RDF, XSD
from cgkg.reasoning.cluster import Cluster
from cgkg.reasoning.core.facts import Literals
from cgkg.reasoning.core.plans import bind_rule
from cgkg.reasoning.core.terms import TermDictionary
from cgkg.reasoning.rules import datatypes
from cgkg.reasoning.rules.rules import compile
from cgkg.reasoning.spark import ids
from cgkg.reasoning.spark.closing import close
from cgkg.reasoning.spark.encode import split
from cgkg.reasoning.spark.literals import terms_of, value_key
from cgkg.reasoning.spark.session import cores_of, require, settings
from cgkg.reasoning.spark.shapes import RuleShapes, triggered
from cgkg.reasoning.spark.work import check_output, opened, publish, read_state


def test_every_line_is_in_one_piece(tmp_path: Path) -> None:
    """Whatever the size of the pieces, and whether the last line ends or not."""
    path = tmp_path / "data.nt"
    lines = [b"x" * length + b"\n" for length in (0, 1, 5, 40, 3, 0, 0, 17, 2)]
    for content in (b"".join(lines), b"".join(lines) + b"no end", b"\n", b""):
        path.write_bytes(content)
        for size in range(1, 90):
            parts = split(path, path, "", size)
            pieces = [b"".join(block for _, block in one.blocks()) for one in parts]
            assert b"".join(pieces) == content
            assert all(piece.endswith(b"\n") for piece in [*filter(None, pieces)][:-1])


def test_a_block_says_where_it_begins(tmp_path: Path) -> None:
    """So that the line of a mistake can be counted."""
    path = tmp_path / "data.nt"
    content = b"one\ntwo\nthree\nfour\n"
    path.write_bytes(content)
    for size in range(1, 9):
        for piece in split(path, path, "", size):
            for start, block in piece.blocks():
                assert content[start : start + len(block)] == block


def test_a_number_says_what_kind_of_term_it_is_of() -> None:
    """And depends on the seed, so that a collision can be got rid of."""
    texts = ["<a:b>", '"a"', "_:a", '"\U0001f30d"@zh', "<>"]
    kinds = [ids.IRI, ids.LITERAL, ids.BLANK, ids.LITERAL, ids.IRI]
    assert [int(one) & 3 for one in ids.numbers(texts, 0)] == kinds
    assert not {*ids.numbers(texts, 0).tolist()} & {*ids.numbers(texts, 1).tolist(), ids.MEMBER}


def test_literals_of_one_value_have_one_key() -> None:
    """And only they."""
    texts = ["1", "01", "+1.0", "2", "0", "-0", "1.50"]
    names = ("integer", "decimal", "double", "float", "string", "duration", "boolean")
    literals = [Literal(text, datatype=XSD(name)) for text in texts for name in names]
    literals += [
        Literal(text, datatype=XSD("duration")) for text in ("P0M", "P0D", "P1M", "P12M", "P1Y")
    ]
    literals += [Literal("a", language=tag) for tag in ("en", "EN", "zh")]
    for one in literals:
        for other in literals:
            known = datatypes.value(one), datatypes.value(other)
            if None not in known:
                assert (value_key(one) == value_key(other)) == (known[0] == known[1])


def test_terms_come_back_from_their_texts() -> None:
    """Escapes, language tags and datatypes."""
    terms = [
        IRI("a:b"),
        Literal('"\\\n'),
        Literal("a", language="en"),
        Literal("1", datatype=XSD.int),
    ]
    assert terms_of(map(str, terms)) == terms


def shapes_of(turtle: str) -> tuple[RuleShapes, TermDictionary]:
    """The rules of an ontology as shapes; constants stand for themselves."""
    terms, shapes = TermDictionary(), RuleShapes()
    literals = Literals(terms)
    for rule in compile(triples(turtle)).rules:
        for bound in bind_rule(terms, literals, rule):
            shapes.add(
                bound, lambda one: one, terms.id(IRI("http://www.w3.org/2002/07/owl#sameAs"))
            )
    return shapes, terms


def test_rules_of_one_kind_are_rows_of_one_shape() -> None:
    """A thousand subclass axioms make one table of parameters."""
    axioms = "".join(f":C{one} rdfs:subClassOf :C{one + 1} . " for one in range(1000))
    shapes, _ = shapes_of(axioms)
    assert [len(rows) for rows in shapes.rules.values()] == [1000]


def test_the_ontologies_of_all_rules_need_few_shapes() -> None:
    """One for each way of joining, not one for each axiom."""
    given = [one for _, one, _ in INFERENCES] + [one for _, one in CONTRADICTIONS]
    few, _ = shapes_of(" ".join(given))
    many, _ = shapes_of(" ".join(one.replace(":", ":", 1) for one in given * 2))
    assert len(few.rules) == len(many.rules) < 80


def test_a_row_is_applied_only_where_something_new_may_match() -> None:
    """By the property of its first atom, or by the class."""
    shapes, terms = shapes_of(":C rdfs:subClassOf :D . :p rdfs:subPropertyOf :q .")
    p, c = (terms.id(IRI(f"https://example.org/{name}")) for name in "pC")
    found = {
        (relations, kinds): sum(
            len(triggered(rows, shape.first, {*relations}, {*kinds}))
            for shape, rows in shapes.rules.items()
        )
        for relations, kinds in (((), ()), ((p,), ()), ((), (c,)), ((c,), (p,)))
    }
    assert [*found.values()] == [0, 1, 1, 0]


# -- the work folder -------------------------------------------------------------------------------


def test_a_run_is_found_again_by_the_same_inputs_only(tmp_path: Path) -> None:
    """What was done is there; other files, and a folder of something else, are refused."""
    folder = tmp_path / "work"
    with opened(folder, "these") as work:
        work.state.round, work.state.shares = 3, [("p", "<a:p>", "<a:q>")]
        work.save()
    with opened(folder, "these") as work:
        assert (work.state.round, work.state.shares) == (3, [("p", "<a:p>", "<a:q>")])
    with pytest.raises(ConfigError, match="other files"), opened(folder, "those"):
        pass
    (folder / "state.json").write_text("{")
    with pytest.raises(ConfigError, match="broken"), opened(folder, "these"):
        pass
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").touch()
    with pytest.raises(ConfigError, match=r"letter\.txt"), opened(other, "these"):
        pass
    with pytest.raises(ConfigError, match="no run"):
        read_state(tmp_path)


def test_a_run_that_broke_off_before_its_first_round_is_found_again(tmp_path: Path) -> None:
    """What it left in its folder is its own; a folder that is ours takes other files, too."""
    folder = tmp_path / "work"
    with opened(folder, "these") as work:
        (work.folder / "input").mkdir()
    with opened(folder, "these") as work:
        assert work.state.round == -1
    with opened(folder, "those", renew=True) as work:
        assert not (work.folder / "input").exists()
    with pytest.raises(ConfigError, match="other files"), opened(folder, "these"):
        pass


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second one is told, and the first goes on."""
    with opened(tmp_path / "work", "these") as work:
        with pytest.raises(ConfigError, match="another process"), opened(work.folder, "these"):
            pass
        work.save()


def test_a_disk_without_room_is_told_with_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the run's state or a build's triples find none; later the folder serves again."""
    monkeypatch.setattr("cgkg.reasoning.spark.engine.require", lambda: None)
    folder = tmp_path / "work"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))
    try:
        with pytest.raises(ConfigError, match="work: File too large"), opened(folder, "these"):
            pass
        with pytest.raises(ConfigError, match=r"cgkg-spark-\w+: File too large"):
            close([], triples(":a a :C ."), cluster=Cluster(work=folder, small=True))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    with opened(folder, "these"):
        assert [*tmp_path.iterdir()] == [folder]


def test_the_output_replaces_an_earlier_one_only(tmp_path: Path) -> None:
    """A folder with anything else in it is left alone, and so is a file."""
    parts, output = tmp_path / "parts", tmp_path / "out"
    for text in ("one", "two"):
        parts.mkdir()
        (parts / "part-00000-uuid.txt").write_text(text)
        (parts / "_SUCCESS").touch()
        check_output(output)
        publish(parts, output)
        assert [path.name for path in sorted(output.iterdir())] == ["_SUCCESS", "part-00000.nt"]
        assert (output / "part-00000.nt").read_text() == text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    (output / "_SUCCESS").unlink()
    with pytest.raises(ConfigError, match="something else"):
        check_output(output)
    with pytest.raises(ConfigError, match="is a file"):
        check_output(output / "part-00000.nt")


# -- settings and options --------------------------------------------------------------------------


def test_here_spark_listens_on_loopback_only(tmp_path: Path) -> None:
    """And shows no page of its own; results do not hang on the machine's settings."""
    asked = settings("local[2]", tmp_path, 0, 2)
    assert asked["spark.driver.bindAddress"] == asked["spark.driver.host"] == "127.0.0.1"
    assert asked["spark.ui.enabled"] == "false"
    assert asked["spark.sql.caseSensitive"] == "true"
    assert asked["spark.sql.session.timeZone"] == "UTC"
    assert "spark.driver.host" not in settings("spark://h:7077", tmp_path, 0, 2)
    masters = ("local", "local[3]", "local-cluster[2,4,2048]", "spark://h:7077")
    assert [*map(cores_of, masters)] == [1, 3, 8, 100]


def without(name: str) -> Callable[[str], Any]:
    """Finds packages, all of them but one."""
    return lambda asked: None if asked == name else asked


def java(folder: Path, script: str) -> None:
    """Put a program of this name there."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.parametrize("name", ["pyspark", "pyarrow"])
def test_a_package_that_is_missing_is_named_with_the_extra(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Before Java is looked for."""
    monkeypatch.setattr("cgkg.reasoning.spark.session.find_spec", without(name))
    with pytest.raises(ConfigError, match=f"{name} is not installed") as caught:
        require()
    assert "cgkg[spark]" in caught.value.hint


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (None, "no Java in JAVA_HOME, .*home, which"),
        ("""echo 'openjdk version "11.0.2" 2019-01-15' >&2""", "java is Java 11; Spark needs 17"),
        ("""echo 'java version "1.8.0_392"' >&2""", "java is Java 8; Spark needs 17"),
        ("echo Bus error >&2; exit 1", "java is no Java that runs"),
        ("""echo 'openjdk version "17.0.15" 2025-04-15' >&2""", None),
        ("""echo 'openjdk version "21" 2023-09-19' >&2""", None),
    ],
)
def test_java_is_looked_for_where_spark_does_and_must_be_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, said: str | None
) -> None:
    """JAVA_HOME goes before PATH, even if there is nothing in it."""
    monkeypatch.setattr("cgkg.reasoning.spark.session.find_spec", without(""))
    if script is not None:
        java(tmp_path / "home", script)
    java(tmp_path / "path", """echo 'openjdk version "17.0.1"' >&2""")
    monkeypatch.setenv("PATH", str(tmp_path / "path" / "bin"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    require()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    if said is None:
        require()
        return
    with pytest.raises(ConfigError, match=said) as caught:
        require()
    assert "apt-get install" in caught.value.hint
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME")
    with pytest.raises(ConfigError, match="there is no Java, which"):
        require()


def test_a_second_build_in_one_folder_is_told_and_changes_nothing_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first one reads is its own, and what the second one wrote is gone."""
    monkeypatch.setattr("cgkg.reasoning.spark.engine.require", lambda: None)
    cluster = Cluster("local[2]", tmp_path / "work", {}, small=True)
    with opened(tmp_path / "work", "these") as work:
        work.save()
        before = sorted(path.name for path in tmp_path.rglob("*"))
        with pytest.raises(ConfigError, match="another process works"):
            close(triples(":C rdfs:subClassOf :D ."), triples(":a a :C ."), cluster=cluster)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--reasoner", "spark"], "0.0 MB are too small for Spark"),
        (["--reasoner", "spark"], "up to some 50 million triples"),
        (["--reasoner", "spark", "--conf", "nothing"], "spark.NAME=VALUE"),
        (["--master", "local[2]"], "go with --reasoner spark"),
        (["--reasoner", "spark", "--even-if-small", "--lenient"], "nothing wrong can be left out"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(
    tmp_path: Path, options: list[str], said: str
) -> None:
    """Before anything is started or written."""
    data = tmp_path / "data.nt"
    data.write_text(f"<a:s> {RDF.type} <a:C> .\n")
    done = CliRunner().invoke(main, ["reason", str(data), "--out", str(tmp_path / "out"), *options])
    assert done.exit_code == 2
    assert said in done.output
    assert [*tmp_path.iterdir()] == [data]


def test_a_cluster_is_this_machine_unless_told() -> None:
    """With all its cores."""
    assert Cluster() == Cluster("local[*]", None, {}, small=False)


# -- its benchmark ---------------------------------------------------------------------------------


def measured(engine: str, explicit: int, cpu: float) -> dict[str, Any]:
    """A row as the benchmark has it."""
    seconds = {f"{name}_seconds": cpu for name in ("load", "reason", "write")}
    return {"engine": engine, "explicit": explicit, "size": f"{explicit:,}", "cpu_seconds": cpu} | (
        seconds
    )


def test_the_crossover_is_that_of_processor_seconds_for_more_triples() -> None:
    """What both take to start is left out; a size that one of them lacks is, too."""
    rows = [
        measured("cgkg", 1_000_000, 6),
        measured("spark", 1_000_000, 100),
        measured("cgkg", 3_000_000, 14),
        measured("spark", 3_000_000, 180),
        measured("cgkg", 9_000_000, 99),
    ]
    *times, last = crossover(rows)
    assert len(times) == 2
    assert "take Spark 40 and cgkg 4.0 processor seconds: below 10 busy cores" in last
    assert ">Processor seconds to close, by" in (drawn := svg(rows, processor=True))
    assert drawn.count("<circle") == 5
