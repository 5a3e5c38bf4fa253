"""Reading compressed files of RDF."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import zstandard
from projects import BASE, Small

from cgkg.bare import build
from cgkg.errors import SourceError
from cgkg.project.folder import Project
from cgkg.project.sources import load
from cgkg.rdf.compression import (
    ARCHIVE,
    COMPRESSIONS,
    archive_members,
    member_path,
    read_decompressed,
)
from cgkg.rdf.io import is_rdf, parse_file, read_rdf
from cgkg.rdf.terms import IRI, Triple
from cgkg.reasoning.files import reason

COMPRESS: Mapping[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor(write_checksum=True).compress,  # as the command zstd does
}
SUFFIXES = tuple(COMPRESSIONS)
E = "http://e/"
LINES = [f"<{E}s{n}> <{E}p> <{E}o{n * n}> .\n".encode() for n in range(5000)]
WHOLE = b"".join(LINES)
TRIPLE = Triple(IRI(E + "s7"), IRI(E + "p"), IRI(E + "o49"))


def test_every_compression_is_tried_here() -> None:
    """A compression that is added to the table is added to these tests."""
    assert set(SUFFIXES) == set(COMPRESS)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_compressed_file_is_its_content(tmp_path: Path, suffix: str) -> None:
    """It parses as the plain file does; the name may be in capitals."""
    for name in (f"a.nt{suffix}", f"A.NT{suffix.upper()}"):
        path = tmp_path / name
        path.write_bytes(COMPRESS[suffix](WHOLE))
        assert is_rdf(path)
        assert TRIPLE in {quad.triple for quad in parse_file(path)}
        assert len(read_rdf(path)[0]) == len(LINES)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_several_streams_are_one_file(tmp_path: Path, suffix: str) -> None:
    """Files that were compressed alone and then joined are read to the end of the last."""
    path = tmp_path / f"a.nt{suffix}"
    path.write_bytes(b"".join(COMPRESS[suffix](line) for line in LINES[:100]))
    assert read_decompressed(path) == b"".join(LINES[:100])


def test_what_fills_up_a_block_is_no_content(tmp_path: Path) -> None:
    """Zero bytes after a stream, as tapes and padded files have them, are passed over."""
    path = tmp_path / "a.nt.gz"
    path.write_bytes(gzip.compress(LINES[0]) + bytes(512) + gzip.compress(LINES[1]) + bytes(9))
    assert read_decompressed(path) == LINES[0] + LINES[1]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-9],  # an end that is missing
        lambda content: content[: len(content) // 2],
        lambda content: content[:100] + bytes(20) + content[120:],
        lambda content: content + b"what is this?",
        lambda content: WHOLE,  # it never was compressed
        lambda content: b"",
    ],
    ids=["cut short", "half", "overwritten", "with more behind", "plain", "empty"],
)
def test_a_damaged_file_is_refused(
    tmp_path: Path, suffix: str, damage: Callable[[bytes], bytes]
) -> None:
    """Half of a file is never taken for the whole; the error names it and says what to do."""
    path = tmp_path / f"a.nt{suffix}"
    path.write_bytes(damage(COMPRESS[suffix](WHOLE)))
    with pytest.raises(SourceError, match=f"not a whole {COMPRESSIONS[suffix][0]} file") as caught:
        parse_file(path)
    assert (caught.value.path, "fetch it again" in caught.value.hint) == (path, True)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_mistake_in_a_compressed_file_has_its_line(tmp_path: Path, suffix: str) -> None:
    """Lines and columns are those of the content."""
    path = tmp_path / f"a.nt{suffix}"
    path.write_bytes(COMPRESS[suffix](b"".join(LINES[:3]) + b"oops\n"))
    with pytest.raises(SourceError) as caught:
        parse_file(path)
    assert (caught.value.path, caught.value.line) == (path, 4)


def test_a_missing_or_unknown_file_is_named(tmp_path: Path) -> None:
    """What is not there, and what is no RDF, compressed or not."""
    with pytest.raises(SourceError, match="No such file"):
        parse_file(tmp_path / "a.nt.xz")
    with pytest.raises(SourceError, match=r"unknown RDF file extension '\.txt'") as caught:
        parse_file(tmp_path / "a.txt.gz")
    assert ".ttl, .turtle, .n3, .nt" in caught.value.hint
    assert ".zst" in caught.value.hint
    assert not is_rdf(tmp_path / "a.gz")


def test_a_bare_folder_may_hold_them_all(tmp_path: Path) -> None:
    """Each file counts, and one that is damaged stops the build."""
    folder = tmp_path / "rdf"
    folder.mkdir()
    for number, suffix in enumerate(SUFFIXES):
        (folder / f"{number}.nt{suffix}").write_bytes(COMPRESS[suffix](LINES[number]))
    generation = build(Project.at(folder), tmp_path / "store")
    assert generation.manifest["counts"] == {"dataset": 4, "statements": 4, "files": 4}
    (folder / "3.nt.zst").write_bytes(COMPRESS[".zst"](LINES[3])[:-3])
    with pytest.raises(SourceError, match=r"3\.nt\.zst: not a whole zstd file"):
        build(Project.at(folder), tmp_path / "store")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_reasoning_reads_them(tmp_path: Path, suffix: str) -> None:
    """A compressed file is closed as the plain one is, and an axiom in it has its line."""
    owl, rdf = "http://www.w3.org/2002/07/owl#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    more = [
        f"<{E}p> <{rdf}type> <{owl}SymmetricProperty> .\n",
        f"<{E}s1> <{owl}oneOf> <{E}s2> .\n",  # no list
    ]
    content = WHOLE + "".join(more).encode()
    plain, packed = tmp_path / "a.nt", tmp_path / f"a.nt{suffix}"
    plain.write_bytes(content)
    packed.write_bytes(COMPRESS[suffix](content))
    found = [reason([path], tmp_path / "out.nt") for path in (plain, packed)]
    assert found[0].written == found[1].written > 2 * len(LINES)
    places = [[place and place.line for _, place in each.unsupported] for each in found]
    assert places[0] == places[1] == [len(LINES) + 2]


def test_a_project_may_have_a_compressed_ontology(small: Small) -> None:
    """It is read, and a change of it is a change of the project."""
    plain = small.folder / "ontology" / "rivers.ttl"
    packed = plain.with_name("rivers.ttl.gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    config = (small.folder / "cgkg.toml").read_text("utf-8")
    small.write("cgkg.toml", config.replace("rivers.ttl", "rivers.ttl.gz"))
    sources = load(small.project)
    assert sources.ontology
    place = sources.locator.of_subject(IRI(f"{BASE}def/River"))
    assert place is not None
    assert place.path == packed
    before = small.project.fingerprint()
    packed.write_bytes(gzip.compress(gzip.decompress(packed.read_bytes()) + b"# more\n"))
    assert small.project.fingerprint() != before


def archive(path: Path, members: Mapping[str, bytes]) -> Path:
    """A zip archive of these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return path


def test_a_member_of_an_archive_is_read_as_a_file(tmp_path: Path) -> None:
    """Its path goes on after the archive's; errors have it, with line and column."""
    members = {"a.nt": LINES[1], "sub/b.nt.gz": gzip.compress(LINES[2]), "c.nt": b"\noops"}
    packed = archive(tmp_path / "g.zip", members)
    for name in ("a.nt", "sub/b.nt.gz"):
        assert len(parse_file(member_path(packed, name))) == 1
    with pytest.raises(SourceError, match=r"g\.zip!c\.nt:2:1: "):
        parse_file(member_path(packed, "c.nt"))
    with pytest.raises(SourceError, match="no such file in the archive"):
        parse_file(member_path(packed, "d.nt"))


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    """Cut short, or with a member that is overwritten."""
    packed = archive(tmp_path / "g.zip", {"a.nt": WHOLE})
    content = packed.read_bytes()
    packed.write_bytes(content[:100] + bytes(20) + content[120:])
    with pytest.raises(SourceError, match=r"g\.zip!a\.nt: not a whole zip archive"):
        parse_file(member_path(packed, "a.nt"))
    packed.write_bytes(content[:-9])
    with pytest.raises(SourceError, match=r"g\.zip: not a whole zip archive"):
        archive_members(packed)


@pytest.mark.parametrize("suffix", [*SUFFIXES, ARCHIVE])
def test_a_file_that_expands_without_end_is_refused(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound is one of bytes, and of how often a file's own size they are."""
    monkeypatch.setattr("cgkg.rdf.compression.EXPANDED", 1 << 20)
    content = b" " * (4 << 20)
    path = tmp_path / f"a.nt{suffix}"
    if suffix == ARCHIVE:
        path = member_path(archive(tmp_path / "a.zip", {"a.nt": content}), "a.nt")
    else:
        path.write_bytes(COMPRESS[suffix](content))
    with pytest.raises(SourceError, match="expands to more than 1 MiB, over 200 times") as caught:
        parse_file(path)
    assert "decompress it" in caught.value.hint
    monkeypatch.setattr("cgkg.rdf.compression.RATIO", 1 << 20)
    assert parse_file(path) == []


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]
)
def test_a_byte_order_mark_is_no_content(tmp_path: Path, encoding: str) -> None:
    """Every syntax is read past it; lines and columns do not count it."""
    mark = "" if encoding in ("utf-8-sig", "utf-16", "utf-32") else "\ufeff"
    quad = f'<{E}s> <{E}p> "\u4e2d"'
    for name, text in (
        ("a.ttl", f"{quad} ."),
        ("a.trig", f"{{ {quad} . }}"),
        ("a.nt", f"{quad} ."),
        ("a.nq", f"{quad} ."),
        ("a.jsonld", f'{{"@id": "{E}s", "{E}p": "\u4e2d"}}'),
        ("a.nt.gz", f"{quad} ."),
    ):
        path = tmp_path / name
        content = (mark + text).encode(encoding)
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        assert [str(one) for one in parse_file(path)] == [quad]
    (tmp_path / "a.ttl").write_bytes((mark + "oops").encode(encoding))
    with pytest.raises(SourceError, match=r"a\.ttl:1:1: "):
        parse_file(tmp_path / "a.ttl")


def test_what_is_not_what_its_mark_says_is_refused(tmp_path: Path) -> None:
    """Half a character of UTF-16."""
    path = tmp_path / "a.ttl"
    path.write_bytes("\ufeff# \u4e2d".encode("utf-16-le")[:-1])
    with pytest.raises(SourceError, match="mark of UTF-16-LE, and is not"):
        parse_file(path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """What is no regular file is refused, so that nothing hangs."""
    os.mkfifo(tmp_path / "a.nt")
    with pytest.raises(SourceError, match="it is no regular file"):
        parse_file(tmp_path / "a.nt")
