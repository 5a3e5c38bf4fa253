"""N-Triples and N-Quads to columns of ids and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgkg.errors import SourceError
from cgkg.formats import Format
from cgkg.rdf.io import parse_file, serialize
from cgkg.rdf.terms import IRI, BlankNode, Literal, Term, Triple, parts
from cgkg.reasoning import ntriples
from cgkg.reasoning.core.encoded import Encoded
from cgkg.reasoning.core.terms import LITERAL, TermDictionary
from cgkg.reasoning.rules.datatypes import PLAIN_NUMBER, well_formed

pytest.importorskip("polars")

LINE = "<http://e/s> <http://e/p> {} .\n"

iris = st.builds(
    lambda scheme, rest: IRI(scheme + rest),
    st.sampled_from(
        ["http://e/", "urn:a:", "https://é.example:80/", "mailto:", "http://e/?q=%4e#"]
    ),
    st.text(st.sampled_from("abcXYZ019-._~é中/"), max_size=6),
)
blanks = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,4}[A-Za-z0-9_])?", fullmatch=True).map(
    BlankNode
)
texts = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\\n\r\t\x7f@^<> .\ufffe_:'),
    max_size=8,
)
literals = (
    st.builds(Literal, texts)
    | st.builds(
        lambda value, tag: Literal(value, language=tag),
        texts,
        st.sampled_from(["en", "zh-Hans", "de-AT-1996", "x-private", "sr-cyrl-rs"]),
    )
    | st.builds(lambda value, kind: Literal(value, datatype=kind), texts, iris)
)
triples = st.lists(st.builds(Triple, iris | blanks, iris, iris | blanks | literals), max_size=12)


def read(path: Path, **options: Any) -> set[tuple[Term, ...]]:
    """What the fast reader makes of a file."""
    terms = TermDictionary()
    rows = ntriples.read(path, terms, **options)
    return set(zip(*map(terms.decode, rows), strict=True))


def parsed(path: Path) -> set[tuple[Term, ...]]:
    """What the parser makes of it."""
    return {parts(quad) for quad in parse_file(path)}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ntriples") / "data.nt"


@settings(deadline=None)
@given(triples)
def test_writing_and_reading_again_changes_nothing(file: Path, found: list[Triple]) -> None:
    """Whatever the serialiser writes is read as the parser reads it; what is written then holds the
    same triples, once each, in the order of the lines' bytes."""
    file.write_bytes(serialize(found, Format.N_TRIPLES))
    terms = TermDictionary()
    encoded = Encoded(terms, ntriples.read(file, terms))
    before = parsed(file)
    assert read(file) == before
    count = ntriples.write(terms, [*encoded, *encoded], file)
    lines = file.read_bytes().splitlines(keepends=True)
    assert parsed(file) == before
    assert lines == sorted(set(lines))
    assert count == len(lines) == len(before)


@settings(deadline=None, max_examples=40)
@given(triples)
def test_statements_that_mention_terms_are_found(file: Path, stated: list[Triple]) -> None:
    """All of them, in the order of the file, however its terms are written."""
    file.write_bytes(serialize(stated, Format.N_TRIPLES))
    quads = parse_file(file)
    for term in {each for quad in quads for each in (parts(quad)[0], parts(quad)[2])}:
        some = ntriples.mentioning(file, [] if isinstance(term, BlankNode) else [term])
        assert [q for q in quads if term in (q.subject, q.object)] == [
            q for q in some if term in (q.subject, q.object)
        ]
        assert some == [q for q in quads if q in some]


odd_texts = st.text(
    st.sampled_from("aZ09:/?#[]@!$&'()*+,;=%-._~é中\ue000 <>{}|^`\"\\\t"), max_size=9
)
tokens = (
    st.builds("<{}{}>".format, st.sampled_from(["http://", "http:", "a:", ""]), odd_texts)
    | st.builds("_:{}".format, odd_texts)
    | st.builds(
        '"{}"{}'.format,
        odd_texts,
        st.sampled_from(["", "@en", "@EN-us", "@toolongatag", "@", "^^"]),
    )
    | st.builds('"{}"^^<{}>'.format, odd_texts, st.sampled_from(["a:b", "b", "http://e/%4"]))
    | st.sampled_from(["<a:s>", "<a:p>", '"x"', "_:b", ".", "# note", "", "\t", "\r"])
)
odd_lines = st.builds(
    lambda parts, end: " ".join(parts) + end,
    st.lists(tokens, min_size=1, max_size=4),
    st.sampled_from([" .", ".", "", " . # note", " . ", " .\r", "  ."]),
) | st.builds("<a:s> <a:p> {} .".format, tokens)


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    """Neither one in place of the file, which is replaced, nor one where it is written first."""
    kept = tmp_path / "kept"
    kept.write_text("mine")
    for name in ("out.nt", ".out.nt.part"):
        (tmp_path / name).symlink_to(kept)
    terms = TermDictionary()
    assert ntriples.write(terms, [], tmp_path / "out.nt") == 0
    assert kept.read_text() == "mine"
    assert not (tmp_path / "out.nt").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "out.nt"]


@pytest.mark.parametrize("extension", ["nt", "nq"])
@given(line=odd_lines)
@settings(deadline=None, max_examples=80)
def test_every_line_is_taken_or_refused_as_by_the_parser(
    file: Path, extension: str, line: str
) -> None:
    """A line is refused exactly when the parser refuses it, and else means the same."""
    path = file.with_suffix(f".{extension}")
    path.write_text(f"{line}\n", "utf-8", newline="")
    try:
        expected = parsed(path)
    except SourceError:
        with pytest.raises(SourceError):
            read(path)
    else:
        assert read(path) == expected


@pytest.mark.parametrize("wrong", ["<a:b> <a:c> <a:d>", '"a" <a:b> <a:c> .', "<a:b> _:c <a:d> ."])
def test_an_error_says_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """The line of an error is that of the file, whatever lines come before it, in any block."""
    monkeypatch.setattr(ntriples, "BLOCK", 64)
    path = tmp_path / "wrong.nt"
    good = LINE.format('"plain"') + "# note\n\n" + LINE.format('"esc\\taped"')
    path.write_text(f"{good * 3}{wrong}\n{good}", "utf-8")
    with pytest.raises(SourceError) as caught:
        read(path)
    assert caught.value.line == 13


def test_bytes_that_are_not_utf_8_are_an_error(tmp_path: Path) -> None:
    """The line with a wrong byte is named."""
    path = tmp_path / "wrong.nt"
    path.write_bytes(LINE.format('"a"').encode() + LINE.format('"é"').encode("latin-1"))
    with pytest.raises(SourceError, match=r"wrong\.nt:2"):
        read(path)


def test_triple_terms_are_refused(tmp_path: Path) -> None:
    """RDF 1.2 triple terms are an error here as elsewhere."""
    path = tmp_path / "data.nt"
    path.write_text(LINE.format("<<( <a:b> <a:c> <a:d> )>>"))
    with pytest.raises(SourceError, match="triple terms"):
        read(path)


def test_a_missing_file_is_a_source_error(tmp_path: Path) -> None:
    """No foreign exception gets out."""
    with pytest.raises(SourceError, match=r"none\.nt"):
        read(tmp_path / "none.nt")


@pytest.mark.parametrize("content", ["", "\n", "# nothing\n\n", LINE.format("<a:b>").rstrip()])
def test_small_files(tmp_path: Path, content: str) -> None:
    """Empty files, files of comments, and a last line without an end are read."""
    path = tmp_path / "data.nt"
    path.write_text(content)
    assert read(path) == parsed(path)


def test_blocks_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Terms of one block are the same in the next, and lines longer than a block are whole."""
    path = tmp_path / "data.nt"
    path.write_text("".join(LINE.format(f'"{"x" * (n % 90)}{n % 7}"') for n in range(200)))
    whole = read(path)
    monkeypatch.setattr(ntriples, "BLOCK", 50)
    assert read(path) == whole == parsed(path)


def test_graph_names_are_left_out(tmp_path: Path) -> None:
    """Quads are read as triples, also where a literal ends like a graph name."""
    path = tmp_path / "data.nq"
    path.write_text(
        '<a:s> <a:p> "see <a:g>" .\n<a:s> <a:p> "a <a:g" <a:g> .\n'
        "<a:s> <a:p> <a:o> <a:g> .\n<a:s> <a:p> _:o _:g .\n<a:s> <a:p> _:x .\n"
    )
    assert read(path) == parsed(path)
    assert len(read(path)) == 5


def test_blank_nodes_get_the_prefix(tmp_path: Path) -> None:
    """Every label gets it, on plain lines and on others."""
    path = tmp_path / "data.nt"
    path.write_text('_:a <a:p> _:b .\n_:a <a:p> "\\t" . # note\n')
    blanks = {
        term.value for row in read(path, blank_prefix="f1x") for term in row if "x" in str(term)
    }
    assert blanks == {"f1xa", "f1xb"}


def test_it_works_without_polars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading and writing give the same, byte for byte, through the parser alone."""
    path, fast, slow = (tmp_path / name for name in ("data.nt", "fast.nt", "slow.nt"))
    path.write_text(
        "".join(LINE.format(one) for one in ('"b\\n"@en', "_:b", '"a"', '"a"@en', "<a:é>", '"中"'))
    )
    for out in (fast, slow):
        terms = TermDictionary()
        ntriples.write(terms, Encoded(terms, ntriples.read(path, terms, blank_prefix="x")), out)
        monkeypatch.setattr(ntriples, "available", lambda: False)
    assert fast.read_bytes() == slow.read_bytes()
    assert fast.read_bytes().count(b"\n") == 6


def test_terms_are_made_from_texts_when_asked_for(tmp_path: Path) -> None:
    """A text that was numbered is found by its term, and the other way round."""
    terms = TermDictionary()
    listed = ["<a:b>", "_:x", '"v"', '"v"@en', '"1"^^<http://www.w3.org/2001/XMLSchema#integer>']
    numbers = terms.number(listed)
    made = terms.decode(numbers)
    assert [str(term) for term in made] == listed
    assert [terms.find(term) for term in made] == numbers.tolist()
    assert [terms.id(term) for term in made] == numbers.tolist()
    assert [terms.named(number) for number in numbers.tolist()] == [True, *[False] * 4]
    assert [str(one) for _, one in terms.typed_literals()] == listed[4:]


@given(st.from_regex(PLAIN_NUMBER, fullmatch=True))
def test_plain_numbers_are_well_formed(text: str) -> None:
    """No literal that is passed over unread is ill-formed."""
    terms = TermDictionary()
    (number,) = terms.number([text]).tolist()
    assert list(terms.typed_literals(PLAIN_NUMBER)) == []
    assert well_formed(terms.literals[number - LITERAL])
