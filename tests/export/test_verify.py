"""Proving a release: what is whole passes, and whatever is changed is named with its file."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from projects import Small, make_small

from cgkg.cli.commands import main
from cgkg.errors import ReleaseError
from cgkg.export.content import Content
from cgkg.export.release import Release, export
from cgkg.export.verify import verify
from cgkg.pipeline import build
from cgkg.store.generations import Generation, as_json


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project's release, which nobody changes."""
    folder = tmp_path_factory.mktemp("made")
    generation, _ = build(make_small(folder / "rivers").project, folder / "store")
    return export(generation, folder / "release").folder


@pytest.fixture
def whole(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to change."""
    return Path(shutil.copytree(made, tmp_path / "release"))


def seal(folder: Path) -> None:
    """Make the digests right again after a change, as a forger would."""
    listing = json.loads((folder / "release.json").read_text("utf-8"))
    for file in listing["files"]:
        body = (folder / file["name"]).read_bytes()
        file["bytes"], file["sha256"] = len(body), hashlib.sha256(body).hexdigest()
    text = json.dumps(listing, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (folder / "release.json").write_text(text, "utf-8")
    names = sorted(p.name for p in folder.iterdir() if p.name != "SHA256SUMS")
    sums = (f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
    (folder / "SHA256SUMS").write_text("".join(sums), "utf-8")


def swap(name: str, old: str, new: str, count: int = 1) -> Callable[[Path], None]:
    """A change of a file's text, which must be there."""

    def change(folder: Path) -> None:
        text = (folder / name).read_bytes().decode("utf-8")
        assert re.search(old, text), f"{name} has no {old}"
        (folder / name).write_bytes(re.sub(old, new, text, count=count).encode("utf-8"))

    return change


def test_a_release_is_what_it_says(whole: Path, small: Small, tmp_path: Path) -> None:
    """It verifies where it is, elsewhere, and against the project it was made from."""
    assert verify(whole) == []
    moved = tmp_path / "moved"
    shutil.copytree(whole, moved)
    assert verify(moved, small.project) == []


def test_a_release_of_before_there_were_parts_is_held_to_its_own_digest(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That was the SHA-256 of dataset.nq; of other lines it is no digest."""
    generation, _ = build(small.project, tmp_path / "store")
    old = hashlib.sha256(generation.dataset_file.read_bytes()).hexdigest()
    said = {**generation.manifest, "dataset_sha256": old}
    (generation.folder / "manifest.json").write_bytes(as_json(said))
    generation = Generation(generation.folder)
    with monkeypatch.context() as patch:
        patch.setattr(Content, "digest", old)
        release = export(generation, tmp_path / "release")
    assert release.digest == old
    assert verify(release.folder) == []
    swap("dataset.nq", "Labe", "Albis")(release.folder)
    seal(release.folder)
    assert any("the dataset's digest is" in problem.text for problem in verify(release.folder))


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file is gone": (lambda f: (f / "inferred.rdf").unlink(), "inferred.rdf: is missing"),
    "a file was added": (lambda f: (f / "x.txt").write_text("x"), "x.txt: is not listed"),
    "a byte differs": (swap("README.md", "Rivers", "Givers"), "README.md: was changed"),
    "no list of sums": (lambda f: (f / "SHA256SUMS").write_text("?\n"), "SHA256SUMS: line 1"),
}
FORGERIES = {
    "a triple less": (swap("dataset.nt", r"\A.*\n", ""), "dataset.nt: lacks 1 statements"),
    "another number": (swap("asserted.ttl", "1094", "1095"), "asserted.ttl: has besides 1"),
    "broken XML": (swap("dataset.rdf", "</rdf:RDF>", ""), "dataset.rdf: line"),
    "broken JSON-LD": (swap("inferred.jsonld", r"\A\[", ""), "inferred.jsonld: line"),
    "a clause moved": (swap("annotations.jsonld", r'"start": \d+', '"start": 7'), "2 targets are"),
    "evidence moved": (swap("evidence.trig", "c/9-39", "c/9-40"), "evidence.trig:"),
    "no evidence": (swap("rdf12.nt", r"/statedIn> <[^>]*>", "/statedIn> <urn:x>"), "2 reifiers"),
    "VoID counts": (swap("void.ttl", r"void:entities \d+", "void:entities 77"), "is 77, the data"),
    "DCAT sizes": (swap("catalog.ttl", r'byteSize "\d+"', 'byteSize "1"'), "byteSize of <"),
    "PROV digests": (swap("provenance.ttl", r'"[0-9a-f]{64}"', f'"{"0" * 64}"'), "checksumValue"),
    "a table": (swap("statements.csv", "Hamburg", "Bremen"), "statements.csv: differs"),
    "the build": (swap("manifest.json", r'"inferred": \d+', '"inferred": 1'), "counts inferred"),
    "the dataset": (swap("dataset.nq", "1094", "1095", 9), "by RDFC-1.0 it is"),
    "its form": (swap("dataset.nq", r"\A(.*\n)(.*\n)", r"\2\1"), "is not in the canonical form"),
    "the reader's text": (swap("README.md", "Rivers", "Givers"), "README.md: differs"),
    "the listing": (swap("release.json", r'"quads": \d+', '"quads": 1'), "quads is 1, the data"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_file_is_named(whole: Path, name: str) -> None:
    """What does not agree with the digests."""
    change, said = CHANGES[name]
    change(whole)
    assert any(said in problem.text for problem in verify(whole))


@pytest.mark.parametrize("name", FORGERIES)
def test_digests_made_right_again_help_nobody(whole: Path, name: str) -> None:
    """The contents are compared with the N-Quads whatever the digests say."""
    change, said = FORGERIES[name]
    change(whole)
    seal(whole)
    problems = [problem.text for problem in verify(whole)]
    assert any(said in text for text in problems), problems
    assert all(re.match(r"[\w.]+: .+; .+", text) and "\n" not in text for text in problems)


def test_another_project_gives_another_release(whole: Path, small: Small) -> None:
    """With --project each file that the project would give otherwise is named."""
    small.write("data/registry.csv", (small.folder / "data" / "registry.csv").read_text("utf-8")
                .replace("Labe", "Albis"))  # fmt: skip
    texts = [problem.text for problem in verify(whole, small.project)]
    assert any(text.startswith("release.json: is of the build ") for text in texts)
    assert any(text.startswith("dataset.nq: differs from what the project") for text in texts)
    assert not any("inferred.nt" in text for text in texts)


def test_what_is_no_release_is_an_error(tmp_path: Path) -> None:
    """A folder without release.json, or with one of another kind."""
    with pytest.raises(ReleaseError, match=r"release\.json cannot be read"):
        Release(tmp_path).listing  # noqa: B018  # reading it is the test
    (tmp_path / "release.json").write_text('{"format": "other"}')
    with pytest.raises(ReleaseError, match="not of the format"):
        verify(tmp_path)


def test_the_commands(whole: Path, small: Small, tmp_path: Path) -> None:
    """`cgkg export` prints digest and folder; `cgkg verify` exits 0, or 1 with lines."""
    runner = CliRunner()
    where = ["--project", str(small.folder), "--store", str(tmp_path / "store")]
    build(small.project, tmp_path / "store")
    done = runner.invoke(main, ["export", *where, "--out", str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    digest, folder = done.stdout.split()
    assert digest == Release(whole).digest
    good = runner.invoke(main, ["verify", folder])
    assert (good.exit_code, good.stdout) == (0, "")
    assert "verified" in good.stderr
    (Path(folder) / "statements.csv").unlink()
    bad = runner.invoke(main, ["verify", folder])
    assert bad.exit_code == 1
    assert "statements.csv: is missing; fetch it again, or run cgkg export" in bad.stdout
    assert runner.invoke(main, ["verify", str(small.folder)]).exit_code == 1
    taken = runner.invoke(main, ["export", *where, "--out", str(small.folder)])
    assert taken.exit_code == 2
    assert "is not a release of cgkg" in taken.stderr
    shown = runner.invoke(main, ["info", *where])
    assert re.search(rf"dataset_sha256 +{digest}", shown.stdout)
