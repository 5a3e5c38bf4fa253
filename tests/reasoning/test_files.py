"""Closing files: `cgkg.reason` and the command."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from click.testing import CliRunner

from cgkg.cli.commands import main
from cgkg.errors import ReasoningLimitError, SourceError
from cgkg.rdf.io import parse_file
from cgkg.rdf.lines import Place
from cgkg.rdf.terms import parts
from cgkg.reasoning import close
from cgkg.reasoning.files import ClosureLimits, reason

PREFIXES = """@prefix : <http://e/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
"""
ONTOLOGY = f"""{PREFIXES}
:City rdfs:subClassOf :Place .
:isPartOf a owl:TransitiveProperty ; owl:inverseOf :hasPart .
:governs owl:propertyChainAxiom ( :leads :hasPart ) .
"""
DATA = """<http://e/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://e/City> .
<http://e/a> <http://e/isPartOf> _:r .
_:r <http://e/isPartOf> <http://e/w> .
<http://e/a> <http://e/name> "\\u57CE"@ZH .
<http://e/m> <http://e/leads> <http://e/w> .
<http://e/a> <http://www.w3.org/2002/07/owl#sameAs> <http://e/b> .
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    ontology, data = tmp_path / "ontology.ttl", tmp_path / "data.nt"
    ontology.write_text(ONTOLOGY)
    data.write_text(DATA)
    return ontology, data


@pytest.mark.parametrize("engine", ["cgkg", "owlrl"])
def test_the_output_is_what_is_asserted_and_what_follows(
    files: tuple[Path, Path], tmp_path: Path, engine: str
) -> None:
    """The file holds the same triples as `close`, sorted, with either engine."""
    out = tmp_path / "out.nt"
    found = reason(files, out, engine=engine)  # type: ignore[arg-type]  # as given above
    asserted = [
        quad.triple
        for path, prefix in zip(files, ("f0x", "f1x"), strict=True)
        for quad in parse_file(path, blank_prefix=prefix)
    ]
    closure = close([], asserted)
    written = out.read_text("utf-8").splitlines(keepends=True)
    expected = {f"{triple} .\n".replace("f1x0", "f1xr") for triple in asserted + closure.inferred}
    assert set(written) == expected
    assert written == sorted(written, key=str.encode)
    assert found.written == len(written) > found.asserted == len(asserted)
    assert not found.inconsistencies


def test_a_single_file_keeps_its_blank_node_labels(tmp_path: Path) -> None:
    """Labels are changed only where files could confuse them."""
    path, out = tmp_path / "data.nt", tmp_path / "out.nt"
    path.write_text("_:x <http://e/p> _:y .\n")
    reason([path], out)
    assert out.read_text() == path.read_text()


def test_the_result_is_the_same_each_time(files: tuple[Path, Path], tmp_path: Path) -> None:
    """Nodes without labels get the same ones in every run."""
    outs = [tmp_path / name for name in ("one.nt", "two.nt")]
    for out in outs:
        reason(files, out)
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_axioms_count_wherever_they_stand(tmp_path: Path) -> None:
    """An axiom in the middle of an N-Quads file is an axiom."""
    path, out = tmp_path / "data.nq", tmp_path / "out.nt"
    rdfs, rdf = (
        "http://www.w3.org/2000/01/rdf-schema#",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    )
    path.write_text(f"<a:x> <{rdf}type> <a:A> <a:g1> .\n<a:A> <{rdfs}subClassOf> <a:B> <a:g2> .\n")
    reason([path], out)
    assert f"<a:x> <{rdf}type> <a:B> ." in out.read_text().splitlines()


@pytest.mark.parametrize("name", ["data.nt", "data.ttl"])
def test_axioms_that_no_rule_uses_are_named_with_their_line(tmp_path: Path, name: str) -> None:
    """File and line of the axiom are known in every syntax that has lines."""
    path, other = tmp_path / name, tmp_path / "other.nt"
    path.write_text("# note\n_:x <http://www.w3.org/2002/07/owl#hasSelf> <a:y> .\n")
    other.write_text("<a:x> <a:y> <a:z> .\n")
    ((axiom, place),) = reason([other, path], tmp_path / "out.nt").unsupported
    assert axiom.construct == "owl:hasSelf"
    assert place == Place(path, 2)


def test_a_byte_order_mark_is_read_past(tmp_path: Path) -> None:
    """By the parser, and by the reader of columns."""
    for name in ("data.ttl", "data.nt"):
        data, out = tmp_path / name, tmp_path / "out.nt"
        data.write_bytes(codecs.BOM_UTF8 + b'<http://e/s> <http://e/p> "1" .\n')
        reason([data], out)
        assert out.read_text("utf-8") == '<http://e/s> <http://e/p> "1" .\n'


def test_a_malformed_file_leaves_the_output_alone(tmp_path: Path) -> None:
    """An error says where, and what was there before stays."""
    path, out = tmp_path / "data.nt", tmp_path / "out.nt"
    path.write_text("<a:x> <a:y> <a:z>\n")
    out.write_text("before")
    with pytest.raises(SourceError, match=r"data\.nt:1"):
        reason([path], out)
    assert out.read_text() == "before"
    assert sorted(tmp_path.iterdir()) == [path, out]


def ladder(folder: Path, length: int) -> Path:
    """A file whose closure is quadratic in its size."""
    path = folder / "ladder.ttl"
    steps = "".join(f":n{n} :isPartOf :n{n + 1} .\n" for n in range(length))
    path.write_text(f"{PREFIXES}:isPartOf a owl:TransitiveProperty .\n{steps}")
    return path


@pytest.mark.parametrize("limits", [ClosureLimits(triples=2000), ClosureLimits(seconds=0)])
def test_a_closure_beyond_a_limit_ends_with_the_rules_that_fire(
    tmp_path: Path, limits: ClosureLimits
) -> None:
    """The error names rule and property, and nothing is written."""
    out = tmp_path / "out.nt"
    with pytest.raises(ReasoningLimitError, match="prp-trp on <http://e/isPartOf>") as caught:
        reason([ladder(tmp_path, 300)], out, limits=limits)
    assert caught.value.rules
    assert not out.exists()


def test_a_closure_within_its_limits_is_written(tmp_path: Path) -> None:
    """Limits that are not reached change nothing."""
    found = reason(
        [ladder(tmp_path, 10)], tmp_path / "out.nt", limits=ClosureLimits(seconds=60, triples=100)
    )
    assert found.written == 1 + 55


_EQUAL = (
    "[] a owl:AllDifferent ; owl:distinctMembers ( :b :c ) ."
    " :c owl:sameAs :b . :c owl:differentFrom :b . :C owl:unionOf ( :D :E ) . :D owl:sameAs :F ."
    " :b :q 'x'^^xsd:integer . :q"
    " rdfs:subPropertyOf :r . :p owl:propertyDisjointWith :q . :c :q 1 ; :p 01 , :d ."
    " :d owl:sameAs :b . :b :list ( :b :x ) ."
)


@pytest.mark.parametrize("engine", ["cgkg", "owlrl"])
def test_a_closure_closed_again_is_the_same_file(tmp_path: Path, engine: str) -> None:
    """Lists that axioms are made of stay lists, and every contradiction is found as before."""
    path, outs = tmp_path / "data.ttl", [tmp_path / name for name in ("one.nt", "two.nt")]
    xsd = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    path.write_text(f"{PREFIXES}{xsd}{_EQUAL}")
    first = reason([path], outs[0], engine=engine)  # type: ignore[arg-type]  # as given above
    again, third = (reason([outs[0]], out) for out in (outs[1], tmp_path / "three.nt"))
    assert outs[1].read_bytes() == outs[0].read_bytes()
    assert {one.rule for one in again.inconsistencies} == {
        "dt-not-type", "eq-diff1", "eq-diff3", "prp-pdw",
    }  # fmt: skip
    assert again.inconsistencies == third.inconsistencies
    if engine == "cgkg":
        assert [one.message for one in first.inconsistencies] == [
            one.message for one in again.inconsistencies
        ]


# -- the command -----------------------------------------------------------------------------------


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["reason", *map(str, words)])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_closes_files(files: tuple[Path, Path], tmp_path: Path) -> None:
    """What follows is in the output, and the log is on standard error."""
    ontology, data = files
    out = tmp_path / "out.nt"
    code, stdout, stderr = run(data, "--ontology", ontology, "--out", out)
    assert (code, stdout) == (0, "")
    assert "wrote" in stderr
    assert {parts(quad)[1].value for quad in parse_file(out)} >= {"http://e/governs"}


@pytest.mark.parametrize("engine", ["cgkg", "owlrl"])
def test_schema_and_what_is_new_on_request(tmp_path: Path, engine: str) -> None:
    """--schema adds what follows about names, --inferred leaves out what is stated."""
    path, out = tmp_path / "data.ttl", tmp_path / "out.nt"
    path.write_text(
        f"{PREFIXES}:A rdfs:subClassOf :B . :B rdfs:subClassOf :C . :p rdfs:domain :A ;"
        " rdfs:range :B . :q rdfs:subPropertyOf :p . :x :q :y ; a :A ; :n 1 , 01 ."
    )

    def lines(*words: str) -> list[str]:
        assert run(path, "--out", out, "--reasoner", engine, *words)[0] == 0
        return out.read_text().splitlines()

    facts, schema = lines("--inferred"), lines("--inferred", "--schema")
    stated = sorted(f"{quad.triple} ." for quad in parse_file(path))
    assert len(facts) == 5  # x a B, C; y a B, C; x p y
    assert {"p domain B", "q range C", "A subClassOf C"} <= {
        " ".join(part.split("/")[-1].split("#")[-1].rstrip(">") for part in line[:-2].split())
        for line in set(schema) - set(facts)
    }
    assert lines() == sorted({*stated, *facts})
    assert lines("--schema") == sorted({*stated, *schema})
    again = tmp_path / "again.nt"
    assert run(out, "--out", again, "--schema")[0] == 0
    assert again.read_bytes() == out.read_bytes()
    assert run(out, "--out", again, "--schema", "--inferred")[0] == 0
    assert again.read_bytes() == b""


def test_the_command_lists_contradictions_and_exits_1(tmp_path: Path) -> None:
    """Each contradiction is a line that bears the name of its rule."""
    path = tmp_path / "data.ttl"
    path.write_text(f"{PREFIXES}:A owl:disjointWith :B .\n:x a :A , :B .\n")
    code, stdout, _ = run(path, "--out", tmp_path / "out.nt")
    assert code == 1
    assert stdout.startswith("cax-dw: ")


def test_the_command_names_unsupported_axioms(tmp_path: Path) -> None:
    """They are on standard error, with file and line, and are no failure."""
    path = tmp_path / "data.ttl"
    path.write_text(f"{PREFIXES}\n:A owl:hasSelf true .\n")
    code, _, stderr = run(path, "--out", tmp_path / "out.nt")
    assert code == 0
    assert f"{path}:6: no rule of OWL 2 RL uses owl:hasSelf" in stderr


def test_the_command_reads_what_a_catalog_names(tmp_path: Path) -> None:
    """By --catalog, or by catalog-v001.xml beside the file; otherwise a line says what is not."""
    owl = "http://www.w3.org/2002/07/owl#"
    data, other = tmp_path / "data.ttl", tmp_path / "elsewhere" / "o.ttl"
    other.parent.mkdir()
    data.write_text(f"{PREFIXES}<http://e/d> <{owl}imports> <http://e/o> .\n:x a :A .\n")
    other.write_text(f"{PREFIXES}:A rdfs:subClassOf :B .\n")
    entry = '<catalog><uri name="http://e/o" uri="elsewhere/o.ttl"/></catalog>'
    out = tmp_path / "out.nt"
    code, _, stderr = run(data, "--out", out)
    (line,) = (line for line in stderr.splitlines() if "import" in line)
    assert code == 0
    assert line.startswith(f"{data}:5: <http://e/o> was not imported: no catalog names it; ")
    for name, more in (("my.xml", ("--catalog", tmp_path / "my.xml")), ("catalog-v001.xml", ())):
        assert "/B>" not in out.read_text()
        (tmp_path / name).write_text(entry)
        code, _, stderr = run(data, "--out", out, *more)
        assert (code, "import" in stderr) == (0, False)
        assert "/B>" in out.read_text()
        (tmp_path / name).unlink()
        run(data, "--out", out)


def test_the_command_tells_of_a_limit(tmp_path: Path) -> None:
    """A limit is an error with a hint."""
    code, _, stderr = run(
        ladder(tmp_path, 100), "--out", tmp_path / "out.nt", "--max-triples", "200"
    )
    assert code == 1
    assert "prp-trp on" in stderr
    assert "--max-triples" in stderr
