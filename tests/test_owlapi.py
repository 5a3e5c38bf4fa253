"""What the library behind Protégé and an OWL 2 DL reasoner say of the ontology.

Both are Java programs that this project neither ships nor needs; where they are not at hand the
tests are skipped and say what is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

from cgkg.export import merged
from cgkg.rdf import Format, parse_file, serialize
from cgkg.store import Generation
from cgkg.vocab import OWL

ONTOLOGY = ROOT / "ontology"
SHARED = Path(__file__).resolve().parents[2] / "shared"
OWLCHECK = SHARED / "owlapi" / "owlcheck.sh"
HERMIT = SHARED / "peers" / "hermit.sh"
OWLAPI_JAR = Path("/usr/share/java/owlapi-distribution.jar")
PEERS = Path(os.environ.get("CGKG_PEERS", Path.home() / ".cache" / "cgkg-peers"))


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", *map(str, command)], capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def owlcheck() -> Path:
    """The profile checker, if it and what it needs are at hand."""
    if not OWLCHECK.is_file():
        pytest.skip("shared/owlapi/owlcheck.sh is not beside the repository")
    if not shutil.which("java"):
        pytest.skip("java is not installed")
    if not OWLAPI_JAR.is_file():
        pytest.skip("the OWL API is not installed (Debian package libowlapi-java)")
    return OWLCHECK


@pytest.fixture(scope="module")
def hermit() -> Path:
    """The HermiT runner, if it was set up before (its first run fetches the reasoner)."""
    if not HERMIT.is_file():
        pytest.skip("shared/peers/hermit.sh is not beside the repository")
    if not list(
        PEERS.glob("venv-owlready2/lib/python3*/site-packages/owlready2/hermit/HermiT.jar")
    ):
        pytest.skip("HermiT is not set up (run shared/peers/hermit.sh once)")
    return HERMIT


def test_the_ontology_is_in_both_profiles(owlcheck: Path) -> None:
    """Loaded offline through the catalog, the whole is OWL 2 DL and OWL 2 RL without violation."""
    done = run(owlcheck, "--catalog", ONTOLOGY / "catalog-v001.xml", ONTOLOGY / "cgkg.ttl")
    assert "OWL 2 DL: IN PROFILE" in done.stdout, done.stdout + done.stderr
    assert "OWL 2 RL: IN PROFILE" in done.stdout, done.stdout + done.stderr
    assert "unparsed triples: 0" in done.stdout, done.stdout
    assert "MISSING IMPORT" not in done.stdout, done.stdout
    assert done.returncode == 0


def test_the_merged_export_is_in_both_profiles(
    owlcheck: Path, clusters: Generation, tmp_path: Path
) -> None:
    """Ontology, individuals and evidence in one file load without import and without violation."""
    path = tmp_path / "merged.ttl"
    path.write_bytes(merged(clusters))
    done = run(owlcheck, path)
    assert "OWL 2 DL: IN PROFILE" in done.stdout, done.stdout + done.stderr
    assert "OWL 2 RL: IN PROFILE" in done.stdout, done.stdout + done.stderr
    assert "unparsed triples: 0" in done.stdout


@pytest.mark.parametrize("module", sorted(p.stem for p in ONTOLOGY.glob("*.ttl")))
@pytest.mark.long
def test_every_module_stands_with_its_imports(owlcheck: Path, module: str) -> None:
    """Each file opened alone finds its imports and is in both profiles."""
    done = run(owlcheck, "--catalog", ONTOLOGY / "catalog-v001.xml", ONTOLOGY / f"{module}.ttl")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_the_ontology_with_its_concepts_is_consistent(
    owlcheck: Path, hermit: Path, tmp_path: Path
) -> None:
    """HermiT finds a model of ontology and concept schemes, and no class that must be empty."""
    files = [*sorted(ONTOLOGY.glob("*.ttl")), *sorted((ROOT / "data" / "concepts").glob("*.ttl"))]
    quads = [quad for path in files for quad in parse_file(path, blank_prefix=path.stem[:5])]
    merged = [q.triple for q in quads if q.predicate not in (OWL.imports, OWL.versionIRI)]
    (tmp_path / "merged.ttl").write_bytes(serialize(merged, Format.TURTLE))
    converted = run(owlcheck, "--convert", "rdf", tmp_path / "merged.rdf", tmp_path / "merged.ttl")
    assert converted.returncode == 0, converted.stdout + converted.stderr
    consistent = run(hermit, "consistent", tmp_path / "merged.rdf")
    assert consistent.returncode == 0, consistent.stdout + consistent.stderr
    empty = run(hermit, "unsat", tmp_path / "merged.rdf").stdout.split()
    assert [name for name in empty if ":" in name][1:] == ["owl:Nothing"], empty
