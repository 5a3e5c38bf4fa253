"""What a folder of RDF holds, read or not."""

from __future__ import annotations

import io
import os
import socket
import zipfile
from pathlib import Path

import pytest

from cgkg.errors import ConfigError, SourceError, shown
from cgkg.project.folder import Project
from cgkg.project.survey import survey, survey_file

ENDING = "its name ends in none that RDF files have"
LINK = "a link to a folder; name that folder itself, or move it here"


def names(folder: Path) -> tuple[list[str], dict[str, str]]:
    """The files that are read, and the reasons by what is not."""
    files, others = survey(folder)
    return [path.relative_to(folder).as_posix() for path in files], dict(others)


def write(folder: Path, *files: str) -> None:
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", "utf-8")


def test_names_say_what_is_read(tmp_path: Path) -> None:
    """Whatever the case; the others are told."""
    files = ["a.N3", "b.turtle", "c.nt.bz2", "d/e.rdfs", "f.nquads", "g.ntriples", "h.JSONLD.zst"]
    write(tmp_path, *files, "x.txt", "d/y.ttl.7z", "z")
    assert names(tmp_path) == (files, {"d/y.ttl.7z": ENDING, "x.txt": ENDING, "z": ENDING})


def test_what_is_no_file_is_told_and_not_opened(tmp_path: Path) -> None:
    """Pipes, sockets, devices, links to nothing and in circles; nothing hangs."""
    write(tmp_path, "a.ttl", "sub/b.ttl", "elsewhere/c.ttl")
    os.mkfifo(tmp_path / "pipe.ttl")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(os.path.relpath(tmp_path / "socket.nt"))
    for name, target in (
        ("device.nt", "/dev/zero"), ("broken.ttl", "nothing"), ("one.nt", "two.nt"),
        ("two.nt", "one.nt"), ("sub/up", ".."), ("linked", "elsewhere"), ("link.ttl", "a.ttl"),
    ):  # fmt: skip
        (tmp_path / name).symlink_to(target)
    assert names(tmp_path) == (
        ["a.ttl", "elsewhere/c.ttl", "link.ttl", "sub/b.ttl"],
        {
            "pipe.ttl": "a pipe",
            "socket.nt": "a socket",
            "device.nt": "a device",
            "broken.ttl": "a link to nothing",
            "one.nt": "links in a circle",
            "two.nt": "links in a circle",
            "sub/up": LINK,
            "linked": LINK,
        },
    )


def test_what_is_hidden_is_told_as_a_whole(tmp_path: Path) -> None:
    """So is build/ if it holds what cgkg does not write; stores are left out without a word."""
    write(tmp_path, "a.ttl", ".git/x.ttl", ".b.ttl", "build/store/x.nq", "kept/generations/x.nq")
    assert names(tmp_path) == (["a.ttl"], {".git": "hidden", ".b.ttl": "hidden"})
    write(tmp_path, "build/old.ttl")
    assert names(tmp_path)[1]["build"] == "the folder that cgkg builds in"


def test_content_is_looked_at_where_names_do_not_say(tmp_path: Path) -> None:
    """.xml and .json; and other syntaxes of ontologies are named."""
    for name, content in {
        "a.json": '{"@id": "http://e/a"}',
        "b.json": "[1]",
        "a.xml": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
        "b.xml": "<a/>",
        "o.ofn": "Ontology(<http://e/o>)",
        "o.obo": "format-version: 1.2\n",
    }.items():
        (tmp_path / name).write_text(content, "utf-8")
    read, others = names(tmp_path)
    assert read == ["a.json", "a.xml"]
    assert others.keys() == {"b.json", "b.xml", "o.ofn", "o.obo"}
    assert others["b.xml"] == "no RDF by its content, which decides for .xml"
    assert "OWL 2 functional-style syntax: convert it" in others["o.ofn"]
    assert "OBO format: convert it" in others["o.obo"]


def test_xml_in_utf_16_is_looked_at_as_any(tmp_path: Path) -> None:
    """With a mark or without one, as the declaration of XML allows."""
    document = '<?xml version="1.0" encoding="{}"?><rdf:RDF xmlns:rdf="{}"/>'
    space = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    for name, encoding in {"a.xml": "UTF-16", "b.xml": "UTF-16LE", "c.xml": "UTF-16BE"}.items():
        (tmp_path / name).write_bytes(document.format(encoding, space).encode(encoding))
    (tmp_path / "d.xml").write_bytes('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"))
    read, others = names(tmp_path)
    assert read == ["a.xml", "b.xml", "c.xml"]
    assert others.keys() == {"d.xml"}


def zipped(*members: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        for name in members:
            opened.writestr(name, b"")
    return content.getvalue()


def test_an_archive_is_looked_into(tmp_path: Path) -> None:
    """Its members are read or told as files are; nothing of it is written anywhere."""
    members = ("a.ttl", "sub/b.nt.gz", "c.txt", "d.zip", ".e.ttl", "../f.ttl", "/g.ttl", "h/")
    (tmp_path / "x.zip").write_bytes(zipped(*members))
    (tmp_path / "broken.zip").write_bytes(b"PK")
    odd = "its name is no path inside the archive"
    assert names(tmp_path) == (
        ["broken.zip", "x.zip!a.ttl", "x.zip!sub/b.nt.gz"],
        {
            "x.zip!c.txt": ENDING,
            "x.zip!d.zip": "an archive in an archive",
            "x.zip!.e.ttl": "hidden",
            "x.zip!../f.ttl": odd,
            "x.zip!/g.ttl": odd,
        },
    )
    assert [path.name for path in survey_file(tmp_path / "x.zip")] == ["x.zip!a.ttl", "b.nt.gz"]
    with pytest.raises(SourceError, match="not a whole zip archive"):
        survey_file(tmp_path / "broken.zip")
    assert sorted(os.listdir(tmp_path)) == ["broken.zip", "x.zip"]


def test_a_folder_that_cannot_be_looked_into_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the reason of the system; others are read."""
    write(tmp_path, "a.ttl", "closed/b.ttl")
    real = os.scandir

    def scan(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("os.scandir", scan)
    reason = "it cannot be looked into: Permission denied"
    assert names(tmp_path) == (["a.ttl"], {"closed": reason})


def test_names_are_shown_in_one_line_whatever_their_bytes(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, and marks that are no text, are escaped."""
    path = tmp_path / os.fsdecode(b"caf\xe9\n.txt")
    path.write_text("", "utf-8")
    assert shown(path.name) == r"caf\xe9\x0a.txt"
    assert names(tmp_path) == ([], {r"caf\xe9\x0a.txt": ENDING})
    assert str(SourceError("no", path=Path(path.name), line=2)) == r"caf\xe9\x0a.txt:2: no"


def test_a_folder_without_rdf_says_what_it_holds(tmp_path: Path) -> None:
    """The first of what was found, and why it is not read."""
    (tmp_path / "o.ofn").write_text("Ontology(<http://e/o>)", "utf-8")
    with pytest.raises(ConfigError, match=r"no RDF files \(o\.ofn: OWL 2 functional-style"):
        Project.at(tmp_path)
