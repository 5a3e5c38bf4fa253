"""JSON-LD: contexts from files, and where errors are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cgkg.errors import SourceError
from cgkg.rdf.io import Reading, parse_file

E = "http://e/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
S = "https://schema.org/"
CONTEXTS = {
    S: {"@context": {"@base": "http://wrong/", "@vocab": S, "knows": {"@type": "@id"}}},
    f"{E}list": {"@context": [S, {"n": f"{E}n"}]},
    f"{E}near": {"@context": "list"},
    f"{E}plain": {"@context": {"m": f"{E}m", "n": f"{E}plain-n"}},
    f"{E}loop": {"@context": {"x": {"@id": f"{E}x", "@context": "loop"}}},
    f"{E}none": {"m": 1},
    f"{E}null": {"@context": None},
}


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Where the contexts are; the file of one is missing."""
    files = {iri: tmp_path / f"{number}.json" for number, iri in enumerate(CONTEXTS)}
    for iri, file in files.items():
        file.write_text(json.dumps(CONTEXTS[iri]), "utf-8")
    return Reading({**files, f"{E}gone": tmp_path / "gone.json"})


def read(tmp_path: Path, document: object, reading: Reading) -> set[str]:
    path = tmp_path / "a.jsonld"
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return {str(quad) for quad in parse_file(path, reading=reading)}


@pytest.mark.parametrize(
    ("context", "members", "wanted"),
    [
        (S, {"name": "x"}, f'<{S}name> "x"'),
        (S, {"knows": "http://wrong/"}, f"<{S}knows> <http://wrong/>"),
        ([f"{E}near"], {"n": "x"}, f'<{E}n> "x"'),
        ([S, {"name": f"{E}name"}], {"name": "x"}, f'<{E}name> "x"'),
        ([{"name": f"{E}name"}, f"{E}plain"], {"m": "x"}, f'<{E}m> "x"'),
        ({"@import": f"{E}plain", "n": f"{E}own"}, {"n": "x"}, f'<{E}own> "x"'),
        ({"@import": f"{E}plain", "n": f"{E}own"}, {"m": "x"}, f'<{E}m> "x"'),
        ({"k": {"@id": f"{E}k", "@context": f"{E}plain"}, "@vocab": E}, {"k": "x"}, f'<{E}k> "x"'),
        ([S, f"{E}null", {"z": f"{E}z"}], {"name": "gone", "z": "x"}, f'<{E}z> "x"'),
        (None, {f"{E}p": {"@type": "@json", "@value": {"@context": "y"}}},
         f'<{E}p> "{{\\"@context\\":\\"y\\"}}"^^<{RDF}JSON>'),
    ],
)  # fmt: skip
def test_contexts_come_from_files(
    tmp_path: Path, reading: Reading, context: object, members: dict[str, object], wanted: str
) -> None:
    """One, several, imported or of a single term, and those that a context names itself."""
    document = {"@context": context, "@id": f"{E}a", **members}
    assert read(tmp_path, document, reading) == {f"<{E}a> {wanted}"}


def test_a_relative_iri_is_of_the_document(tmp_path: Path, reading: Reading) -> None:
    """The base of a context that is elsewhere does not count."""
    document = {"@context": S, "@id": f"{E}a", "knows": "near"}
    near = (tmp_path / "near").as_uri()
    assert read(tmp_path, document, reading) == {f"<{E}a> <{S}knows> <{near}>"}


def test_a_file_of_a_context_says_nothing(tmp_path: Path) -> None:
    """It may lie in a folder that is built, and name contexts by names that hold elsewhere."""
    assert read(tmp_path, {"@context": "elsewhere"}, Reading()) == set()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{"@id": "x",\n  "@context": ["https://schema.org/", "http://no/"]}',
         "2:39: the context <http://no/> has no file"),
        ('{"a": {"@context": {"@import": "http://no/"}}}', "1:32: the context <http://no/> has no"),
        ('{"@context": "http://e/loop", "x": 1}', "1:14: contexts name each other more than 10"),
        ('{"@context": {"@import": "http://e/list"}, "x": 1}', "1:26: <http://e/list> cannot be"),
        ('{"@context":"https://schema.org/","name": [}', "1:44: "),
        ('{"@context":\n"https://schema.org/","name": [}', "2:32: "),
        ('{"@context":[\n"https://schema.org/"\n],"name": [}', "3:12: "),
        ('{"@id": "http://e/a", "http://e/p": {"@id": 5}}', "1:38: @id value must be a string"),
        ('{"@id": "x", "http://e/p": {"@id": "y", "@id": "z"}}', "1:41: @id is defined twice"),
        ('{"@type": "x", "http://e/p": {"@value": "y", "@type": "_:b"}}', "1:46: @type cannot be"),
        (f'{{"@id": "http://e/a",\n"http://e/p": {{"@value": "t", "@type": "{RDF}langString"}}}}',
         "2:40: a literal of the datatype rdf:langString has no language"),
        (f'{{"@id": "http://e/a", "http://e/p": {{"@value": "t", "@type": "{RDF}dirLangString"}}}}',
         "1:62: a literal of the datatype rdf:dirLangString has no language"),
        ('{"@context": {\n"a": "b:c", "b": "a:d"}, "a": 1}', "1:2: Cyclic IRI mapping"),
        ('{"@context": [{"@protected": true, "a": "http://e/a"},\n{"a": "http://e/b"}], "a": 1}',
         "2:2: Overriding the protected term a"),
        ('{"@context": {"a": {"@reverse": "http://e/p"}},\n"@id": "http://e/x", "a": "x"}',
         "1:21: Literals are not allowed inside of reverse properties"),
        ('{"@context": {"a": {"@id": "http://e/a",\n"@container": "@language"}}, "a": {"en": 5}}',
         "2:15: The values in a @language map must be"),
        ('{"@context": {\n"http://e/a": "http://e/b"}, "http://e/a": 1}',
         "2:1: Inconsistent expansion of http://e/a"),
        ('{"http://e/p": {"@value": "x", "@language": "ar",\n"@direction": "rtl"}}',
         "2:1: base directions of RDF 1.2"),
        ('{"@context": {\n"d": "@direction"}, "http://e/p": {"@value": "x", "@language": "ar", '
         '"d": "rtl"}}', "2:6: base directions of RDF 1.2"),
        ('{"http://e/p": ' * 500 + "1" + "}" * 500, "1:6001: it is nested more than 400"),
        ('{"@id": "\udcff"}', "1:10: it is not UTF-8"),
    ],
)  # fmt: skip
def test_errors_have_line_and_column(
    tmp_path: Path, reading: Reading, document: str, message: str
) -> None:
    """Those of the file, whatever was put into it."""
    path = tmp_path / "a.jsonld"
    path.write_bytes(document.encode("utf-8", "surrogateescape"))
    with pytest.raises(SourceError) as caught:
        parse_file(path, reading=reading)
    assert caught.value.message.startswith(f"{path}:{message}")


def test_the_hint_says_what_to_write_into_the_catalog(tmp_path: Path) -> None:
    """The line for the context that has no file."""
    with pytest.raises(SourceError) as caught:
        read(tmp_path, {"@context": S, "@id": "x"}, Reading())
    assert f'<uri name="{S}" uri="FILE"/>' in caught.value.hint


@pytest.mark.parametrize(("name", "said"), [("none", "is expected"), ("gone", "No such file")])
def test_a_context_that_cannot_be_read_is_named(
    tmp_path: Path, reading: Reading, name: str, said: str
) -> None:
    """The error is about its file, and says which context it should hold."""
    with pytest.raises(SourceError, match=said) as caught:
        read(tmp_path, {"@context": E + name, "@id": "x"}, reading)
    assert caught.value.path == reading.contexts[E + name]
    assert f"holds the context <{E}{name}>" in caught.value.hint


def test_contexts_that_are_too_long_together_are_refused(tmp_path: Path) -> None:
    """A large one that is named again and again."""
    large = tmp_path / "large.json"
    large.write_text(json.dumps({"@context": {"n": E + "n" * (1 << 20)}}), "utf-8")
    document = [{"@context": f"{E}large", "n": 1}] * 20
    with pytest.raises(SourceError, match=r"a\.jsonld:1:\d+: its contexts come to more than 16"):
        read(tmp_path, document, Reading({f"{E}large": large}))


def test_a_string_that_is_too_long_is_told_with_its_size_and_place(
    tmp_path: Path, reading: Reading
) -> None:
    """The parser takes half of what it takes in other syntaxes."""
    fits, long = "x" * (7 << 20), "x" * (9 << 20)
    assert len(read(tmp_path, f'{{"@id": "{E}a",\n "{E}p": "{fits}"}}', reading)) == 1
    with pytest.raises(SourceError, match=r"a\.jsonld:2:18: a string of more than 8 MiB"):
        read(tmp_path, f'{{"@id": "{E}a",\n "{E}p":   "{long}"}}', reading)
