"""A release that somebody else made: what it names outside is not read, and nothing hangs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from alarms import within
from commands import run
from hostile_release import RELEASES, digest
from projects import make_small

from cgkg.errors import SourceError, StoreError
from cgkg.export import apart
from cgkg.export.ondemand import OnDemand
from cgkg.export.release import export
from cgkg.formats import Format
from cgkg.pipeline import build
from cgkg.rdf.io import parse_bytes
from cgkg.store.generations import Generation


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store and its release, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    generation, _ = build(make_small(folder / "project").project, folder / "store")
    export(generation, folder / "release")
    return folder


@pytest.mark.parametrize("name", RELEASES)
def test_a_release_is_judged_by_its_own_files(
    made: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong is a sentence, and tells neither words nor digest of a file elsewhere."""
    monkeypatch.setattr(apart, "SECONDS", 1)
    shutil.copytree(made / "release", tmp_path / "release")
    outside = tmp_path / "secret.csv"
    outside.write_text("<urn:secret-of-mine> <urn:b> <urn:c> .\n")
    change, said = RELEASES[name]
    change(tmp_path / "release", outside)
    with within():
        done = run("verify", str(tmp_path / "release"))
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert said in told
    assert "secret-of-mine" not in told
    assert digest(outside) not in told
    assert "Traceback" not in told


def test_a_release_is_written_into_its_folder_alone(made: Path, tmp_path: Path) -> None:
    """A manifest cannot name a table that leads elsewhere."""
    place = tmp_path / "store" / "generations"
    shutil.copytree(made / "store" / "generations", place)
    (generation,) = place.iterdir()
    RELEASES["a table's name leads outside"][0](generation, tmp_path / "x.csv")
    with pytest.raises(StoreError, match="no name of a file"):
        export(Generation(generation), tmp_path / "out" / "release")
    assert not (tmp_path / "x.csv").exists()


def test_a_release_on_demand_follows_no_link(made: Path, tmp_path: Path) -> None:
    """Where the folder of releases is a link, none is made, kept or removed behind it."""
    shutil.copytree(made / "store", tmp_path / "store")
    (generation,) = (tmp_path / "store" / "generations").iterdir()
    outside = tmp_path / "outside"
    shutil.copytree(made / "release", outside / generation.name)
    (outside / f".{generation.name}.tmp-1").mkdir()
    (tmp_path / "store" / "releases").symlink_to(outside)
    before = sorted(outside.rglob("*"))
    asked = OnDemand(Generation(generation))
    assert asked.kept(generation.name) is None
    assert "symbolic link" in asked._run()
    assert sorted(outside.rglob("*")) == before


def test_a_release_may_have_any_number_of_triple_terms_but_none_deep_in_others(
    tmp_path: Path,
) -> None:
    """One for each statement is what a release has; a deep one would end the process."""
    place = tmp_path / "rdf12.nt"
    flat = "".join(f"_:b{n} <urn:r> <<( <urn:a> <urn:b> {n} )>> .\n" for n in range(6_000))
    assert len(parse_bytes(flat.encode(), Format.TURTLE, place)) == 6_000
    deep = "<urn:a> <urn:b> " + "<<( <urn:a> <urn:b> " * 6_000 + "1 " + ")>> " * 6_000 + "."
    place.write_text(deep)
    with pytest.raises(SourceError, match="triple terms"):
        parse_bytes(deep.encode(), Format.N_TRIPLES, place)
