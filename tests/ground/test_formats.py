"""The one table of formats, and that there is no other."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import cgkg
from cgkg.formats import BINDINGS, BOOLEAN, GRAPH, GRAPHS, RESULTS, Format
from cgkg.rdf.io import is_rdf, parse_file, serialize, syntax_of
from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad

SOURCE = Path(cgkg.__file__).parent
TABLE = SOURCE / "formats.py"
# Types that two rows have in common, and that JSON and XML of other kinds are sent as too.
COMMON = {"application/json", "application/xml", "text/xml"}
# "rdf" and "owl" alone are prefixes.
SUFFIXES = {
    name for form in GRAPHS for suffix in form.suffixes for name in (suffix, f".{suffix}")
} - {"rdf", "owl"}


def once(found: Iterable[str]) -> bool:
    return set(Counter(found).values()) <= {1}


def test_no_two_formats_have_the_same_name() -> None:
    """Keys, media types, labels and suffixes tell rows apart; other names do within a family."""
    assert once(form.key for form in Format)
    assert once(form.media_type for form in Format)
    assert once(form.iri for form in Format)
    assert once(suffix for form in Format for suffix in form.suffixes)
    for family in (RESULTS, GRAPHS):
        assert once(name for form in family for name in form.names)
        assert once(name for form in family for name in (form.media_type, *form.other_types))


def test_every_format_is_for_an_answer() -> None:
    """A format is for solutions, perhaps booleans, or for graphs; only those name graphs."""
    for form in Format:
        assert set(form.answers) in ({BINDINGS}, {BINDINGS, BOOLEAN}, {GRAPH})
        assert not form.named_graphs or GRAPH in form.answers
    assert set(RESULTS) | set(GRAPHS) == set(Format)


@pytest.mark.parametrize("form", GRAPHS, ids=lambda form: form.key)
def test_every_syntax_is_written_and_read(form: Format, tmp_path: Path) -> None:
    """A file of each suffix holds what was written into it."""
    e = "http://e/"
    graph = IRI(e + "g") if form.named_graphs else DefaultGraph()
    quad = Quad(IRI(e + "s"), IRI(e + "p"), Literal("o", language="en"), graph)
    for suffix in form.suffixes:
        path = tmp_path / f"a.{suffix}"
        path.write_bytes(serialize([quad] if form.named_graphs else [quad.triple], form))
        assert is_rdf(path)
        assert syntax_of(path) is form
        assert parse_file(path) == [quad]


def sources() -> Iterator[tuple[str, str]]:
    """Name and text of all that the package runs or sends; not what npm makes of it."""
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix in (".py", ".js", ".html") and "static" not in path.parts and path != TABLE:
            yield path.relative_to(SOURCE).as_posix(), path.read_text("utf-8")


def test_media_types_of_formats_are_in_the_table_alone() -> None:
    """Whoever needs one takes it from there, so that a new row is known everywhere."""
    types = {name for form in Format for name in (form.media_type, *form.other_types)} - COMMON
    pattern = re.compile(rf"({'|'.join(map(re.escape, sorted(types)))})(?![\w+-])")
    found = {name: pattern.findall(text) for name, text in sources()}
    assert {name: types for name, types in found.items() if types} == {}


def test_no_other_file_lists_formats() -> None:
    """Nothing has two suffixes of RDF files side by side."""
    found = {name: tuple(lists(name, text)) for name, text in sources()}
    assert {name: held for name, held in found.items() if held} == {}


def lists(name: str, text: str) -> Iterator[object]:
    """The suffixes that stand side by side in a collection, in a script or page anywhere."""
    quoted = set(re.findall(r"[\"']([.\w]+)[\"']", text)) & SUFFIXES
    if len(quoted) < 2:
        return
    if not name.endswith(".py"):
        yield sorted(quoted)
        return
    for node in ast.walk(ast.parse(text)):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Dict):
            parts = node.keys
        elif isinstance(node, ast.Tuple | ast.List | ast.Set):
            parts = [*node.elts]
        held = [p.value for p in parts if isinstance(p, ast.Constant) and p.value in SUFFIXES]
        yield from [held] if len(held) > 1 else []
