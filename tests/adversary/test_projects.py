"""A project that somebody prepared: what is no file is not waited for, and nothing is quoted."""

from __future__ import annotations

from pathlib import Path

import pytest
from alarms import within
from commands import run
from hostile_project import BOMB, OPTIONAL, READ, device, large, pipe
from projects import Small, make_small

from cgkg.authoring.documents import add_document
from cgkg.authoring.formatting import FileChange, write
from cgkg.errors import ConfigError, SourceError
from cgkg.formats import GRAPHS, Format
from cgkg.project.folder import Project
from cgkg.project.texts import open_text
from cgkg.rdf.io import parse_bytes, parse_file
from cgkg.tables import read_table
from cgkg.validation.coverage import write_mentions


def outcome(small: Small, *words: str) -> str:
    """What a command says; it is a sentence and not a traceback, and comes in time."""
    with within():
        done = run(*words, "--project", str(small.folder))
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("make", [pipe, device])
@pytest.mark.parametrize("name", READ)
def test_what_is_no_file_ends_a_build(tmp_path: Path, name: str, make: object) -> None:
    """A pipe and a device are named, whichever file is one."""
    small = make_small(tmp_path)
    (pipe if make is pipe else device)(name)(small.folder)
    said = outcome(small, "build")
    assert name in said
    assert "a pipe, a socket or a device" in said


@pytest.mark.parametrize("name", OPTIONAL)
def test_what_is_no_file_ends_a_check(small: Small, name: str) -> None:
    """The same for what a project need not have."""
    pipe(name)(small.folder)
    for command in ("check", "coverage"):
        outcome(small, command)


@pytest.mark.parametrize("option", ["--source", "--file"])
def test_a_pipe_given_by_name_is_refused(small: Small, option: str) -> None:
    """A document and a query are files; a query may come from standard input."""
    pipe("given")(small.folder)
    command = "query" if option == "--file" else "build"
    said = outcome(small, command, option, str(small.folder / "given"))
    assert "a pipe, a socket or a device" in said


def test_files_that_are_read_whole_are_bounded(small: Small) -> None:
    """A table, a text and settings that do not end are refused, with the most that is read."""
    large("data/registry.csv", 1 << 40)(small.folder)
    with pytest.raises(SourceError, match=r"registry\.csv: it is larger than 256 MiB"):
        read_table(small.project.registry, ("id",))
    large("document.txt", 1 << 40)(small.folder)
    with pytest.raises(SourceError, match="larger than 256 MiB"):
        open_text(small.project, small.folder / "document.txt")
    large("cgkg.toml", 1 << 40)(small.folder)
    with pytest.raises(ConfigError, match="larger than 131,072 bytes"):
        Project.at(small.folder)


@pytest.mark.parametrize(
    "content", ["a = " + "[" * 100_000, "[project]\nbase = 5\n", "\0", "[" + "a." * 5_000 + "a]"]
)
def test_settings_are_no_trap(small: Small, content: str) -> None:
    """Whatever cgkg.toml holds, its error is a sentence."""
    small.write("cgkg.toml", content)
    with pytest.raises(ConfigError, match=r"cgkg\.toml"):
        Project.at(small.folder)


def test_entities_do_not_grow_without_end(small: Small) -> None:
    """In the catalog and in RDF/XML, a small file stays small."""
    small.write("ontology/catalog-v001.xml", BOMB + "<catalog>&g;</catalog>")
    assert "catalog-v001.xml:1:" in outcome(small, "validate")
    path = small.write("a.rdf", BOMB.replace("r [", "rdf:RDF [") + "<r>&g;</r>")
    with pytest.raises(SourceError, match=r"a\.rdf:1:"):
        parse_file(path)


SECRETS = (
    b"secret:x:0:0:secret:/secret:/bin/secret\n", b"secret-words-of-mine\n",
    b'secret = "secretsecret"\n', b"<secret words>\n", b'"a secret" <a> <b>', b"[secret]\nkey = 1",
    b"<http://[secret> a b", b'{"secret": }', b"<r>secret</r>", b"id;secret\n1;2\n",
)  # fmt: skip


@pytest.mark.parametrize("form", GRAPHS)
def test_an_error_does_not_quote_what_is_no_rdf(tmp_path: Path, form: Format) -> None:
    """A link or an import may lead to any file: the error says the place and not the words."""
    path = tmp_path / f"a.{form.suffix}"
    said = [fault for content in SECRETS if (fault := fault_of(path, content))]
    assert len(said) >= len(SECRETS) - 2
    assert not [fault for fault in said if "secret" in fault]


def fault_of(path: Path, content: bytes) -> str:
    """What is said of a file with this content; nothing if it can be read."""
    path.write_bytes(content)
    try:
        parse_file(path)
    except SourceError as error:
        return error.message.replace(str(path), "")
    return ""


def test_an_error_in_rdf_says_what_is_wrong() -> None:
    """After the first statement or prefix a file is RDF, and its author is told the words."""
    for begun in ("@prefix a: <urn:a> .", "<urn:a> <urn:b> <urn:c> ."):
        with pytest.raises(SourceError, match="The prefix ex: has not been declared"):
            parse_bytes(f"{begun}\nex:a a ex:B .".encode(), Format.TURTLE, Path("/a/b"))


def test_a_table_that_is_none_is_not_quoted(small: Small) -> None:
    """Of a header that has none of the columns the names are not told."""
    for name in ("data/registry.csv", "data/source/elbe.sentences.csv"):
        path = small.folder / name
        whole = path.read_text("utf-8")
        path.write_text("secret:x:0:0,secret words\n")
        said = outcome(small, "validate")
        assert name in said
        assert "secret" not in said
        path.write_text(whole.replace(whole.split(",")[1], "klass", 1))
        assert name in outcome(small, "validate")
        path.write_text(whole)


# What is written


def test_nothing_is_written_through_a_link(small: Small, tmp_path: Path) -> None:
    """Tables, descriptions and formatted files that are links to another file, or to none."""
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    source = small.write("letter.txt", "1.Letters\nOne is here.\n")
    for name in ("letter.sentences.csv", "letter.excused.csv", "letter.ttl"):
        for target in (outside, tmp_path / "absent"):
            link = small.folder / "data" / "source" / name
            link.symlink_to(target)
            with pytest.raises(ConfigError, match=r"symbolic link|there already"):
                add_document(small.project, source)
            link.unlink()
            (small.folder / "data" / "source" / "letter.ttl").unlink(missing_ok=True)
            (small.folder / "data" / "source" / "letter.sentences.csv").unlink(missing_ok=True)
    (small.folder / "data" / "source" / "elbe.mentions.csv").symlink_to(outside)
    text = open_text(small.project, small.folder / "document.txt")
    assert text is not None
    with pytest.raises(ConfigError, match="symbolic link"):
        write_mentions(small.project, text)
    module = small.folder / "ontology" / "base.ttl"
    module.rename(tmp_path / "base.ttl")
    module.symlink_to(tmp_path / "base.ttl")
    before = (tmp_path / "base.ttl").read_bytes()
    with pytest.raises(ConfigError, match="symbolic link"):
        write(FileChange(module, "", "other"))
    assert (tmp_path / "base.ttl").read_bytes() == before
    assert outside.read_text() == "mine"
    assert not (tmp_path / "absent").exists()
