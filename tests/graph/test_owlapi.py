"""What the library behind Protégé and an OWL 2 DL reasoner say of the ontology and the exports.

Both are Java programs that this project neither ships nor needs: the OWL API is Debian's package
libowlapi-java, HermiT comes with the Python package owlready2. Where they are not at hand the
tests are skipped and say what is missing.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import owlapi_runner
import pytest
from owlapi_runner import Opened, hermit_jar, opened
from paths import ROOT

from cgkg.authoring.axioms import axioms
from cgkg.authoring.edits import bring_back
from cgkg.authoring.formatting import merge_prefixes
from cgkg.export.merged import merge
from cgkg.export.release import export
from cgkg.project.folder import Project
from cgkg.rdf.io import read_rdf
from cgkg.store.generations import Generation

ONTOLOGY = ROOT / "ontology"
CATALOG = ("--catalog", ONTOLOGY / "catalog-v001.xml")
FACT = (
    "https://w3id.org/cgkg/id/region/seoul",
    "https://w3id.org/cgkg/def/hasMember",
    "https://w3id.org/cgkg/id/place/incheon",
)


@pytest.fixture(autouse=True)
def owlapi() -> None:
    owlapi_runner.require()


@pytest.fixture(scope="module")
def whole(clusters: Generation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The merged file."""
    path = tmp_path_factory.mktemp("merged") / "merged.ttl"
    path.write_bytes(merge(clusters))
    return path


def clean(file: Opened) -> None:
    """Loaded whole, without a triple left over, in both profiles."""
    assert "failed" not in file.said, file.text
    assert file.one("unparsed") == "0", file.text
    assert file.one("OWL 2 DL violations") == "0", file.text
    assert file.one("OWL 2 RL violations") == "0", file.text


@pytest.mark.long
def test_every_module_opens_with_its_imports() -> None:
    """Each file opened alone finds its imports through the catalog and is in both profiles."""
    modules = sorted(ONTOLOGY.glob("*.ttl"))
    found = opened(*CATALOG, *modules)
    assert [file.file for file in found] == [path.name for path in modules]
    for file in found:
        clean(file)
    whole = next(file for file in found if file.file == "cgkg.ttl")
    assert whole.one("loaded") == str(len(modules))


@pytest.mark.long
def test_a_missing_catalog_entry_is_seen(tmp_path: Path) -> None:
    """The test above can fail: without the catalog's lines the imports are not found."""
    (tmp_path / "catalog-v001.xml").write_text("<catalog/>", "utf-8")
    shutil.copy(ONTOLOGY / "core.ttl", tmp_path / "core.ttl")
    (file,) = opened("--catalog", tmp_path / "catalog-v001.xml", tmp_path / "core.ttl")
    assert "failed" in file.said


@pytest.mark.long
def test_the_merged_file_shows_names_and_evidence(whole: Path) -> None:
    """In both languages every entity has a label, and a fact carries its span and what it says."""
    for language in ("en", "zh"):
        (file,) = opened("--labels", language, "--fact", *FACT, whole)
        clean(file)
        assert file.one("loaded") == "1"
        assert "nameless" not in file.said, file.text
        notes = file.said["annotation"]
        kinds = [note.split(" ", 1)[0].rsplit("/", 1)[-1] for note in notes]
        assert kinds == ["gist", "gist", "statedIn"]
        assert {note[-3:] for note in notes[:2]} == {"@en", "@zh"}
        assert notes[2].endswith("/source/city-clusters/c/5917-5934")


@pytest.mark.long
def test_every_file_of_a_release_opens(
    clusters: Generation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """All RDF/XML and Turtle is read to the last triple; what holds the ontology is in profile.

    The files of the whole graph hold the modules that their headers import, so no import is
    followed. Descriptions and inferred facts alone declare no terms: they only have to load.
    """
    folder = export(clusters, tmp_path_factory.mktemp("release") / "files").folder
    # RDF 1.2 is newer than this version of the OWL API.
    files = [p for p in sorted(folder.glob("*")) if p.suffix in (".ttl", ".rdf")]
    files = [path for path in files if not path.name.startswith("rdf12")]
    for file in opened(*CATALOG, "--alone", *files):
        if file.file.startswith(("asserted", "dataset", "protege")):
            clean(file)
        assert "failed" not in file.said, file.text
        assert file.one("unparsed") == "0", file.text
        assert int(file.one("axioms")) > 0


@pytest.mark.long
@pytest.mark.parametrize("form", ["ttl", "rdf"])
def test_the_merged_file_saved_again_is_no_edit(whole: Path, form: str, tmp_path: Path) -> None:
    """What Protégé writes without an edit brings nothing back, in either syntax."""
    saved = tmp_path / f"saved.{form}"
    opened("--save", form, saved, whole)
    edit = bring_back(Project.at(ROOT), saved)
    assert [change.diff() for change in edit.changes] == []
    assert (edit.placed, edit.facts) == ([], [])


@pytest.mark.long
@pytest.mark.parametrize("name", ["cgkg", "governance", "programmes", "themes", "external-terms"])
def test_a_module_saved_again_is_no_edit(name: str, tmp_path: Path) -> None:
    """A module that the OWL API saved says what it said, and comes back as it was."""
    saved = tmp_path / f"{name}.ttl"
    opened(*CATALOG, "--save", "ttl", saved, ONTOLOGY / f"{name}.ttl")
    project = Project.at(ROOT)
    prefixes = merge_prefixes(project, {})
    before = axioms(read_rdf(ONTOLOGY / f"{name}.ttl")[0], prefixes)
    after = axioms(read_rdf(saved)[0], prefixes)
    assert before.keys() <= after.keys()
    assert [change.diff() for change in bring_back(project, saved).changes] == []


def hermit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    jar = hermit_jar()
    if jar is None:
        pytest.skip("HermiT is not at hand (Python package owlready2)")
    return subprocess.run(
        ["java", "-Xmx2g", "-jar", str(jar), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.long
def test_the_merged_file_is_consistent_and_classified(whole: Path, tmp_path: Path) -> None:
    """HermiT finds a model of the whole, no class that must be empty, and a hierarchy."""
    saved = tmp_path / "merged.rdf"
    opened("--save", "rdf", saved, whole)
    consistent = hermit("-k", saved.as_uri())
    assert consistent.returncode == 0, consistent.stdout + consistent.stderr
    empty = hermit("-U", saved.as_uri()).stdout.split()
    assert [name for name in empty if ":" in name][1:] == ["owl:Nothing"], empty
    classified = hermit("-c", saved.as_uri()).stdout
    assert "SubClassOf( <https://w3id.org/cgkg/def/CityCluster>" in classified, classified[:2000]
