"""Files that were damaged at random: read, or refused with an error of ours."""

from __future__ import annotations

import faulthandler
import random
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from limits import ENOUGH, ends
from projects import FILES, make_small

from cgkg.authoring import questions
from cgkg.document.sentences import SentenceTable
from cgkg.errors import ConfigError, SourceError
from cgkg.project.catalog import contexts_of
from cgkg.project.folder import Project
from cgkg.project.mappings import read_mappings
from cgkg.project.registry import read_registry
from cgkg.rdf.io import Reading, SkippedStatements, parse_file, read_back, transcribe
from cgkg.rdf.terms import IRI

MEMORY = 1 << 30  # bytes that the process may grow by
LITERAL = '"a \\"b\\" \\u4e2d"@zh-Hans , """long\n"quoted" text""" , 1.5 , .5 , -1e5 , true'
TURTLE = f"""@prefix : <http://e/> .
PREFIX r: <rel#>
@base <http://b/> .
:a a r:B ; :p {LITERAL} , [ :q ( 1 [] "x"^^:t ) ] . # comment
_:x :p _:x , <near?q=1#f> .
:c.d :e\\,f "%41"@en-GB .
"""
CONTEXT = '{"@version": 1.1, "@vocab": "http://e/", "k": {"@id": "k", "@type": "@id"}}'
JSON_LD = f"""[{{"@context": {CONTEXT}, "@id": "a",
  "k": "b", "n": [1, 1.5, true, null, "\\u4e2d"]}},
 {{"@context": ["http://e/c", {{"@language": "en"}}],
  "@graph": [{{"@id": "_:x", "@type": "http://e/T",
  "http://e/p": {{"@value": "x", "@language": "en"}},
  "http://e/l": {{"@list": [{{"@set": []}}, {{"@id": "y"}}]}}}}]}}]"""
LINES = '<http://e/a> <http://e/p> "x\\n\\u4e2d"@en .\n_:a <http://e/p> _:b .\n# c\n'
CONFIG = (
    FILES["cgkg.toml"]
    + """[prefixes]
e = "http://e/"
[home]
compare = "e:R"
title = {en = "a"}
[[home.columns]]
property = "e:p"
name = {en = "p", zh = "q"}
[mentions.body]
pattern = "a|b+"
class = "e:C"
[mentions.number]
except = "5"
[serve]
port = 8080
"""
)
MAPPINGS = """#curie_map:
#  wd: http://www.wikidata.org/entity/
#  skos: http://www.w3.org/2004/02/skos/core#
#  semapv: https://w3id.org/semapv/vocab/
#  e: http://e/
subject_id\tpredicate_id\tobject_id\tmapping_justification\tcomment
e:a\tskos:exactMatch\twd:Q1\tsemapv:ManualMappingCuration\tseen
"""
SENTENCES = "sentence,section,paragraph,start,end,sha256\n1,1,1,0,9,00\n2,1.1,2,10,20,11\n"
QUERY = '# en: rivers\n# zh: \u6cb3\nSELECT * { ?s ?p "x" }\n'
# What mutations put in, beside parts of the file itself.
WORDS = (
    b'"""', b"'", b'"', b"<", b">", b"<<( ", b" )>>", b"{|", b"[", b"]", b"(", b")", b"{", b"}",
    b".", b";", b",", b"@", b"^^", b"_:", b"\\u", b"\\U0011FFFF", b"\\ud800", b"\xff", b"\0",
    b"\xef\xbb\xbf", b"\xff\xfe", b"%zz", b"@prefix", b"BASE", b"GRAPH", b"@context", b"@import",
    b'{"@id": ', b"null", b"-", b"1e999", b"9" * 400, b"\r", b"\n\n", b"&a;", b"<![CDATA[",
    b"<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>", b"[project]", b"=", b"\t", b"#",
)  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """What reads a file of this name, and what such a file may look like."""

    name: str
    seed: str
    read: Callable[[Path], object]
    project: Mapping[str, str] = field(default_factory=dict)


def read_rdf_file(path: Path) -> None:
    """As a build does it: strictly, then leaving out what is wrong; what is written can be read."""
    context = path.with_name("context.json")
    context.write_text(f'{{"@context": {CONTEXT}}}', "utf-8")
    refused = None
    for skipped in (None, SkippedStatements()):
        reading = Reading({"http://e/c": context}, skipped)
        try:
            parse_file(path, reading=reading)
        except SourceError as error:
            refused = refused or error
            continue
        written = path.with_name("written.nq")
        with written.open("wb") as output:
            transcribe(path, output, reading=reading)
        read_back(written)
    if refused:
        raise refused


def read_project(path: Path) -> None:
    project = Project.at(path.parent)
    assert project.tables is not None


def read_individuals(path: Path) -> None:
    project = Project.at(path.parents[1])
    read_registry(project, "http://e/")


TRIG = f"{TURTLE}:g {{ {TURTLE.partition('b/> .')[2]} }}\nGRAPH [] {{}}"
READERS = (
    Reader("a.ttl", TURTLE, read_rdf_file),
    Reader(
        "a.trig", f"{TURTLE}:g {{ {TURTLE.partition('b/> .')[2]} }}\nGRAPH [] {{}}", read_rdf_file
    ),
    Reader("a.nt", LINES, read_rdf_file),
    Reader("a.nq", LINES + LINES.replace(" .\n", " <http://e/g> .\n"), read_rdf_file),
    Reader("a.jsonld", JSON_LD, read_rdf_file),
    Reader("a.json", JSON_LD, read_rdf_file),
    Reader("catalog-v001.xml", FILES["ontology/catalog-v001.xml"], contexts_of),
    Reader("cgkg.toml", CONFIG, read_project),
    Reader("registry.csv", FILES["data/registry.csv"], read_individuals),
    Reader("a.sentences.csv", SENTENCES, lambda path: SentenceTable.read(path, IRI("http://e/d"))),
    Reader("a.sssom.tsv", MAPPINGS, read_mappings),
    Reader("rivers.rq", QUERY, lambda path: Project.at(path.parents[2]).tables),
    Reader("1.rq", QUERY, lambda path: questions.read(Project.at(path.parents[2]))),
)
PLACES = {"registry.csv": "data", "rivers.rq": "queries/tables", "1.rq": "queries/competency"}


def mutate(content: bytes, chance: random.Random) -> bytes:
    """The content with a few changes."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(content) + 1)
        end = min(len(content), at + chance.choice((1, 2, 8, 40)))
        kind = chance.randrange(6)
        if kind == 0:
            content = content[:at] + content[end:]
        elif kind == 1:
            content = content[:at] + chance.choice(WORDS) + content[at:]
        elif kind == 2:
            content = content[:at] + content[at:end] * chance.choice((2, 3, 50)) + content[end:]
        elif kind == 3:
            content = content[:at] + chance.randbytes(end - at) + content[end:]
        elif kind == 4:
            content = content[:at] + chance.choice(WORDS) + content[end:]
        else:
            content = content[: max(at, 1)]
    return content


def damage(reader: Reader, folder: Path, count: int) -> int:
    """Read so many damaged files; gives how many of them were refused."""
    small = make_small(folder)
    path = small.write(f"{PLACES.get(reader.name, '.')}/{reader.name}", reader.seed)
    reader.read(path)  # as it is, it is right
    refused = several = 0
    faulthandler.dump_traceback_later(count * ENOUGH, exit=True)  # what cannot be interrupted
    for number in range(count):
        content = mutate(reader.seed.encode(), random.Random(f"{reader.name} {number}"))
        path.write_bytes(content)
        try:
            with ends():
                reader.read(path)
        except (SourceError, ConfigError) as error:
            refused += 1
            several += "\n" in error.message
        except BaseException as error:
            error.add_note(f"{reader.name}, number {number}: {content!r}")
            raise
    faulthandler.cancel_dump_traceback_later()
    assert not several  # errors are one line
    return refused


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_damaged_file_is_read_or_refused(reader: Reader, tmp_path: Path) -> None:
    """There is no other way out: no exception that is not ours."""
    assert damage(reader, tmp_path, 30) > 0


@pytest.mark.long
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_ten_thousand_damaged_files_are_read_or_refused(reader: Reader, tmp_path: Path) -> None:
    """Nor is memory lost, or taken without bound."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    damage(reader, tmp_path, 10_000)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10 < MEMORY
